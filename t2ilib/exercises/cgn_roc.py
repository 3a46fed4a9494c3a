"""Chapter 03: does D know a wrong condition? The ROC curve and its area, from 20 scores, by hand."""

import numpy as np

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, not_one, number, wrong_array, wrong_numbers
from t2ilib.metrics.pair_answers import auc as area_of

RIGHT = (2.1, 1.7, 1.7, 1.2, 0.9, 0.9, 0.4, 0.1, -0.3, -0.8)
WRONG = (1.9, 1.2, 0.9, 0.6, 0.2, 0.1, -0.3, -0.5, -0.8, -1.4)


def scores() -> str:
    """The 20 scores of the exercise, highest first: D's logits for real digits with their own and another class."""
    rows = sorted([(score, "right") for score in RIGHT] + [(score, "wrong") for score in WRONG], reverse=True)
    return "\n".join(f"{score:5.1f}  {kind}" for score, kind in rows)


def curve_and_area(answer):
    """two arrays of one length, and one number"""
    got = answer(np.array(RIGHT), np.array(WRONG))
    if not isinstance(got, tuple | list) or len(got) != 3:
        return Wrong("three things", "nothing" if got is None else type(got).__name__,
                     NOTHING if got is None else "return false_alarms, hits, area")
    shapes = [np.shape(got[0]), np.shape(got[1])]
    if len(shapes[0]) != 1 or shapes[0] != shapes[1]:
        return Wrong("two arrays of one length", shapes, "each threshold gives one false-alarm rate and one hit rate")
    return not_one(got[2], "the area is one number")


def no_ties(answer):
    """four scores, all different"""
    return _wrong_curve(answer, [3.0, 1.0], [2.0, 0.0])


def ends(answer):
    """from (0, 0), no to all, to (1, 1), yes to all"""
    got = answer(np.array(RIGHT), np.array(WRONG))
    first, last = ((float(got[0][at]), float(got[1][at])) for at in (0, -1))
    if (first, last) == ((0, 0), (1, 1)):
        return None
    return Wrong("(0, 0) to (1, 1)", f"{first} to {last}", "begin above the highest score, where D says no to all, and "
                                                           "end at the lowest")


def twenty_scores(answer):
    """the 20 scores: ties make a slanted step"""
    return _wrong_curve(answer, RIGHT, WRONG)


def area_under_it(answer):
    """its area: ties count half"""
    got = number(answer(np.array(RIGHT), np.array(WRONG))[2])
    wins, ties = _pairs(RIGHT, WRONG)
    return wrong_numbers(got, area_of(np.array(RIGHT), np.array(WRONG)), {
        wins: "ties count nothing here: half of a slanted step lies under it",
        wins + ties: "ties count whole here: half of a slanted step lies under it",
        1 - wins - ties / 2: "this is the area above the curve, or right and wrong changed places",
        100 * (wins + ties / 2): "per cent: an area lies between 0 and 1",
        float(np.mean(_curve(RIGHT, WRONG)[1])): "this is the mean hit rate: steps are not equally wide",
        wins / (1 - ties): "ties were left out: they are steps of the curve, too",
        float(np.mean(np.greater(RIGHT, 0)) + np.mean(np.less_equal(WRONG, 0))) / 2:
            "this is the accuracy of the threshold 0: the area asks about all thresholds",
    }, "add up the strips under the curve: width times the mean of both heights")


def any_scores(answer):
    """other numbers of each, and in any order"""
    for right, wrong in (([1.0], [0.0, 2.0, 1.0]), ([5.0, 5.0, 5.0], [5.0]), ([0.0, 1.0], [2.0, 3.0, 4.0])):
        got = answer(np.array(right[::-1]), np.array(wrong))
        bad = _wrong_curve(answer, right, wrong) or wrong_numbers(
            number(got[2]), area_of(np.array(right), np.array(wrong)), {
                0.5: "an area below 1/2 is an answer, too: this D says the opposite",
                1.0: "nothing is turned round: a D that says the opposite has 0",
            }, "a D that always says the same has 1/2, one that says the opposite has 0")
        if bad:
            return bad
    return None


def _curve(right, wrong) -> np.ndarray:
    """(2, K + 1): false-alarm rates and hit rates of all thresholds, from the highest on."""
    steps = np.concatenate([[np.inf], np.unique(np.concatenate([right, wrong]))[::-1]])
    return np.array([[np.mean(np.asarray(kind) >= step) for step in steps] for kind in (wrong, right)])


