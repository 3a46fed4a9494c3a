"""Chapter 03: what G lowers, and the two ways on which the condition reaches it."""

import torch
from torch.nn import functional as F

__all__ = ["two_paths"]


def two_paths(generator, discriminator, noise, condition):
    """-log D(G(z, c), c), and its slopes by c: through G's picture, and through D's own c."""
    def loss(to_g, to_d):
        return F.softplus(-discriminator(generator(noise, to_g), to_d)).mean()

    to_g, to_d = (condition.detach().clone().requires_grad_() for _ in range(2))
    return loss(condition, condition), *torch.autograd.grad(loss(to_g, to_d), (to_g, to_d))
