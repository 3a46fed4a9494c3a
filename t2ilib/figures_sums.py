"""Sums of noises: the exemplars, the pictures of their means and of the sum, and how often a sum shows its target.

Source: Radford et al. 2016, Figure 7.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from t2ilib import figures, runtime
from t2ilib.figures import COLOUR, INK, PAPER, SECONDARY, Card, figure_card
from t2ilib.figures_gan import FAKE
from t2ilib.figures_pairs import write
from t2ilib.figures_toys import canvas, put
from t2ilib.metrics.latent import OPTIONS, Bank, Values, arithmetic, values_of
from t2ilib.metrics.probe import read
from t2ilib.sample import NoisePainter, draw_all
from t2ilib.studies.dcgan_arithmetic import EXEMPLARS, Question, exemplars, named

WIDTH, MARGIN, SIDE, GAP = 804, 10, 64, 4       # CSS pixels
TERM, SIGN = 2 * SIDE + GAP, 28                 # a term of 2 x 2 pictures, a sign between two of them
HEIGHT = TERM + 44                              # a question: its pictures and the words above them
SHOWN = 3                                       # exemplars of each term, as in the paper


# --- the pictures of some sums ------------------------------------------------------------------------------------

def sums(painter: NoisePainter, bank: Bank, questions: Sequence[Question], measures: Mapping[str, Mapping]) -> Card:
    """A - B + C, a row for each question: three exemplars of a term and, framed, their mean; the sum; the hit rates.

    `questions` and `bank`: `dcgan_arithmetic.stored_questions()` and `stored_bank(painter)`; `measures` are those of
    the results of `dcgan_arithmetic`. The exemplars are drawn at random.
    Paper:  Figure 7.
    """
    terms = exemplars(bank, questions)[:, :, :SHOWN].transpose(0, 1)                    # (Q, 3, SHOWN, Z)
    images = draw_all(painter.generator, arithmetic(*terms.unbind(1)))
    values, pictures = values_of(read(painter.probe, images)), runtime.to_pixels(images)
    paper = Image.new("RGB", canvas(WIDTH, MARGIN + HEIGHT * len(questions)), PAPER)
    said = []
    for i, question in enumerate(questions):
        draw_terms(paper, painter, terms[i], question, MARGIN + HEIGHT * i)
        put(paper, pictures[i], (MARGIN + 3 * (TERM + SIGN), MARGIN + HEIGHT * i + 22), 2 * SIDE)
        said.append(draw_answer(paper, question, values, i, measures))
    return Card(figures.png_bytes(paper), f"{len(questions)} sums of noises. {' '.join(said)}", WIDTH)


def draw_terms(paper: Image.Image, painter: NoisePainter, terms: Tensor, question: Question, top: int) -> None:
    """The exemplars (3, SHOWN, Z) of A, B and C in squares of four, the picture of their mean in a frame."""
    with_means = torch.cat([terms, terms.mean(1, keepdim=True)], dim=1)
    pictures = runtime.to_pixels(draw_all(painter.generator, with_means.flatten(0, 1)))
    pen = ImageDraw.Draw(paper)
    for number, picture in enumerate(pictures):
        term, place = divmod(number, SHOWN + 1)
        left, (row, column) = MARGIN + term * (TERM + SIGN), divmod(place, 2)
        put(paper, picture, (left + column * (SIDE + GAP), top + 22 + row * (SIDE + GAP)), SIDE,
            COLOUR["fake"] if place == SHOWN else "")
    for term, (wanted, sign) in enumerate(zip((*question.terms, question.target), ("−", "+", "=", ""))):
        left = MARGIN + term * (TERM + SIGN)
        write(pen, (left, top + 6), ", ".join(wanted.values()) + ("" if sign else "?"), 12, INK, "lm")
        write(pen, (left + TERM + SIGN / 2, top + 22 + TERM / 2), sign, 18, INK, "mm")


def draw_answer(paper: Image.Image, question: Question, values: Values, index: int,
                measures: Mapping[str, Mapping]) -> str:
    """What the probe reads on the sum, and how often it reads both for this pair of factors; gives back the same."""
    pen, pair = ImageDraw.Draw(paper), named(question.moved, question.kept)
    left, top = MARGIN + 3 * (TERM + SIGN) + TERM + 14, MARGIN + HEIGHT * index
    seen = {factor: OPTIONS[factor][values[factor][index]] for factor in question.target}
    for row, (factor, wanted) in enumerate(question.target.items()):
        right = seen[factor] == wanted
        write(pen, (left, top + 32 + 19 * row), f"{wanted}: yes" if right else f"{wanted}: no, {seen[factor]}", 12,
              COLOUR["discriminator" if right else "wrong text"])
    rates = {"3 exemplars": f"{pair}, n = 3", "10 exemplars": f"{pair}, n = 10", "random noise": f"{pair}, random"}
    write(pen, (left, top + 82), f"both, in {measures[f'{pair}, n = 3']['n']} sums:", 11, SECONDARY)
    for row, (words, metric) in enumerate(rates.items()):
        write(pen, (left, top + 101 + 18 * row), f"{words} {measures[metric]['value']:.0%}", 12)
    terms = [" and ".join(wanted.values()) for wanted in (*question.terms, question.target)]
    return (f"{terms[0]} minus {terms[1]} plus {terms[2]} should be {terms[3]} and is {' and '.join(seen.values())}; "
            + ", ".join(f"{words} {measures[metric]['value']:.0%}" for words, metric in rates.items()) + ".")


# --- how often it works -------------------------------------------------------------------------------------------

LENGTHS = {"": ("the sum as it is", "o", -0.13, FAKE), ", usual length": ("at the usual length", "s", 0.13, "#222222")}
"""What is done to a sum -> in words, its marker, how far it is set off, its colour."""


def sum_rates(measures: Mapping[str, Mapping]) -> Card:
    """How often a sum shows both values of its target, over the exemplars of a term; dotted: noise drawn at random.

    A panel for each pair of factors. `measures` are those of the results of `dcgan_arithmetic`.
    """
    pairs = [name.removesuffix(", random") for name in measures if name.endswith(", random")]
    figure, axes = plt.subplots(1, len(pairs), figsize=(8, 3.3), sharey=True, squeeze=False)
    said = [draw_rates(axis, pair, measures) for axis, pair in zip(axes[0], pairs)]
    axes[0, 0].set(ylabel="both values read", ylim=(0, 1))
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=3, frameon=False)
    return figure_card(figure, f"How often a sum shows both values of its target. {'; '.join(said)}.")


def draw_rates(axis: plt.Axes, pair: str, measures: Mapping[str, Mapping]) -> str:
    """One pair of factors; gives back what is seen."""
    places, chance = np.arange(len(EXEMPLARS)), measures[f"{pair}, random"]["value"]
    for ending, (words, mark, shift, colour) in LENGTHS.items():
        scores = [measures[f"{pair}, n = {count}{ending}"] for count in EXEMPLARS]
        value, low, high = (np.array([score[part] for score in scores]) for part in ("value", "low", "high"))
        axis.errorbar(places + shift, value, (value - low, high - value), fmt=mark, color=colour, markersize=5,
                      linewidth=1.6, label=words)
    axis.axhline(chance, linestyle=":", color=COLOUR["baseline"], label="noise drawn at random")
    axis.set_xticks(places, EXEMPLARS)
    axis.set(xlim=(-0.5, len(EXEMPLARS) - 0.5), xlabel="exemplars")
    axis.set_title(pair.replace(" and ", "\nand "), loc="left", fontsize=10)
    rates = ", ".join(f"{measures[f'{pair}, n = {count}']['value']:.2f}" for count in EXEMPLARS)
    return f"{pair}: {rates} with {', '.join(map(str, EXEMPLARS))} exemplars, random noise {chance:.2f}"
