"""DCGAN with one guideline broken: what changed and what did not, ways to enlarge, dots (DCG-02 to 07)."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.blocks import UpNearest, UpTransposed
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.data.toys import Batch
from t2ilib.metrics.checkerboard import checkerboard, pattern_energy
from t2ilib.metrics.controls import blurred, dotted, noisy
from t2ilib.papers import dcgan
from t2ilib.papers.variants import guidelines
from t2ilib.papers.variants.guidelines import DEFECTS, GUIDELINES, HIDDEN, UPSAMPLINGS, UpShuffle, UpShuffleAlike
from t2ilib.runtime import count_parameters
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

SMALL = replace(dcgan.PUBLISHED, size=32, noise_dim=6, g_channels=8, d_channels=8)
STEADY = dcgan.Config(size=32, noise_dim=6, g_channels=8, d_channels=8, upsampling="transposed")
BUILDERS = GUIDELINES | DEFECTS | UPSAMPLINGS
all_builders = pytest.mark.parametrize("name", list(BUILDERS))


def game(name, config=SMALL):
    torch.manual_seed(0)
    return BUILDERS[name](config)


def batch(size=8, config=SMALL):
    stream = runtime.generator(5)
    return Batch(torch.randn(size, 3, config.size, config.size, generator=stream).tanh(),
                 torch.randn(size, config.noise_dim, generator=stream))


def layers(network, *kinds):
    return [module for module in network.modules() if isinstance(module, kinds)]


@all_builders
@pytest.mark.parametrize("config", [SMALL, STEADY], ids=["published", "steady"])
def test_each_keeps_the_shapes_and_moves_all_its_weights_in_a_step(name, config):
    one, data = game(name, config), batch(config=config)
    assert one.generate(data).shape == data.real.shape and one.discriminator(data.real).shape == (8,)
    recipe = Recipe(steps=1, batch=8, betas=(0.5, 0.999), precision="32-true")
    before = {key: value.clone() for key, value in one.named_parameters()}
    train_step(one, TrainState(one, recipe, make_fabric("cpu", recipe.precision)), data)
    still = {key for key, value in one.named_parameters() if value.equal(before[key])}
    # before a batch norm, or where the fakes have no gradient yet, a bias may rest; a weight may not
    assert not {key for key in still if before[key].ndim > 1}


def changed(name):
    """The players in which a game differs from the published one, by what they compute at the start."""
    plain, one, data = game("as published"), game(name), batch()
    with torch.no_grad():
        pictures = plain.generate(data), one.generate(data)
        answers = plain.discriminator(data.real), one.discriminator(data.real)
    same = [a.shape == b.shape and torch.allclose(a, b, atol=1e-7) for a, b in (pictures, answers)]
    return {player for player, alike in zip(("generator", "discriminator"), same) if not alike}


BOTH = {"generator", "discriminator"}
CHANGED = {"as published": set(), "max pooling in D": {"discriminator"}, "repeated pixels in G": {"generator"},
           "no batch norm": BOTH, "no batch norm, larger weights": BOTH, "batch norm everywhere": BOTH,
           "batch norm from N(0, 0.02)": BOTH, "batch norm from 1": BOTH, "batch norm with epsilon 0.8": BOTH,
           "average pooling before the answer": {"discriminator"}, "hidden layer before the answer": {"discriminator"},
           "ReLU in D": {"discriminator"}, "LeakyReLU in G": {"generator"}, "no tanh": {"generator"},
           "sigmoid for tanh": {"generator"}, "transposed convolution": set(), "repeat, then convolve": {"generator"},
           "pixel shuffle": {"generator"}, "pixel shuffle, begun alike": {"generator"}}


@all_builders
def test_each_breaks_one_guideline_and_leaves_the_other_player_as_it_was(name):
    assert changed(name) == CHANGED[name]


def weights_in_common(name):
    """The convolutions with the same name and shape in both games, and those of them that begin alike."""
    plain, one = (dict(g.named_parameters()) for g in (game("as published"), game(name)))
    common = [key for key in plain if key in one and plain[key].ndim == 4 and plain[key].shape == one[key].shape]
    return common, [key for key in common if plain[key].equal(one[key])]


@pytest.mark.parametrize("name", [name for name in BUILDERS if not name.startswith("no batch norm")])
def test_layers_in_common_begin_with_the_same_weights(name):
    common, alike = weights_in_common(name)
    assert common and alike == common


# --- DCG-02: strides and pooling ----------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["max pooling in D", "repeated pixels in G"])
def test_dcg02_pooling_has_as_many_weights_as_strides(name):
    plain, one = game("as published"), game(name)
    for player in BOTH:
        assert count_parameters(getattr(one, player)) == count_parameters(getattr(plain, player))


def test_dcg02_pooling_keeps_one_of_the_four_places_that_a_stride_would_choose_or_a_larger_one():
    """The same weights at every place: the stride's answer is one of the four, so the largest is no smaller."""
    plain, one = (game(name).discriminator.see[0] for name in ("as published", "max pooling in D"))
    image = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        assert (one(image) >= plain(image) - 1e-6).all() and (one(image) > plain(image)).float().mean() > 0.5


