"""Tests keep out of the user's folders and off the other processor."""

import os
import tempfile

if "T2I_HOME" not in os.environ:  # before t2ilib is imported; the workers of xdist inherit it
    _home = tempfile.TemporaryDirectory(prefix="t2i-tests-", ignore_cleanup_errors=True)
    os.environ["T2I_HOME"] = _home.name
os.environ.setdefault("OMP_NUM_THREADS", "1")  # also in the kernels and processes that tests start

import torch  # noqa: E402 - reads the variables above

torch.set_num_threads(1)
