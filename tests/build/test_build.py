"""A build that cannot lie: the project's own `make`, run on small books in temporary folders."""

import re
import shutil
import sys
from textwrap import dedent

import pytest
from rjsmin import jsmin
from small_book import DRAWING, MOVING, Book

NOTHING_TO_DO = "Nothing to execute: the results of all"


def test_first_build_executes_and_shows_the_results(first):
    book, output = first
    assert "Executing 1 of 1 notebooks" in output
    assert re.search(r"chapters/drawing\.ipynb: done in \d+\.\d s", output)
    assert "look twice" in book.page("chapters/drawing.html")
    assert "mark.svg" in book.page("intro.html")
    assert "#0072b2" in book.figure()
    assert jsmin("export default {}") in book.page("chapters/drawing.html")
    assert (book.root / "_build/html/index.html").exists()


def test_nothing_changed_executes_nothing_and_gives_the_same_pages(first, book):
    output = book.succeed("html")
    assert NOTHING_TO_DO in output
    assert "executing" not in output
    assert "pip install" not in output
    assert book.site() == first[0].site()


def test_prose_changed_executes_nothing_and_a_page_that_left_is_gone(book):
    assert (book.root / "_build/html/chapters/status.html").exists()
    book.notebook("drawing", DRAWING, prose="Other prose.")
    book.contents("drawing")
    (book.root / "chapters/status.md").unlink()
    output = book.succeed("html")
    assert NOTHING_TO_DO in output
    assert "executing" not in output
    page = book.page("chapters/drawing.html")
    assert "Other prose." in page
    assert "Some prose." not in page
    assert "look twice" in page
    assert not (book.root / "_build/html/chapters/status.html").exists()


def test_a_number_of_the_prose_that_has_no_place_ends_the_build_until_it_has_one(book):
    book.notebook("drawing", DRAWING, prose="The answer is 42.")
    assert "chapters/drawing.ipynb, title: it says 42, which its list does not have" in book.fail("html")
    assert "The answer is 42." in book.page("chapters/drawing.html")
    assert "title: 42 is bound to answer 1" in book.succeed("quotes")
    book.succeed("html")


def test_toolbox_code_reaches_the_pages(book):
    book.write("paying_attention/mottos/__init__.py", 'MOTTO = "look again"\n')
    output = book.succeed("html")
    assert "python tools/pictures.py" in output
    assert "look again" in book.page("chapters/drawing.html")
    assert "look twice" not in book.page("chapters/drawing.html")


def test_toolbox_style_reaches_the_figures(book):
    book.replace("paying_attention/book.mplstyle", "0072B2", "123456")
    (book.root / "_build/pictures/mark.svg").touch()  # the test before this one has the pictures drawn again
    book.succeed("html")
    assert "#123456" in book.figure()
    assert "#0072b2" not in book.figure()


def test_requirements_execute_again(book):
    book.replace("requirements-notebooks.txt", "# every chapter", "# each chapter")
    book.installed()
    assert "Executing 1 of 1 notebooks" in book.succeed("html")


def test_two_folders_and_one_or_two_at_a_time_give_the_same_bytes(tmp_path):
    sites = []
    for workers, folder in ((1, tmp_path / "one"), (2, tmp_path / "in" / "a" / "longer" / "path")):
        book = Book.new(folder, drawing=DRAWING, moving=MOVING)
        assert f"{workers} at a time" in book.succeed("html", f"WORKERS={workers}")
        sites.append(book.site())
        assert [name for name in sites[-1] if str(folder).encode() in sites[-1][name]] == []
    one, two = sites
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_cell_that_raises(book):
    book.notebook("drawing", {"fine": "x = 0", "boom": "1 / x"})
    for _ in range(2):
        output = book.fail("html")
        assert "chapters/drawing.ipynb, cell 'boom'" in output
        assert "ZeroDivisionError: division by zero" in output
        assert "1 of 1 notebooks failed" in output
    book.notebook("drawing", {"fine": "x = 0", "boom": "1 - x"})
    book.succeed("html")
    assert "ZeroDivisionError" not in book.page("chapters/drawing.html")


