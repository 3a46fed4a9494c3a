"""Figures that explain the bird world: its parts, its levels, what a species fixes and what a picture is free to do.

The map of the papers is drawn in `paper_map.py` and can be had from here too.
"""

import matplotlib.patheffects as effects
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from PIL import Image, ImageDraw
from scipy.ndimage import distance_transform_edt
from scipy.optimize import linear_sum_assignment

from t2ilib.data import draw
from t2ilib.data.birds import KEYPOINTS, LEVELS, PARTS, Scene, World, draw_scene
from t2ilib.data.captions import tell
from t2ilib.data.draw import Picture
from t2ilib.data.rendered import FACTORS, factors
from t2ilib.figures import COLOUR, GAP, INK, MARGIN, PAPER, Card, Markup, figure_card, font, png_bytes
from t2ilib.paper_map import paper_map

__all__ = ["PART_PAINT", "attribute_table", "levels", "mask_layer", "paper_map", "parts_figure", "species_and_image"]

# Ten colours that colour-blind people tell apart: the qualitative scheme "muted" of Paul Tol (SRON/EPS/TN/09-002).
PART_PAINT = dict(zip(PARTS, ("#332288", "#DDCC77", "#44AA99", "#CC6677", "#88CCEE", "#999933", "#882255", "#117733",
                              "#AA4499", "#8C8C8C")))
RETINA = 2                      # pixels of a sheet per CSS pixel
# Inches, of `parts_figure`: the whole, the picture, a column of names, the masks, air above, masks to names.
WIDE, SIDE, COLUMN, MAP, TOP, AIR = 8.0, 3.5, 0.95, 2.55, 0.1, 0.26
RING = 0.076                    # the radius of the hollow mark of a hidden keypoint
HALO = [effects.withStroke(linewidth=2.6, foreground="white", alpha=0.85)]


def mask_layer(parts: np.ndarray) -> np.ndarray:
    """Which pixel is which part, to lay over a picture: (S, S) labels -> (S, S, 4) uint8, white seams between parts."""
    paint = np.zeros((256, 4), np.uint8)
    paint[1:1 + len(PARTS)] = [(*bytes.fromhex(colour[1:]), 255) for colour in PART_PAINT.values()]
    paint[draw.EYE] = (*INK, 255)
    layer = paint[parts]
    seams = np.zeros(parts.shape, bool)
    seams[:, 1:] |= parts[:, 1:] != parts[:, :-1]
    seams[1:] |= parts[1:] != parts[:-1]
    layer[seams] = 255
    return layer


def middles(parts: np.ndarray) -> dict[str, tuple[float, float]]:
    """Each part that shows -> x, y in pixels of its pixel that is farthest from its edge: the place for its name."""
    places = {}
    for label, part in enumerate(PARTS, 1):
        depth = distance_transform_edt(np.pad(parts == label, 1))[1:-1, 1:-1]
        if depth.any():
            y, x = np.unravel_index(depth.argmax(), depth.shape)
            places[part] = (float(x) + 0.5, float(y) + 0.5)
    return places


def leaders(points: np.ndarray, slots: np.ndarray) -> np.ndarray:
    """Give each of (K, 2) points one of (M, 2) slots, M >= K, so that no two lines cross -> (K,) rows of `slots`.

    The assignment of least total length has this property: two lines that cross could swap ends and be shorter.
    """
    rows, columns = linear_sum_assignment(np.linalg.norm(points[:, None] - slots, axis=-1))
    return columns[np.argsort(rows)]


def parts_figure(scene: Scene) -> Card:
    """The 15 keypoints of CUB, each named in the margin, with the box; beside it the masks of the coloured parts.

    Hidden keypoints are hollow, where they truly are. The masks are named above and below.
    """
    picture = draw.render(scene, 512)
    figure = plt.figure(figsize=(WIDE, SIDE + 2 * TOP), layout="none")
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set(xlim=(0, WIDE), ylim=(SIDE + 2 * TOP, 0))
    axis.set_axis_off()
    paint_keypoints(axis, picture)
    paint_masks(axis, picture)
    for letter, x in (("a", 0.06), ("b", WIDE - MAP - 0.22)):
        axis.annotate(letter, (x, TOP), va="top", fontsize=11, fontweight="bold")
    hidden = [name for name, point in zip(KEYPOINTS, picture.keypoints) if not point[2]]
    return figure_card(figure, f"A bird with its box and the 15 keypoints of CUB, each named: {15 - len(hidden)} are "
                               f"visible, hidden are {', '.join(hidden) or 'none'}. Beside it the masks of "
                               f"{len(middles(picture.parts))} coloured parts, each named.")


