"""Chapter 05: does D tell right texts from wrong ones, and what does a new sentence change?"""

import numpy as np

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, not_one, number, numbers, wrong_numbers

# Station 1: the area under the ROC curve


def a_chance(answer):
    """one number: a chance"""
    got = answer(np.array([2.0, 5.0, 3.0]), np.array([4.0, -1.0, -2.0]))
    wrong = not_one(got, "one chance over all pairs, not an answer for each")
    if wrong:
        return wrong
    value = number(got)
    return None if 0 <= value <= 1 else Wrong(7 / 9, value, "per cent: a chance lies between 0 and 1" if
                                              abs(value - 700 / 9) < 1e-6 else "divide by the number of pairs")


def all_pairs(answer):
    """each of `yes` against each of `no`"""
    return _wrong_auc(answer, [2, 5, 3], [4, -1, -2], {
        1 - 7 / 9: "the order: `yes` should be above `no`",
        2 / 3: "each was compared with one other only; the chance is over all 9 pairs",
        5 / 6: "this is the accuracy of a threshold; asked for is an order, without one",
    }, "count the pairs in which yes is above no")


def any_threshold(answer):
    """only the order counts, not where 0 lies"""
    return _wrong_auc(answer, [-12, -15, -10], [-16, -13, -17], {
        0.5: "a threshold at 0 says no to all: an answer of -10 is still above one of -17",
    }, "add the same number to all answers, and the chance stays as it is")


def very_sure(answer):
    """answers of 60 and 50 are not the same"""
    return _wrong_auc(answer, [60, 70], [50, 40], {
        0.5: "as probabilities both are 1, to the last digit: compare the logits themselves",
        0.0: "the order: `yes` should be above `no`",
    }, "60 is above 50")


def other_numbers(answer):
    """as many of one as you like, and of the other"""
    return _wrong_auc(answer, [1, 3], [2, 0, 5, 6], {
        3 / 4: "`zip` stops at the shorter one: all four of `no` count",
        5 / 8: "this is 1 minus the chance: a D that is wrong more often than right is below 1/2, and it should show",
    }, "there are 8 pairs")


def worse_than_chance(answer):
    """below 1/2 for a D that says the opposite"""
    return _wrong_auc(answer, [0, 1], [2, 3], {
        1.0: "this is the larger one of the chance and 1 minus it: a D that says the opposite has 0",
    }, "no pair is in order here")


def ties(answer):
    """a tie counts half"""
    return _wrong_auc(answer, [1, 1, 2], [1, 0, 3], {
        4 / 9: "ties count nothing here: a D that always says the same should have 1/2, not 0",
        6 / 9: "ties count whole here: a D that always says the same should have 1/2, not 1",
        4 / 7: "ties were left out: a D that always says the same should have 1/2",
    }, "add half a pair for each tie")


def _wrong_auc(answer, yes, no, mistakes, otherwise):
    yes, no = np.array(yes, float), np.array(no, float)
    expected = np.mean((yes[:, None] > no) + (yes[:, None] == no) / 2)
    return wrong_numbers(answer(yes.copy(), no.copy()), expected, mistakes, otherwise)


auc = Exercise(
    id="cls_measure.auc",
    title="does D read? the AUC",
    minutes=10,
    difficulty=2,
    text="`yes` (N,) are D's logits for real pictures with their right text, `no` (M,) those for real pictures with a "
         "wrong one; both are arrays. Return the chance that a random one of `yes` is above a random one of `no`. A "
         "tie counts half. A D that ignores the text has 1/2.",
    hints=(
        "D may say yes to everything, and still be surer of the right pairs. Does a threshold see that?",
        "Make a table with a row for each of `yes` and a column for each of `no`, and ask at each place which one is "
        "above.",
        "`yes[:, None] > no` is the table of wins, `yes[:, None] == no` that of ties; the mean of wins and half of the "
        "ties is the answer.",
    ),
    checks=(a_chance, all_pairs, any_threshold, very_sure, other_numbers, worse_than_chance, ties),
    explanation="The area under the ROC curve is this chance. It needs no threshold, so a D that has drifted to yes or "
                "to no is still judged by what it can tell apart. The half for ties gives 1/2 to a D that always says "
                "the same. Below 1/2 there is something to find out, so nothing is turned round.",
)


