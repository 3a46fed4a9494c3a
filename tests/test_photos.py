"""Photographs: what is taken of them, what is wrong with some of them, and the cache that keeps them decoded."""

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from t2ilib.data import cub, disk_cache, rendered
from t2ilib.data.birds import KEYPOINTS, World
from t2ilib.data.cub_tables import DataError

GENUINE = os.environ.get("T2I_GENUINE")
genuine = pytest.mark.skipif(not GENUINE, reason="T2I_GENUINE names no folder with the genuine CUB-200-2011")

COUNT, WIDTH, HEIGHT = 4, 60, 40
KEYS = [f"001.Mallard/Mallard_000{i}_7" for i in range(1, COUNT + 1)]
BOX = (20, 10, 20, 16)              # StackGAN's crop of it: columns 15 to 45, rows 3 to 33
BEAK = KEYPOINTS.index("beak")


def put(path: Path, lines) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A cache of its own for each test."""
    monkeypatch.setenv("T2I_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "cache"


@pytest.fixture
def birds(tmp_path, home) -> Path:
    """One class, four black photographs without loss; the box is white and holds a beak at (25.5, 12.5)."""
    tables = tmp_path / "birds/CUB_200_2011"
    rows = range(1, COUNT + 1)
    put(tables / "images.txt", (f"{i} {key}.png" for i, key in zip(rows, KEYS, strict=True)))
    put(tables / "classes.txt", ["1 001.Mallard"])
    for name in ("image_class_labels", "train_test_split"):
        put(tables / f"{name}.txt", (f"{i} 1" for i in rows))
    put_boxes(tmp_path / "birds", [BOX] * COUNT)
    put(tables / "parts/parts.txt", (f"{i} {name}" for i, name in enumerate(KEYPOINTS, 1)))
    put(tables / "parts/part_locs.txt", (f"{i} {part + 1} " + ("25.5 12.5 1" if part == BEAK else "0.0 0.0 0")
                                         for i in rows for part in range(15)))
    for key in KEYS:
        put(tmp_path / f"birds/text/{key}.txt", ["a duck", "another duck"])
        photo(tmp_path / "birds", key).parent.mkdir(parents=True, exist_ok=True)
        paint().save(photo(tmp_path / "birds", key))
        os.utime(photo(tmp_path / "birds", key), (10 ** 9, 10 ** 9))        # as unpacked from one archive
    return tmp_path / "birds"


def put_boxes(root: Path, boxes) -> None:
    put(root / "CUB_200_2011/bounding_boxes.txt",
        (f"{i} {' '.join(f'{length:.1f}' for length in box)}" for i, box in enumerate(boxes, 1)))


def photo(root: Path, key: str) -> Path:
    return root / f"CUB_200_2011/images/{key}.png"


def paint(colour=(255, 255, 255)) -> Image.Image:
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    picture.paste(colour, (BOX[0], BOX[1], BOX[0] + BOX[2], BOX[1] + BOX[3]))
    return picture


def same(a, b) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in ("images", "boxes", "keypoints"))


# What is taken

def test_the_whole_photograph_can_be_taken(birds):
    data = cub.read(birds, 20, crop="none")             # columns shrink by 3, rows by 2
    assert data.card["crop"] == "none" and data.images.shape == (COUNT, 20, 20, 3)
    np.testing.assert_allclose(data.boxes, [[20 / 60, 10 / 40, 20 / 60, 16 / 40]] * COUNT, rtol=1e-6)
    np.testing.assert_allclose(data.keypoints[:, BEAK], [[25.5 / 60, 12.5 / 40, 1]] * COUNT, rtol=1e-6)
    assert (data.images[0, 6:12, 8:12] > 250).all() and (data.images[0, :4] < 5).all()
    assert (data.images[0, :, :5] < 5).all() and (data.images[0, :, 15:] < 5).all()


def test_photographs_are_cropped_as_in_stackgan_by_default(birds):
    data = cub.read(birds, 30)                          # a side of 30 pixels from (15, 3): nothing is enlarged
    assert data.card["crop"] == "StackGAN" and same(data, cub.read(birds, 30, crop="StackGAN"))
    expected = np.zeros((30, 30, 3))
    expected[7:23, 5:25] = 255
    assert (data.images == expected).all()
    np.testing.assert_allclose(data.boxes[0] * 30, [5, 7, 20, 16], rtol=1e-6)
    np.testing.assert_allclose(data.keypoints[0, BEAK], [10.5 / 30, 9.5 / 30, 1], rtol=1e-6)


def test_pictures_that_a_world_has_framed_are_whole_by_default(birds):
    put(birds / "world.json", ["{}"])
    assert cub.read(birds, 30).card["crop"] == "none"
    assert cub.read(birds, 30, crop="StackGAN").card["crop"] == "StackGAN"


def test_other_crops_are_refused(birds):
    with pytest.raises(ValueError, match="'auto', 'StackGAN' or 'none', got 'box'; correct"):
        cub.read(birds, 30, crop="box")


@pytest.mark.parametrize("crop", cub.CROPS)
def test_a_box_over_the_edge_is_clipped(birds, crop):
    put_boxes(birds, [(50, 10, 20, 16)] * COUNT)        # StackGAN's crop: columns 45 to 60, rows 3 to 33
    box = cub.read(birds, 30, crop=crop).boxes[0]
    expected = [5 / 15, 7 / 30, 10 / 15, 16 / 30] if crop == "StackGAN" else [50 / 60, 10 / 40, 10 / 60, 16 / 40]
    np.testing.assert_allclose(box, expected, rtol=1e-6)


@pytest.mark.parametrize("crop", cub.CROPS)
@pytest.mark.parametrize("box", [(62, 10, 20, 16), (60, 10, 20, 16), (20, 40, 20, 16), (-20, 5, 20, 16), (5, -9, 9, 9)])
def test_a_box_outside_the_photograph_is_refused(birds, crop, box):
    put_boxes(birds, [BOX, box, BOX, BOX])
    with pytest.raises(DataError, match=r"bounding_boxes\.txt:2: expected a box inside the photograph of 60 x 40"):
        cub.read(birds, 30, crop=crop)


@pytest.mark.parametrize("box", [(20, 10, 0, 16), (20, 10, 20, -1)])
def test_a_box_without_size_is_refused(birds, box):
    put_boxes(birds, [BOX, BOX, box, BOX])
    with pytest.raises(DataError, match=r"bounding_boxes\.txt:3: expected a box of positive width"):
        cub.read(birds, 30, crop="none")


# What is wrong with photographs

@pytest.mark.parametrize(("mode", "ending"), [("L", "jpg"), ("CMYK", "jpg"), ("L", "png"), ("P", "png"), ("1", "png"),
                                              ("LA", "png"), ("RGBA", "png")])
def test_photographs_of_any_kind_become_rgb(tmp_path, mode, ending):
    path = tmp_path / f"bird.{ending}"
    paint().convert(mode).save(path)
    picture = cub.load_photo(path)
    assert picture.mode == "RGB" and np.abs(np.asarray(picture, int) - np.asarray(paint(), int)).max() <= 60
    assert picture.getpixel((30, 18)) >= (250,) * 3 and max(picture.getpixel((2, 2))) <= 5


def test_alpha_is_dropped(tmp_path):
    Image.new("RGBA", (8, 8), (10, 200, 30, 0)).save(tmp_path / "bird.png")
    assert cub.load_photo(tmp_path / "bird.png").getpixel((3, 3)) == (10, 200, 30)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


def deepen(path: Path) -> None:
    Image.fromarray(np.full((HEIGHT, WIDTH), 30_000, np.uint16)).save(path, "PNG")


@pytest.mark.parametrize(("damage", "what"), [
    (cut_off, "truncated"), (deepen, "more than 8 bits"), (lambda path: path.write_bytes(b""), "cannot identify"),
    (lambda path: path.write_text("<html>quota exceeded</html>"), "cannot identify")])
@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_damaged_photographs_are_refused(tmp_path, damage, what, ending):
    path = tmp_path / f"bird.{ending}"
    Image.effect_noise((WIDTH, HEIGHT), 50).save(path)
    damage(path)
    with pytest.raises(DataError, match=rf"bird\.{ending}:1: expected a photograph, got .*{what}.*; get this"):
        cub.load_photo(path)


# The cache

class Decoded(list):
    """The photographs that were decoded."""


@pytest.fixture
def decoded(monkeypatch) -> Decoded:
    paths, load = Decoded(), cub.load_photo
    monkeypatch.setattr(cub, "load_photo", lambda path: (paths.append(path), load(path))[1])
    return paths


def test_photographs_are_decoded_once(birds, decoded, home):
    first, again = cub.read(birds, 24), cub.read(birds, 24)
    assert len(decoded) == COUNT and same(first, again) and first.card == again.card
    assert isinstance(again.images, np.memmap) and not again.images.flags.writeable
    assert len(list(home.iterdir())) == 1


@pytest.mark.parametrize("change", [{"size": 25}, {"crop": "none"}])
def test_each_size_and_crop_is_kept(birds, decoded, change, home):
    asked = {"size": 24, "crop": "StackGAN"}
    for order in (asked, asked | change, asked, asked | change):
        cub.read(birds, **order)
    assert len(decoded) == 2 * COUNT and len(list(home.iterdir())) == 2


def test_each_split_is_kept(birds, decoded):
    put(birds / "CUB_200_2011/train_test_split.txt", ["1 1", "2 1", "3 0", "4 1"])
    for split in ("train", "test", "train", "test"):
        assert len(cub.read(birds, 24, split)) == {"train": 3, "test": 1}[split]
    assert len(decoded) == COUNT


def repaint(root):
    paint((0, 0, 255)).save(photo(root, KEYS[2]))


def touch(root):
    status = photo(root, KEYS[2]).stat()
    os.utime(photo(root, KEYS[2]), ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def move_box(root):
    put_boxes(root, [BOX, BOX, BOX, (19, 10, 20, 16)])


def move_beak(root):
    table = root / "CUB_200_2011/parts/part_locs.txt"
    table.write_text(table.read_text().replace(f"4 {BEAK + 1} 25.5", f"4 {BEAK + 1} 26.5"))


def lose(root):
    photo(root, KEYS[0]).unlink()


def rename(root):
    """The first photograph changes places with the second: the same files, another order."""
    table = root / "CUB_200_2011/images.txt"
    first, second, *others = table.read_text().splitlines()
    put(table, [f"1 {second[2:]}", f"2 {first[2:]}", *others])


@pytest.mark.parametrize("edit", [repaint, touch, move_box, move_beak, lose, rename])
def test_an_edited_set_is_read_anew(birds, decoded, edit, home):
    cub.read(birds, 24)
    edit(birds)
    decoded.clear()
    after = cub.read(birds, 24)
    assert len(decoded) == len(after)
    assert len(list(home.iterdir())) == 1           # the old state is never asked for again
    for entry in home.iterdir():
        entry.rename(birds.parent / "moved away")
    assert same(cub.read(birds, 24), after)


def test_other_captions_need_no_decoding(birds, decoded):
    cub.read(birds, 24)
    put(birds / f"text/{KEYS[1]}.txt", ["a swan"])
    assert cub.read(birds, 24).captions[1] == ["a swan"] and len(decoded) == COUNT


def test_two_sets_do_not_share(birds, decoded, home):
    cub.read(birds, 24)
    birds.rename(birds.parent / "other")
    cub.read(birds.parent / "other", 24)
    assert len(decoded) == 2 * COUNT and len(list(home.iterdir())) == 2


def test_other_code_decodes_anew(birds, decoded, monkeypatch):
    cub.read(birds, 24)
    monkeypatch.setattr(disk_cache, "code_hash", lambda sources: "other")
    cub.read(birds, 24)
    assert len(decoded) == 2 * COUNT


def stop_at_the_third(monkeypatch, stop):
    """Reading ends at the third photograph."""
    load, paths = cub.load_photo, []

    def load_or_stop(path):
        paths.append(path)
        return stop() if len(paths) == 3 else load(path)

    monkeypatch.setattr(cub, "load_photo", load_or_stop)


def test_an_interrupted_reading_leaves_nothing(birds, monkeypatch, home):
    def interrupt():
        raise KeyboardInterrupt
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        stop_at_the_third(patch, interrupt)
        cub.read(birds, 24)
    assert not list(home.iterdir())
    assert (cub.read(birds, 24).images == 255).any(axis=(1, 2, 3)).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_a_killed_reading_leaves_nothing_that_is_read(birds, decoded, monkeypatch, home):
    child = os.fork()
    if child == 0:
        try:
            stop_at_the_third(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGKILL))
            cub.read(birds, 24)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert [entry.suffix for entry in home.iterdir()] == [".partial"]
    assert (cub.read(birds, 24).images == 255).any(axis=(1, 2, 3)).all() and len(decoded) == COUNT


def truncate(entry):
    data = (entry / "images.npy").read_bytes()
    (entry / "images.npy").write_bytes(data[:-1])


def flip_a_bit(entry):
    data = bytearray((entry / "facts.npz").read_bytes())
    data[len(data) // 4] ^= 1
    (entry / "facts.npz").write_bytes(data)


def reshape(entry):
    np.save(entry / "images.npy", np.zeros((COUNT, 24, 24), np.uint8))


def widen(entry):
    np.save(entry / "images.npy", np.zeros((COUNT, 24, 24, 3), np.uint16))


@pytest.mark.parametrize("damage", [
    truncate, flip_a_bit, reshape, widen, lambda entry: (entry / "images.npy").write_bytes(b""),
    lambda entry: (entry / "images.npy").unlink(), lambda entry: (entry / "facts.npz").write_bytes(b"x")])
def test_a_damaged_cache_is_redone(birds, decoded, damage, home):
    before = cub.read(birds, 24)
    expected = before.images.copy(), before.boxes, before.keypoints
    [entry] = home.iterdir()
    damage(entry)
    after = cub.read(birds, 24)
    for array, other in zip(expected, (after.images, after.boxes, after.keypoints), strict=True):
        assert np.array_equal(array, other)
    assert len(decoded) == 2 * COUNT and list(home.iterdir()) == [entry]


def text(entry: Path) -> str:
    return (entry / "text").read_text()


def test_a_slower_process_takes_what_the_faster_one_wrote(home):
    def write(entry):
        disk_cache.fetch("world", lambda other: (other / "text").write_text("faster"), text)
        (entry / "text").write_text("slower")
    assert disk_cache.fetch("world", write, text) == "faster"
    assert [entry.name for entry in home.iterdir()] == ["world"]


def test_what_cannot_be_written_is_an_error_that_leaves_nothing(home):
    def write(entry):
        raise OSError("no space left")
    with pytest.raises(OSError, match="no space left"):
        disk_cache.fetch("world", write, text)
    assert not list(home.iterdir())


def test_a_mistake_of_the_reader_is_not_hidden(home):
    with pytest.raises(FileNotFoundError):
        disk_cache.fetch("world", lambda entry: (entry / "other").write_text("x"), text)


def test_the_outdated_goes_and_the_unfinished_stays(home):
    for name in ("bird-a-1", "bird-b-1", "bird-b-2", "fish-a-1", "bird-a-1.x.partial", "bird-a-1.y.partial"):
        (home / name).mkdir(parents=True)
        (home / name / "text").write_text(name)
    os.utime(home / "bird-a-1.y.partial", (0, 0))       # a process that was killed long ago
    disk_cache.drop_outdated("bird-*", current="-b-")
    assert sorted(entry.name for entry in home.iterdir()) == ["bird-a-1.x.partial", "bird-b-1", "bird-b-2", "fish-a-1"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not remove a mapped file")
def test_pictures_that_are_in_use_stay_readable(birds):
    before = cub.read(birds, 24)
    pixels = before.images.copy()
    repaint(birds)
    cub.read(birds, 24)
    assert np.array_equal(before.images, pixels)


def test_only_renderings_by_older_code_are_removed(home, monkeypatch):
    def draw(seed, split, code):
        monkeypatch.setattr(rendered, "code_hash", lambda: code)
        return rendered.load(World(seed), split, 2, 32)
    old = [draw(0, "train", "older000"), draw(0, "test", "older000"), draw(1, "train", "older000")]
    assert len(list(home.iterdir())) == 3
    draw(0, "train", "newer000")
    draw(0, "test", "newer000")
    names = sorted(entry.name for entry in home.iterdir())
    assert [("newer000" in name, "-s0-" in name, "train" in name) for name in names] == [
        (True, True, False), (True, True, True), (False, False, True)]
    assert len(old[0]) == 2


def test_a_damaged_rendering_is_redone(home):
    before = rendered.load(World(3), "test", 3, 32)
    images, parts = before.images.copy(), before.parts.copy()
    [entry] = home.iterdir()
    (entry / "captions.json").write_text("[[")
    after = rendered.load(World(3), "test", 3, 32)
    assert np.array_equal(after.images, images) and np.array_equal(after.parts, parts)
    assert after.captions == before.captions


# The genuine birds

@pytest.fixture(scope="module")
def genuine_photographs():
    """The training photographs of the excerpt, by crop."""
    return {crop: cub.read(Path(GENUINE), 76, crop=crop) for crop in cub.CROPS}


@genuine
def test_the_genuine_birds_fill_as_much_as_was_measured(genuine_photographs):
    share = {crop: data.boxes[:, 2] * data.boxes[:, 3] for crop, data in genuine_photographs.items()}
    assert share["StackGAN"].min() > 0.15 and np.median(share["StackGAN"]) == pytest.approx(0.42, abs=0.06)
    assert (share["none"] <= share["StackGAN"] + 1e-6).all() and share["none"].min() < 0.15


@genuine
def test_genuine_keypoints_stay_in_their_boxes(genuine_photographs):
    for data in genuine_photographs.values():
        seen = data.keypoints[..., 2] == 1
        low, high = data.boxes[:, None, :2], data.boxes[:, None, :2] + data.boxes[:, None, 2:]
        inside = ((data.keypoints[..., :2] >= low - 1e-6) & (data.keypoints[..., :2] <= high + 1e-6)).all(axis=2)
        assert inside[seen].all() and not data.keypoints[~seen].any()


@genuine
def test_all_visible_genuine_parts_survive_the_crop(genuine_photographs):
    cropped, whole = (genuine_photographs[crop].keypoints[..., 2] for crop in cub.CROPS)
    assert np.array_equal(cropped, whole)


@genuine
def test_genuine_photographs_come_from_the_cache(genuine_photographs, monkeypatch):
    monkeypatch.setattr(cub, "load_photo", None)
    assert same(cub.read(Path(GENUINE), 76), genuine_photographs["StackGAN"])
