"""The logs of several trainings side by side: D's answers first, and below them what each chapter logs besides."""

from collections.abc import Mapping
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

from t2ilib.figures import COLOUR, Card, figure_card

Curves = Mapping[str, tuple[str, str]]
ANSWERS: Curves = {"D(real, right text)": ("real", "-"), "D(real, wrong text)": ("wrong text", ":"),
                   "D(fake, right text)": ("fake", "--")}
PENALTIES: Curves = {"MA-GP at real": ("real", "-"), "MA-GP at fakes": ("fake", "--")}
VARIETY: Curves = {"variety": ("baseline", "-.")}
"""What is logged -> the colour and the dash of its curve."""


class Logged(NamedTuple):
    """What a game logs: a row of panels for each group of curves."""

    game: str
    rows: Mapping[str, Curves]
    powers: str = ""            # the row that is drawn in powers of ten


DF_GAN = Logged("DF-GAN", {"D's mean answer": ANSWERS, "MA-GP": PENALTIES, "variety": VARIETY}, powers="MA-GP")
DCGAN = Logged("DCGAN", {
    "D's mean answer": {"D(real)": ("real", "-"), "D(fake)": ("fake", "--"), "D(fake), alone": ("fake", ":")},
    "pixels": {"mean of real": ("real", "-"), "contrast of fakes": ("fake", "--")},
    "features": {"G's features": ("baseline", "-.")},
})
CGAN = Logged("a conditional GAN", {
    "D's mean answer": {"D(real, own c)": ("real", "-"), "D(real, wrong c)": ("wrong text", ":"),
                        "D(fake, own c)": ("fake", "--")},
    "as asked for": {"right class": ("text", "-"), "worst class": ("text", ":")},
    "slope": {"slope at embedding": ("baseline", "-.")},
})


def run_logs(logs: Mapping[str, Mapping[str, np.ndarray]], logged: Logged = DF_GAN) -> Card:
    """A column for each training, and a row for each group of what was logged.

    `logs`: name -> what was logged of a training, by the names in `logged.rows`, each (N,)
    """
    figure, axes = plt.subplots(len(logged.rows), len(logs), figsize=(8, 5), sharex=True, sharey="row", squeeze=False)
    for (name, log), column in zip(logs.items(), axes.T):
        column[0].set_title(name, loc="left")
        for axis, curves in zip(column, logged.rows.values()):
            draw_curves(axis, log, curves)
    for axis, label in zip(axes[:, 0], logged.rows):
        axis.set_ylabel(label)
        axis.set_yscale("log" if label == logged.powers else "linear")
    for axis in axes[-1]:
        axis.set_xlabel("steps")
    handles = [line for axis in axes[:, 0] for line in axis.get_lines()]
    figure.legend(handles, [line.get_label() for line in handles], loc="outside lower center", ncols=3)
    said = "; ".join(f"{name}: " + ", ".join(f"{curve} {log[curve][-1]:.2g}" for curves in logged.rows.values()
                                             for curve in curves) for name, log in logs.items())
    return figure_card(figure, f"{len(logs)} trainings of {logged.game}, from first to last. At the end: {said}.")


def draw_curves(axis: plt.Axes, log: Mapping[str, np.ndarray], curves: Curves) -> None:
    """One panel; real is solid, fake dashed, wrong text dotted, as everywhere."""
    for name, (colour, dash) in curves.items():
        axis.plot(log[name], dash, color=COLOUR[colour], linewidth=1.6, label=name)
    axis.set_xticks([])
