"""Chapter 1's GAN of plain layers against DCGAN: the same birds, the same game, the same time on the clock.

Both are trained with three learning rates: the published one, and faster ones up to that which the paper found too
high. Slower ones would only say that runs as short as these are too short. The plain players are the common teaching
version, with batch normalisation in G, and have ten times as many weights as DCGAN's.

DCGAN takes as many steps as in the other studies of this chapter. The time of a step of both is measured first, in
turns and in this very run, and the plain GAN gets as many steps as fit into DCGAN's time.

What a success is was written down before any run, from real pictures alone: the pictures are closer to real ones than
real ones are that were blurred by 1.5 pixels (the locator finds a quarter of the parts on these), and two of them
differ on average at least half as much as two real ones do.

Source: Radford et al. 2016, abstract and Section 3. The ledger asks for coverage in place of the second condition; with
        runs as short as these next to no real picture has a drawn one in its neighbourhood.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

import numpy as np
from scipy.stats import fisher_exact
from torch import nn

from t2ilib.data import disk_cache, rendered
from t2ilib.data.birds import World
from t2ilib.data.picture_batches import PictureBatches
from t2ilib.papers import dcgan, gan
from t2ilib.studies import Findings, dcgan_measures, dcgan_runs, measure, over_seeds, share, text_gans
from t2ilib.studies.dcgan_measures import LEVEL, SIZE
from t2ilib.studies.dcgan_runs import PICTURES, STEPS, Run, Setup
from t2ilib.train import Recipe, TrainState, train_step

PLAIN, DCGAN = "plain layers", "DCGAN"
RATES = (2e-4, 5e-4, 1e-3)
VARIED = 0.5                    # the least diversity of a success; its largest SynthFID is "SynthFID: blurred"
TIMED = {"smoke": 2, "laptop": 40, "gpu": 40}       # steps of each that are timed


class PlainPictures(gan.Gan):
    """Chapter 1's two players, between whose layers and the pictures there is nothing but another shape.

    Shapes: noise (B, Z) -> pictures (B, 3, S, S) in [-1, 1]; pictures -> logits (B,)
    """

    def __init__(self, config: gan.Config):
        super().__init__(config)
        self.generator = nn.Sequential(self.generator, nn.Unflatten(1, (3, SIZE, SIZE)))
        self.discriminator = nn.Sequential(nn.Flatten(), self.discriminator)


@dataclass(frozen=True)
class PlainSetup(Setup):
    """The plain GAN, for so many steps."""

    row: str = PLAIN
    steps: int = 3                  # a multiple of three

    def config(self, profile: str) -> gan.Config:
        """The common teaching sizes, for birds."""
        hidden = {"g_hidden": (16, 16), "d_hidden": (16,)} if profile == "smoke" else {}
        return replace(gan.PUBLISHED_SIZES, data_dim=3 * SIZE**2, **hidden)

    def recipe(self, profile: str) -> Recipe:
        """DCGAN's, for another number of steps."""
        return replace(super().recipe(profile), steps=self.steps, log_every=self.steps // 3)

    def game(self, profile: str) -> PlainPictures:
        """Both players, fresh from torch's random state."""
        return PlainPictures(self.config(profile))


# --- equal time ---------------------------------------------------------------------------------------------------

def step_seconds(profile: str) -> dict[str, list[float]]:
    """The seconds of some steps of each, measured in turns, or what was kept: a study that goes on must not time again.
    """
    entry = f"plain_against_dcgan-times-{disk_cache.code_hash([dcgan_runs.HERE / 'plain_against_dcgan.py'])}-{profile}"
    return disk_cache.fetch(
        entry, lambda folder: (folder / "times.json").write_text(json.dumps(timed(profile)), encoding="utf-8"),
        lambda folder: json.loads((folder / "times.json").read_text(encoding="utf-8")))


def timed(profile: str) -> dict[str, list[float]]:
    """The same, measured; the first step of each warms up."""
    players = {name: Stepper(setup, profile) for name, setup in ((DCGAN, Setup()), (PLAIN, PlainSetup()))}
    found = {name: [] for name in players}
    for _, (name, player) in product(range(TIMED[profile] + 1), players.items()):
        found[name].append(player.once())
    return {name: seconds[1:] for name, seconds in found.items()}


class Stepper:
    """A training whose steps are timed, batches included."""

    def __init__(self, setup: Setup, profile: str):
        self.state: TrainState = text_gans.begin(setup, profile, 0)
        data = rendered.load(World(0, LEVEL), "train", PICTURES[profile], SIZE)
        self.batches = PictureBatches(data, self.state.recipe.batch, self.state.task.config.noise_dim,
                                      noise=dcgan.PUBLISHED.noise)

    def once(self) -> float:
        """The seconds of a step."""
        started = time.perf_counter()
        train_step(self.state.task, self.state, self.batches(self.state.step))
        self.state.step += 1
        return time.perf_counter() - started


def equal_steps(seconds: Mapping[str, Sequence[float]], steps: int) -> int:
    """As many steps of the plain GAN as fit into the time of `steps` of DCGAN, by the medians; a multiple of three."""
    fitting = steps * np.median(seconds[DCGAN]) / np.median(seconds[PLAIN])
    return max(3, int(fitting) // 3 * 3)


# --- the study ----------------------------------------------------------------------------------------------------

def study_plain(profile: str, seeds: Sequence[int]) -> Findings:
    """"SynthFID: DCGAN, 0.0002" and so on; "successes: DCGAN" with all runs in its rows; and what the claims compare.

    The arrays hold eight samples of each run, name and rate -> (seeds, 8, 32, 32, 3).
    """
    seconds = step_seconds(profile)
    steps = {DCGAN: STEPS[profile], PLAIN: equal_steps(seconds, STEPS[profile])}
    runs = {(name, rate): [dcgan_runs.run(setup_of(name, rate, steps[PLAIN]), profile, seed) for seed in seeds]
            for name, rate in product(steps, RATES)}
    known = dcgan_measures.limits(profile)
    bound = known["SynthFID: blurred"]["value"]
    timing = {f"step seconds: {name}": measure(np.median(times), min(times), max(times), len(times), "steps")
              for name, times in seconds.items()}
    counts = {f"steps: {name}": measure(count, count, count, 1, "trainings") for name, count in steps.items()}
    pictures = {title(*key): np.stack([run.arrays["pictures"] for run in row]) for key, row in runs.items()}
    return Findings(scored(runs) | successes(runs, seeds, bound) | timing | counts | known, max(steps.values()),
                    pictures)


@cache
def setup_of(name: str, rate: float, plain_steps: int) -> Setup:
    """The run of a name and a learning rate."""
    return Setup(lr=rate) if name == DCGAN else PlainSetup(lr=rate, steps=plain_steps)


def title(name: str, rate: float) -> str:
    """'DCGAN, 0.0002'."""
    return f"{name}, {rate:g}"


Runs = Mapping[tuple[str, float], Sequence[Run]]        # (name, rate) -> a run for each seed


def scored(runs: Runs) -> dict[str, dict]:
    """All metrics of all runs, and the ratio of the distances, each at its best learning rate."""
    found = {f"{metric}: {title(*key)}": over_seeds([run.scores[metric] for run in row])
             for key, row in runs.items() for metric in row[0].scores}
    best = {name: min(RATES, key=lambda rate, name=name: found[f"SynthFID: {title(name, rate)}"]["value"])
            for name in (DCGAN, PLAIN)}
    ours, theirs = (np.array([run.scores["SynthFID"] for run in runs[name, rate]]) for name, rate in best.items())
    rates = {f"best rate: {name}": measure(rate, rate, rate, len(RATES), "rates") for name, rate in best.items()}
    return found | rates | {"SynthFID, DCGAN over plain": over_seeds(ours / theirs)}


def succeeded(scores: Mapping[str, float], bound: float) -> bool:
    """By the rule at the top of this page; `bound` is the largest SynthFID."""
    return scores["SynthFID"] <= bound and scores["diversity"] >= VARIED


def successes(runs: Runs, seeds: Sequence[int], bound: float) -> dict[str, dict]:
    """How many runs of each succeed, by how much more of DCGAN, and how likely chance alone parts them as much.

    The last by Fisher's exact test, in both directions.
    """
    found = {name: [(rate, seed, run.scores) for rate in RATES for seed, run in zip(seeds, runs[name, rate])]
             for name in (DCGAN, PLAIN)}
    hits = {name: [succeeded(scores, bound) for *_, scores in rows] for name, rows in found.items()}
    table = [[sum(own), len(own) - sum(own)] for own in hits.values()]
    p, more = float(fisher_exact(table).pvalue), float(np.mean(hits[DCGAN]) - np.mean(hits[PLAIN]))
    rows = {name: [{"rate": rate, "seed": seed, "SynthFID": round(scores["SynthFID"], 1),
                    "diversity": round(scores["diversity"], 3), "succeeded": hit}
                   for (rate, seed, scores), hit in zip(found[name], hits[name])] for name in found}
    count = len(hits[DCGAN]) + len(hits[PLAIN])
    return {f"successes: {name}": share(hits[name], "runs", rows[name]) for name in found} | {
        "successes, DCGAN over plain": measure(more, more, more, count, "runs"),
        "Fisher's p": measure(p, p, p, count, "runs")}
