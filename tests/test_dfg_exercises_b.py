"""Exercises of chapter 09: its broken runs, its experiment and its quiz."""

import dfg_learners_b
import numpy as np
import pytest
import torch

from t2ilib import exercises, runtime
from t2ilib.exercises import dfg_diagnosis, dfg_experiment, dfg_worlds
from t2ilib.exercises.answers.dfg_diagnosis import find_cause
from t2ilib.exercises.answers.dfg_experiment import raised_weight


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def marks(exercise, answer):
    return [result.mark for result in exercise.judge(answer)]


def ends(name):
    """cause -> the means of the second half, one for each seed."""
    return {cause: [case.log[name][-8:].mean() for case in dfg_diagnosis.cases() if case.cause == cause]
            for cause in dfg_worlds.CAUSES}


# The diagnosis


def test_a_training_is_a_function_of_its_seed(monkeypatch):
    monkeypatch.setattr(dfg_worlds, "STEPS", 20)
    first, second = (dfg_worlds.train(dfg_worlds.World(runtime.generator(7))) for _ in range(2))
    assert np.array_equal(first, second) and first.shape == (dfg_worlds.RUNS, len(dfg_worlds.NAMES), 2)


def test_what_is_broken_is_broken_in_its_own_worlds_only():
    """At the start scales are 1, but in one kind of world 0; losses differ from the healthy just where they should."""
    world = dfg_worlds.World(runtime.generator(8))
    generator, judge = dfg_worlds.Generator(world), dfg_worlds.Layers(world, 12, 24, 24, 1)
    batch = world.draw()
    scale = generator.scales[0](batch.text)
    closed = dfg_worlds.has("scales from 0")[:, 0]
    assert (scale[closed] == 0).all() and (scale[~closed] == 1).all()
    for cause in dfg_worlds.CAUSES:
        assert int(dfg_worlds.has(cause).sum()) == dfg_worlds.SEEDS
    fake = generator(batch.noise, batch.text)
    broken = dfg_worlds._d_loss(judge, batch, fake)
    s_r, squares = dfg_worlds._slope(judge, batch.image, batch.text)
    s_w, s_f = dfg_worlds.answers(judge, (batch.image, batch.wrong_text), (fake, batch.text))
    relu = torch.relu
    healthy = relu(1 - s_r) + relu(1 + s_w) / 2 + relu(1 + s_f) / 2 + 2 * squares.pow(3)
    same = torch.isclose(broken, healthy, rtol=1e-4).all(1)
    assert torch.equal(same, dfg_worlds.has("healthy")[:, 0] | closed)


def test_the_signs_of_each_cause():
    right, wrong, fake, at_real, at_fakes, variety = map(ends, dfg_worlds.NAMES)
    assert min(wrong["no wrong pairs"]) > 0.5 > 0 > max(wrong["healthy"])
    assert min(at_real["no penalty"]) > 100 * max(at_real["healthy"])
    assert min(at_real["penalty at fakes"]) > max(at_real["healthy"])
    assert np.mean(at_real["penalty at fakes"]) > 1.5 * np.mean(at_fakes["penalty at fakes"])
    assert max(right["margins swapped"]) < 0 < min(fake["margins swapped"])
    assert max(variety["scales from 0"]) == 0 < min(variety["healthy"])


def test_no_noise_ever_gets_through_scales_that_began_at_0():
    for case in dfg_diagnosis.cases():
        assert (case.log["variety"] == 0).all() == (case.cause == "scales from 0")


def test_a_learner_sees_one_log_of_each_cause_and_is_judged_on_others():
    shown = dfg_diagnosis.shown()
    assert tuple(shown) == dfg_worlds.CAUSES and all(find_cause(log) == cause for cause, log in shown.items())

    def by_heart(log):
        return next((cause for cause, one in shown.items() if np.array_equal(one["MA-GP at real"],
                                                                            log["MA-GP at real"])), "healthy")

    assert all(by_heart(log) == cause for cause, log in shown.items())
    assert "NO" in marks(dfg_diagnosis.find_cause, by_heart)


