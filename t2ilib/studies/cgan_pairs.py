"""How well do discriminators that were never shown a wrong condition tell it from a right one?

Those of the short runs of `cgan_conditions`. The one that has to name colours is asked how likely those of a pair are.
The AUC of GAN-CLS, which is shown wrong pairs, comes from `text_gans`: there the condition is a sentence, so it is
quoted and no more.

Source: Reed et al. 2016 (ICML), Section 4.2, on why right pairs and fakes are not enough.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from t2ilib import studies
from t2ilib.metrics import condition_pairs
from t2ilib.metrics.condition_pairs import Pairs
from t2ilib.studies import Findings, cgan_runs, over_seeds
from t2ilib.studies.cgan_runs import SETUPS, Setup

COUNT = {"smoke": 40, "laptop": 2_000, "gpu": 2_000}    # pairs of each kind
QUOTED = "AUC wrong: GAN-CLS"


def study_pairs(profile: str, seeds: Sequence[int]) -> Findings:
    """"AUC wrong: class" and so on, "AUC swapped: colours", "AUC fake: place".

    "GAN-CLS over colours" is by how much the quoted AUC is higher. The arrays hold D's answers, of the first seed.
    """
    found, said = {}, {}
    for seed, (title, setup) in product(seeds, SETUPS.items()):
        answers = condition_pairs.answers(cgan_runs.train(setup, profile, seed).task, held_out(setup, profile))
        for kind, value in condition_pairs.areas(answers).items():
            found.setdefault(f"AUC {kind}: {title}", []).append(value)
        if seed == seeds[0]:
            said |= named(answers, title)
    quoted = studies.results("text_gans")["measures"][QUOTED]["value"]
    found["GAN-CLS over colours"] = quoted - np.array(found["AUC wrong: colours"])
    return Findings({metric: over_seeds(values) for metric, values in found.items()}, cgan_runs.STEPS[profile], said)


def held_out(setup: Setup, profile: str) -> Pairs:
    """Pairs that a run of `cgan_conditions` has never met."""
    data, count = setup.held_out(profile), COUNT[profile]
    return (condition_pairs.colour_pairs(data, count) if setup.kind == "colours" else
            condition_pairs.known_pairs(data, setup.kind, count))


def named(said: dict[str, np.ndarray], title: str) -> dict[str, np.ndarray]:
    """Answers as they are stored."""
    return {f"{kind}: {title}": logits.astype(np.float16) for kind, logits in said.items()}
