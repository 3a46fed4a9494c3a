"""Walks and sums in the noise: lengths, rivals that jump, sums in a world where they must work (DCG-12, DCG-13)."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.special import gamma

from t2ilib import measuring, runtime
from t2ilib.metrics import latent, paths
from t2ilib.metrics.latent import OPTIONS, Bank, arithmetic, around, shows, to_length
from t2ilib.metrics.probe import Probe, ProbeConfig, Readings
from t2ilib.papers import dcgan
from t2ilib.sample import NoisePainter
from t2ilib.studies import STUDIES, dcgan_arithmetic, dcgan_walks
from t2ilib.studies.dcgan_arithmetic import EXEMPLARS, Question, code, decoded, exemplars, hit, judge, questions
from t2ilib.studies.walks import Walk

ASKED = Question("body", "red", "blue", "facing", "right", "left")
PLACES = dict(zip(OPTIONS, np.cumsum([0, *map(len, OPTIONS.values())])))
DIM = sum(map(len, OPTIONS.values()))       # of the noise of a world in which each value has a number of its own


def linear(noise):
    """What is read where each value of each factor is a direction of the noise: the longest of a factor wins."""
    return {factor: noise[:, first:first + len(OPTIONS[factor])].argmax(1).numpy() for factor, first in PLACES.items()}


def scattered(noise):
    """What is read where neighbours have nothing in common."""
    keys = (noise.double() * 1e6).long().sum(1).numpy() % 10_007
    return {factor: (keys * (7 + i) + i) % 10_007 % len(values) for i, (factor, values) in enumerate(OPTIONS.items())}


def bank(look, count=2000):
    noise = torch.randn(count, DIM, generator=runtime.generator(1))
    return Bank(noise, look(noise))


@pytest.fixture
def painter():
    """A small untrained generator and a small untrained probe."""
    torch.manual_seed(0)
    config = dcgan.Config(noise_dim=10, g_channels=4, d_channels=4)
    return NoisePainter(dcgan.Generator(config), config, Probe(ProbeConfig(channels=4, features=16)))


# --- DCG-12: lengths ----------------------------------------------------------------------------------------------

def test_dcg12_lengths_have_a_closed_form():
    """sqrt(2) Gamma((Z + 1) / 2) / Gamma(Z / 2), and 1 / sqrt(2) of it half-way; 7.05 against 9.97 for Z = 100."""
    assert paths.usual_length(100) == pytest.approx(2 ** 0.5 * gamma(50.5) / gamma(50), rel=1e-12)
    assert paths.usual_length(100, 0.5) == pytest.approx(gamma(50.5) / gamma(50), rel=1e-12)
    assert round(paths.usual_length(100, 0.5), 2) == 7.05 and 9.97 < paths.usual_length(100) < 9.98
    assert paths.usual_length(1) == pytest.approx((2 / np.pi) ** 0.5)
    assert paths.usual_length(100, 1) == paths.usual_length(100, 0)


@pytest.mark.parametrize("place", [0, 2, 4])
def test_drawn_noises_are_as_long_as_the_form_says(place):
    ends = [torch.randn(20_000, 100, generator=runtime.generator(seed)) for seed in (0, 1)]
    straight = paths.lerp(*ends, 5)[place].norm(dim=1).mean()
    assert float(straight) == pytest.approx(paths.usual_length(100, place / 4), abs=0.03)
    curved = paths.slerp(*ends, 5)[place].norm(dim=1).mean()
    assert float(curved) == pytest.approx(paths.usual_length(100), abs=0.05)


# --- DCG-12: steps ------------------------------------------------------------------------------------------------

def test_steps_in_features_are_distances_of_neighbours():
    features = np.array([[[0, 0]], [[3, 4]], [[3, 4]], [[3, 5]]], float)                # (K, P, F)
    np.testing.assert_allclose(paths.feature_steps(features)[:, 0], [5, 0, 1])


def test_the_nearest_place_is_found_for_paths_of_noises():
    kept = torch.eye(4)
    assert paths.nearest_place(torch.eye(4)[[2, 0, 3, 1]].view(2, 2, 4) * 0.9, kept).tolist() == [[2, 0], [3, 1]]


def test_an_even_walk_has_ratio_one_and_gives_way_to_finer_steps_a_jump_does_neither():
    even, jump = np.linspace(0, 1, 33)[:, None, None], np.repeat([0.0, 1.0], [20, 13])[:, None, None]
    found = dcgan_walks.evenness(even, "even") | dcgan_walks.evenness(jump, "jump")
    assert found["largest step, even"]["value"] == pytest.approx(1)
    assert found["left of the largest step, even"]["value"] == pytest.approx(1 / dcgan_walks.COARSE)
    assert found["largest step, jump"]["value"] == dcgan_walks.MOST
    assert found["left of the largest step, jump"]["value"] == 1


def test_a_look_up_generator_is_convicted_and_a_cross_fade_is_not(painter):
    """Each kept picture has a grey of its own, so the probe must see the jumps."""
    ends = [painter.noise(3, seed) for seed in (0, 1)]
    walked = dcgan_walks.walk(painter, paths.slerp(*ends, dcgan_walks.STEPS))
    real = torch.linspace(-1, 1, 40).view(-1, 1, 1, 1).expand(-1, 3, 64, 64)
    seen = dcgan_walks.rivals(painter, ends, walked, real)
    assert {name: features.shape for name, features in seen.items()} == dict.fromkeys(("look-up", "cross-fade"),
                                                                                      (33, 3, 16))
    assert (paths.feature_steps(seen["look-up"]) == 0).mean() > 0.5
    faded = dcgan_walks.by_path(walked.readings, 3)
    np.testing.assert_allclose(seen["cross-fade"][[0, -1]], faded[[0, -1]], atol=1e-4)


def reading_walk(rows):
    """A single path on which the direction that the bird faces has these chances of being right."""
    right = np.asarray(rows, float)
    return Walk(torch.zeros(len(right), 1, 3, 8, 8), Readings({"facing": np.stack([1 - right, right], 1)},
                                                              np.zeros((len(right), 2))))


def test_a_reading_that_turns_is_followed_and_one_that_stays_is_not():
    found, curves = dcgan_walks.follow(reading_walk(np.linspace(0.1, 0.9, 9)), "facing")
    assert found["facing changes"]["value"] == 1 == found["facing in order"]["value"]
    np.testing.assert_allclose(curves["facing, last"], np.linspace(0.1, 0.9, 9), atol=1e-3)
    np.testing.assert_allclose(curves["facing, first"], np.linspace(0.9, 0.1, 9), atol=1e-3)
    found, curves = dcgan_walks.follow(reading_walk([0.9, 0.1, 0.8]), "facing")
    assert found["facing changes"]["value"] == 0 and not curves and "facing in order" not in found


def test_the_whole_study_of_walks_in_small(painter, monkeypatch):
    monkeypatch.setattr(NoisePainter, "shipped", classmethod(lambda cls: painter))
    pixels = np.random.default_rng(0).integers(0, 256, (50, 64, 64, 3), np.uint8)
    monkeypatch.setattr(measuring, "fresh", lambda profile, level: SimpleNamespace(images=pixels))
    monkeypatch.setitem(dcgan_walks.PATHS, "smoke", 2)
    found = dcgan_walks.study_walks("smoke", (0,))
    for name, entry in found.measures.items():
        assert entry["low"] - 1e-9 <= entry["value"] <= entry["high"] + 1e-9 and np.isfinite(entry["value"]), name
    assert {f"largest step, {way}" for way in ("slerp", "lerp", "look-up", "cross-fade")} <= set(found.measures)
    assert {f"SynthFID, {place}" for place in ("ends", "slerp", "lerp", "cross-fade")} <= set(found.measures)
    assert found.measures["length, middle of lerp"]["value"] == pytest.approx(paths.usual_length(10, 0.5), abs=0.03)
    assert found.arrays["steps, look-up"].shape == (32,)
    assert STUDIES["dcgan_walks"].function == "study_walks"


def test_a_shown_walk_goes_from_one_seed_to_the_next(painter):
    walked = dcgan_walks.shown(painter, "lerp", seed=4, steps=3)
    assert walked.pictures.shape == (3, 1, 3, 64, 64)
    with runtime.evaluating(painter.generator) as generator:
        last = generator(painter.noise(1, 5))
    torch.testing.assert_close(walked.pictures[-1], last, atol=1e-5, rtol=1e-4)


# --- DCG-13: sums -------------------------------------------------------------------------------------------------

def test_a_sum_is_of_means_and_as_long_as_its_exemplars_say():
    """n normal exemplars each: sqrt(3 / n) of the usual length."""
    terms = torch.randn(3, 400, 10, 100, generator=runtime.generator(0))
    torch.testing.assert_close(arithmetic(*terms)[7], terms[0, 7].mean(0) - terms[1, 7].mean(0) + terms[2, 7].mean(0))
    for count in EXEMPLARS:
        length = float(arithmetic(*terms[:, :, :count]).norm(dim=-1).mean())
        assert length == pytest.approx((3 / count) ** 0.5 * paths.usual_length(100), rel=0.02)
    torch.testing.assert_close(to_length(terms[0, 0], 5.0).norm(dim=-1), torch.full((10,), 5.0))


def test_noises_around_a_noise_stay_in_their_cube():
    middle = torch.randn(50)
    near = around(middle, 200, runtime.generator(0)) - middle
    assert near.shape == (200, 50) and float(near.abs().max()) <= 0.25 < 1.02 * float(near.abs().max())
    assert abs(float(near.mean())) < 0.01


def test_a_bank_finds_the_rows_that_show_all_that_is_wanted():
    values = {"body": np.array([4, 4, 8, 4]), "facing": np.array([0, 1, 0, 0])}
    some = Bank(torch.zeros(4, 2), values)
    red = OPTIONS["body"][4]
    assert some.rows({"body": red}).tolist() == [0, 1, 3]
    assert some.rows({"body": red, "facing": "left"}).tolist() == [0, 3]
    assert shows(values, {"facing": "right"}).tolist() == [False, True, False, False]


@pytest.mark.parametrize("wanted, expected", [({"colour": "red"}, "colour"), ({"body": "beige"}, "beige")])
def test_what_cannot_be_asked_is_refused_with_what_can(wanted, expected):
    with pytest.raises(ValueError, match=f"got '{expected}'; choose one"):
        bank(linear, 20).rows(wanted)


def test_values_are_the_most_likely_ones():
    tables = {factor: np.eye(len(values))[[1, 0]] for factor, values in OPTIONS.items() if factor != "body"}
    found = latent.values_of(Readings(tables, np.zeros((2, 3))))
    assert list(found) == list(OPTIONS) and all(column.tolist() == [1, 0] for column in found.values())


def test_a_question_says_what_its_terms_and_its_target_show():
    assert ASKED.terms == ({"body": "red", "facing": "left"}, {"body": "blue", "facing": "left"},
                           {"body": "blue", "facing": "right"})
    assert ASKED.target == {"body": "red", "facing": "right"}
    assert decoded(code(ASKED)) == ASKED


def test_questions_have_exemplars_enough_and_exemplars_show_their_terms():
    some = bank(linear)
    asked = questions(some, "background", "facing", 50)
    terms = exemplars(some, asked)
    assert terms.shape == (3, 50, max(EXEMPLARS), DIM)
    for number in range(3):
        for noise, question in zip(terms[number], asked):
            assert question.new != question.old and question.here != question.there
            assert shows(linear(noise), question.terms[number]).all() and len(noise.unique(dim=0)) == len(noise)


def test_without_exemplars_there_is_no_question():
    assert questions(bank(linear, 15), "body", "facing", 5) == []


def test_dcg13_where_values_are_directions_sums_hit_and_more_exemplars_hit_more():
    some = bank(linear)
    found = judge(linear, some, questions(some, "background", "facing", 200))
    rates = [found[f"background and facing, n = {count}"]["value"] for count in EXEMPLARS]
    assert rates[0] < rates[1] < rates[2] and rates[2] > 0.9
    assert found["background and facing, n = 10, over random"]["low"] > 0.5
    assert found["background and facing, random"]["value"] == pytest.approx(1 / 12, abs=0.01)
    assert found["background and facing, unrelated"]["value"] < 0.2
    for count in EXEMPLARS:                     # a longest direction stays longest when all are stretched
        assert found[f"background and facing, n = {count}, usual length"]["value"] == rates[EXEMPLARS.index(count)]


def test_where_neighbours_have_nothing_in_common_sums_are_no_better_than_chance():
    some = bank(scattered)
    found = judge(scattered, some, questions(some, "background", "facing", 300))
    for count in EXEMPLARS:
        score = found[f"background and facing, n = {count}, over random"]
        assert score["low"] < 0.02 and score["value"] < 0.06


def test_a_hit_needs_both_values():
    values = {"body": np.array([4, 4, 8, 8]), "facing": np.array([1, 0, 1, 0])}
    asked = [ASKED._replace(new=OPTIONS["body"][4], old=OPTIONS["body"][0])] * 4
    assert hit(values, asked).tolist() == [1, 0, 0, 0]
    assert hit(values, asked, "moved").tolist() == [1, 1, 0, 0]
    assert hit(values, asked, "kept").tolist() == [1, 0, 1, 0]


def test_questions_with_the_same_values_are_drawn_together():
    """Ten questions, all the same: their mean says nothing about others, so the interval is not that of ten."""
    hits = np.array([0.0, 1.0] * 5)
    same = dcgan_arithmetic.over_questions(hits, [ASKED] * 10)
    assert same["low"] == same["value"] == same["high"] == 0.5


def test_the_whole_study_of_sums_and_what_it_stores(monkeypatch):
    stub = SimpleNamespace(noise=lambda count, seed: torch.randn(count, DIM, generator=runtime.generator(seed)))
    monkeypatch.setattr(NoisePainter, "shipped", classmethod(lambda cls: stub))
    monkeypatch.setattr(dcgan_arithmetic, "look_at", lambda painter, noise: linear(noise))
    found = dcgan_arithmetic.study_arithmetic("smoke", (0,))
    monkeypatch.setattr(dcgan_arithmetic, "arrays", lambda name: found.arrays)
    stored = dcgan_arithmetic.stored_bank(stub)
    torch.testing.assert_close(stored.noise, stub.noise(400, dcgan_arithmetic.SEED))
    for factor, values in linear(stored.noise).items():
        np.testing.assert_array_equal(stored.values[factor], values)
    asked = dcgan_arithmetic.stored_questions()
    assert ("background", "facing") in {(question.moved, question.kept) for question in asked}
    assert found.measures["wing and belly, questions"]["value"] == 0        # 400 pictures have too few of 121 kinds
    assert "wing and belly, random" not in found.measures
    assert STUDIES["dcgan_arithmetic"].function == "study_arithmetic"


def test_noises_are_drawn_and_read(painter):
    values = partial(dcgan_arithmetic.look_at, painter)(painter.noise(5, 0))
    assert set(values) == set(OPTIONS) and all(column.shape == (5,) for column in values.values())
