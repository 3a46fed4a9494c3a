"""The widgets of chapter 2 without a browser: walks, a plane, sums of noise, layers, stored runs."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from noise_painters import BODIES, Clear, untrained, untrained_cgan, untrained_painter
from panels import PanelRules, check_html, pictures

from t2ilib import checkpoint, runtime, sample, studies
from t2ilib.metrics.paths import STEPS, lerp, slerp
from t2ilib.runtime import count_parameters
from t2ilib.sample import NoisePainter
from t2ilib.studies import dcgan_guidelines
from t2ilib.studies.dcgan_guidelines import PUBLISHED, ROWS
from t2ilib.widgets import guideline_runs, latent_walk, look_inside, noise_board, noise_plane, touch
from t2ilib.widgets.noise_board import SLOTS, expected, pool_of, questions, total


@pytest.fixture(autouse=True)
def no_front_end(monkeypatch):
    monkeypatch.delenv("T2I_STATIC", raising=False)


@pytest.fixture(scope="module")
def painter():
    return untrained_painter()


def number(value):
    return {"value": value, "low": value - 1, "high": value + 1, "n": 3}


@pytest.fixture
def stored(monkeypatch, tmp_path):
    """A study of three rows, as it would be stored."""
    rows = list(ROWS)[:3]
    measures = {f"{metric}: {row}": number(10 * k + len(metric)) for metric in guideline_runs.NUMBERS
                for k, row in enumerate(rows)}
    measures |= {f"SynthFID, difference: {row}": number(10 * k) for k, row in enumerate(rows) if k}
    measures["SynthFID: ceiling"] = number(1234)
    drawn = {f"pictures: {row}": np.full((8, 32, 32, 3), 60 * k, np.uint8) for k, row in enumerate(rows)}
    curves = {f"curve: {row}": np.stack([np.arange(5), np.full(5, k), np.full(5, k / 4)], 1).astype(np.float32)
              for k, row in enumerate(rows)}
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    studies.store("dcgan_guidelines", {"measures": measures}, drawn | curves)
    return rows


MAKE = {"walk": lambda: latent_walk.latent_walk(untrained_painter()),
        "plane": lambda: noise_plane.noise_plane(untrained_painter()),
        "board": lambda: noise_board.noise_board(Clear()),
        "inside": lambda: look_inside.look_inside(untrained()),
        "runs": guideline_runs.guideline_runs}
CHANGE = {"walk": lambda made: setattr(made.place, "value", 0.25),
          "plane": lambda made: setattr(made.pad, "right", 0.9),
          "board": lambda made: setattr(made.gallery, "chosen", [[0], [3], [6, 7]]),
          "inside": lambda made: setattr(made.layer, "index", 3),
          "runs": lambda made: setattr(made.row, "index", 1)}


@pytest.fixture(params=MAKE)
def shown(request, stored):
    """Each of the widgets, and a change that must be seen."""
    made = MAKE[request.param]()
    return made, lambda: CHANGE[request.param](made)


class TestPanels(PanelRules):
    """What holds for all widgets; here a map or a gallery may stand beside the picture, and is drawn on a page."""

    def test_the_picture_stands_right_below_the_controls(self, shown):
        assert shown[0].children[0] is shown[0].controls or shown[0].view not in shown[0].children

    def check_still(self, live, still):
        live, still = pictures(live), pictures(still)
        assert len(still) >= len(live) > 0 and all(map(np.array_equal, live, still))


# The painter


def test_the_painter_draws_its_own_kind_of_noise():
    painter = untrained_painter(noise="uniform")
    noise = painter.noise(500, 3)
    assert noise.abs().max() <= 1 and torch.equal(painter.noise(5, 3), noise[:5])
    assert noise.norm(dim=1).mean() == pytest.approx(painter.usual_length, rel=0.02) == pytest.approx(2, rel=0.02)
    assert untrained_painter().usual_length == 12 ** 0.5


def test_small_pictures_are_shown_by_whole_pixels_and_read_smoothly():
    game, small = untrained(32), untrained_painter(size=32)
    noise = small.noise(3, 0)
    images, readings = small.look(noise)
    drawn = runtime.to_pixels(sample.draw_all(game.generator, noise))
    assert np.array_equal(images, drawn.repeat(2, 1).repeat(2, 2)) and len(readings.features) == 3


def test_a_shipped_painter_is_found_by_name(tmp_path, monkeypatch):
    for path in runtime.CHECKPOINTS.iterdir():
        (tmp_path / path.name).symlink_to(path.resolve())
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)
    (tmp_path / "dcgan.safetensors").unlink(missing_ok=True)
    for make in (latent_walk.latent_walk, noise_plane.noise_plane, noise_board.noise_board, look_inside.look_inside):
        with pytest.raises(FileNotFoundError, match="should be at .*dcgan.safetensors, but there is none; shipped are"):
            make()
    game = untrained()
    checkpoint.save(tmp_path / "dcgan.safetensors", "dcgan", game.config, game.state_dict(), ())
    made = NoisePainter.shipped()
    torch.testing.assert_close(made.look(made.noise(2, 0))[1].features,
                               untrained_painter().look(made.noise(2, 0))[1].features, atol=0.5, rtol=0.1)
    with pytest.raises(checkpoint.CheckpointError):
        NoisePainter.shipped("gan")


# The walk


@pytest.mark.parametrize("way, between", [("great circle", slerp), ("straight line", lerp)])
def test_the_strip_is_drawn_from_the_way_that_is_named(painter, way, between):
    made = latent_walk.latent_walk(painter)
    made.way.value, made.place.value = way, 3 / 8
    ends = [painter.noise(1, seed)[0] for seed in (0, 1)]
    expected, _ = painter.look(between(*ends, STEPS))
    large, strip = pictures(made.view.value)
    assert np.array_equal(large, expected[3])
    assert all(np.array_equal(strip[:, 72 * k:72 * k + 64], image) for k, image in enumerate(expected))
    assert f"0.38 of the way from z1 to z2, on the {way}." in made.view.value


def test_another_noise_changes_its_own_end_only(painter):
    made = latent_walk.latent_walk(painter)
    before = pictures(made.view.value)[1]
    made.another(1)
    after = pictures(made.view.value)[1]
    assert np.array_equal(before[:, :64], after[:, :64]) and not np.array_equal(before[:, -64:], after[:, -64:])
    assert made.seeds == (0, 3)


def test_the_lengths_of_both_ways_are_drawn(painter):
    found = latent_walk.length_curves(painter, (0, 1))
    first, last = (painter.noise(1, seed)[0] for seed in (0, 1))
    straight = found.curves["straight line"]
    assert straight[4] == pytest.approx(float(((first + last) / 2).norm()))
    assert straight[0] == found.curves["great circle"][0] == pytest.approx(float(first.norm()))
    assert found.curves["great circle"].min() >= min(straight[0], straight[-1]) - 1e-3 > straight.min()
    drawn = found.drawn(100, 4)
    places = [float(y) for y in re.findall(r'<circle cx="[\d.]+" cy="([\d.]+)"', drawn)]
    scale = 62 / (latent_walk.TALLEST * 12 ** 0.5)
    assert places == pytest.approx([162 - scale * found.curves[way][4] for way in latent_walk.WAYS], abs=0.06)


# The plane


def test_the_corners_of_the_map_are_the_three_noises_and_up_is_up(painter):
    noise = painter.noise(3, 0)
    stretched = noise / noise.norm(dim=1, keepdim=True) * painter.usual_length
    expected, _ = painter.look(stretched)
    paper = noise_plane.plane_map(painter, 0)
    assert paper.shape == (340, 340, 3)
    for image, (y, x) in zip(expected, ((274, 2), (274, 274), (2, 2))):
        np.testing.assert_allclose(paper[y:y + 64, x:x + 64].astype(int), image, atol=1)


def test_all_noise_of_a_plane_has_the_usual_length():
    for kind in ("normal", "uniform"):
        painter = untrained_painter(noise=kind)
        found = noise_plane.noises(painter, 2, torch.rand(50), torch.rand(50)).norm(dim=1)
        torch.testing.assert_close(found, torch.full((50,), painter.usual_length))


def test_places_of_the_map_and_of_the_plane_are_each_others_inverse():
    for step in range(51):
        assert noise_plane.from_map(noise_plane.to_map(step / 50)) == pytest.approx(step / 50)
    assert noise_plane.to_map(0) == pytest.approx(0.1) and noise_plane.to_map(1) == pytest.approx(0.9)
    assert noise_plane.from_map(0) == 0 and noise_plane.from_map(1) == 1


def test_the_point_leads_the_sliders_and_the_sliders_lead_the_point(painter):
    made = noise_plane.noise_plane(painter)
    made.pad.right = 0.73
    assert made.right.value == pytest.approx(0.78) and made.pad.right == 0.73     # it does not jump under the hand
    made.up.value = 1.0
    assert made.pad.up == pytest.approx(0.9) and "(0.78, 1.00)" in made.view.value
    made.pad.up = 1.0
    assert made.up.value == 1.0
    for _ in range(3):                                  # a press of an arrow key is one step of the slider
        before = made.right.value
        made.pad.right = noise_plane.to_map(before) - 0.02
        assert made.right.value == pytest.approx(before - 0.02)


def test_the_still_picture_has_the_map_with_a_ring(painter):
    made = noise_plane.noise_plane(painter)
    shown = pictures(made.still().html)[-1]
    plain = made.map(0)
    y, x = np.argwhere((shown != plain).any(-1)).mean(0)
    assert (x / 340, 1 - y / 340) == pytest.approx([noise_plane.to_map(place) for place in noise_plane.START], abs=0.01)


# The board


@pytest.fixture(scope="module")
def pool():
    return pool_of(Clear())


def rows_of(pool, body, facing):
    return pool.bank.rows({"body": body, "facing": facing}).tolist()


def test_the_first_question_has_birds_on_which_it_is_read(pool):
    for a, b, c in questions(pool.bank):
        kinds = [{(pool.value(row, "body"), pool.value(row, "facing")) for row in rows} for rows in (a, b, c)]
        assert all(len(kind) == 1 for kind in kinds) and len(a) == len(b) == len(c) == 3
        (new, there), (old, other), (same, here) = (kind.pop() for kind in kinds)
        assert new != old == same and there == other != here
    assert len(list(questions(pool.bank))) == 12            # 3 colours, 2 others, 2 ways


def check_expectation(candidate, pool):
    red, blue = rows_of(pool, "red", "left"), rows_of(pool, "blue", "left")
    right, mixed = rows_of(pool, "blue", "right"), rows_of(pool, "red", "left")[:1] + rows_of(pool, "white", "left")
    assert candidate(pool, (red, blue, right), "body") == "red"
    assert candidate(pool, (red, blue, right), "facing") == "right"
    assert candidate(pool, (red, right, blue), "facing") == ""          # left, minus right, plus left
    assert candidate(pool, (red, blue, rows_of(pool, "white", "right")), "body") == ""
    assert candidate(pool, (mixed, blue, right), "body") == "" != candidate(pool, (mixed, blue, right), "facing")
    assert candidate(pool, (red, mixed, mixed), "body") == ""
    assert candidate(pool, (red, red, red), "body") == "red"


def test_what_a_sum_should_show(pool):
    check_expectation(expected, pool)


@pytest.mark.parametrize("mutant", [
    lambda pool, chosen, what: pool.common(chosen[0], what), lambda pool, chosen, what: pool.common(chosen[2], what),
    lambda pool, chosen, what: expected(pool, chosen[::-1], what) and pool.common(chosen[1], what),
    lambda pool, chosen, what: expected(pool, [rows[:1] for rows in chosen], what)])
def test_other_expectations_are_told_apart(mutant, pool):
    with pytest.raises(AssertionError):
        check_expectation(mutant, pool)


def test_the_sum_is_of_means(pool):
    noise = pool.bank.noise
    torch.testing.assert_close(total(pool.bank, [[0, 1], [2], [3, 4, 5]]),
                               (noise[0] + noise[1]) / 2 - noise[2] + (noise[3] + noise[4] + noise[5]) / 3)


def test_both_rows_are_what_the_painter_draws_of_the_sums(pool):
    made = noise_board.noise_board(Clear())
    chosen = made.chosen()
    sums = torch.stack([total(made.pool.bank, chosen), total(made.pool.bank, [rows[:1] for rows in chosen])])
    images, readings = made.painter.look(sums)
    found = pictures(made.view.value)
    assert len(found) == 9 + 12
    assert np.array_equal(found[9], images[0]) and np.array_equal(found[15], images[1])
    body = BODIES[int(sums[0, :3].argmax())]
    expectation = expected(made.pool, chosen, "body")
    assert ("✓ " if body == expectation else "✗ ") + f"<u>{expectation} body</u>" in made.view.value
    for length in sums.norm(dim=1):
        assert f"length of the noise {length:.1f}, usual 3.5" in made.view.value


def test_birds_are_put_in_and_taken_out(pool):
    made = noise_board.noise_board(Clear())
    made.gallery.chosen = [[0, 1], [], [5]]
    assert made.chosen() == [[made.shown[0], made.shown[1]], [], [made.shown[5]]]
    assert "Pick at least one bird for B: choose the slot" in made.view.value
    made.gallery.chosen = [[], [1], []]
    assert "for A and C" in made.view.value
    made.gallery.chosen = [[0], [1], [2]]
    assert "(A 1, B 1, C 1)" in made.view.value


def test_the_gallery_tells_what_is_on_each_bird():
    made = noise_board.noise_board(Clear())
    assert len(made.gallery.pictures) == len(made.gallery.words) == len({*made.shown}) == noise_board.SHOWN
    for word, row in zip(made.gallery.words, made.shown):
        assert word == made.pool.words(row) and word.split()[0] in BODIES
    assert made.gallery.slots == list(SLOTS) and [len(rows) for rows in made.gallery.chosen] == [3, 3, 3]


def test_a_stretched_sum_has_the_usual_length():
    seen = []

    class Watched(Clear):
        def look(self, noise, *condition):
            seen.append(noise)
            return super().look(noise, *condition)
    made = noise_board.noise_board(Watched())
    made.stretch.value = True
    for noise in seen[-2:]:
        assert noise[0].norm() == pytest.approx(made.painter.usual_length)
        assert (noise[1:] - noise[0]).abs().max() <= 0.25 and len(noise) == 6


def test_a_generator_that_always_draws_the_same_has_a_board_too():
    made = noise_board.noise_board(untrained_painter())
    assert [len(rows) for rows in made.chosen()] == [3, 3, 3]
    made.surprise()


# Look inside


def test_the_layers_of_the_generator_grow_as_in_the_paper():
    game = untrained()
    found = look_inside.layers_of(game.generator, torch.zeros(1, 12))
    sides = [layer.maps.shape[-1] for layer in found]
    assert [side for side, before in zip(sides, [0, *sides]) if side != before] == [4, 8, 16, 32, 64]
    assert sum(layer.weights for layer in found) == count_parameters(game.generator)
    assert [layer.kind for layer in found[:4]] == ["transposed convolution", "batch norm", "ReLU", "convolution"]
    assert torch.equal(found[-1].maps, sample.draw_all(game.generator, torch.zeros(1, 12))[0])


def test_looking_leaves_nothing_behind():
    game = untrained().train()
    before = {name: value.clone() for name, value in game.state_dict().items()}
    look_inside.layers_of(game.generator, torch.zeros(1, 12))
    assert game.generator.training and not any(layer._forward_hooks for layer in game.modules())
    assert all(torch.equal(value, before[name]) for name, value in game.state_dict().items())


def test_frozen_players_have_weights_too():
    found = look_inside.layers_of(untrained().requires_grad_(False).generator, torch.zeros(1, 12))
    assert sum(layer.weights for layer in found) == count_parameters(untrained().generator)


def test_each_map_is_drawn_on_its_own_scale():
    maps = torch.stack([torch.eye(4), 5 * torch.eye(4), torch.zeros(4, 4)])
    sheet = look_inside.sheet_of(maps)
    assert sheet.shape == (96, 3 * 96 + 8, 3)
    assert np.array_equal(sheet[:, :96], sheet[:, 100:196])
    assert len(np.unique(sheet[:, 200:].reshape(-1, 3), axis=0)) == 1
    signed = look_inside.sheet_of(torch.tensor([[[-1.0, 1.0]]]))
    (red, _, blue), (other_red, _, other_blue) = signed[0, 0].astype(int), signed[0, -1].astype(int)
    assert red > blue and other_blue > other_red            # orange below 0, violet above


def test_the_discriminator_looks_at_fakes_and_at_real_birds():
    real = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    made = look_inside.look_inside(untrained(), real)
    made.player.value, made.noise.value = look_inside.REAL, 4
    assert np.array_equal(pictures(made.view.value)[0], real[1])
    answer = made.game.discriminator(runtime.to_tensor(real[1:2])).sigmoid().item()
    assert f"D's answer: {answer:.2f}, where 1 is real." in made.picture().text
    made.player.value = look_inside.PLAYERS[1]
    drawn = made.drawn()[1]
    assert np.array_equal(pictures(made.view.value)[0], runtime.to_pixels(drawn)[0])
    assert len(made.layer.options) == len(look_inside.layers_of(made.game.discriminator, drawn))


def test_a_conditional_game_is_told_something():
    condition = torch.eye(110)[:1]
    made = look_inside.look_inside(untrained_cgan(), condition=condition)
    assert "embed.0: linear layer" in made.layer.options[0][0]
    for player in look_inside.PLAYERS:
        made.player.value = player
        for index in range(len(made.layer.options)):
            made.layer.index = index
        check_html(made.view.value)


# Stored runs


def test_a_run_stands_beside_the_published_one(stored):
    made = guideline_runs.guideline_runs()
    assert list(made.row.options) == stored[1:]
    made.row.value = stored[2]
    found = pictures(made.view.value)
    assert {int(image.mean()) for image in found[:8]} == {0} and {int(image.mean()) for image in found[8:16]} == {120}
    text = made.picture().text
    assert f"{stored[2]}: worse. SynthFID changes by +20 (+19 to +21 over 3 seeds)." in text
    assert "SynthFID, lower is better: 8 (7 to 9) as published, 28 (27 to 29) here" in text
    assert made.view.value.count(">1,234<") == 1
    assert f"{PUBLISHED}: D's loss 0.00, D(G(z)) 0.00; {stored[2]}: D's loss 2.00, D(G(z)) 0.50" in text


def test_the_verdict_is_the_studys(stored):
    measures = studies.results("dcgan_guidelines")["measures"]
    for row in stored[1:]:
        run = guideline_runs.stored_run(measures, studies.arrays("dcgan_guidelines"), row)
        assert f"{row}: {dcgan_guidelines.effect(measures, row)}." in guideline_runs.verdict(measures, run)


def test_a_study_that_was_not_run_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(studies, "RESULTS", tmp_path)
    with pytest.raises(FileNotFoundError, match="run: t2i reproduce dcgan_guidelines"):
        guideline_runs.guideline_runs()


# The parts of our own


@pytest.mark.parametrize("made", [touch.Pad, touch.Gallery, touch.Palette])
def test_the_scripts_are_there_and_load_nothing(made):
    for path in (made._esm, made._css):
        text = Path(getattr(path, "_path", path)).read_text(encoding="utf-8")
        assert "http" not in text and "import " not in text and "@import" not in text and "eval(" not in text
    assert made().comm is not None


def test_what_is_sent_to_the_gallery_is_json():
    made = noise_board.noise_board(Clear())
    made.surprise()
    assert json.loads(json.dumps(made.gallery.chosen)) == made.gallery.chosen
