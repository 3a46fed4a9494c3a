"""DF-GAN against the authors' numbers (papers' fingerprints), its penalty, and its weights under their names."""

import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from t2ilib import official
from t2ilib.checkpoint import CheckpointError
from t2ilib.losses import gradient_penalty, hinge_no, hinge_yes
from t2ilib.papers import df_gan
from t2ilib.papers.df_gan import PUBLISHED, Config, DfGan, Discriminator, Generator
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.runtime import count_parameters

STEP = 1e-3             # losses compute in fp32: smaller steps drown in its rounding
SMALL = Config(size=64, text_dim=32, noise_dim=16, g_channels=8, d_channels=8)


def drawn(name, shape, scale=1.0):
    """Numbers that depend on a name only."""
    return torch.tensor(np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape) * scale).float()


def fingerprint(name, shape):
    """The weight of a name: of a spread that keeps activations in range."""
    if name.endswith("gamma") and shape == (1,):
        return torch.full(shape, 0.5)
    return drawn(name, shape) * (1.5 / np.prod(shape[1:])) ** 0.5 if len(shape) >= 2 else 0.05 * drawn(name, shape)


@pytest.fixture(scope="module")
def golden():
    nets = official.df_gan_state(DfGan(SMALL))["model"]
    return official.df_gan({"model": {net: {key: fingerprint(key, tuple(value.shape)) for key, value in part.items()}
                                      for net, part in nets.items()}})


@pytest.fixture(scope="module")
def batch():
    """The wrong pairs are the authors': a text with the next picture of the batch."""
    text = drawn("e", (3, 32))
    return TextBatch(drawn("x", (3, 3, 64, 64), 0.5), text, text.roll(1, 0), drawn("z", (3, 16)))


def test_golden_values_of_the_generator(golden, batch):
    fake = golden.generate(batch)
    assert fake.mean().item() == pytest.approx(0.142944, rel=1e-4)
    assert fake.norm().item() == pytest.approx(166.41103, rel=1e-4)


def test_golden_values_of_the_discriminator(golden, batch):
    features = golden.discriminator.see(batch.image)
    assert features.mean().item() == pytest.approx(0.024579, rel=1e-4)
    assert features.norm().item() == pytest.approx(18.60062, rel=1e-4)
    logits, = golden.discriminator(batch.image, batch.text)
    assert logits.tolist() == pytest.approx([-0.728440, -0.662120, -1.080628], rel=1e-4)


def test_golden_losses_and_penalty(golden, batch):
    terms = golden.d_loss(batch)
    assert terms["real, right text"].item() == pytest.approx(1.823729, rel=1e-4)
    assert terms["real, wrong text"].item() == pytest.approx(0.241954 / 2, rel=1e-4)
    assert terms["fake, right text"].item() == pytest.approx(0.876320 / 2, rel=1e-4)
    assert terms["MA-GP"].item() == pytest.approx(0.188034, rel=1e-3)


def test_second_order_gradients_by_finite_differences(golden, batch, monkeypatch):
    """The slope of the penalty along a direction in D's weights: autograd against (P(w + h) - P(w - h)) / 2h.

    With a smooth activation: at the bend of a leaky ReLU the slope of D jumps, and so does the penalty.
    """
    monkeypatch.setattr(F, "leaky_relu", lambda x, slope, *_: F.softplus(x) - slope * F.softplus(-x))
    game, stream = official.df_gan(official.df_gan_state(golden)).double(), torch.Generator().manual_seed(0)
    data = TextBatch(*(value.double() for value in batch))
    weights = list(game.discriminator.parameters())
    ways = [torch.randn(w.shape, generator=stream, dtype=torch.double) * w.abs().mean() for w in weights]
    gradients = torch.autograd.grad(game.d_loss(data)["MA-GP"], weights, allow_unused=True)
    slope = sum((g * way).sum() for g, way in zip(gradients, ways) if g is not None).item()
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            for weight, way in zip(weights, ways):
                weight += sign * STEP * way
        values.append(game.d_loss(data)["MA-GP"].item())
        with torch.no_grad():
            for weight, way in zip(weights, ways):
                weight -= sign * STEP * way
    assert (values[0] - values[1]) / (2 * STEP) == pytest.approx(slope, rel=2e-2)


