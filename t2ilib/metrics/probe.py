"""The measuring device: a small network that reads a bird's attributes off a picture.

It is trained on real renders only, on a world seed of its own and half on *scrambled* birds whose parts have
independent colours, and it shares nothing with any generator or encoder. What it says about generated pictures is
therefore evidence, and what it says about held-out real ones is the ceiling of that evidence.

A colour is asked for only where it can be seen: the legs of a swimming bird, or a throat hidden behind a wing, are
left out of the loss and of the accuracy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.blocks import conv
from t2ilib.data.birds import COLOURS, PARTS, PLUMAGE_AREA
from t2ilib.data.rendered import FACTORS, Rendered

UNSEEN = -100               # stands in the truth for the colour of a part that does not show; no loss counts it
LEAST_AREA = 4 / 64**2      # share of the picture that a part must cover to show: 4 pixels of 64 x 64
VALUES = tuple(map(len, FACTORS.values()))


@dataclass(frozen=True)
class ProbeConfig:
    channels: int = 32
    features: int = 256


class ProbeBatch(NamedTuple):
    image: Tensor       # (B, 3, 64, 64) in [-1, 1]
    truth: Tensor       # (B, factors) int64, positions in FACTORS, or UNSEEN


class Reader(nn.Module):
    """What every probe can do: a subclass has a `network` and says what its `features` and `logits` are."""

    players = ("network",)
    network: nn.Module

    def features(self, image: Tensor) -> Tensor:
        """What the heads see, (B, 3, 64, 64) -> (B, features); distances between pictures are measured here."""
        raise NotImplementedError

    def logits(self, features: Tensor) -> Tensor:
        """All heads side by side: (B, features) -> (B, sum(VALUES))."""
        raise NotImplementedError

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return by_factor(self.logits(self.features(image)))

    def loss(self, batch: ProbeBatch) -> dict[str, Tensor]:
        """Cross-entropy, the mean over everything that can be seen."""
        heads = self(batch.image).values()
        total = sum(F.cross_entropy(head.float(), truth, ignore_index=UNSEEN, reduction="sum")
                    for head, truth in zip(heads, batch.truth.T))
        return {"reading": total / (batch.truth != UNSEEN).sum()}


def by_factor(logits: Tensor) -> dict[str, Tensor]:
    """(B, sum(VALUES)) -> factor -> (B, values)."""
    return dict(zip(FACTORS, logits.split(VALUES, dim=1)))


class Probe(Reader):
    """Reads every factor of a scene with a head of its own.

    Shapes: image (B, 3, 64, 64) -> dict factor -> logits (B, values)
    """

    def __init__(self, config: ProbeConfig):
        super().__init__()
        self.config, c = config, config.channels
        self.network = nn.ModuleDict({
            "see": nn.Sequential(*down(3, c), *same(c), *down(c, 2 * c), *same(2 * c), *down(2 * c, 4 * c),
                                 *same(4 * c), *down(4 * c, 6 * c), nn.Flatten(), nn.Dropout(0.2),
                                 nn.Linear(16 * 6 * c, config.features)),
            "read": nn.Linear(config.features, sum(VALUES))})

    def features(self, image: Tensor) -> Tensor:
        return self.network["see"](image)

    def logits(self, features: Tensor) -> Tensor:
        return self.network["read"](F.relu(features))


def down(inputs: int, outputs: int) -> list[nn.Module]:
    """Halve the side, look for other features."""
    return [conv(inputs, outputs, kernel=4, stride=2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


def same(channels: int) -> list[nn.Module]:
    """Look around at the same side."""
    return [conv(channels, channels, kernel=3, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]


class ProbeBatches:
    """Birds of several sets in equal shares; mirrored, shifted and a little noisy, as a function of the step.

    The sets are usually a coherent and a scrambled one of each level. Each batch has exactly `batch` pictures: where
    the sets do not share it evenly, they take turns.
    """

    def __init__(self, sets: Sequence[Rendered], batch: int, seed: int = 0):
        self.sets, self.batch, self.seed = sets, batch, seed
        self.truth = [visible_truth(data) for data in sets]

    def __call__(self, step: int, rank: int = 0) -> ProbeBatch:
        stream = runtime.generator(self.seed, step, rank)
        rows = draw_rows(self.sets, self.batch, step, stream)
        image = runtime.to_tensor(gather([data.images for data in self.sets], rows))
        truth = torch.from_numpy(gather(self.truth, rows))
        image, truth = mirror(image, truth, torch.rand(len(image), generator=stream) < 0.5)
        image = shift(image, torch.randint(-4, 5, (2,), generator=stream).tolist())
        return ProbeBatch(noisy(image, stream), truth)


def draw_rows(sets: Sequence, batch: int, step: int, stream: torch.Generator) -> list[np.ndarray]:
    """Random rows of each set, `batch` in all; the rest of an uneven division goes to another set at each step."""
    each, rest = divmod(batch, len(sets))
    shares = [each + ((i - step) % len(sets) < rest) for i in range(len(sets))]
    return [torch.randint(len(data), (share,), generator=stream).numpy() for data, share in zip(sets, shares)]


def gather(columns: Sequence[np.ndarray], rows: Sequence[np.ndarray]) -> np.ndarray:
    """The chosen rows of each set's array, one set after the other."""
    return np.concatenate([column[chosen] for column, chosen in zip(columns, rows)])


