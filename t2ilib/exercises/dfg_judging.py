"""Chapter 09: one answer for picture and text, and the hinge loss of three kinds of pair."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.behaviour import untouched
from t2ilib.exercises.cls_pairs import CUT, ONE_NUMBER
from t2ilib.exercises.compare import NOTHING, not_one, number, wrong_numbers
from t2ilib.losses import hinge_no as no
from t2ilib.losses import hinge_yes as yes

# Station 1: the hinge

KINDS = ("s_r", "s_w", "s_f")


def knows_nothing(answer):
    """2 for a D that knows nothing: all logits 0"""
    got = _loss(answer, *torch.zeros(3, 6))
    return not_one(got, ONE_NUMBER) or wrong_numbers(got, 2.0, {
        3: "each no counts 1/2: there are two kinds of no and one kind of yes, and they should weigh the same",
        2.5: "both kinds of no are halved, not one of them alone",
        1.5: "a term is missing: s_r, s_w and s_f all count",
        1: "this is half of it: the yes counts 1 in full, and the two noes 1/2 each",
        12: "this is a sum over the batch; it would grow with it: take means",
        0: "the margin is missing: a yes is to be above 1 and a no below -1, not only on their side of 0",
        -2: "the sign: the formula has a minus before each min(0, ...), so what D lowers is never negative",
        1.386294: "this is the logistic loss of chapter 05; the hinge is max(0, 1 - s) and max(0, 1 + s)",
    }, "at logit 0 each term is 1: the yes counts once, each no one half")


def three_kinds(answer):
    """a yes to (real, right), a no to (real, wrong) and to (fake, right)"""
    s_r, s_w, s_f = logits = _logits(seed=1)
    raw = (1 - s_r).mean() + ((1 + s_w).mean() + (1 + s_f).mean()) / 2
    return wrong_numbers(_loss(answer, *logits), float(_right(*logits)), {
        float(wrong): words for wrong, words in (
            (raw, "nothing stops at 0: an answer beyond its margin costs nothing, and earns nothing"),
            (no(s_r) + (yes(s_w) + yes(s_f)) / 2, "the margins changed sides: max(0, 1 - s) for a yes, and "
                                                  "max(0, 1 + s) for a no"),
            (no(s_r) + (no(s_w) + no(s_f)) / 2, "everything is called a no: s_r wants max(0, 1 - s)"),
            (yes(s_r) + (yes(s_w) + yes(s_f)) / 2, "everything is called a yes: s_w and s_f want max(0, 1 + s)"),
            (yes(s_r) + (yes(s_w) + no(s_f)) / 2, "s_w is called a yes: the picture is real, but not of this text"),
            (yes(s_r) + (no(s_w) + yes(s_f)) / 2, "s_f is called a yes: that is G's wish, and D wants a no"),
            (yes(s_r) + no(s_f), "the pair (real, wrong text) is missing: this D lets G ignore the text"),
            (yes(s_r) + no(s_w), "the pair (fake, right text) is missing: nobody tells fakes from real pictures"),
            (yes(s_w) + (no(s_r) + no(s_f)) / 2, "s_r and s_w changed places: the right text wants the yes"),
            (yes(s_r.mean()) + (no(s_w.mean()) + no(s_f.mean())) / 2,
             "this is the loss of the mean logit: take max(0, ...) of each first, and then the mean"),
            (F.relu(raw), "max(0, ...) was taken of the whole: take it of each answer"),
            (_right(*(one.sigmoid() for one in logits)), "a sigmoid too many: the hinge takes logits as they are"),
            ((F.relu(1 - s_r) ** 2).mean() + ((F.relu(1 + s_w) ** 2).mean() + (F.relu(1 + s_f) ** 2).mean()) / 2,
             "this is the squared hinge: the hinge itself is a straight line up to its margin"))
    }, "max(0, 1 - s_r), and half of max(0, 1 + s_w) and of max(0, 1 + s_f), each a mean")


def beyond_the_margin(answer):
    """nothing to pay, and nothing to learn, beyond the margins"""
    leaves = [torch.tensor(numbers, requires_grad=True) for numbers in ([1.5, 30.0], [-1.2, -40.0], [-9.0, -1.1])]
    got = answer(*leaves)
    if abs(number(got)) > 1e-6:
        return Wrong(0, got, "a yes above 1 and a no below -1 are enough: max(0, ...)")
    if not got.requires_grad:
        return Wrong("a tensor with a gradient", "one without", CUT)
    slopes = torch.autograd.grad(got, leaves, allow_unused=True)
    return None if not any(one is not None and one.any() for one in slopes) else Wrong(
        "no slope", slopes[0], "beyond its margin an answer has no slope")


def slopes(answer):
    """all three kinds get their slope: -1, 1/2 and 1/2"""
    leaves, mine = ([one.clone().requires_grad_() for one in _logits(seed=2)] for _ in range(2))
    got = answer(*mine)
    if not isinstance(got, Tensor) or not got.requires_grad:
        return Wrong("a tensor with a gradient", NOTHING if got is None else type(got).__name__, CUT)
    expected = torch.autograd.grad(_right(*leaves), leaves)
    for name, one, slope in zip(KINDS, torch.autograd.grad(got, mine, allow_unused=True), expected):
        if one is None:
            return Wrong(f"a gradient at {name}", "none", f"{name} was detached: D learns from all of them")
        wrong = wrong_numbers(one, slope, {}, "a part of the formula was cut off from the gradient")
        if wrong:
            return wrong
    return None


def _loss(answer, *logits):
    """What the answer says of copies, without its gradient."""
    got = answer(*(one.clone() for one in logits))
    return got.detach() if isinstance(got, Tensor) else got


def _logits(seed):
    """Logits (6,) of each kind, on both sides of their margins, and of every mistake another sum."""
    stream = torch.Generator().manual_seed(seed)
    return 1.5 * torch.randn(3, 6, generator=stream) + torch.tensor([[0.8], [-0.5], [-1.2]])


def _right(s_r, s_w, s_f):
    return yes(s_r) + (no(s_w) + no(s_f)) / 2


hinge = Exercise(
    id="dfg_judging.hinge",
    title="enough is enough: the hinge",
    minutes=10,
    difficulty=2,
    text="`s_r`, `s_w` and `s_f` (B,) are D's answers to (real, right text), (real, wrong text) and (fake, right "
         "text): any numbers, no sigmoid. DF-GAN's D lowers -E[min(0, -1 + s_r)] - E[min(0, -1 - s_w)] / 2 - "
         "E[min(0, -1 - s_f)] / 2. Return this (the formula above in other words), one number, each term a mean "
         "over the batch. The penalty comes later.",
    hints=(
        "From which answer on has D nothing more to gain from a real picture with its text?",
        "-min(0, -1 + s) is max(0, 1 - s), and that is `relu(1 - s)`.",
        "`F.relu(1 - s_r).mean()`, plus half of `F.relu(1 + s_w).mean() + F.relu(1 + s_f).mean()`, with "
        "`torch.nn.functional` as F.",
    ),
    checks=(knows_nothing, three_kinds, beyond_the_margin, slopes),
    explanation="The logistic loss never rests: a D that is sure gains from being surer still. The hinge has enough at "
                "1 and -1, so D spends its strength on pairs that it has not told apart yet. G lowers -s_f, without a "
                "margin: as long as D's answer has a slope, G has somewhere to go.",
)


# Station 2: the one-way output

PAIRS = ("image and text", "image and wrong_text", "fake and text")


class Scene:
    """Pictures (B, 3, 16, 16), texts (B, 4), and the two parts of a D: 5 features at 4 x 4 places, and its head."""

    def __init__(self, count: int = 3):
        self.looks = 0                          # pictures that `see` was shown
        with untouched():
            torch.manual_seed(5)
            self.eye = nn.Conv2d(3, 5, kernel_size=4, stride=4)
            self.head = nn.Sequential(nn.Conv2d(9, 6, kernel_size=3, padding=1), nn.LeakyReLU(0.2),
                                      nn.Conv2d(6, 1, kernel_size=4))
            self.image, self.fake = torch.randn(2, count, 3, 16, 16)
            self.text, self.wrong_text = torch.randn(2, count, 4)

    def see(self, pictures: Tensor) -> Tensor:
        """(N, 3, 16, 16) -> (N, 5, 4, 4)"""
        self.looks += len(pictures)
        return self.eye(pictures)

    def ask(self, answer):
        """What an answer returns."""
        return answer(self.see, self.head, *(one.clone() for one in (self.image, self.fake, self.text,
                                                                     self.wrong_text)))

    def judge(self, image: Tensor, text: Tensor) -> Tensor:
        """The answers (B,) to pairs."""
        return self.join(image, text[:, :, None, None].expand(-1, -1, 4, 4))

    def join(self, image: Tensor, tiled: Tensor, text_first: bool = False) -> Tensor:
        """The answers (B,), with the text laid out in some way (B, 4, 4, 4)."""
        parts = [self.eye(image), tiled]
        return self.head(torch.cat(parts[::-1] if text_first else parts, dim=1)).flatten()


def three_answers(answer):
    """three times one answer for each pair: (B,)"""
    got = Scene().ask(answer)
    if not isinstance(got, tuple | list) or len(got) != 3:
        return Wrong("three tensors", "nothing" if got is None else type(got).__name__,
                     NOTHING if got is None else "return the answers to the three kinds of pair")
    shapes = [tuple(getattr(one, "shape", ())) for one in got]
    return None if shapes == [(3,)] * 3 else Wrong("shape (3,), three times", shapes,
                                                   "the head gives (B, 1, 1, 1): flatten it")


def right_pairs(answer):
    """(real, right), (real, wrong) and (fake, right), the text behind the features at every place"""
    scene = Scene()
    got = torch.stack([one.detach() for one in scene.ask(answer)])
    image, fake, text, wrong = scene.image, scene.fake, scene.text, scene.wrong_text
    pairs = (image, text), (image, wrong), (fake, text)
    spread = text.repeat(16, 1).view(3, 4, 4, 4), text.repeat(1, 16).view(3, 4, 4, 4)
    first, again, other, last = (torch.stack(one).detach() for one in (
        [scene.judge(*pair) for pair in pairs],
        [scene.join(one, said[:, :, None, None].expand(-1, -1, 4, 4), text_first=True) for one, said in pairs],
        [scene.judge(image, text), scene.judge(fake, wrong), scene.judge(fake, text)],
        [scene.judge(image, text), scene.judge(image, wrong), scene.judge(fake, wrong)]))
    if torch.allclose(got, first, atol=1e-5):
        return None
    mistakes = {
        "the text came first: the features first, then the text": again,
        "a wrong text belongs to a *real* picture: a fake is a no anyway, so D would not have to read": other,
        "a fake is judged with the text it was drawn for": last,
        "(real, wrong) and (fake, right) changed places": first[[0, 2, 1]],
        "right and wrong text changed places": torch.stack([first[1], first[0], first[2]]),
        "a sigmoid too many: hinge losses take the answers as they are": first.sigmoid(),
    }
    words = [words for words, known in mistakes.items() if torch.allclose(got, known, atol=1e-5)]
    if any(torch.allclose(got[0], scene.join(image, tiled), atol=1e-5) for tiled in spread):
        words = ["the text was cut up: `view` needs an order; each place gets all 4 numbers of its own text"]
    at = int((got - first).abs().amax(1).argmax())
    return Wrong(first[at], got[at], (words or [f"ask `head` about {PAIRS[at]}"])[0])


def one_look(answer):
    """each picture is looked at once"""
    scene = Scene()
    scene.ask(answer)
    return None if scene.looks <= 6 else Wrong("6 looks at 3 real pictures and 3 fakes", scene.looks, "what D sees of "
                                               "a picture is the same for both texts: keep `see(image)`, and use it "
                                               "twice")


def one_picture(answer):
    """a batch of one"""
    scene = Scene(1)
    got = scene.ask(answer)
    right = scene.judge(scene.image, scene.text)
    return None if got[0].shape == (1,) and torch.allclose(got[0], right, atol=1e-5) else Wrong(
        "shape (1,)", f"shape {tuple(got[0].shape)}", "`squeeze` takes all axes of length 1, that of the batch as well")


def way_back(answer):
    """a gradient for pictures and texts"""
    scene, names = Scene(), ("image", "fake", "text", "wrong_text")
    leaves = [getattr(scene, name).requires_grad_() for name in names]
    got = sum(one.sum() for one in scene.ask(answer))
    parts = torch.autograd.grad(got, leaves, allow_unused=True) if got.requires_grad else [None] * 4
    lost = [name for name, part in zip(names, parts) if part is None or not part.any()]
    return Wrong("a gradient for each", f"none for {' and '.join(lost)}", "cut off: G learns through the fake, and the "
                 "penalty needs the slope by picture and text") if lost else None


one_way = Exercise(
    id="dfg_judging.one_way",
    title="one answer for picture and text",
    minutes=15,
    difficulty=3,
    text="D in two parts: `see` turns pictures (B, 3, S, S) into features (B, F, 4, 4), and `head` turns features with "
         "a text behind them at every place, (B, F + E, 4, 4), into answers (B, 1, 1, 1). `image` are real pictures, "
         "`fake` generated ones for `text` (B, E); `wrong_text` (B, E) belongs to other classes. Return the answers "
         "to (real, right text), (real, wrong text) and (fake, right text), (B,) each. Look at each picture once.",
    hints=(
        "What D sees of a picture does not depend on the text. How often do you need `see(image)`?",
        "Write a helper from features and text to answers: the text at every place as in exercise 5.1, behind the "
        "features, then `head`, then `flatten`.",
        "`tiled = text[:, :, None, None].expand(-1, -1, *features.shape[2:])`; "
        "`head(torch.cat([features, tiled], dim=1)).flatten()`; `real = see(image)` serves two answers.",
    ),
    checks=(three_answers, right_pairs, one_look, one_picture, way_back),
    explanation="There is no answer to the picture alone: a yes says that it is real *and* fits. With a second answer, "
                "real or not, G is drawn to two targets at once, and where they disagree it goes in between. Looking "
                "is the dear part of D, so the wrong text costs hardly anything.",
)
