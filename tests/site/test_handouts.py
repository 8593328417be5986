"""Hand-outs, the page for lecturers and the page on citing, as they were built.

A test fails where a hand-out lacks something that its chapter asks or gives away what it keeps back, where a search
finds it, or where a plan, a citation or a licence says something else than the chapters and files that it comes from.
"""

import gzip
import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urljoin

import nbformat
import pytest
import yaml
from docutils import nodes
from docutils.utils import new_document
from pages import CHAPTERS, HANDOUTS, PAGES, every_page, soup
from places import ROOT, SITE
from pybtex.database import parse_string
from sphinx.errors import ConfigError

from theme import citing, handouts, lectures

every_handout = pytest.mark.parametrize("page", HANDOUTS)
LECTURES, CITING = "chapters/for-lecturers.html", "chapters/citing.html"


def chapter_of(handout):
    return handout.replace("handouts/", "chapters/")


def sources(handout):
    """The cells of the chapter, as they are written in its notebook."""
    return nbformat.read(ROOT / Path(chapter_of(handout)).with_suffix(".ipynb"), as_version=4).cells


def words(markdown):
    """The runs of plain words in it, long enough to be nowhere else by accident."""
    return re.findall(r"[A-Za-z][A-Za-z ,;]{24,}", re.sub(r"\s+", " ", markdown))


def test_every_chapter_has_a_handout():
    assert [chapter_of(page) for page in HANDOUTS] == CHAPTERS


@every_handout
def test_a_handout_has_all_that_the_chapter_asks(page):
    cells = sources(page)
    article = soup(page).article
    asked = [cell for cell in cells if cell.id.startswith("ex-") and cell.cell_type == "markdown"]
    titles = [re.match(r"### Exercise: (.*)", cell.source)[1] for cell in asked]
    assert [title.get_text().partition(" (")[2][:-1] for title in article.select(".admonition-title")] == titles
    whole = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert len(re.findall(r"Question \d+\.", article.get_text())) == len(re.findall(r"^\*\*Question", whole, re.M))
    assert len(article.select(".choices > li")) == whole.count('<details class="choice">')
    code = [cell.source for cell in cells if cell.cell_type == "code" and "# Your code here." in cell.source]
    assert not set(code) - {block.get_text().strip() for block in article.select("pre")}


@every_handout
def test_a_handout_keeps_back_hints_solutions_and_answers(page):
    cells = sources(page)
    whole = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    text = " ".join(soup(page).article.get_text().split())
    # Behind each summary: what a hint, a solution or an answer says.
    secret = re.findall(r"</summary>\n\n(.*?)\n\n</details>", whole, re.DOTALL)
    assert len(secret) > 15
    given = [run for said in secret for run in words(said) if run in text]
    assert not given
    assert not soup(page).select("article :is(details, summary, .hint, .solution, .cell_output, script)")
    assert "@title" not in text


def test_the_words_looked_for_are_those_of_the_chapter():
    """The test above could find them: they are on the chapter's own page."""
    page = HANDOUTS[0]
    text = " ".join(soup(chapter_of(page)).article.get_text().split())
    whole = "\n\n".join(cell.source for cell in sources(page) if cell.cell_type == "markdown")
    runs = [run for said in re.findall(r"</summary>\n\n(.*?)\n\n</details>", whole, re.DOTALL) for run in words(said)]
    assert len(runs) > 20
    assert sum(run in text for run in runs) > 0.8 * len(runs)


@every_handout
def test_a_handout_is_reached_from_its_chapter_and_by_lecturers_and_found_by_nobody_else(page):
    for where in (chapter_of(page), LECTURES):
        assert f"/{page}" in [urljoin(f"/{where}", link["href"]) for link in soup(where).select("main a")]
    assert soup(page).head.find("meta", attrs={"name": "robots"})["content"] == "noindex"
    assert page not in (SITE / "_static" / "search-index.js").read_text("utf-8")
    assert not [link for link in soup(page).select("#contents a") if "handouts" in link["href"]]
    assert not [other for other in PAGES if soup(other).select("#contents a[href*='handouts/']")]
    if (SITE / "sitemap.xml").exists():
        assert page not in (SITE / "sitemap.xml").read_text("utf-8")


def test_only_handouts_are_kept_from_search_engines():
    assert [page for page in PAGES if soup(page).head.find("meta", attrs={"name": "robots"})] == HANDOUTS


