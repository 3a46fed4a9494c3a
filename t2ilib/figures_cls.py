"""The figures of GAN-CLS: both networks, the three kinds of pair, D's answers, the four models side by side.

Source: Reed et al. 2016 (ICML), Figures 2 and 3, Algorithm 1.
"""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn import functional as F

from t2ilib import figures, runtime
from t2ilib.data.rendered import Rendered
from t2ilib.data.text_batches import draw_other_class
from t2ilib.figures import COLOUR, GAP, INK, PAPER, SECONDARY, Card, Markup, figure_card
from t2ilib.figures_diagram import Arrow, Node, by_side, diagram, traced
from t2ilib.figures_matching import clear_leader, table_line
from t2ilib.figures_pairs import write
from t2ilib.figures_toys import canvas, draw_term, mark_ends, name_ends, put
from t2ilib.metrics.measures import hits, named_colours
from t2ilib.metrics.probe import read
from t2ilib.papers.gan_cls import TITLES, GanCls
from t2ilib.sample import Painter, load_probe

ANSWERS = {"D(real, right text)": ("real", "-"), "D(real, wrong text)": ("wrong text", ":"),
           "D(fake, right text)": ("fake", "--")}
"""What is logged of D -> the colour and the dash of its curve."""


# --- both networks ------------------------------------------------------------------------------------------------

def architecture(game: GanCls) -> Markup:
    """G and D as diagrams, with the shapes that a batch of one has on its way through them.

    Paper:  Figure 2.
    """
    players = diagram("Generator G(z, t)", *generator_nodes(game)), diagram("Discriminator D(x, t)",
                                                                            *discriminator_nodes(game))
    return Markup("".join(player.html for player in players), "\n".join(player.text for player in players))


def generator_nodes(game: GanCls) -> tuple[list[Node], list[Arrow]]:
    """Text and noise become one vector, and this a picture."""
    noise, text = inputs(game)
    shapes = traced(game.generator, noise, text)
    maps, (joined, *_) = by_side(shapes["seed"][1:] + shapes["grow"]), shapes["seed"]
    nodes = [Node((0, 0), "text t", text.shape[1:], "text"),
             Node((1, 0), "compressed", shapes["compress"][-1], "text"),
             Node((1, 1), "noise z", noise.shape[1:], "baseline"),
             Node((2, 0), "joined", joined[:1], "text")]
    nodes += [Node((3 + i, 0), "picture" if shape is maps[-1] else "features", shape, "fake")
              for i, shape in enumerate(maps)]
    modules = ["seed", *["grow"] * (len(maps) - 1)]
    return nodes, [Arrow(0, 1, "compress"), Arrow(1, 3, "concatenate"), Arrow(2, 3),
                   *(Arrow(3 + i, 4 + i, module) for i, module in enumerate(modules))]


def discriminator_nodes(game: GanCls) -> tuple[list[Node], list[Arrow]]:
    """The picture shrinks to 4 x 4 places, the text is laid over them, and both together give one logit."""
    text, side = inputs(game)[1], game.config.size
    shapes = traced(game.discriminator, torch.zeros(1, 3, side, side), text)
    maps = by_side(shapes["see"])
    last = len(maps) - 1
    nodes = [Node((i, 0), "features" if i else "picture x", shape, "discriminator" if i else "real")
             for i, shape in enumerate(maps)]
    nodes += [Node((last - 1, 1), "text t", text.shape[1:], "text"),
              Node((last, 1), "compressed", shapes["compress"][-1], "text"),
              Node((last + 1, 0), "stacked", shapes["compare"][0], "text"),
              Node((last + 2, 0), "logit", shapes["compare"][-1], "discriminator")]
    return nodes, [*(Arrow(i, i + 1, "see") for i in range(last)), Arrow(last + 1, last + 2, "compress"),
                   Arrow(last, last + 3, "replicate"), Arrow(last + 2, last + 3), Arrow(last + 3, last + 4, "compare")]


def inputs(game: GanCls) -> tuple[Tensor, Tensor]:
    """A batch of one: noise (1, Z) and text (1, E)."""
    return torch.zeros(1, game.config.noise_dim), torch.zeros(1, game.config.text_dim)


