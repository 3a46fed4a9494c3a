"""The exercise card: the task, three buttons, and a line for each check."""

import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from html import escape
from io import StringIO

import ipywidgets as widgets

from t2ilib import progress
from t2ilib.exercises import Exercise, Result, answer_source
from t2ilib.figures import COLOUR
from t2ilib.widgets import button

WIDTH = "820px"
STATES = {"solved": "● solved", "tried": "◐ tried", "new": "○ not tried"}
TEXT = "margin:0;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere;line-height:1.5"
LINE = f"{TEXT};padding-left:4ch;text-indent:-4ch"      # the second line of a long one hangs under its words


def find(answer: str | Callable) -> object:
    """The learner's function as the notebook defines it now; None if it does not."""
    name = answer if isinstance(answer, str) else getattr(answer, "__name__", "")
    return vars(sys.modules["__main__"]).get(name, None if isinstance(answer, str) else answer)


def task_html(exercise: Exercise) -> str:
    """Title, difficulty, minutes and progress in a line; below it the task."""
    dots = f'<span role="img" aria-label="difficulty {exercise.difficulty} of 5">{exercise.dots}</span>'
    return (f'<div style="line-height:1.5"><div style="display:flex;gap:12px;flex-wrap:wrap;align-items:baseline">'
            f'<b style="font-size:115%">Exercise: {escape(exercise.title)}</b>'
            f'<span>{dots} · {exercise.minutes} min</span>'
            f'<span style="margin-left:auto">{STATES[progress.state(exercise.id)]}</span></div>'
            f'<div style="margin:6px 0">{prose(exercise.text)}</div></div>')


def results_html(results: list[Result], printed: str = "") -> str:
    """The lines of a report, below what the learner's code printed meanwhile."""
    lines = "".join(f'<pre style="{LINE}"><b>{r.mark}</b>  {escape(r.text)}</pre>' for r in results)
    said = f'<pre style="{TEXT};opacity:.75">printed: {escape(printed.strip()[:2000])}</pre>' if printed.strip() else ""
    return f'<div role="status" style="margin:4px 0">{said}{lines}</div>'


def hints_html(hints: list[str]) -> str:
    """The hints asked for so far."""
    return "".join(f'<div style="margin:4px 0;line-height:1.5">{prose(hint)}</div>' for hint in hints)


def solution_html(exercise: Exercise) -> str:
    """The reference answer and why it is right."""
    return (f'<pre style="{TEXT};padding:8px;border:1px solid #80808080">{escape(answer_source(exercise.id))}</pre>'
            f'<div style="margin:6px 0;line-height:1.5">{prose(exercise.explanation)}</div>')


def prose(text: str) -> str:
    """Text as HTML; `code` between backticks. Elsewhere a minus is a minus: a line may end after a hyphen."""
    return re.sub(r"`([^`]+)`|(?<!\w)-", lambda found: f"<code>{found[1]}</code>" if found[1] else "−",
                  escape(text, quote=False))


class ExerciseCard(widgets.VBox):
    """An exercise with its buttons; `answer` is the learner's function or its name."""

    def __init__(self, exercise: Exercise, answer: str | Callable):
        self.exercise, self.answer = exercise, answer
        self.task, self.report, self.hints, self.solution = (widgets.HTML() for _ in range(4))
        self.task.value = task_html(exercise)
        buttons = widgets.HBox([button("Check", "run the checks on your function", self.check),
                                button("Hint", "one more hint", self.hint),
                                button("Solution", "show the reference answer", self.solve)])
        super().__init__([self.task, buttons, self.report, self.hints, self.solution], layout=widgets.Layout(
            max_width=WIDTH, border_left=f"4px solid {COLOUR['text']}", padding="4px 12px", margin="8px 0"))

    def check(self, _button=None) -> None:
        """Judge the function that the notebook holds now."""
        printed = StringIO()
        with redirect_stdout(printed):
            results = self.exercise.judge(find(self.answer))
        self.report.value = results_html(results, printed.getvalue())
        self.task.value = task_html(self.exercise)

    def hint(self, _button=None) -> None:
        """Show one more hint."""
        self.hints.value = hints_html(self.exercise.next_hints())

    def solve(self, _button=None) -> None:
        """Show the reference answer."""
        self.solution.value = solution_html(self.exercise)

    def _repr_mimebundle_(self, **kwargs) -> dict:
        return super()._repr_mimebundle_(**kwargs) | {"text/plain": repr(self.exercise)}
