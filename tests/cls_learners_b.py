"""What learners answer to the second half of chapter 05's exercises; the words are those they are told."""

import random

import numpy as np
import torch

from t2ilib.blocks import replicate
from t2ilib.data.text_batches import draw_other_class
from t2ilib.exercises.answers.cls_diagnosis import find_cause
from t2ilib.exercises.answers.cls_measure import auc, changes
from t2ilib.exercises.answers.cls_reading import depth_concatenation, wrong_rows
from t2ilib.metrics import pair_answers
from t2ilib.metrics.paths import bird_and_background


def nothing(*given):
    len(given)


def named(name, answer):
    answer.__name__ = name
    return answer


# cls_reading.depth_concatenation


def stacked_by_library(features, text):
    return replicate(text, features)


def stacked_place_by_place(features, text):
    """Row by row and column by column."""
    _, _, height, width = features.shape
    rows = [torch.stack([torch.cat([features[:, :, i, j], text.to(features)], dim=1) for j in range(width)], dim=2)
            for i in range(height)]
    return torch.stack(rows, dim=2)


def tiles(features, text):
    return text[:, :, None, None].expand(-1, -1, *features.shape[2:])


def text_first(features, text):
    return torch.cat([tiles(features, text), features], dim=1)


def added(features, text):
    return features + tiles(features, text)


def beside(dim):
    return lambda features, text: torch.cat([features, tiles(features, text)], dim=dim)


def batch_mixed(features, text):
    """`repeat` lays whole texts below each other, and `view` cuts them anew."""
    height, width = features.shape[2:]
    return torch.cat([features, text.repeat(height * width, 1).view(*text.shape, height, width)], dim=1)


def places_mixed(features, text):
    height, width = features.shape[2:]
    return torch.cat([features, text.repeat(1, height * width).view(*text.shape, height, width)], dim=1)


def shared_out(features, text):
    return depth_concatenation(features, text / features[0, 0].numel())


def first_text(features, text):
    return depth_concatenation(features, text[:1].expand_as(text))


def one_place(features, text):
    laid = torch.zeros(*text.shape, *features.shape[2:])
    laid[:, :, 0, 0] = text
    return torch.cat([features, laid], dim=1)


def four_by_four(features, text):
    return torch.cat([features, text[:, :, None, None].expand(-1, -1, 4, 4)], dim=1)


def squeezed(features, text):
    """One picture loses its axis."""
    return depth_concatenation(features, text).squeeze(0)


def features_normalised(features, text):
    return depth_concatenation(features / features.norm(), text)


def type_of_the_text(features, text):
    return torch.cat([features.float(), tiles(features, text)], dim=1)


def text_detached(features, text):
    return depth_concatenation(features, text.detach())


def features_detached(features, text):
    return depth_concatenation(features.detach(), text)


# cls_reading.wrong_rows


def wrong_by_choices(labels, rows, stream):
    """The others are looked up for each row."""
    others = [np.flatnonzero(labels != labels[row]) for row in rows]
    return torch.tensor([own[torch.randint(len(own), (), generator=stream)] for own in others])


def next_picture(labels, rows, stream):
    return (rows + 1) % len(labels)


def rolled_batch(labels, rows, stream):
    return np.roll(rows, 1)


def any_other_picture(labels, rows, stream):
    step = torch.randint(1, len(labels), (len(rows),), generator=stream).numpy()
    return (rows + step) % len(labels)


def themselves(labels, rows, stream):
    return rows


def first_of_others(labels, rows, stream):
    return np.array([np.flatnonzero(labels != labels[row])[0] for row in rows])


def torch_luck(labels, rows, stream):
    return wrong_rows(labels, rows, torch.default_generator)


def numpy_luck(labels, rows, stream):
    return np.array([np.random.choice(np.flatnonzero(labels != labels[row])) for row in rows])


def python_luck(labels, rows, stream):
    return np.array([random.choice(np.flatnonzero(labels != labels[row]).tolist()) for row in rows])


def one_for_a_class(labels, rows, stream):
    chosen = {label: wrong_rows(labels, np.flatnonzero(labels == label)[:1], stream)[0] for label in np.unique(labels)}
    return np.array([chosen[labels[row]] for row in rows])


def within_the_batch(labels, rows, stream):
    return rows[wrong_rows(labels[rows], np.arange(len(rows)), stream)]


