"""Chapter 01: has the generator learned the data? Count modes, catch a copier, call a fresh judge."""

import numpy as np

from t2ilib.data import digits
from t2ilib.data.toys import Ring
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import not_one, number, numbers, wrong_form, wrong_numbers

# Station 1: how many modes are covered?

RING = Ring()
CENTRES, STD = RING.centres.numpy().astype(float), RING.std


def whole_ring(answer):
    """a whole ring has 8"""
    samples = _ring([312] * 8)
    mistakes = {len(samples): "samples were counted; asked for is the number of modes",
                1: "all 8 are covered; if this is a share, count them instead",
                0: "each mode has 312 samples about one std away: count them down the column of a centre, not along "
                   "the row of a sample"}
    got = answer(samples, CENTRES.copy(), STD)
    return not_one(got, "count the modes that have enough") or wrong_numbers(
        got, 8, mistakes, "a mode of 312 samples is covered: its distances are about one std")


def collapsed_ring(answer):
    """a collapsed one has 1, however many samples there are"""
    return wrong_numbers(answer(_ring([2500] + [0] * 7), CENTRES.copy(), STD), 1, {8: "modes without any sample were "
                         "counted, too"}, "only the first mode has samples")


def lost_between(answer):
    """samples between the modes cover nothing"""
    angles = np.linspace(0, 2 * np.pi, 2500)
    halo = 2.4 * np.stack([np.cos(angles), np.sin(angles)], axis=1)       # four std outside the ring
    return wrong_numbers(answer(halo, CENTRES.copy(), STD), 0, {}, "the nearest mode may still be far: a sample counts "
                         "within 3 std only; `std` is a length, so compare it to a length, not to a squared one")


def three_std_around(answer):
    """2.9 std away counts, 3.1 does not, in any direction"""
    for far, expected in ((2.9, 8), (3.1, 0)):
        for angle in (0, np.pi / 4):
            step = far * STD * np.array([np.cos(angle), np.sin(angle)])
            samples = np.repeat(CENTRES, 30, axis=0) + step
            got = answer(samples, CENTRES.copy(), STD)
            straight = "measure straight: the length is the root of the sum of squares, not the sum of both differences"
            wrong = wrong_numbers(got, expected, {0: straight} if angle else {},
                                  "the bound is 3 std around a centre" if expected or not angle else
                                  "a square has corners: measure the length of the difference, not each coordinate")
            if wrong:
                return wrong
    return None


def twenty_are_enough(answer):
    """20 samples are enough, 19 are not"""
    counts = [19, 20, 21, 500, 1, 0, 300, 19]
    mistakes = {3: "20 count already: at least, not more than", 6: "19 and fewer do not count",
                7: "one sample does not make a mode: 20 do"}
    samples = np.repeat(CENTRES, counts, axis=0)
    return wrong_numbers(answer(samples, CENTRES.copy(), STD), 4, mistakes, "count the samples around each centre")


def _ring(counts):
    """So many samples of each mode, all within 3 std."""
    steps = np.random.default_rng(0).normal(size=(sum(counts), 2)).clip(-1.9, 1.9)
    return np.repeat(CENTRES, counts, axis=0) + STD * steps


modes_covered = Exercise(
    id="gan_measure.modes_covered",
    title="how many modes are covered?",
    minutes=10,
    difficulty=2,
    text="Collapse is easy to see and easy to count. `samples` (N, 2) come from a generator, `centres` (K, 2) are the "
         "modes of the data, and `std` is the width of each. A mode is covered if at least 20 samples lie within 3 std "
         "of its centre, measured straight. Return how many modes are covered.",
    hints=(
        "How far is each sample from each centre? That is a table of N by K numbers.",
        "`samples[:, None] - centres` has the shape (N, K, 2); the length of its last axis is the table.",
        "With the distances `np.linalg.norm(..., axis=2)`: count those up to `3 * std` in each column, then the "
        "columns that have 20 or more.",
    ),
    checks=(whole_ring, collapsed_ring, lost_between, three_std_around, twenty_are_enough),
    explanation="A threshold on distance keeps samples between the modes from counting, and one on number keeps a "
                "stray sample from counting as a mode. Coverage says nothing about shares: a mode with 20 of 2,500 "
                "samples counts like one with 400.",
)


