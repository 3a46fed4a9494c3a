"""The small experiments of DF-GAN's chapter against formulas: two numbers, a plane, counts, collisions."""

import numpy as np
import pytest
import torch

from t2ilib import studies
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.losses import gradient_penalty, hinge_no, hinge_yes
from t2ilib.metrics import collisions, cost
from t2ilib.metrics.caption_truth import true_of
from t2ilib.metrics.realism import frechet_of_samples
from t2ilib.papers.df_gan import Fusion
from t2ilib.studies import dirac, fid_size, fusion_cost, match_plane

# --- the smallest game --------------------------------------------------------------------------------------------


def by_autograd(weight, power, steps):
    """The same game with the losses of the library, and torch for the slopes."""
    theta, psi = (torch.tensor([[value]], dtype=torch.float64, requires_grad=True) for value in dirac.START)
    path = [dirac.START]
    for _ in range(steps):
        real = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
        s_r, s_f = (psi * real).flatten(), (psi * theta.detach()).flatten()
        loss = hinge_yes(s_r) + hinge_no(s_f) + weight * gradient_penalty(s_r, real, power=power)
        psi = (psi - dirac.RATE * torch.autograd.grad(loss, psi)[0]).detach().requires_grad_(True)
        slope, = torch.autograd.grad(-(psi.detach() * theta).sum(), theta)
        theta = (theta - dirac.RATE * slope).detach().requires_grad_(True)
        path.append((theta.item(), psi.item()))
    return np.array(path)


@pytest.mark.parametrize("setting", dirac.SETTINGS.values())
def test_dfg_12_the_game_is_that_of_the_losses_of_the_library(setting):
    np.testing.assert_allclose(dirac.play(*setting, steps=150), by_autograd(*setting, 150), atol=1e-5)


def test_dfg_12_without_a_penalty_the_path_never_leaves_its_ellipse():
    """Moves in turn keep theta^2 + psi^2 - rate theta psi, as long as the hinge does not let go."""
    theta, psi = dirac.play(weight=0.0, steps=5_000).T
    kept = theta**2 + psi**2 - dirac.RATE * theta * psi
    kept_too = theta**2 + psi**2 + dirac.RATE * theta * psi
    assert min(np.ptp(kept), np.ptp(kept_too)) < 1e-9 < max(np.ptp(kept), np.ptp(kept_too))
    assert dirac.radii(np.stack([theta, psi], 1)).min() > 1.4


def test_dfg_12_the_hinge_lets_go_of_what_is_far_enough():
    assert dirac.d_slope(2.0, -0.6, 0.0, 2.0) == 0 and dirac.d_slope(2.0, -0.4, 0.0, 2.0) == 2.0
    assert dirac.d_slope(0.0, 0.5, 2.0, 6.0) == pytest.approx(12 * 0.5**5) == -dirac.d_slope(0.0, -0.5, 2.0, 6.0)


def test_dfg_12_radii_of_the_ledger():
    ends = {name: dirac.radii(dirac.play(*setting))[[1, -1]] for name, setting in dirac.SETTINGS.items()}
    assert ends["no penalty"] == pytest.approx([1.414, 1.404], abs=1e-3)
    assert ends["k = 2, p = 6"] == pytest.approx([1.256, 0.114], abs=1e-3)
    assert ends["k = 2, p = 2"][1] < 1e-9


@pytest.mark.parametrize("power, steps", [(4.0, 20_000), (6.0, 20_000), (6.0, 60_000), (8.0, 20_000)])
def test_dfg_12_a_high_power_falls_like_a_power_of_time(power, steps):
    found = dirac.radii(dirac.play(2.0, power, steps))[-400:].mean()
    assert found == pytest.approx(dirac.expected_radius(2.0, power, steps), rel=0.1)
    assert found != pytest.approx(dirac.expected_radius(1.0, power, steps), rel=0.1)


def test_arrival_is_the_last_time_that_a_path_comes_near():
    path = np.array([[1.0, 0], [0.005, 0], [0.5, 0], [0.0, 0.01], [0, 0.001]])
    assert dirac.arrival(path) == 3 and dirac.arrival(path[:3]) is None and dirac.arrival(path[3:]) == 0


def test_the_study_stores_what_the_game_does(monkeypatch):
    found = dirac.study_dirac("smoke", (0,)).measures
    assert set(found) >= {f"{metric}: {name}" for metric in ("left", "kept") for name in dirac.SETTINGS}
    assert found["arrival: k = 2, p = 2"]["value"] == 923 and "arrival: k = 2, p = 6" not in found
    assert found["left: k = 2, p = 6"]["rows"]["steps"] == [1, 10, 100, 1000, 2000]


