"""From a sentence to one vector: the bidirectional LSTM of AttnGAN and DF-GAN."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from t2ilib.text.tokenizer import LONGEST, PAD, UNKNOWN, Tokenizer


@dataclass(frozen=True)
class BiLSTMConfig:
    words: tuple[str, ...]      # the vocabulary without the two special tokens
    word_dim: int = 96          # size of a word's first vector
    text_dim: int = 256         # size of the sentence vector: half from each direction
    dropout: float = 0.4        # on the word vectors
    forget: float = 0.10        # share of words replaced by <unknown> in training, so that an odd word does no harm


class Encoded(NamedTuple):
    words: Tensor               # (B, T, E) a vector per word, 0 behind the end
    text: Tensor                # (B, E) the sentence


class BiLSTM(nn.Module):
    """Read a sentence forwards and backwards; its vector is where the two readers stop.

    Shapes: tokens (B, T) int64 -> words (B, T, E), text (B, E)
    Paper:  Xu et al. 2018 (AttnGAN), Section 3.2; used frozen by DF-GAN (Tao et al. 2022), Section 3.1.
    """

    def __init__(self, config: BiLSTMConfig):
        super().__init__()
        self.config = config
        self.tokenizer = Tokenizer(config.words)
        self.embedding = nn.Embedding(len(self.tokenizer), config.word_dim, padding_idx=PAD)
        self.dropout = nn.Dropout(config.dropout)
        self.lstm = nn.LSTM(config.word_dim, config.text_dim // 2, batch_first=True, bidirectional=True)

    def forward(self, tokens: Tensor) -> Encoded:
        tokens = self.forget(tokens)
        lengths = (tokens != PAD).sum(1).cpu()
        vectors = self.dropout(self.embedding(tokens))                                  # (B, T, word_dim)
        packed = pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        outputs, (last, _) = self.lstm(packed)
        words, _ = pad_packed_sequence(outputs, batch_first=True, total_length=LONGEST)  # (B, T, E)
        return Encoded(words, last.transpose(0, 1).flatten(1))                          # (B, E)

    def forget(self, tokens: Tensor) -> Tensor:
        """In training, turn a few words into <unknown>."""
        if not self.training:
            return tokens
        lost = (torch.rand(tokens.shape, device=tokens.device) < self.config.forget) & (tokens != PAD)
        return tokens.masked_fill(lost, UNKNOWN)

    @torch.no_grad()
    def encode(self, captions: list[str]) -> Tensor:
        """Captions -> (B, E) sentence vectors in evaluation mode, on the CPU.

        Raises: ValueError if `captions` is a single string.
        """
        if isinstance(captions, str):
            raise ValueError(f"captions should be a list of sentences, got one string; write [{captions!r}]")
        assert not self.training, "call .eval() on the encoder first: dropout would blur the sentence"
        place = next(self.parameters()).device
        batches = self.tokenizer.encode(captions).split(1024)
        return torch.cat([self(tokens.to(place)).text.cpu() for tokens in batches])
