"""The study of sentence paths and noise paths: walks whose answers are known, and the whole in small."""

import numpy as np
import pytest
import torch

from t2ilib import measuring, runtime
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, World
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics import paths, word_swaps
from t2ilib.metrics.measures import named_colours
from t2ilib.metrics.probe import Readings
from t2ilib.sample import SHOWN_CAPTIONS, Painter
from t2ilib.studies import STUDIES, find, text_paths, walks
from t2ilib.studies.walks import Pair, Walk

RED, BLUE = (list(COLOURS).index(colour) for colour in ("red", "blue"))
WING = Pair("a bird with a red wing", "a bird with a blue wing", "wing", "red", "blue")


@pytest.fixture
def plain_world(monkeypatch):
    """A hundred pictures of the plainest kind, in which any swap will do."""
    data = rendered.load(World(2, 1), "test", 100, 64)
    monkeypatch.setattr(measuring, "unseen", lambda profile, level: data)
    monkeypatch.setattr(word_swaps, "NEAREST", 1)
    return data


def readings(count, **probabilities):
    """What a probe might say of `count` pictures: all that is not given is surely the first value."""
    tables = {factor: np.tile(np.eye(len(values))[0], (count, 1)) for factor, values in FACTORS.items()}
    return Readings(tables | probabilities, np.zeros((count, 2)))


def chances(*columns):
    """Chances of red and of blue as a table (N, 11): of the rest, no colour has most."""
    table = np.zeros((len(columns[0]), len(COLOURS)))
    table[:, RED], table[:, BLUE] = columns
    table += ((1 - table.sum(1)) / len(COLOURS))[:, None]
    return table


# --- walks --------------------------------------------------------------------------------------------------------

def test_plain_pairs_are_different_and_differ_in_one_colour():
    pairs = walks.plain_pairs(100)
    assert len(set(pairs)) == 100 and len({pair.old for pair in pairs}) == len(COLOURS)
    for pair in pairs:
        assert named_colours([pair.first, pair.second]) == [{"body": pair.old}, {"body": pair.new}]
        assert pair.old != pair.new and "a orange" not in pair.first + pair.second


def test_caption_pairs_say_which_colour_was_and_which_one_comes(plain_world):
    for pair in walks.caption_pairs(plain_world, 10):
        before, after = named_colours([pair.first, pair.second])
        assert (before[pair.part], after[pair.part]) == (pair.old, pair.new) and pair.old != pair.new
        assert {k: v for k, v in before.items() if k != pair.part} == {k: v for k, v in after.items() if k != pair.part}


def test_pictures_are_those_of_the_painter_in_the_shape_that_was_asked_for():
    painter, captions = Painter.shipped(), list(SHOWN_CAPTIONS[:2])
    noise, text = painter.noise(3, 0), painter.encoder.encode(captions)
    drawn = walks.draw(painter, noise, text[:, None])
    assert drawn.shape == (2, 3, 3, 64, 64)
    torch.testing.assert_close(drawn[1, 2], painter.paint([captions[1]], noise[2:])[0], atol=1e-4, rtol=1e-4)


def test_a_walk_is_read_step_after_step():
    painter = Painter.shipped()
    pair = walks.plain_pairs(1)
    walked = walks.walk(painter, painter.noise(1, 0), walks.sentence_ways(painter, pair))
    assert walked.pictures.shape == (9, 1, 3, 64, 64)
    assert walked.by_step(walked.readings.colours("wing")).shape == (9, 1)


def test_both_strips_begin_with_the_same_noise_and_keep_what_is_fixed():
    painter = Painter.shipped()
    strips = walks.strips(painter)
    assert all(strip.shape == (9, 64, 64, 3) and strip.dtype == np.uint8 for strip in strips.values())
    first = runtime.to_pixels(painter.paint(["a red bird"], painter.noise(2, 0)[:1]))[0].astype(int)
    assert np.abs(strips["sentence strip"][0] - first).max() <= 1


# --- what is measured, on walks whose answers are known -----------------------------------------------------------

def colour_walk(first, second):
    """Two paths of nine steps with equal chances of red and of blue."""
    table = chances(np.repeat(first, 2), np.repeat(second, 2))
    return Walk(torch.zeros(9, 2, 3, 8, 8), readings(18, wing=table))


def test_cls_13_a_colour_that_comes_evenly_is_in_order_and_flips():
    rising = np.linspace(0, 0.9, 9)
    found = text_paths.follow_colour(colour_walk(0.9 - rising, rising), [WING] * 2)
    assert {name: entry["value"] for name, entry in found.measures.items()} == pytest.approx(
        {"colour order": 1, "colour in order": 1, "colour flips": 1})
    np.testing.assert_allclose(found.arrays["new colour"], rising + (1 - 0.9) / len(COLOURS))


def test_a_colour_that_never_comes_neither_flips_nor_is_in_order():
    found = text_paths.follow_colour(colour_walk(np.full(9, 0.8), np.abs(np.arange(-4, 5)) / 40), [WING] * 2)
    assert found.measures["colour flips"]["value"] == 0 == found.measures["colour in order"]["value"]
    assert found.measures["colour order"]["value"] == pytest.approx(0)


def test_a_flip_needs_both_ends():
    """The second colour from the start on is no flip, though it stays."""
    found = text_paths.follow_colour(colour_walk(np.zeros(9), np.full(9, 0.9)), [WING] * 2)
    assert found.measures["colour flips"]["value"] == 0


