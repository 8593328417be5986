"""The checks of the exercises of chapter 05."""

import math

import torch

from paying_attention.checks.judge import Exercise, judge
from paying_attention.checks.shared import COLUMNS, LATE, QUARTER, TWICE, UNSHARED, randn, random_mask, softmax


def _masked_weights(scores, mask):
    return torch.softmax(scores.masked_fill(~mask, -math.inf), -1)


_MASKED_WEIGHTS = Exercise(
    "masked_weights",
    cases=[
        (torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), torch.tensor([[True, True, False], [False, True, True]])),
        (randn(4, 4, seed=50), random_mask(4, 4, 51)),
        (5 * randn(3, 6, seed=52), random_mask(3, 6, 53)),
    ],
    right=_masked_weights,
    mistakes=[
        (
            lambda s, m: softmax(s) * m,
            "The mask came after the softmax, and the weights that are left sum to less than 1. Mask the scores, then "
            "take the softmax.",
        ),
        (
            lambda s, m: softmax(s * m),
            "The scores were multiplied by the mask. A score of 0 is not a weight of 0: what score is?",
        ),
        (
            lambda s, m: softmax(s.masked_fill(m, -math.inf)),
            "The mask is the wrong way round: True means may be seen.",
        ),
        (lambda s, m: softmax(s), "The mask has no effect."),
        (lambda s, m: torch.softmax(s.masked_fill(~m, -math.inf), 0), COLUMNS),
        (lambda s, m: torch.softmax(s.masked_fill(~m, -math.inf), 0).nan_to_num(), COLUMNS),
        (lambda s, m: softmax(_masked_weights(s, m)), TWICE),
        (lambda s, m: _masked_weights(softmax(s), m), TWICE),
        (lambda s, m: softmax(s).masked_fill(~m, -math.inf), LATE),
        (lambda s, m: torch.exp(s) * m, UNSHARED),
        (lambda s, m: s.masked_fill(~m, -math.inf), "These are the masked scores. The softmax is missing."),
    ],
)


def check_masked_weights(answer) -> None:
    """Chapter 05: ``masked_weights(scores, mask)`` returns weights that are 0 where the mask is False.

    Shapes: scores (n, m), mask (n, m) boolean; each row of the result sums to 1.
    """
    judge(_MASKED_WEIGHTS, answer)


def _project_and_attend(asked, measured, values, w_q, w_k):
    q, k = asked @ w_q, measured @ w_k
    return torch.softmax(-(torch.cdist(q, k) ** 2) / 2, -1) @ values


def _square_distances(one, other):
    return ((one[:, None] - other[None]) ** 2).sum(-1)


_DOT_PRODUCT = "The score is a dot product. The exercise wants the Gaussian one: minus half the squared distance."

_PROJECT_AND_ATTEND = Exercise(
    "project_and_attend",
    cases=[
        (
            torch.tensor([[0.0, 1.0], [2.0, 0.0]]),
            torch.tensor([[0.0, 0.0], [1.0, 1.0], [3.0, 0.0]]),
            torch.tensor([[1.0], [2.0], [3.0]]),
            torch.tensor([[1.0], [0.5]]),
            torch.tensor([[1.0], [0.0]]),
        ),
        (
            randn(4, 3, seed=60),
            randn(4, 3, seed=61),
            randn(4, 2, seed=62),
            randn(3, 3, seed=63),
            randn(3, 3, seed=64),
        ),
        (
            randn(2, 5, seed=65),
            randn(6, 5, seed=66),
            randn(6, 1, seed=67),
            randn(5, 2, seed=68),
            randn(5, 2, seed=69),
        ),
    ],
    right=_project_and_attend,
    mistakes=[
        (
            lambda a, m, v, wq, wk: _project_and_attend(a, m, v, wk, wq),
            "The two projections are swapped: the places that are asked about are multiplied by W_q, those that were "
            "measured by W_k.",
        ),
        (
            lambda a, m, v, wq, wk: _project_and_attend(a, m, v, wq, wq),
            "W_q projects both. The places that were measured have a projection of their own, W_k.",
        ),
        (
            lambda a, m, v, wq, wk: _project_and_attend(a, m, v, wk, wk),
            "W_k projects both. The places that are asked about have a projection of their own, W_q.",
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a, m) / 2, -1) @ v,
            "The projections have no effect: the places were compared as they are.",
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax((a @ wq) @ (m @ wk).T, -1) @ v,
            _DOT_PRODUCT,
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax((a @ wq) @ (m @ wk).T / wq.shape[1] ** 0.5, -1) @ v,
            _DOT_PRODUCT,
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax(_square_distances(a @ wq, m @ wk) / 2, -1) @ v,
            "The sign is the wrong way round: the farthest key has the largest weight.",
        ),
        (lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a @ wq, m @ wk) / 4, -1) @ v, QUARTER),
        (
            lambda a, m, v, wq, wk: softmax(softmax(-_square_distances(a @ wq, m @ wk) / 2)) @ v,
            TWICE,
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a @ wq, m @ wk), -1) @ v,
            "The factor of one half is missing in the scores.",
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax(-torch.cdist(a @ wq, m @ wk) / 2, -1) @ v,
            "The distance was not squared.",
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax(-torch.cdist(a @ wq, m @ wk), -1) @ v,
            "The distance was not squared, and the factor of one half is missing.",
        ),
        (lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a @ wq, m @ wk) / 2, 0) @ v, COLUMNS),
        (
            lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a @ wq, m @ wk) / 2, -1) @ (m @ wk),
            "It returns a mean of the projected keys. What is returned are the values.",
        ),
    ],
)


def check_project_and_attend(answer) -> None:
    """Chapter 05: ``project_and_attend(asked, measured, values, w_q, w_k)`` with Gaussian scores of width 1.

    Shapes: asked (n, d), measured (m, d), values (m, d_v), w_q and w_k (d, d_k); the result has shape (n, d_v).
    """
    judge(_PROJECT_AND_ATTEND, answer)
