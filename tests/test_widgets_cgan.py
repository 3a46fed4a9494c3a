"""The widgets of chapter 3 without a browser: what is asked for is asked for, and what is reached is counted right."""

import re

import numpy as np
import pytest
import torch
from noise_painters import MISSED, Told, untrained_cgan, untrained_painter
from panels import PanelRules, pictures

from t2ilib import sample
from t2ilib.data import digits
from t2ilib.data.birds import COLOURS, PARTS, PLUMAGE, World
from t2ilib.data.conditions import asked_colours, colour_vectors
from t2ilib.metrics.digit_measures import classes_read
from t2ilib.sample import NoisePainter
from t2ilib.widgets import digit_picker as digit_widget
from t2ilib.widgets.condition_picker import (
    COUNT,
    condition_picker,
    condition_vector,
    first_wish,
    place_vector,
    place_wishes,
    unseen_species,
)
from t2ilib.widgets.digit_picker import MOST_DRAWS, WANTED, digit_picker, judged, untold_draws

TRAIN = digits.load("train")


@pytest.fixture(autouse=True)
def no_front_end(monkeypatch):
    monkeypatch.delenv("T2I_STATIC", raising=False)


def one_of_each(noise, condition=None):
    """A "GAN" that hands out real digits: those asked for, or any."""
    if condition is None:
        rows = (noise[:, 0].abs() * 1e4).long() % len(TRAIN.pixels)
    else:
        rows = torch.stack([torch.from_numpy(np.flatnonzero(TRAIN.labels == digit))[int(abs(some[0]) * 1e4) % 100]
                            for digit, some in zip(condition.argmax(1).tolist(), noise)])
    return TRAIN.pixels[rows]


def with_all(kinds, dim):
    """An untrained picker of these conditions."""
    game = untrained_cgan(kinds, dim)
    return condition_picker(NoisePainter(game.generator, game.config, sample.load_probe()))


@pytest.fixture(params=["conditions", "digits"])
def shown(request):
    """Both widgets, and a change that must be seen."""
    if request.param == "conditions":
        made = condition_picker(Told())
        return made, lambda: setattr(made.palette, "chosen", {"wing": "green", "beak": "red"})
    made = digit_picker(one_of_each, one_of_each)
    return made, lambda: setattr(made.digit, "value", 7)


class TestPanels(PanelRules):
    """What holds for all widgets."""


# Conditions


def test_the_first_wish_is_no_training_species():
    wish = first_wish()
    trained = [dict(zip(PARTS, kind.colours)) for kind in World(level=2).species("train")]
    assert set(wish) == set(PLUMAGE)
    assert not any(all(worn[part] == colour for part, colour in wish.items()) for worn in trained)


def test_a_palette_becomes_the_vector_of_the_training():
    made = condition_picker(Told())
    made.palette.chosen = {"wing": "black", "belly": "white"}
    assert torch.equal(made.condition(), colour_vectors(asked_colours([{"wing": "black", "belly": "white"}])))
    made.palette.chosen = {}
    assert not made.condition().any() and "Nothing is asked for" in made.view.value
    assert made.settings() == {"noise": "0"}


def test_several_conditions_stand_in_the_order_of_the_model():
    wanted = {"colours": {"wing": "red"}, "species": 4, "place": (0.5, 0.4, 0.7)}
    place, colours = place_vector(0.5, 0.4, 0.7), colour_vectors(asked_colours([{"wing": "red"}]))
    hot = torch.eye(7)[4:5]
    for kinds, parts in ((("species", "place", "colours"), (hot, place, colours)), (("place",), (place,)),
                         (("colours", "species"), (colours, hot))):
        assert torch.equal(condition_vector(kinds, wanted, sum(part.shape[1] for part in parts)), torch.cat(parts, 1))
    torch.testing.assert_close(place, torch.tensor([[0.0, -1.0, 0.0]]), atol=1e-5, rtol=0)


def test_what_is_reached_and_what_is_read_instead():
    made = condition_picker(Told())
    made.palette.chosen = {"wing": "green", "crown": "blue"}
    obeyed = (made.painter.noise(COUNT, 0)[:, 0] > 0).tolist()
    assert 0 < sum(obeyed) < COUNT
    text, html = made.picture().text, made.view.value
    assert f"Reached: {COUNT + sum(obeyed)} of {2 * COUNT} wishes; {sum(obeyed)} of {COUNT} birds have all" in text
    assert f"green wing: {sum(obeyed)} of {COUNT}" in text and f"blue crown: {COUNT} of {COUNT}" in text
    row = html[html.index("<u>green wing</u>"):]
    cells = re.findall(r">([✓✗][^<]*)<", row[:row.index("</tr>")])
    assert cells == ["✓" if right else f"✗ {MISSED}" for right in obeyed]
    assert [f"bird {i + 1}: {1 + right} of 2 reached" in html for i, right in enumerate(obeyed)] == [True] * COUNT


def test_the_birds_are_those_of_the_noise():
    made = condition_picker(Told())
    made.noise.value = 5
    expected, _ = made.painter.look(made.painter.noise(COUNT, 5), made.condition().expand(COUNT, -1))
    assert all(map(np.array_equal, pictures(made.view.value), expected))


