"""AC-GAN: a discriminator that is not told the condition, but has to name it.

Odena, Olah and Shlens, "Conditional Image Synthesis with Auxiliary Classifier GANs", ICML 2017.

The idea: D of the conditional GAN may ask whether picture and condition fit, but nothing forces it to. Here D gets the
picture alone, and a second head on the same features says which condition it was made for. D learns to name real
pictures; G is paid for pictures that are named as they were asked for. G is that of the conditional GAN.

Differs: the paper's D learns names from fakes too; there G and D could agree on a sign that stands for a colour and is
none. The paper's condition is one class; here it is a row of choices, a colour for each part, and those that nobody
named count for neither player.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib.losses import logistic_no, logistic_yes, r1_penalty
from t2ilib.papers import cgan, dcgan
from t2ilib.papers.cgan import ConditionBatch, Generator
from t2ilib.train import Game, Terms


@dataclass(frozen=True)
class Config(cgan.Config):
    """The sizes of both players: those of the conditional GAN, and what there is to name."""

    choices: int = 11               # K, colours of a part; a condition is a row of one-hots, C / K of them
    naming: float = 1.0             # weight of the names beside real and fake

    def __post_init__(self):
        super().__post_init__()
        if self.condition_dim % self.choices:
            raise ValueError(f"a condition of {self.condition_dim} numbers should be whole one-hots of {self.choices}; "
                             "change condition_dim or choices")


class Discriminator(dcgan.Discriminator):
    """Is this picture real, and what does it show?

    Shapes: image (B, K, S, S) -> logits (B,), names (B, C)
    Paper:  Section 3: P(S | X) and P(C | X), two heads on the same features.
    """

    def __init__(self, config: Config):
        super().__init__(config)
        last = config.widths(config.d_channels)[0]
        self.name = nn.Sequential(nn.Flatten(), nn.Linear(last * 4 * 4, config.condition_dim))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        features = self.see(image)                                  # (B, 8w, 4, 4) where S = 64
        return self.head(features), self.name(features)


class AcGan(Game):
    """The game in which D has to name what G was asked for.

    Paper: Equations 2 and 3. L_S is the game of the first GAN, L_C the log-probability of the right name; D raises
           L_S + L_C, G raises L_C - L_S, and log D in place of -log(1 - D) as ever.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.generator, self.discriminator = Generator(config), Discriminator(config)

    def generate(self, batch: ConditionBatch) -> Tensor:
        return self.generator(batch.noise, batch.condition)

    def right(self, names: Tensor, condition: Tensor) -> Tensor:
        """log P(C | X) of names (B, C) -> (B, C): that of each choice that the condition (B, C) makes, else 0."""
        logs = F.log_softmax(names.float().unflatten(1, (-1, self.config.choices)), dim=2)
        return condition * logs.flatten(1)

    def misnamed(self, names: Tensor, condition: Tensor) -> Tensor:
        """-L_C, the cross-entropy: the mean over all choices of a batch."""
        return -self.config.naming * self.right(names, condition).sum() / condition.sum().clamp(min=1)

    def d_loss(self, batch: ConditionBatch) -> Terms:
        with torch.no_grad():                                       # D learns here, G does not
            fake = self.generate(batch)
        real, names = self.discriminator(batch.real)
        made, _ = self.discriminator(fake)
        return {"real": logistic_yes(real), "fake": logistic_no(made),
                "names": self.misnamed(names, batch.condition)}

    def g_loss(self, batch: ConditionBatch) -> Terms:
        made, names = self.discriminator(self.generate(batch))
        return {"fake": logistic_yes(made), "names": self.misnamed(names, batch.condition)}

    def penalty(self, batch: ConditionBatch) -> Terms:
        """Keep D's answer flat around real pictures, as in the conditional GAN; the names are left free."""
        image = batch.real.detach().requires_grad_(True)
        answer, _ = self.discriminator(image)
        return {"R1": self.config.r1 * r1_penalty(answer, image)}

    def judge(self, image: Tensor, *conditions: Tensor) -> tuple[Tensor, ...]:
        """How sure D is that pictures (B, 3, S, S) fit conditions (B, C), (B,) for each: how it names them."""
        _, names = self.discriminator(image)
        return tuple(self.right(names, told).sum(1) / told.sum(1).clamp(min=1) for told in conditions)

    def answers(self, batch: ConditionBatch) -> Terms:
        """D's mean answer, as a probability."""
        (real, _), (made, _) = self.discriminator(batch.real), self.discriminator(self.generate(batch))
        return {name: logits.float().sigmoid().mean() for name, logits in (("D(real)", real), ("D(fake)", made))}


def build(config: Config) -> AcGan:
    """The game of this paper, freshly initialised from torch's random state."""
    return AcGan(config)


STEADY = Config()
RECIPES = {"steady": dcgan.steady(STEADY)}
"""variant -> profile -> (Config, Recipe). The sizes are DCGAN's; the paper's own are for 128 pixels of ImageNet."""
