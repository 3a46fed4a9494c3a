"""The league table: every shipped model that reads, on the same captions, by the cards of their checkpoints."""

from collections.abc import Mapping

from t2ilib import checkpoint, measuring, sample
from t2ilib.figures import Markup
from t2ilib.figures_cls import study_table
from t2ilib.figures_matching import table_line
from t2ilib.figures_measures import STYLE

FOLLOWING = {"faithfulness": "faithfulness", "all parts right": "all parts right", "R-precision": "R-precision",
             "diversity": "diversity"}
LOOKING_REAL = {"SynthFID": "SynthFID ↓", "density": "density", "coverage": "coverage", "sharpness": "sharpness"}
"""Metric of the cards -> its name in the table; ↓ where less is better."""


def league_table(columns: Mapping[str, str] = FOLLOWING) -> Markup:
    """The models as rows, with 95 % intervals in grey; a number is bold if its interval lies above all others.

    `columns`: metric of the cards -> in words, such as `FOLLOWING` or `LOOKING_REAL`.
    """
    cards = league()
    measures = {f"{metric}: {name}": card["metrics"][metric] for name, card in cards.items() for metric in columns}
    measures |= {f"{metric}: {limit}": {"value": max(card["metrics"][metric][limit] for card in cards.values())}
                 for metric in columns for limit in ("ceiling", "floor")}     # a floor may depend a little on the model
    return study_table(measures, {sample.TITLES[name]: name for name in cards}, columns)


def cost_table() -> Markup:
    """What each generator is and costs: training steps, parameters, multiply-adds and milliseconds a picture.

    It runs here and now, all one after the other: times from different days could not be compared.
    """
    lines = [("model", "trained steps", "parameters", "million multiply-adds", "ms a picture")]
    for name, card in league().items():
        cost = measuring.generator_cost(sample.Painter.shipped(name))
        lines.append((sample.TITLES[name], f"{trained_steps(card):,}", f"{cost['parameters']:,}",
                      f"{cost['macs'] / 1e6:.0f}", f"{cost['ms']:.1f}"))
    body = "".join(table_line("td" if i else "th", line) for i, line in enumerate(lines))
    return Markup(f"<table {STYLE}>{body}</table>", "\n".join(" | ".join(line) for line in lines))


def league() -> dict[str, dict]:
    """The cards of all shipped models that draw sentences, by name, in the order of the papers.

    Raises: FileNotFoundError if none is shipped.
    """
    found = {}
    for name in sample.PAPERS:
        try:
            found[name] = checkpoint.read_card(checkpoint.find(name))
        except FileNotFoundError:
            continue                                            # this one is still to be trained
    if not found:
        raise FileNotFoundError(f"at least one of {', '.join(sample.PAPERS)} should be shipped, got none; train one "
                                "with t2i train NAME and ship it with t2i ship NAME")
    return found


def trained_steps(card: Mapping) -> int:
    """Steps in all: a model may have gone on from another one, and that from a third."""
    return card["steps"] + (trained_steps(card["from"]) if card.get("from") else 0)
