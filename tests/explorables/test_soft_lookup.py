"""The look-up in a plane, whose answer is a mixture of colours.

A test fails where the figure shows another number than the definitions give,
or a handle that is dragged lies elsewhere.
"""

import json
import math
import re
from functools import partial

import torch
from every_figure import EveryFigure, between, times
from live_figure import (
    DRAG,
    LOOK,
    SCREEN,
    SET,
    agree,
    by_hand_or_finger,
    centre,
    double,
    figure_of,
    names_the_best,
)
from placed import FOUND, PAGE_OF

from paying_attention import explorables


class TestSoftLookup(EveryFigure):
    name = "SoftLookup"
    make = staticmethod(explorables.SoftLookup)
    state = {
        "x": (0.6, -1.5, between(-1.5, 1.5)),
        "y": (0.5, 1.5, between(-1.5, 1.5)),
        "temperature": (0.5, 0.01, times(0.01, 10)),
    }
    controls = {"Query, to the right": "x", "Query, upwards": "y", "Temperature": "temperature"}
    logarithmic = {"temperature": (0.01, 10.0)}
    refused = [
        ("x", 1.51, "from -1.5 to 1.5", "1.51"),
        ("y", [0.5], "float", "list"),
        ("temperature", 0.0, "from 0.01 to 10", "0.0"),
        ("temperature", math.nan, "from 0.01 to 10", "nan"),
    ]
    stills = [
        *((partial(explorables.SoftLookup, temperature=t), ["violet", f"{t:.2f}"]) for t in (0.01, 10.0)),
    ]
    test_data_that_cannot_be_drawn_are_refused = None  # it is not given any
    in_notebook = "SoftLookup()"

    @staticmethod
    def shows(data, x, y, temperature):
        weights = torch.softmax(double(data["places"]) @ double([x, y]) / temperature, dim=0)
        return {"weights": weights, "answer": (weights[:, None] * double(data["colours"])).sum(0)}

    def says(self, data, state, shown):
        even = max(shown["weights"]) - min(shown["weights"]) < 1e-9
        return [] if even else [max(shown["weights"])]

    def check_more(self, data, state, shown, look):
        names_the_best(data, shown, look, self.says(data, state, shown))
        channels = [float(channel) / 255 for channel in re.findall(r"[\d.]+", look["answer"])]
        assert agree(channels, shown["answer"], 0.003), look["answer"]


FIGURE = TestSoftLookup()


@by_hand_or_finger
def test_the_query_is_dragged_about_the_plane(visit, hand):
    page = PAGE_OF["SoftLookup"]
    tab = visit(page, **SCREEN[hand])
    figure = figure_of(tab)
    data = FOUND[page]["figure-1"]["_data"]
    handle = figure.locator(".pa-query")
    keys = figure.locator("circle:not(.pa-query, .pa-ring)")
    assert keys.count() == len(data["names"])
    scrolled = tab.evaluate("scrollY")
    if hand == "touch":  # which takes it
        tab.touchscreen.tap(*centre(handle))
    for i in (2, 4):
        DRAG[hand](tab, centre(handle), centre(keys.nth(i)))
        x, y = data["places"][i]
        look = figure.evaluate(LOOK)
        # The handle lies on the key, the sliders know, and the weights are those of a query that equals this key.
        place = [float(handle.get_attribute(name)) for name in ("cx", "cy")]
        assert agree(place, [float(keys.nth(i).get_attribute(name)) for name in ("cx", "cy")], 1.5)
        assert agree([float(control["text"]) for control in look["controls"][:2]], [x, y], 0.02)
        centre_of = float(figure.locator(".pa-ring").get_attribute("cx"))
        unit = float(figure.locator(".pa-ring").get_attribute("r"))
        exact = {"x": (place[0] - centre_of) / unit, "y": (centre_of - place[1]) / unit, "temperature": 0.5}
        FIGURE.check({"_data": data, **exact}, look)
        assert data["names"][i] in look["sentence"]
    # Let go, it stays; dragged off the picture, it stops at the edge.
    tab.mouse.move(*centre(figure))
    assert figure.evaluate(LOOK) == look | {"spoken": figure.evaluate(LOOK)["spoken"]}
    x, y = centre(handle)
    DRAG[hand](tab, (x, y), (x, centre(figure.locator("svg"), down=0)[1] - 20), (4, y))
    assert figure.evaluate(LOOK)["controls"][0]["text"] == "-1.50"
    assert tab.evaluate("scrollY") == scrolled


def test_keys_are_drawn_as_large_as_their_weights(visit):
    page = PAGE_OF["SoftLookup"]
    tab = visit(page)
    figure = figure_of(tab)
    data = FOUND[page]["figure-1"]["_data"]
    for shares in ([0.8, 0.3, 0.2], [0.1, 0.9, 0.7]):
        figure.evaluate(SET, shares)
        weights = json.loads(figure.get_attribute("data-weights"))
        x, y = (3 * share - 1.5 for share in shares[:2])
        ring, handle, ray, *keys = figure.evaluate(
            """(figure) => [".pa-ring", ".pa-query", ".pa-ray", "circle:not(.pa-query, .pa-ring)"].flatMap((which) =>
              [...figure.querySelectorAll(which)].map((one) =>
                ["cx", "cy", "r", "x1", "y1", "x2", "y2"].map((name) => Number(one.getAttribute(name)))))"""
        )
        middle, unit = ring[0], ring[2]

        def at(x, y, middle=middle, unit=unit):
            return [middle + unit * x, middle - unit * y]

        assert agree(handle[:2], at(x, y))
        assert agree(ray[3:], at(0, 0) + at(x, y))
        for key, place, weight in zip(keys, data["places"], weights, strict=True):
            assert agree(key[:3], [*at(*place), 6 + 10 * weight])
