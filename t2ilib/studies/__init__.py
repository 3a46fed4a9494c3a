"""Studies: the same experiment with several seeds, and one small tracked file of what it showed.

`t2i reproduce NAME` runs a study and writes `data/results/NAME.json`; chapters and claims read that file. A study is a
function `(profile, seeds) -> Findings` in a module of this folder. It runs on the processor: these players are so
small that an accelerator would only make them wait.
"""

import importlib
import json
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from t2ilib import checkpoint, runtime
from t2ilib.metrics import statistics

RESULTS = runtime.REPOSITORY / "data" / "results"


@dataclass(frozen=True)
class Findings:
    """What a study found out."""

    measures: dict[str, dict]                               # metric -> what `over_seeds` or `share` gives
    steps: int                                              # of one training, the longest if they differ
    arrays: dict[str, np.ndarray] = field(default_factory=dict)     # to draw from: small, uint8 or float16


@dataclass(frozen=True)
class Study:
    """Where a study is written, and what it costs."""

    module: str                             # in t2ilib.studies; imported when it is needed
    function: str                           # (profile, seeds) -> Findings
    chapter: str                            # notebook stem
    size: str                               # in words, for people
    seeds: tuple[int, ...] = (0, 1, 2)
    page: str = ""                          # module whose `write()` makes a page of what was stored

    def run(self, profile: str) -> Findings:
        """Run it; smoke takes two seeds."""
        work: Callable = getattr(importlib.import_module(f"{__name__}.{self.module}"), self.function)
        return work(profile, self.seeds[:2] if profile == "smoke" else self.seeds)


