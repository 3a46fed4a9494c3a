"""The CUB layout: a set written by hand, every known quirk and damage, the rendered birds, the genuine ones."""

import json
import multiprocessing
import os
import pickle
import signal
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from t2ilib.data import check, cub, cub_words, cub_write
from t2ilib.data.birds import KEYPOINTS, World, species
from t2ilib.data.captions import describe
from t2ilib.data.cub_split import CLASS_SPLITS, read_pickle, read_split
from t2ilib.data.cub_tables import DataError, find_folder, read_captions, read_records
from t2ilib.data.draw import render

GENUINE = os.environ.get("T2I_GENUINE")
genuine = pytest.mark.skipif(not GENUINE, reason="T2I_GENUINE names no folder with the genuine CUB-200-2011")

CLASSES = ("001.Groove_billed_Ani", "002.Red_winged_Blackbird", "003.Mallard")
STEMS = ("Groove_Billed_Ani_0002_1670", "Groove_Billed_Ani_0001_17", "Red_Winged_Blackbird_0007_3706",
         "Red_Winged_Blackbird_0001_3695", "Mallard_0130_76836", "Mallard_0002_5")
LABELS = (1, 1, 2, 2, 3, 3)
KEYS = [f"{CLASSES[label - 1]}/{stem}" for label, stem in zip(LABELS, STEMS, strict=True)]
WIDTH, HEIGHT = 60, 40
BOX = "20.0 10.0 20.0 16.0"         # centre (30, 18), half a crop 15: columns 15 to 45, rows 3 to 33


def put(path: Path, lines) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())


def paint(colour: tuple, size=(WIDTH, HEIGHT)) -> Image.Image:
    return Image.new("RGB", size, colour)


@pytest.fixture
def birds(tmp_path: Path) -> Path:
    """Three classes, six photographs; classes 1 and 3 train, class 2 tests."""
    root = tmp_path / "some birds"
    tables = root / "CUB_200_2011"
    put(tables / "images.txt", (f"{i} {key}.jpg" for i, key in enumerate(KEYS, 1)))
    put(tables / "classes.txt", (f"{i} {name}" for i, name in enumerate(CLASSES, 1)))
    put(tables / "image_class_labels.txt", (f"{i} {label}" for i, label in enumerate(LABELS, 1)))
    put(tables / "train_test_split.txt", (f"{i} {i % 2}" for i in range(1, 7)))
    put(tables / "bounding_boxes.txt", (f"{i} {BOX}" for i in range(1, 7)))
    put(tables / "parts/parts.txt", (f"{i} {name}" for i, name in enumerate(KEYPOINTS, 1)))
    put(tables / "parts/part_locs.txt", (f"{i} {part} " + ("0.0 0.0 0" if part == 7 else f"{20 + part}.0 {10 + i}.0 1")
                                         for i in range(1, 7) for part in range(1, 16)))
    for i, key in enumerate(KEYS, 1):
        put(root / f"text/{key}.txt", (f"bird {i}, caption {j}." for j in range(10)))
        photo = tables / "images" / f"{key}.jpg"
        photo.parent.mkdir(parents=True, exist_ok=True)
        paint((40 * i, 100, 250 - 40 * i)).save(photo, quality=95)
    for split, rows in (("train", (0, 1, 4, 5)), ("test", (2, 3))):
        (root / split).mkdir()
        dump(root / split / "filenames.pickle", [KEYS[i] for i in rows])
        dump(root / split / "class_info.pickle", [LABELS[i] for i in rows])
    return root


def dump(path: Path, values, protocol: int = 2) -> None:
    path.write_bytes(pickle.dumps(values, protocol))


def edit(path: Path, change) -> None:
    """Rewrite the lines of a file: `change` gets and returns a list of them."""
    lines = change(path.read_text().splitlines())
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())


def same(a, b) -> bool:
    arrays = ("images", "labels", "boxes", "keypoints")
    return (all(np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays)
            and a.captions == b.captions and a.keys == b.keys)


# What a sound set gives

def test_reads_the_set_written_by_hand(birds):
    data = cub.read(birds, size=30)
    assert data.images.shape == (4, 30, 30, 3) and data.images.dtype == np.uint8
    assert data.keys == [KEYS[i] for i in (0, 1, 4, 5)] and data.labels.tolist() == [1, 1, 3, 3]
    assert data.captions[2] == [f"bird 5, caption {j}." for j in range(10)]
    # The crop has a side of 30 pixels from (15, 3); the box inside is 20 x 16 from (20, 10).
    np.testing.assert_allclose(data.boxes[0], [5 / 30, 7 / 30, 20 / 30, 16 / 30], rtol=1e-6)
    np.testing.assert_allclose(data.keypoints[0, 0], [6 / 30, 8 / 30, 1], rtol=1e-6)    # back at (21, 11)
    assert data.keypoints[0, 6].tolist() == [0, 0, 0]
    assert np.abs(data.images[0].astype(int) - (40, 100, 210)).max() <= 3
    assert data.card == {"name": "some birds", "layout": "CUB_200_2011", "split": "train", "crop": "StackGAN",
                         "split_file": "train/filenames.pickle", "images": 4, "missing": 0, "captionless": 0,
                         "hash": data.card["hash"]}
    assert len(data.card["hash"]) == 16


def test_the_test_split_holds_the_other_class(birds):
    assert set(cub.read(birds, 16, "test").labels.tolist()) == {2}


def test_the_hash_follows_the_captions(birds):
    before = cub.read(birds, 16).card["hash"]
    edit(birds / f"text/{KEYS[0]}.txt", lambda lines: [*lines[:-1], "another"])
    assert cub.read(birds, 16).card["hash"] != before


def test_without_pickles_the_table_splits(birds):
    for split in ("train", "test"):
        (birds / split / "filenames.pickle").unlink()
    data = cub.read(birds, 16)
    assert data.keys == [KEYS[0], KEYS[2], KEYS[4]] and data.card["split_file"] == "train_test_split.txt"


def test_captions_may_lie_in_text_c10(birds):
    before = cub.read(birds, 16)
    (birds / "text").rename(birds / "text_c10")
    assert same(cub.read(birds, 16), before)


def test_arguments_are_checked(birds):
    with pytest.raises(ValueError, match="expected split 'train' or 'test'"):
        cub.read(birds, 16, "valid")
    with pytest.raises(FileNotFoundError, match="got .*nowhere"):
        cub.read(birds / "nowhere", 16)


