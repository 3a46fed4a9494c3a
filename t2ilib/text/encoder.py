"""From a sentence to one vector: the bidirectional LSTM of AttnGAN and DF-GAN."""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from t2ilib.text.interface import Encoded, WordEncoder
from t2ilib.text.tokenizer import PAD, Vocabulary


@dataclass(frozen=True)
class BiLSTMConfig:
    words: tuple[str, ...]      # the vocabulary without the special tokens
    word_dim: int = 96          # size of a word's first vector
    text_dim: int = 256         # size of the sentence vector: half from each direction
    dropout: float = 0.4        # on the word vectors
    forget: float = 0.10        # share of words replaced by <unknown> in training, so that an odd word does no harm


class BiLSTM(WordEncoder):
    """Read a sentence forwards and backwards; its vector is where the two readers stop.

    Shapes: tokens (B, T) int64 -> text (B, E), words (B, E, T), mask (B, T)
    Paper:  Xu et al. 2018 (AttnGAN), Section 3.2; used frozen by DF-GAN (Tao et al. 2022), Section 3.1.
    """

    def __init__(self, config: BiLSTMConfig):
        super().__init__(config)
        self.lstm = nn.LSTM(config.word_dim, config.text_dim // 2, batch_first=True, bidirectional=True)

    def forward(self, tokens: Tensor) -> Encoded:
        words, (last, _) = read_to_the_end(self.lstm, self.look_up(tokens), tokens != PAD)
        return Encoded(last.transpose(0, 1).flatten(1), words, tokens != PAD)


def read_to_the_end(reader: nn.RNNBase, vectors: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Run a recurrent layer over each sentence up to its own end: outputs (B, E, T), and torch's last states.

    A sentence without any word is read as one padding token.
    """
    lengths = mask.sum(1).clamp(min=1).cpu()
    packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
    outputs, last = reader(packed)
    padded, _ = pad_packed_sequence(outputs, batch_first=True, total_length=mask.shape[1])
    return padded.transpose(1, 2), last


class AttnGanEncoder(BiLSTM):
    """The text encoder of AttnGAN and DF-GAN at its own size and with its own vocabulary: takes published weights.

    Source: RNN_ENCODER in the authors' code; its dropout of 0.5 is on the word vectors only.
    """

    tokenizer_class = Vocabulary
    published = {"encoder.": "embedding.", "rnn.": "lstm."}         # how they name the parts -> how we do

    def __init__(self, words: tuple[str, ...], word_dim: int = 300, text_dim: int = 256):
        super().__init__(BiLSTMConfig(words, word_dim, text_dim, dropout=0.5, forget=0.0))
        nn.init.uniform_(self.embedding.weight, -0.1, 0.1)

    def load_published(self, weights: dict[str, Tensor]) -> "AttnGanEncoder":
        """Take the weights of a `text_encoder.pth`, already read; gives the encoder back in evaluation mode.

        Raises: ValueError if they belong to another number of words.
        """
        weights = {name.removeprefix("module."): value for name, value in weights.items()}
        count = len(weights["encoder.weight"])
        if count != len(self.tokenizer):
            raise ValueError(f"the weights should be for {len(self.tokenizer)} words, got {count}; build the encoder "
                             "with the words of the captions.pickle they were trained with")
        for theirs, ours in self.published.items():
            weights = {ours + name.removeprefix(theirs) if name.startswith(theirs) else name: value
                       for name, value in weights.items()}
        self.load_state_dict(weights)
        return self.eval()
