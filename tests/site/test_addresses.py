"""A site of a single page, to see what depends on where it is built and where it will be.

A test fails where a page names an address that is not its own, a fork leads to the original, or a formula that cannot
be drawn gets by.
"""

import os
import shutil
import subprocess
import sysconfig
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from address import with_address
from bs4 import BeautifulSoup
from places import ROOT

PAGE = """\
# A small book

Attention (注意力) is scarce, and a softmax shares it out: $\\alpha_i = e^{s_i} / \\sum_j e^{s_j}$.

| key | weight |
|---|---|
| a | 1 |

```{figure} _build/pictures/mark.svg
:alt: Four books on a board, one of them red.
```

```{run-times}
```
"""
TOC = "format: jb-book\nroot: intro\nchapters:\n  - file: chapters/running\n  - file: chapters/01-attention-cues\n"
NOTEBOOK = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A chapter\n\nSome words.", id="title")])


def build(folder, repository="", page=PAGE, **variables):
    """What `jupyter-book build` says of a book at this address, and the site that it leaves in a folder of its own."""
    shutil.copytree(ROOT / "theme", folder / "theme", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "_build" / "pictures", folder / "_build" / "pictures")
    shutil.copytree(ROOT / "paying_attention", folder / "paying_attention")
    (folder / "chapters").mkdir()
    for name in ("references.bib", "LICENSE", "requirements-notebooks.txt"):
        shutil.copy(ROOT / name, folder)
    for name in ("_config.yml", "chapters/running.md"):
        (folder / name).write_text(with_address(name, (ROOT / name).read_text("utf-8"), repository, "main"), "utf-8")
    (folder / "_toc.yml").write_text(TOC)
    (folder / "intro.md").write_text(page, "utf-8")
    nbformat.write(NOTEBOOK, folder / "chapters" / "01-attention-cues.ipynb")
    command = [Path(sysconfig.get_path("scripts"), "jupyter-book"), "build", folder, "--all", "-W", "--keep-going"]
    kept = {name: value for name, value in os.environ.items() if name != "SITE_URL"}
    done = subprocess.run(command, capture_output=True, text=True, env=kept | variables, cwd=folder)
    return done, folder / "_build" / "html"


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """A book without an address, a fork, one that is its owner's main site, and one that is shown elsewhere."""
    found = {}
    for name, repository, where in (
        ("none", "", {}),
        ("fork", "https://github.com/Reader/copy", {}),
        ("main", "https://github.com/Reader/reader.github.io", {"SITE_URL": ""}),
        ("own", "https://github.com/Reader/copy", {"SITE_URL": "https://books.example/attention"}),
    ):
        done, found[name] = build(tmp_path_factory.mktemp(name) / "book", repository, SOURCE_DATE_EPOCH="0", **where)
        assert done.returncode == 0, done.stderr
    return found


def parsed(site, page):
    return BeautifulSoup((site / page).read_text("utf-8"), "html.parser")


def links(site, page):
    return {link.get_text(): link["href"] for link in parsed(site, page).find_all("a", href=True)}


PLACES = {
    "fork": "https://reader.github.io/copy/",
    "main": "https://reader.github.io/",
    "own": "https://books.example/attention/",
}


@pytest.mark.parametrize("name", PLACES)
def test_a_site_that_knows_its_address_tells_it(sites, name):
    site, place = sites[name], PLACES[name]
    head = parsed(site, "intro.html").head
    assert head.find("link", rel="canonical")["href"] == f"{place}intro.html"
    assert head.find("meta", property="og:image")["content"] == f"{place}_static/preview.png"
    assert (site / "_static" / "preview.png").is_file()
    assert f"<loc>{place}intro.html</loc>" in (site / "sitemap.xml").read_text()
    assert parsed(site, "404.html").base["href"] == place


