"""What D says to right and wrong pairs (CLS-07, 08, 09): counted right, asked in the same way for all models."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from t2ilib import runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.data.captions import read_attributes
from t2ilib.metrics import pair_answers, word_swaps
from t2ilib.papers.gan_cls import Config, GanIntCls

SMALL = Config(size=32, g_channels=4, d_channels=4, noise_dim=6)


@pytest.fixture(scope="module")
def data():
    return rendered.load(World(2, 1), "test", 200, 32)


@pytest.fixture(scope="module")
def pairs(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_swaps, "NEAREST", 1)
        return pair_answers.held_out_pairs(data, 30)


def test_cls07_auc_by_hand():
    assert pair_answers.auc(np.array([3.0, 1.0]), np.array([2.0, 0.0])) == 0.75
    assert pair_answers.auc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
    assert pair_answers.auc(np.array([0.0]), np.array([1.0, 2.0])) == 0.0


def test_cls09_wrong_texts_are_of_other_species_and_swapped_ones_differ_in_one_colour(data, pairs):
    owners = {caption: set() for said in data.captions for caption in said}
    for label, said in zip(data.labels, data.captions):
        for caption in said:
            owners[caption].add(label)
    for row, right, wrong, swapped in zip(*pairs):
        assert right in data.captions[row] and owners[wrong] - {data.labels[row]}
        before, after = (read_attributes(said).colours for said in (right, swapped))
        assert len(set(before.items()) ^ set(after.items())) == 2 and before.keys() == after.keys()


def test_cls08_each_kind_of_pair_is_asked_as_it_is_named(data, pairs):
    torch.manual_seed(0)
    game, encoder = GanIntCls(SMALL), sample.load_encoder()
    said = pair_answers.answers(game, encoder, data, pairs)
    assert game.training and all(len(logits) == 30 for logits in said)
    image = runtime.to_tensor(data.images[pairs.rows])
    with runtime.evaluating(game):
        for kind, captions in (("right", pairs.right), ("wrong", pairs.wrong), ("swapped", pairs.swapped)):
            expected, = game.discriminator(image, encoder.encode(captions))
            assert np.allclose(getattr(said, kind), expected, atol=1e-5), kind
        noise = torch.randn(30, 6, generator=runtime.generator(0))
        text = encoder.encode(pairs.right)
        expected, = game.discriminator(game.generator(noise, text), text)
    assert np.allclose(said.fake, expected, atol=1e-5)


def test_a_discriminator_that_is_deaf_to_the_text_has_auc_one_half(data, pairs):
    torch.manual_seed(0)
    deaf = GanIntCls(replace(SMALL, r1=0.0))
    torch.nn.init.zeros_(deaf.discriminator.compress[0].weight)
    said = pair_answers.answers(deaf, sample.load_encoder(), data, pairs)
    assert [pair_answers.auc(said.right, other) for other in (said.wrong, said.swapped)] == pytest.approx([0.5, 0.5])
    assert abs(pair_answers.auc(said.right, said.fake) - 0.5) > 0.01
