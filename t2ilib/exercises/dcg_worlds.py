"""Small trainings of DCGAN on 8 x 8 digits, healthy or broken in one of five ways, all side by side in a few seconds.

A grouped convolution is many convolutions that know nothing of each other. So one network of RUNS groups is RUNS
networks, and a batch normalisation, which takes each channel by itself, belongs to one of them.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib.data import digits
from t2ilib.exercises.side_by_side import Runs, Worlds, lower

CAUSES = ("healthy", "norm everywhere", "scales around 0", "epsilon 0.8", "pictures from 0 to 1", "one batch for both")
SEEDS = 4                       # trainings of each cause
PLAN = Runs(CAUSES, SEEDS)
RUNS = len(PLAN)
NOISE, CHANNELS = 8, 8          # numbers in a noise; feature channels at 4 x 4, twice as many at 2 x 2
BATCH, STEPS, LOG_EVERY, RATE = 32, 60, 5, 3e-3
NAMES = ("D(real)", "D(fake)", "D(fake), alone", "mean of real", "contrast of fakes", "G's features")


class World(Worlds):
    """RUNS worlds of digits. All chance comes from one stream."""

    def __init__(self, stream: torch.Generator):
        super().__init__(PLAN, stream)
        self.digits = digits.load("train").pixels.unflatten(1, (digits.SIDE, digits.SIDE))

    def draw(self) -> tuple[Tensor, Tensor]:
        """Real pictures (BATCH, RUNS, 8, 8) and noise (BATCH, RUNS * NOISE, 1, 1)."""
        real = self.digits[self.numbers(0, len(self.digits), BATCH).T]
        real = torch.where(in_channels("pictures from 0 to 1"), (real + 1) / 2, real)
        return real, self.noise(BATCH, NOISE).transpose(0, 1).reshape(BATCH, -1, 1, 1)

    def weights(self, *shape: int) -> nn.Parameter:
        """As DCGAN begins: N(0, 0.02)."""
        return nn.Parameter(0.02 * torch.randn(*shape, generator=self.stream))


class Norm(nn.Module):
    """Batch normalisation of (B, RUNS * C, h, w), with what is broken about it."""

    def __init__(self, world: World, channels: int):
        super().__init__()
        self.epsilon = torch.where(in_channels("epsilon 0.8", channels), 0.8, 1e-5)
        self.scale, self.shift = world.weights(*self.epsilon.shape), nn.Parameter(torch.zeros_like(self.epsilon))
        with torch.no_grad():
            self.scale += ~in_channels("scales around 0", channels)
        self.shared = in_channels("one batch for both", channels)

    def forward(self, features: Tensor) -> Tensor:
        normed = self.normed(features)
        if len(features) > BATCH:               # real and fake in one: each should get statistics of its own
            apart = torch.cat([self.normed(half) for half in features.chunk(2)])
            normed = torch.where(self.shared, normed, apart)
        return normed * self.scale + self.shift

    def normed(self, features: Tensor) -> Tensor:
        """Each channel less its mean, over its spread."""
        variance, mean = torch.var_mean(features, (0, 2, 3), correction=0, keepdim=True)
        return (features - mean) * torch.rsqrt(variance + self.epsilon)


class NormTooMany(Norm):
    """Where none belongs: it acts in those runs that have it everywhere."""

    def __init__(self, world: World, channels: int):
        super().__init__(world, channels)
        self.wanted = in_channels("norm everywhere", channels)

    def forward(self, features: Tensor) -> Tensor:
        return torch.where(self.wanted, super().forward(features), features)


class Generator(nn.Module):
    """Noise, then 2 x 2, 4 x 4 and 8 x 8 places."""

    def __init__(self, world: World):
        super().__init__()
        self.begin = nn.Sequential(conv(world, nn.ConvTranspose2d, NOISE, 2 * CHANNELS, 2), Norm(world, 2 * CHANNELS),
                                   nn.ReLU())
        self.grow = nn.Sequential(
            conv(world, nn.ConvTranspose2d, 2 * CHANNELS, CHANNELS), Norm(world, CHANNELS), nn.ReLU(),
            conv(world, nn.ConvTranspose2d, CHANNELS, 1), NormTooMany(world, 1), nn.Tanh())

    def forward(self, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Fakes (B, RUNS, 8, 8), and the features behind the first normalisation."""
        features = self.begin(noise)
        return self.grow(features), features


def discriminator(world: World) -> nn.Sequential:
    """(B, RUNS, 8, 8) -> logits (B, RUNS)."""
    return nn.Sequential(
        conv(world, nn.Conv2d, 1, CHANNELS), NormTooMany(world, CHANNELS), nn.LeakyReLU(0.2),
        conv(world, nn.Conv2d, CHANNELS, 2 * CHANNELS), Norm(world, 2 * CHANNELS), nn.LeakyReLU(0.2),
        conv(world, nn.Conv2d, 2 * CHANNELS, 1, 2), nn.Flatten(1))


def conv(world: World, kind: type[nn.Module], inputs: int, outputs: int, kernel: int = 4) -> nn.Module:
    """A convolution for each of the worlds; with kernel 4 it halves or doubles the side."""
    layer = nn.utils.skip_init(kind, RUNS * inputs, RUNS * outputs, kernel, stride=kernel // 2, padding=kernel // 4,
                               groups=RUNS, bias=False)
    layer.weight = world.weights(*layer.weight.shape)
    return layer


@torch.enable_grad()
def train(world: World) -> np.ndarray:
    """All trainings -> (RUNS, 6, 12): what NAMES says, every five steps."""
    generator, judge = Generator(world), discriminator(world)
    g_optimizer, d_optimizer = (torch.optim.Adam(player.parameters(), lr=RATE, betas=(0.5, 0.999))
                                for player in (generator, judge))
    log = []
    for step in range(STEPS):
        real, noise = world.draw()
        fake, features = generator(noise)
        yes, no = judge(torch.cat([real, fake.detach()])).chunk(2)
        lower(d_optimizer, (F.softplus(-yes) + F.softplus(no)).T)
        alone = judge(fake)                     # after D's move, and with no real picture beside it
        lower(g_optimizer, F.softplus(-alone).T)
        if step % LOG_EVERY == LOG_EVERY - 1:
            log.append(_row((yes, no, alone), real, fake, features))
    return torch.stack(log, dim=2).double().numpy()


@torch.no_grad()
def _row(logits: tuple[Tensor, ...], real: Tensor, fake: Tensor, features: Tensor) -> Tensor:
    """What NAMES says -> (RUNS, 6)."""
    sizes = features.unflatten(1, (RUNS, -1)).square().mean((0, 2, 3, 4)).sqrt()
    numbers = [*(one.sigmoid().mean(0) for one in logits), real.mean((0, 2, 3)), fake.std((0, 2, 3)), sizes]
    return torch.stack(numbers, dim=1)


def in_channels(cause: str, channels: int = 1) -> Tensor:
    """(1, RUNS * channels, 1, 1) bool: the channels of those runs in which this is broken."""
    return PLAN.has(cause).expand(-1, channels).reshape(1, -1, 1, 1)
