"""Executed notebooks as pages that need no network, and the index that lists them.

Formulas become MathML, pictures are embedded, and a page runs no script: its Content-Security-Policy makes the
browser itself refuse every request.
"""

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from t2ilib.times import in_words

POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; media-src data:; font-src data:; style-src 'unsafe-inline'\">"
)

# Chromium ignores MathML's own attributes for the alignment of columns.
STYLE = """<style>
:root { color-scheme: light dark; }
main { max-width: 60rem; margin: auto; }
.highlight pre { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 13px; }
mtd[columnalign="left"] { text-align: -webkit-left; }
mtd[columnalign="right"] { text-align: -webkit-right; }
mtable[columnspacing^="0em"] > mtr > mtd { padding-left: 0; padding-right: 0; }
</style>"""

# JupyterLab's dark colours, for readers whose system prefers them; paper stays light.
DARK = """{{ resources.include_css("static/theme-dark.css")
             | replace("<style", "<style media='screen and (prefers-color-scheme: dark)'") }}"""

PAGE = f"""
{{%- extends 'index.html.j2' -%}}
{{% block html_head_js %}}{POLICY}{{% endblock %}}
{{% block html_head_css %}}{DARK}{STYLE}{{% endblock %}}
{{% block jupyter_widgets %}}{{% endblock %}}
{{% block html_head_js_mathjax %}}{{% endblock %}}
{{% block html_head_js_mermaidjs %}}{{% endblock %}}
{{% block data_latex %}}<div class="jp-OutputArea-output jp-RenderedHTMLCommon">
{{{{ output.data['text/latex'] | markdown2html }}}}</div>{{% endblock %}}
"""

READABLE = ["text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg", "text/plain"]

