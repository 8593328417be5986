"""The interactive figures: in Python, on the pages of the built site, and in JupyterLab with a live kernel.

`make test` builds the site first. What a figure shows is compared with torch, in double precision and by the
definitions: neither the figures' scripts nor their Python classes compute what is expected here.
"""

import ast
import json
import math
import os
import random
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib
import matplotlib.pyplot as plt
import pypdf
import pytest
import torch
import traitlets
from jupyter_client import BlockingKernelClient
from playwright.sync_api import expect

from paying_attention import explorables, pooling
from paying_attention.explorables.base import Explorable
from paying_attention.salience import salience_map, salience_shares
from paying_attention.scenes import shelf
from theme import figures

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


# What each figure is to show


def double(numbers):
    return torch.as_tensor(numbers, dtype=torch.float64)


def shelf_shows(data, task, strength, salience):
    grown = double(data["shares"]) ** salience * torch.exp(strength * double(data["tasks"][task]))
    return {"weights": grown / grown.sum()}


def lookup_shows(data, x, y, temperature):
    weights = torch.softmax(double(data["places"]) @ double([x, y]) / temperature, dim=0)
    return {"weights": weights, "answer": (weights[:, None] * double(data["colours"])).sum(0)}


def reader_shows(data, panel, query, key, scale):
    matrices = double(data["matrices"])  # (panels, queries, keys)
    tops = matrices.amax((1, 2)) if scale == "panel" else matrices.max().repeat(len(matrices))
    return {"weight": matrices[panel, query, key], "sum": matrices[panel, query].sum(), "limits": tops}


def kernel_weights(kernel, distances):
    """Weights by distance in widths, the keys last; NaN where no key is in reach."""
    squares = distances.square()
    heights = {
        "gaussian": torch.exp((squares.amin(-1, keepdim=True) - squares) / 2),
        "boxcar": (distances <= math.sqrt(3)).double(),
        "triangular": (1 - distances / math.sqrt(6)).clamp(min=0),
        "epanechnikov": (1 - squares / 5).clamp(min=0),
    }[kernel]
    return heights / heights.sum(-1, keepdim=True)


def left_out_errors(kernel, x, y, widths):
    """The mean squared error of predicting each measurement from all the others, for each width."""
    x, y, widths = double(x), double(y), double(widths)
    distances = (x[:, None] - x).abs().fill_diagonal_(math.inf) / widths[:, None, None]  # (widths, queries, keys)
    return ((kernel_weights(kernel, distances) * y).sum(-1) - y).square().mean(-1)


def pooling_shows(data, query, width, kernel, y):
    weights = kernel_weights(kernel, (double(data["x"]) - query).abs() / width)
    answer = (weights * double(y)).sum()
    errors = left_out_errors(kernel, data["x"], y, data["widths"])
    return {"weights": None if answer.isnan() else weights, "answer": answer, "leftOut": errors}


def learning_shows(data, step):
    x, width = double(data["x"]), data["widths"][step]
    weights = torch.exp(-(((x - x[0]) / width) ** 2) / 2)
    return {"width": width, "loss": data["losses"][step], "weights": weights / weights.sum()}


def sharpness_shows(data, power, draw, divide):
    scores = double(data["scores"][draw][power])
    return {"weights": torch.softmax(scores / (1 if divide == "nothing" else math.sqrt(2**power)), dim=0)}


def alignment_shows(data, example, character):
    weights = double(data["weights"][example])  # (characters of the answer, characters of the line)
    return {"weights": weights[character]}


# What its sentence says, apart from names: numbers, in this order.


def says_the_best(data, state, shown):
    even = max(shown["weights"]) - min(shown["weights"]) < 1e-9
    return [] if even else [max(shown["weights"])]


def says_the_cell(data, state, shown):
    return [state["query"], state["key"], shown["weight"], shown["sum"]]


def says_the_answer(data, state, shown):
    return [state["query"]] + ([shown["answer"], max(shown["weights"])] if shown["weights"] else [])


def says_the_step(data, state, shown):
    return [state["step"], shown["width"], shown["loss"]]


def says_the_features(data, state, shown):
    return [2 ** state["power"], max(shown["weights"]), shown["weights"].index(max(shown["weights"]))]


def says_the_character(data, state, shown):
    return [state["character"] + 1, shown["weights"].index(max(shown["weights"])) + 1, max(shown["weights"])]


@dataclass
class Case:
    make: Callable  # a figure, of made-up data where it needs some
    state: dict  # how it begins, something else that is allowed, and how to choose any
    controls: dict  # the label of each native control, and what it moves
    shows: Callable
    says: Callable


def among(*words):
    return lambda choose: choose.choice(words)


def up_to(last):
    return lambda choose: choose.randint(0, last)


def between(low, high):
    return lambda choose: choose.uniform(low, high)


def times(low, high):
    return lambda choose: low * (high / low) ** choose.random()


def made(seed):
    return torch.Generator().manual_seed(seed)


X = torch.linspace(0.2, 4.9, 12, dtype=torch.float64) + 0.1 * torch.rand(12, generator=made(1), dtype=torch.float64)
Y = 2 * X.sin() + X**0.8 + 0.3 * torch.randn(12, generator=made(2), dtype=torch.float64)
MATRICES = torch.softmax(torch.randn(2, 3, 4, generator=made(3), dtype=torch.float64), dim=-1)
WRITTEN, ANSWERS = ["3 May", "注意 24.", "x"], ["0305", "0024", "????"]
ALIGNED = [torch.softmax(3 * torch.randn(4, len(line), generator=made(4)), dim=-1) for line in WRITTEN]
WIDTHS, LOSSES = [1.0, 0.8, 0.6, 0.5, 0.45], [0.9, 0.7, 0.55, 0.5, 0.49]

KERNELS = ("gaussian", "boxcar", "triangular", "epanechnikov")
TASKS = ("nothing in particular", "numbers", "pictures", "something tall")

CASES = {
    "Shelf": Case(
        explorables.Shelf,
        {
            "task": ("nothing in particular", "numbers", among(*TASKS)),
            "strength": (4.0, 2.5, between(0, 6)),
            "salience": (1.0, 0.0, between(0, 2)),
        },
        {"You look for": "task", "Strength of the wish": "strength", "Weight of salience": "salience"},
        shelf_shows,
        says_the_best,
    ),
    "SoftLookup": Case(
        explorables.SoftLookup,
        {
            "x": (0.6, -1.5, between(-1.5, 1.5)),
            "y": (0.5, 1.5, between(-1.5, 1.5)),
            "temperature": (0.5, 0.01, times(0.01, 10)),
        },
        {"Query, to the right": "x", "Query, upwards": "y", "Temperature": "temperature"},
        lookup_shows,
        says_the_best,
    ),
    "HeatmapReader": Case(
        partial(explorables.HeatmapReader, MATRICES, ["one", "two"]),
        {
            "panel": (0, 1, up_to(1)),
            "query": (0, 2, up_to(2)),
            "key": (0, 3, up_to(3)),
            "scale": ("shared", "panel", among("shared", "panel")),
        },
        {"Scale of the colours": "scale"},
        reader_shows,
        says_the_cell,
    ),
    "Pooling": Case(
        lambda y=Y, **state: explorables.Pooling(X, y, **state),
        {
            "query": (2.5, 0.0, between(0, 5)),
            "width": (0.5, 0.05, times(0.05, 3)),
            "kernel": ("gaussian", "boxcar", among(*KERNELS)),
            "y": (Y.tolist(), Y.flip(0).tolist(), lambda choose: [choose.uniform(0, 5) for _ in Y]),
        },
        {"Query": "query", "Width": "width", "Kernel": "kernel"},
        pooling_shows,
        says_the_answer,
    ),
    "Learning": Case(
        partial(explorables.Learning, X, Y, WIDTHS, LOSSES),
        {"step": (0, 4, up_to(4))},
        {"Step of the training": "step"},
        learning_shows,
        says_the_step,
    ),
    "Sharpness": Case(
        explorables.Sharpness,
        {
            "power": (6, 10, up_to(10)),
            "draw": (0, 7, up_to(7)),
            "divide": ("nothing", "the root of d", among("nothing", "the root of d")),
        },
        {"Features d": "power", "Another draw": "draw", "Scores divided by": "divide"},
        sharpness_shows,
        says_the_features,
    ),
    "Alignment": Case(
        partial(explorables.Alignment, WRITTEN, ANSWERS, ALIGNED),
        {"example": (0, 1, up_to(2)), "character": (0, 3, up_to(3))},
        {"Date": "example", "Character of the answer": "character"},
        alignment_shows,
        says_the_character,
    ),
}
# Sliders on which equal ways multiply equally, and between what.
LOGARITHMIC = {"temperature": (0.01, 10.0), "width": (0.05, 3.0)}

