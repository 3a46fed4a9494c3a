"""DF-GAN in figures: where the sentence enters the networks, and which block carries which colour.

Source: Tao et al. 2022, Figures 3 and 4.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn

from t2ilib import runtime
from t2ilib.figures import COLOUR, Card, Markup, figure_card
from t2ilib.figures_gan import INK, PAPER, SECONDARY, letters
from t2ilib.figures_text import LETTERS
from t2ilib.papers.df_gan import DfGan

PANEL, EDGE, HEIGHT = 804, 10, 46           # CSS pixels: a diagram, its margin, a box
WIDEST, GAP = 82, 20                        # a box at most, and the room for an arrow at least
LINE, BELOW, RAIL = 44, 112, 146            # from the top: boxes, those right below, and those of the sentence
VIOLET = COLOUR["text"]


class Pass(NamedTuple):
    """What went through a module, without the batch."""

    given: tuple[tuple[int, ...], ...]
    made: tuple[int, ...]


def passes(player: nn.Module, modules: Sequence[nn.Module], *given: Tensor) -> list[Pass]:
    """The shapes that each of some modules was given and made when a player worked on a batch of one."""
    seen: dict[nn.Module, Pass] = {}

    def record(module: nn.Module, came: tuple, made: Tensor) -> None:
        seen[module] = Pass(tuple(tuple(part.shape[1:]) for part in came), tuple(made.shape[1:]))
    hooks = [module.register_forward_hook(record) for module in modules]
    try:
        with runtime.evaluating(player):
            player(*given)
    finally:
        for hook in hooks:
            hook.remove()
    return [seen[module] for module in modules]


def inputs(game: DfGan) -> tuple[Tensor, Tensor, Tensor]:
    """A batch of one: noise (1, Z), text (1, E), picture (1, 3, S, S)."""
    config = game.config
    return torch.zeros(1, config.noise_dim), torch.zeros(1, config.text_dim), torch.zeros(1, 3, config.size,
                                                                                          config.size)


# --- both networks ------------------------------------------------------------------------------------------------

def architecture(game: DfGan) -> Markup:
    """G, the inside of its first block that narrows, and D, with the shapes that one picture has on its way.

    Paper:  Figures 3 and 4.
    """
    parts = generator_diagram(game), block_diagram(game), discriminator_diagram(game)
    return Markup("".join(part.html for part in parts), "\n".join(part.text for part in parts))


def generator_diagram(game: DfGan) -> Markup:
    """The picture grows from left to right; below it runs the condition, with an arrow for each fusion of a block."""
    noise, text, _ = inputs(game)
    generator = game.generator
    *blocks, to_rgb = passes(generator, [*generator.blocks, generator.to_rgb], noise, text)
    maps, condition = [blocks[0].given[0], *(block.made for block in blocks)], blocks[0].given[1]
    boxes = [("noise z", noise.shape[1:], "baseline"), *(("features", shape, "fake") for shape in maps),
             ("picture", to_rgb.made, "fake")]
    row = Row(len(boxes))
    drawn = [row.box(i, LINE, *box) for i, box in enumerate(boxes)]
    drawn += [row.arrow(i, module) for i, module in enumerate(["start", *["block"] * len(blocks), "to_rgb"])]
    drawn += [row.box(0, RAIL, "text t", text.shape[1:], "text"),
              row.box(1, RAIL, "condition", condition, "text"), joined(row), rail(row, len(blocks))]
    note = "A violet arrow is a DFBlock (affine, LeakyReLU, twice): one before the map grows, one after it."
    said = (f"Generator: noise z ({told(noise.shape[1:])}) and text t ({told(text.shape[1:])}) are joined to the "
            f"condition ({told(condition)}). The noise becomes {' → '.join(map(told, maps))}, then the picture "
            f"{told(to_rgb.made)}. The condition enters each of the {len(blocks)} blocks twice.")
    return svg("Generator G(z, t)", "".join(drawn), said, note)


def block_diagram(game: DfGan) -> Markup:
    """The inside of the first block that makes channels fewer: two fusions, two convolutions, a shortcut."""
    noise, text, _ = inputs(game)
    narrow = next(block for block in game.generator.blocks if isinstance(block.shortcut, nn.Conv2d))
    parts = (narrow.fuse1, narrow.conv1, narrow.fuse2, narrow.conv2, narrow.shortcut)
    fuse1, conv1, fuse2, conv2, shortcut = passes(game.generator, parts, noise, text)
    boxes = [("features", fuse1.given[0], "fake"), ("fused", fuse1.made, "text"), ("enlarged", conv1.given[0], "fake"),
             ("features", conv1.made, "fake"), ("fused", fuse2.made, "text"), ("sum", conv2.made, "fake")]
    row = Row(len(boxes))
    drawn = [row.box(i, LINE, *box) for i, box in enumerate(boxes)]
    drawn += [row.arrow(i, module) for i, module in enumerate(["fuse1", "enlarge", "conv1", "fuse2", "conv2"])]
    drawn += [row.box(2, BELOW, "narrowed", shortcut.made, "fake"), row.box(3, BELOW, "enlarged", conv2.made, "fake"),
              row.arrow(2, "enlarge", BELOW), around(row)]
    said = (f"The inside of a block: {told(fuse1.given[0])} is fused, enlarged to {told(conv1.given[0])}, convolved to "
            f"{told(conv1.made)}, fused and convolved again; the shortcut makes {told(shortcut.made)} of the same "
            f"features and enlarges it; the sum of both is {told(conv2.made)}.")
    return svg(f"The inside of a block of G: {told(fuse1.given[0])} to {told(conv2.made)}", "".join(drawn), said,
               "fuse1 and fuse2 are the DFBlocks. Both get the condition.", BELOW)


def discriminator_diagram(game: DfGan) -> Markup:
    """The picture shrinks to 4 x 4 places, the text is laid over them, and both together give one logit."""
    _, text, picture = inputs(game)
    judge = game.discriminator
    *maps, head = passes(judge, [judge.from_rgb, *judge.blocks, judge.head], picture, text)
    boxes = [("picture x", picture.shape[1:], "real"), *(("features", part.made, "discriminator") for part in maps),
             ("stacked", head.given[0], "text"), ("logit", head.made, "discriminator")]
    row, last = Row(len(boxes)), len(maps)
    drawn = [row.box(i, LINE, *box) for i, box in enumerate(boxes)]
    drawn += [row.arrow(i, module) for i, module in enumerate(["from_rgb", *["block"] * (last - 1), "", "head"])]
    drawn += [row.box(last, BELOW, "text t", text.shape[1:], "text"),
              replicated(row, last)]
    said = (f"Discriminator: the picture {told(picture.shape[1:])} becomes "
            f"{' → '.join(told(part.made) for part in maps)}. The text ({told(text.shape[1:])}) is repeated over all "
            f"places and stacked on the features: {told(head.given[0])}. The head makes one number of it.")
    return svg("Discriminator D(x, t)", "".join(drawn), said,
               "The text is repeated at all 4 × 4 places and stacked on the features.", BELOW)


def told(shape: Sequence[int]) -> str:
    """A shape in words: '128×4×4'; nothing is left of a logit."""
    return "×".join(map(str, shape)) or "1 number"


class Row:
    """The places of some boxes side by side."""

    def __init__(self, count: int):
        """`count` boxes, two or more, share the width of a panel."""
        self.width = min(WIDEST, (PANEL - 2 * EDGE - (count - 1) * GAP) / count)
        self.pitch = (PANEL - 2 * EDGE - self.width) / (count - 1)

    def left(self, column: int) -> float:
        return EDGE + column * self.pitch

    def middle(self, column: int) -> float:
        return self.left(column) + self.width / 2

    def gap(self, column: int) -> float:
        """The middle of the room to the right of a box."""
        return (self.left(column) + self.width + self.left(column + 1)) / 2

    def box(self, column: int, y: float, name: str, shape: Sequence[int], colour: str) -> str:
        """A tensor: its name above its shape, in letters that fit."""
        size = min(11, (self.width - 4) / 6.8)
        return (f'<rect x="{self.left(column):.1f}" y="{y}" width="{self.width:.1f}" height="{HEIGHT}" rx="5" '
                f'fill="#FFFFFF" stroke="{COLOUR[colour]}" stroke-width="2"/><g font-size="{size:.1f}">'
                f'<text x="{self.middle(column):.1f}" y="{y + 19}" font-weight="bold">{escape(name)}</text>'
                f'<text x="{self.middle(column):.1f}" y="{y + 36}" fill="{SECONDARY}">{told(shape)}</text></g>')

    def arrow(self, column: int, module: str, y: float = LINE) -> str:
        """From a box to the one on its right."""
        x, tip, level = self.left(column) + self.width + 2, self.left(column + 1) - 3, y + HEIGHT / 2
        return (f'{line(f"M{x:.1f} {level} H{tip - 4:.1f}")}{tip_at(tip, level)}'
                f'<text x="{self.gap(column):.1f}" y="{y - 7}" font-style="italic">{escape(module)}</text>')


def joined(row: Row) -> str:
    """Noise and text become the condition."""
    y, x = (LINE + HEIGHT + RAIL) / 2, row.middle(1)
    return (f'{line(f"M{row.middle(0):.1f} {LINE + HEIGHT + 2} V{y} H{x:.1f} V{RAIL - 8}")}{tip_up(x, RAIL - 3, -1)}'
            f'<text x="{row.gap(0):.1f}" y="{y - 6}" font-style="italic">concatenate</text>{row.arrow(0, "", RAIL)}')


def rail(row: Row, blocks: int) -> str:
    """The condition runs along below the features and enters each block twice."""
    level, floor = RAIL + HEIGHT / 2, LINE + HEIGHT / 2 + 4
    places = [row.gap(1 + block) + shift for block in range(blocks) for shift in (-5, 5)]
    along = line(f"M{row.left(1) + row.width + 2:.1f} {level} H{places[-1]:.1f}", VIOLET)
    return along + "".join(line(f"M{x:.1f} {level} V{floor + 5}", VIOLET) + tip_up(x, floor, 1, VIOLET)
                           for x in places)


def around(row: Row) -> str:
    """The shortcut leaves the first box, goes along below the others, and joins the last one."""
    level, top = BELOW + HEIGHT / 2, LINE + HEIGHT
    down = f"M{row.middle(0):.1f} {top + 2} V{level} H{row.left(2) - 7:.1f}"
    up = f"M{row.left(3) + row.width + 2:.1f} {level} H{row.middle(5):.1f} V{top + 8}"
    return (f'{line(down)}{tip_at(row.left(2) - 3, level)}{line(up)}{tip_up(row.middle(5), top + 3, 1)}'
            f'<text x="{row.middle(1):.1f}" y="{level - 7}" font-style="italic">shortcut</text>')


def replicated(row: Row, column: int) -> str:
    """The text goes up beside the features, and on with them."""
    x, start, tip = row.gap(column), row.left(column) + row.width + 2, row.left(column + 1) - 3
    level, floor = LINE + HEIGHT / 2 + 9, BELOW + HEIGHT / 2
    return (f'{line(f"M{start:.1f} {floor} H{x:.1f} V{level} H{tip - 4:.1f}", VIOLET)}{tip_at(tip, level, VIOLET)}'
            f'<text x="{x + 9:.1f}" y="{floor + 4}" text-anchor="start" font-style="italic">replicate</text>')


def line(path: str, paint: str = INK) -> str:
    return f'<path d="{path}" fill="none" stroke="{paint}" stroke-width="1.5"/>'


def tip_at(x: float, y: float, paint: str = INK) -> str:
    """The head of an arrow to the right."""
    return f'<path d="M{x - 6:.1f} {y - 4} l6 4 l-6 4 z" fill="{paint}"/>'


def tip_up(x: float, y: float, way: int, paint: str = INK) -> str:
    """The head of an arrow up (1) or down (-1)."""
    return f'<path d="M{x - 4:.1f} {y + 6 * way} l4 {-6 * way} l4 {6 * way} z" fill="{paint}"/>'


def svg(title: str, drawn: str, said: str, note: str, lowest: float = RAIL) -> Markup:
    """A diagram on paper with its title on top, and a note below its lowest boxes."""
    foot = lowest + HEIGHT + 20
    return Markup(f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 {PANEL} {foot + 10}" '
                  f'style="display:block;width:{PANEL}px;max-width:100%;background:{PAPER};{LETTERS}" font-size="11" '
                  f'text-anchor="middle" fill="{INK}"><text x="{EDGE}" y="18" font-size="13" font-weight="bold" '
                  f'text-anchor="start">{escape(title)}</text>{drawn}<text x="{EDGE}" y="{foot}" text-anchor="start" '
                  f'fill="{SECONDARY}">{escape(note)}</text></svg>', said)


# --- which block carries what -------------------------------------------------------------------------------------

def silence_matrix(measures: Mapping[str, Mapping], named: Sequence[int]) -> Card:
    """Blocks by parts: the share of named colours that stay right when blocks are silenced (a), or speak alone (b).

    `measures` and `named` are those of the study `df_gan_silence`: its results, and its array of that name. The first
    column is over all parts; below each part stands how many captions name it.
    """
    parts = {part: count for part, count in zip(next(iter(measures.values()))["rows"], named) if count}
    figure, axes = plt.subplots(2, 1, figsize=(8, 5.4), height_ratios=[6, 4.6])
    said = []
    for axis, panel in zip(axes, ("silenced", "only")):
        rows = {name.removeprefix(f"{panel}: "): score for name, score in measures.items() if name.startswith(panel)}
        draw_shares(axis, rows, list(parts))
        said += [f"{panel} {name} {score['value']:.2f}" for name, score in rows.items()]
    axes[0].set_ylabel("silenced block")
    axes[1].set_ylabel("only block that hears")
    axes[0].set_xticks(range(len(parts) + 1), ["together\ncaptions:",
                                               *(f"{part}\n{count}" for part, count in parts.items())])
    axes[1].set_xticks([])
    letters(axes)
    return figure_card(figure, f"Share of named colours that are right, over all parts: {', '.join(said)}.")


def draw_shares(axis: plt.Axes, rows: Mapping[str, Mapping], parts: Sequence[str]) -> None:
    """A table of shares from dark (0) to bright (1), with its numbers."""
    table = np.array([[score["value"], *(score["rows"][part] for part in parts)] for score in rows.values()])
    axis.imshow(table, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for place, value in np.ndenumerate(table):
        axis.text(*place[::-1], f"{value:.2f}", ha="center", va="center", fontsize=9,
                  color=INK if value > 0.5 else PAPER)
    axis.axvline(0.5, color=PAPER, linewidth=3)
    axis.set_yticks(range(len(rows)), rows)
    axis.tick_params(length=0)
    axis.grid(False)