def test_an_answer_cannot_spoil_the_logs():
    def spoils(log):
        for values in log.values():
            values[:] = 7
        log.clear()
        return "healthy"

    marks(dfg_diagnosis.find_cause, spoils)
    assert all((values != 7).any() for case in dfg_diagnosis.cases() for values in case.log.values())


def test_the_solution_holds_for_trainings_that_no_check_asks_for():
    logs = dfg_worlds.train(dfg_worlds.World(runtime.generator(1)))
    causes = [cause for cause in dfg_worlds.CAUSES for _ in range(dfg_worlds.SEEDS)]
    told = [find_cause(dict(zip(dfg_worlds.NAMES, log))) for log in logs]
    assert np.mean([a == b for a, b in zip(told, causes)]) >= 0.95


@pytest.mark.parametrize("name", dfg_worlds.NAMES)
def test_no_single_number_tells_the_causes(name):
    """For each of the six there are two causes whose ends overlap."""
    own = ends(name)
    assert any(min(own[a]) <= max(own[b]) and min(own[b]) <= max(own[a]) for a in own for b in own if a < b)


# The experiment, with its real trials


@pytest.fixture
def short(monkeypatch):
    """Trials of three steps, and none that were kept."""
    monkeypatch.setattr(dfg_experiment, "RECIPE", dfg_experiment.replace(dfg_experiment.RECIPE, steps=3))
    dfg_experiment._trial.cache_clear()
    yield dfg_experiment.trial
    dfg_experiment._trial.cache_clear()


def test_a_trial_is_a_function_of_its_seed_and_draws_no_random_number_of_the_learner(short):
    before = torch.get_rng_state()
    first = short(2.0, 4)
    dfg_experiment._trial.cache_clear()
    assert first == short(2, 4) != short(2.0, 5)
    assert tuple(first) == dfg_experiment.NUMBERS and torch.equal(torch.get_rng_state(), before)


def test_the_weight_reaches_the_training(short):
    assert len({short(k, 2)["slope at real"] for k in (0, 2, 1000)}) == 3


def test_what_a_learner_does_to_a_result_is_not_kept(short):
    short(0, 1).clear()
    assert len(short(0, 1)) == len(dfg_experiment.NUMBERS)


@pytest.mark.parametrize("k", [-1, 1001, float("nan")])
def test_another_weight_is_refused(short, k):
    with pytest.raises(ValueError, match="k should be from 0 to 1000, got .*; the paper has 2"):
        short(k, 0)


def test_the_slope_is_that_of_finite_differences(short):
    """Along its own direction D's answer changes by the length of the slope."""
    torch.manual_seed(0)
    game = dfg_experiment.build(dfg_experiment.BASE)
    batch = dfg_experiment.Birds(0).draw(1)[1]
    image, text = (one.requires_grad_() for one in (batch.image, batch.text))
    slopes = torch.autograd.grad(game.discriminator(image, text)[0].sum(), (image, text))
    length = sum(slope.square().sum() for slope in slopes).sqrt()
    step = 1e-3 / length
    with torch.no_grad():
        after, before = (game.discriminator(image + sign * step * slopes[0], text + sign * step * slopes[1])[0]
                         for sign in (1, -1))
    assert ((after - before) / 2e-3).item() == pytest.approx(length.item(), rel=0.05)
    assert dfg_experiment._slope(game, batch)[1].item() == pytest.approx(length.item(), rel=1e-4)


@pytest.mark.slow
def test_the_experiment_of_the_solution_holds():
    results = dfg_experiment.raised_weight.judge(raised_weight)
    assert [result.mark for result in results] == ["OK"] * len(results), results


def test_the_quick_trial_of_the_tests_has_the_numbers_of_the_real_one():
    assert set(dfg_learners_b.trial(2.0, 0)) == set(dfg_experiment.NUMBERS)


# The quiz


def test_the_quiz_asks_eight_questions_with_one_right_choice_each():
    questions = exercises.dfg_quiz.quiz.questions
    assert len(questions) == 8
    assert all(sum(choice.right for choice in question.choices) == 1 for question in questions)
    places = [[choice.right for choice in question.choices].index(True) for question in questions]
    assert sorted(set(places)) == [0, 1, 2, 3] and max(map(places.count, places)) <= 3
