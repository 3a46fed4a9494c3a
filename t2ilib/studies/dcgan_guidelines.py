"""DCGAN with one guideline broken at a time: which of them does the work?

Each row of the table is the published recipe with one thing changed; all begin with the same weights where they have
the same layers, and see the same batches, so they are compared seed by seed. A row is called worse or better only if
its SynthFID differs in the same direction with every seed, and on average by more than the published recipe differs
from itself between seeds: three seeds alone would agree by chance in one row of four, and there are seventeen.

Paper: Radford et al. 2016, Section 3 (the guidelines) and Section 4 (Adam with 0.0002 and 0.5; 0.001 is "too high",
       0.9 "resulted in training oscillation").
"""

from collections.abc import Mapping, Sequence

import numpy as np

from t2ilib.papers.variants.guidelines import DEFECTS, GUIDELINES
from t2ilib.studies import Findings, dcgan_measures, dcgan_runs, over_seeds
from t2ilib.studies.dcgan_runs import STEPS, Setup

PUBLISHED, NO_NORM = "as published", "no batch norm"
ROWS = {row: Setup(row) for row in GUIDELINES | DEFECTS} | {
    "beta1 = 0.9": Setup(beta1=0.9), "beta1 = 0": Setup(beta1=0.0), "learning rate 0.001": Setup(lr=1e-3)}
"""What was changed -> the run; the first one is the published recipe."""

HEADS = (PUBLISHED, "average pooling before the answer", "hidden layer before the answer")
MOMENTA = ("beta1 = 0", PUBLISHED, "beta1 = 0.9")
STAGES = ("SynthFID, a third", "SynthFID, two thirds", "SynthFID")
"""Metrics at the end of each third of the steps."""

WORSE, BETTER, UNCLEAR = "worse", "better", "no clear difference"


def study_guidelines(profile: str, seeds: Sequence[int]) -> Findings:
    """All rows with all seeds: "SynthFID: no batch norm", "SynthFID, difference: no batch norm" and so on.

    The arrays hold, of the first seed, eight samples and a short curve of each row.
    """
    found, drawn_from = dcgan_runs.measured(ROWS, profile, seeds)
    kept = {name: values for name, values in drawn_from.items() if not name.startswith("begun")}
    return Findings({metric: over_seeds(values) for metric, values in (found | differences(found)).items()}
                    | dcgan_measures.limits(profile), STEPS[profile], kept)


def differences(found: Mapping[str, list[float]]) -> dict[str, np.ndarray]:
    """Each row minus the published recipe, seed by seed; and how many times its SynthFID one without norms has."""
    changed = {}
    for name, values in found.items():
        metric, row = name.split(": ")
        if row != PUBLISHED:
            changed[f"{metric}, difference: {row}"] = np.subtract(values, found[f"{metric}: {PUBLISHED}"])
    times = np.divide(found[f"SynthFID: {NO_NORM}"], found[f"SynthFID: {PUBLISHED}"])
    return changed | {f"SynthFID, times the published: {NO_NORM}": times}


def effect(measures: Mapping[str, Mapping], row: str) -> str:
    """WORSE, BETTER or UNCLEAR: what breaking a guideline does to SynthFID, by the rule at the top of this page.

    `measures` are those of the study's results.
    """
    change, own = measures[f"SynthFID, difference: {row}"], measures[f"SynthFID: {PUBLISHED}"]
    if change["low"] <= 0 <= change["high"] or abs(change["value"]) <= own["high"] - own["low"]:
        return UNCLEAR
    return WORSE if change["value"] > 0 else BETTER
