"""Two questions that DF-GAN leaves open, in pictures: another text encoder, and pictures larger than those it knows.

Source: Tao et al. 2022, "Limitations", and what its networks allow.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

from t2ilib import figures, runtime, sample
from t2ilib.figures import COLOUR, Card, figure_card
from t2ilib.figures_cls import confirmed
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.figures_pairs import write
from t2ilib.figures_toys import RETINA, canvas, put
from t2ilib.sample import Painter
from t2ilib.studies import beyond_size

# --- another text encoder -----------------------------------------------------------------------------------------

NEAR_EDGE = 0.1             # AP below which a name stands beside its mark
MARKS = {"untrained": ("X", COLOUR["baseline"]), "bilstm": ("o", COLOUR["text"]), "transformer": ("D", COLOUR["text"]),
         "char_cnn_gru": ("s", COLOUR["text"])}
"""Encoder -> its mark and its colour; the one that was never trained is a baseline."""
AXES = ("AP", "faithfulness")           # left to right, and upwards


def encoders(measures: Mapping[str, Mapping]) -> Card:
    """How well each encoder finds pictures of unseen species (AP), against how faithful the birds are that a DF-GAN
    draws of its sentence vectors: the mean of the seeds hollow, the seeds as small marks; limits are dotted.

    `measures` are those of the results of `encoder_swap`.
    """
    figure, axis = plt.subplots(figsize=(8, 4.4))
    means = {name: draw_seeds(axis, name, *(measures[f"{metric}: {name}"] for metric in AXES)) for name in MARKS}
    said = [f"{name}: AP {ap:.2f}, faithfulness {faithful:.2f}" for name, (ap, faithful) in means.items()]
    said += [draw_limits(axis, metric, measures) for metric in AXES]
    for name, (x, y) in means.items():
        beside = x < NEAR_EDGE              # a name above the mark would run into the axis
        axis.annotate(name, (x, y), (14, 0) if beside else (0, 14), textcoords="offset points", va="center",
                      ha="left" if beside else "center", color=MARKS[name][1])
    axis.set(xlabel="the encoder alone: pictures found by their text (AP)", ylabel="DF-GAN with it: faithfulness")
    axis.grid(False)
    return figure_card(figure, f"Four text encoders, and a DF-GAN with each. {'; '.join(said)}.")


def draw_seeds(axis: plt.Axes, name: str, *scores: Mapping) -> tuple[float, float]:
    """One encoder: its mean with the seeds around it, of the score across and of that upwards; gives the mean back."""
    mark, colour = MARKS[name]
    mean = tuple(score["value"] for score in scores)
    axis.plot(*mean, mark, color=PAPER, markeredgecolor=colour, markeredgewidth=1.4, markersize=12, zorder=2)
    for seed in zip(*(score["rows"] for score in scores)):
        axis.plot(*zip(mean, seed), color=colour, linewidth=1, zorder=3)
        axis.plot(*seed, mark, color=colour, markersize=4, zorder=4)
    return mean


def draw_limits(axis: plt.Axes, metric: str, measures: Mapping[str, Mapping]) -> str:
    """The floor and the ceiling of an axis, dotted and named; gives back what is seen."""
    across = metric == AXES[0]
    line, edge = (axis.axvline, axis.get_xaxis_transform()) if across else (axis.axhline, axis.get_yaxis_transform())
    said = []
    for limit in ("floor", "ceiling"):
        value = measures[f"{metric}: {limit}"]["value"]
        line(value, linestyle=":", color=COLOUR["baseline"], zorder=1)
        place, shift = ((value, 1), (0, 3)) if across else ((1, value), (4, 0))
        axis.annotate(f"{limit} {value:.2f}", place, shift, xycoords=edge, textcoords="offset points", fontsize=9,
                      color=SECONDARY, ha="center" if across else "left", va="bottom" if across else "center")
        said.append(f"{limit} {value:.2f}")
    return f"{metric}: {', '.join(said)}"


# --- larger pictures ----------------------------------------------------------------------------------------------

PIXEL, EDGE, SPACE, HEAD, LINE = 1.5, 10, 12, 28, 21
"""CSS pixels: of a pixel of a picture, at the edge, between pictures, of the names of columns, of a line of text."""


def larger(painter: Painter, captions: Sequence[str] = sample.SHOWN_CAPTIONS[:3], seed: int = 0) -> Card:
    """A row for each caption: drawn at the size of training, that enlarged, and drawn twice as large by each way.

    All pixels are shown equally large. Below each picture: named colours that the probe finds on it, shrunk to 64.
    """
    captions = list(captions)
    made = beyond_size.all_ways(painter, captions, painter.noise(len(captions), seed))
    columns = {name: runtime.to_pixels(images) for name, images in made.items()}
    sides = [round(PIXEL * pictures.shape[1]) for pictures in columns.values()]
    lefts = [EDGE + sum(sides[:i]) + i * SPACE for i in range(len(sides))]
    height = max(sides) + 2 * LINE
    paper = Image.new("RGB", canvas(lefts[-1] + sides[-1] + EDGE, HEAD + len(captions) * height), PAPER)
    pen = ImageDraw.Draw(paper)
    said = [draw_column(paper, column, captions, left, height) for column, left in zip(columns.items(), lefts)]
    for row, caption in enumerate(captions):
        write(pen, (EDGE, HEAD + row * height), caption, 12, INK, "la")
    sizes = sorted({pictures.shape[1] for pictures in columns.values()})
    return Card(figures.png_bytes(paper), f"{len(captions)} captions drawn at {sizes[0]} and at {sizes[-1]} pixels. "
                                          f"Named colours that the probe finds: {', '.join(said)}.",
                paper.width // RETINA)


def draw_column(paper: Image.Image, column: tuple[str, np.ndarray], captions: list[str], left: int,
                height: int) -> str:
    """One way to draw, under its name: (name, (N, S, S, 3) uint8); gives back what is seen."""
    (name, pictures), pen = column, ImageDraw.Draw(paper)
    side = round(PIXEL * pictures.shape[1])
    right, asked = (counts[:, 0] for counts in confirmed(pictures[:, None], captions))
    write(pen, (left, 8), name, 12, SECONDARY, "la")
    for row, picture in enumerate(pictures):
        top = HEAD + row * height + LINE
        put(paper, picture, (left, top), side)
        write(pen, (left + side / 2, top + side + 4), f"{right[row]:.0f} of {asked[row]:.0f}", 10, SECONDARY, "ma")
    return f"{name} {right.sum():.0f} of {asked.sum():.0f}"
