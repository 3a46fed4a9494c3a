"""M12: what a network costs: its parameters, its multiplications, its time, its memory.

Nothing is estimated from the architecture's name: the network runs once on real inputs while it is watched.
"""

import time
import weakref
from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from t2ilib import runtime


@dataclass(frozen=True, repr=False)
class Cost:
    """What drawing or judging one picture costs."""

    parameters: int         # all weights, frozen or not
    macs: int               # multiply-accumulates for one picture
    ms: float               # milliseconds for one picture, within the measured batch
    peak_mb: float          # tensors alive at once beside weights and inputs, in 10^6 bytes, for the measured batch
    batch: int
    device: str

    def card(self) -> dict:
        """As it stands in a checkpoint's card."""
        return asdict(self)

    def __repr__(self) -> str:
        return (f"{self.parameters:,} parameters · {self.macs:,} MACs a picture · {self.ms:.3g} ms a picture · "
                f"{self.peak_mb:.3g} MB beside weights and inputs (batch of {self.batch} on {self.device})")


def measure(network: nn.Module, *inputs: Tensor) -> Cost:
    """All costs of `network(*inputs)` in evaluation mode, where it is and in its own precision.

    Shapes: each input (B, ...), the first axis counts pictures.
    Raises: ValueError if the inputs differ in number or there are none.
    """
    sizes = [len(value) for value in inputs]
    if not sizes or len(set(sizes)) > 1 or sizes[0] < 1:
        raise ValueError(f"the inputs should be tensors of one batch, got {sizes} rows; give each the same number")
    with runtime.evaluating(network):
        return Cost(parameters(network)["all"], macs(network, *inputs) // sizes[0],
                    1000 * seconds(lambda: network(*inputs)) / sizes[0], peak_bytes(lambda: network(*inputs)) / 1e6,
                    sizes[0], inputs[0].device.type)


def parameters(network: nn.Module) -> dict[str, int]:
    """What counts as a parameter, by the network's direct children, with "all" of them.

    Counted is every weight, once, however often it is used, and also where it is frozen at the moment, as in a shipped
    network. Not counted is what is only remembered, such as the running statistics of batch normalisation.
    """
    parts = {**dict(network.named_children()), "all": network}
    return {name: sum(weight.numel() for weight in part.parameters()) for name, part in parts.items()}


def macs(network: nn.Module, *inputs: Tensor) -> int:
    """Multiply-accumulates of one `network(*inputs)`, for the whole batch.

    Counted are convolutions, matrix products, attention and recurrent layers, which are nearly all of the work. Not
    counted are additions alone, activations, normalisation and resizing. A multiplication and the addition that
    follows it are one; the word FLOPs elsewhere often means both.
    """
    counter, corrections = FlopCounterMode(display=False), []

    def before(_layer, _given):
        corrections.append(counter.get_total_flops() // 2)

    def after(layer, given, _result):
        corrections.append(recurrent_macs(layer, given[0]) - counter.get_total_flops() // 2)

    readers = [layer for layer in network.modules() if isinstance(layer, nn.RNNBase)]
    hooks = [layer.register_forward_pre_hook(before) for layer in readers]
    hooks += [layer.register_forward_hook(after) for layer in readers]
    try:
        with torch.no_grad(), counter:
            network(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return counter.get_total_flops() // 2 + sum(corrections)


def recurrent_macs(layer: nn.RNNBase, given) -> int:
    """Each weight matrix is used once for every word of `given`, a tensor (..., features) or a packed sequence.

    Counted here because torch's counter sees into these layers on some paths and not on others.
    """
    packed = isinstance(given, nn.utils.rnn.PackedSequence)
    words = len(given.data) if packed else given[..., 0].numel()
    return words * sum(weight.numel() for name, weight in layer.named_parameters() if name.startswith("weight"))


def seconds(work: Callable, repeats: int = 5) -> float:
    """The median time of `work()` after one warm-up, in seconds; it waits for a GPU to finish."""
    times = []
    for _ in range(1 + repeats):
        started = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return median(times[1:])


def peak_bytes(work: Callable) -> int:
    """The most bytes that tensors made by `work()` take up at the same time.

    The same number on every machine and device, as it leaves out what an allocator or a kernel sets aside for itself.
    """
    with _LiveTensors() as live:
        work()
    return live.peak


class _LiveTensors(TorchDispatchMode):
    """Watches every operation: adds the memory of each new result, takes it away when the last user lets go of it."""

    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self.sizes: dict[int, int] = {}

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        before = {_memory(leaf)._cdata for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)}
        result = operation(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor) and _memory(leaf)._cdata not in before | self.sizes.keys():
                self._add(_memory(leaf))            # not a view, nor an input changed in place
        return result

    def _add(self, memory: torch.UntypedStorage) -> None:
        self.sizes[memory._cdata] = memory.nbytes()
        self.now += memory.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(memory, self._remove, memory._cdata)

    def _remove(self, key: int) -> None:
        self.now -= self.sizes.pop(key)


def _memory(tensor: Tensor) -> torch.UntypedStorage:
    return tensor.untyped_storage()
