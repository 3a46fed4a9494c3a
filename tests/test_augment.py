"""Cut out and mirrored: the pixels, the box and the keypoints stay together."""

from dataclasses import replace

import pytest
import torch

from t2ilib.data.augment import PARTNERS, Pictures, crop, flip, load_size, partners, random_crop, random_flip
from t2ilib.data.birds import KEYPOINTS, World
from t2ilib.data.draw import render

SIDE = 16


def everyone(count: int, value: bool = True) -> torch.Tensor:
    return torch.full((count,), value)


@pytest.fixture
def dots() -> Pictures:
    """Picture i is black but for one red pixel in column i and row 15 - i, which keypoint i % 15 and the box mark."""
    image, keypoints = torch.zeros(SIDE, 3, SIDE, SIDE), torch.zeros(SIDE, 15, 3)
    box = torch.empty(SIDE, 4)
    for i in range(SIDE):
        column, row = i, SIDE - 1 - i
        image[i, 0, row, column] = 1
        keypoints[i, i % 15] = torch.tensor([(column + 0.5) / SIDE, (row + 0.5) / SIDE, 1])
        box[i] = torch.tensor([column, row, 1, 1]) / SIDE
    return Pictures(image, box, keypoints)


def red(image: torch.Tensor) -> list[tuple[int, int]]:
    """Column and row of the red pixels."""
    return [(column, row) for row, column in image[0].nonzero().tolist()]


def marked(keypoints: torch.Tensor, size: int) -> list[tuple[int, int]]:
    """The pixels on which the visible keypoints are."""
    return [tuple((point[:2] * size).floor().int().tolist()) for point in keypoints if point[2]]


def same(a: Pictures, b: Pictures) -> bool:
    return all(torch.equal(left, right) for left, right in zip(a, b, strict=True))


# Mirrors

def test_a_mirrored_keypoint_stays_on_its_pixel(dots):
    mirrored = flip(dots, everyone(SIDE))
    for i in range(SIDE):
        assert red(mirrored.image[i]) == marked(mirrored.keypoints[i], SIDE) == [(SIDE - 1 - i, SIDE - 1 - i)]
        assert (mirrored.box[i] * SIDE).tolist() == [SIDE - 1 - i, SIDE - 1 - i, 1, 1]


def test_mirroring_twice_changes_nothing(dots):
    assert not same(flip(dots, everyone(SIDE)), dots)
    assert same(flip(flip(dots, everyone(SIDE)), everyone(SIDE)), dots)


def test_mirroring_twice_costs_at_most_a_rounding():
    stream = torch.Generator().manual_seed(0)
    points = torch.rand(8, 15, 3, generator=stream)
    points[..., 2] = 1
    before = Pictures(torch.rand(8, 3, 5, 5, generator=stream), torch.rand(8, 4, generator=stream) / 2, points)
    after = flip(flip(before, everyone(8)), everyone(8))
    assert torch.equal(after.image, before.image) and torch.equal(after.keypoints[..., 1:], points[..., 1:])
    torch.testing.assert_close(after.keypoints, points, rtol=0, atol=2 ** -24)
    torch.testing.assert_close(after.box, before.box, rtol=0, atol=2 ** -23)


def test_left_and_right_are_exchanged():
    points = torch.zeros(1, 15, 3)
    for i in range(15):
        points[0, i] = torch.tensor([i / 32, i / 16, 1])
    _, _, mirrored = flip(Pictures(torch.zeros(1, 3, 4, 4), torch.zeros(1, 4), points), everyone(1))
    places = {name: tuple(mirrored[0, i].tolist()) for i, name in enumerate(KEYPOINTS)}
    for name, other in {"left eye": "right eye", "right eye": "left eye", "left wing": "right wing",
                        "right leg": "left leg", "tail": "tail", "beak": "beak"}.items():
        i = KEYPOINTS.index(other)
        assert places[name] == (1 - i / 32, i / 16, 1)


def test_partners_are_found_by_name():
    assert partners(["left knee", "head", "right knee"]) == [2, 1, 0]
    moved = {(KEYPOINTS[i], KEYPOINTS[j]) for i, j in enumerate(PARTNERS) if i != j}
    pairs = {("left eye", "right eye"), ("left leg", "right leg"), ("left wing", "right wing")}
    assert moved == pairs | {(right, left) for left, right in pairs}


def test_hidden_keypoints_stay_hidden(dots):
    for after in (flip(dots, everyone(SIDE)), crop(dots, torch.full((SIDE, 2), 3), 10)):
        hidden = after.keypoints[..., 2] == 0
        assert hidden.any() and not after.keypoints[hidden].any()


def test_only_the_chosen_are_mirrored(dots):
    chosen = torch.arange(SIDE) % 2 == 0
    after, mirrored = flip(dots, chosen), flip(dots, everyone(SIDE))
    for field, before, other in zip(after, dots, mirrored, strict=True):
        assert torch.equal(field[chosen], other[chosen]) and torch.equal(field[~chosen], before[~chosen])
    assert same(flip(dots, everyone(SIDE, False)), dots)


