"""What a conditional GAN draws: its two networks, sheets of pictures, what was asked against what is seen.

Source: Mirza and Osindero 2014, Figure 1.
"""

from collections.abc import Mapping, Sequence
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from t2ilib import figures
from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.data.digits import SIDE
from t2ilib.figures import GAP, PAPER, Card, Markup, figure_card
from t2ilib.figures_cls import as_pixels
from t2ilib.figures_diagram import Arrow, Node, by_side, diagram, traced
from t2ilib.figures_gan import BASELINE, FAKE, SECONDARY
from t2ilib.figures_pairs import write
from t2ilib.figures_toys import RETINA, canvas, put
from t2ilib.metrics.control import AXES, colour_table, correlation
from t2ilib.papers.cgan import Cgan

LEFT, PANEL = 190, 804                      # CSS pixels of a sheet: the requests at the left, all of it
Request = str | Mapping[str, str]           # in words, or part -> colour


# --- both networks ------------------------------------------------------------------------------------------------

def architecture(game: Cgan) -> Markup:
    """G and D as diagrams, with the shapes that a batch of one has on its way, and where the condition is joined.

    Paper:  Figure 1.
    """
    players = diagram("Generator G(z, c)", *generator_nodes(game)), diagram("Discriminator D(x, c)",
                                                                            *discriminator_nodes(game))
    return Markup("".join(player.html for player in players), "\n".join(player.text for player in players))


def generator_nodes(game: Cgan) -> tuple[list[Node], list[Arrow]]:
    """Condition and noise become one vector, and this a picture."""
    noise, condition = inputs(game)
    shapes = traced(game.generator, noise, condition)
    maps = by_side(shapes["seed"][1:] + shapes["grow"] + shapes["paint"])
    nodes = [Node((0, 0), "condition c", condition.shape[1:], "text"),
             Node((1, 0), "embedded", shapes["embed"][-1], "text"),
             Node((1, 1), "noise z", noise.shape[1:], "baseline"),
             Node((2, 0), "joined", shapes["seed"][0][:1], "text")]
    nodes += [Node((3 + i, 0), "picture" if shape is maps[-1] else "features", shape, "fake")
              for i, shape in enumerate(maps)]
    modules = ["seed", *["grow"] * (len(maps) - 2), "paint"]
    return nodes, [Arrow(0, 1, "embed"), Arrow(1, 3, "concatenate"), Arrow(2, 3),
                   *(Arrow(3 + i, 4 + i, module) for i, module in enumerate(modules))]


def discriminator_nodes(game: Cgan) -> tuple[list[Node], list[Arrow]]:
    """The picture shrinks to 4 x 4 places, the condition is laid over them, and both together give one logit."""
    condition, config = inputs(game)[1], game.config
    shapes = traced(game.discriminator, torch.zeros(1, config.channels, config.size, config.size), condition)
    maps = by_side(shapes["see"])
    last = len(maps) - 1
    nodes = [Node((i, 0), "features" if i else "picture x", shape, "discriminator" if i else "real")
             for i, shape in enumerate(maps)]
    nodes += [Node((last - 1, 1), "condition c", condition.shape[1:], "text"),
              Node((last, 1), "embedded", shapes["embed"][-1], "text"),
              Node((last + 1, 0), "stacked", shapes["head"][0], "text"),
              Node((last + 2, 0), "logit", shapes["head"][-1], "discriminator")]
    return nodes, [*(Arrow(i, i + 1, "see") for i in range(last)), Arrow(last + 1, last + 2, "embed"),
                   Arrow(last, last + 3, "replicate"), Arrow(last + 2, last + 3), Arrow(last + 3, last + 4, "head")]


def inputs(game: Cgan) -> tuple[Tensor, Tensor]:
    """A batch of one: noise (1, Z) and condition (1, C)."""
    return torch.zeros(1, game.config.noise_dim), torch.zeros(1, game.config.condition_dim)


# --- what is drawn ------------------------------------------------------------------------------------------------

