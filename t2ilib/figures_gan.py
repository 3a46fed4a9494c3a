"""The theory of the first GAN in pictures: every curve is computed, none is drawn by hand.

Source: Goodfellow et al. 2014, Sections 3 and 4, Figure 1.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from scipy.special import expit, log_expit, logit

from t2ilib import theory
from t2ilib.figures import COLOUR, Card, figure_card

REAL, FAKE, DISCRIMINATOR, BASELINE = (COLOUR[name] for name in ("real", "fake", "discriminator", "baseline"))
INK, SECONDARY, PAPER = "#222222", "#6B6B6B", "#FBFAF7"
PLAYERS = {"perfect": (1.0, 0.0), "undecided": (0.5, 0.5), "wrong and sure": (0.0, 1.0)}
"""Name of a discriminator -> its answers D(x) to a real sample and D(G(z)) to a fake one."""

DEEPEST = -6.0              # the map of V ends here; V itself has no lower end
LOG_4 = np.log(4)
LEVELS = {-4: ((0.14, 0.86), PAPER), -3: ((0.22, 0.78), PAPER), -2: ((0.37, 0.63), PAPER), -LOG_4: ((0.29, 0.15), INK),
          -0.5: ((0.71, 0.15), INK)}
"""Value -> where its line is named on the map of V, and its paint."""

BOX = {"boxstyle": "round,pad=0.25", "fc": PAPER, "ec": "none", "alpha": 0.9}
MASS = 0.99                 # D and D* are compared where this share of all samples lives
VANISHED = 0.01             # a slope below this part of the steepest one pulls no more


def value_surface(players: dict[str, tuple[float, float]] = PLAYERS) -> Card:
    """V = log D(x) + log(1 - D(G(z))) for one real and one fake sample, with some discriminators on it.

    Paper:  Equation 1.
    """
    side = np.linspace(0.002, 0.998, 250)
    height = np.log(side)[None, :] + np.log1p(-side)[:, None]
    figure, axis = plt.subplots(figsize=(8, 4.2))
    axis.contourf(side, side, height, np.linspace(DEEPEST, 0, 49), cmap="cividis", extend="min")
    lines = axis.contour(side, side, height, list(LEVELS), colors=[paint for _, paint in LEVELS.values()],
                         linewidths=0.9, linestyles="solid")
    axis.clabel(lines, fmt=signed, fontsize=9, manual=[place for place, _ in LEVELS.values()])
    said = [mark_player(axis, name, *answers) for name, answers in players.items()]
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="D(x), the answer to a real sample",
             ylabel="D(G(z)), the answer to a fake")
    axis.grid(False)
    return figure_card(figure, f"The value V over both answers of the discriminator. {'; '.join(said)}.")


def mark_player(axis: plt.Axes, name: str, real: float, fake: float) -> str:
    """A dot with the value beside it, written towards the middle; gives back what it says."""
    worth = theory.value_of_answers(np.array([real]), np.array([fake])) if real > 0 and fake < 1 else -np.inf
    text = f"{name}: V = {signed(worth)}"
    right = real <= 0.5
    axis.plot(real, fake, "o", color=PAPER, markeredgecolor=INK, markersize=11, clip_on=False, zorder=5)
    axis.annotate(text, (real, fake), (12 if right else -12, 14 if fake <= 0.5 else -14), textcoords="offset points",
                  ha="left" if right else "right", va="center", bbox=BOX)
    return text


def signed(number: float) -> str:
    """'−1.386', '0', '−∞', with a true minus sign."""
    return "−∞" if number == -np.inf else f"{round(number, 4) + 0.0:.4g}".replace("-", "−")


def densities(p: np.ndarray, q: np.ndarray, grid: np.ndarray, learned: np.ndarray | None = None) -> Card:
    """p_data and p_g, and below them D* = p_data / (p_data + p_g); with `learned`, a trained D against the formula.

    With `learned` only the crossings are marked where 99 % of the samples live: p_g may be counted from few.
    Shapes: p and q (N,) densities on the even grid (N,); learned (N,) answers there in [0, 1]
    Paper:  Proposition 1.
    """
    best = theory.optimal_discriminator(p, q)
    places = crossings(grid, p - q if learned is None else np.where(populated(p + q), p - q, 0))
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 4.6), sharex=True, height_ratios=(1.25, 1))
    draw_densities(above, grid, p, q)
    for axis in (above, below):
        for place in places:
            axis.axvline(place, linestyle=":", color=BASELINE, linewidth=1.2)
    below.axhline(0.5, linestyle=":", color=BASELINE, linewidth=1.2)
    below.plot(places, [0.5] * len(places), "o", color=INK, markersize=5, zorder=4)
    below.set(ylim=(-0.04, 1.04), yticks=(0, 0.5, 1), yticklabels=("0", "½", "1"), ylabel="D(x)", xlabel="x",
              xlim=(grid[0], grid[-1]))
    if learned is None:
        said = draw_best(below, grid, best)
    else:
        said = draw_learned(below, grid, (p + q) / 2, best, learned)
    letters((above, below))
    crossed = ", ".join(map(signed, np.round(places, 2)))
    meeting = f"They cross at x = {crossed}, where D* is one half." if len(places) else "They never cross."
    return figure_card(figure, f"Densities of real and fake data on a line. {meeting} {said}")


def draw_densities(axis: plt.Axes, grid: np.ndarray, p: np.ndarray, q: np.ndarray) -> None:
    """Two curves on pale ground, each named at its top, away from the other."""
    sides = ("right", "left") if p.argmax() <= q.argmax() else ("left", "right")
    curves = ((p, "$p_{data}$", REAL, "-"), (q, "$p_g$", FAKE, "--"))
    for (density, name, colour, dash), side in zip(curves, sides):
        axis.fill_between(grid, density, color=colour, alpha=0.12, linewidth=0)
        axis.plot(grid, density, dash, color=colour)
        axis.annotate(name, (grid[density.argmax()], density.max()), (-5 if side == "right" else 5, 6),
                      textcoords="offset points", ha=side, color=colour, fontsize=12)
    axis.set(ylim=(0, 1.16 * max(p.max(), q.max())), ylabel="density")


def draw_best(axis: plt.Axes, grid: np.ndarray, best: np.ndarray) -> str:
    """D* as a green line, named where there is room."""
    axis.plot(grid, best, color=DISCRIMINATOR)
    name_curve(axis, grid, best, "D*")
    return f"D* runs from {best.min():.2f} to {best.max():.2f}."


def draw_learned(axis: plt.Axes, grid: np.ndarray, mass: np.ndarray, best: np.ndarray, learned: np.ndarray) -> str:
    """The formula broad and pale, the trained D fine on top, and their largest gap where 99 % of samples live."""
    axis.plot(grid, best, color=DISCRIMINATOR, alpha=0.3, linewidth=7, solid_capstyle="butt")
    axis.plot(grid, learned, color=DISCRIMINATOR)
    lived = populated(mass)
    worst = np.flatnonzero(lived)[np.abs(learned - best)[lived].argmax()]
    gap = abs(learned[worst] - best[worst])
    axis.fill_between(grid, -0.04, 1.04, where=~lived, color=BASELINE, alpha=0.10, linewidth=0)
    axis.plot([grid[worst]] * 2, [learned[worst], best[worst]], color=INK, linewidth=2.5, zorder=5)
    side, up = 1 if grid[worst] < grid.mean() else -1, -1 if learned[worst] > 0.5 else 1
    axis.annotate(f"largest gap {gap:.3f}", (grid[worst], learned[worst]), (34 * side, 34 * up), va="center",
                  textcoords="offset points", ha="left" if side > 0 else "right", bbox=BOX, zorder=6,
                  arrowprops={"arrowstyle": "-", "color": INK, "linewidth": 0.8})
    name_curve(axis, grid, learned, "learned D (broad: D*)")
    return (f"The learned D is at most {gap:.3f} from the formula, at x = {signed(np.round(grid[worst], 2))}, where "
            f"{MASS:.0%} of the samples live.")


def name_curve(axis: plt.Axes, grid: np.ndarray, curve: np.ndarray, name: str) -> None:
    """The name under a curve that is high at an end of the axis, else over it."""
    left = curve[: len(curve) // 6].mean() >= curve[-len(curve) // 6:].mean()
    index, high = (0, curve[0] > 0.5) if left else (-1, curve[-1] > 0.5)
    axis.annotate(name, (grid[index], curve[index]), (8 if left else -8, -14 if high else 8), va="center",
                  textcoords="offset points", ha="left" if left else "right", color=DISCRIMINATOR, fontsize=11)


def populated(mass: np.ndarray) -> np.ndarray:
    """The fewest places of a grid that hold 99 % of a density; (N,) -> (N,) bool."""
    order = np.argsort(mass)[::-1]
    held = np.cumsum(mass[order]) / mass.sum()
    found = np.zeros(len(mass), bool)
    found[order[: np.searchsorted(held, MASS, side="right")]] = True
    return found


def crossings(grid: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Where a curve changes its sign, between two places of the grid by a straight line; (N,), (N,) -> (M,)."""
    turns = np.flatnonzero(difference[:-1] * difference[1:] < 0)
    share = difference[turns] / (difference[turns] - difference[turns + 1])
    return grid[turns] + share * (grid[turns + 1] - grid[turns])


