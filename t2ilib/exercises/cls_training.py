"""Chapter 05: GAN-INT's loss and one step of GAN-CLS, judged by what they do to two small players."""

from collections.abc import Callable

import torch
from torch import Tensor

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.answers.cls_pairs import between
from t2ilib.exercises.behaviour import arrived, gradient, recognise
from t2ilib.exercises.cls_behaviour import Table
from t2ilib.exercises.cls_moves import TWICE, wrong_d, wrong_g, wrong_leak
from t2ilib.exercises.compare import NOTHING, not_one, number, wrong_numbers
from t2ilib.exercises.gan_training import ERRORS
from t2ilib.exercises.step_checks import StepChecks, tried
from t2ilib.losses import logistic_no as no
from t2ilib.losses import logistic_yes as yes

BETA = 0.3
TUPLE = "`discriminator` gives a tuple, one entry for each text: write `logits, = discriminator(...)`"
SAYS = ERRORS | {           # part of an error's message -> what it means here
    "Sizes of tensors must match": "each text needs a row of noise, and each picture a text: as many of one as of the "
                                   "other",
    "but got NoneType": "something is still None: does your `between` return its texts?",
    "'tuple'": TUPLE,
    "not tuple": TUPLE,
    "SimpleNamespace' object has no attribute": "this game has a `generator` and a `discriminator`, and no more: write "
                                                "the losses by hand",
}

# Station 1: the loss of GAN-INT


def pictures_of_texts(answer):
    """D judges pictures of G, each with the text it was drawn for"""
    table = Table(size=6)
    got = tried(lambda: table.ask(answer, BETA), SAYS)
    if isinstance(got, Wrong):
        return got
    if not table.drawn:
        return Wrong("pictures from G", "none drawn", "call `generator(noise, text)`, and show D what comes")
    if not table.judged:
        return Wrong("answers from D", "none", "call `discriminator(image, text)` with G's pictures")
    drawn, judged = table.all_drawn(), table.all_judged()
    for image, text in zip(judged.image, judged.text):
        same = (drawn.image == image).flatten(1).all(1)
        if not same.any():
            return Wrong("pictures as G drew them", "another picture", "halfway between two pictures is a double "
                         "exposure: mix the texts, and let G draw the text between")
        if not _among(drawn.text[same], text[None]).any():
            return Wrong("the text it was drawn for", "another text", "a picture of a text between is judged with that "
                         "text, not with one of its two captions")
    return None


def all_texts(answer):
    """G draws the own captions, and the texts between neighbours"""
    table = Table(size=6)
    table.ask(answer, BETA)
    text, asked = table.batch.text, table.all_drawn().text
    middle = between(text, BETA)
    if not _among(text, asked).all():
        return Wrong("own captions and texts between", "not all own captions", "G keeps its own term: all B captions, "
                     "and the texts between besides")
    others = asked[~_among(asked, text)]
    if not len(others):
        return Wrong("own captions and texts between", "captions alone", "no text between was drawn: put "
                     "`between(text, beta)` below the captions")
    if _among(middle, others).all() and _among(others, middle).all():
        return None
    known = {1 - BETA: "beta and 1 - beta changed places", 0.5: "these are halfway, but `beta` is given"}
    words = (words for beta, words in known.items() if _among(between(text, beta), others).all())
    return Wrong(middle[0], others[0], next(words, "take `between(text, beta)`: texts between neighbours, 0 with 1, 2 "
                                                   "with 3, and no others"))


def noise_for_each(answer):
    """each text between has noise of its own"""
    table = Table(size=6)
    table.ask(answer, BETA)
    drawn, batch = table.all_drawn(), table.batch
    noise = drawn.noise[~_among(drawn.text, batch.text)]
    if len(noise.unique(dim=0)) < 3:
        return Wrong("a noise vector for each text", "the same for several", "noise stands for what the text leaves "
                     "open: take as many rows of `noise` as there are texts between")
    if any(_among(between(batch.noise, beta), noise).all() for beta in (BETA, 0.5)):
        return Wrong("rows of `noise`", "noise between two rows", "mix the texts alone: noise between two vectors is "
                     "no longer standard normal, it is too small")
    return None


