"""Short trainings of small joint embeddings that differ in one thing: encoder, captions, loss, or its direction.

They are small on purpose, plain pictures and a few hundred steps, so that eight of them with three seeds fit into
minutes. What they say holds at this scale.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from t2ilib import measuring, runtime
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.data.rendered import Rendered
from t2ilib.metrics import retrieval
from t2ilib.studies import Findings, over_seeds
from t2ilib.text.char_cnn import CharCnnConfig, CharCnnGru, CharCnnRnn
from t2ilib.text.encoder import BiLSTM, BiLSTMConfig
from t2ilib.text.interface import TextEncoder
from t2ilib.text.joint import ImageEncoder, JointEmbedding, PairBatch, PairBatches
from t2ilib.text.structured import StructuredEmbedding
from t2ilib.text.tokenizer import Tokenizer
from t2ilib.text.transformer import Transformer, TransformerConfig
from t2ilib.train import Recipe, TrainState, fit_model, make_fabric

LEVEL, TEXT_DIM, CHANNELS = 1, 128, 16
PICTURES = {"smoke": 60, "laptop": 3_000, "gpu": 20_000}
MEASURED = {"smoke": 200, "laptop": 1_000, "gpu": 2_000}    # pictures of unseen species
STEPS = {"smoke": 3, "laptop": 400, "gpu": 4_000}
RECIPE = Recipe(steps=400, batch=64, lr=1e-3, betas=(0.9, 0.999), precision="32-true", log_every=50)
DRAWS = 8                   # of captions for one batch of pictures, to see how much the gradient depends on them


class OneWay(StructuredEmbedding):
    """Only one of the two terms is trained: "text to picture" or "picture to text"."""

    def __init__(self, text_encoder: TextEncoder, direction: str):
        super().__init__(text_encoder)
        self.direction = direction

    def loss(self, batch: PairBatch) -> dict[str, Tensor]:
        return {self.direction: super().loss(batch)[self.direction]}


@dataclass(frozen=True)
class Setup:
    """How a training differs from the first one."""

    encoder: str = "bilstm"
    embedding: type = JointEmbedding
    captions: int = 1               # of each picture, whose vectors are averaged
    options: tuple = ()             # further arguments of the embedding
    lr: float = RECIPE.lr


SLOW = 5e-4                         # characters take smaller steps, as for the encoder that is shipped
SETUPS = {
    "bilstm": Setup(),
    "transformer": Setup("transformer"),
    "char_cnn_gru": Setup("char_cnn_gru", lr=SLOW),
    "char_cnn_rnn": Setup("char_cnn_rnn", lr=SLOW),
    "four captions": Setup(captions=4),
    "hinge": Setup(embedding=StructuredEmbedding),
    "hinge, text to picture": Setup(embedding=OneWay, options=("text to picture",)),
    "hinge, picture to text": Setup(embedding=OneWay, options=("picture to text",)),
}


def build(setup: Setup, captions: list[list[str]]) -> JointEmbedding:
    """A fresh small embedding; encoders of words take the vocabulary of the captions."""
    words = tuple(Tokenizer.from_captions(caption for said in captions for caption in said).words[2:])
    characters = CharCnnConfig(TEXT_DIM, widths=(64, 96, 128), longest=128)
    encoder = {
        "bilstm": partial(BiLSTM, BiLSTMConfig(words, word_dim=64, text_dim=TEXT_DIM)),
        "transformer": partial(Transformer, TransformerConfig(words, word_dim=64, text_dim=TEXT_DIM)),
        "char_cnn_gru": partial(CharCnnGru, characters),
        "char_cnn_rnn": partial(CharCnnRnn, characters),
    }[setup.encoder]()
    joint = setup.embedding(encoder, *setup.options)
    joint.image_encoder = ImageEncoder(TEXT_DIM, CHANNELS)
    return joint


def train(setup: Setup, data: Rendered, seed: int, steps: int) -> TrainState:
    """One short training on one processor; `task` of what comes back is the embedding."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        joint = build(setup, data.captions)
        recipe = replace(RECIPE, steps=steps, lr=setup.lr)
        state = TrainState(joint, recipe, make_fabric("cpu", recipe.precision), seed)
        fit_model(joint, state, batches_of(joint, data, seed, setup.captions))
    return state


