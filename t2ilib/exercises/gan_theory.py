"""Chapter 01: what the best discriminator answers, and what is left for a generator that meets it."""

import numpy as np
from scipy.stats import norm

from t2ilib import theory
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import likely, not_one, number, numbers, wrong_form, wrong_numbers

# Station 1: the best discriminator

SMALL = "a small number was added to the densities, and it moves the ratio: take them as they are"


def one_answer_each(answer):
    """one answer for each place"""
    return wrong_form(answer(np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.3, 0.2])), (3,))


def the_share_of_the_real(answer):
    """0.6 real against 0.2 fake: 3 of 4 samples that turn up here are real"""
    p, q = np.array([0.6, 0.1]), np.array([0.2, 0.3])
    mistakes = {
        (0.25, 0.75): "this is the share of fakes: D says how likely a sample is *real*",
        (3.0, 1 / 3): "this is how many real come on one fake; a probability divides by both together",
        (1.2, 1.3): "`p / p + q` divides first: write `p / (p + q)`",
        (1.0, 0.0): "this is a verdict; the best D stays as unsure as the densities are",
        (0.5, -0.5): "this compares the densities on a scale from -1 to 1; a probability starts at 0",
        (0.4, -0.2): "this is a difference of densities, with a unit; D is a share, without one",
        (1.5, 0.5): "twice too large: divide by the sum of both densities, not by their mean",
        (15 / 22, 5 / 26): "the densities were divided by their sums first; take them as they are",
        **{((0.6 + small) / (0.8 + 2 * small), (0.1 + small) / (0.4 + 2 * small)): SMALL
           for small in (0.1, 0.01, 0.001)},
        **{(0.6 / (0.8 + small), 0.1 / (0.4 + small)): SMALL for small in (0.1, 0.01, 0.001)},
    }
    return wrong_numbers(answer(p, q), [0.75, 0.25], mistakes, "divide the density of real data by that of all data")


def only_one_lives_here(answer):
    """1 where only real data lives, 0 where only fakes do"""
    return wrong_numbers(answer(np.array([0.5, 0.0]), np.array([0.0, 0.5])), [1, 0], {},
                          "one density is 0 here, and the other is not: there is nothing to be unsure about")


def nothing_lives_here(answer):
    """1/2 where nothing lives"""
    got = answer(np.array([0.5, 0.0]), np.array([0.5, 0.0]))
    if np.isnan(numbers(got)).any():
        return Wrong([0.5, 0.5], numbers(got), "0 / 0 has no value: say where to divide, and put 1/2 elsewhere")
    return wrong_numbers(got, [0.5, 0.5], {}, "both densities are 0: D never comes here, and 1/2 takes no side")


def far_in_the_tails(answer):
    """the ratio holds where both are tiny"""
    return wrong_numbers(answer(np.array([3e-20, 1e-30]), np.array([1e-20, 3e-30])), [0.75, 0.25], {},
                          "a small number was added or a limit set, and in the tails it wins against the densities")


optimal_discriminator = Exercise(
    id="gan_theory.optimal_discriminator",
    title="the best discriminator there is",
    minutes=10,
    difficulty=2,
    text="A generator that stands still draws with density `q`, real data has density `p`; both are arrays (N,) over "
         "the same places. As many real samples are shown as fakes. Return the answers (N,) of the best D: at each "
         "place the probability that a sample found there is real. Where nothing lives, return 1/2.",
    hints=(
        "Of 100 samples that turn up at one place, how many are real if `p` is 0.6 there and `q` is 0.2?",
        "Divide the density of real data by the density of all data. Then look at places where both are 0.",
        "`np.divide(p, p + q, out=np.full(len(p), 0.5), where=p + q > 0)` divides only where it can.",
    ),
    checks=(one_answer_each, the_share_of_the_real, only_one_lives_here, nothing_lives_here, far_in_the_tails),
    explanation="At each place D weighs p log D + q log(1 - D); its slope p / D - q / (1 - D) is zero at p / (p + q). "
                "Places do not disturb each other, so the best answer is found one place at a time (Proposition 1).",
)


# Station 2: how far apart are two densities?

GRID = np.linspace(-10, 20, 3001)
DX = GRID[1] - GRID[0]


