"""Numbers that a chapter says of what no cell prints as a number: of the toolbox, of another chapter, of its own lists.

Each is counted or computed here from the thing itself. A test fails where the thing has changed and the sentence has
not, or the sentence alone, or where it has left the text, so that its line here goes too.
"""

import ast
import math
import re

import pytest
import quotes
import torch

from paying_attention.salience import orientation_energy

CHAPTERS = {chapter.path.stem[:2]: chapter for chapter in quotes.chapters()}
N = r"([\w-]+)"


def cell(chapter, name):
    return next(cell for cell in CHAPTERS[chapter].cells if cell.id == name)


def printed(chapter, name):
    return [line for output in cell(chapter, name).outputs for line in output.get("text", "").splitlines()]


def defined(chapter, *names):
    """How many functions or classes cells define."""
    kinds = ast.FunctionDef | ast.ClassDef
    return sum(isinstance(node, kinds) for name in names for node in ast.parse(cell(chapter, name).source).body)


def constant(chapter, name, variable):
    """What a cell assigns to a name, if it is written out there."""
    for node in ast.parse(cell(chapter, name).source).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == variable:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{name} has no {variable}")


def result(chapter, place):
    return quotes.value_of(CHAPTERS[chapter].number_at(place))


def fates():
    """The table of chapter 06: a way, and what becomes of a query in each precision."""
    return [line.rsplit(None, 3) for line in printed("06", "empty-table")[1:]]


def widths_tried():
    return result("04", "code leave-one-out 3")


def loudest(angle):
    """Which of the four channels stripes excite that change along a direction, in degrees."""
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    across = x * math.cos(math.radians(angle)) + y * math.sin(math.radians(angle))
    energy = orientation_energy((1 + torch.cos(2 * math.pi * across / 10)) / 2)
    return energy[:, 16:48, 16:48].mean(dim=(1, 2)).argmax().item()


def banks():
    """How many sentences of chapter 10 come before the first about money, and how many from there on."""
    lines = cell("10", "senses").source.split('"""')[1].splitlines()
    first = next(n for n, line in enumerate(lines) if "loan" in line)
    return [first, len(lines) - first]


# A chapter, what it says, with a group for each number, and what those numbers are.
SAID = [
    ("05", rf"In chapter 04 we chose the width by trying {N} of them", lambda: [widths_tried()]),
    ("05", rf"where trying {N} widths led in chapter 04", lambda: [widths_tried()]),
    (
        "05",
        rf"{N} times that of the curve in chapter 04",
        lambda: [round(result("05", "self 3") / result("04", "leave-one-out 2"))],
    ),
    (
        "06",
        rf"Here are {N} ways to forbid all five keys, in {N} precisions",
        lambda: [len(fates()), len(printed("06", "empty-table")[0].split())],
    ),
    ("06", rf"{N} different answers\.", lambda: [len({word for _, *row in fates() for word in row})]),
    ("06", rf"libraries give {N} different ones", lambda: [len({word for _, *row in fates() for word in row})]),
    ("06", rf"Here are {N} functions for attention", lambda: [defined("06", "lab", "lab-more")]),
    ("06", rf"until all {N} pass", lambda: [defined("06", "lab", "lab-more")]),
    ("07", rf"There are {N} ways of writing a date", lambda: [len(printed("07", "practised"))]),
    ("07", rf"{N} more forms are kept back", lambda: [len(printed("07", "held-out"))]),
    (
        "07",
        rf"{N} practised forms, {N} that were held out",
        lambda: [len(printed("07", "practised")), len(printed("07", "held-out"))],
    ),
    ("10", rf"which of these {N} questions will be answered wrongly", lambda: [len(printed("10", "shelf")) - 1]),
    ("10", rf"{N} questions prove little", lambda: [len(constant("10", "shelf", "QUESTIONS"))]),
    (
        "10",
        rf"{N} men's and {N} women's words",
        lambda: [len(constant("10", "pronoun-sentences", name)) for name in ("MEN", "WOMEN")],
    ),
    (
        "10",
        rf"is right in half of the {N}, as a coin",
        lambda: [2 * len(constant("10", "it", "PAIRS").split("\n")[1:-1])],
    ),
    ("10", rf"All 72 heads for {N} sentences", lambda: [len(constant("10", "browse", "CHOSEN"))]),
    ("10", rf"{N} sentences have a bank by the water, {N} one with money", banks),
]


def said(chapter, pattern):
    text = " ".join(" ".join(text.split()) for _, _, text in CHAPTERS[chapter].texts())
    (found,) = re.finditer(pattern, text)
    return [quotes.value_of(number) for number in found.groups()]


@pytest.mark.parametrize(("chapter", "pattern", "counted"), SAID, ids=[f"{s[0]} {s[1][:40]}" for s in SAID])
def test_what_is_counted_is_as_many_as_the_text_says(chapter, pattern, counted):
    assert said(chapter, pattern) == counted()


def test_the_filters_of_chapter_01_have_the_directions_that_it_names():
    angles = said("01", r"small striped filters, at (\d+), (\d+), (\d+) and (\d+) degrees")
    assert [loudest(angle) for angle in angles] == [0, 1, 2, 3]
    assert {loudest(angle + 10) for angle in angles} == {0, 1, 2, 3}