STUDIES = {
    "gan_optimal": Study("line_studies", "study_optimal", "01_gan", "D alone on the line, 3 seeds"),
    "gan_line": Study("line_studies", "study_line", "01_gan", "the game on the line, 3 seeds, two kinds of noise"),
    "gan_inner": Study("line_studies", "study_inner", "01_gan", "1, 5 and 20 steps of D for each of G, 3 seeds"),
    "gan_far": Study("line_studies", "study_far", "01_gan", "G starts far away: both losses, two optimisers, 3 seeds"),
    "gan_ring": Study("ring", "study_ring", "01_gan", "the ring with a good and a bad recipe, 3 seeds"),
    "gan_rates": Study("digits", "study_rates", "01_gan", "four learning rates on the digits, 3 seeds"),
    "gan_capacity": Study("ring", "study_capacity", "01_gan", "narrow and wide players on the ring, 3 seeds"),
    "gan_digits": Study("digits", "study_digits", "01_gan", "nearest neighbours of digits, and a planted cheater"),
    "gan_symptoms": Study("broken", "study_symptoms", "01_gan", "runs broken on purpose",
                          page="t2ilib.symptoms"),
    "dcgan_guidelines": Study("dcgan_guidelines", "study_guidelines", "02_dcgan", "DCGAN at 32 pixels with one "
                              "guideline broken at a time, 18 rows of 750 steps, 3 seeds"),
    "dcgan_upsampling": Study("dcgan_upsampling", "study_upsampling", "02_dcgan", "four ways to double the side of a "
                              "picture, DCGAN at 32 pixels, 3 seeds"),
    "plain_against_dcgan": Study("plain_against_dcgan", "study_plain", "02_dcgan", "plain layers against DCGAN at 32 "
                                 "pixels at equal time, three learning rates, 3 seeds"),
    "dcgan_walks": Study("dcgan_walks", "study_walks", "02_dcgan", "walks through the noise of the shipped DCGAN, and "
                         "two rivals; nothing is trained", seeds=(0,)),
    "dcgan_arithmetic": Study("dcgan_arithmetic", "study_arithmetic", "02_dcgan", "sums of the shipped DCGAN's noises "
                              "for five pairs of factors; nothing is trained", seeds=(0,)),
    "dcgan_features": Study("dcgan_features", "study_features", "02_dcgan", "what a linear classifier reads in the "
                            "features of the shipped DCGAN's discriminator; small rivals are trained", seeds=(0,)),
    "cgan_digits": Study("cgan_digits", "study_digits", "03_conditional_gan",
                         "digits on demand, and the condition kept from D, from G, from both, 3 seeds"),
    "cgan_conditions": Study("cgan_conditions", "study_conditions", "03_conditional_gan", "the conditional GAN at 32 "
                             "pixels told a class, a place or colours, 2 seeds", seeds=(0, 1)),
    "cgan_pairs": Study("cgan_pairs", "study_pairs", "03_conditional_gan", "what D says to wrong conditions; nothing "
                        "is trained that cgan_conditions has not, 2 seeds", seeds=(0, 1)),
    "cgan_training_data": Study("cgan_training_data", "study_training_data", "03_conditional_gan", "classifiers that "
                                "learn from the shipped model's pictures, 3 seeds"),
    "embedding_retrieval": Study("embedding", "study_retrieval", "04_joint_embedding",
                                 "the shipped encoders on unseen species; nothing is trained", seeds=(0,)),
    "embedding_training": Study("embedding_training", "study_training", "04_joint_embedding",
                                "eight short trainings of small embeddings, 3 seeds"),
    "text_gans": Study("text_gans", "study_steady", "05_gan_cls_int",
                       "the four models at 32 pixels with the steady recipe, 3 seeds"),
    "text_gans_published": Study("text_gans", "study_published", "05_gan_cls_int",
                                 "the four models at 32 pixels as published, 3 seeds"),
    "text_paths": Study("text_paths", "study_paths", "05_gan_cls_int",
                        "200 ways between sentences and as many between noises; nothing is trained", seeds=(0,)),
    "df_gan_ablation": Study("df_gan_ablation", "study_ablation", "09_df_gan",
                             "eleven variants of DF-GAN at 32 pixels, 2 seeds", seeds=(0, 1)),
    "fusion_rank": Study("fusion_rank", "study_rank", "09_df_gan", "how many directions a sentence moves the features "
                         "in, for five ways of fusion; nothing is trained that the ablation has not", seeds=(0, 1)),
    "dirac": Study("dirac", "study_dirac", "09_df_gan", "one real point, one fake point, three penalties; nothing is "
                   "random", seeds=(0,)),
    "match_plane": Study("match_plane", "study_plane", "09_df_gan",
                         "a discriminator of realness and match, with and without MA-GP, 3 seeds"),
    "fid_size": Study("fid_size", "study_size", "09_df_gan",
                      "SynthFID of 50 to 2,000 pictures, real and of two shipped models; nothing is trained",
                      seeds=(0,)),
    "fusion_cost": Study("fusion_cost", "study_cost", "09_df_gan",
                         "the work of affine fusion and of attention to words, 16 to 256 pixels", seeds=(0,)),
    "encoder_swap": Study("encoder_swap", "study_swap", "09_df_gan",
                          "DF-GAN at 32 pixels told by each of four small text encoders, 2 seeds", seeds=(0, 1)),
    "beyond_size": Study("beyond_size", "study_size", "09_df_gan",
                         "the shipped DF-GAN draws twice as large as it learned, in two ways; nothing is trained",
                         seeds=(0,)),
    "small_parts": Study("small_parts", "study_small_parts", "09_df_gan",
                         "how often two shipped models give each part its colour; nothing is trained", seeds=(0,)),
    "borrowed": Study("borrowed", "study_borrowed", "09_df_gan", "which colours wrong parts have in pictures of three "
                      "shipped models; nothing is trained", seeds=(0,)),
    "df_gan_silence": Study("df_gan_silence", "study_silence", "09_df_gan",
                            "the shipped DF-GAN with the sentence silenced in some blocks; nothing is trained",
                            seeds=(0,)),
}


