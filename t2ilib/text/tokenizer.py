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


class Vocabulary:
    """The word list of AttnGAN and DF-GAN: numbered from 1 as they are first met; 0 is "<end>", which also pads.

    Words it does not know are left out of a sentence. Their captions are cut to 18 words.
    """

    longest = 18

    def __init__(self, words: Iterable[str]):
        self.words = ["<end>", *words]
        self.ids = {word: i for i, word in enumerate(self.words)}

    @classmethod
    def from_captions(cls, captions: Iterable[str]) -> "Vocabulary":
        """The vocabulary of a set of captions. The authors took those of training and test pictures, in this order."""
        return cls(dict.fromkeys(word for caption in captions for word in split_ascii(caption)))

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, captions: list[str], stream: torch.Generator | None = None) -> Tensor:
        """Captions -> (B, 18) int64, padded with 0. Of more than 18 words the first stay.

        With a `stream`, 18 words from anywhere stay, in order, as when the authors train.
        """
        tokens = torch.zeros(len(captions), self.longest, dtype=torch.int64)
        for row, caption in enumerate(captions):
            ids = torch.tensor([self.ids[word] for word in split_ascii(caption) if word in self.ids], dtype=torch.int64)
            if stream and len(ids) > self.longest:
                ids = ids[torch.randperm(len(ids), generator=stream)[:self.longest].sort().values]
            tokens[row, :len(ids)] = ids[:self.longest]
        return tokens

    def unknown(self, caption: str) -> list[str]:
        """The words of a caption that are left out, in order, each once."""
        return [word for word in dict.fromkeys(split_ascii(caption)) if word not in self.ids]


def split_ascii(caption: str) -> list[str]:
    """Words as AttnGAN cuts them: foreign letters drop out of their words.

    The authors first turn a pair of lost characters (U+FFFD) into a blank; it is no letter, so it parts words anyway.
    """
    words = (word.encode("ascii", "ignore").decode() for word in split(caption))
    return [word for word in words if word]
