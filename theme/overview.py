"""`{chapters}` and `{way}`: what the book holds, as a table and as a picture, for the introduction.

Both are made of what each chapter's first cell says of itself.

There a paragraph **The question.** has the question that the chapter answers, and a paragraph **It takes** how long it
is to read and to run.
"""

import re

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from theme.editions import say
from theme.pages import reading_order
from theme.run_times import link, table

QUESTION, TIMES = "The question.", "It takes"
CHINESE = {"本章的问题": QUESTION, "所需时间": TIMES}
READ_AND_RUN = re.compile(r"(?:some )?(.+?) to read and ([^,.]+) to run\b|阅读约?(.+?)，运行约?([^，。；]+)")


def note(app, doctree):
    """Remember what a page says of itself in paragraphs that open in bold."""
    for strong in doctree.findall(nodes.strong):
        opening, paragraph = strong.astext(), strong.parent.astext()
        name = CHINESE.get(opening, opening)
        if name in (QUESTION, TIMES) and paragraph.startswith(opening):
            app.env.metadata[app.env.docname][name] = paragraph.removeprefix(opening).strip("： \n")


class Overview(nodes.General, nodes.Element):
    """Stands for the table, or for the picture, until all chapters are read."""


class Chapters(SphinxDirective):
    def run(self):
        return [Overview(kind="table")]


class Way(SphinxDirective):
    def run(self):
        return [Overview(kind="way")]


class FillOverview(SphinxPostTransform):
    default_priority = 8

    def run(self):
        for placeholder in list(self.document.findall(Overview)):
            chapters = [name for name in reading_order(self.env) if self.env.doc2path(name).endswith(".ipynb")]
            if placeholder["kind"] == "table":
                head = [say("Chapter"), say("The question it answers"), say("To run")]
                # How long it is to read, the picture says.
                rows = [(title, question, run) for title, question, _, run in map(self.row, chapters)]
                placeholder.replace_self(table([nodes.Text(word) for word in head], rows))
            else:
                stations = [self.station(name) for name in chapters]
                placeholder.replace_self(nodes.enumerated_list("", *stations, classes=["way"]))

    def station(self, name):
        """A chapter on the way: its title, which leads to it, and how long it is to read."""
        _, _, reading, _ = self.row(name)
        return nodes.list_item("", nodes.paragraph("", "", link(self, name), nodes.inline("", f" {reading.astext()}")))

    def row(self, name):
        said = self.env.metadata[name]
        times = READ_AND_RUN.match(said.get(TIMES, ""))
        if QUESTION not in said or not times:
            raise ExtensionError(
                f"{self.env.doc2path(name)}: the first cell of a chapter has a line '**{QUESTION}** What ...?' "
                f"and a line '**{TIMES}** some 25 minutes to read and half a minute to run.'"
            )
        return (link(self, name), *map(nodes.Text, (said[QUESTION], *filter(None, times.groups()))))