def letters(axes: Sequence[plt.Axes]) -> None:
    """a, b, c in bold at the upper left corner of each panel."""
    for axis, letter in zip(axes, "abcd"):
        axis.annotate(letter, (0, 1), (-26, 8), xycoords="axes fraction", textcoords="offset points", fontsize=11,
                      fontweight="bold")


def criterion_curve(offsets: np.ndarray, values: np.ndarray, jsd: np.ndarray) -> Card:
    """C(G) against the distance of two densities, with -log 4 + 2 JSD as dots on it, and its slope beside it.

    Shapes: offsets (N,) rising distances, values (N,) C(G) there, jsd (N,) in nats
    Paper:  Theorem 1.
    """
    slope = np.gradient(values, offsets, edge_order=2)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), sharex=True)
    draw_criterion(left, offsets, values, 2 * jsd - LOG_4)
    said = draw_slope(right, offsets, slope)
    letters((left, right))
    return figure_card(figure, f"C(G) goes from {signed(values[0])} to {signed(values[-1])} as two densities part. "
                               f"{said}")


def draw_criterion(axis: plt.Axes, offsets: np.ndarray, values: np.ndarray, shifted_jsd: np.ndarray) -> None:
    """The curve, dots where the other formula puts it, and its two bounds."""
    every = max(1, len(offsets) // 15)
    for bound, name in ((0, "0: they never meet"), (-LOG_4, "−log 4 = −1.386: they are equal")):
        axis.axhline(bound, linestyle=":", color=BASELINE)
        axis.annotate(name, (offsets[-1], bound), (0, 4), textcoords="offset points", ha="right", fontsize=9,
                      color=SECONDARY)
    axis.plot(offsets, values, color=DISCRIMINATOR)
    axis.plot(offsets[::every], shifted_jsd[::every], "o", color=INK, markersize=4)
    half = int(np.abs(values - values.mean()).argmin())
    axis.annotate("C(G) = V(D*, G)", (offsets[half], values[half]), (14, 0), textcoords="offset points",
                  color=DISCRIMINATOR)
    axis.annotate("dots: −log 4 + 2 JSD", (offsets[half], values[half]), (14, -16), textcoords="offset points")
    axis.set(xlabel="distance of the two densities", ylabel="value", ylim=(-1.5, 0.15),
             yticks=np.arange(-1.4, 0.1, 0.2))


def draw_slope(axis: plt.Axes, offsets: np.ndarray, slope: np.ndarray) -> str:
    """The slope, and where it vanishes."""
    top = int(slope.argmax())
    gone = np.flatnonzero(slope[top:] < VANISHED * slope[top]) + top
    axis.plot(offsets, slope, color=DISCRIMINATOR)
    axis.set(xlabel="distance of the two densities", ylabel="slope of C(G)")
    steepest = f"Its slope is steepest at a distance of {offsets[top]:.1f}"
    if not len(gone):
        return f"{steepest}."
    start = offsets[gone[0]]
    axis.axvspan(start, offsets[-1], color=BASELINE, alpha=0.12, linewidth=0)
    axis.annotate(f"from {start:.1f} on\nless than 1 %\nof its peak", (start, slope[top]), (-7, 0), va="top",
                  ha="right", textcoords="offset points", color=SECONDARY)
    return f"{steepest}; from {start:.1f} on less than 1 % of that is left."


def loss_slopes(against: str = "logit") -> Card:
    """Both losses of the generator for one fake, and how steep each is at D's logit.

    `against` is "logit", D's logit a, or "answer", D(G(z)) = 1 / (1 + exp(-a)).
    Raises: ValueError for another one.
    Paper:  Section 3, last paragraph.
    """
    if against not in ("logit", "answer"):
        raise ValueError(f'the losses should be drawn against "logit" or "answer", got {against!r}; choose one of them')
    logits, place = {"logit": (np.linspace(-8, 8, 400), np.asarray),
                     "answer": (logit(np.linspace(0.001, 0.999, 400)), expit)}[against]
    weak, strong = theory.slopes(logits)
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.4), sharex=True)
    for axis, ours, equation_1 in ((axes[0], -log_expit(logits), log_expit(-logits)), (axes[1], strong, weak)):
        axis.plot(place(logits), ours, "--", color=FAKE)
        axis.plot(place(logits), equation_1, color=BASELINE)
    name_losses(axes, against)
    near, far = (strong / weak for weak, strong in map(theory.slopes, (-4.0, -8.0)))
    mark_ratio(axes[1], float(place(-4.0)), near, left=against == "logit")
    letters(axes)
    return figure_card(figure, "Where D is sure that a sample is fake, the saturating loss is flat and the "
                               f"non-saturating one is steep: {near:.1f} times as steep at a logit of −4, {far:,.0f} "
                               "times at −8. Where D is fooled it is the other way round.")


