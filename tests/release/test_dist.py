"""What a release carries: the site and the notebooks as zips, and the book as a PDF.

Fails when a file lacks something or leads nowhere, when a PDF says other characters than it shows, in another order,
or breaks its sheets where nobody would, and when `make dist` would put out a book in which a term is not found.
"""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import dist
import nbformat
import pypdf
import pytest
import yaml
from browser import FLAGS, IDLE, find_browser
from bs4 import BeautifulSoup
from pdf_text import mend_table, not_found
from places import ROOT
from playwright.sync_api import sync_playwright

from theme.download import pack_notebooks

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
PAGES = [TOC["root"], *(entry["file"] for part in TOC["parts"] for entry in part["chapters"])]
CHAPTERS = [name for name in PAGES if re.match(r"chapters/\d", name)]
ZH = dist.SITE / "zh"
SOME = [dist.GLOSSARY, CHAPTERS[1], CHAPTERS[3]]  # what of the Chinese edition the tests print


def soup(name):
    return BeautifulSoup((dist.SITE / f"{name}.html").read_text("utf-8"), "html.parser")


def unpacked(path, folder):
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
    return folder / "paying-attention"


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    pack_notebooks(folder / "book.zip", ROOT, ROOT, "A book", "")
    return unpacked(folder / "book.zip", folder)


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    dist.print_pages(path, dist.pages())
    return pypdf.PdfReader(path)


def copied(pdf):
    """What each sheet says, as it is copied, without the number at its foot."""
    return [re.sub(r"\s*\d+\s*$", "", sheet.extract_text()) for sheet in pdf.pages]


@pytest.fixture(scope="module")
def sheets(pdf):
    return copied(pdf)


def test_the_same_files_make_the_same_zip(tmp_path):
    files = {"b.txt": b"second", "a/b.txt": b"first"}
    dist.pack(tmp_path / "one.zip", files)
    dist.pack(tmp_path / "two.zip", dict(reversed(files.items())))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        assert archive.read("paying-attention/a/b.txt") == b"first"


def test_the_notebooks_lead_to_what_is_unpacked_with_them(notebooks):
    links = [
        (path.parent / link).resolve()
        for path in (notebooks / "chapters").glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
        for link in re.findall(r"\]\(([^()#:]+\.(?:ipynb|md))(?:#[^()]*)?\)", cell.source)
    ]
    assert links
    assert [link.name for link in links if not link.is_file()] == []


def test_the_site_opens_wherever_it_was_unpacked(tmp_path):
    dist.pack_site(tmp_path / "site.zip")
    site = unpacked(tmp_path / "site.zip", tmp_path / "wo anders")
    complaints = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        tab = browser.new_page()
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("requestfailed", lambda request: complaints.append(request.url))
        for page in ("index", CHAPTERS[0], CHAPTERS[-1], "search"):
            tab.goto((site / f"{page}.html").as_uri())
            tab.evaluate(IDLE)
            assert tab.locator("article h1").is_visible()
        browser.close()
    assert not complaints


def test_the_notebooks_are_all_there_without_outputs(notebooks):
    assert sorted(path.stem for path in notebooks.rglob("*.ipynb")) == sorted(Path(name).name for name in CHAPTERS)
    for path in notebooks.rglob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        assert not [cell for cell in cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)]


