"""DCGAN: the authors' sizes and weights, shapes, who moves in a step, its batches (DCG-01, 02, 03, 06, 07, 09, 16)."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.data.picture_batches import PictureBatches
from t2ilib.data.toys import Batch
from t2ilib.papers import dcgan, gan
from t2ilib.papers.dcgan import PUBLISHED, RECIPES, Config, Discriminator, Generator
from t2ilib.runtime import count_parameters
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

SMALL = Config(size=16, noise_dim=6, g_channels=4, d_channels=4)
SMALL_PUBLISHED = replace(PUBLISHED, size=16, noise_dim=6, g_channels=4, d_channels=4)
POOLING = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


def game(config=SMALL):
    torch.manual_seed(0)
    return dcgan.build(config)


def batch(size=4, config=SMALL):
    stream = runtime.generator(5)
    return Batch(torch.randn(size, config.channels, config.size, config.size, generator=stream).tanh(),
                 torch.randn(size, config.noise_dim, generator=stream))


def layers(network, *kinds):
    return [module for module in network.modules() if isinstance(module, kinds)]


def sides(network, value):
    """The side of what each layer with weights gives."""
    found = []
    hooks = [layer.register_forward_hook(lambda _, __, made: found.append(made.shape[-1]))
             for layer in layers(network, nn.Conv2d, nn.ConvTranspose2d)]
    with torch.no_grad():
        network(value)
    for hook in hooks:
        hook.remove()
    return found


# --- the authors' networks ----------------------------------------------------------------------------------------

def test_dcg01_published_sizes_are_the_authors():
    """64 x 64 pixels, 100 numbers of noise, width 64, no biases."""
    assert count_parameters(Generator(PUBLISHED)) == 3_576_704
    assert count_parameters(Discriminator(PUBLISHED)) == 2_765_568


def test_dcg01_published_weights_have_the_authors_shapes_in_their_order():
    """Those of the common PyTorch port, whose layers are numbered along one row."""
    g, d = (dict(kind(PUBLISHED).named_parameters()).values() for kind in (Generator, Discriminator))
    assert [tuple(w.shape) for w in g if w.ndim == 4] == [
        (100, 512, 4, 4), (512, 256, 4, 4), (256, 128, 4, 4), (128, 64, 4, 4), (64, 3, 4, 4)]
    assert [tuple(w.shape) for w in d if w.ndim == 4] == [
        (64, 3, 4, 4), (128, 64, 4, 4), (256, 128, 4, 4), (512, 256, 4, 4), (1, 512, 4, 4)]
    assert [len(w) for w in g if w.ndim == 1] == [512, 512, 256, 256, 128, 128, 64, 64]     # scales and shifts of BN
    assert [len(w) for w in d if w.ndim == 1] == [128, 128, 256, 256, 512, 512]


def plain_row(config):
    """Both published networks written down layer by layer, for 64 pixels."""
    g, d, z = config.g_channels, config.d_channels, config.noise_dim
    up, down = {"stride": 2, "padding": 1, "bias": False}, {"stride": 2, "padding": 1, "bias": False}
    leaky = nn.LeakyReLU(0.2)
    return (nn.Sequential(
        nn.ConvTranspose2d(z, 8 * g, 4, 1, 0, bias=False), nn.BatchNorm2d(8 * g), nn.ReLU(),
        nn.ConvTranspose2d(8 * g, 4 * g, 4, **up), nn.BatchNorm2d(4 * g), nn.ReLU(),
        nn.ConvTranspose2d(4 * g, 2 * g, 4, **up), nn.BatchNorm2d(2 * g), nn.ReLU(),
        nn.ConvTranspose2d(2 * g, g, 4, **up), nn.BatchNorm2d(g), nn.ReLU(),
        nn.ConvTranspose2d(g, 3, 4, **up), nn.Tanh()),
        nn.Sequential(
        nn.Conv2d(3, d, 4, **down), leaky,
        nn.Conv2d(d, 2 * d, 4, **down), nn.BatchNorm2d(2 * d), leaky,
        nn.Conv2d(2 * d, 4 * d, 4, **down), nn.BatchNorm2d(4 * d), leaky,
        nn.Conv2d(4 * d, 8 * d, 4, **down), nn.BatchNorm2d(8 * d), leaky,
        nn.Conv2d(8 * d, 1, 4, 1, 0, bias=False)))


@pytest.mark.parametrize("player", [0, 1], ids=["generator", "discriminator"])
def test_dcg01_published_networks_compute_what_the_plain_row_of_layers_does(player):
    config = replace(PUBLISHED, g_channels=4, d_channels=4)
    one, plain = game(config), plain_row(config)[player]
    ours = (one.generator, one.discriminator)[player]
    plain.load_state_dict(dict(zip(plain.state_dict(), ours.state_dict().values(), strict=True)))
    value = torch.randn(3, 100) if player == 0 else torch.randn(3, 3, 64, 64)
    expected = plain(value[:, :, None, None]) if player == 0 else plain(value).flatten()
    assert torch.allclose(ours(value), expected, atol=1e-6)


def test_published_weights_start_near_zero_and_norms_near_one():
    one = game(replace(PUBLISHED, g_channels=32, d_channels=32))
    for layer in layers(one, nn.Conv2d, nn.ConvTranspose2d):
        assert layer.bias is None
        if layer.weight.numel() > 10_000:
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.03)
            assert abs(layer.weight.mean().item()) < 0.02 * 5 / math.sqrt(layer.weight.numel())
    scales = torch.cat([layer.weight for layer in layers(one, nn.BatchNorm2d)])
    assert scales.mean().item() == pytest.approx(1, abs=0.005) and scales.std().item() == pytest.approx(0.02, rel=0.2)
    assert all((layer.bias == 0).all() for layer in layers(one, nn.BatchNorm2d))


def test_the_steady_recipe_keeps_pytorchs_weights():
    """Uniform between -1 and 1 over the root of the inputs, as PyTorch has it: not the paper's."""
    layer = game(Config(g_channels=16, d_channels=16)).discriminator.see[2]
    assert layer.weight.abs().max().item() == pytest.approx(1 / math.sqrt(16 * 4 * 4), rel=0.01)


