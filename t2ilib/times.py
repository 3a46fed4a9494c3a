"""What each chapter costs: measured by the runner, kept in `data/times.json`, shown in the chapter's header.

The file holds `{stem: {profile: {"seconds", "peak_mb", "cores"}}}`. Nobody types these numbers.
"""

import json
import os
import re

from t2ilib.pairing import NOTEBOOKS, sync
from t2ilib.runtime import PROFILES, REPOSITORY, write_text

TIMES = REPOSITORY / "data" / "times.json"
README = REPOSITORY / "README.md"
TABLE = re.compile(r"(?<=<!-- measured by t2i run --record -->\n).*?(?=<!-- end -->)", re.DOTALL)
TIME_ROW = re.compile(r"^(?P<mark>(?:# )?\| \*\*Time\*\* \|).*$", re.MULTILINE)  # in a source, or in a notebook's cell


def read() -> dict:
    """All recorded measurements; empty before the first `--record`."""
    return json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.is_file() else {}


def record(profile: str, chapters: list[dict]) -> None:
    """Store the chapters' seconds and memory, and write them into the headers of the sources and notebooks."""
    times = read()
    for chapter in chapters:
        measured = {"seconds": chapter["seconds"], "peak_mb": chapter["peak_mb"], "cores": os.cpu_count()}
        times.setdefault(chapter["name"], {})[profile] = measured
    TIMES.parent.mkdir(parents=True, exist_ok=True)
    write_text(TIMES, json.dumps(times, indent=1, sort_keys=True) + "\n")
    for chapter in chapters:
        _write_header(chapter["name"], times[chapter["name"]])
    sync()
    text = README.read_text(encoding="utf-8")
    write_text(README, TABLE.sub(lambda _: table(times), text))


def table(times: dict) -> str:
    """All measurements as a Markdown table, a row a chapter."""
    rows = [f"| {stem} | {time_row(measured)} |" for stem, measured in sorted(times.items())]
    return "\n".join(["| chapter | measured |", "|---|---|", *rows, ""])


def time_row(measured: dict) -> str:
    """The cell of the header table, such as "smoke 12 s, 640 MB; laptop 3 min 5 s, 1900 MB (2 cores)"."""
    known = [(profile, measured[profile]) for profile in PROFILES if profile in measured]
    parts = [f"{profile} {in_words(m['seconds'])}, {m['peak_mb']:.0f} MB" for profile, m in known]
    return f"{'; '.join(parts)} ({known[-1][1]['cores']} cores)"


def in_words(seconds: float) -> str:
    """A duration as people say it: "40 s", "3 min 5 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _write_header(stem: str, measured: dict) -> None:
    """Put the measurements into the source's marked line; a source without one stays as it is."""
    source = NOTEBOOKS / "src" / f"{stem}.py"
    text = source.read_text(encoding="utf-8")
    fresh = TIME_ROW.sub(lambda row: f"{row['mark']} {time_row(measured)} |", text, count=1)
    if fresh != text:
        write_text(source, fresh)
