"""Chapter 05: the cause of a broken GAN-CLS."""

import numpy as np

__all__ = ["find_cause"]


def find_cause(log):
    """Which answers are one, which no is missing, and what D can do with proper pairs."""
    right, wrong, fake, auc = (log[name][len(log[name]) // 2:].mean() for name in (
        "D(real, right text)", "D(real, wrong text)", "D(fake, right text)", "AUC"))
    signs = {
        "text lost": np.array_equal(log["D(real, right text)"], log["D(real, wrong text)"]),
        "fake with wrong text": fake > 0.7,
        "shifted captions": right - wrong < 0.1 and auc < 0.75,
        "same class": right - wrong < 0.1,
        "no wrong pairs": right - wrong < 0.4,
    }
    return next((cause for cause, present in signs.items() if present), "healthy")