# --- the guidelines -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("config", [SMALL, SMALL_PUBLISHED], ids=["steady", "published"])
def test_dcg02_no_pooling_and_dcg04_no_fully_connected_layer(config):
    assert not layers(game(config), *POOLING, nn.Linear)


def test_dcg03_batch_norm_in_both_players_but_not_at_gs_end_nor_at_ds_beginning():
    one = game(replace(PUBLISHED, g_channels=4, d_channels=4))
    kinds = [type(layer).__name__ for layer in layers(one.generator, nn.ConvTranspose2d, nn.BatchNorm2d)]
    assert kinds == ["ConvTranspose2d", "BatchNorm2d"] * 4 + ["ConvTranspose2d"]
    kinds = [type(layer).__name__ for layer in layers(one.discriminator, nn.Conv2d, nn.BatchNorm2d)]
    assert kinds == ["Conv2d"] + ["Conv2d", "BatchNorm2d"] * 3 + ["Conv2d"]


def test_dcg06_rectifiers_in_g_and_tanh_at_its_end():
    one, data = game(), batch(64)
    assert len(layers(one.generator, nn.ReLU)) == 2 and isinstance(one.generator.paint[-1], nn.Tanh)
    nn.init.constant_(one.generator.paint[0].conv.weight, 9.0)
    assert one.generate(data).abs().max() <= 1 and one.generator.paint[0](torch.ones(1, 4, 8, 8)).max() > 1


def test_dcg07_leaky_rectifiers_of_slope_one_fifth_in_d():
    found = layers(game().discriminator, nn.LeakyReLU)
    assert found and {layer.negative_slope for layer in found} == {0.2} and not layers(game().discriminator, nn.ReLU)


def test_dcg09_published_recipes_have_the_papers_adam():
    for config, recipe in RECIPES["published"].values():
        assert (recipe.lr, recipe.betas, recipe.penalty_every, config.r1) == (2e-4, (0.5, 0.999), 0, 0)
    assert RECIPES["published"]["gpu"][0] == PUBLISHED and RECIPES["published"]["gpu"][1].batch == 128


@pytest.mark.parametrize("upsampling", ["nearest", "transposed"])
def test_dcg16_the_side_doubles_from_four_and_halves_back_to_four(upsampling):
    one = game(Config(g_channels=4, d_channels=4, upsampling=upsampling))
    assert sides(one.generator, torch.randn(1, 100)) == [4, 8, 16, 32, 64]
    assert sides(one.discriminator, torch.randn(1, 3, 64, 64)) == [32, 16, 8, 4, 1]


