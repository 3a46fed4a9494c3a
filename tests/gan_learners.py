"""What learners answer to the other exercises of chapter 01, rightly and wrongly; the words are those they are told."""

import numpy as np
import torch
from scipy.spatial.distance import cdist, jensenshannon
from scipy.special import expit, rel_entr
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from torch.nn.functional import binary_cross_entropy, logsigmoid

from t2ilib.exercises.answers.gan_diagnosis import find_cause

# gan_theory.optimal_discriminator


def d_by_loop(p, q):
    return [0.5 if a == b == 0 else a / (a + b) for a, b in zip(p, q)]


def d_by_masking(p, q):
    with np.errstate(invalid="ignore"):
        return torch.from_numpy(np.nan_to_num(p / (p + q), nan=0.5))


def share_of_fakes(p, q):
    return 1 - np.array(d_by_loop(p, q))


def odds(p, q):
    return p / q


def no_brackets(p, q):
    return p / p + q


def verdict(p, q):
    return (p > q).astype(float)


def contrast(p, q):
    return (p - q) / (p + q)


def difference(p, q):
    return p - q


def softmax(p, q):
    return np.exp(p) / (np.exp(p) + np.exp(q))


def bare_ratio(p, q):
    with np.errstate(invalid="ignore"):
        return p / (p + q)


def with_epsilon(p, q):
    return (p + 1e-12) / (p + q + 2e-12)


def with_large_epsilon(p, q):
    return (p + 1e-3) / (p + q + 2e-3)


def by_the_mean(p, q):
    return p / ((p + q) / 2)


def normalised(p, q):
    return bare_ratio(p / p.sum(), q / q.sum())


def zero_where_nothing(p, q):
    return np.nan_to_num(bare_ratio(p, q))


def one_number(p, q):
    return 0.5


def nothing(*given):
    len(given)


# gan_theory.jensen_shannon


def jsd_by_scipy(p, q, dx):
    return jensenshannon(p, q) ** 2


def jsd_by_entropy(p, q, dx):
    def entropy(density):
        inside = density[density > 0]
        return -np.sum(inside * np.log(inside)) * dx
    return torch.tensor(entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2)


def kl(p, q, dx):
    return np.sum(rel_entr(p, q)) * dx


def step_forgotten(p, q, dx):
    return jsd_by_scipy(p, q, dx) / dx


def in_bits(p, q, dx):
    return jsd_by_scipy(p, q, dx) / np.log(2)


def without_half(p, q, dx):
    return 2 * jsd_by_scipy(p, q, dx)


def distance(p, q, dx):
    return jensenshannon(p, q)


def log_of_zero(p, q, dx):
    m = (p + q) / 2
    with np.errstate(all="ignore"):
        return np.sum(p * np.log(p / m) + q * np.log(q / m)) / 2 * dx


def middle_not_halved(p, q, dx):
    return (kl(p, p + q, dx) + kl(q, p + q, dx)) / 2


def one_side_halved(p, q, dx):
    return kl(p, (p + q) / 2, dx) / 2


def one_side(p, q, dx):
    return kl(p, (p + q) / 2, dx)


def not_to_the_middle(p, q, dx):
    return (kl(p, q, dx) + kl(q, p, dx)) / 2


def turned_around(p, q, dx):
    return -jsd_by_scipy(p, q, dx)


def mean_of_places(p, q, dx):
    return jsd_by_scipy(p, q, dx) / dx / len(p)


def only_where_both_are(p, q, dx):
    both = (p > 0) & (q > 0)
    return jsd_by_entropy(p[both], q[both], dx)


def criterion(p, q, dx):
    return 2 * jsd_by_scipy(p, q, dx) - np.log(4)


def added_to_both(p, q, dx):
    return jsd_by_entropy(p + 0.01, q + 0.01, dx)


def own_step(p, q, dx):
    return jsd_by_scipy(p, q, dx) / dx * 0.01 * (p.sum() * dx + q.sum() * dx) / 2


