"""One chapter as a process: papermill runs it, its kernel is measured, and Ctrl-C ends both.

papermill saves the notebook before and after each cell, and what it saves is all this file looks at: progress, the
failing cell, the result; it is there also when a kernel is killed.
"""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from tqdm import tqdm

HEADING = re.compile(r"^#{1,6}\s+(.+)$", re.MULTILINE)
TICK = 0.25  # seconds between two looks at a running chapter
PATIENCE = 5  # seconds that a kernel gets to end by itself
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # Ctrl-C, kill, a closed terminal (not on Windows)


@dataclass
class Stop:
    """Which signal asked to stop; 0 while none did."""

    signal: int = 0

    @property
    def code(self) -> int:
        """The exit code of a process that a signal ended: 130 for Ctrl-C."""
        return 128 + self.signal


@contextmanager
def signals_to(stop: Stop):
    """Meanwhile Ctrl-C and its kin only ask to stop. Nothing is raised, so nothing is torn, by a second one neither.

    What the caller ignores stays ignored: SIGHUP under nohup.
    """
    def ask(number: int, _frame: object) -> None:
        stop.signal = stop.signal or number

    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {number: signal.signal(number, ask) for number in numbers if signal.getsignal(number) != signal.SIG_IGN}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def execute(notebook: Path, folder: Path, environment: dict[str, str], stop: Stop) -> tuple[float, float, int]:
    """Run a notebook in place, with `folder` as its working folder and `environment` on top of this process's own.

    Returns seconds, peak megabytes of the kernel with its children, and the exit code: `stop.code` if it was ended.
    """
    command = [sys.executable, "-m", "papermill", str(notebook), str(notebook), "--cwd", str(folder)]
    command += ["-k", "python3", "--language", "python", "--no-progress-bar"]
    command += ["-p", "profile", environment["T2I_PROFILE"]]
    log, start, peak = notebook.with_suffix(".log"), time.monotonic(), 0
    cells = len(nbformat.read(notebook, as_version=4).cells)
    with (
        open(log, "wb") as stream,
        tqdm(total=cells, desc=notebook.stem, unit="cell", disable=None, leave=False) as bar,
        # a session of its own: Ctrl-C on a terminal reaches this process alone, which then ends the others in order
        subprocess.Popen(command, stdout=stream, stderr=stream, env=os.environ | environment,
                         start_new_session=True) as process,
    ):
        progress = _Progress(notebook, bar)
        while process.poll() is None:
            if stop.signal:
                tqdm.write(f"stopping {notebook.stem}")
                _end(process)
                process.returncode = stop.code
                break
            peak = max(peak, _memory_below(process.pid))
            progress.look()
            time.sleep(TICK)
    return round(time.monotonic() - start, 1), round(peak / 2**20, 1), process.returncode


def _end(process: subprocess.Popen) -> None:
    """End papermill, its kernel and the kernel's children; what does not go by itself is killed."""
    with suppress(psutil.NoSuchProcess):
        papermill = psutil.Process(process.pid)
        everyone = [*papermill.children(recursive=True), papermill]     # listed before the first of them goes
        for send in (psutil.Process.terminate, psutil.Process.kill):
            for one in everyone:
                with suppress(psutil.NoSuchProcess):
                    send(one)
            everyone = psutil.wait_procs(everyone, PATIENCE)[1]
    process.wait()


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
        notebook = load(self.notebook) if changed != self.seen else None
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


def load(path: Path) -> NotebookNode | None:
    """A notebook that another process may be writing at this moment: None if it is not whole."""
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except (ValueError, nbformat.reader.NotJSONError):
        return None


def error_in(notebook: NotebookNode | None, log: Path) -> str:
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
