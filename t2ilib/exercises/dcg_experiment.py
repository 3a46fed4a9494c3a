"""Chapter 02: an experiment of your own. One guideline of DCGAN is broken: which number moves, and which way?

The game is the published one, at 16 x 16 pixels and with few channels: the smallest that has batch normalisation in
both players. Its world is that of coloured squares, which the experiments of chapters 05 and 09 use, too.
"""

from dataclasses import replace
from functools import cache

import torch

from t2ilib import runtime
from t2ilib.data.toys import Batch
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.cls_experiment import COLOURS, SHOWN, Birds
from t2ilib.exercises.experiment_checks import ExperimentChecks
from t2ilib.metrics.checkerboard import pattern_energy
from t2ilib.papers.dcgan import PUBLISHED, Dcgan
from t2ilib.papers.variants.guidelines import DEFECTS, GUIDELINES, UPSAMPLINGS
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

BASE = replace(PUBLISHED, size=16, noise_dim=8, g_channels=8, d_channels=8)
RECIPE = Recipe(steps=60, batch=16, lr=2e-3, betas=(0.5, 0.999), precision="32-true")
NUMBERS = ("D(real)", "D(fake)", "distance", "variety", "dots", "beyond 1")
USUAL = "as published"
GAMES = GUIDELINES | DEFECTS | UPSAMPLINGS
CHANGES = tuple(name for name in GAMES if name not in (USUAL, "transposed convolution"))    # one and the same


class Squares(Birds):
    """Squares of eight colours on grey, and noise; nothing is said of them."""

    def batch(self, count: int) -> Batch:
        """Real pictures (B, 3, 16, 16), and noise (B, 8) between -1 and 1."""
        kinds = torch.randint(len(COLOURS), (count,), generator=self.stream)
        return Batch(self.pictures(kinds), 2 * torch.rand(count, BASE.noise_dim, generator=self.stream) - 1)


def trial(change: str, seed: int) -> dict[str, float]:
    """Train a tiny DCGAN for 60 steps, "as published" or with one of CHANGES: less than a second.

    Returns: NUMBERS, measured on fresh pictures. "D(real)" and "D(fake)" are mean probabilities; "distance" is how far
             the middle of a fake is from the nearest of the eight colours; "variety" how much fakes differ; "dots" is
             the strength of a checkerboard, relative to that of real pictures; "beyond 1" the share of pixels outside
             -1 to 1.
    Raises: ValueError for another change.
    """
    if change not in GAMES:
        raise ValueError(f"the change should be one of {', '.join((USUAL, *CHANGES))}, got {change!r}")
    return dict(_trial(change, int(seed)))


@cache
def _trial(change: str, seed: int) -> dict[str, float]:
    squares = Squares(seed)
    with torch.random.fork_rng(devices=()), torch.enable_grad():
        torch.manual_seed(runtime.derived_seed(seed))
        game = GAMES[change](BASE)
        state = TrainState(game, RECIPE, make_fabric("cpu", RECIPE.precision), seed)
        for _ in range(RECIPE.steps):
            train_step(game, state, squares.batch(RECIPE.batch))
    return _measured(game, squares)


@torch.no_grad()
def _measured(game: Dcgan, squares: Squares) -> dict[str, float]:
    """NUMBERS, with normalisation by the batch, as in training: after 60 steps there is no other worth the name."""
    batch = squares.batch(SHOWN)
    fakes = game.generate(batch)
    yes, no = (game.discriminator(pictures).sigmoid().mean() for pictures in (batch.real, fakes))
    middles = fakes[:, :, 6:10, 6:10].mean((2, 3))
    values = (yes, no, torch.cdist(middles, COLOURS).amin(1).mean(), fakes.std(0).mean(),
              pattern_energy(fakes).mean() / pattern_energy(batch.real).mean(), (fakes.abs() > 1).float().mean())
    return dict(zip(NUMBERS, map(float, values)))


def one_guideline(answer):
    """one guideline is broken, or one layer is another"""
    change = answer(trial)[0]
    return None if change in CHANGES else Wrong(
        "a change", f"'{change}'", f"one of {', '.join(CHANGES)}" if change not in GAMES else
        "this is the game as it was: nothing can move")


PLAN = ExperimentChecks(
    trial=lambda change, seed: trial(change, seed),
    numbers=NUMBERS,
    arms=lambda change: [USUAL, change],
    is_choice=lambda change: isinstance(change, str),
    form="return change, number, predicted, found: four words",
    name=lambda change: f"of '{change}'",
    steps="with the change minus as published",
    further="break another guideline, or take a number that is nearer to it",
)

broken_guideline = Exercise(
    id="dcg_experiment.broken_guideline",
    title="break a guideline, predict one number",
    minutes=30,
    difficulty=3,
    text="An experiment without a single right answer. `trial(change, seed)` trains a tiny DCGAN for 60 steps and "
         "measures it on fresh pictures: a dict of 'D(real)', 'D(fake)', 'distance' (from the nearest true colour), "
         "'variety' (how much fakes differ), 'dots' (the checkerboard, relative to real pictures) and 'beyond 1' "
         "(share of pixels outside -1 to 1). `change` is 'as published' or one of `exercises.dcg_experiment.CHANGES`. "
         "Choose a change and a number, and say beforehand whether it 'rises' or 'falls'. Measure both, as published "
         "and changed, with three seeds or more, the same ones, and find: it 'rises' or 'falls' if it does with every "
         "seed, else it is 'unclear'. Return change, number, predicted, found. A wrong prediction is fine, a wrong "
         "finding is not; yours is tried on new seeds. To play: `exercises.dcg_experiment.trial('no tanh', seed=0)`.",
    hints=(
        "Which guideline is there to prevent just what one of the numbers measures?",
        "Write the prediction down as a word. Then, for each seed, the number with the change minus the number as "
        "published, and the finding from these differences.",
        "`steps = [trial(change, seed)[number] - trial('as published', seed)[number] for seed in range(3)]`; 'rises' "
        "if `min(steps) > 0`, 'falls' if `max(steps) < 0`, else 'unclear'.",
    ),
    checks=(PLAN.four_things, one_guideline, PLAN.measured, PLAN.as_measured, PLAN.found_not_typed,
            PLAN.predicted_before, PLAN.clear, PLAN.holds),
    explanation="Both arms share the seed, so they begin alike wherever they have the same layers, and see the same "
                "pictures. Repeating pixels takes the dots away at once; without tanh a few pixels leave the range. "
                "Many other pairs of a change and a number come out 'unclear' with three seeds; and what is clear "
                "after 60 steps may not hold after 20,000. That is what the chapter's table of guidelines is for.",
)
