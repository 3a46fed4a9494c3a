"""The bird of levels 2 and 3: feathers that lie along the body, patterns, light from one side, wings that open.

A feather is not drawn, it is a tone: each pixel knows where it lies on the bird, and a periodic function of that place
darkens the edges of feathers. Textures therefore need no resolution of their own.
"""

import numpy as np
from scipy.ndimage import gaussian_filter

from t2ilib.data import anatomy as body
from t2ilib.data.birds import COLOURS, PARTS, Scene
from t2ilib.data.canvas import EYE, WHITE, Canvas, far_wing, over, planar, resample

SMALL = 64                      # side of the sheet on which the soft light is computed
PALE_MARK, DARK_SHARE = 0.50, 0.40
Layers = list[tuple[str, np.ndarray]]


def paint_bird(canvas: Canvas) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """The bird on nothing: ((S, S, 3) colour, (S, S) coverage), and the (S, S) labels."""
    scene, rng = canvas.scene, np.random.default_rng((canvas.scene.noise, 1))
    places = canvas.units()
    layers, wing = shapes(canvas)
    colour = planar(np.zeros((canvas.size, canvas.size, 3), np.float32))
    coverage, labels = np.zeros(colour.shape[:2], np.float32), np.zeros(colour.shape[:2], np.uint8)
    for part, mask in layers:
        paint = np.float32(COLOURS[scene.species.colour(part)])
        colour = over(colour, marked(paint, part, scene.species.pattern, places, scene), mask)
        coverage = np.maximum(coverage, mask)
        labels[mask > 0.5] = 1 + PARTS.index(part)
    tone = feathers(layers, places, scene, rng) * light(canvas, coverage)
    colour = colour * tone[..., None] + details(canvas, wing)[..., None]
    return (paint_eye(canvas, colour, labels), coverage), labels


def shapes(canvas: Canvas) -> tuple[Layers, np.ndarray]:
    """All parts from back to front as (part, mask), and the mask of the near wing."""
    kind, spread = canvas.scene.species, canvas.scene.pose == "spread"
    whole = canvas.mask(canvas.head(body.HEAD_AND_BODY))
    layers = [("wing", canvas.mask(far_wing()))] if spread else []
    layers.append(("tail", canvas.mask(body.TAILS[kind.tail])))
    if canvas.scene.shows("legs"):
        layers.append(("legs", legs(canvas)))
    layers.append(("back", whole))
    layers += [(part, canvas.mask(canvas.head(shape)) * whole) for part, shape in
               (("belly", body.BELLY), ("breast", body.BREAST), ("nape", body.NAPE), ("throat", body.THROAT),
                ("crown", body.CROWN))]
    wing = canvas.mask(body.RAISED_WING if spread else body.WING)
    return [*layers, ("wing", wing), ("beak", canvas.mask(canvas.head(body.BEAKS[kind.beak])))], wing


def legs(canvas: Canvas) -> np.ndarray:
    """Two legs that hang straight down, a bend at the ankle, three toes before and one behind -> coverage."""
    strokes = []
    for hip in canvas.pixels(body.HIPS):
        def at(x, y, hip=hip):
            return hip + np.array((x * canvas.flip, y)) * canvas.unit
        foot = at(0, body.LEG_LENGTH)
        strokes.append(canvas.stroke(np.array([hip, at(body.ANKLE[0], body.ANKLE[1] * body.LEG_LENGTH), foot]), 0.058))
        strokes += [canvas.stroke(np.array([foot, at(x, body.LEG_LENGTH + y)]), 0.042)
                    for x, y in ((0.13, 0.035), (0.11, -0.005), (-0.08, 0.03))]
    return np.maximum.reduce(strokes)