# --- the plane of realness and match ------------------------------------------------------------------------------

def test_dfg_17_one_answer_points_at_the_target_and_two_do_not():
    grid = np.random.default_rng(0).uniform(-1, 0.9, (50, 2))
    assert match_plane.aim(match_plane.one_way, grid) == pytest.approx(np.ones(50))
    assert (match_plane.aim(match_plane.two_way, grid) < 1).all()
    added = match_plane.two_way(grid) - match_plane.one_way(grid)
    np.testing.assert_allclose(added, np.stack([1 - grid[:, 0], np.zeros(50)], axis=1))     # whatever the match
    assert match_plane.aim(match_plane.two_way, match_plane.ORIGIN) == pytest.approx(3 / 10**0.5)
    assert match_plane.aim(lambda points: -match_plane.one_way(points), grid) == pytest.approx(-np.ones(50))


def test_clouds_lie_where_they_should():
    right, wrong, fake = (cloud.numpy() for cloud in match_plane.clouds(4000, torch.Generator().manual_seed(0)))
    assert right.mean(0) == pytest.approx([1, 1], abs=0.01) and wrong.mean(0) == pytest.approx([1, 0], abs=0.01)
    assert fake.mean(0) == pytest.approx([0, 0.5], abs=0.02) and fake[:, 1].std() > 2 * fake[:, 0].std()


def test_dfg_18_arrows_are_live_gradients():
    judge, points = match_plane.learn(steps=5), np.array([[0.2, 0.7], [1.0, 1.0]])
    for axis, step in enumerate(np.eye(2) * 1e-2):
        slope = (judge.answers(points + step) - judge.answers(points - step)) / 2e-2
        assert judge.one_way(points)[:, axis] == pytest.approx(slope, abs=2e-3)
    added = judge.two_way(points) - judge.one_way(points)
    assert np.all(added[:, 1] == 0) and np.all(added[:, 0] != 0)        # the second answer knows realness only


def test_dfg_14_ma_gp_flattens_d_at_real_pictures_with_their_own_text_and_keeps_it_right():
    plain, flat = (match_plane.learn(penalty, steps=150) for penalty in (0.0, 2.0))
    target = match_plane.TARGET[None]
    steep, kept = (np.linalg.norm(judge.one_way(target)) for judge in (plain, flat))
    assert steep > 2 * kept
    for judge in (plain, flat):
        yes, wrong, fake = judge.answers(np.array([[1.0, 1], [1, 0], [0, 0.5]]))
        assert yes > 0 > max(wrong, fake)


def test_learning_is_repeatable_and_leaves_the_random_state_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again, other = (match_plane.learn(seed=seed, steps=3) for seed in (0, 0, 1))
    assert torch.equal(before, torch.get_rng_state())
    answers = [judge.answers(match_plane.TARGET[None]) for judge in (first, again, other)]
    assert answers[0] == answers[1] != answers[2]


def test_the_study_of_the_plane_has_what_the_claims_ask_for():
    found = match_plane.study_plane("smoke", (0, 1)).measures
    assert found["flatter"]["n"] == 2 and found["aim, formula: two-way"]["value"] == pytest.approx(0.9487, abs=1e-4)
    assert found["aim: one-way over two-way"]["value"] == pytest.approx(
        found["aim: one-way"]["value"] - found["aim: two-way"]["value"])


# --- distances of sets --------------------------------------------------------------------------------------------

def test_dfg_26_the_line_over_one_over_n_finds_its_end():
    sizes = [50, 100, 400]
    end, fit = fid_size.endless(sizes, [3 + 700 / n for n in sizes])
    assert end == pytest.approx(3) and fit == pytest.approx(1)
    assert fid_size.endless(sizes, [3, 9, 2])[1] < 0.9


def test_dfg_26_real_against_real_falls_like_one_over_n_and_the_whole_set_has_one_sample():
    rows = np.random.default_rng(0).normal(size=(2, 3000, 8))
    means = {n: np.mean(fid_size.distances(rows[0], rows[1], n, 5)) for n in (100, 200, 400, 800)}
    assert means[100] / means[200] == pytest.approx(2, rel=0.3) and means[200] / means[400] == pytest.approx(2, rel=0.3)
    assert len(fid_size.distances(rows[0], rows[1], 3000, 5)) == 1
    assert frechet_of_samples(rows[1], rows[1]) == pytest.approx(0, abs=1e-9)


