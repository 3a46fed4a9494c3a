"""What the first GANs draw: points on a ring, rows of digits, the log of a game, numbers of single seeds.

Source: Goodfellow et al. 2014, Figure 2 (samples with the nearest training picture beside them).
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from t2ilib import figures
from t2ilib.data import digits
from t2ilib.data.toys import Ring
from t2ilib.figures import COLOUR, INK, PAPER, QUIET, SECONDARY, Card, apart, figure_card, zoomed
from t2ilib.figures_gan import BOX, DISCRIMINATOR, FAKE, LOG_4, REAL, letters
from t2ilib.metrics.two_sample import modes_covered

EDGE = 3.0                  # pictures of the plane go from -EDGE to EDGE
SHOWN = 1000                # points of a cloud that are drawn; all are counted
RETINA, WIDTH = 2, 780      # pictures of digits are drawn twice as large as shown; CSS pixels
ROW_LIMIT, LARGEST = 16, 8  # digits in a row, and their largest zoom
EDGE_PAINT = "#D5D1C6"      # a thin frame: white paper of a digit on the paper of the card

Pictures = Tensor | np.ndarray      # digits: (N, 64) in [-1, 1], or (N, 8, 8, 3) uint8


def ring_frames(frames: dict[str, np.ndarray], ring: Ring, answers: dict[str, np.ndarray] | None = None) -> Card:
    """Up to five clouds of forgeries side by side, the modes of the data as rings of three standard deviations.

    Shapes: frames, name -> samples (N, 2); answers, the same names -> D's answers (S * S,) at an
            even square grid from -EDGE to EDGE, row by row from the lower left corner
    """
    figure, axes = plt.subplots(1, len(frames), figsize=(8, 8 / len(frames) + 0.55), squeeze=False)
    said = []
    for axis, (name, samples) in zip(axes[0], frames.items()):
        samples = np.asarray(samples)
        if answers:
            draw_answers(axis, np.asarray(answers[name]))
        axis.scatter(*samples[:SHOWN].T, s=3, color=FAKE, alpha=0.6, linewidths=0)
        for centre in ring.centres.tolist():
            axis.add_patch(plt.Circle(centre, 3 * ring.std, fill=False, color=REAL, linewidth=1.6))
        said.append(f"{name}: {modes_covered(samples, ring)[0]} of {ring.modes} modes")
        axis.set(xlim=(-EDGE, EDGE), ylim=(-EDGE, EDGE), aspect="equal", xticks=[], yticks=[])
        axis.set_xlabel(said[-1].replace(": ", "\n"), fontsize=10)
        axis.grid(False)
        for spine in axis.spines.values():
            spine.set(visible=True, color=EDGE_PAINT)
    return figure_card(figure, f"Forgeries in the plane, and the ring of real modes. {'; '.join(said)}.")


def draw_answers(axis: plt.Axes, answers: np.ndarray) -> None:
    """D's answers as a faint ground: dark is fake, bright is real."""
    side = round(len(answers) ** 0.5)
    axis.imshow(answers.reshape(side, side), extent=(-EDGE, EDGE, -EDGE, EDGE), origin="lower", cmap="cividis",
                vmin=0, vmax=1, alpha=0.45, interpolation="bilinear")


def as_images(pictures: Pictures) -> np.ndarray:
    """Digits as (N, 8, 8, 3) uint8.

    Raises: ValueError for another shape.
    """
    if isinstance(pictures, Tensor) and pictures.shape[1:] == (digits.PIXELS,):
        return digits.to_images(pictures)
    if isinstance(pictures, np.ndarray) and pictures.shape[1:] == (digits.SIDE, digits.SIDE, 3):
        return pictures
    raise ValueError("digits should be a tensor (N, 64) in [-1, 1] or an array (N, 8, 8, 3) of uint8, got shape "
                     f"{tuple(pictures.shape)}; reshape them")


