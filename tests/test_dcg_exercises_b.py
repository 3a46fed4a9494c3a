"""Exercises of chapter 02: its broken runs, its experiment and its quiz."""

import dcg_learners_b
import numpy as np
import pytest
import torch
from torch import nn

from t2ilib import exercises, runtime
from t2ilib.exercises import dcg_diagnosis, dcg_experiment, dcg_worlds
from t2ilib.exercises.answers.dcg_diagnosis import find_cause
from t2ilib.exercises.answers.dcg_experiment import broken_guideline
from t2ilib.papers.variants.guidelines import DEFECTS, GUIDELINES, UPSAMPLINGS

CHANNELS = 3


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def marks(exercise, answer):
    return [result.mark for result in exercise.judge(answer)]


def halves(name):
    """cause -> the means of the second half, one for each seed."""
    return {cause: [case.log[name][-6:].mean() for case in dcg_diagnosis.cases() if case.cause == cause]
            for cause in dcg_worlds.CAUSES}


def world(seed=7):
    return dcg_worlds.World(runtime.generator(seed))


def features(count=dcg_worlds.BATCH, seed=3):
    return 0.1 * torch.randn(count, dcg_worlds.RUNS * CHANNELS, 4, 4, generator=runtime.generator(seed))


def of_runs(cause, values):
    """The channels of the runs with this cause, from (B, RUNS * C, h, w)."""
    channels = values.shape[1] // dcg_worlds.RUNS
    return values[:, dcg_worlds.in_channels(cause, channels).flatten()]


# The worlds


def test_a_training_is_a_function_of_its_seed_and_draws_no_random_number_of_the_learner(monkeypatch):
    monkeypatch.setattr(dcg_worlds, "STEPS", 5)
    before = torch.get_rng_state()
    first, second, other = (dcg_worlds.train(world(seed)) for seed in (7, 7, 8))
    assert np.array_equal(first, second) and not np.array_equal(first, other)
    assert first.shape == (dcg_worlds.RUNS, len(dcg_worlds.NAMES), 1)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_group_is_a_network_of_its_own():
    """What one run sees changes no answer of another one."""
    one = world()
    judge, (real, noise) = dcg_worlds.discriminator(one), one.draw()
    generator = dcg_worlds.Generator(one)
    changed, other = real.clone(), noise.clone()
    changed[:, 4] = 0
    other[:, 4 * dcg_worlds.NOISE:5 * dcg_worlds.NOISE] = 0
    same = (judge(real) == judge(changed)).all(0)
    assert same.tolist() == [run != 4 for run in range(dcg_worlds.RUNS)]
    drawn = (generator(noise)[0] == generator(other)[0]).all(3).all(2).all(0)
    assert drawn.tolist() == [run != 4 for run in range(dcg_worlds.RUNS)]


def test_sides_double_and_halve():
    one = world()
    real, noise = one.draw()
    fakes, inner = dcg_worlds.Generator(one)(noise)
    assert fakes.shape == real.shape == (dcg_worlds.BATCH, dcg_worlds.RUNS, 8, 8) and inner.shape[2:] == (2, 2)
    assert dcg_worlds.discriminator(one)(real).shape == (dcg_worlds.BATCH, dcg_worlds.RUNS)
    assert fakes.abs().max() < 1


@pytest.mark.parametrize("cause, epsilon", [("healthy", 1e-5), ("epsilon 0.8", 0.8)])
def test_the_normalisation_is_that_of_pytorch(cause, epsilon):
    """`BatchNorm2d(channels, 0.8)` does what the second cause says."""
    norm, given = dcg_worlds.Norm(world(), CHANNELS), features()
    theirs = nn.BatchNorm2d(given.shape[1], epsilon)
    with torch.no_grad():
        theirs.weight.copy_(norm.scale.flatten())
        ours, right = norm(given), theirs(given)
    assert torch.allclose(of_runs(cause, ours), of_runs(cause, right), atol=1e-4)
    others = [other for other in dcg_worlds.CAUSES if other != cause and "scales" not in other]
    assert any(not torch.allclose(of_runs(other, ours), of_runs(other, right), atol=0.1) for other in others)