# Quirks: read as if nothing had happened

def shuffle(lines):
    return [lines[i] for i in np.random.default_rng(0).permutation(len(lines))]


@pytest.mark.parametrize("change", [
    pytest.param(lambda data: data.replace(b"\n", b"\r\n"), id="windows line ends"),
    pytest.param(lambda data: data.replace(b"\n", b"  \t\n"), id="trailing blanks"),
    pytest.param(lambda data: b"\xef\xbb\xbf" + data, id="byte order mark"),
    pytest.param(lambda data: data.replace(b" ", b"  "), id="runs of blanks"),
    pytest.param(lambda data: b"\n" + data + b"\n\n", id="empty lines"),
    pytest.param(lambda data: data.rstrip(b"\n"), id="no final line end"),
])
def test_harmless_formatting(birds, change):
    before = cub.read(birds, 16)
    for path in birds.rglob("*.txt"):
        data = path.read_bytes()
        doubled = change(b" ") == b"  " and path.name == "parts.txt"    # "left  eye" would be another part
        path.write_bytes(data if doubled else change(data))
    assert same(cub.read(birds, 16), before)


@pytest.mark.parametrize("table", ["image_class_labels.txt", "train_test_split.txt", "bounding_boxes.txt",
                                   "classes.txt", "parts/parts.txt", "parts/part_locs.txt"])
def test_rows_are_joined_by_id(birds, table):
    edit(birds / "CUB_200_2011/bounding_boxes.txt", lambda lines: [f"{lines[0]}", "2 22.0 10.0 20.0 16.0", *lines[2:]])
    before = cub.read(birds, 16)
    edit(birds / "CUB_200_2011" / table, shuffle)
    assert same(cub.read(birds, 16), before)


def test_parts_are_joined_by_name(birds):
    before = cub.read(birds, 16)
    swap = {"1": "2", "2": "1"}

    def renumber(lines, column):
        rows = [line.split(" ") for line in lines]
        return [" ".join([*row[:column], swap.get(row[column], row[column]), *row[column + 1:]]) for row in rows]

    edit(birds / "CUB_200_2011/parts/parts.txt", partial(renumber, column=0))
    edit(birds / "CUB_200_2011/parts/part_locs.txt", partial(renumber, column=1))
    assert same(cub.read(birds, 16), before)


def test_ids_may_have_gaps_if_all_tables_agree(birds):
    for table in ("images.txt", "image_class_labels.txt", "train_test_split.txt", "bounding_boxes.txt",
                  "parts/part_locs.txt"):
        edit(birds / "CUB_200_2011" / table, lambda lines: [line for line in lines if not line.startswith("4 ")])
    dump(birds / "test/filenames.pickle", [KEYS[2]])
    dump(birds / "test/class_info.pickle", [2])
    assert len(cub.read(birds, 16, "test")) == 1 and check.check(birds).images == 5


def test_captions_without_a_word_shift_nobody(birds):
    before = cub.read(birds, 16)
    edit(birds / f"text/{KEYS[0]}.txt", lambda lines: [lines[0], "{}", "", "  ", *lines[4:], "an eleventh"])
    data = cub.read(birds, 16)
    assert data.captions[0] == [before.captions[0][0], *before.captions[0][4:], "an eleventh"]
    assert data.captions[1:] == before.captions[1:]
    put(birds / f"text/{KEYS[1]}.txt", ["a bird"] * 11)
    report = check.check(birds)
    assert (report.captions, report.wordless, report.not_ten) == (59, 1, 2)


def test_an_image_without_captions_is_left_out_and_counted(birds):
    put(birds / f"text/{KEYS[0]}.txt", ["{}"] * 10)
    data = cub.read(birds, 16)
    assert data.keys == [KEYS[1], KEYS[4], KEYS[5]] and data.card["captionless"] == 1
    assert data.captions[0][0] == "bird 2, caption 0."


def test_lost_blanks_become_blanks(birds):
    put(birds / f"text/{KEYS[0]}.txt", ["a\ufffd\ufffdred bird\ufffd\ufffd"])
    (birds / f"text/{KEYS[1]}.txt").write_bytes(b"a\xa0blue bird\n")        # not UTF-8
    assert cub.read(birds, 16).captions[:2] == [["a red bird"], ["a blue bird"]]


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "P", "LA", "1"])
def test_pictures_of_any_mode_become_rgb(birds, mode):
    path = birds / f"CUB_200_2011/images/{KEYS[0]}.jpg"
    paint((255, 255, 255)).convert(mode).save(path, "JPEG" if mode in ("L", "CMYK") else "PNG")
    assert (cub.read(birds, 16).images[0] >= 250).all()


def test_exif_rotation_is_ignored(birds):
    photo, exif = paint((10, 20, 30)), Image.Exif()
    exif[0x0112] = 6                # turn by 90 degrees to look at it
    photo.save(birds / f"CUB_200_2011/images/{KEYS[0]}.jpg", exif=exif)
    assert cub.load_photo(birds / f"CUB_200_2011/images/{KEYS[0]}.jpg").size == (WIDTH, HEIGHT)


def test_a_box_over_the_edge_is_clipped(birds):
    edit(birds / "CUB_200_2011/bounding_boxes.txt", lambda lines: ["1 40.0 10.0 21.0 20.0", *lines[1:]])
    # centre (50, 20), half 15: columns 35 to 60 (clipped), rows 5 to 35; the box ends at 61.
    np.testing.assert_allclose(cub.read(birds, 16).boxes[0], [5 / 25, 5 / 30, 20 / 25, 20 / 30], rtol=1e-6)


def test_the_crop_takes_the_right_pixels_and_squashes(birds):
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[5:35, 35:60] = 255
    edit(birds / "CUB_200_2011/bounding_boxes.txt", lambda lines: ["1 40.0 10.0 21.0 20.0", *lines[1:]])
    Image.fromarray(pixels).save(birds / f"CUB_200_2011/images/{KEYS[0]}.jpg", "PNG")
    assert (cub.read(birds, 16).images[0] == 255).all()