# Station 2: what changes on the bird, and behind it

SIDE = 8


def two_numbers(answer):
    """two numbers: inside and outside"""
    got = answer(*_path())
    if got is None:
        return Wrong("two numbers", "nothing", NOTHING)
    return None if numbers(got).shape == (2,) else Wrong(
        "two numbers", f"shape {numbers(got).shape}", "return inside, outside: each is one mean over pixels")


def only_the_bird(answer):
    """a bird that changes in its box, nothing behind it"""
    pictures, boxes = _path(bird=0.5, count=2)
    got = numbers(answer(pictures, boxes))
    if np.isnan(got).any():
        return Wrong([0.5, 0], got, "no pixel was in the box: 0.25 is a fraction of the side, so pixel 2 of 8")
    return wrong_numbers(got, [0.5, 0], {
        (0, 0.5): "inside and outside changed places",
        (-0.5, 0): "the bird got darker, and this counts as a change, too: take absolute differences",
        (0.5 * 12 / 64, 0): "divide by the pixels inside, not by all of the picture",
        (0.25, 0): "the difference was squared",
        (0.5 * 12, 0): "this is the sum over the pixels; a large bird would change more than a small one",
        (0.5 * 36, 0): "this is the sum over the pixels; a large bird would change more than a small one",
        (1.5, 0): "the three colours were added: take their mean as well",
        _by(_transposed, pictures, boxes): "x and width are columns, y and height are rows",
        _by(_corners, pictures, boxes): "a box is x, y, width and height, not two corners",
    }, "the box is x, y, width and height in fractions; pixel [row, column]")


def the_ends(answer):
    """the first picture against the last one"""
    pictures, boxes = _path(bird=0.5, behind=0.25)
    pictures[1:3] = pictures[:1] + np.array([0.5, -0.5])[:, None, None, None]
    steps = np.abs(np.diff(pictures, axis=0))
    inside = _in_box(boxes[0])
    each = [[(step.mean(0)[where]).mean() for step in steps] for where in (inside, ~inside)]
    return wrong_numbers(answer(pictures, boxes), [0.5, 0.25], {
        tuple(map(sum, each)): "the steps of the path were added; asked for are its two ends",
        tuple(map(np.mean, each)): "this is the mean step of the path; asked for are its two ends",
        (each[0][0], each[1][0]): "the second picture is not the last one",
    }, "compare pictures[0] with pictures[-1]")


def both_boxes(answer):
    """a bird that moves: both its places are inside"""
    pictures, boxes = _moved()
    first, last = map(_in_box, boxes[[0, -1]])
    return wrong_numbers(answer(pictures, boxes), _split(pictures, first | last), {
        _split(pictures, first): "only the first box was used: where the bird went is not background",
        _split(pictures, last): "only the last box was used: where the bird came from is not background",
        _split(pictures, first & last): "this is where both boxes meet; asked for is what lies in either",
        _split(pictures, np.any([_in_box(box) for box in boxes], axis=0)): "only the first and the last box count",
    }, "inside is what the first or the last box holds")


def middles(answer):
    """a pixel belongs to the box that holds its middle"""
    pictures, boxes = _path(bird=0.5, behind=0.1)
    boxes[:, :2] += -0.04, 0.04         # a third of a pixel further, to the left and down
    return wrong_numbers(answer(pictures, boxes), _split(pictures, _in_box(boxes[0])), {
        _by(_touched, pictures, boxes): "pixels that the box only touches were counted",
        _by(_cut, pictures, boxes): "the corners were cut off to whole pixels: the middle of pixel i is (i + 0.5) / S",
    }, "the middle of pixel i lies at (i + 0.5) / S")


