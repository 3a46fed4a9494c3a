"""Chapter 01: the value of the game from D's answers, and which of the two losses still pulls."""

import numpy as np
from scipy.special import expit

from t2ilib import theory
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import numbers, wrong_form, wrong_numbers

COIN = {                # what the usual mistakes give for four answers of 1/2, and the words for it
    np.log(4): "this is -V, the loss that D lowers; D *raises* V",
    -np.log(2): "one mean over all answers, or one term only: V is the *sum* of two means",
    -2.0: "this is in bits: the paper's logarithm is the natural one",
    -np.log10(4): "this is the logarithm to base 10; the paper's is the natural one",
    -4 * np.log(4): "a sum grows with the batch: an expectation is a mean",
    0.0: "the second term was subtracted; V adds both",
    1.0: "the logarithms are missing: these are means of the probabilities themselves",
    2 * np.log(expit(0.5)): "the answers are probabilities already: no sigmoid here",
    np.log(expit(0.5)) + np.log(expit(-0.5)): "the answers are probabilities already: no sigmoid here",
} | dict.fromkeys([2 * np.log(0.5 + small) for small in (0.1, 0.05, 0.01, 0.001)],
                  "a small number was added to the answers; take the logarithm of them as they are")

# Station 1: the value, from D's answers


def a_coin(answer):
    """D says 1/2 to everything: -log 4"""
    got = answer(np.full(4, 0.5), np.full(4, 0.5))
    return wrong_numbers(got, -np.log(4), COIN, "the mean of log D(x), plus the mean of log(1 - D(G(z)))")


def which_term_is_which(answer):
    """D is mostly right, and V is near its maximum 0"""
    real, fake = np.array([0.9, 0.6]), np.array([0.3, 0.1])
    mean = np.mean
    return wrong_numbers(answer(real.copy(), fake.copy()), theory.value_of_answers(real, fake), {
        mean(np.log(real)) + mean(np.log(fake)): "the second term is log(1 - D(G(z))): D wants a *no* for a fake",
        mean(np.log1p(-real)) + mean(np.log(fake)): "the terms changed places: log D belongs to real samples",
        mean(np.log1p(-real)) + mean(np.log1p(-fake)): "the first term is log D(x): D wants a *yes* for a real sample",
        np.log(mean(real)) + np.log1p(-mean(fake)): "log of a mean; it is the mean of logs that is asked for",
    }, "the mean of log D(x) over real x, plus the mean of log(1 - D(G(z))) over fakes")


def numbers_of_answers(answer):
    """five real samples and two fakes: both terms weigh the same"""
    real, fake = np.array([0.9, 0.8, 0.7, 0.9, 0.6]), np.array([0.4, 0.1])
    return wrong_numbers(answer(real.copy(), fake.copy()), theory.value_of_answers(real, fake), {
        np.sum(np.log(real)) + np.sum(np.log1p(-fake)): "a sum grows with the batch: an expectation is a mean",
    }, "two expectations, each with its own mean: they need not have equally many samples")


def minus_the_cross_entropy(answer):
    """V = -(BCE(real, 1) + BCE(fake, 0)), also where D is almost sure"""
    logits = np.random.default_rng(0).normal(0, 6, size=(2, 64))
    real, fake = expit(logits)
    expected = -np.mean(np.logaddexp(0, -logits[0])) - np.mean(np.logaddexp(0, logits[1]))
    return wrong_numbers(answer(real, fake), expected, {},
                          "answers near 0 or 1 were cut off or moved; take the logarithm of them as they are")


game_value = Exercise(
    id="gan_value.game_value",
    title="the value, from D's answers",
    minutes=10,
    difficulty=2,
    text="Equation 1 from samples. `d_real` (N,) are D's answers to real samples, `d_fake` (M,) those to fakes; both "
         "are probabilities strictly between 0 and 1. Return the value V, one number. Then look at "
         "`F.binary_cross_entropy(answers, labels)`: with which labels is it which term, and with which sign?",
    hints=(
        "What does D want to say to a fake, and which logarithm is 0 when it says so?",
        "There are two expectations, and each is a mean over its own samples.",
        "The mean of `np.log(d_real)`, and the same of `1 - d_fake`; V is their sum.",
    ),
    checks=(a_coin, which_term_is_which, numbers_of_answers, minus_the_cross_entropy),
    explanation="Both terms are log-probabilities, so V is never above 0. A binary cross-entropy with labels 1 is "
                "minus the first term, one with labels 0 is minus the second: what training code calls D's loss is -V.",
)


# Station 2: which loss still pulls when D is sure?

NAN = ("exp of a large number overflows, or a logarithm met 0, and nan comes of it: write down the slopes themselves, "
       "with `expit` or `torch.sigmoid`")


