"""Pictures changed at random, so that a model does not learn them by heart: cut out and mirrored, as in the papers.

What is done to a picture is done to its box and its keypoints. Chance comes from the caller's generator alone: the
same stream gives the same batch, in any process.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from t2ilib.data.birds import KEYPOINTS


class Pictures(NamedTuple):
    """A batch of square pictures and what is where on them, as fractions of the picture's side.

    Pixel i of S covers the fractions from i / S to (i + 1) / S.
    """

    image: Tensor           # (B, 3, S, S)
    box: Tensor             # (B, 4): x, y, width, height
    keypoints: Tensor       # (B, K, 3): x, y, visible 0 or 1; hidden is (0, 0, 0)


def partners(names: Sequence[str]) -> list[int]:
    """For each part the number of the part that a mirror turns it into: "left eye" -> "right eye", "tail" -> "tail"."""
    other = {"left": "right", "right": "left"}
    mirrored = (" ".join(other.get(word, word) for word in name.split()) for name in names)
    return [names.index(name) for name in mirrored]


PARTNERS = partners(KEYPOINTS)


def load_size(size: int) -> int:
    """The side at which to read photographs that are cut to `size`: 76 for 64 and 304 for 256, as in the papers."""
    return size * 76 // 64


def random_crop(pictures: Pictures, size: int, stream: torch.Generator) -> Pictures:
    """Cut `size` x `size` pixels out of each picture; every place is as likely as any other.

    Paper: Reed et al. 2016 and StackGAN (Zhang et al. 2017), in their code: 64 pixels out of 76, 256 out of 304.
    Raises: ValueError if the pictures are smaller than `size`.
    """
    count, _, side, _ = pictures.image.shape
    if not 1 <= size <= side:
        raise ValueError(f"the cut should be of 1 to {side} pixels, the pictures' side, got {size}; "
                         f"read the pictures at {load_size(size)} pixels to cut out {size}")
    return crop(pictures, torch.randint(side - size + 1, (count, 2), generator=stream), size)


def random_flip(pictures: Pictures, stream: torch.Generator) -> Pictures:
    """Mirror each picture, or leave it, as a coin decides."""
    return flip(pictures, torch.rand(len(pictures.image), generator=stream) < 0.5)


def crop(pictures: Pictures, corner: Tensor, size: int) -> Pictures:
    """Cut out the `size` x `size` pixels whose first column and row are `corner` (B, 2).

    Boxes are clipped to the cut, and have no width or height if nothing is left; points outside of it become hidden.
    """
    image, box, keypoints = pictures
    windows = image.unfold(2, size, 1).unfold(3, size, 1)                        # a view: (B, 3, rows, columns, s, s)
    image, side = windows[torch.arange(len(image)), :, corner[:, 1], corner[:, 0]], image.shape[3]
    low = ((box[:, :2] * side - corner) / size).clamp(0, 1)
    high = (((box[:, :2] + box[:, 2:]) * side - corner) / size).clamp(0, 1)
    points = (keypoints[..., :2] * side - corner[:, None]) / size
    inside = ((points >= 0) & (points <= 1)).all(dim=2, keepdim=True)            # (B, K, 1)
    moved = torch.cat([points, keypoints[..., 2:]], dim=2)
    return Pictures(image, torch.cat([low, high - low], dim=1), torch.where(inside, moved, 0))


def flip(pictures: Pictures, chosen: Tensor) -> Pictures:
    """Mirror the `chosen` (B,) pictures left to right; a mirrored left wing is a right wing.

    The loaders of Reed et al. 2016 (NIPS) mirror the places of the parts but keep their names; we exchange them.
    """
    image, (x, y, width, height) = pictures.image, pictures.box.unbind(1)
    box = torch.stack([(1 - x - width).clamp(min=0), y, width, height], dim=1)
    keypoints = pictures.keypoints[:, PARTNERS]
    keypoints = torch.cat([1 - keypoints[..., :1], keypoints[..., 1:]], dim=2)
    keypoints = torch.where(keypoints[..., 2:] > 0, keypoints, 0)                # hidden ones stay (0, 0, 0)
    return Pictures(torch.where(chosen[:, None, None, None], image.flip(3), image),
                    torch.where(chosen[:, None], box, pictures.box),
                    torch.where(chosen[:, None, None], keypoints, pictures.keypoints))
