"""Attributes to English, in the voice of the CUB captions.

`describe` writes ten sentences about a scene; each names a few of its attributes and never a false or a hidden one.
`read_attributes` does the reverse for any sentence, also a learner's own; both are imported from here.
"""

from random import Random

from t2ilib.data.birds import PLUMAGE, Scene
from t2ilib.data.lexicon import PART_WORDS, normalise
from t2ilib.data.reading import Reading, names_truth, read_attributes

__all__ = ["PART_WORDS", "Reading", "describe", "names_truth", "normalise", "read_attributes", "tell"]

NOUNS = {"crown": "crown", "nape": "nape", "back": "back", "wing": "wings", "breast": "breast", "belly": "belly",
         "throat": "throat", "tail": "tail", "beak": "beak", "legs": "legs", "head": "head"}
PLURAL = ("wing", "legs")
BEAK_ADJECTIVES = {"short": "short", "long": "long", "cone": "thick", "hooked": "hooked"}
# The other word for the same thing, and how often it is used: the shares are those of the CUB captions.
OTHERWISE = {"grey": ("gray", 0.4), "beak": ("bill", 0.44), "breast": ("chest", 0.14), "legs": ("feet", 0.7),
             "hooked": ("curved", 0.4), "medium": ("medium sized", 0.75)}

# How readily a caption turns to a part: the order is that of the CUB captions, but small parts are named more often
# than there, because an encoder must meet each of them.
MENTION = {"beak": 0.58, "wing": 0.29, "belly": 0.28, "crown": 0.25, "breast": 0.18, "throat": 0.09, "tail": 0.09,
           "legs": 0.09, "back": 0.08, "nape": 0.06}
CONTRAST = 1.8              # people rather name what stands out against the body
MOST_WORDS = 32             # an encoder reads no more
HOW_MANY = (0.12, 0.38, 0.35, 0.15)         # shares of captions that name 1, 2, 3, 4 parts
SIZE_SAID = {"small": 0.9, "medium": 0.35, "large": 0.35}       # of "{noun}"; people rather say that a bird is small

# Openings and how often they are used, in percent or nearly so; {noun} is "small red bird", {a_noun} has its article.
OPENINGS = {
    "this bird has {things}": 26.0,
    "this bird is {colour} with {things}": 3.0,
    "this bird is {colour} and has {things}": 5.0,
    "this bird is {colour} in color with {things}": 3.5,
    "this bird is {size} and {colour} with {things}": 1.5,
    "{a_noun} with {things}": 24.0,
    "{a_noun} that has {things}": 4.0,
    "this is {a_noun} with {things}": 5.0,
    "this is {a_noun} that has {things}": 3.0,
    "the bird has {things}": 6.0,
    "the bird is {colour} and has {things}": 1.0,
    "this {noun} has {things}": 11.0,
    "the {noun} has {things}": 2.0,
    "this particular bird has {things}": 2.5,
}
SECOND_CLAUSES = (", and its {subject} {verb} {looks}", " and its {subject} {verb} {looks}",
                  ", while its {subject} {verb} {looks}", " and the {subject} {verb} {looks}")
PLACES = {"branch": (" on a branch", " sitting on a branch", " perched on a branch"),
          "ground": (" on the ground", " standing on the ground"),
          "water": (" swimming on the water", " swimming in the water", " on the water")}
SPREAD_PLACES = {"branch": (" on a branch", " standing on a branch"), "ground": PLACES["ground"]}
SPREAD = (" with its wings spread", " with raised wings", " with spread wings")


def describe(scene: Scene, count: int = 10) -> list[str]:
    """Write `count` captions of a scene, lower case, each naming one to four parts; always the same ones.

    A caption has at most 32 words and names nothing that does not show.
    """
    return [sentence for sentence, _ in tell(scene, count)]


def tell(scene: Scene, count: int = 10) -> list[tuple[str, Reading]]:
    """The captions of `describe`, each with the attributes that it names."""
    rng = Random(scene.noise << 32 | scene.index)       # a caption costs many draws, and NumPy's take ten times longer
    return [_write_short(scene, rng) for _ in range(count)]


def _write_short(scene: Scene, rng: Random) -> tuple[str, Reading]:
    """The next sentence that is short enough; nearly all are."""
    while True:
        sentence, said = _Writer(scene, rng).write()
        if len(sentence.split()) <= MOST_WORDS:
            return sentence, said


