"""The widgets of chapter 5 without a browser: what they show is what the models draw, the probe reads, D answers."""

import re

import numpy as np
import pytest
import torch
from panels import PanelRules, pictures, without_pictures

from t2ilib import runtime, sample
from t2ilib.data import rendered
from t2ilib.data.birds import COLOURS, World
from t2ilib.metrics.pair_answers import Answers, auc
from t2ilib.metrics.paths import STEPS, slerp
from t2ilib.metrics.probe import read
from t2ilib.papers.gan_cls import FAMILY, TITLES, Config, Generator
from t2ilib.sample import Painter
from t2ilib.widgets import between_noises as noises
from t2ilib.widgets import between_sentences as sentences
from t2ilib.widgets import compare_models as models
from t2ilib.widgets import pair_histograms as pairs
from t2ilib.widgets import path_view
from t2ilib.widgets.between_noises import between_noises, lengths, noise_walk
from t2ilib.widgets.between_sentences import between_sentences, differences, sentence_view, sentence_walk
from t2ilib.widgets.compare_models import Album, CompareModels, Model, compare, models_view, shipped_models
from t2ilib.widgets.four_models import four_models
from t2ilib.widgets.pair_histograms import KINDS, answers_view, pair_histograms
from t2ilib.widgets.path_view import Curves, Words, chart, column, course, leading

SAID = "a red bird with black wings"


@pytest.fixture(autouse=True)
def no_front_end(monkeypatch):
    monkeypatch.delenv("T2I_STATIC", raising=False)


