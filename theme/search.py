"""The index of the search: what each place of the book says, for static/search.js."""

import json
import re
from pathlib import Path
from urllib.parse import quote

from theme.editions import is_chinese, say

# What readers of Chinese may type, and what the book says.
SYNONYMS = Path(__file__).with_name("synonyms.json")

# What is a place of its own, beside sections: a reader looks for a figure, an exercise, a term, a function or a source.
PLACES = "section, figure[id], .exercise[id], .glossary > dt, dt.sig[id], .citation"


def write_index(site, soups):
    """Write every place of the book as [address, page, heading, text, names, formulas], in reading order.

    `soups` has the pages in that order, by name, and is used up. Names are what a place gives a name to, formulas are
    as they are written in TeX; the text has them as they are read.
    """
    records = [record for name, soup in soups.items() for record in records_of(name, soup)]
    synonyms = json.loads(SYNONYMS.read_text("utf-8")) if is_chinese() else {}
    texts = (json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in (records, synonyms))
    (site / "_static" / "search-index.js").write_text(
        "const places = {};\nconst synonyms = {};\n".format(*texts), "utf-8"
    )


def records_of(name, soup):
    """The records of one page. What stands in a place within a place is that one's: it is taken out first."""
    page = text_of(soup.title).split(" — ")[0]
    # What cells print is numbers, which nobody looks for; solutions and answers would be given away.
    for part in soup.select("article :is(a.headerlink, .cell_output pre, .solution, details.choice p)"):
        part.decompose()
    if is_chinese():
        # Chinese takes a seventh more room than English. Of code a reader looks for what it defines, and what it says.
        for code in soup.select("article .cell_input pre"):
            lines = [line for line in code.get_text().splitlines() if re.match(r"\s*(?:def|class) |.*#", line)]
            code.string = "\n".join(lines)
    for formula in soup.select("article .katex"):
        written = formula.annotation.extract().get_text()
        drawn = formula.select_one(".katex-html")
        if drawn:
            drawn.decompose()
        formula["data-tex"] = written
    for block in soup.select("article :is(p, pre, li, td, th, dt, dd, figcaption, summary)"):
        block.append("\n")
    found = []
    for place in reversed(soup.select(f"article :is({PLACES})")):
        address = f"{quote(name)}.html#{place['id']}" if place.get("id") else f"{quote(name)}.html"
        heading, names = heading_of(place)
        formulas = " ".join(formula["data-tex"] for formula in place.select("[data-tex]"))
        found.append([address, page, heading, text_of(place), names, formulas])
        place.extract()
    return reversed(found)


def heading_of(place):
    """What a place is called, taken out of it, and what it gives a name to."""
    if place.name == "dt" and "sig" in place.get("class", []):
        name = text_of(place.select_one(".sig-name"))
        join_description(place)
        return name, [name]
    if place.name == "dt":
        term = text_of(place)
        join_description(place)
        return term, [term]
    if place.name == "figure":
        number = place.select_one(".caption-number")
        return (text_of(number.extract()) if number else say("Figure")), []
    if "exercise" in place.get("class", []):
        return text_of(place.select_one(".admonition-title").extract()), []
    if "citation" in place.get("class", []):
        return re.split(r"(?<!\b[A-Z])\. ", text_of(place))[0], []  # its authors, initials and all
    heading = place.find(["h1", "h2", "h3", "h4", "h5", "h6"])
    return (text_of(heading.extract()) if heading else ""), [text_of(term) for term in place.select("p strong")]


def join_description(term):
    """A term or a function, and what is said of it, are one place."""
    description = term.find_next_sibling("dd")
    if description:
        term.append(description.extract())


def text_of(element):
    return " ".join(element.get_text().split())
