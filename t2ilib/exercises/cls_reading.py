"""Chapter 05: where a discriminator meets its text, and which text is the wrong one."""

import random

import numpy as np
import torch

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import untouched
from t2ilib.exercises.compare import NOTHING
from t2ilib.exercises.join_checks import JoinChecks

# Station 1: depth concatenation


JOIN = JoinChecks("text", "D and its text compression both learn")

depth_concatenation = Exercise(
    id="cls_reading.depth_concatenation",
    title="lay the text behind every place",
    minutes=10,
    difficulty=2,
    text="At 4 x 4 places D has seen enough of the picture, and reads. `features` (B, F, h, w) are what its "
         "convolutions say of each place, `text` (B, C) is the compressed sentence of each picture. Return "
         "(B, F + C, h, w): the features first, and behind them the text, the same at every place, in the type of the "
         "features. Stay in PyTorch: the text compression learns through it.",
    hints=(
        "A sentence is about the whole picture. At which of the 4 x 4 places should D know it?",
        "Give the text two more axes of length 1, let them grow to h and w, and put both tensors together along the "
        "axis of the depth.",
        "`tiled = text[:, :, None, None].expand(-1, -1, *features.shape[2:])`, then "
        "`torch.cat([features, tiled.to(features.dtype)], dim=1)`.",
    ),
    checks=(JOIN.stacked, JOIN.features_first, JOIN.same_everywhere, JOIN.any_size, JOIN.same_type, JOIN.gradients),
    explanation="The 1 x 1 convolution that follows sees one place at a time: only if the text is at every place can "
                "it ask 'is this red, and was red asked for?'. `expand` copies nothing, it reads the same numbers "
                "again. `repeat` and `view` give the right shape as well, and the wrong text: such a D learns that "
                "texts are noise, and no error is raised.",
)


# Station 2: the wrong text

KINDS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 3])       # the classes of ten pictures; neighbours are mostly of one class
ROWS = np.array([9, 0, 5, 7, 1, 0])
DRAWS = 6_000


def one_number_each(answer):
    """one picture number for each of `rows`"""
    got = _drawn(answer)
    if got is None:
        return Wrong("6 picture numbers", "nothing", NOTHING)
    got = np.asarray(got)
    if got.shape != ROWS.shape:
        return Wrong("6 picture numbers", f"shape {got.shape}", "one for each entry of `rows`, not of `labels`")
    if got.dtype.kind not in "iu" or not ((got >= 0) & (got < len(KINDS))).all():
        return Wrong("whole numbers from 0 to 9", got, "return picture numbers, not labels or a mask")
    return None


def another_class(answer):
    """each is of another class than its picture"""
    for seed in range(20):
        got = np.asarray(_drawn(answer, seed))
        same = np.flatnonzero(KINDS[got] == KINDS[ROWS])
        if len(same):
            return Wrong(f"a class other than {KINDS[ROWS[same[0]]]} for picture {ROWS[same[0]]}",
                         f"picture {got[same[0]]} of the same class", _why_the_same(got))
    return None


def from_the_stream(answer):
    """all chance comes from `stream`"""
    first, again, other = _drawn(answer, 1, luck=1), _drawn(answer, 1, luck=2), _drawn(answer, 2, luck=2)
    first, again, other = map(np.asarray, (first, again, other))
    if not np.array_equal(first, again):
        return Wrong("twice the same for the same stream", f"{first.tolist()}, then {again.tolist()}",
                     "chance from elsewhere: hand `stream` to the draw, as `generator=stream`, or no run can be "
                     "repeated")
    return None if not np.array_equal(first, other) else Wrong(
        "something else for another stream", f"{first.tolist()} again", "nothing is drawn: a picture would meet the "
                                                                        "same wrong text for ever")


def every_one(answer):
    """every picture of another class can come, in the batch or not"""
    counts = _counts(answer)
    never = [number for number in np.flatnonzero(KINDS != 0) if counts[number] == 0]
    if not never:
        return None
    if np.count_nonzero(counts) == 1:
        words = "one draw served all pictures of a class: draw for each row by itself"
    elif np.isin(np.flatnonzero(counts), ROWS).all():
        words = "only pictures of this batch were drawn: draw among all that `labels` knows"
    else:
        words = "some pictures of other classes are never chosen"
    return Wrong(f"picture {never[0]} for picture 0 now and then", f"never in {DRAWS:,} draws", words)


