"""Oxford-102: a set written by hand, its quirks and every damage, and the genuine one."""

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch
from PIL import Image

from t2ilib.data import augment, check, oxford
from t2ilib.data.cub_tables import DataError, caption_lines

# The genuine flowers lie beside the genuine birds, which T2I_GENUINE names.
GENUINE = Path(os.environ.get("T2I_GENUINE", "nowhere")).parent / "flowers102"
genuine = pytest.mark.skipif("T2I_GENUINE" not in os.environ or not GENUINE.is_dir(),
                             reason="T2I_GENUINE names no folder with the genuine flowers102 beside it")

LABELS = (77, 5, 21, 20, 102, 21)
TRAIN, TEST = (1, 3, 5, 6), (2, 4)              # image numbers, by class
SETS = {"trnid": [3, 1], "valid": [4], "tstid": [6, 2, 5]}


def text_of(root: Path, image: int) -> Path:
    return root / f"text_c10/class_{LABELS[image - 1]:05d}/image_{image:05d}.txt"


def key_of(image: int) -> str:
    return f"jpg/image_{image:05d}"


def put(path: Path, lines) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())


def save(path: Path, **rows) -> None:
    scipy.io.savemat(path, {name: np.atleast_2d(row) for name, row in rows.items()})


def dump(path: Path, values) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(pickle.dumps(values, 2))


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    """Six photographs of five classes: images 2 and 4 are of the papers' test classes."""
    root = tmp_path / "some flowers"
    (root / "jpg").mkdir(parents=True)
    save(root / "imagelabels.mat", labels=np.uint8(LABELS))
    save(root / "setid.mat", **{name: np.uint16(ids) for name, ids in SETS.items()})
    for image in range(1, 7):
        put(text_of(root, image), (f"flower {image}, caption {j}." for j in range(10)))
        Image.new("RGB", (50, 30), (40 * image, 100, 250 - 40 * image)).save(root / f"{key_of(image)}.jpg", quality=95)
    return root


def complains(root: Path, where: str, what: str, capsys) -> None:
    """Both the reader and the check refuse the set with the same message, without a traceback."""
    with pytest.raises(DataError, match=what) as caught:
        oxford.read(root, 16)
    assert f"{where}: " in str(caught.value)
    assert check.main(root) == 1
    assert capsys.readouterr().out == f"{caught.value}\n"


# What a sound set gives

@pytest.mark.parametrize(("split", "images"), [("train", TRAIN), ("test", TEST)])
def test_reads_the_set_written_by_hand(flowers, split, images):
    data = oxford.read(flowers, 16, split)
    assert data.images.shape == (len(images), 16, 16, 3) and data.images.dtype == np.uint8
    assert data.keys == [key_of(image) for image in images]
    assert data.labels.dtype == np.int64 and data.labels.tolist() == [LABELS[image - 1] for image in images]
    assert data.captions == [[f"flower {image}, caption {j}." for j in range(10)] for image in images]
    for picture, image in zip(data.images, images):
        assert np.abs(picture.astype(int) - (40 * image, 100, 250 - 40 * image)).max() <= 3
    assert data.boxes.tolist() == [[0, 0, 1, 1]] * len(images)
    assert data.keypoints.shape == (len(images), 15, 3) and not data.keypoints.any()
    assert data.card == {"name": "some flowers", "layout": "Oxford-102", "split": split, "split_file": "papers",
                         "crop": "none", "images": len(images), "missing": 0, "captionless": 0,
                         "hash": data.card["hash"]}


def test_flowers_fit_the_batches_of_birds(flowers):
    data = oxford.read(flowers, 16)
    images = torch.from_numpy(data.images).permute(0, 3, 1, 2)
    found = augment.Pictures(images, torch.from_numpy(data.boxes), torch.from_numpy(data.keypoints))
    image, box, keypoints = augment.flip(found, torch.ones(4, dtype=torch.bool))
    assert image.shape == (4, 3, 16, 16) and torch.equal(box, found.box) and not keypoints.any()


def test_photographs_are_squashed_whole(flowers):
    pixels = np.zeros((30, 50, 3), np.uint8)
    pixels[:, 25:] = 255
    Image.fromarray(pixels).save(flowers / f"{key_of(1)}.jpg", "PNG")
    picture = oxford.read(flowers, 16).images[0]
    assert (picture[:, :6] == 0).all() and (picture[:, 10:] == 255).all()


def test_grey_photographs_become_rgb(flowers):
    Image.new("L", (50, 30), 200).save(flowers / f"{key_of(1)}.jpg")
    assert (oxford.read(flowers, 16).images[0] == 200).all()


