"""Other ways for DF-GAN's discriminator to judge: a second answer without the text, the penalty at other pairs.

Paper: Tao et al. 2022, the target-aware discriminator (MA-GP and one-way output) and Table 2.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from t2ilib.blocks import conv
from t2ilib.losses import gradient_penalty, hinge_no, hinge_yes
from t2ilib.papers.df_gan import Config, DfGan
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.train import Terms

MATCHING, FAKE, WRONG = "real, right text", "fake, right text", "real, wrong text"
NOWHERE = "nowhere"
PLACES = (NOWHERE, MATCHING, FAKE, WRONG)
"""Where D may be kept flat; the paper's place is `MATCHING`."""


class Pair(NamedTuple):
    """What D is asked, and what it says."""

    image: Tensor           # (B, 3, S, S)
    text: Tensor            # (B, E)
    features: Tensor        # (B, 8w, 4, 4), what it sees of the picture
    answer: Tensor          # (B,) logits


def summed_penalty(logits: Tensor, *inputs: Tensor, power: float) -> Tensor:
    """The mean of (|gradient by the first input| + |gradient by the second| ...)^power: lengths are added.

    At least `losses.gradient_penalty`, which takes one length of all together, and at most 2^(power / 2) times as much
    for two inputs: 8 times for power 6, where both lengths are equal.

    Shapes: logits (B,), inputs (B, ...) that require gradients -> scalar
    Paper:  the formula of MA-GP as printed, without its weight k.
    """
    gradients = torch.autograd.grad(logits.float().sum(), inputs, create_graph=True)
    return sum(gradient.float().flatten(1).norm(dim=1) for gradient in gradients).pow(power).mean()


class Judged(DfGan):
    """DF-GAN with its penalty at one of `PLACES`, in the authors' form or another; by default it is DF-GAN.

    Raises: ValueError for an unknown place.
    """

    def __init__(self, config: Config, place: str = MATCHING, form: Callable[..., Tensor] = gradient_penalty):
        if place not in PLACES:
            raise ValueError(f"the place of the penalty should be one of {'; '.join(PLACES)}, got {place!r}; choose "
                             "one of them")
        super().__init__(config)
        self.place, self.form = place, form

    def d_loss(self, batch: TextBatch) -> Terms:
        pairs = self.pairs(batch)
        return self.hinges(pairs) | self.slope(pairs)

    def pairs(self, batch: TextBatch) -> dict[str, Pair]:
        """The three kinds of pair with D's answers; each picture is looked at once."""
        with torch.no_grad():                                       # D learns here, G does not
            fake = self.generate(batch)
        image, fake, text, wrong_text = (value.detach().requires_grad_(True)
                                         for value in (batch.image, fake, batch.text, batch.wrong_text))
        real, made = self.discriminator.see(image), self.discriminator.see(fake)
        asked = {MATCHING: (image, text, real), FAKE: (fake, text, made), WRONG: (image, wrong_text, real)}
        return {kind: Pair(picture, words, features, self.discriminator.compare(features, words))
                for kind, (picture, words, features) in asked.items()}

    def hinges(self, pairs: dict[str, Pair]) -> Terms:
        """Equation 1 without the penalty."""
        return {MATCHING: hinge_yes(pairs[MATCHING].answer),
                WRONG: hinge_no(pairs[WRONG].answer) / 2,
                FAKE: hinge_no(pairs[FAKE].answer) / 2}

    def slope(self, pairs: dict[str, Pair]) -> Terms:
        """The penalty on D's slope at the chosen pairs, if there is one."""
        if self.place == NOWHERE:
            return {}
        image, text, _, answer = pairs[self.place]
        return {"penalty": self.config.penalty * self.form(answer, image, text, power=self.config.power)}


class TwoWay(Judged):
    """D gives two answers: does this picture belong to this text, and is it real, whatever the text?

    The second is learned by hinge losses of its own, as strong as the first: G follows the sum of both. The penalty
    is at the answer to picture and text.
    Paper:  the two-way output that the paper compares with, that of StackGAN's second stage and of AttnGAN.
    Differs: the weights of the two answers were not published.
    """

    def __init__(self, config: Config, place: str = MATCHING, form: Callable[..., Tensor] = gradient_penalty):
        super().__init__(config, place, form)
        self.discriminator.alone = unconditional_head(config)       # a part of D, moved by D's optimiser

    def hinges(self, pairs: dict[str, Pair]) -> Terms:
        alone = self.discriminator.alone
        return super().hinges(pairs) | {"real picture": hinge_yes(alone(pairs[MATCHING].features)),
                                        "fake picture": hinge_no(alone(pairs[FAKE].features))}

    def g_loss(self, batch: TextBatch) -> Terms:
        features = self.discriminator.see(self.generate(batch))
        return {FAKE: -self.discriminator.compare(features, batch.text).float().mean(),
                "fake picture": -self.discriminator.alone(features).float().mean()}


def unconditional_head(config: Config) -> nn.Sequential:
    """The head of D without the text: (B, 8w, 4, 4) -> (B,)"""
    narrow = 2 * config.d_channels
    return nn.Sequential(
        conv(config.widths(config.d_channels)[-1], narrow, kernel=3, bias=False), nn.LeakyReLU(0.2),
        nn.Conv2d(narrow, 1, kernel_size=4, bias=False), nn.Flatten(0))
