"""Realism: exact against closed forms, at the noise floor for real pictures, worse under every kind of damage.

The probe here is untrained: random features are enough to tell blur, noise and copies from real birds.
"""

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from torchmetrics.image.inception import InceptionScore
from torchvision.transforms.v2.functional import gaussian_blur

from t2ilib import runtime
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics import realism
from t2ilib.metrics.probe import Probe, ProbeConfig, Readings
from t2ilib.metrics.realism import Look

COUNT = 150


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("T2I_HOME", str(tmp_path_factory.mktemp("home")))
        return runtime.to_tensor(rendered.load(World(8), "test", 64, 64).images)


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    """Three times COUNT real pictures; the last third plays a perfect generator."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("T2I_HOME", str(tmp_path_factory.mktemp("home")))
        return runtime.to_tensor(rendered.load(World(7), "test", 3 * COUNT, 64).images)


@pytest.fixture(scope="module")
def real(birds):
    return birds[:2 * COUNT]


@pytest.fixture(scope="module")
def perfect(birds):
    return birds[2 * COUNT:]


@pytest.fixture(scope="module")
def probe(other):
    """Random features, brought to a common scale by batch normalisation on real pictures of another world."""
    torch.manual_seed(0)
    network = Probe(ProbeConfig(channels=8, features=16))
    with torch.no_grad():
        for _ in range(30):
            network.features(other)
    return network.eval()


@pytest.fixture(scope="module")
def best(probe, perfect, real):
    return realism.measure(probe, perfect, real)


def grainy(images, strength):
    return images + strength * torch.randn(images.shape, generator=runtime.generator(3))


def controls(perfect, real):
    """What no generator should get away with."""
    return {"blur": gaussian_blur(perfect, 13, 3.0), "noise": grainy(perfect, 0.5),
            "grey": torch.zeros_like(perfect), "one bird": perfect[:1].expand_as(perfect),
            "pure noise": torch.rand(perfect.shape, generator=runtime.generator(4)) * 2 - 1}


# --- the closed form ----------------------------------------------------------------------------------------------

def test_the_distance_of_two_normal_distributions_in_one_dimension():
    """(m1 - m2)^2 + (s1 - s2)^2."""
    found = realism.frechet_of_gaussians(np.array([1.0]), np.array([[4.0]]), np.array([4.0]), np.array([[9.0]]))
    assert found == pytest.approx(9 + 1)


def test_the_closed_form_is_the_one_with_a_matrix_square_root():
    rng = np.random.default_rng(0)
    means, factors = rng.normal(size=(2, 6)), rng.normal(size=(2, 6, 6))
    first, second = (factor @ factor.T for factor in factors)
    expected = ((means[0] - means[1]) ** 2).sum() + np.trace(first + second - 2 * sqrtm(first @ second).real)
    assert realism.frechet_of_gaussians(means[0], first, means[1], second) == pytest.approx(expected)
    assert realism.root(first) @ realism.root(first) == pytest.approx(first)


def test_torchmetrics_and_the_closed_form_agree_also_when_there_are_more_features_than_pictures():
    rng = np.random.default_rng(1)
    for count, size in ((500, 8), (12, 20)):
        first, second = rng.normal(size=(count, size)), 1.3 * rng.normal(size=(count + 5, size)) + 0.2
        assert realism.frechet_distance(first, second) == pytest.approx(realism.frechet_of_samples(first, second))


def test_samples_of_two_gaussians_come_near_their_true_distance():
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(20_000, 3)), 2 * rng.normal(size=(20_000, 3)) + 1
    assert realism.frechet_distance(first, second) == pytest.approx(3 * 1 + 3 * 1, rel=0.05)


# --- SynthFID -----------------------------------------------------------------------------------------------------

def test_real_pictures_are_at_the_noise_floor_and_the_score_says_its_direction(best):
    score = best["SynthFID"]
    assert score.n == COUNT and score.lower_is_better
    assert score.value < 3 * score.ceiling and 0 < score.ceiling < score.floor / 10
    assert score.low <= score.value <= score.high


def test_synth_fid_of_the_reference_itself_is_zero(probe, real):
    seen = realism.look(probe, real[:COUNT], real)
    same = Look(seen.reference, seen.reference, seen.real, seen.noise)
    assert realism.synth_fid(same).value == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("damage, strengths", [(grainy, (0, 0.1, 0.2, 0.4, 0.8)),
                                               (lambda x, s: gaussian_blur(x, 13, s) if s else x, (0, 0.5, 1, 2, 4))])
def test_synth_fid_grows_with_every_step_of_damage(probe, perfect, real, damage, strengths):
    values = [realism.synth_fid(realism.look(probe, damage(perfect, s), real)).value for s in strengths]
    assert all(worse > 1.05 * better for better, worse in zip(values, values[1:])), values


def test_every_control_is_far_from_real(probe, perfect, real, best):
    for name, images in controls(perfect, real).items():
        score = realism.synth_fid(realism.look(probe, images, real))
        assert score.low > (1 if name == "blur" else 10) * best["SynthFID"].high, (name, score)
        if name == "pure noise":
            assert score.value == pytest.approx(score.floor, rel=0.1)


def test_fewer_pictures_look_worse_which_is_why_all_sets_have_one_size():
    """The bias of FID: sets of one distribution are never at distance 0, and farther the smaller they are."""
    rows = np.random.default_rng(5).normal(size=(2, 1600, 16))
    values = [realism.frechet_distance(rows[0][:n], rows[1][:n]) for n in (50, 200, 800)]
    assert values[0] > 3 * values[1] > 9 * values[2] > 0


# --- SynthIS ------------------------------------------------------------------------------------------------------

def sight(tables):
    """Readings with the given table (N, 11) for every part."""
    return Readings(dict.fromkeys(PARTS, tables), np.zeros((len(tables), 2)))


def looked(made, real):
    return Look(sight(made), sight(real), sight(real), sight(real))


VARIED = np.eye(len(COLOURS)).repeat(10, 0)


def test_synth_is_lies_between_one_and_the_number_of_colours():
    score = realism.synth_is(looked(VARIED, VARIED))
    assert score.value == score.ceiling == pytest.approx(realism.LARGEST_IS) and realism.LARGEST_IS == 11
    assert score.floor == 1 and score.n == 110


@pytest.mark.parametrize("tables", [VARIED[:1].repeat(50, 0), np.full((50, 11), 1 / 11)])
def test_copies_and_unclear_pictures_have_the_lowest_synth_is(tables):
    score = realism.synth_is(looked(tables, VARIED))
    assert score.value == pytest.approx(1) == score.low == score.high


def test_the_score_of_one_head_is_that_of_torchmetrics():
    logits = 3 * torch.randn(200, 11, generator=runtime.generator(6))
    with pytest.warns(UserWarning):
        metric = InceptionScore(feature=torch.nn.Identity(), splits=1)
    metric.update(logits)
    with pytest.warns(UserWarning):
        expected = float(metric.compute()[0])
    assert realism.inception_score(logits.softmax(1).numpy()[None]) == pytest.approx(expected, rel=1e-5)


def test_ten_heads_give_their_geometric_mean():
    tables = np.stack([VARIED, VARIED[:1].repeat(110, 0)])
    assert realism.inception_score(tables) == pytest.approx(11 ** 0.5)


def test_half_the_colours_give_half_the_score():
    few = np.eye(11)[[0, 1, 2]].repeat(40, 0)
    score = realism.synth_is(looked(few, VARIED))
    assert score.value == pytest.approx(3) and 2.9 < score.low < 3 < score.high < 3.1


# --- density and coverage -----------------------------------------------------------------------------------------

def points(*rows):
    return Readings({}, np.array(rows, np.float32))


LINE = points(*([float(i), 0.0] for i in range(12)))


def test_neighbourhoods_reach_to_the_kth_other_real_picture():
    """On a line of whole numbers the fifth neighbour of an inner point is 3 away, of the first point 5 away."""
    inside = realism.neighbourhoods(points([0.0, 5.0], [5.0, 3.0], [5.0, 3.01]), LINE)
    assert inside[0].tolist() == [True, False, False]
    assert inside[5].tolist() == [False, True, False]


def test_density_counts_balls_and_coverage_counts_real_pictures():
    made = points(*[[0.0, 0.0]] * 12)               # all on the first: the balls of 0 to 3 reach there
    seen = Look(made, LINE, LINE, LINE)
    reached = [0 <= 5, 1 <= 4, 2 <= 3, 3 <= 3]
    assert realism.density(seen).value == pytest.approx(sum(reached) / realism.NEIGHBOURS)
    assert realism.coverage(seen).value == pytest.approx(sum(reached) / 12)
    assert realism.coverage(seen).ceiling == 1.0


def test_coverage_of_equal_distributions_is_what_the_paper_derives():
    rows = np.random.default_rng(7).normal(size=(2, 1000, 4)).astype(np.float32)
    seen = Look(*(Readings({}, part) for part in (rows[0], rows[1], rows[0], rows[0])))
    k, n = realism.NEIGHBOURS, 1000
    expected = 1 - np.prod([(n - i) / (2 * n - i) for i in range(1, k + 1)])
    assert realism.coverage(seen).value == pytest.approx(expected, abs=0.02)
    assert realism.density(seen).value == pytest.approx(1, abs=0.06)


def test_controls_lose_coverage_and_noise_loses_density_too(probe, perfect, real, best):
    """Random features do not mind blur, and grey lies in their middle: density alone would praise both."""
    assert best["density"].value > 0.8 and best["coverage"].value > 0.9
    for name, images in controls(perfect, real).items():
        seen = realism.look(probe, images, real)
        assert realism.coverage(seen).value < 0.15 or name == "blur", name
        assert (realism.density(seen).value < 0.05) == ("noise" in name), name


# --- read-outs ----------------------------------------------------------------------------------------------------

def told(factors):
    """A look at pictures of which the probe is sure: (N, factors) whole numbers -> Readings."""
    return Readings({name: np.eye(len(values))[column] for (name, values), column in zip(FACTORS.items(), factors.T)},
                    np.zeros((len(factors), 1)))


def test_read_outs_are_the_mean_total_variation_of_the_factors():
    """Half of the pictures read otherwise in one factor of all: half the mass of that factor has moved."""
    plain = np.zeros((10, len(FACTORS)), int)
    changed = plain.copy()
    changed[:5, 3] = 1
    seen = Look(told(changed), told(plain), told(plain), told(plain))
    score = realism.read_outs(seen)
    assert score.value == pytest.approx(0.5 / len(FACTORS)) and score.ceiling == score.floor == 0
    assert realism.total_variation(np.eye(len(FACTORS))[:1], np.eye(len(FACTORS))[1:2]) == pytest.approx(
        1 / len(FACTORS))


def test_read_outs_do_not_mind_the_order_and_one_bird_for_all_is_at_the_floor():
    draws = np.random.default_rng(0)
    reference, other = (np.stack([draws.integers(len(values), size=2000) for values in FACTORS.values()], axis=1)
                        for _ in range(2))
    look = lambda made: Look(told(made), told(reference), told(other), told(other))     # noqa: E731
    assert realism.read_outs(look(reference[::-1])).value == pytest.approx(0, abs=1e-12)
    alike, one = realism.read_outs(look(other)), realism.read_outs(look(reference[:1].repeat(2000, 0)))
    assert alike.value == alike.ceiling < 0.05 and one.value == one.floor > 0.5 and one.lower_is_better


# --- sharpness ----------------------------------------------------------------------------------------------------

def test_sharpness_of_real_pictures_is_one_and_of_grey_ones_zero(best, perfect, real):
    assert best["sharpness"].value == pytest.approx(1, abs=0.1)
    assert best["sharpness"].low < best["sharpness"].value < best["sharpness"].high
    assert realism.sharpness(perfect, perfect).value == 1
    assert realism.sharpness(torch.zeros_like(perfect), real).value == pytest.approx(0, abs=1e-9)


def test_blur_lowers_sharpness_and_noise_raises_it_above_one(perfect):
    values = [realism.sharpness(gaussian_blur(perfect, 13, s), perfect).value for s in (0.5, 1.0, 2.0, 4.0)]
    assert all(softer < 0.8 * sharper for sharper, softer in zip([1.0, *values], values)), values
    assert realism.sharpness(grainy(perfect, 0.2), perfect).value > 1.5


def test_sharpness_does_not_ask_for_brightness_but_for_contrast(perfect):
    assert realism.sharpness(perfect + 0.3, perfect).value == pytest.approx(1, rel=1e-3)
    assert realism.sharpness(perfect / 2, perfect).value == pytest.approx(0.25, rel=1e-3)


# --- together -----------------------------------------------------------------------------------------------------

def test_every_measure_prints_ceiling_floor_and_n(best):
    assert set(best) == {"SynthFID", "SynthIS", "density", "coverage", "read-outs", "sharpness"}
    for score in best.values():
        assert all(word in repr(score) for word in ("floor", "ceiling", f"n = {COUNT}"))


def test_looking_costs_no_random_numbers_and_changes_no_probe(probe, perfect, real):
    probe.train()
    before, state = torch.get_rng_state(), {name: v.clone() for name, v in probe.state_dict().items()}
    first, second = (realism.look(probe, perfect[:20], real) for _ in range(2))
    assert torch.equal(before, torch.get_rng_state()) and probe.training
    assert all(torch.equal(value, state[name]) for name, value in probe.state_dict().items())
    assert np.array_equal(first.noise.features, second.noise.features)


def test_the_two_real_halves_share_no_picture(probe, perfect, real):
    seen = realism.look(probe, perfect, real)
    both = np.concatenate([seen.reference.features, seen.real.features])
    assert len(np.unique(both, axis=0)) == 2 * COUNT


def test_too_few_pictures_are_refused(probe, perfect, real):
    with pytest.raises(ValueError, match="at least 300 real pictures, .* got 299"):
        realism.look(probe, perfect, real[:299])
    with pytest.raises(ValueError, match="more than 5 pictures, got 5"):
        realism.look(probe, perfect[:5], real)
