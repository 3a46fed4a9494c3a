"""Walking from one sentence, or one noise, to another: what changes on the bird, what behind it, and how evenly?

A path is a row of K pictures. The two ends are what a generator was asked for; between them lie texts that nobody
wrote, or noises that nobody drew. Whether the way is smooth and in order says if the generator has filled the gaps.
Source: Reed et al. 2016 (ICML), Sections 4.3 and 5.5, Figure 8.
"""

from typing import NamedTuple

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from t2ilib.metrics.layout import mask_boxes
from t2ilib.metrics.locator import Locator, locate
from t2ilib.text.interface import TextEncoder

STEPS = 9                   # pictures on a path, both ends included


# --- the way ------------------------------------------------------------------------------------------------------

def text_path(encoder: TextEncoder, first: str, second: str, steps: int = STEPS) -> Tensor:
    """Sentence vectors beta t1 + (1 - beta) t2, with beta from 1 to 0 in even steps -> (K, E).

    Paper: Section 4.3. Raises: ValueError for fewer than two steps.
    """
    return lerp(*encoder.encode([first, second]), steps)


def lerp(first: Tensor, second: Tensor, steps: int = STEPS) -> Tensor:
    """The straight way, both ends included: (..., D) and (..., D) -> (K, ..., D).

    Raises: ValueError for two shapes, or fewer than two steps.
    """
    return torch.lerp(first[None], second[None], places(first, second, steps))


def slerp(first: Tensor, second: Tensor, steps: int = STEPS) -> Tensor:
    """The way along a great circle, both ends included: (..., D) and (..., D) -> (K, ..., D).

    Between two normal noises the straight way leads through vectors that are too short, at the middle by a factor of
    sqrt(2): a generator has hardly met any of that length. This way keeps the length.
    Source: White 2016, "Sampling Generative Networks", Section 2.
    Raises: ValueError for two shapes, fewer than two steps, or opposite vectors, between which no way is the shortest.
    """
    share = places(first, second, steps)
    cosine = torch.cosine_similarity(first, second, dim=-1)[..., None].clamp(-1, 1)
    if (cosine < -1 + 1e-6).any():
        raise ValueError("the ends of a path should not be opposite, got two that are: no way between them is the "
                         "shortest; draw another noise")
    angle = cosine.acos()
    weights = torch.sin((1 - share) * angle), torch.sin(share * angle)
    curved = (weights[0] * first + weights[1] * second) / torch.sin(angle)
    return torch.where(angle < 1e-3, lerp(first, second, steps), curved)        # sin(angle) is too small to divide by


def usual_length(dim: int, place: float = 0.0) -> float:
    """The mean length of vectors on the straight way between two normal noises, at a place from 0 to 1.

    Each of the Z = `dim` numbers there is normal with the variance (1 - place)^2 + place^2, so the length is its root
    times a chi variable, whose mean is sqrt(2) Gamma((Z + 1) / 2) / Gamma(Z / 2). For 100 numbers: 9.975 at the ends,
    7.053 in the middle.
    """
    return float(np.hypot(1 - place, place) * stats.chi(dim).mean())


def nearest_place(noise: Tensor, kept: Tensor) -> Tensor:
    """Which of the kept noises (M, Z) is nearest to each noise (..., Z) -> (...), numbers below M.

    A generator that gives out the picture it has kept there remembers everything and has learned nothing.
    """
    return torch.cdist(noise.flatten(0, -2), kept).argmin(1).view(noise.shape[:-1])


def places(first: Tensor, second: Tensor, steps: int) -> Tensor:
    """How far along each step is, from 0 to 1, in the shape (K, 1, ..., 1) that goes with vectors (..., D).

    Raises: ValueError for two shapes, or fewer than two steps.
    """
    if first.shape != second.shape:
        raise ValueError(f"both ends of a path should have one shape, got {tuple(first.shape)} and "
                         f"{tuple(second.shape)}; take both from one encoder, or both from one noise")
    if steps < 2:
        raise ValueError(f"a path should have two steps or more, its two ends, got {steps}; {STEPS} are usual")
    return torch.linspace(0, 1, steps).view(-1, *[1] * first.ndim).to(first)


# --- what changes -------------------------------------------------------------------------------------------------

