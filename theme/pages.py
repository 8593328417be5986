"""What the templates cannot know by themselves: addresses, descriptions, sizes of pictures, the language of words."""

import base64
import hashlib
import os
import re
import textwrap
from pathlib import Path
from urllib.parse import quote

import imagesize
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from theme import backlinks, editions
from theme.address import name_of, site_of
from theme.editions import say

# Runs before the page is painted, so that a reader's choice of colours shows at once. The rest of book.js can wait.
SET_COLOURS = 'try { document.documentElement.dataset.colours = localStorage.getItem("colours") ?? "" } catch {}'

# A page may load what lies beside it and nothing else. `'self'` is the server it came from; for a page that was opened
# from a folder, browsers disagree whether it is anything, and `file:` says it in words (a page from a server could not
# load a file even so). `blob:` lets an interactive figure import its own code, which is part of the page. Scripts in
# the page itself don't run, but for the one above, known by its hash. Formulas and figures have style attributes.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' file: blob: 'sha256-"
        + base64.b64encode(hashlib.sha256(SET_COLOURS.encode()).digest()).decode()
        + "'",
        "style-src 'self' file: 'unsafe-inline'",
        "img-src 'self' file: data: blob:",
        "font-src 'self' file:",
        # Tools that judge a site from within a page of it read its robots.txt.
        "connect-src 'self'",
        "form-action 'self' file:",
        "base-uri 'self'",
    ]
)

# Names, signs and blanks in code, which chapter.css leaves in the colour of the text. They are three quarters of all
# elements on a page with code, and a phone is done sooner without them.
PLAIN_CODE = re.compile(r'<span class="(?:n|nb|nn|bp|ne|vm|p|o|w)">([^<]*)</span>')

# A text in code is many pieces to Pygments; chapter.css has one colour for them all.
PIECE_OF_TEXT = r'<span class="s[12abdehir]?">([^<]*)</span>'
TEXT_IN_CODE = re.compile(rf"(?:{PIECE_OF_TEXT})+")

# What only Sphinx's own themes ask for, or what this one would hide: a tenth of a page such as that of the toolbox.
IDLE = {
    re.compile(r'<span class="(?:pre|sig-paren)">([^<]*)</span>'): r"\1",
    re.compile(r'<span class="default_value">([^<]*)</span>'): r"\1",  # it is around the first
    re.compile(r' class="(?:xref py py-\w+ )?docutils literal notranslate"'): ' class="notranslate"',
    re.compile(r'(<dl) class="py \w+"'): r"\1",
    re.compile(r'(<em) class="sig-param"'): r"\1",
    re.compile(r'(<tr) class="row-(?:odd|even)"'): r"\1",
    re.compile(r'(<table) class="docutils align-default"'): r"\1",
    re.compile(r'(<section) class="tex2jax_ignore mathjax_ignore"'): r"\1",
    re.compile(r' class="sig sig-object py"'): ' class="sig"',
    re.compile(r' class="(sig-(?:pre)?name) desc\w+"'): r' class="\1"',
    re.compile(r'(<div class="(?:cell|explorable)[^"]*) docutils container"'): r'\1"',
    re.compile(r'(<a class="reference internal"[^>]*>)<span class="xref std std-\w+">(.*?)</span></a>'): r"\1\2</a>",
    # What a link leads to: its preview says it, and would lie under these words.
    re.compile(r'(<a class="reference internal" href="[^"]*") title="[^"]*"'): r"\1",
    re.compile(r"<pre><span></span>"): "<pre>",
    re.compile(r'(<div class="(?:[^"]* )?)highlight-(?:ipython3|myst-ansi) '): r"\1",
    re.compile(r'<span class="bibtex-citation" '): "<span ",
    # The text names authors and years; the entries' labels would only be in the way.
    re.compile(
        r'(<div class="citation"[^>]*>\s*(?:<span id="[^"]*"></span>)*)<span class="label">.*?</span></span>'
    ): r"\1",
}

# What extensions write that keeps people out: a label that hides the one to be seen, which is "Show code cell source";
# a role that was given up, in a list that has to have items; names that more than one place on a page has.
REPAIRS = {
    ' aria-label="Toggle hidden content"': "",
    'role="doc-biblioentry"': 'role="listitem"',
    ' id="exercise-content"': "",
    ' id="solution-content"': "",
}

