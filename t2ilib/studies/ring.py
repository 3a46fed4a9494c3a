"""The ring of eight modes: a recipe that finds them all, one that collapses, and which change is the cure.

Both recipes are the same but for one number, the discriminator's learning rate. A discriminator that is slow to answer
lets the generator run to the one spot that fools it best, and on to the next: all samples move round the ring in a
clump, and the value never improves.

Sources: Goodfellow et al. 2014, Section 6 (D must be kept well in step with G, or G maps too many z to the same x);
         Metz et al. 2017, "Unrolled Generative Adversarial Networks", Section 3.1 (the ring).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.data.toys import Ring, SourceBatches
from t2ilib.metrics.two_sample import modes_covered, wasserstein
from t2ilib.papers.gan import Config, Gan, SaturatingGan
from t2ilib.studies import Findings, over_seeds
from t2ilib.train import Game, Recipe, TrainState, fit_gan, make_fabric

RING = Ring()
COUNT = 2500                # samples in which modes are counted
SIDE, EDGE = 41, 3.0        # D is asked at SIDE x SIDE places from -EDGE to EDGE in both directions
STORED = 512                # samples of a snapshot that are kept in a results file
STEPS = {"smoke": 20, "laptop": 2000, "gpu": 10_000}
WIDTHS_G, WIDTHS_D = (2, 8, 64), (2, 64)
DIRECTIONS = 32             # in which the plane is cut to measure a distance


@dataclass(frozen=True)
class Setup:
    """One way to play on the ring."""

    config: Config = Config(data_dim=2, noise_dim=16, g_hidden=(128, 128), d_hidden=(128, 128), bounded=False, r1=0.1)
    recipe: Recipe = Recipe(steps=STEPS["laptop"], batch=128, lr=1e-3, penalty_every=4, precision="32-true")
    game: type[Game] = Gan


GOOD = Setup()
BAD = replace(GOOD, recipe=replace(GOOD.recipe, lrs={"discriminator": 5e-5}))       # D is 20 times slower than G
RECIPES = {"good": GOOD, "bad": BAD}
MOMENTUM = (0.9, 0.999)     # Adam's own betas
CHANGES = {
    "bad": BAD,
    "bad, no penalty": replace(BAD, config=replace(BAD.config, r1=0.0)),
    "bad, penalty 10 times": replace(BAD, config=replace(BAD.config, r1=1.0)),
    "bad, 64 noise numbers": replace(BAD, config=replace(BAD.config, noise_dim=64)),
    "bad, saturating loss": replace(BAD, game=SaturatingGan),
    "bad, momentum 0.9": replace(BAD, recipe=replace(BAD.recipe, betas=MOMENTUM)),
    "bad, G as slow as D": replace(BAD, recipe=replace(BAD.recipe, lr=5e-5)),
    "bad, D as fast as G = good": GOOD,
    "good, no penalty": replace(GOOD, config=replace(GOOD.config, r1=0.0)),
    "good, momentum 0.9": replace(GOOD, recipe=replace(GOOD.recipe, betas=MOMENTUM)),
}
"""One change at a time, from the bad recipe to the good one, and what the good one can do without."""


class Snapshot(NamedTuple):
    """A moment of a run."""

    step: int
    fake: np.ndarray        # (2500, 2) samples, always of the same noise
    modes: int              # covered, 0 to 8
    near: float             # share of samples within three standard deviations of a mode
    answers: np.ndarray     # (SIDE * SIDE,) probabilities of "real" at `grid()`


@dataclass(frozen=True, repr=False)
class Run:
    """What a run leaves behind."""

    recipe: str
    seed: int
    snapshots: list[Snapshot]           # the first is from before the training
    log: list[dict[str, float]]         # as `TrainState.history`

    @property
    def modes(self) -> int:
        """How many modes are covered in the end."""
        return self.snapshots[-1].modes

    def spaced(self, count: int) -> list[Snapshot]:
        """`count` snapshots at even distances, first and last among them; all of them if there are fewer."""
        places = np.linspace(0, len(self.snapshots) - 1, min(count, len(self.snapshots)))
        return [self.snapshots[round(place)] for place in places]

    def frames(self, count: int = 5) -> dict[str, np.ndarray]:
        """"step 500" -> samples (2500, 2), for `count` snapshots at even distances."""
        return {f"step {snapshot.step:,}": snapshot.fake for snapshot in self.spaced(count)}

    def answers(self, count: int = 5) -> dict[str, np.ndarray]:
        """The same names -> D's answers (SIDE * SIDE,) at `grid()`."""
        return {f"step {snapshot.step:,}": snapshot.answers for snapshot in self.spaced(count)}

    def __repr__(self) -> str:
        last = self.snapshots[-1]
        return f"{self.recipe}, seed {self.seed}: {last.modes} of {RING.modes} modes after {last.step:,} steps"


