"""What every loader returns, rendered or genuine: pictures, captions, classes, boxes, parts."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dataset:
    """Captioned pictures in memory (or memory-mapped), all arrays in the same order.

    Shapes: N pictures of S x S pixels; K = 15 parts in the order of `birds.KEYPOINTS`.
    Places are fractions of the picture's side: pixel i covers those from i / S to (i + 1) / S.
    """

    images: np.ndarray              # (N, S, S, 3) uint8
    captions: list[list[str]]       # N lists of captions, usually ten; a list is never empty
    labels: np.ndarray              # (N,) int64, class ids, 1-based as in CUB
    keys: list[str]                 # N times "class_folder/stem"
    boxes: np.ndarray               # (N, 4) float32: x, y, width, height as fractions of the picture's side
    keypoints: np.ndarray           # (N, K, 3) float32: x, y as fractions, visible 0 or 1; hidden is (0, 0, 0)
    card: dict                      # where the pictures come from: goes into each checkpoint trained on them

    def __len__(self) -> int:
        return len(self.images)