class _Writer:
    """Writes one sentence and keeps what it names."""

    def __init__(self, scene: Scene, rng: Random):
        self.scene, self.kind, self.rng = scene, scene.species, rng
        self.colours: dict[str, str] = {}
        self.shapes: dict[str, str] = {}

    def write(self) -> tuple[str, Reading]:
        """An opening with a list of things, perhaps a second clause, the place and the pose."""
        parts = self._parts()
        where = self._place() + self._pose()
        later = parts.pop() if len(parts) > 1 and self._chance(0.22) else None
        things = self._things(parts)
        sentence = self._opening(things) + (self._second_clause(later) if later else "") + where
        return sentence + ("." if self._chance(0.776) else ""), Reading(self.colours, self.shapes)

    def _chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def _word(self, word: str) -> str:
        """The word itself, or at times its synonym."""
        other, share = OTHERWISE.get(word, (word, 0))
        return other if self._chance(share) else word

    def _parts(self) -> list[str]:
        """One to four parts that show, in random order; crown and nape of one colour may be called the head."""
        weights = {part: weight * (CONTRAST if self.kind.colour(part) != self.kind.body else 1.0)
                   for part, weight in MENTION.items() if self.scene.shows(part)}
        parts = []
        for _ in range(self.rng.choices((1, 2, 3, 4), HOW_MANY)[0]):
            part = self.rng.choices(list(weights), list(weights.values()))[0]
            del weights[part]
            if part in ("crown", "nape") and weights.keys() & {"crown", "nape"} and self._one_headed():
                part = "head"
                weights = {other: weight for other, weight in weights.items() if other not in ("crown", "nape")}
            parts.append(part)
        return parts

    def _one_headed(self) -> bool:
        """Whether to say head for crown and nape, which must have one colour for it."""
        return self.kind.colour("crown") == self.kind.colour("nape") and self._chance(0.65)

    def _colour(self, part: str) -> str:
        """The colour of a part, said."""
        wearers = ("crown", "nape") if part == "head" else (part,)
        self.colours |= {wearer: self.kind.colour(wearer) for wearer in wearers}
        return self._word(self.kind.colour(wearers[0]))

    def _shape(self, part: str) -> str:
        """The shape of a beak or tail, said."""
        self.shapes[part] = self.kind.beak if part == "beak" else self.kind.tail
        return self._word(BEAK_ADJECTIVES[self.kind.beak]) if part == "beak" else self.kind.tail

    def _things(self, parts: list[str]) -> str:
        """'a red crown, black wings and a short yellow beak': neighbours of one colour may be joined."""
        phrases, parts = [], list(parts)
        while parts:
            part = parts.pop(0)
            twin = next((other for other in parts if self._alike(part, other)), None) if self._chance(0.6) else None
            if twin:
                parts.remove(twin)
            phrases.append(self._thing(part, twin))
        if self.kind.pattern != "plain" and self._chance(0.3):
            phrases.append(self._marks())
        return self._join(phrases)

    def _alike(self, part: str, other: str) -> bool:
        """Plumage of one colour."""
        first, second = ("crown" if name == "head" else name for name in (part, other))
        return {first, second} <= {*PLUMAGE} and self.kind.colour(first) == self.kind.colour(second)

    def _thing(self, part: str, twin: str | None) -> str:
        """'a short red beak', 'wings that are black', 'white feathers on its belly and breast'."""
        nouns = " and ".join(self._word(NOUNS[name]) for name in (part, twin) if name)
        if part in ("beak", "tail") and not twin and self._chance(0.2 if part == "beak" else 0.1):
            return self._article(part, f"{self._shape(part)} {nouns}")
        colour = self._colour(part)
        if twin:
            self._colour(twin)
        if part in PLUMAGE and self._chance(0.06):
            return f"{colour} feathers on its {nouns}"
        if not twin and self._chance(0.07):
            return self._article(part, f"{nouns} that {self._verb(part)} {colour}")
        shape = f"{self._shape(part)} " if part in ("beak", "tail") and not twin and self._chance(0.5) else ""
        return self._article(part, f"{shape}{colour} {nouns}")

    def _marks(self) -> str:
        """'a striped breast', 'spots on its belly', 'wing bars'."""
        pattern = self.shapes["pattern"] = self.kind.pattern
        if pattern == "wing bars":
            return self.rng.choice(("wing bars", "wing bars", "bars on its wings"))
        place = self.rng.choice(("breast", "belly"))
        noun = {"striped": "stripes", "spotted": "spots"}[pattern]
        return self.rng.choice((f"a {pattern} {place}", f"{noun} on its {place}"))

    def _opening(self, things: str) -> str:
        """The sentence as far as its list of things."""
        opening = self.rng.choices(list(OPENINGS), list(OPENINGS.values()))[0]
        noun = "noun}" in opening
        size = self._size() if "{size}" in opening or noun and self._chance(SIZE_SAID[self.kind.size]) else ""
        colour = self._colour("body") if "{colour}" in opening or noun and self._chance(0.8) else ""
        noun = " ".join(filter(None, (size, colour, "bird")))
        return opening.format(things=things, size=size, colour=colour, noun=noun, a_noun=self._article("body", noun))

    def _size(self) -> str:
        self.shapes["size"] = self.kind.size
        return self._word(self.kind.size)

    def _second_clause(self, part: str) -> str:
        """', and its bill is short and yellow'."""
        looks = self._colour(part)
        if part in ("beak", "tail") and self._chance(0.6):
            looks = f"{self._shape(part)} and {looks}"
        clause = self.rng.choice(SECOND_CLAUSES)
        return clause.format(subject=self._word(NOUNS[part]), verb=self._verb(part), looks=looks)

    def _place(self) -> str:
        """Where the bird is, now and then."""
        if not self._chance(0.2):
            return ""
        self.shapes["perch"] = self.scene.perch
        if self.scene.pose == "swimming":
            self.shapes["pose"] = "swimming"
        return self.rng.choice((SPREAD_PLACES if self.scene.pose == "spread" else PLACES)[self.scene.perch])

    def _pose(self) -> str:
        """That the wings are spread, now and then."""
        if self.scene.pose != "spread" or not self._chance(0.4):
            return ""
        self.shapes["pose"] = "spread"
        return self.rng.choice(SPREAD)

    @staticmethod
    def _verb(part: str) -> str:
        return "are" if part in PLURAL else "is"

    @staticmethod
    def _article(part: str, words: str) -> str:
        """'a red crown', 'an orange crown', 'black wings'."""
        if part in PLURAL:
            return words
        return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"

    @staticmethod
    def _join(phrases: list[str]) -> str:
        """'x', 'x and y', 'x, y and z'."""
        return " and ".join(filter(None, (", ".join(phrases[:-1]), phrases[-1])))
