"""The figures of DCGAN's studies say in words what they show."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from cards import fit, has, pixels

from t2ilib import figures_dcgan, studies
from t2ilib.figures import COLOUR
from t2ilib.studies import dcgan_upsampling
from t2ilib.studies.dcgan_guidelines import HEADS, MOMENTA, PUBLISHED, ROWS, STAGES
from t2ilib.studies.plain_against_dcgan import DCGAN, PLAIN, RATES, title


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Figures are drawn with one pixel for each of CSS, which is faster."""
    monkeypatch.setitem(plt.rcParams, "savefig.dpi", 100)


OWN = (5000, 5100, 5200)
CHANGES = {"no batch norm": 4000, "LeakyReLU in G": -900, "batch norm from 1": 30}


@pytest.fixture
def table():
    """Results of the guidelines: three rows differ by known numbers, all others by 100."""
    found = {}
    for row in ROWS:
        change = CHANGES.get(row, 100) if row != PUBLISHED else 0
        found[f"SynthFID: {row}"] = studies.over_seeds([own + change for own in OWN])
        found[f"SynthFID, difference: {row}"] = studies.over_seeds([change - 10, change, change + 10])
        found |= {f"{stage}: {row}": studies.over_seeds([7000 - 1000 * i + change] * 3)
                  for i, stage in enumerate(STAGES[:2])}
        found |= {f"{metric}: {row}": studies.over_seeds([0.1, 0.2, 0.3])
                  for metric in ("diversity", "parts shown", "swing")}
    return found


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 255, shape, np.uint8)


def test_the_forest_says_every_change_and_what_it_is(table):
    card = fit(figures_dcgan.guideline_forest(table))
    assert "over 3 seeds; as published it is 5,100" in card.alt and card.alt.count(";") == 1 + 16
    assert "no batch norm +4,000, worse" in card.alt and "LeakyReLU in G −900, better" in card.alt
    assert "batch norm from 1 +30, no clear difference" in card.alt and "ReLU in D +100, no clear" in card.alt
    some = fit(figures_dcgan.guideline_forest(table, ["no batch norm"]))
    assert "max pooling" not in some.alt and len(pixels(some)) < len(pixels(card))


def test_a_clear_change_has_a_full_dot_and_another_a_hollow_one(table):
    """Just above and just below the 200 by which the published recipe differs from itself."""
    full, hollow = (figures_dcgan.guideline_forest(
        table | {"SynthFID, difference: no tanh": studies.over_seeds([change] * 3)}, ["no tanh"])
        for change in (201, 199))
    assert "worse" in full.alt and "no clear difference" in hollow.alt
    assert has(full, figures_dcgan.INK_LINE) > has(hollow, figures_dcgan.INK_LINE) + 20


def test_the_table_has_a_row_interval_and_word_for_each(table):
    found = figures_dcgan.guideline_table(table)
    assert found.html.count("<tr") == 1 + 18 and found.html.count("no clear difference") == 15
    line = next(line for line in found.html.split("</tr>") if ">no batch norm<" in line)
    assert ">9,100<br>" in line and "9,000 to 9,200" in line and ">+4,000<br>" in line and "+3,990 to +4,010" in line
    assert ">worse<" in line and "no batch norm: SynthFID 9,100, worse" in found.text
    assert "as published: SynthFID 5,100, –;" in found.text


def test_samples_are_shown_with_their_name_and_distance(table):
    arrays = {f"pictures: {row}": noise(8, 32, 32, 3) for row in ROWS}
    card = figures_dcgan.guideline_samples(table, arrays)
    assert card.width <= 820 and "18 runs" in card.alt
    assert "no batch norm, SynthFID 9,000" in card.alt                              # of the first seed
    drawn = pixels(figures_dcgan.guideline_samples(table, arrays, [PUBLISHED]))
    large = arrays[f"pictures: {PUBLISHED}"][0].repeat(4, 0).repeat(4, 1)
    y, x = 2 * 6, 2 * figures_dcgan.NAMES
    assert np.array_equal(drawn[y + 4:y + 120, x + 4:x + 120], large[4:120, 4:120])


def test_curves_of_the_heads_say_all_three_thirds(table):
    card = fit(figures_dcgan.distance_curves(table))
    assert all(f"{row}: 7,{'0' if row == PUBLISHED else '1'}00" in card.alt for row in HEADS)
    assert "as published: 7,000, 6,000, 5,100" in card.alt


def test_swings_say_their_standard_deviation(table):
    steps = np.arange(1, 91)
    arrays = {f"curve: {row}": np.stack([steps, steps, 0.3 + 0.1 * np.sin(steps)], 1) for row in MOMENTA}
    card = fit(figures_dcgan.swings(arrays, table))
    assert "beta1 = 0.9 0.200 [0.100, 0.300]" in card.alt and has(card, COLOUR["fake"]) > 50


def test_dots_are_told_before_and_after():
    found = {f"{metric}: {row}": studies.over_seeds([value, value, 3 * value])
             for metric, start in (("checkerboard, at first", 300.0), ("checkerboard", 30.0))
             for value, row in zip((start, 0.0, start / 2, 1.0), dcgan_upsampling.ROWS)}
    card = fit(figures_dcgan.checkerboards(found))
    assert "before training: transposed convolution 500, repeat, then convolve 0" in card.alt
    assert "after training: transposed convolution 50," in card.alt and "alike 1.67" in card.alt
    assert has(card, COLOUR["fake"]) > 100


def test_crops_show_the_middle_of_the_first_samples():
    arrays = {f"{key}: {row}": noise(8, 32, 32, 3, seed=i) for i, key in enumerate(("begun", "pictures"))
              for row in dcgan_upsampling.ROWS} | {"real": noise(8, 32, 32, 3, seed=5)}
    card = figures_dcgan.crops(arrays)
    drawn, corner = pixels(card), (2 * 44 + 8, 2 * figures_dcgan.ASIDE + 8)
    first = arrays["begun: transposed convolution"][0][8:24, 8:24].repeat(16, 0).repeat(16, 1)
    assert np.array_equal(drawn[corner[0]:corner[0] + 200, corner[1]:corner[1] + 200], first[8:208, 8:208])
    assert card.width <= 820 and has(card, COLOUR["real"]) > 500
    assert "pixel shuffle, begun alike; and a real picture" in card.alt


@pytest.mark.parametrize("hits", [9, 4])
def test_the_grid_counts_successes(hits):
    def rows(count):
        return [{"rate": rate, "seed": seed, "SynthFID": 6000.0 + i, "succeeded": 3 * i + seed < count}
                for i, rate in enumerate(RATES) for seed in range(3)]
    found = {f"successes: {name}": {"rows": rows(count)} for name, count in ((DCGAN, hits), (PLAIN, 1))}
    arrays = {title(name, rate): noise(3, 8, 32, 32, 3) for name in (DCGAN, PLAIN) for rate in RATES}
    card = figures_dcgan.success_grid(found | {"Fisher's p": {"value": 0.0123}}, arrays)
    assert card.width <= 820 and f"DCGAN {hits} of 9, plain layers 1 of 9" in card.alt and "p = 0.012" in card.alt
