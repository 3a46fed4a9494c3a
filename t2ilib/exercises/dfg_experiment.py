"""Chapter 09: an experiment of your own. The weight of MA-GP is raised step by step: which number follows it?

The model is that of the chapter, at 16 x 16 pixels and with few channels, in the world of coloured squares that chapter
05 experimented in.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import torch

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.cls_experiment import COLOURS, SHOWN, Birds
from t2ilib.exercises.compare import NOTHING
from t2ilib.metrics.pair_answers import auc
from t2ilib.papers.df_gan import Config, DfGan, build
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

BASE = Config(size=16, text_dim=8, noise_dim=4, g_channels=4, d_channels=4)
RECIPE = Recipe(steps=40, batch=16, lrs={"generator": 2e-3, "discriminator": 4e-3}, betas=(0.0, 0.9),
                precision="32-true")
NUMBERS = ("AUC", "D(real, right text)", "D(real, wrong text)", "D(fake, right text)", "slope at real",
           "slope at fakes", "right colours", "variety")
WORDS = ("rises", "falls", "unclear")
MOST, DOSES, SEEDS, NEW = 1000.0, 3, 3, (20_260, 20_261, 20_262)


def trial(k: float, seed: int) -> dict[str, float]:
    """Train a tiny DF-GAN for 40 steps with this weight of MA-GP, 0 to 1000: a second or two.

    Returns: NUMBERS, measured on fresh pictures. The slopes are mean lengths by picture and text together; "right
             colours" is the share of fakes of the colour that was asked for, "variety" how much the fakes for one
             sentence differ.
    Raises: ValueError for another weight.
    """
    if not 0 <= k <= MOST:
        raise ValueError(f"k should be from 0 to {MOST:g}, got {k}; the paper has 2")
    return dict(_trial(float(k), int(seed)))


@cache
def _trial(k: float, seed: int) -> dict[str, float]:
    birds = Birds(seed)
    with torch.random.fork_rng(devices=()), torch.enable_grad():
        torch.manual_seed(runtime.derived_seed(seed))
        game = build(replace(BASE, penalty=k))
        state = TrainState(game, RECIPE, make_fabric("cpu", RECIPE.precision), seed)
        for _ in range(RECIPE.steps):
            train_step(game, state, birds.draw(RECIPE.batch)[1])
        return _measured(game, birds)


def _measured(game: DfGan, birds: Birds) -> dict[str, float]:
    kinds, batch = birds.draw(SHOWN)
    with torch.no_grad():
        fakes = game.generate(batch)
        alike = game.generate(batch._replace(text=batch.text[:1].expand(SHOWN, -1)))
        wrong, = game.discriminator(batch.image, batch.wrong_text)
    (right, at_real), (faked, at_fakes) = _slope(game, batch), _slope(game, batch._replace(image=fakes))
    nearest = torch.cdist(fakes[:, :, 6:10, 6:10].mean((2, 3)), COLOURS).argmin(1)
    values = (auc(right.numpy(), wrong.numpy()), right.mean(), wrong.mean(), faked.mean(), at_real, at_fakes,
              (nearest == kinds).float().mean(), alike.std(0).mean())
    return dict(zip(NUMBERS, map(float, values)))


def _slope(game: DfGan, batch: TextBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """D's answers to pairs of picture and right text, and the mean length of its slope there."""
    inputs = [one.detach().clone().requires_grad_() for one in (batch.image, batch.text)]
    answers, = game.discriminator(*inputs)
    slopes = torch.autograd.grad(answers.sum(), inputs)
    return answers.detach(), torch.cat([slope.flatten(1) for slope in slopes], dim=1).norm(dim=1).mean()


def four_things(answer):
    """weights, a number, a prediction and a finding"""
    got = answer(trial)
    if got is None:
        return Wrong("four things", "nothing", NOTHING)
    if not isinstance(got, tuple | list) or len(got) != 4 or np.ndim(got[0]) != 1:
        return Wrong("four things", got, "return weights, number, predicted, found: a list and three words")
    _, number, predicted, found = got
    if number not in NUMBERS:
        return Wrong("the name of a number", number, f"one of {', '.join(NUMBERS)}")
    return next((Wrong("rises, falls or unclear", word, "these three words are for the prediction and the finding")
                 for word in (predicted, found) if word not in WORDS), None)


def three_weights(answer):
    """three weights or more, from the smallest to the largest"""
    weights = list(answer(trial)[0])
    if len(weights) < DOSES:
        return Wrong(f"{DOSES} weights or more", weights, "two points lie on a line whatever happens between them: a "
                                                          "third one can contradict")
    return None if all(a < b for a, b in zip(weights, weights[1:])) else Wrong(
        "weights that grow", weights, "from the smallest to the largest, and none twice")


def measured(answer):
    """each weight measured with three seeds or more, the same ones"""
    (weights, *_), arms = _perform(answer, trial)
    for weight, values in zip(weights, arms):
        if len(values) < SEEDS:
            return Wrong(f"{SEEDS} seeds with k = {weight:g}", f"{len(values)}", "one training is an anecdote: another "
                         "seed may say the opposite" if values else "this weight was never tried")
    return None if all(values.keys() == arms[0].keys() for values in arms) else Wrong(
        "the same seeds for all weights", [sorted(values) for values in arms], "another seed is another world and "
                                                                               "another beginning")


