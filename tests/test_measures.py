"""The instruments: exact on made-up readings, at their ceiling on real birds, at their floor under each control."""

import numpy as np
import pytest
import torch

from t2ilib import runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PLUMAGE_AREA, World
from t2ilib.metrics import claims, measures
from t2ilib.metrics.claims import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from t2ilib.metrics.probe import Readings, mirror, read, shift

CHANCE = 1 / len(COLOURS)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("T2I_HOME", str(tmp_path_factory.mktemp("home")))
        return rendered.load(World(7), "test", 200, 64)


@pytest.fixture(scope="module")
def probe():
    return sample.load_probe()


@pytest.fixture(scope="module")
def captioned(real):
    rows, captions = measures.held_out_captions(real, 300)
    return runtime.to_tensor(real.images[rows]), captions


def sure(colour, count=1):
    table = np.zeros((count, len(COLOURS)))
    table[:, measures.COLOUR_IDS[colour]] = 1
    return table


def test_hits_count_only_what_is_named():
    readings = Readings({part: sure("red") for part in PLUMAGE_AREA}, np.zeros((1, 2)))
    right, asked = measures.hits(readings, [{"wing": "red", "tail": "black"}])
    assert right.tolist() == [1] and asked.tolist() == [2]


def test_the_body_is_the_colour_of_the_largest_area():
    parts = {part: sure("white") for part in PLUMAGE_AREA} | {"wing": sure("black"), "back": sure("black")}
    assert Readings(parts, np.zeros((1, 2))).colours("body").tolist() == [measures.COLOUR_IDS["white"]]


def test_faithfulness_of_real_pictures_is_the_ceiling(probe, captioned):
    images, captions = captioned
    score = measures.faithfulness(probe, images, captions, images)
    assert score.value == score.ceiling > 0.97 and score.n == 300
    assert score.low <= score.value <= score.high


def test_controls_drive_faithfulness_to_its_floor(probe, captioned):
    """Shuffled captions, grey pictures, noise, and one bird for all: none may score."""
    images, captions = captioned
    shuffled = images[measures.derangement(len(images))]
    controls = {"shuffled": shuffled, "grey": images.mean(1, keepdim=True).expand(-1, 3, -1, -1),
                "noise": torch.rand(images.shape, generator=runtime.generator(0)) * 2 - 1,
                "one bird": images[:1].expand(len(images), -1, -1, -1)}
    for name, pictures in controls.items():
        score = measures.faithfulness(probe, pictures, captions, images)
        limit = 0.45 if name == "grey" else 2.2 * CHANCE        # grey pictures still show who is black or white
        assert score.value < limit, (name, score)
    assert measures.faithfulness(probe, images, captions, images).floor < 2.2 * CHANCE


def test_a_derangement_leaves_nothing_in_place():
    for count in (2, 3, 100):
        order = measures.derangement(count)
        assert sorted(order) == list(range(count)) and not (order == np.arange(count)).any()


def test_diversity_is_one_for_real_pictures_and_zero_for_copies(probe, real):
    _, captions = measures.held_out_captions(real, 12)
    groups = measures.true_pictures(real, captions, 6)
    assert measures.diversity(probe, groups, groups).value == pytest.approx(1.0)
    copies = groups[:, :1].expand_as(groups)
    assert measures.diversity(probe, copies.contiguous(), groups).value == pytest.approx(0.0, abs=1e-3)


def test_true_pictures_are_true(real):
    for caption in ("a red bird", "a bird with black wings"):
        reading = measures.read_attributes(caption)
        groups = measures.true_pictures(real, [caption], 3)
        pictures = runtime.to_pixels(groups[0])
        rows = [next(i for i in range(len(real)) if np.array_equal(real.images[i], picture)) for picture in pictures]
        kinds = {kind.label: kind for kind in measures.species("test")}
        assert all(measures.names_truth(reading, kinds[real.labels[row]], "any") for row in rows)


def test_bootstrap_of_a_constant_is_the_constant_and_of_a_coin_is_right():
    assert measures.bootstrap(np.full(50, 0.3)) == pytest.approx((0.3, 0.3))
    low, high = measures.bootstrap(np.tile([0.0, 1.0], 200))
    assert low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.01) and high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.01)


def test_different_numbers_of_pictures_and_captions_are_refused(probe, captioned):
    images, captions = captioned
    with pytest.raises(ValueError, match="got 299 and 300 for 300"):
        measures.faithfulness(probe, images[:-1], captions, images)


def test_a_probe_refuses_another_size(probe):
    with pytest.raises(ValueError, match=r"\(N, 3, 64, 64\), got \(2, 3, 32, 32\)"):
        read(probe, torch.zeros(2, 3, 32, 32))


def test_mirroring_turns_the_bird_and_its_label(real):
    image, truth = runtime.to_tensor(real.images[:4]), torch.from_numpy(real.truth[:4]).long()
    turned, labels = mirror(image, truth, torch.tensor([True, False, True, False]))
    column = list(rendered.FACTORS).index("facing")
    assert torch.equal(turned[0], image[0].flip(2)) and torch.equal(turned[1], image[1])
    assert (labels[:, column] != truth[:, column]).tolist() == [True, False, True, False]


def test_shift_moves_by_whole_pixels():
    image = torch.arange(36.0).view(1, 1, 6, 6)
    assert torch.equal(shift(image, [1, 0])[0, 0, :5], image[0, 0, 1:])
    assert torch.equal(shift(image, [0, 0]), image)


@pytest.mark.parametrize("low, high, expected", [(0.7, 0.8, REPRODUCED), (0.5, 0.69, NOT_REPRODUCED),
                                                 (0.69, 0.71, INCONCLUSIVE)])
def test_a_verdict_follows_from_the_interval(low, high, expected):
    assert claims.verdict(low, high, at_least=0.7) == expected


def test_every_claim_has_a_verdict_and_waiting_ones_say_not_run():
    verdicts = claims.chapter_verdicts("00_start_here")
    assert set(verdicts) == {claim.ledger for claim in claims.chapter_claims("00_start_here")}
    assert verdicts["CTX-03"]["verdict"] == NOT_RUN
    assert all(set(v) == {"verdict", "measured", "n"} for v in verdicts.values())
