"""How well a joint embedding finds pictures by words and words by pictures, on birds of species it never saw.

Everything is read off one table: how well each caption fits each picture. The ceiling is the same measure on the
oracle's table, which holds 1 where all that the caption says is true of the picture, else 0. Where several answers fit
equally well, each counts by its chance of being chosen; an embedding that has collapsed gets what guessing gets.

Intervals are over species: captions and pictures of one species are not independent.
Source: Reed et al. 2016 (CVPR), Section 5 (AP@50 and top-1 on unseen classes).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data.rendered import Rendered
from t2ilib.metrics.caption_truth import agreement, true_of
from t2ilib.metrics.statistics import Score, bootstrap
from t2ilib.text.joint import JointEmbedding, Trials, retrieval_trials

TOP = 50                                                    # AP@50, as in the paper, where classes are large enough
COUNTS = (1, 2, 4, 10)                                      # captions whose vectors are averaged


@dataclass(frozen=True, eq=False)
class Embedded:
    """N pictures and their M captions as vectors of a joint embedding. The tables are made when first asked for."""

    joint: JointEmbedding
    data: Rendered
    image: Tensor           # (N, E)
    text: Tensor            # (M, E) all captions, picture after picture
    owner: np.ndarray       # (M,) the picture that each caption was written for

    @property
    def labels(self) -> np.ndarray:
        """The species of each caption -> (M,)."""
        return self.data.labels[self.owner]

    @cached_property
    def table(self) -> np.ndarray:
        """How well each caption fits each picture -> (M, N) float32."""
        return self.joint.scores(self.text, self.image).numpy()

    @cached_property
    def truth(self) -> np.ndarray:
        """The oracle's table -> (M, N) bool."""
        return true_of([caption for said in self.data.captions for caption in said], self.data)

    @cached_property
    def trials(self) -> Trials:
        """One caption of each picture, and the pictures of other species among which it has to find its own.

        100 candidates, or fewer in a set so small that it has not as many of other species.
        """
        largest = np.unique(self.data.labels, return_counts=True)[1].max()
        return retrieval_trials(self.data, min(100, 1 + len(self.data) - largest))

    def some(self, count: int) -> np.ndarray:
        """`count` captions of each picture, the one of its trial and those after it -> (N, count) rows of `text`.

        Raises: ValueError if a picture has fewer.
        """
        said = self.data.captions
        if not 1 <= count <= min(map(len, said)):
            raise ValueError(f"the number of captions should be 1 to {min(map(len, said))}, which every picture has, "
                             f"got {count}; ask for fewer")
        first = np.cumsum([0, *map(len, said[:-1])])
        start = np.array([own.index(caption) for own, caption in zip(said, self.trials.captions)])
        return first[:, None] + (start[:, None] + np.arange(count)) % np.array([len(own) for own in said])[:, None]


def embed(joint: JointEmbedding, data: Rendered) -> Embedded:
    """Encode all pictures and all captions of a set."""
    with runtime.evaluating(joint):
        image = torch.cat([joint.image_encoder(runtime.to_tensor(data.images[i:i + 256])).float()
                           for i in range(0, len(data), 256)])
        text = joint.text_encoder.encode([caption for said in data.captions for caption in said])
    return Embedded(joint, data, image, text, np.repeat(np.arange(len(data)), [len(said) for said in data.captions]))


# --- classes ------------------------------------------------------------------------------------------------------

def class_retrieval(embedded: Embedded) -> Score:
    """Zero-shot retrieval: which share of the pictures nearest to the mean text of a species are of it? n = species.

    Nearest are the first 50, or as many as the species has pictures if it has fewer: else the best possible score would
    not be 1. With 20 pictures of each species it is AP@20.
    Floor: the share of a species among all pictures.
    """
    labels = embedded.data.labels
    found, oracle = (class_precision(class_rows(table, embedded.labels), labels)
                     for table in (embedded.table, embedded.truth))
    share = np.unique(labels, return_counts=True)[1].mean() / len(labels)
    return Score(float(found.mean()), len(found), *bootstrap(found), ceiling=float(oracle.mean()), floor=float(share))


