"""How sure a number is: scores with their interval, spread over seeds, differences between two models.

M13 of the ledger: at least three seeds where the budget allows; mean, standard deviation, a bootstrap interval, and
the number of seeds beside it. A bootstrap of a handful of seeds can only repeat what these seeds showed, so with three
of them the true interval is wider than the printed one; the number is printed so that nobody forgets.

Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", Sections 13.3 (percentiles) and 8.6 (groups).
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np

RESAMPLES = 1000
LEVEL = 0.95


@dataclass(frozen=True, repr=False)
class Score:
    """A measured number; fractions unless the measure says otherwise. The nearer to the ceiling, the better."""

    value: float
    n: int                  # what was measured: captions, pictures or groups, as the measure says
    low: float              # 95 % bootstrap interval
    high: float
    ceiling: float          # the same measure on held-out real pictures
    floor: float            # the same measure when captions and pictures have nothing to do with each other

    @property
    def lower_is_better(self) -> bool:
        """True for distances, whose ceiling (real pictures) lies below their floor."""
        return self.ceiling < self.floor

    def card(self) -> dict:
        """As it stands in a checkpoint's card."""
        return asdict(self)

    def __repr__(self) -> str:
        direction = " · lower is better" if self.lower_is_better else ""
        return (f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] · floor {self.floor:.3f} · "
                f"ceiling {self.ceiling:.3f} · n = {self.n:,}{direction}")


@dataclass(frozen=True, repr=False)
class Summary:
    """Several measurements of the same kind as one."""

    mean: float
    sd: float               # with n - 1 in the denominator
    low: float              # 95 % bootstrap interval of the mean
    high: float
    n: int
    unit: str               # what was repeated: "seeds", "pairs"

    def card(self) -> dict:
        """As it stands in a checkpoint's card."""
        return asdict(self)

    def __repr__(self) -> str:
        return f"{self.mean:.3f} ± {self.sd:.3f} (sd) [{self.low:.3f}, {self.high:.3f}] · n = {self.n} {self.unit}"


def bootstrap(parts: np.ndarray, wholes: np.ndarray | None = None, groups: np.ndarray | None = None) -> tuple:
    """95 % interval of sum(parts) / sum(wholes), or of the mean, by 1,000 resamples; always the same ones.

    Shapes: all (N,). Items of one group, such as captions of one species, are not independent: whole groups are drawn.
    """
    wholes = np.ones(len(parts)) if wholes is None else wholes
    _, members = np.unique(np.arange(len(parts)) if groups is None else groups, return_inverse=True)
    above, below = (np.bincount(members, weights=column) for column in (parts, wholes))
    rows = np.random.default_rng(0).integers(len(above), size=(RESAMPLES, len(above)))
    return middle(above[rows].sum(1) / below[rows].sum(1))


def bootstrap_ratio(above: np.ndarray, below: np.ndarray) -> tuple:
    """95 % interval of mean(above) / mean(below), for two sets (N,), (M,) of which each is resampled on its own."""
    rng = np.random.default_rng(0)
    means = [values[rng.integers(len(values), size=(RESAMPLES, len(values)))].mean(1) for values in (above, below)]
    return middle(means[0] / means[1])


def bootstrap_distance(distance: Callable, first: np.ndarray, second: np.ndarray, resamples: int = 100) -> tuple:
    """95 % interval of `distance(first, second)` between two sets of rows (N, F), (M, F).

    Cut at zero; see `recentred`.
    """
    rng = np.random.default_rng(0)
    resampled = np.array([distance(*(rows[rng.integers(len(rows), size=len(rows))] for rows in (first, second)))
                          for _ in range(resamples)])
    low, high = recentred(resampled, distance(first, second))
    return max(0.0, low), high


def recentred(resampled: np.ndarray, value: float) -> tuple:
    """The spread of resampled values, put around the value itself.

    A resample holds some rows twice and others never. For a measure of a whole set, such as a distance or an entropy,
    it is therefore not like a fresh sample: its spread is right, its middle is not.
    """
    return middle(resampled - resampled.mean() + value)


def middle(values: np.ndarray) -> tuple:
    """The bounds of the middle 95 % of some values."""
    return tuple(float(bound) for bound in np.quantile(values, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)))


def share(parts: np.ndarray, wholes: np.ndarray) -> float:
    """All parts of all wholes: sum(parts) / sum(wholes)."""
    return float(parts.sum() / wholes.sum())


def summary(values: Sequence[float], unit: str = "seeds") -> Summary:
    """Mean, standard deviation and interval of repeated measurements, such as one number for each training seed.

    Raises: ValueError for fewer than two, or for numbers that are not finite.
    """
    numbers = np.asarray(values, float)
    if numbers.ndim != 1 or len(numbers) < 2:
        raise ValueError(f"there should be a row of two or more {unit}, got {numbers.size}; one says nothing about "
                         "the spread: train with another --seed")
    if not np.isfinite(numbers).all():
        raise ValueError(f"all {len(numbers)} {unit} should be finite numbers, got {numbers.tolist()}; look at the run "
                         "that failed")
    return Summary(float(numbers.mean()), float(numbers.std(ddof=1)), *bootstrap(numbers), len(numbers), unit)


def paired_difference(first: Sequence[float], second: Sequence[float], unit: str = "pairs") -> Summary:
    """first - second, where both were measured on the same seeds or captions: what they share cancels.

    An interval that holds 0 says that the difference may be chance.
    Raises: ValueError if the numbers do not come in pairs.
    """
    if np.shape(first) != np.shape(second):
        raise ValueError(f"both rows should hold the same {unit}, got {np.size(first)} and {np.size(second)} numbers; "
                         "measure both on the same ones")
    return summary(np.asarray(first, float) - np.asarray(second, float), unit)
