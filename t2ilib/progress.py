"""What a learner has tried and solved: one small JSON file in the user's folder, and a copy of it to hand in.

The file maps the id of an exercise to {"tries": how often it was checked, "solved": whether it ever was}.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

from t2ilib import runtime

HAND_IN = "t2i exercises --export NAME.json"        # how a learner makes the copy


def file() -> Path:
    """Where the learner's own progress is kept."""
    return runtime.home() / "progress.json"


def load() -> dict[str, dict]:
    """The learner's own progress; what is damaged is left out: progress is not worth an error in a notebook."""
    try:
        found = json.loads(file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: entry for key, entry in found.items() if _is_entry(entry)} if isinstance(found, dict) else {}


def read(path: Path) -> dict[str, dict]:
    """The progress in a file, whoever's it is.

    Raises: FileNotFoundError without the file, ValueError for one that is damaged or not a progress file.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(f"a progress file was expected, {path} is not there; learners make one: "
                                f"{HAND_IN}") from None
    except (OSError, ValueError) as error:
        raise _foreign(path, f"{type(error).__name__}: {error}") from None
    if not isinstance(found, dict):
        raise _foreign(path, f"a {type(found).__name__}")
    for key, entry in found.items():
        if not _is_entry(entry):
            raise _foreign(path, f"{entry!r:.60} for {key!r:.60}")
    return found


def record(exercise_id: str, solved: bool) -> None:
    """Add a try; a run without a learner (`T2I_STATIC`) leaves no trace."""
    if os.environ.get("T2I_STATIC") == "1":
        return
    known = load()
    before = known.get(exercise_id, {"tries": 0, "solved": False})
    known[exercise_id] = {"tries": before["tries"] + 1, "solved": before["solved"] or solved}
    with suppress(OSError):                         # a full or read-only disk must not stop a notebook
        runtime.write_text(file(), json.dumps(known, indent=1))


def state(exercise_id: str) -> str:
    """How far the learner is: "new", "tried" or "solved"."""
    return state_in(load(), exercise_id)


def state_in(known: dict[str, dict], exercise_id: str) -> str:
    """How far somebody is, by the progress `known`: "new", "tried" or "solved"."""
    entry = known.get(exercise_id)
    return "new" if entry is None else "solved" if entry["solved"] else "tried"


def export(path: Path) -> None:
    """Copy the learner's progress to a file that can be handed in; an earlier copy there is replaced.

    Raises: FileNotFoundError before the first try, ValueError for damaged progress, for a name that does not end in
    .json, and for a file in that place which is not an earlier copy.
    """
    if path.suffix != ".json":
        raise ValueError(f"the file to hand in should end in .json, got {path}; take your name, such as anna.json")
    if not file().is_file():
        raise FileNotFoundError(f"your progress was expected in {file()}, none is there; check an exercise first")
    known = read(file())
    if path.exists():
        read(path)
    runtime.write_text(path, json.dumps(known, indent=1))


def _is_entry(entry: object) -> bool:
    return isinstance(entry, dict) and type(entry.get("tries")) is int and type(entry.get("solved")) is bool


def _foreign(path: Path, got: str) -> ValueError:
    return ValueError(f"a progress file was expected, {path} holds {got}; ask for a fresh one: {HAND_IN}")