every_figure = pytest.mark.parametrize("name", CASES)


def plain(value):
    """Of a tensor or a number, what JSON can say; None for NaN."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def shown_by(name, data, state):
    return {quantity: plain(value) for quantity, value in CASES[name].shows(data, **state).items()}


def agree(found, expected, tolerance=1e-6):
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(partial(agree, tolerance=tolerance), found, expected))
    return found is expected if expected is None or found is None else abs(found - expected) <= tolerance


def is_one_sentence(text):
    return bool(re.fullmatch(r"[A-Za-z].*[^.]\.", text)) and not re.search(r"[.!?]\s", text)


# In Python


@pytest.fixture(autouse=True, scope="module")
def one_look_at_the_shelf():
    """The picture is always the same, and its salience takes a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("paying_attention.explorables.shelf.salience_map", cache(salience_map))
        yield


def test_every_figure_is_tested():
    assert set(CASES) == set(explorables.__all__)


@pytest.mark.parametrize(("name", "trait"), [(name, trait) for name in CASES for trait in CASES[name].state])
def test_the_state_is_read_and_set(name, trait):
    default, other, _ = CASES[name].state[trait]
    figure = CASES[name].make()
    assert getattr(figure, trait) == default
    setattr(figure, trait, other)
    assert getattr(figure, trait) == other
    assert getattr(CASES[name].make(**{trait: other}), trait) == other
    # Another of the same kind has a state of its own.
    assert getattr(CASES[name].make(), trait) == default


@every_figure
def test_all_of_the_state_is_tested(name):
    kind = getattr(explorables, name)
    assert set(CASES[name].state) == set(kind.class_trait_names(sync=True)) - set(Explorable.class_trait_names())


@pytest.mark.parametrize(
    ("name", "trait", "value", "expected", "came"),
    [
        ("Shelf", "strength", 6.01, "from 0 to 6", "6.01"),
        ("Shelf", "strength", -0.01, "from 0 to 6", "-0.01"),
        ("Shelf", "strength", math.nan, "from 0 to 6", "nan"),
        ("Shelf", "salience", math.inf, "from 0 to 2", "inf"),
        ("Shelf", "salience", "much", "float", "'much'"),
        ("Shelf", "task", "dragons", "'numbers', 'pictures'", "'dragons'"),
        ("Shelf", "task", None, "'numbers', 'pictures'", "None"),
        ("SoftLookup", "x", 1.51, "from -1.5 to 1.5", "1.51"),
        ("SoftLookup", "y", [0.5], "float", "list"),
        ("SoftLookup", "temperature", 0.0, "from 0.01 to 10", "0.0"),
        ("SoftLookup", "temperature", math.nan, "from 0.01 to 10", "nan"),
        ("HeatmapReader", "panel", 2, "whole number from 0 to 1", "2 came"),
        ("HeatmapReader", "query", -1, "whole number from 0 to 2", "-1"),
        ("HeatmapReader", "key", 4, "whole number from 0 to 3", "4 came"),
        ("HeatmapReader", "key", 1.0, "whole number from 0 to 3", "1.0"),
        ("HeatmapReader", "key", True, "whole number from 0 to 3", "True"),
        ("HeatmapReader", "scale", "both", "'shared', 'panel'", "'both'"),
        ("Pooling", "query", 5.1, "from 0 to 5", "5.1"),
        ("Pooling", "query", math.nan, "from 0 to 5", "nan"),
        ("Pooling", "width", 0.04, "from 0.05 to 3", "0.04"),
        ("Pooling", "width", 3.5, "from 0.05 to 3", "3.5"),
        ("Pooling", "kernel", "cosine", "'gaussian', 'boxcar', 'triangular', 'epanechnikov'", "'cosine'"),
        ("Pooling", "y", [1.0] * 11, "12 numbers", "11 came"),
        ("Pooling", "y", [1.0] * 11 + [math.nan], "y", "NaN"),
        ("Pooling", "y", 3.0, "12 numbers", "1 came"),
        ("Pooling", "y", "high", "numbers", "'high'"),
        ("Learning", "step", 5, "whole number from 0 to 4", "5 came"),
        ("Learning", "step", 1.5, "whole number from 0 to 4", "1.5"),
        ("Sharpness", "power", 11, "whole number from 0 to 10", "11 came"),
        ("Sharpness", "draw", -1, "whole number from 0 to 7", "-1"),
        ("Sharpness", "divide", "d", "'nothing', 'the root of d'", "'d'"),
        ("Alignment", "example", 3, "whole number from 0 to 2", "3 came"),
        ("Alignment", "example", "3 May", "whole number from 0 to 2", "'3 May'"),
        ("Alignment", "character", 4, "whole number from 0 to 3", "4 came"),
        ("Alignment", "character", -1, "whole number from 0 to 3", "-1"),
    ],
)
def test_a_state_that_cannot_be_is_refused(name, trait, value, expected, came):
    figure = CASES[name].make()
    before = getattr(figure, trait)
    for attempt in (partial(setattr, figure, trait), lambda value: CASES[name].make(**{trait: value})):
        with pytest.raises(traitlets.TraitError) as refusal:
            attempt(value)
        for part in (trait, expected, came):
            assert part in str(refusal.value)
        if trait == "y" and name == "Pooling":  # as an argument it is not state yet, but data
            break
    assert getattr(figure, trait) == before


NAN = [math.nan, 1.0]


def aligned(answers, *weights):
    return explorables.Alignment(["xy"] * len(answers), answers, weights)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: explorables.Pooling(X, Y[:11]), ValueError, "same length, at least 2; 12 and 11 came"),
        (lambda: explorables.Pooling([1.0], [1.0]), ValueError, "at least 2; 1 and 1 came"),
        (lambda: explorables.Pooling([1.0, 2.0], NAN), ValueError, "NaN"),
        (lambda: explorables.Pooling([math.inf, 1.0], [1.0, 2.0]), ValueError, "infinity"),
        (lambda: explorables.Learning(X, Y[:11], WIDTHS, LOSSES), ValueError, "12, 11, 5 and 5 came"),
        (lambda: explorables.Learning(X, Y, WIDTHS, LOSSES[:4]), ValueError, "12, 12, 5 and 4 came"),
        (lambda: explorables.Learning(X, Y, [], []), ValueError, "12, 12, 0 and 0 came"),
        (lambda: explorables.Learning([1.0, 2.0], NAN, [1.0], [1.0]), ValueError, "y holds NaN"),
        (lambda: explorables.Learning([1.0], [1.0], [1.0, 1.0], NAN), ValueError, "losses holds NaN"),
        (lambda: explorables.Learning(X, Y, [0.5, -0.25], [1.0, 1.0]), ValueError, "positive.* -0.25"),
        (lambda: explorables.HeatmapReader(MATRICES, ["one"]), ValueError, "2 are expected, 1 came"),
        (lambda: explorables.HeatmapReader(MATRICES, "ab"), ValueError, "single text 'ab'"),
        (lambda: explorables.HeatmapReader(MATRICES - 1, ["one", "two"]), ValueError, "negative; the smallest.* -0"),
        (lambda: explorables.HeatmapReader(MATRICES.log() * math.inf, ["one", "two"]), ValueError, "infinity in 24"),
        (lambda: explorables.HeatmapReader(MATRICES[0, 0], ["one"]), ValueError, r"\(4,\) came"),
        (lambda: explorables.HeatmapReader(MATRICES[:, None], ["one"]), ValueError, "2 rows came"),
        (lambda: explorables.HeatmapReader([["a"]], ["one"]), TypeError, "real numbers"),
        (lambda: explorables.Alignment(WRITTEN, ANSWERS[:2], ALIGNED), ValueError, "same length.* 3, 2 and 3 came"),
        (lambda: explorables.Alignment([], [], []), ValueError, "at least 1; 0, 0 and 0 came"),
        (lambda: aligned(["ab", "abc"], [[1.0, 0.0]] * 2, [[1.0, 0.0]] * 3), ValueError, r"one length; \[2, 3\] came"),
        (lambda: aligned(["ab"], [[1.0, 0.0]]), ValueError, r"'xy' need shape \(2, 2\).* \(1, 2\) came"),
        (lambda: aligned(["a"], [NAN]), ValueError, "'xy' hold NaN"),
        (lambda: aligned(["a"], [[2.0, -1.0]]), ValueError, "'xy' hold.* negative"),
    ],
)
def test_data_that_cannot_be_drawn_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@every_figure
def test_python_computes_what_the_definitions_say(name):
    choose = random.Random(name)
    out_of_reach = 0
    figure = CASES[name].make()
    for _ in range(40):
        state = {trait: any_of(choose) for trait, (_, _, any_of) in CASES[name].state.items()}
        for trait, value in state.items():
            setattr(figure, trait, value)
        expected = shown_by(name, figure._data, state)
        if name == "HeatmapReader":
            found = {"weight": figure.weight, "sum": figure.row_sum, "limits": expected["limits"]}
        elif name == "Learning":
            found = {"width": figure.width, "loss": figure.loss, "weights": figure.weights[0]}
            assert agree(figure.weights.sum(1).tolist(), [1.0] * 12)
        elif name == "Pooling":
            (expected["leftOut"],) = plain(left_out_errors(state["kernel"], X, state["y"], [state["width"]]))
            found = {}
            for quantity, attribute in (("weights", "weights"), ("answer", "answer"), ("leftOut", "leave_one_out")):
                if expected[quantity] is None:
                    out_of_reach += 1
                    found[quantity] = None
                    with pytest.raises(ValueError, match="out of reach"):
                        getattr(figure, attribute)
                else:
                    found[quantity] = getattr(figure, attribute)
        else:
            found = {quantity: getattr(figure, quantity) for quantity in expected}
        for quantity in expected:
            assert agree(plain(found[quantity]), expected[quantity], 1e-9), (quantity, state)
    assert (out_of_reach > 0) == (name == "Pooling")


