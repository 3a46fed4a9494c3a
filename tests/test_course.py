"""The launcher, the notebook runner, the pairing of notebooks with their sources, the learner's desk."""

import html
import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
import venv
from dataclasses import replace
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from t2ilib import course, desk, execution, gradebook, pages, pairing, times
from t2ilib.course import RunOptions
from t2ilib.metrics import claims

ROOT = Path(__file__).resolve().parents[1]
VERDICT = {"F-001": {"verdict": "reproduced", "measured": 0.5, "n": 3}}
PARAMETERS = new_code_cell('profile = "laptop"', metadata={"tags": ["parameters"]})
STUB = new_code_cell("def named_right(named, seen):\n    ...", metadata={"tags": ["exercise-start.named_right"]})
CHAPTERS = {
    "01_fine": [
        new_markdown_cell("# Fine\n\nThe loss is $\\mathbb{E}_{x \\sim p}[\\log D(x)]$ & $$\\min_G \\max_D V.$$"),
        PARAMETERS,
        new_code_cell(
            "import os, subprocess, sys\nfrom IPython.display import Javascript, Math, display\n"
            "assert profile == 'smoke' == os.environ['T2I_PROFILE'] and os.environ['T2I_STATIC'] == '1'\n"
            "display(Math(r'\\alpha'), Javascript('fetch(\"http://localhost/script.js\")'))\n"
            "child = 'import time; held = bytearray(b\"x\" * 300 * 2**20); time.sleep(0.6)'\n"
            "subprocess.run([sys.executable, '-c', child], check=True)"
        ),
    ],
    "02_fails": [
        new_markdown_cell("# Fails\n\n## 1 Still fine"),
        new_code_cell("1 + 1"),
        new_markdown_cell("## 2 Broken"),
        new_code_cell("1 / 0"),
        new_markdown_cell("## 3 Never"),
    ],
    "03_exercise": [
        new_markdown_cell("# Exercise\n\n[Wrong?](symptoms.md#x) [Fine](01_fine.ipynb)"),
        STUB,
        new_code_cell("assert named_right([{'wing': 'red'}], [{'wing': 'red'}]) == 1"),
    ],
}


