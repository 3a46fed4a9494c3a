"""Exercises of chapter 05: what their checks rest on; what learners answer is in `cls_learners` and its twin."""

import math
from dataclasses import replace

import cls_learners
import cls_learners_b
import pytest
import torch

from t2ilib import exercises
from t2ilib.exercises import Exercise, cls_training
from t2ilib.exercises.answers import cls_pairs
from t2ilib.exercises.answers.cls_training import interpolated_generator_loss, training_step
from t2ilib.exercises.behaviour import recognise
from t2ilib.exercises.cls_behaviour import PLAYERS, Table
from t2ilib.exercises.cls_moves import D_MISTAKES, G_MISTAKES, d_gradients, g_gradients
from t2ilib.papers.gan_cls import FAMILY, GanCls, GanIntCls
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

CHAPTER = [value for module in dir(exercises) if module.startswith("cls_")
           for value in vars(getattr(exercises, module)).values() if isinstance(value, Exercise)]
RIGHT = cls_learners.RIGHT | cls_learners_b.RIGHT
MISTAKES = cls_learners.MISTAKES | cls_learners_b.MISTAKES
each_size = pytest.mark.parametrize("size", [6, 5, 2])


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def game(kind=GanIntCls, **changes):
    torch.manual_seed(0)
    return kind(replace(PLAYERS, **changes))


def logits(*shape, seed=0):
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_the_chapter_is_whole():
    assert len(CHAPTER) >= 8
    assert {exercise.id for exercise in CHAPTER} == set(RIGHT) == set(MISTAKES)
    assert all(len(MISTAKES[exercise.id]) >= 4 for exercise in CHAPTER)
    assert len(MISTAKES["cls_training.training_step"]) >= 10
    assert len(RIGHT["cls_training.training_step"]) >= 3
    assert 6 <= len(exercises.cls_quiz.quiz.questions) <= 8


# The solutions agree with the paper's module


@pytest.mark.parametrize("seed", range(3))
def test_cls_04_and_05_the_loss_of_d_is_that_of_gan_cls(seed):
    one, batch = game(GanCls), Table(size=5, seed=seed).draw()
    s_r, s_w = one.discriminator(batch.image, batch.text, batch.wrong_text)
    s_f, = one.discriminator(one.generate(batch), batch.text)
    assert torch.allclose(cls_pairs.discriminator_loss(s_r, s_w, s_f), sum(one.d_loss(batch).values()))


def test_cls_05_a_d_that_knows_nothing_pays_two_log_two_and_would_pay_more_without_the_halves():
    zeros = torch.zeros(3, 4)
    assert cls_pairs.discriminator_loss(*zeros).item() == pytest.approx(2 * math.log(2))
    assert cls_learners.full_weights(*zeros).item() == pytest.approx(3 * math.log(2))


def test_cls_04_both_kinds_of_no_weigh_the_same():
    s_r, s_w, s_f = logits(3, 7)
    assert torch.allclose(cls_pairs.discriminator_loss(s_r, s_w, s_f), cls_pairs.discriminator_loss(s_r, s_f, s_w))
    assert not torch.allclose(cls_pairs.discriminator_loss(s_r, s_w, s_f), cls_pairs.discriminator_loss(s_w, s_r, s_f))


def test_cls_06_the_loss_of_g_is_that_of_gan_cls():
    one, batch = game(GanCls), Table(size=5).draw()
    s_f, = one.discriminator(one.generate(batch), batch.text)
    assert torch.allclose(cls_pairs.generator_loss(s_f), sum(one.g_loss(batch).values()))


@each_size
@pytest.mark.parametrize("beta", [0.0, 0.3, 0.5, 1.0])
def test_cls_10_texts_between_are_those_of_gan_int(size, beta):
    text = logits(size, 6, seed=size)
    assert torch.allclose(cls_pairs.between(text, beta), game(beta=beta).between(text), atol=1e-6)


def test_cls_10_at_the_ends_texts_between_are_captions():
    text = logits(7, 6)
    assert torch.equal(cls_pairs.between(text, 1), text[[0, 2, 4]])
    assert torch.equal(cls_pairs.between(text, 0), text[[1, 3, 5]])


