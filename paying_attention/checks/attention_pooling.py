"""The checks of the exercises of chapter 04."""

import math

import torch

from paying_attention.checks.judge import Exercise, judge
from paying_attention.checks.shared import COLUMNS, QUARTER, TWICE, UNSHARED, randn, softmax


def _gaussian_scores(queries, keys, width):
    return -(((queries[:, None] - keys[None]) / width) ** 2) / 2


def _gaussian_pooling(queries, keys, values, width):
    return torch.softmax(_gaussian_scores(queries, keys, width), -1) @ values


def _kernel_over_sum(queries, keys, values, width):
    kernel = torch.exp(_gaussian_scores(queries, keys, width))
    return kernel @ values / kernel.sum(-1)


_NARROW = "The factor of one half is missing, so the kernel is narrower than its width says."
_PEAK = "The distance was not squared: this is another kernel, with a peak in the middle."
_TIMES = "The distance was multiplied by the width, so that a wide kernel looks less far. Divide by it."

_GAUSSIAN_POOLING = Exercise(
    "gaussian_pooling",
    cases=[
        (torch.tensor([0.5, 2.0]), torch.tensor([0.0, 1.0, 3.0]), torch.tensor([1.0, 2.0, 4.0]), 0.5),
        (randn(4, seed=30), randn(4, seed=31), randn(4, seed=32), 2.0),
        (randn(3, seed=33), randn(7, seed=34), randn(7, seed=35), 0.3),
        (torch.tensor([100.0, -80.0]), randn(5, seed=36), randn(5, seed=37), 0.1),
    ],
    right=_gaussian_pooling,
    mistakes=[
        (
            lambda q, k, v, w: torch.softmax(-((q[:, None] - k[None]) ** 2) / w / 2, -1) @ v,
            "The squared distance was divided by the width. Divide the distance first and square the quotient, or "
            "divide by the width squared.",
        ),
        (
            lambda q, k, v, w: torch.softmax(-(((q[:, None] - k[None]) * w) ** 2) / 2, -1) @ v,
            _TIMES,
        ),
        (lambda q, k, v, w: torch.softmax(-(((q[:, None] - k[None]) / w) ** 2), -1) @ v, _NARROW),
        (lambda q, k, v, w: _gaussian_pooling(q, k, v, 2**0.5 * w), QUARTER),
        (lambda q, k, v, w: _gaussian_pooling(q, k, v, 1.0), "The width has no effect."),
        (lambda q, k, v, w: torch.softmax(-(q[:, None] - k[None]).abs() / w, -1) @ v, _PEAK),
        (lambda q, k, v, w: torch.softmax(-(q[:, None] - k[None]).abs() / w / 2, -1) @ v, _PEAK),
        (
            lambda q, k, v, w: torch.softmax(((q[:, None] - k[None]) / w) ** 2 / 2, -1) @ v,
            "The sign is the wrong way round: the farthest key has the largest weight.",
        ),
        (lambda q, k, v, w: torch.softmax(_gaussian_scores(q, k, w), 0) @ v, COLUMNS),
        (
            lambda q, k, v, w: torch.softmax(torch.exp(_gaussian_scores(q, k, w)), -1) @ v,
            "The softmax takes exponentials itself. Give it the logarithm of the kernel, not the kernel.",
        ),
        (
            _kernel_over_sum,
            "It divides the kernel by its sum. Far from every key that is 0 divided by 0: use the softmax of the "
            "kernel's logarithm.",
        ),
        (
            lambda q, k, v, w: _kernel_over_sum(q, k, v, w).nan_to_num(),
            "Far from every key the kernel is 0 for all of them, and 0 comes out as if it had been measured. The "
            "nearest key should count most there too: use the softmax of the kernel's logarithm.",
        ),
        (lambda q, k, v, w: torch.exp(_gaussian_scores(q, k, w)) @ v, UNSHARED),
        (lambda q, k, v, w: softmax(softmax(_gaussian_scores(q, k, w))) @ v, TWICE),
        (
            lambda q, k, v, w: torch.softmax(_gaussian_scores(k, q, w), -1) @ v,
            "Queries and keys are swapped: here each key asks, and shares itself among the queries.",
        ),
    ],
)


def check_gaussian_pooling(answer) -> None:
    """Chapter 04: ``gaussian_pooling(queries, keys, values, width)`` for plain numbers.

    Shapes: queries (n,), keys (m,), values (m,); the result has shape (n,).
    """
    judge(_GAUSSIAN_POOLING, answer)


def _leave_one_out(x, y, width, power=2, mean=True, dim=-1):
    scores = _gaussian_scores(x, x, width).masked_fill(torch.eye(len(x), dtype=torch.bool), -math.inf)
    errors = (softmax(scores, dim) @ y - y).abs() ** power
    return errors.mean() if mean else errors.sum()


def _masked_after(x, y, width):
    weights = torch.softmax(_gaussian_scores(x, x, width), -1) * (1 - torch.eye(len(x)))
    return ((weights @ y - y) ** 2).mean()


_LEAVE_ONE_OUT = Exercise(
    "left_out_error",
    cases=[
        (torch.tensor([0.0, 1.0, 2.0, 4.0]), torch.tensor([1.0, 3.0, 2.0, 0.0]), 1.0),
        (randn(8, seed=40), randn(8, seed=41), 0.5),
        (3 * randn(5, seed=42), randn(5, seed=43), 2.0),
    ],
    right=_leave_one_out,
    mistakes=[
        (
            lambda x, y, w: ((_gaussian_pooling(x, x, y, w) - y) ** 2).mean(),
            "Each point sees itself, so a narrow kernel would always look best. Forbid to each query its own key.",
        ),
        (
            _masked_after,
            "Each point's own weight was set to 0 after the softmax, and the weights that are left sum to less than 1. "
            "Mask the scores before the softmax, with minus infinity.",
        ),
        (lambda x, y, w: _leave_one_out(x, y, w, mean=False), "It is the sum of the squared errors. Take the mean."),
        (lambda x, y, w: _leave_one_out(x, y, w, power=1), "These are absolute errors. Square them."),
        (lambda x, y, w: _leave_one_out(x, y, w).sqrt(), "It is the root of the mean. The mean itself was asked for."),
        (
            lambda x, y, w: _leave_one_out(x, y, w**0.5),
            "The squared distance was divided by the width. Divide the distance first and square the quotient.",
        ),
        (lambda x, y, w: _leave_one_out(x, y, 1 / w), _TIMES),
        (lambda x, y, w: _leave_one_out(x, y, w / 2**0.5), _NARROW),
        (lambda x, y, w: _leave_one_out(x, y, 2**0.5 * w), QUARTER),
        (lambda x, y, w: _leave_one_out(x, y, w, dim=0), COLUMNS),
    ],
)


def check_left_out_error(answer) -> None:
    """Chapter 04: ``left_out_error(x, y, width)`` returns the mean squared leave-one-out error, one number.

    Shapes: x (n,), y (n,).
    """
    judge(_LEAVE_ONE_OUT, answer)
