"""Does DF-GAN draw larger pictures than it was trained for? Nothing is trained here.

Only the first layer of the generator has a fixed size: it makes features of 4 x 4 places. All that follows works at
every place alike, so from 8 x 8 places the same weights draw 128 x 128 pixels. Two ways to get there are compared with
what costs nothing, a picture of 64 pixels enlarged: it is as faithful as before, and has nothing new to show.

The probe reads pictures of 64 pixels, so larger ones are shrunk for it. How much a picture shows that one of half the
size could not is the share of its spectrum beyond what such a picture can hold, as a multiple of real pictures'.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import measuring, runtime
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.metrics import measures, realism, statistics
from t2ilib.metrics.probe import Probe, read
from t2ilib.metrics.silence import check_blocks
from t2ilib.papers.df_gan import Generator, enlarge, shrink
from t2ilib.sample import Painter
from t2ilib.studies import Findings, measure

MODEL, LEVEL = "df_gan", 2                              # and the level of the world that it was trained on
CAPTIONS = {"smoke": 8, "laptop": 500, "gpu": 2_000}    # of unseen species
TRAINED, ENLARGED = "drawn at 64", "enlarged"
UNIT = "captions"
FAINTEST = 1e-6                                         # power of a picture's spectrum; that of a faint one is about 1

Way = Callable[[Generator, Tensor], Tensor]             # (generator, noise (B, Z)) -> features (B, C, 8, 8)


def start(generator: Generator, noise: Tensor) -> Tensor:
    """What the first layer makes of the noise: (B, Z) -> (B, C, 4, 4)."""
    return generator.start(noise).unflatten(1, (-1, 4, 4))


def stretched(generator: Generator, noise: Tensor) -> Tensor:
    """Every place four times, as the generator itself enlarges -> (B, C, 8, 8)."""
    return enlarge(start(generator, noise))


def side_by_side(generator: Generator, noise: Tensor) -> Tensor:
    """Four starts in a square: of the noise itself, and of three others made of it -> (B, C, 8, 8).

    A standard normal vector with its signs or its order turned is another one.
    """
    first, second, third, fourth = (start(generator, z) for z in (noise, -noise, noise.flip(1), -noise.flip(1)))
    return torch.cat([torch.cat([first, second], dim=3), torch.cat([third, fourth], dim=3)], dim=2)


WAYS = {"stretched": stretched, "four side by side": side_by_side}
"""Name -> how the first features become twice as large."""


def draw_larger(generator: Generator, noise: Tensor, text: Tensor, way: Way) -> Tensor:
    """Draw at twice the side that the generator was trained for; all blocks hear the same noise and text.

    Shapes: noise (B, Z), text (B, E) -> (B, 3, 2S, 2S) in [-1, 1]
    Raises: ValueError if the generator is not DF-GAN's.
    """
    check_blocks(generator, ())
    hook = generator.blocks[0].register_forward_pre_hook(lambda _, given: (way(generator, noise), given[1]))
    try:
        return generator(noise, text)
    finally:
        hook.remove()


def paint_larger(painter: Painter, captions: list[str], noise: Tensor, way: Way) -> Tensor:
    """One picture a caption, noise (N, Z) -> (N, 3, 2S, 2S) on the CPU, in evaluation mode."""
    text, place = painter.encoder.encode(captions), next(painter.generator.parameters()).device
    with runtime.evaluating(painter.generator) as generator:
        return torch.cat([draw_larger(generator, z.to(place), t.to(place), way).cpu()
                          for z, t in zip(noise.split(50), text.split(50))])


def smoothly(images: Tensor) -> Tensor:
    """Twice as large, by bicubic interpolation: (N, 3, S, S) -> (N, 3, 2S, 2S) in [-1, 1]."""
    return F.interpolate(images, scale_factor=2, mode="bicubic").clamp(-1, 1)


def all_ways(painter: Painter, captions: list[str], noise: Tensor) -> dict[str, Tensor]:
    """What the painter draws of the same captions and noise: at its own size, that enlarged, and by each way."""
    small = painter.paint(captions, noise)
    return {TRAINED: small, ENLARGED: smoothly(small)} | {
        name: paint_larger(painter, captions, noise, way) for name, way in WAYS.items()}


# --- measuring ----------------------------------------------------------------------------------------------------

class Truth(NamedTuple):
    """Real pictures of unseen species, N of which have captions to draw; the others are for comparison."""

    captions: list[str]     # N
    kinds: np.ndarray       # (N,) their species
    large: Tensor           # (N, 3, 128, 128) the pictures that the captions were written for
    others: Tensor          # (N, 3, 64, 64) real pictures of other scenes


def study_size(profile: str, _seeds: Sequence[int]) -> Findings:
    """The shipped model: "faithfulness: stretched", "SynthFID: enlarged", "fine detail: enlarged" and so on."""
    return compare(Painter.shipped(MODEL), truth(CAPTIONS[profile]))


def truth(count: int) -> Truth:
    """Scenes of unseen species, rendered at both sizes."""
    small, large = (rendered.load(World(2, LEVEL), "test", 2 * count, size)
                    for size in (measuring.SIZE, 2 * measuring.SIZE))
    rows, captions = measures.held_out_captions(small, count)
    others = np.setdiff1d(np.arange(2 * count), rows)[:len(rows)]
    return Truth(captions, small.labels[rows], *(runtime.to_tensor(data.images[some])
                                                 for data, some in ((large, rows), (small, others))))


def compare(painter: Painter, real: Truth) -> Findings:
    """All ways on the same captions and noise; "fine detail" is of pictures of 128 pixels only.

    Ceilings are of real pictures of 128 pixels, shrunk; the floor of faithfulness is that of captions of other birds.
    """
    made = all_ways(painter, real.captions, painter.noise(len(real.captions), 0))
    found = {}
    for name, images in made.items():
        found |= follows(painter.probe, name, images, real)
        found[f"SynthFID: {name}"] = distance(painter.probe, images, real)
    fine = fine_share(real.large)
    found["share of fine detail: real"] = measure(float(fine.mean()), *statistics.bootstrap(fine), len(fine), UNIT)
    for name in (ENLARGED, *WAYS):
        found[f"fine detail: {name}"] = detail(fine_share(made[name]), fine)
    found["SynthFID: ceiling"] = distance(painter.probe, real.large, real)
    return Findings(found, 0)


def follows(probe: Probe, name: str, images: Tensor, real: Truth) -> dict[str, dict]:
    """How well pictures of any size follow their captions; with the limits, if they are of the trained size."""
    found = {}
    for metric, score in (("faithfulness", measures.faithfulness), ("all parts right", measures.all_parts_right)):
        told = score(probe, readable(images), real.captions, readable(real.large), real.kinds)
        found[f"{metric}: {name}"] = measure(told.value, told.low, told.high, told.n, UNIT)
        if name == TRAINED:
            found |= {f"{metric}: {limit}": single(getattr(told, limit), told.n) for limit in ("ceiling", "floor")}
    return found


def readable(images: Tensor) -> Tensor:
    """Pictures of 128 pixels shrunk to 64 for the probe; those of 64 as they are."""
    return images if images.shape[3] == measuring.SIZE else shrink(images)


def distance(probe: Probe, images: Tensor, real: Truth) -> dict:
    """SynthFID to as many other real pictures of 64 pixels."""
    own, reference = (read(probe, shown).features for shown in (readable(images), real.others))
    return single(realism.frechet_distance(own, reference), len(images))


def detail(fine: np.ndarray, real: np.ndarray) -> dict:
    """The mean share of fine detail as a multiple of real pictures': (N,), (M,)."""
    return measure(float(fine.mean() / real.mean()), *statistics.bootstrap_ratio(fine, real), len(fine), UNIT)


def fine_share(images: Tensor) -> np.ndarray:
    """The share of each picture's variance at frequencies that a picture of half the size cannot hold -> (N,).

    Such a picture holds S / 4 periods along a side of S pixels. A Hann window comes first: a picture's left and right
    edge differ, and the spectrum would take that for a sharp line. An even picture has no detail.
    Shapes: images (N, 3, S, S)
    """
    side = images.shape[3]
    hann = torch.hann_window(side, periodic=False)
    periods = (torch.fft.fftfreq(side) * side).abs()
    fine = torch.maximum(periods[:, None], periods) > side / 4
    shares = []
    for some in images.split(100):
        power = torch.fft.fft2((some - some.mean((2, 3), keepdim=True)) * hann * hann[:, None]).abs().square()
        shares.append(power[..., fine].sum((1, 2)) / power.sum((1, 2, 3)).clamp(min=FAINTEST))
    return torch.cat(shares).double().numpy()


def single(value: float, count: int) -> dict:
    """A number that was measured once: its interval is the number itself."""
    return measure(value, value, value, count, UNIT)
