"""What changes on the way from one sentence, or one noise, to another: strips of pictures, and mean curves.

Source: Reed et al. 2016 (ICML), Section 5.5 and Figure 8.
"""

from collections.abc import Mapping, Sequence
from itertools import product

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw

from t2ilib import figures, runtime
from t2ilib.data.birds import COLOURS
from t2ilib.data.rendered import FACTORS
from t2ilib.figures import COLOUR, INK, PAPER, SECONDARY, Card, figure_card
from t2ilib.figures_gan import letters
from t2ilib.figures_pairs import write
from t2ilib.figures_toys import canvas, name_ends, put
from t2ilib.metrics.probe import Readings, read
from t2ilib.sample import load_probe

WIDTH, MARGIN, SIDE, LINE = 804, 10, 64, 15     # CSS pixels: the card, its margin, a picture, a line of words
READ = ("body", "background", "facing")


def path_strip(images: np.ndarray, ends: tuple[str, str], factors: Sequence[str] = READ) -> Card:
    """The pictures of a path in a row with what the probe reads below each; bold where that has changed.

    Shapes: images (K, 64, 64, 3) uint8; `ends` name what lies at both ends, such as two sentences
    Paper:  Figure 8.
    """
    readings = read(load_probe(), runtime.to_tensor(images))
    values = {factor: most_likely(readings, factor) for factor in factors}
    pitch = (WIDTH - 2 * MARGIN - SIDE) // (len(images) - 1)
    paper = Image.new("RGB", canvas(WIDTH, 34 + SIDE + 8 + LINE * len(factors) + 6), PAPER)
    pen = ImageDraw.Draw(paper)
    for end, x, anchor in zip(ends, (MARGIN, WIDTH - MARGIN), ("la", "ra")):
        write(pen, (x, 9), end, 13, INK, anchor)
    for i, image in enumerate(images):
        put(paper, image, (MARGIN + i * pitch, 34), SIDE)
        for row, words in enumerate(values.values()):
            changed = i > 0 and words[i] != words[i - 1]
            pen.text(canvas(MARGIN + i * pitch + SIDE / 2, 34 + SIDE + 6 + LINE * row), words[i],
                     INK if changed else SECONDARY, figures.font(2 * 11, bold=changed), anchor="ma")
    said = "; ".join(f"{factor}: {course(words)}" for factor, words in values.items())
    return Card(figures.png_bytes(paper), f"{len(images)} pictures from {ends[0]!r} to {ends[1]!r}. {said}.", WIDTH)


def most_likely(readings: Readings, factor: str) -> list[str]:
    """What the probe reads on each picture, in words; "body" is the colour of most of the plumage."""
    if factor == "body":
        return [list(COLOURS)[value] for value in readings.colours("body")]
    return [str(FACTORS[factor][value]) for value in readings.values(factor)]


def course(words: Sequence[str]) -> str:
    """A row of words without repeats: 'red, purple, blue'."""
    return ", ".join(word for i, word in enumerate(words) if i == 0 or word != words[i - 1])


def path_curves(curves: Mapping[str, np.ndarray]) -> Card:
    """Along a sentence path, mean over pairs: how likely both colours are, and what has changed since the start.

    `curves` are the arrays of the study `text_paths`. Dotted: how much the same would change from noise to noise.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), sharex=True)
    likely = {"first": (curves["old colour"], COLOUR["baseline"], "--"),
              "second": (curves["new colour"], COLOUR["text"], "-")}
    changed = {"bird": (curves["bird so far"], COLOUR["text"], "-"),
               "background": (curves["background so far"], COLOUR["baseline"], "--")}
    bounds = {place: float(curves[f"{place} by noise"]) for place in changed}
    for place, (_, colour, _) in changed.items():
        right.axhline(bounds[place], linestyle=":", color=colour)
    left.set(ylim=(0, 1), ylabel="probability of the colour")
    right.set(ylim=(0, 1.1 * max(bounds.values())), ylabel="change since the start")
    draw_lines(left, likely)
    draw_lines(right, changed, {f"{place}, other noise": bound for place, bound in bounds.items()})
    letters((left, right))
    moved = ", ".join(f"{name} colour from {values[0]:.2f} to {values[-1]:.2f}"
                      for name, (values, *_) in likely.items())
    shares = ", ".join(f"{place} {values[-1] / bounds[place]:.0%}" for place, (values, *_) in changed.items())
    return figure_card(figure, f"Probability along the path: {moved}. Change from end to end, as a share of that "
                               f"between two noises: {shares}.")


def draw_lines(axis: plt.Axes, lines: Mapping[str, tuple], bounds: Mapping[str, float] | None = None) -> None:
    """Curves over the place on the path, named at their ends, and `bounds` with the colours of the same curves."""
    for values, colour, dash in lines.values():
        axis.plot(np.linspace(0, 1, len(values)), values, dash, color=colour)
    axis.set(xlabel="place on the path")
    colours = [colour for _, colour, _ in lines.values()]
    ends = {name: float(values[-1]) for name, (values, *_) in lines.items()}
    name_ends(axis, 1, ends | (bounds or {}), 2 * colours)


DECIDED = ("background", "facing", "named colours")
CAUSES = {"text": (COLOUR["text"], "D", -0.16), "noise": (COLOUR["baseline"], "o", 0.16)}
"""What may decide -> its colour, its marker, and how far it is set off from the middle of a row."""


def who_decides(measures: Mapping[str, Mapping]) -> Card:
    """How much of the variance of what the probe reads the sentence explains, and how much the noise; with intervals.

    `measures` are those of the results of `text_paths`.
    """
    figure, axis = plt.subplots(figsize=(8, 2.9))
    said = []
    for (row, name), (cause, (colour, marker, shift)) in product(enumerate(DECIDED), CAUSES.items()):
        score = measures[f"{name}, by {cause}"]
        axis.plot([score["low"], score["high"]], [row + shift] * 2, color=colour, linewidth=3)
        axis.plot(score["value"], row + shift, marker, color=colour, markersize=8)
        axis.annotate(f"{cause} {score['value']:.2f}", (max(score["high"], score["value"]), row + shift), (9, 0),
                      textcoords="offset points", va="center", color=colour)
        said.append(f"{name} by {cause} {score['value']:.2f}")
    axis.set_yticks(range(len(DECIDED)), DECIDED)
    axis.set(xlim=(-0.05, 1.12), ylim=(len(DECIDED) - 0.5, -0.5), xlabel="share of the variance that is explained")
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", visible=True)
    return figure_card(figure, f"Share of the variance explained: {', '.join(said)}.")
