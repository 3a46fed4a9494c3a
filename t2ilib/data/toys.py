"""Data so small that its density is a formula: bells on a line, and a ring of bells in the plane.

With these, "has the generator learned the data?" is a number, not an opinion.
"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from t2ilib import runtime


class Source(Protocol):
    """Anything that real data can be drawn from."""

    def sample(self, count: int, stream: torch.Generator) -> Tensor:
        """(count, D) independent draws."""


class Gaussian(NamedTuple):
    """A bell on the line."""

    mean: float = 0.0
    std: float = 1.0

    def density(self, x: np.ndarray) -> np.ndarray:
        """(N,) places -> (N,) density, in 1 / unit of x."""
        return stats.norm.pdf(x, self.mean, self.std)

    def sample(self, count: int, stream: torch.Generator) -> Tensor:
        """(count, 1) draws."""
        return self.mean + self.std * torch.randn(count, 1, generator=stream)


class Mixture(NamedTuple):
    """Several bells on the line, all equally likely."""

    parts: tuple[Gaussian, ...]

    def density(self, x: np.ndarray) -> np.ndarray:
        """(N,) places -> (N,) density, in 1 / unit of x."""
        return np.mean([part.density(x) for part in self.parts], axis=0)

    def sample(self, count: int, stream: torch.Generator) -> Tensor:
        """(count, 1) draws."""
        own = torch.randint(len(self.parts), (count,), generator=stream)
        means, stds = torch.tensor(self.parts)[own].T[..., None]
        return means + stds * torch.randn(count, 1, generator=stream)


class Ring(NamedTuple):
    """Equally likely small bells ("modes") on a circle in the plane."""

    modes: int = 8
    radius: float = 2.0
    std: float = 0.1            # of each mode, in each direction

    @property
    def centres(self) -> Tensor:
        """(modes, 2), the first one on the right."""
        angles = torch.arange(self.modes) * (2 * math.pi / self.modes)
        return self.radius * torch.stack([angles.cos(), angles.sin()], dim=1)

    def sample(self, count: int, stream: torch.Generator) -> Tensor:
        """(count, 2) draws."""
        own = torch.randint(self.modes, (count,), generator=stream)
        return self.centres[own] + self.std * torch.randn(count, 2, generator=stream)


class Batch(NamedTuple):
    """What an unconditional GAN is trained on."""

    real: Tensor            # (B, D), or pictures (B, K, S, S) in [-1, 1]
    noise: Tensor           # (B, Z)


class SourceBatches:
    """Fresh draws and fresh noise for every step: batch i is a function of (seed, i, rank)."""

    def __init__(self, source: Source, batch: int, noise_dim: int, seed: int = 0, noise: str = "normal"):
        """`noise` is "normal", N(0, 1), or "uniform", between -1 and 1."""
        self.source, self.batch, self.noise_dim, self.seed = source, batch, noise_dim, seed
        self.draw_noise = noise_drawer(noise)

    def __call__(self, step: int, rank: int = 0) -> Batch:
        stream = runtime.generator(self.seed, step, rank)
        return Batch(self.source.sample(self.batch, stream), self.draw_noise(self.batch, self.noise_dim, stream))


def noise_drawer(kind: str) -> Callable[[int, int, torch.Generator], Tensor]:
    """The function (count, dim, stream) -> (count, dim) noise of a kind.

    Raises: ValueError for an unknown kind.
    """
    if kind not in ("normal", "uniform"):
        raise ValueError(f'the noise should be "normal" or "uniform", got {kind!r}')
    if kind == "normal":
        return lambda count, dim, stream: torch.randn(count, dim, generator=stream)
    return lambda count, dim, stream: 2 * torch.rand(count, dim, generator=stream) - 1
