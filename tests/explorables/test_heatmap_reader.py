"""The heatmap that is read cell by cell.

A test fails where the figure shows another number than the definitions give,
names another cell than is pointed at, or colours one otherwise.
"""

import math
import re
from functools import partial

import torch
from every_figure import EveryFigure, among, up_to
from live_figure import (
    LOOK,
    SCREEN,
    SET,
    agree,
    by_hand_or_finger,
    centre,
    double,
    figure_of,
    reds,
    written,
)
from measured import made
from placed import FOUND, PAGE_OF

from paying_attention import explorables

MATRICES = torch.softmax(torch.randn(2, 3, 4, generator=made(3), dtype=torch.float64), dim=-1)


make = partial(explorables.HeatmapReader, MATRICES, ["one", "two"])


def cell_of(figure, state, panel, query, key):
    return figure.get_by_role("application").nth(panel).locator("rect").nth(query * state["_data"]["keys"] + key)


class TestHeatmapReader(EveryFigure):
    name = "HeatmapReader"
    make = staticmethod(make)
    state = {
        "panel": (0, 1, up_to(1)),
        "query": (0, 2, up_to(2)),
        "key": (0, 3, up_to(3)),
        "scale": ("shared", "panel", among("shared", "panel")),
    }
    controls = {"Scale of the colours": "scale"}
    pointed_at = ("panel", "query", "key")
    refused = [
        ("panel", 2, "whole number from 0 to 1", "2 came"),
        ("query", -1, "whole number from 0 to 2", "-1"),
        ("key", 4, "whole number from 0 to 3", "4 came"),
        ("key", 1.0, "whole number from 0 to 3", "1.0"),
        ("key", True, "whole number from 0 to 3", "True"),
        ("scale", "both", "'shared', 'panel'", "'both'"),
    ]
    undrawable = [
        (lambda: explorables.HeatmapReader(MATRICES, ["one"]), ValueError, "2 are expected, 1 came"),
        (lambda: explorables.HeatmapReader(MATRICES, "ab"), ValueError, "single text 'ab'"),
        (lambda: explorables.HeatmapReader(MATRICES - 1, ["one", "two"]), ValueError, "negative; the smallest.* -0"),
        (lambda: explorables.HeatmapReader(MATRICES.log() * math.inf, ["one", "two"]), ValueError, "infinity in 24"),
        (lambda: explorables.HeatmapReader(MATRICES[0, 0], ["one"]), ValueError, r"\(4,\) came"),
        (lambda: explorables.HeatmapReader(MATRICES[:, None], ["one"]), ValueError, "2 rows came"),
        (lambda: explorables.HeatmapReader([["a"]], ["one"]), TypeError, "real numbers"),
    ]
    stills = [
        *((partial(make, scale=s), ["one", "two", "Queries"]) for s in ("shared", "panel")),
        (lambda: explorables.HeatmapReader(torch.zeros(2, 3, 4), ["one", "two"]), ["two"]),
    ]
    in_notebook = 'HeatmapReader(torch.softmax(torch.arange(24.0).sin().reshape(2, 3, 4), dim=-1), ["one", "two"])'

    @staticmethod
    def shows(data, panel, query, key, scale):
        matrices = double(data["matrices"])  # (panels, queries, keys)
        tops = matrices.amax((1, 2)) if scale == "panel" else matrices.max().repeat(len(matrices))
        return {"weight": matrices[panel, query, key], "sum": matrices[panel, query].sum(), "limits": tops}

    def says(self, data, state, shown):
        return [state["query"], state["key"], shown["weight"], shown["sum"]]

    def sentence(self, sentence, data, state, shown):
        title = data["titles"][state["panel"]]
        assert sentence.startswith(title)
        return sentence.removeprefix(title)

    def check_more(self, data, state, shown, look):
        assert all(written(text.split()[-1], top) for text, top in zip(look["limits"], shown["limits"], strict=True))

    def computed(self, figure, quantity):
        return getattr(figure, {"weight": "weight", "sum": "row_sum"}[quantity])

    def expected_in_python(self, shown, state):
        return {"weight": shown["weight"], "sum": shown["sum"]}

    def move_by_hand(self, tab, figure):
        figure.get_by_role("application").last.press("ArrowDown")

    def moved(self, tab, figure, state, settings, choose):
        for shares in settings:
            kinds = {"panel": "panels", "query": "queries", "key": "keys"}
            pointed = {trait: choose.randrange(state["_data"][kind]) for trait, kind in kinds.items()}
            cell = cell_of(figure, state, **pointed)
            tab.mouse.move(*centre(cell, choose.uniform(0.06, 0.92), choose.uniform(0.06, 0.92)))
            figure.evaluate(SET, shares)
            yield shares, pointed, figure.evaluate(LOOK)


