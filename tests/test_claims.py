"""Claims: the verdict follows from what is stored and from the bounds, for models and for studies."""

import json
import math

import pytest

from t2ilib import checkpoint, figures, runtime, studies
from t2ilib.metrics import claims
from t2ilib.metrics.claims import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED, Bound, Claim

LINE = Claim("X-01", "some", "It falls.", study="gan_line", metric="fall", at_least=0.8)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """An empty folder of results, and a way to fill it."""
    monkeypatch.setattr(studies, "RESULTS", tmp_path)

    def put(study="gan_line", **measures):
        content = {metric: studies.over_seeds(values) for metric, values in measures.items()}
        studies.path(study).write_text(json.dumps({"measures": content}))
    return put


@pytest.mark.parametrize("low, high, expected", [
    (0.1, 0.2, REPRODUCED), (0.0, 0.05, REPRODUCED), (0.21, 0.3, NOT_REPRODUCED), (0.19, 0.21, INCONCLUSIVE)])
def test_a_bound_can_be_an_upper_one(low, high, expected):
    assert claims.verdict(low, high, at_most=0.2) == expected


@pytest.mark.parametrize("low, high, expected", [
    (0.4, 0.6, REPRODUCED), (0.1, 0.2, NOT_REPRODUCED), (0.8, 0.9, NOT_REPRODUCED), (0.1, 0.9, INCONCLUSIVE),
    (0.2, 0.5, INCONCLUSIVE), (0.5, 0.8, INCONCLUSIVE)])
def test_or_there_are_two(low, high, expected):
    assert claims.verdict(low, high, at_least=0.4, at_most=0.6) == expected


@pytest.mark.parametrize("seeds, expected", [
    ((0.81, 0.9, 0.99), REPRODUCED), ((0.79, 0.9, 0.99), INCONCLUSIVE), ((0.1, 0.2, 0.79), NOT_REPRODUCED)])
def test_every_seed_has_to_keep_the_bound(shelf, seeds, expected):
    shelf(fall=seeds)
    found = claims.judge(LINE)
    assert found == {"verdict": expected, "measured": round(sum(seeds) / 3, 4), "n": 3}


def test_a_study_that_was_not_run_or_lacks_the_metric_says_so(shelf):
    assert claims.judge(LINE) == {"verdict": NOT_RUN, "measured": None, "n": None}
    shelf(rise=(1, 2, 3))
    assert claims.judge(LINE)["verdict"] == NOT_RUN


def test_of_several_numbers_the_worst_decides(shelf):
    claim = Claim("X-02", "some", "Both.", study="gan_line", metric="fall", at_least=0.8,
                  also=(Bound("modes", at_least=7, study="gan_ring"), Bound("gap", at_most=0.1, study="gan_line")))
    shelf(fall=(0.9, 0.9, 0.9), gap=(0.05, 0.06, 0.2))
    assert claims.judge(claim)["verdict"] == NOT_RUN                        # the ring is still missing
    shelf("gan_ring", modes=(8, 8, 7))
    assert claims.judge(claim) == {"verdict": INCONCLUSIVE, "measured": 0.1033, "n": 3}
    shelf("gan_ring", modes=(1, 2, 3))
    assert claims.judge(claim) == {"verdict": NOT_REPRODUCED, "measured": 2.0, "n": 3}
    shelf("gan_ring", modes=(8, 8, 8))
    shelf(fall=(0.9, 0.9, 0.9), gap=(0.05, 0.06, 0.1))
    assert claims.judge(claim) == {"verdict": REPRODUCED, "measured": 0.9, "n": 3}


@pytest.mark.parametrize("steps, expected", [
    ((0.9, 0.9), REPRODUCED), ((0.7, 0.9), INCONCLUSIVE), ((0.1, 0.2), NOT_REPRODUCED), (None, NOT_RUN)])
