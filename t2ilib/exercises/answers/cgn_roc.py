"""Chapter 03: the ROC curve and its area."""

import numpy as np

__all__ = ["roc"]


def roc(right, wrong):
    """Scores (N,) and (M,) -> false-alarm rates, hit rates, and the area under the curve."""
    steps = [np.inf, *np.unique(np.concatenate([right, wrong]))[::-1]]
    false_alarms, hits = ([np.mean(kind >= step) for step in steps] for kind in (wrong, right))
    return np.array(false_alarms), np.array(hits), np.trapezoid(hits, false_alarms)
