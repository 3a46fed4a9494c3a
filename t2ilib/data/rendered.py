"""The bird world as a data set: rendered once on all cores, then read from disk without copying."""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm.auto import tqdm

from t2ilib.data import disk_cache, draw
from t2ilib.data.birds import (
    BACKGROUNDS,
    BEAKS,
    COLOURS,
    PARTS,
    PATTERNS,
    PERCHES,
    POSES,
    SIZES,
    TAILS,
    Scene,
    World,
)
from t2ilib.data.captions import describe
from t2ilib.data.dataset import Dataset

CHUNK = 100                 # pictures a worker draws at a time
SOURCES = ("birds.py", "anatomy.py", "canvas.py", "plain.py", "plumage.py", "scenery.py", "draw.py", "captions.py",
           "rendered.py")
FACTORS = {**{part: tuple(COLOURS) for part in PARTS}, "pattern": PATTERNS, "beak shape": BEAKS, "size": SIZES,
           "tail length": TAILS, "background": BACKGROUNDS, "facing": ("left", "right"), "pose": POSES,
           "perch": PERCHES}
"""Every discrete attribute of a scene and the values it can take; truth is stored as positions in these."""


@dataclass(frozen=True)
class Rendered(Dataset):
    """A data set whose truth is known."""

    truth: np.ndarray           # (N, len(FACTORS)) uint8, a column per factor
    parts: np.ndarray           # (N, S, S) uint8: 0 elsewhere, 1 + i where PARTS[i] shows, draw.EYE on the eye
    points: np.ndarray          # (N, 15, 3) float32: like `keypoints`, but with the true place of hidden parts

    def factor(self, name: str) -> np.ndarray:
        """The true value of one factor for all pictures -> (N,) positions in FACTORS[name]."""
        return self.truth[:, list(FACTORS).index(name)]


def factors(scene: Scene) -> tuple[int, ...]:
    """The truth about a scene as positions in FACTORS, in its order."""
    kind = scene.species
    values = [*(kind.colour(part) for part in PARTS), kind.pattern, kind.beak, kind.size, kind.tail,
              scene.background, scene.facing, scene.pose, scene.perch]
    return tuple(options.index(value) for options, value in zip(FACTORS.values(), values))


def load(world: World, split: str, count: int, size: int = 64) -> Rendered:
    """`count` pictures of a split at size x size pixels; rendered into the cache when they are not there yet.

    Raises: ValueError if `count` is not positive.
    """
    if count < 1:
        raise ValueError(f"the number of pictures should be at least 1, got {count}")
    entry = f"birds-{_key(world, code_hash())}-{split}-{count}x{size}"
    images, parts, facts, captions = disk_cache.fetch(entry, lambda folder: _fill(folder, world, split, count, size),
                                                 lambda folder: _map(folder, count, size))
    kinds = world.species(split)
    order = [kinds[i % len(kinds)] for i in range(count)]
    return Rendered(
        images=images,
        captions=captions,
        labels=np.array([kind.label for kind in order]),
        keys=[f"{kind.folder}/{kind.name.title()}_{i:06d}" for i, kind in enumerate(order)],
        parts=parts, boxes=facts["boxes"], points=facts["points"],
        keypoints=facts["points"] * facts["points"][..., 2:],      # hidden parts are (0, 0, 0), as in CUB
        truth=facts["truth"],
        card=world.card() | {"split": split, "images": count},
    )


def _key(world: World, code: str) -> str:
    """Changes with the world and with the code that draws and describes it, so that no old cache is ever read."""
    return f"{world.card()['hash']}-{code}-L{world.level}-s{world.seed}"


@cache
def code_hash() -> str:
    """A hash of what the sources that draw and describe do: comments and line breaks do not count."""
    return disk_cache.code_hash(Path(__file__).with_name(name) for name in SOURCES)


def _fill(folder: Path, world: World, split: str, count: int, size: int) -> None:
    """Render, then remove what older code has drawn of this world: it will never be asked for again."""
    _render_into(folder, world, split, count, size)
    disk_cache.drop_outdated(f"birds-{_key(world, code='*')}-*", current=_key(world, code_hash()))


def _map(folder: Path, count: int, size: int) -> tuple[np.ndarray, np.ndarray, dict, list[list[str]]]:
    """Images and parts, mapped; the small facts and the captions, read."""
    with np.load(folder / "facts.npz") as facts:
        return (disk_cache.open_array(folder / "images.npy", (count, size, size, 3)),
                disk_cache.open_array(folder / "parts.npy", (count, size, size)), dict(facts),
                json.loads((folder / "captions.json").read_text(encoding="utf-8")))


def _render_into(folder: Path, world: World, split: str, count: int, size: int) -> None:
    """Write images.npy, facts.npz and captions.json."""
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (count, size, size, 3))
    parts = np.lib.format.open_memmap(folder / "parts.npy", "w+", np.uint8, (count, size, size))
    boxes, points = np.zeros((count, 4), np.float32), np.zeros((count, 15, 3), np.float32)
    truth, captions = np.zeros((count, len(FACTORS)), np.uint8), []
    jobs = [(world, split, start, min(start + CHUNK, count), size) for start in range(0, count, CHUNK)]
    with tqdm(total=count, desc="drawing birds", unit="bird") as bar:
        for (_, _, start, stop, _), chunk in zip(jobs, _draw_all(jobs)):
            rows = slice(start, stop)
            images[rows], parts[rows], boxes[rows], points[rows], truth[rows] = chunk[:5]
            captions += chunk[5]
            bar.update(stop - start)
    parts.flush()
    images.flush()
    np.savez(folder / "facts.npz", boxes=boxes, points=points, truth=truth)
    (folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")


def _draw_all(jobs: list[tuple]):
    """Draw the chunks in order; with several processes when it is worth starting them."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers == 1 or len(jobs) < 8:
        yield from map(_draw_chunk, jobs)
        return
    yield from Parallel(workers, return_as="generator")(delayed(_draw_chunk)(job) for job in jobs)


def _draw_chunk(job: tuple) -> tuple:
    """Render pictures start..stop of a world: images, parts, boxes, points, truth, captions."""
    world, split, start, stop, size = job
    scenes = [world.scene(i, split) for i in range(start, stop)]
    images, parts, points, boxes = (np.stack(column) for column in zip(*(draw.render(s, size) for s in scenes)))
    return (images, parts, boxes / size, points / np.float32((size, size, 1)),
            np.array([factors(scene) for scene in scenes]), [describe(scene) for scene in scenes])
