"""DF-GAN: one generator, one discriminator, and the sentence in every layer.

Tao, Tang, Wu, Jing, Bao and Xu, "DF-GAN: A Simple and Effective Baseline for Text-to-Image Synthesis", CVPR 2022.

Three ideas: the picture grows in *one stage*, from 4 x 4 to its full size; each block *fuses* the sentence into the
features twice, by scales and shifts that depend on it; and D is *matching-aware*: it is kept flat at real pictures with
their own texts, and only there, so that G finds a smooth way to them.

Differs: what acts on every place alone is done where there are fewer places, before enlarging and after shrinking. The
function is the same as in the authors' order, for a quarter of the work.
"""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib.blocks import conv, replicate
from t2ilib.losses import gradient_penalty, hinge_no, hinge_yes
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.train import Game, Recipe, Terms

WIDEST = 8                          # channels grow up to this many times the narrowest layer's


@dataclass(frozen=True)
class Config:
    """The sizes of both players; the defaults are what fits a laptop."""

    size: int = 64                  # S, the side of a picture: 32 to 512; the authors draw 256
    text_dim: int = 256             # E
    noise_dim: int = 100            # Z
    g_channels: int = 16            # feature channels at the full side S; the authors have 32
    d_channels: int = 16
    penalty: float = 2.0            # k of the matching-aware gradient penalty (MA-GP)
    power: float = 6.0              # and its p

    def __post_init__(self):
        if self.size < 16 or 2 ** int(math.log2(self.size)) != self.size:
            raise ValueError(f"size should be a power of two from 16 on, got {self.size}; 64 and 256 are measured")

    def widths(self, channels: int) -> list[int]:
        """Feature channels at the full side, half of it and so on, down to 4 x 4."""
        return [channels * min(2**level, WIDEST) for level in range(int(math.log2(self.size)) - 1)]


PUBLISHED = Config(size=256, g_channels=32, d_channels=32)


class Affine(nn.Module):
    """Scale and shift each channel as the condition says; at first nothing changes: scale 1, shift 0.

    Shapes: features (B, C, h, w), condition (B, K) -> (B, C, h, w)
    Paper:  Section 3.3, Equations 4 and 5.
    """

    def __init__(self, condition_dim: int, channels: int):
        super().__init__()
        self.scale, self.shift = (perceptron(condition_dim, channels, start) for start in (1.0, 0.0))

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        width = features.shape[3]
        scale, shift = (numbers(condition).to(features.dtype).repeat(1, width)[:, None]
                        for numbers in (self.scale, self.shift))            # (B, 1, w C)
        rows = features.permute(0, 2, 3, 1).flatten(2)                      # (B, h, w C): long rows are quick in bf16
        return torch.addcmul(shift, rows, scale).unflatten(2, (width, -1)).permute(0, 3, 1, 2)


def perceptron(inputs: int, channels: int, start: float) -> nn.Sequential:
    """Two layers whose output is `start` for every input before training."""
    last = nn.Linear(channels, channels)
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, start)
    return nn.Sequential(nn.Linear(inputs, channels), nn.ReLU(), last)


class Fusion(nn.Module):
    """The deep fusion: affine and activation, twice, so that what the sentence does is not a straight line.

    Shapes: features (B, C, h, w), condition (B, K) -> (B, C, h, w)
    Paper:  Section 3.3 and Figure 4 (c).
    """

    def __init__(self, condition_dim: int, channels: int):
        super().__init__()
        self.first, self.second = (Affine(condition_dim, channels) for _ in range(2))

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        features = F.leaky_relu(self.first(features, condition), 0.2)
        return F.leaky_relu(self.second(features, condition), 0.2)


