"""Paths between sentences and between noises: each measure has a path whose answer is known."""

import math

import numpy as np
import pytest
import torch

from t2ilib import sample
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.metrics import paths
from t2ilib.metrics.layout import overlap
from t2ilib.runtime import generator, to_tensor

EMPTY = (0, 0, 0, 0)


def noise(seed, *shape):
    return torch.randn(*shape, generator=generator(seed))


# --- the way ------------------------------------------------------------------------------------------------------

def test_a_text_path_runs_from_the_first_sentence_to_the_second_in_even_steps():
    encoder = sample.load_encoder()
    first, second = encoder.encode(["a red bird", "a blue bird"])
    path = paths.text_path(encoder, "a red bird", "a blue bird")
    assert path.shape == (9, 256) and torch.equal(path[0], first) and torch.equal(path[-1], second)
    for k, beta in enumerate(torch.linspace(1, 0, 9)):
        torch.testing.assert_close(path[k], beta * first + (1 - beta) * second)


@pytest.mark.parametrize("way", [paths.lerp, paths.slerp])
def test_a_way_keeps_its_ends_and_may_be_walked_for_many_at_once(way):
    first, second = noise(0, 4, 7), noise(1, 4, 7)
    path = way(first, second, 5)
    assert path.shape == (5, 4, 7)
    torch.testing.assert_close(path[0], first)
    torch.testing.assert_close(path[-1], second)
    for i in range(4):
        torch.testing.assert_close(path[:, i], way(first[i], second[i], 5))


def test_slerp_goes_round_a_quarter_circle_where_lerp_cuts_the_corner():
    east, north = torch.eye(2)
    angles = torch.linspace(0, math.pi / 2, 9)
    torch.testing.assert_close(paths.slerp(east, north), torch.stack([angles.cos(), angles.sin()], dim=1))
    assert paths.lerp(east, north)[4].norm() == pytest.approx(math.sqrt(0.5))


def test_slerp_keeps_the_length_of_normal_noise_where_lerp_loses_nearly_a_third():
    first, second = noise(2, 10_000), noise(3, 10_000)
    for way, middle in ((paths.slerp, 1), (paths.lerp, math.sqrt(0.5))):
        lengths = way(first, second, 3).norm(dim=1)
        assert lengths[1] / lengths[0] == pytest.approx(middle, abs=0.02)


def test_slerp_between_equal_noises_stays_where_it_is():
    z = noise(4, 3, 100)
    torch.testing.assert_close(paths.slerp(z, z.clone()), z.expand(9, 3, 100))


def test_slerp_between_opposite_noises_has_no_way():
    z = noise(5, 100)
    with pytest.raises(ValueError, match="opposite.*draw another"):
        paths.slerp(z, -z)


@pytest.mark.parametrize("way", [paths.lerp, paths.slerp])
def test_a_way_needs_two_ends_of_one_shape(way):
    with pytest.raises(ValueError, match="one shape, got .*7.*8"):
        way(noise(0, 7), noise(1, 8))
    with pytest.raises(ValueError, match="two steps or more.*got 1"):
        way(noise(0, 7), noise(1, 7), 1)


# --- what changes -------------------------------------------------------------------------------------------------

def test_a_box_holds_the_pixels_whose_middles_lie_in_it():
    inside = paths.either_box(np.array([[0.25, 0.5, 0.5, 0.25]]), np.array([EMPTY]), 8)[0]
    assert inside[4:6, 2:6].all() and inside.sum() == 8
    assert not paths.either_box(np.array([[0.25, 0.25, 0.05, 0.5]]), np.array([EMPTY]), 8).any()


def test_two_boxes_that_overlap_are_counted_once():
    inside = paths.either_box(np.array([[0, 0, 0.5, 0.5]]), np.array([[0.25, 0.25, 0.5, 0.5]]), 8)
    assert inside.sum() == 16 + 16 - 4


