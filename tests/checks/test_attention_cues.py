"""Answers to the exercises of chapter 01, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import math

import numpy as np
import torch
from every_check import EveryCheck, by_hand, exponentials_over_their_sum, softmax

from paying_attention.checks import attention_cues


def share_with_lists(scores):
    rows = []
    for row in scores.tolist():
        heights = [math.exp(score - max(row)) for score in row]
        rows.append([height / sum(heights) for height in heights])
    return rows


def share_with_numpy(scores):
    heights = np.exp(scores.numpy() - scores.numpy().max(1, keepdims=True))
    return heights / heights.sum(axis=1, keepdims=True)


def gaze_by_hand(shares, query, keys):
    heights = shares * torch.exp((keys * query).sum(1))
    return heights / heights.sum()


def gaze_with_a_loop(shares, query, keys):
    heights = [float(share) * math.exp(float(query @ key)) for share, key in zip(shares, keys, strict=True)]
    return [height / sum(heights) for height in heights]


def share_three_keys(scores):
    heights = [torch.exp(scores[:, j] - scores.max(1).values) for j in range(3)]
    return torch.stack([height / sum(heights) for height in heights], 1)


def shifted_in_place(scores):
    scores -= scores.max(1, keepdim=True).values
    return exponentials_over_their_sum(scores)


def shifted_through_numpy(scores):
    numbers = scores.numpy()
    numbers -= numbers.max(1, keepdims=True)
    return np.exp(numbers) / np.exp(numbers).sum(1, keepdims=True)


def only_in_a_large_one(scores):
    if scores.numel() > 16:
        scores.sub_(1)
    return by_hand(scores)


TENSORS = {
    "share_attention": 1,
    "gaze": 3,
}
RIGHT = {
    "share_attention": {
        "exponentials by hand": by_hand,
        "logsumexp": lambda scores: torch.exp(scores - torch.logsumexp(scores, 1, keepdim=True)),
        "nested lists": share_with_lists,
        "NumPy": share_with_numpy,
        "double precision": lambda scores: by_hand(scores.double()),
        "a list of rows": lambda scores: [by_hand(row, 0) for row in scores],
        "a gradient on the way": lambda scores: by_hand(scores.clone().requires_grad_()),
        "turned round in memory": lambda scores: by_hand(scores.T, 0).T,
        "a module": torch.nn.Softmax(dim=-1),
        "rows of which it takes a copy": lambda scores: by_hand(scores.clone().sub_(scores.max())),
    },
    "gaze": {
        "shares times exponentials": gaze_by_hand,
        "a loop over things": gaze_with_a_loop,
        "einsum and NumPy": lambda b, q, k: softmax(b.log() + torch.einsum("f,tf->t", q, k), 0).numpy(),
        "double precision": lambda b, q, k: softmax(b.double().log() + k.double() @ q.double(), -1),
        "a column on the way": lambda b, q, k: softmax(b[:, None].log() + k @ q[:, None], 0).squeeze(1),
    },
}
KNOWN = {
    "share_attention": {
        "columns": ("column", lambda s: by_hand(s, axis=0)),
        "columns, nothing taken away": ("column", lambda s: torch.exp(s) / torch.exp(s).sum(0)),
        "one sum for all, nothing taken away": ("together", lambda s: torch.exp(s) / torch.exp(s).sum()),
        "softmax of weights, nothing taken away": (
            "weights of weights",
            lambda s: exponentials_over_their_sum(exponentials_over_their_sum(s)),
        ),
        "queries and keys swapped": ("column", lambda s: by_hand(s.T).T),
        "softmax of weights": ("weights of weights", lambda s: by_hand(by_hand(s))),
        "nothing taken away": ("overflow", exponentials_over_their_sum),
        "nothing taken away, in NumPy": (
            "overflow",
            lambda s: torch.from_numpy(s.numpy()).exp() / s.exp().sum(1)[:, None],
        ),
        "the mean taken away": ("overflow", lambda s: exponentials_over_their_sum(s - s.mean(1, keepdim=True))),
        "the largest of all taken away": (
            "its own largest score",
            lambda s: exponentials_over_their_sum(s - s.flatten().sort().values[-1]),
        ),
        "exponentials alone": ("not divided by their sum", lambda s: math.e**s),
        "exponentials alone, the largest taken away": (
            "not divided by their sum",
            lambda s: torch.exp(s - s.max(1, keepdim=True).values),
        ),
        "no exponential": ("scores themselves", lambda s: s / s.sum(dim=1)[:, None]),
        "one sum for all": ("together", lambda s: by_hand(s.flatten(), 0).reshape(s.shape)),
    },
    "gaze": {
        "shares as they are": ("logarithm", lambda b, q, k: by_hand(b + k @ q, 0)),
        "no salience": ("salience is missing", lambda b, q, k: by_hand(k @ q, 0)),
        "no task": ("no effect", lambda b, q, k: softmax(b.log(), 0)),
        "shares times scores": ("multiplied", lambda b, q, k: softmax(b.log() * (k * q).sum(1), 0)),
        "columns of keys": ("columns of the keys", lambda b, q, k: softmax(b.log() + q @ k, 0)),
        "softmax of weights": ("weights of weights", lambda b, q, k: softmax(gaze_by_hand(b, q, k), 0)),
        "no softmax": ("scores", lambda b, q, k: k @ q + b.log()),
        "not shared out": ("not divided by their sum", lambda b, q, k: torch.exp(b.log() + k @ q)),
        "shares times weights": ("no longer sum to 1", lambda b, q, k: by_hand(k @ q, 0).mul(b)),
    },
}
EXAMPLE_ONLY = {
    "share_attention": {"three keys": share_three_keys, "two queries": lambda s: by_hand(s[:2])},
    "gaze": {
        "two features": lambda b, q, k: softmax(b.log() + k[:, 0] * q[0] + k[:, 1] * q[1], 0),
        "four things": lambda b, q, k: softmax(torch.stack([b[i].log() + k[i] @ q for i in range(4)]), 0),
    },
}
OTHER = {
    "share_attention": {
        "absolute values": lambda s: s.abs() / s.abs().sum(1, keepdim=True),
        "the logarithm": lambda s: torch.log_softmax(s, 1),
        "sums without a dimension of their own": lambda s: torch.exp(s) / torch.exp(s).sum(1),
        "the largest taken away above the line alone": lambda s: (
            torch.exp(s - s.amax(1, keepdim=True)) / torch.exp(s).sum(1, keepdim=True)
        ),
        "powers of 2": lambda s: 2**s / (2**s).sum(1, keepdim=True),
        "square matrices": lambda s: by_hand(s @ s @ s.inverse()),
        "one query": lambda s: by_hand(s[0], 0),
    },
    "gaze": {
        "shares plus weights": lambda b, q, k: b + softmax(k @ q, 0),
        "the mean of both": lambda b, q, k: (b + softmax(k @ q, 0)) / 2,
        "another logarithm": lambda b, q, k: softmax(b.log10() + k @ q, 0),
        "the other axis": lambda b, q, k: softmax((b.log() + k @ q)[None], 0)[0],
        "a column": lambda b, q, k: softmax(b.log()[:, None] + k @ q[:, None], 0),
        "square matrices": lambda b, q, k: softmax(b.log() + k.inverse().T @ q, 0),
    },
}
CHANGED = {
    "share_attention": {
        "-=": shifted_in_place,
        "-= in NumPy": shifted_through_numpy,
        "a result written over the scores": lambda s: s.copy_(by_hand(s)),
        "for some inputs": only_in_a_large_one,
    },
    "gaze": {
        "log_": lambda b, q, k: softmax(b.log_() + k @ q, 0),
        "mul_": lambda b, q, k: softmax(b.log() + k.mul_(q).sum(1), 0),
    },
}


class TestAnswers(EveryCheck):
    room = attention_cues
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