def test_dcg02_with_pooling_no_layer_of_d_has_a_stride():
    one = game("max pooling in D").discriminator.see
    assert {layer.stride for layer in layers(one, nn.Conv2d)} == {(1, 1)} and len(layers(one, nn.MaxPool2d)) == 3
    assert not layers(game("as published"), nn.MaxPool2d)


def test_dcg02_repeated_pixels_leave_one_transposed_convolution_the_projection():
    assert len(layers(game("repeated pixels in G").generator, nn.ConvTranspose2d)) == 1
    assert len(layers(game("as published").generator, nn.ConvTranspose2d)) == 4


# --- DCG-03: batch normalisation ----------------------------------------------------------------------------------

@pytest.mark.parametrize("name, count", [("as published", 5), ("no batch norm", 0), ("batch norm everywhere", 7),
                                         ("no batch norm, larger weights", 0)])
def test_dcg03_the_number_of_batch_norms(name, count):
    assert len(layers(game(name), nn.BatchNorm2d)) == count


def test_dcg03_everywhere_is_before_gs_tanh_and_behind_ds_first_layer():
    one = game("batch norm everywhere")
    painted, looked = one.generator.paint, one.discriminator.see
    assert isinstance(painted[0][1], nn.BatchNorm2d) and isinstance(painted[1], nn.Tanh)
    assert isinstance(looked[0][1], nn.BatchNorm2d) and isinstance(looked[1], nn.LeakyReLU)


@pytest.mark.parametrize("name, mean, spread", [("as published", 1, 0.02), ("batch norm from N(0, 0.02)", 0, 0.02),
                                                ("batch norm from 1", 1, 0)])
def test_dcg03_the_scales_begin_as_the_name_says(name, mean, spread):
    scales = torch.cat([layer.weight.detach() for layer in layers(game(name, replace(SMALL, g_channels=64)),
                                                                   nn.BatchNorm2d)])
    assert scales.mean().item() == pytest.approx(mean, abs=0.005)
    assert scales.std().item() == pytest.approx(spread, rel=0.2, abs=1e-9)


def test_dcg03_without_norms_the_published_weights_let_the_signal_die_and_larger_ones_less():
    """One picture can hardly be told from another: the spread of D's answers, against that with batch norm."""
    spread = {name: game(name).discriminator(batch(64).real).std().item()
              for name in ("as published", "no batch norm", "no batch norm, larger weights")}
    assert spread["no batch norm"] < spread["no batch norm, larger weights"] < spread["as published"]


def test_scales_near_zero_make_all_features_small():
    features = {name: game(name).generator.seed(torch.randn(64, 6, 1, 1)).std().item()
                for name in ("as published", "batch norm from N(0, 0.02)")}
    assert features["batch norm from N(0, 0.02)"] < 0.05 * features["as published"]


