"""Choose a guideline to break, and see that run beside the published recipe: samples, curves, numbers.

Source: Radford et al. 2016, Section 3. Nothing is trained here: the study `dcgan_guidelines` has stored its runs.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np

from t2ilib import studies
from t2ilib.figures import COLOUR, Markup
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.figures_matching import table_line
from t2ilib.figures_text import LETTERS
from t2ilib.figures_toys import EDGE_PAINT
from t2ilib.studies.dcgan_guidelines import PUBLISHED, ROWS, effect
from t2ilib.widgets.noise_view import strip_html
from t2ilib.widgets.panel import Panel

STUDY, FIRST = "dcgan_guidelines", "no batch norm"
NUMBERS = {"SynthFID": "SynthFID, lower is better", "diversity": "diversity",
           "parts shown": "parts shown", "checkerboard": "checkerboard",
           "out of range": "values beyond [-1, 1]", "silent input": "values that D's gradient never reaches",
           "swing": "swing of D(G(z))", "D's loss, spread": "spread of D's loss"}
"""Metrics of the study -> what they are called here."""
CURVES = ("D's loss", "D(G(z))")        # columns 1 and 2 of a stored curve; column 0 holds the steps
LOOKS = (f'fill="none" stroke="{COLOUR["baseline"]}" stroke-width="1.8"',
         f'fill="none" stroke="{COLOUR["fake"]}" stroke-width="1.8" stroke-dasharray="7 3"')
LEFT, WIDE, PITCH, TOP, TALL = 44, 340, 404, 48, 170        # CSS pixels of a panel: where it is, and how large
STYLE = """<style>
.t2i-runs { box-sizing: border-box; width: 804px; max-width: 100%; padding: 8px; background: #FBFAF7; color: #222222;
  font: 13px/1.45 "DejaVu Sans", Verdana, sans-serif; }
.t2i-runs > p { margin: 6px 0 4px; }
</style>"""


class Run(NamedTuple):
    """A row of the study, as it was stored."""

    row: str
    pictures: np.ndarray        # (8, 32, 32, 3) uint8, of the first seed
    curve: np.ndarray           # (K, 3): the step, D's loss, D(G(z)), of the first seed
    numbers: Mapping[str, Mapping]      # metric -> {value, low, high}, over the seeds


def stored_run(measures: Mapping[str, Mapping], arrays: Mapping[str, np.ndarray], row: str) -> Run:
    """One row; metrics that were not measured of it are left out."""
    return Run(row, arrays[f"pictures: {row}"], arrays[f"curve: {row}"],
               {metric: measures[f"{metric}: {row}"] for metric in NUMBERS if f"{metric}: {row}" in measures})


def runs_view(measures: Mapping[str, Mapping], published: Run, chosen: Run) -> Markup:
    """Both strips of samples, both curves, and a table of numbers."""
    told = verdict(measures, chosen)
    strips = "".join(f"<p><b>{escape(run.row)}</b></p>{strip_html(run.pictures, run.row)}"
                     for run in (published, chosen))
    shown = curves_view(published, chosen)
    table = table_html(measures, published, chosen)
    html = (f'{STYLE}<div class="t2i-runs"><p role="status">{escape(told)}</p>{strips}</div>{shown.html}'
            f'<div class="t2i-runs">{table}</div>')
    return Markup(html, "\n".join([told, *number_lines(published, chosen), shown.text]))


def verdict(measures: Mapping[str, Mapping], chosen: Run) -> str:
    """What breaking the guideline did to SynthFID, by the rule of the study."""
    if chosen.row == PUBLISHED:
        return "This is the published recipe itself."
    change = measures[f"SynthFID, difference: {chosen.row}"]
    return (f"{chosen.row}: {effect(measures, chosen.row)}. SynthFID changes by {change['value']:+,.0f} "
            f"({change['low']:+,.0f} to {change['high']:+,.0f} over {change['n']} seeds).")


def number_lines(published: Run, chosen: Run) -> list[str]:
    """A line for each metric."""
    return [f"{NUMBERS[metric]}: {spelled(published.numbers[metric])} as published, {spelled(number)} here"
            for metric, number in chosen.numbers.items()]


def table_html(measures: Mapping[str, Mapping], published: Run, chosen: Run) -> str:
    """The numbers of both, and those of other real pictures where the study has them."""
    lines = [table_line("th", ("mean over the seeds (lowest to highest)", "real pictures", PUBLISHED,
                               escape(chosen.row)))]
    for metric, number in chosen.numbers.items():
        ceiling = measures.get(f"{metric}: ceiling")
        lines.append(table_line("td", (escape(NUMBERS[metric]), short(ceiling["value"]) if ceiling else "",
                                       spelled(published.numbers[metric]), spelled(number))))
    return f'<table style="border-collapse:collapse;font-size:12px">{"".join(lines)}</table>'


def spelled(number: Mapping) -> str:
    """'7.1 (6.8 to 7.5)'."""
    return f"{short(number['value'])} ({short(number['low'])} to {short(number['high'])})"


def short(value: float) -> str:
    """Three digits, or a whole number."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def curves_view(published: Run, chosen: Run) -> Markup:
    """D's loss and D(G(z)) of both over the steps, side by side."""
    runs, drawn = (published, chosen), []
    for column, name in enumerate(CURVES, 1):
        top = 1.0 if name == "D(G(z))" else max(float(run.curve[:, column].max()) for run in runs)
        drawn.append(panel(runs, column, name, top))
    names = "".join(f'<path d="M{x} 12 h26" {look}/><text x="{x + 32}" y="16">{escape(run.row)}</text>'
                    for run, look, x in zip(runs, LOOKS, (LEFT, LEFT + 200)))
    ends = "; ".join(f"{run.row}: D's loss {run.curve[-1, 1]:.2f}, D(G(z)) {run.curve[-1, 2]:.2f}" for run in runs)
    said = f"D's loss and D(G(z)) over the steps, first seed. At the end: {ends}."
    return Markup(f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 804 {TALL + 40}" style="display:block;'
                  f'width:804px;max-width:100%;background:{PAPER};{LETTERS}" font-size="11" fill="{INK}">'
                  f'{names}{"".join(drawn)}</svg>', said)


