"""The checks of the exercises of chapter 03."""

import torch

from paying_attention.checks.judge import Exercise, judge
from paying_attention.checks.shared import randn, softmax


def _colour_limits(matrices):
    return min(0.0, float(matrices.min())), max(0.0, float(matrices.max()))


_COLOUR_LIMITS = Exercise(
    "colour_limits",
    cases=[
        (torch.stack([torch.eye(4), torch.full((4, 4), 0.25)])[None],),
        (softmax(randn(2, 3, 4, 5, seed=20)),),
        (randn(1, 2, 3, 3, seed=21),),
        (torch.stack([torch.full((2, 2), 0.5), torch.full((2, 2), 0.25)])[None],),
        (-softmax(randn(2, 2, 3, 4, seed=25)),),
    ],
    right=_colour_limits,
    mistakes=[
        (
            lambda m: (float(m.min()), float(m.max())),
            "The lower limit is the smallest number. A weight that is everywhere the same would then get "
            "any colour: begin at 0, unless there are negative numbers.",
        ),
        (
            lambda m: (min(0.0, float(m[-1, -1].min())), max(0.0, float(m[-1, -1].max()))),
            "These are the limits of the last panel. One colour is to mean one number in all of them.",
        ),
        (
            lambda m: (float(m[-1, -1].min()), float(m[-1, -1].max())),
            "These are the limits of the last panel, which is the trap itself. One colour is to mean one number in all "
            "of them.",
        ),
        (
            lambda m: (0.0, 1.0),
            "0 to 1 holds for weights, but it hides small ones, and there may be scores below 0 or above 1: use the "
            "largest number that occurs.",
        ),
        (
            lambda m: (0.0, float(m.max())),
            "The lower limit is 0 even where numbers are negative; they would all get one colour.",
        ),
        (
            lambda m: (min(0.0, float(m.min())), float(m.max())),
            "The upper limit is the largest number even where all are negative. It is 0 then.",
        ),
        (
            lambda m: (max(0.0, float(m.min())), max(0.0, float(m.max()))),
            "The lower limit is the larger one of 0 and the smallest number. Take the smaller one.",
        ),
        (
            lambda m: (-float(m.abs().max()), float(m.abs().max())),
            "The scale goes as far below 0 as above it. Where no number is negative, half of the colours would never "
            "be seen: begin at 0.",
        ),
        (lambda m: _colour_limits(m)[::-1], "The two limits are in the wrong order: the lower one comes first."),
    ],
)


def check_colour_limits(answer) -> None:
    """Chapter 03: ``colour_limits(matrices)`` returns the lower and the upper end of one scale for all panels.

    ``matrices`` has shape (rows, columns, queries, keys); the result is a pair of numbers.
    """
    judge(_COLOUR_LIMITS, answer)


def _are_weights(matrix):
    sums = matrix.sum(-1)
    return bool((matrix >= 0).all() and torch.allclose(sums, torch.ones_like(sums), atol=1e-4))


_DOUBLY = torch.tensor([[0.25, 0.75], [0.75, 0.25]])
_ARE_WEIGHTS = Exercise(
    "are_weights",
    cases=[
        (torch.tensor([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]]),),
        (torch.softmax(randn(3, 3, seed=22), 0),),
        (torch.tensor([[1.5, -0.5], [0.0, 1.0]]),),
        (softmax(randn(40, 30, seed=23)),),
        (_DOUBLY,),
        (torch.full((2, 2), 0.25),),
        (randn(3, 4, seed=24),),
        (torch.tensor([[1.25, 0.75], [0.5, 0.0]]) / 2 + 0.0,),
    ],
    right=_are_weights,
    mistakes=[
        (
            lambda m: bool((m >= 0).all() and torch.allclose(m.sum(0), torch.ones(m.shape[1]), atol=1e-4)),
            "It asks whether the columns sum to 1. Each query shares an attention of 1, and a query is a row.",
        ),
        (
            lambda m: torch.allclose(m.sum(-1), torch.ones(len(m)), atol=1e-4),
            "It says yes to rows that sum to 1 with a negative number among them. A weight is never negative.",
        ),
        (
            lambda m: bool((m >= 0).all() and (m <= 1).all()),
            "It looks at each number alone. What do the weights of one query have to add up to?",
        ),
        (
            lambda m: bool((m >= 0).all() and (m.sum(-1) == 1).all()),
            "It says no to weights whose sum misses 1 by a rounding error. Compare with a tolerance.",
        ),
        (
            lambda m: bool((m.sum(-1) == 1).all()),
            "It says no to weights whose sum misses 1 by a rounding error, and yes to rows that sum to 1 with a "
            "negative number among them. Compare with a tolerance, and look at the numbers too.",
        ),
        (
            lambda m: _are_weights(m) and bool((m > 0).all()),
            "It says no because a weight is 0. A weight may be 0, as that of a masked key is; it may not be negative.",
        ),
        (
            lambda m: bool((m >= 0).all() and (m.sum(-1) < 1.0001).all()),
            "It says yes to rows that sum to less than 1. The difference from 1 is negative there: compare its size.",
        ),
        (
            lambda m: bool((m >= 0).all() and torch.allclose(m.sum(), torch.tensor(1.0), atol=1e-4)),
            "It asks whether all weights together sum to 1. Each row should.",
        ),
        (
            lambda m: bool((m >= 0).all() and torch.allclose(m.sum(), torch.tensor(float(len(m))), atol=1e-4)),
            "It asks for the sum of all weights. One row may have too much and another too little: look at each.",
        ),
    ],
)


def check_are_weights(answer) -> None:
    """Chapter 03: ``are_weights(matrix)`` says whether a matrix of shape (queries, keys) can be attention weights."""
    judge(_ARE_WEIGHTS, answer)
