"""Do generated pictures look like real ones? SynthFID, SynthIS, density, coverage, read-outs, sharpness.

All but sharpness compare what a probe sees, so they speak of this world and of that very probe: a SynthFID must never
stand beside one of another probe, nor beside a Frechet distance from a paper, which uses another network, another
number of pictures, and photographs.

SynthFID depends on the number of pictures: the fewer there are, the larger it is, even for two sets of real ones
(Chong and Forsyth 2020, "Effectively Unbiased FID and Inception Score"). So the pictures under test and the real ones
that give the noise floor have the same number, and both meet the same real reference; n is printed, and should be some
times the number of features.

No one of them is enough. Blurred pictures lie in the middle of the real ones: their density is high, their coverage may
be, too, and only their sharpness is low. Copies of training pictures are perfect by all of them: see `memorisation`.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchvision.transforms.v2.functional import gaussian_blur

from t2ilib import runtime
from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics.memorisation import marks
from t2ilib.metrics.probe import Reader, Readings, read
from t2ilib.metrics.statistics import RESAMPLES, Score, bootstrap, bootstrap_distance, bootstrap_ratio, recentred

NEIGHBOURS = 5              # k of density and coverage, as in the paper
BLUR_PIXELS = 1.0           # sharpness is what a Gaussian blur of this standard deviation takes away
LARGEST_IS = len(COLOURS)   # C: every part of every picture surely of one colour, and all colours equally often


@dataclass(frozen=True)
class Look:
    """What a probe sees in four sets of N pictures each."""

    made: Readings          # the pictures under test
    reference: Readings     # real pictures, with which the others are compared
    real: Readings          # other real pictures: what a perfect generator would give
    noise: Readings         # independent uniform pixels: the worst


def look(probe: Reader, images: Tensor, real: Tensor) -> Look:
    """Let the probe look once; all measures of this file but sharpness follow from it.

    Shapes: images (N, 3, 64, 64) and real (M, 3, 64, 64) in [-1, 1]; of the real ones 2N are used, in mixed order.
    Raises: ValueError if there are fewer than 2N real pictures, or too few pictures for NEIGHBOURS neighbours.
    """
    count = len(images)
    if count <= NEIGHBOURS:
        raise ValueError(f"there should be more than {NEIGHBOURS} pictures, got {count}; draw some hundred")
    if len(real) < 2 * count:
        raise ValueError(f"there should be at least {2 * count} real pictures, twice as many as those under test, got "
                         f"{len(real)}; render more, or test fewer")
    order = torch.randperm(len(real), generator=runtime.generator(0))
    noise = torch.rand(images.shape, generator=runtime.generator(1)) * 2 - 1
    return Look(*(read(probe, pictures) for pictures in (
        images, real[order[:count]], real[order[count:2 * count]], noise)))


def measure(probe: Reader, images: Tensor, real: Tensor) -> dict[str, Score]:
    """All measures of realism; shapes and errors as in `look`. M8 to M10 of the ledger, and density and coverage."""
    seen = look(probe, images, real)
    return {"SynthFID": synth_fid(seen), "SynthIS": synth_is(seen), "density": density(seen),
            "coverage": coverage(seen), "read-outs": read_outs(seen), "sharpness": sharpness(images, real)}


def synth_fid(seen: Look) -> Score:
    """M8: the Frechet distance between the features of the pictures and of real ones. Lower is better.

    Ceiling: the noise floor, the distance of two sets of real pictures of the same n. Floor: that of noise.
    Paper: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update Rule", Equation 6, with our probe's features.
    """
    real = seen.reference.features
    value, ceiling, floor = (frechet_distance(sight.features, real) for sight in (seen.made, seen.real, seen.noise))
    interval = bootstrap_distance(frechet_of_samples, seen.made.features, real)
    return Score(value, len(real), *interval, ceiling, floor)


def frechet_distance(first: np.ndarray, second: np.ndarray) -> float:
    """The distance between two sets of features (N, F), (M, F), by torchmetrics."""
    metric = FrechetInceptionDistance(feature=_Features(first.shape[1])).set_dtype(torch.float64)
    for rows, real in ((first, False), (second, True)):
        metric.update(torch.from_numpy(rows).double(), real=real)
    return max(0.0, float(metric.compute()))                    # rounding may leave -1e-12 for equal sets


class _Features(nn.Identity):
    """Stands where torchmetrics wants a network that turns pictures into features: ours are features already."""

    def __init__(self, count: int):
        super().__init__()
        self.num_features = count


def frechet_of_samples(first: np.ndarray, second: np.ndarray) -> float:
    """The same distance by the closed form, faster: the bootstrap asks for it a hundred times."""
    moments = [(rows.mean(0), np.cov(rows, rowvar=False)) for rows in (np.asarray(first, float),
                                                                       np.asarray(second, float))]
    return frechet_of_gaussians(*moments[0], *moments[1])


def frechet_of_gaussians(mean1: np.ndarray, cov1: np.ndarray, mean2: np.ndarray, cov2: np.ndarray) -> float:
    """The squared Frechet distance of two normal distributions in closed form.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2). The last trace is the sum of the singular values of
    C1^1/2 C2^1/2, which needs no square root of a matrix that is not symmetric.
    Shapes: means (F,), covariances (F, F) symmetric and not negative
    Paper:  Dowson and Landau 1982, "The Frechet Distance between Multivariate Normal Distributions", Equation 4.
    """
    overlap = np.linalg.svd(root(cov1) @ root(cov2), compute_uv=False).sum()
    return float(((mean1 - mean2) ** 2).sum() + np.trace(cov1) + np.trace(cov2) - 2 * overlap)


def root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of a symmetric matrix that is not negative."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(values.clip(0)) @ vectors.T


def synth_is(seen: Look) -> Score:
    """M9: the inception score with the colour of a part as the class; the geometric mean over the ten parts.

    The probe has no head for the 1,100 species, and their names would not make sense for a bird between two of them:
    what a species looks like is its colours, and the probe has a head for each. The score lies between 1 (all
    pictures alike, or the probe unsure of all) and C = 11 = `LARGEST_IS`, which no real set reaches, as real colours
    are not equally frequent. It sees neither realism nor the caption.
    Ceiling: real pictures. Floor: 1.
    Paper: Salimans et al. 2016, "Improved Techniques for Training GANs", Section 4; in one split instead of ten.
    """
    value, real = (inception_score(colour_tables(sight)) for sight in (seen.made, seen.real))
    tables, draws = colour_tables(seen.made), np.random.default_rng(0)
    count = tables.shape[1]
    resampled = [inception_score(tables[:, draws.integers(count, size=count)]) for _ in range(RESAMPLES // 5)]
    return Score(value, count, *recentred(np.array(resampled), value), ceiling=real, floor=1.0)


def colour_tables(readings: Readings) -> np.ndarray:
    """(parts, N, colours): how likely each part has each colour on each picture."""
    return np.stack([readings.probabilities[part] for part in PARTS]).astype(float)


def inception_score(tables: np.ndarray) -> float:
    """exp of the mean over heads and pictures of KL(p(y | x) || p(y)); (heads, N, classes) -> one number.

    KL = H(p(y)) - the mean of H(p(y | x)): high where each picture is clear and all together are varied.
    """
    varied, unclear = entropy(tables.mean(1)), entropy(tables).mean(1)
    return float(np.exp((varied - unclear).mean()))


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Of distributions along the last axis, in nats; 0 log 0 = 0."""
    return -(probabilities * np.log(np.where(probabilities > 0, probabilities, 1))).sum(-1)


