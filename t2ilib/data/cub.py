"""CUB-200-2011 with captions, genuine or rendered: one reader for both.

    data = cub.read("birds", size=64)                  # training pictures, as arrays
    cub.write(World(), "birds", images=6000, size=64)  # the rendered birds, in the layout of the genuine ones

The genuine photographs are cropped as in StackGAN (Zhang et al. 2017): half a side of 0.75 times the longer side
of the box, round the box's centre, clipped to the photograph, and then squashed to a square. It is often written
that the bird then fills 0.75 of the picture; in truth the longer side of its box fills 0.67 or, clipped, more.
Rendered pictures are framed by their world and are taken whole.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from t2ilib.data.cub_split import read_split
from t2ilib.data.cub_tables import DataError, Record, find_folder, read_captions, read_records
from t2ilib.data.cub_write import write
from t2ilib.data.dataset import Dataset

__all__ = ["DataError", "crop_window", "load_photo", "read", "write"]


def read(root: Path, size: int, split: str = "train") -> Dataset:
    """Read one split of a data set in the CUB layout as pictures of `size` x `size` pixels.

    `root` holds `CUB_200_2011/` and `text/` or `text_c10/`; if it holds `train/filenames.pickle` and
    `test/filenames.pickle`, these are the split (the papers' classes), else `train_test_split.txt` is.
    Photographs that are not there are counted in the card as `missing`, those without a usable caption as
    `captionless`. Raises FileNotFoundError without a folder, DataError (with file and line) on damage.
    """
    if split not in ("train", "test") or size < 1:
        raise ValueError(f"expected split 'train' or 'test' and size of 1 or more, got {split!r} and {size}; "
                         "correct the argument")
    folder = find_folder(root)
    listed, split_file = read_split(folder, read_records(folder), split)
    present = [record for record in listed if record.photo.is_file()]
    captioned = [(record, captions) for record in present if (captions := read_captions(folder, record.key))]
    if not captioned:
        raise DataError(folder.tables / "images", 1, f"expected photographs with captions for the {split} split, got "
                        f"{len(present)} of {len(listed)} photographs and no caption; unpack the photographs here")
    records, captions = (list(column) for column in zip(*captioned, strict=True))
    framed = (folder.root / "world.json").is_file()
    images, boxes, keypoints = _read_photos(records, size, framed)
    card = {"name": folder.root.resolve().name, "layout": "CUB_200_2011", "split": split, "split_file": split_file,
            "crop": "none" if framed else "StackGAN", "images": len(records), "missing": len(listed) - len(present),
            "captionless": len(present) - len(records), "hash": _fingerprint(records, captions)}
    labels = np.array([record.label for record in records], np.int64)
    return Dataset(images, captions, labels, [record.key for record in records], boxes, keypoints, card)


def _read_photos(records: list[Record], size: int, framed: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images (N, S, S, 3), boxes (N, 4) and keypoints (N, K, 3), cropped unless the pictures are framed already."""
    images = np.empty((len(records), size, size, 3), np.uint8)
    boxes = np.empty((len(records), 4), np.float32)
    keypoints = np.empty((len(records), *records[0].parts.shape), np.float32)
    for i, record in enumerate(tqdm(records, "reading", unit="picture", leave=False, disable=len(records) < 200)):
        photo = load_photo(record.photo)
        window = (0, 0, *photo.size) if framed else crop_window(record, photo.size)
        images[i] = photo.crop(window).resize((size, size), Image.Resampling.BICUBIC)
        boxes[i], keypoints[i] = _move_into(window, record)
    return images, boxes, keypoints


def load_photo(path: Path) -> Image.Image:
    """A photograph as RGB, whether it is stored grey, CMYK, with a palette or with alpha (which is dropped).

    EXIF orientation is left alone: the boxes were drawn on the pixels as they are stored.
    """
    try:
        with Image.open(path) as photo:
            return photo.convert("RGB")
    except Exception as error:              # a damaged picture may raise anything
        raise DataError(path, 1, f"expected a photograph, got a file that fails with: {error}; "
                                 "get this photograph again, or delete it to do without") from error


def crop_window(record: Record, photo_size: tuple[int, int]) -> tuple[int, int, int, int]:
    """StackGAN's crop: left, top, right, bottom in whole pixels of a photograph of (width, height)."""
    x, y, width, height = (int(length) for length in record.box)
    centre_x, centre_y = int((2 * x + width) / 2), int((2 * y + height) / 2)
    half = int(0.75 * max(width, height))
    window = (max(0, centre_x - half), max(0, centre_y - half),
              min(photo_size[0], centre_x + half), min(photo_size[1], centre_y + half))
    if window[2] <= window[0] or window[3] <= window[1]:
        raise record.box_row.wrong(f"a box inside the photograph of {photo_size[0]} x {photo_size[1]} pixels",
                                   " ".join(record.box_row.fields[1:]))
    return window


def _move_into(window: tuple[int, int, int, int], record: Record) -> tuple[np.ndarray, np.ndarray]:
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
