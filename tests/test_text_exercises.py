"""Exercises of chapter 04: what their checks rest on. What learners answer is in `text_learners`."""

import numpy as np
import pytest
import text_learners
import torch

from t2ilib import checkpoint, exercises
from t2ilib.data.birds import COLOURS
from t2ilib.exercises import Exercise, text_diagnosis, text_experiment, text_training
from t2ilib.exercises.answers import text_captions, text_classes, text_losses, text_reading
from t2ilib.losses import matching_loss, structured_loss
from t2ilib.text import structured
from t2ilib.text.characters import ALPHABET, LONGEST, Characters
from t2ilib.text.joint import JointEmbedding

CHAPTER = [value for module in dir(exercises) if module.startswith("text_")
           for value in vars(getattr(exercises, module)).values() if isinstance(value, Exercise)]
each_cause = pytest.mark.parametrize("cause", text_diagnosis.CAUSES)


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("T2I_STATIC", "1")


def test_the_chapter_is_whole():
    assert len(CHAPTER) >= 9
    assert {exercise.id for exercise in CHAPTER} == set(text_learners.RIGHT) == set(text_learners.MISTAKES)
    assert all(len(text_learners.MISTAKES[exercise.id]) >= 8 for exercise in CHAPTER)
    assert 6 <= len(exercises.text_quiz.quiz.questions) <= 8


# The solutions agree with the library


def test_characters_agree_with_the_tokenizer():
    captions = ["This bird is Blue-grey; it's 10 cm!", "", "é", "x" * 300]
    assert torch.equal(text_reading.characters(captions, ALPHABET, LONGEST), Characters().encode(captions))


def test_emb_09_classes_and_precision_agree_with_the_library():
    stream = torch.Generator().manual_seed(0)
    images, texts = torch.randn(2, 40, 6, generator=stream)
    labels = torch.randint(10, 15, (40,), generator=stream)
    assert torch.equal(text_classes.classify(images, texts, labels), structured.classify(images, texts, labels))
    classes, means = structured.class_means(texts, labels)
    got = text_classes.precision_at(means @ images.T, labels, classes, 7)
    assert torch.allclose(got, structured.precision_at(images, labels, texts, labels, top=7))


def test_emb_05_and_10_losses_agree_with_the_library():
    stream = torch.Generator().manual_seed(1)
    texts, images = torch.randn(2, 9, 6, generator=stream)
    labels = torch.randint(4, (9,), generator=stream)
    scores = texts @ images.T
    assert torch.allclose(text_losses.hinge(scores, labels),
                          structured_loss(scores, labels) + structured_loss(scores.T, labels))
    assert torch.allclose(text_losses.matching(texts, images, labels, 0.1),
                          matching_loss(10 * JointEmbedding.scores(texts, images), labels))


def test_emb_07_the_mean_caption_scores_as_the_mean_of_scores():
    said = [torch.randn(5, 6, generator=torch.Generator().manual_seed(2))]
    image = torch.randn(6, generator=torch.Generator().manual_seed(3))
    mean = said[0].mean(0)
    assert torch.allclose(text_captions.picture_vectors(said, 5)[0] @ image * mean.norm(), (said[0] @ image).mean(),
                          atol=1e-5)


@pytest.mark.parametrize("sentence, count", [("a red bird with black wings", 2), ("a bird", 0), ("", 0),
                                             ("white, white and WHITE", 3)])
def test_swaps_differ_in_one_word(sentence, count):
    pairs = text_captions.swap_pairs(sentence, "pink", tuple(COLOURS))
    assert len(pairs) == count
    for first, second in pairs:
        assert first == sentence
        assert sum(a != b for a, b in zip(first.split(), second.split(), strict=True)) == 1


# The training step


