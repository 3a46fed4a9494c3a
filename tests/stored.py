"""The stored numbers of a study, for tests of what is said about them."""

import numpy as np
import pytest

from t2ilib import checkpoint, studies


def values(study, *metrics):
    """The numbers of the seeds of each metric, (metrics, seeds)."""
    return np.array([studies.results(study)["measures"][metric]["rows"] for metric in metrics])


def means(study, *metrics):
    """The mean of each metric, (metrics,)."""
    return np.array([studies.results(study)["measures"][metric]["value"] for metric in metrics])


def card(name):
    """The metrics on the card of a shipped checkpoint."""
    return checkpoint.read_card(checkpoint.find(name))["metrics"]


def near(*numbers, unit=0.01):
    """Equal to what rounds to the numbers that a text prints, of which `unit` is the last digit."""
    return pytest.approx(numbers[0] if len(numbers) == 1 else list(numbers), abs=0.5 * unit + 1e-9)