def test_keypoints_outside_the_crop_become_hidden(birds):
    edit(birds / "CUB_200_2011/parts/part_locs.txt", lambda lines: ["1 1 14.9 20.0 1", "1 2 15.0 20.0 1", *lines[2:]])
    points = cub.read(birds, 16).keypoints[0]
    assert points[0].tolist() == [0, 0, 0] and points[1, [0, 2]].tolist() == [0, 1]


def test_missing_photographs_are_counted(birds):
    (birds / f"CUB_200_2011/images/{KEYS[1]}.jpg").unlink()
    data = cub.read(birds, 16)
    assert data.keys == [KEYS[0], KEYS[4], KEYS[5]] and data.card["missing"] == 1
    assert check.check(birds).missing == 1


# Pickles

PYTHON_2_CLASSES = (b"(lp0\ncnumpy.core.multiarray\nscalar\np1\n(cnumpy\ndtype\np2\n(S'i8'\np3\nI0\nI1\ntp4\nRp5\n"
                    b"(I3\nS'<'\np6\nNNNI-1\nI-1\nI0\ntp7\nbS'\\x80\\x00\\x00\\x00\\x00\\x00\\x00\\x00'\np8\ntp9\nRp10\na.")


def test_python_2_pickles_with_numpy_numbers(tmp_path):
    path = tmp_path / "class_info.pickle"
    path.write_bytes(PYTHON_2_CLASSES)
    assert read_pickle(path) == [128]
    path.write_bytes(PYTHON_2_CLASSES.replace(b"\n", b"\r\n"))
    assert read_pickle(path) == [128]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_every_protocol_and_as_arrays(birds, protocol):
    before = cub.read(birds, 16)
    dump(birds / "train/filenames.pickle", np.array(before.keys, dtype=object if protocol == 2 else str), protocol)
    dump(birds / "train/class_info.pickle", list(before.labels), protocol)
    assert same(cub.read(birds, 16), before)


def test_names_with_carriage_returns_are_repaired(birds):
    before = cub.read(birds, 16)
    path = birds / "train/filenames.pickle"
    dump(path, before.keys, protocol=0)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert same(cub.read(birds, 16), before)


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_runs_no_code(birds):
    dump(birds / "train/filenames.pickle", [Evil(birds / "owned")])
    with pytest.raises(DataError, match=r"filenames\.pickle:1: .*mkdir has no place in a list"):
        cub.read(birds, 16)
    assert not (birds / "owned").exists()


def nested(depth: int) -> bytes:
    return b"\x80\x02" + b"]" * depth + b"a" * (depth - 1) + b"."


@pytest.mark.parametrize("data", [
    pytest.param(b"cos\nsystem\n(S'touch owned'\ntR.", id="os.system, protocol 0"),
    pytest.param(b"cposix\nsystem\n(S'touch owned'\ntR.", id="posix.system"),
    pytest.param(b"cbuiltins\neval\n(S'open(\"owned\", \"w\")'\ntR.", id="eval"),
    pytest.param(b"c__builtin__\neval\n(S'open(\"owned\", \"w\")'\ntR.", id="eval of Python 2"),
    pytest.param(b"cnumpy.testing._private.utils\nruncstring\n(S'open(\"owned\", \"w\")'\ntR.", id="numpy's own eval"),
    pytest.param(b"\x80\x04\x8c\x05numpy\x8c\x09dtype.mro\x93.", id="an attribute of what is allowed"),
    pytest.param(b"\x80\x02cnumpy\nload\n(S'owned'\ntR.", id="numpy.load"),
    pytest.param(b"cnumpy\ndtype\n(S'O'\ntR.", id="no list"),
    pytest.param(b"cnumpy.core.numpy.core.multiarray\nscalar\n.", id="a module in disguise"),
    pytest.param(b"Pwho\n.", id="a persistent id"),
    pytest.param(b"\x80\x02\x82\x01.", id="an extension code"),
    pytest.param(nested(200_000), id="lists in lists in lists"),
    pytest.param(b"(lp0\ng0\na.", id="a list in itself"),
])
def test_malicious_pickles_are_refused(birds, capsys, data, monkeypatch):
    monkeypatch.chdir(birds)
    (birds / "train/filenames.pickle").write_bytes(data)
    complains(birds, "filenames.pickle:1", "expected a", capsys)
    assert not (birds / "owned").exists()


# Damage: file and line, from the reader and from the check

def without(row):
    return lambda lines: lines[:row - 1] + lines[row:]


def twice(row):
    return lambda lines: [*lines, lines[row - 1]]


def instead(row, text):
    return lambda lines: [*lines[:row - 1], text, *lines[row:]]


