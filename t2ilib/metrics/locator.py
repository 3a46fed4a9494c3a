"""The second measuring device: a small network that finds a bird's fifteen parts on a picture, and its outline.

It is trained like the probe, on real renders of a world seed of its own, and shares nothing with any generator. The
world knows where a hidden part is, so the locator learns to place the far eye and the submerged leg as well; whether
a part can be seen is an answer of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.blocks import conv
from t2ilib.data.augment import PARTNERS
from t2ilib.data.birds import KEYPOINTS
from t2ilib.data.draw import EYE
from t2ilib.data.rendered import Rendered
from t2ilib.metrics.probe import checked, down, draw_rows, gather, noisy, same

LABELS = EYE + 1                # of the segmentation: background, the parts in the order of PARTS, the eye
GRID = 32                       # side of a heat map in cells


@dataclass(frozen=True)
class LocatorConfig:
    channels: int = 32


class LocatorBatch(NamedTuple):
    image: Tensor       # (B, 3, 64, 64) in [-1, 1]
    points: Tensor      # (B, 15, 3): x, y as fractions of the side, true also of hidden parts; visible 0 or 1
    parts: Tensor       # (B, 64, 64) int64, labels of `draw.Picture.parts`


class Findings(NamedTuple):
    """What a locator says about B pictures."""

    heat: Tensor        # (B, 15, 32, 32) logits: where each part is
    visible: Tensor     # (B, 15) logits: whether it can be seen
    parts: Tensor       # (B, 12, 64, 64) logits: what each pixel shows

    @property
    def places(self) -> Tensor:
        """(B, 15, 2) x, y as fractions of the side, see `soft_argmax`."""
        return soft_argmax(self.heat)


class Locator(nn.Module):
    """Keypoints, their visibility and a part map, by a small encoder and decoder with shortcuts between equal sides.

    Shapes: image (B, 3, 64, 64) -> Findings
    Source: Ronneberger et al. 2015, "U-Net", Section 2 (the shortcuts); Sun et al. 2018, "Integral Human Pose
            Regression", Section 2 (the expected place under a heat map).
    """

    players = ("network",)

    def __init__(self, config: LocatorConfig):
        super().__init__()
        self.config, c = config, config.channels
        self.network = nn.ModuleDict({
            "32": nn.Sequential(*down(3, c), *same(c)),
            "16": nn.Sequential(*down(c, 2 * c), *same(2 * c)),
            "8": nn.Sequential(*down(2 * c, 3 * c), *same(3 * c)),
            "4": nn.Sequential(*down(3 * c, 5 * c), *same(5 * c)),
            "to 8": nn.Sequential(*mix(8 * c, 3 * c)),
            "to 16": nn.Sequential(*mix(5 * c, 2 * c)),
            "to 32": nn.Sequential(*mix(3 * c, c), *same(c)),
            "heat": conv(c, len(KEYPOINTS), kernel=1),
            "parts": nn.Sequential(conv(c, 4 * LABELS, kernel=1), nn.PixelShuffle(2)),
            "visible": nn.Sequential(nn.Flatten(), nn.Linear(16 * 5 * c, len(KEYPOINTS)))})

    def forward(self, image: Tensor) -> Findings:
        network, sides = self.network, []
        features = image
        for side in ("32", "16", "8", "4"):
            features = network[side](features)
            sides.append(features)
        for side, shortcut in zip(("to 8", "to 16", "to 32"), sides[-2::-1]):
            features = network[side](torch.cat([F.interpolate(features, scale_factor=2), shortcut], dim=1))
        return Findings(network["heat"](features), network["visible"](sides[-1]), network["parts"](features))

    def loss(self, batch: LocatorBatch) -> dict[str, Tensor]:
        """Terms: heat (cross-entropy), place (L1 in tenths of the side), visible and parts (cross-entropy).

        Every part counts for its place, hidden or not, unless that place is outside the picture.
        """
        found, true, visible = self(batch.image), batch.points[..., :2], batch.points[..., 2]
        inside = ((true > 0) & (true < 1)).all(2)
        log_heat = found.heat.float().flatten(2).log_softmax(2)
        heat = -(target_heat(true).flatten(2) * log_heat).sum(2)
        return {"heat": heat[inside].mean(),
                "place": 10 * (found.places - true).abs().sum(2)[inside].mean(),
                "visible": F.binary_cross_entropy_with_logits(found.visible.float(), visible),
                "parts": F.cross_entropy(found.parts.float(), batch.parts)}


def mix(inputs: int, outputs: int) -> list[nn.Module]:
    """Combine what came from below with its shortcut."""
    return [conv(inputs, outputs, kernel=3, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def cell_centres(heat: Tensor) -> Tensor:
    """(GRID,) the middles of a heat map's cells, as fractions of the side."""
    return (torch.arange(GRID, device=heat.device) + 0.5) / GRID


