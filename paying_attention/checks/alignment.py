"""The checks of the exercises of chapter 07."""

import torch

from paying_attention.checks.judge import Exercise, judge
from paying_attention.checks.shared import randn, softmax

_SOURCES = Exercise(
    "sources",
    cases=[
        (torch.tensor([[0.1, 0.2, 0.7], [0.8, 0.15, 0.05]]),),
        (softmax(randn(5, 5, seed=90)),),
        (softmax(randn(3, 8, seed=91)),),
        (softmax(randn(6, 4, seed=96)),),
    ],
    right=lambda weights: weights.argmax(-1),
    mistakes=[
        (
            lambda w: w.argmax(0),
            "It finds the best query for each key. For each character of the answer, find the best one of the line: "
            "along the row.",
        ),
        (lambda w: w.amax(-1), "These are the largest weights. Asked for is where they stand."),
        (
            lambda w: w.max(-1),
            "These are two things, the largest weights and their places. Asked for are the places alone.",
        ),
        (lambda w: w.argmin(-1), "These are the places of the smallest weights."),
        (lambda w: w.argmax(-1) + 1, "Places are counted from 0, as everywhere in Python."),
        (lambda w: w.argmax(), "This is one place for the whole matrix. Each character of the answer has its own."),
    ],
)


def check_sources(answer) -> None:
    """Chapter 07: ``sources(weights)``, weights (answer, line), returns the place of the largest weight of each row.

    The result has shape (answer,), with whole numbers of any type.
    """
    judge(_SOURCES, answer)


_CONTRIBUTIONS = Exercise(
    "contributions",
    cases=[
        (torch.tensor([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]]), torch.tensor([[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]])),
        (softmax(randn(4, 4, seed=92)), randn(4, 4, seed=93)),
        (softmax(randn(3, 6, seed=94)), randn(6, 2, seed=95)),
        (softmax(randn(5, 3, seed=97)), randn(3, 7, seed=98)),
    ],
    right=lambda weights, values: weights * values.norm(dim=-1),
    mistakes=[
        (lambda w, v: w, "These are the weights as they were: the values have no effect."),
        (
            lambda w, v: w @ v,
            "These are pooled values. Asked for is how much each key contributes, before they are summed.",
        ),
        (lambda w, v: w * v.pow(2).sum(-1), "The norm is the root of the sum of squares; the root is missing."),
        (lambda w, v: w * v.norm(), "One norm was taken of all values together. Each key has its own."),
        (lambda w, v: w * v.norm(dim=0), "The norm ran over the keys. A value is a row: one norm for each row."),
        (
            lambda w, v: w * v.norm(dim=-1) / (w * v.norm(dim=-1)).sum(-1, keepdim=True),
            "The rows were made to sum to 1. Leave them: a contribution is a size, not a share.",
        ),
        (lambda w, v: w * v.norm(dim=-1)[:, None], "Each row was multiplied by one norm. A key is a column."),
        (
            lambda w, v: w * v.sum(-1),
            "The entries of each value were summed. Its norm is the root of the sum of squares.",
        ),
        (
            lambda w, v: w * v.abs().sum(-1),
            "The absolute values of the entries were summed. The norm is the root of the sum of squares.",
        ),
        (
            lambda w, v: w @ v.norm(dim=-1),
            "The contributions to each query were summed. Each key has its own: the result has the shape of the "
            "weights.",
        ),
    ],
)


def check_contributions(answer) -> None:
    """Chapter 07: ``contributions(weights, values)`` returns each weight times the norm of the value behind it.

    Shapes: weights (queries, keys), values (keys, d_v); the result has shape (queries, keys).
    """
    judge(_CONTRIBUTIONS, answer)
