"""A sentence and eight birds: type, and the pictures follow."""

import asyncio
import base64
from html import escape

import ipywidgets as widgets
import numpy as np
from IPython.display import HTML, display
from PIL import Image

from t2ilib.data.birds import TEST_SPECIES, World
from t2ilib.data.captions import Reading, describe, read_attributes
from t2ilib.figures import png_bytes
from t2ilib.sample import SHOWN_CAPTIONS, Drawing, Painter, note
from t2ilib.widgets import button, is_live

COUNT = 8
PERCHES = {"branch": "on a branch", "ground": "on the ground", "water": "on the water"}
POSES = {"perched": "perched", "spread": "with raised wings", "swimming": "swimming"}
PAUSE = 0.12                    # seconds without a keystroke before the birds are drawn again
WORDS_SHOWN = 12                # of those not understood; a sentence may have thousands
STYLE = """<style>
.t2i-birds, .t2i-said { box-sizing: border-box; width: 804px; max-width: 100%; background: #FBFAF7; color: #222222;
  font: 13px/1.45 "DejaVu Sans", Verdana, sans-serif; padding: 10px 12px; }
.widget-html-content:has(> .t2i-birds) { min-width: 0; }
.t2i-birds { display: grid; grid-template-columns: repeat(auto-fill, 192px); gap: 8px 4px; }
.t2i-birds figure { margin: 0; }
.t2i-birds img { display: block; width: 192px; height: 192px; margin: 0; image-rendering: pixelated; }
.t2i-birds figcaption { margin: 4px 0 2px; overflow-wrap: anywhere; }
.t2i-said { padding-top: 0; overflow-wrap: anywhere; }
.t2i-field { border: 1px solid #6B6B6B; padding: 3px 8px; margin-left: 8px; }
.t2i-busy { animation: t2i-late 0s 150ms both; }
@keyframes t2i-late { from { visibility: hidden; } to { visibility: visible; } }
</style>"""
BUSY = '<span class="t2i-busy" role="status">● drawing</span>'  # the style sheet shows it only after 150 ms


def compose(drawing: Drawing) -> str:
    """The pictures of a drawing with the probe's reading under each, and what was understood, as HTML."""
    figures = "".join(_figure(drawing, index) for index in range(len(drawing.images)))
    return f'{STYLE}<div class="t2i-birds">{figures}</div>{said(drawing)}'


def said(drawing: Drawing) -> str:
    """What the sentence was taken to say, which words meant nothing, and a note if there is one."""
    words = list(drawing.unknown[:WORDS_SHOWN])
    if len(drawing.unknown) > WORDS_SHOWN:
        words.append(f"and {len(drawing.unknown) - WORDS_SHOWN} more")
    lines = [f"<b>understood:</b> {_listed(understood(drawing.reading))} · <b>not understood:</b> {_listed(words)}",
             escape(note(drawing.sentence, drawing.reading, unknown=()))]       # the unknown words stand above it
    return f'<div class="t2i-said" role="status">{"<br>".join(filter(None, lines))}</div>'


def understood(reading: Reading) -> list[str]:
    """What a reading holds, in words: 'red body', 'short beak', 'small', 'on a branch'."""
    colours = [f"{colour} {part}" for part, colour in reading.colours.items()]
    return colours + [_shape(what, word) for what, word in reading.shapes.items()]


def static(drawing: Drawing) -> str:
    """The whole box as HTML, for pages that cannot answer: the sentence on top, the pictures below."""
    field = f'<span class="t2i-field">{escape(drawing.sentence[:200])}</span>'
    return f'<div class="t2i-said" style="padding-top:10px">Sentence{field}</div>{compose(drawing)}'


def surprise(rng: np.random.Generator) -> str:
    """A caption that names a colour, of a species that no generator has seen."""
    while True:
        captions = describe(World(seed=2).scene(int(rng.integers(20 * TEST_SPECIES)), split="test"))
        telling = [caption for caption in captions if read_attributes(caption).colours]
        if telling:
            return str(rng.choice(telling))


