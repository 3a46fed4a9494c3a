"""Exercises of chapter 09: what their checks rest on; what learners answer is in `dfg_learners` and its twin."""

from itertools import pairwise

import dfg_learners
import dfg_learners_b
import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib import exercises, runtime
from t2ilib.exercises import Exercise
from t2ilib.exercises.answers import dfg_fusion, dfg_judging, dfg_measure, dfg_penalty, dfg_power, dfg_start
from t2ilib.exercises.answers.dfg_endless import fid_at_infinity
from t2ilib.exercises.answers.dfg_training import training_step
from t2ilib.exercises.behaviour import recognise
from t2ilib.exercises.dfg_behaviour import PLAYERS, Table
from t2ilib.exercises.dfg_moves import D_MISTAKES, G_MISTAKES, d_gradients, d_right, g_gradients
from t2ilib.papers.df_gan import Config, DfGan, Fusion, Generator, UpBlock
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

CHAPTER = [value for module in dir(exercises) if module.startswith("dfg_")
           for value in vars(getattr(exercises, module)).values() if isinstance(value, Exercise)]
RIGHT = dfg_learners.RIGHT | dfg_learners_b.RIGHT
MISTAKES = dfg_learners.MISTAKES | dfg_learners_b.MISTAKES


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def game(seed=0):
    """A small game whose players have left their starting points, as on the table of the checks."""
    one = DfGan(PLAYERS)
    one.generator, one.discriminator = Table(seed=seed).copies
    return one


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=runtime.generator(seed))


def test_the_chapter_is_whole():
    assert len(CHAPTER) >= 8
    assert {exercise.id for exercise in CHAPTER} == set(RIGHT) == set(MISTAKES)
    assert all(len(MISTAKES[exercise.id]) >= 10 and RIGHT[exercise.id] for exercise in CHAPTER)
    assert len(exercises.dfg_quiz.quiz.questions) == 8


# The solutions agree with the paper's module


def test_dfg_20_and_21_the_block_is_the_fusion_of_the_paper():
    """The same weights, each network of the module giving the block its scale or shift."""
    fusion, features, sentence = Fusion(6, 5), normal(3, 5, 4, 4), normal(3, 6, seed=1)
    for weights in fusion.parameters():
        nn.init.normal_(weights, std=0.5)
    pairs = [(affine.scale(sentence), affine.shift(sentence)) for affine in (fusion.first, fusion.second)]
    assert torch.allclose(dfg_fusion.df_block(features, *pairs), fusion(features, sentence), atol=1e-5)
    assert not torch.allclose(dfg_fusion.df_block(features, *pairs[::-1]), fusion(features, sentence), atol=1e-2)


def test_dfg_20_at_the_start_the_block_is_two_activations():
    features = normal(2, 3, 4, 4)
    first, second = (tuple(dfg_start.starting_at(6, 3, start)(normal(2, 6, seed=seed)) for start in (1.0, 0.0))
                     for seed in (1, 2))
    twice = F.leaky_relu(F.leaky_relu(features, 0.2), 0.2)
    assert torch.equal(dfg_fusion.df_block(features, first, second), twice)


def test_dfg_20_the_perceptron_has_the_layers_of_the_paper():
    ours, theirs = dfg_start.starting_at(7, 4, 1.0), Fusion(7, 4).first.scale
    assert [tuple(w.shape) for w in ours.parameters()] == [tuple(w.shape) for w in theirs.parameters()]
    assert torch.equal(ours(normal(3, 7)), theirs(normal(3, 7)))