def over_seeds(values: Sequence[float], unit: str = "seeds", rows: list | dict | None = None) -> dict:
    """One number per seed as a measure: their mean, and the lowest and highest of them as its interval.

    A claim is therefore reproduced when every seed keeps its bound. For three seeds this is the 95 % bootstrap interval
    of the mean too: one resample in 27 holds the lowest seed three times. `rows` are kept as they are, for a figure;
    without them, the numbers of the seeds.
    """
    numbers = statistics.summary(values, unit)              # refuses a single seed and a failed one
    return measure(numbers.mean, min(values), max(values), numbers.n, unit, rows or list(map(float, values)))


def share(hits: Sequence[bool], unit: str, rows: list | dict | None = None) -> dict:
    """How many of all, as a measure with its bootstrap interval: for what is counted, such as failed runs."""
    return measure(float(np.mean(hits)), *statistics.bootstrap(np.asarray(hits, float)), len(hits), unit, rows)


def measure(value: float, low: float, high: float, n: int, unit: str, rows: list | dict | None = None) -> dict:
    """A number with its interval, as it stands in a results file."""
    return {"value": float(value), "low": float(low), "high": float(high), "n": n, "unit": unit,
            **({} if rows is None else {"rows": rows})}


def reproduce(name: str, profile: str) -> dict:
    """Run a study and store what it found; smoke stores nothing.

    Raises: ValueError for an unknown name.
    """
    study, started = find(name), time.perf_counter()
    findings = study.run(profile)
    content = {"name": name, "command": f"t2i reproduce {name} --profile {profile}", "profile": profile,
               "chapter": study.chapter, "size": study.size, "seeds": study.seeds, "steps": findings.steps,
               "device": f"CPU ({platform.machine()}, {torch.get_num_threads()} thread(s))",
               "versions": checkpoint.versions(), "seconds": round(time.perf_counter() - started),
               "measures": findings.measures}
    if profile != "smoke":
        store(name, content, findings.arrays)
        if study.page:
            importlib.import_module(study.page).write()
    return content


def store(name: str, content: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write NAME.json and, if there is something to draw, NAME.npz; the numbers come last."""
    if arrays:
        runtime.write_atomically(path(name, "npz"), lambda temporary: save_arrays(temporary, arrays))
    runtime.write_text(path(name), json.dumps(content, indent=1) + "\n")


def save_arrays(where: Path, arrays: dict[str, np.ndarray]) -> None:
    with open(where, "wb") as stream:                       # numpy would add a suffix to a name
        np.savez_compressed(stream, **arrays)


def results(name: str) -> dict:
    """The stored results of a study: how it ran, and "measures": metric -> {value, low, high, n, unit, perhaps rows}.

    Raises: ValueError for an unknown name, FileNotFoundError with the command if it has not been run.
    """
    return json.loads(existing(name).read_text(encoding="utf-8"))


def by_seed(name: str, metrics: dict[str, str]) -> dict[str, list]:
    """Rows for a figure: in words -> the numbers of the seeds, of some metrics of a study, {in words: metric}.

    Raises as `results`.
    """
    measures = results(name)["measures"]
    return {words: measures[metric]["rows"] for words, metric in metrics.items()}


def arrays(name: str) -> dict[str, np.ndarray]:
    """What a study stored to draw from. Raises as `results`."""
    with np.load(existing(name, "npz"), allow_pickle=False) as content:
        return dict(content)


def existing(name: str, suffix: str = "json") -> Path:
    find(name)
    if not path(name, suffix).is_file():
        raise FileNotFoundError(f"the results of the study should be in {path(name, suffix)}, but there is no such "
                                f"file; run: t2i reproduce {name}")
    return path(name, suffix)


def path(name: str, suffix: str = "json") -> Path:
    """Where the results of a study are kept."""
    return RESULTS / f"{name}.{suffix}"


def find(name: str) -> Study:
    """Raises: ValueError with the names there are."""
    if name not in STUDIES:
        raise ValueError(f"the study should be one of {', '.join(STUDIES)}, got {name!r}; choose one of them")
    return STUDIES[name]
