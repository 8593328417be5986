"""What `make check` says of a chapter, a figure or a name that is spoken of and not there.

A test fails where a place that still speaks of something deleted is not named, or one that speaks of what is there is.
"""

import mentions
import nbformat
import pytest

CELL = nbformat.v4.new_markdown_cell("As in chapters 01 and 02, and in chapter 07.", id="before")
CODE = nbformat.v4.new_code_cell(
    "from paying_attention.explorables import Here, Gone\nfrom paying_attention import one", id="look"
)


@pytest.fixture
def book(tmp_path, monkeypatch):
    for name, text in {
        "chapters/01-one.ipynb": "",
        "chapters/02-two.ipynb": nbformat.writes(nbformat.v4.new_notebook(cells=[CELL, CODE])),
        "chapters/glossary.md": "The end of chapters 01, 02 and 03.\n\nNumber 07 and section 4.",
        "chapters/quotes/02-two.txt": "",
        "chapters/quotes/03-three.txt": "",
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
        "chapters/quotes/03-three.txt lists the numbers of a chapter that is not there",
        "intro.md:4 speaks of Lost",
        "paying_attention/explorables/here.py:1 speaks of two",
    ]


def test_a_book_that_speaks_of_nothing_else_passes(book):
    for name in ("02-two.ipynb", "glossary.md", "quotes/02-two.txt", "quotes/03-three.txt"):
        (book / "chapters" / name).unlink()
    (book / "_toc.yml").unlink()
    (book / "intro.md").unlink()
    (book / "paying_attention/explorables/here.py").write_text("class Here:\n    pass\n", "utf-8")
    with pytest.raises(SystemExit) as said:
        mentions.main()
    assert said.value.code == 0
