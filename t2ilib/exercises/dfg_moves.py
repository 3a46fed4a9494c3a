"""What is wrong with the moves of a step of DF-GAN: which gradient came, and which mistake gives it."""

import torch
from torch import Tensor, nn

from t2ilib.exercises import Wrong
from t2ilib.exercises.behaviour import gradient, recognise
from t2ilib.exercises.cls_behaviour import Move
from t2ilib.exercises.cls_moves import HALVES, NO_FAKES, NO_WRONG
from t2ilib.exercises.gan_training import BACKWARD
from t2ilib.exercises.step_checks import wrong_gradient, wrong_text
from t2ilib.losses import gradient_penalty, logistic_no, logistic_yes
from t2ilib.losses import hinge_no as no
from t2ilib.losses import hinge_yes as yes

D_WANTS = "the slope of the hinge for three kinds of pair and of MA-GP"
G_WANTS = "the slope of -s_f"
NO_PENALTY = "that without MA-GP", "the penalty is missing, or was taken without `create_graph=True`: then D cannot " \
                                   "learn from it"
D_MISTAKES = {  # what the gradient is recognised as -> what came, and the likely mistake
    "no penalty": NO_PENALTY,
    "penalty at fakes": ("that with the slope at fakes", "MA-GP acts at *real* pictures with their texts: at fakes D "
                                                         "must be steep, or G learns nothing"),
    "penalty at wrong pairs": ("that with the slope at wrong pairs", "MA-GP acts at real pictures with the *right* "
                                                                     "text: between right and wrong D must be steep"),
    "penalty without text": ("that without the slope by text", "the text was left out of MA-GP"),
    "penalty without picture": ("that without the slope by picture", "the picture was left out of MA-GP"),
    "penalty of two lengths": ("that of two lengths, added", "one length for picture and text together, as in the "
                                                             "authors' code"),
    "penalty without weight": ("that with half the penalty", "the weight of MA-GP is missing: k = 2"),
    "penalty summed": ("that with a larger penalty", "MA-GP was summed over the batch: take the mean"),
    "squares": ("that with the squared length", "MA-GP takes the sixth power of the length"),
    "penalty alone": ("that of MA-GP alone", "the hinge losses are missing"),
    "uphill": ("its opposite", "the sign: what D lowers is the hinge plus the penalty"),
    "penalty raised": ("that with MA-GP raised", "the sign of MA-GP: it is added to what D lowers"),
    "no wrong text": NO_WRONG, "no fakes": NO_FAKES,
    "no yes": ("that without s_r", "the pair (real, right text) is missing: saying no to everything is enough"),
    "no halves": ("that with s_w and s_f in full", HALVES),
    "turned around": ("that with each margin turned around", "yes and no changed places: max(0, 1 - s) is for the yes"),
    "wrong text is a yes": ("that with a yes for s_w", "a real picture with a wrong text was called a yes"),
    "fake is a yes": ("that with a yes for s_f", "fakes were called a yes: in D's step they are a no"),
    "fake, wrong text": ("that of fakes with the wrong text", "D judges a fake with the text it was drawn for: any "
                                                              "other text makes its no too easy"),
    "two fakes": ("that of fakes with both texts", "the wrong text goes with the *real* picture: a fake is a no "
                                                   "anyway, so D would not have to read"),
    "right text is a no": ("that with s_r in the place of s_w", "`batch.wrong_text` was not used: the same pair is a "
                                                                "yes and a no"),
    "logistic": ("that of the logistic loss", "this is the loss of chapter 05: here it is the hinge"),
    "no end": ("that of straight lines", "nothing stops at 0: beyond its margin an answer has nothing to learn"),
    "both losses": ("that, and that of G's loss", "G's loss went backward before D moved, and pushed D, too"),
}
G_MISTAKES = {
    "uphill": ("its opposite", "the sign: G lowers -s_f, so that D's answer rises; a no would help D"),
    "old D": ("that of D before its move", "G answers yesterday's D: ask D again after it has moved"),
    "wrong text": ("that of fakes with the wrong text", "D judges G's picture with the text it was drawn for"),
    "hinge": ("that of max(0, 1 - s_f)", "G has no margin: it lowers -s_f, however large the answer"),
    "logistic": ("that of -log sigmoid(s_f)", "this is the loss of chapter 05: here G lowers -s_f"),
}
D_OTHER = "another", "D's loss has three hinge terms and MA-GP, and nothing else"
G_OTHER = "another", "G's loss is minus the mean of D's answers to fakes with their own text"


def wrong_d(move: Move) -> Wrong | None:
    """What is wrong with a move of D."""
    if move.drawn is None:
        return Wrong("fakes", "none drawn before D moved", "call `generator(noise, text)` and show D what comes")
    if move.gradient is None:
        return Wrong(D_WANTS, "nothing", f"no gradient arrived at D: {BACKWARD}")
    right = {"right": d_right(move)}            # in most cases it is all there is to know
    known = right if recognise(move.gradient, right)[0] else d_gradients(move)
    return wrong_text(move) or wrong_gradient(move, known, D_MISTAKES, Wrong(D_WANTS, *D_OTHER))


