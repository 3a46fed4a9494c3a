"""Chapter 04: an experiment of your own. Which difference between two birds does the encoder not hear?"""

from functools import cache

import numpy as np
import torch

from t2ilib import sample
from t2ilib.data.birds import World
from t2ilib.data.captions import read_attributes
from t2ilib.exercises import Exercise, Wrong
from t2ilib.exercises.compare import NOTHING
from t2ilib.metrics.measures import true_pictures

LEVEL = 3                       # the birds that the shipped encoders know
PICTURES = 8                    # fresh ones of each sentence in a trial
SEEDS, NEW = 3, (20_260, 20_261, 20_262)
CONFUSED, TOLD = 0.7, 0.9       # shares that are told apart; guessing gives 0.5


@cache
def trial(first: str, second: str, seed: int) -> float:
    """Draw 8 fresh birds of each sentence, and let the encoder choose a sentence for each: less than a second.

    Returns: the share of the 16 pictures that fit their own sentence better than the other; 0.5 is guessing.
    Raises: ValueError if there is no bird of a sentence.
    """
    joint = sample.load_joint("bilstm")
    pictures = true_pictures(World(seed, LEVEL), [first, second], PICTURES).flatten(0, 1)
    with torch.no_grad():
        scores = joint.scores(joint.text_encoder.encode([first, second]), joint.image_encoder(pictures))
    own = torch.tensor([0, 1]).repeat_interleave(PICTURES)
    return float((scores.gather(0, own[None]) > scores.gather(0, 1 - own[None])).float().mean())


def two_pairs(answer):
    """two pairs of sentences, the confused one first"""
    got = answer(trial)
    if got is None:
        return Wrong("two pairs of sentences", "nothing", NOTHING)
    pairs = got if isinstance(got, tuple | list) and len(got) == 2 else ()
    if pairs and all(isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)
                     for pair in pairs):
        return None
    return Wrong("two pairs of sentences", got, "return (first, second), (third, fourth)")


def birds_differ(answer):
    """no bird fits both sentences of a pair"""
    for pair in answer(trial):
        first, second = (read_attributes(sentence) for sentence in pair)
        if first.empty or second.empty:
            return Wrong("two sentences about a bird", list(pair), "one of them names nothing that could be drawn")
        if not _contradict(first, second):
            return Wrong("two different birds", list(pair), "one bird can fit both: they have to say different things "
                                                           "of the same part")
    return None


def measured(answer):
    """each measured with three seeds or more"""
    for pair, shares in _perform(answer):
        if len(shares) < SEEDS:
            return Wrong(f"trial of {list(pair)} with {SEEDS} seeds", f"{len(shares)}",
                         "16 pictures are few: other seeds draw other birds" if shares
                         else "measure the very pairs that you return")
    return None


def as_measured(answer):
    """your own trials say so"""
    (_, confused), (_, told) = _perform(answer)
    if np.mean(confused) > CONFUSED:
        return Wrong(f"at most {CONFUSED} of the first pair", np.round(confused, 2),
                     "your own trials tell these two apart: what is hard to see, or seldom said?")
    if np.mean(told) < TOLD:
        return Wrong(f"at least {TOLD} of the second pair", np.round(told, 2), "your own trials do not tell these two "
                     "apart; a colour of a large part is easy")
    return None


def holds_for_the_confused(answer):
    """the first pair is confused on new pictures, too"""
    (pair, _), _ = _perform(answer)
    again = [trial(*pair, seed) for seed in NEW]
    return None if np.mean(again) <= CONFUSED else Wrong(
        f"at most {CONFUSED} on new pictures", np.round(again, 2),
        "it was confused by luck: the worst of many tries looks worse than it is")


def holds_for_the_told(answer):
    """the second pair is told apart on new pictures, too"""
    _, (pair, _) = _perform(answer)
    again = [trial(*pair, seed) for seed in NEW]
    return None if np.mean(again) >= TOLD else Wrong(
        f"at least {TOLD} on new pictures", np.round(again, 2), "it was told apart by luck: take a clearer difference")


def _contradict(first, second):
    """Whether two readings say different things of the same part."""
    return any(here.get(part, said) != said for here, there in ((first.colours, second.colours),
                                                                (first.shapes, second.shapes))
               for part, said in there.items())


def _perform(answer) -> list[tuple[tuple[str, str], list[float]]]:
    """Each pair of the answer with what it measured for it, in either order; a seed counts once."""
    calls = {}

    def recorded(first, second, seed):
        calls[frozenset((first, second)), int(seed)] = share = trial(first, second, int(seed))
        return share

    pairs = [tuple(pair) for pair in answer(recorded)]
    return [(pair, [share for (tried, _), share in calls.items() if tried == frozenset(pair)]) for pair in pairs]


confused_pair = Exercise(
    id="text_experiment.confused_pair",
    title="two birds that the encoder confuses",
    minutes=25,
    difficulty=3,
    text="An experiment without a single right answer. Find two sentences about birds that differ, and that the "
         "encoder cannot tell apart. `trial(first, second, seed)` draws 8 fresh birds of each sentence and returns "
         "the share of the 16 pictures that fit their own sentence better; 0.5 is guessing. Return two pairs: one that "
         "is confused (on average at most 0.7), and as a control one that is told apart (at least 0.9). In each pair "
         "the sentences must say different things of the same part, so that no bird fits both. Measure each pair with "
         "three seeds or more; your claim is then tried on new pictures. To play: "
         "`exercises.text_experiment.trial('a red bird', 'a blue bird', seed=0)`.",
    hints=(
        "What is small in a picture, or seldom said in a caption? Colours of the body are neither.",
        "Try shapes and marks: beaks, tails, stripes and spots. Change one word only, so that you know what was not "
        "heard.",
        "`pairs = ('a bird with a short tail', 'a bird with a long tail'), ('a red bird', 'a blue bird')`; then "
        "`trial(*pair, seed)` for each pair and seeds 0 to 2, and look at the means before you return.",
    ),
    checks=(two_pairs, birds_differ, measured, as_measured, holds_for_the_confused, holds_for_the_told),
    explanation="The control shows that the experiment can find a difference; without it, a broken trial would confuse "
                "everything. What is confused may be missing in the text vector or in the picture vector: the pair of "
                "encoders was never punished for it, since other words were enough to find the picture.",
)
