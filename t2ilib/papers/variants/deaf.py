"""Players that are not told the condition: what does each of them need it for?

Source: none of the papers does this; it is the conditional GAN of Mirza and Osindero 2014 with one wire cut.
"""

import torch
from torch import Tensor, nn

from t2ilib.papers.cgan import Cgan


class Deaf(nn.Module):
    """A player that gets zeros in place of every condition, and is otherwise as it was: no weight is lost.

    Shapes: those of the player
    """

    def __init__(self, player: nn.Module):
        super().__init__()
        self.player = player

    def forward(self, value: Tensor, *conditions: Tensor) -> Tensor | tuple[Tensor, ...]:
        return self.player(value, *(torch.zeros_like(condition) for condition in conditions))


def deafen(game: Cgan, *players: str) -> Cgan:
    """The same game, in which these players are deaf; with both of them it is a GAN that is told nothing.

    Raises: ValueError for what is no player.
    """
    unknown = set(players) - set(game.players)
    if unknown:
        raise ValueError(f"the players should be among {', '.join(game.players)}, got {', '.join(sorted(unknown))}; "
                         "name one of them, or both")
    for name in players:
        setattr(game, name, Deaf(getattr(game, name)))
    return game
