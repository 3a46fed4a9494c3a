"""Chapter 09: a broken training of DF-GAN. Three answers, the penalty at two places and a variety know what is wrong.

The trainings are real, only small (`dfg_worlds`), and made when they are first asked for.
"""

from functools import cache

import numpy as np

from t2ilib import runtime
from t2ilib.exercises import Exercise, case_checks
from t2ilib.exercises.case_checks import Case, logged, reads_logs
from t2ilib.exercises.dfg_worlds import CAUSES, NAMES, World, train

SIGNS = {                       # cause -> by what it is told from the others
    "healthy": "D says yes to right texts, no to wrong ones, is not sure about fakes, and flat at real pictures",
    "no wrong pairs": "nobody asks for a no to (real, wrong text): its answer is nearly that to (real, right text)",
    "no penalty": "nothing keeps D flat anywhere: MA-GP would be hundreds of times larger than in any other run",
    "penalty at fakes": "D is flat at fakes, and clearly steeper at real pictures, where nobody asks for it",
    "margins swapped": "D says no to real pictures with their texts, and yes to fakes",
    "scales from 0": "no noise gets through two affines that begin at scale 0: the variety is exactly 0, from the "
                     "first line to the last",
}
CONFUSED = {                    # (the cause, what was said) -> what tells them apart
    ("healthy", "penalty at fakes"): "MA-GP at real pictures is low here: compare it with the runs you were shown",
    ("penalty at fakes", "healthy"): "MA-GP at real pictures is higher than in any healthy run, and well above that at "
                                     "fakes",
    ("penalty at fakes", "no penalty"): "somebody does hold D down here: without a penalty MA-GP is above 100",
    ("no penalty", "healthy"): "the answers look fine, even better, but MA-GP is in the hundreds",
    ("no penalty", "penalty at fakes"): "D is steep at real pictures *and* at fakes",
    ("no wrong pairs", "healthy"): "the answers to right and wrong texts are nearly the same: D does not have to read",
    ("scales from 0", "healthy"): "look at the variety: pictures of one text are all the same, to the last digit",
    ("scales from 0", "margins swapped"): "the variety is 0 in both at the end; here it was from the beginning, and D "
                                          "says yes to real pictures",
    ("margins swapped", "scales from 0"): "the variety is lost here only after a while; look at what D says to real "
                                          "pictures",
    ("margins swapped", "healthy"): "D(real, right text) is about -1: yes and no have changed places",
    ("healthy", "scales from 0"): "the variety is small, but not 0",
}


@cache
def cases() -> tuple[Case, ...]:
    """A training for each cause and seed: those of one cause after the other."""
    return logged(train(World(runtime.generator(2022))), NAMES, CAUSES)


def shown() -> dict[str, dict[str, np.ndarray]]:
    """One log of each cause, to look at: cause -> log, each with (15,) numbers, one every ten steps."""
    return case_checks.shown(cases())


READS = reads_logs(cases, SIGNS, CONFUSED)

find_cause = Exercise(
    id="dfg_diagnosis.find_cause",
    title="six logs, five faults",
    minutes=30,
    difficulty=4,
    text="Six small trainings of DF-GAN, and in five of them one thing is wrong. Return the cause: 'healthy', 'no "
         "wrong pairs' (they have weight 0), 'no penalty' (k = 0), 'penalty at fakes' (MA-GP acts at fakes instead "
         "of real pictures), 'margins swapped' (the hinge asks for a no where a yes belongs, and the other way "
         "round) or 'scales from 0' (the affines of G begin with scale 0 instead of 1). `log` is a dict of arrays "
         "(15,), from first to last: `log['D(real, right text)']`, `log['D(real, wrong text)']` and `log['D(fake, "
         "right text)']` are D's mean answers; `log['MA-GP at real']` and `log['MA-GP at fakes']` are the penalty "
         "with k = 2 and p = 6, measured at both places in every run, whatever D was trained with; `log['variety']` "
         "is how much G's pictures for one text differ. `exercises.dfg_diagnosis.shown()` has one log of each; "
         "yours is judged on others.",
    hints=(
        "For each fault: which of the six curves should it move first? Two faults leave all three answers as they are "
        "in a healthy run.",
        "Take the means of the second half. Ask first for what no other run has: a variety of exactly 0 from the "
        "beginning, a no to real pictures with their texts, a penalty above 10. Then look at what is left.",
        "With such means: `(log['variety'] == 0).all()`; `right < 0`; `at_real > 10`; `wrong > 0.3`; "
        "`at_real > 0.095`; else healthy.",
    ),
    checks=(
        READS.any_cause,
        READS.finds("scales from 0", "scales that began at 0"),
        READS.finds("margins swapped", "margins on the wrong sides"),
        READS.finds("no penalty", "no penalty at all"),
        READS.finds("no wrong pairs", "no pairs with a wrong text"),
        READS.finds("penalty at fakes", "a penalty at fakes"),
        READS.finds("healthy", "healthy trainings are left alone"),
    ),
    explanation="The answers alone do not tell where D is flat: with the penalty at fakes they look healthy. So log "
                "the penalty at both places, also where it does not act. Near the end fakes and real pictures lie "
                "close together, and so do the two numbers: this fault is the hardest to see. Scales from 0 close "
                "the way for the noise for ever: each of two affines gets its gradient through the other, "
                "multiplied by 0. (Here the affines hear the sentence alone, as in the paper; in the authors' code "
                "of 2022 noise reaches them as well.)",
)
