"""Exercises of chapter 03: its broken runs, its experiment and its quiz."""

from dataclasses import replace

import cgn_learners_b
import numpy as np
import pytest
import torch

from t2ilib import exercises, runtime
from t2ilib.exercises import cgn_diagnosis, cgn_experiment, cgn_worlds
from t2ilib.exercises.answers.cgn_diagnosis import find_cause
from t2ilib.exercises.answers.cgn_experiment import deaf_player


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def marks(exercise, answer):
    return [result.mark for result in exercise.judge(answer)]


def ends(name):
    """cause -> the means of the second half, one for each seed."""
    return {cause: [case.log[name][-8:].mean() for case in cgn_diagnosis.cases() if case.cause == cause]
            for cause in cgn_worlds.CAUSES}


# The diagnosis


def test_a_training_is_a_function_of_its_seed(monkeypatch):
    monkeypatch.setattr(cgn_worlds, "STEPS", 30)
    first, second = (cgn_worlds.train(cgn_worlds.World(runtime.generator(7))) for _ in range(2))
    assert np.array_equal(first, second) and first.shape == (cgn_worlds.RUNS, len(cgn_worlds.NAMES), 2)


def test_what_is_broken_is_broken_in_its_own_worlds_only():
    world = cgn_worlds.World(runtime.generator(8))
    batch, generator = world.draw(), cgn_worlds.Generator(world)
    assert (batch.condition * batch.wrong).sum() == 0
    missing = (batch.condition[..., cgn_worlds.MISSING] == 0).all(1)
    assert torch.equal(missing, cgn_worlds.has("one class missing")[:, 0])
    heard = cgn_worlds.heard_by_d(batch.condition)
    assert torch.equal((heard == 0).flatten(1).all(1), cgn_worlds.has("c not given to D")[:, 0])
    same = (heard == batch.condition).flatten(1).all(1)
    assert torch.equal(~same, (cgn_worlds.has("c not given to D") | cgn_worlds.has("c shuffled before D"))[:, 0])
    generator(batch.noise, batch.condition).sum().backward()
    still = (generator.embedding.grad == 0).flatten(1).all(1)
    assert torch.equal(still, (cgn_worlds.has("c not given to G") | cgn_worlds.has("embedding detached"))[:, 0])
    assert [int(cgn_worlds.has(cause).sum()) for cause in cgn_worlds.CAUSES] == [cgn_worlds.SEEDS] * 6


def test_the_signs_of_each_cause():
    own, wrong, fake, right, worst, slope = map(ends, cgn_worlds.NAMES)
    assert min(right["healthy"]) > 0.8 > 0.65 > max(right["c shuffled before D"] + right["c not given to D"])
    assert max(right["c not given to G"]) < 0.3 < 0.6 < min(right["embedding detached"])
    assert max(slope["embedding detached"] + slope["c not given to G"]) == 0 < min(slope["healthy"])
    assert own["c not given to D"] == wrong["c not given to D"]
    assert all(a != b and abs(a - b) < 0.05 for a, b in zip(own["c shuffled before D"], wrong["c shuffled before D"]))
    assert min(own["c not given to G"]) > max(fake["c not given to G"]) + 0.4
    assert max(worst["one class missing"]) < 0.1 < 0.4 < min(worst["healthy"])


def test_a_learner_sees_one_log_of_each_cause_and_is_judged_on_others():
    shown = cgn_diagnosis.shown()
    assert tuple(shown) == cgn_worlds.CAUSES and all(find_cause(log) == cause for cause, log in shown.items())

    def by_heart(log):
        own = "D(real, own c)"
        return next((cause for cause, one in shown.items() if np.array_equal(one[own], log[own])), "healthy")

    assert all(by_heart(log) == cause for cause, log in shown.items())
    assert "NO" in marks(cgn_diagnosis.find_cause, by_heart)


