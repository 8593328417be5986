"""What is folded: boxes of the class `dropdown`, by the browser's own `details` and not by a script; code."""

import re

from docutils import nodes
from myst_nb.sphinx_ import HideInputCells
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform

from theme.editions import say


class Fold(nodes.General, nodes.Element):
    """Its first child is what is seen while it is closed."""


class Summary(nodes.Part, nodes.TextElement):
    pass


class NameFoldedCode(SphinxPostTransform):
    """Say of folded code what it is. Several cells in a row would all be called "Show code cell source"."""

    default_priority = HideInputCells.default_priority - 1
    formats = ("html",)

    def run(self):
        for cell in self.document.findall(nodes.container):
            if cell.get("hide_mode") != "input" or cell["prompt_show"] != self.config.nb_code_prompt_show:
                continue
            code = cell.next_node(nodes.literal_block).astext()
            if names := re.findall(r"^(?:def|class) (\w+)", code, re.MULTILINE):
                parts = {"names": say(", ").join(names)}
                cell["prompt_show"] = say("Show the code of {names}", **parts)
                cell["prompt_hide"] = say("Hide the code of {names}", **parts)
            else:
                parts = {"first": code.strip().splitlines()[0]}
                cell["prompt_show"] = say("Show the code that begins with {first}", **parts)
                cell["prompt_hide"] = say("Hide the code that begins with {first}", **parts)


class FoldBoxes(SphinxPostTransform):
    default_priority = 900
    formats = ("html",)

    def run(self):
        for box in list(self.document.findall(nodes.Admonition)):
            if "dropdown" not in box["classes"] or box.tagname not in ("admonition", *admonitionlabels):
                continue  # a solution folds in its own way
            if isinstance(box, nodes.admonition):  # it brings its title along
                summary, content = Summary("", "", *box[0].children), box.children[1:]
            else:
                summary, content = Summary("", admonitionlabels[box.tagname]), box.children
            fold = Fold("", summary, *content, ids=box["ids"], classes=["admonition", box.tagname, *box["classes"]])
            box.replace_self(fold)


def visit_fold(translator, node):
    translator.body.append(translator.starttag(node, "details"))


def depart_fold(translator, node):
    translator.body.append("</details>\n")


def visit_summary(translator, node):
    translator.body.append(translator.starttag(node, "summary", "", CLASS="admonition-title"))


def depart_summary(translator, node):
    translator.body.append("</summary>\n")
