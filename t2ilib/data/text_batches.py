"""Batches for the text-conditional papers: pictures, their sentence vectors, wrong ones, noise."""

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.data.dataset import Dataset
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.text.encoder import BiLSTM


class TextBatches:
    """A batch as a function of (step, rank). Sentence vectors are computed once, since the encoder is frozen."""

    def __init__(self, dataset: Dataset, encoder: BiLSTM, batch: int, noise_dim: int, seed: int = 0):
        self.dataset, self.batch, self.noise_dim, self.seed = dataset, batch, noise_dim, seed
        counts = [len(captions) for captions in dataset.captions]
        self.first = np.cumsum([0, *counts])
        self.text = encoder.encode([caption for captions in dataset.captions for caption in captions]).half()
        if len(np.unique(dataset.labels)) < 2:
            raise ValueError("the pictures should be of two classes or more, got one; a wrong text needs another class")

    def __call__(self, step: int, rank: int = 0) -> TextBatch:
        stream = runtime.generator(self.seed, step, rank)
        rows = self.draw(self.batch, stream)
        image = runtime.to_tensor(self.dataset.images[rows])
        flip = torch.rand(self.batch, generator=stream) < 0.5
        image = torch.where(flip[:, None, None, None], image.flip(3), image)
        return TextBatch(image.contiguous(memory_format=torch.channels_last), self.caption_of(rows, stream),
                         self.caption_of(self.other_class(rows, stream), stream),
                         torch.randn(self.batch, self.noise_dim, generator=stream))

    def draw(self, count: int, stream: torch.Generator) -> np.ndarray:
        """`count` picture numbers, any picture as likely as any other."""
        return torch.randint(len(self.dataset), (count,), generator=stream).numpy()

    def caption_of(self, rows: np.ndarray, stream: torch.Generator) -> Tensor:
        """The sentence vector of one random caption of each picture -> (B, E)."""
        pick = torch.rand(len(rows), generator=stream).numpy()
        count = self.first[rows + 1] - self.first[rows]
        return self.text[self.first[rows] + (pick * count).astype(int)].float()

    def other_class(self, rows: np.ndarray, stream: torch.Generator) -> np.ndarray:
        """For each picture the number of another one of a different class: a wrong text must differ in class."""
        labels, other = self.dataset.labels, self.draw(len(rows), stream)
        while (same := labels[other] == labels[rows]).any():
            other[same] = self.draw(int(same.sum()), stream)
        return other
