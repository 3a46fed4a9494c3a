"""Figures and picture sheets in one hand: paper cards with an alt text, readable on light and dark pages.

Functions return a `Card` (a picture that knows its alt text) or a plain array; nothing here calls `show()`.
"""

import base64
import html
import io
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from t2ilib import runtime
from t2ilib.metrics import claims
from t2ilib.metrics.measures import Score
from t2ilib.sample import Drawing

plt.style.use(str(Path(__file__).parent / "course.mplstyle"))

PAPER, INK, SECONDARY = (251, 250, 247), (34, 34, 34), (107, 107, 107)
QUIET = "#6B6B6B"           # the same grey where a name is wanted
COLOUR = {"real": "#2F7FD0", "fake": "#E0701A", "discriminator": "#1F9E77", "wrong text": "#C0518F",
          "text": "#8A6BD1", "baseline": "#808080"}
GAP, MARGIN = 4, 10


@dataclass(frozen=True)
class Card:
    """A picture with an alt text; shows itself in a notebook as an `<img>`."""

    png: bytes
    alt: str
    width: int                  # CSS pixels

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        data = base64.b64encode(self.png).decode()
        return {"text/html": f'<img alt="{html.escape(self.alt)}" width="{self.width}" style="max-width:100%" '
                             f'src="data:image/png;base64,{data}">', "text/plain": self.alt}


def card(image: np.ndarray | Image.Image, alt: str) -> Card:
    """An array (H, W, 3) uint8, shown pixel by pixel, as a card."""
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    return Card(png_bytes(image), alt, image.width)


def figure_card(figure: plt.Figure, alt: str) -> Card:
    """A matplotlib figure as a card, at twice the resolution; closes the figure."""
    stream, width = io.BytesIO(), round(figure.get_size_inches()[0] * 100)
    figure.savefig(stream, format="png", metadata={"Software": None})
    plt.close(figure)
    return Card(stream.getvalue(), alt, width)


