"""How learners walk between noises, add them up, look for dots and read logs, rightly and wrongly; with what they hear.

The mistakes are small changes of the reference: each function does what its name says and all else right.
"""

import math

import numpy as np
import torch
from dcg_learners import named, nothing
from torch.nn import functional as F

from t2ilib.exercises.answers.dcg_concepts import arithmetic
from t2ilib.exercises.answers.dcg_diagnosis import find_cause
from t2ilib.exercises.answers.dcg_dots import dots
from t2ilib.exercises.answers.dcg_noise import slerp
from t2ilib.metrics import paths
from t2ilib.metrics.checkerboard import pattern_energy

# dcg_noise.slerp


def slerp_in_numpy(first, second, share):
    """By a rotation in the plane of both; the length goes from one to the other."""
    first, second = (one.double().numpy() for one in (first, second))
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    a, b = first / lengths[0], second / lengths[1]
    length = (1 - share) * lengths[0] + share * lengths[1]
    side = b - (a @ b) * a
    if np.linalg.norm(side) < 1e-6:
        return length * a
    angle = share * np.arctan2(np.linalg.norm(side), a @ b)
    return length * (np.cos(angle) * a + np.sin(angle) * side / np.linalg.norm(side))


def slerp_by_library(first, second, share):
    if share in (0.0, 1.0):
        return second if share else first
    return paths.slerp(first, second, 11)[round(10 * share)]


def angle_of(first, second):
    return torch.acos(torch.cosine_similarity(first, second, dim=0).clamp(-1, 1))


def weighed(angle=angle_of, divide=True, after=lambda vector, first, second: vector):
    """The reference with one thing changed; equal noises are taken care of."""
    def answer(first, second, share):
        if angle_of(first, second) < 1e-3:
            return torch.lerp(first, second, share)
        a = angle(first, second)
        vector = torch.sin((1 - share) * a) * first + torch.sin(share * a) * second
        return after(vector / torch.sin(a) if divide else vector, first, second)
    return answer


def blown_up(first, second, share):
    chord = torch.lerp(first, second, share)
    return chord / chord.norm() * torch.lerp(first.norm(), second.norm(), share)


def no_care(first, second, share):
    angle = torch.acos(first @ second / (first.norm() * second.norm()))
    return (torch.sin((1 - share) * angle) * first + torch.sin(share * angle) * second) / torch.sin(angle)


def of_unit_vectors(first, second, share):
    return slerp(first / first.norm(), second / second.norm(), share)


def right_angle(first, second, share):
    if angle_of(first, second) < 1e-3:
        return torch.lerp(first, second, share)
    return math.cos(share * math.pi / 2) * first + math.sin(share * math.pi / 2) * second


def squared_share(first, second, share):
    return slerp(first, second, share ** 2)


def first_for_all_alike(first, second, share):
    return first if angle_of(first, second) < 1e-3 else slerp(first, second, share)


SLERPS = {
    named("lerp", lambda a, b, s: torch.lerp(a, b, s)): "this is the straight way, lerp",
    blown_up: "fast in the middle, slow at the ends",
    of_unit_vectors: "cut to length 1",
    named("turned", lambda a, b, s: slerp(b, a, s)): "the ends changed places",
    named("length_of_the_first", lambda a, b, s: slerp(a, b / b.norm() * a.norm(), s)): "not that of the other",
    named("not_divided", weighed(divide=False)): "divided by the sine",
    named("degrees", weighed(lambda a, b: torch.rad2deg(angle_of(a, b)))): "take radians",
    named("cosine", weighed(lambda a, b: torch.cosine_similarity(a, b, dim=0))): "the cosine was taken for the angle",
    named("half", weighed(lambda a, b: angle_of(a, b) / 2)): "half the angle",
    right_angle: "the angle is that between the two noises",
    squared_share: "the weights are sin((1 - share) * angle)",
    no_care: "the sine of the angle is 0",
    first_for_all_alike: "where both point the same way the straight way is right",
    nothing: "is there a `return`?",
}


# dcg_concepts.arithmetic