def play(recipe: str, seed: int = 0, steps: int = STEPS["laptop"], every: int = 200) -> Run:
    """Play on the ring with a recipe, "good" or "bad" or another of CHANGES; about 4 ms a step.

    `every` so many steps a snapshot is taken (a multiple of 20, as the log is), and at the end.
    Raises: ValueError for an unknown recipe.
    """
    known = RECIPES | CHANGES
    if recipe not in known:
        raise ValueError(f"the recipe should be one of {', '.join(known)}, got {recipe!r}; choose one of them")
    return play_setup(known[recipe], recipe, seed, steps, every)


def play_setup(setup: Setup, name: str, seed: int, steps: int, every: int) -> Run:
    """`play` for a setup of your own. The random state of the caller stays as it was."""
    recipe, config = replace(setup.recipe, steps=steps), setup.config
    noise = torch.randn(COUNT, config.noise_dim, generator=runtime.generator(seed, 0, 0, 1))
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        state = TrainState(setup.game(config), recipe, make_fabric("cpu", recipe.precision), seed)
        snapshots = [look(state, noise)]

        def watch(state: TrainState) -> None:
            if state.step % every == 0 or state.step == steps:
                snapshots.append(look(state, noise))

        fit_gan(state.task, state, SourceBatches(RING, recipe.batch, config.noise_dim, seed), watch)
    return Run(name, seed, snapshots, state.history)


def look(state: TrainState, noise: Tensor) -> Snapshot:
    """The players as they are now, not their averages: an average of clumps that move would be no clump."""
    with runtime.evaluating(state.task) as game:
        fake, answers = game.generator(noise).numpy(), game.discriminator(grid()).sigmoid().numpy()
    return Snapshot(state.step, fake, *modes_covered(fake, RING), answers)


def grid() -> Tensor:
    """(SIDE * SIDE, 2) places of the plane, row by row from the lower left corner."""
    even = torch.linspace(-EDGE, EDGE, SIDE)
    return torch.cartesian_prod(even, even).flip(1)


def sliced_wasserstein(first: np.ndarray, second: np.ndarray) -> float:
    """How far apart two clouds are: the mean W1 of their shadows on lines of DIRECTIONS even angles, in units of x.

    Shapes: (N, 2), (M, 2) -> scalar
    Source: Bonneel et al. 2015, "Sliced and Radon Wasserstein Barycenters of Measures".
    """
    angles = np.arange(DIRECTIONS) * np.pi / DIRECTIONS
    lines = np.stack([np.cos(angles), np.sin(angles)])
    return float(np.mean([wasserstein(*shadows) for shadows in zip((first @ lines).T, (second @ lines).T)]))