def condition_sheet(pictures: np.ndarray | Tensor, requests: Sequence[Request]) -> Card:
    """A row for each condition, a column for each noise: down a column only the condition changes.

    Shapes: (R, K, S, S, 3) uint8 or (R, K, 3, S, S) in [-1, 1]; `requests` R of them, in words or by part
    """
    pictures = as_pixels(pictures)
    rows, across, pixels = pictures.shape[:3]
    side = pixels * max(1, (PANEL - LEFT) // across // pixels)
    lines = [request_lines(request) for request in requests]
    heights = [max(side, 16 * len(told) + 4) + GAP for told in lines]
    paper = Image.new("RGB", canvas(PANEL, 16 + sum(heights)), PAPER)
    pen, y = ImageDraw.Draw(paper), 10
    for told, drawn, height in zip(lines, pictures, heights):
        for i, (colour, words) in enumerate(told):
            write_request(pen, (10, y + 9 + 16 * i), colour, words)
        for k, picture in enumerate(drawn):
            put(paper, picture, (LEFT + k * (side + GAP), y), side)
        y += height
    said = "; ".join(" ".join(words.strip() for _, words in told) for told in lines)
    return Card(figures.png_bytes(paper), f"{rows} conditions, each drawn from the same {across} noises: {said}.",
                PANEL)


def request_lines(request: Request) -> list[tuple[str, str]]:
    """A request as lines (colour or "", words): the parts of one colour stand together, after its swatch."""
    if isinstance(request, str):
        return [("", line) for line in wrap(request, 26)]
    lines = []
    for colour in dict.fromkeys(request.values()):
        named = [part for part in PARTS if request.get(part) == colour]
        first, *others = wrap(f"{colour} {', '.join(named)}", 25)
        lines += [(colour, first), *(("", f"   {line}") for line in others)]
    return lines or [("", "nothing named")]


def write_request(pen: ImageDraw.ImageDraw, place: tuple[float, float], colour: str, words: str) -> None:
    """A swatch, if there is a colour, and the words."""
    x, y = place
    if colour:
        pen.rectangle((*canvas(x, y - 6), *canvas(x + 12, y + 6)), COLOURS[colour], SECONDARY)
    write(pen, (x + 18 if colour else x, y), words, 11)


def asked_digits(drawn: Mapping[str, np.ndarray]) -> Card:
    """Digits that were asked for, one block for each generator: a row for each class, a column for each noise.

    Shapes: title -> (10, K, 64) uint8, 255 is full ink, as the study `cgan_digits` stores them
    """
    side, gap, head, left = 32, 3, 34, 26
    across = max(len(rows[0]) for rows in drawn.values())
    pitch = left + across * (side + gap) + 24
    count = max(map(len, drawn.values()))
    paper = Image.new("RGB", canvas(10 + pitch * len(drawn), head + count * (side + gap) + 6), PAPER)
    pen = ImageDraw.Draw(paper)
    for block, (title, rows) in enumerate(drawn.items()):
        x = 10 + block * pitch
        write(pen, (x, 14), title, 13)
        for (kind, k), digit in zip(np.ndindex(rows.shape[:2]), rows.reshape(-1, SIDE, SIDE)):
            y = head + kind * (side + gap)
            if k == 0:
                write(pen, (x, y + side / 2), f"{kind}", 12)
            put(paper, (255 - digit)[..., None].repeat(3, axis=-1), (x + left + k * (side + gap), y), side)
    return Card(figures.png_bytes(paper), f"Digits drawn for the classes 0 to {count - 1}, {across} noises each, by "
                                          f"{len(drawn)} generators: {', '.join(drawn)}.", paper.width // RETINA)


# --- what was asked, and what is seen -----------------------------------------------------------------------------

def colour_matrix(asked_and_read: np.ndarray, parts: Sequence[str] = ("wing", "belly", "crown")) -> Card:
    """For up to three parts a table: a row for each colour that is asked for, a column for each that is read.

    Shapes: (N, 10, 2) positions in COLOURS, for each part of PARTS what was asked (-1 is nothing) and what was read
    """
    figure, axes = plt.subplots(1, len(parts), figsize=(8, 3.3), sharey=True, squeeze=False)
    said, names = [], list(COLOURS)
    for axis, part in zip(axes[0], parts):
        asked, read = asked_and_read[:, PARTS.index(part)].astype(int).T
        drawn = axis.imshow(colour_table(asked, read), cmap="cividis", vmin=0, vmax=1)
        axis.set_xticks(range(len(names)), names, rotation=90, fontsize=9)
        axis.set_yticks(range(len(names)), names, fontsize=9)
        axis.grid(False)
        right = (asked == read)[asked >= 0].mean()
        axis.set_title(f"{part}: {right:.0%} as asked", loc="left", fontsize=10)
        said.append(f"{part} {right:.0%}")
    axes[0, 0].set_ylabel("asked for")
    axes[0, len(parts) // 2].set_xlabel("read by the probe")
    figure.colorbar(drawn, ax=axes, label="share of the row", shrink=0.8)
    return figure_card(figure, f"Colours that were asked for against those that are read. As asked: {', '.join(said)}.")


def place_scatter(asked_and_read: np.ndarray) -> Card:
    """Requested against read places, a panel each for x, y and size; on the dotted line both are equal.

    Shapes: (N, 3, 2) in tenths of the picture's side from the usual place, what was asked and what was read; NaN
            where no bird was seen
    """
    figure, axes = plt.subplots(1, 3, figsize=(8, 3.1))
    said, rows = [], asked_and_read.astype(float)
    for axis, name, values in zip(axes, AXES, rows.transpose(1, 2, 0)):
        asked, read = values
        low, high = np.nanquantile(values, (0.005, 0.995)) + (-0.5, 0.5)
        axis.plot((low, high), (low, high), ":", color=BASELINE)
        axis.plot(asked, read, "o", color=FAKE, markersize=2.5, alpha=0.35, markeredgewidth=0)
        axis.set(xlim=(low, high), ylim=(low, high), aspect="equal", xlabel=f"{name} asked for")
        r = correlation(asked, read)
        axis.set_title(f"r = {r:.2f}", loc="left", fontsize=10)
        said.append(f"{name} {r:.2f}")
    axes[0].set_ylabel("read (tenths of the side)")
    return figure_card(figure, f"Requested and read places of {len(rows):,} pictures, on "
                               f"{int(np.isnan(rows[:, 0, 1]).sum()):,} of which no bird is seen; correlations: "
                               f"{', '.join(said)}.")
