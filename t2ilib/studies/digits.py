"""The GAN of the handwritten digits: what it draws with several seeds, whether it copies, and at which pace it fails.

Sources: Goodfellow et al. 2014, Section 5 and Figure 2 (samples, and their nearest training pictures); Radford et al.
         2016, "Unsupervised Representation Learning with DCGANs", Section 4 (a learning rate of 0.001 is too high).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from t2ilib import runtime
from t2ilib.data import digits
from t2ilib.data.toys import SourceBatches
from t2ilib.metrics import digit_measures
from t2ilib.metrics.two_sample import jury
from t2ilib.papers import gan
from t2ilib.papers.gan import Config, Gan
from t2ilib.studies import Findings, over_seeds, share
from t2ilib.train import Recipe, TrainState, fit_gan, make_fabric

LOGGED = ("D: real", "D: fake", "G: fake", "D(real)", "D(fake)")
SHOWN, SNAPSHOTS = 16, 30           # digits of a snapshot, always of the same noise, and about how many snapshots
COUNT = 1000                        # samples that are measured
RATES = (2e-5, 2e-4, 2e-3, 2e-2)
RATE_STEPS = {"smoke": 20, "laptop": 1500, "gpu": 10_000}

# A run has failed if one of these holds, as was decided before the first run:
FAR = 0.5                           # its Frechet distance is more than this part of what noise has,
CRUSHED, CRUSHED_STEPS = 0.01, 200  # D's loss was below this for so many steps running,
#                                     or a number was not finite


def train(config: Config, recipe: Recipe, seed: int, watch: Callable | None = None) -> TrainState:
    """The training of `t2i train gan --seed`, on one processor. The random state of the caller stays as it was.

    Raises: FloatingPointError if it breaks down.
    """
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        state = TrainState(Gan(config), recipe, make_fabric("cpu", recipe.precision), seed)
        if watch:
            watch(state)                # from before the training
        fit_gan(state.task, state, SourceBatches(digits.load("train"), recipe.batch, config.noise_dim, seed), watch)
    return state


def draw(generator: nn.Module, noise_dim: int, count: int, seed: int = 0) -> Tensor:
    """(count, 64) digits in [-1, 1], of noise that is a function of the seed."""
    with runtime.evaluating(generator):
        return generator(torch.randn(count, noise_dim, generator=runtime.generator(seed, 0, 0, 1)))


def study_digits(profile: str, seeds: Sequence[int]) -> Findings:
    """The steady recipe with every seed, measured; the snapshots of the first one; and the cheater.

    "recognised" to "copied" are the measures of `metrics.digit_measures`; "fresh" is how often fresh discriminators
    tell the samples from held-out digits. "cheater_found_pixels" and "cheater_found_moved" are how often each of the
    two tests names the digit that was handed out, "cheater_pixels" and "cheater_moved" its ratios of distances.
    """
    config, recipe = gan.RECIPES["steady"][profile]
    film = Film(config, recipe)
    states = [train(config, recipe, seed, film if seed == seeds[0] else None) for seed in seeds]
    samples = [draw(state.average, config.noise_dim, COUNT, seed) for state, seed in zip(states, seeds)]
    measured = [digit_measures.measure(drawn) for drawn in samples]
    held_out = digits.load("test").pixels.numpy()
    fresh = [jury(held_out, drawn[:len(held_out)].numpy()).value for drawn in samples]
    measures = {name: over_seeds([scores[name].value for scores in measured]) for name in measured[0]}
    return Findings(measures | {"fresh": over_seeds(fresh)} | cheater_measures(seeds), recipe.steps, film.arrays())


def cheater_measures(seeds: Sequence[int]) -> dict[str, dict]:
    """How the two tests of copying deal with the planted cheater, for several draws of it."""
    found = {f"cheater_found_{test}": [] for test in digit_measures.TESTS}
    ratios = {f"cheater_{test}": [] for test in digit_measures.TESTS}
    for seed in seeds:
        handed_out, source = digit_measures.cheater(seed=seed)
        scores = digit_measures.nearest_ratios(handed_out)
        for test in digit_measures.TESTS:
            found[f"cheater_found_{test}"].append(digit_measures.source_found(handed_out, source, test))
            ratios[f"cheater_{test}"].append(scores[test].value)
    return {name: over_seeds(values, "draws") for name, values in (found | ratios).items()}


class Film:
    """A watcher that keeps what the averaged generator draws, and the log, at steps that are dense at the start."""

    def __init__(self, config: Config, recipe: Recipe):
        self.config = config
        self.steps = filmed_steps(recipe)
        self.rows: list[tuple[int, np.ndarray, list[float]]] = []

    def __call__(self, state: TrainState) -> None:
        if state.step in self.steps:
            last = state.history[-1] if state.history else {}
            shown = draw(state.average, self.config.noise_dim, SHOWN)
            self.rows.append((state.step, coded(shown), [last.get(name, np.nan) for name in LOGGED]))

    def arrays(self) -> dict[str, np.ndarray]:
        """steps (S,), samples (S, 16, 64) uint8, log (S, 5) in the order of LOGGED; the log of step 0 is not known."""
        steps, samples, log = zip(*self.rows)
        return {"steps": np.array(steps), "samples": np.array(samples), "log": np.array(log, np.float32)}


def filmed_steps(recipe: Recipe) -> set[int]:
    """0, and about SNAPSHOTS logged steps whose distances grow; the last one is among them."""
    first = min(recipe.log_every, recipe.steps)
    spaced = np.geomspace(first, recipe.steps, SNAPSHOTS)
    return {0, *(int(recipe.log_every * round(step / recipe.log_every)) for step in spaced), recipe.steps}


def coded(pixels: Tensor) -> np.ndarray:
    """[-1, 1] -> uint8: 0 is the background, 255 full ink."""
    return ((pixels + 1) * 127.5).round().to(torch.uint8).numpy()


def decoded(codes: np.ndarray) -> Tensor:
    """The inverse of `coded`, to within 1 / 255."""
    return torch.from_numpy(codes).float() / 127.5 - 1


class Outcome(NamedTuple):
    """How a run at one learning rate ended."""

    failed: bool
    why: str                # "", "far from digits", "D won" or "not finite"
    frechet: float          # nan if it broke down
    shown: np.ndarray       # (16, 64) uint8; empty paper if it broke down


def study_rates(profile: str, seeds: Sequence[int]) -> Findings:
    """The published recipe at four learning rates, and how many runs fail.

    "failed_0.02" is the share at that rate. "failures" has all outcomes in its rows, "excess" is by how much more runs
    fail at 0.02 than at 0.0002. The arrays hold samples of each rate and seed, (4, seeds, 16, 64), to look at.
    """
    steps = RATE_STEPS[profile]
    outcomes = {rate: [try_rate(rate, seed, steps) for seed in seeds] for rate in RATES}
    failed = {rate: np.array([outcome.failed for outcome in row]) for rate, row in outcomes.items()}
    rows = [{"rate": rate, "seed": seed, "why": outcome.why, "frechet": known(outcome.frechet)}
            for rate, row in outcomes.items() for seed, outcome in zip(seeds, row)]
    measures = {f"failed_{rate:g}": share(hits, "seeds") for rate, hits in failed.items()}
    measures["excess"] = over_seeds(failed[2e-2].astype(float) - failed[2e-4])
    measures["failures"] = share(np.concatenate(list(failed.values())), "runs", rows)
    shown = np.array([[outcome.shown for outcome in row] for row in outcomes.values()])
    return Findings(measures, steps, {"rates": np.array(RATES), "samples": shown})


def try_rate(rate: float, seed: int, steps: int) -> Outcome:
    """Train with a learning rate and say whether it failed, by the rule at the top of this page."""
    config, recipe = gan.RECIPES["published"]["laptop"]
    try:
        state = train(config, replace(recipe, steps=steps, lr=rate), seed)
    except FloatingPointError:
        return Outcome(True, "not finite", float("nan"), np.zeros((SHOWN, digits.PIXELS), np.uint8))
    samples = draw(state.task.generator, config.noise_dim, COUNT, seed)
    score = digit_measures.frechet(samples)
    why = "D won" if crushed(state.history) else "far from digits" if score.value > FAR * score.floor else ""
    return Outcome(bool(why), why, score.value, coded(samples[:SHOWN]))


def crushed(history: list[dict[str, float]]) -> bool:
    """Was D's loss below CRUSHED at all logged steps within some CRUSHED_STEPS of training?"""
    start = None
    for row in history:
        low = row["D: real"] + row["D: fake"] < CRUSHED
        start = (row["step"] if start is None else start) if low else None
        if low and row["step"] - start >= CRUSHED_STEPS:
            return True
    return False


def known(number: float) -> float | None:
    """A number for JSON, which has no nan."""
    return None if np.isnan(number) else round(number, 3)
