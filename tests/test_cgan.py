"""The conditional GAN: where the condition enters, its equations, its conditions and batches (CGN-01 to 06)."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.blocks import replicate
from t2ilib.data import augment, digits, rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.conditions import (
    PLACE_MIDDLE,
    PLACE_UNIT,
    UNNAMED,
    Colours,
    ConditionBatches,
    DigitBatches,
    Joined,
    Place,
    Species,
    asked_colours,
    colour_vectors,
    one_hot,
    place_vectors,
    requests_of,
    some,
)
from t2ilib.data.toys import Batch
from t2ilib.losses import logistic_no, logistic_yes
from t2ilib.papers import cgan, dcgan
from t2ilib.papers.cgan import PUBLISHED, RECIPES, ConditionBatch, Config, Discriminator, Generator
from t2ilib.papers.gan import Config as GanConfig
from t2ilib.papers.gan import Gan
from t2ilib.papers.variants import flat_cgan
from t2ilib.runtime import count_parameters
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

SMALL = Config(size=16, noise_dim=6, g_channels=4, d_channels=4, condition_dim=5, embedding_dim=7)
SMALL_PUBLISHED = replace(PUBLISHED, size=16, noise_dim=6, g_channels=4, d_channels=4, condition_dim=5)
both = pytest.mark.parametrize("config", [SMALL, SMALL_PUBLISHED], ids=["steady", "published"])


def game(config=SMALL):
    torch.manual_seed(0)
    return cgan.build(config)


def batch(size=4, config=SMALL):
    stream = runtime.generator(5)
    draw = lambda *shape: torch.randn(*shape, generator=stream)     # noqa: E731
    return ConditionBatch(draw(size, config.channels, config.size, config.size).tanh(), draw(size, 5), draw(size, 5),
                          draw(size, config.noise_dim))


# --- the players --------------------------------------------------------------------------------------------------

@both
@pytest.mark.parametrize("size, channels", [(8, 1), (32, 3), (64, 3)])
def test_cgn01_shapes(config, size, channels):
    config = replace(config, size=size, channels=channels)
    one, data = game(config), batch(config=config)
    fake = one.generate(data)
    assert fake.shape == data.real.shape and fake.abs().max() <= 1
    answers = one.discriminator(fake, data.condition, data.wrong_condition)
    assert [tuple(answer.shape) for answer in answers] == [(4,), (4,)]


def test_the_players_are_dcgans_with_a_condition():
    """Added are: an embedding in each player, its columns in G's first layer, a layer that compares in D."""
    embedding, width = 110 * 128 + 128, 512
    assert count_parameters(Generator(PUBLISHED)) == 3_576_704 + embedding + 128 * width * 16
    assert count_parameters(Discriminator(PUBLISHED)) == 2_765_568 + embedding + (width + 128) * width + 2 * width


def test_a_class_chooses_a_row_of_a_table():
    """A linear layer of a one-hot class is an embedding."""
    linear = cgan.embedding(SMALL)[0]
    table = nn.Embedding.from_pretrained(linear.weight.T + linear.bias)
    classes = torch.tensor([3, 0, 4, 3])
    assert torch.allclose(linear(one_hot(classes, 5)), table(classes), atol=1e-6)


def mixed_difference(judge, data):
    """D(x1, c1) - D(x1, c2) - D(x2, c1) + D(x2, c2): zero if D(x, c) = f(x) + g(c)."""
    one, two = data.real[:1], data.real[1:2]
    c, d = data.condition[:1], data.condition[1:2]
    with torch.no_grad():
        (a, b), (e, f) = judge(one, c, d), judge(two, c, d)
    return (a - b - e + f).abs().item()


def test_d_asks_whether_the_two_fit_and_does_not_add_two_answers():
    one, data = game(), batch()
    scale = one.discriminator(data.real, data.condition)[0].std().item()
    assert mixed_difference(one.discriminator, data) > 1e-3 * scale


def test_without_the_layer_that_compares_d_adds_two_answers():
    """The negative control: a last layer that sees features and condition side by side."""
    one, data = game(), batch()
    last = nn.Conv2d(8 + 7, 1, 4)

    def adding(image, *conditions):
        features = one.discriminator.see(image)
        return [last(replicate(one.discriminator.embed(c), features)).flatten() for c in conditions]
    assert mixed_difference(adding, data) < 1e-5


