"""Writes the rendered birds in the layout of CUB-200-2011, so that code for the genuine birds reads them.

    OUT/CUB_200_2011/           tables, images/, parts/, attributes/, segmentations/
    OUT/text/                   class_folder/stem.txt, ten captions each
    OUT/train/, OUT/test/       filenames.pickle, class_info.pickle: the split by class
    OUT/captions.pickle         AttnGAN's vocabulary and the captions in its numbers
    OUT/attributes.txt          the attributes, in CUB's naming
    OUT/truth.jsonl             all that is known about each picture, a line each
    OUT/world.json              which world this is, how many pictures, which size
"""

import json
import os
import pickle
import shutil
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from t2ilib.data import cub_words
from t2ilib.data.birds import (
    BEAKS,
    COLOURS,
    KEYPOINTS,
    PARTS,
    PATTERNS,
    SIZES,
    TAILS,
    Scene,
    Species,
    World,
    species,
)
from t2ilib.data.captions import describe
from t2ilib.data.draw import render
from t2ilib.data.rendered import code_hash

WORKERS, WORTH_WORKERS = 2, 200     # processes; pictures from which starting them pays
README = ("Pictures drawn by a program, in the layout of CUB-200-2011 (Wah et al. 2011). None is a photograph.\n"
          "What is known about each picture stands in ../truth.jsonl.\n")
CUB_NAMES = {"beak": "bill", "legs": "leg"}
# Attribute groups as CUB names them; the values are the world's own.
GROUPS = {**{f"has_{CUB_NAMES.get(part, part)}_color": tuple(COLOURS) for part in PARTS},
          "has_bill_shape": BEAKS, "has_size": SIZES, "has_tail_length": TAILS, "has_pattern": PATTERNS}


class Job(NamedTuple):
    """One picture to render."""

    scene: Scene
    folder: Path
    size: int


def write(world: World, out: Path, images: int, size: int) -> Path:
    """Render `images` pictures of `size` x `size` pixels, spread evenly over all species; returns OUT.

    Everything is written to OUT.partial, which gets its name when it is complete; what an interrupted run left
    is thrown away. Nor can OUT.partial be taken for a data set: the table of the pictures, by which readers know
    one, is written last. If OUT already holds this very set, nothing is done.
    Raises: ValueError if OUT holds anything else, and for no pictures or a size that cannot be drawn.
    """
    out = Path(out)
    card = json.dumps({**world.card(), "code": code_hash(), "images": images, "size": size}, indent=2)
    if _is_there(out, card):
        print(f"{out}: already there ({images:,} pictures of {size} x {size})")
        return out
    scenes = _choose_scenes(world, images)
    render(scenes[0], size)         # refuses a wrong size before anything is written
    partial = out.with_name(f"{out.name}.partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(parents=True)
    facts = list(tqdm(_render_all([Job(scene, partial, size) for scene in scenes]), "rendering", images, unit="bird"))
    _write_attributes(partial, world.species())
    _write_split(partial, scenes)
    _write_lines(partial / "truth.jsonl", (json.dumps(row) for row in _truth(scenes, facts)))
    _write_lines(partial / "world.json", [card])
    _write_tables(partial / "CUB_200_2011", scenes, facts)
    if out.exists():
        out.rmdir()                 # empty, or _is_there would have refused it
    return partial.rename(out)


def _is_there(out: Path, card: str) -> bool:
    """Whether OUT holds the set of this card; refuses what is not ours to replace."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return False
    world = out / "world.json"
    found = world.read_text(errors="replace").strip() if world.is_file() else "something without a world.json"
    if found != card:
        expected, got = (" ".join(text.split()) for text in (card, found))
        raise ValueError(f"expected {out} to be new or to hold the same birds, {expected}; got {got}; "
                         "choose another folder, or delete this one yourself")
    return True


def _choose_scenes(world: World, images: int) -> list[Scene]:
    """The first scenes of both splits in proportion to their species, in the order of the classes."""
    if images < 1:
        raise ValueError(f"expected 1 or more pictures, got {images}; {10 * len(species()):,} give ten of each species")
    test = max(images * len(species("test")) // len(species("all")), int(images > 1))
    counts = {"train": images - test, "test": test}
    scenes = [world.scene(i, split) for split, count in counts.items() for i in range(count)]
    return sorted(scenes, key=lambda scene: (scene.species.label, scene.index))


def picture_key(scene: Scene) -> str:
    """ "012.Black_winged_Red_Finch/Black_Winged_Red_Finch_000511": as in CUB, only the file has all capitals."""
    return f"{scene.species.folder}/{scene.species.name.title()}_{scene.index:06d}"


def _render_all(jobs: list[Job]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Boxes and keypoints in the order of the jobs; two processes draw when it is worth starting them."""
    if len(jobs) <= WORTH_WORKERS:
        yield from map(_render_one, jobs)
        return
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), _follow_parent) as pool:
        try:
            yield from pool.map(_render_one, jobs, chunksize=16)
        finally:
            pool.shutdown(cancel_futures=True)


