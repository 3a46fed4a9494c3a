"""Captions against pictures: a matrix of scores and losses, and pictures ranked by a sentence with what is true.

Source: Reed, Akata, Lee and Schiele 2016 (CVPR), Sections 3 and 5.
"""

import base64
from collections.abc import Sequence
from html import escape
from textwrap import wrap
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from t2ilib import figures
from t2ilib.figures import COLOUR, GAP, INK, PAPER, Card, Markup, zoomed
from t2ilib.figures_text import two_digits
from t2ilib.figures_toys import RETINA, canvas

SIDE, LEFT, ROW = 128, 142, 84      # CSS pixels of `score_matrix`: a picture, the captions, a row of cells
BIRDS = ('style="box-sizing:border-box;width:804px;max-width:100%;background:#FBFAF7;color:#222222;padding:8px 12px;'
         'font:13px/1.45 \'DejaVu Sans\',Verdana,sans-serif;display:grid;gap:10px 4px;'
         'grid-template-columns:repeat(auto-fill,192px)"')
BIRD = 'style="display:block;width:192px;height:192px;margin:0;image-rendering:pixelated"'


class Mark(NamedTuple):
    """What a sentence names, judged by what is true of a picture."""

    named: str                  # "red wing"
    holds: bool
    instead: str = ""           # what is true instead: "brown"

    @property
    def verdict(self) -> str:
        """'yes', or 'no, brown'."""
        return "yes" if self.holds else f"no, {self.instead}" if self.instead else "no"


def score_matrix(images: np.ndarray, captions: Sequence[str], scores: np.ndarray, penalties: np.ndarray) -> Card:
    """Each caption against each picture: the score, dark to bright, and the loss below it; true pairs have blue frames.

    Shapes: images (N, S, S, 3) uint8 with S a part of 128, N captions, N at most 5; scores and penalties (N, N),
            row = caption, column = picture
    Paper:  Reed et al. 2016 (CVPR), Section 3. `claimed_loss` gives the loss of a cell.
    """
    scores, penalties = np.asarray(scores, float), np.asarray(penalties, float)
    count, top = len(captions), 10 + SIDE + 6
    paper = Image.new("RGB", canvas(LEFT + count * (SIDE + GAP) + 10, top + count * (ROW + GAP) + 6), PAPER)
    for column, image in enumerate(images):
        large = zoomed(image, RETINA * SIDE // len(image))
        paper.paste(Image.fromarray(large), canvas(LEFT + column * (SIDE + GAP), 10))
    pen, paints = ImageDraw.Draw(paper), paint_scores(scores)
    for row, caption in enumerate(captions):
        y = top + row * (ROW + GAP)
        write(pen, (10, y + ROW / 2), "\n".join(wrap(caption, 20, max_lines=6, placeholder=" …")), 11)
        for column in range(count):
            place = (LEFT + column * (SIDE + GAP), y)
            draw_cell(pen, place, (scores[row, column], penalties[row, column]), paints[row, column])
            if row == column:
                corner = canvas(place[0] + SIDE + 3, y + ROW + 3)
                pen.rectangle((*canvas(place[0] - 4, y - 4), *corner), outline=COLOUR["real"], width=3 * RETINA)
    return Card(figures.png_bytes(paper), told_matrix(penalties), paper.width // RETINA)


def paint_scores(scores: np.ndarray) -> np.ndarray:
    """(N, M) scores -> (N, M, 3) uint8 from dark (lowest) to bright."""
    span = np.ptp(scores) or 1
    return (plt.get_cmap("cividis")((scores - scores.min()) / span)[..., :3] * 255).astype(np.uint8)


def draw_cell(pen: ImageDraw.ImageDraw, place: tuple[int, int], numbers: tuple[float, float], ground: np.ndarray):
    """A cell: the score, and the loss below it, in ink on bright ground and in paper on dark ground."""
    (x, y), (score, penalty) = place, numbers
    ink = INK if ground @ (0.299, 0.587, 0.114) > 115 else PAPER
    pen.rectangle((*canvas(x, y), *canvas(x + SIDE - 1, y + ROW - 1)), tuple(int(level) for level in ground))
    write(pen, (x + SIDE / 2, y + 32), two_digits(score), 18, ink, "mm")
    write(pen, (x + SIDE / 2, y + 57), f"loss {penalty:.2f}", 12, ink, "mm")


def write(pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, size: int, paint: tuple = INK,
          anchor: str = "lm") -> None:
    """Text at a place in CSS pixels."""
    pen.text(canvas(*place), text, paint, figures.font(RETINA * size), anchor=anchor)


def told_matrix(penalties: np.ndarray) -> str:
    """In how many rows the true pair has a lower loss than the mean of the others, and than each of them."""
    own, others = np.diag(penalties), rivals(penalties)
    return (f"{len(own)} captions against {len(own)} pictures. The loss of the true pair is {own.mean():.2f} on "
            f"average, of the others {others.mean():.2f}. It is below each other one of its caption in "
            f"{(own < others.min(1)).sum()} of {len(own)} rows.")


def rivals(table: np.ndarray) -> np.ndarray:
    """(N, N) -> (N, N - 1): each row without its diagonal."""
    count = len(table)
    return table[~np.eye(count, dtype=bool)].reshape(count, count - 1)


def claimed_loss(scores: Tensor) -> Tensor:
    """The hinge for each cell, if it were the true pair: how far the worst rival in its row comes within 1 of it.

    Shapes: scores (N, M), row = text, column = picture, N pictures at least 2 -> (N, M), 0 or more
    Paper:  Reed et al. 2016 (CVPR), Section 3, with the maximum over the rivals.
    """
    two = scores.topk(2, dim=1).values
    best_rival = torch.where(scores == two[:, :1], two[:, 1:], two[:, :1])
    return (1 + best_rival - scores).clamp(min=0)


def ranked(images: np.ndarray, scores: Sequence[float], marks: Sequence[Sequence[Mark]] = ()) -> Markup:
    """Pictures from best to worst with rank and score, and a line for each thing that a sentence names.

    Shapes: images (K, S, S, 3) uint8, K scores, marks of each picture or none at all
    """
    cells = [ranked_bird(rank, *bird) for rank, bird in enumerate(zip(images, scores, marks or [()] * len(images)), 1)]
    right = sum(all(mark.holds for mark in own) for own in marks)
    said = f" All that is named is true of {right} of them." if any(marks) else ""
    text = f"{len(images)} pictures from score {two_digits(scores[0])} to {two_digits(scores[-1])}.{said}"
    return Markup(f"<div {BIRDS}>{''.join(cells)}</div>", text)


def ranked_bird(rank: int, image: np.ndarray, score: float, marks: Sequence[Mark]) -> str:
    """A picture, its rank and score, and its marks: shape and word say the same."""
    lines = "".join(f"<div>{'✓' if mark.holds else '✗'} <u>{escape(mark.named)}</u>: {escape(mark.verdict)}</div>"
                    for mark in marks)
    told = ", ".join([f"Rank {rank}, score {two_digits(score)}", *(f"{mark.named}: {mark.verdict}" for mark in marks)])
    data = base64.b64encode(figures.png_bytes(Image.fromarray(image))).decode()
    return (f'<figure style="margin:0"><img {BIRD} alt="{escape(told)}" src="data:image/png;base64,{data}">'
            f'<figcaption style="margin:4px 0 2px;overflow-wrap:anywhere"><b>{rank}</b> · {two_digits(score)}{lines}'
            "</figcaption></figure>")