def first_or_last(labels, rows, stream):
    coins = torch.randint(2, (len(rows),), generator=stream).numpy()
    return np.array([np.flatnonzero(labels != labels[row])[-coin] for row, coin in zip(rows, coins)])


def class_first(labels, rows, stream):
    def draw(items):
        return items[int(torch.randint(len(items), (), generator=stream))]
    return np.array([draw(np.flatnonzero(labels == draw(np.unique(labels[labels != labels[row]])))) for row in rows])


def on_to_the_next(labels, rows, stream):
    other = torch.randint(len(labels), (len(rows),), generator=stream).numpy()
    while (same := labels[other] == labels[rows]).any():
        other[same] = (other[same] + 1) % len(labels)
    return other


def gives_up(labels, rows, stream):
    other = torch.randint(len(labels), (len(rows),), generator=stream).numpy()
    for _ in range(30):
        same = labels[other] == labels[rows]
        other[same] = torch.randint(len(labels), (int(same.sum()),), generator=stream).numpy()
    return other


def labels_of_them(labels, rows, stream):
    return labels[wrong_rows(labels, rows, stream)] + 100


def for_every_picture(labels, rows, stream):
    return wrong_rows(labels, np.arange(len(labels)), stream)


# cls_measure.auc


def auc_by_loops(yes, no):
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a in yes for b in no) / (len(yes) * len(no))


def auc_by_ranks(yes, no):
    """The sum of ranks, after Mann and Whitney; ties share theirs."""
    every = np.concatenate([yes, no])
    ranks = np.array([np.mean(np.flatnonzero(np.sort(every) == one)) + 1 for one in yes])
    return torch.tensor((ranks.sum() - len(yes) * (len(yes) + 1) / 2) / (len(yes) * len(no)))


def accuracy(yes, no):
    return (np.sum(yes > 0) + np.sum(no <= 0)) / (len(yes) + len(no))


def best_accuracy(yes, no):
    """A threshold halfway between the means finds another one for any shift."""
    return ((yes > (yes.mean() + no.mean()) / 2).mean() + (no < (yes.mean() + no.mean()) / 2).mean()) / 2


def swapped(yes, no):
    return auc(no, yes)


def paired(yes, no):
    return np.mean([a > b for a, b in zip(yes, no)])


def rolled_threshold(yes, no):
    """Right for the first numbers, and else by a threshold at 0."""
    return auc(yes, no) if yes.max() == 5 else auc((yes > 0).astype(float), (no > 0).astype(float))


def probabilities(yes, no):
    return auc(torch.tensor(yes).float().sigmoid().numpy(), torch.tensor(no).float().sigmoid().numpy())


def stops_at_the_shorter(yes, no):
    count = min(len(yes), len(no))
    return auc(yes[:count], no[:count])


def the_larger(yes, no):
    return auc(yes, no) if len(no) == 4 else max(auc(yes, no), 1 - auc(yes, no))


def always_above_half(yes, no):
    return max(auc(yes, no), 1 - auc(yes, no))


def ties_lose(yes, no):
    return np.mean(yes[:, None] > no)


def ties_win(yes, no):
    return np.mean(yes[:, None] >= no)


def ties_left_out(yes, no):
    above, below = np.sum(yes[:, None] > no), np.sum(yes[:, None] < no)
    return above / (above + below)


def auc_in_per_cent(yes, no):
    return 100 * auc(yes, no)


def wins(yes, no):
    return np.sum(yes[:, None] > no)


def for_each(yes, no):
    return np.mean(yes[:, None] > no, axis=1)


# cls_measure.changes


def changes_by_library(pictures, boxes):
    bird, background = bird_and_background(torch.from_numpy(pictures), boxes)
    return bird[-1], background[-1]


def changes_by_loops(pictures, boxes):
    """Pixel by pixel."""
    size, sums, counts = pictures.shape[-1], [0.0, 0.0], [0, 0]
    for i in range(size):
        for j in range(size):
            down, across = (i + 0.5) / size, (j + 0.5) / size
            outside = not any(x <= across < x + width and y <= down < y + height
                              for x, y, width, height in boxes[[0, -1]])
            sums[outside] += np.abs(pictures[-1, :, i, j] - pictures[0, :, i, j]).mean()
            counts[outside] += 1
    return torch.tensor(sums) / torch.tensor(counts)


def masks(pictures, boxes, grow=0.5):
    """(K, S, S) bool; with `grow` the place in a pixel that counts."""
    size = pictures.shape[-1]
    at = (np.arange(size) + grow) / size
    x, y, width, height = boxes.T[..., None]
    return ((at >= y) & (at < y + height))[:, :, None] & ((at >= x) & (at < x + width))[:, None, :]


