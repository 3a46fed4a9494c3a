"""The four models of GAN-CLS's Figure 3 with the same data, steps and seeds: what do matching and interpolation bring?

They are small on purpose: pictures of 32 x 32 pixels of the plain world, a few thousand steps. The probe reads pictures
of 64 x 64, so all of them, the real ones too, are doubled for it; its ceiling says what is lost by that.

A training takes minutes and is kept when it is done, in `T2I_HOME`: an interrupted study goes on where it stood.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import checkpoint, runtime, sample
from t2ilib.data import disk_cache, rendered
from t2ilib.data.birds import World
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import TextBatches
from t2ilib.metrics import measures, pair_answers, realism
from t2ilib.metrics.pair_answers import Answers, Pairs
from t2ilib.metrics.probe import read
from t2ilib.papers import gan_cls
from t2ilib.papers.gan_cls import FAMILY, TITLES
from t2ilib.studies import Findings, measure, over_seeds
from t2ilib.train import Recipe, TrainState, fit_gan, make_fabric

LEVEL, SIZE = 1, 32
PICTURES = {"smoke": 100, "laptop": 10_000, "gpu": 20_000}
MEASURED = {"smoke": 20, "laptop": 1_000, "gpu": 2_000}         # captions of unseen species
STEPS = {"smoke": 2, "laptop": 3_000, "gpu": 20_000}
GROUPS, SHOWN = 8, 2                # pictures of a caption for diversity, and of each shown caption to look at
SOURCES = ("blocks.py", "losses.py", "train.py", "papers/gan_cls.py", "data/text_batches.py")  # they make the weights
KINDS = ("D(real, right text)", "D(real, wrong text)", "D(fake, right text)")


@dataclass(frozen=True)
class Setup:
    """One of the models, and the recipe it is trained with."""

    model: str
    variant: str = "steady"
    beta: float | None = 0.5
    lr: float = 1e-3                # short runs take larger steps than those that are shipped

    def config(self, profile: str) -> gan_cls.Config:
        """Its sizes and weights."""
        base, _ = gan_cls.RECIPES[self.variant]["smoke" if profile == "smoke" else "laptop"]
        return replace(base, size=SIZE, beta=self.beta, **FAMILY[self.model])

    def recipe(self, profile: str) -> Recipe:
        """Batch and steps are the same for all, so that no model sees more pictures than another."""
        _, base = gan_cls.RECIPES[self.variant]["smoke" if profile == "smoke" else "laptop"]
        return replace(base, steps=STEPS[profile], batch=8 if profile == "smoke" else 32, lr=self.lr,
                       precision="auto")

    def game(self, profile: str) -> gan_cls.GanIntCls:
        """Both players, fresh from torch's random state."""
        return gan_cls.build(self.config(profile))


STEADY = {TITLES[model]: Setup(model) for model in FAMILY}
PUBLISHED = {TITLES[model]: Setup(model, "published", lr=2e-4) for model in FAMILY}


@dataclass(frozen=True, eq=False)
class Test:
    """What all are measured on: unseen species, their captions, real pictures of them."""

    data: Rendered
    rows: list[int]                 # of the pictures whose captions are drawn
    captions: list[str]
    pairs: Pairs

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
    """One run, or what was kept of it; `task` of what comes back is the game, `average` its averaged generator."""
    return kept(f"text_gans-{setup.model}", SOURCES, begin(setup, profile, seed), profile)


def begin(setup, profile: str, seed: int) -> TrainState:
    """Two fresh players of a setup's `game` with its `recipe`; the learner's random numbers stay as they were."""
    recipe = setup.recipe(profile)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        return TrainState(setup.game(profile), recipe, make_fabric("cpu", recipe.precision), seed)


