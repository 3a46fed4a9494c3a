"""The widgets of chapters 02 and 03 in a real JupyterLab, by hand and by keyboard, over painters that need no training.

`T2I_SHOTS=DIR` keeps the screenshots in DIR, `T2I_THEME="JupyterLab Dark"` takes them in the dark. How long a colour of
the palette takes to change the birds is printed (`pytest -s`).
"""

import os
from pathlib import Path
from statistics import median
from time import perf_counter

import lab
import nbformat
import pytest
from lab_widgets import PICTURE, SCROLLS, TOO_WIDE, becomes, changes, click

IMPORTS = """from noise_painters import Clear, Told, untrained, untrained_cgan, untrained_painter
from t2ilib import sample
from t2ilib.papers.variants import flat_cgan
from t2ilib.sample import NoisePainter
from t2ilib.widgets.condition_picker import condition_picker
from t2ilib.widgets.digit_picker import digit_picker
from t2ilib.widgets.latent_walk import latent_walk
from t2ilib.widgets.look_inside import look_inside
from t2ilib.widgets.noise_board import noise_board
from t2ilib.widgets.noise_plane import noise_plane
game = untrained_cgan(("species", "place"), 13)
placed = NoisePainter(game.generator, game.config, sample.load_probe())
digits = flat_cgan.FlatCgan(flat_cgan.Config())"""
WALK, PLANE, BOARD, PICKER = "latent_walk(un", "noise_plane(Clear", "noise_board(Clear", "condition_picker(Told"
PLACES, INSIDE, DIGITS = "condition_picker(placed", "look_inside(untrained", "digit_picker(digits"
CELLS = {WALK: "latent_walk(untrained_painter())", PLANE: "noise_plane(Clear())", BOARD: "noise_board(Clear())",
         PICKER: "condition_picker(Told())", PLACES: "condition_picker(placed)", INSIDE: "look_inside(untrained())",
         DIGITS: "digit_picker(digits.generator, sample.load_gan().generator)"}
ACTIVE = f"() => {lab.CURRENT}.content.activeCellIndex"
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory, complaints):
    """A notebook with all widgets in JupyterLab, all cells run."""
    lab.require()
    place = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in (IMPORTS, *CELLS.values())]
    (place / "desk").mkdir()
    nbformat.write(notebook, place / "desk" / "noise.ipynb")
    paths = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH"))))
    environment = {"T2I_HOME": str(place / "home"), "T2I_PROFILE": "smoke", "T2I_STATIC": "", "PYTHONPATH": paths}
    with lab.lab_server(place / "desk", place, environment) as base:
        with lab.browser_page(place / "browser", complaints) as page:
            lab.open_notebook(page, base, "noise.ipynb")
            lab.run_all(page)
            page.set_default_timeout(20_000)
            yield page


def shown(page, part):
    """The output of a cell, and its picture as it is now."""
    output = lab.output(page, lab.find(page, part))
    return output, output.evaluate(PICTURE)


def test_every_cell_runs(page):
    assert lab.errors(page) == []


def test_the_walk_goes_both_ways(page):
    walk, first = shown(page, WALK)
    lab.keep(page, "walk")
    changes(page, walk, click(walk, "straight line"))
    changes(page, walk, lambda: walk.locator(".noUi-handle, [role=slider]").first.press("ArrowLeft"))
    changes(page, walk, click(walk, "another z2"))
    walk.get_by_text("0.38 of the way from z1 to z2, on the straight line.").wait_for()
    click(walk, "Reset")()
    becomes(page, walk, first)


def test_the_point_is_dragged_and_takes_keys(page):
    plane, first = shown(page, PLANE)
    lab.keep(page, "plane")
    pad = plane.locator(".t2i-pad")
    pad.locator("img").evaluate("image => image.decode()")
    pad.focus()
    active = page.evaluate(ACTIVE)
    changes(page, plane, lambda: pad.press("ArrowRight"))
    plane.get_by_text("The bird at (0.52, 0.24)").wait_for()
    changes(page, plane, lambda: pad.press("ArrowUp"))
    plane.get_by_text("The bird at (0.52, 0.26)").wait_for()
    assert page.evaluate(ACTIVE) == active                      # the keys were for the point, not for the notebook

    box = pad.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"], steps=4)
    page.mouse.up()
    plane.get_by_text("The bird at (1.00, 1.00)").wait_for()
    assert pad.get_attribute("aria-valuetext") == "right 0.90, up 0.90"
    lab.keep(page, "plane_dragged")
    slider = plane.locator(".noUi-handle, [role=slider].noUi-handle").first
    changes(page, plane, lambda: slider.press("ArrowLeft"))
    plane.get_by_text("The bird at (0.98, 1.00)").wait_for()
    click(plane, "Reset")()
    becomes(page, plane, first)


