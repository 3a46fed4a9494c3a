"""The text files of CUB-200-2011 and its captions, read with suspicion.

Copies of this data set that circulate are damaged in known ways: Windows line ends, lost rows, shifted rows,
doubled rows. What can be repaired without a guess is repaired; anything else stops with file and line.
Rows are joined by id, never by position, so that a lost row cannot shift all that follow.
"""

import re
from collections.abc import Collection, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from t2ilib.data.birds import KEYPOINTS

AGAIN = "get this file again from the source"
WHOLE, NUMBER = re.compile(r"[0-9]{1,9}"), re.compile(r"-?[0-9]{1,9}(\.[0-9]+)?")
PHOTOGRAPH = re.compile(r"[^/\\]+/[^/\\]+\.(jpg|jpeg|png)", re.IGNORECASE)


class DataError(ValueError):
    """A data set is damaged: the message begins with `file:line:`, then expected, got, and what to do.

    A file that has no lines is complained about at line 1, an entry of a pickled list at its number from 1.
    """

    def __init__(self, path: Path, line: int, what: str):
        super().__init__(f"{path}:{line}: {what}")


class Row(NamedTuple):
    """One line of a table; it knows where it stands, so that it can complain."""

    path: Path
    line: int
    fields: list[str]

    def wrong(self, expected: str, got: str, remedy: str = AGAIN) -> DataError:
        """The error that says so, to be raised by the caller."""
        return DataError(self.path, self.line, f"expected {expected}, got {got[:100]}; {remedy}")

    def whole(self, column: int, low: int = 1, high: int | None = None) -> int:
        """Field `column` as an integer from `low` to `high`."""
        field = self.fields[column]
        value = int(field) if WHOLE.fullmatch(field) else low - 1
        if value < low or (high is not None and value > high):
            range_ = f"{low} or more" if high is None else f"{low} to {high}"
            raise self.wrong(f"a whole number, {range_}, in column {column + 1}", repr(field))
        return value

    def number(self, column: int) -> float:
        """Field `column` as a decimal number; CUB prints one decimal."""
        if not NUMBER.fullmatch(self.fields[column]):
            raise self.wrong(f"a number such as 60.0 in column {column + 1}", repr(self.fields[column]))
        return float(self.fields[column])


class Record(NamedTuple):
    """What the tables say about one photograph. Lengths in pixels."""

    id: int
    key: str                    # "class_folder/stem"
    photo: Path                 # where the photograph should be; it may be missing
    label: int                  # class id, 1-based
    train: bool                 # by train_test_split.txt, which divides each class (not the papers' split)
    box: tuple[float, ...]      # x, y, width, height; may leave the photograph
    box_row: Row                # where the box was read, for complaints
    parts: np.ndarray           # (15, 3) float32 in the order of KEYPOINTS: x, y, visible; hidden is (0, 0, 0)


class Folder(NamedTuple):
    """A data set in the CUB layout on disk."""

    root: Path
    tables: Path                # holds images.txt and its siblings
    text: Path                  # holds class_folder/stem.txt


def find_folder(root: Path) -> Folder:
    """Recognise the layout: `CUB_200_2011/` beside `text/` (AttnGAN) or `text_c10/` (Reed et al., StackGAN)."""
    root = Path(root)
    if not root.is_dir():
        raise FileNotFoundError(f"expected a folder with a data set, got {root}, which is not there; "
                                "correct the path, or make one with: t2i data make birds --out DIR")
    images = root / "CUB_200_2011" / "images.txt"
    if not images.is_file():
        raise DataError(images, 1, "layout not recognised: expected this file, got a folder without it; "
                                   "name the folder that holds CUB_200_2011/ and text/, or imagelabels.mat")
    for text in (root / "text", root / "text_c10"):
        if text.is_dir():
            return Folder(root, images.parent, text)
    raise DataError(root / "text", 1, "layout not recognised: expected captions in text/ or text_c10/, got neither; "
                                      "unpack the captions (text.zip) beside CUB_200_2011/")


def read_text(path: Path) -> str:
    """A text file with any line ends, with or without a byte order mark; foreign bytes become U+FFFD."""
    if not path.is_file():
        raise DataError(path, 1, f"expected this file, got nothing; {AGAIN}")
    return path.read_text(encoding="utf-8-sig", errors="replace")


def read_rows(path: Path, columns: int) -> Iterator[Row]:
    """The rows of a table. Only the last column may contain blanks ("left eye"); empty lines are skipped."""
    text = read_text(path)
    lines = text.split("\n")
    for line, content in enumerate(lines, 1):
        row = Row(path, line, content.strip().split(maxsplit=columns - 1))
        if len(row.fields) not in (0, columns):
            raise row.wrong(f"{columns} columns", repr(content))
        # "304.0" cut down to "30" still is a number: without a line end, the last decimal must be there.
        if line == len(lines) and row.fields and columns == 5 and "." in row.fields[1] and "." not in row.fields[-1]:
            raise row.wrong("a last line that is whole", repr(content))
        if row.fields:
            yield row