def test_only_what_the_model_knows_is_asked():
    made = with_all(("species", "place"), 10 + 3)
    assert made.palette not in made.controls.children and len(made.species.options) == 10
    made.species.index, made.place["x"].value = 3, 0.4
    assert torch.equal(made.condition()[0, :10], torch.eye(10)[3]) and made.condition()[0, 10] == pytest.approx(-1)
    assert made.settings()["species"] == "species 4" and made.settings()["x"] == "0.40"
    assert "<u>x 0.40</u>" in made.view.value
    made.reset()
    assert made.settings() == {"species": "species 1", "x": "0.50", "y": "0.50", "size": "0.65", "noise": "0"}


def test_a_species_asks_for_its_own_colours():
    kinds = World(level=1).species("train")[:10]
    game = untrained_cgan(("species",), 10)
    made = condition_picker(NoisePainter(game.generator, game.config, sample.load_probe()), kinds)
    made.species.index = 6
    assert made.colours() == dict(zip(PARTS, kinds[6].colours))
    assert made.species.label == kinds[6].name.replace("_", " ")
    with pytest.raises(ValueError, match="as many species as the model was told of, 10, got 3; give those"):
        condition_picker(made.painter, kinds[:3])


def test_places_are_reached_within_half_of_what_birds_differ_by(monkeypatch):
    read = np.array([[0.0, 0.4, 0.0], [0.0, 0.6, 0.0]])
    monkeypatch.setattr("t2ilib.widgets.condition_picker.read_places", lambda locator, images: read)
    x, y, size = place_wishes(np.zeros((2, 64, 64, 3), np.uint8), (0.5, 0.5, 0.9))
    assert (x.reached, y.reached, size.reached) == ([True, True], [True, False], [False, False])
    read[1] = np.nan
    assert place_wishes(np.zeros((2, 64, 64, 3), np.uint8), (0.5, 0.5, 0.9))[0].seen == ["0.50", "no bird"]
    assert y.seen == ["0.54", "0.56"] and x.asked == "x 0.50" and size.asked == "size 0.90"


def test_a_model_without_a_condition_is_refused():
    with pytest.raises(ValueError, match="should take a condition, got one that takes noise only; give a conditional"):
        condition_picker(untrained_painter())


def test_a_checkpoint_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("t2ilib.runtime.CHECKPOINTS", tmp_path)
    with pytest.raises(FileNotFoundError, match="ac_gan.safetensors, but there is none"):
        condition_picker()


def test_a_surprise_is_an_unseen_species():
    made = condition_picker(Told())
    made.surprise()
    assert tuple(made.palette.chosen.values()) in [kind.colours for kind in unseen_species()]


def test_the_palette_has_all_colours_and_parts():
    palette = condition_picker(Told()).palette
    assert palette.parts == list(PARTS) and list(palette.colours) == list(COLOURS)
    assert palette.colours["red"] == "rgb(204, 40, 38)"


# Digits


def check_draws(candidate, digit=2):
    """Draws end with the sixteenth digit that was wanted; hits are those that are clearly it."""
    noise = torch.randn(MOST_DRAWS, 4, generator=torch.Generator().manual_seed(0))
    read, clear = classes_read(one_of_each(noise))
    hits = clear & (read == digit)
    found = candidate(one_of_each, digit, noise)
    assert found.hits.sum() == WANTED and found.hits[-1] and len(found.images) == len(found.hits)
    assert np.array_equal(found.hits, hits[:len(found.hits)])


def test_the_untold_gan_draws_until_sixteen_are_found():
    check_draws(untold_draws)


def all_at_once(generate, digit, noise):
    return judged(generate(noise), digit)


def stops_at_blocks(generate, digit, noise):
    return judged(generate(noise[:250]), digit)


def takes_any(generate, digit, noise):
    found = judged(generate(noise[:WANTED]), digit)
    return found._replace(hits=np.ones(WANTED, bool))


@pytest.mark.parametrize("mutant", [all_at_once, stops_at_blocks, takes_any])
def test_other_counts_are_told_apart(mutant):
    with pytest.raises(AssertionError):
        check_draws(mutant)


def test_a_digit_that_never_comes_costs_all_draws():
    only_zeros = torch.from_numpy(TRAIN.labels == 0)
    zero = TRAIN.pixels[only_zeros][:1]
    found = untold_draws(lambda noise: zero.expand(len(noise), -1), 3, torch.zeros(600, 4))
    assert len(found.hits) == 600 and not found.hits.any()
    made = digit_picker(one_of_each, lambda noise: zero.expand(len(noise), -1))
    assert "4,000 draws until 0 were read as a 2. None came." in made.picture().text


def test_the_counts_are_told():
    made = digit_picker(one_of_each, one_of_each)
    made.digit.value = 6
    told = digit_widget.told_draws(one_of_each, 6, made.noise(WANTED, 32))
    untold = untold_draws(one_of_each, 6, made.noise(MOST_DRAWS, 32))
    text = made.picture().text
    assert f"Told to draw a 6: {told.hits.sum()} of 16 draws are read as a 6." in text and told.hits.sum() >= 12
    assert (f"Never told: {len(untold.hits):,} draws until 16 were read as a 6, {len(untold.hits) / 16:.1f} for each."
            in text)
    assert made.view.value.count("outline:3px solid") == told.hits.sum() + untold.hits[:32].sum()


def test_digits_are_taken_in_rows_and_as_pictures():
    rows = TRAIN.pixels[:5]
    for shape in (rows, rows.view(-1, 1, 8, 8)):
        found = judged(shape, int(TRAIN.labels[0]))
        assert found.images.shape == (5, 8, 8, 3) and found.hits.dtype == bool
