"""Retrieval: an embedding that knows all truth reaches every ceiling, a collapsed one every floor."""

import re

import numpy as np
import pytest
import torch

from t2ilib import sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.captions import names_truth, read_attributes
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics import caption_truth, measures, retrieval, word_swaps
from t2ilib.metrics.caption_truth import agreement, true_of, wearing
from t2ilib.metrics.retrieval import Embedded
from t2ilib.text.joint import retrieval_wins

FACTS = [(name, value) for name, values in {**FACTORS, "body": tuple(COLOURS)}.items() for value in values]


class Knowing:
    """Stands in for a joint embedding: its scores count what a caption says that is true."""

    @property
    def text_encoder(self):
        return self

    def encode(self, captions):
        said = [caption_truth.named(caption).items() for caption in captions]
        return torch.tensor([[float(fact in facts) for fact in FACTS] for facts in said])

    @staticmethod
    def scores(text, image):
        return text @ image.T


@pytest.fixture(scope="module")
def data():
    return rendered.load(World(2, 3), "test", 200, 64)


@pytest.fixture(scope="module")
def knowing(data):
    image = torch.tensor(np.stack([wearing(data, *fact) for fact in FACTS], axis=1)).float()
    return embedded(data, image, Knowing().encode([caption for said in data.captions for caption in said]))


def embedded(data, image, text):
    return Embedded(Knowing(), data, image, text, np.repeat(np.arange(len(data)), 10))


@pytest.fixture(scope="module")
def collapsed(knowing):
    """Every picture and every caption is the same vector."""
    return embedded(knowing.data, torch.ones_like(knowing.image), torch.ones_like(knowing.text))


# --- generated pictures -------------------------------------------------------------------------------------------

class Painted(Knowing):
    """Its pictures are vectors already."""

    training = True

    def eval(self):
        return self

    train = image_encoder = staticmethod(lambda value: value)


def test_r_precision_of_who_paints_what_is_asked_and_of_who_does_not(data, knowing):
    captions, wearing_it = [said[0] for said in data.captions], knowing.image
    asked = Painted().encode(captions)
    right, shifted = (retrieval.r_precision(Painted(), images, captions, asked, data.labels)
                      for images in (wearing_it, wearing_it.roll(50, 0)))
    blank = retrieval.r_precision(Painted(), torch.ones_like(wearing_it), captions, wearing_it, data.labels)
    assert right.value > 0.5 > 0.1 > shifted.value and right.n == 200 and right.floor == 0.01
    assert blank.ceiling == right.value and blank.value < 0.1


def test_the_own_caption_competes_with_those_of_other_species_only(data):
    trials = retrieval.caption_trials(data.labels)
    assert trials.shape == (200, 100) and (trials[:, 0] == np.arange(200)).all()
    assert (data.labels[trials[:, 1:]] != data.labels[:, None]).all()
    assert all(len(set(row)) == 100 for row in trials)
    few = retrieval.caption_trials(np.array([0, 0, 0, 1]))
    assert few.shape == (4, 2) and few[3, 1] in (0, 1, 2)


# --- the oracle ---------------------------------------------------------------------------------------------------

def test_the_oracle_agrees_with_the_truth_of_the_world(data):
    captions = [said[1] for said in data.captions[:80]]
    kinds = {kind.label: kind for kind in World(level=3).species("test")}
    table = true_of(captions, data)
    for caption, row in zip(captions, table):
        reading = read_attributes(caption)
        for i, label in enumerate(data.labels):
            place = (FACTORS[name][data.factor(name)[i]] for name in ("perch", "pose"))
            assert row[i] == names_truth(reading, kinds[label], *place), caption
    assert table[np.arange(80), np.arange(80)].all() and 0 < table.mean() < 0.2


def test_a_sentence_that_says_nothing_is_true_of_all(data):
    assert true_of(["hello there"], data).all() and (agreement(["hello there"], data) == 1).all()


def test_agreement_counts_what_is_true(data):
    said = data.captions[0][0]
    share, count = agreement([said], data)[0], len(caption_truth.named(said))
    assert share[0] == 1 and set(np.round(share * count, 6)) <= set(range(count + 1))
    assert np.array_equal(share == 1, true_of([said], data)[0])


def test_the_ceiling_of_retrieval_is_the_one_of_the_cards(knowing):
    expected = measures.oracle_retrieval(knowing.data, knowing.trials).mean()
    assert retrieval.own_picture(knowing).ceiling == pytest.approx(expected)


