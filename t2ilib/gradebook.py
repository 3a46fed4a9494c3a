"""The exercises of the course: a list for the learner, and a table of a class for its teacher (`t2i exercises`).

Which exercises there are, and in which chapter, is read from the notebooks.
"""

import csv
import io
import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from t2ilib import runtime
from t2ilib.pairing import NOTEBOOKS, tags
from t2ilib.progress import HAND_IN, load, read, state_in

TAG = "exercise-"
CARD = re.compile(r"\bexercises\.(\w+\.\w+)\.card\(")       # the only sign of a quiz in a notebook
HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
MARKS = {"solved": "●", "tried": "◐", "new": "○"}
FORMULA_STARTS = ("=", "+", "-", "@")                       # a spreadsheet would compute a cell that begins so
BYTE_ORDER_MARK = "\ufeff"                                  # without it Excel does not read UTF-8, so no Korean name


class Task(NamedTuple):
    """An exercise or a quiz, as a list shows it."""

    id: str
    title: str
    minutes: int
    dots: str                   # the difficulty; a quiz has the word instead


class Chapter(NamedTuple):
    """A chapter with what it asks of the learner."""

    stem: str
    title: str
    tasks: list[Task]


def chapters(stems: Iterable[str] = ()) -> list[Chapter]:
    """The chapters of these stems (none means all) with their exercises and quizzes, in the order of the notebooks."""
    stems = stems or sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    return [_chapter(stem) for stem in stems]


def stubs(cell: NotebookNode) -> list[str]:
    """The ids of the exercises whose answer goes into a cell, from its tags."""
    return [tag.removeprefix(TAG) for tag in tags(cell) if tag.startswith(TAG)]


def find(task_id: str):
    """The `Exercise` or `Quiz` of an id, such as "start.named_right".

    Raises: ValueError for an id that there is not.
    """
    module, _, name = task_id.partition(".")
    try:
        return getattr(import_module(f"t2ilib.exercises.{module}"), name)
    except (ModuleNotFoundError, AttributeError):
        raise ValueError(f"the id of an exercise was expected, got {task_id!r}; a notebook names it: write "
                         f"{name} into t2ilib/exercises/{module}.py, or correct the notebook") from None


def listing(course: list[Chapter]) -> str:
    """Every exercise with its state, chapter by chapter; what is left to do; how to open one."""
    known, found = load(), [task for chapter in course for task in chapter.tasks]
    width = max((len(task.title) for task in found), default=0)
    parts = ["\n".join([f"{chapter.title}   (open it: t2i study {chapter.stem[:2]})",
                        *(_line(task, known, width) for task in chapter.tasks)]) for chapter in course if chapter.tasks]
    states = [state_in(known, task.id) for task in found]
    left = sum(task.minutes for task, state in zip(found, states) if state != "solved")
    total = (f"{len(found)} exercises: {states.count('solved')} solved, {states.count('tried')} tried, "
             f"{states.count('new')} new; about {left} minutes left.")
    return "\n\n".join([*parts, f"{total}\nTo hand in what you have: {HAND_IN}"])


def class_table(places: Iterable[Path], course: list[Chapter], out: Path) -> str:
    """Write a row for each learner and a column for each exercise; returns how many solved each of them.

    `places` are progress files or folders of them; the name of a file is its learner's. Nothing is written unless
    every file can be read.
    Raises: FileNotFoundError for a missing file or a folder without one, ValueError for what is no progress file, for
    two files of one name, and for a table that does not end in .csv.
    """
    if out.suffix != ".csv":
        raise ValueError(f"the table should end in .csv, got {out}; choose another name")
    columns = [task for chapter in course for task in chapter.tasks]
    learners = {name: read(path) for name, path in _named(places).items()}
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["learner", "solved", "tried", *(task.id for task in columns)])
    table.writerows(_row(name, known, columns) for name, known in learners.items())
    runtime.write_text(out, BYTE_ORDER_MARK + stream.getvalue())
    return "\n".join([f"{out}: {len(learners)} learner{'s' * (len(learners) != 1)}", *_overview(learners, columns)])


def _chapter(stem: str) -> Chapter:
    cells = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4).cells
    headings = [title for cell in cells if cell.cell_type == "markdown" for title in HEADING.findall(cell.source)]
    ids = dict.fromkeys(found for cell in cells if cell.cell_type == "code" for found in _ids(cell))
    return Chapter(stem, headings[0] if headings else stem, [_task(one) for one in ids])


def _ids(cell: NotebookNode) -> list[str]:
    """The exercises and quizzes that a cell holds."""
    return stubs(cell) + CARD.findall(cell.source)


def _task(task_id: str) -> Task:
    one = find(task_id)
    return Task(one.id, one.title, one.minutes, getattr(one, "dots", "quiz"))


def _line(task: Task, known: dict[str, dict], width: int) -> str:
    state = state_in(known, task.id)
    tries = known[task.id]["tries"] if state == "tried" else 0
    words = f"tried {tries} time{'s' * (tries != 1)}" if tries else state
    return f"  {MARKS[state]} {words:<15} {task.dots:<5} {task.minutes:>3} min  {task.title:<{width}}  {task.id}"


def _named(places: Iterable[Path]) -> dict[str, Path]:
    """Learner -> file, by name."""
    files: dict[str, Path] = {}
    for path in (path for place in places for path in _files(place)):
        if path.stem in files:
            raise ValueError(f"one file a learner was expected, {files[path.stem]} and {path} have one name; "
                             "rename one of them after its learner")
        files[path.stem] = path
    return dict(sorted(files.items()))


def _files(place: Path) -> list[Path]:
    found = sorted(place.glob("*.json")) if place.is_dir() else [place]
    if not found:
        raise FileNotFoundError(f"progress files were expected in {place}, it holds no .json file; put there what "
                                f"learners made with {HAND_IN}")
    return found


def _row(name: str, known: dict[str, dict], columns: list[Task]) -> list:
    states = [state_in(known, task.id) for task in columns]
    safe = f"'{name}" if name.startswith(FORMULA_STARTS) else name
    return [safe, states.count("solved"), states.count("tried"), *("" if now == "new" else now for now in states)]


def _overview(learners: dict[str, dict], columns: list[Task]) -> list[str]:
    """What a teacher asks first: who got how far with which exercise. Entries of another version are named."""
    lines = []
    for task in columns:
        states = [state_in(known, task.id) for known in learners.values()]
        solved, tried = states.count("solved"), states.count("tried")
        lines.append(f"  {solved:>3} solved, {tried:>3} tried  {task.id} ({task.title})")
    every = {task.id for chapter in chapters() for task in chapter.tasks}
    strange = {name: sorted(set(known) - every) for name, known in learners.items()}
    return lines + [f"  left out, not in this version of the course: {', '.join(ids)} ({name})"
                    for name, ids in strange.items() if ids]