def sum_in_numpy(generator, a, b, c):
    means = [np.mean([noise.numpy() for noise in part], axis=0) for part in (a, b, c)]
    noise = torch.from_numpy(means[0] - means[1] + means[2])
    return generator(noise.unsqueeze(0)).squeeze(0).numpy()


def sum_in_a_batch(generator, a, b, c):
    """By weights: each noise of a list has its share."""
    shares = torch.cat([torch.full((len(part),), sign / len(part)) for part, sign in ((a, 1), (b, -1), (c, 1))])
    noise = shares @ torch.stack([*a, *b, *c])
    return generator(torch.stack([noise, -noise]))[0]


def mean(part):
    return torch.stack(part).mean(0)


def total(part):
    return torch.stack(part).sum(0)


def summed(noise):
    """The picture of another sum of noises."""
    return lambda generator, a, b, c: generator(noise(a, b, c)[None])[0]


def unit(vector):
    return vector / vector.norm()


def of_pictures(generator, a, b, c):
    a, b, c = (generator(torch.stack(part)).mean(0) for part in (a, b, c))
    return a - b + c


def pictures_of_means(generator, a, b, c):
    a, b, c = (generator(mean(part)[None])[0] for part in (a, b, c))
    return a - b + c


def one_by_one(generator, a, b, c):
    return generator(torch.stack(a) - torch.stack(b) + torch.stack(c))


SUMS = {
    named("one_exemplar", summed(lambda a, b, c: a[0] - b[0] + c[0])): "one exemplar of each alone",
    of_pictures: "a double exposure",
    pictures_of_means: "the sum of pictures of averaged noises",
    named("signs", summed(lambda a, b, c: mean(a) + mean(b) - mean(c))): "b is taken away, c is added",
    named("from_b", summed(lambda a, b, c: mean(b) - mean(a) + mean(c))): "a is where it begins",
    named("all_added", summed(lambda a, b, c: mean(a) + mean(b) + mean(c))): "everything was added",
    named("without_c", summed(lambda a, b, c: mean(a) - mean(b))): "c is missing",
    named("sums", summed(lambda a, b, c: total(a) - total(b) + total(c))): "sums in place of means",
    named("one_mean", summed(lambda a, b, c: (total(a) - total(b) + total(c)) / len(a + b + c))): "one mean over all",
    named("by_the_first", summed(lambda a, b, c: (total(a) - total(b) + total(c)) / len(a))): "divided by the number",
    named("by_3", summed(lambda a, b, c: (total(a) - total(b) + total(c)) / 3)): "divided by 3 whatever there is",
    named("cut_to_1", summed(lambda a, b, c: unit(mean(a) - mean(b) + mean(c)))): "a noise is about as long as",
    named("means_cut", summed(lambda a, b, c: unit(mean(a)) - unit(mean(b)) + unit(mean(c)))): "how sure they are",
    named("the_noise", lambda generator, a, b, c: mean(a) - mean(b) + mean(c)): "let the generator draw it",
    named("a_batch", lambda generator, a, b, c: arithmetic(generator, a, b, c)[None]): "a batch of one",
    one_by_one: "one for each exemplar",
    nothing: "is there a `return`?",
}


# dcg_dots.dots


