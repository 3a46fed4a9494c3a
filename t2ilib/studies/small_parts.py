"""Does a sentence reach the small parts of a bird? How often each part has its colour, against how large it is.

The limitation that the DF-GAN paper names first: the generator hears one vector for the whole sentence, so fine detail
may get lost. Nothing is trained here: intervals are bootstrap intervals over species.

Source: Tao et al. 2022, Section 4.4 (limitations).
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import spearmanr

from t2ilib import measuring
from t2ilib.data.birds import PARTS, PLUMAGE_AREA, World
from t2ilib.metrics.measures import held_out_captions, named_colours, part_pixels
from t2ilib.metrics.probe import read
from t2ilib.metrics.statistics import RESAMPLES, middle
from t2ilib.sample import Painter
from t2ilib.studies import Findings, measure
from t2ilib.studies.df_gan_silence import NAMED, part_hits

MODELS, LEVEL = ("gan_int_cls", "df_gan"), 2            # and the level of the world that they were trained on
CAPTIONS = {"smoke": 40, "laptop": 2000, "gpu": 2000}   # of unseen species
BIRDS = {"smoke": 10, "laptop": 200, "gpu": 200}        # real ones, whose parts are measured


def study_small_parts(profile: str, _seeds: Sequence[int]) -> Findings:
    """Both shipped models: "order: df_gan" is Spearman's correlation, "df_gan: beak" the share that has its colour.

    "pixels: beak" is the part's size in a picture of 64 x 64 pixels; the body is all its plumage together.
    """
    data = measuring.unseen(profile, LEVEL)
    rows, captions = held_out_captions(data, CAPTIONS[profile])
    pixels = sizes(part_pixels(World(2, LEVEL), BIRDS[profile]))
    found = {f"pixels: {part}": measure(count, count, count, BIRDS[profile], "birds") for part, count in pixels.items()}
    for name in MODELS:
        found |= by_size(name, *hits(Painter.shipped(name), captions), data.labels[rows], pixels)
    return Findings(found, 0)


def sizes(pixels: dict[str, float]) -> dict[str, float]:
    """The parts in the order of NAMED; the body is as large as all its plumage."""
    return {"body": sum(pixels[part] for part in PLUMAGE_AREA)} | {part: pixels[part] for part in PARTS}


def hits(painter: Painter, captions: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """One picture a caption -> which named colours are found, and which are named, (N, parts) each as in NAMED."""
    images = painter.paint(captions, painter.noise(len(captions), 0))
    return part_hits(read(painter.probe, images), named_colours(captions))


def by_size(name: str, right: np.ndarray, asked: np.ndarray, kinds: np.ndarray, pixels: dict[str, float]) -> dict:
    """The share of each part, and how its order follows that of the parts' sizes, with intervals over species.

    Shapes: right, asked (N, parts), kinds (N,). A part that no caption names is left out.
    """
    told = [column for column in range(len(NAMED)) if asked[:, column].any()]
    below, above = (per_species(table[:, told], kinds) for table in (asked, right))
    drawn = np.random.default_rng(0).integers(len(below), size=(RESAMPLES, len(below)))
    resampled = above[drawn].sum(1) / np.maximum(below[drawn].sum(1), 1)        # (RESAMPLES, parts)
    shares, areas = above.sum(0) / below.sum(0), [pixels[NAMED[column]] for column in told]
    order = [spearmanr(row, areas).statistic for row in (shares, *resampled)]
    ends = np.transpose([middle(column) for column in resampled.T])
    found = {f"{name}: {NAMED[column]}": measure(share, low, high, int(asked[:, column].sum()), "captions")
             for column, share, low, high in zip(told, shares, *ends)}
    return found | {f"order: {name}": measure(order[0], *middle(np.array(order[1:])), len(told), "parts")}


def per_species(table: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Sums over the captions of each species: (N, parts) -> (species, parts)."""
    return np.stack([table[kinds == kind].sum(0) for kind in np.unique(kinds)])
