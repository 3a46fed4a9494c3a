"""The renderer: truth per pixel, keypoints, box, independence of resolution."""

from dataclasses import replace

import numpy as np
import pytest

from t2ilib.data import birds, draw
from t2ilib.data.birds import COLOURS, KEYPOINTS, PARTS, World


@pytest.fixture(scope="module")
def pictures():
    return [(World(0).scene(i), draw.render(World(0).scene(i), 64)) for i in range(40)]


def test_same_scene_same_pixels():
    scene = World(0).scene(9)
    first, second = draw.render(scene, 64), draw.render(scene, 64)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("size", [32, 48, 128, 256])
def test_any_size_shows_the_same_picture(size):
    """Averaged down to 32 pixels, all sizes agree."""
    scene = World(0).scene(4)
    small = draw.render(scene, 32).image.astype(float)
    image = draw.render(scene, size)
    if size % 32 == 0:
        k = size // 32
        mean = image.image.reshape(32, k, 32, k, 3).mean(axis=(1, 3))
        assert np.abs(mean - small).mean() < 4.0
    assert image.keypoints[:, :2] / size == pytest.approx(draw.render(scene, 32).keypoints[:, :2] / 32, abs=1e-5)


@pytest.mark.parametrize("size", [31, 513])
def test_sizes_outside_the_range_are_refused(size):
    with pytest.raises(ValueError, match=f"32 to 512 pixels, got {size}"):
        draw.render(World(0).scene(0), size)


def test_every_part_shows_its_colour(pictures):
    """Whatever the light on it, a part's median colour is nearest to the colour it is said to wear."""
    light = np.linspace(0.7, 1.1, 9)[:, None, None]
    palette = light * np.array(list(COLOURS.values()), float)
    right = total = 0
    for scene, picture in pictures:
        for index, part in enumerate(PARTS[:8], 1):
            pixels = picture.image[picture.parts == index]
            if len(pixels) >= 12:
                nearest = np.abs(palette - np.median(pixels, axis=0)).sum(2).min(0).argmin()
                right += list(COLOURS)[nearest] == scene.species.colour(part)
                total += 1
    assert total > 200 and right / total > 0.93


def test_box_is_tight(pictures):
    for _, picture in pictures:
        rows, columns = np.nonzero(picture.parts)
        x, y, width, height = picture.box
        assert abs(columns.min() - x) <= 1 and abs(columns.max() + 1 - x - width) <= 1
        assert abs(rows.min() - y) <= 1 and abs(rows.max() + 1 - y - height) <= 1


def test_keypoints_lie_on_their_parts(pictures):
    """A keypoint of the plumage lies on a pixel of the bird; the belly's on the belly, the crown's on the crown."""
    on_part = {name: 0 for name in ("belly", "crown", "breast", "throat", "back")}
    for _, picture in pictures:
        for name in on_part:
            x, y, _ = picture.keypoints[KEYPOINTS.index(name)]
            label = picture.parts[int(y), int(x)]
            assert label > 0, name
            on_part[name] += label == 1 + PARTS.index(name)
    assert all(count >= 0.8 * len(pictures) for count in on_part.values()), on_part


def test_the_far_eye_and_wing_are_hidden_but_known(pictures):
    for scene, picture in pictures:
        far = {"left": "right", "right": "left"}[scene.facing]
        for part in ("eye", "wing"):
            near_point = picture.keypoints[KEYPOINTS.index(f"{scene.facing} {part}")]
            far_point = picture.keypoints[KEYPOINTS.index(f"{far} {part}")]
            assert near_point[2] == 1 and far_point[2] == 0 and far_point[:2].any()


def test_facing_mirrors_the_bird():
    scene = World(0).scene(2)
    left, right = (draw.render(replace(scene, facing=way, x=0.5), 64) for way in ("left", "right"))
    beak = [p.keypoints[KEYPOINTS.index("beak")] for p in (left, right)]
    assert beak[0][0] + beak[1][0] == pytest.approx(64, abs=1e-3) and beak[0][1] == pytest.approx(beak[1][1], abs=1e-3)


def test_plumage_area_is_what_is_drawn():
    counts = np.zeros(13)
    for i in range(400):
        counts += np.bincount(draw.render(World(0).scene(i), 64).parts.ravel(), minlength=13)
    shares = counts[1:9] / counts[1:9].sum()
    assert shares == pytest.approx(np.array(list(birds.PLUMAGE_AREA.values())), abs=0.012)
