"""GAN-CLS and GAN-INT: who learns from what, and the equations (CLS-01, 02, 03, 05, 06, 10)."""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from t2ilib.losses import logistic_no, logistic_yes, matching_loss, r1_penalty
from t2ilib.papers import gan_cls
from t2ilib.papers.gan_cls import (
    FAMILY,
    PUBLISHED,
    TITLES,
    Config,
    Discriminator,
    GanCls,
    GanIntCls,
    Generator,
    TextBatch,
)
from t2ilib.runtime import count_parameters

SMALL = Config(text_dim=12, condition_dim=8, noise_dim=6, g_channels=4, d_channels=4)


def batch(size=4, config=SMALL, seed=0):
    stream = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(*shape, generator=stream)     # noqa: E731
    return TextBatch(draw(size, 3, 64, 64).tanh(), draw(size, config.text_dim), draw(size, config.text_dim),
                     draw(size, config.noise_dim))


def game(kind=GanIntCls, config=SMALL):
    torch.manual_seed(0)
    return kind(config)


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, g_norm=False),
                                    replace(SMALL, upsampling="transposed", d_norm=True)])
def test_cls01_shapes(config):
    one = game(config=config)
    data = batch(config=config)
    fake = one.generate(data)
    assert fake.shape == (4, 3, 64, 64) and fake.abs().max() <= 1
    logits = one.discriminator(fake, data.text, data.wrong_text)
    assert [tuple(x.shape) for x in logits] == [(4,), (4,)]


def test_published_sizes_are_those_of_the_authors_code():
    """18,905,472 and 4,030,080 without convolution biases (the authors zero them before each step)."""
    assert count_parameters(Generator(PUBLISHED)) == 18_905_472
    assert count_parameters(Discriminator(PUBLISHED)) == 4_030_080


def test_judging_one_picture_with_two_texts_is_two_passes():
    one, data = game(), batch()
    both = one.discriminator(data.image, data.text, data.wrong_text)
    apart = one.discriminator(data.image, data.text) + one.discriminator(data.image, data.wrong_text)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(both, apart, strict=True))


def test_cls02_the_text_reaches_the_score_and_the_picture():
    one, data = game(), batch()
    text = data.text.clone().requires_grad_(True)
    score, = one.discriminator(data.image, text)
    gradient, = torch.autograd.grad(score.sum(), text)
    assert gradient.abs().sum() > 0
    gradient, = torch.autograd.grad(one.generator(data.noise, text).sum(), text)
    assert gradient.abs().sum() > 0


def test_losses_have_their_closed_forms():
    zero = torch.zeros(5)
    assert logistic_yes(zero).item() == pytest.approx(math.log(2))
    logits = torch.linspace(-3, 3, 7)
    assert torch.allclose(logistic_yes(logits), F.binary_cross_entropy_with_logits(logits, torch.ones(7)))
    assert torch.allclose(logistic_no(logits), F.binary_cross_entropy_with_logits(logits, torch.zeros(7)))


def test_cls05_discriminator_loss_is_the_weighted_cross_entropy():
    one, data = game(), batch()
    terms = one.d_loss(data)
    with torch.no_grad():
        s_r, s_w = one.discriminator(data.image, data.text, data.wrong_text)
        s_f, = one.discriminator(one.generate(data), data.text)
    bce = F.binary_cross_entropy_with_logits
    expected = bce(s_r, torch.ones(4)) + 0.5 * (bce(s_w, torch.zeros(4)) + bce(s_f, torch.zeros(4)))
    assert sum(terms.values()).item() == pytest.approx(expected.item(), abs=1e-6)


def test_cls05_an_undecided_discriminator_pays_two_log_two():
    one = game()
    torch.nn.init.zeros_(one.discriminator.compare[-2].weight)
    torch.nn.init.zeros_(one.discriminator.compare[-2].bias)
    assert sum(one.d_loss(batch()).values()).item() == pytest.approx(2 * math.log(2))


def test_swap_a_mismatch_that_is_the_right_text_changes_the_loss():
    """The wrong pair is not inert: with the identity as mismatch sampler the loss differs."""
    one, data = game(), batch()
    honest = one.d_loss(data)["real, wrong text"]
    swapped = one.d_loss(data._replace(wrong_text=data.text))["real, wrong text"]
    assert abs(honest - swapped) > 1e-6


