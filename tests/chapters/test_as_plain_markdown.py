"""Every notebook as it reads where nobody knows MyST: in JupyterLab, VS Code, Colab, on GitHub.

These fail if a reader there would see a role, a directive, a label or a target, would miss the title of an exercise,
would see a solution without having asked for it, or a citation that is not words that lead to its source.
"""

import re
import subprocess
import sys

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from nbformat.v4 import new_markdown_cell, new_notebook
from places import ROOT

from theme.plain import bibliography

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
SOURCES = bibliography(ROOT / "references.bib")
COMMONMARK = MarkdownIt("commonmark").enable("table")

# What MyST has and nobody else, as it looks when it is shown instead of understood.
RAW = re.compile(
    r"\{[a-z][\w:+.-]*\}`|\{(?:cite|ref|numref|doc|term|eq|exercise|solution|figure|note|admonition)\b"
    r"|^:{3,}|^\([\w:.-]+\)=$|^:(?:label|class|name|alt|tags): |^%\s|\[\^",
    re.MULTILINE,
)


def cells(path, kind="markdown"):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def rendered(cell):
    """What CommonMark with tables makes of a cell; its formulas stay dollars, as a browser gets them for MathJax."""
    return BeautifulSoup(COMMONMARK.render(cell.source), "html.parser")


@each_notebook
def test_nothing_stands_raw(path):
    for cell in cells(path):
        page = rendered(cell)
        # What a reader sees: as text, and with its code in the backticks that a role has.
        assert not RAW.search(page.get_text()), cell.id
        for code in page.find_all("code"):
            assert not code.get("class") or not code["class"][0].startswith("language-{"), cell.id
            code.replace_with(f"`{code.get_text()}`")
        assert not RAW.search(page.get_text()), cell.id


@each_notebook
def test_an_exercise_has_its_title_and_its_solution_is_folded(path):
    for cell in cells(path):
        page = rendered(cell)
        if cell.id.startswith("ex-"):
            assert re.fullmatch(r"Exercise: \S.*", page.h3.get_text()), cell.id
        if cell.id.startswith("solution-"):
            [box, *others] = [part for part in page.contents if str(part).strip()]
            assert not others, cell.id
            assert box.name == "details", cell.id
            assert "open" not in box.attrs, cell.id
            assert box.summary.get_text().startswith("Solution"), cell.id
            assert box.p.get_text().strip(), cell.id


@each_notebook
def test_the_code_of_a_solution_is_folded_as_jupyterlab_and_colab_have_it(path):
    folded = set()
    solution = False
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            solution = cell.id.startswith("solution-")
        elif solution:
            folded.add(cell.id)
            assert cell.metadata["jupyter"] == {"source_hidden": True}, cell.id
            assert cell.metadata["cellView"] == "form", cell.id
            assert cell.source.startswith("# @title "), cell.id
    assert {cell.id for cell in cells(path, "code") if cell.id.startswith("solved-")} <= folded


@each_notebook
def test_a_citation_reads_as_authors_and_year_and_leads_to_its_source(path):
    known = {source.address: source for source in SOURCES.values()}
    cited = 0
    for cell in cells(path):
        for link in rendered(cell).find_all("a"):
            if source := known.get(link["href"]):
                cited += 1
                assert link.get_text() in (f"{source.authors} ({source.year})", f"{source.authors}, {source.year}")
            else:
                assert not re.search(r"\b(1[89]|20)\d\d\b", link.get_text()), (cell.id, link.get_text())
    assert cited or "Sources" not in " ".join(cell.source for cell in cells(path))


@each_notebook
def test_a_reference_leads_to_what_there_is(path):
    figures = {
        (file.name, cell.metadata["mystnb"]["figure"]["name"])
        for file in NOTEBOOKS
        for cell in cells(file, "code")
        if "figure" in cell.metadata.get("mystnb", {})
    }
    exercises = {cell.id for cell in cells(path)}
    for cell in cells(path):
        for link in rendered(cell).find_all("a", href=True):
            file, _, place = link["href"].partition("#")
            if place.startswith("fig-"):
                assert (file or path.name, place) in figures, cell.id
            elif place.startswith("ex-"):
                assert place in exercises, cell.id
            elif not file.startswith("http"):
                assert (path.parent / file).is_file(), cell.id


# --- `make check`

TOLD = {
    "A scarce thing {cite:p}`itti1998model`.": "a role, {cite:p}`itti1998model`",
    "- in a list, {ref}`fig-train`": "a role, {ref}`fig-train`",
    "| a |\n|---|\n| {doc}`running` |": "a role, {doc}`running`",
    "<b>{term}`key`</b>\n": "a role, {term}`key`",
    "<details><summary>{term}`key`</summary>\n\nx\n\n</details>": "a role, {term}`key`",
    "```{note}\nx\n```": "a directive, ```{note}",
    "> ```{exercise-start} T\n> :label: t\n> ```": "a directive, ```{exercise-start} T",
    ":::{note}\nx\n:::": "a directive, :::{note}",
    "(here)=\n## A heading": "a target, (here)=",
    ":label: here": "an option, :label: here",
    "% nobody is to see this": "a comment, % nobody is to see this",
    "$$\nx = y\n$$ (eq-x)": "a label of a formula, (eq-x)",
    "A note[^1].": "a footnote, [^1]",
    "By {{ author }}.": "a substitution, {{ author }}",
    "See [](#fig-train).": "a link without words, [](#fig-train)",
    "See [that](who-sees-whom).": "a link that leads nowhere, (who-sees-whom)",
    "[Itti et al. (1999)](https://doi.org/10.1109/34.730558)": "it is to say [Itti et al. (1998)]",
}


def check(*paths):
    command = [sys.executable, ROOT / "tools" / "plain.py", *paths]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stderr or done.stdout


def test_check_names_the_cell_and_what_would_stand_there_raw(tmp_path):
    texts = [new_markdown_cell(source, id=f"cell-{number}") for number, source in enumerate(TOLD)]
    nbformat.write(new_notebook(cells=texts), tmp_path / "raw.ipynb")
    status, said = check(tmp_path / "raw.ipynb")
    assert status == 1
    for number, what in enumerate(TOLD.values()):
        lines = [line for line in said.splitlines() if f"raw.ipynb, cell 'cell-{number}': " in line]
        assert any(what in line for line in lines), (what, lines)


def test_check_lets_pass_what_reads_well(tmp_path):
    fine = [
        "Code such as `{x: 1}`, `{ref}`, f-strings `{x:.2f}` and a set {a, b}.",
        "A formula $\\mathbf{q}^{(i)}$ and\n\n$$\nf(x) = \\{x\\}\n$$\n\nafter it.",
        "```python\n% :label: (x)= {cite:p}`a`\n```",
        "[the curve](#fig-train), [the notation](notation.md), [chapter 04](04-attention-pooling.ipynb#fig-pooling).",
        "([Itti et al., 1998](https://doi.org/10.1109/34.730558)) and <https://example.org>",
        "> **Note.** 50 % of them: yes.",
    ]
    texts = [new_markdown_cell(source, id=f"cell-{number}") for number, source in enumerate(fine)]
    nbformat.write(new_notebook(cells=texts), tmp_path / "fine.ipynb")
    assert check(tmp_path / "fine.ipynb") == (0, "All notebooks are plain Markdown.\n")
