"""The logs of broken trainings: what is drawn follows what was logged."""

import numpy as np
from cards import fit, has, pixels

from t2ilib import figures_runs
from t2ilib.figures import COLOUR


def log(**changes):
    """A training that never changes."""
    values = {"D(real, right text)": 0.5, "D(real, wrong text)": -0.5, "D(fake, right text)": 0.0,
              "MA-GP at real": 0.1, "MA-GP at fakes": 10.0, "variety": 0.25}
    return {name: np.full(15, value) for name, value in (values | changes).items()}


def test_each_training_has_its_column_and_the_alt_text_its_numbers():
    card = fit(figures_runs.run_logs({"a": log(), "b": log(variety=0.0)}))
    assert card.alt.startswith("2 trainings of DF-GAN") and "a: D(real, right text) 0.5" in card.alt
    assert "MA-GP at fakes 10, variety 0.25; b: " in card.alt and card.alt.endswith("variety 0.")
    assert all(has(card, COLOUR[name]) for name in ("real", "fake", "wrong text", "baseline"))


def test_another_log_gives_another_picture():
    first = pixels(figures_runs.run_logs({"a": log()}))
    for name in log():
        assert not np.array_equal(first, pixels(figures_runs.run_logs({"a": log(**{name: 0.77})}))), name
