"""Chapter 03: what G lowers, and the two ways on which the condition reaches it."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import sigmoid_twice, untouched
from t2ilib.exercises.cls_pairs import UNSTABLE
from t2ilib.exercises.compare import NOTHING, not_one, number, wrong_array, wrong_numbers
from t2ilib.exercises.step_checks import tried
from t2ilib.losses import logistic_no as no
from t2ilib.losses import logistic_yes as yes

LOST = "a gradient got lost: `detach()` cuts one way, so cut the other one only, and do not go through `item` or NumPy"
SAYS = {
    "does not require grad": "nothing leads back to c: ask for the slope by a tensor that requires a gradient",
    "not to have been used": "the slope is asked of a c that this answer did not come from: use the very tensor that "
                             "you handed over",
    "through the graph a second time": "two slopes of one answer: `retain_graph=True`, or ask D anew",
}


class Players:
    """A generator and a discriminator of smooth layers: both hear c, and D compares it with what it sees."""

    def __init__(self, seed: int, loud: float = 1.0):
        stream = runtime.generator(seed)
        self.by_noise, self.by_wish, self.see, self.hear = (
            torch.randn(*shape, generator=stream) for shape in ((3, 5), (4, 5), (5, 6), (4, 6)))
        self.loud = loud

    def generator(self, noise: Tensor, condition: Tensor) -> Tensor:
        """(B, 3), (B, 4) -> pictures (B, 5)."""
        return (noise @ self.by_noise + condition @ self.by_wish).tanh()

    def discriminator(self, image: Tensor, condition: Tensor) -> Tensor:
        """(B, 5), (B, 4) -> logits (B,)."""
        return self.loud * (image @ self.see + condition @ self.hear).tanh().sum(1)


def three_things(answer):
    """a loss, and two slopes (B, C)"""
    got = _asked(answer, Players(1), *_batch(2))
    if isinstance(got, Wrong):
        return got
    if not isinstance(got, tuple | list) or len(got) != 3:
        return Wrong("three tensors", "nothing" if got is None else type(got).__name__,
                     NOTHING if got is None else "return loss, through_g, through_d")
    shapes = [tuple(slope.shape) if isinstance(slope, Tensor) else type(slope).__name__ for slope in got[1:]]
    if shapes != [(6, 4)] * 2:
        return Wrong("two slopes of shape (6, 4)", shapes, "a slope by c has the shape of c")
    return not_one(got[0], "one number for the whole batch: take the mean")


def g_wants_a_yes(answer):
    """the loss: the mean of -log D(G(z, c), c)"""
    players, (noise, c) = Players(3), _batch(4)
    fake, d = players.generator(noise, c), players.discriminator
    right, asked = d(fake, c), players.generator(noise, 0 * c)
    return wrong_numbers(number(_asked(answer, players, noise, c)[0]), float(yes(right)), {
        float(wrong): words for words, wrong in {
            "D was not told c: the source prints log D(G(z, c)) and drops it": yes(d(fake, 0 * c)),
            "c was shuffled on its way to D: it judges a picture by what was asked for it": yes(d(fake, c.roll(1, 0))),
            "c was turned round on its way to D: it judges a picture by what was asked for it": yes(d(fake, c.flip(0))),
            "G was not told c": yes(d(asked, c)),
            "nobody was told c": yes(d(asked, 0 * c)),
            "the sign: G lowers -log D": -yes(right),
            "this is the minimax loss log(1 - D): it saturates; lower -log D": -no(right),
            "this asks for a no: G wants a yes": no(right),
            "this is a sum; it would grow with the batch: take the mean": 6 * yes(right),
            "a sigmoid too many: D gives logits": sigmoid_twice(right, 1),
            "this is the loss of the mean logit: the logarithm comes first, and then the mean": yes(right.mean()),
        }.items()}, "-log sigmoid(logit) of each fake with its own condition, and the mean of them")


def through_g(answer):
    """the slope through G's picture, with D's own c held fast"""
    players, (noise, c) = Players(5), _batch(6)
    return _wrong_slope(_asked(answer, players, noise, c)[1], *_slopes(players, noise, c), "through G")


def through_d(answer):
    """the slope through D's own c, with the picture held fast"""
    players, (noise, c) = Players(5), _batch(6)
    by_g, by_d = _slopes(players, noise, c)
    return _wrong_slope(_asked(answer, players, noise, c)[2], by_d, by_g, "through D's own c")


