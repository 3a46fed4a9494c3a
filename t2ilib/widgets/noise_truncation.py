"""Truncate and shrink DF-GAN's noise: truer birds, and less different ones?

The way of the authors' evaluation: noise comes from a normal distribution cut off at ±2 and is multiplied by psi. They
take psi = 0.88. (Others cut off at ±psi instead and multiply by nothing.)
Source: Tao et al. 2022, the published code; the trick is that of Brock et al. 2019 (BigGAN), Section 3.1.
"""

import math
from functools import lru_cache
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.data.captions import normalise, read_attributes
from t2ilib.figures import COLOUR, Markup
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.figures_text import LETTERS
from t2ilib.figures_toys import EDGE_PAINT
from t2ilib.metrics.measures import marks
from t2ilib.metrics.probe import read
from t2ilib.sample import LONGEST_SENTENCE, SHOWN_CAPTIONS, Painter
from t2ilib.widgets.between_sentences import LAST_NOISE, line_field, painter_of
from t2ilib.widgets.compare_models import ROW_STYLE, bird
from t2ilib.widgets.panel import Panel, slider
from t2ilib.widgets.sentence import surprise

BOUND, AUTHORS = 2.0, 0.88      # where the normal is cut off, and the authors' psi
MOST, STEP = 1.6, 0.04          # of the slider
GRID = (0.0, 0.4, 0.8, 1.2, 1.6)    # where the curves are measured, besides the slider's place
COUNT = 8                       # pictures, all of one sentence; what is measured is measured on these
KEPT = 256                      # measurements that are kept, so that going back costs nothing
WIDTH, TALL, LEFT, RIGHT, TOP = 250, 232, 42, 236, 34       # CSS pixels of the curves
STYLE = """<style>
.t2i-trade { display: flex; flex-wrap: wrap; align-items: flex-start; gap: 8px;
  width: 804px; max-width: 100%; background: #FBFAF7; }
.t2i-trade > .t2i-row { width: 546px; padding-right: 0; }
.t2i-row > p.t2i-why { margin: 4px 0; font-size: 12px; }
</style>"""


def truncated(noise: Tensor, psi: float, bound: float = BOUND) -> Tensor:
    """Normal noise -> noise of a normal cut off at ±bound, times psi; no entry is longer than psi * bound.

    Each number keeps its rank: the share of a normal below it is the share of the truncated normal below what it
    becomes. So a bird keeps its pose and place as far as the model lets it.
    Raises: ValueError for a negative psi, or a bound that is not positive.
    """
    if psi < 0 or bound <= 0:
        raise ValueError(f"psi should be 0 or more and the bound above 0, got {psi} and {bound}; the authors take "
                         f"{AUTHORS} and {BOUND:g}")
    outside = (1 - math.erf(bound / math.sqrt(2))) / 2              # the share of a normal beyond one end
    rank = outside + torch.special.ndtr(noise.double()) * (1 - 2 * outside)
    return (psi * torch.special.ndtri(rank).clamp(-bound, bound)).to(noise.dtype)


class Truncated(NamedTuple):
    """What came of a sentence and a psi."""

    images: np.ndarray          # (8, 64, 64, 3) uint8
    marks: list[list[tuple[str, str, str]]]     # per picture: (part, wanted colour, colour the probe sees)
    spread: float               # mean distance of two pictures, in probe features

    @property
    def found(self) -> tuple[int, int]:
        """How many named colours the probe finds, and how many are named, over all pictures."""
        right = [wanted == seen for own in self.marks for _, wanted, seen in own]
        return sum(right), len(right)

    @property
    def share(self) -> float:
        """The share of named colours that are right; nan if none is named."""
        right, asked = self.found
        return right / asked if asked else math.nan


