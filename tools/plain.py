"""Refuse in a notebook what only the site would understand, naming the cell.

JupyterLab, VS Code, Colab and GitHub show a notebook as CommonMark with tables and formulas. `theme/plain.py` says how
exercises, citations and references are written, so that they read well there and the site has all that it needs.
"""

import re
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
from canonical import notebooks
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from theme.plain import bibliography, built  # noqa: E402

PLAIN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin, allow_labels=True, double_inline=True)
RAW_LINES = {
    r":::+": "a directive",
    r"\([^()\s]+\)=\s*$": "a target",
    r":[\w-]+:(\s|$)": "an option",
    r"%\s": "a comment",
    r"\+\+\+(\s|$)": "a break between blocks",
}
RAW_WORDS = {r"\[\^[^\]]+\]": "a footnote", r"\{\{.*?\}\}": "a substitution"}


def raw(source):
    """What a cell's Markdown has that only MyST understands, each as a few words with the text in question."""
    for token in PLAIN.parse(source):
        if token.type == "fence" and token.info.lstrip().startswith("{"):
            yield f"a directive, ```{token.info.strip()}"
        elif token.type == "math_block_label":
            yield f"a label of a formula, ({token.info})"
        elif token.type == "html_block":
            yield from (f"a role, {found}" for found in re.findall(r"\{[\w:+.-]+\}`[^`]*`", token.content))
        elif token.type == "inline":
            yield from raw_inline(token)


def raw_inline(token):
    for line in token.content.splitlines():
        for pattern, name in RAW_LINES.items():
            if re.match(pattern, line):
                yield f"{name}, {line}"
    parts = token.children or []
    for part, following in pairwise([*parts, None]):
        if part.type == "text":
            if following and following.type == "code_inline" and (role := re.search(r"\{[\w:+.-]+\}$", part.content)):
                yield f"a role, {role[0]}`{following.content}`"
            for pattern, name in RAW_WORDS.items():
                yield from (f"{name}, {found}" for found in re.findall(pattern, part.content))
        elif part.type == "link_open":
            target = part.attrGet("href")
            if following and following.type == "link_close":
                yield f"a link without words, []({target})"
            if not re.match(r"https?://|mailto:|#(fig|ex)-|[\w./-]+\.(ipynb|md)(#fig-[\w-]+|#ex-[\w-]+)?$", target):
                yield f"a link that leads nowhere, ({target})"


def main(paths):
    found = []
    for path in paths:
        notebook = nbformat.read(ROOT / path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                found += [f"{path}, cell '{cell.id}': {what}" for what in raw(cell.source)]
        _, faults = built(notebook, bibliography(ROOT / "references.bib"))
        found += [f"{path}, cell '{cell}': {fault}" for cell, fault in faults]
    if found:
        sys.exit("\n".join([*found, "A notebook is read without MyST too; theme/plain.py says how to write these."]))
    print("All notebooks are plain Markdown.")


if __name__ == "__main__":
    main(sys.argv[1:] or notebooks())
