"""Two processes with half a batch each are one process with the whole: gradients, penalties, steps, logs, resuming.

The processes are copies of this one, as in a notebook; all that they show is gathered in one start.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from t2ilib import processes, runtime, training
from t2ilib.jobs import Order
from t2ilib.measuring import PICTURES
from t2ilib.papers import df_gan, gan_cls
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.processes import SharedOut, deal, launch, make_fabric, shared_out
from t2ilib.train import Recipe, TrainState, fit_gan, fit_model
from t2ilib.training import Place

SIZES = {"size": 32, "text_dim": 12, "noise_dim": 6, "g_channels": 4, "d_channels": 4}
DF_GAN = df_gan.Config(**SIZES)
NORMED = gan_cls.Config(**SIZES, condition_dim=8)           # its generator has batch normalisation
RECIPE = Recipe(steps=3, batch=8, penalty_every=2, log_every=1, save_every=1, precision="32-true", average=0.9)


class Batches:
    """Whole batches as a function of the step."""

    batch = 8

    def __call__(self, step, rank=0):
        stream = runtime.generator(step, rank)
        image, *texts = (torch.randn(self.batch, *shape, generator=stream) for shape in ((3, 32, 32), (12,), (12,)))
        return TextBatch(image, *texts, torch.randn(self.batch, 6, generator=stream))


def awake(game, fabric):
    """A state in which no branch is silent, as some of DF-GAN's are at first."""
    torch.manual_seed(0)
    for weight in game.parameters():
        weight.data += 0.05 * torch.randn_like(weight)
    return TrainState(game, RECIPE, fabric)


def dealt(fabric):
    return shared_out(Batches(), fabric.world_size)


def gradients(fabric, game):
    """What the optimisers of both players get in the first step, penalty included."""
    state, batch, found = awake(game, fabric), dealt(fabric)(0, fabric.global_rank), {}
    terms = {"discriminator": lambda: sum((state.task.d_loss(batch) | state.task.penalty(batch)).values()),
             "generator": lambda: sum(state.task.g_loss(batch).values())}
    for player, loss in terms.items():
        state.task.zero_grad()
        loss().backward()
        state.average_gradients(player)
        found |= {f"{player}.{name}": weight.grad.clone()
                  for name, weight in getattr(state.task, player).named_parameters() if weight.grad is not None}
    return found


def trained(fabric, game):
    """What a few steps have made of players, averaged weights and optimisers, where they began, and the log."""
    state = awake(game, fabric)
    before = {name: value.clone() for name, value in state.task.state_dict().items()}
    fit_gan(state.task, state, dealt(fabric))
    moments = {f"{player}.{i}.{name}": value for player, optimizer in state.optimizers.items()
               for i, kept in optimizer.state_dict()["state"].items() for name, value in kept.items() if name != "step"}
    average = {f"generator.{name}": value for name, value in state.average.module.state_dict().items()}
    return {"before": before, "players": dict(state.task.state_dict()), "average": average, "moments": moments,
            "log": state.history}


class Normed(torch.nn.Module):
    """Nothing but batch normalisation, with a loss that moves it."""

    players = ("network",)

    def __init__(self):
        super().__init__()
        self.network = torch.nn.BatchNorm1d(12)

    def loss(self, batch):
        return {"size": (self.network(batch.text) - 1).square().mean()}


def statistics(fabric):
    """The running mean and variance after one step, and those of the averaged weights."""
    state = TrainState(Normed(), replace(RECIPE, steps=1), fabric)
    fit_model(state.task, state, dealt(fabric))
    return {f"{owner}{name}": value for owner, model in (("", state.task.network), ("average ", state.average.module))
            for name, value in model.state_dict().items() if "running" in name}


def unequal_start(fabric):
    """Both processes build other players; the state should make them those of the first."""
    torch.manual_seed(fabric.global_rank)
    game = df_gan.build(DF_GAN)
    own = {name: value.clone() for name, value in game.state_dict().items()}
    return {"own": own, "agreed": dict(TrainState(game, RECIPE, fabric).task.state_dict())}


