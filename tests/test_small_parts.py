"""Small parts: exact shares and orders by hand, a colour-blind model as control, and what the figure says."""

import numpy as np
import pytest

from t2ilib import figures_league
from t2ilib.data.birds import PARTS, PLUMAGE_AREA
from t2ilib.studies import find, small_parts
from t2ilib.studies.df_gan_silence import NAMED
from t2ilib.studies.small_parts import by_size, per_species, sizes

PIXELS = dict(zip(NAMED, (500.0, *range(10, 10 + 10 * len(PARTS), 10))))


def outcomes(shares, captions=200):
    """Every part is named in every caption; the first `share` of each part's captions are right. Ten species."""
    places = np.arange(captions)[:, None]
    kinds = np.arange(captions) % 10
    return (places < np.asarray(shares) * captions).astype(float), np.ones((captions, len(NAMED))), kinds


def test_the_body_is_as_large_as_its_plumage():
    pixels = {part: float(place) for place, part in enumerate(PARTS, 1)}
    found = sizes(pixels)
    assert list(found) == list(NAMED)
    assert found["body"] == sum(pixels[part] for part in PLUMAGE_AREA) and found["beak"] == pixels["beak"]


def test_shares_and_order_are_exact():
    shares = np.linspace(0.5, 1, len(NAMED))[np.argsort(np.argsort([PIXELS[part] for part in NAMED]))]
    found = by_size("model", *outcomes(shares), PIXELS)
    assert found["order: model"]["value"] == pytest.approx(1.0)
    assert found["model: body"]["value"] == pytest.approx(1.0, abs=0.01)
    smallest = min(NAMED, key=PIXELS.get)
    assert found[f"model: {smallest}"]["value"] == pytest.approx(0.5, abs=0.01)


def test_a_model_that_prefers_small_parts_has_the_opposite_order():
    shares = np.linspace(1, 0.5, len(NAMED))[np.argsort(np.argsort([PIXELS[part] for part in NAMED]))]
    assert by_size("model", *outcomes(shares), PIXELS)["order: model"]["value"] == pytest.approx(-1.0)


def test_chance_alone_has_no_order():
    stream = np.random.default_rng(0)
    right = (stream.random((2000, len(NAMED))) < 0.1).astype(float)
    order = by_size("model", right, np.ones_like(right), np.arange(2000) % 50, PIXELS)["order: model"]
    assert order["low"] < 0 < order["high"]


def test_a_part_that_no_caption_names_is_left_out():
    right, asked, kinds = outcomes(np.linspace(0.2, 0.9, len(NAMED)))
    asked[:, 3] = right[:, 3] = 0
    found = by_size("model", right, asked, kinds, PIXELS)
    assert f"model: {NAMED[3]}" not in found and found["order: model"]["n"] == len(NAMED) - 1


def test_whole_species_are_summed():
    table = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    assert per_species(table, np.array([4, 2, 4])).tolist() == [[1, 1], [1, 1]]


def test_the_figure_names_every_part_and_the_order():
    shares = np.linspace(0.2, 0.9, len(NAMED))
    found = by_size("df_gan", *outcomes(shares), PIXELS)
    found |= {f"pixels: {part}": {"value": count} for part, count in PIXELS.items()}
    card = figures_league.small_parts(found, {"df_gan": "DF-GAN"})
    assert all(part in card.alt for part in NAMED) and "DF-GAN" in card.alt
    assert find("small_parts").chapter == "09_df_gan" and small_parts.MODELS[-1] == "df_gan"