class UpBlock(nn.Module):
    """Double the side, and fuse the sentence into the features twice: the paper's UPBlock with its two DFBlocks.

    Shapes: features (B, C_in, h, w), condition (B, K) -> (B, C_out, 2h, 2w)
    Paper:  Section 3.3 and Figure 4 (a), (b).
    """

    def __init__(self, condition_dim: int, inputs: int, outputs: int):
        super().__init__()
        self.fuse1, self.conv1 = Fusion(condition_dim, inputs), conv(inputs, outputs, kernel=3)
        self.fuse2, self.conv2 = Fusion(condition_dim, outputs), conv(outputs, outputs, kernel=3)
        self.shortcut = conv(inputs, outputs, kernel=1) if inputs != outputs else nn.Identity()

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        grown = self.conv1(enlarge(self.fuse1(features, condition)))
        return enlarge(self.shortcut(features)) + self.conv2(self.fuse2(grown, condition))


def enlarge(features: Tensor) -> Tensor:
    """Repeat every pixel: (B, C, h, w) -> (B, C, 2h, 2w)."""
    return F.interpolate(features, scale_factor=2, mode="nearest")


class Generator(nn.Module):
    """From noise and a sentence to a picture, in one stage.

    Shapes: noise (B, Z), text (B, E) -> (B, 3, S, S) in [-1, 1]
    Paper:  Section 3.1 and Figure 3. The noise is a part of every block's condition in the authors' code of 2022.
    """

    def __init__(self, config: Config):
        super().__init__()
        widths = config.widths(config.g_channels)[::-1]
        self.start = nn.Linear(config.noise_dim, widths[0] * 4 * 4)
        self.blocks = nn.ModuleList(UpBlock(config.noise_dim + config.text_dim, a, b) for a, b in pairwise(widths))
        self.to_rgb = conv(widths[-1], 3, kernel=3)

    def forward(self, noise: Tensor, text: Tensor) -> Tensor:
        condition = torch.cat([noise, text], dim=1)                 # (B, Z + E)
        features = self.start(noise).unflatten(1, (-1, 4, 4))       # (B, 8w, 4, 4)
        for block in self.blocks:
            features = block(features, condition)                   # (B, w, S, S) in the end
        return torch.tanh(self.to_rgb(F.leaky_relu(features, 0.2)))


