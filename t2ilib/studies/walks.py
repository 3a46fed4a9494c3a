"""Many paths at once: pairs of sentences that differ in one colour, pictures on the way between them, the readings."""

from dataclasses import dataclass
from itertools import permutations
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.data.birds import COLOURS
from t2ilib.data.rendered import Rendered
from t2ilib.metrics import paths
from t2ilib.metrics.measures import named_colours
from t2ilib.metrics.probe import Readings, read
from t2ilib.metrics.word_swaps import colour_swaps
from t2ilib.sample import SHOWN_CAPTIONS, Painter

SHOWN = "a red bird", "a blue bird"                     # the ends of the path that is stored to look at


class Pair(NamedTuple):
    """Two sentences that differ in one colour word."""

    first: str
    second: str
    part: str               # whose colour it is: one of PARTS, or "body"
    old: str
    new: str


@dataclass(frozen=True, eq=False)
class Walk:
    """P paths of K pictures each, and what the probe reads on all of them."""

    pictures: Tensor        # (K, P, 3, 64, 64) in [-1, 1]
    readings: Readings      # of K * P pictures, step after step

    def by_step(self, values: np.ndarray) -> np.ndarray:
        """What was read off all pictures, (K * P, ...) -> (K, P, ...)."""
        return values.reshape(*self.pictures.shape[:2], *values.shape[1:])


# --- sentences ----------------------------------------------------------------------------------------------------

def plain_pairs(count: int) -> list[Pair]:
    """"a red bird" and "a blue bird": `count` of the 110 ordered pairs of colours, drawn at random."""
    drawn = Random(0).sample([*permutations(COLOURS, 2)], count)
    return [Pair(plain(old), plain(new), "body", old, new) for old, new in drawn]


def plain(colour: str) -> str:
    return f"{'an' if colour[0] in 'aeiou' else 'a'} {colour} bird"


def caption_pairs(data: Rendered, count: int) -> list[Pair]:
    """Captions of unseen species, and the same with the colour of one part exchanged."""
    swaps = colour_swaps(data, count)
    named = named_colours([swap.before for swap in swaps])
    return [Pair(swap.before, swap.after, swap.part, old[swap.part], swap.colour) for swap, old in zip(swaps, named)]


def sentence_ways(painter: Painter, pairs: list[Pair]) -> Tensor:
    """The path of sentence vectors of each pair -> (K, P, E)."""
    return paths.lerp(*(painter.encoder.encode([getattr(pair, end) for pair in pairs]) for end in ("first", "second")))


# --- pictures -----------------------------------------------------------------------------------------------------

def draw(painter: Painter, noise: Tensor, text: Tensor) -> Tensor:
    """Pictures of noises (..., Z) and sentence vectors (..., E), broadcast to one shape -> (..., 3, 64, 64)."""
    shape = torch.broadcast_shapes(noise.shape[:-1], text.shape[:-1])
    flat = [vectors.expand(*shape, -1).flatten(0, -2).split(250) for vectors in (noise, text)]
    with runtime.evaluating(painter.generator) as generator:
        return torch.cat([generator(*both) for both in zip(*flat)]).unflatten(0, shape)


def walk(painter: Painter, noise: Tensor, text: Tensor) -> Walk:
    """Draw paths and read them; (K, P, Z) or (P, Z), and (K, P, E) or (P, E)."""
    pictures = draw(painter, noise, text)
    return Walk(pictures, read(painter.probe, pictures.flatten(0, 1)))


def strips(painter: Painter) -> dict[str, np.ndarray]:
    """Nine pictures (K, 64, 64, 3) uint8 on a sentence path, and on a noise path of the first shown caption."""
    noise = painter.noise(2, 0)
    text = paths.text_path(painter.encoder, *SHOWN), painter.encoder.encode(list(SHOWN_CAPTIONS[:1]))
    ways = {"sentence strip": (noise[:1], text[0]), "noise strip": (paths.slerp(*noise), text[1])}
    return {name: runtime.to_pixels(draw(painter, *way)) for name, way in ways.items()}
