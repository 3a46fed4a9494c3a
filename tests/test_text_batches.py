"""Batches for the text-conditional papers: which caption belongs to which picture, and which one is wrong."""

import numpy as np
import pytest
import torch

from t2ilib import runtime
from t2ilib.data.birds import KEYPOINTS, LEVELS, World
from t2ilib.data.captions import describe
from t2ilib.data.dataset import Dataset
from t2ilib.data.text_batches import PartBatches, TextBatches, draw_other_class
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.text.joint import PairBatches, body_colour
from t2ilib.text.tokenizer import LONGEST, UNKNOWN, Tokenizer

COUNT, CLASSES = 24, 6
BEAK, LEFT_EYE, RIGHT_EYE = (KEYPOINTS.index(name) for name in ("beak", "left eye", "right eye"))


class NumberEncoder:
    """An 'encoder' whose vector of the caption "7 2" is (7, 2): picture number, caption number."""

    tokenizer = Tokenizer([str(i) for i in range(COUNT)])

    def encode(self, captions):
        return torch.tensor([[float(word) for word in caption.split()] for caption in captions])


@pytest.fixture
def data():
    """Picture i is plain grey of value i, has 2 or 3 captions "i 0", "i 1", ..., and class i % 6."""
    images = np.broadcast_to(np.arange(COUNT, dtype=np.uint8)[:, None, None, None], (COUNT, 8, 8, 3)).copy()
    captions = [[f"{i} {k}" for k in range(2 + i % 2)] for i in range(COUNT)]
    zeros = np.zeros((COUNT, 15, 3), np.float32)
    boxes = np.zeros((COUNT, 4), np.float32)
    return Dataset(images, captions, np.arange(COUNT) % CLASSES + 1, [""] * COUNT, boxes, zeros, {})


@pytest.fixture
def batches(data):
    return TextBatches(data, NumberEncoder(), batch=16, noise_dim=5, seed=3)


def numbers(image):
    return ((image[:, 0, 0, 0] + 1) * 127.5).round().long()


def test_every_picture_comes_with_one_of_its_own_captions(batches):
    for step in range(20):
        batch = batches(step)
        assert torch.equal(numbers(batch.image), batch.text[:, 0].long())


def test_all_captions_of_a_picture_are_used(batches):
    seen = {tuple(row) for step in range(200) for row in batches(step).text.long().tolist()}
    assert len(seen) == sum(2 + i % 2 for i in range(COUNT))


def test_a_wrong_text_is_of_another_class(batches, data):
    for step in range(20):
        batch = batches(step)
        right, wrong = (data.labels[text[:, 0].long().numpy()] for text in (batch.text, batch.wrong_text))
        assert (right != wrong).all()


def test_wrong_texts_come_from_all_other_classes(batches, data):
    pairs = {(data.labels[int(a)], data.labels[int(b)]) for step in range(200)
             for a, b in zip(batches(step).text[:, 0], batches(step).wrong_text[:, 0], strict=True)}
    assert len(pairs) == CLASSES * (CLASSES - 1)


def test_a_batch_is_a_function_of_step_and_rank(batches):
    again = [batches(4), batches(4)]
    assert all(torch.equal(a, b) for a, b in zip(*again, strict=True))
    for other in (batches(5), batches(4, rank=1)):
        assert not torch.equal(other.noise, again[0].noise)
        assert not torch.equal(other.text, again[0].text)


def test_noise_is_standard_normal(batches):
    noise = torch.cat([batches(step).noise for step in range(200)])
    assert noise.mean().item() == pytest.approx(0, abs=0.03) and noise.std().item() == pytest.approx(1, abs=0.03)


def test_half_of_the_pictures_are_mirrored(data):
    data.images[:, :, :4] = 255
    batches = TextBatches(data, NumberEncoder(), batch=16, noise_dim=5)
    left = torch.cat([batches(step).image[:, 0, 0, 0] for step in range(60)])
    assert (left == 1).float().mean().item() == pytest.approx(0.5, abs=0.06)