INDEX = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{policy}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>From GAN to Text-to-Image: a run</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 "DejaVu Sans", Verdana, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0; }}
th, td {{ text-align: left; padding: .35rem .6rem; border-bottom: 1px solid #80808060; vertical-align: top; }}
.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
pre {{ border-left: 4px solid #E0701A; padding-left: .8rem; white-space: pre-wrap; overflow-wrap: anywhere; }}
</style></head><body>
<h1>From GAN to Text-to-Image</h1>
<p>Profile <b>{profile}</b>, device <b>{device}</b>: {count}, {total}.</p>
<table><tr><th>Chapter</th><th>Status</th><th>Claims</th><th class="number">Time</th><th class="number">Memory</th></tr>
{rows}</table>
{guides}{failures}{verdicts}
</body></html>
"""

STATUS_WORDS = {
    "ok": "\u2713 ok",
    "failed": "\u2717 failed",
    "skipped": "\u21b7 skipped, inputs unchanged",
    "interrupted": "\u25a0 interrupted",
    "not begun": "\u2013 not begun",
}
LINK = re.compile(r"""(?<=<a )(href=["'](?:\./)?[\w %-]+)\.(?:md|ipynb)(?=["'#])""")  # to a page of this course
REWRITES = (  # what latex2mathml does not know, in words that it does
    (re.compile(r"\\(begin|end)\{aligned\}"), r"\\\1{split}"),
    (re.compile(r"\\operatorname\*"), r"\\operatorname"),
    (re.compile(r"\\arg\b"), r"\\operatorname{arg}"),
    (re.compile(r"\\sim\b"), r"\\thicksim"),
)
LIMITS_BELOW = re.compile(r"(\\(?:min|max|operatorname\{[a-z]+\}))(?=\s*_)")

VERDICT_MARKS = {"reproduced": "\u25cf", "inconclusive": "\u25d0", "not run": "\u2013"}  # all others: not reproduced


def mathml(tex: str, display: str) -> str:
    """A formula as MathML; `display` is "inline" or "block". A formula that cannot be read is shown as written."""
    for pattern, replacement in REWRITES:
        tex = pattern.sub(replacement, tex)
    if display == "block":
        tex = LIMITS_BELOW.sub(r"\1\\limits", tex)
    try:
        return convert(tex, display=display)
    except Exception:  # latex2mathml's errors share no base class; a reader is better off with the TeX than without
        return f"<code>{escape(tex)}</code>"


def chapter_page(notebook: NotebookNode, stem: str, folder: Path) -> str:
    """An executed notebook as HTML; pictures that its text names are looked up in `folder`."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _needs_script(output)]
    exporter = _OfflineExporter()
    exporter.config.NbConvertBase.display_data_priority = READABLE
    html, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": stem, "path": str(folder)}})
    return LINK.sub(r"\1.html", re.sub(r"<script\b.*?</script>", "", html, flags=re.DOTALL))


def text_page(path: Path) -> str:
    """A Markdown file as HTML, its pictures inside."""
    text = new_markdown_cell(path.read_text(encoding="utf-8"))
    return chapter_page(new_notebook(cells=[text]), path.stem, path.parent)


def index_page(summary: dict, errors: dict[str, str], guides: Sequence[str] = ()) -> str:
    """The page of a run: `summary` as in summary.json, `errors` by chapter name, `guides` the pages of text beside."""
    chapters = summary["chapters"]
    return INDEX.format(
        policy=POLICY,
        profile=escape(summary["profile"]),
        device=escape(summary["device"]),
        count=f"{len(chapters)} chapter" + "s" * (len(chapters) != 1),
        total=in_words(sum(chapter["seconds"] for chapter in chapters)),
        rows="".join(map(_row, chapters)),
        guides="".join(f'<p><a href="{escape(name)}.html">{escape(name.capitalize())}</a></p>\n' for name in guides),
        failures="".join(f"<h2>{escape(name)} failed</h2><pre>{escape(text)}</pre>\n" for name, text in errors.items()),
        verdicts=_verdict_table(chapters),
    )


def _needs_script(output: NotebookNode) -> bool:
    """True for a live widget, such as a progress bar; without scripts its first moment would stay."""
    return set(output.get("data", {})) - {"text/plain"} == {"application/vnd.jupyter.widget-view+json"}


def _row(chapter: dict) -> str:
    name = escape(chapter["name"])
    title = name if chapter["status"] == "not begun" else f'<a href="{name}.html">{name}</a>'
    return (
        f"<tr><td>{title}</td><td>{STATUS_WORDS[chapter['status']]}</td><td>{_counts(chapter['verdicts'])}</td>"
        f'<td class="number">{in_words(chapter["seconds"])}</td>'
        f'<td class="number">{chapter["peak_mb"]:.0f} MB</td></tr>\n'
    )


def _counts(verdicts: dict[str, dict]) -> str:
    """How many claims of a chapter have which verdict."""
    counts = Counter(entry["verdict"] for entry in verdicts.values())
    return "<br>".join(f"{_mark(verdict)} {count} {escape(verdict)}" for verdict, count in counts.most_common())


def _mark(verdict: str) -> str:
    return VERDICT_MARKS.get(verdict, "\u25cb")


def _verdict_table(chapters: list[dict]) -> str:
    rows = "".join(_verdict_row(key, entry) for chapter in chapters for key, entry in chapter["verdicts"].items())
    if not rows:
        return ""
    heads = '<tr><th>Claim</th><th>Verdict</th><th class="number">Measured</th><th class="number">n</th></tr>'
    return f"<h2>What was reproduced</h2>\n<table>{heads}\n{rows}</table>"


def _verdict_row(key: str, entry: dict) -> str:
    measured, n = ("\u2013" if entry[field] is None else f"{entry[field]:.4g}" for field in ("measured", "n"))
    return (
        f"<tr><td>{escape(key)}</td><td>{_mark(entry['verdict'])} {escape(entry['verdict'])}</td>"
        f'<td class="number">{measured}</td><td class="number">{n}</td></tr>\n'
    )


class _MathRenderer(IPythonRenderer):
    """Markdown to HTML with MathML where nbconvert leaves formulas to MathJax."""

    def inline_math(self, body: str) -> str:
        return mathml(body, "inline")

    def block_math(self, body: str) -> str:
        return mathml(body, "block")

    def latex_environment(self, name: str, body: str) -> str:
        return mathml(rf"\begin{{{name}}}{body}\end{{{name}}}", "block")


class _OfflineExporter(HTMLExporter):
    """nbconvert's page without scripts, its formulas as MathML."""

    raw_template = PAGE

    def markdown2html(self, context, source):
        cell, resources = context.get("cell", {}), context.get("resources", {})
        renderer = _MathRenderer(
            escape=False,
            embed_images=True,
            path=resources.get("metadata", {}).get("path", ""),
            attachments=cell.get("attachments", {}),
            exclude_anchor_links=True,
        )
        return MarkdownWithMath(renderer=renderer).render(source)

    markdown2html.jinja_pass_arg = HTMLExporter.markdown2html.jinja_pass_arg
