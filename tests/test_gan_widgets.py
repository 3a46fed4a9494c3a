"""The widgets of chapter 1 without a browser: what they show is true, and the controls and the picture agree."""

import asyncio
import re

import ipywidgets
import numpy as np
import pytest
import torch
from panels import PanelRules, pictures

from t2ilib import exercises, theory
from t2ilib.data import digits
from t2ilib.data.toys import Gaussian
from t2ilib.figures import Markup, card
from t2ilib.widgets import density_duel, noise_explorer, panel, scrub
from t2ilib.widgets.density_duel import DETECTIVE, FORGER, LINE, STEP, Duel, duel, duel_view, evaluate
from t2ilib.widgets.quiz_card import QuestionBox

LOG_4 = np.log(4)
TRAIN = digits.load("train").pixels[:300]
STEPS = [0, 500, 1500]


@pytest.fixture(autouse=True)
def no_front_end(monkeypatch):
    monkeypatch.delenv("T2I_STATIC", raising=False)


def numbers(text):
    return [float(found) for found in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


def generate(noise):
    """A generator that draws the sign of its first 64 numbers, softly."""
    return torch.tanh(noise.repeat(1, 64 // noise.shape[1]))


def frame(index):
    return card(np.full((40, 60, 3), 50 * index, np.uint8), f"frame {index}")


@pytest.fixture
def run():
    return scrub.scrub(STEPS, frame, {"distance": [3.0, 1.5, 0.25]})


@pytest.fixture
def explorer():
    return noise_explorer.noise_explorer(generate, TRAIN, 32)


@pytest.fixture(params=["duel", "scrub", "noise"])
def shown(request, run, explorer):
    """Each of the three, and a change that must be seen."""
    made = {"duel": duel, "scrub": lambda: run, "noise": lambda: explorer}[request.param]()
    changes = {"duel": lambda: setattr(made.mean, "value", -2.0), "scrub": lambda: setattr(run.slider, "value", 0),
               "noise": lambda: setattr(explorer.right, "value", 0.1)}
    return made, changes[request.param]


class TestPanels(PanelRules):
    """What holds for all widgets."""


def test_every_control_has_a_name_and_takes_keys(shown):
    made, _ = shown
    keyed = (ipywidgets.FloatSlider, ipywidgets.Dropdown, ipywidgets.SelectionSlider, ipywidgets.ToggleButtons,
             ipywidgets.Play)
    for control in made.controls.children:
        assert isinstance(control, keyed)
        assert control.description or control.tooltip or control.tooltips


def test_the_old_picture_stays_while_the_new_one_is_drawn(shown, monkeypatch):
    made, change = shown
    old, draw, seen = made.view.value, made.picture, {}

    def looking():
        seen.update(view=made.view.value, busy=made.busy.value)
        return draw()

    monkeypatch.setattr(made, "picture", looking)
    change()
    assert seen["view"] == old and "drawing" in seen["busy"]


def test_many_changes_are_one_picture_of_the_newest(monkeypatch):
    monkeypatch.setattr(panel, "BEAT", 0.01)
    made, drawn = duel(), []
    picture = made.picture
    monkeypatch.setattr(made, "picture", lambda: drawn.append(made.mean.value) or picture())

    async def drag():
        for value in (0.5, 1.0, -1.0):
            made.mean.value = value
        assert drawn == []
        await asyncio.sleep(0.05)
        made.mean.value = 2.0
        await asyncio.sleep(0.05)

    asyncio.run(drag())
    assert drawn == [-1.0, 2.0]


# The duel


def test_the_values_are_those_of_the_theory():
    p, q = Gaussian(0, 1).density(LINE), Gaussian(1.5, 1).density(LINE)
    best = theory.optimal_discriminator(p, q)
    values = evaluate(Duel(mean=1.5, std=1.0, detective=(0.0, 0.0)))
    assert values.best == pytest.approx(theory.value(best, p, q, STEP), abs=1e-6)
    assert values.best == pytest.approx(2 * values.jsd - LOG_4) and 0 < values.jsd < np.log(2)
    assert values.yours == pytest.approx(-LOG_4)             # a flat D tosses a coin


def test_a_perfect_forger_leaves_nothing():
    values = evaluate(Duel(mean=0.0, std=1.0))
    assert values.best == pytest.approx(-LOG_4) and values.jsd == pytest.approx(0, abs=1e-12) and values.yours is None


def test_nobody_beats_the_best_detective():
    rng = np.random.default_rng(0)
    for _ in range(200):
        game = Duel(str(rng.choice(list(density_duel.DATA))), rng.uniform(-4, 4), rng.uniform(0.4, 2.5),
                    (rng.uniform(-4, 4), rng.uniform(-6, 6)))
        values = evaluate(game)
        assert all(side.sum() * STEP == pytest.approx(1, abs=1e-5) for side in density_duel.both(game, LINE))
        assert values.yours <= values.best + 1e-9 and np.isfinite(values.yours)


def test_two_bells_of_one_width_can_be_told_apart_as_well_as_possible():
    """There log(p / q) is a straight line, so D* is a logistic curve."""
    view = duel_view(Duel(mean=2.0, std=1.0, detective=(1.0, -2.0)))
    assert "Your D is 0.000 behind D*: as good as it gets." in view.text
    worse = duel_view(Duel(mean=2.0, std=1.0, detective=(1.0, 2.0)))
    assert "as good" not in worse.text and "behind D*." in worse.text


def test_the_words_hold_the_numbers():
    game = Duel("two bells", -1.0, 0.8, (0.5, 1.5))
    values, text = evaluate(game), duel_view(game).text
    best, yours, jsd, most, gap = numbers(text)[-5:]
    assert (best, yours) == (pytest.approx(values.best, abs=1e-3), pytest.approx(values.yours, abs=1e-3))
    assert (jsd, most) == (pytest.approx(values.jsd, abs=1e-3), 0.693)
    assert gap == pytest.approx(values.best - values.yours, abs=1e-3)
    assert "two bells" in text and "at −1 with" in text


def test_only_a_detective_sees_the_own_curve():
    made = duel()
    assert [control.description for control in made.controls.children[1:]] == ["data", "mean of p_g", "std of p_g"]
    assert "your D" not in made.view.value
    made.role.value = DETECTIVE
    assert [control.description for control in made.controls.children[1:]] == ["place of your D", "slope of your D"]
    assert "your D" in made.view.value and "your D −1.386" in made.view.value
    made.slope.value = -2.0
    assert made.settings()["slope of your D"] == "−2"
    made.role.value = FORGER
    assert "your D" not in made.view.value


def test_the_curve_of_d_is_drawn_where_it_is():
    points = re.findall(r"[ML]([\d.]+),([\d.]+)", density_duel.path(np.linspace(10, 250, 241)))
    assert len(points) == 241 and points[0] == ("40.0", "10.0") and points[120] == ("294.0", "130.0")
    assert density_duel.across(-6) == density_duel.LEFT and density_duel.across(6) == density_duel.RIGHT
    assert density_duel.height(0) == density_duel.TOP[0] and density_duel.height(-2 * LOG_4) == density_duel.FLOOR


def test_a_hopeless_detective_stays_on_the_scale():
    view = duel_view(Duel(mean=2.0, std=0.5, detective=(1.0, 6.0)))
    assert "↓" in view.html
    assert all(0 <= float(y) <= 350 for y in re.findall(r' (?:c?y)="([\d.-]+)"', view.html))


# The scrubber


def test_the_slider_chooses_the_frame_and_marks_the_curve(run):
    assert run.slider.value == 2 and "distance 0.25 at step 1,500" in run._repr_mimebundle_()["text/plain"]
    for index, value in enumerate((3.0, 1.5, 0.25)):
        run.slider.value = index
        assert np.array_equal(pictures(run.view.value)[0], np.full((40, 60, 3), 50 * index))
        assert f'aria-label="distance {value:g} at step {STEPS[index]:,}"' in run.view.value
        assert run.settings() == {"step": f"{STEPS[index]:,}"}


def test_the_film_moves_the_slider_and_back(run):
    run.film.value = 1
    assert run.slider.value == 1 and "frame 1" in run.view.value
    run.slider.value = 0
    assert run.film.value == 0
    run.film.playing = True
    run.reset()
    assert not run.film.playing and run.film.value == 2


def test_each_frame_is_made_once_and_only_when_it_is_shown():
    made = []
    shown = scrub.scrub(STEPS, lambda index: made.append(index) or frame(index))
    assert made == [2]
    for index in (0, 2, 0, 2):
        shown.slider.value = index
    assert made == [2, 0]


def test_frames_may_be_cards_markups_or_arrays():
    frames = [frame(1), Markup("<b>two</b>", "two"), np.full((8, 8, 3), 200, np.uint8)]
    shown = scrub.scrub(STEPS, frames)
    assert np.array_equal(pictures(shown.view.value)[0], frames[2]) and "<svg" not in shown.view.value
    shown.slider.value = 1
    assert "<b>two</b>" in shown.view.value


def test_a_marker_stands_on_its_curve():
    steps, values = [0, 10, 40], [1.0, 5.0, 3.0]
    for index in range(3):
        html = scrub.curve_view(steps, values, "W1", index).html
        points = re.findall(r"([\d.]+),([\d.]+)", re.search(r'd="M([^"]+)" fill="none"', html).group(1))
        assert re.search(r'cx="([\d.]+)" cy="([\d.]+)"', html).groups() == points[index]
    (x0, y0), (x1, y1), (x2, y2) = ((float(x), float(y)) for x, y in points)
    assert (x1 - x0) * 4 == pytest.approx(x2 - x0, abs=0.3) and y0 - y2 == pytest.approx((y0 - y1) / 2, abs=0.1)


def test_a_flat_curve_is_drawn():
    assert "nan" not in scrub.curve_view(STEPS, [2.0, 2.0, 2.0], "W1", 0).html


def test_a_frame_for_each_step():
    with pytest.raises(ValueError, match="got 3 steps, 2 frames; give as many"):
        scrub.scrub(STEPS, [frame(0), frame(1)])
    with pytest.raises(ValueError, match="got 3 steps, 1 numbers of W1"):
        scrub.scrub(STEPS, frame, {"W1": [1.0]})
    with pytest.raises(ValueError, match="got 0 steps"):
        scrub.scrub([], frame)


# The noise


def test_the_corners_of_the_plane_are_its_points():
    corners = torch.randn(3, 32, generator=torch.Generator().manual_seed(0))
    places = torch.tensor([[0.0, 0], [1, 0], [0, 1], [0.3, 0.4]])
    noise = noise_explorer.noise_at(corners, *places.T)
    assert torch.allclose(noise.norm(dim=1), torch.full((4,), 32 ** 0.5))
    for point, corner in zip(noise, corners):
        assert torch.cosine_similarity(point, corner, dim=0) == pytest.approx(1, abs=1e-5)
    inside = 0.3 * corners[0] + 0.3 * corners[1] + 0.4 * corners[2]
    assert torch.cosine_similarity(noise[3], inside, dim=0) == pytest.approx(1, abs=1e-5)


def test_the_walk_stands_on_its_strip(explorer):
    explorer.right.value, explorer.up.value = 0.5, 0.3
    seen = explorer.seen()
    assert torch.allclose(seen.here, seen.strip[4], atol=1e-6) and seen.strip.shape == (9, 64)
    assert not torch.allclose(seen.strip[0], seen.strip[8], atol=0.1)


def test_the_nearest_real_digit_is_the_nearest(explorer):
    seen = explorer.seen()
    distances = (TRAIN - seen.here).norm(dim=1)
    assert seen.distance == pytest.approx(distances.min().item(), rel=1e-5)
    assert torch.equal(seen.nearest, TRAIN[distances.argmin()])
    assert f"is {seen.distance:.2f} away" in explorer.picture().alt


def test_the_usual_distance_leaves_a_digit_itself_out():
    corners = torch.tensor([[0.0, 0], [3, 4], [3, 5]])
    assert noise_explorer.usual_distance(corners) == pytest.approx(1.0)        # nearest ones: 5, 1, 1


def test_a_generator_that_hands_out_its_pictures_is_suspected(explorer):
    thief = noise_explorer.noise_explorer(lambda noise: TRAIN[:1].expand(len(noise), 64), TRAIN)
    assert "a copy?" in thief.picture().alt and thief.seen().distance == 0
    assert "No copy of that one." in explorer.picture().alt


def test_a_copy_is_nearer_than_half_of_the_usual_distance():
    words = [noise_explorer.verdict(distance, 2.0) for distance in (0.9, 1.1, 3.0)]
    assert words == ["Nearer than half of that: a copy?", "No copy of that one.", "No copy of that one."]


def test_the_picture_shows_the_digits(explorer):
    page, seen = pictures(explorer.view.value)[0], explorer.seen()
    for x, digit in ((66, seen.here), (290, seen.nearest)):
        large = digits.to_images(digit[None])[0].repeat(48, 0).repeat(48, 1)
        assert np.array_equal(page[68:452, 2 * x:2 * x + 384], large)
    assert page.shape == (704, 1608, 3)


def test_a_surprise_is_another_plane_and_no_gradient_is_kept(explorer):
    first = explorer.seen().here
    explorer.surprise()
    assert not torch.equal(explorer.seen().here, first) and explorer.place() == noise_explorer.START
    weight = torch.ones((), requires_grad=True)
    assert not noise_explorer.noise_explorer(lambda z: weight * generate(z), TRAIN).seen().here.requires_grad


# The quiz card


def test_a_question_once_answered_rightly_stays_so():
    quiz = exercises.gan_quiz.quiz
    box = QuestionBox(1, quiz.questions[0], lambda: None)
    right = [choice.right for choice in box.question.choices].index(True)
    box.take(right)
    box.take((right + 1) % len(box.question.choices))
    assert box.right and "NO" in box.verdict.value
