"""Answers to the exercises of chapter 10, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F
from every_check import INF, EveryCheck, by_hand, masked_in_a_loop, softmax

from paying_attention.checks import trained_model


def filled(scores, place, number=-INF):
    return torch.cat([scores[:, :place], torch.full((len(scores), 1), number), scores[:, place + 1 :]], dim=1)


def seen_but(scores, place):
    return (torch.arange(scores.shape[1]) != place).expand(scores.shape)


def emptied(scores, place):
    return softmax(scores, 1) * (torch.arange(scores.shape[1]) != place)


def mean_in_a_loop(states, mask):
    rows = []
    for pieces, seen in zip(states, mask, strict=True):
        mean = pieces[seen].mean(dim=0)
        rows.append(mean / mean.square().sum().sqrt())
    return torch.stack(rows)


def back_in_a_loop(weights):
    heads, n, _ = weights.shape
    return [sum(float(weights[j, i, i - 1]) for i in range(2, n)) / (n - 2) for j in range(heads)]


def heads_one_by_one(weights, values, w_o):
    d_v = values.shape[2]
    parts = [w_o[:, j * d_v : (j + 1) * d_v] for j in range(len(values))]
    return torch.stack([w * (v @ part.T).norm(dim=1) for w, v, part in zip(weights, values, parts, strict=True)])


def heads_in_numbers(weights, values, w_o):
    d_v = values.shape[2]
    sizes = [
        [math.hypot(*(w_o[:, j * d_v : (j + 1) * d_v] @ v).tolist()) for v in rows] for j, rows in enumerate(values)
    ]
    return weights * torch.tensor(sizes)[:, None]


def each_part(weights, values, w_o):
    return torch.einsum("jqk,jkv,djv->jqkd", weights, values, w_o.unflatten(1, (len(values), -1)))


TENSORS = {"masked": 1, "emptied": 1, "mean_of": 2, "looks_back": 1, "head_contributions": 3}
RIGHT = {
    "masked": {
        "a loop": lambda s, place: masked_in_a_loop(s, seen_but(s, place)),
        "minus infinity": lambda s, place: softmax(filled(s, place), 1),
        "by hand": lambda s, place: by_hand(filled(s, place)),
        "emptied and divided again": lambda s, place: F.normalize(emptied(s, place), p=1, dim=1),
        "NumPy": lambda s, place: softmax(torch.from_numpy(np.where(seen_but(s, place), s.numpy(), -np.inf)), 1),
    },
    "emptied": {
        "a mask of weights": emptied,
        "index_fill": lambda s, place: softmax(s, 1).index_fill(1, torch.tensor(place), 0.0),
        "by hand": lambda s, place: by_hand(s) * seen_but(s, place),
        "in pieces": lambda s, place: filled(softmax(s, 1), place, 0.0),
    },
    "mean_of": {
        "a loop": mean_in_a_loop,
        "a sum, brought to norm 1": lambda x, mask: F.normalize((x * mask[..., None]).sum(1), dim=1),
        "einsum": lambda x, mask: F.normalize(torch.einsum("bnd,bn->bd", x, mask.float()), dim=1),
        "nanmean": lambda x, mask: F.normalize(x.masked_fill(~mask[..., None], torch.nan).nanmean(1), dim=1),
    },
    "looks_back": {
        "a loop": back_in_a_loop,
        "diagonal": lambda w: w.diagonal(-1, 1, 2)[:, 1:].mean(1),
        "places": lambda w: w[:, range(2, w.shape[1]), range(1, w.shape[1] - 1)].mean(1),
        "a smaller matrix": lambda w: w[:, 2:, 1:].diagonal(0, 1, 2).mean(1),
        "NumPy": lambda w: np.diagonal(w.numpy(), -1, 1, 2)[:, 1:].mean(1),
    },
    "head_contributions": {
        "one head after the other": heads_one_by_one,
        "numbers": heads_in_numbers,
        "the norm of each part": lambda w, v, o: each_part(w, v, o).norm(dim=3),
        "double precision": lambda w, v, o: heads_one_by_one(w.double(), v.double(), o.double()),
    },
}
BACK = "the piece before has the smaller column"
KNOWN = {
    "masked": {
        "0 after the softmax": ("That is what emptying does", emptied),
        "a score of 0": ("gets a weight", lambda s, place: softmax(filled(s, place, 0.0), 1)),
        "a row": ("every query loses the same", lambda s, place: trained_model._masked_row(s, place)),
        "cut out": ("was cut out", lambda s, place: softmax(s[:, torch.arange(s.shape[1]) != place], 1)),
        "nothing": ("as they were", lambda s, place: by_hand(s)),
        "minus infinity too late": (
            "among the weights",
            lambda s, place: torch.where(seen_but(s, place), softmax(s, 1), -INF),
        ),
        "all but the place": (
            "the one at that place",
            lambda s, place: softmax(s.masked_fill(seen_but(s, place), -INF), 1),
        ),
        "columns": ("column", lambda s, place: softmax(filled(s, place), 0)),
        "columns, with zeros": ("column", lambda s, place: filled(softmax(s, 0), place, 0.0)),
        "logarithms": ("logarithms", lambda s, place: torch.log_softmax(filled(s, place), 1)),
        "scores": ("Softmax is missing", filled),
    },
    "emptied": {
        "masked": ("That is masking", lambda s, place: softmax(filled(s, place), 1)),
        "divided again": ("That is masking", lambda s, place: F.normalize(emptied(s, place), p=1, dim=1)),
        "a row": ("every query loses the same", lambda s, place: trained_model._emptied_row(s, place)),
        "a score of 0": ("Leave scores and softmax", lambda s, place: softmax(filled(s, place, 0.0), 1)),
        "nothing": ("as they were", lambda s, place: by_hand(s)),
        "cut out": ("was cut out", lambda s, place: softmax(s, 1)[:, torch.arange(s.shape[1]) != place]),
        "columns": ("column", lambda s, place: filled(softmax(s, 0), place, 0.0)),
        "the place alone": ("that place alone", lambda s, place: softmax(s, 1) * ~seen_but(s, place)),
        "scores": ("Softmax comes first", lambda s, place: filled(s, place, 0.0)),
    },
    "mean_of": {
        "padding": ("The mask says what to leave out", lambda x, mask: F.normalize(x.mean(1), dim=1)),
        "no norm": ("The mean is right", lambda x, mask: torch.stack([x[i][mask[i]].mean(0) for i in range(len(x))])),
        "divided by n": ("padding included", lambda x, mask: torch.einsum("bnd,bn->bd", x, mask / x.shape[1])),
        "padding and no norm": ("was counted, and the norm", lambda x, mask: x.mean(1)),
        "a sum": ("This is the sum", lambda x, mask: torch.einsum("bnd,bn->bd", x, mask.float())),
        "norm first": (
            "It is the mean that",
            lambda x, mask: torch.stack([F.normalize(x[i][mask[i]], dim=1).mean(0) for i in range(len(x))]),
        ),
        "norm first and last": (
            "lost their say",
            lambda x, mask: F.normalize((F.normalize(x, dim=2) * mask[..., None]).sum(1), dim=1),
        ),
        "the features": ("ran over the features", lambda x, mask: x.mean(2) * mask),
        "inverted": ("wrong way round", lambda x, mask: mean_in_a_loop(x, ~mask)),
        "inverted, 0 for no padding": (
            "wrong way round",
            lambda x, mask: F.normalize((x * ~mask[..., None]).sum(1), dim=1),
        ),
        "one norm": (
            "Each text has its own",
            lambda x, mask: F.normalize((x * mask[..., None]).sum(1).flatten(), dim=0).view(len(x), -1),
        ),
        "the last piece": (
            "the last piece",
            lambda x, mask: F.normalize(torch.stack([x[i][mask[i]][-1] for i in range(len(x))]), dim=1),
        ),
        "the first piece": ("the first piece", lambda x, mask: F.normalize(x[:, 0], dim=1)),
        "the largest": (
            "largest numbers",
            lambda x, mask: F.normalize(torch.stack([x[i][mask[i]].amax(0) for i in range(len(x))]), dim=1),
        ),
    },
    "looks_back": {
        "ahead": (BACK, lambda w: w.diagonal(1, 1, 2).mean(1)),
        "ahead, without the first": (BACK, lambda w: w.diagonal(1, 1, 2)[:, 1:].mean(1)),
        "turned round": (BACK, lambda w: w.mT.diagonal(-1, 1, 2).mean(1)),
        "the second counted": ("the sink. Leave it out", lambda w: w.diagonal(-1, 1, 2).mean(1)),
        "divided by n": ("divided by n. There", lambda w: w.diagonal(-1, 1, 2)[:, 1:].sum(1) / len(w[0])),
        "divided by n - 1": ("divided by n - 1", lambda w: w.diagonal(-1, 1, 2)[:, 1:].sum(1) / (len(w[0]) - 1)),
        "both": ("and the second piece counted", lambda w: w.diagonal(-1, 1, 2).sum(1) / len(w[0])),
        "a sum": ("This is a sum", lambda w: w.diagonal(-1, 1, 2)[:, 1:].sum(1)),
        "itself": ("main diagonal", lambda w: torch.einsum("jii->j", w) / w.shape[1]),
        "two before": ("two before", lambda w: w.diagonal(-2, 1, 2).mean(1)),
        "one number": ("one number for all heads", lambda w: w.diagonal(-1, 1, 2)[:, 1:].mean()),
        "the heads' mean": ("ran over the heads", lambda w: w.mean(0).diagonal(-1)[1:]),
        "the weights": ("for each head", lambda w: w.diagonal(-1, 1, 2)[:, 1:]),
    },
    "head_contributions": {
        "values alone": ("norms of the values alone", lambda w, v, o: w * v.norm(dim=2)[:, None]),
        "all of w_o": ("all of w_o", lambda w, v, o: w * (v.transpose(0, 1).flatten(1) @ o.T).norm(dim=1)),
        "the wrong cut": ("the wrong way", lambda w, v, o: trained_model._cut_the_other_way(w, v, o)),
        "the weights": ("values have no effect", lambda w, v, o: w.clone()),
        "no root": (
            "root is missing",
            lambda w, v, o: w * each_part(w, v, o)[:, :1].div(w[:, :1, :, None]).square().sum(3),
        ),
        "shares": ("not a share", lambda w, v, o: F.normalize(heads_one_by_one(w, v, o), p=1, dim=2)),
        "each head as a whole": ("as a whole", lambda w, v, o: each_part(w, v, o).sum(2).norm(dim=2)),
        "rows": (
            "Each row was multiplied",
            lambda w, v, o: w * (heads_one_by_one(w, v, o) / w)[:, 0, :, None],
        ),
        "one norm": (
            "One norm was taken",
            lambda w, v, o: w * (heads_one_by_one(w, v, o) / w)[:, 0].square().sum().sqrt(),
        ),
        "summed": ("The heads were summed", lambda w, v, o: heads_one_by_one(w, v, o).sum(0)),
    },
}
EXAMPLE_ONLY = {
    "masked": {
        "the first place": lambda s, place: softmax(filled(s, 0), 1),
        "three keys": lambda s, place: softmax(filled(s[:, :3], place), 1),
    },
    "emptied": {
        "the first place": lambda s, place: emptied(s, 0),
        "three queries": lambda s, place: emptied(s[:3], place) if len(s) > 3 else emptied(s, 0),
    },
    "mean_of": {
        "two texts": lambda x, mask: mean_in_a_loop(x[:2], mask[:2])[:2] if len(x) == 2 and x.shape[2] == 2 else None,
        "two features": lambda x, mask: mean_in_a_loop(x[..., :2], mask),
    },
    "looks_back": {
        "four pieces": lambda w: (w[:, 2, 1] + w[:, 3, 2]) / 2,
        "two heads": lambda w: back_in_a_loop(w[:2]) if len(w) != 2 else back_in_a_loop(w),
    },
    "head_contributions": {
        "two features": lambda w, v, o: heads_one_by_one(w, v[..., :2], o[:, : 2 * len(v)]),
        "two heads": lambda w, v, o: (
            torch.cat([heads_one_by_one(w[:2], v[:2], o[:, : 2 * v.shape[2]]), w[2:]])
            if v.shape[2] == 2 or len(w) > 2
            else w
        ),
    },
}
OTHER = {
    "masked": {
        "a large number": lambda s, place: softmax(filled(s, place, -3.0), 1),
        "the place after": lambda s, place: softmax(filled(s, (place + 1) % s.shape[1]), 1),
        "one entry": lambda s, place: softmax(
            s.index_put((torch.tensor(0), torch.tensor(place)), torch.tensor(-INF)), 1
        ),
    },
    "emptied": {
        "softmax again": lambda s, place: softmax(emptied(s, place), 1),
        "the rows' sums": lambda s, place: emptied(s, place).sum(1),
        "a minus": lambda s, place: -emptied(s, place),
    },
    "mean_of": {
        "the last place": lambda x, mask: F.normalize(x[:, -1], dim=1),
        "the sum of sizes": lambda x, mask: F.normalize((x * mask[..., None]).sum(1), p=1, dim=1),
        "columns": lambda x, mask: F.normalize((x * mask[..., None]).sum(1), dim=0),
        "one text": lambda x, mask: mean_in_a_loop(x, mask)[0],
    },
    "looks_back": {
        "columns": lambda w: w.mean(1)[:, 0],
        "the largest": lambda w: w.diagonal(-1, 1, 2)[:, 1:].amax(1),
        "a median": lambda w: w.diagonal(-1, 1, 2)[:, 1:].median(1).values + 0.1,
        "below the diagonal": lambda w: w.tril(-1).mean((1, 2)),
    },
    "head_contributions": {
        "norms alone": lambda w, v, o: (heads_one_by_one(w, v, o) / w)[:, 0],
        "the parts": each_part,
        "queries and keys exchanged": lambda w, v, o: heads_one_by_one(w, v, o).mT,
        "the mean of heads": lambda w, v, o: heads_one_by_one(w, v, o).mean(0),
        "w_o turned round": lambda w, v, o: heads_one_by_one(w, v, o.flip(1)),
    },
}
CHANGED = {
    "masked": {"into the scores": lambda s, place: softmax(s.index_fill_(1, torch.tensor(place), -INF), 1)},
    "emptied": {"over the scores": lambda s, place: s.copy_(emptied(s, place))},
    "mean_of": {"mul_": lambda x, mask: F.normalize(x.mul_(mask[..., None]).sum(1), dim=1)},
    "looks_back": {"tril_": lambda w: w.tril_(-1).diagonal(-1, 1, 2)[:, 1:].mean(1)},
    "head_contributions": {"mul_": lambda w, v, o: w.mul_(heads_one_by_one(w, v, o) / w)},
}


class TestAnswers(EveryCheck):
    room = trained_model
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