def test_a_claim_is_worth_no_more_than_the_one_it_leans_on(shelf, monkeypatch, steps, expected):
    variety = Claim("X-05", "some", "It varies.", study="gan_ring", metric="modes", at_least=7, given="X-01")
    monkeypatch.setattr(claims, "CLAIMS", (LINE, variety))
    shelf("gan_ring", modes=(8, 8, 8))
    if steps:
        shelf(fall=steps)
    assert claims.judge(variety)["verdict"] == expected


def test_a_card_that_belongs_to_other_weights_says_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)
    claim = Claim("X-06", "some", "It draws.", "painter", "faithfulness", 0.7)
    weights = tmp_path / "painter.safetensors"
    weights.write_bytes(b"weights")
    score = {"value": 0.8, "low": 0.75, "high": 0.85, "n": 9}
    card = {"metrics": {"faithfulness": score}, "sha256": checkpoint.sha256(weights)}
    weights.with_suffix(".json").write_text(json.dumps(card))
    assert claims.judge(claim) == {"verdict": REPRODUCED, "measured": 0.8, "n": 9}
    weights.write_bytes(b"other weights")
    assert claims.judge(claim)["verdict"] == NOT_RUN


def test_the_table_shows_every_number_with_its_unit(shelf, monkeypatch):
    claim = Claim("X-03", "some", "Both.", study="gan_line", metric="fall", at_least=0.8,
                  also=(Bound("gap", at_most=0.1, study="gan_line"),))
    monkeypatch.setattr(claims, "CLAIMS", (claim, Claim("X-04", "some", "Waits.")))
    shelf(fall=(0.85, 0.9, 0.95), gap=(0.001, 0.002, 0.006))
    table = figures.verdicts("some").html
    assert "0.9 <span" in table and "[0.85, 0.95]" in table and "[0.001, 0.006]" in table
    assert table.count("3 seeds") == 1 and "●&nbsp;reproduced" in table and "–&nbsp;not run" in table


def test_every_claim_names_a_study_that_exists_and_a_bound_that_can_fail():
    for claim in claims.CLAIMS:
        for bound in claim.bounds:
            assert (bound.study in studies.STUDIES) != bool(bound.model), claim.ledger
            assert -math.inf < bound.at_least or bound.at_most < math.inf, claim.ledger
            assert bound.at_least < bound.at_most
    names = [claim.ledger for claim in claims.CLAIMS]
    assert len(set(names)) == len(names)


IN_WORDS = {0.0: ("falls", "with every seed", "smaller factor", "look more real", "other way round"),
            1 / 3: ("a third", "more often"), 0.5: ("half",), 2 / 3: ("two runs of three",),
            1.286: ("within 0.1 of 1.386",), 1.486: ("within 0.1 of 1.386",), 2.0: ("twice", "factor of 2")}


def test_every_bound_stands_in_its_sentence():
    for claim in claims.CLAIMS:
        for bound in claim.bounds:
            for limit in filter(math.isfinite, (bound.at_least, bound.at_most)):
                words = (f" {limit:g} ", f" {limit:g}.", f" {limit:g})", f" {limit:g},", f" {100 * limit:g} %",
                         *IN_WORDS.get(limit, ()))
                assert any(word in f"{claim.statement} " for word in words), f"{claim.ledger}: {bound}"


def test_the_first_chapter_has_its_claims_in_the_order_of_the_ledger():
    names = [claim.ledger for claim in claims.chapter_claims("01_gan")]
    assert names == sorted(names) and 8 <= len(names) <= 13
    assert {"GAN-01", "GAN-07", "GAN-09", "GAN-14", "GAN-17", "GAN-18"} <= set(names)


def test_what_is_stored_has_every_metric_that_a_claim_asks_for():
    for claim in claims.CLAIMS:
        for bound, score in zip(claim.bounds, claims.measurements(claim)):
            if bound.study and studies.path(bound.study).is_file():
                assert score, f"{claim.ledger}: no '{bound.metric}' in the results of {bound.study}"
                assert score["low"] <= score["value"] <= score["high"] and score["unit"]
