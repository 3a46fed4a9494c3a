"""What must hold for an answer that names the cause of broken runs, whatever was run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from t2ilib.exercises import Wrong

SHOWN = 0                       # the seed of the log that a learner may look at; judged is on the others


class Case(NamedTuple):
    """The log of one training."""

    log: dict[str, np.ndarray]      # what was logged -> (T,) from first to last
    cause: str
    seed: int


def logged(logs: np.ndarray, names: Sequence[str], causes: Sequence[str]) -> tuple[Case, ...]:
    """Logs (RUNS, len(names), T) of trainings, those of one cause after the other, as many of each."""
    seeds = len(logs) // len(causes)
    runs = [(cause, seed) for cause in causes for seed in range(seeds)]
    return tuple(Case(dict(zip(names, log)), *run) for run, log in zip(runs, logs))


def shown(cases: Sequence[Case]) -> dict[str, dict[str, np.ndarray]]:
    """One log of each cause, to look at: cause -> log."""
    return {case.cause: case.log for case in cases if case.seed == SHOWN}


@dataclass(frozen=True)
class CaseChecks:
    """The checks that chapters share: an answer hears of one run after the other, and says what is wrong with it."""

    judged: Callable                            # () -> the runs it is judged on; each has a `cause` and a `seed`
    told: Callable                              # run -> what the answer hears: copies, and not the cause
    signs: Mapping[str, str]                    # cause -> by what it is told from the others
    confused: Mapping[tuple[str, str], str]     # (the cause, what was said) -> what tells just these two apart

    def any_cause(self, answer):
        """one of the causes, for each of them"""
        for run in self.judged():
            got = answer(*self.told(run))
            if not isinstance(got, str) or got not in self.signs:
                return Wrong("a cause", got, "is there a `return` for every one of them?" if got is None
                             else f"return one of {', '.join(self.signs)}")
        return None

    def finds(self, cause: str, words: str) -> Callable:
        """A check that runs with this cause are recognised; `words` say so to the learner."""
        def check(answer):
            for run in self.judged():
                got = answer(*self.told(run)) if run.cause == cause else cause
                if got != cause:
                    meant = self.confused.get((cause, got), self.signs[cause])
                    return Wrong(f"'{cause}' for seed {run.seed}", f"'{got}'", meant)
            return None
        check.__doc__ = words
        return check


def reads_logs(cases: Callable, signs: Mapping[str, str], confused: Mapping[tuple[str, str], str]) -> CaseChecks:
    """The checks of an answer that is told the log of a training; `cases()` are all of them."""
    return CaseChecks(
        judged=lambda: [case for case in cases() if case.seed != SHOWN],
        told=lambda case: ({name: values.copy() for name, values in case.log.items()},),
        signs=signs,
        confused=confused,
    )