# Station 2: catch the cheater


def one_distance_each(answer):
    """one distance for each sample"""
    train, honest = _digits()
    return wrong_form(answer(honest[:5].copy(), train[:9].copy()), (5,))


def plain_copies(answer):
    """plain copies are at distance 0, wherever they stand in the training set"""
    train, _ = _digits()
    got = numbers(answer(train[::-7].copy(), train.copy()))
    if np.allclose(got, 0, atol=1e-4):
        return None
    whole = got.dtype.kind == "f" and np.array_equal(got, got.round())
    return Wrong("0 for each", got, "these are places in the training set, as `argmin` gives; asked for are distances"
                 if whole else "compare each sample to *every* training digit, in all nine shifts (no shift is one of "
                               "them), and keep the smallest distance")


def honest_digits(answer):
    """digits that were never shown are not convicted"""
    train, honest = _digits()
    got = numbers(answer(honest.copy(), train.copy()))
    return None if got.min() > 1e-6 else Wrong("a clear distance for each", got.min(), "only shifts are forgiven: "
                                               "another digit is another digit")


def turned_digits(answer):
    """nor are training digits that were turned upside down"""
    train, _ = _digits()
    got = float(np.median(numbers(answer(train[:12, ::-1, ::-1].copy(), train.copy()))))
    return None if got > _convicted(answer) else Wrong(
        "a clear distance", got, "this distance forgets where the ink is: keep the places")


def nothing_else(answer):
    """nor are copies shifted by two pixels, or with another border"""
    train, _ = _digits()
    framed = np.pad(train[:12, 1:-1, 1:-1], ((0, 0), (1, 1), (1, 1)), constant_values=1.0)
    for changed, mistake in (
            (_shifted(_shifted(train[:12], 0, -1), 0, -1), "a shift by two pixels is forgiven, too: one is all, and "
                                                           "only the training digits are shifted"),
            (framed, "the pixels of the border do not count at all: compare all 64")):
        got = float(np.median(numbers(answer(changed, train.copy()))))
        if got <= _convicted(answer):
            return Wrong("a clear distance", got, mistake)
    return None


def shifted_copies(answer):
    """copies shifted by one pixel are found in all eight directions"""
    train, _ = _digits()
    shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
    bound = _convicted(answer)
    missed = [shift for shift in shifts if numbers(answer(_shifted(train[:12], *shift), train.copy())).mean() > bound]
    if not missed:
        return None
    mistake = _wrong_edge(answer, train[:12])
    if not mistake and len(missed) == 8:
        mistake = "pixel by pixel a shift looks like another digit: try all nine shifts"
    elif not mistake:
        mistake = "some directions are not tried: there are nine shifts, none and the diagonals included"
    return Wrong("all sources, much nearer than those of honest digits", f"missed by (down, right): {missed}", mistake)


def _wrong_edge(answer, images):
    """Which wrong way of shifting an answer undoes without a trace, in words; none of them: ""."""
    padded = {words: np.pad(images, ((0, 0), (1, 1), (1, 1)), **how)[:, :-2, 1:-1] for words, how in (
        ("`np.roll` brings back at the bottom what leaves at the top: put -1 there", {"mode": "wrap"}),
        ("0 is grey here: what comes in at the edge is background, -1", {"constant_values": 0.0}),
        ("what comes in at the edge is background, -1, not the edge once more", {"mode": "edge"}))}
    tries = {words: (one.copy(), images.copy()) for words, one in padded.items()}
    tries["the samples were shifted: ink that the cheater pushed out does not come back. Shift the training digits, as "
          "it did"] = images.copy(), _shifted(images, 1, 0)
    return next((words for words, pair in tries.items() if np.allclose(numbers(answer(*pair)), 0, atol=1e-4)), "")


