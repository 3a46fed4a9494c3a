"""Silenced blocks: exact by hand, a network in which one block alone listens, the study, and its figures."""

import re
from itertools import chain, combinations, pairwise

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib import figures_fusion, measuring, runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.data.captions import describe
from t2ilib.figures_fusion import architecture, passes, silence_matrix
from t2ilib.metrics import silence
from t2ilib.metrics.measures import hits, named_colours
from t2ilib.metrics.probe import read
from t2ilib.metrics.silence import block_names, mean_sentence, paint_silenced, silenced
from t2ilib.papers import gan_cls
from t2ilib.papers.df_gan import Affine, Config, DfGan, Generator
from t2ilib.sample import SHOWN_CAPTIONS, Painter
from t2ilib.studies import df_gan_silence, find

SMALL = Config(size=64, g_channels=2, d_channels=2, noise_dim=8)
CAPTIONS = list(SHOWN_CAPTIONS[:3])


def hearing(blocks=range(4), seed=0):
    """An untrained generator in which the sentence matters, in some blocks only; at first it does in none."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = Generator(SMALL)
        for block in blocks:
            for affine in (part for part in generator.blocks[block].modules() if isinstance(part, Affine)):
                for numbers in (affine.scale, affine.shift):
                    nn.init.normal_(numbers[-1].weight, std=0.5)
    return generator.eval()


def painter_of(generator):
    return Painter(generator, sample.load_encoder(), sample.load_probe(), SMALL.noise_dim)


@pytest.fixture(scope="module")
def generator():
    return hearing()


@pytest.fixture(scope="module")
def batch():
    """Noise, a text, and another one."""
    stream = runtime.generator(1)
    return [torch.randn(3, size, generator=stream) for size in (8, 256, 256)]


def by_hand(generator, noise, text, instead, blocks):
    """The generator's forward written out, with a condition for each block."""
    features = generator.start(noise).view(len(noise), -1, 4, 4)
    for i, block in enumerate(generator.blocks):
        features = block(features, torch.cat([noise, instead if i in blocks else text], dim=1))
    return torch.tanh(generator.to_rgb(F.leaky_relu(features, 0.2)))


def every_choice(count):
    return list(chain.from_iterable(combinations(range(count), size) for size in range(count + 1)))


@torch.no_grad()
def check_silence(candidate, generator, batch):
    """The whole contract, bit for bit, for all sixteen ways to silence four blocks."""
    noise, text, instead = batch
    made = {blocks: candidate(generator, noise, text, instead, blocks) for blocks in every_choice(4)}
    assert torch.equal(made[()], generator(noise, text))
    assert torch.equal(made[0, 1, 2, 3], generator(noise, instead))
    for blocks, images in made.items():
        assert torch.equal(images, by_hand(generator, noise, text, instead, blocks)), blocks
    assert all(not torch.equal(a, b) for a, b in combinations(made.values(), 2))


def test_each_choice_of_blocks_is_what_the_blocks_make_of_their_own_conditions(generator, batch):
    check_silence(silenced, generator, batch)


def counted_from_the_picture(generator, noise, text, instead, blocks):
    return silenced(generator, noise, text, instead, [3 - block for block in blocks])


def complement(generator, noise, text, instead, blocks):
    return silenced(generator, noise, text, instead, set(range(4)) - set(blocks))


def without_noise(generator, noise, text, instead, blocks):
    quiet = by_hand(generator, torch.zeros_like(noise), text, instead, blocks)
    return quiet if blocks else generator(noise, text)


def first_fusion_only(generator, noise, text, instead, blocks):
    other = torch.cat([noise, instead], dim=1)
    hooks = [generator.blocks[block].fuse1.register_forward_pre_hook(lambda _, given: (given[0], other))
             for block in blocks]
    made = generator(noise, text)
    for hook in hooks:
        hook.remove()
    return made


@pytest.mark.parametrize("mutant", [counted_from_the_picture, complement, without_noise, first_fusion_only])
def test_other_ways_to_silence_are_told_apart(mutant, generator, batch):
    with pytest.raises(AssertionError):
        check_silence(mutant, generator, batch)


def test_what_lies_before_a_silenced_block_is_untouched(generator, batch):
    noise, text, instead = batch
    seen = []
    hooks = [block.register_forward_hook(lambda _, __, made: seen.append(made)) for block in generator.blocks]
    with torch.no_grad():
        generator(noise, text)
        silenced(generator, noise, text, instead, [2])
    for hook in hooks:
        hook.remove()
    plain, silent = seen[:4], seen[4:]
    assert [torch.equal(*both) for both in zip(plain, silent)] == [True, True, False, False]


