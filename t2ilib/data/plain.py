"""Level 1: flat colours, soft shading from above, a blurred background. The pictures of version 1, pixel by pixel."""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from t2ilib.data.anatomy import (
    BEAKS,
    BELLY,
    BREAST,
    CROWN,
    EYE_CENTRE,
    EYE_RADIUS,
    FEATHERS,
    HEAD_AND_BODY,
    HIPS,
    LEG_LENGTH,
    LEG_WIDTH,
    NAPE,
    TAILS,
    THROAT,
    WING,
)
from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.data.canvas import EYE, WHITE, Canvas, over, planar

SKIES = {  # top and bottom of the background, and how strongly its texture shows
    "sky": ((128, 178, 226), (214, 232, 244), 14.0), "foliage": (((60, 104, 50)), (122, 154, 82), 26.0),
    "water": ((74, 128, 142), (136, 178, 178), 15.0), "sand": ((206, 184, 148), (228, 208, 172), 12.0),
    "snow": ((200, 212, 224), (226, 232, 240), 8.0), "dusk": ((104, 84, 128), (226, 158, 128), 13.0)}


def paint_bird(canvas: Canvas) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """The bird on nothing: ((S, S, 3) colour, (S, S) coverage), and the (S, S) labels."""
    kind, size = canvas.scene.species, canvas.size
    body = canvas.mask(canvas.head(HEAD_AND_BODY))
    layers = [("tail", canvas.mask(TAILS[kind.tail])), ("legs", legs(canvas)), ("back", body)]
    layers += [(part, canvas.mask(canvas.head(shape)) * body) for part, shape in
               (("belly", BELLY), ("breast", BREAST), ("nape", NAPE), ("throat", THROAT), ("crown", CROWN))]
    wing = canvas.mask(WING)
    layers += [("wing", wing), ("beak", canvas.mask(canvas.head(BEAKS[kind.beak])))]

    colour, coverage = planar(np.zeros((size, size, 3), np.float32)), np.zeros((size, size), np.float32)
    labels = np.zeros((size, size), np.uint8)
    for part, mask in layers:
        colour += mask[..., None] * (np.float32(COLOURS[kind.colour(part)]) - colour)
        coverage = np.maximum(coverage, mask)
        labels[mask > 0.5] = 1 + PARTS.index(part)
    colour = colour * shading(canvas, coverage)[..., None] + gloss(canvas, wing)[..., None]
    return (paint_eye(canvas, colour, labels), coverage), labels


def legs(canvas: Canvas) -> np.ndarray:
    """Two legs that hang straight down from the hips, each with a foot -> coverage."""
    strokes = []
    for hip in canvas.pixels(HIPS):
        foot = hip + (0, LEG_LENGTH * canvas.unit)
        toes = foot + np.array([(-0.07, 0.015), (0.10, 0.015)]) * (canvas.flip, 1) * canvas.unit
        strokes += [canvas.stroke(np.array([hip, foot]), LEG_WIDTH), canvas.stroke(toes, LEG_WIDTH * 0.8)]
    return np.maximum.reduce(strokes)


def shading(canvas: Canvas, coverage: np.ndarray) -> np.ndarray:
    """Light from above on a rounded body: the slope of the blurred silhouette stands for the surface normal."""
    height = gaussian_filter(coverage, 0.16 * canvas.unit, truncate=2.5)
    slope_y, slope_x = np.gradient(height, 1 / canvas.unit)
    edge = gaussian_filter(coverage, 0.03 * canvas.unit, truncate=2.0)
    contour = 0.72 + 0.28 * np.clip((edge - 0.5) * 2.6, 0, 1)       # a soft dark rim separates bird and sky
    return np.clip(0.97 + 0.105 * slope_y + 0.02 * slope_x * canvas.flip, 0.66, 1.14) * contour


