"""Handwritten digits of 13 people, 8 x 8 pixels: real data that comes inside scikit-learn, so nothing is downloaded.

Source: Alpaydin and Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI repository: 1,797 of its test set;
        1,797; another 30 people wrote its training set.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor

NAME = "handwritten digits (scikit-learn)"
SIDE, PIXELS = 8, 64
HELD_OUT = 397              # digits that no generator sees


class Digits(NamedTuple):
    """Some digits, in rows: they can be drawn from, like the toys."""

    pixels: Tensor          # (N, 64) in [-1, 1]; background -1
    labels: np.ndarray      # (N,) 0 to 9

    def sample(self, count: int, stream: torch.Generator) -> Tensor:
        """(count, 64) draws with replacement."""
        return self.pixels[torch.randint(len(self.pixels), (count,), generator=stream)]


@cache
def load(split: str) -> Digits:
    """The digits of a split, "train" (1,400) or "test" (397); each class has the same share in both.

    Raises: ValueError for another split.
    """
    if split not in ("train", "test"):
        raise ValueError(f'the split should be "train" or "test", got {split!r}')
    known = load_digits()
    halves = train_test_split(known.data, known.target, test_size=HELD_OUT, stratify=known.target, random_state=0)
    pixels, labels = halves[split == "test"], halves[2 + (split == "test")]
    return Digits(torch.from_numpy(pixels).float() / 8 - 1, labels)


def to_images(pixels: Tensor) -> np.ndarray:
    """(N, 64) in [-1, 1] -> (N, 8, 8, 3) uint8, dark ink on white as it was written."""
    ink = ((pixels.detach().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return (255 - ink.view(-1, SIDE, SIDE, 1).expand(-1, -1, -1, 3)).numpy()
