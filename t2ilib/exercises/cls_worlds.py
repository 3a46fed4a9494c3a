"""Small trainings of GAN-CLS, healthy or broken in one of five ways, all of them side by side in about a second.

A picture is four numbers, two layers play G and three play D.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib.exercises.side_by_side import Layers, Runs, Worlds, answers, lower, optimizer, pick

CAUSES = ("healthy", "no wrong pairs", "shifted captions", "same class", "fake with wrong text", "text lost")
SEEDS = 5                       # trainings of each cause
PLAN = Runs(CAUSES, SEEDS)      # trained side by side: every tensor begins with an axis of RUNS
RUNS, has = len(PLAN), PLAN.has
KINDS, TEXT, PICTURE, NOISE, HIDDEN = 12, 8, 4, 4, 24       # classes, and numbers in a vector
BATCH, STEPS, LOG_EVERY, RATE = 32, 150, 10, 8e-3
HELD_OUT = 100                  # pairs of each kind for the AUC
ANSWERS = ("D(real, right text)", "D(real, wrong text)", "D(fake, right text)")
NAMES = (*ANSWERS, "AUC")


class World(Worlds):
    """RUNS small worlds: in each, twelve classes with a look and a name. All chance comes from one stream."""

    def __init__(self, stream: torch.Generator):
        super().__init__(PLAN, stream)
        self.looks, self.names = (2 * F.normalize(self.noise(KINDS, size), dim=2) for size in (PICTURE, TEXT))

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """Classes, and for each another one -> (RUNS, count) twice."""
        kinds, step = (self.numbers(first, KINDS, count) for first in (0, 1))
        return kinds, (kinds + step) % KINDS

    def pictures(self, kinds: Tensor) -> Tensor:
        """Each number of a look, a shade lighter or darker -> (RUNS, count, PICTURE)."""
        return pick(self.looks, kinds) + 0.3 * self.noise(kinds.shape[1], PICTURE).sign()

    def texts(self, kinds: Tensor) -> Tensor:
        """No two captions of a class are the same -> (RUNS, count, TEXT); zeros where the text was lost."""
        said = pick(self.names, kinds) + 0.1 * self.noise(kinds.shape[1], TEXT)
        return said * ~has("text lost")[..., None]


class Batch(NamedTuple):
    """What all worlds are trained on in a step, with what is broken in theirs."""

    image: Tensor           # (RUNS, BATCH, PICTURE)
    text: Tensor            # (RUNS, BATCH, TEXT) the right one, unless captions are shifted
    wrong_text: Tensor      # (RUNS, BATCH, TEXT)
    noise: Tensor           # (RUNS, BATCH, NOISE)


@torch.enable_grad()
def train(world: World) -> np.ndarray:
    """All trainings -> (RUNS, 4, 15): D's answers and the AUC, every ten steps."""
    generator, judge = Layers(world, NOISE + TEXT, HIDDEN, PICTURE), Layers(world, PICTURE + TEXT, HIDDEN, HIDDEN, 1)
    g_optimizer, d_optimizer = (optimizer(RATE, 0.99, player) for player in (generator, judge))
    held_out, log = _held_out(world), []
    for step in range(STEPS):
        batch = _batch(world)
        fake = generator(batch.noise, batch.text)
        lower(d_optimizer, _d_loss(judge, batch, fake.detach()))
        lower(g_optimizer, F.softplus(-judge(fake, batch.text).squeeze(2)))
        if step % LOG_EVERY == LOG_EVERY - 1:
            log.append(_row(judge, batch, fake, held_out))
    return torch.stack(log, dim=2).double().numpy()


def _batch(world: World) -> Batch:
    kinds, others = world.draw(BATCH)
    said = torch.where(has("shifted captions"), kinds.roll(1, dims=1), kinds)
    wrong = torch.where(has("same class"), kinds, others)
    return Batch(world.pictures(kinds), world.texts(said), world.texts(wrong), world.noise(BATCH, NOISE))


def _d_loss(judge: Layers, batch: Batch, fake: Tensor) -> Tensor:
    """What D lowers, (RUNS, BATCH): the three kinds of pair, with what is broken about them."""
    matching = torch.where(has("no wrong pairs"), 0.0, 0.5)
    beside_fakes = torch.where(has("fake with wrong text")[..., None], batch.wrong_text, batch.text)
    s_r, s_w, s_f = answers(judge, (batch.image, batch.text), (batch.image, batch.wrong_text), (fake, beside_fakes))
    return F.softplus(-s_r) + matching * F.softplus(s_w) + (1 - matching) * F.softplus(s_f)


def _held_out(world: World) -> tuple[tuple[Tensor, Tensor], ...]:
    """Proper pairs for the AUC: (picture, right text) and (picture, wrong text)."""
    kinds, others = world.draw(HELD_OUT)
    image = world.pictures(kinds)
    return (image, world.texts(kinds)), (image, world.texts(others))


@torch.no_grad()
def _row(judge: Layers, batch: Batch, fake: Tensor, held_out: tuple) -> Tensor:
    """D's mean answers to the batch, and its AUC on proper pairs -> (RUNS, 4)."""
    own = answers(judge, (batch.image, batch.text), (batch.image, batch.wrong_text), (fake, batch.text))
    right, wrong = (logits[:, :, None] for logits in answers(judge, *held_out))
    wrong = wrong.transpose(1, 2)
    auc = ((right > wrong).float() + (right == wrong).float() / 2).mean((1, 2))
    return torch.stack([*(logits.sigmoid().mean(1) for logits in own), auc], dim=1)
