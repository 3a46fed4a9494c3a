"""The ablations of DF-GAN: rows differ in what they say, runs are shared and kept, gains have their signs."""

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from t2ilib import figures_cls, studies
from t2ilib.metrics import claims, word_swaps
from t2ilib.papers import df_gan
from t2ilib.papers.variants.fusion import FUSIONS
from t2ilib.papers.variants.judging import FAKE, MATCHING, NOWHERE, WRONG, TwoWay
from t2ilib.studies import df_gan_ablation, text_gans
from t2ilib.studies.df_gan_ablation import ADDED, FLAT, FUSED, SETUPS, Setup


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(word_swaps, "NEAREST", 1)
    monkeypatch.setitem(text_gans.PICTURES, "smoke", 20)


def differences(first, second):
    """The fields in which two setups differ."""
    return {field.name for field in fields(Setup) if getattr(first, field.name) != getattr(second, field.name)}


# --- the rows -----------------------------------------------------------------------------------------------------

def test_each_idea_of_the_first_table_changes_one_thing():
    rows = [SETUPS[title] for title in ADDED.values()]
    assert [differences(*pair) for pair in pairwise(rows)] == [{"place"}, {"two_way"}, {"fusion"}, {"fusion"}]
    assert rows[-1] == Setup() == Setup("DFBlock", MATCHING, False, 6.0)


def test_rows_of_a_table_differ_in_its_subject_only():
    own = Setup()
    assert all(differences(SETUPS[title], own) <= {"fusion"} for title in FUSED.values())
    assert all(len(differences(SETUPS[title], own)) == (title != "DF-GAN") for title in FLAT.values())
    assert [SETUPS[title].place for title in FLAT.values()] == [NOWHERE, MATCHING, FAKE, WRONG, MATCHING]
    assert [title for place, title in FLAT.items() if place.startswith(MATCHING)] == ["DF-GAN", "p = 2"]


def test_every_run_is_in_a_table_and_is_done_once():
    used = {*ADDED.values(), *FUSED.values(), *FLAT.values()}
    assert used == set(SETUPS) and len(set(SETUPS.values())) == len(SETUPS) == 11
    assert [len(table) for table in (ADDED, FUSED, FLAT)] == [5, 5, 5]


def test_a_setup_becomes_its_game():
    for setup in SETUPS.values():
        game = setup.game("smoke")
        assert isinstance(game, TwoWay) == setup.two_way and game.place == setup.place
        assert type(game.generator.blocks[0].fuse1) is FUSIONS[setup.fusion]
        assert (game.config.size, game.config.power, game.config.penalty) == (32, setup.power, 2.0)


def test_all_train_alike_and_faster_than_the_authors():
    recipes = {str(setup.recipe("laptop")) for setup in SETUPS.values()}
    recipe, authors = SETUPS["DF-GAN"].recipe("laptop"), df_gan.RECIPES["published"]["gpu"][1]
    assert len(recipes) == 1 and recipe.batch == authors.batch and recipe.betas == authors.betas
    assert recipe.lrs == {"generator": 1e-3, "discriminator": 4e-3}               # whatever is shipped
    assert recipe.lrs == {player: pytest.approx(10 * rate) for player, rate in authors.lrs.items()}
    configs = {replace(setup.config("laptop"), power=6.0) for setup in SETUPS.values()}
    assert configs == {replace(df_gan.RECIPES["steady"]["laptop"][0], size=32)}


# --- the runs -----------------------------------------------------------------------------------------------------

def test_a_run_is_kept_and_found_by_all_that_makes_it(monkeypatch, tmp_path):
    monkeypatch.setenv("T2I_HOME", str(tmp_path))                           # nothing is kept there yet
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first = df_gan_ablation.train(Setup(), "smoke", 0)
    assert torch.equal(torch.get_rng_state(), before), "the learner's random numbers have moved"
    monkeypatch.setattr(text_gans, "fit", None)                             # nobody trains again
    again = df_gan_ablation.train(Setup(), "smoke", 0)
    assert again.step == first.step == df_gan_ablation.STEPS["smoke"]
    assert all(torch.equal(a, b) for a, b in zip(first.task.state_dict().values(), again.task.state_dict().values()))
    for other, seed in ((Setup(place=FAKE), 0), (Setup(power=2.0), 0), (Setup(), 1), (Setup("CBN"), 0),
                        (Setup(two_way=True), 0)):
        with pytest.raises(TypeError):
            df_gan_ablation.train(other, "smoke", seed)


def test_what_is_measured_of_a_game_with_two_answers():
    state = df_gan_ablation.train(SETUPS["baseline"], "smoke", 0)
    scores = text_gans.scores(state, "smoke")
    assert {"faithfulness", "all parts right", "SynthFID", "diversity", "AUC wrong"} <= set(scores)
    assert all(np.isfinite(value) for value in scores.values()) and 0 <= scores["faithfulness"] < 0.6
    assert {"D: real picture", "G: fake picture", "D(real, wrong text)"} <= set(state.history[-1])


