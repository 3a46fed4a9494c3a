"""The figures of the conditional GAN show what they are given, and their words say it (CGN-04, 05, 07, 08, DCG-15)."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from cards import fit, has, pixels

from t2ilib import figures_cgan, figures_control
from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.figures import COLOUR
from t2ilib.papers import cgan
from t2ilib.studies.cgan_runs import SETUPS


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Figures are drawn with one pixel for each of CSS, which is faster."""
    monkeypatch.setitem(plt.rcParams, "savefig.dpi", 100)


def swatch(colour):
    return "#{:02X}{:02X}{:02X}".format(*COLOURS[colour])


# --- both networks ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("size, joined, stacked", [(64, "18", "40 × 4 × 4"), (32, "18", "24 × 4 × 4")])
def test_cgn08_the_diagram_comes_from_the_modules(size, joined, stacked):
    torch.manual_seed(0)
    game = cgan.build(cgan.Config(size=size, noise_dim=10, embedding_dim=8, g_channels=4, d_channels=4))
    drawn = figures_cgan.architecture(game)
    assert "condition c (110) to embedded (8) by embed" in drawn.text
    assert f"noise z (10) to joined ({joined})" in drawn.text and f"picture (3 × {size} × {size})" in drawn.text
    assert f"to stacked ({stacked})" in drawn.text and "to logit (one number) by head" in drawn.text
    assert f"picture x (3 × {size} × {size})" in drawn.text and drawn.html.count("<svg") == 2
    assert all(player.count("<rect") <= 9 for player in drawn.html.split("</svg>"))
    wider = figures_cgan.architecture(cgan.build(cgan.Config(size=size, condition_dim=13, g_channels=4, d_channels=4)))
    assert "condition c (13)" in wider.text and wider.text != drawn.text


# --- sheets -------------------------------------------------------------------------------------------------------

def test_a_row_for_each_condition_with_its_swatches():
    pictures = np.random.default_rng(0).integers(0, 255, (2, 4, 32, 32, 3), np.uint8)
    card = fit(figures_cgan.condition_sheet(pictures, [{"wing": "red", "tail": "red", "belly": "pink"}, "species 3"]))
    assert "2 conditions, each drawn from the same 4 noises: red wing, tail pink belly; species 3" in card.alt
    assert has(card, swatch("red")) > 100 and has(card, swatch("pink")) > 100 and not has(card, swatch("purple"))
    shown = pixels(card)
    for picture in pictures[:, 0]:
        assert (shown == picture[0, 0]).all(-1).any()
    assert "nothing named" in figures_cgan.condition_sheet(pictures[:1], [{}]).alt
    as_tensor = torch.from_numpy(pictures).permute(0, 1, 4, 2, 3).float() / 127.5 - 1
    assert figures_cgan.condition_sheet(as_tensor[:1], ["a"]).png == figures_cgan.condition_sheet(pictures[:1],
                                                                                                  ["a"]).png


def test_digits_stand_in_rows_of_their_class():
    blank = np.zeros((10, 8, 64), np.uint8)
    inked = blank.copy()
    inked[7, 0] = 255
    white, ink = (pixels(fit(figures_cgan.asked_digits({"cGAN": rows, "nobody": blank}))) for rows in (blank, inked))
    rows, columns = np.nonzero((white != ink).any(-1))
    assert rows.max() - rows.min() == columns.max() - columns.min() == 2 * 32 - 1
    assert 0.7 < rows.mean() / len(ink) < 0.85 and columns.mean() < 0.2 * ink.shape[1]
    assert "0 to 9, 8 noises each, by 2 generators: cGAN, nobody" in figures_cgan.asked_digits(
        {"cGAN": blank, "nobody": blank}).alt


# --- asked and seen -----------------------------------------------------------------------------------------------

def test_cgn04_the_matrix_counts_what_was_asked_only():
    table = np.full((40, len(PARTS), 2), 0)
    table[..., 0] = -1
    wing, belly = PARTS.index("wing"), PARTS.index("belly")
    table[:, wing] = np.arange(40)[:, None] % 11
    table[:20, belly, 0], table[:, belly, 1] = 5, np.where(np.arange(40) % 4, 5, 2)
    card = fit(figures_cgan.colour_matrix(table, ("wing", "belly")))
    assert "As asked: wing 100%, belly 75%." in card.alt


