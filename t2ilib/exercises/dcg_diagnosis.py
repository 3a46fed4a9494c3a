"""Chapter 02: a broken training of DCGAN. Two players and a batch normalisation leave their traces in a log.

The trainings are real, only small (`dcg_worlds`), and made when they are first asked for.
"""

from functools import cache

import numpy as np

from t2ilib import runtime
from t2ilib.exercises import Exercise, case_checks
from t2ilib.exercises.case_checks import Case, logged, reads_logs
from t2ilib.exercises.dcg_worlds import CAUSES, NAMES, World, train

SIGNS = {                       # cause -> by what it is told from the others
    "healthy": "real pictures reach below 0, G's features are about 0.7, and fakes are pale at first",
    "norm everywhere": "fakes have their full contrast from the first step on: a normalisation at G's end gives it to "
                       "them, whatever G knows",
    "scales around 0": "G's features are hardly more than 0, and stay so: each was multiplied by a scale around 0",
    "epsilon 0.8": "G's features are about half of what they should be: a variance that is far below 0.8 drowns in it",
    "pictures from 0 to 1": "look at the data first: the mean of the real pictures is above 0",
    "one batch for both": "D is sure in its own step, and calls the same fakes real when they come alone",
}
CONFUSED = {                    # (the cause, what was said) -> what tells them apart
    ("scales around 0", "epsilon 0.8"): "both make features small; here they are below a tenth even at the end",
    ("epsilon 0.8", "scales around 0"): "both make features small; here they recover to about half as G's weights grow",
    ("epsilon 0.8", "healthy"): "contrast comes late and then strongly; but it is G's features that are too small",
    ("scales around 0", "healthy"): "the answers look well, but the fakes are grey and G's features are near 0",
    ("healthy", "epsilon 0.8"): "G's features are as large as normalisation makes them: the root of 1/2 behind a ReLU",
    ("one batch for both", "healthy"): "D is far surer than in a healthy run. And what does it say to fakes alone?",
    ("healthy", "one batch for both"): "D says nearly the same of fakes, alone or beside real pictures",
    ("pictures from 0 to 1", "healthy"): "the answers look fine. But real digits are dark with some light: their mean "
                                         "should be below 0",
    ("norm everywhere", "healthy"): "the answers look fine. But how can fakes have full contrast after five steps?",
}


@cache
def cases() -> tuple[Case, ...]:
    """A training for each cause and seed: those of one cause after the other."""
    return logged(train(World(runtime.generator(2015))), NAMES, CAUSES)


def shown() -> dict[str, dict[str, np.ndarray]]:
    """One log of each cause, to look at: cause -> log, each with (12,) numbers, one every five steps."""
    return case_checks.shown(cases())


READS = reads_logs(cases, SIGNS, CONFUSED)

find_cause = Exercise(
    id="dcg_diagnosis.find_cause",
    title="six logs, five faults of widely copied code",
    minutes=30,
    difficulty=4,
    text="Six small trainings of DCGAN on digits, and in five of them one thing is wrong. Return the cause: 'healthy', "
         "'norm everywhere' (batch normalisation also where G ends and where D begins), 'scales around 0' (the scales "
         "of batch normalisation begin at N(0, 0.02) instead of N(1, 0.02)), 'epsilon 0.8' (somebody wrote "
         "`BatchNorm2d(channels, 0.8)` and meant the momentum), 'pictures from 0 to 1' (real ones, while G ends in "
         "tanh) or 'one batch for both' (in D's step real and fake pictures are normalised together). `log` is a dict "
         "of arrays (12,), from first to last: `log['D(real)']` and `log['D(fake)']` are D's mean answers in its own "
         "step, `log['D(fake), alone']` that to the same fakes in G's step, after D has moved; `log['mean of real']` "
         "is the mean pixel, `log['contrast of fakes']` the spread of pixels, `log[\"G's features\"]` the size (root "
         "mean square) of what comes out of G's first layer, behind normalisation and ReLU. "
         "`exercises.dcg_diagnosis.shown()` has one log of each; yours is judged on others.",
    hints=(
        "For each fault: which of the six numbers does it move first? Two of them move the same one, by different "
        "amounts.",
        "Take the means of the second half. The data come first, then what D says to the same fakes twice, then "
        "contrast, and at last the size of the features.",
        "With such means: `real > 0`; `alone > fake + 0.2`; `contrast > 0.5`; `features < 0.15`; `features < 0.5`; "
        "else healthy.",
    ),
    checks=(
        READS.any_cause,
        READS.finds("pictures from 0 to 1", "real pictures in another range"),
        READS.finds("one batch for both", "real and fake normalised together"),
        READS.finds("norm everywhere", "normalisation where it does not belong"),
        READS.finds("scales around 0", "scales that began around 0"),
        READS.finds("epsilon 0.8", "an epsilon of 0.8"),
        READS.finds("healthy", "healthy trainings are left alone"),
    ),
    explanation="None of these stops with an error, and each has been copied into many repositories. D's answers alone "
                "betray one of the five: with shared statistics D learns from the company a picture is in, and then "
                "has to judge fakes that come alone. The others hide in numbers that nobody logs: range, contrast, the "
                "size of features. The second argument of `BatchNorm2d` is epsilon; write `momentum=` when you mean "
                "it.",
)
