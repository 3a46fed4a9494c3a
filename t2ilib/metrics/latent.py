"""Arithmetic on noises: what do directions in the noise of a generator stand for?

A bank is many noises and what a probe reads on their pictures. From it come exemplars: noises whose pictures show what
is wanted, such as a red bird that faces left. Their means are added and subtracted as word vectors are, and the probe
says whether the picture of the sum shows what it should.

Source: Radford et al. 2016, Section 6.3.2 and Figure 7: means of three exemplars for each term.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from t2ilib.data.birds import COLOURS
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics.probe import Readings

OPTIONS = {"body": tuple(COLOURS)} | FACTORS
"""What can be asked of a picture -> the values that it can take; "body" is the colour of most of the plumage."""

Wanted = Mapping[str, str]              # what a picture should show: {"body": "red", "facing": "left"}
Values = Mapping[str, np.ndarray]       # what a probe reads on N pictures: factor -> (N,) positions in its OPTIONS


@dataclass(frozen=True, eq=False)
class Bank:
    """Noises to choose exemplars from."""

    noise: Tensor           # (N, Z)
    values: Values          # of their pictures

    def rows(self, wanted: Wanted) -> np.ndarray:
        """The rows whose pictures show all that is wanted. Raises: as `shows`."""
        return np.flatnonzero(shows(self.values, wanted))

    @property
    def length(self) -> float:
        """How long its noises are on average."""
        return float(self.noise.norm(dim=1).mean())


def values_of(readings: Readings) -> dict[str, np.ndarray]:
    """The most likely value of everything in OPTIONS -> (N,) positions."""
    return {"body": readings.colours("body")} | {factor: readings.values(factor) for factor in FACTORS}


def shows(values: Values, wanted: Wanted) -> np.ndarray:
    """Whether each picture shows all that is wanted -> (N,) bool.

    Raises: ValueError for a factor or a value that no picture can show.
    """
    return np.logical_and.reduce([position(factor, value) == values[factor] for factor, value in wanted.items()])


def position(factor: str, value: str) -> int:
    """Where a value stands among the options of its factor.

    Raises: ValueError for an unknown factor or value, with those there are.
    """
    if factor not in OPTIONS:
        raise ValueError(f"what is asked should be one of {', '.join(OPTIONS)}, got {factor!r}; choose one of them")
    if value not in OPTIONS[factor]:
        raise ValueError(f"the {factor} should be one of {', '.join(OPTIONS[factor])}, got {value!r}; choose one of "
                         "them")
    return OPTIONS[factor].index(value)


def arithmetic(first: Tensor, second: Tensor, third: Tensor) -> Tensor:
    """mean(A) - mean(B) + mean(C) over n exemplars each: three times (..., n, Z) -> (..., Z).

    The sum of n normal exemplars each is sqrt(3 / n) times as long as one noise: too long for n = 1, right for the
    three of the paper, too short for 10.
    """
    return first.mean(-2) - second.mean(-2) + third.mean(-2)


def to_length(noise: Tensor, length: float) -> Tensor:
    """The same directions (..., Z), all of one length."""
    return noise * (length / noise.norm(dim=-1, keepdim=True))


def around(noise: Tensor, count: int, stream: torch.Generator, width: float = 0.25) -> Tensor:
    """`count` noises near one (Z,) -> (count, Z): each number moved evenly by at most `width`, as in the paper."""
    return noise + width * (2 * torch.rand(count, len(noise), generator=stream) - 1)