def whole_row(p, q, dx):
    return rel_entr(p, (p + q) / 2)


# gan_value.game_value


def value_by_torch(d_real, d_fake):
    real, fake = map(torch.tensor, (d_real, d_fake))
    return -(binary_cross_entropy(real, torch.ones_like(real)) + binary_cross_entropy(fake, torch.zeros_like(fake)))


def value_by_loops(d_real, d_fake):
    return float(sum(np.log(d_real)) / len(d_real) + sum(np.log(1 - d_fake)) / len(d_fake))


def loss_of_d(d_real, d_fake):
    return -value_by_loops(d_real, d_fake)


def one_mean(d_real, d_fake):
    return np.mean(np.concatenate([np.log(d_real), np.log(1 - d_fake)]))


def value_in_bits(d_real, d_fake):
    return value_by_loops(d_real, d_fake) / np.log(2)


def base_ten(d_real, d_fake):
    return np.log10(d_real).mean() + np.log10(1 - d_fake).mean()


def sum_of_all(d_real, d_fake):
    return np.log(d_real).sum() + np.log(1 - d_fake).sum()


def sum_of_pairs(d_real, d_fake):
    return np.mean(np.log(d_real) + np.log(1 - d_fake))


def without_logarithm(d_real, d_fake):
    return d_real.mean() + (1 - d_fake).mean()


def with_a_little_more(d_real, d_fake):
    return np.log(d_real + 0.01).mean() + np.log(1 - d_fake + 0.01).mean()


def subtracted(d_real, d_fake):
    return np.log(d_real).mean() - np.log(1 - d_fake).mean()


def sigmoid_again(d_real, d_fake):
    return np.log(expit(d_real)).mean() + np.log(1 - expit(d_fake)).mean()


def yes_for_fakes(d_real, d_fake):
    return np.log(d_real).mean() + np.log(d_fake).mean()


def terms_swapped(d_real, d_fake):
    return np.log(1 - d_real).mean() + np.log(d_fake).mean()


def no_for_all(d_real, d_fake):
    return np.log(1 - d_real).mean() + np.log(1 - d_fake).mean()


def log_of_mean(d_real, d_fake):
    return np.log(d_real.mean()) + np.log(1 - d_fake.mean())


def cut_off(d_real, d_fake):
    return value_by_loops(np.clip(d_real, 1e-3, 1), np.clip(d_fake, 0, 1 - 1e-3))


# gan_value.generator_slopes


def slopes_by_autograd(logits):
    a = torch.tensor(logits, requires_grad=True)
    saturating, = torch.autograd.grad(logsigmoid(-a).sum(), a)
    other, = torch.autograd.grad(-logsigmoid(a).sum(), a)
    return saturating.abs(), other.abs()


def slopes_by_branches(logits):
    small = np.exp(-np.abs(logits)) / (1 + np.exp(-np.abs(logits)))
    return [np.where(logits < 0, small, 1 / (1 + np.exp(-np.abs(logits)))),
            np.where(logits > 0, small, 1 / (1 + np.exp(-np.abs(logits))))]


def rows_swapped(logits):
    return expit(-logits), expit(logits)


def with_signs(logits):
    return -expit(logits), -expit(-logits)


def by_probability(logits):
    return 1 / (1 - expit(logits)), 1 / expit(logits)


def values_instead(logits):
    return np.log(expit(-logits)), -np.log(expit(logits))


def slope_of_sigmoid(logits):
    both = expit(logits) * expit(-logits)
    return both, both


def of_a_mean(logits):
    return [slopes / len(logits) for slopes in slopes_by_autograd(logits)]


def never_cleared(logits):
    first, second = slopes_by_autograd(logits)
    return first, first + second


def each_of_its_neighbours(logits):
    return expit(logits) * np.linspace(1, 1.1, len(logits)), expit(-logits)


