"""GAN-CLS, GAN-INT and GAN-INT-CLS: the first GANs that drew what a sentence says.

Reed, Akata, Yan, Logeswaran, Schiele and Lee, "Generative Adversarial Text to Image Synthesis", ICML 2016.

The idea: a discriminator that only asks "is this picture real?" lets a generator ignore the text. GAN-CLS also shows
it *real pictures with a wrong text* and wants a no. GAN-INT asks the generator for pictures of texts halfway between
two captions: texts nobody wrote, for which there is no real picture, but which the discriminator can still judge.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from t2ilib.blocks import ResidualBlock, UpNearest, UpTransposed, conv, dcgan_init, norm, replicate
from t2ilib.losses import logistic_no, logistic_yes, r1_penalty
from t2ilib.train import Game, Recipe, Terms


class TextBatch(NamedTuple):
    """What the conditional papers are trained on."""

    image: Tensor           # (B, 3, S, S) real pictures in [-1, 1]
    text: Tensor            # (B, E) sentence vectors of a caption of each picture
    wrong_text: Tensor      # (B, E) sentence vectors of pictures of other classes
    noise: Tensor           # (B, Z) standard normal


@dataclass(frozen=True)
class Config:
    """The sizes of both players; the defaults are the steady recipe's."""

    size: int = 64                  # S, the side of a picture: 32 for studies, 64 as in the paper
    text_dim: int = 256             # E
    condition_dim: int = 128        # what the text is compressed to in each player
    noise_dim: int = 100            # Z
    g_channels: int = 32            # feature channels at S / 2; twice as many at each half of that, down to 4 x 4
    d_channels: int = 32            # and of the discriminator
    upsampling: str = "nearest"     # or "transposed"
    g_norm: bool = True             # batch normalisation in the generator
    d_norm: bool = False            # and in the discriminator: real and fake batches then get statistics of their own
    interpolation: float = 1.0      # weight of GAN-INT's term; 0 is GAN-CLS
    matching: float = 0.5           # weight of the pair (real picture, wrong text); 0 is the naive conditional GAN
    beta: float | None = 0.5        # where between two captions GAN-INT asks; None: anywhere, drawn for each pair
    r1: float = 1.0                 # gamma of the penalty (Mescheder et al. 2018)

    def __post_init__(self):
        if self.size < 16 or 2 ** int(math.log2(self.size)) != self.size:
            raise ValueError(f"size should be a power of two from 16 on, got {self.size}; 32 and 64 are measured")

    def widths(self, channels: int) -> list[int]:
        """Feature channels at 4 x 4, 8 x 8 and so on, up to half the side of a picture."""
        return [channels * self.size // (4 * 2 ** (level + 1)) for level in range(int(math.log2(self.size)) - 2)]


PUBLISHED = Config(text_dim=1024, g_channels=128, d_channels=64, upsampling="transposed", d_norm=True, r1=0.0)


class Generator(nn.Module):
    """From noise and a sentence to a picture.

    Shapes: noise (B, Z), text (B, E) -> (B, 3, S, S) in [-1, 1]
    Paper:  Section 4.1 and Figure 2. The two residual blocks are in the authors' code, not in the paper.
    """

    def __init__(self, config: Config):
        super().__init__()
        widths, normed = config.widths(config.g_channels), config.g_norm
        first, second = widths[:2]
        up = {"nearest": UpNearest, "transposed": UpTransposed}[config.upsampling]
        self.compress = nn.Sequential(nn.Linear(config.text_dim, config.condition_dim), nn.LeakyReLU(0.2))
        self.seed = nn.Sequential(
            nn.ConvTranspose2d(config.noise_dim + config.condition_dim, first, kernel_size=4, bias=False),
            norm(first, normed), ResidualBlock(first, first // 4, nn.ReLU(), normed), nn.ReLU())
        self.grow = nn.Sequential(
            up(first, second), norm(second, normed),
            ResidualBlock(second, second // 4, nn.ReLU(), normed), nn.ReLU(),
            *(layer for a, b in pairwise(widths[1:]) for layer in (up(a, b), norm(b, normed), nn.ReLU())),
            up(widths[-1], 3), nn.Tanh())

    def forward(self, noise: Tensor, text: Tensor) -> Tensor:
        condition = self.compress(text)                                          # (B, C)
        features = self.seed(torch.cat([noise, condition], dim=1)[:, :, None, None])  # (B, 8w, 4, 4) where S = 64
        return self.grow(features)                                               # (B, 3, S, S)


class Discriminator(nn.Module):
    """Is this a real picture, and is it the one that the text describes? One answer to both.

    Shapes: image (B, 3, S, S), texts each (B, E) -> a tuple of logits (B,), one for each text
    Paper:  Section 4.1 and Figure 2. Judging one picture with two texts shares the convolutions: the same function as
            two passes, at half the price (with batch normalisation too, as both passes see the same pictures).
    """

    def __init__(self, config: Config):
        super().__init__()
        *widths, last = reversed(config.widths(config.d_channels))
        normed, leaky = config.d_norm, nn.LeakyReLU(0.2)
        down = [layer for a, b in pairwise(widths) for layer in (
            leaky, conv(a, b, kernel=4, stride=2, bias=not normed), norm(b, normed))]
        self.see = nn.Sequential(
            conv(3, widths[0], kernel=4, stride=2, bias=not normed), *down,
            nn.Identity() if normed else leaky,         # the authors have no activation here; without BN it is needed
            conv(widths[-1], last, kernel=4, stride=2, bias=not normed), norm(last, normed),
            ResidualBlock(last, last // 4, leaky, normed), leaky)
        self.compress = nn.Sequential(
            nn.Linear(config.text_dim, config.condition_dim),
            nn.BatchNorm1d(config.condition_dim) if normed else nn.Identity(), leaky)
        self.compare = nn.Sequential(
            conv(last + config.condition_dim, last, kernel=1, bias=not normed), norm(last, normed), leaky,
            nn.Conv2d(last, 1, kernel_size=4, bias=not normed), nn.Flatten(0))

    def forward(self, image: Tensor, *texts: Tensor) -> tuple[Tensor, ...]:
        features = self.see(image)                                               # (B, 8w, 4, 4) where S = 64
        return tuple(self.compare(replicate(self.compress(text), features)) for text in texts)


class GanCls(Game):
    """A discriminator that also asks: does the picture fit the words?

    Paper: Reed et al. 2016, Algorithm 1. D scores three kinds of pair
        s_r = D(real picture, right text)    should be a yes
        s_w = D(real picture, wrong text)    should be a no     <- the new idea
        s_f = D(fake picture, right text)    should be a no
    D raises  log s_r + (log(1 - s_w) + log(1 - s_f)) / 2       (line 10)
    G raises  log s_f                                           (line 12)
    We lower the negatives. D gives logits, so -log s = softplus(-logit), -log(1 - s) = softplus(logit).
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.generator, self.discriminator = Generator(config), Discriminator(config)
        if config.d_norm:                       # as published; the steady recipe keeps PyTorch's larger weights
            self.apply(dcgan_init)

    def generate(self, batch: TextBatch) -> Tensor:
        return self.generator(batch.noise, batch.text)

    def d_loss(self, batch: TextBatch) -> Terms:
        with torch.no_grad():                                       # D learns here, G does not
            fake = self.generate(batch)
        matching = self.config.matching
        s_r, s_w = self.discriminator(batch.image, batch.text, batch.wrong_text)
        s_f, = self.discriminator(fake, batch.text)
        return {"real, right text": logistic_yes(s_r),
                "real, wrong text": matching * logistic_no(s_w),
                "fake, right text": (1 - matching) * logistic_no(s_f)}

    def g_loss(self, batch: TextBatch) -> Terms:
        s_f, = self.discriminator(self.generate(batch), batch.text)
        return {"fake, right text": logistic_yes(s_f)}

    def penalty(self, batch: TextBatch) -> Terms:
        """Keep D flat around real pictures with their texts, so that it cannot win by a landslide."""
        image = batch.image.detach().requires_grad_(True)
        s_r, = self.discriminator(image, batch.text)
        return {"R1": self.config.r1 * r1_penalty(s_r, image)}

    def answers(self, batch: TextBatch) -> Terms:
        """D's mean answer, as a probability, to each of the three kinds of pair."""
        s_r, s_w = self.discriminator(batch.image, batch.text, batch.wrong_text)
        s_f, = self.discriminator(self.generate(batch), batch.text)
        answers = {"D(real, right text)": s_r, "D(real, wrong text)": s_w, "D(fake, right text)": s_f}
        return {name: logits.float().sigmoid().mean() for name, logits in answers.items()}


class GanIntCls(GanCls):
    """GAN-CLS whose generator also answers texts between two captions.

    Paper: Section 4.3, Equation 5: G lowers -log D(G(z, t), t) for t = beta t1 + (1 - beta) t2 as well; the paper and
    the authors take beta = 1/2. D never sees such a text with a real picture and learns nothing from it.
    Differs: as in the authors' code, half as many texts between as captions, and both go through G and D in one batch
    of 3B/2; the terms are divided by 3B/2.
    """

    def g_loss(self, batch: TextBatch) -> Terms:
        if self.config.interpolation == 0:
            return super().g_loss(batch)
        between = self.between(batch.text)                                       # (B/2, E)
        text = torch.cat([batch.text, between])                                  # (3B/2, E)
        noise = torch.cat([batch.noise, batch.noise[:2 * len(between):2]])
        s_f, = self.discriminator(self.generator(noise, text), text)
        own, midway = s_f[:len(batch.text)], s_f[len(batch.text):]
        share = len(own) / len(s_f)
        return {"fake, right text": share * logistic_yes(own),
                "fake, text between": self.config.interpolation * (1 - share) * logistic_yes(midway)}

    def between(self, text: Tensor) -> Tensor:
        """Texts between neighbours in the batch: (B, E) -> (B/2, E)."""
        pairs, beta = len(text) // 2, self.config.beta
        first, second = text[:2 * pairs].unflatten(0, (pairs, 2)).unbind(1)
        beta = torch.rand(pairs, 1, device=text.device) if beta is None else beta
        return second + beta * (first - second)


def build(config: Config) -> GanIntCls:
    """The game of this paper, freshly initialised from torch's random state."""
    return GanIntCls(config)


STEADY = Config()
RECIPES = {
    "steady": {
        "smoke": (replace(STEADY, g_channels=8, d_channels=8), Recipe(steps=4, batch=8, penalty_every=2, log_every=1)),
        "laptop": (STEADY, Recipe(steps=40_000, batch=32, lr=5e-4, penalty_every=8)),
        "gpu": (replace(STEADY, g_channels=96, d_channels=64), Recipe(steps=40_000, batch=128, penalty_every=8)),
    },
    "published": {
        "smoke": (replace(PUBLISHED, text_dim=256, g_channels=8, d_channels=8),
                  Recipe(steps=4, batch=8, betas=(0.5, 0.999), log_every=1)),
        "laptop": (replace(PUBLISHED, text_dim=256, g_channels=32, d_channels=32),
                   Recipe(steps=20_000, betas=(0.5, 0.999))),
        "gpu": (replace(PUBLISHED, text_dim=256), Recipe(steps=80_000, betas=(0.5, 0.999))),
    },
}
"""variant -> profile -> (Config, Recipe). The paper trained 600 epochs of 8,855 pictures, about 83,000 steps."""

FAMILY = {
    "gan_naive": {"matching": 0.0, "interpolation": 0.0},
    "gan_cls": {"interpolation": 0.0},
    "gan_int": {"matching": 0.0},
    "gan_int_cls": {},
}
"""The four models of the paper's Figure 3, as changes of a Config: with and without each of the two ideas."""
TITLES = {"gan_naive": "GAN", "gan_cls": "GAN-CLS", "gan_int": "GAN-INT", "gan_int_cls": "GAN-INT-CLS"}
