"""Chapter 01: an experiment with the learning rate."""

import numpy as np

__all__ = ["breaking_rate"]


def breaking_rate(trial):
    """A rate at which trainings arrive, and a higher one at which they do not, each with three seeds."""
    distance = {rate: np.median([trial(rate, seed) for seed in range(3)]) for rate in (0.005, 0.3)}
    good, wild = sorted(distance, key=distance.get)
    return good, wild
