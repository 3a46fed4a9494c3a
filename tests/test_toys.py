"""Toy data: what is drawn has the density that is written down, and batches are functions of (seed, step, rank)."""

import math

import numpy as np
import pytest
import torch

from t2ilib import runtime
from t2ilib.data.toys import Gaussian, Mixture, Ring, SourceBatches, noise_drawer

GRID = np.linspace(-12, 12, 4801)
DX = GRID[1] - GRID[0]
ONE = Gaussian(1.5, 0.5)
TWO = Mixture((Gaussian(-2.0, 0.5), Gaussian(3.0, 1.5)))
COUNT = 20_000


def stream(key=0):
    return runtime.generator(7, key)


@pytest.mark.parametrize("source", [Gaussian(), ONE, TWO])
def test_a_density_integrates_to_one_and_is_nowhere_negative(source):
    density = source.density(GRID)
    assert density.min() >= 0
    assert density.sum() * DX == pytest.approx(1, abs=1e-9)


def test_the_height_of_a_bell_is_the_formula():
    assert ONE.density(np.array([1.5]))[0] == pytest.approx(1 / (0.5 * math.sqrt(2 * math.pi)))
    assert ONE.density(np.array([2.0]))[0] == pytest.approx(math.exp(-0.5) / (0.5 * math.sqrt(2 * math.pi)))


@pytest.mark.parametrize("source", [Gaussian(), ONE, TWO])
def test_samples_have_the_moments_of_their_density(source):
    drawn, density = source.sample(COUNT, stream()).numpy(), source.density(GRID)
    assert drawn.shape == (COUNT, 1)
    mean = (GRID * density).sum() * DX
    std = math.sqrt(((GRID - mean) ** 2 * density).sum() * DX)
    assert drawn.mean() == pytest.approx(mean, abs=4 * std / math.sqrt(COUNT))
    assert drawn.std() == pytest.approx(std, rel=0.03)


@pytest.mark.parametrize("source", [ONE, TWO])
def test_samples_fill_the_density_everywhere(source):
    drawn = source.sample(COUNT, stream()).numpy()[:, 0]
    for low in (-4, -2, 0, 1, 2, 4):
        expected = source.density(GRID)[(GRID >= low) & (GRID < low + 1)].sum() * DX
        assert np.mean((drawn >= low) & (drawn < low + 1)) == pytest.approx(expected, abs=0.012)


def test_a_mixture_is_the_mean_of_its_parts_and_draws_all_of_them_equally():
    assert np.allclose(TWO.density(GRID), (TWO.parts[0].density(GRID) + TWO.parts[1].density(GRID)) / 2)
    far = Mixture((Gaussian(-10, 0.1), Gaussian(0, 0.1), Gaussian(10, 0.1)))
    nearest = np.abs(far.sample(3000, stream()).numpy() - np.array([-10, 0, 10])).argmin(1)
    assert np.bincount(nearest) == pytest.approx([1000] * 3, abs=120)


def test_the_centres_of_a_ring_stand_evenly_on_its_circle_the_first_on_the_right():
    centres = Ring(modes=8, radius=2.0).centres
    assert torch.allclose(centres.norm(dim=1), torch.full((8,), 2.0))
    assert torch.allclose(centres[0], torch.tensor([2.0, 0.0]))
    assert torch.allclose(centres[2], torch.tensor([0.0, 2.0]), atol=1e-6)      # a quarter further, counter-clockwise
    assert torch.allclose((centres - centres.roll(1, 0)).norm(dim=1), torch.full((8,), 4 * math.sin(math.pi / 8)))


def test_samples_of_a_ring_lie_round_its_centres_equally_often():
    ring = Ring(modes=5, radius=3.0, std=0.2)
    drawn = ring.sample(COUNT, stream())
    assert drawn.shape == (COUNT, 2)
    away = torch.cdist(drawn, ring.centres)
    own = away.argmin(1)
    assert own.bincount().tolist() == pytest.approx([COUNT / 5] * 5, rel=0.1)
    offsets = drawn - ring.centres[own]
    assert offsets.mean(0).abs().max() < 0.01
    assert offsets.std(0).tolist() == pytest.approx([0.2, 0.2], rel=0.03)
    assert float((away.amin(1) <= 3 * ring.std).float().mean()) == pytest.approx(1 - math.exp(-4.5), abs=0.004)


@pytest.mark.parametrize("source", [Gaussian(), TWO, Ring()])
def test_what_is_drawn_depends_on_the_stream_alone(source):
    assert torch.equal(source.sample(50, stream(1)), source.sample(50, stream(1)))
    assert not torch.equal(source.sample(50, stream(1)), source.sample(50, stream(2)))


def test_a_batch_is_a_function_of_seed_step_and_rank():
    batches = SourceBatches(Ring(), batch=16, noise_dim=3, seed=5)
    late = batches(40, 1)
    batches(0), batches(7)                                                      # asking for others changes nothing
    again = SourceBatches(Ring(), batch=16, noise_dim=3, seed=5)(40, 1)
    assert torch.equal(late.real, again.real) and torch.equal(late.noise, again.noise)
    others = [batches(41, 1), batches(40, 0), SourceBatches(Ring(), 16, 3, seed=6)(40, 1)]
    assert all(not torch.equal(late.noise, other.noise) and not torch.equal(late.real, other.real) for other in others)


def test_a_batch_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    SourceBatches(Ring(), 16, 3)(0)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_noise_of_a_batch_knows_nothing_about_its_data():
    real, noise = SourceBatches(Gaussian(), batch=2000, noise_dim=1)(0)
    assert abs(np.corrcoef(real[:, 0], noise[:, 0])[0, 1]) < 0.08


def test_a_batch_has_its_shapes():
    real, noise = SourceBatches(Gaussian(), batch=16, noise_dim=3)(0)
    assert real.shape == (16, 1) and noise.shape == (16, 3)
    assert real.dtype == noise.dtype == torch.float32


def test_noise_is_normal_or_uniform_between_minus_one_and_one():
    uniform = noise_drawer("uniform")(5000, 2, stream())
    assert uniform.shape == (5000, 2)
    assert -1 <= uniform.min() < -0.99 and 0.99 < uniform.max() <= 1
    assert float(uniform.std()) == pytest.approx(1 / math.sqrt(3), rel=0.03)
    normal = noise_drawer("normal")(5000, 2, stream())
    assert normal.max() > 2
    assert float(normal.std()) == pytest.approx(1, rel=0.03)


def test_unknown_noise_is_refused():
    with pytest.raises(ValueError, match='"normal" or "uniform", got \'gauss\''):
        SourceBatches(Gaussian(), 4, 1, noise="gauss")