def test_a_large_epsilon_leaves_quiet_features_quiet():
    """Features of variance v come out with variance v / (v + epsilon), not 1: DCGAN's first ones are quiet."""
    one, plain = game("batch norm with epsilon 0.8").generator.seed[:2], game("as published").generator.seed[:2]
    noise = torch.randn(512, 6, 1, 1)
    loud, variance = plain(noise).var().item(), one[0](noise).var().item()
    assert loud == pytest.approx(1, rel=0.1)
    assert one(noise).var().item() == pytest.approx(variance / (variance + 0.8), rel=0.1)


# --- DCG-04, 05: heads --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, count", [("as published", lambda w: 16 * w), ("average pooling before the answer",
                                                                              lambda w: w),
                                         ("hidden layer before the answer", lambda w: 16 * w * HIDDEN + HIDDEN)])
def test_dcg04_the_weights_of_the_three_heads(name, count):
    assert count_parameters(game(name).discriminator.head) == count(32)


def test_dcg05_the_average_head_is_the_mean_over_all_places():
    one, features = game("average pooling before the answer").discriminator.head, torch.randn(3, 32, 4, 4)
    expected = features.mean((2, 3)) @ one[1].weight.flatten()
    assert torch.allclose(one(features), expected, atol=1e-6)


@pytest.mark.parametrize("size", [32, 64])
def test_dcg05_the_average_head_takes_any_side(size):
    assert game("average pooling before the answer").discriminator(torch.randn(2, 3, size, size)).shape == (2,)


def test_dcg05_the_published_head_does_not():
    with torch.no_grad():
        assert game("as published").discriminator(torch.randn(2, 3, 64, 64)).shape != (2,)


def test_dcg04_a_convolution_of_the_whole_map_is_a_fully_connected_layer():
    layer, features = game("hidden layer before the answer").discriminator.head[0], torch.randn(3, 32, 4, 4)
    flat = F.linear(features.flatten(1), layer.weight.flatten(1))
    assert torch.allclose(layer(features).flatten(1), flat, atol=1e-5)


# --- DCG-06, 07: activations --------------------------------------------------------------------------------------

def test_dcg06_only_without_tanh_do_pictures_leave_the_range():
    loud = {}
    for name in ("as published", "no tanh", "sigmoid for tanh"):
        one = game(name)
        one.generator.paint[0].conv.weight.data *= 500
        loud[name] = one.generate(batch()).detach()
    assert loud["as published"].abs().max() <= 1 and loud["no tanh"].abs().max() > 1
    assert loud["sigmoid for tanh"].min() >= 0


def test_dcg07_all_activations_of_a_player_are_exchanged():
    """Three in each at 32 pixels."""
    one, other = game("ReLU in D").discriminator, game("LeakyReLU in G").generator
    assert len(layers(one, nn.ReLU)) == 3 and not layers(one, nn.LeakyReLU)
    assert len(layers(other, nn.LeakyReLU)) == 3 and not layers(other, nn.ReLU)


# --- ways to enlarge ----------------------------------------------------------------------------------------------

def shuffled(kind, inputs=6, outputs=5):
    torch.manual_seed(0)
    layer = kind(inputs, outputs)
    if kind is UpShuffleAlike:
        layer.begin_alike()
    return layer


@pytest.mark.parametrize("kind", [UpTransposed, UpNearest, UpShuffle, UpShuffleAlike])
def test_each_doubles_the_side(kind):
    assert shuffled(kind)(torch.randn(2, 6, 7, 7)).shape == (2, 5, 14, 14)


@pytest.mark.parametrize("bias", [False, True])
def test_begun_alike_a_pixel_shuffle_repeats_pixels(bias):
    """ICNR: it is the convolution of one place, enlarged by repeating; a shuffle as it is drawn is not."""
    features = torch.randn(2, 6, 7, 7)
    for kind, same in ((UpShuffleAlike, True), (UpShuffle, False)):
        torch.manual_seed(0)
        layer = kind(6, 5, bias=bias)
        if same:
            layer.begin_alike()
        small = F.conv2d(features, layer.conv.weight[::4], layer.conv.bias[::4] if bias else None, padding=1)
        repeated = F.interpolate(small, scale_factor=2, mode="nearest")
        assert torch.allclose(layer(features), repeated, atol=1e-6) == same


