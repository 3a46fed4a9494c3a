"""The quiz card: a button for each choice, and a word on the one that was taken."""

from collections.abc import Callable
from html import escape
from string import ascii_lowercase

import ipywidgets as widgets

from t2ilib import progress
from t2ilib.exercises.quiz import Question, Quiz
from t2ilib.figures import COLOUR
from t2ilib.widgets.card import STATES, WIDTH

LINE = "line-height:1.5;margin:0;white-space:normal"


def heading_html(quiz: Quiz) -> str:
    """Title, minutes and progress in a line."""
    return (f'<div style="display:flex;gap:12px;flex-wrap:wrap;align-items:baseline;line-height:1.5">'
            f'<b style="font-size:115%">Quiz: {escape(quiz.title)}</b><span>{quiz.minutes} min</span>'
            f'<span style="margin-left:auto">{STATES[progress.state(quiz.id)]}</span></div>')


class QuestionBox(widgets.VBox):
    """One question; `told()` is called after each answer."""

    def __init__(self, number: int, question: Question, told: Callable[[], None]):
        self.question, self.told, self.right = question, told, False
        self.verdict = widgets.HTML()
        asked = widgets.HTML(f'<p style="{LINE}"><b>{number}.</b> {escape(question.text)}</p>')
        rows = [self._row(letter, index) for index, letter in enumerate(ascii_lowercase[:len(question.choices)])]
        super().__init__([asked, *rows, self.verdict], layout=widgets.Layout(margin="8px 0"))

    def _row(self, letter: str, index: int) -> widgets.HBox:
        choice = self.question.choices[index]
        button = widgets.Button(description=letter, tooltip=choice.text, layout=widgets.Layout(
            width="36px", min_width="36px"))
        button.on_click(lambda _button: self.take(index))
        words = widgets.HTML(f'<p style="{LINE};padding-top:2px">{escape(choice.text)}</p>')
        return widgets.HBox([button, words])

    def take(self, index: int) -> None:
        """Say what is right or wrong about a choice."""
        choice = self.question.choices[index]
        self.right = self.right or choice.right
        mark = "OK" if choice.right else "NO"
        self.verdict.value = (f'<div role="status" style="{LINE};padding-left:44px"><b>{mark}</b> '
                              f'({ascii_lowercase[index]}) {escape(choice.verdict)}</div>')
        self.told()


class QuizCard(widgets.VBox):
    """A quiz with its buttons; it is solved when every question has been answered rightly."""

    def __init__(self, quiz: Quiz):
        self.quiz, self.heading = quiz, widgets.HTML(heading_html(quiz))
        self.boxes = [QuestionBox(number, question, self.note) for number, question in enumerate(quiz.questions, 1)]
        super().__init__([self.heading, *self.boxes], layout=widgets.Layout(
            max_width=WIDTH, border_left=f"4px solid {COLOUR['text']}", padding="4px 12px", margin="8px 0"))

    def note(self) -> None:
        """Remember how it went."""
        progress.record(self.quiz.id, solved=all(box.right for box in self.boxes))
        self.heading.value = heading_html(self.quiz)

    def _repr_mimebundle_(self, **kwargs) -> dict:
        plain = {"text/plain": repr(self.quiz), "text/html": self.quiz._repr_html_()}
        return super()._repr_mimebundle_(**kwargs) | plain
