"""Gets the genuine data sets: says first what comes and on which terms, then fetches, checks and unpacks.

    download.get("flowers", Path("flowers"))

Nothing half done bears a final name: a download is NAME.part until its checksum is right, an archive is unpacked
into a hidden folder and then renamed. A broken download goes on where it stopped, if the site can do that. A file
that is put into the folder by hand is checked and unpacked like one that was fetched.
"""

import gzip
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pooch
from tqdm.auto import tqdm

from t2ilib.data.sources import SOURCES, File, Source

CHUNK = 2**20                           # bytes at a time
UNREAD = (".t7", ".h5")                 # copies of the captions for Torch 7, ten times their size


def get(name: str, folder: Path | None = None) -> Path:
    """Get the data set `name` of `sources.SOURCES` into a folder; returns the folder.

    What is there already is not fetched again. Raises FileNotFoundError for a file that only a person can get, and
    ValueError for an unknown name, no network, no room, a wrong checksum or a damaged archive.
    """
    if name not in SOURCES:
        raise ValueError(f"expected one of {', '.join(SOURCES)}, got {name!r}; pick one of these")
    source = SOURCES[name]
    folder = Path(folder or source.folder)
    print(describe(name, source))
    for file in source.files:
        get_file(file, folder)
    print(f"{folder}: complete; {source.after}")
    return folder


def describe(name: str, source: Source) -> str:
    """What will come, how large it is, how it is checked, and the terms."""
    lines = [f"{name}: {source.about}", f"  terms: {source.licence}"]
    for file in source.files:
        size = f"{file.size:,} bytes" if file.size else "size not published"
        checked = f"checked by {file.checksum.split(':')[0]}" if file.checksum else "no checksum published"
        lines.append(f"  {file.name}: {size}, {checked}")
    return "\n".join(lines)


def get_file(file: File, folder: Path) -> None:
    """Get one file and unpack it, unless what it gives is there."""
    path = folder / file.name
    plain = file.gives == (file.name,)
    if not plain and all((folder / name).exists() for name in file.gives):
        print(f"{folder}: {', '.join(file.gives)} already there")
        return
    folder.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        verify(path, file)
    elif file.by_hand:
        raise FileNotFoundError(f"expected {path}, got nothing, as only a person can get it; open {file.url} in a "
                                f"browser, save the file as {path}, and give this command again")
    else:
        fetch(file, path)
    if not plain:
        unpack(path, folder, file.gives)


def fetch(file: File, path: Path) -> None:
    """Download to PATH.part and rename it when its checksum is right.

    A part that was left by an earlier call is continued; if the whole is wrong then, all is fetched once more.
    """
    _need_room(path.parent, 2 * file.size)
    part = path.with_name(f"{path.name}.part")
    continued = part.is_file()
    if not (continued and part.stat().st_size >= file.size):
        _download(file, part)
    try:
        verify(part, file)
    except ValueError:
        part.unlink()
        if not continued:
            raise
        fetch(file, path)
        return
    os.replace(part, path)


def _download(file: File, part: Path) -> None:
    """Append what is missing; a server that does not know how sends everything, and the file begins anew."""
    with open(part, "ab") as stream:
        def begin(response, **_) -> None:
            if response.status_code == 200:         # 206 would be a part
                stream.truncate(0)

        headers = {"Range": f"bytes={stream.tell()}-"} if stream.tell() else {}
        downloader = pooch.HTTPDownloader(progressbar=True, chunk_size=CHUNK, headers=headers,
                                          hooks={"response": begin})
        try:
            downloader(file.url, stream, None)
        except OSError as error:
            raise ValueError(f"expected {file.url} to send {file.name}, got {error}; look to the network and give "
                             f"this command again (what has come is kept), or get the file elsewhere and put it into "
                             f"{part.parent}") from error


def _need_room(folder: Path, size: int) -> None:
    """Refuse what would fill the disk: the archive and what is in it."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise ValueError(f"expected {size:,} free bytes for {folder}, got {free:,}; make room or choose another folder")


def verify(path: Path, file: File) -> None:
    """Refuse a web page under the name of the file, and any other content than the published one."""
    with open(path, "rb") as stream:
        if stream.read(512).lstrip().lower().startswith((b"<!doctype", b"<html")):
            raise ValueError(f"expected the archive {file.name}, got a web page in {path} (sites send one that asks, "
                             f"or says that too many came); delete it and get the file in a browser: {file.url}")
    algorithm, _, expected = file.checksum.partition(":")
    found = pooch.file_hash(str(path), alg=algorithm) if expected else ""
    if found != expected:
        raise ValueError(f"expected {algorithm} {expected} of {file.name}, got {found} of {path.stat().st_size:,} "
                         f"bytes; delete {path} if it is still there, and give this command again")


def unpack(archive: Path, folder: Path, names: tuple[str, ...]) -> None:
    """Unpack what lies under `names`, wherever that is in the archive, into `folder`; what is there stays."""
    hidden = folder / f".{archive.name}.unpacking"
    shutil.rmtree(hidden, ignore_errors=True)
    try:
        for _ in tqdm(_extract(archive, hidden, names), f"unpacking {archive.name}", unit="file"):
            pass
        lost = [name for name in names if not (hidden / name).exists()]
        if lost:
            raise ValueError(f"{', '.join(lost)} not in it")
        for name in names:
            if not (folder / name).exists():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(hidden / name, folder / name)
    except (ValueError, EOFError, OSError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
        raise ValueError(f"expected an archive with {', '.join(names)}, got {archive}, which fails with: {error}; "
                         "delete it and get it again") from error
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def _extract(archive: Path, folder: Path, names: tuple[str, ...]) -> Iterator[str]:
    """Extract the wanted files one by one; paths that lead out of the folder are refused, links left out."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                if not member.is_dir() and (target := _target(member.filename, names)):
                    member.filename = target
                    yield opened.extract(member, folder)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.isfile() and (target := _target(member.name, names)):
                    opened.extract(member.replace(name=target), folder, filter="data")
                    yield target
            while opened.fileobj.read(CHUNK):       # to the end, where gzip keeps its checksum
                pass
    elif archive.stat().st_size:                    # gzip takes an empty file for a sound one
        (folder / names[0]).parent.mkdir(parents=True)
        with gzip.open(archive) as stream, open(folder / names[0], "wb") as file:
            shutil.copyfileobj(stream, file)
        yield names[0]


def _target(path: str, names: tuple[str, ...]) -> str:
    """ "cvpr2016_cub/text_c10/a.txt" -> "text_c10/a.txt" if "text_c10" is wanted; "" for what is not."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    if ".." in parts or path.startswith("/"):
        raise ValueError(f"{path[:100]!r} leads out of the folder")
    start = next((i for i, part in enumerate(parts) if part in names), None)
    rubbish = "__MACOSX" in parts or parts[-1].startswith("._") or path.endswith(UNREAD)
    return "" if start is None or rubbish else "/".join(parts[start:])
