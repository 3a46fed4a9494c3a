"""Chapter 02: sums of noises."""

import torch

__all__ = ["arithmetic"]


def arithmetic(generator, a, b, c):
    """The picture (K, S, S) of mean(a) - mean(b) + mean(c), three lists of noises (Z,)."""
    a, b, c = (torch.stack(noises).mean(0) for noises in (a, b, c))
    return generator((a - b + c)[None])[0]
