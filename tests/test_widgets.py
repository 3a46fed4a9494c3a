"""The sentence box and the exercise card without a browser: what they show, and that nothing typed becomes HTML."""

import asyncio
import base64
import io
import re
import sys

import numpy as np
import pytest
from PIL import Image

from t2ilib import exercises, widgets
from t2ilib.data.captions import read_attributes
from t2ilib.exercises import Exercise, Wrong
from t2ilib.runtime import derived_seed
from t2ilib.sample import SHOWN_CAPTIONS, Drawing, note
from t2ilib.widgets import card, sentence
from t2ilib.widgets.sentence import COUNT, SentenceBox, compose, surprise, understood

EVIL = '<img src=x onerror="alert(1)">&amp; <script>alert(2)</script>'


class FakePainter:
    """Draws noise that depends on sentence and seed; its probe sees the first named part right, all others brown."""

    def __init__(self):
        self.calls = []

    def draw(self, text, n=8, seed=0):
        self.calls.append((text, seed))
        rng = np.random.default_rng(derived_seed(seed, *text.encode()))
        images = rng.integers(256, size=(n, 64, 64, 3), dtype=np.uint8)
        reading = read_attributes(text)
        first = next(iter(reading.colours), None)
        seen = [(part, wanted, wanted if part == first else "brown") for part, wanted in reading.colours.items()]
        return Drawing(text, images, reading, reading.unknown, [seen] * n, note(text, reading, reading.unknown))


@pytest.fixture
def painter():
    return FakePainter()


@pytest.fixture
def box(painter):
    return SentenceBox(painter, SHOWN_CAPTIONS[0])


def pictures(html):
    """The pictures in a piece of HTML, as arrays."""
    codes = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(code)))) for code in codes]


def text_of(html):
    """What a reader sees, on one line."""
    text = re.sub(r"<style>.*?</style>|</?(b|u|code)>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


# The sentence box


def test_the_pictures_are_the_painters(painter):
    drawing = painter.draw("a red bird with black wings")
    shown = pictures(compose(drawing))
    assert len(shown) == COUNT and all(np.array_equal(a, b) for a, b in zip(shown, drawing.images, strict=True))


def test_each_reading_is_a_mark_and_words(painter):
    html = compose(painter.draw("a red bird with black wings"))
    assert html.count("<div>✓ <u>red body</u>: yes</div><div>✗ <u>black wing</u>: no, brown</div>") == COUNT
    assert 'alt="Bird 8 of 8. red body: yes, black wing: no, brown"' in html


def test_a_wish_for_brown_that_came_true(painter):
    assert "✓ <u>brown wing</u>: yes" in compose(painter.draw("a red bird with brown wings"))


def test_what_was_understood():
    reading = read_attributes("a small red bird with a short yellow beak, a long tail and fluffy legs on a branch")
    assert understood(reading) == ["red body", "yellow beak", "small", "short beak", "long tail", "on a branch"]


@pytest.mark.parametrize("words, said", [
    ("a small red bird", "understood: red body, small · not understood: nothing "),
    ("a red dragon", "understood: nothing · not understood: red, dragon It names no part"),
    ("", "understood: nothing · not understood: nothing The sentence is empty"),
    (" ".join(f"word{i}" for i in range(20)), "word11, and 8 more It names no part"),
    ("a red bird " + "x" * 5000, "Only the first 500 characters were read."),
    ("빨간 새 🐦", "not understood: 빨간, 새 "),
])
def test_any_sentence_is_answered(painter, words, said):
    assert said in text_of(compose(painter.draw(words)))


@pytest.mark.parametrize("show", [compose, sentence.static])
def test_what_is_typed_never_becomes_html(painter, show):
    html = show(painter.draw(EVIL))
    assert "<script" not in html and "<img src=x" not in html
    assert html.count("<img") == COUNT


def test_nothing_comes_from_the_network(box):
    assert "http" not in compose(box.drawing) and "url(" not in compose(box.drawing)


def test_typing_draws_again(box, painter):
    before = box.birds.value
    box.sentence.value = "a blue bird"
    assert box.birds.value != before and painter.calls[-1] == ("a blue bird", 0)
    assert "blue body" in box.birds.value and box.busy.value == ""


def test_more_birds_and_reset(box, painter):
    first = box.birds.value
    box.more()
    assert painter.calls[-1] == (SHOWN_CAPTIONS[0], 1) and box.birds.value != first
    box.sentence.value = "a blue bird"
    assert painter.calls[-1] == ("a blue bird", 1)
    box.reset()
    assert box.sentence.value == SHOWN_CAPTIONS[0] and box.birds.value == first


def test_the_newest_sentence_wins(box, painter, monkeypatch):
    """Within a pause of typing only the last state is drawn, and the old pictures stay until then."""
    monkeypatch.setattr(sentence, "PAUSE", 0.01)
    old, drawn = box.birds.value, len(painter.calls)

    async def type_quickly():
        for text in ("a b", "a bl", "a blue bird"):
            box.sentence.value = text
        assert box.birds.value == old
        while len(painter.calls) == drawn:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.05)

    asyncio.run(type_quickly())
    assert painter.calls[drawn:] == [("a blue bird", 0)]


def test_the_old_pictures_stay_while_new_ones_are_drawn(box, painter, monkeypatch):
    shown = {}
    draw = painter.draw

    def looking(*args, **kwargs):
        shown.update(birds=box.birds.value, busy=box.busy.value)
        return draw(*args, **kwargs)

    before = box.birds.value
    monkeypatch.setattr(painter, "draw", looking)
    box.more()
    assert shown["birds"] == before and "drawing" in shown["busy"]