def test_nothing_is_left_behind_even_after_an_error(batch):
    generator, (noise, text, instead) = hearing(), batch
    before = generator(noise, text)
    with pytest.raises(RuntimeError):
        silenced(generator, noise[:, :5], text, instead, [0, 3])
    assert not any(block._forward_pre_hooks for block in generator.blocks)
    assert torch.equal(generator(noise, text), before)


def test_gradients_reach_the_text_through_the_blocks_that_hear_it(batch):
    noise, text, instead = batch[0], *(vectors.clone().requires_grad_(True) for vectors in batch[1:])
    generator = hearing(blocks=[1])
    for blocks, heard in ((), True), ((0, 2, 3), True), ((1,), False):
        found = torch.autograd.grad(silenced(generator, noise, text, instead, blocks).sum(), text, allow_unused=True)[0]
        assert bool(found is not None and found.abs().sum() > 0) == heard


@pytest.mark.parametrize("blocks", [[4], [-1], [0, 7]])
def test_blocks_that_are_not_there_are_refused(generator, batch, blocks):
    with pytest.raises(ValueError, match=r"of 0 to 3, got \[-?\d\]; block 0 works at 4 x 4"):
        silenced(generator, *batch, blocks)


def test_a_generator_of_another_paper_is_refused(batch):
    other = gan_cls.Generator(gan_cls.Config(g_channels=4))
    with pytest.raises(ValueError, match="got t2ilib.papers.gan_cls.Generator; take one of DF-GAN"):
        silenced(other, *batch, [0])


def test_blocks_are_named_after_the_sides_they_lead_from_and_to(generator):
    assert block_names(generator) == ["4 → 8", "8 → 16", "16 → 32", "32 → 64"]
    made = passes(generator, list(generator.blocks), torch.zeros(1, 8), torch.zeros(1, 256))
    assert block_names(generator) == [f"{block.given[0][1]} → {block.made[1]}" for block in made]


def test_the_mean_sentence_is_the_mean_of_training_captions(monkeypatch):
    encoder = sample.load_encoder()
    monkeypatch.setattr(silence, "CAPTIONS", 20)
    mean_sentence.cache_clear()
    said = [describe(World(0, 2).scene(i, split="train"))[0] for i in range(20)]
    found = mean_sentence(encoder)
    torch.testing.assert_close(found, sum(encoder.encode([one]) for one in said) / 20, atol=1e-5, rtol=1e-5)
    assert found.shape == (1, 256) and mean_sentence(encoder) is found
    mean_sentence.cache_clear()


def test_the_mean_sentence_is_nearer_to_captions_than_they_are_to_each_other():
    encoder = sample.load_encoder()
    text, mean = encoder.encode(list(SHOWN_CAPTIONS)), mean_sentence(encoder)
    apart = torch.cdist(text, text)[~torch.eye(len(text), dtype=torch.bool)]
    assert torch.cdist(text, mean).max() < apart.median()


def test_painting_with_nothing_silenced_is_painting(generator):
    painter = painter_of(generator)
    noise = painter.noise(3, 5)
    torch.testing.assert_close(paint_silenced(painter, CAPTIONS, noise, ()), painter.paint(CAPTIONS, noise), atol=1e-5,
                               rtol=1e-5)
    mean = mean_sentence(painter.encoder).expand(3, -1)
    with torch.no_grad():
        torch.testing.assert_close(paint_silenced(painter, CAPTIONS, noise, range(4)), generator(noise, mean),
                                   atol=1e-5, rtol=1e-5)


# --- the study ----------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def unseen():
    return rendered.load(World(2, 2), "test", 20, 64)


@pytest.fixture
def studied(monkeypatch, unseen):
    """The study in small, of a painter whose block "16 → 32" alone listens."""
    painter = painter_of(hearing(blocks=[2]))
    monkeypatch.setattr(measuring, "unseen", lambda profile, level: unseen)
    monkeypatch.setattr(Painter, "shipped", classmethod(lambda cls, name: {"df_gan": painter}[name]))
    return find("df_gan_silence").run("smoke")


