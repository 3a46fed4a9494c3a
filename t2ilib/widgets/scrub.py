"""Go through a training: a slider over its snapshots, a button to play them, and one logged number with a marker."""

from collections.abc import Callable, Sequence
from functools import cache
from html import escape

import ipywidgets as widgets
import numpy as np

from t2ilib.figures import Card, Markup, card
from t2ilib.figures_gan import INK, PAPER, SECONDARY, signed
from t2ilib.widgets.panel import Panel, html_of

Frame = Card | Markup | np.ndarray
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 804, 52, 790, 20, 84      # of the curve, in CSS pixels
FRAME_MS = 400                  # a frame of the film


class Scrub(Panel):
    """Frames of a run under a slider; each is made when it is first shown and kept."""

    def __init__(self, steps: Sequence[int], frame: Callable[[int], Frame], curve: dict[str, Sequence[float]]):
        self.steps, self.curve = list(steps), curve
        self.frame, self.rng = cache(lambda index: html_and_text(frame(index))), np.random.default_rng()
        last = len(self.steps) - 1
        self.slider = widgets.SelectionSlider(options=[(f"{step:,}", i) for i, step in enumerate(self.steps)],
                                              value=last, description="step", style={"description_width": "48px"},
                                              layout=widgets.Layout(width="560px"))
        self.film = widgets.Play(value=last, min=0, max=last, interval=FRAME_MS, show_repeat=False,
                                 tooltip="play the run from its first step")
        widgets.link((self.film, "value"), (self.slider, "value"))
        super().__init__([self.film, self.slider], "a step by chance: guess it before you look", "the last step")
        self.slider.observe(self.soon, "value")

    def picture(self) -> Markup:
        """The frame, and below it the curve with a marker at its step."""
        html, text = self.frame(self.slider.value)
        for word, values in self.curve.items():
            below = curve_view(self.steps, values, word, self.slider.value)
            html, text = html + below.html, f"{text} {below.text}"
        return Markup(html, text)

    def settings(self) -> dict[str, str]:
        return {"step": f"{self.steps[self.slider.value]:,}"}

    def surprise(self, _button=None) -> None:
        """Another step."""
        others = [index for index in range(len(self.steps)) if index != self.slider.value]
        if others:
            self.slider.value = int(self.rng.choice(others))

    def reset(self, _button=None) -> None:
        """Back to the end of the run."""
        self.film.playing = False
        self.slider.value = len(self.steps) - 1


def html_and_text(frame: Frame) -> tuple[str, str]:
    """A frame as it is shown and as it is told."""
    shown = card(frame, "A frame of the run.") if isinstance(frame, np.ndarray) else frame
    return html_of(shown), shown._repr_mimebundle_()["text/plain"]


def curve_view(steps: Sequence[int], curve: Sequence[float], word: str, index: int) -> Markup:
    """A logged number over the steps, with a dot at one of them and its value."""
    x = LEFT + (np.array(steps) - steps[0]) / max(1, steps[-1] - steps[0]) * (RIGHT - LEFT)
    low, high = min(curve), max(curve)
    y = BOTTOM - (np.array(curve) - low) / ((high - low) or 1) * (BOTTOM - TOP)
    line = "M" + " L".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y))
    side = "end" if x[index] > (LEFT + RIGHT) / 2 else "start"
    said = f"{word} {number(curve[index])}"
    ticks = "".join(f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{number(value)}</text>'
                    for at, value in ((TOP, high), (BOTTOM, low)))
    drawing = (f'<svg role="img" aria-label="{escape(said)} at step {steps[index]:,}" viewBox="0 0 {WIDTH} 94" '
               f'style="display:block;width:{WIDTH}px;max-width:100%;background:{PAPER}" font-size="11" '
               f'font-family="DejaVu Sans, Verdana, sans-serif" fill="{SECONDARY}">{ticks}'
               f'<path d="M{x[index]:.1f},{TOP - 8} V{BOTTOM}" stroke="{SECONDARY}" stroke-dasharray="2 3"/>'
               f'<path d="{line}" fill="none" stroke="{INK}" stroke-width="1.8"/>'
               f'<circle cx="{x[index]:.1f}" cy="{y[index]:.1f}" r="5" fill="{INK}"/>'
               f'<text x="{x[index] + (-8 if side == "end" else 8):.1f}" y="{TOP - 6}" text-anchor="{side}" '
               f'font-size="12" fill="{INK}">{escape(said)}</text></svg>')
    return Markup(drawing, f"{said} at step {steps[index]:,}.")


def number(value: float) -> str:
    """Three digits."""
    return signed(float(f"{value:.3g}"))


def scrub(steps: Sequence[int], frames: Sequence[Frame] | Callable[[int], Frame],
          curve: dict[str, Sequence[float]] | None = None) -> Scrub:
    """A run to scrub through, beginning at its end.

    `frames` are the pictures, one for each of `steps`, or a function that makes picture number i when it is needed.
    `curve` is the name of a logged number and its value at each step; it stands under the picture.
    Raises: ValueError if they are not equally many, or none.
    """
    counts = {"steps": len(steps)} | ({} if callable(frames) else {"frames": len(frames)})
    counts |= {f"numbers of {word}": len(values) for word, values in (curve or {}).items()}
    if len({*counts.values()}) != 1 or not len(steps):
        got = ", ".join(f"{count} {name}" for name, count in counts.items())
        raise ValueError(f"each step should have a frame, and a number if there is a curve, got {got}; give as many "
                         "of each, and at least one")
    return Scrub(steps, frames if callable(frames) else frames.__getitem__, curve or {})
