"""The world: species, scenes, splits (CTX-17)."""

import hashlib
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from t2ilib import checkpoint, runtime
from t2ilib.data import birds, draw, rendered
from t2ilib.data.birds import PARTS, PLUMAGE, World, species
from t2ilib.data.captions import describe
from t2ilib.jobs import JOBS


def pairs(kind):
    return set(zip(PARTS, kind.colours, strict=True))


def test_ctx17_no_plumage_of_a_test_species_occurs_in_training():
    train = {kind.colours[:8] for kind in species("train")}
    assert not train & {kind.colours[:8] for kind in species("test")}


def test_ctx17_every_pair_of_part_and_colour_of_the_test_species_occurs_in_training():
    known = set().union(*(pairs(kind) for kind in species("train")))
    assert all(pairs(kind) <= known for kind in species("test"))


def test_labels_are_unique_and_one_based():
    assert [kind.label for kind in species("all")] == list(range(1, 1101))
    assert Counter(kind.split for kind in species("all")) == {"train": 1000, "test": 100}


def test_a_species_wears_two_or_three_colours_in_related_places():
    counts = Counter(len(set(kind.colours[:len(PLUMAGE)])) for kind in species("all"))
    assert set(counts) == {1, 2, 3}
    assert counts[1] < 0.15 * len(species("all"))


def test_the_body_colour_covers_more_than_any_other():
    for kind in species("all"):
        area = {colour: sum(birds.PLUMAGE_AREA[part] for part in PLUMAGE if kind.colour(part) == colour)
                for colour in set(kind.colours[:8])}
        assert area[kind.body] == max(area.values())
        assert area[kind.body] > 0.45


def test_scene_i_is_a_pure_function_of_seed_and_index():
    forwards = [World(0).scene(i) for i in range(20)]
    backwards = [World(0).scene(i) for i in reversed(range(20))][::-1]
    assert forwards == backwards
    assert World(1).scene(3) != World(0).scene(3)


@pytest.mark.parametrize("split", ["train", "test", "scrambled"])
def test_pictures_go_round_the_species_of_their_split(split):
    kinds = species(split)
    assert [World(0).scene(i, split).species for i in range(5)] == list(kinds[:5])
    assert World(0).scene(len(kinds), split).species == kinds[0]


def test_scrambled_parts_are_independent():
    """The probe's birds: knowing the crown says nothing about the wing (in coherent species it says a lot)."""
    def agreement(split):
        return np.mean([kind.colour("crown") == kind.colour("wing") for kind in species(split)])
    assert agreement("scrambled") == pytest.approx(1 / 11, abs=0.02)
    assert agreement("train") > 2 / 11


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="'train', 'test', 'scrambled', 'known', 'novel', got 'val'"):
        species("val")


def test_the_harder_split_withholds_one_pair_in_twenty():
    withheld = birds.withheld_pairs()
    assert len(withheld) == 5 and {part for part, _ in withheld} <= set(birds.PLUMAGE)
    worn = [{pair for kind in species(split) for pair in zip(PARTS, kind.colours)} for split in ("known", "novel")]
    assert worn[0].isdisjoint(withheld) and withheld <= worn[1]
    assert all(withheld & set(zip(PARTS, kind.colours)) for kind in species("novel"))
    assert sorted(kind.label for split in ("known", "novel") for kind in species(split)) == list(range(1, 1101))
    assert len(species("known")) > 500 and len(species("novel")) > 100


def test_patterns_come_with_level_2():
    assert {kind.pattern for kind in World(0, 1).species()} == {"plain"}
    for split in ("train", "test", "scrambled"):
        kinds = World(0, 2).species(split)
        share = {pattern: np.mean([kind.pattern == pattern for kind in kinds]) for pattern in birds.PATTERNS}
        assert all(0.1 < value < 0.55 for value in share.values()) and share["plain"] > 0.3, share
        assert kinds == World(3, 3).species(split)
        assert [replace(kind, pattern="plain") for kind in kinds] == list(species(split))


