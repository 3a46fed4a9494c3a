"""What the widgets of a chapter have in common: a few controls, the picture right below, Surprise me and Reset."""

import asyncio
from collections.abc import Sequence
from html import escape

import ipywidgets as widgets

from t2ilib.figures import Card, Markup
from t2ilib.widgets import button, is_live
from t2ilib.widgets.reader import PAPER_STYLE
from t2ilib.widgets.sentence import BUSY, STYLE

BEAT = 0.03                     # seconds between two pictures at most: they follow a hand that drags
FULL = {"width": "100%", "max_width": "820px", "margin": "2px 0"}      # no margin at the sides: it would scroll
NARROW = "<style>.widget-html-content:has(> .t2i-panel) { min-width: 0; }</style>"     # in a narrow window: shrink
WRAP = FULL | {"flex_flow": "row wrap", "align_items": "center"}


def slider(word: str, low: float, high: float, value: float, step: float) -> widgets.FloatSlider:
    """A slider with its name; arrow keys move it by one step."""
    return widgets.FloatSlider(value, min=low, max=high, step=step, description=word, readout_format=".2f",
                               style={"description_width": "120px"}, layout=widgets.Layout(width="390px"))


def html_of(shown: Card | Markup) -> str:
    """A picture on paper as HTML; it does not flicker when it is replaced."""
    html = shown._repr_mimebundle_()["text/html"].replace("<img ", '<img decoding="sync" ')
    return f'{NARROW}<div class="t2i-panel" style="width:804px;max-width:100%;background:#FBFAF7">{html}</div>'


class Panel(widgets.VBox):
    """A widget with a picture. A subclass says what is shown (`picture`), in words how it stands (`settings`), and
    what its two buttons do (`reset`, `surprise`); it hands over its controls and lets each of them call `soon`.
    """

    def __init__(self, controls: Sequence[widgets.Widget], surprise: str, reset: str):
        """`surprise` and `reset` say what the buttons do, for a tooltip."""
        self.waiting = None
        self.controls, self.view = widgets.Box(list(controls), layout=WRAP), widgets.HTML(layout=FULL)
        self.busy = widgets.HTML()
        buttons = [button("Surprise me", surprise, self.surprise), button("Reset", reset, self.reset)]
        super().__init__([self.controls, self.view, widgets.HBox([*buttons, self.busy])], layout=FULL)
        self.draw()

    def picture(self) -> Card | Markup:
        """The picture for the controls as they stand."""
        raise NotImplementedError

    def settings(self) -> dict[str, str]:
        """Name of each control -> how it stands, for a page that cannot answer."""
        raise NotImplementedError

    def still(self) -> Card | Markup:
        """The picture for such a page: with what the controls show, if they are pictures themselves."""
        return self.picture()

    def surprise(self, _button=None) -> None:
        """Somewhere else, by chance."""
        raise NotImplementedError

    def reset(self, _button=None) -> None:
        """As it was at the beginning."""
        raise NotImplementedError

    def soon(self, _change=None) -> None:
        """Draw in a moment; whatever changes until then is drawn with it. Without an event loop draw at once."""
        if self.waiting is None:
            try:
                self.waiting = asyncio.get_running_loop().call_later(BEAT, self.draw)
            except RuntimeError:
                self.draw()

    def draw(self) -> None:
        """Draw now; the old picture stays until the new one is there."""
        self.waiting, self.busy.value = None, STYLE + BUSY
        self.view.value = html_of(self.picture())
        self.busy.value = ""

    def _repr_mimebundle_(self, **kwargs) -> dict:
        live = super()._repr_mimebundle_(**kwargs) if is_live() else {}
        shown, told = self.still(), self.settings()
        fields = "".join(f'<span>{escape(name)} <span class="t2i-field">{escape(value)}</span></span>'
                         for name, value in told.items())
        words = ", ".join(f"{name}: {value}" for name, value in told.items())
        return live | {"text/html": f'{PAPER_STYLE}<div class="t2i-paper">{fields}</div>{html_of(shown)}',
                       "text/plain": f"{words}\n{shown._repr_mimebundle_()['text/plain']}"}