def bird_window(box: np.ndarray, air: float, size: int = 512) -> tuple[int, int, int]:
    """The square round a box with a share of air, inside a picture of `size` pixels -> x, y, side in pixels."""
    x, y, width, height = (float(value) for value in box)
    side = min(size, round((1 + air) * max(width, height)))
    return (*(round(min(max(middle - side / 2, 0), size - side)) for middle in (x + width / 2, y + height / 2)), side)


def paint_keypoints(axis: Axes, picture: Picture) -> None:
    """Panel a: the bird, its box, and a leader from each keypoint to its name. The axes are in inches."""
    *corner, side = bird_window(picture.box, air=0.14)
    place, scale = (COLUMN, TOP), SIDE / side
    show_square(axis, picture.image, (*corner, side), (*place, SIDE))
    axis.add_patch(plt.Rectangle((picture.box[:2] - corner) * scale + place, *(picture.box[2:] * scale), fill=False,
                                 color=COLOUR["real"], linewidth=1.5, path_effects=HALO))
    points = (picture.keypoints[:, :2] - corner) * scale + place
    heights = TOP + (np.arange(8) + 0.5) / 8 * SIDE
    slots = np.array([(edge, height) for edge in (COLUMN, COLUMN + SIDE) for height in heights])
    for name, point, seen, slot in zip(KEYPOINTS, points, picture.keypoints[:, 2], slots[leaders(points, slots)]):
        paint_leader(axis, name, point, slot, bool(seen))


def paint_leader(axis: Axes, name: str, point: np.ndarray, slot: np.ndarray, seen: bool) -> None:
    """A keypoint, filled if it is visible, its line to the margin and its name there."""
    start = point if seen else point + (slot - point) * RING / np.linalg.norm(slot - point)
    axis.plot(*zip(start, slot), color="#222222", linewidth=0.9, linestyle="-" if seen else (0, (3, 2)),
              path_effects=HALO, zorder=3)
    size, layers = (7, ((1.4, "white"),)) if seen else (11, ((4.4, "white"), (1.8, COLOUR["real"])))
    for width, edge in layers:
        axis.plot(*point, "o", markersize=size, markeredgewidth=width, markeredgecolor=edge,
                  color=COLOUR["real"] if seen else "none", zorder=5 if seen else 4)
    left = slot[0] == COLUMN
    axis.annotate(name if seen else f"{name}\n(hidden)", slot, (-5 if left else 5, 0), textcoords="offset points",
                  ha="right" if left else "left", va="center", fontsize=10, color="#222222" if seen else "#6B6B6B",
                  linespacing=1.05)


def paint_masks(axis: Axes, picture: Picture) -> None:
    """Panel b: which pixel belongs to which part, the names above and below."""
    *corner, side = bird_window(picture.box, air=0.02)
    place, scale = np.array((WIDE - MAP - 0.1, TOP + (SIDE - MAP) / 2)), MAP / side
    show_square(axis, mask_layer(picture.parts), (*corner, side), (*place, MAP))
    top, bottom = (picture.box[1] - corner[1]) * scale, (picture.box[1] + picture.box[3] - corner[1]) * scale
    columns = (np.arange(5) + 0.5) / 5 * MAP
    slots = np.array([(x, y) for y in (top - AIR, bottom + AIR) for x in columns]) + place
    named = middles(picture.parts)
    points = (np.array(list(named.values())) - corner) * scale + place
    for part, point, slot in zip(named, points, slots[leaders(points, slots)]):
        above = slot[1] < place[1] + (top + bottom) / 2
        axis.plot(*zip(point, slot), color="#222222", linewidth=0.9, path_effects=HALO, zorder=3)
        axis.plot(*point, "o", markersize=4.5, color="#222222", markeredgecolor="white", zorder=4)
        axis.annotate(part, slot, (0, 3 if above else -3), textcoords="offset points", ha="center",
                      va="bottom" if above else "top", fontsize=9)


def show_square(axis: Axes, image: np.ndarray, window: tuple[int, int, int], place: tuple[float, float, float]) -> None:
    """Show a window (x, y, side in pixels) of a square image at a place (left, top, side in inches)."""
    (x, y, side), (left, top, inches) = window, place
    axis.imshow(image[y:y + side, x:x + side], extent=(left, left + inches, top + inches, top),
                interpolation="antialiased", aspect="auto", zorder=1)


def species_and_image(number: int = 74, across: int = 8) -> Card:
    """Above, pictures of one unseen species; below, as many species in one pose at one place.

    `number` chooses the species, 0 to 99.
    """
    world = World(seed=2, level=3)
    kinds = world.species("test")
    free = [world.scene(number + i * len(kinds), "test") for i in range(across)]
    fixed = [draw_scene(0, kinds[(number + i) % len(kinds)], np.random.default_rng(POSE), level=3)
             for i in range(across)]
    rows = [[draw.render(scene, 96 * RETINA).image for scene in scenes] for scenes in (free, fixed)]
    captions = [("One species: colours, pattern and shape stay. Pose, place and background are drawn anew.",),
                ("One pose at one place: only the species changes.",)]
    return board(rows, captions, f"Above, {across} pictures of one species, each in another pose and place. Below, "
                                 f"{across} species in the same pose at the same place.")


