"""SynthFID and how many pictures it is given: why two distances can only be compared if all that is around is equal.

One fixed set of real pictures is the reference. Other pictures, real ones and those of shipped models, meet it in
samples of 50 to 2,000. A covariance of F features from few pictures is too long in some directions and empty in
others, so the distance comes out too large, by about a number over n. Real pictures show how much: their true distance
is 0. Papers differ in n, and in the reference, which is a sample of its own.

Source: Heusel et al. 2017, Equation 6; Chong and Forsyth 2020, "Effectively Unbiased FID and Inception Score", whose
straight line in 1 / n gives the distance for endless many pictures. DF-GAN (Tao et al. 2022) was measured with 30,000.
"""

from collections.abc import Sequence

import numpy as np

from t2ilib import measuring, runtime
from t2ilib.data import rendered
from t2ilib.data.birds import World
from t2ilib.metrics.measures import held_out_captions
from t2ilib.metrics.probe import read
from t2ilib.metrics.realism import frechet_of_samples
from t2ilib.papers.gan_cls import TITLES
from t2ilib.sample import Painter, load_probe
from t2ilib.studies import Findings, measure

MODELS = ("gan_int_cls", "gan_cls")     # shipped ones; SynthFID finds the first of them better
LEVEL = 2                               # of the world that they were trained on
SIZES = {"smoke": (50, 100, 200, 400), "laptop": (50, 100, 200, 500, 1000, 2000)}
SIZES["gpu"] = SIZES["laptop"]
DRAWS = {"smoke": 2, "laptop": 10, "gpu": 10}       # samples of each size; of the largest there is one
REAL = "real"


def study_size(profile: str, _seeds: Sequence[int]) -> Findings:
    """DFG-26: a mean and the lowest and highest of all samples for each size; the samples are the rows.

    "itself" is the distance of the reference to itself; "endless: ..." where a line in 1 / n ends, and "line: ..." its
    R squared; "other reference: ..." the distance of the largest sample to real pictures of the species that models
    were trained on.
    """
    sizes, reference, seen_species, sets = look(profile)
    found = {"itself": single(frechet_of_samples(reference, reference), len(reference), "pictures")}
    for name, features in sets.items():
        rows = {n: distances(features, reference, n, DRAWS[profile]) for n in sizes}
        found |= {f"SynthFID, {n}: {name}": spread(values) for n, values in rows.items()}
        found |= of_line(name, {n: float(np.mean(values)) for n, values in rows.items()})
        found[f"other reference: {name}"] = spread([frechet_of_samples(features, seen_species)])
    return Findings(found | of_falls(found, sizes), 0)


def look(profile: str) -> tuple[tuple[int, ...], np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """The sizes, the features (N, 256) of the reference and of seen species, and those of every set by its name."""
    sizes, probe = SIZES[profile], load_probe()
    most, data = max(sizes), measuring.unseen(profile, LEVEL, 2)
    order = np.random.default_rng(0).permutation(2 * most)
    known = rendered.load(World(0, LEVEL), "train", most, measuring.SIZE).images

    def features(images: np.ndarray) -> np.ndarray:
        return read(probe, runtime.to_tensor(images)).features
    reference, other = features(data.images[order[:most]]), features(data.images[order[most:]])
    captions = held_out_captions(data, most)[1]
    drawn = {TITLES[name]: drawn_by(Painter.shipped(name), captions) for name in MODELS}
    return sizes, reference, features(known), {REAL: other} | drawn


def drawn_by(painter: Painter, captions: list[str]) -> np.ndarray:
    """The features of a model's pictures, one for each caption."""
    return read(painter.probe, painter.paint(captions, painter.noise(len(captions), 0))).features


def distances(features: np.ndarray, reference: np.ndarray, count: int, draws: int) -> list[float]:
    """The distance of `draws` samples of `count` pictures each; of all pictures there is one sample only."""
    stream = np.random.default_rng(count)
    samples = [stream.choice(len(features), count, replace=False) for _ in range(draws if count < len(features) else 1)]
    return [frechet_of_samples(features[rows], reference) for rows in samples]


def spread(values: list[float]) -> dict:
    """Samples of one size as a measure: their mean, the lowest and the highest."""
    return measure(np.mean(values), min(values), max(values), len(values), "samples", values)


def of_line(name: str, means: dict[int, float]) -> dict[str, dict]:
    """A straight line through the means over 1 / n: where it ends for endless n, and how well it fits."""
    end, fit = endless(list(means), list(means.values()))
    return {f"endless: {name}": single(end, len(means), "sizes"), f"line: {name}": single(fit, len(means), "sizes")}


def endless(sizes: Sequence[int], values: Sequence[float]) -> tuple[float, float]:
    """Where a least-squares line of values over 1 / n meets 1 / n = 0, and its R squared."""
    rare = 1 / np.asarray(sizes, float)
    slope, end = np.polyfit(rare, values, 1)
    left = np.asarray(values) - (slope * rare + end)
    return float(end), float(1 - left.var() / np.var(values))


def of_falls(found: dict[str, dict], sizes: Sequence[int]) -> dict[str, dict]:
    """By how much real pictures come closer from each size to the next, the least of them as the value; and the lead of
    the better model with the most pictures for both, and with the fewest for itself and the most for the other.
    """
    means = [found[f"SynthFID, {n}: {REAL}"]["value"] for n in sizes]
    steps = (-np.diff(means)).tolist()
    better, worse = ({n: found[f"SynthFID, {n}: {TITLES[name]}"]["value"] for n in sizes} for name in MODELS)
    fewest, most = sizes[0], sizes[-1]
    return {"least fall": single(min(steps), len(steps), "steps of n", steps),
            "lead at equal n": single(worse[most] - better[most], most, "pictures"),
            "lead with fewest pictures": single(worse[most] - better[fewest], fewest, "pictures")}


def single(value: float, count: int, unit: str, rows: list | None = None) -> dict:
    """A number that was measured once: its interval is the number itself."""
    return measure(value, value, value, count, unit, rows)
