"""Chapter 03: a condition as a vector: a class or nothing, and where it joins both players."""

from collections.abc import Mapping

import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, wrong_array
from t2ilib.exercises.join_checks import JoinChecks, maps
from t2ilib.exercises.step_checks import tried

SAYS = {
    "non-negative": "`F.one_hot` knows no -1: count from -1 on, and cut the first column off again",
    "must be applicable to an index tensor": "`F.one_hot` takes whole numbers: keep the classes `long`",
}

# Station 1: a class, or nothing


def a_row_for_each(answer):
    """a 1 in its own column, 0 elsewhere, as float32"""
    classes = torch.tensor([2, 0, 1, 2])
    got = tried(lambda: answer(classes.clone(), 3), SAYS)
    wrong = wrong_tensor(got, torch.eye(3)[classes], {
        "a column too many: nothing is said by zeros alone, it needs no column of its own": (4, 4),
        "rows are pictures, columns are classes": (3, 4),
        "these are numbers of classes: 2 is not twice 1, so each class needs a column": (4,),
    }, "row i has its 1 in column `classes[i]`", {"classes were shifted by one": torch.eye(3)[(classes + 1) % 3]})
    if wrong:
        return wrong
    return None if got.dtype == torch.float32 else Wrong(
        "torch.float32", str(got.dtype), "weights multiply it: turn it into `float`")


def nothing_said(answer):
    """-1 is a row of zeros"""
    classes = torch.tensor([1, -1, 3, -1])
    got = tried(lambda: answer(classes.clone(), 4), SAYS)
    right, silent = torch.cat([torch.eye(4), torch.zeros(1, 4)])[classes], (classes < 0).float()[:, None]
    mistakes = {
        "`-1` as a position is the last one: nothing said became the last class": torch.eye(4)[classes],
        "nothing said became class 0": torch.eye(4)[classes.clamp(min=0)],
        "nothing said became a little of everything: that is a request of its own": right + silent / 4,
        "nothing said became everything at once": right + silent,
        "nothing said became -1: a player would hear it as the opposite of a class": right - silent,
        "classes were shifted by one": torch.cat([torch.zeros(1, 4), torch.eye(4)])[classes],
    }
    return wrong_tensor(got, right, {"pictures were left out: each of them needs a row": (2, 4)},
                         "all zeros where nothing is said", mistakes)


def several_parts(answer):
    """classes of any shape: (B, P) -> (B, P, count)"""
    classes = torch.tensor([[0, -1, 2], [1, 1, -1]])
    got = tried(lambda: answer(classes.clone(), 3), SAYS)
    return wrong_tensor(got, torch.cat([torch.eye(3), torch.zeros(1, 3)])[classes], {
        "the parts were joined: keep the shape, and add one axis at the end": (2, 9),
    }, "one more axis, at the end", {})


def left_alone(answer):
    """what was given stays as it was"""
    classes = torch.tensor([1, -1, 0])
    answer(classes, 2)
    return None if classes.tolist() == [1, -1, 0] else Wrong([1, -1, 0], classes, "`classes` was changed in place")


def wrong_tensor(got: object, right: Tensor, shapes: Mapping, otherwise: str, mistakes: Mapping) -> Wrong | None:
    """What is wrong with a tensor, by its shape or by its numbers: words -> the shape, or the tensor, they explain."""
    if isinstance(got, Wrong):
        return got
    if not isinstance(got, Tensor):
        return Wrong("a tensor", "nothing" if got is None else type(got).__name__,
                     NOTHING if got is None else "stay in PyTorch: players take tensors")
    if got.shape != right.shape:
        known = (words for words, shape in shapes.items() if got.shape == shape)
        return Wrong(f"shape {tuple(right.shape)}", f"shape {tuple(got.shape)}", next(known, otherwise))
    return wrong_array(got, right, mistakes, otherwise)


