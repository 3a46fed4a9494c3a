"""What the page of symptoms says: a symptom for each run that is broken on purpose, in the words of a doctor.

The gaps, such as {d_real}, are the fields of `Facts`; `t2ilib.symptoms` fills them in from the run that is shown.
"""

from collections.abc import Callable
from typing import NamedTuple


class Facts(NamedTuple):
    """A run in numbers; all but the last two are means over the last quarter of its steps, or of its end."""

    d_real: float           # D's mean answer to real samples, a probability
    d_fake: float           # and to G's
    d_loss: float
    g_loss: float
    spread: float           # median distance between two of G's samples
    real_spread: float      # and between two real ones, as D gets them
    moved: float            # mean change of a number in G's samples, from the first snapshot to the last
    late: float             # and from the last snapshot but one
    largest: float          # number in the real samples


class Symptom(NamedTuple):
    """Something a learner notices, and what may lie behind it."""

    slug: str
    title: str
    cause: str              # the run that shows it, one of `broken.CAUSES`
    texts: dict[str, str]   # see, why, sure, cure
    sign: Callable[[Facts], bool]       # what tells it from a healthy run
    chapter: str
    seed: int = 0


INTRODUCTION = """# Symptoms and causes

Something looks wrong in a training? Find the picture that looks like yours. Each comes from a run of {steps:,} steps on
the 8 x 8 digits, with {seeds} seeds each. The first run is healthy; in each of the others one thing was broken on
purpose. Above: what both players lose, and what D answers (1 is "real"). Below: real digits as D gets them, then G's
samples, early and at the last two looks, from the same noise. `t2i reproduce gan_symptoms` makes this page from those
runs.

**In numbers**, for the runs shown: the means of the last quarter; how far apart two samples at the end are (*spread*);
how much the samples still changed between the last two looks (*moved*).
"""

SECTION = """## {title}

![{alt}](assets/symptom_{slug}.png)

**What you see.** {see} The same signs in {hits} of {count} seeds; seed {seed} is shown.

**Why.** {why}

**To make sure.** {sure}

**What helps.** {cure}

**Where.** {chapter}
"""

LATER = """## In later chapters

- **Checkerboards**: a regular pattern of small squares. Chapter 2.
- **Noise**: speckles that no training removes. Chapter 2.
- **The picture ignores the text**: another sentence, the same bird. Chapter 5.
"""

