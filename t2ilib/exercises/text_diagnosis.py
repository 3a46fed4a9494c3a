"""Chapter 04: a broken retrieval. Its scores, its labels and its vectors know what is wrong."""

from functools import cache
from typing import NamedTuple

import numpy as np

from t2ilib.exercises import Exercise
from t2ilib.exercises.case_checks import CaseChecks

SIDES = ((True, False), (False, True), (True, True))        # texts, pictures, both
CAUSES = ("healthy", "shifted", "collapse", "one direction", "train species", "length")
SHOWN = 0                       # the seed that a learner may look at; judged is on the others
SEEDS = 9
KINDS, EACH, DIM = 12, 4, 24    # species in a test, pictures of each, numbers in a vector
SIGNS = {                       # cause -> by what it is told from the others
    "healthy": "both directions find most species, no species is known, and vectors differ; it need not be perfect",
    "shifted": "the best picture of most captions is of the species one place before or behind, always the same",
    "collapse": "the vectors of one side, or of both, are nearly the same: their directions hardly differ",
    "one direction": "one direction finds the species and the other does not, with cosines, too",
    "train species": "some labels are in `trained`: whatever the scores, this is no test of unseen species",
    "length": "lengths differ by far, and the scores are inner products: with cosines the species are found again",
}
CONFUSED = {                    # (the cause, what was said) -> what tells them apart
    ("length", "one direction"): "one direction fails, but cosines of the same vectors find the species both ways",
    ("one direction", "length"): "cosines do not help here: the scores are cosines already",
    ("shifted", "collapse"): "nothing is found at its own place, but the vectors differ: look one place further",
    ("collapse", "shifted"): "some rows hit a neighbour by chance; here the vectors of one side hardly differ at all",
    ("collapse", "one direction"): "if all texts are alike, both tables are noise: look at the vectors first",
    ("collapse", "length"): "the lengths are much the same; it is the directions that do not differ",
    ("healthy", "train species"): "good numbers are no proof: ask whether a label is in `trained`",
    ("train species", "healthy"): "good numbers, but for species that the encoder was trained on: ask `trained`",
    ("healthy", "collapse"): "the vectors share a large part, and still they differ enough to find the species",
    ("healthy", "one direction"): "both directions find species far above chance; a small difference is noise",
    ("healthy", "length"): "lengths differ a little, as they always do; the scores are cosines",
}


class Retrieval(NamedTuple):
    """What a measurement of N captions and N pictures leaves behind."""

    scores: np.ndarray          # (N, N) row = caption, column = picture
    labels: np.ndarray          # (N,) species of pair i
    texts: np.ndarray           # (N, E) vectors of the captions
    images: np.ndarray          # (N, E) vectors of the pictures
    trained: np.ndarray         # labels of the species that the encoders were trained on
    cause: str
    seed: int


@cache
def retrieval(cause: str, seed: int) -> Retrieval:
    """A retrieval with one thing wrong, made from a seed; "healthy" has nothing wrong.

    Raises: ValueError for another cause.
    """
    if cause not in CAUSES:
        raise ValueError(f"the cause should be one of {', '.join(CAUSES)}, got {cause!r}; choose one of them")
    rng = np.random.default_rng((2016, CAUSES.index(cause), seed))
    labels, trained = _labels(rng, known=cause == "train species")
    texts, images = _vectors(rng, labels, noise=rng.uniform(0.9, 1.3) * (0.5 if cause == "train species" else 1))
    texts, images = BREAKS.get(cause, lambda _, *vectors: vectors)(rng, texts, images)
    texts, images = (each * np.exp(rng.normal(0, 0.08, (len(labels), 1))) for each in (texts, images))
    scores = texts @ images.T if cause == "length" else _unit(texts) @ _unit(images).T
    return Retrieval(scores, labels, texts, images, trained, cause, seed)


def shown() -> dict[str, Retrieval]:
    """One retrieval of each cause, to look at: cause -> retrieval."""
    return {cause: retrieval(cause, SHOWN) for cause in CAUSES}


def _labels(rng, known):
    """The species of each pair, in turn as in the world, and those of the training; some are both if `known`."""
    species = rng.permutation(np.arange(1, 201))
    trained, kinds = np.sort(species[:150]), species[150:150 + KINDS].copy()
    if known:
        count = rng.integers(2, KINDS + 1)
        kinds[:count] = rng.choice(trained, count, replace=False)
    return np.tile(rng.permutation(kinds), EACH), trained


