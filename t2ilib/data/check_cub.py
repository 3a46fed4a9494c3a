"""The optional files of the CUB layout: attributes, masks, caption caches, and what else may lie there."""

import json
from collections.abc import Collection
from itertools import zip_longest
from pathlib import Path

import numpy as np
from PIL import Image

from t2ilib.data import cub_tables
from t2ilib.data.birds import KEYPOINTS
from t2ilib.data.cub import load_photo
from t2ilib.data.cub_split import read_list, read_pickle
from t2ilib.data.cub_tables import AGAIN, DataError, Folder, Record, Row

CERTAINTIES = 4


def sound_extras(folder: Folder, records: dict[str, Record]) -> tuple[str, ...]:
    """The optional files that are there; raises DataError if one of them is damaged."""
    return tuple(name for name, sound in EXTRAS.items() if sound(folder, records))


def _attribute_list(folder: Folder) -> Path:
    """`attributes.txt` lies beside CUB_200_2011; its README, and some copies, put it inside."""
    inside = folder.tables / "attributes" / "attributes.txt"
    return inside if inside.is_file() else folder.root / "attributes.txt"


def _attributes(folder: Folder, records: dict[str, Record]) -> bool:
    path = _attribute_list(folder)
    if not path.is_file():
        return False
    for row in cub_tables.read_table(path, 2).values():
        if "::" not in row.fields[1]:
            raise row.wrong("has_group::value", repr(row.fields[1]))
    return True


def _class_attributes(folder: Folder, records: dict[str, Record]) -> bool:
    """Per cent, a line per class and a column per attribute: the only table that goes by row."""
    path = folder.tables / "attributes" / "class_attribute_labels_continuous.txt"
    if not path.is_file() or not _attribute_list(folder).is_file():
        return False
    columns = len(cub_tables.read_table(_attribute_list(folder), 2))
    classes = len(cub_tables.read_table(folder.tables / "classes.txt", 2))
    rows = list(cub_tables.read_rows(path, columns))
    for row in rows:
        if not all(0 <= row.number(column) <= 100 for column in range(columns)):
            raise row.wrong("per cent, 0 to 100", "a number out of this range")
    if len(rows) != classes:
        raise DataError(path, min(len(rows), classes) + 1,
                        f"expected {classes} lines, one per class, got {len(rows)}; {AGAIN}")
    return True


def _certainties(folder: Folder, records: dict[str, Record]) -> bool:
    path = folder.tables / "attributes" / "certainties.txt"
    return path.is_file() and bool(cub_tables.read_table(path, 2, range(1, CERTAINTIES + 1)))


def _image_attributes(folder: Folder, records: dict[str, Record]) -> bool:
    """`id aid present certainty time`, each pair once; a few genuine rows carry extra columns at the end."""
    path = folder.tables / "attributes" / "image_attribute_labels.txt"
    if not path.is_file() or not _attribute_list(folder).is_file():
        return False
    attributes = max(cub_tables.read_table(_attribute_list(folder), 2))
    place = {record.id: i for i, record in enumerate(records.values())}
    seen = np.zeros((len(place), attributes), bool)
    for row in cub_tables.read_rows(path, 5):
        image, attribute = _known(row, place), row.whole(1, 1, attributes)
        row.whole(2, 0, 1)
        row.whole(3, 1, CERTAINTIES)
        if seen[place[image], attribute - 1]:
            raise row.wrong("one row per image and attribute", f"image {image}, attribute {attribute} again")
        seen[place[image], attribute - 1] = True
    lost = [(image, attribute) for image, i in place.items() for attribute in np.flatnonzero(~seen[i]) + 1]
    if lost:
        raise DataError(path, 1, "expected a row per image and attribute, got none for image "
                                 f"{lost[0][0]}, attribute {lost[0][1]} ({len(lost)} missing); {AGAIN}")
    return True


def _part_clicks(folder: Folder, records: dict[str, Record]) -> bool:
    """`id part x y visible time`: several people clicked on each part, so ids repeat here."""
    path = folder.tables / "parts" / "part_click_locs.txt"
    if not path.is_file():
        return False
    ids = {record.id for record in records.values()}
    for row in cub_tables.read_rows(path, 6):
        _known(row, ids)
        row.whole(1, 1, len(KEYPOINTS))
        row.number(2)
        row.number(3)
        row.whole(4, 0, 1)
    return True


def _known(row: Row, ids: Collection[int]) -> int:
    image = row.whole(0)
    if image not in ids:
        raise row.wrong("an image that images.txt lists", f"id {image}")
    return image


def _segmentations(folder: Folder, records: dict[str, Record]) -> bool:
    """A mask as large as its photograph for those images that have both."""
    root = next((base / "segmentations" for base in (folder.tables, folder.root)
                 if (base / "segmentations").is_dir()), None)
    if root is None:
        return False
    for record in records.values():
        path = root / f"{record.key}.png"
        if path.is_file() and record.photo.is_file():
            mask = load_photo(path)
            with Image.open(record.photo) as photo:
                if mask.size != photo.size:
                    raise DataError(path, 1, f"expected a mask of {photo.size} pixels like its photograph, "
                                             f"got {mask.size}; {AGAIN}")
    return True


def _captions_pickle(folder: Folder, records: dict[str, Record]) -> bool:
    """AttnGAN's cache: [train captions, test captions, id -> word, word -> id], captions as lists of word ids."""
    path = folder.root / "captions.pickle"
    if not path.is_file():
        return False
    content = read_pickle(path)
    kinds = [type(part) for part in content] if isinstance(content, list) else type(content)
    if kinds != [list, list, dict, dict]:
        raise DataError(path, 1, f"expected two lists of captions and two dictionaries, got {kinds}; {AGAIN}")
    train, test, words, ids = content
    if {word: number for number, word in words.items()} != ids:
        raise DataError(path, 1, f"expected dictionaries that are inverse to each other, got others; {AGAIN}")
    for entry, caption in enumerate(train + test, 1):
        if not all(isinstance(word, int | np.integer) and word in words for word in caption):
            raise DataError(path, entry, f"expected word ids below {len(words)}, got {caption}; {AGAIN}")
    for split, captions in (("train", train), ("test", test)):
        names = folder.root / split / "filenames.pickle"
        if names.is_file() and len(captions) != 10 * len(read_list(names)):
            raise DataError(path, 1, f"expected ten captions per name in {names}, got {len(captions)}; {AGAIN}")
    return True


def _truth(folder: Folder, records: dict[str, Record]) -> bool:
    """Rendered birds only: the truth table speaks of the same pictures, in the same order."""
    path = folder.root / "truth.jsonl"
    if not path.is_file():
        return False
    lines = cub_tables.read_text(path).splitlines()
    for line, (record, text) in enumerate(zip_longest(records.values(), lines), 1):
        try:
            found = json.loads(text)["key"]
        except (TypeError, KeyError, ValueError):
            found = "no such row"
        if record is None or found != record.key:
            expected = record.key if record else "the end of the file"
            raise DataError(path, line, f"expected {expected}, got {found}; write this data set again")
    return True


EXTRAS = {"attributes.txt": _attributes, "class_attribute_labels_continuous.txt": _class_attributes,
          "certainties.txt": _certainties, "image_attribute_labels.txt": _image_attributes,
          "part_click_locs.txt": _part_clicks, "segmentations": _segmentations, "captions.pickle": _captions_pickle,
          "truth.jsonl": _truth}
"""Optional files: each function says whether the file is there, and raises DataError if it is damaged."""
