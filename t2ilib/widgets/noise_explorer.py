"""Walk through the noise of a generator of digits, and see for each digit which real one is nearest: is it a copy?

Source: Goodfellow et al. 2014, Figures 2 and 3 (nearest training pictures; digits between two points of noise).
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from t2ilib import figures, runtime
from t2ilib.data import digits
from t2ilib.figures import COLOUR, INK, PAPER, SECONDARY, Card
from t2ilib.figures_toys import RETINA, canvas, put
from t2ilib.widgets.panel import Panel, slider

Generate = Callable[[Tensor], Tensor]       # noise (N, Z) -> digits (N, 64) in [-1, 1]
STRIP = 9
LARGE, SMALL = 24 * digits.SIDE, 9 * digits.SIDE      # CSS pixels: zoom 24 and zoom 9
START = (0.5, 0.0)              # where a walk begins: between the first two points


class Walk(NamedTuple):
    """What is seen from a place in a plane of noise."""

    strip: Tensor               # (9, 64) along the plane at this height, from its left to its right edge
    here: Tensor                # (64,)
    nearest: Tensor             # (64,) the nearest real digit
    distance: float             # to it, Euclidean over 64 pixels in [-1, 1]


def noise_at(corners: Tensor, right: Tensor, up: Tensor) -> Tensor:
    """Noise in the plane through three points, stretched to the length that noise has.

    An average of points is shorter than any of them, and a generator has never seen noise so short.
    Shapes: corners (3, Z), right and up (N,) -> (N, Z) of length sqrt(Z); (0, 0), (1, 0), (0, 1) are the points
    """
    flat = corners[0] + right[:, None] * (corners[1] - corners[0]) + up[:, None] * (corners[2] - corners[0])
    return flat / flat.norm(dim=1, keepdim=True) * corners.shape[1] ** 0.5


def walk(generate: Generate, pixels: Tensor, corners: Tensor, place: tuple[float, float]) -> Walk:
    """What is seen at (right, up); pixels (M, 64) are the real digits."""
    right = torch.cat([torch.linspace(0, 1, STRIP), torch.tensor([place[0]])])
    with torch.no_grad():
        drawn = generate(noise_at(corners, right, torch.full_like(right, place[1]))).cpu()
    distances = torch.cdist(drawn[-1:], pixels)[0]
    index = int(distances.argmin())
    return Walk(drawn[:-1], drawn[-1], pixels[index], float(distances[index]))


def usual_distance(pixels: Tensor) -> float:
    """The median distance of a real digit to the nearest other one."""
    between = torch.cdist(pixels, pixels).fill_diagonal_(float("inf"))
    return float(between.amin(1).median())


def walk_view(seen: Walk, place: tuple[float, float], usual: float) -> Card:
    """The digit and the nearest real one, large; below them the strip, with a marker where the walk stands."""
    paper = Image.new("RGB", canvas(804, 352), PAPER)
    pen = ImageDraw.Draw(paper)
    here, nearest = digits.to_images(torch.stack([seen.here, seen.nearest]))
    put(paper, here, (66, 34), LARGE)
    put(paper, nearest, (290, 34), LARGE, COLOUR["real"])
    write(pen, (66, 8), "the generator's digit", COLOUR["fake"], 13)
    write(pen, (290, 8), "the nearest real digit", COLOUR["real"], 13)
    for y, line, paint, size in ((84, f"{seen.distance:.2f} apart", INK, 20),
                                 (118, f"Real digits are {usual:.2f} from", SECONDARY, 13),
                                 (136, "their nearest one (median).", SECONDARY, 13),
                                 (164, verdict(seen.distance, usual), INK, 13)):
        write(pen, (516, y), line, paint, size)
    pitch = SMALL + 6
    for k, image in enumerate(digits.to_images(seen.strip)):
        put(paper, image, (54 + k * pitch, 250), SMALL)
    x = 54 + SMALL / 2 + place[0] * (STRIP - 1) * pitch
    pen.polygon([(RETINA * (x + dx), RETINA * y) for dx, y in ((0, 327), (-7, 339), (7, 339))], COLOUR["fake"])
    alt = (f"A digit from noise at ({place[0]:.2f}, {place[1]:.2f}) of a plane. The nearest real digit is "
           f"{seen.distance:.2f} away; real digits have theirs at {usual:.2f}. {verdict(seen.distance, usual)}")
    return Card(figures.png_bytes(paper), alt, 804)


def verdict(distance: float, usual: float) -> str:
    """What a distance says, by the measure of real digits: a copy is nearer than half as far."""
    return "Nearer than half of that: a copy?" if distance < usual / 2 else "No copy of that one."


def write(pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, paint: str | tuple, size: int) -> None:
    """Text at a place in CSS pixels."""
    pen.text((RETINA * place[0], RETINA * place[1]), text, paint, figures.font(RETINA * size))


class NoiseExplorer(Panel):
    """Two sliders that move through a plane of noise."""

    def __init__(self, generate: Generate, pixels: Tensor, noise_dim: int, seed: int = 0):
        self.generate, self.pixels, self.noise_dim, self.first, self.plane = generate, pixels, noise_dim, seed, seed
        self.usual = usual_distance(pixels)
        self.right, self.up = slider("right", 0, 1, START[0], 0.02), slider("up", 0, 1, START[1], 0.02)
        super().__init__([self.right, self.up], "another plane of noise", "the first plane, and its start")
        for control in (self.right, self.up):
            control.observe(self.soon, "value")

    def place(self) -> tuple[float, float]:
        """(right, up), each from 0 to 1."""
        return self.right.value, self.up.value

    def seen(self) -> Walk:
        """What is seen from here."""
        corners = torch.randn(3, self.noise_dim, generator=runtime.generator(self.plane, 3))
        return walk(self.generate, self.pixels, corners, self.place())

    def picture(self) -> Card:
        return walk_view(self.seen(), self.place(), self.usual)

    def settings(self) -> dict[str, str]:
        return {"right": f"{self.right.value:.2f}", "up": f"{self.up.value:.2f}"}

    def surprise(self, _button=None) -> None:
        """Another plane of noise."""
        self.plane += 1
        self.soon()

    def reset(self, _button=None) -> None:
        """The first plane, and its start."""
        self.plane, (self.right.value, self.up.value) = self.first, START
        self.soon()


def noise_explorer(generate: Generate, pixels: Tensor, noise_dim: int = 32) -> NoiseExplorer:
    """The explorer of a generator (N, Z) -> (N, 64), beside the digits `pixels` (M, 64) that it was trained on."""
    return NoiseExplorer(generate, pixels, noise_dim)