def _convicted(answer):
    """Below this distance a sample is a copy: half of what nearly all honest digits keep."""
    train, honest = _digits()
    return np.quantile(numbers(answer(honest.copy(), train.copy())), 0.1) / 2


def _digits():
    """60 training digits and 20 held-out ones, (N, 8, 8) in [-1, 1]."""
    shape = (-1, digits.SIDE, digits.SIDE)
    return tuple(digits.load(split).pixels[:count].numpy().astype(float).reshape(shape)
                 for split, count in (("train", 60), ("test", 20)))


def _shifted(images, dy, dx):
    """What the cheater does: move all pixels and fill up with background."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), constant_values=-1.0)
    return padded[:, 1 - dy:9 - dy, 1 - dx:9 - dx].copy()


nearest = Exercise(
    id="gan_measure.nearest",
    title="catch the cheater",
    minutes=20,
    difficulty=4,
    text="A generator that hands out training digits is no generator. One that shifts them by a pixel first looks "
         "honest to a pixel distance. `samples` (N, 8, 8) and `train` (M, 8, 8) are in [-1, 1], background -1. Return "
         "for each sample (N,) its distance to the nearest training digit, with a distance that forgives a shift by "
         "one pixel in any direction, the diagonals included, and nothing else: 0 for a plain copy, nearly 0 for a "
         "shifted one, large for an honest digit. Shift the training digits, as the cheater did; what comes in at the "
         "edge is background.",
    hints=(
        "If you do not know by how much a copy was shifted, what can you try?",
        "Shift the training digits, all nine ways, as the cheater would have done it; `np.pad(train, ((0, 0), (1, 1), "
        "(1, 1)), constant_values=-1)` and a window of it is a shift.",
        "`padded[:, dy:dy + 8, dx:dx + 8]` for dy and dx of 0, 1, 2; flatten, compute all distances "
        "(`scipy.spatial.distance.cdist`), and keep the smallest over shifts and training digits.",
    ),
    checks=(one_distance_each, plain_copies, honest_digits, turned_digits, nothing_else, shifted_copies),
    explanation="Nearest pixels clear a cheater that moves its copies by a pixel; a distance that knows about shifts "
                "convicts it. The next cheater turns them, or changes the pen: each test forgives what it was built to "
                "forgive. And none of them says anything about modes that are missing.",
)


# Station 3: a fresh judge


def wide(kind, count, rng):
    """Data in 30 dimensions: (count, 30)."""
    return rng.normal(size=(count, 30)) + (3.0 if kind == "far" else 0.0)


def one_share(answer):
    """a share of right verdicts: near 1 for data that lie far apart"""
    rng = np.random.default_rng(0)
    got = answer(wide("real", 150, rng), wide("far", 150, rng), np.random.default_rng(1))
    several = not_one(got, "the share of right verdicts is asked for, not the verdicts")
    if several:
        return several
    value = number(got)
    if 1 < value <= 100:
        return Wrong("a share", value, "per cent: a share lies between 0 and 1")
    if value > 0.9:
        return None
    mistake = "these are easy to tell apart: is each sample given its own label?"
    if value < 0.3:
        alike = number(answer(wide("real", 150, rng), wide("real", 150, rng), np.random.default_rng(1)))
        mistake = ("all real samples were learned from and all fakes judged: mix them before the split" if alike < 0.2
                   else "nearly 0 for what is easy to tell apart: asked for is the share of *right* verdicts, on both")
    return Wrong("about 1", value, mistake)


def a_coin_for_equals(answer):
    """about 1/2 for data of one kind"""
    value = _mean_share(answer, lambda rng: (wide("real", 120, rng), wide("real", 120, rng)))
    if abs(value - 0.5) < 0.1:
        return None
    return Wrong("about 0.5", value, "it was judged on what it had learned from: hold samples back" if value > 0.5
                 else "worse than a coin: labels and samples were mixed up on the way")


def unequal_numbers(answer):
    """also if there are 200 real samples and 50 fakes"""
    value = _mean_share(answer, lambda rng: (wide("real", 200, rng), wide("real", 50, rng)))
    if abs(value - 0.5) < 0.12:
        return None
    return Wrong("about 0.5", value,
                 "always saying 'real' is right for 4 in 5 here: take as many of one as of the other")


def bent_border(answer):
    """it sees a difference that no straight line can"""
    def draw(rng):
        angles = rng.uniform(0, 2 * np.pi, 200)
        circle = 2 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        return circle + rng.normal(0, 0.1, (200, 2)), rng.normal(0, 0.5, (200, 2))

    value = _mean_share(answer, draw)
    return None if value > 0.8 else Wrong(
        "above 0.8", value, "a judge that draws a straight line is too weak: 1/2 from a weak judge means nothing")


def both_are_asked(answer):
    """the same, but for chance, if real and fake change places"""
    rng = np.random.default_rng(2)
    spread = rng.normal(size=(400, 2)) + np.repeat([[0.0, 0.0], [9.0, 0.0]], 200, axis=0)
    narrow = rng.normal(size=(400, 2))              # lives where half of the others do
    got = [number(answer(*map(np.copy, pair), np.random.default_rng(3)))
           for pair in ((spread, narrow), (narrow, spread))]
    return None if abs(got[0] - got[1]) < 0.2 else Wrong(
        "the same both ways", got, "only one kind was asked about: hold back real samples and fakes, and ask about "
                                   "both")


def same_again(answer):
    """the same rng gives the same verdict"""
    data = np.random.default_rng(0)
    real, fake = data.normal(size=(90, 2)), data.normal(0.7, 1, size=(90, 2))
    got = [number(answer(real.copy(), fake.copy(), np.random.default_rng(1))) for _ in range(8)]
    return None if len(set(got)) == 1 else Wrong("the same each time", got, "chance that does not come from `rng`: use "
                                                 "it for the split, and `int(rng.integers(1000))` as a random_state")


def _mean_share(answer, draw):
    """The mean over five fresh pairs of data sets."""
    return float(np.mean([number(answer(*draw(np.random.default_rng(seed)), np.random.default_rng(seed)))
                          for seed in range(5)]))


two_sample = Exercise(
    id="gan_measure.two_sample",
    title="a fresh judge",
    minutes=20,
    difficulty=3,
    text="D says 1/2: has G won, or is D weak? Ask a judge who never played. Train a fresh classifier to tell `real` "
         "(N, D) from `fake` (M, D), and return its accuracy on samples that it was not trained on: a share between 0 "
         "and 1, about 1/2 if the two are of one kind. Any classifier will do, if it can bend its border. N and M may "
         "differ; 1/2 must mean 'cannot tell' even then. All chance comes from the NumPy generator `rng`.",
    hints=(
        "How often is a judge right who learned its samples by heart, and is asked about the same ones?",
        "Draw equally many of both, stack them with labels, split into two halves at random, fit on one half, score on "
        "the other.",
        "`sklearn.model_selection.train_test_split(samples, labels, stratify=labels, test_size=0.5, "
        "random_state=int(rng.integers(1000)))`, then `KNeighborsClassifier(9).fit(...).score(...)`.",
    ),
    checks=(one_share, a_coin_for_equals, both_are_asked, unequal_numbers, bent_border, same_again),
    explanation="The D that played is no witness: G was trained against this very D. A fresh judge on held-out samples "
                "is a two-sample test: clearly above 1/2 proves a difference. About 1/2 proves only that this judge "
                "sees none, so it should be a strong one (Lopez-Paz and Oquab 2017).",
)
