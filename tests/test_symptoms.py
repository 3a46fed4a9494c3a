"""The page of symptoms says what the stored runs show; the live plots lead to it and change nothing."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from t2ilib import pairing, studies, symptoms
from t2ilib.data import digits
from t2ilib.data.toys import SourceBatches
from t2ilib.figures import Card
from t2ilib.papers import gan
from t2ilib.studies import broken
from t2ilib.symptom_texts import SYMPTOMS
from t2ilib.train import TrainState, fit_gan, make_fabric
from t2ilib.widgets import live

RUNS = broken.load()
HISTORY = [{"step": step, "D: real": 0.5, "D: R1": 0.25, "G: fake": 2.0, "D(real)": 0.75, "D(fake)": 0.125}
           for step in range(10, 101, 10)]

symptom_cases = pytest.mark.parametrize("symptom", SYMPTOMS, ids=lambda symptom: symptom.slug)


# The page


def test_the_page_is_made_from_the_stored_results():
    assert symptoms.PAGE.read_text(encoding="utf-8") == symptoms.page(RUNS), "run: t2i reproduce gan_symptoms"


@symptom_cases
def test_the_picture_is_made_from_the_stored_results(symptom):
    with Image.open(symptoms.picture_path(symptom)) as image:
        assert image.text[symptoms.MADE_FROM] == symptoms.results_hash(), "run: t2i reproduce gan_symptoms"
        assert image.width == 1600


def test_every_picture_is_shown_with_an_alt_text():
    named = re.findall(r"!\[([^\]]{40,})\]\(assets/(symptom_\w+\.png)\)", symptoms.PAGE.read_text(encoding="utf-8"))
    there = sorted(path.name for path in (symptoms.PAGE.parent / "assets").glob("symptom_*"))
    assert sorted(name for _, name in named) == there


@symptom_cases
def test_the_shown_run_has_the_sign_and_a_healthy_one_has_not(symptom):
    assert symptom.sign(symptoms.facts(symptoms.shown(symptom, RUNS)))
    if symptom.cause != "healthy":
        assert not any(symptom.sign(symptoms.facts(run)) for run in RUNS if run.cause == "healthy")


def test_other_results_make_another_page():
    log = {name: values / 2 for name, values in RUNS[0].log.items()}
    other = broken.BrokenRun(**vars(RUNS[0]) | {"log": log})
    assert symptoms.page([other, *RUNS[1:]]) != symptoms.page(RUNS)


def test_the_hash_is_that_of_the_results(monkeypatch, tmp_path):
    before = symptoms.results_hash()
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    (tmp_path / "gan_symptoms.npz").write_bytes(b"other")
    assert symptoms.results_hash() != before
    image, known = Image.new("RGB", (2, 2)), tmp_path / "a.png"
    symptoms.save(image, known)
    assert Image.open(known).text[symptoms.MADE_FROM] == symptoms.results_hash()


def test_the_sections_it_names_exist():
    source = (pairing.NOTEBOOKS / "src" / "01_gan.py").read_text(encoding="utf-8")
    headings = re.findall(r"^# ## (1\.\d+)", source, re.MULTILINE)
    for symptom in SYMPTOMS:
        named = re.findall(r"\d\.\d+", symptom.chapter)
        assert named and set(named) <= set(headings), symptom.title


def test_facts_are_those_of_the_end():
    samples = np.array([[[0.0, 0], [0, 0]], [[1, 1], [1, 1]], [[3, 0], [3, 4]]])
    log = dict.fromkeys(broken.LOGGED, np.arange(8.0))
    run = broken.BrokenRun("x", 0, np.arange(8), log, samples, np.arange(3), np.array([[0, 0], [0, 5.0]]))
    assert symptoms.facts(run) == (6.5, 6.5, 13.0, 6.5, 4.0, 5.0, 2.5, 2.0, 5.0)


@pytest.mark.parametrize("value, words", [
    (0.126, "0.13"), (-0.001, "0.00"), (-0.5, "-0.50"), (99.5, "99.50"), (31098.7, "31,099"), (-1234.0, "-1,234")])
def test_numbers(value, words):
    assert symptoms.number(value) == words


def test_ink_is_dark_on_white_and_samples_keep_their_order():
    samples = np.full((2, 64), -1.0)
    samples[1], samples[0, 0] = 16, 0
    row = np.asarray(symptoms.strip("real", samples, 400).convert("L"))
    right, left = row[5, 400 - 20 - 8 - 60], row[60, 400 - 20 - 2 * 120 + 60]
    assert (right, left) == (0, 255)


# The live plots


class Place:
    """Where a watcher paints."""

    def __init__(self):
        self.shown = []

    def update(self, thing):
        self.shown.append(thing)


@pytest.fixture
def place(monkeypatch):
    """A front end that remembers what it was shown."""
    made = Place()
    monkeypatch.setattr(live, "is_live", lambda: True)
    monkeypatch.setattr(live, "display", lambda display_id: made)
    return made


@pytest.fixture
def clock(monkeypatch):
    """A clock that only goes on when it is told to; drawing the log takes one second."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(live.time, "perf_counter", lambda: now.seconds)

    def log_card(history):
        now.seconds += 1
        return Card(b"", f"{len(history)} rows", 800)

    monkeypatch.setattr(live, "log_card", log_card)
    return now


