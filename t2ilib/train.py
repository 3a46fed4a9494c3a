"""One visible training step for every paper of the course, and the state it changes.

A *game* has two players and says what each of them wants (`d_loss`, `g_loss`, perhaps `penalty`). `train_step` moves
both once. Nothing else is hidden: batches and noise are functions of (seed, step, rank), so a run that is killed and
resumed, or watched, or split over processes, is the same run.
"""

import json
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm as text_bar
from tqdm.auto import tqdm

from t2ilib import processes, runtime
from t2ilib.processes import make_fabric as make_fabric

Terms = dict[str, Tensor]
Batch = NamedTuple
Batches = Callable[[int, int], Batch]       # (step, rank) -> batch


@dataclass(frozen=True)
class Recipe:
    """How long and how fast to train. Write betas as floats."""

    steps: int
    batch: int = 64                             # pictures a step, over all processes together
    lr: float = 2e-4                            # of every player that `lrs` does not name
    lrs: dict[str, float] = field(default_factory=dict)     # learning rates of single players
    betas: tuple[float, float] = (0.0, 0.99)    # Adam's; momentum 0 since the opponent moves
    penalty_every: int = 0                      # lazy regularisation: every n-th D step, n times as strong; 0 is never
    average: float = 0.998                      # decay of the averaged weights that are shipped
    precision: str = "auto"                     # "auto" takes bf16 where the hardware has it; or "32-true"
    log_every: int = 20
    save_every: int = 500

    def __post_init__(self):
        if len(self.betas) != 2 or not all(isinstance(beta, float) for beta in self.betas):
            raise ValueError(f"betas should be two floats such as (0.0, 0.99), got {self.betas}")
        if self.steps < 0 or self.batch < 1:
            raise ValueError(f"steps should be >= 0 and batch >= 1, got {self.steps} and {self.batch}")


class Game(nn.Module):
    """The contract of a paper: two players and what they want. All terms are already weighted.

    A subclass sets `generator` and `discriminator` and writes `generate`, `d_loss`, `g_loss`; `penalty` if it has one.
    """

    players = ("generator", "discriminator")
    averaged = "generator"
    generator: nn.Module
    discriminator: nn.Module

    def generate(self, batch: Batch) -> Tensor:
        """Fake pictures for a batch -> (B, 3, S, S) in [-1, 1]."""
        raise NotImplementedError

    def d_loss(self, batch: Batch) -> Terms:
        """What the discriminator lowers, by name."""
        raise NotImplementedError

    def g_loss(self, batch: Batch) -> Terms:
        """What the generator lowers, by name."""
        raise NotImplementedError

    def penalty(self, batch: Batch) -> Terms:
        """What keeps the discriminator smooth, by name; called every `recipe.penalty_every` steps."""
        return {}

    def answers(self, batch: Batch) -> Terms:
        """What the discriminator answers on average, as probabilities by name: for the log only."""
        return {}


