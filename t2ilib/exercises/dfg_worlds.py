"""Small trainings of DF-GAN, healthy or broken in one of five ways, all of them side by side in a few seconds.

A picture is four numbers, G is one deep fusion between two layers, and D has three layers.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

CAUSES = ("healthy", "no wrong pairs", "no penalty", "penalty at fakes", "margins swapped", "scales from 0")
SEEDS = 5                       # trainings of each cause
RUNS = len(CAUSES) * SEEDS      # trained side by side: every tensor begins with this axis
KINDS, TEXT, PICTURE, NOISE, HIDDEN = 12, 8, 4, 4, 24       # classes, and numbers in a vector
BATCH, STEPS, LOG_EVERY, RATE = 32, 150, 10, 8e-3
ANSWERS = ("D(real, right text)", "D(real, wrong text)", "D(fake, right text)")
NAMES = (*ANSWERS, "MA-GP at real", "MA-GP at fakes", "variety")


class World:
    """RUNS small worlds: in each, twelve classes with a look and a name. All chance comes from one stream."""

    def __init__(self, stream: torch.Generator):
        self.stream = stream
        self.looks, self.names = (2 * F.normalize(self.noise(KINDS, size), dim=2) for size in (PICTURE, TEXT))

    def noise(self, *shape: int) -> Tensor:
        """Standard normal numbers (RUNS, *shape)."""
        return torch.randn(RUNS, *shape, generator=self.stream)

    def draw(self) -> "Batch":
        """A batch for each of the worlds."""
        kinds, step = (torch.randint(first, KINDS, (RUNS, BATCH), generator=self.stream) for first in (0, 1))
        image = _pick(self.looks, kinds) + 0.3 * self.noise(BATCH, PICTURE).sign()
        text, wrong_text = (_pick(self.names, one) + 0.1 * self.noise(BATCH, TEXT)
                            for one in (kinds, (kinds + step) % KINDS))
        return Batch(image, text, wrong_text, self.noise(BATCH, NOISE))


class Batch(NamedTuple):
    """What all worlds are trained on in a step."""

    image: Tensor           # (RUNS, BATCH, PICTURE)
    text: Tensor            # (RUNS, BATCH, TEXT)
    wrong_text: Tensor      # (RUNS, BATCH, TEXT)
    noise: Tensor           # (RUNS, BATCH, NOISE)


class Layers:
    """A perceptron in each of the worlds."""

    def __init__(self, world: World, *sizes: int):
        pairs = list(zip(sizes, sizes[1:]))
        self.weights = [1.2 * world.noise(a, b) / a ** 0.5 for a, b in pairs]
        self.biases = [torch.zeros(RUNS, 1, b) for _, b in pairs]

    def begin_with(self, start: Tensor) -> "Layers":
        """The same layers, whose output begins at `start` (RUNS, 1, 1) for every input."""
        self.weights[-1] *= 0
        self.biases[-1] += start
        return self

    def __call__(self, *inputs: Tensor) -> Tensor:
        hidden = torch.cat(inputs, dim=2)
        for weights, bias in zip(self.weights[:-1], self.biases[:-1]):
            hidden = F.leaky_relu(torch.baddbmm(bias, hidden, weights), 0.2)
        return torch.baddbmm(self.biases[-1], hidden, self.weights[-1])


class Generator:
    """Noise, then two affines by the text with an activation behind each, then a picture."""

    def __init__(self, world: World):
        one = (~has("scales from 0")).float()[..., None]
        self.start, self.end = Layers(world, NOISE, HIDDEN), Layers(world, HIDDEN, PICTURE)
        self.scales = [Layers(world, TEXT, HIDDEN, HIDDEN).begin_with(one) for _ in range(2)]
        self.shifts = [Layers(world, TEXT, HIDDEN, HIDDEN).begin_with(0 * one) for _ in range(2)]
        self.layers = [self.start, self.end, *self.scales, *self.shifts]

    def __call__(self, noise: Tensor, text: Tensor) -> Tensor:
        features = self.start(noise)
        for scale, shift in zip(self.scales, self.shifts):
            features = F.leaky_relu(scale(text) * features + shift(text), 0.2)
        return 2 * self.end(features).tanh()


@torch.enable_grad()
def train(world: World) -> np.ndarray:
    """All trainings -> (RUNS, 6, 15): what NAMES says, every ten steps."""
    generator, judge = Generator(world), Layers(world, PICTURE + TEXT, HIDDEN, HIDDEN, 1)
    g_optimizer, d_optimizer = _optimizer(RATE / 4, *generator.layers), _optimizer(RATE, judge)
    log = []
    for step in range(STEPS):
        batch = world.draw()
        fake = generator(batch.noise, batch.text)
        _lower(d_optimizer, _d_loss(judge, batch, fake.detach()))
        _lower(g_optimizer, -judge(fake, batch.text).squeeze(2))
        if step % LOG_EVERY == LOG_EVERY - 1:
            log.append(_row(generator, judge, batch))
    return torch.stack(log, dim=2).double().numpy()


def _optimizer(rate: float, *layers: Layers) -> torch.optim.Adam:
    own = [weights.requires_grad_() for one in layers for weights in one.weights + one.biases]
    return torch.optim.Adam(own, lr=rate, betas=(0.0, 0.9))


def _lower(optimizer: torch.optim.Adam, loss: Tensor) -> None:
    """One step down a loss (RUNS, BATCH), in each world by itself."""
    optimizer.zero_grad()
    loss.mean(1).sum().backward()
    optimizer.step()


def _d_loss(judge: Layers, batch: Batch, fake: Tensor) -> Tensor:
    """What D lowers, (RUNS, BATCH): hinge and penalty, with what is broken about them."""
    side = torch.where(has("margins swapped"), -1.0, 1.0)
    s_w, s_f = _answers(judge, (batch.image, batch.wrong_text), (fake, batch.text))
    s_r, squares = _slope(judge, batch.image, batch.text)
    _, at_fakes = _slope(judge, fake, batch.text)
    matching = torch.where(has("no wrong pairs"), 0.0, 0.5)
    squares = torch.where(has("penalty at fakes"), at_fakes, squares)
    penalty = torch.where(has("no penalty"), 0.0, 2.0) * squares.pow(3)
    return F.relu(1 - side * s_r) + matching * F.relu(1 + side * s_w) + F.relu(1 + side * s_f) / 2 + penalty


def _answers(judge: Layers, *pairs: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    """D's answers to several kinds of pair at once, each (RUNS, B)."""
    return judge(*(torch.cat(parts, dim=1) for parts in zip(*pairs))).squeeze(2).chunk(len(pairs), dim=1)


