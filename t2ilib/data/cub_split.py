"""The splits of CUB by class: in pickles written by Python 2, or by name.

Two divisions of the 200 species into 150 to train on and 50 to test on are in use; they share 18 of the 50.
Whoever compares numbers must know which one was taken, so each split says what it is.
A pickle can run any code when it is loaded; these only need lists, so nothing else is allowed.
"""

import hashlib
import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeVar

import numpy as np

from t2ilib.data.cub_tables import AGAIN, DataError, Folder, Record

CLASS_SPLITS = MappingProxyType({
    "papers": frozenset((
        1, 4, 6, 8, 9, 14, 23, 29, 31, 33, 34, 35, 36, 37, 38, 43, 49, 51, 53, 66, 72, 79, 83, 84, 86, 91, 95, 96, 98,
        101, 102, 103, 112, 114, 119, 121, 130, 135, 138, 147, 156, 163, 165, 166, 180, 183, 185, 186, 187, 197)),
    "proposed": frozenset((
        4, 12, 23, 26, 28, 31, 33, 43, 45, 49, 52, 55, 70, 72, 77, 84, 87, 91, 94, 97, 98, 103, 104, 111, 113, 119, 123,
        124, 127, 130, 132, 136, 138, 139, 143, 148, 156, 157, 161, 163, 164, 165, 168, 169, 173, 180, 188, 190, 191,
        200)),
})
"""Name -> the 50 test classes of CUB-200-2011. "papers": StackGAN, AttnGAN, DF-GAN, after Reed et al. 2016;
"proposed": Xian et al. 2017 (zero-shot learning), whose test classes no ImageNet network has seen."""

CLASS_NAMES = "839cf39f663841e7"        # of the 200 class folders, as `_hash_of_classes` tells them


class Labelled(Protocol):
    """What a split is made of: a picture with a name and a class."""

    key: str
    label: int


Picture = TypeVar("Picture", bound=Labelled)


class _ListsOnly(pickle.Unpickler):
    """Unpickles lists of strings and numbers, NumPy's included; refuses everything that could run code."""

    # What NumPy 1 and 2 need for numbers and arrays, and how Python 3 spells bytes for Python 2.
    HARMLESS = {"numpy.dtype": np.dtype, "numpy.ndarray": np.ndarray,
                "numpy.multiarray.scalar": np.int64(0).__reduce__()[0],
                "numpy.multiarray._reconstruct": np.empty(0).__reduce__()[0],
                "numpy.numeric._frombuffer": np.empty(0).__reduce_ex__(5)[0],
                "_codecs.encode": lambda text, _: text.encode("latin1")}

    def find_class(self, module: str, name: str):
        known = f"{module}.{name}".replace("numpy.core.", "numpy.").replace("numpy._core.", "numpy.")
        if known not in self.HARMLESS:
            raise pickle.UnpicklingError(f"{module}.{name} has no place in a list")
        return self.HARMLESS[known]


def read_pickle(path: Path):
    """The content of a pickle made by Python 2 or 3, without running any code in it."""
    data = path.read_bytes()
    if not data.startswith(b"\x80"):
        data = data.replace(b"\r\n", b"\n")     # protocol 0 is text, and git may have changed its line ends
    try:
        return _ListsOnly(io.BytesIO(data), encoding="latin1").load()
    except Exception as error:                  # a damaged pickle may raise anything
        raise DataError(path, 1, f"expected a pickled list of names or numbers, got a file that fails with: {error}; "
                                 f"{AGAIN}, and keep git from changing line ends (*.pickle -text)") from error


def read_list(path: Path) -> list:
    """A pickled list (or array) of names or of numbers."""
    values = read_pickle(path)
    values = values.tolist() if isinstance(values, np.ndarray) else values
    if not isinstance(values, list | tuple):
        raise DataError(path, 1, f"expected a pickled list, got {type(values).__name__}; {AGAIN}")
    for entry, value in enumerate(values, 1):
        if not isinstance(value, str | bytes | int | np.integer):
            raise DataError(path, entry, f"expected a name or a whole number, got {type(value).__name__}; {AGAIN}")
    return [value.decode(errors="replace") if isinstance(value, bytes) else value for value in values]


