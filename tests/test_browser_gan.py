"""Chapter 01 in a real JupyterLab: its widgets by keyboard, two cards, the quiz, the live plot and where it leads.

`T2I_SHOTS=DIR` keeps the screenshots in DIR, `T2I_THEME="JupyterLab Dark"` takes them in the dark. How long a slider
takes to change its picture is printed (`pytest -s`).
"""

import inspect
from functools import partial
from statistics import median
from time import perf_counter

import gan_learners
import lab
import pytest

from t2ilib.exercises import answer_source, gan_quiz
from t2ilib.figures import COLOUR

CHAPTER = "01_gan"
ANSWER_MS = 20_000              # for one answer of a widget
WIDGETS = ("density_duel import duel", "run = line.play(", 'film["steps"]', "noise_explorer(forger")
# the picture of a widget, as a string, and whether it is another one now
PICTURE = "output => output.querySelector('.widget-html-content:has(svg, img)').innerHTML"
CHANGED = f"([output, before]) => ({PICTURE})(output) !== before"
MARKER = "output => output.querySelector('svg circle')?.getAttribute('cx')"
# at each repaint from now on: is there a whole picture, and how high is its place?
WATCH = """output => { const seen = output.seen = new Set();
    const look = () => { if (output.seen !== seen) return;
        const view = output.querySelector('.widget-html-content:has(svg, img)');
        const whole = view && [...view.querySelectorAll('img')].every(image => image.complete && image.naturalWidth);
        seen.add(whole ? Math.round(view.getBoundingClientRect().height) : 'no picture');
        requestAnimationFrame(look); };
    look(); }"""
SEEN = "output => { const seen = [...output.seen]; output.seen = null; return seen; }"
# the pixels of a rectangle (left, top, right, bottom as shares) of the first picture as a number, and how many of all
# pixels have a colour
PIXELS = """const pixels = (image, [left, top, right, bottom]) => {
        const [w, h] = [image.naturalWidth, image.naturalHeight], paper = new OffscreenCanvas(w, h).getContext('2d');
        paper.drawImage(image, 0, 0);
        return paper.getImageData(left * w, top * h, (right - left) * w, (bottom - top) * h).data; };"""
PART = f"""(output, part) => {{ {PIXELS}
    return pixels(output.querySelector('img'), part).reduce((sum, value) => (31 * sum + value) | 0, 7); }}"""
PAINTED = f"""(output, colour) => {{ {PIXELS} const data = pixels(output.querySelector('img'), [0, 0, 1, 1]);
    let count = 0;
    for (let i = 0; i < data.length; i += 4) count += colour.every((value, k) => data[i + k] === value);
    return count; }}"""
DIGIT, ALONG = (66 / 804, 34 / 352, 258 / 804, 226 / 352), (54 / 804, 250 / 352, 1, 322 / 352)
# what is wider than a card, and what would have a scroll bar
TOO_WIDE = """output => [...output.querySelectorAll('.widget-html-content > *, .widget-vbox, svg, img')].filter(
    node => node.getBoundingClientRect().width > 821).map(node => node.outerHTML.slice(0, 80))"""
SCROLLS = """output => [...output.querySelectorAll('*')].filter(node =>
    /auto|scroll/.test(getComputedStyle(node).overflow) && node.clientWidth && (
        node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight)).map(node => node.className)"""

pytestmark = pytest.mark.browser


def changes(page, output, act):
    """Do something and wait until the picture of a widget is another; returns the seconds that took."""
    before, started = output.evaluate(PICTURE), perf_counter()
    act()
    page.wait_for_function(CHANGED, arg=[output.element_handle(), before])
    return perf_counter() - started


def handle(output, name):
    """The handle of the slider with a name."""
    return output.locator(".widget-slider").filter(has_text=name).locator(".noUi-handle")


def click(output, word):
    """What a click on a button does, for `changes`."""
    return output.get_by_role("button", name=word, exact=True).click


