"""What is wrong with the moves of a step of a conditional GAN: which gradient came, and which mistake gives it."""

import torch
from torch import Tensor, nn

from t2ilib.exercises import Wrong
from t2ilib.exercises.behaviour import gradient, sigmoid_twice
from t2ilib.exercises.cls_behaviour import Move
from t2ilib.exercises.cls_moves import TWICE
from t2ilib.exercises.gan_training import BACKWARD
from t2ilib.exercises.step_checks import wrong_gradient
from t2ilib.losses import logistic_no as no
from t2ilib.losses import logistic_yes as yes

D_WANTS = "the slope of -log D(x, c) - log(1 - D(G(z, c), c))"
G_WANTS = "the slope of -log D(G(z, c), c)"
SHUFFLED = "c was shuffled before D: rows of a batch belong together"
D_MISTAKES = {  # what the gradient is recognised as -> what came, and the likely mistake
    "uphill": ("its opposite", "the sign: an optimiser goes down, so D lowers -V to raise V"),
    "no fakes": ("that of real pictures alone", "D was shown no fakes: saying yes to everything is enough"),
    "no yes": ("that of fakes alone", "D was shown no real pictures: saying no to everything is enough"),
    "fake is a yes": ("that with a yes for fakes", "fakes were called a yes: in D's step they are a no"),
    "all no": ("that with a no for real pictures", "real pictures with their own c want a yes"),
    "turned around": ("that with each label turned around", "yes and no changed places"),
    "wrong pairs": ("that with a no for (real, wrong c)", "this is GAN-CLS, of chapter 05: here D is never shown a "
                                                          "wrong pair"),
    "wrong pairs, halves": ("that with two halves of a no", "this is GAN-CLS, of chapter 05: here D is never shown a "
                                                            "wrong pair"),
    "real, wrong c": ("that of real pictures with a wrong c", "`wrong_condition` is nobody's to learn from: a real "
                                                              "picture goes with its own c"),
    "fake, wrong c": ("that of fakes with a wrong c", "D judges a fake with the c it was drawn for: any other makes "
                                                      "its no too easy"),
    "both wrong": ("that with a wrong c for both", "`wrong_condition` is nobody's to learn from"),
    "shuffled": ("that with a shuffled c for both", SHUFFLED),
    "real, shuffled": ("that of real pictures with a shuffled c", SHUFFLED),
    "fake, shuffled": ("that of fakes with a shuffled c", SHUFFLED),
    "not told": ("that of a D that is told nothing", "D was handed zeros: without c it cannot ask for anything"),
    "real, not told": ("that of real pictures without c", "D was not told c beside the real pictures"),
    "fake, not told": ("that of fakes without c", "D was not told c beside the fakes: the source's formula drops it, "
                                                  "too"),
    "both losses": ("that, and that of G's loss", "G's loss went backward before D moved, and pushed D, too"),
    "sigmoid twice": ("nearly that", TWICE),
}
G_MISTAKES = {
    "saturating": ("that of log(1 - D)", "this is the minimax loss: it saturates. Lower -log D"),
    "helps D": ("that of -log(1 - D)", "a no in G's step: G helps D to find its fakes"),
    "uphill": ("that of log D", "the sign: this move lowers D's answer"),
    "old D": ("that of D before its move", "G answers yesterday's D: ask D again after it has moved"),
    "wrong c": ("that of fakes with a wrong c", "D judges G's picture with the c it was drawn for"),
    "shuffled": ("that of fakes with a shuffled c", "c was shuffled before D: it judges G's picture by what was asked "
                                                    "for another"),
    "not told": ("that of a D that is told nothing", "D's own c was dropped: it cannot ask whether the picture is what "
                                                     "was wanted"),
    "sigmoid twice": ("nearly that", TWICE),
}
D_OTHER = "another", "D's loss has two terms: real pictures and fakes, each with its own c"
G_OTHER = "another", "G's loss asks D about fakes with their own c, wants a yes, and nothing else"


def wrong_d(move: Move) -> Wrong | None:
    """What is wrong with a move of D."""
    if move.drawn is None:
        return Wrong("fakes", "none drawn before D moved", "call `generator(noise, condition)` and show D what comes")
    if move.gradient is None:
        return Wrong(D_WANTS, "nothing", f"no gradient arrived at D: {BACKWARD}")
    return wrong_request(move) or wrong_gradient(move, d_gradients(move), D_MISTAKES, Wrong(D_WANTS, *D_OTHER))


