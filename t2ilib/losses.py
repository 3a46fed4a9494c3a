"""Losses as pure functions of logits. All of them compute in fp32, whatever precision the networks run in.

`<kind>_yes` is low when the discriminator says yes, `<kind>_no` when it says no. The names speak of the answer that is
wanted, not of the picture: a *real* picture with the wrong text must get a no.
"""

import torch
from torch import Tensor
from torch.nn import functional as F


def logistic_yes(logits: Tensor) -> Tensor:
    """Mean of -log D with D = sigmoid(logits): log 2 at logit 0. Paper: Goodfellow et al. 2014, Equation 1."""
    return F.softplus(-logits.float()).mean()


def logistic_no(logits: Tensor) -> Tensor:
    """Mean of -log(1 - D) with D = sigmoid(logits): log 2 at logit 0. Paper: Goodfellow et al. 2014, Equation 1."""
    return F.softplus(logits.float()).mean()


def hinge_yes(logits: Tensor) -> Tensor:
    """Mean of max(0, 1 - logit): nothing to learn from a logit above 1. Paper: Lim and Ye 2017, Equation 9."""
    return F.relu(1 - logits.float()).mean()


def hinge_no(logits: Tensor) -> Tensor:
    """Mean of max(0, 1 + logit): nothing to learn from a logit below -1. Paper: Lim and Ye 2017, Equation 9."""
    return F.relu(1 + logits.float()).mean()


def r1_penalty(logits: Tensor, *inputs: Tensor) -> Tensor:
    """Half the mean squared length of D's gradient with respect to its inputs: zero where D is flat around real data.

    Shapes: logits (B,), inputs (B, ...) that require gradients -> scalar
    Paper:  Mescheder et al. 2018, Equation 9 without its weight gamma: R1 = 1/2 E[ |grad D(x)|^2 ].
    """
    gradients = torch.autograd.grad(logits.float().sum(), inputs, create_graph=True)
    return sum(gradient.float().flatten(1).square().sum(1) for gradient in gradients).mean() / 2


def gradient_penalty(logits: Tensor, *inputs: Tensor, power: float) -> Tensor:
    """The mean of |gradient|^power, the length taken over all inputs of a sample together.

    The square is raised to power / 2, so that no root is taken: its slope would be infinite at a gradient of 0.

    Shapes: logits (B,), inputs (B, ...) that require gradients -> scalar
    Paper:  Tao et al. 2022 (DF-GAN), Section 3.2 without its weight k, in the form of the authors' code: the paper's
            formula adds the lengths for picture and text.
    """
    gradients = torch.autograd.grad(logits.float().sum(), inputs, create_graph=True)
    squares = sum(gradient.float().flatten(1).square().sum(1) for gradient in gradients)
    return squares.pow(power / 2).mean()


def matching_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Each text should choose its own picture among the batch, and each picture its own text.

    Pictures of the same class are no competitors: their captions may well be true of each other.

    Shapes: scores (B, B), row = text, column = picture; labels (B,) classes -> scalar
    Paper:  Xu et al. 2018 (AttnGAN), Equations 10 to 12 on sentence level.
    """
    same_class = labels[:, None] == labels[None, :]
    same_class.fill_diagonal_(False)
    scores = scores.float().masked_fill(same_class, float("-inf"))
    own = torch.arange(len(scores), device=scores.device)
    return (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2


def zero_one_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """Delta of the structured objective: the share of rows whose best column is of another class. It has no gradient.

    Shapes: scores (B, B), a text or a picture against those of the batch, its own on the diagonal; labels (B,) classes
    Paper:  Reed et al. 2016 (CVPR), Section 3, one of the objective's two terms; the other is that of `scores.T`.
    """
    return (labels[scores.argmax(1)] != labels).float().mean()


def margin_violations(scores: Tensor, labels: Tensor) -> Tensor:
    """By how much each rival comes closer than 1 to the own score, or passes it: max(0, 1 + s_ij - s_ii).

    Columns of the row's own class are no rivals: Delta is 0 for them.

    Shapes: as in `zero_one_loss` -> (B, B), 0 on the diagonal
    """
    scores = scores.float()
    violations = (1 + scores - scores.diagonal()[:, None]).clamp(min=0)
    return violations.masked_fill(labels[:, None] == labels[None, :], 0.0)


def structured_loss(scores: Tensor, labels: Tensor) -> Tensor:
    """The hinge that stands in for `zero_one_loss`: all violations of a row added up, over B squared.

    Zero, without any gradient, once each own score is 1 above all rivals. With `labels = torch.arange(B)` every pair
    is a class of its own: this is the instance-level matching with which the authors trained on COCO.

    Paper:  Reed et al. 2016 (CVPR), Section 3, in one direction; `structured_loss(scores.T, labels)` is the other.
    Differs: the paper takes the worst violation of a row (`worst_violation`); their code adds them all, and so do we.
    """
    return margin_violations(scores, labels).mean()


def worst_violation(scores: Tensor, labels: Tensor) -> Tensor:
    """The hinge as printed: the worst violation of each row, averaged. Never below `zero_one_loss`.

    Paper: Reed et al. 2016 (CVPR), Section 3.
    """
    return margin_violations(scores, labels).amax(1).mean()


def word_scores(words: Tensor, mask: Tensor, regions: Tensor, gamma: tuple[float, float] = (4.0, 5.0)) -> Tensor:
    """How well each picture shows the words of each sentence; every word may look for its own place.

    First each region divides itself among the words of a sentence, then each word chooses among the regions
    (sharpness gamma 1), and is compared with what it sees there. The words' cosines are joined by a soft maximum
    (gamma 2).

    Shapes: words (B, E, T), mask (B, T) bool, regions (N, E, R) -> (B, N), row = text, column = picture
    Paper:  Xu et al. 2018 (AttnGAN), Section 3.2.
    Differs: as in the authors' code, without the power 1 / gamma 2. The pictures that the words see are never built:
             their products with words and lengths follow from the similarities and the products of the regions.
    """
    with torch.autocast(words.device.type, enabled=False):
        words, regions, silent = words.float(), regions.float(), ~mask[:, None, :]
        similar = torch.einsum("bet,ner->bntr", words, regions)
        shared = similar.masked_fill(silent[..., None], float("-inf")).softmax(2)       # a region among the words
        looks = (gamma[0] * shared).softmax(3)                                          # a word among the regions
        products = (looks * similar).sum(3)                                             # what it sees, times the word
        lengths = torch.einsum("bntr,nrs,bnts->bnt", looks, regions.transpose(1, 2) @ regions, looks)
        cosines = products / (lengths.clamp(min=1e-12).sqrt() * words.norm(dim=1)[:, None]).clamp(min=1e-8)
        return (gamma[1] * cosines).masked_fill(silent, float("-inf")).logsumexp(2)


def damsm_loss(text: Tensor, image: Tensor, by_words: Tensor, labels: Tensor, gamma: float = 10.0) -> Tensor:
    """Sentences and words of each text must choose their own picture, and pictures their text: four cross entropies.

    Shapes: text (B, E), image (B, E), by_words (B, B) from `word_scores`, labels (B,) -> scalar
    Paper:  Xu et al. 2018 (AttnGAN), Section 3.2, with sharpness gamma 3.
    """
    sentences = F.normalize(text.float(), dim=1) @ F.normalize(image.float(), dim=1).T
    return 2 * (matching_loss(gamma * by_words, labels) + matching_loss(gamma * sentences, labels))
