"""Exercises of chapter 03: what their checks rest on; what learners answer is in `cgn_learners` and its twin."""

import math

import cgn_learners
import cgn_learners_b
import numpy as np
import pytest
import torch

from t2ilib import exercises, runtime, theory
from t2ilib.blocks import replicate
from t2ilib.data import conditions
from t2ilib.data.augment import Pictures, random_flip
from t2ilib.data.conditions import Joined, Place, Species
from t2ilib.exercises import Exercise, cgn_roc, cgn_value
from t2ilib.exercises.answers import cgn_counting, cgn_explained, cgn_paths, cgn_place, cgn_vectors
from t2ilib.exercises.answers.cgn_roc import roc
from t2ilib.exercises.answers.cgn_training import training_step
from t2ilib.exercises.answers.cgn_value import conditional_value
from t2ilib.exercises.behaviour import recognise
from t2ilib.exercises.cgn_behaviour import PLAYERS, SHARES, Table
from t2ilib.exercises.cgn_moves import D_MISTAKES, G_MISTAKES, d_gradients, g_gradients
from t2ilib.metrics import pair_answers
from t2ilib.metrics.control import explained as without_bias
from t2ilib.papers.variants.flat_cgan import FlatCgan
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

CHAPTER = [value for module in dir(exercises) if module.startswith("cgn_")
           for value in vars(getattr(exercises, module)).values() if isinstance(value, Exercise)]
RIGHT = cgn_learners.RIGHT | cgn_learners_b.RIGHT
MISTAKES = cgn_learners.MISTAKES | cgn_learners_b.MISTAKES


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def game(seed=0):
    one = FlatCgan(PLAYERS)
    one.generator, one.discriminator = Table(seed=seed).copies
    return one


def test_the_chapter_is_whole():
    assert len(CHAPTER) == 11
    assert {exercise.id for exercise in CHAPTER} == set(RIGHT) == set(MISTAKES)
    assert all(len(MISTAKES[exercise.id]) >= 10 and RIGHT[exercise.id] for exercise in CHAPTER)
    assert len(exercises.cgn_quiz.quiz.questions) == 7


# The solutions agree with the library


def test_cgn_02_the_value_is_minus_the_loss_of_d():
    one, batch = game(), Table(size=6).draw()
    value = conditional_value(lambda x, c: one.discriminator(x, c)[0].sigmoid(), one.generator, batch.real,
                              batch.condition, batch.noise)
    assert torch.allclose(-value, sum(one.d_loss(batch).values()), atol=1e-5)


@pytest.mark.parametrize("kind", range(3))
def test_cgn_02_it_reduces_to_v_for_a_constant_condition(kind):
    """For each constant c; and the value of mixed ones is another number than that of any constant."""
    players, (real, mixed, noise) = cgn_value.Players(0), cgn_value._batch(1, cgn_value.RARE)
    c = torch.eye(3, dtype=torch.float64)[kind].expand_as(mixed)
    own, made = players.discriminator(real, c), players.discriminator(players.generator(noise, c), c)
    value = conditional_value(players.discriminator, players.generator, real, c, noise)
    assert value.item() == pytest.approx(theory.value_of_answers(own.numpy(), made.numpy()))
    other = conditional_value(players.discriminator, players.generator, real, mixed, noise)
    assert abs(other.item() - value.item()) > 1e-3


def test_class_vectors_are_those_of_the_library():
    classes = torch.randint(-1, 5, (4, 10), generator=runtime.generator(0))
    assert torch.equal(cgn_vectors.class_vectors(classes, 5), conditions.one_hot(classes, 5))
    colours = torch.randint(-1, 11, (3, 10), generator=runtime.generator(1))
    assert torch.equal(cgn_vectors.class_vectors(colours, 11).flatten(1), conditions.colour_vectors(colours))


def test_joined_as_in_the_library():
    features, condition = torch.randn(2, 5, 4, 4), torch.randn(2, 3)
    assert torch.equal(cgn_vectors.join(features, condition), replicate(condition, features))
    noise = features[:, :, 0, 0]
    assert torch.equal(cgn_vectors.join(noise, condition), torch.cat([noise, condition], dim=1))


