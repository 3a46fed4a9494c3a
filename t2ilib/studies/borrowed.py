"""Which colour has a part that is painted wrong? Mostly one that the sentence gives to another part.

A sentence such as "a yellow bird with black wings" says two things: which colours there are, and which part has which.
A model that heard only the first would paint wrong parts in colours of the right set; one that heard nothing would
paint them in any of the other ten. Nothing is trained here: intervals are bootstrap intervals over species.

Source: ours. Tao et al. 2022 name one vector for the whole sentence as a limit (Section 4.4).
"""

from collections.abc import Sequence

import numpy as np

from t2ilib import measuring
from t2ilib.data.birds import COLOURS
from t2ilib.metrics.measures import COLOUR_IDS, held_out_captions, named_colours
from t2ilib.metrics.probe import Readings, read
from t2ilib.metrics.statistics import bootstrap
from t2ilib.sample import Painter
from t2ilib.studies import Findings, measure
from t2ilib.studies.small_parts import CAPTIONS, LEVEL

MODELS = ("gan_cls", "gan_int_cls", "df_gan")


def study_borrowed(profile: str, _seeds: Sequence[int]) -> Findings:
    """For each shipped model "wrong: df_gan", the share of parts whose colour is wrong; "borrowed: df_gan", how many of
    these have the colour of another named part; and "by chance: df_gan", how many would if any wrong colour were as
    likely as any other. Only parts beside which the sentence names another colour count."""
    data = measuring.unseen(profile, LEVEL)
    rows, captions = held_out_captions(data, CAPTIONS[profile])
    found = {}
    for name in MODELS:
        painter = Painter.shipped(name)
        readings = read(painter.probe, painter.paint(captions, painter.noise(len(captions), 0)))
        found |= shares(name, count(readings, named_colours(captions)), data.labels[rows])
    return Findings(found, 0)


def count(readings: Readings, named: Sequence[dict[str, str]]) -> np.ndarray:
    """What became of the named parts of each picture -> (N, 4): those beside which the sentence names another colour,
    so that one could be borrowed; how many of them are wrong; how many borrowed; how many would have by chance."""
    seen = {part: readings.colours(part) for part in {part for colours in named for part in colours}}
    return np.array([np.sum([outcome(int(seen[part][i]), colour, set(colours.values()) - {colour})
                             for part, colour in colours.items()] or [np.zeros(4)], axis=0)
                     for i, colours in enumerate(named)])


def outcome(seen: int, colour: str, others: set[str]) -> tuple[float, float, float, float]:
    """The same four numbers for one part; nothing if no other part has another colour."""
    if not others:
        return 0.0, 0.0, 0.0, 0.0
    wrong = seen != COLOUR_IDS[colour]
    borrowed = wrong and seen in {COLOUR_IDS[other] for other in others}
    return 1.0, float(wrong), float(borrowed), wrong * len(others) / (len(COLOURS) - 1)


def shares(name: str, counts: np.ndarray, kinds: np.ndarray) -> dict[str, dict]:
    """The shares of a model from (N, 4) counts and the species (N,) of each; only the first if nothing is wrong."""
    asked, wrong, borrowed, chance = counts.T
    found = {"wrong": (wrong, asked), "borrowed": (borrowed, wrong), "by chance": (chance, wrong)}
    return {f"{what}: {name}": measure(above.sum() / below.sum(), *bootstrap(above, below, kinds), int(below.sum()),
                                       "parts") for what, (above, below) in found.items() if below.any()}
