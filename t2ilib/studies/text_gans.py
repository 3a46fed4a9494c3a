"""The four models of GAN-CLS's Figure 3 with the same data, steps and seeds: what do matching and interpolation bring?

They are small on purpose: pictures of 32 x 32 pixels of the plain world, a few thousand steps. The probe reads pictures
of 64 x 64, so all of them, the real ones too, are doubled for it; its ceiling says what is lost by that.

A run of minutes is kept when it is done, in `T2I_HOME`: a study that was interrupted goes on where it stood.
"""

from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import TextBatches
from t2ilib.metrics import measures, pair_answers, realism
from t2ilib.metrics.probe import read
from t2ilib.papers import gan_cls
from t2ilib.papers.gan_cls import FAMILY, TITLES
from t2ilib.train import Recipe, TrainState, fit_gan, make_fabric

LEVEL, SIZE = 1, 32
PICTURES = {"smoke": 100, "laptop": 10_000, "gpu": 20_000}
MEASURED = {"smoke": 20, "laptop": 1_000, "gpu": 2_000}         # captions of unseen species
STEPS = {"smoke": 2, "laptop": 4_000, "gpu": 20_000}
GROUPS, SHOWN = 8, 2                # pictures of a caption for diversity, and of each shown caption to look at
SOURCES = ("blocks.py", "losses.py", "train.py", "papers/gan_cls.py", "data/text_batches.py", "studies/text_gans.py",
           "metrics/pair_answers.py", "metrics/measures.py", "metrics/realism.py")


@dataclass(frozen=True)
class Setup:
    """One of the models, and the recipe it is trained with."""

    model: str
    variant: str = "steady"
    beta: float | None = 0.5
    lr: float = 5e-4                # short runs take larger steps than those that are shipped

    def config(self, profile: str) -> gan_cls.Config:
        """Its sizes and weights."""
        base, _ = gan_cls.RECIPES[self.variant]["smoke" if profile == "smoke" else "laptop"]
        return replace(base, size=SIZE, beta=self.beta, **FAMILY[self.model])

    def recipe(self, profile: str) -> Recipe:
        """Batch and steps are the same for all, so that no model sees more pictures than another."""
        _, base = gan_cls.RECIPES[self.variant]["smoke" if profile == "smoke" else "laptop"]
        return replace(base, steps=STEPS[profile], batch=8 if profile == "smoke" else 32, lr=self.lr,
                       precision="auto")


STEADY = {TITLES[model]: Setup(model) for model in FAMILY}
STEADY["beta drawn"] = Setup("gan_int_cls", beta=None)
PUBLISHED = {TITLES[model]: Setup(model, "published", lr=2e-4) for model in FAMILY}


@dataclass(frozen=True, eq=False)
class Test:
    """What all are measured on: unseen species, their captions, real pictures of them."""

    data: Rendered
    rows: list[int]                 # of the pictures whose captions are drawn
    captions: list[str]
    pairs: pair_answers.Pairs

    @property
    def real(self) -> Tensor:
        return doubled(runtime.to_tensor(self.data.images[:]))


@cache
def unseen(profile: str) -> Test:
    """Held-out pictures of unseen species at the size of the study."""
    count = MEASURED[profile]
    data = rendered.load(World(2, LEVEL), "test", 2 * max(200, count), SIZE)
    return Test(data, *measures.held_out_captions(data, count), pair_answers.held_out_pairs(data, count))


def doubled(images: Tensor) -> Tensor:
    """(N, 3, 32, 32) -> (N, 3, 64, 64), what the probe can read."""
    return F.interpolate(images, size=(64, 64), mode="bilinear", align_corners=False)


def train(setup: Setup, profile: str, seed: int) -> TrainState:
    """One run; `task` of what comes back is the game, `average` its averaged generator."""
    data = rendered.load(World(0, LEVEL), "train", PICTURES[profile], SIZE)
    recipe = setup.recipe(profile)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        game = gan_cls.build(setup.config(profile))
        state = TrainState(game, recipe, make_fabric("cpu", recipe.precision), seed)
        fit_gan(game, state, TextBatches(data, sample.load_encoder(), recipe.batch, game.config.noise_dim, seed))
    return state


def painted(state: TrainState, captions: list[str], seed: int = 0) -> Tensor:
    """One picture of each caption by the averaged generator -> (N, 3, 64, 64)."""
    return drawn(state, sample.load_encoder().encode(captions), seed)


def drawn(state: TrainState, text: Tensor, seed: int = 0) -> Tensor:
    """The same for sentence vectors (N, E)."""
    noise = torch.randn(len(text), state.task.config.noise_dim, generator=runtime.generator(seed))
    with runtime.evaluating(state.average.module) as generator:
        return doubled(torch.cat([generator(z, t) for z, t in zip(noise.split(250), text.split(250))]))


def scores(state: TrainState, profile: str) -> dict[str, float]:
    """Everything that is measured of a run, by name."""
    test, probe = unseen(profile), sample.load_probe()
    images, real = painted(state, test.captions), test.real
    faithful = measures.faithfulness(probe, images, test.captions, real[test.rows])
    whole = measures.all_parts_right(probe, images, test.captions, real[test.rows])
    return ({"faithfulness": faithful.value, "ceiling": faithful.ceiling, "floor": faithful.floor,
             "all parts right": whole.value, "diversity": diversity(state, profile)}
            | distances(state, images, real, test) | judgement(state, test))


def diversity(state: TrainState, profile: str) -> float:
    """M6 on a tenth of the captions."""
    some = unseen(profile).captions[:max(4, MEASURED[profile] // 10)]
    groups = painted(state, [caption for caption in some for _ in range(GROUPS)], seed=1)
    real = measures.true_pictures(World(2, LEVEL), some, GROUPS)
    return measures.diversity(sample.load_probe(), groups.view(len(some), GROUPS, *groups.shape[1:]), real).value


def distances(state: TrainState, images: Tensor, real: Tensor, test: Test) -> dict[str, float]:
    """SynthFID of the captions' pictures, and of pictures of texts midway between two captions."""
    text = sample.load_encoder().encode(test.captions)
    between = drawn(state, (text + text.roll(1, 0)) / 2)
    reference, own, midway = (read(sample.load_probe(), pictures).features for pictures in (real, images, between))
    at_captions, at_midpoints = (realism.frechet_distance(made, reference) for made in (own, midway))
    return {"SynthFID": at_captions, "SynthFID between": at_midpoints, "degradation": at_midpoints / at_captions}


def judgement(state: TrainState, test: Test) -> dict[str, float]:
    """What D says to the kinds of pair, and how well it tells them apart."""
    said = pair_answers.answers(state.task, sample.load_encoder(), test.data, test.pairs)
    return {"AUC wrong": pair_answers.auc(said.right, said.wrong),
            "AUC swapped": pair_answers.auc(said.right, said.swapped),
            "AUC fake": pair_answers.auc(said.right, said.fake),
            "right over wrong": float(said.right.mean() - said.wrong.mean()),
            "right over fake": float(said.right.mean() - said.fake.mean())}
