"""Checkpoints: weights as data (safetensors, never pickle), the config inside, a JSON card beside.

`NAME.safetensors` holds the weights in half precision (running statistics in fp32) and says in its header what it is;
`NAME.json` says how it came to be and how good it is.
"""

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field, is_dataclass
from functools import cache
from pathlib import Path

import lightning_fabric
import numpy
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from t2ilib import runtime
from t2ilib.runtime import write_atomically, write_text

FORMAT = "t2ilib-1"


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint as read from disk."""

    kind: str                   # what was trained: "gan_int_cls", "bilstm", "probe"
    config: dict                # the fields of its Config
    weights: dict[str, Tensor]  # fp32
    path: Path
    needs: dict[str, str] = field(default_factory=dict)     # name -> sha256 of the checkpoints it was trained with

    def load_into(self, module: nn.Module, part: str = "") -> nn.Module:
        """Fill a module with the weights whose names begin with `part`; gives the module back in evaluation mode.

        Raises: CheckpointError if names or shapes do not fit.
        """
        weights = {name.removeprefix(part): value for name, value in self.weights.items() if name.startswith(part)}
        try:
            module.load_state_dict(weights)
        except RuntimeError as problem:
            what = str(problem).splitlines()[1].strip()
            raise CheckpointError(f"{self.path} should hold the weights of {type(module).__name__}, but {what} "
                                  "train it again or restore the file") from None
        return module.eval()

    def configure(self, config_class: type):
        """Build the config dataclass.

        Raises: CheckpointError if the fields differ from the class's.
        """
        fields = {key: tuple(value) if isinstance(value, list) else value for key, value in self.config.items()}
        try:
            return config_class(**fields)
        except TypeError as problem:
            raise CheckpointError(f"{self.path} should have the config of {config_class.__name__}, got other fields "
                                  f"({problem}); it was made by another version: train it again") from None


def save(path: Path, kind: str, config, weights: dict[str, Tensor], needs: tuple[str, ...] = ()) -> None:
    """Write weights and config atomically. Weights become half precision; running statistics stay fp32.

    `needs` names the shipped checkpoints without which these weights mean nothing, such as the sentence encoder.
    """
    fields = asdict(config) if is_dataclass(config) else dict(config)
    header = {"format": FORMAT, "kind": kind, "config": json.dumps(fields),
              "needs": json.dumps({name: sha256(find(name)) for name in needs})}
    tensors = {name: _pack(name, value) for name, value in weights.items()}
    write_atomically(path, lambda temporary: save_file(tensors, temporary, metadata=header))


def _pack(name: str, value: Tensor) -> Tensor:
    value = value.detach().cpu().contiguous()
    return value if "running_" in name or not value.is_floating_point() else value.half()


def find(name: str) -> Path:
    """The file of a checkpoint: a path, or the name of a shipped one.

    Raises: FileNotFoundError with the names there are.
    """
    path = Path(name)
    if path.suffix != ".safetensors":
        path = runtime.CHECKPOINTS / f"{name}.safetensors"
    if not path.exists():
        there = ", ".join(sorted(p.stem for p in runtime.CHECKPOINTS.glob("*.safetensors"))) or "none"
        raise FileNotFoundError(f"a checkpoint should be at {path}, but there is none; shipped are: {there}. Give one "
                                "of these, or the .safetensors file of your own training")
    return path


def load(name: str, *kinds: str) -> Checkpoint:
    """Read a checkpoint by name or path, as data only; of one of these kinds, or of any.

    Raises: CheckpointError for a damaged or foreign file, one of another kind, or one whose companions (such as the
            sentence encoder it was trained with) are not the shipped ones; FileNotFoundError.
    """
    stored = load_alone(name, *kinds)
    for needed, digest in stored.needs.items():
        if sha256(find(needed)) != digest:
            raise CheckpointError(f"{stored.path} should be used with the {needed} it was trained with, but the "
                                  "shipped one is another; train it again, or restore the old file with git")
    return stored


def load_alone(name: str, *kinds: str) -> Checkpoint:
    """Like `load`, whatever became of its companions: good enough to continue a training from, not to use."""
    path = find(name)
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            weights = {key: _unpack(file.get_tensor(key)) for key in file.keys()}
    except (SafetensorError, OSError, ValueError) as problem:
        raise CheckpointError(f"{path} should be a complete safetensors file, but it cannot be read ({problem}); "
                              "restore it with git, or train it again") from None
    if header.get("format") != FORMAT:
        raise CheckpointError(f"{path} should be a checkpoint of this course ({FORMAT}), got format "
                              f"{header.get('format')!r}; it comes from elsewhere")
    if kinds and header["kind"] not in kinds:
        raise CheckpointError(f"{path} should hold a {' or '.join(kinds)}, got a {header['kind']}; give another name")
    return Checkpoint(header["kind"], json.loads(header["config"]), weights, path,
                      json.loads(header.get("needs", "{}")))


def _unpack(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def sha256(path: Path) -> str:
    """The hash of a file, computed once for each version of it."""
    facts = path.stat()
    return _sha256(path, facts.st_mtime_ns, facts.st_size)


@cache
def _sha256(path: Path, _changed: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def card_path(path: Path) -> Path:
    """The card's place: beside the weights, with the same name."""
    return path.with_suffix(".json")


def read_card(path: Path) -> dict:
    """The card beside a checkpoint, or an empty dict."""
    card = card_path(path)
    return json.loads(card.read_text(encoding="utf-8")) if card.exists() else {}


def write_card(path: Path, card: dict) -> None:
    """Write the card of the weights at `path`, with their hash, atomically."""
    text = json.dumps(card | {"sha256": sha256(path)}, indent=1, ensure_ascii=False) + "\n"
    write_text(card_path(path), text)


def ship_weights(weights: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Put a player's weights under its name, so that several fit into one file."""
    return {f"{prefix}.{name}": value for name, value in weights.items()}


def versions() -> dict[str, str]:
    """The libraries a training ran on."""
    return {"python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__,
            "lightning-fabric": lightning_fabric.__version__}