class TrainState:
    """Everything a training changes: the players, their optimisers, the averaged weights, the step, the log.

    A game is *moved into* the state: to the fabric's device, with weights in channels-last order.
    """

    def __init__(self, task: nn.Module, recipe: Recipe, fabric: Fabric, seed: int = 0):
        self.task = task.to(fabric.device).to(memory_format=torch.channels_last).train()
        if fabric.world_size > 1:                       # all processes begin with the players of the first
            self.task.load_state_dict(fabric.broadcast(self.task.state_dict()))
        self.recipe, self.fabric, self.seed, self.step, self.seconds = recipe, fabric, seed, 0, 0.0
        with fabric.autocast():
            half = torch.is_autocast_enabled(fabric.device.type)
        self.precision = "bf16" if half else "fp32"
        self.optimizers = {name: torch.optim.Adam(getattr(task, name).parameters(), betas=recipe.betas,
                                                  lr=recipe.lrs.get(name, recipe.lr)) for name in task.players}
        kept = getattr(task, getattr(task, "averaged", task.players[0]))
        self.average = AveragedModel(kept, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)
        self.history: list[dict[str, float]] = []

    def update(self, player: str, terms: Terms) -> Terms:
        """One step of a player down the sum of its terms; gradients are averaged over the processes first."""
        self.optimizers[player].zero_grad()
        sum(terms.values()).backward()
        self.average_gradients(player)
        self.optimizers[player].step()
        return {name: term.detach() for name, term in terms.items()}

    def average_gradients(self, player: str) -> None:
        """Make the gradients of several processes those of the whole batch; nothing to do for one process."""
        weights = getattr(self.task, player).parameters()
        processes.average((weight.grad for weight in weights if weight.grad is not None), self.fabric)

    def average_statistics(self) -> None:
        """Make the running statistics of batch normalisation one for all processes, of the averaged weights too."""
        processes.average(processes.running_statistics(self.task, self.average), self.fabric)

    def log(self, terms: Terms) -> None:
        """Keep the terms of this step; of several processes their mean, which is that of the whole batch.

        Raises: FloatingPointError if one of them is not finite, with its name; in all processes, or in none.
        """
        terms = {name: torch.as_tensor(term, device=self.fabric.device).clone() for name, term in terms.items()}
        processes.average(terms.values(), self.fabric)
        row = {"step": self.step, **{name: float(term) for name, term in terms.items()}}
        broken = [name for name, value in row.items() if not -float("inf") < value < float("inf")]
        if broken:
            raise FloatingPointError(f"step {self.step}: '{broken[0]}' should be finite, got {row[broken[0]]}; "
                                     f"lower the learning rate or look at the last {len(self.history)} logged steps")
        self.history.append(row)

    def save(self, path: Path) -> None:
        """Write all of it, atomically: a kill leaves the old file or the new one. Only the first process writes."""
        if not self.fabric.is_global_zero:
            return
        content = {"step": self.step, "seconds": self.seconds, "history": json.dumps(self.history),
                   "recipe": json.dumps(asdict(self.recipe)), "task": self.task.state_dict(),
                   "optimizers": {name: o.state_dict() for name, o in self.optimizers.items()},
                   "average": self.average.state_dict()}
        runtime.write_atomically(path, lambda temporary: torch.save(content, temporary))

    def load(self, path: Path) -> None:
        """Continue from a saved state, of any number of processes; the first one reads it for all.

        Raises: ValueError if it was saved with another recipe; the number of steps may differ.
        """
        first = self.fabric.is_global_zero
        content = self.fabric.broadcast(torch.load(path, map_location="cpu", weights_only=True) if first else None)
        theirs, ours = json.loads(content["recipe"]), json.loads(json.dumps(asdict(self.recipe)))
        changed = [key for key in ours if key != "steps" and ours[key] != theirs.get(key)]
        if changed:
            raise ValueError(f"the state in {path} should come from this recipe, but '{changed[0]}' was "
                             f"{theirs.get(changed[0])!r} and is {ours[changed[0]]!r}; choose another --out")
        self.task.load_state_dict(content["task"])
        self.average.load_state_dict(content["average"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(content["optimizers"][name])
        self.step, self.seconds = content["step"], content["seconds"]
        self.history = json.loads(content["history"])


def train_step(game: Game, state: TrainState, batch: Batch) -> Terms:
    """Move both players once; gives the named terms back.

    Paper: Goodfellow et al. 2014, Algorithm 1, with k = 1.
    """
    recipe = state.recipe
    with state.fabric.autocast():
        terms = game.d_loss(batch)
        if recipe.penalty_every and state.step % recipe.penalty_every == 0:
            terms |= {name: recipe.penalty_every * term for name, term in game.penalty(batch).items()}
    d_terms = state.update("discriminator", terms)
    with state.fabric.autocast(), frozen(game.discriminator):
        terms = game.g_loss(batch)
    g_terms = state.update("generator", terms)
    state.average.update_parameters(game.generator)
    return prefixed("D: ", d_terms) | prefixed("G: ", g_terms)


def fit_step(task: nn.Module, state: TrainState, batch: Batch) -> Terms:
    """The same for a model that plays alone: its `loss(batch)` moves all its parts."""
    for optimizer in state.optimizers.values():
        optimizer.zero_grad()
    with state.fabric.autocast():
        terms = task.loss(batch)
    sum(terms.values()).backward()
    for player, optimizer in state.optimizers.items():
        state.average_gradients(player)
        optimizer.step()
    state.average.update_parameters(getattr(task, getattr(task, "averaged", task.players[0])))
    return {name: term.detach() for name, term in terms.items()}


def fit_gan(game: Game, state: TrainState, batches: Batches, watch: Callable | None = None, step=train_step) -> None:
    """Repeat the step until the recipe is done, with a progress bar; `watch(state)` is called at each logged step.

    The log has the latest value of each term (a penalty comes only now and then) and what the discriminator answers.
    Need something this loop cannot do? Copy it into your notebook and change it; it is short on purpose.
    """
    recipe, rank, terms = state.recipe, state.fabric.global_rank, {}
    kind = tqdm if state.fabric.world_size == 1 else text_bar         # a widget belongs to one process
    bar = kind(range(state.step, recipe.steps), initial=state.step, total=recipe.steps, unit="step", mininterval=1.0,
               disable=not state.fabric.is_global_zero)
    started = time.perf_counter() - state.seconds
    for _ in bar:
        torch.manual_seed(runtime.derived_seed(state.seed, state.step, rank, 1))   # for dropout; the batch has (.., 0)
        batch = state.fabric.to_device(batches(state.step, rank))
        terms |= step(game, state, batch)
        state.average_statistics()
        state.step += 1
        state.seconds = time.perf_counter() - started
        if state.step % recipe.log_every == 0 or state.step == recipe.steps:
            state.log(terms | opinions(game, state, batch))
            if watch:
                watch(state)


def opinions(game: nn.Module, state: TrainState, batch: Batch) -> Terms:
    """The discriminator's answers to a batch, without a trace: in evaluation mode, and no random number is drawn."""
    if not isinstance(game, Game):
        return {}
    with runtime.evaluating(game), state.fabric.autocast():
        return game.answers(batch)


def fit_model(task: nn.Module, state: TrainState, batches: Batches, watch: Callable | None = None) -> None:
    """`fit_gan` for a model that plays alone."""
    fit_gan(task, state, batches, watch, step=fit_step)


@contextmanager
def frozen(module: nn.Module):
    """No gradients for these weights meanwhile: the generator's step must not pay for them."""
    module.requires_grad_(False)
    try:
        yield module
    finally:
        module.requires_grad_(True)


def prefixed(prefix: str, terms: Terms) -> Terms:
    return {prefix + name: term for name, term in terms.items()}


def every(*watchers: Callable | None) -> Callable:
    """Several watchers as one."""
    def watch(state: TrainState) -> None:
        for watcher in watchers:
            if watcher:
                watcher(state)
    return watch


def saver(path: Path) -> Callable:
    """A watcher that saves the state every `recipe.save_every` steps."""
    def watch(state: TrainState) -> None:
        if state.step % state.recipe.save_every < state.recipe.log_every:
            state.save(path)
    return watch
