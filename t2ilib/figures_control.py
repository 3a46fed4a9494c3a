"""What a condition decides, what D says to a wrong one, what generated pictures are good for: numbers of studies.

Source: Mirza and Osindero 2014; Reed et al. 2016 (ICML), Section 4.2.
"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np

from t2ilib.figures import COLOUR, Card, figure_card
from t2ilib.figures_gan import BASELINE, FAKE, REAL, SECONDARY
from t2ilib.figures_league import reach
from t2ilib.figures_toys import name_ends
from t2ilib.metrics.pair_answers import auc

TEXT = COLOUR["text"]
OBEYED = {"class": ("accuracy", "class"), "class, D is not told": ("accuracy", "class, D is not told"),
          "place across": ("r of x", "place"), "place down": ("r of y", "place"), "size": ("r of size", "place"),
          "colours of parts": ("colours found", "colours")}
"""Row of `obedience` -> the metric of `cgan_conditions` and the title of the run."""
HEARD = {"D is told": ("colours found", "colours"), "D has to say": ("colours found", "colours, D names them")}
"""The same for two ways to make D care."""


def obedience(measures: Mapping[str, Mapping], rows: Mapping[str, tuple[str, str]] = OBEYED) -> Card:
    """How well each kind of condition is obeyed, with its seeds; dotted: real pictures, and requests of others.

    `measures` are those of the results of `cgan_conditions`.
    """
    figure, axis = plt.subplots(figsize=(8, 1.0 + 0.52 * len(rows)))
    said = []
    for row, (name, (metric, title)) in enumerate(rows.items()):
        score, floor = measures[f"{metric}: {title}"], measures[f"{metric}, other requests: {title}"]["value"]
        ceiling = measures[f"{metric}: {title.split(',')[0]}, real"]["value"]
        for bound, word in ((floor, "floor"), (ceiling, "ceiling")):
            axis.plot([bound] * 2, [row - 0.3, row + 0.3], ":", color=BASELINE)
            if row == 0:
                axis.annotate(word, (bound, -0.34), ha="center", va="bottom", fontsize=9, color=SECONDARY)
        axis.errorbar(score["value"], row, xerr=reach(score), fmt="D", color=FAKE, markersize=7, capsize=3)
        axis.annotate(f"{score['value']:.2f}", (1, row), (14, 0), xycoords=("axes fraction", "data"), va="center",
                      textcoords="offset points", annotation_clip=False)
        said.append(f"{name}: {score['value']:.2f} (floor {floor:.2f}, ceiling {ceiling:.2f})")
    axis.set_yticks(range(len(rows)), [f"{name}\n({metric})" for name, (metric, _) in rows.items()], fontsize=9)
    axis.set(ylim=(len(rows) - 0.5, -0.75), xlim=(-0.12, 1.05), xlabel="how well what was asked is shown")
    axis.grid(False)
    return figure_card(figure, f"How well conditions are obeyed. {'; '.join(said)}.")


TOLD = {"class": "told the class", "colours": "told colours", "place": "told the place",
        "colours, D names them": "D says colours"}
LEFT_OPEN = {"x": ("o", "place across"), "y": ("s", "place down"), "facing": ("^", "direction")}


def explained(measures: Mapping[str, Mapping], bound: float = 0.05) -> Card:
    """Which share of the variance of place and direction the condition decides, for each kind of condition.

    `measures` are those of the results of `cgan_conditions`; dotted, the `bound` below which nothing is decided.
    """
    figure, axis = plt.subplots(figsize=(8, 2.9))
    said = []
    for row, (title, words) in enumerate(TOLD.items()):
        for i, (name, (mark, _)) in enumerate(LEFT_OPEN.items()):
            score = measures[f"explained, {name}: {title}"]
            axis.errorbar(score["value"], row + 0.2 * (i - 1), xerr=reach(score), fmt=mark, color=TEXT, markersize=7,
                          capsize=3, label=LEFT_OPEN[name][1] if row == 0 else "")
            said.append(f"{words}, {LEFT_OPEN[name][1]}: {score['value']:.3f}")
    axis.axvline(bound, linestyle=":", color=BASELINE)
    axis.annotate(f"{bound:g}", (bound, 1), (3, 2), xycoords=("data", "axes fraction"), textcoords="offset points",
                  fontsize=9, color=SECONDARY)
    axis.set_yticks(range(len(TOLD)), list(TOLD.values()))
    axis.set(ylim=(len(TOLD) - 0.5, -0.5), xlim=(-0.06, 1.02), xlabel="share of the variance that is decided")
    axis.grid(False)
    figure.legend(loc="outside lower center", ncols=len(LEFT_OPEN))
    return figure_card(figure, f"Share of the variance decided by the condition. {'; '.join(said)}.")


def parts_obeyed(card: Mapping[str, Mapping]) -> Card:
    """How often each part has the colour that was asked of it, the best part first; dotted: real pictures, and 90 %.

    `card` are the metrics of a checkpoint that is told colours.
    """
    shares = sorted(card["requested colours by part"].items(), key=lambda item: -item[1])
    whole = card["requested colours"]
    figure, axis = plt.subplots(figsize=(8, 3.6))
    for row, (_, value) in enumerate(shares):
        axis.barh(row, value, 0.6, color=FAKE)
        axis.annotate(f"{value:.0%}", (0, row), (6, 0), textcoords="offset points", va="center", fontsize=10,
                      color="white")
    for bound, word, side in ((0.9, "90 %", "right"), (whole["ceiling"], "real pictures", "left")):
        axis.axvline(bound, linestyle=":", color=SECONDARY)
        axis.annotate(word, (bound, 1), (-3 if side == "right" else 3, 2), xycoords=("data", "axes fraction"),
                      textcoords="offset points", ha=side, fontsize=9, color=SECONDARY)
    axis.set_yticks(range(len(shares)), [part for part, _ in shares])
    axis.set(xlim=(0, 1.12), ylim=(len(shares) - 0.4, -0.6), xlabel="share of pictures with the requested colour")
    axis.grid(False, axis="y")
    return figure_card(figure, f"Requested colours found: {whole['value']:.0%} of all; by part: "
                               f"{', '.join(f'{part} {value:.0%}' for part, value in shares)}.")


# --- what D says --------------------------------------------------------------------------------------------------

KINDS = {"right": ("real, own condition", REAL, "-"), "wrong": ("real, wrong condition", COLOUR["wrong text"], ":"),
         "swapped": ("real, one colour exchanged", TEXT, "-."), "fake": ("fake, own condition", FAKE, "--")}
"""Kind of pair -> its name, colour and dash."""


def answer_histograms(said: Mapping[str, Mapping[str, np.ndarray]]) -> Card:
    """D's logits for each kind of pair, a panel for each discriminator; above it the AUC of right against wrong.

    `said`: title of a discriminator -> kind of pair (see `KINDS`) -> logits (N,)
    """
    figure, axes = plt.subplots(1, len(said), figsize=(8, 3.4), squeeze=False)
    found = []
    for axis, (title, answers) in zip(axes[0], said.items()):
        answers = {kind: np.asarray(logits, float) for kind, logits in answers.items()}
        edges = np.linspace(*np.quantile(np.concatenate([*answers.values()]), (0.002, 0.998)), 41)
        for kind, logits in answers.items():
            name, colour, dash = KINDS[kind]
            axis.hist(logits, edges, density=True, histtype="step", color=colour, linestyle=dash, linewidth=1.8,
                      label=name)
        area = auc(answers["right"], answers["wrong"])
        axis.set_title(f"{title}\nAUC of wrong: {area:.2f}", loc="left", fontsize=10)
        axis.set(xlabel="D's logit", yticks=[])
        axis.grid(False)
        found.append(f"{title} {area:.2f}")
    handles = {name: handle for axis in axes[0] for handle, name in zip(*axis.get_legend_handles_labels())}
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=2)
    return figure_card(figure, f"D's answers to right and wrong pairs. AUC of right against wrong: {', '.join(found)}.")


def pair_kinds(arrays: Mapping[str, np.ndarray], titles: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
    """Of what `cgan_pairs` stored, the answers of some discriminators as `answer_histograms` takes them."""
    return {title: {kind: arrays[f"{kind}: {title}"] for kind in KINDS if f"{kind}: {title}" in arrays}
            for title in titles}


# --- generated pictures to learn from -----------------------------------------------------------------------------

def training_curve(measures: Mapping[str, Mapping]) -> Card:
    """Accuracy on real birds over the number of pictures that a classifier learned from, real or generated.

    `measures` are those of the results of `cgan_training_data`.
    """
    figure, axis = plt.subplots(figsize=(8, 3.6))
    counts = sorted({int(key.split(",")[1].split(":")[0]) for key in measures if key.startswith("accuracy, ")})
    ends, said = {}, []
    for source, (colour, dash, mark) in {"real": (REAL, "-", "o"), "generated": (FAKE, "--", "D")}.items():
        scores = [measures[f"accuracy, {count}: {source}"] for count in counts]
        values = [score["value"] for score in scores]
        axis.errorbar(counts, values, np.hstack([reach(score) for score in scores]), fmt=mark + dash, color=colour,
                      markersize=6, capsize=3)
        ends[source] = values[-1]
        said.append(f"{source}: " + ", ".join(f"{value:.2f} of {count:,}" for value, count in zip(values, counts)))
    chance = measures["chance"]["value"]
    axis.axhline(chance, linestyle=":", color=BASELINE)
    axis.annotate(f"always the commonest colour {chance:.2f}", (counts[0], chance), (0, 4), fontsize=9,
                  textcoords="offset points", color=SECONDARY)
    axis.set(xscale="log", ylim=(0, 1.02), xlabel="pictures to learn from", ylabel="right on real birds")
    axis.set_xticks(counts, [f"{count:,}" for count in counts])
    axis.minorticks_off()
    name_ends(axis, 1.06 * counts[-1], ends, [REAL, FAKE])
    return figure_card(figure, f"Accuracy on real birds. {'; '.join(said)}. Chance {chance:.2f}.")
