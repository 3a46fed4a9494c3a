"""Studies: what is written and when, and the game on the line against formulas."""

import importlib
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from t2ilib import runtime, studies
from t2ilib.__main__ import main
from t2ilib.data.toys import Gaussian
from t2ilib.studies import STUDIES, Findings, Study, line, line_studies, over_seeds, share


@pytest.fixture
def results(tmp_path, monkeypatch):
    """An empty folder of results, and one study that costs nothing."""
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    monkeypatch.setitem(STUDIES, "easy", Study("line", "easy", "some", "nothing"))
    monkeypatch.setattr(line, "easy", easy, raising=False)
    return tmp_path


def easy(profile, seeds):
    return Findings({"number": over_seeds([1.0 + seed for seed in seeds], rows=[[1, 2]])}, 7,
                    {"picture": np.arange(3, dtype=np.uint8)})


# --- the files ----------------------------------------------------------------------------------------------------

def test_a_study_is_stored_with_all_that_made_it(results):
    studies.reproduce("easy", "laptop")
    stored = studies.results("easy")
    assert stored["command"] == "t2i reproduce easy --profile laptop" and stored["seeds"] == [0, 1, 2]
    assert (stored["profile"], stored["steps"], stored["chapter"]) == ("laptop", 7, "some")
    assert stored["device"].startswith("CPU (") and {"torch", "numpy"} <= set(stored["versions"])
    assert stored["measures"]["number"] == {"value": 2.0, "low": 1.0, "high": 3.0, "n": 3, "unit": "seeds",
                                            "rows": [[1, 2]]}
    assert studies.arrays("easy")["picture"].tolist() == [0, 1, 2]
    assert sorted(path.name for path in results.iterdir()) == ["easy.json", "easy.npz"]


def test_smoke_runs_two_seeds_and_writes_nothing(results):
    content = studies.reproduce("easy", "smoke")
    assert content["measures"]["number"]["n"] == 2 and not list(results.iterdir())


def test_the_command_prints_what_it_found(results, capsys):
    assert main(["reproduce", "easy"]) == 0
    assert "number: 2 [1, 3] · n = 3 seeds" in capsys.readouterr().out and (results / "easy.json").exists()


def test_a_kill_while_the_numbers_are_written_leaves_the_old_ones(results, monkeypatch):
    studies.reproduce("easy", "laptop")
    before = studies.path("easy").read_text()
    monkeypatch.setattr(runtime.os, "replace", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        studies.store("easy", {"name": "easy"}, {})
    assert studies.path("easy").read_text() == before and len(list(results.iterdir())) == 2


def test_missing_results_name_the_command(results):
    with pytest.raises(FileNotFoundError, match="run: t2i reproduce easy"):
        studies.results("easy")
    with pytest.raises(FileNotFoundError, match="run: t2i reproduce easy"):
        studies.arrays("easy")


def test_an_unknown_study_lists_those_there_are(capsys):
    assert main(["reproduce", "gan_lime"]) == 1
    assert "gan_line" in capsys.readouterr().err


def test_one_seed_is_no_study():
    with pytest.raises(ValueError, match="two or more seeds"):
        over_seeds([0.5])


def test_a_share_has_a_bootstrap_interval():
    assert share([True] * 5, "runs") == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 5, "unit": "runs"}
    part = share([True, False] * 20, "runs", rows=["why"])
    assert part["low"] < part["value"] == 0.5 < part["high"] and part["rows"] == ["why"]


def test_three_seeds_span_their_own_bootstrap_interval():
    from t2ilib.metrics.statistics import bootstrap
    found = over_seeds([0.2, 0.5, 0.6])
    assert (found["low"], found["high"]) == pytest.approx(bootstrap(np.array([0.2, 0.5, 0.6])))


def test_every_registered_study_is_written_somewhere():
    for name, study in STUDIES.items():
        assert callable(getattr(importlib.import_module(f"t2ilib.studies.{study.module}"), study.function)), name


def test_stored_results_are_whole():
    for name in STUDIES:
        if studies.path(name).is_file():
            stored = json.loads(studies.path(name).read_text())
            assert stored["name"] == name and stored["profile"] != "smoke" and stored["measures"], name
            assert studies.path(name).stat().st_size < 200_000, name


