"""Chapter 03: how much of what a reader sees does the condition decide? Eta squared, on planted data."""

import numpy as np

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import not_one, number, wrong_numbers


def one_share(answer):
    """one number from 0 to 1"""
    values, groups = _planted(0.5)
    got = answer(values, groups)
    wrong = not_one(got, "one share for all groups together")
    if wrong:
        return wrong
    value, right = number(got), _eta(values, groups)
    return None if 0 <= value <= 1 else Wrong(right, value, "per cent: a share lies between 0 and 1" if
                                              abs(value - 100 * right) < 1e-6 else _why(value, values, groups))


def planted_share(answer):
    """planted: the condition decides part of it"""
    return _wrong_share(answer, *_planted(0.7))


def unequal_groups(answer):
    """groups of different sizes: each value counts once"""
    rng = np.random.default_rng(3)
    groups = np.repeat([0, 1, 2], [30, 4, 2])
    return _wrong_share(answer, rng.normal(size=36) + np.array([0.0, 3.0, -2.0])[groups], groups)


def any_names(answer):
    """the numbers of the groups are names: in any order, some left out"""
    values, groups = _planted(0.6)
    names, mixed = np.array([40, 7, -1, 12, 3])[groups], np.random.default_rng(4).permutation(len(values))
    return wrong_numbers(answer(values[mixed].tolist(), names[mixed].tolist()), _eta(values, groups), {
        float(np.corrcoef(values, names)[0, 1] ** 2): "this is a squared correlation with the names of the groups",
    }, "look the groups up with `np.unique`: their numbers are only names")


def both_ends(answer):
    """1 if c decides all, 0 if it decides nothing"""
    values, groups = np.array([5.0, 5.0, 1.0, 1.0, 3.0]), np.array([0, 0, 1, 1, 2])
    nothing = np.array([1.0, 3.0, 1.0, 3.0]), np.array([0, 0, 1, 1])
    return (wrong_numbers(answer(values, groups), 1.0, {}, "nothing varies within a condition: c decides all")
            or wrong_numbers(answer(*nothing), 0.0, {}, "all conditions have the same mean: c decides nothing"))


def nothing_varies(answer):
    """0 where nothing varies at all"""
    got = number(answer(np.full(6, 0.1), np.array([0, 0, 1, 1, 2, 2])))
    return None if abs(got) < 1e-9 else Wrong(0, got, "0 / 0: if all values are the same there is nothing to explain")


def _planted(share: float) -> tuple[np.ndarray, np.ndarray]:
    """Five groups of eight: means that are spread so that about this share of the variance is theirs."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(5), 8)
    means = np.array([1.0, -1.5, 0.3, 1.2, -1.0]) * np.sqrt(share)
    return means[groups] + np.sqrt(1 - share) * rng.normal(size=40), groups


def _parts(values, groups) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each group: its size, its mean, its variance."""
    kinds = [values[groups == kind] for kind in np.unique(groups)]
    return np.array([len(kind) for kind in kinds]), *(np.array([f(kind) for kind in kinds]) for f in (np.mean, np.var))


def _eta(values, groups) -> float:
    sizes, means, _ = _parts(values, groups)
    return float((sizes * (means - values.mean()) ** 2).sum() / ((values - values.mean()) ** 2).sum())


def _mistaken(values, groups) -> dict[float, str]:
    """What the usual mistakes give, and the words for it."""
    sizes, means, inner = _parts(values, groups)
    total, within = values.var(), (sizes * inner).sum() / len(values)
    between, count, kinds = total - within, len(values), len(sizes)
    known = {
        "this is what the condition leaves open: 1 minus that is explained": within / total,
        "this is total over within: it is at least 1, and no share": total / within,
        "this is total over between, the inverse of the share": total / between,
        "this is between over within: divide by the total, so that it ends at 1": between / within,
        "this is the F of an analysis of variance, no share": between * (count - kinds) / (within * (kinds - 1)),
        "groups of two count as much as groups of thirty: weigh each mean by its group's size": means.var() / total,
        "this is 1 minus the mean variance of the groups: weigh each by its size": 1 - inner.mean() / total,
        "each group counts the same, its mean and its variance: weigh them by size":
            means.var() / (means.var() + inner.mean()),
        "the means were compared with their own mean: take the mean of all values":
            (sizes * (means - means.mean()) ** 2).sum() / (count * total),
        "these are standard deviations: only variances add up": np.sqrt(between / total),
        "this is 1 minus a ratio of standard deviations: only variances add up": 1 - np.sqrt(within / total),
        "this is a squared correlation with the group's number: class 2 is not twice class 1":
            np.corrcoef(values, groups)[0, 1] ** 2,
        "this is epsilon squared, without the bias of eta squared: a good number, but here eta is asked for":
            1 - (count - 1) / (count - kinds) * within / total,
        "`ddof=1` in one place and not in the other: sums of squares have no such problem":
            (sizes * (means - values.mean()) ** 2).sum() / count / values.var(ddof=1),
        "this is a sum of squares: divide by that of all values": count * between,
        "this is a variance: divide by that of all values": between,
    }
    return {float(value): words for words, value in known.items()}


def _why(value, values, groups) -> str:
    close = (words for known, words in _mistaken(values, groups).items() if abs(known - value) < 1e-6 * abs(value))
    return next(close, "divide the variance of the groups' means by that of all values")


def _wrong_share(answer, values, groups):
    return wrong_numbers(answer(values.copy(), groups.copy()), _eta(values, groups), _mistaken(values, groups),
                         "the squared distances of the groups' means from the mean of all, each as often as its group "
                         "has values, over those of all values")


explained = Exercise(
    id="cgn_explained.explained",
    title="what the condition decides",
    minutes=10,
    difficulty=2,
    text="`values` (N,) were read off pictures, such as the bird's x; `groups` (N,) say for which condition each was "
         "drawn. Return eta squared, the share of their variance that the condition explains: the sum of squared "
         "distances of each value's group mean from the mean of all values, over the sum of squared distances of the "
         "values themselves. Where nothing varies at all, return 0.",
    hints=(
        "If you knew the condition, what would you guess for the value, and how much of the scatter would be gone?",
        "Replace each value by the mean of its group. How much of the variance is left in that list?",
        "`kinds, members = np.unique(groups, return_inverse=True)`; `means = np.bincount(members, values) / "
        "np.bincount(members)`; then `np.var(means[members]) / np.var(values)`, unless nothing varies.",
    ),
    checks=(one_share, planted_share, unequal_groups, any_names, both_ends, nothing_varies),
    explanation="Total variance is variance between the conditions plus variance within: a class may decide the "
                "colours to the full and the pose not at all, and this number says so. It is never below 0, so chance "
                "alone gives (G - 1) / (N - 1) on average, a tenth for the 5 groups of 8 here. The chapter's tables "
                "take this bias away (epsilon squared); with few pictures for each condition that matters.",
)