def _follow_parent() -> None:
    """A worker leaves Ctrl-C to its parent, and ends when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=lambda: (parent_process().join(), os._exit(1)), daemon=True).start()


def _render_one(job: Job) -> tuple[np.ndarray, np.ndarray]:
    """Write picture, mask and captions of one scene; return its box (4,) and keypoints (15, 3) in pixels."""
    picture = render(job.scene, job.size)
    key, tables = picture_key(job.scene), job.folder / "CUB_200_2011"
    # Full colour resolution: at 64 pixels a beak is three pixels of colour, which halving would smear.
    _save(Image.fromarray(picture.image), tables / "images" / f"{key}.jpg", quality=95, subsampling=0)
    mask = np.where(picture.parts > 0, np.uint8(255), np.uint8(0))
    _save(Image.fromarray(mask), tables / "segmentations" / f"{key}.png")
    _write_lines(job.folder / "text" / f"{key}.txt", describe(job.scene))
    return picture.box, picture.keypoints


def _save(image: Image.Image, path: Path, **options) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def _write_tables(tables: Path, scenes: list[Scene], facts: list[tuple]) -> None:
    """The tables of CUB-200-2011: ids from 1, one blank, one decimal, `0.0 0.0 0` for a hidden part."""
    numbered = list(enumerate(scenes, 1))
    _write_lines(tables / "README", [README.rstrip()])
    _write_lines(tables / "classes.txt", (f"{kind.label} {kind.folder}" for kind in species()))
    _write_lines(tables / "image_class_labels.txt", (f"{i} {scene.species.label}" for i, scene in numbered))
    _write_lines(tables / "train_test_split.txt", (f"{i} {int(is_train)}" for i, is_train in _halve(scenes)))
    _write_lines(tables / "bounding_boxes.txt", (f"{i} {_decimals(box)}" for i, (box, _) in enumerate(facts, 1)))
    _write_lines(tables / "parts/parts.txt", (f"{i} {name}" for i, name in enumerate(KEYPOINTS, 1)))
    _write_lines(tables / "parts/part_locs.txt",
                 (f"{i} {part} {_point(*point)}"
                  for i, (_, points) in enumerate(facts, 1) for part, point in enumerate(points, 1)))
    _write_lines(tables / "images.txt", (f"{i} {picture_key(scene)}.jpg" for i, scene in numbered))


def _halve(scenes: list[Scene]) -> Iterator[tuple[int, bool]]:
    """As in CUB, every class lies on both sides of train_test_split.txt: its pictures alternate."""
    for i, scene in enumerate(scenes, 1):
        turn = scene.index // len(species(scene.species.split))
        yield i, (turn + scene.species.label) % 2 == 1


def _point(x: float, y: float, visible: float) -> str:
    return f"{_decimals((x, y))} 1" if visible else "0.0 0.0 0"


def _decimals(numbers: Iterable[float]) -> str:
    return " ".join(f"{number:.1f}" for number in numbers)


def _write_attributes(folder: Path, kinds: tuple[Species, ...]) -> None:
    """The list of attributes, and for each species which of them it has, in per cent."""
    names = [_attribute(group, value) for group, values in GROUPS.items() for value in values]
    _write_lines(folder / "attributes.txt", (f"{i} {name}" for i, name in enumerate(names, 1)))
    _write_lines(folder / "CUB_200_2011/attributes/class_attribute_labels_continuous.txt",
                 (_decimals(100.0 * (name in _attributes(kind)) for name in names) for kind in kinds))


def _attributes(kind: Species) -> set[str]:
    values = (*kind.colours, kind.beak, kind.size, kind.tail, kind.pattern)
    return {_attribute(group, value) for group, value in zip(GROUPS, values, strict=True)}


def _attribute(group: str, value: str) -> str:
    """ "has_pattern::wing_bars": CUB's attributes have no blanks."""
    return f"{group}::{value.replace(' ', '_')}"


def _write_split(folder: Path, scenes: list[Scene]) -> None:
    """The split by class and the numbered captions, in pickles that the Python 2 code of the papers can read."""
    keys = {}
    for split in ("train", "test"):
        chosen = [scene for scene in scenes if scene.species.split == split]
        keys[split] = [picture_key(scene) for scene in chosen]
        _dump(keys[split], folder / split / "filenames.pickle")
        _dump([scene.species.label for scene in chosen], folder / split / "class_info.pickle")
    cache = cub_words.number_captions(folder / "text", keys["train"], keys["test"])
    _dump(list(cache), folder / "captions.pickle")


def _dump(values: list, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pickle.dumps(values, protocol=2))


def _truth(scenes: list[Scene], facts: list[tuple]) -> Iterator[dict]:
    """A row per picture: the scene, its species, its box, and all keypoints, hidden ones too, in pixels."""
    for i, (scene, (box, points)) in enumerate(zip(scenes, facts, strict=True), 1):
        kind = scene.species
        row = {"id": i, "key": picture_key(scene), **asdict(scene)}
        row["species"] |= {"colours": dict(zip(PARTS, kind.colours, strict=True)), "body": kind.body}
        places = points.astype(float).round(2).tolist()
        yield row | {"box": box.tolist(), "keypoints": dict(zip(KEYPOINTS, places, strict=True))}
