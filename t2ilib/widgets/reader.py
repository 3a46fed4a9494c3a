"""Type a sentence and see how it is read: which words name what, which mean nothing, and a bird it is true of."""

import base64
import re
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np
from PIL import Image

from t2ilib.data import draw
from t2ilib.data.birds import COLOURS, Scene, Species, World, draw_scene
from t2ilib.data.captions import PART_WORDS, Reading, names_truth, read_attributes
from t2ilib.data.lexicon import tokens
from t2ilib.data.reading import HANDLERS
from t2ilib.figures import Markup, png_bytes
from t2ilib.sample import LONGEST_SENTENCE
from t2ilib.widgets import button, is_live
from t2ilib.widgets.compose import as_drawn, change
from t2ilib.widgets.latest import Latest
from t2ilib.widgets.sentence import BUSY, STYLE, surprise

SIDE, SALT = 256, 15             # pixels; the salt begins with a perched bird
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
START = "a tiny crimson bird with blue wings and a magnificent tail"
SHOWN_WORDS = 12
PAPER_STYLE = STYLE + """<style>
.t2i-paper { box-sizing: border-box; width: 804px; max-width: 100%; background: #FBFAF7; color: #222222;
  font: 13px/1.45 "DejaVu Sans", Verdana, sans-serif; padding: 10px 12px;
  display: flex; flex-wrap: wrap; align-items: flex-start;
  gap: 10px 18px; }
.widget-html-content:has(> .t2i-paper) { min-width: 0; }
.t2i-paper u { text-decoration: underline 2px #8A6BD1; text-underline-offset: 3px; }
.t2i-paper s { text-decoration: underline dotted 2px #E0701A; text-underline-offset: 3px; }
.t2i-paper .t2i-field { margin-left: 4px; }
.t2i-swatch { display: inline-block; width: 13px; height: 13px; border: 1px solid #6B6B6B; border-radius: 2px;
  vertical-align: -2px; }
.t2i-chip { display: inline-block; border: 1px solid #8A6BD1; border-radius: 11px; padding: 1px 9px;
  margin: 0 6px 5px 0; }
.t2i-read { flex: 1 1 320px; overflow-wrap: anywhere; }
.t2i-read > p { margin: 0 0 8px; }
.t2i-paper > img { display: block; margin: 0; width: 256px; height: 256px; }
</style>"""


class Word(NamedTuple):
    """A word of a sentence and what it was good for."""

    text: str
    role: str                   # "names" an attribute, "unknown", or "" for all others
    start: int                  # where it begins in the sentence
    meaning: str                # the words of the captions it was read as


def words(sentence: str) -> list[Word]:
    """All words of a sentence in order, each with its role.

    A word names something if the sentence without it says something else, or if it says again what was read already;
    it is unknown if the reader reported it.
    """
    whole, found = read_attributes(sentence), []
    for match in WORD.finditer(sentence):
        pieces = tokens(match.group())
        without = read_attributes(sentence[:match.start()] + sentence[match.end():])
        matters = (without.colours, without.shapes) != (whole.colours, whole.shapes) and {*pieces} & {*HANDLERS}
        unknown = bool({*pieces} & {*whole.unknown})
        names = matters or not unknown and any(says(piece, whole) for piece in pieces)
        found.append(Word(match.group(), "names" if names else "unknown" if unknown else "", match.start(),
                          " ".join(pieces)))
    return found


def says(piece: str, reading: Reading) -> bool:
    """Whether a word of the captions can have said something of a reading; a part must have a colour or a shape."""
    parts = PART_WORDS.get(piece)
    return piece in HANDLERS if parts is None else bool({*parts} & {*reading.colours, *reading.shapes})


def marked(sentence: str) -> str:
    """The sentence as HTML: what names an attribute is underlined, what is not understood has dots under it."""
    tags, parts, end = {"names": "u", "unknown": "s"}, [], 0
    for word in words(sentence):
        tag, text = tags.get(word.role), escape(word.text)
        parts += [escape(sentence[end:word.start]), f"<{tag}>{text}</{tag}>" if tag else text]
        end = word.start + len(word.text)
    return "".join([*parts, escape(sentence[end:])])


class Match(NamedTuple):
    """A bird for a sentence."""

    scene: Scene
    true_species: int           # how many species of the world the sentence is true of
    species: int                # of how many


def find_bird(reading: Reading, number: int = 0) -> Match:
    """A bird of the world that all that was read is true of; the nearest one if there is none.

    `number` chooses among the birds that fit; what the sentence leaves open varies freely.
    """
    kinds, rng = World(level=3).species(), np.random.default_rng((number, SALT))
    true = [kind for kind in kinds if names_truth(reading, kind)]
    kind = true[rng.integers(len(true))] if true else max(kinds, key=lambda kind: sum(truth(reading, kind).values()))
    return Match(posed(draw_scene(0, kind, rng, level=3), reading), len(true), len(kinds))


def truth(reading: Reading, kind: Species) -> dict[str, bool]:
    """Each thing that was read, in words -> whether it holds for a species; perch and pose always can."""
    facts = {f"{colour} {part}": kind.colour(part) == colour for part, colour in reading.colours.items()}
    return facts | {shape_in_words(what, value): names_truth(Reading(shapes={what: value}), kind)
                    for what, value in reading.shapes.items()}


def posed(scene: Scene, reading: Reading) -> Scene:
    """The scene with the pose and the perch that the sentence names."""
    for what in ("pose", "perch"):
        if what in reading.shapes:
            scene = change(scene, what, reading.shapes[what])
    return as_drawn(scene)


