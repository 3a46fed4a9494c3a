"""The studies of joint embeddings: all that the claims ask for is there, and each part does what it says."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from t2ilib import sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, World
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics import claims
from t2ilib.metrics.statistics import Score
from t2ilib.studies import embedding, embedding_training
from t2ilib.studies.embedding_training import SETUPS, Setup
from t2ilib.text.structured import StructuredEmbedding

CHAPTER = "04_joint_embedding"


@pytest.fixture
def small(monkeypatch):
    """A hundred pictures of every kind, the plainest ones, and trainings of two steps."""
    load = rendered.load
    monkeypatch.setattr(embedding, "LEVEL", 1)
    monkeypatch.setattr(rendered, "load", lambda world, split, count, size: load(world, split, min(count, 100), size))
    monkeypatch.setattr(embedding_training, "RECIPE", replace(embedding_training.RECIPE, batch=8))
    monkeypatch.setitem(embedding_training.STEPS, "smoke", 2)
    monkeypatch.setattr(embedding.word_swaps, "NEAREST", 1)


@pytest.fixture(scope="module")
def birds():
    return rendered.load(World(0, 1), "train", 60, 64)


def asked_for(study):
    """The metrics that the chapter's claims read from a study."""
    return {bound.metric for claim in claims.chapter_claims(CHAPTER) for bound in claim.bounds if bound.study == study}


# --- the shipped encoders -----------------------------------------------------------------------------------------

def test_the_study_of_shipped_encoders_measures_what_the_claims_ask_for(small, monkeypatch):
    monkeypatch.setattr(embedding, "shipped", lambda: ["bilstm"])
    found = embedding.study_retrieval("smoke", (0,))
    assert {name for name in asked_for("embedding_retrieval") if name.endswith("bilstm")} <= set(found.measures)
    for name, entry in found.measures.items():
        assert name.endswith(": bilstm") and entry["low"] <= entry["value"] <= entry["high"] and entry["unit"], name
    assert found.measures["class retrieval: bilstm"]["unit"] == "species"
    assert found.measures["colour swap, unseen: bilstm"] | {"n": 20, "unit": "swaps"} \
        == found.measures["colour swap, unseen: bilstm"]
    assert {"bilstm, matched", "bilstm, mismatched"} == set(found.arrays) and found.steps == 0
    assert found.arrays["bilstm, matched"].mean() > found.arrays["bilstm, mismatched"].mean() + 0.3


def test_only_encoders_that_are_here_are_measured(monkeypatch):
    assert "bilstm" in embedding.shipped()
    monkeypatch.setitem(sample.ENCODERS, "nobody", sample.ENCODERS["bilstm"])
    assert "nobody" not in embedding.shipped()


def test_a_score_is_set_against_its_floor_and_its_ceiling():
    found = embedding.against_bounds(Score(0.3, 100, 0.2, 0.5, ceiling=0.9, floor=0.01))
    times, below = found["times chance"], found["below the oracle"]
    assert [times[key] for key in ("low", "value", "high")] == pytest.approx([20, 30, 50])
    assert [below[key] for key in ("low", "value", "high")] == pytest.approx([0.4, 0.6, 0.7])


def test_colours_are_read_off_vectors_that_hold_them_and_not_off_others():
    stream = torch.Generator().manual_seed(0)
    truth = torch.randint(len(COLOURS), (600, 10), generator=stream)
    vectors = torch.nn.functional.one_hot(truth, len(COLOURS)).flatten(1).float() @ torch.randn(110, 128,
                                                                                               generator=stream)
    read = embedding.read_out(vectors[:400], truth[:400])
    assert (read(vectors[400:]) == truth[400:]).float().mean() > 0.99
    blind = embedding.read_out(vectors[:400].flip(0), truth[:400])
    assert (blind(vectors[400:]) == truth[400:]).float().mean() < 0.2


def test_the_captions_of_a_read_out_are_of_training_species_and_true():
    captions, truth = embedding.training_captions(30)
    kinds = World(0, 3).species("train")
    assert [len(said) for said in captions] == [10] * 30 and truth.shape == (30, 10)
    for kind, row in zip(kinds, truth.tolist()):
        assert [FACTORS["crown"][colour] for colour in row] == list(kind.colours)