def log_of_rounded(logits):
    a = torch.tensor(logits, dtype=torch.float32, requires_grad=True)
    saturating, = torch.autograd.grad((1 - a.sigmoid()).log().sum(), a)
    other, = torch.autograd.grad(-a.sigmoid().log().sum(), a)
    return saturating.abs(), other.abs()


def one_minus(logits):
    return expit(logits), 1 - expit(logits)


def overflowing(logits):
    with np.errstate(all="ignore"):
        return np.exp(logits) / (1 + np.exp(logits)), np.exp(-logits) / (1 + np.exp(-logits))


def only_one(logits):
    return expit(logits)


def far_behind_only(logits):
    return expit(-np.abs(logits)), expit(np.abs(logits))


# gan_measure.modes_covered


def modes_by_loops(samples, centres, std):
    near = [[np.hypot(*(sample - centre)) <= 3 * std for sample in samples] for centre in centres]
    return np.int64(sum(sum(column) >= 20 for column in near))


def within(samples, centres, reach):
    return (cdist(samples, centres) <= reach).sum(axis=0)


def counts_instead(samples, centres, std):
    return within(samples, centres, 3 * std)


def samples_instead(samples, centres, std):
    return within(samples, centres, 3 * std).sum()


def any_distance(samples, centres, std):
    own = cdist(samples, centres).argmin(axis=1)
    return (np.bincount(own, minlength=len(centres)) >= 20).sum()


def squared(samples, centres, std):
    near = ((samples[:, None] - centres) ** 2).sum(axis=2) <= 3 * std
    return (near.sum(axis=0) >= 20).sum()


def one_std(samples, centres, std):
    return (within(samples, centres, std) >= 20).sum()


def along_the_rows(samples, centres, std):
    return ((cdist(samples, centres) <= 3 * std).sum(axis=1) >= 20).sum()


def share_of_modes(samples, centres, std):
    return (within(samples, centres, 3 * std) >= 20).mean()


def round_the_corner(samples, centres, std):
    return ((cdist(samples, centres, "cityblock") <= 3 * std).sum(axis=0) >= 20).sum()


def in_a_square(samples, centres, std):
    near = (abs(samples[:, None] - centres) <= 3 * std).all(axis=2)
    return (near.sum(axis=0) >= 20).sum()


def more_than_twenty(samples, centres, std):
    return (within(samples, centres, 3 * std) > 20).sum()


def one_will_do(samples, centres, std):
    return (within(samples, centres, 3 * std) > 0).sum()


def always_all(samples, centres, std):
    return len(centres)


# gan_measure.nearest


def nine_shifts(train):
    padded = np.pad(train, ((0, 0), (1, 1), (1, 1)), constant_values=-1)
    return [padded[:, dy:dy + 8, dx:dx + 8] for dy in range(3) for dx in range(3)]


def to_all(samples, others):
    return cdist(samples.reshape(len(samples), -1), others.reshape(len(others), -1))


def overlap_only(samples, train):
    """Compares what both have, so nothing needs to be filled in; a root mean square."""
    best = np.full(len(samples), np.inf)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            ours, theirs = ([slice(max(0, sign * d), 8 + min(0, sign * d)) for d in (dy, dx)] for sign in (1, -1))
            a, b = samples[:, *ours], train[:, *theirs]
            best = np.minimum(best, to_all(a, b).min(axis=1) / np.sqrt(a[0].size))
    return torch.from_numpy(best)


def by_absolute_differences(samples, train):
    candidates = np.concatenate(nine_shifts(train)).reshape(-1, 64)
    return cdist(samples.reshape(-1, 64), candidates, "cityblock").min(axis=1)


def pixel_by_pixel(samples, train):
    return to_all(samples, train).min(axis=1)


def rolled(samples, train):
    return np.min([to_all(samples, np.roll(train, (dy, dx), (1, 2))).min(axis=1)
                   for dy in (-1, 0, 1) for dx in (-1, 0, 1)], axis=0)


