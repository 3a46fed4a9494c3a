"""Chapter 05: GAN-INT's loss, and one step of GAN-CLS."""

import torch

from t2ilib.exercises.answers.cls_pairs import between
from t2ilib.losses import logistic_no, logistic_yes

__all__ = ["interpolated_generator_loss", "training_step"]


def interpolated_generator_loss(generator, discriminator, text, noise, beta):
    """The mean of -log D(G(z, t), t) over own captions and texts between, 3B/2 of them."""
    middle = between(text, beta)
    texts = torch.cat([text, middle])
    noises = torch.cat([noise, noise[:len(middle)]])
    logits, = discriminator(generator(noises, texts), texts)
    return logistic_yes(logits)


def training_step(game, optimizers, batch):
    """Move D once on three kinds of pair, then G once, judged by the D of now."""
    with torch.no_grad():                           # D learns here, G does not
        fake = game.generator(batch.noise, batch.text)
    s_r, s_w = game.discriminator(batch.image, batch.text, batch.wrong_text)
    s_f, = game.discriminator(fake, batch.text)
    d_loss = logistic_yes(s_r) + (logistic_no(s_w) + logistic_no(s_f)) / 2
    optimizers["discriminator"].zero_grad()
    d_loss.backward()
    optimizers["discriminator"].step()

    s_f, = game.discriminator(game.generator(batch.noise, batch.text), batch.text)
    optimizers["generator"].zero_grad()
    logistic_yes(s_f).backward()
    optimizers["generator"].step()
