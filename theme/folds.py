"""Boxes of the class `dropdown`, which Jupyter Book folds by a script and this theme by the browser's own `details`."""

from docutils import nodes
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform


class Fold(nodes.General, nodes.Element):
    """Its first child is what is seen while it is closed."""


class Summary(nodes.Part, nodes.TextElement):
    pass


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
