"""Walk from one noise to another and see what becomes of the bird: on the straight line, or on the great circle.

Sources: Radford et al. 2016, Section 6.1 and Figure 4 (walking in the latent space); White 2016, "Sampling Generative
         Networks", Section 2 (why the straight line is short).
"""

from functools import lru_cache
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
from torch import Tensor

from t2ilib.figures import COLOUR, Markup
from t2ilib.figures_gan import INK, SECONDARY
from t2ilib.metrics.paths import STEPS, largest_step, lerp, slerp, step_sizes
from t2ilib.runtime import to_tensor
from t2ilib.sample import NoisePainter
from t2ilib.widgets import button
from t2ilib.widgets.between_noises import lengths
from t2ilib.widgets.between_sentences import KEPT, MIDDLE, Difference, head
from t2ilib.widgets.noise_view import painter_of
from t2ilib.widgets.panel import FULL, Panel, slider
from t2ilib.widgets.path_view import RIGHT, Walk, column, line, path_html, rule

WAYS = {"great circle": slerp, "straight line": lerp}
READ = ("background", "facing")
LOOKS = ((INK, "none"), (COLOUR["text"], "8 4"))
TALLEST = 1.25                  # top of the axis of lengths, in usual lengths


class LengthCurves(NamedTuple):
    """How long the noise is along both ways, and how long noise usually is."""

    curves: dict[str, np.ndarray]           # way -> (K,)
    usual: float
    title: str = "length of the noise"
    height: int = 62

    def told(self) -> str:
        """The length at both ends and in the middle of each way."""
        said = (f"{way} {values[0]:.1f}, {values[len(values) // 2]:.1f}, {values[-1]:.1f}"
                for way, values in self.curves.items())
        return f"{self.title} at the start, in the middle and at the end: {'; '.join(said)}; usual {self.usual:.1f}."

    def drawn(self, top: float, index: int) -> str:
        """Both curves over the usual length, which is dotted."""
        low = top + self.height

        def height(value: float) -> float:
            return low - self.height * min(value / (TALLEST * self.usual), 1)
        drawn = [rule(low, 0), f'<path d="M{column(0)} {height(self.usual):.1f} H{RIGHT}" stroke="{SECONDARY}" '
                 f'stroke-dasharray="1 4"/><text x="{column(0) - 40}" y="{height(self.usual) + 4:.1f}" font-size="11" '
                 f'text-anchor="end" fill="{SECONDARY}">{self.usual:.1f}</text>']
        for k, (way, values) in enumerate(self.curves.items()):
            look = LOOKS[k]
            points = [(column(i), height(value)) for i, value in enumerate(values)]
            y = top + 14 + 20 * k
            drawn.append(f'{line(points, *look)}{line([(RIGHT + 6, y), (RIGHT + 30, y)], *look)}'
                         f'<circle cx="{points[index][0]}" cy="{points[index][1]:.1f}" r="4.5" fill="{look[0]}"/>'
                         f'<text x="{RIGHT + 36}" y="{y + 4}">{way.split()[-1]}</text>')
        return "".join(drawn)


def ends_of(painter: NoisePainter, seeds: tuple[int, int]) -> list[Tensor]:
    """Two noises (Z,)."""
    return [painter.noise(1, seed)[0] for seed in seeds]


def noise_walk(painter: NoisePainter, seeds: tuple[int, int], way: str) -> Walk:
    """Nine pictures from one noise to another."""
    return Walk(*painter.look(WAYS[way](*ends_of(painter, seeds), STEPS)))


def length_curves(painter: NoisePainter, seeds: tuple[int, int]) -> LengthCurves:
    """The lengths along both ways between two noises."""
    found = lengths(*ends_of(painter, seeds))
    return LengthCurves(dict(zip(WAYS, (found.curved, found.straight))), painter.usual_length)


def walk_view(painter: NoisePainter, seen: Walk, seeds: tuple[int, int], way: str, index: int) -> Markup:
    """The path with picture `index` large, what the probe reads along it, and how long the noise is."""
    body, left_open = Difference("body", []), [head(seen.readings, what) for what in READ]
    length = length_curves(painter, seeds)
    steps = step_sizes(to_tensor(seen.images))
    lines = [f"{index / (STEPS - 1):.2f} of the way from z1 to z2, on the {way}.",
             f"Length of the noise here: {length.curves[way][index]:.1f}. Noise of {painter.config.noise_dim} numbers "
             f"has about {length.usual:.1f}.",
             f"{body.story(seen.readings, index)}.", *(words.told() for words in left_open),
             f"The largest step between two pictures is {largest_step(steps):.1f} times the median one. A generator "
             "that only looked pictures up would stand still, and then jump."]
    panels = [length, body.curves(seen.readings), *left_open]
    return Markup(path_html(seen, index, lines, panels, ("z1", "z2")), "\n".join(lines))


class LatentWalk(Panel):
    """A place between two noises, the way between them, and a button for each noise."""

    def __init__(self, painter: NoisePainter):
        self.painter, self.seeds, self.rng = painter, (0, 1), np.random.default_rng()
        self.walk = lru_cache(KEPT)(lambda *asked: noise_walk(painter, *asked))
        self.place = slider("place", 0, 1, MIDDLE, 1 / (STEPS - 1))
        self.way = widgets.ToggleButtons(options=list(WAYS), style={"button_width": "120px"}, layout=FULL, tooltips=[
            "keeps the length of the noise", "is shorter in the middle"])
        changers = [button(f"another z{end + 1}", f"draw noise {end + 1} again", lambda _, end=end: self.another(end))
                    for end in (0, 1)]
        super().__init__([self.way, self.place, widgets.HBox(changers)], "two other noises",
                         "the first two noises, half-way")
        for control in (self.place, self.way):
            control.observe(self.soon, "value")

    def another(self, end: int) -> None:
        """Draw one of the noises again; those of z1 have even seeds and those of z2 odd ones, so they always differ."""
        self.seeds = tuple(seed + 2 * (i == end) for i, seed in enumerate(self.seeds))
        self.soon()

    def picture(self) -> Markup:
        way = self.way.value
        return walk_view(self.painter, self.walk(self.seeds, way), self.seeds, way,
                         round(self.place.value * (STEPS - 1)))

    def settings(self) -> dict[str, str]:
        return {"place": f"{self.place.value:.2f}", "way": self.way.value, "z1": str(self.seeds[0]),
                "z2": str(self.seeds[1])}

    def surprise(self, _button=None) -> None:
        """Two other noises."""
        self.seeds = tuple(int(2 * self.rng.integers(1, 5000)) + end for end in (0, 1))
        self.soon()

    def reset(self, _button=None) -> None:
        """The first two noises, half-way, on the great circle."""
        self.seeds, self.place.value, self.way.value = (0, 1), MIDDLE, next(iter(WAYS))
        self.soon()


def latent_walk(model: str | NoisePainter = "dcgan") -> LatentWalk:
    """The slider between two noises, drawn by a shipped model, a checkpoint of your own, or a painter.

    Raises: FileNotFoundError for a name without a checkpoint.
    """
    return LatentWalk(painter_of(model))
