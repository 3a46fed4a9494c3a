"""Which block of the shipped DF-GAN carries which colour? The sentence is silenced in one block, or in all but one.

Nothing is trained here, so nothing depends on a seed: intervals are bootstrap intervals over species. "none" silenced
is the ceiling, "all" the floor: what the mean sentence and the noise happen to get right.
"""

from collections.abc import Collection, Sequence

import numpy as np

from t2ilib import measuring
from t2ilib.data.birds import PARTS
from t2ilib.metrics.measures import COLOUR_IDS, held_out_captions, named_colours
from t2ilib.metrics.probe import Readings, read
from t2ilib.metrics.silence import block_names, paint_silenced
from t2ilib.metrics.statistics import bootstrap, share
from t2ilib.sample import Painter
from t2ilib.studies import Findings, measure

MODEL, LEVEL = "df_gan", 2                              # and the level of the world that it was trained on
CAPTIONS = {"smoke": 8, "laptop": 200, "gpu": 1000}     # of unseen species
NAMED = ("body", *PARTS)                                # what a caption may give a colour


def study_silence(profile: str, _seeds: Sequence[int]) -> Findings:
    """The shipped model on captions of unseen species: "silenced: 4 → 8", "only: 4 → 8", "silenced: none" and so on."""
    data = measuring.unseen(profile, LEVEL)
    rows, captions = held_out_captions(data, CAPTIONS[profile])
    return silence(Painter.shipped(MODEL), captions, data.labels[rows])


def silence(painter: Painter, captions: list[str], kinds: np.ndarray) -> Findings:
    """The share of named colours that stay right, one picture a caption, the same noise in all conditions.

    `kinds` (N,) are the species of the captions, so that intervals speak of new species. Each measure has
    "rows": part -> the same share for this part alone, None for one that no caption names. The array "named" tells how
    many captions name each part, in the order of NAMED.
    """
    noise, named = painter.noise(len(captions), 0), named_colours(captions)
    found = {}
    for name, blocks in conditions(painter).items():
        readings = read(painter.probe, paint_silenced(painter, captions, noise, blocks))
        found[name] = over_captions(*part_hits(readings, named), kinds)
    return Findings(found, 0, {"named": part_hits(readings, named)[1].sum(0).astype(int)})


def conditions(painter: Painter) -> dict[str, Collection[int]]:
    """What is silenced, by name: nothing, each block alone, all but one, everything."""
    names = block_names(painter.generator)
    every = set(range(len(names)))
    return ({"silenced: none": set()} | {f"silenced: {name}": {block} for block, name in enumerate(names)}
            | {f"only: {name}": every - {block} for block, name in enumerate(names)} | {"silenced: all": every})


def part_hits(readings: Readings, named: list[dict[str, str]]) -> tuple[np.ndarray, np.ndarray]:
    """Which named colours the probe finds, and which are named -> (N, parts) and (N, parts) of 0 and 1, as in NAMED."""
    asked = np.array([[part in colours for part in NAMED] for colours in named])
    wanted = np.array([[COLOUR_IDS.get(colours.get(part), -1) for part in NAMED] for colours in named])
    seen = np.stack([readings.colours(part) for part in NAMED], axis=1)
    return (asked & (seen == wanted)).astype(float), asked.astype(float)


def over_captions(right: np.ndarray, asked: np.ndarray, kinds: np.ndarray) -> dict:
    """The share of all named colours with its interval over species, and in `rows` that of each part."""
    rows = {part: float(hits.sum() / count.sum()) if count.any() else None
            for part, hits, count in zip(NAMED, right.T, asked.T)}
    whole = right.sum(1), asked.sum(1)
    return measure(share(*whole), *bootstrap(*whole, kinds), len(right), "captions", rows)
