"""Chapter 04: the cause of a broken retrieval."""

import numpy as np

__all__ = ["find_cause"]


def find_cause(scores, labels, texts, images, trained):
    """Ask the labels first, then the vectors, and the table last."""
    units = [vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (texts, images)]
    cosines = units[0] @ units[1].T

    def found(table, wanted=labels):
        return np.mean(labels[table.argmax(1)] == wanted)

    worst, best = sorted([found(scores), found(scores.T)])
    signs = {
        "train species": np.isin(labels, trained).any(),
        "collapse": max(np.linalg.norm(unit.mean(0)) for unit in units) > 0.99,
        "shifted": max(found(scores, np.roll(labels, step)) for step in (-1, 1)) > best + 0.1,
        "length": min(found(cosines), found(cosines.T)) > worst + 0.1,
        "one direction": best > worst + 0.25,
    }
    return next((cause for cause, present in signs.items() if present), "healthy")
