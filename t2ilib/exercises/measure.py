"""Chapter 00: how sure a number is, and an experiment: a sentence on which the painter fails."""

from functools import cache
from typing import NamedTuple

import numpy as np
from scipy.stats import binomtest

from t2ilib import sample
from t2ilib.data.captions import read_attributes
from t2ilib.exercises import Exercise, Wrong
from t2ilib.metrics.statistics import bootstrap, share

# Station 1: how sure is a share of names, if nine captions at a time speak of one species?

_mixed = np.random.default_rng(0).permutation(540)
KINDS = np.repeat(np.arange(60), 9)[_mixed]                 # 60 species, 9 captions of each, in no order
ASKED = np.full(540, 4)
RIGHT = np.repeat((0, 1, 2, 3, 4), (6, 6, 12, 12, 24))[KINDS]       # the painter knows some species, and others not


def two_bounds(answer):
    """two bounds between 0 and 1, the lower one first"""
    got = _bounds(answer, RIGHT, ASKED, KINDS)
    if np.shape(got) != (2,) or np.asarray(got).dtype.kind not in "iuf":
        return Wrong("two numbers", got, "return low and high; is there a `return`?")
    low, high = map(float, got)
    if high > 1:
        return Wrong("shares up to 1", [low, high], "divide the names that were seen by those that were asked for")
    return Wrong("the lower bound first", [low, high], "low and high changed places") if low > high else None


def as_wide_as_species_differ(answer):
    """species are drawn, not captions: 60 that differ, not 540"""
    low, high = np.mean(RIGHT / ASKED) + np.array([-1.96, 1.96]) * np.std(RIGHT / ASKED) / np.sqrt(60)
    got = np.mean([_bounds(answer, RIGHT, ASKED, KINDS, seed) for seed in range(5)], axis=0)
    mistakes = {
        0.0: "hardly anything varies: draw with replacement, and take the spread of the shares as it is",
        0.33: "single captions were drawn; nine of one species say nine times the same",
        0.51: "one standard deviation on each side holds 68 %, not 95 %",
        0.76: "a species that is drawn twice counts twice; `np.isin` counts it once",
        0.85: "this holds 90 %: for 95 %, cut off 2.5 % at each end",
        1.0: "",
        1.6: "the smallest and the largest of 1,000 are chance; cut off 2.5 % at each end",
        2.6: "few species were drawn: a resample has as many as there are",
        6.0: "so far apart lie single species: a resample is as many species as there are, and one share",
    }
    if not got[0] <= share(RIGHT, ASKED) <= got[1]:
        return Wrong(np.round([low, high], 3), np.round(got, 3),
                     "the share itself lies outside: `np.percentile` wants 2.5 and 97.5, `np.quantile` 0.025 and 0.975")
    ratio = (got[1] - got[0]) / (high - low)
    nearest = min(mistakes, key=lambda known: abs(known - ratio))
    if nearest == 1.0 and abs(ratio - 1) < 0.1:
        return None
    return Wrong(np.round([low, high], 3), np.round(got, 3), mistakes[nearest] or "draw 60 species, 1,000 times")


def share_of_names(answer):
    """a share is all names seen of all names asked for"""
    kinds = np.arange(80) // 2
    asked = np.where(kinds % 2, 1, 8)                       # every other species has short captions, and is missed
    right = np.where(kinds % 2, 0, 7)
    low, high = bootstrap(right, asked, kinds)
    got = _bounds(answer, right, asked, kinds)
    if not got[0] < share(right, asked) < got[1]:
        return Wrong(f"bounds around {share(right, asked):.3f}", np.round(got, 3),
                     "add up the names of a resample and divide once; a mean of shares counts short captions more")
    if got[1] - got[0] > 2 * (high - low):
        return Wrong(np.round([low, high], 3), np.round(got, 3),
                     "divide by the names of the resample: it asks for others than the whole set does")
    return None


def repeatable(answer):
    """the same rng gives the same interval"""
    asked = ASKED + KINDS % 11                              # many shares: no two draws agree by luck
    first, *again = (_bounds(answer, RIGHT, asked, KINDS) for _ in range(4))
    if all(np.array_equal(first, other) for other in again):
        return None
    return Wrong("the same each time", [*first, *again[-1]],
                 "the draw does not come from `rng`, so nobody can repeat it")


def _bounds(answer, right, asked, kinds, seed=0):
    return answer(right.copy(), asked.copy(), kinds.copy(), np.random.default_rng(seed))


interval = Exercise(
    id="measure.interval",
    title="how sure is a share?",
    minutes=20,
    difficulty=4,
    text="A score without an interval is a guess. For N captions `asked` (N,) says how many colours each names, "
         "`right` (N,) how many of them were seen, and `kinds` (N,) of which species it speaks. The share is "
         "`right.sum() / asked.sum()`. How much would it change with other species? Bootstrap: draw as many species "
         "as there are, with replacement, with all their captions; a species that is drawn twice counts twice. Take "
         "the share of that. Do this 1,000 times with the NumPy generator `rng`, and return low and high: the bounds "
         "of the middle 95 %.",
    hints=(
        "Captions of one species are right or wrong together. How many things were really tried: 540 or 60?",
        "Add up `right` and `asked` within each species first. Then draw species: `rng.integers(n, size=(1000, n))` "
        "is 1,000 resamples at once.",
        "`_, members = np.unique(kinds, return_inverse=True)`; `np.bincount(members, weights=right)` adds up within "
        "species. Sum the drawn rows, divide, and take `np.quantile(shares, (0.025, 0.975))`.",
    ),
    checks=(two_bounds, as_wide_as_species_differ, share_of_names, repeatable),
    explanation="What is drawn must be what could have come out differently: the species of a test set. Nine captions "
                "of one species are hardly more than one, and an interval that counts them nine times is three times "
                "too narrow. Both sums belong to the resample, so that the share is a ratio of sums, as in the score.",
)


