"""Chapter 04: the mean of several captions, and sentences that differ in one word."""

import re

import torch
from torch.nn import functional as F

__all__ = ["picture_vectors", "swap_pairs"]


def picture_vectors(captions, count):
    """A list of (n, E) -> (N, E): the direction of the mean of each picture's first `count` captions."""
    means = torch.stack([own[:count].mean(0) for own in captions])
    return F.normalize(means, dim=1)


def swap_pairs(sentence, new, colours):
    """For each colour word the sentence as it is, and with this one word changed."""
    places = [word for word in re.finditer(r"[\w-]+", sentence) if word[0].lower() in colours and
              word[0].lower() != new]
    return [(sentence, sentence[:word.start()] + new + sentence[word.end():]) for word in places]
