"""Chapter 04: the two losses that stand in for the error rate, by hand."""

import math

import torch
from torch.nn import functional as F

from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING, not_one, number, wrong_numbers
from t2ilib.losses import matching_loss, structured_loss

ONE_NUMBER = "one number for the whole batch"
CUT = "stay in PyTorch: `item`, `detach`, NumPy and comparisons have no gradient, so nothing would learn"

# Station 1: the hinge


def clear_cases(answer):
    """0 where each own score is ahead of all rivals by 1"""
    scores = 3 * torch.eye(3) + torch.tensor([1.5, 0.5, 0.0])       # ahead by 1.5 or more, also in the columns
    got = _hinge(answer, scores, torch.tensor([4, 7, 2]))
    return not_one(got, ONE_NUMBER) or wrong_numbers(got, 0.0, {
        2 / 3: "the own score is no rival of its own: its entry of 1 must not count",
        2.0: "the own score is no rival of its own: its entry of 1 must not count",
        6.0: "the own score is no rival of its own: its entry of 1 must not count",
    }, "each own score is ahead by more than 1, in its row and in its column; is it 1 + rival - own, and 0 below 0?")


def margin(answer):
    """a rival that is behind by less than 1 still costs, in its row and in its column"""
    scores = torch.diag(torch.tensor([2.0, 2.5, 4.0]))
    scores[0, 1] = 1.6                                  # behind by 0.4 in its row, by 0.9 in its column
    return wrong_numbers(_hinge(answer, scores, torch.tensor([1, 2, 3])), 0.7 / 9, {
        0.0: "without the margin only a rival that is ahead costs; this one is behind by 0.4, and the margin is 1",
        0.6 / 9: "only the rows: a text chooses its picture, but a picture has to choose its text, too",
        0.1 / 9: "only the columns: a picture chooses its text, but a text has to choose its picture, too",
        1.2 / 9: "the rows were counted twice: compare the second time with the own score of the *column*",
        0.2 / 9: "the columns were counted twice: compare once with the own score of the *row*",
        0.7 / 3: "divide by B x B, the number of pairs, and not by B",
        0.7 / 6: "divide by B x B: the pairs that cannot cost anything are counted, too",
        0.7: "this is a sum; it would grow with the batch: take the mean over all B x B pairs",
        0.35 / 9: "the two directions are added, not averaged",
        0.37 / 9: "this is squared; the hinge is not",
    }, "one rival costs: 1 + 1.6 - 2.0 = 0.6 in its row, and 1 + 1.6 - 2.5 = 0.1 in its column")


def all_rivals(answer):
    """all rivals count, not the worst one alone"""
    scores, labels = _table(seed=1), torch.arange(5)
    worst = _worst(scores) + _worst(scores.T)
    known = "this is the worst rival of each; here all rivals count, as in the authors' code"
    return wrong_numbers(_hinge(answer, scores, labels), _both(scores, labels), {
        float(worst): known, float(worst) / 5: known, float(worst) / 2: known,
    }, "each rival is compared with the own score of its row, and once more with that of its column")


def no_rivals_of_ones_own_class(answer):
    """another picture of the same class is no rival"""
    scores, labels = _table(seed=2), torch.tensor([8, 3, 8, 3, 5])
    everyone = torch.arange(5)
    return wrong_numbers(_hinge(answer, scores, labels), _both(scores, labels), {
        _both(scores, everyone): "the caption of one may well be true of the other: leave out pairs of equal labels",
    }, "pairs of equal labels count 0, all others 1 + rival - own")


def slopes(answer):
    """own scores are pulled up, near rivals are pushed down, others left alone"""
    scores, labels = _table(seed=3), torch.arange(5)
    expected, = torch.autograd.grad(_both_of(leaf := scores.clone().requires_grad_(), labels), leaf)
    got = answer(mine := scores.clone().requires_grad_(), labels)
    if not isinstance(got, torch.Tensor) or not got.requires_grad:
        return Wrong("a tensor with a gradient", NOTHING if got is None else type(got).__name__, CUT)
    return wrong_numbers(torch.autograd.grad(got, mine)[0].flatten(), expected.flatten(), {},
                         "part of the formula was cut off from the gradient; the own score takes part in it, too")


def _hinge(answer, scores, labels):
    got = answer(scores.clone(), labels.clone())
    return got.detach() if isinstance(got, torch.Tensor) else got


def _table(seed):
    """Scores (5, 5) of which some violate the margin."""
    return torch.randn(5, 5, generator=torch.Generator().manual_seed(seed)) + torch.eye(5)


