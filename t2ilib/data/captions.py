"""Attributes to English and back, in the voice of the CUB captions.

`describe` writes ten sentences about a scene; each names a few of its attributes and never a false one.
`read_attributes` does the reverse for any sentence, also a learner's own, and tells which words it did not know.
"""

import re
from dataclasses import dataclass, field

import numpy as np

from t2ilib.data.birds import BEAKS, COLOURS, PARTS, SIZES, TAILS, Scene, Species

WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
COLOUR_WORDS = {**{name: name for name in COLOURS}, "gray": "grey", "golden": "yellow", "violet": "purple",
                "crimson": "red", "scarlet": "red", "rose": "pink"}
PART_WORDS = {
    "crown": "crown", "cap": "crown", "forehead": "crown", "nape": "nape", "neck": "nape", "cheek": "nape",
    "cheeks": "nape", "back": "back", "wing": "wing", "wings": "wing", "primaries": "wing", "secondaries": "wing",
    "breast": "breast", "chest": "breast", "belly": "belly", "abdomen": "belly", "stomach": "belly",
    "throat": "throat", "chin": "throat", "tail": "tail", "beak": "beak", "bill": "beak",
    "legs": "legs", "leg": "legs", "feet": "legs", "foot": "legs", "tarsus": "legs",
    "bird": "body", "body": "body", "plumage": "body", "one": "body"}
GROUP_WORDS = {"head": ("crown", "nape"), "underparts": ("breast", "belly"), "underside": ("breast", "belly")}
SIZE_WORDS = {**{name: name for name in SIZES}, "tiny": "small", "little": "small", "big": "large"}
SHAPE_WORDS = {"short": "short", "long": "long", "thick": "cone", "conical": "cone", "cone": "cone",
               "hooked": "hooked", "curved": "hooked", "pointed": "long", "stubby": "short"}
PERCH_WORDS = {"branch": "branch", "twig": "branch", "perch": "branch"}
FILLERS = frozenset(
    "a an the this that these those is are was has have having with and or of on in at its it his her to very all also "
    "which there standing sitting perched stands sits some colored coloured color colour shaped small-sized size sized "
    "medium-sized mostly entirely feathers feather both as while for by from but bright dark light pale".split())

PHRASES = {"crown": "crown", "nape": "nape", "back": "back", "wing": "wings", "breast": "breast", "belly": "belly",
           "throat": "throat", "tail": "tail", "beak": "beak", "legs": "legs"}
PLURAL = ("wing", "legs")
BEAK_ADJECTIVES = {"short": "short", "long": "long", "cone": "thick", "hooked": "hooked"}
SYNONYMS = {"beak": "bill", "legs": "feet", "grey": "gray", "breast": "chest"}
# How often a caption mentions a part; close to the shares of the CUB captions, small parts a little less.
MENTION = {"crown": 0.17, "nape": 0.10, "back": 0.14, "wing": 0.32, "breast": 0.19, "belly": 0.31, "throat": 0.11,
           "tail": 0.15, "beak": 0.38, "legs": 0.14}


@dataclass(frozen=True)
class Reading:
    """What a sentence says about a bird, and what of it was not understood."""

    colours: dict[str, str] = field(default_factory=dict)       # part of PARTS, or "body" -> colour name
    shapes: dict[str, str] = field(default_factory=dict)        # "beak", "tail", "size", "perch" -> its word
    unknown: tuple[str, ...] = ()                               # words outside the lexicon, in order

    @property
    def empty(self) -> bool:
        """True if nothing in the sentence can be drawn on purpose."""
        return not self.colours and not self.shapes


def describe(scene: Scene, count: int = 10) -> list[str]:
    """Write `count` captions of a scene, lower case, each naming one to four parts; always the same ones."""
    rng = np.random.default_rng((scene.noise, scene.index))
    return [_caption(scene, rng) for _ in range(count)]


