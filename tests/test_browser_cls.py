"""Chapter 05 in a real JupyterLab: the models side by side, D's answers, both walks, and a card.

`T2I_SHOTS=DIR` keeps the screenshots in DIR.
"""

import inspect

import cls_learners
import lab
import pytest
from lab_widgets import PICTURE, SCROLLS, TOO_WIDE, becomes, changes, choose, click, type_into

from t2ilib.desk import copy_chapters
from t2ilib.exercises import answer_source, cls_pairs

CHAPTER = "05_gan_cls_int"
MODELS, ANSWERS, SENTENCES, NOISES = "four_models(", "pair_histograms(", "between_sentences()", "between_noises()"
CARD = "exercises.cls_pairs.generator_loss.card()"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def complaints():
    """Console errors and requests to other machines, from the first moment to the last."""
    return []


@pytest.fixture(scope="module")
def page(tmp_path_factory, complaints):
    """The chapter on a learner's desk in JupyterLab, all cells run."""
    lab.require()
    place = tmp_path_factory.mktemp("lab")
    copy_chapters([CHAPTER], place / "desk")
    environment = {"T2I_HOME": str(place / "home"), "T2I_PROFILE": "smoke", "T2I_STATIC": ""}
    with lab.lab_server(place / "desk", place, environment) as base:
        with lab.browser_page(place / "browser", complaints) as page:
            lab.open_notebook(page, base, f"{CHAPTER}.ipynb")
            lab.run_all(page)
            page.set_default_timeout(20_000)
            yield page


def slide(output, key):
    """What it does to press a key on the slider."""
    return lambda: output.locator(".noUi-handle, [role=slider]").first.press(key)


def checked(page, source):
    """Fill the stub of the card, click Check; returns the marks and the text of the lines."""
    lab.rewrite(page, lab.find(page, "exercise-cls_pairs.generator_loss"), source)
    card = lab.output(page, lab.find(page, CARD))
    before = card.locator("[role=status]").all_inner_texts()
    click(card, "Check")()
    page.wait_for_function("([card, before]) => { const now = card.querySelector('[role=status]')?.innerText;"
                           " return now && now !== before; }", arg=[card.element_handle(), "".join(before)])
    return card.locator("[role=status] pre b").all_inner_texts(), card.locator("[role=status]").inner_text()


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
    marks, said = checked(page, f"import torch\nfrom torch.nn import functional as F\n\n\n{source}")
    assert "NO" in marks and "expected" in said
    marks, _ = checked(page, answer_source("cls_pairs.generator_loss"))
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
