"""The figures of chapter 1: their numbers are those of the data, and no picture is blank or deaf to its input."""

from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from cards import fit, has, pixels

from t2ilib import figures_gan, figures_line, figures_toys, theory
from t2ilib.data import digits
from t2ilib.data.toys import Gaussian, Ring
from t2ilib.studies.line import Snapshot

GRID = np.linspace(-4, 5, 361)
REAL, FAKE = Gaussian(0, 1).density(GRID), Gaussian(2, 0.5).density(GRID)
BEST = theory.optimal_discriminator(REAL, FAKE)
LOG_4 = np.log(4)


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Figures are drawn with one pixel for each of CSS, which is faster."""
    monkeypatch.setitem(plt.rcParams, "savefig.dpi", 100)


# The theory


def test_gan_04_the_three_discriminators_have_their_values():
    card = fit(figures_gan.value_surface())
    assert card.alt.endswith("perfect: V = 0; undecided: V = −1.386; wrong and sure: V = −∞.")
    mine = figures_gan.value_surface({"mine": (0.8, 0.25)})
    assert f"mine: V = {np.log(0.8) + np.log(0.75):.4g}".replace("-", "−") in mine.alt and mine.png != card.png


@pytest.mark.parametrize("number, said", [(-LOG_4, "−1.386"), (0.0, "0"), (-0.0, "0"), (-1e-9, "0"), (-np.inf, "−∞"),
                                          (2.5, "2.5")])
def test_numbers_have_a_true_minus_sign(number, said):
    assert figures_gan.signed(number) == said


def test_the_densities_cross_where_d_is_one_half():
    card = fit(figures_gan.densities(REAL, FAKE, GRID))
    places = figures_gan.crossings(GRID, REAL - FAKE)
    for x in places:
        assert Gaussian(0, 1).density(x) == pytest.approx(Gaussian(2, 0.5).density(x), rel=1e-2)
    assert "x = 1.17, 4.16, where D* is one half" in card.alt and len(places) == 2
    assert f"D* runs from {BEST.min():.2f} to {BEST.max():.2f}" in card.alt


def test_equal_densities_never_cross():
    assert "They never cross. D* runs from 0.50 to 0.50" in figures_gan.densities(REAL, REAL, GRID).alt


def test_chance_in_empty_places_is_no_crossing():
    """p_g is counted from samples; a single one far out is not a place where D* is one half."""
    counted = np.where(np.abs(GRID - 4.6) < 0.02, 1e-3, FAKE)
    assert len(figures_gan.crossings(GRID, REAL - counted)) == 4
    assert "They cross at x = 1.17, where" in figures_gan.densities(REAL, counted, GRID, BEST).alt


def test_gan_07_the_largest_gap_is_measured_where_the_samples_live():
    place = int(np.abs(GRID - 1.0).argmin())
    learned = BEST.copy()
    learned[place] -= 0.123
    learned[0] -= 0.9                                       # out here hardly anybody lives
    card = fit(figures_gan.densities(REAL, FAKE, GRID, learned))
    assert "at most 0.123 from the formula, at x = 1, where 99% of the samples live" in card.alt
    assert card.png != figures_gan.densities(REAL, FAKE, GRID).png


def test_the_populated_region_holds_99_percent_and_is_the_smallest():
    mass = (REAL + FAKE) / 2
    inside = figures_gan.populated(mass)
    assert mass[inside].sum() <= 0.99 * mass.sum() < mass[inside].sum() + mass[~inside].max()
    assert mass[inside].min() >= mass[~inside].max()


def test_gan_08_the_slope_of_the_criterion_vanishes_at_both_ends():
    offsets = np.linspace(0, 12, 121)
    jsd = 0.5 * np.log(2) * (1 - np.exp(-offsets ** 2 / 4)) * 2
    card = fit(figures_gan.criterion_curve(offsets, 2 * jsd - LOG_4, jsd))
    slope = 2 * np.log(2) * offsets / 2 * np.exp(-offsets ** 2 / 4)
    gone = offsets[(slope < 0.01 * slope.max()) & (offsets > 2)][0]
    assert "C(G) goes from −1.386 to 0 as" in card.alt and "steepest at a distance of 1.4;" in card.alt
    assert f"from {gone:.1f} on less than 1 % of that is left" in card.alt
    near = figures_gan.criterion_curve(offsets[:30], 2 * jsd[:30] - LOG_4, jsd[:30])
    assert near.alt.endswith("steepest at a distance of 1.4.")          # it does not vanish so near


def test_gan_14_the_ratio_of_the_slopes():
    by_logit, by_answer = figures_gan.loss_slopes(), figures_gan.loss_slopes("answer")
    for card in (by_logit, by_answer):
        assert "54.6 times as steep at a logit of −4, 2,981 times at −8" in fit(card).alt
    assert by_logit.png != by_answer.png
    with pytest.raises(ValueError, match="got 'probability'; choose"):
        figures_gan.loss_slopes("probability")


def test_gan_14_the_ratio_is_computed(monkeypatch):
    monkeypatch.setattr(theory, "slopes", lambda logits: (np.full_like(logits, 0.25), np.full_like(logits, 0.5)))
    assert "2.0 times as steep at a logit of −4, 2 times at −8" in figures_gan.loss_slopes().alt


# The run on the line


@pytest.fixture
def moment():
    noise = np.linspace(-2.5, 2.5, 2001)
    x = np.linspace(-2.5, 6.5, 901)
    return Snapshot(250, x, np.full(901, 0.5), Gaussian(1.5, 0.5).density(x), Gaussian(3, 0.5).density(x), noise,
                    3 + 0.5 * noise)


def test_gan_09_four_panels_tell_what_the_snapshots_hold(moment):
    panels = {"a": moment, "b": replace(moment, d=moment.best), "c": replace(moment, step=300, fake=moment.fake - 1.5),
              "d": replace(moment, step=1500, fake_density=moment.real_density)}
    card = fit(figures_line.four_panels(panels))
    spread = f"{moment.fake.std():.2f}"
    assert f"a, step 250: forgeries at 3 with standard deviation {spread}, D at most 0.50 from" in card.alt
    assert "b, step 250" in card.alt and "D at most 0.00 from D*; c, step 300: forgeries at 1.5 with" in card.alt
    assert "d, step 1,500:" in card.alt and card.alt.endswith("D at most 0.00 from D*.")


def test_each_part_of_a_moment_is_drawn(moment):
    plain = fit(figures_line.moment(moment))
    for change in ({"d": moment.best}, {"fake_density": moment.real_density}, {"fake": moment.fake / 2},
                   {"real_density": moment.fake_density}):
        assert figures_line.moment(replace(moment, **change)).png != plain.png


def test_the_arrows_start_at_even_noise_and_end_where_it_lands(moment, monkeypatch):
    drawn = []

    @dataclass
    class Axis:
        spines = {"top": type("Spine", (), {"set_visible": lambda *_: None})()}

        def annotate(self, text, end, start, **kwargs):
            if not text:
                drawn.append((start[0], end[0]))

        def set(self, **kwargs):
            pass

        grid = set_xlabel = lambda *_: None

    figures_line.draw_arrows(Axis(), moment)
    starts, ends = np.array(drawn).T
    assert np.allclose(np.diff(starts, 2), 0) and moment.x[0] < starts[0] < starts[-1] < moment.x[-1]
    z = np.linspace(*np.quantile(moment.noise, (0.005, 0.995)), 17)
    assert np.allclose(ends, 3 + 0.5 * z)


# Ring, digits, logs, seeds


@pytest.fixture
def ring():
    return Ring()


def test_a_collapsed_cloud_covers_one_mode(ring):
    stream = torch.Generator().manual_seed(0)
    all_modes = ring.sample(2500, stream).numpy()
    one = (ring.centres[0] + 0.05 * torch.randn(2500, 2, generator=stream)).numpy()
    frames = {"step 0": one, "step 500": all_modes}
    card = fit(figures_toys.ring_frames(frames, ring))
    assert "step 0: 1 of 8 modes; step 500: 8 of 8 modes." in card.alt
    assert has(card, "#2F7FD0") > 50
    on_ground = figures_toys.ring_frames(frames, ring, {name: np.linspace(0, 1, 41 * 41) for name in frames})
    assert on_ground.png != card.png and on_ground.alt == card.alt


def test_the_ground_is_the_right_way_up(ring, monkeypatch):
    """A D that says "real" only in the upper half must be bright above."""
    _, up = np.meshgrid(np.linspace(-3, 3, 41), np.linspace(-3, 3, 41))
    card = figures_toys.ring_frames({"a": np.zeros((10, 2))}, ring, {"a": (up > 0).ravel().astype(float)})
    column = pixels(card)[:, 400].astype(int)
    upper, lower = column[150], column[650]
    assert upper[0] > lower[0] and upper[1] > lower[1]


def test_rows_of_digits_are_the_digits():
    shown = digits.load("test").pixels[:8]
    card = fit(figures_toys.digit_rows({"real": shown, "drawn": digits.to_images(-shown)}))
    assert card.alt == "Rows of digits of 8 × 8 pixels: 8 real, 8 drawn."
    large = digits.to_images(shown[:1])[0].repeat(128 // 8, 0).repeat(128 // 8, 1)
    assert np.array_equal(pixels(card)[60:188, 20:148], large)
    assert has(card, "#2F7FD0") == 8 * (136 ** 2 - 128 ** 2)            # eight frames of four pixels
    assert has(figures_toys.digit_rows({"real": shown}, real="drawn"), "#2F7FD0") == 0


@pytest.mark.parametrize("count", [1, 8, 12, 16, 30])
def test_rows_of_any_length_fit(count):
    card = figures_toys.digit_rows({"a": torch.zeros(count, 64)})
    assert card.width <= 800 and f"{min(count, 16)} a" in card.alt


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"got shape \(3, 32\); reshape them"):
        figures_toys.digit_rows({"a": torch.zeros(3, 32)})


def test_gan_16_each_sample_stands_beside_its_neighbour():
    train, samples = digits.load("train").pixels, digits.load("test").pixels[:7]
    distances, nearest = torch.cdist(samples, train).min(1)
    card = fit(figures_toys.neighbours(samples, train[nearest], distances.numpy()))
    assert "7 samples" in card.alt and f"from {distances.min():.2f} to {distances.max():.2f}" in card.alt
    assert f"on average {distances.mean():.2f}" in card.alt
    page = pixels(card)
    for start, image in ((20, samples[0]), (20 + 2 * 52, train[nearest[0]])):
        large = digits.to_images(image[None])[0].repeat(12, 0).repeat(12, 1)
        assert np.array_equal(page[24:120, start:start + 96], large)


def test_the_curves_of_a_game_end_where_the_log_ends():
    rows = [{"step": 20 * i, "D: real": 0.4, "D: fake": 0.5, "G: fake": 0.3 * i, "D(real)": 0.9, "D(fake)": 0.02 * i}
            for i in range(10)]
    card = fit(figures_toys.game_curves(rows))
    assert card.alt == ("After 180 steps the losses are D 0.90 and G 2.70, the mean answers D(real) 0.90 and D(fake) "
                        "0.18.")
    other = figures_toys.game_curves([row | {"D(real)": 0.6} for row in rows])
    assert other.png != card.png


def test_single_seeds_are_dots_and_their_mean_is_told():
    card = fit(figures_toys.seed_dots({"good": [8, 8, 8], "bad": [1, 2, 6]}, "modes of 8", 7, "bound 7"))
    assert card.alt == ("modes of 8, mean over seeds. good: 8.00 (n = 3); bad: 3.00 (n = 3). The dotted line (bound 7) "
                        "is at 7.")
    assert card.png != figures_toys.seed_dots({"good": [8, 8, 8], "bad": [1, 2, 6]}, "modes of 8").png


def test_equal_seeds_are_seen_one_by_one():
    assert figures_toys.spread([8, 8, 8], 1) == pytest.approx([0.86, 1.0, 1.14])
    assert figures_toys.spread([5, 7, 6], 0) == [0, 0, 0]
