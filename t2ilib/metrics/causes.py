"""Two causes, one effect: is it the sentence or the noise that decides what a picture shows?

Each of T sentences is drawn with each of Z noises. What a cause explains is its share of the variance: the R^2 of the
best regression on it, straight or curved, as every sentence and every noise may have a mean of its own. So many means
would fit chance as well; what chance brings, the variance left over tells, and it is taken off.
Source: Searle, Casella and McCulloch 1992, "Variance Components", Chapter 4: two crossed causes, one value a cell.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from t2ilib.metrics.statistics import recentred

RESAMPLES = 200


class Shares(NamedTuple):
    """Parts of the variance, 0..1 up to chance; what is missing to 1 lies in how sentence and noise go together."""

    by_text: float
    by_noise: float

    @property
    def lead_of_noise(self) -> float:
        """How much more the noise decides than the text."""
        return self.by_noise - self.by_text


def shares(values: np.ndarray) -> Shares:
    """What both causes explain of some numbers: (T, Z, C), row = sentence, column = noise.

    C numbers, such as a 1 for the colour that is seen and a 0 for each other one, count together. Where nothing
    varies, both shares are 0.
    Raises: ValueError for fewer than two sentences or noises.
    """
    values = np.asarray(values, float)
    (rows, columns, _), mean = values.shape, values.mean((0, 1))
    if min(rows, columns) < 2:
        raise ValueError(f"there should be two sentences and two noises or more, got {rows} and {columns}; without a "
                         "second one nothing is known of the variance")
    by_row, by_column = values.mean(1) - mean, values.mean(0) - mean
    rest = values - mean - by_row[:, None] - by_column[None]
    left = (rest ** 2).sum() / ((rows - 1) * (columns - 1))
    text, noise = (effect(means, left, count) for means, count in ((by_row, columns), (by_column, rows)))
    total = text + noise + left
    return Shares(text / total, noise / total) if total > 0 else Shares(0.0, 0.0)


def effect(means: np.ndarray, left: float, count: int) -> float:
    """The variance that a cause brings: that of its means (M, C), each over `count` cells, less what chance brings."""
    return float((means ** 2).sum() / (len(means) - 1) - left / count)


def mean_shares(tables: Sequence[np.ndarray]) -> Shares:
    """The same for several tables (T, Z, C), each weighed by its number of sentences."""
    weights = [len(table) for table in tables]
    return Shares(*np.average([shares(table) for table in tables], axis=0, weights=weights).tolist())


def interval(tables: Sequence[np.ndarray], ask: Callable[[Sequence[np.ndarray]], float]) -> tuple[float, float]:
    """95 % interval of a number that is asked of tables (T, Z, C): as if other sentences and noises had been drawn."""
    rng = np.random.default_rng(0)
    found = [ask([drawn_again(table, rng) for table in tables]) for _ in range(RESAMPLES)]
    return recentred(np.array(found), ask(tables))


def drawn_again(table: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many rows and columns of a table, drawn with replacement."""
    rows, columns = (rng.integers(count, size=count) for count in table.shape[:2])
    return table[rows][:, columns]
