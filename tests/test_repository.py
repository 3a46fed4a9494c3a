"""What holds for every file of the repository."""

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 16 * 2**20
# In pieces, so that this file does not contain them.
PRIVATE = re.compile("|".join(re.escape(f"/{folder}/") for folder in ("work", "root", "home", "Users")))
CODE = [ROOT / "course.py", *sorted((ROOT / "t2ilib").rglob("*.py"))]

code_files = pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))


@cache
def repository_files():
    """All files that are in git or would be added to it; none outside a clone."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git clone")
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def text_of(path):
    """The text of a file; empty for pictures and weights."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def private_paths(text):
    """Paths that exist on one computer only."""
    return PRIVATE.findall(text)


def functions(path):
    """All functions and methods of a file."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)]


def test_no_large_files():
    assert [path.name for path in repository_files() if path.stat().st_size > LARGEST] == []


def test_checkpoints_are_small_together():
    weights = [path for path in repository_files() if path.suffix == ".safetensors"]
    assert sum(path.stat().st_size for path in weights) <= 120 * 2**20


def test_no_path_of_one_computer():
    found = {str(path.relative_to(ROOT)): private_paths(text_of(path)) for path in repository_files()}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_private_paths_are_found():
    assert private_paths("/" + "home/me/x.py") and private_paths("cd /" + "work/a")
    assert not private_paths("frame_work/a")


@pytest.mark.parametrize("folder", ["runs", "my", ".venv"])
def test_what_belongs_to_the_user_is_not_in_git(folder):
    assert [path for path in repository_files() if path.relative_to(ROOT).parts[0] == folder] == []


def test_ruff_is_configured_as_agreed():
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
    assert ruff["line-length"] == 120
    assert "*.ipynb" in ruff["extend-include"]
    assert {"F", "E5", "I", "C901", "PLR0913"} <= set(ruff["lint"]["select"])
    assert ruff["lint"]["pylint"]["max-args"] == 6


def test_the_package_needs_what_the_requirements_install():
    """The two lists cannot be one (requirements.txt ends with `-e .`), so they must agree."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line.split("#")[0].strip() for line in lines]
    package = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert set(package["dependencies"]) <= set(wanted)
    assert [line for line in wanted if line][-1] == "-e ."
    assert package["requires-python"] == ">=3.11"


def test_each_requirement_says_what_it_is_for():
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line[:1].isalpha()]
    assert [line for line in lines if not re.search(r"#\s*\w+", line)] == []


@code_files
def test_functions_are_short(path):
    lengths = {function.name: function.end_lineno - function.lineno + 1 for function in functions(path)}
    assert {name: length for name, length in lengths.items() if length > 45} == {}


@code_files
def test_device_is_chosen_in_one_place(path):
    assert ".cuda()" not in path.read_text()


def test_readme_lists_the_library():
    """One line for each file and folder of t2ilib."""
    readme = (ROOT / "README.md").read_text()
    parts = [path for path in (ROOT / "t2ilib").iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()]
    names = [path.name if path.suffix else f"{path.name}/" for path in parts if path.name != "__init__.py"]
    assert [name for name in names if not re.search(rf"\b{re.escape(name)}", readme)] == []


def test_the_licence_is_the_one_that_is_declared():
    licence = (ROOT / "LICENSE").read_text()
    assert licence.startswith("MIT License") and "CC BY 4.0" in licence
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "MIT"


def test_ci_is_one_script():
    assert "bash .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"]).returncode == 0
