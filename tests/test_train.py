"""The loop: equal to a hand-written one, undisturbed by watching, exact after a kill, equal over two processes."""

import multiprocessing
import os
import random
import signal
from dataclasses import replace

import pytest
import torch
from lightning_fabric import Fabric
from test_gan_cls import SMALL, batch

from t2ilib import runtime
from t2ilib.papers.gan_cls import GanIntCls
from t2ilib.runtime import write_atomically
from t2ilib.train import Recipe, TrainState, every, fit_gan, fit_model, saver, train_step

RECIPE = Recipe(steps=6, batch=4, penalty_every=2, log_every=1, save_every=1, precision="32-true")
PLAIN = replace(SMALL, g_norm=False)


def batches(step, rank=0):
    return batch(4, seed=1000 * rank + step)


def state(recipe=RECIPE, config=SMALL, precision="32-true"):
    torch.manual_seed(0)
    return TrainState(GanIntCls(config), recipe, Fabric(accelerator="cpu", devices=1, precision=precision))


def weights(one):
    return {**one.task.state_dict(), **{f"average.{k}": v for k, v in one.average.state_dict().items()}}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name in first:
        assert torch.equal(first[name], second[name]), name


def test_a_hand_written_loop_gives_the_same_weights():
    ours = state()
    fit_gan(ours.task, ours, batches)

    torch.manual_seed(0)
    game = GanIntCls(SMALL).to(memory_format=torch.channels_last)
    d_adam, g_adam = (torch.optim.Adam(player.parameters(), lr=2e-4, betas=(0.0, 0.99))
                      for player in (game.discriminator, game.generator))
    average = {name: value.clone() for name, value in game.generator.state_dict().items()}
    for step in range(6):
        data = batches(step)
        loss = sum(game.d_loss(data).values())
        if step % 2 == 0:
            loss = loss + 2 * game.penalty(data)["R1"]
        d_adam.zero_grad()
        loss.backward()
        d_adam.step()
        g_adam.zero_grad()
        sum(game.g_loss(data).values()).backward()
        g_adam.step()
        for name, value in game.generator.state_dict().items():         # the first average is the first value itself
            decay = 0.998 if step else 0.0
            average[name] = decay * average[name] + (1 - decay) * value
    assert_same(game.state_dict(), ours.task.state_dict())
    for name, value in ours.average.module.state_dict().items():
        if value.is_floating_point():                   # the count of batches is of no use to anybody
            assert torch.allclose(value, average[name], atol=1e-6), name


def test_one_step_moves_both_players_and_no_gradient_of_g_is_left_in_d():
    one = state()
    before = {k: v.clone() for k, v in one.task.named_parameters()}
    train_step(one.task, one, batches(0))
    moved = {k for k, v in one.task.named_parameters() if not torch.equal(v, before[k])}
    assert moved == set(before)
    assert all(p.requires_grad for p in one.task.parameters())


def test_the_generators_step_leaves_no_gradient_in_the_discriminator():
    one, other = state(), state()
    train_step(one.task, one, batches(0))
    terms = other.task.d_loss(batches(0)) | {"R1": 2 * other.task.penalty(batches(0))["R1"]}
    sum(terms.values()).backward()
    for ours, theirs in zip(one.task.discriminator.parameters(), other.task.discriminator.parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad)


def test_a_player_can_have_its_own_learning_rate():
    one = state(replace(RECIPE, lrs={"discriminator": 4e-4}))
    assert [one.optimizers[p].param_groups[0]["lr"] for p in ("generator", "discriminator")] == [2e-4, 4e-4]


class Dropping(torch.nn.Module):
    """A model that plays alone, with dropout and batch statistics."""

    players = ("network",)

    def __init__(self):
        super().__init__()
        self.network = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.BatchNorm1d(4), torch.nn.Dropout(0.5))

    def loss(self, data):
        return {"size": self.network(data).square().mean()}


def alone(seed):
    torch.manual_seed(0)
    one = TrainState(Dropping(), replace(RECIPE, steps=5), Fabric(accelerator="cpu", devices=1), seed)
    fit_model(one.task, one, lambda step, rank: torch.randn(8, 4, generator=runtime.generator(step, rank)))
    return one


def test_dropout_is_a_function_of_seed_and_step():
    first, again, other = alone(0), alone(0), alone(1)
    assert_same(weights(first), weights(again))
    assert not torch.equal(first.task.network[0].weight, other.task.network[0].weight)


def test_the_average_keeps_batch_statistics_too():
    one = alone(0)
    mean = one.average.module.state_dict()["1.running_mean"]
    assert mean.abs().sum() > 0 and not torch.equal(mean, one.task.network[1].running_mean)
    assert one.average.n_averaged == 5

def test_drawing_during_training_changes_no_weight():
    quiet, watched = state(), state()
    fit_gan(quiet.task, quiet, batches)

    def look(one):
        with runtime.evaluating(one.average.module) as generator:
            generator(torch.randn(3, 6), torch.randn(3, 12))
        torch.rand(7)
    fit_gan(watched.task, watched, batches, look)
    assert_same(weights(quiet), weights(watched))
    assert quiet.history == watched.history


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_a_resumed_run_equals_an_undisturbed_one(tmp_path, precision):
    straight = state(precision=precision)
    fit_gan(straight.task, straight, batches)
    first = state(replace(RECIPE, steps=3), precision=precision)
    fit_gan(first.task, first, batches)
    first.save(tmp_path / "state.pt")
    second = state(precision=precision)
    second.load(tmp_path / "state.pt")
    fit_gan(second.task, second, batches)
    assert_same(weights(straight), weights(second))
    assert second.seconds > first.seconds > 0
    assert [row["step"] for row in second.history] == [1, 2, 3, 4, 5, 6]