def test_a_box_on_the_edge_is_mirrored_inside():
    box = torch.tensor([[1 / 3, 0, 2 / 3, 1]])          # 1 - 1/3 - 2/3 is -6e-8 in this precision
    after = flip(Pictures(torch.zeros(1, 3, 4, 4), box, torch.zeros(1, 15, 3)), everyone(1)).box
    assert after.min() >= 0 and after[0].tolist() == pytest.approx([0, 0, 2 / 3, 1])


def test_a_mirrored_bird_has_the_eyes_of_one_that_faces_the_other_way():
    def keypoints(facing):
        picture = render(replace(World().scene(0), facing=facing), 32)
        points = torch.from_numpy(picture.keypoints) / torch.tensor([32, 32, 1])
        return torch.where(points[:, 2:] > 0, points, 0)[None]
    left, right = keypoints("left"), keypoints("right")
    mirrored = flip(Pictures(torch.zeros(1, 3, 4, 4), torch.zeros(1, 4), left), everyone(1)).keypoints
    assert not torch.equal(left[..., 2], right[..., 2]) and torch.equal(mirrored[..., 2], right[..., 2])


# Cuts

@pytest.mark.parametrize("corner", [(0, 0), (6, 0), (0, 6), (2, 5)])
def test_a_keypoint_of_a_cut_stays_on_its_pixel(dots, corner):
    after = crop(dots, torch.tensor(corner).expand(SIDE, 2), 10)
    assert after.image.shape == (SIDE, 3, 10, 10)
    for i in range(SIDE):
        column, row = i - corner[0], SIDE - 1 - i - corner[1]
        inside = 0 <= column < 10 and 0 <= row < 10
        assert red(after.image[i]) == marked(after.keypoints[i], 10) == [(column, row)] * inside
        box = (after.box[i] * 10).tolist()
        assert box == pytest.approx([column, row, 1, 1], abs=1e-5) if inside else box[2] * box[3] == 0


def test_each_picture_has_a_corner_of_its_own():
    image = torch.arange(2 * 3 * 4 * 4.0).reshape(2, 3, 4, 4)
    after = crop(Pictures(image, torch.zeros(2, 4), torch.zeros(2, 15, 3)), torch.tensor([[0, 1], [2, 0]]), 2).image
    assert torch.equal(after[0], image[0, :, 1:3, 0:2]) and torch.equal(after[1], image[1, :, 0:2, 2:4])


def test_boxes_are_clipped_to_the_cut():
    box = torch.tensor([[0, 0.25, 1, 0.25], [0.5, 0.5, 0.25, 0.5]])
    after = crop(Pictures(torch.zeros(2, 3, 8, 8), box, torch.zeros(2, 15, 3)), torch.full((2, 2), 2), 4).box
    assert after.tolist() == [[0, 0, 1, 0.5], [0.5, 0.5, 0.5, 0.5]]


def test_a_cut_of_the_whole_changes_nothing(dots):
    assert same(crop(dots, torch.zeros(SIDE, 2, dtype=torch.long), SIDE), dots)


def test_every_place_is_cut():
    rows, columns = torch.meshgrid(torch.arange(5.0), torch.arange(5.0), indexing="ij")
    image = torch.stack([columns, rows, rows]).expand(900, 3, 5, 5)
    pictures = Pictures(image, torch.zeros(900, 4), torch.zeros(900, 15, 3))
    cut = random_crop(pictures, 3, torch.Generator().manual_seed(0))
    corners = [tuple(corner) for corner in cut.image[:, :2, 0, 0].int().tolist()]
    counts = [corners.count((column, row)) for column in range(3) for row in range(3)]
    assert sum(counts) == 900 and min(counts) > 70 and max(counts) < 130        # 100 expected, standard deviation 9.4


def test_half_are_mirrored():
    image = torch.tensor([0.0, 1.0]).expand(1000, 3, 1, 2)
    after = random_flip(Pictures(image, torch.zeros(1000, 4), torch.zeros(1000, 15, 3)),
                        torch.Generator().manual_seed(0)).image[:, 0, 0, 0]
    assert after.mean().item() == pytest.approx(0.5, abs=0.05)


def test_the_stream_decides(dots):
    def change(seed):
        stream = torch.Generator().manual_seed(seed)
        return random_flip(random_crop(dots, 10, stream), stream)
    assert same(change(1), change(1)) and not same(change(1), change(2))


@pytest.mark.parametrize("size", [0, SIDE + 1])
def test_impossible_cuts_are_refused(dots, size):
    with pytest.raises(ValueError, match=f"of 1 to 16 pixels, the pictures' side, got {size}; "):
        random_crop(dots, size, torch.Generator())


def test_the_papers_load_at_these_sizes():
    assert [load_size(size) for size in (64, 256)] == [76, 304]