def one_mean(answer):
    """the mean over all 3B/2 answers"""
    return _wrong_mean(answer, 6)


def g_learns_from_both(answer):
    """the gradient reaches G, from both kinds of text"""
    table = Table(size=6)
    got = table.ask(answer, BETA)
    if arrived(table.generator) is not None:
        return Wrong("a loss", "one that went backward", "leave `backward()` to who calls this: it decides who moves")
    if not isinstance(got, Tensor) or not got.requires_grad:
        return Wrong("a tensor with a gradient", type(got).__name__, "nothing leads back to G: the loss is a plain "
                     "number, or its pictures were detached, or drawn under `no_grad()`")
    weights = list(table.generator.parameters())
    parts = torch.autograd.grad(got, weights, allow_unused=True)
    if None in parts:
        return Wrong("a gradient at G", "none", "G's pictures were detached, so G cannot learn from D's answers")
    name, _ = recognise(torch.cat([part.flatten() for part in parts]), _slopes(table))
    return None if name == "both" else Wrong("slopes of both parts", name or "another slope", "a part of the pictures "
                                             "was detached or drawn under `no_grad()`: G learns from both")


def odd_and_small(answer):
    """batches of 5, 2 and 3"""
    return next(filter(None, (_wrong_mean(answer, size) for size in (5, 2, 3))), None)


def _among(rows: Tensor, known: Tensor) -> Tensor:
    """Which rows (N, E) are among the known ones (M, E), but for rounding -> (N,)."""
    return torch.isclose(rows[:, None], known, atol=1e-6).all(2).any(1)


def _slopes(table: Table) -> dict[str, Tensor]:
    """The gradient of G by all that it drew, and by its two parts."""
    g, d, drawn = table.generator, table.discriminator, table.all_drawn()
    own = _among(drawn.text, table.batch.text)
    rows = {"both": own | True, "that of own captions alone": own, "that of texts between alone": ~own}
    return {name: gradient(yes(*d(g(drawn.noise[which], drawn.text[which]), drawn.text[which])), g)
            for name, which in rows.items()}


def _wrong_mean(answer: Callable, size: int) -> Wrong | None:
    """What is wrong with the loss of a batch of this size, by the answers that D gave."""
    table = Table(size)
    got = tried(lambda: table.ask(answer, BETA), SAYS)
    if isinstance(got, Wrong) or got is None:
        return got or Wrong("one number", "nothing", NOTHING)
    logits, is_own = table.all_judged().logit, _among(table.all_judged().text, table.batch.text)
    right, own, middle = float(yes(logits)), yes(logits[is_own]), yes(logits[~is_own])
    return not_one(got, "one number for all 3B/2 answers: take their mean") or wrong_numbers(number(got), right, {
        float(own + middle) / 2: "this is the mean of two means: there are half as many texts between as captions, so "
                                 "they weigh 1/3, and the captions 2/3",
        float(own + middle): "the two means were added: take one mean over all 3B/2 answers",
        right * len(logits): "this is a sum; it would grow with the batch: take the mean",
        right * len(logits) / size: "divide by 3B/2, the number of all answers, and not by B",
        float(2 * own + middle) / 3: "2/3 and 1/3 hold for even batches alone: take the mean over all answers",
        float(own): "the texts between do not count: their pictures were drawn, but D's answers were left out",
        float(middle): "the own captions do not count: their pictures were drawn, but D's answers were left out",
        -float(no(logits)): "this is the minimax loss log(1 - D): lower -log D",
        float(no(logits)): "this asks for a no: G wants a yes, also for texts between",
        -right: "the sign: G lowers -log D",
        float(yes(logits.sigmoid())): TWICE,
    }, "-log D of each picture with its text, own and between, and the mean of them all")