@each_size
def test_cls_10_the_interpolated_loss_is_that_of_gan_int_cls(size):
    """The noise of texts between is that of the first of each pair there, any rows here: so it is one for all."""
    one, batch = game(beta=0.3), Table(size=size).draw()
    batch = batch._replace(noise=batch.noise[:1].expand(size, -1))
    got = interpolated_generator_loss(one.generator, one.discriminator, batch.text, batch.noise, 0.3)
    assert torch.allclose(got, sum(one.g_loss(batch).values()), atol=1e-6)


def test_cls_10_texts_between_of_equal_captions_change_nothing():
    one, batch = game(), Table(size=4).draw()
    same = [rows[:1].expand(4, -1) for rows in (batch.text, batch.noise)]
    got = interpolated_generator_loss(one.generator, one.discriminator, *same, 0.4)
    expected = cls_pairs.generator_loss(*one.discriminator(one.generator(same[1], same[0]), same[0]))
    assert torch.allclose(got, expected, atol=1e-6)


def test_cls_05_and_06_the_step_is_that_of_the_trainer():
    """One step of the solution and one of `train_step` leave the same weights; the naive GAN's step does not."""
    batch = Table().draw()

    def after(step, **changes):
        one = game(**FAMILY["gan_cls"] | changes)
        state = TrainState(one, Recipe(steps=1, batch=4), make_fabric("cpu", "32-true"))
        step(one, state, batch)
        return torch.cat([weights.detach().flatten() for weights in one.parameters()])

    by_hand = after(lambda one, state, batch: training_step(one, state.optimizers, batch))
    assert torch.allclose(by_hand, after(train_step), atol=1e-6)
    assert not torch.allclose(by_hand, after(train_step, matching=0.0), atol=1e-4)


# The players that are watched


def test_players_are_a_function_of_the_seed():
    first, again, other = Table(seed=1), Table(seed=1), Table(seed=2)
    assert torch.equal(first.draw().image, again.draw().image)
    weights = [next(table.generator.parameters()) for table in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_a_table_leaves_torchs_random_state_alone():
    before = torch.get_rng_state()
    Table().play(training_step)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_copies_of_a_move_are_from_before_it():
    table = Table()
    before = next(table.discriminator.parameters()).clone()
    d_move, g_move = table.play(training_step)
    assert torch.equal(next(d_move.discriminator.parameters()), before)
    assert torch.equal(next(g_move.discriminator.parameters()), next(table.discriminator.parameters()))
    assert not torch.equal(next(table.discriminator.parameters()), before)


def test_what_was_drawn_and_judged_is_written_down():
    table = Table(size=6)
    table.ask(interpolated_generator_loss, 0.3)
    drawn, judged = table.all_drawn(), table.all_judged()
    assert torch.equal(drawn.text[:6], table.batch.text) and len(drawn.text) == 9
    assert torch.equal(drawn.image, judged.image) and torch.equal(drawn.text, judged.text)
    assert judged.logit.shape == (9,) and judged.logit.std() > 0.1
    table.discriminator(table.batch.image, table.batch.text, table.batch.wrong_text)
    assert torch.equal(table.all_judged().text[9:], torch.cat([table.batch.text, table.batch.wrong_text]))


@pytest.mark.parametrize("size", [4, 3])
def test_the_gradients_of_different_mistakes_point_apart(size):
    """Each is recognised as itself, though some are names of one thing; a single picture need not suffice."""
    d_move, g_move = Table(size).play(training_step)
    for known in (d_gradients(d_move), g_gradients(g_move, d_move.discriminator)):
        assert [recognise(one, known)[0] for one in known.values()] == list(known)


def test_each_mistake_of_a_move_has_words():
    d_move, g_move = Table().play(training_step)
    assert {name.removesuffix(", half") for name in d_gradients(d_move)} == {"right", *D_MISTAKES}
    assert set(g_gradients(g_move, d_move.discriminator)) == {"right", *G_MISTAKES}


@pytest.mark.parametrize("beta", [cls_training.BETA])
def test_the_beta_of_the_checks_tells_its_mistakes_apart(beta):
    text = logits(6, 6)
    kinds = [cls_pairs.between(text, value) for value in (beta, 1 - beta, 0.5, 0.0, 1.0)]
    assert all(not torch.allclose(a, b, atol=1e-3) for i, a in enumerate(kinds) for b in kinds[:i])


def test_an_error_without_known_words_names_the_line():
    def unknown_key(game, optimizers, batch):
        optimizers["D"].zero_grad()

    first, *_ = cls_training.training_step.judge(unknown_key)
    assert first.mark == "NO" and "KeyError" in first.text and 'optimizers["D"].zero_grad()' in first.text
