"""The studies of DCGAN: rows differ in one thing, runs are kept, measures have their meaning, verdicts their rule."""

from dataclasses import fields, replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from t2ilib import studies
from t2ilib.metrics import claims, controls
from t2ilib.papers import dcgan, gan
from t2ilib.papers.variants.guidelines import DEFECTS, GUIDELINES, UPSAMPLINGS
from t2ilib.studies import dcgan_guidelines, dcgan_measures, dcgan_runs, dcgan_upsampling, plain_against_dcgan
from t2ilib.studies.dcgan_guidelines import BETTER, PUBLISHED, ROWS, UNCLEAR, WORSE, effect
from t2ilib.studies.dcgan_runs import BUILDERS, STEPS, Record, Run, Setup
from t2ilib.studies.plain_against_dcgan import DCGAN, PLAIN, RATES, PlainPictures, PlainSetup


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    monkeypatch.setitem(dcgan_runs.PICTURES, "smoke", 20)


def differences(first, second):
    """The fields in which two setups differ."""
    return {field.name for field in fields(Setup) if getattr(first, field.name) != getattr(second, field.name)}


# --- the rows -----------------------------------------------------------------------------------------------------

def test_the_table_has_every_guideline_every_defect_and_three_ways_to_optimise():
    assert list(ROWS)[0] == PUBLISHED and ROWS[PUBLISHED] == Setup() and len(ROWS) == len(set(ROWS.values())) == 18
    assert {*GUIDELINES, *DEFECTS} < set(ROWS)
    assert {row: differences(setup, Setup()) for row, setup in ROWS.items() if row not in BUILDERS} == {
        "beta1 = 0.9": {"beta1"}, "beta1 = 0": {"beta1"}, "learning rate 0.001": {"lr"}}
    assert all(differences(setup, Setup()) == {"row"} for row, setup in ROWS.items() if row in BUILDERS
               and row != PUBLISHED)
    assert (ROWS["beta1 = 0.9"].beta1, ROWS["beta1 = 0"].beta1, ROWS["learning rate 0.001"].lr) == (0.9, 0.0, 1e-3)


def test_the_ways_to_enlarge_share_their_first_runs_with_the_table():
    assert list(dcgan_upsampling.ROWS) == list(UPSAMPLINGS)
    assert dcgan_upsampling.ROWS["transposed convolution"] == ROWS[PUBLISHED]
    assert BUILDERS["transposed convolution"] is BUILDERS[PUBLISHED]


def test_the_recipe_is_the_published_one_for_fewer_steps():
    recipe, config = Setup().recipe("laptop"), Setup().config("laptop")
    assert (recipe.lr, recipe.betas, recipe.batch, recipe.penalty_every) == (2e-4, (0.5, 0.999), 64, 0)
    assert config == replace(dcgan.PUBLISHED, size=32, g_channels=32, d_channels=32)
    assert all(steps % 3 == 0 for steps in STEPS.values())
    assert {replace(setup.recipe("laptop"), lr=2e-4, betas=(0.5, 0.999)).steps for setup in ROWS.values()} == {
        STEPS["laptop"]}


def test_a_setup_becomes_its_game():
    assert isinstance(Setup("no tanh").game("smoke").generator.paint[-1], nn.Identity)
    assert Setup("batch norm with epsilon 0.8").game("smoke").generator.seed[1].eps == 0.8
    assert Setup(beta1=0.0).recipe("smoke").betas == (0.0, 0.999)


# --- a run --------------------------------------------------------------------------------------------------------

def test_a_run_is_kept_and_found_by_all_that_makes_it(monkeypatch, tmp_path):
    real = dcgan_measures.real_halves("smoke")                                  # drawn before the folder is exchanged
    monkeypatch.setenv("T2I_HOME", str(tmp_path))                           # nothing is kept there yet
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first = dcgan_runs.run(Setup(), "smoke", 0)
    assert torch.equal(torch.get_rng_state(), before), "the learner's random numbers have moved"
    twin = dcgan_runs.work(Setup(), "smoke", 0)
    monkeypatch.setattr(dcgan_runs, "fit_gan", None)                        # nobody trains again
    again = dcgan_runs.run(Setup(), "smoke", 0)
    assert first.scores == again.scores == twin.scores and len(real) == 2
    assert all(np.array_equal(first.arrays[name], values) for name, values in again.arrays.items())
    for other, seed in ((Setup("no tanh"), 0), (Setup(lr=1e-3), 0), (Setup(beta1=0.9), 0), (Setup(), 1),
                        (PlainSetup(), 0)):
        with pytest.raises(TypeError):
            dcgan_runs.run(other, "smoke", seed)


