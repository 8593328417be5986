"""`{run-times}`: the chapters that were executed and how long each took, for the status page.

Exact times and the time of the build would make every build differ from the last; coarse ones and the date of the
commit tell a reader as much.
"""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from theme.editions import is_chinese, say
from theme.pages import reading_order

# The characters that a cell may have and stay on one line: Chinese could be broken between any two.
SHORT = 12


def commit_date(folder):
    """The date of the state that is being built, or None where nothing tells it."""
    if epoch := os.environ.get("SOURCE_DATE_EPOCH"):
        return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%d")
    command = ["git", "-C", folder, "log", "-1", "--format=%cs"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def coarse(seconds):
    limits = {60: say("under a minute"), 300: say("under five minutes"), 600: say("under ten minutes")}
    return next((words for limit, words in limits.items() if seconds < limit), say("ten minutes or more"))


class Table(nodes.General, nodes.Element):
    """Stands for the table until all chapters are read."""


class RunTimes(SphinxDirective):
    def run(self):
        return [Table()]


class FillTable(SphinxPostTransform):
    default_priority = 8

    def run(self):
        for placeholder in list(self.document.findall(Table)):
            placeholder.replace_self(self.content())

    def content(self):
        data = NbMetadataCollector.get_doc_data(self.env)
        chapters = [name for name in reading_order(self.env) if name in data]
        seconds = {name: data[name]["exec_data"]["runtime"] for name in chapters if data[name].get("exec_data")}
        if is_chinese():  # whose results, and so times, are those of the English notebooks
            seconds = json.loads(Path(self.app.srcdir, "run-times.json").read_text("utf-8"))
        rows = [(link(self, name), nodes.Text(coarse(seconds[name]))) for name in chapters if seconds.get(name)]
        found = [table((nodes.Text(say("Chapter")), nodes.Text(say("ran in"))), rows)]
        if date := commit_date(self.app.srcdir):
            found.insert(
                0, nodes.paragraph(text=say("These are the results of the book as it was on {date}.", date=date))
            )
        return found


def link(transform, name):
    """The title of a page, which leads to it from the page that is transformed."""
    title = nodes.Text(transform.env.titles[name].astext())
    return make_refnode(transform.app.builder, transform.env.docname, name, None, title)


def table(head, rows):
    def row(cells):
        return nodes.row("", *map(entry, cells))

    def entry(cell):
        classes = ["whole"] if len(cell.astext()) <= SHORT else []
        return nodes.entry("", nodes.paragraph("", "", cell), classes=classes)

    columns = [nodes.colspec(colwidth=1) for _ in head]
    body = nodes.tbody("", *map(row, rows))
    return nodes.table("", nodes.tgroup("", *columns, nodes.thead("", row(head)), body, cols=len(head)))
