"""Exercises of chapter 05, second half: what their checks rest on. What learners answer is in `cls_learners_b`."""

import cls_learners_b
import numpy as np
import pytest
import torch

from t2ilib import exercises, runtime
from t2ilib.blocks import replicate
from t2ilib.data.text_batches import draw_other_class
from t2ilib.exercises import Exercise, cls_diagnosis, cls_experiment, cls_worlds
from t2ilib.exercises.answers import cls_measure, cls_reading
from t2ilib.exercises.answers.cls_diagnosis import find_cause
from t2ilib.metrics import pair_answers, paths

OWN = ("cls_reading", "cls_measure", "cls_diagnosis", "cls_experiment")
HALF = [value for module in OWN for value in vars(getattr(exercises, module)).values() if isinstance(value, Exercise)]


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def marks(exercise, answer):
    return [result.mark for result in exercise.judge(answer)]


def test_the_half_is_whole():
    assert {exercise.id for exercise in HALF} == set(cls_learners_b.RIGHT) == set(cls_learners_b.MISTAKES)
    assert all(len(cls_learners_b.MISTAKES[exercise.id]) >= 8 for exercise in HALF)


# The solutions agree with the library


def test_cls_02_depth_concatenation_agrees_with_the_library():
    features = torch.randn(3, 5, 4, 4, generator=runtime.generator(0))
    text = torch.randn(3, 128, generator=runtime.generator(1))
    got = cls_reading.depth_concatenation(features, text)
    assert torch.equal(got, replicate(text, features)) and got.shape[1] == 5 + 128


def test_cls_02_the_text_reaches_a_score():
    text = torch.randn(2, 6, generator=runtime.generator(2)).requires_grad_()
    score = torch.nn.Conv2d(11, 1, kernel_size=4)
    slopes, = torch.autograd.grad(score(cls_reading.depth_concatenation(torch.zeros(2, 5, 4, 4), text)).sum(), text)
    assert slopes.abs().min() > 0


def test_cls_09_wrong_rows_agree_with_the_library():
    """The same draws in the same order, so the same numbers; and never a class by accident."""
    rng = np.random.default_rng(3)
    labels, rows = rng.integers(6, size=80), rng.integers(80, size=500)
    got = cls_reading.wrong_rows(labels, rows, runtime.generator(4))
    assert np.array_equal(got, draw_other_class(labels, rows, runtime.generator(4)))
    assert (labels[got] != labels[rows]).all()


@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.5])
def test_cls_07_auc_agrees_with_the_library(shift):
    rng = np.random.default_rng(5)
    yes, no = rng.normal(shift, 1, 60).round(1), rng.normal(0, 1, 90).round(1)      # rounded, so that some are equal
    assert len(np.intersect1d(yes, no)) and cls_measure.auc(yes, no) == pytest.approx(pair_answers.auc(yes, no))


def test_cls_29_changes_agree_with_the_library():
    rng = np.random.default_rng(6)
    pictures = rng.uniform(-1, 1, (9, 3, 16, 16))
    for _ in range(20):
        boxes = np.hstack([rng.uniform(0, 0.5, (9, 2)), rng.uniform(0.2, 0.5, (9, 2))])
        theirs = paths.bird_and_background(torch.from_numpy(pictures), boxes)
        assert cls_measure.changes(pictures, boxes) == pytest.approx([theirs.bird[-1], theirs.background[-1]])


# The diagnosis


