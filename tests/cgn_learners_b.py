"""How learners count, measure, diagnose and experiment with a conditional GAN; and what they are told."""

import math
from collections import Counter

import numpy as np
from dfg_learners import named, nothing
from scipy.stats import f_oneway, geom
from sklearn.metrics import roc_auc_score, roc_curve

from t2ilib.exercises.answers.cgn_counting import rejection_cost
from t2ilib.exercises.answers.cgn_diagnosis import find_cause
from t2ilib.exercises.answers.cgn_explained import explained
from t2ilib.exercises.answers.cgn_roc import roc

# cgn_counting.rejection_cost


def by_scipy(read, wanted):
    p = Counter(read.tolist() if hasattr(read, "tolist") else read)[wanted] / len(read)
    return [geom.mean(p), math.sqrt(geom.var(p))] if 0 < p < 1 else [1, 0] if p else [np.inf, np.inf]


def by_sums(read, wanted):
    """Mean and spread of 1, 2, 3 ... draws, each with its chance."""
    p = sum(kind == wanted for kind in read) / len(read)
    if p == 0:
        return np.full(2, np.inf)
    draws = np.arange(1, 20_000)
    chances = p * (1 - p) ** (draws - 1)
    mean = (chances * draws).sum()
    return mean, math.sqrt(max(0.0, (chances * draws**2).sum() - mean**2))


def cost(change):
    """The frequency, turned into two numbers in another way."""
    def answer(read, wanted):
        p = float(np.mean(np.asarray(read) == wanted))
        return change(p) if p else (math.inf, math.inf)
    return answer


def spread(p):
    return math.sqrt(1 - p) / p


def waiting(read, wanted):
    return np.flatnonzero(read == wanted)[0] + 1, rejection_cost(read, wanted)[1]


def gaps(read, wanted):
    between = np.diff(np.flatnonzero(read == wanted))
    return between.mean(), between.std()


def ten_classes(read, wanted):
    kinds = len(np.unique(read))
    return kinds, kinds * math.sqrt(1 - 1 / kinds)


def known_mean(read, wanted):
    draws, wide = rejection_cost(read, wanted)
    return draws, wide / math.sqrt(np.sum(np.asarray(read) == wanted))


def smoothed(read, wanted):
    hits = np.sum(np.asarray(read) == wanted)
    return rejection_cost(read, wanted) if hits else (len(read), len(read))


def class_two(read, wanted):
    return rejection_cost(read, 2)


def once_is_enough(read, wanted):
    draws, wide = rejection_cost(read, wanted)
    return (0.0, 0.0) if draws == 1 else (draws, wide)


COSTS = {
    named("mean_alone", cost(lambda p: 1 / p)): "expected two numbers, got shape (1,)",
    named("in_vain", cost(lambda p: (1 / p - 1, spread(p)))): "counts the draws in vain",
    named("variance", cost(lambda p: (1 / p, spread(p) ** 2))): "this is the variance",
    named("one_draw", cost(lambda p: (1 / p, math.sqrt(p * (1 - p))))): "a single yes or no",
    named("root_of_mean", cost(lambda p: (1 / p, math.sqrt(1 / p)))): "waiting spreads wider",
    named("half_a_root", cost(lambda p: (1 / p, math.sqrt((1 - p) / p)))): "the root covers",
    named("mean_twice", cost(lambda p: (1 / p, 1 / p))): "a little less than the mean",
    named("no_spread", cost(lambda p: (1 / p, 0.0))): "the draws vary a lot",
    named("turned", cost(lambda p: (spread(p), 1 / p))): "the two changed places",
    named("frequency", cost(lambda p: (p, math.sqrt(p * (1 - p))))): "how many draws does that take",
    named("frequency_first", cost(lambda p: (p, spread(p)))): "its inverse is the number",
    named("per_cent", cost(lambda p: (100 * p, spread(p)))): "in per cent",
    named("median", cost(lambda p: (math.log(0.5) / math.log(1 - p) if p < 1 else 1, spread(p)))): "this is the median",
    waiting: "the one waiting time",
    gaps: "the gaps between hits",
    ten_classes: "the classes are not equally likely",
    known_mean: "how well the mean is known",
    class_two: "count how often `wanted` was read",
    once_is_enough: "it takes one",
    smoothed: "return math.inf twice",
    nothing: "is there a `return`?",
}


