"""The league table: every shipped model that reads, on the same captions, by the cards of their checkpoints."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np

from t2ilib import checkpoint, measuring, sample
from t2ilib.figures import COLOUR, Card, Markup, apart, figure_card
from t2ilib.figures_cls import study_table
from t2ilib.figures_gan import FAKE, INK, REAL, SECONDARY
from t2ilib.figures_matching import table_line
from t2ilib.figures_measures import STYLE

FOLLOWING = {"faithfulness": "faithfulness", "all parts right": "all parts right", "R-precision": "R-precision",
             "diversity": "diversity"}
LOOKING_REAL = {"SynthFID": "SynthFID ↓", "density": "density", "coverage": "coverage", "sharpness": "sharpness"}
"""Metric of the cards -> its name in the table; ↓ where less is better."""
TURNS = 2                                               # in which generators are timed
NEAR, NAME_ABOVE, NAME_TALL = 1.15, 0.045, 0.085        # names: a ratio of pixels, and shares


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

    It runs here and now, in turns, and the best time counts: times from different days could not be compared, and
    whatever else the machine does makes them longer only.
    """
    cards, lines = league(), [("model", "trained steps", "parameters", "million multiply-adds", "ms a picture")]
    turns = [{name: measuring.generator_cost(sample.Painter.shipped(name)) for name in cards} for _ in range(TURNS)]
    for name, card in cards.items():
        costs = [turn[name] for turn in turns]
        lines.append((sample.TITLES[name], f"{trained_steps(card):,}", f"{costs[0]['parameters']:,}",
                      f"{costs[0]['macs'] / 1e6:.0f}", f"{min(cost['ms'] for cost in costs):.1f}"))
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


def real_and_told() -> Card:
    """Every shipped model by how far its pictures are from real ones and how many named colours they have.

    Both axes of the course's question in one picture, with 95 % intervals; real pictures are the corner to reach.
    """
    figure, axis = plt.subplots(figsize=(8, 3.9))
    scores = {sample.TITLES[name]: (card["metrics"]["SynthFID"], card["metrics"]["faithfulness"])
              for name, card in league().items()}
    real = [score["ceiling"] for score in next(iter(scores.values()))]
    for x, y in scores.values():
        axis.errorbar(x["value"], y["value"], reach(y), reach(x), "o", color=FAKE, capsize=2, markersize=6)
    axis.plot(*real, "o", color=REAL, markersize=9)
    heights = apart([y["value"] for _, y in scores.values()], 0.065)
    for (name, (x, _)), height in zip(scores.items(), heights):
        axis.annotate(name, (x["low"] / 1.04, height), ha="right", va="center", color=INK)
    axis.annotate("real pictures", real, (9, 0), textcoords="offset points", va="center", color=INK)
    axis.set(xscale="log", ylim=(0, 1.08), xlabel="SynthFID (less is better)", ylabel="named colours found")
    axis.set_xticks((100, 300, 1000, 3000), ("100", "300", "1,000", "3,000"))
    axis.axhline(next(iter(scores.values()))[1]["floor"], linestyle=":", color=COLOUR["baseline"])
    axis.annotate("captions of other birds", (real[0], next(iter(scores.values()))[1]["floor"]), (0, 5),
                  textcoords="offset points", color=SECONDARY)
    told = "; ".join(f"{name}: {y['value']:.2f} at {x['value']:,.0f}" for name, (x, y) in scores.items())
    return figure_card(figure, f"Named colours found, over SynthFID. {told}. Real pictures: {real[1]:.2f} at "
                               f"{real[0]:,.0f}.")


def reach(score: Mapping) -> np.ndarray:
    """How far the interval goes down and up from the value: (2, 1)."""
    return np.array([[score["value"] - score["low"]], [score["high"] - score["value"]]])


def small_parts(measures: Mapping[str, Mapping], models: Mapping[str, str]) -> Card:
    """How often each part has the colour that is named, over the pixels it covers; a row for each model.

    `measures` are those of the study `small_parts`, `models` name -> title.
    """
    pixels = {key.removeprefix("pixels: "): score["value"] for key, score in measures.items() if "pixels" in key}
    figure, axes = plt.subplots(len(models), 1, figsize=(8, 3.1 * len(models)), sharex=True, squeeze=False)
    said = [draw_parts(axis, name, title, measures, pixels) for axis, (name, title) in zip(axes[:, 0], models.items())]
    axes[-1, 0].set_xlabel("pixels of the part")
    return figure_card(figure, f"Captions whose colour is found, over the size of the part. {'; '.join(said)}.")


def draw_parts(axis: plt.Axes, name: str, title: str, measures: Mapping[str, Mapping], pixels: Mapping[str, float]) \
        -> str:
    """One model's parts with their intervals and names; gives back what is seen."""
    shares = {part: measures[f"{name}: {part}"] for part in pixels if f"{name}: {part}" in measures}
    for part, share in shares.items():
        axis.errorbar(pixels[part], share["value"], reach(share), fmt="o", color=FAKE, capsize=2, markersize=5)
    tops = {part: (pixels[part], share["high"] + NAME_ABOVE) for part, share in shares.items()}
    for part, height in label_heights(tops).items():
        axis.annotate(part, (pixels[part], height), ha="center", va="center", fontsize=9)
    order = measures[f"order: {name}"]
    axis.set(xscale="log", xlim=(min(pixels.values()) / 1.1, max(pixels.values()) * 1.4), ylim=(0, 1.08),
             ylabel="colour found")
    axis.set_xticks((50, 100, 200, 500), ("50", "100", "200", "500"))
    axis.minorticks_off()
    axis.set_title(f"{title}: Spearman {order['value']:.2f} [{order['low']:.2f}, {order['high']:.2f}]", loc="left",
                   fontsize=9)
    said = ", ".join(f"{part} {share['value']:.2f}" for part, share in shares.items())
    return f"{title}: {said}"


def label_heights(tops: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """Heights for names above the points (x, y) on a logarithmic x: pushed up past those that would lie over them."""
    heights = {}
    for name, (x, y) in sorted(tops.items(), key=lambda top: top[1][1]):
        near = [heights[other] for other in heights if 1 / NEAR < tops[other][0] / x < NEAR]
        heights[name] = max([y, *(height + NAME_TALL for height in near if abs(height - y) < NAME_TALL)])
    return heights