interpolated_generator_loss = Exercise(
    id="cls_training.interpolated_generator_loss",
    title="pictures of texts between",
    minutes=15,
    difficulty=3,
    text="The loss of GAN-INT's generator. `generator(noise, text)` draws, `discriminator(image, text)` gives a tuple "
         "with one tensor of logits, `text` is (B, E) and `noise` (B, Z). Let G draw all own captions and the texts "
         "`between(text, beta)`, let D judge each picture with the text it was drawn for, and return the mean of "
         "-log D over all of them, 3B/2 for an even B. A text between takes noise of its own: a row of `noise`, or "
         "fresh. Who calls this lowers it in G alone, so gradients in D do not matter.",
    hints=(
        "How many pictures are there, and does each of their answers count the same?",
        "Join texts with `torch.cat`, and noise likewise, to one batch of 3B/2. Then all is as in GAN-CLS.",
        "`middle = between(text, beta)`; `texts = torch.cat([text, middle])`; `torch.cat([noise, "
        "noise[:len(middle)]])`; the mean of `softplus(-logits)` where `logits, = discriminator(pictures, texts)`.",
    ),
    checks=(pictures_of_texts, all_texts, noise_for_each, one_mean, g_learns_from_both, odd_and_small),
    explanation="One batch for both kinds of text: G's batch normalisation sees them together, as in the authors' "
                "code, and one mean weighs each picture the same. D never learns from texts between, since no real "
                "picture has one; it only judges them.",
)


# Station 2: one step of GAN-CLS


STEP = StepChecks(Table, wrong_d, wrong_g, SAYS)


def d_learns(answer):
    """D's move: yes to (real, right), no to (real, wrong) and (fake, right)"""
    return wrong_d(Table().play(answer)[0])


def g_is_left_alone(answer):
    """D's step leaves no gradient in G"""
    return wrong_leak(Table().play(answer)[0])


def g_learns(answer):
    """G's move: the D of now is to say yes to fakes with their text"""
    d_move, g_move = Table().play(answer)
    return wrong_g(g_move, d_move.discriminator)


training_step = Exercise(
    id="cls_training.training_step",
    title="one step of GAN-CLS",
    minutes=25,
    difficulty=4,
    text="Move D once, then G once. `game.generator(noise, text)` draws, `game.discriminator(image, *texts)` gives a "
         "tuple of logits (B,), one for each text. `batch` has `image`, `text`, `wrong_text` and `noise`; "
         "`optimizers` is a dictionary with the keys `generator` and `discriminator`. D lowers "
         "-log s_r - (log(1 - s_w) + log(1 - s_f)) / 2, on fakes made without a gradient into G; G lowers -log s_f, "
         "judged by the D that has just moved. Take means over the batch. The check does not read your code: it "
         "watches two small players move.",
    hints=(
        "Which picture goes with `wrong_text`, and which of the two players must not learn from D's loss?",
        "D: fakes under `torch.no_grad()`, three kinds of answer, your `discriminator_loss`, and `zero_grad()`, "
        "`backward()`, `step()`. G: draw anew, ask the moved D, your `generator_loss`, and the same three lines.",
        "`s_r, s_w = game.discriminator(batch.image, batch.text, batch.wrong_text)`; `s_f, = game.discriminator(fake, "
        "batch.text)`; `optimizers[\"discriminator\"].zero_grad()` and so on; then G with `s_f, = "
        "game.discriminator(game.generator(batch.noise, batch.text), batch.text)`.",
    ),
    checks=(STEP.in_turn, d_learns, g_is_left_alone, g_learns, STEP.starts_afresh, STEP.any_batch),
    explanation="One look at the real picture is enough for both texts: the convolutions are shared. The fakes of D's "
                "step are drawn without a gradient; G's step draws them again, and asks the D that has just moved. "
                "It leaves gradients in D as well; nobody uses them, and D's `zero_grad()` wipes them.",
)
