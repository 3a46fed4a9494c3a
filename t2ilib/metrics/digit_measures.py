"""Are they digits, are they all digits, and are they copies? Measures on the 8 x 8 digits, each with both ends.

recognised  ten readers, one for each class, are asked "is this yours?". A digit is recognised if one of them says yes,
            and all the others no, clearly. Nine of ten real digits pass, of averages of two digits one in ten, noise
            never.
classes     how many of the ten classes have at least a fifth of their fair share among what is recognised.
frechet     the distance between two sets as if both were bells in the space of the 64 pixels.
pixels      distance to the nearest training digit, relative to that of real digits that nobody trained on: 1 is as far
            as these, 0 is a copy.
moved       the same, but a digit may be moved by a pixel before it is compared. Whoever hands out training digits moved
            by one pixel passes the first test and is caught by this one.

Sources: Goodfellow et al. 2014, Figure 2 (the nearest training picture beside a sample); Meehan et al. 2020, "A
         Non-Parametric Test to Detect Data-Copying in Generative Models", Section 2 (compare with held-out data).
"""

from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial.distance import cdist
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC
from torch import Tensor

from t2ilib import runtime
from t2ilib.data import digits
from t2ilib.data.digits import PIXELS, SIDE, Digits
from t2ilib.metrics.realism import frechet_of_samples
from t2ilib.metrics.statistics import Score, bootstrap, bootstrap_ratio

MARGIN = 0.4            # how clear a yes and a no must be; chosen on real digits and on averages of two, before any GAN
FIFTH = 0.2             # part of its fair share that a class needs
MOVES = tuple(product((-1, 0, 1), repeat=2))    # (down, right), by which a digit is moved before it is compared
HONEST_RATIO = 0.8      # whoever draws afresh keeps at least this part of the distance that unseen real digits keep
SURELY_NEAR = 0.5       # a copy is nearer than this part of what 99 % of real digits keep
COPIES_BOUND = 0.02     # more than one copy in fifty is no chance
CLEARED, CONVICTED = 0.2, 0.9   # a test that finds fewer sources than the one is fooled; the other convicts
COPIES, HONEST = "copies its training digits", "no sign of copying"


class Neighbours(NamedTuple):
    """The nearest training digits of some samples."""

    index: np.ndarray       # (N,) row of the training digits
    distance: np.ndarray    # (N,) Euclidean, over pixels in [-1, 1]; 16 at most


@cache
def reader() -> OneVsRestClassifier:
    """Ten yes-or-no support vector machines on the real training digits: `decision_function` (N, 64) -> (N, 10)."""
    train = digits.load("train")
    return OneVsRestClassifier(SVC(C=1.0, gamma=0.04)).fit(train.pixels.numpy(), train.labels)