def test_an_answer_cannot_spoil_the_logs():
    def spoils(log):
        for values in log.values():
            values[:] = 7
        log.clear()
        return "healthy"

    marks(cgn_diagnosis.find_cause, spoils)
    assert all((values != 7).any() for case in cgn_diagnosis.cases() for values in case.log.values())


def test_the_solution_holds_for_trainings_that_no_check_asks_for():
    logs = cgn_worlds.train(cgn_worlds.World(runtime.generator(1)))
    causes = [cause for cause in cgn_worlds.CAUSES for _ in range(cgn_worlds.SEEDS)]
    told = [find_cause(dict(zip(cgn_worlds.NAMES, log))) for log in logs]
    assert np.mean([a == b for a, b in zip(told, causes)]) >= 0.95


@pytest.mark.parametrize("name", cgn_worlds.NAMES)
def test_no_single_number_tells_the_causes(name):
    """For each of the six there are two causes whose ends overlap."""
    own = ends(name)
    assert any(min(own[a]) <= max(own[b]) and min(own[b]) <= max(own[a]) for a in own for b in own if a < b)


# The experiment, with its real trials


@pytest.fixture
def short(monkeypatch):
    """Trials of three steps, and none that were kept."""
    monkeypatch.setattr(cgn_experiment, "RECIPE", replace(cgn_experiment.RECIPE, steps=3))
    cgn_experiment._trial.cache_clear()
    yield cgn_experiment.trial
    cgn_experiment._trial.cache_clear()


def test_a_trial_is_a_function_of_its_seed_and_draws_no_random_number_of_the_learner(short):
    before = torch.get_rng_state()
    first = short("nobody", 4)
    cgn_experiment._trial.cache_clear()
    assert first == short("nobody", 4) != short("nobody", 5)
    assert tuple(first) == cgn_experiment.NUMBERS and torch.equal(torch.get_rng_state(), before)


def test_what_a_learner_does_to_a_result_is_not_kept(short):
    short("D", 1).clear()
    assert len(short("D", 1)) == len(cgn_experiment.NUMBERS)


def test_a_deaf_d_answers_every_condition_alike_and_one_that_hears_does_not(short):
    for deaf in cgn_experiment.DEAF:
        said = short(deaf, 2)
        alike = said["D(real, own c)"] == said["D(real, wrong c)"]
        assert alike == (deaf in ("D", "both")) and (said["AUC"] == 0.5) == alike


def test_somebody_else_is_refused(short):
    with pytest.raises(ValueError, match="one of nobody, D, G, both, got 'E'; choose one of these"):
        short("E", 0)


@pytest.mark.slow
@pytest.mark.parametrize("answer", [deaf_player, cgn_learners_b.experiment("G", "AUC", "rises")])
def test_the_experiment_of_the_solution_holds(answer):
    results = cgn_experiment.deaf_player.judge(answer)
    assert [result.mark for result in results] == ["OK"] * len(results), results


@pytest.mark.slow
def test_either_way_the_right_digit_falls_to_chance():
    """What the solution says, for one seed: chance is 1 in 10."""
    right = {deaf: cgn_experiment.trial(deaf, 0)["right digit"] for deaf in ("nobody", "D", "G")}
    assert right["nobody"] > 0.6 > 0.2 > max(right["D"], right["G"])


def test_the_quick_trial_of_the_tests_has_the_numbers_of_the_real_one():
    assert tuple(cgn_learners_b.trial("D", 0)) == cgn_experiment.NUMBERS


# The quiz


def test_the_quiz_asks_seven_questions_with_one_right_choice_each():
    questions = exercises.cgn_quiz.quiz.questions
    assert len(questions) == 7
    assert all(sum(choice.right for choice in question.choices) == 1 for question in questions)
    places = [[choice.right for choice in question.choices].index(True) for question in questions]
    assert sorted(set(places)) == [0, 1, 2, 3] and max(map(places.count, places)) <= 3
