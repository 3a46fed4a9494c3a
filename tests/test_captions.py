"""Captions: never false, read back exactly, and a learner's own words."""

import re
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from t2ilib.data import captions, lexicon
from t2ilib.data.birds import COLOURS, LEVELS, PARTS, SPLITS, World, species
from t2ilib.data.captions import Reading, describe, names_truth, normalise, read_attributes, tell
from t2ilib.data.reading import EMPTY, HANDLERS
from t2ilib.metrics.measures import matching_scene
from t2ilib.text.tokenizer import LONGEST, split

WORLDS = list(product(LEVELS, SPLITS))
TEASERS = (     # of the literature: two birds (CUB) and two flowers (Oxford-102), after Reed et al. 2016 (ICML)
    "this small bird has a pink breast and crown, and black primaries and secondaries.",
    "this magnificent fellow is almost all black with a red crest, and white cheek patch.",
    "the flower has petals that are bright pinkish purple with white stigma",
    "this white and yellow flower have thin white petals and a round yellow stamen",
)


def scenes(images, worlds=WORLDS):
    """The same number of pictures of every level and split."""
    return [World(0, level).scene(i, split) for level, split in worlds for i in range(images)]


@pytest.fixture(scope="module")
def told():
    """Scenes of all levels and splits, each with its captions and what they name: 18,000 captions."""
    return [(scene, tell(scene)) for scene in scenes(200)]


# Attributes to caption to attributes


def read_back(told):
    """Every caption is read as exactly what it names, and that is true of its scene."""
    for scene, sentences in told:
        for caption, said in sentences:
            assert read_attributes(caption) == said, caption
            assert names_truth(said, scene.species, scene.perch, scene.pose), (caption, scene)


def test_captions_are_read_back_exactly(told):
    read_back(told)


@pytest.mark.slow
def test_a_hundred_thousand_captions_are_read_back_exactly():
    pictures = [World(3, level).scene(i, split) for level, split in WORLDS for i in range(1112)]
    assert 10 * len(pictures) >= 100_000
    read_back((scene, tell(scene)) for scene in pictures)


def test_ten_captions_in_the_words_of_the_encoder(told):
    for scene, sentences in told:
        said = [caption for caption, _ in sentences]
        assert describe(scene) == said and len(said) == 10
        for caption, reading in sentences:
            assert caption == caption.lower() and normalise(caption) == caption.rstrip(".")
            assert not re.search(r"\b(a [aeiou]|an [^aeiou])", caption), caption
            assert not reading.unknown and 5 <= len(split(caption)) <= LONGEST, caption


def test_no_caption_is_longer_than_an_encoder_reads(monkeypatch):
    assert captions.MOST_WORDS == LONGEST
    monkeypatch.setattr(captions, "MOST_WORDS", 12)
    lengths = {len(split(caption)) for scene in scenes(20) for caption in describe(scene)}
    assert max(lengths) == 12


def test_captions_name_small_and_large_parts(told):
    named = [what for _, sentences in told for _, said in sentences for what in (*said.colours, *said.shapes)]
    shares = {what: named.count(what) / (10 * len(told)) for what in set(named)}
    assert min(shares[part] for part in PARTS) > 0.08 and 0.45 < shares["body"] < 0.65
    assert shares["size"] > 0.2 and shares["perch"] > 0.1 and shares["pattern"] > 0.08


# Truth, by other means than the reader

COLOUR = rf"({'|'.join(lexicon.COLOUR_WORDS)})"
NOUN = "(crown|nape|head|back|wings|breast|chest|belly|throat|tail|beak|bill|legs|feet)"
SHAPE = "(short|long|thick|hooked|curved)"
CLAIMS = (      # where a caption may put a colour; the parts come before or after it
    rf"(?P<colour>{COLOUR}) (?:feathers on its )?(?P<parts>{NOUN}(?: and {NOUN}(?! that))?)\b",
    rf"(?P<parts>{NOUN}) that (?:is|are) (?P<colour>{COLOUR})",
    rf"(?:its|the) (?P<parts>{NOUN}) (?:is|are) (?:{SHAPE} and )?(?P<colour>{COLOUR})",
    rf"(?P<colour>{COLOUR}) (?P<parts>bird)\b",
    rf"(?P<parts>bird) is (?:(?:small|medium sized|medium|large) and )?(?P<colour>{COLOUR})")