# --- short trainings ----------------------------------------------------------------------------------------------

def test_the_study_of_trainings_measures_what_the_claims_ask_for(small):
    found = embedding_training.study_training("smoke", (0, 1))
    assert asked_for("embedding_training") <= set(found.measures) and found.steps == 2
    for name in SETUPS:
        assert found.measures[f"AP: {name}"]["n"] == 2 and found.measures[f"parameters: {name}"]["value"] > 10_000
    gain = np.subtract(*(found.measures[f"AP: {name}"]["rows"] for name in ("char_cnn_gru", "char_cnn_rnn")))
    assert found.measures["GRU over RNN"]["rows"] == pytest.approx(gain.tolist())


def test_each_setup_differs_from_another_in_one_thing():
    first = SETUPS["bilstm"]
    for name in ("transformer", "four captions", "hinge"):
        differ = [field.name for field in fields(Setup) if getattr(SETUPS[name], field.name)
                  != getattr(first, field.name)]
        assert len(differ) == 1, name
    assert replace(SETUPS["char_cnn_gru"], encoder="char_cnn_rnn") == SETUPS["char_cnn_rnn"]
    for direction in ("text to picture", "picture to text"):
        assert replace(SETUPS[f"hinge, {direction}"], embedding=StructuredEmbedding, options=()) == SETUPS["hinge"]


def test_one_way_trains_one_of_the_two_terms(birds):
    both = embedding_training.build(SETUPS["hinge"], birds.captions).eval()
    both.image_encoder.project.weight.data *= 100       # while all violate the margin, the two terms are the same
    batch = embedding_training.batches_of(both, birds, 0, 1)(0)
    for direction in ("text to picture", "picture to text"):
        single = embedding_training.build(SETUPS[f"hinge, {direction}"], birds.captions).eval()
        single.load_state_dict(both.state_dict())
        terms = single.loss(batch)
        assert list(terms) == [direction] and torch.equal(terms[direction], both.loss(batch)[direction])
    assert both.loss(batch)["text to picture"] != both.loss(batch)["picture to text"]


def test_a_training_is_a_function_of_its_seed_and_leaves_the_random_state_alone(birds):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    weights = [torch.cat([parameter.detach().flatten() for parameter in
                          embedding_training.train(Setup(), birds, seed, 2).task.parameters()]) for seed in (0, 0, 1)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    assert torch.equal(torch.get_rng_state(), before)


def test_the_gradient_varies_with_the_captions_and_less_with_the_mean_of_four(birds):
    joint = embedding_training.build(Setup(), birds.captions)
    one, four = (embedding_training.gradient_noise(joint, birds, count, 0) for count in (1, 4))
    assert 0 < four < one
    same = replace(birds, captions=[[said[0]] * 10 for said in birds.captions])
    assert embedding_training.gradient_noise(joint, same, 1, 0) < 1e-9 * one


def test_gains_are_taken_where_the_other_direction_is_not_trained():
    names = [f"{metric}: {name}" for metric in ("AP", "own text", "own picture") for name in SETUPS]
    found = {name: [float(i), float(i)] for i, name in enumerate(names)}
    gains = embedding_training.gains(found)
    assert gains["both ways over text to picture"].tolist() == [
        found["own text: hinge"][0] - found["own text: hinge, text to picture"][0]] * 2
    assert gains["both ways over picture to text"].tolist() == [
        found["own picture: hinge"][0] - found["own picture: hinge, picture to text"][0]] * 2


def test_the_claims_come_in_the_order_of_the_ledger_with_the_late_bounds_named():
    names = [claim.ledger for claim in claims.chapter_claims(CHAPTER)]
    assert names == sorted(names)
    assert {"EMB-01", "EMB-02", "EMB-05", "EMB-07", "EMB-11", "EMB-13", "EMB-14", "EMB-15"} <= set(names)
    late = {claim.ledger for claim in claims.chapter_claims(CHAPTER) if claim.bound_set == claims.AFTER}
    assert late == {"EMB-07", "EMB-11"}
