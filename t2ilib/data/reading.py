"""English to attributes: what a sentence says about a bird, and which of its words were not understood.

It goes in two steps. `normalise` says the sentence in the words of the captions ("a tiny crimson bird" becomes "a small
red bird"); then a reader walks over these words and hands each colour, shape and mark to the part that it belongs to.
The encoder is shown the same normalised sentence, so that it meets no synonym that it was never trained on.
"""

import re
from dataclasses import dataclass, field

from t2ilib.data.birds import BEAKS, COLOURS, PARTS, TAILS, Species
from t2ilib.data.lexicon import (
    BREAKS,
    CONTRASTS,
    FILLERS,
    MARK_NOUNS,
    NEGATIONS,
    OTHER_THINGS,
    OVER,
    SYNONYMS,
)

WORD = re.compile(r"wing bars?\b|[^\W_]+|[,.;:!?]")
PUNCTUATION = ",.;:!?"
COLOUR_WORDS = {**{name: name for name in COLOURS}, "gray": "grey"}
PART_WORDS = {**{part: (part,) for part in PARTS}, "wings": ("wing",), "chest": ("breast",), "bill": ("beak",),
              "feet": ("legs",), "head": ("crown", "nape"), "bird": ("body",), "body": ("body",)}
"""Word of the captions -> parts it names. The nape includes the side of the head."""
SIZE_WORDS = ("small", "medium", "large")
SHAPE_WORDS = {"short": "short", "long": "long", "thick": "cone", "hooked": "hooked", "curved": "hooked"}
MARK_WORDS = {"striped": "striped", "spotted": "spotted", "plain": "plain",
              "stripes": "striped", "bars": "striped", "spots": "spotted"}


@dataclass(frozen=True)
class Reading:
    """What a sentence says about a bird, and what of it was not understood."""

    colours: dict[str, str] = field(default_factory=dict)   # part of PARTS, or "body" -> colour name
    shapes: dict[str, str] = field(default_factory=dict)    # "beak", "tail", "size", "pattern", "perch", "pose"
    unknown: tuple[str, ...] = ()                           # words that were not understood, in order

    @property
    def empty(self) -> bool:
        """True if nothing in the sentence can be drawn on purpose."""
        return not self.colours and not self.shapes


def read_attributes(sentence: str) -> Reading:
    """Read colours, shapes, pattern, perch and pose out of an English sentence; word order may vary. Never fails.

    A colour holds for the next part ("black wings"), for several joined by "and" ("white belly and breast"), or for
    the part before it ("its wings are black", "a bird, mostly blue"). If a part is named twice, the later wins.
    What is denied ("no red crown", "not black") is not drawn but reported as not understood.
    """
    return _Reader(tokens(sentence)).read()


def names_truth(reading: Reading, kind: Species, perch: str | None = None, pose: str | None = None) -> bool:
    """True if all that was read holds for this species, on this perch, in this pose; None leaves them open."""
    true_shapes = {"beak": kind.beak, "tail": kind.tail, "size": kind.size, "pattern": kind.pattern,
                   "perch": perch, "pose": pose}
    return (all(kind.colour(part) == colour for part, colour in reading.colours.items())
            and all(true_shapes[what] in (word, None) for what, word in reading.shapes.items()))


def normalise(sentence: str) -> str:
    """Say a sentence in the words of the captions; words that have no synonym there are left in place.

    Reading the result gives the same as reading the sentence.
    """
    return " ".join(tokens(sentence)).replace(" ,", ",").rstrip(", ")


def tokens(sentence: str) -> list[str]:
    """Lower-case words of the captions, and "," for every punctuation mark; "wing bars" is one word."""
    plain = sentence.lower().replace("’", "'").replace("n't", " not").replace("'s", "").replace("-", " ")
    words = ["," if word in PUNCTUATION else word for word in WORD.findall(" ".join(plain.split()))]
    return [piece for word in words for piece in WORD.findall(SYNONYMS.get(word, word))]


