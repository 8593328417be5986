"""All heads of a network on a few sentences, looked at one by one.

A test fails where the figure draws another number than its stored weights and norms give, takes the first place out of
the wrong view, or leaves a head or a query that keys or fingers cannot reach.
"""

import base64
import gzip
import json
from functools import partial

import numpy as np
import torch
from every_figure import EveryFigure, among, up_to
from live_figure import LOOK, SCREEN, by_hand_or_finger, double, figure_of
from measured import made
from placed import FOUND, PAGE_OF

from paying_attention import explorables

VIEWS = ("weight", "weight × norm", "without the first place")
SENTENCES = [["[CLS]", "time", "flies", "[SEP]"], ["[CLS]", "注意", ".", "x", "3", "[SEP]"], ["a", "b"]]
WEIGHTS = [torch.softmax(2 * torch.randn(2, 3, len(s), len(s), generator=made(5)), dim=-1) for s in SENTENCES]
NORMS = [torch.rand(2, 3, len(s), generator=made(6)) for s in SENTENCES]
make = partial(explorables.HeadBrowser, SENTENCES, WEIGHTS, NORMS)


def stored(text, *shape):
    return double(np.frombuffer(base64.b64decode(text), dtype=np.uint8).copy()).reshape(shape) / 255


def one(pieces, weights, norms):
    return explorables.HeadBrowser([pieces], [weights], [norms])


EVEN, FLAT = torch.full((1, 1, 2, 2), 0.5), torch.ones(1, 1, 2)


class TestHeadBrowser(EveryFigure):
    name = "HeadBrowser"
    make = staticmethod(make)
    state = {
        "sentence": (0, 1, up_to(2)),
        "layer": (0, 1, up_to(1)),
        "head": (0, 2, up_to(2)),
        "query": (0, 3, up_to(5)),
        "view": ("weight", "weight × norm", among(*VIEWS)),
    }
    controls = {"What is drawn": "view", "Sentence": "sentence", "Layer": "layer", "Head": "head", "Query": "query"}
    pointed_at = ("query",)
    may_stand_still = True  # beyond the last piece of a short sentence
    refused = [
        ("sentence", 3, "whole number from 0 to 2", "3 came"),
        ("layer", 2, "whole number from 0 to 1", "2 came"),
        ("head", -1, "whole number from 0 to 2", "-1"),
        ("query", 6, "whole number from 0 to 5", "6 came"),
        ("query", 1.0, "whole number from 0 to 5", "1.0"),
        ("view", "norm", "'weight', 'weight × norm'", "'norm'"),
    ]
    undrawable = [
        (lambda: explorables.HeadBrowser(SENTENCES, WEIGHTS[:2], NORMS), ValueError, "same length.* 3, 2 and 3 came"),
        (lambda: explorables.HeadBrowser([], [], []), ValueError, "at least 1; 0, 0 and 0 came"),
        (lambda: one(["a", "b"], EVEN[0], FLAT), ValueError, r"\(layers, heads, n, n\); \(1, 2, 2\) came"),
        (lambda: one("ab", EVEN, FLAT), ValueError, "list of at least two pieces; 'ab' came"),
        (lambda: one(["a", "b", "c"], EVEN, FLAT), ValueError, r"need shape \(1, 1, 3, 3\); \(1, 1, 2, 2\) came"),
        (lambda: one(["a", "b"], EVEN, FLAT[0]), ValueError, r"norms of 'a b' need shape \(1, 1, 2\); \(1, 2\) came"),
        (lambda: one(["a", "b"], EVEN / 0, FLAT), ValueError, "weights of 'a b' hold NaN"),
        (lambda: one(["a", "b"], EVEN, -FLAT), ValueError, "norms of 'a b' hold.* negative"),
        (lambda: one(["a", "b"], 2 * EVEN, FLAT), ValueError, "sums to 1; in 'a b' one does not"),
    ]
    stills = [
        *((partial(make, sentence=i), [*pieces, "Keys", "L1H1"]) for i, pieces in enumerate(SENTENCES)),
        *((partial(make, view=view, head=2, layer=1), ["L2H3", "Head", "Layer"]) for view in VIEWS),
    ]
    in_notebook = 'HeadBrowser([[*"abcde"]] * 2, [torch.full((2, 3, 5, 5), 0.2)] * 2, [torch.ones(2, 3, 5)] * 2)'

    @staticmethod
    def shows(data, sentence, layer, head, query, view):
        n = len(data["sentences"][sentence])
        heads = (data["layers"], data["heads"])
        weights = stored(data["weights"][sentence], *heads, n, n)[layer, head]
        kept = weights[min(query, n - 1)].clone()
        if view == "weight × norm":
            kept *= stored(data["norms"][sentence], *heads, n)[layer, head]
        elif view == "without the first place":
            kept[0] = 0
        return {"row": kept / kept.sum() if kept.sum() > 0 else kept, "first": weights[1:, 0].mean()}

    def computed(self, figure, quantity):
        if quantity == "first":
            return figure.first_place[figure.layer, figure.head]
        return figure.matrix[min(figure.query, len(figure.matrix) - 1)]

    def says(self, data, state, shown):
        best = [max(shown["row"])] if max(shown["row"]) else []
        return [state["layer"] + 1, state["head"] + 1, *best, shown["first"]]

    def written_as(self, trait, data, state):
        if trait == "query":
            return str(state["query"] + 1)
        many = len(data["sentences"]) if trait == "sentence" else data[f"{trait}s"]
        return f"{state[trait] + 1} of {many}"

    def sentence(self, sentence, data, state, shown):
        pieces = data["sentences"][state["sentence"]]
        asks, best = pieces[min(state["query"], len(pieces) - 1)], pieces[shown["row"].index(max(shown["row"]))]
        assert f": “{asks}” " in sentence
        sentence = sentence.replace(f": “{asks}” ", ": ", 1)
        if max(shown["row"]):
            assert f"most to “{best}”, " in sentence
        return sentence.replace(f"“{best}”", "")


