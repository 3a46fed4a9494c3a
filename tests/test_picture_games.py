"""The jobs of DCGAN and of the conditional GAN, and how they are measured: who obeys, who ignores, who repeats."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from t2ilib import checkpoint, jobs, measuring, runtime, sample, training
from t2ilib.data import conditions, draw, rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.captions import Reading
from t2ilib.data.conditions import UNNAMED
from t2ilib.jobs import JOBS, Order
from t2ilib.metrics import measures
from t2ilib.metrics.measures import matching_scene
from t2ilib.papers import cgan, dcgan
from t2ilib.training import Place

LOADERS = {"dcgan": sample.load_dcgan, "cgan": sample.load_told, "ac_gan": sample.load_told}


@pytest.fixture(scope="module", params=["dcgan", "cgan", "ac_gan"])
def trained(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, training.train(Order(request.param, "smoke"), Place(folder, device="cpu"))


@pytest.fixture(scope="module")
def birds():
    return rendered.load(World(2, 2), "test", 60, 64)


# --- the jobs -----------------------------------------------------------------------------------------------------

def test_what_is_trained_is_loaded_frozen_and_draws_the_same_again(trained):
    name, path = trained
    game = LOADERS[name](str(path))
    assert not any(weight.requires_grad for weight in game.parameters())
    config = game.config
    noise = sample.draw_noise(3, config.noise_dim, 0, config.noise)
    asked = [] if name == "dcgan" else [torch.zeros(3, config.condition_dim)]
    drawn = sample.draw_all(game.generator, noise, *asked)
    assert drawn.shape == (3, 3, 64, 64) and drawn.equal(sample.draw_all(game.generator, noise, *asked))
    assert config.size == 64 and checkpoint.load(str(path)).kind == name


def test_the_pair_can_be_continued(trained, tmp_path):
    name, path = trained
    again = training.train(Order(name, "smoke", start=path, steps=0), Place(tmp_path, device="cpu"))
    ours, theirs = checkpoint.load(str(again)), checkpoint.load(str(path))
    assert all(ours.weights[key].equal(value) for key, value in theirs.weights.items())


def test_a_foreign_checkpoint_is_refused(trained):
    name, path = trained
    with pytest.raises(checkpoint.CheckpointError, match=f"should hold a .*, got a {name}"):
        (sample.load_told if name == "dcgan" else sample.load_dcgan)(str(path))


@pytest.mark.parametrize("name", LOADERS)
def test_the_pictures_of_a_training_are_eight_rows_of_eight(name):
    prepared = JOBS[name].prepare(Order(name, "smoke"))
    state = SimpleNamespace(task=prepared.task, average=SimpleNamespace(module=prepared.task.generator))
    assert JOBS[name].picture(state).shape == (8, 8, 3, 64, 64)


@pytest.mark.parametrize("variant, bounded", [("steady", False), ("published", True)])
def test_the_noise_is_that_of_the_recipe(variant, bounded):
    for name in ("dcgan", "cgan"):
        noise = JOBS[name].prepare(Order(name, "smoke", variant=variant)).batches(0).noise
        assert (noise.abs().max() <= 1) == bounded


def test_the_conditional_gan_is_told_the_colours_of_what_shows():
    prepared = jobs.prepare_conditional(Order("cgan", "smoke", seed=3))
    batch = prepared.batches(0)
    assert prepared.config.condition_dim == batch.condition.shape[1] == 110 and prepared.batches.seed == 3
    assert prepared.world["level"] == 2 and prepared.world["split"] == "train"


def test_the_colour_of_a_caption_s_bird_is_that_of_all_plumage_it_leaves_open():
    named = jobs.named_parts("a blue bird with a white belly and a black beak")
    assert named == dict.fromkeys(("crown", "nape", "back", "wing", "breast", "throat", "tail"), "blue") | {
        "belly": "white", "beak": "black"}
    assert jobs.named_parts("a bird with red wings") == {"wing": "red"}
    conditions.asked_colours([jobs.named_parts(caption) for caption in sample.SHOWN_CAPTIONS])


@pytest.mark.parametrize("kinds, dim", [(("place",), 3), (("colours", "place"), 113), (("species",), 60)])
def test_conditions_by_their_names(birds, kinds, dim):
    assert conditions.known(kinds, birds).dim == dim


@pytest.mark.parametrize("kinds, got", [(("colour",), "colour"), ((), "none")])
def test_unknown_conditions_are_refused(birds, kinds, got):
    with pytest.raises(ValueError, match=f"some of species, place, colours, got {got}; name one"):
        conditions.known(kinds, birds)


def test_a_hidden_part_has_no_colour_to_be_named():
    """A swimming bird of level 3 hides its legs."""
    data = rendered.load(World(2, 3), "test", 60, 64)
    colours, swims = conditions.visible_colours(data), data.factor("pose") == 2
    assert swims.any() and (colours[swims, PARTS.index("legs")] == UNNAMED).all()
    seen = colours != UNNAMED
    assert seen.mean() > 0.8 and (colours == data.truth[:, :len(PARTS)])[seen].all()


# --- noise ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_the_first_rows_of_noise_do_not_depend_on_their_number(kind):
    assert sample.draw_noise(3, 7, 1, kind).equal(sample.draw_noise(40, 7, 1, kind)[:3])
    assert not sample.draw_noise(3, 7, 1, kind).equal(sample.draw_noise(3, 7, 2, kind))


# --- measuring ----------------------------------------------------------------------------------------------------

class Obedient(nn.Module):
    """Draws a real bird that shows what was asked for; the unasked is at random. `deaf` hears another request."""

    def __init__(self, deaf=False):
        super().__init__()
        self.weight, self.deaf, self.rng = nn.Parameter(torch.zeros(1)), deaf, np.random.default_rng(5)

    def forward(self, noise, vectors):
        hot = vectors.view(len(vectors), len(PARTS), len(COLOURS))
        asked = torch.where(hot.sum(2) > 0, hot.argmax(2), UNNAMED)
        wanted = conditions.requests_of(asked.roll(1, 0) if self.deaf else asked)
        scenes = [matching_scene(Reading(colours=request), self.rng, 2) for request in wanted]
        return runtime.to_tensor(np.stack([draw.render(scene, 64).image for scene in scenes]))


def answered(generator, birds):
    game = SimpleNamespace(config=cgan.Config(), generator=generator)
    rows, asked = measuring.requests(birds, 40)
    counts = measures.answers(sample.load_probe(), measuring.paint(game, asked, 0), conditions.requests_of(asked),
                              runtime.to_tensor(birds.images[rows]))
    return measures.share_found(counts, birds.labels[rows])


def test_an_obedient_generator_is_at_the_ceiling_and_a_deaf_one_at_the_floor(birds):
    obedient, deaf = answered(Obedient(), birds), answered(Obedient(deaf=True), birds)
    assert obedient.value > 0.95 and obedient.ceiling > 0.95
    assert deaf.value < 0.35 and obedient.floor < 0.35


def test_requests_are_true_of_their_pictures_and_name_something(birds):
    rows, asked = measuring.requests(birds, 40)
    truth, named = birds.truth[rows][:, :len(PARTS)], asked.numpy() != UNNAMED
    assert (asked.numpy()[named] == truth[named]).all() and len(set(rows)) == 40
    assert named.any(1).mean() > 0.9 and set(named.sum(1)) >= {1, 2, 9, 10}


def test_variety_of_real_birds_is_one_and_of_one_bird_zero(birds):
    probe, pictures = sample.load_probe(), runtime.to_tensor(birds.images[:])
    first, second = pictures[:24], pictures[24:48]
    assert measuring.loose_variety(probe, first, second)["diversity"].value == pytest.approx(1, abs=0.15)
    alone = measuring.loose_variety(probe, first[:1].expand(24, -1, -1, -1), second)
    assert alone["diversity"].value == pytest.approx(0, abs=1e-3) and alone["entropy of background"].value == 0


def test_variety_within_a_request(birds):
    game = SimpleNamespace(config=cgan.Config(), generator=Obedient())
    _, asked = measuring.requests(birds, 3)
    scores = measuring.bound_variety(game, sample.load_probe(), asked, 2)
    assert scores["diversity"].n == 3 and scores["diversity"].value == pytest.approx(1, abs=0.25)


def test_real_birds_are_whole_and_noise_is_none(birds):
    real = runtime.to_tensor(birds.images[:24])
    noise = torch.rand(24, 3, 64, 64, generator=runtime.generator(0)) * 2 - 1
    whole, none = measuring.parts_shown(real, real), measuring.parts_shown(noise, real)
    assert whole.value == whole.ceiling > 0.9 and none.value < whole.value - 0.2


def test_dcgan_is_compared_with_fresh_pictures_of_the_species_it_saw(monkeypatch):
    seen = {}
    game = SimpleNamespace(config=dcgan.Config(noise_dim=5), generator=nn.Identity())
    monkeypatch.setattr(sample, "load_dcgan", lambda _: game)
    monkeypatch.setattr(sample, "draw_all", lambda *_: torch.zeros(40, 3, 64, 64))
    score = measures.Score(0.5, 1, 0.4, 0.6, 1.0, 0.0)
    monkeypatch.setattr(measuring.realism, "measure",
                        lambda _, images, real: seen.update(real=real) or {"SynthFID": score})
    for name in ("loose_variety", "originality"):
        monkeypatch.setattr(measuring, name, lambda *_: {"pixels": score, "features": score, "copied": score})
    monkeypatch.setattr(measuring, "parts_shown", lambda *_: score)
    monkeypatch.setattr(measuring.cost, "measure", lambda *_: score)
    card = measuring.dcgan("dcgan", "smoke", 2)
    fresh = rendered.load(World(2, 2), "train", 800, 64)
    assert torch.equal(seen["real"], runtime.to_tensor(fresh.images[:]))
    assert set(card) >= {"SynthFID", "checkerboard", "parts shown", "memorisation, pixels", "memorisation", "cost"}


@pytest.mark.parametrize("name", LOADERS)
def test_the_headline_is_a_score_whose_best_is_above(name):
    headline = dict.fromkeys(("cgan", "ac_gan"), "requested colours") | {"dcgan": "coverage"}
    assert JOBS[name].headline == headline[name] and "level" in JOBS[name].options


def test_only_pictures_with_truth_can_be_named():
    with pytest.raises(ValueError, match="cgan should be trained without --data"):
        jobs.check_options(replace(Order("cgan", "smoke"), data="x"))
