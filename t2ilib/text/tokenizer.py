"""Words to numbers and back."""

import re
from collections import Counter
from collections.abc import Iterable

import torch
from torch import Tensor

PAD, UNKNOWN = 0, 1
LONGEST = 32                # tokens kept of one caption; the rendered captions have at most 32


class Tokenizer:
    """A word-level vocabulary: id 0 pads, id 1 stands for every word it does not know."""

    def __init__(self, words: Iterable[str]):
        self.words = ["<pad>", "<unknown>", *words]
        self.ids = {word: i for i, word in enumerate(self.words)}

    @classmethod
    def from_captions(cls, captions: Iterable[str], at_least: int = 1) -> "Tokenizer":
        """The vocabulary of a set of captions, in alphabetical order, without words rarer than `at_least`."""
        counts = Counter(word for caption in captions for word in split(caption))
        return cls(sorted(word for word, n in counts.items() if n >= at_least))

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, captions: list[str]) -> Tensor:
        """Captions -> (B, LONGEST) int64, padded with 0. A caption without any word becomes one unknown word."""
        tokens = torch.zeros(len(captions), LONGEST, dtype=torch.int64)
        for row, caption in enumerate(captions):
            ids = [self.ids.get(word, UNKNOWN) for word in split(caption)[:LONGEST]] or [UNKNOWN]
            tokens[row, :len(ids)] = torch.tensor(ids)
        return tokens

    def unknown(self, caption: str) -> list[str]:
        """The words of a caption that the encoder was never shown, in order, each once."""
        return [word for word in dict.fromkeys(split(caption)) if word not in self.ids]


def split(caption: str) -> list[str]:
    r"""Lower-case words, as the papers cut them: runs of \w."""
    return re.findall(r"\w+", caption.lower())
