"""Chapter 09: the matching-aware gradient penalty, and what its power changes."""

from collections.abc import Callable
from contextlib import suppress

import torch
from torch import Tensor, nn

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import untouched
from t2ilib.exercises.compare import not_one, number, wrong_numbers

# Station 1: MA-GP

CREATE = "the slope was taken without `create_graph=True`: then it is a number, and D cannot learn from it"


class Judge(nn.Module):
    """A small D whose slopes by picture and by text are about 1, and bend everywhere."""

    def __init__(self, strength: float = 1.0):
        super().__init__()
        with untouched():
            torch.manual_seed(3)
            self.see, self.read, self.last = nn.Linear(12, 8), nn.Linear(3, 8), nn.Linear(8, 1)
        with torch.no_grad():
            self.read.weight.mul_(1.6)
            self.last.weight.mul_(strength)

    def forward(self, image: Tensor, *texts: Tensor) -> tuple[Tensor, ...]:
        seen = self.see(image.flatten(1))
        return tuple(self.last((2 * (seen + self.read(text))).sin()).flatten() for text in texts)


def one_number(answer):
    """one number for the batch, with a gradient"""
    judge, given = _given()
    got = _tried(lambda: answer(judge, *given))
    if isinstance(got, Wrong):
        return got
    wrong = not_one(got, "one number: the mean over the batch")
    if wrong or isinstance(got, Tensor) and got.requires_grad:
        return wrong
    return Wrong("a tensor with a gradient", "a plain number", CREATE if isinstance(got, Tensor) else
                 "stay in PyTorch: `item` and NumPy cut off the gradient")


def real_with_its_text(answer):
    """the slope at real pictures with their own texts, and nowhere else"""
    judge, given = _given()
    image, fake, text, wrong = given
    both = torch.cat([image, fake]), torch.cat([text, text])
    places = {
        "this is the slope at fakes: the formula is sometimes printed with the mean over G(z), but D is to be flat "
        "around real pictures with their texts, where G should arrive": (fake, text),
        "this is the slope at real pictures with *wrong* texts: there D has to change, from no to yes": (image, wrong),
        "fakes with wrong texts: nobody wants to arrive there": (fake, wrong),
        "real pictures and fakes: the fakes are what has to move, so leave D steep there": both,
        "between real and fake, as in WGAN-GP: here the slope is taken at real pictures alone":
            ((image + fake) / 2, text),
    }
    got, right = number(answer(judge, *given)), _penalty(judge, image, text)
    words = [words for words, pair in places.items() if abs(_penalty(judge, *pair) / got - 1) < 1e-3]
    return Wrong(right, got, words[0]) if words else None


def joint_length(answer):
    """2 times the mean of the sixth power of the length, over picture and text together"""
    judge, given = _given()
    image, _, text, _ = given
    x, e = (one.detach() for one in _slopes(judge, image, text))
    a, b = x.square().sum(1), e.square().sum(1)
    right = 2 * (a + b).pow(3).mean()
    return wrong_numbers(answer(judge, *given), float(right), {
        float(wrong): words for wrong, words in (
            (right / 2, "the weight is missing: k = 2"),
            (right * len(image), "this is a sum over the batch; it would grow with it: take the mean"),
            (64 * right / 2, "k stands before the mean, not inside the power"),
            (2 * a.pow(3).mean(), "the text was left out: D may be steep along the sentence then"),
            (2 * b.pow(3).mean(), "the picture was left out: the slope is taken by picture and text"),
            (2 * (a.sqrt() + b.sqrt()).pow(6).mean(), "these are two lengths, added: so it is printed, but the "
                                                      "authors' code takes one length of both, up to 8 times less"),
            (2 * (a.pow(3) + b.pow(3)).mean(), "each length was raised by itself: first one length, then the power"),
            (2 * (x.pow(6).sum(1) + e.pow(6).sum(1)).mean(), "p came inside: each number was raised to the sixth; "
                                                             "first the length, then the power"),
            (2 * (x.pow(6).sum(1) + e.pow(6).sum(1)).sqrt().mean(), "p came inside the root: first the length, then "
                                                                    "the power"),
            (2 * (a + b).mean(), "this is the square of the length: p = 6 here"),
            (2 * (a + b).sqrt().mean(), "this is the length alone: p = 6 here"),
            (2 * (a + b).pow(6).mean(), "the square of the length was raised to the sixth: that is p = 12"),
            (2 * (a + b).sum().pow(3), "one length for the whole batch: each pair has a slope of its own"),
            (2 * (a + b).mean().pow(3), "the mean came before the power: first each pair's, then the mean"),
            (2 * (a + b).sqrt().mean().pow(6), "the mean came before the power: first each pair's, then the mean"),
            (right / len(image) ** 6, "this is the slope of the mean answer, smaller by B: take their sum"),
            (2 * ((a + b).sqrt() - 1).pow(6).mean(), "centred at 1, as in WGAN-GP: here the aim is a slope of 0"),
            (2 * ((a + b).sqrt() - 1).pow(2).mean(), "centred at 1, as in WGAN-GP: here the aim is a slope of 0"))
    }, "2 * mean of (sum of all squares of a pair's slopes, by picture and by text) ** 3")