def test_scales_begin_around_1_and_in_one_kind_of_run_around_0():
    scales = dcg_worlds.Norm(world(), 50).scale.detach()
    for cause in dcg_worlds.CAUSES:
        own = of_runs(cause, scales)
        assert own.mean().item() == pytest.approx(float(cause != "scales around 0"), abs=0.01)
        assert own.std().item() == pytest.approx(0.02, rel=0.2)


def test_real_and_fake_share_statistics_in_one_kind_of_run_only():
    """Another half beside it changes what becomes of a half, there and nowhere else."""
    norm, real = dcg_worlds.Norm(world(), CHANNELS), features()
    with torch.no_grad():
        beside = [norm(torch.cat([real, fake]))[:len(real)] for fake in (features(seed=4), features(seed=5) + 3)]
    for cause in dcg_worlds.CAUSES:
        same = torch.allclose(*(of_runs(cause, one) for one in beside), atol=1e-5)
        assert same == (cause != "one batch for both"), cause


def test_a_normalisation_too_many_acts_in_one_kind_of_run_only():
    given = features()
    with torch.no_grad():
        got = dcg_worlds.NormTooMany(world(), CHANNELS)(given)
    for cause in dcg_worlds.CAUSES:
        assert torch.equal(of_runs(cause, got), of_runs(cause, given)) == (cause != "norm everywhere")


def test_real_pictures_are_in_another_range_in_one_kind_of_run_only():
    real, _ = world().draw()
    for cause in dcg_worlds.CAUSES:
        assert of_runs(cause, real).min().item() == (0 if cause == "pictures from 0 to 1" else -1)


# The diagnosis


def test_the_signs_of_each_cause():
    _, fake, alone, real, contrast, size = map(halves, dcg_worlds.NAMES)
    assert max(real["healthy"]) < -0.3 < 0.2 < min(real["pictures from 0 to 1"])
    assert max(fake["one batch for both"]) < 0.2 and min(alone["one batch for both"]) > 0.5
    assert max(alone["healthy"]) < min(fake["healthy"]) + 0.1
    assert min(contrast["norm everywhere"]) > 0.5 > max(contrast["epsilon 0.8"])
    assert max(size["scales around 0"]) < 0.15 < 0.2 < min(size["epsilon 0.8"])
    assert max(size["epsilon 0.8"]) < 0.5 < 0.6 < min(size["healthy"])


def test_what_the_signs_say_of_the_beginning():
    """Fakes of a normalisation at the end have contrast at once; all others are pale at first."""
    for case in dcg_diagnosis.cases():
        assert (case.log["contrast of fakes"][0] > 0.4) == (case.cause == "norm everywhere")


@pytest.mark.parametrize("name", dcg_worlds.NAMES)
def test_no_single_number_tells_the_causes(name):
    """For each of the six there are two causes whose halves overlap."""
    own = halves(name)
    assert any(min(own[a]) <= max(own[b]) and min(own[b]) <= max(own[a]) for a in own for b in own if a < b)


def test_a_learner_sees_one_log_of_each_cause_and_is_judged_on_others():
    shown = dcg_diagnosis.shown()
    assert tuple(shown) == dcg_worlds.CAUSES and all(find_cause(log) == cause for cause, log in shown.items())

    def by_heart(log):
        return next((cause for cause, one in shown.items() if np.array_equal(one["D(real)"], log["D(real)"])),
                    "healthy")

    assert all(by_heart(log) == cause for cause, log in shown.items())
    assert "NO" in marks(dcg_diagnosis.find_cause, by_heart)


def test_an_answer_cannot_spoil_the_logs():
    def spoils(log):
        for values in log.values():
            values[:] = 7
        log.clear()
        return "healthy"

    marks(dcg_diagnosis.find_cause, spoils)
    assert all((values != 7).any() for case in dcg_diagnosis.cases() for values in case.log.values())