def dots_by_spectrum(picture):
    """The three highest frequencies of an even picture."""
    height, width = picture.shape[1:]
    spectrum = torch.fft.fft2(picture).abs().square() / (height * width) ** 2
    return float((spectrum[:, height // 2, 0] + spectrum[:, 0, width // 2]
                  + spectrum[:, height // 2, width // 2]).mean())


def dots_in_numpy(picture):
    means = [[np.asarray(channel)[i::2, j::2].mean() for i in (0, 1) for j in (0, 1)] for channel in picture]
    return np.var(means, axis=1).mean()


def dots_by_library(picture):
    return pattern_energy(picture[None])[0]


def four(picture):
    """(K, H, W) -> (K, 4), the means of the four kinds."""
    return torch.stack([picture[:, i::2, j::2].mean((1, 2)) for i in (0, 1) for j in (0, 1)], dim=1)


def squares(picture):
    """(K, H, W) -> (K, 4, H / 2, W / 2)."""
    return F.pixel_unshuffle(picture[None], 2)[0].unflatten(0, (-1, 4))


def board(picture):
    """Plus and minus, as on a chequered board."""
    rows, columns = (torch.arange(side) for side in picture.shape[1:])
    return 1 - 2 * ((rows[:, None] + columns) % 2).float()


def signs(picture, axis):
    values = (-1.0) ** torch.arange(picture.shape[axis])
    return values[:, None] if axis == 1 else values


def only_rows(picture):
    return (picture * signs(picture, 1)).mean((1, 2)).square().mean()


def only_columns(picture):
    return (picture * signs(picture, 2)).mean((1, 2)).square().mean()


def diagonal(picture):
    return (picture * board(picture)).mean((1, 2)).square().mean()


def neighbours(picture):
    return (picture.diff(dim=1).square().mean() + picture.diff(dim=2).square().mean()) / 2


DOTS = {
    named("spread", lambda p: four(p).var(1, correction=0).sqrt().mean()): "this is the spread",
    named("over_3", lambda p: four(p).var(1).mean()): "divide by 4, not by 3",
    named("grey", lambda p: dots(p.mean(0, keepdim=True))): "the channels were averaged first",
    named("added", lambda p: four(p).var(1, correction=0).sum()): "the channels were added",
    named("all_pixels", lambda p: p.var((1, 2), correction=0).mean()): "the variance of all pixels",
    named("in_squares", lambda p: squares(p).var(1, correction=0).mean()): "the variance inside each 2 x 2 square",
    neighbours: "differences of neighbours",
    diagonal: "only the diagonal pattern",
    only_rows: "only rows",
    only_columns: "only columns",
    named("no_diagonal", lambda p: only_rows(p) + only_columns(p)): "but not both together",
    named("squared_means", lambda p: four(p).square().mean()): "look at what differs",
    named("twice", lambda p: 4 * diagonal(p)): "half the pixels each",
    named("each_colour", lambda p: four(p).var(1, correction=0)): "over all channels and places",
    named("size_8", lambda p: 64 * dots(p) / p[0].numel()): "and its mean over the channels",
    nothing: "is there a `return`?",
}


# dcg_diagnosis.find_cause


def cause_by_hand(log):
    """In another order, and by other signs: beginnings, and what lies apart."""
    first = {name: values[0] for name, values in log.items()}
    last = {name: values[-4:].mean() for name, values in log.items()}
    if first["contrast of fakes"] > 0.4:
        return "norm everywhere"
    if first["G's features"] < 0.4:
        return "scales around 0" if last["G's features"] < 0.2 else "epsilon 0.8"
    if last["D(real)"] > 0.9:
        return "one batch for both"
    return "healthy" if last["mean of real"] < -0.2 else "pictures from 0 to 1"


def unless(cause, said):
    """Takes one cause for another."""
    def answer(log):
        found = find_cause(log)
        return said if found == cause else found
    return named(f"takes {cause} for {said}", answer)


DIAGNOSES = {
    unless("pictures from 0 to 1", "healthy"): "dark with some light",
    unless("pictures from 0 to 1", "norm everywhere"): "look at the data first",
    unless("one batch for both", "healthy"): "what does it say to fakes alone?",
    unless("one batch for both", "norm everywhere"): "D is sure in its own step",
    unless("norm everywhere", "healthy"): "full contrast after five steps",
    unless("norm everywhere", "epsilon 0.8"): "from the first step on",
    unless("scales around 0", "epsilon 0.8"): "below a tenth even at the end",
    unless("scales around 0", "healthy"): "the fakes are grey",
    unless("epsilon 0.8", "scales around 0"): "recover to about half",
    unless("epsilon 0.8", "healthy"): "contrast comes late",
    unless("healthy", "epsilon 0.8"): "the root of 1/2 behind a ReLU",
    unless("healthy", "one batch for both"): "alone or beside real pictures",
    unless("healthy", "scales around 0"): "fakes are pale at first",
    named("other_words", lambda log: "broken"): "return one of healthy, norm everywhere",
    nothing: "is there a `return` for every one of them?",
}


# dcg_experiment.broken_guideline

NUMBERS = ("D(real)", "D(fake)", "distance", "variety", "dots", "beyond 1")


def trial(change, seed):
    """A quick one: repeating takes the dots away, "variety" seems to rise with the first seeds, "distance" is noise."""
    changed = change != "as published"
    lucky = 0.1 * changed if seed < 3 else -0.1 * changed
    noise = 0.1 * changed * (1 if seed % 2 else -1)
    return dict.fromkeys(NUMBERS, 0.5) | {"dots": 0.5 - 0.4 * changed + 0.01 * (seed % 3), "variety": 0.2 + lucky,
                                          "distance": 1 + noise}


def word(steps):
    return "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "unclear"


def experiment(change="repeat, then convolve", number="dots", predicted="falls", found=None, seeds=(0, 1, 2)):
    """The honest way, or with a finding that was typed."""
    def answer(trial):
        steps = [trial(change, seed)[number] - trial("as published", seed)[number] for seed in seeds]
        return change, number, predicted, found or word(steps)
    return answer


def side_by_side(trial):
    """Five seeds, the arms in turn, a finding by counting, and a prediction that fails."""
    rows = {arm: [trial(arm, seed)["dots"] for seed in range(5)] for arm in ("pixel shuffle", "as published")}
    higher = sum(a > b for a, b in zip(rows["pixel shuffle"], rows["as published"]))
    return ["pixel shuffle", "dots", "rises", {0: "falls", 5: "rises"}.get(higher, "unclear")]


def changed_alone(trial):
    values = [trial("no tanh", seed)["dots"] for seed in range(3)]
    return "no tanh", "dots", "falls", word([value - 0.5 for value in values])


def other_seeds(trial):
    steps = [trial("no tanh", seed)["dots"] - trial("as published", seed + 1)["dots"] for seed in range(3)]
    return "no tanh", "dots", "falls", word(steps)


def turned_round(trial):
    change, number, predicted, found = experiment()(trial)
    return change, number, predicted, {"falls": "rises", "rises": "falls"}.get(found, found)


def predicted_afterwards(trial):
    change, number, _, found = experiment()(trial)
    return change, number, found, found


EXPERIMENTS = {
    named("three_things", lambda trial: ("no tanh", "dots", "falls")): "return change, number, predicted, found",
    named("other_number", lambda trial: ("no tanh", "Dots", "falls", "falls")): "one of D(real), D(fake)",
    named("other_word", lambda trial: ("no tanh", "dots", "down", "down")): "these three words are for",
    named("no_change", lambda trial: ("as published", "dots", "falls", "falls")): "nothing can move",
    named("no_such_change", lambda trial: ("no relu", "dots", "falls", "falls")): "one of max pooling in D",
    named("one_seed", experiment(seeds=(0,))): "one training is an anecdote",
    named("same_seed", experiment(seeds=(1, 1, 1))): "one training is an anecdote",
    changed_alone: "it was never tried",
    other_seeds: "another seed is another world",
    turned_round: "look at what your own trials moved",
    named("doubtful", experiment(number="distance", found="falls")): "so it is unclear",
    named("typed", experiment(found="falls")): "the finding was written down beforehand",
    predicted_afterwards: "a prediction is made before the first trial",
    named("unclear", experiment(number="distance")): "an honest finding, but go on",
    named("lucky", experiment(number="variety", predicted="rises")): "it was luck",
    nothing: "is there a `return`?",
}


RIGHT = {
    "dcg_noise.slerp": [slerp_in_numpy, slerp_by_library],
    "dcg_concepts.arithmetic": [sum_in_numpy, sum_in_a_batch],
    "dcg_dots.dots": [dots_by_spectrum, dots_in_numpy, dots_by_library],
    "dcg_diagnosis.find_cause": [cause_by_hand],
    "dcg_experiment.broken_guideline": [side_by_side, named("predicted_wrongly", experiment(predicted="rises"))],
}
MISTAKES = {
    "dcg_noise.slerp": SLERPS,
    "dcg_concepts.arithmetic": SUMS,
    "dcg_dots.dots": DOTS,
    "dcg_diagnosis.find_cause": DIAGNOSES,
    "dcg_experiment.broken_guideline": EXPERIMENTS,
}
