"""The losses of the joint embeddings: written out, their gradients, where they are zero.

The specification names inputs for the DAMSM losses, and no values: the comparison is with a loop over pairs written
from its text, on those inputs.
"""

import zlib

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from t2ilib.losses import (
    damsm_loss,
    margin_violations,
    matching_loss,
    structured_loss,
    word_scores,
    worst_violation,
    zero_one_loss,
)

APART = torch.arange(5)
LENGTHS = (5, 3, 1)


def tables(count, size=5):
    stream = torch.Generator().manual_seed(0)
    return torch.randn(count, size, size, generator=stream) * 2


# --- structured joint embedding --------------------------------------------------------------------------------

def test_the_sum_form_and_the_largest_written_out():
    labels = torch.tensor([7, 8, 7, 9, 1])
    for scores in tables(20):
        rows = [[max(0.0, 1 + scores[i, j].item() - scores[i, i].item()) for j in range(5) if labels[i] != labels[j]]
                for i in range(5)]
        assert structured_loss(scores, labels).item() == pytest.approx(sum(map(sum, rows)) / 25, abs=1e-5)
        assert worst_violation(scores, labels).item() == pytest.approx(sum(map(max, rows)) / 5, abs=1e-5)


def test_emb10_the_surrogate_never_undercuts_the_zero_one_loss():
    for number, scores in enumerate(tables(1000)):
        labels = APART if number % 2 else torch.tensor([0, 0, 1, 2, 2])
        error = zero_one_loss(scores, labels)
        assert worst_violation(scores, labels) >= error
        assert 5 * structured_loss(scores, labels) >= worst_violation(scores, labels) - 1e-6    # sum against largest


def test_emb10_the_zero_one_loss_has_no_gradient_and_the_surrogate_has():
    scores = tables(1)[0].requires_grad_()
    assert not zero_one_loss(scores, APART).requires_grad
    nudged = scores.detach() + 1e-5 * torch.randn(5, 5)
    assert zero_one_loss(nudged, APART) == zero_one_loss(scores, APART)
    structured_loss(scores, APART).backward()
    assert scores.grad.abs().sum() > 0


def test_gradients_pull_the_own_score_up_and_violators_down():
    scores = tables(1)[0].requires_grad_()
    structured_loss(scores, APART).backward()
    violators = margin_violations(scores.detach(), APART) > 0
    assert violators.any() and not violators.all()
    expected = violators.float() - torch.diag(violators.sum(1).float())
    assert torch.allclose(scores.grad, expected / 25)


def test_zero_beyond_the_margin():
    scores = torch.diag(torch.full((5,), 1.01)).requires_grad_()
    loss = structured_loss(scores, APART)
    loss.backward()
    assert loss == 0 and not scores.grad.any()
    assert structured_loss(torch.diag(torch.full((5,), 0.9)), APART).item() == pytest.approx(0.1 * 20 / 25)


def test_pairs_of_one_class_are_no_rivals():
    scores = torch.tensor([[0.0, 100.0], [100.0, 0.0]])
    assert structured_loss(scores, torch.tensor([3, 3])) == 0 == worst_violation(scores, torch.tensor([3, 3]))
    assert structured_loss(scores, torch.tensor([3, 4])) > 50
    assert zero_one_loss(scores, torch.tensor([3, 3])) == 0 and zero_one_loss(scores, torch.tensor([3, 4])) == 1


def test_duplicate_captions_hurt_instance_level_matching():
    """EMB-18: of two pairs with one and the same text, each wants its own score 1 above an equal one."""
    vectors = F.normalize(torch.randn(4, 16, generator=torch.Generator().manual_seed(0)), dim=1) * 3
    double = torch.cat([vectors, vectors[:1]])
    assert structured_loss(double @ double.T, APART).item() >= 2 / 25 - 1e-6
    assert structured_loss(double @ double.T, torch.tensor([0, 1, 2, 3, 0])) < structured_loss(double @ double.T, APART)


@pytest.mark.parametrize("loss", [structured_loss, worst_violation, zero_one_loss, matching_loss])
def test_the_order_of_the_pairs_does_not_matter(loss):
    labels, order = torch.tensor([0, 0, 1, 2, 3]), torch.tensor([3, 1, 4, 0, 2])
    for scores in tables(10):
        shuffled = scores[order][:, order]
        assert loss(shuffled, labels[order]).item() == pytest.approx(loss(scores, labels).item(), abs=1e-5)


def test_only_the_matching_loss_is_symmetric_by_itself():
    scores = tables(1)[0]
    assert matching_loss(scores, APART).item() == pytest.approx(matching_loss(scores.T, APART).item(), abs=1e-6)
    assert structured_loss(scores, APART) != structured_loss(scores.T, APART)