def read_attributes(sentence: str) -> Reading:
    """Read colours, shapes, size and perch out of an English sentence; word order may vary.

    A colour holds for the next part ("black wings"), for several joined by "and" ("white belly and breast"), or
    for the part before "is" or "are" ("its wings are black"). The later mention of a part wins.
    """
    return _Reader(WORD.findall(sentence.lower())).read()


def names_truth(reading: Reading, kind: Species, perch: str) -> bool:
    """True if everything that was read holds for this species on this perch."""
    true_shapes = {"beak": kind.beak, "tail": kind.tail, "size": kind.size, "perch": perch}
    return (all(kind.colour(part) == colour for part, colour in reading.colours.items())
            and all(true_shapes[what] == word for what, word in reading.shapes.items()))


def _caption(scene: Scene, rng: np.random.Generator) -> str:
    """One sentence: an opening, perhaps with size and body colour, a list of parts, perhaps the perch."""
    kind = scene.species
    size = f"{kind.size} " if rng.random() < 0.35 else ""
    parts = _parts_to_name(kind, rng)
    body = rng.random() < 0.55 or not parts
    colour = _word(kind.body, rng)
    things = _join(_noun_phrases(kind, parts, rng))
    if body:
        said = f"{size}{colour} bird"
        opening = (_article(said), f"this is {_article(said)}", f"this {size}bird is {colour}",
                   f"the {said}")[rng.choice(4, p=(0.3, 0.25, 0.3, 0.15))]
        middle = f" with {things}" if things else ""
        middle = f" has {things}" if things and opening.startswith("the ") else middle
    else:
        opening = (f"this {size}bird", f"a {size}bird", f"the {size}bird")[rng.choice(3, p=(0.6, 0.2, 0.2))]
        middle = f" with {things}" if opening.startswith("a ") else f" has {things}"
    place = " on a branch" if scene.perch == "branch" and rng.random() < 0.25 else ""
    return opening + middle + place + ("." if rng.random() < 0.78 else "")


def _parts_to_name(kind: Species, rng: np.random.Generator) -> list[str]:
    """Pick up to four parts in random order; people mention what stands out against the body twice as often."""
    chosen = [part for part in PARTS
              if rng.random() < MENTION[part] * (0.7 if kind.colour(part) == kind.body else 1.4)]
    rng.shuffle(chosen)
    return chosen[:4]


def _noun_phrases(kind: Species, parts: list[str], rng: np.random.Generator) -> list[str]:
    """'a red crown', 'black wings', 'a white belly and breast': neighbours of one colour are joined."""
    phrases, parts = [], list(parts)
    while parts:
        part = parts.pop(0)
        colour = kind.colour(part)
        twin = next((p for p in parts if p in PARTS[:8] and part in PARTS[:8] and kind.colour(p) == colour), None)
        words = f"{_shape(kind, part, rng)}{_word(colour, rng)} {_word(PHRASES[part], rng)}"
        if twin and rng.random() < 0.6:
            parts.remove(twin)
            words += f" and {_word(PHRASES[twin], rng)}"
        phrases.append(words if part in PLURAL else _article(words))
    return phrases


def _article(words: str) -> str:
    """'a red crown', 'an orange crown'."""
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _shape(kind: Species, part: str, rng: np.random.Generator) -> str:
    """'short ' before a beak or a tail, now and then."""
    if part == "beak" and rng.random() < 0.5:
        return BEAK_ADJECTIVES[kind.beak] + " "
    return f"{kind.tail} " if part == "tail" and rng.random() < 0.4 else ""


def _word(word: str, rng: np.random.Generator) -> str:
    """The word itself, or at times its synonym."""
    return SYNONYMS[word] if word in SYNONYMS and rng.random() < 0.4 else word


def _join(phrases: list[str]) -> str:
    """'x', 'x and y', 'x, y and z'."""
    return phrases[0] if len(phrases) == 1 else ", ".join(phrases[:-1]) + " and " + phrases[-1] if phrases else ""


