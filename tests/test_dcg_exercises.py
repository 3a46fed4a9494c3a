"""Exercises of chapter 02: what their checks rest on; what learners answer is in `dcg_learners` and its twin."""

from dataclasses import replace

import dcg_learners
import dcg_learners_b
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib import exercises, runtime
from t2ilib.blocks import UpTransposed, dcgan_init
from t2ilib.exercises import Exercise
from t2ilib.exercises.answers import dcg_concepts, dcg_dots, dcg_heads, dcg_layers, dcg_noise, dcg_pixels, dcg_sizes
from t2ilib.exercises.answers.dcg_start import initialise
from t2ilib.exercises.compare import wrong_array
from t2ilib.metrics import paths
from t2ilib.metrics.checkerboard import pattern_energy
from t2ilib.metrics.controls import dotted
from t2ilib.papers import dcgan
from t2ilib.papers.variants.guidelines import UpShuffle, UpShuffleAlike

CHAPTER = [value for module in dir(exercises) if module.startswith("dcg_")
           for value in vars(getattr(exercises, module)).values() if isinstance(value, Exercise)]
RIGHT = dcg_learners.RIGHT | dcg_learners_b.RIGHT
MISTAKES = dcg_learners.MISTAKES | dcg_learners_b.MISTAKES


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=runtime.generator(seed))


def config(size, width=2):
    return replace(dcgan.PUBLISHED, size=size, noise_dim=5, g_channels=width, d_channels=width)


def test_the_chapter_is_whole():
    assert len(CHAPTER) == 11
    assert {exercise.id for exercise in CHAPTER} == set(RIGHT) == set(MISTAKES)
    assert all(len(MISTAKES[exercise.id]) >= 10 and RIGHT[exercise.id] for exercise in CHAPTER)
    assert len(exercises.dcg_quiz.quiz.questions) == 8


# Sides and layers (DCG-01, 02, 16)


@pytest.mark.parametrize("transposed", [False, True])
def test_dcg_16_sides_are_those_of_pytorch(transposed):
    """All that fit, for every kernel up to 6, stride up to 4 and padding up to 2."""
    for kernel in range(1, 7):
        for stride in range(1, 5):
            for padding in range(3):
                for side in (kernel, kernel + 3, 11):
                    if transposed and (side - 1) * stride + kernel <= 2 * padding:
                        continue
                    case = side, kernel, stride, padding, transposed
                    assert dcg_sizes.output_side(*case) == exercises.dcg_sizes.side_of(*case), case


def test_dcg_16_the_sides_of_the_live_generator():
    generator, features = dcgan.Generator(config(64)), normal(1, 5)[:, :, None, None]
    layers = [layer for layer in generator.modules() if isinstance(layer, nn.ConvTranspose2d)]
    sides, side = [], 1
    for layer in layers:
        side = dcg_sizes.output_side(side, layer.kernel_size[0], layer.stride[0], layer.padding[0], True)
        features = layer(features)
        sides.append(side)
        assert features.shape[-1] == side
    assert sides == [4, 8, 16, 32, 64]


def test_what_the_solution_says_of_kernel_5():
    """28 becomes 14, and 14 becomes 27, since the stride did not fit."""
    assert dcg_sizes.output_side(28, 5, 2, 2, False) == 14 and dcg_sizes.output_side(14, 5, 2, 2, True) == 27


def test_dcg_02_scattering_is_the_transposed_convolution_of_the_course():
    layer, image = UpTransposed(1, 1), normal(5, 5)
    with torch.no_grad():
        right = layer(image[None, None])[0, 0]
        assert torch.allclose(dcg_sizes.scatter(image, layer.conv.weight[0, 0], 2, 1), right, atol=1e-5)


def test_scattering_is_what_a_convolution_does_to_gradients():
    image, kernel, slope = normal(8, 8).requires_grad_(), normal(4, 4, seed=1), normal(4, 4, seed=2)
    F.conv2d(image[None, None], kernel[None, None], stride=2, padding=1)[0, 0].backward(slope)
    assert torch.allclose(dcg_sizes.scatter(slope, kernel, 2, 1), image.grad, atol=1e-5)


@pytest.mark.parametrize("kernel, counts", [(3, {1, 2, 4}), (4, {4}), (5, {4, 6, 9})])
def test_how_many_copies_lie_on_a_pixel(kernel, counts):
    """What solutions and quiz say of overlaps, away from the edges."""
    laid = dcg_sizes.scatter(torch.ones(8, 8), torch.ones(kernel, kernel), 2, 0)
    assert set(laid[5:-5, 5:-5].int().flatten().tolist()) == counts


@pytest.mark.parametrize("size", [8, 32, 128])
def test_dcg_01_the_generator_is_that_of_the_paper(size):
    """The same weights in the same order give the same pictures."""
    ours, theirs = dcg_layers.generator(size, 5, 2), dcgan.Generator(config(size))
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert own.shape == other.shape
        own.data.copy_(other)
    assert torch.allclose(ours(normal(2, 5)), theirs(normal(2, 5)), atol=1e-6)


def test_the_new_layer_holds_more_weights_than_all_others():
    """What the solution says of 128 pixels, with the published width."""
    layers = [layer.weight.numel() for layer in dcg_layers.generator(128, 100, 64)
              if isinstance(layer, nn.ConvTranspose2d)]
    assert len(layers) == 6 and layers[1] > sum(layers) - layers[1]


def test_dcg_04_and_05_heads_of_the_published_discriminator():
    flatten, average, hidden = dcg_heads.head_weights(512, 4, 512)
    judge = dcgan.Discriminator(dcgan.PUBLISHED)
    assert (flatten, average, hidden) == (8_192, 512, 4_194_816)
    assert runtime.count_parameters(judge.head) == flatten
    assert hidden > runtime.count_parameters(judge) == 2_765_568


