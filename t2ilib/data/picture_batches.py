"""Batches of pictures and noise, for papers that are told nothing else.

A batch is a function of (seed, step, rank): training can stop anywhere and go on, and no order has to be saved. It is
made in the process that uses it, about a millisecond for 32 pictures of 64 pixels, since they are in memory or mapped:
worker processes would cost more than they save, so there are none.
"""

import numpy as np
import torch

from t2ilib import runtime
from t2ilib.data.augment import Pictures, random_crop, random_flip
from t2ilib.data.dataset import Dataset
from t2ilib.data.toys import Batch, noise_drawer


class PictureBatches:
    """A batch as a function of (step, rank).

    Pictures are mirrored at random. Those larger than `size` pixels are cut at random; by default they are taken
    whole, as rendered birds are, which their world has framed. `noise` is "normal", N(0, 1), or "uniform", between
    -1 and 1.
    Raises: ValueError if the pictures are smaller than `size`, or for an unknown noise.
    """

    def __init__(self, dataset: Dataset, batch: int, noise_dim: int, seed: int = 0, *, size: int | None = None,
                 noise: str = "normal"):
        self.dataset, self.batch, self.noise_dim, self.seed = dataset, batch, noise_dim, seed
        self.draw_noise, self.side = noise_drawer(noise), dataset.images.shape[1]
        self.size = size or self.side
        if self.size > self.side:
            raise ValueError(f"the pictures should be of {size} pixels or more, got {self.side}; read them larger")

    def __call__(self, step: int, rank: int = 0) -> Batch:
        stream = runtime.generator(self.seed, step, rank)
        image, _, _ = self.pictures(draw(len(self.dataset), self.batch, stream), stream)
        return Batch(image, self.draw_noise(self.batch, self.noise_dim, stream))

    def pictures(self, rows: np.ndarray, stream: torch.Generator) -> Pictures:
        """These pictures, cut if they are larger than `size`, each mirrored or not."""
        found = Pictures(runtime.to_tensor(self.dataset.images[rows]), torch.from_numpy(self.dataset.boxes[rows]),
                         torch.from_numpy(self.dataset.keypoints[rows]))
        if self.size < self.side:
            found = random_crop(found, self.size, stream)
        image, box, keypoints = random_flip(found, stream)
        return Pictures(image.contiguous(memory_format=torch.channels_last), box, keypoints)


def draw(pictures: int, count: int, stream: torch.Generator) -> np.ndarray:
    """`count` picture numbers, any picture as likely as any other -> (count,)."""
    return torch.randint(pictures, (count,), generator=stream).numpy()
