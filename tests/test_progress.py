"""The list of exercises, the file that is handed in, and the teacher's table."""

import csv
import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from t2ilib import gradebook, pairing, progress
from t2ilib.__main__ import main
from t2ilib.exercises import Exercise
from t2ilib.exercises.quiz import Quiz

SOLVED, TRIED = {"tries": 2, "solved": True}, {"tries": 3, "solved": False}
FIRST, SECOND, QUIZ = "start.named_right", "world.is_true", "start_quiz.quiz"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A learner's folder."""
    monkeypatch.setenv("T2I_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def has(path, known):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known))
    return path


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """A course of two chapters with exercises, and one without."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    stub = [new_code_cell("def f(): ...", metadata={"tags": [f"exercise-{FIRST}"]}),
            new_code_cell(f"exercises.{FIRST}.card()"), new_code_cell(f"exercises.{QUIZ}.card()")]
    other = [new_code_cell("def g(): ...", metadata={"tags": ["plumbing", f"exercise-{SECOND}"]})]
    for stem, cells in {"00_one": stub, "01_two": other, "02_none": [new_code_cell("1")]}.items():
        cells = [new_markdown_cell(f"Words\n\n# Title of {stem}\n\n## 1"), *cells]
        nbformat.write(new_notebook(cells=cells), folder / f"{stem}.ipynb")
    monkeypatch.setattr(gradebook, "NOTEBOOKS", folder)
    return folder


def table(path):
    """The cells of a CSV file as a spreadsheet reads them."""
    with open(path, encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


# The repository


def test_every_exercise_and_quiz_is_in_a_notebook():
    import t2ilib.exercises as package

    modules = [vars(getattr(package, name)) for name in dir(package)]
    objects = {one.id for module in modules for one in module.values() if isinstance(one, Exercise | Quiz)}
    listed = [task.id for chapter in gradebook.chapters() for task in chapter.tasks]
    assert len(listed) == len(set(listed))
    assert objects - set(listed) == set(), "no notebook holds these"
    assert set(listed) == objects


def test_every_stub_has_its_card():
    for path in sorted(pairing.NOTEBOOKS.glob("*.ipynb")):
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        stubs = [one for cell in cells for one in gradebook.stubs(cell)]
        cards = [one for cell in cells for one in gradebook.CARD.findall(cell.source)]
        assert set(stubs) <= set(cards), path.stem
        assert all(isinstance(gradebook.find(one), Quiz) for one in set(cards) - set(stubs)), path.stem


# The list


def test_the_chapters_come_from_the_notebooks(notebooks):
    assert [(c.stem, c.title, [task.id for task in c.tasks]) for c in gradebook.chapters()] == [
        ("00_one", "Title of 00_one", [FIRST, QUIZ]), ("01_two", "Title of 01_two", [SECOND]),
        ("02_none", "Title of 02_none", [])]
    assert [c.stem for c in gradebook.chapters(["01_two"])] == ["01_two"]


def test_an_unknown_tag_is_named(notebooks):
    cell = new_code_cell("...", metadata={"tags": ["exercise-start.nothing"]})
    nbformat.write(new_notebook(cells=[cell]), notebooks / "00_one.ipynb")
    with pytest.raises(ValueError, match="got 'start.nothing'"):
        gradebook.chapters()


def test_each_exercise_has_its_state(notebooks, home):
    has(home / "progress.json", {FIRST: SOLVED, SECOND: TRIED, "another.version": SOLVED})
    words = gradebook.listing(gradebook.chapters())
    first, quiz, second = (gradebook.find(one) for one in (FIRST, QUIZ, SECOND))
    lines = [" ".join(line.split()) for line in words.splitlines() if line.strip()]
    assert lines[:5] == [
        "Title of 00_one (open it: t2i study 00)",
        f"● solved {first.dots} {first.minutes} min {first.title} {FIRST}",
        f"○ new quiz {quiz.minutes} min {quiz.title} {QUIZ}",
        "Title of 01_two (open it: t2i study 01)",
        f"◐ tried 3 times {second.dots} {second.minutes} min {second.title} {SECOND}"]
    left = quiz.minutes + second.minutes
    assert lines[5] == f"3 exercises: 1 solved, 1 tried, 1 new; about {left} minutes left."
    assert "02_none" not in words and progress.HAND_IN in lines[6]


def test_once_is_one_time(notebooks, home):
    has(home / "progress.json", {FIRST: {"tries": 1, "solved": False}})
    assert "tried 1 time " in gradebook.listing(gradebook.chapters())


def test_the_command_lists_the_chapters_asked_for(home, capsys):
    assert main(["exercises", "0"]) == 0
    assert f"○ new             {gradebook.find(FIRST).dots}" in capsys.readouterr().out
    assert main(["exercises", "77"]) == 1


# Handing in


def test_what_is_handed_in_is_the_progress(home, tmp_path, capsys):
    has(home / "progress.json", {FIRST: SOLVED})
    for _ in range(2):
        assert main(["exercises", "--export", str(tmp_path / "anna.json")]) == 0
    assert progress.read(tmp_path / "anna.json") == {FIRST: SOLVED}


@pytest.mark.parametrize("before, name, message", [
    (None, "a.json", "none is there; check an exercise first"),
    ("{}", "a.txt", r"should end in \.json"),
    ("{", "a.json", "progress.json holds JSONDecodeError"),
    ("{}", "other.json", "other.json holds a list"),
])
def test_a_hand_in_that_cannot_be(home, tmp_path, before, name, message):
    home.mkdir()
    if before is not None:
        (home / "progress.json").write_text(before)
    (tmp_path / "other.json").write_text("[1]")
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        progress.export(tmp_path / name)
    assert (tmp_path / "other.json").read_text() == "[1]" and not (tmp_path / "a.json").exists()


# The teacher's table


def test_a_row_a_learner_and_a_column_an_exercise(notebooks, tmp_path):
    folder, out = tmp_path / "handed in", tmp_path / "class.csv"
    has(folder / "민수.json", {FIRST: SOLVED, SECOND: TRIED})
    has(folder / "Anna, B.json", {})
    (folder / "readme.txt").write_text("not a progress file")
    said = gradebook.class_table([folder, has(tmp_path / "zoe.json", {SECOND: SOLVED, "old.one": TRIED})],
                                 gradebook.chapters(), out)
    assert table(out) == [["learner", "solved", "tried", FIRST, QUIZ, SECOND],
                          ["Anna, B", "0", "0", "", "", ""],
                          ["zoe", "1", "0", "", "", "solved"],
                          ["민수", "1", "1", "solved", "", "tried"]]
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[0] == f"{out}: 3 learners"
    assert lines[1].startswith(f"1 solved, 0 tried {FIRST}") and lines[3].startswith(f"1 solved, 1 tried {SECOND}")
    assert lines[4:] == ["left out, not in this version of the course: old.one (zoe)"]


def test_chapters_narrow_the_table(notebooks, tmp_path):
    path = has(tmp_path / "anna.json", {FIRST: SOLVED, SECOND: TRIED})
    said = gradebook.class_table([path], gradebook.chapters(["01_two"]), tmp_path / "c.csv")
    assert table(tmp_path / "c.csv") == [["learner", "solved", "tried", SECOND], ["anna", "0", "1", "tried"]]
    assert "left out" not in said and "1 learner\n" in said


def test_no_name_is_a_formula(notebooks, tmp_path):
    path = has(tmp_path / "=HYPERLINK(A1).json", {})
    gradebook.class_table([path], gradebook.chapters(), tmp_path / "c.csv")
    assert table(tmp_path / "c.csv")[1][0] == "'=HYPERLINK(A1)"


@pytest.mark.parametrize("content", [
    "", "{", "[1]", "3", "\0", '{"start.x": 3}', '{"start.x": {"tries": 1}}', '{"a": {"tries": "1", "solved": true}}',
    '{"a": {"tries": 1, "solved": 1}}', b"\xff\xfe"])
def test_a_damaged_or_foreign_file_is_named_and_nothing_is_written(notebooks, tmp_path, content):
    good, bad, out = has(tmp_path / "a.json", {FIRST: SOLVED}), tmp_path / "bad.json", tmp_path / "class.csv"
    bad.write_bytes(content if isinstance(content, bytes) else content.encode())
    out.write_text("the old table")
    with pytest.raises(ValueError, match=r"a progress file was expected, .*bad\.json holds .*; ask for a fresh one"):
        gradebook.class_table([good, bad], gradebook.chapters(), out)
    assert out.read_text() == "the old table"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["a.json", "bad.json", "class.csv"]


def test_places_that_hold_nothing(notebooks, tmp_path):
    (tmp_path / "empty").mkdir()
    for place, message in [("empty", r"holds no \.json file"), ("nobody.json", "is not there; learners make one")]:
        with pytest.raises(FileNotFoundError, match=message):
            gradebook.class_table([tmp_path / place], gradebook.chapters(), tmp_path / "class.csv")
    with pytest.raises(ValueError, match=r"should end in \.csv"):
        gradebook.class_table([has(tmp_path / "a.json", {})], gradebook.chapters(), tmp_path / "class.xlsx")


def test_two_files_of_one_name(notebooks, tmp_path):
    files = [has(tmp_path / folder / "progress.json", {}) for folder in ("anna", "bert")]
    with pytest.raises(ValueError, match="have one name; rename one of them") as error:
        gradebook.class_table(files, gradebook.chapters(), tmp_path / "class.csv")
    assert all(str(path) in str(error.value) for path in files)


def test_the_command_makes_the_table(home, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    has(tmp_path / "class" / "anna.json", {FIRST: SOLVED})
    assert main(["exercises", "--class-table", "class", "--out", "points.csv"]) == 0
    row = dict(zip(*table(tmp_path / "points.csv")))
    assert row["learner"] == "anna" and row[FIRST] == "solved" and row["solved"] == "1"
    assert re.search(r"points\.csv: 1 learner$", capsys.readouterr().out, re.MULTILINE)
    assert main(["exercises", "--class-table", "nowhere.json"]) == 1
    assert main(["exercises", "--class-table", "class", "--export", "a.json"]) == 1
    assert not (tmp_path / "class.csv").exists() and not (tmp_path / "a.json").exists()
