"""Chapter 02: a generator for pictures of any side."""

from torch import nn

__all__ = ["generator"]


def generator(size, noise_dim, width):
    """DCGAN's generator (B, noise_dim) -> (B, 3, size, size): 4 x 4 out of a single place, then doublings."""
    channels = width * size // 8                            # at 4 x 4
    layers = [nn.Unflatten(1, (noise_dim, 1, 1)), nn.ConvTranspose2d(noise_dim, channels, 4, bias=False)]
    while channels > width:
        layers += [nn.BatchNorm2d(channels), nn.ReLU(),
                   nn.ConvTranspose2d(channels, channels // 2, 4, stride=2, padding=1, bias=False)]
        channels //= 2
    layers += [nn.BatchNorm2d(width), nn.ReLU(),
               nn.ConvTranspose2d(width, 3, 4, stride=2, padding=1, bias=False), nn.Tanh()]
    return nn.Sequential(*layers)
