"""Watching a training step play: who moved, in which order, and along which gradient.

A step that a learner wrote meets two tiny players on a table where every move leaves a note. A note holds the gradient
with which the optimiser found its player, and copies of both players from before the move. So a check can work out what
the gradient should have been, and which mistake gives the one that came, whatever way the step was written.
"""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cosine_similarity

from t2ilib.data.toys import Batch
from t2ilib.losses import logistic_no, logistic_yes
from t2ilib.papers.gan import Config, Discriminator, Generator

PLAYERS = Config(data_dim=2, noise_dim=2, g_hidden=(8,), d_hidden=(8,), bounded=False)
RATE = 0.2                  # of plain gradient descent: a move is large enough to be seen


class Move(NamedTuple):
    """One step of an optimiser, as it was when it began."""

    player: str                     # "D" or "G"
    gradient: Tensor | None         # of this player, in a row; None if nothing arrived
    other: Tensor | None            # that of the opponent
    generator: nn.Module            # copies
    discriminator: nn.Module
    noise: Tensor | None            # what the generator was last asked with
    real: Tensor                    # the batch that was given out last


class Table:
    """Two players, their optimisers and batches, all made from a seed; `moves` holds the notes."""

    def __init__(self, seed: int = 1, batch: int = 16):
        self.moves: list[Move] = []
        self.batch, self.stream = batch, torch.Generator().manual_seed(seed)
        self.generator, self.discriminator = self._player(Generator, 1.0), self._player(Discriminator, 1.5)
        self.copies = deepcopy(self.generator), deepcopy(self.discriminator)        # before they are watched
        self.g_optimizer = torch.optim.SGD(self.generator.parameters(), lr=RATE)
        self.d_optimizer = torch.optim.SGD(self.discriminator.parameters(), lr=RATE)
        self.g_optimizer.register_step_pre_hook(lambda *_: self._note("G"))
        self.d_optimizer.register_step_pre_hook(lambda *_: self._note("D"))
        self.generator.register_forward_pre_hook(self._hear)
        self.noise: Tensor | None = None
        self.given: list[Batch] = []

    def next_batch(self) -> Batch:
        """Fresh real samples (B, 2), to the right of the fakes, and fresh noise (B, 2)."""
        real = torch.randn(self.batch, 2, generator=self.stream) + torch.tensor([1.5, 0.0])
        self.given.append(Batch(real, torch.randn(self.batch, 2, generator=self.stream)))
        return self.given[-1]

    def play(self, step: Callable) -> list[Move]:
        """One call of a `training_step`; the moves it made."""
        before, batch = len(self.moves), self.next_batch()
        with untouched():
            step(self.generator, self.discriminator, self.g_optimizer, self.d_optimizer, *map(Tensor.clone, batch))
        return self.moves[before:]

    def play_inner(self, steps: Callable, k: int) -> list[Move]:
        """One call of `inner_steps`; the moves it made."""
        before = len(self.moves)
        with untouched():
            steps(self.generator, self.discriminator, self.g_optimizer, self.d_optimizer, self.next_batch, k)
        return self.moves[before:]

    def moved(self) -> bool:
        """Are weights of a player no longer those from the start?"""
        players = self.generator, self.discriminator
        return any(not torch.equal(a, b) for copy, player in zip(self.copies, players)
                   for a, b in zip(copy.parameters(), player.parameters()))

    def frozen(self) -> list[str]:
        """The players that have weights which get no gradient now."""
        return [name for name, player in (("G", self.generator), ("D", self.discriminator))
                if not all(weights.requires_grad for weights in player.parameters())]

    def _player(self, kind: type[nn.Module], size: float) -> nn.Module:
        """A player whose weights come from the table's own stream, so large that its answers differ."""
        with torch.random.fork_rng(devices=()):
            player = kind(PLAYERS)
        with torch.no_grad():
            for weights in player.parameters():
                weights.copy_(size * torch.randn(weights.shape, generator=self.stream))
        return player

    def _hear(self, _generator: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        self.noise = inputs[0].detach().clone() if inputs else None

    def _note(self, player: str) -> None:
        now = tuple(map(deepcopy, self.copies))
        for copy, original in zip(now, (self.generator, self.discriminator)):
            copy.load_state_dict(original.state_dict())
        gradients = {"G": arrived(self.generator), "D": arrived(self.discriminator)}
        own, other = gradients[player], gradients["GD".replace(player, "")]
        real = self.given[-1].real if self.given else torch.empty(0, PLAYERS.data_dim)
        self.moves.append(Move(player, own, other, *now, self.noise, real))


@contextmanager
def untouched():
    """Random numbers and the switch for gradients are put back, whatever a step does with them."""
    with torch.random.fork_rng(devices=()), torch.enable_grad():
        yield


def arrived(player: nn.Module) -> Tensor | None:
    """The gradient a player holds, in a row; None if it holds none, or only zeros."""
    parts = [torch.zeros_like(w) if w.grad is None else w.grad for w in player.parameters()]
    row = torch.cat([part.flatten() for part in parts])
    return row.clone() if row.any() else None


def gradient(loss: Tensor, player: nn.Module) -> Tensor:
    """The gradient of a loss by all weights of a player, in a row."""
    return torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(player.parameters()))])


def d_gradients(move: Move) -> dict[str, Tensor]:
    """What D's gradient should be at a move, under "right", and what it is after each of the usual mistakes."""
    d = move.discriminator
    fake = move.generator(move.noise).detach()
    real_yes, real_no = (gradient(loss(d(move.real)), d) for loss in (logistic_yes, logistic_no))
    fake_yes, fake_no = (gradient(loss(d(fake)), d) for loss in (logistic_yes, logistic_no))
    twice = gradient(sigmoid_twice(d(move.real), 1) + sigmoid_twice(d(fake), 0), d)
    return {
        "right": real_yes + fake_no,
        "swapped": real_no + fake_yes,
        "uphill": -(real_yes + fake_no),
        "real only": real_yes,
        "fake only": fake_no,
        "all real": real_yes + fake_yes,
        "all fake": real_no + fake_no,
        "both losses": real_yes + fake_no + fake_yes,
        "sigmoid twice": twice,
    }


def g_gradients(move: Move, before: nn.Module) -> dict[str, Tensor]:
    """The same for G; `before` is D as it was before its own move."""
    g, d = move.generator, move.discriminator

    def by(loss, judge=d):
        return gradient(loss(judge(g(move.noise))), g)

    return {
        "right": by(logistic_yes),
        "saturating": -by(logistic_no),
        "saturating uphill": by(logistic_no),
        "uphill": -by(logistic_yes),
        "old D": by(logistic_yes, before),
        "left over": by(logistic_yes) + by(logistic_no, before),
        "D's loss": by(logistic_no, before),
        "sigmoid twice": by(lambda logits: sigmoid_twice(logits, 1)),
    }


def recognise(got: Tensor, known: Mapping[str, Tensor]) -> tuple[str, float]:
    """Which of the known gradients points the same way, and how many times as long the one that came is.

    The first that fits counts: on a single sample several do. ("", 1) if none does. A factor far from 1 means a sum
    where a mean was asked for.
    """
    for name, one in known.items():
        if cosine_similarity(got, one, dim=0) > 0.9999:
            return name, float(got.norm() / one.norm())
    return "", 1.0


def sigmoid_twice(logits: Tensor, label: int) -> Tensor:
    """The loss of probabilities that were taken for logits."""
    answers = logits.sigmoid()
    return binary_cross_entropy_with_logits(answers, torch.full_like(answers, label))
