"""The measuring device: a small network that reads a bird's attributes off a picture.

It is trained on real renders only, on a world seed of its own and half on *scrambled* birds whose parts have
independent colours, and it shares nothing with any generator or encoder. What it says about generated pictures is
therefore evidence, and what it says about held-out real ones is the ceiling of that evidence.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.blocks import conv
from t2ilib.data.birds import COLOURS, PLUMAGE_AREA
from t2ilib.data.rendered import FACTORS, Rendered


@dataclass(frozen=True)
class ProbeConfig:
    channels: int = 32
    features: int = 256


class ProbeBatch(NamedTuple):
    image: Tensor       # (B, 3, 64, 64) in [-1, 1]
    truth: Tensor       # (B, factors) int64, positions in FACTORS


class Probe(nn.Module):
    """Reads every factor of a scene with a head of its own.

    Shapes: image (B, 3, 64, 64) -> dict factor -> logits (B, values)
    """

    players = ("network",)

    def __init__(self, config: ProbeConfig):
        super().__init__()
        self.config, c = config, config.channels
        self.network = nn.ModuleDict({
            "see": nn.Sequential(*_down(3, c), *_same(c), *_down(c, 2 * c), *_same(2 * c), *_down(2 * c, 4 * c),
                                 *_same(4 * c), *_down(4 * c, 6 * c), nn.Flatten(), nn.Dropout(0.2),
                                 nn.Linear(16 * 6 * c, config.features)),
            "read": nn.Linear(config.features, sum(map(len, FACTORS.values())))})

    def features(self, image: Tensor) -> Tensor:
        """What the heads see -> (B, features); distances between pictures are measured here."""
        return self.network["see"](image)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        logits = self.network["read"](F.relu(self.features(image)))
        return dict(zip(FACTORS, logits.split([len(values) for values in FACTORS.values()], dim=1)))

    def loss(self, batch: ProbeBatch) -> dict[str, Tensor]:
        logits = self(batch.image)
        total = sum(F.cross_entropy(head.float(), batch.truth[:, i]) for i, head in enumerate(logits.values()))
        return {"reading": total / len(FACTORS)}


def _down(inputs: int, outputs: int) -> list[nn.Module]:
    return [conv(inputs, outputs, kernel=4, stride=2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def _same(channels: int) -> list[nn.Module]:
    return [conv(channels, channels, kernel=3, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]


class ProbeBatches:
    """Half coherent, half scrambled birds; mirrored, shifted and a little noisy, as a function of the step."""

    def __init__(self, coherent: Rendered, scrambled: Rendered, batch: int, seed: int = 0):
        self.sets, self.batch, self.seed = (coherent, scrambled), batch, seed

    def __call__(self, step: int, rank: int = 0) -> ProbeBatch:
        stream = runtime.generator(self.seed, step, rank)
        rows = [torch.randint(len(data), (self.batch // 2,), generator=stream).numpy() for data in self.sets]
        image = runtime.to_tensor(np.concatenate([data.images[r] for data, r in zip(self.sets, rows)]))
        truth = torch.from_numpy(np.concatenate([data.truth[r] for data, r in zip(self.sets, rows)])).long()
        image, truth = mirror(image, truth, torch.rand(len(image), generator=stream) < 0.5)
        image = shift(image, torch.randint(-4, 5, (2,), generator=stream).tolist())
        strength = 0.08 * torch.rand(len(image), 1, 1, 1, generator=stream)
        return ProbeBatch(image + strength * torch.randn(image.shape, generator=stream), truth)


def mirror(image: Tensor, truth: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror the chosen pictures, and with them which way their birds face."""
    image = torch.where(chosen[:, None, None, None], image.flip(3), image)
    column = list(FACTORS).index("facing")
    truth = truth.clone()
    truth[:, column] = torch.where(chosen, 1 - truth[:, column], truth[:, column])
    return image, truth


def shift(image: Tensor, by: list[int]) -> Tensor:
    """Move pictures by whole pixels; the border repeats."""
    pad = max(map(abs, by))
    if pad == 0:
        return image
    padded, size = F.pad(image, (pad,) * 4, mode="replicate"), image.shape[-1]
    return padded[..., pad + by[0]:pad + by[0] + size, pad + by[1]:pad + by[1] + size]


@dataclass(frozen=True)
class Readings:
    """What a probe sees in N pictures."""

    probabilities: dict[str, np.ndarray]    # factor -> (N, values)
    features: np.ndarray                    # (N, F)

    def colour_probabilities(self, part: str) -> np.ndarray:
        """(N, 11) over the colours of a part; "body" weighs the plumage's parts by the area they cover."""
        if part != "body":
            return self.probabilities[part]
        return sum(area * self.probabilities[name] for name, area in PLUMAGE_AREA.items())

    def colours(self, part: str) -> np.ndarray:
        """(N,) the most likely colour of a part, as positions in COLOURS."""
        return self.colour_probabilities(part).argmax(1)

    def values(self, factor: str) -> np.ndarray:
        """(N,) the most likely value of a factor, as positions in FACTORS[factor]."""
        return self.probabilities[factor].argmax(1)


@torch.no_grad()
def read(probe: Probe, images: Tensor, batch: int = 256) -> Readings:
    """Read N pictures (N, 3, 64, 64) in [-1, 1] on the probe's device, in evaluation mode.

    Raises: ValueError for another shape.
    """
    if images.ndim != 4 or tuple(images.shape[1:]) != (3, 64, 64):
        raise ValueError(f"pictures should be (N, 3, 64, 64), got {tuple(images.shape)}; resize them first")
    place, rows = next(probe.parameters()).device, []
    with runtime.evaluating(probe):
        for part in images.split(batch):
            features = probe.features(part.to(place))
            logits = probe.network["read"](F.relu(features)).split([len(v) for v in FACTORS.values()], dim=1)
            rows.append(([head.softmax(1).cpu().numpy() for head in logits], features.cpu().numpy()))
    heads = [np.concatenate(column) for column in zip(*(row[0] for row in rows))]
    return Readings(dict(zip(FACTORS, heads)), np.concatenate([row[1] for row in rows]))


def head_accuracy(readings: Readings, dataset: Rendered) -> dict[str, float]:
    """How often each head is right on the real pictures of a data set, by factor; "body" too."""
    scores = {name: float((readings.values(name) == dataset.factor(name)).mean()) for name in FACTORS}
    true = np.stack([dataset.factor(part) for part in PLUMAGE_AREA], axis=1)
    area = np.array(list(PLUMAGE_AREA.values()))
    body = np.stack([(area * (true == colour)).sum(1) for colour in range(len(COLOURS))], axis=1).argmax(1)
    return scores | {"body": float((readings.colours("body") == body).mean())}