# --- ceilings and floors ------------------------------------------------------------------------------------------

@pytest.mark.parametrize("measure", [
    retrieval.own_picture, retrieval.pair_ranking, lambda e: retrieval.own_picture(e, 4),
    lambda e: retrieval.caption_gain(e, 1, 4)])
def test_who_knows_all_truth_reaches_the_ceiling(knowing, measure):
    score = measure(knowing)
    assert score.value == pytest.approx(score.ceiling) and score.value > score.floor + 0.05
    assert score.low <= score.value <= score.high and score.n == 200


def test_who_knows_all_truth_finds_classes_too(knowing):
    assert retrieval.class_retrieval(knowing).value > 0.95 and retrieval.class_retrieval(knowing).n == 100
    found = retrieval.top_1(knowing)
    assert found["f_v"].value > 0.95 and found["f_v"].n == 200
    assert 0.5 < found["f_t"].value and found["f_t"].ceiling > 0.5 and found["f_t"].n == 2000


def test_a_collapsed_embedding_gets_what_guessing_gets(collapsed):
    found = [retrieval.class_retrieval(collapsed), *retrieval.top_1(collapsed).values(),
             retrieval.own_picture(collapsed), retrieval.own_text(collapsed), retrieval.pair_ranking(collapsed),
             retrieval.pair_gap(collapsed)["gap"]]
    assert [score.value for score in found] == pytest.approx([score.floor for score in found], abs=1e-6)
    assert [score.floor for score in found] == pytest.approx([0.01, 0.01, 0.01, 0.01, 0.01, 0.5, 0])
    assert retrieval.pair_gap(collapsed)["distance"].value == pytest.approx(0, abs=1e-3)


def test_a_shifted_pairing_is_found_out(knowing):
    shifted = embedded(knowing.data, knowing.image.roll(1, 0), knowing.text)
    assert retrieval.own_picture(shifted).value < 0.05 < retrieval.own_picture(knowing).value
    assert retrieval.class_retrieval(shifted).value < 0.1
    assert abs(retrieval.pair_ranking(shifted).value - 0.5) < 0.1


def test_the_shipped_encoder_has_the_retrieval_of_its_card_by_the_same_trials(data):
    joint = sample.load_joint("bilstm")
    space = retrieval.embed(joint, data)
    assert space.image.shape == (200, 256) and space.text.shape == (2000, 256)
    assert retrieval.own_picture(space).value == pytest.approx(retrieval_wins(joint, data, space.trials).mean())
    scores = retrieval.measure(space)
    assert scores["own picture, 1"].value < scores["own picture, 4"].value
    assert scores["class retrieval"].value > 0.5 and scores["pair ranking"].value > 0.9


# --- the pieces ---------------------------------------------------------------------------------------------------

def test_precision_takes_as_many_as_the_class_has_and_shares_the_last_places(monkeypatch):
    labels = np.array([1, 1, 1, 2, 2])
    scores = np.array([[5.0, 3, 0, 4, 3], [0, 0, 0, 9, 8]])
    assert retrieval.class_precision(scores, labels).tolist() == pytest.approx([(1 + 0.5) / 3, 1])
    monkeypatch.setattr(retrieval, "TOP", 1)
    assert retrieval.class_precision(scores, labels).tolist() == [1, 1]
    assert retrieval.class_precision(np.zeros((2, 5)), labels).tolist() == pytest.approx([0.6, 0.4])


def test_the_choice_is_divided_among_the_best():
    scores = np.array([[3, 1, 2], [3, 3, 1], [0, 0, 0], [1, 2, 0]])
    assert retrieval.chosen(scores, np.zeros(4, int)).tolist() == pytest.approx([1, 1 / 2, 1 / 3, 0])


def test_pair_ranking_counts_all_pairs():
    rng = np.random.default_rng(0)
    scores, own = rng.integers(4, size=(6, 9)), np.zeros((6, 9), bool)
    own[:, [1, 4, 5]] = True
    expected = [np.mean([(a > b) + (a == b) / 2 for a in row[mine] for b in row[~mine]])
                for row, mine in zip(scores, own)]
    assert retrieval.ranked_above(scores, own) == pytest.approx(expected)


