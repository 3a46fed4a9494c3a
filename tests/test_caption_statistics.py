"""Counting how captions are written, on a list that can be counted by hand."""

import pytest

from t2ilib.data import caption_statistics
from t2ilib.data.birds import World
from t2ilib.data.caption_statistics import CUB, compared, markdown, shown, statistics
from t2ilib.data.captions import describe

BY_HAND = [
    ["this bird has a red wing, and red wings.", "a small, black bird has a bill"],         # 9 and 7 words
    ["this", "this"],                                                                       # 1 and 1: repeated
    ["THE BIRD. " + "x" * 200 + " backs.", "gray beak and grey feet"],                      # 4 words, 215 letters; 5
]


def test_a_list_counted_by_hand():
    found = statistics(BY_HAND)
    assert (found["images"], found["captions"]) == (3, 6)
    assert [found[f"words, {name}"] for name in ("least", "median", "most")] == [1, 4.5, 9]
    assert found["words, mean"] == pytest.approx(27 / 6)
    assert found["different words"] == 18
    assert found["end in a full stop"] == pytest.approx(2 / 6)
    assert found["images that repeat a caption"] == pytest.approx(1 / 3)
    assert found["longer than 201 characters"] == pytest.approx(1 / 6)
    true = {"open with 'this bird'", "open with 'a small'", "open with 'the bird'", "say beak", "say bill", "say red",
            "say wing or wings", "say feet", "say black", "say grey", "say gray"}
    shares = {name: value for name, value in found.items() if name.startswith(("open", "say"))}
    assert all(value == pytest.approx((name in true) / 6) for name, value in shares.items())


def test_captions_of_201_characters_are_not_too_long():
    assert statistics([["x" * 201]])["longer than 201 characters"] == 0
    assert statistics([["x" * 202]])["longer than 201 characters"] == 1


@pytest.mark.parametrize("captions", [[], [[]]])
def test_no_caption_is_refused(captions):
    with pytest.raises(ValueError, match="at least one caption, got none; pass"):
        statistics(captions)


def test_the_same_numbers_are_known_of_cub():
    assert CUB.keys() == statistics(BY_HAND).keys()
    assert CUB["captions"] == 10 * CUB["images"] == 117_880
    assert all(0 <= value <= 1 for name, value in CUB.items() if name.startswith(("open", "say", "end")))


@pytest.mark.parametrize("name, value, text", [
    ("images", 11788, "11,788"), ("words, median", 14.0, "14"), ("words, mean", 15.26, "15.3"),
    ("different words", 5449, "5,449"), ("images that repeat a caption", 0.1, "10.0 %"), ("say beak", 0.305, "30.5 %")])
def test_numbers_as_they_are_shown(name, value, text):
    assert shown(name, value) == text


def test_the_table_has_the_rows_that_were_asked_for():
    rows, lines = compared(BY_HAND), markdown(BY_HAND).splitlines()
    assert [name for name, *_ in rows] == [*CUB] and rows[1] == ("captions", "6", "117,880")
    assert [line.split("|")[1].strip() for line in lines[2:]] == list(caption_statistics.TELLING)
    assert lines[2] == "| captions | 6 | 117,880 |" and {line.count("|") for line in lines} == {4}
    assert len(markdown(BY_HAND, tuple(CUB)).splitlines()) == 2 + len(CUB)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_our_captions_are_written_like_those_of_cub(level):
    found = statistics([describe(World(0, level).scene(i)) for i in range(300)])
    assert abs(found["words, median"] - CUB["words, median"]) <= 1
    assert abs(found["words, mean"] - CUB["words, mean"]) < 2
    assert abs(found["end in a full stop"] - CUB["end in a full stop"]) < 0.03
    near = [*(f"open with '{opening}'" for opening in caption_statistics.OPENINGS), "say grey", "say gray", "say crown",
            "say breast"]
    assert all(abs(found[name] - CUB[name]) < 0.09 for name in near), {name: found[name] for name in near}
    assert all(found[name] >= CUB[name] / 2 for name in CUB
               if name.startswith("say ") and name.split()[1] in caption_statistics.PART_NAMES and name != "say body")
