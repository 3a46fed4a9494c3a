"""The figures of the studies of DCGAN: guidelines broken one by one, ways to enlarge, plain layers beside convolutions.

Source: Radford et al. 2016, Section 3; Odena, Dumoulin and Olah 2016 (dots).
"""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter
from PIL import Image, ImageDraw

from t2ilib import figures
from t2ilib.figures import COLOUR, GAP, INK, PAPER, QUIET, SECONDARY, Card, Markup, figure_card, unbroken
from t2ilib.figures_gan import BOX, letters
from t2ilib.figures_gan import INK as INK_LINE
from t2ilib.figures_gan import PAPER as PAPER_HEX
from t2ilib.figures_matching import table_line
from t2ilib.figures_pairs import write
from t2ilib.figures_toys import canvas, draw_term, name_ends, put
from t2ilib.studies import dcgan_guidelines, dcgan_upsampling
from t2ilib.studies.dcgan_guidelines import HEADS, MOMENTA, PUBLISHED, STAGES, UNCLEAR, effect
from t2ilib.studies.dcgan_upsampling import MOMENTS
from t2ilib.studies.plain_against_dcgan import DCGAN, PLAIN, RATES, title

Measures = Mapping[str, Mapping]
Arrays = Mapping[str, np.ndarray]
GREY = COLOUR["baseline"]
CHANGED = tuple(row for row in dcgan_guidelines.ROWS if row != PUBLISHED)
THIRDS = ("⅓", "⅔", "all")
THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}".replace("-", "−"))
STYLES = (("o", "-", INK_LINE), ("D", "--", GREY), ("s", ":", INK_LINE))
"""Of up to three runs in one panel: marker, dash and colour."""

NAMES, SIDE, PANEL = 212, 64, 804           # CSS pixels: names at the left, a picture of 32 x 32, a card


# --- the guidelines -----------------------------------------------------------------------------------------------

def guideline_forest(measures: Measures, rows: Sequence[str] = CHANGED) -> Card:
    """What breaking each guideline does to SynthFID: the mean over seeds, the lowest and the highest seed.

    A full dot is a change that counts by the rule of the study, a hollow one is not; the grey band is as wide as the
    published recipe differs between seeds. `measures` are those of the results of `dcgan_guidelines`.
    """
    figure, axis = plt.subplots(figsize=(8, 1.0 + 0.31 * len(rows)))
    own = measures[f"SynthFID: {PUBLISHED}"]
    spread = own["high"] - own["low"]
    axis.axvspan(-spread, spread, color=GREY, alpha=0.18, linewidth=0)
    axis.axvline(0, linestyle=":", color=GREY)
    words = {row: effect(measures, row) for row in rows}
    for place, (row, word) in enumerate(words.items()):
        draw_change(axis, place, measures[f"SynthFID, difference: {row}"], word)
    axis.set_yticks(range(len(rows)), rows)
    axis.set(ylim=(len(rows) - 0.4, -0.6), xlabel="change of SynthFID (to the right: worse than as published)")
    axis.annotate(f"as published: {own['value']:,.0f}", (0, 1), (0, 4), xycoords=("data", "axes fraction"),
                  textcoords="offset points", ha="center", fontsize=9, color=QUIET)
    axis.xaxis.set_major_formatter(THOUSANDS)
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", visible=True)
    said = "; ".join(f"{row} {signed(measures[f'SynthFID, difference: {row}'])}, {word}" for row, word in words.items())
    return figure_card(figure, f"Change of SynthFID when one guideline is broken, over {own['n']} seeds; as published "
                               f"it is {own['value']:,.0f}. {said}.")


def draw_change(axis: plt.Axes, place: int, change: Mapping, word: str) -> None:
    """A row of the forest, with its word at the right."""
    axis.plot([change["low"], change["high"]], [place, place], color=INK_LINE, linewidth=2, solid_capstyle="round")
    axis.plot(change["value"], place, "o", color=PAPER_HEX if word == UNCLEAR else INK_LINE, markersize=7,
              markeredgecolor=INK_LINE, zorder=4)
    axis.annotate(f"{signed(change)}  {word}", (1, place), (8, 0), xycoords=("axes fraction", "data"),
                  va="center", textcoords="offset points", annotation_clip=False, fontsize=9,
                  color=QUIET if word == UNCLEAR else INK_LINE)


