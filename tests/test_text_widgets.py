"""The widgets of chapter 4 without a browser: what they show is true of the pictures and of the encoder."""

import re

import numpy as np
import pytest
import torch
from panels import PanelRules, pictures

from t2ilib import sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.captions import names_truth, read_attributes
from t2ilib.figures_text import two_digits
from t2ilib.text.char_cnn import CharCnnConfig, CharCnnRnn
from t2ilib.text.joint import JointEmbedding
from t2ilib.widgets import rank_birds as ranks
from t2ilib.widgets.embedding_map import CaptionMap, embedding_map, map_view
from t2ilib.widgets.rank_birds import Gallery, Thing, gallery_of, rank, rank_birds, rank_view
from t2ilib.widgets.swap_word import LEFT_OUT, choices, part_meant, swap, swap_view, swap_word, swapped


@pytest.fixture(autouse=True)
def no_front_end(monkeypatch):
    monkeypatch.delenv("T2I_STATIC", raising=False)


@pytest.fixture(scope="module")
def data():
    """200 birds of level 1, two of each unseen species."""
    return rendered.load(World(2, 1), "test", 200, 64)


@pytest.fixture(scope="module")
def gallery(data):
    """Seen by the shipped encoder, and by one of letters that has learned nothing."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        untrained = JointEmbedding(CharCnnRnn(CharCnnConfig(text_dim=16, widths=(8, 8, 8)))).eval()
    return Gallery(data, {"bilstm": sample.load_joint("bilstm"), "untrained": untrained})


@pytest.fixture(params=["rank", "map", "swap"])
def shown(request, gallery):
    """Each of the three, and a change that must be seen."""
    made = {"rank": rank_birds, "map": embedding_map, "swap": swap_word}[request.param](gallery)
    return made, lambda: setattr(made.sentence, "value", "a green bird with a red belly")


class TestPanels(PanelRules):
    """What holds for all widgets."""


def test_the_picture_follows_the_sentence_and_the_encoder_and_reset_undoes_it(shown):
    made, change = shown
    first = made.view.value
    change()
    second = made.view.value
    assert second != first and made.busy.value == ""
    made.encoder.value = "untrained"
    assert made.view.value not in (first, second)
    made.reset()
    assert made.view.value == first


@pytest.mark.parametrize("said", ["", "   ", ";;\n", "?!", "é ß 鳥", "<script>alert(1)</script>", "red " * 3000])
def test_any_sentence_is_taken(shown, said):
    made, _ = shown
    for encoder in made.gallery.joints if hasattr(made, "gallery") else made.captions.gallery.joints:
        made.encoder.value = encoder
        made.sentence.value = said
        assert "nan" not in made.view.value and "<script>" not in made.view.value
        assert "<script>" not in made._repr_mimebundle_()["text/html"]


# The gallery


def test_every_picture_is_encoded_once_for_each_encoder(data, gallery, monkeypatch):
    fresh, encoded = Gallery(data, gallery.joints), []
    encode = fresh.joints["bilstm"].image_encoder.forward
    monkeypatch.setattr(fresh.joints["bilstm"].image_encoder, "forward", lambda x: encoded.append(len(x)) or encode(x))
    for _ in range(3):
        fresh.scores("bilstm", ["a red bird"])
    assert sum(encoded) == 200


def test_a_data_set_is_seen_by_all_shipped_encoders_and_kept(data, gallery):
    made = gallery_of(data)
    assert list(made.joints) == ranks.shipped_encoders() and "bilstm" in made.joints
    assert gallery_of(data) is made and gallery_of(gallery) is gallery


def test_the_score_of_several_sentences_is_that_of_their_mean(gallery):
    sentences = ["a red bird", "a bird with black wings"]
    joint = gallery.joints["bilstm"]
    mean = joint.text_encoder.encode(sentences).mean(0, keepdim=True)
    expected = joint.scores(mean, gallery.pictures("bilstm"))[0].numpy()
    assert np.allclose(gallery.scores("bilstm", sentences), expected, atol=1e-6)
    assert not np.allclose(gallery.scores("bilstm", sentences[:1]), expected, atol=1e-2)


def test_the_facts_are_those_of_the_species(gallery, data):
    kinds = {kind.label: kind for kind in World(level=1).species("all")}
    for row in range(0, 200, 17):
        kind = kinds[data.labels[row]]
        for part in (*PARTS, "body"):
            assert gallery.fact(row, Thing(part, "red")) == kind.colour(part)
        assert gallery.fact(row, Thing("beak", "short")) == kind.beak
        assert gallery.fact(row, Thing("size", "small")) == kind.size
        assert gallery.fact(row, Thing("perch", "branch")) == ("branch", "ground", "water")[data.factor("perch")[row]]


# Ranking


def test_the_best_come_first_and_the_marks_are_the_truth(gallery, data):
    said = "a small blue bird with a white belly on a branch"
    found, reading = rank(gallery, said), read_attributes(said)
    scores = gallery.scores("bilstm", [said])
    assert np.array_equal(found.rows, np.argsort(-scores)[:8]) and (np.diff(found.scores) <= 0).all()
    for row, marks in zip(found.rows, found.marks):
        kind, perch = gallery.species(row), ("branch", "ground", "water")[data.factor("perch")[row]]
        assert all(mark.holds for mark in marks) == names_truth(reading, kind, perch, "perched")
        assert {mark.named for mark in marks} == {"blue body", "white belly", "small", "on a branch"}
        assert all(mark.holds != bool(mark.instead) for mark in marks)


def test_the_shipped_encoder_finds_what_the_untrained_one_does_not(gallery):
    right = {}
    for encoder in gallery.joints:
        marks = [mark for colour in COLOURS for own in rank(gallery, f"a {colour} bird", encoder).marks for mark in own]
        right[encoder] = np.mean([mark.holds for mark in marks])
    assert right["bilstm"] > 0.8 > 0.3 > right["untrained"]


def test_how_rare_such_birds_are_is_counted(gallery, data):
    kinds = [gallery.species(row) for row in range(200)]
    red = sum(kind.body == "red" for kind in kinds)
    found = rank(gallery, "a red bird")
    assert found.true == red > 0
    right = sum(own[0].holds for own in found.marks)
    assert f"true of {right} of these 8, and of {red} of the 200 pictures" in rank_view(gallery, "a red bird").text
    assert "None of the 200 pictures" in rank_view(gallery, "a red bird; a blue bird").text


def test_sentences_are_parted_by_lines_and_semicolons():
    assert ranks.sentences_of(" a red bird ;a bird\n\nblue wings;") == ["a red bird", "a bird", "blue wings"]
    assert ranks.sentences_of(" ;\n") == [""]
    assert len(ranks.sentences_of("a;" * 50)) == 10 and len(ranks.sentences_of("x" * 9000)[0]) == 500


def test_what_was_not_understood_is_told_for_both_readers(gallery):
    view = rank_view(gallery, "a magnificent red bird; not blue")
    assert "The encoder was never shown: magnificent, not" in view.text
    assert "The marks leave out: magnificent, not, blue" in view.text and "The mean of 2 sentences." in view.text
    by_letters = rank_view(gallery, "a magnificent réd bird", "untrained")
    assert "The encoder was never shown: é" in by_letters.text
    assert "never shown" not in rank_view(gallery, "a red bird").text
    many = ranks.listed("left out", [f"word{i}" for i in range(30)])
    assert many[0].endswith("word11 and 18 more")


def test_nothing_named_is_no_mark(gallery):
    assert "nothing that can be checked" in rank_view(gallery, "how are you").text
    assert "The sentence is empty" in rank_view(gallery, "").text


def test_a_hidden_part_is_called_so(gallery, data, monkeypatch):
    row = 3
    monkeypatch.setattr(gallery, "hides", lambda index, part: part == "legs")
    marks = ranks.judge(gallery, row, [Thing("legs", gallery.species(row).colour("legs")), Thing("size", "small")])
    assert marks[0].named.endswith("legs (hidden)") and marks[0].holds and "hidden" not in marks[1].named
    monkeypatch.undo()
    assert not gallery.hides(row, "body")
    assert gallery.hides(row, "legs") == (1 + PARTS.index("legs") not in data.parts[row])


def test_the_pictures_are_those_of_the_gallery(gallery, data):
    made = rank_birds(gallery, "a red bird")
    rows = rank(gallery, "a red bird").rows
    assert np.array_equal(np.stack(pictures(made.view.value)), data.images[rows])


# The map


def test_a_sentence_of_the_map_is_its_own_neighbour(gallery):
    captions = CaptionMap(gallery)
    near = captions.nearest(captions.captions[7], "bilstm")
    assert near[0].cosine == pytest.approx(1, abs=1e-5) and len(near) == 5
    assert captions.captions[7] in [own.caption for own in near if own.cosine > 0.9999]
    assert [own.cosine for own in near] == sorted((own.cosine for own in near), reverse=True)


def test_each_caption_stands_with_its_species(gallery, data):
    captions = CaptionMap(gallery)
    assert len(captions.captions) == 200
    for i, (caption, kind) in enumerate(zip(captions.captions, captions.kinds)):
        assert caption in data.captions[i] and kind.label == data.labels[i]


def test_the_map_names_the_neighbours_and_the_unknown(gallery):
    captions = CaptionMap(gallery)
    view = map_view(captions, "a magnificent red bird")
    for near in captions.nearest("a magnificent red bird", "bilstm"):
        assert f"{two_digits(near.cosine)} · {near.species}: {near.caption}" in view.text
    assert "never shown: magnificent" in view.text and view.html.count("<circle") == 200
    assert view.html.count("<path") == 1 and "your sentence" in view.html


def test_the_kind_of_map_is_a_choice(gallery):
    made = embedding_map(gallery)
    first = made.view.value
    made.by.value = "t-SNE"
    assert made.view.value != first and made.settings()["map"] == "t-SNE"


# The swap


@pytest.mark.parametrize("place, word, after", [
    (1, "blue", "a blue bird with an orange beak, and legs"),
    (1, "orange", "an orange bird with an orange beak, and legs"),
    (5, "red", "a red bird with a red beak, and legs"), (8, LEFT_OUT, "a red bird with an orange beak, and"),
    (0, "the", "the red bird with an orange beak, and legs"), (2, LEFT_OUT, "a red with an orange beak, and legs")])
def test_one_word_is_swapped_and_its_article_with_it(place, word, after):
    assert swapped("a red bird with an orange beak, and legs", place, word) == after


def test_a_place_outside_the_sentence_is_refused():
    with pytest.raises(ValueError, match="0 to 1 in 'red bird', got 2; count"):
        swapped("red bird", 2, "blue")


def test_words_are_swapped_for_others_of_their_kind():
    assert set(choices("red")) == {*COLOURS, "zebra", LEFT_OUT} - {"red"}
    assert "belly" in choices("wings") and "wings" not in choices("wing") and "red" not in choices("wings")
    assert choices("small")[:2] == ["medium", "large"]
    assert "grey" not in choices("gray") and "blue" in choices("the")


def test_the_part_is_the_one_whose_colour_changes():
    assert part_meant("a red bird with black wings", "a red bird with blue wings") == "wing"
    assert part_meant("a red bird with black wings", "a blue bird with black wings") == "body"
    assert part_meant("a red bird", "a small bird") == "body"
    assert part_meant("a bird with black wings", "a bird with black legs") == "body"     # two parts change


def test_the_bars_are_the_mean_scores(gallery):
    said, after = "a bird with red wings", "a bird with blue wings"
    seen = swap(gallery, said, 3, "blue")
    assert (seen.before, seen.after, seen.part) == (said, after, "wing")
    for sentence, side in ((said, 0), (after, 1)):
        scores = gallery.scores("bilstm", [sentence])
        for colour, pair in seen.scores.items():
            rows = [row for row in range(200) if gallery.species(row).colour("wing") == colour]
            assert pair[side] == pytest.approx(scores[rows].mean(), abs=1e-6)


def test_the_shipped_encoder_follows_the_word(gallery):
    followed = 0
    for old, new in zip(COLOURS, [*COLOURS][1:]):
        view = swap_view(swap(gallery, f"a bird with {old} wings", 3, new))
        followed += f"Nearest before was a {old} wing. Now it is a {new} wing." in view.text
    assert followed >= 9
    still = swap_view(swap(gallery, "a red bird", 0, "the"))
    assert "It is still a red body." in still.text


def test_the_largest_change_is_told_with_its_sign(gallery):
    seen = swap(gallery, "a bird with red wings", 3, "blue")
    moves = {colour: after - before for colour, (before, after) in seen.scores.items()}
    most = max(moves, key=lambda colour: abs(moves[colour]))
    assert f"The largest change is {two_digits(moves[most])}, for {most}." in swap_view(seen).text


def test_a_bar_is_as_long_as_its_score(gallery):
    seen = swap(gallery, "a bird with red wings", 3, "blue")
    html = swap_view(seen).html
    bars = re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)" height="11"', html)[2:]      # two are the legend
    widths = [float(width) for width in bars]
    values = [abs(value) for pair in seen.scores.values() for value in pair]
    assert np.allclose(np.array(widths) / max(widths), np.array(values) / max(values), atol=2e-3)
    assert all(-1 <= float(x) <= 804 for x in re.findall(r' x="([\d.-]+)"', html))


def test_the_menus_follow_the_sentence(gallery):
    made = swap_word(gallery, "a red bird with black wings")
    assert made.word.value == 1 and made.other.value == "blue"
    made.word.value = 5
    assert "belly" in made.other.options
    made.sentence.value = "green legs"
    assert [word for word, _ in made.word.options] == ["1: green", "2: legs"] and made.word.value == 0
    assert made.settings() == {"sentence": "green legs", "word": "1: green", "becomes": "blue", "encoder": "bilstm"}
    made.sentence.value = "  "
    assert "There is no word to swap" in made.view.value