class SentenceBox(widgets.VBox):
    """A text box, eight birds under it, and three buttons; the newest sentence wins."""

    def __init__(self, painter: Painter, sentence: str):
        self.painter, self.first, self.seed, self.waiting = painter, sentence, 0, None
        self.rng = np.random.default_rng()
        self.sentence = widgets.Text(sentence, description="Sentence", style={"description_width": "120px"},
                                     layout=widgets.Layout(width="100%", max_width="804px"))
        self.birds, self.busy = widgets.HTML(layout=widgets.Layout(width="100%")), widgets.HTML()
        self.draw()
        self.sentence.observe(self._typed, "value")
        buttons = [button("Surprise me", "a caption of a bird that no generator has seen", self.surprise),
                   button("More birds", "the same sentence, other birds", self.more),
                   button("Reset", "the first sentence and its birds", self.reset)]
        super().__init__([self.sentence, self.birds, widgets.HBox([*buttons, self.busy])],
                         layout=widgets.Layout(width="100%", max_width="820px"))

    def draw(self) -> None:
        """Draw what the box says now; the old pictures stay until the new ones are there."""
        self._forget_waiting()
        self.busy.value = BUSY
        self.drawing = self.painter.draw(self.sentence.value, n=COUNT, seed=self.seed)
        self.birds.value = compose(self.drawing)
        self.busy.value = ""

    def surprise(self, _button=None) -> None:
        """Put a caption of an unseen species into the box."""
        self.sentence.value = surprise(self.rng)

    def more(self, _button=None) -> None:
        """Draw the same sentence from other noise."""
        self.seed += 1
        self.draw()

    def reset(self, _button=None) -> None:
        """Go back to the first sentence and its first birds."""
        self.seed, self.sentence.value = 0, self.first
        self.draw()

    def _typed(self, _change) -> None:
        """Draw when the typing pauses; without an event loop at once."""
        self._forget_waiting()
        try:
            self.waiting = asyncio.get_running_loop().call_later(PAUSE, self.draw)
        except RuntimeError:
            self.draw()

    def _forget_waiting(self) -> None:
        if self.waiting:
            self.waiting.cancel()
        self.waiting = None

    def _repr_mimebundle_(self, **kwargs) -> dict:
        live = super()._repr_mimebundle_(**kwargs) if is_live() else {}
        return live | {"text/html": static(self.drawing), "text/plain": f"Sentence: {self.drawing.sentence}"}


def sentence_box(painter: Painter | None = None, sentence: str = SHOWN_CAPTIONS[0]) -> SentenceBox:
    """The box, drawing with the shipped generator unless another painter is given."""
    return SentenceBox(painter or Painter.shipped(), sentence)


def show_sentence_box(painter: Painter | None = None, sentence: str = SHOWN_CAPTIONS[0]) -> None:
    """Show the box where somebody can type, and a picture of it where nobody can (`T2I_STATIC=1`)."""
    if is_live():
        display(sentence_box(painter, sentence))
    else:
        display(HTML(static((painter or Painter.shipped()).draw(sentence, n=COUNT))))


def _figure(drawing: Drawing, index: int) -> str:
    """One picture, and a line for each named part: mark, word, and what the probe sees instead."""
    readings = [_reading(*mark) for mark in drawing.seen[index]]
    alt = f"Bird {index + 1} of {len(drawing.images)}. {', '.join(words for _, words in readings)}"
    lines = "".join(f"<div>{mark} {_underlined(words)}</div>" for mark, words in readings)
    data = base64.b64encode(png_bytes(Image.fromarray(drawing.images[index]))).decode()
    return (f'<figure><img alt="{escape(alt)}" decoding="sync" src="data:image/png;base64,{data}">'
            f"<figcaption>{lines}</figcaption></figure>")


def _reading(part: str, wanted: str, seen: str) -> tuple[str, str]:
    """A mark and words: ('✓', 'red body: yes') or ('✗', 'black wing: no, brown')."""
    return ("✓", f"{wanted} {part}: yes") if wanted == seen else ("✗", f"{wanted} {part}: no, {seen}")


def _shape(what: str, word: str) -> str:
    """'short beak', 'small', 'striped', 'on a branch', 'with raised wings'."""
    if what in ("perch", "pose"):
        return (PERCHES if what == "perch" else POSES)[word]
    return word if what in ("size", "pattern") else f"{word} {what}"


def _listed(things: list[str]) -> str:
    return escape(", ".join(things) or "nothing")


def _underlined(words: str) -> str:
    """The named attribute underlined, the verdict not."""
    name, _, verdict = words.partition(": ")
    return f"<u>{escape(name)}</u>: {escape(verdict)}"
