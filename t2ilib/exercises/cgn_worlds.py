"""Small trainings of a conditional GAN, healthy or broken in one of five ways, all of them side by side in a second.

A picture is four numbers. G turns its class into a vector first, by an embedding; D gets the class as it is.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.exercises.side_by_side import Layers, Runs, Worlds, answers, lower, optimizer, pick

CAUSES = ("healthy", "c shuffled before D", "c not given to D", "c not given to G", "one class missing",
          "embedding detached")
SEEDS = 5                       # trainings of each cause
PLAN = Runs(CAUSES, SEEDS)
RUNS, has = len(PLAN), PLAN.has
KINDS, EMBEDDING, PICTURE, NOISE, HIDDEN = 6, 4, 4, 4, 24   # classes, and numbers in a vector
BATCH, STEPS, LOG_EVERY, RATE = 32, 225, 15, 8e-3
MISSING = 0                     # the class that one of the data sets lacks
ASKED = 20                      # pictures that are asked of G for each class, to be measured
ANSWERS = ("D(real, own c)", "D(real, wrong c)", "D(fake, own c)")
NAMES = (*ANSWERS, "right class", "worst class", "slope at embedding")


class Batch(NamedTuple):
    """What all worlds are trained on in a step."""

    image: Tensor           # (RUNS, BATCH, PICTURE)
    condition: Tensor       # (RUNS, BATCH, KINDS) one-hot
    wrong: Tensor           # the same for other classes: nobody learns from it, D is only asked about it
    noise: Tensor           # (RUNS, BATCH, NOISE)


class World(Worlds):
    """RUNS small worlds: in each, six classes with a look. All chance comes from one stream."""

    def __init__(self, stream: torch.Generator):
        super().__init__(PLAN, stream)
        self.looks = 2 * F.normalize(self.noise(KINDS, PICTURE), dim=2)

    def draw(self) -> Batch:
        """A batch for each of the worlds; where a class is missing, others stand for it."""
        kinds, step = (self.numbers(first, KINDS, BATCH) for first in (0, 1))
        kinds = torch.where(has("one class missing") & (kinds == MISSING), (kinds + step) % KINDS, kinds)
        image = pick(self.looks, kinds) + 0.3 * self.noise(BATCH, PICTURE).sign()
        return Batch(image, one_hot(kinds), one_hot((kinds + step) % KINDS), self.noise(BATCH, NOISE))


class Generator:
    """An embedding of the class, joined with the noise, and a perceptron."""

    def __init__(self, world: World):
        self.embedding = world.noise(KINDS, EMBEDDING).requires_grad_()
        self.layers = Layers(world, NOISE + EMBEDDING, HIDDEN, PICTURE)

    def __call__(self, noise: Tensor, condition: Tensor) -> Tensor:
        condition = torch.where(has("c not given to G")[..., None], 0.0, condition)
        said = condition @ self.embedding
        return self.layers(noise, torch.where(has("embedding detached")[..., None], said.detach(), said))


@torch.enable_grad()
def train(world: World) -> np.ndarray:
    """All trainings -> (RUNS, 6, 15): what NAMES says, every 15 steps."""
    generator, judge = Generator(world), Layers(world, PICTURE + KINDS, HIDDEN, HIDDEN, 1)
    g_optimizer, d_optimizer = (optimizer(RATE, 0.99, player) for player in (generator.layers, judge))
    g_optimizer.add_param_group({"params": [generator.embedding]})
    log = []
    for step in range(STEPS):
        batch = world.draw()
        heard, fake = heard_by_d(batch.condition), generator(batch.noise, batch.condition)
        real, made = answers(judge, (batch.image, heard), (fake.detach(), heard))
        lower(d_optimizer, F.softplus(-real) + F.softplus(made))
        lower(g_optimizer, F.softplus(-judge(fake, heard).squeeze(2)))
        if step % LOG_EVERY == LOG_EVERY - 1:
            log.append(_row(world, generator, judge, batch))
    return torch.stack(log, dim=2).double().numpy()


def heard_by_d(condition: Tensor) -> Tensor:
    """What D is told in training: c, another's c, or nothing."""
    shuffled = torch.where(has("c shuffled before D")[..., None], condition.roll(1, dims=1), condition)
    return torch.where(has("c not given to D")[..., None], 0.0, shuffled)


@torch.no_grad()
def _row(world: World, generator: Generator, judge: Layers, batch: Batch) -> Tensor:
    """What NAMES says -> (RUNS, 6); D is asked with the proper conditions, unless it is told none."""
    deaf = has("c not given to D")[..., None]
    own, other = (torch.where(deaf, 0.0, c) for c in (batch.condition, batch.wrong))
    fake = generator(batch.noise, batch.condition)
    said = answers(judge, (batch.image, own), (batch.image, other), (fake, own))
    by_class = right_by_class(world, generator)
    slope = generator.embedding.grad.flatten(1).norm(dim=1)
    return torch.stack([*(logits.sigmoid().mean(1) for logits in said), by_class.mean(1), by_class.amin(1), slope],
                       dim=1)


def right_by_class(world: World, generator: Generator) -> Tensor:
    """(RUNS, KINDS): how often G's picture is nearest to the look of the class that was asked for."""
    kinds = torch.arange(KINDS).repeat_interleave(ASKED).expand(RUNS, -1)
    noise = torch.randn(RUNS, KINDS * ASKED, NOISE, generator=runtime.generator(0))       # always the same
    nearest = torch.cdist(generator(noise, one_hot(kinds)), world.looks).argmin(2)
    return (nearest == kinds).float().unflatten(1, (KINDS, ASKED)).mean(2)


def one_hot(kinds: Tensor) -> Tensor:
    """(RUNS, B) -> (RUNS, B, KINDS)."""
    return F.one_hot(kinds, KINDS).float()
