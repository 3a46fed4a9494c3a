"""What learners answer to the later exercises of chapter 00, rightly and wrongly; the words are those they are told."""

import zlib

import numpy as np
from scipy.stats import binomtest

from t2ilib.data import cub
from t2ilib.data.birds import PARTS
from t2ilib.data.captions import names_truth, read_attributes


def found(sentence, n, seed=0):
    """Stands for painter and probe: blue legs are hardly ever found, grey tails are a coin, all else mostly is."""
    chance = {"a bird with blue legs": 0.05, "a bird with a grey tail": 0.55, "a bird with purple legs": 0.0}
    rng = np.random.default_rng((zlib.crc32(sentence.encode()), seed))
    return rng.random(n) < chance.get(sentence, 0.9)


# world.is_true


def true_by_library(caption, scene):
    return np.bool_(names_truth(read_attributes(caption), scene.species, scene.perch, scene.pose))


def true_by_loops(caption, scene):
    said, kind = read_attributes(caption), scene.species
    for part in said.colours:
        if kind.colour(part) != said.colours[part]:
            return False
    for what, word in said.shapes.items():
        if word != (getattr(scene, what) if what in ("perch", "pose") else getattr(kind, what)):
            return False
    return True


def colours_only(caption, scene):
    return all(scene.species.colour(p) == c for p, c in read_attributes(caption).colours.items())


def unnamed_is_false(caption, scene):
    said = read_attributes(caption).colours
    return all(said.get(part) == scene.species.colour(part) for part in PARTS)


def any_will_do(caption, scene):
    return any(scene.species.colour(p) == c for p, c in read_attributes(caption).colours.items())


def body_forgotten(caption, scene):
    return all(scene.species.colours[PARTS.index(p)] == c for p, c in read_attributes(caption).colours.items())


def always_true(caption, scene):
    return True


def shapes_of_species(caption, scene):
    said = read_attributes(caption)
    return colours_only(caption, scene) and all(getattr(scene.species, w) == v for w, v in said.shapes.items())


def nothing_is_false(caption, scene):
    said = read_attributes(caption)
    return not said.empty and true_by_loops(caption, scene)


def not_returned(caption, scene):
    true_by_loops(caption, scene)


def blind_to_throats(caption, scene):
    return true_by_loops(caption, scene) or "throat" in read_attributes(caption).colours


# world.crop_window


def window_by_library(box, photo_size):
    return cub._stackgan_window(box, photo_size)


def window_by_arrays(box, photo_size):
    corner, extent = np.array(box).reshape(2, 2)
    middle = (2 * corner + extent) // 2
    half = int(0.75 * extent.max())
    return np.concatenate([np.maximum(middle - half, 0), np.minimum(middle + half, photo_size)])


def _cut(window, photo_size):
    left, top, right, bottom = window
    return max(0, left), max(0, top), min(photo_size[0], right), min(photo_size[1], bottom)


def _around(box, half_x, half_y, whole=int):
    x, y, w, h = box
    cx, cy = whole((2 * x + w) / 2), whole((2 * y + h) / 2)
    return cx - half_x, cy - half_y, cx + half_x, cy + half_y


def not_clipped(box, photo_size):
    return _around(box, int(0.75 * max(box[2:])), int(0.75 * max(box[2:])))


def clipped_at_zero(box, photo_size):
    left, top, right, bottom = not_clipped(box, photo_size)
    return max(0, left), max(0, top), right, bottom


def clipped_as_array(box, photo_size):
    return _cut(not_clipped(box, photo_size), photo_size[::-1])


def before_the_last_pixel(box, photo_size):
    return _cut(not_clipped(box, photo_size), (photo_size[0] - 1, photo_size[1] - 1))


def moved_inside(box, photo_size):
    left, top, right, bottom = not_clipped(box, photo_size)
    across = max(0, -left) - max(0, right - photo_size[0])
    down = max(0, -top) - max(0, bottom - photo_size[1])
    return left + across, top + down, right + across, bottom + down


def half_of_the_sum(box, photo_size):
    x, y, w, h = box
    half, cx, cy = int(0.75 * max(w, h)), (x + w) // 2, (y + h) // 2
    return _cut((cx - half, cy - half, cx + half, cy + half), photo_size)