def kept(name: str, sources: Sequence[str], state: TrainState, profile: str, *facts) -> TrainState:
    """The state when its training is done. It is looked up by all that makes the weights: `sources` and `facts` too."""
    facts = (*facts, state.task.config, state.recipe, PICTURES[profile], LEVEL, state.seed, rendered.code_hash(),
             checkpoint.sha256(checkpoint.find("bilstm")))
    code = disk_cache.code_hash(Path(__file__).parents[1] / source for source in sources)
    entry = f"{name}-{hashlib.sha256(repr((code, facts)).encode()).hexdigest()[:16]}"
    disk_cache.fetch(entry, lambda folder: fit(state, profile, state.seed).save(folder / "state.pt"),
                     lambda folder: state.load(folder / "state.pt"))
    return state


def fit(state: TrainState, profile: str, seed: int) -> TrainState:
    """All steps of a run."""
    data, game = rendered.load(World(0, LEVEL), "train", PICTURES[profile], SIZE), state.task
    batches = TextBatches(data, sample.load_encoder(), state.recipe.batch, game.config.noise_dim, seed)
    with torch.random.fork_rng(devices=()):
        fit_gan(game, state, batches)
    return state


def painted(state: TrainState, captions: list[str], seed: int = 0) -> Tensor:
    """One picture of each caption by the averaged generator -> (N, 3, 32, 32)."""
    return drawn(state, sample.load_encoder().encode(captions), seed)


def drawn(state: TrainState, text: Tensor, seed: int = 0) -> Tensor:
    """The same for sentence vectors (N, E)."""
    noise = torch.randn(len(text), state.task.config.noise_dim, generator=runtime.generator(seed))
    with runtime.evaluating(state.average.module) as generator:
        return torch.cat([generator(z, t) for z, t in zip(noise.split(250), text.split(250))])


def scores(state: TrainState, profile: str) -> dict[str, float]:
    """Everything that is measured of a run, by name."""
    test, probe = unseen(profile), sample.load_probe()
    images, real = doubled(painted(state, test.captions)), test.real
    faithful = measures.faithfulness(probe, images, test.captions, real[test.rows])
    whole = measures.all_parts_right(probe, images, test.captions, real[test.rows])
    return ({"faithfulness": faithful.value, "all parts right": whole.value, "diversity": diversity(state, profile)}
            | distances(state, images, real, test) | judgement(asked(state, test)))


def limits(profile: str) -> dict[str, dict]:
    """The ceiling and the floor of what the models are compared by: real pictures, and captions of other ones."""
    test, probe = unseen(profile), sample.load_probe()
    real = test.real[test.rows]
    found = {name: score(probe, real, test.captions, real) for name, score in (
        ("faithfulness", measures.faithfulness), ("all parts right", measures.all_parts_right))}
    order = torch.randperm(len(test.data), generator=runtime.generator(0))      # neighbours are of different species
    halves = (read(probe, test.real[half]).features for half in order.chunk(2))
    values = {f"{name}: {limit}": getattr(score, limit) for name, score in found.items()
              for limit in ("ceiling", "floor")} | {"SynthFID: ceiling": realism.frechet_distance(*halves)}
    return {name: measure(value, value, value, len(real), "captions") for name, value in values.items()}


