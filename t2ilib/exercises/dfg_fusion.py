"""Chapter 09: scale and shift by the sentence, and why there is an activation between two of them."""

import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING

CUT = "stay in PyTorch: `item`, `detach` and NumPy have no gradient, so the sentence would never learn to be heard"

# Station 1: the fusion block


def per_channel(answer):
    """one scale and one shift for each channel, in all places"""
    features, first, second = _given(4, 4, 4, 4)
    features, first, second = features.abs(), *(tuple(map(torch.abs, one)) for one in (first, second))
    (a, b), (c, d) = [(_wide(scale), _wide(shift)) for scale, shift in (first, second)]
    return _wrong_maps(answer(features.clone(), *_copies(first, second)), c * (a * features + b) + d, {
        "the scale was laid over the places: (B, C) meets the last two axes; give it two more, `[:, :, None, None]`":
            second[0] * (first[0] * features + first[1]) + second[1],
        "the scale was laid over the columns: give it two more axes at the end, `[:, :, None, None]`":
            second[0][:, None, None] * (first[0][:, None, None] * features + first[1][:, None, None])
            + second[1][:, None, None],
        "the shifts are missing: scale * features + shift": c * a * features,
        "the shift came before the scale: scale * features + shift": c * (a * (features + b) + d),
        "`first` alone acted: there are two of them": a * features + b,
        "`second` alone acted: there are two of them": c * features + d,
        "`second` acted before `first`": a * (c * features + d) + b,
        "`first` acted twice": a * (a * features + b) + b,
        "1 was added to the scale: these scales are already around 1": (1 + c) * ((1 + a) * features + b) + d,
        "every picture got the numbers of the first one": c[:1] * (a[:1] * features + b[:1]) + d[:1],
        "the features were normalised: nothing is normalised here":
            _leaky(c * F.instance_norm(_leaky(a * F.instance_norm(features) + b)) + d),
    }, "scale[b, c] * features[b, c] + shift[b, c] at each place, twice")


def activated(answer):
    """an activation behind each of the two"""
    features, first, second = _given(2, 3, 4, 4, seed=2)
    one, two = (lambda x: _scaled(x, first)), (lambda x: _scaled(x, second))
    leak = _leaky
    return _wrong_maps(answer(features.clone(), *_copies(first, second)), leak(two(leak(one(features)))), {
        "there is no activation: then two affines are one": two(one(features)),
        "the activation between the two is missing: without it they are one": leak(two(one(features))),
        "the last activation is missing: there is one behind each affine": two(leak(one(features))),
        "the activation came before each affine: it comes behind": two(leak(one(leak(features)))),
        "an activation too many: the features come as they are": leak(two(leak(one(leak(features))))),
        "this is ReLU: what is below 0 keeps 0.2 of its value": two(one(features).relu()).relu(),
        "0.01 is PyTorch's slope of a leaky ReLU: here it is 0.2": F.leaky_relu(two(F.leaky_relu(one(features)))),
    }, "affine, leaky ReLU with slope 0.2 below 0, and both once more")


def any_size(answer):
    """maps of any size, also for one picture"""
    for shape in ((1, 5, 2, 7), (3, 2, 1, 1), (5, 4, 4, 5)):
        features, first, second = _given(*shape, seed=3)
        right = _leaky(_scaled(_leaky(_scaled(features, first)), second))
        try:
            wrong = _wrong_maps(answer(features.clone(), *_copies(first, second)), right, {}, "a size is written in")
        except (RuntimeError, ValueError, IndexError) as error:
            wrong = Wrong(f"features {shape}", f"{type(error).__name__}: {str(error)[:60]}",
                          "a size is written into it, or the axes of length 1 are missing")
        if wrong:
            return wrong
    return None


def sentences_learn(answer):
    """a gradient for scales, shifts and features, and nothing is changed in place"""
    features, first, second = _given(2, 3, 2, 2, seed=4)
    leaves = [one.requires_grad_() for one in (features, *first, *second)]
    given = [one.clone() for one in leaves]
    before = [one.detach().clone() for one in given]
    got = answer(given[0], tuple(given[1:3]), tuple(given[3:]))
    if any(not torch.equal(one, old) for one, old in zip(given, before)):
        return Wrong("what was given, unchanged", "other numbers", "this worked in place: the shortcut of the block "
                                                                   "still needs the features")
    if not got.requires_grad:
        return Wrong("a tensor with a gradient", "one without", CUT)
    slopes = torch.autograd.grad(got.sum(), leaves, allow_unused=True)
    names = ("the features", "the first scale", "the first shift", "the second scale", "the second shift")
    return next((Wrong(f"a gradient at {name}", "none", CUT) for name, slope in zip(names, slopes)
                 if slope is None or not slope.any()), None)


def _given(count, channels, height, width, seed=1):
    """Features, and twice a scale around 1 and a shift around 0: all numbers different."""
    stream = runtime.generator(seed)
    features = torch.randn(count, channels, height, width, generator=stream)
    pairs = 0.6 * torch.randn(2, 2, count, channels, generator=stream) + torch.tensor([1.0, 0.0])[:, None, None]
    return features, *((scale, shift) for scale, shift in pairs)


def _copies(*pairs):
    return [tuple(one.clone() for one in pair) for pair in pairs]


def _wide(numbers: Tensor) -> Tensor:
    return numbers[:, :, None, None]


def _scaled(features: Tensor, pair: tuple[Tensor, Tensor]) -> Tensor:
    return _wide(pair[0]) * features + _wide(pair[1])


def _leaky(features: Tensor) -> Tensor:
    return F.leaky_relu(features, 0.2)


