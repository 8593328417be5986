"""How sharp a softmax gets with the number of features.

A test fails where the figure shows another number than the definitions give,
or draws a curve elsewhere.
"""

import math
from functools import partial

import torch
from every_figure import EveryFigure, among, up_to
from live_figure import DRAWN, SET, Plot, double, figure_of
from placed import FOUND, PAGE_OF

from paying_attention import explorables


class TestSharpness(EveryFigure):
    name = "Sharpness"
    make = staticmethod(explorables.Sharpness)
    state = {
        "power": (6, 10, up_to(10)),
        "draw": (0, 7, up_to(7)),
        "divide": ("nothing", "the root of d", among("nothing", "the root of d")),
    }
    controls = {"Features d": "power", "Another draw": "draw", "Scores divided by": "divide"}
    refused = [
        ("power", 11, "whole number from 0 to 10", "11 came"),
        ("draw", -1, "whole number from 0 to 7", "-1"),
        ("divide", "d", "'nothing', 'the root of d'", "'d'"),
    ]
    stills = [
        *((partial(explorables.Sharpness, divide=d), ["key 15"]) for d in ("nothing", "the root of d")),
    ]
    test_data_that_cannot_be_drawn_are_refused = None  # it is not given any
    in_notebook = "Sharpness()"

    @staticmethod
    def shows(data, power, draw, divide):
        scores = double(data["scores"][draw][power])
        return {"weights": torch.softmax(scores / (1 if divide == "nothing" else math.sqrt(2**power)), dim=0)}

    def says(self, data, state, shown):
        return [2 ** state["power"], max(shown["weights"]), shown["weights"].index(max(shown["weights"]))]

    def written_as(self, trait, data, state):
        return 2 ** state["power"] if trait == "power" else state[trait]


FIGURE = TestSharpness()


def test_sharpness_is_drawn(visit):
    page = PAGE_OF["Sharpness"]
    tab = visit(page)
    figure = figure_of(tab)
    data = FOUND[page]["figure-1"]["_data"]
    for shares, draw, power, scaled in (([0.3, 0.0, 0.0], 0, 3, False), ([1.0, 1.0, 1.0], 7, 10, True)):
        figure.evaluate(SET, shares)
        (drawn,) = figure.evaluate(DRAWN)
        plot = Plot(drawn, (0, 10), (0, 1))
        scores = double(data["scores"][draw])  # (powers, keys)
        roots = double(data["dimensions"]).sqrt()[:, None]
        curves = [torch.softmax(each, dim=1).amax(1).tolist() for each in (scores, scores / roots)]
        for number, curve in enumerate(curves):
            assert plot.holds(plot.path(number), list(enumerate(curve)))
        assert plot.holds([plot.at(*drawn["dots"][0])], [(power, curves[scaled][power])])
        # The curve that counts has the colour that the legend gives it.
        looks = "(all) => all.map((path) => path.getAttribute('class'))"
        assert figure.locator(".pa-plot path").evaluate_all(looks) == figure.locator(".pa-legend path").evaluate_all(
            looks
        )
        assert figure.locator(".pa-plot path").nth(int(scaled)).get_attribute("class") == "pa-curve"
