"""Memorisation: whoever hands out training pictures is convicted, in whatever disguise; who draws afresh is not.

The probe here is untrained; the training pictures are those of a small world, the real ones are of unseen species.
"""

import numpy as np
import pytest
import torch
from torchvision.transforms.v2.functional import gaussian_blur

from t2ilib import runtime
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics import memorisation
from t2ilib.metrics.memorisation import COPIES, HONEST
from t2ilib.metrics.probe import Probe, ProbeConfig, Readings
from t2ilib.metrics.statistics import Score

COUNT = 60


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    """Pictures (M, 64, 64, 3) uint8 of training species."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("T2I_HOME", str(tmp_path_factory.mktemp("home")))
        return rendered.load(World(0), "train", 400, 64).images


@pytest.fixture(scope="module")
def unseen(tmp_path_factory):
    """Pictures of species that are not among those of `train`: (real, what a perfect generator would draw)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("T2I_HOME", str(tmp_path_factory.mktemp("home")))
        images = runtime.to_tensor(rendered.load(World(2), "test", 2 * COUNT, 64).images)
    return images[:COUNT], images[COUNT:]


@pytest.fixture(scope="module")
def probe(train):
    """Random features and heads that differ from picture to picture."""
    torch.manual_seed(0)
    network = Probe(ProbeConfig(channels=8, features=16))
    with torch.no_grad():
        for _ in range(30):
            network.features(runtime.to_tensor(train[:64]))         # gives batch normalisation its scale
        network.network["read"].weight.mul_(50)
    return network.eval()


@pytest.fixture(scope="module")
def album(probe, train):
    return memorisation.album(probe, train)


@pytest.fixture(scope="module")
def stolen(train):
    return runtime.to_tensor(train[100:100 + COUNT])


def rolled(images, *by):
    return images.roll(by, (2, 3))


def grain(images):
    return images + 0.05 * torch.randn(images.shape, generator=runtime.generator(1))


