"""Characters to numbers: the alphabet of Reed et al. 2016."""

import torch
from torch import Tensor

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-,;.!?:'\"/\\|_@#$%^&*~`+-=<>()[]{} "
"""The papers' 70 characters in their order. The minus sign stands in it twice, as in the authors' code."""

LONGEST = 201               # characters that the papers read of a caption
NOTHING = 0                 # stands behind the end, and for a character that is not in the alphabet


class Characters:
    """A character is its place in the alphabet, 1 to 70.

    The minus sign is 60, its second place; number 37, its first, is never used. Published weights count on that.
    """

    def __init__(self, longest: int = LONGEST):
        self.longest = longest
        self.ids = {character: i for i, character in enumerate(ALPHABET, start=1)}     # a later place wins

    def __len__(self) -> int:
        return 1 + len(ALPHABET)

    def encode(self, captions: list[str]) -> Tensor:
        """Captions, in lower case and cut -> (B, longest) int64, 0 where there is nothing."""
        tokens = torch.zeros(len(captions), self.longest, dtype=torch.int64)
        for row, caption in enumerate(captions):
            ids = [self.ids.get(character, NOTHING) for character in caption.lower()[:self.longest]]
            tokens[row, :len(ids)] = torch.tensor(ids, dtype=torch.int64)
        return tokens

    def unknown(self, caption: str) -> list[str]:
        """The characters of a caption that are not in the alphabet, in order, each once."""
        return [character for character in dict.fromkeys(caption.lower()) if character not in self.ids]