def test_a_surprise_names_a_colour_and_repeats_with_its_generator(box):
    captions = [surprise(np.random.default_rng(seed)) for seed in range(20)]
    assert captions == [surprise(np.random.default_rng(seed)) for seed in range(20)]
    assert len(set(captions)) > 15 and all(read_attributes(caption).colours for caption in captions)
    box.surprise()
    assert box.sentence.value != SHOWN_CAPTIONS[0] and box.drawing.sentence == box.sentence.value


def test_four_controls(box):
    text, _, row = box.children
    assert [button.description for button in row.children[:-1]] == ["Surprise me", "More birds", "Reset"]
    assert text.description == "Sentence"


def test_without_a_front_end_the_box_is_a_picture(box):
    bundle = box._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert len(pictures(bundle["text/html"])) == COUNT and SHOWN_CAPTIONS[0] in bundle["text/html"]


def test_the_picture_of_the_box_is_displayed(painter, monkeypatch):
    shown = []
    monkeypatch.setattr(sentence, "display", shown.append)
    monkeypatch.setenv("T2I_STATIC", "1")
    sentence.show_sentence_box(painter, "a blue bird")
    assert [html.data for html in shown] == [sentence.static(painter.draw("a blue bird"))]


# The exercise card


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("T2I_HOME", str(tmp_path))
    monkeypatch.delenv("T2I_STATIC", raising=False)


@pytest.fixture
def triple():
    """An exercise on a function that a notebook may define; its words are not meant to be HTML."""
    def fits(answer):
        """3 times <2>"""
        got = answer(2)
        return None if got == 6 else Wrong(6, got, "x < y & so on")

    return Exercise(id="start.named_right", title="a < b", minutes=7, difficulty=2, text="Give back `3 * x`, x < 5.",
                    hints=("one", "two `x`", "three"), checks=(fits,), explanation="As `x` & x & x.")


@pytest.fixture
def notebook(monkeypatch):
    """Defines names as a cell of a notebook would."""
    def define(**names):
        for name, value in names.items():
            monkeypatch.setattr(sys.modules["__main__"], name, value, raising=False)
    return define


def test_the_card_looks_the_function_up_anew(triple, notebook):
    shown = card.ExerciseCard(triple, "named_right")
    shown.check()
    assert "not tried yet: run the cell that defines named_right" in shown.report.value
    notebook(named_right=lambda x: 2 * x)
    shown.check()
    assert "<b>NO</b>  3 times &lt;2&gt;: expected 6, got 4 - x &lt; y &amp; so on" in shown.report.value
    assert "◐ tried" in shown.task.value
    notebook(named_right=lambda x: 3 * x)
    shown.check()
    assert "<b>OK</b>" in shown.report.value and "● solved" in shown.task.value


def test_a_function_is_looked_up_by_its_name(triple, notebook):
    def named_right(x):
        return x

    assert card.find(named_right) is named_right
    notebook(named_right=len)
    assert card.find(named_right) is len


def test_what_the_answer_prints_is_shown(triple, notebook, capsys):
    notebook(named_right=lambda x: print("<here>", x))
    shown = card.ExerciseCard(triple, "named_right")
    shown.check()
    assert "printed: &lt;here&gt; 2" in shown.report.value and capsys.readouterr().out == ""


def test_the_task_has_dots_minutes_and_state(triple):
    task = text_of(card.task_html(triple))
    assert "Exercise: a &lt; b ●●○○○ · 7 min ○ not tried" in task
    assert "<code>3 * x</code>, x &lt; 5" in card.task_html(triple)


def test_hints_and_solution(triple):
    shown = card.ExerciseCard(triple, "named_right")
    shown.hint()
    shown.hint()
    assert text_of(shown.hints.value).strip() == "hint 1 of 3: one hint 2 of 3: two x"
    assert "two <code>x</code>" in shown.hints.value
    shown.solve()
    assert "def named_right(" in shown.solution.value and "As <code>x</code> &amp; x" in shown.solution.value


def test_the_buttons_do_what_they_say(triple, notebook):
    notebook(named_right=lambda x: 3 * x)
    shown = card.ExerciseCard(triple, "named_right")
    check, hint, solution = shown.children[1].children
    for button in (check, hint, solution):
        button.click()
    assert "OK" in shown.report.value and "hint 1" in shown.hints.value and "def " in shown.solution.value
    assert [button.description for button in (check, hint, solution)] == ["Check", "Hint", "Solution"]


def test_without_a_front_end_the_card_is_text(triple, notebook, capsys):
    notebook(named_right=lambda x: 3 * x)
    assert triple.card() is None
    assert capsys.readouterr().out == (
        "Exercise start.named_right: a < b · ●●○○○ · 7 min\nGive back `3 * x`, x < 5.\nOK  3 times <2>\n")


def test_a_kernel_gets_the_card_unless_it_is_static(triple, monkeypatch):
    class Shell:
        kernel = object()

    monkeypatch.setattr(widgets, "get_ipython", Shell)
    assert isinstance(triple.card(), card.ExerciseCard)
    monkeypatch.setenv("T2I_STATIC", "1")
    assert triple.card() is None


def test_every_exercise_has_a_card():
    for exercise in (exercises.start.named_right, exercises.start.mismatched, exercises.start.to_pixels):
        assert exercise.title in card.ExerciseCard(exercise, exercise.name).task.value