def shape_in_words(what: str, value: str) -> str:
    """'short beak', 'small', 'on a branch', 'striped', 'with spread wings'."""
    said = {("perch", "branch"): "on a branch", ("perch", "ground"): "on the ground",
            ("perch", "water"): "on the water", ("pose", "spread"): "with spread wings"}
    return said.get((what, value), f"{value} {what}" if what in ("beak", "tail") else value)


def chips(reading: Reading) -> str:
    """What was read: a swatch and words for each colour, words for the rest."""
    coloured = [f'<span class="t2i-swatch" style="background:rgb{COLOURS[colour]}"></span> {part}: {colour}'
                for part, colour in reading.colours.items()]
    all_chips = coloured + [shape_in_words(*shape) for shape in reading.shapes.items()]
    return "".join(f'<span class="t2i-chip">{chip}</span>' for chip in all_chips) or "nothing that can be drawn"


def reading_view(sentence: str, number: int = 0) -> Markup:
    """How a sentence is read, and bird `number` of those it is true of, with what is not true of it.

    Only the first 500 characters are read.
    """
    sentence = sentence[:LONGEST_SENTENCE]
    reading = read_attributes(sentence)
    match = find_bird(reading, number)
    lines = [f"<b>read:</b> {marked(sentence) or '(an empty sentence)'}", chips(reading), synonyms(sentence),
             not_understood(reading), verdict(reading, match)]
    name = match.scene.species.name.replace("_", " ")
    alt = f"{'A bird that fits' if match.true_species else 'The nearest bird'}: {name}"
    html = (f'{PAPER_STYLE}<div class="t2i-paper">{image(draw.render(match.scene, SIDE).image, alt)}'
            f'<div class="t2i-read" role="status">{"".join(f"<p>{line}</p>" for line in lines if line)}</div></div>')
    return Markup(html, "\n".join(" ".join(re.sub(r"<[^>]+>", " ", line).split()) for line in [*lines, alt] if line))


def image(pixels: np.ndarray, alt: str) -> str:
    """(S, S, 3 or 4) uint8 as an <img>."""
    data = base64.b64encode(png_bytes(Image.fromarray(pixels))).decode()
    return f'<img alt="{escape(alt)}" decoding="sync" src="data:image/png;base64,{data}">'


def synonyms(sentence: str) -> str:
    """The words that were read as others: 'crimson → red'."""
    read = {word.text.lower(): word.meaning for word in words(sentence) if word.role == "names"}
    other = [f"{escape(text)} → {escape(meaning)}" for text, meaning in read.items() if text != meaning]
    return f"<b>read as:</b> {', '.join(other)}" if other else ""


def not_understood(reading: Reading) -> str:
    """The words that meant nothing, the first of them by name."""
    more = len(reading.unknown) - SHOWN_WORDS
    listed = ", ".join(reading.unknown[:SHOWN_WORDS]) + (f" and {more} more" if more > 0 else "")
    return f"<b>not understood:</b> <s>{escape(listed)}</s>" if listed else ""


def verdict(reading: Reading, match: Match) -> str:
    """Of how many species the sentence is true, or what is wrong with the nearest one."""
    if reading.empty:
        return f"It says nothing about a bird, so it is true of all {match.species:,} species. Here is one."
    if match.true_species:
        return f"<b>✓ true</b> of {match.true_species:,} of {match.species:,} species. Here is one of them."
    facts = truth(reading, match.scene.species)
    marks = "<br>".join(f"{'✓' if holds else '✗'} {escape(fact)}" for fact, holds in facts.items())
    return f"<b>✗ no species</b> of this world is all of that. The nearest one:<br>{marks}"


class CaptionReader(widgets.VBox):
    """A sentence, how it is read, a bird of which it is true; the newest sentence wins."""

    def __init__(self, sentence: str):
        self.first, self.number, self.rng, self.latest = sentence, 0, np.random.default_rng(), Latest(self.draw)
        self.sentence = widgets.Text(sentence, description="Sentence", style={"description_width": "120px"},
                                     layout=widgets.Layout(width="100%", max_width="804px"))
        self.view, self.busy = widgets.HTML(layout=widgets.Layout(width="100%")), widgets.HTML()
        self.sentence.observe(self.latest.soon, "value")
        buttons = [button("Another bird", "another bird of which the sentence is true", self.another),
                   button("Surprise me", "a caption of a bird that no generator has seen", self.surprise),
                   button("Reset", "the first sentence", self.reset)]
        super().__init__([self.sentence, self.view, widgets.HBox([*buttons, self.busy])],
                         layout=widgets.Layout(width="100%", max_width="820px"))
        self.draw()

    def draw(self) -> None:
        """Read the sentence and draw its bird; the old one stays until then."""
        self.busy.value = BUSY
        self.view.value = reading_view(self.sentence.value, self.number).html
        self.busy.value = ""

    def another(self, _button=None) -> None:
        """Draw another bird for the same sentence."""
        self.number += 1
        self.latest.now()

    def surprise(self, _button=None) -> None:
        """Put a caption of an unseen species into the box."""
        self.sentence.value = surprise(self.rng)

    def reset(self, _button=None) -> None:
        """Go back to the first sentence and its first bird."""
        self.number, self.sentence.value = 0, self.first
        self.latest.now()

    def _repr_mimebundle_(self, **kwargs) -> dict:
        live = super()._repr_mimebundle_(**kwargs) if is_live() else {}
        view = reading_view(self.sentence.value, self.number)
        field = f'<span class="t2i-field">{escape(self.sentence.value[:200])}</span>'
        top = f'{PAPER_STYLE}<div class="t2i-paper"><span>Sentence {field}</span></div>'
        return live | {"text/html": top + view.html, "text/plain": f"Sentence: {self.sentence.value}\n{view.text}"}


def caption_reader(sentence: str = START) -> CaptionReader:
    """The reader, beginning with a sentence."""
    return CaptionReader(sentence)
