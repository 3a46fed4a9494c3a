"""Chapter 01: the value of the game, and how strongly its two losses pull."""

import numpy as np
from scipy.special import expit

__all__ = ["game_value", "generator_slopes"]


def game_value(d_real, d_fake):
    """V from D's answers as probabilities: minus the cross-entropies of real with 1 and fake with 0."""
    return np.mean(np.log(d_real)) + np.mean(np.log1p(-d_fake))


def generator_slopes(logits):
    """The slopes of log(1 - s) and -log s by the logit, without their signs."""
    return expit(logits), expit(-logits)
