"""English to attributes: what a sentence says about a bird, and which of its words were not understood.

It goes in two steps: `lexicon.tokens` says the sentence in the words of the captions ("a tiny crimson bird" becomes
"a small red bird"), then a reader walks over them and hands each colour, shape and mark to the part it belongs to.
"""

from dataclasses import dataclass, field

from t2ilib.data import lexicon
from t2ilib.data.birds import BEAKS, TAILS, Species
from t2ilib.data.lexicon import BREAKS, COLOUR_WORDS, LINKS, MARK_WORDS, OVER, PART_WORDS, SHAPE_WORDS, SIZE_WORDS


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
    return _Reader(lexicon.tokens(sentence)).read()


def names_truth(reading: Reading, kind: Species, perch: str | None = None, pose: str | None = None) -> bool:
    """True if all that was read holds for this species, on this perch, in this pose; None leaves them open."""
    true_shapes = {"beak": kind.beak, "tail": kind.tail, "size": kind.size, "pattern": kind.pattern,
                   "perch": perch, "pose": pose}
    return (all(kind.colour(part) == colour for part, colour in reading.colours.items())
            and all(true_shapes[what] in (word, None) for what, word in reading.shapes.items()))


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
        self.bare = False                       # nothing has been said of them yet: "wings and tail are black"
        self.subject: tuple[str, ...] = ()      # the parts before "is" or "are", until something new begins
        self.coloured = False                   # the subject has got its colour
        self.denied: int | None = None          # how many words a "no" or "not" has denied so far, while it holds

    def read(self) -> Reading:
        for i, word in enumerate(self.words):
            if not self._deny(word):
                self._take(i, word)
        return Reading(self.colours, self.shapes, tuple(dict.fromkeys(self.unknown)))

    def _deny(self, word: str) -> bool:
        """Take a word that is denied: all from "no" or "not" to where a new phrase begins after what is denied."""
        if word in lexicon.NEGATIONS:
            self.denied = 0
        elif self.denied is None:
            return False
        elif self.denied and word in lexicon.CONTRASTS:
            self.denied = None
            return False
        if word not in EMPTY:
            self.denied += word not in lexicon.NEGATIONS
            self.unknown.append(word)
        return True

    def _take(self, i: int, word: str) -> None:
        if word in lexicon.VERBS:
            self.subject, self.coloured = self.before, False
        elif word == "it" or word == "feathers" and not self._follows_part(i):
            self.before, self.bare = BODY, False
        elif word in lexicon.CHANGES:
            self.subject = ()
        elif word not in EMPTY:
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
            self.coloured, self.bare = True, False
        elif self._ahead(i, stop_at_colours=True):
            self.colour = COLOUR_WORDS[word]
        elif "feathers" in self.words[i + 1:i + 3]:
            self._paint(BODY, COLOUR_WORDS[word])
        else:
            self.unknown.append(word)

    def _part(self, i: int, word: str) -> None:
        """A part takes the colour that waits for it, or after "and" that of the part before it."""
        parts, previous = PART_WORDS[word], self.words[i - 1] if i else ""
        if self._is_owner(i):                                       # the bird in "the wings of this bird"
            return
        colour = self.colour or (self.joined if previous in LINKS and parts != BODY else None)
        if colour:
            self._paint(parts, colour)
        together = self.bare and not colour and self._is_linked(i)
        self.before = self.before + parts if together else parts
        self.bare = not colour and parts != BODY and not {*self.words[max(0, i - 2):i]} & ADJECTIVES
        self.joined = None if parts == BODY else colour
        self.colour, self.subject = None, ()

    def _size(self, i: int, word: str) -> None:
        """A small beak or tail is a short one; the size of other parts cannot be drawn."""
        parts = self._described(i) or BODY
        if parts == BODY:
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
        noun, mark = word in lexicon.MARK_NOUNS, MARK_WORDS[word]
        parts = self._under(i) if noun else self._described(i)
        if not parts or set(parts) <= {"breast", "belly", "body"}:
            self.shapes["pattern"] = mark
        elif parts == ("wing",) and mark == "striped":
            self.shapes["pattern"] = "wing bars"
        else:
            self.unknown.append(word)
        if noun:
            self.joined = None

    def _wing_bars(self, _i: int, _word: str) -> None:
        self.shapes["pattern"] = "wing bars"
        self.before, self.joined, self.bare = (), None, False

    def _spread(self, i: int, word: str) -> None:
        if "wing" not in (*self._described(i), *self.before):
            self.unknown.append(word)
            return
        self.shapes["pose"] = "spread"
        if self.shapes.get("perch") == "water":
            del self.shapes["perch"]

    def _swim(self, _i: int, _word: str) -> None:
        self.shapes |= {"pose": "swimming", "perch": "water"}

    def _water(self, i: int, word: str) -> None:
        """A bird on or in the water swims; water beside the bird is scenery."""
        before = [said for said in self.words[max(0, i - 2):i] if said not in lexicon.DETERMINERS]
        if before and before[-1] in ("on", "in"):
            self._swim(i, word)
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
        return self._just_named(i) or self._ahead(i) or self.subject

    def _just_named(self, i: int) -> tuple[str, ...]:
        """The parts that a phrase ending here has named: "wings black", "a bird, mostly blue"."""
        said = [word for word in self.words[:i] if word not in lexicon.FILLERS and word != ","]
        return self.before if said and said[-1] in PART_WORDS and self._ends(i + 1) else ()

    def _ahead(self, i: int, stop_at_colours: bool = False) -> tuple[str, ...]:
        """The next parts within the phrase; "on its" and the like lead on: "black feathers on its wings"."""
        for k in range(i + 1, len(self.words)):
            word = self.words[k]
            led = self.words[k - 1] in OVER and word in lexicon.DETERMINERS
            if word in PART_WORDS:
                return PART_WORDS[word]
            if word in THINGS or word in BREAKS and not led or stop_at_colours and word in COLOUR_WORDS:
                break
        return ()

    def _under(self, i: int) -> tuple[str, ...]:
        """The parts that marks are on: "stripes on its breast"."""
        return self._ahead(i) if i + 1 < len(self.words) and self.words[i + 1] in OVER else ()

    def _ends(self, i: int) -> bool:
        """Whether the phrase ends before word i: at the end, at a comma, at "and its" and the like."""
        here, after = [*self.words[i:i + 2], "", ""][:2]
        return here in BREAKS or here in (",", "") or here == "and" and after in BREAKS

    def _is_linked(self, i: int) -> bool:
        """Whether a part is one more of those before it: "wings and tail", "the wings and the tail"."""
        last, previous = ["", "", *self.words[:i]][-2:]
        return previous in LINKS or previous in lexicon.DETERMINERS and last == "and"

    def _follows_part(self, i: int) -> bool:
        return i > 0 and self.words[i - 1] in PART_WORDS

    def _is_owner(self, i: int) -> bool:
        return i > 1 and self.words[i] == "bird" and "of" in self.words[i - 2:i] and bool(self.before)


BODY = ("body",)
ADJECTIVES = {*SIZE_WORDS, *SHAPE_WORDS, *MARK_WORDS, *OVER}
EMPTY = lexicon.FILLERS | BREAKS | {*LINKS, *OVER}
THINGS = lexicon.OTHER_THINGS | lexicon.NEGATIONS | {*lexicon.MARK_NOUNS, "wing bars"}
HANDLERS = {
    **dict.fromkeys(COLOUR_WORDS, _Reader._colour), **dict.fromkeys(PART_WORDS, _Reader._part),
    **dict.fromkeys(SIZE_WORDS, _Reader._size), **dict.fromkeys(SHAPE_WORDS, _Reader._shape),
    **dict.fromkeys(MARK_WORDS, _Reader._mark), "wing bars": _Reader._wing_bars,
    **dict.fromkeys(("spread", "raised"), _Reader._spread), "swimming": _Reader._swim, "water": _Reader._water,
    **dict.fromkeys(("branch", "ground"), _Reader._perch)}
