"""Which figures the pages of the built site carry."""

import json
import re

import pytest
from places import SITE

from paying_attention import explorables
from paying_attention.explorables.base import Explorable
from theme import figures

PAGES = {path.relative_to(SITE).as_posix(): path.read_text("utf-8") for path in sorted(SITE.rglob("*.html"))}
# The figures of the Chinese pages are the same, and what they say is tested apart.
PAGES = {page: text for page, text in PAGES.items() if not page.startswith("zh/")}


def embedded(html):
    """The state of the figures of a page."""
    found = re.search(
        r'<script[^>]*type="application/vnd\.jupyter\.widget-state\+json"[^>]*>(.*?)</script>', html, re.S
    )
    return json.loads(found[1]) if found else {}


def own_state(name):
    """The traits that are this figure's own."""
    kind = getattr(explorables, name)
    return set(kind.class_trait_names(sync=True)) - set(Explorable.class_trait_names())


def name_of(state):
    """Which figure has a state like this."""
    own = set(state) - {"_data", "_later", "_esm", "_css"}
    (name,) = [name for name in explorables.__all__ if own_state(name) == own]
    return name


FOUND = {page: states for page, html in PAGES.items() if (states := embedded(html))}
# The first figure of each page. The address of the site shows what the introduction shows: one of them will do.
PLACED = [(page, name_of(states["figure-1"])) for page, states in FOUND.items() if page != "index.html"]
every_page = pytest.mark.parametrize("page", [page for page, _ in PLACED])
PAGE_OF = {name: page for page, name in PLACED if page.startswith("chapters/")}


def with_figures(html, states, marks=None):
    """A page that has these figures, one after the other, in the place of its own."""
    block = re.search(r'<div class="explorable.*?</script>\s*</div>', html, re.S)[0]
    blocks = "".join(block.replace("figure-1", mark) for mark in marks or states)
    html = html.replace(block, blocks)
    text = states if isinstance(states, str) else figures.embed(states)
    return re.sub(
        r"(widget-state\+json[^>]*>).*?(</script>)", lambda found: found[1] + text + found[2], html, flags=re.S
    )
