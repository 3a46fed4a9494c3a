"""Show library code in a notebook: printed from the source, never pasted."""

import inspect
import textwrap

from IPython.display import Markdown


def show_source(*things) -> Markdown:
    """The source of functions, methods or classes, one after another, with colours."""
    sources = [textwrap.dedent(inspect.getsource(thing)).rstrip() for thing in things]
    return Markdown("```python\n" + "\n\n\n".join(sources) + "\n```")
