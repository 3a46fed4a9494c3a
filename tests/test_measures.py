"""The instruments: exact on made-up readings, at their ceiling on real birds, at their floor under each control."""

import numpy as np
import pytest
import torch

from t2ilib import checkpoint, runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PLUMAGE_AREA, World, species
from t2ilib.data.captions import Reading
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics import claims, measures
from t2ilib.metrics.claims import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from t2ilib.metrics.probe import Readings
from t2ilib.text.joint import retrieval_trials

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


SAID = ("a red bird", "a bird with black wings", "a small white bird with a yellow beak", "a green bird on a branch")


def test_diversity_is_one_for_real_pictures_and_zero_for_copies(probe):
    groups = measures.true_pictures(World(7), SAID, 6)
    assert measures.diversity(probe, groups, groups).value == pytest.approx(1.0)
    copies = groups[:, :1].expand_as(groups)
    assert measures.diversity(probe, copies.contiguous(), groups).value == pytest.approx(0.0, abs=1e-3)


def test_diversity_alone_is_blind_to_noise_and_to_the_text(probe, real):
    """The reason why the claim about it is given only together with faithfulness."""
    groups = measures.true_pictures(World(7), SAID, 6)
    anyone = runtime.to_tensor(real.images[:24]).view(4, 6, 3, 64, 64)
    assert measures.diversity(probe, anyone, groups).value > 1
    claim = next(c for c in claims.CLAIMS if c.metric == "diversity")
    assert claim.given == "CTX-02"


def test_true_pictures_are_true_and_of_many_species():
    rng = np.random.default_rng(0)
    for caption in SAID:
        reading = measures.read_attributes(caption)
        scenes = [measures.matching_scene(reading, rng) for _ in range(8)]
        assert all(measures.names_truth(reading, scene.species, scene.perch) for scene in scenes)
        assert len({scene.species.label for scene in scenes}) > 4


def test_a_sentence_that_is_true_of_no_species_is_refused():
    rainbow = dict(zip(PLUMAGE_AREA, COLOURS, strict=False))
    with pytest.raises(ValueError, match="true of some species"):
        measures.matching_scene(Reading(colours=rainbow), np.random.default_rng(0))


def test_an_oracle_is_only_sure_where_one_candidate_fits(real):
    trials = retrieval_trials(real, candidates=10)
    chances = measures.oracle_retrieval(real, trials)
    assert ((chances > 0) & (chances <= 1)).all() and 0.5 < chances.mean() < 1
    unique = [i for i, c in enumerate(chances) if c == 1]
    caption, rows = trials.captions[unique[0]], trials.candidates[unique[0]]
    kinds = {kind.label: kind for kind in species("test")}
    fits = [measures.names_truth(measures.read_attributes(caption), kinds[real.labels[row]],
                                 FACTORS["perch"][real.factor("perch")[row]]) for row in rows]
    assert fits == [True] + [False] * 9


def test_bootstrap_weighs_every_name_once():
    """Two names of three right in the long captions, none of one in the short: 2/4 of all, not (2/3 + 0)/2."""
    right, asked = np.tile([2.0, 0.0], 300), np.tile([3.0, 1.0], 300)
    low, high = measures.bootstrap(right, asked)
    assert low < 0.5 < high and high - low < 0.1


def test_bootstrap_of_groups_is_wider_when_their_members_agree():
    agree = np.repeat(np.tile([0.0, 1.0], 10), 30)
    alone, together = measures.bootstrap(agree), measures.bootstrap(agree, groups=np.repeat(np.arange(20), 30))
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])


def test_by_part_counts_only_captions_that_name_the_part():
    red = np.vstack([sure("red"), sure("red"), sure("blue")])
    readings = Readings({"wing": red}, np.zeros((3, 2)))
    assert measures.by_part(readings, [{"wing": "red"}, {"wing": "black"}, {}]) == {"wing": 0.5}


def test_bootstrap_of_a_constant_is_the_constant_and_of_a_coin_is_right():
    assert measures.bootstrap(np.full(50, 0.3)) == pytest.approx((0.3, 0.3))
    low, high = measures.bootstrap(np.tile([0.0, 1.0], 200))
    assert low == pytest.approx(0.5 - 1.96 * 0.025, abs=0.01) and high == pytest.approx(0.5 + 1.96 * 0.025, abs=0.01)


def test_different_numbers_of_pictures_and_captions_are_refused(probe, captioned):
    images, captions = captioned
    with pytest.raises(ValueError, match="got 299 and 300 for 300"):
        measures.faithfulness(probe, images[:-1], captions, images)


@pytest.mark.parametrize("low, high, expected", [(0.7, 0.8, REPRODUCED), (0.5, 0.69, NOT_REPRODUCED),
                                                 (0.69, 0.71, INCONCLUSIVE)])
def test_a_verdict_follows_from_the_interval(low, high, expected):
    assert claims.verdict(low, high, at_least=0.7) == expected


def test_every_claim_has_a_verdict_and_waiting_ones_say_not_run():
    verdicts = claims.chapter_verdicts("00_start_here")
    assert set(verdicts) == {claim.ledger for claim in claims.chapter_claims("00_start_here")}
    assert verdicts["CTX-03"]["verdict"] == NOT_RUN
    assert all(set(v) == {"verdict", "measured", "n"} for v in verdicts.values())


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder of shipped checkpoints of our own, with one made-up generator."""
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)
    path = tmp_path / "gan_int_cls.safetensors"
    checkpoint.save(path, "gan_int_cls", {}, {"x": torch.zeros(1)})
    return path


def metrics(faithful, diverse=0.9):
    return {"metrics": {name: {"value": v, "low": v - 0.01, "high": v + 0.01, "n": 2000}
                        for name, v in (("faithfulness", faithful), ("diversity", diverse))}}


def test_variety_without_faithfulness_is_not_reproduced(shelf):
    checkpoint.write_card(shelf, metrics(faithful=0.3))
    assert claims.chapter_verdicts("00_start_here")["CTX-04"]["verdict"] == NOT_REPRODUCED
    checkpoint.write_card(shelf, metrics(faithful=0.9))
    assert claims.chapter_verdicts("00_start_here")["CTX-04"]["verdict"] == REPRODUCED


def test_a_card_of_other_weights_does_not_count(shelf):
    checkpoint.write_card(shelf, metrics(faithful=0.9))
    checkpoint.save(shelf, "gan_int_cls", {}, {"x": torch.ones(1)})
    assert claims.chapter_verdicts("00_start_here")["CTX-02"]["verdict"] == NOT_RUN
