"""Chapter 03: the value of the game, with the condition in both players."""

import torch
from torch import Tensor

from t2ilib import runtime, theory
from t2ilib.exercises import Exercise
from t2ilib.exercises.compare import not_one, number, wrong_numbers
from t2ilib.exercises.gan_value import COIN

COUNT, RARE = 8, (0, 0, 0, 0, 0, 1, 1, 2)       # pictures, and their classes: some are rare


class Players:
    """A discriminator and a generator that can be asked without a condition, too; then nothing is said to them."""

    def __init__(self, seed: int):
        stream = runtime.generator(seed)
        draw = (torch.randn(*shape, generator=stream, dtype=torch.float64) for shape in ((2, 3), (2, 3), (3,), (3, 2)))
        self.see, self.draw, self.bias, self.wish = draw

    def discriminator(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """(N, 2), (N, 3) -> probabilities (N,)."""
        said = 0 * x @ self.see if condition is None else condition
        return (((x @ self.see) * (said + self.bias)).sum(1)).sigmoid()

    def generator(self, noise: Tensor, condition: Tensor | None = None) -> Tensor:
        """(N, 2), (N, 3) -> (N, 2)."""
        said = 0 * noise @ self.see if condition is None else condition
        return (noise @ self.draw @ self.wish + 2 * said @ self.wish).tanh()


def a_coin(answer):
    """D says 1/2 to everything: -log 4"""
    got = answer(lambda x, condition=None: torch.full((len(x),), 0.5, dtype=torch.float64),
                 lambda noise, condition=None: noise, *_batch(1, (0, 1, 2, 2)))
    return not_one(got, "a mean over the batch, for each of two terms") or wrong_numbers(
        number(got), -torch.tensor(4.0).log().item(), COIN, "the mean of log D(x, c), plus that of "
                                                            "log(1 - D(G(z, c), c))")


def each_is_told(answer):
    """D is told c twice, and G once; a yes to real pictures, a no to fakes"""
    players, batch = Players(1), _batch(2, RARE)
    d, g, (real, c, noise) = players.discriminator, players.generator, batch
    own, made = d(real, c), d(g(noise, c), c)
    got = answer(d, g, *(one.clone() for one in batch))
    mistakes = _not_told(players, *batch) | _not_valued(own, made, c.argmax(1))
    return wrong_numbers(got, float(_value(own, made)), {float(value): words for words, value in mistakes.items()},
                         "the mean of log D(x, c), plus the mean of log(1 - D(G(z, c), c))")


def _not_told(players: Players, real: Tensor, c: Tensor, noise: Tensor) -> dict[str, Tensor]:
    """What comes of a c that somebody was not told, or not the right one."""
    d, g = players.discriminator, players.generator
    own, fake, other = d(real, c), g(noise, c), c.roll(1, 0)
    return {
        "D was not told c beside the real pictures": _value(d(real), d(fake, c)),
        "D was not told c beside the fakes: `D(G(z, c))` drops D's own c": _value(own, d(fake)),
        "G was not told c: nothing was asked of it, and D judges by c": _value(own, d(g(noise), c)),
        "D was never told c: then it cannot ask whether x fits": _value(d(real), d(fake)),
        "nobody was told c beside the fakes": _value(own, d(g(noise))),
        "nobody was told c: this is V of chapter 01": _value(d(real), d(g(noise))),
        "the conditions were shuffled on their way to D: x and c belong together":
            _value(d(real, other), d(fake, other)),
        "D judged the fakes with another c than they were drawn for": _value(own, d(fake, other)),
    }


def _not_valued(own: Tensor, made: Tensor, classes: Tensor) -> dict[str, Tensor]:
    """What comes of the right answers (N,), wrongly put together."""
    by_class = [_value(own[classes == kind], made[classes == kind]) for kind in classes.unique()]
    return {
        "the second term is log(1 - D(G(z, c), c)): D wants a no to a fake": own.log().mean() + made.log().mean(),
        "the terms changed places: log D belongs to real pictures": _value(made, own),
        "the second term was subtracted; V adds both": own.log().mean() - (1 - made).log().mean(),
        "log of a mean; it is the mean of logs that is asked for": own.mean().log() + (1 - made.mean()).log(),
        "each class counts the same here: c is drawn as in the data, so a rare one counts little":
            torch.stack(by_class).mean(),
    }


def one_condition(answer):
    """the same c for all: V of chapter 01, for players that know it"""
    players, (real, c, noise) = Players(5), _batch(6, RARE)
    c = c[:1].expand_as(c).clone()
    own, made = players.discriminator(real, c), players.discriminator(players.generator(noise, c), c)
    got = answer(players.discriminator, players.generator, real.clone(), c.clone(), noise.clone())
    return wrong_numbers(got, theory.value_of_answers(own.numpy(), made.numpy()), {},
                         "a constant c tells nobody anything: the expectations over c fall away, and V is left")


def nearly_sure(answer):
    """exact where D is nearly sure"""
    real, c, noise = _batch(7, (0, 1))
    own, made = torch.tensor([[1e-9, 1 - 1e-9], [0.4, 1e-9]], dtype=torch.float64)
    got = answer(lambda x, condition=None: own if torch.equal(x, real) else made, lambda z, condition=None: z,
                 real, c, noise)
    return wrong_numbers(got, float(_value(own, made)), {}, "answers near 0 or 1 were cut off or moved; take the "
                                                            "logarithm of them as they are")


def _batch(seed: int, classes: tuple[int, ...]) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures (N, 2), one-hot conditions (N, 3) and noise (N, 2)."""
    real, noise = torch.randn(2, len(classes), 2, generator=runtime.generator(seed), dtype=torch.float64)
    return real, torch.eye(3, dtype=torch.float64)[list(classes)], noise


def _value(own: Tensor, made: Tensor) -> Tensor:
    return own.log().mean() + (1 - made).log().mean()


conditional_value = Exercise(
    id="cgn_value.conditional_value",
    title="the value, with a condition",
    minutes=10,
    difficulty=2,
    text="Equation 2 of the paper, from samples. `discriminator(x, c)` gives probabilities (N,), "
         "`generator(noise, c)` gives fakes; each could also be called without c, and would then be told nothing. "
         "`real` are real pictures, `condition` (N, C) is what is known of each, `noise` has N rows. Ask for fakes "
         "with the conditions of the real pictures, so that c is drawn as in the data. Return V, one number.",
    hints=(
        "How many times does c occur in the formula, and who is told it each time?",
        "There are two expectations, and each is a mean over its own answers. Fakes are drawn for c, and judged with "
        "the same c.",
        "`fake = generator(noise, condition)`; the mean of `discriminator(real, condition).log()`, plus that of "
        "`(1 - discriminator(fake, condition)).log()`.",
    ),
    checks=(a_coin, each_is_told, one_condition, nearly_sure),
    explanation="D(x, c), often written D(x | c), is no density: it is the probability that x is real, given c. For "
                "each c it is a game of chapter 01, so the best D is p(x | c) / (p(x | c) + p_g(x | c)), and the best "
                "G draws p(x | c). If c says nothing about x, p(x | c) = p(x): asking is allowed, and of no use.",
)