def nothing_between_equals(answer):
    """0 between equal densities, also where they are 0"""
    bell = np.where(abs(GRID) < 4, norm.pdf(GRID), 0.0)
    got = answer(bell.copy(), bell.copy(), DX)
    middle = "the middle is `(p + q) / 2`, the average of both; without the half every ratio is twice too small"
    both = "this is -log 4: C(G), and not the JSD in it; or the middle lacks its half, `(p + q) / 2`"
    return _wrong_divergence(got, 0.0, {-np.log(2): middle, -2 * np.log(2): both, -np.log(2) / DX: middle})


def log_2_between_strangers(answer):
    """log 2 = 0.6931 between densities that never meet"""
    p, q = (np.where(abs(GRID - place) < 2, norm.pdf(GRID, place, 0.4), 0.0) for place in (0, 8))
    half, most = "each of the two terms counts one half", np.log(2)
    return _wrong_divergence(answer(p, q, DX), most, {
        most / DX: "the sum was not multiplied by dx",
        2 * most / DX: "the sum was not multiplied by dx",
        1.0: "this is in bits: the paper's logarithm is the natural one",
        2 * most: half,
        most / 2: "only one of the two terms is there; both count one half",
        np.sqrt(most): "this is the root: a distance, but not the divergence of Theorem 1",
        -most: "the sign is turned around: log of the density over the middle, not of the middle over the density",
        most / DX / len(GRID): "an integral is a sum times dx; `mean` divides by the number of places instead",
        0.0: "all places with a 0 in *one* of the two were left out; p log(p / m) counts wherever p is above 0",
    })


def the_same_both_ways(answer):
    """some overlap, the same both ways"""
    p, q = norm.pdf(GRID), norm.pdf(GRID, 1.5, 0.6)
    there, back = number(answer(p.copy(), q.copy(), DX)), number(answer(q.copy(), p.copy(), DX))
    if not np.isclose(there, back, atol=1e-6):
        return Wrong("the same both ways", [there, back],
                     "one side is missing: p and q are each compared to the middle")
    return _wrong_divergence(there, theory.jensen_shannon(p, q, DX), {})


def any_grid(answer):
    """the same on a grid with half the places"""
    p, q = norm.pdf(GRID), norm.pdf(GRID, 1.5, 0.6)
    coarse = number(answer(p[::2].copy(), q[::2].copy(), 2 * DX))
    return None if np.isclose(coarse, theory.jensen_shannon(p, q, DX), atol=1e-4) else Wrong(
        theory.jensen_shannon(p, q, DX), coarse, "a step is written into the function: use the one that is given")


def _wrong_divergence(got, expected, mistakes):
    """What is wrong with a divergence."""
    several = not_one(got, "an integral adds up: one sum over all places, times dx")
    if several:
        return several
    value = number(got)
    if np.isclose(value, expected, atol=1e-6):
        return None
    if np.isnan(value):
        return Wrong(expected, value, "0 times log 0 counts 0, but computes to nan; `scipy.special.rel_entr` knows it")
    if np.isinf(value):
        return Wrong(expected, value, "p was compared to q; both are compared to the middle, which is 0 only where "
                                      "they are")
    formula = "half KL(p || m) and half KL(q || m), m = (p + q) / 2"
    if 0 < abs(value - expected) < 0.15 * expected:
        formula += "; nearly that came, so was a small number added to the densities?"
    return Wrong(expected, value, likely(value, mistakes) or formula)


jensen_shannon = Exercise(
    id="gan_theory.jensen_shannon",
    title="what is left when D is perfect",
    minutes=15,
    difficulty=3,
    text="Against the best D, the generator's value is -log 4 + 2 JSD(p || q). Return the Jensen-Shannon divergence of "
         "two densities `p` and `q`, arrays (N,) on an even grid with step `dx`: half KL(p || m) plus half KL(q || m), "
         "where m is the middle (p + q) / 2, KL(p || m) is the integral of p log(p / m), and the logarithm is natural. "
         "A density may be 0 in places.",
    hints=(
        "Where p is 0, how much does p log(p / m) add?",
        "An integral on a grid is a sum times `dx`. `scipy.special.rel_entr(p, m)` is p log(p / m), and 0 where p is.",
        "With `m = (p + q) / 2`: half of `rel_entr(p, m) + rel_entr(q, m)`, summed, times `dx`.",
    ),
    checks=(nothing_between_equals, log_2_between_strangers, the_same_both_ways, any_grid),
    explanation="Both densities are compared to their middle, which is positive wherever one of them is: so it stays "
                "finite, at most log 2. That is also its weakness: once the densities do not meet, it is log 2 however "
                "far they are apart, and says nothing about the way.",
)
