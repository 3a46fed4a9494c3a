"""Walks through the noise of a generator: the pictures, what the probe reads on them, how even and how real they are.

Sources: Radford et al. 2016, Figure 4; White 2016, "Sampling Generative Networks", Section 2.
"""

import io
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image
from scipy.stats import chi

from t2ilib import figures, runtime
from t2ilib.figures import COLOUR, PAPER, Card, apart, figure_card
from t2ilib.figures_gan import BOX, FAKE, INK, REAL, letters
from t2ilib.figures_toys import canvas, put
from t2ilib.metrics import paths
from t2ilib.metrics.latent import OPTIONS
from t2ilib.studies.dcgan_walks import READ, chances
from t2ilib.studies.walks import Walk

WIDTH, LEFT, RIGHT, SIDE = 804, 118, 706, 64        # CSS pixels: a card, the first and the last picture, a picture
WAYS = {"slerp": ("generator, great circle", FAKE, "o"), "lerp": ("generator, straight line", FAKE, "s"),
        "cross-fade": ("cross-fade of two pictures", COLOUR["baseline"], "D"),
        "look-up": ("look-up of real pictures", REAL, "^")}
"""Way -> its name in words, its colour, its marker."""
PLACES = {"ends": ("both ends", FAKE, "v")} | {way: WAYS[way] for way in ("slerp", "lerp", "cross-fade")}
GREY = "#6B6B6B"


# --- one walk -----------------------------------------------------------------------------------------------------

def walk_strip(walked: Walk, factors: Sequence[str] = READ) -> Card:
    """The pictures of one walk, and below, for each factor, how likely the values are that are read at both ends.

    `walked` is a walk of a single path, such as `dcgan_walks.shown` gives.
    Paper:  Figure 4.
    """
    figure, axes = plt.subplots(len(factors), 1, figsize=(WIDTH / 100, len(factors) + 0.5), sharex=True, squeeze=False,
                                layout="none")          # the curves have to stand exactly under the pictures
    figure.subplots_adjust(LEFT / WIDTH, 0.5 / figure.get_figheight(), RIGHT / WIDTH, 0.96, hspace=0.3)
    said = "; ".join(draw_reading(axis, walked, factor) for axis, factor in zip(axes[:, 0], factors))
    axes[-1, 0].set_xlabel("place on the way from the first noise to the second")
    count = len(walked.pictures)
    return under_strip(runtime.to_pixels(walked.pictures[:, 0]),
                       figure_card(figure, f"{count} pictures on a walk from one noise to another. {said}."))


def draw_reading(axis: plt.Axes, walked: Walk, factor: str) -> str:
    """Curves of the values that are read at both ends, and in grey of others on the way; gives back what is seen."""
    likely, place = chances(walked.readings, factor), np.linspace(0, 1, len(walked.pictures))
    ends = {OPTIONS[factor][row.argmax()]: likely[:, row.argmax()] for row in (likely[0], likely[-1])}
    for name, values in zip(OPTIONS[factor], likely.T):
        if name not in ends and values.max() > 0.5:
            axis.plot(place, values, ":", color=COLOUR["baseline"], linewidth=1.4)
            axis.annotate(name, (place[values.argmax()], 0.5), ha="center", va="center", fontsize=9, color=GREY,
                          bbox=BOX)
    for values, dash, colour in zip(ends.values(), ("-", "--"), (FAKE, INK)):
        axis.plot(place, values, dash, color=colour, marker="o", markersize=3, clip_on=False)
    axis.set(xlim=(0, 1), ylim=(-0.05, 1.05), yticks=(0, 1))
    axis.set_ylabel(factor, rotation=0, ha="right", va="center")
    for name, height, colour in zip(ends, apart([values[-1] for values in ends.values()], 0.3), (FAKE, INK)):
        axis.annotate(name, (1, height), (8, 0), textcoords="offset points", va="center", color=colour)
    return f"{factor}: {' to '.join(ends)}" if len(ends) > 1 else f"{factor}: {next(iter(ends))} throughout"


def under_strip(pictures: np.ndarray, curves: Card) -> Card:
    """Pictures (K, 64, 64, 3) in a row from LEFT to RIGHT, over the curves of a card."""
    below, top = Image.open(io.BytesIO(curves.png)).convert("RGB"), SIDE + 16
    paper = Image.new("RGB", (below.width, canvas(0, top)[1] + below.height), PAPER)
    paper.paste(below, (0, canvas(0, top)[1]))
    for picture, middle in zip(pictures, np.linspace(LEFT, RIGHT, len(pictures))):
        put(paper, picture, (round(middle - SIDE / 2), 8), SIDE)
    return Card(figures.png_bytes(paper), curves.alt, curves.width)


# --- how long the noise is ----------------------------------------------------------------------------------------

