"""The words of the captions, the synonyms that a learner may use for them, and the words that hold a sentence together.

A synonym stands here only where the mapping is fair: navy is a blue of this world, teal is none of its colours.
"""

import re

from t2ilib.data.birds import COLOURS, PARTS

COLOUR_WORDS = {**{name: name for name in COLOURS}, "gray": "grey"}
PART_WORDS = {**{part: (part,) for part in PARTS}, "wings": ("wing",), "chest": ("breast",), "bill": ("beak",),
              "feet": ("legs",), "head": ("crown", "nape"), "bird": ("body",)}
"""Word of the captions -> parts it names. The nape includes the side of the head."""
SIZE_WORDS = ("small", "medium", "large")
SHAPE_WORDS = {"short": "short", "long": "long", "thick": "cone", "hooked": "hooked", "curved": "hooked"}
MARK_WORDS = {"striped": "striped", "spotted": "spotted", "plain": "plain",
              "stripes": "striped", "bars": "striped", "spots": "spotted"}
MARK_NOUNS = ("stripes", "spots", "bars")

_SAID_AS = {
    # colours
    "crimson scarlet ruby reddish": "red", "tangerine orangish": "orange", "golden gold lemon yellowish": "yellow",
    "emerald greenish": "green", "navy azure cobalt bluish": "blue", "violet purplish": "purple",
    "rose rosy pinkish": "pink", "chestnut chocolate rufous brownish": "brown", "silver slate greyish grayish": "grey",
    "ebony blackish": "black", "ivory snowy whitish": "white",
    # parts, and bodies named after them: a red-crowned bird has a red crown
    "cap forehead crowns crowned capped": "crown", "neck necked naped napes cheek cheeks": "nape",
    "backs backed": "back", "primaries secondaries winged": "wings", "breasts breasted": "breast",
    "chests chested": "chest", "abdomen stomach tummy underbelly bellies bellied": "belly",
    "chin throats throated": "throat", "tails tailed": "tail", "beaks beaked": "beak", "bills billed": "bill",
    "leg legged tarsus": "legs", "foot footed claws talons": "feet", "heads headed hood hooded": "head",
    "underparts underside": "belly and breast",
    "birds birdie fellow creature animal one body plumage": "bird", "feather feathered feathering": "feathers",
    # size, shape, marks
    "tiny little mini": "small", "big huge giant": "large", "stubby": "short", "conical cone stout": "thick",
    "hooky": "hooked", "barred streaked streaky stripy": "striped", "stripe streaks streak": "stripes", "bar": "bars",
    "speckled dotted spotty": "spotted", "spot dots speckles specks": "spots", "unmarked": "plain",
    "wingbar wingbars": "wing bars",
    # place and pose
    "twig limb perch": "branch", "floor soil": "ground", "lake pond river sea": "water",
    "outspread outstretched spreading extended open": "spread", "lifted": "raised",
    "swims floating floats paddling": "swimming",
    # spelling
    "colour coloured": "colored", "upon": "on", "was": "is", "were": "are", "had": "has",
    "he she": "it",
}
SYNONYMS = {word: meaning for words, meaning in _SAID_AS.items() for word in words.split()}
SYNONYMS |= {"wing bar": "wing bars", "primaries and secondaries": "wings"}

FILLERS = frozenset(
    "to very all also there sitting perched standing stands sits some color colored shaped sized size mostly mainly "
    "entirely completely almost both bright dark light pale deep vivid brilliant particular kind feathers his her "
    "does do can t s".split())
"""Words that say nothing that could be drawn, wherever they stand."""

LINKS = ("and", "or", ",")
"""Words that join colours, parts and phrases."""

VERBS = ("is", "are")
DETERMINERS = ("a", "an", "the", "its", "this")
BREAKS = frozenset("with has have having that which who whose but except while as of from for in at by the this these "
                   "those it its is are a an".split())
"""Words that begin a new phrase: an adjective does not look across them for its part."""
CHANGES = BREAKS - {"a", "an", "but"}
"""Words after which no more is said of the subject; it goes on in "is a red one" and in "is not red but black"."""

OVER = ("on", "across", "over", "along", "covering", "around")
"""Words that lead an adjective on to its part: "black feathers on its wings"."""

NEGATIONS = frozenset("no not non without neither nor never none lacks lacking lack instead rather hardly".split())
CONTRASTS = (",", "but", "with", "has", "have", "while", "it", "its")
"""Words that end what a "no" denies, once it has denied something."""

OTHER_THINGS = frozenset("eye eyes eyering eyerings eyebrow eyebrows ring rings patch patches crest tip tips edge "
                         "edges line lines band bands collar tuft mask".split())
"""Things that a bird of this world does not have: a colour before them is theirs and paints nothing else."""

WORD = re.compile(r"wing bars?\b|primaries and secondaries\b|[^\W_]+|[,.;:!?]")
PUNCTUATION = ",.;:!?"


def normalise(sentence: str) -> str:
    """Say a sentence in the words of the captions; words that have no synonym there are left in place.

    Reading the result gives the same as reading the sentence.
    """
    return " ".join(tokens(sentence)).replace(" ,", ",").rstrip(", ")


def tokens(sentence: str) -> list[str]:
    """Lower-case words of the captions, and "," for every punctuation mark; "wing bars" is one word."""
    plain = sentence.lower().replace("’", "'").replace("-", " ")
    plain = plain.replace("n't", " not").replace("it's", "it is").replace("'s", "")
    words = ["," if word in PUNCTUATION else word for word in WORD.findall(" ".join(plain.split()))]
    return [piece for word in words for piece in WORD.findall(SYNONYMS.get(word, word))]
