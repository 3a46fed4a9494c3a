"""The first GAN: who learns from what, its sizes, its batches, and the exact entries GAN-02, 04, 05, 14, 15."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from t2ilib import runtime, theory
from t2ilib.data.toys import Batch, Gaussian, Mixture, Ring, SourceBatches
from t2ilib.losses import logistic_no, logistic_yes, r1_penalty
from t2ilib.papers.gan import PUBLISHED_SIZES, RECIPES, Config, Discriminator, Gan, Generator, SaturatingGan, layers
from t2ilib.runtime import count_parameters
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

SMALL = Config(data_dim=3, noise_dim=2, g_hidden=(8,), d_hidden=(8,), r1=0.5)


def batch(size=6):
    stream = runtime.generator(3)
    return Batch(torch.randn(size, 3, generator=stream), torch.randn(size, 2, generator=stream))


def game(kind=Gan, config=SMALL):
    torch.manual_seed(0)
    return kind(config)


def gradients(terms, module):
    return torch.autograd.grad(sum(terms.values()), list(module.parameters()), allow_unused=True)


# --- the losses ---------------------------------------------------------------------------------------------------

def test_gan_02_the_two_losses_of_d_are_the_two_terms_of_the_value():
    one, data = game(), batch()
    real, fake = one.discriminator(data.real), one.discriminator(one.generator(data.noise))
    terms = one.d_loss(data)
    wanted = {"real": F.binary_cross_entropy(real.sigmoid(), torch.ones(6)),
              "fake": F.binary_cross_entropy(fake.sigmoid(), torch.zeros(6))}
    for name, term in wanted.items():
        assert terms[name].item() == pytest.approx(term.item(), abs=1e-6)
    value = theory.value_of_answers(real.sigmoid().detach().numpy(), fake.sigmoid().detach().numpy())
    assert value == pytest.approx(-sum(terms.values()).item(), abs=1e-6)


def test_gan_05_the_first_term_has_no_gradient_for_g_and_the_second_has():
    one, data = game(), batch()
    first, second = logistic_yes(one.discriminator(data.real)), logistic_no(one.discriminator(one.generate(data)))
    assert all(gradient is None for gradient in gradients({"real": first}, one.generator))
    assert all(gradient.abs().sum() > 0 for gradient in gradients({"fake": second}, one.generator))


@pytest.mark.parametrize("term", ["real", "fake"])
def test_d_learns_from_both_of_its_terms_and_g_from_none(term):
    one = game()
    terms = {term: one.d_loss(batch())[term]}
    assert all(gradient.abs().sum() > 0 for gradient in gradients(terms, one.discriminator))
    terms = {term: one.d_loss(batch())[term]}
    assert all(gradient is None for gradient in gradients(terms, one.generator))


@pytest.mark.parametrize("kind, slope", [(Gan, 1), (SaturatingGan, 0)])
def test_gan_14_each_fake_is_pulled_by_the_slope_of_the_loss(kind, slope):
    """d loss / d logit of a fake is -slope(logit) / B: D's logits are replaced by free numbers."""
    logits = torch.tensor([-8.0, -4.0, 0.0, 3.0], dtype=torch.float32, requires_grad=True)
    one = game(kind)
    one.discriminator.forward = lambda samples: logits
    gradient, = torch.autograd.grad(sum(one.g_loss(batch(4)).values()), logits)
    expected = theory.slopes(logits.detach().numpy())[slope]
    assert -4 * gradient.numpy() == pytest.approx(expected, rel=1e-4)       # both raise the logit


def test_the_saturating_loss_is_the_second_term_of_the_value():
    one, data = game(SaturatingGan), batch()
    answers = one.discriminator(one.generate(data)).sigmoid()
    assert sum(one.g_loss(data).values()).item() == pytest.approx((1 - answers).log().mean().item(), abs=1e-6)
    honest = game(Gan)
    assert sum(honest.g_loss(data).values()).item() == pytest.approx(-answers.log().mean().item(), abs=1e-6)


