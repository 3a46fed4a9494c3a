"""The instruments: exact on made-up readings, at their ceiling on real birds, at their floor under each control."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from t2ilib import checkpoint, runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, PLUMAGE_AREA, World, species
from t2ilib.data.captions import Reading
from t2ilib.data.rendered import FACTORS
from t2ilib.metrics import claims, measures
from t2ilib.metrics.claims import INCONCLUSIVE, NOT_REPRODUCED, NOT_RUN, REPRODUCED
from t2ilib.metrics.probe import VALUES, Reader, Readings
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


class Seer(Reader):
    """A probe that is always right: it reads the truth that `with_truth` has written into the picture's first row."""

    def __init__(self):
        super().__init__()
        self.network = nn.Linear(1, 1)

    def features(self, image):
        values = (image[:, 0, 0, :len(FACTORS)] * TOP).round().long().clamp(0, TOP)
        return torch.cat([F.one_hot(column, TOP + 1)[:, :count] for column, count in zip(values.T, VALUES)], 1).float()

    def logits(self, features):
        return 100 * features


TOP = max(VALUES) - 1


def with_truth(images, truth):
    """Write the positions in FACTORS (N, factors) into the first row of the pictures."""
    images = images.clone()
    images[:, 0, 0, :len(FACTORS)] = torch.from_numpy(np.asarray(truth)) / TOP
    return images


@pytest.fixture(scope="module")
def seer():
    return Seer()


@pytest.fixture(scope="module")
def captioned(real):
    rows, captions = measures.held_out_captions(real, 300)
    return with_truth(runtime.to_tensor(real.images[rows]), real.truth[rows]), captions


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


def controls(images):
    """Name -> pictures that have nothing to do with their captions."""
    return {"shuffled": images[measures.derangement(len(images))],
            "grey": images.mean(1, keepdim=True).expand(-1, 3, -1, -1),
            "noise": torch.rand(images.shape, generator=runtime.generator(0)) * 2 - 1,
            "one bird": images[:1].expand(len(images), -1, -1, -1)}


def test_controls_drive_faithfulness_to_its_floor(probe, captioned):
    """Shuffled captions, grey pictures, noise, and one bird for all: none may score."""
    images, captions = captioned[0][:150], captioned[1][:150]
    for name, pictures in controls(images).items():
        score = measures.faithfulness(probe, pictures, captions, images)
        limit = 0.45 if name == "grey" else 2.2 * CHANCE        # grey pictures still show who is black or white
        assert score.value < limit, (name, score)


def test_one_who_sees_everything_gives_the_exact_ceilings(seer, captioned):
    images, captions = captioned
    for measure in (measures.faithfulness, measures.all_parts_right):
        score = measure(seer, images, captions, images)
        assert score.value == score.ceiling == score.low == score.high == 1
        assert score.n == 300 and score.floor < 2.2 * CHANCE


def test_controls_drive_the_share_of_faultless_pictures_to_its_floor(seer, captioned):
    images, captions = captioned
    for name, pictures in controls(images).items():
        score = measures.all_parts_right(seer, pictures, captions, images)
        assert score.value < 1.5 * CHANCE and score.ceiling == 1, (name, score)


def test_all_parts_right_asks_for_every_name_in_a_caption(seer, captioned):
    """The first half of the pictures have a wrong colour for one name of their caption."""
    real, captions = captioned
    images = real.clone()
    for i, colours in enumerate(measures.named_colours(captions[:150])):
        wrong = tuple(PLUMAGE_AREA) if "body" in colours else tuple(colours)[:1]
        columns = [list(FACTORS).index(part) for part in wrong]
        images[i, 0, 0, columns] = (images[i, 0, 0, columns] * TOP + 1) % len(COLOURS) / TOP
    complete = measures.all_parts_right(seer, images, captions, real)
    assert complete.value == 0.5 and complete.n == 300 and complete.low < 0.5 < complete.high
    assert 0.5 < measures.faithfulness(seer, images, captions, real).value < 1


def test_a_caption_that_names_no_colour_is_no_right_answer(seer, captioned):
    images, captions = captioned[0][:4], ["a bird on a branch", *captioned[1][1:4]]
    assert measures.all_parts_right(seer, images, captions, images).n == 3
    assert measures.all_parts_right(seer, images, captions, images, np.array([1, 2, 3, 3])).low == 1
    assert measures.complete(np.array([0.0, 1.0, 2.0]), np.array([0.0, 2.0, 2.0])).tolist() == [0, 1]


