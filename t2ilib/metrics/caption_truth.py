"""The oracle: what is true of which picture, by the parser's reading of a caption and the truth about the scene."""

from functools import cache, partial

import numpy as np

from t2ilib.data.birds import World
from t2ilib.data.captions import read_attributes
from t2ilib.data.rendered import FACTORS, Rendered

SHAPES = {"beak": "beak shape", "tail": "tail length"}      # what a sentence's shapes are called in FACTORS


def true_of(captions: list[str], data: Rendered) -> np.ndarray:
    """Is all that a caption says true of a picture? M captions, N pictures -> (M, N) bool.

    It agrees with `captions.names_truth`. What a sentence does not name, or nobody understands, is no obstacle.
    """
    fact, everywhere = cache(partial(wearing, data)), np.ones(len(data), bool)
    return np.stack([np.logical_and.reduce([everywhere, *(fact(*said) for said in named(caption).items())])
                     for caption in captions])


def agreement(captions: list[str], data: Rendered) -> np.ndarray:
    """Which share of what a caption says is true of a picture? -> (M, N), 1 everywhere for one that says nothing."""
    fact, everywhere = cache(partial(wearing, data)), [np.ones(len(data), bool)]
    return np.stack([np.mean([fact(*said) for said in named(caption).items()] or everywhere, axis=0)
                     for caption in captions])


def wearing(data: Rendered, name: str, value: str) -> np.ndarray:
    """On which pictures a factor, or the "body", has a value, seen or not -> (N,) bool."""
    if name != "body":
        return data.factor(name) == FACTORS[name].index(value)
    kinds = World(level=data.card["level"]).species(data.card["split"])
    return np.isin(data.labels, [kind.label for kind in kinds if kind.body == value])


def named(caption: str) -> dict[str, str]:
    """What a caption says: name of a factor, or "body" -> value."""
    reading = read_attributes(caption)
    return reading.colours | {SHAPES.get(what, what): value for what, value in reading.shapes.items()}
