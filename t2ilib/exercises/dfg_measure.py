"""Chapter 09: how wide a generator is, and noise near the middle."""

import numpy as np
import torch
from scipy.stats import kstest, norm, truncnorm

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import untouched
from t2ilib.exercises.compare import NOTHING
from t2ilib.papers.df_gan import WIDEST, Config

# Station 1: the channels of each block


def published(answer):
    """128 pixels, with the 32 channels of the authors"""
    return _wrong_table(answer, 128, 32)


def others(answer):
    """other sizes, other widths"""
    return next(filter(None, (_wrong_table(answer, *case) for case in ((256, 32), (64, 16), (16, 5), (32, 1)))), None)


def _wrong_table(answer, size, channels):
    """What is wrong with the table of a generator."""
    got, right = answer(size, channels), _table(size, channels)
    if got is None:
        return Wrong(f"{len(right)} blocks", "nothing", NOTHING)
    rows = [tuple(map(int, row)) for row in got]
    if rows == right:
        return None
    if [row for row in rows if len(row) != 3]:
        return Wrong("(side, inputs, outputs) for each block", rows[0], "three numbers in each row")
    widths = [width for _, width, _ in right] + [right[-1][2]]
    mistakes = {
        "the first block enlarges 4 x 4 already, so it gives side 8": [(side // 2, *pair) for side, *pair in right],
        "from the largest side to the smallest: the generator begins at 4 x 4": right[::-1],
        "this is D's way, from few channels to many: G narrows as the side grows":
            [(side, b, a) for (side, _, _), (_, a, b) in zip(right, right[::-1])],
        "inputs and outputs changed places": [(side, b, a) for side, a, b in right],
        "channels stop growing at 8 times the narrowest":
            [(side, channels * 2 * size // side, channels * size // side) for side, _, _ in right],
        "a block takes what the block before it gives: at side s/2 there are twice the channels, 8 times at most":
            [(side, b, b) for side, _, b in right],
        "at the full side there are `channels` of them, not 2 * `channels`":
            [(side, channels * min(4 * size // side, WIDEST), channels * min(2 * size // side, WIDEST))
             for side, _, _ in right],
        "the last block gives features, and `to_rgb` makes three colours of them": [*right[:-1], (*right[-1][:2], 3)],
        "a block too many: 4 x 4 comes from the linear layer, without a block": [(4, widths[0], widths[0]), *right],
        "the last block is missing: it gives the full side": right[:-1],
        "the first block is missing: it takes 4 x 4 to 8 x 8": right[1:],
    }
    words = next((words for words, table in mistakes.items() if rows == table), "widths at sides size, size/2, ...: "
                 "1, 2, 4, 8, 8, ... times `channels`")
    at = next((i for i, pair in enumerate(zip(rows, right)) if pair[0] != pair[1]), min(len(rows), len(right)) - 1)
    return Wrong(f"{right[at]} as block {at + 1} of {len(right)} for {size} pixels", (rows or ["none"])[at], words)


def _table(size, channels):
    widths = Config(size=size).widths(channels)[::-1]
    return [(8 * 2**i, *pair) for i, pair in enumerate(zip(widths, widths[1:]))]


channel_table = Exercise(
    id="dfg_measure.channel_table",
    title="from 4 x 4 to 128 x 128",
    minutes=10,
    difficulty=2,
    text="Each block of the generator doubles the side, from 4 x 4 to `size`, a power of two. At the full side the "
         "map has `channels` channels, at half of it twice as many, at a quarter four times, and from there on eight "
         "times as many, which is the most. Return a list with a row for each block, the first one first: the side it "
         "gives, the channels it takes, the channels it gives. For 128 pixels and 32 channels, how many blocks are "
         "there?",
    hints=(
        "How often must 4 be doubled until it is 128?",
        "The width at a side is `channels * min(size // side, 8)`. A block takes the width at half its side.",
        "`def width(side): return channels * min(size // side, 8)`; the sides are 8, 16, ..., size; a row is "
        "`(side, width(side // 2), width(side))`.",
    ),
    checks=(published, others),
    explanation="Five blocks for 128 pixels, six for 256. Where widths halve as sides double, each block costs about "
                "the same, since the cost of a convolution goes with places times inputs times outputs. The weights "
                "stand elsewhere: at 128 pixels two thirds of them are in the first two blocks, where places are few.",
)


# Station 2: noise near the middle

BOUND, SCALE, MANY = 2.0, 0.88, 20_000


def form(answer):
    """(count, dim) numbers"""
    got = _drawn(answer, 5, 7)
    if got is None:
        return Wrong("shape (5, 7)", "nothing", NOTHING)
    return None if tuple(got.shape) == (5, 7) else Wrong("shape (5, 7)", f"shape {tuple(got.shape)}",
                                                         "a row of `dim` numbers for each picture")


def within(answer):
    """none beyond scale times bound"""
    got = _drawn(answer, MANY, 10).flatten().double().numpy()
    most = np.abs(got).max()
    if most <= SCALE * BOUND + 1e-5:
        return None
    return Wrong(f"at most {SCALE * BOUND:g}", most, "some are further out: after drawing again, look again"
                 if most > BOUND + 1e-5 else "the numbers were not scaled" if _follows(got, BOUND, 1.0) else
                 "scaled before the bound was asked: first draw within the bound, then scale")


def from_the_stream(answer):
    """all chance comes from `stream`"""
    first, again, other = _drawn(answer, 4, 50, 1, 1), _drawn(answer, 4, 50, 1, 2), _drawn(answer, 4, 50, 2, 2)
    if not torch.equal(first, again):
        return Wrong("twice the same for the same stream", "another one", "chance from elsewhere: hand `stream` to "
                                                                          "each draw, as `generator=stream`")
    return None if not torch.equal(first, other) else Wrong(
        "another noise for another stream", "the same", "nothing is drawn from the stream")


def spread(answer):
    """as a normal distribution without its tails, scaled"""
    for bound, scale in ((BOUND, SCALE), (0.5, 1.0)):
        got = _drawn(answer, MANY, 10, cut=(bound, scale)).flatten().double().numpy()
        if _follows(got, bound, scale):
            continue
        edge, low = (np.abs(got) > 0.999 * scale * bound).mean(), norm.cdf(-bound)
        words = ("what was beyond the bound was cut off to it: there is a heap at the edge now; draw it anew" if edge >
                 low else "what was beyond the bound became 0: draw it anew" if (got == 0).mean() > low else
                 "all are equally likely: inside the bound it is still a normal distribution" if
                 kstest(got / scale / bound, "uniform", (-1, 2)).pvalue > 1e-6 else
                 "draw from the normal distribution again, until it is within the bound, and change nothing else")
        right = truncnorm(-bound, bound, scale=scale).std()
        return Wrong(f"a spread of {right:.3f}", f"{got.std():.3f}", words)
    return None


def each_by_itself(answer):
    """each number is drawn by itself"""
    got = _drawn(answer, 200, 50)
    rows, columns = len(got.unique(dim=0)), got.unique(dim=1).shape[1]
    return None if (rows, columns) == (200, 50) else Wrong(
        "200 different rows and 50 columns", f"{rows} and {columns}", "one draw served several places")


def _follows(numbers, bound, scale):
    """Could these be normal numbers within a bound, scaled?"""
    return kstest(numbers, truncnorm(-bound, bound, scale=scale).cdf).pvalue > 1e-6


def _drawn(answer, count, dim, seed=0, luck=0, cut=(BOUND, SCALE)):
    """What the answer draws with a stream of this seed; other random numbers are those of `luck`."""
    before = np.random.get_state()
    with untouched():
        torch.manual_seed(luck)
        np.random.seed(luck)
        try:
            got = answer(count, dim, *cut, runtime.generator(seed))
        finally:
            np.random.set_state(before)
    return got if got is None else torch.as_tensor(got)


truncated_noise = Exercise(
    id="dfg_measure.truncated_noise",
    title="no rare noise, please",
    minutes=10,
    difficulty=2,
    text="Rare noise may make strange birds. The authors' test noise is standard normal, but a number beyond +-2 is "
         "drawn again, and all are multiplied by 0.88. Return (count, dim) such numbers for any `bound` and `scale`: "
         "first the bound, then the scale. Each number is drawn by itself, and all chance comes from the "
         "`torch.Generator` called `stream`.",
    hints=(
        "If a number beyond the bound is set to the bound, where would one number in twenty be found?",
        "Draw all at once. While some are beyond the bound, draw new ones for just these.",
        "`beyond = noise.abs() > bound`; `noise[beyond] = torch.randn(int(beyond.sum()), generator=stream)` in a loop; "
        "then `scale * noise`.",
    ),
    checks=(form, from_the_stream, within, each_by_itself, spread),
    explanation="Truncation is meant to buy realism, and pays with variety: G has seen rare noise rarely. A published "
                "FID with truncated noise cannot be compared with one without. The 0.88 narrows it further: a spread "
                "of 0.77 is left of the 1 that G was trained with.",
)
