"""Run the chapters without a browser: `t2i run`.

Chapters that are done with the same inputs are skipped. The summary and the index are written after each chapter, and
also when Ctrl-C ends the run.
"""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from tqdm import tqdm

from t2ilib import execution, gradebook, pages, runtime, times
from t2ilib.pairing import NOTEBOOKS, tags
from t2ilib.runtime import PROFILES, REPOSITORY, write_text

INTERRUPTED, NOT_BEGUN = "interrupted", "not begun"
WHY = '<div style="border-left:4px solid #8A6BD1;padding:4px 12px"><b>Why this is right.</b> {}</div>'


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
    status: str  # "ok", "failed", "skipped"; after Ctrl-C also "interrupted" and "not begun"
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

    Ctrl-C ends the running chapters and their kernels, and still writes the summary; the code is then 130.
    Raises: ValueError for an unknown chapter or option, FileNotFoundError without notebooks.
    """
    _check(options)
    course = _Run(select(chapters), replace(options, device=str(runtime.device(options.device))))
    print(course.plan(), flush=True)
    with execution.signals_to(course.stop):
        pool = ThreadPoolExecutor(options.jobs)
        try:
            for future in as_completed([pool.submit(course.chapter, stem) for stem in course.stems]):
                course.add(future.result())
        finally:
            pool.shutdown(cancel_futures=True)
        if options.record:
            times.record(options.profile, [c.entry() for c in course.done if c.status in ("ok", "skipped")])
    return course.report()


def select(chapters: list[str]) -> list[str]:
    """The notebooks meant, in the order of the course."""
    stems = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    if not stems:
        raise FileNotFoundError(f"expected chapters in {NOTEBOOKS}, found none; run from a clone of the course")
    numbers = {word: [stem for stem in stems if word in (stem, stem[:2], str(int(stem[:2])))] for word in chapters}
    for word, matches in numbers.items():
        if not matches:
            raise ValueError(f"a chapter should be one of {', '.join(stems)}, got {word!r}; its number is enough")
    return [stem for stem in stems if not chapters or any(stem in matches for matches in numbers.values())]


def guides() -> list[Path]:
    """The pages of plain text beside the chapters, such as that of symptoms and causes."""
    return sorted(NOTEBOOKS.glob("*.md"))


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
        self.stems, self.options, self.stop = stems, options, execution.Stop()
        self.out = Path(options.out).resolve()
        self.out.mkdir(parents=True, exist_ok=True)
        self.guides = guides()
        for path in self.guides:
            write_text(self.out / f"{path.stem}.html", pages.text_page(path))
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
        """Run one chapter, or skip it when it is done with the same inputs or when nothing should begin any more."""
        if self.stop.signal:
            return Chapter(stem, NOT_BEGUN, 0.0, 0.0, _verdicts(stem))
        earlier, inputs = self.state.get(stem, {}), self.inputs(stem)
        there = (self.out / f"{stem}.html").is_file()
        if earlier.get("inputs") == inputs and there and not self.options.force:
            return Chapter(stem, "skipped", earlier["seconds"], earlier["peak_mb"], _verdicts(stem))
        notebook, prepared = self.out / f"{stem}.ipynb", self.prepared(stem)
        write_text(notebook, nbformat.writes(prepared))
        seconds, peak_mb, code = execution.execute(notebook, NOTEBOOKS, _environment(self.options), self.stop)
        executed = execution.load(notebook)
        write_text(notebook.with_suffix(".html"), pages.chapter_page(executed or prepared, stem, NOTEBOOKS))
        status = INTERRUPTED if code and self.stop.signal else "failed" if code else "ok"
        error = execution.error_in(executed, notebook.with_suffix(".log")) if status == "failed" else ""
        return Chapter(stem, status, seconds, peak_mb, _verdicts(stem), error, inputs)

    def prepared(self, stem: str) -> NotebookNode:
        """The notebook to run; in the teacher's edition each exercise is answered, and the answer explained."""
        notebook = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
        if self.options.solved:
            notebook.cells = [part for cell in notebook.cells for part in _solved(cell)]
        return notebook

    def inputs(self, stem: str) -> str:
        """A hash of all that decides the chapter's result. The header's row of measured times does not."""
        notebook = nbformat.read(NOTEBOOKS / f"{stem}.ipynb", as_version=4)
        cells = [(cell.cell_type, times.TIME_ROW.sub("", cell.source), tags(cell)) for cell in notebook.cells]
        options = (self.options.profile, self.options.device, self.options.solved)
        return hashlib.sha256(repr((self.code, options, cells)).encode()).hexdigest()

    @cached_property
    def code(self) -> str:
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
        elif chapter.status in ("failed", INTERRUPTED):
            self.state.pop(chapter.name, None)
        summary = {"profile": self.options.profile, "device": self.options.device}
        summary["chapters"] = [done.entry() for done in self.done]
        write_text(self.state_path, json.dumps(self.state, indent=1))
        write_text(self.out / "summary.json", json.dumps(summary, indent=1))
        errors = {done.name: done.error for done in self.done if done.error}
        write_text(self.out / "index.html", pages.index_page(summary, errors, [path.stem for path in self.guides]))

    def report(self) -> int:
        """Say what failed and where the results are; returns the exit code."""
        failed = [chapter for chapter in self.done if chapter.status == "failed"]
        for chapter in failed:
            print(f"\n{chapter.name} failed in {chapter.error}")
        fine = sum(chapter.status in ("ok", "skipped") for chapter in self.done)
        print(f"\n{fine} of {len(self.done)} chapters without an error. Open {self.out / 'index.html'}")
        return self.stop.code if self.stop.signal else 1 if failed else 0


def _solved(cell: NotebookNode) -> list[NotebookNode]:
    """A cell as the teacher's edition has it: the stub of an exercise becomes the answer, and why it is right."""
    ids = gradebook.stubs(cell)
    if not ids:
        return [cell]
    from t2ilib.exercises import answer_source  # imports the library; a run without answers does not need it
    from t2ilib.widgets.card import prose

    cell.source = answer_source(ids[0])
    return [cell, new_markdown_cell(WHY.format(prose(gradebook.find(ids[0]).explanation)), id=f"why-{cell.id}")]


def _environment(options: RunOptions) -> dict[str, str]:
    """What a kernel finds in its environment, too; several chapters at a time share the processor."""
    environment = {"T2I_STATIC": "1", "T2I_PROFILE": options.profile, "T2I_DEVICE": options.device}
    if options.jobs > 1:
        environment["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // options.jobs))
    return environment


def _verdicts(stem: str) -> dict:
    from t2ilib.metrics.claims import chapter_verdicts

    return chapter_verdicts(stem)
