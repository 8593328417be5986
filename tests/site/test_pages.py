"""What can be read off the pages of the built site, without a browser.

A test fails where a link leads nowhere, a page lacks what search engines, screen readers or readers without a
connection need, or a file of the site is nobody's.
"""

import re
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import pytest
from fontTools.ttLib import TTFont
from pages import BOTH, CHAPTERS, HANDOUTS, PAGES, every_chapter, soup
from pages import every_page_of_both as every_page
from places import ROOT, SITE
from sphinx.errors import ExtensionError

import paying_attention
from paying_attention import checks, explorables
from theme import licences, overview
from theme.pages import POLICY


def test_the_site_is_there():
    assert {"index.html", "intro.html", "search.html", "404.html", "genindex.html"} < set(PAGES)
    assert CHAPTERS


@every_page
def test_every_page_has_the_policy_before_all_that_it_governs(page):
    policy = soup(page).select_one("meta[http-equiv=Content-Security-Policy]")
    assert policy["content"] == POLICY
    assert not policy.find_all_previous(["script", "link", "style", "img"])


@every_page
def test_every_link_leads_somewhere(page):
    dead = []
    for element in soup(page).find_all(["a", "link", "img", "script", "form"]):
        target = element.get("href") or element.get("src") or element.get("action")
        if not target or urlsplit(target).scheme:
            continue
        address = urlsplit(urljoin(f"/{page}", target))
        path = unquote(address.path).lstrip("/")
        there = (SITE / path).is_file()
        if there and address.fragment and path.endswith(".html"):
            there = soup(path).find(id=unquote(address.fragment)) is not None
        if not there:
            dead.append(target)
    assert not dead


@every_page
def test_nothing_is_loaded_from_elsewhere(page):
    loaded = soup(page).select("script[src], img[src], link[rel=stylesheet], link[rel=icon], iframe, object, embed")
    assert not [element for element in loaded if urlsplit(element.get("src") or element.get("href", "//x/")).netloc]


@every_page
def test_headings_begin_with_one_title_and_skip_no_level(page):
    levels = [int(heading.name[1]) for heading in soup(page).find_all(["h1", "h2", "h3", "h4", "h5", "h6"])]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@every_page
def test_names_of_places_are_used_once(page):
    names = [element["id"] for element in soup(page).find_all(id=True)]
    assert len(names) == len(set(names))


@every_page
def test_pictures_have_words_and_a_size(page):
    for picture in soup(page).select("article img"):
        assert len(picture.get("alt", "")) > 20, picture
        assert not picture["alt"].endswith((".svg", ".png")), picture
        assert int(picture["width"]) > 0, picture
        assert int(picture["height"]) > 0, picture


@every_page
def test_a_page_says_what_it_is(page):
    head = soup(page).head
    assert head.title.get_text().endswith("Paying Attention")
    assert 12 < len(head.find("meta", attrs={"name": "description"})["content"]) <= 200
    for name in ("og:title", "og:description", "og:type"):
        assert head.find("meta", property=name)["content"]
    assert len(head.find_all("meta", attrs={"name": "viewport"})) == 1


@pytest.mark.parametrize("edition", ["", "zh/"])
def test_titles_and_descriptions_differ(edition):
    own = [page for page in BOTH if page.startswith("zh/") == bool(edition)]
    pages = [page for page in own if not page.endswith(("index.html", "404.html", "search.html"))]
    assert not own or {edition + page for page in HANDOUTS} < set(pages)
    for of in (lambda head: head.title.get_text(), lambda head: head.find(attrs={"name": "description"})["content"]):
        assert len({of(soup(page).head) for page in pages}) == len(pages)


@every_chapter
def test_a_chapter_can_be_run(page):
    links = {link.get_text(): link["href"] for link in soup(page).find_all("a")}
    assert links["Download the notebook"] == f"../_sources/{page.replace('.html', '.ipynb')}"
    assert links["How to run it"] == "running.html"


def test_previous_and_next_go_through_the_whole_book():
    page, seen = "intro.html", []
    while page:
        seen.append(page)
        following = soup(page).select_one("nav.turn a[rel=next]")
        if following:
            path = urljoin(f"/{page}", following["href"]).lstrip("/")
            back = soup(path).select_one("nav.turn a[rel=prev]")["href"]
            assert urljoin(f"/{path}", back).lstrip("/") == page
        page = following and path
    assert set(PAGES) - set(seen) - set(HANDOUTS) == {"index.html", "search.html", "404.html", "genindex.html"}
    assert not set(seen) & set(HANDOUTS)


