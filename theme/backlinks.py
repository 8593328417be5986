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
        taught = taught_in(self.env)
        for term in terms:
            place = taught.get(name_of_term(term.astext()))
            definition = term.parent.next_node(nodes.definition)
            if place and definition:
                self.add_links(definition.next_node(nodes.paragraph), say("Taught in"), [place])

    def add_links(self, paragraph, words, places):
        if not places:
            return
        back = nodes.inline("", f"{blank()}{words}{blank()}", classes=["back"])
        for i, (document, anchor) in enumerate(sorted(places, key=lambda place: self.number_of(place[0]))):
            address = f"{self.app.builder.get_relative_uri(self.env.docname, document)}#{anchor}"
            name = name_of_page(self.env, document)
            back += [nodes.Text(say(", ") if i else ""), nodes.reference("", name, internal=True, refuri=address)]
        back += nodes.Text(say("."))
        paragraph += back

    def number_of(self, document):
        return number_of(self.env, document)


def number_of(env, document):
    return env.toc_secnumbers.get(document, {}).get("", ())


def name_of_page(env, document):
    """A chapter by its number, another page by its title."""
    if number := number_of(env, document):
        return say("chapter {number}", number=f"{number[0]:02}" if is_chinese() else number[0])
    return env.titles[document].astext()


def taught_in(env):
    """The section in which a word first stands in bold, in the order of the chapters."""
    taught = {}
    chapters = [document for document in env.toc_secnumbers if number_of(env, document)]
    for document in sorted(chapters, key=lambda document: number_of(env, document)):
        for strong in env.get_doctree(document).findall(nodes.strong):
            section = next((node for node in parents(strong) if isinstance(node, nodes.section)), None)
            if section:
                taught.setdefault(strong.astext().lower(), (document, section["ids"][0]))
    return taught


def note_in_index(app, env):
    """The index leads from a term of the glossary to where it is taught, too."""
    if app.builder.name != "html":
        return
    entries, taught = env.domains["index"].entries, taught_in(env)
    terms = {name: document for (kind, name), (document, _) in env.domains["std"].objects.items() if kind == "term"}
    for kind, name, _, _, key in [entry for each in set(terms.values()) for entry in entries.get(each, [])]:
        document, anchor = taught.get(name_of_term(name), (None, None))
        entry = (kind, name, anchor, "", key)
        if name in terms and document and entry not in entries.setdefault(document, []):
            entries[document].append(entry)


def is_of_glossary(term):
    return any("glossary" in node.get("classes", []) for node in parents(term) if isinstance(node, nodes.Element))


def parents(node):
    while node := node.parent:
        yield node
