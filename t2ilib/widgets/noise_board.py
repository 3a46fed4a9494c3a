"""Calculate with birds: A - B + C, where each letter is the mean noise of some birds you pick.

Source: Radford et al. 2016, Section 6.3.2 and Figure 7: three examples of each concept are averaged, since single ones
        were unstable; the result is shown together with neighbours that have a little more noise.
"""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import permutations, product
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
import torch
from torch import Tensor

from t2ilib import runtime
from t2ilib.figures import Markup
from t2ilib.metrics.latent import OPTIONS, Bank, arithmetic, around, to_length, values_of
from t2ilib.sample import NoisePainter
from t2ilib.widgets.compare_models import ROW_STYLE, bird
from t2ilib.widgets.noise_view import painter_of, read_off
from t2ilib.widgets.panel import FULL, Panel
from t2ilib.widgets.touch import Gallery, data_url

SLOTS = ("A", "B", "C")
POOL, SHOWN = 160, 36           # birds that are read to find examples, and those to pick from
EXAMPLES = 3                    # of each concept, as in the paper
NEIGHBOURS = 5                  # with a little more noise, shown beside a result, as in the paper
READ = ("body", "facing", "background")
SIGNS = ("", "−", "+")
Chosen = Sequence[Sequence[int]]        # rows of a pool for A, B and C
STYLE = """<style>
.t2i-sum { display: flex; flex-wrap: wrap; align-items: center; gap: 4px; width: 804px; max-width: 100%;
  box-sizing: border-box; padding: 8px; background: #FBFAF7; color: #222222;
  font: 13px/1.4 "DejaVu Sans", Verdana, sans-serif; }
.t2i-sum img { width: 64px; height: 64px; margin: 0; }
.t2i-sum b { margin: 0 4px 0 10px; font-size: 16px; }
</style>"""


class Pool(NamedTuple):
    """Birds to pick from: their noise, what the probe reads on them, and their pictures."""

    bank: Bank
    images: np.ndarray                  # (N, 64, 64, 3) uint8

    def value(self, row: int, what: str) -> str:
        """What is read on a bird."""
        return OPTIONS[what][self.bank.values[what][row]]

    def words(self, row: int) -> str:
        """The same in words: 'red body, facing left, sky'."""
        return f"{self.value(row, 'body')} body, facing {self.value(row, 'facing')}, {self.value(row, 'background')}"

    def common(self, rows: Sequence[int], what: str) -> str:
        """What is read on all of some birds, or nothing if they differ."""
        values = {self.value(row, what) for row in rows}
        return values.pop() if len(values) == 1 else ""


def pool_of(painter: NoisePainter, count: int = POOL) -> Pool:
    """The first birds of a painter."""
    noise = painter.noise(count, 0)
    images, readings = painter.look(noise)
    return Pool(Bank(noise, values_of(readings)), images)


def questions(bank: Bank) -> Iterator[Chosen]:
    """Examples for "one colour facing one way, minus another colour facing that way, plus this one facing the other".

    Yields three rows each for A, B and C, for every pair of colours and way of which there are enough birds.
    """
    colours = [OPTIONS["body"][i] for i in np.unique(bank.values["body"])]
    for (first, second), (way, other) in product(permutations(colours, 2), permutations(OPTIONS["facing"])):
        terms = ((first, way), (second, way), (second, other))
        rows = [bank.rows({"body": colour, "facing": facing})[:EXAMPLES].tolist() for colour, facing in terms]
        if min(map(len, rows)) == EXAMPLES:
            yield rows


def expected(pool: Pool, chosen: Chosen, what: str) -> str:
    """What A - B + C should show, by what all birds of each slot show; "" where the sum says nothing.

    What B takes away must have been in A, or come back with C.
    """
    a, b, c = (pool.common(rows, what) for rows in chosen)
    return a if b == c != "" else c if a == b != "" else ""


def total(bank: Bank, chosen: Chosen) -> Tensor:
    """mean(A) - mean(B) + mean(C) -> (Z,)."""
    return arithmetic(*(bank.noise[list(rows)] for rows in chosen))


class Answer(NamedTuple):
    """What comes of a sum: a bird, and neighbours of it."""

    name: str
    length: float                       # of the sum
    used: float                         # of the noise that was drawn: the same, unless it was stretched
    images: np.ndarray                  # (6, 64, 64, 3) uint8
    marks: list[list[tuple[str, str, str]]]     # per picture: (what, expected, read)

    @property
    def found(self) -> tuple[int, int]:
        """How often what is expected is read, and how often it is expected."""
        right = [wanted == seen for own in self.marks for _, wanted, seen in own]
        return sum(right), len(right)


def answer(painter: NoisePainter, name: str, noise: Tensor, wanted: dict[str, str], stretch: bool) -> Answer:
    """The bird of some noise (Z,) with five neighbours; `stretch` brings the noise to its usual length before."""
    centre = to_length(noise, painter.usual_length) if stretch else noise
    images, readings = painter.look(torch.cat([centre[None], around(centre, NEIGHBOURS, runtime.generator(0, 7))]))
    read = {what: read_off(readings, what).values for what in wanted}
    marks = [[(what, value, read[what][i]) for what, value in wanted.items()] for i in range(len(images))]
    return Answer(name, float(noise.norm()), float(centre.norm()), images, marks)