def panel(runs: Sequence[Run], column: int, name: str, top: float) -> str:
    """The curves of one column of both runs, from 0 to `top`, with both axes."""
    left, steps = LEFT + (column - 1) * PITCH, float(runs[0].curve[-1, 0])

    def place(step: float, value: float) -> str:
        return f"{left + step / steps * WIDE:.1f},{TALL - value / (top or 1) * (TALL - TOP):.1f}"
    rules = "".join(f'<path d="M{left} {y} h{WIDE}" stroke="{EDGE_PAINT}"/><text x="{left - 6}" y="{y + 4}" '
                    f'text-anchor="end" fill="{SECONDARY}">{mark:.3g}</text>' for y, mark in ((TOP, top), (TALL, 0)))
    lines = "".join(f'<path d="M{" L".join(place(row[0], row[column]) for row in run.curve)}" {look}/>'
                    for run, look in zip(runs, LOOKS))
    words = (f'<text x="{left}" y="{TALL + 16}" fill="{SECONDARY}">0</text><text x="{left + WIDE}" y="{TALL + 16}" '
             f'text-anchor="end" fill="{SECONDARY}">{steps:,.0f} steps</text>'
             f'<text x="{left + 6}" y="{TOP - 6}" font-weight="bold">{escape(name)}</text>')
    return f"{rules}{lines}{words}"


class GuidelineRuns(Panel):
    """A list of what was changed."""

    def __init__(self, measures: Mapping[str, Mapping], arrays: Mapping[str, np.ndarray]):
        self.measures, self.rng = measures, np.random.default_rng()
        self.run = cache(lambda row: stored_run(measures, arrays, row))
        rows = [row for row in ROWS if row != PUBLISHED and f"pictures: {row}" in arrays]
        self.first = FIRST if FIRST in rows else rows[0]
        self.row = widgets.Dropdown(options=rows, value=self.first, description="changed",
                                    style={"description_width": "120px"}, layout=widgets.Layout(width="480px"))
        super().__init__([self.row], "any row of the study", "the first one")
        self.row.observe(self.soon, "value")

    def picture(self) -> Markup:
        return runs_view(self.measures, self.run(PUBLISHED), self.run(self.row.value))

    def settings(self) -> dict[str, str]:
        return {"changed": self.row.value}

    def surprise(self, _button=None) -> None:
        """Another row."""
        self.row.value = str(self.rng.choice([row for row in self.row.options if row != self.row.value]))

    def reset(self, _button=None) -> None:
        """The first row."""
        self.row.value = self.first
        self.soon()


def guideline_runs() -> GuidelineRuns:
    """The runs of the study of the guidelines, each beside the published one.

    Raises: FileNotFoundError with the command if the study has not been run.
    """
    return GuidelineRuns(studies.results(STUDY)["measures"], studies.arrays(STUDY))
