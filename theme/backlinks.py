"""The way back: a source says which chapters cite it, a term of the glossary where it is taught."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from theme.editions import blank, is_chinese, say
from theme.terms import name_of_term


class LeadBack(SphinxPostTransform):
    default_priority = 895  # after sphinxcontrib-bibtex has written the entries
    formats = ("html",)

    def run(self):
        if citations := list(self.document.findall(nodes.citation)):
            self.lead_to_citing(citations)
        terms = [term for term in self.document.findall(nodes.term) if is_of_glossary(term)]
        if terms:
            self.lead_to_teaching(terms)

    def lead_to_citing(self, citations):
        domain = self.env.domains["cite"]
        keys = {citation.citation_id: citation.key for citation in domain.citations}
        cited = {}
        for reference in domain.citation_refs:
            for target in reference.targets:
                cited.setdefault(target.key, {}).setdefault(reference.docname, reference.citation_ref_id)
        for citation in citations:
            key = keys.get(citation["ids"][0])
            if not key:
                continue
            citation["ids"].insert(0, key)  # an address that stays when sources are added
            places = [(document, anchor) for document, anchor in cited.get(key, {}).items()]
            self.add_links(citation.next_node(nodes.paragraph), say("Cited in"), places)

    def lead_to_teaching(self, terms):
        taught = {}
        for document in self.chapters():
            for strong in self.env.get_doctree(document).findall(nodes.strong):
                section = next((node for node in parents(strong) if isinstance(node, nodes.section)), None)
                if section:
                    taught.setdefault(strong.astext().lower(), (document, section["ids"][0]))
        for term in terms:
            place = taught.get(name_of_term(term.astext()))
            definition = term.parent.next_node(nodes.definition)
            if place and definition:
                self.add_links(definition.next_node(nodes.paragraph), say("Taught in"), [place])

    def chapters(self):
        """The numbered pages, in their order."""
        numbers = {name: sections.get("") for name, sections in self.env.toc_secnumbers.items()}
        return sorted((name for name, number in numbers.items() if number), key=lambda name: numbers[name])

    def add_links(self, paragraph, words, places):
        if not places:
            return
        back = nodes.inline("", f"{blank()}{words}{blank()}", classes=["back"])
        for i, (document, anchor) in enumerate(sorted(places, key=lambda place: self.number_of(place[0]))):
            address = f"{self.app.builder.get_relative_uri(self.env.docname, document)}#{anchor}"
            number = self.number_of(document)
            name = (
                say("chapter {number}", number=f"{number[0]:02}" if is_chinese() else number[0])
                if number
                else self.env.titles[document].astext()
            )
            back += [nodes.Text(say(", ") if i else ""), nodes.reference("", name, internal=True, refuri=address)]
        back += nodes.Text(say("."))
        paragraph += back

    def number_of(self, document):
        return self.env.toc_secnumbers.get(document, {}).get("", ())


def is_of_glossary(term):
    return any("glossary" in node.get("classes", []) for node in parents(term) if isinstance(node, nodes.Element))


def parents(node):
    while node := node.parent:
        yield node