class Change(NamedTuple):
    """How much pictures differ: mean absolute differences of pixels in [-1, 1], so 0..2; nan where there are none."""

    bird: np.ndarray            # (N,) inside the boxes
    background: np.ndarray      # (N,) outside


def bird_boxes(locator: Locator, pictures: Tensor) -> np.ndarray:
    """The box round the bird that the locator sees on each picture (N, 3, 64, 64) -> (N, 4).

    x, y, width and height, as fractions of the side; empty where it sees no bird.
    """
    return mask_boxes(locate(locator, pictures).parts > 0)


def either_box(boxes: np.ndarray, others: np.ndarray, size: int) -> np.ndarray:
    """The pixels that lie in one of two boxes, or in both: (N, 4) and (N, 4) -> (N, S, S) bool.

    A pixel belongs to the box that holds its middle.
    """
    return pixels_inside(boxes, size) | pixels_inside(others, size)


def pixels_inside(boxes: np.ndarray, size: int) -> np.ndarray:
    """(N, 4) x, y, width, height as fractions -> (N, S, S) bool, [row, column]."""
    middles = (np.arange(size) + 0.5) / size
    x, y, width, height = np.asarray(boxes, float).T[..., None]                 # each (N, 1)
    columns, rows = (middles >= x) & (middles < x + width), (middles >= y) & (middles < y + height)
    return rows[:, :, None] & columns[:, None, :]


def changes(first: Tensor, last: Tensor, boxes: np.ndarray, others: np.ndarray) -> Change:
    """What differs between two pictures, on the bird and behind it; N pairs at once.

    The bird is all that lies in the box of one of the two: where it has moved, both places are its own.
    Shapes: first and last (N, 3, S, S) in [-1, 1], their boxes (N, 4)
    """
    inside = torch.from_numpy(either_box(boxes, others, first.shape[-1]))
    difference = (last - first).abs().mean(1)                                   # (N, S, S)
    return Change(*((difference * where).sum((1, 2)).numpy() / nan_for_none(where) for where in (inside, ~inside)))


def nan_for_none(where: Tensor) -> np.ndarray:
    """(N, S, S) bool -> (N,) how many pixels, with nan for 0."""
    counts = where.sum((1, 2)).numpy().astype(float)
    return np.where(counts > 0, counts, np.nan)


def background_change(first: Tensor, last: Tensor, boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How much two pictures differ outside both birds' boxes -> (N,); shapes as in `changes`."""
    return changes(first, last, boxes, others).background


def bird_and_background(pictures: Tensor, boxes: np.ndarray) -> Change:
    """How much each picture of a path differs from the first one: two rows of K numbers that begin with 0.

    Inside is what the box of the first picture or that of the last one holds, the same pixels for all.
    Shapes: pictures (K, 3, S, S) in [-1, 1], boxes (K, 4)
    """
    start, end = (np.broadcast_to(boxes[i], boxes.shape) for i in (0, -1))
    return changes(pictures[:1].expand_as(pictures), pictures, start, end)


# --- in order, and evenly? ----------------------------------------------------------------------------------------

def monotone(values: np.ndarray) -> float:
    """Spearman's rank correlation of K values with their place on the path, in -1..1; 0 if they are all equal."""
    if np.ptp(values) == 0:
        return 0.0
    return float(stats.spearmanr(values, np.arange(len(values))).statistic)


def step_sizes(pictures: Tensor) -> np.ndarray:
    """How much each picture differs from the one before: (K, 3, S, S) -> (K - 1,) mean absolute differences."""
    return pictures.diff(dim=0).abs().mean((1, 2, 3)).numpy()


def feature_steps(features: np.ndarray) -> np.ndarray:
    """How far each picture of P paths is from the one before, as a probe sees them: (K, P, F) -> (K - 1, P)."""
    return np.linalg.norm(np.diff(features.astype(float), axis=0), axis=-1)


def largest_step(steps: np.ndarray) -> float:
    """The largest step over the median one: 1 if all are equal or nothing moves, infinite for a single jump."""
    largest, median = np.max(steps), np.median(steps)
    if largest == 0:
        return 1.0
    return float(largest / median) if median > 0 else float("inf")
