"""Variants of DF-GAN: each is what it says, and the paper's own is among them, number for number."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.losses import gradient_penalty
from t2ilib.papers.df_gan import Config, DfGan
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.papers.variants.fusion import FUSIONS, make_generator
from t2ilib.papers.variants.judging import FAKE, MATCHING, NOWHERE, PLACES, WRONG, Judged, TwoWay, summed_penalty
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

SMALL = Config(size=16, text_dim=12, noise_dim=6, g_channels=4, d_channels=4)
B, C, K, SIDE = 5, 7, 9, 4


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=runtime.generator(seed, *shape))


def seeded(make, *arguments):
    torch.manual_seed(0)
    return make(*arguments)


def stirred(module, seed=0):
    """Weights of ordinary size everywhere: no affine is the identity, no branch silent."""
    with torch.no_grad():
        for i, weight in enumerate(module.parameters()):
            weight.copy_(drawn(*weight.shape, seed=seed + i) / max(1, weight[0].numel()) ** 0.5)
    return module


@pytest.fixture
def batch():
    return TextBatch(drawn(B, 3, 16, 16) / 2, drawn(B, 12), drawn(B, 12, seed=1), drawn(B, 6))


@pytest.fixture
def features():
    return drawn(B, C, SIDE, SIDE), drawn(B, K)


# --- fusion -------------------------------------------------------------------------------------------------------

def plain(affine, condition):
    """Scale and shift, each (B, C, 1, 1)."""
    return (numbers(condition)[:, :, None, None] for numbers in (affine.scale, affine.shift))


@pytest.mark.parametrize("name", FUSIONS)
def test_every_fusion_begins_without_a_word_of_the_sentence(name, features):
    x, condition = features
    fusion = FUSIONS[name](K, C)
    assert fusion(x, condition).shape == x.shape
    assert torch.equal(fusion(x, condition), fusion(x, -condition))
    stir = stirred(fusion)
    assert torch.equal(stir(x, condition), stir(x, -condition)) == (name == "concatenation")


def test_two_affines_without_activation_are_one(features):
    x, condition = features
    two = stirred(FUSIONS["two affines"](K, C)).double()
    x, condition = x.double(), condition.double()
    (g1, t1), (g2, t2) = (plain(affine, condition) for affine in (two.first, two.second))
    one = F.leaky_relu(g2 * g1 * x + (g2 * t1 + t2), 0.2)
    assert torch.allclose(two(x, condition), one, rtol=0, atol=1e-6)
    assert not torch.allclose(two(x, condition), F.leaky_relu(g2 * g1 * x + (g1 * t2 + t1), 0.2), atol=1e-2)


def test_the_activation_between_keeps_a_dfblock_from_collapsing(features):
    """Before the last activation, one affine has one slope for all inputs; a DFBlock has two."""
    x, condition = features
    block, two = stirred(FUSIONS["DFBlock"](K, C)), stirred(FUSIONS["two affines"](K, C))

    def slopes(inner):
        low, middle, high = (inner(x + step) for step in (-1, 0, 1))
        return (high - middle) - (middle - low)
    bent = slopes(lambda y: block.second(F.leaky_relu(block.first(y, condition), 0.2), condition))
    straight = slopes(lambda y: two.second(two.first(y, condition), condition))
    assert straight.abs().max() < 1e-4 < 0.1 < bent.abs().max()


def test_one_affine_by_hand(features):
    x, condition = features
    one = stirred(FUSIONS["one affine"](K, C))
    scale, shift = plain(one.affine, condition)
    assert torch.allclose(one(x, condition), F.leaky_relu(scale * x + shift, 0.2), atol=1e-5)


@pytest.mark.parametrize("name, dims", [("CBN", (0, 2, 3)), ("AdaIN", (2, 3))])
def test_what_the_normalisations_average_over(name, dims, features):
    x, condition = features
    fusion = stirred(FUSIONS[name](K, C))
    scale, shift = plain(fusion.affine, condition)
    normal = (x - x.mean(dims, keepdim=True)) / (x.var(dims, keepdim=True, unbiased=False) + 1e-5).sqrt()
    assert torch.allclose(fusion(x, condition), F.leaky_relu(scale * normal + shift, 0.2), atol=1e-4)
    louder = x.clone()
    louder[0] = louder[0] * 3 + 1                                   # only batch statistics pass this on to others
    same = torch.allclose(fusion(louder, condition)[1:], fusion(x, condition)[1:], atol=1e-5)
    assert same == (name == "AdaIN")


@pytest.mark.parametrize("name", FUSIONS)
def test_generators_differ_in_the_fusion_only(name, batch):
    made, papers = (seeded(make_generator, SMALL, kind) for kind in (name, "DFBlock"))
    shared = {key: value for key, value in papers.state_dict().items() if ".fuse" not in key and "start" not in key}
    assert shared and all(torch.equal(value, made.state_dict()[key]) for key, value in shared.items())
    assert {type(fuse) for block in made.blocks for fuse in (block.fuse1, block.fuse2)} == {FUSIONS[name]}
    own, other = (stirred(made).eval()(batch.noise, text) for text in (batch.text, batch.wrong_text))
    assert own.shape == (B, 3, 16, 16) and (own - other).abs().max() > 1e-2


def test_at_the_start_noise_and_sentence_are_joined_once(batch):
    made = stirred(make_generator(SMALL, "concatenation"))
    features = made.start(torch.cat([batch.noise, batch.text], 1)).unflatten(1, (-1, 4, 4))
    for block in made.blocks:
        features = block(features, torch.full((B, 1), torch.nan))   # nobody reads the condition
    expected = torch.tanh(made.to_rgb(F.leaky_relu(features, 0.2)))
    assert torch.equal(made(batch.noise, batch.text), expected)


def test_the_papers_generator_is_the_papers(batch):
    ours, theirs = seeded(make_generator, SMALL, "DFBlock"), seeded(DfGan, SMALL).generator
    assert all(torch.equal(a, b) for a, b in zip(ours.state_dict().values(), theirs.state_dict().values()))
    with pytest.raises(ValueError, match="one affine.*got 'attention'; choose"):
        make_generator(SMALL, "attention")


# --- where the penalty is, and how it is measured -----------------------------------------------------------------

def judged(place=MATCHING, game=Judged, **options):
    """A game of one fixed discriminator and one fixed generator."""
    return stirred(game(replace(SMALL, **{key: options.pop(key) for key in ("penalty", "power") if key in options}),
                        place, **options))


def test_by_default_it_is_the_papers_game_term_for_term(batch):
    ours, theirs = judged(), stirred(DfGan(SMALL))
    found, expected = ours.d_loss(batch), theirs.d_loss(batch)
    expected["penalty"] = expected.pop("MA-GP")
    assert found.keys() == expected.keys() and all(torch.equal(found[name], expected[name]) for name in found)
    for terms in (found, expected):
        sum(terms.values()).backward()
    assert all(torch.allclose(a.grad, b.grad) for a, b in zip(ours.discriminator.parameters(),
                                                              theirs.discriminator.parameters()) if a.grad is not None)
    assert torch.equal(ours.g_loss(batch)[FAKE], theirs.g_loss(batch)[FAKE])


CHANGES = {"noise": {FAKE}, "image": {MATCHING, WRONG}, "text": {MATCHING, FAKE}, "wrong_text": {WRONG}}
"""What is replaced in the batch -> the places whose penalty changes."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("changed", CHANGES)
def test_the_penalty_depends_on_its_own_pairs_alone(place, changed, batch):
    game = judged(place)
    other = batch._replace(**{changed: getattr(batch, changed) * 0.5 + 0.3})
    before, after = (game.d_loss(some).get("penalty") for some in (batch, other))
    if place == NOWHERE:
        assert before is None
    else:
        assert (before != after) == (place in CHANGES[changed])


