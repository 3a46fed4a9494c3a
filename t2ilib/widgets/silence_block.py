"""Switch the sentence off in some blocks of DF-GAN's generator, and see what only these blocks knew.

A silenced block hears the mean sentence instead, and the noise as before; see `metrics.silence`.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np

from t2ilib import runtime
from t2ilib.data.captions import normalise, read_attributes
from t2ilib.figures import Markup
from t2ilib.figures_matching import table_line
from t2ilib.metrics.measures import marks
from t2ilib.metrics.probe import read
from t2ilib.metrics.silence import block_names, check_blocks, paint_silenced
from t2ilib.sample import LONGEST_SENTENCE, SHOWN_CAPTIONS, Painter
from t2ilib.widgets.between_sentences import LAST_NOISE, line_field, painter_of
from t2ilib.widgets.compare_models import ROW_STYLE, bird
from t2ilib.widgets.panel import Panel
from t2ilib.widgets.sentence import surprise

ACROSS = 6                      # pictures of a row, all of one sentence
KEPT = 64                       # rows that are kept: four sentences with all ways to silence four blocks


class Drawn(NamedTuple):
    """Six pictures of a sentence with some blocks silenced, and what the probe reads on them."""

    images: np.ndarray          # (6, 64, 64, 3) uint8
    marks: list[list[tuple[str, str, str]]]     # per picture: (part, wanted colour, colour the probe sees)

    def found(self, part: str) -> int:
        """On how many pictures a named part has its colour."""
        return sum(wanted == seen for own in self.marks for name, wanted, seen in own if name == part)


class Silencer:
    """Draws a sentence with some blocks silenced, and keeps what it has drawn."""

    def __init__(self, painter: Painter):
        """Raises: ValueError if the painter's generator is not DF-GAN's."""
        check_blocks(painter.generator, ())
        self.painter, self.names = painter, block_names(painter.generator)
        self.draw = lru_cache(KEPT)(self.drawn_now)

    def drawn_now(self, sentence: str, seed: int, blocks: frozenset[int]) -> Drawn:
        """Six pictures, from the same noises for each sentence and each set of blocks."""
        known = normalise(sentence[:LONGEST_SENTENCE])
        reading = read_attributes(known)
        images = paint_silenced(self.painter, [known] * ACROSS, self.painter.noise(ACROSS, seed), blocks)
        readings = read(self.painter.probe, images)
        return Drawn(runtime.to_pixels(images), [marks(readings, i, reading) for i in range(ACROSS)])

    def each_alone(self, sentence: str, seed: int) -> dict[str, Drawn]:
        """No block silenced, each block alone, all of them: by name."""
        every = range(len(self.names))
        chosen = {"none": (), **{name: (block,) for block, name in enumerate(self.names)}, "all": every}
        return {name: self.draw(sentence, seed, frozenset(blocks)) for name, blocks in chosen.items()}


def silence_view(silencer: Silencer, sentence: str, seed: int, blocks: Collection[int]) -> Markup:
    """The pictures with all blocks hearing the sentence, those with some silenced, and each block alone in a table."""
    before, after = (silencer.draw(sentence, seed, frozenset(some)) for some in ((), blocks))
    silent = ", ".join(silencer.names[block] for block in sorted(blocks))
    heads = ["All blocks hear the sentence", f"Silenced: {silent}" if silent else "No block is silenced"]
    each = silencer.each_alone(sentence, seed)
    lines = [*(f"{head}. {counted(drawn)}" for head, drawn in zip(heads, (before, after))), *change_lines(each)]
    rows = "".join(row_html(head, drawn) for head, drawn in zip(heads, (before, after)))
    return Markup(f"{ROW_STYLE}{rows}{table_html(each)}", "\n".join(lines))


def counted(drawn: Drawn) -> str:
    """How many named colours are found on the six pictures."""
    asked = sum(map(len, drawn.marks))
    right = sum(wanted == seen for own in drawn.marks for _, wanted, seen in own)
    return f"named colours found: {right} of {asked}" if asked else "the sentence names no colour"


def row_html(head: str, drawn: Drawn) -> str:
    """Six pictures with the probe's reading under each."""
    figures = "".join(bird(f"{head}, picture {number}", picture, own)
                      for number, (picture, own) in enumerate(zip(drawn.images, drawn.marks), 1))
    return f'<div class="t2i-row"><p><b>{escape(head)}</b> · {counted(drawn)}</p><div>{figures}</div></div>'


