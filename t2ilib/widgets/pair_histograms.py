"""D's answers to pairs of a picture and a text, kind by kind: can it tell a wrong text from a right one?

Source: Reed et al. 2016 (ICML), Section 4.2: the pair (real picture, wrong text) is what GAN-CLS adds.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
from scipy.special import expit

from t2ilib.figures import COLOUR, Markup
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.figures_text import LETTERS, two_digits
from t2ilib.figures_toys import EDGE_PAINT
from t2ilib.metrics.pair_answers import Answers, auc
from t2ilib.widgets.panel import Panel

AXES = ("logit", "probability")
BINS = 40
WIDTH, LEFT, RIGHT, TOP, ROW, TALL = 804, 216, 660, 8, 84, 62       # CSS pixels; a row holds bars up to TALL


class Kind(NamedTuple):
    """How a kind of pair is called and drawn."""

    told: str
    colour: str
    dash: str


KINDS = {"right": Kind("real, right text", COLOUR["real"], "none"),
         "wrong": Kind("real, text of another species", COLOUR["wrong text"], "2 3"),
         "swapped": Kind("real, one colour swapped", COLOUR["text"], "8 3 2 3"),
         "fake": Kind("fake, right text", COLOUR["fake"], "8 4")}


def answers_view(found: Answers, title: str, kinds: Sequence[str] = tuple(KINDS), axis: str = AXES[0]) -> Markup:
    """A histogram of D's answers for each chosen kind of pair, on one axis; thin behind each: the right pairs.

    Raises: ValueError for a kind that is not in KINDS, or another axis.
    """
    if not {*kinds} <= {*KINDS} or axis not in AXES:
        raise ValueError(f"kinds should be of {', '.join(KINDS)} and the axis {' or '.join(AXES)}, got "
                         f"{', '.join(kinds)} and {axis}; leave the others out")
    lines = [f"{title}: what D says of {len(found.right):,} pairs of each kind. An AUC of 0.50 is guessing.",
             *map(told, compared(found, kinds))]
    drawn = drawing(found, [kind for kind in KINDS if kind in kinds], axis, " ".join(lines))
    said = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return Markup(f'{drawn}<div role="status" style="padding:6px 12px 10px;background:{PAPER};color:{INK};'
                  f'font-size:13px;line-height:1.5;{LETTERS}">{said}</div>', "\n".join(lines))


def compared(found: Answers, kinds: Sequence[str]) -> list[tuple[str, float]]:
    """The AUC of the right pairs against each other kind that is shown."""
    return [(kind, auc(found.right, getattr(found, kind))) for kind in KINDS if kind in kinds and kind != "right"]


def told(pair: tuple[str, float]) -> str:
    """An AUC in words."""
    kind, value = pair
    return (f"Against ({KINDS[kind].told}): the right pair gets the higher answer in {100 * value:.0f} of 100 cases, "
            f"AUC {two_digits(value)}.")


def drawing(found: Answers, kinds: Sequence[str], axis: str, alt: str) -> str:
    """The histograms one below the other."""
    edges = bins(found, axis)
    counts = {kind: np.histogram(on_axis(getattr(found, kind), axis), edges)[0] for kind in KINDS}
    scale = TALL / max(max(counts[kind].max() for kind in (*kinds, "right")), 1)
    height = TOP + len(kinds) * ROW + 34
    rows = "".join(row(kind, TOP + k * ROW, {name: scale * counts[name] for name in (kind, "right")},
                       np.median(on_axis(getattr(found, kind), axis)), edges) for k, kind in enumerate(kinds))
    return (f'<svg role="img" aria-label="{escape(alt)}" viewBox="0 0 {WIDTH} {height}" style="display:block;width:'
            f'{WIDTH}px;max-width:100%;background:{PAPER};{LETTERS}" font-size="12" fill="{INK}">'
            f"{rows}{scale_below(edges, height - 26, axis)}</svg>")


def on_axis(logits: np.ndarray, axis: str) -> np.ndarray:
    """Answers as logits, or as probabilities."""
    return expit(logits) if axis == "probability" else logits


def bins(found: Answers, axis: str) -> np.ndarray:
    """The edges of the bars: all answers of all kinds find a place, whichever are shown."""
    if axis == "probability":
        return np.linspace(0, 1, BINS + 1)
    low, high = np.min(found), np.max(found)
    return np.linspace(low, high if high > low else low + 1, BINS + 1)


def across(value: float, edges: np.ndarray) -> float:
    """Where a value stands, in CSS pixels."""
    return LEFT + (value - edges[0]) / (edges[-1] - edges[0]) * (RIGHT - LEFT)


def row(kind: str, top: float, heights: Mapping[str, np.ndarray], median: float, edges: np.ndarray) -> str:
    """The name of a kind, its bars over the outline of the right pairs, and its median."""
    look, floor = KINDS[kind], top + ROW - 10
    x = across(median, edges)
    ghost = outline(heights["right"], floor, f'fill="none" stroke="{COLOUR["real"]}" stroke-opacity="0.6"')
    own = outline(heights[kind], floor, f'fill="{look.colour}" fill-opacity="0.3" stroke="{look.colour}" '
                                        f'stroke-width="1.8" stroke-dasharray="{look.dash}"')
    return (f'<text x="{LEFT - 10}" y="{floor - 8}" text-anchor="end">{look.told}</text>'
            f'{ghost if kind != "right" else ""}{own}'
            f'<path d="M{LEFT} {floor} H{RIGHT}" stroke="{EDGE_PAINT}"/>'
            f'<path d="M{x:.1f} {floor + 8} l-5 -8 h10 z" fill="{INK}" transform="rotate(180 {x:.1f} {floor + 4})"/>'
            f'<text x="{RIGHT + 10}" y="{floor - 8}">median {two_digits(median)}</text>')


def outline(heights: np.ndarray, floor: float, look: str) -> str:
    """The steps of a histogram."""
    width = (RIGHT - LEFT) / len(heights)
    steps = "".join(f"V{floor - height:.1f}h{width:.2f}" for height in heights)
    return f'<path d="M{LEFT} {floor}{steps}V{floor}" {look}/>'


def scale_below(edges: np.ndarray, y: float, axis: str) -> str:
    """The axis with three or more round numbers."""
    span = edges[-1] - edges[0]
    step = next(size for size in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, np.inf) if span / size <= 10)
    marks = np.arange(np.ceil(edges[0] / step), np.floor(edges[-1] / step) + 1) * step
    ticks = "".join(f'<text x="{across(mark, edges):.1f}" y="{y}" text-anchor="middle" fill="{SECONDARY}">'
                    f'{f"{mark:g}".replace("-", "−")}</text>' for mark in marks)
    word = "D's answer as a logit: a yes to the right" if axis == "logit" else "D's answer as a probability of a yes"
    return f'{ticks}<text x="{(LEFT + RIGHT) / 2}" y="{y + 18}" text-anchor="middle">{word}</text>'


class PairHistograms(Panel):
    """A model, an axis, and the kinds of pair that are shown."""

    def __init__(self, by_model: Mapping[str, Answers]):
        self.by_model, self.rng = dict(by_model), np.random.default_rng()
        self.model, self.axis = menu("model", list(self.by_model)), menu("axis", AXES)
        self.kinds = {kind: widgets.Checkbox(True, description=look.told, indent=False,
                                             layout=widgets.Layout(width="auto", margin="0 16px 0 0"))
                      for kind, look in KINDS.items()}
        boxes = widgets.Box(list(self.kinds.values()), layout=widgets.Layout(flex_flow="row wrap", width="100%"))
        super().__init__([self.model, self.axis, boxes], "another model, and some of the kinds",
                         "the first model with all kinds of pair")
        for control in (self.model, self.axis, *self.kinds.values()):
            control.observe(self.soon, "value")

    def chosen(self) -> list[str]:
        """The kinds of pair that are shown."""
        return [kind for kind, box in self.kinds.items() if box.value]

    def picture(self) -> Markup:
        return answers_view(self.by_model[self.model.value], self.model.value, self.chosen(), self.axis.value)

    def settings(self) -> dict[str, str]:
        return {"model": self.model.value, "axis": self.axis.value, "pairs": "; ".join(
            KINDS[kind].told for kind in self.chosen()) or "none"}

    def surprise(self, _button=None) -> None:
        """Another model, and the right pairs against one other kind."""
        others = [title for title in self.by_model if title != self.model.value]
        rival = self.rng.choice([kind for kind in KINDS if kind != "right"])
        self.model.value = str(self.rng.choice(others or [self.model.value]))
        for kind, box in self.kinds.items():
            box.value = kind in ("right", rival)
        self.soon()

    def reset(self, _button=None) -> None:
        """The first model, logits, and all kinds of pair."""
        self.model.value, self.axis.value = next(iter(self.by_model)), AXES[0]
        for box in self.kinds.values():
            box.value = True
        self.soon()


def menu(name: str, options: Sequence[str]) -> widgets.Dropdown:
    """A menu that begins with its first entry."""
    return widgets.Dropdown(options=options, description=name, style={"description_width": "120px"},
                            layout=widgets.Layout(width="390px"))


def pair_histograms(answers_by_model: Mapping[str, Answers]) -> PairHistograms:
    """The answers of each model, by its title: `{"GAN-CLS": pair_answers.answers(game, encoder, data, pairs)}`.

    Raises: ValueError if there is no model, or a kind of pair without answers.
    """
    short = [title for title, found in answers_by_model.items() if not all(map(len, found))]
    if not answers_by_model or short:
        got = f"none for {', '.join(short)}" if short else "no model"
        raise ValueError(f"there should be a model or more with answers to each kind of pair, got {got}; see "
                         "pair_answers.answers")
    return PairHistograms(answers_by_model)