def _both_of(scores, labels):
    return structured_loss(scores, labels) + structured_loss(scores.T, labels)


def _both(scores, labels):
    return float(_both_of(scores, labels))


def _worst(scores):
    violations = (1 + scores - scores.diagonal()[:, None]).clamp(min=0)
    return violations.fill_diagonal_(0).amax(1).mean()


hinge = Exercise(
    id="text_losses.hinge",
    title="the hinge of a batch",
    minutes=20,
    difficulty=3,
    text="The 0-1 loss cannot be trained, so the paper lowers a hinge. `scores` (B, B) has a text in each row and a "
         "picture in each column; the own score of pair i is `scores[i, i]`. A rival costs max(0, 1 + rival - own): "
         "first each text among the pictures, compared with the own score of its row, then each picture among the "
         "texts, compared with that of its column. Pairs with equal `labels` (B,), the own pair among them, cost "
         "nothing. Return one number: the mean over all B x B pairs in the first direction, plus the same in the "
         "second.",
    hints=(
        "What does `1 + scores - scores.diagonal()[:, None]` hold on its diagonal?",
        "Write one direction as a function of `scores` and `labels`. The other is the same function of `scores.T`.",
        "`cost = (1 + scores - scores.diagonal()[:, None]).clamp(min=0)`; set it to 0 where "
        "`labels[:, None] == labels` with `masked_fill`; `.mean()`.",
    ),
    checks=(clear_cases, margin, all_rivals, no_rivals_of_ones_own_class, slopes),
    explanation="Where the error rate is flat, the hinge has a slope: a rival that comes closer than 1 is pushed away "
                "before it wins. The paper prints the worst rival of each row; the authors' code adds all of them, "
                "and so do we. The printed form is never below the error rate. Ours is divided by B once more.",
)


# Station 2: the softmax matching loss


def all_alike(answer):
    """log B if all vectors are alike: nobody knows anything"""
    ones = torch.ones(6, 4)
    got = _match(answer, ones, ones, torch.arange(6), 0.1)
    return not_one(got, ONE_NUMBER) or wrong_numbers(got, math.log(6), {
        2 * math.log(6): "the two directions were added; take their mean",
        6 * math.log(6): "this is a sum; take the mean over the batch",
        -math.log(6): "the sign: minus the log-probability of the own picture",
        math.log(6) / math.log(2): "this is in bits",
        0.0: "the own pair must compete with the others: a softmax over the whole row",
        math.log(5): "the own score belongs into the softmax, too",
    }, "each text chooses among 6 equal pictures: -log(1/6)")


def temperature_divides(answer):
    """the temperature divides the cosines"""
    texts = images = torch.eye(3)
    labels, known = torch.arange(3), {0.5: "the temperature divides the cosines; here they were multiplied by it",
                                      1.0: "the temperature was not used"}
    mistakes = {_perfect(scale): words for scale, words in known.items()}
    return wrong_numbers(_match(answer, texts, images, labels, 0.5), _perfect(2.0), mistakes,
                         "the own cosine is 1, the others are 0; divided by 0.5 they are 2 and 0")


def directions_only(answer):
    """lengths do not count: cosines"""
    texts, images, labels = _pairs(seed=1)
    long = texts * torch.tensor([1.0, 7, 0.2, 3, 1])[:, None]
    expected = _loss(texts, images, labels, 0.3)
    return wrong_numbers(_match(answer, long, images, labels, 0.3), expected, {
        float(matching_loss(long @ images.T / 0.3, labels)): "divide each vector by its length: these are inner "
                                                             "products, not cosines",
        float(matching_loss(F.normalize(long, dim=0) @ F.normalize(images, dim=0).T / 0.3, labels)):
            "`dim=1`: each vector has to have length 1, not each column",
        **_one_way(texts, images, labels, 0.3),
    }, "cosines of all texts with all pictures, over the temperature; then a cross-entropy in both directions")