def test_birds_are_picked_by_hand_and_by_key(page):
    board, first = shown(page, BOARD)
    lab.keep(page, "board")
    birds = board.locator(".t2i-pictures > button")
    birds.first.wait_for()
    assert birds.count() == 36 and birds.nth(0).get_attribute("aria-pressed") == "true"
    changes(page, board, birds.nth(20).click)
    assert birds.nth(20).get_attribute("aria-label").endswith("in A")
    board.get_by_text("(A 4, B 3, C 3)").wait_for()
    board.get_by_label("fill B").check()
    changes(page, board, lambda: birds.nth(21).press("Enter"))
    board.get_by_text("(A 4, B 4, C 3)").wait_for()
    changes(page, board, lambda: birds.nth(21).press("Space"))
    assert birds.nth(21).get_attribute("aria-pressed") == "false"
    changes(page, board, lambda: board.get_by_label("stretch the sum").check())
    lab.keep(page, "board_picked")
    click(board, "Reset")()
    becomes(page, board, first)
    page.wait_for_function("button => button.getAttribute('aria-pressed') === 'false'",
                           arg=birds.nth(20).element_handle())


def test_colours_are_picked_by_hand_and_by_key(page):
    picker, first = shown(page, PICKER)
    lab.keep(page, "picker")
    seconds = []
    for colour in ("green", "red", "blue", "pink", "black"):
        started = perf_counter()
        changes(page, picker, picker.get_by_label(f"wing: {colour}", exact=True).click)
        seconds.append(perf_counter() - started)
    print(f"\ncondition picker: {median(seconds):.2f} s from a click to the birds")
    picker.get_by_text("black wing").first.wait_for()
    swatch, active = picker.get_by_label("wing: black", exact=True), page.evaluate(ACTIVE)
    changes(page, picker, lambda: swatch.press("ArrowRight"))
    picker.get_by_text("white wing").first.wait_for()
    assert picker.get_by_label("wing: white", exact=True).is_checked()
    changes(page, picker, picker.get_by_label("wing: unnamed", exact=True).click)
    assert picker.locator("u", has_text="wing").count() == 0 and page.evaluate(ACTIVE) == active
    lab.keep(page, "picker_changed")
    click(picker, "Reset")()
    becomes(page, picker, first)


def test_species_and_place_are_asked_for_too(page):
    places, first = shown(page, PLACES)
    lab.keep(page, "places")
    changes(page, places, lambda: places.locator("select").first.select_option(label="species 4"))
    changes(page, places, lambda: places.locator(".noUi-handle").first.press("ArrowRight"))
    places.get_by_text("x 0.51").first.wait_for()
    click(places, "Reset")()
    becomes(page, places, first)


def test_a_layer_is_clicked(page):
    inside, first = shown(page, INSIDE)
    lab.keep(page, "inside")
    layers = inside.locator("select option")
    changes(page, inside, lambda: inside.locator("select").select_option(index=layers.count() - 1))
    inside.get_by_text("It makes 3 × 64 × 64").wait_for()
    changes(page, inside, click(inside, "discriminator, a fake"))
    inside.get_by_text("D's answer").wait_for()
    lab.keep(page, "inside_d")
    click(inside, "Reset")()
    becomes(page, inside, first)


def test_a_digit_is_clicked(page):
    digits, first = shown(page, DIGITS)
    lab.keep(page, "digits")
    changes(page, digits, click(digits, "7"))
    digits.get_by_text("Told to draw a 7").wait_for()
    click(digits, "Reset")()
    becomes(page, digits, first)


@pytest.mark.parametrize("part", CELLS)
def test_a_surprise_is_drawn_and_reset_undoes_it(page, part):
    output, first = shown(page, part)
    changes(page, output, click(output, "Surprise me"))
    click(output, "Reset")()
    becomes(page, output, first)


@pytest.mark.parametrize("width", [900, 1280])
def test_nothing_is_too_wide_and_nothing_scrolls(page, width):
    page.set_viewport_size({"width": width, "height": 1000})
    for part in CELLS:
        output, _ = shown(page, part)
        lab.keep(page, f"{width}_{part.split('(')[0]}")
        assert (output.evaluate(TOO_WIDE), output.evaluate(SCROLLS)) == ([], []), part


def test_no_error_and_no_request_to_the_outside(page, complaints):
    """Runs last: it judges all that the tests above have done."""
    assert complaints == []
