"""Ask for a digit: a conditional GAN is told which one, an unconditional one is asked again and again.

Source: Mirza and Osindero 2014, Section 1 (a GAN without a condition has no control over what it draws).
"""

from collections.abc import Callable
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.data import conditions, digits
from t2ilib.figures import COLOUR, Markup
from t2ilib.metrics.digit_measures import classes_read
from t2ilib.widgets.panel import FULL, Panel
from t2ilib.widgets.touch import data_url

Told = Callable[[Tensor, Tensor], Tensor]       # noise (N, Z) and classes (N, 10) -> digits in [-1, 1]
Untold = Callable[[Tensor], Tensor]             # noise (N, Z) -> digits in [-1, 1]
WANTED = 16                     # digits of a row
AT_ONCE, MOST_DRAWS = 250, 4000     # an unconditional GAN draws so many at a time, and no more than so many
FIRST = 2                       # "make a 2"
STYLE = """<style>
.t2i-digits { box-sizing: border-box; width: 804px; max-width: 100%; padding: 8px; background: #FBFAF7; color: #222222;
  font: 13px/1.45 "DejaVu Sans", Verdana, sans-serif; }
.t2i-digits > p { margin: 0 0 4px; }
.t2i-digits > div { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 8px; }
.t2i-digits img { box-sizing: border-box; width: 43px; height: 43px; margin: 0; image-rendering: pixelated;
  border: 1px solid #D5D1C6; }
</style>"""


class Draws(NamedTuple):
    """Digits that a GAN drew, and which of them the reader takes for the one that was asked for."""

    images: np.ndarray          # (N, 8, 8, 3) uint8
    hits: np.ndarray            # (N,) bool


def judged(drawn: Tensor, digit: int) -> Draws:
    """Digits (N, 64) or (N, 1, 8, 8) as the reader sees them; a hit is clearly that digit and nothing else."""
    flat = drawn.detach().float().cpu().flatten(1)
    classes, recognised = classes_read(flat)
    return Draws(digits.to_images(flat), recognised & (classes == digit))


def told_draws(generate: Told, digit: int, noise: Tensor) -> Draws:
    """What a conditional GAN draws when it is asked for a digit."""
    condition = conditions.one_hot(torch.full((len(noise),), digit), 10)
    with torch.no_grad():
        return judged(generate(noise, condition), digit)


def untold_draws(generate: Untold, digit: int, noise: Tensor) -> Draws:
    """What an unconditional GAN draws until the reader has found 16 of a digit, the last one included.

    All of `noise` if there are fewer.
    """
    images, hits = [], []
    for part in noise.split(AT_ONCE):
        with torch.no_grad():
            drawn = judged(generate(part), digit)
        images.append(drawn.images)
        hits.append(drawn.hits)
        if sum(map(np.sum, hits)) >= WANTED:
            break
    found = Draws(np.concatenate(images), np.concatenate(hits))
    places = np.flatnonzero(found.hits)
    return first(found, places[WANTED - 1] + 1 if len(places) >= WANTED else len(found.hits))


def digits_view(told: Draws, untold: Draws, digit: int) -> Markup:
    """Both rows, and what the asking costs."""
    found, count = int(untold.hits.sum()), len(untold.hits)
    lines = [f"Told to draw a {digit}: {told.hits.sum()} of {len(told.hits)} draws are read as a {digit}.",
             f"Never told: {count:,} draws until {found} were read as a {digit}" + (
                 f", {count / found:.1f} for each." if found else ". None came.")]
    rows = digits_html(told, f"drawn as a {digit}"), digits_html(first(untold, 2 * WANTED), "drawn without being told")
    caption = f"The first {min(2 * WANTED, count)} of these draws; blue is what may be kept:"
    return Markup(f'{STYLE}<div class="t2i-digits"><p role="status"><b>{lines[0]}</b> Blue: read as asked.</p>{rows[0]}'
                  f"<p><b>{lines[1]}</b> {escape(caption)}</p>{rows[1]}</div>", "\n".join(lines))


def first(drawn: Draws, count: int) -> Draws:
    """The first draws."""
    return Draws(drawn.images[:count], drawn.hits[:count])


def digits_html(drawn: Draws, word: str) -> str:
    """Digits side by side; those that are hits have a blue frame."""
    pictures = "".join(
        f'<img alt="{word}, {"read" if hit else "not read"} as asked"'
        f'{framed(hit)} src="{data_url(image)}">' for image, hit in zip(drawn.images, drawn.hits))
    return f"<div>{pictures}</div>"


def framed(hit: bool) -> str:
    """The frame of a hit."""
    return f' style="outline:3px solid {COLOUR["real"]}"' if hit else ""


class DigitPicker(Panel):
    """Ten buttons, and the number of the noise."""

    def __init__(self, told: Told, untold: Untold, told_dim: int, untold_dim: int):
        self.told, self.untold, self.dims = told, untold, (told_dim, untold_dim)
        self.seed, self.rng = 0, np.random.default_rng()
        self.digit = widgets.ToggleButtons(options=list(range(10)), value=FIRST, style={"button_width": "56px"},
                                           layout=FULL, tooltips=[f"ask for a {digit}" for digit in range(10)])
        super().__init__([self.digit], "another digit, other noise", "the first digit and its noise")
        self.digit.observe(self.soon, "value")

    def noise(self, count: int, dim: int) -> Tensor:
        """(count, dim) standard normal, a function of the seed."""
        return torch.randn(count, dim, generator=runtime.generator(self.seed, 5))

    def picture(self) -> Markup:
        digit, (told_dim, untold_dim) = self.digit.value, self.dims
        return digits_view(told_draws(self.told, digit, self.noise(WANTED, told_dim)),
                           untold_draws(self.untold, digit, self.noise(MOST_DRAWS, untold_dim)), digit)

    def settings(self) -> dict[str, str]:
        return {"digit": str(self.digit.value), "noise": str(self.seed)}

    def surprise(self, _button=None) -> None:
        """Another digit, and other noise."""
        self.seed += 1
        self.digit.value = int(self.rng.choice([digit for digit in range(10) if digit != self.digit.value]))

    def reset(self, _button=None) -> None:
        """The first digit and its noise."""
        self.seed, self.digit.value = 0, FIRST
        self.soon()


def digit_picker(told: Told, untold: Untold, told_dim: int = 32, untold_dim: int = 32) -> DigitPicker:
    """The picker for a conditional and an unconditional generator of 8 x 8 digits, and the lengths of their noise."""
    return DigitPicker(told, untold, told_dim, untold_dim)
