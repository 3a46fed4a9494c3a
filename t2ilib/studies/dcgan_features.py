"""What the discriminator of the shipped DCGAN knows: its features, frozen, read by a linear classifier with few labels.

Two questions about birds of species that no training has seen. Which of 25 species is it? Which colour has the wing,
on species that gave no label? Against D's features stand the pixels, a D with fresh weights, and a network that learns
from the labels alone. D is not trained here: intervals are bootstrap intervals over draws of the labels.

Source: Radford et al. 2016, Sections 4.1 and 4.2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import measuring, runtime
from t2ilib.data.rendered import Rendered
from t2ilib.metrics.d_features import average, describe, draw_labels, layer_maps, recall, scaled, supervised
from t2ilib.metrics.statistics import bootstrap
from t2ilib.papers import dcgan
from t2ilib.papers.dcgan import Config
from t2ilib.sample import load_dcgan
from t2ilib.studies import Findings, measure

LEVEL = 2                                                   # of the world that the shipped model was trained on
LABELS = {"smoke": (1, 5), "laptop": (1, 5, 20), "gpu": (1, 5, 20)}     # labelled pictures for each class
DRAWS = {"smoke": 2, "laptop": 8, "gpu": 20}                # of the labels
FRESH = {"smoke": 1, "laptop": 3, "gpu": 5}                 # discriminators with fresh weights, taken in turn
RIVALS = {"smoke": 1, "laptop": 4, "gpu": 20}               # draws on which a network is trained from nothing,
STEPS = {"smoke": 2, "laptop": 100, "gpu": 300}             # for so many steps,
RIVAL = Config(d_channels=16)                               # of this size
SPECIES = 25                                                # to be told apart
READ, EACH = ("wing", "background", "facing", "size", "beak shape"), 5      # in single layers, from so many labels
TRAINED, UNTRAINED, PIXELS, NETWORK = "trained D", "fresh D", "pixels", "network on the labels"
AVERAGED, SMALL = "averaged", "averaged, 32 pixels"


@dataclass(frozen=True, eq=False)
class Birds:
    """Pictures and what is true of them."""

    images: Tensor                      # (N, 3, S, S) in [-1, 1]
    species: np.ndarray                 # (N,) 0 to 99
    factors: dict[str, np.ndarray]      # each of READ -> (N,)

    @classmethod
    def of(cls, data: Rendered) -> "Birds":
        """All pictures of the first SPECIES species, and half of those of the others."""
        _, species = np.unique(data.labels, return_inverse=True)
        rows = np.flatnonzero((species < SPECIES) | (np.arange(len(data)) < len(data) // 2))
        return cls(runtime.to_tensor(data.images[rows]), species[rows],
                   {factor: data.factor(factor)[rows] for factor in READ})


class Trial(NamedTuple):
    """A draw of labels: learn from the known rows, be tested on the others."""

    labels: np.ndarray      # (N,)
    known: np.ndarray       # rows
    tested: np.ndarray      # rows


def study_features(profile: str, _seeds: Sequence[int]) -> Findings:
    """Both questions with few labels, for each kind of features; and what each layer of D tells on its own."""
    birds, trunk = Birds.of(measuring.unseen(profile, LEVEL, 2)), load_dcgan().discriminator
    kinds, found = {PIXELS: [scaled(birds.images.flatten(1).numpy())]}, pooling(trunk, birds.images[:8])
    for kind, players in ((TRAINED, [trunk]), (UNTRAINED, untrained(load_dcgan().config, FRESH[profile]))):
        layers = [describe(player, birds.images) for player in players]
        found |= read_layers(kind, layers[0], birds, profile)
        kinds[kind] = [scaled(np.hstack(some)) for some in layers]
    for kind, images in ((AVERAGED, birds.images), (SMALL, F.avg_pool2d(birds.images, 2))):
        kinds[kind] = [scaled(np.hstack(describe(trunk, images, average)))]
    for question in QUESTIONS:
        found |= compare(question, kinds, birds, profile)
    return Findings(found, 0)


def untrained(config: Config, count: int) -> list[nn.Module]:
    """Discriminators of one shape with fresh weights, always the same ones."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return [dcgan.build(config).discriminator for _ in range(count)]


# --- questions ----------------------------------------------------------------------------------------------------