def test_a_stage_is_a_function_of_its_seed():
    first, second, other = text_training.Stage(1), text_training.Stage(1), text_training.Stage(2)
    assert torch.equal(first.draw().image, second.draw().image)
    weights = [next(stage.encoders[0].parameters()) for stage in (first, second, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_a_batch_of_the_stage_holds_one_class_twice():
    labels = text_training.Stage().draw().labels
    assert len(labels) - len(labels.unique()) == 1


def test_the_copies_of_a_move_are_from_before_it():
    stage = text_training.Stage()
    before = next(stage.encoders[1].parameters()).clone()
    (move,), _ = stage.play(text_learners.step_in_words)
    assert torch.equal(next(move.encoders[1].parameters()), before)
    assert not torch.equal(next(stage.encoders[1].parameters()), before)


# The diagnosis


@each_cause
def test_a_retrieval_is_a_function_of_cause_and_seed(cause):
    made = text_diagnosis.retrieval.__wrapped__
    once, again, other = made(cause, 3), made(cause, 3), made(cause, 4)
    assert all(np.array_equal(a, b) for a, b in zip(once[:5], again[:5]))
    assert not np.array_equal(once.scores, other.scores)


@each_cause
def test_a_retrieval_holds_together(cause):
    one = text_diagnosis.retrieval(cause, 5)
    products = one.texts @ one.images.T
    if cause != "length":
        products /= np.linalg.norm(one.texts, axis=1)[:, None] * np.linalg.norm(one.images, axis=1)
    assert np.allclose(one.scores, products)
    assert np.isin(one.labels, one.trained).any() == (cause == "train species")
    assert (one.labels[1:] != one.labels[:-1]).all()
    assert (np.bincount(one.labels)[np.unique(one.labels)] == text_diagnosis.EACH).all()


def test_an_unknown_cause_is_refused():
    with pytest.raises(ValueError, match="got 'tired'; choose one of them"):
        text_diagnosis.retrieval("tired", 0)


def test_a_learner_sees_one_retrieval_of_each_cause_and_is_judged_on_others():
    shown = text_diagnosis.shown()
    assert tuple(shown) == text_diagnosis.CAUSES and {one.seed for one in shown.values()} == {text_diagnosis.SHOWN}

    def by_heart(scores, *_):
        return next((cause for cause, one in shown.items() if np.array_equal(one.scores, scores)), "healthy")

    assert "NO" in [result.mark for result in text_diagnosis.find_cause.judge(by_heart)]


def test_an_answer_cannot_spoil_the_retrievals():
    def spoils(*arrays):
        for array in arrays:
            array[:] = 0
        return "healthy"

    text_diagnosis.find_cause.judge(spoils)
    assert all(text_diagnosis.retrieval(cause, 1).scores.any() for cause in text_diagnosis.CAUSES)


def test_the_solution_holds_for_seeds_that_no_check_asks_for():
    from t2ilib.exercises.answers.text_diagnosis import find_cause

    right = [find_cause(*text_diagnosis.retrieval.__wrapped__(cause, seed)[:5]) == cause
             for cause in text_diagnosis.CAUSES for seed in range(100, 130)]
    assert np.mean(right) >= 0.95


def test_no_single_number_tells_the_causes():
    """The share of found species, by itself, leaves several causes open."""
    def found(cause, seed):
        one = text_diagnosis.retrieval(cause, seed)
        return np.mean(one.labels[one.scores.argmax(1)] == one.labels)

    high = {cause for cause in text_diagnosis.CAUSES if any(found(cause, seed) > 0.6 for seed in range(9))}
    low = {cause for cause in text_diagnosis.CAUSES if any(found(cause, seed) < 0.3 for seed in range(9))}
    assert {"healthy", "train species", "one direction"} <= high
    assert {"shifted", "collapse", "length", "one direction"} <= low


# The experiment, with its real trials


def test_a_trial_is_a_share_and_a_function_of_its_seed():
    checkpoint.find("bilstm")
    pair, trial = ("a red bird", "a blue bird"), text_experiment.trial.__wrapped__
    share = trial(*pair, 4)
    assert share == trial(*pair, 4) and share * 16 == pytest.approx(round(share * 16)) and share >= 0.9


def test_a_sentence_against_itself_fits_nothing_better():
    assert text_experiment.trial("a red bird", "a red bird", 4) == 0.0


def test_a_bird_that_does_not_exist_is_a_line():
    def answer(trial):
        return ("a swimming bird on a branch with a red crown and a crown that is blue", "a red bird"), ("a", "b")

    assert "NO" in [result.mark for result in text_experiment.confused_pair.judge(answer)]


@pytest.mark.parametrize("first, second, wrong", [
    ("a red bird", "a blue bird", False), ("a bird with a short beak", "a bird with a long beak", False),
    ("a red bird", "a red bird with black wings", True), ("a red bird", "a bird with spots", True)])
def test_birds_differ_if_no_bird_fits_both(first, second, wrong):
    pair = first, second
    assert bool(text_experiment.birds_differ(lambda trial: (pair, pair))) == wrong


@pytest.mark.slow
def test_the_experiment_of_the_solution_holds():
    from t2ilib.exercises.answers.text_experiment import confused_pair

    results = text_experiment.confused_pair.judge(confused_pair)
    assert [result.mark for result in results] == ["OK"] * len(results), results
