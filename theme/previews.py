"""What a link leads to, in the page that has the link: static/previews.js shows it without asking for another page."""

from urllib.parse import unquote

from bs4 import BeautifulSoup

# Elements that a preview has something to show of, and what of them it leaves out.
UNSHOWN = ".headerlink, .back, .label, img, .picture, .explorable, details, .katex-html, .sig-prename"
SHOWN = ".glossary > dt, .citation, figure, .exercise, dt.sig"


def write_previews(site, soups):
    """Put into each page a template with an entry for each place of another page that its text leads to."""
    known = {}
    for name, soup in soups.items():
        for place in soup.select(f"article :is({SHOWN})[id]"):
            shown = content(place)
            # What has more than one name has the others inside it.
            for named in [place, *place.select(":scope > span[id]")]:
                known[f"{name}.html#{named['id']}"] = shown
    for name in soups:
        path = site / f"{name}.html"
        page = path.read_text("utf-8")
        entries = {}
        for link in BeautifulSoup(page, "html.parser").select("article a.internal[href*='#']"):
            address = resolved(name, link["href"])
            if address in known and not address.startswith(f"{name}.html#"):
                entries[link["href"]] = known[address]
        if entries:
            texts = "".join(f'<div data-to="{href}">{entry}</div>' for href, entry in entries.items())
            path.write_text(
                page.replace("</article>", f'<template id="previews">{texts}</template></article>'), "utf-8"
            )


def resolved(name, href):
    """The address of a link of a page, from the root of the site."""
    page, _, anchor = unquote(href).partition("#")
    folder = name.rpartition("/")[0]
    parts = f"{folder}/{page}".split("/") if page else f"{name}.html".split("/")
    stack = []
    for part in parts:
        if part == "..":
            stack.pop()
        elif part:
            stack.append(part)
    return f"{'/'.join(stack)}#{anchor}"


def content(place):
    """What a preview shows of a place: a term with its meaning, a source, a caption, what an exercise asks."""
    place = BeautifulSoup(
        str(place) + (str(place.find_next_sibling("dd")) if place.name == "dt" else ""), "html.parser"
    )
    for part in place.select(
        ".headerlink, .back, .label, img, .picture, .explorable, details, .katex-html, .sig-prename"
    ):
        part.decompose()
    if term := place.select_one("dt:not(.sig)"):
        return f"<p><b>{term.decode_contents()}</b> {texts(place.select('dd > p')[:1])}</p>"
    if signature := place.select_one("dt.sig"):
        return f"<p><code>{signature.get_text()}</code></p><p>{texts(place.select('dd > p')[:1])}</p>"
    if title := place.select_one(".admonition-title"):
        return f"<p><b>{title.get_text()}</b></p><p>{texts(place.select('.admonition-title ~ p')[:1])}</p>"
    return f"<p>{texts(place.select('p')[:1])}</p>"


def texts(paragraphs):
    """The inside of paragraphs, without what could be chosen in them, or have a name twice on a page."""
    for paragraph in paragraphs:
        for element in paragraph.find_all(True):
            element.attrs.pop("id", None)
            if element.name == "a":
                element.unwrap()
    return " ".join(paragraph.decode_contents() for paragraph in paragraphs)