def test_a_training_is_a_function_of_its_seed():
    first, second = (cls_worlds.train(cls_worlds.World(runtime.generator(7))) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (cls_worlds.RUNS, 4, cls_worlds.STEPS // cls_worlds.LOG_EVERY)


def test_what_is_broken_is_broken_in_its_own_worlds_only():
    world = cls_worlds.World(runtime.generator(8))
    kinds, others = world.draw(40)
    assert (kinds != others).all()
    lost = (world.texts(kinds) == 0).all(2).all(1)
    assert torch.equal(lost, cls_worlds.has("text lost")[:, 0])
    assert [int(cls_worlds.has(cause).sum()) for cause in cls_worlds.CAUSES] == [cls_worlds.SEEDS] * 6


def test_the_signs_of_cls_07_and_08():
    """Each kind of pair has its own no: without it, just this answer rises. Yes and no to one pair make one answer."""
    end = {cause: np.mean([[case.log[name][-7:].mean() for name in cls_worlds.NAMES]
                           for case in cls_diagnosis.cases() if case.cause == cause], axis=0)
           for cause in cls_worlds.CAUSES}
    healthy, naive, shifted, same, flattered, lost = end.values()
    assert healthy[0] > healthy[1] + 0.4 and naive[1] > healthy[1] + 0.1 and flattered[2] > healthy[2] + 0.2
    assert abs(shifted[0] - shifted[1]) < 0.05 and abs(same[0] - same[1]) < 0.05 and lost[0] == lost[1]
    assert healthy[3] > naive[3] and same[3] > 0.8 > 0.6 > shifted[3] and lost[3] == 0.5


def test_a_learner_sees_one_log_of_each_cause_and_is_judged_on_others():
    shown = cls_diagnosis.shown()
    assert tuple(shown) == cls_worlds.CAUSES

    def by_heart(log):
        return next((cause for cause, one in shown.items() if np.array_equal(one["AUC"], log["AUC"])
                     and np.array_equal(one["D(fake, right text)"], log["D(fake, right text)"])), "healthy")

    assert all(by_heart(log) == cause for cause, log in shown.items())
    assert "NO" in marks(cls_diagnosis.find_cause, by_heart)


def test_an_answer_cannot_spoil_the_logs():
    def spoils(log):
        for values in log.values():
            values[:] = 0
        log.clear()
        return "healthy"

    marks(cls_diagnosis.find_cause, spoils)
    assert all(values.any() for case in cls_diagnosis.cases() for values in case.log.values())


def test_the_solution_holds_for_trainings_that_no_check_asks_for():
    names = cls_worlds.NAMES
    logs = cls_worlds.train(cls_worlds.World(runtime.generator(1)))
    causes = [cause for cause in cls_worlds.CAUSES for _ in range(cls_worlds.SEEDS)]
    assert np.mean([find_cause(dict(zip(names, log))) == cause for log, cause in zip(logs, causes)]) >= 0.95


@pytest.mark.parametrize("name", cls_worlds.NAMES)
def test_no_single_number_tells_the_causes(name):
    """For each of the four there are two causes whose ends overlap."""
    ends = {cause: [case.log[name][-7:].mean() for case in cls_diagnosis.cases() if case.cause == cause]
            for cause in cls_worlds.CAUSES}
    assert any(min(ends[a]) <= max(ends[b]) and min(ends[b]) <= max(ends[a])
               for a in ends for b in ends if a < b)


# The experiment, with its real trials


@pytest.fixture
def short(monkeypatch):
    """Trials of three steps, and none that were kept."""
    monkeypatch.setattr(cls_experiment, "RECIPE", cls_experiment.replace(cls_experiment.RECIPE, steps=3))
    cls_experiment._trial.cache_clear()
    yield cls_experiment.trial
    cls_experiment._trial.cache_clear()


def test_a_trial_is_a_function_of_its_seed_and_draws_no_random_number_of_the_learner(short):
    before = torch.get_rng_state()
    first = short({"beta": None}, 4)
    cls_experiment._trial.cache_clear()
    assert first == short({"beta": None}, 4) != short({"beta": None}, 5)
    assert tuple(first) == cls_experiment.NUMBERS and torch.equal(torch.get_rng_state(), before)


def test_what_a_learner_does_to_a_result_is_not_kept(short):
    short({}, 1).clear()
    assert len(short({}, 1)) == len(cls_experiment.NUMBERS)


def test_each_setting_reaches_the_training(short):
    assert len({short(change, 2)["right colours"] + short(change, 2)["D(fake, right text)"] for change in (
        {}, {"matching": 0.0}, {"interpolation": 0.0}, {"beta": 1.0})}) == 4


def test_another_setting_is_refused(short):
    with pytest.raises(ValueError, match="a change should be of matching, interpolation, beta, got .'lr'."):
        short({"lr": 1.0}, 0)


def test_the_colour_of_a_square_is_in_the_middle_and_its_name_is_right():
    kinds, batch = cls_experiment.Birds(0).draw(50)
    middle = batch.image[:, :, 6:10, 6:10]
    assert torch.equal(middle, cls_experiment.COLOURS[kinds][:, :, None, None].expand_as(middle))
    names = cls_experiment.Birds(0).names
    assert torch.equal(torch.cdist(batch.text, names).argmin(1), kinds)
    assert (torch.cdist(batch.wrong_text, names).argmin(1) != kinds).all()


@pytest.mark.slow
def test_the_experiment_of_the_solution_holds():
    from t2ilib.exercises.answers.cls_experiment import one_setting

    results = cls_experiment.one_setting.judge(one_setting)
    assert [result.mark for result in results] == ["OK"] * len(results), results


# The quiz


def test_the_quiz_asks_eight_questions_with_one_right_choice_each():
    questions = exercises.cls_quiz.quiz.questions
    assert len(questions) == 8
    assert all(sum(choice.right for choice in question.choices) == 1 for question in questions)
    places = [[choice.right for choice in question.choices].index(True) for question in questions]
    assert sorted(set(places)) == [0, 1, 2, 3] and max(map(places.count, places)) <= 3
