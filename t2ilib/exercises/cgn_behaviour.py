"""Two small players of a conditional GAN on the table of chapter 05: what was asked of G there, and how both moved."""

from typing import NamedTuple

import torch
from torch import Tensor

from t2ilib.exercises import cls_behaviour
from t2ilib.papers.cgan import ConditionBatch
from t2ilib.papers.variants.flat_cgan import Config, Discriminator, Generator

PLAYERS = Config(size=4, noise_dim=3, condition_dim=4, embedding_dim=4, g_hidden=(8,), d_hidden=(8,))
LOUDER = 2.0                        # times the usual first weights
SHARES = (0.6, 0.2, 0.1, 0.1)       # of the classes: what is asked for should be as rare as in the data


class Drawn(NamedTuple):
    """Pictures that the generator was asked for."""

    noise: Tensor           # (N, Z)
    condition: Tensor       # (N, C)
    image: Tensor           # (N, 1, 4, 4)


class Table(cls_behaviour.Table):
    """As in chapter 05, with players of plain layers, and batches of pictures and classes."""

    drawn_as = Drawn

    def __init__(self, size: int = 4, seed: int = 2):
        super().__init__(size, seed)

    def players(self, seed: int) -> tuple[Generator, Discriminator]:
        """Players that hear their condition; torch's random state stays as it is."""
        with torch.random.fork_rng(devices=()), torch.no_grad():
            torch.manual_seed(seed)
            pair = Generator(PLAYERS), Discriminator(PLAYERS)
            for player in pair:
                for weights in player.parameters():
                    weights.mul_(LOUDER)
        return pair

    def draw(self) -> ConditionBatch:
        """Pictures (B, 1, 4, 4) of noise, one-hot conditions (B, 4), those of other classes, and noise (B, 3)."""
        classes = torch.multinomial(torch.tensor(SHARES), self.size, replacement=True, generator=self.stream)
        others = (classes + torch.randint(1, 4, (self.size,), generator=self.stream)) % 4
        image, noise = (torch.randn(self.size, *shape, generator=self.stream) for shape in ((1, 4, 4), (3,)))
        return ConditionBatch(image.tanh(), torch.eye(4)[classes], torch.eye(4)[others], noise)
