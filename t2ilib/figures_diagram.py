"""Networks as diagrams: a box for each tensor with its shape, an arrow for each module, from left to right."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from torch import Tensor, nn

from t2ilib import runtime
from t2ilib.figures import COLOUR, Markup
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.figures_text import LETTERS

WIDTH, HEIGHT, LINE, TOP = 82, 46, 72, 44       # CSS pixels: a box, from one line to the next, the first line
EDGE, PANEL = 10, 804                           # the margin, and a whole diagram


class Node(NamedTuple):
    """A tensor in a diagram."""

    place: tuple[int, int]      # column and line, from 0
    name: str
    shape: Sequence[int]        # without the batch
    colour: str                 # a name in COLOUR

    @property
    def told(self) -> str:
        """Its shape in words: '256 × 4 × 4'."""
        return " × ".join(map(str, self.shape)) or "one number"


class Arrow(NamedTuple):
    """A module that makes one tensor of another: positions in the list of nodes."""

    start: int
    end: int
    module: str = ""            # written above the arrow; "" where the arrow before has said it


def diagram(title: str, nodes: Sequence[Node], arrows: Sequence[Arrow]) -> Markup:
    """A network of at most nine tensors as an SVG on paper, 804 CSS pixels wide."""
    columns, lines = (1 + max(node.place[axis] for node in nodes) for axis in (0, 1))
    pitch = (PANEL - 2 * EDGE - WIDTH) / max(1, columns - 1)
    corners = [(EDGE + node.place[0] * pitch, TOP + node.place[1] * LINE) for node in nodes]
    drawn = [box(node, *corner) for node, corner in zip(nodes, corners)]
    drawn += [connection(arrow.module, corners[arrow.start], corners[arrow.end]) for arrow in arrows]
    steps = [f"{nodes[arrow.start].name} ({nodes[arrow.start].told}) to {nodes[arrow.end].name} "
             f"({nodes[arrow.end].told})" + (f" by {arrow.module}" if arrow.module else "") for arrow in arrows]
    said, height = f"{title}: {'; '.join(steps)}.", TOP + lines * LINE - (LINE - HEIGHT) + EDGE
    return Markup(f'<svg role="img" aria-label="{escape(said)}" viewBox="0 0 {PANEL} {height}" style="display:block;'
                  f'width:{PANEL}px;max-width:100%;background:{PAPER};{LETTERS}" font-size="11" text-anchor="middle" '
                  f'fill="{INK}"><text x="{EDGE}" y="18" font-size="13" font-weight="bold" text-anchor="start">'
                  f'{escape(title)}</text>{"".join(drawn)}</svg>', said)


def box(node: Node, x: float, y: float) -> str:
    """A tensor: its name above its shape."""
    middle = x + WIDTH / 2
    return (f'<rect x="{x:.1f}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="#FFFFFF" '
            f'stroke="{COLOUR[node.colour]}" stroke-width="2"/>'
            f'<text x="{middle:.1f}" y="{y + 19}" font-weight="bold">{escape(node.name)}</text>'
            f'<text x="{middle:.1f}" y="{y + 36}" fill="{SECONDARY}">{node.told.replace(" × ", "×")}</text>')


def connection(module: str, start: tuple[float, float], end: tuple[float, float]) -> str:
    """An arrow to the right; from another line it goes along to the middle of the gap, and then up or down."""
    (x, y), (tip, level) = (start[0] + WIDTH + 2, start[1] + HEIGHT / 2), (end[0] - 3, end[1] + HEIGHT / 2)
    turn = (x + tip) / 2 - 2
    level += 9 if y > level else -9 if y < level else 0         # arrows from two lines end beside each other
    return (f'<path d="M{x:.1f} {y} H{turn:.1f} V{level} H{tip - 4:.1f}" fill="none" stroke="{INK}" '
            f'stroke-width="1.5"/><path d="M{tip - 6:.1f} {level - 4} l6 4 l-6 4 z" fill="{INK}"/>'
            f'<text x="{(x + tip) / 2:.1f}" y="{start[1] - 7}" font-style="italic">{escape(module)}</text>')


def traced(player: nn.Module, *given: Tensor) -> dict[str, list[tuple[int, ...]]]:
    """For each part of a player the shapes on the way, without the batch: what came in, then what each layer made.

    A layer may serve in several parts, so it is asked in which one it is at work. Returns part -> (C, h, w) or (C,)s.
    """
    shapes: dict[str, list[tuple[int, ...]]] = {}

    def enter(name: str, came: Tensor) -> None:
        shapes[name] = [tuple(came.shape[1:])]

    def record(_layer: nn.Module, _came: tuple, made: Tensor) -> None:
        shapes[next(reversed(shapes))].append(tuple(made.shape[1:]))
    parts = dict(player.named_children())
    hooks = [part.register_forward_pre_hook(lambda _, came, name=name: enter(name, *came))
             for name, part in parts.items()]
    hooks += [layer.register_forward_hook(record) for layer in {layer for part in parts.values() for layer in part}]
    try:
        with runtime.evaluating(player):
            player(*given)
    finally:
        for hook in hooks:
            hook.remove()
    return shapes


def by_side(shapes: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Of maps (C, h, w) the last one of each size, in order."""
    return list({shape[1:]: shape for shape in shapes if len(shape) == 3}.values())
