"""What the widgets of DCGAN and of the conditional GAN have in common: a painter, and what its probe reads."""

from collections.abc import Sequence
from html import escape

import numpy as np

from t2ilib.metrics.probe import Readings
from t2ilib.sample import NoisePainter
from t2ilib.widgets.between_sentences import Difference
from t2ilib.widgets.path_view import SHARP, Words, most_likely
from t2ilib.widgets.reader import PAPER_STYLE, image
from t2ilib.widgets.touch import data_url

SMALL = "width:96px;height:96px;margin:0;image-rendering:pixelated"      # three times a picture of 32 pixels


def painter_of(model: str | NoisePainter) -> NoisePainter:
    """A painter, or the one of a checkpoint by its name.

    Raises: FileNotFoundError for a name without a checkpoint.
    """
    return NoisePainter.shipped(model) if isinstance(model, str) else model


def read_off(readings: Readings, what: str) -> Words:
    """The most likely value of a part, the body or a head on each of N pictures, and how likely it is."""
    return most_likely(what, *Difference(what, []).chances(readings))


def large_html(picture: np.ndarray, alt: str, lines: Sequence[str]) -> str:
    """A bird four times as large, with some lines beside it."""
    told = "".join(f"<p>{escape(text)}</p>" for text in lines)
    return (f'{PAPER_STYLE}<div class="t2i-paper">{image(picture, alt).replace("<img ", "<img " + SHARP)}'
            f'<div class="t2i-read" role="status">{told}</div></div>')


def strip_html(pictures: np.ndarray, name: str) -> str:
    """Eight small pictures (8, S, S, 3) uint8 in a row, by whole pixels."""
    drawn = "".join(f'<img alt="{escape(name)}, picture {number}" style="{SMALL}" src="{data_url(picture)}">'
                    for number, picture in enumerate(pictures, 1))
    return f'<div style="display:flex;flex-wrap:wrap;gap:2px">{drawn}</div>'
