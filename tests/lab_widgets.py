"""What browser tests do with a widget in a JupyterLab: change it, wait for its picture, and look whether it fits."""

import lab

# the picture of a widget, as a string, and whether it is another one now
PICTURE = "output => output.querySelector('.widget-html-content:has(svg, img)').innerHTML"
CHANGED = f"([output, before]) => ({PICTURE})(output) !== before"
# what is wider than a card, and what would have a scroll bar; a box to type in may have one
TOO_WIDE = """output => [...output.querySelectorAll('.widget-html-content > *, .widget-vbox, svg, img')].filter(
    node => node.getBoundingClientRect().width > 821).map(node => node.outerHTML.slice(0, 80))"""
SCROLLS = """output => [...output.querySelectorAll('*:not(textarea)')].filter(node =>
    /auto|scroll/.test(getComputedStyle(node).overflow) && node.clientWidth && (
        node.scrollWidth > node.clientWidth || node.scrollHeight > node.clientHeight)).map(node => node.className)"""


def changes(page, output, act):
    """Do something and wait until the picture of a widget is another."""
    before = output.evaluate(PICTURE)
    act()
    page.wait_for_function(CHANGED, arg=[output.element_handle(), before])


def becomes(page, output, before):
    """Wait until the picture of a widget is that of before."""
    page.wait_for_function(f"([output, before]) => ({PICTURE})(output) === before",
                           arg=[output.element_handle(), before])


def click(output, word):
    """What a click on a button does, for `changes`."""
    return output.get_by_role("button", name=word, exact=True).click


def type_into(output, sentence, number=0):
    """What it does to type a sentence, key by key, in the place of the old one; boxes are counted from 0."""
    def act():
        field = output.locator("textarea, input[type=text]").nth(number)
        field.press("Control+a")
        field.press_sequentially(sentence)
    return act


def choose(output, number, word):
    """What it does to choose in a menu; they are counted from 0."""
    return lambda: output.locator("select").nth(number).select_option(label=word)


def slide(output, key):
    """What it does to press a key on the slider."""
    return lambda: output.locator(".noUi-handle, [role=slider]").first.press(key)


def checked(page, card, source):
    """Fill the stub of an exercise's card and click Check; returns the card, its marks and the text of its lines.

    `card`: the line that shows it, such as "exercises.cls_pairs.generator_loss.card()".
    """
    lab.rewrite(page, lab.find(page, card.replace("exercises.", "exercise-").removesuffix(".card()")), source)
    shown = lab.output(page, lab.find(page, card))
    before = shown.locator("[role=status]").all_inner_texts()
    click(shown, "Check")()
    page.wait_for_function("([card, before]) => { const now = card.querySelector('[role=status]')?.innerText;"
                           " return now && now !== before; }", arg=[shown.element_handle(), "".join(before)])
    status = shown.locator("[role=status]")
    return shown, status.locator("pre b").all_inner_texts(), status.inner_text()
