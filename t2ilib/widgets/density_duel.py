"""Move the forger's density and watch the best detective answer; then try to beat it.

Source: Goodfellow et al. 2014, Proposition 1 and Theorem 1.
"""

from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
from scipy.special import expit, log_expit

from t2ilib import theory
from t2ilib.data.toys import Gaussian, Mixture
from t2ilib.figures import Markup
from t2ilib.figures_gan import DISCRIMINATOR, FAKE, INK, LOG_4, PAPER, REAL, SECONDARY, signed
from t2ilib.widgets.panel import FULL, Panel, slider

DATA = {"one bell": Mixture((Gaussian(0, 1),)), "two bells": Mixture((Gaussian(-2, 0.6), Gaussian(2, 0.6)))}
GRID = np.linspace(-6, 6, 241)          # what is drawn
LINE, STEP = np.linspace(-16, 16, 1281), 0.025  # what is summed: no forger of the sliders leaves it
TALLEST = 1.05                  # density at the top of the upper panel
LOWEST = -2 * LOG_4             # value at the bottom of the scale
LEFT, RIGHT, TOP, MIDDLE, FLOOR = 40, 548, (28, 168), (200, 318), 318       # of the panels, in CSS pixels
SCALE = 684                     # where the scale of values stands
FORGER, DETECTIVE = "move the forger", "be the detective"


class Duel(NamedTuple):
    """Who plays: the data, the forger's bell, and a detective D(x) = sigmoid(slope (x - place)) if there is one."""

    data: str = "one bell"
    mean: float = 1.5
    std: float = 0.6
    detective: tuple[float, float] | None = None        # place, slope


class Values(NamedTuple):
    """What the duel is worth."""

    best: float                 # V(D*), which is C(G)
    jsd: float
    yours: float | None         # V of the detective


def evaluate(duel: Duel) -> Values:
    """The values, by sums over the line."""
    p, q = both(duel, LINE)
    jsd = theory.jensen_shannon(p, q, STEP)
    if duel.detective is None:
        return Values(2 * jsd - LOG_4, jsd, None)
    place, slope = duel.detective
    logits = slope * (LINE - place)             # from logits, as log(1 - D) is lost where D rounds to 1
    return Values(2 * jsd - LOG_4, jsd, float(np.sum(p * log_expit(logits) + q * log_expit(-logits)) * STEP))


def both(duel: Duel, places: np.ndarray = GRID) -> tuple[np.ndarray, np.ndarray]:
    """p_data and p_g at some places."""
    return DATA[duel.data].density(places), Gaussian(duel.mean, duel.std).density(places)


def duel_view(duel: Duel) -> Markup:
    """Both densities, below them D* and perhaps the detective's D, and at the right what each is worth."""
    values = evaluate(duel)
    said = sentence(values)
    drawing = (f'<svg role="img" aria-label="{escape(alt_text(duel, values))}" viewBox="0 0 804 350" '
               f'style="display:block;width:804px;max-width:100%;background:{PAPER}" font-size="12" fill="{INK}" '
               f'font-family="DejaVu Sans, Verdana, sans-serif">{upper(duel)}{lower(duel)}{scale(values)}</svg>')
    told = (f'<div role="status" style="box-sizing:border-box;width:804px;max-width:100%;background:{PAPER};'
            f'color:{INK};padding:2px 12px 10px 40px;font:13px/1.45 DejaVu Sans,Verdana,sans-serif">{said}</div>')
    return Markup(drawing + told, f"{alt_text(duel, values)} {said}")


def alt_text(duel: Duel, values: Values) -> str:
    """The picture in words."""
    yours = f", your D {signed(values.yours)}" if values.yours is not None else ""
    return (f"The data has {duel.data}, the forger a bell at {signed(duel.mean)} with standard deviation "
            f"{duel.std:.2f}. The value of D* is {signed(values.best)}{yours}.")