def test_an_average_takes_pictures_of_any_side():
    """DCG-05: the mean over the places, and as many weights for 32 as for 64 pixels."""
    features, average = normal(2, 6, 4, 4), nn.AdaptiveAvgPool2d(1)
    assert torch.allclose(average(features)[:, :, 0, 0], features.mean((2, 3)), atol=1e-6)
    assert dcg_heads.head_weights(6, 4, 1)[1] == dcg_heads.head_weights(6, 8, 1)[1]


# Beginnings (DCG-09, anchors of widely copied code)


def test_dcg_09_the_beginning_is_that_of_the_library():
    first, second = dcgan.Generator(config(32)), dcgan.Generator(config(32))
    torch.manual_seed(5)
    initialise(first)
    torch.manual_seed(5)
    second.apply(dcgan_init)
    assert all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values()))


def test_icnr_is_that_of_the_library_and_repeats_pixels():
    layer, plain = UpShuffleAlike(6, 3), UpShuffle(6, 3)
    plain.load_state_dict(layer.state_dict())
    weight = layer.conv.weight.detach().clone()
    layer.begin_alike()
    assert torch.equal(dcg_pixels.icnr(weight, 2), layer.conv.weight)
    features = normal(1, 6, 4, 4)
    small = F.conv2d(features, weight[::4], padding=1)
    assert torch.allclose(layer(features), F.interpolate(small, scale_factor=2), atol=1e-6)
    assert pattern_energy(layer(features).detach()).item() < 1e-9 < pattern_energy(plain(features).detach()).item()


# Noises (DCG-12, 13)


def test_dcg_12_slerp_is_that_of_the_library():
    first, second = normal(100), normal(100, seed=1)
    for share, right in zip(torch.linspace(0, 1, 9), paths.slerp(first, second, 9)):
        assert torch.allclose(dcg_noise.slerp(first, second, share), right, atol=1e-4)


def test_dcg_12_the_straight_way_cuts_through_the_middle():
    """7.05 against 9.97 for 100 numbers, as the quiz says: about 7 and about 10."""
    pairs = normal(2_000, 2, 100)
    straight = pairs.mean(1).norm(dim=1).mean().item()
    curved = torch.stack([dcg_noise.slerp(*pair, 0.5) for pair in pairs]).norm(dim=1).mean().item()
    assert straight == pytest.approx(7.05, abs=0.03) and curved == pytest.approx(9.97, abs=0.03)


@pytest.mark.parametrize("count, ratio", [(1, 3**0.5), (3, 1.0), (12, 0.5)])
def test_dcg_13_three_exemplars_bring_the_length_back(count, ratio):
    """The length of mean(a) - mean(b) + mean(c), over that of a noise, as the solution says."""
    a, b, c = ([*normal(count, 10_000, seed=seed)] for seed in (1, 2, 3))
    noise = dcg_concepts.arithmetic(lambda noise: noise, a, b, c)
    assert (noise.norm() / 100).item() == pytest.approx(ratio, rel=0.03)


def test_a_sum_of_pictures_is_no_picture_of_the_generator():
    generator = exercises.dcg_concepts.Draws()
    lists = [[*normal(3, 5, seed=seed)] for seed in (1, 2, 3)]
    mixed = dcg_learners_b.of_pictures(generator, *lists)
    assert not torch.allclose(mixed, dcg_concepts.arithmetic(generator, *lists), atol=0.05)


# Dots


def test_the_dots_are_those_of_the_library():
    pictures = normal(5, 3, 16, 12)
    assert torch.allclose(torch.stack([dcg_dots.dots(one) for one in pictures]).double(),
                          torch.from_numpy(pattern_energy(pictures)), rtol=1e-4)


def test_planted_dots_are_found_and_others_are_not():
    flat = torch.zeros(1, 3, 16, 16)
    weak, strong = (dcg_dots.dots(dotted(flat, strength)[0]).item() for strength in (0.1, 0.2))
    assert strong == pytest.approx(4 * weak) and weak > 1e-4
    blocks = normal(3, 4, 4).repeat_interleave(4, dim=1).repeat_interleave(4, dim=2)
    for picture in (flat[0], blocks, exercises.dcg_dots._wide_lines()):
        assert dcg_dots.dots(picture).item() < 1e-9


def test_mistakes_of_dots_give_different_numbers():
    """So the words for one are never those for another."""
    found = exercises.dcg_dots._mistaken(normal(3, 8, 8, seed=9))
    right = dcg_dots.dots(normal(3, 8, 8, seed=9)).item()
    values = torch.tensor([right, *found.values()])
    apart = (values[:, None] - values).abs() + torch.eye(len(values))
    assert (apart > 2e-3 * values.abs()).all()


# What comparing rests on


def test_an_array_is_compared_in_the_words_of_its_mistake():
    right = torch.arange(6.0).view(2, 3)
    told = {"doubled": 2 * right, "turned": right.T}
    assert wrong_array(right + 1e-7, right, told, "else") is None
    assert wrong_array(2 * right, right, told, "else").mistake == "doubled"
    assert wrong_array(right.T, right, told, "else") == ("shape (2, 3)", "shape (3, 2)", "turned")
    assert wrong_array(right + 1, right, told, "else") == ("0 at [0, 0]", "1", "else")
    assert wrong_array(right * float("nan"), right, told, "else").mistake == "else"
    assert "`return`" in wrong_array(None, right, told, "else").mistake
    with pytest.raises((TypeError, ValueError)):
        wrong_array("x", right, told, "else")
