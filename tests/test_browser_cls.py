"""Chapter 05 in a real JupyterLab: the models side by side, D's answers, both walks, and a card.

`T2I_SHOTS=DIR` keeps the screenshots in DIR.
"""

import inspect

import cls_learners
import lab
import pytest
from lab_widgets import PICTURE, SCROLLS, TOO_WIDE, becomes, changes, checked, choose, click, slide, type_into

from t2ilib.exercises import answer_source, cls_pairs

CHAPTER = "05_gan_cls_int"
MODELS, ANSWERS, SENTENCES, NOISES = "four_models(", "pair_histograms(", "between_sentences()", "between_noises()"
CARD = "exercises.cls_pairs.generator_loss.card()"
pytestmark = pytest.mark.browser


def test_every_cell_runs(page):
    assert lab.errors(page) == []


def test_a_typed_sentence_is_drawn_by_all_models(page):
    models = lab.output(page, lab.find(page, MODELS))
    lab.keep(page, "models")
    first = models.evaluate(PICTURE)
    rows = models.locator("b", has_text="GAN").count()
    changes(page, models, type_into(models, "a blue bird with a frobnicated tail"))
    models.get_by_text("frobnicated").first.wait_for()
    assert models.get_by_text("blue body").count() >= 6 * rows > 0
    lab.keep(page, "models_blue")
    click(models, "Reset")()
    becomes(page, models, first)


def test_the_answers_of_another_model_and_of_fewer_kinds(page):
    answers = lab.output(page, lab.find(page, ANSWERS))
    lab.keep(page, "answers")
    first = answers.evaluate(PICTURE)
    changes(page, answers, choose(answers, 0, "GAN-CLS"))
    changes(page, answers, answers.locator("input[type=checkbox]").last.click)
    lab.keep(page, "answers_fewer")
    click(answers, "Reset")()
    becomes(page, answers, first)


@pytest.mark.parametrize("part, name", [(SENTENCES, "sentences"), (NOISES, "noises")])
def test_a_walk_follows_the_slider_and_the_sentence(page, part, name):
    walk = lab.output(page, lab.find(page, part))
    lab.keep(page, name)
    first = walk.evaluate(PICTURE)
    changes(page, walk, slide(walk, "ArrowRight"))
    changes(page, walk, slide(walk, "ArrowRight"))
    lab.keep(page, f"{name}_moved")
    changes(page, walk, type_into(walk, "a green bird with a red belly"))
    lab.keep(page, f"{name}_green")
    click(walk, "Reset")()
    becomes(page, walk, first)


def test_a_card_names_the_mistake_and_then_is_solved(page):
    name, wrong = next((mutant.__name__, mutant) for mutant in cls_learners.MISTAKES["cls_pairs.generator_loss"]
                       if "softplus" in inspect.getsource(mutant))
    source = inspect.getsource(wrong).replace(f"def {name}(", "def generator_loss(")
    _, marks, said = checked(page, CARD, f"import torch\nfrom torch.nn import functional as F\n\n\n{source}")
    assert "NO" in marks and "expected" in said
    _, marks, _ = checked(page, CARD, answer_source("cls_pairs.generator_loss"))
    assert marks == ["OK"] * len(cls_pairs.generator_loss.checks)


@pytest.mark.parametrize("width", [900, 1280])
def test_nothing_is_too_wide_and_nothing_scrolls(page, width):
    page.set_viewport_size({"width": width, "height": 1000})
    for part in (MODELS, ANSWERS, SENTENCES, NOISES, CARD):
        output = lab.output(page, lab.find(page, part))
        assert (output.evaluate(TOO_WIDE), output.evaluate(SCROLLS)) == ([], []), part


def test_no_error_and_no_request_to_the_outside(page, complaints):
    """Runs last: it judges all that the tests above have done."""
    assert complaints == []
