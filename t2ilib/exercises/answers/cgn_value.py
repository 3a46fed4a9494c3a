"""Chapter 03: the value of the game, with the condition in both players."""

__all__ = ["conditional_value"]


def conditional_value(discriminator, generator, real, condition, noise):
    """V = E[log D(x, c)] + E[log(1 - D(G(z, c), c))], as means over the batch."""
    fake = generator(noise, condition)
    return discriminator(real, condition).log().mean() + (1 - discriminator(fake, condition)).log().mean()