class Trade:
    """Draws a sentence with more and less noise, and keeps what it has measured."""

    def __init__(self, painter: Painter):
        self.painter, self.at = painter, lru_cache(KEPT)(self.measured)

    def measured(self, sentence: str, seed: int, psi: float | None) -> Truncated:
        """Eight pictures with noise of this psi; None is the normal noise of the training."""
        known, noise = normalise(sentence[:LONGEST_SENTENCE]), self.painter.noise(COUNT, seed)
        images = self.painter.paint([known] * COUNT, noise if psi is None else truncated(noise, psi))
        readings, reading = read(self.painter.probe, images), read_attributes(known)
        return Truncated(runtime.to_pixels(images), [marks(readings, i, reading) for i in range(COUNT)],
                         float(torch.pdist(torch.from_numpy(readings.features)).mean()))


def trade_view(trade: Trade, sentence: str, seed: int, psi: float) -> Markup:
    """Eight pictures, and beside them both measures over psi, with a marker where the slider stands."""
    here, usual = (trade.at(sentence, seed, some) for some in (psi, None))
    along = {some: trade.at(sentence, seed, some) for some in sorted({*GRID, psi})}
    lines = trade_lines(psi, here, usual)
    pictures = "".join(bird(f"psi {psi:.2f}, picture {number}", picture, own)
                       for number, (picture, own) in enumerate(zip(here.images, here.marks), 1))
    told = "".join(f'<p class="t2i-why">{escape(text)}</p>' for text in lines)
    return Markup(f'{ROW_STYLE}{STYLE}<div class="t2i-trade"><div class="t2i-row"><div>{pictures}</div></div>'
                  f'{chart(along, usual, psi)}</div><div class="t2i-row" role="status">{told}</div>', "\n".join(lines))


def trade_lines(psi: float, here: Truncated, usual: Truncated) -> list[str]:
    """Both measures in words, beside those with the noise of the training, and what to look for."""
    right, asked = here.found
    share = (f"named colours right: {right} of {asked} ({here.share:.0%}; training noise {usual.share:.0%})" if asked
             else "the sentence names no colour")
    return [f"psi = {psi:.2f}: no number of the noise is beyond ±{BOUND * psi:.2f}; {share}; diversity "
            f"{relative(here, usual):.0%} of that with training noise.",
            "Look for the place from which less noise makes the birds alike but no truer, and for the place from which "
            "more noise makes them fall apart."]


def relative(some: Truncated, usual: Truncated) -> float:
    """The diversity as a share of that with training noise; 1 for a model that ignores its noise."""
    return some.spread / usual.spread if usual.spread else 1.0


def chart(along: dict[float, Truncated], usual: Truncated, psi: float) -> str:
    """Colours that are right (solid) and diversity (dashed) over psi, in per cent, with a marker at the slider."""
    curves = {"colours right": ({some: drawn.share for some, drawn in along.items()}, COLOUR["text"], ""),
              "diversity": ({some: relative(drawn, usual) for some, drawn in along.items()}, COLOUR["fake"], "6 4")}
    top = max(1.0, *curves["diversity"][0].values())
    drawn, said = [frame(top), marker(psi)], []
    for (name, (values, paint, dash)), x in zip(curves.items(), (8, 140)):
        drawn.append(f'<path d="M{x} 12 h24" stroke="{paint}" stroke-width="1.8" stroke-dasharray="{dash}"/>'
                     f'<text x="{x + 29}" y="16">{name}</text>')
        if not any(map(math.isnan, values.values())):
            drawn.append(curve(values, top, psi, paint, dash))
            said.append(f"{name} " + ", ".join(f"{value:.0%} at {some:.2f}" for some, value in values.items()))
    return (f'<svg role="img" aria-label="{escape("; ".join(said))}" viewBox="0 0 {WIDTH} {TALL + 44}" style="display:'
            f'block;width:{WIDTH}px;max-width:100%;background:{PAPER};{LETTERS}" font-size="11" fill="{INK}">'
            f'{"".join(drawn)}</svg>')