# What a link to its own place is called: by what it does, not by its sign, and no part of a caption.
PERMALINK = re.compile(r'(<a class="headerlink" href="[^"]*") title="([^"]*)">')
CAPTION_LINK = re.compile(r'(<a class="headerlink"[^>]*>#</a>)(</p>\s*</figcaption>)')


def licence():
    """The licence of the book in one line, as LICENSE has it at length."""
    link = '<a href="https://creativecommons.org/licenses/by/4.0/" rel="license">CC BY 4.0</a>'
    return say("Text and figures: {link}. Code: MIT.", link=link)


# What has a name and, from the extensions, no link to its own place. A question has its number for a name.
EXERCISE = re.compile(
    r'(<div class="exercise admonition" id="([^"]+)">\s*<p class="admonition-title">.*?)(?=</p>)', re.S
)
QUESTION = re.compile(r"<p>(<strong>(?:Question |问题)(\d+)\.?</strong>)(.*?)(?=</p>)", re.S)

OWN_LINK = '<a class="headerlink" href="#{}" title="Link to this {}">#</a>'

# What Sphinx calls such links, which it does in English only.
PERMALINKS = {
    "Link to this heading": lambda: say("Link to this heading"),
    "Link to this definition": lambda: say("Link to this definition"),
    "Link to this term": lambda: say("Link to this term"),
    "Link to this image": lambda: say("Link to this image"),
    "Link to this table": lambda: say("Link to this table"),
    "Link to this code": lambda: say("Link to this code"),
    "Link to this equation": lambda: say("Link to this equation"),
    "Link to this exercise": lambda: say("Link to this exercise"),
    "Link to this question": lambda: say("Link to this question"),
}

# Characters of a page, tags included, that a reader sees before scrolling.
FIRST_SCREEN = 2000


def configure(app, config):
    """Take over what Jupyter Book derives from _config.yml for the options of its own theme, which are not ours."""
    options, config.html_theme_options = config.html_theme_options, {}
    launch = options.get("launch_buttons", {})
    repository = options["repository_url"]
    config.html_context |= {
        "set_colours": SET_COLOURS,
        "policy": POLICY,
        "repository": repository,
        "repository_name": name_of(repository),
        "branch": options["repository_branch"],
        "author": config.author,
        "licence": licence(),
        "binder": repository and launch.get("binderhub_url"),
        "colab": repository and launch.get("colab_url"),
    }
    # Where the site will be, if that is known. Without it there are no canonical addresses, and no site map.
    if address := os.environ.get("SITE_URL") or site_of(repository) or config.html_baseurl:
        config.html_baseurl = address.rstrip("/") + "/" + editions.EDITIONS[config.language][0]


def leave_search_to_us(app):
    """Sphinx's search fetches pages to quote from them, and a page opened from a folder may not. search.js is ours."""
    app.builder.search = False
    app.config.html_additional_pages |= {"search": "search.html", "404": "404.html"}


def reading_order(env):
    """All pages, in the order of the contents, at whatever depth they stand."""
    found, waiting = {}, [env.config.root_doc]
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = True
            waiting[:0] = env.toctree_includes.get(name, [])
    return list(found)


def plain(title):
    """A title without its markup. A formula is there three times: drawn, for screen readers and as it was written."""
    soup = BeautifulSoup(title, "html.parser")
    for formula in soup.select(".katex"):
        tex = formula.annotation.get_text()
        formula.replace_with(formula.select_one(".katex-html").get_text() if "\\" in tex else tex)
    return soup.get_text()


def add_context(app, pagename, templatename, context, doctree):
    context["running"] = "chapters/running" if "chapters/running" in app.env.found_docs else None
    context["citing"] = "chapters/citing" if "chapters/citing" in app.env.found_docs else None
    if templatename == "genindex.html":
        context["chapter_of"] = lambda link: chapter_of(app.env, link)
    if doctree:
        context["content_description"] = description(doctree)
    context.setdefault("content_description", context["docstitle"])
    if context.get("pageurl"):
        context["pageurl"] = quote(context["pageurl"], ":/%")
    context["page_title"] = plain(context.get("title", ""))
    if "body" in context:
        files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
        context["body"] = pictures(context["body"], files)
        for idle, kept in IDLE.items():
            context["body"] = idle.sub(kept, context["body"])
        context["body"] = PLAIN_CODE.sub(r"\1", context["body"])
        context["body"] = TEXT_IN_CODE.sub(joined, context["body"])
        if templatename != "handout.html":  # which is for paper, and leads back to the chapter
            context["body"] = EXERCISE.sub(r"\1" + OWN_LINK.format(r"\2", "exercise"), context["body"])
            question = r'<p id="question-\2">\1\3' + OWN_LINK.format(r"question-\2", "question")
            context["body"] = QUESTION.sub(question, context["body"])
        context["body"] = PERMALINK.sub(named, context["body"])
        if editions.is_chinese():
            context["body"] = editions.as_chinese_writes(context["body"])
        context["body"] = CAPTION_LINK.sub(r"\2\1", context["body"])
        for wrong, right in REPAIRS.items():
            context["body"] = context["body"].replace(wrong, right)


