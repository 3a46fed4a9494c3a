"""Watching a training step: notes are true, mistakes can be told apart, and nothing outside the table changes."""

from itertools import combinations

import pytest
import torch
from gan_steps import in_one_batch, inner_saturating, like_dcgan, saturating, swapped_labels
from torch.nn.functional import cosine_similarity, softplus

from t2ilib.exercises.answers.gan_training import inner_steps, training_step
from t2ilib.exercises.behaviour import RATE, Table, arrived, d_gradients, g_gradients, gradient, recognise, untouched


def weights(player):
    return torch.cat([w.detach().flatten() for w in player.parameters()])


def test_a_note_has_the_players_from_before_the_move_and_the_gradient_that_moved_them():
    table = Table()
    start = weights(table.generator), weights(table.discriminator)
    d_move, g_move = table.play(training_step)
    assert [d_move.player, g_move.player] == ["D", "G"]
    assert torch.equal(weights(d_move.discriminator), start[1]) and torch.equal(weights(d_move.generator), start[0])
    moved = start[1] - RATE * d_move.gradient
    assert torch.allclose(weights(g_move.discriminator), moved) and torch.allclose(weights(table.discriminator), moved)
    assert torch.allclose(weights(table.generator), start[0] - RATE * g_move.gradient)


def test_only_the_player_of_a_move_moves():
    table = Table()
    d_move, g_move = table.play(training_step)
    assert torch.equal(weights(d_move.generator), weights(g_move.generator))
    assert torch.equal(weights(g_move.discriminator), weights(table.discriminator))


def test_the_step_of_d_lowers_its_loss_and_that_of_g_raises_the_answer_to_its_fakes():
    d_move, g_move = Table().play(training_step)

    def d_loss(d):
        fake = d_move.generator(d_move.noise)
        return softplus(-d(d_move.real)).mean() + softplus(d(fake)).mean()

    def says(g):
        return g_move.discriminator(g(g_move.noise)).sigmoid().mean()

    assert d_loss(g_move.discriminator) < d_loss(d_move.discriminator)
    table = Table()
    table.play(training_step)
    assert says(table.generator) > says(g_move.generator)


def test_the_same_seed_makes_the_same_table_and_another_another():
    one, same, other = Table(3), Table(3), Table(4)
    assert torch.equal(weights(one.generator), weights(same.generator))
    assert not torch.equal(weights(one.generator), weights(other.generator))
    assert torch.equal(one.next_batch().real, same.next_batch().real)


def test_known_gradients_point_in_different_directions():
    """Otherwise a mistake could be taken for another, or for none."""
    d_move, g_move = Table().play(training_step)
    for known in (d_gradients(d_move), g_gradients(g_move, d_move.discriminator)):
        for one, other in combinations(known.values(), 2):
            assert cosine_similarity(one, other, dim=0) < 0.99          # recognised is above 0.9999


@pytest.mark.parametrize("step, d_name, g_name", [
    (training_step, "right", "right"), (like_dcgan, "right", "right"), (swapped_labels, "swapped", "right"),
    (saturating, "right", "saturating")])
def test_gradients_are_recognised(step, d_name, g_name):
    d_move, g_move = Table().play(step)
    assert recognise(d_move.gradient, d_gradients(d_move)) == (d_name, pytest.approx(1, abs=1e-4))
    assert recognise(g_move.gradient, g_gradients(g_move, d_move.discriminator)) == (g_name, pytest.approx(1, abs=1e-4))


def test_a_mean_over_both_halves_is_half_as_long():
    d_move, _ = Table().play(in_one_batch)
    assert recognise(d_move.gradient, d_gradients(d_move)) == ("right", pytest.approx(0.5, abs=1e-4))


def test_an_unknown_gradient_is_not_recognised():
    known = {"right": torch.tensor([1.0, 0.0])}
    assert recognise(torch.tensor([1.0, 1.0]), known) == ("", 1.0)
    assert recognise(torch.tensor([3.0, 0.0]), known) == ("right", 3.0)


def test_the_gradient_of_a_loss_is_what_backward_leaves():
    table = Table()
    loss = table.discriminator(table.next_batch().real).square().mean()
    row = gradient(loss, table.discriminator)
    assert arrived(table.discriminator) is None
    table.discriminator(table.given[0].real).square().mean().backward()
    assert torch.allclose(arrived(table.discriminator), row)


def test_inner_steps_are_noted_one_by_one():
    table = Table()
    assert "".join(move.player for move in table.play_inner(inner_steps, 3)) == "DDDG"
    assert len(table.given) == 4
    assert "".join(move.player for move in table.play_inner(inner_saturating, 2)) == "DDG"


def rude(g, d, g_optimizer, d_optimizer, real, noise):
    torch.manual_seed(5)
    torch.rand(3)
    real.fill_(7.0)
    torch.set_grad_enabled(False)


def test_the_world_outside_is_as_before():
    torch.manual_seed(11)
    before, table = torch.get_rng_state(), Table()
    table.play(rude)
    table.play_inner(lambda *given: rude(*given[:4], torch.zeros(1), None), 2)
    assert torch.equal(torch.get_rng_state(), before) and torch.is_grad_enabled()
    assert not (table.given[0].real == 7.0).any()


def test_a_step_gets_gradients_even_where_they_are_off():
    with torch.no_grad():
        assert len(Table().play(training_step)) == 2
        assert not torch.is_grad_enabled()


def test_what_is_put_back_is_put_back_after_an_error_too():
    before = torch.get_rng_state()
    with pytest.raises(ZeroDivisionError), untouched():
        torch.rand(1)
        torch.set_grad_enabled(False)
        raise ZeroDivisionError
    assert torch.equal(torch.get_rng_state(), before) and torch.is_grad_enabled()