def sentence(values: Values) -> str:
    """The divergence, and how far the detective is behind."""
    jsd = f"JSD(p_data ‖ p_g) = {values.jsd:.3f} of at most log 2 = 0.693."
    if values.yours is None:
        return jsd
    gap = max(values.best - values.yours, 0.0)      # below 0 only by rounding: D* cannot be beaten
    return f"{jsd} Your D is {gap:.3f} behind D*" + (": as good as it gets." if gap < 5e-4 else ".")


def upper(duel: Duel) -> str:
    """The densities, each named at its top, away from the other."""
    (top, bottom), (p, q) = TOP, both(duel)
    shapes, sides = [axis_line(bottom)], ("end", "start") if GRID[p.argmax()] <= duel.mean else ("start", "end")
    for density, name, paint, dash, side in ((p, "data", REAL, "", sides[0]), (q, "g", FAKE, "7 4", sides[1])):
        line = path(bottom - np.minimum(density / TALLEST, 1) * (bottom - top))
        x, y = across(GRID[density.argmax()]), bottom - min(density.max() / TALLEST, 1) * (bottom - top)
        shapes.append(f'<path d="{line} L{RIGHT},{bottom} L{LEFT},{bottom} Z" fill="{paint}" fill-opacity=".12"/>'
                      f'<path d="{line}" fill="none" stroke="{paint}" stroke-width="2" stroke-dasharray="{dash}"/>'
                      f'<text x="{x + (-6 if side == "end" else 6):.1f}" y="{y - 6:.1f}" fill="{paint}" '
                      f'text-anchor="{side}" font-size="14" font-style="italic">p<tspan dy="4" font-size="10">{name}'
                      '</tspan></text>')
    return "".join(shapes)


def lower(duel: Duel) -> str:
    """D* and the detective's D between 0 and 1, with a dotted line at one half."""
    top, bottom = MIDDLE
    curves = [(theory.optimal_discriminator(*both(duel)), DISCRIMINATOR, "", "D*")]
    if duel.detective:
        place, slope = duel.detective
        curves.append((expit(slope * (GRID - place)), INK, "2 4", "your D"))
    shapes = [axis_line(bottom), dotted(LEFT, RIGHT, (top + bottom) / 2)]
    shapes += [f'<text x="{LEFT - 7}" y="{bottom - share * (bottom - top) + 4:.0f}" text-anchor="end" '
               f'fill="{SECONDARY}">{word}</text>' for share, word in ((0, "0"), (0.5, "½"), (1, "1"))]
    shapes += [f'<text x="{across(x):.0f}" y="{bottom + 19}" text-anchor="middle" fill="{SECONDARY}">{signed(x)}</text>'
               for x in range(-6, 7, 2)]
    for index, (curve, paint, dash, name) in enumerate(curves):
        shapes.append(f'<path d="{path(bottom - curve * (bottom - top))}" fill="none" stroke="{paint}" '
                      f'stroke-width="2.2" stroke-dasharray="{dash}"/><text x="{LEFT + 8 + 34 * index}" '
                      f'y="{top - 8}" fill="{paint}">{name}</text>')
    return "".join(shapes)


def scale(values: Values) -> str:
    """A scale of V with a dot for D* and a diamond for the detective; lower values are written below its end."""
    top, bottom = TOP[0], FLOOR
    bounds = ((0.0, "0: told apart"), (-LOG_4, "−log 4: a coin"))
    shapes = [f'<path d="M{SCALE},{top} V{bottom}" stroke="{SECONDARY}"/>'
              f'<text x="{SCALE}" y="{bottom + 20}" text-anchor="middle">value V</text>']
    shapes += [f'{dotted(SCALE - 108, SCALE + 8, height(value))}<text x="{SCALE - 12}" y="{height(value) - 5:.1f}" '
               f'text-anchor="end" font-size="11" fill="{SECONDARY}">{word}</text>' for value, word in bounds]
    best = height(values.best)
    shapes.append(f'<circle cx="{SCALE}" cy="{best:.1f}" r="6" fill="{DISCRIMINATOR}"/>'
                  f'<text x="{SCALE + 12}" y="{best + 4:.1f}" fill="{DISCRIMINATOR}">D*: {values.best:.3f}</text>')
    if values.yours is not None:
        y = height(max(values.yours, LOWEST))
        word = f"your D: {values.yours:.1f} ↓" if values.yours < LOWEST else f"your D: {values.yours:.3f}"
        shapes.append(f'<path d="M{SCALE},{y - 7:.1f} l7,7 l-7,7 l-7,-7 Z" fill="{PAPER}" stroke="{INK}" '
                      f'stroke-width="2"/><text x="{SCALE + 12}" y="{max(y + 4, best + 20):.1f}">{word}</text>')
    return "".join(shapes).replace(": -", ": −")


