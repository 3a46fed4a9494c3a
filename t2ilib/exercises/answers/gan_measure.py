"""Chapter 01: modes, copies, and a fresh judge."""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

__all__ = ["modes_covered", "nearest", "two_sample"]


def modes_covered(samples, centres, std):
    """How many centres have 20 samples or more within 3 std."""
    distances = np.linalg.norm(samples[:, None] - centres, axis=2)
    return int(((distances <= 3 * std).sum(axis=0) >= 20).sum())


def nearest(samples, train):
    """The distance to the nearest training digit, shifted by up to one pixel."""
    padded = np.pad(train, ((0, 0), (1, 1), (1, 1)), constant_values=-1)
    shifted = [padded[:, dy:dy + 8, dx:dx + 8].reshape(-1, 64) for dy in range(3) for dx in range(3)]
    return cdist(samples.reshape(-1, 64), np.concatenate(shifted)).min(axis=1)


def two_sample(real, fake, rng):
    """Accuracy of a fresh judge on samples it was not trained on; about 1/2 if it cannot tell."""
    count = min(len(real), len(fake))
    samples = np.concatenate([rng.permutation(kind)[:count] for kind in (real, fake)])
    labels = np.repeat([1, 0], count)
    learned, held, known, asked = train_test_split(samples, labels, stratify=labels, test_size=0.5,
                                                   random_state=int(rng.integers(1000)))
    return KNeighborsClassifier(9).fit(learned, known).score(held, asked)
