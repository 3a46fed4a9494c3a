"""Ways to spoil pictures: a measure that does not notice them measures nothing.

Shapes everywhere: images (N, 3, S, S) in [-1, 1], and so is the result.
"""

import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from t2ilib import runtime


def blurred(images: Tensor, sigma: float) -> Tensor:
    """Out of focus by `sigma` pixels."""
    side = 2 * round(3 * sigma) + 1
    return gaussian_blur(images, side, sigma)


def noisy(images: Tensor, strength: float) -> Tensor:
    """With normal noise of standard deviation `strength` on each value, the same at each call."""
    noise = torch.randn(images.shape, generator=runtime.generator(2)).to(images)
    return (images + strength * noise).clamp(-1, 1)


def one_for_all(images: Tensor) -> Tensor:
    """The first picture N times: a generator that has collapsed."""
    return images[:1].expand_as(images)


def copied(images: Tensor, pixels: int = 2) -> Tensor:
    """Mirrored and moved to the right by some pixels, the border repeated: a copy that tries not to look like one."""
    columns = (torch.arange(images.shape[-1]) - pixels).clamp(min=0)
    return images.flip(3)[..., columns]


def dotted(images: Tensor, strength: float) -> Tensor:
    """With every second pixel of every second row brighter by `strength`."""
    spoiled = images.clone()
    spoiled[..., ::2, ::2] += strength
    return spoiled.clamp(-1, 1)