@pytest.mark.parametrize("loss", [structured_loss, worst_violation, matching_loss])
def test_losses_are_in_full_precision(loss):
    assert loss(tables(1)[0].bfloat16(), APART).dtype == torch.float32


# --- DAMSM -----------------------------------------------------------------------------------------------------

def named(name, *shape):
    drawn = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape).astype(np.float32)
    return torch.from_numpy(drawn)


@pytest.fixture
def pairs():
    """Regions, words, their mask, the picture and the sentence of three pairs."""
    mask = torch.arange(5) < torch.tensor(LENGTHS)[:, None]
    return named("reg", 3, 8, 3, 3).flatten(2), named("we", 3, 8, 5), mask, named("cc", 3, 8), named("sc", 3, 8)


def loop_scores(regions, words, lengths, gamma_1, gamma_2):
    """One sentence and one picture at a time, from the text of the specification."""
    table = torch.zeros(len(words), len(regions))
    for j, sentence in enumerate(words):
        said = sentence[:, :lengths[j]]                                         # (E, L)
        for i, places in enumerate(regions):                                    # (E, R)
            attention = (places.T @ said).softmax(1)                            # over the words
            attention = (gamma_1 * attention.T).softmax(1)                      # over the regions
            context = places @ attention.T                                      # (E, L)
            table[j, i] = (gamma_2 * F.cosine_similarity(context, said, dim=0)).exp().sum().log()
    return table


@pytest.mark.parametrize("gamma", [(4.0, 5.0), (5.0, 5.0), (1.0, 10.0)])
def test_word_scores_equal_a_loop_over_pairs(pairs, gamma):
    regions, words, mask, *_ = pairs
    assert torch.allclose(word_scores(words, mask, regions, gamma), loop_scores(regions, words, LENGTHS, *gamma),
                          atol=1e-5)


@pytest.mark.parametrize("labels", [(0, 1, 2), (1, 1, 2)])
def test_damsm_is_four_cross_entropies(pairs, labels):
    regions, words, mask, image, text = pairs
    labels = torch.tensor(labels)
    rivals = (labels[:, None] != labels) | torch.eye(3, dtype=torch.bool)
    by_words = 10 * loop_scores(regions, words, LENGTHS, 4.0, 5.0).T            # rows are pictures, as in the code
    by_sentence = 10 * F.cosine_similarity(image[:, None], text[None], dim=2)
    expected = sum(F.cross_entropy(scores.masked_fill(~rivals, -torch.inf), torch.arange(3))
                   for table in (by_words, by_sentence) for scores in (table, table.T))
    ours = damsm_loss(text, image, word_scores(words, mask, regions), labels)
    assert ours.item() == pytest.approx(expected.item(), rel=1e-5)


def test_what_stands_behind_the_end_is_not_read(pairs):
    regions, words, mask, *_ = pairs
    silent = ~mask[:, None].expand_as(words)
    before = word_scores(words, mask, regions)
    assert torch.equal(before, word_scores(words.masked_fill(silent, 1e3), mask, regions))
    words = words.masked_fill(silent, 0.0).requires_grad_()
    word_scores(words, mask, regions).sum().backward()
    assert words.grad.isfinite().all() and not words.grad[silent].any() and words.grad[~silent].abs().min() > 0


def test_places_of_a_picture_may_be_in_any_order(pairs):
    regions, words, mask, *_ = pairs
    assert torch.allclose(word_scores(words, mask, regions[:, :, torch.randperm(9)]), word_scores(words, mask, regions),
                          atol=1e-5)


def test_a_word_finds_its_own_region():
    """A picture that holds the word somewhere scores higher than one that holds it nowhere."""
    word = torch.eye(8)[:1, :, None] * 3                                        # (1, 8, 1)
    nothing = torch.eye(8)[1:5].T[None] * 3                                     # (1, 8, 4): four other things
    there = nothing.clone()
    there[0, :, 2] = word[0, :, 0]
    scores = word_scores(word.expand(1, 8, 1), torch.ones(1, 1, dtype=torch.bool), torch.cat([there, nothing]))
    assert scores[0, 0] > scores[0, 1] + 1


def test_word_scores_are_in_full_precision_under_autocast(pairs):
    regions, words, mask, *_ = pairs
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half, full = word_scores(words.bfloat16(), mask, regions.bfloat16()), word_scores(words, mask, regions)
    assert half.dtype == full.dtype == torch.float32
    assert torch.allclose(full, loop_scores(regions, words, LENGTHS, 4.0, 5.0), atol=1e-5)
