"""Chapter 05: an AUC, and what changes on a bird and behind it."""

import numpy as np

__all__ = ["auc", "changes"]


def auc(yes, no):
    """The chance that a random one of `yes` is above a random one of `no`; ties count half."""
    above, equal = yes[:, None] > no, yes[:, None] == no
    return np.mean(above + equal / 2)


def changes(pictures, boxes):
    """(K, 3, S, S), (K, 4) -> how much the first and the last picture differ inside either box, and outside."""
    middles = (np.arange(pictures.shape[-1]) + 0.5) / pictures.shape[-1]
    x, y, width, height = boxes[[0, -1], :, None].transpose(1, 0, 2)
    columns, rows = (middles >= x) & (middles < x + width), (middles >= y) & (middles < y + height)
    inside = (rows[:, :, None] & columns[:, None, :]).any(0)
    difference = np.abs(pictures[-1] - pictures[0]).mean(0)
    return difference[inside].mean(), difference[~inside].mean()
