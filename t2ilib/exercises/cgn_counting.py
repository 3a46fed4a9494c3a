"""Chapter 03: what it costs to ask a GAN that cannot be told: draw until the right class comes."""

import math

import numpy as np

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, numbers, wrong_numbers

WANTED = 2


def two_numbers(answer):
    """two numbers: the expected draws, and their standard deviation"""
    got = answer(_read(20, 100), WANTED)
    if got is None:
        return Wrong("two numbers", "nothing", NOTHING)
    return None if numbers(got).shape == (2,) else Wrong(
        "two numbers", f"shape {numbers(got).shape}", "return draws, spread: for the wanted class alone")


def one_in_ten(answer):
    """a class of 10 %: ten draws"""
    return _wrong_cost(answer, 50, 500)


def one_in_fifty(answer):
    """a class of 2 %: fifty draws, and as much spread"""
    return _wrong_cost(answer, 20, 1000)


def any_order(answer):
    """in any order, as a list, and for any class"""
    read = np.random.default_rng(2).permutation(np.repeat([7, 4, 9], [3, 12, 45]))
    for wanted, share in ((7, 0.05), (4, 0.2), (9, 0.75)):
        wrong = wrong_numbers(answer(read.tolist(), wanted), _cost(share), {}, "count how often `wanted` was read, and "
                              "divide by all: the order says nothing")
        if wrong:
            return wrong
    return None


def always(answer):
    """a class that always comes: one draw, and no spread"""
    return wrong_numbers(answer(np.full(5, WANTED), WANTED), [1.0, 0.0], {
        (0.0, 0.0): "the draw that succeeds was not counted: it takes one",
    }, "with frequency 1 the first draw is the right one")


def never(answer):
    """a class that never came: infinity"""
    got = numbers(answer(np.zeros(40, int), WANTED))
    return None if np.isposinf(got).all() else Wrong(
        [math.inf, math.inf], got, "as far as this list knows it never comes: return math.inf twice. (40 draws without "
                                   "it do not prove that: up to 3 / 40 would be usual)")


def _read(hits: int, count: int) -> np.ndarray:
    """Classes read off `count` draws, `hits` of them the wanted one, in an order of chance; the rest are others."""
    rng = np.random.default_rng(1)
    others = rng.choice([0, 1, 3, 4, 5], count - hits)
    return rng.permutation(np.concatenate([np.full(hits, WANTED), others]))


def _cost(share: float) -> tuple[float, float]:
    return 1 / share, math.sqrt(1 - share) / share


def _wrong_cost(answer, hits, count):
    """What is wrong with the two numbers for so many hits among so many draws."""
    read, p = _read(hits, count), hits / count
    draws, spread = _cost(p)
    places = np.flatnonzero(read == WANTED)
    gaps = np.diff(places)
    classes = len(np.unique(read))
    return wrong_numbers(answer(read.copy(), WANTED), [draws, spread], {
        (draws - 1, spread): "this counts the draws in vain: the one that succeeds is a draw, too",
        (draws, spread**2): "this is the variance: its root is the standard deviation",
        (draws, math.sqrt(p * (1 - p))): "this is the spread of a single yes or no, not of the number of draws",
        (draws, math.sqrt(draws)): "the root of the mean is the spread of a count; waiting spreads wider",
        (draws, math.sqrt(1 - p) / p / math.sqrt(hits)): "this is how well the mean is known, not how far draws spread",
        (draws, math.sqrt((1 - p) / p)): "the root covers the numerator alone: sqrt(1 - p) / p",
        (draws, draws): "nearly: the spread is sqrt(1 - p) / p, a little less than the mean",
        (draws, 0.0): "the draws vary a lot: the spread is sqrt(1 - p) / p",
        (spread, draws): "the two changed places: return draws, spread",
        (classes, math.sqrt(1 - 1 / classes) * classes): "the classes are not equally likely: count how often it came",
        (p, math.sqrt(p * (1 - p))): "this is the frequency and its spread: how many draws does that take?",
        (p, spread): "this is the frequency: its inverse is the number of draws",
        (math.log(0.5) / math.log(1 - p), spread): "this is the median: half of the time it is enough",
        (places[0] + 1, spread): "this is the one waiting time that the list begins with: use all draws",
        (gaps.mean(), gaps.std()): "the gaps between hits leave out the draws before the first and behind the last: "
                                   "count hits",
        (100 * p, spread): "this is the frequency in per cent",
    }, "with frequency p the mean is 1 / p, and the standard deviation sqrt(1 - p) / p")


rejection_cost = Exercise(
    id="cgn_counting.rejection_cost",
    title="what asking costs whom nobody can tell",
    minutes=10,
    difficulty=2,
    text="An unconditional GAN can be asked as well: let it draw until a reader says 'a 2'. `read` (N,) are the "
         "classes that a reader saw in N of its draws. For the class `wanted`, return two numbers: how many draws it "
         "takes on average until one comes, that one included, and the standard deviation of this number, both for "
         "draws that come independently with the frequency seen in the list. For a class that never came return "
         "infinity twice.",
    hints=(
        "If one draw in fifty is a 2, how many draws would you plan for, and would you be surprised by twice as many?",
        "The number of draws until the first success has a geometric distribution: its mean is 1 / p. Look its "
        "variance up, or add it up.",
        "`p = np.mean(np.asarray(read) == wanted)`; then `1 / p` and `math.sqrt(1 - p) / p`, unless p is 0.",
    ),
    checks=(two_numbers, one_in_ten, one_in_fifty, any_order, always, never),
    explanation="Rejection works, and its cost is 1 / p: 10 draws for a tenth, 50 for 2 %, and the spread is nearly as "
                "large as the mean, so twice as many are no surprise. For several wishes at once the frequencies "
                "multiply: ten parts with eleven colours each are out of reach. A conditional GAN takes about one.",
)
