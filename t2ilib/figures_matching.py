"""How a joint embedding of sentences and pictures is measured: losses, cosines, scores by captions and by encoder.

Sources: Reed, Akata, Lee and Schiele 2016 (CVPR), Sections 3 and 5; Xu et al. 2018 (AttnGAN), Section 3.2.
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from string import ascii_lowercase
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from t2ilib import figures, losses
from t2ilib.figures import COLOUR, Card, Markup, figure_card
from t2ilib.figures_gan import BOX, INK, SECONDARY, letters, signed
from t2ilib.figures_text import two_digits
from t2ilib.figures_toys import name_ends
from t2ilib.metrics.statistics import Score

Measured = Score | Mapping          # a score, or its card: "value", "low", "high"


class EncoderRow(NamedTuple):
    """What an encoder costs and how well it finds pictures."""

    name: str
    parameters: int
    milliseconds: float         # for one caption
    precision: Measured         # the share of own pictures among the nearest, mean over classes: AP@50
    top1: Measured              # how often the nearest picture is of the right class


HINGES = {"0-1 loss": (losses.zero_one_loss, COLOUR["baseline"], ":"),
          "hinge": (losses.worst_violation, COLOUR["fake"], "-"),
          "softmax": (losses.matching_loss, COLOUR["text"], "--")}
"""Name -> the loss of score tables, its colour and its dash."""


def hinge_curves() -> Card:
    """The 0-1 loss, the hinge and the softmax loss against how far the own score leads, and their slopes.

    Two texts and two pictures: F is `lead` for both true pairs and 0 for the others.
    Paper:  Reed et al. 2016 (CVPR), Section 3.
    """
    leads = torch.linspace(-2, 2, 400, dtype=torch.float64)           # 0 itself, where the 0-1 loss jumps, is left out
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), sharex=True)
    slopes = {}
    for name, (loss, colour, dash) in HINGES.items():
        height, slopes[name] = loss_and_slope(loss, leads)
        for axis, curve in zip(axes, (height, slopes[name])):
            axis.plot(leads, curve, dash, color=colour, zorder=2 + (dash == ":"))
    for axis, label in zip(axes, ("loss", "slope: what training feels")):
        axis.axvline(0, color=COLOUR["baseline"], linewidth=0.8)
        axis.set(xlabel="lead of the true pair, F(v, t) − F(v, rival)", ylabel=label, xlim=(-2, 2))
    name_hinges(axes)
    letters(axes)
    felt = (np.abs(slopes["hinge"]) > 0).mean()
    flat, steep, end = np.abs(slopes["0-1 loss"]).max(), slopes["hinge"].min(), round(-2 + 4 * felt, 1)
    return figure_card(figure, f"The 0-1 loss has slope {signed(flat)} wherever it has one. The hinge lies on or above "
                               f"it, with a slope of {signed(steep)} up to a lead of {signed(end)}, and 0 beyond it.")


def loss_and_slope(loss: Callable, leads: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """(N,) leads -> the loss of a table of two pairs at each, and its gradient; 0 where torch knows of none."""
    leads = leads.clone().requires_grad_()
    heights = torch.stack([loss(lead * torch.eye(2), torch.arange(2)) for lead in leads])
    slope = torch.zeros_like(leads)
    if heights.requires_grad:
        slope = torch.autograd.grad(heights.sum(), leads)[0]
    return heights.detach().double().numpy(), slope.numpy()


PLACES = {"0-1 loss": (((-1.95, 1.0), (0, -12)), ((-1.95, 0.0), (0, -12))),
          "hinge": (((-0.9, 1.9), (8, 4)), ((-1.95, -1.0), (0, 10))),
          "softmax": (((-1.95, 1.42), (0, 0)), ((0.1, -0.47), (6, -10)))}
"""Where the curves of `hinge_curves` are named: a place on each panel, and a shift in points."""


def name_hinges(axes: Sequence[plt.Axes]) -> None:
    """Names beside the curves."""
    for name, places in PLACES.items():
        for axis, (place, shift) in zip(axes, places):
            axis.annotate(name, place, shift, textcoords="offset points", color=HINGES[name][1], va="center")


def matched_and_not(matched: np.ndarray, mismatched: np.ndarray) -> Card:
    """How similar pictures and texts are that belong together, and that do not; (N,) and (M,) cosines."""
    pairs = {"matched": np.asarray(matched, float), "mismatched": np.asarray(mismatched, float)}
    figure, axis = plt.subplots(figsize=(8, 3.6))
    edges = np.linspace(*np.quantile(np.concatenate([*pairs.values()]), (0, 1)), 61)
    for (name, cosines), colour, dash in zip(pairs.items(), (COLOUR["real"], COLOUR["wrong text"]), ("-", ":")):
        height = axis.hist(cosines, edges, density=True, color=colour, alpha=0.25)[0].max()
        axis.hist(cosines, edges, density=True, histtype="step", color=colour, linestyle=dash, linewidth=1.8)
        axis.axvline(cosines.mean(), linestyle=dash, color=colour, linewidth=1.4)
        axis.annotate(f"{name}: mean {two_digits(cosines.mean())}", (cosines.mean(), height), (0, 7), ha="center",
                      color=colour, textcoords="offset points", bbox=BOX)
    axis.margins(y=0.16)
    axis.grid(False)
    axis.set(xlabel="cosine of picture and text", ylabel="density")
    means = [cosines.mean() for cosines in pairs.values()]
    mark_gap(axis, *means)
    beyond = (pairs["matched"] > np.quantile(pairs["mismatched"], 0.95)).mean()
    told = " and ".join(f"{len(cosines):,} {name} pairs, mean {two_digits(cosines.mean())}"
                        for name, cosines in pairs.items())
    return figure_card(figure, f"Cosines of {told}: a gap of {two_digits(means[0] - means[1])}. {beyond:.0%} of the "
                               "matched pairs lie above 95% of the mismatched ones.")


def mark_gap(axis: plt.Axes, right: float, left: float) -> None:
    """An arrow from mean to mean at half the height, with its length."""
    height = 0.5 * axis.get_ylim()[1]
    axis.annotate("", (right, height), (left, height), arrowprops={"arrowstyle": "<->", "color": INK})
    axis.annotate(f"gap {two_digits(right - left)}", ((right + left) / 2, height), (0, 9), ha="center",
                  textcoords="offset points", bbox=BOX)


def score_tables(tables: Sequence[np.ndarray]) -> Card:
    """Tables of scores side by side, a, b, c: a row for each of N captions, a column for each picture; bright is high.

    Shapes: each (N, N), own pictures on the diagonal
    """
    figure, axes = plt.subplots(1, len(tables), figsize=(8, 2.9), sharey=True)
    found = []
    for axis, table, letter in zip(axes, tables, ascii_lowercase):
        axis.imshow(table, cmap="cividis")
        axis.set_xlabel(f"picture ({letter})")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(False)
        found.append(int((table.argmax(1) == np.arange(len(table))).sum()))
    axes[0].set_ylabel("caption")
    said = ", ".join(f"{letter} {count}" for letter, count in zip(ascii_lowercase, found))
    return figure_card(figure, f"{len(tables)} tables of scores. Of {len(tables[0])} captions so many score their own "
                               f"picture highest: {said}.")


def captions_gain(scores: Mapping[int, Measured], label: str, floor: float, ceiling: float | Sequence[float]) -> Card:
    """A score against the number of captions whose vectors were averaged, with its interval, floor and ceiling.

    `ceiling` is one number, or one for each number of captions: who knows all truth also gains by more of them.
    """
    counts, cards = list(scores), [as_card(score) for score in scores.values()]
    values, low, high = (np.array([card[key] for card in cards]) for key in ("value", "low", "high"))
    bounds = {"floor": np.full(len(counts), floor), "ceiling": np.broadcast_to(ceiling, len(counts))}
    figure, axis = plt.subplots(figsize=(8, 3.6))
    axis.errorbar(counts, values, (values - low, high - values), fmt="D-", color=COLOUR["text"], markersize=7,
                  capsize=4, elinewidth=2.4)
    for count, value in zip(counts, values):
        axis.annotate(f"{value:.2f}", (count, value), (9, -13), textcoords="offset points")
    for bound in bounds.values():
        axis.plot(counts, bound, ":", color=COLOUR["baseline"])
    axis.set(xscale="log", xlabel="captions averaged", ylabel=label, ylim=(min(0, low.min()), None))
    axis.set_xticks(counts, [f"{count}" for count in counts])
    axis.minorticks_off()
    ends = {f"{word} {bound[-1]:.2f}": bound[-1] for word, bound in bounds.items()}
    name_ends(axis, 1.07 * counts[-1], ends, [SECONDARY] * 2)
    axis.margins(x=0.04)
    said = "; ".join(f"{count}: {value:.2f}" for count, value in zip(counts, values))
    return figure_card(figure, f"{label} by the number of captions. {said}. Floor {floor:.2f}, ceiling "
                               f"{bounds['ceiling'][0]:.2f} to {bounds['ceiling'][-1]:.2f}.")


def as_card(score: Measured) -> Mapping:
    """A score as the dictionary that a results file holds."""
    return score.card() if isinstance(score, Score) else score


def encoder_table(rows: Sequence[EncoderRow], precision: str = "AP@50") -> Markup:
    """Encoders with their size, their time and how well they find pictures of unseen species; intervals in grey.

    The last lines are the ceiling and the floor of both scores, where they are known. `precision` is the name of the
    first score: with 20 pictures a species it is AP@20. The best score of a column is bold if its interval lies above
    all others.
    """
    columns = [[as_card(row.precision) for row in rows], [as_card(row.top1) for row in rows]]
    leaders = [clear_leader(column) for column in columns]
    lines = [table_line("th", ("encoder", "parameters", "ms a caption", precision, "top-1"))]
    for i, row in enumerate(rows):
        measured = [f"<b>{figures.score_html(column[i])}</b>" if leader == i else figures.score_html(column[i])
                    for column, leader in zip(columns, leaders)]
        lines.append(table_line("td", (escape(row.name), f"{row.parameters:,}", f"{row.milliseconds:.2g}", *measured)))
    lines += [limit_line(columns, limit) for limit in ("ceiling", "floor") if limit in columns[0][0]]
    said = "; ".join(f"{row.name}: {row.parameters:,} parameters, {row.milliseconds:.2g} ms a caption, {precision} "
                     f"{ap['value']:.3g}, top-1 {top['value']:.3g}" for row, ap, top in zip(rows, *columns))
    return Markup(f'<table style="background:#FBFAF7;color:#222222;border-collapse:collapse;max-width:800px">'
                  f"{''.join(lines)}</table>", said)


def limit_line(columns: Sequence[Sequence[Mapping]], limit: str) -> str:
    """A line in grey: the best or the worst that the scores of each column can be."""
    grey = [f'<span style="color:{SECONDARY}">{text}</span>'
            for text in (limit, "", "", *(f"{column[0][limit]:.3g}" for column in columns))]
    return table_line("td", grey)


def clear_leader(column: Sequence[Mapping]) -> int | None:
    """Which score is best beyond its interval, if one is."""
    best = max(range(len(column)), key=lambda i: column[i]["value"])
    clear = len(column) > 1 and all(column[best]["low"] > other["high"] for i, other in enumerate(column) if i != best)
    return best if clear else None


def table_line(tag: str, cells: Sequence[str]) -> str:
    """A row of a table: the name to the left, numbers to the right."""
    written = "".join(f'<{tag} style="text-align:{"right" if i else "left"};padding:4px 12px">{cell}</{tag}>'
                      for i, cell in enumerate(cells))
    return f'<tr style="background:none">{written}</tr>'
