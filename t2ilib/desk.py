"""The learner's desk: own copies of the chapters in `my/`, opened in JupyterLab (`t2i study`, `course.py lab`).

An update never touches a copy that was edited: the new version is put beside it, "00_start_here (2).ipynb".
"""

import hashlib
import json
import shutil
import subprocess
import sys
from itertools import count, takewhile
from pathlib import Path

from t2ilib.course import guides, select
from t2ilib.pairing import NOTEBOOKS
from t2ilib.runtime import REPOSITORY, write_text

DESK = REPOSITORY / "my"
RECORD = ".chapters.json"  # chapter -> the hash of the version last copied


def study(chapters: list[str], jupyter_options: list[str] = ()) -> int:
    """Copy the chapters ("05"; none means all) and open the first of them; returns JupyterLab's exit code."""
    copies = copy_chapters(select(chapters), DESK)
    with subprocess.Popen([sys.executable, "-m", "jupyterlab", copies[0].name, *jupyter_options], cwd=DESK) as lab:
        while True:
            try:
                return lab.wait()
            except KeyboardInterrupt:  # Ctrl-C reaches JupyterLab too, which asks the user what to do
                pass


def copy_chapters(stems: list[str], desk: Path) -> list[Path]:
    """Bring the chapters to the desk and return the file to open for each: its newest version there."""
    desk.mkdir(parents=True, exist_ok=True)
    if (NOTEBOOKS / "assets").is_dir():
        shutil.copytree(NOTEBOOKS / "assets", desk / "assets", dirs_exist_ok=True)
    for guide in guides():
        shutil.copy(guide, desk)
    record = desk / RECORD
    known = json.loads(record.read_text()) if record.is_file() else {}
    copies = []
    for stem in stems:
        original = NOTEBOOKS / f"{stem}.ipynb"
        copies.append(_bring(original, desk, known.get(stem)))
        known[stem] = _hash(original)
        write_text(record, json.dumps(known, indent=1))
    return copies


def _bring(original: Path, desk: Path, last: str | None) -> Path:
    """Copy one chapter if it is new or has changed since it was copied last (`last` is that version's hash)."""
    names = (desk / f"{original.stem}{number}.ipynb" for number in _numbers())
    newest, free = None, next(names)
    while free.exists():
        newest, free = free, next(names)
    if newest and _hash(original) in (last, _hash(newest)):
        return newest
    target = newest if newest and _hash(newest) == last else free  # an untouched copy may be replaced
    write_text(target, original.read_text(encoding="utf-8"))
    return target


def _numbers():
    """The endings of the versions' names: "", " (2)", " (3)", ..."""
    yield ""
    yield from (f" ({number})" for number in count(2))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: list[str]) -> int:
    """`python -m t2ilib.desk [NN ...] [JupyterLab's options]`."""
    chapters = list(takewhile(lambda word: not word.startswith("-"), arguments))
    try:
        return study(chapters, arguments[len(chapters) :])
    except (ValueError, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
