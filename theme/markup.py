"""What a page would be given and could not show, in HTML that an author or a library wrote.

The policy of the pages, in pages.py, refuses scripts, players and whatever comes from elsewhere, and a reader would see
an empty place; files that only HTML names are not copied. Here the build says so, and where.
"""

import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from theme import licences
from theme.download import NOTEBOOKS
from theme.places import place

logger = logging.getLogger(__name__)

REFUSED = {
    "script": "a script",
    "iframe": "a frame",
    "frame": "a frame",
    "object": "a plug-in",
    "embed": "a plug-in",
    "video": "a player",
    "audio": "a player",
    "link": "a style sheet of its own",
    "meta": "a meta element",
    "base": "another base address",
}
WHY = "pages carry no scripts, players or foreign frames, and readers would see nothing"
SOURCES = ("src", "srcset", "poster", "data", "xlink:href")
FOREIGN_STYLE = re.compile(r"""@import|url\(\s*['"]?(?!['"]?(?:data:|\#))""")

LOADS_A_FILE = re.compile(rb"""<(?:image|use)\b[^>]*\bhref=["'](?!data:|\#)""")

# Tags of cells that Jupyter Book documents, and classes, for which this theme has no place.
UNKNOWN_TAGS = {"margin", "full-width", "full_width", "popout", "thebe-init"}
UNKNOWN_CLASSES = {"margin", "full-width", "toggle", "toggle-shown"}

# A footnote that nobody wrote: Markdown leaves its mark as it stands.
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]")
VERBATIM = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)


def is_elsewhere(address):
    return bool(urlsplit(address).netloc)


def faults(html, is_page):
    """What is wrong with a piece of HTML, in words. `is_page` tells of a relative address whether it is a page's."""
    for tag in BeautifulSoup(html, "html.parser").find_all(True):
        # A script that holds data, such as the state of the figures, does nothing.
        if tag.name in REFUSED and not (tag.name == "script" and "json" in tag.get("type", "")):
            yield f"{REFUSED[tag.name]}, <{tag.name}>: {WHY}"
            continue
        yield from (f"a script, {name}=…: {WHY}" for name in tag.attrs if name.startswith("on"))
        if FOREIGN_STYLE.search(tag.get("style", "") + (tag.get_text() if tag.name == "style" else "")):
            yield "a style that loads a file: pages load none but their own"
        addresses = [tag[name] for name in SOURCES if name in tag.attrs]
        addresses += [tag["href"]] if tag.name in ("image", "use") and "href" in tag.attrs else []
        for address in addresses:
            if is_elsewhere(address):
                yield f"{address}: pages load nothing from elsewhere"
            elif not address.startswith(("data:", "#")):
                yield f"{address}: a file that only HTML names is not copied; write ![](…) or an <img> of its own"
        address = tag.get("href", "") if tag.name in ("a", "area") else ""
        if urlsplit(address).scheme == "javascript":
            yield f"a script, {address}: {WHY}"
        elif address and not (urlsplit(address).scheme or is_elsewhere(address) or is_page(address)):
            yield f"{address}: there is no such page"


class MissTitle(SphinxTransform):
    """A page without a heading has no name in the contents; Sphinx says so of every page but that one."""

    default_priority = 300

    def apply(self):
        if not any(isinstance(node, nodes.section) for node in self.document):
            logger.warning(
                "the page has no heading; it begins with one, such as '# Its title'", location=self.env.docname
            )
            title, content = nodes.title("", self.env.docname), self.document.children
            self.document.children = []
            self.document += nodes.section("", title, *content, ids=["untitled"])


class NameWhatCannotBeShown(SphinxPostTransform):
    default_priority = 950
    formats = ("html",)

    def run(self):
        for node in self.document.findall(nodes.raw):
            if "html" in node.get("format", "").split():
                for fault in faults(node.astext(), self.is_page):
                    logger.warning("not shown: %s", fault, location=place(node))
        for node in self.document.findall(nodes.image):
            self.look_at_picture(node)
        for node in self.document.findall(nodes.container):
            if node.get("nb_element") == "cell_code":
                self.look_at_cell(node)
        for node in self.document.findall(nodes.Element):
            for name in sorted(UNKNOWN_CLASSES.intersection(node.get("classes", []))):
                logger.warning(
                    "without effect: the class %r; this theme knows nothing of it", name, location=place(node)
                )
        for text in self.document.findall(nodes.Text):
            if not isinstance(text.parent, VERBATIM):
                for mark in FOOTNOTE.findall(text):
                    logger.warning("not shown: %s: there is no such footnote", mark, location=place(text.parent))

    def is_page(self, address):
        path = unquote(urlsplit(address).path)
        here = PurePosixPath(self.env.docname).parent
        target = Path("/", here, path.removesuffix(".html")).resolve().relative_to("/").as_posix()
        return not path or target == NOTEBOOKS or (path.endswith(".html") and target in self.env.found_docs)

    def look_at_picture(self, node):
        uri, path = node["uri"], Path(self.app.srcdir, node["uri"])
        if is_elsewhere(uri):
            logger.warning("not shown: %s: pages load nothing from elsewhere", uri, location=place(node))
        elif path.suffix == ".svg" and path.exists() and LOADS_A_FILE.search(path.read_bytes()):
            logger.warning("not shown whole: %s loads another file, which a picture cannot", uri, location=place(node))
        if path.exists() and not licences.drawn_here(uri) and not licences.notice(self.app.srcdir, uri).exists():
            logger.warning(
                "nobody says whose %s is; write who made it, and on what terms it is here, into %s",
                *(uri, licences.notice("", uri).as_posix()),
                location=place(node),
            )

    def look_at_cell(self, cell):
        tags = set(cell["cell_metadata"].get("tags", []))
        for tag in sorted(tags & UNKNOWN_TAGS):
            logger.warning("without effect: the tag %r; this theme knows nothing of it", tag, location=place(cell))
        if "raises-exception" not in tags:
            for output in cell.findall(nodes.literal_block):
                if "traceback" in output["classes"]:
                    logger.warning(
                        "an error is its output; the tag raises-exception says that it is meant", location=place(cell)
                    )
