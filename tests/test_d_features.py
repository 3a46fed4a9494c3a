"""What D knows: pooled features, the linear reader of the paper, fair trials, a network as rival (DCG-05, DCG-14)."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score
from sklearn.svm import LinearSVC
from torch.nn import functional as F

from t2ilib import measuring, runtime
from t2ilib.metrics.d_features import (
    average,
    describe,
    draw_labels,
    layer_maps,
    max_grid,
    recall,
    scaled,
    supervised,
)
from t2ilib.papers import dcgan
from t2ilib.studies import STUDIES, dcgan_features
from t2ilib.studies.dcgan_features import NETWORK, PIXELS, TRAINED, UNTRAINED, Birds, Trial, compare, trials, which

SMALL = dcgan.Config(size=32, noise_dim=6, g_channels=4, d_channels=4)


def discriminator(config=SMALL):
    torch.manual_seed(0)
    return dcgan.build(config).discriminator


def pictures(count, side=32, seed=0):
    return torch.randn(count, 3, side, side, generator=runtime.generator(seed)).clamp(-1, 1)


def flock(count=240, species=12, side=32):
    """Birds of which each species has a grey of its own; the wing's colour goes with it, three species to a colour."""
    kinds = np.arange(count) % species
    images = torch.from_numpy(np.linspace(-1, 1, species)[kinds]).float().view(-1, 1, 1, 1)
    rng = np.random.default_rng(0)
    factors = {factor: rng.integers(0, 3, count) for factor in dcgan_features.READ} | {"wing": kinds // 3}
    return Birds(images + 0.02 * pictures(count, side), kinds, factors)


class Data:
    """Sixteen pictures of four species."""

    labels, images = np.tile([7, 8, 9, 11], 4), np.zeros((16, 8, 8, 3), np.uint8)

    def __len__(self):
        return len(self.labels)

    def factor(self, name):
        return self.labels


# --- features -----------------------------------------------------------------------------------------------------

def test_dcg05_average_pooling_is_the_mean_over_places_and_any_side_will_do():
    see = discriminator().see
    found = [layer_maps(see, pictures(3, side)) for side in (32, 64)]
    for maps in (*found[0], *found[1]):
        torch.testing.assert_close(average(maps), maps.mean((2, 3)))
    assert [average(maps).shape for maps in found[0]] == [average(maps).shape for maps in found[1]]
    assert dcgan_features.pooling(discriminator(), pictures(2, 64))[
        "average pooling, features at 64 less those at 32"]["value"] == 0


def test_dcg05_weights_that_an_average_saves():
    """At 64 pixels: the head of a 4 x 4 map has 16 weights for a feature, that of a mean has one."""
    head = dcgan.Discriminator(dcgan.PUBLISHED).head[0]
    assert head.weight.numel() == 16 * 512


def test_layers_are_what_comes_out_of_the_activations():
    see, images = discriminator().see, pictures(2)
    maps = layer_maps(see, images)
    assert [tuple(some.shape[1:]) for some in maps] == [(4, 16, 16), (8, 8, 8), (16, 4, 4)]
    torch.testing.assert_close(maps[-1], see(images))
    first = F.leaky_relu(see[0](images), 0.2)
    torch.testing.assert_close(maps[0], first)


def test_published_layers_are_four():
    maps = layer_maps(dcgan.Discriminator(dcgan.PUBLISHED).eval().see, pictures(1, 64))
    assert [tuple(some.shape[1:]) for some in maps] == [(64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4)]
    assert sum(max_grid(some).shape[1] for some in maps) == 16 * 960


def test_the_grid_holds_the_largest_of_each_place():
    maps = torch.arange(64.0).view(1, 1, 8, 8)
    assert max_grid(maps).tolist() == [[9, 11, 13, 15, 25, 27, 29, 31, 41, 43, 45, 47, 57, 59, 61, 63]]
    assert max_grid(maps[..., :4, :4]).tolist() == [maps[0, 0, :4, :4].flatten().tolist()]


def test_describing_in_parts_is_describing_at_once_and_changes_nothing():
    network = discriminator(replace(dcgan.PUBLISHED, size=32, d_channels=4, g_channels=4)).train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    whole, parts = (describe(network, pictures(10), batch=size) for size in (10, 3))
    for one, other in zip(whole, parts):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert network.training
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, before[name])