def accounted_for(site):
    """Which files of the site licences.txt says it speaks of, as patterns."""
    text = (site / "_static" / "licences.txt").read_text("utf-8")
    return [pattern for line in re.findall(r"^Files: (.*)$", text, re.MULTILINE) for pattern in line.split(", ")]


@pytest.mark.parametrize("edition", ["", "zh"])
def test_every_file_of_the_site_is_somebodys(edition):
    site = SITE / edition
    files = [path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()]
    files = [name for name in files if not name.startswith("zh/")]  # which is a site of its own
    if not files:
        pytest.skip("the Chinese edition is not whole yet")
    # The pages, their sources and the site's own lists; the rest is what the theme and the chapters bring along.
    ours = ("*.html", "*.zip", "*.pdf", "_sources/*", "objects.inv", "sitemap.xml")
    patterns = accounted_for(site)
    assert not [name for name in files if not any(fnmatch(name, pattern) for pattern in (*ours, *patterns))]
    # The preview is there when the site knows its address.
    files.append("_static/preview.png")
    assert not [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in files)]


def test_every_font_has_its_licence_and_a_name_of_its_own():
    text = (SITE / "_static" / "licences.txt").read_text("utf-8")
    fonts = sorted(SITE.glob("_static/fonts/*"))
    assert fonts
    for font in fonts:
        names = {record.nameID: str(record) for record in TTFont(font)["name"].names}
        assert "SIL Open Font License" in names[13]
        assert names[0] in text
        assert names[13] in text
        assert not [name for number, name in names.items() if "KaTeX" in name and number not in (0, 13)]
    assert "PERMISSION & CONDITIONS" in text


def test_every_page_leads_to_the_licences():
    for page in BOTH:
        links = [urljoin(f"/{page}", link["href"]) for link in soup(page).select("footer a")]
        assert ("/zh/_static/licences.txt" if page.startswith("zh/") else "/_static/licences.txt") in links


def test_a_file_of_nobody_stops_the_build(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "jquery.min.css").touch()
    licences.write(tmp_path, ROOT, {})
    (tmp_path / "_static" / "jquery.woff2").touch()
    with pytest.raises(ExtensionError, match=r"jquery\.woff2"):
        licences.write(tmp_path, ROOT, {})


def test_chinese_words_are_marked_as_chinese():
    words = [element.get_text() for element in soup("chapters/glossary.html").select('article [lang="zh-hans"]')]
    assert "注意力" in words


@pytest.mark.parametrize("page", [page for page in BOTH if page.endswith("chapters/toolbox.html")])
def test_the_page_of_the_toolbox_shows_what_readers_call_and_no_helper(page):
    places = [place["id"].split(".") for place in soup(page).select("dt.sig[id]")]
    shown = [place[2] for place in places if len(place) == 3]  # what is deeper is a method of one of them
    assert sorted(shown) == sorted(paying_attention.__all__ + checks.__all__ + explorables.__all__)


def test_the_introduction_lists_the_chapters_as_they_say_of_themselves():
    head, *rows = [[cell.get_text() for cell in row.select("th, td")] for row in soup("intro.html").select("table tr")]
    assert head == ["Chapter", "The question it answers", "To run"]
    links = [link["href"] for link in soup("intro.html").select("table a")]
    assert links == CHAPTERS
    times = [time.get_text().strip() for time in soup("intro.html").select(".way span")]
    for row, read, page in zip(rows, times, CHAPTERS, strict=True):
        text = nbformat.read(ROOT / Path(page).with_suffix(".ipynb"), as_version=4).cells[0].source
        title, question, run = row
        assert text.startswith(f"# {title}\n")
        assert f"\n**The question.** {question}\n" in text
        assert re.search(rf"\n\*\*It takes\*\* (some )?{read} to read and {run} to run\b", text)


def test_a_chapter_without_its_question_or_its_times_stops_the_build():
    said = {"It takes": "some 25 minutes to read and half a minute to run, most of it to wait."}
    for without in (said, {"The question.": "What?"}, {"The question.": "What?", "It takes": "an hour."}):
        env = SimpleNamespace(metadata={"chapters/new": without}, doc2path="{}.ipynb".format)
        with pytest.raises(ExtensionError, match=r"new\.ipynb: .*The question"):
            overview.FillOverview.row(SimpleNamespace(env=env), "chapters/new")
