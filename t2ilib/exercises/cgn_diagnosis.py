"""Chapter 03: a broken training of a conditional GAN. Three answers, two shares and a slope know what is wrong.

The trainings are real, only small (`cgn_worlds`), and made when they are first asked for.
"""

from functools import cache

import numpy as np

from t2ilib import runtime
from t2ilib.exercises import Exercise, case_checks
from t2ilib.exercises.case_checks import Case, logged, reads_logs
from t2ilib.exercises.cgn_worlds import CAUSES, NAMES, World, train

SIGNS = {                       # cause -> by what it is told from the others
    "healthy": "every class comes when it is asked for, and D answers a wrong c lower than the right one",
    "c shuffled before D": "own and wrong c get the same answer, but not to the last digit: D hears a c, and has "
                           "learned that it says nothing",
    "c not given to D": "own and wrong c get the very same answer, to the last digit: D hears no c at all",
    "c not given to G": "the embedding never gets a gradient, and classes come by chance: G hears no c at all",
    "one class missing": "one class is never drawn, while the others come when they are asked for",
    "embedding detached": "the embedding never gets a gradient, and yet the classes come: G reads an embedding that "
                          "stays as it began",
}
CONFUSED = {                    # (the cause, what was said) -> what tells them apart
    ("c not given to G", "embedding detached"): "no slope at the embedding in both, but here the right class comes by "
                                                "chance alone",
    ("embedding detached", "c not given to G"): "no slope at the embedding in both, but here the right class comes: "
                                                "G does hear c",
    ("embedding detached", "healthy"): "the pictures are fine; look at the slope at the embedding: exactly 0",
    ("healthy", "embedding detached"): "the slope at the embedding is small, but not 0",
    ("c shuffled before D", "c not given to D"): "own and wrong are alike on average, but not equal: D does hear a c",
    ("c not given to D", "c shuffled before D"): "own and wrong are alike to the last digit: D hears no c",
    ("c not given to G", "c not given to D"): "D tells own from wrong c by far: it is G that does not follow",
    ("one class missing", "healthy"): "the share of right classes looks well, but the worst class never comes",
    ("healthy", "one class missing"): "the worst class comes here, too: a share below 1 is no missing class",
    ("c shuffled before D", "one class missing"): "the worst class never comes, but hardly any other does",
}


@cache
def cases() -> tuple[Case, ...]:
    """A training for each cause and seed: those of one cause after the other."""
    return logged(train(World(runtime.generator(2014))), NAMES, CAUSES)


def shown() -> dict[str, dict[str, np.ndarray]]:
    """One log of each cause, to look at: cause -> log, each with (15,) numbers, one every 15 steps."""
    return case_checks.shown(cases())


READS = reads_logs(cases, SIGNS, CONFUSED)

find_cause = Exercise(
    id="cgn_diagnosis.find_cause",
    title="six logs, five faults",
    minutes=30,
    difficulty=4,
    text="Six small trainings of a conditional GAN with six classes, and in five of them one thing is wrong. Return "
         "the cause: 'healthy', 'c shuffled before D' (each picture is shown with the c of another one), 'c not given "
         "to D', 'c not given to G' (it gets zeros), 'one class missing' (in the training pictures) or 'embedding "
         "detached' (what G makes of c first has no gradient). `log` is a dict of arrays (15,), from first to last: "
         "`log['D(real, own c)']`, `log['D(real, wrong c)']` and `log['D(fake, own c)']` are D's mean answers, as "
         "probabilities; `log['right class']` is how often G draws the class that is asked for, `log['worst class']` "
         "the same for the class that does worst, and `log['slope at embedding']` the length of the gradient that "
         "arrives there. `exercises.cgn_diagnosis.shown()` has one log of each; yours is judged on others.",
    hints=(
        "Which number is exactly 0, or exactly equal to another one, in some of these trainings, and why there?",
        "Ask first for what is exact: a slope of 0 all the time, and two answers that agree to the last digit. Then "
        "take means of the second half.",
        "`(slope == 0).all()`: then `right class` above 0.5 or below; `np.array_equal(own, wrong)`; means of own - "
        "wrong below 0.05; `worst class` below 0.2; else healthy.",
    ),
    checks=(
        READS.any_cause,
        READS.finds("c not given to G", "a G that is told nothing"),
        READS.finds("embedding detached", "an embedding without a gradient"),
        READS.finds("c not given to D", "a D that is told nothing"),
        READS.finds("c shuffled before D", "a D that is told what others are"),
        READS.finds("one class missing", "a class that is not in the data"),
        READS.finds("healthy", "healthy trainings are left alone"),
    ),
    explanation="Both players must hear c, and the same c: if D does not, G is not asked to follow; if G does not, D "
                "finds every fake by its class. A shuffled c is worse than none, since no shape and no error tells of "
                "it. A missing class hides in a mean: look at the worst one. And a detached embedding draws fine "
                "pictures here, since a table of random numbers tells six classes apart, too; only the gradient shows "
                "that it never learns.",
)
