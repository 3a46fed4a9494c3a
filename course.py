#!/usr/bin/env python3
"""From GAN to Text-to-Image: set the course up and use it.

    python3 course.py run  [NN ...] [options]   every chapter without a browser -> runs/latest/index.html
    python3 course.py test [options]            the tests; the options are pytest's
    python3 course.py lab  [NN ...] [options]   JupyterLab on your own copies of the chapters, in my/

The first use makes a virtual environment beside this file (.venv) and installs requirements.txt into it; later ones
install again only when the requirements have changed, and need no network. Needs Python 3.11 or newer, nothing else.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "course-installed.txt"  # written after a complete install: what was installed

COMMANDS = {"run": ["-m", "t2ilib", "run"], "test": ["-m", "pytest"], "lab": ["-m", "t2ilib.desk"]}

PYTHON_IS_OLD = """The course needs Python 3.11 or newer; this is Python {version} ({path}).
Install a newer one (https://www.python.org/downloads/) and start it by name, for instance: python3.12 course.py run"""

VENV_IS_MISSING = """The course needs Python's modules venv and ensurepip for its environment; they are missing here.
On Debian and Ubuntu they are a package of their own: sudo apt install python3-venv
Then run the same command again."""

INSTALLING = """Installing the libraries of the course into {venv}
  about {download} to download, {disk} on disk, 2 to 10 minutes; this happens once."""

SMALLER_TORCH = """  Without an Nvidia GPU a smaller PyTorch (0.2 GB instead of 3) does the same.
  To have it, stop here (Ctrl-C), run
    {pip} install torch torchvision --index-url https://download.pytorch.org/whl/cpu
  and start again."""

INSTALL_FAILED = """Installing stopped before its end; pip says why above. Check the network and the free disk
space, then run the same command again: nothing has to be cleaned up."""


def main(arguments):
    """Set up, then hand over to the command; returns its exit code."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command not in COMMANDS:
        print(__doc__.strip())
        return 0 if command in ("-h", "--help") else 2
    problem = missing_prerequisite()
    if problem:
        print(problem, file=sys.stderr)
        return 1
    code = set_up()
    if code:
        return code
    return hand_over([str(PYTHON), *COMMANDS[command], *rest], ROOT if command == "test" else Path.cwd())


def missing_prerequisite():
    """What keeps this Python from setting the course up, with what to do; empty when nothing does."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the very check that the linter takes for granted
        return PYTHON_IS_OLD.format(version=".".join(map(str, sys.version_info[:3])), path=sys.executable)
    have_venv = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    return "" if have_venv or environment_version() else VENV_IS_MISSING


def set_up():
    """Make the environment and install the requirements, each only when needed; returns an exit code."""
    if not environment_version():
        say(f"Making a virtual environment in {VENV}")
        code = call(sys.executable, "-m", "venv", "--clear", VENV)
        if code:
            return code
    wanted = fingerprint()
    if STAMP.is_file() and STAMP.read_text() == wanted:
        return 0
    say(announcement())
    STAMP.unlink(missing_ok=True)  # an install that is interrupted from here on is repeated
    code = pip("--upgrade", "pip") or pip("-r", "requirements.txt")
    if code:
        print(INSTALL_FAILED, file=sys.stderr)
        return code
    unfinished = STAMP.with_suffix(".part")
    unfinished.write_text(wanted)
    unfinished.replace(STAMP)
    say("Installed.")
    return 0


def environment_version():
    """The version of the environment's Python; empty when there is none, or one without pip."""
    if not PYTHON.is_file():
        return ""
    probe = [str(PYTHON), "-c", "import sys, pip; print(sys.version)"]
    answer = subprocess.run(probe, capture_output=True, text=True)
    return answer.stdout if answer.returncode == 0 else ""


def fingerprint():
    """Changes with the requirements, the environment's Python, and the folder: the library is installed by its path."""
    digest = hashlib.sha256(f"{ROOT}\n{environment_version()}".encode())
    for name in ("requirements.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def announcement():
    """What the coming install does; the large part, PyTorch, may be there already."""
    if any(place.is_dir() for place in (VENV / "Lib/site-packages/torch", *VENV.glob("lib/*/site-packages/torch"))):
        return "The requirements have changed or were not complete: installing what is missing."
    if not sys.platform.startswith("linux"):
        return INSTALLING.format(venv=VENV, download="0.5 GB", disk="2 GB")
    text = INSTALLING.format(venv=VENV, download="3 GB", disk="6 GB")
    return text + "\n" + SMALLER_TORCH.format(pip=f'"{VENV}/bin/pip"')


def pip(*arguments):
    """`pip install` inside the environment, from the repository (requirements.txt ends with `-e .`)."""
    return call(PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *arguments)


def call(*command):
    """Run a command in the repository's folder; returns its exit code."""
    return subprocess.call([str(part) for part in command], cwd=ROOT)


def hand_over(command, folder):
    """Become the command, so that signals and the exit code are its own; Windows can only wait for it."""
    if os.name == "nt":
        return subprocess.call(command, cwd=folder)
    os.chdir(folder)
    os.execv(command[0], command)


def say(text):
    """Print at once: pip writes to the same screen."""
    print(text, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
