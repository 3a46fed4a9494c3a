"""Two small players of DF-GAN on the table of chapter 05: what was drawn and judged there, and how both moved."""

import torch

from t2ilib.exercises import cls_behaviour
from t2ilib.papers.df_gan import Config, Discriminator, Generator

PLAYERS = Config(size=16, text_dim=6, noise_dim=3, g_channels=2, d_channels=2)
LOUDER = {"generator": 2.0, "discriminator": 1.5}       # times the usual first weights
SOFTER = 0.4                                            # times D's weights for the text: slopes by both are alike then


class Table(cls_behaviour.Table):
    """As in chapter 05, with the players of this chapter; their batches have the same shapes."""

    rate = cls_behaviour.RATE / 10

    def __init__(self, size: int = 4, seed: int = 3):
        super().__init__(size, seed)

    def players(self, seed: int) -> tuple[Generator, Discriminator]:
        return players(seed)


def players(seed: int) -> tuple[Generator, Discriminator]:
    """A generator that hears its text already, and a discriminator whose slopes are felt but do not drown the rest."""
    with torch.random.fork_rng(devices=()), torch.no_grad():
        torch.manual_seed(seed)
        pair = Generator(PLAYERS), Discriminator(PLAYERS)
        for player, louder in zip(pair, LOUDER.values()):
            for weights in player.parameters():         # layers that begin at 0 begin elsewhere here
                weights.mul_(louder).add_(0.2 * torch.randn(weights.shape))
        pair[1].head[0].weight[:, -PLAYERS.text_dim:] *= SOFTER
    return pair
