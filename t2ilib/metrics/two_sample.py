"""Do two sets come from the same source? By distance, by counting modes, and by a judge who never played.

The discriminator of a training is a bad witness: it knows the opponent it grew up with, and a weak one says 1/2 to
everything. A fresh one, trained on one half of both sets and asked about the other half, is a statistical test.
"""

import warnings

import numpy as np
from scipy import stats
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from t2ilib.data.toys import Ring
from t2ilib.metrics.statistics import Score, bootstrap

NEEDED = 20 / 2500          # the share of all samples that makes a mode covered


def fresh_discriminator(real: np.ndarray, fake: np.ndarray, seed: int = 0) -> Score:
    """How often a new classifier, trained on half of both sets, is right about the other half.

    1/2 says that it cannot tell them apart; the ceiling is measured on two halves of the real set and is close to 1/2.
    The floor is 1: every sample recognised.

    Shapes: (N, D), (M, D) -> accuracy over the (N + M) / 2 held-out samples; keep N and M equal
    Source: Lopez-Paz and Oquab 2017, "Revisiting Classifier Two-Sample Tests", Section 3.
    Raises: ValueError for fewer than 40 samples of a kind.
    """
    if min(len(real), len(fake)) < 40:
        raise ValueError(f"there should be 40 or more samples of each kind, got {len(real)} real and {len(fake)} "
                         "fake; draw more")
    hits = held_out_hits(real, fake, seed)
    among_real = held_out_hits(real[::2], real[1::2], seed)
    return Score(float(hits.mean()), len(hits), *bootstrap(hits), ceiling=float(among_real.mean()), floor=1.0)


def jury(real: np.ndarray, fake: np.ndarray, judges: int = 5) -> Score:
    """The mean over several fresh discriminators, which differ in their first weights and in the half they learn from.

    A small one may miss what the others see. The interval is that of the least and the most able judge.

    Shapes: as for `fresh_discriminator`
    """
    scores = [fresh_discriminator(real, fake, seed) for seed in range(judges)]
    values, ceilings = [score.value for score in scores], [score.ceiling for score in scores]
    return Score(float(np.mean(values)), scores[0].n, min(values), max(values), float(np.mean(ceilings)), floor=1.0)


def held_out_hits(first: np.ndarray, second: np.ndarray, seed: int) -> np.ndarray:
    """Train a small classifier on one half of both sets -> right (1) or wrong (0) for each sample of the other half."""
    samples, kinds = np.concatenate([first, second]), np.repeat([0, 1], [len(first), len(second)])
    seen, held_out, seen_kinds, kinds = train_test_split(samples, kinds, test_size=0.5, stratify=kinds,
                                                         random_state=seed)
    judge = make_pipeline(StandardScaler(), MLPClassifier((64, 64), learning_rate_init=3e-3, early_stopping=True,
                                                          max_iter=100, random_state=seed))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)         # 100 rounds are enough to judge by
        judge.fit(seen, seen_kinds)
    return (judge.predict(held_out) == kinds).astype(float)


def wasserstein(first: np.ndarray, second: np.ndarray) -> float:
    """How far the one heap must be moved, on average, to become the other: W1 on the line, in units of x.

    Shapes: (N,) or (N, 1), (M,) or (M, 1) -> scalar
    """
    return float(stats.wasserstein_distance(np.ravel(first), np.ravel(second)))


def modes_covered(samples: np.ndarray, ring: Ring) -> tuple[int, float]:
    """(modes with their share of samples, share of samples that belong to any mode).

    A sample belongs to the nearest mode if it lies within three standard deviations of its centre, as 98.9 % of the
    real ones do; a mode is covered if at least 20 in 2,500 of all samples belong to it (real: 309).

    Shapes: (N, 2) -> from 0 to ring.modes, and a fraction
    """
    away = np.linalg.norm(np.asarray(samples)[:, None] - ring.centres.numpy(), axis=2)
    close = away.min(1) <= 3 * ring.std
    counts = np.bincount(away.argmin(1)[close], minlength=ring.modes)
    return int((counts >= NEEDED * len(samples)).sum()), float(close.mean())
