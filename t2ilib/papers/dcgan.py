"""DCGAN: the game of the first GAN, with convolutions that train.

Radford, Metz and Chintala, "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
Networks", ICLR 2016.

The guidelines of Section 3: convolutions with a stride in place of pooling; batch normalisation in both players, but
neither where G ends nor where D begins; no hidden layer that is fully connected; rectifiers in G and tanh at its end;
leaky rectifiers in D. `variants/guidelines.py` breaks each of them.

Differs: `PUBLISHED` are the authors' networks. The steady ones keep their shape but enlarge by repeating pixels, and D
          is kept in check by a penalty on its slope in place of batch normalisation.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from torch import Tensor, nn

from t2ilib.blocks import UpNearest, UpTransposed, conv, dcgan_init, norm
from t2ilib.papers.gan import Gan
from t2ilib.train import Game, Recipe


@dataclass(frozen=True)
class Config:
    """The sizes of both players; the defaults are the steady recipe's."""

    size: int = 64                  # S, the side of a picture: 64 as in the paper, 32 for studies, 8 for digits
    channels: int = 3               # K of a picture: 3 colours, or 1 grey
    noise_dim: int = 100            # Z
    noise: str = "normal"           # or "uniform" between -1 and 1, as in the paper
    g_channels: int = 32            # feature channels at S / 2; twice as many at each half of that, down to 4 x 4
    d_channels: int = 32            # and of the discriminator
    upsampling: str = "nearest"     # or "transposed"
    g_norm: bool = True             # batch normalisation in the generator
    d_norm: bool = False            # and in the discriminator: real and fake batches then get statistics of their own
    r1: float = 1.0                 # gamma of the penalty (Mescheder et al. 2018); 0 is the paper

    def __post_init__(self):
        if self.size < 8 or 2 ** int(math.log2(self.size)) != self.size:
            raise ValueError(f"size should be a power of two from 8 on, got {self.size}; 32 and 64 are measured")
        if self.upsampling not in UPSAMPLING:
            raise ValueError(f"upsampling should be one of {', '.join(UPSAMPLING)}, got {self.upsampling!r}; others "
                             "are in variants/guidelines.py")

    def widths(self, channels: int) -> list[int]:
        """Feature channels at 4 x 4, 8 x 8 and so on, up to half the side of a picture."""
        return [channels * self.size // (4 * 2 ** (level + 1)) for level in range(int(math.log2(self.size)) - 2)]


UPSAMPLING = {"nearest": UpNearest, "transposed": UpTransposed}
PUBLISHED = Config(noise="uniform", g_channels=64, d_channels=64, upsampling="transposed", d_norm=True, r1=0.0)


class Generator(nn.Module):
    """From noise to a picture that doubles its side at each layer.

    Shapes: noise (B, Z) -> (B, K, S, S) in [-1, 1]
    Paper:  Figure 1 and Section 3. A transposed convolution of a single place is a linear layer: the "project and
            reshape" of the figure.
    """

    def __init__(self, config: Config):
        super().__init__()
        widths, normed = config.widths(config.g_channels), config.g_norm
        up = UPSAMPLING[config.upsampling]
        self.seed = nn.Sequential(
            nn.ConvTranspose2d(config.noise_dim, widths[0], kernel_size=4, bias=not normed), norm(widths[0], normed),
            nn.ReLU())
        self.grow = nn.Sequential(*(layer for a, b in pairwise(widths) for layer in (
            up(a, b, bias=not normed), norm(b, normed), nn.ReLU())))
        self.paint = nn.Sequential(up(widths[-1], config.channels, bias=not normed), nn.Tanh())

    def forward(self, noise: Tensor) -> Tensor:
        features = self.seed(noise[:, :, None, None])               # (B, 8w, 4, 4) where S = 64
        return self.paint(self.grow(features))                      # (B, w, S / 2, S / 2), then (B, K, S, S)


class Discriminator(nn.Module):
    """Is this picture real? Each layer halves the side.

    Shapes: image (B, K, S, S) -> logits (B,)
    Paper:  Section 3; the last features go straight into one answer, with no average over places.
    """

    def __init__(self, config: Config):
        super().__init__()
        widths, normed = config.widths(config.d_channels)[::-1], config.d_norm
        self.see = nn.Sequential(
            conv(config.channels, widths[0], kernel=4, stride=2, bias=not normed), nn.LeakyReLU(0.2),
            *(layer for a, b in pairwise(widths) for layer in (
                conv(a, b, kernel=4, stride=2, bias=not normed), norm(b, normed), nn.LeakyReLU(0.2))))
        self.head = nn.Sequential(nn.Conv2d(widths[-1], 1, kernel_size=4, bias=not normed), nn.Flatten(0))

    def forward(self, image: Tensor) -> Tensor:
        return self.head(self.see(image))                           # (B, 8w, 4, 4) where S = 64, then (B,)


class Dcgan(Gan):
    """The game of chapter 1, word for word: only the players are others.

    Paper: Goodfellow et al. 2014, Equation 1. D lowers softplus(-D(x)) + softplus(D(G(z))), G softplus(-D(G(z))).
    """

    def __init__(self, config: Config):
        Game.__init__(self)                     # and not Gan's, whose players are plain layers
        self.config = config
        self.generator, self.discriminator = Generator(config), Discriminator(config)
        if config.d_norm:                       # as published; the steady recipe keeps PyTorch's larger weights
            self.apply(dcgan_init)


def build(config: Config) -> Dcgan:
    """The game of this paper, freshly initialised from torch's random state."""
    return Dcgan(config)


def steady(config: Config) -> dict[str, tuple[Config, Recipe]]:
    """The recipe of what is shipped, for this game and for those that add a condition: profile -> (Config, Recipe)."""
    return {
        "smoke": (replace(config, g_channels=8, d_channels=8), Recipe(steps=4, batch=8, penalty_every=2, log_every=1)),
        "laptop": (config, Recipe(steps=40_000, batch=32, lr=5e-4, penalty_every=8)),
        "gpu": (replace(config, g_channels=96, d_channels=64), Recipe(steps=40_000, batch=128, penalty_every=8)),
    }


STEADY = Config()
ADAM = {"lr": 2e-4, "betas": (0.5, 0.999)}
RECIPES = {
    "steady": steady(STEADY),
    "published": {
        "smoke": (replace(PUBLISHED, g_channels=8, d_channels=8), Recipe(steps=4, batch=8, log_every=1, **ADAM)),
        "laptop": (replace(PUBLISHED, g_channels=32, d_channels=32), Recipe(steps=20_000, **ADAM)),
        "gpu": (PUBLISHED, Recipe(steps=40_000, batch=128, **ADAM)),
    },
}
"""variant -> profile -> (Config, Recipe). The paper: batches of 128, Adam with 2e-4 and 0.5 (Section 4)."""
