"""Swap one word of a sentence and watch to which colour of bird it moves.

Source: Reed et al. 2016 (CVPR), Section 5: what a text encoder tells apart shows in what it retrieves.
"""

import re
from html import escape
from typing import NamedTuple

import ipywidgets as widgets
import numpy as np

from t2ilib.data.birds import COLOURS, PARTS
from t2ilib.data.captions import read_attributes
from t2ilib.data.lexicon import COLOUR_WORDS, SHAPE_WORDS, SIZE_WORDS
from t2ilib.data.rendered import Rendered
from t2ilib.figures import COLOUR, Markup
from t2ilib.figures_gan import INK, PAPER, SECONDARY
from t2ilib.figures_text import LETTERS, two_digits
from t2ilib.metrics.caption_truth import wearing
from t2ilib.sample import LONGEST_SENTENCE, SHOWN_CAPTIONS
from t2ilib.widgets.panel import Panel
from t2ilib.widgets.rank_birds import Gallery, encoder_menu, gallery_of, listed, sentence_field

WORD = re.compile(r"[^\W_]+")
LEFT_OUT = "(left out)"
VOWELS = tuple("aeiou")
BODY_PARTS = ("crown", "nape", "back", "wings", "breast", "belly", "throat", "tail", "beak", "legs")
KINDS = (tuple(COLOURS), BODY_PARTS, SIZE_WORDS, tuple(SHAPE_WORDS))
"""Words of a kind: one of them may take the place of another."""

OTHERS = ("zebra", LEFT_OUT)    # for any word: one that is no bird's, and none at all
WIDTH, LEFT, BAR, TOP = 804, 112, 12, 34        # CSS pixels of the bars


class Swap(NamedTuple):
    """A sentence before and after one of its words is swapped, against pictures of each colour of a part."""

    before: str
    after: str
    part: str                           # whose colour the pictures are sorted by; "body" if the swap names none
    scores: dict[str, tuple[float, float]]      # colour -> mean compatibility before and after
    unknown: tuple[str, ...]            # what the encoder was never shown in either


def words_of(sentence: str) -> list[str]:
    """The words of a sentence in order."""
    return WORD.findall(sentence)


def swapped(sentence: str, place: int, word: str) -> str:
    """The sentence with another word at a place; LEFT_OUT takes it away. "a" becomes "an" where it should, and back.

    Raises: ValueError if it has no such place.
    """
    found = list(WORD.finditer(sentence))
    if not 0 <= place < len(found):
        raise ValueError(f"the place should be 0 to {len(found) - 1} in {sentence!r}, got {place}; count its words "
                         "from 0")
    start, end = found[place].span()
    word, head = "" if word == LEFT_OUT else word, sentence[:start]
    if word:
        head = re.sub(r"\b([Aa])n?\s+$", r"\1n " if word.startswith(VOWELS) else r"\1 ", head)
    return " ".join((head + word + sentence[end:]).split())


def choices(word: str) -> list[str]:
    """What a word may be swapped for: others of its kind, a word that is no bird's, or nothing."""
    singular = {"wing": "wings", "gray": "grey"}.get(word.lower(), word.lower())
    same = next((kind for kind in KINDS if singular in kind), tuple(COLOURS))
    return [other for other in (*same, *OTHERS) if other != singular]


def part_meant(before: str, after: str) -> str:
    """The part whose colour two sentences read differently; "body" if there is none or more than one."""
    first, second = (read_attributes(sentence).colours for sentence in (before, after))
    changed = [part for part in (*PARTS, "body") if first.get(part) != second.get(part)]
    return changed[0] if len(changed) == 1 else "body"


def swap(gallery: Gallery, sentence: str, place: int, word: str, encoder: str = "") -> Swap:
    """Put `word` at a place of a sentence and compare both with the pictures of each colour."""
    encoder = encoder or next(iter(gallery.joints))
    after = swapped(sentence, place, word)
    part = part_meant(sentence, after)
    both = [gallery.scores(encoder, [said]) for said in (sentence, after)]
    worn = {colour: wearing(gallery.data, part, colour) for colour in COLOURS}
    means = {colour: tuple(float(scores[rows].mean()) for scores in both)
             for colour, rows in worn.items() if rows.any()}
    tokenizer = gallery.joints[encoder].text_encoder.tokenizer
    return Swap(sentence, after, part, means, tuple(tokenizer.unknown(f"{sentence} {after}")))


def swap_view(seen: Swap) -> Markup:
    """Two bars for each colour, before and after, and to which colour the sentence has moved."""
    low, high = (bound(value for pair in seen.scores.values() for value in (*pair, 0.0)) for bound in (min, max))
    scale = (WIDTH - LEFT - 70) / ((high - low) or 1)
    rows = "".join(colour_row(i, colour, pair, (low, scale)) for i, (colour, pair) in enumerate(seen.scores.items()))
    height = TOP + len(seen.scores) * (2 * BAR + 10) + 4
    lines = verdict(seen)
    drawing = (f'<svg role="img" aria-label="{escape(" ".join(lines))}" viewBox="0 0 {WIDTH} {height}" style="display:'
               f'block;width:{WIDTH}px;max-width:100%;background:{PAPER};{LETTERS}" font-size="12" fill="{INK}">'
               f'{legend(seen)}{rows}</svg>')
    said = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return Markup(f'{drawing}<div class="t2i-said" role="status" style="padding:6px 12px 10px;background:{PAPER};'
                  f'color:{INK};font-size:13px;{LETTERS}">{said}</div>', "\n".join(lines))