def test_cls03_without_matching_the_wrong_pair_has_no_weight():
    naive = game(config=replace(SMALL, matching=0.0))
    terms = naive.d_loss(batch())
    assert terms["real, wrong text"] == 0 and terms["fake, right text"] > 0


def test_the_discriminators_loss_leaves_the_generator_alone():
    one = game()
    sum(one.d_loss(batch()).values()).backward()
    assert all(p.grad is None for p in one.generator.parameters())
    assert all(p.grad is not None for p in one.discriminator.parameters())


def test_cls10_the_caption_of_a_midpoint_gets_a_gradient_only_through_interpolation():
    """With the own term switched off, G's loss still depends on every caption: through the midpoints."""
    one, data = game(), batch()
    text = data.text.clone().requires_grad_(True)
    between = one.g_loss(data._replace(text=text))["fake, text between"]
    gradient, = torch.autograd.grad(between, text)
    assert (gradient.abs().sum(1) > 0).all()


def test_cls10_the_midpoint_term_by_hand():
    """Without batch statistics: own captions and midpoints apart, the weight 0.3, the divisor 3B/2."""
    one, data = game(config=replace(SMALL, g_norm=False, interpolation=0.3)), batch()
    between = (data.text[[0, 2]] + data.text[[1, 3]]) / 2
    with torch.no_grad():
        own, = one.discriminator(one.generate(data), data.text)
        midway, = one.discriminator(one.generator(data.noise[[0, 2]], between), between)
    terms = one.g_loss(data)
    assert terms["fake, right text"].item() == pytest.approx(F.softplus(-own).sum().item() / 6, abs=1e-6)
    assert terms["fake, text between"].item() == pytest.approx(0.3 * F.softplus(-midway).sum().item() / 6, abs=1e-6)


def test_cls06_gan_cls_is_judged_with_the_text_it_was_asked_for():
    one, data = game(GanCls), batch()
    with torch.no_grad():
        expected = F.softplus(-one.discriminator(one.generate(data), data.text)[0]).mean()
    assert one.g_loss(data)["fake, right text"].item() == pytest.approx(expected.item(), abs=1e-6)


def test_the_penalty_has_the_weight_of_its_config_and_the_right_text():
    data = batch()
    one, three = (game(config=replace(SMALL, r1=weight)) for weight in (1.0, 3.0))
    assert three.penalty(data)["R1"].item() == pytest.approx(3 * one.penalty(data)["R1"].item(), rel=1e-5)
    assert one.penalty(data)["R1"] == one.penalty(data._replace(wrong_text=data.wrong_text * 2))["R1"]
    assert one.penalty(data)["R1"] != one.penalty(data._replace(text=data.wrong_text))["R1"]


def test_cls10_no_interpolated_text_reaches_the_discriminators_loss():
    one, data = game(), batch()
    other = game(config=replace(SMALL, interpolation=0.0))
    assert {k: v.item() for k, v in one.d_loss(data).items()} == {k: v.item() for k, v in other.d_loss(data).items()}


def test_cls10_weight_zero_is_gan_cls_bit_for_bit():
    data = batch()
    with_weight_zero = game(GanIntCls, replace(SMALL, interpolation=0.0)).g_loss(data)
    plain = game(GanCls).g_loss(data)
    assert with_weight_zero.keys() == plain.keys()
    assert torch.equal(sum(with_weight_zero.values()), sum(plain.values()))


def test_cls10_equal_captions_are_their_own_midpoint():
    """For a batch of one repeated caption and noise, without batch statistics, the midpoint term is the plain one."""
    one, data = game(config=replace(SMALL, g_norm=False)), batch()
    same = data._replace(text=data.text[:1].expand(4, -1), noise=data.noise[:1].expand(4, -1))
    terms = one.g_loss(same)
    assert terms["fake, text between"].item() == pytest.approx(terms["fake, right text"].item() / 2, abs=1e-6)


def test_r1_of_a_linear_discriminator_is_half_its_squared_slope():
    slope = torch.randn(3, 64, 64)
    image = torch.randn(5, 3, 64, 64, requires_grad=True)
    logits = (image * slope).sum((1, 2, 3)) + 1.0
    assert r1_penalty(logits, image).item() == pytest.approx(slope.square().sum().item() / 2, rel=1e-5)