# --- the game on the line -----------------------------------------------------------------------------------------

class Perfect(line_studies.Still):
    """The generator that the game looks for."""

    def __init__(self, mean=line.DATA.mean, std=line.DATA.std):
        super().__init__(mean, std)


def snapshot(generator, noise="normal"):
    run = line.begin(noise=noise)
    run.state.task.generator = generator
    return run.look()


def test_the_density_of_a_known_generator_is_counted_right():
    shot = snapshot(Perfect(0.5, 0.8))
    assert np.abs(shot.fake_density - Gaussian(0.5, 0.8).density(line.GRID)).max() < 0.01
    assert shot.fake_density.sum() * line.DX == pytest.approx(1, abs=1e-3)


def test_a_perfect_generator_is_seen_as_one():
    shot = snapshot(Perfect())
    assert shot.distance < 0.005 and shot.criterion == pytest.approx(-np.log(4), abs=1e-3)
    assert shot.accuracy == pytest.approx(0.5, abs=0.01)
    assert np.abs(shot.best - 0.5)[shot.inhabited("real")].max() < 0.02


def test_a_moved_generator_is_as_far_as_it_was_moved():
    shot = snapshot(Perfect(line.DATA.mean + 0.7))
    assert shot.distance == pytest.approx(0.7, abs=0.005) and shot.criterion > -1.3 and shot.value < shot.criterion


def test_99_percent_of_a_bell_lie_within_2_58_standard_deviations():
    inside = line.GRID[snapshot(Perfect()).inhabited("real")]
    assert [inside.min(), inside.max()] == pytest.approx([1.5 - 2.576 * 0.5, 1.5 + 2.576 * 0.5], abs=0.02)


def test_the_accuracy_is_that_of_the_answers():
    shot = snapshot(Perfect(-1.0, 0.1))
    sure = line.Snapshot(**{**vars(shot), "d": np.where(line.GRID > 0, 0.9, 0.1)})
    inverted = line.Snapshot(**{**vars(shot), "d": np.where(line.GRID > 0, 0.1, 0.9)})
    assert sure.accuracy == pytest.approx(1, abs=0.01) and inverted.accuracy == pytest.approx(0, abs=0.01)


def test_the_gap_is_the_largest_one_where_samples_live():
    shot = snapshot(Perfect(-1.0, 0.1))                                     # far from the data: fakes live alone
    for place, gap in ((-1.0, 0.3), (1.5, 0.3), (5.0, 0.0)):                # at 5 nobody lives
        answers = shot.best.copy()
        answers[np.abs(line.GRID - place).argmin()] += 0.3
        assert line.Snapshot(**{**vars(shot), "d": answers}).gap() == pytest.approx(gap)


def test_the_value_is_that_of_these_answers_to_these_samples():
    shot = snapshot(Perfect(-1.0, 0.1))
    best = line.Snapshot(**{**vars(shot), "d": np.clip(shot.best, 1e-9, 1 - 1e-9)})
    inverted = line.Snapshot(**{**vars(shot), "d": 1 - best.d})
    assert best.value == pytest.approx(shot.criterion, abs=1e-3) and inverted.value < -20


def test_noise_comes_in_equal_shares():
    assert line.quantiles("uniform")[[0, -1]] == pytest.approx([-0.99995, 0.99995])
    normal = line.quantiles("normal")
    assert normal.std() == pytest.approx(1, abs=0.01) and (np.diff(normal) > 0).all()


def test_playing_goes_on_where_it_stood_and_looking_changes_nothing():
    once, twice = line.begin(seed=1), line.begin(seed=1)
    once.play(20)
    twice.play(7).look()
    twice.play(13)
    for first, second in zip(once.state.task.parameters(), twice.state.task.parameters()):
        assert torch.equal(first, second)
    assert once.state.step == twice.state.step == 20


def test_a_run_has_its_snapshots_at_even_steps():
    run = line.play(steps=20, every=5)
    assert [shot.step for shot in run.snapshots] == [0, 5, 10, 15, 20] and len(run.log) == 4
    assert not np.array_equal(run.snapshots[0].d, run.snapshots[-1].d)


