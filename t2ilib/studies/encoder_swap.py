"""Would another text encoder draw better birds? DF-GAN leaves it open; here one learns from each of four encoders.

All are small and trained alike: a joint embedding of `embedding_training`, then frozen, then the 32-pixel DF-GAN of
the ablation on its sentence vectors. An encoder that was never trained is the negative control: its vectors differ
from sentence to sentence, too, but nothing has told it what a sentence means.

A joint embedding compares directions, so the length of its vectors is an accident. Here all get the same: else the
encoder with the longest vectors, or with the least in common between them, would have the loudest voice.

An embedding and a game are kept in `T2I_HOME` when they are done: an interrupted study goes on where it stood.
Source: Tao et al. 2022, "Limitations", where large pre-trained language models are named as what might help. Ours are
small and know the captions of this world only.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from t2ilib import measuring, runtime, sample
from t2ilib.data import disk_cache, rendered
from t2ilib.data.birds import World
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import TextBatches
from t2ilib.metrics import measures, realism, retrieval
from t2ilib.metrics.probe import read
from t2ilib.papers import df_gan
from t2ilib.studies import Findings, df_gan_ablation, embedding_training, measure, over_seeds, text_gans
from t2ilib.studies.embedding_training import LEVEL, SETUPS, TEXT_DIM
from t2ilib.text.interface import TextEncoder
from t2ilib.text.joint import JointEmbedding
from t2ilib.train import TrainState, fit_gan

ENCODERS = {"untrained": "bilstm", "bilstm": "bilstm", "transformer": "transformer", "char_cnn_gru": "char_cnn_gru"}
"""Name of an encoder -> its setup in `embedding_training`; all but the first are trained."""
CONTROL = "untrained"
TOLD = ("AP", "faithfulness", "all parts right", "SynthFID", "diversity")       # of every run, while it goes on
LENGTH = 6.0                # of a sentence vector, from the mean one: about that of the encoder that is shipped
WRITTEN = ("text/interface.py", "text/tokenizer.py", "text/encoder.py", "text/transformer.py", "text/char_cnn.py",
           "text/joint.py", "losses.py", "train.py", "studies/embedding_training.py")     # makes an embedding
PLAYED = (*WRITTEN, "blocks.py", "papers/gan_cls.py", "papers/df_gan.py", "papers/variants/fusion.py",
          "papers/variants/judging.py", "data/text_batches.py")                             # and a game


class Setup(df_gan_ablation.Setup):
    """DF-GAN as in the ablation, for shorter sentence vectors."""

    def config(self, profile: str) -> df_gan.Config:
        return replace(super().config(profile), text_dim=TEXT_DIM)


class Levelled:
    """A frozen encoder whose vectors are moved and scaled: of some captions the mean is 0, the typical length LENGTH.

    One number scales all, so directions between sentences stay as they are.
    """

    def __init__(self, encoder: TextEncoder, captions: list[str]):
        self.encoder = encoder.eval()
        vectors = encoder.encode(captions)
        self.mean = vectors.mean(0)
        self.scale = LENGTH / (vectors - self.mean).square().sum(1).mean().sqrt()

    def encode(self, captions: list[str]) -> Tensor:
        """Captions -> (N, E)."""
        return self.scale * (self.encoder.encode(captions) - self.mean)


@dataclass(frozen=True, eq=False)
class Run:
    """An embedding, what a game hears of it, and the game."""

    joint: JointEmbedding
    voice: Levelled
    state: TrainState


# --- training -----------------------------------------------------------------------------------------------------

def train(name: str, profile: str, seed: int) -> Run:
    """One run, or what was kept of it; `name` is one of ENCODERS."""
    joint, data = embed(name, profile, seed), pairs(profile)
    voice = Levelled(joint.text_encoder, [said[0] for said in data.captions])
    state = text_gans.begin(Setup(), profile, seed)
    entry = key("game", PLAYED, name, LENGTH, state.task.config, state.recipe, text_gans.PICTURES[profile],
                embedding_training.STEPS[profile], len(data), seed)
    return Run(joint, voice, kept(entry, state, lambda: fit(state, voice, profile)))


def embed(name: str, profile: str, seed: int) -> JointEmbedding:
    """A small joint embedding, trained or not, or what was kept of it; in evaluation mode."""
    setup, data, steps = SETUPS[ENCODERS[name]], pairs(profile), embedding_training.STEPS[profile]
    state = embedding_training.train(setup, data, seed, 0)              # no steps yet
    if name != CONTROL:
        entry = key("text", WRITTEN, setup, steps, len(data), seed)
        kept(entry, state, lambda: embedding_training.train(setup, data, seed, steps))
    return state.task.eval()


def pairs(profile: str) -> Rendered:
    """What the embeddings learn from."""
    return rendered.load(World(0, LEVEL), "train", embedding_training.PICTURES[profile], measuring.SIZE)


def key(name: str, sources: Sequence[str], *facts) -> str:
    """The name of what is kept: it holds all that makes the weights."""
    code = disk_cache.code_hash(Path(__file__).parents[1] / source for source in sources)
    digest = hashlib.sha256(repr((code, facts, rendered.code_hash())).encode()).hexdigest()
    return f"encoder_swap-{name}-{digest[:16]}"


def kept(entry: str, state: TrainState, fitted: Callable[[], TrainState]) -> TrainState:
    """The state as it is after `fitted()`, which is called only if nothing was kept."""
    disk_cache.fetch(entry, lambda folder: fitted().save(folder / "state.pt"),
                     lambda folder: state.load(folder / "state.pt"))
    return state


def fit(state: TrainState, voice: Levelled, profile: str) -> TrainState:
    """All steps of a game."""
    data = rendered.load(World(0, LEVEL), "train", text_gans.PICTURES[profile], text_gans.SIZE)
    batches = TextBatches(data, voice, state.recipe.batch, state.task.config.noise_dim, state.seed)
    with torch.random.fork_rng(devices=()):
        fit_gan(state.task, state, batches)
    return state


# --- measuring ----------------------------------------------------------------------------------------------------

def study_swap(profile: str, seeds: Sequence[int]) -> Findings:
    """All encoders with all seeds: "AP: transformer", "faithfulness: transformer" and so on, and what is compared."""
    found, drawn_from = {}, {}
    for seed, name in product(seeds, ENCODERS):
        run = train(name, profile, seed)
        row = scores(run, profile)
        print(f"seed {seed}, {name}: " + ", ".join(f"{metric} {row[metric]:.3f}" for metric in TOLD), flush=True)
        for metric, value in row.items():
            found.setdefault(f"{metric}: {name}", []).append(value)
        if seed == seeds[0]:
            drawn_from[f"pictures: {name}"] = pictures(run)
    return Findings({metric: over_seeds(values) for metric, values in (found | gains(found)).items()}
                    | limits(profile), df_gan_ablation.STEPS[profile], drawn_from)


def scores(run: Run, profile: str) -> dict[str, float]:
    """How well the encoder finds pictures, and how well the game draws: by name."""
    test, probe = text_gans.unseen(profile), sample.load_probe()
    images, real = drawn(run, test.captions), test.real
    read_back = embedding_training.scores(run.joint, held_out(profile))
    own, reference = (read(probe, shown).features for shown in (images, real))
    faithful, whole = (score(probe, images, test.captions, real[test.rows]).value
                       for score in (measures.faithfulness, measures.all_parts_right))
    return {"AP": read_back["AP"], "own picture": read_back["own picture"], "parameters": read_back["parameters"],
            "faithfulness": faithful, "all parts right": whole,
            "SynthFID": realism.frechet_distance(own, reference), "diversity": diversity(run, profile)}


def held_out(profile: str) -> Rendered:
    """Unseen species at the size that the embeddings read."""
    return rendered.load(World(2, LEVEL), "test", embedding_training.MEASURED[profile], measuring.SIZE)


def drawn(run: Run, captions: list[str], seed: int = 0) -> Tensor:
    """One picture a caption, doubled for the probe -> (N, 3, 64, 64)."""
    return text_gans.doubled(text_gans.drawn(run.state, run.voice.encode(captions), seed))


def diversity(run: Run, profile: str) -> float:
    """M6 on a tenth of the captions."""
    some = text_gans.unseen(profile).captions[:max(4, text_gans.MEASURED[profile] // 10)]
    groups = drawn(run, [caption for caption in some for _ in range(text_gans.GROUPS)], seed=1)
    real = true_groups(World(2, LEVEL), tuple(some))
    return measures.diversity(sample.load_probe(), groups.unflatten(0, (len(some), -1)), real).value


@lru_cache(1)
def true_groups(world: World, captions: tuple[str, ...]) -> Tensor:
    """Real pictures of each caption, drawn once for all runs -> (C, GROUPS, 3, 64, 64)."""
    return measures.true_pictures(world, list(captions), text_gans.GROUPS)


def pictures(run: Run) -> np.ndarray:
    """Some pictures of each of SHOWN_CAPTIONS to look at -> (C, K, 32, 32, 3) uint8."""
    count = text_gans.SHOWN
    said = [caption for caption in sample.SHOWN_CAPTIONS for _ in range(count)]
    images = text_gans.drawn(run.state, run.voice.encode(said), seed=3)
    return runtime.to_pixels(images).reshape(-1, count, *images.shape[2:], 3)


def limits(profile: str) -> dict[str, dict]:
    """Ceilings and floors of what is compared; those of retrieval are of the task, whatever the encoder."""
    embedded = retrieval.embed(embed(CONTROL, profile, 0), held_out(profile))
    found = {("AP", "species"): retrieval.class_retrieval(embedded),
             ("own picture", "pictures"): retrieval.own_picture(embedded)}
    return text_gans.limits(profile) | {
        f"{metric}: {limit}": measure(*3 * [getattr(score, limit)], score.n, unit)
        for (metric, unit), score in found.items() for limit in ("ceiling", "floor")}


def gains(found: dict[str, list[float]]) -> dict[str, np.ndarray]:
    """What is compared, seed by seed; above 0, the first is better."""
    def gain(metric: str, better: str, worse: str) -> np.ndarray:
        return np.subtract(found[f"{metric}: {better}"], found[f"{metric}: {worse}"])
    trained = [name for name in ENCODERS if name != CONTROL]
    over_control = [gain("faithfulness", name, CONTROL) for name in trained]
    return {"transformer over bilstm, faithfulness": gain("faithfulness", "transformer", "bilstm"),
            "transformer over bilstm, SynthFID": gain("SynthFID", "bilstm", "transformer"),
            "transformer over bilstm, AP": gain("AP", "transformer", "bilstm"),
            "least trained over untrained, faithfulness": np.min(over_control, axis=0)}