def d_learns(answer):
    """D can learn from it: the slope of the slope"""
    judge, given = _given()
    loss = answer(judge, *given)
    if any(weights.grad is not None for weights in judge.parameters()):
        return Wrong("no gradient left in D", "one", "`backward()` writes into D's weights: take `torch.autograd.grad`")
    weights = [judge.see.weight, judge.read.weight, judge.last.weight]
    got = torch.autograd.grad(loss, weights, allow_unused=True)
    right = torch.autograd.grad(_taught(judge, given[0], given[2]), weights)
    if all(part is None or not part.any() for part in got):
        return Wrong("a gradient for D", "none", CREATE)
    same = all(part is not None and torch.allclose(part, one, rtol=1e-3, atol=1e-5) for part, one in zip(got, right))
    return None if same else Wrong(right[2][0, :3], got[2][0, :3] if got[2] is not None else "none",
                                   "a part of the slope was detached: D learns from all of it")


def flat(answer):
    """0 for a flat D, without a nan"""
    judge, given = _given(strength=0.0)
    loss = answer(judge, *given)
    slopes = torch.autograd.grad(loss, list(judge.parameters()), allow_unused=True)
    if any(part is not None and not part.isfinite().all() for part in slopes):
        return Wrong("finite gradients", "nan", "the root has an infinite slope at 0: raise the sum of squares to "
                                                "p / 2 = 3 instead")
    return wrong_numbers(loss, 0.0, {}, "a D without slope pays nothing")


def any_batch(answer):
    """batches of 1 and 5"""
    for count in (1, 5):
        judge, given = _given(count)
        wrong = wrong_numbers(answer(judge, *given), _penalty(judge, given[0], given[2]), {},
                              "a batch size is written into it")
        if wrong:
            return wrong
    return None


def _given(count: int = 3, strength: float = 1.0) -> tuple[Judge, list[Tensor]]:
    """A judge, and real pictures (B, 3, 2, 2), fakes, texts (B, 3) and wrong ones."""
    stream = torch.Generator().manual_seed(count)
    shapes = ((3, 2, 2), (3, 2, 2), (3,), (3,))
    return Judge(strength), [torch.randn(count, *shape, generator=stream) for shape in shapes]


def _slopes(judge: Judge, image: Tensor, text: Tensor) -> list[Tensor]:
    """The slopes by picture (B, 12) and by text (B, 3)."""
    image, text = (one.detach().clone().requires_grad_() for one in (image, text))
    answers, = judge(image, text)
    return [one.flatten(1) for one in torch.autograd.grad(answers.sum(), (image, text), create_graph=True)]


def _taught(judge: Judge, image: Tensor, text: Tensor) -> Tensor:
    return 2 * torch.cat(_slopes(judge, image, text), dim=1).square().sum(1).pow(3).mean()


def _penalty(judge: Judge, image: Tensor, text: Tensor) -> float:
    return _taught(judge, image, text).item()


def _tried(ask: Callable) -> object:
    """What an answer gives, or what an error means here."""
    says = {"does not require grad": "nothing leads back: `requires_grad_()` on a detached picture and text *before* "
                                     "you ask D",
            "to not have been used": "you ask for the slope by a tensor that D has not seen: give D the ones that "
                                     "require a gradient",
            "grad can be implicitly": "the slope of many answers: take their sum first",
            "tuple": "`discriminator` gives a tuple, one entry for each text: write `answers, = discriminator(...)`"}
    try:
        return ask()
    except (RuntimeError, AttributeError, TypeError) as error:
        with suppress(StopIteration):
            return Wrong("no error", f"{type(error).__name__}: {str(error)[:60]}",
                         next(words for part, words in says.items() if part in str(error)))
        raise


gradient_penalty = Exercise(
    id="dfg_penalty.gradient_penalty",
    title="flat around what is real and fits",
    minutes=20,
    difficulty=4,
    text="MA-GP. `answers, = discriminator(image, text)` gives (B,) answers. The formula is 2 E[(|slope by picture| + "
         "|slope by text|)^6], and it is sometimes printed with the mean over *generated* pictures. What is meant: D "
         "should be flat at real pictures with the texts that match them, and only there. You have `image` "
         "(real), `fake`, `text` (that of both) and `wrong_text`. Take the length as the authors' code does: one for "
         "all the slopes of a pair together, by picture and by text. Return one number from which D can learn, without "
         "filling `.grad` of D's weights.",
    hints=(
        "At which pairs should G arrive and stay? And what must a slope be, so that it can be lowered?",
        "Picture and text must require gradients before D sees them. `torch.autograd.grad` of the sum of all answers "
        "gives each pair its own slope; `create_graph=True` lets D learn from it.",
        "`slopes = torch.autograd.grad(answers.sum(), (image, text), create_graph=True)`; add up "
        "`slope.flatten(1).square().sum(1)` of both; `2 * squares.pow(3).mean()`.",
    ),
    checks=(one_number, real_with_its_text, joint_length, d_learns, flat, any_batch),
    explanation="Flat at its target, steep elsewhere: G slides to real pictures that fit, and slows down as it "
                "arrives. At a fake D must be steep, or G learns nothing; at a real picture with a wrong text it must "
                "be steep along the text, since no and yes lie close together. The third power of the squares is the "
                "sixth of the length, without a root, whose slope at 0 is infinite.",
)