def class_rows(table: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean row of each of C classes, in their order: (M, N), (M,) -> (C, N)."""
    return np.stack([table[labels == c].mean(0) for c in np.unique(labels)])


def class_precision(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The share of a class's own pictures among its first min(TOP, pictures it has): (C, N), (N,) -> (C,).

    Pictures that tie for the last places share them.
    """
    shares = []
    for row, c in zip(scores, np.unique(labels)):
        own = labels == c
        top = min(TOP, own.sum())
        last = np.partition(row, -top)[-top]
        above, tied = row > last, row == last
        shares.append((own[above].sum() + own[tied].mean() * (top - above.sum())) / top)
    return np.array(shares)


def top_1(embedded: Embedded) -> dict[str, Score]:
    """How often the classifiers name the right species: "f_v" of a picture, "f_t" of a caption. n = what was named.

    Both take the class of the highest mean compatibility. Floor: 1 / classes.
    """
    data, classes = embedded.data, np.unique(embedded.data.labels)
    tables = embedded.table, embedded.truth
    by_text = [chosen(class_rows(table, embedded.labels).T, np.searchsorted(classes, data.labels)) for table in tables]
    by_picture = [chosen(class_rows(table.T, data.labels).T, np.searchsorted(classes, embedded.labels))
                  for table in tables]
    return {"f_v": versus(*by_text, 1 / len(classes), data.labels),
            "f_t": versus(*by_picture, 1 / len(classes), embedded.labels)}


def chosen(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The chance that the right column of each row is chosen: 1 over those that are best: (A, B), (A,) -> (A,)."""
    best = scores == scores.max(1, keepdims=True)
    return best[np.arange(len(best)), right] / best.sum(1)


def versus(found: np.ndarray, oracle: np.ndarray, floor: float, labels: np.ndarray) -> Score:
    """A score from what was found item by item, with its interval over species: (A,), (A,), (A,) labels."""
    return Score(float(found.mean()), len(found), *bootstrap(found, groups=labels), ceiling=float(oracle.mean()),
                 floor=floor)


# --- generated pictures -------------------------------------------------------------------------------------------

def r_precision(joint: JointEmbedding, images: Tensor, captions: list[str], real: Tensor, kinds: np.ndarray) -> Score:
    """How often a generated picture finds its caption among 100; the other 99 are of other species.

    The judge should be another encoder than the one that conditioned the generator: that one may have been pleased.
    Shapes: images (N, 3, S, S), the picture of each of the N captions; real, a real one of each; kinds (N,) the species
    Ceiling: the real pictures. Floor: 1 / candidates, chance.
    Paper: Xu et al. 2018 (AttnGAN), Section 4, with R = 1.
    """
    trials = caption_trials(kinds)
    with runtime.evaluating(joint):
        text = joint.text_encoder.encode(captions)
        made, best = (finds_caption(joint, pictures, text, trials) for pictures in (images, real))
    return versus(made, best, 1 / trials.shape[1], kinds)


def caption_trials(kinds: np.ndarray, candidates: int = 100, seed: int = 0) -> np.ndarray:
    """For each of N captions its own number, then those of `candidates` - 1 of other species -> (N, candidates).

    In a set so small that it has not as many of other species, all candidates lists are shorter.
    """
    rng, largest = np.random.default_rng(seed), np.unique(kinds, return_counts=True)[1].max()
    count = min(candidates, 1 + len(kinds) - largest)
    return np.array([[i, *rng.choice(np.flatnonzero(kinds != kind), count - 1, replace=False)]
                     for i, kind in enumerate(kinds)])


def finds_caption(joint: JointEmbedding, images: Tensor, text: Tensor, trials: np.ndarray) -> np.ndarray:
    """The chance that a picture chooses the first of its trial's captions: (N, 3, S, S), (M, E), (N, 100) -> (N,)."""
    vectors = torch.cat([joint.image_encoder(part) for part in images.split(256)])
    table = np.take_along_axis(joint.scores(vectors, text).numpy(), trials, axis=1)
    return chosen(table, np.zeros(len(table), int))


# --- pairs --------------------------------------------------------------------------------------------------------

def own_picture(embedded: Embedded, captions: int = 1, change: Callable[[str], str] | None = None) -> Score:
    """How often the mean vector of a picture's captions finds it among 100; the other 99 are of other species.

    With one caption this is the "retrieval" of the encoders' cards. `change` is done to each caption first; the ceiling
    stays that of the captions as they were. n = pictures. Floor: 1 / 100.
    """
    return versus(*own_picture_found(embedded, captions, change), 1 / rivals(embedded), embedded.data.labels)


def own_text(embedded: Embedded) -> Score:
    """The other direction: how often a picture finds its caption among those of the same 100 pictures."""
    rows = embedded.some(1)[:, 0]
    found = among_candidates(embedded, embedded.table[rows].T, embedded.truth[rows].T)
    return versus(*found, 1 / rivals(embedded), embedded.data.labels)


def caption_gain(embedded: Embedded, fewer: int, more: int) -> Score:
    """By how much more often a picture is found with `more` captions, on the same pictures. Ceiling: the oracle's gain.

    Floor: 0, further captions add nothing.
    """
    first, second = (own_picture_found(embedded, count) for count in (fewer, more))
    return versus(*(after - before for before, after in zip(first, second)), 0.0, embedded.data.labels)


def own_picture_found(embedded: Embedded, captions: int = 1, change: Callable | None = None) -> tuple:
    """The chance with which each picture is found, and with which the oracle finds it -> (N,), (N,)."""
    rows, text = embedded.some(captions), embedded.text
    vectors = text[rows]                                                    # (N, captions, E)
    if change:
        said = [change(caption) for own in embedded.data.captions for caption in own]
        vectors = embedded.joint.text_encoder.encode([said[row] for row in rows.ravel()]).view_as(vectors)
    scores = embedded.joint.scores(vectors.mean(1), embedded.image).numpy()
    return among_candidates(embedded, scores, embedded.truth[rows].all(1))


def among_candidates(embedded: Embedded, *tables: np.ndarray) -> tuple:
    """The chance that the own column is chosen among a trial's candidates: (N, N) each -> (N,) each."""
    candidates = embedded.trials.candidates
    return tuple(chosen(np.take_along_axis(table, candidates, axis=1), np.zeros(len(table), int)) for table in tables)


def rivals(embedded: Embedded) -> int:
    """Among how many pictures each trial has to choose: 100, or fewer in a small set."""
    return embedded.trials.candidates.shape[1]


def pair_ranking(embedded: Embedded) -> Score:
    """P(F(v, t) > F(v', t)): a picture of the caption's species against one of another, over all such pairs.

    One caption of each picture is asked; n = captions. A tie counts half. Floor: 1/2. The oracle goes by the share of
    what the caption says that is true: its other table would call all pictures equal of which a part is wrong.
    """
    rows, labels = embedded.some(1)[:, 0], embedded.data.labels
    same, facts = labels[:, None] == labels[None, :], agreement(embedded.trials.captions, embedded.data)
    return versus(ranked_above(embedded.table[rows], same), ranked_above(facts, same), 0.5, labels)


def ranked_above(scores: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The share of (own, other) pairs in each row whose own scores higher: (A, N), (A, N) bool -> (A,)."""
    inside = own.sum(1)
    above = (rankdata(scores, axis=1) * own).sum(1) - inside * (inside + 1) / 2
    return above / (inside * (own.shape[1] - inside))


class Pairs(NamedTuple):
    """Captions with their own picture, and with one of another species; vectors at length 1."""

    matched: np.ndarray         # (N,) cosines
    mismatched: np.ndarray      # (N,)

    @property
    def distances(self) -> tuple[np.ndarray, np.ndarray]:
        """How far apart the vectors of each pair are, 0 to 2: matched (N,), mismatched (N,)."""
        return tuple(np.sqrt(np.maximum(0, 2 - 2 * cosines)) for cosines in self)


def pairs(embedded: Embedded) -> Pairs:
    """The cosine of each picture with its trial's caption, and with that caption's first rival."""
    text = F.normalize(embedded.text[embedded.some(1)[:, 0]], dim=1)
    image = F.normalize(embedded.image, dim=1)
    return Pairs(*((text * image[embedded.trials.candidates[:, i]]).sum(1).numpy() for i in (0, 1)))


def pair_gap(embedded: Embedded) -> dict[str, Score]:
    """Do picture and text become one vector? "gap" is matched - mismatched cosine, "distance" how far matched ones are.

    Ceiling and floor of the gap: 1, where own vectors agree and others are at right angles, and 0. Those of the
    distance: 0, and the distance of mismatched pairs.
    """
    found = pairs(embedded)
    near, far = found.distances
    perfect, labels = np.ones(len(near)), embedded.data.labels
    return {"gap": versus(found.matched - found.mismatched, perfect, 0.0, labels),
            "distance": versus(near, 0 * perfect, float(far.mean()), labels)}


def measure(embedded: Embedded) -> dict[str, Score]:
    """All of the above; "own picture, 4" is that of the mean of four captions. Seconds for 2,000 pictures."""
    means = {f"own picture, {count}": own_picture(embedded, count) for count in COUNTS}
    return ({"class retrieval": class_retrieval(embedded)} | top_1(embedded) | means
            | {"own text": own_text(embedded), "pair ranking": pair_ranking(embedded)} | pair_gap(embedded))
