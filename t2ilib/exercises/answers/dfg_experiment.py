"""Chapter 09: one number against the weight of the penalty."""

import numpy as np

__all__ = ["raised_weight"]


def raised_weight(trial):
    """The heavier the penalty, the flatter D: predicted, then measured."""
    weights, number, predicted = [0.0, 2.0, 200.0], "slope at real", "falls"
    table = [[trial(k, seed)[number] for k in weights] for seed in range(3)]
    steps = np.diff(table)
    found = "rises" if steps.min() > 0 else "falls" if steps.max() < 0 else "unclear"
    return weights, number, predicted, found
