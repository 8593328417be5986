"""Figures in JupyterLab, with a live kernel.

A test fails where what is moved on the page does not move in Python, or the other way round.
"""

import json
import re
import shutil

import pytest
from every_figure import figures_tested
from lab import Lab, Shared
from live_figure import (
    centre,
    drag_by_mouse,
    figure_of,
    uncovered,
)
from places import ROOT
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab"), browser).running() as lab:
        yield lab


def test_a_chapter_in_jupyterlab_and_its_kernel_share_a_figure(lab):
    (chapter,) = [path for path in (ROOT / "chapters").glob("*.ipynb") if "= Pooling(" in path.read_text("utf-8")]
    shutil.copy(chapter, lab.home / "notebooks")
    variable = re.search(r"(\w+) = Pooling\(", chapter.read_text("utf-8"))[1]
    with lab.opened(chapter.name) as (tab, ask, tell):
        figure = figure_of(tab)
        shared = Shared(figures_tested()["Pooling"], figure, ask, variable)
        begin = shared.settled()

        # From the page to Python. Keys move the controls, and neither select, insert nor delete cells.
        figure.get_by_role("slider", name="Width").focus()
        cells = "[...document.querySelectorAll('.jp-Notebook .jp-Cell')].map((cell) => cell.matches('.jp-mod-active'))"
        before = tab.evaluate(cells)
        assert before.count(True) == 1
        for key, reached in (
            ("ArrowUp", lambda width: width > begin["width"]),
            ("Home", (0.05).__eq__),
            ("End", (3.0).__eq__),
        ):
            tab.keyboard.press(key)
            shared.settled(lambda state, reached=reached: reached(state["width"]))
        figure.get_by_role("combobox", name="Kernel").focus()
        tab.keyboard.type("bo")
        shared.settled(lambda state: state["kernel"] == "boxcar")
        for key in ("d", "d", "j", "x", "Enter", "Escape"):
            tab.keyboard.press(key)
        assert tab.evaluate(cells) == before

        # From Python to the page.
        tell(f"{variable}.width = 0.4; {variable}.query = 1.25; {variable}.kernel = 'triangular'")
        shared.settled(lambda state: state["width"] == 0.4)

        # A point that is dragged is dragged in Python, too, it alone; and the other way round.
        dragged = uncovered(figure.locator(".pa-point"), 10)
        point = figure.locator(".pa-point").nth(dragged)
        point.scroll_into_view_if_needed()
        drag_by_mouse(tab, centre(point), (centre(point)[0], centre(point)[1] + 25))
        after = shared.settled(lambda state: state["y"] != begin["y"])["y"]
        assert [i for i in range(len(after)) if after[i] != begin["y"][i]] == [dragged]
        tell(f"{variable}.y = [3.0] * {len(after)}")
        shared.settled(lambda state: state["y"] == [3.0] * len(after))
        assert float(figure.get_attribute("data-answer")) == pytest.approx(3)


NOTEBOOK = """
from types import SimpleNamespace

import torch
from IPython.display import display
from paying_attention.explorables import *

shown = dict({})
display(*shown.values())
"""


def test_every_other_figure_lives_in_jupyterlab(lab):
    figures = figures_tested()
    names = [name for name in figures if name != "Pooling"]
    source = NOTEBOOK.replace("{}", ", ".join(f"{name}={figures[name].in_notebook}" for name in names))
    code = {"cell_type": "code", "execution_count": None, "id": "all", "metadata": {}, "outputs": []}
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = {"cells": [code | {"source": source}], "metadata": {"kernelspec": kernel}}
    notebook |= {"nbformat": 4, "nbformat_minor": 5}
    (lab.home / "notebooks" / "all.ipynb").write_text(json.dumps(notebook))
    with lab.opened("all.ipynb") as (tab, ask, tell):
        expect(tab.locator(".pa-figure")).to_have_count(len(names), timeout=60_000)
        assert ask("list(shown)") == names
        for number, name in enumerate(names):
            figure = figure_of(tab, number)
            shared = Shared(figures[name], figure, ask, f"shown[{name!r}]")
            begin = shared.settled()
            for trait, (_, other, _) in figures[name].state.items():
                tell(f"{shared.variable}.{trait} = {other!r}")
                shared.settled(lambda state, trait=trait, other=other: state[trait] == other)
            figure.get_by_role("button", name="Reset").press("Enter")
            shared.settled(lambda state, begin=begin: state == begin)
            for control in figure.locator("input[type=range]:enabled, select:enabled").all():
                end = control.get_attribute("max") == control.input_value()
                control.press("Home" if end else "End")
                begin = shared.settled(lambda state, begin=begin: state != begin)
            if name == "HeatmapReader":
                figure.get_by_role("application").last.press("ArrowDown")
                shared.settled(lambda state: (state["panel"], state["query"]) == (1, 1))