def wave(x: np.ndarray) -> np.ndarray:
    """A smooth wave of period 1: 0 at whole numbers, 1 half-way between."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * x)


def along(places: np.ndarray, line: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates along a line (0 at its start, 1 at its end) and across it in bird units -> two (S, S)."""
    start, end = np.float32(line)
    direction = end - start
    length = np.linalg.norm(direction)
    x, y = places[0] - start[0], places[1] - start[1]
    return (x * direction[0] + y * direction[1]) / length**2, (x * direction[1] - y * direction[0]) / length


def on_wing(places: np.ndarray, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates on the near wing: from shoulder 0 to tip 1, and across, one unit a feather."""
    if scene.pose != "spread":
        w, across = along(places, body.FOLDED_SPAN)
        return w, across / 0.055 + 1.5 * w
    x, y = places[0] - body.SHOULDER[0], places[1] - body.SHOULDER[1]
    return np.hypot(x, y) / 1.30, np.arctan2(-y, -x) / 0.16


def scallops(s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Overlapping round feathers; s along and t across, one unit a feather -> 0 at the dark edges, 1 between."""
    row = np.floor(s)
    x = t + 0.5 * (row % 2)
    x = x - np.floor(x) - 0.5
    arc = s - row + 1.5 * x**2
    return wave(arc)


def feathers(layers: Layers, places: np.ndarray, scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """The tone of all feathers -> (S, S) around 1; each picture shifts its lattice a little."""
    masks = dict(layers)                                        # the near wing comes last and wins
    s, t = along(places, body.BODY_AXIS)
    s, t = s + rng.random(dtype=np.float32), t + rng.random(dtype=np.float32)
    soft = 0.93 + 0.09 * scallops(s * 11, t / 0.085)            # back, nape, crown
    down = 0.96 + 0.06 * wave(t / 0.05 + 1.2 * wave(s * 7))     # breast, belly, throat: fine and lengthwise
    under = np.clip(masks["belly"] + masks["breast"] + masks["throat"], 0, 1)
    tone = soft + under * (down - soft)
    w, across = on_wing(places, scene)
    quills = 0.80 + 0.23 * np.sqrt(wave(across + 0.25 * wave(w)))
    coverts = 0.94 + (0.16 * scallops(w * 10, across / 1.6) - 0.08) * np.clip(4 * w - 0.4, 0, 1)
    mix = np.clip((w - 0.38) * 8, 0, 1)
    tone = tone + masks["wing"] * (coverts + mix * (quills - coverts) - tone)
    vanes = 0.86 + 0.15 * wave(along(places, ((-0.5, 0.12), (-1.16, 0.44)))[1] / 0.07)
    tail = masks["tail"] * (masks["back"] < 0.5)
    tone = tone + tail * (vanes - tone)
    bare = np.clip(masks["beak"] + masks.get("legs", 0) * (masks["back"] < 0.5), 0, 1)
    return tone + bare * (1 - tone)


def marked(paint: np.ndarray, part: str, pattern: str, places: np.ndarray, scene: Scene) -> np.ndarray:
    """The colour of a part with its stripes, spots or bars: (3,) plain, or (S, S, 3)."""
    if pattern in ("striped", "spotted") and part in ("breast", "belly"):
        s, t = along(places, body.BODY_AXIS)
        strength = stripes(s, t) if pattern == "striped" else spots(s, t)
    elif pattern == "wing bars" and part == "wing":
        strength = bars(on_wing(places, scene)[0])
    else:
        return paint
    return over(paint[None, None], mark_colour(paint, pattern), strength)


def mark_colour(paint: np.ndarray, pattern: str) -> np.ndarray:
    """Bars are pale, stripes and spots dark; on a colour where that would not show it is the other way round."""
    brightness = float(paint @ np.float32((0.30, 0.59, 0.11)))
    if pattern == "wing bars":
        return np.float32((244, 240, 230)) if brightness < 190 else np.float32((96, 92, 92))
    return paint + PALE_MARK * (255 - paint) if brightness < 60 else paint * DARK_SHARE


def step(x: np.ndarray) -> np.ndarray:
    """A soft step: 0 below 0, 1 above 1."""
    return np.clip(x, 0, 1)


def stripes(s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Dashes along the feathers -> strength (S, S) in 0..1."""
    line = wave(t / 0.125 + 0.1 * np.sin(16 * s))
    dash = wave(s * 3.2 + 0.5 * (np.floor(t / 0.125 + 0.5) % 2))
    return step((line - 0.62) * 4) * step((dash - 0.12) * 5)


def spots(s: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Round spots in staggered rows -> strength (S, S) in 0..1."""
    rows = s * 7.2
    x = t / 0.165 + 0.5 * (np.floor(rows) % 2)
    distance = np.hypot(x - np.floor(x) - 0.5, rows - np.floor(rows) - 0.5)
    return step((0.36 - distance) * 8)


def bars(w: np.ndarray) -> np.ndarray:
    """Two bars across the wing -> strength (S, S) in 0..1."""
    return np.maximum(step((0.052 - np.abs(w - 0.30)) * 40), step((0.052 - np.abs(w - 0.50)) * 40))


def light(canvas: Canvas, coverage: np.ndarray) -> np.ndarray:
    """Light from above and from the sun's side on a rounded bird -> tone (S, S) around 1.

    The blurred silhouette stands for the height of the body towards us, its slope for the surface normal.
    """
    shape = resample(coverage, SMALL)
    unit = canvas.unit * SMALL / canvas.size
    height = gaussian_filter(shape, 0.17 * unit) + 0.5 * gaussian_filter(shape, 0.07 * unit)
    down, right = np.gradient(height, 1 / unit)
    facing = (down - 0.75 * canvas.scene.sun * right) / np.sqrt(1 + 0.35 * (down**2 + right**2))
    tone = resample(0.97 + 0.115 * facing, canvas.size)
    edge = gaussian_filter(coverage, 0.028 * canvas.unit, truncate=2.0)
    rim = 0.74 + 0.26 * np.clip((edge - 0.5) * 2.6, 0, 1)
    return np.clip(tone, 0.60, 1.18) * rim


def details(canvas: Canvas, wing: np.ndarray) -> np.ndarray:
    """What to add to the colour, in 0..255 steps: the wing's shadow on the body, the line between the mandibles."""
    depth = max(1, round(0.04 * canvas.unit))
    shadow = np.clip(np.roll(wing, depth, axis=0) - wing, 0, 1)
    kind = canvas.scene.species
    gape = np.array([body.GAPE[kind.beak], body.BEAK_TIPS[kind.beak]])
    line = canvas.stroke(canvas.pixels(canvas.head(gape)), 0.020)
    ridge = canvas.stroke(canvas.pixels(canvas.head(gape + ((0.02, -0.045), (-0.10, -0.015)))), 0.024)
    return -30 * shadow - 46 * line + 22 * ridge


def paint_eye(canvas: Canvas, colour: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """A dark eye in a pale ring, its iris and a highlight; writes its label."""
    x, y = canvas.pixels(canvas.head(np.array([body.EYE_CENTRE])))[0]
    rings = ((1.45, (212, 208, 200), 0.6, 0.0), (1.15, (18, 15, 18), 1.0, 0.0), (0.80, (70, 42, 26), 0.9, 0.0),
             (0.50, (10, 9, 11), 1.0, 0.0), (0.30, (255, 255, 255), 1.0, 0.36))
    for radius, paint, strength, shift in rings:
        r, d = radius * body.EYE_RADIUS * canvas.unit, shift * body.EYE_RADIUS * canvas.unit
        a, b = x + d * np.sign(canvas.scene.sun), y - d
        disc = canvas.fill(lambda pen, a=a, b=b, r=r: pen.ellipse((a - r, b - r, a + r, b + r), WHITE))
        colour = over(colour, np.float32(paint), strength * disc)
        labels[disc > 0.5] = EYE
    return colour
