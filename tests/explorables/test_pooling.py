"""Attention pooling with a kernel, a width and measurements that can be dragged.

A test fails where the figure shows another number than the definitions give,
or draws a curve elsewhere.
"""

import json
import math
import re
from functools import partial

import pytest
import torch
from every_figure import EveryFigure, among, between, times
from live_figure import (
    DRAG,
    DRAWN,
    LOOK,
    SCREEN,
    SET,
    Plot,
    agree,
    by_hand_or_finger,
    centre,
    double,
    drag_by_mouse,
    figure_of,
    pairs,
    pixels,
    plain,
    reds,
    uncovered,
    written,
)
from measured import X, Y, kernel_weights, left_out_errors
from placed import FOUND, PAGE_OF

from paying_attention import explorables

NAN = [math.nan, 1.0]
NOTHING_IN_REACH = {"kernel": "boxcar", "width": 0.05, "query": 0.0}
KERNELS = ("gaussian", "boxcar", "triangular", "epanechnikov")


def make(y=Y, **state):
    return explorables.Pooling(X, y, **state)


class TestPooling(EveryFigure):
    name = "Pooling"
    make = staticmethod(make)
    state = {
        "query": (2.5, 0.0, between(0, 5)),
        "width": (0.5, 0.05, times(0.05, 3)),
        "kernel": ("gaussian", "boxcar", among(*KERNELS)),
        "y": (Y.tolist(), Y.flip(0).tolist(), lambda choose: [choose.uniform(0, 5) for _ in Y]),
    }
    controls = {"Query": "query", "Width": "width", "Kernel": "kernel"}
    logarithmic = {"width": (0.05, 3.0)}
    data_as_arguments = ("y",)
    may_be_out_of_reach = True
    refused = [
        ("query", 5.1, "from 0 to 5", "5.1"),
        ("query", math.nan, "from 0 to 5", "nan"),
        ("width", 0.04, "from 0.05 to 3", "0.04"),
        ("width", 3.5, "from 0.05 to 3", "3.5"),
        ("kernel", "cosine", "'gaussian', 'boxcar', 'triangular', 'epanechnikov'", "'cosine'"),
        ("y", [1.0] * 11, "12 numbers", "11 came"),
        ("y", [1.0] * 11 + [math.nan], "y", "NaN"),
        ("y", 3.0, "12 numbers", "1 came"),
        ("y", "high", "numbers", "'high'"),
    ]
    undrawable = [
        (lambda: explorables.Pooling(X, Y[:11]), ValueError, "same length, at least 2; 12 and 11 came"),
        (lambda: explorables.Pooling([1.0], [1.0]), ValueError, "at least 2; 1 and 1 came"),
        (lambda: explorables.Pooling([1.0, 2.0], NAN), ValueError, "NaN"),
        (lambda: explorables.Pooling([math.inf, 1.0], [1.0, 2.0]), ValueError, "infinity"),
    ]
    stills = [
        *(
            (
                partial(make, kernel=kernel, width=width, query=5.0),
                [kernel, f"{width:.2f}", "leave-one-out"],
            )
            for kernel, width in zip(KERNELS, (0.4, 0.05, 3.0, 0.4), strict=True)
        ),
        (partial(make, **NOTHING_IN_REACH), ["boxcar"]),
        (lambda: explorables.Pooling([0.0, 50.0], [1.0, 1.0], **NOTHING_IN_REACH), ["boxcar"]),
    ]
    in_notebook = "Pooling(torch.linspace(0.2, 4.9, 8), torch.linspace(0.2, 4.9, 8).sin())"

    @staticmethod
    def shows(data, query, width, kernel, y):
        weights = kernel_weights(kernel, (double(data["x"]) - query).abs() / width)
        answer = (weights * double(y)).sum()
        errors = left_out_errors(kernel, data["x"], y, data["widths"])
        return {"weights": None if answer.isnan() else weights, "answer": answer, "leftOut": errors}

    def says(self, data, state, shown):
        return [state["query"]] + ([shown["answer"], max(shown["weights"])] if shown["weights"] else [])

    def expected_in_python(self, shown, state):
        (error,) = plain(left_out_errors(state["kernel"], X, state["y"], [state["width"]]))
        return shown | {"leftOut": error}

    def computed(self, figure, quantity):
        return getattr(figure, {"leftOut": "leave_one_out"}.get(quantity, quantity))

    def move_by_hand(self, tab, figure):
        drag_by_mouse(tab, centre(figure.locator(".pa-point").nth(7)), centre(figure.locator(".pa-plot").first))


