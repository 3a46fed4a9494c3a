"""Chapter 05: the losses of GAN-CLS, and the texts of GAN-INT."""

from t2ilib.losses import logistic_no, logistic_yes

__all__ = ["between", "discriminator_loss", "generator_loss"]


def discriminator_loss(s_r, s_w, s_f):
    """One yes against two halves of a no: real with right text, real with wrong text, fake with right text."""
    return logistic_yes(s_r) + (logistic_no(s_w) + logistic_no(s_f)) / 2


def generator_loss(s_f):
    """G wants a yes for its fakes: -log D(G(z, t), t)."""
    return logistic_yes(s_f)


def between(text, beta):
    """The texts between neighbours, (B, E) -> (B // 2, E): beta of the first, the rest of the second."""
    even = len(text) // 2 * 2           # the last of an odd batch has no partner
    return beta * text[0:even:2] + (1 - beta) * text[1:even:2]
