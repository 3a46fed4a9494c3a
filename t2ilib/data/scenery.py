"""The world around the bird at levels 2 and 3: perches it can hold, ground it can stand on, depth, water.

What is far away is soft, as behind a camera's lens: it is computed on a small sheet and enlarged. The bird and what it
touches are sharp. At level 2 the backdrop is the plain one; at level 3 it has hills, dunes, trees and a horizon.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from t2ilib.data import anatomy, plain
from t2ilib.data.canvas import WHITE, Canvas, over, planar, resample

SMALL = 48                      # side of the sheet on which the backdrop is painted
BARK = {"sky": (116, 88, 62), "foliage": (96, 74, 50), "water": (124, 108, 84), "sand": (150, 124, 94),
        "snow": (98, 82, 74), "dusk": (66, 48, 52)}
SOIL = {"sky": (128, 142, 96), "foliage": (84, 112, 56), "water": (128, 122, 104), "sand": (206, 176, 128),
        "snow": (232, 236, 242), "dusk": (96, 70, 72)}
ROUGH = {"sky": 7, "foliage": 6, "water": 9, "sand": 5, "snow": 3, "dusk": 6}
LEAF = {"sky": (96, 142, 66), "foliage": (64, 128, 52), "water": (132, 150, 82), "sand": (150, 152, 92),
        "snow": (240, 243, 248), "dusk": (60, 52, 58)}


def paint_background(canvas: Canvas) -> np.ndarray:
    """Everything but the bird -> (S, S, 3) in 0..255."""
    scene, rng = canvas.scene, np.random.default_rng(canvas.scene.noise)
    image = planar(backdrop(canvas, rng) if scene.level == 3 else plain.backdrop(canvas, rng))
    if scene.perch == "branch":
        return branch(canvas, image, rng)
    return water(canvas, image, rng) if scene.perch == "water" else ground(canvas, image, rng)


# --- what the bird touches ---------------------------------------------------------------------------------------

def branch(canvas: Canvas, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A bent branch with bark and leaves (in the snow: snow) across the picture, right under the feet."""
    size, unit, place = canvas.size, canvas.unit, canvas.scene.background
    foot = canvas.pixels(anatomy.HIPS).mean(axis=0) + (0, (anatomy.LEG_LENGTH + 0.05) * unit)
    slope, bend = rng.uniform(-0.10, 0.10), rng.uniform(-0.25, 0.25)
    x = np.linspace(-0.05, 1.05, 12) * size
    d = (x - foot[0]) / size
    y = foot[1] + size * (slope * d + bend * d**2) + rng.normal(0, 0.006, 12) * size
    y[np.abs(d) < 0.16] = (foot[1] + size * slope * d)[np.abs(d) < 0.16]        # straight where the bird sits
    width = unit * np.linspace(*rng.permutation((0.050, 0.085)), 12)
    image = leaves(canvas, image, rng, np.stack([x, y], axis=1))
    wood = canvas.polygon(np.concatenate([np.stack([x, y - width], 1), np.stack([x, y + width], 1)[::-1]]))
    columns = np.arange(size)
    across = (np.arange(size)[:, None] - np.interp(columns, x, y)) / np.interp(columns, x, width)
    grain = resample(rng.standard_normal((24, 5)).astype(np.float32), size)
    tone = 1.02 - 0.34 * across.clip(-1, 1) + 0.11 * grain
    if place == "snow":
        tone = np.where(across < -0.35, 2.3, tone)
    return over(image, np.float32(BARK[place]) * tone[..., None].clip(0.4, 2.3), wood)


def leaves(canvas: Canvas, image: np.ndarray, rng: np.random.Generator, line: np.ndarray) -> np.ndarray:
    """A few pointed leaves on twigs along the branch."""
    colour, unit = np.float32(LEAF[canvas.scene.background]), canvas.unit
    for _ in range(rng.integers(3, 7)):
        root = line[rng.integers(1, len(line) - 1)]
        angle, length = rng.uniform(0, 2 * np.pi), unit * rng.uniform(0.22, 0.40)
        tip = np.array((np.cos(angle), np.sin(angle))) * length
        side = np.array((-tip[1], tip[0])) * 0.30
        half = np.array([root, root + 0.45 * tip + side, root + tip])
        image = over(image, colour * rng.uniform(0.75, 1.0), canvas.polygon([*half, root + 0.45 * tip - side]))
        image = over(image, colour * 1.12, 0.6 * canvas.polygon(half))
    return image


