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


def r1_penalty(logits: Tensor, *inputs: Tensor) -> Tensor:
    """Half the mean squared length of D's gradient with respect to its inputs: zero where D is flat around real data.

    Shapes: logits (B,), inputs (B, ...) that require gradients -> scalar
    Paper:  Mescheder et al. 2018, Equation 9 without its weight gamma: R1 = 1/2 E[ |grad D(x)|^2 ].
    """
    gradients = torch.autograd.grad(logits.float().sum(), inputs, create_graph=True)
    return sum(gradient.float().flatten(1).square().sum(1) for gradient in gradients).mean() / 2


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
