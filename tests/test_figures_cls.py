"""The figures of chapter 5: shapes come from the networks, numbers from what is given, and nothing is blank."""

import re
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from cards import fit, has, pixels

from t2ilib import figures_cls, figures_diagram, figures_paths, runtime
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.figures import COLOUR
from t2ilib.figures_diagram import Arrow, Node
from t2ilib.papers import gan_cls
from t2ilib.papers.gan_cls import TITLES
from t2ilib.sample import Painter, load_encoder, load_probe

SMALL = gan_cls.RECIPES["steady"]["smoke"][0]


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Figures are drawn with one pixel for each of CSS, which is faster."""
    monkeypatch.setitem(plt.rcParams, "savefig.dpi", 100)


@pytest.fixture(scope="module")
def birds():
    return rendered.load(World(2, 1), "test", 100, 64)


@pytest.fixture(scope="module")
def painter():
    """A painter that has learned nothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = gan_cls.Generator(SMALL)
    return Painter(generator, load_encoder(), load_probe(), SMALL.noise_dim)


# --- both networks ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("changes, g_maps, d_maps", [
    ({}, "64 × 4 × 4|32 × 8 × 8|16 × 16 × 16|8 × 32 × 32|3 × 64 × 64", "72|192 × 4 × 4"),
    ({"size": 32}, "32 × 4 × 4|16 × 8 × 8|8 × 16 × 16|3 × 32 × 32", "160 × 4 × 4"),
    ({"noise_dim": 7, "condition_dim": 5}, "64 × 4 × 4|3 × 64 × 64", "69 × 4 × 4"),
    ({"upsampling": "transposed", "d_norm": True, "text_dim": 1024}, "3 × 64 × 64", "192 × 4 × 4")])
def test_cls_35_the_shapes_are_those_of_the_networks(changes, g_maps, d_maps):
    config = replace(SMALL, **changes)
    generator, discriminator = figures_cls.architecture(gan_cls.build(config)).text.split("\n")
    assert f"text t ({config.text_dim}) to compressed ({config.condition_dim}) by compress" in generator
    assert f"joined ({config.noise_dim + config.condition_dim})" in generator
    for shape in g_maps.split("|"):
        assert f"({shape})" in generator
    assert f"stacked ({d_maps.split('|')[-1]}) to logit (one number) by compare" in discriminator
    assert f"picture x (3 × {config.size} × {config.size})" in discriminator


def test_the_shapes_of_each_part_in_the_order_of_the_way():
    game = gan_cls.build(SMALL)
    shapes = figures_diagram.traced(game.discriminator, torch.zeros(1, 3, 64, 64), torch.zeros(1, 256))
    assert shapes["see"][0] == (3, 64, 64) and shapes["see"][-1] == (64, 4, 4)
    assert shapes["compress"][0] == (256,) and shapes["compress"][-1] == (128,)  # its activation serves in two parts
    assert shapes["compare"][0] == (192, 4, 4) and shapes["compare"][-1] == ()


def test_looking_leaves_no_hook_and_no_mode_behind():
    game = gan_cls.build(SMALL).train()
    figures_cls.architecture(game)
    assert game.generator.training and game.discriminator.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in game.modules())


def test_hooks_go_even_if_the_player_fails():
    game = gan_cls.build(SMALL)
    with pytest.raises(RuntimeError):
        figures_diagram.traced(game.generator, torch.zeros(1, 3), torch.zeros(1, 256))
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in game.modules())


def test_a_diagram_stays_on_its_paper_and_escapes_what_it_is_told():
    nodes = [Node((0, 0), "a < b", (2,), "text"), Node((7, 1), "end", (3, 4, 4), "fake")]
    drawn = figures_diagram.diagram("T", nodes, [Arrow(0, 1, "x & y")])
    assert drawn.text == "T: a < b (2) to end (3 × 4 × 4) by x & y."
    assert "a &lt; b" in drawn.html and "x &amp; y" in drawn.html and "x & y" not in drawn.html
    for x, width in re.findall(r'<rect x="([\d.]+)" y="\d+" width="(\d+)"', drawn.html):
        assert 0 < float(x) and float(x) + float(width) <= 804


