"""Chapter 01: Algorithm 1, by hand."""

from torch.nn.functional import softplus

__all__ = ["inner_steps", "training_step"]


def training_step(generator, discriminator, g_optimizer, d_optimizer, real, noise):
    """Move D once, then G once, with the non-saturating loss."""
    fake = generator(noise).detach()                # D learns here, G does not
    d_loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
    d_optimizer.zero_grad()
    d_loss.backward()
    d_optimizer.step()

    g_loss = softplus(-discriminator(generator(noise))).mean()
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()


def inner_steps(generator, discriminator, g_optimizer, d_optimizer, next_batch, k):
    """Move D k times, each time on a fresh batch, then G once."""
    for _ in range(k):
        real, noise = next_batch()
        fake = generator(noise).detach()
        d_loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake)).mean()
        d_optimizer.zero_grad()
        d_loss.backward()
        d_optimizer.step()

    _, noise = next_batch()
    g_loss = softplus(-discriminator(generator(noise))).mean()
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()
