"""Chapter 09: how much a power of the slope costs, and how hard it pulls."""

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, numbers, wrong_numbers


def two_weights(answer):
    """two weights"""
    got = answer(2.0, 6.0, 2.0, 1.0)
    if got is None:
        return Wrong("two numbers", "nothing", NOTHING)
    return None if numbers(got).shape == (2,) else Wrong("two numbers", got, "return one for the cost, one for the "
                                                                             "pull")


def at_slope_one(answer):
    """DF-GAN's k = 2, p = 6 at slope 1, with squares"""
    return wrong_numbers(answer(2.0, 6.0, 2.0, 1.0), [2, 6], {
        (6, 2): "cost and pull changed places",
        (2, 2): "1 to any power is 1, so the costs agree; the pull is the derivative, k p slope^(p - 1)",
        (2, 2 / 3): "the pull of the new penalty is k' p' slope^(p' - 1): solve for k'",
        (2, 12): "12 is the pull itself: the weight that gives it is to be divided by the new power",
        (2, 30): "this compares the second derivatives; the pull is the first",
        (6, 6): "the costs at slope 1 agree if the weights do",
    }, "k slope^p against k' slope^power, and their derivatives by the slope")


def elsewhere(answer):
    """at other slopes, for other weights and powers"""
    for k, p, power, slope in ((2.0, 6.0, 2.0, 2.0), (5.0, 4.0, 2.0, 0.5), (1.5, 2.0, 6.0, 3.0)):
        right = k * slope ** (p - power)
        pull = right * p / power
        wrong = wrong_numbers(answer(k, p, power, slope), [right, pull], {
            (k, k * p / power): "this holds at slope 1 alone: at another slope the powers are no longer 1",
            (k * slope ** (power - p), k * slope ** (power - p) * p / power):
                "the exponent is p - power, not power - p",
            (pull, right): "cost and pull changed places",
            (right, right * power / p): "p and the new power changed places in the pull",
            (right, k * p / power): "the pull depends on the slope as well",
            (right, k * p / power * slope ** (p - power - 1)): "both derivatives have one power less: in their ratio "
                                                               "it cancels",
            (right, k * p / power * slope ** (p - 1)): "the pull of the new penalty depends on the slope, too: divide "
                                                       "by power * slope^(power - 1)",
        }, "k' = k slope^p / slope^power for the cost; for the pull, divide the derivatives")
        if wrong:
            return wrong
    return None


def same_power(answer):
    """the same power: the same weight"""
    return wrong_numbers(answer(3.0, 4.0, 4.0, 0.3), [3, 3], {}, "nothing changes")


same_strength = Exercise(
    id="dfg_power.same_strength",
    title="the same cost, or the same pull?",
    minutes=10,
    difficulty=2,
    text="A penalty k slope^p costs something, and it pulls: its derivative by the slope is the force that flattens D. "
         "Instead of p take another `power`. Return two weights for it: with the first it costs the same at this "
         "`slope`, with the second it pulls as hard there. For k = 2, p = 6, power = 2 and slope = 1, guess both "
         "before you compute.",
    hints=(
        "What is 1 to the sixth, and what is the derivative of slope^6 at 1?",
        "Set k slope^p = k' slope^power and solve for k'. Then the same with the derivatives, k p slope^(p - 1) and "
        "k' power slope^(power - 1).",
        "`cost = k * slope ** (p - power)`, and the pull needs `cost * p / power`.",
    ),
    checks=(two_weights, at_slope_one, elsewhere, same_power),
    explanation="No single weight makes two powers alike: at slope 1, k = 2 costs the same with squares as with the "
                "sixth power, but pulls with a third of the force. The sixth power is a fence: hardly felt below "
                "slope 1, very high above it. That is why it flattens D without freezing it, and why near the end of "
                "the Dirac game, where D is nearly flat, it no longer helps.",
)