def test_judging_one_picture_with_two_conditions_is_two_passes():
    one, data = game(), batch()
    together = one.discriminator(data.real, data.condition, data.wrong_condition)
    apart = one.discriminator(data.real, data.condition) + one.discriminator(data.real, data.wrong_condition)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(together, apart, strict=True))


# --- the equations ------------------------------------------------------------------------------------------------

@both
def test_cgn02_the_losses_are_the_two_terms_of_the_value(config):
    one, data = game(config), batch(config=config)
    with torch.no_grad():
        real, = one.discriminator(data.real, data.condition)
        fake, = one.discriminator(one.generate(data), data.condition)
    terms = one.d_loss(data)
    value = torch.log(real.sigmoid()).mean() + torch.log(1 - fake.sigmoid()).mean()
    assert -sum(terms.values()).item() == pytest.approx(value.item(), abs=1e-5)
    assert set(terms) == {"real", "fake"}
    assert sum(one.g_loss(data).values()).item() == pytest.approx(-torch.log(fake.sigmoid()).mean().item(), abs=1e-5)


class Bound(nn.Module):
    """A player that always gets the same condition."""

    def __init__(self, player, condition):
        super().__init__()
        self.player, self.condition = player, condition

    def forward(self, value):
        made = self.player(value, self.condition.expand(len(value), -1))
        return made[0] if isinstance(made, tuple) else made


@pytest.mark.parametrize("terms", ["d_loss", "g_loss", "penalty"])
def test_cgn02_with_one_condition_for_all_it_is_the_game_of_the_first_gan(terms):
    one, data = game(), batch()
    constant = data._replace(condition=data.condition[:1].expand(4, -1))
    plain = dcgan.build(dcgan.Config(size=16, noise_dim=6, g_channels=4, d_channels=4))
    plain.generator, plain.discriminator = (Bound(player, data.condition[:1])
                                            for player in (one.generator, one.discriminator))
    ours, theirs = getattr(one, terms)(constant), getattr(plain, terms)(Batch(data.real, data.noise))
    assert isinstance(plain, Gan) and ours.keys() == theirs.keys()
    assert [v.item() for v in ours.values()] == pytest.approx([v.item() for v in theirs.values()], abs=1e-6)
    varied = getattr(one, terms)(data)
    assert [v.item() for v in varied.values()] != pytest.approx([v.item() for v in theirs.values()], abs=1e-6)


def paths(one, data):
    """G's loss as a function of the condition that G gets and of the one that D gets."""
    drawn, asked = (data.condition.clone().requires_grad_(True) for _ in range(2))
    answer, = one.discriminator(one.generator(data.noise, drawn), asked)
    return logistic_yes(answer), drawn, asked


@both
def test_cgn06_the_condition_reaches_gs_loss_by_both_players(config):
    one, data = game(config), batch(config=config)
    loss, drawn, asked = paths(one, data)
    assert loss.item() == pytest.approx(sum(one.g_loss(data).values()).item(), abs=1e-6)
    by_g, by_d = torch.autograd.grad(loss, (drawn, asked))
    assert by_g.abs().sum() > 0 and by_d.abs().sum() > 0
    condition = data.condition.clone().requires_grad_(True)
    whole, = torch.autograd.grad(sum(one.g_loss(data._replace(condition=condition)).values()), condition)
    assert torch.allclose(whole, by_g + by_d, atol=1e-7)


@pytest.mark.parametrize("cut", ["generator", "discriminator"])
def test_cgn06_a_player_that_forgets_the_condition_closes_its_path(cut):
    """The negative control: with a player's embedding at zero, its path and no other is dead."""
    one, data = game(), batch()
    for weight in getattr(one, cut).embed.parameters():
        nn.init.zeros_(weight)
    loss, drawn, asked = paths(one, data)
    by_g, by_d = torch.autograd.grad(loss, (drawn, asked))
    alive = {"generator": by_g.abs().sum() > 0, "discriminator": by_d.abs().sum() > 0}
    assert alive == {"generator": cut != "generator", "discriminator": cut != "discriminator"}


