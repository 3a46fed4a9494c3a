"""Chapter 01: a broken run. Its log and its samples know what is wrong."""

from t2ilib.exercises import Exercise
from t2ilib.exercises.case_checks import CaseChecks
from t2ilib.studies import broken

SHOWN = 0                       # the seed that a learner may look at; judged is on the others
SIGNS = {                       # cause -> by what it is told from the others
    "healthy": "both losses stay away from 0 and from the sky, D is unsure, and samples differ as real digits do",
    "D wins": "D is sure, and yet G's loss is flat at 0: the loss saturates, so samples hardly move",
    "collapse": "samples of different noise are nearly the same picture, on proper data",
    "explodes": "losses of hundreds and millions: no honest logit is that large",
    "G never learns": "the samples at the end are those of the beginning, number by number",
    "range mismatch": "real samples reach far beyond 1, where no tanh gets: look at the data first",
    "labels swapped": "D(fake) is above D(real): D was taught the opposite",
}
CONFUSED = {                    # (the cause, what was said) -> what tells them apart
    ("D wins", "G never learns"): "samples move a little at first: a gradient arrives, and then it fades",
    ("G never learns", "D wins"): "a saturating loss fades, but lets G move at first; here not one number changed",
    ("range mismatch", "collapse"): "samples became alike, but look at `real`: why could D win at once?",
    ("range mismatch", "D wins"): "D wins, but G's loss is high and its samples move; what does D see in `real`?",
    ("collapse", "D wins"): "D finds the fakes since they are all the same picture; G's loss is far from 0",
    ("labels swapped", "collapse"): "samples became alike, but who calls them real? D(fake) is above D(real)",
    ("explodes", "collapse"): "samples may look like anything once the weights are this large: look at the losses",
}


def shown() -> dict[str, broken.BrokenRun]:
    """One run of each cause, to look at: cause -> run."""
    return {run.cause: run for run in broken.load() if run.seed == SHOWN}


READS = CaseChecks(
    judged=lambda: [run for run in broken.load() if run.seed != SHOWN],
    told=lambda run: ({name: values.copy() for name, values in run.log.items()}, run.samples.copy(), run.real.copy()),
    signs=SIGNS,
    confused=CONFUSED,
)

find_cause = Exercise(
    id="gan_diagnosis.find_cause",
    title="find the cause of a broken run",
    minutes=30,
    difficulty=4,
    text="Seven small trainings on the digits, and in six of them one thing is wrong. Return the cause: 'healthy', "
         "'D wins' (a far too strong D, and the saturating loss), 'collapse', 'explodes' (a learning rate far too "
         "high), 'G never learns' (its fakes were detached in its own step), 'range mismatch' (real digits in another "
         "range than G's) or 'labels swapped' (in D's step). `log` is a dict of arrays (S,), from first to last: "
         "`log['D(real)']` and `log['D(fake)']` are D's mean answers, `log['D: real']`, `log['D: fake']` and "
         "`log['G: fake']` the terms of the losses. `samples` (T, N, 64) are snapshots of the same noise, from before "
         "the first step to the last, and `real` (N, 64) are real digits as D got them. "
         "`exercises.gan_diagnosis.shown()` has one run of each; yours is judged on others.",
    hints=(
        "D is sure of itself in most broken runs. What differs between them besides that?",
        "Begin with what is unmistakable: numbers beyond all bounds, a range, an order that is turned around. Whether "
        "samples moved, and whether they differ from each other, comes last.",
        "`real.max() > 1`; `log['G: fake'].max() > 100`; the mean of the last 20 of `log['D(fake)']` against that of "
        "`log['D(real)']`; `np.array_equal(samples[0], samples[-1])`; `abs(log['G: fake'][-20:].mean())` near 0; "
        "`samples[-1].std(axis=0).mean()` against that of `real`.",
    ),
    checks=(
        READS.any_cause,
        READS.finds("healthy", "healthy runs are left alone"),
        READS.finds("explodes", "runs whose numbers explode"),
        READS.finds("labels swapped", "runs with swapped labels"),
        READS.finds("range mismatch", "runs with real data in another range"),
        READS.finds("G never learns", "runs in which G never learns"),
        READS.finds("D wins", "runs in which D wins"),
        READS.finds("collapse", "runs that collapsed"),
    ),
    explanation="\"D is sure\" is a symptom of many causes, so it decides nothing by itself. Ask in the order in which "
                "answers are certain: are the numbers sane, is the data what it should be, are the labels, does G "
                "move at all? Only then is it a matter of balance between the players.",
)
