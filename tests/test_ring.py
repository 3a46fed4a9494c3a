"""The ring: runs can be watched and repeated, distances are distances, and the stored study shows collapse and cure."""

import math
from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from t2ilib import runtime, studies
from t2ilib.studies import ring
from t2ilib.studies.ring import RING, Run, Snapshot


@pytest.fixture(scope="module")
def short():
    return ring.play("good", seed=3, steps=60, every=20)


def snapshot(step, modes):
    return Snapshot(step, np.full((2500, 2), float(step)), modes, 0.5, np.full(ring.SIDE ** 2, 0.5))


def made_up(modes):
    return Run("good", 0, [snapshot(100 * i, count) for i, count in enumerate(modes)], [])


def test_a_run_keeps_its_start_every_snapshot_and_its_end(short):
    assert [s.step for s in short.snapshots] == [0, 20, 40, 60]
    assert [row["step"] for row in short.log] == [20, 40, 60]
    assert short.seed == 3 and short.recipe == "good"
    for s in short.snapshots:
        assert s.fake.shape == (2500, 2) and s.answers.shape == (ring.SIDE ** 2,)
        assert 0 <= s.modes <= 8 and 0 <= s.near <= 1 and 0 < s.answers.min() <= s.answers.max() < 1


def test_the_last_step_is_kept_even_between_two_snapshots():
    assert [s.step for s in ring.play("bad", steps=20, every=200).snapshots] == [0, 20]


def test_a_run_is_a_function_of_its_seed_however_often_one_looks(short):
    torch.manual_seed(99)                                               # whatever the caller did before
    again = ring.play("good", seed=3, steps=60, every=60)
    assert np.array_equal(again.snapshots[-1].fake, short.snapshots[-1].fake)
    other = ring.play("good", seed=4, steps=60, every=60)
    assert not np.array_equal(other.snapshots[0].answers, short.snapshots[0].answers)      # other weights, too


def test_a_run_leaves_the_random_state_of_the_caller_alone():
    before = torch.get_rng_state()
    ring.play("bad", steps=20)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_snapshots_of_a_run_share_their_noise_but_not_their_weights(short):
    first, last = short.snapshots[0], short.snapshots[-1]
    assert np.abs(first.fake - last.fake).max() > 1e-3
    assert np.corrcoef(first.fake[:, 0], last.fake[:, 0])[0, 1] > 0.5      # little has moved in 60 steps


def test_good_and_bad_differ_in_the_learning_rate_of_the_discriminator_only():
    good, bad = ring.RECIPES["good"], ring.RECIPES["bad"]
    assert good.config == bad.config and good.game is bad.game
    changed = [field.name for field in fields(good.recipe)
               if getattr(good.recipe, field.name) != getattr(bad.recipe, field.name)]
    assert changed == ["lrs"] and set(bad.recipe.lrs) == {"discriminator"} and not good.recipe.lrs


def test_every_change_differs_from_the_others_and_is_one_change_away():
    setups = list(ring.CHANGES.values())
    assert all(setups.count(setup) == 1 for setup in setups)
    for name, setup in ring.CHANGES.items():
        start = ring.BAD if name.startswith("bad") else ring.GOOD
        assert sum(getattr(setup, field.name) != getattr(start, field.name) for field in fields(setup)) <= 1, name


def test_an_unknown_recipe_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="should be one of good, bad, .*got 'ugly'; choose"):
        ring.play("ugly")


def test_frames_are_even_with_the_first_and_the_last():
    run = made_up([0] * 21)
    assert list(run.frames(5)) == ["step 0", "step 500", "step 1,000", "step 1,500", "step 2,000"]
    assert run.frames(3)["step 1,000"][0, 0] == 1000
    assert list(run.answers(2)) == ["step 0", "step 2,000"]
    assert list(made_up([0, 1]).frames(5)) == ["step 0", "step 100"]


def test_a_run_says_how_it_ended():
    assert repr(made_up([0, 3])) == "good, seed 0: 3 of 8 modes after 100 steps"
    assert made_up([0, 3]).modes == 3


def test_the_grid_runs_along_rows_from_the_lower_left():
    places = ring.grid()
    assert places.shape == (ring.SIDE ** 2, 2)
    assert places[0].tolist() == [-3, -3] and places[-1].tolist() == [3, 3]
    assert places[1].tolist() == pytest.approx([-3 + 6 / 40, -3])              # x moves first


class Right(nn.Module):
    """Says "real" on the right, and nothing on the left."""

    def forward(self, places):
        return 10 * places[:, 0]


def test_answers_are_probabilities_at_the_places_of_the_grid():
    game = nn.Module()
    game.generator, game.discriminator = nn.Identity(), Right()
    samples = RING.sample(2500, runtime.generator(0))
    seen = ring.look(SimpleNamespace(task=game, step=7), samples)
    image = seen.answers.reshape(ring.SIDE, ring.SIDE)
    assert image[:, 0].max() < 1e-6 and image[:, -1].min() > 1 - 1e-6 and np.allclose(image[:, 20], 0.5)
    assert (seen.step, seen.modes) == (7, 8) and seen.near == pytest.approx(0.989, abs=0.01)


