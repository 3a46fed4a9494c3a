"""What is measured of the pictures of 32 x 32 pixels that short runs draw, and of the discriminators that judge them.

The probe and the locator look at 64 x 64, so all pictures, the real ones too, are doubled for them. Real pictures are
fresh ones of the training species: the generators are told nothing, so it would be right to draw no others.
"""

from functools import cache

import numpy as np
import torch
from scipy.spatial.distance import pdist
from torch import Tensor, nn

from t2ilib import runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.metrics import controls, realism
from t2ilib.metrics.checkerboard import checkerboard
from t2ilib.metrics.layout import parts_shown
from t2ilib.metrics.locator import Located, locate
from t2ilib.metrics.memorisation import marks
from t2ilib.metrics.probe import Readings, read
from t2ilib.studies import measure
from t2ilib.studies.text_gans import doubled

LEVEL, SIZE = 1, 32
MEASURED = {"smoke": 24, "laptop": 1_000, "gpu": 2_000}         # drawn of each run, and as many real ones
BLUR = 1.5                          # pixels: the spoiled real pictures that serve as a bound


@cache
def real_halves(profile: str) -> tuple[Tensor, Tensor]:
    """Fresh real pictures of the training species: those to compare with, and as many others."""
    data = rendered.load(World(2, LEVEL), "train", 2 * MEASURED[profile], SIZE)
    order = torch.randperm(len(data), generator=runtime.generator(0))
    return runtime.to_tensor(data.images[:])[order].chunk(2)


def reference(profile: str) -> Tensor:
    """Real pictures (N, 3, 32, 32)."""
    return real_halves(profile)[0]


def real_pixels(profile: str) -> np.ndarray:
    """The same as (N, 32, 32, 3) uint8."""
    return runtime.to_pixels(reference(profile))


def look(images: Tensor) -> Readings:
    """What the probe sees; what is beyond [-1, 1] cannot be shown."""
    return read(sample.load_probe(), doubled(images.clamp(-1, 1)))


@cache
def real_look(profile: str) -> Readings:
    """What it sees in the real pictures."""
    return look(reference(profile))


@cache
def real_parts(profile: str) -> Located:
    """What the locator finds in some real pictures."""
    return found_parts(reference(profile))


def found_parts(images: Tensor) -> Located:
    """What the locator finds in a quarter of the pictures: it is slow, and a share needs no more."""
    return locate(sample.load_locator(), doubled(images[:len(images) // 4].clamp(-1, 1)))


def distance(seen_by_probe: Readings, profile: str) -> float:
    """M8, SynthFID."""
    return realism.frechet_distance(seen_by_probe.features, real_look(profile).features)


def variety(seen_by_probe: Readings, profile: str) -> float:
    """M6 where nothing is asked: the mean distance of two pictures in probe features, relative to real ones."""
    made, real = (readings.features[:500] for readings in (seen_by_probe, real_look(profile)))
    return float(pdist(made).mean() / pdist(real).mean())


def seen(images: Tensor, profile: str) -> dict[str, float]:
    """What pictures (N, 3, 32, 32) look like, by name."""
    readings, real = look(images), reference(profile)
    return {"SynthFID": distance(readings, profile), "diversity": variety(readings, profile),
            "read-outs": realism.total_variation(marks(readings).numpy(), marks(real_look(profile)).numpy()),
            "parts shown": parts_shown(found_parts(images), real_parts(profile)).value,
            "out of range": float((images.abs() > 1).float().mean()), "checkerboard": dots(images, real)}


def silent_input(discriminator: nn.Module, images: Tensor) -> float:
    """The share of values of pictures (N, 3, S, S) at which D's answer has a gradient of exactly zero."""
    with runtime.evaluating(discriminator), torch.enable_grad():
        images = images.clone().requires_grad_()
        gradient, = torch.autograd.grad(discriminator(images).sum(), images)
    return float((gradient == 0).float().mean())


def dots(images: Tensor, real: Tensor) -> float:
    """The energy of a dotted pattern, relative to real pictures, at their contrast: fresh generators draw pale ones."""
    return checkerboard(at_contrast(images, real), real).value


def at_contrast(images: Tensor, real: Tensor) -> Tensor:
    """Pictures with the mean and the standard deviation of real ones, over all values; grey ones stay grey."""
    return (images - images.mean()) / images.std().clamp(min=1e-6) * real.std() + real.mean()


def limits(profile: str) -> dict[str, dict]:
    """Ceilings, of other real pictures, and floors; "SynthFID: blurred" is that of real ones out of focus."""
    other = real_halves(profile)[1]
    noise = torch.rand(other.shape, generator=runtime.generator(1)) * 2 - 1
    found = {}
    for limit, images in (("ceiling", other), ("floor", noise)):
        found |= {f"{metric}: {limit}": value for metric, value in seen(images, profile).items()}
    found["SynthFID: blurred"] = distance(look(controls.blurred(other, BLUR)), profile)
    return {name: measure(value, value, value, len(other), "pictures") for name, value in found.items()}