def colour_claims(caption):
    """(colour, noun) for all that the caption says about colours, found by its wording."""
    found = [match for pattern in CLAIMS for match in re.finditer(pattern, caption)]
    assert len({match.start("colour") for match in found}) == len(re.findall(rf"\b{COLOUR}\b", caption)), caption
    return [(match["colour"], noun) for match in found for noun in match["parts"].split(" and ")]


def worn(kind, noun):
    """The colours that a noun's parts have on this bird."""
    parts = {"wings": ["wing"], "chest": ["breast"], "bill": ["beak"], "feet": ["legs"], "bird": ["body"],
             "head": ["crown", "nape"]}.get(noun, [noun])
    return {kind.colour(part) for part in parts}


def is_true(caption, scene):
    """Whether all that the caption says holds, judged by the presence of words."""
    kind, words = scene.species, split(caption)
    true_words = {
        "small": kind.size == "small", "medium": kind.size == "medium", "large": kind.size == "large",
        "thick": kind.beak == "cone", "hooked": kind.beak == "hooked", "curved": kind.beak == "hooked",
        "striped": kind.pattern == "striped", "stripes": kind.pattern == "striped",
        "spotted": kind.pattern == "spotted", "spots": kind.pattern == "spotted", "bars": kind.pattern == "wing bars",
        "branch": scene.perch == "branch", "ground": scene.perch == "ground", "water": scene.pose == "swimming",
        "swimming": scene.pose == "swimming", "spread": scene.pose == "spread", "raised": scene.pose == "spread",
        "sitting": scene.pose == "perched", "perched": scene.pose == "perched", "legs": scene.shows("legs"),
        "feet": scene.shows("legs")}
    colours = all(worn(kind, noun) == {lexicon.COLOUR_WORDS[colour]} for colour, noun in colour_claims(caption))
    shapes = re.findall(rf"(short|long) (?:{COLOUR} )?(beak|bill|tail)", caption)
    shapes += [(shape, None, noun) for noun, shape in re.findall("(beak|bill|tail) is (short|long)", caption)]
    lengths = all(shape == (kind.tail if noun == "tail" else kind.beak) for shape, *_, noun in shapes)
    assert len(shapes) == words.count("short") + words.count("long"), caption
    return colours and lengths and all(true_words.get(word, True) for word in words)


def test_every_caption_is_true_of_its_picture(told):
    for scene, sentences in told:
        for caption, _ in sentences:
            assert is_true(caption, scene), (caption, scene)


def test_a_caption_is_false_of_another_species(told):
    """The negative control: both truth tests can fail, and they agree."""
    kinds, wrong = World(0, 3).species("train"), []
    for scene, sentences in told[1200:1400]:
        other = kinds[(scene.species.label + 7) % 1000]
        elsewhere = World(0, 3).scene((other.label - 1) + 1000, "train")
        for caption, said in sentences:
            wrong.append(is_true(caption, elsewhere))
            assert not wrong[-1] or names_truth(said, other, elsewhere.perch, elsewhere.pose), caption
    assert np.mean(wrong) < 0.05


def test_hidden_legs_are_never_named():
    swimming = [scene for scene in scenes(400, [(3, "train")]) if scene.pose == "swimming"]
    assert len(swimming) > 50
    assert not any("legs" in said.colours for scene in swimming for _, said in tell(scene))


def test_level_one_names_neither_pattern_nor_pose(told):
    named = {what for scene, sentences in told for _, said in sentences for what in said.shapes if scene.level == 1}
    assert named == {"beak", "tail", "size", "perch"}


# A learner's own words


