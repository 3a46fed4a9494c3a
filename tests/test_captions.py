"""Captions: never false, read back exactly, and a learner's own words."""

import pytest

from t2ilib.data.birds import World, species
from t2ilib.data.captions import describe, names_truth, normalise, read_attributes

SCENES = [World(0).scene(i, split) for split in ("train", "test") for i in range(400)]


def test_ten_captions_that_are_true_and_fully_understood():
    for scene in SCENES:
        captions = describe(scene)
        assert len(captions) == 10
        for caption in captions:
            reading = read_attributes(caption)
            assert names_truth(reading, scene.species, scene.perch), (caption, scene.species)
            assert not reading.unknown and not reading.empty, caption
            assert caption == caption.lower() and normalise(caption) in (caption.rstrip("."), _plain(caption))


def _plain(caption):
    return caption.rstrip(".").replace(",", "")


def test_a_caption_is_false_of_another_species():
    """The negative control: the truth test can fail."""
    wrong = sum(names_truth(read_attributes(caption), species("train")[(scene.species.label + 7) % 1000], scene.perch)
                for scene in SCENES[:200] for caption in describe(scene))
    assert wrong < 0.05 * 2000


def test_captions_name_small_and_large_parts():
    named = [part for scene in SCENES for caption in describe(scene) for part in read_attributes(caption).colours]
    shares = {part: named.count(part) / (10 * len(SCENES)) for part in set(named)}
    assert min(shares.values()) > 0.04 and 0.5 < shares["body"] < 0.65


@pytest.mark.parametrize("sentence, colours, shapes", [
    ("a small red bird with black wings and a short yellow beak",
     {"body": "red", "wing": "black", "beak": "yellow"}, {"size": "small", "beak": "short"}),
    ("A BLUE bird, with a WHITE belly, on a branch!", {"body": "blue", "belly": "white"}, {"perch": "branch"}),
    ("its wings are black and its belly is white", {"wing": "black", "belly": "white"}, {}),
    ("its wings and tail are black", {"wing": "black", "tail": "black"}, {}),
    ("its head is black", {"crown": "black", "nape": "black"}, {}),
    ("a bird with a black head", {"crown": "black", "nape": "black"}, {}),
    ("this bird is black with white belly and breast", {"body": "black", "belly": "white", "breast": "white"}, {}),
    ("gray bill, golden chest", {"beak": "grey", "breast": "yellow"}, {}),
    ("", {}, {}),
    ("🐦🐦", {}, {}),
])
def test_a_learners_own_words(sentence, colours, shapes):
    for said in (sentence, normalise(sentence)):           # the painter reads the second
        reading = read_attributes(said)
        assert reading.colours == colours and reading.shapes == shapes


@pytest.mark.parametrize("sentence, unknown", [
    ("a purple dragon with black wings", ("dragon", "purple")), ("a bird on the ground", ("ground",)),
    ("a black and white bird", ("black",))])
def test_what_cannot_be_drawn_is_not_claimed_to_be_understood(sentence, unknown):
    assert read_attributes(sentence).unknown == unknown


def test_unknown_words_are_reported_once_in_order():
    reading = read_attributes("a magnificent red 새 with a magnificent crest")
    assert reading.unknown == ("magnificent", "새", "crest", "red")


@pytest.mark.parametrize("said, meant", [
    ("a tiny crimson bird with a golden bill", "a small red bird with a yellow bill"),
    ("a bird with a black head", "a bird with a black crown and nape"),
    ("a black-winged bird", "a black winged bird")])
def test_synonyms_become_the_captions_words(said, meant):
    assert normalise(said) == meant
