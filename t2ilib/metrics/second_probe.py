"""A second probe, of another family: where the first one convolves all the way down, this one attends.

A measuring device that is looked at while a model is improved slowly becomes part of the training. The second probe is
therefore never used in the development of a model: it is trained from another seed and asked only at the end. Where
both agree, the pictures have the attribute; where only the first is satisfied, it has been gamed.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from t2ilib.blocks import conv
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics.probe import VALUES, Reader

SEED = 1                    # added to the seed of its training: it starts and sees pictures in its own way


@dataclass(frozen=True)
class SecondProbeConfig:
    width: int = 128            # of a token
    blocks: int = 2             # of the transformer
    heads: int = 4
    per_factor: int = 32        # features that each factor takes from its glance at the picture


class SecondProbe(Reader):
    """Tokens of 4 x 4 pixels, a small transformer, and a question per factor that looks where it wants.

    Shapes: image (B, 3, 64, 64) -> dict factor -> logits (B, values)
    Source: Dosovitskiy et al. 2021, "An Image is Worth 16x16 Words", Section 3.1; Xiao et al. 2021, "Early
            Convolutions Help Transformers See Better" (the convolutional start); Lee et al. 2019, "Set Transformer",
            Section 3.2 (pooling by attention from learned queries).
    """

    def __init__(self, config: SecondProbeConfig):
        super().__init__()
        self.config = config
        self.network = nn.ModuleDict({
            "tokens": Tokens(config.width),
            "think": nn.Sequential(*(block(config) for _ in range(config.blocks))),
            "ask": Questions(config),
            "read": Answers(config.per_factor)})

    def features(self, image: Tensor) -> Tensor:
        """(B, 3, 64, 64) -> (B, factors * per_factor): what each factor took from the picture, side by side."""
        return self.network["ask"](self.network["think"](self.network["tokens"](image)))

    def logits(self, features: Tensor) -> Tensor:
        return self.network["read"](features)


class Tokens(nn.Module):
    """A few convolutions, then one token for each place, with its position added.

    Shapes: image (B, 3, 64, 64) -> (B, 64, width)
    """

    def __init__(self, width: int):
        super().__init__()
        self.see = nn.Sequential(
            conv(3, 32, kernel=4, stride=2), nn.GroupNorm(4, 32), nn.GELU(),
            conv(32, 64, kernel=4, stride=2), nn.GroupNorm(8, 64), nn.GELU(),
            conv(64, width, kernel=4, stride=2))
        self.position = nn.Parameter(0.02 * torch.randn(64, width))

    def forward(self, image: Tensor) -> Tensor:
        return self.see(image).flatten(2).transpose(1, 2) + self.position


def block(config: SecondProbeConfig) -> nn.Module:
    """One layer of a transformer that normalises first."""
    return nn.TransformerEncoderLayer(config.width, config.heads, 2 * config.width, dropout=0.0, activation="gelu",
                                      batch_first=True, norm_first=True)


class Questions(nn.Module):
    """Each factor asks the tokens with a learned query and keeps a short answer.

    Shapes: tokens (B, T, width) -> (B, factors * per_factor)
    """

    def __init__(self, config: SecondProbeConfig):
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.queries = nn.Parameter(torch.randn(len(FACTORS), config.width))
        self.attend = nn.MultiheadAttention(config.width, config.heads, batch_first=True)
        self.shorten = nn.Linear(config.width, config.per_factor)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = self.norm(tokens)
        seen, _ = self.attend(self.queries.expand(len(tokens), -1, -1), tokens, tokens, need_weights=False)
        return self.shorten(seen).flatten(1)


class Answers(nn.Module):
    """A linear head for each factor, on its own features only: (B, factors * per_factor) -> (B, sum(VALUES))."""

    def __init__(self, per_factor: int):
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(per_factor, values) for values in VALUES)

    def forward(self, features: Tensor) -> Tensor:
        return torch.cat([head(part) for head, part in zip(self.heads, features.chunk(len(VALUES), dim=1))], dim=1)