TABLES = "CUB_200_2011/"
PARTS = TABLES + "parts/part_locs.txt"
DAMAGE = [
    (TABLES + "images.txt", without(3), "image_class_labels.txt:3", "id 3"),
    (TABLES + "images.txt", twice(3), "images.txt:7", "id 3 again .first on line 3"),
    (TABLES + "images.txt", instead(3, f"3 {KEYS[1]}.jpg"), "images.txt:3", r"again \(id 2\)"),
    (TABLES + "images.txt", instead(3, "3 ../../secret.jpg"), "images.txt:3", "expected class_folder/name.jpg"),
    (TABLES + "images.txt", instead(6, f"6 {KEYS[5]}.j"), "images.txt:6", "expected class_folder/name.jpg"),
    (TABLES + "images.txt", instead(3, f"0 {KEYS[2]}.jpg"), "images.txt:3", "1 or more"),
    (TABLES + "images.txt", lambda lines: [], "images.txt:1", "got none"),
    (TABLES + "classes.txt", without(2), "image_class_labels.txt:3", "which is unknown"),
    (TABLES + "classes.txt", twice(2), "classes.txt:4", "id 2 again"),
    (TABLES + "image_class_labels.txt", without(4), "image_class_labels.txt:4", "row for id 4, got none .1 missing"),
    (TABLES + "image_class_labels.txt", lambda lines: lines[:3], "image_class_labels.txt:4", "3 missing"),
    (TABLES + "image_class_labels.txt", twice(1), "image_class_labels.txt:7", "id 1 again"),
    (TABLES + "image_class_labels.txt", instead(2, "2 3"), "image_class_labels.txt:2", "class 3, 003.Mallard"),
    (TABLES + "image_class_labels.txt", instead(2, "2 0"), "image_class_labels.txt:2", "1 or more"),
    (TABLES + "train_test_split.txt", instead(5, "5 2"), "train_test_split.txt:5", "0 to 1"),
    (TABLES + "bounding_boxes.txt", without(1), "bounding_boxes.txt:1", "row for id 1"),
    (TABLES + "bounding_boxes.txt", twice(6), "bounding_boxes.txt:7", "id 6 again"),
    (TABLES + "bounding_boxes.txt", instead(2, "2 1.0 2.0 3.0"), "bounding_boxes.txt:2", "expected 5 columns"),
    (TABLES + "bounding_boxes.txt", instead(2, "2 1.0 2.0 3.0 4.0 5.0"), "bounding_boxes.txt:2", "expected a number"),
    (TABLES + "bounding_boxes.txt", instead(2, "2 1.0 2.0 nan 4.0"), "bounding_boxes.txt:2", "got 'nan'"),
    (TABLES + "bounding_boxes.txt", instead(2, "2 1.0 2.0 0.0 4.0"), "bounding_boxes.txt:2", "positive width"),
    (TABLES + "bounding_boxes.txt", instead(2, "2 900.0 2.0 9.0 9.0"), "bounding_boxes.txt:2", "inside the photograph"),
    (TABLES + "bounding_boxes.txt", instead(2, "9 1.0 2.0 3.0 4.0"), "bounding_boxes.txt:2", "know, got id 9"),
    (TABLES + "parts/parts.txt", instead(7, "7 left knee"), "parts.txt:7", "got 'left knee'"),
    (TABLES + "parts/parts.txt", instead(7, "7 back"), "parts.txt:7", "each once, got 'back'"),
    (TABLES + "parts/parts.txt", without(15), "parts.txt:14", "expected 15 parts, got 14"),
    (PARTS, without(20), "part_locs.txt:20", r"row for id \(2, 5\)"),
    (PARTS, lambda lines: lines[:-20], "part_locs.txt:71", "20 missing"),
    (PARTS, twice(20), "part_locs.txt:91", r"id \(2, 5\) again .first on line 20"),
    (PARTS, instead(20, "2 16 1.0 1.0 1"), "part_locs.txt:20", r"id \(2, 16\)"),
    (PARTS, instead(20, "2 5 1.0 1.0 3"), "part_locs.txt:20", "0 to 1"),
    (PARTS, instead(20, "2 5 1.0 - 1"), "part_locs.txt:20", "got '-'"),
]


def complains(root: Path, where: str, what: str, capsys) -> None:
    """Both the reader and the check refuse the set with the same message, without a traceback."""
    with pytest.raises(DataError, match=what) as caught:
        cub.read(root, 16)
    assert f"{where}: " in str(caught.value)
    assert check.main(root) == 1
    assert capsys.readouterr().out == f"{caught.value}\n"


@pytest.mark.parametrize(("file", "change", "where", "what"), DAMAGE)
def test_damaged_tables_are_refused_with_file_and_line(birds, capsys, file, change, where, what):
    edit(birds / file, change)
    complains(birds, where, what, capsys)


@pytest.mark.parametrize("file", ["images.txt", "classes.txt", "image_class_labels.txt", "train_test_split.txt",
                                  "bounding_boxes.txt", "parts/parts.txt", "parts/part_locs.txt"])
def test_lost_tables_are_refused(birds, capsys, file):
    (birds / TABLES / file).unlink()
    complains(birds, f"{file}:1", "expected this file", capsys)


def test_a_number_cut_in_two_is_seen(birds, capsys):
    path = birds / TABLES / "bounding_boxes.txt"
    path.write_bytes(path.read_bytes()[:-4])        # "16.0\n" -> "1"
    complains(birds, "bounding_boxes.txt:6", "a last line that is whole", capsys)


def test_lost_captions_are_refused(birds, capsys):
    (birds / f"text/{KEYS[4]}.txt").unlink()
    complains(birds, f"{KEYS[4]}.txt:1", "expected this file", capsys)


def test_a_folder_without_captions_is_not_recognised(birds, capsys):
    (birds / "text").rename(birds / "texts")
    complains(birds, "text:1", "layout not recognised: expected captions in text/ or text_c10/", capsys)


def test_a_damaged_photograph_is_refused(birds, capsys):
    path = birds / f"CUB_200_2011/images/{KEYS[4]}.jpg"
    path.write_bytes(path.read_bytes()[:300])
    complains(birds, f"{KEYS[4]}.jpg:1", "expected a photograph", capsys)


def test_no_photograph_at_all_is_an_error_of_the_reader_only(birds, capsys):
    for path in birds.rglob("*.jpg"):
        path.unlink()
    with pytest.raises(DataError, match="images:1: expected photographs .* got 0 of 4 photographs"):
        cub.read(birds, 16)
    assert check.main(birds) == 0 and " missing photographs                 6\n" in capsys.readouterr().out


@pytest.mark.parametrize(("file", "values", "where", "what"), [
    ("filenames", [KEYS[0], KEYS[0]], "filenames.pickle:2", "twice"),
    ("filenames", [KEYS[0], "004.Nobody/Nobody_0001_1"], "filenames.pickle:2", "do not know"),
    ("filenames", [KEYS[0].lower()], "filenames.pickle:1", "do not know"),
    ("filenames", "a string", "filenames.pickle:1", "expected a pickled list, got str"),
    ("filenames", [KEYS[0], None], "filenames.pickle:2", "expected a name or a whole number, got NoneType"),
    ("filenames", np.array([KEYS, KEYS]), "filenames.pickle:1", "expected a name or a whole number, got list"),
    ("filenames", KEYS[:1], "class_info.pickle:2", "expected 1 classes, as many as names, got 4"),
    ("class_info", [1, 1, 3], "class_info.pickle:4", "expected 4 classes, as many as names, got 3"),
    ("class_info", [1, 1, 3, 2], "class_info.pickle:4", "expected class 3 of 003.Mallard"),
    ("class_info", [0, 0, 2, 2], "class_info.pickle:1", "expected class 1"),
])
def test_damaged_splits_are_refused(birds, capsys, file, values, where, what):
    dump(birds / f"train/{file}.pickle", values)
    complains(birds, where, what, capsys)


@pytest.mark.parametrize("data", [b"", b"not a pickle", b"(lp0\nS'half", b"\x80\x02]q\x00(X\x05\x00"])
def test_broken_pickles_are_refused(birds, capsys, data):
    (birds / "train/filenames.pickle").write_bytes(data)
    complains(birds, "filenames.pickle:1", "expected a pickled list of names or numbers", capsys)


