"""The canonical form of a notebook: nothing of whoever wrote it, and a kernel that every reader has.

Fails if metadata that an editor adds stays, what the book needs goes, or a notebook escapes the look.
"""

import json
import sys

import nbformat
import pytest
from places import ROOT
from small_book import Book

sys.path.insert(0, str(ROOT / "tools"))

from canonical import canonical

COLAB = {"executionInfo": {"user": {"displayName": "A. Reader"}}, "outputId": "x", "colab": {"base_uri": "y"}}
KEPT = {"tags": ["hide-input"], "mystnb": {"figure": {"name": "fig-x"}}, "cellView": "form"}


def notebook(cell=None, **metadata):
    cell = nbformat.v4.new_code_cell("1", id="one", metadata=cell or {})
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata=metadata))


def test_nothing_of_an_editor_stays_and_what_the_book_needs_does():
    editors = {
        "colab": {},
        "vscode": {"interpreter": {"hash": "x"}},
        "accelerator": "GPU",
        "toc": {},
        "authors": ["A."],
    }
    found = nbformat.reads(canonical(notebook(COLAB | KEPT | {"collapsed": True}, **editors)), 4)
    assert found.cells[0].metadata == KEPT
    assert found.metadata.keys() == {"kernelspec"}


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"kernelspec": {"name": ".venv", "display_name": "my env", "language": "python"}},
        {"kernelspec": {"name": "conda-x", "display_name": "x"}, "language_info": {"name": "python"}},
    ],
)
def test_python_has_one_kernel(metadata):
    kernel = nbformat.reads(canonical(notebook(**metadata)), 4).metadata.kernelspec
    assert kernel == {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}


def test_another_language_keeps_its_kernel():
    ours = {"name": "ir", "display_name": "R", "language": "R"}
    assert nbformat.reads(canonical(notebook(kernelspec=ours)), 4).metadata.kernelspec == ours


def test_a_notebook_of_old_is_brought_to_today():
    cells = [{"cell_type": "code", "input": ["1 + 1"], "language": "python", "outputs": [], "metadata": {}}]
    old = {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells}]}
    found = nbformat.reads(canonical(json.dumps(old)), 4)
    assert (found.nbformat, found.nbformat_minor, found.cells[0].source) == (4, 5, "1 + 1")


def test_notebooks_are_looked_at_wherever_they_lie_and_whatever_their_names(tmp_path):
    book = Book.new(tmp_path / "book", **{"a b & c": {"one": "1"}})
    (book.root / "chapters" / "part").mkdir()
    book.notebook("part/inner", {"one": "1"}, change=lambda notebook: notebook["metadata"].update(colab={}))
    assert "\n  chapters/part/inner.ipynb\n" in book.fail("check")
    book.write("chapters/cut.ipynb", "{")
    assert "  chapters/cut.ipynb: NotJSONError" in book.fail("strip")
    (book.root / "chapters/cut.ipynb").unlink()
    book.succeed("strip")
    book.succeed("check")
