"""Chapter 02: sub-pixel convolutions that begin by repeating pixels."""

import torch
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING

FACTORS = (2, 3)


def same_form(answer):
    """a weight of the same shape"""
    weight = _weight(2)
    got = answer(weight.clone(), 2)
    if got is None:
        return Wrong(f"shape {tuple(weight.shape)}", "nothing", NOTHING)
    return None if tuple(got.shape) == tuple(weight.shape) else Wrong(
        f"shape {tuple(weight.shape)}", f"shape {tuple(got.shape)}",
        "one row for each place of each channel, as before: copy each kept row factor * factor times")


def repeats(answer):
    """at the start it repeats pixels"""
    for factor in FACTORS:
        weight = _weight(factor)
        got = answer(weight.clone(), factor).detach()
        squares = _squares(_grown(got, factor), factor)
        if not torch.allclose(squares, squares[..., :1].expand_as(squares), atol=1e-5):
            apart = squares.std(-1).max().item()
            return Wrong(f"one value in each square of {factor} x {factor}", f"values that differ by {apart:.2g}",
                         _misplaced(got, weight, factor))
    return None


def still_different(answer):
    """features differ from each other"""
    for factor in FACTORS:
        got = answer(_weight(factor), factor).detach()
        kept = len(got.flatten(1).round(decimals=5).unique(dim=0))
        if kept != len(got) // factor**2:
            return Wrong(f"{len(got) // factor**2} different rows", f"{kept}", "everything is 0: nothing gets through"
                         if not got.any() else "all features became the same: copies belong to one channel only")
    return None


def as_large(answer):
    """weights as large as before"""
    for factor in FACTORS:
        weight = _weight(factor)
        ratio = (answer(weight.clone(), factor).detach().std() / weight.std()).item()
        if not 0.85 < ratio < 1.15:
            return Wrong("the same spread", f"{ratio:.2g} times", "a mean of several random rows is smaller than each "
                         "of them: keep one row of each square and copy it" if abs(ratio * factor - 1) < 0.15 else
                         "rows are copied, not scaled")
    return None


def unchanged(answer):
    """what was given stays as it is"""
    weight = _weight(2)
    given = weight.clone()
    answer(given, 2)
    return None if torch.equal(given, weight) else Wrong(
        "`weight` as it was", "other numbers", "this worked in place: return a new tensor")


def _weight(factor):
    """(5 * factor^2, 12, 3, 3), all numbers different."""
    return torch.randn(5 * factor**2, 12, 3, 3, generator=runtime.generator(factor))


def _grown(weight, factor):
    """What a sub-pixel convolution with this weight makes of some features."""
    features = torch.randn(1, 12, 4, 4, generator=runtime.generator(1))
    return F.pixel_shuffle(F.conv2d(features, weight, padding=1), factor)


def _squares(pictures, factor):
    """(B, C, f h, f w) -> (B, C, h, w, f * f): the pixels that came from one place."""
    return F.pixel_unshuffle(pictures, factor).unflatten(1, (-1, factor**2)).movedim(2, -1)


def _misplaced(got, weight, factor):
    """Why the pixels of a square differ."""
    copies = factor**2

    def equal(apart):
        """Are rows equal that are this far apart?"""
        return torch.equal(got.roll(-apart, dims=0)[:-apart], got[:-apart])

    if torch.equal(got, weight):
        return "the weight is as it was"
    if equal(len(weight) // copies):
        return ("the copies stand too far apart: PixelShuffle takes `factor * factor` rows *in a row* for one channel; "
                "`repeat_interleave`, not `repeat`")
    if equal(copies):
        return "rows that are `factor * factor` apart became the same: it is those next to each other"
    if torch.equal(got[::factor], got[1::factor]):
        return "a place becomes factor * factor pixels, not `factor`"
    return "rows c * factor * factor to (c + 1) * factor * factor - 1 make the squares of channel c: make them equal"


icnr = Exercise(
    id="dcg_pixels.icnr",
    title="pixels that begin as neighbours",
    minutes=10,
    difficulty=3,
    text="A sub-pixel convolution computes `factor`^2 numbers for each place and channel, and "
         "`nn.PixelShuffle(factor)` lays them out as a square: rows c f^2 to c f^2 + f^2 - 1 of its `weight` make "
         "channel c. Drawn one by one, these rows differ, and so do even and odd pixels from the first step on. Return "
         "a weight (C f^2, inputs, k, k), made from the random one that is given, with which the layer begins as a "
         "convolution followed by repeating pixels (ICNR). Channels stay different, and weights as large as before.",
    hints=(
        "What must hold for the rows of one channel, if all pixels of a square are to be equal?",
        "Keep one row of each channel, every f^2-th, and write f^2 copies of it next to each other.",
        "`weight[::factor**2].repeat_interleave(factor**2, dim=0)`.",
    ),
    checks=(same_form, repeats, still_different, as_large, unchanged),
    explanation="At the start the layer is the plain 'convolve, then repeat', which makes no checkerboards. It is only "
                "a start: each copy learns by itself from then on, and nothing holds them together. The chapter "
                "measures how much of it is left after training. With `repeat` in place of `repeat_interleave` the "
                "shapes are right and the rows wrong, so nothing would warn you.",
)