def lengths_between(dim: int = 100) -> Card:
    """How long noises of `dim` numbers are (95 % of them in the band), and the straight way between two, on average."""
    figure, axis = plt.subplots(figsize=(8, 3.3))
    place, usual = np.linspace(0, 1, 101), paths.usual_length(dim)
    straight = [paths.usual_length(dim, where) for where in place]
    low, high = chi(dim).ppf((0.025, 0.975))
    axis.axhspan(low, high, color=REAL, alpha=0.14, linewidth=0)
    axis.axhline(usual, color=FAKE)
    axis.plot(place, straight, "--", color=FAKE)
    for words, height, side in ((f"drawn noise: {usual:.2f}, 95 % in the band", high, "bottom"),
                                ("great circle: as long as at its ends", usual, "bottom"),
                                (f"straight line: {straight[50]:.2f} half-way", straight[50], "top")):
        axis.annotate(words, (0.5, height), (0, 4 if side == "bottom" else -5), textcoords="offset points",
                      ha="center", va=side, fontsize=9)
    axis.set(ylim=(0, 1.35 * usual), xlim=(0, 1), xlabel="place on the way", ylabel="length of the noise")
    return figure_card(figure, f"Noise of {dim} numbers is {usual:.2f} long on average, 95 % between {low:.2f} and "
                               f"{high:.2f}. Half-way on the straight line between two it is {straight[50]:.2f} long.")


# --- what the study found -----------------------------------------------------------------------------------------

def walk_steps(measures: Mapping[str, Mapping], arrays: Mapping[str, np.ndarray]) -> Card:
    """The steps of one walk in the probe's features: generator, cross-fade, look-up; above, the mean ratio of all.

    `measures` and `arrays` are those of the results of `dcgan_walks`.
    """
    shown = ("slerp", "cross-fade", "look-up")
    figure, axes = plt.subplots(1, len(shown), figsize=(8, 3.2), sharey=True)
    said = []
    for axis, (name, colour, _), way in zip(axes, (WAYS[way] for way in shown), shown):
        steps, ratio = arrays[f"steps, {way}"].astype(float), measures[f"largest step, {way}"]
        axis.vlines(range(1, len(steps) + 1), 0, steps, color=colour, linewidth=3.2)
        axis.axhline(np.median(steps), linestyle=":", color=INK, linewidth=1.2)
        axis.set_title(f"{name}\nlargest: {ratio['value']:.3g} medians\n[{ratio['low']:.3g}, {ratio['high']:.3g}]",
                       loc="left", fontsize=9)
        axis.set_xlabel("step")
        said.append(f"{name}: {ratio['value']:.3g}")
    axes[0].set_ylabel("step in the probe's features")
    letters(axes)
    return figure_card(figure, f"Steps of one walk. The largest step over the median one (dotted), mean over "
                               f"{ratio['n']} walks. {'; '.join(said)}.")


def walk_readings(arrays: Mapping[str, np.ndarray], measures: Mapping[str, Mapping]) -> Card:
    """Where the reading changes on the way: the mean probability of the first value and of the last, factor by factor.

    Only walks on which the factor changes. `arrays` and `measures` are those of the results of `dcgan_walks`.
    """
    factors = [factor for factor in READ if f"{factor}, first" in arrays]
    figure, axes = plt.subplots(1, len(factors), figsize=(8, 3.1), sharey=True, squeeze=False)
    said = []
    for axis, factor in zip(axes[0], factors):
        order = measures[f"{factor} in order"]
        for end, dash, colour, side in (("first", "-", FAKE, "left"), ("last", "--", INK, "right")):
            values = arrays[f"{factor}, {end}"].astype(float)
            axis.plot(np.linspace(0, 1, len(values)), values, dash, color=colour)
            axis.annotate(f"{end} value", (float(side == "right"), 1.02), ha=side, va="bottom", color=colour,
                          fontsize=9)
        axis.set(xlabel="place on the way", ylim=(0, 1.12))
        axis.set_title(f"{factor}\norder {order['value']:.2f}, n = {order['n']}", loc="left", fontsize=10)
        said.append(f"{factor} {order['value']:.2f} (n = {order['n']})")
    axes[0, 0].set_ylabel("probability")
    letters(axes[0])
    return figure_card(figure, "Mean probability of the first and of the last value along walks on which it changes. "
                               f"Rank correlation of the last value's with the place: {', '.join(said)}.")


def middles(measures: Mapping[str, Mapping]) -> Card:
    """SynthFID half-way between two noises, or two pictures, and at the ends; less is better.

    `measures` are those of the results of `dcgan_walks`.
    """
    figure, axis = plt.subplots(figsize=(8, 2.7))
    said = []
    for row, (place, (name, colour, mark)) in enumerate(PLACES.items()):
        score = measures[f"SynthFID, {place}"]
        axis.plot([score["low"], score["high"]], [row, row], color=colour, linewidth=3)
        axis.plot(score["value"], row, mark, color=colour, markersize=8)
        axis.annotate(f"{score['value']:,.0f}", (score["high"], row), (8, 0), textcoords="offset points", va="center",
                      color=GREY)
        said.append(f"{name} {score['value']:,.0f}")
    axis.set_yticks(range(len(PLACES)), [name for name, *_ in PLACES.values()])
    axis.set(ylim=(len(PLACES) - 0.5, -0.5), xlabel="SynthFID (less is better)")
    axis.set_xlim(0, 1.12 * axis.get_xlim()[1])
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", visible=True)
    return figure_card(figure, f"SynthFID of {score['n']} pictures, at the ends of walks and half-way: "
                               f"{', '.join(said)}.")
