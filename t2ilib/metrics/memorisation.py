"""M7: does a generator draw, or does it hand out its training pictures?

The distance of each generated picture to its nearest training picture is compared with that of real pictures that
nobody trained on. An honest generator is about as far away as these, ratio 1; one that copies is at 0. Three spaces
give three kinds of evidence:

pixels    14 x 14 mean colours inside the border; a picture may be mirrored and moved by 2 pixels before it is compared,
          as a cheater would do. Finer noise and small retouching average out; turned or resized copies are not found.
features  what the probe's heads see, of the picture or its mirror image.
factors   how many attributes differ, as the probe reads them. Shown, but it convicts nobody: a caption that leaves much
          open may honestly be answered with a bird of the training species. Of use for captions of unseen species.

Sources: Goodfellow et al. 2014, Figure 2 (the nearest training picture beside a sample); Meehan et al. 2020, "A
         Non-Parametric Test to Detect Data-Copying in Generative Models", Section 2 (compare with held-out pictures).
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics.probe import Reader, Readings, checked, read, shift
from t2ilib.metrics.statistics import Score, bootstrap, bootstrap_ratio

COPIES, HONEST = "copies its training pictures", "no sign of copying"
RATIO_BOUND = 0.5           # nearer than half as far as real pictures, on average: copies
SHARE_BOUND = 0.02          # more than one picture in fifty a copy: copies
SURELY_NEAR = 0.5           # a copy is nearer than this part of what 99 % of real pictures keep
MOVES = (-2, 0, 2)          # pixels by which a picture is moved before it is compared
BORDER, CELL = 4, 4         # pixels: what moving may spoil, and the side of the squares whose colours are compared

Places = dict[str, Tensor]  # space -> (N, D); Euclidean distances there


def album(probe: Reader, pictures: np.ndarray, batch: int = 1000) -> Places:
    """Where the training pictures lie in each space; made once, then used for any number of generators.

    Shapes: pictures (M, 64, 64, 3) uint8, such as `Rendered.images`: taken in parts, as all at once would fill memory.
    """
    parts = [places(probe, runtime.to_tensor(pictures[start:start + batch]))
             for start in range(0, len(pictures), batch)]
    return {space: torch.cat([part[space] for part in parts]) for space in parts[0]}


def measure(probe: Reader, images: Tensor, real: Tensor, train: Places) -> dict[str, Score]:
    """The ratio of distances for each space, and "copied": the share of pictures that are surely copies.

    Shapes: images (N, 3, 64, 64) and real (M, 3, 64, 64) in [-1, 1]: generated pictures, and real ones never trained
            on, best of the same captions; train, the album of what the generator was trained on
    Ceiling: 1, real pictures by construction, and for "copied" what is said of them. Floor: copies only, 0 and 1.
    Raises: ValueError if the real pictures are in the album.
    """
    made, held_out = (distances(probe, pictures, train) for pictures in (images, real))
    if min(float(held_out[space].mean()) for space in ("pixels", "features")) < 1e-2:
        raise ValueError("the real pictures should be ones that nobody trained on, got pictures of the album; take the "
                         "test split")
    scores = {space: Score(float(made[space].mean() / held_out[space].mean()), len(images),
                           *bootstrap_ratio(made[space], held_out[space]), ceiling=1.0, floor=0.0) for space in made}
    return scores | {"copied": copied(made["pixels"], held_out["pixels"])}


def copied(made: np.ndarray, held_out: np.ndarray) -> Score:
    """The share of distances that are below half the distance which 99 % of real pictures keep; (N,), (M,)."""
    near = SURELY_NEAR * np.quantile(held_out, 0.01)
    found = (made < near).astype(float)
    return Score(float(found.mean()), len(found), *bootstrap(found), ceiling=float((held_out < near).mean()), floor=1.0)


def verdict(scores: dict[str, Score]) -> str:
    """COPIES or HONEST. The rule, fixed before any generator was measured:

    guilty if the upper bound of the ratio lies below `RATIO_BOUND` in pixels or in features,
    or if the lower bound of the share of copies lies above `SHARE_BOUND`.
    """
    near = any(scores[space].high < RATIO_BOUND for space in ("pixels", "features"))
    return COPIES if near or scores["copied"].low > SHARE_BOUND else HONEST


def distances(probe: Reader, images: Tensor, train: Places) -> dict[str, np.ndarray]:
    """Space -> (N,) how far each picture is from its nearest training picture, also mirrored or moved."""
    variants = [places(probe, view) for view in (checked(images), images.flip(3))]
    found = {space: nearest([variant[space] for variant in variants], train[space])
             for space in ("features", "factors")}
    pixels = nearest((thumbnails(view) for view in moved(images)), train["pixels"])
    return {"pixels": pixels, "features": found["features"], "factors": found["factors"] ** 2 / 2}


def places(probe: Reader, images: Tensor) -> Places:
    """(N, 3, 64, 64) -> pixels (N, 588), features (N, F), factors (N, values) as a 1 for each attribute read."""
    readings = read(probe, images)
    return {"pixels": thumbnails(images), "features": torch.from_numpy(readings.features), "factors": marks(readings)}


def marks(readings: Readings) -> Tensor:
    """The attributes read, side by side as one-hot rows: half the squared distance is how many differ."""
    return torch.cat([F.one_hot(torch.from_numpy(readings.values(factor)), len(values))
                      for factor, values in FACTORS.items()], dim=1).float()


def thumbnails(images: Tensor) -> Tensor:
    """(N, 3, 64, 64) -> (N, 588): the mean colours of 14 x 14 squares inside the border."""
    inside = images[..., BORDER:-BORDER, BORDER:-BORDER]
    return F.avg_pool2d(inside, CELL).flatten(1)


def moved(images: Tensor) -> Iterator[Tensor]:
    """The pictures and their mirror images, each moved by every pair of MOVES."""
    for view, down, right in product((images, images.flip(3)), MOVES, MOVES):
        yield shift(view, [down, right])


def nearest(variants, train: Tensor, batch: int = 500) -> np.ndarray:
    """(N,) the distance from any variant (N, D) of a picture to the nearest row of `train` (M, D)."""
    return torch.stack([torch.cat([torch.cdist(rows, train).amin(1) for rows in variant.split(batch)])
                        for variant in variants]).amin(0).double().numpy()