def test_one_class_alone_has_no_wrong_text(data):
    data.labels[:] = 1
    with pytest.raises(ValueError, match="two classes or more, got one"):
        TextBatches(data, NumberEncoder(), batch=4, noise_dim=2)


def batch_of_version_1(batches, step, rank):
    """The code with which the shipped checkpoints were trained, kept as it was."""
    data, text, first = batches.dataset, batches.text, batches.first

    def draw(count):
        return torch.randint(len(data), (count,), generator=stream).numpy()

    def caption_of(rows):
        pick = torch.rand(len(rows), generator=stream).numpy()
        count = first[rows + 1] - first[rows]
        return text[first[rows] + (pick * count).astype(int)].float()

    stream = runtime.generator(batches.seed, step, rank)
    rows = draw(batches.batch)
    image = runtime.to_tensor(data.images[rows])
    flip = torch.rand(batches.batch, generator=stream) < 0.5
    image = torch.where(flip[:, None, None, None], image.flip(3), image)
    right = caption_of(rows)
    other = draw(len(rows))
    while (same := data.labels[other] == data.labels[rows]).any():
        other[same] = draw(int(same.sum()))
    return TextBatch(image.contiguous(memory_format=torch.channels_last), right, caption_of(other),
                     torch.randn(batches.batch, batches.noise_dim, generator=stream))


@pytest.mark.parametrize("seed", [0, 3])
def test_the_batches_of_the_shipped_checkpoints_come_back_bit_for_bit(data, seed):
    data.images[:] = np.random.default_rng(0).integers(0, 256, data.images.shape)
    batches = TextBatches(data, NumberEncoder(), batch=16, noise_dim=5, seed=seed)
    for step in range(40):
        for rank in (0, 1):
            now, then = batches(step, rank), batch_of_version_1(batches, step, rank)
            assert all(torch.equal(a, b) for a, b in zip(now, then, strict=True))
            assert now.image.stride() == then.image.stride()


# Where things are

@pytest.fixture
def dotted(data):
    """One white pixel a picture, on which its beak and its box are; the left eye beside it."""
    data.images[:] = 0
    for i in range(COUNT):
        column, row = i % 7, i // 7 + 2
        data.images[i, row, column] = 255
        data.boxes[i] = np.array([column, row, 1, 1]) / 8
        data.keypoints[i, BEAK] = (column + 0.5) / 8, (row + 0.5) / 8, 1
        data.keypoints[i, LEFT_EYE] = (column + 0.5) / 8, (row - 0.5) / 8, 1
    return data


def pixel(point, size):
    return tuple((point[:2] * size).floor().int().tolist())


def test_part_batches_hold_what_text_batches_hold(dotted):
    parts, texts = (kind(dotted, NumberEncoder(), batch=16, noise_dim=5) for kind in (PartBatches, TextBatches))
    for step in range(5):
        assert all(torch.equal(getattr(parts(step), name), value) for name, value in texts(step)._asdict().items())


@pytest.mark.parametrize("size", [None, 6])
def test_boxes_and_keypoints_follow_their_picture(dotted, size):
    batches = PartBatches(dotted, NumberEncoder(), batch=16, noise_dim=5, size=size)
    side, mirrored, gone = size or 8, 0, 0
    for step in range(20):
        batch = batches(step)
        assert batch.image.shape == (16, 3, side, side)
        for image, box, points in zip(batch.image, batch.box, batch.keypoints, strict=True):
            white = [(column, row) for row, column in (image[0] == 1).nonzero().tolist()]
            assert [pixel(point, side) for point in points[[BEAK]] if point[2]] == white
            assert (box * side).tolist() == pytest.approx([*white[0], 1, 1], abs=1e-5) if white else not box[2:].prod()
            mirrored += int(points[RIGHT_EYE, 2])
            gone += not white
            assert not (points[LEFT_EYE, 2] and points[RIGHT_EYE, 2])
    assert 100 < mirrored < 220 and (gone > 0) == (size is not None)


