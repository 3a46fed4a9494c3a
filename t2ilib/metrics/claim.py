"""What a claim is: a sentence of a source, and the bounds within which measured numbers make it true here."""

import math
from dataclasses import dataclass

BEFORE, AFTER = "before the run", "after development runs"


@dataclass(frozen=True)
class Bound:
    """A stored number and where it should lie."""

    metric: str
    at_least: float = -math.inf
    at_most: float = math.inf
    study: str = ""             # the results that hold it,
    model: str = ""             # or the checkpoint in whose card it stands


@dataclass(frozen=True)
class Claim:
    """Something a source says, and what would count as seeing it here."""

    ledger: str                 # its ID, such as "CTX-04"
    chapter: str                # notebook stem
    statement: str
    model: str = ""             # the checkpoint or the study that measured it; both are "" while there is none
    metric: str = ""
    at_least: float = -math.inf
    at_most: float = math.inf
    study: str = ""
    also: tuple[Bound, ...] = ()        # further numbers, in the order of the statement, that have to hold as well
    bound_set: str = BEFORE     # or AFTER: the bound was chosen when first results were known
    given: str = ""             # a claim without which this one means nothing: variety alone could be noise

    @property
    def bounds(self) -> tuple[Bound, ...]:
        """All that is to be checked; nothing for a claim that waits."""
        first = Bound(self.metric, self.at_least, self.at_most, self.study, self.model)
        return (first, *self.also) if self.metric else ()
