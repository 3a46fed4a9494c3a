"""Getting data sets: from a server on this machine that cuts, continues, lies or is not there."""

import gzip
import hashlib
import io
import random
import tarfile
import threading
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from t2ilib.data import download
from t2ilib.data.sources import SOURCES, File, Source

README, BOXES = b"read me\n" * 4000, random.Random(0).randbytes(50_000)


def tar_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def zip_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


BIRDS = tar_of({"CUB/README": README, "CUB/boxes/boxes.txt": BOXES, "attributes.txt": b"1 has_size::small\n"})


class Site:
    """What the server does with the next requests, and what it was asked for."""

    def __init__(self):
        self.content, self.cut, self.continues, self.asked = BIRDS, None, True, []

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted[len("bytes="):-1]) if wanted and self.continues else 0
        if handler.path == "/moved":
            handler.send_response(302)
            handler.send_header("Location", "/birds.tgz")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if handler.path == "/gone":
            handler.send_error(404)
            return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(self.content) - start))
        handler.end_headers()
        handler.wfile.write(self.content[start:self.cut])


@pytest.fixture
def site(monkeypatch):
    here = Site()
    monkeypatch.setattr(download, "CHUNK", 1000)        # the last, broken chunk is lost

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            here.answer(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}"
    yield here
    server.shutdown()
    server.server_close()
    thread.join()


def birds_at(url: str, content: bytes = BIRDS) -> File:
    return File("birds.tgz", f"{url}/birds.tgz", ("CUB", "attributes.txt"), len(content),
                f"sha256:{hashlib.sha256(content).hexdigest()}")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_checked_and_unpacked(site, tmp_path):
    download.get_file(birds_at(site.url), tmp_path)
    assert names(tmp_path) == ["CUB", "attributes.txt", "birds.tgz"]
    assert (tmp_path / "CUB/README").read_bytes() == README
    assert (tmp_path / "CUB/boxes/boxes.txt").read_bytes() == BOXES


def test_what_is_there_is_not_fetched_again(site, tmp_path, capsys):
    download.get_file(birds_at(site.url), tmp_path)
    (tmp_path / "birds.tgz").unlink()
    download.get_file(birds_at(site.url), tmp_path)
    assert site.asked == [None] and "already there" in capsys.readouterr().out


@pytest.mark.parametrize("where", ["birds.tgz", "moved"])
def test_a_broken_download_goes_on_where_it_stopped(site, tmp_path, where):
    file, half = replace(birds_at(site.url), url=f"{site.url}/{where}"), len(BIRDS) // 2
    site.cut = half
    with pytest.raises(ValueError, match="look to the network .*what has come is kept"):
        download.get_file(file, tmp_path)
    assert names(tmp_path) == ["birds.tgz.part"]        # nothing that looks whole
    came = (tmp_path / "birds.tgz.part").read_bytes()
    assert half - 1000 < len(came) <= half and BIRDS.startswith(came)
    site.cut = None
    download.get_file(file, tmp_path)
    assert site.asked[-1] == f"bytes={len(came)}-" and (tmp_path / "birds.tgz").read_bytes() == BIRDS
    assert names(tmp_path) == ["CUB", "attributes.txt", "birds.tgz"]


def test_a_server_that_cannot_continue_sends_all_of_it(site, tmp_path):
    (tmp_path / "birds.tgz.part").write_bytes(BIRDS[:1000])
    site.continues = False
    download.get_file(birds_at(site.url), tmp_path)
    assert site.asked == ["bytes=1000-"] and (tmp_path / "CUB/README").read_bytes() == README


@pytest.mark.parametrize("left", [b"x" * 1000, b"x" * (len(BIRDS) + 5)])
def test_a_wrong_part_is_fetched_anew_once(site, tmp_path, left):
    (tmp_path / "birds.tgz.part").write_bytes(left)
    download.get_file(birds_at(site.url), tmp_path)
    assert site.asked[-1] is None and (tmp_path / "birds.tgz").read_bytes() == BIRDS


def test_a_whole_part_needs_no_network(tmp_path):
    (tmp_path / "birds.tgz.part").write_bytes(BIRDS)
    download.get_file(birds_at("http://127.0.0.1:1"), tmp_path)
    assert (tmp_path / "CUB/README").read_bytes() == README