@pytest.mark.parametrize("sentence, colours, shapes", [
    ("a small red bird with black wings and a short yellow beak",
     {"body": "red", "wing": "black", "beak": "yellow"}, {"size": "small", "beak": "short"}),
    ("A BLUE bird, with a WHITE belly, on a branch!", {"body": "blue", "belly": "white"}, {"perch": "branch"}),
    ("its wings are black and its belly is white", {"wing": "black", "belly": "white"}, {}),
    ("its wings and tail are black", {"wing": "black", "tail": "black"}, {}),
    ("the belly and the breast are white", {"belly": "white", "breast": "white"}, {}),
    ("a crown and wings that are black", {"crown": "black", "wing": "black"}, {}),
    ("a red beak and wings that are black", {"beak": "red", "wing": "black"}, {}),
    ("a hooked beak and wings that are black", {"wing": "black"}, {"beak": "hooked"}),
    ("the bird and its wings are black", {"wing": "black"}, {}),
    ("its head is black", {"crown": "black", "nape": "black"}, {}),
    ("a bird with a black head", {"crown": "black", "nape": "black"}, {}),
    ("this bird is black with white belly and breast", {"body": "black", "belly": "white", "breast": "white"}, {}),
    ("a white belly, breast and throat", {"belly": "white", "breast": "white", "throat": "white"}, {}),
    ("gray bill, golden chest", {"beak": "grey", "breast": "yellow"}, {}),
    ("wings black, belly white", {"wing": "black", "belly": "white"}, {}),
    ("a bird with wings black and a belly white", {"wing": "black", "belly": "white"}, {}),
    ("a bird, mostly blue, with black wings", {"body": "blue", "wing": "black"}, {}),
    ("its crown is red while the belly is white", {"crown": "red", "belly": "white"}, {}),
    ("a black-winged, red-crowned blue bird", {"wing": "black", "crown": "red", "body": "blue"}, {}),
    ("a yellow-breasted bird", {"breast": "yellow"}, {}),
    ("a bird whose wings are black", {"wing": "black"}, {}),
    ("the wings of this bird are black", {"wing": "black"}, {}),
    ("the color of the bird is red", {"body": "red"}, {}),
    ("this bird's wings are black", {"wing": "black"}, {}),
    ("it's small and it is red. It has a tiny beak", {"body": "red"}, {"size": "small", "beak": "short"}),
    ("black feathers on its wings and tail", {"wing": "black", "tail": "black"}, {}),
    ("a bird with red feathers and black wings", {"body": "red", "wing": "black"}, {}),
    ("its feathers are red", {"body": "red"}, {}),
    ("its wing feathers are red", {"wing": "red"}, {}),
    ("its bill is yellow and short", {"beak": "yellow"}, {"beak": "short"}),
    ("a long, hooked, black bill", {"beak": "black"}, {"beak": "hooked"}),
    ("a short-tailed bird with a cone-shaped beak", {}, {"tail": "short", "beak": "cone"}),
    ("a medium-sized bird", {}, {"size": "medium"}),
    ("a navy bird with chestnut wings", {"body": "blue", "wing": "brown"}, {}),
    ("a red bird with white underparts", {"body": "red", "belly": "white", "breast": "white"}, {}),
    ("its underparts are white", {"belly": "white", "breast": "white"}, {}),
    ("a red crown and a blue crown", {"crown": "blue"}, {}),                                # the later wins
    ("a striped white breast", {"breast": "white"}, {"pattern": "striped"}),
    ("its belly is spotted", {}, {"pattern": "spotted"}),
    ("spots on its breast and red wings", {"wing": "red"}, {"pattern": "spotted"}),
    ("a bird with streaks, and barred wings", {}, {"pattern": "wing bars"}),                # the later wins
    ("black wings with wingbars", {"wing": "black"}, {"pattern": "wing bars"}),
    ("bars on its wings", {}, {"pattern": "wing bars"}),
    ("a plain brown bird", {"body": "brown"}, {"pattern": "plain"}),
    ("a bird with outstretched wings", {}, {"pose": "spread"}),
    ("its red wings are raised", {"wing": "red"}, {"pose": "spread"}),
    ("a white bird is floating on a lake", {"body": "white"}, {"pose": "swimming", "perch": "water"}),
    ("a bird in the water", {}, {"pose": "swimming", "perch": "water"}),
    ("a swimming bird on a branch", {}, {"perch": "branch"}),                               # the later wins
    ("a swimming bird with raised wings", {}, {"pose": "spread"}),
    ("a bird sits on a twig", {}, {"perch": "branch"}),
    ("a bird stands on the ground", {}, {"perch": "ground"}),
    ("a red bird and wings", {"body": "red"}, {}),
    ("black wings, bird on a branch", {"wing": "black"}, {"perch": "branch"}),
    ("a bird of red wings", {"wing": "red"}, {}),
    ("its bill is yellow, short and thick", {"beak": "yellow"}, {"beak": "cone"}),
    ("a red crown, spots and wings", {"crown": "red"}, {"pattern": "spotted"}),
    ("a red crown, wing bars and belly", {"crown": "red"}, {"pattern": "wing bars"}),
    ("a bird with spots and black wings", {"wing": "black"}, {"pattern": "spotted"}),
    ("it's red", {"body": "red"}, {}),
    ("", {}, {}),
    ("🐦🐦", {}, {}),
])
def test_a_learners_own_words(sentence, colours, shapes):
    reading = read_attributes(sentence)
    assert reading == Reading(colours, shapes) and read_attributes(normalise(sentence)) == reading


