"""Chapter 00 in a real JupyterLab: type a sentence, see other birds; check an exercise, read a line.

`T2I_SHOTS=DIR` keeps the screenshots in DIR.
"""

import shutil
from pathlib import Path

import lab
import pytest

from t2ilib.sample import SHOWN_CAPTIONS

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
CHAPTER = "00_start_here.ipynb"
SOURCES = "() => [...document.querySelectorAll('.t2i-birds img')].map(image => image.src)"
CHANGED = """before => { const now = [...document.querySelectorAll('.t2i-birds img')].map(image => image.src);
    return now.length === before.length && now.every((source, i) => source !== before[i]); }"""
LARGE = """() => [...document.querySelectorAll('.t2i-birds img')].map(
    image => [image.naturalWidth, image.getBoundingClientRect().width, image.alt])"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder for JupyterLab and the browser; the test is skipped where they are not installed, but not in CI."""
    lab.require()
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def desk(place):
    """A learner's folder with a copy of the chapter."""
    folder = place / "desk"
    folder.mkdir()
    shutil.copy(NOTEBOOKS / CHAPTER, folder)
    if (NOTEBOOKS / "assets").is_dir():
        shutil.copytree(NOTEBOOKS / "assets", folder / "assets")
    return folder


@pytest.fixture(scope="module")
def page(place, desk, complaints):
    """The chapter in JupyterLab, all cells run."""
    environment = {"T2I_HOME": str(place / "home"), "T2I_PROFILE": "smoke", "T2I_STATIC": ""}
    with lab.lab_server(desk, place, environment) as base, lab.browser_page(place / "browser", complaints) as page:
        lab.open_notebook(page, base, CHAPTER)
        lab.run_all(page)
        yield page


def say(page, sentence):
    """Type a sentence into the box and wait until all eight pictures are others."""
    before = page.evaluate(SOURCES)
    page.get_by_label("Sentence").first.fill(sentence)
    page.wait_for_function(CHANGED, arg=before)


def test_every_cell_runs(page):
    assert lab.errors(page) == []


def test_eight_birds_each_with_words(page):
    page.locator(".t2i-birds").scroll_into_view_if_needed()
    lab.keep(page, "birds")
    found = page.evaluate(LARGE)
    assert [(pixels, width) for pixels, width, _ in found] == [(64, 192)] * 8
    assert [alt.startswith(f"Bird {i} of 8.") for i, (_, _, alt) in enumerate(found, 1)] == [True] * 8


def test_another_sentence_draws_other_birds(page):
    say(page, "a blue bird with a white belly and a frobnicated tail on a branch")
    said = page.locator(".t2i-said").first
    said.get_by_text("not understood: frobnicated").wait_for()
    assert "understood: blue body, white belly, on a branch" in said.inner_text()
    assert "white belly: " in page.locator(".t2i-birds figcaption").first.inner_text()
    lab.keep(page, "another_sentence")


def test_typing_key_by_key_ends_with_the_last_sentence(page):
    box = page.get_by_label("Sentence").first
    box.fill("")
    box.press_sequentially("a green bird with a pink crown", delay=20)
    page.locator(".t2i-said").first.get_by_text("understood: green body, pink crown").wait_for()


def test_the_buttons_work_from_the_keyboard(page):
    for word in ("More birds", "Surprise me", "Reset"):
        before = page.evaluate(SOURCES)
        button = page.get_by_role("button", name=word).first
        button.focus()
        button.press("Enter")
        page.wait_for_function(CHANGED, arg=before)
    assert page.get_by_label("Sentence").first.input_value() == SHOWN_CAPTIONS[0]


def test_a_card_answers(page):
    page.get_by_role("button", name="Check").first.click()
    line = page.locator("[role=status] pre").get_by_text("not tried yet").first
    line.wait_for()
    page.get_by_role("button", name="Hint").first.click()
    page.get_by_text("hint 1 of 3").first.wait_for()
    line.scroll_into_view_if_needed()
    lab.keep(page, "card")
    page.get_by_role("button", name="Solution").first.click()
    page.locator("pre").get_by_text("return").first.wait_for()
    lab.keep(page, "solution")


def test_the_quiz_answers(page):
    page.get_by_text("Quiz: what a number is worth").first.scroll_into_view_if_needed()
    page.get_by_role("button", name="b", exact=True).first.click()
    page.locator("[role=status]").get_by_text("(b) Right. ").first.wait_for()
    lab.keep(page, "quiz")


def test_no_error_and_no_request_to_the_outside(page, complaints):
    """Runs last: it judges all that the tests above have done."""
    assert complaints == []