def png_bytes(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def save_png(image: np.ndarray | Image.Image, path: Path) -> None:
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(path, "PNG")


def write_png(image: np.ndarray | Image.Image, path: Path) -> None:
    """Save a picture atomically.

    Raises: ValueError if the name does not end in .png.
    """
    if path.suffix.lower() != ".png":
        raise ValueError(f"the picture file should end in .png, got {path}; choose another name")
    runtime.write_atomically(path, lambda temporary: save_png(image, temporary))


def font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """The DejaVu Sans that comes with matplotlib: the same letters on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(plt.matplotlib.get_data_path()) / "fonts" / "ttf" / name), size)


def zoomed(pixels: np.ndarray, zoom: int) -> np.ndarray:
    """(..., H, W, 3) enlarged by a whole number, pixel by pixel."""
    return pixels.repeat(zoom, axis=-3).repeat(zoom, axis=-2)


def sheet(rows: Tensor, zoom: int = 1) -> np.ndarray:
    """(R, K, 3, S, S) in [-1, 1] -> one picture (H, W, 3), a row of K pictures for each of R, with gaps."""
    pixels = zoomed(runtime.to_pixels(rows.flatten(0, 1)), zoom)
    count, across, side = *rows.shape[:2], pixels.shape[1]
    paper = np.full((count * (side + GAP) - GAP, across * (side + GAP) - GAP, 3), PAPER, np.uint8)
    for i, picture in enumerate(pixels):
        y, x = (i // across) * (side + GAP), (i % across) * (side + GAP)
        paper[y:y + side, x:x + side] = picture
    return paper


def captioned_rows(rows: np.ndarray, captions: list[str], zoom: int = 2, real: bool = False) -> Image.Image:
    """(R, K, S, S, 3) uint8 with one caption above each row; a blue frame round column 0 if it holds real pictures."""
    count, across, side = rows.shape[0], rows.shape[1], rows.shape[2] * zoom
    line = 22
    width = 2 * MARGIN + across * (side + GAP) - GAP
    paper = Image.new("RGB", (width, MARGIN + count * (line + side + MARGIN)), PAPER)
    pen = ImageDraw.Draw(paper)
    for r, (pictures, caption) in enumerate(zip(rows, captions)):
        y = MARGIN + r * (line + side + MARGIN)
        pen.text((MARGIN, y), caption, INK, font(13))
        for k, picture in enumerate(pictures):
            place = (MARGIN + k * (side + GAP), y + line)
            paper.paste(Image.fromarray(zoomed(picture, zoom)), place)
            if real and k == 0:
                pen.rectangle((place[0] - 2, place[1] - 2, place[0] + side + 1, place[1] + side + 1),
                              outline=COLOUR["real"], width=2)
    return paper


def drawing_sheet(drawing: Drawing, zoom: int = 3, across: int = 4) -> Image.Image:
    """A sentence, its pictures, and under each what the probe reads of the named parts."""
    side = drawing.images.shape[1] * zoom
    lines = max((len(marks) for marks in drawing.seen), default=0)
    cell, head = side + 8 + 17 * lines, 34
    across = min(across, len(drawing.images))
    down = -(-len(drawing.images) // across)
    width = max(2 * MARGIN + across * (side + GAP) - GAP, 420)
    paper = Image.new("RGB", (width, head + down * (cell + MARGIN) + MARGIN), PAPER)
    pen = ImageDraw.Draw(paper)
    pen.text((MARGIN, 9), fitted(drawing.sentence or "(no sentence)", width - 2 * MARGIN, font(14)), INK, font(14))
    for i, (picture, marks) in enumerate(zip(drawing.images, drawing.seen)):
        x, y = MARGIN + (i % across) * (side + GAP), head + (i // across) * (cell + MARGIN)
        paper.paste(Image.fromarray(zoomed(picture, zoom)), (x, y))
        for k, mark in enumerate(marks):
            paint_mark(pen, (x, y + side + 6 + 17 * k), mark)
    return paper


def paint_mark(pen: ImageDraw.ImageDraw, place: tuple[int, int], mark: tuple[str, str, str]) -> None:
    """'red wing' after a tick, or 'red wing: brown' after a cross: shape, word and colour say the same."""
    (x, y), (part, wanted, seen) = place, mark
    right = wanted == seen
    stroke = ((x + 1, y + 7), (x + 4, y + 11), (x + 11, y + 2)) if right else ((x + 2, y + 3), (x + 10, y + 11))
    pen.line(stroke, COLOUR["discriminator"] if right else COLOUR["wrong text"], 2)
    if not right:
        pen.line(((x + 10, y + 3), (x + 2, y + 11)), COLOUR["wrong text"], 2)
    words = f"{wanted} {part}" if right else f"{wanted} {part}: no, {seen}"
    pen.text((x + 17, y), words, INK if right else SECONDARY, font(12))


def fitted(text: str, width: int, letters: ImageFont.FreeTypeFont) -> str:
    """The text, cut with an ellipsis where it would not fit into `width` pixels."""
    text = " ".join(text.split())
    while text and letters.getlength(text) > width:
        text = text[:-2].rstrip() + "…"
    return text


def drawing(result: Drawing, zoom: int = 3) -> Card:
    """A drawing as a card; the alt text says what the probe found."""
    named = [mark for marks in result.seen for mark in marks]
    right = sum(wanted == seen for _, wanted, seen in named)
    found = f"The probe finds {right} of {len(named)} named colours." if named else "The sentence names no colour."
    alt = f"{len(result.images)} pictures drawn for: {result.sentence[:200]}. {found}"
    return card(drawing_sheet(result, zoom), alt)


def fixed_rows(images: np.ndarray, captions: list[str], alt: str, real: bool = False) -> Card:
    """A grid of pictures with captions, as a card."""
    return card(captioned_rows(images, captions, real=real), alt)


def scores(named: dict[str, Score], label: str, alt: str) -> Card:
    """Each score as a diamond with its 95 % interval, between its floor and its ceiling (dotted)."""
    figure, axis = plt.subplots(figsize=(8, 0.9 + 0.6 * len(named)))
    for row, score in enumerate(named.values()):
        axis.plot([score.low, score.high], [row, row], color=COLOUR["fake"], linewidth=3, solid_capstyle="round")
        axis.plot(score.value, row, "D", color=COLOUR["fake"], markersize=8)
        axis.annotate(f"{score.value:.2f}", (score.value, row - 0.36), ha="center", va="center", fontsize=10)
        for bound, word in ((score.floor, "floor"), (score.ceiling, "ceiling")):
            axis.plot([bound, bound], [row - 0.3, row + 0.3], ":", color=COLOUR["baseline"])
            axis.annotate(f"{word} {bound:.2f}", (bound + 0.01, row + 0.22), va="center", fontsize=9, color=QUIET)
    axis.set_yticks(range(len(named)), list(named))
    right = max(max(score.high, score.ceiling) for score in named.values())
    axis.set(ylim=(len(named) - 0.4, -0.7), xlim=(-0.03, right + 0.16), xlabel=label)
    axis.grid(False)
    return figure_card(figure, alt)


def bars(shares: dict[str, float], label: str, floor: float, alt: str) -> Card:
    """Named shares of 1 as bars from the largest to the smallest, with the floor dotted."""
    ordered = sorted(shares.items(), key=lambda item: item[1])
    figure, axis = plt.subplots(figsize=(8, 0.8 + 0.26 * len(ordered)))
    axis.barh([name for name, _ in ordered], [share for _, share in ordered], color=COLOUR["fake"], height=0.66)
    for row, (_, share) in enumerate(ordered):
        axis.annotate(f"{share:.2f}", (share, row), (5, 0), textcoords="offset points", va="center", fontsize=10)
    axis.axvline(floor, linestyle=":", color=COLOUR["baseline"])
    axis.annotate(f"floor {floor:.2f}", (floor, len(ordered) - 0.45), (4, 2), textcoords="offset points", fontsize=9,
                  color=QUIET)
    axis.set(xlim=(0, 1.08), xlabel=label)
    axis.grid(False)
    return figure_card(figure, alt)


def curves(history: list[dict], terms: dict[str, str], alt: str, label: str = "loss") -> Card:
    """Logged terms over the steps, raw in pale and smoothed on top, each named at its end.

    `terms` maps the name of a term in the log to its name in the figure; `label` says what is drawn.
    """
    figure, axis = plt.subplots(figsize=(8, 3.4))
    steps = np.array([row["step"] for row in history])
    styles = zip((COLOUR["real"], COLOUR["wrong text"], COLOUR["fake"]), ("-", ":", "--"))
    ends = {}
    for (term, name), (colour, dash) in zip(terms.items(), styles):
        values = np.array([row[term] for row in history])
        width = max(1, len(values) // 12)
        smooth = np.convolve(np.pad(values, (width - 1, 0), mode="edge"), np.ones(width) / width, mode="valid")
        axis.plot(steps, values, color=colour, alpha=0.25, linewidth=1)
        axis.plot(steps, smooth, dash, color=colour)
        ends[name] = (smooth[-1], colour)
    heights = apart([end for end, _ in ends.values()], 0.06 * np.ptp(axis.get_ylim()))
    for (name, (_, colour)), height in zip(ends.items(), heights):
        axis.annotate(name, (steps[-1], height), (6, 0), textcoords="offset points", va="center", color=colour)
    axis.set(xlabel="steps", ylabel=label)
    axis.margins(x=0.02)
    return figure_card(figure, alt)


def apart(heights: list[float], gap: float) -> list[float]:
    """Heights for labels: as given, pushed up until neighbours are `gap` apart."""
    placed = dict.fromkeys(range(len(heights)), 0.0)
    lowest = -float("inf")
    for index in sorted(placed, key=heights.__getitem__):
        placed[index] = lowest = max(heights[index], lowest + gap)
    return list(placed.values())


@dataclass(frozen=True)
class Markup:
    """HTML or SVG that shows itself in a notebook, with its text as a fallback."""

    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/html": self.html, "text/plain": self.text}


def flow(boxes: list[tuple[str, str, str]], modules: list[str]) -> Markup:
    """A row of boxes (name, shape, colour name of COLOUR), with the module named on each arrow between them."""
    width, height, gap, top = 112, 54, 66, 34
    parts, total = [], len(boxes) * width + (len(boxes) - 1) * gap + 20
    for i, (name, shape, colour) in enumerate(boxes):
        x, paint = 10 + i * (width + gap), COLOUR[colour]
        parts.append(
            f'<rect x="{x}" y="{top}" width="{width}" height="{height}" rx="5" fill="#FFFFFF" stroke="{paint}" '
            f'stroke-width="2"/><text x="{x + width / 2}" y="{top + 23}" font-weight="bold">{html.escape(name)}</text>'
            f'<text x="{x + width / 2}" y="{top + 42}" fill="{QUIET}">{html.escape(shape)}</text>')
    for i, module in enumerate(modules):
        x, y = 10 + (i + 1) * width + i * gap, top + height / 2
        parts.append(f'<path d="M{x + 4} {y} H{x + gap - 9}" stroke="#222222" stroke-width="1.6"/>'
                     f'<path d="M{x + gap - 10} {y - 5} l8 5 l-8 5 z" fill="#222222"/>'
                     f'<text x="{x + gap / 2}" y="{top - 12}" font-style="italic">{html.escape(module)}</text>')
    said = " → ".join(f"{name} {shape}" for name, shape, _ in boxes)
    drawing = (f'<svg role="img" aria-label="{html.escape(said)}" viewBox="0 0 {total} {top + height + 14}" '
               f'style="width:{total}px;max-width:100%;background:#FBFAF7" font-size="12" text-anchor="middle" '
               f'font-family="DejaVu Sans, Verdana, sans-serif" fill="#222222">{"".join(parts)}</svg>')
    return Markup(drawing, said)


NOTHING = 1e-9                  # what is smaller is rounding, and written as 0
VERDICT_SHAPES = {"reproduced": "●", "inconclusive": "◐", "not reproduced at this scale": "○", "not run": "–"}


def verdicts(chapter: str) -> Markup:
    """The table of a chapter's claims: what was measured, its interval, and the computed verdict."""
    rows, lines = [], []
    judged = claims.chapter_verdicts(chapter)
    for claim in claims.chapter_claims(chapter):
        found = judged[claim.ledger]
        mark = f'{VERDICT_SHAPES[found["verdict"]]}&nbsp;{found["verdict"]}'
        set_when = f"bound set {claim.bound_set}" if found["measured"] is not None else ""
        said = f'<div style="min-width:220px">{html.escape(claim.statement)}</div>'
        lines.append(f"{claim.ledger}: {claim.statement} {found['measured']} ({found['verdict']})")
        rows.append(table_row("td", unbroken(claim.ledger), said, measured_html(claim), mark + quiet(set_when)))
    head = table_row("th", "ledger", "claim", "measured", "verdict")
    style = 'style="background:#FBFAF7;color:#222222;border-collapse:collapse;max-width:800px"'
    return Markup(f"<table {style}>{head}{''.join(rows)}</table>", "\n".join(lines))


def measured_html(claim: claims.Claim) -> str:
    """The numbers that decide, in the order of the statement, by name if there are several; and how often measured."""
    scores = claims.measurements(claim)
    if not scores or None in scores:
        return ""
    named = {bound.metric.replace("_", " "): score for bound, score in zip(claim.bounds, scores)}
    how_often = ", ".join(dict.fromkeys(map(repeats, scores)))
    if len(named) == 1:
        named, how_often = {how_often: scores[0]}, ""
    lines = "".join(f'<div style="display:flex;flex-wrap:wrap;align-items:baseline;column-gap:10px">'
                    f'{quiet(html.escape(name))}<span style="margin-left:auto">{score_html(score)}</span></div>'
                    for name, score in named.items())
    return f'<div style="min-width:290px">{lines}{quiet(how_often)}</div>'


def quiet(text: str) -> str:
    """A line of small grey type."""
    return f'<div style="color:{QUIET};font-size:11px;text-align:left;line-height:1.3">{text}</div>'


def unbroken(html_text: str) -> str:
    """HTML that stays on one line."""
    return f'<span style="white-space:nowrap">{html_text}</span>'


def number(value: float) -> str:
    """Three digits, or whole thousands; '0' for what only rounding keeps from it."""
    written = f"{value:,.0f}" if abs(value) >= 1000 else f"{0 if abs(value) < NOTHING else value:.3g}"
    return written.replace("-", "−")


def score_html(score: dict) -> str:
    """'0.805 [0.792, 0.82]' on a line of its own, the interval in grey."""
    value, low, high = (number(score[key]) for key in ("value", "low", "high"))
    return unbroken(f'{value} <span style="color:{QUIET}">[{low}, {high}]</span>' if low != high else value)


def repeats(score: dict) -> str:
    """How often something was measured: '3 seeds', or '2,000'."""
    return f'{score["n"]:,} {score.get("unit", "")}'.strip()


def table_row(tag: str, *cells: str) -> str:
    """A table row; the third column holds numbers and stands to the right."""
    sides = ("left", "left", "right", "left")
    written = "".join(f'<{tag} style="text-align:{side};vertical-align:top">{cell}</{tag}>'
                      for side, cell in zip(sides, cells))
    return f'<tr style="background:none">{written}</tr>'         # JupyterLab would paint it dark