def test_a_site_that_does_not_know_its_address_names_none(sites):
    site = sites["none"]
    assert not (site / "sitemap.xml").exists()
    for path in site.rglob("*.html"):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        assert not page.select("link[rel=canonical], base")
        outside = [link["href"] for link in page.find_all("a", href=True) if urlsplit(link["href"]).scheme]
        assert not [link for link in outside if "github" in link or "binder" in link or "colab" in link], path
        assert not [
            name for name in ("Repository", "Source of this page", "Suggest a change") if name in page.footer.text
        ]


def test_a_chapter_says_how_to_run_it_with_an_address_and_without(sites):
    for name, site in sites.items():
        found = links(site, "chapters/01-attention-cues.html")
        assert found["How to run it"] == "running.html"
        assert (site / "chapters" / found["Download the notebook"]).resolve().is_file()
        assert ("Run in Binder" in found) == ("Run in Colab" in found) == (name != "none")


def test_a_fork_leads_to_itself(sites):
    notebook = "chapters/01-attention-cues.ipynb"
    for name, owner in (("fork", "Reader/copy"), ("main", "Reader/reader.github.io")):
        found = links(sites[name], "chapters/01-attention-cues.html")
        assert found["Repository"] == f"https://github.com/{owner}"
        assert found["Source of this page"] == f"https://github.com/{owner}/blob/main/{notebook}"
        assert found["Suggest a change"] == f"https://github.com/{owner}/edit/main/{notebook}"
        assert found["Run in Binder"] == f"https://mybinder.org/v2/gh/{owner}/main?urlpath=lab/tree/{notebook}"
        assert found["Run in Colab"] == f"https://colab.research.google.com/github/{owner}/blob/main/{notebook}"
        text = (sites[name] / "chapters" / "running.html").read_text("utf-8")
        assert f"git clone https://github.com/{owner}" in text


def test_a_form_to_fill_in_is_no_link(sites):
    page = parsed(sites["none"], "chapters/running.html")
    forms = [code.get_text() for code in page.select("pre") if "OWNER" in code.get_text()]
    assert len(forms) == 4
    assert not [link for link in page.find_all("a", href=True) if "OWNER" in link["href"]]


def test_the_site_carries_the_notebooks_with_their_toolbox(sites):
    page = parsed(sites["none"], "chapters/running.html")
    [link] = [link for link in page.article.find_all("a", href=True) if link["href"].endswith(".zip")]
    path = (sites["none"] / "chapters" / link["href"]).resolve()
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        readme = archive.read("paying-attention/README.txt").decode()
    assert {
        "paying-attention/chapters/01-attention-cues.ipynb",
        "paying-attention/paying_attention/pooling.py",
    } <= names
    assert readme.startswith('The notebooks of "Paying Attention", ')
    assert "github.com" not in readme
    with zipfile.ZipFile(sites["fork"] / path.name) as archive:
        assert "https://github.com/Reader/copy" in archive.read("paying-attention/README.txt").decode()


@pytest.mark.parametrize("name", ["none", "fork"])
def test_the_link_for_a_class_opens_a_chapter_of_this_book(sites, name):
    codes = [code.get_text() for code in parsed(sites[name], "chapters/running.html").select("pre")]
    [link] = [code for code in codes if "git-pull" in code]
    asked = {name: value for name, (value,) in parse_qs(urlsplit(link.strip()).query).items()}
    owner = {"none": "OWNER/REPOSITORY", "fork": "Reader/copy"}[name]
    assert asked["repo"] == f"https://github.com/{owner}"
    assert asked["branch"] == "main"
    folder, notebook = asked["urlpath"].removeprefix("lab/tree/").split("/", 1)
    assert folder == asked["targetPath"]
    assert (ROOT / notebook).is_file()


def test_the_status_page_has_the_date_of_the_commit(sites):
    assert "as it was on 1970-01-01" in (sites["none"] / "intro.html").read_text("utf-8")


def test_a_formula_that_cannot_be_drawn_stops_the_build(tmp_path):
    done, _ = build(tmp_path / "book", page="# A small book\n\nHalf a fraction: $\\frac{1}$.\n")
    assert done.returncode != 0
    assert "KaTeX parse error" in done.stderr
    assert "intro.md" in done.stderr