def test_parameter_counts_of_the_authors():
    sizes = {256: (9_744_131, 6_619_206), 64: (4_868_867, 3_210_820), 128: (7_306_499, 4_915_013)}
    for size, (g, d) in sizes.items():
        config = replace(PUBLISHED, size=size)
        head = count_parameters(Discriminator(config).head)
        assert head == 295_936
        assert (count_parameters(Generator(config)), count_parameters(Discriminator(config)) - head) == (g, d)


@pytest.mark.parametrize("size", [32, 64, 128])
def test_shapes(size):
    config = replace(SMALL, size=size, g_channels=2, d_channels=2)
    game = DfGan(config)
    assert game.generator(torch.randn(2, 16), torch.randn(2, 32)).shape == (2, 3, size, size)
    logits = game.discriminator(torch.randn(2, 3, size, size), torch.randn(2, 32), torch.randn(2, 32))
    assert [tuple(x.shape) for x in logits] == [(2,), (2,)]


# --- at the beginning ---------------------------------------------------------------------------------------------

def test_at_first_the_picture_does_not_depend_on_the_text(batch):
    torch.manual_seed(0)
    game = DfGan(SMALL)
    assert torch.equal(game.generator(batch.noise, batch.text), game.generator(batch.noise, batch.wrong_text))


def test_at_first_only_the_strength_of_the_residual_branch_gets_a_gradient(batch):
    torch.manual_seed(0)
    game = DfGan(SMALL)
    sum(game.d_loss(batch).values()).backward()
    for block in game.discriminator.blocks:
        assert block.conv1.weight.grad.abs().sum() == 0 == block.conv2.weight.grad.abs().sum()
        assert block.strength.grad.abs() > 0 and (block.shortcut.weight.grad is not None) == block.widens
    assert all(p.grad is None for p in game.generator.parameters())


# --- the penalty --------------------------------------------------------------------------------------------------

def test_the_penalty_of_a_linear_discriminator_in_closed_form():
    stream = torch.Generator().manual_seed(0)
    a, b = torch.randn(7, generator=stream), torch.randn(4, generator=stream)
    image, text = torch.randn(5, 7, requires_grad=True), torch.randn(5, 4, requires_grad=True)
    for power in (2.0, 6.0):
        expected = (a.square().sum() + b.square().sum()) ** (power / 2)
        found = gradient_penalty(image @ a + text @ b, image, text, power=power)
        assert found.item() == pytest.approx(expected.item(), rel=1e-5)


def test_the_penalty_ignores_fakes_and_is_gone_at_k_zero(golden, batch):
    other = batch._replace(noise=batch.noise * 3 + 1)
    first, second = golden.d_loss(batch), golden.d_loss(other)
    assert first["MA-GP"] == second["MA-GP"] and first["fake, right text"] != second["fake, right text"]
    none = official.df_gan(official.df_gan_state(golden))
    none.config = replace(none.config, penalty=0.0)
    assert none.d_loss(batch)["MA-GP"] == 0


def test_the_penalty_trains_both_parts_of_the_discriminator_through_picture_and_text(golden, batch):
    golden.zero_grad()
    golden.d_loss(batch)["MA-GP"].backward()
    assert golden.discriminator.from_rgb.weight.grad.abs().sum() > 0
    assert golden.discriminator.head[0].weight.grad[:, -32:].abs().sum() > 0        # the part that reads the text
    assert all(p.grad is None for p in golden.generator.parameters())


