"""The encoders under DF-GAN: trained alike, heard equally loud, kept and found again, compared with their signs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from t2ilib import sample, studies
from t2ilib.metrics.probe import read
from t2ilib.studies import df_gan_ablation, embedding_training, encoder_swap, text_gans
from t2ilib.studies.encoder_swap import CONTROL, ENCODERS, LENGTH, Levelled, Run, Setup
from t2ilib.text.char_cnn import CharCnnGru
from t2ilib.text.encoder import BiLSTM
from t2ilib.text.transformer import Transformer

CAPTIONS = list(sample.SHOWN_CAPTIONS)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setitem(text_gans.PICTURES, "smoke", 20)


@pytest.fixture(scope="module")
def run():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(text_gans.PICTURES, "smoke", 20)
        return encoder_swap.train("transformer", "smoke", 0)


# --- how loud an encoder is ---------------------------------------------------------------------------------------

class Spoken:
    """Encodes by a table: sentence -> vector."""

    def __init__(self, vectors):
        self.vectors = dict(zip(CAPTIONS, vectors))

    def eval(self):
        return self

    def encode(self, captions):
        return torch.stack([self.vectors[caption] for caption in captions])


@pytest.fixture(scope="module")
def vectors():
    return 0.01 * torch.randn(len(CAPTIONS), 16, generator=torch.Generator().manual_seed(0)) + 5


def check_level(candidate, vectors):
    """Mean 0, one length for all encoders, and differences in their old directions and proportions."""
    heard = candidate(Spoken(vectors), CAPTIONS).encode(CAPTIONS)
    torch.testing.assert_close(heard.mean(0), torch.zeros(16), atol=1e-4, rtol=0)
    assert heard.square().sum(1).mean().sqrt().item() == pytest.approx(LENGTH, rel=1e-4)
    before, after = (torch.cdist(points, points) for points in (vectors, heard))
    torch.testing.assert_close(after / after.max(), before / before.max(), atol=1e-3, rtol=0)


def test_a_level_voice_keeps_what_was_said(vectors):
    check_level(Levelled, vectors)


class AsItWas(Levelled):
    def encode(self, captions):
        return self.encoder.encode(captions)


class EachNumber(Levelled):
    """Every number to the same spread: weak directions become loud."""

    def encode(self, captions):
        moved = self.encoder.encode(captions) - self.mean
        return LENGTH / 4 * moved / moved.std(0, correction=0)


class EachSentence(Levelled):
    """Every sentence to the same length: a vague one becomes as loud as a clear one."""

    def encode(self, captions):
        moved = self.encoder.encode(captions) - self.mean
        return LENGTH * moved / moved.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("mutant", [AsItWas, EachNumber, EachSentence])
def test_other_levels_are_told_apart(mutant, vectors):
    with pytest.raises(AssertionError):
        check_level(mutant, vectors)


def test_the_level_is_that_of_the_encoder_that_is_shipped():
    data = encoder_swap.pairs("smoke")
    text = sample.load_encoder().encode([said[0] for said in data.captions])
    length = (text - text.mean(0)).square().sum(1).mean().sqrt().item()
    assert length == pytest.approx(LENGTH, rel=0.25)


# --- what is trained ----------------------------------------------------------------------------------------------

def test_all_train_alike_but_for_the_encoder():
    assert list(ENCODERS) == ["untrained", "bilstm", "transformer", "char_cnn_gru"]
    own, ablation = Setup(), df_gan_ablation.SETUPS["DF-GAN"]
    assert own.recipe("laptop") == ablation.recipe("laptop") and own.recipe("laptop").steps == 1_500
    assert own.config("laptop") == replace(ablation.config("laptop"), text_dim=128)
    setups = [embedding_training.SETUPS[name] for name in ENCODERS.values()]
    assert len({replace(setup, encoder="", lr=0.0) for setup in setups}) == 1


def test_each_name_is_its_encoder_and_the_control_learns_nothing():
    kinds = {"untrained": BiLSTM, "bilstm": BiLSTM, "transformer": Transformer, "char_cnn_gru": CharCnnGru}
    joints = {name: encoder_swap.embed(name, "smoke", 0) for name in ENCODERS}
    for name, joint in joints.items():
        fresh = embedding_training.build(embedding_training.SETUPS[ENCODERS[name]],
                                         encoder_swap.pairs("smoke").captions)
        assert type(joint.text_encoder) is kinds[name] and not joint.training
        assert joint.state_dict().keys() == fresh.state_dict().keys()
    start, trained = (joints[name].text_encoder.state_dict() for name in (CONTROL, "bilstm"))
    begun = embedding_training.train(embedding_training.SETUPS["bilstm"], encoder_swap.pairs("smoke"), 0, 0)
    assert all(torch.equal(start[key], begun.task.text_encoder.state_dict()[key]) for key in start)
    assert any(not torch.equal(start[key], trained[key]) for key in start)
    other = encoder_swap.embed(CONTROL, "smoke", 1).text_encoder.state_dict()
    assert any(not torch.equal(start[key], other[key]) for key in start)


def test_a_kept_embedding_is_what_was_trained():
    kept = encoder_swap.embed("transformer", "smoke", 0)
    trained = embedding_training.train(embedding_training.SETUPS["transformer"], encoder_swap.pairs("smoke"), 0,
                                       embedding_training.STEPS["smoke"]).task
    assert all(torch.equal(a, b) for a, b in zip(kept.state_dict().values(), trained.state_dict().values()))


def test_an_interrupted_study_goes_on_where_it_stood(monkeypatch, tmp_path):
    monkeypatch.setenv("T2I_HOME", str(tmp_path))                           # nothing is kept there yet
    fit, begun = encoder_swap.fit, []

    def interrupted(*_):
        raise KeyboardInterrupt

    def counted(setup, data, seed, steps, learn=embedding_training.train):
        begun.append(steps)
        return learn(setup, data, seed, steps)
    monkeypatch.setattr(embedding_training, "train", counted)
    monkeypatch.setattr(encoder_swap, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        encoder_swap.train("bilstm", "smoke", 0)
    monkeypatch.setattr(encoder_swap, "fit", fit)
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first = encoder_swap.train("bilstm", "smoke", 0)
    assert torch.equal(torch.get_rng_state(), before), "the learner's random numbers have moved"
    assert begun == [0, embedding_training.STEPS["smoke"], 0]               # the embedding was not trained again
    monkeypatch.setattr(encoder_swap, "fit", interrupted)                   # nor is the game
    again = encoder_swap.train("bilstm", "smoke", 0)
    assert again.state.step == first.state.step == df_gan_ablation.STEPS["smoke"]
    assert all(torch.equal(a, b) for a, b in zip(first.state.average.state_dict().values(),
                                                 again.state.average.state_dict().values()))
    for name, seed in ((CONTROL, 0), ("transformer", 0), ("bilstm", 1)):
        with pytest.raises(KeyboardInterrupt):
            encoder_swap.train(name, "smoke", seed)


def test_the_name_of_what_is_kept_holds_all_that_makes_it(monkeypatch):
    same = encoder_swap.key("game", encoder_swap.PLAYED, "bilstm", 0)
    assert same == encoder_swap.key("game", encoder_swap.PLAYED, "bilstm", 0)
    others = {encoder_swap.key("game", encoder_swap.PLAYED, "bilstm", 1),
              encoder_swap.key("game", encoder_swap.PLAYED[1:], "bilstm", 0)}
    monkeypatch.setattr(encoder_swap.rendered, "code_hash", lambda: "another world")
    others.add(encoder_swap.key("game", encoder_swap.PLAYED, "bilstm", 0))
    assert len(others) == 3 and same not in others
    assert set(df_gan_ablation.SOURCES) <= set(encoder_swap.PLAYED)


# --- what is measured ---------------------------------------------------------------------------------------------

def test_a_run_is_scored_with_its_own_encoder(run):
    scores = encoder_swap.scores(run, "smoke")
    assert list(scores) == ["AP", "own picture", "parameters", "faithfulness", "all parts right", "SynthFID",
                            "diversity"]
    assert all(np.isfinite(value) for value in scores.values()) and 0 <= scores["faithfulness"] < 0.6
    heard = run.voice.scale * (run.joint.text_encoder.encode(CAPTIONS) - run.voice.mean)
    torch.testing.assert_close(encoder_swap.drawn(run, CAPTIONS, 3),
                               text_gans.doubled(text_gans.drawn(run.state, heard, 3)))
    assert encoder_swap.pictures(run).shape == (8, text_gans.SHOWN, 32, 32, 3)


def test_perfect_pictures_reach_the_ceiling(monkeypatch, run):
    """Whoever hands in the real pictures of the captions is as good as real pictures are."""
    test = text_gans.unseen("smoke")
    monkeypatch.setattr(encoder_swap, "drawn", lambda run, captions, seed=0: test.real[test.rows])
    monkeypatch.setattr(encoder_swap, "diversity", lambda *_: 1.0)
    scores, limits = encoder_swap.scores(run, "smoke"), encoder_swap.limits("smoke")
    for metric in ("faithfulness", "all parts right"):
        assert scores[metric] == limits[f"{metric}: ceiling"]["value"] > limits[f"{metric}: floor"]["value"]
    assert limits["AP: floor"]["value"] < limits["AP: ceiling"]["value"] == pytest.approx(1)
    assert limits["own picture: floor"]["value"] == pytest.approx(0.01)


def test_diversity_is_that_of_pictures_of_one_caption(monkeypatch, run):
    some = text_gans.unseen("smoke").captions[:4]
    real = encoder_swap.true_groups(encoder_swap.World(2, 1), tuple(some))
    assert read(sample.load_probe(), real[0]).features.std(0).any()
    monkeypatch.setattr(encoder_swap, "drawn", lambda run, captions, seed: real.flatten(0, 1))
    assert encoder_swap.diversity(run, "smoke") == pytest.approx(1)
    monkeypatch.setattr(encoder_swap, "drawn", lambda run, captions, seed: real[:, :1].expand_as(real).flatten(0, 1))
    assert encoder_swap.diversity(run, "smoke") == pytest.approx(0, abs=1e-3)


FOUND = {"untrained": 1, "bilstm": 2, "transformer": 5, "char_cnn_gru": 4}


def test_gains_have_their_signs():
    found = {f"{metric}: {name}": [value, 10 - value] for name, value in FOUND.items()
             for metric in ("AP", "faithfulness", "SynthFID")}
    gains = {name: values.tolist() for name, values in encoder_swap.gains(found).items()}
    assert gains == {"transformer over bilstm, faithfulness": [3, -3], "transformer over bilstm, SynthFID": [-3, 3],
                     "transformer over bilstm, AP": [3, -3], "least trained over untrained, faithfulness": [1, -4]}


def test_the_study_measures_all_and_tells_how_far_it_is(monkeypatch, capsys):
    """The runs and their scores are made up; both are real in the tests above."""
    monkeypatch.setattr(encoder_swap, "train", lambda name, profile, seed: Run(name, seed, profile))
    monkeypatch.setattr(encoder_swap, "scores", lambda run, profile: dict.fromkeys(
        ("parameters", *encoder_swap.TOLD), FOUND[run.joint] + 0.5 * run.voice))
    monkeypatch.setattr(encoder_swap, "pictures", lambda run: (run.joint, run.voice))
    monkeypatch.setattr(encoder_swap, "limits", lambda profile: {"faithfulness: floor": 0})
    study = studies.find("encoder_swap")
    done = study.run("laptop")
    assert study.seeds == (0, 1) and study.chapter == "09_df_gan" and done.steps == 1_500
    assert all(done.measures[f"faithfulness: {name}"]["rows"] == [value, value + 0.5] for name, value in FOUND.items())
    assert done.measures["transformer over bilstm, faithfulness"]["value"] == 3
    assert "faithfulness: floor" in done.measures
    assert done.arrays == {f"pictures: {name}": (name, 0) for name in ENCODERS}
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8 and lines[2].startswith("seed 0, transformer: AP 5.000, faithfulness 5.000")
    assert lines[-1].startswith("seed 1, char_cnn_gru: AP 4.500")