class Undecided(torch.nn.Module):
    """D = 1/2 everywhere: the best answer to a perfect generator."""

    def forward(self, samples):
        return 0 * samples.sum(1)


@pytest.mark.parametrize("kind", [Gan, SaturatingGan])
def test_gan_15_at_the_optimum_both_losses_let_g_rest(kind):
    one = game(kind)
    one.discriminator = Undecided()
    assert all(gradient.abs().max() < 1e-3 for gradient in gradients(one.g_loss(batch()), one.generator))
    assert sum(one.d_loss(batch()).values()).item() == pytest.approx(2 * math.log(2), abs=1e-6)


@pytest.mark.parametrize("kind", [Gan, SaturatingGan])
def test_gan_15_away_from_it_both_pull(kind):
    one = game(kind)
    assert max(gradient.abs().max() for gradient in gradients(one.g_loss(batch()), one.generator)) > 1e-2


def test_r1_is_half_the_mean_squared_slope_at_real_data_times_gamma():
    one, data = game(), batch()
    one.discriminator.forward = lambda samples: 2 * samples[:, 0] + samples.square().sum(1) / 2
    slopes = data.real + torch.tensor([2.0, 0.0, 0.0])
    assert one.penalty(data)["R1"].item() == pytest.approx(0.5 * slopes.square().sum(1).mean().item() / 2, rel=1e-5)


def test_r1_teaches_d_and_is_zero_for_a_flat_one():
    one = game()
    assert gradients(one.penalty(batch()), one.discriminator)[0].abs().sum() > 0
    real = batch().real.requires_grad_(True)
    assert r1_penalty(Undecided()(real), real).item() == 0


# --- the players --------------------------------------------------------------------------------------------------

def test_the_published_sizes_have_the_known_numbers_of_weights():
    """Counted by hand from the widths: 1,510,032 of G (with batch normalisation) and 533,505 of D."""
    assert count_parameters(Generator(PUBLISHED_SIZES)) == 1_510_032
    assert count_parameters(Discriminator(PUBLISHED_SIZES)) == 533_505


def test_batch_normalisation_stands_after_every_hidden_layer_but_the_first():
    kinds = [type(layer).__name__ for layer in layers((1, 2, 3, 4, 5), normed=True)]
    hidden = ["Linear", "BatchNorm1d", "LeakyReLU"]
    assert kinds == ["Linear", "LeakyReLU", *hidden, *hidden, "Linear"]
    assert "BatchNorm1d" not in str(Discriminator(PUBLISHED_SIZES))


def test_a_leaky_rectifier_lets_a_fifth_through():
    stack = layers((1, 1, 1))
    for weight in stack.parameters():
        torch.nn.init.constant_(weight, float(weight.ndim == 2))            # weights 1, biases 0
    assert stack(torch.tensor([[-5.0], [5.0]])).tolist() == [[-1.0], [5.0]]


def test_samples_are_bounded_for_pixels_and_free_for_toys():
    noise = 50 * torch.randn(200, 2, generator=runtime.generator(0))
    torch.manual_seed(0)
    bounded = Generator(SMALL)(noise)
    torch.manual_seed(0)
    free = Generator(replace(SMALL, bounded=False))(noise)
    assert bounded.shape == free.shape == (200, 3) and bounded.abs().max() <= 1 < free.abs().max()
    assert torch.allclose(bounded, free.tanh())


def test_d_gives_one_logit_for_a_sample():
    logits = 100 * Discriminator(SMALL)(batch().real)
    assert logits.shape == (6,) and logits.abs().max() > 1


def test_the_logged_answers_are_mean_probabilities():
    one, data = game(), batch()
    answers = one.answers(data)
    assert answers["D(real)"].item() == pytest.approx(one.discriminator(data.real).sigmoid().mean().item())
    fake = one.generator(data.noise)
    assert answers["D(fake)"].item() == pytest.approx(one.discriminator(fake).sigmoid().mean().item())