def _wrong_maps(got: object, right: Tensor, mistakes: dict[str, Tensor], otherwise: str) -> Wrong | None:
    """What is wrong with feature maps: the words of the first mistake that gives these, or `otherwise`."""
    if not isinstance(got, Tensor):
        return Wrong("a tensor", "nothing" if got is None else type(got).__name__, NOTHING if got is None else CUT)
    if got.shape != right.shape:
        return Wrong(f"shape {tuple(right.shape)}", f"shape {tuple(got.shape)}", "as many features as came in")
    if torch.allclose(got, right, atol=1e-5):
        return None
    at = torch.unravel_index((got - right).abs().nan_to_num(torch.inf).argmax(), right.shape)[:2]
    words = (words for words, known in mistakes.items() if torch.allclose(got, known, atol=1e-5))
    return Wrong(right[at].flatten()[:3], got[at].flatten()[:3], next(words, otherwise))


df_block = Exercise(
    id="dfg_fusion.df_block",
    title="the sentence turns the knobs of each channel",
    minutes=10,
    difficulty=2,
    text="The deep fusion of DF-GAN. `features` (B, C, h, w) are on their way to becoming a picture; `first` and "
         "`second` are pairs `(scale, shift)`, each (B, C), which two small networks have read from the sentence. "
         "Multiply each channel by its scale and add its shift, the same at every place, then take a leaky ReLU with "
         "slope 0.2; then the same once more with `second`. Return (B, C, h, w), and leave what was given unchanged.",
    hints=(
        "How many numbers does a sentence have for a picture here, and does a place have one of its own?",
        "Give scale and shift two more axes of length 1 at the end: (B, C, 1, 1) fits any height and width.",
        "`features = F.leaky_relu(scale[:, :, None, None] * features + shift[:, :, None, None], 0.2)`, in a loop over "
        "`(first, second)`, with `torch.nn.functional` as F.",
    ),
    checks=(per_channel, activated, any_size, sentences_learn),
    explanation="A sentence cannot say what to do at a place, only how much each channel counts. Which place is a wing "
                "is up to the features. The cost hardly depends on the size of the picture: attention between words "
                "and places would be dear at the larger sides, an affine is not.",
)


# Station 2: two that are one


def in_turn(answer):
    """one affine that does what two do in turn"""
    return _wrong_pair(answer, torch.tensor([2.0]), torch.tensor([3.0]), torch.tensor([5.0]), torch.tensor([7.0]))


def each_channel(answer):
    """for each picture and channel by itself"""
    return _wrong_pair(answer, *torch.randn(4, 3, 6, generator=runtime.generator(6)))


def chains(answer):
    """and so any number of them: four in a row"""
    affines = torch.randn(4, 2, 2, 3, generator=runtime.generator(7)).unbind()
    found = right = tuple(affines[0])
    for scale, shift in affines[1:]:
        found = answer(found, (scale.clone(), shift.clone()))
        right = scale * right[0], scale * right[1] + shift
    close = all(torch.allclose(torch.as_tensor(a), b, atol=1e-5) for a, b in zip(found, right))
    return None if close else Wrong(right[1][0], found[1][0], "what comes back is a pair (scale, shift) again")


def _wrong_pair(answer, a, b, c, d):
    """What is wrong with the affine for x -> c (a x + b) + d."""
    got = answer((a.clone(), b.clone()), (c.clone(), d.clone()))
    if not isinstance(got, tuple | list) or len(got) != 2:
        return Wrong("two tensors", "nothing" if got is None else type(got).__name__,
                     NOTHING if got is None else "return scale, shift")
    for name, one, right, mistakes in (
            ("scale", got[0], c * a, {"the scales multiply, they do not add": a + c,
                                      "this is the scale of the first alone": a,
                                      "scale and shift changed places: return scale, shift": c * b + d}),
            ("shift", got[1], c * b + d, {
                "the first shift is scaled as well, by the second scale": b + d,
                "`second` acted first: it is scale2 * (scale1 * x + shift1) + shift2": a * d + b,
                "the second shift is not scaled by anything": c * (b + d),
                "the first shift is scaled by the *second* scale, not by the first": a * b + d,
                "the first shift is scaled by the second scale alone": c * a * b + d,
                "the second shift is missing": c * b,
                "this is the second shift alone": d})):
        one = torch.as_tensor(one, dtype=torch.float32)
        if one.shape != right.shape:
            return Wrong(f"a {name} of shape {tuple(right.shape)}", tuple(one.shape), "one number for each channel")
        if not torch.allclose(one, right, atol=1e-5):
            words = (words for words, known in mistakes.items() if torch.allclose(one, known, atol=1e-5))
            return Wrong(f"the {name} {right.flatten()[:3].tolist()}", one.flatten()[:3],
                         next(words, "write scale2 * (scale1 * x + shift1) + shift2, and sort by x"))
    return None


collapse = Exercise(
    id="dfg_fusion.collapse",
    title="two without an activation are one",
    minutes=5,
    difficulty=1,
    text="`first` and `second` are pairs `(scale, shift)` of tensors of one shape. Without an activation between them, "
         "x becomes scale1 * x + shift1, and that becomes scale2 * (...) + shift2. Return the one pair `scale, shift` "
         "that does the same at once.",
    hints=(
        "What does the second affine do to the shift of the first?",
        "Write scale2 * (scale1 * x + shift1) + shift2, multiply out, and collect what stands before x.",
        "The scale is `scale2 * scale1`; the shift is `scale2 * shift1 + shift2`.",
    ),
    checks=(in_turn, each_channel, chains),
    explanation="However many affines stand in a row, one could do their work: they cost weights and bring nothing. "
                "With an activation between them, the second sees a bent version of what the first made, and the "
                "sentence can do what no single scale and shift can.",
)