def soft_argmax(heat: Tensor) -> Tensor:
    """The expected place under the softmax of each map: (B, K, 32, 32) logits -> (B, K, 2) x, y in 0..1.

    Source: Sun et al. 2018, "Integral Human Pose Regression", Equation 2.
    """
    share = heat.float().flatten(2).softmax(2).view_as(heat)
    centres = cell_centres(heat)
    return torch.stack([share.sum(2) @ centres, share.sum(3) @ centres], dim=2)


def target_heat(places: Tensor) -> Tensor:
    """A point as a heat map: shared by the four nearest cells so that their mean is the point itself.

    Shapes: (B, K, 2) x, y in 0..1 -> (B, K, 32, 32), each map sums to 1; at the rim the nearest cells take it all
    """
    half = 0.5 / GRID
    steps = (places.clamp(half, 1 - half)[..., None] - cell_centres(places)) * GRID
    across, below = (1 - steps.abs()).clamp(min=0).unbind(2)
    return below[..., :, None] * across[..., None, :]


class LocatorBatches:
    """Birds of several sets in equal shares; mirrored, shifted and a little noisy, as a function of the step."""

    def __init__(self, sets: Sequence[Rendered], batch: int, seed: int = 0):
        self.sets, self.batch, self.seed = sets, batch, seed

    def __call__(self, step: int, rank: int = 0) -> LocatorBatch:
        stream = runtime.generator(self.seed, step, rank)
        rows = draw_rows(self.sets, self.batch, step, stream)
        image = runtime.to_tensor(gather([data.images for data in self.sets], rows))
        points, parts = (torch.from_numpy(gather([getattr(data, name) for data in self.sets], rows))
                         for name in ("points", "parts"))
        batch = mirror(LocatorBatch(image, points, parts.long()), torch.rand(len(image), generator=stream) < 0.5)
        batch = shift(batch, torch.randint(-4, 5, (2,), generator=stream).tolist())
        return batch._replace(image=noisy(batch.image, stream))


def mirror(batch: LocatorBatch, chosen: Tensor) -> LocatorBatch:
    """Mirror the chosen pictures with all their truth: what was a left wing is now a right one."""
    turned = batch.points[:, PARTNERS] * batch.points.new_tensor((-1, 1, 1)) + batch.points.new_tensor((1, 0, 0))
    return LocatorBatch(torch.where(chosen[:, None, None, None], batch.image.flip(3), batch.image),
                        torch.where(chosen[:, None, None], turned, batch.points),
                        torch.where(chosen[:, None, None], batch.parts.flip(2), batch.parts))


def shift(batch: LocatorBatch, by: Sequence[int]) -> LocatorBatch:
    """Move pictures (down, right) by whole pixels, and their truth with them; what was at the border is repeated."""
    (dy, dx), size = by, batch.image.shape[-1]
    rows, columns = ((torch.arange(size) - step).clamp(0, size - 1) for step in by)
    moved = batch.points + batch.points.new_tensor((dx, dy, 0)) / size
    return LocatorBatch(batch.image[:, :, rows][..., columns], moved, batch.parts[:, rows][..., columns])


@dataclass(frozen=True)
class Located:
    """What a locator found on N pictures."""

    points: np.ndarray      # (N, 15, 3) float32: x, y as fractions of the side, probability of being visible
    parts: np.ndarray       # (N, 64, 64) uint8, labels of `draw.Picture.parts`


@torch.no_grad()
def locate(locator: Locator, images: Tensor, batch: int = 256) -> Located:
    """Find the parts on N pictures (N, 3, 64, 64) in [-1, 1] on the locator's device, in evaluation mode.

    Raises: ValueError for another shape.
    """
    place, points, parts = next(locator.parameters()).device, [], []
    with runtime.evaluating(locator):
        for some in checked(images).split(batch):
            found = locator(some.to(place))
            points.append(torch.cat([found.places, found.visible.sigmoid()[..., None]], dim=2).cpu().numpy())
            parts.append(found.parts.argmax(1).to(torch.uint8).cpu().numpy())
    return Located(np.concatenate(points), np.concatenate(parts))
