"""The plain steps compute the same function as ours and do more work for it; the comparisons are fair and complete."""

import json
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from t2ilib import __main__, bench
from t2ilib.papers import df_gan, gan_cls
from t2ilib.papers.gan_cls import TextBatch
from t2ilib.papers.variants import plain
from t2ilib.train import Recipe, TrainState, make_fabric, train_step

SIZES = {"size": 32, "text_dim": 12, "noise_dim": 6, "g_channels": 4, "d_channels": 4}
PAPERS = {"gan_cls": (gan_cls, gan_cls.Config(**SIZES, condition_dim=8), plain.gan_cls_step),
          "df_gan": (df_gan, df_gan.Config(**SIZES), plain.df_gan_step)}
papers = pytest.mark.parametrize("paper, config, plain_step", PAPERS.values(), ids=PAPERS)


def drawn(batch, config):
    torch.manual_seed(1)
    image = torch.randn(batch, 3, config.size, config.size)
    return TextBatch(image, *torch.randn(2, batch, config.text_dim), torch.randn(batch, config.noise_dim))


def trained(paper, config, step, layout=torch.channels_last):
    """The terms of one step, and the gradients that each player's optimiser gets: D stays as it is."""
    torch.manual_seed(0)
    recipe = Recipe(steps=0, batch=4, penalty_every=2, lrs={"discriminator": 0.0}, precision="32-true")
    state, found = TrainState(paper.build(config), recipe, make_fabric("cpu", "32-true")), {}
    state.task.to(memory_format=torch.contiguous_format)
    with torch.no_grad():
        for weight in state.task.parameters():          # so that no branch is silent, as some are at first
            weight += 0.05 * torch.randn_like(weight)
    state.task.to(memory_format=layout)
    for player, optimizer in state.optimizers.items():
        def keep(optimizer, *_, player=player):
            found[player] = [weight.grad.clone() for weight in optimizer.param_groups[0]["params"]
                             if weight.grad is not None]
        optimizer.register_step_pre_hook(keep)
    return step(state.task, state, drawn(4, config)), found


class Products(TorchDispatchMode):
    """Counts the products of what runs; torch's own counter follows modules and stumbles over a second derivative."""

    total = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if count := flop_registry.get(function._overloadpacket):
            self.total += count(*args, **(kwargs or {}), out_val=result)
        return result


def distance(ours, theirs):
    """The largest difference, in parts of the largest number, over pairs of tensors."""
    return max(((a - b).abs().max() / b.abs().max().clamp(min=1e-12)).item() for a, b in zip(ours, theirs, strict=True))


@papers
def test_the_plain_step_has_our_losses_and_gradients(paper, config, plain_step):
    terms, gradients = trained(paper, config, train_step)
    plain_terms, plain_gradients = trained(paper, config, plain_step, torch.contiguous_format)
    assert terms.keys() == plain_terms.keys() and len(terms) >= 5
    assert distance(terms.values(), plain_terms.values()) <= 1e-4
    assert gradients.keys() == plain_gradients.keys() == {"generator", "discriminator"}
    for player, found in gradients.items():
        assert all(gradient.abs().sum() > 0 for gradient in found)
        assert distance(found, plain_gradients[player]) <= 1e-4


@papers
def test_another_function_is_told_apart(paper, config, plain_step, monkeypatch):
    _, gradients = trained(paper, config, train_step)
    monkeypatch.setattr(plain, "hinge_no", lambda logits: 1.001 * df_gan.hinge_no(logits))
    monkeypatch.setattr(plain, "logistic_no", lambda logits: 1.001 * gan_cls.logistic_no(logits))
    _, others = trained(paper, config, plain_step)
    assert distance(gradients["discriminator"], others["discriminator"]) > 1e-4


@papers
def test_ours_does_less_work(paper, config, plain_step):
    """Counted in products, not in seconds: at the sizes that `t2i bench` measures, in steps without a lazy penalty."""
    config, work = paper.STEADY, {}
    for step in (train_step, plain_step):
        state = TrainState(paper.build(config), Recipe(steps=0), make_fabric("cpu", "32-true"))
        with Products() as counter:
            step(state.task, state, drawn(2, config))
        work[step] = counter.total
    assert 0 < work[train_step] < work[plain_step]


