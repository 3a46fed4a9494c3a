"""Chapter 09: one step of DF-GAN."""

import torch

from t2ilib.exercises.answers.dfg_judging import hinge
from t2ilib.exercises.answers.dfg_penalty import gradient_penalty

__all__ = ["training_step"]


def training_step(game, optimizers, batch):
    """Move D once by the hinge and MA-GP, then G once, judged by the D of now."""
    image, text, wrong_text, noise = batch
    with torch.no_grad():                           # D learns here, G does not
        fake = game.generator(noise, text)
    s_r, s_w = game.discriminator(image, text, wrong_text)
    s_f, = game.discriminator(fake, text)
    penalty = gradient_penalty(game.discriminator, image, fake, text, wrong_text)
    optimizers["discriminator"].zero_grad()
    (hinge(s_r, s_w, s_f) + penalty).backward()
    optimizers["discriminator"].step()

    s_f, = game.discriminator(game.generator(noise, text), text)
    optimizers["generator"].zero_grad()
    (-s_f.mean()).backward()
    optimizers["generator"].step()