def test_a_penalty_of_weight_zero_is_none(batch):
    without, weightless, full = (judged(place, penalty=weight) for place, weight in
                                 ((NOWHERE, 2.0), (MATCHING, 0.0), (MATCHING, 2.0)))
    for game in (without, weightless, full):
        sum(game.d_loss(batch).values()).backward()
    gradients = [[p.grad for p in game.discriminator.parameters() if p.grad is not None]
                 for game in (without, weightless, full)]
    assert all(torch.equal(a, b) for a, b in zip(*gradients[:2]))
    assert not all(torch.allclose(a, b, rtol=1e-3) for a, b in zip(gradients[0], gradients[2]))


@pytest.mark.parametrize("power", [1.0, 2.0, 6.0])
def test_the_sum_of_two_lengths_is_at_most_so_many_times_the_joint_length(power):
    """Linear discriminators: the gradients are their weights a and b."""
    def ratio(a, b):
        image, text = drawn(B, 7).requires_grad_(), drawn(B, 4).requires_grad_()
        return float(summed_penalty(image @ a + text @ b, image, text, power=power)
                     / gradient_penalty(image @ a + text @ b, image, text, power=power))
    a, b = drawn(7), drawn(4)
    highest = 2 ** (power / 2)
    assert ratio(a, 0 * b) == pytest.approx(1) == ratio(0 * a, b)
    assert ratio(a, b * a.norm() / b.norm()) == pytest.approx(highest, rel=1e-4)
    assert all(1 < ratio(a, scale * b) < highest for scale in (0.01, 0.1, 5, 100))
    expected = (a.norm() + b.norm()) ** power / (a.norm() ** 2 + b.norm() ** 2) ** (power / 2)
    assert ratio(a, b) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("form", [gradient_penalty, summed_penalty])
