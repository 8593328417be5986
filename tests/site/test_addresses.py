"""A site of a single page, to see what depends on where it is built and where it will be.

A test fails where a page names an address that is not its own, a fork leads to the original, or a formula that cannot
be drawn gets by.
"""

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from pages import PAGES, soup
from places import ROOT, SITE

from theme.pages import address_of

PAGE = """\
# A small book

Attention (注意力) is scarce, and a softmax shares it out: $\\alpha_i = e^{s_i} / \\sum_j e^{s_j}$.

| key | weight |
|---|---|
| a | 1 |

The repository is <{repository}>; a class opens it by <{class}>.

```{figure} _build/pictures/mark.svg
:alt: Four books on a board, one of them red.
```

```{run-times}
```
"""


CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
REPOSITORY = CONFIG["repository"]["url"]
PAGE = PAGE.replace("{repository}", REPOSITORY)
PAGE = PAGE.replace("{class}", f"https://hub.example/git-pull?repo={quote(REPOSITORY, '')}")


def build(folder, page=PAGE, **variables):
    """What `jupyter-book build` says, and the site that it leaves in a folder of its own."""
    shutil.copytree(ROOT / "theme", folder / "theme", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "_build" / "pictures", folder / "_build" / "pictures")
    for name in ("_config.yml", "references.bib", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    (folder / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    (folder / "intro.md").write_text(page, "utf-8")
    command = [Path(sysconfig.get_path("scripts"), "jupyter-book"), "build", folder, "--all", "-W", "--keep-going"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | variables, cwd=folder)
    return done, folder / "_build" / "html"


@pytest.fixture(scope="module")
def small_site(tmp_path_factory):
    where = {"SITE_URL": "https://books.example/attention", "GITHUB_REPOSITORY": "reader/copy"}
    done, site = build(tmp_path_factory.mktemp("small") / "book", SOURCE_DATE_EPOCH="0", **where)
    assert done.returncode == 0, done.stderr
    return site


def test_a_site_that_knows_its_address_tells_it(small_site):
    head = BeautifulSoup((small_site / "intro.html").read_text("utf-8"), "html.parser").head
    assert head.find("link", rel="canonical")["href"] == "https://books.example/attention/intro.html"
    preview = head.find("meta", property="og:image")["content"]
    assert preview == "https://books.example/attention/_static/preview.png"
    assert (small_site / "_static" / "preview.png").is_file()
    assert "<loc>https://books.example/attention/intro.html</loc>" in (small_site / "sitemap.xml").read_text()
    lost = BeautifulSoup((small_site / "404.html").read_text("utf-8"), "html.parser")
    assert lost.base["href"] == "https://books.example/attention/"


def test_a_site_that_does_not_know_its_address_names_none():
    assert not (SITE / "sitemap.xml").exists()
    assert not any(soup(page).select("link[rel=canonical], base") for page in PAGES)


def test_a_fork_leads_to_itself(small_site):
    page = BeautifulSoup((small_site / "intro.html").read_text("utf-8"), "html.parser")
    links = {link.get_text(): link["href"] for link in page.find_all("a")}
    assert links["Repository"] == "https://github.com/reader/copy"
    assert links["Source of this page"] == "https://github.com/reader/copy/blob/main/intro.md"


def test_a_page_that_names_the_repository_names_the_fork(small_site):
    page = BeautifulSoup((small_site / "intro.html").read_text("utf-8"), "html.parser")
    links = {link["href"] for link in page.article.find_all("a", href=True)}
    assert "https://github.com/reader/copy" in links
    assert "https://hub.example/git-pull?repo=https%3A%2F%2Fgithub.com%2Freader%2Fcopy" in links
    assert urlsplit(REPOSITORY).path not in str(page)


def test_the_link_for_a_class_opens_a_chapter_of_this_book():
    link = next(
        code.get_text() for code in soup("chapters/running.html").select("pre") if "git-pull" in code.get_text()
    )
    asked = {name: value for name, (value,) in parse_qs(urlsplit(link.strip()).query).items()}
    assert asked["repo"] == address_of(REPOSITORY)
    assert asked["branch"] == CONFIG["repository"]["branch"]
    folder, notebook = asked["urlpath"].removeprefix("lab/tree/").split("/", 1)
    assert folder == asked["targetPath"]
    assert (ROOT / notebook).is_file()


def test_the_status_page_has_the_date_of_the_commit(small_site):
    assert "as it was on 1970-01-01" in (small_site / "intro.html").read_text("utf-8")


def test_a_formula_that_cannot_be_drawn_stops_the_build(tmp_path):
    done, _ = build(tmp_path / "book", page="# A small book\n\nHalf a fraction: $\\frac{1}$.\n")
    assert done.returncode != 0
    assert "KaTeX parse error" in done.stderr
    assert "intro.md" in done.stderr