def report_of(page, exercise, source):
    """Fill the stub of an exercise, click Check; returns the marks and the text of the lines."""
    number = lab.find(page, f"exercise-{exercise}")
    lab.rewrite(page, number, source)
    card = lab.output(page, lab.find(page, f"exercises.{exercise}.card()"))
    before = card.locator("[role=status]").all_inner_texts()
    click(card, "Check")()
    page.wait_for_function("([card, before]) => { const now = card.querySelector('[role=status]')?.innerText;"
                           " return now && now !== before; }", arg=[card.element_handle(), "".join(before)])
    return card, card.locator("[role=status] pre b").all_inner_texts(), card.locator("[role=status]").inner_text()


def as_answer(function, name):
    """A learner's function under the name that the exercise asks for."""
    return inspect.getsource(function).replace(f"def {function.__name__}(", f"def {name}(")


def test_every_cell_runs(page):
    assert lab.errors(page) == []


def test_the_duel_follows_the_keys(page):
    duel = lab.output(page, lab.find(page, "density_duel import duel"))
    lab.keep(page, "duel")
    first, numbers = duel.evaluate(PICTURE), duel.locator("[role=status]").inner_text()
    mean = handle(duel, "mean of p_g")
    seconds = [changes(page, duel, lambda: mean.press("ArrowRight")) for _ in range(6)]
    print(f"\nduel: {median(seconds):.2f} s from a key to the picture")
    duel.get_by_text("2.10").wait_for()
    assert "at 2.1 with" in duel.get_by_role("img").get_attribute("aria-label")
    assert duel.locator("[role=status]").inner_text() != numbers

    changes(page, duel, click(duel, "be the detective"))
    assert "Your D is" in duel.locator("[role=status]").inner_text()
    changes(page, duel, lambda: handle(duel, "slope of your D").press("ArrowLeft"))
    lab.keep(page, "duel_detective")
    changes(page, duel, click(duel, "Surprise me"))
    click(duel, "move the forger")()
    click(duel, "Reset")()
    page.wait_for_function(f"([output, first]) => ({PICTURE})(output) === first", arg=[duel.element_handle(), first])


@pytest.mark.parametrize("part, name, last", [("run = line.play(", "line", "60"),
                                              ('film["steps"]', "digits", "12,000")])
def test_scrub_keeps_the_old_picture_until_the_new_one_is_there(page, part, name, last):
    run = lab.output(page, lab.find(page, part))
    lab.keep(page, f"scrub_{name}")
    slider = handle(run, "step")
    marker, seconds = run.evaluate(MARKER), []
    run.evaluate(WATCH)
    for key in ("ArrowLeft", "ArrowRight", "Home", "End"):
        seconds.append(changes(page, run, partial(slider.press, key)))
        assert name == "digits" or (run.evaluate(MARKER) == marker) == (key in ("ArrowRight", "End"))
    print(f"\nscrub, {name}: {seconds[0]:.2f} s to a new frame, {seconds[1]:.2f} s back to the one before")
    changes(page, run, run.locator(".widget-play button").first.click)      # from the end: it begins again
    assert slider.get_attribute("aria-valuetext").startswith("0")
    changes(page, run, lambda: None)                                # and goes on by itself
    click(run, "Reset")()
    run.locator(".widget-readout").get_by_text(last, exact=True).wait_for()
    changes(page, run, click(run, "Surprise me"))
    assert len(run.evaluate(SEEN)) == 1


