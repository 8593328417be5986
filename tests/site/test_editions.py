"""The two editions of the site: the same pages, places, formulas, code and pictures, and a way from each to the other.

Fails when a place has another name in the other edition, when something is on one page and not on its twin, when the
switch loses the reader's place, or when the theme says something in English on a Chinese page.
"""

import gzip
import re

import pytest
from bs4 import BeautifulSoup
from pages import BOTH, CHAPTERS, PAGES, soup
from places import ROOT, SITE

from paying_attention.language import numbered, texts_of_script

TWINS = [page for page in PAGES if f"zh/{page}" in BOTH]
pytestmark = pytest.mark.skipif(not TWINS, reason="the Chinese edition is not whole yet")
every_twin = pytest.mark.parametrize("page", TWINS)
CHINESE = re.compile("[\u3400-\u9fff]")
# What a page and its twin have the same number of.
SAME = {
    "article :is(h1, h2, h3, h4)": lambda found: [heading.name for heading in found],
    "article section[id]": lambda found: [section["id"] for section in found],
    "article figure[id], article .exercise[id], article details.solution[id]": lambda found: [
        one["id"] for one in found
    ],
    "article .katex": lambda found: sorted(one.annotation.get_text() for one in found),
    "article img": lambda found: [one["src"].rpartition("/")[2] for one in found],
    "article table tr": len,
    "article li": len,
    "article details > summary": len,
    "article .cell_input": len,
    "article .cell_output": len,
    "article a.reference.external": lambda found: sorted(one["href"] for one in found),
}


def test_both_editions_have_the_same_pages():
    assert {page.removeprefix("zh/") for page in BOTH if page.startswith("zh/")} == set(PAGES)


@every_twin
def test_a_page_and_its_twin_have_the_same_of_all_that_is_no_prose(page):
    if page in ("search.html", "404.html", "genindex.html"):
        return
    own, other = soup(page), soup(f"zh/{page}")
    for what, of in SAME.items():
        if "glossary" in page and what == "article a.reference.external":
            continue
        assert of(own.select(what)) == of(other.select(what)), what
    terms = [sorted(term["id"] for term in each.select(".glossary > dt")) for each in (own, other)]
    assert terms[0] == terms[1]


@every_twin
def test_each_page_leads_to_its_twin_and_says_its_language(page):
    # The address of a site shows the first page, and no address shows 404.html.
    there = "intro.html" if page in ("404.html", "index.html") else page
    for here, leads, language in ((page, f"zh/{there}", "en"), (f"zh/{page}", there, "zh-Hans")):
        assert soup(here).html["lang"] == language
        [switch] = soup(here).select("header a.edition")
        up = here.count("/")
        assert switch["href"].count("../") <= up
        assert resolved(here, switch["href"]) == leads


def resolved(page, href):
    parts = page.split("/")[:-1]
    for part in href.split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


# What comes with an English page of the other edition: the way there, how it looks, how it keeps the reader's place.
OF_THE_OTHER = re.compile(
    r'\s*<a class="edition".*?</a>|\s*<link rel="alternate" hreflang.*?>|\s*<p lang="zh-Hans">.*?</p>'
    r"|\.edition\{[^}]*\}|if\(target\.lang\).*?;"
)


@every_twin
def test_an_english_page_grows_by_less_than_a_hundred_bytes(page):
    def size(text):
        return len(gzip.compress(text.encode()))

    grown = []
    for path in (SITE / page, SITE / "_static" / "book.css", SITE / "_static" / "book.js"):
        text = path.read_text("utf-8")
        without = OF_THE_OTHER.sub("", text)
        assert without != text
        grown.append(size(text) - size(without))
    assert sum(grown) <= 100, grown


def test_nothing_else_of_the_other_edition_comes_with_an_english_page():
    for path in (SITE / "_static").glob("*.[cj]s*"):
        if path.name != "search-index.js":
            assert not re.search(r"\bWORDS\b|\bsay[`(]|:root:lang\(zh", path.read_text("utf-8")), path.name
    for page in PAGES:
        assert not re.search(r"\bWORDS\b|\bsay`|\bcalled\b *[(=]", soup(page).body.decode()), page


# Names, titles and what is quoted as it is, in what the theme itself says.
KEPT = {"English", "Paying Attention", "light dark", "CC BY 4.0", "MIT"}


@every_twin
def test_the_theme_says_nothing_in_english_on_a_chinese_page(page):
    found = BeautifulSoup((SITE / f"zh/{page}").read_text("utf-8"), "html.parser")
    said = [
        text
        for part in found.select(".side, .skip, .run, .turn, footer, .tools")
        for text in part.find_all(string=True)
    ]
    said += [one[name] for one in found.find_all(True) for name in ("aria-label", "placeholder") if one.get(name)]
    said += [one["title"] for one in found.select("a.headerlink")]
    said += [one["content"] for one in found.select("meta[name=description], meta[property='og:description']")]
    said += [one.get_text() for one in found.select("summary, .back, .caption-number, .admonition-title")]
    english = [text for text in map(str.strip, said) if re.search("[A-Za-z]{2,}", text) and not CHINESE.search(text)]
    assert not [text for text in english if text not in KEPT and not is_of_the_page(text, found)]


