"""The small experiments behind DF-GAN in pictures: a game in two numbers, a plane of realness and match, counts.

Source: Tao et al. 2022, the figures of D's loss surface and of the two kinds of output.
"""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np

from t2ilib.figures import COLOUR, Card, figure_card
from t2ilib.figures_gan import BOX, DISCRIMINATOR, FAKE, INK, PAPER, REAL, SECONDARY, letters
from t2ilib.studies import dirac, fusion_cost, match_plane
from t2ilib.studies.match_plane import Judge, Pull

TURN, MIDDLE, EVERY = 60, 1.55, 2_000       # steps between two arrow heads; half the side of a portrait; steps shown
PATHS = (COLOUR["baseline"], DISCRIMINATOR, COLOUR["text"])     # of three settings; each has a dash of its own
DASHES = ("-", "--", "-.")
PLANE = (-0.25, 1.3)                    # both axes of the plane of realness and match
CASES = {"real,\nright text": ((1.0, 1.0), "o", REAL), "real,\nwrong text": ((1.0, 0.0), "s", COLOUR["wrong text"]),
         "fakes": ((0.0, 0.5), "D", FAKE)}
"""The four cases of the plane; a fake's match lies between 0 and 1."""
DEEPEST = 4.0                           # logits beyond this have the last colour of a landscape


# --- the smallest game --------------------------------------------------------------------------------------------

def dirac_portraits(settings: Mapping[str, tuple[float, float]] = dirac.SETTINGS, steps: int = EVERY) -> Card:
    """Paths of the smallest game in the plane of theta and psi, side by side; grey arrows: what both players want.

    `settings`: in words -> k and p of the penalty.
    """
    figure, axes = plt.subplots(1, len(settings), figsize=(8, 3.3), sharey=True, squeeze=False)
    said = [draw_portrait(axis, name, *setting, steps) for axis, (name, setting) in zip(axes[0], settings.items())]
    axes[0, 0].set_ylabel("slope of D, ψ", color=DISCRIMINATOR)
    letters(axes[0])
    return figure_card(figure, f"The smallest game after {steps:,} steps, from a radius of 1.41. {'; '.join(said)}.")


def draw_portrait(axis: plt.Axes, name: str, weight: float, power: float, steps: int) -> str:
    """One path with its start and its end; gives back what is seen."""
    path = dirac.play(weight, power, steps)
    side = np.linspace(-1.4, 1.4, 9)
    theta, psi = np.meshgrid(side, side)
    wanted = np.stack(dirac.pull(theta, psi, weight, power))
    wanted /= 1 + np.linalg.norm(wanted, axis=0)                    # long ones shorter, or they would hide the rest
    axis.quiver(theta, psi, *wanted, angles="xy", color="#B5B0A3", width=0.006, scale=8, zorder=1)
    axis.plot(*path.T, color=INK, linewidth=1.0)
    axis.plot(*path[0], "o", color=PAPER, markeredgecolor=INK, markersize=7, zorder=4)
    axis.plot(*path[-1], "o", color=INK, markersize=6, zorder=4)
    axis.plot(0, 0, "+", color=REAL, markersize=13, markeredgewidth=2, zorder=5)
    axis.set(xlim=(-MIDDLE, MIDDLE), ylim=(-MIDDLE, MIDDLE), aspect="equal", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    axis.set_xlabel("place of the fake, θ", color=FAKE)
    axis.grid(False)
    radius = dirac.radii(path)[-1]
    axis.set_title(f"{name}\nradius at the end: {rounded(radius)}", loc="left", fontsize=9)
    return f"{name}: radius {rounded(radius)}"


def rounded(radius: float) -> str:
    """Two digits; what is next to nothing is called so."""
    return f"{radius:.2g}" if radius > 1e-3 else "below 0.001"


def dirac_radii(settings: Mapping[str, tuple[float, float]] = dirac.SETTINGS, steps: int = 20_000) -> Card:
    """How far each of up to three games still is from its end, over the steps, both axes in powers of ten.

    Dotted, for p above 2 with a penalty: the radius by averaging over a turn, a straight line here.
    """
    figure, axis = plt.subplots(figsize=(8, 3.6))
    moments, said = np.arange(1, steps + 1), []
    for (name, (weight, power)), colour, dash in zip(settings.items(), PATHS, DASHES):
        path = dirac.play(weight, power, steps)
        radii, arrived = dirac.radii(path)[1:], dirac.arrival(path)
        axis.plot(moments, radii, dash, color=colour)
        if weight and power > 2:
            axis.plot(moments, dirac.expected_radius(weight, power, moments), ":", color=INK, linewidth=1.2)
        end = f"{rounded(radii[-1])} left" if arrived is None else f"arrives at step {arrived:,}"
        place = (steps, radii[-1]) if arrived is None else (arrived, dirac.NEAR)
        axis.annotate(f"{name}:\n{end}", place, (6, 0 if arrived is None else 14), textcoords="offset points",
                      va="center", color=colour, annotation_clip=False)
        said.append(f"{name} {end}")
    axis.axhline(dirac.NEAR, linestyle=":", color=COLOUR["baseline"], linewidth=1)
    axis.annotate(f"arrived: {dirac.NEAR}", (1, dirac.NEAR), (4, 3), textcoords="offset points", fontsize=9,
                  color=SECONDARY)
    axis.set(xscale="log", yscale="log", xlabel="steps", ylabel="radius", xlim=(1, steps), ylim=(dirac.NEAR / 3, 2.5))
    return figure_card(figure, f"The radius of the smallest game over {steps:,} steps: {'; '.join(said)}.")


# --- the plane of realness and match ------------------------------------------------------------------------------

def pulls(named: Mapping[str, Pull], normed: bool = False) -> Card:
    """Where fakes of the plane are pulled, a panel for each kind of D; above, how well each aims from (0, 0), and what
    is left of its pull at (1, 1), where a fake should stay.

    `named`: in words -> a function of points (N, 2), such as `match_plane.one_way` or a judge's `one_way`. Arrows of a
    panel have one scale; `normed` makes all arrows equally long, and shows directions alone.
    """
    figure, axes = plt.subplots(1, len(named), figsize=(8, 4.1), sharex=True, sharey=True, squeeze=False)
    said = []
    for axis, (name, pull) in zip(axes[0], named.items()):
        aim = float(match_plane.aim(pull, match_plane.ORIGIN)[0])
        left = float(np.linalg.norm(pull(match_plane.TARGET[None])))
        draw_pulls(axis, pull, normed)
        mark_cases(axis)
        axis.set_title(f"{name}\naim {aim:.3f} from (0, 0), pull {left:.2g} at (1, 1)", loc="left", fontsize=10)
        said.append(f"{name}: aim {aim:.3f}, pull {left:.2g}")
    axes[0, 0].set_ylabel("match with the text")
    return figure_card(figure, "Where fakes are pulled in the plane of realness and match: aim, the cosine with the "
                               f"way from (0, 0) to (1, 1), and the pull at (1, 1). {'; '.join(said)}.")


def draw_pulls(axis: plt.Axes, pull: Pull, normed: bool) -> None:
    """Arrows on an even grid, and in ink the one from (0, 0) beside the way to the target, dotted."""
    side = np.linspace(-0.1, 1.2, 8)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    arrows, first = pull(grid), pull(match_plane.ORIGIN)[0]
    lengths = np.linalg.norm(arrows, axis=1, keepdims=True)
    arrows = arrows / (np.maximum(lengths, 1e-9) if normed else lengths.max())
    axis.quiver(*grid.T, *arrows.T, angles="xy", color=FAKE, alpha=0.75, width=0.006, scale=9, zorder=2)
    axis.plot((0, 1), (0, 1), ":", color=COLOUR["baseline"], zorder=1)
    end = 0.42 * first / np.linalg.norm(first)
    axis.annotate("", end, (0, 0), arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 2, "shrinkA": 0,
                                               "shrinkB": 0}, zorder=5)