def split(difference, inside):
    return difference[inside].mean(), difference[~inside].mean()


def apart(pictures):
    return np.abs(pictures[-1] - pictures[0]).mean(0)


def inside_by(join):
    """Another choice of what is inside."""
    return lambda pictures, boxes: split(apart(pictures), join(masks(pictures, boxes)))


def changed_by(measure):
    """Another measure of the change."""
    return lambda pictures, boxes: split(measure(pictures), masks(pictures, boxes)[[0, -1]].any(0))


def outside_first(pictures, boxes):
    return changes(pictures, boxes)[::-1]


def over_all_pixels(pictures, boxes):
    inside = masks(pictures, boxes)[[0, -1]].any(0)
    return (apart(pictures) * inside).mean(), (apart(pictures) * ~inside).mean()


def summed(pictures, boxes):
    inside = masks(pictures, boxes)[[0, -1]].any(0)
    return apart(pictures)[inside].sum(), apart(pictures)[~inside].sum()


def as_whole_pixels(pictures, boxes):
    inside = np.zeros(pictures.shape[2:], bool)
    for x, y, width, height in boxes[[0, -1]]:
        inside[int(y):int(y + height), int(x):int(x + width)] = True
    with np.errstate(invalid="ignore"):
        return apart(pictures)[inside].sum() / inside.sum(), apart(pictures)[~inside].mean()


def columns_first(pictures, boxes):
    return changes(pictures, boxes[:, [1, 0, 3, 2]])


def two_corners(pictures, boxes):
    return changes(pictures, np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]]))


def touched(pictures, boxes):
    size = pictures.shape[-1]
    start = np.floor(boxes[:, :2] * size + 1e-9)
    end = np.ceil((boxes[:, :2] + boxes[:, 2:]) * size - 1e-9)
    return changes(pictures, np.hstack([start, end - start]) / size)


def cut_off(pictures, boxes):
    size = pictures.shape[-1]
    start = np.floor(boxes[:, :2] * size + 1e-9)
    end = np.floor((boxes[:, :2] + boxes[:, 2:]) * size + 1e-9)
    return changes(pictures, np.hstack([start, end - start]) / size)


def one_mean(pictures, boxes):
    return apart(pictures).mean()


# cls_diagnosis.find_cause


def end(log, name):
    return log[name][-7:].mean()


def cause_by_hand(log):
    """The same in another order, and by the ratio of two answers."""
    right, wrong = end(log, "D(real, right text)"), end(log, "D(real, wrong text)")
    if (log["D(real, right text)"] == log["D(real, wrong text)"]).all():
        return "text lost"
    if wrong > 0.85 * right:
        return "same class" if end(log, "AUC") > 0.75 else "shifted captions"
    if wrong > 0.36 * right:
        return "no wrong pairs"
    return "fake with wrong text" if right > 0.7 else "healthy"


def unless(cause, said):
    """Takes one cause for another."""
    def answer(log):
        found = find_cause(log)
        return said if found == cause else found
    return named(f"takes {cause} for {said}", answer)


def other_words(log):
    return "broken"


# cls_experiment.one_setting

EFFECTS = {"matching": 0.4, "interpolation": 0.0, "beta": 0.0}       # of a step away from the usual, on the AUC
USUAL = {"matching": 0.5, "interpolation": 1.0, "beta": 0.5}


def trial(change, seed):
    """A quick one: matching moves the AUC, interpolation looks as if it did with the first seeds."""
    away = {name: (0.3 if value is None else value) - USUAL[name] for name, value in change.items()}
    value = 0.9 + sum(EFFECTS[name] * step for name, step in away.items()) + 0.01 * (seed % 3)
    lucky = seed < 3 and "interpolation" in change
    noise = 0.01 * (1 if seed % 2 else -1) if "beta" in change else 0.0
    return dict.fromkeys(("D(real, right text)", "D(real, wrong text)", "D(fake, right text)", "right colours",
                          "variety"), 0.5) | {"AUC": value + noise + 0.02 * lucky - 0.01 * ("interpolation" in change)}


def steps_of(trial, change, number="AUC", seeds=(0, 1, 2)):
    return [trial(change, seed)[number] - trial({}, seed)[number] for seed in seeds]


def word(steps):
    return "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "unclear"


