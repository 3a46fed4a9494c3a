"""Several processes: how they start, what each gets of a batch, and how they stay one model.

Every process holds the whole model and a share of every batch. Before each step of an optimiser the gradients are
averaged over the processes, so each of them takes the very step that one process would take with the whole batch.
Penalties are covered too: they are terms of the loss, and their gradients arrive with all others.

Batch normalisation is the exception. It makes a picture's features depend on the pictures beside it, and a process
sees only its own share: the model is then normalised by smaller batches, which is another function. The running
statistics, which are used after training, are averaged over the processes, so these stay one model too.
"""

import logging
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable

import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment
from lightning_fabric.utilities import rank_zero_only
from torch import Tensor, nn

from t2ilib import runtime

MEETING = ("MASTER_ADDR", "MASTER_PORT", "NODE_RANK")       # where the machines meet, and which of them this one is


def make_fabric(device: str = "auto", precision: str = "auto", devices: int = 1, nodes: int = 1) -> Fabric:
    """Device, precision and processes in one object, started; "auto" takes the fastest that is safe.

    Raises: ValueError for several processes in a notebook, where `launch` starts them.
    """
    if devices * nodes > 1 and in_notebook():
        raise ValueError(f"a cell should give {devices * nodes} processes a function to run, got none; call "
                         "t2ilib.processes.launch(function, devices=...)")
    return launch(lambda fabric: fabric, device=device, precision=precision, devices=devices, nodes=nodes)


def launch(function: Callable, *arguments, device: str = "auto", precision: str = "auto", devices: int = 1,
           nodes: int = 1):
    """Run `function(fabric, *arguments)` in every process; gives what it gave in the first one.

    A script is started once more for each process after the first, from its top to this line. In a notebook copies
    of the running kernel are made, so only the processor serves, the function should leave its results in files, and
    what it returns should be small, such as a path.
    Raises: ValueError for what this machine or a notebook cannot start.
    """
    fabric, threads = plan(device, precision, devices, nodes), torch.get_num_threads()
    alone, copied = devices * nodes == 1, in_notebook()

    def run(fabric: Fabric, *arguments):
        if not alone:           # the processes share the threads; a copied kernel would wait for those of its original
            torch.set_num_threads(1 if copied else max(1, threads // devices))
        return function(fabric, *arguments)
    return fabric.launch(run, *arguments)


def plan(device: str, precision: str, devices: int, nodes: int) -> Fabric:
    """The processes, not yet started.

    Raises: ValueError for what this machine or a notebook cannot start.
    """
    place, alone = runtime.device(device), devices * nodes == 1
    check_place(place, devices, nodes)
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)         # it announces what was asked for
    fabric = Fabric(accelerator=place.type, devices=[place.index] if alone and place.index is not None else devices,
                    num_nodes=nodes, strategy="auto" if alone else "ddp_fork" if in_notebook() else "ddp",
                    precision=runtime.precision(place) if precision == "auto" else precision)
    missing = [name for name in MEETING if name not in os.environ]
    if nodes > 1 and missing and isinstance(fabric.strategy.cluster_environment, LightningEnvironment):
        raise ValueError(f"each of {nodes} machines should know where they meet and its own number, got no "
                         f"{missing[0]}; set {', '.join(MEETING)} (numbers from 0) on each, or use torchrun or SLURM")
    return fabric


def check_place(place: torch.device, devices: int, nodes: int) -> None:
    """Raises: ValueError for what cannot be started here."""
    if devices < 1 or nodes < 1:
        raise ValueError(f"devices and nodes should be 1 or more, got {devices} and {nodes}; leave them out for one")
    here = torch.cuda.device_count() if place.type == "cuda" else devices
    if devices > here:
        raise ValueError(f"devices should be at most {here}, the GPUs of this machine, got {devices}; choose fewer")
    can_copy = place.type == "cpu" and nodes == 1 and "fork" in multiprocessing.get_all_start_methods()
    if devices * nodes > 1 and in_notebook() and not can_copy:
        raise ValueError("a notebook should start several processes on the processor of its own machine only, got "
                         f"{devices} of {place.type} on {nodes} machine(s); start them from a terminal, or in a cell "
                         f"with: !t2i train NAME --devices {devices}")


def in_notebook() -> bool:
    """True where cells or lines are typed in: such a session cannot be started anew from its top."""
    return hasattr(sys, "ps1")


def is_first() -> bool:
    """True in the process that writes files and talks: the only one, or the first of several."""
    return rank_zero_only.rank == 0


# --- what each process gets -------------------------------------------------------------------------------------

def shared_out(batches, processes: int):
    """Each process gets its share of every batch: `batches` has a size `batch`, and is called with (step, rank).

    All processes draw the same whole batch and keep their own rows of it. What is drawn then does not depend on how
    many they are, and a run may go on with another number of them.
    Raises: ValueError if the batch cannot be shared out in pairs, as many for each.
    """
    if batches.batch % (2 * processes) and processes > 1:
        raise ValueError(f"a batch of {batches.batch} should be shared evenly by the processes, an even number of "
                         f"pictures each, got {processes}; choose another number of devices or nodes")
    return SharedOut(batches, processes) if processes > 1 else batches


class SharedOut:
    """The batches of one process among several."""

    def __init__(self, batches, processes: int):
        self.batches, self.processes, self.batch = batches, processes, batches.batch // processes

    def __call__(self, step: int, rank: int = 0):
        whole = self.batches(step)
        return type(whole)(*(deal(rows, rank, self.processes) for rows in whole))


def deal(rows: Tensor, rank: int, processes: int) -> Tensor:
    """A share of B rows, dealt out two neighbours at a time: (B, ...) -> (B / processes, ...).

    Two, since GAN-INT mixes neighbours; dealt, since a batch may hold one kind of picture after the other.
    """
    pairs = torch.arange(len(rows)).view(-1, processes, 2)
    return rows[pairs[:, rank].flatten()]


# --- how they stay one model ------------------------------------------------------------------------------------

def average(tensors: Iterable[Tensor], fabric: Fabric) -> None:
    """Replace each tensor by its mean over the processes, all in one message; nothing to do for one process."""
    tensors = list(tensors)
    if fabric.world_size == 1 or not tensors:
        return
    mean = fabric.all_reduce(torch.cat([tensor.flatten() for tensor in tensors]), reduce_op="mean")
    for tensor, part in zip(tensors, mean.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(part.view_as(tensor))


def running_statistics(*models: nn.Module) -> list[Tensor]:
    """What batch normalisation remembers of the batches; a training step does not read it."""
    return [value for model in models for name, value in model.named_buffers() if "running_" in name]