def test_the_form_is_the_games_own(form, batch):
    game = judged(form=form, power=2.0)
    image, text = batch.image.clone().requires_grad_(), batch.text.clone().requires_grad_()
    answer, = game.discriminator(image, text)
    g_x, g_e = torch.autograd.grad(answer.sum(), (image, text))
    lengths = g_x.flatten(1).norm(dim=1), g_e.norm(dim=1)
    expected = sum(lengths).square() if form is summed_penalty else sum(length.square() for length in lengths)
    assert game.d_loss(batch)["penalty"].item() == pytest.approx(2 * expected.mean().item(), rel=1e-4)


def test_a_slope_of_zero_has_a_finite_gradient_in_both_forms():
    for form in (gradient_penalty, summed_penalty):
        weight, image = torch.zeros(3, requires_grad=True), torch.ones(2, 3, requires_grad=True)
        form(image @ weight, image, power=6.0).backward()
        assert torch.equal(weight.grad, torch.zeros(3))


@pytest.mark.parametrize("place", PLACES[1:])
@pytest.mark.parametrize("form", [gradient_penalty, summed_penalty])
def test_second_order_gradients_by_finite_differences(place, form, batch, monkeypatch):
    """With a smooth activation and in double precision, losses too: at a bend the slope of D jumps."""
    monkeypatch.setattr(F, "leaky_relu", lambda x, slope, *_: F.softplus(x) - slope * F.softplus(-x))
    monkeypatch.setattr(torch.Tensor, "float", torch.Tensor.double)
    game, data = judged(place, form=form, power=3.0).double(), TextBatch(*(value.double() for value in batch))
    weights = list(game.discriminator.parameters())
    ways = [drawn(*weight.shape, seed=9).double() for weight in weights]

    def moved(step):
        with torch.no_grad():
            for weight, way in zip(weights, ways):
                weight += step * way
        return game.d_loss(data)["penalty"]
    gradients = torch.autograd.grad(moved(0), weights, allow_unused=True)
    slope = sum((gradient * way).sum().item() for gradient, way in zip(gradients, ways) if gradient is not None)
    step = 1e-6
    high, low = moved(step).item(), moved(-2 * step).item()
    assert (high - low) / (2 * step) == pytest.approx(slope, rel=1e-5) and abs(slope) > 1e-3