class _Reader:
    """Walks over the words of a sentence and hands colours, shapes and marks to the parts they belong to."""

    def __init__(self, words: list[str]):
        self.words = words
        self.colours: dict[str, str] = {}
        self.shapes: dict[str, str] = {}
        self.unknown: list[str] = []
        self.colour: str | None = None          # said, but its part is still to come
        self.joined: str | None = None          # a part after "and" inherits it: "white belly and breast"
        self.before: tuple[str, ...] = ()       # the parts named last: "wings and tail"
        self.subject: tuple[str, ...] = ()      # the parts before "is" or "are", until something new begins
        self.coloured = False                   # the subject has got its colour
        self.denied: list[str] | None = None    # the words denied so far, while a "no" or "not" holds

    def read(self) -> Reading:
        for i, word in enumerate(self.words):
            if not self._deny(word):
                self._take(i, word)
        return Reading(self.colours, self.shapes, tuple(dict.fromkeys(self.unknown)))

    def _deny(self, word: str) -> bool:
        """Take a word that is denied: from "no" or "not" until a new thing begins after what is denied."""
        if word in NEGATIONS:
            self.denied = []
        elif self.denied is None:
            return False
        elif self.denied and word in CONTRASTS:
            self.denied = None
            return False
        elif word not in FILLERS and word not in BREAKS and word not in CONTRASTS:
            self.denied.append(word)
        if word not in FILLERS and word not in BREAKS and word not in CONTRASTS:
            self.unknown.append(word)
        return True

    def _take(self, i: int, word: str) -> None:
        if word in ("is", "are"):
            self.subject, self.coloured = self.before, False
        elif word == "it":
            self.before = ("body",)
        elif word in BREAKS:
            self.subject = ()
        elif word not in FILLERS:
            HANDLERS.get(word, _Reader._not_understood)(self, i, word)

    def _not_understood(self, _i: int, word: str) -> None:
        """A word outside the lexicon may be a thing: what is said of it must not go to the part before it."""
        self.unknown.append(word)
        self.before = self.subject = ()
        self.joined = None

    def _colour(self, i: int, word: str) -> None:
        """A colour belongs to the part before "is", to the part it follows at the end of a phrase, or to the next."""
        back = self.subject if not self.coloured else ()
        back = back or self._just_named(i)
        if back:
            self._paint(back, COLOUR_WORDS[word])
            self.coloured = True
        elif self._ahead(i, stop_at_colours=True):
            self.colour, self.joined = COLOUR_WORDS[word], None
        else:
            self.unknown.append(word)

    def _part(self, i: int, word: str) -> None:
        if self._is_owner(i):                                       # the bird in "the wings of this bird"
            return
        follows = i > 0 and self.words[i - 1] in ("and", ",")
        inherits = self.joined if follows and PART_WORDS[word] != ("body",) else None
        colour = self.colour or inherits
        if colour:
            self._paint(PART_WORDS[word], colour)
        self.before = PART_WORDS[word] if colour or not follows else self.before + PART_WORDS[word]
        self.joined = None if PART_WORDS[word] == ("body",) else colour
        self.colour, self.subject = None, ()

    def _size(self, i: int, word: str) -> None:
        """A small beak or tail is a short one; the size of other parts cannot be drawn."""
        parts = self._described(i) or ("body",)
        if parts == ("body",):
            self.shapes["size"] = word
        elif parts in (("beak",), ("tail",)) and word == "small":
            self.shapes[parts[0]] = "short"
        else:
            self.unknown.append(word)

    def _shape(self, i: int, word: str) -> None:
        parts, shape = self._described(i), SHAPE_WORDS[word]
        fits = [part for part, shapes in (("beak", BEAKS), ("tail", TAILS)) if part in parts and shape in shapes]
        self.shapes |= dict.fromkeys(fits, shape)
        if not fits:
            self.unknown.append(word)

    def _mark(self, i: int, word: str) -> None:
        """Stripes and spots are on breast and belly; stripes on the wings are wing bars."""
        parts, mark = self._described(i) if word not in MARK_NOUNS else self._under(i), MARK_WORDS[word]
        if not parts or set(parts) <= {"breast", "belly", "body"}:
            self.shapes["pattern"] = mark
        elif parts == ("wing",) and mark == "striped":
            self.shapes["pattern"] = "wing bars"
        else:
            self.unknown.append(word)
        if word in MARK_NOUNS:
            self.joined = None

    def _wing_bars(self, _i: int, _word: str) -> None:
        self.shapes["pattern"], self.before, self.joined = "wing bars", (), None

    def _spread(self, i: int, word: str) -> None:
        if "wing" not in self._described(i):
            self.unknown.append(word)
            return
        self.shapes["pose"] = "spread"
        if self.shapes.get("perch") == "water":
            del self.shapes["perch"]

    def _swim(self, _i: int = 0, _word: str = "") -> None:
        self.shapes |= {"pose": "swimming", "perch": "water"}

    def _water(self, i: int, word: str) -> None:
        """A bird on or in the water swims; water beside the bird is scenery."""
        before = [word for word in self.words[max(0, i - 2):i] if word not in ("the", "a")]
        if before and before[-1] in ("on", "in"):
            self._swim()
        else:
            self.unknown.append(word)

    def _perch(self, _i: int, word: str) -> None:
        self.shapes["perch"] = word
        if self.shapes.get("pose") == "swimming":
            del self.shapes["pose"]

    def _paint(self, parts: tuple[str, ...], colour: str) -> None:
        self.colours |= dict.fromkeys(parts, colour)

    def _described(self, i: int) -> tuple[str, ...]:
        """The parts that an adjective speaks of: before "is", else the next ones, else the ones just named."""
        if self.subject and (not self.coloured or self._ends(i + 1)):
            return self.subject
        return self._just_named(i) or self._ahead(i)

    def _just_named(self, i: int) -> tuple[str, ...]:
        """The parts that a phrase ending here has named: "wings black", "a bird, mostly blue"."""
        said = [word for word in self.words[:i] if word not in FILLERS and word != ","]
        return self.before if said and said[-1] in PART_WORDS and self._ends(i + 1) else ()

    def _ahead(self, i: int, stop_at_colours: bool = False) -> tuple[str, ...]:
        """The next parts within the phrase; "on its" and the like lead on: "black feathers on its wings"."""
        for k in range(i + 1, len(self.words)):
            word, led = self.words[k], self.words[k - 1] in OVER
            if word in PART_WORDS:
                return PART_WORDS[word]
            if (word in BREAKS or word in CONTRASTS and not led or word in THINGS
                    or stop_at_colours and word in COLOUR_WORDS):
                break
        return ()

    def _under(self, i: int) -> tuple[str, ...]:
        """The parts that marks are on: "stripes on its breast"."""
        return self._ahead(i) if i + 1 < len(self.words) and self.words[i + 1] in OVER else ()

    def _ends(self, i: int) -> bool:
        return i >= len(self.words) or self.words[i] in BREAKS or self.words[i] in CONTRASTS

    def _is_owner(self, i: int) -> bool:
        return i > 1 and self.words[i] == "bird" and "of" in self.words[i - 2:i] and bool(self.before)
