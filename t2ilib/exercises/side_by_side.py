"""Many small trainings side by side, healthy or broken in one way each: every tensor begins with an axis of runs.

A chapter says what is broken and what is logged; here are the perceptrons of all runs, and which run has which cause.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class Runs:
    """So many trainings of each cause, those of one cause after the other."""

    causes: tuple[str, ...]
    seeds: int

    def __len__(self) -> int:
        return len(self.causes) * self.seeds

    def has(self, cause: str) -> Tensor:
        """(RUNS, 1) bool: in which runs this is broken."""
        return (torch.arange(len(self)) // self.seeds == self.causes.index(cause))[:, None]


class Worlds:
    """A small world for each run. All chance comes from one stream."""

    def __init__(self, runs: Runs, stream: torch.Generator):
        self.runs, self.stream = runs, stream

    def noise(self, *shape: int) -> Tensor:
        """Standard normal numbers (RUNS, *shape)."""
        return torch.randn(len(self.runs), *shape, generator=self.stream)

    def numbers(self, low: int, high: int, count: int) -> Tensor:
        """Whole numbers from `low` to below `high` -> (RUNS, count)."""
        return torch.randint(low, high, (len(self.runs), count), generator=self.stream)


class Layers:
    """A perceptron in each of the worlds, with leaky rectifiers."""

    def __init__(self, worlds: Worlds, *sizes: int):
        pairs = list(zip(sizes, sizes[1:]))
        self.weights = [1.2 * worlds.noise(a, b) / a ** 0.5 for a, b in pairs]
        self.biases = [torch.zeros(len(worlds.runs), 1, b) for _, b in pairs]

    def __call__(self, *inputs: Tensor) -> Tensor:
        hidden = torch.cat(inputs, dim=2)
        for weights, bias in zip(self.weights[:-1], self.biases[:-1]):
            hidden = F.leaky_relu(torch.baddbmm(bias, hidden, weights), 0.2)
        return torch.baddbmm(self.biases[-1], hidden, self.weights[-1])


def optimizer(rate: float, decay: float, *layers: Layers) -> torch.optim.Adam:
    """Adam without momentum for all weights of these layers; `decay` is its second beta."""
    own = [weights.requires_grad_() for one in layers for weights in one.weights + one.biases]
    return torch.optim.Adam(own, lr=rate, betas=(0.0, decay))


def lower(optimizer: torch.optim.Adam, loss: Tensor) -> None:
    """One step down a loss (RUNS, B), in each world by itself."""
    optimizer.zero_grad()
    loss.mean(1).sum().backward()
    optimizer.step()


def answers(judge: Layers, *pairs: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    """D's logits for several kinds of pair at once, each (RUNS, B)."""
    return judge(*(torch.cat(parts, dim=1) for parts in zip(*pairs))).squeeze(2).chunk(len(pairs), dim=1)


def pick(vectors: Tensor, kinds: Tensor) -> Tensor:
    """(RUNS, KINDS, E) and (RUNS, B) -> (RUNS, B, E)."""
    return vectors.gather(1, kinds[..., None].expand(-1, -1, vectors.shape[2]))