def test_the_study_measures_every_run_and_stores_what_claims_ask_for(monkeypatch):
    """The runs and their scores are made up; both are real in the tests above."""
    def scores(run, profile):
        title, seed = run
        return {"faithfulness": FOUND[title] + 0.5 * seed, "SynthFID": FOUND[title] + 0.5 * seed}
    monkeypatch.setattr(df_gan_ablation, "train", lambda setup, profile, seed: (names[setup], seed))
    monkeypatch.setattr(text_gans, "scores", scores)
    monkeypatch.setattr(text_gans, "arrays", lambda run, profile: {"answers": 0, "curves": run, "pictures": run})
    monkeypatch.setattr(text_gans, "limits", lambda profile: {"faithfulness: floor": 0})
    names = {setup: title for title, setup in SETUPS.items()}
    done = df_gan_ablation.study_ablation("laptop", (0, 1))
    asked = {bound.metric for claim in claims.chapter_claims("09_df_gan") for bound in claim.bounds
             if bound.study == "df_gan_ablation"}
    assert asked <= set(done.measures) and len(asked) == 10 and "faithfulness: floor" in done.measures
    assert all(done.measures[f"faithfulness: {title}"]["rows"] == [value, value + 0.5]
               for title, value in FOUND.items())
    assert done.measures["+ MA-GP, faithfulness"]["rows"] == [1, 1] and done.steps == df_gan_ablation.STEPS["laptop"]
    assert done.arrays == {f"{name}: {title}": (title, 0) for name in ("curves", "pictures") for title in SETUPS}


# --- what is compared ---------------------------------------------------------------------------------------------

FOUND = {"baseline": 1, "MA-GP": 2, "one-way": 4, "affine": 8, "DF-GAN": 16, "CBN": 5, "two affines": 7,
         "no penalty": 3, "penalty at fakes": 19, "penalty at wrong texts": 0, "p = 2": 100}


def found(**changes):
    """Faithfulness and SynthFID of each run with two seeds."""
    values = FOUND | changes
    return {f"{metric}: {title}": [value, value + 0.5] for title, value in values.items()
            for metric in ("faithfulness", "SynthFID")}


def test_gains_have_their_signs():
    gains = {name: values.tolist() for name, values in df_gan_ablation.gains(found()).items()}
    assert gains["+ MA-GP, faithfulness"] == [1, 1] and gains["+ MA-GP, SynthFID"] == [-1, -1]
    assert gains["+ one-way output, faithfulness"] == [2, 2] and gains["+ affine, faithfulness"] == [4, 4]
    assert gains["+ second affine and activation, SynthFID"] == [-8, -8]
    assert gains["DFBlock over the best other fusion, faithfulness"] == [8, 8]      # 16 over one affine's 8
    assert gains["DFBlock over the best other fusion, SynthFID"] == [-12, -12]      # 16, and 4 of the start alone
    assert gains["MA-GP over the best other place, faithfulness"] == [-3, -3]       # 16 under 19; p = 2 is no place


def test_the_best_other_is_chosen_for_each_seed():
    changed = found() | {"faithfulness: CBN": [20, 0]}
    assert df_gan_ablation.gains(changed)["DFBlock over the best other fusion, faithfulness"].tolist() == [-4, 8]


def test_the_study_is_registered_with_two_seeds():
    study = studies.find("df_gan_ablation")
    assert study.seeds == (0, 1) and study.chapter == "09_df_gan"


def test_the_table_takes_the_rows_of_each_of_the_three():
    columns = {"faithfulness": "faithfulness", "SynthFID": "SynthFID ↓"}
    measures = {f"{metric}: {title}": {"value": value, "low": value, "high": value}
                for title, value in FOUND.items() for metric in columns}
    for rows, best, least in ((ADDED, "+ second affine and activation", "baseline"),
                              (FUSED, "DFBlock", "concatenation"), (FLAT, "real, right text, p = 2", WRONG)):
        table = figures_cls.study_table(measures, rows, columns)
        lines = dict(zip(rows, table.html.split("</tr>")[1:]))
        assert "<b>" in lines[best] and "<b>" in lines[least] and table.html.count("<b>") == 2
        assert table.html.count("<tr") == 1 + 5 and table.text.count("faithfulness") == 5     # no limits are known
        limited = figures_cls.study_table(measures | {"faithfulness: floor": {"value": 0.125}}, rows, columns)
        assert limited.html.count("<tr") == 1 + 5 + 1 and "0.125" in limited.html
        assert f"{best}: faithfulness {FOUND[rows[best]]}" in table.text