def test_the_penalty_is_of_real_pictures_and_trains_the_discriminator():
    one, data = game(), batch()
    penalty = one.penalty(data)["R1"]
    assert penalty == one.penalty(data._replace(noise=data.noise * 5))["R1"]
    penalty.backward()
    moved = [p.grad for p in one.discriminator.see.parameters() if p.ndim > 1]
    assert all(g is not None and g.abs().sum() > 0 for g in moved)
    assert all(p.grad is None for p in one.generator.parameters())


def test_matching_loss_ignores_other_pictures_of_the_class():
    scores = torch.tensor([[2.0, 50.0, 0.0], [50.0, 2.0, 0.0], [0.0, 0.0, 2.0]])
    apart, same = torch.tensor([1, 2, 3]), torch.tensor([1, 1, 3])
    assert matching_loss(scores, same).item() == pytest.approx(
        (2 * math.log(1 + math.exp(-2)) + math.log(1 + 2 * math.exp(-2))) / 3, abs=1e-5)
    assert matching_loss(scores, apart) > 10


def test_published_recipe_has_dcgan_weights():
    torch.manual_seed(0)
    published = gan_cls.build(replace(PUBLISHED, text_dim=64, g_channels=16, d_channels=16))
    weights = published.discriminator.see[2].weight
    assert weights.std().item() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("size", [16, 32, 64, 128])
def test_cls01_every_size_keeps_the_shapes_and_doubles_the_channels(size):
    config = replace(SMALL, size=size)
    one = game(config=config)
    data = batch(config=config)._replace(image=torch.zeros(4, 3, size, size))
    assert one.generate(data).shape == (4, 3, size, size)
    assert [tuple(x.shape) for x in one.discriminator(data.image, data.text)] == [(4,)]
    assert config.widths(4) == [4 * size // 8 // 2**level for level in range(len(config.widths(4)))]
    assert config.widths(4)[-1] == 4 and one.discriminator.see(data.image).shape[1:] == (size // 2, 4, 4)


@pytest.mark.parametrize("size", [8, 48, 100])
def test_a_size_that_cannot_be_halved_down_to_four_is_refused(size):
    with pytest.raises(ValueError, match=f"power of two from 16 on, got {size}"):
        Config(size=size)


@pytest.mark.parametrize("beta, expected", [(1.0, [0, 2]), (0.0, [1, 3])])
def test_cls10_beta_one_and_zero_are_the_captions_themselves(beta, expected):
    one, data = game(config=replace(SMALL, beta=beta)), batch(size=5)
    assert torch.allclose(one.between(data.text), data.text[expected], atol=1e-6)


def test_cls10_with_beta_one_the_term_is_that_of_the_own_captions():
    one, data = game(config=replace(SMALL, beta=1.0, g_norm=False)), batch()
    with torch.no_grad():
        own, = one.discriminator(one.generator(data.noise[[0, 2]], data.text[[0, 2]]), data.text[[0, 2]])
    assert one.g_loss(data)["fake, text between"].item() == pytest.approx(F.softplus(-own).sum().item() / 6, abs=1e-6)


def test_cls11_a_drawn_beta_is_another_for_each_pair_and_lies_between():
    one, data = game(config=replace(SMALL, beta=None)), batch(size=200)
    first, second = data.text[0::2], data.text[1::2]
    torch.manual_seed(1)
    share = ((one.between(data.text) - second) / (first - second)).median(1).values
    assert share.min() > 0 and share.max() < 1 and share.std().item() == pytest.approx(12 ** -0.5, abs=0.05)


def test_cls03_one_code_base_and_two_weights_give_the_four_models():
    games = {name: game(config=replace(SMALL, **changes)) for name, changes in FAMILY.items()}
    data = batch()
    used = {name: (one.d_loss(data)["real, wrong text"].item() > 0, "fake, text between" in one.g_loss(data))
            for name, one in games.items()}
    assert used == {"gan_naive": (False, False), "gan_cls": (True, False), "gan_int": (False, True),
                    "gan_int_cls": (True, True)}
    assert FAMILY.keys() == TITLES.keys()
