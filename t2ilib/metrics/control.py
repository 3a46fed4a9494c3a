"""Does a condition decide what it speaks of, and nothing else? Measures of control, by what instruments read off.

Explained is the share of a quantity's variance that the condition decides: draw K pictures with other noises for each
of G conditions, and ask how much of the variance lies between the conditions. Counted as it stands, this share is
above 0 even for groups of pure chance, by (G - 1) / (G K - 1); epsilon squared takes that bias away, so its mean is 0
there, and single values may lie a little below.

Source: Kelley 1935, "An Unbiased Correlation Ratio Measure", PNAS 21 (epsilon squared).
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from t2ilib.data.birds import COLOURS, PARTS, Species
from t2ilib.data.conditions import UNNAMED, place_vectors
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics.layout import mask_boxes
from t2ilib.metrics.locator import Locator, locate
from t2ilib.metrics.probe import Reader, Readings, read

DOUBT = 1e-3                # added to each probability: one part that is read quite wrong does not decide alone
AXES = ("x", "y", "size")   # of a place


def explained(groups: np.ndarray) -> float:
    """Epsilon squared: the share of the variance that lies between groups, without its bias.

    Shapes: (G, K): K values for each of G conditions, NaN where none could be read; 1 if the condition decides all, 0
            on average if it decides nothing, and 0 where nothing varies or too little was read.
    Raises: ValueError for fewer than two groups or two values in each.
    """
    groups = np.asarray(groups, float)
    if groups.ndim != 2 or min(groups.shape) < 2:
        raise ValueError(f"the values should be (G, K), two groups of two or more, got {groups.shape}; draw more "
                         "pictures for each condition")
    rows = [row[~np.isnan(row)] for row in groups if not np.isnan(row).all()]
    values = np.concatenate(rows) if rows else np.zeros(0)
    free = len(values) - len(rows)                                  # degrees of freedom within the groups
    total = ((values - values.mean()) ** 2).sum() if free > 0 else 0.0
    within = sum(((row - row.mean()) ** 2).sum() for row in rows)
    return float(1 - (within / free) / (total / (len(values) - 1))) if total > 0 else 0.0


def read_places(locator: Locator, images: Tensor) -> np.ndarray:
    """Where the locator sees the bird: (N, 3, 64, 64) -> (N, 3) as `place_vectors`, in tenths of the side.

    NaN where it sees none: such a picture shows no place, not one in the corner.
    """
    boxes = mask_boxes(locate(locator, images).parts > 0)
    places = place_vectors(torch.from_numpy(boxes)).numpy()
    return np.where(boxes[:, 2:].prod(1, keepdims=True) > 0, places, np.nan)


def correlations(asked: np.ndarray, seen: np.ndarray) -> dict[str, float]:
    """Pearson's r of requested and read places, (N, 3) both, for x, y and size; 0 where one of the two is constant."""
    return {axis: correlation(one, other) for axis, one, other in zip(AXES, asked.T, seen.T)}


def correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson's r of (N,) and (N,) where both are numbers; 0 if one of them does not vary."""
    known = ~(np.isnan(first) | np.isnan(second))
    first, second = first[known], second[known]
    varies = known.any() and first.std() > 0 and second.std() > 0
    return float(np.corrcoef(first, second)[0, 1]) if varies else 0.0


def species_read(readings: Readings, kinds: Sequence[Species]) -> np.ndarray:
    """Which of some species each picture shows most likely -> (N,) positions in `kinds`.

    By the colours of the ten parts: the product of the probabilities that the probe gives them.
    """
    names = list(COLOURS)
    logs = [np.log(readings.probabilities[part] + DOUBT)[:, [names.index(kind.colour(part)) for kind in kinds]]
            for part in PARTS]
    return np.sum(logs, axis=0).argmax(1)


def colour_table(asked: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """How often each colour was read where each was asked for: (N,) and (N,) -> (11, 11), rows are requests.

    Rows sum to 1; a colour that was never asked for has a row of zeros. Positions in COLOURS, or UNNAMED in `asked`.
    """
    named = asked != UNNAMED
    counts = np.zeros((len(COLOURS), len(COLOURS)))
    np.add.at(counts, (asked[named], seen[named]), 1)
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def left_open(probe: Reader, locator: Locator, images: Tensor) -> dict[str, np.ndarray]:
    """What a class or colours do not name: "x" and "y" of the middle, and which way the bird faces; each (N,).

    The middle is NaN where no bird is seen.
    """
    places = read_places(locator, images)
    right = read(probe, images).values("facing") == FACTORS["facing"].index("right")
    return {"x": places[:, 0], "y": places[:, 1], "facing": right.astype(float)}
