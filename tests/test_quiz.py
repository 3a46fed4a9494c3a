"""Quizzes: one right choice a question, a word on each, and something to read wherever they are shown."""

import json
import re

import jupyterquiz
import pytest
from IPython.utils.capture import capture_output

from t2ilib import exercises, widgets
from t2ilib.exercises.quiz import Choice, Question, Quiz

ALL = [value for chapter in dir(exercises) for value in vars(getattr(exercises, chapter)).values()
       if isinstance(value, Quiz)]
each_quiz = pytest.mark.parametrize("quiz", ALL, ids=lambda quiz: quiz.title)


@pytest.fixture
def sums():
    """A quiz with signs that HTML and formulas use."""
    return Quiz("sums", 2, (
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
def test_it_is_plain_text(quiz):
    """The front end takes these signs for HTML, formulas (which it would fetch a script for) and links."""
    for text in _strings(quiz.as_jupyterquiz()):
        assert not re.search(r"[<>&$`\\]|\]\(|http", text), text


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


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


def test_with_a_front_end_it_is_a_jupyterquiz(sums, monkeypatch):
    given = []
    monkeypatch.setattr(widgets, "is_live", lambda: True)
    monkeypatch.setattr(jupyterquiz, "display_quiz", lambda questions, **options: given.append((questions, options)))
    sums.card()
    assert given == [([
        {"question": "1 + 1 < 3?", "type": "multiple_choice", "answers": [
            {"answer": "yes & no", "correct": False, "feedback": "Not this one. It cannot be both."},
            {"answer": "yes", "correct": True, "feedback": "Right. 2 is less."}]},
        {"question": "2 + 2?", "type": "multiple_choice", "answers": [
            {"answer": "4", "correct": True, "feedback": "Right. Count."},
            {"answer": "5", "correct": False, "feedback": "Not this one. One too many."}]}], {"max_width": 820})]


@each_quiz
def test_jupyterquiz_takes_it(quiz, monkeypatch):
    monkeypatch.setattr(widgets, "is_live", lambda: True)
    shown = []
    monkeypatch.setattr("jupyterquiz.dynamic.display.display", shown.append)
    with capture_output():
        quiz.card()
    script = shown[1].data
    questions = re.search(r"^var questions\w+=(\[.*?\]);\n", script, re.DOTALL)[1]
    assert json.loads(questions) == quiz.as_jupyterquiz()
