"""The figures of walks, sums and features: what they say is what was measured, and they fit on a page."""

from itertools import product
from types import SimpleNamespace

import cards
import numpy as np
import pytest
import torch

from t2ilib import figures_knowledge, figures_latent, figures_sums, runtime
from t2ilib.data.rendered import FACTORS
from t2ilib.figures import COLOUR
from t2ilib.metrics import paths
from t2ilib.metrics.latent import OPTIONS, Bank
from t2ilib.metrics.probe import Readings
from t2ilib.studies.dcgan_arithmetic import EXEMPLARS, Question
from t2ilib.studies.dcgan_features import LABELS, QUESTIONS, READ, TRAINED, UNTRAINED
from t2ilib.studies.walks import Walk

ASKED = Question("body", "red", "blue", "facing", "right", "left")


def score(value, n=7):
    return {"value": value, "low": value - 0.05, "high": value + 0.05, "n": n, "unit": "things"}


def tables(count, **given):
    """Readings: all that is not given is surely the first value."""
    sure = {factor: np.tile(np.eye(len(values))[0], (count, 1)) for factor, values in FACTORS.items()}
    return Readings(sure | given, np.zeros((count, 2)))


def dotted(card):
    """How many pixels of the curves have the colour of values that are read at neither end."""
    grey = list(bytes.fromhex(COLOUR["baseline"][1:]))
    return int((cards.pixels(card)[2 * (figures_latent.SIDE + 16):] == grey).all(-1).sum())


# --- walks --------------------------------------------------------------------------------------------------------

def test_a_strip_says_what_changes_and_what_is_met_on_the_way():
    grounds = np.eye(6)[[0, 0, 3, 3, 1]]                        # sky, sand on the way, foliage
    walked = Walk(torch.linspace(-1, 1, 5).view(5, 1, 1, 1, 1).expand(5, 1, 3, 64, 64), tables(5, background=grounds))
    card = cards.fit(figures_latent.walk_strip(walked))
    assert card.width == 804 and "5 pictures" in card.alt
    assert "body: black throughout; background: sky to foliage; facing: left throughout" in card.alt
    shown = cards.pixels(card)
    for middle, grey in zip(np.linspace(figures_latent.LEFT, figures_latent.RIGHT, 5), (0, 64, 128, 191, 255)):
        assert abs(int(shown[80, 2 * round(middle)].astype(int).mean()) - grey) <= 1
    assert dotted(card) > 0                                     # sand, which is read at neither end
    plain = Walk(walked.pictures, tables(5, background=np.eye(6)[[0, 0, 0, 1, 1]]))
    assert dotted(figures_latent.walk_strip(plain)) < dotted(card) / 10    # a few pixels of letters have that grey


def test_lengths_are_those_of_the_closed_form():
    card = cards.fit(figures_latent.lengths_between(100))
    assert "9.98 long" in card.alt and card.alt.endswith("it is 7.05 long.")
    assert f"{paths.usual_length(50, 0.5):.2f} long." in figures_latent.lengths_between(50).alt


def walk_results():
    measures = {f"largest step, {way}": score(ratio) for way, ratio in zip(figures_latent.WAYS, (2.5, 2, 1.5, 100))}
    measures |= {f"{factor} in order": score(0.5, n) for n, factor in enumerate(("body", "facing"), 3)}
    measures |= {f"SynthFID, {place}": score(value) for place, value in zip(figures_latent.PLACES, (10, 20, 30, 40))}
    arrays = {f"steps, {way}": np.arange(32, dtype=np.float16) for way in figures_latent.WAYS}
    return measures, arrays | {f"{factor}, {end}": np.linspace(0, 1, 33) for factor in ("body", "facing")
                               for end in ("first", "last")}


def test_steps_readings_and_middles_say_their_numbers():
    measures, arrays = walk_results()
    steps = cards.fit(figures_latent.walk_steps(measures, arrays))
    assert "great circle: 2.5; cross-fade of two pictures: 1.5; look-up of real pictures: 100" in steps.alt
    readings = cards.fit(figures_latent.walk_readings(arrays, measures))
    assert readings.alt.endswith("body 0.50 (n = 3), facing 0.50 (n = 4).")
    middles = cards.fit(figures_latent.middles(measures))
    assert "both ends 10, generator, great circle 20, generator, straight line 30, cross-fade" in middles.alt


# --- sums ---------------------------------------------------------------------------------------------------------

PAINTER = SimpleNamespace(generator=None, probe=None)


