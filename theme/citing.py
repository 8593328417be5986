"""`{cite-this-book}` and `{files}`: how the book is cited, and the files that it can be taken along as."""

import html
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.errors import ConfigError
from sphinx.util.docutils import SphinxDirective

from theme.editions import say

ENTRY = """\
@misc{{{key},
{fields}
}}"""


def bibtex(citation):
    """The entry for the book, from what CITATION.cff says."""
    try:
        authors = [
            f"{{{person['name']}}}" if "name" in person else f"{person['family-names']}, {person['given-names']}"
            for person in citation["authors"]
        ]
        year = str(citation["date-released"])[:4]
        fields = {
            "author": " and ".join(authors),
            "title": f"{{{citation['title']}}}",
            "year": year,
            "note": f"Version {citation['version']}",
        }
    except (KeyError, TypeError) as wrong:
        raise ConfigError(f"CITATION.cff: to cite the book, it has to say {wrong}") from wrong
    if address := citation.get("url") or citation.get("repository-code"):
        fields["url"] = address
    key = "-".join(citation["title"].lower().split())
    return ENTRY.format(
        key=f"{key}-{year}", fields=",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    )


class CiteThisBook(SphinxDirective):
    def run(self):
        source = Path(self.env.srcdir, "CITATION.cff")
        self.env.note_dependency(str(source))
        return [nodes.literal_block("", bibtex(yaml.safe_load(source.read_text("utf-8"))), language="bibtex")]


class Files(SphinxDirective):
    """Stands for the list of files until it is known which there are."""

    def run(self):
        return [nodes.raw("", '<ul class="files"></ul>', format="html")]


def offer(site, files):
    """Have each page of a site that lists its files list these: {name from the root of the site: what it is}."""
    for page in site.rglob("*.html"):
        before, start, rest = page.read_text("utf-8").partition('<ul class="files">')
        if start:
            up = "../" * (len(page.relative_to(site).parts) - 1)
            comma = "，" if '<html lang="zh' in before else ", "
            items = "".join(
                f'<li><a href="{up}{html.escape(name)}" download>{html.escape(what)}</a>{comma}{size(site / name)}</li>'
                for name, what in files.items()
            )
            page.write_text(before + start + items + "</ul>" + rest.partition("</ul>")[2], "utf-8")


def names_of_files(book, site, notebooks):
    """What the files that tools/dist.py makes are, for the page that lists them."""
    return {
        book: say("The book (PDF)"),
        site: say("The site, to be read without a connection (zip)"),
        notebooks: say("The notebooks, with all that they run with (zip)"),
    }


def size(path):
    return f"{path.stat().st_size / 1e6:.1f} MB"