def digit_rows(named: dict[str, Pictures], real: str = "real") -> Card:
    """Rows of digits under their names; the digits of the row called `real` have blue frames."""
    rows = {name: as_images(pictures[:ROW_LIMIT]) for name, pictures in named.items()}
    across = max(map(len, rows.values()))
    side = digits.SIDE * min(LARGEST, (WIDTH - 20) // across // digits.SIDE)
    gap, line = 6, 24
    paper = Image.new("RGB", canvas(20 + across * (side + gap) - gap, 10 + len(rows) * (line + side + 10)), PAPER)
    pen = ImageDraw.Draw(paper)
    for r, (name, images) in enumerate(rows.items()):
        y = 6 + r * (line + side + 10)
        pen.text((RETINA * 10, RETINA * y), name, INK, figures.font(RETINA * 13))
        for k, image in enumerate(images):
            put(paper, image, (10 + k * (side + gap), y + line), side, COLOUR["real"] if name == real else "")
    counts = ", ".join(f"{len(images)} {name}" for name, images in rows.items())
    return Card(figures.png_bytes(paper), f"Rows of digits of 8 × 8 pixels: {counts}.", paper.width // RETINA)


def neighbours(samples: Pictures, nearest: Pictures, distances: np.ndarray) -> Card:
    """Each sample with its nearest training digit to the right of it in a blue frame, and their distance below.

    Shapes: samples and nearest as for `digit_rows`, distances (N,)
    Paper:  Figure 2, last columns.
    """
    pairs = list(zip(as_images(samples), as_images(nearest), np.asarray(distances)))
    side, gap, line, across = 48, 4, 26, min(6, len(pairs))
    pitch, down = 2 * side + gap + 24, -(-len(pairs) // across)
    paper = Image.new("RGB", canvas(20 + across * pitch - 24, 14 + down * (side + line)), PAPER)
    pen = ImageDraw.Draw(paper)
    for i, (sample, neighbour, distance) in enumerate(pairs):
        x, y = 10 + i % across * pitch, 12 + i // across * (side + line)
        put(paper, sample, (x, y), side)
        put(paper, neighbour, (x + side + gap, y), side, COLOUR["real"])
        pen.text((RETINA * (x + side + gap / 2), RETINA * (y + side + 4)), f"{distance:.2f}", SECONDARY,
                 figures.font(RETINA * 11), anchor="ma")
    alt = (f"{len(pairs)} samples, each with its nearest training digit beside it. Distances from {min(distances):.2f} "
           f"to {max(distances):.2f}, on average {np.mean(distances):.2f}.")
    return Card(figures.png_bytes(paper), alt, paper.width // RETINA)


def canvas(width: int, height: int) -> tuple[int, int]:
    """The size in pixels of a picture of so many CSS pixels."""
    return RETINA * width, RETINA * height


def put(paper: Image.Image, image: np.ndarray, place: tuple[int, int], side: int, frame: str = "") -> None:
    """Paste a digit (8, 8, 3) at a place in CSS pixels, `side` wide, in a thin frame or a broad one of a colour."""
    x, y = (RETINA * coordinate for coordinate in place)
    large = zoomed(image, RETINA * side // len(image))
    paper.paste(Image.fromarray(large), (x, y))
    width = 2 * RETINA if frame else 1
    ImageDraw.Draw(paper).rectangle((x - width, y - width, x + len(large) - 1 + width, y + len(large) - 1 + width),
                                    outline=frame or EDGE_PAINT, width=width)


def game_curves(history: Sequence[dict]) -> Card:
    """The log of a game: the losses of both players, and D's answers beside them; raw in pale, smoothed on top.

    Dotted: where a finished game ends, log 4 for D, log 2 for G, and an answer of one half.
    """
    steps = np.array([row["step"] for row in history]) / 1000
    logged = {key: np.array([row[key] for row in history]) for key in history[0]}
    losses = {"D": (logged["D: real"] + logged["D: fake"], DISCRIMINATOR, "-"), "G": (logged["G: fake"], FAKE, "--")}
    answers = {"D(real)": (logged["D(real)"], REAL, "-"), "D(fake)": (logged["D(fake)"], FAKE, "--")}
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharex=True)
    said = []
    for axis, terms, label in ((axes[0], losses, "loss"), (axes[1], answers, "D's mean answer")):
        ends = {name: draw_term(axis, steps, *term) for name, term in terms.items()}
        if axis is axes[1]:
            axis.set_ylim(0, 1)
        name_ends(axis, steps[-1], ends, [colour for _, colour, _ in terms.values()])
        axis.set(xlabel="thousand steps", ylabel=label)
        said += [f"{name} {end:.2f}" for name, end in ends.items()]
    mark_ends(axes[0], {"log 4": LOG_4, "log 2": LOG_4 / 2})
    mark_ends(axes[1], {"½": 0.5})
    letters(axes)
    return figure_card(figure, f"After {history[-1]['step']:,} steps the losses are {said[0]} and {said[1]}, the mean "
                               f"answers {said[2]} and {said[3]}.")


def draw_term(axis: plt.Axes, steps: np.ndarray, values: np.ndarray, colour: str, dash: str) -> float:
    """A logged number over the steps; gives back where its smoothed curve ends."""
    width = max(1, len(values) // 12)
    smooth = np.convolve(np.pad(values, (width - 1, 0), mode="edge"), np.ones(width) / width, mode="valid")
    axis.plot(steps, values, color=colour, alpha=0.25, linewidth=1)
    axis.plot(steps, smooth, dash, color=colour)
    return float(smooth[-1])


def mark_ends(axis: plt.Axes, bounds: dict[str, float]) -> None:
    """Where the numbers of a finished game stand, dotted."""
    for name, bound in bounds.items():
        axis.axhline(bound, linestyle=":", color=COLOUR["baseline"], linewidth=1.4)
        axis.annotate(name, (1, bound), (-3, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
                      ha="right", fontsize=9, color=QUIET, bbox=BOX)


def name_ends(axis: plt.Axes, end: float, heights: dict[str, float], colours: list[str]) -> None:
    """The names of curves at their right ends."""
    free = apart(list(heights.values()), 0.08 * np.ptp(axis.get_ylim()))
    for name, height, colour in zip(heights, free, colours):
        axis.annotate(name, (end, height), (6, 0), textcoords="offset points", va="center", color=colour,
                      annotation_clip=False)
    axis.margins(x=0.02)


def seed_dots(rows: dict[str, Sequence[float]], label: str, bound: float | None = None, bound_word: str = "") -> Card:
    """A row of dots for each setting, one for each seed, with a bar at their mean and its number at the right.

    `label` names what was measured; `bound`, dotted, is where it should be, `bound_word` says what that is.
    """
    figure, axis = plt.subplots(figsize=(8, 1.0 + 0.46 * len(rows)))
    for row, values in enumerate(rows.values()):
        axis.plot([np.mean(values)] * 2, [row - 0.26, row + 0.26], color="#222222", linewidth=2.2, zorder=3)
        axis.plot(values, spread(values, row), "o", color=FAKE, markersize=7, alpha=0.85, markeredgecolor="white")
        axis.annotate(f"{np.mean(values):.3g}", (1, row), (8, 0), xycoords=("axes fraction", "data"), va="center",
                      textcoords="offset points", annotation_clip=False)
    if bound is not None:
        axis.axvline(bound, linestyle=":", color=COLOUR["baseline"])
        far = bound > np.mean(axis.get_xlim())          # its words go to the left, out of the way of the numbers
        axis.annotate(bound_word, (bound, 1), (-4 if far else 4, 2), xycoords=("data", "axes fraction"), fontsize=9,
                      textcoords="offset points", ha="right" if far else "left", color=QUIET)
    axis.annotate("mean", (1, 1), (8, 2), xycoords="axes fraction", textcoords="offset points", fontsize=9,
                  color=QUIET)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set(ylim=(len(rows) - 0.45, -0.55), xlabel=label)
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", visible=True)
    said = "; ".join(f"{name}: {np.mean(values):.2f} (n = {len(values)})" for name, values in rows.items())
    end = f" The dotted line ({bound_word}) is at {bound:g}." if bound is not None else ""
    return figure_card(figure, f"{label}, mean over seeds. {said}.{end}")


def spread(values: Sequence[float], row: int) -> list[float]:
    """Heights for dots of one row: equal values are set one above the other, so that each is seen."""
    values = list(values)
    ranks = [values[:i].count(value) - (values.count(value) - 1) / 2 for i, value in enumerate(values)]
    return [row + 0.14 * rank for rank in ranks]