def read_split(folder: Folder, records: dict[str, Record], split: str, division: str = "") -> tuple[list[Record], str]:
    """The records of "train" or "test", and where this split comes from, for the card.

    `division` names one of CLASS_SPLITS. Without it the papers' pickles divide, `train/filenames.pickle`, if they
    are there; else the table of CUB itself, which has all classes on both sides. Raises ValueError for an unknown
    name and for one that does not fit these classes, DataError for damaged pickles.
    """
    if division:
        return _split_by_class(folder, records, split, division)
    if not any((folder.root / side / "filenames.pickle").is_file() for side in ("train", "test")):
        chosen = [record for record in records.values() if record.train == (split == "train")]
        return chosen, "train_test_split.txt"
    chosen = read_names(folder.root / split, records)
    name = name_of_classes(records, {record.label for record in chosen}, split)
    return chosen, f"{split}/filenames.pickle" + f" ({name})" * bool(name)


def _split_by_class(folder: Folder, records: dict[str, Record], split: str, division: str) -> tuple[list[Record], str]:
    if division not in CLASS_SPLITS:
        raise ValueError(f"expected one of the divisions {', '.join(CLASS_SPLITS)}, got {division!r}; pick one of "
                         "these, or none for the split that comes with the data set")
    if not is_genuine(records):
        raise ValueError(f"expected the 200 classes of CUB-200-2011 for the division {division!r}, got others in "
                         f"{folder.root}; leave the division out")
    tests = CLASS_SPLITS[division]
    return [record for record in records.values() if (record.label in tests) == (split == "test")], division


def is_genuine(records: Mapping[str, Record]) -> bool:
    """Whether these are the classes of CUB-200-2011 itself, all 200 under their numbers."""
    return _hash_of_classes(records) == CLASS_NAMES


def _hash_of_classes(records: Mapping[str, Record]) -> str:
    folders = sorted({key.split("/")[0] for key in records})
    return hashlib.sha256("\n".join(folders).encode()).hexdigest()[:16]


def name_of_classes(records: Mapping[str, Record], labels: set[int], split: str) -> str:
    """The name in CLASS_SPLITS of the division with these classes in this split; "" if there is none."""
    if not is_genuine(records):
        return ""
    tests = labels if split == "test" else set(range(1, 201)) - labels
    return next((name for name, classes in CLASS_SPLITS.items() if classes == tests), "")


def read_names(folder: Path, records: Mapping[str, Picture]) -> list[Picture]:
    """The pictures that `filenames.pickle` in `folder` lists, in its order; `class_info.pickle` must agree."""
    path = folder / "filenames.pickle"
    if not path.is_file():
        raise DataError(path, 1, f"expected both splits as pickles, got only the other one; {AGAIN}")
    chosen = {}
    for entry, name in enumerate(read_list(path), 1):
        key = str(name).strip()
        if key not in records or key in chosen:
            problem = "twice" if key in chosen else "which the tables do not know"
            raise DataError(path, entry, f"expected each picture of the tables once, got {key[:100]!r} {problem}; "
                                         f"{AGAIN}")
        chosen[key] = records[key]
    _compare_classes(path.with_name("class_info.pickle"), list(chosen.values()))
    return list(chosen.values())


def _compare_classes(path: Path, records: list[Labelled]) -> None:
    """`class_info.pickle` is redundant; where it is present it must agree with the tables."""
    if not path.is_file():
        return
    labels = read_list(path)
    for entry, (label, record) in enumerate(zip(labels, records, strict=False), 1):
        if not isinstance(label, int | np.integer) or label != record.label:
            raise DataError(path, entry, f"expected class {record.label} of {record.key}, got {label!r}; {AGAIN}")
    if len(labels) != len(records):
        raise DataError(path, min(len(labels), len(records)) + 1,
                        f"expected {len(records)} classes, as many as names, got {len(labels)}; {AGAIN}")