def test_sliced_distance_is_zero_for_the_same_cloud_in_another_order():
    cloud = RING.sample(400, runtime.generator(0)).numpy()
    assert ring.sliced_wasserstein(cloud, cloud[::-1]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("move", [(1.0, 0.0), (0.0, -1.0), (0.6, 0.8)])
def test_sliced_distance_of_a_moved_cloud_is_the_mean_shadow_of_the_move(move):
    cloud = RING.sample(400, runtime.generator(0)).numpy()
    assert ring.sliced_wasserstein(cloud, cloud + np.array(move)) == pytest.approx(2 / math.pi, rel=0.01)


def test_sliced_distance_sees_a_collapse_and_hardly_a_fresh_draw():
    cloud, fresh = ring.held_out(0), ring.held_out(1)
    clump = cloud[cloud[:, 0] > 1.7]
    assert ring.sliced_wasserstein(fresh, cloud) < 0.1 < 1 < ring.sliced_wasserstein(clump, cloud)


def test_the_second_half_of_a_run_is_looked_at():
    assert ring.later_modes(made_up([0, 1, 2, 3, 4, 5])) == [3, 4, 5]


def test_the_last_quarter_of_the_log_counts():
    log = [{"D: real": 9.0, "D: fake": 9.0}] * 6 + [{"D: real": 0.5, "D: fake": 0.25}] * 2
    assert ring.last_d_loss(Run("good", 0, [], log)) == 0.75


def test_the_study_of_the_ring_runs_small_and_keeps_both_runs(monkeypatch):
    kept = ("bad", "bad, D as fast as G = good")
    monkeypatch.setattr(ring, "CHANGES", {name: ring.CHANGES[name] for name in kept})
    findings = ring.study_ring("smoke", (0, 1))
    assert findings.steps == ring.STEPS["smoke"]
    assert set(findings.measures["changes"]["rows"]) == set(kept)
    assert all(len(modes) == 2 for modes in findings.measures["changes"]["rows"].values())
    assert findings.arrays["good_fake"].shape == (2, 512, 2)
    assert findings.arrays["bad_answers"].shape == (2, ring.SIDE ** 2)
    assert findings.arrays["bad_steps"].tolist() == [0, 20]


def test_the_study_of_capacity_runs_small_with_all_widths():
    findings = ring.study_capacity("smoke", (0, 1))
    for g in ring.WIDTHS_G:
        for d in ring.WIDTHS_D:
            assert findings.measures[f"distance_g{g}_d{d}"]["n"] == 2
    assert findings.measures["real"]["value"] < 0.1


def test_the_study_of_the_ring_tells_ends_from_moments(monkeypatch):
    played = {"bad": [0, 8, 0, 1, 3, 2], "bad, D as fast as G = good": [0, 0, 0, 5, 8, 7]}
    monkeypatch.setattr(ring, "CHANGES", played)
    monkeypatch.setattr(ring, "play", lambda name, seed, *_, **__: made_up(played[name]))
    found = {name: one["value"] for name, one in ring.study_ring("smoke", (0, 1)).measures.items()}
    assert found == {"modes": 7, "modes_bad": 2, "near": 0.5, "fewest_good": 5, "most_bad": 3, "changes": 2}


def test_the_study_of_capacity_compares_the_right_widths(monkeypatch):
    distances = {(2, 2): 30.0, (8, 2): 20.0, (64, 2): 12.0, (2, 64): 9.0, (8, 64): 5.0, (64, 64): 3.0}
    monkeypatch.setattr(ring, "play_setup", lambda setup, *_, **__: SimpleNamespace(
        seed=0, snapshots=[SimpleNamespace(fake=setup.config.g_hidden[:1] + setup.config.d_hidden[:1])], log=[
            {"D: real": setup.config.g_hidden[0] / 100, "D: fake": float(setup.config.d_hidden[0])}]))
    monkeypatch.setattr(ring, "sliced_wasserstein",
                        lambda first, second: distances[first] if isinstance(first, tuple) else 0.5)
    found = {name: one["value"] for name, one in ring.study_capacity("smoke", (0, 1)).measures.items()}
    assert (found["gain_2_8"], found["gain_8_64"], found["blindness"], found["real"]) == (4, 2, 4, 0.5)
    assert found["distance_g8_d2"] == 20 and found["d_loss_g8_d64"] == pytest.approx(64.08)


@pytest.fixture(scope="module")
def stored():
    return studies.results("gan_ring")


def test_the_stored_good_recipe_covers_all_modes_with_every_seed_and_the_bad_one_never_half(stored):
    measures = stored["measures"]
    assert len(stored["seeds"]) == measures["modes"]["n"] == 3
    assert measures["modes"]["low"] == 8
    assert measures["modes_bad"]["high"] <= 4


def test_the_stored_study_is_of_the_changes_and_steps_that_the_code_has(stored):
    assert set(stored["measures"]["changes"]["rows"]) == set(ring.CHANGES)
    assert stored["steps"] == ring.STEPS[stored["profile"]]
