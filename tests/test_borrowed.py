"""Borrowed colours: every case by hand, a model that mixes up, one that guesses, one that is right."""

import numpy as np
import pytest

from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.metrics.measures import COLOUR_IDS
from t2ilib.metrics.probe import Readings
from t2ilib.studies import borrowed, find, results
from t2ilib.studies.borrowed import count, outcome, shares

SAID = {"wing": "black", "breast": "yellow", "crown": "red"}


def seen(*pictures):
    """Readings of pictures, each given as part -> colour; parts that are left out are grey."""
    table = {part: np.zeros((len(pictures), len(COLOURS))) for part in PARTS}
    for i, colours in enumerate(pictures):
        for part in PARTS:
            table[part][i, COLOUR_IDS[colours.get(part, "grey")]] = 1.0
    return Readings(table, np.zeros((len(pictures), 1)))


@pytest.mark.parametrize("colour, expected", [
    ("black", (1, 0, 0, 0)), ("yellow", (1, 1, 1, 0.2)), ("red", (1, 1, 1, 0.2)), ("blue", (1, 1, 0, 0.2))])
def test_one_part_by_hand(colour, expected):
    assert outcome(COLOUR_IDS[colour], "black", {"yellow", "red"}) == pytest.approx(expected)


def test_nothing_can_be_borrowed_where_all_parts_have_one_colour():
    assert outcome(COLOUR_IDS["blue"], "red", set()) == (0, 0, 0, 0)
    assert count(seen({"wing": "blue"}), [{"wing": "red", "tail": "red"}]).tolist() == [[0, 0, 0, 0]]


def test_pictures_are_counted_one_by_one():
    swapped = {"wing": "yellow", "breast": "black", "crown": "red"}
    found = count(seen(SAID, swapped, {}, {}), [SAID, SAID, SAID, {}])
    assert found.tolist() == [[3, 0, 0, 0], [3, 2, 2, pytest.approx(0.4)], [3, 3, 0, pytest.approx(0.6)], [0, 0, 0, 0]]


def test_a_model_that_knows_only_the_set_of_colours_borrows_always():
    rng = np.random.default_rng(0)
    mixed = [dict(zip(SAID, rng.permutation(list(SAID.values())))) for _ in range(300)]
    found = shares("m", count(seen(*mixed), [SAID] * 300), np.arange(300) % 20)
    assert found["borrowed: m"]["value"] == 1.0 and 0.6 < found["wrong: m"]["value"] < 0.73
    assert found["by chance: m"]["value"] == pytest.approx(0.2)


def test_a_model_that_hears_nothing_borrows_by_chance():
    rng = np.random.default_rng(0)
    guessed = [{part: rng.choice(list(COLOURS)) for part in SAID} for _ in range(2000)]
    found = shares("m", count(seen(*guessed), [SAID] * 2000), np.arange(2000) % 50)
    assert found["borrowed: m"]["low"] < 0.2 < found["borrowed: m"]["high"]
    assert found["wrong: m"]["value"] == pytest.approx(10 / 11, abs=0.02) and found["wrong: m"]["n"] == 6000


def test_a_share_of_no_mistakes_is_not_told():
    found = shares("m", count(seen(*[SAID] * 10), [SAID] * 10), np.arange(10))
    assert list(found) == ["wrong: m"] and found["wrong: m"]["value"] == 0


def test_the_study_tells_what_its_stored_results_tell():
    found = find("borrowed").run("smoke").measures
    assert found.keys() == results("borrowed")["measures"].keys() and len(found) == 9
    for model in borrowed.MODELS:
        wrong, lent, chance = (found[f"{what}: {model}"] for what in ("wrong", "borrowed", "by chance"))
        assert lent["n"] == chance["n"] == round(wrong["value"] * wrong["n"]) and 0.1 < chance["value"] < 0.3