def test_a_gradient_of_zero_has_a_finite_slope():
    weight = torch.zeros(3, requires_grad=True)
    image = torch.ones(2, 3, requires_grad=True)
    gradient_penalty(image @ weight, image, power=6.0).backward()
    assert torch.equal(weight.grad, torch.zeros(3))


def test_hinges():
    logits = torch.tensor([-2.0, 0.0, 3.0])
    assert hinge_yes(logits).item() == pytest.approx((3 + 1 + 0) / 3)
    assert hinge_no(logits).item() == pytest.approx((0 + 1 + 4) / 3)
    assert hinge_no(logits) == hinge_yes(-logits)


# --- the order of operations --------------------------------------------------------------------------------------

def test_enlarging_late_and_shrinking_early_change_nothing(golden, batch):
    """The authors enlarge first and shrink last: the same function up to rounding."""
    block, condition = golden.generator.blocks[1], torch.cat([batch.noise, batch.text], 1)
    features = drawn("features", (3, block.conv1.in_channels, 8, 8))
    large = df_gan.enlarge(features)
    plain = block.shortcut(large) + block.conv2(block.fuse2(block.conv1(block.fuse1(large, condition)), condition))
    assert torch.allclose(block(features, condition), plain, rtol=1e-4, atol=1e-5)
    down = golden.discriminator.blocks[0]
    seen = drawn("seen", (3, down.conv1.in_channels, 16, 16))
    residual = F.leaky_relu(down.conv2(F.leaky_relu(down.conv1(seen), 0.2)), 0.2)
    plain = F.avg_pool2d(down.shortcut(seen), 2) + down.strength * residual
    assert torch.allclose(down(seen), plain, rtol=1e-4, atol=1e-5)


# --- the authors' files -------------------------------------------------------------------------------------------

def test_weights_come_back_under_the_authors_names(golden, tmp_path):
    state = official.df_gan_state(golden)
    torch.save(state, tmp_path / "state_epoch_1.pth")
    again = official.df_gan_state(official.df_gan(tmp_path / "state_epoch_1.pth"))
    assert {net: list(part) for net, part in again["model"].items()} == {
        net: list(part) for net, part in state["model"].items()}
    assert all(torch.equal(value, again["model"][net][key])
               for net, part in state["model"].items() for key, value in part.items())
    assert "GBlocks.0.fuse1.affine0.fc_gamma.linear1.weight" in state["model"]["netG"]
    assert {"conv_img.bias", "DBlocks.0.gamma", "DBlocks.3.conv_s.weight"} <= state["model"]["netD"].keys()
    assert list(state["model"]["netC"]) == ["joint_conv.0.weight", "joint_conv.2.weight"]


def test_the_prefix_of_parallel_training_is_taken_off(golden):
    state = official.df_gan_state(golden)["model"]
    prefixed = {net: {f"module.{key}": value for key, value in part.items()} for net, part in state.items()}
    assert official.df_gan({"model": prefixed}).config == golden.config


def test_what_does_not_fit_is_refused(golden, tmp_path):
    def state():
        return {net: dict(part) for net, part in official.df_gan_state(golden)["model"].items()}
    surplus, missing, misshapen = state(), state(), state()
    surplus["netG"]["extra"] = torch.zeros(1)
    del missing["netC"]["joint_conv.2.weight"]
    misshapen["netD"]["conv_img.bias"] = torch.zeros(3)
    for content, words in ((surplus, "also extra"), (missing, "no joint_conv.2.weight"),
                           (misshapen, "misshapen conv_img.bias"), ({}, "netG, netD, netC"),
                           ({"block0.c1.weight": torch.zeros(1)}, "format of 2020")):
        with pytest.raises(CheckpointError, match=words):
            official.df_gan({"model": content} if "netG" in content else content)
    with pytest.raises(FileNotFoundError, match="there is none"):
        official.df_gan(tmp_path / "nothing.pth")
    (tmp_path / "broken.pth").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match="cannot be read"):
        official.df_gan(tmp_path / "broken.pth")
