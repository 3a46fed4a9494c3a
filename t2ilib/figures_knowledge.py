"""What a discriminator has learned, read by a linear classifier; and whether a generator copies and varies.

Source: Radford et al. 2016, Sections 4.1 and 4.2.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np

from t2ilib import checkpoint, figures
from t2ilib.figures import COLOUR, Card, apart, figure_card
from t2ilib.figures_gan import BOX, DISCRIMINATOR, INK, letters
from t2ilib.metrics.measures import Score
from t2ilib.studies.dcgan_features import (
    AVERAGED,
    LABELS,
    NETWORK,
    PIXELS,
    QUESTIONS,
    READ,
    SMALL,
    TRAINED,
    UNTRAINED,
)

KINDS = {TRAINED: (DISCRIMINATOR, "-", "o"), AVERAGED: (DISCRIMINATOR, "--", "^"), SMALL: (DISCRIMINATOR, ":", "v"),
         UNTRAINED: (COLOUR["baseline"], "--", "s"), PIXELS: (COLOUR["baseline"], ":", "D"),
         NETWORK: (INK, "-.", "P")}
"""What is read -> its colour, its dash, its marker."""
TASKS = {"species": "25 new species", "wing": "colour of the wing"}
COPIES = {"distance, pixels": "memorisation, pixels", "distance, features": "memorisation, features",
          "copied": "memorisation, copied", "variety": "diversity"}
"""In words -> what stands in the card of a checkpoint."""


# --- features of D ------------------------------------------------------------------------------------------------

def labels_needed(measures: Mapping[str, Mapping]) -> Card:
    """How often a linear classifier is right with 1, 5 and 20 labels for each class, for each kind of features.

    Dotted grey: guessing. `measures` are those of the results of `dcgan_features`.
    """
    figure, axes = plt.subplots(1, len(QUESTIONS), figsize=(8, 4.2), sharey=True)
    said = []
    for axis, question in zip(axes, QUESTIONS):
        counts = [count for count in LABELS["gpu"] if f"{question}, n = {count}: {TRAINED}" in measures]
        ends = {kind: draw_kind(axis, kind, [measures[f"{question}, n = {count}: {kind}"] for count in counts])
                for kind in KINDS}
        axis.axhline(measures[f"{question}: chance"]["value"], linestyle=":", color=COLOUR["baseline"], linewidth=1)
        axis.set_xticks(range(len(counts)), counts)
        axis.set(xlabel="labels for each class", ylim=(0, 1.03))
        axis.set_title(TASKS[question], loc="left", fontsize=10)
        told = ", ".join(f"{kind} {measures[f'{question}, n = 5: {kind}']['value']:.2f}" for kind in KINDS)
        said.append(f"{TASKS[question]}, 5 labels: {told}")
    heights = apart(list(ends.values()), 0.062)
    for kind, height in zip(ends, heights):
        axes[-1].annotate(kind, (len(counts) - 1, height), (10, 0), textcoords="offset points", va="center",
                          color=KINDS[kind][0], annotation_clip=False)
    axes[0].set_ylabel("right, mean over classes")
    letters(axes)
    return figure_card(figure, f"How often a linear classifier is right. {'; '.join(said)}.")


def draw_kind(axis: plt.Axes, kind: str, scores: list[Mapping]) -> float:
    """One kind of features over the number of labels; gives back where it ends."""
    colour, dash, mark = KINDS[kind]
    value, low, high = (np.array([score[part] for score in scores]) for part in ("value", "low", "high"))
    axis.errorbar(range(len(scores)), value, (value - low, high - value), fmt=mark + dash, color=colour, markersize=5,
                  linewidth=1.6, capsize=2)
    return float(value[-1])


def layer_reading(measures: Mapping[str, Mapping]) -> Card:
    """What single layers of D tell about each factor, from 5 labels a value: 0 is guessing, 1 perfect.

    Green: the trained D; grey: one with fresh weights. `measures` are those of the results of `dcgan_features`.
    """
    layers = sum(name.endswith(f", {READ[0]}: {TRAINED}") for name in measures)
    figure, axes = plt.subplots(1, len(READ), figsize=(8, 3.2), sharey=True)
    said = []
    for axis, factor in zip(axes, READ):
        for kind in (UNTRAINED, TRAINED):
            draw_kind(axis, kind, [measures[f"layer {layer}, {factor}: {kind}"] for layer in range(1, layers + 1)])
        trained = [measures[f"layer {layer}, {factor}: {TRAINED}"]["value"] for layer in range(1, layers + 1)]
        axis.axhline(0, linestyle=":", color=COLOUR["baseline"], linewidth=1)
        axis.set_xticks(range(layers), range(1, layers + 1))
        axis.set(xlabel="layer", xlim=(-0.4, layers - 0.6), ylim=(min(-0.1, axis.get_ylim()[0]), 1.03))
        axis.set_title(factor, loc="left", fontsize=10)
        said.append(f"{factor} {', '.join(f'{value:.2f}' for value in trained)}")
    axes[0].set_ylabel("read above chance")
    for kind, height in ((TRAINED, 0.14), (UNTRAINED, 0.05)):
        axes[0].annotate(kind, (0.04, height), xycoords="axes fraction", color=KINDS[kind][0], fontsize=9, bbox=BOX)
    return figure_card(figure, f"What a linear classifier reads in layers 1 to {layers} of the trained D. "
                               f"{'; '.join(said)}.")


# --- from the card of a checkpoint --------------------------------------------------------------------------------

def originality(name: str = "dcgan") -> Card:
    """How far a shipped generator's pictures are from training pictures, and how much they vary, from its card.

    Distances and variety are shares of those of real pictures; "copied" is the share of sure copies.
    Raises: FileNotFoundError for a name without a checkpoint.
    """
    metrics = checkpoint.read_card(checkpoint.find(name))["metrics"]
    scores = {words: Score(**metrics[metric]) for words, metric in COPIES.items()}
    told = ", ".join(f"{words} {score.value:.2f}" for words, score in scores.items())
    return figures.scores(scores, "share of that of real pictures; copied: share of all",
                          f"Memorisation and variety of {name}: {told}. Verdict: {metrics['memorisation']}.")
