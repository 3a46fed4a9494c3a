"""The studies of the conditional GAN: what is trained, what is kept, what is measured, and what claims ask for."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from t2ilib import checkpoint, measuring, runtime, studies
from t2ilib.data import conditions, digits, rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.metrics import claims, condition_pairs
from t2ilib.papers import ac_gan, cgan
from t2ilib.studies import cgan_conditions, cgan_digits, cgan_pairs, cgan_runs, cgan_training_data
from t2ilib.studies.cgan_runs import SETUPS, Setup

CHAPTER = "03_conditional_gan"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setitem(cgan_runs.PICTURES, "smoke", 60)
    monkeypatch.setitem(cgan_runs.HELD_OUT, "smoke", 40)
    monkeypatch.setitem(cgan_conditions.GROUPS, "smoke", 3)
    monkeypatch.setattr(cgan_conditions, "MEMBERS", 4)
    monkeypatch.setitem(cgan_pairs.COUNT, "smoke", 20)
    for name, split, count in (("unseen", "test", 60), ("fresh", "train", 300)):        # quickly drawn
        monkeypatch.setattr(measuring, name, lambda *_, split=split, count=count: rendered.load(World(2), split, count))


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A tiny untrained conditional GAN in the place of the shipped one, beside the real instruments."""
    for path in runtime.CHECKPOINTS.glob("*"):
        (tmp_path / path.name).symlink_to(path)
    torch.manual_seed(0)
    game = ac_gan.build(ac_gan.Config(g_channels=4, d_channels=4))
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)
    checkpoint.save(tmp_path / "ac_gan.safetensors", "ac_gan", game.config, game.state_dict())
    return game


def asked(study):
    """The metrics that claims want of a study."""
    return {bound.metric for claim in claims.CLAIMS for bound in claim.bounds if bound.study == study}


# --- the short runs -----------------------------------------------------------------------------------------------

def test_the_runs_differ_in_what_is_told_alone():
    told = {title: conditions.known((setup.kind,), setup.training("smoke")) for title, setup in SETUPS.items()}
    dims = {title: condition.dim for title, condition in told.items()}
    assert dims == {"class": 10, "place": 3, "colours": 110, "class, D is not told": 10, "colours, D names them": 110}
    configs = {replace(setup.config("laptop", told[title]), conditions=("colours",), condition_dim=110)
               for title, setup in SETUPS.items()}
    assert configs == {replace(paper.RECIPES["steady"]["laptop"][0], size=32) for paper in (cgan, ac_gan)}
    assert len({str(setup.recipe("laptop")) for setup in SETUPS.values()}) == 1


def test_held_out_pictures_are_new_and_so_are_the_combinations():
    for setup in SETUPS.values():
        training, held_out = setup.training("smoke"), setup.held_out("smoke")
        assert not np.array_equal(training.images[:20], held_out.images[:20])
    plumages = [{tuple(row) for row in data.truth[:, :8].tolist()} for data in (
        SETUPS["colours"].training("smoke"), SETUPS["colours"].held_out("smoke"))]
    assert plumages[0].isdisjoint(plumages[1])
    labels = [np.unique(data.labels).tolist() for data in (SETUPS["class"].training("smoke"),
                                                           SETUPS["class"].held_out("smoke"))]
    assert labels[0] == labels[1] == list(range(1, 11))


def test_a_run_is_kept_and_found_by_all_that_makes_it(monkeypatch, tmp_path):
    monkeypatch.setenv("T2I_HOME", str(tmp_path))
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first = cgan_runs.train.__wrapped__(Setup("place"), "smoke", 0)
    assert torch.equal(torch.get_rng_state(), before), "the learner's random numbers have moved"
    monkeypatch.setattr(cgan_runs, "fit", None)                             # nobody trains again
    again = cgan_runs.train.__wrapped__(Setup("place"), "smoke", 0)
    assert again.step == first.step == cgan_runs.STEPS["smoke"]
    assert all(torch.equal(a, b) for a, b in zip(first.task.state_dict().values(), again.task.state_dict().values()))
    for other, seed in ((Setup("place"), 1), (Setup("place", ("discriminator",)), 0), (Setup("colours"), 0)):
        with pytest.raises(TypeError):
            cgan_runs.train.__wrapped__(other, "smoke", seed)


def test_two_trainings_of_one_seed_are_equal_and_a_deaf_d_changes_them():
    weights = []
    for setup in (SETUPS["class"], SETUPS["class"], SETUPS["class, D is not told"]):
        data = setup.training("smoke")
        told = conditions.known((setup.kind,), data)
        state = cgan_runs.fit(cgan_runs.begin(setup, "smoke", 3, told), data, told)
        weights.append(torch.cat([p.flatten() for p in state.average.module.parameters()]))
    assert weights[0].equal(weights[1]) and not weights[0].equal(weights[2])