FIGURE = TestHeatmapReader()


@by_hand_or_finger
def test_cells_are_pointed_at(visit, hand):
    page = PAGE_OF["HeatmapReader"]
    tab = visit(page, **SCREEN[hand])
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    last = {"query": state["_data"]["queries"] - 1, "key": state["_data"]["keys"] - 1}
    for panel, query, key in [(0, 3, 5), (1, last["query"], last["key"]), (1, 0, last["key"]), (0, last["query"], 0)]:
        panel_box = figure.get_by_role("application").nth(panel)
        panel_box.scroll_into_view_if_needed()
        # At the middle and close to the edges of the cell.
        for share in (0.5, 0.06, 0.9):
            place = centre(cell_of(figure, state, panel, query, key), share, share)
            if hand == "mouse":
                tab.mouse.move(*centre(panel_box))
                tab.mouse.move(*place)
            else:
                tab.touchscreen.tap(*place)
            state |= {"panel": panel, "query": query, "key": key}
            FIGURE.check(state, figure.evaluate(LOOK))
            assert f"query {query}, key {key}" in figure.evaluate(LOOK)["sentence"]
        # The frame lies around the cell.
        here = panel_box.locator(".pa-here")
        assert here.is_visible()
        assert agree(centre(here), centre(cell_of(figure, state, panel, query, key)), 1)
        assert figure.locator(".pa-here:visible").count() == 1


def test_a_heatmap_is_walked_with_the_arrow_keys(visit):
    page = PAGE_OF["HeatmapReader"]
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    for panel in range(state["_data"]["panels"]):
        figure.get_by_role("application", name=state["_data"]["titles"][panel]).focus()
        state |= {"panel": panel}
        walk = ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowRight", "ArrowLeft", "ArrowRight"]
        for key in walk + 30 * ["ArrowUp"] + 30 * ["ArrowRight"] + ["ArrowDown"]:
            trait, step = {
                "ArrowUp": ("query", -1),
                "ArrowDown": ("query", 1),
                "ArrowLeft": ("key", -1),
                "ArrowRight": ("key", 1),
            }[key]
            last = state["_data"]["queries" if trait == "query" else "keys"] - 1
            state[trait] = min(max(state[trait] + step, 0), last)
            tab.keyboard.press(key)
            FIGURE.check(state, figure.evaluate(LOOK))
    # A chord is the browser's.
    tab.keyboard.press("Control+ArrowDown")
    FIGURE.check(state, figure.evaluate(LOOK))


def test_a_heatmap_has_the_colours_of_its_scale(visit):
    page = PAGE_OF["HeatmapReader"]
    tab = visit(page)
    figure = figure_of(tab)
    matrices = double(FOUND[page]["figure-1"]["_data"]["matrices"])
    for scale, tops in (("shared", matrices.max().repeat(len(matrices))), ("panel", matrices.amax((1, 2)))):
        figure.get_by_role("combobox").select_option(scale)
        for panel, matrix, top in zip(figure.get_by_role("application").all(), matrices, tops, strict=True):
            fills = panel.locator("rect[fill]").evaluate_all("(all) => all.map((cell) => cell.getAttribute('fill'))")
            assert len(fills) == matrix.numel()
            for fill, weight in zip(fills, matrix.flatten().tolist(), strict=True):
                assert agree([int(channel) for channel in re.findall(r"\d+", fill)], reds(weight / float(top)), 2)
