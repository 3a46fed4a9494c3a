"""The probes: only what shows is asked for, sets are shared evenly, and both families read through one interface."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from t2ilib import runtime
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PARTS, World
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics import probe as probes
from t2ilib.metrics.probe import (
    UNSEEN,
    VALUES,
    Probe,
    ProbeBatch,
    ProbeBatches,
    ProbeConfig,
    Reader,
    Readings,
    draw_rows,
    head_accuracy,
    mirror,
    read,
    seen_parts,
    shift,
    visible_truth,
)
from t2ilib.metrics.second_probe import SecondProbe, SecondProbeConfig
from t2ilib.train import Recipe, TrainState, fit_model, make_fabric

LEGS, FACING = PARTS.index("legs"), list(FACTORS).index("facing")


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("T2I_HOME", str(tmp_path_factory.mktemp("home")))
        return [rendered.load(World(7), "test", 60, 64), rendered.load(World(7), "scrambled", 40, 64)]


@pytest.fixture(scope="module")
def swimmers(sets):
    """The first ten birds without their legs, as if they swam."""
    parts = np.array(sets[0].parts)
    parts[:10][parts[:10] == 1 + LEGS] = 0
    return replace(sets[0], parts=parts)


def build(kind):
    torch.manual_seed(0)
    small = {Probe: ProbeConfig(channels=4, features=16), SecondProbe: SecondProbeConfig(width=16, per_factor=8)}
    return kind(small[kind])


class Sure(Reader):
    """A reader of another architecture still: it knows one picture's truth and says it of every picture."""

    def __init__(self, truth):
        super().__init__()
        self.network = torch.nn.Linear(1, 1)
        self.answer = torch.cat([30.0 * F.one_hot(true, count) for true, count in zip(truth, VALUES)])

    def features(self, image):
        return image.new_zeros(len(image), 1)

    def logits(self, features):
        return self.answer.expand(len(features), -1)


def test_a_part_shows_from_four_pixels_of_64_by_64(sets):
    parts = np.zeros((2, 64, 64), np.uint8)
    parts[0, 0, :4], parts[1, 0, :3] = 1 + LEGS, 1 + LEGS
    assert seen_parts(replace(sets[0], parts=parts))[:, LEGS].tolist() == [True, False]
    large = np.zeros((2, 128, 128), np.uint8)
    large[0, 0, :16], large[1, 0, :15] = 1 + LEGS, 1 + LEGS
    assert seen_parts(replace(sets[0], parts=large))[:, LEGS].tolist() == [True, False]


def test_the_truth_of_hidden_legs_is_unseen_and_nothing_else_changes(sets, swimmers):
    whole, hidden = visible_truth(sets[0]), visible_truth(swimmers)
    assert (hidden[:10, LEGS] == UNSEEN).all() and np.array_equal(hidden[10:], whole[10:])
    assert np.array_equal(np.delete(hidden, LEGS, 1), np.delete(whole, LEGS, 1))
    assert np.array_equal(whole[:, len(PARTS):], sets[0].truth[:, len(PARTS):])
    assert (whole[:, LEGS] == sets[0].factor("legs")).mean() > 0.9


def test_the_loss_does_not_ask_for_what_cannot_be_seen(sets):
    truth = torch.from_numpy(sets[0].truth[:1].astype(np.int64))
    wrong = truth.clone()
    wrong[:, LEGS] = (truth[:, LEGS] + 1) % len(COLOURS)
    image, sure = torch.zeros(1, 3, 64, 64), Sure(truth[0])
    assert float(sure.loss(ProbeBatch(image, truth))["reading"]) == pytest.approx(0, abs=1e-6)
    assert float(sure.loss(ProbeBatch(image, wrong))["reading"]) == pytest.approx(30 / len(FACTORS), rel=1e-3)
    wrong[:, LEGS] = UNSEEN
    assert float(sure.loss(ProbeBatch(image, wrong))["reading"]) == pytest.approx(0, abs=1e-6)


