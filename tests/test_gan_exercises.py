"""Exercises of chapter 01: what their checks rest on. What learners answer is in `gan_learners` and `gan_steps`."""

import time

import gan_learners
import gan_steps
import numpy as np
import pytest
import torch

from t2ilib import exercises, studies
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import likely, not_one, number, numbers, wrong_form, wrong_numbers
from t2ilib.studies import broken

CHAPTER = [value for module in dir(exercises) if module.startswith("gan_")
           for value in vars(getattr(exercises, module)).values() if isinstance(value, Exercise)]


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def test_the_chapter_is_whole():
    assert len(CHAPTER) >= 9
    assert {exercise.id for exercise in CHAPTER} == set(gan_learners.RIGHT) | set(gan_steps.RIGHT)
    assert all(len((gan_learners.MISTAKES | gan_steps.MISTAKES)[exercise.id]) >= 4 for exercise in CHAPTER)
    assert len(gan_steps.MISTAKES["gan_training.training_step"]) >= 10
    assert len(gan_steps.RIGHT["gan_training.training_step"]) >= 3


# The formulas


@pytest.mark.parametrize("logit, ratio", [(-4.0, 54.6), (-8.0, 2981)])
def test_gan_14_ratio_of_the_slopes(logit, ratio):
    from t2ilib.exercises.answers.gan_value import generator_slopes

    saturating, other = generator_slopes(np.array([logit]))
    assert other / saturating == pytest.approx(ratio, rel=1e-3)


# The diagnosis


def test_a_learner_sees_one_run_of_each_cause_and_is_judged_on_others():
    shown = exercises.gan_diagnosis.shown()
    assert tuple(shown) == broken.CAUSES and {run.seed for run in shown.values()} == {0}
    judged = []
    exercises.gan_diagnosis.find_cause.judge(lambda log, samples, real: judged.append(samples.sum()) or "healthy")
    assert not {float(run.samples.sum()) for run in shown.values()} & set(map(float, judged))


def test_knowing_the_shown_runs_by_heart_is_not_enough():
    shown = exercises.gan_diagnosis.shown()

    def by_heart(log, samples, real):
        return next((cause for cause, run in shown.items() if np.array_equal(run.samples, samples)), "healthy")

    assert "NO" in [result.mark for result in exercises.gan_diagnosis.find_cause.judge(by_heart)]


def test_an_answer_cannot_spoil_the_runs():
    before = [run.samples.copy() for run in broken.load()]

    def spoils(log, samples, real):
        samples[:] = 0
        log["G: fake"][:] = 0
        return "healthy"

    exercises.gan_diagnosis.find_cause.judge(spoils)
    assert all(np.array_equal(a, run.samples) for a, run in zip(before, broken.load()))
    assert any(run.log["G: fake"].any() for run in broken.load())


def test_missing_runs_are_a_line_with_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setattr(broken, "load", broken.load.__wrapped__)
    first, *_ = exercises.gan_diagnosis.find_cause.judge(lambda log, samples, real: "healthy")
    assert first.mark == "NO" and "FileNotFoundError" in first.text


# The experiment, with its real trials


def test_a_trial_is_a_function_of_rate_and_seed():
    trial = exercises.gan_experiment.trial.__wrapped__
    assert trial(0.005, 0) == trial(0.005, 0) != trial(0.005, 1)


def test_a_trial_with_no_rate_to_speak_of_stays_at_the_start():
    far = exercises.gan_experiment.trial(1e-9, 0)
    assert far == pytest.approx(exercises.gan_experiment.FAR, abs=0.7)
    assert exercises.gan_experiment.trial(0.005, 0) < exercises.gan_experiment.ARRIVED < far


def test_numbers_that_are_not_finite_are_far_away(monkeypatch):
    monkeypatch.setattr(exercises.gan_experiment, "STEPS", 110)
    assert exercises.gan_experiment.trial.__wrapped__(1e30, 0) > 1e3


@pytest.mark.slow
def test_the_experiment_of_the_solution_holds():
    started = time.process_time()
    from t2ilib.exercises.answers.gan_experiment import breaking_rate

    results = exercises.gan_experiment.breaking_rate.judge(breaking_rate)
    assert [result.mark for result in results] == ["OK"] * len(results), results
    print(f"{time.process_time() - started:.1f} s of processor time")


# Comparing


@pytest.mark.parametrize("got", [0.5, [0.5], np.float32(0.5), torch.tensor(0.5, requires_grad=True), np.array([[0.5]])])
def test_one_number_comes_in_many_forms(got):
    assert number(got) == 0.5 and not_one(got, "") is None and numbers(got).dtype == float


@pytest.mark.parametrize("got, words", [(None, "is there a `return`?"), ([1, 2], "got 2 of them - add them up")])
def test_none_or_several_numbers_are_named(got, words):
    assert words in str(not_one(got, "add them up"))


def test_numbers_are_compared_and_known_mistakes_named():
    assert wrong_numbers([1.0, 2.0], [1, 2], {}, "other") is None
    assert wrong_numbers([2.0], [1], {2.0: "doubled"}, "other") == Wrong([1], [2.0], "doubled")
    assert wrong_numbers([3.0], [1], {2.0: "doubled"}, "other").mistake == "other"
    assert wrong_numbers(None, [1], {}, "other").got == "nothing"
    assert wrong_numbers([1.0, 1.0], 1.0, {}, "other").got == "shape (2,)"
    assert likely(np.array([2.0]), {1.0: "a", 2.0: "b"}) == "b" and likely(np.array([5.0]), {}) == ""


@pytest.mark.parametrize("got, wrong", [([1, 2], False), (torch.ones(2), False), ([1, 2, 3], True), (None, True),
                                        (1, True)])
def test_forms_are_compared(got, wrong):
    assert bool(wrong_form(got, (2,))) == wrong
