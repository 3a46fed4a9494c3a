"""Runs as a whole: what a folder may hold, budgets, what is shipped, genuine photographs."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from t2ilib import __main__, checkpoint, runtime, sample, training
from t2ilib.jobs import JOBS, Order
from t2ilib.papers import gan_cls
from t2ilib.training import OutOfTime, Place, ship, train

ORDER = Order("gan_int_cls", profile="smoke")
SHIPPED = runtime.CHECKPOINTS


def place(folder, **options):
    return Place(folder, device="cpu", **options)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return train(ORDER, place(folder))


@pytest.mark.parametrize("name", list(JOBS))
def test_every_job_trains_and_leaves_one_checkpoint_with_its_card(name, tmp_path):
    path = train(replace(ORDER, name=name), place(tmp_path))
    assert [p.name for p in tmp_path.glob("*.safetensors")] == [f"{name}.safetensors"]
    card = json.loads((tmp_path / f"{name}.json").read_text())
    assert card["name"] == name and card["steps"] == 4 and card["profile"] == "smoke"
    assert card["world"]["name"] == JOBS[name].world and "torch" in card["versions"]
    assert checkpoint.load(str(path)).kind == name
    assert (tmp_path / "log.csv").read_text().count("\n") == 5


def test_a_trained_generator_draws(trained):
    drawing = sample.Painter.shipped(str(trained)).draw("a red bird", n=2)
    assert drawing.images.shape == (2, 64, 64, 3)


def test_a_folder_with_a_run_is_only_continued_on_request(trained):
    with pytest.raises(ValueError, match="holds a run; continue it with --resume"):
        train(ORDER, place(trained.parent))
    assert train(ORDER, place(trained.parent, resume=True)) == trained


def test_another_seed_is_refused(trained):
    with pytest.raises(ValueError, match="seed = 1, but it was started with 0"):
        train(replace(ORDER, seed=1), place(trained.parent, resume=True))


def test_resume_in_an_empty_folder_starts(tmp_path):
    assert train(ORDER, place(tmp_path / "new", resume=True)).exists()


def test_at_the_deadline_the_state_is_saved_and_the_run_continues(tmp_path, trained):
    """Whether the encoder was in memory already must not matter: loading it takes no random numbers."""
    with pytest.raises(OutOfTime, match="stopped at step 1 of 4"):
        train(ORDER, place(tmp_path), deadline=0.0)
    again = checkpoint.load(str(train(ORDER, place(tmp_path, resume=True))))
    straight = checkpoint.load(str(trained))
    assert (tmp_path / "order.json").read_text() == (trained.parent / "order.json").read_text()
    assert (tmp_path / "log.csv").read_text().count("\n") == 5
    assert all(again.weights[name].equal(value) for name, value in straight.weights.items())


def test_a_pair_of_players_can_be_continued(tmp_path, trained):
    path = train(replace(ORDER, start=trained, steps=0), place(tmp_path))
    ours, theirs = checkpoint.load(str(path)), checkpoint.load(str(trained))
    assert all(ours.weights[name].equal(value) for name, value in theirs.weights.items())


def test_smoke_runs_are_not_shipped(trained):
    with pytest.raises(ValueError, match="serious run, got one of the profile smoke"):
        ship("gan_int_cls", trained.parent)


@pytest.mark.parametrize("change, option", [({"name": "probe", "data": Path("x")}, "data"),
                                            ({"name": "bilstm", "variant": "published"}, "variant"),
                                            ({"name": "probe", "start": Path("x")}, "from"),
                                            ({"name": "locator", "level": 2}, "level")])
def test_options_that_mean_nothing_for_a_model_are_refused(tmp_path, change, option):
    with pytest.raises(ValueError, match=f"trained without --{option}, which means nothing for it"):
        train(replace(ORDER, **change), place(tmp_path))


def test_other_code_for_the_config_is_another_run(tmp_path, monkeypatch):
    with pytest.raises(OutOfTime):
        train(ORDER, place(tmp_path), deadline=0.0)
    config, recipe = gan_cls.RECIPES["steady"]["smoke"]
    monkeypatch.setitem(gan_cls.RECIPES["steady"], "smoke", (replace(config, r1=5.0), recipe))
    with pytest.raises(ValueError, match="config = .*'r1': 5.0"):
        train(ORDER, place(tmp_path, resume=True))


def test_two_processes_and_two_threads_are_not_the_same_run(trained):
    with pytest.raises(ValueError, match="devices = 2, but it was started with 1"):
        train(ORDER, place(trained.parent, resume=True, devices=2))


@pytest.mark.parametrize("processes", [3, 8])
def test_a_batch_is_shared_out_evenly(processes):
    batches = type("Batches", (), {"batch": 8})()
    with pytest.raises(ValueError, match="shared evenly"):
        training.shared_out(batches, processes)
    assert training.shared_out(batches, 4).batch == 2


def test_what_is_shipped_is_not_measured_in_smoke():
    with pytest.raises(ValueError, match="--profile laptop or gpu, got smoke"):
        training.measure(checkpoint.find("gan_int_cls"), "smoke")


def test_a_generator_knows_its_encoder(trained, tmp_path, monkeypatch):
    """With another encoder on the shelf its checkpoint is refused, not misread."""
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)
    checkpoint.save(tmp_path / "bilstm.safetensors", "bilstm", {}, {})
    with pytest.raises(checkpoint.CheckpointError, match="with the bilstm it was trained with"):
        checkpoint.load(str(trained))


def test_a_new_file_of_the_same_name_is_read_anew(trained, tmp_path):
    path = tmp_path / trained.name
    path.write_bytes(trained.read_bytes())
    first = sample.Painter.shipped(str(path))
    path.write_bytes(train(replace(ORDER, seed=1), place(tmp_path / "other")).read_bytes())
    assert sample.Painter.shipped(str(path)) is not first


@pytest.mark.parametrize("arguments", [["--steps", "4"], ["--profile", "smoke"]])
def test_missing_trains_in_full(arguments, capsys):
    assert __main__.main(["train", "--missing", *arguments]) == 1
    assert "should train in full what is shipped" in capsys.readouterr().err


def test_only_what_saw_the_data_of_the_course_is_shipped(trained, tmp_path):
    folder = serious(trained, tmp_path / "run")
    checkpoint.write_card(folder / trained.name, {"profile": "laptop", "world": {"name": "my_photographs"}})
    with pytest.raises(ValueError, match="trained on SynthBirds.*got 'my_photographs'"):
        ship("gan_int_cls", folder)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A shipping folder of our own, and a job that measures what the test says."""
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path / "shipped")
    (tmp_path / "shipped").mkdir()
    for name in ("bilstm", "probe", "second_probe", "char_cnn_gru"):
        (tmp_path / "shipped" / f"{name}.safetensors").write_bytes((SHIPPED / f"{name}.safetensors").read_bytes())
    scores = {"value": 0.5, "low": 0.48, "high": 0.52, "n": 9, "ceiling": 1, "floor": 0}
    monkeypatch.setitem(JOBS, "gan_int_cls", replace(JOBS["gan_int_cls"], measure=lambda *_: {"faithfulness": scores}))
    return scores