FIGURE = TestPooling()


def test_the_heights_of_points_may_be_a_tensor():
    figure = make()
    figure.y = Y.float() + 1
    assert agree(figure.y, (Y + 1).tolist())
    assert figure.answer == pytest.approx(make().answer + 1)


@by_hand_or_finger
def test_a_measurement_is_dragged(visit, hand):
    page = PAGE_OF["Pooling"]
    tab = visit(page, **SCREEN[hand])
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    data = state["_data"]
    points = figure.locator(".pa-point")
    assert points.count() > 40
    axis = figure.locator(".pa-plot").first.locator(".pa-axes line").nth(1)
    begin, end = (float(axis.get_attribute(name)) for name in ("y1", "y2"))
    before = figure.evaluate(LOOK)
    scrolled = tab.evaluate("scrollY")
    for begins, ways in ((7, [60]), (20, [-30, 25]), (36, [-2000])):
        i = uncovered(points, begins)
        points.nth(i).scroll_into_view_if_needed()
        scrolled = tab.evaluate("scrollY")
        x, y = centre(points.nth(i))
        if hand == "touch":  # which takes it
            tab.touchscreen.tap(x, y)
        DRAG[hand](tab, (x, y), *((x + 30, y + way) for way in ways))
        # Where it lies on the axis is its new height; it cannot leave the plot, nor its place along x.
        drawn = float(points.nth(i).get_attribute("cy"))
        height = data["bottom"] + (data["top"] - data["bottom"]) * (drawn - begin) / (end - begin)
        assert abs(height - state["y"][i]) > 0.1
        assert data["bottom"] - 1e-9 <= height <= data["top"] + 1e-9
        state["y"] = [height if j == i else each for j, each in enumerate(state["y"])]
        FIGURE.check(state, figure.evaluate(LOOK))
        assert tab.evaluate("scrollY") == scrolled
    assert state["y"][i] == pytest.approx(data["top"])
    look = figure.evaluate(LOOK)
    assert look["dataset"]["weights"] == before["dataset"]["weights"]
    assert look["dataset"]["answer"] != before["dataset"]["answer"]


def test_measurements_are_walked_and_moved_by_keys(visit):
    page = PAGE_OF["Pooling"]
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    data = state["_data"]
    order = sorted(range(len(data["x"])), key=data["x"].__getitem__)
    step = (data["top"] - data["bottom"]) / 50
    tab.evaluate("document.querySelector('.live .pa-point[tabindex=\"0\"]').focus()")
    at, y = 0, list(state["y"])
    for key, count in [("ArrowRight", 3), ("ArrowUp", 2), ("ArrowLeft", 1), ("PageDown", 1), ("End", 1), ("Home", 1)]:
        for _ in range(count):
            tab.keyboard.press(key)
        at += {"ArrowRight": count, "ArrowLeft": -count}.get(key, 0)
        i = order[at]
        moves = {"ArrowUp": step * count, "PageDown": -10 * step, "End": math.inf, "Home": -math.inf}
        y[i] = min(max(y[i] + moves.get(key, 0), data["bottom"]), data["top"])
        # What a screen reader has of the one in focus: which it is, where, how high.
        here = tab.evaluate("""(() => {
          const { role, ariaLabel, ariaValueNow, ariaValueText, ariaValueMin, ariaValueMax } = document.activeElement;
          return { role, ariaLabel, ariaValueNow, ariaValueText, ariaValueMin, ariaValueMax };
        })()""")
        assert here["role"] == "slider"
        assert here["ariaLabel"] == f"measurement {at + 1} of {len(order)}, at {data['x'][i]:.2f}"
        assert float(here["ariaValueNow"]) == pytest.approx(y[i])
        assert written(here["ariaValueText"], y[i])
        assert (float(here["ariaValueMin"]), float(here["ariaValueMax"])) == (data["bottom"], data["top"])
        FIGURE.check(state | {"y": y}, figure.evaluate(LOOK))
    # One of them is on the way of Tab: that where the reader was.
    assert figure.locator(".pa-point[tabindex='0']").count() == 1
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.ariaLabel") == here["ariaLabel"]