def test_half_a_split_is_refused(birds, capsys):
    (birds / "train/filenames.pickle").unlink()
    complains(birds, "train/filenames.pickle:1", "expected both splits as pickles", capsys)


def test_unreadable_files_are_no_traceback(birds, capsys, monkeypatch):
    def forbidden(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    assert check.main(birds) == 1
    assert "train/filenames.pickle:1: expected a file that can be read, got: Permission" in capsys.readouterr().out


# Splits by name

def test_named_splits_need_the_genuine_classes(birds):
    folder = find_folder(birds)
    with pytest.raises(ValueError, match="expected the 200 classes of CUB-200-2011 for the division 'papers'"):
        read_split(folder, read_records(folder), "train", "papers")
    with pytest.raises(ValueError, match="expected one of the divisions papers, proposed, got 'paper'"):
        read_split(folder, read_records(folder), "train", "paper")


def test_the_two_named_splits_share_eighteen_test_classes():
    papers, proposed = CLASS_SPLITS.values()
    assert len(papers) == len(proposed) == 50 and len(papers & proposed) == 18
    assert min(papers | proposed) == 1 and max(papers | proposed) == 200


# AttnGAN's vocabulary

@pytest.mark.parametrize(("caption", "words"), [
    ("A small RED-billed bird, it's blue.", ["a", "small", "red", "billed", "bird", "it", "s", "blue"]),
    ("a 5\" bird\ufffd\ufffdflies", ["a", "5", "bird", "flies"]),
    ("a na\u00efve \u00e9 bird", ["a", "nave", "bird"]), ("{}", []), ("", [])])
def test_captions_are_split_as_attngan_does(caption, words):
    assert cub_words.split_words(caption) == words


def test_words_are_numbered_as_they_come(birds):
    train, test, words, numbers = cub_words.read_cache(birds)
    assert words[0] == "<end>" and [words[i] for i in range(1, 6)] == ["bird", "1", "caption", "0", "2"]
    assert {word: i for i, word in words.items()} == numbers and len(words) == len(numbers)
    assert (len(train), len(test)) == (40, 20) and train[0] == [1, 2, 3, 4] and train[1] == [1, 2, 3, 2]
    assert [words[i] for i in test[12]] == ["bird", "4", "caption", "2"]    # of the second image
    assert all(0 not in caption for caption in train + test)


def test_the_vocabulary_takes_ten_captions_of_each_image(birds):
    before = cub_words.read_cache(birds)
    edit(birds / f"text/{KEYS[0]}.txt", lambda lines: ["{}", lines[0], "", *lines[1:], "eleven"])
    assert cub_words.read_cache(birds) == before


def test_the_vocabulary_does_not_shift_captions(birds):
    edit(birds / f"text/{KEYS[1]}.txt", lambda lines: [*lines[:5], "{}", *lines[6:]])
    with pytest.raises(DataError, match=r"0001_17.txt:10: expected 10 captions with words, .* got 9"):
        cub_words.read_cache(birds)


# What only the check looks at

def test_the_check_reports_a_sound_set(birds, capsys):
    assert check.main(birds) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{birds}: sound", "  layout                              CUB-200-2011 with captions",
        "  images                              6", "  photographs                         6",
        "  missing photographs                 0", "  captions                            60",
        "  captions without words              0", "  images without ten                  0",
        "  part rows                           90", "  classes                             3",
        "  split train, test/filenames.pickle  4 train, 2 test",
        "  split train_test_split.txt          3 train, 3 test",
        "  also there                          nothing optional"]


@pytest.fixture
def complete(birds) -> Path:
    """The same set with all optional files."""
    tables = birds / "CUB_200_2011"
    put(birds / "attributes.txt", ["1 has_bill_shape::cone", "2 has_size::small_(5_-_9_in)"])
    put(tables / "attributes/certainties.txt", ["1 not visible", "2 guessing", "3 probably", "4 definitely"])
    put(tables / "attributes/class_attribute_labels_continuous.txt", ["0.0 2.9197080292", "100.0 1.5", "0.0 0.0"])
    put(tables / "attributes/image_attribute_labels.txt",
        [*(f"{i} {a} 1 4 2.5" for i in range(1, 7) for a in (1, 2))][:-1] + ["6 2 0 1 0 0.0 3.1"])
    put(tables / "parts/part_click_locs.txt", ["1 1 3.0 4.0 1 1.5", "1 1 3.0 4.0 1 0.7", "6 15 0.0 0.0 0 0.3"])
    for key in KEYS[:3]:
        path = birds / f"CUB_200_2011/segmentations/{key}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (WIDTH, HEIGHT)).save(path)
    dump(birds / "captions.pickle", [[[1, 2]] * 40, [[2]] * 20, {0: "<end>", 1: "red", 2: "bird"},
                                     {"<end>": 0, "red": 1, "bird": 2}])
    return birds


def test_optional_files_are_seen(complete):
    assert check.check(complete).extras == (
        "attributes.txt", "class_attribute_labels_continuous.txt", "certainties.txt", "image_attribute_labels.txt",
        "part_click_locs.txt", "segmentations", "captions.pickle")


ATTRIBUTES = TABLES + "attributes/"
OPTIONAL_DAMAGE = [
    ("attributes.txt", twice(1), "attributes.txt:3", "id 1 again"),
    ("attributes.txt", instead(2, "2 small"), "attributes.txt:2", "has_group::value"),
    (ATTRIBUTES + "certainties.txt", without(2), "certainties.txt:2", "row for id 2"),
    (ATTRIBUTES + "class_attribute_labels_continuous.txt", without(2), "continuous.txt:3", "expected 3 lines"),
    (ATTRIBUTES + "class_attribute_labels_continuous.txt", instead(2, "1.0"), "continuous.txt:2", "2 columns"),
    (ATTRIBUTES + "class_attribute_labels_continuous.txt", instead(2, "1.0 101.0"), "continuous.txt:2", "per cent"),
    (ATTRIBUTES + "image_attribute_labels.txt", without(4), "labels.txt:1", "image 2, attribute 2 .1 missing"),
    (ATTRIBUTES + "image_attribute_labels.txt", twice(4), "labels.txt:13", "image 2, attribute 2 again"),
    (ATTRIBUTES + "image_attribute_labels.txt", instead(4, "2 2 1 5 0.0"), "labels.txt:4", "1 to 4"),
    (ATTRIBUTES + "image_attribute_labels.txt", instead(4, "9 2 1 4 0.0"), "labels.txt:4", "id 9"),
    (TABLES + "parts/part_click_locs.txt", instead(2, "7 1 3.0 4.0 1 0.7"), "click_locs.txt:2", "id 7"),
    (TABLES + "parts/part_click_locs.txt", instead(2, "1 16 3.0 4.0 1 0.7"), "click_locs.txt:2", "1 to 15"),
]


