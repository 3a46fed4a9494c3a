"""The bird world as a data set: rendered once on all cores, then read from disk without copying."""

import ast
import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from tqdm.auto import tqdm

from t2ilib import runtime
from t2ilib.data import draw
from t2ilib.data.birds import BACKGROUNDS, BEAKS, COLOURS, PARTS, SIZES, TAILS, Scene, World, species
from t2ilib.data.captions import describe
from t2ilib.data.dataset import Dataset

CHUNK = 100                 # pictures a worker draws at a time
FACTORS = {**{part: tuple(COLOURS) for part in PARTS}, "beak shape": BEAKS, "size": SIZES,
           "tail length": TAILS, "background": BACKGROUNDS, "facing": ("left", "right"), "perch": ("branch", "ground")}
"""Every discrete attribute of a scene and the values it can take; truth is stored as positions in these."""


@dataclass(frozen=True)
class Rendered(Dataset):
    """A data set whose truth is known."""

    truth: np.ndarray           # (N, len(FACTORS)) uint8, a column per factor

    def factor(self, name: str) -> np.ndarray:
        """The true value of one factor for all pictures -> (N,) positions in FACTORS[name]."""
        return self.truth[:, list(FACTORS).index(name)]


def factors(scene: Scene) -> tuple[int, ...]:
    """The truth about a scene as positions in FACTORS, in its order."""
    kind = scene.species
    values = [*(kind.colour(part) for part in PARTS), kind.beak, kind.size, kind.tail,
              scene.background, scene.facing, scene.perch]
    return tuple(options.index(value) for options, value in zip(FACTORS.values(), values))


def load(world: World, split: str, count: int, size: int = 64) -> Rendered:
    """`count` pictures of a split at size x size pixels; rendered into the cache when they are not there yet.

    Raises: ValueError if `count` is not positive.
    """
    if count < 1:
        raise ValueError(f"the number of pictures should be at least 1, got {count}")
    folder = runtime.home() / "cache" / f"birds-{_key(world)}-{split}-{count}x{size}"
    if not folder.exists():
        _fill(folder, world, split, count, size)
    facts = np.load(folder / "facts.npz")
    kinds = species(split)
    order = [kinds[i % len(kinds)] for i in range(count)]
    return Rendered(
        images=np.load(folder / "images.npy", mmap_mode="r"),
        captions=json.loads((folder / "captions.json").read_text(encoding="utf-8")),
        labels=np.array([kind.label for kind in order]),
        keys=[f"{kind.folder}/{kind.name.title()}_{i:06d}" for i, kind in enumerate(order)],
        boxes=facts["boxes"], keypoints=facts["keypoints"], truth=facts["truth"],
        card=world.card() | {"split": split, "images": count},
    )


def _key(world: World) -> str:
    """Changes with the world and with the code that draws and describes it, so that no old cache is ever read."""
    return f"{world.card()['hash']}-{code_hash()}-L{world.level}-s{world.seed}"


@cache
def code_hash() -> str:
    """A hash of what the sources that draw and describe do: comments and line breaks do not count."""
    sources = (Path(__file__).with_name(name) for name in ("birds.py", "draw.py", "captions.py", "rendered.py"))
    trees = [ast.dump(ast.parse(source.read_text(encoding="utf-8"))) for source in sources]
    return hashlib.sha256("".join(trees).encode()).hexdigest()[:8]


def _fill(folder: Path, world: World, split: str, count: int, size: int) -> None:
    """Render into a temporary folder and rename it: an interrupted rendering leaves nothing half-read."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}.", suffix=".partial"))
    try:
        _render_into(partial, world, split, count, size)
        partial.rename(folder)
    except OSError:
        if not folder.exists():         # else another process was faster: its pictures are the same
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _render_into(folder: Path, world: World, split: str, count: int, size: int) -> None:
    """Write images.npy, facts.npz and captions.json."""
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (count, size, size, 3))
    boxes, points = np.zeros((count, 4), np.float32), np.zeros((count, 15, 3), np.float32)
    truth, captions = np.zeros((count, len(FACTORS)), np.uint8), []
    jobs = [(world, split, start, min(start + CHUNK, count), size) for start in range(0, count, CHUNK)]
    with tqdm(total=count, desc="drawing birds", unit="bird") as bar:
        for (_, _, start, stop, _), chunk in zip(jobs, _draw_all(jobs)):
            images[start:stop], boxes[start:stop], points[start:stop], truth[start:stop] = chunk[:4]
            captions += chunk[4]
            bar.update(stop - start)
    images.flush()
    np.savez(folder / "facts.npz", boxes=boxes, keypoints=points, truth=truth)
    (folder / "captions.json").write_text(json.dumps(captions), encoding="utf-8")


def _draw_all(jobs: list[tuple]):
    """Draw the chunks in order; with several processes when it is worth starting them."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers == 1 or len(jobs) < 8:
        yield from map(_draw_chunk, jobs)
        return
    yield from Parallel(workers, return_as="generator")(delayed(_draw_chunk)(job) for job in jobs)


def _draw_chunk(job: tuple) -> tuple:
    """Render pictures start..stop of a world: images, boxes, keypoints, truth, captions."""
    world, split, start, stop, size = job
    scenes = [world.scene(i, split) for i in range(start, stop)]
    pictures = [draw.render(scene, size) for scene in scenes]
    points = np.stack([picture.keypoints for picture in pictures]) / np.float32((size, size, 1))
    points *= points[..., 2:]                               # hidden parts are (0, 0, 0), as in CUB
    return (np.stack([picture.image for picture in pictures]), np.stack([picture.box for picture in pictures]) / size,
            points, np.array([factors(scene) for scene in scenes]), [describe(scene) for scene in scenes])
