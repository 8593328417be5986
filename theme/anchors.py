"""A place has one name in both editions: a section of the Chinese one is called as the English one is."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform

from theme.editions import is_chinese


class KeepAnchors(SphinxTransform):
    default_priority = 870  # before Sphinx takes note of them, at 880; later, headings get wrong numbers

    def apply(self):
        if not is_chinese():
            return
        page = self.env.docname
        english = Path(self.app.srcdir, "..", "html", f"{page}.html").read_text("utf-8")
        # A section of the toolbox's page has a second name, within it.
        names = [
            re.findall(r'id="([^"]+)"', found)
            for found in re.findall(r'<section[^>]* id="[^"]+">(?:\s*<span[^>]* id="[^"]+"></span>)*', english)
        ]
        sections = [part for part in self.document.findall(nodes.section) if isinstance(part[0], nodes.title)]
        if len(sections) != len(names):
            raise ExtensionError(f"{page}: {len(sections)} sections in Chinese, and {len(names)} in English")
        for section, of_section in zip(sections, names, strict=True):
            section["ids"] = of_section