def _pairs(right, wrong) -> tuple[float, float]:
    """The share of pairs that the right one wins, and of ties."""
    table = np.subtract.outer(right, wrong)
    return float(np.mean(table > 0)), float(np.mean(table == 0))


def _wrong_curve(answer, right, wrong):
    """What is wrong with the curve; points on a straight piece of it do no harm, and may be left out."""
    false_alarms, hits, _ = answer(np.array(right, float), np.array(wrong, float))
    got = np.array([false_alarms, hits], float)
    curve = _curve(right, wrong)
    one_by_one = _one_by_one(right, wrong)
    return wrong_array(_corners(got), _corners(curve), {
        "false alarms and hits changed places: false alarms are the first": _corners(curve[::-1]),
        "it runs from (1, 1) to (0, 0): begin with the highest threshold": _corners(curve[:, ::-1]),
        "these are counts: divide hits by the right ones, false alarms by the wrong ones":
            _corners(curve * [[len(wrong)], [len(right)]]),
        "divide hits by the right ones and false alarms by the wrong ones, not by all of them":
            _corners(curve * [[len(wrong)], [len(right)]] / (len(right) + len(wrong))),
        "the corner (0, 0) is missing: above the highest score D says no to all": _corners(curve[:, 1:]),
        "a score that is equal to the threshold is a yes: `>=`": _corners(np.hstack([curve[:, :1], curve[:, :-1]])),
        "equal scores came one after the other: right and wrong ones with one score make one slanted step":
            _corners(one_by_one[0]),
        "equal scores came one after the other, wrong ones first: they make one slanted step": _corners(one_by_one[1]),
        "these are the shares of no: a hit is a yes to a right pair": _corners(1 - curve),
    }, "at each threshold: the share of wrong pairs, and of right pairs, that score at least as much")


def _one_by_one(right, wrong) -> list[np.ndarray]:
    """The curve of who sorts all scores and lets those that are equal come one by one: right ones first, or wrong."""
    curves = []
    for first in (1, 0):
        rows = sorted([(-score, 1 - first) for score in right] + [(-score, first) for score in wrong])
        is_right = np.array([kind == 1 - first for _, kind in rows])
        curves.append(np.array([np.cumsum(~is_right) / len(wrong), np.cumsum(is_right) / len(right)]))
    return [np.hstack([[[0.0], [0.0]], curve]) for curve in curves]


def _corners(curve: np.ndarray) -> np.ndarray:
    """A curve (2, K) without the points at which it goes straight on, or does not move."""
    points = curve.T
    kept = [points[0]]
    for point, after in zip(points[1:], [*points[2:], None]):
        step = point - kept[-1]
        straight = after is not None and abs(step[0] * (after - point)[1] - step[1] * (after - point)[0]) < 1e-9 and (
            step @ (after - point) >= 0)
        if np.abs(step).max() > 1e-9 and not straight:
            kept.append(point)
    return np.array(kept).T


roc = Exercise(
    id="cgn_roc.roc",
    title="does D know a wrong condition?",
    minutes=20,
    difficulty=3,
    text="`right` (N,) are D's scores for real pictures with their own condition, `wrong` (M,) those for real pictures "
         "with another one. D says yes to what scores at least as much as a threshold. Let the threshold fall from "
         "above the highest score to the lowest, and return three things: the false-alarm rates (the share of wrong "
         "pairs with a yes), the hit rates (the share of right ones), both from 0 to 1, and the area under the curve "
         "of hits over false alarms. `print(exercises.cgn_roc.scores())` shows 20 scores to do by hand first; some are "
         "equal.",
    hints=(
        "What do hits and false alarms do when the threshold passes a score that a right and a wrong pair share?",
        "Take each score that occurs as a threshold, from the highest on, after one above them all. The area is a sum "
        "of strips, each as wide as a step in the false alarms.",
        "`steps = [np.inf, *np.unique(np.concatenate([right, wrong]))[::-1]]`; `hits = [np.mean(right >= step) for "
        "step in steps]`, the same for `wrong`; `np.trapezoid(hits, false_alarms)`.",
    ),
    checks=(curve_and_area, no_ties, ends, twenty_scores, area_under_it, any_scores),
    explanation="The strips of a slanted step hold half of their ties: so the area is the chance that a right pair "
                "scores above a wrong one, ties half, as in the pairs of the chapter. A D that ignores c gives "
                "the same score to both: one step along the diagonal, and 1/2. These 20 scores have 0.67; so few "
                "leave it uncertain by 0.12, so this D may know c well, or hardly at all.",
)