# --- three conditions ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("title, metrics", [
    ("class", {"accuracy"}), ("place", {"r of x", "r of y", "r of size"}), ("colours", {"colours found"})])
def test_cgn04_real_pictures_obey_and_an_untrained_model_does_not(title, metrics, monkeypatch):
    monkeypatch.setitem(cgan_runs.HELD_OUT, "smoke", 80)
    setup = SETUPS[title]
    data = setup.held_out("smoke")
    real = cgan_conditions.obedience(cgan_conditions.doubled(runtime.to_tensor(data.images[:])), setup, data)
    made = cgan_conditions.scores(cgan_runs.train(setup, "smoke", 0), setup, "smoke")
    for metric in metrics:
        assert real[metric] > real[f"{metric}, other requests"] + 0.35
        assert real[metric] > 0.6 and abs(made[metric] - made[f"{metric}, other requests"]) < 0.35
    assert {"explained, x", "explained, y", "explained, facing"} <= set(made)


def test_cgn07_groups_share_their_condition(monkeypatch):
    """A generator that does as told: place decides the place, and nothing else does."""
    setup, seen = SETUPS["place"], []
    state = cgan_runs.train(setup, "smoke", 0)
    monkeypatch.setattr(cgan_runs, "draw", lambda state, asked, seed: seen.append(asked) or torch.zeros(len(asked), 3,
                                                                                                        32, 32))
    found = cgan_conditions.decided(state, setup, "smoke")
    groups = seen[0].view(3, 4, 3)
    assert (groups == groups[:, :1]).all() and not groups[0, 0].equal(groups[1, 0])
    assert found == {"explained, x": 0, "explained, y": 0, "explained, facing": 0}      # nothing varies


def test_the_study_measures_every_run_and_stores_what_claims_ask_for():
    done = cgan_conditions.study_conditions("smoke", (0, 1))
    assert asked("cgan_conditions") <= set(done.measures) and len(asked("cgan_conditions")) == 10
    assert {"accuracy: class, real", "r of x: place, real", "colours found: colours, real",
            "explained, x: class, real"} <= set(done.measures)
    assert done.measures["accuracy: class, real"]["value"] > 0.9
    assert len(done.measures["accuracy: class, D is not told"]["rows"]) == 2
    assert done.arrays["sheet: class"].shape == (6, 8, 32, 32, 3)
    assert done.arrays["asked and read: colours"].shape == (40, 10, 2)
    assert done.arrays["asked and read: place"].shape == (40, 3, 2)


# --- digits -------------------------------------------------------------------------------------------------------

def test_cgn03_draws_by_hand():
    wanted = np.repeat(np.arange(10), 4)
    read = wanted.copy()
    assert cgan_digits.hit_rates(wanted, read).tolist() == [1.0] * 10
    assert cgan_digits.counted_draws(wanted, read).tolist() == [1.0] * 10
    read[:4] = [1, 0, 5, 0]                     # a 0 at the second draw, and one at the fourth: two draws each
    read[4:8] = 0                               # never a 1
    assert cgan_digits.hit_rates(wanted, read)[:2].tolist() == [0.5, 0.25]
    assert cgan_digits.counted_draws(wanted, read)[:2].tolist() == [2.0, 4.0]


def test_cgn03_a_generator_that_is_told_nothing_takes_one_over_its_frequency():
    stream, wanted = np.random.default_rng(0), np.repeat(np.arange(10), 4_000)
    read = stream.choice(10, len(wanted), p=[0.19] + [0.09] * 9)
    for draws in (1 / cgan_digits.hit_rates(wanted, read), cgan_digits.counted_draws(wanted, read)):
        assert draws == pytest.approx([1 / 0.19] + [1 / 0.09] * 9, rel=0.15)


def test_cgn01_real_digits_are_the_ceiling_and_requests_reach_the_generator(monkeypatch):
    real = digits.load("train")
    by_class = {kind: real.pixels[torch.from_numpy(real.labels == kind)] for kind in range(10)}
    monkeypatch.setattr(cgan_digits, "draw", lambda state, classes, seed=0: torch.stack(
        [by_class[kind][i % 90] for i, kind in enumerate(classes)]))
    scores = cgan_digits.scores(None, np.repeat(np.arange(10), 20))
    assert scores["accuracy"] > 0.97 and scores["draws"] < 1.05 and scores["draws, counted"] < 1.05
    assert scores["accuracy, other requests"] < 0.2
    assert cgan_digits.limits()["accuracy: ceiling"]["value"] > 0.95


