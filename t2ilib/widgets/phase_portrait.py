"""The smallest game, with the penalty in your hands: find the k and p that bring both players to rest soonest.

Source: Mescheder, Geiger and Nowozin 2018, Section 2, with the penalty of DF-GAN (Tao et al. 2022, Section 3.2).
"""

from functools import lru_cache
from html import escape

import numpy as np

from t2ilib.figures import COLOUR, Markup
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.figures_text import LETTERS
from t2ilib.studies import dirac
from t2ilib.widgets.panel import Panel, slider

WEIGHT, POWER = 2.0, 6.0                # of DF-GAN, where the sliders begin
MOST_WEIGHT, POWERS = 4.0, (2.0, 8.0)   # how far they go
STEPS = 2_000
CIRCLE = 0.9                # a path that keeps this share of its radius goes round
SIDE, CENTRE, REACH = 300, (190, 172), 1.55         # of the portrait: pixels, its centre, its half side in the plane
LEFT, RIGHT, TOP, BOTTOM = 448, 768, 22, 322        # of the radius over the steps
HIGHEST, LOWEST = 2.0, 1e-3                         # radii on its axis, which goes in powers of ten


@lru_cache(maxsize=64)
def game(weight: float, power: float) -> np.ndarray:
    """The path of a game, (2001, 2): theta and psi."""
    return dirac.play(weight, power, STEPS)


def story(weight: float, power: float) -> str:
    """How a game ends, in a sentence."""
    radii, arrived = dirac.radii(game(weight, power)), dirac.arrival(game(weight, power))
    if arrived is not None:
        return f"It converges: from step {arrived:,} on the radius is below {dirac.NEAR}."
    end = f"after {STEPS:,} steps the radius is {radii[-1]:.2f}, at first it was {radii[0]:.2f}."
    return f"It does not converge: {end}" if radii[-1] > CIRCLE * radii[0] else f"It comes closer but not there: {end}"


def portrait_view(weight: float, power: float, best: str = "") -> Markup:
    """The path in the plane of theta and psi, beside it the radius over the steps, and below how it ends.

    `weight` is k and `power` p of the penalty; `best` is a further line.
    """
    path = game(weight, power)
    lines = [story(weight, power), best] if best else [story(weight, power)]
    alt = f"The game with k = {weight:g} and p = {power:g}. {lines[0]}"
    drawing = (f'<svg role="img" aria-label="{escape(alt)}" viewBox="0 0 804 372" style="display:block;width:804px;'
               f'max-width:100%;background:{PAPER};{LETTERS}" font-size="12" fill="{INK}">{portrait(path)}'
               f"{radius_curve(dirac.radii(path))}</svg>")
    told = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return Markup(f'{drawing}<div role="status" style="padding:2px 12px 10px;background:{PAPER};color:{INK};'
                  f'font-size:13px;line-height:1.5;{LETTERS}">{told}</div>', " ".join([alt, *lines[1:]]))


def portrait(path: np.ndarray) -> str:
    """The path from its start (a ring) to its end (a dot), and the cross where it should end."""
    (x, y), (zero_x, zero_y) = plane(path), CENTRE
    left, top, bottom = zero_x - SIDE / 2, zero_y - SIDE / 2, zero_y + SIDE / 2
    return (f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#D5D1C6"/>'
            f'{portrait_ticks(left - 8, bottom + 16)}<text x="{zero_x}" y="{bottom + 34}" text-anchor="middle" '
            f'fill="{COLOUR["fake"]}">place of the fake, θ</text><text x="{left - 28}" y="{zero_y}" '
            f'text-anchor="middle" transform="rotate(-90 {left - 28} {zero_y})" fill="{COLOUR["discriminator"]}">slope '
            f'of D, ψ</text><path d="{line(x, y)}" fill="none" stroke="{INK}" stroke-width="1.2"/>'
            f'<circle cx="{x[0]:.1f}" cy="{y[0]:.1f}" r="5" fill="{PAPER}" stroke="{INK}" stroke-width="1.5"/>'
            f'<circle cx="{x[-1]:.1f}" cy="{y[-1]:.1f}" r="5" fill="{INK}"/>'
            f'<path d="M{zero_x - 8},{zero_y} h16 M{zero_x},{zero_y - 8} v16" stroke="{COLOUR["real"]}" '
            'stroke-width="2.5"/>')