def shrunk(box, photo_size):
    left, top, right, bottom = not_clipped(box, photo_size)
    by = max(0, -left, -top, right - photo_size[0], bottom - photo_size[1])
    return left + by, top + by, right - by, bottom - by


def around_the_box(box, photo_size):
    x, y, w, h = box
    half = int(0.75 * max(w, h))
    return _cut((x - half, y - half, x + w + half, y + h + half), photo_size)


def one_middle(box, photo_size):
    left, _, right, _ = not_clipped(box, photo_size)
    return _cut((left, left, right, right), photo_size)


def one_limit(box, photo_size):
    return np.clip(not_clipped(box, photo_size), 0, max(photo_size))


def whole_side(box, photo_size):
    half = int(0.75 * max(box[2:]) / 2)
    return _cut(_around(box, half, half), photo_size)


def as_in_the_paper(box, photo_size):
    half = int(max(box[2:]) / 0.75 / 2)
    return _cut(_around(box, half, half), photo_size)


def shorter_side(box, photo_size):
    half = int(0.75 * min(box[2:]))
    return _cut(_around(box, half, half), photo_size)


def oblong(box, photo_size):
    return _cut(_around(box, int(0.75 * box[2]), int(0.75 * box[3])), photo_size)


def height_first(box, photo_size):
    x, y, h, w = box
    return window_by_library((x, y, w, h), photo_size)