def test_the_loss_is_the_mean_over_what_is_seen():
    """An indifferent reader pays log(values) for each question, whatever else is hidden."""
    sure = Sure(torch.zeros(len(FACTORS), dtype=torch.int64))
    sure.answer = torch.zeros(sum(VALUES))
    truth = torch.full((3, len(FACTORS)), UNSEEN)
    truth[0, LEGS], truth[1, FACING] = 2, 1
    expected = (np.log(len(COLOURS)) + np.log(2)) / 2
    assert float(sure.loss(ProbeBatch(torch.zeros(3, 3, 64, 64), truth))["reading"]) == pytest.approx(expected)


def test_accuracy_counts_a_colour_only_where_it_shows(swimmers):
    right = {name: np.eye(len(values))[swimmers.factor(name)] for name, values in FACTORS.items()}
    fooled = right | {"legs": right["legs"].copy()}
    fooled["legs"][:10] = np.roll(fooled["legs"][:10], 1, axis=1)           # wrong on all that hide their legs
    scores = head_accuracy(Readings(fooled, np.zeros((60, 1))), swimmers)
    assert scores == dict.fromkeys([*FACTORS, "body"], 1.0)
    fooled["legs"][10:25] = np.roll(fooled["legs"][10:25], 1, axis=1)
    seen = int(seen_parts(swimmers)[:, LEGS].sum())
    wrong = int(seen_parts(swimmers)[10:25, LEGS].sum())
    assert head_accuracy(Readings(fooled, np.zeros((60, 1))), swimmers)["legs"] == pytest.approx(1 - wrong / seen)


def test_a_colour_that_shows_nowhere_has_no_accuracy(swimmers):
    nobody = replace(swimmers, parts=np.zeros((60, 64, 64), np.uint8))
    right = {name: np.eye(len(values))[swimmers.factor(name)] for name, values in FACTORS.items()}
    scores = head_accuracy(Readings(right, np.zeros((60, 1))), nobody)
    assert np.isnan(scores["legs"]) and scores["facing"] == 1


@pytest.mark.parametrize("batch, count", [(12, 3), (64, 6), (5, 6), (1, 1)])
def test_sets_are_shared_evenly_over_the_steps(batch, count):
    shares = np.array([[len(rows) for rows in draw_rows([range(9)] * count, batch, step, runtime.generator(step))]
                       for step in range(count)])
    assert (shares.sum(1) == batch).all() and np.ptp(shares, axis=1).max() <= 1
    assert (shares.sum(0) == batch).all()


def test_a_batch_is_a_function_of_seed_step_and_rank(sets):
    batches = ProbeBatches(sets, 7, seed=3)
    one = batches(4)
    assert all(torch.equal(a, b) for a, b in zip(one, ProbeBatches(sets, 7, seed=3)(4)))
    assert one.image.shape == (7, 3, 64, 64) and one.truth.shape == (7, len(FACTORS))
    for other in (batches(5), batches(4, rank=1), ProbeBatches(sets, 7, seed=4)(4)):
        assert not torch.equal(one.image, other.image)


def test_truth_in_batches_belongs_to_the_picture(sets):
    """Undo what was done to the pictures, and each is found among its set with the same truth."""
    data = replace(sets[0], images=sets[0].images[:5], truth=sets[0].truth[:5], parts=sets[0].parts[:5])
    truth = visible_truth(data)
    batch = ProbeBatches([data], 12)(0)
    real = runtime.to_tensor(data.images)[..., 16:48, 16:48].mean((2, 3))
    for image, labels in zip(batch.image, batch.truth):
        nearest = int((real - image[..., 16:48, 16:48].mean((1, 2))).norm(dim=1).argmin())
        assert np.array_equal(np.delete(labels.numpy(), FACING), np.delete(truth[nearest], FACING))