@pytest.mark.parametrize(("file", "change", "where", "what"), OPTIONAL_DAMAGE)
def test_damaged_optional_tables_are_refused(complete, file, change, where, what):
    edit(complete / file, change)
    with pytest.raises(DataError, match=what) as caught:
        check.check(complete)
    assert f"{where}: " in str(caught.value)
    assert len(cub.read(complete, 16)) == 4         # the reader does not need it


@pytest.mark.parametrize(("content", "what"), [
    ([[[1]] * 40, [[1]] * 20, {0: "a"}, {"a": 0}], "word ids below 1"),
    ([[[0]] * 39, [[0]] * 20, {0: "a"}, {"a": 0}], "expected ten captions per name"),
    ([[[0]] * 40, [[0]] * 20, {0: "a"}, {"a": 1}], "inverse to each other"),
    ([[[0]] * 40], "expected two lists"),
])
def test_damaged_caption_caches_are_refused(complete, content, what):
    dump(complete / "captions.pickle", content)
    with pytest.raises(DataError, match=r"captions\.pickle:1: .*" + what):
        check.check(complete)


def test_masks_must_fit(complete):
    Image.new("L", (5, 5)).save(complete / f"CUB_200_2011/segmentations/{KEYS[1]}.png")
    with pytest.raises(DataError, match=r"0001_17\.png:1: expected a mask of \(60, 40\)"):
        check.check(complete)


def test_overlapping_splits_are_refused(birds):
    dump(birds / "test/filenames.pickle", [KEYS[2], KEYS[0]])
    dump(birds / "test/class_info.pickle", [2, 1])
    with pytest.raises(DataError, match=r"test/filenames\.pickle:2: expected a photograph that is not in the train"):
        check.check(birds)


# The rendered birds

CLASS_COUNT, IMAGE_COUNT = len(species()), 24
TEST_COUNT = IMAGE_COUNT * len(species("test")) // CLASS_COUNT
TRAIN_COUNT = IMAGE_COUNT - TEST_COUNT


@pytest.fixture(scope="module")
def rendered(tmp_path_factory) -> Path:
    return cub.write(World(seed=2), tmp_path_factory.mktemp("worlds") / "birds", images=IMAGE_COUNT, size=32)


def test_rendered_birds_come_back(rendered):
    world = World(seed=2)
    for split, count in (("train", TRAIN_COUNT), ("test", TEST_COUNT)):
        data = cub.read(rendered, 32, split)
        scenes = [world.scene(i, split) for i in range(count)]
        pictures = [render(scene, 32) for scene in scenes]
        assert data.keys == [f"{s.species.folder}/{s.species.name.title()}_{s.index:06d}" for s in scenes]
        assert data.labels.tolist() == [scene.species.label for scene in scenes]
        assert data.captions == [describe(scene) for scene in scenes]
        images = np.stack([picture.image for picture in pictures]).astype(int)
        assert np.abs(data.images - images).mean() < 2 and np.abs(data.images - images).max() < 40   # JPEG
        np.testing.assert_allclose(data.boxes * 32, [picture.box for picture in pictures], atol=0.051)
        points = np.stack([picture.keypoints for picture in pictures])
        assert (data.keypoints[..., 2] == points[..., 2]).all()
        shown = points[..., 2] > 0
        np.testing.assert_allclose(data.keypoints[shown, :2] * 32, points[shown, :2], atol=0.051)
        assert (data.keypoints[~shown] == 0).all() and (~shown).any()
        assert data.card["crop"] == "none"


def test_rendered_files_are_those_of_the_layout(rendered):
    assert sorted(path.name for path in rendered.iterdir()) == [
        "CUB_200_2011", "attributes.txt", "captions.pickle", "test", "text", "train", "truth.jsonl", "world.json"]
    tables = rendered / "CUB_200_2011"
    for path in rendered.rglob("*.txt"):
        data = path.read_bytes()
        assert data.endswith(b"\n") and not data.endswith(b"\n\n") and b"\r" not in data and b"  " not in data
    assert len((tables / "classes.txt").read_text().splitlines()) == CLASS_COUNT
    parts = (tables / "parts/part_locs.txt").read_text().splitlines()
    assert len(parts) == IMAGE_COUNT * 15 and "-0.0" not in "".join(parts)
    assert all(line.endswith(" 1") or line.endswith(" 0.0 0.0 0") for line in parts)
    assert (tables / "images.txt").read_text().splitlines()[0].startswith("1 001.")
    assert (rendered / "attributes.txt").read_text().splitlines()[0] == "1 has_crown_color::black"
    assert {len(path.read_text().splitlines()) for path in (rendered / "text").rglob("*.txt")} == {10}


def test_some_stems_differ_from_their_folder_by_case(rendered):
    keys = [key.split("/") for key in read_records(find_folder(rendered))]
    stems = [(folder.split(".")[1], stem[:-7]) for folder, stem in keys]
    assert all(folder.lower() == stem.lower() for folder, stem in stems)
    assert 0 < sum(folder != stem for folder, stem in stems)


def test_rendered_pickles_are_plain_protocol_2(rendered):
    data = (rendered / "train/class_info.pickle").read_bytes()
    assert data[:2] == b"\x80\x02" and pickle.loads(data) == list(range(1, TRAIN_COUNT + 1))
    names = pickle.loads((rendered / "test/filenames.pickle").read_bytes())
    assert [name.split("/")[0] for name in names] == [kind.folder for kind in species("test")[:TEST_COUNT]]
    assert not names[0].endswith(".jpg")


