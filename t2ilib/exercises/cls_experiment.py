"""Chapter 05: an experiment of your own. One setting of GAN-INT-CLS is changed: which number moves, and which way?

The model is that of the chapter, at 16 x 16 pixels and with few channels. Its world is as small: a square of one of
eight colours somewhere on grey, and sentences of eight numbers that name the colour.
"""

from dataclasses import replace
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.experiment_checks import ExperimentChecks
from t2ilib.metrics.pair_answers import auc
from t2ilib.papers.gan_cls import Config, GanCls, TextBatch, build
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

BASE = Config(size=16, text_dim=8, condition_dim=8, noise_dim=4, g_channels=8, d_channels=8)
RECIPE = Recipe(steps=80, batch=16, lr=3e-3, penalty_every=4, precision="32-true")
COLOURS = 0.8 * torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 3)       # (8, 3): the corners of the colour cube
SHOWN = 200                     # pairs of each kind on which a trial is measured
LIMITS = {"matching": (0.0, 1.0), "interpolation": (0.0, 8.0), "beta": (0.0, 1.0)}     # what may change, and how far
NUMBERS = ("AUC", "D(real, right text)", "D(real, wrong text)", "D(fake, right text)", "right colours", "variety")


class Birds:
    """Squares of eight colours, and what is said of them. All chance comes from the seed."""

    def __init__(self, seed: int):
        self.stream = runtime.generator(seed)
        self.names = 3 * F.normalize(torch.randn(len(COLOURS), BASE.text_dim, generator=self.stream), dim=1)

    def draw(self, count: int) -> tuple[Tensor, TextBatch]:
        """Which colours, and a batch of them."""
        kinds, step = (torch.randint(first, len(COLOURS), (count,), generator=self.stream) for first in (0, 1))
        noise = torch.randn(count, BASE.noise_dim, generator=self.stream)
        return kinds, TextBatch(self.pictures(kinds), self.texts(kinds), self.texts((kinds + step) % len(COLOURS)),
                                noise)

    def pictures(self, kinds: Tensor) -> Tensor:
        """A square of 8 x 8 pixels that always covers the middle, on any grey -> (B, 3, 16, 16)."""
        count, places = len(kinds), torch.arange(BASE.size)
        corner = torch.randint(2, 7, (2, count, 1), generator=self.stream)
        down, across = (places >= corner) & (places < corner + 8)
        square = (down[:, :, None] & across[:, None, :])[:, None]
        grey = torch.rand(count, 1, 1, 1, generator=self.stream) - 0.5
        return torch.where(square, COLOURS[kinds][:, :, None, None], grey)

    def texts(self, kinds: Tensor) -> Tensor:
        """No two sentences about a colour are the same -> (B, 8)."""
        return self.names[kinds] + 0.2 * torch.randn(len(kinds), BASE.text_dim, generator=self.stream)


def trial(change: dict[str, float | None], seed: int) -> dict[str, float]:
    """Train a tiny GAN-INT-CLS for 80 steps with one setting changed, none for {}: a second or two.

    The settings are those of `gan_cls.Config`: matching 0.5, interpolation 1.0 and beta 0.5, or None for any beta.
    Returns: NUMBERS, measured on fresh pictures. "right colours" is the share of fakes of the colour that was asked
             for, "variety" how much the fakes for one sentence differ.
    Raises: ValueError for another setting.
    """
    unknown = set(change) - set(LIMITS)
    if unknown:
        raise ValueError(f"a change should be of {', '.join(LIMITS)}, got {sorted(unknown)}; leave the rest as it is")
    return dict(_trial(tuple(sorted(change.items())), int(seed)))


@cache
def _trial(change: tuple[tuple[str, float | None], ...], seed: int) -> dict[str, float]:
    birds = Birds(seed)
    with torch.random.fork_rng(devices=()), torch.enable_grad():
        torch.manual_seed(runtime.derived_seed(seed))
        game = build(replace(BASE, **dict(change)))
        state = TrainState(game, RECIPE, make_fabric("cpu", RECIPE.precision), seed)
        for step in range(RECIPE.steps):
            state.step = step                       # the penalty comes every fourth one
            train_step(game, state, birds.draw(RECIPE.batch)[1])
    with runtime.evaluating(game):
        return _measured(game, birds)