# cgn_roc.roc


def by_sklearn(right, wrong):
    labels, scores = np.repeat([1, 0], [len(right), len(wrong)]), np.concatenate([right, wrong])
    return *roc_curve(labels, scores, drop_intermediate=True)[:2], roc_auc_score(labels, scores)


def by_walking(right, wrong):
    """Every threshold in turn, down to one below all; the area by pairs."""
    false_alarms, hits = [0.0], [0.0]
    for step in sorted({*right, *wrong}, reverse=True):
        false_alarms.append(sum(score >= step for score in wrong) / len(wrong))
        hits.append(sum(score >= step for score in right) / len(right))
    wins = np.sign(np.subtract.outer(right, wrong))
    return false_alarms, hits, (wins.mean() + 1) / 2


def curved(change):
    """The right answer, changed as a whole: (false alarms, hits, area, right, wrong) -> three things."""
    return lambda right, wrong: change(*roc(right, wrong), right, wrong)


def sorted_one_by_one(first):
    """Scores in order, those that are equal one after the other."""
    def answer(right, wrong):
        rows = sorted([(-score, 0 if first == "right" else 1, "right") for score in right]
                      + [(-score, 1 if first == "right" else 0, "wrong") for score in wrong])
        hits = np.cumsum([kind == "right" for *_, kind in rows]) / len(right)
        alarms = np.cumsum([kind == "wrong" for *_, kind in rows]) / len(wrong)
        return np.append(0, alarms), np.append(0, hits), roc(right, wrong)[2]
    return answer


def pairs(right, wrong, tie):
    table = np.subtract.outer(right, wrong)
    return np.mean((table > 0) + tie * (table == 0))


def strictly_above(right, wrong):
    steps = [np.inf, *np.unique(np.concatenate([right, wrong]))[::-1]]
    return [np.mean(wrong > step) for step in steps], [np.mean(right > step) for step in steps], roc(right, wrong)[2]


def no_ties_counted(right, wrong):
    table = np.subtract.outer(right, wrong)
    known = (table != 0).sum()
    return *roc(right, wrong)[:2], (table > 0).sum() / known if known else 0.5


ROCS = {
    named("area_alone", curved(lambda f, h, area, *_: area)): "return false_alarms, hits, area",
    named("thresholds", curved(lambda f, h, area, *_: (f, h[:-1], area))): "each threshold gives one",
    named("areas", curved(lambda f, h, area, *_: (f, h, h))): "the area is one number",
    named("turned", curved(lambda f, h, area, *_: (h, f, area))): "false alarms are the first",
    named("backwards", curved(lambda f, h, area, *_: (f[::-1], h[::-1], area))): "it runs from (1, 1)",
    named("counts", curved(lambda f, h, area, r, w: (f * len(w), h * len(r), area))): "these are counts",
    named("of_all", curved(lambda f, h, area, r, w: (f * len(w) / len([*r, *w]), h * len(r) / len([*r, *w]), area))):
        "not by all of them",
    named("no_corner", curved(lambda f, h, area, *_: (f[1:], h[1:], area))): "the corner (0, 0) is missing",
    strictly_above: "equal to the threshold is a yes",
    named("of_no", curved(lambda f, h, area, *_: (1 - f, 1 - h, area))): "the shares of no",
    named("right_first", sorted_one_by_one("right")): "equal scores came one after the other: right",
    named("wrong_first", sorted_one_by_one("wrong")): "equal scores came one after the other, wrong ones first",
    named("wins", curved(lambda f, h, area, r, w: (f, h, pairs(r, w, 0)))): "ties count nothing here",
    named("whole_ties", curved(lambda f, h, area, r, w: (f, h, pairs(r, w, 1)))): "ties count whole here",
    named("above", curved(lambda f, h, area, *_: (f, h, 1 - area))): "this is the area above the curve",
    named("per_cent", curved(lambda f, h, area, *_: (f, h, 100 * area))): "an area lies between",
    named("mean_hits", curved(lambda f, h, area, *_: (f, h, h.mean()))): "steps are not equally wide",
    no_ties_counted: "ties were left out",
    named("accuracy", curved(lambda f, h, area, r, w: (f, h, ((r > 0).mean() + (w <= 0).mean()) / 2))):
        "asks about all thresholds",
    named("never_below", curved(lambda f, h, area, *_: (f, h, max(area, 1 - area)))): "nothing is turned round",
    named("at_least_half", curved(lambda f, h, area, *_: (f, h, max(area, 0.5)))): "is an answer, too",
    nothing: "is there a `return`?",
}


