"""Answers to the exercises of chapter 06, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import math
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from every_check import INF, EveryCheck, by_hand, exponentials_over_their_sum, masked_in_a_loop, softmax

from paying_attention import pooling
from paying_attention.checks import scoring_functions


def bias_in_a_loop(keys):
    return [-sum(feature**2 for feature in key) / 2 for key in keys.tolist()]


def refusing(attention, axis=1, error=ValueError):
    def answer(queries, keys, values, mask):
        if (~mask).all(dim=axis).any():
            raise error("a query may see no key")
        return attention(queries, keys, values, mask)

    return answer


@refusing
def attend(queries, keys, values, mask):
    return masked_in_a_loop(queries @ keys.T / math.sqrt(queries.shape[1]), mask) @ values


def attend_one_by_one(queries, keys, values, mask):
    rows = []
    for query, seen in zip(queries, mask, strict=True):
        if not seen.any():
            raise ValueError
        rows.append((softmax(keys[seen] @ query / len(query) ** 0.5, 0) @ values[seen]).tolist())
    return rows


def attend_with_the_toolbox(queries, keys, values, mask):
    score = partial(pooling.dot_product, temperature=queries.shape[1] ** 0.5)
    return pooling.attention_pooling(queries, keys, values, score, mask)[0]


def scaled(queries, keys):
    return queries @ keys.T / queries.shape[-1] ** 0.5


def masked(queries, keys, values, mask):
    return by_hand(scaled(queries, keys).masked_fill(~mask, -INF)) @ values


TENSORS = {
    "key_bias": 1,
    "attention": 4,
}
RIGHT = {
    "key_bias": {
        "a loop": bias_in_a_loop,
        "einsum": lambda k: -0.5 * torch.einsum("md,md->m", k, k),
        "the norm": lambda k: -(torch.linalg.vector_norm(k, dim=1) ** 2) / 2,
        "half of the distance to 0, squared": lambda k: -torch.cdist(k, torch.zeros(1, k.shape[1])).square()[:, 0] / 2,
        "a Gaussian at 0, in NumPy": lambda k: np.log(np.exp(-(k.numpy().astype(float) ** 2) / 2).prod(axis=1)),
    },
    "attention": {
        "a loop over masks": attend,
        "one query at a time": attend_one_by_one,
        "torch's own": refusing(lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m)),
        "the toolbox": attend_with_the_toolbox,
        "a root of the root on both sides": refusing(
            lambda q, k, v, m: (
                by_hand(((q / q.shape[1] ** 0.25) @ (k / k.shape[1] ** 0.25).T).masked_fill(~m, -INF)) @ v
            )
        ),
        "queries scaled, einsum": refusing(
            lambda q, k, v, m: softmax(torch.einsum("nd,md->nm", q * q.shape[1] ** -0.5, k).where(m, -INF), 1) @ v
        ),
        "low scores added": refusing(lambda q, k, v, m: by_hand(scaled(q, k) + torch.where(m, 0.0, -1e9)) @ v),
        "the lowest number": refusing(
            lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, torch.finfo(torch.float32).min)) @ v
        ),
        "columns that nobody sees left out": refusing(
            lambda q, k, v, m: attend(q, k[m.any(0)], v[m.any(0)], m[:, m.any(0)])
        ),
        "an error of one's own": refusing(attend, error=type("NoKeyIsLeft", (ValueError,), {})),
        "very low scores": refusing(
            lambda q, k, v, m: by_hand(torch.where(m, q.double() @ k.double().T / q.shape[1] ** 0.5, -1e9)) @ v.double()
        ),
    },
}
KNOWN = {
    "key_bias": {
        "no minus": ("sign", lambda k: k.square().sum(1) / 2),
        "no one half": ("one half", lambda k: -(k * k).sum(1)),
        "no minus and no one half": ("wrong way round, and the factor of one half", lambda k: (k * k).sum(1)),
        "the norm not squared": ("was not squared.", lambda k: -torch.linalg.vector_norm(k, dim=1) / 2),
        "the norm, not squared and no one half": (
            "not squared, and the factor of one half",
            lambda k: [-math.hypot(*key) for key in k.tolist()],
        ),
        "half of the norm, squared": ("became a quarter", lambda k: -((k.norm(dim=1) / 2) ** 2)),
        "no sum": ("sum over its features", lambda k: -0.5 * k.square()),
        "no sum and no one half": ("sum over its features", lambda k: -(k.numpy() ** 2)),
        "a constant": ("differs from the right numbers by a constant", lambda k: 1 - k.square().sum(1) / 2),
        "a small constant": ("by a constant", lambda k: 0.01 - k.square().sum(1) / 2),
        "a large constant": ("by a constant", lambda k: [1000 + bias for bias in bias_in_a_loop(k)]),
        "the largest is 0, by a constant of its own for each input": (
            "by a constant",
            lambda k: (k.square().sum(1).max() - k.square().sum(1)) / 2,
        ),
        "a density": (
            "by a constant",
            lambda k: torch.distributions.Normal(0.0, 1.0).log_prob(k).sum(1),
        ),
        "columns": ("over the keys", lambda k: torch.tensor(bias_in_a_loop(k.T))),
        "the mean of squares": ("mean over the features", lambda k: -(k * k).mean(1) / 2),
    },
    "attention": {
        "no refusal": ("does not refuse", lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, -INF)) @ v),
        "a refusal where nobody sees anything": (
            "does not refuse",
            lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, -INF)) @ v if m.any() else attend(q, k, v, m),
        ),
        "0 for no key": ("gets 0", lambda q, k, v, m: masked_in_a_loop(scaled(q, k), m) @ v),
        "the mean for no key": ("uniform", lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, -1e9)) @ v),
        "the mean for no key, scores that are less low": (
            "uniform",
            lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, -1e6)) @ v,
        ),
        "not low enough for some scores": (
            "not below every number",
            refusing(lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, -1e6)) @ v),
        ),
        "not low enough, a thousand": (
            "not below every number",
            refusing(lambda q, k, v, m: by_hand(torch.where(m, scaled(q, k), -1e3)) @ v),
        ),
        "not low enough, added": (
            "not below every number",
            refusing(lambda q, k, v, m: by_hand(scaled(q, k) - 1e6 * ~m) @ v),
        ),
        "not low enough, added, without a refusal": (
            "not below every number",
            lambda q, k, v, m: by_hand(scaled(q, k) - 1e6 * ~m) @ v,
        ),
        "not low enough, and another error": (
            "not below every number",
            refusing(lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, -1e6)) @ v, error=AssertionError),
        ),
        "a key that nobody sees refused": ("Look along the rows", refusing(masked, axis=0)),
        "a key that nobody sees refused, by assert": (
            "Look along the rows",
            refusing(masked, axis=0, error=AssertionError),
        ),
        "a key that nobody sees refused too": ("Look along the rows", refusing(attend, axis=0)),
        "a key that nobody sees refused, low scores": (
            "Look along the rows",
            refusing(lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, -1e9)) @ v, axis=0),
        ),
        "nothing taken away": (
            "0 divided by 0",
            lambda q, k, v, m: exponentials_over_their_sum(scaled(q, k).masked_fill(~m, -INF)) @ v,
        ),
        "nothing taken away, refusing": (
            "0 divided by 0",
            refusing(lambda q, k, v, m: exponentials_over_their_sum(scaled(q, k).masked_fill(~m, -INF)) @ v),
        ),
        "columns": ("column", lambda q, k, v, m: softmax(scaled(q, k).masked_fill(~m, -INF), 0) @ v),
        "columns, refusing": (
            "column",
            refusing(lambda q, k, v, m: softmax(scaled(q, k).masked_fill(~m, -INF), 0) @ v),
        ),
        "divided by the features": (
            "number of features. Divide by its root",
            lambda q, k, v, m: softmax((q @ k.T / k.shape[1]).masked_fill(~m, -INF), 1) @ v,
        ),
        "divided by the features, refusing": (
            "number of features. Divide by its root",
            refusing(lambda q, k, v, m: attend(q / q.shape[1] ** 0.5, k, v, m)),
        ),
        "times the root": ("too uneven", refusing(lambda q, k, v, m: attend(q * q.shape[1], k, v, m))),
        "not scaled": ("not divided by the root", refusing(lambda q, k, v, m: attend(q * q.shape[1] ** 0.5, k, v, m))),
        "mask after softmax": ("after the softmax", lambda q, k, v, m: by_hand(scaled(q, k)).masked_fill(~m, 0) @ v),
        "a score of 0": ("score of 0", refusing(lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, 0)) @ v)),
        "mask the wrong way round": (
            "wrong way round",
            lambda q, k, v, m: softmax(torch.where(m, -INF, scaled(q, k)), 1) @ v,
        ),
        "mask the wrong way round, refusing": (
            "wrong way round",
            refusing(lambda q, k, v, m: softmax(torch.where(m, -INF, scaled(q, k)), 1) @ v),
        ),
        "mask the wrong way round, another error": (
            "wrong way round",
            refusing(lambda q, k, v, m: softmax(torch.where(m, -INF, scaled(q, k)), 1) @ v, error=AssertionError),
        ),
        "mask the wrong way round for the refusal too": (
            "wrong way round",
            lambda q, k, v, m: attend(q, k, v, m.logical_not()),
        ),
        "mask after softmax, refusing": (
            "after the softmax",
            refusing(lambda q, k, v, m: (by_hand(scaled(q, k)) * m) @ v),
        ),
        "no mask": ("no effect", refusing(lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v))),
    },
}
EXAMPLE_ONLY = {
    "key_bias": {
        "two features": lambda k: -(k[:, 0] ** 2 + k[:, 1] ** 2) / 2,
        "three keys": lambda k: bias_in_a_loop(k[:3]),
        "as many as there are features": lambda k: -k.square().sum(1) / k.shape[1],
    },
    "attention": {
        "the root of its features": refusing(lambda q, k, v, m: masked_in_a_loop(q @ k.T / 2, m) @ v),
        "three keys": refusing(lambda q, k, v, m: masked_in_a_loop(scaled(q, k[:3]), m[:, :3]) @ v[:3]),
        "two queries": refusing(lambda q, k, v, m: attend(q[:2], k, v, m[:2])),
        "values of two features": refusing(lambda q, k, v, m: attend(q, k, v[:, :2], m)),
    },
}
OTHER = {
    "key_bias": {
        "all keys": lambda k: -k.square().sum() / 2,
        "the square of the sum": lambda k: -k.sum(1).square() / 2,
        "the sum": lambda k: -k.sum(1) / 2,
        "a column": lambda k: -k.square().sum(1, keepdim=True) / 2,
        "a number that grows from key to key": lambda k: 0.01 * torch.arange(len(k)) - k.square().sum(1) / 2,
        "a constant and no one half": lambda k: 1 - k.square().sum(1),
        "products of all pairs": lambda k: -(k @ k.T) / 2,
        "square matrices": lambda k: -(k @ k).diagonal() / 2,
        "one key": lambda k: -k[0].square().sum() / 2,
    },
    "attention": {
        "a refusal of every mask": lambda q, k, v, m: attend(q, k, v, m & m.all()),
        "the root of the number of keys": refusing(lambda q, k, v, m: masked_in_a_loop(q @ k.T / len(k) ** 0.5, m) @ v),
        "softmax of weights": refusing(lambda q, k, v, m: softmax(masked_in_a_loop(scaled(q, k), m), 1) @ v),
        "not low enough": refusing(lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(~m, -3)) @ v),
        "infinity times 0": refusing(lambda q, k, v, m: by_hand(scaled(q, k) + ~m * -INF) @ v),
        "queries and keys swapped": lambda q, k, v, m: attend(k, q, v, m),
        "the mean of the keys": lambda q, k, v, m: attend(q, k, k, m),
        "the weights": refusing(lambda q, k, v, m: masked_in_a_loop(scaled(q, k), m)),
        "pooled values and weights": lambda q, k, v, m: (attend(q, k, v, m), masked_in_a_loop(scaled(q, k), m)),
        "one query": lambda q, k, v, m: attend(q[:1], k, v, m[:1]),
        "square matrices": lambda q, k, v, m: attend(q, k.T, v, m),
        "no mask asked for": lambda q, k, v: F.scaled_dot_product_attention(q, k, v),
    },
}
CHANGED = {
    "key_bias": {"square_": lambda k: -k.square_().sum(1) / 2},
    "attention": {
        "the mask alone": refusing(lambda q, k, v, m: by_hand(scaled(q, k).masked_fill(m.logical_not_(), -INF)) @ v),
        "queries scaled": lambda q, k, v, m: masked_in_a_loop(q.div_(q.shape[1] ** 0.5) @ k.T, m) @ v,
    },
}


class TestAnswers(EveryCheck):
    room = scoring_functions
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
    # It gives the same weights, and has a sentence of its own.
    a_constant_is_known = ("key_bias",)
    tested_elsewhere = ("check_is_causal",)  # in test_is_causal.py


# What comes instead of a refusal

REFUSALS = {
    "AssertionError": ("it raised AssertionError.", refusing(attend, error=AssertionError)),
    "another error": ("it raised IndexError.", lambda q, k, v, m: attend(q, k, v, m) if m.any(1).all() else [][0]),
    "nothing": ("it returned nothing.", lambda q, k, v, m: attend(q, k, v, m) if m.any(1).all() else None),
    "a string": ("it returned str 'no key'.", lambda q, k, v, m: attend(q, k, v, m) if m.any(1).all() else "no key"),
    "an error that is returned": (
        "it returned ValueError.",
        lambda q, k, v, m: attend(q, k, v, m) if m.any(1).all() else ValueError("no key"),
    ),
    "values": ("it returned a tensor of shape (2, 2).", lambda q, k, v, m: attend(q, k, v, m | ~m.any(1)[:, None])),
    "a refusal of some of the masks": (
        "it returned a tensor of shape (3, 3).",
        lambda q, k, v, m: attend(q, k, v, m) if m.any(1).all() or not m.any(0).all() else v[[0, 1, 0]],
    ),
}


@pytest.mark.parametrize(("came", "answer"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_of_another_kind_is_told_what_is_to_be_raised_and_what_came(came, answer, told):
    assert told("attention", answer) == (
        "Not yet: attention is right where every query may see a key. For a query that may see none it is to raise a "
        f"ValueError; {came}"
    )