def test_changes_on_the_bird_and_behind_it_are_told_apart():
    """The left half of the second picture is 0.5 lighter; the right half is 0.1 darker, in one channel of three."""
    first, last = torch.zeros(2, 2, 3, 8, 8)
    last[1, :, :, :4], last[1, 0, :, 4:] = 0.5, -0.3
    left, other = np.array([[0, 0, 0.5, 1.0]] * 2), np.array([EMPTY] * 2)
    bird, background = paths.changes(first, last, left, other)
    np.testing.assert_allclose(bird, (0, 0.5), atol=1e-6)
    np.testing.assert_allclose(background, (0, 0.1), atol=1e-6)
    np.testing.assert_array_equal(paths.background_change(first, last, left, other), background)
    np.testing.assert_allclose(paths.changes(first, last, other, left).bird, bird)      # either box may be the larger


def test_where_there_is_no_bird_or_no_background_nothing_is_measured():
    first, last = torch.zeros(2, 2, 3, 8, 8) + torch.tensor([0.0, 0.25]).view(2, 1, 1, 1, 1)
    boxes = np.array([EMPTY, (0, 0, 1, 1)])
    bird, background = paths.changes(first, last, boxes, boxes)
    assert np.isnan(bird[0]) and bird[1] == 0.25 and background[0] == 0.25 and np.isnan(background[1])


def test_a_row_of_pictures_is_compared_with_its_first():
    """The bird, on the left, turns white in four steps, and the background stays."""
    row = torch.zeros(5, 3, 8, 8)
    row[..., :4] = torch.linspace(0, 1, 5).view(5, 1, 1, 1)
    boxes = np.tile((0, 0, 0.5, 1.0), (5, 1))
    boxes[2] = (0, 0, 1, 1)                         # only the boxes of the two ends count
    bird, background = paths.bird_and_background(row, boxes)
    np.testing.assert_allclose(bird, np.linspace(0, 1, 5), atol=1e-6)
    np.testing.assert_allclose(background, np.zeros(5))


def test_the_boxes_are_those_of_real_birds():
    data = rendered.load(World(2, 1), "test", 4, 64)
    boxes = paths.bird_boxes(sample.load_locator(), to_tensor(data.images[:]))
    assert overlap(boxes, data.boxes).min() > 0.8
    assert paths.bird_boxes(sample.load_locator(), torch.ones(1, 3, 64, 64)).shape == (1, 4)


# --- in order, and evenly? ----------------------------------------------------------------------------------------

def test_monotone_asks_for_the_order_and_not_for_the_shape():
    rising = np.linspace(-4, 4, 9)
    assert paths.monotone(1 / (1 + np.exp(-9 * rising))) == pytest.approx(1)
    assert paths.monotone(-rising ** 3) == pytest.approx(-1)
    assert paths.monotone(rising ** 2) == pytest.approx(0)
    assert paths.monotone(np.full(9, 0.3)) == 0


def test_one_exchange_of_neighbours_costs_what_the_formula_says():
    """1 - 6 sum(d^2) / (n (n^2 - 1)), with two ranks that are off by one."""
    values = np.arange(9.0)
    values[[3, 4]] = values[[4, 3]]
    assert paths.monotone(values) == pytest.approx(1 - 6 * 2 / (9 * 80))


def test_step_sizes_and_the_largest_of_them():
    heights = torch.tensor([0, 0.1, 0.2, 0.6, 0.7])
    steps = paths.step_sizes(heights.view(-1, 1, 1, 1).expand(-1, 3, 4, 4))
    np.testing.assert_allclose(steps, (0.1, 0.1, 0.4, 0.1), atol=1e-6)
    assert paths.largest_step(steps) == pytest.approx(4, rel=1e-5)


def test_an_even_path_has_no_larger_step_and_a_jump_has_an_infinite_one():
    assert paths.largest_step(np.full(8, 0.2)) == 1
    assert paths.largest_step(np.zeros(8)) == 1
    assert paths.largest_step(np.array([0, 0, 0, 1, 0])) == float("inf")