def test_the_check_accepts_rendered_birds(rendered):
    report = check.check(rendered)
    assert (report.images, report.missing, report.classes) == (IMAGE_COUNT, 0, CLASS_COUNT)
    assert (report.captions, report.part_rows) == (10 * IMAGE_COUNT, 15 * IMAGE_COUNT)
    assert report.splits["train, test/filenames.pickle"] == {"train": TRAIN_COUNT, "test": TEST_COUNT}
    assert min(report.splits["train_test_split.txt"].values()) >= IMAGE_COUNT // 2 - 1
    assert report.extras == ("attributes.txt", "class_attribute_labels_continuous.txt", "segmentations",
                             "captions.pickle", "truth.jsonl")


def test_the_truth_table_knows_everything(rendered):
    rows = [json.loads(line) for line in (rendered / "truth.jsonl").read_text().splitlines()]
    scene = World(seed=2).scene(3)
    assert [row["id"] for row in rows] == list(range(1, IMAGE_COUNT + 1))
    row = rows[3]
    assert row["species"]["colours"]["wing"] == scene.species.colour("wing")
    assert (row["facing"], row["tilt"], row["background"], row["perch"]) == (
        scene.facing, scene.tilt, scene.background, scene.perch)
    hidden = [name for name, point in row["keypoints"].items() if not point[2]]
    assert hidden and all(any(row["keypoints"][name][:2]) for name in hidden)      # true places, unlike part_locs


def test_masks_are_the_birds(rendered):
    scene = World(seed=2).scene(0)
    path = next((rendered / "CUB_200_2011/segmentations" / scene.species.folder).iterdir())
    assert np.array_equal(np.asarray(Image.open(path)) == 255, render(scene, 32).parts > 0)


def test_class_attributes_are_per_cent(rendered):
    table = np.loadtxt(rendered / "CUB_200_2011/attributes/class_attribute_labels_continuous.txt")
    names = [line.split(" ")[1] for line in (rendered / "attributes.txt").read_text().splitlines()]
    kind = World().scene(0).species
    assert table.shape == (CLASS_COUNT, len(names)) and set(np.unique(table)) == {0, 100}
    worn = {name for name, value in zip(names, table[kind.label - 1], strict=True) if value}
    assert f"has_wing_color::{kind.colour('wing')}" in worn and f"has_bill_shape::{kind.beak}" in worn
    assert "has_pattern::plain" in worn and len(worn) == 14


def test_the_written_vocabulary_is_the_one_that_is_read(rendered):
    content = pickle.loads((rendered / "captions.pickle").read_bytes())
    assert (rendered / "captions.pickle").read_bytes()[:2] == b"\x80\x02" and isinstance(content, list)
    assert content == list(cub_words.read_cache(rendered))
    train, test, words, _ = content
    said = describe(World(seed=2).scene(1))[3]
    assert [words[i] for i in train[13]] == cub_words.split_words(said)
    assert (len(train), len(test)) == (10 * TRAIN_COUNT, 10 * TEST_COUNT)


@pytest.mark.parametrize("level", [2, 3])
def test_higher_levels_are_written_with_their_patterns(tmp_path, level):
    world = World(seed=2, level=level)
    root = cub.write(world, tmp_path / "birds", images=6, size=32)
    assert json.loads((root / "world.json").read_text())["level"] == level
    names = [line.split(" ")[1] for line in (root / "attributes.txt").read_text().splitlines()]
    assert names[-4:] == [f"has_pattern::{name}" for name in ("plain", "striped", "spotted", "wing_bars")]
    table = np.loadtxt(root / "CUB_200_2011/attributes/class_attribute_labels_continuous.txt")
    patterns = [kind.pattern for kind in world.species()]
    assert len(set(patterns)) == 4
    assert [names[-4 + row.argmax()].split("::")[1].replace("_", " ") for row in table[:, -4:]] == patterns
    rows = [json.loads(line) for line in (root / "truth.jsonl").read_text().splitlines()]
    scene = world.scene(2)
    assert (rows[2]["pose"], rows[2]["perch"], rows[2]["sun"]) == (scene.pose, scene.perch, scene.sun)
    assert rows[2]["species"]["pattern"] == scene.species.pattern and rows[2]["level"] == level
    assert check.check(root).images == 6 and cub.read(root, 32).captions[2] == describe(scene)


def test_writing_again_does_nothing_and_other_birds_are_refused(rendered, capsys):
    before = (rendered / "world.json").stat().st_mtime_ns
    cub.write(World(seed=2), rendered, images=IMAGE_COUNT, size=32)
    assert "already there" in capsys.readouterr().out and (rendered / "world.json").stat().st_mtime_ns == before
    with pytest.raises(ValueError, match="choose another folder"):
        cub.write(World(seed=1), rendered, images=IMAGE_COUNT, size=32)


def test_foreign_folders_are_never_replaced(birds):
    with pytest.raises(ValueError, match="something without a world.json"):
        cub.write(World(), birds, images=2, size=32)
    assert len(cub.read(birds, 16)) == 4


def test_leftovers_are_thrown_away_and_an_empty_folder_is_filled(tmp_path):
    out = tmp_path / "birds"
    out.mkdir()
    put(tmp_path / "birds.partial/text/left over.txt", ["x"])
    cub.write(World(), out, images=2, size=32)
    assert len(cub.read(out, 32)) == len(cub.read(out, 32, "test")) == 1        # even the smallest set has both
    assert [path.name for path in tmp_path.iterdir()] == ["birds"] and not (out / "text/left over.txt").exists()