def run_until_killed(path, steps):
    """A training that saves at every step and resumes from what it finds."""
    one = state(replace(RECIPE, steps=steps))
    if path.exists():
        one.load(path)
    fit_gan(one.task, one, batches, every(saver(path)))
    one.save(path)


def test_killed_at_ten_random_points_and_resumed(tmp_path):
    """SIGKILL at ten random moments, also in the middle of saving: the weights are those of an undisturbed run."""
    path, steps, fork = tmp_path / "state.pt", 300, multiprocessing.get_context("fork")
    chance, kills = random.Random(4), 0
    for _ in range(60):
        child = fork.Process(target=run_until_killed, args=(path, steps))
        child.start()
        if kills < 10:
            child.join(chance.uniform(0.1, 0.4))
            if child.is_alive():
                os.kill(child.pid, signal.SIGKILL)
                kills += 1
        child.join()
        if child.exitcode == 0:
            break
    assert child.exitcode == 0 and kills == 10
    straight, survivor = state(replace(RECIPE, steps=steps)), state(replace(RECIPE, steps=steps))
    fit_gan(straight.task, straight, batches)
    survivor.load(path)
    assert survivor.step == steps
    assert_same(weights(straight), weights(survivor))


def gradients_of_half(fabric, path):
    """One of two processes: half the batch, gradients averaged; the first writes them down."""
    whole, rank = batch(8), fabric.global_rank
    half = type(whole)(*(tensor[4 * rank:4 * rank + 4] for tensor in whole))
    found = gradients(half, fabric)
    if rank == 0:
        torch.save(found, path)


def gradients(data, fabric):
    torch.manual_seed(0)
    one = TrainState(GanIntCls(PLAIN), RECIPE, fabric)
    sum((one.task.d_loss(data) | one.task.penalty(data)).values()).backward()
    one.average_gradients("discriminator")
    found = {f"D.{k}": p.grad.clone() for k, p in one.task.discriminator.named_parameters()}
    sum(one.task.g_loss(data).values()).backward()
    one.average_gradients("generator")
    return found | {f"G.{k}": p.grad for k, p in one.task.generator.named_parameters()}


def test_two_processes_with_half_the_batch_give_the_gradients_of_one(tmp_path):
    """R1 and GAN-INT included, fp32, no batch normalisation: equal to 1e-5."""
    alone = gradients(batch(8), Fabric(accelerator="cpu", devices=1, precision="32-true"))
    fabric = Fabric(accelerator="cpu", devices=2, strategy="ddp_fork", precision="32-true")
    fabric.launch(gradients_of_half, tmp_path / "gradients.pt")
    together = torch.load(tmp_path / "gradients.pt")
    assert together.keys() == alone.keys()
    for name, value in alone.items():
        assert torch.allclose(together[name], value, atol=1e-5), name


def test_logits_are_judged_in_fp32_under_bf16():
    one = state(precision="bf16-mixed")
    with one.fabric.autocast():
        logits, = one.task.discriminator(batches(0).image, batches(0).text)
        assert logits.dtype == torch.bfloat16, "the networks should run in bf16"
        terms = one.task.d_loss(batches(0)) | one.task.penalty(batches(0))
    assert all(term.dtype == torch.float32 for term in terms.values())


def test_a_term_that_is_not_finite_stops_with_its_name():
    one = state()
    one.task.d_loss = lambda data: {"real, right text": torch.tensor(float("nan"), requires_grad=True)}
    with pytest.raises(FloatingPointError, match="step 1: 'D: real, right text' should be finite, got nan"):
        fit_gan(one.task, one, batches)


def test_another_recipe_is_refused_but_more_steps_are_not(tmp_path):
    one = state()
    one.save(tmp_path / "state.pt")
    with pytest.raises(ValueError, match="'lr' was 0.0002 and is 0.001"):
        state(replace(RECIPE, lr=1e-3)).load(tmp_path / "state.pt")
    state(replace(RECIPE, steps=99)).load(tmp_path / "state.pt")


@pytest.mark.parametrize("betas", [(0, 0.99), (0.5,)])
def test_betas_must_be_two_floats(betas):
    with pytest.raises(ValueError, match="two floats such as"):
        Recipe(steps=1, betas=betas)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")

    def fail(temporary):
        temporary.write_text("half")
        raise RuntimeError
    with pytest.raises(RuntimeError):
        write_atomically(path, fail)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_random_streams_depend_on_every_part_of_their_key():
    draws = {tuple(torch.rand(2, generator=runtime.generator(*key)).tolist())
             for key in [(0, 1, 0), (0, 1, 1), (0, 2, 0), (1, 1, 0), (2, 0, 0)]}
    assert len(draws) == 5
    again = torch.rand(2, generator=runtime.generator(0, 1, 0))
    assert tuple(again.tolist()) in draws