FIGURE = TestHeadBrowser()


def test_numbers_are_kept_to_a_byte():
    figure = make(sentence=1, layer=1, head=2)
    torch.testing.assert_close(figure.matrix, WEIGHTS[1][1, 2].double(), rtol=0, atol=0.02)
    figure.view = "weight × norm"
    parts = WEIGHTS[1][1, 2].double() * NORMS[1][1, 2]
    torch.testing.assert_close(figure.matrix, parts / parts.sum(1, keepdim=True), rtol=0, atol=0.03)


def test_a_row_that_gave_all_to_the_first_place_has_nothing_left():
    weights = torch.tensor([[[[1.0, 0.0], [0.25, 0.75]]]])
    figure = one(["a", "b"], weights, FLAT)
    figure.view = "without the first place"
    assert figure.matrix.tolist() == [[0.0, 0.0], [0.0, 1.0]]


def test_what_the_page_carries_for_it_is_small():
    states = FOUND[PAGE_OF["HeadBrowser"]]["figure-1"]
    assert len(gzip.compress(json.dumps(states).encode())) < 40_000


@by_hand_or_finger
def test_heads_and_queries_are_pointed_at(visit, hand):
    page = PAGE_OF["HeadBrowser"]
    tab = visit(page, **SCREEN[hand])
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    data = state["_data"]
    n = len(data["sentences"][state["sentence"]])
    grid, heatmap = figure.get_by_role("application").all()
    for layer, head, query in ((0, 0, 0), (5, 11, n - 1), (2, 7, 4)):
        for picture, across, down in (
            (grid, (head + 0.5) / data["heads"], (layer + 0.5) / data["layers"]),
            (heatmap, 0.5, (query + 0.5) / n),
        ):
            picture.scroll_into_view_if_needed()
            box = picture.bounding_box()
            place = {"x": across * box["width"], "y": down * box["height"]}
            picture.click(position=place) if hand == "mouse" else picture.tap(position=place)
        FIGURE.check(state | {"layer": layer, "head": head, "query": query}, figure.evaluate(LOOK))


def test_heads_and_queries_are_walked_with_the_arrow_keys(visit):
    page = PAGE_OF["HeadBrowser"]
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    layer, head, query = state["layer"], state["head"], state["query"]
    grid, heatmap = figure.get_by_role("application").all()
    grid.focus()
    for key in ["ArrowUp"] * 8 + ["ArrowLeft"] * 14 + ["ArrowDown", "ArrowRight", "ArrowRight"]:
        tab.keyboard.press(key)
    layer, head = 1, 2
    FIGURE.check(state | {"layer": layer, "head": head}, figure.evaluate(LOOK))
    heatmap.focus()
    for key, step in (("ArrowDown", 1), ("ArrowDown", 1), ("ArrowUp", -1)):
        tab.keyboard.press(key)
        query += step
        FIGURE.check(state | {"layer": layer, "head": head, "query": query}, figure.evaluate(LOOK))