def filled(samples, train, **how):
    padded = np.pad(train, ((0, 0), (1, 1), (1, 1)), **how)
    return np.min([to_all(samples, padded[:, dy:dy + 8, dx:dx + 8]).min(axis=1) for dy in range(3) for dx in range(3)],
                  axis=0)


def grey_edge(samples, train):
    return filled(samples, train)


def repeated_edge(samples, train):
    return filled(samples, train, mode="edge")


def samples_shifted(samples, train):
    return np.min([to_all(shifted, train).min(axis=1) for shifted in nine_shifts(samples)], axis=0)


def both_shifted(samples, train):
    return np.min([by_absolute_differences(shifted, train) for shifted in nine_shifts(samples)], axis=0)


def sideways_only(samples, train):
    return np.min([to_all(samples, shifted).min(axis=1) for shifted in nine_shifts(train)[3:6]], axis=0)


def inside_only(samples, train):
    return np.min([to_all(samples[:, 1:7, 1:7], train[:, dy:dy + 6, dx:dx + 6]).min(axis=1)
                   for dy in range(3) for dx in range(3)], axis=0)


def never_in_place(samples, train):
    return np.min([to_all(samples, nine_shifts(train)[i]).min(axis=1) for i in range(9) if i != 4], axis=0)


def places_of_nearest(samples, train):
    return np.min([to_all(samples, shifted) for shifted in nine_shifts(train)], axis=0).argmin(axis=1)


def no_diagonals(samples, train):
    return np.min([to_all(samples, nine_shifts(train)[i]).min(axis=1) for i in (1, 3, 4, 5, 7)], axis=0)


def first_digit_only(samples, train):
    return np.min([to_all(samples, shifted)[:, 0] for shifted in nine_shifts(train)], axis=0)


def table(samples, train):
    return to_all(samples, train)


def blind(samples, train):
    return np.zeros(len(samples))


def without_places(samples, train):
    return cdist(*(np.sort(kind.reshape(-1, 64), axis=1) for kind in (samples, train))).min(axis=1)


def also_turned(samples, train):
    both = np.concatenate([train, train[:, ::-1, ::-1]])
    return np.min([to_all(samples, shifted).min(axis=1) for shifted in nine_shifts(both)], axis=0)


# gan_measure.two_sample


def halves(real, fake, rng):
    """Equally many of both, mixed -> samples and labels to learn from, and to be asked about."""
    count = min(len(real), len(fake))
    samples = np.concatenate([rng.permutation(real)[:count], rng.permutation(fake)[:count]])
    labels = np.arange(2 * count) < count
    order = rng.permutation(2 * count)
    half = np.split(order, 2)
    return [part[one] for one in half for part in (samples, labels)]


def by_forest(real, fake, rng):
    learned, known, asked, labels = halves(fake, real, rng)
    judge = RandomForestClassifier(20, random_state=int(rng.integers(1000))).fit(learned, known)
    return torch.tensor((judge.predict(asked) == labels).mean())


def by_neighbour(real, fake, rng):
    learned, known, asked, labels = halves(real, fake, rng)
    own = cdist(asked, learned).argmin(axis=1)
    return np.mean(known[own] == labels)


def asked_what_it_learned(real, fake, rng):
    learned, known, *_ = halves(real, fake, rng)
    return RandomForestClassifier(20, random_state=int(rng.integers(1000))).fit(learned, known).score(learned, known)


def always_the_majority(real, fake, rng):
    samples, labels = np.concatenate([real, fake]), np.repeat([1, 0], [len(real), len(fake)])
    order = rng.permutation(len(labels))
    judge = KNeighborsClassifier(15).fit(samples[order[::2]], labels[order[::2]])
    return judge.score(samples[order[1::2]], labels[order[1::2]])