def test_the_digits_are_played_in_four_ways():
    done = cgan_digits.study_digits("smoke", (0, 1))
    assert asked("cgan_digits") <= set(done.measures) and len(asked("cgan_digits")) == 4
    assert {f"accuracy: {title}" for title in cgan_digits.VARIANTS} <= set(done.measures)
    assert all(done.arrays[f"digits: {title}"].shape == (10, 8, 64) for title in cgan_digits.VARIANTS)
    rows = {title: done.arrays[f"digits: {title}"] for title in cgan_digits.VARIANTS}
    alike = {title for title, digits_drawn in rows.items() if (digits_drawn == digits_drawn[:1]).all()}
    assert alike == {"G is not told", "nobody is told"}                     # every class gets the same noises


# --- wrong pairs --------------------------------------------------------------------------------------------------

def test_cgn05_the_study_asks_every_discriminator():
    done = cgan_pairs.study_pairs("smoke", (0, 1))
    assert asked("cgan_pairs") <= set(done.measures)
    for title in SETUPS:
        assert 0 <= done.measures[f"AUC wrong: {title}"]["value"] <= 1
    assert "AUC swapped: colours, D names them" in done.measures and "AUC swapped: class" not in done.measures
    quoted = studies.results("text_gans")["measures"][cgan_pairs.QUOTED]["value"]
    assert done.measures["GAN-CLS over colours"]["value"] == pytest.approx(
        quoted - done.measures["AUC wrong: colours"]["value"])
    assert done.measures["AUC wrong: class, D is not told"]["value"] == pytest.approx(0.5)     # it hears nothing
    assert done.arrays["right: colours"].shape == (20,)


# --- pictures to learn from ---------------------------------------------------------------------------------------

def test_dcg15_a_classifier_learns_from_right_labels_and_not_from_shuffled_ones():
    data = measuring.fresh("smoke", 2)
    images, labels = cgan_training_data.shown(data)
    judge = cgan_training_data.learn(images[:200], labels[:200], 60, 0)
    assert cgan_training_data.accuracy(judge, images[200:], labels[200:]) > 0.6
    shuffled = np.random.default_rng(0).permutation(labels[:200])
    judge = cgan_training_data.learn(images[:200], shuffled, 60, 0)
    assert cgan_training_data.accuracy(judge, images[200:], labels[200:]) < 0.3


def test_dcg15_generated_pictures_carry_the_labels_that_were_asked(shipped, monkeypatch):
    drawn = []
    monkeypatch.setattr(measuring, "paint", lambda game, asked, seed: drawn.append(asked) or torch.zeros(len(asked), 3,
                                                                                                        64, 64))
    made, labels = cgan_training_data.material("smoke", 0)["generated"]
    wing = drawn[0][:, PARTS.index(cgan_training_data.PART)].numpy()
    assert np.array_equal(wing, labels) and (wing >= 0).all() and made.shape == (40, 3, 32, 32)
    assert labels.max() < len(COLOURS)


def test_dcg15_the_study_stores_what_the_claim_asks_for(shipped):
    done = cgan_training_data.study_training_data("smoke", (0, 1))
    assert asked("cgan_training_data") <= set(done.measures)
    most = cgan_training_data.COUNTS["smoke"][-1]
    generated = done.measures[f"accuracy, {most}: generated"]["value"]
    assert done.measures["generated over chance"]["value"] == pytest.approx(
        generated - done.measures["chance"]["value"])
    assert done.measures["real over generated"]["value"] == pytest.approx(
        done.measures[f"accuracy, {most}: real"]["value"] - generated)


# --- the claims ---------------------------------------------------------------------------------------------------

def test_the_claims_of_the_chapter_are_there_in_order():
    names = [claim.ledger for claim in claims.chapter_claims(CHAPTER)]
    assert names == ["CGN-01", "CGN-03", "CGN-04", "CGN-05", "CGN-07", "DCG-15"]
    assert all(claim.bound_set == claims.BEFORE for claim in claims.chapter_claims(CHAPTER))


def test_every_study_of_the_chapter_has_seeds_and_its_results_are_small():
    for name in ("cgan_digits", "cgan_conditions", "cgan_pairs", "cgan_training_data"):
        study = studies.find(name)
        assert study.chapter == CHAPTER and len(study.seeds) >= 2
        if studies.path(name).is_file():
            assert json.loads(studies.path(name).read_text())["profile"] != "smoke"


def test_the_auc_of_pairs_is_that_of_the_pair_measure():
    assert condition_pairs.areas({"right": np.array([1.0, 2.0]), "wrong": np.array([0.0, 3.0])}) == {"wrong": 0.5}


def test_the_rows_of_the_place_sheet_go_from_left_to_right():
    asked = torch.from_numpy(np.random.default_rng(0).standard_normal((500, 3))).float()
    rows = cgan_conditions.from_left_to_right(asked)
    assert rows.shape == (6, 3) and (rows[:, 0].diff() > 0).all() and rows[0, 0] == pytest.approx(-1.65, abs=0.2)
    assert torch.allclose(rows[:, 1:], asked[:, 1:].mean(0))