@pytest.mark.parametrize("setup", [Setup(), PlainSetup(steps=9)], ids=["DCGAN", "plain"])
def test_what_is_measured_of_a_run(setup):
    done = dcgan_runs.run(setup, "smoke", 0)
    assert {"SynthFID", "SynthFID, a third", "SynthFID, two thirds", "diversity", "read-outs", "parts shown",
            "out of range", "checkerboard", "checkerboard, at first", "D's loss, spread", "swing", "silent input",
            "train against eval"} == set(done.scores)
    assert all(np.isfinite(value) for value in done.scores.values()) and done.scores["out of range"] == 0
    assert done.scores["SynthFID, a third"] != done.scores["SynthFID, two thirds"] != done.scores["SynthFID"]
    assert done.arrays["pictures"].shape == done.arrays["begun"].shape == (8, 32, 32, 3)
    assert done.arrays["pictures"].dtype == np.uint8 and not np.array_equal(*map(done.arrays.get, ("pictures",
                                                                                                   "begun")))
    assert done.arrays["curve"][:, 0].tolist() == list(range(1, setup.recipe("smoke").steps + 1))
    assert (done.arrays["curve"][:, 1] > 0).all() and ((0 < done.arrays["curve"][:, 2])
                                                       & (done.arrays["curve"][:, 2] < 1)).all()


def test_a_step_is_the_step_of_every_training_and_d_of_g_of_z_is_read_off_the_loss(monkeypatch):
    terms = {"D: real": torch.tensor(0.25), "D: fake": torch.tensor(0.5), "G: fake": torch.tensor(2.0)}
    monkeypatch.setattr(dcgan_runs, "train_step", lambda game, state, batch: terms)
    record = Record("smoke")
    assert record.step(None, SimpleNamespace(step=4), None) is terms
    assert record.curve == [(5, 0.75, pytest.approx(np.exp(-2)))]


def test_swing_and_spread_are_those_of_the_last_third():
    game, record = Setup().game("smoke"), Record("smoke")
    record.distances = [3.0, 2.0, 1.0]
    record.curve = [(step, 9.0, 0.5) for step in range(1, 7)] + [(7, 1.0, 0.2), (8, 3.0, 0.4), (9, 5.0, 0.6)]
    found = dcgan_runs.played(game, record)
    assert found["swing"] == pytest.approx(np.std([0.2, 0.4, 0.6]))
    assert found["D's loss, spread"] == pytest.approx(np.std([1, 3, 5]))
    assert (found["SynthFID, a third"], found["SynthFID, two thirds"]) == (3.0, 2.0)


def test_evaluation_differs_from_training_only_by_batch_norm():
    record = Record("smoke")
    record.distances, record.curve = [1.0, 1.0, 1.0], [(1, 1.0, 0.5)] * 3
    for row, differs in ((PUBLISHED, True), ("no batch norm", False)):
        found = dcgan_runs.played(Setup(row).game("smoke"), record)
        assert (found["train against eval"] > 1e-6) == differs


def test_looking_at_a_generator_in_training_teaches_it_nothing():
    generator = Setup().game("smoke").generator
    before = {name: value.clone() for name, value in generator.state_dict().items()}
    dcgan_runs.paint_in_training(generator, torch.randn(8, 100))
    assert generator.training and all(value.equal(before[name]) for name, value in generator.state_dict().items())


# --- what is measured ---------------------------------------------------------------------------------------------

def test_silent_input_counts_values_without_any_gradient():
    images = torch.randn(4, 3, 8, 8)
    whole, left = nn.Sequential(nn.Flatten(), nn.Linear(192, 1)), nn.Sequential(nn.Flatten(), nn.Linear(192, 1))
    left[1].weight.data[:, :48] = 0                                 # a quarter of all values
    dead = nn.Sequential(nn.Flatten(), nn.Linear(192, 5), nn.ReLU(), nn.Linear(5, 1))
    dead[1].weight.data.zero_()
    dead[1].bias.data.fill_(-1)
    assert [dcgan_measures.silent_input(d, images) for d in (whole, left, dead)] == [0, 0.25, 1]
    assert whole.training and images.grad is None