DISGUISES = {
    "as they are": lambda x: x,
    "moved by 2 pixels": lambda x: rolled(x, 2, -2),
    "moved to one side": lambda x: rolled(x, 0, 2),
    "mirrored": lambda x: x.flip(3),
    "mirrored and moved": lambda x: rolled(x.flip(3), -2, 2),
    "with grain": grain,
    "a little blurred and brighter": lambda x: gaussian_blur(x, 5, 0.8) + 0.03,
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_planted_cheater_is_convicted(probe, album, stolen, unseen, disguise):
    scores = memorisation.measure(probe, DISGUISES[disguise](stolen), unseen[0], album)
    assert memorisation.verdict(scores) == COPIES, scores
    assert scores["pixels"].high < 0.3 and scores["copied"].value > 0.95
    if disguise.startswith(("as", "moved", "mirrored")):                # nothing of it is left once it is undone
        assert scores["pixels"].value < 0.005
    if disguise in ("as they are", "mirrored"):
        assert scores["features"].value < 0.02 and scores["factors"].value == 0


def test_who_copies_now_and_then_is_convicted_too(probe, album, stolen, unseen):
    """One picture in five; the mean distance hardly shows it."""
    images = unseen[1].clone()
    images[:12] = rolled(stolen[:12].flip(3), 2, 2)
    scores = memorisation.measure(probe, images, unseen[0], album)
    assert scores["pixels"].value > 0.7 and scores["copied"].value == pytest.approx(0.2)
    assert memorisation.verdict(scores) == COPIES


def test_a_perfect_generator_is_as_far_away_as_real_pictures(probe, album, unseen):
    scores = memorisation.measure(probe, unseen[1], unseen[0], album)
    assert memorisation.verdict(scores) == HONEST
    for space in ("pixels", "features", "factors"):
        assert scores[space].low < 1 < scores[space].high and scores[space].n == COUNT
    assert scores["copied"].value == 0 and scores["copied"].lower_is_better


def fresh_training_species(_images):
    with_other_seed = rendered.load(World(5), "train", COUNT, 64)
    return runtime.to_tensor(with_other_seed.images)


@pytest.mark.parametrize("honest", [
    lambda x: gaussian_blur(x, 13, 2.0), lambda x: x + 0.1 * torch.randn(x.shape, generator=runtime.generator(2)),
    torch.zeros_like, lambda x: x[:1].expand_as(x).contiguous(),
    lambda x: torch.rand(x.shape, generator=runtime.generator(3)) * 2 - 1, fresh_training_species])
def test_bad_pictures_and_training_species_are_no_copies(probe, album, unseen, honest, monkeypatch, tmp_path):
    """Blur, noise, grey, one bird for all, and new pictures of birds that were trained on."""
    monkeypatch.setenv("T2I_HOME", str(tmp_path))
    scores = memorisation.measure(probe, honest(unseen[1]), unseen[0], album)
    assert memorisation.verdict(scores) == HONEST, scores


def made_up(pixels=(0.9, 1.1), features=(0.9, 1.1), factors=(0.9, 1.1), share=(0.0, 0.01)):
    bounds = {"pixels": pixels, "features": features, "factors": factors, "copied": share}
    return {name: Score(sum(b) / 2, 9, *b, ceiling=1.0, floor=0.0) for name, b in bounds.items()}


def test_the_rule_word_by_word():
    assert memorisation.verdict(made_up()) == HONEST
    assert memorisation.verdict(made_up(pixels=(0.3, 0.49))) == COPIES
    assert memorisation.verdict(made_up(features=(0.3, 0.49))) == COPIES
    assert memorisation.verdict(made_up(pixels=(0.3, 0.51), features=(0.3, 0.5))) == HONEST
    assert memorisation.verdict(made_up(factors=(0.0, 0.1))) == HONEST
    assert memorisation.verdict(made_up(share=(0.021, 0.1))) == COPIES
    assert memorisation.verdict(made_up(share=(0.02, 0.1))) == HONEST


def test_a_copy_is_nearer_than_half_of_what_real_pictures_keep():
    real = np.linspace(4.0, 8.0, 101)                       # 99 % keep 4.04
    score = memorisation.copied(np.array([0.0, 2.01, 2.03, 9.0]), real)
    assert score.value == 0.5 and score.ceiling == 0 and score.floor == 1 and score.n == 4


def test_factor_space_counts_attributes_that_differ():
    def bird(**changes):
        values = {factor: changes.get(factor, 0) for factor in FACTORS}
        return Readings({f: np.eye(len(FACTORS[f]))[[v]] for f, v in values.items()}, np.zeros((1, 2)))
    one, other = (memorisation.marks(bird(**changes)) for changes in ({}, {"wing": 3, "tail": 1, "facing": 1}))
    assert torch.cdist(one, other).item() ** 2 / 2 == pytest.approx(3)


def test_nearest_takes_the_best_variant_of_each_picture():
    train = torch.tensor([[0.0, 0.0], [10.0, 0.0]])
    first, second = torch.tensor([[3.0, 4.0], [10.0, 1.0]]), torch.tensor([[0.0, 2.0], [10.0, 5.0]])
    assert memorisation.nearest([first, second], train).tolist() == pytest.approx([2.0, 1.0])


def test_an_album_in_parts_is_the_same(probe, train, album):
    parts = memorisation.album(probe, train, batch=150)
    assert all(torch.allclose(parts[space], album[space], atol=1e-4) for space in album)
    assert {space: len(rows) for space, rows in album.items()} == dict.fromkeys(album, 400)


def test_real_pictures_from_the_training_set_are_refused(probe, album, stolen, unseen):
    with pytest.raises(ValueError, match="nobody trained on"):
        memorisation.measure(probe, unseen[1], stolen, album)


def test_pictures_of_another_size_are_refused(probe, album):
    with pytest.raises(ValueError, match=r"got \(2, 3, 32, 32\)"):
        memorisation.distances(probe, torch.zeros(2, 3, 32, 32), album)