def test_dfg_21_two_affines_collapse_and_two_blocks_do_not():
    features, pairs = normal(2, 3, 4, 4), normal(2, 2, 2, 3, seed=1)
    first, second = (tuple(pair) for pair in pairs)
    scale, shift = (one[:, :, None, None] for one in dfg_fusion.collapse(first, second))
    in_turn = dfg_learners.joined("1", "2")(features, first, second)
    assert torch.allclose(scale * features + shift, in_turn, atol=1e-5)
    assert not torch.allclose(scale * features + shift, dfg_fusion.df_block(features, first, second), atol=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_dfg_07_and_09_hinge_and_penalty_are_those_of_the_game(seed):
    one, batch = game(seed), Table(size=5, seed=seed).draw()
    said = dfg_judging.one_way(one.discriminator.see, one.discriminator.head, batch.image, one.generate(batch),
                               batch.text, batch.wrong_text)
    terms = one.d_loss(batch)
    penalty = dfg_penalty.gradient_penalty(one.discriminator, batch.image, batch.image * 9, batch.text, batch.text * 9)
    assert torch.allclose(penalty, terms.pop("MA-GP"), rtol=1e-4)
    assert torch.allclose(dfg_judging.hinge(*said), sum(terms.values()), rtol=1e-5)


def test_dfg_09_the_penalty_sees_no_fake_and_no_wrong_text():
    one, batch = game(), Table(size=4).draw()

    def penalty(image, fake, text, wrong_text):
        return dfg_penalty.gradient_penalty(one.discriminator, image, fake, text, wrong_text).item()

    fake = one.generate(batch)
    before = penalty(batch.image, fake, batch.text, batch.wrong_text)
    assert penalty(batch.image, -fake, batch.text, 2 * batch.wrong_text) == before
    assert penalty(-batch.image, fake, batch.text, batch.wrong_text) != before
    assert penalty(batch.image, fake, -batch.text, batch.wrong_text) != before


def test_dfg_09_the_slope_of_the_penalty_is_that_of_finite_differences():
    judge = exercises.dfg_penalty.Judge().double()
    given = [normal(3, 3, 2, 2).double(), None, normal(3, 3, seed=1).double(), None]
    weights, at = judge.see.weight, (2, 5)
    slope = torch.autograd.grad(dfg_penalty.gradient_penalty(judge, *given), weights)[0][at]
    values = []
    for step in (1e-5, -2e-5):
        with torch.no_grad():
            weights[at] += step
        values.append(dfg_penalty.gradient_penalty(judge, *given).item())
    assert (values[0] - values[1]) / 2e-5 == pytest.approx(slope.item(), rel=1e-6)


def test_dfg_10_the_paper_s_sum_is_up_to_eight_times_larger():
    """By the mutant that adds two lengths: 8 times for equal lengths, once if one of them is 0."""
    x, e = normal(4, 6), normal(4, 3, seed=1)
    e *= x.norm(dim=1, keepdim=True) / e.norm(dim=1, keepdim=True)
    joint, added = dfg_learners.sixth(x, e), 2 * (x.norm(dim=1) + e.norm(dim=1)).pow(6).mean()
    assert (added / joint).item() == pytest.approx(8, rel=1e-5)
    assert dfg_learners.sixth(x, 0 * e).item() == pytest.approx(2 * x.norm(dim=1).pow(6).mean().item(), rel=1e-5)


@pytest.mark.parametrize("slope", [0.5, 1.0, 1.7])
def test_dfg_11_equal_cost_and_equal_pull(slope):
    cost, pull = dfg_power.same_strength(2.0, 6.0, 2.0, slope)
    assert cost * slope ** 2 == pytest.approx(2 * slope ** 6)
    assert pull * 2 * slope == pytest.approx(12 * slope ** 5)


@pytest.mark.parametrize("size", [16, 32, 64])
def test_dfg_05_the_table_is_that_of_the_generator(size):
    generator = Generator(Config(size=size, text_dim=4, noise_dim=3, g_channels=3))
    table, side = [], 4
    for block in generator.blocks:
        assert isinstance(block, UpBlock)
        side *= 2
        table.append((side, block.conv1.in_channels, block.conv2.out_channels))
    assert dfg_measure.channel_table(size, 3) == table


def test_dfg_05_the_weights_stand_in_the_first_two_blocks():
    """What the solution says of 128 pixels as published: about two thirds of the weights."""
    blocks = [runtime.count_parameters(UpBlock(356, a, b)) for _, a, b in dfg_measure.channel_table(128, 32)]
    assert len(blocks) == 5 and sum(blocks[:2]) / sum(blocks) == pytest.approx(2 / 3, abs=0.05)


def test_truncated_noise_leaves_the_spread_that_the_solution_names():
    noise = dfg_measure.truncated_noise(2_000, 100, 2.0, 0.88, runtime.generator(1))
    assert noise.abs().max() <= 1.76 and noise.std().item() == pytest.approx(0.77, abs=0.01)


def test_dfg_26_the_line_finds_the_bias_of_real_fids():
    """Frechet distances between normal samples of the same kind: each is well above 0, their line ends near it."""
    rng, dim, counts = np.random.default_rng(0), 8, np.array([100, 200, 400, 800])

    def distance(n):
        sample = rng.normal(size=(n, dim))
        spectrum = np.linalg.eigvalsh(np.cov(sample.T))
        return (sample.mean(0) ** 2).sum() + (1 + spectrum - 2 * np.sqrt(spectrum)).sum()

    values = [np.mean([distance(n) for _ in range(200)]) for n in counts]
    assert all(a > b > 0.01 for a, b in pairwise(values))
    assert abs(fid_at_infinity(counts, values)) < values[-1] / 10


def test_the_step_is_that_of_the_trainer():
    """One step of the solution and one of `train_step` leave the same weights; without the penalty others."""
    batch = Table().draw()

    def after(step):
        one = game()
        state = TrainState(one, Recipe(steps=1, batch=4), make_fabric("cpu", "32-true"))
        step(one, state, batch)
        return torch.cat([weights.detach().flatten() for weights in one.parameters()])

    def by(answer):
        return after(lambda one, state, batch: answer(one, state.optimizers, batch))

    assert torch.allclose(by(training_step), after(train_step), atol=1e-5)
    without = by(dfg_learners_b.steps(valley=dfg_learners_b.no_valley))
    assert not torch.allclose(without, after(train_step), atol=1e-4)


# The players that are watched


def test_players_are_a_function_of_the_seed():
    first, again, other = Table(seed=1), Table(seed=1), Table(seed=2)
    assert torch.equal(first.draw().image, again.draw().image)
    weights = [next(table.discriminator.parameters()) for table in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_a_table_leaves_torchs_random_state_alone():
    before = torch.get_rng_state()
    Table().play(training_step)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_penalty_of_the_players_is_felt_and_does_not_drown_the_hinge():
    d_move, _ = Table().play(training_step)
    known = d_gradients(d_move)
    assert 0.05 < (known["right"] - known["no penalty"]).norm() / known["no penalty"].norm() < 5


def test_the_gradients_of_different_mistakes_point_apart():
    d_move, g_move = Table().play(training_step)
    for known in (d_gradients(d_move), g_gradients(g_move, d_move.discriminator)):
        assert [recognise(one, known)[0] for one in known.values()] == list(known)


@pytest.mark.parametrize("size", [4, 3, 1])
def test_both_ways_to_the_right_gradient_agree(size):
    d_move, _ = Table(size).play(training_step)
    assert torch.allclose(d_right(d_move), d_gradients(d_move)["right"], rtol=1e-3, atol=1e-4)


def test_each_mistake_of_a_move_has_words():
    d_move, g_move = Table().play(training_step)
    assert {name.removesuffix(", half") for name in d_gradients(d_move)} == {"right", *D_MISTAKES}
    assert set(g_gradients(g_move, d_move.discriminator)) == {"right", *G_MISTAKES}


def test_the_judge_of_the_penalty_is_steep_by_picture_and_by_text():
    judge, (image, _, text, _) = exercises.dfg_penalty._given()
    lengths = [one.norm(dim=1) for one in exercises.dfg_penalty._slopes(judge, image, text)]
    assert all(0.1 < one.mean() < 3 for one in lengths)
