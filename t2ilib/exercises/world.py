"""Chapter 00: two things a world must settle before anything is learned - what is true of a picture, and its frame."""

from dataclasses import replace

import numpy as np

from t2ilib.data.birds import Species, World, draw_scene
from t2ilib.data.captions import describe, names_truth, read_attributes
from t2ilib.exercises import Exercise, Wrong

# Station 1: a caption is true of a picture, or it is not.

RED_FINCH = Species(1, "Black_winged_Red_Finch", "test",
                    ("red", "red", "red", "black", "red", "white", "red", "black", "yellow", "grey"),
                    beak="cone", size="small", tail="long", pattern="striped")
SCENE = replace(draw_scene(0, RED_FINCH, np.random.default_rng(0), level=2), perch="ground", pose="spread")


def true_captions(answer):
    """true is what names a few things rightly and leaves the others open"""
    return _first_wrong(answer, [
        ("a bird with black wings", True, "a caption leaves open what it does not name: only its names can be false"),
        ("this is a red bird", True, "`body` is no part of the list: `kind.colour('body')` is the bird's own colour"),
        ("a red bird with black wings and a white belly", True, "every name holds, so does the caption"),
    ])


def one_false_colour(answer):
    """one false colour makes a caption false"""
    return _first_wrong(answer, [
        ("a bird with blue wings", False, "the wings are black: compare the caption's colour with the part's"),
        ("a red bird with black wings and a blue belly", False, "one right name does not save it: `all`, not `any`"),
    ])


def shapes_count(answer):
    """shapes, size and pattern can be false, too"""
    mistake = "a caption speaks of more than colours: look into `reading.shapes`"
    return _first_wrong(answer, [
        ("a red bird with a short tail", False, mistake),
        ("a large red bird with a thick beak and stripes on its breast", False, mistake),
        ("a small red bird with a long tail and stripes on its breast", True,
         "`beak`, `tail`, `size` and `pattern` are fields of the species"),
    ])


def perch_and_pose(answer):
    """perch and pose belong to the picture"""
    mistake = "`perch` and `pose` belong to the scene, not to the species: `scene.perch`"
    return _first_wrong(answer, [
        ("a red bird on the ground with spread wings", True, mistake),
        ("a red bird on a branch", False, mistake),
    ])


def nothing_said(answer):
    """a caption that claims nothing is not false"""
    return _first_wrong(answer, [("this bird has wings", True, "nothing named, nothing false: `all([])` is True")])


def captions_of_the_world(answer):
    """300 captions, each of its own picture and of the next"""
    world = World(seed=2, level=3)
    scenes = [world.scene(i, "test") for i in range(31)]
    pairs = ((caption, scene) for own, other in zip(scenes, scenes[1:])
             for caption in describe(own) for scene in (own, other))
    wrongs = (_first_wrong(answer, [_with_truth(caption, scene)], scene) for caption, scene in pairs)
    return next(filter(None, wrongs), None)


def _with_truth(caption, scene):
    """A case for `_first_wrong`: the caption, whether it is true, and what it says."""
    said = read_attributes(caption)
    return (caption, names_truth(said, scene.species, scene.perch, scene.pose),
            f"compare every entry of {said.colours | said.shapes}")


def _first_wrong(answer, cases, scene=SCENE):
    """The first of some (caption, truth, likely mistake) about a scene that the answer gets wrong."""
    for caption, truth, mistake in cases:
        try:
            got = answer(caption, scene)
        except (AttributeError, KeyError, ValueError) as error:
            if isinstance(error, ValueError) and "not in" not in str(error):
                raise                                               # nothing was looked up in the wrong place
            return Wrong(f"{truth} for '{caption}'", f"{type(error).__name__}: {error}", mistake)
        if not isinstance(got, bool | np.bool_):
            return Wrong(f"{truth} for '{caption}'", got, "the answer is True or False; is there a `return`?")
        if got != truth:
            return Wrong(f"{truth} for '{caption}'", bool(got), mistake)
    return None


is_true = Exercise(
    id="world.is_true",
    title="true or false",
    minutes=15,
    difficulty=3,
    text="None of this world's captions is false: a test holds it. Write that test. `read_attributes(caption)` of "
         "`t2ilib.data.captions` reads a sentence: `.colours` is a dict such as `{'wing': 'black', 'body': 'red'}`, "
         "`.shapes` one such as `{'tail': 'long', 'perch': 'branch'}`; its keys are `beak`, `tail`, `size`, `pattern`, "
         "`perch` and `pose`. The truth is in `scene.species` (`.colour(part)`, `.beak`, `.tail`, `.size`, `.pattern`) "
         "and in the scene itself (`.perch`, `.pose`). Return True if all that the caption says holds.",
    hints=(
        "What does a caption say about the parts it does not name? And how many false names make it false?",
        "Compare the colours: `all(kind.colour(part) == colour for part, colour in reading.colours.items())`. Then "
        "the shapes in the same manner; four of them belong to the species, two to the scene.",
        "Collect the truth first, `true = {'beak': kind.beak, ..., 'pose': scene.pose}`; then "
        "`all(true[what] == word for what, word in reading.shapes.items())`.",
    ),
    checks=(true_captions, one_false_colour, shapes_count, perch_and_pose, nothing_said, captions_of_the_world),
    explanation="A caption is a list of claims joined by 'and', so it is true if `all` of them are: what it does not "
                "name is left open, and no claim at all is no lie. With such a test a data set can be checked as a "
                "whole. For photographs nobody can write it: there the truth itself is somebody's opinion.",
)


