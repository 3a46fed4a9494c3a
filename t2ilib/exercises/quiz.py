"""Quizzes: a few questions, and a word on each choice, the right ones too.

In a notebook the choices are buttons. A page without scripts gets choices that unfold, and a console
gets text; there, `quiz.explain(1, "b")` says what is right or wrong about a choice.
"""

import textwrap
from dataclasses import dataclass
from html import escape
from string import ascii_lowercase
from typing import NamedTuple

from IPython.display import display

from t2ilib.figures import COLOUR

WIDTH = 820                 # pixels: that of an exercise card


class Choice(NamedTuple):
    """One of the answers to a question."""

    text: str
    right: bool
    why: str                # why it is right, or what is wrong about it

    @property
    def verdict(self) -> str:
        """What a learner is told who takes this choice."""
        return f"{'Right' if self.right else 'Not this one'}. {self.why}"


class Question(NamedTuple):
    """A question with one right choice."""

    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, repr=False)
class Quiz:
    """Questions of a chapter, in plain text."""

    id: str                 # "chapter.name"
    title: str
    minutes: int
    questions: tuple[Question, ...]

    def card(self) -> None:
        """Show the questions, with buttons where a front end can answer."""
        from t2ilib.widgets import is_live, quiz_card  # only notebooks need widgets

        display(quiz_card.QuizCard(self) if is_live() else self)

    def explain(self, question: int, choice: str) -> str:
        """What is right or wrong about a choice, such as (1, "b").

        Raises: ValueError for a question or a choice that does not exist.
        """
        if question not in range(1, len(self.questions) + 1):
            raise ValueError(f"the question should be 1 to {len(self.questions)}, got {question!r}; count from 1")
        choices = dict(zip(ascii_lowercase, self.questions[question - 1].choices))
        if choice not in choices:
            raise ValueError(f"the choice should be one of {', '.join(choices)}, got {choice!r}; "
                             f"question {question} has no other")
        return choices[choice].verdict

    def __repr__(self) -> str:
        asked = [f"{number}. {_wrapped(question.text, 3)}\n" + "\n".join(
            f"   {letter}) {_wrapped(choice.text, 6)}" for letter, choice in zip(ascii_lowercase, question.choices))
            for number, question in enumerate(self.questions, 1)]
        return "\n\n".join([f"Quiz: {self.title} · {self.minutes} min", *asked,
                            'Say .explain(1, "b") to learn about a choice.'])

    def _repr_html_(self) -> str:
        asked = "".join(f'<li style="margin:12px 0">{escape(question.text)}'
                        f'<ol type="a" style="margin:4px 0">{"".join(map(_unfolding, question.choices))}</ol></li>'
                        for question in self.questions)
        return (f'<div style="max-width:{WIDTH}px;border-left:4px solid {COLOUR["text"]};padding:4px 12px;'
                f'line-height:1.5"><b style="font-size:115%">Quiz: {escape(self.title)}</b> · {self.minutes} min'
                f'<ol style="margin:0;padding-left:24px">{asked}</ol></div>')


def _unfolding(choice: Choice) -> str:
    """A choice that shows its verdict when it is opened; this needs no script."""
    return f"<li><details><summary>{escape(choice.text)}</summary>{escape(choice.verdict)}</details></li>"


def _wrapped(text: str, indent: int) -> str:
    """Lines of 88 characters, the later ones below the first."""
    return ("\n" + indent * " ").join(textwrap.wrap(text, 88 - indent))