def test_dots_do_not_depend_on_contrast_and_are_none_of_noise_or_blur():
    real = dcgan_measures.reference("smoke")
    assert dcgan_measures.dots(real, real) == pytest.approx(1, rel=1e-4)
    spoiled = controls.dotted(real, 0.2)
    assert dcgan_measures.dots(spoiled, real) > 5 * dcgan_measures.dots(controls.blurred(real, 1.0), real)
    pale = 0.01 * spoiled + 0.3
    assert dcgan_measures.dots(pale, real) == pytest.approx(dcgan_measures.dots(spoiled, real), rel=0.01)
    assert dcgan_measures.dots(torch.ones_like(real), real) == pytest.approx(0, abs=1e-6)


def test_pictures_are_brought_to_the_contrast_of_real_ones():
    real = dcgan_measures.reference("smoke")
    moved = dcgan_measures.at_contrast(0.01 * torch.randn(5, 3, 32, 32) - 0.4, real)
    assert moved.mean().item() == pytest.approx(real.mean().item(), abs=1e-4)
    assert moved.std().item() == pytest.approx(real.std().item(), rel=1e-3)


@pytest.mark.parametrize("steps, rows, width", [(6, 6, 1), (750, 93, 8), (100, 100, 1), (101, 50, 2)])
def test_a_curve_is_thinned_by_means(steps, rows, width):
    curve = np.arange(3.0 * steps).reshape(-1, 3)
    thin = dcgan_runs.thinned(curve)
    assert len(thin) == rows <= dcgan_runs.POINTS and np.allclose(thin[0], curve[:width].mean(0))
    assert np.allclose(thin[-1], curve[(rows - 1) * width:rows * width].mean(0))


def test_limits_and_spoiled_pictures_are_in_their_order():
    known = {name: score["value"] for name, score in dcgan_measures.limits("smoke").items()}
    assert known["SynthFID: ceiling"] < known["SynthFID: blurred"] < known["SynthFID: floor"]
    assert known["read-outs: ceiling"] < known["read-outs: floor"]
    assert known["parts shown: floor"] < 0.5 < 0.9 < known["parts shown: ceiling"]
    one = dcgan_measures.seen(controls.one_for_all(dcgan_measures.reference("smoke")), "smoke")
    assert one["diversity"] == pytest.approx(0, abs=1e-5) and known["diversity: ceiling"] == pytest.approx(1, abs=0.1)
    loud = dcgan_measures.seen(2 * dcgan_measures.reference("smoke"), "smoke")
    assert 0.01 < loud["out of range"] < 1 and known["out of range: floor"] == 0


# --- the guidelines -----------------------------------------------------------------------------------------------

SCORES = ("SynthFID", "SynthFID, a third", "SynthFID, two thirds", "diversity", "read-outs", "parts shown",
          "out of range", "checkerboard", "checkerboard, at first", "D's loss, spread", "swing", "silent input",
          "train against eval")


def made_up(values):
    """A stand-in for `dcgan_runs.run`: all scores are the value of the setup, and half more with each seed."""
    def run(setup, profile, seed):
        value = values.get(setup, 1.0) * (1 + 0.5 * seed)
        picture = np.full((8, 32, 32, 3), seed, np.uint8)
        return Run(dict.fromkeys(SCORES, value), {"curve": np.zeros((2, 3), np.float32), "pictures": picture,
                                                  "begun": picture})
    return run


def asked(study):
    """The metrics of a study that claims of this chapter ask for."""
    return {bound.metric for claim in claims.chapter_claims("02_dcgan") for bound in claim.bounds
            if bound.study == study}


@pytest.fixture
def no_limits(monkeypatch):
    known = {f"{metric}: {limit}": {"value": 1.0} for metric in SCORES[:8] for limit in ("ceiling", "floor")}
    monkeypatch.setattr(dcgan_measures, "limits", lambda profile: known | {"SynthFID: blurred": {"value": 2.0}})


def test_the_study_measures_every_row_and_stores_what_claims_ask_for(monkeypatch, no_limits):
    monkeypatch.setattr(dcgan_runs, "run", made_up({ROWS["no batch norm"]: 3.0, ROWS["beta1 = 0.9"]: 0.5}))
    done = dcgan_guidelines.study_guidelines("laptop", (0, 1, 2))
    assert asked("dcgan_guidelines") <= set(done.measures) and len(asked("dcgan_guidelines")) == 11
    assert done.measures["SynthFID: no batch norm"]["rows"] == [3.0, 4.5, 6.0]
    assert done.measures["SynthFID, difference: no batch norm"]["rows"] == [2.0, 3.0, 4.0]
    assert done.measures["swing, difference: beta1 = 0.9"]["rows"] == [-0.5, -0.75, -1.0]
    assert done.measures["SynthFID, times the published: no batch norm"]["rows"] == [3, 3, 3]
    assert {name.split(": ")[0] for name in done.arrays} == {"curve", "pictures"} and len(done.arrays) == 36
    assert all((values == 0).all() for values in done.arrays.values()) and done.steps == STEPS["laptop"]


