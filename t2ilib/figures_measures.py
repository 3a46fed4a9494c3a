"""What the instruments say, as tables and marks on pictures."""

import html

import numpy as np
from PIL import Image, ImageDraw

from t2ilib.data.birds import KEYPOINTS
from t2ilib.figures import Card, Markup, png_bytes
from t2ilib.metrics.locator import Located
from t2ilib.metrics.statistics import Score

ZOOM, GAP, MARGIN = 4, 8, 20                # of pictures under the locator; drawn twice as large as shown
SEEN = 0.5                      # probability from which a part counts as visible
REAL, PAPER, INK = "#2F7FD0", "#FBFAF7", "#222222"
STYLE = ('style="background:#FBFAF7;color:#222222;border-collapse:collapse;max-width:800px;'
         'font-variant-numeric:tabular-nums"')


def score_table(columns: dict[str, dict[str, Score]]) -> Markup:
    """Measures as rows, sets of pictures as columns: name of a set -> name of a measure -> Score.

    Ceiling and floor are those of the first set, with which the others are compared.
    """
    first = next(iter(columns.values()))
    rows = [["", *columns, "ceiling", "floor"]]
    for name, score in first.items():
        rows.append([name, *(number(column[name].value) for column in columns.values()), number(score.ceiling),
                     number(score.floor)])
    body = "".join(row_html("th" if i == 0 else "td", row) for i, row in enumerate(rows))
    return Markup(f"<table {STYLE}>{body}</table>", "\n".join(" | ".join(row) for row in rows))


def number(value: float) -> str:
    """Two decimals below ten, else none."""
    return f"{value:.2f}" if abs(value) < 10 else f"{value:,.0f}"


def row_html(tag: str, cells: list[str]) -> str:
    """A table row; what follows the first cell are numbers and stand to the right."""
    sides = ["left", *["right"] * (len(cells) - 1)]
    written = "".join(f'<{tag} style="text-align:{side};padding:3px 10px">{html.escape(cell)}</{tag}>'
                      for side, cell in zip(sides, cells))
    return f'<tr style="background:none">{written}</tr>'


def located(images: np.ndarray, found: Located) -> Card:
    """A row of pictures with the keypoints that the locator finds: filled if it takes them for visible, else hollow.

    Shapes: images (N, 64, 64, 3) uint8
    """
    side = images.shape[1] * ZOOM
    paper = Image.new("RGB", (len(images) * (side + GAP) - GAP + 2 * MARGIN, side + 2 * MARGIN), PAPER)
    for i, (pixels, points) in enumerate(zip(images, found.points)):
        picture = Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)
        pen = ImageDraw.Draw(picture)
        for x, y, seen in points:
            dot(pen, x * side, y * side, seen > SEEN)
        paper.paste(picture, (MARGIN + i * (side + GAP), MARGIN))
    hidden = (found.points[..., 2] <= SEEN).sum(1).mean()
    alt = f"{len(images)} pictures with {len(KEYPOINTS)} keypoints each, on average {hidden:.1f} of them hidden"
    return Card(png_bytes(paper), alt, paper.width // 2)


def dot(pen: ImageDraw.ImageDraw, x: float, y: float, filled: bool) -> None:
    """A keypoint: blue with a white rim, or a blue ring."""
    pen.ellipse((x - 7, y - 7, x + 7, y + 7), fill="white")
    pen.ellipse((x - 5, y - 5, x + 5, y + 5), fill=REAL if filled else None, outline=REAL, width=2)
