"""The logs of broken trainings: what is drawn follows what was logged."""

import numpy as np
import pytest
from cards import fit, has, pixels

from t2ilib import figures_runs
from t2ilib.figures import COLOUR

DF_GAN = {"D(real, right text)": 0.5, "D(real, wrong text)": -0.5, "D(fake, right text)": 0.0,
          "MA-GP at real": 0.1, "MA-GP at fakes": 10.0, "variety": 0.25}
DCGAN = {"D(real)": 0.7, "D(fake)": 0.4, "D(fake), alone": 0.3, "mean of real": -0.4, "contrast of fakes": 0.2,
         "G's features": 0.65}
CGAN = {"D(real, own c)": 0.6, "D(real, wrong c)": 0.3, "D(fake, own c)": 0.5, "right class": 0.9, "worst class": 0.2,
        "slope at embedding": 0.05}


def log(values=DF_GAN, **changes):
    """A training that never changes."""
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


@pytest.mark.parametrize("values, logged, words, changed", [
    (DCGAN, figures_runs.DCGAN, "1 trainings of DCGAN", ("D(fake), alone", "mean of real", "G's features")),
    (CGAN, figures_runs.CGAN, "1 trainings of a conditional GAN", ("D(real, wrong c)", "worst class",
                                                                   "slope at embedding"))])
def test_another_game_has_other_rows(values, logged, words, changed):
    card = fit(figures_runs.run_logs({"a": log(values)}, logged))
    assert card.alt.startswith(words) and all(f"{name} {value:.2g}" in card.alt for name, value in values.items())
    for name in changed:
        other = figures_runs.run_logs({"a": log(values | {name: 0.77})}, logged)
        assert not np.array_equal(pixels(card), pixels(other)), name
