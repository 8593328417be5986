"""Put the book into files, for readers without a connection: the site and the notebooks as zips, and PDFs.

All from what `make html` built, into _build/dist. One PDF is the book, the others are the hand-outs of its chapters.
The files are put into the site as well, whose page on citing lists them then: what is published carries them.
"""

import logging
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

from theme.citing import offer  # noqa: E402
from theme.download import NOTEBOOKS, WHAT, files_in, pack  # noqa: E402
from theme.handouts import FOLDER  # noqa: E402
from theme.run_times import commit_date  # noqa: E402

SITE = ROOT / "_build" / "html"
DIST = ROOT / "_build" / "dist"
BOOK, ZIP = "paying-attention.pdf", "paying-attention-site.zip"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
# The pages as one document, so that links lead from chapter to chapter and one count of pages runs through all.
ONE_PAGE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="/_static/book.css">
<style>
  @page {{ size: A4; margin: 18mm 20mm 20mm }}
  .cover {{ display: flex; flex-direction: column; justify-content: center; height: 250mm; text-align: center }}
  .cover .title {{ font-size: 34pt }}
  .pages {{ line-height: 2; list-style: none; font-size: 12pt }}
  .cover ~ * {{ break-before: page }}
  code {{ overflow-wrap: anywhere }}
</style></head>
<body><main></main></body></html>
"""
COVER = '<div class="cover"><p class="title">{title}</p><p>{author}</p><p>{date}</p></div>'
FOOTER = '<div style="width: 100%; text-align: center; font: 8px sans-serif"><span class="pageNumber"></span></div>'


def pack_site(path):
    pack(path, files_in(SITE, SITE))


def pages():
    """The names of all pages, in the order of _toc.yml."""
    return list(parse_toc_yaml(ROOT / "_toc.yml"))


def one_page(names, title):
    """These pages of the site, one after the other, as one HTML document that needs no script.

    More than one have a cover and a list of contents.
    """
    number = {f"{name}.html": f"page-{count}" for count, name in enumerate(names, start=1)}
    book = BeautifulSoup(ONE_PAGE.format(title=title), "html.parser")
    contents = book.new_tag("ul", attrs={"class": "pages"})
    if len(names) > 1:
        cover = COVER.format(title=title, author=CONFIG["author"], date=commit_date(ROOT) or "")
        book.main.extend([BeautifulSoup(cover, "html.parser").div, contents])
    for name in names:
        here = f"{name}.html"
        article = BeautifulSoup((SITE / here).read_text("utf-8"), "html.parser").article
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
        line.append(entry)
        contents.append(line)
        article.name = "section"
        article["id"], article["class"] = number[here], "page"
        book.main.append(article)
    return str(book)


@contextmanager
def opened(html):
    """A browser's tab with this document and the files of the site, and nothing else."""

    def answer(route):
        path = SITE / unquote(urlsplit(route.request.url).path).lstrip("/")
        if path == SITE:
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


def print_pages(path, names, title=CONFIG["title"]):
    """Print these pages into one PDF, with an outline made of their headings."""
    with opened(one_page(names, title)) as tab:
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


def print_handouts(folder):
    """Print the hand-out of each chapter into a PDF of its own; their names and titles."""
    printed = {}
    for page in sorted((SITE / FOLDER).glob("*.html")):
        title = BeautifulSoup(page.read_text("utf-8"), "html.parser").article.h1.get_text()
        name = f"handout-{page.stem}.pdf"
        print_pages(folder / name, [f"{FOLDER}/{page.stem}"], title)
        printed[name] = title
    return printed


def publish(files):
    """Put files of DIST into the site and have its page list them: {name: what it is}."""
    for name in files:
        shutil.copy(DIST / name, SITE)
    offer(SITE, files)


def main():
    shutil.rmtree(DIST, ignore_errors=True)  # a hand-out whose chapter has left the book would stay
    DIST.mkdir(parents=True)
    for path in [*SITE.glob("*.pdf"), *SITE.glob(ZIP)]:  # of another run on this site
        path.unlink()
    offer(SITE, {NOTEBOOKS: WHAT})
    print_pages(DIST / BOOK, pages())
    handouts = print_handouts(DIST)
    pack_site(DIST / ZIP)  # before the files are put into it
    shutil.copy(SITE / NOTEBOOKS, DIST)
    whats = {BOOK: "The book (PDF)", ZIP: "The site, to be read without a connection (zip)", NOTEBOOKS: WHAT}
    publish(whats | {name: f"{title} (PDF)" for name, title in handouts.items()})
    for path in sorted(DIST.iterdir()):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
