"""The locator: its batches tell the truth about mirrored and moved birds, its losses count what they should."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from t2ilib import runtime
from t2ilib.data import rendered
from t2ilib.data.birds import KEYPOINTS, World
from t2ilib.metrics.locator import (
    GRID,
    LABELS,
    Findings,
    Locator,
    LocatorBatch,
    LocatorBatches,
    LocatorConfig,
    locate,
    mirror,
    shift,
    soft_argmax,
    target_heat,
)
from t2ilib.train import Recipe, TrainState, fit_model, make_fabric

LEFT_EYE, RIGHT_EYE = KEYPOINTS.index("left eye"), KEYPOINTS.index("right eye")


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("T2I_HOME", str(tmp_path_factory.mktemp("home")))
        return [rendered.load(World(7), split, 40, 64) for split in ("test", "scrambled")]


@pytest.fixture
def batch(birds):
    data = birds[0]
    return LocatorBatch(runtime.to_tensor(data.images[:6]), torch.from_numpy(data.points[:6]),
                        torch.from_numpy(data.parts[:6].astype(np.int64)))


def small(seed=0):
    torch.manual_seed(seed)
    return Locator(LocatorConfig(channels=8))


class Sure(Locator):
    """Answers what it is told, whatever the picture."""

    def __init__(self, findings):
        super().__init__(LocatorConfig(channels=4))
        self.findings = findings

    def forward(self, image):
        return self.findings


def perfect(batch):
    """The findings of a locator that knows everything."""
    parts = torch.nn.functional.one_hot(batch.parts, LABELS).movedim(3, 1)
    return Findings((target_heat(batch.points[..., :2]) + 1e-12).log(), 40 * batch.points[..., 2] - 20, 40.0 * parts)


def test_a_target_is_a_share_of_four_cells_whose_mean_is_the_point():
    places = torch.rand(4, 15, 2, generator=runtime.generator(1)) * 0.9 + 0.05
    heat = target_heat(places)
    assert heat.shape == (4, 15, GRID, GRID) and torch.allclose(heat.sum((2, 3)), torch.ones(4, 15), atol=1e-5)
    assert int((heat > 0).sum((2, 3)).max()) <= 4
    assert torch.allclose(soft_argmax((heat + 1e-12).log()), places, atol=1e-4)


def test_soft_argmax_gives_x_before_y():
    heat = torch.full((1, 1, GRID, GRID), -50.0)
    heat[0, 0, 3, 20] = 50                              # row 3, column 20
    assert soft_argmax(heat)[0, 0].tolist() == pytest.approx([20.5 / GRID, 3.5 / GRID])


def test_a_perfect_answer_costs_only_what_the_blur_of_its_targets_does(batch):
    terms = Sure(perfect(batch)).loss(batch)
    target = target_heat(batch.points[..., :2])
    blur = -(target * (target + 1e-12).log()).sum((2, 3)).mean()
    assert float(terms["heat"]) == pytest.approx(float(blur), rel=1e-3)
    assert all(float(terms[name]) < 1e-2 for name in ("place", "visible", "parts"))


@pytest.mark.parametrize("term", ["heat", "place", "visible", "parts"])
def test_each_term_notices_its_own_mistake_and_no_other(batch, term):
    good = perfect(batch)
    bad = {"heat": good.heat.flip(3), "visible": -good.visible, "parts": good.parts.roll(1, 1)}
    wrong = good._replace(**{"heat" if term == "place" else term: bad["heat" if term == "place" else term]})
    right, terms = Sure(good).loss(batch), Sure(wrong).loss(batch)
    moved = {name for name in terms if float(terms[name]) > float(right[name]) + 0.1}
    assert moved == ({"heat", "place"} if term in ("heat", "place") else {term})


def test_hidden_parts_count_for_their_place_and_those_outside_do_not(batch):
    hidden = batch.points.clone()
    hidden[..., 2] = 0
    wrong = perfect(batch)._replace(heat=perfect(batch).heat.flip(3))
    same = Sure(wrong).loss(batch._replace(points=hidden))["place"]
    assert float(same) == pytest.approx(float(Sure(wrong).loss(batch)["place"])) and float(same) > 0.5
    outside = batch.points.clone()
    outside[:, 4, 0] = 1.2
    assert float(Sure(perfect(batch)).loss(batch._replace(points=outside))["place"]) < 1e-2


def test_mirroring_moves_the_points_and_swaps_left_and_right(batch):
    turned = mirror(batch, torch.tensor([True] * 5 + [False]))
    assert torch.equal(turned.image[0], batch.image[0].flip(2)) and torch.equal(turned.parts[0], batch.parts[0].flip(1))
    assert torch.allclose(turned.points[0, LEFT_EYE], batch.points[0, RIGHT_EYE] * torch.tensor([-1, 1, 1])
                          + torch.tensor([1, 0, 0]))
    assert not torch.equal(turned.points[0, LEFT_EYE, 2], batch.points[0, LEFT_EYE, 2])      # one of them is hidden
    for old, new in zip(batch, turned):
        assert torch.equal(old[5], new[5])
    back = mirror(turned, torch.tensor([True] * 5 + [False]))
    assert torch.equal(back.image, batch.image) and torch.allclose(back.points, batch.points, atol=1e-6)


def test_shifting_keeps_points_and_masks_on_their_pixels(batch):
    moved = shift(batch, (3, -2))                       # down and to the left
    assert torch.equal(moved.image[..., 3:, :-2], batch.image[..., :-3, 2:])
    assert torch.equal(moved.parts[:, 3:, :-2], batch.parts[:, :-3, 2:])
    assert torch.equal(moved.image[..., 0, 10], batch.image[..., 0, 12])                     # the border repeats
    assert torch.allclose(moved.points - batch.points, torch.tensor([-2 / 64, 3 / 64, 0]), atol=1e-6)


def test_a_batch_is_a_function_of_step_and_rank_and_its_points_lie_on_their_parts(birds):
    batches = LocatorBatches(birds, 10, seed=3)
    one, again, other = batches(4), batches(4), batches(4, rank=1)
    assert all(torch.equal(a, b) for a, b in zip(one, again)) and not torch.equal(one.image, other.image)
    assert one.image.shape == (10, 3, 64, 64) and one.points.shape == (10, 15, 3) and one.parts.dtype == torch.int64
    belly = (one.points[:, KEYPOINTS.index("belly"), :2] * 64).long()
    assert (one.parts[torch.arange(10), belly[:, 1], belly[:, 0]] > 0).all()


def test_batches_mirror_half_of_the_pictures(birds):
    """All birds that look right, half of them turned: beaks to the left of tails in about half of the batch."""
    data, keep = birds[0], np.flatnonzero(birds[0].factor("facing") == 1)
    right = replace(data, images=data.images[keep], points=data.points[keep], parts=data.parts[keep])
    points = LocatorBatches([right], 200)(0).points
    turned = points[:, KEYPOINTS.index("beak"), 0] < points[:, KEYPOINTS.index("tail"), 0]
    assert 70 < int(turned.sum()) < 130
    assert torch.equal(turned, points[:, RIGHT_EYE, 2] == 0)            # a bird that looks left hides its right eye


def test_it_learns_where_the_parts_are_and_a_grey_picture_tells_it_nothing(birds):
    data = birds[0]
    locator = small()
    state = TrainState(locator, Recipe(steps=160, batch=16, lr=5e-3, betas=(0.9, 0.999), log_every=80),
                       make_fabric("cpu", "32-true"))
    fit_model(locator, state, LocatorBatches([data], 16))
    images = runtime.to_tensor(data.images[:])
    seen, blind = (locate(locator, pictures) for pictures in (images, torch.zeros_like(images)))
    errors = [np.linalg.norm(found.points[..., :2] - data.points[..., :2], axis=2).mean() for found in (seen, blind)]
    assert errors[0] < 0.05 < 0.1 < errors[1]
    union = ((seen.parts > 0) | (data.parts > 0)).sum()
    assert ((seen.parts > 0) & (data.parts > 0)).sum() / union > 0.4
    assert all(term in state.history[0] for term in ("heat", "place", "visible", "parts"))


def test_locating_keeps_the_mode_and_does_not_depend_on_the_batch(birds):
    locator, images = small().train(), runtime.to_tensor(birds[0].images[:5])
    found, split = locate(locator, images), locate(locator, images, batch=2)
    assert locator.training and found.points.shape == (5, 15, 3) and found.points.dtype == np.float32
    assert found.parts.shape == (5, 64, 64) and found.parts.max() < LABELS
    assert np.allclose(found.points, split.points, atol=1e-5) and (found.points > 0).all() and (found.points < 1).all()


def test_another_size_is_refused():
    with pytest.raises(ValueError, match=r"\(N, 3, 64, 64\), got \(2, 3, 32, 32\)"):
        locate(small(), torch.zeros(2, 3, 32, 32))


def test_it_is_small():
    assert runtime.count_parameters(Locator(LocatorConfig())) < 1_500_000
