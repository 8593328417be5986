"""The checks of the exercises of chapter 02."""

import torch
import torch.nn.functional as F

from paying_attention.checks.judge import Exercise, judge
from paying_attention.checks.shared import COLUMNS, TWICE, UNSHARED, randn, softmax


def _soft_lookup(queries, keys, values, temperature):
    return torch.softmax(queries @ keys.T / temperature, -1) @ values


_LOOKUPS = [
    (
        torch.tensor([[1.0, 0.0], [0.0, 2.0]]),
        torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 1.5]]),
        torch.tensor([[10.0], [20.0], [30.0]]),
        0.5,
    ),
    (randn(4, 4, seed=10), randn(4, 4, seed=11), randn(4, 4, seed=12), 2.0),
    (randn(2, 3, seed=13), randn(5, 3, seed=14), randn(5, 2, seed=15), 0.25),
]
_ROOT = (
    "The scores were divided by the root of the number of features, which chapter 06 comes to. Here the temperature "
    "alone divides them."
)

_SOFT_LOOKUP = Exercise(
    "soft_lookup",
    cases=_LOOKUPS,
    right=_soft_lookup,
    mistakes=[
        (lambda q, k, v, t: torch.softmax(q @ k.T / t, 0) @ v, COLUMNS),
        (lambda q, k, v, t: softmax(softmax(q @ k.T / t)) @ v, TWICE),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T * t, -1) @ v,
            "The scores were multiplied by the temperature. Divide by it: hot means that differences between scores "
            "shrink.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T, -1) @ v,
            "The temperature has no effect. The scores are to be divided by it before the softmax.",
        ),
        (lambda q, k, v, t: _soft_lookup(q, k, v, t * q.shape[1] ** 0.5), _ROOT),
        (lambda q, k, v, t: _soft_lookup(q, k, v, q.shape[1] ** 0.5), _ROOT),
        (lambda q, k, v, t: torch.exp(q @ k.T / t) @ v, UNSHARED),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T, -1) / t @ v,
            "The weights were divided by the temperature, so they no longer sum to 1. Divide the scores.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T / t, -1).T @ v,
            "The weights were turned round: a query is a row. Multiply the weights as they are with the values.",
        ),
        (
            lambda q, k, v, t: torch.softmax(k @ q.T / t, -1) @ v,
            "Queries and keys are swapped: here each key asks, and shares itself among the queries.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T / t, -1) @ k,
            "It returns a mean of the keys. Keys are for finding; what is returned are the values.",
        ),
        (
            lambda q, k, v, t: q @ k.T / t @ v,
            "These are sums of values with scores for weights. Scores become weights by a softmax.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T / t, -1),
            "These are the weights. One step is missing: the mean of the values with these weights.",
        ),
    ],
)


def check_soft_lookup(answer) -> None:
    """Chapter 02: ``soft_lookup(queries, keys, values, temperature)`` returns the pooled values.

    Shapes: queries (n, d), keys (m, d), values (m, d_v); the result has shape (n, d_v).
    """
    judge(_SOFT_LOOKUP, answer)


def _hard_lookup(queries, keys, values):
    return values[(queries @ keys.T).argmax(-1)]


_HARD_LOOKUP = Exercise(
    "hard_lookup",
    cases=[lookup[:3] for lookup in _LOOKUPS] + [(randn(6, 3, seed=16), randn(4, 3, seed=17), randn(4, 1, seed=18))],
    right=_hard_lookup,
    mistakes=[
        (
            lambda q, k, v: (q @ k.T).argmax(-1),
            "It returns the number of the best key. What is asked for is the value that is paired with it.",
        ),
        (
            lambda q, k, v: k[(q @ k.T).argmax(-1)],
            "It returns the best key itself. What is asked for is the value that is paired with it.",
        ),
        (
            lambda q, k, v: (q @ k.T).amax(-1),
            "It returns the best score. What is asked for is the value that is paired with the key that has it.",
        ),
        (
            lambda q, k, v: v[(q @ k.T).argmax()],
            "It looks for the best score of the whole matrix. Each query has a best key of its own: look along the "
            "row.",
        ),
        (
            lambda q, k, v: v[(q @ F.normalize(k).T).argmax(-1)],
            "It compares directions alone. The score asked for is the dot product, in which a long key counts more.",
        ),
        (
            lambda q, k, v: v[(q @ k.T).argmin(-1)],
            "It returns the value of the key that matches worst. A large score is a good match.",
        ),
        (
            lambda q, k, v: v[torch.cdist(q, k).argmin(-1)],
            "It finds the nearest key. That is the same only if all keys have the same length; the score asked for is "
            "the dot product.",
        ),
        (
            lambda q, k, v: _soft_lookup(q, k, v, 1.0),
            "It returns a mean of all values. In the limit of temperature 0 only the best key counts.",
        ),
        (
            lambda q, k, v: v[(q @ k.T).argmax(0) % len(v)],
            "It finds the best query for each key. For each query, find the best key: along the row.",
        ),
    ],
)


def check_hard_lookup(answer) -> None:
    """Chapter 02: ``hard_lookup(queries, keys, values)`` returns the value of the best key, the limit of temperature 0.

    Shapes: queries (n, d), keys (m, d), values (m, d_v); the result has shape (n, d_v).
    """
    judge(_HARD_LOOKUP, answer)
