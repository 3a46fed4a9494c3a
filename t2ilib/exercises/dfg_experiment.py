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
from t2ilib.exercises.experiment_checks import ExperimentChecks
from t2ilib.metrics.pair_answers import auc
from t2ilib.papers.df_gan import Config, DfGan, build
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

BASE = Config(size=16, text_dim=8, noise_dim=4, g_channels=4, d_channels=4)
RECIPE = Recipe(steps=40, batch=16, lrs={"generator": 2e-3, "discriminator": 4e-3}, betas=(0.0, 0.9),
                precision="32-true")
NUMBERS = ("AUC", "D(real, right text)", "D(real, wrong text)", "D(fake, right text)", "slope at real",
           "slope at fakes", "right colours", "variety")
MOST, DOSES = 1000.0, 3


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


def three_weights(answer):
    """three weights or more, from the smallest to the largest"""
    weights = list(answer(trial)[0])
    if len(weights) < DOSES:
        return Wrong(f"{DOSES} weights or more", weights, "two points lie on a line whatever happens between them: a "
                                                          "third one can contradict")
    return None if all(a < b for a, b in zip(weights, weights[1:])) else Wrong(
        "weights that grow", weights, "from the smallest to the largest, and none twice")


PLAN = ExperimentChecks(
    trial=lambda k, seed: trial(k, seed),
    numbers=NUMBERS,
    arms=list,
    is_choice=lambda weights: np.ndim(weights) == 1,
    form="return weights, number, predicted, found: a list and three words",
    name="with k = {:g}".format,
    steps="each weight against the one before",
    further="put the weights further apart, or take a number that is nearer to what a penalty does",
)

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
    checks=(PLAN.four_things, three_weights, PLAN.measured, PLAN.as_measured, PLAN.found_not_typed,
            PLAN.predicted_before, PLAN.clear, PLAN.holds),
    explanation="D's slope falls as k grows, and slowly: with the sixth power, ten times the weight takes off no more "
                "than a third or so. It falls at fakes as well, where nobody asked for it. "
                "Whether the pictures get better is another question: in 40 steps nobody can tell. Three weights can "
                "contradict each other, two cannot.",
)