def two_rows(answer):
    """two rows, one for each loss"""
    got = answer(np.array([-1.0, 0.0, 2.0]))
    if not isinstance(got, tuple | list) or len(got) != 2:
        return wrong_form(got, (2, 3))
    return wrong_form(got[0], (3,)) or wrong_form(got[1], (3,))


def a_generator_far_behind(answer):
    """D is sure of a fake (logit -4): 0.018 against 0.982"""
    s = expit(-4.0)
    signed = "asked for is how *strong* the pull is: without its sign"
    by_probability = "this is the slope by D's probability; by the logit, the slope s(1 - s) of the sigmoid joins it"
    values = "these are the losses themselves; asked for are their slopes"
    return wrong_numbers(_pair(answer, -4.0), [s, 1 - s], {
        (1 - s, s): "the rows changed places: log(1 - D) comes first, and that is the one that hardly pulls",
        (-s, s - 1): signed, (-s, 1 - s): signed, (s, s - 1): signed,
        (1 / (1 - s), 1 / s): by_probability, (-1 / (1 - s), -1 / s): by_probability,
        (np.log1p(-s), -np.log(s)): values, (-np.log1p(-s), -np.log(s)): values, (np.log1p(-s), np.log(s)): values,
        (s * (1 - s), s * (1 - s)): "this is the slope of the sigmoid; the logarithm around it has a slope too",
        (s, 1.0): "the second is the sum of both slopes: a gradient adds up until it is cleared",
    }, "with s for the sigmoid of the logit: the slope of log(1 - s) is -s, that of -log s is -(1 - s)")


def a_coin_toss(answer):
    """D cannot tell (logit 0): both are 1/2; D takes it for real (logit 3): 0.953 against 0.047"""
    s = expit(3.0)
    return (wrong_numbers(_pair(answer, 0.0), [0.5, 0.5], {}, "at logit 0 both losses pull with 1/2")
            or wrong_numbers(_pair(answer, 3.0), [s, 1 - s], {}, "the formula must hold for positive logits, too"))


def all_at_once(answer):
    """the slope at each logit does not depend on the other logits"""
    logits = np.array([-3.0, -1.0, 0.0, 2.0])
    expected = np.array([expit(logits), expit(-logits)])
    return wrong_numbers(np.ravel([numbers(row) for row in answer(logits.copy())]), expected.ravel(), {
        tuple(expected.ravel() / len(logits)): "these are slopes of a mean, and so divided by the number of logits: "
                                               "differentiate the sum",
    }, "alone each logit came out right: compute the slope of each by itself")


def very_sure(answer):
    """correct to six digits at logits of -100 and 100"""
    tiny = expit(-100.0)
    for logit, expected in ((-100.0, [tiny, 1.0]), (100.0, [1.0, tiny])):
        got = numbers(_pair(answer, logit))
        if not np.allclose(got, expected, rtol=1e-6, atol=0):
            return Wrong(expected, got, NAN if np.isnan(got).any() else
                         "1 - s is exactly 0 once s rounds to 1, but it is also s(-logit): that keeps its digits")
    return None


def beyond_all_bounds(answer):
    """and still numbers at -1,000 and 1,000"""
    for logit, expected in ((-1000.0, [0, 1]), (1000.0, [1, 0])):
        got = numbers(_pair(answer, logit))
        if not np.allclose(got, expected):
            return Wrong(expected, got, NAN)
    return None


def _pair(answer, logit):
    """The two slopes of an answer at one logit."""
    return [numbers(row)[0] for row in answer(np.array([logit]))]


generator_slopes = Exercise(
    id="gan_value.generator_slopes",
    title="which loss still pulls?",
    minutes=15,
    difficulty=3,
    text="D gives a fake the logit a; its probability is s(a), the sigmoid. G may lower log(1 - s(a)), as Equation 1 "
         "has it, or -log s(a), as the paper does in practice. Return how strongly each pulls at a: the absolute "
         "values of both slopes by a, as two arrays (N,) for `logits` (N,), in this order. They must be right to six "
         "digits at logits of -100 and 100: there is where it matters.",
    hints=(
        "What is the slope of log(1 - s(a)) by a? Remember that s has the slope s(1 - s).",
        "The slopes are s(a) and 1 - s(a). What is 1 - s(100) on a computer, and what is s(-100)?",
        "`scipy.special.expit` is the sigmoid: `expit(logits)`, and `expit(-logits)` for the other one.",
    ),
    checks=(two_rows, a_generator_far_behind, a_coin_toss, all_at_once, very_sure, beyond_all_bounds),
    explanation="Early on D is sure: a is far below 0, and the pull of log(1 - D) is s(a), nearly nothing. That the "
                "value is near 0 is not the reason; its slope is. The other loss pulls with 1 - s(a), and at a = -8 "
                "that is 2,981 times as much.",
)
