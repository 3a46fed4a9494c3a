"""Quizzes: one right choice a question, a word on each, and something to read wherever they are shown."""

import re

import ipywidgets
import pytest

from t2ilib import exercises, progress, widgets
from t2ilib.exercises.quiz import Choice, Question, Quiz
from t2ilib.widgets.quiz_card import QuizCard

ALL = [value for chapter in dir(exercises) for value in vars(getattr(exercises, chapter)).values()
       if isinstance(value, Quiz)]
each_quiz = pytest.mark.parametrize("quiz", ALL, ids=lambda quiz: quiz.title)


@pytest.fixture
def sums():
    """A quiz with signs that HTML and formulas use."""
    return Quiz("tests.sums", "sums", 2, (
        Question("1 + 1 < 3?", (Choice("yes & no", False, "It cannot be both."), Choice("yes", True, "2 is less."))),
        Question("2 + 2?", (Choice("4", True, "Count."), Choice("5", False, "One too many."))),
    ))


def test_there_is_a_quiz_for_the_first_chapter():
    assert exercises.start_quiz.quiz in ALL


@each_quiz
def test_it_is_well_made(quiz):
    assert quiz.minutes > 0 and 4 <= len(quiz.questions) <= 8
    assert len({question.text for question in quiz.questions}) == len(quiz.questions)
    for question in quiz.questions:
        assert [choice.right for choice in question.choices].count(True) == 1, question.text
        assert 3 <= len(question.choices) <= 5 and all(len(choice.why) > 20 for choice in question.choices)
        assert len({choice.why for choice in question.choices}) == len(question.choices)


@each_quiz
def test_the_place_or_length_of_a_choice_does_not_give_it_away(quiz):
    places = [[choice.right for choice in question.choices].index(True) for question in quiz.questions]
    longest = [max(question.choices, key=lambda choice: len(choice.text)).right for question in quiz.questions]
    assert len(set(places)) >= 3 and sum(longest) < len(quiz.questions)


@each_quiz
def test_the_text_gives_nothing_away(quiz):
    shown = repr(quiz)
    assert all(len(line) <= 88 for line in shown.splitlines())
    flat = " ".join(shown.split())
    for question in quiz.questions:
        assert question.text in flat
        assert all(choice.text in flat and choice.why not in flat for choice in question.choices)


def test_a_choice_is_explained(sums):
    assert sums.explain(1, "a") == "Not this one. It cannot be both."
    assert sums.explain(2, "a") == "Right. Count."


@pytest.mark.parametrize("asked, said", [((0, "a"), "1 to 2, got 0"), ((3, "a"), "1 to 2, got 3"),
                                         (("1", "a"), "1 to 2, got '1'"), ((1, "c"), "one of a, b, got 'c'")])
def test_what_is_not_asked_is_not_explained(sums, asked, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        sums.explain(*asked)


def test_a_page_without_scripts_unfolds(sums):
    page = sums._repr_html_()
    assert "<script" not in page and "http" not in page
    assert "1 + 1 &lt; 3?" in page and page.count("<details>") == 4
    assert "<summary>yes &amp; no</summary>Not this one. It cannot be both.</details>" in page
    assert "<details open" not in page


def test_without_a_front_end_it_is_text(sums, monkeypatch, capsys):
    monkeypatch.setenv("T2I_STATIC", "1")
    assert sums.card() is None
    assert capsys.readouterr().out == repr(sums) + "\n"
    assert repr(sums).startswith("Quiz: sums · 2 min\n\n1. 1 + 1 < 3?\n   a) yes & no\n   b) yes\n\n2. 2 + 2?\n")


def test_with_a_front_end_it_is_a_card(sums, monkeypatch):
    shown = []
    monkeypatch.setattr(widgets, "is_live", lambda: True)
    monkeypatch.setattr("t2ilib.exercises.quiz.display", shown.append)
    sums.card()
    assert [type(card) for card in shown] == [QuizCard] and shown[0].quiz is sums


@pytest.fixture
def card(sums, tmp_path, monkeypatch):
    """The card of the quiz, with a progress file of its own."""
    monkeypatch.setenv("T2I_HOME", str(tmp_path))
    monkeypatch.delenv("T2I_STATIC", raising=False)
    return QuizCard(sums)


def press(card, question, letter):
    """Press the button of a choice and give what the card says then."""
    box = card.boxes[question - 1]
    buttons = [button for row in box.children if isinstance(row, ipywidgets.HBox) for button in row.children
               if isinstance(button, ipywidgets.Button)]
    next(button for button in buttons if button.description == letter).click()
    return box.verdict.value


def test_each_button_tells_about_its_own_choice(card, sums):
    for number, question in enumerate(sums.questions, 1):
        for letter, choice in zip("ab", question.choices):
            said = press(card, number, letter)
            assert f"<b>{'OK' if choice.right else 'NO'}</b> ({letter}) {choice.verdict}" in said


def test_nothing_is_said_before_a_button_is_pressed(card):
    assert all(box.verdict.value == "" for box in card.boxes) and progress.load() == {}
    assert "not tried" in card.heading.value


def test_it_is_solved_when_every_question_is(card, sums):
    press(card, 1, "b")
    assert progress.state(sums.id) == "tried" and "◐ tried" in card.heading.value
    press(card, 2, "b")
    assert progress.state(sums.id) == "tried"
    press(card, 2, "a")
    assert progress.load() == {sums.id: {"tries": 3, "solved": True}} and "● solved" in card.heading.value


def test_signs_of_html_are_shown_as_they_are(card):
    words = [widget.value for widget in card.boxes[0].children[:1]]
    assert "1 + 1 &lt; 3?" in words[0]
    assert "<script" not in card._repr_mimebundle_()["text/html"]


@each_quiz
def test_its_id_is_its_place(quiz):
    chapter, _, name = quiz.id.partition(".")
    assert getattr(getattr(exercises, chapter), name) is quiz
