"""Do two sets agree? Against theory where there is one, with sets that agree and sets that do not."""

import numpy as np
import pytest
from scipy import stats

from t2ilib import runtime
from t2ilib.data.toys import Gaussian, Ring
from t2ilib.metrics.two_sample import fresh_discriminator, jury, modes_covered, wasserstein

RING = Ring()


def draw(source, count, key):
    return source.sample(count, runtime.generator(key)).numpy()


def test_a_fresh_discriminator_is_as_right_as_the_best_can_be():
    """Two bells a distance d apart: no judge is right more often than Phi(d / 2)."""
    real = draw(Gaussian(), 2000, 0)
    for apart in (1.0, 3.0):
        score = fresh_discriminator(real, draw(Gaussian(apart), 2000, 1))
        assert score.value == pytest.approx(stats.norm.cdf(apart / 2), abs=0.03)
        assert score.low < score.value < score.high and score.n == 2000


def test_equal_sets_cannot_be_told_apart_and_its_ceiling_says_so():
    score = fresh_discriminator(draw(RING, 1000, 0), draw(RING, 1000, 1))
    assert 0.45 < score.value < 0.55 and 0.44 < score.ceiling < 0.56
    assert score.low < 0.5 < score.high and score.floor == 1 and score.lower_is_better


def test_the_ceiling_compares_two_halves_of_the_real_set():
    halves = np.tile([[0.0], [5.0]], (50, 1))               # every other one lies far away: these halves do differ
    assert fresh_discriminator(halves, halves).ceiling == 1


def test_missing_modes_are_noticed():
    """Half of the ring is missing: right about all real samples there, and undecided elsewhere, gives 3/4."""
    samples = draw(RING, 4000, 1)
    half = samples[samples[:, 1] > -0.5][:1000]
    assert 0.62 < fresh_discriminator(draw(RING, 1000, 0), half).value < 0.8


def test_the_judgement_is_repeatable_and_kept_apart_from_what_was_learned():
    real, fake = draw(Gaussian(), 200, 0), draw(Gaussian(0.5), 200, 1)
    assert fresh_discriminator(real, fake, 3) == fresh_discriminator(real, fake, 3)
    noise = np.random.default_rng(0).normal(size=(2, 100, 60))                 # can be learned by heart, not known
    assert fresh_discriminator(*noise).value < 0.65


def test_a_jury_is_the_mean_of_its_judges():
    real, fake = draw(Gaussian(), 200, 0), draw(Gaussian(1.0), 200, 1)
    each = [fresh_discriminator(real, fake, seed) for seed in range(3)]
    whole = jury(real, fake, judges=3)
    assert whole.value == pytest.approx(np.mean([score.value for score in each]))
    assert (whole.low, whole.high) == (min(s.value for s in each), max(s.value for s in each))
    assert whole.ceiling == pytest.approx(np.mean([score.ceiling for score in each])) and whole.n == each[0].n


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match="40 or more samples of each kind, got 39 real and 50 fake"):
        fresh_discriminator(np.zeros((39, 1)), np.zeros((50, 1)))


@pytest.mark.parametrize("apart", [0.0, 0.5, -3.0])
def test_moving_a_heap_costs_its_way(apart):
    heap = draw(Gaussian(), 500, 0)
    assert wasserstein(heap, heap + apart) == pytest.approx(abs(apart), abs=1e-6)
    assert wasserstein(heap, 3 * heap) == pytest.approx(2 * np.abs(heap).mean(), rel=1e-5)


def test_real_samples_cover_the_ring():
    covered, near = modes_covered(draw(RING, 2500, 0), RING)
    assert covered == 8 and near == pytest.approx(1 - np.exp(-4.5), abs=0.01)


@pytest.mark.parametrize("count, fifth, covered", [(2500, 20, 2), (2500, 19, 1), (5000, 40, 2), (5000, 39, 1)])
def test_a_mode_needs_its_share_of_all_samples(count, fifth, covered):
    own = np.zeros(count, int)
    own[:fifth] = 4
    assert modes_covered(RING.centres.numpy()[own], RING) == (covered, 1.0)


def test_three_standard_deviations_are_the_border():
    out = RING.centres.numpy().repeat(100, 0) + np.array([[0.31, 0.0]])
    assert modes_covered(out, RING) == (0, 0.0)
    assert modes_covered(out - np.array([[0.02, 0.0]]), RING) == (8, 1.0)
    assert modes_covered(np.zeros((100, 2)), RING) == (0, 0.0)
