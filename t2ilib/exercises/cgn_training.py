"""Chapter 03: one step of a conditional GAN, judged by what it does to two small players."""

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.cgn_behaviour import Table
from t2ilib.exercises.cgn_moves import wrong_d, wrong_g
from t2ilib.exercises.cls_training import SAYS
from t2ilib.exercises.step_checks import StepChecks

ERRORS = SAYS | {
    "Sizes of tensors must match": "each picture needs a row of noise and a condition: as many of one as of the other",
    "'tuple'": "`discriminator` gives a tuple, one entry for each condition: write `logits, = discriminator(...)`",
    "not tuple": "`discriminator` gives a tuple, one entry for each condition: write `logits, = discriminator(...)`",
}
STEP = StepChecks(Table, wrong_d, wrong_g, ERRORS)


def d_learns(answer):
    """D's move: yes to (real, c), no to (fake, c), with the c of the batch"""
    return wrong_d(Table().play(answer)[0])


def g_learns(answer):
    """G's move: the D of now is to say yes to fakes with their own c"""
    d_move, g_move = Table().play(answer)
    return wrong_g(g_move, d_move.discriminator)


def g_stays(answer):
    """G does not move in D's step"""
    table = Table()
    d_move, g_move = table.play(answer)
    moved = any(not a.equal(b) for a, b in zip(d_move.generator.parameters(), g_move.generator.parameters()))
    return Wrong("G as it was", "another G", "D's step moved G's weights: only D's optimiser steps there") if moved \
        else None


training_step = Exercise(
    id="cgn_training.training_step",
    title="one step of a conditional GAN",
    minutes=20,
    difficulty=3,
    text="Move D once, then G once. `game.generator(noise, condition)` draws, `game.discriminator(image, *conditions)` "
         "gives a tuple of logits (B,), one for each condition. `batch` has `real`, `condition`, `wrong_condition` and "
         "`noise`; `optimizers` has the keys `generator` and `discriminator`. Ask for fakes with the conditions of the "
         "batch, and let D judge them with these. D lowers -log D(x, c) - log(1 - D(G(z, c), c)), on fakes made "
         "without a gradient into G; G lowers -log D(G(z, c), c), judged by the D that has just moved. Take means. No "
         "player learns from `wrong_condition`. The check watches two small players move.",
    hints=(
        "Where should the classes that are asked for come from, so that a rare class is asked for rarely?",
        "D: fakes under `torch.no_grad()`, two answers, `zero_grad()`, `backward()`, `step()`. G: draw anew, ask the "
        "moved D with the same condition, and the same three lines.",
        "`real, = game.discriminator(batch.real, batch.condition)`; `made, = game.discriminator(fake, "
        "batch.condition)`; `(F.softplus(-real).mean() + F.softplus(made).mean()).backward()`; then G with "
        "`F.softplus(-made).mean()` of a fake that was drawn with its gradient.",
    ),
    checks=(STEP.in_turn, d_learns, STEP.g_is_left_alone, g_learns, g_stays, STEP.d_stays, STEP.starts_afresh,
            STEP.any_batch),
    explanation="The conditions of the fakes are those of real pictures: then D cannot find a fake by its class. If "
                "all classes were asked for evenly, a rare class would look like a fake, and no G could help it. In "
                "this step nobody is shown a real picture with a wrong condition: that D cares whether x fits c is "
                "learned from fakes alone.",
)
