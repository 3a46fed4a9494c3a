"""What is said about a picture of levels 2 and 3 is what its pixels show: places, light, perch, water, patterns."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from t2ilib.data import anatomy, birds, draw, plain, plumage, rendered, scenery
from t2ilib.data.birds import COLOURS, KEYPOINTS, PARTS, World
from t2ilib.data.canvas import Canvas

ON = {"back": "back", "belly": "belly", "breast": "breast", "crown": "crown", "forehead": "crown", "nape": "nape",
      "throat": "throat", "tail": "tail", "left wing": "wing", "right wing": "wing", "left eye": "eye",
      "right eye": "eye"}
LABELS = {part: label for label, part in enumerate((*PARTS, "eye"), 1)}
PLACE_OF = {"perched": "ground", "spread": "ground", "swimming": "water"}


def bird(colour="grey", parts=(), **species):
    """A species of one colour but for some (part, colour) pairs."""
    colours = {part: dict(parts).get(part, colour) for part in PARTS}
    plain_bird = birds.Species(1, "Test_Bird", "train", tuple(colours.values()), "cone", "medium", "short")
    return replace(plain_bird, **species)


def still(level=3, pose="perched", **changes):
    """A grey bird that looks straight to the right in the middle of the picture."""
    scene = replace(World(0, level).scene(0), species=bird(), facing="right", tilt=0.0, nod=0.0, x=0.5, y=0.5,
                    scale=0.36, background="sky", perch=PLACE_OF[pose], pose=pose, light=1.0, noise=5, sun=0.0)
    return replace(scene, **changes)


def point(picture, name):
    return picture.keypoints[KEYPOINTS.index(name)]


def shown(picture, part):
    return picture.parts == LABELS[part]


def grey(image):
    return np.asarray(image, float).mean(axis=2)


@pytest.fixture(scope="module")
def roaming():
    """Scenes of level 3 and their pictures, pose -> [(scene, picture)]."""
    scenes = [World(1, 3).scene(i, "scrambled") for i in range(36)]
    pictures = [(scene, draw.render(scene, 128)) for scene in scenes]
    return {pose: [pair for pair in pictures if pair[0].pose == pose] for pose in birds.POSES}


# --- keypoints --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("pose", ["perched", "spread", "swimming"])
def test_a_visible_point_lies_on_its_own_part(roaming, pose):
    """Also the nape, which a raised wing may cover: then it must not be called visible."""
    for scene, picture in roaming[pose]:
        for name, part in ON.items():
            x, y, visible = point(picture, name)
            around = picture.parts[int(y) - 1:int(y) + 2, int(x) - 1:int(x) + 2]
            assert not visible or LABELS[part] in around, (scene.index, name)


@pytest.mark.parametrize("level", birds.LEVELS)
def test_the_points_of_the_legs_lie_on_the_legs(level):
    for i in range(12):
        canvas = Canvas(replace(World(1, level).scene(i), pose="perched", perch="ground"), 256)
        coverage = plain.legs(canvas) if level == 1 else plumage.legs(canvas)
        at = draw.landmarks(canvas)
        for name in ("left leg", "right leg"):
            x, y = at[name]
            assert coverage[int(y), int(x)] > 0.5, (i, name)


def test_near_legs_are_before_far_ones():
    right, left = (draw.render(still(facing=facing), 64) for facing in ("right", "left"))
    assert point(right, "right leg")[0] > point(right, "left leg")[0]
    assert point(left, "left leg")[0] < point(left, "right leg")[0]


def test_the_far_wing_shows_beside_the_near_one():
    canvas = Canvas(still(pose="spread"), 256)
    at, near = draw.landmarks(canvas), canvas.mask(anatomy.RAISED_WING)
    (x, y), (u, v) = at["left wing"], at["right wing"]
    assert near[int(v), int(u)] == 1 and near[int(y), int(x)] == 0
    assert draw.render(canvas.scene, 128).parts[int(y / 2), int(x / 2)] == LABELS["wing"]


def test_a_point_outside_the_picture_is_not_visible():
    picture = draw.render(still(level=2, x=0.8), 64)
    outside = (picture.keypoints[:, 0] >= 64)
    assert outside[KEYPOINTS.index("beak")] and not picture.keypoints[outside, 2].any()
    assert point(picture, "belly")[2] == 1


@pytest.mark.parametrize(("pose", "towards"), [
    ("perched", (0.3, 0.5)),
    ("perched", (0.7, 0.5)), ("perched", (0.5, 0.7)), ("spread", (0.5, 0.3)), ("swimming", (0.7, 0.3))])
def test_a_large_bird_is_pushed_back_from_the_border(pose, towards):
    """The curve of a tail swings out a little farther than the points it goes through."""
    large = still(pose=pose, species=bird(tail="long", size="large"), x=towards[0], y=towards[1], tilt=-0.2, scale=0.45)
    parts = draw.render(large, 128).parts
    assert not parts[[0, -1]].any() and not parts[:, [0, -1]].any()


# --- the pose ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("facing", ["left", "right"])
def test_units_are_the_inverse_of_pixels(facing):
    canvas = Canvas(still(facing=facing, tilt=0.2), 64)
    x, y = canvas.units()
    rows, columns = np.mgrid[10:60:7, 10:60:7]
    there = canvas.pixels(np.stack([x[rows, columns], y[rows, columns]], axis=-1).reshape(-1, 2))
    assert there == pytest.approx(np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5, abs=1e-3)


def test_positive_angles_look_up():
    up, down = (draw.render(still(nod=nod), 64) for nod in (0.2, -0.2))
    assert point(up, "beak")[1] < point(down, "beak")[1] - 3
    up, down = (draw.render(still(tilt=tilt), 64) for tilt in (0.2, -0.2))
    assert point(up, "crown")[1] - point(up, "tail")[1] < point(down, "crown")[1] - point(down, "tail")[1] - 5


def test_small_birds_have_large_heads():
    share = [shown(p, "crown").sum() / shown(p, "belly").sum()
             for p in (draw.render(still(species=bird(size=size)), 96) for size in birds.SIZES)]
    assert share[0] > 1.15 * share[1] and share[1] > 1.05 * share[2]


def test_beaks_have_the_shape_they_are_said_to_have():
    areas = {beak: shown(draw.render(still(species=bird(beak=beak)), 128), "beak") for beak in birds.BEAKS}
    width = {beak: np.ptp(np.nonzero(mask)[1]) for beak, mask in areas.items()}
    height = {beak: np.ptp(np.nonzero(mask)[0]) for beak, mask in areas.items()}
    assert max(width, key=width.get) == "long" and min(width, key=width.get) == "short"
    assert max(height, key=height.get) == "hooked" and height["cone"] > 1.3 * height["short"]


def test_scenes_of_level_3_vary_as_promised():
    scenes = [World(0, 3).scene(i) for i in range(300)]
    swimmers = [abs(scene.tilt) for scene in scenes if scene.pose == "swimming"]
    assert 0.05 < max(swimmers) < 0.09 < max(abs(scene.tilt) for scene in scenes)
    assert max(abs(scene.x - 0.5) for scene in scenes) > 0.05
    assert min(scene.sun for scene in scenes) < -0.9 and max(scene.sun for scene in scenes) > 0.9
    assert World(0, 3).scene(7, "train").noise != World(0, 3).scene(7, "known").noise
    scale = [np.mean([scene.scale for scene in scenes if scene.species.size == size]) for size in birds.SIZES]
    assert scale[0] < scale[1] < scale[2]


# --- colours and patterns ---------------------------------------------------------------------------------------

def test_each_part_has_the_colour_it_is_said_to_wear(roaming):
    """The median of a part, whatever the light on it; patterned parts, thin legs, dusk and snow included."""
    palette = np.linspace(0.7, 1.1, 9)[:, None, None] * np.array(list(COLOURS.values()), float)
    wrong = total = 0
    for scene, picture in (pair for pairs in roaming.values() for pair in pairs):
        for part in PARTS:
            pixels = picture.image[shown(picture, part)]
            if len(pixels) >= 12:
                nearest = np.abs(palette - np.median(pixels, axis=0)).sum(2).min(0).argmin()
                wrong += list(COLOURS)[nearest] != scene.species.colour(part)
                total += 1
    assert total > 330 and wrong <= 0.01 * total


@pytest.fixture(scope="module")
def marks():
    """Where a pattern changes a grey bird, pattern -> (S, S) bool, and the picture of the plain one."""
    unmarked = draw.render(still(), 256)
    changed = {}
    for pattern in birds.PATTERNS[1:]:
        marked = draw.render(still(species=bird(pattern=pattern)), 256)
        changed[pattern] = np.abs(marked.image.astype(int) - unmarked.image).sum(axis=2) > 60
    return changed, unmarked


def elongation(region):
    """Longest against shortest axis of a region of pixels."""
    small, large = np.linalg.eigvalsh(np.cov(np.nonzero(region)))
    return np.sqrt(large / small)


@pytest.mark.parametrize(("pattern", "low", "high"), [("striped", 2.5, 50), ("spotted", 1, 1.7)])
def test_stripes_are_long_and_spots_are_round(marks, pattern, low, high):
    changed, unmarked = marks
    for part in ("breast", "belly"):
        assert 0.08 < changed[pattern][shown(unmarked, part)].mean() < 0.6, part
    regions, count = ndimage.label(changed[pattern])
    large = [i for i in range(1, count + 1) if (regions == i).sum() > 60]
    assert len(large) >= 4 and low < np.median([elongation(regions == i) for i in large]) < high


def test_there_are_two_wing_bars(marks):
    changed, unmarked = marks
    regions, count = ndimage.label(changed["wing bars"])
    large = [i for i in range(1, count + 1) if (regions == i).sum() > 60]
    assert len(large) == 2 and all((shown(unmarked, "wing") | ~(regions == i)).mean() > 0.999 for i in large)


def test_noise_moves_feathers_and_backdrop():
    one, other = (Canvas(still(noise=noise), 128) for noise in (5, 6))
    assert np.abs(plumage.paint_bird(one)[0][0] - plumage.paint_bird(other)[0][0]).mean() > 0.2
    for level in (2, 3):
        one, other = (Canvas(still(level, noise=noise), 128) for noise in (5, 6))
        assert np.abs(scenery.paint_background(one) - scenery.paint_background(other)).mean() > 2


def test_feathers_are_finer_than_light():
    """Within a part of one colour, tones change from one feather to the next."""
    picture = draw.render(still(), 256)
    tone = grey(picture.image)
    detail = tone - ndimage.gaussian_filter(tone, 4)
    for part in ("back", "breast", "wing", "tail"):
        inside = ndimage.binary_erosion(shown(picture, part), iterations=4)
        assert detail[inside].std() > 1.0, part


# --- light ------------------------------------------------------------------------------------------------------

def test_a_bright_scene_is_bright():
    dark, bright = (draw.render(still(light=light), 64).image.mean() for light in (0.8, 1.0))
    assert dark / bright == pytest.approx(0.8, abs=0.01)


def test_light_comes_from_above_and_glints_towards_the_sun():
    for sun in (-1.0, 1.0):
        picture = draw.render(still(sun=sun), 256)
        tone = grey(picture.image)
        assert tone[shown(picture, "back")].mean() > tone[shown(picture, "belly")].mean() + 10
        rows, columns = np.nonzero(shown(picture, "eye") & (tone > 200))
        centre = point(picture, "right eye")
        assert rows.mean() < centre[1] and (columns.mean() - centre[0]) * sun > 0


def test_the_shadow_falls_away_from_the_sun():
    canvases = [Canvas(still(level=2, sun=sun), 128) for sun in (-1.0, 1.0)]
    difference = grey(scenery.paint_background(canvases[1]) - scenery.paint_background(canvases[0]))
    assert np.nonzero(difference < -5)[1].mean() < 64 < np.nonzero(difference > 5)[1].mean()


@pytest.mark.parametrize("place", ["dusk", "water"])
def test_the_low_sun_and_its_glitter_are_on_the_side_of_the_sun(place):
    grid = np.linspace(0, 1, scenery.SMALL, dtype=np.float32)
    paint = scenery.PLACES[place]
    west, east = (paint(grid[None], grid[:, None], np.random.default_rng(3), sun) for sun in (-0.9, 0.9))
    difference = grey(east - west)
    assert difference[:, scenery.SMALL // 2:].mean() > 0.5 and difference[:, :scenery.SMALL // 2].mean() < -0.5


def test_the_side_of_a_dune_that_faces_the_sun_is_the_bright_one():
    grid = np.linspace(0, 1, scenery.SMALL, dtype=np.float32)
    west, east = (scenery.dunes(grid[None], grid[:, None], np.random.default_rng(3), sun) for sun in (-0.9, 0.9))
    rng = np.random.default_rng(3)
    skyline = scenery.ridge(grid[None], rng, 0.40 + rng.uniform(-0.05, 0.05), 0.07)[0]
    just_below = np.int64(skyline * scenery.SMALL + 1), np.arange(scenery.SMALL)
    assert np.corrcoef(np.gradient(skyline), grey(east - west)[just_below])[0, 1] > 0.5


# --- places -----------------------------------------------------------------------------------------------------

def test_places_look_like_their_names():
    mean = {place: scenery.backdrop(Canvas(still(background=place), 64), np.random.default_rng(0)).mean((0, 1))
            for place in birds.BACKGROUNDS}
    hue = {place: colour - colour.mean() for place, colour in mean.items()}     # red, green, blue against their mean
    assert mean["snow"].min() > 195 and np.abs(hue["snow"]).max() < 15
    assert hue["sand"][0] > 10 and hue["sand"][2] < -10
    assert hue["foliage"].argmax() == 1 and hue["foliage"][1] > 15
    assert hue["sky"].argmax() == 2 and hue["sky"][2] > 20 and mean["sky"][2] > 190
    assert hue["water"].argmin() == 0 and hue["water"][0] < -15
    assert hue["dusk"].argmax() == 0 and hue["dusk"].argmin() == 1


@pytest.mark.parametrize("place", birds.BACKGROUNDS)
def test_feet_touch_the_branch_or_the_ground(place):
    branch, ground = (Canvas(still(level=2, background=place, perch=perch), 128) for perch in ("branch", "ground"))
    feet = branch.pixels(anatomy.HIPS).mean(axis=0) + (0, (anatomy.LEG_LENGTH + 0.05) * branch.unit)
    x, y = np.int64(feet)
    wood = scenery.paint_background(branch)[y, x - 6:x + 7].mean(axis=0)
    assert np.abs(wood - scenery.BARK[place]).max() < 35
    soil = scenery.paint_background(ground)[-8:].mean(axis=(0, 1))
    assert np.abs(soil / scenery.SOIL[place] - 0.9).max() < 0.16


def test_the_snow_lies_on_top_of_the_branch():
    canvas = Canvas(still(level=2, background="snow", perch="branch"), 256)
    feet = canvas.pixels(anatomy.HIPS).mean(axis=0) + (0, (anatomy.LEG_LENGTH + 0.05) * canvas.unit)
    column = grey(scenery.paint_background(canvas))[:, int(feet[0])]
    above, below = (column[int(feet[1] + side * 0.045 * canvas.unit)] for side in (-1, 1))
    assert above > below + 60


def test_water_stands_at_its_line_and_mirrors_the_bird():
    """Below the line the bird's colour shows again, but weaker; above it nothing is wet."""
    red, blue = (draw.render(still(pose="swimming", species=bird(colour)), 128) for colour in ("red", "blue"))
    canvas = Canvas(still(pose="swimming"), 128)
    line = canvas.centre[1] + anatomy.WATERLINE * canvas.unit
    assert red.box[1] + red.box[3] == pytest.approx(line, abs=1.5)
    assert np.nonzero(red.parts)[0].max() <= line
    difference = np.abs(red.image.astype(int) - blue.image).sum(axis=2)
    above, below = difference[:int(line) - 1].max(), difference[int(line) + 2:].max()
    assert 0.15 * above < below < 0.6 * above


# --- data set ---------------------------------------------------------------------------------------------------

def test_a_chunk_is_its_pictures_one_by_one():
    world = World(4, 3)
    images, parts, boxes, points, truth, captions = rendered._draw_chunk((world, "known", 7, 10, 50))
    for row, i in reversed(list(enumerate(range(7, 10)))):
        scene = world.scene(i, "known")
        alone = draw.render(scene, 50)
        assert np.array_equal(images[row], alone.image) and np.array_equal(parts[row], alone.parts)
        assert boxes[row] * 50 == pytest.approx(alone.box) and points[row, :, :2] * 50 == pytest.approx(
            alone.keypoints[:, :2])
        said = dict(zip(rendered.FACTORS, (options[k] for options, k in zip(rendered.FACTORS.values(), truth[row]))))
        assert said["pose"] == scene.pose and said["perch"] == scene.perch and said["pattern"] == scene.species.pattern
        assert len(captions[row]) == 10
