"""The rules that every chapter keeps: in step with its source, no stray outputs, short cells, readable formulas."""

import re
from pathlib import Path

import nbformat
import pytest

from t2ilib import pages, pairing

NOTEBOOKS = sorted(pairing.NOTEBOOKS.glob("*.ipynb"))
FORMULA = re.compile(r"(?<!\\)\$\$(.+?)\$\$|(?<![$\\])\$([^$]+?)\$(?!\$)", re.DOTALL)
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
PICTURE = re.compile(r"""!\[[^\]]*\]\(\s*([^)\s]+)|<img[^>]*\ssrc=["']([^"']+)""")

chapters = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path, kind):
    """The cells of a kind ("code" or "markdown")."""
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def words(text):
    """The number of words a reader reads: no code, no formulas, no marks of tables and pictures."""
    plain = re.sub(r"<[^>]+>|[|#>*_-]+", " ", PICTURE.sub(" ", FORMULA.sub(" ", CODE.sub(" ", text))))
    return len(plain.split())


def test_the_course_has_its_first_chapter():
    assert "00_start_here" in [path.stem for path in NOTEBOOKS]


def test_each_source_has_a_notebook_and_the_other_way_round():
    assert [path.stem for path in NOTEBOOKS] == [source.stem for source in pairing.sources()]


@chapters
def test_in_step_with_the_source(path):
    assert pairing.differences(path.parent / "src" / f"{path.stem}.py") == []


@chapters
def test_kept_outputs_are_there_and_compared(path):
    kept = [cell for cell in cells(path, "code") if "keep_output" in pairing.tags(cell)]
    for cell in kept:
        assert cell.outputs, f"no output (python -m t2ilib.pairing refresh): {cell.source}"
        assert cell.execution_count, f"nbval needs the execution count (refresh): {cell.source}"
        assert "nbval-check-output" in pairing.tags(cell), cell.source
        assert all(output.output_type != "error" for output in cell.outputs), cell.source


@chapters
def test_other_cells_are_stripped(path):
    others = [cell for cell in cells(path, "code") if "keep_output" not in pairing.tags(cell)]
    assert [cell.source for cell in others if cell.outputs or cell.execution_count] == []


@chapters
def test_has_one_parameters_cell_that_knows_the_profile(path):
    tagged = [cell for cell in cells(path, "code") if "parameters" in pairing.tags(cell)]
    assert len(tagged) == 1 and re.search(r"^profile\s*=", tagged[0].source, re.MULTILINE)


@chapters
def test_text_cells_are_short(path):
    assert [cell.source for cell in cells(path, "markdown") if words(cell.source) > 120] == []


@chapters
def test_code_cells_are_short(path):
    for cell in cells(path, "code"):
        lines = cell.source.splitlines()
        assert max(map(len, lines), default=0) <= 88, cell.source
        assert len(lines) <= 15 or "plumbing" in pairing.tags(cell), cell.source


@chapters
def test_pictures_are_files_of_the_course(path):
    """Nothing is fetched, and a chapter copied to another folder finds its pictures in assets/."""
    named = [first or second for cell in cells(path, "markdown") for first, second in PICTURE.findall(cell.source)]
    for name in named:
        assert name.startswith("data:") or (name.startswith("assets/") and (path.parent / name).is_file()), name


@chapters
def test_formulas_can_be_read_offline(path):
    """latex2mathml leaves what it does not know as TeX; then the page would show a backslash."""
    for cell in cells(path, "markdown"):
        for block, inline in FORMULA.findall(CODE.sub("", cell.source)):
            shown = pages.mathml(block or inline, "block" if block else "inline")
            assert "\\" not in shown and "<mi>&</mi>" not in shown, block or inline


def test_the_rules_can_fail():
    assert words("## Two words\n\n| a | `code here` | $x + y$ | <b>c</b> |") == 4
    assert FORMULA.findall(r"$a$ and $$b + c$$, for \$5") == [("", "a"), ("b + c", "")]
    assert PICTURE.findall('![alt](http://a/b.png) <img alt="" src="c.png">') == [("http://a/b.png", ""), ("", "c.png")]
    assert "\\" in pages.mathml(r"\unknown{x}", "inline")
    assert Path(pairing.NOTEBOOKS).is_dir()
