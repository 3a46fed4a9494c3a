"""The page of symptoms and causes, made from runs that are broken on purpose: `notebooks/symptoms.md`.

`t2i reproduce gan_symptoms` trains the runs and writes the page with its pictures; nobody edits it. A symptom's text
has gaps for what was measured in the run it shows, and its `sign` is a rule that this run must obey: when the results
change, the page or a test fails.
"""

import hashlib
import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from t2ilib import figures, runtime, studies
from t2ilib.data.digits import SIDE
from t2ilib.pairing import NOTEBOOKS
from t2ilib.studies import broken
from t2ilib.studies.broken import BrokenRun
from t2ilib.symptom_texts import INTRODUCTION, LATER, SECTION, SYMPTOMS, Facts, Symptom
from t2ilib.widgets.live import draw_log

PAGE = NOTEBOOKS / "symptoms.md"
ACROSS, ZOOM = 11, 14           # samples in a row; pixels of the file for one of a sample
MADE_FROM = "Made from"         # the key in a picture's file under which the hash of its results stands


def write() -> None:
    """Write the page and its pictures from the stored runs.

    Raises: FileNotFoundError with the command if there are no stored runs.
    """
    broken.load.cache_clear()                   # they may have just been made anew
    runs = broken.load()
    for symptom in SYMPTOMS:
        save(picture(shown(symptom, runs)), picture_path(symptom))
    runtime.write_text(PAGE, page(runs))


def save(image: Image.Image, path: Path) -> None:
    """Write a picture in 256 colours, with the hash of the results it was made from."""
    known = PngInfo()
    known.add_text(MADE_FROM, results_hash())
    small = image.convert("P", palette=Image.Palette.ADAPTIVE)
    runtime.write_atomically(path, lambda temporary: small.save(temporary, "PNG", optimize=True, pnginfo=known))


def picture_path(symptom: Symptom) -> Path:
    """Where a symptom's picture is kept, for the page and for the learner's desk."""
    return NOTEBOOKS / "assets" / f"symptom_{symptom.slug}.png"


def results_hash() -> str:
    """What the pictures carry, so that a test can tell old ones."""
    return hashlib.sha256(studies.existing("gan_symptoms", "npz").read_bytes()).hexdigest()


def shown(symptom: Symptom, runs: list[BrokenRun]) -> BrokenRun:
    """The run that a symptom shows."""
    return next(run for run in runs if (run.cause, run.seed) == (symptom.cause, symptom.seed))


def facts(run: BrokenRun) -> Facts:
    """What a run looks like in its last quarter of steps."""
    late = {name: float(values[-len(values) // 4:].mean()) for name, values in run.log.items()}
    return Facts(late["D(real)"], late["D(fake)"], late["D: real"] + late["D: fake"], late["G: fake"],
                 broken.spread(run.samples[-1]), broken.spread(run.real),
                 change(run.samples[0], run.samples[-1]), change(run.samples[-2], run.samples[-1]),
                 float(run.real.max()))


def change(before: np.ndarray, after: np.ndarray) -> float:
    """How far a number in the samples moved on average."""
    return float(np.abs(after - before).mean())


# The page


def page(runs: list[BrokenRun]) -> str:
    """The whole page as Markdown."""
    steps, seeds = int(runs[0].steps[-1]), len({run.seed for run in runs})
    parts = [INTRODUCTION.format(steps=steps, seeds=seeds, last=int(runs[0].sample_steps[1])), table(runs)]
    return "\n".join([*parts, *(section(symptom, runs) for symptom in SYMPTOMS), LATER])


def table(runs: list[BrokenRun]) -> str:
    """The runs in numbers, a row for each symptom."""
    head = "| run | D(real) | D(fake) | loss of D | loss of G | spread | moved |\n|---|--:|--:|--:|--:|--:|--:|"
    rows = []
    for symptom in SYMPTOMS:
        known = facts(shown(symptom, runs))
        numbers = (known.d_real, known.d_fake, known.d_loss, known.g_loss, known.spread, known.late)
        rows.append(f"| {symptom.title} | " + " | ".join(map(number, numbers)) + " |")
    return "\n".join([head, *rows, ""])


def section(symptom: Symptom, runs: list[BrokenRun]) -> str:
    """One symptom: its picture, what to see, why, how to make sure, the cure, the chapter."""
    known = {name: number(value) for name, value in facts(shown(symptom, runs))._asdict().items()}
    alike = [symptom.sign(facts(run)) for run in runs if run.cause == symptom.cause]
    alt = (f"{symptom.title}: D answers {known['d_real']} to real samples and {known['d_fake']} to fakes; the samples "
           f"are {known['spread']} apart, the real ones {known['real_spread']}.")
    words = {name: text.format(**known) for name, text in symptom.texts.items()}
    return SECTION.format(title=symptom.title, alt=alt, slug=symptom.slug, seed=symptom.seed, hits=sum(alike),
                          count=len(alike), chapter=symptom.chapter, **words)


def number(value: float) -> str:
    """Two decimals, or whole with commas from a hundred on; no minus before a zero."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
    return text.removeprefix("-") if not float(text.replace(",", "")) else text


# The pictures


def picture(run: BrokenRun) -> Image.Image:
    """The log of a run above a few real samples and G's, one early and two late looks at the same noise."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 2.9), sharex=True)
    draw_log(axes, [{"step": step, **{name: values[i] for name, values in run.log.items()}}
                    for i, step in enumerate(run.steps.tolist())])
    log = Image.open(io.BytesIO(figures.figure_card(figure, "").png)).convert("RGB")
    strips = {"real": run.real, **{f"G, step {run.sample_steps[at]:,}": run.samples[at] for at in (1, -2, -1)}}
    rows = [strip(name, samples, log.width) for name, samples in strips.items()]
    sheet = Image.new("RGB", (log.width, log.height + sum(row.height for row in rows)), figures.PAPER)
    top = 0
    for part in (log, *rows):
        sheet.paste(part, (0, top))
        top += part.height
    return sheet


def case(run: BrokenRun, name: str) -> figures.Card:
    """The same under another name than its cause, for somebody who is to find it."""
    known, sheet = facts(run), picture(run)
    alt = (f"{name}: at the end D answers {known.d_real:.2f} to real samples and {known.d_fake:.2f} to fakes; G's loss "
           f"is {known.g_loss:,.2f}.")
    return figures.Card(figures.png_bytes(sheet), alt, sheet.width // 2)


def strip(name: str, samples: np.ndarray, width: int) -> Image.Image:
    """A row of samples (N, D), dark ink on white, with its name on the left; what leaves [-1, 1] is cut off."""
    side, gap, margin = SIDE * ZOOM, 2 * figures.GAP, 2 * figures.MARGIN
    row = Image.new("RGB", (width, side + gap), figures.PAPER)
    ImageDraw.Draw(row).text((margin, side // 3), name, figures.INK, figures.font(26))
    ink = np.uint8(np.round(127.5 * (1 - np.clip(samples[:ACROSS], -1, 1)))).reshape(-1, SIDE, SIDE)
    for index, sample in enumerate(ink):
        image = Image.fromarray(sample).resize((side, side), Image.Resampling.NEAREST)
        row.paste(image, (width - margin - (len(ink) - index) * (side + gap), 0))
    return row


if __name__ == "__main__":
    write()