def test_the_solution_holds_for_trainings_that_no_check_asks_for():
    logs = dcg_worlds.train(world(1))
    causes = [cause for cause in dcg_worlds.CAUSES for _ in range(dcg_worlds.SEEDS)]
    told = [find_cause(dict(zip(dcg_worlds.NAMES, log))) for log in logs]
    assert np.mean([a == b for a, b in zip(told, causes)]) >= 0.95


# The experiment, with its real trials


@pytest.fixture
def short(monkeypatch):
    """Trials of two steps, and none that were kept."""
    monkeypatch.setattr(dcg_experiment, "RECIPE", dcg_experiment.replace(dcg_experiment.RECIPE, steps=2))
    dcg_experiment._trial.cache_clear()
    yield dcg_experiment.trial
    dcg_experiment._trial.cache_clear()


def test_a_trial_is_a_function_of_its_seed_and_draws_no_random_number_of_the_learner(short):
    before = torch.get_rng_state()
    first = short("no tanh", 4)
    dcg_experiment._trial.cache_clear()
    assert first == short("no tanh", 4) != short("no tanh", 5)
    assert tuple(first) == dcg_experiment.NUMBERS and torch.equal(torch.get_rng_state(), before)


def test_each_change_is_another_game(short):
    """And all of them can be played; the usual game has no other name among the changes."""
    usual = short("as published", 1)
    assert set(dcg_experiment.CHANGES) == {*GUIDELINES, *DEFECTS, *UPSAMPLINGS} - {"as published",
                                                                                   "transposed convolution"}
    assert all(short(change, 1) != usual for change in dcg_experiment.CHANGES)
    assert short("transposed convolution", 1) == usual


def test_what_a_learner_does_to_a_result_is_not_kept(short):
    short("as published", 1).clear()
    assert len(short("as published", 1)) == len(dcg_experiment.NUMBERS)


@pytest.mark.parametrize("change", ["no relu", "", None, 3])
def test_another_change_is_refused(short, change):
    with pytest.raises(ValueError, match="the change should be one of as published, max pooling in D, .*, got "):
        short(change, 0)


def test_numbers_of_a_trial_find_what_was_planted():
    """A player that draws real pictures, and one that draws dots beyond 1."""
    squares = dcg_experiment.Squares(3)

    class Planted(nn.Module):
        def __init__(self, change):
            super().__init__()
            self.change, self.discriminator = change, lambda pictures: pictures.new_zeros(len(pictures))

        def generate(self, batch):
            return self.change(batch.real)

    honest = dcg_experiment._measured(Planted(lambda real: real.roll(1, dims=0)), squares)
    assert honest["dots"] == pytest.approx(1, rel=1e-5) and honest["beyond 1"] == 0 == round(honest["distance"], 5)
    assert honest["D(real)"] == honest["D(fake)"] == 0.5
    board = (torch.arange(16)[:, None] + torch.arange(16)) % 2 * 2.5
    dotted = dcg_experiment._measured(Planted(lambda real: real + board), squares)
    assert dotted["dots"] > 100 and dotted["beyond 1"] > 0.4 and dotted["distance"] > 0.5
    same = dcg_experiment._measured(Planted(lambda real: real[:1].expand_as(real)), squares)
    assert same["variety"] == 0 < honest["variety"]


@pytest.mark.slow
def test_the_experiment_of_the_solution_holds():
    results = dcg_experiment.broken_guideline.judge(broken_guideline)
    assert [result.mark for result in results] == ["OK"] * len(results), results


def test_the_quick_trial_of_the_tests_has_the_numbers_of_the_real_one():
    assert tuple(dcg_learners_b.trial("no tanh", 0)) == dcg_experiment.NUMBERS == dcg_learners_b.NUMBERS


# The quiz


def test_the_quiz_asks_eight_questions_with_one_right_choice_each():
    questions = exercises.dcg_quiz.quiz.questions
    assert len(questions) == 8
    assert all(sum(choice.right for choice in question.choices) == 1 for question in questions)
    places = [[choice.right for choice in question.choices].index(True) for question in questions]
    assert sorted(set(places)) == [0, 1, 2, 3] and max(map(places.count, places)) <= 2