# Station 2: how much of a photograph do the papers show to their networks?

FOUR_SIDES = "r reaches to all four sides of the box's middle"


def window_around_the_bird(answer):
    """a bird in the middle of its photograph"""
    mistakes = {
        (84, 44, 216, 176): "this makes the bird 0.75 of the window; the code takes 0.75 as half of its side",
        (113, 73, 187, 147): "0.75 times the longer side is half of the window's side, not all of it",
        (105, 65, 195, 155): "the longer side of the box counts, not the shorter one",
        (75, 65, 225, 155): "the window is as wide as high: one half for both directions",
        (25, 5, 175, 155): "the box begins at x, y; its middle is half a width and half a height further",
        (55, 55, 205, 205): "the box is x, y, width, height: width and height changed places",
        (75, 35, 150, 150): "right and bottom are positions: middle plus half, not lengths",
        (35, 75, 185, 225): "the order is left, top, right, bottom",
        (25, 0, 175, 145): "the middle is x + width / 2, which is (2 * x + width) / 2",
        (25, 5, 275, 215): "r reaches from the box's middle, not from its edges",
        (75, 75, 225, 225): "across and down have a middle each",
    }
    return _compare(answer, (100, 80, 100, 60), (500, 375), (75, 35, 225, 185), mistakes)


def clipped_left_and_top(answer):
    """the window ends at the photograph's left and top"""
    mistakes = {
        (-20, -25, 160, 155): "the window reaches beyond the photograph: cut it off at 0",
        (5, 0, 135, 130): "the window shrank on all sides; the code cuts each side by itself",
        (0, 0, 180, 180): "the window was moved; the code cuts it off where the photograph ends",
    }
    return _compare(answer, (10, 20, 120, 90), (400, 300), (0, 0, 160, 155), mistakes)


def clipped_right_and_bottom(answer):
    """and at its right and bottom"""
    mistakes = {
        (277, 171, 415, 309): "the photograph ends on the right and below, too: at its width and height",
        (277, 171, 300, 309): "`photo_size` is (width, height); the shape of an array is the other way round",
        (262, 162, 400, 300): "the window was moved; the code cuts it off where the photograph ends",
        (277, 171, 400, 309): "across the window ends at the width, down at the height",
        (277, 171, 399, 299): "a window ends behind its last pixel: at the width, not at width - 1",
    }
    return _compare(answer, (300, 200, 92, 80), (400, 300), (277, 171, 400, 300), mistakes)


def rounded_down(answer):
    """halves are rounded down"""
    mistake = "middle and half are rounded down, each by itself, before the window is made"
    return (_compare(answer, (211, 157, 101, 51), (500, 375), (186, 107, 336, 257), default=mistake)
            or _compare(answer, (211, 157, 102, 54), (500, 375), (186, 108, 338, 260), default=mistake))


def _compare(answer, box, photo_size, expected, mistakes=None, default=FOUR_SIDES):
    """What is wrong with a window; a known mistake may be a pixel off, for it may round in its own way."""
    got = answer(box, photo_size)
    if np.shape(got) != (4,) or np.asarray(got).dtype.kind not in "iuf":
        return Wrong(expected, got, "return left, top, right and bottom; is there a `return`?")
    got = tuple(np.asarray(got).tolist())
    if got == expected:
        return None
    if any(side != int(side) for side in got):
        return Wrong(expected, got, "a window has whole pixels: middle and half are rounded down")
    known = (words for wrong, words in (mistakes or {}).items() if np.abs(np.subtract(got, wrong)).max() <= 1)
    return Wrong(expected, got, next(known, default))


crop_window = Exercise(
    id="world.crop_window",
    title="the papers' frame",
    minutes=15,
    difficulty=2,
    text="StackGAN and its followers do not show whole photographs to their networks. Their paper says: the bird "
         "fills more than 0.75 of the picture. Their code says: `r = int(0.75 * max(width, height))`, and the window "
         "reaches r to all four sides of the box's middle, `int((2 * x + width) / 2)` and the same for y; what lies "
         "outside the photograph is cut off. Write what the code does. `box` is x, y, width, height; `photo_size` is "
         "width, height. Return left, top, right, bottom in whole pixels. Guess: which share does the bird fill?",
    hints=(
        "How long is a side of the window, if r lies on each side of its middle?",
        "Four numbers: middle minus r and middle plus r, across and down; `max(0, ...)` and `min(width, ...)` cut.",
        "`(max(0, cx - r), max(0, cy - r), min(photo_width, cx + r), min(photo_height, cy + r))`",
    ),
    checks=(window_around_the_bird, clipped_left_and_top, clipped_right_and_bottom, rounded_down),
    explanation="The side is 2 * 0.75 = 1.5 times the longer side of the box, so that side fills 1 / 1.5 = 0.67 of the "
                "window, and more only where the photograph cuts the window off. When paper and code differ, published "
                "weights know what the code did. The cut window is then squashed to a square.",
)
