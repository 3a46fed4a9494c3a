"""Drag a point over the plane that three noises span, and see the bird at that place.

Source: Radford et al. 2016, Section 6.1 (walking in the latent space), in two directions in place of one.
"""

from functools import lru_cache

import ipywidgets as widgets
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from t2ilib.figures import GAP, INK, PAPER, Markup
from t2ilib.sample import NoisePainter
from t2ilib.widgets.between_sentences import KEPT
from t2ilib.widgets.noise_explorer import noise_at
from t2ilib.widgets.noise_view import large_html, painter_of, read_off
from t2ilib.widgets.panel import WRAP, Panel, slider
from t2ilib.widgets.path_view import Walk
from t2ilib.widgets.touch import Pad, data_url

ACROSS, SIDE = 5, 64            # pictures of the map in each direction, and the side of one
START, STEP = (0.5, 0.24), 0.02
READ = ("body", "background", "facing", "pose")


def noises(painter: NoisePainter, number: int, right: Tensor, up: Tensor) -> Tensor:
    """Noise at places (N,) of plane `number`, each as long as noise usually is -> (N, Z).

    (0, 0), (1, 0) and (0, 1) are three noises that were drawn; all else is between or beside them.
    """
    corners = painter.noise(3, number)
    return noise_at(corners, right, up) * painter.usual_length / corners.shape[1] ** 0.5


def plane_map(painter: NoisePainter, number: int) -> np.ndarray:
    """Pictures at 5 x 5 places of a plane as one: (340, 340, 3) uint8; up is up."""
    steps, pitch = torch.linspace(0, 1, ACROSS), SIDE + GAP
    up, right = torch.meshgrid(steps.flip(0), steps, indexing="ij")
    pictures, _ = painter.look(noises(painter, number, right.flatten(), up.flatten()))
    paper = np.empty((ACROSS * pitch, ACROSS * pitch, 3), np.uint8)
    paper[:] = PAPER
    for k, picture in enumerate(pictures):
        y, x = (GAP // 2 + pitch * place for place in divmod(k, ACROSS))
        paper[y:y + SIDE, x:x + SIDE] = picture
    return paper


def to_map(place: float) -> float:
    """Where 0..1 of the plane is on the map, as a share of its side: the ends are the middles of the outer pictures."""
    return (0.5 + place * (ACROSS - 1)) / ACROSS


def from_map(share: float) -> float:
    """The inverse of `to_map`, to the nearest step of the plane."""
    place = (share * ACROSS - 0.5) / (ACROSS - 1)
    return STEP * round(min(1, max(0, place)) / STEP)


def marked(pictures: np.ndarray, place: tuple[float, float]) -> np.ndarray:
    """The map with a ring at a place."""
    paper = Image.fromarray(pictures)
    x, y = len(pictures) * to_map(place[0]), len(pictures) * (1 - to_map(place[1]))
    pen = ImageDraw.Draw(paper)
    for radius, width, paint in ((11, 7, (255, 255, 255)), (9, 3, INK)):
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=paint, width=width)
    return np.asarray(paper)


def place_view(seen: Walk, place: tuple[float, float]) -> Markup:
    """The bird at a place, and what the probe reads on it; `seen` holds one picture."""
    found = {what: read_off(seen.readings, what) for what in READ}
    reads = ", ".join(f"{what} {words.values[0]} ({words.chances[0]:.2f})" for what, words in found.items())
    lines = [f"The bird at ({place[0]:.2f}, {place[1]:.2f}). The three noises are at (0, 0), (1, 0) and (0, 1).",
             f"The probe reads: {reads}."]
    return Markup(large_html(seen.images[0], lines[0], lines), "\n".join(lines))


class NoisePlane(Panel):
    """A map to drag on, and two sliders that do the same."""

    def __init__(self, painter: NoisePainter):
        self.painter, self.number = painter, 0
        self.map = lru_cache(KEPT)(lambda number: plane_map(painter, number))
        self.right, self.up = (slider(word, 0, 1, value, STEP) for word, value in zip(("right", "up"), START))
        self.pad = Pad(map=data_url(self.map(0)), right=to_map(START[0]), up=to_map(START[1]),
                       label="the place on the plane; arrow keys move it")
        super().__init__([self.right, self.up], "another plane of noise", "the first plane, and its start")
        controls, view, buttons = self.children
        beside = widgets.VBox([controls, view], layout=widgets.Layout(flex="1 1 400px", min_width="0"))
        self.children = [widgets.Box([self.pad, beside], layout=WRAP | {"align_items": "flex-start"}), buttons]
        for name in ("right", "up"):
            getattr(self, name).observe(self.slid, "value")
            self.pad.observe(self.dragged, name)

    def place(self) -> tuple[float, float]:
        """(right, up), each from 0 to 1."""
        return self.right.value, self.up.value

    def slid(self, _change=None) -> None:
        """The point follows the sliders, unless it has led them there."""
        for name, value in zip(("right", "up"), self.place()):
            if abs(from_map(getattr(self.pad, name)) - value) > STEP / 2:
                setattr(self.pad, name, to_map(value))
        self.soon()

    def dragged(self, change) -> None:
        """A slider follows the point."""
        getattr(self, change["name"]).value = from_map(change["new"])

    def picture(self) -> Markup:
        noise = noises(self.painter, self.number, *(torch.tensor([value]) for value in self.place()))
        return place_view(Walk(*self.painter.look(noise)), self.place())

    def still(self) -> Markup:
        """The bird, and below it the map with a ring at its place."""
        shown, seen = self.picture(), data_url(marked(self.map(self.number), self.place()))
        alt = f"{ACROSS} by {ACROSS} birds of the plane, with a ring at the place of the one above."
        return Markup(f'{shown.html}<div class="t2i-paper"><img alt="{alt}" style="width:340px;height:340px" '
                      f'src="{seen}"></div>', f"{shown.text}\n{alt}")

    def settings(self) -> dict[str, str]:
        return {"right": f"{self.right.value:.2f}", "up": f"{self.up.value:.2f}", "plane": str(self.number)}

    def go_to(self, number: int) -> None:
        """Another plane."""
        self.number, self.pad.map = number, data_url(self.map(number))
        self.soon()

    def surprise(self, _button=None) -> None:
        """The next plane."""
        self.go_to(self.number + 1)

    def reset(self, _button=None) -> None:
        """The first plane, and its start."""
        self.right.value, self.up.value = START
        self.go_to(0)


def noise_plane(model: str | NoisePainter = "dcgan") -> NoisePlane:
    """The plane of a shipped model, of a checkpoint of your own, or of a painter.

    Raises: FileNotFoundError for a name without a checkpoint.
    """
    return NoisePlane(painter_of(model))
