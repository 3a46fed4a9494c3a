"""Run the chapters without a browser: `t2i run`.

Each chapter is a papermill process of its own. papermill saves the notebook before and after each cell, and what it
saves is all this file looks at: progress, the failing cell, the result; it is there also when a kernel is killed.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from tqdm import tqdm

from t2ilib import pages, times
from t2ilib.pairing import NOTEBOOKS, tags
from t2ilib.runtime import PROFILES, REPOSITORY, write_text

HEADING = re.compile(r"^#{1,6}\s+(.+)$", re.MULTILINE)
EXERCISE = "exercise-"
TICK = 0.25  # seconds between two looks at a running chapter


@dataclass(frozen=True)
class RunOptions:
    """How to run the chapters; the words of the command line."""

    profile: str = "laptop"
    device: str = "auto"
    solved: bool = False  # put the reference answers into the exercise cells
    out: Path = REPOSITORY / "runs" / "latest"
    jobs: int = 1
    force: bool = False
    record: bool = False  # write the measured times into the repository


@dataclass
class Chapter:
    """What became of one chapter."""

    name: str
    status: str
    seconds: float
    peak_mb: float
    verdicts: dict
    error: str = ""
    inputs: str = ""

    def entry(self) -> dict:
        """The chapter as summary.json holds it."""
        return {key: value for key, value in vars(self).items() if key not in ("error", "inputs")}


def run(chapters: list[str], options: RunOptions) -> int:
    """Run the chapters ("05", "05_gan_cls_int"; none means all) and return the exit code: 1 if any failed.

    Raises: ValueError for an unknown chapter or option, FileNotFoundError without notebooks.
    """
    _check(options)
    course = _Run(select(chapters), options)
    print(course.plan(), flush=True)
    pool = ThreadPoolExecutor(options.jobs)
    try:
        for future in as_completed([pool.submit(course.chapter, stem) for stem in course.stems]):
            course.add(future.result())
    finally:
        pool.shutdown(cancel_futures=True)
    if options.record:
        times.record(options.profile, [c.entry() for c in course.done if c.status != "failed"])
    return course.report()


def select(chapters: list[str]) -> list[str]:
    """The notebooks meant, in the order of the course."""
    stems = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    if not stems:
        raise FileNotFoundError(f"expected chapters in {NOTEBOOKS}, found none; run from a clone of the course")
    numbers = {word: [stem for stem in stems if word in (stem, stem[:2], stem[:2].lstrip("0"))] for word in chapters}
    for word, matches in numbers.items():
        if not matches:
            raise ValueError(f"a chapter should be one of {', '.join(stems)}, got {word!r}; its number is enough")
    return [stem for stem in stems if not chapters or any(stem in matches for matches in numbers.values())]


def _check(options: RunOptions) -> None:
    if options.profile not in PROFILES:
        raise ValueError(f"profile should be one of {', '.join(PROFILES)}, got {options.profile!r}; pick one")
    if options.jobs < 1:
        raise ValueError(f"jobs should be 1 or more, got {options.jobs}; 1 runs one chapter after the other")
    if options.record and options.solved:
        raise ValueError("record should measure the chapters as learners run them, got solved ones; leave out --solved")


class _Run:
    """One run of the course into one folder."""

    def __init__(self, stems: list[str], options: RunOptions):
        self.stems, self.options = stems, options
        self.out = Path(options.out).resolve()
        self.out.mkdir(parents=True, exist_ok=True)
        self.state_path = self.out / "state.json"  # chapter -> what it was run with, and what it cost
        self.state = json.loads(self.state_path.read_text()) if self.state_path.is_file() else {}
        self.done: list[Chapter] = []

    def plan(self) -> str:
        """What is about to happen, and how long it took last time."""
        recorded = {stem: profiles.get(self.options.profile) for stem, profiles in times.read().items()}
        known = [self.state.get(stem) or recorded.get(stem) for stem in self.stems]
        seconds = [entry["seconds"] for entry in known if entry]
        last = f"last time {times.in_words(sum(seconds))}" if seconds else "never run before"
        unknown = f" ({len(known) - len(seconds)} without a record)" if 0 < len(seconds) < len(known) else ""
        count = f"{len(self.stems)} chapter{'s' * (len(self.stems) != 1)}"
        return f"{count}, profile {self.options.profile}: {last}{unknown}. Results: {self.out}"

    def chapter(self, stem: str) -> Chapter:
        """Run one chapter, or skip it when it is done with the same inputs."""
        earlier, inputs = self.state.get(stem, {}), self.inputs(stem)
        there = (self.out / f"{stem}.html").is_file()
        if earlier.get("inputs") == inputs and there and not self.options.force:
            return Chapter(stem, "skipped", earlier["seconds"], earlier["peak_mb"], _verdicts(stem))
        notebook = self.out / f"{stem}.ipynb"
        write_text(notebook, nbformat.writes(self.prepared(stem)))
        seconds, peak_mb, code = _execute(notebook, self.options)
        executed = _load(notebook)
        if executed:
            write_text(notebook.with_suffix(".html"), pages.chapter_page(executed, stem, NOTEBOOKS))
        error = _error(executed, notebook.with_suffix(".log")) if code else ""
        return Chapter(stem, "failed" if code else "ok", seconds, peak_mb, _verdicts(stem), error, inputs)

    def prepared(self, stem: str) -> NotebookNode:
        """The notebook to run; the exercises answered if the options say so."""
        notebook = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
        for cell in notebook.cells if self.options.solved else []:
            for tag in tags(cell):
                if tag.startswith(EXERCISE):
                    from t2ilib.exercises import answer_source

                    cell.source = answer_source(tag.removeprefix(EXERCISE))
        return notebook

    def inputs(self, stem: str) -> str:
        """A hash of all that decides the chapter's result. The header's row of measured times does not."""
        notebook = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
        cells = [(cell.cell_type, times.TIME_ROW.sub("", cell.source), tags(cell)) for cell in notebook.cells]
        options = (self.options.profile, self.options.device, self.options.solved)
        return hashlib.sha256(repr((self.library, options, cells)).encode()).hexdigest()

    @cached_property
    def library(self) -> str:
        """A hash of the library, the checkpoints, the stored results and the pictures of the chapters."""
        digest = hashlib.sha256()
        for folder in (REPOSITORY / "t2ilib", REPOSITORY / "data", NOTEBOOKS / "assets"):
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                if "__pycache__" not in path.parts and path != times.TIMES:
                    digest.update(f"{path.relative_to(folder)}\n".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def add(self, chapter: Chapter) -> None:
        """Take in a finished chapter: tell the user, and bring the files of the run up to date."""
        self.done = sorted([*self.done, chapter], key=lambda done: done.name)
        cost = f"{times.in_words(chapter.seconds)}, {chapter.peak_mb:.0f} MB"
        tqdm.write(f"[{len(self.done)}/{len(self.stems)}] {chapter.name}: {chapter.status} ({cost})")
        if chapter.status == "ok":
            self.state[chapter.name] = {key: getattr(chapter, key) for key in ("inputs", "seconds", "peak_mb")}
        elif chapter.status == "failed":
            self.state.pop(chapter.name, None)
        summary = {"profile": self.options.profile, "device": self.options.device}
        summary["chapters"] = [done.entry() for done in self.done]
        write_text(self.state_path, json.dumps(self.state, indent=1))
        write_text(self.out / "summary.json", json.dumps(summary, indent=1))
        errors = {done.name: done.error for done in self.done if done.error}
        write_text(self.out / "index.html", pages.index_page(summary, errors))

    def report(self) -> int:
        """Say what failed and where the results are; returns the exit code."""
        failed = [chapter for chapter in self.done if chapter.status == "failed"]
        for chapter in failed:
            print(f"\n{chapter.name} failed in {chapter.error}")
        fine = len(self.done) - len(failed)
        print(f"\n{fine} of {len(self.done)} chapters without an error. Open {self.out / 'index.html'}")
        return 1 if failed else 0


def _execute(notebook: Path, options: RunOptions) -> tuple[float, float, int]:
    """Run a notebook in place; returns seconds, peak megabytes of the kernel with its children, and the exit code."""
    command = [sys.executable, "-m", "papermill", str(notebook), str(notebook), "--cwd", str(NOTEBOOKS)]
    command += ["-k", "python3", "--language", "python", "--no-progress-bar", "-p", "profile", options.profile]
    log, start, peak = notebook.with_suffix(".log"), time.monotonic(), 0
    cells = len(nbformat.read(notebook, as_version=4).cells)
    with (
        open(log, "wb") as stream,
        tqdm(total=cells, desc=notebook.stem, unit="cell", disable=None, leave=False) as bar,
        subprocess.Popen(command, stdout=stream, stderr=stream, env=_environment(options)) as process,
    ):
        progress = _Progress(notebook, bar)
        while process.poll() is None:
            peak = max(peak, _memory_below(process.pid))
            progress.look()
            time.sleep(TICK)
    return round(time.monotonic() - start, 1), round(peak / 2**20, 1), process.returncode


def _environment(options: RunOptions) -> dict[str, str]:
    """What a kernel finds in its environment; several chapters at a time share the processor."""
    environment = {"T2I_STATIC": "1", "T2I_PROFILE": options.profile, "T2I_DEVICE": options.device}
    if options.jobs > 1:
        environment["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // options.jobs))
    return os.environ | environment


def _memory_below(pid: int) -> int:
    """Bytes in memory of all processes started by a process: papermill's are the kernel and the kernel's children."""
    total = 0
    try:
        for child in psutil.Process(pid).children(recursive=True):
            total += child.memory_info().rss
    except psutil.Error:  # one of them has just ended
        pass
    return total


class _Progress:
    """Shows how far a running notebook is: a bar on a terminal, a line per section elsewhere."""

    def __init__(self, notebook: Path, bar: tqdm):
        self.notebook, self.bar, self.section, self.seen = notebook, bar, "", 0

    def look(self) -> None:
        """Read the notebook again if papermill has saved it since the last look."""
        changed = self.notebook.stat().st_mtime_ns
        notebook = _load(self.notebook) if changed != self.seen else None
        if notebook is None:
            return
        self.seen = changed
        cells, section = position(notebook)
        self.bar.n = cells
        self.bar.set_postfix_str(section)
        if self.bar.disable and section != self.section:
            print(f"  {self.notebook.stem}: {section}", flush=True)
        self.section = section


def position(notebook: NotebookNode) -> tuple[int, str]:
    """How many cells papermill has begun, and the last heading among them."""
    states = [cell.metadata.get("papermill", {}).get("status", "pending") for cell in notebook.cells]
    begun = [cell for cell, state in zip(notebook.cells, states, strict=True) if state != "pending"]
    headings = [title for cell in begun if cell.cell_type == "markdown" for title in HEADING.findall(cell.source)]
    return len(begun), headings[-1] if headings else ""


def _load(path: Path) -> NotebookNode | None:
    """A notebook that another process may be writing at this moment: None if it is not whole."""
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (ValueError, nbformat.reader.NotJSONError):
        return None


def _error(notebook: NotebookNode | None, log: Path) -> str:
    """Which cell failed, in which section, and how; the end of papermill's own words if no cell did."""
    for index, cell in enumerate(notebook.cells if notebook else []):
        state = cell.metadata.get("papermill", {})
        if state.get("exception") or state.get("status") == "running":
            _, section = position(NotebookNode(cells=notebook.cells[: index + 1]))
            errors = [f"{o.ename}: {o.evalue}" for o in cell.get("outputs", []) if o.output_type == "error"]
            reason = errors[0] if errors else _tail(log)
            return f'cell [{cell.get("execution_count") or "?"}] of "{section}":\n\n{cell.source}\n\n{reason}'
    return f"papermill:\n\n{_tail(log)}"


def _tail(log: Path, lines: int = 5) -> str:
    """The last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-lines:])


def _verdicts(stem: str) -> dict:
    from t2ilib.metrics.claims import chapter_verdicts

    return chapter_verdicts(stem)
