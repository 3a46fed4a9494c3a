"""The theory of the game on a line, where every density is known and every integral is a sum.

p and q are densities of real and fake data on an even grid with step dx, in 1 / unit; logarithms are natural.
Source: Goodfellow et al. 2014, Sections 3 and 4.
"""

import numpy as np
from scipy.special import expit, rel_entr, xlogy


def optimal_discriminator(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """D*(x) = p / (p + q), the best answer to a generator that stands still; 1/2 where nothing lives.

    Shapes: (N,), (N,) -> (N,) in [0, 1]
    Paper:  Proposition 1.
    """
    both = np.asarray(p + q, float)
    return np.divide(p, both, out=np.full_like(both, 0.5), where=both > 0)


def value(d: np.ndarray, p: np.ndarray, q: np.ndarray, dx: float) -> float:
    """V(D, G), the integral of p log D + q log(1 - D): at most 0, and -log 4 for D = 1/2.

    Shapes: answers d (N,) in [0, 1], p and q (N,) -> scalar; -inf if D is sure and wrong
    Paper:  Equation 1, with both expectations written as integrals (Equation 3).
    """
    return float(np.sum(xlogy(p, d) + xlogy(q, 1 - d)) * dx)


def value_of_answers(real: np.ndarray, fake: np.ndarray) -> float:
    """The same from samples: the mean of log D(x) over real x, and of log(1 - D(G(z))) over fakes.

    Shapes: probabilities (N,), (M,) -> scalar
    Paper:  Equation 1.
    """
    return float(np.mean(np.log(real)) + np.mean(np.log1p(-np.asarray(fake))))


def jensen_shannon(p: np.ndarray, q: np.ndarray, dx: float) -> float:
    """JSD(p || q): 0 for equal densities, log 2 = 0.693 for densities that never meet.

    Shapes: (N,), (N,) -> scalar in nats
    Paper:  Equation 6: half KL(p || m) and half KL(q || m), with m = (p + q) / 2.
    """
    middle = (p + q) / 2
    return float(np.sum(rel_entr(p, middle) + rel_entr(q, middle)) / 2 * dx)


def criterion(p: np.ndarray, q: np.ndarray, dx: float) -> float:
    """C(G) = V(D*, G): what is left of the value when the discriminator is perfect; -log 4 at best, 0 at worst.

    Shapes: (N,), (N,) -> scalar
    Paper:  Theorem 1: C(G) = -log 4 + 2 JSD(p || q).
    """
    real, fake = optimal_discriminator(p, q), optimal_discriminator(q, p)   # 1 - D* itself: 1 - (nearly 1) would be 0
    return float(np.sum(xlogy(p, real) + xlogy(q, fake)) * dx)


def slopes(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How strongly a fake is pulled, by D's logit: |d/da log(1 - s(a))| = s(a), and |d/da -log s(a)| = 1 - s(a).

    Shapes: (N,) -> saturating (N,), non-saturating (N,), both in (0, 1)
    Paper:  Section 3, last paragraph.
    """
    return expit(logits), expit(-np.asarray(logits))
