"""Hand-outs: of each chapter its exercises and questions, without hints, solutions and answers, as a page to print.

They are made from the pages of the chapters when these are written, so that nothing stands anywhere twice. They are no
part of the book's contents, and in no index.
"""

import posixpath
import re
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from theme.editions import say
from theme.pages import reading_order

FOLDER = "handouts"
# What an exercise or a question looks like on a page.
ASKED = re.compile(r'<div class="exercise |<details class="choice"')
# What is not handed out: what is folded, what a cell has printed, and what belongs to the page alone.
KEPT_BACK = "details, .cell_output, script, template, .tools, .headerlink, .back"


def name_of(page):
    return f"{FOLDER}/{posixpath.basename(page)}"


def lead_there(app, pagename, templatename, context, doctree):
    """Tell the template of a chapter where its hand-out will be."""
    if doctree and ASKED.search(context.get("body", "")):
        context["handout"] = name_of(pagename)


def collect(app):
    """The hand-outs as pages for Sphinx to write, once the chapters are."""
    for page in reading_order(app.env):
        text = Path(app.builder.get_outfilename(page)).read_text("utf-8")
        if ASKED.search(text):
            article = BeautifulSoup(text, "html.parser").article
            chapter = " ".join(title_of(article).split())
            context = {
                "title": escape(say("Hand-out: {chapter}", chapter=chapter)),
                "chapter": page,
                "content_description": say(
                    "Exercises and questions of the chapter “{chapter}”, to print: without hints, solutions, answers.",
                    chapter=chapter,
                ),
                "body": handed_out(article, page),
            }
            yield name_of(page), context, "handout.html"


def title_of(article):
    heading = BeautifulSoup(str(article.h1), "html.parser")
    for link in heading.select(".headerlink"):
        link.decompose()
    return heading.get_text()


def handed_out(article, page):
    """What a chapter asks, as HTML for a page in the folder of hand-outs; `article` is used up."""
    sections = article.select("section:has(> .exercise, > details.choice)")
    for section in sections:
        drop_what_comes_first(section)
        lay_choices_open(section)
        for part in section.select(KEPT_BACK):
            part.decompose()
    here = {element["id"] for section in sections for element in [section, *section.find_all(id=True)]}
    for section in sections:
        lead_back(section, page, here)
        for picture in section.select(".picture"):  # it is given its size again
            del picture.img["width"], picture.img["height"], picture.img["loading"]
            picture.unwrap()
    return "\n".join(map(str, sections))


def drop_what_comes_first(section):
    """What is said between the heading and the first that is asked is about what is folded up there."""
    for part in section.find_all(True, recursive=False)[1:]:
        if "exercise" in part.get("class", []) or (part.name == "p" and part.strong):
            return
        part.decompose()


def lay_choices_open(section):
    """The choices of a question as a list, in the place of the details that have the answers."""
    choices = None
    for part in section.find_all(True, recursive=False):
        if part.name == "details" and "choice" in part.get("class", []):
            if choices is None:
                choices = BeautifulSoup('<ul class="choices"></ul>', "html.parser").ul.extract()
                part.insert_before(choices)
            summary = part.summary.extract()
            summary.name = "li"
            choices.append(summary)
            part.decompose()
        else:
            choices = None


def lead_back(section, page, here):
    """Links lead where they led from the chapter, whose folder is another."""
    for element in section.find_all(href=True):
        target = urlsplit(element["href"])
        if target.scheme or (not target.path and unquote(target.fragment) in here):
            continue
        element["href"] = moved(element["href"], page)
        # Its preview is in the chapter.
        element["class"] = [name for name in element.get("class", []) if name != "internal"]
    for element in section.find_all(src=True):
        element["src"] = moved(element["src"], page)


def moved(address, page):
    """An address as it was written on a page, for a page in the folder of hand-outs."""
    path, hash_, fragment = address.partition("#")
    path = posixpath.join(posixpath.dirname(page), path) if path else f"{page}.html"
    return posixpath.relpath(path, FOLDER) + hash_ + fragment
