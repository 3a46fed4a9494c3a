"""Chapter 03: what it costs to ask a GAN that cannot be told."""

import math

import numpy as np

__all__ = ["rejection_cost"]


def rejection_cost(read, wanted):
    """Draws until the wanted class comes: their mean and standard deviation, by its frequency among (N,) classes."""
    p = np.mean(np.asarray(read) == wanted)
    return (1 / p, math.sqrt(1 - p) / p) if p else (math.inf, math.inf)
