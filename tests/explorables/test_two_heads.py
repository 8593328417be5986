"""One head or two that look back along a line of numbers.

A test fails where the figure shows another number than the definitions give, counts a head that is not in use, draws a
map, a curve or a dot elsewhere, or gets below the error that chapter 08 proves to be the least for one head.
"""

import random
import re
from functools import partial

import pytest
import torch
from every_figure import EveryFigure, among, between, up_to
from live_figure import DRAWN, SET, Plot, agree, double, figure_of, reds
from placed import FOUND, PAGE_OF

from paying_attention import explorables

PERFECT = {"heads": "two", "back_1": 1, "sharpness_1": 10.0, "back_2": 5, "sharpness_2": 10.0, "sign_2": "minus"}


class TestTwoHeads(EveryFigure):
    name = "TwoHeads"
    make = staticmethod(explorables.TwoHeads)
    state = {
        "heads": ("one", "two", among("one", "two")),
        "back_1": (3, 10, up_to(10)),
        "sharpness_1": (1.0, 0.0, between(0, 10)),
        "sign_1": ("plus", "minus", among("plus", "minus")),
        "back_2": (3, 0, up_to(10)),
        "sharpness_2": (1.0, 10.0, between(0, 10)),
        "sign_2": ("plus", "minus", among("plus", "minus")),
    }
    controls = {
        "Heads": "heads",
        **{f"Head {head}: how far back": f"back_{head}" for head in (1, 2)},
        **{f"Head {head}: sharpness": f"sharpness_{head}" for head in (1, 2)},
        **{f"Head {head}: sign": f"sign_{head}" for head in (1, 2)},
    }
    refused = [
        ("heads", "three", "'one', 'two'", "'three'"),
        ("back_1", 11, "whole number from 0 to 10", "11 came"),
        ("back_2", -1, "whole number from 0 to 10", "-1"),
        ("sharpness_1", 10.1, "from 0 to 10", "10.1"),
        ("sharpness_2", -0.1, "from 0 to 10", "-0.1"),
        ("sign_1", "-", "'plus', 'minus'", "'-'"),
        ("sign_2", None, "'plus', 'minus'", "None"),
    ]
    stills = [
        (explorables.TwoHeads, ["head 1, plus", "head 2, off", "mean map", "place", "error 2.29"]),
        (partial(explorables.TwoHeads, **PERFECT), ["head 2, minus", "error 0.00"]),
    ]
    test_data_that_cannot_be_drawn_are_refused = None  # it is not given any
    in_notebook = "TwoHeads()"
    may_stand_still = True  # what is set of a second head, while there is one

    @staticmethod
    def shows(data, heads, **looks):
        n, count = len(data["numbers"]), 1 if heads == "one" else 2
        weights = torch.zeros(2, n, n, dtype=torch.float64)
        for head in (1, 2):
            for i in range(n):
                away = (i - torch.arange(i + 1) - looks[f"back_{head}"]).abs()
                weights[head - 1, i, : i + 1] = torch.softmax(-looks[f"sharpness_{head}"] * away.double(), dim=0)
        signs = double([1.0 if looks[f"sign_{head}"] == "plus" else -1.0 for head in (1, 2)])[:count]
        shares = torch.einsum("h,hij->ij", signs, weights[:count])
        wanted = torch.eye(n, dtype=torch.float64).roll(-1, 1) - torch.eye(n, dtype=torch.float64).roll(-5, 1)
        misses = (shares - wanted)[data["first"] :].square().sum(1)
        return {
            "weights": weights,
            "mean": weights[:count].mean(0),
            "answers": shares @ double(data["numbers"]),
            "error": misses.mean(),
        }

    def says(self, data, state, shown):
        i = range(data["first"], len(data["numbers"]))
        on = [sum(shown["mean"][j][j - far] for j in i) / len(i) for far in (1, 5)]
        return [shown["error"], *on]

    def sentence(self, sentence, data, state, shown):
        assert ("two heads" in sentence) == (state["heads"] == "two")
        return sentence


def test_one_head_never_gets_below_one_and_two_get_to_nothing():
    choose = random.Random(0)
    for _ in range(300):
        state = {trait: any_of(choose) for trait, (_, _, any_of) in TestTwoHeads.state.items()}
        assert explorables.TwoHeads(**state | {"heads": "one"}).error >= 1
    assert explorables.TwoHeads(**PERFECT).error == pytest.approx(0, abs=1e-6)


def test_a_sign_changes_the_answers_and_not_the_mean_map():
    minus, plus = explorables.TwoHeads(**PERFECT), explorables.TwoHeads(**PERFECT | {"sign_2": "plus"})
    assert torch.equal(minus.mean, plus.mean)
    assert (minus.answers - plus.answers).abs().max() > 1
    assert plus.error == pytest.approx(4, abs=1e-3)


@pytest.mark.parametrize("shares", [[0.0, 0.4, 0.2, 0.0, 0.9, 0.9, 0.0], [1.0, 0.1, 1.0, 0.0, 0.5, 0.5, 1.0]])
def test_two_heads_are_drawn(visit, shares):
    page = PAGE_OF["TwoHeads"]
    tab = visit(page)
    figure = figure_of(tab)
    data = FOUND[page]["figure-1"]["_data"]
    figure.evaluate(SET, shares)
    state = {
        "heads": "one" if shares[0] == 0 else "two",
        "back_1": round(10 * shares[1]),
        "sharpness_1": 10 * shares[2],
        "sign_1": "plus",
        "back_2": round(10 * shares[4]),
        "sharpness_2": 10 * shares[5],
        "sign_2": "plus" if shares[6] == 0 else "minus",
    }
    shown = TestTwoHeads.shows(data, **state)
    numbers, first = double(data["numbers"]), data["first"]
    asked = torch.arange(first, len(numbers))
    (drawn,) = figure.evaluate(DRAWN)
    plot = Plot(drawn, (first, len(numbers) - 1), (-4, 4))
    assert plot.holds(plot.path(0), list(zip(asked.tolist(), shown["answers"][first:].tolist(), strict=True)))
    wanted = (numbers[asked - 1] - numbers[asked - 5]).tolist()
    dots = [plot.at(*point[:2]) for point in drawn["points"]]
    assert plot.holds(dots, list(zip(asked.tolist(), wanted, strict=True)))

    maps = figure.locator(".pa-maps > div")
    titles = maps.locator("p").all_inner_texts()
    assert titles[1] == ("head 2, off" if state["heads"] == "one" else f"head 2, {state['sign_2']}")
    for at, matrix in enumerate([*shown["weights"], shown["mean"]]):
        fills = maps.nth(at).locator("rect").evaluate_all("(all) => all.map((one) => one.getAttribute('fill'))")
        for fill, weight in zip(fills, matrix.flatten().tolist(), strict=True):
            assert agree([int(channel) for channel in re.findall(r"\d+", fill)], reds(weight), 2)