def test_cgn05_no_player_learns_from_a_wrong_condition():
    """D is never shown a real picture with a wrong condition; only the log asks."""
    one, data = game(), batch()
    changed = data._replace(wrong_condition=data.wrong_condition + 1)
    for terms in ("d_loss", "g_loss", "penalty"):
        ours, theirs = getattr(one, terms)(data), getattr(one, terms)(changed)
        assert all(ours[name].equal(theirs[name]) for name in ours)
    ours, theirs = one.answers(data), one.answers(changed)
    assert [name for name in ours if not ours[name].equal(theirs[name])] == ["D(real, wrong condition)"]


def test_a_d_that_ignores_the_condition_answers_real_pictures_alike():
    one = game()
    for weight in one.discriminator.embed.parameters():
        nn.init.zeros_(weight)
    answers = one.answers(batch())
    assert answers["D(real, own condition)"].equal(answers["D(real, wrong condition)"])


def test_fakes_are_judged_with_the_condition_they_were_drawn_for():
    one, data = game(), batch()
    with torch.no_grad():
        own, other = one.discriminator(one.generate(data), data.condition, data.condition.flip(0))
    assert one.d_loss(data)["fake"].item() == pytest.approx(logistic_no(own).item(), abs=1e-6)
    assert one.d_loss(data)["fake"].item() != pytest.approx(logistic_no(other).item(), abs=1e-6)


# --- a step -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("config, every", [(SMALL, 1), (SMALL_PUBLISHED, 0)], ids=["steady", "published"])
def test_all_weights_of_both_players_move_in_a_step(config, every):
    one = game(config)
    recipe = Recipe(steps=1, batch=8, penalty_every=every, precision="32-true")
    before = {name: value.clone() for name, value in one.named_parameters()}
    train_step(one, TrainState(one, recipe, make_fabric("cpu", recipe.precision)), batch(8))
    assert [name for name, value in one.named_parameters() if value.equal(before[name])] == []


def test_d_learns_without_moving_g():
    one = game()
    sum(one.d_loss(batch()).values()).backward()
    assert all(weight.grad is None for weight in one.generator.parameters())
    assert all(weight.grad is not None for weight in one.discriminator.parameters())


def test_published_weights_are_dcgans():
    one = game(replace(PUBLISHED, g_channels=16, d_channels=16))
    for weight in (one.discriminator.head[0].weight, one.generator.seed[0].weight):
        assert weight.std().item() == pytest.approx(0.02, rel=0.03)
    assert one.generator.embed[0].weight.abs().max().item() == pytest.approx(110 ** -0.5, rel=0.01)


def test_recipes_fit_their_configs():
    for recipes in RECIPES.values():
        for config, recipe in recipes.values():
            assert bool(config.r1) == bool(recipe.penalty_every)
            assert config.conditions == ("colours",) and config.condition_dim == Colours.dim


# --- plain layers -------------------------------------------------------------------------------------------------

def test_flat_players_have_the_sizes_of_the_common_teaching_version():
    """One channel of 32 x 32 pixels, ten classes, tables of ten numbers a class."""
    sizes = flat_cgan.PUBLISHED_SIZES
    assert count_parameters(flat_cgan.Generator(sizes)) == 1_757_412
    assert count_parameters(flat_cgan.Discriminator(sizes)) == 1_055_845


def test_cgn01_flat_players_play_the_same_game_on_digits():
    torch.manual_seed(0)
    config = flat_cgan.Config(g_hidden=(8,), d_hidden=(8,))
    one, data = flat_cgan.FlatCgan(config), DigitBatches(digits.load("train"), 16, config)(0)
    assert one.generate(data).shape == data.real.shape and one.generate(data).abs().max() <= 1
    assert mixed_difference(one.discriminator, data) > 1e-6
    recipe = Recipe(steps=1, batch=16, penalty_every=1, precision="32-true")
    before = {name: value.clone() for name, value in one.named_parameters()}
    terms = train_step(one, TrainState(one, recipe, make_fabric("cpu", recipe.precision)), data)
    assert set(terms) == {"D: real", "D: fake", "D: R1", "G: fake"}
    assert [name for name, value in one.named_parameters() if value.equal(before[name])] == []