def batches_of(joint: JointEmbedding, data: Rendered, seed: int, captions: int) -> PairBatches:
    """The batches of a training."""
    return PairBatches(data, joint.text_encoder, RECIPE.batch, seed, captions)


def study_training(profile: str, seeds: Sequence[int]) -> Findings:
    """Train every setup with every seed and measure all in the same way: "AP: bilstm" and so on, see `scores`.

    The gains compare two setups seed by seed. "gradient noise" is the spread of the gradient with four captions as a
    share of that with one.
    """
    data = rendered.load(World(0, LEVEL), "train", PICTURES[profile], measuring.SIZE)
    unseen = rendered.load(World(2, LEVEL), "test", MEASURED[profile], measuring.SIZE)
    found, noise = {}, []
    for name, setup in SETUPS.items():
        rows = []
        for seed in seeds:
            started = time.process_time()
            joint = train(setup, data, seed, STEPS[profile]).task
            rows.append({"seconds": time.process_time() - started} | scores(joint, unseen))
            if name == "bilstm":
                noise.append(gradient_noise(joint, data, 4, seed) / gradient_noise(joint, data, 1, seed))
        found |= {f"{metric}: {name}": [row[metric] for row in rows] for metric in rows[0]}
    measures = {metric: over_seeds(values) for metric, values in (found | gains(found)).items()}
    return Findings(measures | {"gradient noise": over_seeds(noise)}, STEPS[profile])


def scores(joint: JointEmbedding, unseen: Rendered) -> dict[str, float]:
    """AP of classes, also in multiples of chance, top-1 of f_v, own picture and own text among 100, parameters."""
    embedded = retrieval.embed(joint, unseen)
    found, classified = retrieval.class_retrieval(embedded), retrieval.top_1(embedded)
    return {"AP": found.value, "times chance": found.value / found.floor, "f_v": classified["f_v"].value,
            "f_v, times chance": classified["f_v"].value / classified["f_v"].floor, "f_t": classified["f_t"].value,
            "own picture": retrieval.own_picture(embedded).value, "own text": retrieval.own_text(embedded).value,
            "parameters": runtime.count_parameters(joint.text_encoder)}


def gains(found: dict[str, list[float]]) -> dict[str, np.ndarray]:
    """One setup against another, seed by seed, by what the claim about it compares."""
    def gain(metric: str, better: str, worse: str) -> np.ndarray:
        return np.subtract(found[f"{metric}: {better}"], found[f"{metric}: {worse}"])
    return {"GRU over RNN": gain("AP", "char_cnn_gru", "char_cnn_rnn"),
            "four captions over one": gain("AP", "four captions", "bilstm"),
            "softmax over hinge": gain("AP", "bilstm", "hinge"),
            "both ways over text to picture": gain("own text", "hinge", "hinge, text to picture"),
            "both ways over picture to text": gain("own picture", "hinge", "hinge, picture to text")}


def gradient_noise(joint: JointEmbedding, data: Rendered, captions: int, seed: int) -> float:
    """How much the text encoder's gradient depends on which captions of the same pictures are drawn.

    The sum of the variances of its numbers over DRAWS draws; dropout is off.
    """
    batches, stream = batches_of(joint, data, seed, captions), runtime.generator(seed, 0, 0, 3)
    rows = batches.draw(stream)
    image, labels = runtime.to_tensor(data.images[rows]), torch.from_numpy(data.labels[rows])
    joint.eval()
    weights, gradients = list(joint.text_encoder.parameters()), []
    for _ in range(DRAWS):
        tokens = batches.captions_of(rows, torch.rand(len(rows), generator=stream).numpy())
        loss = sum(joint.loss(PairBatch(image, tokens, labels)).values())
        gradients.append(torch.cat([gradient.flatten() for gradient in torch.autograd.grad(loss, weights)]))
    return float(torch.stack(gradients).var(0).sum())