def test_plain_pairs_and_captions_are_told_apart():
    entry = text_paths.over_pairs(np.array([1, 1, 0, 0.5]))
    assert entry["rows"] == {"plain": 1, "captions": 0.25} and entry["value"] == 0.625 and entry["n"] == 4
    entry = text_paths.ratio_over_pairs(np.array([1, np.nan, 1, 3.0]), np.array([2, 2, 4, 4.0]))
    assert entry["rows"] == {"plain": 0.5, "captions": 0.5} and entry["value"] == 0.5 and entry["n"] == 3


def test_cls_29_the_background_change_is_a_share_of_that_between_noises(monkeypatch):
    """The bird is the left half. Told: it changes by 0.4, the ground by 0.1; by noise, both change by 0.5."""
    monkeypatch.setattr(paths, "bird_boxes", lambda _, pictures: np.tile((0, 0, 0.5, 1.0), (len(pictures), 1)))
    told, shaken = torch.zeros(9, 2, 3, 8, 8), torch.zeros(9, 2, 3, 8, 8)
    told[..., :4] = torch.linspace(0, 0.4, 9).view(-1, 1, 1, 1, 1)
    told[..., 4:] = torch.linspace(0, 0.1, 9).view(-1, 1, 1, 1, 1)
    shaken[-1] = 0.5
    found = text_paths.keep_background(Walk(told, readings(18)), Walk(shaken, readings(18)))
    assert found.measures["background change"]["value"] == pytest.approx(0.2)
    assert found.measures["bird change"]["value"] == pytest.approx(0.8)
    np.testing.assert_allclose(found.arrays["bird so far"], np.linspace(0, 0.4, 9), atol=1e-6)
    assert found.arrays["background by noise"] == pytest.approx(0.5)


def test_cls_30_the_swing_of_faithfulness_is_from_the_best_step_to_the_worst():
    """One of two pictures loses its red wing at the third step, and has it back at the fourth."""
    red = np.full(18, 0.9)
    red[5] = 0
    found = text_paths.keep_content(Walk(torch.zeros(9, 2, 3, 8, 8), readings(18, wing=chances(red, 0.9 - red))),
                                    [WING] * 2, "slerp")
    assert found.measures["faithfulness swing, slerp"]["value"] == 0.5
    np.testing.assert_array_equal(found.arrays["faithfulness, slerp"], [1, 1, 0.5, 1, 1, 1, 1, 1, 1])


def test_cls_30_readings_that_change_and_those_that_do_not():
    """The first of two birds turns round on its way; the ground of both stays."""
    turned = np.eye(2)[[0, 0] * 5 + [1, 0] * 4]
    found = text_paths.changed_readings(Walk(torch.zeros(9, 2, 3, 8, 8), readings(18, facing=turned)), "slerp")
    assert found.measures["facing changes, slerp"]["value"] == 0.5
    assert found.measures["background changes, slerp"]["value"] == 0


def test_cls_30_an_even_path_and_one_that_jumps():
    heights = torch.stack([torch.linspace(0, 1, 9), torch.tensor([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.7])], dim=1)
    found = text_paths.smooth(Walk(heights.view(9, 2, 1, 1, 1).expand(9, 2, 3, 8, 8), readings(18)), "slerp")
    assert found.measures["no jump, slerp"]["value"] == 0.5
    assert found.measures["largest step, slerp"]["value"] == pytest.approx((1 + 10) / 2, rel=1e-4)


def test_cls_13_realism_between_is_one_if_the_middle_is_like_the_ends_and_more_if_it_is_farther_off():
    rng, rows = np.random.default_rng(0), np.arange(60)
    real, ends = rng.normal(size=(400, 3)), rng.normal(size=(2, 60, 3))
    assert text_paths.worse_between([ends + 1] * 3, real, rows) == pytest.approx(1)
    apart = [text_paths.worse_between([ends + 1, ends + far, ends + 1], real, rows) for far in (2, 0)]
    assert apart[0] == pytest.approx(4, rel=0.2) and apart[1] < 0.2


def test_cls_18_tables_of_named_parts_hold_the_captions_that_name_them():
    captions = ["a bird with a red wing", "a bird with a blue wing and a red tail", "a bird with a red wing"]
    worn = np.eye(len(COLOURS))[[RED] * 4 + [BLUE] * 4 + [RED] * 4]
    walked = Walk(torch.zeros(3, 4, 3, 8, 8), readings(12, wing=worn))
    table, = text_paths.named_tables(walked, captions)          # the tail is named only once
    assert table.shape == (3, 4, len(COLOURS)) and text_paths.ASKED["by text"]([table]) == pytest.approx(1)
    assert text_paths.ASKED["noise over text"]([table]) == pytest.approx(-1)


# --- the whole ----------------------------------------------------------------------------------------------------

def test_the_whole_study_in_small(plain_world):
    found = text_paths.study_paths("smoke", (0,))
    assert STUDIES["text_paths"].seeds == (0,) and find("text_paths").function == "study_paths" and found.steps == 0
    for name, entry in found.measures.items():
        assert entry["low"] <= entry["value"] <= entry["high"] and entry["unit"] and np.isfinite(entry["value"]), name
    assert {f"{name}, {way}" for way in ("slerp", "lerp") for name in (
        "faithfulness swing", "background changes", "facing changes", "largest step", "no jump")} <= set(found.measures)
    assert {"colour order", "colour flips", "background change", "realism between",
            "background, noise over text", "named colours, noise over text"} <= set(found.measures)
    for name in ("old colour", "new colour", "bird so far", "background so far", "faithfulness, lerp"):
        assert found.arrays[name].shape == (9,)
    assert sum(values.nbytes for values in found.arrays.values()) < 300_000