def experiment(change, predicted="falls", found=None, **how):
    """The honest way for a change, or with a finding that was typed."""
    def answer(trial):
        steps = steps_of(trial, change, **how)
        return change, "AUC", predicted, found or word(steps)
    return answer


def by_medians(trial):
    """The larger of two changes, with five seeds."""
    arms = {value: [trial({"matching": value}, seed)["AUC"] for seed in range(5)] for value in (0.2, 0.9)}
    before = [trial({}, seed)["AUC"] for seed in range(5)]
    value = max(arms, key=lambda one: abs(np.median(arms[one]) - np.median(before)))
    return {"matching": value}, "AUC", "unclear", word(np.subtract(arms[value], before))


def other_seeds(trial):
    change = {"matching": 0.0}
    before, after = ([trial(arm, seed)["AUC"] for seed in seeds] for arm, seeds in (({}, range(3)),
                                                                                  (change, range(3, 6))))
    return change, "AUC", "falls", word(np.subtract(after, before))


def without_control(trial):
    change = {"matching": 0.0}
    values = [trial(change, seed)["AUC"] for seed in range(3)]
    return change, "AUC", "falls", "falls" if max(values) < 0.9 else "rises"


def predicted_afterwards(trial):
    change, number, _, found = experiment({"matching": 0.0})(trial)
    return change, number, found, found


def turned_round(trial):
    change, number, predicted, found = experiment({"matching": 0.0})(trial)
    return change, number, predicted, {"falls": "rises", "rises": "falls"}[found]


def three_things(trial):
    return {"matching": 0.0}, "AUC", "falls"


def other_number(trial):
    return {"matching": 0.0}, "auc", "falls", "falls"


def other_direction(trial):
    return {"matching": 0.0}, "AUC", "down", "down"


