"""Answers to the exercises of chapter 08, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake;
where a choice of positions passes that the chapter's tables speak against; or where a layer of the failure lab passes.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from every_check import EveryCheck, softmax

from paying_attention.checks import self_attention
from paying_attention.heads import MultiHeadAttention, causal_mask


def split_in_a_loop(x, heads):
    size = x.shape[2] // heads
    return torch.stack([x[:, :, head * size : (head + 1) * size] for head in range(heads)], dim=1)


def joined_in_a_loop(x):
    return torch.cat([x[:, head] for head in range(x.shape[1])], dim=2)


def band_in_a_loop(scores, width):
    n = len(scores)
    return [[i - width < j <= i for j in range(n)] for i in range(n)]


def answers_in_a_loop(weights, signs, numbers):
    total = 0
    for head, sign in zip(weights, signs.tolist(), strict=True):
        total = total + sign * (head @ numbers)
    return total


def falling_in_two_exponentials(numbers, g):
    first, second = torch.exp(-g * numbers), torch.exp(0 * numbers)
    return first / (first + second)


def pytorchs_layer(x, w_in, w_out, mask, heads):
    with torch.random.fork_rng():  # its first weights are drawn, and then replaced
        layer = torch.nn.MultiheadAttention(x.shape[2], heads, bias=False, batch_first=True)
    with torch.no_grad():
        layer.in_proj_weight.copy_(torch.cat([w.T for w in w_in]))
        layer.out_proj.weight.copy_(w_out.T)
        return layer(x, x, x, attn_mask=~mask)[0]


def the_toolboxs_layer(x, w_in, w_out, mask, heads):
    with torch.random.fork_rng():
        layer = MultiHeadAttention(x.shape[2], heads)
    for projection, w in zip((layer.w_q, layer.w_k, layer.w_v, layer.w_o), (*w_in, w_out), strict=True):
        projection.weight = torch.nn.Parameter(w.T)
    return layer(x, x, x, mask)[0]


def heads_one_by_one(x, w_in, w_out, mask, heads, attend=None):
    size, total = x.shape[2] // heads, 0
    for head in range(heads):
        piece = slice(head * size, (head + 1) * size)
        q, k, v = (x @ w[:, piece] for w in w_in)
        attend = attend or F.scaled_dot_product_attention
        total = total + attend(q, k, v, attn_mask=mask) @ w_out[piece]
    return total


def layer(cut=split_in_a_loop, join=joined_in_a_loop, scale=None, masked=None, dim=3, weights=lambda w: w, ends=True):
    """A layer of several heads with one piece exchanged."""

    def attend(x, w_in, w_out, mask, heads):
        q, k, v = (cut(x @ w, heads) for w in w_in)
        scores = q @ k.mT / (scale(x, heads) if scale else q.shape[3] ** 0.5)
        scores = scores.masked_fill(~(masked(mask) if masked else mask), -torch.inf)
        together = join(weights(softmax(scores, dim)) @ v)
        return together @ w_out if ends else together

    return attend


def across_lines(x, w_in, w_out, mask, heads):
    return pytorchs_layer(x.transpose(0, 1), w_in, w_out, mask[: len(x), : len(x)], heads).transpose(0, 1)


TENSORS = {"split_heads": 1, "join_heads": 1, "band_mask": 1, "answers": 3, "falling": 1, "multi_head": 4}
RIGHT = {
    "split_heads": {
        "a loop": split_in_a_loop,
        "view": lambda x, h: x.view(*x.shape[:2], h, -1).permute(0, 2, 1, 3),
        "chunks": lambda x, h: torch.stack(x.chunk(h, dim=2), dim=1),
        "NumPy": lambda x, h: np.stack(np.split(x.numpy(), h, axis=2), axis=1),
        "einsum": lambda x, h: torch.einsum("bnhe->bhne", x.unflatten(2, (h, -1))),
    },
    "join_heads": {
        "a loop": joined_in_a_loop,
        "permute": lambda x: x.permute(0, 2, 1, 3).reshape(x.shape[0], x.shape[2], -1),
        "unbind": lambda x: torch.cat(x.unbind(1), dim=-1),
        "NumPy": lambda x: np.concatenate([x[:, i].numpy() for i in range(x.shape[1])], axis=-1),
    },
    "band_mask": {
        "a loop": band_in_a_loop,
        "tril and triu": lambda s, w: torch.ones_like(s).tril().triu(1 - w).bool(),
        "tril without tril": lambda s, w: torch.ones_like(s).tril() - torch.ones_like(s).tril(-w),
        "numbers": lambda s, w: torch.ones_like(s).tril().triu(1 - w),
        "NumPy": lambda s, w: np.tri(len(s)) - np.tri(len(s), k=-w),
    },
    "answers": {
        "a loop": answers_in_a_loop,
        "einsum": lambda w, s, x: torch.einsum("hnm,m,h->n", w, x, s),
        "signs first": lambda w, s, x: (s[:, None, None] * w).sum(0) @ x,
        "a product from the left": lambda w, s, x: s @ (w @ x),
    },
    "falling": {
        "two exponentials": falling_in_two_exponentials,
        "sigmoid": lambda x, g: torch.sigmoid(-g * x),
        "softmax": lambda x, g: softmax(torch.stack([-g * x, torch.zeros_like(x)]), 0)[0],
        "one less the other": lambda x, g: 1 - torch.sigmoid(g * x),
        "tanh": lambda x, g: (1 - torch.tanh(g * x / 2)) / 2,
    },
    "multi_head": {
        "PyTorch's layer": pytorchs_layer,
        "the toolbox's": the_toolboxs_layer,
        "heads one by one": heads_one_by_one,
        "all at once": layer(),
        "einsum": layer(join=lambda z: torch.einsum("bhne->bnhe", z).flatten(2)),
    },
}
KNOWN = {
    "split_heads": {
        "reshape": ("in the wrong places", lambda x, h: x.view(len(x), h, x.shape[1], x.shape[2] // h)),
        "heads behind": ("stand behind the items", lambda x, h: x.view(*x.shape[:2], h, -1)),
        "interleaved": ("every second", lambda x, h: torch.stack([x[:, :, i::h] for i in range(h)], 1)),
        "pieces of that size": ("It is the pieces", lambda x, h: torch.stack(x.split(h, dim=2), dim=1)),
        "heads first": ("in front of the lines", lambda x, h: torch.stack(x.chunk(h, dim=2))),
        "features first": ("an item is a row", lambda x, h: split_in_a_loop(x, h).mT),
    },
    "join_heads": {
        "reshape": ("in the wrong places", lambda x: x.reshape(len(x), x.shape[2], x.shape[1] * x.shape[3])),
        "interleaved": ("interleaved", lambda x: torch.stack(x.unbind(1), dim=-1).flatten(2)),
        "mean": ("averaged", lambda x: x.mean(dim=1)),
        "sum": ("were summed", lambda x: sum(x.unbind(1))),
        "in pieces": ("still in pieces", lambda x: x.permute(0, 2, 1, 3)),
    },
    "band_mask": {
        "transposed": ("transposed", lambda s, w: torch.ones_like(s).tril().triu(1 - w).T),
        "inverted": ("wrong way round", lambda s, w: torch.ones_like(s).tril().triu(1 - w) == 0),
        "without itself": ("the first one sees nothing.", lambda s, w: torch.ones_like(s).tril(-1).triu(-w)),
        "short": ("one item short", lambda s, w: torch.ones_like(s).tril(-1).triu(1 - w)),
        "wide": ("too wide", lambda s, w: torch.ones_like(s).tril().triu(-w)),
        "both sides": ("ahead as far as back", lambda s, w: torch.ones_like(s).tril(w - 1).triu(1 - w)),
        "causal": ("The width has no effect", lambda s, w: torch.ones_like(s).tril()),
        "all that comes": ("Everything that comes later", lambda s, w: torch.ones_like(s).triu(1 - w)),
        "scores": (
            "masked scores",
            lambda s, w: torch.where(torch.tensor(band_in_a_loop(s, w)), s, -torch.inf),
        ),
    },
    "answers": {
        "mean first": ("averaged before the signs", lambda w, s, x: s.sum() * w.mean(dim=0) @ x),
        "mean": ("mean over heads", lambda w, s, x: w.mean(dim=0) @ x),
        "no signs": ("signs have no effect", lambda w, s, x: w.sum(dim=0) @ x),
        "mean last": ("averaged at the end", lambda w, s, x: (s[:, None] * (w @ x)).mean(dim=0)),
        "one each": ("an answer for each head", lambda w, s, x: torch.stack([a * m @ x for a, m in zip(s, w)])),  # noqa: B905
        "transposed": ("transposed", lambda w, s, x: s @ (w.mT @ x)),
    },
    "falling": {
        "rising": ("wrong way round", lambda x, g: torch.sigmoid(g * x)),
        "without g": ("no effect", lambda x, g: torch.sigmoid(-x)),
        "divided": ("divided by g", lambda x, g: torch.sigmoid(-x / g)),
        "one softmax": ("compete", lambda x, g: softmax(-g * x, 0)),
        "columns": ("over the queries", lambda x, g: softmax(torch.stack([-g * x, 0 * x], 1), 0)[:, 0]),
        "weights": ("weights of both keys", lambda x, g: torch.stack([torch.sigmoid(-g * x), torch.sigmoid(g * x)], 1)),
        "exponential": ("exponential of the score", lambda x, g: torch.exp(-g * x)),
        "score": ("This is the score", lambda x, g: -g * x),
    },
    "multi_head": {
        "cut by reshape": ("in one step", layer(cut=lambda z, h: z.reshape(len(z), h, z.shape[1], -1))),
        "joined by reshape": (
            "put together without",
            layer(join=lambda z: z.reshape(len(z), z.shape[2], z.shape[1] * z.shape[3])),
        ),
        "mask transposed": ("mask is transposed", layer(masked=lambda m: m.T)),
        "mask inverted": ("wrong way round", layer(masked=lambda m: ~m)),
        "no mask": ("mask has no effect", layer(masked=torch.ones_like)),
        "root of d": ("root of d.", layer(scale=lambda x, h: x.shape[2] ** 0.5)),
        "no root": ("were not divided", layer(scale=lambda x, h: 1.0)),
        "no last projection": ("last projection is missing", layer(ends=False)),
        "mask after softmax": ("after the softmax", layer(masked=torch.ones_like, weights=lambda w: w.tril())),
        "columns": ("column", layer(dim=2)),
        "over the heads": ("ran over the heads", layer(dim=1)),
        "one head": ("number of heads has no effect", lambda x, i, o, m, h: pytorchs_layer(x, i, o, m, 1)),
        "transposed": ("x @ w.", lambda x, i, o, m, h: pytorchs_layer(x, i.mT, o, m, h)),
        "the last one transposed": ("x @ w.", lambda x, i, o, m, h: pytorchs_layer(x, i, o.T, m, h)),
        "all transposed": ("x @ w.", lambda x, i, o, m, h: pytorchs_layer(x, i.mT, o.T, m, h)),
        "with what came in": ("What came in", lambda x, i, o, m, h: x + pytorchs_layer(x, i, o, m, h)),
        "mean of the maps": ("averaged over the heads", layer(weights=lambda w: w.mean(1, keepdim=True).expand_as(w))),
        "across lines": ("lines of the batch", across_lines),
        "keys ask": ("are exchanged: the first", lambda x, i, o, m, h: pytorchs_layer(x, i[[1, 0, 2]], o, m, h)),
        "keys pooled": ("It pools the keys", lambda x, i, o, m, h: pytorchs_layer(x, i[[0, 1, 1]], o, m, h)),
    },
}
EXAMPLE_ONLY = {
    "split_heads": {
        "two heads": lambda x, h: split_in_a_loop(x, 2),
        "pieces of two": lambda x, h: torch.stack(x.split(2, dim=2), dim=1),
        "two lines": lambda x, h: split_in_a_loop(x[:2], 2),
    },
    "join_heads": {
        "two heads": lambda x: torch.cat([x[:, 0], x[:, 1]], dim=2),
        "four features": lambda x: joined_in_a_loop(x)[:, :, :4],
        "three items": lambda x: joined_in_a_loop(x)[:, :3],
    },
    "band_mask": {
        "two": lambda s, w: torch.tensor(band_in_a_loop(s, 2)),
        "half of it": lambda s, w: torch.tensor(band_in_a_loop(s, len(s) // 2)),
        "four items": lambda s, w: torch.ones(4, 4).tril().triu(-1),
    },
    "answers": {
        "plus and minus": lambda w, s, x: w[0] @ x - w[1] @ x,
        "two queries": lambda w, s, x: answers_in_a_loop(w, s, x)[:2],
        "two keys": lambda w, s, x: answers_in_a_loop(w[:, :2, :2], s, x[:2]),
    },
    "falling": {
        "a half": lambda x, g: torch.sigmoid(-x / 2),
        "three numbers": lambda x, g: torch.sigmoid(-g * torch.tensor([-1.0, 0.0, 2.0])),
        "no smaller than minus one": lambda x, g: torch.sigmoid(-g * x.clamp(min=-1)),
    },
    "multi_head": {
        "two heads": lambda x, i, o, m, h: pytorchs_layer(x, i, o, m, 2),
        "a root of four": layer(scale=lambda x, h: 2.0),
        "two lines": lambda x, i, o, m, h: pytorchs_layer(x[:2], i, o, m, h)[:, :4],
    },
}
OTHER = {
    "split_heads": {
        "the heads in reverse": lambda x, h: split_in_a_loop(x, h).flip(1),
        "as it came": lambda x, h: x,
        "a list for each line": lambda x, h: list(x),
        "not cut": lambda x, h: x[:, None].expand(-1, h, -1, -1),
    },
    "join_heads": {
        "the heads in reverse": lambda x: joined_in_a_loop(x.flip(1)),
        "the first": lambda x: x[:, 0],
        "as it came": lambda x: x,
        "flat": lambda x: x.flatten(1),
    },
    "band_mask": {
        "all": lambda s, w: torch.ones_like(s),
        "none": lambda s, w: torch.zeros_like(s),
        "the other corner": lambda s, w: torch.tensor(band_in_a_loop(s, w)).flip(1),
        "itself": lambda s, w: torch.eye(len(s)),
        "by the scores": lambda s, w: s > 0,
    },
    "answers": {
        "the sum of the numbers": lambda w, s, x: x.sum().expand(w.shape[1]),
        "signs of the answer": lambda w, s, x: answers_in_a_loop(w, s, x).sign(),
        "the largest": lambda w, s, x: (w @ x).amax(0),
        "a minus": lambda w, s, x: -answers_in_a_loop(w, s, x),
        "weights again": lambda w, s, x: answers_in_a_loop(softmax(w, 2), s, x),
    },
    "falling": {
        "the other key": lambda x, g: 2 * torch.sigmoid(-g * x),
        "linear": lambda x, g: 0.5 - g * x / 4,
        "tanh": lambda x, g: -torch.tanh(g * x),
        "squared": lambda x, g: torch.sigmoid(-g * x * x),
        "whole": lambda x, g: (x < 0).float(),
    },
    "multi_head": {
        "weights turned round": layer(weights=lambda w: w.mT),
        "queries pooled": lambda x, i, o, m, h: pytorchs_layer(x, i[[0, 1, 0]], o, m, h),
        "another order": lambda x, i, o, m, h: pytorchs_layer(x, i[[1, 2, 0]], o, m, h),
        "the last one first": lambda x, i, o, m, h: pytorchs_layer(x @ o, i, torch.eye(len(o)), m, h),
    },
}
CHANGED = {
    "split_heads": {"zeroed": lambda x, h: split_in_a_loop(x, h).clone() * 1 if x.zero_() is None else x.view(-1)},
    "join_heads": {"mul_": lambda x: joined_in_a_loop(x.mul_(2)) / 2},
    "band_mask": {"fill_": lambda s, w: s.fill_(1).tril().triu(1 - w)},
    "answers": {"mul_": lambda w, s, x: w.mul_(s[:, None, None]).sum(0) @ x},
    "falling": {"mul_": lambda x, g: torch.sigmoid(x.mul_(-g)), "neg_": lambda x, g: torch.sigmoid(x.neg_() * g)},
    "multi_head": {
        "the mask turned round": lambda x, i, o, m, h: pytorchs_layer(x, i, o, m.logical_not_().logical_not(), h),
    },
}


class TestAnswers(EveryCheck):
    room = self_attention
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED

    def test_there_is_a_test_for_every_check(self):
        here = {name for name in vars(self.room) if name.startswith("check_")}
        assert here == {f"check_{name}" for name in self.tensors} | {"check_positions"}  # that one below


# Which positions?

JOBS = {
    "a set of points, in no order": "none",
    "one back, in lines eight times as long as practised": "ALiBi",
    "five back, in lines twice as long as practised": "rotary",
    "five back, in lines as long as practised": "learned",
}


def said_to(choice, capsys):
    self_attention.check_positions(choice)
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "other", [{}, {2: "per distance"}, {3: "per distance"}, {3: "sinusoids"}, {3: "rotary"}], ids=str
)
def test_every_choice_that_will_do_passes(other, capsys):
    jobs = list(JOBS)
    assert said_to(JOBS | {jobs[i]: way for i, way in other.items()}, capsys).startswith("Passed: ")


@pytest.mark.parametrize(
    ("job", "way", "word"),
    [
        (0, "learned", "means nothing in a set"),
        (0, "ALiBi", "means nothing in a set"),
        (1, "rotary", "far keys"),
        (1, "per distance", "far keys"),
        (1, "sinusoids", "break off"),
        (1, "none", "nearest"),
        (2, "learned", "break off"),
        (2, "sinusoids", "break off"),
        (2, "ALiBi", "slope"),
        (3, "ALiBi", "slope"),
        (3, "none", "nearest"),
    ],
)
def test_a_choice_that_will_not_do_is_named_with_its_reason(job, way, word, capsys):
    said = said_to(JOBS | {list(JOBS)[job]: way}, capsys)
    assert said.startswith(f"Not yet: {way!r} will not do for the job {list(JOBS)[job]!r}")
    assert word in said


@pytest.mark.parametrize(
    ("choice", "word"),
    [
        (None, "a dictionary"),
        ("rotary", "a dictionary"),
        ({}, "four jobs"),
        (JOBS | {"another": "none"}, "four jobs"),
        (dict.fromkeys(JOBS), "nothing is chosen yet for: a set"),
        (JOBS | {"five back, in lines as long as practised": "RoPE"}, "'RoPE' came"),
        (JOBS | {"five back, in lines as long as practised": ["rotary"]}, "['rotary'] came"),
        (JOBS | {"five back, in lines as long as practised": 3}, "3 came"),
    ],
)
def test_what_is_no_choice_is_sent_back(choice, word, capsys):
    said = said_to(choice, capsys)
    assert said.startswith("Not yet: ")
    assert word in said


def test_the_mask_of_every_layer_is_the_causal_one():
    """Else a layer that turns its mask round could not be told from one that is right."""
    for *_, mask, _heads in self_attention._MULTI_HEAD.cases:
        assert torch.equal(mask, causal_mask(len(mask)))