def _vectors(rng, labels, noise):
    """Captions and pictures around the middle of their species, and all of them around a common direction."""
    _, place = np.unique(labels, return_inverse=True)
    centres = rng.normal(size=(KINDS, DIM))[place] + rng.normal(size=DIM)
    return [centres + noise * rng.normal(size=centres.shape) for _ in range(2)]


def _shift(rng, texts, images):
    return np.roll(texts, rng.choice((-1, 1)), axis=0), images


def _collapse(rng, texts, images):
    """All vectors of one side, or of both, around one direction; what is left of them is noise."""
    which = SIDES[rng.integers(len(SIDES))]
    return [vectors.mean(0) + 0.02 * rng.normal(size=vectors.shape) if hit else vectors
            for hit, vectors in zip(which, (texts, images))]


def _hubs(rng, texts, images):
    """A direction in which all pictures agree and texts do not, or the other way round: a few fit everything best."""
    uneven = 14 * rng.random((len(texts), 1)) ** 4
    even = np.full_like(uneven, 20.0)
    first, second = (uneven, even) if rng.random() < 0.5 else (even, uneven)
    return np.hstack([texts, first]), np.hstack([images, second])


def _stretch(rng, texts, images):
    """Lengths that differ by far, on one side or on both."""
    which = SIDES[rng.integers(len(SIDES))]
    return [vectors * np.exp(rng.normal(0, 1.5, (len(vectors), 1))) if hit else vectors
            for hit, vectors in zip(which, (texts, images))]


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


BREAKS = {"shifted": _shift, "collapse": _collapse, "one direction": _hubs, "length": _stretch}


READS = CaseChecks(
    judged=lambda: [retrieval(cause, seed) for cause in CAUSES for seed in range(SHOWN + 1, SEEDS)],
    told=lambda one: [array.copy() for array in one[:5]],
    signs=SIGNS,
    confused=CONFUSED,
)

find_cause = Exercise(
    id="text_diagnosis.find_cause",
    title="find the cause of a broken retrieval",
    minutes=30,
    difficulty=4,
    text="Captions look for their pictures. Return what is wrong: 'healthy' (nothing), 'shifted' (each caption stands "
         "one place before or behind its picture), 'collapse' (the vectors of one side, or of both, are nearly the "
         "same), 'one direction' (captions find pictures but not the other way round, or the reverse), "
         "'train species' (some species of the test were trained on) or 'length' (inner products where lengths "
         "decide). `scores` (N, N) has a caption in each row and a picture in each column, pair i on the diagonal; "
         "`labels` (N,) are the species of the pairs, neighbours are of different species; `texts` (N, E) and `images` "
         "(N, E) are the vectors, and `trained` the labels of the training species. All are arrays. "
         "`exercises.text_diagnosis.shown()` has one retrieval of each; yours is judged on others.",
    hints=(
        "Which of these can be told without any score, which from the vectors alone, and which need the table?",
        "Begin with the labels, then how much the directions of the vectors differ. Then compare: rows with columns, "
        "the table with the cosines of the same vectors, the own place with the neighbours.",
        "`np.isin(labels, trained).any()`; for unit vectors the length of their mean is near 1 if all are alike; "
        "`np.mean(labels[scores.argmax(1)] == labels)` for rows, the same of `scores.T` and of the cosines; "
        "`np.roll(labels, 1)` and `np.roll(labels, -1)` in place of `labels`.",
    ),
    checks=(
        READS.any_cause,
        READS.finds("train species", "species of the training in the test"),
        READS.finds("healthy", "healthy ones are left alone"),
        READS.finds("collapse", "vectors that are all alike"),
        READS.finds("shifted", "captions shifted by one, up or down"),
        READS.finds("length", "inner products of vectors of any length"),
        READS.finds("one direction", "one direction only, either of them"),
    ),
    explanation="A low number is a symptom of four causes, and a high one may be the worst of all: a test on species "
                "of the training looks better than it is, and no score tells. Ask first whether the test is a test, "
                "then whether the vectors say anything, and only then how they are compared.",
)
