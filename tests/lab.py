"""A real JupyterLab, and Debian's Chromium to look at it."""

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
START_SECONDS, WAIT_MS = 120, 180_000
CURRENT = "window.jupyterapp.shell.currentWidget"


def browser() -> str | None:
    """The first browser that is installed."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def require() -> None:
    """Skip the test where something that it needs is not installed; in CI it fails instead."""
    needed = {name: importlib.util.find_spec(name) for name in ("playwright", "jupyterlab")}
    missing = ", ".join(name for name, found in (needed | {"chromium": browser()}).items() if not found)
    if missing and os.environ.get("CI") != "true":
        pytest.skip(f"the browser test needs {missing}; see the README")
    assert not missing, f"in CI the browser test must run, but there is no {missing}"


def keep(page, name: str) -> None:
    """Take a screenshot if somebody wants it."""
    if os.environ.get("T2I_SHOTS"):
        page.screenshot(path=Path(os.environ["T2I_SHOTS"]) / f"{name}.png")


@contextmanager
def lab_server(folder: Path, config: Path, environment: dict[str, str]):
    """JupyterLab over a folder, with settings of its own; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
               "--ServerApp.port_retries=0", "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}",
               "--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"]
    log = config / "lab.log"
    with open(log, "wb") as stream, subprocess.Popen(
            command, env=_settings(config) | environment, stdout=stream, stderr=stream) as server:
        try:
            _wait_for(f"{base}/api", server, log)
            yield base
        finally:
            server.terminate()


def _settings(config: Path) -> dict[str, str]:
    """A configuration without the news toast, which covers the page, and with every cell in the page, seen or not."""
    tracker = config / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    themes = config / "settings" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    for path, values in (
            (config / "labconfig" / "page_config.json",
             {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}),
            (tracker, {"windowingMode": "none"}),
            (themes, {"theme": os.environ.get("T2I_THEME", "JupyterLab Light")})):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    return os.environ | {"JUPYTER_CONFIG_DIR": str(config), "JUPYTERLAB_SETTINGS_DIR": str(config / "settings"),
                         "JUPYTERLAB_WORKSPACES_DIR": str(config / "workspaces")}


def _wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.25)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


@contextmanager
def browser_page(profile: Path, complaints: list[str]):
    """A page of a fresh browser; console errors and requests to the outside are added to `complaints`."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=browser(), headless=True, args=FLAGS, viewport={"width": 1280, "height": 1000})
        context.set_default_timeout(WAIT_MS)
        page = context.pages[0]
        page.on("console", lambda entry: complaints.append(entry.text) if entry.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on("request", lambda request: _note_outside(request.url, complaints))
        page.on("websocket", lambda websocket: _note_outside(websocket.url, complaints))
        yield page
        context.close()


def _note_outside(url: str, complaints: list[str]) -> None:
    scheme, _, rest = url.partition("://")
    if scheme in ("http", "https", "ws", "wss") and not rest.startswith("127.0.0.1:"):
        complaints.append(f"request to the outside: {url}")


@contextmanager
def chapter_page(chapter: str, place: Path, complaints: list[str]):
    """A chapter on a learner's desk in JupyterLab, all cells run; each answer of a widget may take 20 seconds."""
    from t2ilib.desk import copy_chapters

    copy_chapters([chapter], place / "desk")
    environment = {"T2I_HOME": str(place / "home"), "T2I_PROFILE": "smoke", "T2I_STATIC": ""}
    with lab_server(place / "desk", place, environment) as base, browser_page(place / "browser", complaints) as page:
        open_notebook(page, base, f"{chapter}.ipynb")
        run_all(page)
        page.set_default_timeout(20_000)
        yield page


def open_notebook(page, base: str, name: str) -> None:
    """Open a notebook and wait until its kernel listens."""
    page.goto(f"{base}/lab/tree/{name}?reset", wait_until="domcontentloaded")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    page.locator(".jp-NotebookPanel .jp-Notebook .jp-Cell").first.wait_for()
    page.wait_for_function(
        f"() => {CURRENT}?.sessionContext?.session?.kernel?.connectionStatus === 'connected'")


def run_all(page) -> None:
    """Run all cells and wait until each has its number, or one has failed."""
    page.evaluate("async () => { await window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    page.wait_for_function(
        f"""() => {{ const cells = [...{CURRENT}.content.model.cells].filter(
                cell => cell.type === 'code' && cell.sharedModel.source);
            return cells.every(cell => cell.executionCount !== null)
                || cells.some(cell => cell.outputs.toJSON().some(output => output.output_type === 'error')); }}""")


def errors(page) -> list[str]:
    """The errors that cells ended with."""
    return page.evaluate(
        f"""() => [...{CURRENT}.content.model.cells].filter(cell => cell.type === 'code').flatMap(
            cell => cell.outputs.toJSON().filter(output => output.output_type === 'error').map(
                output => output.ename + ': ' + output.evalue))""")


def find(page, part: str) -> int:
    """The number of the first code cell that has `part` in its source or is tagged with it."""
    found = page.evaluate(
        f"""part => [...{CURRENT}.content.model.cells].findIndex(cell => cell.type === 'code' && (
            cell.sharedModel.source.includes(part) || (cell.getMetadata('tags') ?? []).includes(part)))""", part)
    assert found >= 0, f"no code cell with {part}"
    return found


def output(page, number: int):
    """The output of a cell, on the screen."""
    place = page.locator(".jp-NotebookPanel .jp-Notebook .jp-Cell").nth(number).locator(".jp-OutputArea").first
    place.scroll_into_view_if_needed()
    return place


def rewrite(page, number: int, source: str) -> None:
    """Write another source into a cell, and run it."""
    page.evaluate(
        f"""async ([number, source]) => {{ const notebook = {CURRENT}.content;
            notebook.model.cells.get(number).sharedModel.setSource(source);
            notebook.deselectAll();
            notebook.activeCellIndex = number;
            await window.jupyterapp.commands.execute('notebook:run-cell'); }}""", [number, source])
