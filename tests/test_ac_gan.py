"""AC-GAN: a D that is not told and has to name, its two equations, and who learns from what."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data.conditions import UNNAMED, one_hot
from t2ilib.papers import ac_gan, cgan, dcgan
from t2ilib.papers.ac_gan import Config, Discriminator
from t2ilib.papers.cgan import ConditionBatch
from t2ilib.runtime import count_parameters
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

CHOICES, PARTS = 3, 4
SMALL = Config(size=16, noise_dim=6, g_channels=4, d_channels=4, condition_dim=CHOICES * PARTS, embedding_dim=7,
               choices=CHOICES)


def game(config=SMALL):
    torch.manual_seed(0)
    return ac_gan.build(config)


def told(size=4):
    """Colours (B, PARTS), some of them unnamed, and the condition (B, C)."""
    colours = torch.randint(UNNAMED, CHOICES, (size, PARTS), generator=runtime.generator(3))
    return colours, one_hot(colours, CHOICES).flatten(1)


def batch(size=4):
    stream = runtime.generator(5)
    draw = lambda *shape: torch.randn(*shape, generator=stream)     # noqa: E731
    _, condition = told(size)
    return ConditionBatch(draw(size, 3, 16, 16).tanh(), condition, condition.roll(1, 0), draw(size, 6))


def test_d_is_that_of_dcgan_with_a_second_head():
    config = Config()
    assert count_parameters(Discriminator(config)) == (
        count_parameters(dcgan.Discriminator(config)) + 256 * 4 * 4 * 110 + 110)
    assert count_parameters(game().generator) == count_parameters(cgan.Generator(SMALL))
    answer, names = game().discriminator(batch().real)
    assert answer.shape == (4,) and names.shape == (4, 12)


def test_the_condition_changes_what_g_draws_and_what_d_should_have_said_but_not_what_it_says():
    one, data = game(), batch()
    other = data._replace(condition=data.wrong_condition)
    mine, theirs = one.d_loss(data), one.d_loss(other)
    assert mine["real"].equal(theirs["real"]) and not mine["fake"].equal(theirs["fake"])
    assert not mine["names"].equal(theirs["names"])


def test_the_names_are_a_cross_entropy_over_what_was_named():
    one, data = game(), batch()
    colours, _ = told()
    assert (colours == UNNAMED).any() and (colours != UNNAMED).any()
    _, names = one.discriminator(data.real)
    expected = F.cross_entropy(names.view(-1, CHOICES), colours.flatten(), ignore_index=UNNAMED)
    assert one.d_loss(data)["names"].item() == pytest.approx(expected.item(), rel=1e-6)
    _, names = one.discriminator(one.generate(data))
    expected = F.cross_entropy(names.view(-1, CHOICES), colours.flatten(), ignore_index=UNNAMED)
    assert one.g_loss(data)["names"].item() == pytest.approx(expected.item(), rel=1e-6)


def test_whoever_is_asked_for_nothing_pays_nothing():
    one, data = game(), batch()
    silent = data._replace(condition=torch.zeros_like(data.condition))
    assert one.d_loss(silent)["names"] == one.g_loss(silent)["names"] == 0
    assert torch.equal(one.judge(data.real, silent.condition)[0], torch.zeros(4))


def test_half_the_weight_is_half_the_price():
    whole, half = (game(replace(SMALL, naming=naming)).g_loss(batch())["names"] for naming in (1.0, 0.5))
    assert half.item() == pytest.approx(whole.item() / 2)


def test_real_and_fake_are_the_terms_of_the_first_gan():
    one, data = game(), batch()
    real, fake = one.discriminator(data.real)[0], one.discriminator(one.generate(data))[0]
    value = torch.log(real.sigmoid()).mean() + torch.log(1 - fake.sigmoid()).mean()
    terms = one.d_loss(data)
    assert -(terms["real"] + terms["fake"]).item() == pytest.approx(value.item(), abs=1e-5)
    assert one.g_loss(data)["fake"].item() == pytest.approx(-torch.log(fake.sigmoid()).mean().item(), abs=1e-5)


def test_d_learns_names_from_real_pictures_alone_and_g_is_paid_for_its_own():
    one, data = game(), batch()
    one.d_loss(data)["names"].backward()
    assert all(weight.grad is None for weight in one.generator.parameters())
    named = [weight.grad.clone() for weight in one.discriminator.name.parameters()]
    one.zero_grad()
    again = data._replace(noise=torch.randn_like(data.noise))           # other fakes, the same lesson
    one.d_loss(again)["names"].backward()
    assert all(torch.equal(a, b.grad) for a, b in zip(named, one.discriminator.name.parameters()))
    one.zero_grad()
    one.g_loss(data)["names"].backward()
    assert all(weight.grad.abs().sum() > 0 for weight in one.generator.embed.parameters())


def test_the_penalty_leaves_the_names_free():
    one, data = game(), batch()
    sum(one.penalty(data).values()).backward()
    assert all(weight.grad is None for weight in one.discriminator.name.parameters())
    assert one.discriminator.see[0].weight.grad.abs().sum() > 0


def test_the_judge_prefers_the_right_names_once_d_has_learned_them():
    one, data = game(), batch(16)
    before = one.judge(data.real, data.condition, data.wrong_condition)
    optimizer = torch.optim.Adam(one.discriminator.parameters(), lr=1e-2)
    for _ in range(40):
        optimizer.zero_grad()
        one.d_loss(data)["names"].backward()
        optimizer.step()
    right, wrong = one.judge(data.real, data.condition, data.wrong_condition)
    assert all(answers.shape == (16,) and (answers <= 0).all() for answers in before)
    assert right.mean() > -0.1 and wrong.mean() < -1


def test_a_step_moves_both_and_the_second_head():
    one = game()
    state = TrainState(one, Recipe(steps=1, batch=4, penalty_every=1), make_fabric("cpu", "32-true"))
    before = {name: weight.clone() for name, weight in one.named_parameters()}
    terms = train_step(one, state, batch())
    assert set(terms) == {"D: real", "D: fake", "D: names", "D: R1", "G: fake", "G: names"}
    moved = {name for name, weight in one.named_parameters() if not torch.equal(weight, before[name])}
    assert {"discriminator.name.1.weight", "generator.embed.0.weight"} <= moved


def test_a_condition_that_is_no_row_of_choices_is_refused():
    with pytest.raises(ValueError, match="a condition of 13 numbers should be whole one-hots of 3"):
        replace(SMALL, condition_dim=13)
