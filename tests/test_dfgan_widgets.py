"""The widgets of chapter 9 without a browser: all models side by side, truncated noise, silenced blocks."""

import json
import re

import numpy as np
import pytest
import torch
from panels import PanelRules, pictures, without_pictures
from scipy import stats
from torch import nn

from t2ilib import checkpoint, runtime, sample
from t2ilib.data.birds import COLOURS
from t2ilib.metrics.measures import pairwise_spread
from t2ilib.metrics.probe import read
from t2ilib.metrics.silence import paint_silenced
from t2ilib.papers import gan_cls
from t2ilib.papers.df_gan import Affine, Config, Generator
from t2ilib.sample import Painter
from t2ilib.widgets import compare_models as models
from t2ilib.widgets import noise_truncation as noises
from t2ilib.widgets import silence_block as silences
from t2ilib.widgets.compare_models import compare_models, shipped_models
from t2ilib.widgets.four_models import four_models
from t2ilib.widgets.noise_truncation import Trade, noise_truncation, truncated
from t2ilib.widgets.silence_block import Silencer, silence_block

SAID = "a red bird with black wings"
PARTS = {"body": "red", "wing": "black"}
SMALL = Config(g_channels=2, d_channels=2, noise_dim=8)


@pytest.fixture(autouse=True)
def no_front_end(monkeypatch):
    monkeypatch.delenv("T2I_STATIC", raising=False)


def hearing(seed=0):
    """An untrained generator of DF-GAN in which the sentence matters; at first it does not."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = Generator(SMALL)
        for affine in (part for part in generator.modules() if isinstance(part, Affine)):
            for numbers in (affine.scale, affine.shift):
                nn.init.normal_(numbers[-1].weight, std=0.5)
    return generator.eval()


@pytest.fixture(scope="module")
def painter():
    return Painter(hearing(), sample.load_encoder(), sample.load_probe(), SMALL.noise_dim)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """All that is shipped, and a df_gan."""
    for path in runtime.CHECKPOINTS.iterdir():
        if not path.name.startswith("df_gan."):
            (tmp_path / path.name).symlink_to(path.resolve())
    weights = {f"generator.{name}": value for name, value in hearing().state_dict().items()}
    checkpoint.save(tmp_path / "df_gan.safetensors", "df_gan", SMALL, weights, ("bilstm",))
    (tmp_path / "df_gan.json").write_text(json.dumps({"steps": 1234}))
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)
    monkeypatch.setitem(models.TRAINING, "smoke", 10)
    models.training_album.cache_clear()
    yield tmp_path
    models.training_album.cache_clear()


@pytest.fixture(params=["silence", "noise"])
def shown(request, painter):
    """Both widgets of one model, and a change that must be seen."""
    if request.param == "silence":
        made = silence_block(painter, SAID)
        return made, lambda: setattr(made.blocks[0], "value", True)
    made = noise_truncation(painter, SAID)
    return made, lambda: setattr(made.psi, "value", 0.4)


def right_ones(images, parts=PARTS):
    """(N, parts): whether the probe sees the named colours."""
    readings = read(sample.load_probe(), images)
    return np.stack([readings.colours(part) == list(COLOURS).index(colour) for part, colour in parts.items()], axis=1)


class TestPanels(PanelRules):
    """What holds for all widgets."""


def test_reset_brings_back_the_sentence_and_the_noise(shown):
    made, _ = shown
    first = made.view.value
    made.sentence.value, made.noise.value = "a green bird", 7
    made.reset()
    assert made.view.value == first


@pytest.mark.parametrize("said", ["", "   ", "?!", "é ß 鳥", "<script>alert(1)</script>", "red " * 3000])
def test_any_sentence_is_taken(shown, said):
    made, _ = shown
    made.sentence.value = said
    assert "nan" not in without_pictures(made.view.value) and "<script>" not in made.view.value
    assert "<script>" not in made._repr_mimebundle_()["text/html"]


def test_the_shipped_df_gan_is_the_first_choice(shelf):
    assert silence_block(sentence=SAID).silencer.painter is Painter.shipped("df_gan")
    assert noise_truncation(sentence=SAID).trade.painter is Painter.shipped("df_gan")


# All models


def test_all_models_with_weights_are_compared_and_four_remain_four(shelf):
    there = [name for name in sample.PAPERS if (shelf / f"{name}.safetensors").exists()]
    titles = [model.title for model in compare_models(profile="smoke").models]
    assert titles == [models.TITLES[name] for name in there] and titles[-1] == "DF-GAN"
    assert [model.title for model in four_models(profile="smoke").models] == titles[:-1]
    assert shipped_models(["df_gan"])[0].trained == "1,234 steps"


def test_models_of_different_papers_stand_one_below_the_other(shelf):
    made = compare_models(["gan_int_cls", "df_gan"], SAID, "smoke")
    drawn = [Painter.shipped(name).draw(SAID, n=6).images for name in ("gan_int_cls", "df_gan")]
    assert np.array_equal(pictures(made.view.value)[:12], np.concatenate(drawn))
    assert "GAN-INT-CLS" in made.view.value and "<b>DF-GAN</b> · 1,234 steps" in made.view.value


def test_every_paper_that_draws_sentences_has_a_title():
    assert set(models.TITLES) >= set(sample.PAPERS)


def test_what_is_not_there_is_told(shelf, monkeypatch, tmp_path):
    with pytest.raises(FileNotFoundError, match="gan_style"):
        compare_models(["df_gan", "gan_style"], profile="smoke")
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path / "empty")
    with pytest.raises(ValueError, match="got none; give some of gan_naive, .*df_gan"):
        shipped_models()


# Truncated noise


def check_truncation(candidate):
    """The authors' noise: psi times a normal cut off at ±2."""
    noise = torch.randn(20_000, generator=runtime.generator(0))
    for psi in (0.5, 0.88, 1.3):
        made = candidate(noise, psi)
        assert 1.99 * psi < made.abs().max() <= 2 * psi + 1e-6 and made.dtype == noise.dtype
        assert stats.kstest(made.numpy() / psi, stats.truncnorm(-2, 2).cdf).pvalue > 0.01
        assert (made[noise.argsort()].diff() >= 0).all()
    assert not candidate(noise, 0.0).any()