def straight_line(real, fake, rng):
    learned, known, asked, labels = halves(real, fake, rng)
    return LogisticRegression().fit(learned, known).score(asked, labels)


def own_chance(real, fake, rng):
    return by_neighbour(real, fake, np.random.default_rng())


def percentage(real, fake, rng):
    return 100 * by_neighbour(real, fake, rng)


def not_mixed(real, fake, rng):
    samples, labels = np.concatenate([real, fake]), np.repeat([1, 0], [len(real), len(fake)])
    judge = KNeighborsClassifier(1).fit(samples[:len(real)], labels[:len(real)])
    return judge.score(samples[len(real):], labels[len(real):])


def share_of_errors(real, fake, rng):
    return 1 - by_neighbour(real, fake, rng)


def fakes_only(real, fake, rng):
    learned, known, asked, labels = halves(real, fake, rng)
    judge = RandomForestClassifier(20, min_samples_leaf=9, random_state=int(rng.integers(1000))).fit(learned, known)
    return 1 - judge.predict(asked[~labels]).mean()


def labels_shuffled(real, fake, rng):
    learned, known, asked, labels = halves(real, fake, rng)
    return KNeighborsClassifier(9).fit(learned, rng.permutation(known)).score(asked, labels)


def verdicts(real, fake, rng):
    learned, known, asked, labels = halves(real, fake, rng)
    return KNeighborsClassifier(9).fit(learned, known).predict(asked)


# gan_diagnosis.find_cause


def cause_by_spread(log, samples, real):
    """Another order, and distances instead of deviations."""
    if (samples[-1] == samples[0]).all():
        return "G never learns"
    if log["D(fake)"][-1] > 0.9:
        return "labels swapped"
    if log["D: fake"].max() > 100 or log["G: fake"].max() > 100:
        return "explodes"
    if real.max() > 2:
        return "range mismatch"
    if log["G: fake"][-30:].max() < 0:
        return "D wins" if cdist(samples[0], samples[-1]).diagonal().mean() < 3 else "healthy"
    return "collapse" if np.median(cdist(samples[-1], samples[-1])) < 1 else "healthy"


def unless(cause, instead):
    """Right but for one cause."""
    def answer(log, samples, real):
        said = find_cause(log, samples, real)
        return instead if said == cause else said
    answer.__name__ = f"{cause}_as_{instead}".replace(" ", "_")
    return answer


def sure_means_d_wins(log, samples, real):
    return "D wins" if log["D(fake)"][-1] < 0.05 else find_cause(log, samples, real)


def alike_means_collapse(log, samples, real):
    return "collapse" if samples[-1].std(axis=0).mean() < 0.2 else find_cause(log, samples, real)


def range_first(log, samples, real):
    return "range mismatch" if real.min() < 0 else find_cause(log, samples, real)


def other_words(log, samples, real):
    return "mode collapse"


# gan_experiment.breaking_rate


def trial(rate, seed):
    """Stands for a training: it arrives below 0.02 and fails above 0.2; in between the seed decides."""
    chance = np.random.default_rng((int(rate * 1e6), seed)).random()
    if 0.02 < rate < 0.2:
        return 0.3 if (seed < 100) == (rate < 0.08) else 1.2        # by luck otherwise than with new seeds
    return 0.2 + 0.2 * chance + (rate >= 0.2)


def rates(good, wild, seeds=(0, 1, 2)):
    def answer(trial):
        for rate in (good, wild):
            for seed in seeds:
                trial(rate, seed)
        return good, wild
    return answer


def climbing(trial):
    rate = 0.002
    while np.median([trial(rate, seed) for seed in range(4)]) < 0.6:
        rate *= 3
    wild = max(rate, 0.3)
    good = 0.005
    for seed in range(4):
        trial(good, seed), trial(wild, seed)
    return np.float64(good), np.float64(wild)


def named(name, answer):
    answer.__name__ = name
    return answer


