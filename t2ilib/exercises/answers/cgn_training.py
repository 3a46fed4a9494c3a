"""Chapter 03: one step of a conditional GAN."""

import torch
from torch.nn import functional as F

__all__ = ["training_step"]


def training_step(game, optimizers, batch):
    """Move D once on real pictures and fakes, then G once, judged by the D of now; both are told the condition."""
    with torch.no_grad():                           # D learns here, G does not
        fake = game.generator(batch.noise, batch.condition)
    real, = game.discriminator(batch.real, batch.condition)
    made, = game.discriminator(fake, batch.condition)
    optimizers["discriminator"].zero_grad()
    (F.softplus(-real).mean() + F.softplus(made).mean()).backward()
    optimizers["discriminator"].step()

    made, = game.discriminator(game.generator(batch.noise, batch.condition), batch.condition)
    optimizers["generator"].zero_grad()
    F.softplus(-made).mean().backward()
    optimizers["generator"].step()