def serious(trained, folder):
    """A copy of a run whose card says laptop."""
    folder.mkdir()
    path = folder / trained.name
    path.write_bytes(trained.read_bytes())
    checkpoint.write_card(path, checkpoint.read_card(trained) | {"profile": "laptop"})
    (folder / "log.csv").write_bytes((trained.parent / "log.csv").read_bytes())
    return folder


def test_only_a_better_checkpoint_replaces_the_shipped_one(shelf, trained, tmp_path):
    folder = serious(trained, tmp_path / "run")
    assert ship("gan_int_cls", folder)[0] is True
    shelf.update(value=0.51, low=0.49, high=0.53)
    shipped, reason = ship("gan_int_cls", folder)
    assert not shipped and "not better beyond that" in reason
    shelf.update(value=0.6, low=0.58, high=0.62)
    assert ship("gan_int_cls", folder)[0] is True
    card = checkpoint.read_card(tmp_path / "shipped" / "gan_int_cls.safetensors")
    assert card["metrics"]["faithfulness"]["low"] == 0.58
    assert (tmp_path / "shipped" / "gan_int_cls.csv").read_text() == (folder / "log.csv").read_text()


def test_a_model_of_another_level_is_measured_on_the_new_one(shelf, trained, tmp_path, monkeypatch):
    """What came first and knows only level 1 has to show what it can do at the level of its successor."""
    folder, asked = serious(trained, tmp_path / "run"), []
    assert ship("gan_int_cls", folder)[0] is True
    target = tmp_path / "shipped" / "gan_int_cls.safetensors"
    card = checkpoint.read_card(target)
    checkpoint.write_card(target, card | {"world": card["world"] | {"level": 1}})

    def measured(path, profile, level):
        asked.append((path == target, level))
        return {"faithfulness": shelf | ({"value": 0.3} if path == target else {})}
    monkeypatch.setitem(JOBS, "gan_int_cls", replace(JOBS["gan_int_cls"], measure=measured))
    assert ship("gan_int_cls", folder)[0] is True and asked == [(False, 2), (True, 2)]


@pytest.mark.parametrize("arguments, message", [
    (["train"], "a name or --missing should be given, got neither"),
    (["train", "nonsense"], f"one of {', '.join(JOBS)}, got 'nonsense'"),
    (["train", "--missing", "--budget", "soon"], "such as 25m, got 'soon'"),
    (["draw", "a bird", "--n", "0"], "n should be 1 to 1000 pictures, got 0"),
    (["draw", "a bird", "--out", "bird.gif"], "should end in .png, got bird.gif"),
    (["draw", "a bird", "--name", "nothing"], "shipped are:"),
    (["measure", "nothing"], "shipped are:"),
])
def test_mistakes_on_the_command_line_are_one_line(arguments, message, capsys):
    assert __main__.main(arguments) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1 and error.startswith("t2i: ")


def test_draw_writes_a_picture(tmp_path, capsys):
    out = tmp_path / "bird.png"
    assert __main__.main(["draw", "a small red bird with black wings", "--n", "3", "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG") and "of 6 named colours" in capsys.readouterr().out


@pytest.mark.parametrize("text, value", [("", None), ("25m", 1500), ("2h", 7200), ("90s", 90)])
def test_budgets(text, value):
    assert __main__.seconds(text) == value


def test_missing_is_what_has_no_shipped_checkpoint(monkeypatch, tmp_path):
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)
    assert training.missing() == list(JOBS)
    (tmp_path / "probe.safetensors").touch()
    assert training.missing() == ["second_probe", "locator", "bilstm", "char_cnn_gru", "gan",
                                  "gan_int_cls", "gan_int", "gan_cls", "gan_naive", "dcgan", "ac_gan", "cgan", "df_gan"]


@pytest.mark.skipif("T2I_GENUINE" not in os.environ, reason="T2I_GENUINE is not set: no genuine photographs here")
def test_genuine_photographs_train_without_special_code(tmp_path):
    path = train(replace(ORDER, data=Path(os.environ["T2I_GENUINE"])), place(tmp_path))
    assert checkpoint.read_card(path)["world"]["layout"] == "CUB_200_2011"
