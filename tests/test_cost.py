"""Costs counted by hand; nothing here depends on how fast the machine is."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from t2ilib.metrics import cost
from t2ilib.metrics.probe import Probe, ProbeConfig

MEGA = 1_000_000


def test_macs_of_known_layers():
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(),
                            nn.ConvTranspose2d(8, 4, 4, 2, 1), nn.Flatten(), nn.Linear(4 * 16 * 16, 5)).eval()
    one = 8 * 3 * 9 * 64 + 8 * 4 * 16 * 64 + 4 * 16 * 16 * 5
    assert cost.macs(network, torch.randn(1, 3, 8, 8)) == one
    assert cost.macs(network, torch.randn(2, 3, 8, 8)) == 2 * one


@pytest.mark.parametrize("layer", [nn.LSTM, nn.GRU])
def test_macs_of_a_reader_count_words_not_padding(layer):
    network = layer(8, 16, batch_first=True, bidirectional=True)
    gates = {nn.LSTM: 4, nn.GRU: 3}[layer]
    word = 2 * gates * 16 * (8 + 16)
    assert cost.macs(network, torch.randn(2, 5, 8)) == 10 * word
    packed = pack_padded_sequence(torch.randn(2, 5, 8), torch.tensor([5, 2]), batch_first=True)
    assert cost.macs(network, packed) == 7 * word


def test_macs_beside_a_reader_count_too():
    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.out = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 10)

        def forward(self, words):
            return self.out(self.lstm(words)[0])
    assert cost.macs(Encoder(), torch.randn(2, 5, 8)) == 10 * (4 * 16 * (8 + 16) + 16 * 10)


def test_counting_leaves_no_hook_behind_even_after_an_error():
    network = nn.LSTM(8, 16)
    with pytest.raises(RuntimeError):
        cost.macs(network, torch.randn(2, 5, 9))
    assert not network._forward_hooks and not network._forward_pre_hooks


def test_parameters_are_all_weights_frozen_or_not():
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2).requires_grad_(False))
    assert cost.parameters(network) == {"0": 16, "1": 8, "2": 10, "all": 34}


def test_shared_weights_count_once():
    network = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    network[1].weight = network[0].weight
    assert cost.parameters(network)["all"] == 9 + 3 + 3


def in_turn():
    first = torch.ones(MEGA)
    second = first + 1
    del first
    third = second * 2
    del second
    return third.relu_().view(-1)[:10]


def together():
    first = torch.ones(MEGA)
    second = first + 1
    return second * 2 + first


def test_peak_memory_counts_what_is_alive_at_once():
    assert cost.peak_bytes(in_turn) == 2 * 4 * MEGA
    assert cost.peak_bytes(together) == 4 * 4 * MEGA


def test_views_and_changes_in_place_cost_nothing():
    given = torch.ones(MEGA)
    assert cost.peak_bytes(lambda: given.relu_().view(10, -1).T) == 0


def test_training_needs_more_memory_than_drawing():
    network, image = nn.Sequential(*(nn.Conv2d(8, 8, 3, padding=1) for _ in range(6))), torch.randn(4, 8, 32, 32)
    with torch.no_grad():
        drawing = cost.peak_bytes(lambda: network(image))
    assert drawing == 2 * image.nbytes
    assert cost.peak_bytes(lambda: network(image).sum().backward()) >= 6 * image.nbytes


def test_a_cost_is_per_picture_and_leaves_the_network_as_it_was():
    probe = Probe(ProbeConfig(channels=4, features=16)).train()
    statistics = [value.clone() for value in probe.buffers()]
    small, large = (cost.measure(probe.network["see"], torch.zeros(count, 3, 64, 64)) for count in (2, 6))
    assert small.macs == large.macs > 0 and large.peak_mb == pytest.approx(3 * small.peak_mb)
    assert small.parameters == cost.parameters(probe.network["see"])["all"] > 0
    assert (small.batch, small.device) == (2, "cpu") and small.ms > 0
    assert probe.training and all(torch.equal(a, b) for a, b in zip(statistics, probe.buffers()))
    assert "MACs a picture" in repr(small) and small.card()["macs"] == small.macs


@pytest.mark.parametrize("inputs", [(), (torch.zeros(2, 3), torch.zeros(3, 3)), (torch.zeros(0, 3),)])
def test_inputs_must_be_one_batch(inputs):
    with pytest.raises(ValueError, match="tensors of one batch"):
        cost.measure(nn.Identity(), *inputs)