@pytest.mark.parametrize("sentence, unknown", [
    ("a purple dragon with black wings", ("purple", "dragon")), ("a black and white bird", ("black",)),
    ("its wings are black and white", ("white",)), ("a bird with a teal tail", ("teal",)),
    ("a bird with wigns that are blak", ("wigns", "blak")), ("a bird with red eyes", ("red", "eyes")),
    ("a bird with white wing bars", ("white",)), ("black stripes on its breast", ("black",)),
    ("a striped tail", ("striped",)), ("spotted wings", ("spotted",)),
    ("long legs and a short neck", ("long", "short")), ("a large beak", ("large",)),
    ("a raised tail", ("raised",)), ("a bird by the water", ("water",)),
    ("red on of the wings", ("red",)), ("the crown and wing bars are red", ("red",)),
    ("a bird with a white patch on its wing", ("white", "patch")),
    ("a magnificent red 새 with a magnificent crest", ("magnificent", "red", "새", "crest"))])
def test_what_cannot_be_drawn_is_not_claimed_to_be_understood(sentence, unknown):
    assert read_attributes(sentence).unknown == unknown


@pytest.mark.parametrize("sentence, colours, unknown", [
    ("a red crown and comb and wings", {"crown": "red"}, ("comb",)),
    ("red wings and a comb is blue", {"wing": "red"}, ("comb", "blue"))])
def test_a_thing_that_is_unknown_keeps_its_colour_to_itself(sentence, colours, unknown):
    assert read_attributes(sentence) == Reading(colours, {}, unknown)


@pytest.mark.parametrize("sentence, colours, unknown", [
    ("a bird with no red crown", {}, ("no", "red", "crown")),
    ("a bird without a red crown and with black wings", {"wing": "black"}, ("without", "red", "crown")),
    ("a red bird that isn't black, with a white belly", {"body": "red", "belly": "white"}, ("not", "black")),
    ("it doesn't have red wings but has a yellow beak", {"beak": "yellow"}, ("not", "red", "wings")),
    ("its wings are not red but black", {"wing": "black"}, ("not", "red")),
    ("red, not wings, tail", {}, ("red", "not", "wings")),
    ("neither red nor blue wings", {}, ("neither", "red", "nor", "blue", "wings")),
    ("a bird that is not swimming on water", {}, ("not", "swimming", "water"))])
def test_what_is_denied_is_not_drawn(sentence, colours, unknown):
    assert read_attributes(sentence) == Reading(colours, {}, unknown)


def test_the_captions_of_the_literature_are_accepted():
    birds, others = [read_attributes(teaser) for teaser in TEASERS[:2]], [read_attributes(t) for t in TEASERS[2:]]
    assert birds[0] == Reading({"breast": "pink", "crown": "pink", "wing": "black"}, {"size": "small"})
    assert birds[1] == Reading({"body": "black", "nape": "white"}, {}, ("magnificent", "red", "crest", "patch"))
    assert all(reading.empty and {"flower", "petals"} <= {*reading.unknown} for reading in others)


# Synonyms


@pytest.mark.parametrize("said, meant", [
    ("a tiny crimson bird with a golden bill", "a small red bird with a yellow bill"),
    ("a gray bird with feet, chest and head", "a gray bird with feet, chest and head"),
    ("This bird's plumage: pinkish!", "this bird bird, pink"),
    ("black primaries and secondaries", "black wings"),
    ("a black-winged bird with one wing-bar", "a black wings bird with bird wing bars")])
def test_synonyms_become_the_captions_words(said, meant):
    assert normalise(said) == meant


def test_every_synonym_means_words_that_the_reader_knows():
    for word, meaning in lexicon.SYNONYMS.items():
        assert lexicon.tokens(word) == lexicon.tokens(meaning), word
        assert {*lexicon.tokens(meaning)} <= EMPTY | HANDLERS.keys(), word