def classes_read(pixels: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """What each digit looks most like, and whether it is clearly that and nothing else.

    Shapes: (N, 64) -> classes (N,) from 0 to 9, recognised (N,) of bool
    """
    answers = reader().decision_function(checked(pixels))
    ranked = np.sort(answers, axis=1)
    return answers.argmax(1), (ranked[:, -1] > MARGIN) & (ranked[:, -2] < -MARGIN)


def measure(samples: Tensor) -> dict[str, Score]:
    """All measures of some generated digits (N, 64) in [-1, 1]; a few hundred are needed.

    Ceiling: held-out real digits. Floor: noise; for the classes a single one, for the measures of copying training
    digits themselves.
    Raises: ValueError for another shape or range.
    """
    return {"recognised": recognised(samples), "classes": classes(samples), "frechet": frechet(samples),
            **nearest_ratios(samples)}


def recognised(samples: Tensor) -> Score:
    """The share of samples that are clearly one digit."""
    found = classes_read(samples)[1].astype(float)
    ceiling, floor = (float(classes_read(other)[1].mean()) for other in (digits.load("test").pixels, static()))
    return Score(float(found.mean()), len(found), *bootstrap(found), ceiling, floor)


def classes(samples: Tensor) -> Score:
    """How many classes are drawn; its interval is that of 200 resamples."""
    read, found = classes_read(samples)
    rows = np.random.default_rng(0).integers(len(read), size=(200, len(read)))
    low, high = np.quantile([classes_drawn(read[row], found[row]) for row in rows], (0.025, 0.975))
    return Score(classes_drawn(read, found), len(samples), float(low), float(high),
                 ceiling=classes_drawn(*classes_read(digits.load("test").pixels)), floor=1.0)


def classes_drawn(read: np.ndarray, found: np.ndarray) -> float:
    """How many of ten classes (N,) have a fifth of their fair share among those found (N,)."""
    counts = np.bincount(read[found], minlength=10)
    return float((counts >= max(1, FIFTH * found.sum() / 10)).sum())


def frechet(samples: Tensor) -> Score:
    """Distance to the training digits, in pixels; the lower, the better. It has no interval: low and high are it.

    It falls with the number of samples, so no more of them are taken than there are held-out digits.
    """
    train, held_out = digits.load("train").pixels.numpy(), digits.load("test").pixels
    sets = [checked(rows)[:len(held_out)] for rows in (samples, held_out, static())]
    value, ceiling, floor = (frechet_of_samples(rows, train) for rows in sets)
    return Score(value, len(sets[0]), value, value, ceiling, floor)


def static(count: int = 400) -> Tensor:
    """(count, 64) noise, even between -1 and 1: what no digit is."""
    return 2 * torch.rand(count, PIXELS, generator=runtime.generator(0, 64)) - 1


def nearest_ratios(samples: Tensor) -> dict[str, Score]:
    """"pixels" and "moved": mean distance to the nearest training digit, over that of held-out real digits.

    "copied": the share of samples that are surely copies, moved or not.
    """
    held_out = digits.load("test").pixels
    made = {name: search(samples).distance for name, search in TESTS.items()}
    real = {name: search(held_out).distance for name, search in TESTS.items()}
    ratios = {name: Score(float(made[name].mean() / real[name].mean()), len(samples),
                          *bootstrap_ratio(made[name], real[name]), ceiling=1.0, floor=0.0) for name in TESTS}
    return ratios | {"copied": copied(made["moved"], real["moved"])}


def copied(made: np.ndarray, real: np.ndarray) -> Score:
    """The share of distances (N,) below half of what 99 % of real digits (M,) keep."""
    near = SURELY_NEAR * np.quantile(real, 0.01)
    found = (made < near).astype(float)
    return Score(float(found.mean()), len(found), *bootstrap(found), ceiling=float((real < near).mean()), floor=1.0)


def verdict(scores: dict[str, Score], tests: tuple[str, ...] = ("pixels", "moved")) -> str:
    """COPIES if a ratio lies below `HONEST_RATIO` with its whole interval, or if copies are found; else HONEST.

    With `tests=("pixels",)` it is the verdict of somebody who only looks at pixels.
    """
    near = any(scores[test].high < HONEST_RATIO for test in tests)
    return COPIES if near or "moved" in tests and scores["copied"].low > COPIES_BOUND else HONEST


def nearest(samples: Tensor, train: Digits | None = None) -> Neighbours:
    """The nearest training digit of each sample (N, 64), pixel by pixel."""
    return nearest_by(samples, train or digits.load("train"), ((0, 0),))


def nearest_moved(samples: Tensor, train: Digits | None = None) -> Neighbours:
    """The same, if a sample may be moved by a pixel in each direction before it is compared."""
    return nearest_by(samples, train or digits.load("train"), MOVES)


TESTS = {"pixels": nearest, "moved": nearest_moved}


def nearest_by(samples: Tensor, train: Digits, moves: tuple[tuple[int, int], ...]) -> Neighbours:
    """The nearest training digit over some moves (down, right), in pixels.

    Only what stays inside is compared; the distance is scaled up as if it were a whole digit.
    """
    made, known = (rows.reshape(-1, SIDE, SIDE) for rows in (checked(samples), train.pixels.numpy()))
    best = np.full((len(made), len(known)), np.inf)
    for down, right in moves:
        ours, theirs = made[:, window(-down), window(-right)], known[:, window(down), window(right)]
        scale = (PIXELS / ours[0].size) ** 0.5
        ours, theirs = (rows.reshape(len(rows), -1) for rows in (ours, theirs))
        np.minimum(best, scale * cdist(ours, theirs), out=best)
    return Neighbours(best.argmin(1), best.min(1))


def window(start: int) -> slice:
    """The rows that are left when a picture is moved: from `start` on, or all but the last ones if it is negative."""
    return slice(max(0, start), SIDE + min(0, start))


def cheater(count: int = 400, seed: int = 0) -> tuple[Tensor, np.ndarray]:
    """A planted "generator" that hands out training digits, moved by one pixel to the left or to the right.

    Returns the digits (count, 64) and which training digit each of them was (count,).
    """
    train, rng = digits.load("train"), np.random.default_rng(seed)
    source = rng.choice(len(train.pixels), count, replace=False)
    images = train.pixels[torch.from_numpy(source)].view(-1, SIDE, SIDE)
    to_right = torch.from_numpy(rng.random(count) < 0.5)[:, None, None]
    blank = torch.full((count, SIDE, 1), -1.0)
    moved = torch.where(to_right, torch.cat([blank, images[..., :-1]], 2), torch.cat([images[..., 1:], blank], 2))
    return moved.flatten(1), source


def source_found(samples: Tensor, source: np.ndarray, test: str) -> float:
    """In what share of cases a test, "pixels" or "moved", names the very digit that was handed out."""
    return float((TESTS[test](samples).index == source).mean())


def checked(pixels: Tensor) -> np.ndarray:
    """(N, 64) as float64.

    Raises: ValueError for another shape or for numbers beyond [-1, 1].
    """
    if pixels.ndim != 2 or pixels.shape[1] != PIXELS:
        raise ValueError(f"digits should be (N, {PIXELS}), got shape {tuple(pixels.shape)}; flatten each picture")
    if not pixels.abs().max() <= 1:
        raise ValueError(f"digits should be in [-1, 1], got {pixels.min():.1f} to {pixels.max():.1f}; "
                         "divide grey values of 0 to 16 by 8 and subtract 1")
    return pixels.detach().double().numpy()