def as_measured(answer):
    """the finding is what your trials say"""
    (_, number, _, found), arms = _perform(answer, trial)
    said = _finding(arms)
    return None if found == said else Wrong(
        f"'{said}' for {number}", f"'{found}'", "it does not at each step with each seed: so it is unclear" if said ==
        "unclear" else "look at what your own trials moved: each weight against the one before, for each seed")


def found_not_typed(answer):
    """had your trials said the opposite, you had found the opposite"""
    weights = list(answer(trial)[0])
    (_, _, _, found), arms = _perform(answer, _mirrored(weights))
    said = _finding(arms)
    return None if found == said else Wrong(f"'{said}', if the weights change places", f"'{found}'",
                                            "the finding was written down beforehand: work it out from the trials")


def predicted_before(answer):
    """but you had predicted the same"""
    weights, number, predicted, _ = answer(trial)
    again = answer(_mirrored(list(weights)))
    if list(again[0]) != list(weights) or again[1] != number or again[2] == predicted:
        return None
    return Wrong(f"'{predicted}' as before", f"'{again[2]}'", "a prediction is made before the first trial; here a "
                                                              "wrong one is no mistake")


def clear(answer):
    """the weight does something"""
    number, found = answer(trial)[1::2]
    return None if found != "unclear" else Wrong(
        f"{number} rises or falls", "unclear", "an honest finding, but go on: put the weights further apart, or take a "
                                               "number that is nearer to what a penalty does")


def holds(answer):
    """it does so with new seeds, too"""
    weights, number, _, found = answer(trial)
    steps = [trial(weights[-1], seed)[number] - trial(weights[0], seed)[number] for seed in NEW]
    agree = sum(step > 0 if found == "rises" else step < 0 for step in steps)
    return None if agree >= 2 else Wrong(f"'{found}' for two of three new seeds", np.round(steps, 3),
                                         "it was luck: of many numbers one always moves with three seeds")


def _perform(answer, trial):
    """What the answer returns, and for each of its weights the number by seed."""
    calls = []

    def recorded(k, seed):
        calls.append((float(k), int(seed), trial(k, seed)))
        return calls[-1][2]

    weights, number, predicted, found = answer(recorded)
    arms = [{seed: values[number] for k, seed, values in calls if k == weight} for weight in weights]
    return (weights, number, predicted, found), arms


def _finding(arms):
    """"rises" or "falls" if it does so at each step with every seed, or "unclear"."""
    steps = [after[seed] - before[seed] for before, after in zip(arms, arms[1:])
             for seed in before.keys() & after.keys()]
    return "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "unclear"


def _mirrored(weights):
    """A trial in which the first weight and the last have changed places, and so on."""
    other = dict(zip(weights, reversed(weights)))
    return lambda k, seed: trial(other.get(k, k), seed)


raised_weight = Exercise(
    id="dfg_experiment.raised_weight",
    title="raise the penalty, and watch one number",
    minutes=30,
    difficulty=3,
    text="An experiment without a single right answer. `trial(k, seed)` trains a tiny DF-GAN for 40 steps with "
         "weight k of MA-GP, 0 to 1000, and measures it on fresh pictures: a dict of 'AUC', 'D(real, right text)', "
         "'D(real, wrong text)', 'D(fake, right text)', 'slope at real', 'slope at fakes', 'right colours' and "
         "'variety'. Choose three weights or more, from the smallest to the largest, and a number, and say "
         "beforehand whether it 'rises' or 'falls' with k. Measure each weight with three seeds or more, the same "
         "ones. It 'rises' or 'falls' if it does at each step from weight to weight with every seed, else it is "
         "'unclear': then try other weights, or another number. Return weights, number, predicted, found. A wrong "
         "prediction is fine, a wrong finding is not; yours is tried on new seeds. To play: "
         "`exercises.dfg_experiment.trial(2.0, seed=0)`.",
    hints=(
        "Which number does the penalty speak of itself, and by what factor must k grow until D notices, if the "
        "penalty grows with the sixth power?",
        "Write the prediction down as a word. Then make a table with a row for each seed and a column for each weight, "
        "and look at the differences along the rows.",
        "`table = [[trial(k, seed)[number] for k in weights] for seed in range(3)]`; `steps = np.diff(table)`; 'rises' "
        "if `steps.min() > 0`, 'falls' if `steps.max() < 0`, else 'unclear'.",
    ),
    checks=(four_things, three_weights, measured, as_measured, found_not_typed, predicted_before, clear, holds),
    explanation="D's slope falls as k grows, and slowly: with the sixth power, ten times the weight takes off no more "
                "than a third or so. It falls at fakes as well, where nobody asked for it. "
                "Whether the pictures get better is another question: in 40 steps nobody can tell. Three weights can "
                "contradict each other, two cannot.",
)
