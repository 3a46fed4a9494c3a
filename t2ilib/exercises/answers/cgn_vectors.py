"""Chapter 03: a condition as a vector."""

import torch
from torch.nn import functional as F

__all__ = ["class_vectors", "join"]


def class_vectors(classes, count):
    """Whole numbers (...) below `count` -> (..., count) with a single 1; -1 becomes zeros only."""
    return F.one_hot(classes + 1, count + 1)[..., 1:].float()


def join(inputs, condition):
    """(B, F, ...) and (B, C) -> (B, F + C, ...): the condition behind the inputs, the same at every place."""
    axes = inputs.ndim - 2
    tiled = condition.reshape(*condition.shape, *[1] * axes).expand(-1, -1, *inputs.shape[2:])
    return torch.cat([inputs, tiled.to(inputs.dtype)], dim=1)