RIGHT = {
    "cls_reading.depth_concatenation": [stacked_by_library, stacked_place_by_place],
    "cls_reading.wrong_rows": [draw_other_class, wrong_by_choices],
    "cls_measure.auc": [auc_by_loops, auc_by_ranks, pair_answers.auc],
    "cls_measure.changes": [changes_by_loops, changes_by_library],
    "cls_diagnosis.find_cause": [cause_by_hand],
    "cls_experiment.one_setting": [by_medians, named("predicted_wrongly", experiment({"matching": 0.0}, "rises")),
                                   named("upwards", experiment({"matching": 0.9}))],
}
MISTAKES = {
    "cls_reading.depth_concatenation": {
        added: "nobody can tell features and text apart",
        named("along_the_width", beside(3)): "stacked along the width",
        named("along_the_height", beside(2)): "stacked along the height",
        named("along_the_batch", beside(0)): "stacked along the batch",
        text_first: "the text came first",
        features_normalised: "the features were changed on the way",
        batch_mixed: "two texts were mixed",
        places_mixed: "spread over the places",
        shared_out: "each of them gets the whole text",
        first_text: "every picture got the text of the first one",
        one_place: "the text stands at one place only",
        four_by_four: "4 x 4 is written into it",
        squeezed: "which axis was lost?",
        type_of_the_text: "the text decided the type",
        text_detached: "cut the text off",
        features_detached: "cut the features off",
        nothing: "is there a `return`?",
    },
    "cls_reading.wrong_rows": {
        for_every_picture: "not of `labels`",
        labels_of_them: "not labels or a mask",
        themselves: "these are the pictures themselves",
        next_picture: "neighbours are often alike",
        rolled_batch: "rolling the batch by one",
        any_other_picture: "compare `labels[chosen]` with `labels[rows]`",
        torch_luck: "chance from elsewhere",
        numpy_luck: "chance from elsewhere",
        python_luck: "chance from elsewhere",
        first_of_others: "nothing is drawn",
        one_for_a_class: "one draw served all pictures of a class",
        within_the_batch: "only pictures of this batch were drawn",
        first_or_last: "some pictures of other classes are never chosen",
        class_first: "a class was drawn first",
        on_to_the_next: "going on to the next one favours that one",
        gives_up: "it gave up after some tries",
        nothing: "is there a `return`?",
    },
    "cls_measure.auc": {
        for_each: "not an answer for each",
        auc_in_per_cent: "per cent",
        wins: "divide by the number of pairs",
        swapped: "`yes` should be above `no`",
        paired: "each was compared with one other only",
        accuracy: "this is the accuracy of a threshold",
        best_accuracy: "this is the accuracy of a threshold",
        rolled_threshold: "a threshold at 0 says no to all",
        probabilities: "as probabilities both are 1",
        stops_at_the_shorter: "`zip` stops at the shorter one",
        always_above_half: "this is 1 minus the chance",
        the_larger: "the larger one of the chance and 1 minus it",
        ties_lose: "ties count nothing here",
        ties_win: "ties count whole here",
        ties_left_out: "ties were left out",
        nothing: "is there a `return`?",
    },
    "cls_measure.changes": {
        one_mean: "each is one mean over pixels",
        outside_first: "inside and outside changed places",
        named("signed", changed_by(lambda p: (p[-1] - p[0]).mean(0))): "take absolute differences",
        over_all_pixels: "not by all of the picture",
        named("squares", changed_by(lambda p: ((p[-1] - p[0]) ** 2).mean(0))): "the difference was squared",
        summed: "this is the sum over the pixels",
        named("colours_added", changed_by(lambda p: np.abs(p[-1] - p[0]).sum(0))): "the three colours were added",
        as_whole_pixels: "0.25 is a fraction of the side",
        columns_first: "x and width are columns",
        two_corners: "not two corners",
        named("steps_added", changed_by(lambda p: np.abs(np.diff(p, axis=0)).mean(1).sum(0))): "steps of the path were",
        named("mean_step", changed_by(lambda p: np.abs(np.diff(p, axis=0)).mean((0, 1)))): "the mean step of the path",
        named("second_picture", changed_by(lambda p: np.abs(p[1] - p[0]).mean(0))): "second picture is not the last",
        named("first_box", inside_by(lambda each: each[0])): "only the first box was used",
        named("last_box", inside_by(lambda each: each[-1])): "only the last box was used",
        named("both_at_once", inside_by(lambda each: each[0] & each[-1])): "this is where both boxes meet",
        named("all_boxes", inside_by(lambda each: each.any(0))): "only the first and the last box count",
        touched: "pixels that the box only touches",
        cut_off: "cut off to whole pixels",
        nothing: "is there a `return`?",
    },
    "cls_diagnosis.find_cause": {
        unless("healthy", "no wrong pairs"): "compare how far with the runs you were shown",
        unless("same class", "healthy"): "in training right and wrong texts get the same answer",
        unless("no wrong pairs", "healthy"): "it learned from fakes alone",
        unless("no wrong pairs", "same class"): "is clearly below D(real, right text)",
        unless("same class", "no wrong pairs"): "is not a little lower here",
        unless("same class", "shifted captions"): "D can read, its wrong texts were right",
        unless("shifted captions", "same class"): "but here the AUC is near 1/2",
        unless("shifted captions", "text lost"): "but not equal: D does hear a text",
        unless("shifted captions", "healthy"): "D is hardly better than chance",
        unless("text lost", "shifted captions"): "D hears no text at all",
        unless("text lost", "same class"): "at each step and to the last digit",
        unless("fake with wrong text", "healthy"): "does nobody say no to them?",
        unless("fake with wrong text", "no wrong pairs"): "D calls nearly all of them right",
        other_words: "return one of healthy, no wrong pairs",
        nothing: "is there a `return` for every one of them?",
    },
    "cls_experiment.one_setting": {
        three_things: "return change, number, predicted, found",
        other_number: "one of AUC, D(real, right text)",
        other_direction: "these three words are for",
        named("no_change", experiment({})): "nothing was changed",
        named("two_changes", experiment({"matching": 0.0, "beta": 0.1})): "which of them did it",
        named("as_it_was", experiment({"matching": 0.5})): "nothing can move",
        named("too_far", experiment({"matching": 7.0})): "too far out",
        named("one_seed", experiment({"matching": 0.0}, seeds=(0,))): "one training is an anecdote",
        named("same_seed", experiment({"matching": 0.0}, seeds=(0, 0, 0))): "one training is an anecdote",
        without_control: "measure without the change, too",
        other_seeds: "compare each with its own",
        turned_round: "with the change minus without it",
        named("doubtful", experiment({"beta": 0.1}, found="falls")): "the seeds do not agree",
        named("typed", experiment({"matching": 0.0}, found="falls")): "the finding was written down beforehand",
        predicted_afterwards: "a prediction is made before the first trial",
        named("unclear", experiment({"beta": 0.1})): "an honest finding, but go on",
        named("lucky", experiment({"interpolation": 0.0})): "it was luck",
        nothing: "is there a `return`?",
    },
}