def mark_cases(axis: plt.Axes) -> None:
    """What lives where."""
    for name, (place, mark, colour) in CASES.items():
        axis.plot(*place, mark, color=colour, markeredgecolor=PAPER, markersize=9, zorder=6)
        axis.annotate(name, place, (-9 if place[0] else 9, 0), textcoords="offset points", fontsize=9, va="center",
                      ha="right" if place[0] else "left", zorder=7, bbox=BOX)
    axis.plot((0, 0), (0, 1), color=FAKE, linewidth=1.2, linestyle="--", zorder=3)
    axis.set(xlim=PLANE, ylim=PLANE, aspect="equal", xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), xlabel="realness")
    axis.grid(False)


def landscapes(judges: Mapping[str, Judge]) -> Card:
    """What learned discriminators of the plane answer, as a landscape; where they are undecided, a line.

    Above each: its slope at real pictures with their own text, at (1, 1).
    Paper:  the figure of D's loss surface with and without MA-GP.
    """
    figure, axes = plt.subplots(1, len(judges), figsize=(8, 4.1), sharex=True, sharey=True, squeeze=False)
    side = np.linspace(*PLANE, 90)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    said = []
    for axis, (name, judge) in zip(axes[0], judges.items()):
        answers = judge.answers(grid).reshape(90, 90)
        drawn = axis.pcolormesh(side, side, answers, cmap="PuOr", vmin=-DEEPEST, vmax=DEEPEST, shading="gouraud",
                                rasterized=True)
        axis.contour(side, side, answers, [-1, 0, 1], colors=INK, linewidths=(0.8, 1.6, 0.8), linestyles="solid")
        mark_cases(axis)
        slope = float(np.linalg.norm(judge.one_way(match_plane.TARGET[None])))
        axis.set_title(f"{name}: slope {slope:.2g} at (1, 1)", loc="left", fontsize=10)
        said.append(f"{name} {slope:.2g}")
    axes[0, 0].set_ylabel("match with the text")
    figure.colorbar(drawn, ax=axes, label="D's logit", shrink=0.85, extend="both", ticks=(-4, -1, 0, 1, 4))
    return figure_card(figure, f"What D answers in the plane of realness and match. Its slope at (1, 1): "
                               f"{', '.join(said)}.")