def test_cgn04_places_tell_their_correlation():
    asked = np.random.default_rng(0).standard_normal((300, 3))
    seen = np.stack([asked[:, 0], -asked[:, 1], np.zeros(300)], axis=1)
    card = fit(figures_cgan.place_scatter(np.stack([asked, seen], axis=2).astype(np.float16)))
    assert "300 pictures, on 0 of which no bird is seen; correlations: x 1.00, y -1.00, size 0.00." in card.alt
    seen[:50] = np.nan
    card = fit(figures_cgan.place_scatter(np.stack([asked, seen], axis=2).astype(np.float16)))
    assert "on 50 of which no bird is seen; correlations: x 1.00, y -1.00" in card.alt


def measured(**values):
    return {name.replace("_", " "): {"value": value, "low": value - 0.02, "high": value + 0.02}
            for name, value in values.items()}


def results():
    """Results of `cgan_conditions` in which every number is another one."""
    names = []
    for metric, title in figures_control.OBEYED.values():
        names += [f"{metric}: {title}", f"{metric}, other requests: {title}", f"{metric}: {title.split(',')[0]}, real"]
    names += [f"explained, {what}: {title}" for title in figures_control.TOLD for what in figures_control.LEFT_OPEN]
    return {name: {"value": place / 100, "low": place / 100 - 0.01, "high": place / 100 + 0.01}
            for place, name in enumerate(names, 10)}


def test_cgn04_obedience_stands_between_its_floor_and_its_ceiling():
    found = results()
    card = fit(figures_control.obedience(found))
    for name, (metric, title) in figures_control.OBEYED.items():
        assert f"{name}: {found[f'{metric}: {title}']['value']:.2f} (floor " in card.alt
    ceiling = found["accuracy: class, real"]["value"]
    assert f"class: 0.10 (floor 0.11, ceiling {ceiling:.2f}); class, D is not told: 0.13 (floor 0.14, " in card.alt
    shown = figures_control.OBEYED | figures_control.HEARD
    assert {title for _, title in shown.values()} == set(SETUPS)


def test_cgn07_the_shares_are_told_for_every_condition():
    card = fit(figures_control.explained(results()))
    assert card.alt.count("told the class") == card.alt.count("told colours") == card.alt.count("told the place") == 3
    assert has(card, COLOUR["text"]) > 100


# --- what D says, and what is learned -----------------------------------------------------------------------------

def test_cgn05_histograms_tell_the_auc():
    logits = np.random.default_rng(0).standard_normal(200)
    said = {"right: a": logits + 9, "wrong: a": logits, "fake: a": logits - 5, "right: b": logits, "wrong: b": logits,
            "swapped: b": logits, "fake: b": logits}
    kinds = figures_control.pair_kinds(said, ("a", "b"))
    assert set(kinds["a"]) == {"right", "wrong", "fake"} and set(kinds["b"]) == set(figures_control.KINDS)
    card = fit(figures_control.answer_histograms(kinds))
    assert "AUC of right against wrong: a 1.00, b 0.50." in card.alt
    assert all(has(card, COLOUR[name]) > 20 for name in ("real", "wrong text", "fake", "text"))


def test_dcg15_the_curve_tells_every_point_and_chance():
    found = measured(chance=0.14)
    for count, real, made in ((100, 0.5, 0.4), (1000, 0.9, 0.8)):
        found |= {f"accuracy, {count}: real": {"value": real, "low": real, "high": real},
                  f"accuracy, {count}: generated": {"value": made, "low": made, "high": made}}
    card = fit(figures_control.training_curve(found))
    assert "real: 0.50 of 100, 0.90 of 1,000; generated: 0.40 of 100, 0.80 of 1,000. Chance 0.14." in card.alt


# --- a model that obeys -------------------------------------------------------------------------------------------

def test_the_parts_stand_in_their_order_and_every_share_is_told():
    card = {"requested colours": {"value": 0.8, "ceiling": 0.99},
            "requested colours by part": {"beak": 0.62, "wing": 0.97, "crown": 0.7}}
    drawn = figures_control.parts_obeyed(card)
    assert "80% of all; by part: wing 97%, crown 70%, beak 62%" in drawn.alt
    better = {**card, "requested colours by part": {"beak": 0.82, "wing": 0.97, "crown": 0.7}}
    assert not np.array_equal(pixels(figures_control.parts_obeyed(better)), pixels(drawn))