def gloss(canvas: Canvas, wing: np.ndarray) -> np.ndarray:
    """What to add to the colour: feather lines and the shadow under the wing's edge, in 0..255 steps."""
    lines = [canvas.stroke(canvas.pixels(np.array(line)), 0.022) for line in FEATHERS]
    under = np.clip(np.roll(wing, -max(1, round(0.035 * canvas.unit)), axis=0) - wing, 0, 1)
    shadow = np.clip(np.roll(wing, max(1, round(0.045 * canvas.unit)), axis=0) - wing, 0, 1)
    return -30 * np.maximum.reduce(lines) * wing - 26 * shadow + 8 * under


def paint_eye(canvas: Canvas, colour: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """A dark eye in a pale ring with a highlight; writes its label."""
    x, y = canvas.pixels(canvas.head(np.array([EYE_CENTRE])))[0]
    for radius, paint, dx in ((1.55, (208, 204, 196), 0.0), (1.15, (18, 16, 20), 0.0), (0.38, (250, 250, 250), -0.3)):
        r, shift = radius * EYE_RADIUS * canvas.unit, dx * EYE_RADIUS * canvas.unit
        disc = canvas.fill(lambda pen, r=r, s=shift: pen.ellipse((x - r + s, y - r + s, x + r + s, y + r + s), WHITE))
        strength = 0.55 if radius > 1.5 else 1.0
        colour = colour + strength * disc[..., None] * (np.float32(paint) - colour)
        labels[disc > 0.5] = EYE
    return colour


def paint_background(canvas: Canvas) -> np.ndarray:
    """Sky or ground behind the bird, with its perch -> (S, S, 3) in 0..255."""
    rng = np.random.default_rng(canvas.scene.noise)
    image = backdrop(canvas, rng)
    return branch(canvas, image, rng) if canvas.scene.perch == "branch" else ground(canvas, image)


def backdrop(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """A soft gradient with clouds -> (S, S, 3) in 0..255."""
    top, bottom, strength = SKIES[canvas.scene.background]
    ramp = np.linspace(0, 1, canvas.size, dtype=np.float32)[:, None, None]
    image = np.float32(top) * (1 - ramp) + np.float32(bottom) * ramp
    wide = canvas.scene.background in ("water", "sand", "dusk")
    return image + strength * clouds(rng, canvas.size, wide)[..., None]


def clouds(rng: np.random.Generator, size: int, wide: bool) -> np.ndarray:
    """Soft noise of two scales -> (S, S) around 0, the same at any resolution; streaks when `wide`."""
    def field(rows: int, columns: int) -> np.ndarray:
        grid = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
        return np.asarray(grid.resize((size, size), Image.Resampling.BICUBIC))
    return field(6, 3) + 0.5 * field(14, 4) if wide else field(4, 4) + 0.6 * field(8, 8)


def branch(canvas: Canvas, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A branch across the picture, right under the feet."""
    height, slope = feet(canvas) + 0.03 * canvas.unit, rng.uniform(-0.06, 0.06)
    ends = np.array([(-5, height - slope * canvas.size), (canvas.size + 5, height + slope * canvas.size)])
    wood = canvas.stroke(ends, 0.13)
    lit = np.clip(wood - np.roll(wood, max(1, round(0.05 * canvas.unit)), axis=0), 0, 1)
    return over(image, np.float32((88, 62, 42)) + 46 * lit[..., None], wood)


def ground(canvas: Canvas, image: np.ndarray) -> np.ndarray:
    """No perch: the soft shadow of a bird that stands on the ground."""
    (x, _), y, r = canvas.pixels(np.array([(0.0, 0.3)]))[0], feet(canvas), 0.62 * canvas.unit
    shade = canvas.fill(lambda pen: pen.ellipse((x - r, y - 0.10 * r, x + r, y + 0.18 * r), WHITE))
    return image * (1 - 0.26 * gaussian_filter(shade, 0.05 * canvas.unit, truncate=2.0)[..., None])


def feet(canvas: Canvas) -> float:
    """The height of the soles in pixels."""
    return float(canvas.pixels(HIPS)[:, 1].mean() + LEG_LENGTH * canvas.unit)