def test_no_two_boxes_overlap():
    html = figures_cls.architecture(gan_cls.build(SMALL)).html.split("</svg>")[0]
    boxes = [tuple(map(float, box)) for box in re.findall(r'<rect x="([\d.]+)" y="(\d+)" width="(\d+)"', html)]
    assert len(boxes) == 9
    for i, (x, y, width) in enumerate(boxes):
        assert all(other[1] != y or abs(other[0] - x) > width for j, other in enumerate(boxes) if j != i)


# --- pairs and answers --------------------------------------------------------------------------------------------

def test_the_three_kinds_of_pair_and_what_d_should_say(birds, painter):
    card = fit(figures_cls.pair_table(birds, painter))
    assert "real picture with right text: yes; real picture with wrong text: no; fake picture with right text: no" \
        in card.alt and birds.captions[0][0].rstrip(".") in card.alt
    frames = {name: has(card, COLOUR[name]) for name in ("real", "fake", "wrong text")}
    assert frames["real"] > 1.7 * frames["fake"] > 1000 and frames["wrong text"] > 200


def test_the_wrong_text_is_of_another_species(birds, painter):
    for seed in range(5):
        alt = figures_cls.pair_table(birds, painter, seed=seed).alt
        wrong = alt.split("the wrong one: ")[1].rstrip(".")
        kinds = {birds.labels[i] for i, said in enumerate(birds.captions) if said[0].rstrip(".") == wrong}
        assert kinds and kinds != {birds.labels[0]}


def test_the_pictures_of_a_pair_table_are_the_real_ones(birds, painter):
    shown = pixels(figures_cls.pair_table(birds, painter))[::4, ::4]
    left, top = figures_cls.LEFT // 2, 10 // 2
    np.testing.assert_array_equal(shown[top + 2:top + 60, left + 2:left + 60], birds.images[0][2:60, 2:60])


def test_cls_08_the_answers_end_where_the_curves_end():
    steps = np.arange(0, 4000, 20)
    curves = np.stack([steps, *(np.full(len(steps), end) for end in (0.7, 0.4, 0.2))], axis=1)
    card = fit(figures_cls.answers_over_steps(curves))
    assert "after 3,980 steps: D(real, right text) 0.70, D(real, wrong text) 0.40, D(fake, right text) 0.20" in card.alt
    log = [dict(zip(("step", *figures_cls.ANSWERS), row)) | {"G": 1.0} for row in curves]
    assert figures_cls.answers_over_steps(log) == card


# --- the four models ----------------------------------------------------------------------------------------------

def study(**changes):
    """What the study might have found: GAN 0.4, and each later model 0.1 more, give or take 0.01."""
    measures = {f"{metric}: {title}": {"value": 0.4 + 0.1 * i, "low": 0.39 + 0.1 * i, "high": 0.41 + 0.1 * i}
                for metric in figures_cls.COLUMNS for i, title in enumerate(TITLES.values())}
    return measures | {"faithfulness: floor": {"value": 0.222}, "faithfulness: ceiling": {"value": 0.987}} | changes


def test_the_table_has_every_number_with_its_seeds_and_its_limits():
    table = figures_cls.model_table(study())
    assert table.html.count("<tr") == 1 + 4 + 2 and "GAN-CLS: faithfulness 0.500" in table.text
    assert [figures_cls.short(value) for value in (0.4166, 1451.6, -130.8)] == ["0.417", "1,452", "-131"]
    for number in ("0.400", "0.490 to 0.510", "0.222", "0.987"):
        assert number in table.html


def test_the_best_is_bold_and_of_distances_the_least():
    rows = figures_cls.model_table(study()).html.split("</tr>")
    bold = {re.search(r"GAN[-A-Z]*", row)[0]: row.count("<b>") for row in rows[1:5]}
    assert bold == {"GAN": 2, "GAN-CLS": 0, "GAN-INT": 0, "GAN-INT-CLS": 3}