class_vectors = Exercise(
    id="cgn_vectors.class_vectors",
    title="a class, or nothing at all",
    minutes=5,
    difficulty=1,
    text="`classes` is a tensor of whole numbers below `count`, of any shape; -1 stands for 'nothing is said'. Return "
         "float32 of that shape with one more axis of length `count`: a single 1 for a class, zeros only for -1. So "
         "G can be asked for the wing alone, and choose the colours of all other parts itself.",
    hints=(
        "What do the weights of the first layer make of a row of zeros, and what of a single 1?",
        "Make room for -1: with one class more, and all numbers one higher, -1 becomes class 0. Then drop its column.",
        "`F.one_hot(classes + 1, count + 1)[..., 1:].float()`, with `torch.nn.functional` as F.",
    ),
    checks=(a_row_for_each, nothing_said, several_parts, left_alone),
    explanation="A single 1 chooses one column of the first weights: an embedding is this, and nothing more. Zeros "
                "choose none, so what remains is the bias: what a player does unasked. It has to be trained, too, "
                "with pictures of which little or nothing is told.",
)


# Station 2: beside noise, behind features

JOIN = JoinChecks("condition", "both players learn what to make of it")


def beside_noise(answer):
    """beside noise: (B, Z) and (B, C) -> (B, Z + C)"""
    stream = runtime.generator(6)
    noise, condition = (torch.randn(3, size, generator=stream) for size in (3, 3))
    right = torch.cat([noise, condition], dim=1)
    return wrong_tensor(answer(noise.clone(), condition.clone()), right, {
        "the condition was added: noise could cancel it, and has to learn to leave it room; put it beside": (3, 3),
        "stacked along the batch: the condition would be noise of a picture of its own; use `dim=1`": (6, 3),
        "every picture met every condition: each has one of its own": (3, 3, 6),
    }, "first the noise, then the condition, side by side", {
        "the condition came first: weights count on the order of both": torch.cat([condition, noise], dim=1),
        "every one got the condition of the first": torch.cat([noise, condition[:1].expand(3, -1)], dim=1),
        "the batch was turned round": torch.cat([noise, condition.flip(0)], dim=1),
        "the two were mixed number by number": torch.stack([noise, condition], dim=2).flatten(1),
    })


def as_many(answer):
    """as many conditions as there are pictures"""
    inputs, condition = maps(5, 2, 5, 3, 3)
    got = answer(inputs.clone(), condition.clone())
    return wrong_tensor(got[:, 2:].mean((2, 3)), condition, {}, "each picture has one condition, its own", {
        "places were taken for pictures: an axis too few, and the condition is laid over another one": condition.T,
    })


join = Exercise(
    id="cgn_vectors.join",
    title="say it to both players",
    minutes=10,
    difficulty=2,
    text="`condition` (B, C) is joined to `inputs`: to noise (B, Z) in G, giving (B, Z + C), or to a feature map "
         "(B, F, h, w) in D, giving (B, F + C, h, w) with the condition the same at every place. First the inputs, "
         "then the condition, in the type of the inputs; gradients must reach both. One function for both.",
    hints=(
        "How many axes of length 1 does a condition need beside noise, and how many beside a feature map?",
        "Give the condition as many more axes as the inputs have, let them grow, and stack both along `dim=1`.",
        "`axes = inputs.ndim - 2`; `tiled = condition.reshape(*condition.shape, *[1] * axes).expand(-1, -1, "
        "*inputs.shape[2:])`; `torch.cat([inputs, tiled.to(inputs.dtype)], dim=1)`.",
    ),
    checks=(beside_noise, JOIN.stacked, JOIN.features_first, JOIN.same_everywhere, as_many, JOIN.any_size,
            JOIN.same_type, JOIN.gradients),
    explanation="Beside each other means that the next layer has weights of its own for the condition. Joined before "
                "the last linear layer of D it would be too late: f(x) + g(c) can say 'a fine picture' and 'a rare "
                "class', never 'this picture is of that class'. One hidden layer behind the join is enough.",
)