def test_dfg_26_falls_and_leads_follow_from_the_means():
    found = {f"SynthFID, {n}: {name}": {"value": value} for name, values in (
        ("real", (9, 4, 3)), ("GAN-INT-CLS", (12, 8, 7)), ("GAN-CLS", (14, 11, 10))) for n, value in
        zip((50, 100, 200), values)}
    falls = fid_size.of_falls(found, (50, 100, 200))
    assert falls["least fall"]["value"] == 1 and falls["least fall"]["rows"] == [5, 1]
    assert falls["lead at equal n"]["value"] == 3 and falls["lead with fewest pictures"]["value"] == -2


# --- what fusion costs --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("side", fusion_cost.SIDES)
def test_dfg_04_the_formulas_are_what_torch_counts(side):
    fusion, attention = Fusion(fusion_cost.TEXT, fusion_cost.CHANNELS), fusion_cost.WordAttention()
    assert fusion_cost.counted_macs(fusion, *fusion_cost.fusion_inputs(side)) == fusion_cost.fusion_macs(side)
    assert fusion_cost.counted_macs(attention, *fusion_cost.attention_inputs(side)) == fusion_cost.attention_macs(side)


def test_dfg_04_the_ratio_of_the_ledger():
    assert fusion_cost.attention_macs(256) / fusion_cost.fusion_macs(256) == pytest.approx(17.9, abs=0.03)
    assert fusion_cost.place_attention_macs(256) / fusion_cost.place_attention_macs(128) == 16


def test_dfg_04_scaling_and_shifting_counts_only_here():
    fusion, given = Fusion(fusion_cost.TEXT, fusion_cost.CHANNELS), fusion_cost.fusion_inputs(16)
    numbers = fusion_cost.CHANNELS * 16 * 16
    assert fusion_cost.counted_macs(fusion, *given) - cost.macs(fusion, *given) == 2 * numbers


def test_attention_is_a_mean_of_words_and_follows_the_place():
    torch.manual_seed(0)
    attention = fusion_cost.WordAttention(text_dim=4, channels=3)
    features, words = torch.randn(2, 3, 2, 5), torch.randn(2, 6, 4)
    found, said = attention(features, words), attention.project(words)
    for image, y, x in np.ndindex(2, 2, 5):
        shares = (said[image] @ features[image, :, y, x]).softmax(0)
        torch.testing.assert_close(found[image, :, y, x], shares @ said[image])
    one = attention(features, words[:, :1].expand(-1, 6, -1))               # one word, said six times
    torch.testing.assert_close(one, said[:, 0, :, None, None].expand_as(one))


def test_fewer_parameters_do_not_mean_less_work():
    fusion, attention = Fusion(fusion_cost.TEXT, fusion_cost.CHANNELS), fusion_cost.WordAttention()
    assert cost.parameters(attention)["all"] == 256 * 32 < cost.parameters(fusion)["all"] == 37_120


def test_a_time_ratio_ignores_a_single_disturbance(monkeypatch):
    times = iter([9.0, 1.0, 3.0, 2.0, 4.0, 8.0])
    monkeypatch.setattr(fusion_cost, "seconds", lambda _work: next(times))
    assert fusion_cost.time_ratio(print, print, runs=3) == 3.0


# --- rolled batches -----------------------------------------------------------------------------------------------

def test_dfg_37_the_probability_of_one_class_is_that_of_all_pairs():
    labels = np.random.default_rng(0).integers(4, size=23)
    pairs = [labels[i] == labels[j] for i in range(23) for j in range(23) if i != j]
    assert collisions.same_class(labels) == pytest.approx(np.mean(pairs))
    assert collisions.same_class(np.arange(200).repeat(59)) == pytest.approx(58 / (200 * 59 - 1))
    assert collisions.same_class(np.arange(9)) == 0 and collisions.same_class(np.zeros(9)) == 1


def test_dfg_37_a_rolled_batch_collides_and_ours_does_not():
    birds = rendered.load(World(2, 1), "test", 200, 64)
    expected = collisions.same_class(birds.labels)
    rolls = [collisions.rolled(birds, seed).same_class for seed in range(40)]
    assert np.mean(rolls) == pytest.approx(expected, rel=0.3)
    assert collisions.other_class(birds).same_class == 0 < expected
    own = np.arange(len(birds))
    assert collisions.collisions(birds, own, own) == (1, 1)
    said = birds.captions[0][0]
    alone = collisions.collisions(birds, own, np.zeros(200, int))
    assert alone.true == true_of([said], birds).mean() and alone.same_class == (birds.labels == birds.labels[0]).mean()


# --- what is stored -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["dirac", "match_plane", "fid_size", "fusion_cost"])
def test_the_studies_of_this_file_are_known_and_stored(name):
    assert studies.find(name).chapter == "09_df_gan" and studies.results(name)["profile"] != "smoke"
