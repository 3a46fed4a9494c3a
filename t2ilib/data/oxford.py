"""Oxford-102 flowers with captions, as the papers use them (Nilsback and Zisserman 2008, Reed et al. 2016).

    data = oxford.read("flowers", size=64)              # training pictures: classes 21 to 102

    flowers/imagelabels.mat                             class of each photograph, 1 to 102
    flowers/jpg/image_00001.jpg                         the photographs, without folders
    flowers/text_c10/class_00077/image_00001.txt        ten captions each; the folder may also be called text
    flowers/train/, flowers/test/                       filenames.pickle: another split, if wanted

A photograph is taken whole and squashed to a square, as StackGAN does. `setid.mat`, the split of the data set
itself, has all classes on both sides; it is checked but divides nothing here.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.io
from PIL import Image
from tqdm.auto import tqdm

from t2ilib.data.birds import KEYPOINTS
from t2ilib.data.cub import load_photo
from t2ilib.data.cub_split import read_names
from t2ilib.data.cub_tables import AGAIN, DataError, caption_lines, with_words
from t2ilib.data.dataset import Dataset

CLASSES, TEST_CLASSES = 102, 20                 # the papers test on classes 1 to 20
SETS = {"train": "trnid", "valid": "valid", "test": "tstid"}


class Flower(NamedTuple):
    """What the tables say about one photograph."""

    key: str                    # "jpg/image_00001", as the papers' pickles have it
    photo: Path                 # where the photograph should be; it may be missing
    text: Path                  # its captions
    label: int                  # 1 to 102


def read(root: Path, size: int, split: str = "train") -> Dataset:
    """Read one split ("train" or "test") as pictures of `size` x `size` pixels.

    Nobody marked boxes or parts in this data set: each box is the whole picture, and all 15 keypoints (of birds) are
    hidden, (0, 0, 0), so that the same batches take flowers; neither can teach a model anything. Photographs that
    are not there are counted in the card as `missing`, those without a usable caption as `captionless`.
    Raises: ValueError for wrong arguments, FileNotFoundError without a folder, DataError (with file and line; in a
    .mat file, the number of the entry) on damage.
    """
    if split not in ("train", "test") or size < 1:
        raise ValueError(f"expected split 'train' or 'test' and size of 1 or more, got {split!r} and {size}; "
                         "correct the argument")
    root = Path(root)
    listed, split_file = read_split(root, read_flowers(root), split)
    present = [flower for flower in listed if flower.photo.is_file()]
    captioned = [(flower, captions) for flower in present if (captions := with_words(caption_lines(flower.text)))]
    if not captioned:
        raise DataError(root / "jpg", 1, f"expected photographs with captions for the {split} split, got "
                        f"{len(present)} of {len(listed)} photographs and no caption; unpack 102flowers.tgz here")
    flowers, captions = (list(column) for column in zip(*captioned))
    card = {"name": root.resolve().name, "layout": "Oxford-102", "split": split, "split_file": split_file,
            "crop": "none", "images": len(flowers), "missing": len(listed) - len(present),
            "captionless": len(present) - len(flowers), "hash": _fingerprint(flowers, captions)}
    labels = np.array([flower.label for flower in flowers], np.int64)
    boxes = np.tile(np.float32([0, 0, 1, 1]), (len(flowers), 1))
    keypoints = np.zeros((len(flowers), len(KEYPOINTS), 3), np.float32)
    return Dataset(_read_photos(flowers, size), captions, labels, [flower.key for flower in flowers], boxes, keypoints,
                   card)


def is_oxford(root: Path) -> bool:
    """Whether a folder looks like Oxford-102 rather than like CUB."""
    return (Path(root) / "imagelabels.mat").is_file()


def read_flowers(root: Path) -> dict[str, Flower]:
    """All photographs of `imagelabels.mat` by key, in its order; entry i stands for image i, from 1."""
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f"expected a folder with Oxford-102, got {root}, which is not there; correct the path")
    labels = read_numbers(root / "imagelabels.mat", "labels", CLASSES)
    read_sets(root, len(labels))
    texts = _find_captions(root, labels)
    keys = [f"jpg/image_{i:05d}" for i in range(1, len(labels) + 1)]
    return {key: Flower(key, root / f"{key}.jpg", text, label) for key, text, label in zip(keys, texts, labels)}


def read_numbers(path: Path, name: str, high: int) -> list[int]:
    """A row of whole numbers from 1 to `high` out of a MATLAB file, where they are stored in 8 or 16 bits."""
    if not path.is_file():
        raise DataError(path, 1, f"expected this file, got nothing; {AGAIN}")
    try:
        values = np.atleast_1d(np.squeeze(scipy.io.loadmat(path)[name]))
    except Exception as error:                  # a damaged file may raise anything
        raise DataError(path, 1, f"expected a MATLAB file with {name}, got one that fails with: {error!r}; "
                                 f"{AGAIN}") from error
    if values.ndim != 1 or values.dtype.kind not in "ui":
        raise DataError(path, 1, f"expected one row of whole numbers as {name}, got {values.dtype} of shape "
                                 f"{values.shape}; {AGAIN}")
    for entry in np.flatnonzero((values < 1) | (values > high)):
        raise DataError(path, int(entry) + 1, f"expected 1 to {high} in {name}, got {values[entry]}; {AGAIN}")
    return values.astype(np.int64).tolist()     # arithmetic in uint8 would go round at 255


def read_sets(root: Path, count: int) -> dict[str, int]:
    """The sizes of the three sets of `setid.mat`, if it is there; together they hold each image once."""
    path = root / "setid.mat"
    if not path.is_file():
        return {}
    sizes, seen = {}, set()
    for split, name in SETS.items():
        ids = read_numbers(path, name, count)
        for entry, id_ in enumerate(ids, 1):
            if id_ in seen:
                raise DataError(path, entry, f"expected each image in one set, got {id_} of {name} again; {AGAIN}")
            seen.add(id_)
        sizes[split] = len(ids)
    if len(seen) != count:
        raise DataError(path, 1, f"expected {count} images, as many as imagelabels.mat has, got {len(seen)}; {AGAIN}")
    return sizes


def _find_captions(root: Path, labels: list[int]) -> list[Path]:
    """A caption file per image, in the order of the images; its folder must name the class of `labels`."""
    base = next((root / name for name in ("text_c10", "text") if (root / name).is_dir()), None)
    if base is None:
        raise DataError(root / "text_c10", 1, "layout not recognised: expected captions in text_c10/ or text/, got "
                                              "neither; unpack the captions beside jpg/")
    names = [f"image_{i:05d}.txt" for i in range(1, len(labels) + 1)]
    expected = {name: base / f"class_{label:05d}" / name for name, label in zip(names, labels)}
    found = set(base.glob("class_*/image_*.txt"))
    for path in sorted(found):
        right = expected.get(path.name)
        if path != right:
            wanted = f"in {right.parent.name}" if right else f"no captions but of {len(labels)} images"
            raise DataError(path, 1, f"expected {wanted}, as imagelabels.mat says, got this file; {AGAIN}")
    for path in expected.values():
        if path not in found:
            raise DataError(path, 1, f"expected this file, got nothing; {AGAIN}")
    return list(expected.values())


def read_split(root: Path, flowers: dict[str, Flower], split: str) -> tuple[list[Flower], str]:
    """The flowers of "train" or "test", and where this split comes from, for the card.

    The papers divide by class; their pickles are taken if they are there, else the same by number of the class.
    """
    papers = [flower for flower in flowers.values() if (flower.label <= TEST_CLASSES) == (split == "test")]
    if not any((root / side / "filenames.pickle").is_file() for side in ("train", "test")):
        return papers, "papers"
    chosen = read_names(root / split, flowers)
    same = {flower.key for flower in chosen} == {flower.key for flower in papers}
    return chosen, f"{split}/filenames.pickle" + " (papers)" * same


def _read_photos(flowers: list[Flower], size: int) -> np.ndarray:
    """(N, S, S, 3) uint8."""
    images = np.empty((len(flowers), size, size, 3), np.uint8)
    for i, flower in enumerate(tqdm(flowers, "reading", unit="picture", leave=False, disable=len(flowers) < 200)):
        images[i] = load_photo(flower.photo).resize((size, size), Image.Resampling.BICUBIC)
    return images


def _fingerprint(flowers: list[Flower], captions: list[list[str]]) -> str:
    facts = [[flower.key, texts] for flower, texts in zip(flowers, captions)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
