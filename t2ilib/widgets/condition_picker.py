"""Choose what a conditional GAN is told: a colour for each part or none, a species, a place; and see if it obeys.

Source: Mirza and Osindero 2014, Section 3.2: G draws from p(x | c). Here c is chosen by hand, and a probe that neither
        player has met says whether it was obeyed.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime, sample
from t2ilib.data import conditions
from t2ilib.data.birds import PARTS, PLUMAGE, Species, World
from t2ilib.figures import Markup
from t2ilib.metrics.control import read_places
from t2ilib.metrics.probe import Readings
from t2ilib.sample import NoisePainter
from t2ilib.widgets.compare_models import picture_html
from t2ilib.widgets.noise_view import painter_of, read_off
from t2ilib.widgets.panel import FULL, Panel, slider
from t2ilib.widgets.sentence import STYLE
from t2ilib.widgets.touch import Palette

COUNT, LAST_NOISE = 8, 9999
PLACE = {"x": (0.3, 0.7), "y": (0.3, 0.7), "size": (0.4, 0.9)}      # what can be asked for, as shares of the side
NEAR = conditions.PLACE_UNIT / 2        # a place is reached if it is nearer than half of what birds differ by
CELL = "padding:2px 4px;text-align:center"


def condition_vector(kinds: Sequence[str], wanted: Mapping[str, object], dim: int) -> Tensor:
    """What is asked for as the vector that a model of these conditions takes -> (1, C).

    `wanted` has "colours" (part -> colour), "species" (a position, from 0) and "place" (x, y, size), as far as the
    model knows them; `dim` is C, of which the species have what the others leave.
    """
    made = {"colours": lambda: conditions.colour_vectors(conditions.asked_colours([wanted["colours"]])),
            "place": lambda: place_vector(*wanted["place"]),
            "species": lambda: conditions.one_hot(torch.tensor([wanted["species"]]), species_count(kinds, dim))}
    return torch.cat([made[kind]() for kind in kinds], dim=1)


def place_vector(x: float, y: float, size: float) -> Tensor:
    """The middle and the size of a bird -> (1, 3), by way of a square box."""
    return conditions.place_vectors(torch.tensor([[x - size / 2, y - size / 2, size, size]]))


def species_count(kinds: Sequence[str], dim: int) -> int:
    """How many species a model was told of."""
    others = {"colours": conditions.Colours.dim, "place": conditions.Place.dim}
    return dim - sum(others.get(kind, 0) for kind in kinds)


def unseen_species() -> list[Species]:
    """Those whose combinations of colours no training picture has."""
    return World(level=2).species("test")


def first_wish() -> dict[str, str]:
    """The plumage of an unseen species; beak and legs are left open."""
    return dict(zip(PLUMAGE, unseen_species()[0].colours))


class Wish(NamedTuple):
    """One thing that was asked for, and what is read on each bird."""

    asked: str                  # "red crown", or "x 0.40"
    seen: list[str]
    reached: list[bool]

    @property
    def told(self) -> str:
        """'red crown: 7 of 8'."""
        return f"{self.asked}: {sum(self.reached)} of {len(self.reached)}"


def colour_wishes(readings: Readings, colours: Mapping[str, str]) -> list[Wish]:
    """What the probe reads on the parts whose colours were asked for."""
    found = {part: list(read_off(readings, part).values) for part in colours}
    return [Wish(f"{colour} {part}", found[part], [seen == colour for seen in found[part]])
            for part, colour in colours.items()]


def place_wishes(images: np.ndarray, place: Sequence[float]) -> list[Wish]:
    """Where the locator finds the birds, and whether that is near to where they were asked to be."""
    read = read_places(sample.load_locator(), runtime.to_tensor(images))
    seen = read * conditions.PLACE_UNIT + conditions.PLACE_MIDDLE              # (N, 3), fractions of the side
    return [Wish(f"{word} {asked:.2f}", ["no bird" if np.isnan(value) else f"{value:.2f}" for value in column],
                 (abs(column - asked) < NEAR).tolist()) for word, asked, column in zip(PLACE, place, seen.T)]


def picked_view(images: np.ndarray, wishes: Sequence[Wish]) -> Markup:
    """Eight birds of one condition, and for each thing that was asked for whether it was reached."""
    lines = verdict_lines(wishes)
    return Markup(f"{STYLE}{birds_html(images, wishes)}{table_html(wishes, lines[0])}", "\n".join(lines))


def verdict_lines(wishes: Sequence[Wish]) -> list[str]:
    """How much of what was asked for is there, in all and one by one."""
    if not wishes:
        return ["Nothing is asked for that can be checked, so any bird will do."]
    right = np.array([wish.reached for wish in wishes])                        # (W, 8)
    return [f"Reached: {right.sum()} of {right.size} wishes; {right.all(0).sum()} of {COUNT} birds have all of them.",
            *(wish.told for wish in wishes)]


def birds_html(images: np.ndarray, wishes: Sequence[Wish]) -> str:
    """The birds with their numbers, and how much of what was asked for each has."""
    figures = []
    for i, picture in enumerate(images):
        right = sum(wish.reached[i] for wish in wishes)
        said = f"bird {i + 1}: {right} of {len(wishes)} reached" if wishes else f"bird {i + 1}"
        figures.append(f"<figure>{picture_html(picture, said)}<figcaption>{said}</figcaption></figure>")
    return f'<div class="t2i-birds">{"".join(figures)}</div>'


def table_html(wishes: Sequence[Wish], headline: str) -> str:
    """A row for each wish: reached, or missed and what is read instead."""
    head = "".join(f'<th style="{CELL}">{number}</th>' for number in ("bird", *range(1, COUNT + 1), "reached"))
    body = "".join(
        f'<tr style="background:none"><td style="{CELL};text-align:left"><u>{escape(wish.asked)}</u></td>'
        f"{''.join(map(cell, wish.seen, wish.reached))}"
        f'<td style="{CELL}">{sum(wish.reached)} of {COUNT}</td></tr>' for wish in wishes)
    table = (f'<table style="border-collapse:collapse;font-size:12px;margin:4px 0"><tr style="background:none">{head}'
             f"</tr>{body}</table>") if wishes else ""
    return f'<div class="t2i-said" role="status"><b>{escape(headline)}</b>{table}</div>'


def cell(seen: str, reached: bool) -> str:
    """A mark, and what is read where it is not what was asked for."""
    return f'<td style="{CELL}">{"✓" if reached else f"✗ {escape(seen)}"}</td>'


def species_names(painter: NoisePainter, species: Sequence[Species]) -> list[tuple[str, int]]:
    """Names, or numbers, of the species that a model was told of, each with its position; none if it was told of none.

    Raises: ValueError if other species are given.
    """
    told = "species" in painter.config.conditions
    count = species_count(painter.config.conditions, painter.config.condition_dim) if told else 0
    if len(species) not in (0, count):
        raise ValueError(f"there should be as many species as the model was told of, {count}, got {len(species)}; give "
                         "those of its training, in the order of their labels, or none")
    names = [kind.name.replace("_", " ") for kind in species] or [f"species {i + 1}" for i in range(count)]
    return [(name, i) for i, name in enumerate(names)]


class ConditionPicker(Panel):
    """A palette for the parts, a menu of species, sliders for the place, as far as the model has them; and noise."""

    def __init__(self, painter: NoisePainter, species: Sequence[Species]):
        self.painter, self.kinds, self.rng = painter, painter.config.conditions, np.random.default_rng()
        self.known = list(species)
        self.palette = Palette(chosen=first_wish(), layout=FULL)
        self.species = widgets.Dropdown(options=species_names(painter, species), description="species",
                                        style={"description_width": "120px"})
        self.place = {word: slider(word, low, high, (low + high) / 2, 0.01) for word, (low, high) in PLACE.items()}
        self.noise = widgets.BoundedIntText(0, min=0, max=LAST_NOISE, description="noise",
                                            style={"description_width": "120px"},
                                            layout=widgets.Layout(width="220px"))
        places = widgets.VBox(list(self.place.values()), layout=widgets.Layout(overflow="visible"))
        controls = {"species": self.species, "place": places, "colours": self.palette}
        super().__init__([controls[kind] for kind in controls if kind in self.kinds] + [self.noise],
                         "another wish: the colours of a species that was never trained on", "the first wish")
        self.palette.observe(self.soon, "chosen")
        for control in (self.species, self.noise, *self.place.values()):
            control.observe(self.soon, "value")

    def colours(self) -> dict[str, str]:
        """What colours are asked for, by the palette or by the species, in the order of the parts."""
        known = dict(zip(PARTS, self.known[self.species.value].colours)) if self.known else {}
        chosen = known | (self.palette.chosen if "colours" in self.kinds else {})
        return {part: chosen[part] for part in PARTS if part in chosen}

    def wanted_place(self) -> list[float]:
        """x, y and size."""
        return [control.value for control in self.place.values()]

    def condition(self) -> Tensor:
        """(1, C)."""
        wanted = {"colours": self.palette.chosen, "species": self.species.value,
                  "place": self.wanted_place()}
        return condition_vector(self.kinds, wanted, self.painter.config.condition_dim)

    def picture(self) -> Markup:
        noise = self.painter.noise(COUNT, self.noise.value)
        images, readings = self.painter.look(noise, self.condition().expand(COUNT, -1))
        places = place_wishes(images, self.wanted_place()) if "place" in self.kinds else []
        return picked_view(images, [*colour_wishes(readings, self.colours()), *places])

    def settings(self) -> dict[str, str]:
        told = {part: colour for part, colour in self.colours().items()}
        if "species" in self.kinds:
            told["species"] = self.species.label
        if "place" in self.kinds:
            told |= {word: f"{control.value:.2f}" for word, control in self.place.items()}
        return told | {"noise": str(self.noise.value)}

    def surprise(self, _button=None) -> None:
        """The colours of a species of the test, and any place and class that the model knows."""
        kinds = unseen_species()
        kind = kinds[self.rng.integers(len(kinds))]
        self.palette.chosen = dict(zip(PARTS, kind.colours))
        if self.species.options:
            self.species.index = int(self.rng.integers(len(self.species.options)))
        for word, (low, high) in PLACE.items():
            self.place[word].value = round(self.rng.uniform(low, high), 2)

    def reset(self, _button=None) -> None:
        """The first wish and its birds."""
        self.palette.chosen, self.noise.value = first_wish(), 0
        self.species.index = 0 if self.species.options else None
        for word, (low, high) in PLACE.items():
            self.place[word].value = (low + high) / 2
        self.soon()


def condition_picker(model: str | NoisePainter = "ac_gan", species: Sequence[Species] = ()) -> ConditionPicker:
    """The picker of a shipped conditional GAN, of a checkpoint of your own, or of a painter.

    `species` are those that a model of classes was trained on, in the order of their labels: then their colours are
    what is asked for.
    Raises: FileNotFoundError for a name without a checkpoint; ValueError for a model that takes no condition, or for
            other species.
    """
    painter = painter_of(model)
    if not getattr(painter.config, "conditions", ()):
        raise ValueError("the model should take a condition, got one that takes noise only; give a conditional GAN, "
                         'such as "ac_gan"')
    return ConditionPicker(painter, species)
