"""DCGAN with one guideline broken at a time, and other ways to enlarge.

Each function builds a whole game from a Config, usually of the published recipe. With the same random state before the
call, all games start with the same weights wherever they have the same layers, so that they differ in one thing.

Paper: Radford et al. 2016, Section 3, "Architecture guidelines for stable Deep Convolutional GANs".
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from t2ilib.blocks import UpNearest, UpTransposed, conv, dcgan_init
from t2ilib.papers import dcgan
from t2ilib.papers.dcgan import Config, Dcgan

Build = Callable[[Config], Dcgan]
HIDDEN = 512                        # width of the hidden layer that DCGAN does without


def swap(network: nn.Module, kind: type, make: Callable[[nn.Module], nn.Module]) -> None:
    """Put `make(layer)` where there is a layer of this kind. Each layer should stand in one place only."""
    for parent in list(network.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, kind):
                setattr(parent, name, make(layer))


# --- strides in place of pooling ----------------------------------------------------------------------------------

def max_pooling(config: Config) -> Dcgan:
    """D looks at every place and keeps the largest of four: as many weights, four times the work."""
    game = dcgan.build(config)
    swap(game.discriminator.see, nn.Conv2d, lambda layer: nn.Sequential(same_side(layer), nn.MaxPool2d(2)))
    return game


def repeated_pixels(config: Config) -> Dcgan:
    """G repeats pixels, the nearest there is to undoing a pooling, and convolves: as many weights, four times the work.

    Raises: ValueError unless the config's upsampling is "transposed".
    """
    return enlarged(config, lambda layer: nn.Sequential(nn.Upsample(scale_factor=2), same_side(layer.conv)))


def same_side(layer: nn.Conv2d | nn.ConvTranspose2d) -> nn.Sequential:
    """A convolution of kernel 4 that keeps the side of a picture; it takes over the weights of a convolution."""
    flat = nn.Conv2d(layer.in_channels, layer.out_channels, kernel_size=4, bias=layer.bias is not None)
    if isinstance(layer, nn.Conv2d):
        flat.load_state_dict(layer.state_dict())
    return nn.Sequential(nn.ZeroPad2d((1, 2, 1, 2)), flat)


# --- batch normalisation ------------------------------------------------------------------------------------------

def no_norm(config: Config) -> Dcgan:
    """No batch normalisation at all; the weights still begin near zero, with nothing to make up for it."""
    return no_norm_larger_weights(config).apply(dcgan_init)


def no_norm_larger_weights(config: Config) -> Dcgan:
    """No batch normalisation, and PyTorch's own weights, which keep the size of the features."""
    return dcgan.build(replace(config, g_norm=False, d_norm=False))


def norm_everywhere(config: Config) -> Dcgan:
    """Batch normalisation also where G ends and where D begins."""
    game = dcgan.build(config)
    painted, looked = game.generator.paint, game.discriminator.see
    painted[0] = followed(painted[0], config.channels)
    looked[0] = followed(looked[0], looked[0].out_channels)
    return game


def followed(layer: nn.Module, channels: int) -> nn.Sequential:
    """A layer and a batch normalisation."""
    norm = nn.BatchNorm2d(channels)
    norm.apply(dcgan_init)
    return nn.Sequential(layer, norm)


def norm_scales(config: Config, mean: float, spread: float) -> Dcgan:
    """The scales of batch normalisation begin at N(mean, spread); the published ones at N(1, 0.02).

    At N(0, 0.02), which is in some teaching code, every normalised feature begins fifty times too small.
    """
    game = dcgan.build(config)
    for layer in game.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, mean, spread)
    return game


def norm_epsilon(config: Config, epsilon: float) -> Dcgan:
    """Batch normalisation that adds `epsilon` to the variance before it divides by its root; PyTorch's is 0.00001.

    Much teaching code says BatchNorm2d(channels, 0.8) and means the momentum, as in another library: it sets epsilon.
    """
    game = dcgan.build(config)
    for layer in game.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps = epsilon
    return game


# --- the head of D ------------------------------------------------------------------------------------------------

def average_head(config: Config) -> Dcgan:
    """Global average pooling: the mean of each feature over all places, then one answer. Any side of picture will do.

    The paper tried it: more stable, but slower to converge. DCGAN itself has none.
    """
    return headed(config, lambda last, bias: [nn.AdaptiveAvgPool2d(1), conv(last, 1, kernel=1, bias=bias)])


def connected_head(config: Config) -> Dcgan:
    """A fully connected hidden layer before the answer; a 4 x 4 convolution of a 4 x 4 map is one."""
    return headed(config, lambda last, bias: [nn.Conv2d(last, HIDDEN, kernel_size=4, bias=bias), nn.LeakyReLU(0.2),
                                              conv(HIDDEN, 1, kernel=1, bias=bias)])