SYMPTOMS = (
    Symptom("half", "D answers one half: has G won, or is D weak?", "healthy", {
        "see": "D answers {d_real} to real samples and {d_fake} to fakes. Both losses hover and tell nothing. The "
               "samples get better all the same, and are {spread} apart, the real ones {real_spread}.",
        "why": "One half is D's best answer where G draws like the data. It is also what a D says that is too small, "
               "or too slow, to see a difference. The log alone cannot tell the two apart.",
        "sure": "Train a fresh, larger D on samples of the finished G against real ones, and test it on others. If it "
                "is right about half of the time, G has won; if it is right far more often, the old D was weak.",
        "cure": "If G has won: stop. If D is weak: more layers, a higher learning rate for D, or more steps of D for "
                "each of G."},
            lambda run: max(abs(run.d_real - 0.5), abs(run.d_fake - 0.5)) < 0.2 and run.spread > run.real_spread / 2,
            "Chapter 1, sections 1.4 and 1.9."),
    Symptom("d_wins", "D wins: its loss goes to zero and the samples stay noise", "D wins", {
        "see": "D answers {d_real} to real samples and {d_fake} to fakes; its loss is {d_loss}. G's loss lies still, "
               "too. The samples hardly change.",
        "why": "D learns much faster than G, and this G lowers log(1 - D(G(z))), as Equation 1 has it. Where D is "
               "sure, that curve is flat: G gets almost no gradient.",
        "sure": "Look at the size of G's gradient: it is nearly zero. With the other loss, -log D(G(z)), on the same "
                "weights it is large.",
        "cure": "The loss -log D(G(z)). A lower learning rate for D, or a higher one for G. A penalty that keeps D "
                "flat around real data (R1)."},
            lambda run: run.d_real > 0.95 and run.d_fake < 0.05 and run.late < 0.05 and run.moved > 0.02,
            "Chapter 1, section 1.6."),
    Symptom("collapse", "All samples look alike: collapse", "collapse", {
        "see": "The samples are {spread} apart, the real ones {real_spread}. D knows them by heart: it answers "
               "{d_fake} to fakes, and G's loss climbs; its mean in the last quarter is {g_loss}.",
        "why": "G moves much faster than D. It runs to the one sample that D likes best today, whatever the noise, and "
               "D has nothing to say about variety: it sees samples one by one.",
        "sure": "Draw samples from different noise and measure how far apart they are. On data with known modes, count "
                "how many are hit.",
        "cure": "Learning rates of equal size, no momentum (the first of Adam's betas 0), the R1 penalty; or more "
                "steps of D for each of G."},
            lambda run: run.spread < 0.1 * run.real_spread and run.g_loss > 2,
            "Chapter 1, section 1.7."),
    Symptom("oscillation", "The samples change all together, again and again: oscillation", "range mismatch", {
        "see": "The samples are alike ({spread} apart), and at each look they are others: on average a pixel moved by "
               "{late} between the last two looks, of 2 at most. D answers {d_fake} to fakes. It is a run of the next "
               "symptom, with another seed.",
        "why": "G runs from one sample to the next, and D runs after it: neither stops. Here G can never reach what is "
               "real, since the data have another range; a learning rate or momentum that is too high does the same.",
        "sure": "Keep the noise fixed and compare the samples of several moments. A single moment looks like collapse.",
        "cure": "First rule out the next three causes. Then lower learning rates, no momentum, the R1 penalty, and "
                "look at averaged weights of G instead of the latest."},
            lambda run: run.spread < 0.1 * run.real_spread and run.late > 0.5,
            "Chapter 1, section 1.7.", seed=1),
    Symptom("range", "D wins at once, although the recipe is a good one: the range of the data", "range mismatch", {
        "see": "D answers {d_real} to real samples and {d_fake} to fakes, and G's loss is {g_loss}. The real "
               "samples go up to {largest}; G ends in tanh and stays within -1 and 1.",
        "why": "The data were not scaled. One number beyond 1 gives a real sample away, whatever G draws.",
        "sure": "Print the smallest and the largest number in a real batch and in a fake one. They should agree.",
        "cure": "Scale the data to [-1, 1] where they are read."},
            lambda run: run.largest > 1.5 and run.d_real > 0.95 and run.d_fake < 0.2,
            "Chapter 1, section 1.10."),
    Symptom("no_step", "The samples never change: G does not move", "G never learns", {
        "see": "The samples at the end are those at the start: they moved by {moved}. D has an easy life, and G's loss "
               "stands at {g_loss}.",
        "why": "No gradient arrives in G: its samples were detached in G's own step, or its optimiser holds the "
               "weights of another network, or none.",
        "sure": "After a backward pass of G's loss, print the gradient of G's first layer: it is None or exactly zero. "
                "Compare a weight before and after a step.",
        "cure": "Detach the fakes in D's step only; give G's optimiser the parameters of this very G."},
            lambda run: run.moved == 0,
            "Chapter 1, sections 1.5 and 1.10."),
    Symptom("labels", "D says real to every fake and G is content: swapped labels", "labels swapped", {
        "see": "D answers {d_real} to real samples and {d_fake} to fakes, the wrong way round. G's loss is {g_loss}, "
               "as if it had won, and the samples show no digit.",
        "why": "D's targets are swapped: it is taught to call fakes real. G is rewarded for whatever it draws, and "
               "both are content.",
        "sure": "In a healthy run D(real) lies above D(fake), or they meet. If it lies below for long, look at the "
                "signs in D's loss. Try it on two batches that are far apart.",
        "cure": "In D's step real samples get 'yes' and fakes 'no'; in G's step fakes get 'yes'."},
            lambda run: run.d_real < 0.05 and run.d_fake > 0.95,
            "Chapter 1, section 1.10."),
    Symptom("explosion", "The losses are in the thousands, or NaN: explosion", "explodes", {
        "see": "G's loss is {g_loss}. The answers of D are exactly 0 and 1, and the samples are black and white noise "
               "or all one.",
        "why": "Steps that are too long throw the weights far out, here within the first twenty. If a number becomes "
               "too large for its format, it is inf, then NaN; `fit_gan` stops there and names the term.",
        "sure": "Print the largest weight of both players, or the first logged step with a loss above 100. Halve the "
                "learning rates: the leap comes later or never.",
        "cure": "Lower learning rates, by tens: these were 1.0, the healthy ones are a thousandth of that. Losses in "
                "fp32, from logits, never the log of a sigmoid."},
            lambda run: run.g_loss > 100,
            "Chapter 1, section 1.10."),
)