def test_the_noise_explorer_walks(page):
    walk = lab.output(page, lab.find(page, "noise_explorer(forger"))
    lab.keep(page, "noise")
    digit, along = walk.evaluate(PART, DIGIT), walk.evaluate(PART, ALONG)
    seconds = [changes(page, walk, lambda: handle(walk, "right").press("ArrowRight")) for _ in range(6)]
    print(f"\nnoise explorer: {median(seconds):.2f} s from a key to the picture")
    assert walk.evaluate(PART, DIGIT) != digit and walk.evaluate(PART, ALONG) == along
    changes(page, walk, click(walk, "Surprise me"))
    assert walk.evaluate(PART, ALONG) != along
    click(walk, "Reset")()
    page.wait_for_function(f"([output, part, digit]) => ({PART})(output, part) === digit",
                           arg=[walk.element_handle(), DIGIT, digit])
    assert walk.evaluate(PART, ALONG) == along


def test_a_card_names_the_mistake_and_then_is_solved(page):
    exercise, name = "gan_theory.optimal_discriminator", "optimal_discriminator"
    _, marks, said = report_of(page, exercise, as_answer(gan_learners.odds, name))
    assert "NO" in marks and "this is how many real come on one fake" in said
    lab.keep(page, "card_wrong")
    card, marks, _ = report_of(page, exercise, as_answer(gan_learners.d_by_loop, name))
    assert marks == ["OK"] * 5
    card.get_by_text("● solved").wait_for()
    lab.keep(page, "card_solved")


def test_the_card_of_the_training_step(page):
    exercise = "gan_training.training_step"
    right = answer_source(exercise)
    _, marks, said = report_of(page, exercise, right.replace("generator(noise)))", "fake))"))
    assert "NO" in marks and "its own fakes must not be detached" in said
    lab.keep(page, "step_wrong")
    card, marks, _ = report_of(page, exercise, right)
    assert marks == ["OK"] * 5
    card.get_by_text("● solved").wait_for()


def test_the_quiz_answers(page):
    quiz = lab.output(page, lab.find(page, "exercises.gan_quiz.quiz.card()"))
    questions = gan_quiz.quiz.questions
    for number, question in enumerate(questions):
        for index in sorted(range(len(question.choices)), key=lambda index: question.choices[index].right)[-2:]:
            quiz.get_by_role("button", name="abcd"[index], exact=True).nth(number).click()
            quiz.locator("[role=status]").get_by_text(question.choices[index].verdict).wait_for()
        lab.keep(page, f"quiz_{number + 1}")
    quiz.get_by_text("● solved").wait_for()


@pytest.mark.parametrize("width", [900, 1280])
def test_nothing_is_too_wide_and_nothing_scrolls(page, width):
    page.set_viewport_size({"width": width, "height": 1000})
    for part in (*WIDGETS, "exercises.gan_theory.optimal_discriminator.card()", "exercises.gan_quiz.quiz.card()"):
        output = lab.output(page, lab.find(page, part))
        assert (output.evaluate(TOO_WIDE), output.evaluate(SCROLLS)) == ([], []), part
        lab.keep(page, f"{width}_{lab.find(page, part)}")


def test_the_live_plot_leads_to_the_symptoms(page):
    live = lab.output(page, lab.find(page, "train.fit_gan(state"))
    lab.keep(page, "live")
    assert live.locator("img").first.get_attribute("alt").startswith("The log up to step 40. D answers: D(real) 0.")
    for name in ("discriminator", "real", "fake"):
        colour = [int(COLOUR[name][k:k + 2], 16) for k in (1, 3, 5)]
        assert live.evaluate(PAINTED, colour) > 500, f"no curve in {COLOUR[name]}"
    live.get_by_role("link", name="Symptoms and causes").click()
    page.get_by_role("heading", name="Symptoms and causes").wait_for()
    pictures = page.locator(".jp-MarkdownViewer img")
    pictures.first.scroll_into_view_if_needed()
    page.wait_for_function("() => { const all = [...document.querySelectorAll('.jp-MarkdownViewer img')];"
                           " return all.length === 8 && all.every(image => image.naturalWidth); }")
    lab.keep(page, "symptoms")


def test_no_error_and_no_request_to_the_outside(page, complaints):
    """Runs last: it judges all that the tests above have done."""
    assert complaints == []
