"""Answers to the exercises of chapter 03, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import math

import numpy as np
import torch
from every_check import EveryCheck, softmax

from paying_attention.checks import visualizing_attention


def limits_in_a_loop(matrices):
    low = high = 0.0
    for number in matrices.flatten().tolist():
        low, high = min(low, number), max(high, number)
    return [low, high]


def rows_that_sum_to_one(matrix):
    for row in matrix.tolist():
        if any(weight < 0 for weight in row) or not math.isclose(math.fsum(row), 1, abs_tol=1e-5):
            return False
    return True


TENSORS = {
    "colour_limits": 1,
    "are_weights": 1,
}
RIGHT = {
    "colour_limits": {
        "a loop and a list": limits_in_a_loop,
        "clamped, as a tensor": lambda m: torch.stack([m.min().clamp(max=0), m.max().clamp(min=0)]),
        "a zero among the numbers": lambda m: torch.cat([m.flatten(), torch.zeros(1)]).aminmax(),
        "NumPy": lambda m: np.array([min(0, m.numpy().min()), max(0, m.numpy().max())]),
        "one number that is a tensor": lambda m: (min(0, m.min().item()), max(torch.tensor(0.0), m.max())),
    },
    "are_weights": {
        "a loop over rows": rows_that_sum_to_one,
        "a tensor": lambda m: torch.isclose(m.sum(1), torch.tensor(1.0), atol=1e-4).all() & (m >= 0).all(),
        "NumPy's True": lambda m: np.all(m.numpy() >= 0) and np.all(np.abs(m.numpy().sum(1) - 1) < 1e-4),
        "1 for True": lambda m: int(bool((m >= 0).all() and (m.double().sum(1) - 1).abs().max() < 1e-4)),
    },
}
KNOWN = {
    "colour_limits": {
        "the smallest number": ("begin at 0", lambda m: (m.min(), m.max())),
        "the last panel, from 0": (
            "limits of the last panel",
            lambda m: [limits_in_a_loop(p) for row in m for p in row][-1],
        ),
        "the last panel": ("limits of the last panel", lambda m: [p.aminmax() for row in m for p in row][-1]),
        "0 to 1": ("0 to 1", lambda m: (0, 1)),
        "from 0 always": ("0 even where numbers are negative", lambda m: (0, m.max().item())),
        "no 0 at the top": ("It is 0 then", lambda m: (m.min().clamp(max=0), m.max())),
        "larger for smaller": ("Take the smaller one", lambda m: (max(0, m.min().item()), max(0, m.max().item()))),
        "symmetric": ("as far below 0", lambda m: [-np.abs(m.numpy()).max(), np.abs(m.numpy()).max()]),
        "upper end first": ("order", lambda m: limits_in_a_loop(m)[::-1]),
    },
    "are_weights": {
        "columns": ("columns", lambda m: rows_that_sum_to_one(m.T)),
        "negative numbers": ("negative", lambda m: np.allclose(m.numpy().sum(1), 1, atol=1e-4)),
        "no sums": ("each number alone", lambda m: all(0 <= number <= 1 for number in m.flatten().tolist())),
        "no sums, nothing negative": ("each number alone", lambda m: not (m < 0).any()),
        "no tolerance": ("tolerance", lambda m: bool(((m >= 0).all(1) & (m.sum(1) == 1)).all())),
        "sums alone, no tolerance": ("and yes to rows", lambda m: all(sum(row) == 1 for row in m.numpy())),
        "positive": ("because a weight is 0", lambda m: rows_that_sum_to_one(m) and m.min().item() > 0),
        "no more than 1": ("less than 1", lambda m: bool((m >= 0).all() and (m.sum(1) - 1 < 1e-5).all())),
        "all sum to 1": ("all weights together", lambda m: rows_that_sum_to_one(m.reshape(1, -1))),
        "the mean of the sums": ("each", lambda m: bool((m >= 0).all() and (m.sum(1).mean() - 1).abs() < 1e-4)),
    },
}
EXAMPLE_ONLY = {
    "colour_limits": {"one row of two panels": lambda m: (min(0.0, m[0, :2].min()), max(0.0, m[0, :2].max()))},
    "are_weights": {
        "two queries": lambda m: bool((m >= 0).all() and torch.allclose(m.sum(1), torch.ones(2), atol=1e-4)),
        "yes": lambda m: True,
        "the first row": lambda m: rows_that_sum_to_one(m[:1]),
        "some row": lambda m: any(rows_that_sum_to_one(row[None]) for row in m),
    },
}
OTHER = {
    "colour_limits": {
        "the first panel": lambda m: limits_in_a_loop(m[0, 0]),
        "-1 to 1": lambda m: (-1, 1),
        "one number": lambda m: float(m.max()),
        "for each panel": lambda m: (m.amin((2, 3)), m.amax((2, 3))),
        "1 at the top": lambda m: (min(0, m.min().item()), 1),
        "upper end first": lambda m: (m.max(), m.min()),
        "three numbers": lambda m: (*limits_in_a_loop(m), 1),
    },
    "are_weights": {
        "the opposite": lambda m: not rows_that_sum_to_one(m),
        "no": lambda m: False,
        "rows and columns": lambda m: rows_that_sum_to_one(m) and rows_that_sum_to_one(m.T),
        "one of the two": lambda m: bool((m >= 0).all() or torch.allclose(m.sum(1), torch.ones(len(m)), atol=1e-4)),
        "row by row": lambda m: (m >= 0).all(1) & ((m.sum(1) - 1).abs() < 1e-4),
        "in a list": lambda m: [rows_that_sum_to_one(m)],
        "in words": lambda m: "y" if rows_that_sum_to_one(m) else "n",
        "softmax changes nothing": lambda m: torch.allclose(m, softmax(m, 1)),
    },
}
CHANGED = {
    "colour_limits": {"clamp_": lambda m: (min(0, m.min().item()), m.clamp_(min=0).max().item())},
    "are_weights": {"abs_": lambda m: bool((m.sum(1) - 1).abs().max() < 1e-4) and torch.equal(m.abs_(), m)},
}


class TestAnswers(EveryCheck):
    room = visualizing_attention
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
    # The result for the example of the colours is 0 and 1, and about these there is a sentence.
    known_by_the_example = ("colour_limits",)
    one_number = ("are_weights",)
