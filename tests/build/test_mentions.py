"""What `make check` says of a chapter, a figure or a name that is spoken of and not there.

A test fails where a place that still speaks of something deleted is not named, one that speaks of what is there is, or
a chapter or a figure can no longer be taken out of the book by opening four files at most.
"""

import re
import shutil

import mentions
import nbformat
import pytest
from places import ROOT

from paying_attention import explorables

CELL = nbformat.v4.new_markdown_cell("As in chapters 01 and 02, and in chapter 07.", id="before")
CODE = nbformat.v4.new_code_cell(
    "from paying_attention.explorables import Here, Gone\nfrom paying_attention import one",
    id="look",
    metadata={"mystnb": {"figure": {"name": "fig-gone"}}},
)
DRAWN = nbformat.v4.new_code_cell("draw()", id="drawn", metadata={"mystnb": {"figure": {"name": "fig-here"}}})


@pytest.fixture
def book(tmp_path, monkeypatch):
    for name, text in {
        "chapters/01-one.ipynb": "",
        "chapters/02-two.ipynb": nbformat.writes(nbformat.v4.new_notebook(cells=[CELL, CODE, DRAWN])),
        "chapters/glossary.md": "The end of chapters 01, 02 and 03.\n\nNumber 07.\n\n"
        "[This](02-two.ipynb#fig-here) and `[a](#fig-a)`, [that](02-two.ipynb#fig-gone).\n",
        "chapters/quotes/02-two.txt": "",
        "chapters/quotes/03-three.txt": "",
        "chapters/lectures/02-two.txt": "fig-here 5\nfig-gone 5\nexercise 5\n",
        "_toc.yml": "- file: chapters/01-one\n- file: chapters/03-three\n",
        "intro.md": "```{explorable} Here\n```\n\n```{explorable} Lost\n```\n",
        "paying_attention/__init__.py": "",
        "paying_attention/pooling.py": "def one():\n    pass\n",
        "paying_attention/explorables/here.py": "from paying_attention.pooling import two\n\n\nclass Here:\n    pass\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            text or nbformat.writes(nbformat.v4.new_notebook()) if name.endswith("ipynb") else text, "utf-8"
        )
    monkeypatch.setattr(mentions, "ROOT", tmp_path)
    monkeypatch.setattr(mentions, "TOOLBOX", tmp_path / "paying_attention")
    return tmp_path


def test_what_is_not_there_is_named_with_its_place_and_nothing_else_is(book):
    with pytest.raises(SystemExit) as said:
        mentions.main()
    found = [line.partition(", which is not there")[0] for line in str(said.value).splitlines()]
    assert sorted(found) == [
        "_toc.yml:2 speaks of 03-three",
        "chapters/02-two.ipynb, cell before speaks of chapter 07",
        "chapters/02-two.ipynb, cell look speaks of Gone",
        "chapters/glossary.md:1 speaks of chapter 03",
        "chapters/glossary.md:5 speaks of fig-gone",
        "chapters/lectures/02-two.txt:2 speaks of fig-gone",
        "chapters/quotes/03-three.txt belongs to a chapter that is not there",
        "intro.md:4 speaks of Lost",
        "paying_attention/explorables/here.py:1 speaks of two",
    ]


def test_a_module_that_is_gone_is_named_where_the_page_of_the_toolbox_shows_it(book):
    (book / "chapters/toolbox.md").write_text(
        "| pool | {py:obj}`~paying_attention.pooling.one`, {py:obj}`~paying_attention.pooling.two` |\n\n"
        ".. automodule:: paying_attention.pooling\n.. automodule:: paying_attention.explorables\n"
        ".. automodule:: paying_attention.scoring\n",
        "utf-8",
    )
    said = [line for _, line in mentions.mentions() if line.startswith("chapters/toolbox.md")]
    assert [line.partition(", which")[0].partition(" speaks of ")[2] for line in said] == [
        "paying_attention.pooling.two",
        "paying_attention.scoring",
    ]


def test_a_book_that_speaks_of_nothing_else_passes(book):
    for name in ("02-two.ipynb", "glossary.md", "quotes/02-two.txt", "quotes/03-three.txt", "lectures/02-two.txt"):
        (book / "chapters" / name).unlink()
    (book / "_toc.yml").unlink()
    (book / "intro.md").unlink()
    (book / "paying_attention/explorables/here.py").write_text("class Here:\n    pass\n", "utf-8")
    with pytest.raises(SystemExit) as said:
        mentions.main()
    assert said.value.code == 0


# --- the book itself


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """The book's texts and code in a folder from which something can be deleted."""
    for room in ("paying_attention", "tests", "theme", "chapters", "zh"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    for path in [*ROOT.glob("*.md"), *ROOT.glob("*.yml")]:
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(mentions, "ROOT", tmp_path)
    monkeypatch.setattr(mentions, "TOOLBOX", tmp_path / "paying_attention")
    return tmp_path


def delete_figure(book, name):
    """As CONTRIBUTING.md says: the files of its name and its file of tests."""
    room = getattr(explorables, name).__module__.rpartition(".")[2]
    for path in (book / "paying_attention" / "explorables").glob(f"{room}.*"):
        path.unlink()
    (book / "tests" / "explorables" / f"test_{room}.py").unlink()


def delete_chapter(book, name):
    """As CONTRIBUTING.md says: all files of its name, and its figures."""
    notebook = (book / "chapters" / f"{name}.ipynb").read_text("utf-8")
    for figure in re.findall(r"from paying_attention\.explorables import (\w+)", notebook):
        delete_figure(book, figure)
    room = name[3:].replace("-", "_")
    for names in (f"{name}.*", f"{room}.*", f"test_{room}.py", f"*.{room}.json"):
        for path in list(book.rglob(names)):
            path.unlink()


def places():
    """The pages and files that speak of what is gone. What is changed on a page is changed in its translation too."""
    return sorted({name.removeprefix("zh/") for name, _ in mentions.mentions()})


def test_nothing_is_spoken_of_that_is_not_there(copy):
    assert places() == []


def test_a_chapter_is_spoken_of_in_the_contents_and_in_those_that_build_on_it(copy):
    """Three chapters use what chapter 07 teaches, so that their words have to change; nothing else has to."""
    delete_chapter(copy, "07-alignment")
    named = places()
    assert "_toc.yml" in named
    assert all(re.match(r"chapters/(?:08|09|10)-", name) for name in named if name != "_toc.yml"), named
    assert len(named) <= 4


@pytest.mark.parametrize("name", explorables.__all__)
def test_a_figure_is_spoken_of_in_four_places_at_most(copy, name):
    delete_figure(copy, name)
    named = places()
    assert any(re.match(r"chapters/\d\d-", place) for place in named)
    assert len(named) <= 4, named