@pytest.mark.parametrize(("task", "feature"), [("numbers", "numbers"), ("something tall", "tall")])
def test_the_shelf_is_the_one_of_the_toolbox(task, feature):
    figure = explorables.Shelf(task=task, strength=3.0, salience=0.7)
    scene = shelf()
    query = 3.0 * (double([name == feature for name in scene.key_names]))
    bias = 0.7 * salience_shares(salience_map(scene.image), scene.boxes).double().log()
    weights = pooling.masked_softmax((bias + scene.keys.double() @ query)[None])[0]
    assert torch.allclose(figure.weights.double(), weights, atol=1e-6)
    assert figure._data["names"] == scene.names


def test_the_heights_of_points_may_be_a_tensor():
    figure = CASES["Pooling"].make()
    figure.y = Y.float() + 1
    assert agree(figure.y, (Y + 1).tolist())
    assert figure.answer == pytest.approx(CASES["Pooling"].make().answer + 1)


def words_in(svg):
    return " ".join("".join(text.itertext()) for text in ElementTree.fromstring(svg).iterfind(".//{*}text"))


NOTHING_IN_REACH = {"kernel": "boxcar", "width": 0.05, "query": 0.0}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        *((partial(CASES["Shelf"].make, task=task), ["Poems", task]) for task in ("numbers", "nothing in particular")),
        (partial(CASES["Shelf"].make, salience=0.0), ["Probability"]),
        *((partial(CASES["SoftLookup"].make, temperature=t), ["violet", f"{t:.2f}"]) for t in (0.01, 10.0)),
        *((partial(CASES["HeatmapReader"].make, scale=s), ["one", "two", "Queries"]) for s in ("shared", "panel")),
        (lambda: explorables.HeatmapReader(torch.zeros(2, 3, 4), ["one", "two"]), ["two"]),
        *(
            (
                partial(CASES["Pooling"].make, kernel=kernel, width=width, query=5.0),
                [kernel, f"{width:.2f}", "leave-one-out"],
            )
            for kernel, width in zip(KERNELS, (0.4, 0.05, 3.0, 0.4), strict=True)
        ),
        (partial(CASES["Pooling"].make, **NOTHING_IN_REACH), ["boxcar"]),
        # At no width is anything in reach of the other; and all heights are the same.
        (lambda: explorables.Pooling([0.0, 50.0], [1.0, 1.0], **NOTHING_IN_REACH), ["boxcar"]),
        *((partial(CASES["Learning"].make, step=step), [f"step {step}", "loss"]) for step in (0, 4)),
        (lambda: explorables.Learning([1.0, 2.0], [1.0, 1.0], [0.5], [0.0]), ["step 0"]),
        *((partial(CASES["Sharpness"].make, divide=d), ["key 15"]) for d in ("nothing", "the root of d")),
        *((partial(CASES["Alignment"].make, example=i), [*line, "Keys"]) for i, line in enumerate(WRITTEN)),
    ],
)
def test_a_still_has_words_and_is_the_same_twice(make, words):
    windows, look = plt.get_fignums(), dict(plt.rcParams)
    figure = make()
    still = figure.still()
    assert all(word in words_in(still) for word in words)
    size = ElementTree.fromstring(still).attrib
    assert (size["width"], size["height"]) == ("504pt", f"{72 * figure.height:g}pt")
    assert still == make().still()
    # Nothing stays behind for the reader's own figures.
    assert plt.get_fignums() == windows
    assert dict(plt.rcParams) == look


@every_figure
def test_a_still_follows_the_state(name):
    figure = CASES[name].make()
    stills = {figure.still()}
    for trait, (_, other, _) in CASES[name].state.items():
        # A place that is pointed at is not marked in the still.
        if trait not in {"HeatmapReader": ("panel", "query", "key"), "Alignment": ("character",)}.get(name, ()):
            setattr(figure, trait, other)
            stills.add(figure.still())
    assert len(stills) == {"HeatmapReader": 2, "Alignment": 2}.get(name, 1 + len(CASES[name].state))


@every_figure
def test_a_notebook_gets_the_widget_and_its_still(name):
    figure = CASES[name].make()
    data, _ = figure._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    assert data["image/svg+xml"] == figure.still()


# What the build makes of it


def build(models, marks):
    """What is written into a page that shows these models, those among them that are marked."""
    script = SimpleNamespace(attributes={"type": figures.STATE, "body": json.dumps({"state": models})})
    others = [SimpleNamespace(attributes={"src": "book.js"}), "plain.js"]
    body = "".join(f'<p>{number}</p><script>{{"model_id": "{mark}"}}</script>' for number, mark in enumerate(marks))
    context = {"script_files": [others[0], script, others[1]], "body": body}
    app = SimpleNamespace(env=SimpleNamespace(metadata={}))
    figures.tidy_state(app, "chapters/made-up", "page.html", context, None)
    assert context["script_files"] == [others[0], script, others[1]]
    return script.attributes["body"], context["body"]


def made_up_models():
    """Two figures and what else a notebook's widgets leave behind, under random names."""
    names = [uuid.uuid4().hex for _ in range(5)]
    own = {"_model_name": "AnyModel", "_view_count": None, "_dom_classes": [], "_anywidget_id": "a.B", "tabbable": None}
    models = {
        names[0]: {"model_module": "@jupyter-widgets/base", "state": {"_model_name": "LayoutModel"}},
        names[1]: {
            "model_module": "anywidget",
            "state": {**own, "layout": f"IPY_MODEL_{names[0]}", "_esm": "'</script>'", "_css": "", "width": 0.5},
        },
        names[2]: {"model_module": "@jupyter-widgets/controls", "state": {"value": 3}},
        names[3]: {"model_module": "@jupyter-widgets/base", "state": {"_model_name": "LayoutModel"}},
        names[4]: {
            "model_module": "anywidget",
            "state": {
                **own,
                "layout": f"IPY_MODEL_{names[3]}",
                "_esm": "",
                "_css": "",
                "word": "注意",
                "tooltip": None,
            },
        },
    }
    return models, [names[4], names[1], names[4]]


def test_two_builds_give_a_page_the_same_names():
    state, body = build(*made_up_models())
    assert (state, body) == build(*made_up_models())
    assert not HEX.search(state + body)
    assert "</script>" not in state
    assert json.loads(state) == {
        "figure-1": {"_esm": "'</script>'", "_css": "", "width": 0.5},
        "figure-2": {"_esm": "", "_css": "", "word": "注意"},
    }
    assert re.findall(r'"model_id": "([^"]+)"', body) == ["figure-2", "figure-1", "figure-2"]