def broken_share(fabric):
    """A term that is not finite in the second process only."""
    state = awake(df_gan.build(DF_GAN), fabric)
    try:
        state.log({"D: real": torch.tensor(float("nan") if fabric.global_rank else 1.0)})
    except FloatingPointError as problem:
        return str(problem)
    return "nothing"


def save_where_i_am(fabric, folder):
    state = awake(df_gan.build(DF_GAN), fabric)
    state.save(folder / f"state{fabric.global_rank}.pt")


def fresh(build, config):
    torch.manual_seed(0)
    return build(config)


def everything(fabric, folder):
    """What each process finds, in a file of its own."""
    found = {"gradients": gradients(fabric, fresh(df_gan.build, DF_GAN)),
             "training": trained(fabric, fresh(df_gan.build, DF_GAN)),
             "gan_int gradients": gradients(fabric, fresh(gan_cls.build, replace(NORMED, g_norm=False))),
             "normed gradients": gradients(fabric, fresh(gan_cls.build, NORMED)),
             "normed training": trained(fabric, fresh(gan_cls.build, NORMED)),
             "statistics": statistics(fabric), "start": unequal_start(fabric), "broken": broken_share(fabric)}
    save_where_i_am(fabric, folder)
    average, processes.average = processes.average, lambda tensors, fabric: None
    found["gradients, not averaged"] = gradients(fabric, fresh(df_gan.build, DF_GAN))
    found["training, not averaged"] = trained(fabric, fresh(df_gan.build, DF_GAN))
    found["statistics, not averaged"] = statistics(fabric)
    processes.average = average
    torch.save(found, folder / f"found{fabric.global_rank}.pt")
    return folder


@pytest.fixture
def notebook(monkeypatch):
    """Python believes that somebody types in lines."""
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "ps1", ">>> ", raising=False)
        folder = launch(everything, tmp_path_factory.mktemp("two"), device="cpu", precision="32-true", devices=2)
    return [torch.load(folder / f"found{rank}.pt", weights_only=True) | {"folder": folder} for rank in (0, 1)]


@pytest.fixture(scope="module")
def one():
    return make_fabric("cpu", "32-true")


@pytest.fixture(scope="module")
def alone(one):
    return trained(one, fresh(df_gan.build, DF_GAN))


def furthest(ours, theirs):
    """The largest distance of two tensors of the same name, as a share of their length."""
    assert ours.keys() == theirs.keys() and ours
    return max(float((value - theirs[name]).norm() / value.norm().clamp(min=1e-6)) for name, value in ours.items())


def apart(ours, theirs, before):
    """The distance of all tensors together, as a share of the way they have come since the beginning."""
    assert ours.keys() == theirs.keys() and ours
    ours = {name: value for name, value in ours.items() if value.is_floating_point()}
    gaps = torch.stack([(value - theirs[name]).norm() for name, value in ours.items()])
    ways = torch.stack([(value - before.get(name, 0)).norm() for name, value in ours.items()])
    return float(gaps.norm() / ways.norm())


def same(ours, theirs):
    return ours.keys() == theirs.keys() and all(torch.equal(value, theirs[name]) for name, value in ours.items())


# --- one step, several steps --------------------------------------------------------------------------------------

def test_half_the_batch_each_gives_the_gradients_of_the_whole(both, one):
    """DF-GAN, MA-GP included, fp32: equal to 1e-5 of each tensor's length, the bound set beforehand."""
    whole = gradients(one, fresh(df_gan.build, DF_GAN))
    assert len(whole) > 60 and furthest(whole, both[0]["gradients"]) <= 1e-5
    assert same(both[0]["gradients"], both[1]["gradients"])