def test_another_content_is_refused_and_leaves_nothing(site, tmp_path):
    site.content = tar_of({"CUB/README": b"other", "attributes.txt": b""})
    with pytest.raises(ValueError, match=r"expected sha256 .*, got .* bytes; delete"):
        download.get_file(birds_at(site.url), tmp_path)
    assert names(tmp_path) == [] and site.asked == [None]


def test_a_web_page_is_no_archive(site, tmp_path):
    site.content = b"\n<!DOCTYPE html><title>Google Drive - Virus scan warning</title>"
    with pytest.raises(ValueError, match="got a web page .* get the file in a browser: http"):
        download.get_file(birds_at(site.url), tmp_path)
    assert names(tmp_path) == []
    by_hand = replace(birds_at(site.url), by_hand=True, checksum="")
    (tmp_path / "birds.tgz").write_bytes(site.content)
    with pytest.raises(ValueError, match="got a web page"):
        download.get_file(by_hand, tmp_path)
    assert names(tmp_path) == ["birds.tgz"]             # what a person put there is not deleted


def test_without_a_network(tmp_path):
    with pytest.raises(ValueError, match=r"expected http.* to send birds.tgz, got .*; look to the network"):
        download.get_file(birds_at("http://127.0.0.1:1"), tmp_path)
    assert not any((tmp_path / name).exists() for name in ("birds.tgz", "CUB"))


def test_a_dead_link_is_an_error(site, tmp_path):
    with pytest.raises(ValueError, match="to send birds.tgz, got 404"):
        download.get_file(replace(birds_at(site.url), url=f"{site.url}/gone"), tmp_path)


def test_a_file_put_there_by_hand_is_taken(tmp_path):
    file = replace(birds_at("http://127.0.0.1:1"), by_hand=True)
    with pytest.raises(FileNotFoundError, match=r"expected .*birds.tgz, got nothing.*; open http://127.0.0.1:1/birds"):
        download.get_file(file, tmp_path)
    (tmp_path / "birds.tgz").write_bytes(BIRDS)
    download.get_file(file, tmp_path)
    assert (tmp_path / "attributes.txt").read_bytes() == b"1 has_size::small\n"


def test_a_full_disk_is_refused_first(tmp_path):
    with pytest.raises(ValueError, match="expected 2,000,000,000,000,000 free bytes"):
        download.get_file(replace(birds_at("http://127.0.0.1:1"), size=10**15), tmp_path)
    assert names(tmp_path) == []


# Archives

def unpack(folder: Path, name: str, content: bytes, wanted: tuple[str, ...]) -> None:
    (folder / name).write_bytes(content)
    download.unpack(folder / name, folder, wanted)


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_only_what_is_wanted_is_unpacked_wherever_it_lies(tmp_path, pack):
    content = pack({"cvpr2016_cub/text_c10/1.Ani/a.txt": b"a bird\n", "cvpr2016_cub/text_c10/1.Ani.t7": b"torch",
                    "cvpr2016_cub/text_c10/1.Ani/a.h5": b"hdf", "cvpr2016_cub/images/1.Ani.t7": b"torch",
                    "__MACOSX/cvpr2016_cub/text_c10/1.Ani/._a.txt": b"mac", "cvpr2016_cub/text_c10/._b.txt": b"mac",
                    "cvpr2016_cub/manifest.txt": b"1.Ani.t7\n"})
    unpack(tmp_path, "captions", content, ("text_c10",))
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(files) == ["captions", "text_c10/1.Ani/a.txt"]


def test_a_file_that_is_only_compressed(tmp_path):
    unpack(tmp_path, "digits.gz", gzip.compress(BOXES), ("MNIST/raw/digits",))
    assert (tmp_path / "MNIST/raw/digits").read_bytes() == BOXES


