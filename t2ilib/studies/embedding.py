"""The shipped encoders on species that nobody trained on: retrieval, averaged captions, swapped words, distances.

Nothing is trained here, so nothing depends on a seed: intervals are bootstrap intervals over species.
"""

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import measuring, runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.captions import describe
from t2ilib.data.rendered import Rendered, factors
from t2ilib.metrics import retrieval, word_swaps
from t2ilib.metrics.retrieval import COUNTS, Embedded
from t2ilib.metrics.statistics import Score
from t2ilib.studies import Findings, measure
from t2ilib.text.interface import TextEncoder
from t2ilib.text.joint import JointEmbedding

LEVEL = 3                                                   # of the world that the encoders were trained on
SCENES = {"smoke": 100, "laptop": 2_000, "gpu": 4_000}      # whose captions teach a read-out
SWAPS = {"smoke": 20, "laptop": 200, "gpu": 200}
GAINS = (1, 4), (4, 10)                                     # fewer and more captions that are compared
RIDGE = 1.0                                                 # how strongly the weights of a read-out are held down
UNITS = {"class retrieval": "species", "f_t": "captions", "pair ranking": "captions", "colour swap": "swaps"}


def shipped() -> list[str]:
    """The names of the encoders that come with the course and are here."""
    return [name for name in sample.ENCODERS if (runtime.CHECKPOINTS / f"{name}.safetensors").is_file()]


def study_retrieval(profile: str, _seeds: Sequence[int]) -> Findings:
    """Everything about each shipped encoder: "class retrieval: bilstm" and so on. The arrays hold cosines of pairs.

    "times chance" and "below the oracle" are class retrieval (AP@50) over its floor and under its ceiling.
    """
    data, measures, arrays = measuring.unseen(profile, LEVEL), {}, {}
    for name in shipped():
        joint = sample.load_joint(name)
        embedded = retrieval.embed(joint, data)
        scores = (retrieval.measure(embedded) | changed(embedded, profile) | decoding(embedded, profile)
                  | known_species(joint, profile))
        found = {metric: stored(score, unit(metric)) for metric, score in scores.items()}
        found |= against_bounds(scores["class retrieval"]) | costs(joint.text_encoder, data)
        measures |= {f"{metric}: {name}": entry for metric, entry in found.items()}
        both = retrieval.pairs(embedded)
        arrays |= {f"{name}, {kind}": cosines.astype(np.float16) for kind, cosines in both._asdict().items()}
    return Findings(measures, 0, arrays)


def stored(score: Score, unit: str) -> dict:
    """A score as it stands in a results file, with its ceiling and its floor."""
    return (measure(score.value, score.low, score.high, score.n, unit)
            | {"ceiling": score.ceiling, "floor": score.floor})


def unit(metric: str) -> str:
    """What the n of a metric counts."""
    return next((what for start, what in UNITS.items() if metric.startswith(start)), "pictures")


def against_bounds(score: Score) -> dict[str, dict]:
    """The same score as a multiple of its floor, and as a distance from its ceiling."""
    value, low, high = score.value, score.low, score.high
    return {"times chance": measure(*(number / score.floor for number in (value, low, high)), score.n, "species"),
            "below the oracle": measure(*(score.ceiling - number for number in (value, high, low)), score.n,
                                        "species")}


def changed(embedded: Embedded, profile: str) -> dict[str, Score]:
    """Captions that were changed: one or more of them, a colour swapped, the letters or the words shuffled."""
    wild = rendered.load(World(2, LEVEL), "scrambled", len(embedded.data), measuring.SIZE)
    scores = {f"captions, {fewer} to {more}": retrieval.caption_gain(embedded, fewer, more) for fewer, more in GAINS}
    for gallery, pictures in (("unseen", embedded), ("scrambled", retrieval.embed(embedded.joint, wild))):
        swaps = word_swaps.colour_swaps(pictures.data, SWAPS[profile])
        scores[f"colour swap, {gallery}"] = word_swaps.colour_swap(pictures, swaps)
    return scores | {"shuffled letters": retrieval.own_picture(embedded, change=word_swaps.shuffle_letters),
                     "shuffled words": retrieval.own_picture(embedded, change=word_swaps.shuffle_words)}