def diversity(state: TrainState, profile: str) -> float:
    """M6 on a tenth of the captions."""
    some = unseen(profile).captions[:max(4, MEASURED[profile] // 10)]
    groups = doubled(painted(state, [caption for caption in some for _ in range(GROUPS)], seed=1))
    real = measures.true_pictures(World(2, LEVEL), some, GROUPS)
    return measures.diversity(sample.load_probe(), groups.view(len(some), GROUPS, *groups.shape[1:]), real).value


def distances(state: TrainState, images: Tensor, real: Tensor, test: Test) -> dict[str, float]:
    """SynthFID of the captions' pictures, and of pictures of texts midway between two captions."""
    text = sample.load_encoder().encode(test.captions)
    between = doubled(drawn(state, (text + text.roll(1, 0)) / 2))
    reference, own, midway = (read(sample.load_probe(), pictures).features for pictures in (real, images, between))
    at_captions, at_midpoints = (realism.frechet_distance(made, reference) for made in (own, midway))
    return {"SynthFID": at_captions, "SynthFID between": at_midpoints, "degradation": at_midpoints / at_captions}


def asked(state: TrainState, test: Test) -> Answers:
    """What D says to the kinds of pair."""
    return pair_answers.answers(state.task, sample.load_encoder(), test.data, test.pairs)


def judgement(said: Answers) -> dict[str, float]:
    """How well D tells right pairs from the others, and how much higher its mean logit is."""
    return {"AUC wrong": pair_answers.auc(said.right, said.wrong),
            "AUC swapped": pair_answers.auc(said.right, said.swapped),
            "AUC fake": pair_answers.auc(said.right, said.fake),
            "right over wrong": float(said.right.mean() - said.wrong.mean()),
            "right over fake": float(said.right.mean() - said.fake.mean())}


def arrays(state: TrainState, profile: str) -> dict[str, np.ndarray]:
    """What figures are drawn from: D's answers at the end and during training, and some pictures."""
    shown = [caption for caption in sample.SHOWN_CAPTIONS for _ in range(SHOWN)]
    pictures = runtime.to_pixels(painted(state, shown, seed=3))
    curves = [[row["step"], *(row[kind] for kind in KINDS)] for row in state.history]
    return {"answers": np.stack(asked(state, unseen(profile))).astype(np.float16),
            "curves": np.array(curves, np.float32),
            "pictures": pictures.reshape(len(sample.SHOWN_CAPTIONS), SHOWN, SIZE, SIZE, 3)}


def study_steady(profile: str, seeds: Sequence[int]) -> Findings:
    """The four models with the recipe that this course ships; "faithfulness: GAN-CLS" and so on."""
    return compare(STEADY, profile, seeds)


def study_published(profile: str, seeds: Sequence[int]) -> Findings:
    """The same with the networks and the optimiser as published."""
    return compare(PUBLISHED, profile, seeds)


def compare(setups: dict[str, Setup], profile: str, seeds: Sequence[int]) -> Findings:
    """All models with all seeds, and what each of the two ideas brings."""
    found, drawn_from = measured(setups, train, profile, seeds)
    bounds = limits(profile)
    least = np.min([found[f"faithfulness: {title}"] for title in setups], axis=0)
    compared = gains(found) | {"least faithful, over the floor": least - bounds["faithfulness: floor"]["value"]}
    return Findings({metric: over_seeds(values) for metric, values in (found | compared).items()} | bounds,
                    STEPS[profile], drawn_from)


def measured(setups: dict, trained: Callable[..., TrainState], profile: str,
             seeds: Sequence[int]) -> tuple[dict[str, list[float]], dict[str, np.ndarray]]:
    """The scores of all setups with all seeds, "metric: title" -> one number a seed, and `arrays` of the first seed.

    Seed by seed, so that what is compared is measured early. `trained` is a function (setup, profile, seed) -> state.
    """
    found, drawn_from = {}, {}
    for seed, (title, setup) in product(seeds, setups.items()):
        state = trained(setup, profile, seed)
        for metric, value in scores(state, profile).items():
            found.setdefault(f"{metric}: {title}", []).append(value)
        if seed == seeds[0]:
            drawn_from |= {f"{name}: {title}": values for name, values in arrays(state, profile).items()}
    return found, drawn_from


def gains(found: dict[str, list[float]]) -> dict[str, np.ndarray]:
    """One model against another, seed by seed, by what the claim about it compares."""
    def gain(metric: str, better: str, worse: str) -> np.ndarray:
        return np.subtract(found[f"{metric}: {better}"], found[f"{metric}: {worse}"])
    return {"matching, faithfulness": gain("faithfulness", "GAN-CLS", "GAN"),
            "matching, AUC": gain("AUC wrong", "GAN-CLS", "GAN"),
            "matching with interpolation, faithfulness": gain("faithfulness", "GAN-INT-CLS", "GAN-INT"),
            "interpolation, SynthFID": gain("SynthFID", "GAN-CLS", "GAN-INT-CLS"),
            "interpolation without matching, SynthFID": gain("SynthFID", "GAN", "GAN-INT"),
            "interpolation, SynthFID between": gain("SynthFID between", "GAN-CLS", "GAN-INT-CLS"),
            "interpolation, degradation": gain("degradation", "GAN-CLS", "GAN-INT-CLS")}
