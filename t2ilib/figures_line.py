"""Moments of a run on the line: the paper's Figure 1, computed.

Source: Goodfellow et al. 2014, Figure 1.
"""

import matplotlib.pyplot as plt
import numpy as np

from t2ilib.figures import Card, figure_card
from t2ilib.figures_gan import DISCRIMINATOR, FAKE, REAL, SECONDARY, letters, signed
from t2ilib.studies.line import Snapshot

ARROWS = 17                 # from even noise to where it lands
SPAN = (0.005, 0.995)       # the share of the noise between which they start


def four_panels(snapshots: dict[str, Snapshot]) -> Card:
    """Figure 1 from a run: data, forgeries and D above; below, where even noise z lands as x = G(z).

    `snapshots`, "a" to "d", as `studies.line.four_panels` makes them. Broad and pale: the best answers D*, where 99 %
    of the samples live; elsewhere p_g is too rare to be counted.
    """
    figure, places = plt.subplots(4, 2, figsize=(8, 6.8), height_ratios=(3, 1, 3, 1))
    top, said = 1.1 * max(max(shot.real_density.max(), shot.fake_density.max()) for shot in snapshots.values()), []
    for index, (letter, snapshot) in enumerate(snapshots.items()):
        above, below = places[2 * (index // 2):, index % 2][:2]
        said.append(f"{letter}, step {snapshot.step:,}: {draw_moment(above, snapshot, top)}")
        draw_arrows(below, snapshot)
    name_players(places[0, 0])
    for axis in places[::2, 0]:
        axis.set_ylabel("density")
    letters([places[0, 0], places[0, 1], places[2, 0], places[2, 1]])
    return figure_card(figure, f"Four moments of a run on the line. {'; '.join(said)}.")


def moment(snapshot: Snapshot) -> Card:
    """One such panel over the full width, for a run to scrub through."""
    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 4.2), height_ratios=(3, 1))
    said = draw_moment(above, snapshot, 1.6 * snapshot.real_density.max())
    draw_arrows(below, snapshot)
    name_players(above)
    above.set_ylabel("density")
    return figure_card(figure, f"Step {snapshot.step:,} of a run on the line: {said}.")


def draw_moment(axis: plt.Axes, snapshot: Snapshot, top: float) -> str:
    """Both densities, and on the scale at the right D's answers over the best ones; gives back what is seen."""
    x, fake = snapshot.x, snapshot.fake_density
    axis.fill_between(x, fake, color=FAKE, alpha=0.15, linewidth=0)
    axis.plot(x, snapshot.real_density, color=REAL)
    axis.plot(x, fake, "--", color=FAKE)
    answers = axis.twinx()
    answers.axhline(0.5, linestyle=":", color=DISCRIMINATOR, linewidth=1)
    answers.plot(x, np.where(snapshot.inhabited(), snapshot.best, np.nan), color=DISCRIMINATOR, alpha=0.25, linewidth=6,
                 solid_capstyle="butt")
    answers.plot(x, snapshot.d, color=DISCRIMINATOR)
    answers.set(ylim=(0, 1.04), yticks=(0, 0.5, 1), yticklabels=("0", "½", "1"))
    answers.tick_params(axis="y", colors=DISCRIMINATOR)
    answers.spines["right"].set(visible=True, color=DISCRIMINATOR)
    answers.grid(False)
    axis.set(xlim=(x[0], x[-1]), ylim=(0, top))
    axis.annotate(f"step {snapshot.step:,}", (0, 1), (0, 8), xycoords="axes fraction", textcoords="offset points",
                  color=SECONDARY)
    return (f"forgeries at {signed(round(snapshot.fake.mean(), 2))} with standard deviation {snapshot.fake.std():.2f}, "
            f"D at most {snapshot.gap():.2f} from D*")


def name_players(axis: plt.Axes) -> None:
    """Who is who, in a line above a panel."""
    names = ((0.36, "$p_{data}$", REAL), (0.55, "$p_g$", FAKE), (0.67, "D (broad: D*)", DISCRIMINATOR))
    for place, name, colour in names:
        axis.annotate(name, (place, 1), (0, 8), xycoords="axes fraction", textcoords="offset points", color=colour)


def draw_arrows(axis: plt.Axes, snapshot: Snapshot) -> None:
    """Arrows from an even axis of noise below, stretched to the width of the panel, to the axis of samples above."""
    low, high = snapshot.x[0], snapshot.x[-1]
    z = np.linspace(*np.quantile(snapshot.noise, SPAN), ARROWS)
    starts = np.linspace(low, high, ARROWS + 2)[1:-1]
    for start, end in zip(starts, np.interp(z, snapshot.noise, snapshot.fake)):
        axis.annotate("", (end, 1), (start, 0), annotation_clip=False, arrowprops={
            "arrowstyle": "-|>", "color": FAKE, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7})
    for start, word in ((starts[0], z[0]), (starts[len(z) // 2], 0.0), (starts[-1], z[-1])):
        axis.annotate(f"z = {signed(round(word, 1))}", (start, 0), (0, -12), textcoords="offset points", ha="center",
                      fontsize=9, color=SECONDARY, annotation_clip=False)
    axis.set(xlim=(low, high), ylim=(0, 1), yticks=(0, 1), yticklabels=("z", "x"), xticks=[])
    axis.spines["top"].set_visible(True)
    axis.grid(False)
