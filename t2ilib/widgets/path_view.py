"""How a path of pictures is shown: one of them large, all in a strip, and below it what the probe reads along it.

The curves stand under the pictures they were read from, so that a place on the path is one column.
"""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
from PIL import Image
from torch import Tensor

from t2ilib import figures, runtime
from t2ilib.data.birds import COLOURS
from t2ilib.figures import COLOUR, apart
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.figures_text import LETTERS
from t2ilib.figures_toys import EDGE_PAINT
from t2ilib.metrics.paths import STEPS
from t2ilib.metrics.probe import Readings, read
from t2ilib.sample import Painter
from t2ilib.widgets.reader import PAPER_STYLE, image

WIDTH, LEFT, PITCH, SIDE = 804, 60, 72, 64          # CSS pixels: the card, the first picture, from one to the next
RIGHT = LEFT + (STEPS - 1) * PITCH + SIDE           # where the strip ends and the names of the curves begin
TITLE, FOOT = 20, 12                                # of a panel: its title, the space below
MOST_CURVES = 5
DASHES = ("none", "8 4", "2 4", "8 3 2 3", "14 3")
PAINTS = (INK, *(COLOUR[name] for name in ("text", "discriminator", "wrong text", "baseline")))
SHARP = 'style="image-rendering:pixelated" '


class Walk(NamedTuple):
    """K pictures on a path, and what the probe reads on them."""

    images: np.ndarray          # (K, 64, 64, 3) uint8
    readings: Readings


class Curves(NamedTuple):
    """Numbers along a path, on an axis from 0 to 1."""

    title: str
    curves: Mapping[str, np.ndarray]        # name -> (K,) in 0..1

    @property
    def height(self) -> int:
        return 62

    def told(self) -> str:
        """From where to where each curve goes."""
        ends = (f"{name} from {values[0]:.2f} to {values[-1]:.2f}" for name, values in self.curves.items())
        return f"{self.title}: {', '.join(ends)}."

    def drawn(self, top: float, index: int) -> str:
        """An axis, and the curves with their names at the right."""
        low, names = top + self.height, []
        heights = apart([self.height * values[-1] for values in self.curves.values()], 14)
        for k, (name, values) in enumerate(self.curves.items()):
            points = [(column(i), low - self.height * value) for i, value in enumerate(values)]
            look = paint_of(name, k), DASHES[k]
            y = low - heights[k]
            names.append(f"{line(points, *look)}{line([(RIGHT + 6, y), (RIGHT + 30, y)], *look)}"
                         f'<circle cx="{points[index][0]}" cy="{points[index][1]:.1f}" r="4.5" fill="{look[0]}" '
                         f'stroke="{INK}"/><text x="{RIGHT + 36}" y="{y + 4:.1f}">{escape(name)}</text>')
        return rule(top, 1) + rule(low, 0) + "".join(names)


class Words(NamedTuple):
    """The most likely value at each place of a path, and how likely it is."""

    title: str
    values: Sequence[str]                   # K names
    chances: np.ndarray                     # (K,) in 0..1

    @property
    def height(self) -> int:
        return 32

    def told(self) -> str:
        """What becomes of it."""
        return f"{self.title}: {course(self.values)}."

    def drawn(self, top: float, index: int) -> str:
        """A cell below each picture; a bar stands where the value changes."""
        cells = []
        for k, (value, chance) in enumerate(zip(self.values, self.chances)):
            x = column(k)
            if k and value != self.values[k - 1]:
                cells.append(f'<path d="M{x - PITCH / 2} {top} v{self.height}" stroke="{COLOUR["text"]}" '
                             'stroke-width="2"/>')
            weight = "bold" if k == index else "normal"
            cells.append(f'<text x="{x}" y="{top + 13}" font-weight="{weight}">{escape(value)}</text>'
                         f'<text x="{x}" y="{top + 28}" font-size="11" fill="{SECONDARY}">{chance:.2f}</text>')
        return f'<g text-anchor="middle" stroke="{PAPER}" stroke-width="5" paint-order="stroke">{"".join(cells)}</g>'


def walk(painter: Painter, noise: Tensor, text: Tensor) -> Walk:
    """Draw K noises (K, Z) with K sentence vectors (K, E), all in one batch, and read the pictures."""
    place = next(painter.generator.parameters()).device
    with runtime.evaluating(painter.generator) as generator:
        drawn = generator(noise.to(place), text.to(place)).cpu()
    return Walk(runtime.to_pixels(drawn), read(painter.probe, drawn))


def leading(probabilities: np.ndarray, names: Sequence[str], always: Sequence[str] = ()) -> dict[str, np.ndarray]:
    """The curves of the values in `always`, and of those that are the most likely somewhere: (K, V) -> name -> (K,).

    At most five: after `always` the highest come first.
    """
    winners = [names[i] for i in sorted({*probabilities.argmax(1)}, key=lambda i: -probabilities[:, i].max())]
    chosen = list(dict.fromkeys((*always, *winners)))[:MOST_CURVES]
    return {name: probabilities[:, names.index(name)] for name in chosen}


