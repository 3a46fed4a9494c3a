"""The conditional GAN: both players are told what is wanted.

Mirza and Osindero, "Conditional Generative Adversarial Nets", 2014.

The idea: a condition c, as a vector, is a second input of both players: G draws G(z, c), and D asks whether x is a
real picture *given* c. It may be a class, a place, the colours of parts, or later a sentence: `data/conditions.py`
makes the vectors, and nothing here knows what they mean.

Differs: the paper's players are plain layers, D with maxout; ours are DCGAN's. D compares what it sees with c by a
hidden layer: without one its answer were f(x) + g(c), and it could never ask whether the two fit.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from t2ilib.blocks import conv, dcgan_init, norm, replicate
from t2ilib.losses import logistic_no, logistic_yes, r1_penalty
from t2ilib.papers import dcgan
from t2ilib.train import Game, Recipe, Terms


class ConditionBatch(NamedTuple):
    """What a conditional GAN is trained on."""

    real: Tensor            # (B, K, S, S) real pictures in [-1, 1]
    condition: Tensor       # (B, C) what is known of each
    wrong_condition: Tensor     # (B, C) what is known of others: no player learns from it, D is only asked about it
    noise: Tensor           # (B, Z)


@dataclass(frozen=True)
class Config(dcgan.Config):
    """The sizes of both players: DCGAN's, and those of the condition."""

    conditions: tuple[str, ...] = ("colours",)      # what is in the vector, see `data/conditions.py`
    condition_dim: int = 110                        # C
    embedding_dim: int = 128                        # what the condition is turned into in each player


PUBLISHED = Config(noise="uniform", g_channels=64, d_channels=64, upsampling="transposed", d_norm=True, r1=0.0)


def embedding(config: Config) -> nn.Sequential:
    """(B, C) -> (B, E). Of a one-hot class it chooses a column of weights: a table of one row a class."""
    return nn.Sequential(nn.Linear(config.condition_dim, config.embedding_dim), nn.LeakyReLU(0.2))


class Generator(dcgan.Generator):
    """From noise and a condition to a picture.

    Shapes: noise (B, Z), condition (B, C) -> (B, K, S, S) in [-1, 1]
    Paper:  Section 3.2 and Figure 1: noise and condition are joined before the first common layer.
    """

    def __init__(self, config: Config):
        super().__init__(replace(config, noise_dim=config.noise_dim + config.embedding_dim))
        self.embed = embedding(config)

    def forward(self, noise: Tensor, condition: Tensor) -> Tensor:
        return super().forward(torch.cat([noise, self.embed(condition)], dim=1))


class Discriminator(dcgan.Discriminator):
    """Is this a real picture, given the condition?

    Shapes: image (B, K, S, S), conditions each (B, C) -> a tuple of logits (B,), one for each condition
    Paper:  Section 3.2 and Figure 1.
    """

    def __init__(self, config: Config):
        super().__init__(config)
        last, normed = config.widths(config.d_channels)[0], config.d_norm
        self.embed = embedding(config)
        self.head = nn.Sequential(
            conv(last + config.embedding_dim, last, kernel=1, bias=not normed), norm(last, normed), nn.LeakyReLU(0.2),
            *self.head)

    def forward(self, image: Tensor, *conditions: Tensor) -> tuple[Tensor, ...]:
        features = self.see(image)                                  # (B, 8w, 4, 4) where S = 64
        return tuple(self.head(replicate(self.embed(condition), features)) for condition in conditions)


class Cgan(Game):
    """The game of two players who both know the condition.

    Paper: Equation 2. G lowers and D raises  V = E[log D(x, c)] + E[log(1 - D(G(z, c), c))];  G raises
           E[log D(G(z, c), c)] instead, as ever. The paper writes D(x | c): the probability that x is real, given c.
    D is shown real pictures with their own condition and fakes with the one they were drawn for. That a real picture
    with a wrong condition deserves a no is never said; GAN-CLS will say it.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.generator, self.discriminator = Generator(config), Discriminator(config)
        if config.d_norm:                       # the steady recipe keeps PyTorch's larger weights
            self.apply(dcgan_init)

    def generate(self, batch: ConditionBatch) -> Tensor:
        return self.generator(batch.noise, batch.condition)

    def d_loss(self, batch: ConditionBatch) -> Terms:
        with torch.no_grad():                                       # D learns here, G does not
            fake = self.generate(batch)
        real, = self.discriminator(batch.real, batch.condition)
        made, = self.discriminator(fake, batch.condition)
        return {"real": logistic_yes(real), "fake": logistic_no(made)}

    def g_loss(self, batch: ConditionBatch) -> Terms:
        made, = self.discriminator(self.generate(batch), batch.condition)
        return {"fake": logistic_yes(made)}

    def penalty(self, batch: ConditionBatch) -> Terms:
        """Keep D flat around real pictures with their conditions, so that it cannot win by a landslide."""
        image = batch.real.detach().requires_grad_(True)
        answer, = self.discriminator(image, batch.condition)
        return {"R1": self.config.r1 * r1_penalty(answer, image)}

    def judge(self, image: Tensor, *conditions: Tensor) -> tuple[Tensor, ...]:
        """How sure D is that pictures (B, 3, S, S) fit conditions (B, C), (B,) for each: its own logits."""
        return self.discriminator(image, *conditions)

    def answers(self, batch: ConditionBatch) -> Terms:
        """D's mean answer, as a probability; one that ignores c answers real pictures alike, right or wrong."""
        own, other = self.discriminator(batch.real, batch.condition, batch.wrong_condition)
        made, = self.discriminator(self.generate(batch), batch.condition)
        answers = {"D(real, own condition)": own, "D(real, wrong condition)": other, "D(fake, own condition)": made}
        return {name: logits.float().sigmoid().mean() for name, logits in answers.items()}


def build(config: Config) -> Cgan:
    """The game of this paper, freshly initialised from torch's random state."""
    return Cgan(config)


STEADY = Config()
RECIPES = {
    "steady": dcgan.steady(STEADY),
    "published": {
        "smoke": (replace(PUBLISHED, g_channels=8, d_channels=8), Recipe(steps=4, batch=8, log_every=1, **dcgan.ADAM)),
        "laptop": (replace(PUBLISHED, g_channels=32, d_channels=32), Recipe(steps=20_000, **dcgan.ADAM)),
        "gpu": (PUBLISHED, Recipe(steps=40_000, batch=128, **dcgan.ADAM)),
    },
}
"""variant -> profile -> (Config, Recipe). "Published" is DCGAN's way with a condition: the paper has no pictures that
these players could draw."""
