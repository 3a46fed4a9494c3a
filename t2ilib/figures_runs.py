"""The logs of several trainings of DF-GAN side by side: D's answers, its penalty, and how much G's pictures vary."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np

from t2ilib.figures import COLOUR, Card, figure_card

Curves = Mapping[str, tuple[str, str]]
ANSWERS: Curves = {"D(real, right text)": ("real", "-"), "D(real, wrong text)": ("wrong text", ":"),
                   "D(fake, right text)": ("fake", "--")}
PENALTIES: Curves = {"MA-GP at real": ("real", "-"), "MA-GP at fakes": ("fake", "--")}
VARIETY: Curves = {"variety": ("baseline", "-.")}
"""What is logged -> the colour and the dash of its curve."""
ROWS = {"D's mean answer": ANSWERS, "MA-GP": PENALTIES, "variety": VARIETY}


def run_logs(logs: Mapping[str, Mapping[str, np.ndarray]]) -> Card:
    """A column for each training, and three rows: what D says, its penalty in powers of ten, the variety.

    `logs`: name -> what was logged of a training, by the names in `ANSWERS`, `PENALTIES` and `VARIETY`, each (N,)
    """
    figure, axes = plt.subplots(len(ROWS), len(logs), figsize=(8, 5), sharex=True, sharey="row", squeeze=False)
    for (name, log), column in zip(logs.items(), axes.T):
        column[0].set_title(name, loc="left")
        for axis, curves in zip(column, ROWS.values()):
            draw_curves(axis, log, curves)
    for axis, label in zip(axes[:, 0], ROWS):
        axis.set_ylabel(label)
    axes[1, 0].set_yscale("log")
    for axis in axes[-1]:
        axis.set_xlabel("steps")
    handles = axes[0, 0].get_lines()
    figure.legend(handles, [line.get_label() for line in handles], loc="outside lower center", ncols=len(handles))
    said = "; ".join(f"{name}: " + ", ".join(f"{curve} {log[curve][-1]:.2g}" for curves in ROWS.values()
                                             for curve in curves) for name, log in logs.items())
    return figure_card(figure, f"{len(logs)} trainings of DF-GAN, from first to last. At the end: {said}.")


def draw_curves(axis: plt.Axes, log: Mapping[str, np.ndarray], curves: Curves) -> None:
    """One panel; real is solid, fake dashed, wrong text dotted, as everywhere."""
    for name, (colour, dash) in curves.items():
        axis.plot(log[name], dash, color=COLOUR[colour], linewidth=1.6, label=name)
    axis.set_xticks([])
