"""Exercises that know what went wrong.

An exercise is a task with hints and checks. A check is a function of the learner's answer that returns nothing when
the answer is right, and otherwise what is `Wrong`: what was expected, what came, and the likely mistake.
There are a few modules per chapter (`exercises.start`); the reference answers are kept apart in `exercises.answers`,
where completion does not reveal them. Whatever a learner writes, checking it never raises and never runs for ever.
"""

import ast
import inspect
import pkgutil
import reprlib
import sys
import textwrap
import traceback
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from typing import NamedTuple

from t2ilib import progress
from t2ilib.exercises.answers import answer_source

__all__ = ["Exercise", "Result", "Wrong", "answer_source", "is_stub"]

ENGINE = ("behaviour", "case_checks", "cgn_behaviour", "cgn_moves", "cgn_worlds", "cls_behaviour", "cls_moves",
          "cls_worlds", "compare", "dcg_worlds", "dfg_behaviour", "dfg_moves", "dfg_worlds", "experiment_checks",
          "join_checks", "quiz", "side_by_side", "step_checks")
"""Modules that help to judge, and hold no exercises."""
LINES = 1_000_000   # lines of its own an answer may run in one check; honest answers need a few thousand


class Wrong(NamedTuple):
    """Why an answer is not right."""

    expected: object
    got: object
    mistake: str            # the likely one, in a few words

    def __str__(self) -> str:
        return f"expected {_words(self.expected)}, got {_words(self.got)} - {self.mistake}"


class Result(NamedTuple):
    """One line of the report on an answer."""

    mark: str               # "OK", "NO", or "--": not decided
    text: str

    def __str__(self) -> str:
        return f"{self.mark}  {self.text}"


@dataclass(eq=False, repr=False)
class Exercise:
    """A task whose answer is one function.

    `checks` run in order, the most telling first. The first line of a check's docstring names what must hold.
    """

    id: str                                     # "chapter.name"; the function is called `name`
    title: str
    minutes: int
    difficulty: int                             # 1 to 5
    text: str                                   # `code` between backticks
    hints: tuple[str, str, str]                 # a question, a way, nearly the code
    checks: tuple[Callable[[Callable], Wrong | None], ...]
    explanation: str                            # shown with the solution: why it is right
    hints_shown: int = field(default=0, init=False)

    @property
    def name(self) -> str:
        """The name of the function to write."""
        return self.id.rpartition(".")[2]

    @property
    def dots(self) -> str:
        """The difficulty, such as ●●○○○."""
        return "●" * self.difficulty + "○" * (5 - self.difficulty)

    def check(self, answer: Callable) -> None:
        """Print one line for each check of the learner's function and remember how it went."""
        results = self.judge(answer)
        print(*results, sep="\n")
        if results[0].mark == "--":
            print(f"    write the function and run its cell; a hint: exercises.{self.id}.hint()")
        elif results[-1].mark != "OK":
            print(f"    a hint: exercises.{self.id}.hint()")

    def judge(self, answer: object) -> list[Result]:
        """The report on an answer, at least one line long; the result goes into the progress.

        It stops deciding at the first check that fails: what comes after would only be a second opinion on the
        same mistake.
        """
        first = _unfit(answer, self.name)
        if first:
            return [first]
        results = []
        for check in self.checks:
            failed = bool(results) and results[-1].mark != "OK"
            results.append(Result("--", f"{_label(check)}: not checked yet") if failed else _apply(check, answer))
        progress.record(self.id, solved=results[-1].mark == "OK")
        return results

    def hint(self) -> None:
        """Print the next hint, below the earlier ones."""
        print(*self.next_hints(), sep="\n")

    def next_hints(self) -> list[str]:
        """All hints asked for so far and one more."""
        self.hints_shown = min(self.hints_shown + 1, len(self.hints))
        return [f"hint {i} of {len(self.hints)}: {hint}" for i, hint in enumerate(self.hints[:self.hints_shown], 1)]

    def solution(self) -> None:
        """Print the reference answer, and why it is right."""
        print(answer_source(self.id), textwrap.fill(self.explanation, 88), sep="\n\n")

    def card(self, answer: str | Callable | None = None):
        """The exercise with buttons to check, to get a hint and to see the solution.

        `answer` is the learner's function or its name; by default the name in the exercise's id. It is looked up anew
        for each check, so a cell that was run again counts. Without a front end the same is printed once.
        """
        from t2ilib.widgets import card, is_live  # only notebooks need widgets

        answer = answer or self.name
        if is_live():
            return card.ExerciseCard(self, answer)
        print(self)
        print(*self.judge(card.find(answer)), sep="\n")
        return None

    def __repr__(self) -> str:
        heading = f"Exercise {self.id}: {self.title} · {self.dots} · {self.minutes} min"
        return f"{heading}\n{textwrap.fill(self.text, 88)}"


