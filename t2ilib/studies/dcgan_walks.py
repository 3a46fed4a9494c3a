"""Walks through the noise of the shipped DCGAN: do the pictures change smoothly, and are those on the way any good?

Two rivals show what the answers are worth. A look-up generator, which gives out the real picture it has kept at the
nearest of its noises, jumps. A cross-fade between the pictures at both ends is as smooth as can be, and shows two
birds at once. Nothing is trained here, so nothing depends on a seed: intervals are bootstrap intervals over paths.

Source: Radford et al. 2016, Section 6.1 and Figure 4; White 2016, "Sampling Generative Networks", Section 2.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from t2ilib import measuring, runtime
from t2ilib.metrics import paths, realism
from t2ilib.metrics.probe import Reader, Readings, read
from t2ilib.metrics.statistics import bootstrap, bootstrap_distance
from t2ilib.sample import NoisePainter, draw_all
from t2ilib.studies import Findings, measure
from t2ilib.studies.walks import Walk

LEVEL = 2                                                   # of the world that the shipped model was trained on
PATHS = {"smoke": 4, "laptop": 60, "gpu": 200}
STEPS = 33                                                  # pictures on a path: a jump needs neighbours to stand out
COARSE = 4                                                  # every so many of them are a path of 9 pictures
KEPT = {"smoke": 40, "laptop": 1000, "gpu": 2000}           # pictures of the look-up generator
MIDDLES = {"smoke": 20, "laptop": 800, "gpu": 2000}         # pairs whose middle is compared with real pictures
LENGTHS = 5_000                                             # pairs of noises that are measured with a ruler
MOST = 100.0                                                # a few jumps have no finite ratio: they count as this
GAN = {"slerp": paths.slerp, "lerp": paths.lerp}
READ = ("body", "background", "facing")                     # what is followed on the way


def study_walks(profile: str, _seeds: Sequence[int]) -> Findings:
    """How even the steps are, how real the middle is, how long the noise, what the probe reads on the way.

    Arrays: for each way the steps of the first path and, for what is followed, how likely the values at both ends are.
    """
    painter, real = NoisePainter.shipped(), runtime.to_tensor(measuring.fresh(profile, LEVEL).images[:KEPT[profile]])
    ends = [painter.noise(PATHS[profile], seed) for seed in (0, 1)]
    walked = {way: walk(painter, between(*ends, STEPS)) for way, between in GAN.items()}
    looked_up = rivals(painter, ends, walked["slerp"], real)
    features = {way: by_path(steps.readings, PATHS[profile]) for way, steps in walked.items()} | looked_up
    found, arrays = lengths(painter), {}
    for way, seen in features.items():
        found |= evenness(seen, way)
        arrays[f"steps, {way}"] = paths.feature_steps(seen)[:, 0].astype(np.float16)
    for factor in READ:
        entry, curves = follow(walked["slerp"], factor)
        found, arrays = found | entry, arrays | curves
    return Findings(found | middles(painter, real, profile), 0, arrays)


def walk(painter: NoisePainter, noise: Tensor) -> Walk:
    """The pictures of paths of noises (K, P, Z), and what the probe reads on them."""
    pictures = draw_all(painter.generator, noise.flatten(0, 1))
    return Walk(pictures.unflatten(0, noise.shape[:2]), read(painter.probe, pictures))


def shown(painter: NoisePainter, way: str = "slerp", seed: int = 0, steps: int = paths.STEPS) -> Walk:
    """A single walk to look at, between the noises of two seeds: `seed` and the next."""
    first, last = (painter.noise(1, number) for number in (seed, seed + 1))
    return walk(painter, GAN[way](first, last, steps))


def by_path(readings: Readings, count: int) -> np.ndarray:
    """What the probe sees in pictures of `count` paths, step after step (K * P, F) -> (K, P, F)."""
    return readings.features.reshape(-1, count, readings.features.shape[1])


# --- the rivals ---------------------------------------------------------------------------------------------------

def rivals(painter: NoisePainter, ends: list[Tensor], walked: Walk, real: Tensor) -> dict[str, np.ndarray]:
    """What the probe sees on the same ways: a look-up generator that keeps the real pictures, and a cross-fade."""
    kept = painter.noise(len(real), 2)
    seen = read(painter.probe, real).features[paths.nearest_place(paths.slerp(*ends, STEPS), kept).numpy()]
    faded = paths.lerp(walked.pictures[0], walked.pictures[-1], STEPS)
    return {"look-up": seen, "cross-fade": by_path(read(painter.probe, faded.flatten(0, 1)), len(ends[0]))}


# --- what is measured ---------------------------------------------------------------------------------------------

def evenness(features: np.ndarray, way: str) -> dict[str, dict]:
    """DCG-12: the largest step over the median one, and what a finer path leaves of the largest step; (K, P, F)."""
    fine, coarse = (paths.feature_steps(seen) for seen in (features, features[::COARSE]))
    ratios = np.array([min(paths.largest_step(steps), MOST) for steps in fine.T])
    left = fine.max(0) / coarse.max(0)
    return {f"largest step, {way}": over_paths(ratios), f"left of the largest step, {way}": over_paths(left)}


def over_paths(values: np.ndarray) -> dict:
    """The mean over paths with its interval."""
    return measure(values.mean(), *bootstrap(values), len(values), "paths")


def lengths(painter: NoisePainter) -> dict[str, dict]:
    """DCG-12: how long noises are, and how long what lies half-way between two of them is, on both ways."""
    ends = [painter.noise(LENGTHS, seed) for seed in (0, 1)]
    middle = {f"length, middle of {way}": between(*ends, 3)[1] for way, between in GAN.items()}
    measured = {name: noise.norm(dim=1).numpy() for name, noise in ({"length, drawn": ends[0]} | middle).items()}
    return {name: measure(values.mean(), *bootstrap(values), len(values), "noises")
            for name, values in measured.items()}


def follow(walked: Walk, factor: str) -> tuple[dict[str, dict], dict[str, np.ndarray]]:
    """On how many paths what is read changes; of these, mean curves of how likely both values are, and their order."""
    likely = walked.by_step(chances(walked.readings, factor))                           # (K, P, values)
    first, last = likely[0].argmax(1), likely[-1].argmax(1)
    changed = first != last
    found = {f"{factor} changes": over_paths(changed.astype(float))}
    if not changed.any():
        return found, {}
    curves = {end: np.take_along_axis(likely, values[None, :, None], 2)[..., 0][:, changed]
              for end, values in (("first", first), ("last", last))}
    order = np.array([paths.monotone(curve) for curve in curves["last"].T])
    return (found | {f"{factor} in order": over_paths(order)},
            {f"{factor}, {end}": curve.mean(1).astype(np.float16) for end, curve in curves.items()})


def chances(readings: Readings, factor: str) -> np.ndarray:
    """(N, values) how likely each value is; "body" is the colour of most of the plumage."""
    return readings.colour_probabilities(factor) if factor == "body" else readings.probabilities[factor]


def middles(painter: NoisePainter, real: Tensor, profile: str) -> dict[str, dict]:
    """SynthFID of pictures half-way, and of those at the ends: lower is better."""
    count, probe = MIDDLES[profile], painter.probe
    ends = [painter.noise(count, seed) for seed in (3, 4)]
    pictures = [draw_all(painter.generator, noise) for noise in ends]
    made = {"ends": pictures[0], "cross-fade": (pictures[0] + pictures[1]) / 2}
    made |= {way: draw_all(painter.generator, between(*ends, 3)[1]) for way, between in GAN.items()}
    reference = read(probe, real).features
    return {f"SynthFID, {where}": distance(probe, images, reference) for where, images in made.items()}


def distance(probe: Reader, images: Tensor, reference: np.ndarray) -> dict:
    """The Frechet distance of pictures from real ones, with its interval."""
    seen = read(probe, images).features
    value = realism.frechet_of_samples(seen, reference)
    interval = bootstrap_distance(realism.frechet_of_samples, seen, reference)
    return measure(value, *interval, len(seen), "pictures")
