"""Chapter 09 in a real JupyterLab: all models side by side, the noise truncated, blocks silenced.

`T2I_SHOTS=DIR` keeps the screenshots in DIR.
"""

import lab
import pytest
from lab_widgets import PICTURE, SCROLLS, TOO_WIDE, becomes, changes, click, slide, type_into

CHAPTER = "09_df_gan"
MODELS, TRUNCATION, SILENCE = "compare_models(", "noise_truncation(", "silence_block("
pytestmark = pytest.mark.browser


def test_every_cell_runs(page):
    assert lab.errors(page) == []


def test_a_typed_sentence_is_drawn_by_all_models(page):
    models = lab.output(page, lab.find(page, MODELS))
    lab.keep(page, "models")
    first = models.evaluate(PICTURE)
    assert models.locator("b", has_text="DF-GAN").count() == 1
    rows = models.locator("b", has_text="GAN").count()
    changes(page, models, type_into(models, "a blue bird with a frobnicated tail"))
    models.get_by_text("frobnicated").first.wait_for()
    assert models.get_by_text("blue body").count() >= 6 * rows > 6
    lab.keep(page, "models_blue")
    click(models, "Reset")()
    becomes(page, models, first)


def test_less_noise_is_another_picture_and_more_is_one_too(page):
    noise = lab.output(page, lab.find(page, TRUNCATION))
    lab.keep(page, "truncation")
    first = noise.evaluate(PICTURE)
    for key in ("ArrowLeft", "Home", "End"):
        changes(page, noise, slide(noise, key))
    noise.get_by_text("psi = 1.60").first.wait_for()
    changes(page, noise, type_into(noise, "a green bird with a red belly"))
    noise.get_by_text("red belly").first.wait_for()         # the last word: nothing is on its way any more
    lab.keep(page, "truncation_green")
    click(noise, "Reset")()
    becomes(page, noise, first)


def test_a_silenced_block_changes_the_second_row(page):
    silence = lab.output(page, lab.find(page, SILENCE))
    lab.keep(page, "silence")
    first = silence.evaluate(PICTURE)
    boxes = silence.locator("input[type=checkbox]")
    assert boxes.count() >= 3
    changes(page, silence, boxes.first.click)
    silence.get_by_text("Silenced: 4 → 8").first.wait_for()
    changes(page, silence, boxes.last.click)
    lab.keep(page, "silence_first")
    changes(page, silence, type_into(silence, "a green bird with a red belly"))
    silence.get_by_text("red belly").first.wait_for()
    click(silence, "Reset")()
    becomes(page, silence, first)


@pytest.mark.parametrize("part", [MODELS, TRUNCATION, SILENCE])
def test_a_surprise_is_drawn_and_reset_undoes_it(page, part):
    output = lab.output(page, lab.find(page, part))
    first = output.evaluate(PICTURE)
    changes(page, output, click(output, "Surprise me"))
    click(output, "Reset")()
    becomes(page, output, first)


@pytest.mark.parametrize("width", [900, 1280])
def test_nothing_is_too_wide_and_nothing_scrolls(page, width):
    page.set_viewport_size({"width": width, "height": 1000})
    for part in (MODELS, TRUNCATION, SILENCE):
        output = lab.output(page, lab.find(page, part))
        assert (output.evaluate(TOO_WIDE), output.evaluate(SCROLLS)) == ([], []), part


def test_no_error_and_no_request_to_the_outside(page, complaints):
    """Runs last: it judges all that the tests above have done."""
    assert complaints == []
