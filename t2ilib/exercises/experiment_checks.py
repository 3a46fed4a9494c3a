"""What must hold for an experiment that a learner plans, whatever is tried in it.

An answer is handed `trial(setting, seed)`, which gives numbers by name, and returns four things: what it chose, the
number it is about, what was predicted, and what was found. Its *arms* are the settings that it compares, in order. The
number 'rises' or 'falls' if it does so from each arm to the next with every seed, else it is 'unclear'.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

import numpy as np

from t2ilib.exercises import Wrong
from t2ilib.exercises.compare import NOTHING

WORDS = ("rises", "falls", "unclear")
SEEDS, NEW = 3, (20_260, 20_261, 20_262)


@dataclass(frozen=True)
class ExperimentChecks:
    """The checks that chapters share; each method takes a learner's experiment and is a check of an exercise."""

    trial: Callable                 # (setting, seed) -> number by name
    numbers: tuple[str, ...]        # the names of what a trial measures
    arms: Callable                  # (what was chosen) -> the settings that are compared, the usual one first
    is_choice: Callable             # could this have been chosen at all?
    form: str                       # what should be returned
    name: Callable                  # setting -> its words in "3 seeds ..."
    steps: str                      # what a finding looks at
    further: str                    # what to try where nothing was clear

    def four_things(self, answer):
        """what was chosen, a number, a prediction and a finding"""
        got = answer(self.trial)
        if got is None:
            return Wrong("four things", "nothing", NOTHING)
        if not isinstance(got, tuple | list) or len(got) != 4 or not self.is_choice(got[0]):
            return Wrong("four things", got, self.form)
        _, number, predicted, found = got
        if number not in self.numbers:
            return Wrong("the name of a number", number, f"one of {', '.join(self.numbers)}")
        return next((Wrong("rises, falls or unclear", word, "these three words are for the prediction and the finding")
                     for word in (predicted, found) if word not in WORDS), None)

    def measured(self, answer):
        """all that is compared was measured with three seeds or more, the same ones"""
        (chosen, *_), values = self._perform(answer, self.trial)
        for setting, by_seed in zip(self.arms(chosen), values):
            if len(by_seed) < SEEDS:
                what = self.name(setting)
                return Wrong(f"{SEEDS} seeds {what}", f"{len(by_seed)}", "one training is an anecdote: another seed "
                             "may say the opposite" if by_seed else f"measure {what}, too: it was never tried")
        return None if all(one.keys() == values[0].keys() for one in values) else Wrong(
            "the same seeds", " and ".join(str(sorted(one)) for one in values), "another seed is another world and "
                              "another beginning: compare each with its own")

    def as_measured(self, answer):
        """the finding is what your trials say"""
        (_, number, _, found), values = self._perform(answer, self.trial)
        said = finding(values)
        return None if found == said else Wrong(
            f"'{said}' for {number}", f"'{found}'", "the seeds do not agree, or the steps do not: it rises here and "
            "falls there, so it is unclear" if said == "unclear" else
            f"look at what your own trials moved: {self.steps}, for each seed")

    def found_not_typed(self, answer):
        """had your trials said the opposite, you had found the opposite"""
        arms = self.arms(answer(self.trial)[0])
        (_, _, _, found), values = self._perform(answer, self._mirrored(arms))
        said = finding(values)
        return None if found == said else Wrong(f"'{said}', if what is compared changes places", f"'{found}'",
                                                "the finding was written down beforehand: work it out from the trials")

    def predicted_before(self, answer):
        """but you had predicted the same"""
        chosen, number, predicted, _ = answer(self.trial)
        again = answer(self._mirrored(self.arms(chosen)))
        if list(self.arms(again[0])) != list(self.arms(chosen)) or again[1] != number or again[2] == predicted:
            return None
        return Wrong(f"'{predicted}' as before", f"'{again[2]}'", "a prediction is made before the first trial; here "
                                                                  "a wrong one is no mistake")

    def clear(self, answer):
        """what was changed does something"""
        number, found = answer(self.trial)[1::2]
        return None if found != "unclear" else Wrong(f"{number} rises or falls", "unclear",
                                                     f"an honest finding, but go on: {self.further}")

    def holds(self, answer):
        """it does so with new seeds, too"""
        chosen, number, _, found = answer(self.trial)
        first, *_, last = self.arms(chosen)
        steps = [self.trial(last, seed)[number] - self.trial(first, seed)[number] for seed in NEW]
        agree = sum(step > 0 if found == "rises" else step < 0 for step in steps)
        return None if agree >= 2 else Wrong(f"'{found}' for two of three new seeds", np.round(steps, 3),
                                             "it was luck: of many numbers one always moves with three seeds")

    def _perform(self, answer: Callable, trial: Callable) -> tuple[tuple, list[dict[int, float]]]:
        """What the answer returns, and for each of its arms the number by seed."""
        calls = []

        def recorded(setting, seed):
            calls.append((deepcopy(setting), int(seed), trial(setting, seed)))
            return calls[-1][2]

        chosen, number, predicted, found = answer(recorded)
        values = [{seed: said[number] for tried, seed, said in calls if tried == arm} for arm in self.arms(chosen)]
        return (chosen, number, predicted, found), values

    def _mirrored(self, arms: list) -> Callable:
        """A trial in which the first arm and the last have changed places, and so on."""
        pairs = list(zip(arms, reversed(arms)))
        return lambda setting, seed: self.trial(next((b for a, b in pairs if a == setting), setting), seed)


def finding(values: list[dict[int, float]]) -> str:
    """"rises" or "falls" if it does so from each arm to the next with every seed, or "unclear"."""
    steps = [after[seed] - before[seed] for before, after in zip(values, values[1:])
             for seed in before.keys() & after.keys()]
    return "rises" if min(steps) > 0 else "falls" if max(steps) < 0 else "unclear"