def embedded(html):
    """The state of the figures of a page."""
    found = re.search(
        r'<script[^>]*type="application/vnd\.jupyter\.widget-state\+json"[^>]*>(.*?)</script>', html, re.S
    )
    return json.loads(found[1]) if found else {}


def name_of(state):
    """Which figure has a state like this."""
    own = set(state) - {"_data", "_esm", "_css"}
    (name,) = [name for name, case in CASES.items() if set(case.state) == own]
    return name


PAGES = {path.relative_to(SITE).as_posix(): path.read_text("utf-8") for path in sorted(SITE.rglob("*.html"))}
FOUND = {page: states for page, html in PAGES.items() if (states := embedded(html))}
# The first figure of each page. The address of the site shows what the introduction shows: one of them will do.
PLACED = [(page, name_of(states["figure-1"])) for page, states in FOUND.items() if page != "index.html"]
PAGE_OF = {name: page for page, name in PLACED if page.startswith("chapters/")}

every_place = pytest.mark.parametrize(("page", "name"), PLACED)
every_kind = pytest.mark.parametrize("name", PAGE_OF)
by_hand_or_finger = pytest.mark.parametrize("hand", ["mouse", "touch"])


def test_every_figure_is_on_a_page():
    assert set(PAGE_OF) == set(CASES)
    assert set(FOUND) == {page for page, _ in PLACED} | {"index.html"}
    assert FOUND["index.html"] == FOUND["intro.html"]


@every_place
def test_a_page_carries_a_figure_with_its_picture_and_nothing_random(page, name):
    html = PAGES[page]
    state = FOUND[page]["figure-1"]
    # What is tested is what is in the repository.
    assert state["_esm"] == getattr(explorables, name)._esm
    assert state["_css"] == getattr(explorables, name)._css
    assert set(state) == set(CASES[name].state) | {"_data", "_esm", "_css"}
    marks = re.findall(r'widget-view\+json">(.*?)</script>', html)
    assert [json.loads(mark)["model_id"] for mark in marks] == list(FOUND[page])
    assert not HEX.search(re.sub(r"https?://\S+", "", html))


# In a browser