def legend(seen: Swap) -> str:
    """What the bars mean, above them."""
    return (f'<text x="{LEFT}" y="18" fill="{SECONDARY}">mean score of the pictures by the colour of the {seen.part}:'
            f'</text>{bar((LEFT + 356, 9), 22, False)}<text x="{LEFT + 384}" y="18">before</text>'
            f'{bar((LEFT + 444, 9), 22, True)}<text x="{LEFT + 472}" y="18">after</text>')


def bar(place: tuple[float, float], width: float, after: bool) -> str:
    """A bar: hollow and grey before, full and violet after."""
    paint = f'fill="{COLOUR["text"]}"' if after else f'fill="none" stroke="{SECONDARY}"'
    return f'<rect x="{place[0]:.1f}" y="{place[1]:.1f}" width="{width:.1f}" height="{BAR - 1}" {paint}/>'


def colour_row(index: int, colour: str, pair: tuple[float, float], axis: tuple[float, float]) -> str:
    """A swatch, the name of a colour, and its two bars with their numbers; bars begin at 0."""
    (low, scale), y = axis, TOP + index * (2 * BAR + 10)
    parts = [f'<rect x="12" y="{y + 4}" width="16" height="16" fill="rgb{COLOURS[colour]}" stroke="{SECONDARY}"/>'
             f'<text x="36" y="{y + 17}">{colour}</text>']
    zero = LEFT - low * scale
    for line, value in enumerate(pair):
        x, top = zero + min(0.0, value) * scale, y + line * BAR
        parts.append(bar((x, top), abs(value) * scale, line == 1))
        end = max(zero, zero + value * scale)
        parts.append(f'<text x="{end + 6:.1f}" y="{top + 10}" font-size="11">{two_digits(value)}</text>')
    return "".join(parts)


def verdict(seen: Swap) -> list[str]:
    """Which colour was nearest, which one is, and how far the swap moved the scores."""
    first, last = (max(seen.scores, key=lambda colour: seen.scores[colour][side]) for side in (0, 1))
    moves = {colour: after - before for colour, (before, after) in seen.scores.items()}
    most = max(moves, key=lambda colour: abs(moves[colour]))
    stays = "It is still" if first == last else "Now it is"
    return [f"Before: {seen.before}", f"After: {seen.after}",
            f"Nearest before was a {first} {seen.part}. {stays} a {last} {seen.part}. The largest change is "
            f"{two_digits(moves[most])}, for {most}.", *listed("The encoder was never shown", seen.unknown)]


class SwapWord(Panel):
    """A sentence, one of its words, and what stands in its place."""

    def __init__(self, gallery: Gallery, sentence: str):
        self.gallery, self.first, self.rng = gallery, sentence, np.random.default_rng()
        self.sentence, self.encoder = sentence_field(sentence), encoder_menu(gallery)
        self.word, self.other = menu("word"), menu("becomes")
        self.fill_words()
        super().__init__([self.sentence, self.word, self.other, self.encoder], "another word in another place",
                         "the first sentence and its first colour")
        self.sentence.observe(self.fill_words, "value")
        self.word.observe(self.fill_others, "value")
        for control in self.controls.children:
            control.observe(self.soon, "value")

    def fill_words(self, _change=None) -> None:
        """Offer the words of the sentence, beginning with its first colour."""
        words = words_of(self.said) or [""]
        first = next((i for i, word in enumerate(words) if word.lower() in COLOUR_WORDS), 0)
        self.word.options = [(f"{i + 1}: {word}", i) for i, word in enumerate(words)]
        self.word.value = first
        self.fill_others()

    def fill_others(self, _change=None) -> None:
        """Offer what may stand in the place of the word, beginning with blue if that is a choice."""
        words = words_of(self.said)
        offered = choices(words[self.word.value]) if words else [LEFT_OUT]
        self.other.options, self.other.value = offered, "blue" if "blue" in offered else offered[0]

    @property
    def said(self) -> str:
        """The sentence as far as it is read."""
        return self.sentence.value[:LONGEST_SENTENCE]

    def picture(self) -> Markup:
        if not words_of(self.said):
            return Markup(f'<div style="padding:12px;color:{INK}">{EMPTY}</div>', EMPTY)
        return swap_view(swap(self.gallery, self.said, self.word.value, self.other.value, self.encoder.value))

    def settings(self) -> dict[str, str]:
        return {"sentence": self.said, "word": dict(map(reversed, self.word.options))[self.word.value],
                "becomes": self.other.value, "encoder": self.encoder.value}

    def surprise(self, _button=None) -> None:
        """Another word in another place."""
        places = [place for _, place in self.word.options if place != self.word.value] or [self.word.value]
        self.word.value = int(self.rng.choice(places))
        self.other.value = str(self.rng.choice(self.other.options))

    def reset(self, _button=None) -> None:
        """The first sentence, its first colour, and the first encoder."""
        self.sentence.value, self.encoder.value = self.first, next(iter(self.gallery.joints))
        self.fill_words()
        self.soon()


EMPTY = "There is no word to swap. Try: a small red bird with black wings"


def menu(name: str) -> widgets.Dropdown:
    """A menu that is still to be filled."""
    return widgets.Dropdown(options=[("", 0)], description=name, style={"description_width": "120px"},
                            layout=widgets.Layout(width="300px"))


def swap_word(data: Rendered | Gallery, sentence: str = SHOWN_CAPTIONS[0]) -> SwapWord:
    """The box over the pictures of a data set or gallery."""
    return SwapWord(gallery_of(data), sentence)