def seen_parts(data: Rendered) -> np.ndarray:
    """Which parts show on each picture: (N, len(PARTS)) bool, columns in the order of PARTS."""
    least = LEAST_AREA * data.parts.shape[1] * data.parts.shape[2]
    return np.stack([(data.parts == label).sum((1, 2)) >= least for label in range(1, len(PARTS) + 1)], axis=1)


def visible_truth(data: Rendered) -> np.ndarray:
    """(N, factors) int64: the truth, with UNSEEN for the colour of each part that does not show."""
    truth = data.truth.astype(np.int64)
    columns = [list(FACTORS).index(part) for part in PARTS]
    truth[:, columns] = np.where(seen_parts(data), truth[:, columns], UNSEEN)
    return truth


def noisy(image: Tensor, stream: torch.Generator, most: float = 0.08) -> Tensor:
    """Add grain, another strength to each picture."""
    strength = most * torch.rand(len(image), 1, 1, 1, generator=stream)
    return image + strength * torch.randn(image.shape, generator=stream)


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
def read(probe: Reader, images: Tensor, batch: int = 256) -> Readings:
    """Read N pictures (N, 3, 64, 64) in [-1, 1] on the probe's device, in evaluation mode.

    Raises: ValueError for another shape.
    """
    place, rows = next(probe.parameters()).device, []
    with runtime.evaluating(probe):
        for part in checked(images).split(batch):
            features = probe.features(part.to(place))
            heads = by_factor(probe.logits(features)).values()
            rows.append(([head.softmax(1).cpu().numpy() for head in heads], features.cpu().numpy()))
    heads = [np.concatenate(column) for column in zip(*(row[0] for row in rows))]
    return Readings(dict(zip(FACTORS, heads)), np.concatenate([row[1] for row in rows]))


def checked(images: Tensor) -> Tensor:
    """Raises: ValueError if pictures are not (N, 3, 64, 64)."""
    if images.ndim != 4 or tuple(images.shape[1:]) != (3, 64, 64):
        raise ValueError(f"pictures should be (N, 3, 64, 64), got {tuple(images.shape)}; resize them first")
    return images


def head_accuracy(readings: Readings, dataset: Rendered) -> dict[str, float]:
    """How often each head is right on the real pictures of a data set, by factor; "body" too.

    The colour of a part counts where the part shows; one that shows nowhere is nan.
    """
    truth = visible_truth(dataset)
    scores = {}
    for name, true in zip(FACTORS, truth.T):
        seen = true != UNSEEN
        right = (readings.values(name) == true)[seen]
        scores[name] = float(right.mean()) if seen.any() else float("nan")
    return scores | {"body": float((readings.colours("body") == true_body(dataset)).mean())}


def true_body(dataset: Rendered) -> np.ndarray:
    """(N,) the colour of most of the plumage, as positions in COLOURS."""
    true = np.stack([dataset.factor(part) for part in PLUMAGE_AREA], axis=1)
    area = np.array(list(PLUMAGE_AREA.values()))
    return np.stack([(area * (true == colour)).sum(1) for colour in range(len(COLOURS))], axis=1).argmax(1)