def test_the_check_counts(flowers, capsys):
    (flowers / f"{key_of(3)}.jpg").unlink()
    put(text_of(flowers, 1), ["{}", *["a flower"] * 9])
    assert check.main(flowers) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{flowers}: sound", "  layout                  Oxford-102 with captions", "  images                  6",
        "  photographs             5", "  missing photographs     1", "  captions                59",
        "  captions without words  1", "  images without ten      1", "  classes                 5",
        "  split papers            4 train, 2 test", "  split setid.mat         2 train, 1 valid, 3 test",
        "  also there              setid.mat"]


# Quirks

def test_captions_may_lie_in_text_and_have_windows_line_ends(flowers):
    before = oxford.read(flowers, 16)
    for path in flowers.rglob("*.txt"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b" \r\n") + b"\r\n")
    (flowers / "text_c10").rename(flowers / "text")
    assert oxford.read(flowers, 16).captions == before.captions


def test_captions_without_a_word_shift_nobody(flowers):
    before = oxford.read(flowers, 16).captions
    put(text_of(flowers, 1), ["one", "{}", "", "  ", "two"])
    captions = oxford.read(flowers, 16).captions
    assert captions == [["one", "two"], *before[1:]]


def test_a_flower_without_captions_is_left_out_and_counted(flowers):
    put(text_of(flowers, 3), ["{}"] * 10)
    data = oxford.read(flowers, 16)
    assert data.keys == [key_of(1), key_of(5), key_of(6)] and data.card["captionless"] == 1
    assert data.captions[1][0] == "flower 5, caption 0." and data.labels.tolist() == [77, 102, 21]


def test_missing_photographs_are_counted(flowers):
    (flowers / f"{key_of(3)}.jpg").unlink()
    data = oxford.read(flowers, 16)
    assert data.keys == [key_of(1), key_of(5), key_of(6)] and data.card["missing"] == 1
    assert data.captions[1][0] == "flower 5, caption 0."


def test_labels_survive_eight_bits(flowers):
    """Arithmetic in the file's own uint8 would go round: 5 - 21 = 240."""
    labels = oxford.read(flowers, 16, "test").labels
    assert (labels - 21).tolist() == [-16, -1]


def test_setid_is_optional_and_divides_nothing(flowers):
    before = oxford.read(flowers, 16).keys
    save(flowers / "setid.mat", trnid=[2, 4], valid=[1], tstid=[3, 5, 6])
    assert oxford.read(flowers, 16).keys == before
    (flowers / "setid.mat").unlink()
    assert oxford.read(flowers, 16).keys == before and check.check(flowers).extras == ()


def test_pickles_divide_where_they_are(flowers):
    dump(flowers / "train/filenames.pickle", [key_of(6), key_of(2)])
    dump(flowers / "train/class_info.pickle", [21, 5])
    dump(flowers / "test/filenames.pickle", [key_of(1)])
    data = oxford.read(flowers, 16)
    assert data.keys == [key_of(6), key_of(2)] and data.card["split_file"] == "train/filenames.pickle"
    assert check.check(flowers).splits["train, test/filenames.pickle"] == {"train": 2, "test": 1}
    dump(flowers / "train/filenames.pickle", [key_of(image) for image in TRAIN])
    dump(flowers / "train/class_info.pickle", [LABELS[image - 1] for image in TRAIN])
    assert oxford.read(flowers, 16).card["split_file"] == "train/filenames.pickle (papers)"


def test_arguments_are_checked(flowers):
    with pytest.raises(ValueError, match="expected split 'train' or 'test'"):
        oxford.read(flowers, 16, "valid")
    with pytest.raises(FileNotFoundError, match="got .*nowhere"):
        oxford.read(flowers / "nowhere", 16)


# Damage

LABEL_FILE = "imagelabels.mat"


@pytest.mark.parametrize(("file", "rows", "where", "what"), [
    (LABEL_FILE, {"labels": LABELS[:5]}, "setid.mat:1", "expected 1 to 5 in tstid, got 6"),
    (LABEL_FILE, {"labels": (*LABELS, 1)}, "setid.mat:1", "expected 7 images, as many as imagelabels.mat has, got 6"),
    (LABEL_FILE, {"labels": (77, 5, 21, 0, 102, 21)}, "imagelabels.mat:4", "expected 1 to 102 in labels, got 0"),
    (LABEL_FILE, {"labels": (77, 5, 21, 20, 103, 21)}, "imagelabels.mat:5", "expected 1 to 102 in labels, got 103"),
    (LABEL_FILE, {"labels": (77, 5, 22, 20, 102, 21)}, "image_00003.txt:1",
     "expected in class_00022, as imagelabels.mat says"),
    (LABEL_FILE, {"label": LABELS}, "imagelabels.mat:1", "expected a MATLAB file with labels.*KeyError"),
    (LABEL_FILE, {"labels": np.float64(LABELS) + 0.5}, "imagelabels.mat:1", "expected one row of whole numbers"),
    (LABEL_FILE, {"labels": [LABELS, LABELS]}, "imagelabels.mat:1", r"got int64 of shape \(2, 6\)"),
    ("setid.mat", SETS | {"tstid": [6, 2, 3]}, "setid.mat:3", "expected each image in one set, got 3 of tstid again"),
    ("setid.mat", SETS | {"tstid": [6, 2]}, "setid.mat:1", "expected 6 images, .* got 5"),
    ("setid.mat", SETS | {"valid": [0]}, "setid.mat:1", "expected 1 to 6 in valid, got 0"),
    ("setid.mat", {"trnid": [1, 2, 3]}, "setid.mat:1", "expected a MATLAB file with valid"),
])
def test_damaged_tables_are_refused_with_file_and_entry(flowers, capsys, file, rows, where, what):
    save(flowers / file, **rows)
    complains(flowers, where, what, capsys)


