"""The exact entries of the ledger on the value of the game: GAN-02, 04, 08, 11, 14."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from t2ilib import theory
from t2ilib.data.toys import Gaussian

X = np.linspace(-10, 24, 34_001)
DX = 0.001
LOG4 = math.log(4)


def bell(mean, std=1.0):
    return Gaussian(mean, std).density(X)


def test_gan_02_the_value_is_minus_two_cross_entropies():
    stream = torch.Generator().manual_seed(0)
    real, fake = (3 * torch.randn(500, generator=stream, dtype=torch.float64) for _ in range(2))
    entropies = (F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
                 + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)))
    value = theory.value_of_answers(real.sigmoid().numpy(), fake.sigmoid().numpy())
    assert value == pytest.approx(-float(entropies), abs=1e-6)
    assert value != pytest.approx(theory.value_of_answers(fake.sigmoid().numpy(), real.sigmoid().numpy()), abs=0.1)


@pytest.mark.parametrize("sure, expected", [(1 - 1e-9, 0.0), (0.5, -LOG4)])
def test_gan_04_a_perfect_discriminator_reaches_zero_and_an_undecided_one_minus_log_4(sure, expected):
    assert theory.value_of_answers(np.full(5, sure), np.full(5, 1 - sure)) == pytest.approx(expected, abs=1e-6)


def test_gan_04_an_inverted_discriminator_falls_without_end():
    values = [theory.value_of_answers(np.full(5, error), np.full(5, 1 - error)) for error in (1e-2, 1e-4, 1e-8)]
    assert values == pytest.approx([2 * math.log(error) for error in (1e-2, 1e-4, 1e-8)], rel=1e-6)
    p, q = bell(0), bell(14)
    assert theory.value(np.where(X < 7, 0.0, 1.0), p, q, DX) == -math.inf
    assert theory.value(np.where(X < 7, 1.0, 0.0), p, q, DX) == -math.inf      # two bells always overlap a little


def test_the_value_as_integral_is_the_value_of_many_samples():
    p, q, rng = bell(0), bell(1), np.random.default_rng(0)
    answers = theory.optimal_discriminator(p, q)
    real, fake = rng.normal(0, 1, 200_000), rng.normal(1, 1, 200_000)
    sampled = theory.value_of_answers(np.interp(real, X, answers), np.interp(fake, X, answers))
    assert sampled == pytest.approx(theory.value(answers, p, q, DX), abs=0.01)


@pytest.mark.parametrize("mean", [0.0, 0.5, 1.0, 2.0])
def test_gan_08_the_value_of_the_best_answers_is_a_shifted_divergence(mean):
    p, q = bell(0), bell(mean)
    value = theory.value(theory.optimal_discriminator(p, q), p, q, DX)
    assert abs(value - (-LOG4 + 2 * theory.jensen_shannon(p, q, DX))) < 1e-4


@pytest.mark.parametrize("mean, std", [(0.0, 1.0), (1.0, 1.0), (2.0, 0.5), (5.0, 2.0), (12.0, 1.0)])
def test_gan_08_so_is_the_criterion_also_where_one_density_is_tiny_beside_the_other(mean, std):
    p, q = bell(0), bell(mean, std)
    assert abs(theory.criterion(p, q, DX) - (-LOG4 + 2 * theory.jensen_shannon(p, q, DX))) < 1e-4


def test_gan_08_its_ends_are_minus_log_4_and_zero():
    assert theory.criterion(bell(0), bell(0), DX) == pytest.approx(-1.38629, abs=1e-4)
    assert theory.jensen_shannon(bell(0), bell(0), DX) == pytest.approx(0, abs=1e-9)
    assert theory.jensen_shannon(bell(0), bell(12), DX) == pytest.approx(0.69315, abs=1e-4)
    assert -1e-4 < theory.criterion(bell(0), bell(14), DX) <= 1e-9


def test_the_divergence_has_no_direction_and_agrees_with_a_library():
    from scipy.spatial.distance import jensenshannon
    p, q = bell(0), bell(1.5, 0.7)
    ours = theory.jensen_shannon(p, q, DX)
    assert ours == pytest.approx(theory.jensen_shannon(q, p, DX), abs=1e-12)
    assert ours == pytest.approx(jensenshannon(p, q) ** 2, abs=1e-9)


def test_no_other_answers_have_a_higher_value():
    """GAN-07 on paper: moving D* anywhere lowers V."""
    p, q = bell(0), bell(2)
    best = theory.optimal_discriminator(p, q)
    for strength in (-0.2, -0.01, 0.01, 0.2):
        moved = best + strength * best * (1 - best) * np.cos(X)
        assert theory.value(moved, p, q, DX) < theory.value(best, p, q, DX)


def test_the_best_answers_are_the_share_of_the_real():
    p, q = np.array([0.0, 1.0, 3.0, 0.0]), np.array([2.0, 1.0, 1.0, 0.0])
    assert theory.optimal_discriminator(p, q).tolist() == [0.0, 0.5, 0.75, 0.5]        # 1/2 where nobody lives


def test_gan_11_at_the_optimum_the_loss_of_d_is_two_log_2():
    half = np.full(7, 0.5)
    assert -theory.value_of_answers(half, half) == pytest.approx(1.3863, abs=1e-4)


@pytest.mark.parametrize("logit, ratio", [(-4, 54.6), (-8, 2981), (0, 1)])
def test_gan_14_the_ratio_of_the_slopes(logit, ratio):
    saturating, strong = theory.slopes(np.array([float(logit)]))
    assert strong[0] / saturating[0] == pytest.approx(ratio, rel=1e-3)


def test_gan_14_the_slopes_are_those_of_the_losses():
    logits = torch.linspace(-9, 9, 37, dtype=torch.float64, requires_grad=True)
    losses = torch.log1p(-logits.sigmoid()), -F.logsigmoid(logits)
    for loss, slope in zip(losses, theory.slopes(logits.detach().numpy())):
        gradient, = torch.autograd.grad(loss.sum(), logits, retain_graph=True)
        assert np.allclose(gradient.abs().numpy(), slope, atol=1e-9)
