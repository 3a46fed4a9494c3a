"""Chapter 09: the FID of endless pictures."""

import numpy as np

__all__ = ["fid_at_infinity"]


def fid_at_infinity(counts, values):
    """Where the line through (1 / n, FID) meets 1 / n = 0."""
    return np.polyfit(1 / np.asarray(counts), values, 1)[1]
