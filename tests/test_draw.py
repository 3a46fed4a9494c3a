"""The renderer: truth per pixel, keypoints, box, independence of resolution."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation

from t2ilib.data import birds, draw, plumage
from t2ilib.data.birds import COLOURS, KEYPOINTS, PARTS, World


@pytest.fixture(scope="module", params=birds.LEVELS)
def pictures(request):
    scenes = [World(0, request.param).scene(i) for i in range(40)]
    return [(scene, draw.render(scene, 64)) for scene in scenes]


@pytest.mark.parametrize("level", birds.LEVELS)
def test_same_scene_same_pixels(level):
    scene = World(0, level).scene(9)
    first, second = draw.render(scene, 64), draw.render(scene, 64)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("level", birds.LEVELS)
@pytest.mark.parametrize("size", [32, 48, 128, 256])
def test_any_size_shows_the_same_picture(size, level):
    """Averaged down to 32 pixels, all sizes agree."""
    scene = World(0, level).scene(4)
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
        assert abs(columns.min() - x) <= 2 and abs(columns.max() + 1 - x - width) <= 2
        assert abs(rows.min() - y) <= 2 and abs(rows.max() + 1 - y - height) <= 2


def test_keypoints_lie_on_their_parts(pictures):
    """A keypoint of the plumage lies on a pixel of the bird; the belly's on the belly, the crown's on the crown."""
    on_part = {name: 0 for name in ("belly", "crown", "breast", "throat", "back")}
    for _, picture in pictures:
        for name in on_part:
            x, y, visible = picture.keypoints[KEYPOINTS.index(name)]
            label = picture.parts[int(y), int(x)]
            assert label > 0, name
            on_part[name] += not visible or label == 1 + PARTS.index(name)
    assert all(count >= 0.8 * len(pictures) for count in on_part.values()), on_part


def test_what_is_hidden_has_a_true_place(pictures):
    """The far eye always hides, the far wing unless both are raised and then the back, the legs in the water."""
    for scene, picture in pictures:
        far = {"left": "right", "right": "left"}[scene.facing]
        hidden = {f"{far} eye", "back" if scene.pose == "spread" else f"{far} wing"}
        hidden |= {"left leg", "right leg"} if scene.pose == "swimming" else set()
        bottom = picture.box[1] + picture.box[3]
        x, y, _ = picture.keypoints[KEYPOINTS.index("nape")]
        if scene.pose == "spread" and not picture.keypoints[KEYPOINTS.index("nape"), 2]:
            hidden.add("nape")
            assert 1 + PARTS.index("wing") in picture.parts[int(y) - 1:int(y) + 2, int(x) - 1:int(x) + 2]
        if scene.pose == "swimming":
            hidden |= {name for name, point in zip(KEYPOINTS, picture.keypoints) if point[1] > bottom}
        assert {name for name, point in zip(KEYPOINTS, picture.keypoints) if not point[2]} == hidden
        assert (picture.keypoints[:, :2] > 0).all() and (picture.keypoints[:, :2] < 64).all()


def test_a_raised_wing_carries_its_keypoints():
    scene = next(s for s in (World(0, 3).scene(i) for i in range(50)) if s.pose == "spread")
    picture = draw.render(scene, 128)
    back = picture.keypoints[KEYPOINTS.index("back")]
    for name in ("left wing", "right wing"):
        x, y, visible = picture.keypoints[KEYPOINTS.index(name)]
        assert visible and y < back[1] and picture.parts[int(y), int(x)] == 1 + PARTS.index("wing")


def test_every_part_that_is_shown_is_drawn():
    """At level 3 no bird leaves the picture and no part vanishes, but for what `Scene.shows` says."""
    for i in range(120):
        scene = World(0, 3).scene(i)
        parts = draw.render(scene, 64).parts
        drawn = {part for label, part in enumerate(PARTS, 1) if (parts == label).sum() >= 3}
        assert drawn >= {part for part in PARTS if scene.shows(part)} - {"tail"}, (i, scene)
        assert scene.shows("legs") == ("legs" in drawn)
        assert not parts[[0, -1]].any() and not parts[:, [0, -1]].any(), i


def test_a_pattern_changes_only_its_parts():
    scene = World(0, 2).scene(3)
    plain = draw.render(replace(scene, species=replace(scene.species, pattern="plain")), 64)
    below = ("breast", "belly")
    for pattern, places in {"striped": below, "spotted": below, "wing bars": ("wing",)}.items():
        marked = draw.render(replace(scene, species=replace(scene.species, pattern=pattern)), 64)
        changed = (plain.image.astype(int) - marked.image).any(axis=2)
        labels = [1 + PARTS.index(part) for part in places]
        assert changed[np.isin(plain.parts, labels)].mean() > 0.1
        far = ~binary_dilation(np.isin(plain.parts, labels), iterations=2)
        difference = np.abs(plain.image.astype(int) - marked.image).sum(axis=2)
        assert difference[far].max() < 15               # what shines through the soft edge of the wing above


def test_marks_contrast_with_what_they_are_on():
    """Dark marks on light colours, light ones on dark: a pattern can be seen on every colour."""
    for paint in np.float32(list(COLOURS.values())):
        for pattern in birds.PATTERNS[1:]:
            assert np.abs(plumage.mark_colour(paint, pattern) - paint).sum() > 75


def test_the_sun_lights_its_side():
    scene = next(s for s in (World(0, 2).scene(i) for i in range(30)) if s.species.body == "grey")
    left, right = (draw.render(replace(scene, sun=sun), 64) for sun in (-1.0, 1.0))
    body = (left.parts > 0) & (left.parts < 9)
    middle = np.nonzero(body)[1].mean()
    difference = (left.image.astype(int) - right.image).sum(axis=2)
    west = body & (np.arange(64) < middle)
    east = body & (np.arange(64) >= middle)
    assert difference[west].mean() > 5 and difference[east].mean() < -5


def test_water_hides_what_is_below_its_line():
    swimmer = next(s for s in (World(0, 3).scene(i) for i in range(50)) if s.pose == "swimming")
    picture, dry = draw.render(swimmer, 128), draw.render(replace(swimmer, pose="perched", perch="ground"), 128)
    bottom = np.nonzero(picture.parts)[0].max()
    assert (picture.keypoints[picture.keypoints[:, 2] > 0, 1] <= bottom + 2).all()
    assert bottom < np.nonzero(dry.parts)[0].max() - 10
    assert not (picture.parts == 1 + PARTS.index("legs")).any()


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