def test_an_interrupted_writing_leaves_no_set(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("t2ilib.data.cub_write._write_split", stop)
    with pytest.raises(KeyboardInterrupt):
        cub.write(World(), tmp_path / "birds", images=2, size=32)
    assert not (tmp_path / "birds").exists()


def die_at(call: int, out: Path) -> None:
    """Write birds, and be killed (no cleaning up, no exception) when a file is written for the `call`-th time."""
    calls = iter(range(1000))

    def deadly(write):
        def die_or_write(*arguments, **options):
            if next(calls) == call:
                os.kill(os.getpid(), signal.SIGKILL)
            write(*arguments, **options)
        return die_or_write

    for name in ("_write_lines", "_dump", "_save"):
        setattr(cub_write, name, deadly(getattr(cub_write, name)))
    cub.write(World(), out, images=2, size=32)


def write_and_die(call: int, out: Path) -> int:
    """The exit code of a process that does so; what it changes in modules dies with it."""
    process = multiprocessing.get_context("fork").Process(target=die_at, args=(call, out))
    process.start()
    process.join()
    return process.exitcode


FILES = 2 * 3 + 2 + 2 * 2 + 1 + 2 + 8       # pictures, attributes, split, vocabulary, truth and card, tables
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@forks
@pytest.mark.parametrize("call", range(FILES))
def test_a_killed_writing_leaves_nothing_that_looks_complete(tmp_path, call):
    assert write_and_die(call, tmp_path / "birds") == -signal.SIGKILL
    assert [path.name for path in tmp_path.iterdir()] == ["birds.partial"]
    for reader in (check.check, partial(cub.read, size=32)):
        with pytest.raises(DataError):
            reader(tmp_path / "birds.partial")


@forks
def test_after_a_killed_writing_the_next_one_is_whole(tmp_path):
    write_and_die(FILES - 1, tmp_path / "birds")
    assert write_and_die(FILES, tmp_path / "birds") == 0            # there is no further file to die at
    assert [path.name for path in tmp_path.iterdir()] == ["birds"] and check.check(tmp_path / "birds").images == 2


@pytest.mark.parametrize(("images", "size"), [(0, 32), (2, 8)])
def test_impossible_orders_leave_nothing(tmp_path, images, size):
    with pytest.raises(ValueError):
        cub.write(World(), tmp_path / "birds", images=images, size=size)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_two_processes_write_what_one_writes(tmp_path, monkeypatch):
    cub.write(World(), tmp_path / "two", images=204, size=32)
    monkeypatch.setattr("t2ilib.data.cub_write.WORTH_WORKERS", 1000)
    cub.write(World(), tmp_path / "one", images=204, size=32)
    files = {path.relative_to(tmp_path / "one"): path.read_bytes()
             for path in (tmp_path / "one").rglob("*") if path.is_file()}
    assert files == {path.relative_to(tmp_path / "two"): path.read_bytes()
                     for path in (tmp_path / "two").rglob("*") if path.is_file()}


def test_damaged_truth_is_refused(tmp_path):
    root = cub.write(World(), tmp_path / "birds", images=3, size=32)
    edit(root / "truth.jsonl", without(2))
    with pytest.raises(DataError, match=r"truth\.jsonl:2: expected 002\."):
        check.check(root)


# The genuine birds

@genuine
def test_genuine_counts():
    report = check.check(Path(GENUINE))
    assert (report.images, report.captions, report.not_ten, report.part_rows) == (11788, 117880, 0, 176820)
    assert report.classes == 200 and report.images - report.missing == 42 and report.wordless == 0
    assert report.splits == {"train, test/filenames.pickle (papers)": {"train": 8855, "test": 2933},
                             "papers": {"train": 8855, "test": 2933}, "proposed": {"train": 8821, "test": 2967},
                             "train_test_split.txt": {"train": 5994, "test": 5794}}


@pytest.fixture(scope="module")
def genuine_tables() -> tuple:
    folder = find_folder(Path(GENUINE))
    return folder, read_records(folder)


@genuine
@pytest.mark.parametrize("split", ["train", "test"])
def test_the_named_splits_are_the_genuine_ones(genuine_tables, split):
    by_pickle, source = read_split(*genuine_tables, split)
    by_name, name = read_split(*genuine_tables, split, "papers")
    assert [record.id for record in by_pickle] == [record.id for record in by_name]     # also in their order
    assert (source, name) == (f"{split}/filenames.pickle (papers)", "papers")
    proposed, name = read_split(*genuine_tables, split, "proposed")
    listed = Path(GENUINE) / "splits_xian_ps" / {"train": "trainvalclasses.txt", "test": "testclasses.txt"}[split]
    assert {record.key.split("/")[0] for record in proposed} == set(listed.read_text().split()) and name == "proposed"


@genuine
def test_the_genuine_vocabulary_has_the_published_size():
    train, test, words, numbers = cub_words.read_cache(Path(GENUINE))
    assert len(words) == len(numbers) == 5450 and words[0] == "<end>" and words[1] == "a"
    assert (len(train), len(test)) == (88550, 29330)
    seen = {word for caption in train for word in caption}
    assert len(seen) == 4790 and len({word for caption in test for word in caption} - seen) == 659


@pytest.fixture(scope="module")
def photographs() -> tuple:
    """The training and the test split of the 42 photographs."""
    return tuple(cub.read(Path(GENUINE), 64, split) for split in ("train", "test"))


@genuine
def test_genuine_photographs_are_read(photographs):
    train, test = photographs
    assert len(train) + len(test) == 42 and train.card["missing"] == 8855 - len(train)
    assert not set(train.labels) & set(test.labels) and {len(captions) for captions in train.captions} == {10}
    grey = test.images[test.keys.index("009.Brewer_Blackbird/Brewer_Blackbird_0028_2682")]
    assert (grey == grey[..., :1]).all() and grey.std() > 10
    for data in (train, test):
        assert (data.boxes >= 0).all() and (data.boxes[:, :2] + data.boxes[:, 2:] <= 1 + 1e-6).all()
        assert 3 <= data.keypoints[..., 2].sum(axis=1).min() and (data.keypoints[..., :2] <= 1).all()


@genuine
def test_the_genuine_box_over_the_edge_is_clipped(photographs):
    test = photographs[1]
    box = test.boxes[test.keys.index("001.Black_footed_Albatross/Black_Footed_Albatross_0050_796125")]
    assert box[0] + box[2] == pytest.approx(1)


@genuine
def test_genuine_tables_match_what_is_known_of_them():
    records = read_records(find_folder(Path(GENUINE)))
    visible = np.stack([record.parts[:, 2] for record in records.values()])
    np.testing.assert_allclose(visible.mean(axis=0), [.769, .996, .878, .930, .982, .984, .497, .720, .558, .960,
                                                      .516, .723, .566, .930, .987], atol=0.0005)
    assert visible.sum(axis=1).min() == 3
    assert sum(key.split("/")[0][4:] != key.split("/")[1][:len(key.split("/")[0]) - 4] for key in records) == 2984


@genuine
def test_genuine_captions_have_no_lost_blanks():
    folder = find_folder(Path(GENUINE))
    captions = [caption for key in read_records(folder) for caption in read_captions(folder, key)]
    assert len(captions) == 117880 and not any("\ufffd" in caption for caption in captions)
    assert min(len(caption.split()) for caption in captions) == 1