def test_cgn02_flat_players_with_one_condition_are_the_first_gan():
    torch.manual_seed(0)
    one = flat_cgan.FlatCgan(flat_cgan.Config(g_hidden=(8,), d_hidden=(8,)))
    data = DigitBatches(digits.load("train"), 16, one.config)(0)
    constant = data._replace(condition=data.condition[:1].expand(16, -1))
    plain = Gan(GanConfig(r1=1.0))
    plain.generator, plain.discriminator = (Bound(player, data.condition[:1])
                                            for player in (one.generator, one.discriminator))
    for terms in ("d_loss", "g_loss", "penalty"):
        ours, theirs = getattr(one, terms)(constant), getattr(plain, terms)(Batch(data.real, data.noise))
        assert [v.item() for v in ours.values()] == pytest.approx([v.item() for v in theirs.values()], abs=1e-6)


# --- the vectors --------------------------------------------------------------------------------------------------

def test_one_hot_and_nothing_at_all_for_what_is_not_named():
    vectors = one_hot(torch.tensor([2, UNNAMED, 0]), 3)
    assert vectors.tolist() == [[0, 0, 1], [0, 0, 0], [1, 0, 0]]
    assert torch.equal(one_hot(torch.arange(4), 4), F.one_hot(torch.arange(4)).float())


def test_a_place_is_about_zero_in_the_middle_and_counts_in_tenths_of_the_side():
    side = PLACE_MIDDLE[2]
    box = torch.tensor([[0.5 - side / 2, 0.5 - side / 2, side, side]])
    assert place_vectors(box).tolist() == [pytest.approx([0, 0, 0], abs=1e-6)]
    moved = box + torch.tensor([[0.1, -0.2, 0, 0]])
    assert place_vectors(moved).tolist() == [pytest.approx([0.1 / PLACE_UNIT, -0.2 / PLACE_UNIT, 0], abs=1e-5)]
    wider = torch.tensor([[0.5 - side, 0.5 - side / 4, 2 * side, side / 2]])
    assert place_vectors(wider)[0, 2].item() == pytest.approx(0, abs=1e-5)


def test_requests_become_vectors_and_can_be_read_back():
    requests = [{"wing": "black", "belly": "white"}, {}, dict.fromkeys(PARTS, "red")]
    colours = asked_colours(requests)
    assert requests_of(colours) == requests
    vectors = colour_vectors(colours).view(3, len(PARTS), len(COLOURS))
    assert vectors.sum((1, 2)).tolist() == [2, 0, 10]
    assert vectors[0, PARTS.index("wing"), list(COLOURS).index("black")] == 1


@pytest.mark.parametrize("request_", [{"wings": "red"}, {"wing": "crimson"}, {"body": "red"}])
def test_a_request_for_what_the_world_does_not_have_is_refused(request_):
    with pytest.raises(ValueError, match="one of crown, nape.* with one of black, white"):
        asked_colours([request_])


# --- what is known of pictures ------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def birds():
    return rendered.load(World(0, 1), "train", 40, 32)


def call(condition, data, rows, seed=0):
    return condition(np.asarray(rows), torch.from_numpy(data.boxes[rows]), runtime.generator(seed))


def test_cgn04_a_class_is_the_position_of_its_label(birds):
    condition = Species(birds.labels[::-1])
    assert condition.dim == len(set(birds.labels)) == 40
    drawn = call(Species(birds.labels), birds, [7, 3])
    assert (Species(birds.labels).names[drawn.argmax(1)] == birds.labels[[7, 3]]).all()


def test_cgn04_a_place_is_that_of_the_picture_as_it_is_shown(birds):
    """After mirroring, not before: x follows the mirror, y and the size do not."""
    class Asked(Place):
        def __call__(self, rows, boxes, stream):
            return torch.cat([super().__call__(rows, boxes, stream),
                              place_vectors(torch.from_numpy(birds.boxes[rows]))], dim=1)
    config = replace(SMALL, size=32)
    drawn = ConditionBatches(birds, Asked(), 64, config)(0)
    shown, stored = drawn.condition.split(3, dim=1)
    same, turned = torch.isclose(shown[:, 0], stored[:, 0], atol=1e-5), torch.isclose(shown[:, 0], -stored[:, 0],
                                                                                      atol=1e-5)
    assert (same | turned).all() and 10 < same.sum() < 54 and torch.allclose(shown[:, 1:], stored[:, 1:], atol=1e-5)