def signed(change: Mapping) -> str:
    """'+4,000', with a true minus sign."""
    return f"{change['value']:+,.0f}".replace("-", "−")


COLUMNS = {"SynthFID": ("SynthFID ↓", ",.0f"), "diversity": ("diversity", ".2f"),
           "parts shown": ("parts shown", ".2f"), "SynthFID, difference": ("change ↓", "+,.0f")}
"""Metric of the study -> its name in the table and how it is written; ↓ where less is better."""


def guideline_table(measures: Measures, rows: Sequence[str] = CHANGED) -> Markup:
    """The published recipe and some rows by what was measured of them, the lowest and the highest seed in grey; and
    what each does to SynthFID, by the rule of the study.
    """
    lines, said = [table_line("th", ("what was changed", *(name for name, _ in COLUMNS.values()), "effect"))], []
    for row in (PUBLISHED, *rows):
        cells = [cell(measures.get(f"{metric}: {row}"), form) for metric, (_, form) in COLUMNS.items()]
        word = effect(measures, row) if row != PUBLISHED else "–"
        lines.append(table_line("td", (unbroken(escape(row)), *cells, unbroken(word))))
        said.append(f"{row}: SynthFID {measures[f'SynthFID: {row}']['value']:,.0f}, {word}")
    return Markup('<table style="background:#FBFAF7;color:#222222;border-collapse:collapse;max-width:800px;'
                  f'font-size:12px">{"".join(lines)}</table>', "; ".join(said) + ".")


def cell(score: Mapping | None, form: str) -> str:
    """A mean with the lowest and highest seed below it in grey; a dash for what is not known."""
    if score is None:
        return "–"
    value, low, high = (format(score[part], form).replace("-", "−") for part in ("value", "low", "high"))
    return f'{value}<br><span style="color:{QUIET};font-size:11px">{unbroken(f"{low} to {high}")}</span>'


def guideline_samples(measures: Measures, arrays: Arrays, rows: Sequence[str] = (PUBLISHED, *CHANGED)) -> Card:
    """Eight samples of the first seed of each row, always of the same noises, with its SynthFID of that seed.

    `arrays` are those of the results of `dcgan_guidelines`.
    """
    return sample_rows({row: arrays[f"pictures: {row}"] for row in rows},
                       {row: f"SynthFID {measures[f'SynthFID: {row}']['rows'][0]:,.0f}" for row in rows})


