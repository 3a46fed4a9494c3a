"""What is wrong with the moves of a step of GAN-CLS: which gradient came, and which mistake gives it."""

from torch import Tensor, nn

from t2ilib.exercises import Wrong
from t2ilib.exercises.behaviour import gradient, recognise, sigmoid_twice
from t2ilib.exercises.cls_behaviour import Move
from t2ilib.exercises.gan_training import BACKWARD
from t2ilib.exercises.step_checks import wrong_gradient, wrong_text
from t2ilib.losses import logistic_no as no
from t2ilib.losses import logistic_yes as yes

D_WANTS = "the slope of -log s_r - (log(1 - s_w) + log(1 - s_f)) / 2"
G_WANTS = "the slope of -log s_f"
TWICE = "a sigmoid too many: D gives logits, and this loss takes the sigmoid itself"
NO_WRONG = "that without s_w", "the pair (real, wrong text) is missing: this D never has to read"
NO_FAKES = "that without s_f", "the pair (fake, right text) is missing: nobody tells fakes from real pictures"
HALVES = "both kinds of no count one half, and the yes counts one: noes would outvote it"
D_MISTAKES = {  # what the gradient is recognised as -> what came, and the likely mistake
    "uphill": ("its opposite", "the sign: an optimiser goes down, so D lowers minus what the paper raises"),
    "no wrong text": NO_WRONG, "no fakes": NO_FAKES,
    "no yes": ("that without s_r", "the pair (real, right text) is missing: saying no to everything is enough"),
    "no halves": ("that with s_w and s_f in full", HALVES),
    "one half": ("that with s_f in full", HALVES),
    "other half": ("that with s_w in full", HALVES),
    "wrong text is a yes": ("that with log s_w", "a real picture with a wrong text was called a yes"),
    "fake is a yes": ("that with log s_f", "fakes were called a yes: in D's step they are a no"),
    "all yes": ("that with log s_w and log s_f", "everything was called a yes: only (real, right text) is one"),
    "turned around": ("that with each label turned around", "yes and no changed places: D learns to refuse the right "
                                                            "pair"),
    "right text is a no": ("that with s_r in the place of s_w", "`batch.wrong_text` was not used: the same pair is a "
                                                                "yes and a no"),
    "texts swapped": ("that with s_r and s_w exchanged", "`text` and `wrong_text` changed places"),
    "fake, wrong text": ("that of fakes with the wrong text", "D judges a fake with the text it was drawn for: any "
                                                              "other text makes its no too easy"),
    "two fakes": ("that of fakes with both texts", "the wrong text goes with the *real* picture: a fake is a no "
                                                   "anyway, so D would not have to read"),
    "both losses": ("that, and that of G's loss", "G's loss went backward before D moved, and pushed D, too"),
    "sigmoid twice": ("nearly that", TWICE),
}
G_MISTAKES = {
    "saturating": ("that of log(1 - s_f)", "this is the minimax loss: it saturates, and hardly pulls while D is sure. "
                                           "Lower -log s_f"),
    "helps D": ("that of -log(1 - s_f)", "a no in G's step: G helps D to find its fakes"),
    "uphill": ("that of log s_f", "the sign: this move lowers s_f"),
    "old D": ("that of D before its move", "G answers yesterday's D: ask D again after it has moved"),
    "wrong text": ("that of fakes with the wrong text", "D judges G's picture with the text it was drawn for"),
    "sigmoid twice": ("nearly that", TWICE),
}
D_OTHER = "another", "D's loss has three terms and nothing else: s_r, s_w and s_f"
G_OTHER = "another", "G's loss asks D about fakes with their own text, wants a yes, and nothing else"


def wrong_d(move: Move) -> Wrong | None:
    """What is wrong with a move of D."""
    if move.drawn is None:
        return Wrong("fakes", "none drawn before D moved", "call `generator(noise, text)` and show D what comes")
    if move.gradient is None:
        return Wrong(D_WANTS, "nothing", f"no gradient arrived at D: {BACKWARD}")
    return wrong_text(move) or wrong_gradient(move, d_gradients(move), D_MISTAKES, Wrong(D_WANTS, *D_OTHER))


