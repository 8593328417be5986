"""Notebooks that people really have: each runs, or is named with its cell, what is wrong and what to do.

Fails if a fault of one notebook ends the others' run, passes as well, or is reported without its name.
"""

import json
import re
import subprocess
import sys

import pytest
from places import ROOT
from small_book import Book

sys.path.insert(0, str(ROOT / "tools"))

import execute

GOOD = {"answer": "print(6 * 7)"}


def kernel(name, language):
    spec = {"name": name, "display_name": name, "language": language}
    return lambda notebook: notebook["metadata"].update(kernelspec=spec)


def without_ids(notebook):
    notebook["nbformat_minor"] = 0
    for cell in notebook["cells"]:
        del cell["id"]


def from_the_future(notebook):
    notebook["nbformat_minor"] = 7


OF_OLD = {
    "metadata": {"name": ""},
    "nbformat": 3,
    "nbformat_minor": 0,
    "worksheets": [{"cells": [{"cell_type": "code", "input": ["1 + 1"], "language": "python", "outputs": []}]}],
}
# The cells of a notebook, or its whole text; how it is spoilt; and what is said of it.
NOTEBOOKS = {
    "drawn": (
        {"bad": r"import pylab; pylab.xlabel(r'$\alhpa$');"},
        None,
        r"cell 'bad':\n\nIts code ran",
    ),
    "threads": ({"bad": "import threading; threading.Thread(target=lambda: 1 / 0).start()"}, None, "cell 'bad':"),
    "shows": ({"bad": "class A:\n    def _repr_html_(self):\n        return 1 / 0\n\n\nA()"}, None, "cell 'bad':"),
    "slides": ({"bad": "import ipywidgets; ipywidgets.IntSlider()"}, None, "cell 'bad':\n\nIt shows IntSlider"),
    "venv": (
        GOOD,
        kernel(".venv", "python"),
        r"before its first cell:\n\n.* '\.venv' .*make strip",
    ),
    "rlang": (GOOD, kernel("ir", "R"), "before its first cell:\n\nThere is no kernel named 'ir'"),
    "older": ({"bad": "1 / 0"}, without_ids, "cell 2:\n\n(.*\n)*.*ZeroDivisionError"),
    "newer": (GOOD, from_the_future, r"It has format 4\.7, and the book knows 4\.5"),
    "ofold": (json.dumps(OF_OLD), None, "It has format 3, .*make strip"),
    "listed": ("[]", None, "It is no notebook"),
    "cut": ('{"cells": [', None, "Notebook does not appear to be JSON"),
}


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """The book and what make says of it, twice: what is wrong is tried again, and what is sound is not."""
    book = Book.new(tmp_path_factory.mktemp("notebooks") / "book", good=GOOD)
    for name, (content, change, _) in NOTEBOOKS.items():
        if isinstance(content, dict):
            book.notebook(name, content, change=change or (lambda notebook: None))
        else:
            book.write(f"chapters/{name}.ipynb", content)
    book.contents("status", *NOTEBOOKS, "good")
    return [book.fail("html"), book.fail("html")]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_that_cannot_be_published_is_named(tried, name):
    for said in tried:
        assert re.search(rf"^chapters/{name}\.ipynb[,:] {NOTEBOOKS[name][2]}", said, re.M), said


def test_the_others_results_are_kept(tried):
    assert "chapters/good.ipynb: done" in tried[0]
    assert "chapters/good.ipynb" not in tried[1]
    for said in tried:
        assert f"{len(NOTEBOOKS)} of " in said
        assert "tools/execute.py" not in said.split("python tools/execute.py")[1]


def test_a_notebook_that_asks_not_to_be_executed_is_not(first, tmp_path):
    book = first[0].copy(tmp_path / "book")
    off = {"mystnb": {"execution_mode": "off"}}
    book.notebook("off", {"bad": "1 / 0"}, change=lambda notebook: notebook["metadata"].update(off))
    book.notebook("left-out", {"bad": "1 / 0"})
    book.contents("status", "drawing", "off", "left-out")
    book.replace("_config.yml", "  timeout: 600", '  timeout: 600\n  exclude_patterns: ["*/left-*"]')
    book.succeed("html")
    assert "ZeroDivisionError" not in book.page("chapters/off.html") + book.page("chapters/left-out.html")
    book.replace("_config.yml", "  timeout: 600", "  timeout: 600\n  run_in_temp: true")
    assert "tools/execute.py knows nothing of run_in_temp." in book.fail("html")


def runs(**sizes):
    """Runs of notebooks with so many characters of code."""
    return [
        execute.Run(name, execute.nbformat.v4.new_notebook(cells=[execute.nbformat.v4.new_code_cell("x" * size)]))
        for name, size in sizes.items()
    ]


def test_the_longest_runs_first():
    order = execute.longest_first(runs(short=10, long=30, middle=20), {})
    assert [run.path for run in order] == ["long", "middle", "short"]
    order = execute.longest_first(runs(short=10, long=30, middle=20), {"short": 9.0, "long": 3.0, "middle": 5.0})
    assert [run.path for run in order] == ["short", "middle", "long"]
    # 10 and 30 characters took 40 seconds, so 25 may take 25.
    order = execute.longest_first(runs(short=10, new=25, long=30), {"short": 30.0, "long": 10.0})
    assert [run.path for run in order] == ["short", "new", "long"]


# In a process of its own: nbclient leaves an event loop behind in each thread.
SLOW = """
import execute
from nbformat.v4 import new_code_cell, new_notebook

execute.SILENCE, execute.LOOK = 0.5, 0.1
cell = new_code_cell("import time; time.sleep(2)", id="sleeps")
for _, _, failure in execute.as_they_end([execute.Run("slow.ipynb", new_notebook(cells=[cell]))], 1, 60):
    assert not failure, failure
"""


def test_a_cell_without_an_end_is_named_while_it_runs():
    command = [sys.executable, "-c", SLOW]
    run = subprocess.run(command, cwd=ROOT / "tools", capture_output=True, text=True, timeout=120, check=True)
    lines = run.stdout.splitlines()
    assert "  slow.ipynb: 1.0 s without an end, cell 'sleeps'" in lines[:-1]
    assert lines[-1].startswith("  slow.ipynb: done in")