def state(step, steps=1000):
    return SimpleNamespace(step=step, recipe=SimpleNamespace(steps=steps), history=HISTORY)


def test_watching_costs_a_fifth_of_the_time(place, clock):
    watch = live.live_game()
    for step in range(1, 1000):
        watch(state(step))
        clock.seconds += 0.1
    assert clock.seconds == pytest.approx(99.9 + len(place.shown))
    assert len(place.shown) == pytest.approx(0.2 * clock.seconds, abs=2)


def test_the_last_step_is_always_drawn(place, clock):
    watch = live.live_game()
    for step in (998, 999, 1000):
        watch(state(step))
    assert len(place.shown) == 2


def test_it_shows_the_log_the_picture_and_the_way_to_the_page(place):
    live.live_game(lambda state: Card(b"", f"samples after {state.step}", 8))(state(1000))
    shown = place.shown[0]
    assert re.findall(r'alt="([^"]+)"', shown.html) == [
        "The log up to step 100. D answers: D(real) 0.75, D(fake) 0.12.", "samples after 1000"]
    assert shown.html.endswith(live.HELP) and '<a href="symptoms.md">' in live.HELP
    assert "symptoms.md" in shown.text and "samples after 1000" in shown.text


def test_sentences_also_lead_to_the_page(place, monkeypatch):
    monkeypatch.setattr(live, "apprentice", lambda state: None)
    monkeypatch.setattr(live, "rows", lambda painter, captions: np.zeros((1, 2, 8, 8, 3), np.uint8))
    watch = live.live_grid(["a bird"], every=10)
    for step in (5, 10, 15):
        watch(state(step))
    assert len(place.shown) == 1 and place.shown[0].html.endswith(live.HELP)


def test_without_a_front_end_nothing_is_painted(monkeypatch):
    monkeypatch.setattr(live, "is_live", lambda: False)
    monkeypatch.setattr(live, "display", None)
    monkeypatch.setattr(live, "log_card", None)
    live.live_game(lambda state: 1 / 0)(state(1000))
    live.live_grid(["a bird"], every=1)(state(1000))


def test_the_curves_are_the_sums_of_the_terms():
    figure, axes = live.plt.subplots(1, 2)
    live.draw_log(axes, HISTORY)
    drawn = [{float(line.get_ydata()[-1]) for line in axis.get_lines()} for axis in axes]
    live.plt.close(figure)
    assert drawn == [{0.75, 2.0}, {0.75, 0.125, 0.5}]           # 0.5 is the dotted line
    assert [text.get_text() for axis in axes for text in axis.texts] == ["D", "G", "D(real)", "D(fake)"]


def test_a_smooth_curve_is_the_mean_of_what_came_before():
    jump = np.repeat([0.0, 1.0], 12)                            # a twelfth of 24 values: two of them
    assert live._smoothed(jump).tolist() == [0.0] * 12 + [0.5] + [1.0] * 11


@pytest.mark.parametrize("history", [[], HISTORY[:1], [{"step": 1, "mse": 0.5}]])
def test_a_log_may_be_short_or_foreign(history):
    assert live.log_card(history).png


def test_watching_changes_nothing(place):
    weights = []
    config, recipe = gan.RECIPES["steady"]["smoke"]
    for watch in (None, live.live_game(lambda state: Card(b"", "", 8))):
        torch.manual_seed(0)
        game = TrainState(gan.Gan(config), recipe, make_fabric("cpu", "32-true"))
        fit_gan(game.task, game, SourceBatches(digits.load("train"), recipe.batch, config.noise_dim, 0), watch)
        weights.append([weight.detach().clone() for weight in game.task.parameters()])
    assert len(place.shown) >= 1 and all(torch.equal(a, b) for a, b in zip(*weights, strict=True))
