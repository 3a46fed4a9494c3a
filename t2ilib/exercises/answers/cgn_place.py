"""Chapter 03: two conditions at once."""

import torch
from torch.nn import functional as F

__all__ = ["class_at_place"]


def class_at_place(classes, boxes, mirrored, count):
    """(B,), (B, 4), (B,) -> (B, count + 3): the class, then x, y and size of the bird as it is shown."""
    middle, size = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:].prod(1).sqrt()
    x = torch.where(mirrored, 1 - middle[:, 0], middle[:, 0])
    place = torch.stack([x, middle[:, 1], size], dim=1) - torch.tensor([0.5, 0.5, 0.7])
    return torch.cat([F.one_hot(classes, count).float(), place / 0.1], dim=1)
