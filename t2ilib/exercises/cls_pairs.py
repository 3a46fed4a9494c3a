"""Chapter 05: three kinds of pair, what each player lowers, and texts between two captions."""

import math

import torch

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, not_one, number, wrong_numbers
from t2ilib.losses import logistic_no as no
from t2ilib.losses import logistic_yes as yes

ONE_NUMBER = "one number for the whole batch: take means"
TWICE = "a sigmoid too many: these are logits, and D = sigmoid(logit) is taken once"
BITS = "this is in bits: the natural logarithm is meant"
CUT = "stay in PyTorch: `item`, `detach` and NumPy have no gradient, so nothing would learn"
UNSTABLE = "in float32 the sigmoid of a large logit is exactly 0 or 1, and the logarithm of 0 ends it: take " \
           "`softplus`, `logsigmoid`, or a loss `with_logits`"
CLIPPED = "a small number was added in the logarithm, or something was clipped: far from 0 the loss must go on growing"
FLAT = "a part of the formula was cut off from the gradient, or clipped: there D's mistakes teach nothing"

# Station 1: what D lowers


def knows_nothing(answer):
    """2 log 2 for a D that knows nothing: all logits 0"""
    got = _loss(answer, *torch.zeros(3, 6))
    log2, twice = math.log(2), math.log1p(math.exp(-0.5))       # the latter is the loss of a yes at logit 1/2
    return not_one(got, ONE_NUMBER) or wrong_numbers(got, 2 * log2, {
        3 * log2: "each no counts 1/2: there are two kinds of no and one kind of yes, and they should weigh the same",
        2.5 * log2: "both kinds of no are halved, not one of them alone",
        1.5 * log2: "a term is missing: s_r, s_w and s_f all count",
        log2: "this is half of it: the yes counts 1 in full, and the two noes 1/2 each",
        12 * log2: "this is a sum over the batch; it would grow with it: take means",
        -2 * log2: "the sign: the paper raises log s_r + ..., so an optimiser, which goes down, is handed minus that",
        0.0: "the terms cancel: minus in front of all three logarithms",
        2.0: BITS,
        2 * twice + 0.5: TWICE,
        math.inf: "these are logits, not probabilities: D = sigmoid(logit), so 0 means one half",
    }, "every -log(1/2) is log 2 = 0.693; the yes counts once, each no one half")


def three_kinds(answer):
    """a yes to (real, right), a no to (real, wrong) and to (fake, right)"""
    s_r, s_w, s_f = logits = _logits(seed=1)
    return wrong_numbers(_loss(answer, *logits), float(_right(*logits)), {
        float(wrong): words for wrong, words in (
            (yes(s_r) + no(s_f), "the pair (real, wrong text) is missing: this D lets G ignore the text"),
            (yes(s_r) + no(s_w), "the pair (fake, right text) is missing: nobody tells fakes from real pictures"),
            (no(s_w) + no(s_f), "the pair (real, right text) is missing: saying no to everything would be enough"),
            (yes(s_r) + (yes(s_w) + no(s_f)) / 2, "s_w is called a yes: the picture is real, but not of this text"),
            (yes(s_r) + (no(s_w) + yes(s_f)) / 2, "s_f is called a yes: that is G's wish, and D wants a no"),
            (yes(s_r) + (yes(s_w) + yes(s_f)) / 2, "everything is called a yes: s_w and s_f want log(1 - s)"),
            (no(s_r) + (yes(s_w) + yes(s_f)) / 2, "the labels are turned around: yes belongs to s_r alone"),
            (no(s_r) + (no(s_w) + no(s_f)) / 2, "everything is called a no: s_r wants log s"),
            (yes(s_w) + (no(s_r) + no(s_f)) / 2, "s_r and s_w changed places: the right text wants the yes"),
            (yes(s_f) + (no(s_w) + no(s_r)) / 2, "s_r and s_f changed places: the real picture wants the yes"),
            (yes(s_r.mean()) + (no(s_w.mean()) + no(s_f.mean())) / 2,
             "this is the loss of the mean logit: take the logarithm of each first, and then the mean"))
    }, "-log s_r, and half of -log(1 - s_w) and of -log(1 - s_f), where s = sigmoid(logit)")


