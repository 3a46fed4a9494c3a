"""Is there a dotted pattern on the pictures, the trace of how a generator enlarges?

A layer that doubles the side computes the pixels of each 2 x 2 square with weights of their own. Where these differ,
the picture differs systematically between even and odd rows and columns, whatever it shows. What it shows falls alike
on all four places; so the means over them are equal but for chance.

Source: Odena, Dumoulin and Olah 2016, "Deconvolution and Checkerboard Artifacts" (the cause; the measure is ours).
"""

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from t2ilib.metrics.controls import dotted
from t2ilib.metrics.statistics import Score, bootstrap_ratio

DOTS = 0.1                  # strength of the pattern that is the floor


def pattern_energy(images: Tensor) -> np.ndarray:
    """(N, K, S, S) -> (N,) the variance between the means of the four places of a 2 x 2 square, over all channels."""
    places = F.pixel_unshuffle(images.float(), 2).unflatten(1, (-1, 4)).mean((3, 4))        # (N, K, 4)
    return places.var(2, correction=0).mean(1).double().cpu().numpy()


def checkerboard(images: Tensor, real: Tensor) -> Score:
    """The energy of the pattern, relative to that of real pictures. Lower is better.

    Shapes: images (N, 3, S, S), real (M, 3, S, S)
    Ceiling: 1, real pictures by construction. Floor: real pictures with dots of strength `DOTS`.
    """
    made, true = pattern_energy(images), pattern_energy(real)
    return Score(float(made.mean() / true.mean()), len(images), *bootstrap_ratio(made, true),
                 ceiling=1.0, floor=float(pattern_energy(dotted(real, DOTS)).mean() / true.mean()))
