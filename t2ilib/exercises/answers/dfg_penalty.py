"""Chapter 09: the penalty on D's slope."""

import torch

__all__ = ["gradient_penalty"]


def gradient_penalty(discriminator, image, fake, text, wrong_text):
    """MA-GP: 2 E |slope|^6 at real pictures with their own texts, one length for picture and text together."""
    image, text = (one.detach().requires_grad_() for one in (image, text))
    answers, = discriminator(image, text)
    slopes = torch.autograd.grad(answers.sum(), (image, text), create_graph=True)
    squares = sum(slope.flatten(1).square().sum(1) for slope in slopes)
    return 2 * squares.pow(3).mean()            # no root, whose own slope is infinite at 0