def far_from_zero(answer):
    """logits of 100 and -100: finite, and right"""
    far, near = torch.tensor([-100.0, -60.0]), torch.tensor([100.0, 60.0])
    return _wrong_far(_loss(answer, far, near, near), 160.0) or _wrong_far(_loss(answer, near, far, far), 0.0)


def d_slopes(answer):
    """all three kinds get their gradient"""
    return _wrong_slopes(answer, _logits(seed=2), _right, ("s_r", "s_w", "s_f"))


def _loss(answer, *logits):
    """What the answer says of copies, without its gradient."""
    got = answer(*(one.clone() for one in logits))
    return got.detach() if isinstance(got, torch.Tensor) else got


def _logits(seed):
    """Logits (5,) of each kind, so different that no mistake looks like another."""
    stream = torch.Generator().manual_seed(seed)
    return torch.randn(3, 5, generator=stream) + torch.tensor([[1.0], [-0.5], [-1.5]])


def _right(s_r, s_w, s_f):
    return yes(s_r) + (no(s_w) + no(s_f)) / 2


def _wrong_far(got, expected):
    if got is None:
        return Wrong(expected, "nothing", NOTHING)
    if not math.isfinite(number(got)):
        return Wrong(expected, number(got), UNSTABLE)
    return wrong_numbers(got, expected, {}, CLIPPED)


def _wrong_slopes(answer, logits, right, names):
    """What is wrong with the gradient that arrives at each kind of logit."""
    leaves, mine = ([one.clone().requires_grad_() for one in logits] for _ in range(2))
    got = answer(*mine)
    if not isinstance(got, torch.Tensor) or not got.requires_grad:
        return Wrong("a tensor with a gradient", NOTHING if got is None else type(got).__name__, CUT)
    expected = torch.autograd.grad(right(*leaves), leaves)
    for name, one, slope in zip(names, torch.autograd.grad(got, mine, allow_unused=True), expected):
        if one is None:
            return Wrong(f"a gradient at {name}", "none", f"{name} was detached: D learns from all of them")
        wrong = wrong_numbers(one, slope, {}, FLAT)
        if wrong:
            return wrong
    return None


discriminator_loss = Exercise(
    id="cls_pairs.discriminator_loss",
    title="a discriminator that reads",
    minutes=10,
    difficulty=2,
    text="GAN-CLS shows D three kinds of pair. `s_r`, `s_w` and `s_f` (B,) are its *logits* for (real, right text), "
         "(real, wrong text) and (fake, right text); the paper's s is `sigmoid(logit)`. The paper raises "
         "log s_r + (log(1 - s_w) + log(1 - s_f)) / 2. Return minus that, one number to be lowered, each term a mean "
         "over the batch. It must hold for logits of 100 and -100, too.",
    hints=(
        "Which of the three pairs deserve a yes, and how much should all noes together weigh?",
        "With `softplus` of `torch.nn.functional`, -log s is `softplus(-logit)` and -log(1 - s) is `softplus(logit)`: "
        "neither can overflow.",
        "`softplus(-s_r).mean()` for the yes, plus half of `softplus(s_w).mean() + softplus(s_f).mean()`.",
    ),
    checks=(knows_nothing, three_kinds, far_from_zero, d_slopes),
    explanation="The pair (real, wrong text) is the new idea: only with it must D read. Both kinds of no count one "
                "half, so a D that knows nothing pays 2 log 2, as in chapter 1, and is not drawn to either answer. "
                "The paper's algorithm box writes a minus sign before the step of something that is to be raised; "
                "the authors' code lowers this loss.",
)


# Station 2: what G lowers


