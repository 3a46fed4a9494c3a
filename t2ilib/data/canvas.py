"""A sheet of paper for one scene: bird units become pixels, outlines become masks."""

import aggdraw
import numpy as np
from PIL import Image

from t2ilib.data.anatomy import (
    BEAK_TIPS,
    BEAKS,
    CROWN,
    FAR_WING,
    HEAD_AND_BODY,
    HEAD_SCALE,
    HIPS,
    LEG_LENGTH,
    LONGEST,
    NECK,
    RAISED_WING,
    SHOULDER,
    TAILS,
)
from t2ilib.data.birds import PARTS, Scene

WHITE = aggdraw.Brush("white")
EYE = len(PARTS) + 1            # label of the eye in `Picture.parts`; part i of PARTS has label 1 + i


class Canvas:
    """Turns bird units into pixels for one scene, and shapes into masks."""

    def __init__(self, scene: Scene, size: int):
        self.scene, self.size = scene, size
        self.flip = 1.0 if scene.facing == "right" else -1.0
        self.head_scale = HEAD_SCALE[scene.species.size]
        tip, end = BEAK_TIPS[scene.species.beak][0], TAILS[scene.species.tail][:, 0].min()
        self.middle = np.array(((tip + end) / 2, 0.0))
        self.unit = min(scene.scale, LONGEST / (tip - end)) * size      # one bird unit in pixels
        self.centre = np.array((scene.x, scene.y)) * size
        if scene.level == 3:
            self._keep_inside()

    def _keep_inside(self) -> None:
        """A bird that roams the picture must not leave it: make it small enough and push it back."""
        kind, spread = self.scene.species, self.scene.pose == "spread"
        outlines = [self.head(HEAD_AND_BODY), self.head(CROWN), self.head(BEAKS[kind.beak]), TAILS[kind.tail],
                    *((RAISED_WING, far_wing()) if spread else ())]
        soles = self.pixels(HIPS) + (0, 1.15 * LEG_LENGTH * self.unit)
        reach = np.concatenate([*(self.pixels(smooth(outline)) for outline in outlines), soles]) - self.centre
        fits = min(1.0, 0.92 * self.size / np.ptp(reach, axis=0).max())
        self.unit *= fits
        margin = 0.02 * self.size
        low, high = margin - reach.min(axis=0) * fits, self.size - margin - reach.max(axis=0) * fits
        self.centre = np.clip(self.centre, low, high)

    def head(self, points) -> np.ndarray:
        """Nod and enlarge the head: turn points about the neck, more the farther they are above it."""
        points = np.asarray(points, dtype=float)
        share = np.clip((NECK[1] + 0.28 - points[..., 1]) / 0.30, 0, 1)[..., None]
        turned = rotate(points - NECK, -self.scene.nod) * self.head_scale + NECK
        return points + share * (turned - points)

    def pixels(self, points) -> np.ndarray:
        """(K, 2) bird units -> (K, 2) pixels."""
        points = rotate(np.asarray(points, dtype=float) - self.middle, -self.scene.tilt) * (self.flip, 1.0)
        return points * self.unit + self.centre

    def units(self) -> np.ndarray:
        """Where each pixel lies on the bird -> (2, S, S) float32 x and y in bird units: the inverse of `pixels`."""
        steps = (np.arange(self.size, dtype=np.float32) + 0.5)
        x = self.flip * (steps - np.float32(self.centre[0])) / np.float32(self.unit)
        y = (steps - np.float32(self.centre[1])) / np.float32(self.unit)
        c, s = np.float32(np.cos(self.scene.tilt)), np.float32(np.sin(self.scene.tilt))
        return np.stack([c * x - s * y[:, None], s * x + c * y[:, None]]) + np.float32(self.middle)[:, None, None]

    def mask(self, outline: np.ndarray) -> np.ndarray:
        """Fill a closed smooth curve through (K, 2) bird-unit points -> (S, S) coverage in 0..1."""
        return self.fill(lambda pen: pen.polygon(self.pixels(smooth(outline)).ravel().tolist(), None, WHITE))

    def polygon(self, points: np.ndarray) -> np.ndarray:
        """Fill straight lines through (K, 2) points given in pixels -> (S, S) coverage in 0..1."""
        return self.fill(lambda pen: pen.polygon(np.asarray(points).ravel().tolist(), None, WHITE))

    def stroke(self, points: np.ndarray, width: float) -> np.ndarray:
        """A line through (K, 2) points given in pixels, `width` in bird units -> (S, S) coverage in 0..1."""
        return self.fill(lambda pen: pen.line(np.asarray(points).ravel().tolist(),
                                              aggdraw.Pen("white", width * self.unit)))

    def fill(self, paint) -> np.ndarray:
        """Let `paint` draw in white on black; give back the coverage."""
        sheet = Image.new("L", (self.size, self.size))
        pen = aggdraw.Draw(sheet)
        paint(pen)
        pen.flush()
        return np.asarray(sheet, dtype=np.float32) / 255


def rotate(points: np.ndarray, angle: float) -> np.ndarray:
    """Turn (..., 2) points by `angle` radians; with y pointing down a positive angle lowers the right side."""
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([(c, s), (-s, c)])


def far_wing() -> np.ndarray:
    """The raised wing on the far side: the near one, turned about the shoulder."""
    angle, scale = FAR_WING
    return rotate(RAISED_WING - SHOULDER, angle) * scale + SHOULDER


def _catmull_rom(steps: int = 6) -> np.ndarray:
    """(steps, 4) weights of the four neighbouring points along one segment of the curve."""
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    return np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3]) / 2


CURVE = _catmull_rom()


def smooth(points: np.ndarray) -> np.ndarray:
    """A closed Catmull-Rom curve through (K, 2) points, six points a segment -> (6 K, 2)."""
    neighbours = np.stack([np.roll(points, shift, axis=0) for shift in (1, 0, -1, -2)], axis=1)
    return np.einsum("sn,knd->ksd", CURVE, neighbours).reshape(-1, 2)


def resample(image: np.ndarray, size: int) -> np.ndarray:
    """(H, W) floats -> (size, size), smoothly: what is soft is computed on a small sheet."""
    return np.asarray(Image.fromarray(np.ascontiguousarray(image, np.float32)).resize(
        (size, size), Image.Resampling.BICUBIC))


def over(image: np.ndarray, colour: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """Lay a colour over an image where it covers."""
    return image + coverage[..., None] * (colour - image)


def planar(image: np.ndarray) -> np.ndarray:
    """The same (S, S, 3) numbers, each channel in one piece of memory: laying colours over is twice as fast."""
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(image, -1, 0)), 0, -1)
