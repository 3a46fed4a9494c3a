"""Draw a scene: smooth outlines, one mask per part, light from above, a soft background.

The bird is designed once, in *bird units*: it looks to the right, x runs from the tail (about -1) to the tip of
the beak (about +1), y points down. A pose moves these points; aggdraw fills the curves without jagged edges; every
part is a mask, so the label of each pixel, the keypoints and the box are exact and cost nothing extra.
"""

from typing import NamedTuple

import aggdraw
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from t2ilib.data.birds import COLOURS, KEYPOINTS, PARTS, Scene

EYE = len(PARTS) + 1            # label of the eye in `Picture.parts`; part i of PARTS has label 1 + i
OVERSAMPLING = 2                # drawn larger, then averaged down: soft edges also where masks meet

# Outline of head and body, clockwise from the upper root of the beak.
HEAD_AND_BODY = np.array([
    (0.600, -0.530), (0.530, -0.660), (0.370, -0.730), (0.200, -0.680), (0.090, -0.540), (-0.060, -0.370),
    (-0.280, -0.220), (-0.500, -0.060), (-0.680, 0.110), (-0.660, 0.200), (-0.460, 0.370), (-0.200, 0.470),
    (0.060, 0.460), (0.290, 0.300), (0.430, 0.060), (0.500, -0.160), (0.530, -0.310), (0.590, -0.400)])
CROWN = np.array([(0.70, -0.56), (0.56, -0.80), (0.30, -0.86), (0.08, -0.70), (0.12, -0.55), (0.32, -0.575),
                  (0.48, -0.555)])
NAPE = np.array([(0.66, -0.52), (0.40, -0.76), (0.02, -0.74), (-0.14, -0.34), (0.10, -0.24), (0.34, -0.36),
                 (0.56, -0.42)])
THROAT = np.array([(0.70, -0.43), (0.50, -0.445), (0.36, -0.36), (0.30, -0.20), (0.46, -0.13), (0.66, -0.20)])
BREAST = np.array([(0.40, -0.25), (0.14, -0.20), (0.06, 0.02), (0.12, 0.22), (0.30, 0.40), (0.60, 0.20),
                   (0.66, -0.20)])
BELLY = np.array([(-0.74, 0.16), (-0.30, 0.02), (0.10, 0.00), (0.34, 0.16), (0.42, 0.50), (-0.10, 0.66),
                  (-0.62, 0.50)])
WING = np.array([(0.180, -0.120), (0.050, -0.180), (-0.180, -0.115), (-0.430, 0.015), (-0.740, 0.165),
                 (-0.480, 0.190), (-0.200, 0.200), (0.050, 0.120), (0.165, 0.010)])
FEATHERS = (((0.040, 0.040), (-0.180, 0.130), (-0.520, 0.155)), ((0.010, -0.035), (-0.200, 0.060), (-0.560, 0.135)),
            ((-0.050, -0.095), (-0.240, -0.010), (-0.560, 0.110)))
TAILS = {"short": np.array([(-0.52, 0.00), (-0.74, 0.12), (-0.93, 0.25), (-0.90, 0.36), (-0.70, 0.30), (-0.50, 0.24)]),
         "long": np.array([(-0.52, 0.00), (-0.82, 0.16), (-1.18, 0.38), (-1.14, 0.50), (-0.80, 0.35), (-0.50, 0.24)])}
BEAKS = {"short": np.array([(0.54, -0.545), (0.66, -0.52), (0.80, -0.455), (0.67, -0.41), (0.55, -0.39)]),
         "cone": np.array([(0.53, -0.585), (0.68, -0.555), (0.86, -0.445), (0.68, -0.355), (0.55, -0.355)]),
         "long": np.array([(0.54, -0.545), (0.74, -0.52), (1.14, -0.45), (0.74, -0.42), (0.55, -0.40)]),
         "hooked": np.array([(0.53, -0.575), (0.72, -0.575), (0.88, -0.47), (0.84, -0.30), (0.75, -0.40),
                             (0.55, -0.365)])}
