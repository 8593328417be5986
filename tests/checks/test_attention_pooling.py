"""Answers to the exercises of chapter 04, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from every_check import INF, EveryCheck, by_hand, exponentials_over_their_sum, softmax

from paying_attention.checks import attention_pooling


def kernel_of(x, y, width):
    return -((x[:, None] - y[None, :]) ** 2) / (2 * width**2)


def pool_one_by_one(queries, keys, values, width):
    return [float(softmax(-(((x - keys) / width) ** 2) / 2, 0) @ values) for x in queries]


def pool_with_a_density(queries, keys, values, width):
    heights = torch.distributions.Normal(queries[:, None].double(), width).log_prob(keys.double())
    heights = (heights - heights.max(1, keepdim=True).values).exp()
    return (heights @ values.double() / heights.sum(1)).numpy()


def leave_out_one_by_one(x, y, width):
    errors = []
    for i in range(len(x)):
        others = [j for j in range(len(x)) if j != i]
        errors.append(float(softmax(-(((x[i] - x[others]) / width) ** 2) / 2, 0) @ y[others] - y[i]) ** 2)
    return sum(errors) / len(errors)


def leave_out_with_a_new_diagonal(x, y, width):
    kernel = kernel_of(x, x, width).exp().fill_diagonal_(0)
    return F.mse_loss(kernel @ y / kernel.sum(1), y)


def leave_out_with_numpy(x, y, width):
    x, y = x.numpy().astype(float), y.numpy().astype(float)
    kernel = np.exp(-(((x[:, None] - x) / width) ** 2) / 2) * (1 - np.eye(len(x)))
    return np.mean((kernel @ y / kernel.sum(1) - y) ** 2)


def own_score_masked(x, width, axis=1):
    return softmax(kernel_of(x, x, width).masked_fill(torch.eye(len(x), dtype=torch.bool), -INF), axis)


def own_weight_zero(x, y, width):
    weights = softmax(kernel_of(x, x, width), dim=1)
    for i in range(len(x)):
        weights[i, i] = 0
    return F.mse_loss(weights @ y, y)


TENSORS = {
    "gaussian_pooling": 3,
    "left_out_error": 2,
}
RIGHT = {
    "gaussian_pooling": {
        "one query at a time": pool_one_by_one,
        "a density in double precision": pool_with_a_density,
        "multiplied out": lambda q, k, v, w: softmax((q[:, None] * k - k**2 / 2) / w**2, 1) @ v,
        "cdist": lambda q, k, v, w: softmax(-(torch.cdist(q[:, None], k[:, None]) ** 2) / (2 * w**2), -1) @ v,
        "einsum": lambda q, k, v, w: torch.einsum("nm,m->n", by_hand(kernel_of(q, k, w)), v),
    },
    "left_out_error": {
        "one at a time, a float": leave_out_one_by_one,
        "a kernel with a new diagonal": leave_out_with_a_new_diagonal,
        "NumPy": leave_out_with_numpy,
        "very low scores": lambda x, y, w: F.mse_loss(softmax(kernel_of(x, x, w) - 1e9 * torch.eye(len(x)), 1) @ y, y),
    },
}
KNOWN = {
    "gaussian_pooling": {
        "the width not squared": ("width squared", lambda q, k, v, w: by_hand(-((q[:, None] - k) ** 2) / (2 * w)) @ v),
        "times the width": ("multiplied by the width", lambda q, k, v, w: pool_one_by_one(q, k, v, 1 / w)),
        "half of the square times the width": (
            "multiplied by the width",
            lambda q, k, v, w: by_hand(-((q[:, None] - k) ** 2) / 2 * w**2) @ v,
        ),
        "no one half": ("one half", lambda q, k, v, w: by_hand(-(((q[:, None] - k) / w) ** 2)) @ v),
        "the distance not squared": ("not squared", lambda q, k, v, w: by_hand(-(q[:, None] - k).abs() / w) @ v),
        "half of the distance": ("not squared", lambda q, k, v, w: by_hand(-(q[:, None] - k).abs() / (2 * w)) @ v),
        "no minus": ("sign", lambda q, k, v, w: by_hand(-kernel_of(q, k, w)) @ v),
        "columns": ("column", lambda q, k, v, w: by_hand(kernel_of(q, k, w), axis=0) @ v),
        "the kernel for a score": ("logarithm", lambda q, k, v, w: by_hand(kernel_of(q, k, w).exp()) @ v),
        "kernel over sum": (
            "0 divided by 0",
            lambda q, k, v, w: exponentials_over_their_sum(kernel_of(q, k, w)) @ v,
        ),
        "kernel over sum, in double precision": (
            "0 divided by 0",
            lambda q, k, v, w: exponentials_over_their_sum(kernel_of(q.double(), k.double(), w)) @ v.double(),
        ),
        "not shared out": ("not divided by their sum", lambda q, k, v, w: kernel_of(q, k, w).exp() @ v),
        "queries and keys swapped": ("swapped", lambda q, k, v, w: by_hand(kernel_of(k, q, w)) @ v),
        "no width": ("width has no effect", lambda q, k, v, w: by_hand(kernel_of(q, k, 1.0)) @ v),
        "twice the width": ("became a quarter", lambda q, k, v, w: by_hand(-(((q[:, None] - k) / (2 * w)) ** 2)) @ v),
        "softmax of weights": ("weights of weights", lambda q, k, v, w: by_hand(by_hand(kernel_of(q, k, w))) @ v),
        "a little more than the sum": (
            "as if it had been measured",
            lambda q, k, v, w: kernel_of(q, k, w).exp() @ v / (kernel_of(q, k, w).exp().sum(1) + 1e-9),
        ),
        "0 where no key is near": (
            "as if it had been measured",
            lambda q, k, v, w: exponentials_over_their_sum(kernel_of(q, k, w)).nan_to_num() @ v,
        ),
    },
    "left_out_error": {
        "it sees itself": ("sees itself", lambda x, y, w: F.mse_loss(torch.tensor(pool_one_by_one(x, x, y, w)), y)),
        "its own score made 0": (
            "sees itself",
            lambda x, y, w: F.mse_loss(softmax(kernel_of(x, x, w).fill_diagonal_(0), 1) @ y, y),
        ),
        "mask after softmax": ("after the softmax", own_weight_zero),
        "the sum": ("sum of the squared errors", lambda x, y, w: ((own_score_masked(x, w) @ y - y) ** 2).sum()),
        "absolute errors": ("absolute", lambda x, y, w: F.l1_loss(own_score_masked(x, w) @ y, y)),
        "the root": ("root", lambda x, y, w: math.sqrt(leave_out_one_by_one(x, y, w))),
        "the width not squared": (
            "divided by the width",
            lambda x, y, w: leave_out_with_a_new_diagonal(x / math.sqrt(w), y, 1.0),
        ),
        "times the width": ("multiplied by the width", lambda x, y, w: leave_out_one_by_one(x * w, y, 1.0)),
        "no one half": ("one half is missing", lambda x, y, w: leave_out_with_a_new_diagonal(x, y, w / math.sqrt(2))),
        "twice the width": ("became a quarter", lambda x, y, w: leave_out_with_a_new_diagonal(x, y, w * math.sqrt(2))),
        "columns": ("column", lambda x, y, w: F.mse_loss(own_score_masked(x, w, axis=0) @ y, y)),
    },
}
EXAMPLE_ONLY = {
    "gaussian_pooling": {
        "its width": lambda q, k, v, w: softmax(kernel_of(q, k, 0.5), 1) @ v,
        "three keys": lambda q, k, v, w: softmax(kernel_of(q, k[:3], w), 1) @ v[:3],
        "two queries": lambda q, k, v, w: torch.stack([softmax(kernel_of(q, k, w), 1)[i] @ v for i in range(2)]),
    },
    "left_out_error": {
        "its width": lambda x, y, w: leave_out_one_by_one(x, y, 1.0),
        "four points": lambda x, y, w: leave_out_one_by_one(x[:4], y[:4], w),
        "a mask of four": lambda x, y, w: F.mse_loss(
            softmax(kernel_of(x, x, w).masked_fill(torch.eye(4).bool(), -INF), 1) @ y, y
        ),
    },
}
OTHER = {
    "gaussian_pooling": {
        "a density, not shared out": lambda q, k, v, w: kernel_of(q, k, w).exp() / (w * math.sqrt(2 * math.pi)) @ v,
        "the mean of the keys": lambda q, k, v, w: softmax(kernel_of(q, k, w), 1) @ k,
        "the weights": lambda q, k, v, w: softmax(kernel_of(q, k, w), 1),
        "a column": lambda q, k, v, w: softmax(kernel_of(q, k, w), 1) @ v[:, None],
        "one query": lambda q, k, v, w: softmax(kernel_of(q[:1], k, w), 1)[0] @ v,
        "as many queries as keys": lambda q, k, v, w: softmax(-(((q - k) / w) ** 2) / 2, 0) * v,
        "dot products": lambda q, k, v, w: softmax(q[:, None] * k / w**2, 1) @ v,
        "the nearest key": lambda q, k, v, w: v[(q[:, None] - k).abs().argmin(1)],
    },
    "left_out_error": {
        "softmax of weights": lambda x, y, w: F.mse_loss(softmax(own_score_masked(x, w), 1) @ y, y),
        "only itself": lambda x, y, w: F.mse_loss(y, y),
        "a lower score, not low enough": lambda x, y, w: F.mse_loss(
            softmax(kernel_of(x, x, w) - torch.eye(len(x)), 1) @ y, y
        ),
        "infinity times 0": lambda x, y, w: F.mse_loss(softmax(kernel_of(x, x, w) - INF * torch.eye(len(x)), 1) @ y, y),
        "one point less": lambda x, y, w: leave_out_one_by_one(x, y, w) * len(x) / (len(x) - 1),
        "a variance": lambda x, y, w: (own_score_masked(x, w) @ y - y).var(),
        "errors with a sign": lambda x, y, w: (own_score_masked(x, w) @ y - y).mean(),
        "errors one by one": lambda x, y, w: (own_score_masked(x, w) @ y - y) ** 2,
        "what was predicted": lambda x, y, w: own_score_masked(x, w) @ y,
        "places and values swapped": lambda x, y, w: leave_out_one_by_one(y, x, w),
        "in a list": lambda x, y, w: [leave_out_one_by_one(x, y, w)],
    },
}
CHANGED = {
    "gaussian_pooling": {"unsqueeze_": lambda q, k, v, w: softmax(-(((q.unsqueeze_(1) - k) / w) ** 2) / 2, 1) @ v},
    "left_out_error": {"sub_": lambda x, y, w: y.sub_(own_score_masked(x, w) @ y).pow_(2).mean()},
}


class TestAnswers(EveryCheck):
    room = attention_pooling
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
    one_number = ("left_out_error",)
