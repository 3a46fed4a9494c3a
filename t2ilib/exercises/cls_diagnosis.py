"""Chapter 05: a broken training of GAN-CLS. What D says to the three kinds of pair knows what is wrong.

The trainings are real, only small (`cls_worlds`), and made when they are first asked for.
"""

from functools import cache

import numpy as np

from t2ilib import runtime
from t2ilib.exercises import Exercise, case_checks
from t2ilib.exercises.case_checks import Case, logged, reads_logs
from t2ilib.exercises.cls_worlds import CAUSES, NAMES, World, train

SIGNS = {                       # cause -> by what it is told from the others
    "healthy": "D says yes to right texts and clearly no to wrong ones, and is not sure about fakes",
    "no wrong pairs": "nobody asks for a no to (real, wrong text): it sinks, but only half as far or little more",
    "shifted captions": "right and wrong texts get the same answer, and on proper pairs D is hardly better than chance",
    "same class": "right and wrong texts get the same answer, and yet D tells proper pairs apart",
    "fake with wrong text": "nobody says no to (fake, right text): D calls nearly all of them right",
    "text lost": "right and wrong texts get the very same answer, at each step and to the last digit",
}
CONFUSED = {                    # (the cause, what was said) -> what tells them apart
    ("healthy", "no wrong pairs"): "D tells right from wrong by far here: compare how far with the runs you were shown",
    ("no wrong pairs", "healthy"): "D(real, wrong text) is below D(real, right text), but only about half as far as in "
                                   "a healthy run: what D knows about texts, it learned from fakes alone",
    ("no wrong pairs", "same class"): "a high AUC, but D(real, wrong text) is clearly below D(real, right text)",
    ("shifted captions", "same class"): "both give the same answer to right and wrong, but here the AUC is near 1/2",
    ("same class", "shifted captions"): "both give the same answer to right and wrong, but here the AUC is far above "
                                        "1/2: D can read, its wrong texts were right",
    ("same class", "healthy"): "a high AUC, but in training right and wrong texts get the same answer",
    ("same class", "no wrong pairs"): "D(real, wrong text) is not a little lower here: it is the same as "
                                      "D(real, right text)",
    ("shifted captions", "text lost"): "right and wrong are alike on average, but not equal: D does hear a text",
    ("text lost", "shifted captions"): "alike to the last digit, and an AUC of exactly 1/2: D hears no text at all",
    ("fake with wrong text", "healthy"): "D tells right from wrong, but look at the fakes: does nobody say no to them?",
}


@cache
def cases() -> tuple[Case, ...]:
    """A training for each cause and seed: those of one cause after the other."""
    return logged(train(World(runtime.generator(2016))), NAMES, CAUSES)


def shown() -> dict[str, dict[str, np.ndarray]]:
    """One log of each cause, to look at: cause -> log, each with (15,) numbers, one every ten steps."""
    return case_checks.shown(cases())


READS = reads_logs(cases, SIGNS, CONFUSED)

find_cause = Exercise(
    id="cls_diagnosis.find_cause",
    title="find the cause in three answers",
    minutes=30,
    difficulty=4,
    text="Six small trainings of GAN-CLS, and in five of them one thing is wrong. Return the cause: 'healthy', "
         "'no wrong pairs' (they have weight 0: the naive model), 'shifted captions' (each picture has the caption of "
         "another one), 'same class' (the wrong text is another caption of the same class), 'fake with wrong text' "
         "(in D's step the fake is judged with the wrong text) or 'text lost' (all sentence vectors are zeros). `log` "
         "is a dict of arrays (15,), from first to last: `log['D(real, right text)']`, `log['D(real, wrong text)']` "
         "and `log['D(fake, right text)']` are D's mean answers to the pairs of its batches, as probabilities, and "
         "`log['AUC']` says how well it tells right pairs from wrong ones on held-out pairs that are properly made. "
         "`exercises.cls_diagnosis.shown()` has one log of each; yours is judged on others.",
    hints=(
        "D raises its answer to one kind of pair and lowers it for two. In which of these trainings does nobody say no "
        "to a kind, and in which is the same pair told both yes and no?",
        "Take the means of the second half. Two answers may be equal to the last digit, equal on average, or apart; "
        "the AUC tells what D could do with proper pairs.",
        "`right`, `wrong` and `fake` are such means. `np.array_equal` of the first two arrays; `fake > 0.7`; "
        "`right - wrong` below 0.1, then the AUC below 0.75 or above; `right - wrong` below 0.4.",
    ),
    checks=(
        READS.any_cause,
        READS.finds("text lost", "sentence vectors that say nothing"),
        READS.finds("fake with wrong text", "fakes that were judged with a wrong text"),
        READS.finds("shifted captions", "captions beside other pictures"),
        READS.finds("same class", "wrong texts of the right class"),
        READS.finds("no wrong pairs", "no pairs with a wrong text"),
        READS.finds("healthy", "healthy trainings are left alone"),
    ),
    explanation="Each kind of pair has its own no. Take one away, and the answer to just this kind rises. Say yes and "
                "no to the same pairs, and both answers are one. What a log of the training pairs cannot tell, "
                "whether the pairs themselves are right, needs pairs from elsewhere: with a shifted data set D is "
                "lost on proper pairs, with wrong texts that were right it still reads. It learned that from fakes.",
)
