"""Four ways to double the side of a picture: which of them draw dots, before training and after it?

The pattern is measured at the contrast of real pictures, since a fresh generator draws pale ones. Real pictures give
the floor of the pattern, which is 1 by construction.

Sources: Odena, Dumoulin and Olah 2016, "Deconvolution and Checkerboard Artifacts"; Shi et al. 2016 (pixel shuffle);
         Aitken et al. 2017, "Checkerboard artifact free sub-pixel convolution" (its beginning).
"""

from collections.abc import Sequence

import numpy as np

from t2ilib.papers.variants.guidelines import UPSAMPLINGS
from t2ilib.studies import Findings, dcgan_measures, dcgan_runs, over_seeds
from t2ilib.studies.dcgan_runs import SHOWN, STEPS, Setup

TRANSPOSED, *OTHERS = UPSAMPLINGS
ROWS = {TRANSPOSED: Setup()} | {row: Setup(row) for row in OTHERS}
"""Way to double the side -> the run. The first one is DCGAN as published, and its runs are those of the guidelines."""

MOMENTS = {"before training": "checkerboard, at first", "after training": "checkerboard"}
METRICS = (*MOMENTS.values(), "SynthFID", "diversity")


def study_upsampling(profile: str, seeds: Sequence[int]) -> Findings:
    """"checkerboard, at first: pixel shuffle", "checkerboard: pixel shuffle", "SynthFID: pixel shuffle" and so on.

    The arrays hold samples of the first seed before training, at the contrast of real pictures, and after it; "real"
    are real pictures.
    """
    found, drawn_from = dcgan_runs.measured(ROWS, profile, seeds)
    kept = {name: values for name, values in drawn_from.items() if not name.startswith("curve")}
    known = {name: score for name, score in dcgan_measures.limits(profile).items() if name.startswith(METRICS)}
    return Findings({name: over_seeds(values) for name, values in found.items() if name.split(": ")[0] in METRICS}
                    | {name: over_seeds(values) for name, values in differences(found).items()} | known,
                    STEPS[profile], kept | {"real": dcgan_measures.real_pixels(profile)[:SHOWN]})


def differences(found: dict[str, list[float]]) -> dict[str, np.ndarray]:
    """Each way minus the transposed convolution, seed by seed."""
    return {f"{metric}, difference: {row}": np.subtract(found[f"{metric}: {row}"], found[f"{metric}: {TRANSPOSED}"])
            for metric in METRICS for row in OTHERS}
