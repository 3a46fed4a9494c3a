"""Where things run and where the user's files live. Papers never mention devices, precision or folders."""

import os
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

REPOSITORY = Path(__file__).resolve().parent.parent
CHECKPOINTS = REPOSITORY / "data" / "checkpoints"
PROFILES = ("smoke", "laptop", "gpu")


def home() -> Path:
    """The folder of everything that belongs to the user (caches, progress); `T2I_HOME` moves it."""
    place = os.environ.get("T2I_HOME")
    return Path(place).expanduser() if place else Path.home() / ".t2i"


def profile(chosen: str = "") -> str:
    """The profile in force: the chosen one, else `T2I_PROFILE`, else "laptop".

    Raises: ValueError for an unknown profile.
    """
    name = chosen or os.environ.get("T2I_PROFILE") or "laptop"
    if name not in PROFILES:
        raise ValueError(f"the profile should be one of {', '.join(PROFILES)}, got {name!r}; pick one, or unset "
                         "T2I_PROFILE")
    return name


def device(name: str = "auto") -> torch.device:
    """The device to use: "auto" takes a GPU if there is one; "auto" itself may be set by `T2I_DEVICE`."""
    if name == "auto":
        name = os.environ.get("T2I_DEVICE", "auto")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        place = torch.device(name)
    except RuntimeError:
        place = None
    if place is None or place.type not in ("cpu", "cuda"):
        raise ValueError(f"the device should be auto, cpu or cuda, got {name!r}")
    if place.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"the device should be one that is here, got {name!r} without a working GPU; use --device cpu")
    return place


def precision(place: torch.device) -> str:
    """The fastest safe precision of a device, in lightning-fabric's words: bf16 where the hardware multiplies it."""
    if place.type == "cuda":
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    return "bf16-mixed" if cpu_has_bf16() else "32-true"


def cpu_has_bf16() -> bool:
    """True if the processor multiplies bfloat16 itself; emulation is slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags


def derived_seed(*key: int) -> int:
    """A seed that is a function of `key`, such as (seed, step, rank): no state to save, none to lose.

    Keys of one purpose should have one length: numpy takes (0, 1) and (0, 1, 0) for the same.
    """
    return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] % 2**63)


def generator(*key: int) -> torch.Generator:
    """A random stream that is a function of `key`."""
    return torch.Generator().manual_seed(derived_seed(*key))


def count_parameters(module: nn.Module) -> int:
    """How many numbers training can change."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


@contextmanager
def evaluating(module: nn.Module):
    """Switch to evaluation mode without gradients, and back to the mode it was in."""
    was_training = module.training
    module.eval()
    try:
        with torch.no_grad():
            yield module
    finally:
        module.train(was_training)


def to_tensor(images: np.ndarray) -> Tensor:
    """(N, S, S, 3) uint8 -> (N, 3, S, S) float32 in [-1, 1], channels last in memory."""
    pixels = torch.from_numpy(np.require(images, requirements=["C", "W"]))         # copies what is memory-mapped
    return pixels.permute(0, 3, 1, 2).float().div_(127.5).sub_(1)


def to_pixels(images: Tensor) -> np.ndarray:
    """(N, 3, S, S) in [-1, 1] -> (N, S, S, 3) uint8; the inverse of `to_tensor`."""
    steps = images.detach().float().add(1).mul(127.5).round().clamp(0, 255)
    return steps.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, flush it to disk, then rename it: old or new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        with open(temporary, "rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