def test_further_captions_are_the_pictures_own_and_begin_with_that_of_the_trial(knowing):
    rows, said = knowing.some(10), [caption for own in knowing.data.captions for caption in own]
    assert [said[row] for row in rows[:, 0]] == knowing.trials.captions
    assert (rows // 10 == np.arange(200)[:, None]).all() and (np.sort(rows % 10) == np.arange(10)).all()
    assert np.array_equal(knowing.some(4), rows[:, :4])
    with pytest.raises(ValueError, match="should be 1 to 10.*got 11"):
        knowing.some(11)


def test_the_gap_and_the_distance_are_those_of_vectors_of_length_1(knowing):
    found = retrieval.pairs(knowing)
    text, image = knowing.text[knowing.some(1)[0, 0]].numpy(), knowing.image[0].numpy()
    cosine = text @ image / np.linalg.norm(text) / np.linalg.norm(image)
    apart = np.linalg.norm(text / np.linalg.norm(text) - image / np.linalg.norm(image))
    assert found.matched[0] == pytest.approx(cosine, abs=1e-6)
    assert found.distances[0][0] == pytest.approx(apart, abs=1e-5)
    scores = retrieval.pair_gap(knowing)
    assert scores["gap"].value == pytest.approx(found.matched.mean() - found.mismatched.mean(), abs=1e-6)
    assert scores["distance"].lower_is_better and scores["distance"].value < scores["distance"].floor


# --- changed sentences --------------------------------------------------------------------------------------------

def test_a_swap_changes_one_part_and_has_an_answer(data):
    swaps = word_swaps.colour_swaps(data, 40, seed=3)
    assert len(swaps) == 40 and swaps == word_swaps.colour_swaps(data, 40, seed=3)
    for swap in swaps:
        old, new = (read_attributes(sentence) for sentence in (swap.before, swap.after))
        assert swap.before in data.captions[swap.row] and old.shapes == new.shapes
        assert {**old.colours, swap.part: swap.colour} == new.colours != old.colours
        assert true_of([swap.after], data).sum() >= word_swaps.NEAREST
        changed = [pair for pair in zip(swap.before.split(), swap.after.split()) if pair[0] != pair[1]]
        assert len(changed) == 1 or {pair[0] for pair in changed} & {"a", "an"}
    assert {swap.part for swap in swaps} <= {*PARTS, "body"} and len({swap.colour for swap in swaps}) > 4


def test_retrieval_of_who_knows_follows_the_word_and_of_who_is_deaf_does_not(knowing, collapsed):
    swaps = word_swaps.colour_swaps(knowing.data, 40)
    score = word_swaps.colour_swap(knowing, swaps)
    assert (score.value, score.ceiling, score.n) == (1, 1, 40) and score.floor < 0.2
    deaf = word_swaps.colour_swap(collapsed, swaps)
    assert deaf.value == deaf.floor < 0.3
    unchanged = word_swaps.colour_swap(knowing, [swap._replace(after=swap.before) for swap in swaps])
    assert unchanged.value == score.floor


@pytest.mark.parametrize("sentence, colour, expected", [
    ("a red bird", "orange", "an orange bird"), ("an orange bird", "blue", "a blue bird"),
    ("black wings", "orange", "orange wings"), ("a gray beak", "pink", "a pink beak")])
def test_the_article_goes_with_the_word(sentence, colour, expected):
    assert word_swaps.exchange(sentence, word_swaps.COLOUR.search(sentence), colour) == expected


def test_too_few_pictures_have_too_few_swaps(monkeypatch):
    monkeypatch.setattr(word_swaps, "TRIES", 3)
    with pytest.raises(ValueError, match="30 colour words should be swapped, but only"):
        word_swaps.colour_swaps(rendered.load(World(2, 1), "test", 4, 64), 30)


def test_shuffled_letters_stay_in_their_words_and_shuffled_words_stay_words():
    caption = "this bird has a short yellow beak, and black wings."
    letters, words = word_swaps.shuffle_letters(caption), word_swaps.shuffle_words(caption)
    assert letters != caption and letters == word_swaps.shuffle_letters(caption)
    assert [sorted(word) for word in letters.split()] == [sorted(word) for word in caption.split()]
    assert words.split() != re.findall(r"\w+", caption) and sorted(words.split()) == sorted(re.findall(r"\w+", caption))


def test_who_knows_words_is_lost_when_their_letters_are_shuffled(knowing):
    lost, intact = retrieval.own_picture(knowing, change=word_swaps.shuffle_letters), retrieval.own_picture(knowing)
    assert lost.value < 0.2 * intact.value and lost.ceiling == intact.ceiling
