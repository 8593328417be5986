"""`{chapters}`: what the book holds, for the introduction, as each chapter's first cell says it of itself.

There a paragraph **The question.** has the question that the chapter answers, and a paragraph **It takes** how long it
is to read and to run.
"""

import re

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from theme.pages import reading_order
from theme.run_times import link, table

HEAD = ("Chapter", "The question it answers", "To read", "To run")
QUESTION, TIMES = "The question.", "It takes"
READ_AND_RUN = re.compile(r"(?:some )?(.+?) to read and ([^,.]+) to run\b")


def note(app, doctree):
    """Remember what a page says of itself in paragraphs that open in bold."""
    for strong in doctree.findall(nodes.strong):
        opening, paragraph = strong.astext(), strong.parent.astext()
        if opening in (QUESTION, TIMES) and paragraph.startswith(opening):
            app.env.metadata[app.env.docname][opening] = paragraph.removeprefix(opening).strip()


class Overview(nodes.General, nodes.Element):
    """Stands for the table until all chapters are read."""


class Chapters(SphinxDirective):
    def run(self):
        return [Overview()]


class FillTable(SphinxPostTransform):
    default_priority = 8

    def run(self):
        for placeholder in list(self.document.findall(Overview)):
            rows = [self.row(name) for name in reading_order(self.env) if self.env.doc2path(name).endswith(".ipynb")]
            placeholder.replace_self(table([nodes.Text(word) for word in HEAD], rows))

    def row(self, name):
        said = self.env.metadata[name]
        times = READ_AND_RUN.match(said.get(TIMES, ""))
        if QUESTION not in said or not times:
            raise ExtensionError(
                f"{self.env.doc2path(name)}: the first cell of a chapter has a line '**{QUESTION}** What ...?' "
                f"and a line '**{TIMES}** some 25 minutes to read and half a minute to run.'"
            )
        return (link(self, name), *map(nodes.Text, (said[QUESTION], *times.groups())))
