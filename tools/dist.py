"""Put the book into files, for readers without a connection: the site and the notebooks as zips, and PDFs.

All from what `make html` built, into _build/dist. One PDF is the book, the others are the hand-outs of chapters;
the Chinese edition has its own, with -zh in their names. The site is one zip with both, which lead to each other.
The files are put into the site as well, whose page on citing lists them then: what is published carries them.
"""

import logging
import re
import shutil
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pypdf
import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]

import pdf_text  # noqa: E402
from browser import FLAGS, find_browser  # noqa: E402

from theme.citing import names_of_files, offer  # noqa: E402
from theme.download import NOTEBOOKS, files_in, pack  # noqa: E402
from theme.editions import say, spoken  # noqa: E402
from theme.handouts import FOLDER  # noqa: E402
from theme.run_times import commit_date  # noqa: E402

SITE = ROOT / "_build" / "html"
DIST = ROOT / "_build" / "dist"
GLOSSARY = "chapters/glossary"
# The words of a term, which are Chinese and English: `热图（heatmap）`, `mask (掩蔽, 掩码)`.
WORD = re.compile(r"[^（）(),\s][^（）(),]*(?<!\s)")
BOOK, ZIP = "paying-attention.pdf", "paying-attention-site.zip"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
# The pages as one document, so that links lead from chapter to chapter and one count of pages runs through all.
ONE_PAGE = """\
<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/_static/book.css">
<link rel="stylesheet" href="/_static/chapter.css">
<style>
  @page {{ size: A4; margin: 18mm 20mm 20mm }}
  .cover {{ display: flex; flex-direction: column; justify-content: center; height: 250mm; text-align: center }}
  .cover .title {{ font-size: 34pt }}
  .contents {{ font-size: 20pt }}
  .pages {{ padding: 0; line-height: 2; list-style: none; font-size: 12pt }}
  .pages a {{ display: flex; gap: .4em }}
  .pages .at {{ margin-left: auto }}
  .cover ~ :not(.pages) {{ break-before: page }}
  code {{ overflow-wrap: anywhere }}
</style></head>
<body><main></main></body></html>
"""
COVER = '<div class="cover"><p class="title">{title}</p><p>{author}</p><p>{date}</p></div>'
FOOTER = '<div style="width: 100%; text-align: center; font: 8px sans-serif"><span class="pageNumber"></span></div>'


def mark_of(site):
    """What the names of an edition's files have before their end."""
    return "-zh" if site.name == "zh" else ""


def speaks(site):
    """For a while the language of an edition."""
    return spoken("zh_CN" if mark_of(site) else "en")


def pack_site(path):
    pack(path, files_in(SITE, SITE))


def pages():
    """The names of all pages, in the order of _toc.yml."""
    return list(parse_toc_yaml(ROOT / "_toc.yml"))


def one_page(names, title, site=SITE, sheets=None):
    """These pages of the site, one after the other, as one HTML document that needs no script.

    More than one have a cover and a list of contents, which says the sheet that each begins on where that is given.
    """
    number = {f"{name}.html": f"page-{count}" for count, name in enumerate(names, start=1)}
    language = "zh-Hans" if site.name == "zh" else "en"
    book = BeautifulSoup(ONE_PAGE.format(title=title, language=language), "html.parser")
    contents = book.new_tag("ul", attrs={"class": "pages"})
    if len(names) > 1:
        cover = COVER.format(title=title, author=CONFIG["author"], date=commit_date(ROOT) or "")
        with speaks(site):
            heading = f'<p class="contents">{say("Contents")}</p>'
        book.main.extend([BeautifulSoup(cover, "html.parser").div, BeautifulSoup(heading, "html.parser").p, contents])
    for name in names:
        here = f"{name}.html"
        article = BeautifulSoup((site / here).read_text("utf-8"), "html.parser").article
        for script in article.select("script, .headerlink"):
            script.decompose()
        for element in article.find_all(id=True):
            element["id"] = f"{number[here]}-{element['id']}"
        for link in article.find_all("a", href=True):
            target = urlsplit(urljoin(f"/{here}", link["href"]))
            if target.scheme:
                continue
            if page := number.get(unquote(target.path).lstrip("/")):
                link["href"] = f"#{page}-{target.fragment}" if target.fragment else f"#{page}"
            else:
                link.unwrap()
        for picture in article.find_all("img"):
            picture["src"] = urljoin(f"/{here}", picture["src"])
            del picture["loading"]
        line = book.new_tag("li")
        entry = book.new_tag("a", href=f"#{number[here]}")
        entry.extend(BeautifulSoup(article.h1.decode_contents(), "html.parser").contents)
        if sheets:
            at = book.new_tag("span", attrs={"class": "at"})
            at.string = str(sheets[number[here]])
            entry.append(at)
        line.append(entry)
        contents.append(line)
        article.name = "section"
        article["id"], article["class"] = number[here], "page"
        book.main.append(article)
    return str(book)