def write_notebook(path, cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A small course in a folder whose name has a space."""
    folder = tmp_path_factory.mktemp("a course") / "note books"
    (folder / "assets").mkdir(parents=True)
    Image.new("RGB", (2, 2)).save(folder / "assets" / "dot.png")
    (folder / "symptoms.md").write_text("# Symptoms\n\n![a dot](assets/dot.png)")
    for stem, cells in CHAPTERS.items():
        write_notebook(folder / f"{stem}.ipynb", cells)
    return folder


@pytest.fixture(scope="module")
def library(place):
    """The library, looking at the small course instead of the real one."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (course, desk, gradebook, times, pairing):
            patch.setattr(module, "NOTEBOOKS", place)
        patch.setattr(course, "REPOSITORY", place.parent)
        patch.setattr(times, "TIMES", place.parent / "times.json")
        patch.setattr(times, "README", place.parent / "README.md")
        (place.parent / "README.md").write_text("a\n<!-- measured by t2i run --record -->\nold\n<!-- end -->\nz\n")
        patch.setattr(claims, "chapter_verdicts", lambda stem: VERDICT)
        yield course


@pytest.fixture(scope="module")
def options(place):
    return RunOptions(profile="smoke", device="cpu", solved=True, out=place.parent / "my run")


@pytest.fixture(scope="module")
def first_run(library, options):
    """Exit code, summary and folder of a run over all three chapters."""
    code = library.run([], options)
    return code, json.loads((options.out / "summary.json").read_text()), options.out


def test_summary_has_the_agreed_form(first_run):
    _, summary, _ = first_run
    assert set(summary) == {"profile", "device", "chapters"}
    assert (summary["profile"], summary["device"]) == ("smoke", "cpu")
    assert [(c["name"], c["status"]) for c in summary["chapters"]] == [
        ("01_fine", "ok"),
        ("02_fails", "failed"),
        ("03_exercise", "ok"),
    ]
    for chapter in summary["chapters"]:
        assert set(chapter) == {"name", "status", "seconds", "peak_mb", "verdicts"}
        assert chapter["verdicts"] == VERDICT
        assert chapter["seconds"] > 0


def test_memory_is_the_kernels_with_its_children(first_run):
    fine, fails, _ = (chapter["peak_mb"] for chapter in first_run[1]["chapters"])
    assert 20 < fails < 300 < fine


def test_a_failure_fails_the_run_and_is_explained(first_run):
    code, _, out = first_run
    index = (out / "index.html").read_text()
    assert code == 1
    assert "ZeroDivisionError: division by zero" in index
    assert "2 Broken" in index and "1 / 0" in index and "3 Never" not in index


def test_the_teachers_edition_holds_the_answer_and_why_it_is_right(first_run):
    cells = nbformat.read(first_run[2] / "03_exercise.ipynb", as_version=4).cells
    at = next(index for index, cell in enumerate(cells) if "exercise-start.named_right" in pairing.tags(cell))
    assert "sum(hits) / len(hits)" in cells[at].source
    assert cells[at + 1].cell_type == "markdown"
    explained = re.sub(r"</?code>", "`", html.unescape(cells[at + 1].source))
    assert gradebook.find("start.named_right").explanation in explained
    assert "Why this is right." in (first_run[2] / "03_exercise.html").read_text()


def test_a_learners_run_holds_no_answer(library, options):
    run = course._Run(["03_exercise"], replace(options, solved=False))
    assert [cell.source for cell in run.prepared("03_exercise").cells] == [
        cell.source for cell in CHAPTERS["03_exercise"]]


def test_links_between_the_pages_lead_to_pages(first_run):
    page = (first_run[2] / "03_exercise.html").read_text()
    assert re.findall(r'<a href="([^"]+)"', page) == ["symptoms.html#x", "01_fine.html"]
    assert not pages.LINK.search('<a href="https://a/b.md"> <a href="a.png"> <img href="b.md">')


def test_the_pages_of_text_are_exported_with_their_pictures_and_linked(first_run):
    page = (first_run[2] / "symptoms.html").read_text()
    assert "<h1" in page and "data:image/png;base64," in page and "assets/dot.png" not in page
    assert '<a href="symptoms.html">Symptoms</a>' in (first_run[2] / "index.html").read_text()


def test_pages_follow_the_readers_light(first_run):
    page = (first_run[2] / "01_fine.html").read_text()
    styles = re.findall(r"<style([^>]*)>(.*?)</style>", page, re.DOTALL)
    paper = [(attributes, colour) for attributes, css in styles
             for colour in re.findall(r"^\s*--jp-layout-color0:\s*([^;]+);", css, re.MULTILINE)]
    (light, white), (dark, black) = paper
    assert "media" not in light and "screen and (prefers-color-scheme: dark)" in dark and white != black
    assert "color-scheme: light dark" in page


def test_pages_need_no_network(first_run):
    for path in first_run[2].glob("*.html"):
        page = path.read_text()
        assert "<script" not in page and "<link" not in page and "<iframe" not in page
        assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|@import|url\(["']?(?:https?:)?//""", page)
        assert "Content-Security-Policy" in page and "default-src 'none'" in page


def test_formulas_are_mathml(first_run):
    page = (first_run[2] / "01_fine.html").read_text()
    assert page.count("<math") == 3  # inline, displayed, and the output of Math
    assert "$" not in re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)


def test_the_same_inputs_are_skipped(first_run, library, options, place):
    before = {chapter["name"]: chapter for chapter in first_run[1]["chapters"]}
    assert library.run(["1", "03_exercise"], options) == 0
    summary = json.loads((options.out / "summary.json").read_text())
    assert summary["chapters"] == [before[stem] | {"status": "skipped"} for stem in ("01_fine", "03_exercise")]


@pytest.mark.parametrize("change", ["profile", "device", "solved", "notebook", "library", "checkpoint"])
def test_changed_inputs_are_not_the_same(library, options, place, tmp_path, monkeypatch, change):
    monkeypatch.setattr(course, "REPOSITORY", tmp_path)
    other = {"profile": "laptop", "device": "cuda", "solved": False}
    before = course._Run(["01_fine"], options).inputs("01_fine")
    assert course._Run(["01_fine"], options).inputs("01_fine") == before
    if change in other:
        options = RunOptions(**vars(options) | {change: other[change]})
    elif change == "notebook":
        write_notebook(tmp_path / "01_fine.ipynb", [new_markdown_cell("# Other")])
        monkeypatch.setattr(course, "NOTEBOOKS", tmp_path)
    else:
        path = tmp_path / {"library": "t2ilib/gan.py", "checkpoint": "data/checkpoints/a.safetensors"}[change]
        path.parent.mkdir(parents=True)
        path.write_text("changed")
    assert course._Run(["01_fine"], options).inputs("01_fine") != before


def test_unknown_words_are_refused(library, options):
    for chapters, change, message in [
        (["77"], {}, "got '77'"),
        ([], {"profile": "huge"}, "got 'huge'"),
        ([], {"jobs": 0}, "got 0"),
        ([], {"record": True}, "solved"),
    ]:
        with pytest.raises(ValueError, match=message):
            library.run(chapters, RunOptions(**vars(options) | change))


def test_a_killed_kernel_is_explained(tmp_path):
    (tmp_path / "log").write_text("DeadKernelError: Kernel died")
    cell = new_code_cell("crash()", metadata={"papermill": {"status": "running"}})
    notebook = new_notebook(cells=[new_markdown_cell("# Deep", metadata={"papermill": {"status": "completed"}}), cell])
    error = execution.error_in(notebook, tmp_path / "log")
    assert 'of "Deep"' in error and "crash()" in error and "Kernel died" in error


def test_half_a_notebook_is_not_read(tmp_path):
    path = tmp_path / "half.ipynb"
    write_notebook(path, CHAPTERS["01_fine"])
    path.write_text(path.read_text()[:-20])
    assert execution.load(path) is None


def test_times_are_recorded_in_the_header(library, place):
    source = place / "src" / "01_fine.py"
    source.parent.mkdir(exist_ok=True)
    source.write_text("# %% [markdown]\n# | | |\n# |---|---|\n# | **Time** | not measured |\n# | **After** | 00 |\n")
    try:
        times.record("laptop", [{"name": "01_fine", "seconds": 90, "peak_mb": 800.4}])
        times.record("smoke", [{"name": "01_fine", "seconds": 12, "peak_mb": 500.0}])
        assert "# | **Time** | smoke 12 s, 500 MB; laptop 1 min 30 s, 800 MB (" in source.read_text()
        assert "# | **After** | 00 |" in source.read_text()
        assert pairing.check() == []
        readme = (place.parent / "README.md").read_text()
        assert "| 01_fine | smoke 12 s, 500 MB; laptop 1 min 30 s, 800 MB (" in readme
        assert "old" not in readme and readme.startswith("a\n") and readme.endswith("<!-- end -->\nz\n")
    finally:
        source.unlink()
        write_notebook(place / "01_fine.ipynb", CHAPTERS["01_fine"])


@pytest.mark.parametrize(
    "tex, expected",
    [
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "<mtable"),
        (r"x \sim p", "&#x0223C;"),
        (r"\min_G V", "<munder>"),
        (r"\operatorname*{argmax}_x", "<munder>"),
        (r"a < \frac{", "<code>a &lt; \\frac{</code>"),
    ],
)
def test_mathml(tex, expected):
    assert expected in pages.mathml(tex, "block")


