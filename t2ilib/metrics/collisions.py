"""How often a wrong pair is not wrong: what happens when wrong texts are made by rolling a batch.

The authors of DF-GAN pair the sentence of each picture with the next picture of the batch. That may be a bird of the
same species, or one of another species of which the sentence is true as well; D is then told to say no to a right pair.
"""

from typing import NamedTuple

import numpy as np

from t2ilib import runtime
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import draw_other_class
from t2ilib.metrics.caption_truth import true_of


class Collisions(NamedTuple):
    """Shares of wrong pairs, from 0 to 1."""

    same_class: float       # the text was written for a bird of the same class
    true: float             # all that the text says is true of the picture


def same_class(labels: np.ndarray) -> float:
    """The probability that two different pictures, drawn at random, are of one class; labels (N,), N at least 2.

    It is also the share of neighbours in a mixed order, so that of a rolled batch. Of 200 classes with n pictures each
    it is (n - 1) / (200 n - 1), less than one in 200.
    """
    counts = np.unique(labels, return_counts=True)[1]
    return float((counts * (counts - 1)).sum() / (len(labels) * (len(labels) - 1)))


def rolled(data: Rendered, seed: int = 0) -> Collisions:
    """Each picture of a mixed order with the first caption of the picture before it, all around."""
    order = np.random.default_rng(seed).permutation(len(data))
    return collisions(data, order, np.roll(order, 1))


def other_class(data: Rendered, seed: int = 0) -> Collisions:
    """Each picture with the first caption of a picture of another class, as our batches have them."""
    rows = np.arange(len(data))
    return collisions(data, rows, draw_other_class(data.labels, rows, runtime.generator(seed)))


def collisions(data: Rendered, pictures: np.ndarray, texts: np.ndarray) -> Collisions:
    """The shares among pairs of the pictures and the first captions with these numbers, both (P,)."""
    captions = list(dict.fromkeys(data.captions[row][0] for row in texts))
    places = {caption: i for i, caption in enumerate(captions)}
    said = [places[data.captions[row][0]] for row in texts]
    return Collisions(float((data.labels[pictures] == data.labels[texts]).mean()),
                      float(true_of(captions, data)[said, pictures].mean()))