def test_pictures_are_cut_anew_each_time(data):
    columns = np.arange(8, dtype=np.uint8)
    data.images[:] = columns[None, None, :, None]
    batches = TextBatches(data, NumberEncoder(), batch=16, noise_dim=5, size=6)
    lowest = {int(value) for step in range(10) for value in ((batches(step).image + 1) * 127.5).round().amin((1, 2, 3))}
    assert lowest == {0, 1, 2}
    assert torch.equal(batches(3).image, batches(3).image) and not torch.equal(batches(3).image, batches(4).image)


def test_too_large_a_cut_is_refused(data):
    with pytest.raises(ValueError, match="of 9 pixels or more, got 8; read them larger"):
        TextBatches(data, NumberEncoder(), batch=4, noise_dim=2, size=9)


def test_no_caption_of_the_bird_world_names_a_side():
    said = [caption for level in LEVELS for i in range(150) for caption in describe(World(level=level).scene(i))]
    assert len(said) == 4500 and not {word for caption in said for word in caption.split()} & {"left", "right"}


# Wrong texts

@pytest.mark.parametrize("rare", [1, 3])
def test_another_class_is_found_among_very_few(rare):
    """Nearly all pictures are of one class: whoever only draws again needs some ten thousand rounds."""
    labels = np.ones(20_000, np.int64)
    labels[7:7 + rare] = 2
    rows = np.arange(64)
    other = draw_other_class(labels, rows, torch.Generator().manual_seed(0))
    assert (labels[other] != labels[rows]).all()
    common = np.delete(rows, np.arange(7, 7 + rare))
    assert set(other[common]) == set(range(7, 7 + rare))            # each of the few is used


@pytest.mark.parametrize("counts", [(5, 5), (1, 9), (200, 2, 2)])
def test_each_picture_of_another_class_is_as_likely(counts):
    labels = np.repeat(np.arange(len(counts)), counts)
    stream, rows = torch.Generator().manual_seed(0), np.zeros(4000, np.int64)       # pictures of class 0
    other = np.bincount(draw_other_class(labels, rows, stream), minlength=len(labels))
    expected = 4000 / (len(labels) - counts[0])
    assert not other[:counts[0]].any()
    assert np.abs(other[counts[0]:] - expected).max() < 5 * expected ** 0.5


def test_half_of_a_matching_batch_shares_its_body_colour(data):
    for i, captions in enumerate(data.captions):
        captions[:] = [f"{i} a {('red', 'blue', 'green')[i % 3]} bird"] * 2
    batches = PairBatches(data, NumberEncoder(), batch=12, seed=0)
    for step in range(10):
        batch = batches(step)
        assert torch.equal(numbers(batch.image), batch.tokens[:, 0] - 2)            # two special tokens come first
        assert len(set((numbers(batch.image)[6:] % 3).tolist())) == 1


def test_the_body_colour_is_what_most_captions_say():
    assert body_colour(["a red bird", "this bird is red", "a blue bird", "it has black wings"]) == "red"
    assert body_colour(["it sings"]) == ""


def test_tokens():
    tokenizer = Tokenizer.from_captions(["a Red bird.", "a bird"])
    assert tokenizer.words[2:] == ["a", "bird", "red"]
    tokens = tokenizer.encode(["A RED, bird!", "a magnificent bird", "", "bird " * 99])
    assert tokens.shape == (4, LONGEST)
    assert tokens[0, :4].tolist() == [2, 4, 3, 0] and tokens[1, :4].tolist() == [2, UNKNOWN, 3, 0]
    assert tokens[2, :2].tolist() == [UNKNOWN, 0] and (tokens[3] == 3).all()
    assert tokenizer.unknown("a magnificent Magnificent red wing") == ["magnificent", "wing"]