def course(winners: Sequence[str]) -> str:
    """What happens to the most likely value along a path: 'stays blue', or 'turns from blue to red after 0.38'."""
    changes = [i for i in range(1, len(winners)) if winners[i] != winners[i - 1]]
    if not changes:
        return f"stays {winners[0]}"
    if len(changes) == 1:
        at = changes[0]
        return f"turns from {winners[0]} to {winners[-1]} after {(at - 1) / (len(winners) - 1):.2f}"
    return f"changes {len(changes)} times: {', '.join([winners[0], *(winners[i] for i in changes)])}"


def most_likely(title: str, probabilities: np.ndarray, names: Sequence[str]) -> Words:
    """What a probe reads at each place: (K, V) probabilities of V names."""
    return Words(title, [names[i] for i in probabilities.argmax(1)], probabilities.max(1))


def path_html(seen: Walk, index: int, lines: Sequence[str], panels: Sequence[Curves | Words],
              ends: tuple[str, str]) -> str:
    """The picture at `index` large with some lines beside it, the strip, and the panels; `ends` name both sides."""
    told = "".join(f"<p>{escape(text)}</p>" for text in lines)
    large = image(seen.images[index], f"Picture {index + 1} of {len(seen.images)} on the path.")
    return (f'{PAPER_STYLE}<div class="t2i-paper">{large.replace("<img ", "<img " + SHARP)}'
            f'<div class="t2i-read" role="status">{told}</div></div>{strip(seen.images)}{chart(panels, index, ends)}')


def strip(images: np.ndarray) -> str:
    """All pictures of a path in a row, each above its column of the chart."""
    paper = np.empty((SIDE, len(images) * PITCH - (PITCH - SIDE), 3), np.uint8)
    paper[:] = figures.PAPER
    for k, picture in enumerate(images):
        paper[:, k * PITCH:k * PITCH + SIDE] = picture
    data = base64.b64encode(figures.png_bytes(Image.fromarray(paper))).decode()
    left, right = (f"{100 * space / WIDTH:.3f}%" for space in (LEFT, WIDTH - RIGHT))
    return (f'<img alt="{len(images)} pictures from one end of the path to the other." style="display:block;'
            f"box-sizing:border-box;width:{WIDTH}px;max-width:100%;margin:0;padding:0 {right} 0 {left};"
            f'background:{PAPER};image-rendering:pixelated" src="data:image/png;base64,{data}">')


def chart(panels: Sequence[Curves | Words], index: int, ends: tuple[str, str]) -> str:
    """The panels one below the other, with a marker where the large picture stands."""
    x, y, drawn = column(index), 20, []
    for panel in panels:
        drawn.append(f'<text x="{LEFT}" y="{y + 12}" font-weight="bold">{escape(panel.title)}</text>'
                     f"{panel.drawn(y + TITLE, index)}")
        y += TITLE + panel.height + FOOT
    marker = (f'<path d="M{x - 7} 15 L{x} 3 L{x + 7} 15 z" fill="{INK}"/>'
              f'<path d="M{x} 15 V{y}" stroke="{SECONDARY}" stroke-dasharray="2 3" opacity="0.7"/>')
    words = "".join(f'<text x="{place}" y="{y + 12}" text-anchor="{side}" fill="{SECONDARY}">{escape(end)}</text>'
                    for place, side, end in zip((LEFT, RIGHT), ("start", "end"), ends))
    said = " ".join(panel.told() for panel in panels) or "Nothing is read along the path."
    return (f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 {WIDTH} {y + 22}" style="display:block;'
            f'width:{WIDTH}px;max-width:100%;background:{PAPER};{LETTERS}" font-size="12" fill="{INK}">'
            f'{marker}{"".join(drawn)}{words}</svg>')


def column(index: int) -> float:
    """The middle of a picture of the strip, from the left."""
    return LEFT + index * PITCH + SIDE / 2


def rule(y: float, number: int) -> str:
    """A thin line across, with its number."""
    return (f'<path d="M{LEFT} {y} H{RIGHT}" stroke="{EDGE_PAINT}"/><text x="{LEFT - 8}" y="{y + 4}" font-size="11" '
            f'text-anchor="end" fill="{SECONDARY}">{number}</text>')


def paint_of(name: str, number: int) -> str:
    """A colour of birds is drawn in itself, all else in a colour of curves."""
    return f"rgb{COLOURS[name]}" if name in COLOURS else PAINTS[number]


def line(points: Sequence[tuple[float, float]], paint: str, dash: str) -> str:
    """A line with a darker edge, as white and yellow would not show on paper."""
    path = "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return "".join(f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{width}" stroke-dasharray="{dash}"/>'
                   for stroke, width in ((SECONDARY, 4.2), (paint, 2.4)))