POSE = 12                       # the random numbers of the second row: a perched bird seen whole


def levels(number: int = 143) -> Card:
    """The same unseen species at levels 1, 2 and 3; `number` chooses the picture of World(seed=2), split "test"."""
    scenes = [World(2, level).scene(number, "test") for level in LEVELS]
    words = ("level 1: plain", "level 2: feathers, pattern, light", "level 3: depth, poses, places")
    row = [draw.render(scene, 256 * RETINA).image for scene in scenes]
    return board([row], [words], "The same species at three levels: flat colours; with feathers, a pattern and light "
                                 "from one side; in a place with depth and in a freer pose.")


def board(rows: list[list[np.ndarray]], captions: list[tuple[str, ...]], alt: str) -> Card:
    """Rows of pictures, drawn RETINA times as large as shown; above a row one caption, or one for each picture."""
    side, gap, margin, line = rows[0][0].shape[0], GAP * RETINA, MARGIN * RETINA, 24 * RETINA
    width = 2 * margin + len(rows[0]) * (side + gap) - gap
    paper = Image.new("RGB", (width, len(rows) * (line + side + margin) + margin), PAPER)
    pen = ImageDraw.Draw(paper)
    for r, (row, words) in enumerate(zip(rows, captions)):
        top = margin + r * (line + side + margin)
        for k, text in enumerate(words):
            pen.text((margin + k * (side + gap), top), text, INK, font(13 * RETINA))
        for k, picture in enumerate(row):
            paper.paste(Image.fromarray(picture), (margin + k * (side + gap), top + line))
    return Card(png_bytes(paper), alt, width // RETINA)


UNNAMED = ("tilt of body and head", "place", "distance", "brightness", "side of the light")
"""What varies smoothly from picture to picture: fields of Scene that are numbers."""


def owners(pictures: int = 8) -> dict[str, tuple[str, bool]]:
    """Each factor -> who decides it, "species" or "image", and whether captions ever name it; found by looking."""
    world = World(seed=2, level=3)
    count = len(world.species("test"))
    scenes = [world.scene(i, "test") for i in range(pictures * count)]
    truth = np.array([factors(scene) for scene in scenes]).reshape(pictures, count, -1)
    fixed = (truth == truth[0]).all(axis=(0, 1))
    readings = [reading for scene in scenes[::4] for _, reading in tell(scene)]
    said = {part for reading in readings for part in reading.colours}
    said |= {{"beak": "beak shape", "tail": "tail length"}.get(what, what)
             for reading in readings for what in reading.shapes}
    return {name: ("species" if same else "image", name in said) for name, same in zip(FACTORS, fixed)}


def attribute_table() -> Markup:
    """Four cells: decided by the species or by the image; named by captions or never."""
    found = owners()
    cells = {key: [name for name, owner in found.items() if owner == key] for key in
             ((owner, said) for said in (True, False) for owner in ("species", "image"))}
    words = {key: in_words(names) for key, names in cells.items()}
    words["image", False] = ", ".join(filter(None, (words["image", False], *UNNAMED)))
    rows = [["", "the species: the same on all its pictures", "the image: drawn anew for each picture"],
            ["captions may name it", words["species", True], words["image", True]],
            ["captions never name it", words["species", False] or "–", words["image", False]]]
    style = "text-align:left;vertical-align:top;padding:6px 10px;border-bottom:1px solid #D8D4C8"
    kinds = [["th" if r == 0 or c == 0 else "td" for c in range(3)] for r in range(3)]
    cells = [[f'<{kind} style="{style}">{cell}</{kind}>' for kind, cell in zip(*pair)] for pair in zip(kinds, rows)]
    html = "".join(f'<tr style="background:none">{"".join(row)}</tr>' for row in cells)
    return Markup(f'<table style="background:#FBFAF7;color:#222222;border-collapse:collapse;max-width:800px">{html}'
                  "</table>", "\n".join(f"{row[0]}: {row[1]} | {row[2]}" for row in rows[1:]))


def in_words(names: list[str]) -> str:
    """'the colours of ten parts (11 each), pattern (4)': factors with the number of values each can take."""
    parts = [name for name in names if name in PARTS]
    whole = f"the colours of {len(parts)} parts ({len(FACTORS[parts[0]])} each)" if parts else ""
    return ", ".join(filter(None, (whole, *(f"{name} ({len(FACTORS[name])})" for name in names if name not in PARTS))))