def test_every_word_of_the_captions_is_known(told):
    """No caption word is replaced by another, so that the encoder meets all of them."""
    words = {word for _, sentences in told for caption, _ in sentences for word in split(caption)}
    assert not words & lexicon.SYNONYMS.keys() and 60 <= len(words) <= 80


# Whatever is typed

KNOWN = sorted({*lexicon.SYNONYMS, *lexicon.COLOUR_WORDS, *lexicon.PART_WORDS, *lexicon.SIZE_WORDS, *lexicon.BREAKS,
                *lexicon.SHAPE_WORDS, *lexicon.MARK_WORDS, *lexicon.NEGATIONS, *lexicon.OTHER_THINGS, *lexicon.OVER,
                *lexicon.LINKS, *lexicon.FILLERS, "wing bars", "spread", "swimming", "water", "branch", ".", "dragon"})


@settings(deadline=None)
@given(st.text() | st.lists(st.sampled_from(KNOWN), max_size=25).map(" ".join))
@example("İ’n't 's -- ,,,")
@example("red on of bird wings")
def test_any_sentence_is_read_and_its_normal_form_means_the_same(sentence):
    reading, plain = read_attributes(sentence), normalise(sentence)
    assert read_attributes(plain) == reading and normalise(plain) == plain
    assert reading.colours.keys() <= {*PARTS, "body"} and {*reading.colours.values()} <= {*COLOURS}
    assert reading.shapes.keys() <= {"beak", "tail", "size", "pattern", "perch", "pose"}
    assert reading.empty == (not reading.colours and not reading.shapes)
    assert len(set(reading.unknown)) == len(reading.unknown) and {*reading.unknown} <= {*lexicon.tokens(sentence)}
    assert (reading.shapes.get("perch") == "water") == (reading.shapes.get("pose") == "swimming")


# Truth of a reading


def test_a_reading_is_true_where_all_of_it_holds():
    kind = species("train")[0]
    reading = Reading({"wing": kind.colour("wing"), "body": kind.body},
                      {"beak": kind.beak, "size": kind.size, "tail": kind.tail, "pattern": "plain",
                       "perch": "branch", "pose": "perched"})
    assert names_truth(reading, kind) and names_truth(reading, kind, "branch", "perched")
    assert not names_truth(reading, kind, "ground") and not names_truth(reading, kind, "branch", "spread")
    for what in ("beak", "size", "tail", "pattern"):
        assert not names_truth(Reading(reading.colours, reading.shapes | {what: "other"}), kind), what
    assert not names_truth(Reading({"wing": kind.colour("wing"), "crown": "other"}), kind)


# Scenes that a sentence is true of


@pytest.mark.parametrize("sentence", [
    "a red bird", "a small bird with a hooked beak on a branch", "a striped breast", "wings that are spread",
    "a blue bird with raised wings on the ground", "a bird swimming on the water", "a bird on the ground"])
def test_a_drawn_scene_agrees_with_all_that_was_read(sentence):
    reading, rng = read_attributes(sentence), np.random.default_rng(0)
    drawn = [matching_scene(reading, rng, level=3) for _ in range(20)]
    assert all(names_truth(reading, scene.species, scene.perch, scene.pose) for scene in drawn)
    assert {scene.level for scene in drawn} == {3} and len({scene.species.label for scene in drawn}) > 4
    assert all((scene.perch == "water") == (scene.pose == "swimming") for scene in drawn)


def test_what_a_sentence_leaves_open_varies():
    drawn = [matching_scene(Reading(), np.random.default_rng(i), level=3) for i in range(60)]
    assert {scene.pose for scene in drawn} == {"perched", "spread", "swimming"}
    assert {scene.perch for scene in drawn} == {"branch", "ground", "water"}


@pytest.mark.parametrize("sentence, level", [
    ("a bird swimming on the water", 2), ("a bird with raised wings", 1), ("a striped breast", 1)])
def test_a_sentence_that_is_true_of_nothing_in_its_level_is_refused(sentence, level):
    with pytest.raises(ValueError, match=rf"true of some species and pose of level {level}, got .*; name fewer"):
        matching_scene(read_attributes(sentence), np.random.default_rng(0), level)