def wrong_g(move: Move, before: nn.Module) -> Wrong | None:
    """What is wrong with a move of G; `before` is D as it was before its own move."""
    if move.gradient is None:
        return Wrong(G_WANTS, "nothing", f"no gradient arrived at G: {BACKWARD} Its own fakes must not be detached, or "
                                         "drawn under `no_grad()`")
    known = g_gradients(move, before)
    return wrong_text(move) or wrong_gradient(move, known, G_MISTAKES, Wrong(G_WANTS, *G_OTHER))


def wrong_leak(move: Move) -> Wrong | None:
    """What is wrong with a first move of D that finds a gradient in G."""
    if move.other is None:
        return None
    g_loss = {"G's": g_gradients(move, move.discriminator)["right"]}
    if recognise(move.other, g_loss)[0]:
        return Wrong("no gradient in G", "that of G's loss", "G's loss went backward before D moved, so G answers "
                     "yesterday's D: first D's three lines, then G's")
    return Wrong("no gradient in G", "one of D's loss", "D's loss runs into G: draw its fakes under `no_grad()`, or "
                 "`detach()` them. G's `zero_grad()` may wipe it later, but the way back through G was for nothing")


def d_gradients(move: Move) -> dict[str, Tensor]:
    """What D's gradient should be at a move, under "right", and what it is after each of the usual mistakes."""
    d, (image, text, wrong_text, _) = move.discriminator, move.batch
    fake = move.drawn.image
    pairs = {"r": (image, text), "w": (image, wrong_text), "f": (fake, text), "fake, wrong": (fake, wrong_text)}
    y, n = ({name: gradient(loss(*d(*pair)), d) for name, pair in pairs.items()} for loss in (yes, no))
    right = y["r"] + (n["w"] + n["f"]) / 2
    twice = (weight * sigmoid_twice(*d(*pairs[name]), label)
             for name, weight, label in (("r", 1.0, 1), ("w", 0.5, 0), ("f", 0.5, 0)))
    return {
        "right": right,
        "uphill": -right,
        "no wrong text": y["r"] + n["f"], "no wrong text, half": y["r"] + n["f"] / 2,
        "no fakes": y["r"] + n["w"], "no fakes, half": y["r"] + n["w"] / 2,
        "no yes": n["w"] + n["f"],
        "no halves": y["r"] + n["w"] + n["f"],
        "one half": y["r"] + n["w"] / 2 + n["f"], "other half": y["r"] + n["w"] + n["f"] / 2,
        "wrong text is a yes": y["r"] + (y["w"] + n["f"]) / 2,
        "fake is a yes": y["r"] + (n["w"] + y["f"]) / 2,
        "all yes": y["r"] + (y["w"] + y["f"]) / 2,
        "turned around": n["r"] + (y["w"] + y["f"]) / 2,
        "right text is a no": y["r"] + (n["r"] + n["f"]) / 2,
        "texts swapped": y["w"] + (n["r"] + n["f"]) / 2,
        "fake, wrong text": y["r"] + (n["w"] + n["fake, wrong"]) / 2,
        "two fakes": y["r"] + (n["fake, wrong"] + n["f"]) / 2,
        "both losses": right + y["f"],
        "sigmoid twice": gradient(sum(twice), d),
    }


def g_gradients(move: Move, before: nn.Module) -> dict[str, Tensor]:
    """The same for G; `before` is D as it was before its own move."""
    g, d, drawn = move.generator, move.discriminator, move.drawn

    def by(loss, judge=d, text=move.batch.text):
        return gradient(loss(*judge(g(drawn.noise, drawn.text), text)), g)

    return {
        "right": by(yes),
        "saturating": -by(no),
        "helps D": by(no),
        "uphill": -by(yes),
        "old D": by(yes, before),
        "wrong text": by(yes, text=move.batch.wrong_text),
        "sigmoid twice": by(lambda logits: sigmoid_twice(logits, 1)),
    }