def as_likely(answer):
    """and one as often as any other, however large its class"""
    shares, fair = _counts(answer)[KINDS != 0] / DRAWS, 1 / 6
    worst = int(np.abs(shares - fair).argmax())
    if abs(shares[worst] - fair) < 5 * np.sqrt(fair * (1 - fair) / DRAWS):     # five standard deviations
        return None
    by_class = np.allclose(shares, [1 / 9] * 3 + [1 / 6] * 2 + [1 / 3], atol=0.03)
    return Wrong(f"picture {4 + worst} for picture 0 in {fair:.1%} of the draws", f"in {shares[worst]:.1%}",
                 "a class was drawn first, and then a picture: that favours the pictures of small classes" if by_class
                 else "who lands on the same class has to draw again; going on to the next one favours that one")


def rare(answer):
    """also if nearly all pictures are of one class"""
    labels = np.zeros(300, int)
    labels[123] = 1
    got = np.asarray(_drawn(answer, 3, labels, np.arange(8)))
    return None if (got == 123).all() else Wrong("picture 123, eight times", got, "it gave up after some tries: go on, "
                                                                                  "or look up the others")


def _drawn(answer, seed=0, labels=KINDS, rows=ROWS, luck=0):
    """What the answer draws with a stream of this seed; other random numbers are those of `luck`."""
    before, state = np.random.get_state(), random.getstate()
    with untouched():
        torch.manual_seed(luck)
        np.random.seed(luck)
        random.seed(luck)
        try:
            return answer(labels.copy(), rows.copy(), runtime.generator(seed))
        finally:
            np.random.set_state(before)
            random.setstate(state)


def _counts(answer):
    """How often each picture is drawn for picture 0."""
    rows = np.concatenate([ROWS[:-1], np.zeros(DRAWS, int)])
    got = np.asarray(_drawn(answer, 4, rows=rows))[len(ROWS) - 1:]
    return np.bincount(got, minlength=len(KINDS))


def _why_the_same(got):
    if np.array_equal(got, ROWS):
        return "these are the pictures themselves"
    if np.array_equal(got, (ROWS + 1) % len(KINDS)):
        return "the next picture is no proof of another class: neighbours are often alike"
    if any(np.array_equal(got, np.roll(ROWS, by)) for by in (1, -1)):
        return "rolling the batch by one pairs neighbours in it, which may be of one class"
    return "another picture is not enough: compare `labels[chosen]` with `labels[rows]`"


wrong_rows = Exercise(
    id="cls_reading.wrong_rows",
    title="a wrong text for each picture",
    minutes=15,
    difficulty=3,
    text="GAN-CLS shows D real pictures with a wrong text. `labels` (N,) is an array with the class of every picture, "
         "`rows` (B,) are the picture numbers of a batch. Return for each of them the number of a picture of another "
         "class, whose caption will be the wrong text. It may come from all N pictures, any of another class as likely "
         "as any other, and each is drawn by itself. All chance comes from the `torch.Generator` called `stream`. "
         "There are two classes or more.",
    hints=(
        "What makes a caption wrong for a bird: that it was written for another picture, or for another species?",
        "Draw for all rows at once from all pictures. Where the class is the same, draw again, until no such row is "
        "left.",
        "`other = torch.randint(len(labels), (len(rows),), generator=stream).numpy()`; while "
        "`same = labels[other] == labels[rows]` has a True, draw `int(same.sum())` new ones for `other[same]`.",
    ),
    checks=(one_number_each, another_class, from_the_stream, every_one, as_likely, rare),
    explanation="Drawing again until the class differs leaves all other pictures equally likely, since each try is "
                "fair. Two birds of a species have captions that fit both: to call such a pair wrong teaches D that "
                "right is wrong. Even so a few wrong texts are true by accident, when two species share what is said.",
)
