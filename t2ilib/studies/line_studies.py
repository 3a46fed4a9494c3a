"""What is measured of the game on the line, over seeds: the claims GAN-01, 03, 07 and 09 to 14 of chapter 1."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from scipy import stats
from torch import nn

from t2ilib import runtime
from t2ilib.data.toys import Gaussian
from t2ilib.metrics.two_sample import fresh_discriminator
from t2ilib.papers.gan import Gan, SaturatingGan
from t2ilib.studies import Findings, over_seeds
from t2ilib.studies.line import (
    CONFIG,
    RECIPE,
    Run,
    Snapshot,
    begin,
    best_discriminator,
    d_step,
    four_panels,
    inner_loop,
    play,
)

STEPS = {"smoke": 20, "laptop": RECIPE.steps, "gpu": 4 * RECIPE.steps}
FAR = Gaussian(4.0, 0.5)                    # eight of its standard deviations from where G starts
INNER = (1, 5, 20)


def study_optimal(profile: str, seeds: Sequence[int]) -> Findings:
    """GAN-07: D alone, on N(0, 1) against a generator that stands still at N(2, 0.5)."""
    steps = {"smoke": 20}.get(profile, 1_200)

    def gap(seed: int) -> float:
        run = begin(seed, Gaussian(0.0, 1.0))
        run.state.task.generator = Still(2.0, 0.5)
        return run.look(best_discriminator(run, steps)).gap()
    return Findings({"gap": over_seeds([gap(seed) for seed in seeds])}, steps)


class Still(nn.Module):
    """A generator that does not learn: x = mean + std z."""

    def __init__(self, mean: float, std: float):
        super().__init__()
        self.mean, self.std = mean, std

    def forward(self, noise: torch.Tensor) -> torch.Tensor:
        return self.mean + self.std * noise


def study_line(profile: str, seeds: Sequence[int]) -> Findings:
    """GAN-01, 03, 09, 10, 11 and 12: the whole game with both kinds of noise, and the four panels of Figure 1."""
    steps = STEPS[profile]
    runs = {noise: [play(seed, steps, steps // 20, noise=noise) for seed in seeds] for noise in ("normal", "uniform")}
    measures = of_the_end(runs["normal"]) | of_the_panels(profile, seeds) | of_noise(runs) | of_judges(runs["normal"])
    return Findings(measures, steps)


def of_the_end(runs: list[Run]) -> dict[str, dict]:
    """How far the fakes still are, and what D says at the end: distances as shares of the first one."""
    left = [late(run) / run.snapshots[0].distance for run in runs]
    answers = [np.abs(run.snapshots[-1].d - 0.5)[run.snapshots[-1].inhabited("real")].max() for run in runs]
    return {"fall": over_seeds([1 - share for share in left]),
            "left": over_seeds(left, rows=[[shot.distance for shot in run.snapshots] for run in runs]),
            "half": over_seeds(answers),
            "extreme": over_seeds([np.mean([extreme(shot) for shot in middle(run)]) for run in runs])}


def late(run: Run) -> float:
    """W1, the mean over the last quarter of the snapshots: the players never quite stand still."""
    return float(np.mean([shot.distance for shot in run.snapshots[-len(run.snapshots) // 4:]]))


def middle(run: Run) -> list[Snapshot]:
    """The snapshots of the middle half of a run."""
    quarter = len(run.snapshots) // 4
    return run.snapshots[quarter:-quarter]


def extreme(shot: Snapshot) -> float:
    """The share of real and fake samples for which D answers less than 0.01 or more than 0.99."""
    mass = shot.real_density + shot.fake_density
    return float(mass[np.abs(shot.d - 0.5) > 0.49].sum() / mass.sum())


def of_the_panels(profile: str, seeds: Sequence[int]) -> dict[str, dict]:
    """GAN-09 (b): how close D comes to D* while G waits."""
    short = {"pause": 5, "inner": 5, "guided": 2, "steps": 12} if profile == "smoke" else {}
    return {"gap": over_seeds([four_panels(seed, **short)["b"].gap() for seed in seeds])}


def of_noise(runs: dict[str, list[Run]]) -> dict[str, dict]:
    """GAN-03: which noise comes closer. GAN-10: where a generator of uniform noise stretches, its density is thin."""
    pairs = [(late(normal), late(uniform)) for normal, uniform in zip(*runs.values())]
    return {"noise_ratio": over_seeds([max(pair) / min(pair) for pair in pairs], rows=pairs),
            "stretch": over_seeds([stretch(run.snapshots[-1]) for run in runs["uniform"]])}


def stretch(shot: Snapshot, bins: int = 400) -> float:
    """Spearman's correlation of log p_g(G(z)), a kernel estimate, with -log |G'(z)|, a finite difference.

    Source: Goodfellow et al. 2014, caption of Figure 1.
    """
    every = len(shot.noise) // bins
    noise, fake = shot.noise[::every], shot.fake[::every]
    slope = np.abs(np.gradient(fake, noise)) + 1e-6
    density = stats.gaussian_kde(shot.fake[::5], bw_method=0.1)(fake)
    return float(stats.spearmanr(np.log(density), -np.log(slope)).statistic)


def of_judges(runs: list[Run]) -> dict[str, dict]:
    """GAN-11: how often the D that played is right at the end. GAN-12: a fresh one, at the start and at the end."""
    rows = [[{"step": shot.step, "played": shot.accuracy, "fresh": fresh(run, shot)}
             for shot in (run.snapshots[0], *run.snapshots[1:-1:4], run.snapshots[-1])] for run in runs]
    return {"played_end": over_seeds([row[-1]["played"] for row in rows], rows=rows),
            "fresh_start": over_seeds([row[0]["fresh"] for row in rows]),
            "fresh_end": over_seeds([row[-1]["fresh"] for row in rows])}


def fresh(run: Run, shot: Snapshot, count: int = 1000) -> float:
    """The accuracy of a new classifier on `count` real samples and as many fakes of this moment."""
    stream = runtime.generator(run.state.seed, shot.step, 2)
    real = run.batches.source.sample(count, stream).numpy()
    own = torch.randperm(len(shot.fake), generator=stream)[:count].numpy()
    return fresh_discriminator(real, shot.fake[own, None], seed=run.state.seed).value


def study_inner(profile: str, seeds: Sequence[int]) -> Findings:
    """GAN-13: D moves k times for each step of G; how far V(D, G) stays below C(G), both as integrals.

    p_g is counted from 20,000 equally likely values of z, so neither side has the noise of a sample.
    """
    steps = {"smoke": 8}.get(profile, 300)
    errors = {k: [shortfall(seed, k, steps) for seed in seeds] for k in INNER}
    return Findings({f"error_k{k}": over_seeds(values) for k, values in errors.items()}
                    | {"error_ratio": over_seeds(np.divide(errors[INNER[-1]], errors[INNER[0]]).tolist())}, steps)


def shortfall(seed: int, k: int, steps: int) -> float:
    """C(G) - V(D, G), the mean over ten moments of a run with k inner steps."""
    run = begin(seed, recipe=replace(RECIPE, log_every=max(1, steps // 10)))
    run.play(steps, inner_loop(k, run))
    return float(np.mean([abs(shot.criterion - shot.value) for shot in run.snapshots[1:]]))


def study_far(profile: str, seeds: Sequence[int]) -> Findings:
    """GAN-14: G starts eight standard deviations away, with both losses and nothing that keeps D flat.

    "steps_ratio" is measured where the statement is made: D is sure of itself (300 steps ahead) and both players follow
    plain gradients with momentum, as in the paper. "adam_ahead" and "adam" have our optimiser instead, which divides a
    gradient by its usual size and so makes a weak one strong, with D ahead and without.
    Each row holds the steps of the non-saturating and of the saturating loss. A saturating run that never gets halfway
    counts with all its steps, so the true ratio is then smaller still.
    """
    steps = {"smoke": 20}.get(profile, 1_000)
    settings = {"steps_ratio": (300, True), "adam_ahead": (300, False), "adam": (0, False)}
    measures = {}
    for name, (ahead, plain) in settings.items():
        pairs = [[halfway(start_far(kind, seed, ahead, plain), steps) for kind in (Gan, SaturatingGan)]
                 for seed in seeds]
        measures[name] = over_seeds([ours / theirs for ours, theirs in pairs], rows=pairs)
    return Findings(measures, steps)


def start_far(kind: type[Gan], seed: int, ahead: int, plain: bool) -> Run:
    """A game far from its data in which D has moved `ahead` times; `plain` takes gradient descent for Adam."""
    torch.manual_seed(runtime.derived_seed(seed))
    run = begin(seed, FAR, game=kind(replace(CONFIG, r1=0.0)), recipe=replace(RECIPE, penalty_every=0, log_every=10))
    if plain:
        run.state.optimizers = {player: torch.optim.SGD(getattr(run.state.task, player).parameters(), lr=0.02,
                                                        momentum=0.5) for player in run.state.task.players}
    for number in range(ahead):
        d_step(run.state.task, run.state, run.batches(number, rank=1))          # batches the game will not see
    return run


def halfway(run: Run, steps: int) -> int:
    """The first step (of every tenth) at which W1 is half of the first or less; else the last step."""
    start = run.snapshots[0].distance
    while run.state.step < steps and run.snapshots[-1].distance > start / 2:
        run.play(10)
    return run.state.step
