"""Tests of causality that readers may write, and which layers the check says they judge wrongly.

A test fails where the check lets one pass that a broken layer gets past or that refuses a right one, or where it names
another layer. What the layers themselves depend on is found here by gradients, a way that no answer takes.
"""

import math

import pytest
import torch

from paying_attention.checks import scoring_functions

CAUSAL, BROKEN = scoring_functions._CAUSAL, scoring_functions._NOT_CAUSAL


def moves(layer, lines=2, n=6, line=0, i=0, by=1.0):
    """Which answers move with token i of a line: (lines, n)."""
    tokens = torch.randn(lines, n, 4, generator=torch.Generator().manual_seed(n))
    changed = tokens.clone()
    changed[line, i] += by
    return (layer(changed) - layer(tokens)).abs().amax(-1) > 1e-6


def good(layer, lengths=(1, 6, 13), lines=2, itself=True):
    for n in lengths:
        for i in range(n):
            moved = moves(layer, lines, n, i=i)
            if moved[0, :i].any() or moved[1:].any() or (itself and not moved[0, i]):
                return False
    return True


def by_gradients(layer):
    for n in (3, 8):
        tokens = torch.randn(2, n, 4, generator=torch.Generator().manual_seed(n))
        found = torch.autograd.functional.jacobian(layer, tokens).abs().sum((2, 5))  # (2, n, 2, n)
        seen = found > 1e-7
        allowed = torch.einsum("ab,ij->aibj", torch.eye(2), torch.ones(n, n).tril()).bool()
        if (seen & ~allowed).any() or not torch.einsum("aiai->ai", seen.int()).all():
            return False
    return True


def with_nan(layer):
    tokens = torch.randn(2, 9, 4, generator=torch.Generator().manual_seed(0))
    changed = tokens.clone()
    changed[0, -1] = math.nan
    return bool(torch.equal(layer(tokens)[0, :-1], layer(changed)[0, :-1])) and good(layer)


WRONG = {
    "nothing is refused": (lambda layer: True, [], list(BROKEN)),
    "all is refused": (lambda layer: False, list(CAUSAL), []),
    "turned round": (lambda layer: not good(layer), list(CAUSAL), list(BROKEN)),
    "the length of the example": (
        lambda layer: good(layer, lengths=(6,)),
        [],
        ["the mask is right for the length of the example only"],
    ),
    "short lines": (
        lambda layer: good(layer, lengths=(1, 3)),
        [],
        ["the mask is right for the length of the example only"],
    ),
    "one line": (lambda layer: good(layer, lines=1), [], ["one line of the batch sees another"]),
    "a token need not see itself": (
        lambda layer: good(layer, itself=False),
        [],
        ["the diagonal is lost"],
    ),
    "with NaN": (with_nan, ["PyTorch's own function with is_causal=True"], []),
}


@pytest.fixture
def said(told):
    return lambda answer: told("is_causal", answer)


@pytest.mark.parametrize("answer", [good, by_gradients, lambda layer: torch.tensor(good(layer))])
def test_a_test_that_tells_all_ten_apart_passes(said, answer):
    assert said(answer).startswith("Passed: is_causal lets three right layers")


@pytest.mark.parametrize("name", WRONG)
def test_the_check_names_each_layer_that_is_judged_wrongly_and_no_other(said, name):
    answer, refused, through = WRONG[name]
    sentence = said(answer)
    assert sentence.startswith("Not yet: ")
    for layers, wrong, words in (
        (CAUSAL, refused, "Of three right layers it refuses"),
        (BROKEN, through, "Of seven broken layers it lets"),
    ):
        assert (f"{words} {len(wrong)}" in sentence) == bool(wrong)
        named = [layer for layer in layers if layer in sentence]
        assert named == wrong
    assert sentence.endswith((CAUSAL | BROKEN)[(refused + through)[0]][1])


def test_the_ten_layers_are_what_they_are_called():
    assert len(CAUSAL) == 3
    assert len(BROKEN) == 7
    assert all(by_gradients(layer) for layer, _ in CAUSAL.values())
    assert not any(by_gradients(layer) for layer, _ in BROKEN.values())
    for layer, _ in (CAUSAL | BROKEN).values():
        assert layer(torch.ones(3, 5, 4)).shape == (3, 5, 4)
        assert layer(torch.ones(1, 1, 4)).isfinite().all()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "is_causal is to be a function, and NoneType came"),
        (True, "is_causal is to be a function, and bool came"),
        (lambda layer: None, "is_causal returned nothing yet"),
        (lambda layer: "yes", "is_causal is to return True or False, and str 'yes' came"),
        (lambda layer: torch.ones(2) > 0, "is_causal is to return True or False, and Tensor"),
        (lambda layer: layer(torch.ones(2, 6, 3)), "is_causal raised RuntimeError"),
        (lambda layer, tokens: True, "is_causal raised TypeError"),
    ],
)
def test_what_is_no_answer_is_told_in_words(said, answer, words):
    assert words in said(answer)
