"""The figures of the open questions show what was measured, at its place and at its size."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from cards import fit, has, pixels

from t2ilib import figures_open, runtime, sample
from t2ilib.figures import COLOUR
from t2ilib.papers.df_gan import Config, Generator
from t2ilib.sample import Painter
from t2ilib.studies import beyond_size, encoder_swap

CAPTIONS = list(sample.SHOWN_CAPTIONS[:2])


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Figures are drawn with one pixel for each of CSS, which is faster."""
    monkeypatch.setitem(plt.rcParams, "savefig.dpi", 100)


def swapped(**changes):
    """Results of `encoder_swap` for two seeds."""
    found = {"untrained": (0.02, 0.20), "bilstm": (0.41, 0.36), "transformer": (0.55, 0.40),
             "char_cnn_gru": (0.23, 0.28)} | changes
    measures = {f"{metric}: {name}": {"value": value, "rows": [value - 0.01, value + 0.01]}
                for name, values in found.items() for metric, value in zip(figures_open.AXES, values)}
    return measures | {f"{metric}: {limit}": {"value": value} for metric, limit, value in (
        ("AP", "floor", 0.01), ("AP", "ceiling", 1.0), ("faithfulness", "floor", 0.17),
        ("faithfulness", "ceiling", 0.86))}


def test_every_encoder_and_both_limits_are_told():
    card = fit(figures_open.encoders(swapped()))
    assert list(figures_open.MARKS) == list(encoder_swap.ENCODERS)
    assert ("untrained: AP 0.02, faithfulness 0.20; bilstm: AP 0.41, faithfulness 0.36; transformer: AP 0.55, "
            "faithfulness 0.40; char_cnn_gru: AP 0.23, faithfulness 0.28; AP: floor 0.01, ceiling 1.00; faithfulness: "
            "floor 0.17, ceiling 0.86.") in card.alt
    assert has(card, COLOUR["text"]) > 100 and has(card, COLOUR["baseline"]) > 20


@pytest.fixture
def axis():
    figure, axis = plt.subplots()
    yield axis
    plt.close(figure)


def test_a_seed_is_where_it_was_measured(axis):
    ap, faithful = {"value": 0.5, "rows": [0.4, 0.6]}, {"value": 0.3, "rows": [0.1, 0.5]}
    assert figures_open.draw_seeds(axis, "bilstm", ap, faithful) == (0.5, 0.3)
    points = [line.get_xydata().tolist() for line in axis.lines]
    assert points == [[[0.5, 0.3]], [[0.5, 0.3], [0.4, 0.1]], [[0.4, 0.1]], [[0.5, 0.3], [0.6, 0.5]], [[0.6, 0.5]]]


def test_limits_are_lines_across_and_upwards(axis):
    assert figures_open.draw_limits(axis, "AP", swapped()) == "AP: floor 0.01, ceiling 1.00"
    assert figures_open.draw_limits(axis, "faithfulness", swapped()) == "faithfulness: floor 0.17, ceiling 0.86"
    assert [line.get_xdata() for line in axis.lines[:2]] == [[0.01, 0.01], [1.0, 1.0]]
    assert [line.get_ydata() for line in axis.lines[2:]] == [[0.17, 0.17], [0.86, 0.86]]


def test_another_result_is_another_figure():
    first, other = (figures_open.encoders(swapped(bilstm=(0.41, high))) for high in (0.36, 0.5))
    assert first.alt != other.alt and not np.array_equal(pixels(first), pixels(other))


# --- larger pictures ----------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def painter():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        generator = Generator(Config(g_channels=2, d_channels=2, noise_dim=8)).eval()
    return Painter(generator, sample.load_encoder(), sample.load_probe(), 8)


def test_every_picture_is_shown_pixel_by_pixel_and_all_pixels_are_equally_large(painter):
    card = fit(figures_open.larger(painter, CAPTIONS, seed=4))
    sheet, made = pixels(card), beyond_size.all_ways(painter, CAPTIONS, painter.noise(2, 4))
    assert sheet.shape[1] == 2 * card.width
    left = figures_open.EDGE
    for images in made.values():
        for row, picture in enumerate(runtime.to_pixels(images)):
            large = picture.repeat(3, 0).repeat(3, 1)               # 1.5 CSS pixels, 3 of the screen
            top = figures_open.HEAD + row * (192 + 2 * figures_open.LINE) + figures_open.LINE
            shown = sheet[2 * top:2 * top + len(large), 2 * left:2 * left + len(large)]
            assert np.array_equal(shown, large)
        left += 3 * images.shape[3] // 2 + figures_open.SPACE


def test_the_text_says_what_the_probe_finds_of_each_way(painter):
    said = figures_open.larger(painter, CAPTIONS).alt
    assert said.startswith("2 captions drawn at 64 and at 128 pixels.")
    for name in ("drawn at 64", beyond_size.ENLARGED, *beyond_size.WAYS):
        assert re.search(rf"{name} \d of 5", said)


def test_the_noise_depends_on_the_seed_alone(painter):
    first, again, other = (figures_open.larger(painter, CAPTIONS[:1], seed) for seed in (1, 1, 2))
    assert first == again and first.png != other.png