def test_the_plain_step_moves_both_players_and_their_average():
    config = PAPERS["df_gan"][1]
    state = TrainState(df_gan.build(config), Recipe(steps=0, batch=4), make_fabric("cpu", "32-true"))
    plain.df_gan_step(state.task, state, drawn(4, config))
    assert state.average.n_averaged == 1
    assert all(optimizer.state for optimizer in state.optimizers.values())


# --- how it is measured -------------------------------------------------------------------------------------------

def test_both_sides_take_turns():
    calls = []
    rounds = bench.take_turns(lambda: calls.append("ours"), lambda: calls.append("theirs"), patience=0)
    assert len(rounds) == bench.FEWEST and calls == ["ours", "theirs"] * (1 + bench.FEWEST)
    assert all(seconds >= 0 for pair in rounds for seconds in pair)


def test_a_row_holds_the_median_ratio_of_the_rounds():
    found = bench.row("a", "b", [(1.0, 2.0), (2.0, 2.0), (1.0, 3.0), (4.0, 2.0), (1.0, 4.0)], pictures=8)
    assert (found.low, found.ratio, found.high) == (1.0, 2.0, 3.0)
    assert found.pictures_a_second == 8.0 and found.megabytes is None
    assert "2.00 (1.00 to 3.00)" in bench.line(found)


def test_a_budget_is_the_other_side():
    rounds = bench.against_budget(lambda: None, 0.5, patience=0)
    assert {budget for _, budget in rounds} == {0.5}


def test_peak_memory_counts_what_lives_at_the_same_time():
    def work():
        first = torch.empty(2**18)                      # 1 MB
        second = torch.empty(2**19)                     # 2 MB
        del first
        return torch.empty(2**18), second
    assert bench.peak_megabytes(work) == pytest.approx(3.0, abs=0.01)


def test_a_turn_has_one_lazy_penalty(monkeypatch):
    config, recipe = gan_cls.RECIPES["steady"]["smoke"]
    monkeypatch.setitem(gan_cls.RECIPES["steady"], "laptop", (config, replace(recipe, penalty_every=3)))
    steps = []
    player = bench.Player(gan_cls, lambda game, state, batch: steps.append(state.step % 3 == 0), "32-true",
                          torch.contiguous_format)
    player.once()
    player.turn()
    assert steps == [True, False, False, True]


def test_layouts_are_those_of_each_side(monkeypatch):
    monkeypatch.setitem(df_gan.RECIPES["steady"], "laptop", df_gan.RECIPES["steady"]["smoke"])
    for layout in (torch.contiguous_format, torch.channels_last):
        player = bench.Player(df_gan, train_step, "32-true", layout)
        kernel = player.state.task.generator.blocks[0].conv1.weight
        assert kernel.is_contiguous(memory_format=layout) and player.batch.image.is_contiguous(memory_format=layout)


def test_the_report_as_table_and_as_json(monkeypatch, capsys):
    for paper in (gan_cls, df_gan):
        monkeypatch.setitem(paper.RECIPES["steady"], "laptop", paper.RECIPES["steady"]["smoke"])
    bench.run(as_json=True, patience=0)
    content = json.loads(capsys.readouterr().out)
    assert content.keys() == {"device", "threads", "torch", "rows"}
    rows = {row["name"]: row for row in content["rows"]}
    assert {"GAN-INT-CLS, a step in fp32", "DF-GAN, a step in fp32", "a sentence to eight pictures",
            "rendering level 1"} <= rows.keys()
    for name, row in rows.items():
        assert 0 < row["low"] <= row["ratio"] <= row["high"] and row["pictures_a_second"] > 0
        assert (row["megabytes"] is not None) == ("a step" in name) == (row["against"] == "plain fp32")
    monkeypatch.setattr(bench, "training", lambda patience: iter(()))
    monkeypatch.setattr(bench, "drawing", lambda patience: iter(()))
    bench.run(patience=0)
    head, columns, *lines = capsys.readouterr().out.splitlines()
    assert "thread" in head and "times faster" in columns and len(lines) == 3


def test_the_command_chooses_between_them(monkeypatch):
    asked = []
    monkeypatch.setattr(bench, "run", asked.append)
    assert __main__.main(["bench"]) == __main__.main(["bench", "--json"]) == 0
    assert asked == [False, True]