def test_cgn_04_a_class_at_a_place_is_the_joined_condition_of_mirrored_pictures():
    rng = np.random.default_rng(0)
    labels = np.array([0, 2, 1, 2, 0, 1, 1, 2])
    boxes = torch.from_numpy(np.hstack([rng.uniform(0, 0.3, (8, 2)), rng.uniform(0.3, 0.6, (8, 2))])).float()
    pictures = Pictures(torch.arange(8.0).view(8, 1, 1, 1).expand(8, 3, 2, 2) + torch.tensor([0.0, 0.5]), boxes,
                        torch.zeros(8, 15, 3))
    image, shown, _ = random_flip(pictures, runtime.generator(3))
    mirrored = image[:, 0, 0, 0] > image[:, 0, 0, 1]
    assert 0 < mirrored.sum() < 8
    theirs = Joined(Species(labels), Place())(np.arange(8), shown, runtime.generator(0))
    ours = cgn_place.class_at_place(torch.from_numpy(labels), boxes, mirrored, 3)
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert not torch.allclose(cgn_place.class_at_place(torch.from_numpy(labels), boxes, ~mirrored, 3), theirs, atol=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_cgn_06_both_ways_are_open_and_add_up(seed):
    """The loss is that of the game; both partial gradients are non-zero; detached in D, the first alone remains."""
    one, batch = game(seed), Table(size=5, seed=seed).draw()
    c = batch.condition.clone().requires_grad_()

    def judge(image, condition):
        return one.discriminator(image, condition)[0]

    loss, through_g, through_d = cgn_paths.two_paths(one.generator, judge, batch.noise, c)
    assert torch.allclose(loss, sum(one.g_loss(batch).values()), atol=1e-6)
    whole, = torch.autograd.grad(loss, c)
    assert torch.allclose(whole, through_g + through_d, atol=1e-6)
    assert through_g.norm() > 1e-3 and through_d.norm() > 1e-3
    image = one.generator(batch.noise, c)
    rest, = torch.autograd.grad(torch.nn.functional.softplus(-judge(image, c.detach())).mean(), c)
    assert torch.allclose(rest, through_g, atol=1e-6) and 0 < rest.norm() < 10 * whole.norm()


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_cgn_03_the_cost_is_that_of_counted_draws(share):
    """Drawing until it comes, 4,000 times: mean and spread within four standard errors."""
    read = np.arange(1000) < 1000 * share
    draws, spread = cgn_counting.rejection_cost(read.astype(int), 1)
    counted = np.random.default_rng(0).geometric(share, 4000)
    assert abs(counted.mean() - draws) < 4 * spread / math.sqrt(4000)
    assert counted.std() == pytest.approx(spread, rel=0.1)


def test_cgn_03_the_words_of_the_solution():
    draws, spread = cgn_counting.rejection_cost([1] * 20 + [0] * 980, 1)
    assert draws == pytest.approx(50) and spread == pytest.approx(49.5, abs=0.01)
    assert (1 - 0.02) ** 100 == pytest.approx(1 / 8, abs=0.01)         # of the quiz: more than twice as many draws


@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.5])
def test_cgn_05_the_area_is_the_auc_of_the_library(shift):
    rng = np.random.default_rng(5)
    right, wrong = rng.normal(shift, 1, 60).round(1), rng.normal(0, 1, 90).round(1)     # rounded: some are equal
    false_alarms, hits, area = roc(right, wrong)
    assert area == pytest.approx(pair_answers.auc(right, wrong))
    assert np.all(np.diff(false_alarms) >= 0) and np.all(np.diff(hits) >= 0)


def test_cgn_05_the_20_scores_and_the_words_of_the_solution():
    right, wrong = np.array(cgn_roc.RIGHT), np.array(cgn_roc.WRONG)
    area = roc(right, wrong)[2]
    assert f"These 20 scores have {area:.2f};" in cgn_roc.roc.explanation
    rng = np.random.default_rng(0)
    spread = np.std([pair_answers.auc(rng.choice(right, 10), rng.choice(wrong, 10)) for _ in range(500)])
    assert f"uncertain by {spread:.2f}," in cgn_roc.roc.explanation
    assert len(right) == len(wrong) == 10 and len(set(right) & set(wrong)) >= 3
    lines = cgn_roc.scores().splitlines()
    assert len(lines) == 20 and sorted(map(float, (line.split()[0] for line in lines)), reverse=True) == [
        float(line.split()[0]) for line in lines]