def named_parts(drawn: Drawn) -> list[tuple[str, str]]:
    """Which parts a sentence gives a colour, and which one."""
    return [(part, wanted) for part, wanted, _ in drawn.marks[0]]


def change_lines(each: dict[str, Drawn]) -> list[str]:
    """For each named part how often it has its colour, with each block silenced alone."""
    return [f"{wanted} {part}, of {ACROSS}, silenced: " + ", ".join(f"{name} {drawn.found(part)}"
                                                                    for name, drawn in each.items())
            for part, wanted in named_parts(each["none"])]


def table_html(each: dict[str, Drawn]) -> str:
    """A row for each named part, a column for each silenced block; bold where the colour is lost on most pictures."""
    parts = named_parts(each["none"])
    if not parts:
        return ('<div class="t2i-row">Name the colour of a part to see which block carries it. Try: a blue bird with a '
                'white belly</div>')
    rows = [table_line("th", ("silenced", *each))]
    rows += [table_line("td", (f"<u>{escape(wanted)} {escape(part)}</u>", *cells(each, part)))
             for part, wanted in parts]
    return (f'<div class="t2i-row"><p>On how many of the {ACROSS} pictures a part has its colour, with one block '
            'silenced at a time; bold where at least half of them lose it</p>'
            f'<table style="border-collapse:collapse;font-size:12px">{"".join(rows)}</table></div>')


def cells(each: dict[str, Drawn], part: str) -> Sequence[str]:
    """The counts of one part."""
    most = each["none"].found(part)
    counts = [drawn.found(part) for drawn in each.values()]
    return [f"<b>{count}</b>" if most and count <= most / 2 else str(count) for count in counts]


class SilenceBlock(Panel):
    """A sentence, the number of the noise, and a box for each block."""

    def __init__(self, painter: Painter, sentence: str):
        self.silencer, self.first, self.rng = Silencer(painter), sentence, np.random.default_rng()
        self.last = len(self.silencer.names) - 1                    # it is silent at the beginning
        self.sentence = line_field("sentence", sentence)
        self.noise = widgets.BoundedIntText(0, min=0, max=LAST_NOISE, description="noise",
                                            style={"description_width": "120px"},
                                            layout=widgets.Layout(width="220px"))
        self.blocks = [widgets.Checkbox(block == self.last, description=f"silence {name}", indent=False,
                                        layout=widgets.Layout(width="auto", margin="0 16px 0 0"))
                       for block, name in enumerate(self.silencer.names)]
        boxes = widgets.Box(self.blocks, layout=widgets.Layout(flex_flow="row wrap", width="100%"))
        super().__init__([self.sentence, self.noise, boxes], "a caption of a bird that no generator has seen, and one "
                         "block silenced", "the first sentence and its birds, the last block silenced")
        for control in (self.sentence, self.noise, *self.blocks):
            control.observe(self.soon, "value")

    def silent(self) -> list[int]:
        """The blocks that are silenced."""
        return [block for block, box in enumerate(self.blocks) if box.value]

    def picture(self) -> Markup:
        return silence_view(self.silencer, self.sentence.value, self.noise.value, self.silent())

    def settings(self) -> dict[str, str]:
        silent = "; ".join(self.silencer.names[block] for block in self.silent()) or "none"
        return {"sentence": self.sentence.value[:LONGEST_SENTENCE], "noise": str(self.noise.value),
                "silenced": silent}

    def silence(self, blocks: Collection[int]) -> None:
        """Silence these blocks and no others."""
        for block, box in enumerate(self.blocks):
            box.value = block in blocks

    def surprise(self, _button=None) -> None:
        """A caption of an unseen species, and one block."""
        self.sentence.value = surprise(self.rng)
        self.silence([self.rng.integers(len(self.blocks))])

    def reset(self, _button=None) -> None:
        """The first sentence and its birds, with the last block silenced."""
        self.sentence.value, self.noise.value = self.first, 0
        self.silence([self.last])
        self.soon()


def silence_block(name: str | Painter = "df_gan", sentence: str = SHOWN_CAPTIONS[0]) -> SilenceBlock:
    """The switches for a shipped DF-GAN, a checkpoint of your own, or a painter.

    Raises: ValueError if its generator is not DF-GAN's; FileNotFoundError for a name without a checkpoint.
    """
    return SilenceBlock(painter_of(name), sentence)
