"""Layers that several papers share."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    """A convolution that keeps the size (odd kernels) or halves it (kernel 4, stride 2)."""
    return nn.Conv2d(inputs, outputs, kernel_size=kernel, stride=stride, padding=(kernel - 1) // 2, bias=bias)


def norm(channels: int, wanted: bool) -> nn.Module:
    """Batch normalisation, or nothing."""
    return nn.BatchNorm2d(channels) if wanted else nn.Identity()


class ResidualBlock(nn.Module):
    """Squeeze, look around, expand, and add: features + f(features).

    Shapes: (B, C, h, w) -> (B, C, h, w)
    Paper:  the authors' code of GAN-CLS (main_cls_int.lua); the text of Reed et al. 2016 does not mention it.
    """

    def __init__(self, channels: int, middle: int, activation: nn.Module, normed: bool):
        super().__init__()
        self.body = nn.Sequential(
            conv(channels, middle, kernel=1, bias=not normed), norm(middle, normed), activation,
            conv(middle, middle, kernel=3, bias=not normed), norm(middle, normed), activation,
            conv(middle, channels, kernel=3, bias=not normed), norm(channels, normed))

    def forward(self, features: Tensor) -> Tensor:
        return features + self.body(features)


class UpTransposed(nn.Module):
    """Double the size with a transposed convolution of kernel 4 and stride 2 (DCGAN).

    Shapes: (B, C_in, h, w) -> (B, C_out, 2h, 2w)
    """

    def __init__(self, inputs: int, outputs: int, bias: bool = False):
        super().__init__()
        self.conv = nn.ConvTranspose2d(inputs, outputs, kernel_size=4, stride=2, padding=1, bias=bias)

    def forward(self, features: Tensor) -> Tensor:
        return self.conv(features)


class UpNearest(nn.Module):
    """Double the size by repeating pixels, then convolve: no dotted noise, at a little more cost.

    Shapes: (B, C_in, h, w) -> (B, C_out, 2h, 2w)
    Source: Odena, Dumoulin and Olah 2016, "Deconvolution and Checkerboard Artifacts".
    """

    def __init__(self, inputs: int, outputs: int, bias: bool = False):
        super().__init__()
        self.conv = conv(inputs, outputs, kernel=3, bias=bias)

    def forward(self, features: Tensor) -> Tensor:
        return self.conv(F.interpolate(features, scale_factor=2))


def replicate(vector: Tensor, features: Tensor) -> Tensor:
    """Lay a vector over every place of a feature map and stack both in depth.

    Shapes: vector (B, C), features (B, F, h, w) -> (B, F + C, h, w)
    Paper:  Reed et al. 2016, Section 4.1: "depth concatenation" with the replicated text.
    """
    tiled = vector[:, :, None, None].expand(-1, -1, *features.shape[2:])
    return torch.cat([features, tiled.to(features.dtype)], dim=1)


def dcgan_init(module: nn.Module) -> None:
    """Weights from N(0, 0.02), batch norms from N(1, 0.02); use with `network.apply(dcgan_init)`.

    Paper: Radford et al. 2016, Section 4. Linear layers keep PyTorch's default, as in the authors' GAN-CLS code.
    """
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)
