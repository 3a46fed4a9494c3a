"""Show library code in a notebook: printed from the source, never pasted."""

import inspect
import textwrap

from IPython.display import Markdown


def show_source(thing) -> Markdown:
    """The source of a function, method or class, with colours."""
    return Markdown(f"```python\n{textwrap.dedent(inspect.getsource(thing))}```")