# --- the three kinds of pair --------------------------------------------------------------------------------------

LEFT, PICTURE, PANEL = 142, 128, 804        # CSS pixels: names at the left, a picture of 64 x 64, a card
KINDS = (("real picture", "right text", "yes", "real"), ("real picture", "wrong text", "no", "wrong text"),
         ("fake picture", "right text", "no", "fake"))
"""A row of `pair_table`: the picture, the text, what D should say, and the name of its colour."""


def pair_table(data: Rendered, painter: Painter, count: int = 3, seed: int = 0) -> Card:
    """The three kinds of pair that D is shown, a row for each, with the answer that D should give.

    The first `count` real pictures of `data` with their first captions; the same with the caption of another species;
    and what the painter draws for the right captions.
    Paper:  Algorithm 1.
    """
    rows, stream = np.arange(count), runtime.generator(seed)
    right, wrong = ([data.captions[row][0] for row in some]
                    for some in (rows, draw_other_class(data.labels, rows, stream)))
    real, fake = data.images[:count], runtime.to_pixels(painter.paint(right, painter.noise(count, seed)))
    height, pitch = PICTURE + 80, (PANEL - LEFT) // count
    paper = Image.new("RGB", canvas(PANEL, 3 * height + 4), PAPER)
    pen = ImageDraw.Draw(paper)
    for (kind, pictures, captions), y in zip(zip(KINDS, (real, real, fake), (right, wrong, right)),
                                             range(10, 3 * height, height)):
        name_kind(pen, y, *kind)
        for i, (picture, caption) in enumerate(zip(pictures, captions)):
            put(paper, picture, (LEFT + i * pitch, y), PICTURE, COLOUR["fake" if pictures is fake else "real"])
            text = "\n".join(wrap(caption, 32, max_lines=4, placeholder=" …"))
            write(pen, (LEFT + i * pitch, y + PICTURE + 5), text, 11,
                  COLOUR["wrong text"] if captions is wrong else INK, "la")
    said = "; ".join(f"{picture} with {text}: {answer}" for picture, text, answer, _ in KINDS)
    first, other = (captions[0].rstrip(".") for captions in (right, wrong))
    return Card(figures.png_bytes(paper), f"{count} pairs of each kind, and what D should say. {said}. The first right "
                                          f"text: {first}; the wrong one: {other}.", PANEL)


def name_kind(pen: ImageDraw.ImageDraw, y: float, picture: str, text: str, answer: str, colour: str) -> None:
    """What a row shows, and the answer that D should give to it."""
    write(pen, (10, y + 34), f"{picture},\n{text}", 12, INK, "la")
    write(pen, (10, y + 74), "D should say", 11, SECONDARY, "la")
    write(pen, (10, y + 90), answer, 18, COLOUR[colour], "la")


def answers_over_steps(curves: np.ndarray | Sequence[Mapping]) -> Card:
    """What D answers to the three kinds of pair while both players learn; raw in pale, smoothed on top.

    `curves`: (N, 4), the step and the three answers in the order of `ANSWERS`, or the log of a training.
    """
    if not isinstance(curves, np.ndarray):
        curves = np.array([[row["step"], *(row[name] for name in ANSWERS)] for row in curves])
    steps, *answers = curves.astype(float).T
    figure, axis = plt.subplots(figsize=(8, 3.6))
    ends = {name: draw_term(axis, steps / 1000, values, COLOUR[colour], dash)
            for (name, (colour, dash)), values in zip(ANSWERS.items(), answers)}
    axis.set(xlabel="thousand steps", ylabel="D's mean answer", ylim=(0, 1))
    mark_ends(axis, {"½": 0.5})
    name_ends(axis, steps[-1] / 1000, ends, [COLOUR[colour] for colour, _ in ANSWERS.values()])
    said = ", ".join(f"{name} {end:.2f}" for name, end in ends.items())
    return figure_card(figure, f"D's mean answers after {steps[-1]:,.0f} steps: {said}.")