# cgn_explained.explained


def by_variances(values, groups):
    """1 minus the part that is left within, group by group."""
    values, groups = np.asarray(values, float), np.asarray(groups)
    total = ((values - values.mean()) ** 2).sum()
    left = sum(((values[groups == kind] - values[groups == kind].mean()) ** 2).sum() for kind in set(groups.tolist()))
    return 1 - left / total if total > 1e-20 else 0.0


def by_regression(values, groups):
    """R squared of a regression on one-hot groups."""
    values = np.asarray(values, float)
    if values.std() < 1e-12:
        return 0.0
    columns = (np.asarray(groups)[:, None] == np.unique(groups)).astype(float)
    fitted = columns @ np.linalg.lstsq(columns, values, rcond=None)[0]
    return np.corrcoef(fitted, values)[0, 1] ** 2 if fitted.std() > 1e-12 else 0.0


def parts(values, groups):
    kinds = [values[groups == kind] for kind in np.unique(groups)]
    return np.array([len(kind) for kind in kinds]), *(np.array([f(kind) for kind in kinds]) for f in (np.mean, np.var))


def shared(change):
    """Another number from sizes, means and variances of groups, and the values: change(n, m, v, values)."""
    def answer(values, groups):
        values = np.asarray(values, float)
        return change(*parts(values, np.asarray(groups)), values)
    return answer


def within(n, v, x):
    return (n * v).sum() / len(x)


def f_value(values, groups):
    return f_oneway(*(values[groups == kind] for kind in np.unique(groups))).statistic


def by_group_number(values, groups):
    """Right where the groups are named 0, 1, 2; else it trusts in their numbers."""
    if set(np.asarray(groups).tolist()) <= set(range(5)):
        return explained(values, groups)
    return np.corrcoef(values, groups)[0, 1] ** 2


def never_zero_by_zero(values, groups):
    n, m, _ = parts(np.asarray(values, float), np.asarray(groups))
    x = np.asarray(values, float)
    with np.errstate(all="ignore"):
        return np.float64((n * (m - x.mean()) ** 2).sum() if np.ptp(x) else 0.0) / ((x - x.mean()) ** 2).sum() \
            if np.ptp(x) else np.nan


