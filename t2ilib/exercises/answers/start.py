"""Chapter 00: from captions and pictures to a number, and from numbers to a picture."""

import numpy as np

from t2ilib.runtime import to_pixels

__all__ = ["mismatched", "named_right", "to_pixels"]


def named_right(named, seen):
    """The share of all named colours that were seen; a dict {part: colour} a picture."""
    hits = [reading.get(part) == colour
            for caption, reading in zip(named, seen, strict=True)
            for part, colour in caption.items()]
    return sum(hits) / len(hits)


def mismatched(labels, rng):
    """For each picture the position of one of another class, all equally likely."""
    labels = np.asarray(labels)
    return np.array([rng.choice(np.flatnonzero(labels != label)) for label in labels])