def test_both_plots_have_numbers_on_their_axes(visit):
    tab = visit(PAGE_OF["Pooling"])
    for plot in figure_of(tab).locator(".pa-plot").all():
        texts = plot.locator("text:not(:empty)").all_text_contents()
        assert len([text for text in texts if re.fullmatch(r"[0-9.]+", text)]) >= 7


def test_a_pooling_is_drawn(visit):
    page = PAGE_OF["Pooling"]
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    data, y = state["_data"], double(state["y"])
    state = {trait: state[trait] for trait in FIGURE.state}
    for shares in ([0.31, 0.5, 0.0], [0.8, 0.3, 0.6]):
        figure.evaluate(SET, shares)
        state |= FIGURE.states_by_the_controls(figure.evaluate(LOOK))
        plots = figure.evaluate(DRAWN)
        plot = Plot(plots[0], (data["low"], data["high"]), (data["bottom"], data["top"]))
        shown = FIGURE.shown_by(data, state)
        assert plot.holds([plot.at(*point[:2]) for point in plots[0]["points"]], pairs(data["x"], state["y"]))
        largest = max(shown["weights"])
        radii = [2.5 + 6 * weight / largest for weight in shown["weights"]]
        assert agree([point[2] for point in plots[0]["points"]], radii, 0.01)
        assert plot.holds([plot.at(*plots[0]["dots"][0])], [(state["query"], shown["answer"])])
        assert plot.holds(
            [plot.at(x, plots[0]["y"][0]) for x in plots[0]["lines"][0]], [(state["query"], data["bottom"])] * 2
        )
        places = torch.linspace(data["low"], data["high"], 121, dtype=torch.float64)
        weights = kernel_weights(state["kernel"], (places[:, None] - double(data["x"])).abs() / state["width"])
        curve = [pair for pair in pairs(places.tolist(), (weights @ y).tolist()) if not math.isnan(pair[1])]
        assert plot.holds(plot.path(0), curve)
        # Below, the error at each width, of the worst; and the line at this one.
        logarithms = [math.log(width) for width in data["widths"]]
        below = Plot(plots[1], (logarithms[0], logarithms[-1]), (0, 1))
        worst = max(error for error in shown["leftOut"] if error is not None)
        errors = [(at, error / worst) for at, error in pairs(logarithms, shown["leftOut"]) if error is not None]
        assert below.holds(below.path(0), errors)
        assert below.holds([below.at(plots[1]["lines"][0][0], plots[1]["y"][0])], [(math.log(state["width"]), 0)])
        nearest = min(range(40), key=lambda i: abs(logarithms[i] - math.log(state["width"])))
        assert written(
            figure.locator(".pa-plot").nth(1).locator("> g > text").last.text_content(), shown["leftOut"][nearest]
        )
        assert written(re.search(r"weight of (.*)\.$", figure.locator(".pa-caption").inner_text())[1], largest)


def test_the_row_of_a_query_has_the_colours_of_its_weights(visit):
    page = PAGE_OF["Pooling"]
    tab = visit(page)
    figure = figure_of(tab)
    weights = double(json.loads(figure.get_attribute("data-weights")))
    data = pixels(figure.locator(".pa-strip"))
    for i, weight in enumerate((weights / weights.max()).tolist()):
        assert agree(data[4 * i : 4 * i + 3], reds(weight), 2)