def painted(_generator, noise):
    """The first number of each noise as grey."""
    return noise[:, :1, None, None].expand(-1, 3, 64, 64).clamp(-1, 1)


@pytest.fixture
def read_as(monkeypatch):
    """What is read on every sum."""
    monkeypatch.setattr(figures_sums, "draw_all", painted)
    monkeypatch.setattr(figures_sums, "read", lambda probe, images: len(images))

    def choose(**seen):
        monkeypatch.setattr(figures_sums, "values_of", lambda count: {
            factor: np.full(count, values.index(seen.get(factor, values[0]))) for factor, values in OPTIONS.items()})
    return choose


def sum_results():
    rates = {f"n = {count}{ending}": 0.1 * i for i, (count, ending) in enumerate(product(EXEMPLARS,
                                                                                         figures_sums.LENGTHS))}
    return {f"{pair}, {name}": score(value, 200) for pair in ("body and facing", "wing and belly")
            for name, value in (rates | {"random": 0.04}).items()}


def small_bank():
    """Sixty noises: red left, blue left, blue right, whose first number is 0.9, 0.3 and -0.2."""
    noise = torch.tensor([[0.9, 0], [0.3, 0], [-0.2, 0]]).repeat(20, 1)
    places = {value: OPTIONS["body"].index(value) for value in ("red", "blue")}
    return Bank(noise, {"body": np.tile([places["red"], places["blue"], places["blue"]], 20),
                        "facing": np.tile([0, 0, 1], 20)})


def test_a_sum_shows_its_picture_and_is_judged(read_as):
    read_as(body="red", facing="right")
    card = cards.fit(figures_sums.sums(PAINTER, small_bank(), [ASKED], sum_results()))
    assert ("red and left minus blue and left plus blue and right should be red and right and is red and right; 3 "
            "exemplars 20%, 10 exemplars 40%, random noise 4%.") in card.alt
    left = figures_sums.MARGIN + 3 * (figures_sums.TERM + figures_sums.SIGN)
    shown = cards.pixels(card)[2 * (figures_sums.MARGIN + 22 + 64), 2 * (left + 64)]
    assert abs(int(shown[0]) - round((0.9 - 0.3 - 0.2 + 1) * 127.5)) <= 1
    assert cards.has(card, COLOUR["wrong text"]) == 0
    read_as(body="blue", facing="right")
    missed = figures_sums.sums(PAINTER, small_bank(), [ASKED] * 2, sum_results())
    assert "is blue and right" in missed.alt and cards.has(missed, COLOUR["wrong text"]) > 0
    assert cards.pixels(missed).shape[0] > cards.pixels(card).shape[0]


def test_rates_of_all_pairs_are_told():
    card = cards.fit(figures_sums.sum_rates(sum_results()))
    assert "body and facing: 0.00, 0.20, 0.40 with 1, 3, 10 exemplars, random noise 0.04; wing and belly" in card.alt


# --- what D knows -------------------------------------------------------------------------------------------------

def feature_results(counts=LABELS["laptop"]):
    found = {f"{question}, n = {count}: {kind}": score(0.1 * i + 0.02 * count) for question in QUESTIONS
             for count in counts for i, kind in enumerate(figures_knowledge.KINDS)}
    found |= {f"layer {layer}, {factor}: {kind}": score(0.2 * layer) for layer in (1, 2, 3, 4) for factor in READ
              for kind in (TRAINED, UNTRAINED)}
    return found | {f"{question}: chance": score(0.05) for question in QUESTIONS}


@pytest.mark.parametrize("counts", [(1, 5, 20), (1, 5)])
def test_labels_needed_are_told_for_five(counts):
    card = cards.fit(figures_knowledge.labels_needed(feature_results(counts)))
    assert "25 new species, 5 labels: trained D 0.10, averaged 0.20" in card.alt


def test_each_layer_is_told():
    card = cards.fit(figures_knowledge.layer_reading(feature_results()))
    assert "layers 1 to 4" in card.alt and "facing 0.20, 0.40, 0.60, 0.80;" in card.alt


def test_originality_is_what_the_card_says():
    card = cards.fit(figures_knowledge.originality("gan_int_cls"))
    metrics = figures_knowledge.checkpoint.read_card(runtime.CHECKPOINTS / "gan_int_cls.safetensors")["metrics"]
    assert f"variety {metrics['diversity']['value']:.2f}. Verdict: {metrics['memorisation']}." in card.alt
    with pytest.raises(FileNotFoundError):
        figures_knowledge.originality("nobody")