def wrong_g(move: Move, before: nn.Module) -> Wrong | None:
    """What is wrong with a move of G; `before` is D as it was before its own move."""
    if move.gradient is None:
        return Wrong(G_WANTS, "nothing", f"no gradient arrived at G: {BACKWARD} Its own fakes must not be detached, or "
                                         "drawn under `no_grad()`")
    known = g_gradients(move, before)
    return wrong_text(move) or wrong_gradient(move, known, G_MISTAKES, Wrong(G_WANTS, *G_OTHER))


def d_right(move: Move) -> Tensor:
    """What D's gradient should be at a move."""
    d, (image, text, wrong, _) = move.discriminator, move.batch
    image, text = (one.detach().clone().requires_grad_() for one in (image, text))
    (s_r, s_w), (s_f,) = d(image, text, wrong), d(move.drawn.image, text)
    return _gradient(yes(s_r) + (no(s_w) + no(s_f)) / 2 + 2 * gradient_penalty(s_r, image, text, power=6.0), d)


def d_gradients(move: Move) -> dict[str, Tensor]:
    """What D's gradient should be at a move, under "right", and what it is after each of the usual mistakes."""
    d, (image, text, wrong_text, _) = move.discriminator, move.batch
    fake = move.drawn.image
    pairs = {"r": (image, text), "w": (image, wrong_text), "f": (fake, text), "fake, wrong": (fake, wrong_text)}
    y, n, straight = ({name: _gradient(loss(*d(*pair)), d) for name, pair in pairs.items()}
                      for loss in (yes, no, torch.mean))
    log = [_gradient(loss(*d(*pairs[name])), d) for loss, name in (
        (logistic_yes, "r"), (logistic_no, "w"), (logistic_no, "f"))]
    valley = _penalties(d, pairs)
    hinge, penalty = y["r"] + (n["w"] + n["f"]) / 2, valley.pop("right")
    known = {
        "right": hinge + penalty,
        "no penalty": hinge,
        "penalty alone": penalty,
        "uphill": -hinge - penalty,
        "penalty raised": hinge - penalty,
        "both losses": hinge + penalty - straight["f"],
    } | {name: hinge + wrong for name, wrong in valley.items()}
    hinges = {
        "no wrong text": y["r"] + n["f"], "no fakes": y["r"] + n["w"], "no yes": n["w"] + n["f"],
        "no wrong text, half": y["r"] + n["f"] / 2, "no fakes, half": y["r"] + n["w"] / 2,
        "no yes, half": (n["w"] + n["f"]) / 2,
        "no halves": y["r"] + n["w"] + n["f"],
        "turned around": n["r"] + (y["w"] + y["f"]) / 2,
        "wrong text is a yes": y["r"] + (y["w"] + n["f"]) / 2,
        "fake is a yes": y["r"] + (n["w"] + y["f"]) / 2,
        "fake, wrong text": y["r"] + (n["w"] + n["fake, wrong"]) / 2,
        "two fakes": y["r"] + (n["fake, wrong"] + n["f"]) / 2,
        "right text is a no": y["r"] + (n["r"] + n["f"]) / 2,
        "logistic": log[0] + (log[1] + log[2]) / 2,
        "no end": (straight["w"] + straight["f"]) / 2 - straight["r"],
    }
    return known | {name: wrong + penalty for name, wrong in hinges.items()}


def g_gradients(move: Move, before: nn.Module) -> dict[str, Tensor]:
    """The same for G; `before` is D as it was before its own move."""
    g, d, drawn = move.generator, move.discriminator, move.drawn

    def by(loss, judge=d, text=move.batch.text):
        return gradient(loss(*judge(g(drawn.noise, drawn.text), text)), g)

    return {
        "right": -by(torch.mean),
        "uphill": by(torch.mean),
        "old D": -by(torch.mean, before),
        "wrong text": -by(torch.mean, text=move.batch.wrong_text),
        "hinge": by(yes),
        "logistic": by(logistic_yes),
    }


def _penalties(d: nn.Module, pairs: dict[str, tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
    """The gradient of MA-GP, under "right", and of what is easily taken for it."""
    def squares(name):
        inputs = [one.detach().clone().requires_grad_() for one in pairs[name]]
        slopes = torch.autograd.grad(d(*inputs)[0].sum(), inputs, create_graph=True)
        return [slope.flatten(1).square().sum(1) for slope in slopes]

    (x, e), at_fakes, at_wrong = map(squares, "rfw")
    kinds = {
        "right": x + e, "penalty at fakes": sum(at_fakes), "penalty at wrong pairs": sum(at_wrong),
        "penalty without text": x, "penalty without picture": e, "penalty of two lengths": (x.sqrt() + e.sqrt()) ** 2,
    }
    cost = {name: 2 * length.pow(3).mean() for name, length in kinds.items()}
    cost |= {"penalty without weight": cost["right"] / 2, "penalty summed": len(x) * cost["right"],
             "squares": 2 * (x + e).mean()}
    return {name: _gradient(one, d) for name, one in cost.items()}


def _gradient(loss: Tensor, player: nn.Module) -> Tensor:
    """As `gradient`, with 0 for weights that a loss does not reach: the slope has none of the last constants."""
    weights = list(player.parameters())
    parts = torch.autograd.grad(loss, weights, allow_unused=True, retain_graph=True)
    return torch.cat([torch.zeros_like(one).flatten() if part is None else part.flatten()
                      for one, part in zip(weights, parts)])