def across(x: float) -> float:
    """A place on the line -> CSS pixels."""
    return LEFT + (x - GRID[0]) / (GRID[-1] - GRID[0]) * (RIGHT - LEFT)


def height(value: float) -> float:
    """A value -> CSS pixels on the scale."""
    return TOP[0] + value / LOWEST * (FLOOR - TOP[0])


def path(heights: np.ndarray) -> str:
    """A line through the heights over the grid."""
    return "M" + " L".join(f"{across(x):.1f},{y:.1f}" for x, y in zip(GRID, heights))


def axis_line(y: float) -> str:
    return f'<path d="M{LEFT},{y} H{RIGHT}" stroke="{SECONDARY}"/>'


def dotted(start: float, end: float, y: float) -> str:
    return f'<path d="M{start},{y:.1f} H{end}" stroke="#808080" stroke-dasharray="1.5 4" stroke-width="1.5"/>'


class DensityDuel(Panel):
    """The picture of a duel, with controls for the forger or for the detective."""

    def __init__(self, start: Duel):
        self.start, self.rng = start, np.random.default_rng()
        self.role = widgets.ToggleButtons(options=[FORGER, DETECTIVE], tooltips=["move p_g", "shape a D of your own"],
                                          style={"button_width": "160px"}, layout=FULL)
        self.data = widgets.Dropdown(options=list(DATA), value=start.data, description="data",
                                     style={"description_width": "120px"}, layout=widgets.Layout(width="390px"))
        self.mean = slider("mean of p_g", -4, 4, start.mean, 0.1)
        self.std = slider("std of p_g", 0.4, 2.5, start.std, 0.1)
        self.place = slider("place of your D", -4, 4, 0.0, 0.1)
        self.slope = slider("slope of your D", -6, 6, 0.0, 0.1)
        super().__init__([], "another forger", "the first forger, and a detective who tosses a coin")
        for control in (self.data, self.mean, self.std, self.place, self.slope):
            control.observe(self.soon, "value")
        self.role.observe(self.regroup, "value")
        self.regroup()

    def duel(self) -> Duel:
        """The duel as the controls have it."""
        detective = (self.place.value, self.slope.value) if self.role.value == DETECTIVE else None
        return Duel(self.data.value, self.mean.value, self.std.value, detective)

    def picture(self) -> Markup:
        return duel_view(self.duel())

    def settings(self) -> dict[str, str]:
        duel = self.duel()
        forger = {"data": duel.data, "mean of p_g": signed(duel.mean), "std of p_g": f"{duel.std:.2f}"}
        if duel.detective is None:
            return forger
        return forger | dict(zip(("place of your D", "slope of your D"), map(signed, duel.detective)))

    def regroup(self, _change=None) -> None:
        """Show the controls of the chosen role."""
        shown = [self.data, self.mean, self.std] if self.role.value == FORGER else [self.place, self.slope]
        self.controls.children = [self.role, *shown]
        self.soon()

    def surprise(self, _button=None) -> None:
        """Another forger, and perhaps other data."""
        self.data.value = str(self.rng.choice(list(DATA)))
        self.mean.value, self.std.value = round(self.rng.uniform(-3.5, 3.5), 1), round(self.rng.uniform(0.4, 2), 1)

    def reset(self, _button=None) -> None:
        """The first forger, and a detective who tosses a coin; the role stays."""
        self.data.value, self.mean.value, self.std.value = self.start[:3]
        self.place.value = self.slope.value = 0.0


def duel() -> DensityDuel:
    """The duel, beginning with a forger a little to the right of the data."""
    return DensityDuel(Duel())