@pytest.mark.parametrize("name", ["CUB/../../evil", "../CUB/evil", "/CUB/evil", "CUB\\..\\..\\evil"])
@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_paths_that_lead_out_are_refused(tmp_path, pack, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(ValueError, match="leads out of the folder"):
        unpack(inner, "evil", pack({"CUB/a": b"a", name: b"evil"}), ("CUB",))
    assert names(inner) == ["evil"] and names(tmp_path) == ["inner"]


def test_links_are_not_followed_and_not_made(tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        link = tarfile.TarInfo("CUB/link")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../etc"
        archive.addfile(link)
        member = tarfile.TarInfo("CUB/link/evil")
        archive.addfile(member)
    unpack(tmp_path, "links.tgz", stream.getvalue(), ("CUB",))
    assert not (tmp_path / "CUB/link").is_symlink() and (tmp_path / "CUB/link/evil").is_file()


BROKEN_ZIP = zip_of({"CUB/boxes": BOXES, "CUB/readme": README})


@pytest.mark.parametrize("content", [
    pytest.param(BIRDS[:len(BIRDS) // 2], id="half a tar"),
    pytest.param(BIRDS[:-9], id="a tar without its end"),
    pytest.param(BIRDS[:300] + b"\xff" * 50 + BIRDS[350:], id="a tar with wrong bytes"),
    pytest.param(BROKEN_ZIP[:len(BROKEN_ZIP) // 2], id="half a zip"),
    pytest.param(BROKEN_ZIP[:80] + b"\xff" * 20 + BROKEN_ZIP[100:], id="a zip with wrong bytes"),
    pytest.param(b"no archive at all", id="text"), pytest.param(b"", id="nothing"),
    pytest.param(tar_of({"Birds/README": README}), id="something else"),
])
def test_damaged_archives_are_refused_and_leave_nothing(tmp_path, content):
    with pytest.raises(ValueError, match="expected an archive with CUB, got .*; delete it and get it again"):
        unpack(tmp_path, "birds", content, ("CUB",))
    assert names(tmp_path) == ["birds"]


def test_an_interrupted_unpacking_leaves_nothing_that_looks_whole(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(download.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        unpack(tmp_path, "birds.tgz", BIRDS, ("CUB",))
    assert names(tmp_path) == ["birds.tgz"]


def test_what_a_killed_unpacking_left_is_thrown_away(tmp_path):
    old = tmp_path / ".birds.tgz.unpacking/CUB/half.jpg"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"half")
    unpack(tmp_path, "birds.tgz", BIRDS, ("CUB",))
    assert names(tmp_path) == ["CUB", "birds.tgz"] and not (tmp_path / "CUB/half.jpg").exists()


def test_what_is_there_stays(tmp_path):
    (tmp_path / "attributes.txt").write_bytes(b"mine")
    unpack(tmp_path, "birds.tgz", BIRDS, ("CUB", "attributes.txt"))
    assert (tmp_path / "attributes.txt").read_bytes() == b"mine" and (tmp_path / "CUB/README").is_file()


# The verb and the register

def test_size_and_terms_come_before_the_download(tmp_path, monkeypatch, capsys):
    told = []
    monkeypatch.setattr(download, "get_file", lambda file, folder: told.append(capsys.readouterr().out))
    assert download.get("flowers", tmp_path) == tmp_path
    assert "terms: none is stated" in told[0] and "102flowers.tgz: 344,862,509 bytes, checked by sha256" in told[0]
    assert len(told) == 3 and "t2i data get flower-captions" in capsys.readouterr().out


def test_a_data_set_of_several_files(site, tmp_path, monkeypatch):
    plain = File("setid.mat", f"{site.url}/setid.mat", ("setid.mat",), len(BIRDS),
                 f"md5:{hashlib.md5(BIRDS).hexdigest()}")
    monkeypatch.setattr(download, "SOURCES", {"all": Source("all", (birds_at(site.url), plain), "free", "x", "go on")})
    for _ in range(2):
        download.get("all", tmp_path)
        assert names(tmp_path) == ["CUB", "attributes.txt", "birds.tgz", "setid.mat"]
    assert len(site.asked) == 2
    (tmp_path / "setid.mat").write_bytes(b"damaged")
    with pytest.raises(ValueError, match="expected md5 .* of setid.mat, got"):
        download.get("all", tmp_path)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="expected one of cub, .*got 'cubs'"):
        download.get("cubs")


def test_the_register_is_whole():
    for name, source in SOURCES.items():
        assert source.licence and source.after and source.about, name
        for file in source.files:
            assert file.url.startswith("https://") and file.gives
            if file.by_hand:
                assert "drive.google.com" in file.url and not file.checksum
            else:
                algorithm, checksum = file.checksum.split(":")
                assert len(bytes.fromhex(checksum)) == {"md5": 16, "sha256": 32}[algorithm] and file.size > 500
    sizes = {file.name: file.size for source in SOURCES.values() for file in source.files}
    assert sizes["CUB_200_2011.tgz"] == 1150585339 and sizes["segmentations.tgz"] == 39272883
    assert sizes["annotations_trainval2014.zip"] == 252872794