BEAK_TIPS = {"short": (0.80, -0.455), "cone": (0.86, -0.445), "long": (1.14, -0.45), "hooked": (0.84, -0.30)}
LONGEST = 0.89                  # long beaks and tails shrink the bird rather than leave the picture
EYE_CENTRE, EYE_RADIUS = (0.435, -0.535), 0.052
NECK = np.array((0.20, -0.42))          # the head turns about this point
HIPS = ((-0.02, 0.40), (0.14, 0.38))    # far and near leg; feet hang straight down whatever the tilt
LEG_LENGTH, LEG_WIDTH = 0.36, 0.062
HEAD_SCALE = {"small": 1.14, "medium": 1.0, "large": 0.90}      # small birds have big heads

# Where the 15 CUB keypoints sit on the bird; x and y in bird units. "near" and "far" become left and right.
POINTS = {"back": (-0.16, -0.20), "belly": (-0.08, 0.30), "breast": (0.36, 0.10), "crown": (0.33, -0.68),
          "forehead": (0.52, -0.62), "nape": (0.10, -0.50), "throat": (0.50, -0.33), "near eye": EYE_CENTRE,
          "far eye": EYE_CENTRE, "near wing": (-0.20, 0.03), "far wing": (-0.20, 0.03)}

SKIES = {  # top and bottom of the background, and how strongly its texture shows
    "sky": ((128, 178, 226), (214, 232, 244), 14.0), "foliage": (((60, 104, 50)), (122, 154, 82), 26.0),
    "water": ((74, 128, 142), (136, 178, 178), 15.0), "sand": ((206, 184, 148), (228, 208, 172), 12.0),
    "snow": ((200, 212, 224), (226, 232, 240), 8.0), "dusk": ((104, 84, 128), (226, 158, 128), 13.0)}


class Picture(NamedTuple):
    """A rendered scene and the truth about each of its pixels. S is the side in pixels."""

    image: np.ndarray           # (S, S, 3) uint8
    parts: np.ndarray           # (S, S) uint8: 0 elsewhere, 1 + i where PARTS[i] shows, EYE on the eye
    keypoints: np.ndarray       # (15, 3) float32: x, y in pixels, also of hidden parts; visible 0 or 1
    box: np.ndarray             # (4,) float32: x, y, width, height in pixels, round all of the bird


def render(scene: Scene, size: int) -> Picture:
    """Draw `scene` as a picture of size x size pixels (32 to 512). The same scene gives the same pixels.

    Raises: ValueError for a size outside 32..512.
    """
    if not 32 <= size <= 512:
        raise ValueError(f"size should be 32 to 512 pixels, got {size}; draw at 512 and enlarge if you need more")
    canvas = Canvas(scene, size * OVERSAMPLING)
    bird, labels = paint_bird(canvas)
    image = paint_background(canvas)
    image = over(image, *bird) * scene.light
    return Picture(shrink(image), labels[::OVERSAMPLING, ::OVERSAMPLING].copy(), *measure(canvas, labels, size))


class Canvas:
    """Turns bird units into pixels for one scene, and shapes into masks."""

    def __init__(self, scene: Scene, size: int):
        self.scene, self.size = scene, size
        self.flip = 1.0 if scene.facing == "right" else -1.0
        self.head_scale = HEAD_SCALE[scene.species.size]
        tip, end = BEAK_TIPS[scene.species.beak][0], TAILS[scene.species.tail][:, 0].min()
        self.middle = np.array(((tip + end) / 2, 0.0))
        self.unit = min(scene.scale, LONGEST / (tip - end)) * size      # one bird unit in pixels

    def head(self, points) -> np.ndarray:
        """Nod and enlarge the head: turn points about the neck, more the farther they are above it."""
        points = np.asarray(points, dtype=float)
        share = np.clip((NECK[1] + 0.28 - points[..., 1]) / 0.30, 0, 1)[..., None]
        turned = rotate(points - NECK, -self.scene.nod) * self.head_scale + NECK
        return points + share * (turned - points)

    def pixels(self, points) -> np.ndarray:
        """(K, 2) bird units -> (K, 2) pixels."""
        points = rotate(np.asarray(points, dtype=float) - self.middle, -self.scene.tilt) * (self.flip, 1.0)
        return points * self.unit + np.array((self.scene.x, self.scene.y)) * self.size

    def mask(self, outline: np.ndarray) -> np.ndarray:
        """Fill a closed smooth curve through (K, 2) bird-unit points -> (S, S) coverage in 0..1."""
        return self.fill(lambda pen: pen.polygon(self.pixels(smooth(outline)).ravel().tolist(), None, WHITE))

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


WHITE = aggdraw.Brush("white")


