"""Short trainings of the conditional GAN at 32 pixels: the same game, told three kinds of things, or told in part.

All see birds that roam over the picture (`data/roaming.py`). Those that are told the class see ten species, the others
all that there are for training. A training takes minutes and is kept when it is done, in `T2I_HOME`: an interrupted
study goes on where it stood.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from t2ilib import runtime, sample
from t2ilib.data import conditions, disk_cache, rendered
from t2ilib.data.conditions import Condition, ConditionBatches
from t2ilib.data.rendered import Rendered
from t2ilib.data.roaming import Roaming
from t2ilib.papers import cgan
from t2ilib.papers.variants.deaf import deafen
from t2ilib.train import Recipe, TrainState, fit_gan, make_fabric

LEVEL, SIZE, KINDS = 1, 32, 10
STEPS = {"smoke": 2, "laptop": 6_000, "gpu": 20_000}
PICTURES = {"smoke": 100, "laptop": 10_000, "gpu": 20_000}      # a third of them where there are ten species
HELD_OUT = {"smoke": 100, "laptop": 2_000, "gpu": 2_000}        # real pictures that nobody trains on
FASTER = 1e-3                       # short runs take larger steps than those that are shipped
SOURCES = ("blocks.py", "losses.py", "train.py", "papers/dcgan.py", "papers/cgan.py", "papers/ac_gan.py",
           "papers/variants/deaf.py", "data/conditions.py", "data/picture_batches.py", "data/augment.py",
           "data/roaming.py")   # make the weights


@dataclass(frozen=True)
class Setup:
    """What is told, and to whom it is not."""

    kind: str                       # one of `conditions.known`: "species", "place" or "colours"
    deaf: tuple[str, ...] = ()      # players that are not told
    paper: str = "cgan"             # or "ac_gan", whose D has to name the colours

    @property
    def kinds(self) -> int:
        """The number of species, 0 for all."""
        return KINDS if self.kind == "species" else 0

    def training(self, profile: str) -> Rendered:
        """The pictures to train on."""
        count = PICTURES[profile] // (3 if self.kinds else 1)
        return rendered.load(Roaming(0, LEVEL, self.kinds), "train", count, SIZE)

    def held_out(self, profile: str) -> Rendered:
        """Other pictures: of the ten species, or of species that nobody trained on, whose combinations are new."""
        return rendered.load(Roaming(2, LEVEL, self.kinds), "train" if self.kinds else "test", HELD_OUT[profile], SIZE)

    def config(self, profile: str, told: Condition) -> cgan.Config:
        """The sizes of both players: those that are shipped, for smaller pictures."""
        base, _ = sample.TOLD[self.paper].RECIPES["steady"]["smoke" if profile == "smoke" else "laptop"]
        return replace(base, size=SIZE, conditions=(self.kind,), condition_dim=told.dim)

    def recipe(self, profile: str) -> Recipe:
        """The same for all."""
        _, base = sample.TOLD[self.paper].RECIPES["steady"]["smoke" if profile == "smoke" else "laptop"]
        return replace(base, steps=STEPS[profile], lr=FASTER, average=0.995)


SETUPS = {"class": Setup("species"), "place": Setup("place"), "colours": Setup("colours"),
          "class, D is not told": Setup("species", ("discriminator",)),
          "colours, D names them": Setup("colours", paper="ac_gan")}
"""Title of a run -> what it is."""


@cache
def train(setup: Setup, profile: str, seed: int) -> TrainState:
    """One run, or what was kept of it; `task` of what comes back is the game, `average` its averaged generator."""
    data = setup.training(profile)
    told = conditions.known((setup.kind,), data)
    state = begin(setup, profile, seed, told)
    facts = (setup, state.task.config, state.recipe, len(data), seed, data.card, rendered.code_hash())
    disk_cache.fetch(f"cgan-{key(SOURCES, facts)}", lambda folder: fit(state, data, told).save(folder / "state.pt"),
                     lambda folder: state.load(folder / "state.pt"))
    return state


def key(sources: Sequence[str], facts: tuple) -> str:
    """What names a training that is kept: all that makes its weights."""
    code = disk_cache.code_hash(Path(__file__).parents[1] / source for source in sources)
    return hashlib.sha256(repr((code, facts)).encode()).hexdigest()[:16]


def begin(setup: Setup, profile: str, seed: int, told: Condition) -> TrainState:
    """Two fresh players; the learner's random numbers stay as they were."""
    recipe = setup.recipe(profile)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        game = deafen(sample.TOLD[setup.paper].build(setup.config(profile, told)), *setup.deaf)
        return TrainState(game, recipe, make_fabric("cpu", recipe.precision), seed)


def fit(state: TrainState, data: Rendered, told: Condition) -> TrainState:
    """All steps of a run."""
    batches = ConditionBatches(data, told, state.recipe.batch, state.task.config, state.seed)
    with torch.random.fork_rng(devices=()):
        fit_gan(state.task, state, batches)
    return state


def draw(state: TrainState, asked: Tensor, seed: int = 0) -> Tensor:
    """One picture for each condition (N, C) by the averaged generator -> (N, 3, 32, 32)."""
    config = state.task.config
    return sample.draw_all(state.average.module, sample.draw_noise(len(asked), config.noise_dim, seed, config.noise),
                           asked)