@pytest.mark.parametrize("form", [gradient_penalty, summed_penalty])
@pytest.mark.parametrize("deaf_to", ["text", "image"])
def test_d_learns_from_the_penalty_through_picture_and_through_text(form, deaf_to, batch):
    """With the slope by one of both alone, weights still get a gradient, and another one than from both."""
    game = judged(form=form)
    pair = game.pairs(batch)[MATCHING]
    first = game.discriminator.head[0].weight

    def pull(*inputs):
        return torch.autograd.grad(form(pair.answer, *inputs, power=6.0), first, retain_graph=True)[0]
    both, one = pull(pair.image, pair.text), pull(pair.image if deaf_to == "text" else pair.text)
    assert one.abs().sum() > 0 and (both - one).abs().max() > 1e-4 * both.abs().max()


def test_an_unknown_place_is_named():
    with pytest.raises(ValueError, match="fake, right text.*got 'everywhere'; choose"):
        Judged(SMALL, "everywhere")


# --- two answers --------------------------------------------------------------------------------------------------

def test_two_answers_are_four_more_terms_and_a_head(batch):
    two, one = judged(game=TwoWay), judged()
    extra = {"real picture", "fake picture"}
    assert set(two.d_loss(batch)) - set(one.d_loss(batch)) == extra
    assert set(two.g_loss(batch)) == {FAKE, "fake picture"} and set(one.g_loss(batch)) == {FAKE}
    narrow = 2 * SMALL.d_channels
    head = 9 * SMALL.widths(SMALL.d_channels)[-1] * narrow + 16 * narrow
    assert runtime.count_parameters(two) - runtime.count_parameters(one) == head


def test_the_second_answer_does_not_hear_the_text(batch):
    game = judged(NOWHERE, TwoWay)
    first, second = (game.d_loss(batch._replace(wrong_text=text)) for text in (batch.wrong_text, -batch.wrong_text))
    assert first["real picture"] == second["real picture"] and first[WRONG] != second[WRONG]
    alone = game.discriminator.alone(game.discriminator.see(batch.image))
    assert alone.shape == (B,) and first["real picture"].item() == pytest.approx(F.relu(1 - alone).mean().item())
    fake = game.discriminator.alone(game.discriminator.see(game.generate(batch)))
    assert first["fake picture"].item() == pytest.approx(F.relu(1 + fake).mean().item())
    assert game.g_loss(batch)["fake picture"].item() == pytest.approx(-fake.mean().item())


def test_one_way_or_two_way_the_other_weights_start_equal():
    one, two = (seeded(game, SMALL).state_dict() for game in (Judged, TwoWay))
    assert all(torch.equal(value, two[key]) for key, value in one.items()) and len(two) == len(one) + 2


@pytest.mark.parametrize("game", [Judged, TwoWay])
def test_a_step_moves_both_players_and_logs_every_term(game, batch):
    state = TrainState(judged(WRONG, game), Recipe(steps=1, betas=(0.0, 0.9)), make_fabric("cpu", "32-true"))
    before = {key: value.clone() for key, value in state.task.state_dict().items()}
    terms = train_step(state.task, state, batch)
    assert {"D: penalty", f"D: {MATCHING}", f"G: {FAKE}"} <= set(terms)
    assert ("D: real picture" in terms) == ("G: fake picture" in terms) == (game is TwoWay)
    heads = ("generator.start.weight", "discriminator.from_rgb.weight", "discriminator.head.0.weight",
             *(["discriminator.alone.0.weight"] if game is TwoWay else []))
    assert all((state.task.state_dict()[key] != before[key]).any() for key in heads)
    assert all(0 < value < 1 for value in state.task.answers(batch).values())