def test_a_page_leaves_out_live_widgets():
    bar = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "0%| | 0/3"}
    picture = {"image/png": "aGVsbG8=", "text/plain": "<Figure>"}
    outputs = [new_output("display_data", data) for data in (bar, picture)]
    page = pages.chapter_page(new_notebook(cells=[new_code_cell("1", outputs=outputs)]), "01_x", ROOT)
    assert "0/3" not in page and "data:image/png;base64,aGVsbG8=" in page


def test_verdicts_have_a_mark_and_a_word():
    verdicts = {"A": {"verdict": "not reproduced at this scale", "measured": 0.12345, "n": 40}}
    verdicts["B"] = {"verdict": "not run", "measured": None, "n": None}
    chapter = {"name": "01_x", "status": "ok", "seconds": 61, "peak_mb": 10, "verdicts": verdicts}
    page = pages.index_page({"profile": "smoke", "device": "cpu", "chapters": [chapter]}, {})
    assert "\u25cb not reproduced at this scale" in page and ">0.1235<" in page and "\u2013 not run" in page
    assert "1 min 1 s" in page
    assert "\u25cb 1 not reproduced at this scale<br>\u2013 1 not run" in page


def test_a_chapter_that_was_not_begun_is_no_link():
    chapter = {"name": "01_x", "status": "not begun", "seconds": 0, "peak_mb": 0, "verdicts": {}}
    page = pages.index_page({"profile": "smoke", "device": "cpu", "chapters": [chapter]}, {})
    assert "\u2013 not begun" in page and "<a " not in page


