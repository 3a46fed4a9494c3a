"""M2 to M4: exact on made-up answers, at the ceiling on the truth, at the floor under each negative control."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from skimage.color import rgb2lab
from torchvision.ops import box_convert, box_iou

from t2ilib import runtime
from t2ilib.data import rendered
from t2ilib.data.birds import KEYPOINTS, World
from t2ilib.data.draw import EYE
from t2ilib.metrics import layout
from t2ilib.metrics.layout import Style
from t2ilib.metrics.locator import Located, Locator, LocatorBatch, LocatorConfig, locate
from t2ilib.metrics.measures import derangement
from t2ilib.train import Recipe, TrainState, fit_model, make_fabric

COUNT, KNOWN = 120, 32        # pictures; of these, how many a small locator learns by heart
MEASURES = (layout.keypoint_error, layout.close_keypoints, layout.box_overlap, layout.centre_error)
STYLES = (layout.background_error, layout.facing_agreement, layout.angle_error)
ERRORS = {layout.keypoint_error, layout.centre_error, layout.background_error, layout.angle_error}


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("T2I_HOME", str(tmp_path_factory.mktemp("home")))
        return rendered.load(World(7, 3), "test", COUNT, 64)


@pytest.fixture(scope="module")
def truth(real):
    """What a locator would say that is always right."""
    return Located(np.array(real.points), np.array(real.parts))


def rows(found, order):
    return Located(found.points[order], found.parts[order])


def moved(found, by):
    """The same, found elsewhere: shifted down by whole pixels, out of the picture where it ends."""
    points, parts = found.points.copy(), np.zeros_like(found.parts)
    points[..., 1] += by / 64
    parts[:, by:] = found.parts[:, :-by]
    return Located(points, parts)


def first(data, count):
    """The first rows of a data set, as its own copy."""
    columns = ("images", "points", "parts", "boxes", "labels")
    return replace(data, **{name: np.array(getattr(data, name)[:count]) for name in columns})


def at_floor(score, most=0.5):
    """Nearer to the floor than to the ceiling, or beyond it: at most `most` of the way from the one to the other."""
    return (score.value - score.floor) / (score.ceiling - score.floor) < most


# --- M2 ---------------------------------------------------------------------------------------------------------

def test_keypoint_error_is_the_distance_over_the_diagonal_of_visible_parts(real, truth):
    data = replace(real, boxes=np.tile(np.float32((0.1, 0.1, 0.3, 0.4)), (COUNT, 1)))       # diagonal 0.5
    points = truth.points.copy()
    points[..., 0] += 0.03
    points[..., 1] -= 0.04
    score = layout.keypoint_error(Located(points, truth.parts), data)
    assert score.value == pytest.approx(0.1, abs=1e-5) and score.n == COUNT
    hidden = data.points[..., 2] == 0
    points[hidden] += 0.5                                                                   # nobody can see that
    assert hidden.any() and layout.keypoint_error(Located(points, truth.parts), data).value == pytest.approx(0.1)


def test_close_keypoints_are_within_a_tenth_of_the_diagonal(real, truth):
    data = replace(real, boxes=np.tile(np.float32((0, 0, 0.6, 0.8)), (COUNT, 1)), points=real.points.copy())
    data.points[..., 2] = 1
    points = data.points.copy()
    points[:, :6, 0] += 0.099
    points[:, 6:10, 0] += 0.101
    assert layout.close_keypoints(Located(points, truth.parts), data).value == pytest.approx(11 / 15)


def test_a_picture_with_more_visible_parts_counts_more(real, truth):
    data, points = first(real, 2), truth.points[:2].copy()
    data.points[..., 2] = 0
    data.points[0, :3, 2] = 1
    data.points[1, 0, 2] = 1
    points[1, 0, 0] += 0.9
    assert layout.close_keypoints(Located(points, truth.parts[:2]), data).value == pytest.approx(3 / 4)


def test_the_floor_of_keypoints_is_the_mean_pose(real, truth):
    guess = np.repeat(real.points.mean(0, keepdims=True), COUNT, axis=0)
    for measure in (layout.keypoint_error, layout.close_keypoints):
        score = measure(Located(guess, truth.parts), real, real=truth)
        assert score.value == pytest.approx(score.floor, rel=1e-5)
    assert layout.keypoint_error(truth, real).floor > 0.15 and layout.close_keypoints(truth, real).floor < 0.5


# --- M3 ---------------------------------------------------------------------------------------------------------

def test_the_box_of_a_mask_leaves_specks_out():
    masks = np.zeros((3, 64, 64), bool)
    masks[0, 10:20, 5:37] = True
    masks[0, 60, 60:63] = True                              # three pixels
    masks[1] = masks[0]
    masks[1, 61, 63] = True                                 # a fourth, at a corner of them: a piece of the bird
    boxes = layout.mask_boxes(masks) * 64
    assert boxes.tolist() == [[5, 10, 32, 10], [5, 10, 59, 52], [0, 0, 0, 0]]


def test_pieces_of_two_pictures_are_never_one():
    masks = np.zeros((2, 8, 8), bool)
    masks[:, 0, :2] = True                                  # two pixels each, at the same place
    assert not layout.without_specks(masks).any()


def test_overlap_is_that_of_torchvision(real):
    boxes, others = real.boxes, real.boxes[derangement(COUNT)] * np.float32((1, 1, 0.7, 1.2))
    corners = [box_convert(torch.from_numpy(b), "xywh", "xyxy") for b in (boxes, others)]
    assert np.allclose(layout.overlap(boxes, others), box_iou(*corners).diagonal(), atol=1e-5)
    apart = np.float32([[0, 0, 0.2, 0.2]]), np.float32([[0.5, 0.5, 0.2, 0.2]])
    assert layout.overlap(*apart).tolist() == [0]


def test_centres_are_apart_by_a_share_of_the_wanted_diagonal():
    found, wanted = np.array([[0.2, 0.2, 0.2, 0.2]]), np.array([[0.0, 0.1, 0.6, 0.8]])
    assert layout.centre_distance(found, wanted).tolist() == pytest.approx([0.2])      # (0.3, 0.3) against (0.3, 0.5)
    assert layout.centre_distance(wanted, wanted).tolist() == [0]


def test_a_picture_without_a_bird_misses_its_box(real, truth):
    empty = Located(truth.points, np.zeros_like(truth.parts))
    assert layout.box_overlap(empty, real).value == 0 and layout.centre_error(empty, real).value > 0.5


# --- M4 ---------------------------------------------------------------------------------------------------------

def test_parts_are_counted_from_four_pixels_on_and_only_those_of_a_bird():
    parts = np.zeros((3, 64, 64), np.uint8)
    parts[0, 0, :4], parts[0, 1, :3], parts[0, 2, :9] = 1, 2, 10        # four pixels, three, nine
    parts[1] = EYE
    found = Located(np.zeros((3, 15, 3)), parts)
    assert layout.count_parts(found).tolist() == [2, 0, 0]
    score = layout.parts_shown(found, found)
    assert score.value == score.ceiling == pytest.approx(2 / 30) and score.floor == 0


def test_real_birds_show_nearly_all_parts_and_empty_pictures_none(truth):
    nothing = Located(truth.points, np.zeros_like(truth.parts))
    assert layout.parts_shown(truth, truth).value > 0.8
    assert layout.parts_shown(nothing, truth).value == 0


def test_the_style_of_real_pictures_is_the_scene_s(real, truth):
    style, scenes = layout.read_style(real.images, truth), [World(7, 3).scene(i, "test") for i in range(COUNT)]
    assert np.array_equal(style.right, real.factor("facing") == 1)
    perched = [i for i, scene in enumerate(scenes) if scene.pose == "perched"]
    tilts = np.degrees([scene.tilt for scene in scenes])
    assert np.corrcoef(style.angle[perched], tilts[perched])[0, 1] > 0.8 and np.ptp(style.angle) > 15


def test_lifting_the_breast_is_positive_whichever_way_it_faces():
    points = np.zeros((2, 15, 3), np.float32)
    for name, places in {"tail": ((0.3, 0.6), (0.7, 0.6)), "breast": ((0.5, 0.4), (0.5, 0.4)),
                         "beak": ((0.6, 0.3), (0.4, 0.3))}.items():
        points[:, KEYPOINTS.index(name), :2] = places
    style = layout.read_style(np.zeros((2, 64, 64, 3), np.uint8), Located(points, np.zeros((2, 64, 64), np.uint8)))
    assert style.angle.tolist() == pytest.approx([45, 45]) and style.right.tolist() == [True, False]


def test_the_background_is_what_lies_outside_of_the_bird_and_its_rim():
    images, masks = np.full((2, 64, 64, 3), (200, 40, 10), np.uint8), np.zeros((2, 64, 64), bool)
    masks[0, 20:40, 20:40] = True
    images[0, 18:42, 20:40] = 0                             # the bird, and two pixels of its rim
    masks[1] = True                                         # all of the picture is bird
    red = rgb2lab(np.array([200, 40, 10]) / 255)
    assert np.allclose(layout.background_colours(images, masks), red)


def test_backgrounds_differ_by_ciede2000(real):
    true = layout.read_style(real.images, real)
    lighter = replace(true, background=true.background + (1.0, 0, 0))
    score = layout.background_error(lighter, real)
    assert layout.background_error(true, real).value == 0 and 0.5 < score.value < 1.5
    assert layout.background_error(true, real).floor > 15


# --- all of them ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("measure", MEASURES)
def test_the_truth_is_at_the_ceiling_and_moving_away_is_worse(measure, real, truth):
    best, off, far = (measure(found, real, real=truth) for found in (truth, moved(truth, 5), moved(truth, 12)))
    assert best.value == best.ceiling == off.ceiling
    assert best.value == pytest.approx(0 if measure in ERRORS else 1, abs=0.08)
    distances = [abs(score.value - best.value) for score in (off, far)]
    assert distances[1] > 0.1 and distances[1] > 1.5 * distances[0]
    assert off.low <= off.value <= off.high and (off.floor > off.ceiling) == (measure in ERRORS)


@pytest.mark.parametrize("measure", STYLES)
def test_a_style_is_at_its_ceiling_on_the_truth_and_at_its_floor_in_another_order(measure, real):
    true = layout.read_style(real.images, real)
    score = measure(true, real)
    assert score.value == score.ceiling == (0 if measure in ERRORS else 1)
    order = np.random.default_rng(3).permutation(COUNT)
    shuffled = Style(*(column[order] for column in (true.background, true.right, true.angle)))
    assert at_floor(measure(shuffled, real, real=true), 0.25)


@pytest.mark.parametrize("measure", [*MEASURES, *STYLES])
def test_another_number_of_pictures_is_refused(measure, real, truth):
    few = rows(truth, np.arange(COUNT - 1))
    answer = layout.read_style(real.images[:-1], few) if measure in STYLES else few
    with pytest.raises(ValueError, match=f"got {COUNT - 1} for {COUNT}; give the rows"):
        measure(answer, real)


@pytest.fixture(scope="module")
def keen(real):
    """A small locator that knows these very pictures by heart: good enough to see what controls do to the measures."""
    torch.manual_seed(0)
    locator = Locator(LocatorConfig(channels=8))
    batch = LocatorBatch(runtime.to_tensor(real.images[:KNOWN]), torch.from_numpy(real.points[:KNOWN]),
                         torch.from_numpy(real.parts[:KNOWN].astype(np.int64)))
    state = TrainState(locator, Recipe(steps=100, batch=KNOWN, lr=1e-2, betas=(0.9, 0.999), log_every=100),
                       make_fabric("cpu", "32-true"))
    fit_model(locator, state, lambda step, rank: batch)
    return locator


@pytest.fixture(scope="module")
def known(real):
    return first(real, KNOWN)


@pytest.mark.parametrize("measure", MEASURES)
def test_another_order_and_one_bird_for_all_are_at_the_floor(measure, real, truth):
    for order in (np.random.default_rng(3).permutation(COUNT), np.zeros(COUNT, int)):
        assert at_floor(measure(rows(truth, order), real, real=truth))


def controls(images):
    """Pictures that must not score: the wrong ones, nothing, noise, one bird for all."""
    return {"shuffled": images[derangement(len(images))], "one bird": images[:1].expand_as(images),
            "grey": torch.zeros_like(images),
            "noise": torch.rand(images.shape, generator=runtime.generator(0)) * 2 - 1}


@pytest.mark.parametrize("name", ["grey", "noise"])
def test_pictures_without_a_bird_drive_the_layout_to_its_floor(name, keen, known):
    images = runtime.to_tensor(known.images)
    real, found = locate(keen, images), locate(keen, controls(images)[name])
    assert layout.keypoint_error(real, known).value < 0.06 and layout.box_overlap(real, known).value > 0.6
    for measure in MEASURES:
        assert at_floor(measure(found, known, real=real)), measure.__name__


def test_controls_drive_the_style_to_its_floor(keen, known):
    images = runtime.to_tensor(known.images)
    real = layout.read_style(known.images, locate(keen, images))
    assert layout.facing_agreement(real, known).value > 0.95 and layout.background_error(real, known).value < 6
    for name, pictures in controls(images).items():
        drawn = layout.read_style(runtime.to_pixels(pictures), locate(keen, pictures))
        for measure in STYLES:
            score = measure(drawn, known, real)
            worse = abs(score.value - score.ceiling)
            least = {layout.background_error: 8, layout.facing_agreement: 0.25, layout.angle_error: 2}[measure]
            assert worse > least and (score.value > score.ceiling) == (measure in ERRORS), (name, measure.__name__)