@pytest.fixture
def visit(browser, server):
    """Opens pages. Whatever the browser complains of, and any request to elsewhere, fails the test in the end."""
    complaints, contexts = [], []

    def visit(page, base=server, lives=True, html=None, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        own = (base, "data:", "blob:") if base.startswith("http") else ("file:", "data:", "blob:")
        tab.on("request", lambda request: None if request.url.startswith(own) else complaints.append(request.url))
        tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        if html is not None:  # instead of what the site has there
            tab.route(f"{base}/{page}", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        tab.goto(f"{base}/{page}")
        if lives:
            expect(tab.locator(".explorable").first).to_have_class(re.compile(r"\balive\b"))
        return tab

    visit.complaints = complaints
    yield visit
    for context in contexts:
        context.close()
    assert not complaints


def figure_of(tab, number=0):
    """The live figure, within sight."""
    figure = tab.locator(".pa-figure").nth(number)
    figure.scroll_into_view_if_needed()
    return figure


# Put every control at a share of its way, and tell the figure as a hand would.
SET = """(figure, shares) => [...figure.querySelectorAll("input, select")].forEach((control, i) => {
  const range = control.type === "range";
  if (range) control.value = Number(control.min) + shares[i] * (control.max - control.min);
  else control.selectedIndex = Math.min(Math.floor(shares[i] * control.length), control.length - 1);
  control.dispatchEvent(new Event(range ? "input" : "change", { bubbles: true }));
})"""

LOOK = """(figure) => ({
  dataset: { ...figure.dataset },
  sentence: figure.querySelector(".pa-seen").textContent,
  spoken: figure.querySelector("[role=status]").textContent,
  controls: [...figure.querySelectorAll("input, select")].map((control) => ({
    label: control.labels[0].firstChild.textContent,
    value: control.value,
    ...Object.fromEntries(["min", "max", "step"].map((name) => [name, Number(control[name])])),
    text: control.labels[0].querySelector("output")?.textContent,
    spoken: control.getAttribute("aria-valuetext"),
  })),
  bars: [...figure.querySelectorAll(".pa-bars li")].map((bar) => ({
    name: bar.querySelector(".pa-name").textContent,
    number: bar.querySelector(".pa-number").textContent,
    share: bar.querySelector(".pa-fill").getBoundingClientRect().width
      / bar.querySelector(".pa-track").getBoundingClientRect().width,
  })),
  limits: [...figure.querySelectorAll(".pa-bar + .pa-caption")].map((caption) => caption.textContent),
  answer: figure.querySelector(".pa-swatch > :last-child")?.style.background,
  letters: [...figure.querySelectorAll(".pa-line")].map((line) => [...line.children].map((letter) => ({
    text: letter.textContent,
    ground: letter.style.background,
    pressed: letter.getAttribute("aria-pressed"),
  }))),
})"""


def states_by_the_controls(name, look):
    """What the figure's native controls say about its state."""
    state = {}
    for control in look["controls"]:
        trait = CASES[name].controls[control["label"]]
        if control["text"] is None:
            state[trait] = control["value"]
        elif trait in LOGARITHMIC:
            low, high = LOGARITHMIC[trait]
            share = (float(control["value"]) - control["min"]) / (control["max"] - control["min"])
            state[trait] = low * (high / low) ** share
        elif isinstance(CASES[name].state[trait][0], int):
            state[trait] = int(control["value"])
        else:
            state[trait] = float(control["value"])
    return state


def written(text, number):
    """Whether a text gives the number, rounded to the digits that it has."""
    return abs(float(text) - number) <= 0.5 * 10 ** -len(text.partition(".")[2]) + 1e-9


def check_after_a_control(name, state, look, *moved):
    """Check a figure of which controls have been moved, all of them or these. Return its state; `state` was before."""
    says = states_by_the_controls(name, look)
    state = {**state, **{trait: says[trait] for trait in moved or says}}
    check(name, state, look)
    return state


def check(name, state, look):
    """Whether all that a figure shows is what torch computes for its state."""
    data, state = state["_data"], {trait: state[trait] for trait in CASES[name].state}
    expected = shown_by(name, data, state)
    for quantity, number in expected.items():
        found = json.loads(look["dataset"].get(quantity, "null"))
        assert agree(found, number), (quantity, state, found, number)

    for control in look["controls"]:
        trait = CASES[name].controls[control["label"]]
        if control["text"] is None:
            assert control["value"] == state[trait]
            continue
        if name == "Alignment":  # to readers, the first is 1
            assert (
                control["text"]
                == {
                    "example": f"{state['example'] + 1} of {len(data['written'])}",
                    "character": str(state["character"] + 1),
                }[trait]
            )
        else:
            assert written(control["text"], 2 ** state[trait] if trait == "power" else state[trait]), control
        assert control["spoken"] == control["text"]
        place = state[trait]
        if trait in LOGARITHMIC:
            low, high = LOGARITHMIC[trait]
            place = control["min"] + (control["max"] - control["min"]) * math.log(place / low) / math.log(high / low)
        assert abs(place - float(control["value"])) <= control["step"] / 2 + 1e-9

    assert is_one_sentence(look["sentence"]), look["sentence"]
    sentence = look["sentence"]
    if name == "HeatmapReader":
        title = data["titles"][state["panel"]]
        assert sentence.startswith(title)
        sentence = sentence.removeprefix(title)
    if name == "Alignment":
        line, digit = data["written"][state["example"]], data["answers"][state["example"]][state["character"]]
        best = line[expected["weights"].index(max(expected["weights"]))]
        assert f"of the answer, {digit}, looks" in sentence
        assert f"of the line, {'a space' if best == ' ' else best}, with" in sentence
        sentence = sentence.replace(f", {digit}, looks", "").replace(f", {best}, with", "")
    said = re.findall(r"-?\d+(?:\.\d+)?", sentence)
    numbers = CASES[name].says(data, state, expected)
    assert len(said) == len(numbers), look["sentence"]
    assert all(map(written, said, numbers)), (look["sentence"], numbers)

    for bar, weight in zip(look["bars"], expected["weights"] if look["bars"] else [], strict=True):
        assert written(bar["number"], weight), bar
        assert bar["share"] == pytest.approx(weight, abs=0.01)
    if name in ("Shelf", "SoftLookup"):
        assert [bar["name"] for bar in look["bars"]] == data["names"]
        best = [each for each in data["names"] if each in look["sentence"]]
        assert len(best) == len(numbers)
        assert all(expected["weights"][data["names"].index(each)] == max(expected["weights"]) for each in best)
    if name == "Alignment":
        read, given = look["letters"]
        assert "".join(letter["text"] for letter in read) == line.replace(" ", "\u00a0")
        for letter, weight in zip(read, expected["weights"], strict=True):
            assert agree([int(channel) for channel in re.findall(r"\d+", letter["ground"])], reds(weight), 2)
        assert "".join(letter["text"] for letter in given) == data["answers"][state["example"]]
        pressed = [letter["pressed"] for letter in given]
        assert pressed == [str(i == state["character"]).lower() for i in range(len(given))]
    if name == "SoftLookup":
        channels = [float(channel) / 255 for channel in re.findall(r"[\d.]+", look["answer"])]
        assert agree(channels, expected["answer"], 0.003), look["answer"]
    if name == "HeatmapReader":
        assert all(written(text.split()[-1], top) for text, top in zip(look["limits"], expected["limits"], strict=True))


def centre(place, across=0.5, down=0.5):
    box = place.bounding_box()
    return [box["x"] + across * box["width"], box["y"] + down * box["height"]]


@pytest.mark.parametrize("place", ["server", "folder"])
@every_place
def test_a_figure_computes_as_torch_does(visit, server, page, name, place):
    tab = visit(page, base=server if place == "server" else SITE.as_uri())
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    choose = random.Random(page)
    count = len(CASES[name].controls)
    settings = [[0.0] * count, [1.0] * count] + [[choose.random() for _ in range(count)] for _ in range(28)]
    seen = set()
    check(name, state, figure.evaluate(LOOK))
    if name != "HeatmapReader":
        move_and_look = f"(figure, all) => all.map((shares) => {{ ({SET})(figure, shares); return ({LOOK})(figure); }})"
        looks = figure.evaluate(move_and_look, settings)
    for i, shares in enumerate(settings):
        if name == "HeatmapReader":
            for trait, kind in (("panel", "panels"), ("query", "queries"), ("key", "keys")):
                state[trait] = choose.randrange(state["_data"][kind])
            cell = cell_of(figure, state, state["panel"], state["query"], state["key"])
            tab.mouse.move(*centre(cell, choose.uniform(0.06, 0.92), choose.uniform(0.06, 0.92)))
            figure.evaluate(SET, shares)
        look = figure.evaluate(LOOK) if name == "HeatmapReader" else looks[i]
        reached = check_after_a_control(name, state, look)
        if shares in settings[:2]:  # the ends of all that can be moved, and no nearer
            for trait, (low, high) in LOGARITHMIC.items():
                assert reached.get(trait, low) in (pytest.approx(low), pytest.approx(high))
        seen.add(json.dumps(look["dataset"]))
    assert len(seen) > 20


@every_place
def test_a_figure_speaks_once_when_it_comes_to_rest(visit, page, name):
    tab = visit(page)
    figure = figure_of(tab)
    status = figure.get_by_role("status")
    assert status.count() == 1
    expect(status).to_have_text(figure.evaluate(LOOK)["sentence"])
    count = len(CASES[name].controls)
    before, after, spoken = figure.evaluate(
        f"""async (figure, shares) => {{
          const status = figure.querySelector("[role=status]");
          const before = status.textContent;
          const spoken = [];
          const read = () => spoken.push(status.textContent);
          new MutationObserver(read).observe(status, {{ childList: true, characterData: true, subtree: true }});
          for (const share of shares) ({SET})(figure, Array({count}).fill(share));
          const after = status.textContent;
          await new Promise((said) => {{
            const look = () => spoken.length ? setTimeout(said, 600) : setTimeout(look, 20);
            look();
          }});
          return [before, after, spoken];
        }}""",
        [0.1, 0.9, 0.2, 0.7, 0.99],
    )
    assert after == before
    assert spoken == [figure.evaluate(LOOK)["sentence"]]
    # What was spoken is also to be seen, and not to be heard a second time.
    assert figure.locator(".pa-seen").is_visible()
    assert figure.locator(".pa-seen").get_attribute("aria-hidden") == "true"
    assert figure.get_attribute("aria-label")


@every_place
def test_reset_brings_everything_back(visit, page, name):
    tab = visit(page)
    figure = figure_of(tab)
    before = figure.evaluate(LOOK)
    figure.evaluate(SET, [0.93] * len(CASES[name].controls))
    if name == "HeatmapReader":
        figure.get_by_role("application").last.press("ArrowDown")
    if name == "Pooling":
        drag_by_mouse(tab, centre(figure.locator(".pa-point").nth(7)), centre(figure.locator(".pa-plot").first))
    away = figure.evaluate(LOOK)
    assert away["dataset"] != before["dataset"]
    figure.get_by_role("button", name="Reset").click()
    expect(figure.get_by_role("status")).to_have_text(before["sentence"])
    assert figure.evaluate(LOOK) == before | {"spoken": before["sentence"]}


@every_kind
def test_the_same_figure_twice_shares_nothing(visit, name):
    page = PAGE_OF[name]
    states = FOUND[page]
    tab = visit(page, html=with_figures(PAGES[page], states | {"figure-2": states["figure-1"]}))
    expect(tab.locator(".pa-figure")).to_have_count(2)
    count = len(CASES[name].controls)

    def both():
        return [tab.locator(".pa-figure").nth(number).evaluate(LOOK)["dataset"] for number in (0, 1)]

    for mine, other in ((0, 1), (1, 0)):
        before = both()
        moved = figure_of(tab, mine)
        moved.evaluate(SET, [0.6 + 0.3 * mine] * count)
        if name == "Pooling":
            point = moved.locator(".pa-point").nth(3)
            drag_by_mouse(tab, centre(point), (centre(point)[0], centre(point)[1] - 40))
        after = both()
        assert after[mine] != before[mine]
        assert after[other] == before[other]
    tab.locator(".pa-figure").nth(1).get_by_role("button", name="Reset").click()
    assert both() == [after[0], before[1]]


# Moved by mouse and by finger


def drag_by_mouse(tab, begin, *ways):
    tab.mouse.move(*begin)
    tab.mouse.down()
    for way in ways:
        tab.mouse.move(*way, steps=4)
    tab.mouse.up()


def drag_by_finger(tab, begin, *ways):
    fingers = tab.context.new_cdp_session(tab)

    def touch(kind, *points):
        places = [{"x": x, "y": y} for x, y in points]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", begin)
    for way in ways:
        for share in (0.25, 0.5, 0.75, 1):
            touch("touchMove", [a + share * (b - a) for a, b in zip(begin, way, strict=True)])
        begin = way
    touch("touchEnd")
    fingers.detach()


DRAG = {"mouse": drag_by_mouse, "touch": drag_by_finger}
SCREEN = {"mouse": {}, "touch": {"has_touch": True, "is_mobile": True, "viewport": {"width": 390, "height": 844}}}


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
        check("SoftLookup", {"_data": data, **exact}, look)
        assert data["names"][i] in look["sentence"]
    # Let go, it stays; dragged off the picture, it stops at the edge.
    tab.mouse.move(*centre(figure))
    assert figure.evaluate(LOOK) == look | {"spoken": figure.evaluate(LOOK)["spoken"]}
    x, y = centre(handle)
    DRAG[hand](tab, (x, y), (x, centre(figure.locator("svg"), down=0)[1] - 20), (4, y))
    assert figure.evaluate(LOOK)["controls"][0]["text"] == "-1.50"
    assert tab.evaluate("scrollY") == scrolled


def uncovered(points, begins):
    """The first point from a number on that no other lies over."""
    return points.evaluate_all(
        """(points, begins) => points.findIndex((point, i) => {
          if (i < begins) return false;
          point.scrollIntoView({ block: "center" });
          const { left, top, width, height } = point.getBoundingClientRect();
          return document.elementFromPoint(left + width / 2, top + height / 2) === point;
        })""",
        begins,
    )


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
        DRAG[hand](tab, (x, y), *((x + 30, y + way) for way in ways))
        # Where it lies on the axis is its new height; it cannot leave the plot, nor its place along x.
        drawn = float(points.nth(i).get_attribute("cy"))
        height = data["bottom"] + (data["top"] - data["bottom"]) * (drawn - begin) / (end - begin)
        assert abs(height - state["y"][i]) > 0.1
        assert data["bottom"] - 1e-9 <= height <= data["top"] + 1e-9
        state["y"] = [height if j == i else each for j, each in enumerate(state["y"])]
        check("Pooling", state, figure.evaluate(LOOK))
        assert tab.evaluate("scrollY") == scrolled
    assert state["y"][i] == pytest.approx(data["top"])
    look = figure.evaluate(LOOK)
    assert look["dataset"]["weights"] == before["dataset"]["weights"]
    assert look["dataset"]["answer"] != before["dataset"]["answer"]


def cell_of(figure, state, panel, query, key):
    return figure.get_by_role("application").nth(panel).locator("rect").nth(query * state["_data"]["keys"] + key)


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
                drag_by_finger(tab, centre(panel_box), place)
            state |= {"panel": panel, "query": query, "key": key}
            check("HeatmapReader", state, figure.evaluate(LOOK))
            assert f"query {query}, key {key}" in figure.evaluate(LOOK)["sentence"]
        # The frame lies around the cell.
        here = panel_box.locator(".pa-here")
        assert here.is_visible()
        assert agree(centre(here), centre(cell_of(figure, state, panel, query, key)), 1)
        assert figure.locator(".pa-here:visible").count() == 1


@by_hand_or_finger
@every_place
def test_sliders_are_pulled(visit, page, name, hand):
    tab = visit(page, **SCREEN[hand])
    figure = figure_of(tab)
    state = FOUND[page]["figure-1"]
    for slider in figure.get_by_role("slider").all():
        moved = CASES[name].controls[slider.evaluate("(slider) => slider.labels[0].firstChild.textContent")]
        slider.scroll_into_view_if_needed()
        for begin, end in ((0.1, 0.3), (0.2, 0.8)):
            before = figure.evaluate(LOOK)["dataset"]
            DRAG[hand](tab, centre(slider, begin), centre(slider, end))
            share = slider.evaluate("({ value, min, max }) => (value - min) / (max - min)")
            assert share == pytest.approx(end, abs=0.06)
            state = check_after_a_control(name, state, figure.evaluate(LOOK), moved)
            # A shelf without a wish looks the same however strong that is.
            assert figure.evaluate(LOOK)["dataset"] != before or page == "intro.html"


@by_hand_or_finger
def test_characters_are_pointed_at(visit, hand):
    page = PAGE_OF["Alignment"]
    tab = visit(page, **SCREEN[hand])
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    answer = state["_data"]["answers"][0]
    for character in (4, 0, len(answer) - 1, 5):
        letter = figure.get_by_role("button", name=f"character {character + 1} of the answer, {answer[character]}")
        if hand == "mouse":
            tab.mouse.move(*centre(letter))
        else:
            letter.tap()
        check("Alignment", state | {"character": character}, figure.evaluate(LOOK))


def test_characters_are_chosen_by_keys(visit):
    page = PAGE_OF["Alignment"]
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    letters = figure.locator(".pa-line button")
    letters.nth(2).focus()
    for key, character in (("Enter", 2), ("Tab", 2), ("Space", 3), ("Shift+Tab", 3), ("Enter", 2)):
        tab.keyboard.press(key)
        check("Alignment", state | {"character": character}, figure.evaluate(LOOK))
    # Whoever has chosen one is still there, even when the window changes its width.
    tab.set_viewport_size({"width": 700, "height": 700})
    tab.evaluate("new Promise(requestAnimationFrame)")
    expect(letters.nth(2)).to_be_focused()


# Moved by keyboard


@every_place
def test_every_control_has_a_name_and_moves_by_keys(visit, page, name):
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    # Walk in from what comes before the figure, through it, and out.
    figure.evaluate(
        """(figure) => [...document.querySelectorAll("a[href], button, input, [tabindex]")]
          .filter((each) => each.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING)
          .filter((each) => each.checkVisibility()).at(-1).focus()"""
    )
    walked = []
    for _ in range(20):
        tab.keyboard.press("Tab")
        inside = figure.evaluate("(figure) => figure.contains(document.activeElement)")
        if inside:
            walked.append(tab.evaluate("document.activeElement.localName"))
            assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        elif walked:
            break
    expected = figure.locator("input, select, button, [tabindex]").evaluate_all(
        "(all) => all.map((one) => one.localName)"
    )
    assert walked == expected
    assert walked[-1] == "button"

    kinds = {"slider": 0, "combobox": 0}
    for label, trait in CASES[name].controls.items():
        role = "combobox" if isinstance(CASES[name].state[trait][0], str) else "slider"
        kinds[role] += 1
        control = figure.get_by_role(role, name=label, exact=True)
        control.focus()
        if role == "slider":
            places = {}
            for key in ("Home", "ArrowRight", "PageUp", "End", "ArrowLeft"):
                tab.keyboard.press(key)
                state = check_after_a_control(name, state, figure.evaluate(LOOK), trait)
                places[key] = state[trait]
            low, high = LOGARITHMIC.get(trait) or (float(control.get_attribute(end)) for end in ("min", "max"))
            assert places["Home"] == pytest.approx(low)
            assert low < places["ArrowRight"] < places["PageUp"]
            assert places["End"] == pytest.approx(high)
            assert places["PageUp"] < places["ArrowLeft"] < high
        else:
            for word in control.locator("option").all_inner_texts()[:-3:-1]:
                tab.keyboard.type(word)
                expect(control).to_have_value(word)
                state = check_after_a_control(name, state, figure.evaluate(LOOK), trait)
                assert state[trait] == word
                tab.wait_for_timeout(1100)  # after a second the browser begins a new word
    assert all(figure.get_by_role(role).count() == count for role, count in kinds.items())
    # What a page scrolls with moves the control alone.
    before = tab.evaluate("scrollY")
    figure.locator("input, select").first.focus()
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("scrollY") == before


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
            check("HeatmapReader", state, figure.evaluate(LOOK))
    # A chord is the browser's.
    tab.keyboard.press("Control+ArrowDown")
    check("HeatmapReader", state, figure.evaluate(LOOK))


# What is drawn

DRAWN = """(figure) => [...figure.querySelectorAll("svg.pa-plot")].map((plot) => {
  const numbers = (one, ...names) => names.map((name) => Number(one.getAttribute(name)));
  const [across, upwards] = plot.querySelectorAll(".pa-axes line");
  return {
    x: numbers(across, "x1", "x2"),
    y: numbers(upwards, "y1", "y2"),
    paths: [...plot.querySelectorAll("path")].map((path) => path.getAttribute("d").match(/[0-9.-]+/g).map(Number)),
    points: [...plot.querySelectorAll(".pa-point")].map((point) => numbers(point, "cx", "cy", "r")),
    dots: [...plot.querySelectorAll(".pa-answer")].map((dot) => numbers(dot, "cx", "cy")),
    lines: [...plot.querySelectorAll(".pa-asked")].map((line) => numbers(line, "x1", "x2")),
  };
})"""


def pairs(ones, others):
    return list(zip(ones, others, strict=True))


class Plot:
    """What is drawn in a plot, by the numbers along its axes; `close` is a pixel, in these."""

    def __init__(self, drawn, x, y):
        self.drawn, self.x, self.y = drawn, x, y
        self.close = [
            abs((high - low) / (drawn[axis][1] - drawn[axis][0]))
            for axis, (low, high) in zip("xy", (x, y), strict=True)
        ]

    def at(self, across, upwards):
        return [
            low + (high - low) * (place - begin) / (end - begin)
            for place, (low, high), (begin, end) in zip(
                (across, upwards), (self.x, self.y), (self.drawn["x"], self.drawn["y"]), strict=True
            )
        ]

    def path(self, number):
        numbers = self.drawn["paths"][number]
        return [self.at(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]

    def holds(self, found, expected):
        return len(found) > 0 and all(
            abs(one - other) <= close
            for pair in pairs(found, expected)
            for one, other, close in zip(*pair, self.close, strict=True)
        )


def test_a_pooling_is_drawn(visit):
    page = PAGE_OF["Pooling"]
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    data, y = state["_data"], double(state["y"])
    state = {trait: state[trait] for trait in CASES["Pooling"].state}
    for shares in ([0.31, 0.5, 0.0], [0.8, 0.3, 0.6]):
        figure.evaluate(SET, shares)
        state |= states_by_the_controls("Pooling", figure.evaluate(LOOK))
        plots = figure.evaluate(DRAWN)
        plot = Plot(plots[0], (data["low"], data["high"]), (data["bottom"], data["top"]))
        shown = shown_by("Pooling", data, state)
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


# Colours


def reds(share):
    return [round(255 * channel) for channel in matplotlib.colormaps["Reds"](share)[:3]]


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


def pixels(canvas):
    return canvas.evaluate(
        """(canvas) => {
          const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
          pen.drawImage(canvas, 0, 0);
          return [...pen.getImageData(0, 0, canvas.width, canvas.height).data];
        }"""
    )


def test_the_row_of_a_query_has_the_colours_of_its_weights(visit):
    page = PAGE_OF["Pooling"]
    tab = visit(page)
    figure = figure_of(tab)
    weights = double(json.loads(figure.get_attribute("data-weights")))
    data = pixels(figure.locator(".pa-strip"))
    for i, weight in enumerate((weights / weights.max()).tolist()):
        assert agree(data[4 * i : 4 * i + 3], reds(weight), 2)


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


# Without a script, on paper, on a small screen, in the dark


@every_place
def test_without_a_script_the_still_is_there(visit, page, name):
    tab = visit(page, lives=False, java_script_enabled=False)
    still = tab.locator(".explorable img")
    still.scroll_into_view_if_needed()
    assert still.is_visible()
    assert tab.locator(".pa-figure, .broken").count() == 0
    assert len(still.get_attribute("alt")) > 40
    box = still.bounding_box()
    width, height = (int(still.get_attribute(name)) for name in ("width", "height"))
    assert box["width"] == pytest.approx(width, rel=0.1)
    assert box["height"] / box["width"] == pytest.approx(height / width, rel=0.01)
    assert height == pytest.approx(getattr(explorables, name).height * 96, abs=1)
    tab.wait_for_function("(still) => still.complete && still.naturalWidth", arg=still.element_handle())


@every_place
def test_on_screens_the_live_figure_takes_the_place_of_the_still(visit, page, name):
    tab = visit(page)
    assert tab.locator(".explorable .live").is_visible()
    assert not tab.locator(".explorable img").is_visible()
    before = tab.evaluate("document.querySelector('.explorable').getBoundingClientRect().height")
    tab.evaluate("document.querySelector('.explorable').classList.remove('alive')")
    tab.evaluate("document.querySelector('.live').remove()")
    after = tab.evaluate("document.querySelector('.explorable').getBoundingClientRect().height")
    # Nothing below moves by more than a few lines when it does.
    assert abs(before - after) < 40


@every_place
def test_on_paper_the_still_is_there(visit, tmp_path, page, name):
    tab = visit(page)
    figure = figure_of(tab)
    sentences = [figure.evaluate(LOOK)["sentence"]]
    figure.evaluate(SET, [0.9] * len(CASES[name].controls))
    sentences.append(figure.evaluate(LOOK)["sentence"])
    path = tmp_path / "page.pdf"
    tab.pdf(path=path)
    paper = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(path).pages)
    paper = re.sub(r"\s+", "", paper)
    tab.emulate_media(media="print")
    still = tab.locator(".explorable img")
    assert still.is_visible()
    assert not tab.locator(".explorable .live").is_visible()
    drawing = ((SITE / page).parent / still.get_attribute("src")).resolve()
    for text in ElementTree.parse(drawing).iterfind(".//{*}text"):
        assert re.sub(r"\s+", "", "".join(text.itertext())) in paper
    for live in ("Reset", *sentences):
        assert re.sub(r"\s+", "", live) not in paper


@every_place
def test_a_small_screen_holds_a_figure(visit, page, name):
    tab = visit(page, viewport={"width": 360, "height": 640}, has_touch=True)
    figure = figure_of(tab)
    for width, share in ((360, 0.0), (360, 1.0), (320, 1.0), (320, 0.5)):
        tab.set_viewport_size({"width": width, "height": 640})
        figure.evaluate(SET, [share] * len(CASES[name].controls))
        tab.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        for control in figure.locator("input, select, button").all():
            box = control.bounding_box()
            assert box["height"] >= 24
            assert box["width"] >= 24
        parts = figure.locator(":not(option, .pa-spoken)").evaluate_all(
            "(all) => all.map((part) => part.getBoundingClientRect()).map(({ left, right }) => [left, right])"
        )
        assert min(left for left, _ in parts) >= 0
        assert max(right for _, right in parts) <= width


# The contrast of each text of a figure with what lies behind it, as drawn: colours are painted to be read.
CONTRASTS = """(figure) => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const painted = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return [...figure.querySelectorAll("*")]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
    .filter((one) => one.checkVisibility() && !one.matches("option, .pa-spoken"))
    .map((one) => {
      const grounds = [];
      for (let around = one; around; around = around.parentElement) {
        grounds.unshift(getComputedStyle(around).backgroundColor);
      }
      const style = getComputedStyle(one);
      const ink = one instanceof SVGElement ? style.fill : style.color;
      const lights = [grounds, [...grounds, ink]].map(painted).map(light);
      return [one.textContent, (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05)];
    });
}"""


@every_place
def test_texts_stand_out_from_the_page(visit, page, name):
    tab = visit(page)
    for colours in ("light", "dark"):
        tab.emulate_media(color_scheme=colours)
        ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (colours == "dark")
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            figure_of(tab).evaluate(SET, [share] * len(CASES[name].controls))
            contrasts = figure_of(tab).evaluate(CONTRASTS)
            assert len(contrasts) >= 5
            assert [text for text, contrast in contrasts if contrast < 4.5] == []


# Broken pages


def with_figures(html, states, marks=None):
    """A page that has these figures, one after the other, in the place of its own."""
    block = re.search(r'<div class="explorable.*?</script>\s*</div>', html, re.S)[0]
    blocks = "".join(block.replace("figure-1", mark) for mark in marks or states)
    html = html.replace(block, blocks)
    text = states if isinstance(states, str) else figures.embed(states)
    return re.sub(
        r"(widget-state\+json[^>]*>).*?(</script>)", lambda found: found[1] + text + found[2], html, flags=re.S
    )


def spoil(**changes):
    return lambda states: figures.embed({**states, "figure-1": states["figure-1"] | changes})


def spoil_code(old, new):
    def spoiled(states):
        code = states["figure-1"]["_esm"]
        assert code.count(old) == 1
        return spoil(_esm=code.replace(old, new))(states)

    return spoiled


# How the state is spoiled, and how many of the two figures live on.
SPOILED = {
    "state cut short": (lambda states: figures.embed(states)[:-3], 0),
    "state empty": (lambda states: "", 0),
    "state of another kind": (lambda states: "null", 0),
    "no such model": (lambda states: figures.embed({"figure-2": states["figure-2"]}), 1),
    "no code": (lambda states: figures.embed({**states, "figure-1": {"_data": {}}}), 1),
    "code that is no code": (spoil(_esm="function {"), 1),
    "code that throws": (spoil(_esm="throw new Error('at import')"), 1),
    "code without a figure": (spoil(_esm="export const nothing = 0"), 1),
    "drawing throws": (spoil(_esm="export default { render() { throw new Error('at once') } }"), 1),
    "drawing fails late": (spoil(_esm="export default { async render() { throw new Error('late') } }"), 1),
    "no data": (spoil(_data={}), 1),
    "some data gone": (spoil(_data={}), 1),
    "throws at the first update": (spoil_code("chart.show(weights);", "nonsense(weights);"), 1),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_broken_figure_shows_its_still_and_the_rest_lives(visit, how):
    page = PAGE_OF["SoftLookup"]
    other = FOUND[PAGE_OF["Pooling"]]["figure-1"]
    states = {"figure-1": FOUND[page]["figure-1"], "figure-2": other}
    spoiled, living = SPOILED[how]
    tab = visit(page, html=with_figures(PAGES[page], spoiled(states), marks=states), lives=False)
    places = tab.locator(".explorable")
    expect(places.locator(".broken")).to_have_count(2 - living)
    expect(tab.locator(".explorable.alive")).to_have_count(living)

    for place in places.all()[: 2 - living]:
        assert place.locator("img").is_visible()
        line = place.locator(".broken")
        assert line.is_visible()
        assert line.inner_text() == "This figure could not be brought to life. The picture shows how it begins."
        assert place.locator(".pa-figure, input, select, button").count() == 0
    if living:
        figure = figure_of(tab)
        figure.evaluate(SET, [0.3] * 3)
        check_after_a_control("Pooling", other, figure.evaluate(LOOK))
        assert not places.nth(1).locator("img").is_visible()
    # Time for whatever a half-drawn figure might still throw.
    tab.set_viewport_size({"width": 700, "height": 700})
    tab.evaluate("new Promise((wait) => setTimeout(wait, 500))")
    assert len(visit.complaints) <= 1
    assert not [said for said in visit.complaints if said.startswith("uncaught")]
    visit.complaints.clear()

    tab.set_viewport_size({"width": 1280, "height": 700})
    search = tab.locator("#contents input[type=search]")
    search.fill("salience")
    search.press("Enter")
    tab.wait_for_selector("#results li")


# In JupyterLab


def until(happens, what, seconds=30):
    """Wait until something is true; it may take the page or the kernel a while."""
    end = time.monotonic() + seconds
    while not (result := happens()):
        assert time.monotonic() < end, f"after {seconds} s: {what}"
        time.sleep(0.05)
    return result


class Lab:
    """A JupyterLab of its own, which sees nothing of the reader's, and notebooks in it with their kernels."""

    def __init__(self, home, browser):
        self.home, self.browser = home, browser
        self.token = secrets.token_hex(16)
        (home / "notebooks").mkdir()
        settings = home / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        quiet = {"fetchNews": "false", "checkForUpdates": False}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))

    @contextmanager
    def running(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folders = {f"JUPYTER_{kind}_DIR": kind.lower() for kind in ("CONFIG", "DATA", "RUNTIME")}
        folders |= {f"JUPYTERLAB_{kind}_DIR": kind.lower() for kind in ("SETTINGS", "WORKSPACES")}
        folders |= {"HOME": "", "IPYTHONDIR": "ipython"}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
        command += [f"--port={port}", f"--IdentityProvider.token={self.token}", "--ServerApp.root_dir=notebooks"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY_"))}
        environment |= {name: str(self.home / folder) for name, folder in folders.items()}
        with open(self.home / "log", "w") as log:
            process = subprocess.Popen(command, cwd=self.home, env=environment, stdout=log, stderr=log)
            try:
                told = self.home / "runtime" / f"jpserver-{process.pid}.json"
                until(lambda: told.exists() or process.poll() is not None, "no JupyterLab", 60)
                assert told.exists(), (self.home / "log").read_text()
                self.address = json.loads(until(told.read_text, "nothing said"))["url"]
                yield self
            finally:
                process.terminate()
                process.wait(30)

    @contextmanager
    def opened(self, name):
        """A notebook, run from top to bottom, in a tab, with its kernel to talk to."""
        wish = {"path": name, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        request = urllib.request.Request(
            f"{self.address}api/sessions",
            json.dumps(wish).encode(),
            {"Authorization": f"token {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            kernel = json.load(answer)["kernel"]["id"]
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        client = BlockingKernelClient(connection_file=str(self.home / "runtime" / f"kernel-{kernel}.json"))
        try:
            client.load_connection_file()
            client.start_channels()
            client.wait_for_ready(60)
            tab = context.new_page()
            tab.set_default_timeout(60_000)
            # In a workspace of its own, where no other notebook is still open.
            tab.goto(f"{self.address}lab/workspaces/{Path(name).stem}/tree/{name}?token={self.token}")
            tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            tab.get_by_role("menuitem", name="Run", exact=True).click()
            tab.get_by_text("Run All Cells", exact=True).click()
            tab.locator(".pa-figure").first.wait_for()
            yield tab, partial(ask, client), partial(tell, client)
        finally:
            client.stop_channels()
            context.close()


def tell(client, code, **expressions):
    """Run code in the kernel; return what expressions are after it."""
    for _ in range(100):
        reply = client.execute_interactive(
            code, silent=True, user_expressions=expressions, timeout=60, output_hook=lambda _: None
        )["content"]
        # An exercise that is not done yet raises an error, and the kernel drops what waits behind it.
        if reply["status"] != "aborted":
            break
        time.sleep(0.1)
    assert reply["status"] == "ok", reply
    return reply["user_expressions"]


def ask(client, question):
    """What an expression is in the kernel."""
    answer = tell(client, "", it=question)["it"]
    assert answer["status"] == "ok", answer
    return ast.literal_eval(answer["data"]["text/plain"])


@pytest.fixture(scope="module")
def lab(browser, tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab"), browser).running() as lab:
        yield lab


class Shared:
    """A figure that a page and a kernel share, under the name of a variable."""

    def __init__(self, name, figure, ask, variable):
        self.name, self.figure, self.ask, self.variable = name, figure, ask, variable
        self.data = ask(f"{{name: value for name, value in {variable}._data.items() if name != 'image'}}")

    def settled(self, as_wished=lambda state: True, seconds=30):
        """The state in Python, once it is as wished and the page shows it."""
        end = time.monotonic() + seconds
        while True:
            state = self.ask(f"{self.variable}.get_state({list(CASES[self.name].state)})")
            try:
                assert as_wished(state)
                check(self.name, {"_data": self.data, **state}, self.figure.evaluate(LOOK))
                return state
            except AssertionError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)


def test_a_chapter_in_jupyterlab_and_its_kernel_share_a_figure(lab):
    (chapter,) = [path for path in (ROOT / "chapters").glob("*.ipynb") if "= Pooling(" in path.read_text("utf-8")]
    shutil.copy(chapter, lab.home / "notebooks")
    variable = re.search(r"(\w+) = Pooling\(", chapter.read_text("utf-8"))[1]
    with lab.opened(chapter.name) as (tab, ask, tell):
        figure = figure_of(tab)
        shared = Shared("Pooling", figure, ask, variable)
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
import torch
from IPython.display import display
from paying_attention.explorables import *

matrices = torch.softmax(torch.arange(24.0).sin().reshape(2, 3, 4), dim=-1)
x = torch.linspace(0.2, 4.9, 8)
shown = dict(
    Shelf=Shelf(), SoftLookup=SoftLookup(), HeatmapReader=HeatmapReader(matrices, ["one", "two"]),
    Learning=Learning(x, x.sin(), [1.0, 0.8, 0.6, 0.5, 0.4], [0.9, 0.7, 0.5, 0.4, 0.4]), Sharpness=Sharpness(),
    Alignment=Alignment(["3 May", "注意 24.", "x"], ["0305", "0024", "????"], [torch.eye(4, n) for n in (5, 6, 1)]),
)
display(*shown.values())
"""


def test_every_other_figure_lives_in_jupyterlab(lab):
    code = {"cell_type": "code", "execution_count": None, "id": "all", "metadata": {}, "outputs": []}
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook = {"cells": [code | {"source": NOTEBOOK}], "metadata": {"kernelspec": kernel}}
    notebook |= {"nbformat": 4, "nbformat_minor": 5}
    (lab.home / "notebooks" / "all.ipynb").write_text(json.dumps(notebook))
    names = [name for name in CASES if name != "Pooling"]
    with lab.opened("all.ipynb") as (tab, ask, tell):
        expect(tab.locator(".pa-figure")).to_have_count(len(names))
        assert ask("list(shown)") == names
        for number, name in enumerate(names):
            figure = figure_of(tab, number)
            shared = Shared(name, figure, ask, f"shown[{name!r}]")
            begin = shared.settled()
            for trait, (_, other, _) in CASES[name].state.items():
                tell(f"{shared.variable}.{trait} = {other!r}")
                shared.settled(lambda state, trait=trait, other=other: state[trait] == other)
            figure.get_by_role("button", name="Reset").press("Enter")
            shared.settled(lambda state, begin=begin: state == begin)
            for control in figure.locator("input, select").all():
                control.press("End")
                begin = shared.settled(lambda state, begin=begin: state != begin)
            if name == "HeatmapReader":
                figure.get_by_role("application").last.press("ArrowDown")
                shared.settled(lambda state: (state["panel"], state["query"]) == (1, 1))