def both_ways(answer):
    """the loss itself keeps both ways: its slope is their sum"""
    players, (noise, c) = Players(7), _batch(8)
    c = c.requires_grad_()
    loss = _asked(answer, players, noise, c)[0]
    if not isinstance(loss, Tensor) or not loss.requires_grad:
        return Wrong("a loss with a gradient", "one without", LOST)
    slope, = torch.autograd.grad(loss, c, allow_unused=True)
    if slope is None:
        return Wrong("a slope by c", "none", "the loss comes from a copy of c: hand c itself to both players")
    by_g, by_d = _slopes(players, noise, c.detach())
    return wrong_array(slope, by_g + by_d, {
        "c was detached inside D: what is left comes through G alone": by_g,
        "c was detached inside G: what is left comes through D's own c alone": by_d,
    }, "hand c to G and to D, and cut nothing")


def far_from_zero(answer):
    """a D that is very sure: finite, and right"""
    players, (noise, c) = Players(9, loud=-200.0), _batch(10)
    with torch.no_grad():
        right = float(yes(players.discriminator(players.generator(noise, c), c)))
    got = number(_asked(answer, players, noise, c)[0])
    if not math.isfinite(got):
        return Wrong(right, got, UNSTABLE)
    return wrong_numbers(got, right, {}, "a small number was added in the logarithm, or something was clipped")


def _batch(seed: int) -> tuple[Tensor, Tensor]:
    """Noise (6, 3) and conditions (6, 4)."""
    stream = runtime.generator(seed)
    return torch.randn(6, 3, generator=stream), torch.randn(6, 4, generator=stream)


def _asked(answer: Callable, players: Players, noise: Tensor, condition: Tensor) -> object:
    """What the answer returns, or what its error means."""
    def ask():
        with untouched():
            return answer(players.generator, players.discriminator, noise.clone(), condition.clone())
    return tried(ask, SAYS)


def _slopes(players: Players, noise: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
    """The slope of the loss by c through G's picture alone, and through D's own c alone."""
    to_g, to_d = (condition.clone().requires_grad_() for _ in range(2))
    with torch.enable_grad():
        loss = yes(players.discriminator(players.generator(noise, to_g), to_d))
    return torch.autograd.grad(loss, (to_g, to_d))


def _wrong_slope(got: Tensor, right: Tensor, other: Tensor, way: str) -> Wrong | None:
    """What is wrong with one of the two slopes."""
    return wrong_array(got, right, {
        "the two ways changed places: first through G, then through D": other,
        "this is the slope by both ways together: hold one c fast with `detach()`": right + other,
        "nothing came through: this is 0": 0 * right,
        "the sign: it is the slope of the loss, which G lowers": -right,
        "this is the slope of the sum: the loss is a mean over the batch": 6 * right,
        "this was averaged over the batch: each picture has a slope of its own": right.mean(0).expand_as(right),
    }, f"the slope of the loss by c, {way}")


two_paths = Exercise(
    id="cgn_paths.two_paths",
    title="two ways for a condition",
    minutes=15,
    difficulty=3,
    text="G lowers the mean of -log D(G(z, c), c). `generator(noise, condition)` draws, "
         "`discriminator(image, condition)` gives *logits* (B,). Return three things: the loss, one number, which "
         "must stay finite for logits of -500; the slope of the loss by `condition` through G's picture alone, (B, C); "
         "and the slope through D's own c alone, (B, C). The loss itself should keep both ways open.",
    hints=(
        "In how many places does c stand in the formula? What does `detach()` at one of them leave?",
        "Use two copies of c, one for each player, that both require a gradient. `torch.autograd.grad` gives the slope "
        "by either.",
        "`to_g, to_d = (condition.detach().clone().requires_grad_() for _ in range(2))`; the loss of "
        "`discriminator(generator(noise, to_g), to_d)` has the slopes `torch.autograd.grad(loss, (to_g, to_d))`; and "
        "the loss to return is that of `condition` itself.",
    ),
    checks=(three_things, g_wants_a_yes, through_g, through_d, both_ways, far_from_zero),
    explanation="The source prints log D(G(z, c)) and drops D's own c. Without it D cannot ask whether the picture is "
                "what was wanted, and G's slope through the picture knows nothing of c. The way through D's own c "
                "moves no weight of G: it matters where c comes from something that learns, such as an embedding "
                "that both share. Cut it there, and half of the lesson is gone, without an error.",
)
