"""Claims and their verdicts, computed from stored measurements by one function, never typed.

A claim names a metric in a stored card and a bound; the verdict follows from the metric's interval and the bound
alone. A bound means most when it was given before anything was measured. Not all of them were: each claim says so.
Claims that wait for a later chapter's model say "not run".
"""

from dataclasses import dataclass

from t2ilib import checkpoint, runtime

REPRODUCED, NOT_REPRODUCED = "reproduced", "not reproduced at this scale"
INCONCLUSIVE, NOT_RUN = "inconclusive", "not run"
BEFORE, AFTER = "before the run", "after development runs"


@dataclass(frozen=True)
class Claim:
    """Something a source says, and what would count as seeing it here."""

    ledger: str                 # its ID, such as "CTX-04"
    chapter: str                # notebook stem
    statement: str
    model: str = ""             # the checkpoint whose card holds the measurement; "" while there is none
    metric: str = ""
    at_least: float = 0.0
    bound_set: str = BEFORE     # or AFTER: the bound was chosen when first results were known
    given: str = ""             # a claim without which this one means nothing: variety alone could be noise


CLAIMS = (
    Claim("CTX-02", "00_start_here", "A sentence nobody trained on decides the picture: of the colours it names, "
          "at least 70 % are found on the bird.", "gan_int_cls", "faithfulness", 0.70),
    Claim("CTX-04", "00_start_here", "One sentence fits many pictures: those of one sentence differ at least half as "
          "much as real ones do, and CTX-02 holds.", "gan_int_cls", "diversity", 0.50, given="CTX-02"),
    Claim("CTX-06", "00_start_here", "Text features can keep what is visible: a caption finds its own picture among "
          "100 in at least half of all cases (chance 1 %).", "bilstm", "retrieval", 0.50, bound_set=AFTER),
    Claim("CTX-08", "00_start_here", "A picture can be read back: each part's colour is read right on at least 95 % of "
          "real pictures (mean of ten parts).", "probe", "colours", 0.95, bound_set=AFTER),
    Claim("CTX-03", "00_start_here", "The four teaser captions, two birds and two flowers, are drawn. Waits for the "
          "flowers of chapter 5."),
)


def verdict(low: float, high: float, at_least: float) -> str:
    """What an interval says about a bound: above it, below it, or across it."""
    if low >= at_least:
        return REPRODUCED
    return NOT_REPRODUCED if high < at_least else INCONCLUSIVE


def judge(claim: Claim) -> dict:
    """{"verdict", "measured", "n"} of a claim, from the shipped card of its model.

    A card counts only for the very weights it was measured on.
    """
    score = stored_metrics(claim.model).get(claim.metric) if claim.model else None
    if not score:
        return {"verdict": NOT_RUN, "measured": None, "n": None}
    word = verdict(score["low"], score["high"], claim.at_least)
    if word == REPRODUCED and claim.given:
        word = judge(next(c for c in CLAIMS if c.ledger == claim.given))["verdict"]
    return {"verdict": word, "measured": round(score["value"], 4), "n": score["n"]}


def stored_metrics(model: str) -> dict:
    """The metrics in a shipped card, if the card belongs to the weights beside it; else nothing."""
    path = runtime.CHECKPOINTS / f"{model}.safetensors"
    card = checkpoint.read_card(path)
    return card.get("metrics", {}) if card and card.get("sha256") == checkpoint.sha256(path) else {}


def chapter_claims(chapter: str) -> list[Claim]:
    """The claims of a chapter, in the order of the ledger."""
    return [claim for claim in CLAIMS if claim.chapter == chapter]


def chapter_verdicts(chapter: str) -> dict[str, dict]:
    """Ledger ID -> {"verdict", "measured", "n"} for every claim of a chapter, "not run" included."""
    return {claim.ledger: judge(claim) for claim in chapter_claims(chapter)}