def answer_logs(logs: Mapping[str, Mapping[str, np.ndarray]]) -> Card:
    """The three answers of several trainings in panels of their own, with the last AUC above each.

    `logs`: name -> what was logged of a training, the answers by the names in `ANSWERS` and "AUC", each (N,)
    """
    figure, axes = plt.subplots(2, -(-len(logs) // 2), figsize=(8, 4.6), sharex=True, sharey=True)
    for axis, (name, log) in zip(axes.flat, logs.items()):
        for answer, (colour, dash) in ANSWERS.items():
            axis.plot(log[answer], dash, color=COLOUR[colour], linewidth=1.8, label=answer,
                      zorder=3 if dash == ":" else 2)               # a line would hide dots
        axis.set_title(f"{name}   AUC {log['AUC'][-1]:.2f}", loc="left")
        axis.set(ylim=(0, 1), xticks=[])
    figure.supylabel("D's mean answer", fontsize="medium")
    figure.supxlabel("steps", fontsize="medium")
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(ANSWERS))
    said = "; ".join(f"{name}: " + ", ".join(f"{answer} {log[answer][-1]:.2f}" for answer in (*ANSWERS, "AUC"))
                     for name, log in logs.items())
    return figure_card(figure, f"D's mean answers in {len(logs)} trainings, from first to last. At the end: {said}.")


# --- the four models ----------------------------------------------------------------------------------------------

COLUMNS = {"faithfulness": "faithfulness", "all parts right": "all parts right", "AUC wrong": "AUC of D",
           "SynthFID": "SynthFID ↓", "SynthFID between": "between ↓"}
"""Metric of the study -> its name in the table; ↓ where less is better. "between" is the SynthFID between captions."""
LIMITS = {"ceiling": {"AUC wrong": 1.0}, "floor": {"AUC wrong": 0.5}}
"""Ceilings and floors that need no measurement."""
ROOM, SIDE = 96, 64                         # of `model_sheet`: names of models, and a picture


def model_table(measures: Mapping[str, Mapping]) -> Markup:
    """The four models by what the study `text_gans` measured of them.

    Paper:  Figure 3, as numbers.
    """
    return study_table(measures, {title: title for title in TITLES.values()}, COLUMNS)


def study_table(measures: Mapping[str, Mapping], rows: Mapping[str, str], columns: Mapping[str, str]) -> Markup:
    """Models by what a study measured of them: the mean over seeds, the lowest and highest seed in grey.

    `measures` are those of the study's results: "faithfulness: GAN-CLS" and so on, and "faithfulness: floor". `rows`:
    in words -> the title in the study; `columns`: metric -> in words. A number is bold if its seeds are better than
    all seeds of all others; of distances ("SynthFID ...") the least is the best.
    """
    scores = {metric: [measures[f"{metric}: {title}"] for title in rows.values()] for metric in columns}
    leaders = {metric: leader(column, metric.startswith("SynthFID")) for metric, column in scores.items()}
    lines = [table_line("th", ("model", *columns.values()))]
    for i, words in enumerate(rows):
        cells = [two_lines(column[i], leaders[metric] == i) for metric, column in scores.items()]
        lines.append(table_line("td", (figures.unbroken(escape(words)), *cells)))
    for limit in LIMITS:
        cells = [limit_of(measures, metric, limit) for metric in columns]
        if set(cells) != {"–"}:
            lines.append(table_line("td", (limit, *cells)))
    said = [f"{words}: " + ", ".join(f"{columns[metric]} {short(column[i]['value'])}"
                                     for metric, column in scores.items()) for i, words in enumerate(rows)]
    return Markup('<table style="background:#FBFAF7;color:#222222;border-collapse:collapse;max-width:800px;'
                  f'font-size:13px">{"".join(lines)}</table>', "; ".join(said) + ".")


def leader(column: Sequence[Mapping], lower: bool) -> int | None:
    """Which model is better than the others with every seed, if one is."""
    turned = [{"value": -score["value"], "low": -score["high"], "high": -score["low"]} for score in column]
    return clear_leader(turned if lower else column)


def limit_of(measures: Mapping[str, Mapping], metric: str, limit: str) -> str:
    """The ceiling or the floor of a column, or a dash; pictures between have no limits of their own."""
    known = LIMITS[limit].get(metric, measures.get(f"{metric}: {limit}", {}).get("value"))
    return "–" if known is None else f'<span style="color:rgb{SECONDARY}">{short(known)}</span>'


def two_lines(score: Mapping, best: bool) -> str:
    """The mean, bold if it is the best; below it in grey the lowest and the highest seed."""
    value = f"<b>{short(score['value'])}</b>" if best else short(score["value"])
    seeds = f"{short(score['low'])} to {short(score['high'])}"
    return f'{value}<br><span style="color:rgb{SECONDARY};font-size:11px">{figures.unbroken(seeds)}</span>'


def short(value: float) -> str:
    """Three digits for shares, whole numbers for distances: 0.417 and 1,452."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def model_sheet(rows: Mapping[str, np.ndarray | Tensor], captions: Sequence[str]) -> Card:
    """A row for each model, a column for each caption, the same noises in all rows; below, what the probe confirms.

    Shapes: title -> (C, K, S, S, 3) uint8 or (C, K, 3, S, S) in [-1, 1]: K pictures of each of C captions, S 32 or 64
    Paper:  Figure 3.
    """
    rows = {title: as_pixels(pictures) for title, pictures in rows.items()}
    left = ROOM if any(rows) else 10
    pitch = (PANEL - left) // len(captions)
    across = max(1, pitch // (SIDE + GAP))
    count = next(iter(rows.values())).shape[1]
    head, cell = 8 + 13 * max(len(column_lines(caption, pitch)) for caption in captions), SIDE + 18
    height = -(-count // across) * cell + 6
    paper = Image.new("RGB", canvas(PANEL, head + len(rows) * height + 4), PAPER)
    pen, said = ImageDraw.Draw(paper), []
    for column, caption in enumerate(captions):
        write(pen, (left + column * pitch, 6), "\n".join(column_lines(caption, pitch)), 10, INK, "la")
    for row, (title, pictures) in enumerate(rows.items()):
        right, asked = confirmed(pictures, captions)
        said.append(f"{title or 'all'}: {right.sum():.0f} of {asked.sum():.0f}")
        for column, i in np.ndindex(*right.shape):
            x, y = left + column * pitch + i % across * (SIDE + GAP), head + row * height + i // across * cell
            put(paper, pictures[column, i], (x, y), SIDE)
            write(pen, (x + SIDE / 2, y + SIDE + 2), f"{right[column, i]:.0f} of {asked[column, i]:.0f}", 10,
                  SECONDARY, "ma")
        write(pen, (10, head + row * height + 24), "\n".join(wrap(title, 12)), 12, INK, "la")
    return Card(figures.png_bytes(paper), f"Pictures of {len(captions)} captions. Named colours that the probe finds: "
                                          f"{', '.join(said)}.", PANEL)


def column_lines(caption: str, pitch: int) -> list[str]:
    """A caption in lines that fit over a column."""
    return wrap(caption, int(pitch / 6.6), max_lines=6, placeholder=" …")


def as_pixels(pictures: np.ndarray | Tensor) -> np.ndarray:
    """(C, K, 3, S, S) in [-1, 1], or pixels already -> (C, K, S, S, 3) uint8."""
    if isinstance(pictures, np.ndarray):
        return pictures
    return runtime.to_pixels(pictures.flatten(0, 1)).reshape(*pictures.shape[:2], *pictures.shape[3:], 3)


def confirmed(pictures: np.ndarray, captions: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """How many colours the probe finds and how many are named: (C, K, S, S, 3) uint8 -> (C, K) and (C, K)."""
    large = F.interpolate(runtime.to_tensor(pictures.reshape(-1, *pictures.shape[2:])), (64, 64), mode="bilinear")
    named = [colours for colours in named_colours(list(captions)) for _ in range(pictures.shape[1])]
    right, asked = hits(read(load_probe(), large), named)
    return right.reshape(pictures.shape[:2]), asked.reshape(pictures.shape[:2])