@pytest.mark.parametrize("kind, smooth", [(UpTransposed, False), (UpNearest, True), (UpShuffle, False),
                                          (UpShuffleAlike, True)])
def test_on_flat_features_only_some_layers_draw_dots(kind, smooth):
    """Inside, away from the border; a flat surface should stay flat."""
    flat = torch.randn(1, 6, 1, 1).expand(-1, -1, 9, 9)
    inside = shuffled(kind)(flat)[..., 4:-4, 4:-4].detach()
    assert (pattern_energy(inside)[0] < 1e-12) == smooth


def test_generators_begun_alike_have_no_dots_at_the_start_and_published_ones_have():
    """Seen on what each layer that doubles makes of positive features, of which every net has plenty."""
    for name, smooth in (("transposed convolution", False), ("repeat, then convolve", True), ("pixel shuffle", False),
                         ("pixel shuffle, begun alike", True)):
        doubling = layers(game(name).generator, UpTransposed, UpNearest, UpShuffle)
        assert len(doubling) == 3
        for layer in doubling:
            flat = torch.rand(1, sizes(layer), 1, 1).expand(-1, -1, 9, 9)
            assert (pattern_energy(layer(flat).detach()[..., 4:-4, 4:-4])[0] < 1e-12) == smooth


def sizes(layer):
    return layer.conv.in_channels


def test_begun_alike_the_weights_keep_the_published_spread():
    one = game("pixel shuffle, begun alike", replace(SMALL, g_channels=32)).generator
    assert one.grow[0].conv.weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_dots_are_drawn_by_training_what_begins_alike():
    """Nothing keeps the four places alike: their gradients differ."""
    one, data = game("pixel shuffle, begun alike"), batch()
    sum(one.g_loss(data).values()).backward()
    gradient = one.generator.grow[0].conv.weight.grad
    assert not torch.allclose(gradient[0], gradient[1], rtol=0.01)


@pytest.mark.parametrize("build", [lambda c: guidelines.enlarging(c, UpNearest), guidelines.repeated_pixels])
def test_what_is_not_there_cannot_be_replaced(build):
    with pytest.raises(ValueError, match='should be "transposed".*got \'nearest\'; start from dcgan.PUBLISHED'):
        build(replace(SMALL, upsampling="nearest"))


# --- the measure of dots ------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def birds():
    return runtime.to_tensor(rendered.load(World(0, 1), "train", 40, 32).images[:])


def test_the_energy_of_a_pattern_by_hand():
    """One of four places brighter by d: the variance of (d, 0, 0, 0) is 3 d^2 / 16."""
    assert pattern_energy(dotted(torch.zeros(2, 3, 8, 8), 0.4)) == pytest.approx([3 * 0.16 / 16] * 2, rel=1e-5)
    assert pattern_energy(torch.full((1, 3, 8, 8), 0.3)) == pytest.approx([0], abs=1e-12)
    ramp = torch.linspace(0, 1, 8).expand(1, 3, 8, 8)
    assert pattern_energy(ramp)[0] == pytest.approx((1 / 7) ** 2 / 4, rel=1e-4)


def test_dots_are_found_and_blur_and_noise_are_not_taken_for_them(birds):
    score = checkerboard(birds, birds)
    assert (score.value, score.ceiling) == (1, 1) and score.lower_is_better
    assert checkerboard(dotted(birds, 0.1), birds).value == pytest.approx(score.floor)
    for spoiled in (noisy(birds, 0.1), blurred(birds, 1.0)):
        assert checkerboard(dotted(birds, 0.1), birds).low > checkerboard(spoiled, birds).high
