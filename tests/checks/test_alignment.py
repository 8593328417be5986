"""Answers to the exercises of chapter 07, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from every_check import EveryCheck, softmax

from paying_attention.checks import alignment


def places_in_a_loop(weights):
    places = []
    for row in weights.tolist():
        best = 0
        for place, weight in enumerate(row):
            if weight > row[best]:
                best = place
        places.append(best)
    return places


def contributions_in_a_loop(weights, values):
    norms = [math.hypot(*value) for value in values.tolist()]
    return [[weight * norm for weight, norm in zip(row, norms, strict=True)] for row in weights.tolist()]


def norm_of_each_part(weights, values):
    return torch.linalg.vector_norm(weights[:, :, None] * values, dim=2)


def crossed_out(weights):
    places = weights.argmax(1)
    weights[torch.arange(len(weights)), places] = 0
    return places


TENSORS = {
    "sources": 1,
    "contributions": 2,
}
RIGHT = {
    "sources": {
        "a loop": places_in_a_loop,
        "max": lambda w: w.max(dim=1).indices,
        "NumPy": lambda w: np.argmax(w.numpy(), axis=-1),
        "the last one in order": lambda w: w.argsort(dim=1)[:, -1],
        "topk": lambda w: torch.topk(w, 1)[1].squeeze(1),
        "columns of the matrix turned round": lambda w: w.T.argmax(0),
        "numbers of one element, one by one": lambda w: (row.argmax() for row in w),
        "small integers": lambda w: w.argmax(1).to(torch.uint8),
        "places that are floats": lambda w: (w == w.amax(1, keepdim=True)).float() @ torch.arange(w.shape[1]).float(),
    },
    "contributions": {
        "a loop": contributions_in_a_loop,
        "the norm of each part": norm_of_each_part,
        "einsum": lambda w, v: torch.einsum("nm,m->nm", w, torch.einsum("md,md->m", v, v).sqrt()),
        "NumPy": lambda w, v: w.numpy() * np.linalg.norm(v.numpy(), axis=1),
        "double precision": lambda w, v: w.double() * v.double().square().sum(1).sqrt(),
        "a diagonal matrix": lambda w, v: w @ torch.diag(v.norm(dim=1)),
        "turned round twice": lambda w, v: (w.T * v.norm(dim=1, keepdim=True)).T,
        "distances from 0": lambda w, v: w * torch.cdist(torch.zeros(1, v.shape[1]), v),
        "a gradient on the way": lambda w, v: w.clone().requires_grad_() * v.norm(dim=1),
        "rows that are made one by one": lambda w, v: (row * v.norm(dim=1) for row in w),
        "sparse": lambda w, v: (w * v.norm(dim=1)).to_sparse(),
    },
}
KNOWN = {
    "sources": {
        "columns": ("best query for each key", lambda w: w.max(dim=0).indices),
        "turned round": ("best query for each key", lambda w: places_in_a_loop(w.T)),
        "the largest weights": ("where they stand", lambda w: w.max(dim=1).values),
        "weights and places": ("places alone", lambda w: torch.max(w, 1)),
        "weights and places, in a list": ("places alone", lambda w: [w.amax(1).tolist(), places_in_a_loop(w)]),
        "the smallest": ("smallest", lambda w: places_in_a_loop(-w)),
        "the smallest, from the end": ("smallest", lambda w: w.shape[1] - 1 - w.flip(1).argmin(1)),
        "counted from 1": ("from 0", lambda w: [place + 1 for place in places_in_a_loop(w)]),
        "one place for all": ("whole matrix", lambda w: np.argmax(w.numpy())),
    },
    "contributions": {
        "the weights": ("values have no effect", lambda w, v: w.clone()),
        "pooled values": ("pooled values", lambda w, v: torch.einsum("nm,mv->nv", w, v)),
        "no root": ("root is missing", lambda w, v: w * (v @ v.T).diagonal()),
        "one norm for all": ("all values together", lambda w, v: w * torch.linalg.norm(v)),
        "columns of values": ("ran over the keys", lambda w, v: contributions_in_a_loop(w, v.T)),
        "shares": ("not a share", lambda w, v: F.normalize(norm_of_each_part(w, v), p=1, dim=1)),
        "one norm for each row": ("one norm", lambda w, v: w * torch.linalg.norm(v, dim=1, keepdim=True)),
        "a diagonal matrix on the left": ("one norm", lambda w, v: torch.diag(v.norm(dim=1)) @ w),
        "sums of entries": ("The entries of each value", lambda w, v: w * (v @ torch.ones(v.shape[1]))),
        "sums of sizes": ("absolute values", lambda w, v: w * torch.linalg.vector_norm(v, ord=1, dim=1)),
        "summed": ("were summed. Each key has its own", lambda w, v: norm_of_each_part(w, v).sum(1)),
    },
}
EXAMPLE_ONLY = {
    "sources": {
        "three characters of the line": lambda w: w[:, :3].argmax(1),
        "two characters of the answer": lambda w: [int(w[0].argmax()), int(w[1].argmax())],
        "no more of the answer than of the line": lambda w: [int(w[i].argmax()) for i in range(min(w.shape))],
        "more than one half": lambda w: torch.where(w > 0.5)[1],
        "the centre, rounded": lambda w: (w @ torch.arange(w.shape[1]).float()).round(),
        "from the end to the beginning": lambda w: w.argmax(1).sort(descending=True).values,
        "each place once": lambda w: w.argmax(1).unique().flip(0),
        "the last of those that are large": lambda w: [max(torch.where(row > 0.3)[0], default=0) for row in w],
        "a dictionary": lambda w: {int(place): i for i, place in enumerate(w.argmax(1))},
    },
    "contributions": {
        "two features": lambda w, v: w * (v[:, 0] ** 2 + v[:, 1] ** 2).sqrt(),
        "three keys": lambda w, v: w[:, :3] * v[:3].norm(dim=1),
        "two queries": lambda w, v: torch.stack([w[i] * v.norm(dim=1) for i in range(2)]),
        "no more queries than keys": lambda w, v: torch.stack([w[i] * v.norm(dim=1) for i in range(min(w.shape))]),
        "no more features than keys": lambda w, v: w * v[:, : len(v)].norm(dim=1),
        "positive entries": lambda w, v: w * v.relu().norm(dim=1),
        "as many as there are features": lambda w, v: w * v.norm(dim=1) * 2 / v.shape[1],
        "half of the precision": lambda w, v: (w * v.norm(dim=1)).bfloat16(),
        "0 for a small weight": lambda w, v: w.where(w > 0.19, 0) * v.norm(dim=1),
    },
}
OTHER = {
    "sources": {
        "the centre": lambda w: w @ torch.arange(w.shape[1]).float(),
        "the second": lambda w: w.argsort(1)[:, -2],
        "the order of all": lambda w: w.argsort(1, descending=True),
        "a column": lambda w: w.argmax(1, keepdim=True),
        "one-hot": lambda w: F.one_hot(w.argmax(1), w.shape[1]),
        "row and place": lambda w: (w == w.amax(1, keepdim=True)).nonzero(),
        "places and weights": lambda w: (w.argmax(1), w.amax(1)),
        "places in the flat matrix": lambda w: w.argmax(1) + torch.arange(len(w)) * w.shape[1],
        "counted from the end": lambda w: w.argmax(1) - w.shape[1],
        "the line turned round": lambda w: w.flip(1).argmax(1),
        "the answer turned round": lambda w: w.argmax(1).flip(0),
        "the largest sum": lambda w: w.cumsum(1).argmax(1),
        "one character": lambda w: w[0].argmax(),
        "the first character for all": lambda w: w[0].argmax().expand(len(w)),
        "the best of the columns' mean": lambda w: w.mean(0).argmax().repeat(len(w)),
        "the diagonal": lambda w: torch.arange(len(w)),
        "a set": lambda w: set(places_in_a_loop(w)),
        "a dictionary": lambda w: dict(enumerate(places_in_a_loop(w))),
        "truth": lambda w: w.argmax(1).bool(),
        "in words": lambda w: [str(place) for place in places_in_a_loop(w)],
        "square matrices": lambda w: (w @ w).argmax(1),
        "a number that is no place": lambda w: w.argmax(1) + 0.5,
    },
    "contributions": {
        "norms alone": lambda w, v: v.norm(dim=1),
        "norms for each query": lambda w, v: v.norm(dim=1).expand(len(w), -1),
        "the largest entry": lambda w, v: w * v.abs().amax(1),
        "the mean of squares": lambda w, v: w * v.square().mean(1).sqrt(),
        "the root of the sum": lambda w, v: w * v.sum(1).sqrt(),
        "the square of the weight": lambda w, v: w.square() * v.norm(dim=1),
        "the norm of the weights too": lambda w, v: w.norm(dim=1, keepdim=True) * v.norm(dim=1),
        "the norm of pooled values": lambda w, v: (w @ v).norm(dim=1),
        "summed over the queries": lambda w, v: (w * v.norm(dim=1)).sum(0),
        "the parts themselves": lambda w, v: w[:, :, None] * v,
        "directions pooled": lambda w, v: w @ F.normalize(v),
        "divided": lambda w, v: w / v.norm(dim=1),
        "added": lambda w, v: w + v.norm(dim=1),
        "columns that sum to 1": lambda w, v: F.normalize(w * v.norm(dim=1), p=1, dim=0),
        "all that sum to 1": lambda w, v: w * v.norm(dim=1) / (w * v.norm(dim=1)).sum(),
        "the largest is 1": lambda w, v: w * v.norm(dim=1) / (w * v.norm(dim=1)).max(),
        "weights again": lambda w, v: softmax(w * v.norm(dim=1), 1),
        "weights and values swapped": lambda w, v: norm_of_each_part(v, w),
        "keys first": lambda w, v: (w * v.norm(dim=1)).T,
        "flat": lambda w, v: (w * v.norm(dim=1)).flatten(),
        "whole numbers": lambda w, v: (w * v.norm(dim=1)).int(),
        "a minus": lambda w, v: -w * v.norm(dim=1),
        "square matrices": lambda w, v: w.T * v.norm(dim=1),
        "one query": lambda w, v: w[0] * v.norm(dim=1),
        "no values asked for": lambda w: w,
        "contributions and norms": lambda w, v: (w * v.norm(dim=1), v.norm(dim=1)),
    },
}
CHANGED = {
    "sources": {
        "neg_": lambda w: w.neg_().argmin(1),
        "t_": lambda w: w.t_().argmax(0),
        "the largest one crossed out": crossed_out,
    },
    "contributions": {
        "mul_": lambda w, v: w.mul_(v.norm(dim=1)),
        "out": lambda w, v: torch.mul(w, v.norm(dim=1), out=w),
        "the values alone": lambda w, v: w * v.square_().sum(1).sqrt(),
        "in NumPy": lambda w, v: np.multiply(w.numpy(), np.linalg.norm(v.numpy(), axis=1), out=w.numpy()),
    },
}


class TestAnswers(EveryCheck):
    room = alignment
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