def test_cgn04_named_colours_are_true_and_their_number_is_any(birds):
    condition, rows = Colours(birds.truth[:, :len(PARTS)]), np.arange(40).repeat(50)
    vectors = condition(rows, torch.zeros(2000, 4), runtime.generator(1)).view(2000, len(PARTS), len(COLOURS))
    named = vectors.sum(2)
    truth = torch.from_numpy(birds.truth[rows, :len(PARTS)]).long()
    assert set(named.unique().tolist()) == {0, 1}
    assert (vectors.argmax(2) == truth)[named == 1].all()
    counts = named.sum(1).long().bincount(minlength=11) / 2000
    assert counts.tolist() == pytest.approx([1 / 11] * 11, abs=0.03)
    assert named.mean(0).tolist() == pytest.approx([0.5] * 10, abs=0.05)


def test_what_is_hidden_is_never_named():
    colours = np.full((1, len(PARTS)), 3)
    colours[0, 9] = UNNAMED
    vectors = Colours(colours)(np.zeros(200, int), torch.zeros(200, 4), runtime.generator(1))
    assert vectors[:, -len(COLOURS):].sum() == 0 and vectors.sum() > 0


@pytest.mark.parametrize("least", [1, 10])
def test_at_least_so_many_are_named(least):
    named = (some(torch.zeros(300, 10, dtype=torch.int64), least, runtime.generator(0)) != UNNAMED).sum(1)
    assert named.min() == least and named.max() == 10


def test_several_conditions_stand_side_by_side(birds):
    colours = Colours(birds.truth[:, :len(PARTS)])
    joined = Joined(Species(birds.labels), Place(), colours)
    vectors = call(joined, birds, [4, 9])
    assert vectors.shape == (2, joined.dim) and joined.dim == 40 + 3 + 110
    assert torch.equal(vectors[:, :40], call(Species(birds.labels), birds, [4, 9]))
    assert torch.equal(vectors[:, 40:43], call(Place(), birds, [4, 9]))


# --- the batches --------------------------------------------------------------------------------------------------

def test_a_batch_is_a_function_of_seed_step_and_rank(birds):
    condition, config = Colours(birds.truth[:, :len(PARTS)]), replace(SMALL, size=32)
    first = ConditionBatches(birds, condition, 6, config, seed=1)
    again = ConditionBatches(birds, condition, 6, config, seed=1)(3)
    assert all(a.equal(b) for a, b in zip(first(3), again))
    assert not first(4).condition.equal(again.condition) and not first(3, 1).noise.equal(again.noise)


def test_own_and_wrong_conditions_are_those_of_two_classes(birds):
    drawn = ConditionBatches(birds, Species(birds.labels), 64, replace(SMALL, size=32))(0)
    assert (drawn.condition.argmax(1) != drawn.wrong_condition.argmax(1)).all()
    pictures = runtime.to_pixels(drawn.real)
    for picture, number in zip(pictures, drawn.condition.argmax(1)):
        own = birds.images[number]              # in this set every picture is of a class of its own
        assert (picture == own).all() or (picture[:, ::-1] == own).all()


def test_larger_pictures_are_cut_and_the_place_follows(birds):
    """Cut as in the papers, 32 pixels out of 38, birds are at more places than in the middle."""
    larger, config = rendered.load(World(0, 1), "train", 40, augment.load_size(32)), replace(SMALL, size=32)
    cut, whole = (ConditionBatches(data, Place(), 64, config)(0) for data in (larger, birds))
    assert cut.real.shape == whole.real.shape == (64, 3, 32, 32)
    assert cut.condition[:, 0].std() > 1.5 * whole.condition[:, 0].std()


def test_cgn01_digits_come_with_their_class_and_are_not_mirrored():
    known = digits.load("train")
    drawn = DigitBatches(known, 32, replace(SMALL, size=8, channels=1))(0)
    assert drawn.real.shape == (32, 1, 8, 8) and drawn.condition.shape == (32, 10)
    assert (drawn.condition.argmax(1) != drawn.wrong_condition.argmax(1)).all()
    for picture, number in zip(drawn.real.flatten(1), drawn.condition.argmax(1)):
        rows = (known.pixels == picture).all(1)
        assert rows.any() and number.item() in known.labels[rows.numpy()]