def is_stub(function: Callable) -> bool:
    """True if the body is untouched: at most a docstring, and `...`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):       # written where no source can be read: somebody did write it
        return False
    if not isinstance(tree.body[0], ast.FunctionDef):
        return False
    *before, last = tree.body[0].body
    untouched = isinstance(last, ast.Expr) and isinstance(last.value, ast.Constant) and last.value.value is Ellipsis
    return untouched and len(before) == (ast.get_docstring(tree.body[0]) is not None)


def _unfit(answer: object, name: str) -> Result | None:
    """The only line for an answer that cannot be checked at all."""
    if answer is None:
        return Result("--", f"not tried yet: run the cell that defines {name}")
    if not callable(answer):
        return Result("NO", f"{name} is a function: {Wrong('a function', answer, f'{name} was given another value')}")
    return Result("--", "not tried yet") if is_stub(answer) else None


def _label(check: Callable) -> str:
    return inspect.getdoc(check).splitlines()[0]


def _apply(check: Callable, answer: Callable) -> Result:
    """Run one check; an error or an endless loop in the learner's code is a wrong answer like any other."""
    try:
        with _patience(answer):
            wrong = check(answer)
    except _Endless:
        wrong = Wrong("an end", f"none within {LINES:,} lines", "a loop waits for something that never changes")
    except (Exception, SystemExit) as error:
        message = (str(error).splitlines() or [""])[0]
        wrong = Wrong("a result", f"{type(error).__name__}: {message[:200]}", _where(error, answer))
    return Result("NO", f"{_label(check)}: {wrong}") if wrong else Result("OK", _label(check))


class _Endless(BaseException):
    """Not an Exception, so that a learner's `except Exception` does not catch it."""


@contextmanager
def _patience(answer: Callable):
    """Raise `_Endless` in an answer that runs more than LINES lines of the cell (or file) it was written in.

    Counting lines instead of seconds gives the same verdict on every machine, and code in libraries costs nothing.
    """
    own, left = _file(answer), LINES

    def count(frame, event, _argument):
        nonlocal left
        left -= event == "line"
        if left < 0:
            raise _Endless
        return count

    def enter(frame, _event, _argument):
        return count if frame.f_code.co_filename == own else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        yield
    finally:
        sys.settrace(before)


def _where(error: BaseException, answer: Callable) -> str:
    """The last line of the learner's own that was running."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == _file(answer)]
    return f"it stopped at `{own[-1].line}`" if own else f"is {_signature(answer)} the form that was asked for?"


def _signature(answer: Callable) -> str:
    """How the answer wants to be called."""
    with suppress(TypeError, ValueError):
        return f"{getattr(answer, '__name__', 'function')}{inspect.signature(answer)}"
    return "this"


def _file(answer: Callable) -> str | None:
    """The cell or file that a function was written in."""
    return getattr(getattr(inspect.unwrap(answer), "__code__", None), "co_filename", None)


def _words(value: object) -> str:
    """A value in a few words: text as it is, numbers to four digits, arrays and tensors as lists."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return value if isinstance(value, str) else reprlib.repr(_rounded(value))


def _rounded(value: object) -> object:
    """Numbers to four digits, those in lists and tuples, too."""
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(map(_rounded, value))
    if isinstance(value, float) and abs(value) < float("inf"):
        short = float(f"{value:.4g}")
        return int(short) if short == int(short) and abs(short) < 1e4 else short
    return value


def __getattr__(name: str):
    """The exercises of a chapter, loaded when they are asked for."""
    if name not in __dir__():
        raise AttributeError(f"there are exercises for {', '.join(__dir__())}, but not for {name!r}")
    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    """The chapters that have exercises: what completion shows."""
    return [module.name for module in pkgutil.iter_modules(__path__)
            if not module.ispkg and module.name not in ENGINE]
