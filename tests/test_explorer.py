"""The explorer and the caption reader without a browser: what they show, and that nothing typed becomes HTML."""

import asyncio
import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from t2ilib.data import draw
from t2ilib.data.birds import COLOURS, LEVELS, PARTS, World
from t2ilib.data.captions import describe, names_truth, read_attributes
from t2ilib.figures_world import mask_layer
from t2ilib.widgets import bird_view, explorer, latest, reader
from t2ilib.widgets.bird_view import explorer_view
from t2ilib.widgets.compose import OPTIONS, as_drawn, change, value_of
from t2ilib.widgets.explorer import GROUPS, START, Explorer
from t2ilib.widgets.reader import CaptionReader, find_bird, marked, reading_view, words

EVIL = '<img src=x onerror="alert(1)">&amp; <script>alert(2)</script>'
SWIMMER, FLYER = World(2, 3).scene(1, "test"), World(2, 3).scene(7, "test")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Small pictures, and no front end."""
    monkeypatch.setattr(bird_view, "SIDE", 64)
    monkeypatch.setattr(reader, "SIDE", 64)
    monkeypatch.delenv("T2I_STATIC", raising=False)


@pytest.fixture
def shown():
    return Explorer()


def pictures(html):
    """The pictures in a piece of HTML, as arrays."""
    codes = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(code)))) for code in codes]


def marks(sentence):
    """(word, role) of the words that have one."""
    return [(word.text, word.role) for word in words(sentence) if word.role]


# Changing one attribute


@pytest.mark.parametrize("what", [name for name in OPTIONS if name not in PARTS])
def test_every_value_can_be_chosen_and_nothing_else_of_the_species_changes(what):
    for value in OPTIONS[what]:
        changed = change(SWIMMER, what, value)
        assert value_of(changed, what) == value
        assert changed.species.colours == SWIMMER.species.colours
        assert change(changed, what, value) == changed


@pytest.mark.parametrize("part", PARTS)
def test_a_colour_changes_its_part_only(part):
    for colour in COLOURS:
        kind = change(START, part, colour).species
        assert kind.colour(part) == colour
        assert all(kind.colour(other) == START.species.colour(other) for other in PARTS if other != part)


@pytest.mark.parametrize("scene, what, value, pose, perch", [
    (FLYER, "pose", "swimming", "swimming", "water"),
    (FLYER, "perch", "water", "swimming", "water"),
    (SWIMMER, "pose", "spread", "spread", "branch"),
    (SWIMMER, "perch", "ground", "perched", "ground"),
    (FLYER, "perch", "ground", "spread", "ground"),
])
def test_a_bird_swims_exactly_on_the_water(scene, what, value, pose, perch):
    changed = change(scene, what, value)
    assert (changed.pose, changed.perch) == (pose, perch)


def test_a_larger_species_is_drawn_larger():
    sizes = [change(START, "size", size).scale for size in OPTIONS["size"]]
    assert sizes == sorted(sizes) and sizes[0] == START.scale
    assert sizes[2] / sizes[0] == pytest.approx(0.455 / 0.365)


@pytest.mark.parametrize("what, value, said", [("crown", "teal", "crown should be one of black"),
                                               ("size", "huge", "size should be one of small, medium, large"),
                                               ("crest", "red", "crest should be an attribute")])
def test_what_does_not_exist_is_refused(what, value, said):
    with pytest.raises(ValueError, match=said):
        change(START, what, value)


@pytest.mark.parametrize("level", LEVELS)
def test_scenes_of_the_world_are_drawn_as_they_are(level):
    for i in range(60):
        scene = World(2, level).scene(i, "test")
        assert as_drawn(scene) == scene


def test_a_level_drops_what_it_cannot_show():
    plain = as_drawn(change(change(SWIMMER, "level", 1), "sun", 1.0))
    assert (plain.pose, plain.perch, plain.species.pattern, plain.sun) == ("perched", "branch", "plain", 0.0)
    assert 0.48 <= plain.x <= 0.52
    second = as_drawn(change(FLYER, "level", 2))
    assert (second.pose, second.species.pattern) == ("perched", FLYER.species.pattern)


def test_a_bird_that_begins_to_swim_lies_level():
    steep = next(scene for scene in map(World(2, 3).scene, range(99)) if scene.tilt > 0.2 and scene.pose == "perched")
    assert as_drawn(steep) == steep
    assert as_drawn(change(steep, "pose", "swimming")).tilt == pytest.approx(0.088)


# The view


def test_the_view_shows_the_picture_its_captions_and_its_alt_text():
    view = explorer_view(FLYER)
    (shown_picture,) = pictures(view.html)
    assert np.array_equal(shown_picture, draw.render(FLYER, 64).image)
    plain = re.sub(r"<[^>]+>", "", view.html)
    assert all(caption in plain for caption in describe(FLYER)) and view.html.count("<li>") == 10
    assert 'alt="A small white bird facing right, spread on a branch;' in view.html
    assert "12 of 15 keypoints are visible" in view.text and describe(FLYER)[0] in view.text
    assert "<circle" not in view.html and "<rect" not in view.html


def test_hidden_keypoints_are_hollow():
    html = explorer_view(SWIMMER, ("keypoints",)).html
    titles = re.findall(r"<title>([^<]+)</title>", html)
    assert len(titles) == 15 and {title for title in titles if "hidden" in title} == {
        "left eye (hidden)", "left leg (hidden)", "left wing (hidden)", "right leg (hidden)"}
    assert html.count('fill="none"') == 2 * 4 and "11 visible keypoints" in html
    assert "○ hidden: left eye, left leg, left wing, right leg" in html
    assert all("hidden" in title for title in titles[:4])                # drawn first: a visible one lies above


def test_the_box_is_the_true_one():
    x, y, width, height = draw.render(FLYER, 64).box
    html = explorer_view(FLYER, ("box",)).html
    assert f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"' in html


def test_masks_lie_over_the_picture_and_have_a_legend():
    html = explorer_view(SWIMMER, ("masks",)).html
    assert np.array_equal(pictures(html)[1], mask_layer(draw.render(SWIMMER, 64).parts))
    legend = re.sub(r"<[^>]+>", "", html.split('class="t2i-legend">')[1])
    assert "4 wing" in legend and "legs" not in legend                   # a swimming bird has none to see
    assert re.findall(r"<text [^>]*>(\d+)</text>", html) == [str(i) for i in range(1, 10)]


def test_another_layer_is_refused():
    with pytest.raises(ValueError, match="show should be any of keypoints, box, masks"):
        explorer_view(FLYER, ("skeleton",))


# The explorer


def test_at_most_six_controls_are_seen(shown):
    for group in GROUPS:
        shown.group.value = group
        lists, more = shown.panel.children
        assert 1 + len(lists.children) + (bool(more.children) if group == "colours" else len(more.children)) <= 6
    assert set().union(*GROUPS.values()) | set(PARTS) == {"part", *OPTIONS}


def test_a_swatch_paints_the_chosen_part(shown):
    shown.controls["part"].value = "wing"
    assert shown.swatches["blue"].description == "✓ blue"
    before = shown.view.value
    shown.swatches["green"].click()
    assert shown.scene.species.colour("wing") == "green" and shown.view.value != before
    assert shown.swatches["green"].description == "✓ green" and shown.swatches["blue"].description == "blue"


def test_controls_follow_the_scene(shown):
    shown.controls["pose"].value = "swimming"
    assert shown.controls["perch"].value == "water" and shown.controls["perch"].disabled
    shown.controls["pose"].value = "spread"
    assert shown.scene.perch == shown.controls["perch"].value == "branch" and not shown.controls["perch"].disabled


def test_a_lower_level_greys_out_what_it_lacks_and_forgets_nothing(shown):
    shown.show(SWIMMER)
    shown.controls["level"].value = 1
    assert {name for name, control in shown.controls.items() if control.disabled} == {"pattern", "sun", "pose"}
    assert shown.controls["pattern"].value == "plain" and shown.controls["perch"].value == "branch"
    shown.controls["level"].value = 3
    assert (shown.scene.species, shown.scene.pose) == (SWIMMER.species, "swimming")


def test_layers_are_switched_on(shown):
    assert "<circle" in shown.view.value and len(pictures(shown.view.value)) == 1
    shown.layers["masks"].value, shown.layers["keypoints"].value = True, False
    assert len(pictures(shown.view.value)) == 2 and "<circle" not in shown.view.value


def test_surprise_and_reset(shown):
    first = shown.view.value
    shown.rng = np.random.default_rng(0)
    shown.controls["level"].value = 2
    shown.surprise()
    assert shown.scene.species.split == "test" and shown.scene.level == 2 and shown.view.value != first
    shown.reset()
    assert shown.view.value == first


def test_reset_goes_back_to_the_bird_it_began_with():
    shown = Explorer(SWIMMER)
    shown.surprise()
    shown.reset()
    assert shown.scene.species == SWIMMER.species and shown.controls["pose"].value == "swimming"


def test_the_old_picture_stays_while_the_new_one_is_drawn(shown, monkeypatch):
    old, seen = shown.view.value, {}

    def looking(*args):
        seen.update(view=shown.view.value, busy=shown.busy.value)
        return explorer_view(*args)

    monkeypatch.setattr(explorer, "explorer_view", looking)
    shown.swatches["pink"].click()
    assert seen["view"] == old and "drawing" in seen["busy"]
    assert shown.view.value != old and shown.busy.value == ""


def test_the_newest_value_wins(monkeypatch):
    """Within a pause only the last of several changes is drawn."""
    monkeypatch.setattr(latest, "PAUSE", 0.01)
    acts = []

    async def change_quickly():
        values, waiting = [], latest.Latest(lambda: acts.append(values[-1]))
        for value in (1, 2, 3):
            values.append(value)
            waiting.soon()
        assert acts == []
        await asyncio.sleep(0.05)
        waiting.soon()
        waiting.now()
        await asyncio.sleep(0.05)

    asyncio.run(change_quickly())
    assert acts == [3, 3]


def test_without_a_front_end_the_explorer_is_a_picture(shown):
    bundle = shown._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert len(pictures(bundle["text/html"])) == 1 and "from the left" in bundle["text/html"]
    assert describe(shown.scene)[0] in bundle["text/plain"]


# The caption reader


@pytest.mark.parametrize("sentence, expected", [
    ("This bird has a red crown.", [("red", "names"), ("crown", "names")]),
    ("a small red bird", [("small", "names"), ("red", "names"), ("bird", "names")]),
    ("a tiny crimson bird with a fluffy tail", [("tiny", "names"), ("crimson", "names"), ("bird", "names"),
                                                ("fluffy", "unknown")]),
    ("it isn't red", [("isn't", "unknown"), ("red", "unknown")]),
    ("swimming on the lake", [("swimming", "names"), ("lake", "names")]),
    ("its bill is short", [("bill", "names"), ("short", "names")]),
    ("a bird with wings", []),
    ("a black bird without black wings", [("black", "names"), ("bird", "names"), ("without", "unknown"),
                                          ("black", "unknown"), ("wings", "unknown")]),
])
def test_words_have_roles(sentence, expected):
    assert marks(sentence) == expected


def test_every_colour_of_every_caption_is_marked():
    """A colour word that no caption marks would be a word lost; nothing in a caption is unknown."""
    for i in range(40):
        for caption in describe(World(2, 3).scene(i, "test")):
            found = words(caption)
            assert not [word.text for word in found if word.role == "unknown"]
            assert all(word.role == "names" for word in found if word.meaning in COLOURS)


def test_the_marked_sentence_is_the_sentence():
    for sentence in ("A red, red bird!", "  odd   spaces  ", "don’t; a <b>bold</b> bird", ""):
        plain = re.sub(r"</?[us]>", "", marked(sentence))
        assert plain == sentence.replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("sentence", [
    "a red bird", "a large bird with spread wings", "a white bird swimming", "a bird on the water",
    "a bird on a branch", "a spotted bird with a hooked beak on the ground", ""])
def test_the_sentence_is_true_of_the_bird(sentence):
    reading = read_attributes(sentence)
    for number in range(12):
        scene, count, species = find_bird(reading, number)
        assert names_truth(reading, scene.species, scene.perch, scene.pose) and species == 1100
        assert (scene.pose == "swimming") == (scene.perch == "water")
        assert count == sum(names_truth(reading, kind) for kind in World(level=3).species())


def test_birds_of_one_sentence_differ():
    reading = read_attributes("a red bird")
    assert len({find_bird(reading, number).scene.species.name for number in range(12)}) > 3


def test_a_sentence_that_fits_no_species_gets_the_nearest_one():
    sentence = "a green bird with a pink nape, a blue belly, orange legs and a red throat"
    match = find_bird(read_attributes(sentence))
    assert match.true_species == 0
    facts = reader.truth(read_attributes(sentence), match.scene.species)
    best = max(sum(reader.truth(read_attributes(sentence), kind).values()) for kind in World(level=3).species())
    assert sum(facts.values()) == best < len(facts) == 5
    text = reading_view(sentence).text
    assert "✗ no species" in text and text.count("✓") == best and text.count("✗") == 1 + 5 - best


@pytest.mark.parametrize("sentence, said", [
    ("a tiny crimson bird", "read as: tiny → small, crimson → red"),
    ("a red bird with black wings", "body: red"),
    ("a red dragon", "not understood: red, dragon"),
    ("", "true of all 1,100 species"),
    ("", "(an empty sentence)"),
    (" ".join(f"word{i}" for i in range(20)), "word11 and 8 more"),
])
def test_the_view_says_how_it_was_read(sentence, said):
    assert said in reading_view(sentence).text


def test_what_is_typed_never_becomes_html():
    shown = CaptionReader(EVIL)
    for html in (shown.view.value, shown._repr_mimebundle_()["text/html"]):
        assert "<script" not in html and html.count("<img") == 1
    assert "http" not in shown.view.value and "url(" not in shown.view.value


def test_a_long_sentence_is_cut():
    assert "x" * 500 in reading_view("x" * 5000).text and "x" * 501 not in reading_view("x" * 5000).text


def test_typing_another_bird_and_reset():
    shown = CaptionReader("a red bird")
    first = shown.view.value
    shown.another()
    assert shown.view.value != first and shown.sentence.value == "a red bird"
    shown.sentence.value = "a blue bird"
    assert "body: blue" in shown.view.value
    shown.reset()
    assert (shown.sentence.value, shown.view.value) == ("a red bird", first)


def test_a_surprise_is_a_caption_of_the_world():
    shown = reader.caption_reader()
    shown.rng = np.random.default_rng(1)
    shown.surprise()
    assert shown.sentence.value != reader.START and read_attributes(shown.sentence.value).colours
    assert "no species" not in shown.view.value
