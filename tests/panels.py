"""What holds for every widget that has a picture. A test module gives the fixture `shown` and takes the rules over."""

import base64
import io
import re

import numpy as np
from PIL import Image


def pictures(html):
    """The pictures in a piece of HTML, as arrays."""
    codes = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(code)))) for code in codes]


def without_pictures(html):
    """The HTML with the codes of its pictures left out: chance may spell any word there."""
    return re.sub(r"base64,[^\"]+", "", html)


def check_html(html):
    """Each picture has words, and nothing comes from the network."""
    assert html.count("<img ") + html.count("<svg ") == len(re.findall(r'(?:alt|aria-label)="[^"]{5,}"', html)) > 0
    plain = without_pictures(html)
    assert "http" not in plain and "url(" not in plain and "<script" not in plain and "nan" not in plain


class PanelRules:
    """The tests; `shown` is a fixture with a widget and a function that changes what must be seen."""

    def test_the_picture_follows_a_control_and_reset_undoes_it(self, shown):
        made, change = shown
        first = made.view.value
        change()
        assert made.view.value != first and made.busy.value == ""
        made.reset()
        assert made.view.value == first

    def test_a_surprise_is_another_picture(self, shown):
        made, _ = shown
        first, made.rng = made.view.value, np.random.default_rng(0)
        surprise, reset = made.children[-1].children[:2]
        assert [surprise.description, reset.description] == ["Surprise me", "Reset"]
        assert surprise.tooltip and reset.tooltip
        surprise.click()
        assert made.view.value != first
        reset.click()
        assert made.view.value == first

    def test_the_picture_stands_right_below_the_controls(self, shown):
        made, _ = shown
        controls, view, _ = made.children
        assert controls is made.controls and view is made.view

    def test_at_most_four_controls_with_names_on_a_paper_of_820_pixels(self, shown):
        made, _ = shown
        assert 1 <= len(made.controls.children) <= 4 and made.layout.max_width == "820px"
        names = [name_of(control) for control in flat(made.controls)]
        assert all(names) and len(set(names)) == len(names)

    def test_without_a_front_end_it_is_its_picture_and_its_settings(self, shown):
        made, change = shown
        for _ in range(2):
            bundle = made._repr_mimebundle_()
            assert set(bundle) == {"text/html", "text/plain"}
            self.check_still(made.view.value, bundle["text/html"])
            for name, value in made.settings().items():
                assert f'{name} <span class="t2i-field">{value}</span>' in bundle["text/html"]
                assert f"{name}: {value}" in bundle["text/plain"]
            check_html(bundle["text/html"])
            change()

    def check_still(self, live, still):
        """What stands on a page without a front end is the picture itself."""
        assert live in still

    def test_the_picture_has_words_and_nothing_from_the_network(self, shown):
        made, change = shown
        for _ in range(2):
            check_html(made.view.value)
            change()


def flat(box):
    """The controls in a box and in the boxes in it; those of our own have their names inside."""
    parts = getattr(box, "children", None)
    return [part for part in [box] if hasattr(part, "description")] if parts is None else [
        control for part in parts for control in flat(part)]


def name_of(control):
    """What stands beside a control, or what it tells a pointer."""
    return (getattr(control, "description", "") or getattr(control, "tooltip", "")
            or " ".join(getattr(control, "tooltips", ())))
