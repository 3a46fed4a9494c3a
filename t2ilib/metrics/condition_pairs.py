"""Does D notice when a condition is wrong? Its answers to real pictures with their own conditions, and with others.

Nobody tells the D of a conditional GAN that a real picture with a wrong condition deserves a no: it only ever sees
right pairs and fakes. `pair_answers` asks the same of discriminators that are told sentences.
"""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime, sample
from t2ilib.data import conditions
from t2ilib.data.birds import COLOURS
from t2ilib.data.conditions import UNNAMED
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import draw_other_class
from t2ilib.metrics.pair_answers import auc
from t2ilib.papers.ac_gan import AcGan
from t2ilib.papers.cgan import Cgan


class Pairs(NamedTuple):
    """N real pictures with conditions (N, C) each: their own, that of others, and one colour exchanged, if any."""

    image: Tensor               # (N, 3, S, S)
    told: dict[str, Tensor]     # "right", "wrong", perhaps "swapped"


def colour_pairs(data: Rendered, count: int, seed: int = 0) -> Pairs:
    """`count` pictures with the colours of some of their parts, with those of a picture of another species, and with
    one of their own colours exchanged for another one.
    """
    rows, others, stream = draw_rows(data, count, seed)
    visible = torch.from_numpy(conditions.visible_colours(data)).long()
    right, wrong = (conditions.some(visible[some], 1, stream) for some in (rows, others))
    asked = {"right": right, "wrong": wrong, "swapped": exchanged(right, stream)}
    told = {name: conditions.colour_vectors(colours) for name, colours in asked.items()}
    return Pairs(runtime.to_tensor(data.images[rows]), told)


def known_pairs(data: Rendered, kind: str, count: int, seed: int = 0) -> Pairs:
    """The same for a class or a place, of which nothing can be exchanged; `kind` is "species" or "place"."""
    rows, others, stream = draw_rows(data, count, seed)
    known = conditions.known((kind,), data)
    told = {name: known(some, torch.from_numpy(data.boxes[some]), stream)
            for name, some in (("right", rows), ("wrong", others))}
    return Pairs(runtime.to_tensor(data.images[rows]), told)


def draw_rows(data: Rendered, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, torch.Generator]:
    """`count` pictures, as many of other classes, and the stream that drew them."""
    stream = runtime.generator(seed, 0, 0, 5)               # the last number of the key: no training sees these
    rows = torch.randperm(len(data), generator=stream)[:count].numpy()
    return rows, draw_other_class(data.labels, rows, stream), stream


def exchanged(asked: Tensor, stream: torch.Generator) -> Tensor:
    """Requests (N, 10) in which one of the named colours is another one; what is not named stays so."""
    named = asked != UNNAMED
    chosen = torch.where(named, torch.rand(asked.shape, generator=stream), -1).argmax(1, keepdim=True)
    step = torch.randint(1, len(COLOURS), (len(asked), 1), generator=stream)
    other = (asked.gather(1, chosen) + step) % len(COLOURS)
    return torch.where(named.any(1, keepdim=True), asked.scatter(1, chosen, other), asked)


def answers(game: Cgan | AcGan, pairs: Pairs) -> dict[str, np.ndarray]:
    """What D says (N,) to each kind of pair, and "fake": what G draws for the right conditions, with these."""
    config = game.config
    noise = sample.draw_noise(len(pairs.image), config.noise_dim, 0, config.noise)
    with runtime.evaluating(game):
        said = dict(zip(pairs.told, game.judge(pairs.image, *pairs.told.values())))
        said["fake"], = game.judge(game.generator(noise, pairs.told["right"]), pairs.told["right"])
    return {name: logits.float().cpu().numpy() for name, logits in said.items()}


def areas(said: dict[str, np.ndarray]) -> dict[str, float]:
    """The AUC of "right" against every other kind: "wrong", "fake", perhaps "swapped"."""
    return {name: auc(said["right"], logits) for name, logits in said.items() if name != "right"}
