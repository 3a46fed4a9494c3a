"""Short trainings of DCGAN at 32 pixels with one thing changed in each, and all that is measured of them.

Everything is small on purpose: pictures of 32 x 32 pixels of the plain world, players of width 32, some hundred steps
of the published recipe. The generator is measured as it stands at the end, in evaluation mode: weights averaged over
steps would hide how it swings, and that is part of what the guidelines are about.

What a run showed is kept when it is done, in `T2I_HOME`: an interrupted study goes on where it stood, and studies that
need the same run share it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from t2ilib import checkpoint, runtime, sample
from t2ilib.data import disk_cache, rendered
from t2ilib.data.birds import World
from t2ilib.data.picture_batches import PictureBatches
from t2ilib.papers import dcgan
from t2ilib.papers.gan import Gan
from t2ilib.papers.variants.guidelines import DEFECTS, GUIDELINES, UPSAMPLINGS
from t2ilib.studies import dcgan_measures, text_gans
from t2ilib.studies.dcgan_measures import LEVEL, MEASURED, SIZE
from t2ilib.train import Batch, Recipe, Terms, TrainState, fit_gan, train_step

WIDTH, SHOWN = 32, 8
STEPS = {"smoke": 6, "laptop": 750, "gpu": 9_000}               # of DCGAN; each is a multiple of three
PICTURES = {"smoke": 100, "laptop": 10_000, "gpu": 20_000}      # to train on
POINTS = 100                        # of a curve that is stored
HERE = Path(__file__).parent
BUILDERS = GUIDELINES | DEFECTS | UPSAMPLINGS
SOURCES = ("blocks.py", "losses.py", "train.py", "papers/gan.py", "papers/dcgan.py", "papers/variants/guidelines.py",
           "data/picture_batches.py", "data/augment.py", "data/toys.py", "metrics/realism.py",
           "metrics/checkerboard.py", "studies/dcgan_measures.py", "studies/dcgan_runs.py")     # weights and numbers


@dataclass(frozen=True)
class Setup:
    """DCGAN as published, or what is different about it."""

    row: str = "as published"       # one of BUILDERS
    lr: float = dcgan.ADAM["lr"]
    beta1: float = dcgan.ADAM["betas"][0]

    def config(self, profile: str) -> dcgan.Config:
        """The published sizes, for smaller pictures."""
        width = 8 if profile == "smoke" else WIDTH
        return replace(dcgan.PUBLISHED, size=SIZE, g_channels=width, d_channels=width)

    def recipe(self, profile: str) -> Recipe:
        """The published one but for the learning rate and Adam's first beta; it logs at each third."""
        return Recipe(STEPS[profile], batch=8 if profile == "smoke" else 64, lr=self.lr, betas=(self.beta1, 0.999),
                      log_every=STEPS[profile] // 3)

    def game(self, profile: str) -> Gan:
        """Both players, fresh from torch's random state: layers that rows have in common start with equal weights."""
        return BUILDERS[self.row](self.config(profile))


@dataclass(frozen=True, eq=False)
class Run:
    """What is kept of a training."""

    scores: dict[str, float]
    arrays: dict[str, np.ndarray]
    """"curve" (K, 3): the step, D's loss, D(G(z)); "pictures" and, before training, "begun" (8, 32, 32, 3) uint8."""


class Record:
    """Looks on while a run goes on: at each step the losses, at each third of it what the generator draws."""

    def __init__(self, profile: str):
        self.profile = profile
        self.curve: list[tuple[int, float, float]] = []
        self.distances: list[float] = []

    def step(self, game: Gan, state: TrainState, batch: Batch) -> Terms:
        """A training step. D(G(z)) is its geometric mean over the batch: G's loss is the mean of -log D(G(z))."""
        terms = train_step(game, state, batch)
        self.curve.append((state.step + 1, float(terms["D: real"] + terms["D: fake"]),
                           float((-terms["G: fake"]).exp())))
        return terms

    def watch(self, state: TrainState) -> None:
        """The distance to real pictures."""
        pictures = paint(state.task, MEASURED[self.profile])
        self.distances.append(dcgan_measures.distance(dcgan_measures.look(pictures), self.profile))


# --- a run --------------------------------------------------------------------------------------------------------

def run(setup: Setup, profile: str, seed: int) -> Run:
    """What a training shows, or what was kept of it."""
    facts = (setup, setup.config(profile), setup.recipe(profile), PICTURES[profile], MEASURED[profile], LEVEL, seed,
             rendered.code_hash(), *(checkpoint.sha256(checkpoint.find(name)) for name in ("probe", "locator")))
    code = disk_cache.code_hash(HERE.parent / source for source in SOURCES)
    entry = f"dcgan_runs-{hashlib.sha256(repr((code, facts)).encode()).hexdigest()[:16]}"
    return disk_cache.fetch(entry, lambda folder: write(work(setup, profile, seed), folder), read_back)


def write(done: Run, folder: Path) -> None:
    (folder / "scores.json").write_text(json.dumps(done.scores), encoding="utf-8")
    np.savez(folder / "arrays.npz", **done.arrays)


def read_back(folder: Path) -> Run:
    with np.load(folder / "arrays.npz") as arrays:
        return Run(json.loads((folder / "scores.json").read_text(encoding="utf-8")), dict(arrays))


@torch.random.fork_rng(devices=())
def work(setup: Setup, profile: str, seed: int) -> Run:
    """Train and measure. The random state of the caller stays as it was.

    Raises: FloatingPointError if the training breaks down.
    """
    state, record = text_gans.begin(setup, profile, seed), Record(profile)
    game, recipe, real = state.task, state.recipe, dcgan_measures.reference(profile)
    first = paint_in_training(game.generator, noise_of(game, recipe.batch))
    data = rendered.load(World(0, LEVEL), "train", PICTURES[profile], SIZE)
    batches = PictureBatches(data, recipe.batch, game.config.noise_dim, seed, noise=dcgan.PUBLISHED.noise)
    fit_gan(game, state, batches, record.watch, record.step)
    drawn = paint(game, MEASURED[profile])
    found = dcgan_measures.seen(drawn, profile) | played(game, record)
    found["checkerboard, at first"] = dcgan_measures.dots(first, real)
    return Run(found, {"curve": thinned(np.array(record.curve, np.float32)),
                       "pictures": runtime.to_pixels(drawn[:SHOWN]),
                       "begun": runtime.to_pixels(dcgan_measures.at_contrast(first, real)[:SHOWN])})


def noise_of(game: Gan, count: int) -> Tensor:
    """(count, Z), the same for all runs."""
    return sample.draw_noise(count, game.config.noise_dim, 0, dcgan.PUBLISHED.noise)


def paint(game: Gan, count: int) -> Tensor:
    """Pictures of the generator as it stands, in evaluation mode -> (count, 3, 32, 32), perhaps beyond [-1, 1]."""
    return sample.draw_all(game.generator, noise_of(game, count))


def paint_in_training(generator: nn.Module, noise: Tensor) -> Tensor:
    """The same with the statistics of this batch, as during training; the generator itself learns nothing of it."""
    with torch.no_grad():
        return deepcopy(generator).train()(noise)


def played(game: Gan, record: Record) -> dict[str, float]:
    """How the game went, by name; "swing" is the standard deviation of D(G(z)) over the last third of the steps."""
    last = np.array(record.curve)[-(len(record.curve) // 3):]
    a_third, two_thirds, _ = record.distances
    noise = noise_of(game, 64)
    fakes = sample.draw_all(game.generator, noise)
    real = dcgan_measures.reference(record.profile)[:len(fakes)]
    return {"SynthFID, a third": a_third, "SynthFID, two thirds": two_thirds,
            "D's loss, spread": float(last[:, 1].std()), "swing": float(last[:, 2].std()),
            "silent input": dcgan_measures.silent_input(game.discriminator, torch.cat([real, fakes])),
            "train against eval": float((paint_in_training(game.generator, noise) - fakes).abs().mean())}


def thinned(curve: np.ndarray) -> np.ndarray:
    """(N, 3) -> at most POINTS rows, each the mean of as many steps."""
    width = -(-len(curve) // POINTS)
    return curve[:len(curve) // width * width].reshape(-1, width, 3).mean(1)


# --- many runs ----------------------------------------------------------------------------------------------------

def measured(setups: Mapping[str, Setup], profile: str,
             seeds: Sequence[int]) -> tuple[dict[str, list[float]], dict[str, np.ndarray]]:
    """The scores of all setups with all seeds, "metric: title" -> one number a seed, and arrays of the first seed.

    Seed by seed, so that what is compared is measured early.
    """
    found, drawn_from = {}, {}
    for seed, (title, setup) in product(seeds, setups.items()):
        done = run(setup, profile, seed)
        for metric, value in done.scores.items():
            found.setdefault(f"{metric}: {title}", []).append(value)
        if seed == seeds[0]:
            drawn_from |= {f"{name}: {title}": values for name, values in done.arrays.items()}
    return found, drawn_from
