"""Tests keep out of the user's folders and off the other processor."""

import os
import tempfile

if "T2I_HOME" not in os.environ:  # before t2ilib is imported; the workers of xdist inherit it
    _home = tempfile.TemporaryDirectory(prefix="t2i-tests-", ignore_cleanup_errors=True)
    os.environ["T2I_HOME"] = _home.name
os.environ.setdefault("OMP_NUM_THREADS", "1")  # also in the kernels and processes that tests start

import lab  # noqa: E402 - what follows reads the variables above
import pytest  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def complaints():
    """Console errors of a browser and requests to other machines, from the first moment to the last."""
    return []


@pytest.fixture(scope="module")
def page(request, tmp_path_factory, complaints):
    """The CHAPTER of a module of browser tests in JupyterLab, all cells run."""
    lab.require()
    with lab.chapter_page(request.module.CHAPTER, tmp_path_factory.mktemp("lab"), complaints) as page:
        yield page
