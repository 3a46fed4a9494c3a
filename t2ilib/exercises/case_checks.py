"""What must hold for an answer that names the cause of broken runs, whatever was run."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from t2ilib.exercises import Wrong


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