def _slope(judge: Layers, image: Tensor, text: Tensor) -> tuple[Tensor, Tensor]:
    """D's answers to pairs, and the squared length of its slope there by picture and text: (RUNS, B) both."""
    image, text = (one.detach().requires_grad_() for one in (image, text))
    answers = judge(image, text).squeeze(2)
    slopes = torch.autograd.grad(answers.sum(), (image, text), create_graph=True)
    return answers, sum(slope.square().sum(2) for slope in slopes)


def _row(generator: Generator, judge: Layers, batch: Batch) -> Tensor:
    """What NAMES says -> (RUNS, 6)."""
    fake = generator(batch.noise, batch.text)
    answers = _answers(judge, (batch.image, batch.text), (batch.image, batch.wrong_text), (fake, batch.text))
    slopes = [2 * _slope(judge, image, batch.text)[1].pow(3) for image in (batch.image, fake)]
    alike = generator(batch.noise, batch.text[:, :1].expand(-1, BATCH, -1))
    numbers = [*(one.mean(1) for one in (*answers, *slopes)), alike.std(1).mean(1)]
    return torch.stack(numbers, dim=1).detach()


def has(cause: str) -> Tensor:
    """(RUNS, 1) bool: in which worlds this is broken."""
    return (torch.arange(RUNS) // SEEDS == CAUSES.index(cause))[:, None]


def _pick(vectors: Tensor, kinds: Tensor) -> Tensor:
    """(RUNS, KINDS, E) and (RUNS, B) -> (RUNS, B, E)."""
    return vectors.gather(1, kinds[..., None].expand(-1, -1, vectors.shape[2]))
