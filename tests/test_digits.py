"""Handwritten digits and their measures: noise gets the floor, unseen digits the ceiling, a cheater is convicted."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from t2ilib import jobs, measuring, runtime, sample, studies, training
from t2ilib.data import digits
from t2ilib.data.digits import Digits
from t2ilib.jobs import Order
from t2ilib.metrics import digit_measures
from t2ilib.metrics.digit_measures import COPIES, HONEST
from t2ilib.metrics.statistics import Score
from t2ilib.papers import gan
from t2ilib.studies import digits as study
from t2ilib.train import Recipe
from t2ilib.training import Place

TRAIN, TEST = digits.load("train"), digits.load("test")


def two_of_different_classes(count=400):
    """Averages of two held-out digits of different classes."""
    rows = np.random.default_rng(0).integers(len(TEST.labels), size=(2, 3 * count))
    first, second = rows[:, TEST.labels[rows[0]] != TEST.labels[rows[1]]][:, :count]
    return (TEST.pixels[first] + TEST.pixels[second]) / 2


# The data


def test_the_splits_have_their_sizes_range_and_type():
    assert TRAIN.pixels.shape == (1400, 64) and TEST.pixels.shape == (397, 64)
    for part in (TRAIN, TEST):
        assert part.pixels.dtype == torch.float32
        assert part.pixels.min() == -1 and part.pixels.max() == 1
        assert len(part.labels) == len(part.pixels) and set(part.labels) == set(range(10))


def test_each_class_has_the_same_share_in_both_splits():
    shares = [np.bincount(part.labels) / len(part.labels) for part in (TRAIN, TEST)]
    assert np.abs(shares[0] - shares[1]).max() < 0.002


def test_the_splits_are_the_whole_file_without_overlap():
    whole = sorted(map(tuple, load_digits().data / 8 - 1))
    assert sorted(map(tuple, torch.cat([TRAIN.pixels, TEST.pixels]).tolist())) == whole
    assert not set(map(tuple, TRAIN.pixels.tolist())) & set(map(tuple, TEST.pixels.tolist()))


def test_the_split_is_the_one_that_the_shipped_generator_was_trained_on():
    """With another, the held-out digits would be digits it has seen."""
    assert TEST.labels[:8].tolist() == [8, 8, 1, 8, 1, 4, 8, 0]
    assert TRAIN.labels[:8].tolist() == [3, 6, 8, 4, 2, 2, 9, 1]


def test_labels_still_belong_to_their_pixels():
    known = load_digits()
    label_of = {tuple(row): label for row, label in zip(known.data / 8 - 1, known.target)}
    assert [label_of[tuple(row)] for row in TEST.pixels.tolist()] == TEST.labels.tolist()


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match='"train" or "test", got \'valid\''):
        digits.load("valid")


def test_digits_are_drawn_with_replacement_from_all_of_them():
    few = Digits(TRAIN.pixels[:5], TRAIN.labels[:5])
    drawn = few.sample(200, runtime.generator(0))
    assert drawn.shape == (200, 64)
    assert {tuple(row) for row in drawn.tolist()} == {tuple(row) for row in few.pixels.tolist()}


def test_images_are_dark_ink_on_white_and_hold_every_grey_value():
    images = digits.to_images(TEST.pixels)
    assert images.shape == (397, 8, 8, 3) and images.dtype == np.uint8
    assert (images[..., 0] == images[..., 2]).all()
    back = 1 - images[..., 0].reshape(-1, 64) / 127.5
    assert np.abs(back - TEST.pixels.numpy()).max() <= 1 / 127.5
    rows = torch.full((1, 64), -1.0)
    rows[0, 1] = 3.0                                        # second pixel of the first row; beyond full ink is full ink
    image = digits.to_images(rows)[0, ..., 0]
    assert image[0, 1] == 0 and (np.delete(image.ravel(), 1) == 255).all()


# The measures


def test_the_reader_reads_held_out_digits():
    read, _ = digit_measures.classes_read(TEST.pixels)
    assert np.mean(read == TEST.labels) > 0.97


def test_nine_of_ten_real_digits_are_recognised_one_of_ten_averages_and_no_noise():
    shares = [digit_measures.recognised(rows).value for rows in (TEST.pixels, two_of_different_classes(),
                                                                 digit_measures.static(500))]
    assert shares[0] == pytest.approx(0.9, abs=0.015)
    assert shares[1] < 0.12
    assert shares[2] == 0


def test_neither_blank_paper_nor_the_mean_digit_is_recognised():
    blank, mean = torch.full((1, 64), -1.0), TRAIN.pixels.mean(0, keepdim=True)
    assert not digit_measures.classes_read(torch.cat([blank, mean]))[1].any()


def test_held_out_digits_get_the_ceiling_of_every_measure():
    for name, score in digit_measures.measure(TEST.pixels).items():
        assert score.value == pytest.approx(score.ceiling), name
        assert score.n == 397


def test_noise_gets_the_floor():
    scores = digit_measures.measure(digit_measures.static())
    assert scores["recognised"].value == scores["recognised"].floor == 0
    assert scores["frechet"].value == scores["frechet"].floor > 20 * scores["frechet"].ceiling
    assert scores["classes"].value == 0


def test_the_frechet_distance_does_not_depend_on_how_many_are_drawn():
    few, many = (digit_measures.frechet(torch.cat([TEST.pixels, more])) for more in (TEST.pixels[:0], TRAIN.pixels))
    assert few == many and few.n == 397


def test_one_digit_again_and_again_is_one_class():
    recognised = digit_measures.classes_read(TEST.pixels)[1]
    repeated = TEST.pixels[recognised][:1].expand(300, -1)
    score = digit_measures.classes(repeated)
    assert (score.value, score.low, score.high) == (1, 1, 1) and score.ceiling == 10
    assert digit_measures.recognised(repeated).value == 1       # a single measure is easily pleased
    assert digit_measures.frechet(repeated).value > 10 * digit_measures.frechet(TEST.pixels).value


def test_a_class_counts_from_a_fifth_of_its_share_on():
    read = np.repeat(np.arange(10), [100] * 8 + [17, 15])       # a fifth of a tenth of 832 is 16.6
    everything = np.ones(len(read), bool)
    assert digit_measures.classes_drawn(read, everything) == 9
    assert digit_measures.classes_drawn(read, everything & (read < 8)) == 8
    assert digit_measures.classes_drawn(read, ~everything) == 0
    few = np.arange(len(read)) % 10 == 0                        # 2 of each of the last two classes; the border is 1.68
    assert digit_measures.classes_drawn(read, few) == 10


def test_the_interval_of_the_classes_holds_the_middle_95_percent(monkeypatch):
    """The last class is there twice in fifty: one resample in eight lacks it, and other classes hardly ever."""
    read = np.append(np.repeat(np.arange(9), [6] * 3 + [5] * 6), [9, 9])
    monkeypatch.setattr(digit_measures, "classes_read", lambda pixels: (read, np.ones(len(read), bool)))
    score = digit_measures.classes(torch.zeros(len(read), 64))
    assert (score.low, score.value, score.high) == (9, 10, 10)


@pytest.mark.parametrize(("rows", "message"), [
    (torch.zeros(3, 8, 8), r"should be \(N, 64\), got shape \(3, 8, 8\); flatten"),
    (torch.full((3, 64), 16.0), r"in \[-1, 1\], got 16.0 to 16.0; divide"),
    (torch.full((3, 64), float("nan")), r"in \[-1, 1\], got nan"),
])
def test_other_shapes_and_ranges_are_refused(rows, message):
    with pytest.raises(ValueError, match=message):
        digit_measures.measure(rows)


# Copies


def test_the_nearest_training_digit_is_the_one_of_least_distance():
    found = digit_measures.nearest(TEST.pixels[:20])
    every = (TEST.pixels[:20, None] - TRAIN.pixels[None]).square().sum(2).sqrt()
    assert np.array_equal(found.index, every.argmin(1))
    assert np.allclose(found.distance, every.amin(1), atol=1e-5)


def test_a_training_digit_is_its_own_neighbour_at_distance_zero():
    for search in digit_measures.TESTS.values():
        found = search(TRAIN.pixels[30:60])
        assert found.index.tolist() == list(range(30, 60)) and found.distance.max() < 1e-9


@pytest.mark.parametrize("move", [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1)])
def test_the_second_test_finds_a_digit_moved_in_any_direction(move):
    source = np.arange(0, 200)
    grid = torch.full((200, 10, 10), -1.0)
    grid[:, 1 + move[0]:9 + move[0], 1 + move[1]:9 + move[1]] = TRAIN.pixels[:200].view(-1, 8, 8)
    moved = grid[:, 1:9, 1:9].flatten(1)
    found = digit_measures.nearest_moved(moved)
    assert found.distance.max() < 1e-9
    assert np.mean(found.index == source) > 0.98            # a lost row may make two digits equal


def test_a_distance_is_scaled_to_a_whole_digit():
    one, other = torch.full((1, 64), -1.0), Digits(torch.full((1, 64), 1.0), np.zeros(1))
    for search in digit_measures.TESTS.values():
        assert search(one, other).distance[0] == pytest.approx(16)


def test_the_planted_cheater_hands_out_training_digits_moved_by_one_pixel():
    made, source = digit_measures.cheater(50, seed=1)
    original = TRAIN.pixels[torch.from_numpy(source)].view(-1, 8, 8)
    made = made.view(-1, 8, 8)
    right = (made[:, :, 1:] == original[:, :, :-1]).flatten(1).all(1)
    left = (made[:, :, :-1] == original[:, :, 1:]).flatten(1).all(1)
    assert (right | left).all() and 0.2 < right.float().mean() < 0.8
    assert len(set(source.tolist())) == 50


def test_the_pixel_test_clears_the_cheater_and_the_second_one_convicts_it():
    made, source = digit_measures.cheater()
    scores = digit_measures.nearest_ratios(made)
    assert digit_measures.source_found(made, source, "pixels") < digit_measures.CLEARED
    assert scores["pixels"].low >= digit_measures.HONEST_RATIO
    assert digit_measures.verdict(scores, ("pixels",)) == HONEST
    assert digit_measures.source_found(made, source, "moved") >= digit_measures.CONVICTED
    assert scores["moved"].high < 0.01 and scores["copied"].value == 1
    assert digit_measures.verdict(scores) == COPIES


def test_who_hands_out_training_digits_as_they_are_fails_both_tests():
    scores = digit_measures.nearest_ratios(TRAIN.pixels[:300])
    assert digit_measures.verdict(scores, ("pixels",)) == digit_measures.verdict(scores) == COPIES


def test_a_tenth_of_copies_among_fresh_digits_convicts():
    mixed = torch.cat([TEST.pixels[:270], digit_measures.cheater(30)[0]])
    scores = digit_measures.nearest_ratios(mixed)
    assert scores["copied"].value == pytest.approx(0.1)
    assert digit_measures.verdict(scores) == COPIES


def test_a_copy_is_nearer_than_half_of_what_real_digits_keep():
    real = np.linspace(1.0, 3.0, 1001)                          # 99 % keep 1.02
    score = digit_measures.copied(np.array([0.0, 0.50, 0.52, 1.5]), real)
    assert score.value == 0.5 and score.ceiling == 0


def ratios(pixels=(1.0, 1.0), moved=(1.0, 1.0), copied=(0.0, 0.0)):
    """Scores with these intervals, their value in the middle."""
    ends = {"pixels": pixels, "moved": moved, "copied": copied}
    return {name: Score((low + high) / 2, 100, low, high, 1.0, 0.0) for name, (low, high) in ends.items()}


@pytest.mark.parametrize("scores, word", [
    (ratios(), HONEST), (ratios(pixels=(0.6, 0.79)), COPIES), (ratios(moved=(0.6, 0.79)), COPIES),
    (ratios(pixels=(0.7, 0.81), moved=(0.7, 0.81)), HONEST),    # an interval that holds the bound may be chance
    (ratios(copied=(0.021, 0.06)), COPIES), (ratios(copied=(0.01, 0.2)), HONEST)])
def test_the_whole_interval_has_to_convict(scores, word):
    assert digit_measures.verdict(scores) == word
    by_pixels = COPIES if scores["pixels"].high < digit_measures.HONEST_RATIO else HONEST
    assert digit_measures.verdict(scores, ("pixels",)) == by_pixels


def test_held_out_digits_are_cleared_by_both():
    half = digit_measures.nearest_ratios(TEST.pixels[::2])
    assert half["copied"].value == 0
    assert digit_measures.verdict(half) == digit_measures.verdict(half, ("pixels",)) == HONEST


# The job


def test_the_job_trains_on_the_training_digits():
    prepared = jobs.prepare_gan(Order("gan", "smoke", seed=3))
    assert torch.equal(prepared.batches.source.pixels, TRAIN.pixels) and prepared.batches.seed == 3
    assert prepared.world == {"name": digits.NAME, "split": "train", "images": 1400} and prepared.size == 8


def test_the_study_trains_what_the_command_trains(tmp_path):
    config, recipe = gan.RECIPES["steady"]["smoke"]
    path = training.train(Order("gan", "smoke", seed=1), Place(tmp_path, device="cpu"))
    shipped, ours = sample.load_gan(str(path)), study.train(config, recipe, 1)
    for one, other in ((shipped.generator, ours.average.module), (shipped.discriminator, ours.task.discriminator)):
        pairs = zip(one.parameters(), other.parameters(), strict=True)
        assert all(torch.equal(first, second.half().float()) for first, second in pairs)    # a file has half precision


def test_the_pictures_of_a_training_are_dark_ink_on_white_by_the_averaged_generator():
    held = Held()
    held.place = nn.Parameter(torch.zeros(1))                   # it is asked on which device it lives
    state = SimpleNamespace(task=SimpleNamespace(config=gan.Config()), average=SimpleNamespace(module=held))
    drawn = jobs.digit_picture(state)
    assert drawn.shape == (8, 8, 3, 8, 8)
    assert all(torch.equal(drawn[:, :, colour].reshape(64, 64), -TEST.pixels[:64]) for colour in range(3))


def test_the_card_compares_with_digits_that_nobody_trained_on(monkeypatch):
    asked = []
    monkeypatch.setattr(sample, "load_gan", lambda name: SimpleNamespace(config=gan.Config(), generator=Held()))
    monkeypatch.setattr(measuring, "jury", lambda *sets: asked.append(sets) or ratios()["pixels"])
    monkeypatch.setattr(measuring.cost, "measure", lambda *_: ratios()["pixels"])
    card = measuring.digit_gan(Path("gan"), "smoke", 1)
    (real, fake), = asked
    assert np.array_equal(real, TEST.pixels) and np.array_equal(fake, TEST.pixels)     # as many of one as of the other
    assert card["recognised"]["n"] == 400 and card["memorisation"] == HONEST
    assert set(card) >= {"classes", "frechet", "pixels", "moved", "copied", "fresh discriminator", "cost"}


# The study


def tiny(steps=20):
    return gan.Config(g_hidden=(8,), d_hidden=(8,)), Recipe(steps=steps, batch=8, precision="32-true", log_every=2)


def test_a_training_is_a_function_of_its_seed_and_the_caller_s_random_state_stays():
    first, other = (study.train(*tiny(), seed) for seed in (1, 2))
    torch.manual_seed(99)
    before = torch.get_rng_state()
    again = study.train(*tiny(), 1)
    assert torch.equal(torch.get_rng_state(), before)
    drawn = [study.draw(state.average, 32, 5) for state in (first, again, other)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])


def test_a_film_has_the_start_and_the_end_and_is_dense_early():
    config, recipe = tiny(steps=200)
    film = study.Film(config, recipe)
    study.train(config, recipe, 0, film)
    kept = film.arrays()
    assert kept["steps"][:3].tolist() == [0, 2, 4] and kept["steps"][-1] == 200
    assert set(kept["steps"].tolist()) == film.steps
    gaps = np.diff(kept["steps"])
    assert gaps[-1] == gaps.max() > 10 * gaps[0]
    assert kept["samples"].shape == (len(gaps) + 1, 16, 64) and kept["samples"].dtype == np.uint8
    assert np.isnan(kept["log"][0]).all() and np.isfinite(kept["log"][1:]).all()
    assert kept["log"].shape[1] == len(study.LOGGED)


def test_watching_does_not_change_a_training():
    config, recipe = tiny()
    watched = study.train(config, recipe, 0, study.Film(config, recipe))
    alone = study.train(config, recipe, 0)
    assert torch.equal(study.draw(watched.average, 32, 5), study.draw(alone.average, 32, 5))


@pytest.mark.parametrize(("steps", "log_every"), [(4, 1), (20, 20), (1500, 20), (20_000, 20)])
def test_filmed_steps_are_logged_steps(steps, log_every):
    filmed = study.filmed_steps(Recipe(steps=steps, log_every=log_every))
    assert {0, steps} <= filmed and max(filmed) == steps and len(filmed) <= study.SNAPSHOTS + 1
    assert all(step % log_every == 0 for step in filmed)


def test_coded_digits_come_back():
    back = study.decoded(study.coded(TEST.pixels))
    assert (back - TEST.pixels).abs().max() <= 1 / 255 + 1e-6
    assert study.coded(torch.tensor([-1.0, 0.0, 1.0])).tolist() == [0, 128, 255]


def log_of(*losses):
    return [{"step": 20 * (i + 1), "D: real": loss / 2, "D: fake": loss / 2} for i, loss in enumerate(losses)]


def test_a_discriminator_has_won_after_two_hundred_steps_running():
    assert study.crushed(log_of(1.0, *[0.005] * 11))
    assert not study.crushed(log_of(1.0, *[0.005] * 10))
    assert not study.crushed(log_of(*[0.005] * 8, 0.02, *[0.005] * 8))
    assert not study.crushed(log_of(*[0.011] * 40))


class Blank(nn.Module):
    """A generator that learned nothing."""

    def forward(self, noise):
        return noise.new_full((len(noise), 64), 1.0)


def outcome(monkeypatch, generator, history):
    state = type("State", (), {"task": type("Game", (), {"generator": generator}), "history": history})
    monkeypatch.setattr(study, "train", lambda *_: state)
    return study.try_rate(2e-4, 0, 20)


class Held(nn.Module):
    """A generator as good as real digits."""

    def forward(self, noise):
        return TEST.pixels[torch.arange(len(noise)) % len(TEST.pixels)]


def test_a_run_fails_by_each_of_the_three_rules_and_only_by_them(monkeypatch):
    calm, beaten = log_of(*[1.0] * 20), log_of(*[0.001] * 20)
    assert outcome(monkeypatch, Held(), calm)[:2] == (False, "")
    assert outcome(monkeypatch, Blank(), calm)[:2] == (True, "far from digits")
    assert outcome(monkeypatch, Held(), beaten)[:2] == (True, "D won")

    def breaks(*_):
        raise FloatingPointError

    monkeypatch.setattr(study, "train", breaks)
    assert study.try_rate(2e-2, 0, 20)[:2] == (True, "not finite")


def test_the_studies_run_small(monkeypatch):
    config, recipe = gan.RECIPES["steady"]["smoke"]
    assert recipe.steps <= 20 and config.g_hidden == (32,)
    findings = study.study_digits("smoke", (0, 1))
    expected = {"recognised", "classes", "frechet", "pixels", "moved", "copied", "fresh", "cheater_pixels",
                "cheater_moved", "cheater_found_pixels", "cheater_found_moved"}
    assert expected == set(findings.measures)
    assert findings.measures["cheater_found_moved"]["low"] >= digit_measures.CONVICTED
    assert findings.arrays["steps"][-1] == recipe.steps == findings.steps
    outcomes = {2e-2: (True, "D won"), 2e-4: (False, "")}
    monkeypatch.setattr(study, "try_rate", lambda rate, seed, steps: study.Outcome(
        *outcomes.get(rate, (seed == 0, "")), 1.0, np.zeros((16, 64), np.uint8)))
    rates = study.study_rates("smoke", (0, 1))
    assert rates.measures["failed_0.02"]["value"] == 1 and rates.measures["failed_0.0002"]["value"] == 0
    assert rates.measures["excess"]["low"] == 1 and rates.measures["failed_2e-05"]["value"] == 0.5
    assert len(rates.measures["failures"]["rows"]) == 8 and rates.arrays["samples"].shape == (4, 2, 16, 64)


def test_the_study_measures_the_averaged_generator_against_digits_that_nobody_trained_on(monkeypatch):
    asked = []
    state = SimpleNamespace(average=Held(), task=SimpleNamespace(generator=Blank()))
    monkeypatch.setattr(study, "train", lambda config, recipe, seed, film: state)
    monkeypatch.setattr(study, "Film", lambda *_: SimpleNamespace(arrays=dict))
    monkeypatch.setattr(study, "jury", lambda *sets: asked.append(sets) or ratios()["pixels"])
    measures = study.study_digits("smoke", (4, 5)).measures
    assert measures["recognised"]["low"] > 0.85
    assert len(asked) == 2
    assert all(np.array_equal(real, TEST.pixels) and len(fake) == 397 for real, fake in asked)
    draws = [digit_measures.nearest_ratios(digit_measures.cheater(seed=seed)[0])["pixels"].value for seed in (4, 5)]
    assert measures["cheater_pixels"]["rows"] == draws


def test_a_learning_rate_is_really_tried():
    failed = study.try_rate(2e-4, 0, 20)
    assert failed.why == "far from digits" and failed.shown.shape == (16, 64)       # 20 steps are too few for digits


@pytest.fixture(scope="module")
def stored():
    return studies.results("gan_digits")


def test_the_stored_digits_are_digits_of_all_classes_and_no_copies(stored):
    measures = stored["measures"]
    assert measures["recognised"]["low"] > 0.5 and measures["classes"]["low"] == 10
    assert min(measures[test]["low"] for test in digit_measures.TESTS) >= digit_measures.HONEST_RATIO
    assert measures["copied"]["high"] <= digit_measures.COPIES_BOUND


def test_the_stored_study_is_of_the_recipe_that_the_code_has(stored):
    assert stored["steps"] == gan.RECIPES["steady"][stored["profile"]][1].steps
    film = studies.arrays("gan_digits")
    assert film["steps"][-1] == stored["steps"] and len(film["samples"]) == len(film["steps"]) == len(film["log"])