def same_class_is_no_rival(answer):
    """another pair of the same class takes no part"""
    texts, images, _ = _pairs(seed=2)
    labels = torch.tensor([4, 9, 4, 1, 9])
    cosines = F.normalize(texts, dim=1) @ F.normalize(images, dim=1).T / 0.3
    alike = labels[:, None] == labels
    zeroed = cosines.masked_fill(alike & ~torch.eye(5, dtype=bool), 0.0)
    got = _match(answer, texts, images, labels, 0.3)
    if got is not None and not math.isfinite(number(got)):
        return Wrong(_loss(texts, images, labels, 0.3), number(got), "the own pair was taken out as well: it has the "
                     "same label as itself, but must stay")
    return wrong_numbers(got, _loss(texts, images, labels, 0.3), {
        _loss(texts, images, torch.arange(5), 0.3): "pairs of equal labels are no rivals: their captions may be true "
                                                    "of each other",
        _cross(zeroed): "a score of 0 still takes part in a softmax; minus infinity does not",
        _cross(cosines, alike.float() / alike.sum(1, keepdim=True)): "a picture of the same class is no rival, and no "
                                                                     "target either: only the own one is",
    }, "set the scores of other pairs of the same class to minus infinity before the softmax")


def both_learn(answer):
    """texts and pictures both get their gradient"""
    texts, images, labels = _pairs(seed=3)
    vectors = [texts.clone().requires_grad_(), images.clone().requires_grad_()]
    expected = torch.autograd.grad(_loss_of(*vectors, labels, 0.2), vectors)
    got = answer(*vectors, labels.clone(), 0.2)
    if not isinstance(got, torch.Tensor) or not got.requires_grad:
        return Wrong("a tensor with a gradient", NOTHING if got is None else type(got).__name__, CUT)
    for name, one, right in zip(("texts", "pictures"), torch.autograd.grad(got, vectors, allow_unused=True), expected):
        if one is None:
            return Wrong(f"a gradient at the {name}", "none", "one side was detached: both encoders must learn")
        wrong = wrong_numbers(one.flatten(), right.flatten(), {}, f"a part was cut off from the gradient of the {name}")
        if wrong:
            return wrong
    return None


def _match(answer, texts, images, labels, temperature):
    got = answer(texts.clone(), images.clone(), labels.clone(), temperature)
    return got.detach() if isinstance(got, torch.Tensor) else got


def _pairs(seed):
    """Texts (5, 4), pictures (5, 4) that resemble them, and five labels."""
    texts, noise = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(seed))
    return texts, texts + noise, torch.arange(5)


def _loss_of(texts, images, labels, temperature):
    return matching_loss(F.normalize(texts, dim=1) @ F.normalize(images, dim=1).T / temperature, labels)


def _loss(texts, images, labels, temperature):
    return float(_loss_of(texts, images, labels, temperature))


def _cross(scores, targets=None):
    """The mean cross-entropy of both directions."""
    targets = torch.arange(len(scores)) if targets is None else targets
    return float(F.cross_entropy(scores, targets) + F.cross_entropy(scores.T, targets)) / 2


def _perfect(scale):
    return math.log(1 + 2 * math.exp(-scale))


def _one_way(texts, images, labels, temperature):
    scores = F.normalize(texts, dim=1) @ F.normalize(images, dim=1).T / temperature
    return {float(F.cross_entropy(scores, labels)): "only texts choose their pictures: `scores.T` is the other half",
            float(F.cross_entropy(scores.T, labels)): "only pictures choose their texts: `scores` is the other half"}


matching = Exercise(
    id="text_losses.matching",
    title="the matching loss in five lines",
    minutes=15,
    difficulty=3,
    text="The loss of AttnGAN's sentence encoder. `texts` (B, E) and `images` (B, E) are vectors of B pairs, `labels` "
         "(B,) their classes. A score is the cosine of a text and a picture, divided by `temperature`. Each text "
         "chooses its own picture by a softmax over the batch, each picture its own text; the loss is minus the "
         "log-probability of the right choice, the mean over the batch and over both directions. Other pairs of the "
         "same class take no part in the softmax.",
    hints=(
        "Which class is right for row i of the score table, if you ask `F.cross_entropy`?",
        "Normalise, multiply, divide. Set what must not compete to minus infinity, but keep the diagonal. Then two "
        "cross-entropies, of the table and of its transpose.",
        "`own = torch.arange(len(scores))`; `rivals = (labels[:, None] == labels).fill_diagonal_(False)`; "
        "`scores = scores.masked_fill(rivals, -torch.inf)`; the mean of `F.cross_entropy(scores, own)` and that of "
        "`scores.T`.",
    ),
    checks=(all_alike, temperature_divides, directions_only, same_class_is_no_rival, both_learn),
    explanation="The hinge stops when the margin is kept; the softmax never stops, but pulls the harder the nearer a "
                "rival is. A low temperature looks at the nearest rival only. Without the mask, a batch that holds a "
                "species twice would punish captions for being true.",
)
