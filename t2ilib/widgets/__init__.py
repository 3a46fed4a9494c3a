"""Things to click and type in: thin shells over functions that return a picture or HTML.

Every widget also carries what it shows as plain HTML, so a page or a viewer without widgets still has something to see.
"""

import os
from collections.abc import Callable

import ipywidgets
from IPython import get_ipython


def is_live() -> bool:
    """True if a widget can answer: there is a kernel, and nobody set `T2I_STATIC=1`.

    A kernel cannot know whether a person is looking; the chapter runner, behind which nobody is, sets the variable.
    """
    return os.environ.get("T2I_STATIC") != "1" and hasattr(get_ipython(), "kernel")


def button(word: str, tooltip: str, act: Callable) -> ipywidgets.Button:
    """A button that calls `act(button)`."""
    made = ipywidgets.Button(description=word, tooltip=tooltip, layout=ipywidgets.Layout(width="120px"))
    made.on_click(act)
    return made
