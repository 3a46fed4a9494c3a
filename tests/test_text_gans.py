"""The study of the four models: one thing differs, trainings are kept, and the gains have their signs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from t2ilib import runtime
from t2ilib.metrics import word_swaps
from t2ilib.papers.gan_cls import FAMILY, TITLES
from t2ilib.studies import text_gans
from t2ilib.studies.text_gans import PUBLISHED, STEADY, Setup


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(word_swaps, "NEAREST", 1)
    monkeypatch.setitem(text_gans.PICTURES, "smoke", 20)


def test_the_setups_differ_in_the_two_ideas_only():
    for setups in (STEADY, PUBLISHED):
        configs = {title: setups[title].config("laptop") for title in TITLES.values()}
        plain = {replace(config, matching=0.0, interpolation=0.0) for config in configs.values()}
        assert len(plain) == 1 and len(set(configs.values())) == 4
        assert len({str(setups[title].recipe("laptop")) for title in TITLES.values()}) == 1
    assert STEADY["GAN"].recipe("laptop").batch == PUBLISHED["GAN"].recipe("laptop").batch
    assert STEADY["GAN"].config("laptop").d_norm is False and PUBLISHED["GAN"].config("laptop").d_norm is True
    assert list(FAMILY) == [setup.model for setup in PUBLISHED.values()]


def test_a_training_is_kept_and_is_a_function_of_its_seed(monkeypatch):
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first = text_gans.train(Setup("gan_cls"), "smoke", 0)
    assert torch.equal(torch.get_rng_state(), before), "the learner's random numbers have moved"
    monkeypatch.setattr(text_gans, "fit", None)                             # nobody trains again
    again = text_gans.train(Setup("gan_cls"), "smoke", 0)
    assert again.step == first.step == text_gans.STEPS["smoke"]
    assert all(torch.equal(a, b) for a, b in zip(first.task.state_dict().values(), again.task.state_dict().values()))
    for other in ((Setup("gan_cls"), 1), (Setup("gan_naive"), 0), (Setup("gan_cls", lr=1e-5), 0)):
        with pytest.raises(TypeError):
            text_gans.train(other[0], "smoke", other[1])


def test_two_trainings_of_one_seed_are_equal_bit_for_bit():
    weights = [text_gans.fit(text_gans.begin(Setup("gan_int_cls", beta=None), "smoke", 3), "smoke", 3).average
               for _ in range(2)]
    assert all(torch.equal(a, b) for a, b in zip(*(one.state_dict().values() for one in weights)))


def test_gains_have_their_signs():
    found = {f"{metric}: {title}": [float(value), value + 1.0] for value, title in enumerate(TITLES.values())
             for metric in ("faithfulness", "AUC wrong", "SynthFID", "SynthFID between", "degradation")}
    gains = {name: list(values) for name, values in text_gans.gains(found).items()}
    assert gains["matching, faithfulness"] == gains["matching, AUC"] == [1.0, 1.0]      # GAN-CLS 1 over GAN 0
    assert gains["matching with interpolation, faithfulness"] == [1.0, 1.0]             # 3 over 2
    assert gains["interpolation, SynthFID"] == [-2.0, -2.0]                             # less is better: 1, then 3
    assert gains["interpolation without matching, SynthFID"] == [-2.0, -2.0]


def test_what_is_measured_of_a_run():
    state = text_gans.train(Setup("gan_cls"), "smoke", 0)
    scores, kept = text_gans.scores(state, "smoke"), text_gans.arrays(state, "smoke")
    assert 0 <= scores["all parts right"] <= scores["faithfulness"] < 0.6 and scores["SynthFID"] > 100
    assert 0 <= scores["AUC wrong"] <= 1 and scores["degradation"] == pytest.approx(
        scores["SynthFID between"] / scores["SynthFID"])
    assert kept["answers"].shape == (4, text_gans.MEASURED["smoke"]) and kept["pictures"].dtype == np.uint8
    assert kept["pictures"].shape == (8, text_gans.SHOWN, 32, 32, 3)
    assert kept["curves"][:, 0].tolist() == [row["step"] for row in state.history]
    assert ((kept["curves"][:, 1:] > 0) & (kept["curves"][:, 1:] < 1)).all()


def test_the_limits_are_those_of_real_pictures():
    limits = {name: score["value"] for name, score in text_gans.limits("smoke").items()}
    assert limits["faithfulness: floor"] < 0.4 < 0.8 < limits["faithfulness: ceiling"]
    assert limits["all parts right: ceiling"] <= limits["faithfulness: ceiling"]
    untrained = text_gans.scores(text_gans.begin(Setup("gan_cls"), "smoke", 0), "smoke")
    assert limits["SynthFID: ceiling"] < 0.2 * untrained["SynthFID"]


def test_doubling_keeps_the_mean_and_the_range():
    images = torch.rand(2, 3, 32, 32, generator=runtime.generator(0)) * 2 - 1
    twice = text_gans.doubled(images)
    assert twice.shape == (2, 3, 64, 64) and twice.abs().max() <= 1
    assert twice.mean().item() == pytest.approx(images.mean().item(), abs=1e-3)