# Station 2: an experiment of your own.

ENOUGH = 32                                                 # pictures


@cache
def found(sentence: str, n: int, seed: int = 0) -> np.ndarray:
    """On which of n pictures of a sentence the probe finds all colours that it names -> (n,) booleans, read-only."""
    seen = sample.Painter.shipped().draw(sentence, n, seed).seen
    hits = np.array([all(wanted == colour for _, wanted, colour in picture) for picture in seen])
    hits.setflags(write=False)
    return hits


class Experiment(NamedTuple):
    """What the answer claims, and what it measured for it."""

    sentence: str
    bounds: tuple[float, float]
    samples: list[np.ndarray]           # of this sentence, in order


def one_colour(answer):
    """a sentence that names one colour"""
    got = answer(found)
    if not isinstance(got, tuple | list) or len(got) != 3 or not isinstance(got[0], str):
        return Wrong("a sentence and two bounds", got, "return sentence, low, high; is there a `return`?")
    colours = set(read_attributes(got[0]).colours.values())
    if len(colours) == 1:
        return None
    return Wrong("one colour", f"{len(colours)} in '{got[0]}'", "with several, which of them failed?" if colours
                 else "no colour is understood, so the probe has nothing to miss")


def measured(answer):
    """measured on 32 pictures or more"""
    samples = _perform(answer).samples
    if not samples:
        return Wrong("found(sentence, n)", "no call with this sentence", "measure the sentence that you return")
    most = max(map(len, samples))
    return None if most >= ENOUGH else Wrong(f"{ENOUGH} pictures", most, "few pictures make a wide interval")


def interval_of_what_was_measured(answer):
    """the 95 % interval of that share"""
    _, (low, high), samples = _perform(answer)
    intervals = [_wilson(hits) for hits in (*samples, np.concatenate(samples))]
    if low < 0 or high > 1:
        return Wrong("bounds from 0 to 1", np.round([low, high], 3),
                     "a share has no others; mean and deviation do not know it, Wilson's interval does")
    if low < high and any(abs(low - a) + abs(high - b) < 0.12 for a, b in intervals):
        return None
    hits = max(samples, key=len)
    expected = f"about [{_wilson(hits)[0]:.2f}, {_wilson(hits)[1]:.2f}] for {hits.sum()} of {len(hits)}"
    mistake = ("a share is no interval: none of 32 found does not mean that none ever is" if low == high
               else "`scipy.stats.binomtest(hits, n).proportion_ci(method='wilson')` has `.low` and `.high`")
    return Wrong(expected, np.round([low, high], 3), mistake)


def worse_than_a_coin(answer):
    """the interval lies below one half"""
    sentence, (low, high), _ = _perform(answer)
    if high < 0.5:
        return None
    return Wrong("an upper bound below 0.5", high,
                 f"the painter can do '{sentence}': what has it never met?" if low > 0.5
                 else "this may be chance: take more pictures, or a sentence that fails more often")


def holds_on_new_pictures(answer):
    """it fails on new pictures, too"""
    hits = found(_perform(answer).sentence, 2 * ENOUGH, seed=20_260)
    if hits.mean() < 0.5:
        return None
    return Wrong("less than half of 64 new pictures", f"{hits.sum()} found",
                 "the worst of many tries looks worse than it is: choose with one seed, measure with another")


def _perform(answer):
    """The experiment of an answer, with all that it measured for its sentence."""
    calls = []

    def recorded(sentence, n, seed=0):
        calls.append((sentence, found(sentence, n, seed)))
        return calls[-1][1]

    sentence, low, high = answer(recorded)
    return Experiment(sentence, (float(low), float(high)), [hits for name, hits in calls if name == sentence])


def _wilson(hits):
    bounds = binomtest(int(hits.sum()), len(hits)).proportion_ci(method="wilson")
    return bounds.low, bounds.high


hard_sentence = Exercise(
    id="measure.hard_sentence",
    title="a sentence the painter cannot paint",
    minutes=25,
    difficulty=3,
    text="An experiment without a right answer. Find a sentence that names only one colour, and on which the painter "
         "fails more often than not. Your function is given `found(sentence, n, seed=0)`: it draws n pictures and "
         "returns (n,) booleans, whether the probe finds the colour on each. Return the sentence and the bounds of the "
         "95 % interval of its share, measured on 32 pictures or more; the interval must lie below 0.5. The claim is "
         "then tried on new pictures. To play: `exercises.measure.found('a bird with pink legs', 32).mean()`.",
    hints=(
        "Which parts are small? Which colours has a part never had in the training species?",
        "`birds.BARE_COLOURS` are the colours of beaks and legs. Try some of them, and some others.",
        "`hits = found(sentence, 64)`; `binomtest(int(hits.sum()), 64).proportion_ci(method='wilson')` of "
        "`scipy.stats` has `.low` and `.high`.",
    ),
    checks=(one_colour, measured, interval_of_what_was_measured, worse_than_a_coin, holds_on_new_pictures),
    explanation="This one asks for what no training species wears: blue legs. Each word is known, the pair is not. "
                "Wilson's interval stays honest near 0, where mean and standard deviation would claim certainty. If "
                "you tried many sentences and took the worst, its number was partly bad luck: measure anew.",
)
