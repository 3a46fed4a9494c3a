"""Chapter 02: the weights that a DCGAN begins with."""

from torch import nn

__all__ = ["initialise"]


def initialise(network):
    """N(0, 0.02) for weights of convolutions, N(1, 0.02) for scales, 0 for shifts and biases."""
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, 0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
            nn.init.zeros_(layer.bias)