def test_truncated_noise_is_the_authors():
    check_truncation(truncated)


@pytest.mark.parametrize("mutant", [
    lambda noise, psi: psi * noise, lambda noise, psi: psi * noise.clamp(-2, 2),
    lambda noise, psi: truncated(noise, 1, bound=max(2 * psi, 1e-9)), lambda noise, psi: truncated(noise, psi, 1.9),
    lambda noise, psi: truncated(noise, min(psi, 1.0))])
def test_other_truncations_are_told_apart(mutant):
    with pytest.raises(AssertionError):
        check_truncation(mutant)


def test_each_number_keeps_its_rank_and_its_side():
    noise = torch.tensor([-6.0, -1.0, -1e-3, 0.0, 0.5, 3.0, 9.0])
    made = truncated(noise, 1.0)
    assert (made.diff() > 0).all() and made[3] == pytest.approx(0, abs=1e-6) and made[-1] == pytest.approx(2)
    torch.testing.assert_close(truncated(noise, 0.3), 0.3 * made)
    torch.testing.assert_close(truncated(noise, 1.0, bound=8)[:-1], noise[:-1], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("psi, bound", [(-0.1, 2.0), (0.5, 0.0)])
def test_impossible_truncations_are_refused(psi, bound):
    with pytest.raises(ValueError, match="psi should be 0 or more and the bound above 0, got"):
        truncated(torch.zeros(2), psi, bound)


def test_pictures_are_drawn_from_truncated_noise_and_measured(painter):
    made = noise_truncation(painter, SAID)
    made.noise.value, made.psi.value = 3, 0.4
    noise = painter.noise(8, 3)
    images, usual = (painter.paint([SAID] * 8, some) for some in (truncated(noise, 0.4), noise))
    assert np.array_equal(pictures(made.view.value), runtime.to_pixels(images))
    apart, training = (pairwise_spread(painter.probe, some[None])[0] for some in (images, usual))
    right, before = right_ones(images), right_ones(usual)
    assert (f"no number of the noise is beyond ±0.80; named colours right: {right.sum()} of 16 ({right.mean():.0%}; "
            f"training noise {before.mean():.0%}); diversity {apart / training:.0%} of that") in made.view.value


def test_without_noise_all_birds_are_one_and_with_training_noise_diversity_is_whole(painter):
    trade = Trade(painter)
    none, usual = trade.at(SAID, 0, 0.0), trade.at(SAID, 0, None)
    assert none.spread == pytest.approx(0, abs=1e-3) and (none.images == none.images[0]).all()
    assert noises.relative(usual, usual) == 1 and usual.spread > none.spread + 0.1


def test_the_curves_go_through_what_is_measured(painter):
    made = noise_truncation(painter, SAID)
    made.psi.value = 1.0
    svg = re.search(r"<svg .*</svg>", made.view.value, re.DOTALL)[0]
    trade, places = made.trade, [0, 0.4, 0.8, 1.0, 1.2, 1.6]
    usual = trade.at(SAID, 0, None)
    values = {"colours right": [trade.at(SAID, 0, psi).share for psi in places],
              "diversity": [trade.at(SAID, 0, psi).spread / usual.spread for psi in places]}
    for name, expected in values.items():
        told = ", ".join(f"{value:.0%} at {psi:.2f}" for value, psi in zip(expected, places))
        assert f"{name} {told}" in svg
    top = max(1, *values["diversity"])
    lines = re.findall(r'<path d="(M[^"]+)" fill="none"', svg)
    for path, expected in zip(lines, values.values()):
        points = np.array([tuple(map(float, point)) for point in re.findall(r"([\d.]+),([\d.]+)", path)])
        assert np.allclose(points[:, 0], [noises.across(psi) for psi in places], atol=0.06)
        assert np.allclose(points[:, 1], [noises.height(value, top) for value in expected], atol=0.06)
        assert f'<circle cx="{points[3, 0]:.1f}" cy="{points[3, 1]:.1f}"' in svg
    assert len(lines) == 2 and noises.height(0, top) > noises.height(1, top) >= noises.TOP


def test_moving_the_slider_draws_one_set_only(painter, monkeypatch):
    made, drawn = noise_truncation(painter, SAID), []
    paint = painter.paint
    monkeypatch.setattr(painter, "paint", lambda *asked: drawn.append(asked) or paint(*asked))
    made.psi.value = 0.6
    assert len(drawn) == 1
    made.reset()
    made.psi.value = 0.6
    assert len(drawn) == 1


def test_the_authors_psi_is_a_place_of_the_slider(painter):
    assert (noises.AUTHORS / noises.STEP) % 1 == pytest.approx(0, abs=1e-9)
    assert noise_truncation(painter, SAID).settings()["psi"] == "0.88"


def test_a_sentence_without_colours_has_diversity_only(painter):
    html = noise_truncation(painter, "a bird").view.value
    assert "the sentence names no colour" in html and len(re.findall(r'<path d="M[^"]+" fill="none"', html)) == 1


# Silenced blocks


def test_both_rows_are_the_pictures_before_and_after(painter):
    made = silence_block(painter, SAID)
    made.silence([0, 2])
    noise = painter.noise(6, 0)
    before, after = (paint_silenced(painter, [SAID] * 6, noise, blocks) for blocks in ([], [0, 2]))
    found = pictures(made.view.value)
    assert np.array_equal(found, runtime.to_pixels(torch.cat([before, after])))
    assert not np.array_equal(found[:6], found[6:])
    for head, images in (("All blocks hear the sentence", before), ("Silenced: 4 → 8, 16 → 32", after)):
        assert f"<b>{head}</b> · named colours found: {right_ones(images).sum()} of 12" in made.view.value


def test_with_nothing_silenced_both_rows_are_one(painter):
    made = silence_block(painter, SAID)
    made.silence([])
    found = pictures(made.view.value)
    assert np.array_equal(found[:6], found[6:]) and "No block is silenced" in made.view.value
    assert made.settings()["silenced"] == "none"


def test_the_table_counts_each_block_alone(painter):
    made = silence_block(painter, "a bird with a blue body and black wings and a grey tail")
    noise, parts = painter.noise(6, 0), {part: colour for part, colour, _ in
                                         made.silencer.draw(made.sentence.value, 0, frozenset()).marks[0]}
    assert parts == {"body": "blue", "wing": "black", "tail": "grey"}
    counts = {name: right_ones(paint_silenced(painter, [made.sentence.value] * 6, noise, blocks), parts).sum(0)
              for name, blocks in {"none": (), "4 → 8": (0,), "8 → 16": (1,), "16 → 32": (2,), "32 → 64": (3,),
                                   "all": range(4)}.items()}
    text = made.picture().text
    for i, (part, colour) in enumerate(parts.items()):
        told = ", ".join(f"{name} {count[i]}" for name, count in counts.items())
        assert f"{colour} {part}, of 6, silenced: {told}" in text


def each(**counts):
    """Sets of six pictures by name, with a red wing on so many of them."""
    return {name: silences.Drawn(np.zeros((6, 64, 64, 3), np.uint8),
                                 [[("wing", "red", "red" if i < count else "blue")] for i in range(6)])
            for name, count in counts.items()}


def test_a_lost_colour_is_bold():
    assert silences.cells(each(none=6, a=3, b=4, all=0), "wing") == ["6", "<b>3</b>", "4", "<b>0</b>"]
    assert silences.cells(each(none=0, a=0, b=1, all=0), "wing") == ["0", "0", "1", "0"]


def test_other_blocks_draw_only_what_is_new(painter, monkeypatch):
    made = silence_block(painter, SAID)
    before = made.silencer.draw.cache_info().misses
    made.blocks[0].value = True
    assert made.silencer.draw.cache_info().misses == before + 1
    made.blocks[0].value = False
    assert made.silencer.draw.cache_info().misses == before + 1


def test_there_is_a_box_for_each_block_of_any_size():
    for size, names in ((32, 3), (128, 5)):
        config = Config(size=size, g_channels=2, noise_dim=8)
        assert len(Silencer(Painter(Generator(config), None, None, 8)).names) == names


def test_only_df_gan_can_be_silenced():
    other = Painter(gan_cls.Generator(gan_cls.Config(g_channels=4)), sample.load_encoder(), sample.load_probe(), 100)
    with pytest.raises(ValueError, match="take one of DF-GAN"):
        silence_block(other)
