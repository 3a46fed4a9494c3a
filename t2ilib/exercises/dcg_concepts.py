"""Chapter 02: sums of noises, and what their pictures show."""

import numpy as np
import torch
from torch import Tensor, nn

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import untouched
from t2ilib.exercises.compare import NOTHING, wrong_array


class Draws(nn.Module):
    """A tiny generator of pictures (B, 1, 3, 3) from noises (B, 5): bent enough that a mean of pictures is none of its
    own."""

    def __init__(self):
        super().__init__()
        self.weights = 0.6 * torch.randn(5, 9, generator=runtime.generator(3))

    def forward(self, noise: Tensor) -> Tensor:
        return (noise @ self.weights).tanh().unflatten(1, (1, 3, 3))


def one_picture(answer):
    """one picture, (K, S, S)"""
    got = _summed(answer, *_exemplars(3, 3, 3))
    if got is None:
        return Wrong("shape (1, 3, 3)", "nothing", NOTHING)
    shape = tuple(np.shape(got))
    words = {(5,): "this is the noise: let the generator draw it", (3, 1, 3, 3): "one for each exemplar: average first",
             (1, 1, 3, 3): "a batch of one: give the picture alone, `[0]`",
             (9, 1, 3, 3): "one for each exemplar: average first"}
    return None if shape == (1, 3, 3) else Wrong("shape (1, 3, 3)", f"shape {shape}", words.get(
        shape, "the generator takes noises (B, Z) and gives pictures (B, K, S, S); return one of them"))


def averaged(answer):
    """the mean of a, less that of b, and that of c"""
    return _wrong_sum(answer, *_exemplars(3, 3, 3))


def any_count(answer):
    """as many exemplars of each as there are"""
    for counts in ((4, 2, 3), (1, 1, 1), (1, 5, 2)):
        wrong = _wrong_sum(answer, *_exemplars(*counts))
        if wrong:
            return wrong
    return None


def _exemplars(*counts):
    stream = runtime.generator(7)
    return tuple([*torch.randn(count, 5, generator=stream)] for count in counts)


def _summed(answer, a, b, c):
    with untouched():
        return answer(Draws(), *([one.clone() for one in part] for part in (a, b, c)))


def _wrong_sum(answer, a, b, c):
    """What is wrong with the picture of a - b + c."""
    got = _summed(answer, a, b, c)
    got = got.detach() if isinstance(got, Tensor) else got
    right, *others = (_drawn(noise) for noise in _sums(a, b, c).values())
    words = list(_sums(a, b, c))[1:]
    pictures = [_mean(Draws()(torch.stack(part))) for part in (a, b, c)]
    mistakes = dict(zip(words, others)) | {
        "pictures were averaged: a double exposure, which the generator would never draw; average the noises":
            pictures[0] - pictures[1] + pictures[2],
        "the sum of pictures of averaged noises: add the *noises*, and draw once":
            _drawn(_mean(a)) - _drawn(_mean(b)) + _drawn(_mean(c)),
    }
    distinct = {name: picture for name, picture in mistakes.items() if not torch.allclose(picture, right, atol=1e-5)}
    return wrong_array(got, right, distinct, "mean(a) - mean(b) + mean(c), of noises, drawn once")


def _sums(a, b, c):
    """The noise that is meant, and what the likely mistakes make of it."""
    means, totals = ([function(part) for part in (a, b, c)] for function in (_mean, _total))
    count = len(a) + len(b) + len(c)
    return {
        "right": means[0] - means[1] + means[2],
        "one exemplar of each alone: that noise is as much about all else that its picture shows": a[0] - b[0] + c[0],
        "the signs: b is taken away, c is added": means[0] + means[1] - means[2],
        "the signs: a is where it begins, and b is taken away": means[1] - means[0] + means[2],
        "everything was added: b is taken away": means[0] + means[1] + means[2],
        "c is missing: it is what the difference is given to": means[0] - means[1],
        "sums in place of means: three noises added are too long": totals[0] - totals[1] + totals[2],
        "one mean over all: each concept is averaged by itself": (totals[0] - totals[1] + totals[2]) / count,
        "divided by the number of a's: each list has its own length": (totals[0] - totals[1] + totals[2]) / len(a),
        "divided by 3 whatever there is: each list has its own length": (totals[0] - totals[1] + totals[2]) / 3,
        "cut to length 1: a noise is about as long as the root of its dimension": _unit(means[0] - means[1] + means[2]),
        "each mean was cut to length 1: their lengths say how sure they are": sum(
            sign * _unit(mean) for sign, mean in zip((1, -1, 1), means)),
    }


def _mean(noises) -> Tensor:
    return (noises if isinstance(noises, Tensor) else torch.stack(noises)).mean(0)


def _total(noises) -> Tensor:
    return torch.stack(noises).sum(0)


def _unit(noise: Tensor) -> Tensor:
    return noise / noise.norm()


def _drawn(noise: Tensor) -> Tensor:
    return Draws()(noise[None])[0]


arithmetic = Exercise(
    id="dcg_concepts.arithmetic",
    title="arithmetic with concepts",
    minutes=10,
    difficulty=2,
    text="`a`, `b` and `c` are lists of noises (Z,) whose pictures show one concept each, such as 'red, facing left', "
         "'blue, facing left' and 'blue, facing right'. Average the noises of each list, take the mean of b from that "
         "of a, add that of c, and return the picture (K, S, S) that `generator` draws for the result. The generator "
         "takes noises (B, Z) and gives pictures (B, K, S, S). The lists may be of different lengths.",
    hints=(
        "What else does a single picture show besides the concept, and what is left of it in the mean of several?",
        "Stack each list and take the mean over its noises, not over their numbers. Then one noise is drawn, as a "
        "batch of one.",
        "`noise = torch.stack(a).mean(0) - torch.stack(b).mean(0) + torch.stack(c).mean(0)`; "
        "`generator(noise[None])[0]`.",
    ),
    checks=(one_picture, averaged, any_count),
    explanation="The paper found sums of single noises unstable, and averaged three for each concept. It also gives "
                "the right length: three independent noises averaged have a third of the variance, and three such "
                "means added have all of it again, so the result lies on the shell that G knows. From single noises it "
                "would be 1.7 times too long, from very many too short. Sums of pictures are no arithmetic of "
                "concepts: two birds at once are not one bird that has something of both.",
)