def test_gan_int_mixes_the_same_neighbours(both, one):
    """Its texts between two captions, and R1; without batch normalisation."""
    whole = gradients(one, fresh(gan_cls.build, replace(NORMED, g_norm=False)))
    assert furthest(whole, both[0]["gan_int gradients"]) <= 1e-5


def test_without_averaging_the_gradients_are_others(both, one):
    """The negative control: what is said above and below can fail."""
    whole = gradients(one, fresh(df_gan.build, DF_GAN))
    assert furthest(whole, both[0]["gradients, not averaged"]) > 0.1
    assert not same(both[0]["training, not averaged"]["players"], both[1]["training, not averaged"]["players"])


@pytest.mark.parametrize("what", ["players", "average", "moments"])
def test_after_several_steps_all_that_is_trained_agrees(both, alone, what):
    """Adam divides a gradient by its size, so a weight whose gradient is rounding noise may move otherwise."""
    before = {} if what == "moments" else alone["before"]           # they begin with nothing
    assert apart(alone[what], both[0]["training"][what], before) <= 1e-2
    assert apart(alone[what], both[0]["training, not averaged"][what], before) > 0.1
    assert same(both[0]["training"][what], both[1]["training"][what])


def test_the_log_is_that_of_the_whole_batch(both, alone):
    for ours, first, second in zip(alone["log"], both[0]["training"]["log"], both[1]["training"]["log"], strict=True):
        assert first == second and first == pytest.approx(ours, rel=1e-3)


def test_a_term_that_is_not_finite_in_one_process_stops_both(both):
    assert both[0]["broken"] == both[1]["broken"] and "'D: real' should be finite, got nan" in both[0]["broken"]


def test_all_processes_begin_with_the_players_of_the_first(both):
    first, second = both[0]["start"], both[1]["start"]
    assert not same(first["own"], second["own"])
    assert same(first["own"], first["agreed"]) and same(first["own"], second["agreed"])


def test_only_the_first_process_saves(both):
    assert {path.name for path in both[0]["folder"].iterdir()} == {"state0.pt", "found0.pt", "found1.pt"}


# --- batch normalisation ------------------------------------------------------------------------------------------

def test_with_batch_normalisation_each_process_is_normalised_by_its_own_share(both, one):
    """Another function than with the whole batch, yet one model in all processes."""
    assert furthest(gradients(one, fresh(gan_cls.build, NORMED)), both[0]["normed gradients"]) > 1e-2
    for what in ("players", "average", "moments"):
        assert same(both[0]["normed training"][what], both[1]["normed training"][what])


def test_running_statistics_are_the_means_of_those_of_the_shares(both):
    """The running mean is that of the whole batch; the variance leaves out how far apart the shares lie."""
    shares = [dealt_text(rank) for rank in (0, 1)]
    mean = 0.1 * torch.cat(shares).mean(0)
    var = 0.9 + 0.1 * torch.stack([share.var(0) for share in shares]).mean(0)
    for name, value in both[0]["statistics"].items():
        assert torch.allclose(value, mean if name.endswith("mean") else var, atol=1e-6), name
    assert len(both[0]["statistics"]) == 4 and same(both[0]["statistics"], both[1]["statistics"])
    assert not same(both[0]["statistics, not averaged"], both[1]["statistics, not averaged"])


def dealt_text(rank):
    return shared_out(Batches(), 2)(0, rank).text


# --- shares of a batch --------------------------------------------------------------------------------------------

def test_every_row_goes_to_one_process_beside_its_neighbour():
    rows = torch.arange(12)
    assert [deal(rows, rank, 3).tolist() for rank in range(3)] == [[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]]
    image = torch.randn(8, 3, 4, 4).to(memory_format=torch.channels_last)
    assert deal(image, 1, 2).is_contiguous(memory_format=torch.channels_last)