@contextmanager
def opened(html, site=SITE):
    """A browser's tab with this document and the files of the site, and nothing else."""

    def answer(route):
        path = site / unquote(urlsplit(route.request.url).path).lstrip("/")
        if path == site:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif path.is_file():
            route.fulfill(path=path)
        else:
            route.abort()

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        tab = browser.new_page(java_script_enabled=False)
        missed = []
        tab.on("requestfailed", lambda request: missed.append(request.url))
        tab.route("**/*", answer)
        tab.goto("http://book.invalid/")
        if missed:
            raise FileNotFoundError(f"The PDF lacks {missed}")
        yield tab
        browser.close()


def text_of(name, site, selector):
    """The texts of what a page has of this kind, without the signs that are links to it."""
    article = BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser").article
    for sign in article.select(".headerlink"):
        sign.decompose()
    return [element.get_text() for element in article.select(selector)]


def print_pages(path, names, title=None, site=SITE):
    """Print these pages into one PDF, with an outline made of their headings; its title is that of the first page.

    More than one are printed twice, as only then it is known where each begins.
    """
    title = title or text_of(names[0], site, "h1")[0]
    print_once(path, one_page(names, title, site), title, site)
    if len(names) > 1:
        book = pypdf.PdfReader(path)
        sheets = {
            name.lstrip("/"): book.get_destination_page_number(place) + 1
            for name, place in book.named_destinations.items()
        }
        print_once(path, one_page(names, title, site, sheets), title, site)


def print_once(path, html, title, site):
    with opened(html, site) as tab:
        tab.pdf(
            path=path,
            prefer_css_page_size=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            outline=True,
            tagged=True,
        )
    # Chromium counts the objects in a PDF one too low now and then, and pypdf makes it right and would say so.
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    book = pypdf.PdfWriter(clone_from=path)
    pdf_text.mend(book)
    date = datetime.strptime(commit_date(ROOT) or "1980-01-01", "%Y-%m-%d").replace(tzinfo=UTC)
    book.metadata = {
        "/Title": title,
        "/Author": CONFIG["author"],
        "/CreationDate": f"D:{date:%Y%m%d}000000Z",
    }
    book.compress_identical_objects()
    book.write(path)


def terms(site=SITE):
    """Every word of the glossary, Chinese and English."""
    return [word for term in text_of(GLOSSARY, site, ".glossary > dt") for word in WORD.findall(term)]


def search(path, site=SITE):
    """Search a PDF for every term as its readers do, and stop where one would find nothing."""
    text = "".join(sheet.extract_text() for sheet in pypdf.PdfReader(path).pages)
    if wrong := pdf_text.not_found(text, terms(site)):
        sys.exit(f"{path.name}: a search finds nothing, as these are missing or are not what they look like: {wrong}")


def print_handouts(folder, site=SITE):
    """Print the hand-out of each chapter into a PDF of its own; their names and titles."""
    printed = {}
    mark = mark_of(site)
    for page in sorted((site / FOLDER).glob("*.html")):
        name = f"handout{mark}-{page.stem}.pdf"
        handout = f"{FOLDER}/{page.stem}"
        print_pages(folder / name, [handout], site=site)
        printed[name] = text_of(handout, site, "h1")[0]
    return printed


def publish(files, site=SITE):
    """Put files of DIST into a site and have its page list them: {name: what it is}."""
    for name in files:
        if not (site / name).exists():  # the notebooks; and for the Chinese site the zip of both, which lies above it
            shutil.copy(DIST / name, site)
    offer(site, files)


def put_into_files(site):
    """Make the files of an edition, and return what they are by name."""
    mark = mark_of(site)
    book, notebooks = BOOK.replace(".pdf", f"{mark}.pdf"), NOTEBOOKS.replace(".zip", f"{mark}.zip")
    with speaks(site):
        files = names_of_files(book, f"../{ZIP}" if mark else ZIP, NOTEBOOKS)
        offer(site, {NOTEBOOKS: files[NOTEBOOKS]})  # no PDF of another run, in the one that is made
        print_pages(DIST / book, pages(), site=site)
        search(DIST / book, site)
        handouts = print_handouts(DIST, site)
        shutil.copy(site / NOTEBOOKS, DIST / notebooks)
        pdf = "（PDF）" if mark else " (PDF)"
        return files | {name: f"{title}{pdf}" for name, title in handouts.items()}


def main():
    shutil.rmtree(DIST, ignore_errors=True)  # a hand-out whose chapter has left the book would stay
    DIST.mkdir(parents=True)
    sites = [site for site in (SITE, SITE / "zh") if site.exists()]
    for path in [file for site in sites for file in (*site.glob("*.pdf"), *site.glob(ZIP))]:  # of another run
        path.unlink()
    files = {site: put_into_files(site) for site in sites}
    pack_site(DIST / ZIP)  # before the files are put into it
    for site in sites:
        publish(files[site], site)
    for path in sorted(DIST.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