def test_the_best_discriminator_leaves_the_run_alone():
    run = line.begin()
    before = [value.clone() for value in run.state.task.parameters()]
    judge = line.best_discriminator(run, steps=3, batch=8)
    assert all(torch.equal(old, new) for old, new in zip(before, run.state.task.parameters()))
    moved = zip(run.state.task.discriminator.parameters(), judge.parameters())
    assert any(not torch.equal(first, second) for first, second in moved)


def test_single_steps_move_one_player():
    for step, moving in ((line.d_step, "discriminator"), (line.g_step, "generator")):
        run = line.begin()
        before = {name: value.clone() for name, value in run.state.task.named_parameters()}
        step(run.state.task, run.state, run.batches(0))
        changed = {name.split(".")[0] for name, value in run.state.task.named_parameters()
                   if not torch.equal(value, before[name])}
        assert changed == {moving}


def test_the_inner_loop_moves_d_k_times_on_different_batches_and_g_once(monkeypatch):
    run, moves = line.begin(), []
    monkeypatch.setattr(line, "d_step", lambda game, state, batch: moves.append(float(batch.real[0])) or {})
    monkeypatch.setattr(line, "g_step", lambda game, state, batch: moves.append("G") or {})
    step = line.inner_loop(3, run)
    for number in range(2):
        step(run.state.task, run.state, run.batches(number))
    assert [move == "G" for move in moves] == [False, False, False, True] * 2 and len(set(moves)) == 7


def test_the_panels_come_in_order_and_only_d_moves_between_the_first_two():
    panels = line.four_panels(pause=3, inner=2, guided=2, steps=8)
    assert [panels[name].step for name in "abcd"] == [3, 3, 5, 8]
    assert np.array_equal(panels["a"].fake, panels["b"].fake) and not np.array_equal(panels["a"].d, panels["b"].d)
    assert np.array_equal(panels["b"].d, panels["c"].d) and not np.array_equal(panels["b"].fake, panels["c"].fake)


def test_gan_10_a_generator_by_inverse_distribution_has_the_correlation_and_a_shuffled_one_has_not():
    """The best generator of uniform noise is the quantile function of the data."""
    class Inverse(torch.nn.Module):
        def forward(self, noise):
            return 1.5 + 0.5 * 2**0.5 * torch.erfinv(noise.clamp(-0.9999, 0.9999))
    shot = snapshot(Inverse(), noise="uniform")
    assert line_studies.stretch(shot) > 0.97
    order = np.random.default_rng(0).permutation(len(shot.fake))
    assert abs(line_studies.stretch(line.Snapshot(**{**vars(shot), "fake": shot.fake[order]}))) < 0.3


def test_extreme_answers_are_counted_by_mass():
    shot = snapshot(Perfect())
    half = line.Snapshot(**{**vars(shot), "d": np.where(line.GRID < 1.5, 0.999, 0.5)})
    assert line_studies.extreme(half) == pytest.approx(0.5, abs=0.02) and line_studies.extreme(shot) == 0


def test_a_far_game_starts_far_and_d_may_be_ahead():
    level, ahead = (line_studies.start_far(line_studies.SaturatingGan, 0, lead, plain=True) for lead in (0, 40))
    assert level.snapshots[0].distance > 7 * line_studies.FAR.std
    assert isinstance(level.state.task, line_studies.SaturatingGan)
    assert all(isinstance(one, torch.optim.SGD) for one in level.state.optimizers.values())
    assert ahead.look().accuracy >= level.look().accuracy and ahead.look().value > level.look().value + 0.3
    assert np.array_equal(ahead.look().fake, level.look().fake) and ahead.state.step == 0


def test_halfway_is_found_or_the_last_step_counts():
    run = line_studies.start_far(line_studies.Gan, 0, 0, plain=True)
    assert line_studies.halfway(run, 10) == 10
    run.snapshots.append(snapshot(Perfect(3.0)))                            # 4 away at first, 1.5 or less now
    run.state.step = 30
    assert run.snapshots[-1].distance < run.snapshots[0].distance / 2 and line_studies.halfway(run, 500) == 30


# --- the studies of the line: what is done with the runs ----------------------------------------------------------

