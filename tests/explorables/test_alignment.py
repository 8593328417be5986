"""An alignment, read character by character.

A test fails where the figure shows another number than the definitions give,
or marks another character.
"""

import math
import re
from functools import partial

import torch
from every_figure import EveryFigure, up_to
from live_figure import LOOK, SCREEN, agree, by_hand_or_finger, centre, double, figure_of, reds
from measured import made
from placed import FOUND, PAGE_OF
from playwright.sync_api import expect

from paying_attention import explorables

NAN = [math.nan, 1.0]
WRITTEN, ANSWERS = ["3 May", "注意 24.", "x"], ["0305", "0024", "????"]
ALIGNED = [torch.softmax(3 * torch.randn(4, len(line), generator=made(4)), dim=-1) for line in WRITTEN]
make = partial(explorables.Alignment, WRITTEN, ANSWERS, ALIGNED)


def aligned(answers, *weights):
    return explorables.Alignment(["xy"] * len(answers), answers, weights)


class TestAlignment(EveryFigure):
    name = "Alignment"
    make = staticmethod(make)
    state = {"example": (0, 1, up_to(2)), "character": (0, 3, up_to(3))}
    controls = {"Date": "example", "Character of the answer": "character"}
    pointed_at = ("character",)
    refused = [
        ("example", 3, "whole number from 0 to 2", "3 came"),
        ("example", "3 May", "whole number from 0 to 2", "'3 May'"),
        ("character", 4, "whole number from 0 to 3", "4 came"),
        ("character", -1, "whole number from 0 to 3", "-1"),
    ]
    undrawable = [
        (lambda: explorables.Alignment(WRITTEN, ANSWERS[:2], ALIGNED), ValueError, "same length.* 3, 2 and 3 came"),
        (lambda: explorables.Alignment([], [], []), ValueError, "at least 1; 0, 0 and 0 came"),
        (lambda: aligned(["ab", "abc"], [[1.0, 0.0]] * 2, [[1.0, 0.0]] * 3), ValueError, r"one length; \[2, 3\] came"),
        (lambda: aligned(["ab"], [[1.0, 0.0]]), ValueError, r"'xy' need shape \(2, 2\).* \(1, 2\) came"),
        (lambda: aligned(["a"], [NAN]), ValueError, "'xy' hold NaN"),
        (lambda: aligned(["a"], [[2.0, -1.0]]), ValueError, "'xy' hold.* negative"),
    ]
    stills = [
        *((partial(make, example=i), [*line, "Keys"]) for i, line in enumerate(WRITTEN)),
    ]
    in_notebook = (
        'Alignment(["3 May", "注意 24.", "x"], ["0305", "0024", "????"], [torch.eye(4, n) for n in (5, 6, 1)])'
    )

    @staticmethod
    def shows(data, example, character):
        weights = double(data["weights"][example])  # (characters of the answer, characters of the line)
        return {"weights": weights[character]}

    def says(self, data, state, shown):
        return [state["character"] + 1, shown["weights"].index(max(shown["weights"])) + 1, max(shown["weights"])]

    def written_as(self, trait, data, state):
        """To readers, the first is 1."""
        if trait == "example":
            return f"{state['example'] + 1} of {len(data['written'])}"
        return str(state["character"] + 1)

    def spoken_as(self, trait, text, data, state):
        line, answer = data["written"][state["example"]], data["answers"][state["example"]]
        if trait == "example":
            return f"{text}: {line}"
        return f"{text}, {answer[state['character']]}, of the answer to {line}"

    def sentence(self, sentence, data, state, shown):
        line, digit = data["written"][state["example"]], data["answers"][state["example"]][state["character"]]
        best = line[shown["weights"].index(max(shown["weights"]))]
        assert f"of the answer, {digit}, looks" in sentence
        assert f"of the line, {'a space' if best == ' ' else best}, with" in sentence
        return sentence.replace(f", {digit}, looks", "").replace(f", {best}, with", "")

    def check_more(self, data, state, shown, look):
        read, given = look["letters"]
        assert "".join(letter["text"] for letter in read) == data["written"][state["example"]].replace(" ", "\u00a0")
        for letter, weight in zip(read, shown["weights"], strict=True):
            assert agree([int(channel) for channel in re.findall(r"\d+", letter["ground"])], reds(weight), 2)
        assert "".join(letter["text"] for letter in given) == data["answers"][state["example"]]
        pressed = [letter["pressed"] for letter in given]
        assert pressed == [str(i == state["character"]).lower() for i in range(len(given))]


FIGURE = TestAlignment()


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
        FIGURE.check(state | {"character": character}, figure.evaluate(LOOK))


def test_characters_are_chosen_by_keys(visit):
    page = PAGE_OF["Alignment"]
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    letters = figure.locator(".pa-line button")
    letters.nth(2).focus()
    for key, character in (("Enter", 2), ("Tab", 2), ("Space", 3), ("Shift+Tab", 3), ("Enter", 2)):
        tab.keyboard.press(key)
        FIGURE.check(state | {"character": character}, figure.evaluate(LOOK))
    # Whoever has chosen one is still there, even when the window changes its width.
    tab.set_viewport_size({"width": 700, "height": 700})
    tab.evaluate("new Promise(requestAnimationFrame)")
    expect(letters.nth(2)).to_be_focused()


def test_the_written_date_is_heard_as_one_line(visit):
    tab = visit(PAGE_OF["Alignment"])
    figure = figure_of(tab)
    for _ in range(3):
        line = "".join(figure.locator(".pa-line").first.locator(".pa-letter").all_text_contents()).replace(
            "\u00a0", " "
        )
        assert figure.get_by_role("img", name=f"Read: {line}", exact=True).count() == 1
        slider = figure.get_by_role("slider", name="Character of the answer")
        assert slider.get_attribute("aria-valuetext").endswith(f"of the answer to {line}")
        figure.get_by_role("slider", name="Date").press("ArrowRight")