def known_species(joint: JointEmbedding, profile: str) -> dict[str, Score]:
    """The ranking of pairs for species that the encoder was trained on, but pictures that it was not."""
    known = rendered.load(World(2, LEVEL), "train", max(400, measuring.CAPTIONS[profile]), measuring.SIZE)
    return {"pair ranking, seen": retrieval.pair_ranking(retrieval.embed(joint, known))}


def costs(encoder: TextEncoder, data: Rendered) -> dict[str, dict]:
    """How many numbers it has learned, and the processor time for a caption in milliseconds."""
    captions, started = [said[0] for said in data.captions[:1000]], time.process_time()
    encoder.encode(captions)
    milliseconds = (time.process_time() - started) * 1000 / len(captions)
    parameters = sum(parameter.numel() for parameter in encoder.parameters())       # frozen ones are counted too
    return {"parameters": measure(parameters, parameters, parameters, 1, "encoder"),
            "milliseconds": measure(milliseconds, milliseconds, milliseconds, 1, "run")}


# --- what can be read off a vector --------------------------------------------------------------------------------

def decoding(embedded: Embedded, profile: str) -> dict[str, Score]:
    """How often the colour of a part can be read off the mean of n captions: "decoded, 4", and "decoded, 1 to 4".

    The read-out is linear, fitted to means of as many captions of training species, and asked about all ten parts of
    each unseen picture, named or not. Ceiling: 1, all is known. Floor: the commonest colour of each part.
    """
    captions, truth = training_captions(SCENES[profile])
    known = by_picture(embedded.joint.text_encoder.encode([c for said in captions for c in said]), len(captions))
    asked, labels = by_picture(embedded.text, len(embedded.data)), embedded.data.labels
    answers = np.stack([embedded.data.factor(part) for part in PARTS], axis=1)
    floor = float((truth.mode(0).values.numpy() == answers).mean())
    right = {count: (read_out(known[:, :count].mean(1), truth)(asked[:, :count].mean(1)).numpy() == answers).mean(1)
             for count in COUNTS}
    scores = {f"decoded, {count}": retrieval.versus(hits, np.ones(len(hits)), floor, labels)
              for count, hits in right.items()}
    gains = {f"decoded, {fewer} to {more}": retrieval.versus(right[more] - right[fewer], 1 - right[fewer], 0.0, labels)
             for fewer, more in GAINS}
    return scores | gains


def training_captions(count: int) -> tuple[list[list[str]], Tensor]:
    """Ten captions for each of `count` scenes of training species, and the colours of their parts (count, 10)."""
    scenes = [World(0, LEVEL).scene(i) for i in range(count)]
    return [describe(scene) for scene in scenes], torch.tensor([factors(scene)[:len(PARTS)] for scene in scenes])


def by_picture(vectors: Tensor, pictures: int) -> Tensor:
    """(pictures * n, E) -> (pictures, n, E)."""
    return vectors.view(pictures, -1, vectors.shape[1])


def read_out(vectors: Tensor, truth: Tensor):
    """Fit colours to vectors by ridge regression: (N, E), (N, 10) -> a function (M, E) -> (M, 10) colours.

    Source: Hoerl and Kennard 1970, "Ridge Regression: Biased Estimation for Nonorthogonal Problems", Section 3.
    """
    mean, spread = vectors.mean(0), vectors.std(0).clamp(min=1e-6)

    def features(rows: Tensor) -> Tensor:
        return F.pad((rows - mean) / spread, (0, 1), value=1.0).double()
    wanted = F.one_hot(truth.long(), len(COLOURS)).flatten(1).double()
    known = features(vectors)
    weights = torch.linalg.solve(known.T @ known + RIDGE * torch.eye(known.shape[1]), known.T @ wanted)
    return lambda rows: (features(rows) @ weights).unflatten(1, truth.shape[1:] + (-1,)).argmax(2)
