"""Chapter 01: an experiment of your own. Where does the learning rate break a training?"""

from functools import cache

import numpy as np
import torch

from t2ilib import runtime
from t2ilib.data.toys import Batch, Gaussian, SourceBatches
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.answers.gan_training import training_step
from t2ilib.metrics.two_sample import wasserstein
from t2ilib.papers.gan import Config, Discriminator, Generator

FAR = 3.0                       # where the data is, in its standard deviations; G begins near 0
DATA = Gaussian(FAR)
ARRIVED = FAR / 5               # the distance has fallen by 80 %, the bound of GAN-01
SEEDS, NEW = 3, (20_260, 20_261, 20_262)
APART = 100                     # how many times as high the wild rate may be
PLAYERS = Config(data_dim=1, noise_dim=4, g_hidden=(32, 32), d_hidden=(32, 32), bounded=False)
STEPS = 200


@cache
def trial(rate: float, seed: int) -> float:
    """Train both players for 200 steps on a bell around 3: less than a second.

    Returns: how far the samples are from the data (Wasserstein-1, 1,000 samples each); 3 at the start. It is the mean
             of ten looks in the last 100 steps, so passing by is not arriving.
    """
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        generator, discriminator = players = Generator(PLAYERS), Discriminator(PLAYERS)
    optimizers = [torch.optim.Adam(player.parameters(), lr=rate, betas=(0.5, 0.999)) for player in players]
    batches = SourceBatches(DATA, 64, PLAYERS.noise_dim, seed)
    looks, seen = [], SourceBatches(DATA, 1000, PLAYERS.noise_dim, seed)(STEPS)
    for step in range(STEPS):
        training_step(generator, discriminator, *optimizers, *batches(step))
        if step >= STEPS - 100 and step % 10 == 9:
            looks.append(_distance(generator, seen))
    return float(np.mean(looks))


def _distance(generator: Generator, seen: Batch) -> float:
    with runtime.evaluating(generator):
        fakes = np.nan_to_num(generator(seen.noise).numpy(), nan=1e6)              # what exploded is far away
    return wasserstein(fakes, seen.real.numpy())


def two_rates(answer):
    """two learning rates, the good one first"""
    got = answer(trial)
    if not isinstance(got, tuple | list) or len(got) != 2:
        return Wrong("two learning rates", got, "return good, wild; is there a `return`?")
    good, wild = map(float, got)
    if not 0 < good < wild:
        return Wrong("0 < good < wild", [good, wild], "the claim is about a rate that is too *high*")
    return None if wild <= APART * good else Wrong(
        f"at most {APART} times as high", f"{wild / good:,.0f} times", "somewhere between them it breaks: come nearer")


def measured(answer):
    """each measured with three seeds or more"""
    for name, distances in _perform(answer).items():
        if len(distances) < SEEDS:
            return Wrong(f"trial({name}, seed) with {SEEDS} seeds", f"{len(distances)}",
                         "one training is an anecdote: another seed may end elsewhere" if distances
                         else "measure the very rates that you return")
    return None


def as_measured(answer):
    """your own trials say so"""
    good, wild = _perform(answer).values()
    if np.mean(np.less(good, ARRIVED)) < 2 / 3:
        return Wrong(f"below {ARRIVED} in two of three at the good rate", good, "your own trials do not arrive there")
    if np.mean(np.less(wild, ARRIVED)) > 1 / 3:
        return Wrong(f"{ARRIVED} or more in two of three at the wild rate", wild, "your own trials arrive there, too")
    return None


def holds_at_the_good_rate(answer):
    """at the good rate it arrives with new seeds, too"""
    good, _ = _perform(answer)
    again = [trial(good, seed) for seed in NEW]
    return None if np.sum(np.less(again, ARRIVED)) >= 2 else Wrong(
        f"below {ARRIVED} for two of three new seeds", np.round(again, 2),
        "it arrived by luck: choose a rate with one set of seeds, and measure it with another")


def breaks_at_the_wild_rate(answer):
    """at the wild rate it fails with new seeds, too"""
    _, wild = _perform(answer)
    again = [trial(wild, seed) for seed in NEW]
    return None if np.sum(np.less(again, ARRIVED)) <= 1 else Wrong(
        f"{ARRIVED} or more for two of three new seeds", np.round(again, 2),
        "it failed by luck, and would mostly work: go higher")


def _perform(answer) -> dict[float, list[float]]:
    """good rate -> what the answer measured there, wild rate -> the same; a seed counts once."""
    calls = {}

    def recorded(rate, seed):
        calls[float(rate), int(seed)] = trial(float(rate), int(seed))
        return calls[float(rate), int(seed)]

    good, wild = answer(recorded)
    return {float(rate): [distance for (tried, _), distance in calls.items() if tried == float(rate)]
            for rate in (good, wild)}


breaking_rate = Exercise(
    id="gan_experiment.breaking_rate",
    title="where does the learning rate break it?",
    minutes=25,
    difficulty=3,
    text="An experiment without a single right answer. The source says that a high learning rate fails in almost all "
         "cases. High is what? `trial(rate, seed)` trains a small GAN on the line for 200 steps and returns how far "
         "its samples are from the data, on average over the last 100: it was 3 at the start, and below 0.6 it has "
         "arrived. Return two rates, "
         "`good` and `wild`: with the first most trainings arrive, with the second most do not, and the second is "
         "higher, but at most 100 times. Measure each with three seeds or more; your claim is then tried on new seeds. "
         "To play: `exercises.gan_experiment.trial(1e-3, seed=0)`.",
    hints=(
        "Which rates would you try first, if you knew nothing: 0.1, 0.2, 0.3, or 0.001, 0.01, 0.1?",
        "Go up in powers of ten until it breaks with every seed, then take the best rate below.",
        "`for rate in (good, wild): [trial(rate, seed) for seed in range(3)]`, and look at the medians before you "
        "return.",
    ),
    checks=(two_rates, measured, as_measured, holds_at_the_good_rate, breaks_at_the_wild_rate),
    explanation="Between the rate that works and the one that does not lies about a power of ten or two. In between, "
                "the seed decides: there one run proves nothing, in either direction. A rate chosen because it looked "
                "best has to be measured anew, with seeds that had no part in the choice.",
)