def which_species(birds: Birds, each: int, stream: np.random.Generator) -> Trial:
    """`each` pictures of SPECIES species are labelled; all their others are tested."""
    rows = np.flatnonzero(birds.species < SPECIES)
    known = draw_labels(birds.species, rows, each, stream)
    return Trial(birds.species, known, np.setdiff1d(rows, known))


def which_wing(birds: Birds, each: int, stream: np.random.Generator) -> Trial:
    """`each` pictures of every colour of the wing are labelled; those of other species are tested."""
    return which("wing", birds, each, stream)


def which(factor: str, birds: Birds, each: int, stream: np.random.Generator) -> Trial:
    """`each` pictures of every value of a factor are labelled, of half of the species; the other half is tested.

    Both halves hold species of every value that two or more species have.
    """
    labels = birds.factors[factor]
    species, first = np.unique(birds.species, return_index=True)
    order = np.lexsort((stream.random(len(species)), labels[first]))
    known = np.isin(birds.species, species[order[::2]])
    return Trial(labels, draw_labels(labels, np.flatnonzero(known), each, stream), np.flatnonzero(~known))


QUESTIONS = {"species": which_species, "wing": which_wing}


def trials(question: str, birds: Birds, each: int, count: int) -> Iterator[Trial]:
    """`count` draws of labels, always the same ones."""
    for draw in range(count):
        yield QUESTIONS[question](birds, each, np.random.default_rng((draw, each)))


# --- what is measured ---------------------------------------------------------------------------------------------

def compare(question: str, kinds: dict[str, list[np.ndarray]], birds: Birds, profile: str) -> dict[str, dict]:
    """DCG-14: how often a linear classifier is right with each kind of features (N, F), and the lead of trained D."""
    found = {}
    for each in LABELS[profile]:
        drawn = [*trials(question, birds, each, DRAWS[profile])]
        shares = {kind: np.array([recall(some[i % len(some)], *trial) for i, trial in enumerate(drawn)])
                  for kind, some in kinds.items()}
        shares[NETWORK] = np.array([rival(birds, trial, profile) for trial in drawn[:RIVALS[profile]]])
        for kind, values in shares.items():
            found[f"{question}, n = {each}: {kind}"] = over_draws(values)
            if kind != TRAINED:
                found[f"{question}, n = {each}: {TRAINED} over {kind}"] = over_draws(
                    shares[TRAINED][:len(values)] - values)
    return found | {f"{question}: chance": measure(*[1 / len(np.unique(drawn[0].labels[drawn[0].known]))] * 3, 1,
                                                   "guess")}


def rival(birds: Birds, trial: Trial, profile: str) -> float:
    """How often a network is right that learns from the labels alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        trunk = dcgan.Discriminator(RIVAL).see
        return supervised(birds.images, *trial, trunk=trunk, steps=STEPS[profile])


def over_draws(values: np.ndarray) -> dict:
    """The mean over draws of the labels with its interval."""
    return measure(values.mean(), *bootstrap(values), len(values), "draws of labels")


def read_layers(kind: str, layers: list[np.ndarray], birds: Birds, profile: str) -> dict[str, dict]:
    """What a linear classifier reads in single layers: 0 is guessing, 1 perfect; tested on other species."""
    found = {}
    for number, features in enumerate(map(scaled, layers), 1):
        for factor in READ:
            drawn = (which(factor, birds, EACH, np.random.default_rng(draw)) for draw in range(DRAWS[profile]))
            values = np.array([above_chance(features, trial) for trial in drawn])
            found[f"layer {number}, {factor}: {kind}"] = over_draws(values)
    return found


def above_chance(features: np.ndarray, trial: Trial) -> float:
    """The recall, with guessing as 0."""
    chance = 1 / len(np.unique(trial.labels[trial.known]))
    return (recall(features, *trial) - chance) / (1 - chance)


def pooling(discriminator: nn.Module, images: Tensor) -> dict[str, dict]:
    """DCG-05: global average pooling is the mean over places, and its features do not depend on the pictures' side."""
    with runtime.evaluating(discriminator):
        maps = [layer_maps(discriminator.see, some) for some in (images, F.avg_pool2d(images, 2))]
    gap = max(float((average(layer) - layer.mean((2, 3))).abs().max()) for some in maps for layer in some)
    large, small = (sum(average(layer).shape[1] for layer in some) for some in maps)
    return {"average pooling, gap to the mean": measure(gap, gap, gap, len(images), "pictures"),
            "average pooling, features at 64 less those at 32": measure(*[large - small] * 3, 1, "discriminator")}