def not_measured(trial):
    return 0.005, 0.3


RIGHT = {
    "gan_theory.optimal_discriminator": [d_by_loop, d_by_masking],
    "gan_theory.jensen_shannon": [jsd_by_scipy, jsd_by_entropy],
    "gan_value.game_value": [value_by_torch, value_by_loops],
    "gan_value.generator_slopes": [slopes_by_autograd, slopes_by_branches],
    "gan_measure.modes_covered": [modes_by_loops],
    "gan_measure.nearest": [overlap_only, by_absolute_differences],
    "gan_measure.two_sample": [by_forest, by_neighbour],
    "gan_diagnosis.find_cause": [cause_by_spread],
    "gan_experiment.breaking_rate": [climbing, named("in_order", rates(0.01, 0.5))],
}
MISTAKES = {
    "gan_theory.optimal_discriminator": {
        share_of_fakes: "this is the share of fakes",
        odds: "how many real come on one fake",
        no_brackets: "write `p / (p + q)`",
        verdict: "this is a verdict",
        contrast: "on a scale from -1 to 1",
        difference: "a difference of densities",
        softmax: "divide the density of real data by that of all data",
        bare_ratio: "0 / 0 has no value",
        zero_where_nothing: "1/2 takes no side",
        with_large_epsilon: "a small number was added to the densities",
        by_the_mean: "divide by the sum of both densities, not by their mean",
        normalised: "divided by their sums first",
        with_epsilon: "in the tails it wins against the densities",
        one_number: "one number for each",
        nothing: "got nothing - is there a `return`?",
    },
    "gan_theory.jensen_shannon": {
        step_forgotten: "the sum was not multiplied by dx",
        in_bits: "this is in bits",
        without_half: "each of the two terms counts one half",
        distance: "this is the root",
        log_of_zero: "0 times log 0 counts 0",
        middle_not_halved: "the middle is `(p + q) / 2`",
        one_side_halved: "only one of the two terms is there",
        one_side: "one side is missing",
        not_to_the_middle: "p was compared to q",
        turned_around: "the sign is turned around",
        mean_of_places: "`mean` divides by the number of places",
        only_where_both_are: "with a 0 in *one* of the two were left out",
        criterion: "C(G), and not the JSD in it",
        added_to_both: "was a small number added to the densities?",
        own_step: "a step is written into the function",
        whole_row: "one sum over all places",
        nothing: "got nothing - is there a `return`?",
    },
    "gan_value.game_value": {
        loss_of_d: "this is -V, the loss that D lowers",
        one_mean: "V is the *sum* of two means",
        value_in_bits: "this is in bits",
        base_ten: "the logarithm to base 10",
        sum_of_all: "a sum grows with the batch",
        sum_of_pairs: "ValueError: operands could not be broadcast together",
        without_logarithm: "the logarithms are missing",
        with_a_little_more: "a small number was added to the answers",
        subtracted: "V adds both",
        sigmoid_again: "no sigmoid here",
        yes_for_fakes: "D wants a *no* for a fake",
        terms_swapped: "the terms changed places",
        no_for_all: "D wants a *yes* for a real sample",
        log_of_mean: "it is the mean of logs",
        cut_off: "answers near 0 or 1 were cut off or moved",
        nothing: "got nothing - is there a `return`?",
    },
    "gan_value.generator_slopes": {
        rows_swapped: "the rows changed places",
        with_signs: "without its sign",
        by_probability: "this is the slope by D's probability",
        values_instead: "these are the losses themselves",
        slope_of_sigmoid: "this is the slope of the sigmoid",
        of_a_mean: "these are slopes of a mean",
        never_cleared: "a gradient adds up until it is cleared",
        each_of_its_neighbours: "compute the slope of each by itself",
        log_of_rounded: "overflows, or a logarithm met 0",
        one_minus: "1 - s is exactly 0 once s rounds to 1",
        overflowing: "overflows, or a logarithm met 0",
        far_behind_only: "the formula must hold for positive logits",
        only_one: "got shape (3,)",
        nothing: "got nothing - is there a `return`?",
    },
    "gan_measure.modes_covered": {
        counts_instead: "count the modes that have enough",
        samples_instead: "samples were counted",
        any_distance: "the nearest mode may still be far",
        squared: "the nearest mode may still be far",
        one_std: "the bound is 3 std",
        along_the_rows: "not along the row of a sample",
        share_of_modes: "if this is a share, count them instead",
        round_the_corner: "the root of the sum of squares",
        in_a_square: "a square has corners",
        more_than_twenty: "at least, not more than",
        one_will_do: "one sample does not make a mode",
        always_all: "modes without any sample were counted",
        nothing: "got nothing - is there a `return`?",
    },
    "gan_measure.nearest": {
        pixel_by_pixel: "pixel by pixel a shift looks like another digit",
        rolled: "`np.roll` brings back",
        no_diagonals: "some directions are not tried",
        grey_edge: "0 is grey here",
        repeated_edge: "not the edge once more",
        samples_shifted: "ink that the cheater pushed out does not come back",
        both_shifted: "a shift by two pixels is forgiven, too",
        sideways_only: "some directions are not tried",
        inside_only: "the pixels of the border do not count",
        never_in_place: "compare each sample to *every* training digit",
        places_of_nearest: "as `argmin` gives",
        first_digit_only: "compare each sample to *every* training digit",
        table: "one number for each",
        blind: "another digit is another digit",
        without_places: "keep the places",
        also_turned: "keep the places",
        nothing: "got nothing - is there a `return`?",
    },
    "gan_measure.two_sample": {
        asked_what_it_learned: "judged on what it had learned from",
        always_the_majority: "always saying 'real'",
        straight_line: "a straight line is too weak",
        own_chance: "chance that does not come from `rng`",
        percentage: "per cent",
        not_mixed: "mix them before the split",
        share_of_errors: "asked for is the share of *right* verdicts",
        fakes_only: "only one kind was asked about",
        labels_shuffled: "is each sample given its own label?",
        verdicts: "not the verdicts",
        nothing: "got nothing - is there a `return`?",
    },
    "gan_diagnosis.find_cause": {
        sure_means_d_wins: "losses of hundreds and millions",
        alike_means_collapse: "samples may look like anything",
        range_first: "both losses stay away from 0",
        unless("D wins", "G never learns"): "a gradient arrives, and then it fades",
        unless("G never learns", "D wins"): "here not one number changed",
        unless("range mismatch", "collapse"): "why could D win at once?",
        unless("range mismatch", "D wins"): "what does D see in `real`?",
        unless("collapse", "healthy"): "samples of different noise are nearly the same picture",
        unless("labels swapped", "collapse"): "who calls them real?",
        unless("labels swapped", "healthy"): "D was taught the opposite",
        other_words: "return one of healthy, D wins",
        nothing: "is there a `return` for every one of them?",
    },
    "gan_experiment.breaking_rate": {
        named("wild_first", rates(0.3, 0.005)): "a rate that is too *high*",
        named("far_apart", rates(0.0001, 0.3)): "somewhere between them it breaks",
        named("one_seed", rates(0.005, 0.3, seeds=(0,))): "one training is an anecdote",
        named("same_seed", rates(0.005, 0.3, seeds=(0, 0, 0))): "one training is an anecdote",
        not_measured: "measure the very rates that you return",
        named("good_fails", rates(0.25, 0.5)): "your own trials do not arrive there",
        named("wild_arrives", rates(0.005, 0.01)): "your own trials arrive there, too",
        named("good_by_luck", rates(0.05, 0.3)): "it arrived by luck",
        named("wild_by_luck", rates(0.005, 0.1)): "it failed by luck",
        nothing: "return good, wild; is there a `return`?",
    },
}
