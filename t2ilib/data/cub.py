"""CUB-200-2011 with captions, genuine or rendered: one reader for both.

    data = cub.read("birds", size=64)                  # training pictures, as arrays
    cub.write(World(), "birds", images=6000, size=64)  # the rendered birds, in the layout of the genuine ones

The genuine photographs are cropped as in StackGAN (Zhang et al. 2017): half a side of 0.75 times the longer side
of the box, round the box's centre, clipped to the photograph, and then squashed to a square. It is often written
that the bird then fills 0.75 of the picture; in truth the longer side of its box fills 0.67 or, clipped, more.
Rendered pictures are framed by their world and are taken whole. The other way can be asked for.

Photographs are decoded once and then mapped from a cache, which knows when the data set was edited.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL
from PIL import Image
from tqdm.auto import tqdm

from t2ilib.data import disk_cache
from t2ilib.data.cub_split import read_split
from t2ilib.data.cub_tables import DataError, Folder, Record, find_folder, read_captions, read_records
from t2ilib.data.cub_write import write
from t2ilib.data.dataset import Dataset

__all__ = ["CROPS", "DataError", "crop_window", "load_photo", "read", "write"]

CROPS = ("StackGAN", "none")
"""What is taken of a photograph: the surroundings of its box, or all of it. Either is squashed to a square."""

Window = tuple[int, int, int, int]


class Photos(NamedTuple):
    """What is read from the photographs, in the order of the records."""

    images: np.ndarray          # (N, S, S, 3) uint8
    boxes: np.ndarray           # (N, 4) float32
    keypoints: np.ndarray       # (N, K, 3) float32


def read(root: Path, size: int, split: str = "train", crop: str = "auto", division: str = "") -> Dataset:
    """Read one split of a data set in the CUB layout as pictures of `size` x `size` pixels.

    `root` holds `CUB_200_2011/` and `text/` or `text_c10/`; if it holds `train/filenames.pickle` and
    `test/filenames.pickle`, these are the split (the papers' classes), else `train_test_split.txt` is. `division` names
    another one, see `cub_split.CLASS_SPLITS`: two lists of 50 test classes circulate that share only 18 of them.
    `crop` is one of CROPS; "auto" is "StackGAN" for photographs and "none" for rendered pictures. Boxes and keypoints
    move with it: a box is clipped, a point outside becomes hidden.
    Photographs that are not there are counted in the card as `missing`, those without a usable caption as
    `captionless`. Raises FileNotFoundError without a folder, DataError (with file and line) on damage.
    """
    _check_arguments(size, split, crop)
    folder = find_folder(root)
    listed, split_file = read_split(folder, read_records(folder), split, division)
    present = [record for record in listed if record.photo.is_file()]
    records, captions = _with_captions(folder, present)
    if not records:
        raise DataError(folder.tables / "images", 1, f"expected photographs with captions for the {split} split, got "
                        f"{len(present)} of {len(listed)} photographs and no caption; unpack the photographs here")
    if crop == "auto":
        crop = "none" if (folder.root / "world.json").is_file() else "StackGAN"
    place = f"{_digest(str(folder.root.resolve()))}-{split}{division and '-' + division}"
    images, boxes, keypoints = _cached_photos(place, records, size, crop)
    card = {"name": folder.root.resolve().name, "layout": "CUB_200_2011", "split": split, "split_file": split_file,
            "crop": crop, "images": len(records), "missing": len(listed) - len(present),
            "captionless": len(present) - len(records), "hash": _fingerprint(records, captions)}
    labels = np.array([record.label for record in records], np.int64)
    return Dataset(images, captions, labels, [record.key for record in records], boxes, keypoints, card)


def _check_arguments(size: int, split: str, crop: str) -> None:
    if split not in ("train", "test") or size < 1:
        raise ValueError(f"expected split 'train' or 'test' and size of 1 or more, got {split!r} and {size}; "
                         "correct the argument")
    if crop not in ("auto", *CROPS):
        raise ValueError(f"expected crop 'auto', 'StackGAN' or 'none', got {crop!r}; correct the argument")


def _with_captions(folder: Folder, records: list[Record]) -> tuple[list[Record], list[list[str]]]:
    """The photographs that have a usable caption, and their captions."""
    captions = [read_captions(folder, record.key) for record in records]
    kept = [i for i, texts in enumerate(captions) if texts]
    return [records[i] for i in kept], [captions[i] for i in kept]


def _cached_photos(place: str, records: list[Record], size: int, crop: str) -> Photos:
    """The photographs from the cache, which keeps one state of each place, crop and size: the last that was read."""
    series, state = f"photos-{place}-{crop}-{size}", _photos_hash(records)

    def decode(entry: Path) -> None:
        _decode_into(entry, records, size, crop)
        disk_cache.drop_outdated(f"{series}-*", current=state)

    return disk_cache.fetch(f"{series}-{state}", decode, lambda entry: _map_photos(entry, len(records), size))


def _photos_hash(records: list[Record]) -> str:
    """Changes with the files of the photographs, their boxes and parts, and with the code that decodes."""
    facts = [disk_cache.code_hash([Path(__file__)]), PIL.__version__]
    for record in records:
        file = record.photo.stat()
        facts += [record.key, file.st_size, file.st_mtime_ns, record.box, record.parts.tobytes()]
    return _digest(*facts)


def _decode_into(entry: Path, records: list[Record], size: int, crop: str) -> None:
    """Write images.npy and facts.npz."""
    images = np.lib.format.open_memmap(entry / "images.npy", "w+", np.uint8, (len(records), size, size, 3))
    boxes = np.empty((len(records), 4), np.float32)
    keypoints = np.empty((len(records), *records[0].parts.shape), np.float32)
    for i, record in enumerate(tqdm(records, "reading", unit="picture", leave=False, disable=len(records) < 200)):
        photo = load_photo(record.photo)
        window = crop_window(record, photo.size, crop)
        images[i] = photo.crop(window).resize((size, size), Image.Resampling.BICUBIC)
        boxes[i], keypoints[i] = _move_into(window, record)
    images.flush()
    np.savez(entry / "facts.npz", boxes=boxes, keypoints=keypoints)


def _map_photos(entry: Path, count: int, size: int) -> Photos:
    with np.load(entry / "facts.npz") as facts:
        return Photos(disk_cache.open_array(entry / "images.npy", (count, size, size, 3)), facts["boxes"],
                      facts["keypoints"])


def load_photo(path: Path) -> Image.Image:
    """A photograph as RGB, whether it is stored grey, CMYK, with a palette or with alpha (which is dropped).

    EXIF orientation is left alone: the boxes were drawn on the pixels as they are stored.
    Raises: DataError for a file that cannot be decoded to its end, and for more than 8 bits per colour, which Pillow
    would cut off at 255.
    """
    try:
        with Image.open(path) as photo:
            if photo.mode.startswith(("I", "F")):
                raise ValueError(f"more than 8 bits per colour (mode {photo.mode})")
            return photo.convert("RGB")
    except Exception as error:              # a damaged picture may raise anything
        raise DataError(path, 1, f"expected a photograph, got a file that fails with: {error}; "
                                 "get this photograph again, or delete it to do without") from error


def crop_window(record: Record, photo_size: tuple[int, int], crop: str = "StackGAN") -> Window:
    """What is taken of a photograph of (width, height): left, top, right, bottom in whole pixels.

    Raises: DataError for a box of which nothing lies in the photograph.
    """
    window = (0, 0, *photo_size) if crop == "none" else _stackgan_window(record.box, photo_size)
    x, y, width, height = record.box
    inside = x < photo_size[0] and y < photo_size[1] and x + width > 0 and y + height > 0
    if not inside or window[2] <= window[0] or window[3] <= window[1]:
        raise record.box_row.wrong(f"a box inside the photograph of {photo_size[0]} x {photo_size[1]} pixels",
                                   " ".join(record.box_row.fields[1:]))
    return window


def _stackgan_window(box: tuple[float, ...], photo_size: tuple[int, int]) -> Window:
    """Rounded down at each step, as in the authors' code."""
    x, y, width, height = (int(length) for length in box)
    centre_x, centre_y = int((2 * x + width) / 2), int((2 * y + height) / 2)
    half = int(0.75 * max(width, height))
    return (max(0, centre_x - half), max(0, centre_y - half),
            min(photo_size[0], centre_x + half), min(photo_size[1], centre_y + half))


def _move_into(window: Window, record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Box (4,), clipped, and keypoints (K, 3) as fractions of the window; points outside of it become hidden."""
    corner, side = np.array(window[:2]), np.subtract(window[2:], window[:2])
    start, extent = np.array(record.box[:2]), np.array(record.box[2:])
    low, high = (np.clip((point - corner) / side, 0, 1) for point in (start, start + extent))
    points = (record.parts[:, :2] - corner) / side
    inside = ((points >= 0) & (points <= 1)).all(axis=1) & (record.parts[:, 2] > 0)
    keypoints = np.where(inside[:, None], np.column_stack([points, inside]), 0)
    return np.concatenate([low, high - low]), keypoints


def _fingerprint(records: list[Record], captions: list[list[str]]) -> str:
    facts = [[record.key, texts] for record, texts in zip(records, captions, strict=True)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _digest(*facts: object) -> str:
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]
