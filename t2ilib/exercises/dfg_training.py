"""Chapter 09: one step of DF-GAN, judged by what it does to two small players."""

from t2ilib.exercises import Exercise
from t2ilib.exercises.cls_training import SAYS
from t2ilib.exercises.dfg_behaviour import Table
from t2ilib.exercises.dfg_moves import wrong_d, wrong_g
from t2ilib.exercises.step_checks import StepChecks

ERRORS = {
    "to not have been used": "the slope is asked of tensors that D has not seen: give D the ones that require a "
                             "gradient",
} | SAYS | {
    "does not require grad": "nothing leads back: for the penalty picture and text must require a gradient *before* D "
                             "sees them, and what is lowered must not be detached",
}


STEP = StepChecks(Table, wrong_d, wrong_g, ERRORS)


def d_learns(answer):
    """D's move: three hinge terms and MA-GP"""
    return wrong_d(Table().play(answer)[0])


def g_learns(answer):
    """G's move: it raises the answer of the D of now"""
    d_move, g_move = Table().play(answer)
    return wrong_g(g_move, d_move.discriminator)


training_step = Exercise(
    id="dfg_training.training_step",
    title="one step of DF-GAN",
    minutes=25,
    difficulty=4,
    text="Move D once, then G once. `game.generator(noise, text)` draws, `game.discriminator(image, *texts)` gives a "
         "tuple of answers (B,), one for each text. `batch` is (image, text, wrong_text, noise); `optimizers` is a "
         "dictionary with the keys `generator` and `discriminator`. D lowers the hinge of its three kinds of pair plus "
         "MA-GP (k = 2, p = 6, at real pictures with their text), with fakes made without a gradient into G; G lowers "
         "-s_f, judged by the D that has just moved. Take means over the batch. Your `hinge` and "
         "`gradient_penalty` will do. The check watches two small players move.",
    hints=(
        "Which of the terms need a gradient with respect to a picture, and which of the players must not learn from "
        "D's loss?",
        "D: fakes under `torch.no_grad()`, three kinds of answer, your `hinge` plus your `gradient_penalty`, and "
        "`zero_grad()`, `backward()`, `step()`. G: draw anew, ask the moved D, and the same three lines.",
        "`s_r, s_w = game.discriminator(image, text, wrong_text)`; `s_f, = game.discriminator(fake, text)`; "
        "`(hinge(s_r, s_w, s_f) + gradient_penalty(game.discriminator, image, fake, text, wrong_text)).backward()`; "
        "then G with `(-s_f.mean()).backward()`.",
    ),
    checks=(STEP.in_turn, d_learns, STEP.g_is_left_alone, g_learns, STEP.d_stays, STEP.starts_afresh, STEP.any_batch),
    explanation="Everything D has to learn is one sum and one step; the authors' first code had a second step for the "
                "penalty. The penalty looks at the real pictures again here; the library takes the slope of the "
                "answers it has already, which saves a pass and changes nothing. G's step leaves gradients in D; D's "
                "`zero_grad()` wipes them.",
)
