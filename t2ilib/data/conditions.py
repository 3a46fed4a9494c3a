"""Conditions: what a conditional GAN is told about a picture, as a vector (B, C).

A *condition* is made of what is known of a picture: its class (`Species`), where its bird is (`Place`), the colours of
some of its parts (`Colours`), or several of these side by side (`Joined`). Each is called with the rows of a data set
and the boxes of these pictures after they were mirrored, and has a `dim`. The functions that end in `_vectors` turn
what somebody asks for into the same numbers.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.data.dataset import Dataset
from t2ilib.data.digits import SIDE, Digits
from t2ilib.data.picture_batches import PictureBatches, draw
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import draw_other_class
from t2ilib.data.toys import noise_drawer
from t2ilib.metrics.probe import UNSEEN, visible_truth
from t2ilib.papers.cgan import ConditionBatch, Config
from t2ilib.papers.variants.flat_cgan import Config as FlatConfig

UNNAMED = -1                        # stands for the colour of a part of which nothing is said
PLACE_MIDDLE = (0.5, 0.5, 0.7)      # x, y and size about which the birds of the world are spread,
PLACE_UNIT = 0.1                    # and how far: fractions of a picture's side


class Condition(Protocol):
    """What is known of pictures, as a vector."""

    dim: int                        # C

    def __call__(self, rows: np.ndarray, boxes: Tensor, stream: torch.Generator) -> Tensor:
        """Rows (B,) of a data set, boxes (B, 4) of the pictures as they are shown -> (B, C)."""


# --- the vectors --------------------------------------------------------------------------------------------------

def one_hot(numbers: Tensor, count: int) -> Tensor:
    """Whole numbers (...) below `count` -> (..., count) with a single 1; UNNAMED becomes zeros only."""
    return F.one_hot(numbers + 1, count + 1)[..., 1:].float()


def place_vectors(boxes: Tensor) -> Tensor:
    """Boxes (B, 4) x, y, width, height -> (B, 3): the middle's x and y and the size, all about 0 and of order 1.

    The size is the root of the box's area, so that a bird that tilts keeps it.
    """
    middle, size = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:].prod(1, keepdim=True).sqrt()
    return (torch.cat([middle, size], dim=1) - boxes.new_tensor(PLACE_MIDDLE)) / PLACE_UNIT


def colour_vectors(colours: Tensor) -> Tensor:
    """Colours (B, 10) of PARTS as positions in COLOURS, or UNNAMED -> (B, 110), a one-hot for each part."""
    return one_hot(colours, len(COLOURS)).flatten(1)


def asked_colours(requests: Sequence[dict[str, str]]) -> Tensor:
    """Requests such as {"wing": "black", "belly": "white"} -> (B, 10) for `colour_vectors`.

    Raises: ValueError for a part or a colour that the world does not have.
    """
    names, colours = list(COLOURS), torch.full((len(requests), len(PARTS)), UNNAMED)
    for row, request in zip(colours, requests):
        for part, colour in request.items():
            if part not in PARTS or colour not in COLOURS:
                raise ValueError(f"a request should name one of {', '.join(PARTS)} with one of {', '.join(COLOURS)}, "
                                 f"got {part!r}: {colour!r}; ask for these")
            row[PARTS.index(part)] = names.index(colour)
    return colours


def requests_of(colours: Tensor) -> list[dict[str, str]]:
    """The inverse of `asked_colours`."""
    names = list(COLOURS)
    return [{part: names[colour] for part, colour in zip(PARTS, row) if colour != UNNAMED} for row in colours.tolist()]


# --- what is known of the pictures of a data set ------------------------------------------------------------------

class Species:
    """The class of a picture, one-hot: position i stands for `names[i]`, the i-th of the labels there are."""

    def __init__(self, labels: np.ndarray):
        self.names, numbers = np.unique(labels, return_inverse=True)
        self.numbers, self.dim = torch.from_numpy(numbers), len(self.names)

    def __call__(self, rows: np.ndarray, boxes: Tensor, stream: torch.Generator) -> Tensor:
        return one_hot(self.numbers[rows], self.dim)


class Place:
    """Where the bird is, and how large."""

    dim = 3

    def __call__(self, rows: np.ndarray, boxes: Tensor, stream: torch.Generator) -> Tensor:
        return place_vectors(boxes)


class Colours:
    """The colours of some parts: how many are named, and which, is drawn anew for each picture.

    So G learns to be asked for everything, for nothing, and for all between. `colours` (N, 10) are positions in
    COLOURS, UNNAMED for what should never be named, such as a part that is hidden.
    """

    dim = len(PARTS) * len(COLOURS)

    def __init__(self, colours: np.ndarray):
        self.colours = torch.from_numpy(colours).long()

    def __call__(self, rows: np.ndarray, boxes: Tensor, stream: torch.Generator) -> Tensor:
        return colour_vectors(some(self.colours[rows], 0, stream))


def some(colours: Tensor, least: int, stream: torch.Generator) -> Tensor:
    """Name only some of the colours (B, 10) of each row: any number from `least` to all is equally likely."""
    count, parts = colours.shape
    many = torch.randint(least, parts + 1, (count, 1), generator=stream)
    order = torch.rand(count, parts, generator=stream).argsort(1).argsort(1)
    return torch.where(order < many, colours, UNNAMED)


class Joined:
    """Several conditions at once, side by side."""

    def __init__(self, *conditions: Condition):
        self.conditions, self.dim = conditions, sum(condition.dim for condition in conditions)

    def __call__(self, rows: np.ndarray, boxes: Tensor, stream: torch.Generator) -> Tensor:
        return torch.cat([condition(rows, boxes, stream) for condition in self.conditions], dim=1)


def visible_colours(data: Rendered) -> np.ndarray:
    """(N, 10) the colours of PARTS as positions in COLOURS, UNNAMED where a part does not show."""
    truth = visible_truth(data)[:, :len(PARTS)]
    return np.where(truth == UNSEEN, UNNAMED, truth)


def known(kinds: Sequence[str], data: Rendered) -> Condition:
    """What is known of the pictures of a data set, by the names of a Config's `conditions`, side by side.

    Raises: ValueError for an unknown name.
    """
    makers = {"species": lambda: Species(data.labels), "place": Place,
              "colours": lambda: Colours(visible_colours(data))}
    unknown = [kind for kind in kinds if kind not in makers]
    if unknown or not kinds:
        raise ValueError(f"the conditions should be some of {', '.join(makers)}, got {', '.join(unknown) or 'none'}; "
                         "name one or more of these")
    return Joined(*(makers[kind]() for kind in kinds))


# --- the batches --------------------------------------------------------------------------------------------------

class ConditionBatches(PictureBatches):
    """Pictures with their conditions, those of pictures of another class, and noise, as a function of (step, rank).

    Raises: ValueError if the pictures are smaller than the config's size.
    """

    def __init__(self, dataset: Dataset, condition: Condition, batch: int, config: Config, seed: int = 0):
        super().__init__(dataset, batch, config.noise_dim, seed, size=config.size, noise=config.noise)
        self.condition = condition

    def __call__(self, step: int, rank: int = 0) -> ConditionBatch:
        stream = runtime.generator(self.seed, step, rank)
        rows = draw(len(self.dataset), self.batch, stream)
        others = draw_other_class(self.dataset.labels, rows, stream)
        image, boxes, _ = self.pictures(rows, stream)
        wrong = self.condition(others, torch.from_numpy(self.dataset.boxes[others]), stream)
        return ConditionBatch(image, self.condition(rows, boxes, stream), wrong,
                              self.draw_noise(self.batch, self.noise_dim, stream))


class DigitBatches:
    """Handwritten digits with their classes, as a function of (step, rank). A digit is never mirrored."""

    def __init__(self, digits: Digits, batch: int, config: Config | FlatConfig, seed: int = 0):
        self.digits, self.batch, self.noise_dim, self.seed = digits, batch, config.noise_dim, seed
        self.draw_noise, self.classes = noise_drawer(config.noise), one_hot(torch.from_numpy(digits.labels), 10)

    def __call__(self, step: int, rank: int = 0) -> ConditionBatch:
        stream = runtime.generator(self.seed, step, rank)
        rows = draw(len(self.digits.labels), self.batch, stream)
        others = draw_other_class(self.digits.labels, rows, stream)
        return ConditionBatch(self.digits.pixels[rows].view(-1, 1, SIDE, SIDE), self.classes[rows],
                              self.classes[others], self.draw_noise(self.batch, self.noise_dim, stream))