@every_handout
def test_a_handout_is_lighter_than_its_chapter(page):
    weights = [len(gzip.compress((SITE / name).read_bytes())) for name in (page, chapter_of(page))]
    assert weights[0] < weights[1]
    assert {script["src"] for script in soup(page).select("script[src]")} == {"../_static/book.js"}


def test_links_and_pictures_of_a_handout_lead_where_they_led_from_the_chapter():
    assert handouts.moved("#fig-two", "chapters/one") == "../chapters/one.html#fig-two"
    assert handouts.moved("two.html#fig-two", "chapters/one") == "../chapters/two.html#fig-two"
    assert handouts.moved("../_images/a.svg", "chapters/one") == "../_images/a.svg"
    assert handouts.moved("_images/a.svg", "intro") == "../_images/a.svg"
    assert handouts.moved("inner.html", "chapters/part/outer") == "../chapters/part/inner.html"


# For lecturers


def tables():
    """The plans, as (rows of figures, rows of exercises) of each chapter."""
    found = [
        [[cell.get_text() for cell in row.select("td")] for row in table.select("tbody tr")]
        for table in soup(LECTURES).select("article table")
    ]
    return list(zip(found[::2], found[1::2], strict=True))


def test_each_chapter_has_a_plan_whose_minutes_follow_each_other():
    plans = tables()
    assert len(plans) == len(CHAPTERS)
    for figures, _ in plans:
        spans = [tuple(map(int, minutes.split(" to "))) for minutes, _ in figures]
        assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
        assert 30 <= spans[-1][1] <= 60


def test_every_exercise_of_the_book_is_in_the_plan_with_its_time():
    for (_, rows), page in zip(tables(), CHAPTERS, strict=True):
        asked = soup(page).select(".exercise > .admonition-title")
        titles = [" ".join(title.get_text().removesuffix("#").split()) for title in asked]
        assert [re.sub(r"(Exercise \d+\.\d+) (.*)", r"\1 (\2)", row[0]) for row in rows] == titles
        assert not [row for row in rows if not re.fullmatch(r"\d+ minutes", row[1])], f"{LECTURES} lacks a time"


def test_figures_of_a_plan_have_the_number_and_the_words_of_the_chapter():
    links = soup(LECTURES).select("article td a[href*='#fig-']")
    assert len(links) > 40
    for link in links:
        page, _, name = urljoin(f"/{LECTURES}", link["href"]).lstrip("/").partition("#")
        caption = " ".join(soup(page).find(id=name).figcaption.get_text().split())
        number, _, said = link.find_parent("td").get_text().partition(" ")[2].partition(" ")
        assert caption.startswith(f"Fig. {number} ")
        # A formula is there more than once: for screen readers, and drawn.
        assert "$" in said or said[:20] in caption


def warned_of(monkeypatch):
    said = []
    monkeypatch.setattr(lectures.logger, "warning", lambda text, *values, **_: said.append(text % values))
    return said


@pytest.fixture
def transform(tmp_path, monkeypatch):
    """The tables of a book of one chapter, `one`, with a figure, by plans that the test writes."""
    monkeypatch.setattr(lectures, "PLANS", tmp_path)
    chapter = new_document("one")
    chapter += nodes.figure("", nodes.caption("", "A shelf. Look at it."), ids=["fig-shelf"])
    env = SimpleNamespace(
        config=SimpleNamespace(root_doc="intro"),
        toctree_includes={"intro": ["chapters/one"]},
        docname="chapters/for-lecturers",
        get_doctree=lambda name: {"chapters/one": chapter}[name],
        toc_fignumbers={"chapters/one": {"figure": {"fig-shelf": (1, 1)}}},
        titles={"chapters/one": nodes.title("", "One")},
    )
    builder = SimpleNamespace(get_relative_uri=lambda here, there: f"{there}.html")
    monkeypatch.setattr(lectures.FillLectures, "app", SimpleNamespace(builder=builder), raising=False)

    def transform(**plans):
        for name, text in plans.items():
            (tmp_path / f"{name}.txt").write_text(text, "utf-8")
        document = new_document("for-lecturers")
        document.settings.env = env
        document += lectures.Lectures()
        lectures.FillLectures(document).run()
        return document

    return transform


