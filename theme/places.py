"""Where on a page something is wrong, in words that lead an author there: of a notebook, the cell and its line."""

import json
import logging
import re
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform

# myst-nb counts the lines of a notebook so: those of the first cell from 10,000 on, those of the second from 20,000.
LINES_OF_A_CELL = 10_000


def place(node):
    """For a message of Sphinx: the node itself or, where an extension left no line with it, what it is in."""
    while not node.line and node.parent is not None:
        node = node.parent
    return node


class GiveLinesToPictures(SphinxTransform):
    """Sphinx names a picture that is not there by its own line, and one within a paragraph has none."""

    default_priority = 1

    def apply(self):
        for picture in self.document.findall(nodes.image):
            if not picture.line:
                holder = place(picture)
                picture.source, picture.line = holder.source, holder.line


@cache
def names_of_cells(path, changed):
    cells = json.loads(Path(path).read_text("utf-8"))["cells"]
    return [cell.get("id") for cell in cells]


def in_words(path, line):
    number, line = divmod(line, LINES_OF_A_CELL)
    names = names_of_cells(path, Path(path).stat().st_mtime)
    if not 1 <= number <= len(names):
        return path
    name = names[number - 1]
    return f"{path}, cell {repr(name) if name else number}" + (f", line {line}" if line else "")


class NameCells(logging.Filter):
    """Sphinx's messages about notebooks name the cell."""

    def filter(self, record):
        location = getattr(record, "location", None)
        if isinstance(location, str) and (match := re.fullmatch(r"(.+\.ipynb):(\d+)", location)):
            record.location = in_words(match[1], int(match[2]))
        return True


def name_cells():
    for handler in logging.getLogger("sphinx").handlers:
        handler.addFilter(NameCells())