def fooled_or_not(answer):
    """a fake that fools D, and two that do not"""
    s_f = torch.tensor([2.0, -1.0, -0.5])
    got, right = _loss(answer, s_f), float(yes(s_f))
    answers = s_f.sigmoid()
    return not_one(got, ONE_NUMBER) or wrong_numbers(got, right, {
        -float(no(s_f)): "this is the minimax loss log(1 - D): it saturates, and hardly pulls while D is sure; "
                         "lower -log D",
        float(no(s_f)): "this asks for a no: G helps D to find its fakes",
        -right: "the sign: the paper raises log s_f, and an optimiser goes down",
        3 * right: "this is a sum over the batch; it would grow with it: take the mean",
        right / math.log(2): BITS,
        float(yes(answers)): TWICE,
        -float(answers.mean()): "the logarithm is missing: lower -log D, not -D",
        -float(s_f.mean()): "this is the mean logit; D = sigmoid(logit), and its logarithm is asked for",
        float(yes(s_f.mean())): "this is the loss of the mean logit: take the logarithm of each first",
        -float(answers.mean().log()): "this is the logarithm of the mean: take the logarithm of each first",
    }, "-log sigmoid(logit) of each fake, then the mean")


def g_far_from_zero(answer):
    """finite and right where D is sure: logits of 100 and -100"""
    far = torch.tensor([-100.0, -60.0])
    return _wrong_far(_loss(answer, far), 80.0) or _wrong_far(_loss(answer, -far), 0.0)


def g_slopes(answer):
    """a gradient that pulls where D says no"""
    return _wrong_slopes(answer, (torch.tensor([-20.0, -3.0, 0.0, 4.0]),), yes, ("s_f",))


generator_loss = Exercise(
    id="cls_pairs.generator_loss",
    title="what the generator wants",
    minutes=5,
    difficulty=1,
    text="`s_f` (B,) are D's *logits* for fakes with the text they were drawn for. G raises log s_f, where s_f is "
         "`sigmoid(logit)`. Return the number that G lowers, a mean over the batch. It must hold for logits of 100 "
         "and -100, too.",
    hints=(
        "Which answer of D does G want for its fakes?",
        "It is the first term of D's loss, with fakes in the place of real pictures.",
        "`softplus(-s_f)` of `torch.nn.functional` is -log D; take its mean.",
    ),
    checks=(fooled_or_not, g_far_from_zero, g_slopes),
    explanation="The same loss as in chapter 1, and G learns to follow the text although its loss has no word about "
                "texts: D answers no to a fine picture of another sentence, so a yes has to be earned by both.",
)


# Station 3: texts between two captions


def halfway(answer):
    """halfway between neighbours: the first two, the next two"""
    text = torch.tensor([[0.0, 0], [2, 0], [10, 4], [10, 8], [1, 20], [7, 20]])
    return _wrong_texts(answer(text.clone(), 0.5), text, 0.5)


def beta_is_for_the_first(answer):
    """beta weighs the first of each pair"""
    text = _captions(6)
    wrong = _wrong_texts(answer(text.clone(), 0.25), text, 0.25)
    if wrong:
        return wrong
    for beta, name in ((1.0, "first"), (0.0, "second")):
        wrong = _wrong_texts(answer(text.clone(), beta), text, beta)
        if wrong:
            return wrong._replace(mistake=f"beta = {beta:g} gives the {name} of each pair: {wrong.mistake}")
    return None


def odd_batches(answer):
    """the last of an odd batch has no partner"""
    for count in (5, 3):
        text = _captions(count)
        try:
            got = answer(text.clone(), 0.25)
        except (RuntimeError, IndexError, ValueError) as error:
            return Wrong(f"{count // 2} text(s) of {count}", f"{type(error).__name__}: {str(error)[:60]}",
                         "an odd batch has a last one without a partner: leave it out")
        if isinstance(got, torch.Tensor) and len(got) > count // 2:
            return Wrong(f"{count // 2} text(s) of {count}", f"{len(got)} of them",
                         "the last of an odd batch has no partner and gives no text between")
        wrong = _wrong_texts(got, text, 0.25)
        if wrong:
            return wrong
    return None


