"""Chapter 04 in a real JupyterLab: a sentence and its birds, the map, a swapped word, and the first card.

`T2I_SHOTS=DIR` keeps the screenshots in DIR.
"""

import inspect

import lab
import pytest
import text_learners
from lab_widgets import PICTURE, SCROLLS, TOO_WIDE, becomes, changes, checked, choose, click, type_into

from t2ilib.exercises import answer_source, text_reading

CHAPTER = "04_joint_embedding"
ANSWER_MS = 20_000              # for one answer of a widget
RANK, MAP, SWAP = "rank_birds(gallery", "embedding_map(gallery", "swap_word(gallery"
CARD = "exercises.text_reading.characters.card()"
BIRDS = "output => [...output.querySelectorAll('figure img')].map(image => image.src)"
DOTS = "output => [...output.querySelectorAll('svg circle')].map(dot => dot.getAttribute('cx')).join()"
STAR = "output => output.querySelector('svg path').getAttribute('d')"
SCORES = """output => [...output.querySelectorAll('svg text[font-size="11"]')].map(score => score.textContent)"""
pytestmark = pytest.mark.browser


def test_every_cell_runs(page):
    assert lab.errors(page) == []


def test_another_sentence_finds_other_birds(page):
    ranks = lab.output(page, lab.find(page, RANK))
    lab.keep(page, "rank")
    first, birds = ranks.evaluate(PICTURE), ranks.evaluate(BIRDS)
    changes(page, ranks, type_into(ranks, "a green bird with an unheard tail"))
    ranks.get_by_text("The encoder was never shown: unheard").wait_for()
    found = ranks.evaluate(BIRDS)
    assert len(found) == len(birds) == 8 and not {*found} & {*birds}
    assert ranks.locator("figcaption").filter(has_text="✓ green body: yes").count() >= 4
    lab.keep(page, "rank_green")

    changes(page, ranks, choose(ranks, 0, "char_cnn_gru"))
    assert ranks.evaluate(BIRDS) != found
    changes(page, ranks, click(ranks, "Surprise me"))
    click(ranks, "Reset")()
    becomes(page, ranks, first)


def test_the_map_is_chosen_and_the_sentence_moves_on_it(page):
    world = lab.output(page, lab.find(page, MAP))
    lab.keep(page, "map")
    first, dots, star = world.evaluate(PICTURE), world.evaluate(DOTS), world.evaluate(STAR)
    changes(page, world, type_into(world, "a red bird"))
    page.wait_for_function(f"([world, star]) => ({STAR})(world) !== star", arg=[world.element_handle(), star])
    assert world.evaluate(DOTS) == dots
    changes(page, world, choose(world, 1, "t-SNE"))
    assert world.evaluate(DOTS) != dots
    lab.keep(page, "map_tsne")
    changes(page, world, choose(world, 0, "char_cnn_gru"))
    click(world, "Reset")()
    becomes(page, world, first)


def test_a_swapped_word_moves_the_bars(page):
    swap = lab.output(page, lab.find(page, SWAP))
    lab.keep(page, "swap")
    first, scores = swap.evaluate(PICTURE), swap.evaluate(SCORES)
    assert "After: a bird with blue wings" in swap.locator(".t2i-said").inner_text()
    changes(page, swap, choose(swap, 1, "green"))
    said = swap.locator(".t2i-said").inner_text()
    assert "After: a bird with green wings" in said and "Now it is a green wing." in said
    now = swap.evaluate(SCORES)
    assert now[::2] == scores[::2] and now[1::2] != scores[1::2]    # two bars for each colour: before, after
    lab.keep(page, "swap_green")

    changes(page, swap, choose(swap, 0, "5: wings"))
    changes(page, swap, choose(swap, 1, "belly"))
    assert "After: a bird with red belly" in swap.locator(".t2i-said").inner_text()
    click(swap, "Reset")()
    becomes(page, swap, first)


def test_the_first_card_names_the_mistake_and_then_is_solved(page):
    wrong = inspect.getsource(text_learners.codes).replace("def codes(", "def characters(")
    helper = inspect.getsource(text_learners.filled)
    _, marks, said = checked(page, CARD, f"{helper}\n\n{wrong}")
    assert "NO" in marks and "this is the character's code" in said
    lab.keep(page, "card_wrong")
    card, marks, _ = checked(page, CARD, answer_source("text_reading.characters"))
    assert marks == ["OK"] * len(text_reading.characters.checks)
    card.get_by_text("● solved").wait_for()
    lab.keep(page, "card_solved")


@pytest.mark.parametrize("width", [900, 1280])
def test_nothing_is_too_wide_and_nothing_scrolls(page, width):
    page.set_viewport_size({"width": width, "height": 1000})
    for part in (RANK, MAP, SWAP, CARD):
        output = lab.output(page, lab.find(page, part))
        assert (output.evaluate(TOO_WIDE), output.evaluate(SCROLLS)) == ([], []), part
        lab.keep(page, f"{width}_{lab.find(page, part)}")


def test_no_error_and_no_request_to_the_outside(page, complaints):
    """Runs last: it judges all that the tests above have done."""
    assert complaints == []