def test_kernel_that_dies_and_cell_that_takes_too_long(book):
    book.notebook("dies", {"exit": "import os\n\nos._exit(1)"})
    book.notebook("sleeps", {"sleep": "import time\n\ntime.sleep(60)"})
    book.contents("drawing", "dies", "sleeps")
    book.replace("_config.yml", "timeout: 600", "timeout: 2")
    output = book.fail("html")
    assert re.search(r"^chapters/dies\.ipynb, cell 'exit':\n\nKernel died", output, re.M)
    assert re.search(r"^chapters/sleeps\.ipynb, cell 'sleep':\n\nA cell timed out", output, re.M)
    assert "2 of 2 notebooks failed" in output


def test_notebook_cut_short_is_named(book):
    book.write("chapters/drawing.ipynb", '{\n "cells": [')
    assert "chapters/drawing.ipynb: Notebook does not appear to be JSON" in book.fail("html")


# What stands on a page, and what Sphinx says of it.
FAULTS = {
    "{cite}`nobody2099`": 'could not find bibtex key "nobody2099"',
    "{ref}`no-label`": "undefined label: 'no-label'",
    "{doc}`no-page`": "unknown document: 'no-page'",
    "[a file](no-file.md)": "'myst' cross-reference target not found: 'no-file.md'",
    "[a heading](#no-heading)": "'myst' cross-reference target not found: 'no-heading'",
    "{numref}`no-figure`": "undefined label: 'no-figure'",
    "{eq}`no-formula`": "equation not found: no-formula",
    "{term}`no-term`": "term not in glossary: 'no-term'",
    "```{no-directive}\n```": "Unknown directive type: 'no-directive'",
    "{no-role}`text`": 'Unknown interpreted text role "no-role"',
    "$\\nonsense$": "Undefined control sequence: \\nonsense",
    "![](no-image.png)": "image file not readable: chapters/no-image.png",
}
LOST = ("lost-page.md", "lost-notebook.ipynb")


@pytest.fixture(scope="module")
def faults(first, tmp_path_factory):
    """What make says, twice in a row, of a book with each of FAULTS on a page of its own, and LOST outside its toc.

    A page to each: Sphinx reads a page whose image is missing again at every build, and so would name its other faults.
    """
    book = first[0].copy(tmp_path_factory.mktemp("faults") / "book")
    for number, fault in enumerate(FAULTS):
        book.write(f"chapters/page-{number}.md", f"# Page {number}\n\n{fault}\n")
    book.contents("drawing", "status", *(f"page-{number}" for number in range(len(FAULTS))))
    book.write("chapters/lost-page.md", "# Lost\n")
    book.notebook("lost-notebook", {"answer": "print(6 * 7)"})
    return [book.fail("html"), book.fail("html")]


@pytest.mark.parametrize(("number", "fault"), list(enumerate(FAULTS)), ids=FAULTS)
def test_fault_is_named(faults, number, fault):
    for output in faults:
        assert re.search(rf"chapters/page-{number}\.md:3?: WARNING: .*{re.escape(FAULTS[fault])}", output), output


@pytest.mark.parametrize("name", LOST)
def test_page_outside_the_toc_is_named(faults, name):
    for output in faults:
        assert f"chapters/{name}: WARNING: document isn't included in any toctree" in output


def test_each_fault_fails_the_build(faults):
    """The build fails because of warnings, and counts each fault as one: any of them would do alone."""
    for output in faults:
        assert f"build finished with problems, {len(FAULTS) + len(LOST)} warnings" in output