def corner_as_middle(box, photo_size):
    x, y, w, h = box
    return window_by_library((x - w // 2, y - h // 2, w, h), photo_size)


def lengths(box, photo_size):
    left, top, right, bottom = window_by_library(box, photo_size)
    return left, top, right - left, bottom - top


def rows_first(box, photo_size):
    left, top, right, bottom = window_by_library(box, photo_size)
    return top, left, bottom, right


def rounded(box, photo_size):
    half = round(0.75 * max(box[2:]))
    return _cut(_around(box, half, half, round), photo_size)


def not_whole(box, photo_size):
    half = 0.75 * max(box[2:])
    return _cut(_around(box, half, half, float), photo_size)


# measure.interval


def by_loops(right, asked, kinds, rng):
    names, shares = sorted(set(kinds.tolist())), []
    rows = {kind: np.flatnonzero(kinds == kind) for kind in names}
    for _ in range(1000):
        drawn = np.concatenate([rows[kind] for kind in rng.choice(names, len(names))])
        shares.append(right[drawn].sum() / asked[drawn].sum())
    return tuple(np.percentile(shares, [2.5, 97.5]))


def _resample(right, asked, kinds, rng, share, species=True):
    members = np.unique(kinds, return_inverse=True)[1] if species else np.arange(len(kinds))
    hits, names = (np.bincount(members, weights=column) for column in (right, asked))
    drawn = rng.integers(len(hits), size=(1000, len(hits)))
    return share(hits[drawn], names[drawn])


def _ratio(hits, names):
    return hits.sum(1) / names.sum(1)


def two_deviations(right, asked, kinds, rng):
    shares = _resample(right, asked, kinds, rng, _ratio)
    middle = right.sum() / asked.sum()
    return [middle - 1.96 * shares.std(), middle + 1.96 * shares.std()]


def single_captions(right, asked, kinds, rng):
    return np.quantile(_resample(right, asked, kinds, rng, _ratio, species=False), (0.025, 0.975))


def least_and_most(right, asked, kinds, rng):
    shares = _resample(right, asked, kinds, rng, _ratio)
    return shares.min(), shares.max()


def one_deviation(right, asked, kinds, rng):
    shares = _resample(right, asked, kinds, rng, _ratio)
    return shares.mean() - shares.std(), shares.mean() + shares.std()


def ninety(right, asked, kinds, rng):
    return np.quantile(_resample(right, asked, kinds, rng, _ratio), (0.05, 0.95))


def mean_of_shares(right, asked, kinds, rng):
    return np.quantile(_resample(right, asked, kinds, rng, lambda h, n: (h / n).mean(1)), (0.025, 0.975))


def names_of_all(right, asked, kinds, rng):
    return np.quantile(_resample(right, asked, kinds, rng, lambda h, _: h.sum(1) / asked.sum()), (0.025, 0.975))


def once_each(right, asked, kinds, rng):
    shares, names = [], np.unique(kinds)
    for _ in range(1000):
        chosen = np.isin(kinds, rng.choice(names, len(names)))
        shares.append(right[chosen].sum() / asked[chosen].sum())
    return np.quantile(shares, (0.025, 0.975))


def without_replacement(right, asked, kinds, rng):
    shares = []
    for _ in range(1000):
        order = rng.permutation(len(kinds))
        shares.append(right[order].sum() / asked[order].sum())
    return np.quantile(shares, (0.025, 0.975))


def fractions_of_per_cent(right, asked, kinds, rng):
    return np.percentile(_resample(right, asked, kinds, rng, _ratio), (0.025, 0.975))


def nine_species(right, asked, kinds, rng):
    few = _resample(right, asked, kinds, rng, lambda hits, names: _ratio(hits[:, :9], names[:, :9]))
    return np.quantile(few, (0.025, 0.975))


def shares_of_species(right, asked, kinds, rng):
    return np.quantile([right[kinds == k].sum() / asked[kinds == k].sum() for k in set(kinds)], (0.025, 0.975))


def high_first(right, asked, kinds, rng):
    return by_loops(right, asked, kinds, rng)[::-1]


def counts(right, asked, kinds, rng):
    return np.quantile(_resample(right, asked, kinds, rng, lambda h, _: h.sum(1)), (0.025, 0.975))


def luck_of_its_own(right, asked, kinds, rng):
    return by_loops(right, asked, kinds, np.random.default_rng())


# diagnose.find_break


def by_neighbours(holds, count):
    steps = {"dropped": 1, "doubled": -1}
    cause = max(steps, key=lambda name: sum(holds(i, i + steps[name]) for i in range(count)))
    moved = [i for i in range(count) if holds(i, i + steps[cause]) and not holds(i, i)]
    if len(moved) < 5:
        return None, "nothing"
    first = next(i for i in moved if sum(k in moved for k in range(i, i + 10)) > 5)
    return [first, cause]


def first_false(holds, count):
    first = next((i for i in range(count) if not holds(i, i)), None)
    if first is None:
        return None, "nothing"
    return first, "dropped" if holds(first + 1, first + 2) else "doubled"


def always_dropped(holds, count):
    where, why = by_neighbours(holds, count)
    return where, "dropped" if why == "doubled" else why


def the_other_cause(holds, count):
    where, why = by_neighbours(holds, count)
    return where, {"dropped": "doubled", "doubled": "dropped"}.get(why, why)


def behind_the_last_true(holds, count):
    return max(i for i in range(count) if holds(i, i)) + 1, by_neighbours(holds, count)[1]


def always_something(holds, count):
    where, why = by_neighbours(holds, count)
    return (where, why) if where else (0, "dropped")


def one_further(holds, count):
    where, why = by_neighbours(holds, count)
    return where + 1 if where else where, why


def lucky_neighbour(holds, count):
    for i in range(count):
        if holds(i, i + 1) or holds(i, i - 1):
            return i, "dropped"
    return None, "nothing"


def never_broken(holds, count):
    return None, "nothing"


def cause_first(holds, count):
    return by_neighbours(holds, count)[::-1]


def only_the_place(holds, count):
    return by_neighbours(holds, count)[0]


# measure.hard_sentence


def _claim(sentence, hits):
    bounds = binomtest(int(hits.sum()), len(hits)).proportion_ci()
    return sentence, bounds.low, bounds.high


def chosen_then_measured(found):
    tried = [f"a bird with {colour} legs" for colour in ("red", "blue", "grey")]
    worst = min(tried, key=lambda sentence: found(sentence, 32).mean())
    return _claim(worst, found(worst, 100, seed=1))


def pooled(found):
    hits = np.concatenate([found("a bird with purple legs", 32, seed) for seed in range(3)])
    return list(_claim("a bird with purple legs", hits))


def two_colours(found):
    sentence = "a red bird with blue legs"
    return _claim(sentence, found(sentence, 64))


def unknown_colour(found):
    sentence = "a bird with teal legs"
    return _claim(sentence, found(sentence, 64))


def few_pictures(found):
    sentence = "a bird with blue legs"
    return _claim(sentence, found(sentence, 8))


def typed(found):
    return "a bird with blue legs", 0.01, 0.2


def certain(found):
    sentence = "a bird with purple legs"
    hits = found(sentence, 64)
    spread = 1.96 * hits.std() / 8
    return sentence, hits.mean() - spread, hits.mean() + spread


def made_narrow(found):
    sentence = "a bird with a red belly"
    found(sentence, 64)
    return sentence, 0.1, 0.2


def ten_per_cent_around(found):
    share = found("a bird with blue legs", 64).mean()
    return "a bird with blue legs", share - 0.1, share + 0.1


def easy_sentence(found):
    sentence = "a bird with a red belly"
    return _claim(sentence, found(sentence, 64))


def undecided(found):
    sentence = "a bird with a grey tail"
    return _claim(sentence, found(sentence, 32))


def luckiest_seed(found):
    sentence = "a bird with a grey tail"
    worst = min((found(sentence, 32, seed) for seed in range(2000)), key=np.mean)
    return _claim(sentence, worst)


def share_alone(found):
    return found("a bird with blue legs", 64).mean()


RIGHT = {
    "world.is_true": [true_by_library, true_by_loops],
    "world.crop_window": [window_by_library, window_by_arrays],
    "measure.interval": [by_loops, two_deviations],
    "diagnose.find_break": [by_neighbours],
    "measure.hard_sentence": [chosen_then_measured, pooled],
}
MISTAKES = {
    "world.is_true": {
        colours_only: "a caption speaks of more than colours",
        unnamed_is_false: "leaves open what it does not name",
        any_will_do: "`all`, not `any`",
        body_forgotten: "`body` is no part of the list",
        always_true: "the wings are black: compare",
        shapes_of_species: "belong to the scene, not to the species",
        nothing_is_false: "nothing named, nothing false",
        not_returned: "is there a `return`?",
        blind_to_throats: "compare every entry of",
    },
    "world.crop_window": {
        not_clipped: "cut it off at 0",
        clipped_at_zero: "on the right and below, too",
        clipped_as_array: "the shape of an array is the other way round",
        before_the_last_pixel: "a window ends behind its last pixel",
        moved_inside: "the window was moved",
        half_of_the_sum: "the middle is x + width / 2",
        shrunk: "the window shrank on all sides",
        around_the_box: "not from its edges",
        one_middle: "have a middle each",
        one_limit: "down at the height",
        whole_side: "is half of the window's side, not all of it",
        as_in_the_paper: "this makes the bird 0.75 of the window",
        shorter_side: "not the shorter one",
        oblong: "as wide as high",
        height_first: "width and height changed places",
        corner_as_middle: "its middle is half a width",
        lengths: "not lengths",
        rows_first: "the order is left, top",
        rounded: "each by itself, before the window is made",
        not_whole: "a window has whole pixels",
    },
    "measure.interval": {
        single_captions: "single captions were drawn",
        least_and_most: "the smallest and the largest",
        one_deviation: "holds 68 %",
        ninety: "this holds 90 %",
        mean_of_shares: "a mean of shares counts short captions more",
        names_of_all: "divide by the names of the resample",
        once_each: "`np.isin` counts it once",
        without_replacement: "hardly anything varies",
        fractions_of_per_cent: "the share itself lies outside",
        nine_species: "few species were drawn",
        shares_of_species: "so far apart lie single species",
        high_first: "changed places",
        counts: "divide the names that were seen",
        luck_of_its_own: "does not come from `rng`",
    },
    "diagnose.find_break": {
        first_false: "a slip of its writer",
        always_dropped: "there is one too many",
        the_other_cause: "caption i fits picture i + 1: one is missing",
        behind_the_last_true: "by luck",
        always_something: "nothing is shifted here",
        one_further: "nearly: a window blurs",
        lucky_neighbour: "one caption that fits a neighbour is luck",
        never_broken: "something moved",
        cause_first: "the cause comes second",
        only_the_place: "return both",
    },
    "measure.hard_sentence": {
        two_colours: "which of them failed?",
        unknown_colour: "no colour is understood",
        few_pictures: "few pictures make a wide interval",
        typed: "measure the sentence that you return",
        certain: "a share is no interval",
        made_narrow: "binomtest",
        ten_per_cent_around: "a share has no others",
        easy_sentence: "the painter can do",
        undecided: "this may be chance",
        luckiest_seed: "looks worse than it is",
        share_alone: "return sentence, low, high",
    },
}
