"""Answers to the exercises of chapter 05, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import torch
import torch.nn.functional as F
from every_check import INF, EveryCheck, by_hand, masked_in_a_loop, softmax

from paying_attention.checks import learning_to_attend


def masked_by_attention(scores, mask):
    each = torch.eye(scores.shape[1])
    return F.scaled_dot_product_attention(scores, each, each, attn_mask=mask, scale=1.0)


def project_in_double_precision(asked, measured, values, w_q, w_k):
    queries, keys = asked.double() @ w_q.double(), measured.double() @ w_k.double()
    return by_hand(-torch.cdist(queries, keys).pow(2) / 2) @ values.double()


def project_with_einsum(asked, measured, values, w_q, w_k):
    apart = torch.einsum("nd,de->ne", asked, w_q)[:, None] - torch.einsum("md,de->me", measured, w_k)
    return torch.einsum("nm,mv->nv", softmax(-torch.einsum("nme,nme->nm", apart, apart) / 2, 1), values)


def project_one_by_one(asked, measured, values, w_q, w_k):
    rows = []
    for place in asked:
        apart = place @ w_q - measured @ w_k
        rows.append((softmax(-(apart**2).sum(1) / 2, 0) @ values).numpy().tolist())
    return tuple(rows)


def apart(a, b):
    return torch.cdist(a, b) ** 2


def assigned(scores, mask):
    scores[~mask] = -INF
    return softmax(scores, 1)


TENSORS = {
    "masked_weights": 2,
    "project_and_attend": 5,
}
RIGHT = {
    "masked_weights": {
        "a loop": masked_in_a_loop,
        "torch's own attention": masked_by_attention,
        "very low scores": lambda s, m: by_hand(torch.where(m, s, -1e9)),
        "the logarithm of the mask": lambda s, m: softmax(s + m.double().log(), 1),
        "shared out anew": lambda s, m: F.normalize(softmax(s, 1) * m, p=1, dim=1).numpy(),
    },
    "project_and_attend": {
        "double precision": project_in_double_precision,
        "einsum": project_with_einsum,
        "one query at a time": project_one_by_one,
        "multiplied out": lambda a, m, v, q, k: softmax(a @ q @ (m @ k).T - (m @ k).pow(2).sum(1) / 2, dim=1) @ v,
    },
}
KNOWN = {
    "masked_weights": {
        "mask after softmax": ("after the softmax", lambda s, m: softmax(s, 1).masked_fill(~m, 0)),
        "a score of 0": ("score of 0", lambda s, m: by_hand(torch.where(m, s, 0))),
        "mask the wrong way round": ("wrong way round", lambda s, m: by_hand(torch.where(m, -INF, s))),
        "no mask": ("no effect", lambda s, m: by_hand(s)),
        "columns": ("column", lambda s, m: softmax(torch.where(m, s, -INF), dim=0)),
        "columns, with zeros": ("column", lambda s, m: by_hand(torch.where(m, s, -1e9), axis=0) * m.any(0)),
        "softmax of weights": ("weights of weights", lambda s, m: softmax(masked_in_a_loop(s, m), 1)),
        "masked weights": ("weights of weights", lambda s, m: masked_in_a_loop(by_hand(s), m)),
        "weights of minus infinity": ("among the weights", lambda s, m: torch.where(m, by_hand(s), -INF)),
        "exponentials alone": ("not divided by their sum", lambda s, m: torch.where(m, s.exp(), 0)),
        "no softmax": ("softmax is missing", lambda s, m: torch.where(m, s, -INF)),
    },
    "project_and_attend": {
        "projections swapped": ("swapped", lambda a, m, v, q, k: by_hand(-apart(a @ k, m @ q) / 2) @ v),
        "W_q for both": ("W_q projects both", lambda a, m, v, q, k: by_hand(-apart(a @ q, m @ q) / 2) @ v),
        "W_k for both": ("W_k projects both", lambda a, m, v, q, k: by_hand(-apart(a @ k, m @ k) / 2) @ v),
        "no projections": ("projections have no effect", lambda a, m, v, q, k: by_hand(-apart(a, m) / 2) @ v),
        "dot products": ("dot product", lambda a, m, v, q, k: by_hand(a @ q @ k.T @ m.T) @ v),
        "torch's own attention": (
            "dot product",
            lambda a, m, v, q, k: F.scaled_dot_product_attention(a @ q, m @ k, v),
        ),
        "no minus": ("sign", lambda a, m, v, q, k: by_hand(apart(a @ q, m @ k) / 2) @ v),
        "a minus that is squared": (
            "sign",
            lambda a, m, v, q, k: by_hand((-torch.cdist(a @ q, m @ k)) ** 2 / 2) @ v,
        ),
        "half of the distance, squared": (
            "became a quarter",
            lambda a, m, v, q, k: by_hand(-((torch.cdist(a @ q, m @ k) / 2) ** 2)) @ v,
        ),
        "softmax of weights": (
            "weights of weights",
            lambda a, m, v, q, k: by_hand(by_hand(-apart(a @ q, m @ k) / 2)) @ v,
        ),
        "the distance itself": (
            "not squared, and the factor",
            lambda a, m, v, q, k: by_hand(-torch.cdist(a @ q, m @ k)) @ v,
        ),
        "no one half": ("one half", lambda a, m, v, q, k: by_hand(-apart(a @ q, m @ k)) @ v),
        "the distance not squared": ("not squared", lambda a, m, v, q, k: by_hand(-torch.cdist(a @ q, m @ k) / 2) @ v),
        "columns": ("column", lambda a, m, v, q, k: by_hand(-apart(a @ q, m @ k) / 2, axis=0) @ v),
        "the mean of the keys": (
            "projected keys",
            lambda a, m, v, q, k: by_hand(-apart(a @ q, m @ k) / 2) @ (m @ k),
        ),
    },
}
EXAMPLE_ONLY = {
    "masked_weights": {
        "three keys": lambda s, m: masked_in_a_loop(s[:, :3], m[:, :3]),
        "two queries": lambda s, m: masked_in_a_loop(s[:2], m[:2]),
    },
    "project_and_attend": {
        "one feature": lambda a, m, v, q, k: softmax(-((a @ q[:, :1] - (m @ k[:, :1]).T) ** 2) / 2, 1) @ v,
        "two entries": lambda a, m, v, q, k: project_with_einsum(a[:, :2], m[:, :2], v, q[:2], k[:2]),
        "three keys": lambda a, m, v, q, k: project_with_einsum(a, m[:3], v[:3], q, k),
        "values of one feature": lambda a, m, v, q, k: project_with_einsum(a, m, v[:, :1], q, k),
    },
}
OTHER = {
    "masked_weights": {
        "infinity times 0": lambda s, m: softmax(s + ~m * -INF, 1),
        "plus infinity": lambda s, m: softmax(s.masked_fill(~m, INF), 1),
        "not low enough": lambda s, m: softmax(s - 5.0 * ~m, 1),
        "the mask added": lambda s, m: softmax(s + m, 1),
        "no number": lambda s, m: softmax(torch.where(m, s, torch.nan), 1),
        "mask after softmax, over columns": lambda s, m: softmax(s, 0) * m,
        "only the keys that are left": lambda s, m: [softmax(row[seen], 0) for row, seen in zip(s, m, strict=True)],
        "one row of all": lambda s, m: softmax(s[m], 0),
        "not": lambda s, m: softmax(s.masked_fill(not m, -INF), 1),
        "one query": lambda s, m: softmax(s[0].masked_fill(~m[0], -INF), 0),
        "mask and scores swapped": lambda s, m: masked_in_a_loop(m, s),
    },
    "project_and_attend": {
        "queries and keys swapped": lambda a, m, v, q, k: project_with_einsum(m, a, v, k, q),
        "asked and measured swapped": lambda a, m, v, q, k: project_with_einsum(m, a, v, q, k),
        "not shared out": lambda a, m, v, q, k: torch.exp(-apart(a @ q, m @ k) / 2) @ v,
        "the mean of squares": lambda a, m, v, q, k: softmax(-((a @ q)[:, None] - m @ k).pow(2).mean(2) / 2, 1) @ v,
        "queries alone": lambda a, m, v, q, k: softmax(-apart(a @ q, m[:, : q.shape[1]]) / 2, 1) @ v,
        "square matrices": lambda a, m, v, q, k: project_with_einsum(a, m, v, q.T, k.T),
        "one query": lambda a, m, v, q, k: project_with_einsum(a[:1], m, v, q, k),
        "the weights": lambda a, m, v, q, k: softmax(-apart(a @ q, m @ k) / 2, 1),
        "values projected": lambda a, m, v, q, k: softmax(-apart(a @ q, m @ k) / 2, 1) @ (v @ k),
        "what was measured": lambda a, m, v, q, k: softmax(-apart(a @ q, m @ k) / 2, 1) @ m,
    },
}
CHANGED = {
    "masked_weights": {
        "assignment": assigned,
        "masked_fill_": lambda s, m: softmax(s.masked_fill_(~m, -INF), 1),
        "the mask alone": lambda s, m: softmax(s.masked_fill(m.logical_not_(), -INF), 1),
    },
    "project_and_attend": {"neg_ of both": lambda a, m, v, q, k: project_with_einsum(a, m, v, q.neg_(), k.neg_())},
}


class TestAnswers(EveryCheck):
    room = learning_to_attend
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
