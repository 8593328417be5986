"""A chapter opened in JupyterLab, as a reader has it: it reads well, gives no solution away, and runs to its end.

Fails if something stands raw in a cell, if a solution is open that nobody asked for or cannot be opened, or if folded
code is left out when all cells run.
"""

import re
import shutil

import nbformat
from lab import Lab, until
from places import ROOT
from playwright.sync_api import expect

CHAPTER = ROOT / "chapters" / "02-queries-keys-values.ipynb"
RAW = re.compile(r"\{[a-z][\w:+.-]*\}|^:[a-z]+: |\$|^#+ |\*\*|^\s*```|<details|\]\(", re.MULTILINE)


def test_a_chapter_reads_well_hides_its_solutions_and_runs_to_its_end(browser, tmp_path):
    lab = Lab(tmp_path, browser)
    shutil.copy(CHAPTER, tmp_path / "notebooks")
    cells = nbformat.read(CHAPTER, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    with lab.running(), lab.opened(CHAPTER.name) as (tab, ask, _):
        shown = tab.locator(".jp-Notebook .jp-Cell")
        expect(shown).to_have_count(len(cells))
        until(lambda: ask("get_ipython().execution_count") == len(code) + 1, "not all cells ran", 120)
        assert not tab.locator("[data-mime-type='application/vnd.jupyter.error']").count()
        solved = []
        for cell, place in zip(cells, shown.all(), strict=True):
            if cell.cell_type == "markdown":
                expect(place.locator(".jp-RenderedMarkdown")).to_be_attached()
                words = place.evaluate(
                    "(cell) => { const copy = cell.querySelector('.jp-RenderedMarkdown').cloneNode(true);"
                    "for (const code of copy.querySelectorAll('code, mjx-container')) code.remove();"
                    "return copy.textContent; }"
                )
                assert not RAW.search(words), cell.id
                if cell.id.startswith("ex-"):
                    title = re.match("### (Exercise: .+)", cell.source)[1]
                    assert place.locator("h3").text_content().rstrip("¶") == title
                if cell.id.startswith("solution-"):
                    expect(place.locator("details > p").first).to_be_hidden()
                    place.locator("summary").click()
                    expect(place.locator("details > p").first).to_be_visible()
            elif cell.id.startswith("solved-"):
                solved.append(cell.id)
                expect(place.locator(".cm-content")).to_be_hidden()
                place.locator(".jp-InputPlaceholder").click()
                expect(place.locator(".cm-content")).to_be_visible()
        assert len(solved) > 1