class DownBlock(nn.Module):
    """Halve the side; the residual branch begins at strength 0, so at first there is the shortcut only.

    Shapes: (B, C_in, h, w) -> (B, C_out, h / 2, w / 2)
    Paper:  Figure 3; the learned strength is in the authors' code, which also makes a shortcut layer where it is not
            used, between equal widths: it is here so that their files can be read and written whole.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv1 = conv(inputs, outputs, kernel=4, stride=2, bias=False)
        self.conv2 = conv(outputs, outputs, kernel=3, bias=False)
        self.shortcut, self.widens = conv(inputs, outputs, kernel=1), inputs != outputs
        self.strength = nn.Parameter(torch.zeros(1))

    def forward(self, features: Tensor) -> Tensor:
        residual = F.leaky_relu(self.conv2(F.leaky_relu(self.conv1(features), 0.2)), 0.2)
        small = shrink(features)
        strength = self.strength.to(residual.dtype)                 # a strength in fp32 would make all features fp32
        return (self.shortcut(small) if self.widens else small) + strength * residual


def shrink(features: Tensor) -> Tensor:
    """The mean of 2 x 2 pixels: (B, C, h, w) -> (B, C, h / 2, w / 2).

    Reading between four pixels is their mean, and its second derivative takes less time than average pooling's.
    """
    return F.interpolate(features, scale_factor=0.5, mode="bilinear")


class Discriminator(nn.Module):
    """One answer: is this a real picture of this text? (The paper's *one-way output*.)

    Shapes: image (B, 3, S, S), texts each (B, E) -> a tuple of logits (B,), one for each text
    Paper:  Sections 3.1 and 3.4. `see` is the authors' netD, `compare` their netC.
    """

    def __init__(self, config: Config):
        super().__init__()
        widths = config.widths(config.d_channels)
        self.from_rgb = conv(3, widths[0], kernel=3)
        self.blocks = nn.Sequential(*(DownBlock(a, b) for a, b in pairwise(widths)))
        narrow = 2 * config.d_channels
        self.head = nn.Sequential(
            conv(widths[-1] + config.text_dim, narrow, kernel=3, bias=False), nn.LeakyReLU(0.2),
            nn.Conv2d(narrow, 1, kernel_size=4, bias=False), nn.Flatten(0))

    def see(self, image: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, 8w, 4, 4)"""
        return self.blocks(self.from_rgb(image))

    def compare(self, features: Tensor, text: Tensor) -> Tensor:
        """(B, 8w, 4, 4), (B, E) -> (B,)"""
        return self.head(replicate(text, features))

    def forward(self, image: Tensor, *texts: Tensor) -> tuple[Tensor, ...]:
        features = self.see(image)
        return tuple(self.compare(features, text) for text in texts)


class DfGan(Game):
    """Hinge losses, and a penalty on the slope of D at real pictures with their own text.

    Paper: Equation 1 and Section 3.2. With s = D(picture, text)
        D lowers  max(0, 1 - s_r) + (max(0, 1 + s_w) + max(0, 1 + s_f)) / 2 + MA-GP
        G lowers  -s_f
        MA-GP = k E[ |grad of s_r by picture and text|^p ]   over real pictures with their own text
    Differs: the authors' wrong pair is a text with the next picture of the batch, which may be of the same class; ours
    is a picture with a text of another class, so that every term is a mean over single pictures and a batch can be
    shared out to several processes. As in their code, MA-GP takes one length of both gradients together; the paper
    adds two lengths.
    """

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        self.generator, self.discriminator = Generator(config), Discriminator(config)

    def generate(self, batch: TextBatch) -> Tensor:
        return self.generator(batch.noise, batch.text)

    def d_loss(self, batch: TextBatch) -> Terms:
        image, text = batch.image.detach().requires_grad_(True), batch.text.detach().requires_grad_(True)
        with torch.no_grad():                                       # D learns here, G does not
            fake = self.generate(batch)
        s_r, s_w = self.discriminator(image, text, batch.wrong_text)
        s_f, = self.discriminator(fake, text)
        return {"real, right text": hinge_yes(s_r),
                "real, wrong text": hinge_no(s_w) / 2,
                "fake, right text": hinge_no(s_f) / 2,
                "MA-GP": self.config.penalty * gradient_penalty(s_r, image, text, power=self.config.power)}

    def g_loss(self, batch: TextBatch) -> Terms:
        s_f, = self.discriminator(self.generate(batch), batch.text)
        return {"fake, right text": -s_f.float().mean()}

    def answers(self, batch: TextBatch) -> Terms:
        """D's mean answer to the three kinds of pair, squeezed to 0 to 1 so that papers can be compared."""
        s_r, s_w = self.discriminator(batch.image, batch.text, batch.wrong_text)
        s_f, = self.discriminator(self.generate(batch), batch.text)
        answers = {"D(real, right text)": s_r, "D(real, wrong text)": s_w, "D(fake, right text)": s_f}
        return {name: logits.float().sigmoid().mean() for name, logits in answers.items()}


def build(config: Config) -> DfGan:
    """The game of this paper, freshly initialised from torch's random state."""
    return DfGan(config)


STEADY = Config()
ADAM = {"betas": (0.0, 0.9), "lrs": {"generator": 1e-4, "discriminator": 4e-4}}
FAST = ADAM | {"lrs": {"generator": 5e-4, "discriminator": 2e-3}}       # smaller networks take larger steps
RECIPES = {
    "steady": {
        "smoke": (replace(STEADY, g_channels=4, d_channels=4), Recipe(steps=4, batch=8, log_every=1, **FAST)),
        "laptop": (STEADY, Recipe(steps=30_000, batch=32, **FAST)),
        "gpu": (replace(STEADY, g_channels=32, d_channels=32), Recipe(steps=60_000, batch=64, **ADAM)),
    },
    "published": {
        "smoke": (replace(PUBLISHED, size=64, g_channels=4, d_channels=4),
                  Recipe(steps=4, batch=8, log_every=1, **ADAM)),
        "laptop": (replace(PUBLISHED, size=64), Recipe(steps=30_000, batch=32, **ADAM)),
        "gpu": (PUBLISHED, Recipe(steps=360_000, batch=32, **ADAM)),
    },
}
"""variant -> profile -> (Config, Recipe). The authors trained 1,300 epochs of 8,855 pictures, about 360,000 steps."""