def density(seen: Look) -> Score:
    """How many real neighbourhoods a picture lies in, over k: do the pictures lie where real ones are dense?

    A neighbourhood is the ball around a real picture that reaches to its k-th nearest real one, k = `NEIGHBOURS`.
    Ceiling: other real pictures (about 1; a set that stays in the middle exceeds it). Floor: 0.
    Paper: Naeem et al. 2020, "Reliable Fidelity and Diversity Metrics for Generative Models", Equation 5.
    """
    inside, real = neighbourhoods(seen.made, seen.reference), neighbourhoods(seen.real, seen.reference)
    counts = inside.sum(0) / NEIGHBOURS
    return Score(float(counts.mean()), len(counts), *bootstrap(counts),
                 ceiling=float(real.sum(0).mean() / NEIGHBOURS), floor=0.0)


def coverage(seen: Look) -> Score:
    """The share of real pictures that have a generated one in their neighbourhood: is anything left out?

    Ceiling: other real pictures of the same n; for large n about 1 - 2^-k = 0.969. Floor: 0.
    Paper: Naeem et al. 2020, Equation 6, and Equation 9 for the ceiling.
    """
    inside, real = neighbourhoods(seen.made, seen.reference), neighbourhoods(seen.real, seen.reference)
    covered = inside.any(1).astype(float)
    return Score(float(covered.mean()), len(covered), *bootstrap(covered), ceiling=float(real.any(1).mean()),
                 floor=0.0)