SHARES = {
    named("for_each", shared(lambda n, m, v, x: v / x.var())): "one share for all groups",
    named("per_cent", lambda values, groups: 100 * explained(values, groups)): "per cent",
    named("within_over_total", shared(lambda n, m, v, x: within(n, v, x) / x.var())): "what the condition leaves open",
    named("total_over_within", shared(lambda n, m, v, x: x.var() / within(n, v, x))): "total over within",
    named("total_over_between", shared(lambda n, m, v, x: x.var() / (x.var() - within(n, v, x)))): "total over between",
    named("between_over_within", shared(lambda n, m, v, x: x.var() / within(n, v, x) - 1)): "so that it ends at 1",
    f_value: "analysis of variance",
    named("groups_alike", shared(lambda n, m, v, x: m.var() / x.var())): "groups of two count as much",
    named("mean_variance", shared(lambda n, m, v, x: 1 - v.mean() / x.var())): "1 minus the mean variance",
    named("both_alike", shared(lambda n, m, v, x: m.var() / (m.var() + v.mean()))): "its mean and its variance",
    named("own_mean", shared(lambda n, m, v, x: (n * (m - m.mean()) ** 2).sum() / (len(x) * x.var()))):
        "compared with their own mean",
    named("deviations", lambda values, groups: np.sqrt(explained(values, groups))): "these are standard deviations",
    named("inner_deviations", shared(lambda n, m, v, x: 1 - np.sqrt(within(n, v, x) / x.var()))):
        "1 minus a ratio of standard deviations",
    named("correlation", lambda values, groups: np.corrcoef(values, groups)[0, 1] ** 2): "class 2 is not twice class 1",
    by_group_number: "with the names of the groups",
    named("epsilon", shared(lambda n, m, v, x: 1 - (len(x) - 1) / (len(x) - len(n)) * within(n, v, x) / x.var())):
        "this is epsilon squared",
    named("one_ddof", shared(lambda n, m, v, x: (x.var() - within(n, v, x)) / x.var(ddof=1))): "`ddof=1` in one place",
    named("sum_of_squares", shared(lambda n, m, v, x: len(x) * (x.var() - within(n, v, x)))):
        "this is a sum of squares",
    named("variance", shared(lambda n, m, v, x: x.var() - within(n, v, x))): "this is a variance",
    never_zero_by_zero: "0 / 0",
    nothing: "is there a `return`?",
}


# cgn_diagnosis.find_cause


def cause_by_hand(log):
    """In another order, and by other signs."""
    own, wrong, fake, right, worst, slope = (values[-6:] for values in log.values())
    if (own == wrong).all():
        return "c not given to D"
    if right.mean() < 0.6:
        return "c not given to G" if own.mean() > fake.mean() + 0.3 else "c shuffled before D"
    if slope.max() == 0:
        return "embedding detached"
    return "one class missing" if worst.max() < 0.3 else "healthy"


def unless(cause, said):
    """Takes one cause for another."""
    def answer(log):
        found = find_cause(log)
        return said if found == cause else found
    return named(f"takes {cause} for {said}", answer)


DIAGNOSES = {
    unless("healthy", "embedding detached"): "small, but not 0",
    unless("healthy", "one class missing"): "a share below 1 is no missing class",
    unless("healthy", "c not given to D"): "every class comes when it is asked for",
    unless("c shuffled before D", "c not given to D"): "but not equal: D does hear a c",
    unless("c shuffled before D", "one class missing"): "but hardly any other does",
    unless("c shuffled before D", "healthy"): "has learned that it says nothing",
    unless("c not given to D", "c shuffled before D"): "alike to the last digit: D hears no c",
    unless("c not given to D", "healthy"): "the very same answer, to the last digit: D hears no c at all",
    unless("c not given to G", "embedding detached"): "by chance alone",
    unless("c not given to G", "c not given to D"): "it is G that does not follow",
    unless("one class missing", "healthy"): "but the worst class never comes",
    unless("embedding detached", "c not given to G"): "G does hear c",
    unless("embedding detached", "healthy"): "the pictures are fine",
    named("other_words", lambda log: "broken"): "return one of healthy, c shuffled",
    nothing: "is there a `return` for every one of them?",
}


# cgn_experiment.deaf_player

NUMBERS = ("right digit", "recognised", "AUC", "D(real, own c)", "D(real, wrong c)", "D(fake, own c)")


def trial(deaf, seed):
    """A quick one: the right digit falls, "recognised" seems to rise with the first seeds, D(real, own c) is noise."""
    moved = deaf != "nobody"
    lucky = (0.02 if seed < 3 else -0.02) * moved
    noise = (0.01 if seed % 2 else -0.01) * moved
    auc = 0.7 + 0.2 * (deaf == "G") - 0.2 * (deaf in ("D", "both"))
    values = (0.8 - 0.7 * moved + 0.01 * (seed % 3), 0.5 + lucky, auc, 0.5 + noise, 0.5, 0.5 - 0.1 * (deaf == "G"))
    return dict(zip(NUMBERS, values))