def is_of_the_page(text, page):
    """Whether a text is a title or an option that is the same in any language: a name, a piece of code."""
    return any(text in code.get_text() for code in page.select("article :is(h1, h2, code, .katex)")) or text in (
        "Hugging Face transformers",
    )


def test_no_sentence_of_the_theme_is_left_in_the_scripts_of_the_chinese_site():
    scripts = {path.name: path.read_text("utf-8") for path in (ROOT / "theme" / "static").glob("*.js")}
    said = {text for script in scripts.values() for text in texts_of_script(script)}
    assert said
    for name in scripts:
        chinese = (SITE / "zh" / "_static" / name).read_text("utf-8")
        assert not said & {numbered(text) for text in re.findall("`([^`]*)`", chinese)}, name


def test_folded_code_is_named_by_what_it_holds_in_both_editions():
    folds = "article details.hide > summary > .collapsed"
    names = [(own.get_text(), other.get_text()) for own, other in pairs_of(folds)]
    assert names
    for own, other in names:
        code = re.sub(r"^Show the code (of|that begins with) ", "", own)
        assert code != own
        assert re.findall(r"\w+", code) == re.findall(r"\w+", other, re.ASCII)


def pairs_of(selector):
    return [
        pair
        for page in TWINS
        for pair in zip(soup(page).select(selector), soup(f"zh/{page}").select(selector), strict=True)
    ]


@every_twin
def test_brackets_and_stress_are_as_in_chinese(page):
    found = BeautifulSoup((SITE / f"zh/{page}").read_text("utf-8"), "html.parser")
    cited = found.select("article a[href*='bibliography.html#']")
    whole = [link for link in cited if not re.fullmatch(r"\d{4}\w?", link.get_text())]  # "Itti (1998)" is a name
    before = [link.find_previous(string=True)[-1] for link in whole]
    assert "(" not in before
    assert "（" in before or page not in CHAPTERS
    stressed = [
        text.get_text() for text in found.select("article em") if not text.find_parent(class_=["sig", "citation"])
    ]
    assert stressed or page not in CHAPTERS
    assert all(CHINESE.search(text) for text in stressed)


def test_the_index_has_no_blanks_beside_chinese():
    names = [link.get_text() for link in soup("zh/genindex.html").select(".index a")]
    assert any("模块中" in name for name in names)
    assert not [name for name in names if re.search("[一-龥（）] | [一-龥（）]", name)]


@pytest.mark.parametrize("page", CHAPTERS)
def test_the_notebook_that_a_chinese_chapter_offers_is_the_chinese_one(page):
    name = page.replace(".html", ".ipynb")
    [link] = [link for link in soup(f"zh/{page}").select(".run a") if link.has_attr("download")]
    assert (SITE / "zh" / "chapters" / link["href"]).resolve().read_bytes() == (ROOT / "zh" / name).read_bytes()


@pytest.mark.parametrize(
    ("page", "leads"), [("chapters/04-attention-pooling.html", "zh/"), ("zh/chapters/04-attention-pooling.html", "")]
)
def test_the_switch_keeps_the_place(visit, page, leads):
    tab = visit(f"{page}#does-the-kernel-matter")
    tab.locator("a.edition").click()
    tab.wait_for_url(f"**/{leads}chapters/04-attention-pooling.html#does-the-kernel-matter")
    assert tab.url.count("/zh/") == (1 if leads else 0)


def test_a_figure_on_a_chinese_page_comes_alive_and_speaks_chinese(visit):
    tab = visit("zh/chapters/01-attention-cues.html#fig-explore-shelf")
    figure = tab.locator(".explorable.alive .pa-figure").first
    figure.wait_for()
    assert CHINESE.search(figure.locator(".pa-seen").inner_text())


def test_only_latin_titles_are_slanted_on_a_chinese_page(visit):
    tab = visit("zh/chapters/bibliography.html")
    tab.evaluate('document.querySelector("article").insertAdjacentHTML("beforeend", "<p><em id=own>要紧</em></p>")')
    looks = "(one) => { const { fontStyle, fontWeight } = getComputedStyle(one); return [fontStyle, fontWeight]; }"
    assert tab.locator(".citation em").first.evaluate(looks) == ["italic", "400"]
    assert tab.locator("#own").evaluate(looks) == ["normal", "600"]


def test_chinese_lines_are_broken_as_chinese_is(visit):
    tab = visit("zh/chapters/02-queries-keys-values.html", viewport={"width": 360, "height": 740})
    assert tab.evaluate("getComputedStyle(document.querySelector('article p')).lineBreak") == "strict"
    begins = tab.evaluate(
        """() => [...document.querySelectorAll("article p")].flatMap((paragraph) => {
          const texts = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT), found = [];
          let last = null;
          while (texts.nextNode()) {
            const text = texts.currentNode;
            if (text.parentElement.closest(".katex")) continue;
            for (let i = 0; i < text.length; i += 1) {
              const range = new Range();
              range.setStart(text, i); range.setEnd(text, i + 1);
              const box = range.getClientRects()[0];
              if (!box || !box.width) continue;
              const first = box.left < paragraph.getBoundingClientRect().left + 4;
              if (last && first && box.top > last.bottom - 4) found.push(text.data[i]);
              last = box;
            }
          }
          return found;
        })"""
    )
    assert len(begins) > 50
    assert not set(begins) & set("，。；：？！、）”》")