def frame(top: float) -> str:
    """Both axes with their numbers, and the authors' psi as a dotted line."""
    rules = "".join(f'<path d="M{LEFT} {height(mark, top):.1f} H{RIGHT}" stroke="{EDGE_PAINT}"/><text x="{LEFT - 6}" '
                    f'y="{height(mark, top) + 4:.1f}" text-anchor="end" fill="{SECONDARY}">{mark:.0%}</text>'
                    for mark in (0, 0.5, 1))
    ticks = "".join(f'<text x="{across(mark):.1f}" y="{TALL + 16}" text-anchor="middle" fill="{SECONDARY}">{mark:g}'
                    '</text>' for mark in GRID)
    return (f'{rules}{ticks}<path d="M{across(AUTHORS):.1f} {TOP} V{TALL}" stroke="{SECONDARY}" stroke-dasharray="1 4"'
            f'/><text x="{(LEFT + RIGHT) / 2}" y="{TALL + 36}" text-anchor="middle">psi (dotted: the authors\' '
            f'{AUTHORS})</text>')


def marker(psi: float) -> str:
    """A thin line and a triangle where the slider stands."""
    x = across(psi)
    return (f'<path d="M{x - 6:.1f} {TOP - 11} h12 l-6 10 z" fill="{INK}"/>'
            f'<path d="M{x:.1f} {TOP} V{TALL}" stroke="{SECONDARY}"/>')


def curve(values: dict[float, float], top: float, psi: float, paint: str, dash: str) -> str:
    """A line through the measured values, with a dot at the slider and its number."""
    path = "M" + " L".join(f"{across(some):.1f},{height(value, top):.1f}" for some, value in values.items())
    x, y = across(psi), height(values[psi], top)
    return (f'<path d="{path}" fill="none" stroke="{paint}" stroke-width="1.8" stroke-dasharray="{dash}"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{paint}"/>')


def across(psi: float) -> float:
    """Where a psi stands, in CSS pixels from the left."""
    return LEFT + psi / MOST * (RIGHT - LEFT)


def height(value: float, top: float) -> float:
    """Where a share stands, in CSS pixels from above."""
    return TALL - value / top * (TALL - TOP)


class NoiseTruncation(Panel):
    """A sentence, psi, and the number of the noise."""

    def __init__(self, painter: Painter, sentence: str):
        self.trade, self.first, self.rng = Trade(painter), sentence, np.random.default_rng()
        self.sentence, self.psi = line_field("sentence", sentence), slider("psi", 0, MOST, AUTHORS, STEP)
        self.noise = widgets.BoundedIntText(0, min=0, max=LAST_NOISE, description="noise",
                                            style={"description_width": "120px"},
                                            layout=widgets.Layout(width="220px"))
        super().__init__([self.sentence, self.psi, self.noise], "a caption of a bird that no generator has seen, and "
                         "any psi", "the first sentence and its birds, with the authors' psi")
        for control in self.controls.children:
            control.observe(self.soon, "value")

    def picture(self) -> Markup:
        return trade_view(self.trade, self.sentence.value, self.noise.value, round(self.psi.value, 2))

    def settings(self) -> dict[str, str]:
        return {"sentence": self.sentence.value[:LONGEST_SENTENCE], "psi": f"{self.psi.value:.2f}",
                "noise": str(self.noise.value)}

    def surprise(self, _button=None) -> None:
        """A caption of an unseen species, and any psi."""
        self.sentence.value = surprise(self.rng)
        self.psi.value = STEP * self.rng.integers(round(MOST / STEP) + 1)

    def reset(self, _button=None) -> None:
        """The first sentence and its birds, with the authors' psi."""
        self.sentence.value, self.psi.value, self.noise.value = self.first, AUTHORS, 0
        self.soon()


def noise_truncation(name: str | Painter = "df_gan", sentence: str = SHOWN_CAPTIONS[0]) -> NoiseTruncation:
    """The slider for a shipped model, a checkpoint of your own, or a painter.

    Raises: FileNotFoundError for a name without a checkpoint.
    """
    return NoiseTruncation(painter_of(name), sentence)
