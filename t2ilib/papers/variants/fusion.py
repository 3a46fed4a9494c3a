"""Other ways for a sentence to reach DF-GAN's generator: once at the start, or before every convolution.

A fusion stands before each convolution of an UpBlock, where the paper has its DFBlock, and ends in an activation, so
that generators differ in nothing but what the sentence does. All of them have

Shapes: features (B, C, h, w), condition (B, K) -> (B, C, h, w)

Paper:  Tao et al. 2022, Table 3.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib.papers.df_gan import Affine, Config, Fusion, Generator


class Activation(nn.Module):
    """No fusion: what the sentence has to say must have been said before."""

    def __init__(self, condition_dim: int, channels: int):
        super().__init__()

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        return F.leaky_relu(features, 0.2)


class OneAffine(nn.Module):
    """One scale and one shift of each channel: half of a DFBlock."""

    def __init__(self, condition_dim: int, channels: int):
        super().__init__()
        self.affine = Affine(condition_dim, channels)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        return F.leaky_relu(self.affine(features, condition), 0.2)


class TwoAffines(nn.Module):
    """Two affines with nothing between them: more weights, and still one scale and one shift.

    Scales g1, g2 and shifts t1, t2 are together one affine of scale g2 g1 and shift g2 t1 + t2.
    """

    def __init__(self, condition_dim: int, channels: int):
        super().__init__()
        self.first, self.second = (Affine(condition_dim, channels) for _ in range(2))

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        return F.leaky_relu(self.second(self.first(features, condition), condition), 0.2)


class BatchNormed(OneAffine):
    """Conditional batch normalisation: each channel is normalised over the batch before the affine.

    Paper:  de Vries et al. 2017, with scale and shift from the condition alone.
    """

    def __init__(self, condition_dim: int, channels: int):
        super().__init__(condition_dim, channels)
        self.norm = nn.BatchNorm2d(channels, affine=False)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        return super().forward(self.norm(features), condition)


class InstanceNormed(OneAffine):
    """Adaptive instance normalisation: each channel of each picture is normalised before the affine.

    Paper:  Huang and Belongie 2017 (AdaIN); the style is the sentence.
    """

    def __init__(self, condition_dim: int, channels: int):
        super().__init__(condition_dim, channels)
        self.norm = nn.InstanceNorm2d(channels)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        return super().forward(self.norm(features), condition)


class AtStart(Generator):
    """Noise and sentence are joined once, and every layer works on what the first has made of them.

    Shapes: noise (B, Z), text (B, E) -> (B, 3, S, S) in [-1, 1]
    Paper:  the way of GAN-CLS (Reed et al. 2016, Section 4.1).
    Differs: "Concat" in Table 3 may mean another place; the authors' code of that row was not published.
    """

    def __init__(self, config: Config):
        super().__init__(config)
        self.start = nn.Linear(config.noise_dim + config.text_dim, self.start.out_features)

    def forward(self, noise: Tensor, text: Tensor) -> Tensor:
        return super().forward(torch.cat([noise, text], dim=1), text)       # what the blocks are told, none reads


FUSIONS = {"concatenation": Activation, "CBN": BatchNormed, "AdaIN": InstanceNormed, "one affine": OneAffine,
           "two affines": TwoAffines, "DFBlock": Fusion}
"""The rows of Table 3, and the two affines that collapse to one."""


def make_generator(config: Config, fusion: str) -> Generator:
    """The generator with one of `FUSIONS`. All start with the same convolutions if torch's random state is the same.

    Raises: ValueError for an unknown fusion.
    """
    if fusion not in FUSIONS:
        raise ValueError(f"the fusion should be one of {', '.join(FUSIONS)}, got {fusion!r}; choose one of them")
    if fusion == "DFBlock":
        return Generator(config)
    generator = AtStart(config) if fusion == "concatenation" else Generator(config)
    for block in generator.blocks:
        block.fuse1, block.fuse2 = (FUSIONS[fusion](config.noise_dim + config.text_dim, conv.in_channels)
                                    for conv in (block.conv1, block.conv2))
    return generator
