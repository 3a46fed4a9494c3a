"""Small trainings of DF-GAN, healthy or broken in one of five ways, all of them side by side in a few seconds.

A picture is four numbers, G is one deep fusion between two layers, and D has three layers.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib.exercises.side_by_side import Layers, Runs, Worlds, answers, lower, optimizer, pick

CAUSES = ("healthy", "no wrong pairs", "no penalty", "penalty at fakes", "margins swapped", "scales from 0")
SEEDS = 5                       # trainings of each cause
PLAN = Runs(CAUSES, SEEDS)      # trained side by side: every tensor begins with an axis of RUNS
RUNS, has = len(PLAN), PLAN.has
KINDS, TEXT, PICTURE, NOISE, HIDDEN = 12, 8, 4, 4, 24       # classes, and numbers in a vector
BATCH, STEPS, LOG_EVERY, RATE = 32, 150, 10, 8e-3
ANSWERS = ("D(real, right text)", "D(real, wrong text)", "D(fake, right text)")
NAMES = (*ANSWERS, "MA-GP at real", "MA-GP at fakes", "variety")


class World(Worlds):
    """RUNS small worlds: in each, twelve classes with a look and a name. All chance comes from one stream."""

    def __init__(self, stream: torch.Generator):
        super().__init__(PLAN, stream)
        self.looks, self.names = (2 * F.normalize(self.noise(KINDS, size), dim=2) for size in (PICTURE, TEXT))

    def draw(self) -> "Batch":
        """A batch for each of the worlds."""
        kinds, step = (self.numbers(first, KINDS, BATCH) for first in (0, 1))
        image = pick(self.looks, kinds) + 0.3 * self.noise(BATCH, PICTURE).sign()
        text, wrong_text = (pick(self.names, one) + 0.1 * self.noise(BATCH, TEXT)
                            for one in (kinds, (kinds + step) % KINDS))
        return Batch(image, text, wrong_text, self.noise(BATCH, NOISE))


class Batch(NamedTuple):
    """What all worlds are trained on in a step."""

    image: Tensor           # (RUNS, BATCH, PICTURE)
    text: Tensor            # (RUNS, BATCH, TEXT)
    wrong_text: Tensor      # (RUNS, BATCH, TEXT)
    noise: Tensor           # (RUNS, BATCH, NOISE)


class Affine(Layers):
    """A perceptron in each of the worlds whose output begins at `start` (RUNS, 1, 1) for every input."""

    def __init__(self, world: World, start: Tensor):
        super().__init__(world, TEXT, HIDDEN, HIDDEN)
        self.weights[-1] *= 0
        self.biases[-1] += start


class Generator:
    """Noise, then two affines by the text with an activation behind each, then a picture."""

    def __init__(self, world: World):
        one = (~has("scales from 0")).float()[..., None]
        self.start, self.end = Layers(world, NOISE, HIDDEN), Layers(world, HIDDEN, PICTURE)
        self.scales = [Affine(world, one) for _ in range(2)]
        self.shifts = [Affine(world, 0 * one) for _ in range(2)]
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
    g_optimizer, d_optimizer = optimizer(RATE / 4, 0.9, *generator.layers), optimizer(RATE, 0.9, judge)
    log = []
    for step in range(STEPS):
        batch = world.draw()
        fake = generator(batch.noise, batch.text)
        lower(d_optimizer, _d_loss(judge, batch, fake.detach()))
        lower(g_optimizer, -judge(fake, batch.text).squeeze(2))
        if step % LOG_EVERY == LOG_EVERY - 1:
            log.append(_row(generator, judge, batch))
    return torch.stack(log, dim=2).double().numpy()


def _d_loss(judge: Layers, batch: Batch, fake: Tensor) -> Tensor:
    """What D lowers, (RUNS, BATCH): hinge and penalty, with what is broken about them."""
    side = torch.where(has("margins swapped"), -1.0, 1.0)
    s_w, s_f = answers(judge, (batch.image, batch.wrong_text), (fake, batch.text))
    s_r, squares = _slope(judge, batch.image, batch.text)
    _, at_fakes = _slope(judge, fake, batch.text)
    matching = torch.where(has("no wrong pairs"), 0.0, 0.5)
    squares = torch.where(has("penalty at fakes"), at_fakes, squares)
    penalty = torch.where(has("no penalty"), 0.0, 2.0) * squares.pow(3)
    return F.relu(1 - side * s_r) + matching * F.relu(1 + side * s_w) + F.relu(1 + side * s_f) / 2 + penalty


def _slope(judge: Layers, image: Tensor, text: Tensor) -> tuple[Tensor, Tensor]:
    """D's answers to pairs, and the squared length of its slope there by picture and text: (RUNS, B) both."""
    image, text = (one.detach().requires_grad_() for one in (image, text))
    answers = judge(image, text).squeeze(2)
    slopes = torch.autograd.grad(answers.sum(), (image, text), create_graph=True)
    return answers, sum(slope.square().sum(2) for slope in slopes)


def _row(generator: Generator, judge: Layers, batch: Batch) -> Tensor:
    """What NAMES says -> (RUNS, 6)."""
    fake = generator(batch.noise, batch.text)
    said = answers(judge, (batch.image, batch.text), (batch.image, batch.wrong_text), (fake, batch.text))
    slopes = [2 * _slope(judge, image, batch.text)[1].pow(3) for image in (batch.image, fake)]
    alike = generator(batch.noise, batch.text[:, :1].expand(-1, BATCH, -1))
    numbers = [*(one.mean(1) for one in (*said, *slopes)), alike.std(1).mean(1)]
    return torch.stack(numbers, dim=1).detach()
