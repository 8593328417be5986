"""The training of a width, step by step.

A test fails where the figure shows another number than the definitions give,
or draws a curve or a colour otherwise.
"""

import math
from functools import partial

import torch
from every_figure import EveryFigure, up_to
from live_figure import DRAWN, SET, Plot, agree, double, figure_of, pairs, pixels, reds
from measured import X, Y, kernel_weights
from placed import FOUND, PAGE_OF

from paying_attention import explorables

NAN = [math.nan, 1.0]
WIDTHS, LOSSES = [1.0, 0.8, 0.6, 0.5, 0.45], [0.9, 0.7, 0.55, 0.5, 0.49]
make = partial(explorables.Learning, X, Y, WIDTHS, LOSSES)


class TestLearning(EveryFigure):
    name = "Learning"
    make = staticmethod(make)
    state = {"step": (0, 4, up_to(4))}
    controls = {"Step of the training": "step"}
    refused = [
        ("step", 5, "whole number from 0 to 4", "5 came"),
        ("step", 1.5, "whole number from 0 to 4", "1.5"),
    ]
    undrawable = [
        (lambda: explorables.Learning(X, Y[:11], WIDTHS, LOSSES), ValueError, "12, 11, 5 and 5 came"),
        (lambda: explorables.Learning(X, Y, WIDTHS, LOSSES[:4]), ValueError, "12, 12, 5 and 4 came"),
        (lambda: explorables.Learning(X, Y, [], []), ValueError, "12, 12, 0 and 0 came"),
        (lambda: explorables.Learning([1.0, 2.0], NAN, [1.0], [1.0]), ValueError, "y holds NaN"),
        (lambda: explorables.Learning([1.0], [1.0], [1.0, 1.0], NAN), ValueError, "losses holds NaN"),
        (lambda: explorables.Learning(X, Y, [0.5, -0.25], [1.0, 1.0]), ValueError, "positive.* -0.25"),
    ]
    stills = [
        *((partial(make, step=step), [f"step {step}", "loss"]) for step in (0, 4)),
        (lambda: explorables.Learning([1.0, 2.0], [1.0, 1.0], [0.5], [0.0]), ["step 0"]),
    ]
    in_notebook = (
        "Learning(torch.arange(1.0, 9), torch.arange(1.0, 9).sin(), [1.0, 0.8, 0.6, 0.5, 0.4], "
        "[0.9, 0.7, 0.5, 0.4, 0.4])"
    )

    @staticmethod
    def shows(data, step):
        x, width = double(data["x"]), data["widths"][step]
        weights = torch.exp(-(((x - x[0]) / width) ** 2) / 2)
        return {"width": width, "loss": data["losses"][step], "weights": weights / weights.sum()}

    def says(self, data, state, shown):
        return [state["step"], shown["width"], shown["loss"]]

    def computed(self, figure, quantity):
        if quantity == "weights":
            assert agree(figure.weights.sum(1).tolist(), [1.0] * 12)
            return figure.weights[0]
        return getattr(figure, quantity)


FIGURE = TestLearning()


def test_a_training_is_drawn(visit):
    page = PAGE_OF["Learning"]
    tab = visit(page)
    figure = figure_of(tab)
    data = FOUND[page]["figure-1"]["_data"]
    x, y, last = double(data["x"]), double(data["y"]), len(data["losses"]) - 1
    for share in (0.0, 0.05, 1.0):
        figure.evaluate(SET, [share])
        step = round(share * last)
        plots = figure.evaluate(DRAWN)
        plot = Plot(plots[0], (data["low"], data["high"]), (data["bottom"], data["top"]))
        assert plot.holds([plot.at(*point[:2]) for point in plots[0]["points"]], pairs(data["x"], data["y"]))
        places = torch.linspace(data["low"], data["high"], 101, dtype=torch.float64)
        curve = kernel_weights("gaussian", (places[:, None] - x).abs() / data["widths"][step]) @ y
        assert plot.holds(plot.path(0), pairs(places.tolist(), curve.tolist()))
        below = Plot(plots[1], (0, last), (0, max(data["losses"])))
        assert below.holds(below.path(0), list(enumerate(data["losses"])))
        assert below.holds([below.at(*plots[1]["dots"][0])], [(step, data["losses"][step])])


def test_the_weights_of_a_training_keep_one_scale_of_colours(visit):
    page = PAGE_OF["Learning"]
    tab = visit(page)
    figure = figure_of(tab)
    data = FOUND[page]["figure-1"]["_data"]
    x = double(data["x"])

    def weights(width):
        return kernel_weights("gaussian", (x[:, None] - x).abs() / width)

    strongest = weights(min(data["widths"])).max()
    for share in (0.0, 0.05, 1.0):
        figure.evaluate(SET, [share])
        width = float(figure.get_attribute("data-width"))
        found = double(pixels(figure.locator(".pa-map"))).view(-1, 4)[:, :3]
        expected = double([reds(share) for share in (weights(width) / strongest).flatten().tolist()])
        assert (found - expected).abs().max() <= 4
