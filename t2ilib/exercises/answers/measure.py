"""Chapter 00: an interval, and an experiment."""

import numpy as np
from scipy.stats import binomtest

__all__ = ["hard_sentence", "interval"]


def interval(right, asked, kinds, rng):
    """95 % interval of the share of names, over species -> low, high."""
    _, members = np.unique(kinds, return_inverse=True)
    hits, names = (np.bincount(members, weights=column) for column in (right, asked))
    drawn = rng.integers(len(hits), size=(1000, len(hits)))
    return np.quantile(hits[drawn].sum(1) / names[drawn].sum(1), (0.025, 0.975))


def hard_sentence(found):
    """A sentence with one colour on which the painter fails, and the 95 % interval of its share."""
    sentence = "a bird with blue legs"
    hits = found(sentence, 64)
    bounds = binomtest(int(hits.sum()), 64).proportion_ci(method="wilson")
    return sentence, bounds.low, bounds.high