@pytest.mark.parametrize("change, own, word", [
    ((300, 310, 320), (1000, 1050, 1100), WORSE), ((-300, -310, -320), (1000, 1050, 1100), BETTER),
    ((300, 310, -10), (1000, 1001, 1002), UNCLEAR),         # one seed says the opposite
    ((50, 60, 70), (1000, 1050, 1100), UNCLEAR),            # less than the recipe differs from itself
    ((-50, -60, -70), (1000, 1050, 1100), UNCLEAR), ((0, 300, 300), (1000, 1001, 1002), UNCLEAR)])
def test_an_effect_needs_all_seeds_and_more_than_their_own_spread(change, own, word):
    measures = {"SynthFID, difference: x": studies.over_seeds(change),
                f"SynthFID: {PUBLISHED}": studies.over_seeds(own)}
    assert effect(measures, "x") == word


# --- ways to enlarge ----------------------------------------------------------------------------------------------

def test_the_study_of_dots_keeps_what_is_drawn_from_it(monkeypatch, no_limits):
    ours = dcgan_upsampling.ROWS["pixel shuffle"]
    monkeypatch.setattr(dcgan_runs, "run", made_up({ours: 4.0}))
    done = dcgan_upsampling.study_upsampling("smoke", (0, 1))
    assert done.measures["checkerboard, difference: pixel shuffle"]["rows"] == [3.0, 4.5]
    assert {"checkerboard, at first: pixel shuffle", "SynthFID: ceiling", "checkerboard: floor"} <= set(done.measures)
    assert not any(name.startswith(("swing", "silent", "read-outs")) for name in done.measures)
    assert done.arrays["real"].shape == (8, 32, 32, 3)
    assert set(done.arrays) == {"real", *(f"{name}: {row}" for name in ("begun", "pictures") for row in UPSAMPLINGS)}


def test_begun_alike_there_are_no_dots_at_first_and_as_published_there_are_many():
    alike, published = (dcgan_runs.run(dcgan_upsampling.ROWS[row], "smoke", 0).scores["checkerboard, at first"]
                        for row in ("pixel shuffle, begun alike", "transposed convolution"))
    assert alike < 1e-6 and published > 100


# --- plain layers -------------------------------------------------------------------------------------------------

def test_the_plain_gan_is_that_of_chapter_1_with_another_shape():
    config = PlainSetup().config("smoke")
    torch.manual_seed(0)
    ours = PlainPictures(config)
    torch.manual_seed(0)
    theirs = gan.Gan(config)
    noise = torch.randn(4, 100)
    pictures = ours.generator(noise)
    assert pictures.shape == (4, 3, 32, 32) and torch.equal(pictures.flatten(1), theirs.generator(noise))
    assert torch.equal(ours.discriminator(pictures), theirs.discriminator(pictures.flatten(1)))
    assert PlainSetup().config("laptop") == replace(gan.PUBLISHED_SIZES, data_dim=3072)


def test_both_have_the_same_recipe_but_for_the_steps():
    plain, ours = PlainSetup(lr=5e-4, steps=900).recipe("laptop"), Setup(lr=5e-4).recipe("laptop")
    assert replace(plain, steps=ours.steps, log_every=ours.log_every) == ours
    assert (plain.steps, plain.log_every) == (900, 300)


@pytest.mark.parametrize("ours, theirs, steps", [(0.06, 0.04, 900), (0.06, 0.06, 600), (0.04, 0.06, 399),
                                                 (0.001, 10.0, 3)])
def test_equal_time_is_as_many_steps_as_fit(ours, theirs, steps):
    seconds = {DCGAN: [ours, ours, 9.0], PLAIN: [theirs, 0.0, theirs]}      # one slow or quick step does not matter
    assert plain_against_dcgan.equal_steps(seconds, 600) == pytest.approx(steps, abs=3)
    assert plain_against_dcgan.equal_steps(seconds, 600) % 3 == 0


