"""Batches for the text-conditional papers: pictures, their sentence vectors, wrong ones, noise.

A batch is a function of (seed, step, rank), as `picture_batches` says; the sentences are encoded once.

Mirroring a picture does not make its captions wrong: ours never say left or right, and of CUB's 117,880 about one in
8,000 means a side by these words.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.data.dataset import Dataset
from t2ilib.data.picture_batches import PictureBatches, draw
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.text.interface import TextEncoder

ROUNDS = 16             # how often a wrong text is drawn again before the pictures of other classes are looked up


class PartBatch(NamedTuple):
    """All that is known of a batch of pictures, for papers that also say where things should be."""

    image: Tensor           # (B, 3, S, S) real pictures in [-1, 1]
    box: Tensor             # (B, 4): x, y, width, height as fractions of the picture's side
    keypoints: Tensor       # (B, 15, 3): x, y, visible 0 or 1; hidden is (0, 0, 0)
    text: Tensor            # (B, E) sentence vectors of a caption of each picture
    wrong_text: Tensor      # (B, E) sentence vectors of pictures of other classes
    noise: Tensor           # (B, Z) standard normal


class PartBatches(PictureBatches):
    """A batch as a function of (step, rank). Sentence vectors are computed once, since the encoder is frozen.

    Pictures are mirrored and cut as those of `PictureBatches`.
    Raises: ValueError if all pictures are of one class, or smaller than `size`.
    """

    def __init__(self, dataset: Dataset, encoder: TextEncoder, batch: int, noise_dim: int, seed: int = 0, *,
                 size: int | None = None):
        super().__init__(dataset, batch, noise_dim, seed, size=size)
        if len(np.unique(dataset.labels)) < 2:
            raise ValueError("the pictures should be of two classes or more, got one; a wrong text needs another class")
        counts = [len(captions) for captions in dataset.captions]
        self.first = np.cumsum([0, *counts])
        self.text = encoder.encode([caption for captions in dataset.captions for caption in captions]).half()

    def __call__(self, step: int, rank: int = 0) -> PartBatch:
        stream = runtime.generator(self.seed, step, rank)
        rows = draw(len(self.dataset), self.batch, stream)
        image, box, keypoints = self.pictures(rows, stream)
        text = self.caption_of(rows, stream)
        wrong_text = self.caption_of(draw_other_class(self.dataset.labels, rows, stream), stream)
        noise = self.draw_noise(self.batch, self.noise_dim, stream)
        return PartBatch(image, box, keypoints, text, wrong_text, noise)

    def caption_of(self, rows: np.ndarray, stream: torch.Generator) -> Tensor:
        """The sentence vector of one random caption of each picture -> (B, E)."""
        pick = torch.rand(len(rows), generator=stream).numpy()
        count = self.first[rows + 1] - self.first[rows]
        return self.text[self.first[rows] + (pick * count).astype(int)].float()


class TextBatches(PartBatches):
    """The same batches for papers that do not ask where things are."""

    def __call__(self, step: int, rank: int = 0) -> TextBatch:
        batch = super().__call__(step, rank)
        return TextBatch(batch.image, batch.text, batch.wrong_text, batch.noise)


def draw_other_class(labels: np.ndarray, rows: np.ndarray, stream: torch.Generator) -> np.ndarray:
    """For each picture of `rows` the number of one of another class, any as likely as any other -> (len(rows),).

    A wrong text must differ in class: two birds of a species have captions that fit both. Drawing again until the
    class differs is cheap, unless nearly all pictures are of one class; then the others are looked up.
    `labels` (N,) holds the class of every picture, two classes or more.
    """
    other = draw(len(labels), len(rows), stream)
    for _ in range(ROUNDS):
        same = labels[other] == labels[rows]
        if not same.any():
            return other
        other[same] = draw(len(labels), int(same.sum()), stream)
    for i in np.flatnonzero(labels[other] == labels[rows]):
        choices = np.flatnonzero(labels != labels[rows[i]])
        other[i] = choices[draw(len(choices), 1, stream)[0]]
    return other
