"""A small book in both editions, built by the project's own `make`: executed once, the same bytes at every build.

Fails when the Chinese edition executes anything, does without a result that is missing, differs from one build to the
next, when the editions do not name each other where the site's address is known, or when a copy of the book takes its
words from the one that is installed.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from places import ROOT
from small_book import DRAWING, INTRO

PLACE = "https://books.example/attention/"
ZH = "zh/chapters/drawing.ipynb"


def add_chinese(book):
    """The same book in Chinese, agreed on."""
    (book.root / "zh" / "chapters").mkdir(parents=True)
    (book.root / "zh" / "toolbox").mkdir()
    shutil.copy(ROOT / "zh" / "README.md", book.root / "zh")
    shutil.copy(ROOT / "zh" / "chapters" / "status.md", book.root / "zh" / "chapters")
    book.write("zh/intro.md", INTRO.replace("A small book", "一本小书").replace("Books on a shelf.", "书架上的书。"))
    notebook = json.loads((book.root / "chapters" / "drawing.ipynb").read_text("utf-8"))
    notebook["cells"][0]["source"] = ["# 画图\n", "\n", "一些文字。"]
    book.write(ZH, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    book.succeed("agree")


@pytest.fixture(scope="module")
def both(first, tmp_path_factory):
    """The book with its Chinese, built once, with an address; and what make said."""
    book = first[0].copy(tmp_path_factory.mktemp("both") / "book")
    add_chinese(book)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITE_URL", PLACE)
        return book, book.succeed("html")


def test_what_the_english_notebook_has_drawn_and_printed_is_on_the_chinese_page(both):
    book, said = both
    assert "executing" not in said
    page = book.page("zh/chapters/drawing.html")
    assert "一些文字" in page
    assert "look twice" in page
    own, other = (set(re.findall(r"[0-9a-f]{64}\.svg", book.page(name))) for name in ("chapters/drawing.html", ZH_PAGE))
    assert own == other != set()


ZH_PAGE = "zh/chapters/drawing.html"


def test_nothing_is_executed_and_all_is_the_same_at_the_next_build(both, monkeypatch):
    book, _ = both
    monkeypatch.setenv("SITE_URL", PLACE)
    before = book.site()
    said = book.succeed("html")
    assert "Nothing to execute" in said
    assert book.site() == before
    assert not [name for name, content in before.items() if str(book.root).encode() in content]


def test_a_result_that_is_missing_stops_the_build_of_the_chinese_edition(both, tmp_path):
    book = both[0].copy(tmp_path / "copy")
    shutil.rmtree(book.root / "_build" / ".jupyter_cache")
    command = [sys.executable, "tools/chinese.py", "build"]
    done = subprocess.run(command, cwd=book.root, capture_output=True, text=True)
    assert done.returncode != 0
    assert "zh/chapters/drawing.ipynb: its English twin has no results to lend" in done.stderr


@pytest.mark.parametrize("page", ["intro.html", "chapters/drawing.html"])
def test_each_page_names_both_editions_and_itself(both, page):
    book, _ = both
    for name in (page, f"zh/{page}"):
        head = BeautifulSoup(book.page(name), "html.parser").head
        assert head.find("link", rel="canonical")["href"] == PLACE + name
        named = {link["hreflang"]: link["href"] for link in head.find_all("link", rel="alternate")}
        assert named == {"en": PLACE + page, "zh-Hans": f"{PLACE}zh/{page}"}
    text = book.page("sitemap.xml")
    assert f"<loc>{PLACE}{page}</loc>" in text
    assert f"<loc>{PLACE}zh/{page}</loc>" in text


def test_an_edition_that_lacks_a_page_is_not_built_and_no_page_leads_to_it(both, tmp_path):
    book = both[0].copy(tmp_path / "copy")
    book.succeed("strip")
    (book.root / "zh" / "chapters" / "status.md").unlink()
    assert "zh/chapters/status.md is missing" in book.fail("check")
    assert "is not whole" in book.succeed("html")
    assert not (book.root / "_build" / "html" / "zh").exists()
    assert "zh/intro.html" not in book.page("intro.html")
    assert 'class="edition"' not in book.page("intro.html")


def test_the_zip_of_a_chinese_page_has_the_chinese_notebook(both):
    import io
    import zipfile

    book, _ = both
    archive = zipfile.ZipFile(io.BytesIO((book.root / "_build/html/zh/paying-attention-notebooks.zip").read_bytes()))
    inside = archive.read("paying-attention/chapters/drawing.ipynb")
    assert inside == (book.root / ZH).read_bytes()
    title = yaml.safe_load((book.root / "_config.yml").read_text("utf-8"))["title"]
    assert archive.read("paying-attention/README.txt").decode().startswith(f"《{title}》的笔记本")
    assert DRAWING["answer"] in inside.decode()


def test_a_copy_of_the_book_speaks_with_its_own_toolbox(tmp_path, monkeypatch):
    for room in ("tools", "theme", "paying_attention"):
        shutil.copytree(ROOT / room, tmp_path / room)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    command = [sys.executable, "-c", "import chinese, sys; print(sys.modules['paying_attention'].__file__)"]
    said = subprocess.run(command, cwd=tmp_path / "tools", capture_output=True, text=True, check=True).stdout
    assert Path(said.strip()).is_relative_to(tmp_path)