NAMES = {"logit": (((-6.0, 7), "left"), ((5.0, -6.5), "right"), ((-7.8, 0.94), "left"), ((-7.8, 0.05), "left")),
         "answer": (((0.06, 4.5), "left"), ((0.93, -4.5), "right"), ((0.26, 0.80), "left"), ((0.74, 0.80), "right"))}
"""Where the curves of `loss_slopes` are named: both losses, both slopes."""


def name_losses(axes: Sequence[plt.Axes], against: str) -> None:
    """Names on the curves and on the axes."""
    word = "D's logit a for a fake" if against == "logit" else "D(G(z)), the answer to a fake"
    for axis, ylabel in zip(axes, ("loss of the generator", "size of the slope")):
        axis.set(xlabel=word, ylabel=ylabel, xlim=(-8, 8) if against == "logit" else (0, 1))
    named = zip(NAMES[against], ("−log D", "log(1 − D)", "1 − D", "D"), (FAKE, SECONDARY) * 2)
    for index, ((place, side), name, colour) in enumerate(named):
        axes[index // 2].annotate(name, place, ha=side, va="center", color=colour, fontsize=11)


def mark_ratio(axis: plt.Axes, place: float, ratio: float, left: bool) -> None:
    """Two dots on the slopes at a logit of -4, and how many times one is the other."""
    axis.plot([place] * 2, theory.slopes(-4.0), "o:", color=INK, linewidth=1.2, markersize=4)
    axis.annotate(f"{ratio:.1f}×\nas steep", (place, 0.5), (-7 if left else 7, 0), textcoords="offset points",
                  va="center", ha="right" if left else "left")