class _Reader:
    """Walks over the words of a sentence and hands colours and shapes to the parts they belong to."""

    def __init__(self, words: list[str]):
        self.words = [piece for word in words for piece in self._pieces(word)]
        self.colours: dict[str, str] = {}
        self.shapes: dict[str, str] = {}
        self.unknown: list[str] = []
        self.colour = self.shape = None         # said, but its part has not come yet
        self.before: tuple[str, ...] = ()       # the part named last, for "its wings are black"
        self.described: tuple[str, ...] = ()    # the part whose colour comes after "is" or "are"
        self.joined: str | None = None          # the colour a part after "and" inherits: "white belly and breast"

    @staticmethod
    def _pieces(word: str) -> list[str]:
        """Split 'black-winged' unless the lexicon knows the whole."""
        return [word] if word in FILLERS else word.split("-")

    def read(self) -> Reading:
        for i, word in enumerate(self.words):
            self._take(word, self.words[i - 1] if i else "")
        self._give_up_colour()
        return Reading(self.colours, self.shapes, tuple(dict.fromkeys(self.unknown)))

    def _take(self, word: str, previous: str) -> None:
        if word in COLOUR_WORDS:
            self._colour(COLOUR_WORDS[word])
        elif word in PART_WORDS or word in GROUP_WORDS:
            self._part(GROUP_WORDS.get(word) or (PART_WORDS[word],), follows_and=previous == "and")
        elif word in SIZE_WORDS or word == "medium-sized":
            self.shapes["size"] = SIZE_WORDS.get(word, "medium")
        elif word in SHAPE_WORDS:
            self.shape = SHAPE_WORDS[word]
        elif word in PERCH_WORDS:
            self.shapes["perch"] = PERCH_WORDS[word]
        elif word in ("is", "are"):
            self.described = self.before
        elif word not in FILLERS:
            self.unknown.append(word)

    def _colour(self, colour: str) -> None:
        """After "is" or "are" a colour looks back to its part; otherwise it waits for the part to come."""
        if self.described:
            self._paint(self.described, colour)
            self.described = ()
        else:
            self._give_up_colour()
            self.colour, self.joined = colour, None

    def _give_up_colour(self) -> None:
        """A colour whose part never came, as in "a purple dragon", was not understood."""
        if self.colour:
            self.unknown.append(self.colour)

    def _part(self, parts: tuple[str, ...], follows_and: bool) -> None:
        colour = self.colour or (self.joined if follows_and else None)
        if colour:
            self._paint(parts, colour)
        if self.shape and parts[0] in ("beak", "tail"):
            self._form(parts[0], self.shape)
        before = self.before + parts if follows_and and not colour else parts       # "its wings and tail are black"
        self.joined, self.colour, self.shape, self.before, self.described = colour, None, None, before, ()

    def _paint(self, parts: tuple[str, ...], colour: str) -> None:
        self.colours |= dict.fromkeys(parts, colour)

    def _form(self, part: str, shape: str) -> None:
        if shape in (BEAKS if part == "beak" else TAILS):
            self.shapes[part] = shape


def normalise(sentence: str) -> str:
    """Say a sentence in the words of the captions: 'a tiny crimson bird' becomes 'a small red bird'.

    Only synonyms are replaced; the words the encoder has never met are left in place for it to report.
    """
    words = [piece for word in WORD.findall(sentence.lower()) for piece in _Reader._pieces(word)]
    return " ".join(CANONICAL.get(word, word) for word in words)


def _canonical() -> dict[str, str]:
    """Synonym -> the word that `describe` uses."""
    parts = {word: PHRASES[part] for word, part in PART_WORDS.items() if part in PHRASES}
    shapes = {word: BEAK_ADJECTIVES[shape] for word, shape in SHAPE_WORDS.items()}
    said = {"bird", "gray", "bill", "feet", "chest", "short", "long", "thick", "hooked"}
    table = {**COLOUR_WORDS, **parts, **SIZE_WORDS, **shapes, "head": "crown and nape", "body": "bird",
             "plumage": "bird", "underparts": "belly and breast", "underside": "belly and breast", "twig": "branch",
             "perch": "branch", "are": "is", "its": "this bird"}
    return {word: plain for word, plain in table.items() if word != plain and word not in said}


CANONICAL = _canonical()