def untrained(seed):
    """A painter that has learned nothing, with the shipped encoder and probe."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = Generator(Config(g_channels=4, noise_dim=8)).eval()
    return Painter(generator, sample.load_encoder(), sample.load_probe(), noise_dim=8)


class Copyist(torch.nn.Module):
    """A generator that hands out one picture, whatever it is asked for."""

    def __init__(self, image):
        super().__init__()
        self.image = torch.nn.Parameter(runtime.to_tensor(image[None]))

    def forward(self, noise, text):
        return self.image.expand(len(noise), -1, -1, -1)


@pytest.fixture(scope="module")
def painter():
    return untrained(0)


@pytest.fixture(scope="module")
def birds():
    """20 birds as the shipped models were trained on."""
    return rendered.load(World(0, 2), "train", 20, 64).images


@pytest.fixture(scope="module")
def album(birds):
    return Album(birds, sample.load_probe())


@pytest.fixture(scope="module")
def answers():
    """Two models: one that ignores the text, and one that hears it; shifted copies, so all AUCs are known."""
    base = np.random.default_rng(0).normal(size=400)
    return {"GAN": Answers(base, base, base, base - 9), "GAN-CLS": Answers(base, base - 9, base - 1, base + 9)}


@pytest.fixture(params=["models", "sentences", "noises", "pairs"])
def shown(request, painter, album, answers):
    """Each of the four, and a change that must be seen."""
    if request.param == "pairs":
        made = pair_histograms(answers)
        return made, lambda: setattr(made.model, "value", "GAN-CLS")
    both = [Model("one", "4 steps", painter), Model("two", "", untrained(1))]
    made = {"models": lambda: CompareModels(both, album, SAID),
            "sentences": lambda: between_sentences("a blue bird", SAID, painter),
            "noises": lambda: between_noises(SAID, painter)}[request.param]()
    field = made.first if request.param == "sentences" else made.sentence
    return made, lambda: setattr(field, "value", "a green bird with a pink belly")


def svg_numbers(html, pattern):
    return [tuple(map(float, found)) for found in re.findall(pattern, html)]


class TestPanels(PanelRules):
    """What holds for all widgets."""


@pytest.mark.parametrize("said", ["", "   ", "?!", "é ß 鳥", "<script>alert(1)</script>", "red " * 3000])
def test_any_sentence_is_taken(painter, album, said):
    for made, field in ((CompareModels([Model("one", "", painter)], album, SAID), "sentence"),
                        (between_sentences(name=painter), "first"), (between_sentences(name=painter), "second"),
                        (between_noises(name=painter), "sentence")):
        getattr(made, field).value = said
        assert "nan" not in without_pictures(made.view.value) and "<script>" not in made.view.value
        assert "<script>" not in made._repr_mimebundle_()["text/html"]


def test_unknown_words_are_told(painter, album):
    said = "a magnificent red bird"
    told = [models_view(compare([Model("one", "", painter)], album, said), 1.0, 20).html,
            between_sentences("a blue bird", said, painter).view.value, between_noises(said, painter).view.value]
    for html in told:
        assert re.search(r"[Nn]ot understood[^<]*(</b>)?[^<]*magnificent", html)
    assert "ignored" not in between_noises(SAID, painter).view.value


# The four models


def test_each_model_draws_its_own_pictures_from_the_same_noise(painter, album):
    other = untrained(1)
    rows = compare([Model("a", "", painter), Model("b", "", painter), Model("c", "", other)], album, SAID, seed=3)
    noise = painter.noise(6, 3)
    for row, who in zip(rows, (painter, painter, other)):
        assert np.array_equal(row.drawing.images, runtime.to_pixels(who.paint([SAID] * 6, noise)))
    html = models_view(rows, 1.0, 20).html
    assert np.array_equal(np.stack(pictures(html)[:18]), np.concatenate([row.drawing.images for row in rows]))
    assert not np.array_equal(rows[0].drawing.images, rows[2].drawing.images)


def test_the_share_of_named_colours_is_what_the_probe_finds(painter, album):
    shipped = shipped_models(["gan_int_cls"])[0]
    for model in (shipped, Model("one", "", painter)):
        row, = compare([model], album, SAID)
        readings = read(sample.load_probe(), model.painter.paint([SAID] * 6, model.painter.noise(6, 0)))
        right = sum((readings.colours(part) == list(COLOURS).index(colour)).sum()
                    for part, colour in {"body": "red", "wing": "black"}.items())
        assert row.found == (right, 12)
        view = models_view([row], 1.0, 20)
        assert f"named colours found: {right} of 12" in view.text and view.html.count("<div>✓") == right
        assert view.html.count("<div>✗") == 12 - right
    assert shipped.title == "GAN-INT-CLS" and right < 12        # the untrained one, counted last


def test_a_copy_is_found_also_mirrored_and_another_bird_is_none(album, birds):
    other = rendered.load(World(2, 2), "test", 3, 64).images[2]
    for picture, nearest, copied in ((birds[7], birds[7], True), (birds[7][:, ::-1], birds[7][:, ::-1], True),
                                     (other, None, False)):
        cheat = Painter(Copyist(picture), sample.load_encoder(), sample.load_probe(), noise_dim=8)
        row, = compare([Model("cheat", "", cheat)], album, SAID)
        html = models_view([row], album.usual(), 20).html
        assert (row.distance < 1e-2) == copied == ("A copy?" in html)
        assert not copied or np.array_equal(row.nearest, nearest)
        assert np.array_equal(pictures(html)[-1], row.nearest)


def test_the_yardstick_is_the_median_distance_to_the_nearest_other_bird(album, birds):
    features = [read(sample.load_probe(), runtime.to_tensor(view)).features for view in (birds, birds[:, :, ::-1])]
    nearest = [min(np.linalg.norm(view[i] - features[0][j]) for view in features for j in range(20) if j != i)
               for i in range(20)]
    assert album.usual() == pytest.approx(torch.tensor(nearest).median().item(), rel=1e-3)


def test_the_album_holds_the_training_world_and_is_made_once(monkeypatch):
    monkeypatch.setitem(models.TRAINING, "smoke", 10)
    models.training_album.cache_clear()
    made = models.training_album("smoke")
    assert np.array_equal(made.images, rendered.load(World(0, 2), "train", 10, 64).images)
    assert models.training_album("smoke") is made
    models.training_album.cache_clear()


def test_the_four_are_those_of_the_paper_whose_weights_are_there(monkeypatch, tmp_path):
    monkeypatch.setitem(models.TRAINING, "smoke", 10)
    models.training_album.cache_clear()
    shipped = [name for name in FAMILY if (runtime.CHECKPOINTS / f"{name}.safetensors").exists()]
    assert [model.title for model in four_models(profile="smoke").models] == [TITLES[name] for name in shipped]
    assert shipped
    models.training_album.cache_clear()
    with pytest.raises(FileNotFoundError, match="gan_style"):
        shipped_models(["gan_style"])
    monkeypatch.setattr(runtime, "CHECKPOINTS", tmp_path)
    with pytest.raises(ValueError, match="got none; give some of gan_naive"):
        shipped_models()


def test_steps_are_those_of_the_card(monkeypatch):
    continued = {"steps": 4, "from": {"steps": 1200, "from": {"steps": 300}}}
    for card, told in (({"steps": 40_000}, "40,000 steps"), (continued, "1,504 steps"), ({}, "")):
        monkeypatch.setattr(models.checkpoint, "read_card", lambda path, card=card: card)
        assert models.trained("gan_int_cls") == told


# Between sentences


def test_the_ends_are_what_the_sentences_are_drawn_as_and_the_middle_is_their_mean(painter):
    first, second = "a blue bird", SAID
    seen, noise = sentence_walk(painter, first, second, seed=2), painter.noise(1, 2)
    for place, said in ((0, first), (-1, second)):
        assert np.array_equal(seen.images[place], runtime.to_pixels(painter.paint([said], noise))[0])
    with torch.no_grad():
        middle = painter.generator(noise, painter.encoder.encode([first, second]).mean(0, keepdim=True))
    assert np.abs(seen.images[STEPS // 2].astype(int) - runtime.to_pixels(middle)[0]).max() <= 1
    assert len(seen.images) == STEPS == 9


def test_the_slider_draws_nothing_anew(painter, monkeypatch):
    made, walks = between_sentences("a blue bird", SAID, painter), []
    monkeypatch.setattr(sentences, "walk", lambda *asked: walks.append(asked) or path_view.walk(*asked))
    views = set()
    for place in np.linspace(0, 1, STEPS):
        made.place.value = place
        views.add(made.view.value)
    assert len(views) == STEPS and not walks
    made.noise.value = 1
    assert len(walks) == 1


def test_the_large_picture_and_the_marker_are_where_the_slider_stands(painter):
    seen = sentence_walk(painter, "a blue bird", SAID)
    for index in (0, 3, 8):
        html = sentence_view(painter, seen, ("a blue bird", SAID), index).html
        large, strip = pictures(html)
        assert np.array_equal(large, seen.images[index])
        assert np.array_equal(strip[:, 72 * index:72 * index + 64], seen.images[index])
        assert f"β = {1 - index / 8:.2f}" in html
        assert f'<path d="M{column(index) - 7} 15 L{column(index)} 3' in html


def test_only_what_is_named_differently_becomes_a_curve():
    def names(first, second):
        return [(thing.what, thing.named) for thing in differences(first, second)]
    assert names("a blue bird with a white belly", "a red bird with a white belly") == [("body", ["blue", "red"])]
    assert names("a red bird", SAID) == [("wing", ["black"])]
    assert names("a small bird with a long yellow beak", "a large bird with a short beak") == [
        ("beak", ["yellow"]), ("beak shape", ["long", "short"]), ("size", ["small", "large"])]
    assert names(SAID, SAID) == [] and names("", "") == []


def test_curves_are_the_probes_probabilities(painter):
    seen = sentence_walk(painter, "a blue bird with a long tail", "a red bird with a short tail")
    body, tail = differences("a blue bird with a long tail", "a red bird with a short tail")
    for name in ("blue", "red"):
        expected = seen.readings.colour_probabilities("body")[:, list(COLOURS).index(name)]
        assert np.array_equal(body.curves(seen.readings).curves[name], expected)
    assert np.array_equal(tail.curves(seen.readings).curves["long"],
                          seen.readings.probabilities["tail length"][:, rendered.FACTORS["tail length"].index("long")])


def test_sentences_that_name_the_same_have_nothing_to_read_off(painter):
    assert "Both sentences name the same." in between_sentences(SAID, SAID, painter).view.value


# Between noises


def test_the_path_leads_from_noise_to_noise_on_the_great_circle(painter):
    seen, ends = noise_walk(painter, SAID, (0, 5)), [painter.noise(1, seed) for seed in (0, 5)]
    for place, noise in ((0, ends[0]), (-1, ends[1])):
        assert np.array_equal(seen.images[place], runtime.to_pixels(painter.paint([SAID], noise))[0])
    middle = slerp(ends[0][0], ends[1][0], 9)[4:5]
    assert np.array_equal(seen.images[4], runtime.to_pixels(painter.paint([SAID], middle))[0])


def test_the_straight_way_is_shorter_in_the_middle(painter):
    first, second = torch.tensor([3.0, 0.0]), torch.tensor([0.0, 3.0])
    found = lengths(first, second)
    assert found.curved == pytest.approx(np.full(9, 3.0)) and found.usual == pytest.approx(2 ** 0.5)
    assert found.straight[4] == pytest.approx(3 / 2 ** 0.5) and found.straight[[0, 8]] == pytest.approx([3, 3])
    assert "here: 3.0 on the great circle, 2.1 on the straight line" in noises.told_lengths(found, 4)


def test_a_button_changes_one_end_and_the_ends_always_differ(painter):
    made = between_noises(SAID, painter)
    before = pictures(made.view.value)[1]
    for button, same, other in ((made.controls.children[2], slice(-64, None), slice(None, 64)),
                                (made.controls.children[3], slice(None, 64), slice(-64, None))):
        button.click()
        now = pictures(made.view.value)[1]
        assert np.array_equal(now[:, same], before[:, same]) and not np.array_equal(now[:, other], before[:, other])
        before = now
    assert made.seeds == (2, 3) and made.settings()["z1"] == "2"


def test_what_must_stay_is_counted(painter):
    made = between_noises(SAID, painter)
    readings = noise_walk(painter, SAID, (0, 1)).readings
    right = [(readings.colours(part) == list(COLOURS).index(colour)) for part, colour in (("body", "red"),
                                                                                          ("wing", "black"))]
    assert f"named colours found: {np.sum(right)} of 18 on the whole path" in made.view.value
    made.sentence.value = "a bird"
    assert "names no colour" in made.view.value and "named colours found" not in made.view.value
    background = [rendered.FACTORS["background"][i] for i in readings.values("background")]
    assert f"background: {course(background)}." in between_noises(SAID, painter).view.value


# What a path looks like


@pytest.mark.parametrize("values, told", [
    (["sky"] * 4, "stays sky"), (["sky", "sand", "sand", "sand", "sand"], "turns from sky to sand after 0.00"),
    (["a", "a", "a", "b", "b"], "turns from a to b after 0.50"), (["a", "b", "a"], "changes 2 times: a, b, a")])
def test_the_course_of_values_in_words(values, told):
    assert course(values) == told


def test_leading_values_are_the_named_ones_and_the_winners():
    table = np.array([[0.7, 0.2, 0.1, 0.0], [0.1, 0.2, 0.7, 0.0]])
    found = leading(table, ["red", "blue", "green", "pink"], ["blue"])
    assert list(found)[0] == "blue" and {*found} == {"blue", "red", "green"}
    assert np.array_equal(found["green"], table[:, 2])
    many = leading(np.eye(9), [*COLOURS][:9], ["grey"])
    assert len(many) == path_view.MOST_CURVES and next(iter(many)) == "grey"


def test_a_curve_is_as_high_as_its_values_and_stands_below_its_pictures():
    values = np.linspace(0, 1, 9) ** 2
    html = chart([Curves("body", {"red": values})], 6, ("left", "right"))
    line = re.search(r'<path d="(M[^"]+)" fill="none"', html)[1]
    points = svg_numbers(line, r"([\d.]+),([\d.]+)")
    x, y = np.array(points).T
    assert np.allclose(x, [column(i) for i in range(9)], atol=0.06)
    low, high = (float(re.search(rf'y="([\d.]+)" font-size="11" text-anchor="end" fill="[^"]+">{number}<', html)[1]) - 4
                 for number in (0, 1))
    assert low > high and np.allclose((low - y) / (low - high), values, atol=2e-3)
    dot = svg_numbers(html, r'<circle cx="([\d.]+)" cy="([\d.]+)"')[0]
    assert dot == pytest.approx(points[6], abs=0.06)
    assert 'aria-label="body: red from 0.00 to 1.00."' in html


def test_words_stand_below_their_pictures_with_a_bar_at_each_change():
    html = chart([Words("background", ["sky"] * 4 + ["sand"] * 5, np.full(9, 0.9))], 0, ("z1", "z2"))
    bar, = re.findall(r'<path d="M([\d.]+) \d+ v', html)
    assert float(bar) == (column(3) + column(4)) / 2
    assert html.count(">sky<") == 4 and html.count(">sand<") == 5 and html.count(">0.90<") == 9
    assert "turns from sky to sand after 0.38" in html


# D's answers


def test_the_auc_is_told_for_what_is_shown(answers):
    for title, found in answers.items():
        view = answers_view(found, title)
        for kind in ("wrong", "swapped", "fake"):
            value = auc(found.right, getattr(found, kind))
            assert (f"Against ({KINDS[kind].told}): the right pair gets the higher answer in {100 * value:.0f} of 100 "
                    f"cases, AUC {value:.2f}.") in view.text
    assert "AUC 0.50." in answers_view(answers["GAN"], "GAN", ["wrong"]).text
    assert "AUC 1.00." in answers_view(answers["GAN-CLS"], "x", ["wrong"]).text
    assert "AUC 0.00." in answers_view(answers["GAN-CLS"], "x", ["fake"]).text
    assert "Against" not in answers_view(answers["GAN"], "GAN", ["right"]).text


@pytest.mark.parametrize("axis", pairs.AXES)
def test_every_answer_is_in_a_bar(answers, axis):
    found = answers["GAN-CLS"]
    html = answers_view(found, "GAN-CLS", ["wrong"], axis).html
    outlines = re.findall(r'<path d="M216 ([\d.]+)((?:V[\d.]+h[\d.]+)+)V', html)
    assert len(outlines) == 2                                           # the right pairs behind the wrong ones
    edges = pairs.bins(found, axis)
    for (floor, steps), kind in zip(outlines, ("right", "wrong")):
        heights = np.array([float(floor) - float(y) for y in re.findall(r"V([\d.]+)h", steps)])
        counts = np.histogram(pairs.on_axis(getattr(found, kind), axis), edges)[0]
        assert counts.sum() == 400 and np.corrcoef(heights, counts)[0, 1] > 0.999
    assert (edges[0], edges[-1]) == ((0, 1) if axis == "probability" else (min(map(min, found)), max(map(max, found))))


def test_kinds_of_pair_are_toggled(answers):
    made = pair_histograms(answers)
    made.kinds["swapped"].value = False
    assert "one colour swapped" not in made.view.value and "text of another species" in made.view.value
    for box in made.kinds.values():
        box.value = False
    assert made.settings()["pairs"] == "none" and "nan" not in made.view.value
    made.reset()
    assert all(box.value for box in made.kinds.values())


def test_equal_answers_still_make_a_picture():
    html = answers_view(Answers(*np.zeros((4, 5))), "GAN").html
    assert "nan" not in html and "AUC 0.50" in html


def test_what_cannot_be_shown_is_refused(answers):
    with pytest.raises(ValueError, match="got no model; see pair_answers"):
        pair_histograms({})
    with pytest.raises(ValueError, match="got none for GAN; see"):
        pair_histograms({"GAN": answers["GAN"]._replace(fake=np.array([]))})
    with pytest.raises(ValueError, match="kinds should be of right, wrong, swapped, fake .* got wrongg and logit"):
        answers_view(answers["GAN"], "GAN", ["wrongg"])
    with pytest.raises(ValueError, match="got right and log"):
        answers_view(answers["GAN"], "GAN", ["right"], "log")