def test_one_process_gets_the_batches_themselves():
    batches = Batches()
    assert shared_out(batches, 1) is batches and isinstance(shared_out(batches, 2), SharedOut)
    batches.batch = 7
    assert shared_out(batches, 1) is batches
    with pytest.raises(ValueError, match="batch of 7 should be shared evenly by the processes.*got 2; choose another"):
        shared_out(batches, 2)


# --- whole runs ---------------------------------------------------------------------------------------------------

@pytest.fixture
def tiny(monkeypatch):
    """DF-GAN as `t2i train` has it in its smoke profile, small, in fp32 and with few pictures."""
    monkeypatch.setitem(PICTURES, "smoke", 40)
    config, recipe = df_gan.RECIPES["steady"]["smoke"]
    recipe = replace(recipe, steps=3, precision="32-true")
    monkeypatch.setitem(df_gan.RECIPES["steady"], "smoke", (replace(config, g_channels=2, d_channels=2), recipe))
    return Order("df_gan", profile="smoke")


def test_a_run_goes_on_with_another_number_of_processes(notebook, tiny, tmp_path, monkeypatch):
    """One step by two processes, one by one, one by two again: the run of one process that nobody disturbed."""
    replace_file, changes = os.replace, tmp_path / "changes"

    def noted(source, target):
        with open(changes, "a") as stream:
            stream.write(f"{Path(target).name} {'by the first' if processes.is_first() else 'by another'}\n")
        replace_file(source, target)
    monkeypatch.setattr(os, "replace", noted)
    for steps, devices in ((1, 2), (2, 1), (3, 2)):
        training.train(replace(tiny, steps=steps), Place(tmp_path / "run", "cpu", devices, resume=True))
        state = torch.load(tmp_path / "run" / "state.pt", weights_only=True)
        assert state["seconds"] >= 1000 * (steps - 1)               # it did not begin anew
        torch.save(state | {"seconds": 1000.0 * steps}, tmp_path / "run" / "state.pt")
    training.train(tiny, Place(tmp_path / "straight", "cpu"))
    training.train(replace(tiny, steps=0), Place(tmp_path / "start", "cpu"))
    ours, theirs, start = (torch.load(tmp_path / name / "state.pt", weights_only=True)
                           for name in ("straight", "run", "start"))
    assert ours["step"] == theirs["step"] == 3
    assert all(apart(ours[what], theirs[what], start[what]) <= 1e-2 for what in ("task", "average"))
    for log in zip(json.loads(ours["history"]), json.loads(theirs["history"]), strict=True):
        assert log[0] == pytest.approx(log[1], rel=1e-3, abs=1e-5)
    written = changes.read_text()
    assert "by another" not in written and all(f"{name} by the first" in written for name in (
        "order.json", "state.pt", "log.csv", "df_gan.safetensors", "df_gan.json"))


# --- what cannot be started ---------------------------------------------------------------------------------------

def test_in_a_notebook_several_processes_need_a_function(notebook):
    with pytest.raises(ValueError, match="give 2 processes a function to run, got none; call t2ilib.processes.launch"):
        make_fabric("cpu", devices=2)


@pytest.mark.parametrize("place, devices, nodes", [("cuda", 2, 1), ("cpu", 1, 2)])
def test_a_notebook_starts_no_processes_elsewhere(notebook, monkeypatch, place, devices, nodes):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 8)
    with pytest.raises(ValueError, match="processor of its own machine only.*with: !t2i train NAME"):
        processes.check_place(torch.device(place), devices, nodes)


def test_more_processes_than_there_are_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="at most 1, the GPUs of this machine, got 2"):
        processes.check_place(torch.device("cuda"), 2, 1)
    with pytest.raises(ValueError, match="1 or more, got 0 and 1"):
        make_fabric("cpu", devices=0)


def test_machines_must_know_where_they_meet(monkeypatch):
    for name in processes.MEETING:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="each of 2 machines should know.*got no MASTER_ADDR; set MASTER_ADDR, MASTER"):
        make_fabric("cpu", nodes=2)