def test_cgn_05_corners_of_a_curve():
    """A point on a straight piece changes nothing; one off it does."""
    bent = np.array([[0, 0.5, 1.0], [0, 0.8, 1.0]])
    fine = np.array([[0, 0.25, 0.5, 0.5, 1.0], [0, 0.4, 0.8, 0.8, 1.0]])
    assert np.array_equal(cgn_roc._corners(fine), bent)
    assert not np.array_equal(cgn_roc._corners(np.array([[0, 0.5, 0.75, 1.0], [0, 0.8, 0.85, 1.0]])), bent)


def test_cgn_07_eta_squared_without_its_bias_is_the_chapter_s_number():
    values = np.random.default_rng(0).normal(size=(6, 9)) + np.arange(6)[:, None] / 3
    eta = cgn_explained.explained(values.ravel(), np.repeat(np.arange(6), 9))
    assert 1 - (1 - eta) * (54 - 1) / (54 - 6) == pytest.approx(without_bias(values))


def test_cgn_07_chance_alone_explains_a_tenth_of_five_groups_of_eight():
    rng, groups = np.random.default_rng(1), np.repeat(np.arange(5), 8)
    shares = [cgn_explained.explained(rng.normal(size=40), groups) for _ in range(2000)]
    assert np.mean(shares) == pytest.approx(4 / 39, abs=0.005)


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_cgn_07_a_planted_share_is_found(share):
    rng, groups = np.random.default_rng(2), np.repeat(np.arange(50), 100)
    means = rng.permutation(np.linspace(-np.sqrt(3), np.sqrt(3), 50))             # of variance 1
    values = np.sqrt(share) * means[groups] + np.sqrt(1 - share) * rng.normal(size=5000)
    assert cgn_explained.explained(values, groups) == pytest.approx(share, abs=0.03)


def test_the_step_is_that_of_the_trainer():
    """One step of the solution and one of `train_step` leave the same weights; with shuffled conditions others."""
    batch = Table().draw()

    def after(step):
        one = game()
        state = TrainState(one, Recipe(steps=1, batch=4), make_fabric("cpu", "32-true"))
        step(one, state, batch)
        return torch.cat([weights.detach().flatten() for weights in one.parameters()])

    def by(answer):
        return after(lambda one, state, batch: answer(one, state.optimizers, batch))

    assert torch.allclose(by(training_step), after(train_step), atol=1e-6)
    shuffled = by(cgn_learners.d_by(cgn_learners.rolled, cgn_learners.rolled))
    assert not torch.allclose(shuffled, after(train_step), atol=1e-4)


# The players that are watched


def test_players_are_a_function_of_the_seed():
    first, again, other = Table(seed=1), Table(seed=1), Table(seed=2)
    assert torch.equal(first.draw().real, again.draw().real)
    weights = [next(table.generator.parameters()) for table in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_a_table_leaves_torchs_random_state_alone():
    before = torch.get_rng_state()
    Table().play(training_step)
    assert torch.equal(torch.get_rng_state(), before)


def test_classes_of_a_batch_are_as_often_as_in_the_data_and_wrong_ones_are_others():
    batch = Table(size=4000).draw()
    assert batch.condition.mean(0).tolist() == pytest.approx(SHARES, abs=0.04)
    assert (batch.condition * batch.wrong_condition).sum() == 0 and (batch.wrong_condition.sum(1) == 1).all()


@pytest.mark.parametrize("size", [4, 3])
def test_the_gradients_of_different_mistakes_point_apart(size):
    d_move, g_move = Table(size).play(training_step)
    for known in (d_gradients(d_move), g_gradients(g_move, d_move.discriminator)):
        assert [recognise(one, known)[0] for one in known.values()] == list(known)


def test_each_mistake_of_a_move_has_words():
    d_move, g_move = Table().play(training_step)
    assert set(d_gradients(d_move)) == {"right", *D_MISTAKES}
    assert set(g_gradients(g_move, d_move.discriminator)) == {"right", *G_MISTAKES}