# --- the reader ---------------------------------------------------------------------------------------------------

def test_scaled_features_have_unit_length_on_average_and_constants_are_gone():
    features = np.random.default_rng(0).normal(3, np.arange(1, 8), (500, 7))
    found = scaled(np.column_stack([features, np.full(500, 9.0)]))
    assert (found ** 2).sum(1).mean() == pytest.approx(1, rel=1e-4)
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(found.std(0)[:7], 7 ** -0.5, rtol=1e-4)
    assert (found[:, 7] == 0).all()


def test_the_reader_in_the_span_of_its_pictures_is_the_linear_svm_of_all_features():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 60)
    features = scaled(rng.normal(size=(240, 900)) + 0.15 * rng.normal(size=(4, 900))[labels])
    known = np.concatenate([np.flatnonzero(labels == kind)[:8] for kind in range(4)])
    tested = np.setdiff1d(np.arange(240), known)
    plain = LinearSVC(random_state=0, tol=1e-6, max_iter=20_000).fit(features[known], labels[known])
    wanted = balanced_accuracy_score(labels[tested], plain.predict(features[tested]))
    assert 0.4 < wanted < 1
    assert recall(features, labels, known, tested) == pytest.approx(wanted, abs=0.01)


def test_recall_is_a_mean_over_classes_and_labels_that_mean_nothing_are_guessed():
    rng = np.random.default_rng(0)
    labels, features = rng.integers(0, 5, 2000), scaled(rng.normal(size=(2000, 40)))
    known, tested = np.arange(200), np.arange(200, 2000)
    assert recall(features, labels, known, tested) == pytest.approx(0.2, abs=0.04)
    told = scaled(np.column_stack([features, 9 * np.eye(5)[labels]]))
    assert recall(told, labels, known, tested) > 0.99


def test_a_class_that_is_never_found_costs_its_share_however_rare_it_is():
    labels = np.repeat([0, 1, 2], (500, 480, 20))
    features = scaled(np.column_stack([labels == 1, np.zeros(1000)]) + 0.01 * np.random.default_rng(0).normal(
        size=(1000, 2)))                                        # 0 and 2 look alike
    known = np.concatenate([np.arange(40), 500 + np.arange(40), 980 + np.arange(1)])
    assert recall(features, labels, known, np.setdiff1d(np.arange(1000), known)) == pytest.approx(2 / 3, abs=0.02)


def test_labels_are_drawn_evenly_and_at_random():
    labels = np.repeat([3, 5, 9], (10, 20, 30))
    rows = np.arange(60)
    first, other = (draw_labels(labels, rows, 4, np.random.default_rng(seed)) for seed in (0, 1))
    assert labels[first].tolist() == [3] * 4 + [5] * 4 + [9] * 4 and len(set(first)) == 12
    assert set(first) != set(other)
    with pytest.raises(ValueError, match="should have 11 pictures.*got 10 of class 3; give more"):
        draw_labels(labels, rows, 11, np.random.default_rng(0))


def test_a_network_learns_from_labels_what_can_be_seen():
    birds = flock()
    known, tested = np.arange(60), np.arange(60, 240)
    labels = (birds.species >= 6).astype(int)
    torch.manual_seed(0)
    score = supervised(birds.images, labels, known, tested, trunk=dcgan.Discriminator(SMALL).see, steps=40)
    assert score > 0.9
    shuffled = np.random.default_rng(0).permutation(labels)
    torch.manual_seed(0)
    blind = supervised(birds.images, shuffled, known, tested, trunk=dcgan.Discriminator(SMALL).see, steps=40)
    assert blind == pytest.approx(0.5, abs=0.15)


# --- trials -------------------------------------------------------------------------------------------------------

def test_species_are_tested_on_all_their_other_pictures(monkeypatch):
    monkeypatch.setattr(dcgan_features, "SPECIES", 5)
    birds = flock()
    first, second = trials("species", birds, 3, 2)
    for trial in (first, second):
        assert np.bincount(trial.labels[trial.known]).tolist() == [3] * 5
        assert sorted([*trial.known, *trial.tested]) == np.flatnonzero(birds.species < 5).tolist()
    assert set(first.known) != set(second.known)
    again = next(trials("species", birds, 3, 1))
    np.testing.assert_array_equal(again.known, first.known)