def test_nothing_is_bold_where_seeds_overlap():
    close = {"value": 0.71, "low": 0.60, "high": 0.8}
    names = [f"{metric}: GAN-INT" for metric in ("faithfulness", "all parts right", "AUC wrong")]
    rows = figures_cls.model_table(study(**dict.fromkeys(names, close))).html.split("</tr>")
    assert [row.count("<b>") for row in rows[1:5]] == [2, 0, 0, 0]


@pytest.mark.parametrize("size, count", [(64, 2), (32, 3)])
def test_the_sheet_counts_the_named_colours_that_the_probe_finds(birds, size, count):
    """Real pictures with their own captions, and in the second row with those of others."""
    captions = [birds.captions[i][0] for i in (0, 5, 9, 14)]
    pictures = np.stack([np.repeat(birds.images[i][None], count, axis=0) for i in (0, 5, 9, 14)])
    pictures = pictures[:, :, ::64 // size, ::64 // size]
    card = fit(figures_cls.model_sheet({"own": pictures, "others": np.roll(pictures, 1, axis=0)}, captions))
    (own, asked), (others, _) = (map(int, found) for found in re.findall(r"(\d+) of (\d+)", card.alt))
    assert own > 0.8 * asked > 0.8 and others < own
    assert figures_cls.model_sheet({"own": pictures}, captions).png != card.png


def test_the_sheet_takes_tensors_too(birds):
    pictures = birds.images[:4].reshape(2, 2, 64, 64, 3)
    tensor = runtime.to_tensor(birds.images[:4]).unflatten(0, (2, 2))
    captions = [birds.captions[0][0], birds.captions[1][0]]
    assert figures_cls.model_sheet({"": tensor}, captions) == figures_cls.model_sheet({"": pictures}, captions)


# --- paths --------------------------------------------------------------------------------------------------------

def test_a_strip_says_what_the_probe_reads_and_marks_what_changes(birds):
    left, right = (np.flatnonzero(birds.factor("facing") == side)[0] for side in (0, 1))
    card = fit(figures_paths.path_strip(birds.images[[left] * 4 + [right] * 5], ("here", "there"), ("facing",)))
    assert card.alt == "9 pictures from 'here' to 'there'. facing: left, right."
    still = figures_paths.path_strip(birds.images[[left] * 9], ("here", "there"), ("facing",))
    assert still.alt.endswith("facing: left.") and has(card, "#222222") > has(still, "#222222")


def test_the_mean_curves_say_where_they_go():
    rising = np.linspace(0, 0.8, 9)
    kept = {"new colour": rising, "old colour": 0.9 - rising, "bird so far": rising, "background so far": rising / 8,
            "bird by noise": np.array(1.0), "background by noise": np.array(0.5)}
    card = fit(figures_paths.path_curves(kept))
    assert "first colour from 0.90 to 0.10, second colour from 0.00 to 0.80" in card.alt
    assert card.alt.endswith("between two noises: bird 80%, background 20%.")


def test_who_decides():
    measures = {f"{name}, by {cause}": {"value": value, "low": value - 0.05, "high": value + 0.05}
                for name in figures_paths.DECIDED for cause, value in (("text", 0.12), ("noise", 0.76))}
    card = fit(figures_paths.who_decides(measures))
    assert "background by text 0.12, background by noise 0.76, facing by text 0.12" in card.alt
    assert has(card, COLOUR["text"]) > 100 and has(card, COLOUR["baseline"]) > 100


def test_logs_of_several_trainings_keep_their_names_and_their_last_numbers():
    rising, flat = np.linspace(0.5, 0.9, 15), np.full(15, 0.5)
    log = {"D(real, right text)": rising, "D(real, wrong text)": flat, "D(fake, right text)": flat, "AUC": rising}
    deaf = log | {"D(real, right text)": flat, "AUC": flat}
    card = fit(figures_cls.answer_logs({"a": log, "b": deaf}))
    assert "a: D(real, right text) 0.90, D(real, wrong text) 0.50, D(fake, right text) 0.50, AUC 0.90; b: " in card.alt
    assert not np.array_equal(pixels(card), pixels(figures_cls.answer_logs({"a": deaf, "b": log})))
