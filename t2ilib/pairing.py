"""Notebooks are made from readable sources: `python -m t2ilib.pairing sync | refresh | check`.

`notebooks/src/NN_name.py` is edited, `notebooks/NN_name.ipynb` is generated. Outputs are kept only in cells tagged
`keep_output`: exact results that hold in every profile and that nbval compares.
"""

import hashlib
import os
import sys
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from t2ilib.runtime import REPOSITORY, write_text

NOTEBOOKS = REPOSITORY / "notebooks"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def sources() -> list[Path]:
    """The sources of all chapters, in the order of the course."""
    return sorted((NOTEBOOKS / "src").glob("[0-9][0-9]_*.py"))


def notebook_of(source: Path) -> Path:
    """The notebook that is made from a source."""
    return source.parent.parent / f"{source.stem}.ipynb"


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def sync() -> None:
    """Make every notebook from its source, with the kept outputs of cells whose text did not change."""
    for source in sources():
        _write(from_source(source), notebook_of(source))


def refresh() -> None:
    """Make every notebook, run it in profile smoke and store the outputs of the cells tagged `keep_output`."""
    from nbclient import NotebookClient

    os.environ["T2I_PROFILE"] = "smoke"  # the kernel inherits it
    for source in sources():
        notebook = from_source(source)
        if any("keep_output" in tags(cell) for cell in notebook.cells):
            print(f"running {source.stem}", flush=True)
            NotebookClient(notebook, timeout=None, resources={"metadata": {"path": str(NOTEBOOKS)}}).execute()
        _write(_stripped(notebook), notebook_of(source))


def check() -> list[str]:
    """How the notebooks differ from their sources, one line each; empty when all are in step."""
    return [line for source in sources() for line in differences(source)]


def from_source(source: Path) -> NotebookNode:
    """The notebook of a source, with the kept outputs of the notebook that is there already.

    jupytext gives cells random ids; ids made of the text keep the notebook's changes in git as small as the source's.
    """
    notebook = jupytext.read(source)
    notebook.metadata = NotebookNode(kernelspec=KERNEL)
    kept = _kept_outputs(notebook_of(source))
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = hashlib.blake2s(cell.source.encode(), digest_size=4).hexdigest()
        seen[name] = seen.get(name, 0) + 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"
        if "keep_output" in tags(cell):
            cell.outputs, cell.execution_count = kept.get(cell.source, ([], None))
    return notebook


def differences(source: Path) -> list[str]:
    """How one notebook differs from its source: cell types, texts, tags; and outputs that do not belong there."""
    path = notebook_of(source)
    if not path.is_file():
        return [f"{path.name} is missing"]
    wanted, found = jupytext.read(source).cells, jupytext.read(path).cells
    lines = [] if len(wanted) == len(found) else [f"{path.name} has {len(found)} cells, its source {len(wanted)}"]
    for number, (mine, theirs) in enumerate(zip(wanted, found, strict=False)):
        if (mine.cell_type, mine.source, tags(mine)) != (theirs.cell_type, theirs.source, tags(theirs)):
            lines.append(f"{path.name}, cell {number} differs from its source: {theirs.source[:60]!r}")
        if theirs.get("outputs") and "keep_output" not in tags(theirs):
            lines.append(f"{path.name}, cell {number} holds outputs but is not tagged keep_output")
    return lines


def _kept_outputs(path: Path) -> dict[str, tuple[list, int | None]]:
    """Text of the cell -> (outputs, execution count), of the cells tagged `keep_output`."""
    if not path.is_file():
        return {}
    cells = nbformat.read(path, as_version=4).cells
    return {cell.source: (cell.outputs, cell.execution_count) for cell in cells if "keep_output" in tags(cell)}


def _stripped(notebook: NotebookNode) -> NotebookNode:
    """The notebook without traces of its execution, but for the cells tagged `keep_output`."""
    notebook.metadata = NotebookNode(kernelspec=KERNEL)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code" and "keep_output" not in tags(cell):
            cell.outputs, cell.execution_count = [], None
    return notebook


def _write(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook, only if it changes."""
    text = nbformat.writes(notebook, version=4) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
        print(f"wrote {path.name}")


def main(arguments: list[str]) -> int:
    """The command line; 1 when `check` finds a difference."""
    verbs = {"sync": sync, "refresh": refresh, "check": check}
    if len(arguments) != 1 or arguments[0] not in verbs:
        print(f"expected one of {', '.join(verbs)}, got {' '.join(arguments) or 'nothing'}", file=sys.stderr)
        return 2
    lines = verbs[arguments[0]]() or []
    for line in lines:
        print(line)
    if lines:
        print("edit notebooks/src/, then run: python -m t2ilib.pairing sync")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
