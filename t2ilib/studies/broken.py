"""Runs that are broken on purpose: what a log and some samples look like for each of the usual causes.

All of them play the same game: small players on the 8 x 8 digits, a few seconds of training. One thing is wrong in each
but the healthy one; where it is a matter of balance or range, the penalty that could hide it is off as well. What they
leave behind is what a real training leaves: a log and pictures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial.distance import pdist

from t2ilib import runtime
from t2ilib.data import digits
from t2ilib.data.toys import Batch, SourceBatches
from t2ilib.losses import logistic_no, logistic_yes
from t2ilib.papers.gan import Config, Gan, SaturatingGan
from t2ilib.studies import Findings, arrays, over_seeds
from t2ilib.train import Game, Recipe, Terms, TrainState, fit_gan, make_fabric

SHOWN = 25                  # samples of a snapshot, always from the same noise
LOGGED = ("D(real)", "D(fake)", "D: real", "D: fake", "G: fake")
CONFIG = Config(noise_dim=16, g_hidden=(128, 128), d_hidden=(128, 128), r1=0.1)
RECIPE = Recipe(steps=1200, lr=1e-3, penalty_every=4, precision="32-true", log_every=20, save_every=300)


@dataclass(frozen=True, repr=False)
class BrokenRun:
    """What is left of a run."""

    cause: str                      # one of CAUSES
    seed: int
    steps: np.ndarray               # (S,) at which something was logged
    log: dict[str, np.ndarray]      # LOGGED -> (S,)
    samples: np.ndarray             # (S', N, D) of fixed noise, in [-1, 1]
    sample_steps: np.ndarray        # (S',); the first is 0: before the training
    real: np.ndarray                # (N, D) real digits, as the discriminator gets them

    def __repr__(self) -> str:
        return f"a run of {self.steps[-1]:,} steps with seed {self.seed}"       # the cause is for the reader to find


class DetachedGan(Gan):
    """Cuts the generator's step off from the generator."""

    def g_loss(self, batch: Batch) -> Terms:
        cut = self.generate(batch).detach().requires_grad_()        # a gradient arrives here and goes no further
        return {"fake": logistic_yes(self.discriminator(cut))}


class SwappedGan(Gan):
    """Tells the discriminator that fakes are real and real samples are fake."""

    def d_loss(self, batch: Batch) -> Terms:
        fake = self.generate(batch).detach()
        return {"real": logistic_no(self.discriminator(batch.real)), "fake": logistic_yes(self.discriminator(fake))}


class Setup(NamedTuple):
    """How a run differs from the healthy one."""

    game: type[Game] = Gan
    r1: float = 0.0
    lrs: dict[str, float] = {}
    betas: tuple[float, float] = RECIPE.betas
    unscaled: bool = False          # real digits stay in 0 to 16, as the file has them


SETUPS = {
    "healthy": Setup(r1=CONFIG.r1),
    "D wins": Setup(SaturatingGan, lrs={"discriminator": 5e-3, "generator": 1e-4}),
    "collapse": Setup(lrs={"discriminator": 3e-4, "generator": 3e-3}, betas=(0.9, 0.999)),
    "explodes": Setup(lrs={"discriminator": 1.0, "generator": 1.0}),
    "G never learns": Setup(DetachedGan, r1=CONFIG.r1),
    "range mismatch": Setup(unscaled=True),
    "labels swapped": Setup(SwappedGan, r1=CONFIG.r1),
}
CAUSES = tuple(SETUPS)


def train(cause: str, seed: int, steps: int = RECIPE.steps) -> BrokenRun:
    """Train with a planted cause; about three seconds for 1,200 steps.

    Raises: ValueError for an unknown cause.
    """
    if cause not in SETUPS:
        raise ValueError(f"the cause should be one of {', '.join(CAUSES)}, got {cause!r}; broken.CAUSES lists them")
    setup = SETUPS[cause]
    recipe = replace(RECIPE, steps=steps, lrs=setup.lrs, betas=setup.betas)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        state = TrainState(setup.game(replace(CONFIG, r1=setup.r1)), recipe, make_fabric("cpu", "32-true"), seed)
        source = _source(setup.unscaled)
        noise = torch.randn(SHOWN, CONFIG.noise_dim, generator=runtime.generator(seed, 0, 0, 1))
        snapshots = {0: _draw(state, noise)}

        def watch(state: TrainState) -> None:
            if state.step % recipe.save_every == 0 or state.step == steps:
                snapshots[state.step] = _draw(state, noise)

        fit_gan(state.task, state, SourceBatches(source, recipe.batch, CONFIG.noise_dim, seed), watch)
    return BrokenRun(cause, seed, np.array([row["step"] for row in state.history]),
                     {name: np.array([row[name] for row in state.history]) for name in LOGGED},
                     np.stack(list(snapshots.values())), np.array(list(snapshots)), source.pixels[:SHOWN].numpy())


def _source(unscaled: bool) -> digits.Digits:
    known = digits.load("train")
    return known._replace(pixels=8 * (known.pixels + 1)) if unscaled else known


def _draw(state: TrainState, noise: torch.Tensor) -> np.ndarray:
    with runtime.evaluating(state.task.generator) as generator:
        return generator(noise).numpy()


def study_symptoms(profile: str, seeds: Sequence[int]) -> Findings:
    """Train every cause with every seed: about a minute and a half."""
    steps = 20 if profile == "smoke" else RECIPE.steps
    runs = [train(cause, seed, steps) for cause in CAUSES for seed in seeds]
    spreads = {f"spread: {cause}": over_seeds([spread(run.samples[-1]) for run in runs if run.cause == cause])
               for cause in CAUSES}
    return Findings(spreads, steps, packed(runs))


def spread(samples: np.ndarray) -> float:
    """How far apart samples are: the median distance of two, (N, D) -> scalar; about 6 for real digits."""
    return float(np.median(pdist(samples)))


def packed(runs: list[BrokenRun]) -> dict[str, np.ndarray]:
    """Runs of equal length as a few arrays: samples in half precision, which is finer than a screen."""
    return {
        "cause": np.array([run.cause for run in runs]), "seed": np.array([run.seed for run in runs]),
        "steps": runs[0].steps, "sample_steps": runs[0].sample_steps,
        "log": np.array([[run.log[name] for name in LOGGED] for run in runs], np.float32),
        "samples": np.array([run.samples for run in runs], np.float16),
        "real": np.array([run.real for run in runs], np.float16),
    }


def unpacked(columns: dict[str, np.ndarray]) -> list[BrokenRun]:
    """The runs again, in the same order."""
    each = zip(*(columns[name] for name in ("cause", "seed", "log", "samples", "real")))
    return [BrokenRun(str(cause), int(seed), columns["steps"], dict(zip(LOGGED, log)), samples.astype(np.float32),
                      columns["sample_steps"], real.astype(np.float32)) for cause, seed, log, samples, real in each]


@cache
def load() -> list[BrokenRun]:
    """The stored runs, healthy ones first.

    Raises: FileNotFoundError with the command that makes them.
    """
    return unpacked(arrays("gan_symptoms"))
