"""Looks at a data set on disk, all of it, and says what is there or what is wrong first."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tqdm.auto import tqdm

from t2ilib.data import cub_split, cub_tables, oxford
from t2ilib.data.birds import KEYPOINTS
from t2ilib.data.check_cub import sound_extras
from t2ilib.data.cub import crop_window, load_photo
from t2ilib.data.cub_tables import AGAIN, DataError, Folder, Record

Splits = dict[str, dict[str, int]]      # where a split comes from -> its parts -> number of images


@dataclass(frozen=True)
class Report:
    """What a data set holds; `print(report)` shows it."""

    root: Path
    layout: str
    images: int                     # listed in the tables
    missing: int                    # of these, without a photograph on disk
    captions: int                   # usable ones, of all images
    wordless: int                   # caption lines without a word, such as `{}`
    not_ten: int                    # images with more or fewer than ten usable captions
    classes: int
    splits: Splits
    part_rows: int = 0              # CUB: 15 per image
    extras: tuple[str, ...] = ()    # optional files that are there and sound

    def __str__(self) -> str:
        counts = {"images": self.images, "photographs": self.images - self.missing,
                  "missing photographs": self.missing, "captions": self.captions,
                  "captions without words": self.wordless, "images without ten": self.not_ten,
                  **({"part rows": self.part_rows} if self.part_rows else {}), "classes": self.classes}
        rows = {"layout": self.layout, **{name: f"{count:,}" for name, count in counts.items()}}
        for name, parts in self.splits.items():
            rows[f"split {name}"] = ", ".join(f"{count:,} {part}" for part, count in parts.items())
        rows["also there"] = ", ".join(self.extras) or "nothing optional"
        width = max(map(len, rows))
        return "\n".join([f"{self.root}: sound", *(f"  {name:<{width}}  {value}" for name, value in rows.items())])


def main(root: Path) -> int:
    """Print the report and return 0, or print the first damage as `file:line: what` and return 1."""
    try:
        print(check(root))
    except (DataError, FileNotFoundError) as error:
        print(error)
        return 1
    except OSError as error:
        print(f"{error.filename or root}:1: expected a file that can be read, got: {error.strerror or error}; "
              "see to its permissions and its disk")
        return 1
    return 0


def check(root: Path) -> Report:
    """Check every file of a data set in the layout of CUB or of Oxford-102, also those that no reader needs.

    Raises DataError at the first damage, FileNotFoundError without a folder. Photographs that are not there,
    and captions more or fewer than ten, are counted and no damage.
    """
    return _check_oxford(Path(root)) if oxford.is_oxford(root) else _check_cub(cub_tables.find_folder(root))


def _check_cub(folder: Folder) -> Report:
    records = cub_tables.read_records(folder)
    splits = _cub_splits(folder, records)
    captions = _count_captions(folder.text / f"{key}.txt" for key in records)
    missing = 0
    for record in _progress(records.values()):
        if record.photo.is_file():
            crop_window(record, load_photo(record.photo).size)
        else:
            missing += 1
    return Report(folder.root, "CUB-200-2011 with captions", len(records), missing, **captions,
                  classes=len(cub_tables.read_table(folder.tables / "classes.txt", 2)), splits=splits,
                  part_rows=len(records) * len(KEYPOINTS), extras=sound_extras(folder, records))


def _check_oxford(root: Path) -> Report:
    flowers = oxford.read_flowers(root)
    train, test = (oxford.read_split(root, flowers, split) for split in ("train", "test"))
    splits = {"setid.mat": sets} if (sets := oxford.read_sets(root, len(flowers))) else {}
    missing = 0
    for flower in _progress(flowers.values()):
        if flower.photo.is_file():
            load_photo(flower.photo)
        else:
            missing += 1
    return Report(root, "Oxford-102 with captions", len(flowers), missing,
                  **_count_captions(flower.text for flower in flowers.values()),
                  classes=len({flower.label for flower in flowers.values()}),
                  splits=_compare_splits(root, train, test) | splits, extras=tuple(splits))


def _cub_splits(folder: Folder, records: dict[str, Record]) -> Splits:
    """The size of each split that the files define; of the genuine classes also those that go by name."""
    train, test = (cub_split.read_split(folder, records, split) for split in ("train", "test"))
    splits = {} if train[1] == "train_test_split.txt" else _compare_splits(folder.root, train, test)
    if cub_split.is_genuine(records):
        for name, tests in cub_split.CLASS_SPLITS.items():
            splits[name] = _sizes(sum(record.label not in tests for record in records.values()), len(records))
    return splits | {"train_test_split.txt": _sizes(sum(record.train for record in records.values()), len(records))}


def _compare_splits(root: Path, train: tuple[list, str], test: tuple[list, str]) -> Splits:
    """The sizes of both sides of a split, each given with its source; no image may be on both."""
    keys = {record.key for record in train[0]}
    for entry, record in enumerate(test[0], 1):
        if record.key in keys:
            raise DataError(root / "test/filenames.pickle", entry,
                            f"expected a photograph that is not in the train split, got {record.key}; {AGAIN}")
    name = train[1].replace("train/filenames", "train, test/filenames")
    return {name: {"train": len(train[0]), "test": len(test[0])}}


def _sizes(train: int, images: int) -> dict[str, int]:
    return {"train": train, "test": images - train}


def _count_captions(files: Iterable[Path]) -> dict[str, int]:
    """How many captions can be used, how many lines hold no word, and how many images have other than ten."""
    lines = [cub_tables.caption_lines(path) for path in files]
    usable = [len(cub_tables.with_words(captions)) for captions in lines]
    return {"captions": sum(usable), "wordless": sum(map(len, lines)) - sum(usable),
            "not_ten": sum(count != 10 for count in usable)}


def _progress(records: Iterable):
    return tqdm(records, "checking", unit="picture", leave=False, disable=len(records) < 200)
