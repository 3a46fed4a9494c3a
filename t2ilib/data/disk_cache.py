"""Folders that are expensive to make and can always be made again: a rendered world, decoded photographs.

An entry is a folder under `<T2I_HOME>/cache`. Its name holds everything that determines its content, so it never has
to be brought up to date. It is written under a temporary name and renamed when it is whole: an interrupted process,
or one that was killed, leaves nothing that is taken for complete.
"""

import ast
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import numpy as np

from t2ilib import runtime

Entry = TypeVar("Entry")
LEFTOVER_SECONDS = 24 * 3600        # nobody writes for so long: the process was killed


def fetch(name: str, write: Callable[[Path], object], read: Callable[[Path], Entry]) -> Entry:
    """What `read` makes of the entry's folder, which `write` fills first if it is not there or cannot be read."""
    entry = folder() / name
    if entry.is_dir():
        try:
            return read(entry)
        except Exception:           # damage may raise anything; a mistake in `read` itself shows on the last line
            _remove(entry)
    _fill(entry, write)
    return read(entry)


def folder() -> Path:
    """Where all entries are."""
    return runtime.home() / "cache"


def open_array(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """A uint8 array of this shape, memory-mapped and read-only.

    Raises: ValueError if the file is cut off or holds something else; the bytes themselves are not looked at.
    """
    array = np.load(path, mmap_mode="r")
    if array.shape != shape or array.dtype != np.uint8:
        raise ValueError(f"{path} should hold bytes of shape {shape}, got {array.dtype} of {array.shape}; delete it")
    return array


def code_hash(sources: Iterable[Path]) -> str:
    """A hash of what sources do, for the names of entries: comments and line breaks do not count."""
    trees = [ast.dump(ast.parse(source.read_text(encoding="utf-8"))) for source in sources]
    return hashlib.sha256("".join(trees).encode()).hexdigest()[:8]


def drop_outdated(pattern: str, current: str) -> None:
    """Remove the entries that match a glob `pattern`, but for those with `current` in their name.

    For entries that nobody will ask for again. A process that still has one mapped keeps its pages (on Windows, where
    it would not, the entry stays). Folders that are being written are left alone, unless they are a day old.
    """
    for entry in list(folder().glob(pattern)):
        if entry.suffix != ".partial":
            if current not in entry.name:
                _remove(entry)
        elif _age(entry) > LEFTOVER_SECONDS:
            shutil.rmtree(entry, ignore_errors=True)


def _fill(entry: Path, write: Callable[[Path], object]) -> None:
    """Write into a temporary folder, flush all to disk, rename."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(entry) as temporary:
        whole = Path(temporary) / "whole"
        whole.mkdir()
        write(whole)
        for path in whole.iterdir():
            with open(path, "rb+") as stream:
                os.fsync(stream.fileno())
        try:
            whole.rename(entry)
        except OSError:
            if not entry.is_dir():      # else another process was faster: its content is the same
                raise


def _remove(entry: Path) -> None:
    """Move it away first, so that half of it is never found."""
    with suppress(OSError), _temporary(entry) as temporary:
        entry.rename(Path(temporary) / "outdated")


def _age(entry: Path) -> float:
    """Seconds since the folder was made; 0 if it has gone meanwhile."""
    with suppress(OSError):
        return time.time() - entry.stat().st_mtime
    return 0.0


def _temporary(entry: Path) -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(dir=entry.parent, prefix=f"{entry.name}.", suffix=".partial",
                                       ignore_cleanup_errors=True)
