"""Larger than trained: exact by hand, local by design, and the measures at their limits."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib import runtime, sample, studies
from t2ilib.papers import gan_cls
from t2ilib.papers.df_gan import Affine, Config, Generator, enlarge, shrink
from t2ilib.sample import Painter
from t2ilib.studies import beyond_size
from t2ilib.studies.beyond_size import (
    ENLARGED,
    TRAINED,
    WAYS,
    Truth,
    all_ways,
    draw_larger,
    fine_share,
    side_by_side,
    smoothly,
    stretched,
)

SMALL = Config(size=64, g_channels=2, d_channels=2, noise_dim=8)
CAPTIONS = list(sample.SHOWN_CAPTIONS[:3])


def untrained(size=64):
    """A generator in which the condition matters; a fresh one does not listen yet."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = Generator(Config(size=size, g_channels=2, d_channels=2, noise_dim=8))
        for affine in (part for part in generator.modules() if isinstance(part, Affine)):
            for numbers in (affine.scale, affine.shift):
                nn.init.normal_(numbers[-1].weight, std=0.5)
    return generator.eval()


@pytest.fixture(scope="module")
def generator():
    return untrained()


@pytest.fixture(scope="module")
def batch():
    """Noise and a text."""
    return [torch.randn(3, size, generator=runtime.generator(1)) for size in (8, 256)]


@pytest.fixture(scope="module")
def painter(generator):
    return Painter(generator, sample.load_encoder(), sample.load_probe(), SMALL.noise_dim)


# --- the ways -----------------------------------------------------------------------------------------------------

@torch.no_grad()
def by_hand(generator, features, noise, text):
    """All layers behind the first, written out."""
    for block in generator.blocks:
        features = block(features, torch.cat([noise, text], dim=1))
    return torch.tanh(generator.to_rgb(F.leaky_relu(features, 0.2)))


@torch.no_grad()
def check_larger(candidate, generator, batch):
    """The whole contract, bit for bit: features of 8 x 8 are what differs."""
    for way in WAYS.values():
        made = candidate(generator, *batch, way)
        assert made.shape == (3, 3, 128, 128) and made.abs().max() <= 1
        assert torch.equal(made, by_hand(generator, way(generator, batch[0]), *batch))


def test_the_first_features_are_all_that_changes(generator, batch):
    check_larger(draw_larger, generator, batch)


def enlarged_later(generator, noise, text, way):
    features = generator.blocks[0](beyond_size.start(generator, noise), torch.cat([noise, text], dim=1))
    for block in generator.blocks[1:]:
        features = block(enlarge(features) if block is generator.blocks[1] else features, torch.cat([noise, text], 1))
    return torch.tanh(generator.to_rgb(F.leaky_relu(features, 0.2)))


def enlarged_at_the_end(generator, noise, text, way):
    return enlarge(generator(noise, text))


def without_text(generator, noise, text, way):
    return draw_larger(generator, noise, torch.zeros_like(text), way)


@pytest.mark.parametrize("mutant", [enlarged_later, enlarged_at_the_end, without_text])
def test_other_ways_to_grow_are_told_apart(mutant, generator, batch):
    with pytest.raises(AssertionError):
        check_larger(mutant, generator, batch)