def study_ring(profile: str, seeds: Sequence[int]) -> Findings:
    """Every recipe of CHANGES with every seed; of the first seed of `good` and `bad` the snapshots are kept.

    "modes" and "modes_bad" are what the two recipes cover in the end; "fewest_good" and "most_bad" are the worst moment
    of the good one in the second half of its run, and the best of the bad one: neither was caught by chance.
    "changes" has in its rows the modes of each change, by seed.
    """
    steps = STEPS[profile]
    runs = {name: [play(name, seed, steps, every=max(20, steps // 20)) for seed in seeds] for name in CHANGES}
    modes = {name: [run.modes for run in played] for name, played in runs.items()}
    good, bad = runs["bad, D as fast as G = good"], runs["bad"]
    measures = {
        "modes": over_seeds([run.modes for run in good]), "modes_bad": over_seeds([run.modes for run in bad]),
        "near": over_seeds([run.snapshots[-1].near for run in good]),
        "fewest_good": over_seeds([min(later_modes(run)) for run in good]),
        "most_bad": over_seeds([max(later_modes(run)) for run in bad]),
        "changes": over_seeds(modes["bad"], rows=modes)}
    return Findings(measures, steps, stored_snapshots(good[0], "good") | stored_snapshots(bad[0], "bad"))


def later_modes(run: Run) -> list[int]:
    """Modes covered at the snapshots of the second half."""
    return [snapshot.modes for snapshot in run.snapshots[len(run.snapshots) // 2:]]


def stored_snapshots(run: Run, name: str) -> dict[str, np.ndarray]:
    """A run as arrays: steps and modes (S,), fake (S, 512, 2) and answers (S, SIDE * SIDE) in half precision."""
    columns = {"steps": np.array([s.step for s in run.snapshots]), "modes": np.array([s.modes for s in run.snapshots]),
               "fake": np.array([s.fake[:STORED] for s in run.snapshots], np.float16),
               "answers": np.array([s.answers for s in run.snapshots], np.float16)}
    return {f"{name}_{column}": values for column, values in columns.items()}


def study_capacity(profile: str, seeds: Sequence[int]) -> Findings:
    """Narrow and wide players with the good recipe: how far G stays from the data, and what D's loss says about it.

    "distance_g8_d64" is the sliced Wasserstein distance of a G of width 8 that played against a D of width 64, and
    "d_loss_..." D's mean loss in the last quarter (2 log 2 = 1.386 is what it ends with if it knows nothing).
    "gain_2_8" and "gain_8_64" are by how much the distance falls from one width of G to the next, against the wide D;
    "blindness" is the distance that a wide G keeps from the data with a narrow D, in distances with a wide one.
    """
    steps, distance, d_loss = STEPS[profile], {}, {}
    for g, d in product(WIDTHS_G, WIDTHS_D):
        setup = replace(GOOD, config=replace(GOOD.config, g_hidden=(g, g), d_hidden=(d, d)))
        runs = [play_setup(setup, f"G {g}, D {d}", seed, steps, every=steps) for seed in seeds]
        distance[g, d] = np.array([sliced_wasserstein(run.snapshots[-1].fake, held_out(run.seed)) for run in runs])
        d_loss[g, d] = [last_d_loss(run) for run in runs]
    widest = max(WIDTHS_G)
    return Findings({f"distance_g{g}_d{d}": over_seeds(values) for (g, d), values in distance.items()}
                    | {f"d_loss_g{g}_d{d}": over_seeds(values) for (g, d), values in d_loss.items()}
                    | {"gain_2_8": over_seeds(distance[2, 64] - distance[8, 64]),
                       "gain_8_64": over_seeds(distance[8, 64] - distance[64, 64]),
                       "blindness": over_seeds(distance[widest, 2] / distance[widest, 64]),
                       "real": over_seeds([sliced_wasserstein(held_out(seed), held_out(seed + 1000)) for seed in seeds])
                       }, steps)


def held_out(seed: int) -> np.ndarray:
    """(2500, 2) samples of the ring that no player has seen."""
    return RING.sample(COUNT, runtime.generator(seed, 0, 0, 2)).numpy()


def last_d_loss(run: Run) -> float:
    """The mean of D's loss over the last quarter of the log."""
    rows = run.log[-max(1, len(run.log) // 4):]
    return float(np.mean([row["D: real"] + row["D: fake"] for row in rows]))
