"""Measures of control: closed forms, planted shares, and controls that obey nothing."""

import numpy as np
import pytest
import torch

from t2ilib import runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.conditions import UNNAMED, place_vectors
from t2ilib.data.roaming import SMALLER, SPAN, Roaming
from t2ilib.metrics import condition_pairs, control
from t2ilib.metrics.control import colour_table, correlations, explained, species_read
from t2ilib.metrics.probe import read
from t2ilib.papers import cgan
from t2ilib.papers.variants.deaf import deafen

# --- the share that a condition decides ---------------------------------------------------------------------------


def planted(share, groups=100, members=20, seed=0):
    """Values of which the group decides so much of the variance."""
    stream = np.random.default_rng(seed)
    return (share**0.5 * stream.standard_normal((groups, 1))
            + (1 - share) ** 0.5 * stream.standard_normal((groups, members)))


def test_cgn07_all_and_nothing():
    groups = np.arange(5.0)[:, None].repeat(4, 1)
    assert explained(groups) == 1.0 and explained(np.ones((3, 4))) == 0.0
    same = explained(groups.T)                                      # all groups alike: below 0, as chance may be
    assert same == pytest.approx(1 - 2.5 / groups.var(ddof=1)) and same < 0


def test_cgn07_a_closed_form():
    """Two groups, {0, 2} and {4, 6}: within 2 each; in all 20 / 3."""
    assert explained(np.array([[0.0, 2.0], [4.0, 6.0]])) == pytest.approx(1 - 2 / (20 / 3))


def test_cgn07_what_could_not_be_read_is_left_out():
    """Groups of unequal size by hand: {0, 2} and {4}: within 2 of one degree of freedom, in all 8 of two."""
    assert explained(np.array([[0.0, 2.0, np.nan], [4.0, np.nan, np.nan]])) == pytest.approx(1 - 2 / (8 / 2))
    groups = planted(0.5)
    groups[np.random.default_rng(1).random(groups.shape) < 0.2] = np.nan
    assert explained(groups) == pytest.approx(0.5, abs=0.1)
    assert explained(np.full((3, 4), np.nan)) == 0.0 and explained(np.array([[1.0, np.nan], [3.0, np.nan]])) == 0.0


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.9])
def test_cgn07_a_planted_share_is_found_without_bias(share):
    found = [explained(planted(share, seed=seed)) for seed in range(60)]
    assert np.mean(found) == pytest.approx(share, abs=0.02)


def test_cgn07_uncorrected_chance_would_explain_something():
    """The negative control: what the correction takes away."""
    chance = [planted(0.0, 50, 5, seed) for seed in range(60)]
    plain = [1 - groups.var(1).mean() / groups.var() for groups in chance]
    assert np.mean(plain) == pytest.approx(49 / 249, abs=0.01)
    assert np.mean([explained(groups) for groups in chance]) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (5,)])
def test_too_few_values_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(G, K\), two groups of two or more"):
        explained(np.zeros(shape))


# --- places, species, colours -------------------------------------------------------------------------------------

def test_cgn04_places_that_are_obeyed_mirrored_or_ignored():
    asked = np.random.default_rng(0).standard_normal((400, 3))
    seen = np.stack([asked[:, 0], -asked[:, 1], np.ones(400)], axis=1)
    found = correlations(asked, seen)
    assert found == {"x": pytest.approx(1), "y": pytest.approx(-1), "size": 0.0}
    noisy = correlations(asked, asked + np.random.default_rng(1).standard_normal((400, 3)))
    assert all(r == pytest.approx(0.5**0.5, abs=0.06) for r in noisy.values())


def test_cgn04_pictures_without_a_bird_neither_help_nor_harm():
    asked = np.random.default_rng(0).standard_normal((400, 3))
    seen = asked.copy()
    seen[::10] = np.nan
    assert all(r == pytest.approx(1) for r in correlations(asked, seen).values())
    seen[::10] = -5                             # what a corner in their place would do
    assert all(r < 0.8 for r in correlations(asked, seen).values())
    assert set(correlations(asked, np.full((400, 3), np.nan)).values()) == {0.0}


@pytest.fixture(scope="module")
def birds():
    return rendered.load(Roaming(2, kinds=10), "train", 100, 64)


def test_cgn04_the_locator_reads_where_real_birds_are(birds):
    seen = control.read_places(sample.load_locator(), runtime.to_tensor(birds.images[:]))
    asked = place_vectors(torch.from_numpy(birds.boxes)).numpy()
    found = correlations(asked, seen)
    assert found["x"] > 0.9 and found["y"] > 0.9
    blank = control.read_places(sample.load_locator(), torch.zeros(3, 3, 64, 64))
    assert np.isnan(blank).all(), "no bird is at no place, not in the corner"


def test_cgn01_real_birds_are_told_apart_and_noise_is_not(birds):
    kinds = Roaming(2, kinds=10).species("train")
    right = species_read(read(sample.load_probe(), runtime.to_tensor(birds.images[:])), kinds) == birds.labels - 1
    noise = torch.rand(birds.images.shape[0], 3, 64, 64, generator=runtime.generator(0)) * 2 - 1
    assert right.mean() > 0.95
    assert (species_read(read(sample.load_probe(), noise), kinds) == birds.labels - 1).mean() < 0.3


def test_a_table_of_colours():
    table = colour_table(np.array([0, 0, 2, UNNAMED]), np.array([0, 1, 2, 5]))
    assert table.shape == (11, 11) and table[0, :2].tolist() == [0.5, 0.5] and table[2, 2] == 1 and table.sum() == 2


# --- birds that roam ----------------------------------------------------------------------------------------------

