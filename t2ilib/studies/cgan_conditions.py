"""One conditional GAN, told three kinds of things: a class, a place, the colours of parts. What obeys, and what stays
free?

The instruments read pictures of 64 x 64 pixels, so all of 32, real ones too, are doubled for them; what that costs is
in the ceilings. Each floor is the same pictures, measured against what others were asked to show.

Source: Mirza and Osindero 2014, Section 3.2 (a condition may be any kind of auxiliary information).
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime, sample
from t2ilib.data import conditions
from t2ilib.data.birds import PARTS
from t2ilib.data.rendered import Rendered
from t2ilib.metrics import control, measures
from t2ilib.metrics.measures import derangement
from t2ilib.metrics.probe import read
from t2ilib.metrics.statistics import share
from t2ilib.studies import Findings, cgan_runs, measure, over_seeds
from t2ilib.studies.cgan_runs import SETUPS, Setup
from t2ilib.studies.text_gans import doubled
from t2ilib.train import TrainState

GROUPS, MEMBERS = {"smoke": 10, "laptop": 100, "gpu": 100}, 20      # conditions, and noises of each
ROWS, SHOWN = 6, 8                                                  # of the sheets to look at


def study_conditions(profile: str, seeds: Sequence[int]) -> Findings:
    """All runs with all seeds: "accuracy: class", "r of x: place", "colours found: colours" and so on, with ceilings
    and floors, and "explained, x: class", the share of a quantity's variance that the condition decides; places are
    those of birds that are seen.

    The arrays hold sheets of the first seed, requested and read colours, requested and read places.
    """
    found, drawn_from = {}, {}
    for seed, (title, setup) in product(seeds, SETUPS.items()):
        state = cgan_runs.train(setup, profile, seed)
        for metric, value in scores(state, setup, profile).items():
            found.setdefault(f"{metric}: {title}", []).append(value)
        if seed == seeds[0]:
            drawn_from |= {f"{name}: {title}": values for name, values in arrays(state, setup, profile).items()}
    return Findings({metric: over_seeds(values) for metric, values in found.items()} | limits(profile),
                    cgan_runs.STEPS[profile], drawn_from)


def scores(state: TrainState, setup: Setup, profile: str) -> dict[str, float]:
    """How well a run obeys, with its floor, and what of the rest its condition decides."""
    images = doubled(cgan_runs.draw(state, vectors(setup, setup.held_out(profile))))
    return obedience(images, setup, setup.held_out(profile)) | decided(state, setup, profile)


def vectors(setup: Setup, data: Rendered) -> Tensor:
    """What is known of the pictures of `data`, as a run would be told -> (N, C); of colours all that show."""
    if setup.kind == "colours":
        return conditions.colour_vectors(torch.from_numpy(conditions.visible_colours(data)))
    told = conditions.known((setup.kind,), data)
    return told(np.arange(len(data)), torch.from_numpy(data.boxes), runtime.generator(0))


def obedience(images: Tensor, setup: Setup, data: Rendered) -> dict[str, float]:
    """What pictures (N, 3, 64, 64) show of what was asked: that of the pictures of `data`, in their order.

    The floors are measured on the same pictures, against what others of them were asked.
    """
    return {"species": class_scores, "place": place_scores, "colours": colour_scores}[setup.kind](images, data)


def class_scores(images: Tensor, data: Rendered) -> dict[str, float]:
    """How often the probe reads the right one of the species."""
    kinds = {kind.label: kind for kind in cgan_runs.Roaming(2, cgan_runs.LEVEL).species("train")}
    labels = np.unique(data.labels)
    seen = labels[control.species_read(read(sample.load_probe(), images), [kinds[label] for label in labels])]
    return {"accuracy": float((seen == data.labels).mean()),
            "accuracy, other requests": float((seen == data.labels[derangement(len(data))]).mean())}


def place_scores(images: Tensor, data: Rendered) -> dict[str, float]:
    """How requested and read places go together, where a bird is seen; and on how many pictures one is."""
    asked = conditions.place_vectors(torch.from_numpy(data.boxes)).numpy()
    seen, order = control.read_places(sample.load_locator(), images), derangement(len(data))
    return ({"birds seen": float(1 - np.isnan(seen[:, 0]).mean())}
            | {f"r of {axis}": r for axis, r in control.correlations(asked, seen).items()}
            | {f"r of {axis}, other requests": r for axis, r in control.correlations(asked[order], seen).items()})


def colour_scores(images: Tensor, data: Rendered) -> dict[str, float]:
    """The share of the requested colours that the probe reads."""
    readings, named = read(sample.load_probe(), images), requests(data)
    found = share(*measures.hits(readings, named))
    floor = share(*measures.hits(readings, [named[i] for i in derangement(len(named))]))
    return {"colours found": found, "colours found, other requests": floor, "colours found, over the floor":
            found - floor}


def requests(data: Rendered) -> list[dict[str, str]]:
    """The colours that show on each picture, by part."""
    return conditions.requests_of(torch.from_numpy(conditions.visible_colours(data)))


def decided(state: TrainState, setup: Setup, profile: str) -> dict[str, float]:
    """"explained, x" and so on: MEMBERS pictures of each of some conditions, with other noises."""
    asked = some_conditions(setup, profile)
    return explained_of(doubled(cgan_runs.draw(state, asked.repeat_interleave(MEMBERS, 0), 1)), MEMBERS)


def some_conditions(setup: Setup, profile: str) -> Tensor:
    """(G, C) conditions of held-out pictures; the ten classes, in turn, where the class is told."""
    return vectors(setup, setup.held_out(profile))[:GROUPS[profile]]


def explained_of(images: Tensor, members: int) -> dict[str, float]:
    """The share of the variance of place and facing that lies between groups of `members` pictures."""
    read_off = control.left_open(sample.load_probe(), sample.load_locator(), images)
    return {f"explained, {name}": control.explained(values.reshape(-1, members)) for name, values in read_off.items()}


def limits(profile: str) -> dict[str, dict]:
    """The ceilings, real pictures through the same instruments; and what the class decides of place in the world."""
    found = {}
    for title, setup in list(SETUPS.items())[:3]:
        data = setup.held_out(profile)
        real = doubled(runtime.to_tensor(data.images[:]))
        found |= {f"{metric}: {title}, real": value for metric, value in obedience(real, setup, data).items()}
        if setup.kind == "species":
            order, each = np.argsort(data.labels, kind="stable"), len(data) // cgan_runs.KINDS
            found |= {f"{metric}: {title}, real": value for metric, value in explained_of(real[order], each).items()}
    return {name: measure(value, value, value, cgan_runs.HELD_OUT[profile], "pictures")
            for name, value in found.items()}


def arrays(state: TrainState, setup: Setup, profile: str) -> dict[str, np.ndarray]:
    """A sheet, ROWS conditions by SHOWN noises; requested and read colours (N, 10, 2), or places (N, 3, 2)."""
    data, config = setup.held_out(profile), state.task.config
    asked = vectors(setup, data)
    rows = from_left_to_right(asked) if setup.kind == "place" else asked[:ROWS]
    noise = sample.draw_noise(SHOWN, config.noise_dim, 3, config.noise).repeat(ROWS, 1)
    drawn = sample.draw_all(state.average.module, noise, rows.repeat_interleave(SHOWN, 0))
    sheet = {"sheet": runtime.to_pixels(drawn).reshape(ROWS, SHOWN, *drawn.shape[2:], 3)}
    if setup.kind == "species":
        return sheet
    images = doubled(cgan_runs.draw(state, asked))
    return sheet | {"asked and read": np.stack([wanted(setup, data), seen(setup, images)], axis=2)}


def from_left_to_right(asked: Tensor) -> Tensor:
    """(ROWS, 3) places: the usual height and size, and x from where few birds are farther left to the same right."""
    rows = asked.mean(0).repeat(ROWS, 1)
    rows[:, 0] = torch.linspace(*asked[:, 0].quantile(torch.tensor((0.05, 0.95))).tolist(), ROWS)
    return rows


def wanted(setup: Setup, data: Rendered) -> np.ndarray:
    """What was asked: colours (N, 10) int8 as positions in COLOURS, or places (N, 3) float16."""
    if setup.kind == "colours":
        return conditions.visible_colours(data).astype(np.int8)
    return conditions.place_vectors(torch.from_numpy(data.boxes)).numpy().astype(np.float16)


def seen(setup: Setup, images: Tensor) -> np.ndarray:
    """What was read, in the same form."""
    if setup.kind == "colours":
        readings = read(sample.load_probe(), images)
        return np.stack([readings.colours(part) for part in PARTS], axis=1).astype(np.int8)
    return control.read_places(sample.load_locator(), images).astype(np.float16)