def sample_rows(pictures: Mapping[str, np.ndarray], notes: Mapping[str, str]) -> Card:
    """Rows of pictures with their name and a note at the left.

    Shapes: name -> (8, 32, 32, 3) uint8, or fewer or smaller ones whose side divides 64
    """
    pitch = SIDE + GAP
    across = max(map(len, pictures.values()))
    paper = Image.new("RGB", canvas(max(320, NAMES + across * pitch + 6), 6 + len(pictures) * pitch + 2), PAPER)
    pen = ImageDraw.Draw(paper)
    for i, (name, images) in enumerate(pictures.items()):
        y, lines = 6 + i * pitch, wrap(name, 28)
        write(pen, (10, y + 12), "\n".join(lines), 12, INK, "la")
        write(pen, (10, y + 14 + 16 * len(lines)), notes[name], 10, SECONDARY, "la")
        for k, image in enumerate(images):
            put(paper, image, (NAMES + k * pitch, y), SIDE)
    said = "; ".join(f"{name}, {notes[name]}" for name in pictures)
    return Card(figures.png_bytes(paper), f"Samples of {len(pictures)} runs, a row each, always of the same noises. "
                                          f"{said}.", paper.width // 2)


def distance_curves(measures: Measures, rows: Sequence[str] = HEADS) -> Card:
    """SynthFID after a third of the steps, two thirds and all, of up to three rows: mean, lowest and highest seed."""
    figure, axis = plt.subplots(figsize=(8, 3.6))
    ends, said = {}, []
    for shift, row, (mark, dash, colour) in zip((0, -0.03, 0.03), rows, STYLES):
        scores = [measures[f"{stage}: {row}"] for stage in STAGES]
        means, lows, highs = (np.array([score[part] for score in scores]) for part in ("value", "low", "high"))
        axis.errorbar(np.arange(3) + shift, means, (means - lows, highs - means), fmt=mark + dash, color=colour,
                      markersize=6, capsize=3)
        ends[row] = means[-1]
        said.append(f"{row}: " + ", ".join(f"{mean:,.0f}" for mean in means))
    axis.set_xticks(range(3), THIRDS)
    axis.yaxis.set_major_formatter(THOUSANDS)
    axis.set(xlabel="part of the steps", ylabel="SynthFID (less is better)", ylim=(0, None))
    name_ends(axis, 2.05, ends, [colour for *_, colour in STYLES])
    return figure_card(figure, f"SynthFID after a third of the steps, two thirds and all. {'; '.join(said)}.")


def swings(arrays: Arrays, measures: Measures, rows: Sequence[str] = MOMENTA) -> Card:
    """D(G(z)) over the steps of the first seed, a panel for each row; above, its standard deviation at the end.

    Raw in pale, smoothed on top; the end is the last third, mean over seeds.
    """
    figure, axes = plt.subplots(1, len(rows), figsize=(8, 3.2), sharex=True, sharey=True, squeeze=False)
    said = []
    for axis, row in zip(axes[0], rows):
        steps, _, answers = np.asarray(arrays[f"curve: {row}"], float).T
        draw_term(axis, steps, answers, COLOUR["fake"], "--")
        swing = measures[f"swing: {row}"]
        axis.set_title(f"{row}\nswing {swing['value']:.3f}", loc="left", fontsize=10)
        axis.set(xlabel="steps", ylim=(0, None))
        said.append(f"{row} {swing['value']:.3f} [{swing['low']:.3f}, {swing['high']:.3f}]")
    axes[0, 0].set_ylabel("D(G(z))", color=COLOUR["fake"])
    letters(axes[0])
    return figure_card(figure, f"D's answer to fakes during training. Its standard deviation over the last third: "
                               f"{'; '.join(said)}.")


# --- dots ---------------------------------------------------------------------------------------------------------

def checkerboards(measures: Measures) -> Card:
    """The dotted pattern of four ways to enlarge, before training (hollow) and after it (full); real pictures have 1.

    Mean over seeds, lowest and highest seed. `measures` are those of the results of `dcgan_upsampling`.
    """
    rows = list(dcgan_upsampling.ROWS)
    figure, axis = plt.subplots(figsize=(8, 3.4))
    said = []
    for (moment, metric), up, filled in zip(MOMENTS.items(), (-0.14, 0.14), (False, True)):
        for place, row in enumerate(rows):
            draw_dots(axis, place + up, measures[f"{metric}: {row}"], filled)
        said.append(f"{moment}: " + ", ".join(f"{row} {measures[f'{metric}: {row}']['value']:.3g}" for row in rows))
    for text, up in zip(("◇ before training", "◆ after training"), (-0.14, 0.14)):
        axis.annotate(text, (1, up), (8, 0), xycoords=("axes fraction", "data"), va="center", fontsize=9,
                      textcoords="offset points", annotation_clip=False, color=QUIET)
    axis.axvline(1, linestyle=":", color=COLOUR["real"])
    axis.annotate("real pictures", (1, 1), (4, 3), xycoords=("data", "axes fraction"), textcoords="offset points",
                  fontsize=9, color=COLOUR["real"])
    axis.set_xscale("symlog", linthresh=1)
    axis.set_xticks((0, 1, 10, 100, 1000), ("0", "1", "10", "100", "1,000"))
    axis.set_yticks(range(len(rows)), rows)
    most = max(measures[f"{metric}: {row}"]["high"] for metric in MOMENTS.values() for row in rows)
    axis.set(ylim=(len(rows) - 0.4, -0.6), xlim=(-0.15, 4 * most),
             xlabel="energy of the dots, times that of real pictures")
    axis.grid(axis="y", visible=False)
    axis.grid(axis="x", visible=True)
    return figure_card(figure, f"Energy of a dotted pattern at the contrast of real pictures, which have 1. "
                               f"{'; '.join(said)}.")


def draw_dots(axis: plt.Axes, place: float, score: Mapping, filled: bool) -> None:
    """A number with its interval, in the colour of fakes."""
    axis.plot([score["low"], score["high"]], [place, place], color=COLOUR["fake"], linewidth=2.4)
    axis.plot(score["value"], place, "D", color=COLOUR["fake"] if filled else PAPER_HEX, markersize=7,
              markeredgecolor=COLOUR["fake"], zorder=4)
    axis.annotate(f"{score['value']:.3g}", (score["high"], place), (8, 0), textcoords="offset points", va="center",
                  fontsize=9, bbox=BOX)


CROP, ZOOM, ASIDE = slice(8, 24), 8, 112    # the middle of a picture, its enlargement, CSS pixels for names


def crops(arrays: Arrays) -> Card:
    """The middle of the first sample of each way to enlarge, before training and after it, and of a real picture.

    Before training the pictures are pale; they are shown at the contrast of real ones. `arrays` are those of the
    results of `dcgan_upsampling`.
    """
    rows, side = list(dcgan_upsampling.ROWS), 16 * ZOOM
    pitch, top = side + GAP + 4, 44
    paper = Image.new("RGB", canvas(ASIDE + 5 * pitch + 6, top + 2 * pitch + 4), PAPER)
    pen = ImageDraw.Draw(paper)
    for column, name in enumerate((*rows, "real")):
        write(pen, (ASIDE + column * pitch, 10), "\n".join(wrap(name, 18)), 11, INK, "la")
    for line, (moment, key) in enumerate(zip(MOMENTS, ("begun", "pictures"))):
        write(pen, (10, top + line * pitch + side / 2), "\n".join(wrap(moment, 10)), 12, INK)
        for column, row in enumerate(rows):
            put(paper, arrays[f"{key}: {row}"][0][CROP, CROP], (ASIDE + column * pitch, top + line * pitch), side)
    put(paper, arrays["real"][0][CROP, CROP], (ASIDE + 4 * pitch, top + pitch), side, COLOUR["real"])
    return Card(figures.png_bytes(paper), f"Crops of 16 × 16 pixels, {ZOOM} times enlarged, before and after training: "
                                          f"{', '.join(rows)}; and a real picture.", paper.width // 2)


# --- plain layers beside DCGAN ------------------------------------------------------------------------------------

EACH, LABELS = 2, 120               # of `success_grid`: samples of a run, CSS pixels for names


def success_grid(measures: Measures, arrays: Arrays) -> Card:
    """Every run of both GANs: a column for each learning rate, side by side the seeds, two samples of each run.

    Below each a full dot for a success, a hollow one for a failure, and its SynthFID. `measures` and `arrays` are those
    of the results of `plain_against_dcgan`.
    """
    names, found = (DCGAN, PLAIN), {name: measures[f"successes: {name}"] for name in (DCGAN, PLAIN)}
    seeds = len(found[DCGAN]["rows"]) // len(RATES)
    pitch, high = SIDE + GAP, EACH * (SIDE + GAP) + 30
    wide = seeds * pitch + 18
    paper = Image.new("RGB", canvas(LABELS + len(RATES) * wide, 34 + len(names) * high), PAPER)
    pen = ImageDraw.Draw(paper)
    for column, rate in enumerate(RATES):
        write(pen, (LABELS + column * wide, 10), f"learning rate {rate:g}", 12, INK, "la")
    for line, (name, column) in enumerate((name, column) for name in names for column in range(len(RATES))):
        place = (LABELS + column * wide, 34 + line // len(RATES) * high)
        runs = found[name]["rows"][column * seeds:(column + 1) * seeds]
        draw_runs(paper, place, arrays[title(name, RATES[column])], runs)
    said = []
    for line, name in enumerate(names):
        hits = [run["succeeded"] for run in found[name]["rows"]]
        said.append(f"{name} {sum(hits)} of {len(hits)}")
        write(pen, (10, 34 + line * high + 20), f"{name}\n{sum(hits)} of {len(hits)}", 12, INK, "la")
    p = measures["Fisher's p"]["value"]
    return Card(figures.png_bytes(paper), f"Runs that succeed, at three learning rates: {', '.join(said)}. Chance "
                                          f"would part them as much with p = {p:.2g} (Fisher's exact test).",
                paper.width // 2)


def draw_runs(paper: Image.Image, place: tuple[int, int], pictures: np.ndarray, runs: Sequence[Mapping]) -> None:
    """The seeds of one learning rate; pictures (seeds, 8, 32, 32, 3)."""
    pen, pitch = ImageDraw.Draw(paper), SIDE + GAP
    for k, (samples, run) in enumerate(zip(pictures, runs)):
        x, y = place[0] + k * pitch, place[1]
        for i in range(EACH):
            put(paper, samples[i], (x, y + i * pitch), SIDE)
        mark = "●" if run["succeeded"] else "○"
        write(pen, (x + SIDE / 2, y + EACH * pitch + 8), f"{mark} {run['SynthFID']:,.0f}", 11, INK, "mm")