def test_the_study_finds_the_block_that_listens(studied):
    found = studied.measures
    assert list(found) == ["silenced: none", *(f"silenced: {name}" for name in block_names(hearing())),
                           *(f"only: {name}" for name in block_names(hearing())), "silenced: all"]
    for name in ("silenced: 4 → 8", "silenced: 8 → 16", "silenced: 32 → 64", "only: 16 → 32"):
        assert found[name] == found["silenced: none"]
    for name in ("silenced: 16 → 32", "only: 4 → 8", "only: 8 → 16", "only: 32 → 64"):
        assert found[name] == found["silenced: all"]


def test_shares_are_those_of_the_measures(studied, unseen):
    for score in studied.measures.values():
        named, rows = studied.arrays["named"], score["rows"]
        right = sum(share * count for share, count in zip(rows.values(), named) if count)
        assert score["value"] == pytest.approx(right / named.sum())
        assert [share is None for share in rows.values()] == list(named == 0)
        assert score["low"] <= score["value"] <= score["high"] and score["n"] == 8
    assert list(rows) == list(df_gan_silence.NAMED)


def test_hits_by_part_add_up_to_hits(unseen):
    captions = [captions[0] for captions in unseen.captions[:20]]
    readings, named = read(sample.load_probe(), runtime.to_tensor(unseen.images[:20])), named_colours(captions)
    for by_part, whole in zip(df_gan_silence.part_hits(readings, named), hits(readings, named)):
        assert by_part.shape == (20, 11) and np.array_equal(by_part.sum(1), whole)
    right, asked = df_gan_silence.part_hits(readings, named)
    assert right.sum() > 0.8 * asked.sum() > 0          # real pictures: the probe reads what their captions say


# --- figures ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [32, 64, 128])
def test_the_diagram_shows_the_shapes_of_the_networks(size):
    game = DfGan(Config(size=size, g_channels=4, d_channels=2))
    shown = architecture(game)
    sides = [4 * 2**level for level in range(int(np.log2(size)) - 1)]
    widths = game.config.widths(4)[::-1]
    assert " → ".join(f"{width}×{side}×{side}" for width, side in zip(widths, sides)) in shown.text
    judge = game.config.widths(2)
    assert " → ".join(f"{width}×{side}×{side}" for width, side in zip(judge, sides[::-1])) in shown.text
    assert f"stacked on the features: {judge[-1] + 256}×4×4" in shown.text and "condition (356)" in shown.text
    assert f"each of the {len(sides) - 1} blocks twice" in shown.text and shown.html.count("<svg ") == 3


def test_each_block_gets_two_arrows_of_the_condition_and_no_box_leaves_the_paper():
    html = figures_fusion.generator_diagram(DfGan(Config(g_channels=4, d_channels=2))).html
    boxes = sorted((float(x), float(x) + float(w)) for x, y, w in
                   re.findall(r'<rect x="([\d.]+)" y="(44)" width="([\d.]+)"', html))
    assert len(boxes) == 7 and boxes[0][0] >= 10 and boxes[-1][1] <= 794
    gaps = [(a[1], b[0]) for a, b in pairwise(boxes)]
    rises = [float(x) for x in re.findall(rf'd="M([\d.]+) 169.0 V[^>]*stroke="{figures_fusion.VIOLET}"', html)]
    assert [sum(low < x < high for x in rises) for low, high in gaps] == [0, 2, 2, 2, 2, 0]
    assert min(high - low for low, high in gaps) >= figures_fusion.GAP


def test_the_inside_of_a_block_is_the_first_that_narrows():
    game = DfGan(Config(g_channels=4, d_channels=2))
    said = figures_fusion.block_diagram(game).text
    assert "32×8×8 is fused, enlarged to 32×16×16, convolved to 16×16×16" in said
    assert "the shortcut makes 16×8×8" in said and said.endswith("the sum of both is 16×16×16.")


def test_the_diagram_leaves_the_networks_as_they_were():
    game = DfGan(Config(g_channels=4, d_channels=2)).train()
    architecture(game)
    assert game.generator.training and not any(part._forward_hooks for part in game.modules())


def test_the_matrix_tells_all_shares_and_leaves_out_what_no_caption_names(studied):
    measures, named = studied.measures, studied.arrays["named"]
    shown = silence_matrix(measures, named)
    for name, score in measures.items():
        assert named.dtype.kind == "i" and f"{name.replace(':', '')} {score['value']:.2f}" in shown.alt
    assert shown.width == 800 and silence_matrix(measures, np.ones(11) * (named > 0)).alt == shown.alt
