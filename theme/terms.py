"""A bold word that the glossary explains becomes a link to it where it first stands on a page.

The notebooks stay free of markup that only this site could show.
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform


def within(node, kind):
    while node := node.parent:
        if isinstance(node, kind):
            return True
    return False


def name_of_term(term):
    """What a chapter calls a term of the glossary, where the other language stands behind it in brackets."""
    return re.split(r" \(|（", term)[0].lower()


class LinkTerms(SphinxPostTransform):
    default_priority = 900

    def run(self):
        here = self.env.docname
        glossary = {
            name_of_term(name): (document, anchor)
            for (kind, name), (document, anchor) in self.env.domains["std"].objects.items()
            if kind == "term" and document != here
        }
        for strong in list(self.document.findall(nodes.strong)):
            if within(strong, nodes.reference):  # the author's own link
                continue
            if place := glossary.pop(strong.astext().lower(), None):
                document, anchor = place
                address = f"{self.app.builder.get_relative_uri(here, document)}#{anchor}"
                link = nodes.reference("", "", internal=True, refuri=address, classes=["term"])
                strong.replace_self(link)
                link += strong