@pytest.mark.parametrize("size, channels", [(8, 1), (16, 3), (32, 3), (64, 3), (128, 3)])
def test_every_size_keeps_the_shapes(size, channels):
    config = replace(SMALL, size=size, channels=channels)
    one, data = game(config), batch(config=config)
    assert one.generate(data).shape == data.real.shape and one.discriminator(data.real).shape == (4,)
    assert one.generate(data).abs().max() <= 1
    assert config.widths(4)[-1] == 4 and one.discriminator.see(data.real).shape[1:] == (size // 2, 4, 4)


@pytest.mark.parametrize("size", [4, 48, 100])
def test_a_size_that_cannot_be_halved_down_to_four_is_refused(size):
    with pytest.raises(ValueError, match=f"power of two from 8 on, got {size}"):
        Config(size=size)


def test_an_unknown_upsampling_is_refused():
    with pytest.raises(ValueError, match="one of nearest, transposed, got 'bilinear'"):
        Config(upsampling="bilinear")


# --- the game -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("config", [SMALL, SMALL_PUBLISHED], ids=["steady", "published"])
def test_the_losses_are_the_cross_entropies_of_the_first_gan(config):
    one, data = game(config), batch(config=config)
    with torch.no_grad():
        real, fake = one.discriminator(data.real), one.discriminator(one.generate(data))
    bce, yes, no = F.binary_cross_entropy_with_logits, torch.ones(4), torch.zeros(4)
    assert {name: term.item() for name, term in one.d_loss(data).items()} == pytest.approx(
        {"real": bce(real, yes).item(), "fake": bce(fake, no).item()}, abs=1e-6)
    assert sum(one.g_loss(data).values()).item() == pytest.approx(bce(fake, yes).item(), abs=1e-6)
    assert dcgan.Dcgan.d_loss is gan.Gan.d_loss and dcgan.Dcgan.g_loss is gan.Gan.g_loss


def test_the_penalty_is_gamma_times_half_the_squared_slope_at_real_pictures():
    one, data = game(replace(SMALL, r1=3.0)), batch()
    slope = torch.randn(3, 16, 16)
    one.discriminator.forward = lambda image: (image * slope).sum((1, 2, 3))
    assert one.penalty(data)["R1"].item() == pytest.approx(3 * slope.square().sum().item() / 2, rel=1e-5)


@pytest.mark.parametrize("config, every", [(SMALL, 1), (SMALL_PUBLISHED, 0)], ids=["steady", "published"])
def test_all_weights_of_both_players_move_in_a_step(config, every):
    one = game(config)
    recipe = Recipe(steps=1, batch=8, penalty_every=every, precision="32-true")
    state = TrainState(one, recipe, make_fabric("cpu", recipe.precision))
    before = {name: value.clone() for name, value in one.named_parameters()}
    terms = train_step(one, state, batch(8))
    still = [name for name, value in one.named_parameters() if value.equal(before[name])]
    assert still == []
    assert set(terms) == {"D: real", "D: fake", "G: fake", *(["D: R1"] if every else [])}


def test_d_learns_without_moving_g_and_g_without_moving_d():
    one, data = game(), batch()
    sum(one.d_loss(data).values()).backward()
    assert all(weight.grad is None for weight in one.generator.parameters())
    recipe = Recipe(steps=1, lrs={"generator": 0.0}, precision="32-true")
    state = TrainState(game(), recipe, make_fabric("cpu", recipe.precision))
    still = {name: value.clone() for name, value in state.task.generator.named_parameters()}
    train_step(state.task, state, data)
    assert all(value.equal(still[name]) for name, value in state.task.generator.named_parameters())


def test_recipes_fit_their_configs():
    for recipes in RECIPES.values():
        assert set(recipes) == {"smoke", "laptop", "gpu"}
        for config, recipe in recipes.values():
            assert bool(config.r1) == bool(recipe.penalty_every) and config.size == 64
    assert all(config.noise == "uniform" for config, _ in RECIPES["published"].values())


# --- the batches --------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def birds():
    return rendered.load(World(0, 1), "train", 40, 32)


def test_a_batch_is_a_function_of_seed_step_and_rank(birds):
    first = PictureBatches(birds, 6, 5, seed=1)
    again = PictureBatches(birds, 6, 5, seed=1)(3)
    assert all(a.equal(b) for a, b in zip(first(3), again))
    for other in (first(4), first(3, rank=1), PictureBatches(birds, 6, 5, seed=2)(3)):
        assert not other.real.equal(again.real) and not other.noise.equal(again.noise)


def test_a_batch_holds_pictures_of_the_set_or_their_mirror_images(birds):
    drawn = runtime.to_pixels(PictureBatches(birds, 64, 5)(0).real)
    plain = [any((picture == one).all() for one in birds.images) for picture in drawn]
    turned = [any((picture[:, ::-1] == one).all() for one in birds.images) for picture in drawn]
    assert np.logical_or(plain, turned).all() and any(plain) and any(turned)


def test_larger_pictures_are_cut_and_smaller_ones_refused(birds):
    assert PictureBatches(birds, 4, 5, size=16)(0).real.shape == (4, 3, 16, 16)
    with pytest.raises(ValueError, match="of 64 pixels or more, got 32"):
        PictureBatches(birds, 4, 5, size=64)


@pytest.mark.parametrize("kind, spread, bounded", [("normal", 1, False), ("uniform", 3 ** -0.5, True)])
def test_the_noise_is_of_its_kind(birds, kind, spread, bounded):
    noise = PictureBatches(birds, 100, 100, noise=kind)(0).noise
    assert noise.std().item() == pytest.approx(spread, rel=0.03) and (noise.abs().max() <= 1) == bounded