def rotate(points: np.ndarray, angle: float) -> np.ndarray:
    """Turn (..., 2) points by `angle` radians; with y pointing down a positive angle lowers the right side."""
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([(c, s), (-s, c)])


def _catmull_rom(steps: int = 6) -> np.ndarray:
    """(steps, 4) weights of the four neighbouring points along one segment of the curve."""
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    return np.hstack([-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3]) / 2


CURVE = _catmull_rom()


def smooth(points: np.ndarray) -> np.ndarray:
    """A closed Catmull-Rom curve through (K, 2) points, six points a segment -> (6 K, 2)."""
    neighbours = np.stack([np.roll(points, shift, axis=0) for shift in (1, 0, -1, -2)], axis=1)
    return np.einsum("sn,knd->ksd", CURVE, neighbours).reshape(-1, 2)


def paint_bird(canvas: Canvas) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """The bird on nothing: ((S, S, 3) colour, (S, S) coverage), and the (S, S) labels."""
    kind, size = canvas.scene.species, canvas.size
    body = canvas.mask(canvas.head(HEAD_AND_BODY))
    layers = [("tail", canvas.mask(TAILS[kind.tail])), ("legs", legs(canvas)), ("back", body)]
    layers += [(part, canvas.mask(canvas.head(shape)) * body) for part, shape in
               (("belly", BELLY), ("breast", BREAST), ("nape", NAPE), ("throat", THROAT), ("crown", CROWN))]
    wing = canvas.mask(WING)
    layers += [("wing", wing), ("beak", canvas.mask(canvas.head(BEAKS[kind.beak])))]

    colour, coverage = np.zeros((size, size, 3), np.float32), np.zeros((size, size), np.float32)
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
    top, bottom, strength = SKIES[canvas.scene.background]
    ramp = np.linspace(0, 1, canvas.size, dtype=np.float32)[:, None, None]
    image = np.float32(top) * (1 - ramp) + np.float32(bottom) * ramp
    wide = canvas.scene.background in ("water", "sand", "dusk")
    image = image + strength * clouds(rng, canvas.size, wide)[..., None]
    return branch(canvas, image, rng) if canvas.scene.perch == "branch" else ground(canvas, image)


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


def over(image: np.ndarray, colour: np.ndarray, coverage: np.ndarray) -> np.ndarray:
    """Lay a colour over an image where it covers."""
    return image + coverage[..., None] * (colour - image)


def shrink(image: np.ndarray) -> np.ndarray:
    """Average OVERSAMPLING x OVERSAMPLING pixels -> uint8."""
    side = image.shape[0] // OVERSAMPLING
    mean = image.reshape(side, OVERSAMPLING, side, OVERSAMPLING, 3).mean(axis=(1, 3))
    return np.clip(np.rint(mean), 0, 255).astype(np.uint8)


def measure(canvas: Canvas, labels: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints (15, 3) and box (4,) in pixels of the finished picture."""
    rows, columns = (np.flatnonzero(labels.any(axis=axis)) for axis in (1, 0))
    x, y = columns[0] / OVERSAMPLING, rows[0] / OVERSAMPLING
    box = np.float32((x, y, (columns[-1] + 1) / OVERSAMPLING - x, (rows[-1] + 1) / OVERSAMPLING - y))

    places = dict(POINTS, beak=BEAK_TIPS[canvas.scene.species.beak],
                  tail=TAILS[canvas.scene.species.tail][2:4].mean(axis=0))
    names = list(places)
    at = dict(zip(names, canvas.pixels(canvas.head(np.array([places[name] for name in names])))))
    soles = canvas.pixels(HIPS) + (0, LEG_LENGTH * canvas.unit * 0.6)
    near, far = canvas.scene.facing, {"left": "right", "right": "left"}[canvas.scene.facing]
    for side, which, sole in ((near, "near", soles[1]), (far, "far", soles[0])):
        at |= {f"{side} eye": at[f"{which} eye"], f"{side} wing": at[f"{which} wing"], f"{side} leg": sole}
    hidden = {f"{far} eye", f"{far} wing"}
    points = [(*at[name] / OVERSAMPLING, name not in hidden) for name in KEYPOINTS]
    points = np.float32(points)
    outside = (points[:, :2] < 0).any(axis=1) | (points[:, :2] >= size).any(axis=1)
    points[outside, 2] = 0
    return points, box