def headed(config: Config, layers: Callable[[int, bool], list[nn.Module]]) -> Dcgan:
    """DCGAN with another head: `layers(features, bias)` from (B, features, 4, 4) to (B, 1, 1, 1)."""
    game = dcgan.build(config)
    last = config.widths(config.d_channels)[0]
    game.discriminator.head = nn.Sequential(*layers(last, not config.d_norm), nn.Flatten(0))
    if config.d_norm:
        game.discriminator.head.apply(dcgan_init)
    return game


# --- activations --------------------------------------------------------------------------------------------------

def rectifiers_in_d(config: Config) -> Dcgan:
    """D with ReLU: where a feature is negative, no gradient comes back."""
    game = dcgan.build(config)
    swap(game.discriminator, nn.LeakyReLU, lambda _: nn.ReLU())
    return game


def leaky_in_g(config: Config) -> Dcgan:
    """G with LeakyReLU, as in D."""
    game = dcgan.build(config)
    swap(game.generator, nn.ReLU, lambda _: nn.LeakyReLU(0.2))
    return game


def ending(config: Config, last: type[nn.Module]) -> Dcgan:
    """G that ends in another function than tanh: real pictures are still in [-1, 1]."""
    game = dcgan.build(config)
    game.generator.paint[-1] = last()
    return game


# --- ways to enlarge ----------------------------------------------------------------------------------------------

class UpShuffle(nn.Module):
    """Double the side by a convolution with four times the channels, which become 2 x 2 places each.

    Shapes: (B, C_in, h, w) -> (B, C_out, 2h, 2w)
    Paper:  Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel
            Convolutional Neural Network", Section 3.2.
    """

    def __init__(self, inputs: int, outputs: int, bias: bool = False):
        super().__init__()
        self.conv = conv(inputs, 4 * outputs, kernel=3, bias=bias)
        self.shuffle = nn.PixelShuffle(2)

    def forward(self, features: Tensor) -> Tensor:
        return self.shuffle(self.conv(features))


class UpShuffleAlike(UpShuffle):
    """The same, beginning with equal weights for the four places: at first it repeats pixels (ICNR).

    Paper:  Aitken et al. 2017, "Checkerboard artifact free sub-pixel convolution".
    """

    def begin_alike(self) -> None:
        """Copy the weights of the first of each four places to the others."""
        with torch.no_grad():
            for values in self.conv.parameters():
                values.copy_(values[::4].repeat_interleave(4, dim=0))


def enlarging(config: Config, kind: type[nn.Module]) -> Dcgan:
    """DCGAN whose generator enlarges by layers of this kind.

    Raises: ValueError unless the config's upsampling is "transposed".
    """
    def enlarge(layer: UpTransposed) -> nn.Module:
        return kind(layer.conv.in_channels, layer.conv.out_channels, bias=layer.conv.bias is not None)
    game = enlarged(config, enlarge)
    for layer in game.modules():
        if isinstance(layer, UpShuffleAlike):
            layer.begin_alike()                     # after the initialisation of all weights
    return game


def enlarged(config: Config, make: Callable[[UpTransposed], nn.Module]) -> Dcgan:
    """DCGAN with `make(layer)` for each layer of G that doubles the side; new weights begin as the published ones."""
    if config.upsampling != "transposed":
        raise ValueError(f'the upsampling should be "transposed", which is then replaced, got {config.upsampling!r}; '
                         "start from dcgan.PUBLISHED")

    def begun(layer: UpTransposed) -> nn.Module:
        return make(layer).apply(dcgan_init) if config.d_norm else make(layer)
    game = dcgan.build(config)
    swap(game.generator, UpTransposed, begun)
    return game


GUIDELINES: dict[str, Build] = {
    "as published": dcgan.build,
    "max pooling in D": max_pooling,
    "repeated pixels in G": repeated_pixels,
    "no batch norm": no_norm,
    "no batch norm, larger weights": no_norm_larger_weights,
    "batch norm everywhere": norm_everywhere,
    "batch norm from N(0, 0.02)": partial(norm_scales, mean=0.0, spread=0.02),
    "batch norm from 1": partial(norm_scales, mean=1.0, spread=0.0),
    "average pooling before the answer": average_head,
    "hidden layer before the answer": connected_head,
    "ReLU in D": rectifiers_in_d,
    "LeakyReLU in G": leaky_in_g,
    "no tanh": partial(ending, last=nn.Identity),
    "sigmoid for tanh": partial(ending, last=nn.Sigmoid),
}
"""The rows of the table of chapter 2: what was changed -> how to build it."""

DEFECTS: dict[str, Build] = {
    "batch norm from N(0, 0.02)": GUIDELINES["batch norm from N(0, 0.02)"],
    "batch norm with epsilon 0.8": partial(norm_epsilon, epsilon=0.8),
}
"""Mistakes of widely copied code, to be found by what they do."""

UPSAMPLINGS: dict[str, Build] = {
    "transposed convolution": dcgan.build,
    "repeat, then convolve": partial(enlarging, kind=UpNearest),
    "pixel shuffle": partial(enlarging, kind=UpShuffle),
    "pixel shuffle, begun alike": partial(enlarging, kind=UpShuffleAlike),
}
"""Ways to double the side of a picture -> how to build DCGAN with them."""
