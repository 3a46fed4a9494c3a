"""The conditional GAN with players of plain layers, for pictures as small as digits: nearest to the paper's own.

Paper: Mirza and Osindero 2014, Section 4.1.
Differs: the paper's D has maxout layers. With `PUBLISHED_SIZES` the players have the sizes of the common teaching
         version, whose D has dropout, too, and a squared loss.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from t2ilib.papers import gan
from t2ilib.papers.cgan import Cgan
from t2ilib.train import Game


@dataclass(frozen=True)
class Config:
    """The sizes of both players; the defaults are those for the 8 x 8 digits and their ten classes."""

    size: int = 8                               # S, the side of a picture
    channels: int = 1                           # K
    noise_dim: int = 32                         # Z
    noise: str = "normal"                       # or "uniform" between -1 and 1, as in the paper
    condition_dim: int = 10                     # C
    embedding_dim: int = 10                     # what the condition is turned into in each player
    g_hidden: tuple[int, ...] = (256, 256)      # widths of the hidden layers
    d_hidden: tuple[int, ...] = (256, 256)
    g_norm: bool = False                        # batch normalisation in the generator, but for its first layer
    r1: float = 1.0                             # gamma of the penalty (Mescheder et al. 2018)

    @property
    def pixels(self) -> int:
        """The numbers of a picture."""
        return self.channels * self.size**2


PUBLISHED_SIZES = Config(size=32, noise_dim=100, g_hidden=(128, 256, 512, 1024), d_hidden=(512, 512, 512), g_norm=True,
                         r1=0.0)


class Generator(nn.Module):
    """From noise and a condition to a picture.

    Shapes: noise (B, Z), condition (B, C) -> (B, K, S, S) in [-1, 1]
    """

    def __init__(self, config: Config):
        super().__init__()
        self.embed = nn.Linear(config.condition_dim, config.embedding_dim, bias=False)      # of a class, a table
        self.model = gan.layers((config.noise_dim + config.embedding_dim, *config.g_hidden, config.pixels),
                                config.g_norm)
        self.shape = (config.channels, config.size, config.size)

    def forward(self, noise: Tensor, condition: Tensor) -> Tensor:
        return self.model(torch.cat([noise, self.embed(condition)], dim=1)).tanh().unflatten(1, self.shape)


class Discriminator(nn.Module):
    """Is this a real picture, given the condition?

    Shapes: image (B, K, S, S), conditions each (B, C) -> a tuple of logits (B,), one for each condition
    """

    def __init__(self, config: Config):
        super().__init__()
        self.embed = nn.Linear(config.condition_dim, config.embedding_dim, bias=False)
        self.model = gan.layers((config.pixels + config.embedding_dim, *config.d_hidden, 1))

    def forward(self, image: Tensor, *conditions: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model(torch.cat([image.flatten(1), self.embed(condition)], dim=1)).squeeze(1)
                     for condition in conditions)


class FlatCgan(Cgan):
    """The same game with these players."""

    def __init__(self, config: Config):
        Game.__init__(self)                     # and not Cgan's, whose players convolve
        self.config = config
        self.generator, self.discriminator = Generator(config), Discriminator(config)
