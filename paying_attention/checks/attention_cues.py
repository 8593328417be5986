"""The checks of the exercises of chapter 01."""

import torch

from paying_attention.checks.judge import Exercise, judge
from paying_attention.checks.shared import COLUMNS, TWICE, UNSHARED, overflowing, randn, softmax

_NO_EXPONENTIAL = (
    "The weights add up to 1, but they are the scores themselves, divided by their sum. A score may be negative; "
    "what makes it positive, whatever it is?"
)
_OVERFLOW = (
    "For large scores the exponential overflows, and infinity divided by infinity is not a number. "
    "Softmax does not change when the same number is taken from all scores of a row: which number would help?"
)


_SHARE_ATTENTION = Exercise(
    "share_attention",
    cases=[
        (torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 4.0]]),),
        (randn(4, 4, seed=1),),
        (randn(5, 3, seed=2),),
        (200 * randn(3, 6, seed=3),),
    ],
    right=softmax,
    mistakes=[
        (lambda s: softmax(s, 0), COLUMNS),
        (lambda s: softmax(softmax(s)), TWICE),
        (overflowing, _OVERFLOW),
        (lambda s: overflowing(s - s.mean(-1, keepdim=True)), _OVERFLOW),
        (
            lambda s: overflowing(s - s.max()),
            "The largest of all scores was taken away. In a row that lies far below it every exponential is 0, and 0 "
            "divided by 0 is not a number. Take from each row its own largest score.",
        ),
        (torch.exp, UNSHARED),
        (lambda s: torch.exp(s - s.amax(-1, keepdim=True)), UNSHARED),
        (lambda s: s / s.sum(-1, keepdim=True), _NO_EXPONENTIAL),
        (
            lambda s: torch.exp(s - s.max()) / torch.exp(s - s.max()).sum(),
            "All weights together sum to 1, but each row should: every query has an attention of 1 to share.",
        ),
    ],
)


def check_share_attention(answer) -> None:
    """Chapter 01: ``share_attention(scores)``, scores of shape (queries, keys), returns their softmax by hand."""
    judge(_SHARE_ATTENTION, answer)


def _gaze(shares, query, keys):
    return torch.softmax(torch.log(shares) + keys @ query, -1)


_GAZE = Exercise(
    "gaze",
    cases=[
        (
            torch.tensor([0.1, 0.1, 0.7, 0.1]),
            torch.tensor([0.0, 2.0]),
            torch.tensor([[0.0, 0.1], [0.0, 1.0], [1.0, 0.0], [0.0, 0.3]]),
        ),
        (softmax(randn(5, seed=4)), randn(3, seed=5), randn(5, 3, seed=6)),
        (softmax(randn(3, seed=7)), randn(3, seed=8), randn(3, 3, seed=9)),
    ],
    right=_gaze,
    mistakes=[
        (
            lambda b, q, k: torch.softmax(b + k @ q, -1),
            "The shares of salience were added as they are. It is their logarithm that adds to the product of query "
            "and key: then a query of zeros gives the shares back.",
        ),
        (
            lambda b, q, k: torch.softmax(k @ q, -1),
            "The task is there, but salience is missing: with a query of zeros, all things get the same weight.",
        ),
        (lambda b, q, k: b, "Salience is there, but the query has no effect."),
        (
            lambda b, q, k: torch.softmax(torch.log(b) * (k @ q), -1),
            "The two terms were multiplied. Scores are sums: each cue can work without the other.",
        ),
        (
            lambda b, q, k: torch.softmax(torch.log(b) + k.T @ q, -1),
            "The query was multiplied with the columns of the keys. A key is a row: one row for each thing.",
        ),
        (lambda b, q, k: torch.softmax(_gaze(b, q, k), -1), TWICE),
        (lambda b, q, k: b * torch.exp(k @ q), UNSHARED),
        (
            lambda b, q, k: b * torch.softmax(k @ q, -1),
            "Shares were multiplied by weights, and the products no longer sum to 1. Divide them by their sum, or add "
            "the logarithm of the shares to the scores before the softmax.",
        ),
        (lambda b, q, k: torch.log(b) + k @ q, "These are scores. Weights are positive and add up to 1."),
    ],
)


def check_gaze(answer) -> None:
    """Chapter 01: ``gaze(shares, query, keys)`` returns the weight of each thing from its salience and the task.

    Shapes: shares (things,), query (features,), keys (things, features); the result has shape (things,).
    """
    judge(_GAZE, answer)