def test_times_are_measured_once(monkeypatch, tmp_path):
    monkeypatch.setenv("T2I_HOME", str(tmp_path))
    first = plain_against_dcgan.step_seconds("smoke")
    assert {name: len(times) for name, times in first.items()} == {DCGAN: 2, PLAIN: 2}
    assert all(seconds > 0 for times in first.values() for seconds in times)
    monkeypatch.setattr(plain_against_dcgan, "timed", None)
    assert plain_against_dcgan.step_seconds("smoke") == first


@pytest.mark.parametrize("distance, diversity, success", [
    (2.0, 0.5, True), (2.01, 0.9, False), (1.0, 0.49, False), (0.1, 1.0, True)])
def test_a_success_is_close_and_varied(distance, diversity, success):
    scores = {"SynthFID": distance, "diversity": diversity}
    assert plain_against_dcgan.succeeded(scores, bound=2.0) == success


@pytest.fixture
def times(monkeypatch):
    monkeypatch.setattr(plain_against_dcgan, "step_seconds", lambda profile: {DCGAN: [0.2, 0.2], PLAIN: [0.1, 0.1]})


def compared(monkeypatch, plain):
    """The study with made-up runs: DCGAN always scores 1, with half more for each seed; the bound is 2."""
    values = {PlainSetup(lr=rate, steps=1500): plain[rate] for rate in RATES}
    monkeypatch.setattr(dcgan_runs, "run", made_up(values))
    return plain_against_dcgan.study_plain("laptop", (0, 1, 2))


def test_all_against_none_is_not_chance(monkeypatch, no_limits, times):
    done = compared(monkeypatch, dict.fromkeys(RATES, 4.0))
    assert asked("plain_against_dcgan") <= set(done.measures) and len(asked("plain_against_dcgan")) == 3
    assert (done.measures[f"successes: {DCGAN}"]["value"], done.measures[f"successes: {PLAIN}"]["value"]) == (1, 0)
    assert done.measures["Fisher's p"]["value"] == pytest.approx(2 / 48620)         # two of C(18, 9) tables
    assert done.measures["successes, DCGAN over plain"]["value"] == 1
    assert done.measures["SynthFID, DCGAN over plain"]["rows"] == [0.25] * 3
    assert done.measures[f"steps: {PLAIN}"]["value"] == 1500 == done.steps
    assert done.measures[f"step seconds: {DCGAN}"]["value"] == 0.2
    runs = done.measures[f"successes: {PLAIN}"]["rows"]
    assert [(run["rate"], run["seed"]) for run in runs] == [(rate, seed) for rate in RATES for seed in (0, 1, 2)]
    assert done.arrays["DCGAN, 0.0002"].shape == (3, 8, 32, 32, 3) and len(done.arrays) == 6


def test_equals_are_not_told_apart_and_each_is_taken_at_its_best_rate(monkeypatch, no_limits, times):
    done = compared(monkeypatch, {2e-4: 1.0, 5e-4: 0.5, 1e-3: 1.0})
    assert done.measures["Fisher's p"]["value"] == 1 and done.measures["successes, DCGAN over plain"]["value"] == 0
    assert done.measures[f"best rate: {PLAIN}"]["value"] == 5e-4
    assert done.measures["SynthFID, DCGAN over plain"]["rows"] == [2.0] * 3


def test_the_studies_are_registered_with_three_seeds_and_share_runs():
    for name in ("dcgan_guidelines", "dcgan_upsampling", "plain_against_dcgan"):
        assert studies.find(name).seeds == (0, 1, 2) and studies.find(name).chapter == "02_dcgan"
    shared = {plain_against_dcgan.setup_of(DCGAN, rate, 9) for rate in RATES} & set(ROWS.values())
    assert shared == {Setup(), Setup(lr=1e-3)}


def test_the_claims_of_the_chapter_stand_in_the_order_of_the_ledger():
    names = [claim.ledger for claim in claims.chapter_claims("02_dcgan")]
    assert names == sorted(names) and {"DCG-01", "DCG-02", "DCG-03", "DCG-04", "DCG-06", "DCG-07", "DCG-08",
                                       "DCG-09"} <= set(names)


def test_all_runs_are_measured_on_the_same_noises():
    """The eight that are shown are the first of those that are measured, evenly between -1 and 1."""
    game = Setup().game("smoke")
    noise = dcgan_runs.noise_of(game, 24)
    assert torch.equal(dcgan_runs.noise_of(game, 8), noise[:8]) and 0.9 < noise.abs().max() <= 1
    assert torch.equal(dcgan_runs.paint(game, 24)[:8], dcgan_runs.paint(game, 8))
