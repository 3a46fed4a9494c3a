"""Chapter 09: FID falls with the number of pictures. What would it be with endless ones?"""

import numpy as np

from t2ilib.exercises import Exercise
from t2ilib.exercises.compare import not_one, wrong_numbers

COUNTS = np.array([500, 1000, 2000, 5000])


def one_number(answer):
    """one number"""
    return not_one(answer(COUNTS.copy(), 10 + 3000 / COUNTS), "the FID with endless pictures, one for all")


def on_a_line(answer):
    """a bias of exactly 1 / n"""
    values = 10 + 3000 / COUNTS
    got = answer(COUNTS.copy(), values.copy())
    return wrong_numbers(got, 10.0, _mistaken(COUNTS, values), "FID is a line in 1 / n; endless pictures are 1 / n = 0")


def with_noise(answer):
    """the best line, through none of the points"""
    values = 10 + 3000 / COUNTS + np.array([0.3, -0.8, 0.9, -0.5])
    right = np.polyfit(1 / COUNTS, values, 1)[1]
    slope = np.diff(values[-2:]) / np.diff(1 / COUNTS[-2:])
    whole = np.diff(values[[0, -1]]) / np.diff(1 / COUNTS[[0, -1]])
    weighed = np.polyfit(1 / COUNTS, values, 1, w=np.sqrt(COUNTS))[1]
    return wrong_numbers(answer(COUNTS.copy(), values.copy()), right, _mistaken(COUNTS, values) | {
        float(values[-1] - slope[0] / COUNTS[-1]): "this is the line through the last two points: use all of them",
        float(values[-1] - whole[0] / COUNTS[-1]): "this is the line through the first and the last point: use all",
        float(weighed): "the points were weighed: here all count the same",
        float(np.polyfit(1 / COUNTS, values, 2)[2]): "this is a parabola: it follows the noise",
    }, "least squares: the line whose squared distances from all points add up to the least")


def any_order(answer):
    """in any order, as lists, and below 0 if the line says so"""
    for counts, values in (([3000, 300, 1000], [2.0, 20.0, 6.5]), ([100, 800], [5.0, 0.5])):
        right = np.polyfit(1 / np.array(counts), values, 1)[1]
        wrong = wrong_numbers(answer(counts, values), right, {
            0.0: "a negative value means that the line does not hold there: return what it says"},
            "the counts need not be sorted, and two are enough")
        if wrong:
            return wrong
    return None


def _mistaken(counts, values):
    """What the usual mistakes give, and the words for it."""
    line = np.polyfit(1 / counts, values, 1)
    return {
        float(values[-1]): "this is the value at the most pictures: it still has its bias",
        float(values.mean()): "this is the mean: each of them has its bias",
        float(line[0]): "this is the slope of the line, not its value at 1 / n = 0",
        float(np.polyfit(counts, values, 1)[1]): "a line in n, at n = 0: that is no picture at all; take 1 / n",
        float(np.polyfit(1 / np.sqrt(counts), values, 1)[1]): "a line in 1 / sqrt(n): errors shrink so, the bias "
                                                              "shrinks as 1 / n",
        float(np.polyfit(np.log(counts), values, 1)[1]): "a line in log n: the bias shrinks as 1 / n",
        float(np.polyval(line, 1)): "this is the line at 1 / n = 1, a single picture",
    }


fid_at_infinity = Exercise(
    id="dfg_endless.fid_at_infinity",
    title="FID without its bias",
    minutes=10,
    difficulty=2,
    text="The fewer pictures, the larger FID, even for a perfect generator. To first order the surplus is b / n, with "
         "the same b for all n. `counts` (K,) are numbers of pictures, `values` (K,) the FIDs measured with "
         "them. Fit FID = a + b / n by least squares, all points alike, and return a: the FID of endless pictures.",
    hints=(
        "On which axis do these points lie on a straight line, and where on it are endless pictures?",
        "Take x = 1 / n and fit a straight line to (x, FID). Its value at x = 0 is asked for.",
        "`np.polyfit(1 / np.asarray(counts), values, 1)` gives slope and value at 0, in this order.",
    ),
    checks=(one_number, on_a_line, with_noise, any_order),
    explanation="So Chong and Forsyth (2020) proposed. The number b depends on the generator, so of two models the "
                "order may turn round with n: comparing at the same n is not enough. And the line cannot mend "
                "differences of another kind: other resizing, other truncation, another feature network.",
)