# --- what a distance of sets depends on ---------------------------------------------------------------------------

SETS = (("o", "-", REAL), ("D", "--", FAKE), ("s", ":", COLOUR["wrong text"]))      # of real pictures, and of models


def fid_sizes(measures: Mapping[str, Mapping]) -> Card:
    """SynthFID over the number of pictures n, and over 1 / n: mean, lowest and highest of the samples of each size.
    Hollow: where a straight line over 1 / n ends.

    `measures` are those of the results of `fid_size`.
    """
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.7), sharey=True)
    names = [key.removeprefix("endless: ") for key in measures if key.startswith("endless: ")]
    said = [draw_sizes(axes, name, measures, style) for name, style in zip(names, SETS)]
    axes[0].set(xscale="log", xlabel="pictures n", ylabel="SynthFID (less is better)")
    axes[0].set_xticks((50, 200, 1000), ("50", "200", "1,000"))
    axes[1].set(xlabel="1 / n", ylim=(min(0, axes[1].get_ylim()[0]), None))
    axes[1].invert_xaxis()
    letters(axes)
    return figure_card(figure, f"SynthFID over the number of pictures. {'; '.join(said)}.")


def draw_sizes(axes: np.ndarray, name: str, measures: Mapping[str, Mapping], style: tuple[str, str, str]) -> str:
    """One set of pictures in both panels; gives back what is seen."""
    scores = {int(key.split(",")[1].split(":")[0]): score for key, score in measures.items()
              if key.startswith("SynthFID, ") and key.endswith(f": {name}")}
    sizes, (mark, dash, colour) = np.array(list(scores)), style
    means, lows, highs = (np.array([score[part] for score in scores.values()]) for part in ("value", "low", "high"))
    for axis, places in zip(axes, (sizes, 1 / sizes)):
        axis.errorbar(places, means, (means - lows, highs - means), fmt=mark + dash, color=colour, markersize=5,
                      capsize=2, linewidth=1.6)
    end = measures[f"endless: {name}"]["value"]
    axes[1].plot(0, end, mark, color=PAPER, markeredgecolor=colour, markersize=8)
    axes[1].annotate(name, (0, end), (10, 0), textcoords="offset points", color=colour, va="center",
                     annotation_clip=False)
    return f"{name}: {means[0]:,.0f} for {sizes[0]:,}, {means[-1]:,.0f} for {sizes[-1]:,}, {end:,.0f} by the line"


# --- what fusion costs --------------------------------------------------------------------------------------------

WAYS = {fusion_cost.FUSION: (COLOUR["text"], "o-", -40), fusion_cost.ATTENTION: (INK, "s--", 8),
        fusion_cost.PLACES: (COLOUR["baseline"], "D:", 8)}
"""Way -> its colour, its line, and how far above the end of its line its name stands, in points."""


def fusion_costs(measures: Mapping[str, Mapping]) -> Card:
    """The multiply-accumulates of three ways to use a text or look around, and beside them how often attention to
    words costs what fusion does, counted and timed.

    `measures` are those of the results of `fusion_cost`.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.8))
    places = np.arange(len(fusion_cost.SIDES))
    for name, (colour, style, above) in WAYS.items():
        macs = [measures[f"MACs, {side}: {name}"]["value"] for side in fusion_cost.SIDES]
        left.plot(places, macs, style, color=colour, markersize=5)
        left.annotate(name, (places[-1], macs[-1]), (0, above), textcoords="offset points", ha="right", color=colour)
    left.set(yscale="log", ylabel="multiply-accumulates", ylim=(2e4, 2e12))
    said = [draw_ratios(right, places, measures, *style) for style in (
        ("MAC ratio", "o", "-", "counted"), ("time ratio", "s", "--", "timed"))]
    right.axhline(1, linestyle=":", color=COLOUR["baseline"])
    right.set(ylim=(0, 20), ylabel="attention to words over fusion")
    for axis in (left, right):
        axis.set_xticks(places, fusion_cost.SIDES)
        axis.set_xlabel("side of the feature maps")
    letters((left, right))
    return figure_card(figure, f"What it costs to use a text at sides from {fusion_cost.SIDES[0]} to "
                               f"{fusion_cost.SIDES[-1]}. Attention to words over fusion at the largest: "
                               f"{', '.join(said)}.")


def draw_ratios(axis: plt.Axes, places: np.ndarray, measures: Mapping[str, Mapping], *style: str) -> str:
    """One ratio over the sides, with its lowest and highest values, named at its end."""
    metric, mark, dash, word = style
    scores = [measures[f"{metric}, {side}"] for side in fusion_cost.SIDES]
    means, lows, highs = (np.array([score[part] for score in scores]) for part in ("value", "low", "high"))
    axis.errorbar(places, means, (means - lows, highs - means), fmt=mark + dash, color=INK, markersize=5, capsize=2,
                  linewidth=1.6)
    axis.annotate(f"{word}:\n{means[-1]:.3g}", (places[-1], means[-1]), (8, 0), textcoords="offset points", va="center",
                  annotation_clip=False)
    return f"{word} {means[-1]:.3g}"