def neighbourhoods(made: Readings, real: Readings) -> np.ndarray:
    """(real, made) bool: whether a picture lies no farther from a real one than its k-th nearest other real one."""
    features, others = torch.from_numpy(real.features).double(), torch.from_numpy(made.features).double()
    radius = torch.cdist(features, features).kthvalue(NEIGHBOURS + 1, dim=1).values     # the nearest is itself
    return (torch.cdist(features, others) <= radius[:, None]).numpy()


def read_outs(seen: Look) -> Score:
    """How far the frequencies of what is read are from those of real pictures: 0 alike, 1 nothing in common.

    Does each colour, pose and background come as often as it should? The mean over all factors of the total variation.

    It sees one factor at a time, and neither realism nor company; as SynthFID, it is larger for fewer pictures. Lower
    is better.
    Ceiling: other real pictures of the same n. Floor: one real picture again and again.
    """
    made, reference, real = (marks(sight).numpy() for sight in (seen.made, seen.reference, seen.real))
    return Score(total_variation(made, reference), len(made), *bootstrap_distance(total_variation, made, reference),
                 ceiling=total_variation(real, reference), floor=total_variation(reference[:1], reference))


def total_variation(first: np.ndarray, second: np.ndarray) -> float:
    """Between two sets of one-hot rows (N, values), (M, values) of all factors side by side; the mean over factors."""
    return float(np.abs(first.mean(0) - second.mean(0)).sum() / 2 / len(FACTORS))


def sharpness(images: Tensor, real: Tensor) -> Score:
    """M10: the energy of fine detail, relative to that of real pictures. Best is 1: noise lies far above it.

    Fine detail is what a Gaussian blur takes away, with a standard deviation of `BLUR_PIXELS`.
    Shapes: images (N, 3, S, S), real (M, 3, S, S)
    Ceiling: 1, real pictures by construction. Floor: 0, grey ones.
    """
    fine, real_fine = fine_energy(images), fine_energy(real)
    return Score(float(fine.mean() / real_fine.mean()), len(images), *bootstrap_ratio(fine, real_fine),
                 ceiling=1.0, floor=0.0)


def fine_energy(images: Tensor, batch: int = 500) -> np.ndarray:
    """(N, 3, S, S) -> (N,) the mean square of what a small blur takes away."""
    kernel = 2 * round(3 * BLUR_PIXELS) + 1
    return torch.cat([(part - gaussian_blur(part, kernel, BLUR_PIXELS)).square().mean((1, 2, 3))
                      for part in images.split(batch)]).double().cpu().numpy()
