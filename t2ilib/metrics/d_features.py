"""What a discriminator has learned: the features of its layers, frozen, and what a linear classifier reads in them.

Nobody ever told D what a species or a colour is. If a linear classifier finds them in D's features with a few labelled
pictures, D has found them on its own, while it looked for fakes.

Source: Radford et al. 2016, Section 4.1: each layer max-pooled to 4 x 4, all flattened and joined, a linear L2-SVM.
"""

import warnings
from collections.abc import Callable

import numpy as np
import torch
from sklearn.metrics import balanced_accuracy_score
from sklearn.svm import LinearSVC
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import runtime

GRID = 4                            # places a side to which the paper pools each layer
Pool = Callable[[Tensor], Tensor]   # (B, F, h, w) -> (B, features)


# --- features -----------------------------------------------------------------------------------------------------

def max_grid(maps: Tensor) -> Tensor:
    """The largest answer of each channel in each of 4 x 4 places: (B, F, h, w) -> (B, 16 F), h and w at least 4.

    Paper: Section 4.1.
    """
    return F.adaptive_max_pool2d(maps, GRID).flatten(1)


def average(maps: Tensor) -> Tensor:
    """Global average pooling, the mean of each channel over all places: (B, F, h, w) -> (B, F), for any h and w.

    It forgets where something was, and does not mind how large the picture is.
    """
    return F.adaptive_avg_pool2d(maps, 1).flatten(1)


def layer_maps(see: nn.Sequential, images: Tensor) -> list[Tensor]:
    """What each layer of D's trunk gives, after its activation: (B, K, S, S) -> maps (B, F, h, w), largest first."""
    found = []
    for layer in see:
        images = layer(images)
        if isinstance(layer, (nn.LeakyReLU, nn.ReLU)):
            found.append(images)
    return found


def describe(discriminator: nn.Module, images: Tensor, pool: Pool = max_grid, batch: int = 250) -> list[np.ndarray]:
    """Pooled features of each layer of D, frozen, in evaluation mode: (N, K, S, S) -> arrays (N, features).

    `discriminator` has a trunk called `see`, as those of `papers.dcgan` do. Joined side by side, the arrays are the
    paper's description of a picture.
    """
    place, parts = next(discriminator.parameters()).device, []
    with runtime.evaluating(discriminator):
        for some in images.split(batch):
            parts.append([pool(maps).cpu().numpy() for maps in layer_maps(discriminator.see, some.to(place))])
    return [np.concatenate(column) for column in zip(*parts)]


# --- a linear reader ----------------------------------------------------------------------------------------------

def scaled(features: np.ndarray) -> np.ndarray:
    """Each feature with mean 0 and the same variance, each picture with a mean squared length of 1: (N, F) -> (N, F).

    So one strength of the classifier's regularisation means the same for 500 features and for 10,000. No label is
    used. A feature that never changes becomes 0.
    """
    features = np.asarray(features, np.float32)
    centred, spread = features - features.mean(0), features.std(0)
    return centred / (np.where(spread > 0, spread, 1) * np.sqrt(max(1, (spread > 0).sum())))


def recall(features: np.ndarray, labels: np.ndarray, known: np.ndarray, tested: np.ndarray) -> float:
    """How often a linear classifier that learned from the `known` rows is right on the `tested` ones, in 0..1.

    The mean over classes, so that guessing is right once in as many times as there are classes. A linear L2-SVM:
    its solution lies in the span of the known rows, so it is looked for there; the answer is the same, sooner.
    Shapes: features (N, F) as from `scaled`, labels (N,), known and tested: rows
    """
    axes = np.linalg.svd(features[known], full_matrices=False)[2]                       # (known, F), orthonormal
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The number of unique classes")               # one label a class is meant
        reader = LinearSVC(random_state=0).fit(features[known] @ axes.T, labels[known])
    return float(balanced_accuracy_score(labels[tested], reader.predict(features[tested] @ axes.T)))


def draw_labels(labels: np.ndarray, rows: np.ndarray, each: int, stream: np.random.Generator) -> np.ndarray:
    """`each` of the rows of every class, drawn at random -> (classes * each,), class after class.

    Raises: ValueError if a class has fewer rows.
    """
    kinds, counts = np.unique(labels[rows], return_counts=True)
    if counts.min() < each:
        raise ValueError(f"every class should have {each} pictures to draw from, got {counts.min()} of class "
                         f"{kinds[counts.argmin()]}; give more pictures, or ask for fewer labels")
    return np.concatenate([stream.permutation(rows[labels[rows] == kind])[:each] for kind in kinds])


# --- the rival: a network that learns from the labels alone ------------------------------------------------------

def supervised(images: Tensor, labels: np.ndarray, known: np.ndarray, tested: np.ndarray, *, trunk: nn.Sequential,
               steps: int = 100) -> float:
    """How often a network that sees nothing but the labelled pictures is right on the `tested` ones; as `recall`.

    `trunk` is a fresh one, such as `Discriminator(config).see`; a linear layer on its 4 x 4 maps gives the answer.
    """
    kinds, truth = np.unique(labels, return_inverse=True)
    width = layer_maps(trunk, images[:1])[-1].shape[1]
    network = nn.Sequential(trunk, nn.Flatten(), nn.Linear(GRID ** 2 * width, len(kinds)))
    optimizer, stream = torch.optim.Adam(network.parameters(), lr=1e-3), np.random.default_rng(0)
    for _ in range(steps):
        rows = stream.choice(known, size=min(32, len(known)), replace=False)
        optimizer.zero_grad()
        F.cross_entropy(network(images[rows]), torch.from_numpy(truth[rows])).backward()
        optimizer.step()
    with runtime.evaluating(network):
        answers = torch.cat([network(some).argmax(1) for some in images[tested].split(250)])
    return float(balanced_accuracy_score(truth[tested], answers.numpy()))