def joined(texts):
    return f'<span class="s">{"".join(re.findall(PIECE_OF_TEXT, texts[0]))}</span>'


def chapter_of(env, link):
    """What the index calls a link into a chapter; None where it leads elsewhere."""
    document = link.partition(".html")[0]
    return backlinks.name_of_page(env, document) if backlinks.number_of(env, document) else None


def named(permalink):
    """A link to its own place, named in the language of the page."""
    start, title = permalink.groups()
    if editions.is_chinese():
        title = PERMALINKS.get(title, lambda: title)()  # some Sphinx does have in Chinese
    return f'{start} title="{title}" aria-label="{title}">'


def description(doctree):
    """What a page is about: the description in its metadata, or how its text begins."""
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            return meta["content"]

    def is_long(text):
        # A source begins with names, and what leads back from it is Chinese.
        return re.search("^.{0,20}[\u3400-\u9fff].{16}", text) if editions.is_chinese() else len(text) > 40

    paragraph = next((node for node in doctree.findall(nodes.paragraph) if is_long(node.astext())), None)
    if not paragraph and editions.is_chinese():
        return f"《Paying Attention》的{doctree.next_node(nodes.title).astext()}"
    if not paragraph:
        return doctree.astext()[:160]
    if editions.is_chinese():  # which has no blanks between words, and says in 78 characters what English does in 160
        text = "".join(paragraph.astext().splitlines())
        return text if len(text) <= 78 else f"{text[:77]}…"
    return textwrap.shorten(paragraph.astext(), 160, placeholder=" …")


def pictures(body, files):
    """Give each picture its size, so that nothing moves when it arrives, and let those further down wait."""

    def rewrite(match):
        name = Path(match["src"]).name
        width, height = imagesize.get(files[name]) if name in files else (-1, -1)
        if width <= 0:
            return match[0]
        attributes = f'width="{width:.0f}" height="{height:.0f}"'
        if match.start() > FIRST_SCREEN:
            attributes += ' loading="lazy"'
        # The box can be scrolled where a figure would become too small to read.
        return f'<span class="picture" style="--width: {width:.0f}px">{match[0].rstrip(" />")} {attributes}></span>'

    return re.sub(r'<img\b[^>]*?\bsrc="(?P<src>[^"]+)"[^>]*>', rewrite, body)


class MarkChinese(SphinxPostTransform):
    """Mark Chinese words as such: they are read out and drawn in that language, whatever the reader's own.

    A page that is Chinese as a whole says so at its top.
    """

    default_priority = 900
    formats = ("html",)
    verbatim = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)

    def run(self):
        for text in [] if editions.is_chinese() else list(self.document.findall(nodes.Text)):
            parts = re.split(r"([\u3400-\u9fff]+)", text)
            if len(parts) > 1 and not isinstance(text.parent, self.verbatim):
                text.parent.replace(
                    text,
                    [
                        nodes.inline("", part, classes=["language-zh-hans"]) if odd % 2 else nodes.Text(part)
                        for odd, part in enumerate(parts)
                        if part
                    ],
                )


class MarkPrintedProse(SphinxPostTransform):
    """Mark what a cell prints as sentences: they are wrapped, where a table would be scrolled."""

    default_priority = 900
    formats = ("html",)

    def run(self):
        for block in self.document.findall(nodes.literal_block):
            if "stream" in block["classes"] and not re.search(r"\S {2,}\S|^ ", block.astext(), re.MULTILINE):
                block["classes"].append("prose")


class WrapTables(SphinxPostTransform):
    """Put each table into a box of its own, which can be scrolled where the table is too wide for the page."""

    default_priority = 900
    formats = ("html",)

    def run(self):
        for table in list(self.document.findall(nodes.table)):
            box = nodes.container(classes=["scroll"])
            table.replace_self(box)
            box += table