@torch.no_grad()
def test_stretched_features_have_every_place_four_times(generator, batch):
    first, larger = generator.start(batch[0]).view(3, -1, 4, 4), stretched(generator, batch[0])
    for y, x in np.ndindex(8, 8):
        assert torch.equal(larger[:, :, y, x], first[:, :, y // 2, x // 2])


@torch.no_grad()
def test_side_by_side_are_four_starts_of_different_standard_normal_noises(generator, batch):
    noise, larger = batch[0], side_by_side(generator, batch[0])
    quarters = [larger[..., y:y + 4, x:x + 4] for y in (0, 4) for x in (0, 4)]
    signs, reverse = torch.tensor([1.0, -1.0]), torch.arange(7, -1, -1)
    noises = [sign * noise[:, order] for order in (torch.arange(8), reverse) for sign in signs]
    for quarter, own in zip(quarters, noises):
        assert torch.equal(quarter, generator.start(own).view(3, -1, 4, 4))
        assert torch.allclose(own.square().sum(1), noise.square().sum(1))
    alone = torch.cat([side_by_side(generator, one[None]) for one in noise])
    torch.testing.assert_close(larger, alone)                           # no picture depends on its neighbours


@torch.no_grad()
def test_far_from_the_seams_the_first_of_four_is_the_picture_drawn_at_64(generator, batch):
    """What follows the first layer looks some 31 pixels around itself, whatever the size of the picture."""
    small, large = generator(*batch), draw_larger(generator, *batch, side_by_side)
    torch.testing.assert_close(large[..., :24, :24], small[..., :24, :24], atol=1e-5, rtol=1e-5)
    assert (large[..., :64, :64] - small).abs().amax() > 0.01
    assert (draw_larger(generator, *batch, stretched)[..., :24, :24] - small[..., :24, :24]).abs().amax() > 0.01


@pytest.mark.parametrize("size", [32, 128])
def test_any_size_is_doubled(size, batch):
    with torch.no_grad():
        assert draw_larger(untrained(size), *batch, stretched).shape == (3, 3, 2 * size, 2 * size)


def test_nothing_is_left_behind_even_after_an_error(batch):
    generator, before = untrained(), untrained()(*batch)
    with pytest.raises(RuntimeError):
        draw_larger(generator, batch[0], batch[1][:, :5], stretched)
    assert not generator.blocks[0]._forward_pre_hooks and torch.equal(generator(*batch), before)


def test_a_generator_of_another_paper_is_refused(batch):
    with pytest.raises(ValueError, match="got t2ilib.papers.gan_cls.Generator; take one of DF-GAN"):
        draw_larger(gan_cls.Generator(gan_cls.Config(g_channels=4)), *batch, stretched)


def test_all_ways_draw_the_same_captions_and_noise(painter):
    noise = painter.noise(3, 5)
    made = all_ways(painter, CAPTIONS, noise)
    assert list(made) == [TRAINED, ENLARGED, *WAYS] == ["drawn at 64", "enlarged", "stretched", "four side by side"]
    assert torch.equal(made[TRAINED], painter.paint(CAPTIONS, noise))
    assert torch.equal(made[ENLARGED], smoothly(made[TRAINED]))
    text = painter.encoder.encode(CAPTIONS)
    with torch.no_grad():
        for name, way in WAYS.items():
            torch.testing.assert_close(made[name], draw_larger(painter.generator, noise, text, way))


# --- the spectrum -------------------------------------------------------------------------------------------------

def wave(periods, side=128):
    """(1, 3, S, S): a wave across."""
    return torch.sin(2 * torch.pi * periods * torch.arange(side) / side).expand(1, 3, side, side)


def check_detail(candidate):
    """Waves that 64 pixels can hold count nothing, finer ones all; edges of the picture are no detail."""
    assert candidate(wave(25)).item() < 1e-4 and candidate(wave(40)).item() > 0.999
    assert candidate(wave(40).mT).item() > 0.999
    assert candidate(wave(10) + wave(50)).item() == pytest.approx(0.5, abs=0.01)
    assert candidate(torch.linspace(-1, 1, 128).expand(1, 3, 128, 128)).item() < 1e-4
    assert candidate(torch.full((1, 3, 128, 128), 0.3)).item() < 1e-9


def test_fine_detail_is_what_half_the_pixels_cannot_hold():
    check_detail(fine_share)


def unwindowed(images):
    power = torch.fft.fft2(images - images.mean((2, 3), keepdim=True)).abs().square()
    periods = (torch.fft.fftfreq(128) * 128).abs()
    fine = torch.maximum(periods[:, None], periods) > 32
    return (power[..., fine].sum((1, 2)) / power.sum((1, 2, 3)).clamp(min=1e-6)).numpy()


def beyond_an_eighth(images):
    power = torch.fft.fft2(images - images.mean((2, 3), keepdim=True)).abs().square()
    return (power[:, :, 16:112].sum((1, 2, 3)) / power.sum((1, 2, 3)).clamp(min=1e-6)).numpy()


@pytest.mark.parametrize("mutant", [unwindowed, beyond_an_eighth])
def test_other_spectra_are_told_apart(mutant):
    with pytest.raises(AssertionError):
        check_detail(mutant)


def test_enlarging_brings_hardly_any_detail_and_noise_is_full_of_it():
    noise = torch.rand(4, 3, 128, 128, generator=runtime.generator(0)) * 2 - 1
    assert (fine_share(smoothly(shrink(noise))) < 0.1).all()
    assert fine_share(noise) == pytest.approx(np.full(4, 1 - (65 / 128) ** 2), abs=0.02)


# --- the study ----------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def real():
    return beyond_size.truth(8)


def test_the_same_scenes_are_rendered_at_both_sizes(real):
    assert isinstance(real, Truth) and len(real.captions) == len(real.kinds) == len(real.large) == len(real.others) == 8
    assert real.large.shape[1:] == (3, 128, 128) and real.others.shape[1:] == (3, 64, 64)
    apart = torch.cdist(shrink(real.large).flatten(1), real.others.flatten(1))
    assert apart.min() > 10                                             # none of the others is one of the captions'


def test_real_pictures_are_at_the_ceiling_of_everything(monkeypatch, painter, real):
    monkeypatch.setattr(beyond_size, "all_ways", lambda *_: {
        TRAINED: shrink(real.large), ENLARGED: smoothly(shrink(real.large)),
        "stretched": real.large, "four side by side": real.large.roll(1, 0)})
    found = {name: score["value"] for name, score in beyond_size.compare(painter, real).measures.items()}
    for metric in ("faithfulness", "all parts right", "SynthFID"):
        assert found[f"{metric}: stretched"] == pytest.approx(found[f"{metric}: ceiling"])
    assert found["fine detail: stretched"] == pytest.approx(1) and found["fine detail: enlarged"] < 0.3
    assert found["faithfulness: ceiling"] > 0.8 > 0.5 > found["faithfulness: four side by side"]
    assert found["SynthFID: four side by side"] == pytest.approx(found["SynthFID: ceiling"], rel=1e-3)


def test_the_study_measures_the_shipped_model(monkeypatch, painter):
    asked = []
    monkeypatch.setattr(Painter, "shipped", classmethod(lambda cls, name: asked.append(name) or painter))
    study = studies.find("beyond_size")
    found = study.run("smoke").measures
    assert asked == ["df_gan"] and study.chapter == "09_df_gan" and study.seeds == (0,)
    names = {TRAINED, ENLARGED, *WAYS}
    for metric, others in (("faithfulness", {"ceiling", "floor"}), ("all parts right", {"ceiling", "floor"}),
                           ("SynthFID", {"ceiling"})):
        assert {name.split(": ")[1] for name in found if name.startswith(metric)} == names | others
    assert {name.split(": ")[1] for name in found if name.startswith("fine detail")} == names - {TRAINED}
    assert all(np.isfinite(score["value"]) and score["low"] <= score["high"] for score in found.values())