def wrong_g(move: Move, before: nn.Module) -> Wrong | None:
    """What is wrong with a move of G; `before` is D as it was before its own move."""
    if move.gradient is None:
        return Wrong(G_WANTS, "nothing", f"no gradient arrived at G: {BACKWARD} Its own fakes must not be detached, or "
                                         "drawn under `no_grad()`")
    known = g_gradients(move, before)
    return wrong_request(move) or wrong_gradient(move, known, G_MISTAKES, Wrong(G_WANTS, *G_OTHER))


def wrong_request(move: Move) -> Wrong | None:
    """What is wrong with the conditions that G was asked for."""
    asked, batch = move.drawn.condition, move.batch
    if torch.equal(asked, batch.condition):
        return None
    if torch.equal(asked, batch.wrong_condition):
        return Wrong("`batch.condition` for G", "`batch.wrong_condition`",
                     f"in {move.player}'s step: those are of other classes; what is asked for should be as rare as in "
                     "the data")
    if not asked.any():
        return Wrong("`batch.condition` for G", "zeros", f"in {move.player}'s step: G was told nothing")
    if torch.equal(asked.sort(0).values, batch.condition.sort(0).values):
        return Wrong("`batch.condition` for G", "the same in another order",
                     f"in {move.player}'s step: take them as they are, so that D can judge each with the same c")
    return Wrong("`batch.condition` for G", "other conditions", f"in {move.player}'s step: classes of your own are as "
                 "often as you draw them; those of the batch are as often as in the data")


def d_gradients(move: Move) -> dict[str, Tensor]:
    """What D's gradient should be at a move, under "right", and what it is after each of the usual mistakes."""
    d, batch, fake = move.discriminator, move.batch, move.drawn.image
    conditions = {"": batch.condition, "wrong": batch.wrong_condition, "shuffled": batch.condition.roll(1, 0),
                  "not told": 0 * batch.condition}
    (real_yes, real_no), (fake_yes, fake_no) = (
        [{name: gradient(loss(*d(image, c)), d) for name, c in conditions.items()} for loss in (yes, no)]
        for image in (batch.real, fake))
    r, f = real_yes[""], fake_no[""]
    return {
        "right": r + f,
        "uphill": -r - f,
        "no fakes": r, "no yes": f,
        "fake is a yes": r + fake_yes[""],
        "all no": real_no[""] + f,
        "turned around": real_no[""] + fake_yes[""],
        "wrong pairs": r + real_no["wrong"] + f, "wrong pairs, halves": r + (real_no["wrong"] + f) / 2,
        "real, wrong c": real_yes["wrong"] + f, "fake, wrong c": r + fake_no["wrong"],
        "both wrong": real_yes["wrong"] + fake_no["wrong"],
        "shuffled": real_yes["shuffled"] + fake_no["shuffled"],
        "real, shuffled": real_yes["shuffled"] + f, "fake, shuffled": r + fake_no["shuffled"],
        "not told": real_yes["not told"] + fake_no["not told"],
        "real, not told": real_yes["not told"] + f, "fake, not told": r + fake_no["not told"],
        "both losses": r + f + fake_yes[""],
        "sigmoid twice": gradient(sigmoid_twice(*d(batch.real, batch.condition), 1)
                                  + sigmoid_twice(*d(fake, batch.condition), 0), d),
    }


def g_gradients(move: Move, before: nn.Module) -> dict[str, Tensor]:
    """The same for G; `before` is D as it was before its own move."""
    g, d, drawn, own = move.generator, move.discriminator, move.drawn, move.batch.condition

    def by(loss, judge=d, condition=own):
        return gradient(loss(*judge(g(drawn.noise, drawn.condition), condition)), g)

    return {
        "right": by(yes),
        "saturating": -by(no),
        "helps D": by(no),
        "uphill": -by(yes),
        "old D": by(yes, before),
        "wrong c": by(yes, condition=move.batch.wrong_condition),
        "shuffled": by(yes, condition=own.roll(1, 0)),
        "not told": by(yes, condition=0 * own),
        "sigmoid twice": by(lambda logits: sigmoid_twice(logits, 1)),
    }