def test_a_chapter_that_is_not_in_the_book_has_no_plan_on_the_page(transform):
    assert not list(transform(gone="fig-shelf 5").findall(nodes.Element))[1:]


def test_a_plan_names_what_is_not_in_the_chapter(transform, monkeypatch):
    warned = warned_of(monkeypatch)
    text = transform(one="fig-shelf 5\nfig-gone 5").astext()
    assert "0 to 5" in text
    assert "A shelf." in text
    assert "Look" not in text
    assert warned == ["its lecture has no such figure or exercise: 'fig-gone'"]


@pytest.mark.parametrize("line", ["fig-shelf", "fig-shelf five", "fig-shelf 0", "5 fig-shelf", "fig-shelf -5", ""])
def test_a_line_of_a_plan_is_a_name_and_minutes(line, transform, monkeypatch):
    warned = warned_of(monkeypatch)
    transform(one=f"fig-shelf 5\n{line}\n")
    assert warned == [f"A line of a lecture is a name and minutes, such as 'fig-shelf 5', and not {line!r}."]


# Citing


def test_the_book_is_cited_as_its_files_say():
    block = soup(CITING).select_one(".highlight-bibtex pre").get_text()
    (entry,) = parse_string(block, "bibtex").entries.values()
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert entry.fields["title"].strip("{}") == config["title"]
    assert [str(person).strip("{}") for person in entry.persons["author"]] == [config["author"]]
    assert entry.fields["year"] == str(citation["date-released"].year)
    assert citation["version"] in entry.fields["note"]
    assert entry.fields.get("url", "") == config["repository"]["url"]


def test_people_are_cited_by_their_names_and_what_is_missing_is_named():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    people = {"authors": [{"family-names": "Lovelace", "given-names": "Ada"}, {"name": "The others"}]}
    (entry,) = parse_string(citing.bibtex(citation | people), "bibtex").entries.values()
    assert [person.last_names for person in entry.persons["author"]] == [["Lovelace"], ["{The others}"]]
    del citation["version"]
    with pytest.raises(ConfigError, match="version"):
        citing.bibtex(citation)


def test_the_entry_can_be_copied(visit):
    tab = visit(CITING)
    copied = "navigator.clipboard.writeText = async (text) => (globalThis.copied = text)"
    tab.evaluate(f"() => {{ {copied} }}")
    tab.locator(".highlight-bibtex .copy").click()
    assert parse_string(tab.evaluate("copied"), "bibtex").entries


@every_page
def test_every_page_names_the_licence(page):
    words = " ".join(soup(page).select_one("body > footer p").get_text().split())
    licence = (
        "文字和图：CC BY 4.0。代码：MIT。" if page.startswith("zh/") else "Text and figures: CC BY 4.0. Code: MIT."
    )
    assert licence in words


def test_the_files_that_are_listed_are_there_and_with_their_sizes():
    links = soup(CITING).select("ul.files a")
    assert "/paying-attention-notebooks.zip" in [urljoin(f"/{CITING}", link["href"]) for link in links]
    for link in links:
        path = SITE / urljoin(f"/{CITING}", link["href"]).lstrip("/")
        assert f"{path.stat().st_size / 1e6:.1f} MB" in link.parent.get_text()


def test_files_that_are_put_into_a_site_are_listed_in_the_place_of_those_before(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "a.html").write_text('<p>Files</p><ul class="files"></ul><p>End</p>', "utf-8")
    (tmp_path / "b.pdf").write_bytes(b"x" * 200_000)
    for _ in range(2):
        citing.offer(tmp_path, {"b.pdf": "The book & more"})
        text = (tmp_path / "pages" / "a.html").read_text("utf-8")
        assert text == (
            '<p>Files</p><ul class="files"><li><a href="../b.pdf" download>The book &amp; more</a>, 0.2 MB</li></ul>'
            "<p>End</p>"
        )


def test_a_file_and_its_size_have_a_chinese_comma_between_them_on_a_chinese_page(tmp_path):
    (tmp_path / "a.html").write_text('<html lang="zh-Hans"><ul class="files"></ul></html>', "utf-8")
    (tmp_path / "b.zip").write_bytes(b"x" * 200_000)
    citing.offer(tmp_path, {"b.zip": "全部笔记本（zip）"})
    assert "（zip）</a>，0.2 MB</li>" in (tmp_path / "a.html").read_text("utf-8")
