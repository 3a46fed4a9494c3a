"""Three things to touch that ipywidgets does not have: a square to drag on, a gallery to pick from, a palette.

Each is a widget with a few values and a page of JavaScript beside this file. Nothing is loaded from elsewhere. All of
them take the keyboard, too: the square by its arrow keys, the others because they are made of buttons and radios.
"""

import base64
from pathlib import Path

import anywidget
import numpy as np
import traitlets
from PIL import Image

from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.figures import png_bytes

HERE = Path(__file__).parent


def data_url(picture: np.ndarray) -> str:
    """A picture (H, W, 3) uint8 as the address of an <img>."""
    return f"data:image/png;base64,{base64.b64encode(png_bytes(Image.fromarray(picture))).decode()}"


class Pad(anywidget.AnyWidget):
    """A square picture with a point to drag; `right` and `up` go from 0 to 1."""

    _esm, _css = HERE / "pad.js", HERE / "touch.css"
    right = traitlets.Float(0.5).tag(sync=True)
    up = traitlets.Float(0.5).tag(sync=True)
    map = traitlets.Unicode("").tag(sync=True)          # the address of the picture below the point
    label = traitlets.Unicode("").tag(sync=True)        # what it is, for people who hear it


class Gallery(anywidget.AnyWidget):
    """Pictures to put into slots: choose a slot, then press pictures to put them in or to take them out."""

    _esm, _css = HERE / "gallery.js", HERE / "touch.css"
    pictures = traitlets.List(traitlets.Unicode()).tag(sync=True)
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)              # what is on each, in words
    slots = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.List(traitlets.List(traitlets.Int())).tag(sync=True)     # of each slot, positions of pictures


class Palette(anywidget.AnyWidget):
    """A row of colours for each part of a bird; each part has one of them, or is unnamed."""

    _esm, _css = HERE / "palette.js", HERE / "touch.css"
    parts = traitlets.List(list(PARTS)).tag(sync=True)
    colours = traitlets.Dict({name: f"rgb{paint}" for name, paint in COLOURS.items()}).tag(sync=True)
    chosen = traitlets.Dict({}).tag(sync=True)                              # part -> colour; unnamed ones are not in it
