"""Are generated pictures good for training? A small classifier learns the colour of the wing from pictures that the
shipped conditional GAN drew, labelled by what was asked, and is tested on real birds of unseen species.

Beside it, the same classifier with as many real pictures of the species that the generator saw.

Source: Shrivastava et al. 2017, "Learning from Simulated and Unsupervised Images through Adversarial Training", is what
        is cited for this; but it refines simulated pictures, while ours are drawn from noise and a condition.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from t2ilib import measuring, runtime, sample
from t2ilib.blocks import conv
from t2ilib.data import conditions
from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.data.conditions import UNNAMED
from t2ilib.data.rendered import Rendered
from t2ilib.studies import Findings, measure, over_seeds

LEVEL, PART = 2, "wing"                                 # of the world of the shipped model; what is learned
COUNTS = {"smoke": (20, 40), "laptop": (100, 300, 1_000, 3_000), "gpu": (100, 300, 1_000, 3_000)}
STEPS = {"smoke": 2, "laptop": 300, "gpu": 300}
BATCH, SIDE = 64, 32                                    # the classifier looks at pictures of half the side
SOURCES, NOISE = ("real", "generated"), 1_000           # and the first seed of the noise, which nothing else draws


def study_training_data(profile: str, seeds: Sequence[int]) -> Findings:
    """"accuracy, 1000: generated" and so on; "chance", whoever always says the commonest colour; and what claims ask.

    "real over generated" and "generated over chance" are with the most pictures.
    """
    test, truth = shown(measuring.unseen(profile, LEVEL))
    chance, most = float(np.bincount(truth).max() / len(truth)), COUNTS[profile][-1]
    found = {}
    for seed in seeds:
        for source, (images, labels) in material(profile, seed).items():
            for count in COUNTS[profile]:
                judge = learn(images[:count], labels[:count], STEPS[profile], seed)
                found.setdefault(f"accuracy, {count}: {source}", []).append(accuracy(judge, test, truth))
    real, generated = (np.array(found[f"accuracy, {most}: {source}"]) for source in SOURCES)
    found |= {"real over generated": real - generated, "generated over chance": generated - chance}
    return Findings({metric: over_seeds(values) for metric, values in found.items()}
                    | {"chance": measure(chance, chance, chance, len(truth), "pictures")}, STEPS[profile])


def material(profile: str, seed: int) -> dict[str, tuple[Tensor, np.ndarray]]:
    """Real pictures with their wings' colours, and the shipped generator's pictures of all colours of the same birds.

    Each by its name in SOURCES: pictures (N, 3, 32, 32) and labels (N,). Another seed takes others of them.
    """
    data, game, most = measuring.fresh(profile, LEVEL), sample.load_told(), COUNTS[profile][-1]
    images, labels = (values[:most] for values in shown(data, seed))
    asked = torch.from_numpy(conditions.visible_colours(data)).long()[rows_shown(data, seed)[:most]]
    return {"real": (images, labels), "generated": (halved(measuring.paint(game, asked, NOISE + seed)), labels)}


def rows_shown(data: Rendered, seed: int = 0) -> np.ndarray:
    """The pictures on which the wing shows, in an order of the seed."""
    visible = conditions.visible_colours(data)[:, PARTS.index(PART)] != UNNAMED
    order = torch.randperm(len(data), generator=runtime.generator(seed, 0, 0, 6)).numpy()
    return order[visible[order]]


def shown(data: Rendered, seed: int = 0) -> tuple[Tensor, np.ndarray]:
    """Those pictures, halved, (N, 3, 32, 32), and the colours of their wings (N,) as positions in COLOURS."""
    rows = rows_shown(data, seed)
    return halved(runtime.to_tensor(data.images[rows])), conditions.visible_colours(data)[rows, PARTS.index(PART)]


def halved(images: Tensor) -> Tensor:
    """(N, 3, 64, 64) -> (N, 3, 32, 32): the mean of four pixels."""
    return F.avg_pool2d(images, 2)


def classifier() -> nn.Sequential:
    """(B, 3, 32, 32) -> (B, 11): three layers that halve the side, and one that decides."""
    stages = [layer for inputs, outputs in ((3, 16), (16, 32), (32, 64)) for layer in (
        conv(inputs, outputs, kernel=4, stride=2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())]
    return nn.Sequential(*stages, nn.Flatten(), nn.Linear(64 * (SIDE // 8) ** 2, len(COLOURS)))


def learn(images: Tensor, labels: np.ndarray, steps: int, seed: int) -> nn.Sequential:
    """A classifier after as many steps, whatever the number of pictures; mirrored at random, as a bird's wing may be.

    Shapes: images (N, 3, 32, 32), labels (N,)
    """
    wanted, stream = torch.from_numpy(labels).long(), runtime.generator(seed, 0, 0, 7)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(runtime.derived_seed(seed))
        judge = classifier().train()
        optimizer = torch.optim.Adam(judge.parameters(), lr=2e-3)
        for _ in range(steps):
            rows = torch.randint(len(images), (BATCH,), generator=stream)
            mirrored = torch.rand(BATCH, 1, 1, 1, generator=stream) < 0.5
            batch = torch.where(mirrored, images[rows].flip(3), images[rows])
            optimizer.zero_grad()
            F.cross_entropy(judge(batch), wanted[rows]).backward()
            optimizer.step()
    return judge


def accuracy(judge: nn.Module, images: Tensor, labels: np.ndarray) -> float:
    """How often it is right."""
    with runtime.evaluating(judge):
        said = torch.cat([judge(part).argmax(1) for part in images.split(500)])
    return float((said.numpy() == labels).mean())