def _measured(game: GanCls, birds: Birds) -> dict[str, float]:
    kinds, batch = birds.draw(SHOWN)
    fakes = game.generate(batch)
    alike = game.generate(batch._replace(text=batch.text[:1].expand(SHOWN, -1)))
    right, wrong = game.discriminator(batch.image, batch.text, batch.wrong_text)
    faked, = game.discriminator(fakes, batch.text)
    nearest = torch.cdist(fakes[:, :, 6:10, 6:10].mean((2, 3)), COLOURS).argmin(1)
    answers = [float(logits.sigmoid().mean()) for logits in (right, wrong, faked)]
    values = (auc(right.numpy(), wrong.numpy()), *answers,
              float((nearest == kinds).float().mean()), float(alike.std(0).mean()))
    return dict(zip(NUMBERS, values))


def one_change(answer):
    """one setting is changed, and no other"""
    change = answer(trial)[0]
    if len(change) != 1:
        return Wrong("one setting", f"{len(change)} of them", "nothing was changed" if not change
                     else "if two settings change, nobody knows which of them did it")
    (name, value), = change.items()
    low, high = LIMITS[name]
    if value is None and name == "beta":
        return None
    if value == getattr(BASE, name):
        return Wrong("another value", f"{name} = {value}", "this is the setting as it was: nothing can move")
    return None if low <= value <= high else Wrong(f"{name} from {low} to {high}", value, "too far out to mean much")


PLAN = ExperimentChecks(
    trial=lambda change, seed: trial(change, seed),
    numbers=NUMBERS,
    arms=lambda change: [{}, change],
    is_choice=lambda change: isinstance(change, dict),
    form="return change, number, predicted, found: a dict and three words",
    name=lambda change: "with the change" if change else "without the change",
    steps="with the change minus without it",
    further="take a larger change, or a number that is nearer to it",
)

one_setting = Exercise(
    id="cls_experiment.one_setting",
    title="change one setting, predict one number",
    minutes=30,
    difficulty=3,
    text="An experiment without a single right answer. `trial(change, seed)` trains a tiny GAN-INT-CLS for 80 steps "
         "and measures it on fresh pictures: a dict of 'AUC', 'D(real, right text)', 'D(real, wrong text)', "
         "'D(fake, right text)', 'right colours' (the share of fakes of the colour that was asked for) and 'variety' "
         "(how much the fakes for one sentence differ). `change` is {} or one setting, such as {'matching': 0.0}; "
         "unchanged they are matching 0.5, interpolation 1.0 and beta 0.5. Choose a change and a number, and say "
         "beforehand whether it 'rises' or 'falls'. Measure both arms with three seeds or more, the same ones, and "
         "find: it 'rises' or 'falls' if it does with every seed, else it is 'unclear'. Return change, number, "
         "predicted, found. A wrong prediction is fine, a wrong finding is not; yours is tried on new seeds. To play: "
         "`exercises.cls_experiment.trial({'matching': 0.0}, seed=0)`.",
    hints=(
        "Which setting takes a whole kind of pair away, and which of the numbers is about just this kind?",
        "Write the prediction down as a word. Then, for each seed, the number with the change minus the number without "
        "it, and the finding from these differences.",
        "`steps = [trial(change, seed)[number] - trial({}, seed)[number] for seed in range(3)]`; 'rises' if "
        "`min(steps) > 0`, 'falls' if `max(steps) < 0`, else 'unclear'.",
    ),
    checks=(PLAN.four_things, one_change, PLAN.measured, PLAN.as_measured, PLAN.found_not_typed, PLAN.predicted_before,
            PLAN.clear, PLAN.holds),
    explanation="The seed decides the world and the first weights, so both arms share it, and the difference is the "
                "change's own. Without wrong pairs D's AUC falls, but not to 1/2: D reads a little from fakes "
                "alone. Whether G then draws other colours is another question, and here its answer depends on the "
                "seed. A prediction that fails teaches more than one that holds, if it was made before.",
)
