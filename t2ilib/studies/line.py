"""The game on a line, where the right answer is a formula: the run that chapter 1 draws and scrubs through.

Noise and data both have one dimension, so the generator is a curve z -> x and its density can be counted. The bell of
the data lies three standard deviations from where the generator starts. With normal noise the best generator is a
straight line, x = 1.5 + 0.5 z.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
import torch
from scipy import ndimage, stats
from torch import Tensor, nn
from torch.optim.lr_scheduler import CosineAnnealingLR

from t2ilib import runtime, theory
from t2ilib.data.toys import Batch, Gaussian, Mixture, SourceBatches
from t2ilib.losses import logistic_no, logistic_yes
from t2ilib.papers.gan import Config, Gan
from t2ilib.train import Recipe, TrainState, fit_gan, frozen, make_fabric, train_step

DATA = Gaussian(1.5, 0.5)
CONFIG = Config(data_dim=1, noise_dim=1, g_hidden=(32, 32), d_hidden=(64, 64), bounded=False, r1=0.02)
RECIPE = Recipe(steps=1_500, batch=256, lrs={"generator": 5e-4, "discriminator": 2e-3}, penalty_every=4,
                precision="32-true", log_every=50)
GRID = np.linspace(-2.5, 6.5, 901)      # holds all that is drawn and said
DX = 0.01                               # its step
FAKES = 20_000                          # with these a density is counted


@dataclass(frozen=True)
class Snapshot:
    """Both players at one moment."""

    step: int
    x: np.ndarray               # (901,) places on the line
    d: np.ndarray               # (901,) what the discriminator answers there, from 0 to 1
    real_density: np.ndarray    # (901,) the formula
    fake_density: np.ndarray    # (901,) counted
    noise: np.ndarray           # (20000,) equally likely values of z, in order
    fake: np.ndarray            # (20000,) G(z)

    @property
    def best(self) -> np.ndarray:
        """(901,) D*, the best answers to this generator."""
        return theory.optimal_discriminator(self.real_density, self.fake_density)

    @property
    def distance(self) -> float:
        """Wasserstein-1 from the data to the fakes, in units of x."""
        return float(stats.wasserstein_distance(self.fake, self.x, v_weights=self.real_density))

    @property
    def value(self) -> float:
        """V(D, G): at most `criterion`."""
        return theory.value(self.d, self.real_density, self.fake_density, DX)

    @property
    def criterion(self) -> float:
        """C(G) = V(D*, G)."""
        return theory.criterion(self.real_density, self.fake_density, DX)

    @property
    def accuracy(self) -> float:
        """How often this discriminator is right about fresh samples, half of them real; an integral, not a sample."""
        right = np.where(self.d > 0.5, self.real_density, self.fake_density)
        return float(right.sum() / (self.real_density + self.fake_density).sum())

    def inhabited(self, which: str = "both") -> np.ndarray:
        """(901,) True in the densest region that holds 99 % of the mass of "both" halves, or of the "real" one."""
        mass = self.real_density + (self.fake_density if which == "both" else 0)
        order = np.argsort(-mass)
        kept = np.cumsum(mass[order]) <= 0.99 * mass.sum()
        return np.isin(np.arange(len(mass)), order[kept])

    def gap(self) -> float:
        """The largest |D - D*| where 99 % of all samples live."""
        return float(np.abs(self.d - self.best)[self.inhabited()].max())


@dataclass
class Run:
    """A game on the line and its pictures so far; `state` goes on where it stands."""

    state: TrainState
    batches: SourceBatches
    noise: str = "normal"
    snapshots: list[Snapshot] = field(default_factory=list)

    @property
    def log(self) -> list[dict[str, float]]:
        """The logged terms, a row every `recipe.log_every` steps."""
        return self.state.history

    def look(self, judge: nn.Module | None = None) -> Snapshot:
        """Both players now; `judge` is looked at instead of the playing discriminator."""
        noise = quantiles(self.noise)
        with runtime.evaluating(self.state.task) as game:
            fake = game.generator(column(noise)).squeeze(1).numpy()
            answers = (judge or game.discriminator)(column(GRID)).sigmoid().numpy()
        real = self.batches.source.density(GRID)
        return Snapshot(self.state.step, GRID, answers, real, counted(fake), noise, fake)

    def play(self, steps: int, step: Callable = train_step) -> "Run":
        """Go on for some steps, with a snapshot at each logged one."""
        self.state.recipe = replace(self.state.recipe, steps=self.state.step + steps)
        fit_gan(self.state.task, self.state, self.batches, lambda _: self.snapshots.append(self.look()), step)
        return self


def begin(seed: int = 0, source: Gaussian | Mixture = DATA, noise: str = "normal", game: Gan | None = None,
          recipe: Recipe = RECIPE) -> Run:
    """A run before its first step; a `game` of your own should have been made after `torch.manual_seed`."""
    torch.manual_seed(runtime.derived_seed(seed))
    state = TrainState(game or Gan(CONFIG), recipe, make_fabric("cpu", recipe.precision), seed)
    run = Run(state, SourceBatches(source, recipe.batch, 1, seed, noise), noise)
    run.snapshots.append(run.look())
    return run


def play(seed: int = 0, steps: int = RECIPE.steps, every: int = RECIPE.log_every, source: Gaussian | Mixture = DATA,
         noise: str = "normal") -> Run:
    """The whole run, with a snapshot every so many steps, the first before any step.

    Source: Goodfellow et al. 2014, Figure 1, and Algorithm 1 with k = 1.
    """
    return begin(seed, source, noise, recipe=replace(RECIPE, log_every=every)).play(steps)


def four_panels(seed: int = 0, pause: int = 400, inner: int = 1_200, guided: int = 50,
                steps: int = RECIPE.steps) -> dict[str, Snapshot]:
    """Figure 1 from one run: (a) both on their way, (b) D brought to its best, (c) G moved by it, (d) at the end.

    `pause` is the step of (a), `inner` the steps of D alone before (b), `guided` those of G alone before (c).
    Source: Goodfellow et al. 2014, Figure 1.
    """
    run = begin(seed).play(pause)
    panels = {"a": run.look()}
    run.state.task.discriminator.load_state_dict(best_discriminator(run, inner).state_dict())
    panels["b"] = run.look()
    panels["c"] = run.play(guided, g_step).look()
    panels["d"] = run.play(steps - run.state.step).look()
    return panels


def best_discriminator(run: Run, steps: int = 1_200, batch: int = 2048) -> nn.Module:
    """A copy of the run's discriminator, trained alone until it is close to D*; the run itself does not move.

    No penalty, large batches, a falling learning rate: the noise of the last steps would be seen in its answers.
    """
    generator, judge = run.state.task.generator, deepcopy(run.state.task.discriminator)
    adam = torch.optim.Adam(judge.parameters(), lr=1e-2, betas=(0.9, 0.999))
    falling = CosineAnnealingLR(adam, steps)
    source = SourceBatches(run.batches.source, batch, 1, runtime.derived_seed(run.state.seed, 1), run.noise)
    for step in range(steps):
        real, noise = source(step)
        with torch.no_grad():
            fake = generator(noise)
        adam.zero_grad()
        (logistic_yes(judge(real)) + logistic_no(judge(fake))).backward()
        adam.step()
        falling.step()
    return judge


def d_step(game: Gan, state: TrainState, batch: Batch) -> dict[str, Tensor]:
    """Move the discriminator alone."""
    return state.update("discriminator", game.d_loss(batch))


def g_step(game: Gan, state: TrainState, batch: Batch) -> dict[str, Tensor]:
    """Move the generator alone."""
    with frozen(game.discriminator):
        return state.update("generator", game.g_loss(batch))


def inner_loop(k: int, run: Run) -> Callable:
    """A step for `fit_gan` that moves D k times, each time on a batch of its own, and then G once.

    Without the penalty, which would keep D from reaching D*.
    Source: Goodfellow et al. 2014, Algorithm 1.
    """
    batches = (run.batches(number) for number in count())

    def step(game: Gan, state: TrainState, batch: Batch) -> dict[str, Tensor]:
        for _ in range(k):
            d_step(game, state, next(batches))
        return g_step(game, state, batch)
    return step


def quantiles(noise: str) -> np.ndarray:
    """(20000,) values of z in order, all equally likely: the middles of equal shares of the noise."""
    shares = (np.arange(FAKES) + 0.5) / FAKES
    return stats.norm.ppf(shares) if noise == "normal" else 2 * shares - 1


def counted(fake: np.ndarray) -> np.ndarray:
    """The density of G(z) on the grid, (901,): how many fall near each place, smoothed over 0.02."""
    counts, _ = np.histogram(fake, np.append(GRID, GRID[-1] + DX) - DX / 2)
    return ndimage.gaussian_filter1d(counts / (len(fake) * DX), sigma=2)


def column(values: np.ndarray) -> Tensor:
    """(N,) -> (N, 1) float32"""
    return torch.from_numpy(values).float()[:, None]
