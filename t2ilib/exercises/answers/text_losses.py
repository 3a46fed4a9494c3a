"""Chapter 04: the hinge and the matching loss."""

import torch
from torch.nn import functional as F

__all__ = ["hinge", "matching"]


def hinge(scores, labels):
    """Both directions of max(0, 1 + rival - own), each a mean over all B x B pairs; equal labels are no rivals."""
    def one_direction(scores):
        cost = (1 + scores - scores.diagonal()[:, None]).clamp(min=0)
        return cost.masked_fill(labels[:, None] == labels, 0.0).mean()
    return one_direction(scores) + one_direction(scores.T)


def matching(texts, images, labels, temperature):
    """Each text chooses its own picture among the batch, and each picture its own text."""
    scores = F.normalize(texts, dim=1) @ F.normalize(images, dim=1).T / temperature
    rivals = (labels[:, None] == labels).fill_diagonal_(False)
    scores = scores.masked_fill(rivals, -torch.inf)
    own = torch.arange(len(scores))
    return (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2
