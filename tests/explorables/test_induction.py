"""The network of two layers that is asked, switched off in parts, and given exchanged notes.

A test fails where the figure shows other weights or probabilities than torch's own layers give, where a letter is not
chosen by the hand that points at it, or where what is typed is not read or not refused.
"""

import base64
import gzip
import json
import random
from functools import partial
from types import SimpleNamespace

import pytest
import torch
import traitlets
from every_figure import EveryFigure, among, up_to
from live_figure import LOOK, SCREEN, agree, by_hand_or_finger, centre, double, figure_of, reds
from placed import FOUND, PAGE_OF
from playwright.sync_api import expect

from paying_attention import explorables
from paying_attention.heads import MultiHeadAttention, causal_mask

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
OFF = {
    "nothing": (),
    "layer 1, head 1": (0,),
    "layer 1, head 2": (1,),
    "all of layer 1": (0, 1),
    "layer 2, head 1": (2,),
    "layer 2, head 2": (3,),
    "all of layer 2": (2, 3),
}


def network(seed=0, d=8, places=9, layers=2, heads=2):
    torch.manual_seed(seed)
    return SimpleNamespace(
        letters=torch.nn.Embedding(26, d),
        places=torch.randn(places, d),
        layers=[MultiHeadAttention(d, heads) for _ in range(layers)],
        out=torch.nn.Linear(d, 26, bias=False),
    )


def with_nan():
    broken = network()
    broken.places[3, 2] = float("nan")
    return broken


def tensors_of(data):
    """The numbers of the network, read from the page's data six bits at a time."""
    bits = "".join(f"{byte:08b}" for byte in base64.b64decode(data["numbers"], validate=True))
    numbers = [int(bits[i : i + 6], 2) - 32 for i in range(0, len(bits), 6)]
    d, places, tensors = data["d"], data["places"], []
    for rows, step in zip([26, places, *[d] * 8, 26], data["steps"], strict=True):
        tensors.append(step * double(numbers[: rows * d]).view(rows, d))
        numbers = numbers[rows * d :]
    assert not numbers
    return tensors


def asked(data, text, place, off, one, other):
    """Probabilities of all letters, and what the four heads look at, by the toolbox's own layers."""
    letters, places, *matrices, out = tensors_of(data)
    stream = letters[[LETTERS.index(letter) for letter in text]] + places[: len(text)]
    looks = []
    for i in (0, 1):
        layer = MultiHeadAttention(data["d"], 2).double()
        for name, matrix in zip(("w_q", "w_k", "w_v", "w_o"), matrices[4 * i : 4 * i + 4], strict=True):
            getattr(layer, name).weight = torch.nn.Parameter(matrix)
        _, weights = layer(stream, stream, stream, causal_mask(len(text)))
        adds = layer.contributions(weights, stream)  # (heads, n, d)
        added = sum((adds[head] for head in (0, 1) if 2 * i + head not in OFF[off]), torch.zeros_like(stream))
        if i == 0:
            order = list(range(len(text)))
            order[one], order[other] = other, one
            added = added[order]
        stream = stream + added
        looks += [weights[0, place].detach(), weights[1, place].detach()]
    return (stream[place] @ out.T).softmax(dim=0).detach(), torch.stack(looks)


class TestInduction(EveryFigure):
    name = "Induction"
    make = staticmethod(lambda **state: explorables.Induction(network(), **state))
    state = {
        "text": ("ABCDABC", "XYZXYZX", among("ABCDABC", "HELLOHELL", "AAAAAAA")),
        "place": (0, 6, up_to(6)),
        "off": ("nothing", "all of layer 1", among(*OFF)),
        "one": (0, 1, up_to(6)),
        "other": (0, 3, up_to(6)),
    }
    controls = {
        "Letter that asks": "place",
        "Switched off": "off",
        "Exchange the note at": "one",
        "with the note at": "other",
    }
    refused = [
        ("text", "", "1 to 9 letters from A to Z", "''"),
        ("text", "ABCDEFGHIJ", "1 to 9 letters", "'ABCDEFGHIJ'"),
        ("text", "Abc", "from A to Z", "'Abc'"),
        ("text", "A B", "from A to Z", "'A B'"),
        ("place", 7, "whole number from 0 to 6", "7 came"),
        ("one", -1, "whole number from 0 to 6", "-1"),
        ("other", 1.0, "whole number from 0 to 6", "1.0"),
        ("off", "layer 3", "'nothing', 'layer 1, head 1'", "'layer 3'"),
    ]
    undrawable = [
        (lambda: explorables.Induction(network(layers=1)), ValueError, r"two layers of two heads.* \[2\]"),
        (lambda: explorables.Induction(network(heads=4)), ValueError, r"\[4, 4\]"),
        (lambda: explorables.Induction(with_nan()), ValueError, "NaN"),
        (
            lambda: explorables.Induction(SimpleNamespace(**vars(network()) | {"places": torch.randn(9, 4)})),
            ValueError,
            r"\(9, 4\) came",
        ),
    ]
    stills = [
        (partial(explorables.Induction, network(), place=5, off="layer 2, head 1"), ["letter 6, B, asks", "layer 2"]),
        (partial(explorables.Induction, network(), one=1, other=4), ["notes 2 and 5 exchanged"]),
    ]
    in_notebook = (
        "Induction(SimpleNamespace(letters=torch.nn.Embedding(26, 4), places=torch.randn(12, 4), "
        "layers=[SimpleNamespace(heads=2, **{f'w_{part}': torch.nn.Linear(4, 4) for part in 'qkvo'})] * 2, "
        "out=torch.nn.Linear(4, 26)))"
    )

    @staticmethod
    def shows(data, **state):
        probabilities, looks = asked(data, **state)
        return {"weights": probabilities.topk(3).values, "looks": looks}  # the bars are the three likeliest letters

    def computed(self, figure, quantity):
        return figure.probabilities.topk(3).values if quantity == "weights" else figure.looks

    def says(self, data, state, shown):
        return [state["place"] + 1, shown["weights"][0]]

    def written_as(self, trait, data, state):
        return f"{state[trait] + 1}, {state['text'][state[trait]]}"

    def check_more(self, data, state, shown, look):
        best = [LETTERS[i] for i in asked(data, **state)[0].topk(3).indices]
        assert [bar["name"] for bar in look["bars"]] == best
        assert f", {state['text'][state['place']]}, asks" in look["sentence"]
        assert f"likeliest next letter is {best[0]}," in look["sentence"]
        chosen, *lines = look["letters"]
        assert "".join(letter["text"] for letter in chosen) == state["text"]
        for line, weights in zip(lines, shown["looks"], strict=True):
            assert "".join(letter["text"] for letter in line) == state["text"]
            for letter, weight in zip(line, weights, strict=True):
                found = [
                    int(channel) for channel in letter["ground"].removeprefix("rgb(")[:-1].replace(",", " ").split()
                ]
                assert agree(found, reds(weight), 2)


