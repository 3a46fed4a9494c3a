"""Batches for the text-conditional papers: which caption belongs to which picture, and which one is wrong."""

import numpy as np
import pytest
import torch

from t2ilib.data.dataset import Dataset
from t2ilib.data.text_batches import TextBatches
from t2ilib.text.joint import PairBatches, body_colour
from t2ilib.text.tokenizer import LONGEST, UNKNOWN, Tokenizer

COUNT, CLASSES = 24, 6


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
    return Dataset(images, captions, np.arange(COUNT) % CLASSES + 1, [""] * COUNT, zeros[:, :4, 0], zeros, {})


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