def test_roaming_birds_differ_in_place_and_size_alone():
    plain, free = World(0), Roaming(0)
    for index in range(20):
        one, other = plain.scene(index, "test"), free.scene(index, "test")
        moved = {name for name in vars(one) if getattr(one, name) != getattr(other, name)}
        assert moved == {"x", "y", "scale"} and other.scale == pytest.approx(SMALLER * one.scale)
        assert abs(other.x - 0.5) <= SPAN and abs(other.y - 0.5) <= SPAN
    places = np.array([(scene.x, scene.y) for scene in map(free.scene, range(300))])
    assert np.abs(places.std(0) - SPAN / 3**0.5).max() < 0.008 and abs(np.corrcoef(places.T)[0, 1]) < 0.15


def test_a_roaming_world_is_cached_under_a_name_of_its_own():
    hashes = {world.card()["hash"] for world in (World(0), Roaming(0), Roaming(0, kinds=10), Roaming(0, kinds=9))}
    assert len(hashes) == 4
    assert [kind.label for kind in Roaming(0, kinds=3).species("train")] == [1, 2, 3]
    assert Roaming(0).species("test") == World(0).species("test") and len(Roaming(0, kinds=2).species("test")) == 2
    assert Roaming(0, kinds=2).scene(5).species.label == 2


# --- players that are not told ------------------------------------------------------------------------------------

SMALL = cgan.Config(size=8, noise_dim=4, g_channels=4, d_channels=4, condition_dim=110, embedding_dim=5)


def game(*deaf):
    torch.manual_seed(0)
    return deafen(cgan.build(SMALL), *deaf).eval()


@pytest.mark.parametrize("deaf", ["generator", "discriminator"])
def test_cgn01_a_deaf_player_answers_every_condition_alike_and_the_other_one_does_not(deaf):
    one, draw = game(deaf), lambda *shape: torch.randn(*shape, generator=runtime.generator(3))     # noqa: E731
    noise, image, first, second = draw(4, 4), draw(4, 3, 8, 8), draw(4, 110), -draw(4, 110)
    with torch.no_grad():
        pictures = one.generator(noise, first).equal(one.generator(noise, second))
        answer, other = one.discriminator(image, first, second)
    assert pictures == (deaf == "generator") and answer.equal(other) == (deaf == "discriminator")


def test_deaf_players_keep_their_weights():
    assert sum(p.numel() for p in game("generator", "discriminator").parameters()) == sum(
        p.numel() for p in game().parameters())
    with pytest.raises(ValueError, match="among generator, discriminator, got judge"):
        deafen(cgan.build(SMALL), "judge")


# --- wrong conditions ---------------------------------------------------------------------------------------------

def test_cgn05_pairs_are_right_wrong_and_one_colour_away(birds):
    pairs = condition_pairs.colour_pairs(birds, 60)
    right, wrong, swapped = (pairs.told[name].view(60, len(PARTS), len(COLOURS)) for name in pairs.told)
    assert ((right != swapped).any(2).sum(1) == 1).all() and torch.equal(right.sum(2), swapped.sum(2))
    assert (right.sum((1, 2)) >= 1).all() and (wrong != right).any(2).any(1).all()
    again = condition_pairs.colour_pairs(birds, 60)
    assert all(torch.equal(pairs.told[name], again.told[name]) for name in pairs.told)


def test_cgn05_right_colours_are_those_of_the_picture(birds):
    rows, others, _ = condition_pairs.draw_rows(birds, 60, 0)
    assert (birds.labels[rows] != birds.labels[others]).all() and len(set(rows)) == 60
    pairs = condition_pairs.colour_pairs(birds, 60)
    worn = torch.from_numpy(birds.truth[rows][:, :len(PARTS)]).long()
    named = pairs.told["right"].view(60, len(PARTS), len(COLOURS))
    assert (named.argmax(2) == worn)[named.any(2)].all()
    wrong = pairs.told["wrong"].view(60, len(PARTS), len(COLOURS))
    assert (wrong.argmax(2) == worn)[wrong.any(2)].float().mean() < 0.5


def test_nothing_named_cannot_be_exchanged():
    asked = torch.tensor([[UNNAMED] * 10, [3] + [UNNAMED] * 9])
    changed = condition_pairs.exchanged(asked, runtime.generator(0))
    assert changed[0].equal(asked[0]) and changed[1, 0] not in (3, UNNAMED) and (changed[1, 1:] == UNNAMED).all()


class Judge(torch.nn.Module):
    """A discriminator that answers as told: `fit` is what it adds when condition and picture belong together."""

    def __init__(self, fit, pairs):
        super().__init__()
        self.fit, self.own = fit, pairs.told["right"]

    def forward(self, image, *conditions):
        noise = torch.randn(len(image), generator=runtime.generator(1))
        return tuple(noise + self.fit * (condition == self.own).all(1) for condition in conditions)


class Blank(torch.nn.Module):
    """A generator of grey pictures."""

    def forward(self, noise, condition):
        return torch.zeros(len(noise), 3, 8, 8)


@pytest.mark.parametrize("fit, low, high", [(0.0, 0.5, 0.5), (10.0, 0.999, 1.0), (-10.0, 0.0, 0.001)])
def test_cgn05_auc_of_judges_that_care_do_not_care_or_have_it_wrong(birds, fit, low, high):
    pairs, one = condition_pairs.known_pairs(birds, "species", 80), game()
    one.generator, one.discriminator = Blank(), Judge(fit, pairs)
    areas = condition_pairs.areas(condition_pairs.answers(one, pairs))
    assert set(areas) == {"wrong", "fake"} and low <= areas["wrong"] <= high and areas["fake"] == 0.5