def moments(*distances):
    """A run of which only the distances are known."""
    return SimpleNamespace(snapshots=[SimpleNamespace(distance=distance) for distance in distances])


def test_what_is_late_is_the_mean_of_the_last_quarter():
    assert line_studies.late(moments(9, 9, 9, 9, 9, 9, 1, 3)) == 2


def test_the_fall_is_measured_from_the_first_distance():
    runs = [line.play(seed, 8, 2) for seed in (0, 1)]
    found = line_studies.of_the_end(runs)
    left = [line_studies.late(run) / run.snapshots[0].distance for run in runs]
    assert (found["left"]["low"], found["left"]["high"]) == (min(left), max(left))
    assert found["fall"]["rows"] == [1 - part for part in left]
    assert found["left"]["rows"] == [[shot.distance for shot in run.snapshots] for run in runs]


def test_the_ratio_of_two_noises_is_that_of_the_worse_one_to_the_better(monkeypatch):
    monkeypatch.setattr(line_studies, "stretch", lambda shot: 0.5)
    found = line_studies.of_noise({"normal": [moments(1.0), moments(1.0)], "uniform": [moments(3.0), moments(0.5)]})
    assert found["noise_ratio"]["low"] == 2 and found["noise_ratio"]["high"] == 3
    assert found["noise_ratio"]["rows"] == [(1.0, 3.0), (1.0, 0.5)]


def test_a_fresh_discriminator_gets_fakes_of_the_whole_density():
    run = line.begin()
    run.state.task.generator = Perfect()
    assert line_studies.fresh(run, run.look()) < 0.57
    run.state.task.generator = Perfect(-1.0)
    assert line_studies.fresh(run, run.look()) > 0.97


def test_the_judges_are_asked_at_the_start_and_at_the_end(monkeypatch):
    monkeypatch.setattr(line_studies, "fresh", lambda run, shot: 1 - shot.step / 100)
    run = SimpleNamespace(snapshots=[SimpleNamespace(step=step, accuracy=0.9 - step / 100) for step in range(0, 41, 5)])
    found = line_studies.of_judges([run, run])
    assert [row["step"] for row in found["played_end"]["rows"][0]] == [0, 5, 25, 40]
    ends = [found[name]["value"] for name in ("played_end", "fresh_start", "fresh_end")]
    assert ends == pytest.approx([0.5, 1.0, 0.6])


def test_the_error_of_many_inner_steps_is_divided_by_that_of_one(monkeypatch):
    monkeypatch.setattr(line_studies, "shortfall", lambda seed, k, steps: {1: 0.4, 5: 0.2, 20: 0.1}[k])
    found = line_studies.study_inner("smoke", (0, 1)).measures
    assert found["error_ratio"]["value"] == 0.25 and found["error_k5"]["value"] == 0.2


def test_the_inner_steps_are_really_done(monkeypatch):
    asked, loop = [], line_studies.inner_loop
    monkeypatch.setattr(line_studies, "inner_loop", lambda k, run: asked.append(k) or loop(k, run))
    assert line_studies.shortfall(0, 7, 2) > 0 and asked == [7]


def test_the_steps_of_our_loss_are_divided_by_those_of_the_saturating_one(monkeypatch):
    asked = []
    monkeypatch.setattr(line_studies, "start_far", lambda kind, *how: asked.append(how) or kind)
    monkeypatch.setattr(line_studies, "halfway", lambda kind, steps: 40 if kind is line_studies.SaturatingGan else 10)
    found = line_studies.study_far("smoke", (0, 1)).measures
    assert found["steps_ratio"]["value"] == 0.25 and found["steps_ratio"]["rows"] == [[10, 40], [10, 40]]
    assert asked[0] == asked[1] == (0, 300, True)               # the same start for both


def test_d_is_ahead_by_batches_that_the_game_will_not_see(monkeypatch):
    seen = []
    monkeypatch.setattr(line_studies, "d_step", lambda game, state, batch: seen.append(batch.real))
    run = line_studies.start_far(line_studies.Gan, 0, 3, plain=True)
    assert len(seen) == 3
    assert not any(torch.equal(early, run.batches(step).real) for early in seen for step in range(3))