FIGURE = TestInduction()


def test_each_number_is_kept_to_half_a_step_of_its_tensor():
    net = network()
    matrices = [getattr(layer, name).weight for layer in net.layers for name in ("w_q", "w_k", "w_v", "w_o")]
    for kept, own in zip(
        tensors_of(FIGURE.make()._data), [net.letters.weight, net.places, *matrices, net.out.weight], strict=True
    ):
        largest = own.abs().max().item()
        torch.testing.assert_close(kept, own.double(), rtol=0, atol=largest / 62 + 1e-9)
        assert agree(kept.abs().max().item(), largest, 1e-6)


def test_what_the_page_carries_for_it_is_small():
    states = FOUND[PAGE_OF["Induction"]]["figure-1"]
    assert len(gzip.compress(json.dumps(states).encode())) < 40_000


def test_a_shorter_text_brings_the_places_along():
    figure = FIGURE.make(place=6, one=5, other=2)
    figure.text = "ABCD"
    assert (figure.place, figure.one, figure.other) == (3, 3, 2)
    with pytest.raises(traitlets.TraitError, match="from 0 to 3"):
        figure.place = 4


def test_a_hundred_lines_are_answered_in_the_browser_as_by_torch(visit):
    page = PAGE_OF["Induction"]
    tab = visit(page)
    figure = figure_of(tab)
    data = FOUND[page]["figure-1"]["_data"]
    choose = random.Random(9)
    words = ["".join(choose.choice(LETTERS) for _ in range(choose.randint(1, data["places"]))) for _ in range(100)]
    looks = figure.evaluate(
        f"""(figure, words) => words.map((word) => {{
          const area = figure.querySelector("textarea");
          area.value = word;
          area.dispatchEvent(new Event("input", {{ bubbles: true }}));
          return ({LOOK})(figure);
        }})""",
        words,
    )
    for word, look in zip(words, looks, strict=True):
        FIGURE.check(
            {"_data": data, "text": word, "place": len(word) - 1, "off": "nothing", "one": 0, "other": 0}, look
        )


@by_hand_or_finger
def test_a_letter_is_pointed_at(visit, hand):
    page = PAGE_OF["Induction"]
    tab = visit(page, **SCREEN[hand])
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    letters = figure.locator(".pa-choose")
    for place in (4, 0, len(state["text"]) - 1):
        letters.nth(place).scroll_into_view_if_needed()
        (tab.mouse.click if hand == "mouse" else tab.touchscreen.tap)(*centre(letters.nth(place)))
        FIGURE.check(state | {"place": place}, figure.evaluate(LOOK))
        assert "pa-chosen" in letters.nth(place).get_attribute("class")
        assert figure.locator(".pa-chosen").count() == 1


def test_letters_are_typed_and_others_refused(visit):
    page = PAGE_OF["Induction"]
    tab = visit(page)
    figure = figure_of(tab)
    state = dict(FOUND[page]["figure-1"])
    area, refusal = figure.get_by_role("textbox"), figure.get_by_role("alert")
    area.fill("")
    expect(refusal).to_have_text("Type at least one letter.")
    FIGURE.check(state, figure.evaluate(LOOK))
    area.press_sequentially("banab")
    expect(refusal).to_have_text("")
    state |= {"text": "BANAB", "place": 4}
    FIGURE.check(state, figure.evaluate(LOOK))
    for key, said in (("3", "3 came"), ("Space", "a space came")):
        area.press(key)
        expect(refusal).to_contain_text(said)
        FIGURE.check(state, figure.evaluate(LOOK))
        area.press("Backspace")
        expect(refusal).to_have_text("")
    area.press("Enter")
    FIGURE.check(state, figure.evaluate(LOOK))
    figure.get_by_role("button", name="Reset").click()
    expect(area).to_have_value(FOUND[page]["figure-1"]["text"])
    # What is refused is taken back as well.
    area.press("3")
    expect(refusal).to_contain_text("3 came")
    figure.get_by_role("button", name="Reset").click()
    expect(refusal).to_have_text("")
    expect(area).to_have_value(FOUND[page]["figure-1"]["text"])