# --- a step -------------------------------------------------------------------------------------------------------

def step_once(freeze=()):
    recipe = Recipe(steps=1, batch=6, precision="32-true", penalty_every=1,
                    lrs={player: 0.0 for player in freeze})
    state = TrainState(game(), recipe, make_fabric("cpu", "32-true"))
    before = {name: value.clone() for name, value in state.task.named_parameters()}
    terms = train_step(state.task, state, batch())
    return {name for name, value in state.task.named_parameters() if not torch.equal(value, before[name])}, terms


def test_a_step_moves_both_players_and_names_their_terms():
    moved, terms = step_once()
    assert {name.split(".")[0] for name in moved} == {"generator", "discriminator"} and len(moved) == 8
    assert list(terms) == ["D: real", "D: fake", "D: R1", "G: fake"]


@pytest.mark.parametrize("still, moving", [("generator", "discriminator"), ("discriminator", "generator")])
def test_a_player_without_a_learning_rate_stands_still(still, moving):
    moved, _ = step_once(freeze=[still])
    assert {name.split(".")[0] for name in moved} == {moving}


def test_the_recipes_name_their_precision_and_the_published_one_has_no_penalty():
    for variant, profiles in RECIPES.items():
        for config, recipe in profiles.values():
            assert recipe.precision == "32-true"
            assert (config.r1 > 0) == (recipe.penalty_every > 0) == (variant == "steady")
            assert recipe.betas == ((0.0, 0.99) if variant == "steady" else (0.5, 0.999))


# --- batches ------------------------------------------------------------------------------------------------------

def test_a_batch_is_a_function_of_seed_step_and_rank():
    def draw(seed, *where):
        return SourceBatches(Ring(), 5, 3, seed)(*where)
    first, again = draw(0, 7), draw(0, 7)
    assert torch.equal(first.real, again.real) and torch.equal(first.noise, again.noise)
    for other in (draw(1, 7), draw(0, 8), draw(0, 7, 1)):
        assert not torch.equal(first.real, other.real) and not torch.equal(first.noise, other.noise)
    assert first.real.shape == (5, 2) and first.noise.shape == (5, 3)


@pytest.mark.parametrize("kind, spread, top", [("normal", 1.0, 9), ("uniform", 3 ** -0.5, 1)])
def test_both_kinds_of_noise(kind, spread, top):
    noise = SourceBatches(Gaussian(), 20_000, 1, noise=kind)(0).noise
    assert noise.std().item() == pytest.approx(spread, abs=0.02) and noise.mean().abs() < 0.03
    assert noise.abs().max() <= top and (kind == "uniform" or noise.abs().max() > 2)


def test_an_unknown_noise_is_refused():
    with pytest.raises(ValueError, match="should be \"normal\" or \"uniform\", got 'pink'"):
        SourceBatches(Gaussian(), 2, 1, noise="pink")


@pytest.mark.parametrize("source", [Gaussian(1.0, 0.5), Mixture((Gaussian(-2, 0.5), Gaussian(1, 0.2)))])
def test_samples_follow_the_density_of_their_source(source):
    x = np.linspace(-5, 5, 101)
    counts, _ = np.histogram(source.sample(100_000, runtime.generator(0)).numpy(), x, density=True)
    middles = (x[:-1] + x[1:]) / 2
    assert np.abs(counts - source.density(middles)).max() < 0.03
    assert source.density(x).sum() * 0.1 == pytest.approx(1, abs=1e-3)


def test_the_ring_has_equal_modes_on_its_circle():
    ring = Ring()
    assert torch.allclose(ring.centres.norm(dim=1), torch.full((8,), 2.0)) and len(ring.centres.unique(dim=0)) == 8
    samples = ring.sample(8000, runtime.generator(0))
    away = torch.cdist(samples, ring.centres)
    counts = away.argmin(1).bincount(minlength=8)
    assert counts.min() > 900 and away.min(1).values.square().mean().item() == pytest.approx(2 * 0.1**2, rel=0.05)