# Ctrl-C

RUN = """import signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test that runs in the background ignores it
from t2ilib import course
from t2ilib.pairing import NOTEBOOKS
course.NOTEBOOKS = Path(sys.argv[1])
sys.exit(course.run([], course.RunOptions(profile="smoke", device="cpu", out=Path(sys.argv[2]), force=True)))
"""
BUSY = """import os, subprocess, sys, time
from pathlib import Path
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
Path("pids.new").write_text(f"{os.getpid()} {child.pid}")
Path("pids.new").rename("pids")
time.sleep(600)"""


def alive(pid):
    """Whether a process is there and no zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent in another way")
def test_ctrl_c_leaves_a_valid_summary_and_no_kernel(tmp_path):
    """A second Ctrl-C while the first is dealt with changes nothing."""
    folder, out = tmp_path / "notebooks", tmp_path / "out"
    write_notebook(folder / "01_busy.ipynb", [new_markdown_cell("# Busy"), PARAMETERS, new_code_cell(BUSY)])
    write_notebook(folder / "02_later.ipynb", [new_markdown_cell("# Later"), PARAMETERS])
    out.mkdir()
    (out / "state.json").write_text('{"01_busy": {"inputs": "old", "seconds": 1, "peak_mb": 1}}')
    with subprocess.Popen([sys.executable, "-c", RUN, folder, out], stdout=subprocess.PIPE, text=True) as run:
        while not (folder / "pids").exists():
            assert run.poll() is None
            time.sleep(0.05)
        pids = [int(pid) for pid in (folder / "pids").read_text().split()]
        assert all(map(alive, pids))
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGINT)
        output = run.communicate(timeout=60)[0]
    assert run.returncode == 130, output
    assert not any(map(alive, pids))
    statuses = {"01_busy": "interrupted", "02_later": "not begun"}
    assert {c["name"]: c["status"] for c in json.loads((out / "summary.json").read_text())["chapters"]} == statuses
    index = (out / "index.html").read_text()
    assert "\u25a0 interrupted" in index and "\u2013 not begun" in index and index.rstrip().endswith("</html>")
    assert "# Busy" in (out / "01_busy.ipynb").read_text() and "Busy" in (out / "01_busy.html").read_text()
    assert json.loads((out / "state.json").read_text()) == {}, "a chapter cut short is not done"
    assert [path.name for path in out.iterdir() if path.suffix == ".tmp"] == []


def test_what_the_caller_ignores_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stop = execution.Stop()
        with execution.signals_to(stop):
            os.kill(os.getpid(), signal.SIGINT)
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
        assert stop.signal == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_signals_are_given_back():
    found = signal.signal(signal.SIGINT, signal.default_int_handler)     # in the background it would be ignored
    try:
        with execution.signals_to(execution.Stop()):
            assert signal.getsignal(signal.SIGINT) != signal.default_int_handler
        assert signal.getsignal(signal.SIGINT) == signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, found)


# nbval


def test_nbval_fails_when_a_kept_output_is_altered(tmp_path):
    """With the very settings of CI; a cell without the tag may differ."""
    kept = {"tags": ["keep_output", "nbval-check-output"]}
    for name, text in {"true": "4", "altered": "5"}.items():
        cells = [new_code_cell("2 + 2", metadata=kept, execution_count=1, outputs=[
                     new_output("execute_result", {"text/plain": text}, execution_count=1)]),
                 new_code_cell("2 + 3", execution_count=2, outputs=[
                     new_output("execute_result", {"text/plain": "any"}, execution_count=2)])]
        notebook = new_notebook(cells=cells, metadata={"kernelspec": pairing.KERNEL})
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    settings = re.findall(r"--nbval\S*(?: \d+)?", (ROOT / ".ci" / "run").read_text())
    assert "--nbval-lax" in settings
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *" ".join(settings).split(), tmp_path]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    failed = re.findall(r"^FAILED (\S+)", answer.stdout, re.MULTILINE)
    assert answer.returncode == 1 and "1 failed, 3 passed" in answer.stdout, answer.stdout
    assert len(failed) == 1 and failed[0].startswith("altered.ipynb::"), answer.stdout


# Pairing


@pytest.fixture
def pair(tmp_path, monkeypatch):
    """A source and its notebook, with a kept and a foreign output."""
    monkeypatch.setattr(pairing, "NOTEBOOKS", tmp_path)
    source = tmp_path / "src" / "01_pair.py"
    source.parent.mkdir()
    source.write_text('# %%\n1\n\n# %% tags=["keep_output"]\n2\n\n# %%\n1\n')
    pairing.sync()
    path = tmp_path / "01_pair.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.outputs, cell.execution_count = [new_output("stream", text="hello")], 5
    nbformat.write(notebook, path)
    return source, path


def test_sync_keeps_only_the_outputs_it_should(pair):
    _, path = pair
    assert [line for line in pairing.check() if "holds outputs" in line and len(line) < 80] != []
    pairing.sync()
    cells = nbformat.read(path, as_version=4).cells
    assert [(len(cell.outputs), cell.execution_count) for cell in cells] == [(0, None), (1, 5), (0, None)]
    assert pairing.check() == []


def test_sync_drops_the_output_of_a_changed_cell(pair):
    source, path = pair
    source.write_text(source.read_text().replace("\n2\n", "\n3\n"))
    assert "cell 1 differs" in "".join(pairing.check())
    pairing.sync()
    assert nbformat.read(path, as_version=4).cells[1].outputs == []


def test_a_changed_tag_is_a_difference(pair):
    source, _ = pair
    pairing.sync()
    source.write_text(source.read_text().replace("keep_output", "other"))
    assert "cell 1 differs" in pairing.check()[0]


def test_sync_is_stable(pair):
    _, path = pair
    pairing.sync()
    before = path.read_bytes()
    path.unlink()
    pairing.sync()
    ids = [cell["id"] for cell in json.loads(before)["cells"]]
    assert [cell["id"] for cell in json.loads(path.read_bytes())["cells"]] == ids
    assert len(set(ids)) == 3


# The learner's desk


def test_an_edited_copy_is_never_overwritten(library, place, tmp_path):
    original, mine = place / "01_fine.ipynb", tmp_path / "01_fine.ipynb"
    assert desk.copy_chapters(["01_fine"], tmp_path) == [mine]
    mine.write_text("my own notes")
    assert desk.copy_chapters(["01_fine"], tmp_path) == [mine]
    write_notebook(original, [new_markdown_cell("# A new version")])
    beside = tmp_path / "01_fine (2).ipynb"
    try:
        assert desk.copy_chapters(["01_fine"], tmp_path) == [beside]
        assert (mine.read_text(), beside.read_bytes()) == ("my own notes", original.read_bytes())
        assert desk.copy_chapters(["01_fine"], tmp_path) == [beside]
    finally:
        write_notebook(original, CHAPTERS["01_fine"])


def test_the_desk_has_the_pages_of_text_with_their_pictures(library, place, tmp_path):
    desk.copy_chapters(["01_fine"], tmp_path)
    for name in ("symptoms.md", "assets/dot.png"):
        assert (tmp_path / name).read_bytes() == (place / name).read_bytes()


def test_an_untouched_copy_follows_the_update(library, place, tmp_path):
    original = place / "01_fine.ipynb"
    desk.copy_chapters(["01_fine"], tmp_path)
    write_notebook(original, [new_markdown_cell("# A new version")])
    try:
        assert desk.copy_chapters(["01_fine"], tmp_path) == [tmp_path / "01_fine.ipynb"]
        assert "new version" in (tmp_path / "01_fine.ipynb").read_text()
    finally:
        write_notebook(original, CHAPTERS["01_fine"])


# The launcher


@pytest.fixture
def launcher(tmp_path):
    """A copy of course.py in a folder with a space, its environment ready but without pip, and no network."""
    folder = tmp_path / "my course"
    folder.mkdir()
    (folder / "course.py").write_text((ROOT / "course.py").read_text())
    (folder / "requirements.txt").write_text("nothing\n")
    (folder / "pyproject.toml").write_text("")
    spec = importlib.util.spec_from_file_location("launcher", folder / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ready_environment(launcher, monkeypatch):
    """An environment whose `t2ilib` prints its arguments and ends with code 7."""
    venv.create(launcher.VENV, with_pip=False, symlinks=True)
    site = next(launcher.VENV.glob("lib/python*/site-packages"))
    (site / "pip").mkdir()
    (site / "pip" / "__init__.py").touch()
    for package in ("t2ilib", "pytest"):
        (site / package).mkdir()
        (site / package / "__main__.py").write_text("import os, sys\nprint(os.getcwd(), sys.argv[1:])\nsys.exit(7)")


@pytest.fixture
def calls(launcher, monkeypatch):
    """The commands that the launcher would run."""
    made = []

    def call(*command):
        made.append(" ".join(str(part) for part in command))
        return 0

    monkeypatch.setattr(launcher, "call", call)
    return made


@pytest.mark.skipif(sys.platform == "win32", reason="environments are laid out differently")
def test_a_complete_install_hands_over_without_network(launcher, monkeypatch, tmp_path):
    ready_environment(launcher, monkeypatch)
    launcher.STAMP.write_text(launcher.fingerprint())
    monkeypatch.delenv("PYTHONPATH", raising=False)
    for words, folder, passed in [
        (["run", "05", "--out", "a b"], tmp_path, ["run", "05", "--out", "a b"]),
        (["test", "-k", "x or y"], launcher.ROOT, ["-k", "x or y"]),
    ]:
        command = [sys.executable, str(launcher.ROOT / "course.py"), *words]
        answer = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert (answer.returncode, answer.stdout) == (7, f"{folder} {passed}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="environments are laid out differently")
def test_installs_once_and_again_when_the_requirements_change(launcher, calls, monkeypatch):
    ready_environment(launcher, monkeypatch)
    assert launcher.set_up() == 0
    assert [line.split("--disable-pip-version-check ")[1] for line in calls] == ["--upgrade pip", "-r requirements.txt"]
    assert launcher.set_up() == 0 and len(calls) == 2
    (launcher.ROOT / "requirements.txt").write_text("something else\n")
    assert launcher.set_up() == 0 and len(calls) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="environments are laid out differently")
def test_an_interrupted_install_is_repeated(launcher, monkeypatch, capsys):
    ready_environment(launcher, monkeypatch)
    launcher.STAMP.write_text("of older requirements")
    monkeypatch.setattr(launcher, "call", lambda *command: 3)
    assert launcher.set_up() == 3
    assert not launcher.STAMP.exists()
    assert "run the same command again" in capsys.readouterr().err


def test_the_environment_is_made_first(launcher, calls):
    (launcher.VENV / "bin").mkdir(parents=True)  # what an interrupted `python -m venv` leaves
    launcher.set_up()
    assert calls[0].startswith(f"{sys.executable} -m venv --clear ")


def test_explains_a_missing_venv_module(launcher, monkeypatch):
    monkeypatch.setattr(launcher.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else True)
    assert "apt install python3-venv" in launcher.missing_prerequisite()


def test_explains_an_old_python(launcher, monkeypatch):
    monkeypatch.setattr(launcher.sys, "version_info", (3, 9, 2))
    assert "3.11 or newer; this is Python 3.9.2" in launcher.missing_prerequisite()


def test_says_what_it_downloads(launcher, monkeypatch):
    monkeypatch.setattr(launcher.sys, "platform", "linux")
    assert "3 GB to download" in launcher.announcement() and "whl/cpu" in launcher.announcement()
    monkeypatch.setattr(launcher.sys, "platform", "darwin")
    assert "0.5 GB to download" in launcher.announcement() and "whl/cpu" not in launcher.announcement()


@pytest.mark.parametrize("words, code", [([], 2), (["walk"], 2), (["--help"], 0)])
def test_other_words_show_the_commands(launcher, capsys, words, code):
    assert launcher.main(words) == code
    assert "course.py lab" in capsys.readouterr().out
