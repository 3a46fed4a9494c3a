"""DF-GAN with one thing changed at a time: which of its ideas does what?

Three tables of the paper's kind, with the runs that they share done once: the ideas added one by one (Table 2), ways to
let the sentence in (Table 3), and places where the discriminator is kept flat. Pictures, captions and measures are
those of `text_gans`: 32 x 32 pixels of the plain world, short runs, and everything is compared at equal steps.

Table 2 begins with a stacked generator. Ours begins, for now, with one stage, so the gain of the one-stage backbone is
not among the five rows: it waits for a StackGAN to compare with. The baseline has the rest of what the paper takes
away: the condition joined at the start, a two-way output, no penalty.

All rows take the same learning rates. A first pass with 5 times the authors' rates was too short for any order to be
seen, and 10 times were chosen by trials of the DF-GAN row alone, so they may favour it. No claim was changed by that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from t2ilib.papers import df_gan
from t2ilib.papers.variants.fusion import make_generator
from t2ilib.papers.variants.judging import FAKE, MATCHING, NOWHERE, WRONG, Judged, TwoWay
from t2ilib.studies import Findings, over_seeds, text_gans
from t2ilib.train import Recipe, TrainState

STEPS = {"smoke": 2, "laptop": 1_500, "gpu": 20_000}
FASTER = 10.0                       # times the authors' rates: short runs take larger steps
SOURCES = ("blocks.py", "losses.py", "train.py", "papers/gan_cls.py", "papers/df_gan.py", "papers/variants/fusion.py",
           "papers/variants/judging.py", "data/text_batches.py")    # they make the weights


@dataclass(frozen=True)
class Setup:
    """DF-GAN, or what is different about it."""

    fusion: str = "DFBlock"         # one of `fusion.FUSIONS`
    place: str = MATCHING           # of the penalty: one of `judging.PLACES`
    two_way: bool = False           # does D also judge the picture alone?
    power: float = 6.0              # of the penalty

    def config(self, profile: str) -> df_gan.Config:
        """The sizes of both players: those that are shipped, for smaller pictures."""
        base, _ = df_gan.RECIPES["steady"]["smoke" if profile == "smoke" else "laptop"]
        return replace(base, size=text_gans.SIZE, power=self.power)

    def recipe(self, profile: str) -> Recipe:
        """The same for all rows."""
        _, base = df_gan.RECIPES["steady"]["smoke" if profile == "smoke" else "laptop"]
        rates = {player: FASTER * rate for player, rate in df_gan.ADAM["lrs"].items()}
        return replace(base, steps=STEPS[profile], lrs=rates, average=0.995)

    def game(self, profile: str) -> Judged:
        """Both players, fresh from torch's random state: layers that rows have in common start with equal weights."""
        config = self.config(profile)
        game = (TwoWay if self.two_way else Judged)(config, self.place)
        game.generator = make_generator(config, self.fusion)
        return game


SETUPS = {
    "baseline": Setup("concatenation", NOWHERE, two_way=True),
    "MA-GP": Setup("concatenation", two_way=True),
    "one-way": Setup("concatenation"),
    "affine": Setup("one affine"),
    "DF-GAN": Setup(),
    "CBN": Setup("CBN"),
    "two affines": Setup("two affines"),
    "no penalty": Setup(place=NOWHERE),
    "penalty at fakes": Setup(place=FAKE),
    "penalty at wrong texts": Setup(place=WRONG),
    "p = 2": Setup(power=2.0),
}
"""Title of a run -> what it is."""

ADDED = {"baseline": "baseline", "+ MA-GP": "MA-GP", "+ one-way output": "one-way", "+ affine": "affine",
         "+ second affine and activation": "DF-GAN"}
FUSED = {"concatenation": "one-way", "conditional batch norm": "CBN", "one affine": "affine",
         "two affines": "two affines", "DFBlock": "DF-GAN"}
FLAT = {"nowhere": "no penalty", "real, right text": "DF-GAN", "fake, right text": "penalty at fakes",
        "real, wrong text": "penalty at wrong texts", "real, right text, p = 2": "p = 2"}
"""Rows of the three tables, in words -> the title of the run."""
COMPARED = {"faithfulness": 1, "SynthFID": -1}          # is more better, or less?


def train(setup: Setup, profile: str, seed: int) -> TrainState:
    """One run, or what was kept of it."""
    return text_gans.kept("df_gan_ablation", SOURCES, text_gans.begin(setup, profile, seed), profile, setup)


def study_ablation(profile: str, seeds: Sequence[int]) -> Findings:
    """All runs with all seeds; "faithfulness: DF-GAN" and so on, and what the claims compare."""
    found, drawn_from = text_gans.measured(SETUPS, train, profile, seeds)
    looked_at = {name: values for name, values in drawn_from.items() if not name.startswith("answers")}
    return Findings({metric: over_seeds(values) for metric, values in (found | gains(found)).items()}
                    | text_gans.limits(profile), STEPS[profile], looked_at)


def gains(found: dict[str, list[float]]) -> dict[str, np.ndarray]:
    """What claims compare, seed by seed; above 0 is better, also of SynthFID, of which less is better.

    "+ MA-GP, SynthFID" and so on: what an idea adds to those before it.
    """
    others = [title for title in FUSED.values() if title != "DF-GAN"]
    elsewhere = [title for place, title in FLAT.items() if not place.startswith(MATCHING)]
    return {**{f"{words}, {metric}": over_best(found, metric, after, [before]) for metric in COMPARED
               for (_, before), (words, after) in pairwise(ADDED.items())},
            **{f"DFBlock over the best other fusion, {metric}": over_best(found, metric, "DF-GAN", others)
               for metric in COMPARED},
            "MA-GP over the best other place, faithfulness": over_best(found, "faithfulness", "DF-GAN", elsewhere)}


def over_best(found: dict[str, list[float]], metric: str, title: str, rivals: Sequence[str]) -> np.ndarray:
    """How much better a run is than the best of others, seed by seed."""
    sign = COMPARED[metric]
    own, *theirs = (sign * np.array(found[f"{metric}: {name}"]) for name in (title, *rivals))
    return own - np.max(theirs, axis=0)
