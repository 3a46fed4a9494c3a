"""What chapter 2 says in words about stored results holds for the results that are stored."""

import pytest
from stored import card, means, near, values

from t2ilib import studies
from t2ilib.figures_dcgan import CHANGED
from t2ilib.studies.dcgan_guidelines import effect

PUBLISHED = "as published"


def test_2_1_seven_of_nine_against_none():
    measures = studies.results("plain_against_dcgan")["measures"]
    runs = {name: measures[f"successes: {name}"]["rows"] for name in ("DCGAN", "plain layers")}
    assert [sum(run["succeeded"] for run in rows) for rows in runs.values()] == [7, 0]
    failed = [run for run in runs["DCGAN"] if not run["succeeded"]]
    assert sorted(run["diversity"] for run in failed) == [0.497, 0.499]
    blurred = measures["SynthFID: blurred"]["value"]
    assert round(blurred) == 6258 and min(run["SynthFID"] for run in runs["plain layers"]) > blurred
    assert max(run["SynthFID"] for run in failed) < blurred
    assert means("plain_against_dcgan", "Fisher's p") == near(0.002, unit=0.001)
    assert means("plain_against_dcgan", "SynthFID, DCGAN over plain") == near(0.40)


def test_2_4_what_breaking_a_rule_does():
    measures = studies.results("dcgan_guidelines")["measures"]
    words = {row: effect(measures, row) for row in CHANGED}
    clear = [row for row, word in words.items() if word != "no clear difference"]
    change = {row: measures[f"SynthFID, difference: {row}"]["value"] for row in clear}
    worse, better = ({row for row in clear if (change[row] > 0) == up} for up in (True, False))
    assert better == {"repeated pixels in G", "LeakyReLU in G", "learning rate 0.001"}
    most = sorted(worse, key=change.get, reverse=True)
    assert most == ["sigmoid for tanh", "no batch norm", "no batch norm, larger weights", "beta1 = 0.9",
                    "max pooling in D", "batch norm from N(0, 0.02)", "hidden layer before the answer"]
    assert means("dcgan_guidelines", "SynthFID, times the published: no batch norm") == near(1.9, unit=0.1)
    everywhere, = values("dcgan_guidelines", "SynthFID: batch norm everywhere")
    assert [min(everywhere), max(everywhere)] == near(3_900, 11_100, unit=100)


def test_2_4_average_pooling_is_steadier_and_not_slower():
    row = "average pooling before the answer"
    assert means("dcgan_guidelines", f"D's loss, spread: {row}", f"D's loss, spread: {PUBLISHED}") == near(0.04, 0.44)
    assert values("dcgan_guidelines", f"SynthFID, a third, difference: {row}").max() < 0
    assert means("dcgan_guidelines", f"SynthFID: {row}", f"SynthFID: {PUBLISHED}") == near(5484, 5391, unit=1)


def test_2_4_momentum_does_harm_but_not_by_swinging():
    harm, published = means("dcgan_guidelines", "SynthFID: beta1 = 0.9", f"SynthFID: {PUBLISHED}")
    assert [harm, published] == near(8162, 5391, unit=1)
    swing = means("dcgan_guidelines", *(f"swing: {row}" for row in ("beta1 = 0.9", PUBLISHED, "beta1 = 0")))
    assert swing[0] < 0.02 * swing[1] and swing[2] > 2 * swing[1]
    fakes = studies.arrays("dcgan_guidelines")["curve: beta1 = 0.9"][:, 2]
    assert fakes[-len(fakes) // 3:].max() < 0.05


def test_2_5_dots_before_and_after():
    ways = ("transposed convolution", "pixel shuffle", "pixel shuffle, begun alike", "repeat, then convolve")
    first = means("dcgan_upsampling", *(f"checkerboard, at first: {way}" for way in ways))
    last = means("dcgan_upsampling", *(f"checkerboard: {way}" for way in ways))
    assert first[0] == near(560, unit=10) and first[1] == pytest.approx(first[0], rel=0.1) and first[2] < 1e-6
    assert last == near(11, 9, 13, 1, unit=1)
    assert values("dcgan_upsampling", "SynthFID, difference: repeat, then convolve").max() < 0
    assert means("dcgan_upsampling", "SynthFID: repeat, then convolve") == near(4739, unit=1)
    assert means("dcgan_guidelines", "SynthFID: repeated pixels in G") == near(3776, unit=1)


def test_2_6_walks_do_not_jump_and_the_chord_is_too_short():
    steps = means("dcgan_walks", *(f"largest step, {way}" for way in ("slerp", "lerp", "look-up", "cross-fade")))
    assert steps[:3] == near(3, 3, 100, unit=1) and steps[3] < 0.5 * steps[0]
    assert means("dcgan_walks", *(f"{what} in order" for what in ("body", "facing", "background"))) == near(
        0.79, 0.71, 0.63)
    assert means("dcgan_walks", *(f"SynthFID, {way}" for way in ("slerp", "ends", "lerp", "cross-fade"))) == near(
        1229, 1277, 1894, 4330, unit=1)
    assert means("dcgan_walks", "length, middle of lerp", "length, drawn") == near(7, 10, unit=0.1)


def test_2_6_nothing_is_copied():
    known = card("dcgan")
    assert [known[f"memorisation, {where}"]["value"] for where in ("pixels", "features")] == near(1.11, 2.84)
    assert known["memorisation, copied"]["value"] == 0 and known["memorisation, copied"]["n"] == 500
    assert known["diversity"]["value"] == near(0.85)


def test_2_7_sums_work_with_more_exemplars():
    def rate(pair, count, more=""):
        return means("dcgan_arithmetic", f"{pair}, n = {count}{more}")[0]
    assert [rate("body and facing", count) for count in (1, 3, 10)] == near(0.22, 0.44, 0.76, unit=0.011)
    assert means("dcgan_arithmetic", "body and facing, random") == near(0.04)
    assert max(rate("wing and belly", count) for count in (1, 3, 10)) == near(0.20)
    assert [rate("background and facing", 10, more) for more in ("", ", usual length")] == near(0.97, 0.90, unit=0.011)
    over = studies.results("dcgan_arithmetic")["measures"]
    assert all(over[f"beak shape and facing, n = {count}, over random"]["low"] < 0 for count in (1, 3, 10))


def test_2_8_what_d_knows():
    readers = ("trained D", "fresh D", "pixels", "network on the labels")
    assert means("dcgan_features", *(f"species, n = 5: {who}" for who in readers)) == near(0.86, 0.76, 0.70, 0.54)
    assert means("dcgan_features", *(f"wing, n = {count}: {who}" for count in (5, 20) for who in readers[:2])) == near(
        0.32, 0.35, 0.63, 0.60, unit=0.011)
    facing = {who: means("dcgan_features", *(f"layer {layer}, facing: {who}" for layer in (1, 2, 3, 4)))
              for who in readers[:2]}
    assert min(facing["trained D"]) > 0.95 and list(facing["fresh D"]) == sorted(facing["fresh D"], reverse=True)
    for what in ("size", "beak shape"):
        depth = means("dcgan_features", *(f"layer {layer}, {what}: trained D" for layer in (1, 2, 3, 4)))
        assert list(depth) == sorted(depth)
    wing = means("dcgan_features", *(f"layer {layer}, wing: trained D" for layer in (1, 2, 3, 4)))
    assert wing.argmin() == 3
