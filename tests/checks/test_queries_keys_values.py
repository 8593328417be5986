"""Answers to the exercises of chapter 02, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import numpy as np
import torch
import torch.nn.functional as F
from every_check import INF, EveryCheck, by_hand, softmax

from paying_attention.checks import queries_keys_values


def look_up_with_einsum(queries, keys, values, temperature):
    weights = by_hand(torch.einsum("nd,md->nm", queries, keys) / temperature)
    return torch.einsum("nm,mv->nv", weights, values)


def look_up_one_by_one(queries, keys, values, temperature):
    rows = []
    for query in queries:
        rows.append((softmax(keys @ query / temperature, 0)[:, None] * values).sum(0).tolist())
    return rows


def best_in_a_loop(queries, keys, values):
    found = []
    for query in queries:
        best, score = None, -INF
        for key, value in zip(keys, values, strict=True):
            if float(query @ key) > score:
                best, score = value, float(query @ key)
        found.append(best.tolist())
    return found


def over_the_temperature(queries, keys, values, temperature):
    queries /= temperature
    return softmax(queries @ keys.T, 1) @ values


TENSORS = {
    "soft_lookup": 3,
    "hard_lookup": 3,
}
RIGHT = {
    "soft_lookup": {
        "einsum": look_up_with_einsum,
        "one query at a time": look_up_one_by_one,
        "torch's own attention": lambda q, k, v, t: F.scaled_dot_product_attention(q, k, v, scale=1 / t),
        "temperature on the queries": lambda q, k, v, t: (by_hand((q / t) @ k.T) @ v).double().numpy(),
        "weights turned round twice": lambda q, k, v, t: softmax(k @ q.T / t, 0).T @ v,
        "other names and a default": lambda q, k, v, temperature=1.0: softmax(q @ k.T / temperature, -1) @ v,
    },
    "hard_lookup": {
        "a loop": best_in_a_loop,
        "the last one in order": lambda q, k, v: v[(q @ k.T).argsort(dim=1)[:, -1]],
        "all that are best": lambda q, k, v: softmax((q @ k.T == (q @ k.T).amax(1, keepdim=True)).log(), 1) @ v,
        "the limit itself": lambda q, k, v: softmax(q.double() @ k.T.double() / 1e-6, 1) @ v.double(),
        "one-hot weights": lambda q, k, v: F.one_hot((q @ k.T).argmax(-1), len(k)).to(v.dtype) @ v,
        "gather": lambda q, k, v: v.gather(0, (q @ k.T).argmax(1, keepdim=True).expand(-1, v.shape[1])),
        "NumPy": lambda q, k, v: v.numpy()[np.argmax(q.numpy() @ k.numpy().T, axis=1)],
    },
}
KNOWN = {
    "soft_lookup": {
        "columns": ("column", lambda q, k, v, t: by_hand(q @ k.T / t, axis=0) @ v),
        "softmax of weights": ("weights of weights", lambda q, k, v, t: by_hand(by_hand(q @ k.T / t)) @ v),
        "times the temperature": ("multiplied by the temperature", lambda q, k, v, t: by_hand(t * q @ k.T) @ v),
        "no temperature": ("temperature has no effect", lambda q, k, v, t: by_hand(q @ k.T) @ v),
        "torch's own attention, unscaled": (
            "temperature has no effect",
            lambda q, k, v, t: F.scaled_dot_product_attention(q, k, v, scale=1.0),
        ),
        "values over the temperature": ("no longer sum to 1", lambda q, k, v, t: by_hand(q @ k.T) @ v / t),
        "weights turned round": ("turned round", lambda q, k, v, t: by_hand(q @ k.T / t).T @ v),
        "queries and keys swapped": ("swapped", lambda q, k, v, t: look_up_with_einsum(k, q, v, t)),
        "the mean of the keys": ("mean of the keys", lambda q, k, v, t: look_up_with_einsum(q, k, k, t)),
        "no softmax": ("scores for weights", lambda q, k, v, t: (q / t) @ k.T @ v),
        "torch's own attention": ("chapter 06", lambda q, k, v, t: F.scaled_dot_product_attention(q, k, v)),
        "divided by the root too": ("chapter 06", lambda q, k, v, t: F.scaled_dot_product_attention(q / t, k, v)),
        "exponentials alone": ("not divided by their sum", lambda q, k, v, t: torch.exp((q / t) @ k.T) @ v),
        "only the weights": ("These are the weights", lambda q, k, v, t: by_hand(q @ k.T / t)),
    },
    "hard_lookup": {
        "the number of the key": ("number of the best key", lambda q, k, v: (q @ k.T).max(dim=1).indices),
        "the key": ("best key itself", lambda q, k, v: k[(q @ k.T).max(dim=1).indices]),
        "the worst key": ("worst", lambda q, k, v: v[(-q @ k.T).argmax(dim=1)]),
        "the nearest key": ("nearest", lambda q, k, v: v[((q[:, None] - k) ** 2).sum(2).argmin(dim=1)]),
        "the best score": ("the best score.", lambda q, k, v: (q @ k.T).max(dim=1).values),
        "the best of all": ("whole matrix", lambda q, k, v: v[(q @ k.T).flatten().argmax(0)]),
        "directions": ("directions alone", lambda q, k, v: v[torch.cosine_similarity(q[:, None], k, dim=2).argmax(1)]),
        "a soft look-up": ("mean of all values", lambda q, k, v: by_hand(q @ k.T) @ v),
        "columns": ("best query for each key", lambda q, k, v: v[(q @ k.T).argmax(dim=0)]),
        "queries and keys swapped": ("best query for each key", lambda q, k, v: v[(k @ q.T).argmax(dim=1)]),
    },
}
EXAMPLE_ONLY = {
    "soft_lookup": {
        "its temperature": lambda q, k, v, t: softmax(q @ k.T / 0.5, 1) @ v,
        "two features": lambda q, k, v, t: softmax(q[:, :2] @ k[:, :2].T / t, 1) @ v,
        "three keys": lambda q, k, v, t: softmax(q @ k[:3].T / t, 1) @ v[:3],
        "two queries": lambda q, k, v, t: softmax(q[:2] @ k.T / t, 1) @ v,
        "values of one feature": lambda q, k, v, t: softmax(q @ k.T / t, 1) @ v[:, :1],
    },
    "hard_lookup": {
        "two features": lambda q, k, v: v[(q[:, :2] @ k[:, :2].T).argmax(1)],
        "three keys": lambda q, k, v: v[(q @ k[:3].T).argmax(1)],
        "two queries": lambda q, k, v: v[(q[:2] @ k.T).argmax(1)],
        "values of one feature": lambda q, k, v: v[(q @ k.T).argmax(1)][:, :1],
    },
}
OTHER = {
    "soft_lookup": {
        "the temperature squared": lambda q, k, v, t: softmax(q @ k.T / t**2, 1) @ v,
        "scores over their sum": lambda q, k, v, t: (q @ k.T / t) / (q @ k.T / t).sum(1, keepdim=True) @ v,
        "directions": lambda q, k, v, t: softmax(F.normalize(q) @ F.normalize(k).T / t, 1) @ v,
        "square matrices": lambda q, k, v, t: softmax(q @ k / t, 1) @ v,
        "one query": lambda q, k, v, t: softmax(k @ q[0] / t, 0) @ v,
        "the first query for all": lambda q, k, v, t: (softmax(k @ q[0] / t, 0) @ v).expand(len(q), -1),
        "keys and values swapped": lambda q, k, v, t: look_up_with_einsum(q, v, k, t),
        "the best key": lambda q, k, v, t: best_in_a_loop(q, k, v),
        "the temperature by name": lambda q, k, v, *, temperature: softmax(q @ k.T / temperature, 1) @ v,
        "no temperature asked for": lambda q, k, v: softmax(q @ k.T, 1) @ v,
        "pooled values and weights": lambda q, k, v, t: (softmax(q @ k.T / t, 1) @ v, softmax(q @ k.T / t, 1)),
        "squeezed": lambda q, k, v, t: look_up_with_einsum(q, k, v, t).squeeze(),
    },
    "hard_lookup": {
        "values and places": lambda q, k, v: v[(q @ k.T).max(dim=1)],
        "the largest dot product of any sign": lambda q, k, v: v[(q @ k.T).abs().argmax(1)],
        "no keys": lambda q, k, v: v[q.argmax(1)],
        "a dimension too many": lambda q, k, v: v[(q @ k.T).argmax(1, keepdim=True)],
        "square matrices": lambda q, k, v: v[(q @ k).argmax(1)],
        "one query": lambda q, k, v: v[(k @ q[0]).argmax()],
        "a warm look-up": lambda q, k, v: softmax(2 * q @ k.T, 1) @ v,
    },
}
CHANGED = {
    "soft_lookup": {"/=": over_the_temperature, "div_": lambda q, k, v, t: softmax(q @ k.div_(t).T, 1) @ v},
    "hard_lookup": {"neg_": lambda q, k, v: v[(q.neg_() @ k.T).argmin(1)]},
}


class TestAnswers(EveryCheck):
    room = queries_keys_values
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