def test_the_notebooks_have_what_they_need(notebooks):
    """The lines that their README gives name files that are there, and so do these; the toolbox is the zip's own."""
    readme = (notebooks / "README.txt").read_text("utf-8")
    named = set(re.findall(r"-r (\S+)", readme))
    for name in named:
        asked = re.findall(r"^-[rc] (\S+)", (notebooks / name).read_text("utf-8"), re.MULTILINE)
        assert all((notebooks / file).is_file() for file in asked)
    assert named == {"requirements-notebooks.txt", "requirements-d2l.txt", "requirements-minilm.txt"}
    assert (notebooks / "pyproject.toml").is_file()
    look = (
        "import paying_attention.explorables as e, paying_attention.style as s; s.use_book_style(); print(e.__file__)"
    )
    command = [sys.executable, "-c", f"import sys; sys.path[0] = '..'; {look}"]
    done = subprocess.run(command, cwd=notebooks / "chapters", capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert notebooks in Path(notebooks, "chapters", done.stdout.strip()).resolve().parents


def test_the_pdf_has_every_page_of_the_book_in_its_outline_and_in_order(pdf):
    titles = [soup(name).h1.get_text().removesuffix("#") for name in PAGES]
    top = [entry for entry in pdf.outline if not isinstance(entry, list)]
    assert [entry.title for entry in top] == titles
    places = [pdf.get_destination_page_number(entry) for entry in top]
    assert places == sorted(set(places))
    assert pdf.metadata.title == "Paying Attention"


def test_the_pdf_has_the_text_and_the_figures(pdf, sheets):
    places = {entry.title: pdf.get_destination_page_number(entry) for entry in pdf.outline if isinstance(entry, dict)}
    starts = sorted(places.values())
    for name in (CHAPTERS[0], CHAPTERS[-1]):
        page = soup(name)
        start = places[page.h1.get_text().removesuffix("#")]
        text = " ".join(" ".join(sheets[start : starts[starts.index(start) + 1]]).split())
        for heading in page.select("article h2"):
            assert heading.get_text().removesuffix("#") in text
        for number in page.select("figcaption .caption-number"):
            assert number.get_text().strip() in text
        for picture in page.select("article img"):
            drawing = (dist.SITE / "chapters" / picture["src"]).read_text("utf-8")
            labels = re.findall(r"<text[^>]*>\s*([^<&]+?)\s*</text>", drawing)
            assert labels
            assert not [label for label in labels if label not in text]


def test_the_contents_say_the_sheet_that_each_page_of_the_book_begins_on(pdf, sheets):
    contents = " ".join(sheets[1].split())
    assert contents.startswith("Contents")
    top = [entry for entry in pdf.outline if not isinstance(entry, list)]
    lines = [f"{entry.title} {pdf.get_destination_page_number(entry) + 1}" for entry in top]
    assert not [line for line in lines if line not in contents]


def test_what_announces_something_stands_not_alone_at_the_foot_of_a_sheet(sheets):
    announce = "article :is(h2, h3, h4, .rubric, .glossary > dt, .solution > summary)"
    words = [word.get_text().removesuffix("#") for name in PAGES for word in soup(name).select(announce)]
    said = {"".join(text.split()) for text in words}
    last = {number: "".join(sheet.splitlines()[-1].split()) for number, sheet in enumerate(sheets, start=1)}
    assert len(said) > 200
    assert not {number: line for number, line in last.items() if line in said}


def test_a_long_table_begins_where_it_is_announced(pdf, sheets):
    """And is not put off to the next sheet, as if it had room on that."""
    places = {entry.title: pdf.get_destination_page_number(entry) for entry in pdf.outline if isinstance(entry, dict)}
    page = soup("chapters/notation")
    for cell in page.select("tbody tr:nth-child(3) td:not(:has(.katex))"):
        assert "".join(cell.get_text().split()) in "".join(sheets[places["Notation"]].split())


def found_as_written(text, site):
    """Every word of the glossary is in the raw text, and no radical that looks like a character: nothing is
    normalised here, as no reader who searches does."""
    terms = dist.terms(site)
    assert len(terms) > 100
    assert not [term for term in terms if term not in text]
    assert not re.findall("[\u2e80-\u2fdf\uf900-\ufb06]", text)


def test_every_term_is_found_in_the_pdf_as_it_was_written(sheets):
    found_as_written("".join(sheets), dist.SITE)


@pytest.fixture(scope="module")
def in_chinese(tmp_path_factory):
    if not ZH.exists():
        pytest.skip("the Chinese edition is not whole yet")
    path = tmp_path_factory.mktemp("pdf") / "book.pdf"
    dist.print_pages(path, SOME, site=ZH)
    return path


def test_every_term_is_found_in_the_chinese_pdf_as_it_was_written(in_chinese):
    pdf = pypdf.PdfReader(in_chinese)
    found_as_written("".join(copied(pdf)), ZH)
    assert pdf.trailer["/Root"]["/Lang"] == "zh-Hans"
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert pdf.metadata.title == "术语表"


def test_what_is_copied_from_the_chinese_pdf_is_what_was_written(in_chinese):
    """Character by character, over the ends of lines and sheets: paragraphs, captions, tables, code and its comments.
    Blanks are left out, as an end of a line is one; so is what a formula stands in, whose signs have places of their
    own."""
    text = re.sub(r"\s", "", "".join(copied(pypdf.PdfReader(in_chinese))))
    written = [words for name in SOME for words in written_in(name)]
    assert len(written) > 500
    assert len(re.findall("[\u3400-\u9fff]", "".join(written))) > 10_000
    assert not [words for words in written if words not in text]


def written_in(name):
    article = BeautifulSoup((ZH / f"{name}.html").read_text("utf-8"), "html.parser").article
    for unprinted in article.select(
        ".headerlink, .run, .tools, .live, .verdict, .count, .said, .hide > summary, script"
    ):
        unprinted.decompose()
    for block in article.select("h1, h2, h3, p, dt, pre, summary, :is(td, th, li):not(:has(p))"):
        if not block.select_one(".katex"):
            yield re.sub(r"\s", "", block.get_text())


def test_a_term_that_a_search_would_not_find_stops_make_dist(tmp_path):
    site = tmp_path / "site"
    (site / "chapters").mkdir(parents=True)
    for name, words in (("glossary", "力矩（torque）"), ("other", "Only torque is here.")):
        text = f'<article><h1>A page</h1><dl class="glossary"><dt>{words}</dt></dl></article>'
        (site / "chapters" / f"{name}.html").write_text(text, "utf-8")
    (site / "_static").mkdir()
    for name in ("book.css", "chapter.css"):
        (site / "_static" / name).touch()
    for name in ("glossary", "other"):
        dist.print_pages(tmp_path / f"{name}.pdf", [f"chapters/{name}"], site=site)
    dist.search(tmp_path / "glossary.pdf", site)
    with pytest.raises(SystemExit, match=r"^other\.pdf: .*\['力矩'\]$"):
        dist.search(tmp_path / "other.pdf", site)
    assert not_found("⼒矩 torque", ["力矩", "torque"]) == ["力矩", "⼒"]
    assert not_found("an of\ufb01ce", ["office"]) == ["office", "\ufb01"]


def test_a_table_of_glyphs_names_the_character_and_not_the_radical():
    table = "3 beginbfchar\n<0001> <2F12>\n<0002> <0041>\n<0007> <FB01>\nendbfchar\n"
    table += "2 beginbfrange\n<0003> <0004> <2F63>\n<0005> <0006> <0061>\nendbfrange"
    assert mend_table(table) == (
        "3 beginbfchar\n<0001> <529B>\n<0002> <0041>\n<0007> <00660069>\nendbfchar\n"
        "2 beginbfrange\n<0003> <0004> [<751F> <7528>]\n<0005> <0006> <0061>\nendbfrange"
    )


def test_links_in_the_pdf_lead_to_its_own_pages_or_to_the_web(pdf):
    marks = [mark.get_object() for sheet in pdf.pages for mark in sheet.get("/Annots", [])]
    inside = [mark["/Dest"] for mark in marks if "/Dest" in mark]
    outside = [mark["/A"]["/URI"] for mark in marks if "/URI" in mark.get("/A", {})]
    assert len(inside) > 100
    assert len(inside) + len(outside) == len(marks)
    assert set(inside) <= set(pdf.named_destinations)
    assert outside
    assert not [address for address in outside if not re.match(r"(https?://(?!book\.invalid)|mailto:)", address)]


# Hand-outs

HANDOUT = f"handouts/{Path(CHAPTERS[3]).name}"


@pytest.fixture(scope="module")
def handout(tmp_path_factory):
    path = tmp_path_factory.mktemp("handout") / "handout.pdf"
    dist.print_pages(path, [HANDOUT], "A hand-out")
    return pypdf.PdfReader(path)


def test_a_handout_is_printed_alone_with_all_that_it_asks_and_nothing_else(handout):
    article = soup(HANDOUT).article
    text = " ".join(" ".join(sheet.extract_text() for sheet in handout.pages).split())
    assert text.startswith(article.h1.get_text())  # no cover and no contents come first
    for number in article.select(".caption-number"):
        assert number.get_text().strip() in text
    for choice in article.select(".choices > li:not(:has(.katex))"):
        assert " ".join(choice.get_text().split()) in text
    assert "CC BY 4.0" in text
    assert "Solution" not in text
    assert len(handout.pages) < 8
    assert handout.metadata.title == "A hand-out"
    marks = [mark.get_object() for sheet in handout.pages for mark in sheet.get("/Annots", [])]
    assert not [mark for mark in marks if "book.invalid" in mark.get("/A", {}).get("/URI", "")]


def test_make_dist_prints_a_handout_of_each_chapter_and_puts_all_into_the_site(tmp_path, monkeypatch):
    site, folder = tmp_path / "site", tmp_path / "dist"
    for name in ("handouts/01-one.html", "handouts/02-two.html", "chapters/citing.html", dist.NOTEBOOKS):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text('<article><h1>Hand-out: it</h1></article><ul class="files"></ul>', "utf-8")
    (site / "handout-03-gone.pdf").write_text("from another run", "utf-8")
    monkeypatch.setattr(dist, "ROOT", tmp_path)
    monkeypatch.setattr(dist, "SITE", site)
    monkeypatch.setattr(dist, "DIST", folder)
    monkeypatch.setattr(dist, "pages", list)
    monkeypatch.setattr(dist, "print_pages", lambda path, *_, **__: path.write_text("a PDF", "utf-8"))
    searched = []
    monkeypatch.setattr(dist, "search", lambda path, of: searched.append((path.name, of)))
    dist.main()
    assert searched == [("paying-attention.pdf", site)]
    pdfs = {"paying-attention.pdf", "handout-01-one.pdf", "handout-02-two.pdf"}
    assert {path.name for path in folder.iterdir()} == pdfs | {dist.ZIP, dist.NOTEBOOKS}
    assert {path.name for path in site.glob("*.*")} == pdfs | {dist.ZIP, dist.NOTEBOOKS}
    links = BeautifulSoup((site / "chapters" / "citing.html").read_text("utf-8"), "html.parser").select(".files a")
    assert {link["href"] for link in links} == {f"../{name}" for name in pdfs | {dist.ZIP, dist.NOTEBOOKS}}
    # The site in the zip was packed before: it lists what it carries.
    inside = unpacked(folder / dist.ZIP, tmp_path / "unpacked")
    assert not list(inside.rglob("*.pdf"))
    assert "pdf" not in (inside / "chapters" / "citing.html").read_text("utf-8")


def test_what_is_published_is_the_site_with_its_files():
    steps = yaml.safe_load((ROOT / ".github/workflows/book.yml").read_text("utf-8"))["jobs"]["site"]["steps"]
    assert "make dist" in [step.get("run") for step in steps]
    assert {step["with"]["path"] for step in steps if "upload" in step.get("uses", "")} == {"_build/html"}