def captions_stay(answer):
    """the captions themselves stay as they are"""
    text = _captions(4)
    answer(given := text.clone(), 0.25)
    return None if torch.equal(given, text) else Wrong(
        text[0], given[0], "this changed the batch in place, and its captions are needed for G's own term")


def captions_get_a_gradient(answer):
    """both captions get a gradient: beta and 1 - beta"""
    text = _captions(4).requires_grad_()
    got = answer(text, 0.25)
    if not got.requires_grad:
        return Wrong("a tensor with a gradient", "one without", CUT)
    return wrong_numbers(torch.autograd.grad(got.sum(), text)[0][:, 0], [0.25, 0.75, 0.25, 0.75], {},
                         "one of the two captions was detached")


def _captions(count):
    return torch.randn(count, 3, generator=torch.Generator().manual_seed(count))


def _mixed(first, second, beta):
    return beta * first + (1 - beta) * second


def _wrong_texts(got, text, beta):
    """What is wrong with texts between the neighbours of `text`."""
    pairs = len(text) // 2
    right = _mixed(text[0:2 * pairs:2], text[1:2 * pairs:2], beta)
    if got is None:
        return Wrong(f"{pairs} texts", "nothing", NOTHING)
    if not isinstance(got, torch.Tensor):
        return Wrong("a tensor (B // 2, E)", type(got).__name__, "a tensor, so that G and D can read it")
    if got.shape != right.shape:
        return Wrong(f"shape {tuple(right.shape)}", f"shape {tuple(got.shape)}",
                     "one text for each pair of neighbours, half as many as captions, and as many numbers in each")
    if torch.allclose(got, right, atol=1e-6):
        return None
    row = (got - right).abs().sum(1).argmax()
    words = (words for words, known in _mistaken(text, beta).items() if torch.allclose(got, known, atol=1e-5))
    return Wrong(right[row], got[row], next(words, "beta * first + (1 - beta) * second of neighbours, 0 with 1, 2 "
                                                   "with 3, and so on"))


def _mistaken(text, beta):
    """The texts that the usual mistakes give, by what to say about each."""
    pairs = len(text) // 2
    first, second = text[0:2 * pairs:2], text[1:2 * pairs:2]
    return {
        "the weights changed places: beta is for the first, 1 - beta for the second": _mixed(second, first, beta),
        "this is halfway, whatever beta is": (first + second) / 2,
        "both were weighed with beta: the second takes the rest, 1 - beta": beta * (first + second),
        "the weights have to add up to 1: beta and 1 - beta": first + second,
        "these pair text i with text i + B/2; neighbours are asked for, 0 with 1 and 2 with 3":
            _mixed(text[:pairs], text[pairs:2 * pairs], beta),
        "these pair 0 with 1, and then 1 with 2: each caption belongs to one pair":
            _mixed(text[:-1], text[1:], beta)[:pairs],
        "these pair the first with the last": _mixed(text[:pairs], text.flip(0)[:pairs], beta),
        "these are captions, not mixed at all": first,
    }


between = Exercise(
    id="cls_pairs.between",
    title="texts that nobody wrote",
    minutes=10,
    difficulty=2,
    text="GAN-INT asks G for pictures of texts between two captions. `text` (B, E) holds sentence vectors. Pair "
         "neighbours, 0 with 1, 2 with 3 and so on, and return beta * first + (1 - beta) * second for each pair: "
         "(B // 2, E). In an odd batch the last has no partner and is left out. Gradients must reach the captions, "
         "and `text` itself must not change.",
    hints=(
        "How do you write every second row of a tensor, from the first, and from the second?",
        "Cut the batch to an even length first; then two slices with step 2.",
        "`even = len(text) // 2 * 2`; the first of each pair are `text[0:even:2]`, the second `text[1:even:2]`.",
    ),
    checks=(halfway, beta_is_for_the_first, odd_batches, captions_stay, captions_get_a_gradient),
    explanation="No caption is needed for these texts, and no picture: D has never seen a real picture of one, but "
                "it can still say whether what G drew looks real and fits. With beta = 1 or 0 they are captions "
                "again. The authors take 1/2 throughout.",
)
