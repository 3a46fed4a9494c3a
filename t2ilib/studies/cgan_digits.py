"""The conditional GAN of the handwritten digits: does it draw what is asked, and what does it cost to ask one that
cannot be told?

A GAN that is told nothing can be asked all the same: let it draw until a reader says "a 2". That takes 1 / frequency
draws on average. It is the same game with two deaf players, so it has the same size, data and steps; and two more, in
each of which one player is deaf, show what each of them needs the condition for.

Source: Mirza and Osindero 2014, Section 4.1.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime, sample
from t2ilib.data import digits
from t2ilib.data.conditions import DigitBatches, one_hot
from t2ilib.metrics.digit_measures import classes_read
from t2ilib.metrics.measures import derangement
from t2ilib.papers import gan
from t2ilib.papers.variants.deaf import deafen
from t2ilib.papers.variants.flat_cgan import Config, FlatCgan
from t2ilib.studies import Findings, measure, over_seeds
from t2ilib.studies.digits import coded
from t2ilib.train import Recipe, TrainState, fit_gan, make_fabric

CLASSES = 10
VARIANTS = {"cGAN": (), "D is not told": ("discriminator",), "G is not told": ("generator",),
            "nobody is told": ("generator", "discriminator")}
"""Title -> the players that are not told the class."""
STEPS = {"smoke": 4, "laptop": 3_000, "gpu": 12_000}
EACH = {"smoke": 8, "laptop": 500, "gpu": 500}          # pictures of each class
SHOWN = 8                                               # and of those to look at


def recipe(profile: str) -> Recipe:
    """That of the first GAN, for fewer steps."""
    _, base = gan.RECIPES["steady"]["smoke" if profile == "smoke" else "laptop"]
    return replace(base, steps=STEPS[profile])


def train(deaf: Sequence[str], profile: str, seed: int) -> TrainState:
    """One training; the random state of the caller stays as it was."""
    work, config = recipe(profile), Config(g_hidden=(32,), d_hidden=(32,)) if profile == "smoke" else Config()
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        state = TrainState(deafen(FlatCgan(config), *deaf), work, make_fabric("cpu", work.precision), seed)
        fit_gan(state.task, state, DigitBatches(digits.load("train"), work.batch, config, seed))
    return state


def draw(state: TrainState, asked: np.ndarray, seed: int = 0) -> Tensor:
    """One digit for each class (N,) that is asked for, by the averaged generator -> (N, 64)."""
    config = state.task.config
    return drawn(state, sample.draw_noise(len(asked), config.noise_dim, seed, config.noise), asked)


def drawn(state: TrainState, noise: Tensor, asked: np.ndarray) -> Tensor:
    """The same of given noise (N, Z)."""
    return sample.draw_all(state.average.module, noise, one_hot(torch.from_numpy(asked), CLASSES)).flatten(1)


def sheet(state: TrainState) -> np.ndarray:
    """(10, SHOWN, 64) uint8, a row for each class, a column for each noise."""
    config = state.task.config
    noise = sample.draw_noise(SHOWN, config.noise_dim, 2, config.noise).repeat(CLASSES, 1)
    return coded(drawn(state, noise, np.repeat(np.arange(CLASSES), SHOWN))).reshape(CLASSES, SHOWN, -1)


def study_digits(profile: str, seeds: Sequence[int]) -> Findings:
    """"accuracy: cGAN" and so on, its ceiling and floor; "draws: nobody is told", and how they were counted.

    The arrays hold eight digits of each class by each variant of the first seed, (10, 8, 64) uint8.
    """
    found, shown, asked = {}, {}, np.repeat(np.arange(CLASSES), EACH[profile])
    for seed in seeds:
        for title, deaf in VARIANTS.items():
            state = train(deaf, profile, seed)
            for metric, value in scores(state, asked).items():
                found.setdefault(f"{metric}: {title}", []).append(value)
            if seed == seeds[0]:
                shown[f"digits: {title}"] = sheet(state)
    return Findings({metric: over_seeds(values) for metric, values in found.items()} | limits(), STEPS[profile], shown)


def scores(state: TrainState, asked: np.ndarray) -> dict[str, float]:
    """How often a class that was asked for (N,) is read, how many draws it takes, and the same counted anew."""
    read, _ = classes_read(draw(state, asked))
    again, _ = classes_read(draw(state, asked, 1))
    expected, counted = (1 / hit_rates(asked, read)).mean(), counted_draws(asked, again).mean()
    return {"accuracy": float((read == asked).mean()),
            "accuracy, other requests": float((read == asked[derangement(len(asked))]).mean()),
            "draws": float(expected), "draws, counted": float(counted),
            "counted over expected": float(counted / expected)}


def hit_rates(asked: np.ndarray, read: np.ndarray) -> np.ndarray:
    """(10,) how often a class comes when it is asked for; one that never came counts as one draw in as many as made."""
    return np.array([max((read[asked == kind] == kind).mean(), 1 / (asked == kind).sum()) for kind in range(CLASSES)])


def counted_draws(asked: np.ndarray, read: np.ndarray) -> np.ndarray:
    """(10,) draws for each answer, when a class is asked for again and again: draw until it comes, and begin anew.

    The pictures were drawn for their classes in this order; draws after the last answer belong to none. Of a class
    that never came, all draws were in vain: one answer in as many.
    """
    means = []
    for kind in range(CLASSES):
        places = np.flatnonzero(read[asked == kind] == kind)
        means.append((places[-1] + 1) / len(places) if len(places) else (asked == kind).sum())
    return np.array(means, float)


def limits() -> dict[str, dict]:
    """Real digits: how often the reader is right about them; and how often one who guesses is."""
    held_out = digits.load("test")
    right = classes_read(held_out.pixels)[0] == held_out.labels
    return {"accuracy: ceiling": measure(right.mean(), right.mean(), right.mean(), len(right), "real digits"),
            "accuracy: floor": measure(1 / CLASSES, 1 / CLASSES, 1 / CLASSES, CLASSES, "classes")}