@pytest.mark.parametrize("seed", range(5))
def test_colours_are_tested_on_species_without_labels(seed):
    birds = flock()
    trial = which("wing", birds, 4, np.random.default_rng(seed))
    assert not set(birds.species[trial.known]) & set(birds.species[trial.tested])
    assert np.bincount(trial.labels[trial.known]).tolist() == [4] * 4
    assert set(trial.labels[trial.tested]) == {0, 1, 2, 3}


def test_dcg14_features_that_hold_the_answer_lead_by_what_they_should(monkeypatch):
    """Features that are the species are always right; random ones guess one in five."""
    monkeypatch.setattr(dcgan_features, "SPECIES", 5)
    monkeypatch.setattr(dcgan_features, "rival", lambda birds, trial, profile: 0.5)
    birds, rng = flock(600), np.random.default_rng(0)
    kinds = {TRAINED: [scaled(np.eye(12)[birds.species])], UNTRAINED: [scaled(rng.normal(size=(600, 30)))] * 2}
    found = compare("species", kinds, birds, "smoke")
    assert found[f"species, n = 5: {TRAINED}"]["value"] == 1 and found["species: chance"]["value"] == 0.2
    assert found[f"species, n = 5: {UNTRAINED}"]["value"] == pytest.approx(0.2, abs=0.08)
    lead = found[f"species, n = 5: {TRAINED} over {UNTRAINED}"]
    assert lead["value"] == pytest.approx(1 - found[f"species, n = 5: {UNTRAINED}"]["value"]) and lead["low"] > 0
    assert found[f"species, n = 5: {TRAINED} over {NETWORK}"]["value"] == 0.5


def test_above_chance_guessing_is_nothing_and_always_right_is_one():
    birds = flock(600)
    trial = Trial(birds.species, np.arange(120), np.arange(120, 600))
    assert dcgan_features.above_chance(scaled(np.eye(12)[birds.species]), trial) == 1
    noise = scaled(np.random.default_rng(0).normal(size=(600, 20)))
    assert dcgan_features.above_chance(noise, trial) == pytest.approx(0, abs=0.06)


def test_birds_are_all_of_the_first_species_and_half_of_the_others(monkeypatch):
    monkeypatch.setattr(dcgan_features, "SPECIES", 2)
    birds = Birds.of(Data())
    assert np.bincount(birds.species).tolist() == [4, 4, 2, 2] and birds.images.shape == (12, 3, 8, 8)
    assert set(birds.factors) == set(dcgan_features.READ)


def test_fresh_discriminators_differ_and_do_not_cost_random_numbers():
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    first, second = dcgan_features.untrained(SMALL, 2)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not torch.equal(first.see[0].weight, second.see[0].weight)
    assert torch.equal(dcgan_features.untrained(SMALL, 1)[0].see[0].weight, first.see[0].weight)


def test_the_whole_study_of_features_in_small(monkeypatch):
    birds = flock(side=64)
    config = dcgan.Config(noise_dim=6, g_channels=4, d_channels=4)
    monkeypatch.setattr(measuring, "unseen", lambda *asked: None)
    monkeypatch.setattr(Birds, "of", classmethod(lambda cls, data: birds))
    monkeypatch.setattr(dcgan_features, "load_dcgan",
                        lambda: SimpleNamespace(discriminator=discriminator(config), config=config))
    monkeypatch.setattr(dcgan_features, "SPECIES", 4)
    monkeypatch.setattr(dcgan_features, "RIVAL", config)
    found = dcgan_features.study_features("smoke", (0,)).measures
    for name, entry in found.items():
        assert entry["low"] - 1e-9 <= entry["value"] <= entry["high"] + 1e-9 and math.isfinite(entry["value"]), name
    kinds = (TRAINED, UNTRAINED, PIXELS, NETWORK, dcgan_features.AVERAGED, dcgan_features.SMALL)
    assert {f"{question}, n = {count}: {kind}" for question in dcgan_features.QUESTIONS
            for count in dcgan_features.LABELS["smoke"] for kind in kinds} <= set(found)
    assert {f"layer {layer}, {factor}: {kind}" for layer in (1, 2, 3, 4) for factor in dcgan_features.READ
            for kind in (TRAINED, UNTRAINED)} <= set(found)
    assert found["average pooling, gap to the mean"]["value"] < 1e-6
    assert STUDIES["dcgan_features"].function == "study_features"