def test_levels_share_their_species_but_not_their_scenes():
    scenes = [World(0, level).scene(17) for level in birds.LEVELS]
    assert len({scene.species.label for scene in scenes}) == 1 and len({scene.noise for scene in scenes}) == 3
    assert scenes[0].sun == 0.0 and scenes[0].pose == "perched" and scenes[1].pose == "perched"


def test_who_swims_is_on_water_and_shows_no_legs():
    scenes = [World(0, 3).scene(i) for i in range(600)]
    assert all((scene.perch == "water") == (scene.pose == "swimming") == (not scene.shows("legs")) for scene in scenes)
    share = {pose: sum(scene.pose == pose for scene in scenes) / 600 for pose in birds.POSES}
    assert share == pytest.approx({"perched": 0.6, "spread": 0.2, "swimming": 0.2}, abs=0.06)


@pytest.mark.parametrize("level", [0, 4, "2"])
def test_a_level_that_does_not_exist_is_refused(level):
    with pytest.raises(ValueError, match="level should be 1, 2 or 3"):
        World(0, level)


def test_the_rendered_set_knows_its_truth(tmp_path, monkeypatch):
    monkeypatch.setenv("T2I_HOME", str(tmp_path))
    data = rendered.load(World(5), "test", 7, 32)
    again = rendered.load(World(5), "test", 7, 32)
    assert np.array_equal(data.images, again.images) and data.images.shape == (7, 32, 32, 3)
    for i in range(7):
        scene = World(5).scene(i, "test")
        assert rendered.FACTORS["wing"][data.factor("wing")[i]] == scene.species.colour("wing")
        assert rendered.FACTORS["facing"][data.factor("facing")[i]] == scene.facing
        assert data.labels[i] == scene.species.label
    assert not list(tmp_path.rglob("*.partial"))


def test_hidden_keypoints_are_zero_and_boxes_hold_the_visible_ones(tmp_path, monkeypatch):
    monkeypatch.setenv("T2I_HOME", str(tmp_path))
    data = rendered.load(World(5), "train", 12, 64)
    hidden = data.keypoints[..., 2] == 0
    assert hidden.sum(1).tolist() == [2] * 12 and not data.keypoints[hidden].any()
    x, y, width, height = (data.boxes[:, None, i] for i in range(4))
    px, py = data.keypoints[..., 0], data.keypoints[..., 1]
    pixel = 1 / 64
    inside = (px >= x - pixel) & (px <= x + width + pixel) & (py >= y - pixel) & (py <= y + height + pixel)
    assert inside[~hidden].all()


def test_the_world_is_frozen():
    """Shipped checkpoints have seen this world: a change here needs a new VERSION and new checkpoints."""
    assert birds.VERSION == 2 and birds.fingerprint() == "e7f6b16e100b709a"
    for level, (said, means) in FROZEN.items():
        scenes = [World(0, level).scene(i, split) for i in range(50) for split in ("train", "test")]
        captions = "\n".join(caption for scene in scenes for caption in describe(scene))
        assert hashlib.sha256(captions.encode()).hexdigest()[:16] == said, level
        seen = [draw.render(World(0, level).scene(i), 64).image.mean((0, 1)) for i in range(3)]
        assert np.array(seen) == pytest.approx(np.array(means), abs=0.3), level
    shipped = [path.stem for path in runtime.CHECKPOINTS.glob("*.safetensors")]
    taught = [name for name in shipped if JOBS[name].world == "SynthBirds"]
    assert {"probe", "second_probe", "locator", "bilstm", "char_cnn_gru", "gan_int_cls"} <= set(taught)
    for name in taught:
        assert checkpoint.read_card(checkpoint.find(name))["world"]["hash"] == birds.fingerprint()


FROZEN = {      # level: (hash of its captions, mean colours of three pictures)
    1: ("76bc84337c252bfb", [(166.15, 182.43, 211.66), (205.52, 200.08, 194.89), (196.08, 201.03, 213.82)]),
    2: ("bbf568efad237411", [(195.53, 166.44, 139.88), (108.61, 122.28, 111.61), (87.95, 113.72, 73.33)]),
    3: ("6e4506b2a068d0d5", [(94.51, 114.31, 71.39), (138.35, 164.72, 165.72), (142.19, 103.29, 120.03)]),
}