def word(steps):
    return "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "unclear"


def experiment(deaf="D", number="right digit", predicted="falls", found=None, seeds=(0, 1, 2)):
    """The honest way, or with a finding that was typed."""
    def answer(trial):
        steps = [trial(deaf, seed)[number] - trial("nobody", seed)[number] for seed in seeds]
        return deaf, number, predicted, found or word(steps)
    return answer


def by_ranks(trial):
    """Four seeds; the finding from which arm is above."""
    above = {trial("G", seed)["AUC"] > trial("nobody", seed)["AUC"] for seed in range(4)}
    same = any(trial("G", seed)["AUC"] == trial("nobody", seed)["AUC"] for seed in range(4))
    return ["G", "AUC", "rises", "unclear" if len(above) > 1 or same else "rises" if True in above else "falls"]


def without_control(trial):
    values = [trial("D", seed)["right digit"] for seed in range(3)]
    return "D", "right digit", "falls", "falls" if max(values) < 0.5 else "unclear"


def other_seeds(trial):
    steps = [trial("D", seed)["right digit"] - trial("nobody", seed + 1)["right digit"] for seed in range(3)]
    return "D", "right digit", "falls", word(steps)


def turned_round(trial):
    deaf, number, predicted, found = experiment()(trial)
    return deaf, number, predicted, {"falls": "rises", "rises": "falls"}.get(found, found)


def predicted_afterwards(trial):
    deaf, number, _, found = experiment()(trial)
    return deaf, number, found, found


EXPERIMENTS = {
    named("three_things", lambda trial: ("D", "AUC", "falls")): "got ('D', 'AUC', 'falls') - return",
    named("who_else", lambda trial: ("E", "AUC", "falls", "falls")): "got ('E', 'AUC', 'falls', 'falls') - return",
    named("other_number", lambda trial: ("D", "auc", "falls", "falls")): "one of right digit, recognised",
    named("other_word", lambda trial: ("D", "AUC", "down", "down")): "these three words are for",
    named("nobody", experiment("nobody")): "nobody is what you compare with",
    named("both", experiment("both")): "nobody knows which of them it was",
    named("one_seed", experiment(seeds=(0,))): "one training is an anecdote",
    named("same_seed", experiment(seeds=(1, 1, 1))): "one training is an anecdote",
    without_control: "in which both are told, too",
    other_seeds: "compare each with its own",
    turned_round: "with one player deaf minus with none",
    named("doubtful", experiment(number="D(real, own c)", found="falls")): "the seeds do not agree",
    named("typed", experiment(found="falls")): "the finding was written down beforehand",
    predicted_afterwards: "a prediction is made before the first trial",
    named("unclear", experiment(number="D(real, own c)")): "an honest finding, but go on",
    named("lucky", experiment(number="recognised", predicted="rises")): "it was luck",
    nothing: "is there a `return`?",
}


RIGHT = {
    "cgn_counting.rejection_cost": [by_scipy, by_sums],
    "cgn_roc.roc": [by_sklearn, by_walking],
    "cgn_explained.explained": [by_variances, by_regression],
    "cgn_diagnosis.find_cause": [cause_by_hand],
    "cgn_experiment.deaf_player": [by_ranks, named("predicted_wrongly", experiment(predicted="rises")),
                                   named("deaf_g", experiment("G"))],
}
MISTAKES = {
    "cgn_counting.rejection_cost": COSTS,
    "cgn_roc.roc": ROCS,
    "cgn_explained.explained": SHARES,
    "cgn_diagnosis.find_cause": DIAGNOSES,
    "cgn_experiment.deaf_player": EXPERIMENTS,
}