def read_table(path: Path, columns: int, ids: Collection | None = None, id_columns: int = 1) -> dict:
    """Rows by id (or by a pair of ids): one row for each of `ids`, if given, and no row twice."""
    table, last = {}, 0
    for row in read_rows(path, columns):
        key = row.whole(0) if id_columns == 1 else (row.whole(0), row.whole(1))
        if key in table:
            raise row.wrong("one row per id", f"id {key} again (first on line {table[key].line})")
        if ids is not None and key not in ids:
            raise row.wrong("an id that the other tables know", f"id {key}")
        table[key], last = row, row.line
    lost = set(ids or ()) - table.keys()
    if lost or not table:
        first = min(lost, default=1)
        line = next((row.line for key, row in table.items() if key > first), last + 1)
        raise DataError(path, line, f"expected a row for id {first}, got none ({max(len(lost), 1)} missing); {AGAIN}")
    return table


def read_records(folder: Folder) -> dict[str, Record]:
    """All photographs that images.txt lists, by key, in the order of the table."""
    tables = folder.tables
    files = read_table(tables / "images.txt", 2)
    classes = {label: row.fields[1] for label, row in read_table(tables / "classes.txt", 2).items()}
    labels, train, boxes = (read_table(tables / name, columns, files) for name, columns in (
        ("image_class_labels.txt", 2), ("train_test_split.txt", 2), ("bounding_boxes.txt", 5)))
    parts = _read_parts(tables / "parts", files)
    records = {}
    for id_, row in files.items():
        key, photo = _read_key(row, tables / "images")
        if key in records:
            raise row.wrong("each photograph once", f"{row.fields[1]} again (id {records[key].id})")
        records[key] = Record(id_, key, photo, _read_label(labels[id_], classes, key),
                              train[id_].whole(1, 0, 1) == 1, _read_box(boxes[id_]), boxes[id_], parts[id_])
    return records


def _read_key(row: Row, images: Path) -> tuple[str, Path]:
    name = row.fields[1]
    if not PHOTOGRAPH.fullmatch(name):
        raise row.wrong("class_folder/name.jpg", repr(name))
    # The folder says Groove_billed_Ani, the file Groove_Billed_Ani: one is never rebuilt from the other.
    return name.rpartition(".")[0], images / name


def _read_label(row: Row, classes: dict[int, str], key: str) -> int:
    """The class of an image, which its folder must confirm."""
    label, folder = row.whole(1), key.split("/")[0]
    if classes.get(label) != folder:
        raise row.wrong(f"the class of the folder {folder}", f"class {label}, {classes.get(label, 'which is unknown')}")
    return label


def _read_box(row: Row) -> tuple[float, ...]:
    box = tuple(row.number(column) for column in range(1, 5))
    if min(box[2:]) <= 0:
        raise row.wrong("a box of positive width and height", " ".join(row.fields[1:]))
    return box


def _read_parts(folder: Path, ids: Collection[int]) -> dict[int, np.ndarray]:
    """Image id -> (15, 3) x, y, visible; the parts are joined by name, in the order of KEYPOINTS."""
    order = {}
    for part, row in read_table(folder / "parts.txt", 2).items():
        if row.fields[1] not in KEYPOINTS or KEYPOINTS.index(row.fields[1]) in order.values():
            raise row.wrong(f"the {len(KEYPOINTS)} parts of CUB-200-2011, each once", repr(row.fields[1]))
        order[part] = KEYPOINTS.index(row.fields[1])
    if len(order) < len(KEYPOINTS):
        raise row.wrong(f"{len(KEYPOINTS)} parts", f"{len(order)}")
    points = {id_: np.zeros((len(KEYPOINTS), 3), np.float32) for id_ in ids}
    for (id_, part), row in read_table(folder / "part_locs.txt", 5, set(product(ids, order)), id_columns=2).items():
        point = row.number(2), row.number(3), row.whole(4, 0, 1)
        points[id_][order[part]] = point if point[2] else 0
    return points


def read_captions(folder: Folder, key: str) -> list[str]:
    """The captions of one image that hold a word; `{}` and blank lines fall out here, and shift nobody else's."""
    return with_words(caption_lines(folder.text / f"{key}.txt"))


def caption_lines(path: Path) -> list[str]:
    """The lines of a caption file that are not blank, also those without a word, with single blanks inside."""
    # U+FFFD stands, in runs, where a no-break space got lost.
    lines = (" ".join(line.replace("\ufffd", " ").split()) for line in read_text(path).split("\n"))
    return [line for line in lines if line]


def with_words(lines: list[str]) -> list[str]:
    """Those lines that hold a letter or a digit: 13 captions of Oxford-102 are a mere `{}`."""
    return [line for line in lines if re.search(r"\w", line)]
