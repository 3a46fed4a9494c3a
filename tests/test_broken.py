"""Runs that are broken on purpose: stored as they were, told apart by rules, and trained as they are planted."""

import numpy as np
import pytest
import torch

from t2ilib.exercises.answers.gan_diagnosis import find_cause
from t2ilib.studies import broken

RUNS = broken.load()
ALSO_ALIKE = "explodes", "range mismatch", "labels swapped"        # told apart by their other signs
each_run = pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.cause}-{run.seed}")


def test_every_cause_is_there_with_three_seeds():
    assert [(run.cause, run.seed) for run in RUNS] == [(cause, seed) for cause in broken.CAUSES for seed in range(3)]


@each_run
def test_a_run_is_a_log_and_pictures(run):
    assert set(run.log) == set(broken.LOGGED) and {len(values) for values in run.log.values()} == {len(run.steps)}
    assert run.samples.shape == (len(run.sample_steps), broken.SHOWN, 64) and run.sample_steps[0] == 0
    assert run.sample_steps[-1] == run.steps[-1] == broken.RECIPE.steps
    assert np.isfinite(run.samples).all() and abs(run.samples).max() <= 1
    assert (np.diff(run.steps) > 0).all() and (np.diff(run.sample_steps) > 0).all()
    assert run.cause not in repr(run)


@each_run
def test_the_reference_tells_every_cause(run):
    assert find_cause(run.log, run.samples, run.real) == run.cause


def test_the_signs_are_those_of_the_planted_causes():
    """Negative controls in both directions: what marks a cause is absent in healthy runs."""
    healthy = [run for run in RUNS if run.cause == "healthy"]
    real = broken.spread(healthy[0].real)
    assert all(broken.spread(run.samples[-1]) > 0.6 * real for run in healthy)
    for run in RUNS:
        assert (run.real.max() > 1) == (run.cause == "range mismatch")
        assert np.array_equal(run.samples[0], run.samples[-1]) == (run.cause == "G never learns")
        assert (run.log["D(fake)"][-1] > run.log["D(real)"][-1]) == (run.cause == "labels swapped") or run in healthy
        assert (run.log["G: fake"].max() > 1000) == (run.cause == "explodes")
        alike = broken.spread(run.samples[-1]) < 0.1 * real
        assert alike if run.cause == "collapse" else not alike or run.cause in ALSO_ALIKE


def test_packing_keeps_the_runs():
    again = broken.unpacked(broken.packed(RUNS))
    for run, same in zip(RUNS, again, strict=True):
        assert (run.cause, run.seed) == (same.cause, same.seed)
        assert np.array_equal(run.samples, same.samples) and np.array_equal(run.real, same.real)
        assert all(np.array_equal(run.log[name], same.log[name]) for name in broken.LOGGED)


@pytest.mark.parametrize("cause", broken.CAUSES)
def test_a_short_training_with_each_cause(cause):
    run = broken.train(cause, seed=0, steps=20)
    assert run.steps.tolist() == [20] and run.sample_steps.tolist() == [0, 20]
    assert np.array_equal(run.samples[0], run.samples[-1]) == (cause == "G never learns")
    assert (run.real.max() > 1) == (cause == "range mismatch")


def test_a_training_is_a_function_of_cause_and_seed():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one, same, other = (broken.train("healthy", seed, steps=20) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(one.samples, same.samples) and not np.array_equal(one.samples, other.samples)
    assert all(np.array_equal(one.log[name], same.log[name]) for name in broken.LOGGED)


def test_the_study_measures_every_cause():
    findings = broken.study_symptoms("smoke", (0, 1))
    assert set(findings.measures) == {f"spread: {cause}" for cause in broken.CAUSES} and findings.steps == 20
    assert [run.cause for run in broken.unpacked(findings.arrays)] == [c for c in broken.CAUSES for _ in range(2)]


def test_an_unknown_cause_is_refused():
    with pytest.raises(ValueError, match="the cause should be one of healthy, .*, got 'bad luck'; broken.CAUSES"):
        broken.train("bad luck", 0)