def test_mirroring_turns_the_bird_and_its_label(sets):
    image, truth = runtime.to_tensor(sets[0].images[:4]), torch.from_numpy(visible_truth(sets[0])[:4])
    turned, labels = mirror(image, truth, torch.tensor([True, False, True, False]))
    assert torch.equal(turned[0], image[0].flip(2)) and torch.equal(turned[1], image[1])
    assert (labels[:, FACING] != truth[:, FACING]).tolist() == [True, False, True, False]
    assert np.array_equal(np.delete(labels, FACING, 1), np.delete(truth, FACING, 1))


def test_shift_moves_by_whole_pixels():
    image = torch.arange(36.0).view(1, 1, 6, 6)
    assert torch.equal(shift(image, [1, 0])[0, 0, :5], image[0, 0, 1:])
    assert torch.equal(shift(image, [0, 0]), image)


@pytest.mark.parametrize("kind", [Probe, SecondProbe])
def test_both_families_learn_through_the_same_machinery(kind, sets):
    reader, images = build(kind), runtime.to_tensor(sets[0].images[:])
    before = head_accuracy(read(reader, images), sets[0])["background"]
    state = TrainState(reader, Recipe(steps=80, batch=16, lr=5e-3, betas=(0.9, 0.999), log_every=40),
                       make_fabric("cpu", "32-true"))
    fit_model(reader, state, ProbeBatches(sets, 16))
    assert before < 0.35 < 0.42 < head_accuracy(read(reader, images), sets[0])["background"]
    assert list(state.history[-1]) == ["step", "reading"]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in reader.parameters())


@pytest.mark.parametrize("kind", [Probe, SecondProbe])
def test_reading_gives_probabilities_and_the_features_behind_them(kind, sets):
    reader, images = build(kind).train(), runtime.to_tensor(sets[0].images[:5])
    readings, split = read(reader, images), read(reader, images, batch=2)
    assert reader.training and list(readings.probabilities) == list(FACTORS)
    for name, values in FACTORS.items():
        table = readings.probabilities[name]
        assert table.shape == (5, len(values)) and np.allclose(table.sum(1), 1, atol=1e-5)
        assert np.allclose(table, split.probabilities[name], atol=1e-5)
    with runtime.evaluating(reader), torch.no_grad():
        heads = reader(images)
        again = reader.logits(torch.from_numpy(readings.features))
    assert torch.allclose(torch.cat(list(heads.values()), 1), again, atol=1e-4)
    assert np.allclose(heads["wing"].softmax(1), readings.probabilities["wing"], atol=1e-5)


@pytest.mark.parametrize("kind", [Probe, SecondProbe])
def test_reading_refuses_another_size(kind):
    with pytest.raises(ValueError, match=r"\(N, 3, 64, 64\), got \(2, 3, 32, 32\)"):
        read(build(kind), torch.zeros(2, 3, 32, 32))


def test_a_factor_of_the_second_probe_is_read_from_its_own_features_only():
    reader = build(SecondProbe)
    features = torch.randn(1, len(FACTORS) * reader.config.per_factor)
    changed = features.clone()
    changed[:, :reader.config.per_factor] += 1                              # those of the first factor
    one, other = (probes.by_factor(reader.logits(f)) for f in (features, changed))
    assert [name for name in FACTORS if not torch.equal(one[name], other[name])] == [next(iter(FACTORS))]


def test_the_second_probe_is_of_another_family():
    """It attends and does not normalise over the batch; no layer's shape beyond the first is shared with the probe."""
    first, second = Probe(ProbeConfig()), SecondProbe(SecondProbeConfig())
    kinds = [{type(m) for m in reader.modules()} for reader in (first, second)]
    assert torch.nn.MultiheadAttention in kinds[1] - kinds[0] and torch.nn.BatchNorm2d in kinds[0] - kinds[1]
    assert max(map(runtime.count_parameters, (first, second))) < 1_600_000
