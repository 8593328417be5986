"""The shelf on which a gaze moves, by salience and by a wish.

A test fails where the figure shows another number than the definitions give,
or rests on another book than the best.
"""

import json
import math
import re
from functools import partial

import pytest
import torch
from every_figure import EveryFigure, among, between
from live_figure import (
    SET,
    double,
    figure_of,
    names_the_best,
)
from placed import FOUND, PAGE_OF

from paying_attention import explorables, pooling
from paying_attention.salience import salience_map, salience_shares
from paying_attention.scenes import shelf

TASKS = ("nothing in particular", "numbers", "pictures", "something tall")


class TestShelf(EveryFigure):
    name = "Shelf"
    make = staticmethod(explorables.Shelf)
    state = {
        "task": ("nothing in particular", "numbers", among(*TASKS)),
        "strength": (4.0, 2.5, between(0, 6)),
        "salience": (1.0, 0.0, between(0, 2)),
    }
    controls = {"You look for": "task", "Strength of the wish": "strength", "Weight of salience": "salience"}
    refused = [
        ("strength", 6.01, "from 0 to 6", "6.01"),
        ("strength", -0.01, "from 0 to 6", "-0.01"),
        ("strength", math.nan, "from 0 to 6", "nan"),
        ("salience", math.inf, "from 0 to 2", "inf"),
        ("salience", "much", "float", "'much'"),
        ("task", "dragons", "'numbers', 'pictures'", "'dragons'"),
        ("task", None, "'numbers', 'pictures'", "None"),
    ]
    stills = [
        *((partial(explorables.Shelf, task=task), ["Poems", task]) for task in ("numbers", "nothing in particular")),
        (partial(explorables.Shelf, salience=0.0), ["Probability"]),
    ]
    test_data_that_cannot_be_drawn_are_refused = None  # it is not given any
    in_notebook = "Shelf()"

    @staticmethod
    def shows(data, task, strength, salience):
        grown = double(data["shares"]) ** salience * torch.exp(strength * double(data["tasks"][task]))
        return {"weights": grown / grown.sum()}

    def says(self, data, state, shown):
        even = max(shown["weights"]) - min(shown["weights"]) < 1e-9
        return [] if even else [max(shown["weights"])]

    def check_more(self, data, state, shown, look):
        names_the_best(data, shown, look, self.says(data, state, shown))


FIGURE = TestShelf()


@pytest.mark.parametrize(("task", "feature"), [("numbers", "numbers"), ("something tall", "tall")])
def test_the_shelf_is_the_one_of_the_toolbox(task, feature):
    figure = explorables.Shelf(task=task, strength=3.0, salience=0.7)
    scene = shelf()
    query = 3.0 * (double([name == feature for name in scene.key_names]))
    bias = 0.7 * salience_shares(salience_map(scene.image), scene.boxes).double().log()
    weights = pooling.masked_softmax((bias + scene.keys.double() @ query)[None])[0]
    assert torch.allclose(figure.weights.double(), weights, atol=1e-6)
    assert figure._data["names"] == scene.names


def test_the_gaze_rests_on_the_best_book_and_the_others_fade(visit):
    page = PAGE_OF["Shelf"]
    tab = visit(page)
    figure = figure_of(tab)
    data = FOUND[page]["figure-1"]["_data"]
    for shares in ([0.3, 0.8, 0.5], [0.6, 0.9, 0.0], [0.9, 0.5, 1.0]):
        figure.evaluate(SET, shares)
        weights = json.loads(figure.get_attribute("data-weights"))
        best = weights.index(max(weights))
        veils = figure.locator(".pa-stage rect").evaluate_all(
            """(all) => all.map((veil) => ["y", "x", "height", "width", "fill-opacity"].map((name) =>
              Number(veil.getAttribute(name))))"""
        )
        for veil, (top, left, bottom, right), weight in zip(veils, data["boxes"], weights, strict=True):
            assert veil[:4] == [top, left, bottom - top, right - left]
            assert veil[4] == pytest.approx(0.8 * (1 - weight / weights[best]))
        top, left, bottom, right = data["boxes"][best]
        gaze = figure.locator(".pa-gaze")
        assert gaze.get_attribute("visibility") == "visible"
        place = re.findall(r"[\d.]+", gaze.get_attribute("transform"))
        assert list(map(float, place)) == [(left + right) / 2, (top + bottom) / 2]
    figure.evaluate(SET, [0.0, 0.5, 0.0])
    assert figure.locator(".pa-gaze").get_attribute("visibility") == "hidden"