def board_view(painter: NoisePainter, pool: Pool, chosen: Chosen, stretch: bool) -> Markup:
    """The sum in pictures, its result, and the result of the first bird of each slot alone."""
    empty = [slot for slot, rows in zip(SLOTS, chosen) if not rows]
    if empty:
        said = f"Pick at least one bird for {' and '.join(empty)}: choose the slot, then press a bird."
        return Markup(f'{STYLE}{sum_html(pool, chosen)}<div class="t2i-sum" role="status">{said}</div>', said)
    wanted = {what: value for what in READ if (value := expected(pool, chosen, what))}
    counts = ", ".join(f"{slot} {len(rows)}" for slot, rows in zip(SLOTS, chosen))
    single = [rows[:1] for rows in chosen]
    rows = [answer(painter, f"Mean of the birds of each slot ({counts})", total(pool.bank, chosen), wanted, stretch),
            answer(painter, "The first bird of each slot alone", total(pool.bank, single), wanted, stretch)]
    lines = [expectation(wanted), *(f"{row.name}. {headline(row, painter.usual_length)}" for row in rows)]
    drawn = "".join(row_html(row, painter.usual_length) for row in rows)
    return Markup(f'{ROW_STYLE}{STYLE}{sum_html(pool, chosen)}<div class="t2i-sum" role="status">{escape(lines[0])}'
                  f'</div>{drawn}', "\n".join(lines))


def expectation(wanted: dict[str, str]) -> str:
    """What the sum should show."""
    if not wanted:
        return ("By what the probe reads, the sum says nothing. Let all birds of B share something with all of A, or "
                "with all of C.")
    return f"If it works as with words, the sum shows {', '.join(f'{what} {value}' for what, value in wanted.items())}."


def headline(row: Answer, usual: float) -> str:
    """How much of what is expected is read, and how long the noise is."""
    right, asked = row.found
    share = f"as expected: {right} of {asked}" if asked else "nothing is expected"
    stretched = "" if row.used == row.length else f", stretched to {row.used:.1f}"
    return f"{share} · length of the noise {row.length:.1f}{stretched}, usual {usual:.1f}"


def row_html(row: Answer, usual: float) -> str:
    """The sum itself and its neighbours, with the probe's reading under each."""
    names = ["the sum", *(f"neighbour {k}" for k in range(1, 1 + NEIGHBOURS))]
    pictures = "".join(bird(f"{row.name}, {name}", picture, own)
                       for name, picture, own in zip(names, row.images, row.marks))
    return f'<div class="t2i-row"><p><b>{escape(row.name)}</b> · {headline(row, usual)}</p><div>{pictures}</div></div>'


def sum_html(pool: Pool, chosen: Chosen) -> str:
    """A - B + C with the birds of each slot."""
    parts = []
    for slot, sign, rows in zip(SLOTS, SIGNS, chosen):
        pictures = "".join(f'<img alt="{escape(pool.words(row))}" src="{data_url(pool.images[row])}">' for row in rows)
        parts.append(f"<b>{sign} {slot}</b>{pictures or '(empty)'}")
    return f'<div class="t2i-sum">{"".join(parts)}</div>'


class NoiseBoard(Panel):
    """A gallery to fill three slots from, and whether the sum is stretched to the usual length."""

    def __init__(self, painter: NoisePainter):
        self.painter, self.pool, self.rng = painter, pool_of(painter), np.random.default_rng()
        self.questions = list(questions(self.pool.bank)) or [[[0, 1, 2], [3, 4, 5], [6, 7, 8]]]
        self.shown, self.asked = [], []                     # rows of the pool: in the gallery, in the question
        self.gallery = Gallery(slots=list(SLOTS), layout=FULL)
        self.stretch = widgets.Checkbox(False, description="stretch the sum to the usual length of noise",
                                        indent=False, layout=widgets.Layout(width="auto"))
        self.ask(self.questions[0])
        super().__init__([self.gallery, self.stretch], "another question, from birds on which the probe reads it",
                         "the first question")
        self.gallery.observe(self.soon, "chosen")
        self.stretch.observe(self.soon, "value")

    def ask(self, rows: Chosen) -> None:
        """Show these birds of the pool first, each in its slot, and others behind them."""
        self.asked, examples = rows, [row for slot in rows for row in slot]
        self.shown = list(dict.fromkeys([*examples, *range(POOL)]))[:SHOWN]
        with self.gallery.hold_sync():                      # nobody should see new birds in old slots
            self.gallery.words = [self.pool.words(row) for row in self.shown]
            self.gallery.pictures = [data_url(self.pool.images[row]) for row in self.shown]
            self.gallery.chosen = [[self.shown.index(row) for row in slot] for slot in rows]

    def chosen(self) -> list[list[int]]:
        """The rows of the pool in each slot."""
        return [[self.shown[position] for position in slot] for slot in self.gallery.chosen]

    def picture(self) -> Markup:
        return board_view(self.painter, self.pool, self.chosen(), self.stretch.value)

    def settings(self) -> dict[str, str]:
        birds = {slot: "; ".join(map(self.pool.words, rows)) or "empty" for slot, rows in zip(SLOTS, self.chosen())}
        return birds | {"stretched": "yes" if self.stretch.value else "no"}

    def surprise(self, _button=None) -> None:
        """Another question."""
        others = [rows for rows in self.questions if rows != self.asked] or self.questions
        self.ask(others[self.rng.integers(len(others))])
        self.soon()

    def reset(self, _button=None) -> None:
        """The first question, not stretched."""
        self.stretch.value = False
        self.ask(self.questions[0])
        self.soon()


def noise_board(model: str | NoisePainter = "dcgan") -> NoiseBoard:
    """The board of a shipped model, of a checkpoint of your own, or of a painter.

    Raises: FileNotFoundError for a name without a checkpoint.
    """
    return NoiseBoard(painter_of(model))
