"""Chapter 04: a class by its texts, and the precision of a ranking."""

import torch

__all__ = ["classify", "precision_at"]


def classify(vectors, others, labels):
    """For each of (N, E) the label of the class whose (M, E) others it is most compatible with on average -> (N,)."""
    classes = labels.unique()
    means = torch.stack([others[labels == y].mean(0) for y in classes])
    return classes[(vectors @ means.T).argmax(1)]


def precision_at(scores, labels, classes, k):
    """For each class the share of its k best pictures that are of this class: (C, N), (N,), (C,) -> (C,)."""
    best = scores.topk(k, dim=1).indices
    return (labels[best] == classes[:, None]).float().mean(1)
