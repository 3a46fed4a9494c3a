"""Chapter 03: an experiment of your own. One player is not told the class: which number moves, and which way?

The model is the chapter's cGAN of plain layers, with narrower ones; the pictures are the handwritten digits.
"""

from functools import cache

import torch

from t2ilib import runtime
from t2ilib.data import digits
from t2ilib.data.conditions import DigitBatches
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.experiment_checks import ExperimentChecks
from t2ilib.metrics.digit_measures import classes_read
from t2ilib.metrics.pair_answers import auc
from t2ilib.papers.variants.deaf import deafen
from t2ilib.papers.variants.flat_cgan import Config, FlatCgan
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

BASE = Config(noise_dim=8, g_hidden=(64, 64), d_hidden=(64, 64))
RECIPE = Recipe(steps=400, batch=32, lr=3e-3, penalty_every=8, precision="32-true")
SHOWN = 300                     # pictures on which a trial is measured
DEAF = {"nobody": (), "D": ("discriminator",), "G": ("generator",), "both": ("generator", "discriminator")}
"""Who is not told the class -> the players of the game."""
NUMBERS = ("right digit", "recognised", "AUC", "D(real, own c)", "D(real, wrong c)", "D(fake, own c)")


def trial(deaf: str, seed: int) -> dict[str, float]:
    """Train a small cGAN on the digits for 400 steps, in which "nobody", "D", "G" or "both" are not told the class.

    Returns: NUMBERS. "right digit" is how often a reader sees the digit that was asked for, "recognised" how often it
             clearly sees any; the AUC is how well D tells own classes from wrong ones on held-out digits.
    Raises: ValueError for anybody else.
    """
    if deaf not in DEAF:
        raise ValueError(f"who is not told should be one of {', '.join(DEAF)}, got {deaf!r}; choose one of these")
    return dict(_trial(deaf, int(seed)))


@cache
def _trial(deaf: str, seed: int) -> dict[str, float]:
    batches = DigitBatches(digits.load("train"), RECIPE.batch, BASE, seed)
    with torch.random.fork_rng(devices=()), torch.enable_grad():
        torch.manual_seed(runtime.derived_seed(seed))
        game = deafen(FlatCgan(BASE), *DEAF[deaf])
        state = TrainState(game, RECIPE, make_fabric("cpu", RECIPE.precision), seed)
        for step in range(RECIPE.steps):
            state.step = step                       # the penalty comes every eighth one
            train_step(game, state, batches(step))
    with runtime.evaluating(game):
        return _measured(game, seed)


def _measured(game: FlatCgan, seed: int) -> dict[str, float]:
    batch = DigitBatches(digits.load("test"), SHOWN, BASE, seed)(0)
    fakes = game.generate(batch)
    own, wrong = game.discriminator(batch.real, batch.condition, batch.wrong_condition)
    made, = game.discriminator(fakes, batch.condition)
    read, clear = classes_read(fakes.flatten(1))
    right = read == batch.condition.argmax(1).numpy()
    answers = (float(logits.sigmoid().mean()) for logits in (own, wrong, made))
    return dict(zip(NUMBERS, (float(right.mean()), float(clear.mean()), auc(own.numpy(), wrong.numpy()), *answers)))


def one_player(answer):
    """D or G is not told, and not both of them"""
    deaf = answer(trial)[0]
    words = {"nobody": "nobody is what you compare with: choose a player",
             "both": "if neither is told, nobody knows which of them it was: this is the GAN of chapter 01"}
    return Wrong("'D' or 'G'", f"'{deaf}'", words[deaf]) if deaf in words else None


PLAN = ExperimentChecks(
    trial=lambda deaf, seed: trial(deaf, seed),
    numbers=NUMBERS,
    arms=lambda deaf: ["nobody", deaf],
    is_choice=lambda deaf: isinstance(deaf, str) and deaf in DEAF,
    form="return deaf, number, predicted, found: four words, the first one 'D' or 'G'",
    name=lambda deaf: f"in which {deaf} is not told" if deaf != "nobody" else "in which both are told",
    steps="with one player deaf minus with none",
    further="take the other player, or a number that is nearer to what this one needs c for",
)

deaf_player = Exercise(
    id="cgn_experiment.deaf_player",
    title="one player is not told: predict one number",
    minutes=30,
    difficulty=3,
    text="An experiment without a single right answer. `trial(deaf, seed)` trains a small conditional GAN on the "
         "digits for 400 steps, in which 'nobody', 'D', 'G' or 'both' get zeros in place of the class, and measures "
         "it: a dict of 'right digit' (how often the digit that was asked for is drawn), 'recognised' (how often a "
         "digit is clearly one), 'AUC' (how well D tells own classes from wrong ones on held-out digits), 'D(real, "
         "own c)', 'D(real, wrong c)' and 'D(fake, own c)'. Choose 'D' or 'G' and a number, and say beforehand "
         "whether it 'rises' or 'falls' when this player is not told. Measure 'nobody' and your choice with three "
         "seeds or more, the same ones: it 'rises' or 'falls' if it does with every seed, else it is 'unclear'. "
         "Return deaf, number, predicted, found. A wrong prediction is fine, a wrong finding is not; yours is tried "
         "on new seeds. To play: `exercises.cgn_experiment.trial('D', seed=0)`.",
    hints=(
        "If D is not told, what does G lose by drawing another digit than was asked for? And if G is not told, how can "
        "D find its fakes?",
        "Write the prediction down as a word. Then, for each seed, the number with one player deaf minus the number "
        "with none, and the finding from these differences.",
        "`steps = [trial(deaf, seed)[number] - trial('nobody', seed)[number] for seed in range(3)]`; 'rises' if "
        "`min(steps) > 0`, 'falls' if `max(steps) < 0`, else 'unclear'.",
    ),
    checks=(PLAN.four_things, one_player, PLAN.measured, PLAN.as_measured, PLAN.found_not_typed, PLAN.predicted_before,
            PLAN.clear, PLAN.holds),
    explanation="Either way the right digit falls to chance, for opposite reasons. A deaf D accepts any real-looking "
                "digit, so nothing asks G to follow c. A deaf G cannot follow, and D learns to find its fakes by their "
                "class: so its AUC rises, and its D(fake, own c) falls. One player that is told is not half a "
                "conditional GAN, but none.",
)