@pytest.mark.parametrize("file", [LABEL_FILE, "setid.mat"])
@pytest.mark.parametrize("keep", [0, 60, 128, 150, -8])
def test_truncated_tables_are_refused(flowers, capsys, file, keep):
    (flowers / file).write_bytes((flowers / file).read_bytes()[:keep])
    complains(flowers, f"{file}:1", "expected a MATLAB file with", capsys)


def test_lost_captions_are_refused(flowers, capsys):
    text_of(flowers, 4).unlink()
    complains(flowers, "class_00020/image_00004.txt:1", "expected this file, got nothing", capsys)


def test_captions_in_two_classes_are_refused(flowers, capsys):
    put(flowers / "text_c10/class_00001/image_00003.txt", ["a flower"])
    complains(flowers, "class_00001/image_00003.txt:1", "expected in class_00021", capsys)


def test_captions_of_no_image_are_refused(flowers, capsys):
    put(flowers / "text_c10/class_00001/image_00007.txt", ["a flower"])
    complains(flowers, "class_00001/image_00007.txt:1", "expected no captions but of 6 images", capsys)


def test_a_folder_without_captions_is_not_recognised(flowers, capsys):
    (flowers / "text_c10").rename(flowers / "texts")
    complains(flowers, "text_c10:1", "layout not recognised: expected captions", capsys)


def test_a_damaged_photograph_is_refused(flowers, capsys):
    path = flowers / f"{key_of(3)}.jpg"
    path.write_bytes(path.read_bytes()[:300])
    complains(flowers, "image_00003.jpg:1", "expected a photograph", capsys)


def test_no_photograph_at_all_is_an_error_of_the_reader_only(flowers, capsys):
    for path in flowers.rglob("*.jpg"):
        path.unlink()
    with pytest.raises(DataError, match="jpg:1: expected photographs .* got 0 of 4 photographs"):
        oxford.read(flowers, 16)
    assert check.main(flowers) == 0


@pytest.mark.parametrize(("names", "what"), [
    ([key_of(1), key_of(1)], "filenames.pickle:2: .* twice"),
    ([key_of(7)], "filenames.pickle:1: .* do not know"),
    (["image_00001"], "filenames.pickle:1: .* do not know"),
])
def test_damaged_pickles_are_refused(flowers, names, what):
    dump(flowers / "train/filenames.pickle", names)
    dump(flowers / "test/filenames.pickle", [key_of(2)])
    with pytest.raises(DataError, match=what):
        oxford.read(flowers, 16)


def test_overlapping_splits_are_refused(flowers):
    for split in ("train", "test"):
        dump(flowers / split / "filenames.pickle", [key_of(1)])
    with pytest.raises(DataError, match="test/filenames.pickle:1: expected a photograph that is not in the train"):
        check.check(flowers)


# The genuine flowers

@genuine
def test_genuine_counts():
    report = check.check(GENUINE)
    assert (report.images, report.images - report.missing, report.classes) == (8189, 7, 102)
    assert (report.captions, report.wordless, report.not_ten, report.part_rows) == (81877, 13, 13, 0)
    assert report.splits == {"papers": {"train": 7034, "test": 1155},
                             "setid.mat": {"train": 1020, "valid": 1020, "test": 6149}}


@genuine
def test_the_thirteen_empty_captions_shift_nobody():
    short = {}
    for key, flower in oxford.read_flowers(GENUINE).items():
        lines = caption_lines(flower.text)
        assert len(lines) == 10 and flower.text.stem == key.removeprefix("jpg/")
        assert flower.text.parent.name == f"class_{flower.label:05d}"
        if "{}" in lines:
            short[int(key[-5:])] = flower.label
    assert short == {230: 77, 267: 73, 481: 88, 2115: 75, 2780: 56, 2901: 86, 3485: 30, 4598: 40, 4702: 55,
                     6684: 16, 6961: 34, 7793: 98, 7940: 100}


@genuine
def test_genuine_photographs_are_read():
    data = oxford.read(GENUINE, 64, "test")
    assert len(data) == 7 and data.card["missing"] == 1148 and set(data.labels) <= set(range(1, 21))
    assert {len(captions) for captions in data.captions} == {10} and data.images.std() > 20
