"""What a learner has tried and solved: one small JSON file in the user's folder."""

import json
import os
from contextlib import suppress
from pathlib import Path

from t2ilib import runtime


def file() -> Path:
    """Where the learner's own progress is kept."""
    return runtime.home() / "progress.json"


def load(path: Path | None = None) -> dict[str, dict]:
    """Exercise id -> {"tries": how often it was checked, "solved": whether it ever was}.

    Without a path the learner's own; none yet, or a damaged one, is empty: progress is not worth an error.
    """
    try:
        found = json.loads((path or file()).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    return {key: entry for key, entry in entries if isinstance(entry, dict) and {"tries", "solved"} <= entry.keys()}


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
    known = load().get(exercise_id)
    return "new" if known is None else "solved" if known["solved"] else "tried"