def portrait_ticks(left: float, bottom: float) -> str:
    """-1, 0 and 1 along both sides of the portrait."""
    x, y = plane(np.array([[at, at] for at in (-1.0, 0.0, 1.0)]))
    return "".join(f'<text x="{across:.0f}" y="{bottom}" text-anchor="middle" fill="{SECONDARY}">{word}</text>'
                   f'<text x="{left}" y="{up + 4:.0f}" text-anchor="end" fill="{SECONDARY}">{word}</text>'
                   for across, up, word in zip(x, y, ("−1", "0", "1")))


def radius_curve(radii: np.ndarray) -> str:
    """The radius over the steps, in powers of ten, with the radius that counts as arrived."""
    x = LEFT + np.arange(len(radii)) / (len(radii) - 1) * (RIGHT - LEFT)
    ticks = "".join(f'<text x="{LEFT - 8}" y="{height(value) + 4:.0f}" text-anchor="end" fill="{SECONDARY}">{value:g}'
                    f'</text><path d="M{LEFT},{height(value):.1f} H{RIGHT}" stroke="#E4E1D8"/>'
                    for value in (1.0, 0.1, 0.01, 0.001))
    steps = "".join(f'<text x="{LEFT + share * (RIGHT - LEFT):.0f}" y="{BOTTOM + 16}" text-anchor="middle" '
                    f'fill="{SECONDARY}">{share * STEPS:,.0f}</text>' for share in (0, 0.5, 1))
    near = height(dirac.NEAR)
    return (f'{ticks}{steps}<path d="M{LEFT},{near:.1f} H{RIGHT}" stroke="{COLOUR["real"]}" stroke-width="1.5" '
            f'stroke-dasharray="1.5 4"/><text x="{RIGHT}" y="{near - 5:.1f}" text-anchor="end" '
            f'fill="{COLOUR["real"]}">arrived</text><path d="M{LEFT},{BOTTOM} H{RIGHT}" stroke="{SECONDARY}"/>'
            f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 34}" text-anchor="middle">steps</text>'
            f'<text x="{LEFT - 42}" y="{(TOP + BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 {LEFT - 42} '
            f'{(TOP + BOTTOM) / 2})">radius</text>'
            f'<path d="{line(x, height(radii))}" fill="none" stroke="{INK}" stroke-width="1.8"/>')


def plane(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places of the plane -> CSS pixels; psi goes up."""
    x, y = (points * SIDE / 2 / REACH).T
    return CENTRE[0] + x, CENTRE[1] - y


def height(radius: np.ndarray | float) -> np.ndarray:
    """A radius -> CSS pixels; what is smaller than the axis shows lies on its floor."""
    share = np.log(np.maximum(radius, LOWEST) / LOWEST) / np.log(HIGHEST / LOWEST)
    return BOTTOM - share * (BOTTOM - TOP)


def line(x: np.ndarray, y: np.ndarray) -> str:
    """A path through places."""
    return "M" + " L".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y))


class PhasePortrait(Panel):
    """The game under two sliders; it remembers the soonest arrival that was found."""

    def __init__(self):
        self.rng, self.best = np.random.default_rng(), None
        self.weight = slider("k, the weight", 0.0, MOST_WEIGHT, WEIGHT, 0.1)
        self.power = slider("p, the power", *POWERS, POWER, 0.5)
        super().__init__([self.weight, self.power], "another k and p", f"k = {WEIGHT:g} and p = {POWER:g}, as in "
                         "DF-GAN; the soonest so far is forgotten")
        for control in (self.weight, self.power):
            control.observe(self.soon, "value")

    def picture(self) -> Markup:
        """The game, and the soonest arrival so far: remember it if it is this one."""
        tried = round(self.weight.value, 1), round(self.power.value, 1)
        arrived = dirac.arrival(game(*tried))
        if arrived is not None and (self.best is None or arrived < self.best[0]):
            self.best = arrived, *tried
        return portrait_view(*tried, "Can you find k and p with which it converges, and sooner than with others?"
                             if self.best is None else "The soonest so far: step {:,} with k = {:g} and p = {:g}."
                             .format(*self.best))

    def settings(self) -> dict[str, str]:
        return {"k, the weight": f"{self.weight.value:.1f}", "p, the power": f"{self.power.value:.1f}"}

    def surprise(self, _button=None) -> None:
        """Another penalty."""
        self.weight.value = round(self.rng.uniform(0, MOST_WEIGHT), 1)
        self.power.value = round(2 * self.rng.uniform(*POWERS)) / 2

    def reset(self, _button=None) -> None:
        """The penalty of DF-GAN, and nothing found yet."""
        self.best, self.weight.value, self.power.value = None, WEIGHT, POWER
        self.draw()


def phase_portrait() -> PhasePortrait:
    """The smallest game with the penalty of DF-GAN, and two sliders to change it."""
    return PhasePortrait()