def spoil_outputs(notebook):
    notebook["cells"][1]["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["42\n"]}]


def spoil_count(notebook):
    notebook["cells"][1]["execution_count"] = 1


def spoil_ids(notebook):
    for cell in notebook["cells"]:
        del cell["id"]


def spoil_version(notebook):
    spoil_ids(notebook)
    notebook["nbformat_minor"] = 4


def spoil_language(notebook):
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.12.1"}


def spoil_order(notebook):
    notebook["cells"][1] = dict(reversed(notebook["cells"][1].items()))


SPOILED = {
    "outputs": {"change": spoil_outputs},
    "count": {"change": spoil_count},
    "ids": {"change": spoil_ids},
    "version": {"change": spoil_version},
    "language": {"change": spoil_language},
    "order": {"change": spoil_order},
    "indent": {"indent": 2},
}


def spoil_notebooks(book):
    for name, options in SPOILED.items():
        book.notebook(name, {"answer": "print(6 * 7)"}, **options)


def spoil_code(book):
    book.notebook("imports", {"one": "import sys\nimport os\n\nprint(os.sep, sys.path)"})
    book.write("tools/unused.py", "import os\n")


def spoil_format(book):
    book.notebook("quotes", {"one": "print( 'single' )"})


# What `make check` runs, and what that imports.
CHECKING = ("address.py", "canonical.py", "mentions.py", "plain.py", "chinese.py", "twins.py", "editions.py")
CHECKING += ("address_in_chinese.py", "toolbox_words.py", "agreed.py", "senses.py")


@pytest.fixture
def tidy(tmp_path):
    """A book whose only code is its own and what the checks run: the rest may be untidy while someone writes it."""
    book = Book.new(tmp_path / "book", good={"answer": "print(6 * 7)"})
    for folder in ("paying_attention", "theme", "tools"):
        for path in (book.root / folder).rglob("*.py"):
            if path.name not in CHECKING:
                path.unlink()
    return book


def test_check_names_notebooks_that_are_not_canonical(tidy):
    tidy.succeed("check")
    spoil_notebooks(tidy)
    named = re.findall(r"^  chapters/(\w+)\.ipynb$", tidy.fail("check"), re.M)
    assert named == sorted(SPOILED)


def test_check_names_untidy_code(tidy):
    spoil_code(tidy)
    output = tidy.fail("check")
    assert re.search(r"I001.*\n --> chapters/imports\.ipynb:cell 2:1:1", output)
    assert re.search(r"F401.*\n --> tools/unused\.py:1:8", output)
    assert "Found 2 errors" in output


def test_check_names_code_that_is_not_formatted(tidy):
    spoil_format(tidy)
    output = tidy.fail("check")
    assert re.search(r"would be reformatted\n --> chapters/quotes\.ipynb:cell 2:1:7", output)
    assert "1 file would be reformatted" in output


def test_strip_mends_what_can_be_mended(tidy):
    good = (tidy.root / "chapters/good.ipynb").read_bytes()
    tidy.notebook("bad", {"name": "print(nothing)"})
    for spoil in (spoil_notebooks, spoil_code, spoil_format):
        spoil(tidy)
    assert "F821 Undefined name `nothing`" in tidy.succeed("strip")
    assert (tidy.root / "chapters/good.ipynb").read_bytes() == good
    assert "F821" in tidy.fail("check")
    (tidy.root / "chapters/bad.ipynb").unlink()
    tidy.succeed("check")


@pytest.mark.parametrize("version", [(3, 9, 18), (3, 10, 14), (3, 15, 0)])
def test_python_that_does_not_fit_is_refused_in_one_line(tmp_path, version):
    said = make_with_python(tmp_path, version)
    number = ".".join(map(str, version))
    assert said[0].startswith("The book needs Python 3.11 to 3.14, but ")
    assert f"is Python {number}." in said[0]
    assert said[1].startswith("make: *** ")
    assert len(said) == 2


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 2)])
def test_python_that_fits_makes_the_environment(tmp_path, version):
    assert "an environment was asked for" in make_with_python(tmp_path, version)


def make_with_python(tmp_path, version):
    """What `make html` says, in lines, where there is no environment and Python is of this version."""
    book = Book.new(tmp_path / "book")
    shutil.rmtree(book.root / ".venv")
    python = tmp_path / "python"
    python.write_text(
        dedent(f"""\
            #!{sys.executable}
            import sys

            if sys.argv[1] == "-c":
                sys.version_info = {version}
                exec(sys.argv[2])
            elif sys.argv[1] == "--version":
                print("Python {".".join(map(str, version))}")
            else:
                sys.exit("an environment was asked for")
        """)
    )
    python.chmod(0o755)
    output = book.fail("html", f"PYTHON={python}")
    assert not (book.root / ".venv").exists()
    return output.splitlines()
