"""Words that name a place of the book lead to it: "chapter 04", "the next figure", "exercise 3.2", `attention_pooling`.

The notebooks stay free of markup that only this site could show, and a chapter that moves takes its links along.
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from theme.backlinks import parents

NUMBERS = re.compile(r"\b[Cc]hapters? \d\d(?:(?:, \d\d)*,? and \d\d)?|\b[Ee]xercise \d+\.\d+|第\d\d章|练习\d+\.\d+")
FIGURES = re.compile(
    r"\b(?:the )?(next figure|figure below|figure above|last figure)\b|(下一幅图|下图|上图|上一幅图)", re.IGNORECASE
)
AFTER = ("next figure", "figure below", "下一幅图", "下图")
# Words in these are no prose, or lead somewhere already.
NOT_IN = (nodes.reference, nodes.title, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)
CHAPTER = re.compile(r"[Cc]hapter \d\d|第\d\d章")


class LinkPlaces(SphinxPostTransform):
    default_priority = 890  # before Chinese words become elements of their own
    formats = ("html",)

    def run(self):
        self.chapters = {
            number[0]: (document, "")
            for document, sections in self.env.toc_secnumbers.items()
            if (number := sections.get(""))
        }
        self.exercises = {
            number: (document, label)
            for document, kinds in self.env.toc_fignumbers.items()
            for label, number in kinds.get("exercise", {}).items()
        }
        self.link_numbers()
        self.link_figures()
        self.link_toolbox()

    def link_numbers(self):
        for text in self.prose():
            self.replace(text, NUMBERS, self.places_of)

    def places_of(self, words):
        """The parts of what was found, each with where it leads, if anywhere."""
        if words.lower().startswith(("exercise", "练习")):
            number = tuple(int(part) for part in re.findall(r"\d+", words))
            return [(words, self.exercises.get(number))]
        parts = re.split(r"(\b[Cc]hapter \d\d|第\d\d章|\d\d)", words)
        numbers = [re.search(r"\d\d", part) for part in parts]
        return [
            (part, self.chapters.get(int(number[0])) if number else None)
            for part, number in zip(parts, numbers, strict=True)
        ]

    def link_figures(self):
        """Figures by where they stand, seen from the words."""
        here, before, waiting = self.env.docname, None, []
        for node in list(self.document.findall()):
            if isinstance(node, nodes.figure) and node["ids"]:
                before = (here, node["ids"][0])
                for text in waiting:
                    self.replace(text, FIGURES, lambda words, place=before: [(words, place)])
                waiting = []
            elif isinstance(node, nodes.Text) and (found := FIGURES.search(node)) and self.is_prose(node):
                if (found[1] or found[2]).lower() in AFTER:
                    waiting.append(node)
                elif before:
                    self.replace(node, FIGURES, lambda words, place=before: [(words, place)])

    def link_toolbox(self):
        here = self.env.docname
        functions = {
            name.rpartition(".")[2]: (thing.docname, thing.node_id)
            for name, thing in self.env.domains["py"].objects.items()
            if thing.docname != here and thing.objtype in ("function", "class")
        }
        for code in list(self.document.findall(nodes.literal)):
            place = functions.get(code.astext().partition("(")[0])
            if place and not any(isinstance(node, NOT_IN) for node in parents(code)):
                link = self.link(place)
                code.replace_self(link)
                link += code

    def prose(self):
        return [text for text in self.document.findall(nodes.Text) if self.is_prose(text)]

    def is_prose(self, text):
        return not any(isinstance(node, NOT_IN) for node in parents(text))

    def replace(self, text, pattern, places_of):
        """Put links into a text where a pattern finds what leads somewhere else."""
        parts, at = [], 0
        for found in pattern.finditer(text):
            parts.append(nodes.Text(text[at : found.start()]))
            for words, place in places_of(found[0]):
                leads = place and place != (self.env.docname, "")
                parts.append(self.link(place, nodes.Text(words)) if leads else nodes.Text(words))
                if leads and CHAPTER.fullmatch(words):
                    parts[-1]["classes"].append("glued")  # stays on one line
            at = found.end()
        if at:
            text.parent.replace(text, [*parts, nodes.Text(text[at:])])

    def link(self, place, *children):
        document, anchor = place
        address = f"#{anchor}"
        if document != self.env.docname:
            address = self.app.builder.get_relative_uri(self.env.docname, document) + (address if anchor else "")
        return nodes.reference("", "", *children, internal=True, refuri=address)
