"""The first GAN: a generator and a discriminator of plain layers.

Paper: Goodfellow et al. 2014, "Generative Adversarial Nets".
Differs: the paper's discriminator has maxout layers and dropout, its generator rectifiers and sigmoids; ours have leaky
         rectifiers throughout, as all later chapters do. With `PUBLISHED_SIZES` they are the common teaching version
         for 28 x 28 digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from torch import Tensor, nn

from t2ilib.data.toys import Batch
from t2ilib.losses import logistic_no, logistic_yes, r1_penalty
from t2ilib.train import Game, Recipe, Terms


@dataclass(frozen=True)
class Config:
    """The sizes of both players; the defaults are those for the 8 x 8 digits."""

    data_dim: int = 64                      # D: numbers in a sample
    noise_dim: int = 32                     # Z
    g_hidden: tuple[int, ...] = (256, 256)  # widths of the hidden layers
    d_hidden: tuple[int, ...] = (256, 256)
    g_norm: bool = False                    # batch normalisation in the generator, but for its first layer
    bounded: bool = True                    # samples end in tanh, within [-1, 1]
    r1: float = 0.0                         # gamma of the penalty (Mescheder et al. 2018); 0 is the paper


PUBLISHED_SIZES = Config(data_dim=784, noise_dim=100, g_hidden=(128, 256, 512, 1024), d_hidden=(512, 256), g_norm=True)


def layers(widths: Sequence[int], normed: bool = False) -> nn.Sequential:
    """Linear layers of these widths with leaky rectifiers between them; the last one is linear."""
    stack = []
    for index, (before, after) in enumerate(pairwise(widths[:-1])):
        norm = [nn.BatchNorm1d(after)] if normed and index > 0 else []
        stack += [nn.Linear(before, after), *norm, nn.LeakyReLU(0.2)]
    return nn.Sequential(*stack, nn.Linear(*widths[-2:]))


class Generator(nn.Module):
    """From noise to a sample.

    Shapes: noise (B, Z) -> (B, D), in [-1, 1] if bounded
    Paper:  Section 3, G(z; theta_g).
    """

    def __init__(self, config: Config):
        super().__init__()
        self.model = layers((config.noise_dim, *config.g_hidden, config.data_dim), config.g_norm)
        self.bound = nn.Tanh() if config.bounded else nn.Identity()

    def forward(self, noise: Tensor) -> Tensor:
        return self.bound(self.model(noise))


class Discriminator(nn.Module):
    """Is this sample real?

    Shapes: (B, D) -> logits (B,); sigmoid(logit) is the paper's D(x), the probability of "real"
    Paper:  Section 3, D(x; theta_d).
    """

    def __init__(self, config: Config):
        super().__init__()
        self.model = layers((config.data_dim, *config.d_hidden, 1))

    def forward(self, samples: Tensor) -> Tensor:
        return self.model(samples).squeeze(1)


class Gan(Game):
    """Two players, one value.

    Paper: Equation 1. G lowers and D raises  V = E[log D(x)] + E[log(1 - D(G(z)))].
    D lowers -V. G raises E[log D(G(z))] instead, whose pull is strong where G is bad (Section 3, last paragraph).
    D gives logits, so -log D = softplus(-logit) and -log(1 - D) = softplus(logit).
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.generator, self.discriminator = Generator(config), Discriminator(config)

    def generate(self, batch: Batch) -> Tensor:
        return self.generator(batch.noise)

    def d_loss(self, batch: Batch) -> Terms:
        fake = self.generate(batch).detach()                        # D learns here, G does not
        return {"real": logistic_yes(self.discriminator(batch.real)),
                "fake": logistic_no(self.discriminator(fake))}

    def g_loss(self, batch: Batch) -> Terms:
        return {"fake": logistic_yes(self.discriminator(self.generate(batch)))}

    def penalty(self, batch: Batch) -> Terms:
        """Keep D flat around real data, so that it cannot win by a landslide."""
        real = batch.real.detach().requires_grad_(True)
        return {"R1": self.config.r1 * r1_penalty(self.discriminator(real), real)}

    def answers(self, batch: Batch) -> Terms:
        """D's mean answer, as a probability."""
        answers = {"D(real)": self.discriminator(batch.real), "D(fake)": self.discriminator(self.generate(batch))}
        return {name: logits.float().sigmoid().mean() for name, logits in answers.items()}


class SaturatingGan(Gan):
    """The game as Equation 1 has it: G lowers E[log(1 - D(G(z)))], which hardly pulls while D is sure of itself."""

    def g_loss(self, batch: Batch) -> Terms:
        return {"fake": -logistic_no(self.discriminator(self.generate(batch)))}


def build(config: Config) -> Gan:
    """The game of this paper, freshly initialised from torch's random state."""
    return Gan(config)


STEADY = Config(r1=1.0)
PUBLISHED = Config()
RECIPES = {
    "steady": {
        "smoke": (replace(STEADY, g_hidden=(32,), d_hidden=(32,)),
                  Recipe(steps=4, batch=32, penalty_every=2, precision="32-true", log_every=1)),
        "laptop": (STEADY, Recipe(steps=12_000, lr=1e-3, penalty_every=4, precision="32-true")),
        "gpu": (STEADY, Recipe(steps=24_000, batch=256, lr=1e-3, penalty_every=4, precision="32-true")),
    },
    "published": {
        "smoke": (replace(PUBLISHED, g_hidden=(32,), d_hidden=(32,)),
                  Recipe(steps=4, batch=32, betas=(0.5, 0.999), precision="32-true", log_every=1)),
        "laptop": (PUBLISHED, Recipe(steps=20_000, betas=(0.5, 0.999), precision="32-true")),
        "gpu": (PUBLISHED, Recipe(steps=40_000, batch=256, betas=(0.5, 0.999), precision="32-true")),
    },
}
"""variant -> profile -> (Config, Recipe) for the digits."""
