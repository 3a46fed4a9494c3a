"""The papers' split of CUB by class, which lives in pickles written by Python 2.

A pickle can run any code when it is loaded; these only need lists, so nothing else is allowed.
"""

import io
import pickle
from pathlib import Path

import numpy as np

from t2ilib.data.cub_tables import AGAIN, DataError, Folder, Record


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
    if not isinstance(values, list | tuple | np.ndarray):
        raise DataError(path, 1, f"expected a pickled list, got {type(values).__name__}; {AGAIN}")
    return [value.decode(errors="replace") if isinstance(value, bytes) else value for value in values]


def read_split(folder: Folder, records: dict[str, Record], split: str) -> tuple[list[Record], str]:
    """The records of "train" or "test", and the name of the file that says so.

    The papers divide by class, in `train/filenames.pickle`; without these files the split of CUB itself
    is taken, which has all classes on both sides.
    """
    path = folder.root / split / "filenames.pickle"
    if not any((folder.root / side / path.name).is_file() for side in ("train", "test")):
        chosen = [record for record in records.values() if record.train == (split == "train")]
        return chosen, "train_test_split.txt"
    if not path.is_file():
        raise DataError(path, 1, f"expected both splits as pickles, got only the other one; {AGAIN}")
    chosen = {}
    for entry, name in enumerate(read_list(path), 1):
        key = str(name).strip()
        if key not in records or key in chosen:
            problem = "twice" if key in chosen else "which images.txt does not know"
            raise DataError(path, entry, f"expected each photograph of images.txt once, got {key!r} {problem}; {AGAIN}")
        chosen[key] = records[key]
    _compare_classes(path.with_name("class_info.pickle"), list(chosen.values()))
    return list(chosen.values()), f"{split}/filenames.pickle"


def _compare_classes(path: Path, records: list[Record]) -> None:
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
