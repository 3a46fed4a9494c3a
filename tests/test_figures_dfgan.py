"""The figures of the small experiments, and the widget of the smallest game: they show what the studies find."""

import re

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
import pytest
from cards import fit, has, pixels

from t2ilib import figures_dfgan
from t2ilib.figures import COLOUR
from t2ilib.studies import dirac, fusion_cost, match_plane
from t2ilib.widgets import phase_portrait


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Figures are drawn with one pixel for each of CSS, which is faster."""
    monkeypatch.setitem(plt.rcParams, "savefig.dpi", 100)
    monkeypatch.delenv("T2I_STATIC", raising=False)


@pytest.fixture(scope="module")
def judges():
    return {"without": match_plane.learn(0.0, steps=20), "with": match_plane.learn(steps=20)}


def test_dfg_12_portraits_say_where_each_game_ends():
    card = fit(figures_dfgan.dirac_portraits(steps=300))
    for name, setting in dirac.SETTINGS.items():
        radius = dirac.radii(dirac.play(*setting, 300))[-1]
        assert f"{name}: radius {radius:.2g}" in card.alt
    assert has(card, COLOUR["real"]) > 30
    assert fit(figures_dfgan.dirac_portraits({"alone": (1.0, 2.0)}, 300)).png != card.png


def test_dfg_12_radii_say_who_arrives():
    card = fit(figures_dfgan.dirac_radii(steps=2_000))
    assert "no penalty 1.4 left" in card.alt and "k = 2, p = 2 arrives at step 923" in card.alt
    assert "k = 2, p = 6 0.2 left" in card.alt


def test_dfg_18_pulls_say_their_aim_and_what_is_left_at_the_target(judges):
    card = fit(figures_dfgan.pulls({"one": match_plane.one_way, "two": match_plane.two_way}))
    assert "one: aim 1.000, pull 0; two: aim 0.949, pull 0" in card.alt and has(card, COLOUR["real"]) > 30
    learned = fit(figures_dfgan.pulls({"one": judges["with"].one_way}))
    left = np.linalg.norm(judges["with"].one_way(match_plane.TARGET[None]))
    assert f"pull {left:.2g}." in learned.alt
    normed = figures_dfgan.pulls({"one": match_plane.one_way, "two": match_plane.two_way}, normed=True)
    assert normed.alt == card.alt and normed.png != card.png


def test_dfg_14_landscapes_say_their_slope(judges):
    card = fit(figures_dfgan.landscapes(judges))
    for name, judge in judges.items():
        assert f"{name} {np.linalg.norm(judge.one_way(match_plane.TARGET[None])):.2g}" in card.alt


def sized(**values):
    """Results of `fid_size` with the same spread everywhere."""
    found = {f"SynthFID, {n}: {name}": {"value": high / n, "low": 0.9 * high / n, "high": 1.1 * high / n}
             for name, high in values.items() for n in (50, 100, 400)}
    return found | {f"endless: {name}": {"value": 7.0} for name in values}


def test_dfg_26_sizes_are_told_for_each_set():
    card = fit(figures_dfgan.fid_sizes(sized(real=50_000.0, model=100_000.0)))
    assert "real: 1,000 for 50, 125 for 400, 7 by the line; model: 2,000 for 50, 250 for 400" in card.alt
    assert has(card, COLOUR["real"]) > 100 and has(card, COLOUR["fake"]) > 50


def test_dfg_04_costs_tell_both_ratios():
    found = {f"MACs, {side}: {name}": {"value": 1e4 * side * (k + 1)} for side in fusion_cost.SIDES
             for k, name in enumerate(figures_dfgan.WAYS)}
    found |= {f"{ratio}, {side}": {"value": value, "low": value, "high": value + 1}
              for ratio, value in (("MAC ratio", 17.9), ("time ratio", 3.3)) for side in fusion_cost.SIDES}
    assert "counted 17.9, timed 3.3" in fit(figures_dfgan.fusion_costs(found)).alt


# --- the widget ---------------------------------------------------------------------------------------------------

@pytest.fixture
def widget():
    return phase_portrait.phase_portrait()


def test_the_widget_begins_with_df_gan_and_says_that_it_does_not_arrive(widget):
    assert widget.settings() == {"k, the weight": "2.0", "p, the power": "6.0"}
    assert "It comes closer but not there: after 2,000 steps the radius is 0.20" in widget.view.value
    assert "Can you find k and p" in widget.view.value


@pytest.mark.parametrize("weight, power, said", [
    (0.0, 2.0, "It does not converge"), (2.0, 2.0, "It converges: from step 923 on"), (2.0, 6.0, "closer but not")])
def test_the_story_is_that_of_the_game(weight, power, said):
    shown = phase_portrait.portrait_view(weight, power)
    assert said in shown.html and said in shown.text and said in re.search(r'aria-label="([^"]*)"', shown.html)[1]


def test_the_widget_remembers_the_soonest_until_it_is_reset(widget):
    first = widget.view.value
    for weight in (1.0, 2.0):
        widget.weight.value, widget.power.value = weight, 2.0
    soonest = dirac.arrival(dirac.play(1.0, 2.0, phase_portrait.STEPS))
    assert f"The soonest so far: step {soonest} with k = 1 and p = 2." in widget.view.value
    widget.reset()
    assert widget.view.value == first


def test_the_path_ends_where_the_game_ends():
    drawn = phase_portrait.portrait_view(1.0, 6.0).html
    circles = [tuple(map(float, place)) for place in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)]
    path = dirac.play(1.0, 6.0, phase_portrait.STEPS)
    scale = phase_portrait.SIDE / 2 / phase_portrait.REACH
    for (x, y), (theta, psi) in zip(circles, path[[0, -1]]):
        assert (x, y) == pytest.approx((phase_portrait.CENTRE[0] + scale * theta,
                                        phase_portrait.CENTRE[1] - scale * psi), abs=0.06)


def test_radii_stay_on_their_axis():
    heights = phase_portrait.height(np.array([phase_portrait.HIGHEST, 1e-30]))
    assert heights == pytest.approx([phase_portrait.TOP, phase_portrait.BOTTOM])


def test_controls_have_names_and_take_keys_and_a_surprise_is_another_game(widget):
    assert all(isinstance(control, ipywidgets.FloatSlider) and control.description
               for control in widget.controls.children)
    widget.rng, first = np.random.default_rng(1), widget.view.value
    widget.surprise()
    assert widget.view.value != first
    assert phase_portrait.POWERS[0] <= widget.power.value <= phase_portrait.POWERS[1]


def test_without_a_front_end_it_is_its_picture_and_its_settings(widget):
    bundle = widget._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"} and widget.view.value in bundle["text/html"]
    assert 'k, the weight <span class="t2i-field">2.0</span>' in bundle["text/html"]
    assert "k, the weight: 2.0, p, the power: 6.0" in bundle["text/plain"]


def test_figures_are_made_anew_each_time_and_alike():
    first, again = (figures_dfgan.dirac_portraits(steps=50) for _ in range(2))
    assert np.array_equal(pixels(first), pixels(again))
