"""Watching two small players of GAN-CLS: what G was asked to draw, what D was asked to judge, and how both moved.

As in `behaviour`, an answer is judged by what it does, whatever way it was written.
"""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from types import SimpleNamespace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from t2ilib.exercises.behaviour import arrived, untouched
from t2ilib.papers.gan_cls import Config, Discriminator, Generator, TextBatch

PLAYERS = Config(size=16, text_dim=6, condition_dim=4, noise_dim=3, g_channels=4, d_channels=4, g_norm=False)
LOUDER = 2.5                # times the usual first weights: answers to different pairs are then far apart
RATE = 0.1                  # of plain gradient descent: a move is large enough to be seen


class Drawn(NamedTuple):
    """Pictures that the generator was asked for."""

    noise: Tensor           # (N, Z)
    text: Tensor            # (N, E)
    image: Tensor           # (N, 3, S, S)


class Judged(NamedTuple):
    """Pairs that the discriminator was shown, and what it said."""

    image: Tensor           # (N, 3, S, S)
    text: Tensor            # (N, E)
    logit: Tensor           # (N,)


class Move(NamedTuple):
    """One step of an optimiser, as it was when it began."""

    player: str                     # "D" or "G"
    gradient: Tensor | None         # of this player, in a row; None if nothing arrived
    other: Tensor | None            # that of the opponent
    generator: nn.Module            # copies
    discriminator: nn.Module
    drawn: Drawn | None             # the last that G was asked for
    batch: TextBatch                # the batch that was given out last


class Table:
    """Two players, their optimisers and batches, all made from a seed; what happens is written down."""

    rate = RATE
    drawn_as: type = Drawn                      # how a call of the generator is written down

    def __init__(self, size: int = 4, seed: int = 1):
        self.size, self.stream = size, torch.Generator().manual_seed(seed)
        self.moves: list[Move] = []
        self.drawn: list[Drawn] = []            # one for each call
        self.judged: list[Judged] = []
        self.generator, self.discriminator = self.players(seed)
        self.copies = deepcopy(self.generator), deepcopy(self.discriminator)        # before they are watched
        self.generator.register_forward_hook(self._see, with_kwargs=True)
        self.discriminator.register_forward_hook(self._hear)
        self.optimizers = {name: torch.optim.SGD(getattr(self, name).parameters(), lr=self.rate)
                           for name in ("generator", "discriminator")}
        self.optimizers["generator"].register_step_pre_hook(partial(self._note, "G"))
        self.optimizers["discriminator"].register_step_pre_hook(partial(self._note, "D"))

    def players(self, seed: int) -> tuple[nn.Module, nn.Module]:
        """A generator and a discriminator; torch's random state stays as it is."""
        return players(seed)

    def draw(self) -> TextBatch:
        """A batch of noise: pictures (B, 3, 16, 16), texts (B, 6) and noise (B, 3)."""
        image, text, wrong_text, noise = (torch.randn(self.size, *shape, generator=self.stream)
                                          for shape in ((3, 16, 16), (6,), (6,), (3,)))
        return TextBatch(image.tanh(), text, wrong_text, noise)

    def play(self, step: Callable) -> list[Move]:
        """One call of a `training_step`; the moves it made."""
        before, self.batch = len(self.moves), self.draw()
        game = SimpleNamespace(generator=self.generator, discriminator=self.discriminator)
        with untouched():
            step(game, dict(self.optimizers), self.batch._make(map(Tensor.clone, self.batch)))
        return self.moves[before:]

    def ask(self, loss: Callable, beta: float) -> object:
        """One call of an `interpolated_generator_loss`; what it returned."""
        self.batch = self.draw()
        with untouched():
            return loss(self.generator, self.discriminator, self.batch.text.clone(), self.batch.noise.clone(), beta)

    def all_drawn(self) -> Drawn:
        """All that G was asked for, calls in a row."""
        return self.drawn_as(*map(torch.cat, zip(*self.drawn)))

    def all_judged(self) -> Judged:
        """All that D was shown, texts and calls in a row."""
        return Judged(*map(torch.cat, zip(*self.judged)))

    def moved(self) -> bool:
        """Are weights of a player no longer those from the start?"""
        now = self.generator, self.discriminator
        return any(not torch.equal(a, b) for copy, player in zip(self.copies, now)
                   for a, b in zip(copy.parameters(), player.parameters()))

    def frozen(self) -> bool:
        """Are there weights that get no gradient now?"""
        return not all(weights.requires_grad for player in (self.generator, self.discriminator)
                       for weights in player.parameters())

    def _see(self, _generator: nn.Module, given: tuple, named: dict, image: Tensor) -> None:
        self.drawn.append(self.drawn_as(*(one.detach().clone() for one in self.drawn_as(*given, image=image, **named))))

    def _hear(self, _discriminator: nn.Module, given: tuple, logits: tuple[Tensor, ...]) -> None:
        image, *texts = given
        self.judged += (Judged(*(one.detach().clone() for one in (image, *pair))) for pair in zip(texts, logits))

    def _note(self, player: str, *_given) -> None:
        now = deepcopy(self.copies)
        for copy, original in zip(now, (self.generator, self.discriminator)):
            copy.load_state_dict(original.state_dict())
        gradients = {"G": arrived(self.generator), "D": arrived(self.discriminator)}
        own, other = gradients[player], gradients["GD".replace(player, "")]
        self.moves.append(Move(player, own, other, *now, self.drawn[-1] if self.drawn else None, self.batch))


def players(seed: int) -> tuple[Generator, Discriminator]:
    """A generator and a discriminator that have an opinion; torch's random state stays as it is."""
    with torch.random.fork_rng(devices=()), torch.no_grad():
        torch.manual_seed(seed)
        pair = Generator(PLAYERS), Discriminator(PLAYERS)
        for player in pair:
            for weights in player.parameters():
                weights.mul_(LOUDER)
    return pair
