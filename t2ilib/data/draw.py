"""Draw a scene: smooth outlines, one mask per part, light, a background.

aggdraw fills the curves without jagged edges; every part is a mask, so the label of each pixel, the keypoints and the
box are exact and cost nothing extra. How the bird looks is the matter of `plain` (level 1) and of `plumage` and
`scenery` (levels 2 and 3).
"""

from typing import NamedTuple

import numpy as np

from t2ilib.data import anatomy, plain, plumage, scenery
from t2ilib.data.birds import KEYPOINTS, PARTS, Scene
from t2ilib.data.canvas import EYE, Canvas, over

__all__ = ["EYE", "Picture", "render"]

OVERSAMPLING = 2                # drawn larger, then averaged down: soft edges also where masks meet


class Picture(NamedTuple):
    """A rendered scene and the truth about each of its pixels. S is the side in pixels."""

    image: np.ndarray           # (S, S, 3) uint8
    parts: np.ndarray           # (S, S) uint8: 0 elsewhere, 1 + i where PARTS[i] shows, EYE on the eye
    keypoints: np.ndarray       # (15, 3) float32: x, y in pixels, also of hidden parts; visible 0 or 1
    box: np.ndarray             # (4,) float32: x, y, width, height in pixels, round what shows of the bird


def render(scene: Scene, size: int) -> Picture:
    """Draw `scene` as a picture of size x size pixels (32 to 512). The same scene gives the same pixels.

    Raises: ValueError for a size outside 32..512.
    """
    if not 32 <= size <= 512:
        raise ValueError(f"size should be 32 to 512 pixels, got {size}; draw at 512 and enlarge if you need more")
    canvas = Canvas(scene, size * OVERSAMPLING)
    bird, labels = plain.paint_bird(canvas) if scene.level == 1 else plumage.paint_bird(canvas)
    image = plain.paint_background(canvas) if scene.level == 1 else scenery.paint_background(canvas)
    if scene.pose == "swimming":
        image, bird = scenery.immerse(canvas, image, bird, labels)
    image = over(image, *bird) * scene.light
    return Picture(shrink(image), labels[::OVERSAMPLING, ::OVERSAMPLING].copy(), *measure(canvas, labels, size))


def shrink(image: np.ndarray) -> np.ndarray:
    """Average OVERSAMPLING x OVERSAMPLING pixels -> uint8."""
    side = image.shape[0] // OVERSAMPLING
    mean = image.reshape(side, OVERSAMPLING, side, OVERSAMPLING, 3).mean(axis=(1, 3))
    return np.clip(np.rint(mean), 0, 255).astype(np.uint8)


def measure(canvas: Canvas, labels: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints (15, 3) and box (4,) in pixels of the finished picture."""
    rows, columns = (np.flatnonzero(labels.any(axis=axis)) for axis in (1, 0))
    left, top = columns[0] / OVERSAMPLING, rows[0] / OVERSAMPLING
    box = np.float32((left, top, (columns[-1] + 1) / OVERSAMPLING - left, (rows[-1] + 1) / OVERSAMPLING - top))
    at, hidden = landmarks(canvas), hidden_points(canvas.scene)
    x, y = at["nape"].astype(int)
    if labels[y, x] == 1 + PARTS.index("wing"):
        hidden.add("nape")                          # behind a raised wing
    points = np.float32([(*at[name] / OVERSAMPLING, name not in hidden) for name in KEYPOINTS])
    outside = (points[:, :2] < 0).any(axis=1) | (points[:, :2] >= size).any(axis=1)
    sunk = (points[:, 1] > box[1] + box[3]) & (canvas.scene.pose == "swimming")     # a tail may hang into the water
    points[outside | sunk, 2] = 0
    return points, box


def landmarks(canvas: Canvas) -> dict[str, np.ndarray]:
    """Where each of KEYPOINTS truly is, hidden or not -> name: (2,) in pixels of the canvas."""
    scene = canvas.scene
    places = dict(anatomy.POINTS, beak=anatomy.BEAK_TIPS[scene.species.beak],
                  tail=anatomy.TAILS[scene.species.tail][2:4].mean(axis=0))
    if scene.pose == "spread":
        places |= anatomy.RAISED_POINTS
    names = list(places)
    still = np.array([places[name] for name in names])
    moved = np.where(np.char.endswith(names, "wing")[:, None], still, canvas.head(still))     # wings do not nod
    at = dict(zip(names, canvas.pixels(moved)))
    bend = 0.0 if scene.level == 1 else anatomy.ANKLE[0] * (1 - anatomy.LEG_POINT) / (1 - anatomy.ANKLE[1])
    leg = np.array((bend * canvas.flip, anatomy.LEG_LENGTH * anatomy.LEG_POINT)) * canvas.unit
    soles = canvas.pixels(anatomy.HIPS) + leg
    for side, which, sole in ((scene.facing, "near", soles[1]), (other_side(scene), "far", soles[0])):
        at |= {f"{side} eye": at[f"{which} eye"], f"{side} wing": at[f"{which} wing"], f"{side} leg": sole}
    return at


def other_side(scene: Scene) -> str:
    """The side of the bird that looks away from us: a bird that faces right shows its right side."""
    return {"left": "right", "right": "left"}[scene.facing]


def hidden_points(scene: Scene) -> set[str]:
    """The keypoints that the bird itself or the water always hides; a raised wing hides the back behind it."""
    far = other_side(scene)
    hidden = {f"{far} eye", "back" if scene.pose == "spread" else f"{far} wing"}
    return hidden | ({"left leg", "right leg"} if scene.pose == "swimming" else set())
