"""Checkpoints: exact round trip, and every damaged or foreign file refused with what to do."""

import json
import pickle
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from t2ilib import checkpoint, runtime
from t2ilib.checkpoint import CheckpointError


@dataclass(frozen=True)
class Config:
    width: int = 3
    words: tuple[str, ...] = ("a", "b")


class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, config.width, 3), nn.BatchNorm2d(config.width))


@pytest.fixture
def stored(tmp_path):
    net = Net(Config())
    net.layers[1].running_mean.fill_(1 / 3)
    path = tmp_path / "net.safetensors"
    checkpoint.save(path, "net", Config(), checkpoint.ship_weights(net.state_dict(), "player"))
    return path, net


def test_round_trip_in_half_precision_with_exact_statistics(stored):
    path, net = stored
    read = checkpoint.load(str(path), "net")
    again = read.load_into(Net(read.configure(Config)), part="player.")
    assert read.configure(Config) == Config()
    assert torch.equal(again.layers[0].weight, net.layers[0].weight.half().float())
    assert torch.equal(again.layers[1].running_mean, net.layers[1].running_mean)
    assert not again.training and again.layers[0].weight.dtype == torch.float32


def test_a_file_cut_in_half_is_refused(stored):
    path, _ = stored
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])
    with pytest.raises(CheckpointError, match="complete safetensors file.*restore it with git, or train it again"):
        checkpoint.load(str(path))


def test_a_pickle_with_the_right_name_is_refused_and_not_executed(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (exec, ("raise SystemExit('executed')",))
    path = tmp_path / "bomb.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="complete safetensors file"):
        checkpoint.load(str(path))


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_file({"x": torch.zeros(2)}, path, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match="checkpoint of this course.*'pt'; it comes from elsewhere"):
        checkpoint.load(str(path))


def test_another_kind_is_refused(stored):
    with pytest.raises(CheckpointError, match="should hold a probe, got a net"):
        checkpoint.load(str(stored[0]), "probe")


def test_a_foreign_config_is_refused(tmp_path):
    path = tmp_path / "other.safetensors"
    checkpoint.save(path, "net", {"depth": 9}, {"x": torch.zeros(1)})
    with pytest.raises(CheckpointError, match="config of Config.*train it again"):
        checkpoint.load(str(path)).configure(Config)


def test_a_config_that_does_not_fit_the_weights_is_refused(stored):
    read = checkpoint.load(str(stored[0]))
    with pytest.raises(CheckpointError, match="weights of Net, but size mismatch"):
        read.load_into(Net(Config(width=5)), part="player.")


def test_a_missing_checkpoint_says_which_there_are():
    with pytest.raises(FileNotFoundError, match="shipped are: .*bilstm.*file of your own training"):
        checkpoint.load("nonsense")


def test_shipped_checkpoints_have_cards_and_are_small():
    total = 0
    for path in runtime.CHECKPOINTS.glob("*.safetensors"):
        card = json.loads(path.with_suffix(".json").read_text())
        assert card["sha256"] == checkpoint.sha256(path), "the card belongs to other weights: measure again"
        assert card["name"] == path.stem and card["profile"] != "smoke" and card["metrics"]
        assert {"command", "world", "size", "steps", "seconds", "device", "versions"} <= card.keys()
        assert path.stat().st_size < 16 * 2**20
        total += path.stat().st_size
    assert 0 < total < 120 * 2**20