def test_captions_of_one_species_are_drawn_together(seer, captioned):
    """Ten species, half of them right: that is less sure than 300 captions of their own would be."""
    real, captions = captioned
    images = torch.where(torch.arange(300)[:, None, None, None] < 150, real, torch.full_like(real, -1))
    for measure in (measures.faithfulness, measures.all_parts_right):
        alone, together = (measure(seer, images, captions, real, kinds) for kinds in (None, np.arange(300) // 30))
        assert together.high - together.low > 2 * (alone.high - alone.low)


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


@pytest.fixture(scope="module")
def groups(real):
    """Five groups of eight pictures, all of them carrying their truth."""
    return with_truth(runtime.to_tensor(real.images[:40]), real.truth[:40]).view(5, 8, 3, 64, 64)


def test_entropy_of_real_pictures_is_one_and_of_copies_zero(seer, groups):
    copies = groups[:, :1].expand_as(groups)
    real, none = (measures.reading_entropy(seer, pictures, groups) for pictures in (groups, copies))
    assert set(real) == {"background", "facing"}                            # level 1 has one pose
    assert all(score.value == 1 == score.ceiling and score.n == 5 for score in real.values())
    assert all(score.value == 0 == score.floor for score in none.values())


def test_entropy_says_in_which_respect_pictures_are_alike(seer, groups):
    images, column = groups.clone(), list(FACTORS).index("facing")
    images[..., 0, 0, column] = 1 / TOP
    scores = measures.reading_entropy(seer, images, groups)
    assert scores["facing"].value == 0 and scores["background"].value == 1
    assert measures.diversity(seer, images, groups).value > 0.9             # the distance hardly notices


def test_entropy_is_that_of_the_values_read(seer, groups):
    """Four of eight birds face one way: ln 2; two of eight: less."""
    images, column = groups[:2].clone(), list(FACTORS).index("facing")
    images[0, :, 0, 0, column] = (torch.arange(8) < 4) / TOP
    images[1, :, 0, 0, column] = (torch.arange(8) < 2) / TOP
    found = measures.group_entropies(seer, images, ("facing",))["facing"]
    assert found == pytest.approx([np.log(2), -0.25 * np.log(0.25) - 0.75 * np.log(0.75)])


def test_a_probe_that_is_unsure_makes_no_variety(groups):
    class Unsure(Seer):
        def logits(self, features):
            return 1e-3 * features.mean(0, keepdim=True).expand_as(features)
    assert measures.group_entropies(Unsure(), groups[:1], ("background",))["background"].tolist() == [0.0]


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


def test_by_part_counts_only_captions_that_name_the_part():
    red = np.vstack([sure("red"), sure("red"), sure("blue")])
    readings = Readings({"wing": red}, np.zeros((3, 2)))
    assert measures.by_part(readings, [{"wing": "red"}, {"wing": "black"}, {}]) == {"wing": 0.5}


@pytest.mark.parametrize("measure", [measures.faithfulness, measures.all_parts_right])
def test_different_numbers_of_pictures_and_captions_are_refused(seer, captioned, measure):
    images, captions = captioned
    with pytest.raises(ValueError, match="got 299 and 300 for 300"):
        measure(seer, images[:-1], captions, images)
    with pytest.raises(ValueError, match="should name a colour"):
        measure(seer, images[:2], ["a bird", "a small bird"], images[:2])


@pytest.mark.parametrize("low, high, expected", [(0.7, 0.8, REPRODUCED), (0.5, 0.69, NOT_REPRODUCED),
                                                 (0.69, 0.71, INCONCLUSIVE)])
def test_a_verdict_follows_from_the_interval(low, high, expected):
    assert claims.verdict(low, high, at_least=0.7) == expected


def test_the_borders_of_a_verdict():
    """At the bound is enough; an upper end that touches it leaves the question open."""
    assert claims.verdict(0.7, 0.7, at_least=0.7) == REPRODUCED
    assert claims.verdict(0.6, 0.7, at_least=0.7) == INCONCLUSIVE
    assert claims.verdict(0.0, 0.0, at_least=0.7) == NOT_REPRODUCED


def test_every_claim_says_when_its_bound_was_set():
    late = {claim.ledger for claim in claims.CLAIMS if claim.bound_set == claims.AFTER}
    assert late == {"CTX-06", "CTX-08", "GAN-14", "EMB-07", "EMB-11"}
    assert all(claim.bound_set in (claims.BEFORE, claims.AFTER) for claim in claims.CLAIMS)


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