def _path(bird=0.0, behind=0.0, count=4):
    """A path of pictures whose bird gets darker and whose background gets lighter; the bird does not move."""
    boxes = np.tile([0.25, 0.125, 0.375, 0.5], (count, 1))
    inside = _in_box(boxes[0])
    start = np.random.default_rng(5).uniform(-0.4, 0.4, (3, SIDE, SIDE))
    change = np.where(inside, -bird, behind)
    return start + np.linspace(0, 1, count)[:, None, None, None] * change, boxes


def _moved():
    """A path of noise, each pixel with a change of its own, along which the box moves."""
    pictures = np.random.default_rng(6).uniform(-1, 1, (4, 3, SIDE, SIDE))
    starts = np.array([[1, 1], [5, 4], [4, 1], [2, 3]]) / SIDE
    return pictures, np.hstack([starts, np.full((4, 2), 3 / SIDE)])


def _in_box(box, size=SIDE):
    """(S, S) bool, [row, column]: the pixels whose middles lie in a box."""
    x, y, width, height = box
    middle = (np.arange(size) + 0.5) / size
    columns, rows = (middle >= x) & (middle < x + width), (middle >= y) & (middle < y + height)
    return rows[:, None] & columns


def _split(pictures, inside):
    """The mean change of the pixels inside and of the rest; nan where there are none."""
    change = np.abs(pictures[-1] - pictures[0]).mean(0)
    return tuple(float(change[where].mean()) if where.any() else np.nan for where in (inside, ~inside))


def _by(reading, pictures, boxes):
    """The same, by a wrong reading of the box."""
    inside = np.zeros((SIDE, SIDE), bool)
    inside[reading(boxes[0] * SIDE)] = True
    return _split(pictures, inside)


def _transposed(box):
    x, y, width, height = map(round, box)
    return slice(x, x + width), slice(y, y + height)


def _corners(box):
    left, top, right, bottom = map(round, box)
    return slice(top, bottom), slice(left, right)


def _touched(box):
    x, y, width, height = box
    return (slice(int(np.floor(y)), int(np.ceil(y + height))), slice(int(np.floor(x)), int(np.ceil(x + width))))


def _cut(box):
    x, y, width, height = box
    return slice(int(y), int(y + height)), slice(int(x), int(x + width))


changes = Exercise(
    id="cls_measure.changes",
    title="on the bird, or behind it?",
    minutes=15,
    difficulty=3,
    text="The sentence changes, the noise stays: the bird should change, and what is behind it should not. `pictures` "
         "(K, 3, S, S) in [-1, 1] is the row of pictures along the way, `boxes` (K, 4) the box round the bird on each, "
         "as x, y, width and height in fractions of the side; both are arrays. Return two numbers, inside and outside: "
         "the mean absolute difference between the first and the last picture over the pixels that lie in the first or "
         "the last box, and over all others. A pixel belongs to a box that holds its middle.",
    hints=(
        "If the bird moves, which two places does that change? Is one of them background?",
        "Make a table (S, S) that is True in either box, and one of the absolute differences, averaged over the three "
        "colours. Then two means.",
        "`middles = (np.arange(S) + 0.5) / S`; `columns = (middles >= x) & (middles < x + width)`, rows with y and "
        "height; `rows[:, None] & columns` for each of both boxes, joined by `|`; then "
        "`difference[inside].mean(), difference[~inside].mean()`.",
    ),
    checks=(two_numbers, only_the_bird, the_ends, both_boxes, middles),
    explanation="Two means, so that a small bird counts as much as a large one. Where the bird leaves a place, the "
                "background appears there: that is the bird's doing, so both places are inside. A number alone says "
                "little: compare the outside with what another noise changes there.",
)