def ground(canvas: Canvas, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Ground of the place, rough and with a soft far edge, the bird's shadow on the side away from the sun."""
    size, unit, place = canvas.size, canvas.unit, canvas.scene.background
    y = plain.feet(canvas)
    rows = np.arange(size, dtype=np.float32)[:, None]
    edge = y - 0.22 * unit + 0.02 * size * resample(rng.standard_normal((1, 5)).astype(np.float32), size)[:1]
    cover = np.clip((rows - edge) / (0.035 * size), 0, 1)
    rough = plain.clouds(rng, size, wide=True) + 0.9 * resample(rng.standard_normal((110, 70)).astype(np.float32), size)
    near = np.clip((rows - edge) / (0.5 * size), 0, 1)
    soil = np.float32(SOIL[place]) * (1.03 - 0.16 * near[..., None]) + ROUGH[place] * rough[..., None]
    image = over(image, soil, cover)
    if place in ("foliage", "sky"):
        image = grass(canvas, image, rng, float(edge.mean()))
    x = canvas.centre[0] - 0.16 * canvas.scene.sun * unit
    r = 0.60 * unit
    shade = canvas.fill(lambda pen: pen.ellipse((x - r, y - 0.10 * r, x + r, y + 0.18 * r), WHITE))
    return image * (1 - 0.36 * gaussian_filter(shade, 0.05 * unit, truncate=2.0)[..., None])


def grass(canvas: Canvas, image: np.ndarray, rng: np.random.Generator, edge: float) -> np.ndarray:
    """Blades of grass, all those of one shade in one stroke of the pen."""
    size = canvas.size
    for shade in (0.70, 0.92, 1.14):
        x, y = rng.uniform(0, size, 26), rng.uniform(edge, size * 1.02, 26)
        tips = np.stack([x + rng.normal(0, 0.012, 26) * size, y - rng.uniform(0.03, 0.07, 26) * size], axis=1)
        width = 0.006 * size
        blades = [np.array([(a - width, b), tip, (a + width, b)]) for a, b, tip in zip(x, y, tips)]
        mask = canvas.fill(lambda pen, blades=blades: [pen.polygon(blade.ravel().tolist(), None, WHITE)
                                                       for blade in blades])
        image = over(image, np.float32((96, 128, 60)) * shade, 0.8 * mask)
    return image


# --- water ------------------------------------------------------------------------------------------------------

def waterline(canvas: Canvas) -> float:
    """The height in pixels at which a swimming bird meets the water."""
    return float(canvas.centre[1] + anatomy.WATERLINE * canvas.unit)


def ripples(size: int, horizon: float, rng: np.random.Generator) -> np.ndarray:
    """Waves that grow towards us -> (S, S) around 0."""
    depth = np.clip((np.arange(size, dtype=np.float32) - horizon) / (size - horizon), 0, 1)[:, None]
    bent = resample(rng.standard_normal((7, 4)).astype(np.float32), size)
    return np.sin(46 * np.sqrt(depth) + 1.6 * bent) * (0.35 + 0.65 * depth)


def water(canvas: Canvas, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A still lake that mirrors the backdrop, from its far shore down to us."""
    size, line = canvas.size, waterline(canvas)
    horizon = max(0.12 * size, line - rng.uniform(0.42, 0.75) * canvas.unit)
    rows = np.arange(size)
    mirrored = image[np.clip(2 * horizon - rows, 0, size - 1).astype(int)]
    lake = 0.62 * mirrored + 0.38 * np.float32((84, 124, 140)) + 9 * ripples(size, horizon, rng)[..., None]
    cover = np.clip((rows - horizon) / (0.012 * size), 0, 1)[:, None] * np.ones(size, np.float32)
    return over(image, lake, cover)


def immerse(canvas: Canvas, image: np.ndarray, bird: tuple, labels: np.ndarray) -> tuple[np.ndarray, tuple]:
    """Let the bird sit in the water: below the waterline there is its mirror image; changes `labels` in place."""
    colour, coverage = bird
    line, size = waterline(canvas), canvas.size
    rows = np.arange(size)
    sway = np.rint(0.012 * size * np.sin(rows * 70 / size)).astype(int)
    source = np.clip(np.rint(2 * line - rows), 0, size - 1).astype(int)
    columns = np.clip(np.arange(size) + sway[:, None], 0, size - 1)
    below = (rows > line)[:, None]
    fade = 0.55 * np.clip(1 - (rows - line) / (0.75 * canvas.unit), 0, 1)[:, None]
    image = over(image, 0.8 * colour[source[:, None], columns], below * fade * coverage[source[:, None], columns])
    x, r = canvas.centre[0], 0.66 * canvas.unit
    ring = canvas.fill(lambda pen: pen.ellipse((x - r, line - 0.09 * r, x + r, line + 0.13 * r), WHITE))
    rim = np.clip(ring - np.roll(ring, -max(1, round(0.02 * canvas.unit)), axis=0), 0, 1)
    image = image + 46 * rim[..., None]
    dry = np.clip(line + 0.5 - rows, 0, 1)[:, None]
    labels[rows > line] = 0
    return image, (colour, coverage * dry)


# --- depth ------------------------------------------------------------------------------------------------------

def backdrop(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """The far background of the scene's place -> (S, S, 3) in 0..255."""
    across = np.linspace(0, 1, SMALL, dtype=np.float32)
    image = PLACES[canvas.scene.background](across[None, :], across[:, None], rng, canvas.scene.sun)
    large = np.moveaxis(np.stack([resample(image[..., c], canvas.size) for c in range(3)]), 0, -1)
    return falling_snow(canvas, large, rng) if canvas.scene.background == "snow" else large


def gradient(y: np.ndarray, *colours: tuple) -> np.ndarray:
    """From the top colour down to the last one -> (SMALL, SMALL, 3)."""
    stops = np.linspace(0, 1, len(colours))
    columns = [np.interp(y[:, 0], stops, [c[i] for c in colours]) for i in range(3)]
    return np.repeat(np.stack(columns, -1)[:, None].astype(np.float32), SMALL, axis=1)


def ridge(x: np.ndarray, rng: np.random.Generator, height: float, rough: float) -> np.ndarray:
    """The skyline of hills -> (1, SMALL) heights as fractions from the top."""
    waves = sum(rng.uniform(0.3, 1) * np.sin(2 * np.pi * (f * x + rng.random())) / f for f in (0.7, 1.7, 3.1))
    return height + rough * waves


def hill(image: np.ndarray, y: np.ndarray, skyline: np.ndarray, colour: tuple, fade: float = 0.25) -> np.ndarray:
    """Everything below a skyline, paler towards its foot."""
    depth = np.clip(y - skyline, 0, 1)
    paint = np.float32(colour) * (1 + fade * depth[..., None])
    return over(image, paint, np.clip((y - skyline) * SMALL / 1.5 + 0.5, 0, 1))


def spot(x: np.ndarray, y: np.ndarray, at: tuple, radius: float, soft: float = 0.3) -> np.ndarray:
    """A round patch -> strength (SMALL, SMALL) in 0..1."""
    return np.clip((radius - np.hypot(x - at[0], y - at[1])) / (soft * radius), 0, 1)


def soft_noise(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """Smooth noise -> (SMALL, SMALL) around 0."""
    return resample(rng.standard_normal((rows, columns)).astype(np.float32), SMALL)


def sky(x, y, rng, sun) -> np.ndarray:
    """Open sky with clouds over far hills."""
    image = gradient(y, (88, 150, 214), (150, 196, 234), (214, 230, 240))
    cloud = np.clip(0.55 * soft_noise(rng, 5, 3) + 0.35 * soft_noise(rng, 11, 8) - 0.05, 0, 1) * (1 - 0.5 * y)
    image = over(image, np.float32((250, 250, 252)), 0.85 * cloud)
    image = hill(image, y, ridge(x, rng, 0.80, 0.05), (142, 172, 186))
    return hill(image, y, ridge(x, rng, 0.90, 0.04), (110, 146, 112))


def foliage(x, y, rng, sun) -> np.ndarray:
    """Inside a wood: trunks far away, round lights between leaves."""
    image = gradient(y, (70, 112, 58), (92, 140, 68), (62, 92, 46)) + 20 * soft_noise(rng, 6, 6)[..., None]
    for _ in range(rng.integers(1, 4)):
        trunk, width = rng.uniform(0, 1), rng.uniform(0.03, 0.07)
        image = over(image, np.float32((58, 56, 38)), 0.7 * np.clip((width - np.abs(x - trunk)) / 0.03, 0, 1) + 0 * y)
    for _ in range(14):
        at, radius = rng.random(2), rng.uniform(0.04, 0.11)
        shine = (176, 206, 110) if rng.random() < 0.6 else (52, 84, 40)
        image = over(image, np.float32(shine), rng.uniform(0.15, 0.45) * spot(x, y, at, radius))
    return image


def lake(x, y, rng, sun) -> np.ndarray:
    """Open water under a pale sky, a wooded shore far off."""
    horizon = rng.uniform(0.26, 0.40)
    image = gradient(y, (168, 204, 222), (206, 224, 228), (206, 224, 228))
    image = hill(image, y, ridge(x, rng, horizon - 0.09, 0.03), (104, 138, 128))
    depth = np.clip((y - horizon) / (1 - horizon), 0, 1)
    waves = np.sin(38 * np.sqrt(depth) + 2.0 * soft_noise(rng, 7, 4)) * (0.3 + 0.7 * depth)
    surface = gradient(y, (120, 172, 178), (96, 152, 164), (58, 112, 130)) + 13 * waves[..., None]
    glitter = np.exp(-((x - 0.5 - 0.35 * sun) / 0.14) ** 2) * np.clip(waves, 0, 1)
    return over(image, surface + 60 * glitter[..., None], np.clip((y - horizon) * SMALL + 0.5, 0, 1) + 0 * x)


def dunes(x, y, rng, sun) -> np.ndarray:
    """Three rows of dunes, each with a side in the light."""
    image = gradient(y, (170, 202, 224), (226, 224, 206), (236, 220, 186))
    for height, colour in ((0.40, (222, 196, 154)), (0.56, (214, 182, 134)), (0.74, (200, 164, 114))):
        skyline = ridge(x, rng, height + rng.uniform(-0.05, 0.05), 0.07)
        slope = np.gradient(skyline, axis=1) * SMALL
        image = hill(image, y, skyline, colour, fade=0.12)
        lit = np.clip(slope * np.sign(sun) * 0.6, -1, 1) * np.exp(-np.clip(y - skyline, 0, 1) / 0.10) * (y > skyline)
        image = image * (1 + 0.13 * lit[..., None])
    return image


def snowfield(x, y, rng, sun) -> np.ndarray:
    """Snow-covered hills with dark firs along a ridge."""
    image = gradient(y, (176, 194, 214), (214, 224, 234), (226, 232, 240))
    image = hill(image, y, ridge(x, rng, 0.42, 0.05), (204, 214, 228))
    foot = ridge(x, rng, 0.58, 0.03)
    for _ in range(rng.integers(5, 10)):
        at, tall = rng.random(), rng.uniform(0.12, 0.26)
        ground_line = float(np.interp(at, x[0], foot[0]))
        below_top = y - (ground_line - tall)
        fir = np.clip((0.30 * below_top - np.abs(x - at)) * SMALL / 1.5 + 0.3, 0, 1) * (0 < below_top)
        image = over(image, np.float32((84, 104, 112)), 0.8 * fir)
    # The near slope hides the feet of the firs.
    return hill(image, y, foot, (234, 239, 246), fade=0.0)


def evening(x, y, rng, sun) -> np.ndarray:
    """A low sun behind dark hills."""
    image = gradient(y, (82, 70, 124), (172, 106, 138), (244, 164, 112), (250, 196, 132))
    at = (0.5 + 0.4 * sun, rng.uniform(0.50, 0.66))
    glow = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / 0.09)
    image = over(image, np.float32((255, 210, 150)), 0.55 * glow)
    image = over(image, np.float32((255, 240, 205)), spot(x, y, at, 0.075))
    streak = np.clip(soft_noise(rng, 9, 2) - 0.4, 0, 1)
    image = over(image, np.float32((120, 78, 120)), 0.5 * streak)
    image = hill(image, y, ridge(x, rng, 0.72, 0.05), (126, 78, 104))
    return hill(image, y, ridge(x, rng, 0.85, 0.04), (76, 52, 78))


def falling_snow(canvas: Canvas, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Flakes in the air, sharp: they fall close to the bird."""
    x, y = rng.uniform(0, canvas.size, (2, 30))
    r = canvas.size * rng.uniform(0.003, 0.008, 30)
    flakes = canvas.fill(lambda pen: [pen.ellipse((a - q, b - q, a + q, b + q), WHITE) for a, b, q in zip(x, y, r)])
    return over(image, np.float32((252, 253, 255)), 0.8 * flakes)


PLACES = {"sky": sky, "foliage": foliage, "water": lake, "sand": dunes, "snow": snowfield, "dusk": evening}
