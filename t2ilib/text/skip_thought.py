"""Skip-thought: a sentence vector learned from text alone, by telling which sentences stand around it.

Kiros, Zhu, Salakhutdinov, Zemel, Torralba, Urtasun and Fidler, "Skip-Thought Vectors", NIPS 2015.

The idea: what a sentence means shows in its neighbours. No picture takes part, so the vector knows which words keep
the same company ("red" and "blue"), and has no reason to tell them apart.
"""

from dataclasses import dataclass

from torch import Tensor, nn

from t2ilib.text.encoder import read_to_the_end
from t2ilib.text.interface import Encoded, WordEncoder
from t2ilib.text.tokenizer import PAD


@dataclass(frozen=True)
class SkipThoughtConfig:
    words: tuple[str, ...]      # the vocabulary without the special tokens
    word_dim: int = 96          # size of a word's first vector; 620 in the paper
    text_dim: int = 256         # size of the sentence vector; 2,400 in the paper
    dropout: float = 0.0
    forget: float = 0.10        # share of words replaced by <unknown> in training


class SkipThoughtEncoder(WordEncoder):
    """Read a sentence once, forwards; its vector is where the reader stops.

    Shapes: tokens (B, T) int64 -> text (B, E), words (B, E, T), mask (B, T)
    Paper:  Section 2.1, "uni-skip".
    Differs: torch's GRU, whose reset gate acts behind the linear layer of the old state, not before it.
    """

    def __init__(self, config: SkipThoughtConfig):
        super().__init__(config)
        self.gru = nn.GRU(config.word_dim, config.text_dim, batch_first=True)

    def forward(self, tokens: Tensor) -> Encoded:
        words, last = read_to_the_end(self.gru, self.look_up(tokens), tokens != PAD)
        return Encoded(last[0], words, tokens != PAD)
