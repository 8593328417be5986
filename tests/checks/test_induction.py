"""Answers to the exercises of chapter 09, right ones and wrong ones, and what is said to them.

A test fails where the check of an exercise lets a wrong answer pass, sends a right one back, or names another mistake.
"""

import math
import runpy
from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F
from every_check import EveryCheck

from paying_attention.checks import induction


def score_in_a_loop(weights, letters, shift=1, over_all=False, turned=False):
    letters, found = letters.tolist(), []
    for i, letter in enumerate(letters):
        places = [j + shift for j in range(i) if letters[j] == letter]
        if places or over_all:
            found.append(sum(float(weights[j, i] if turned else weights[i, j]) for j in places))
    return sum(found) / len(found)


def follow(letters):
    return F.pad(letters[:, None] == letters[None, :-1], (1, 0)).tril()


def mean_in_a_loop(adds, head):
    changed = adds.clone()
    rows = [adds[line, head, place] for line in range(adds.shape[0]) for place in range(adds.shape[2])]
    for line in range(adds.shape[0]):
        for place in range(adds.shape[2]):
            changed[line, head, place] = sum(rows) / len(rows)
    return changed


def set_to(adds, head, what):
    return torch.cat([adds[:, :head], what.expand_as(adds[:, head])[:, None], adds[:, head + 1 :]], dim=1)


def by_order(adds, head, a, b):
    order = list(range(adds.shape[2]))
    order[a], order[b] = b, a
    return torch.cat([adds[:, :head], adds[:, head : head + 1, order], adds[:, head + 1 :]], dim=1)


def overwritten(adds, head, a, b):
    changed = adds.clone()
    changed[:, head, a] = changed[:, head, b]
    changed[:, head, b] = changed[:, head, a]
    return changed


def counted(letters, shift=1):
    letters = letters.tolist()
    places = [i + shift for i in range(len(letters) - 1) if letters[i] == letters[-1] and i + shift >= 0]
    counts = Counter(letters[place] for place in places)
    return torch.tensor([float(counts[letter]) for letter in range(26)])


def by_attention(letters):
    one_hot = F.one_hot(letters, 26).float()
    weights = (one_hot[-1:] @ one_hot[:-1].T).log().softmax(dim=-1)
    return (weights @ one_hot[1:])[0]


def share(counts):
    return counts / counts.sum()


TENSORS = {"induction_score": 2, "without": 1, "exchanged": 1, "successor_shares": 1, "lowest_loss": 1}
RIGHT = {
    "induction_score": {
        "a loop": score_in_a_loop,
        "a mask": lambda w, x: (w * follow(x)).sum() / follow(x).any(1).sum(),
        "einsum": lambda w, x: torch.einsum("nm,nm->n", w, follow(x).to(w.dtype))[follow(x).any(1)].mean(),
        "NumPy": lambda w, x: np.mean((w.numpy() * follow(x).numpy()).sum(1)[follow(x).numpy().any(1)]),
        "double precision": lambda w, x: (w.double() * follow(x)).sum(1)[follow(x).any(1)].mean(),
        "rolled": lambda w, x: (w[:, 1:] * (x[:, None] == x[:-1]).tril(-1)).sum(1)[follow(x).any(1)].mean(),
    },
    "without": {
        "a loop": mean_in_a_loop,
        "put together": lambda a, h: set_to(a, h, a[:, h].mean(dim=(0, 1))),
        "flattened": lambda a, h: set_to(a, h, a[:, h].flatten(0, 1).mean(0)),
        "where": lambda a, h: torch.where(
            (torch.arange(a.shape[1]) == h)[:, None, None], a.mean(dim=(0, 2), keepdim=True), a
        ),
        "NumPy": lambda a, h: np.concatenate(
            [a[:, :h], np.broadcast_to(a[:, h].numpy().mean((0, 1)), a[:, h : h + 1].shape), a[:, h + 1 :]], axis=1
        ),
    },
    "exchanged": {
        "another order": by_order,
        "both at once": lambda x, h, a, b: x.clone().index_put(
            (torch.arange(len(x))[:, None], torch.tensor([[h]]), torch.tensor([[a, b]])), x[:, h][:, [b, a]]
        ),
        "a difference": lambda x, h, a, b: x + set_to(torch.zeros_like(x), h, (by_order(x, h, a, b) - x)[:, h]),
        "double precision": lambda x, h, a, b: by_order(x.double(), h, a, b),
    },
    "successor_shares": {
        "counted": lambda x: share(counted(x)),
        "attention": by_attention,
        "bincount": lambda x: share(torch.bincount(x[1:][x[:-1] == x[-1]], minlength=26)),
        "a mean of one-hot letters": lambda x: F.one_hot(x[1:][x[:-1] == x[-1]], 26).float().mean(0),
        "a list": lambda x: share(counted(x)).tolist(),
    },
    "lowest_loss": {
        "a logarithm": lambda x: torch.log(25.0 - torch.arange(len(x))),
        "a loop": lambda x: [math.log(25 - i) for i in range(len(x))],
        "minus the logarithm of a probability": lambda x: -torch.log(1 / (25.0 - torch.arange(len(x)))),
        "cross-entropy": lambda x: torch.stack(
            [F.cross_entropy(torch.zeros(25 - i), torch.tensor(0)) for i in range(len(x))]
        ),
        "NumPy": lambda x: np.log(25 - np.arange(len(x))),
    },
}
KNOWN = {
    "induction_score": {
        "the twin": ("shift the keys", lambda w, x: score_in_a_loop(w, x, shift=0)),
        "one place too early": (
            "the other way",
            lambda w, x: score_in_a_loop(F.pad(w, (1, 0)), x, shift=0),
        ),
        "over all": ("all queries", lambda w, x: score_in_a_loop(w, x, over_all=True)),
        "turned": ("exchanged", lambda w, x: score_in_a_loop(w, x, turned=True)),
        "a mean over matches": ("number of matches", lambda w, x: w[follow(x)].mean()),
        "a sum": ("added up over the queries", lambda w, x: w[follow(x)].sum()),
        "one back": ("one place back", lambda w, x: torch.stack([w[i, i - 1] for i in range(1, len(w))]).mean()),
    },
    "without": {
        "nothing": ("adds 0", lambda a, h: set_to(a, h, torch.zeros(a.shape[-1]))),
        "over heads": ("mean over the heads", lambda a, h: set_to(a, h, a.sum(1) / a.shape[1])),
        "over heads as well": ("over the heads as well", lambda a, h: set_to(a, h, a.flatten(0, 2).mean(0))),
        "over lines and heads": ("over lines and heads", lambda a, h: set_to(a, h, a.flatten(0, 1).mean(0))),
        "over lines": ("over the lines alone", lambda a, h: set_to(a, h, a[:, h].sum(0) / len(a))),
        "over places": ("over the places alone", lambda a, h: set_to(a, h, a[:, h].mean(1)[:, None])),
        "one number": ("One number", lambda a, h: set_to(a, h, a[:, h].mean())),
        "every head": ("Every head", lambda a, h: a.mean(0).mean(1)[None, :, None].expand_as(a)),
        "cut out": ("cut out", lambda a, h: a[:, [i for i in range(a.shape[1]) if i != h]]),
    },
    "exchanged": {
        "lost": ("the first was lost", overwritten),
        "lost the other way": ("the second was lost", lambda x, h, a, b: overwritten(x, h, b, a)),
        "all heads": (
            "all heads",
            lambda x, h, a, b: x[:, :, [{a: b, b: a}.get(i, i) for i in range(x.shape[2])]],
        ),
        "one line": ("first line", lambda x, h, a, b: torch.cat([by_order(x[:1], h, a, b), x[1:]])),
        "nothing": ("Nothing has changed", lambda x, h, a, b: x.clone()),
    },
    "successor_shares": {
        "counts": ("counts", counted),
        "before": ("came before", lambda x: share(counted(x, shift=-1))),
        "each once": ("same share", lambda x: share((counted(x) > 0).float())),
        "itself": ("match of itself", lambda x: counted(x) / (x == x[-1]).sum()),
        "round": (
            "does not go round",
            lambda x: share(torch.bincount(x.roll(-1)[x == x[-1]], minlength=26)),
        ),
        "over the length": ("how long", lambda x: counted(x) / len(x)),
        "over the pairs": ("how long", lambda x: counted(x) / len(x[1:])),
        "softmax": ("softmax", lambda x: counted(x).softmax(0)),
        "the whole line": ("whole line", lambda x: F.one_hot(x, 26).float().mean(0)),
    },
    "lowest_loss": {
        "ln 26": ("ln 26", lambda x: [math.log(26)] * len(x)),
        "ln 25": ("ln 25", lambda x: [math.log(25)] * len(x)),
        "one too many": ("too many", lambda x: [math.log(26 - i) for i in range(len(x))]),
        "one too few": ("too few", lambda x: [math.log(24 - i) for i in range(len(x))]),
        "how many": ("how many", lambda x: [25.0 - i for i in range(len(x))]),
        "bits": ("bits", lambda x: [math.log2(25 - i) for i in range(len(x))]),
        "the mean": ("mean", lambda x: sum(math.log(25 - i) for i in range(len(x))) / len(x)),
        "probabilities": ("negative", lambda x: [-math.log(25 - i) for i in range(len(x))]),
    },
}
EXAMPLE_ONLY = {
    "induction_score": {
        "three back": lambda w, x: (w[3, 1] + w[4, 2]) / 2,
        "the last two": lambda w, x: (w * follow(x)).sum(1)[-2:].mean(),
        "five letters": lambda w, x: score_in_a_loop(w[:5, :5], x[:5]),
    },
    "without": {
        "the first head": lambda a, h: set_to(a, 0, a[:, 0].mean(dim=(0, 1))),
        "three lines": lambda a, h: set_to(a, h, a[:3, h].sum((0, 1)) / (3 * a.shape[2])),
    },
    "exchanged": {
        "the second head": lambda x, h, a, b: by_order(x, 1, a, b),
        "places 0 and 3": lambda x, h, a, b: by_order(x, h, 0, 3),
    },
    "successor_shares": {
        "two of them": lambda x: (F.one_hot(x[1], 26) + F.one_hot(x[4], 26)) / 2,
        "halves": lambda x: counted(x) / 2,
    },
    "lowest_loss": {
        "three letters": lambda x: torch.tensor([25.0, 24.0, 23.0]).log(),
        "no fewer than 23": lambda x: (25.0 - torch.arange(len(x)).clamp(max=2)).log(),
    },
}
OTHER = {
    "induction_score": {
        "the largest": lambda w, x: w.amax(1).mean(),
        "the first": lambda w, x: w[:, 0].mean(),
        "the diagonal": lambda w, x: w.diagonal().mean(),
        "by letters": lambda w, x: w[:, x % len(x)].mean(),
        "each query": lambda w, x: (w * follow(x)).sum(1),
    },
    "without": {
        "the median": lambda a, h: set_to(a, h, a[:, h].flatten(0, 1).median(0).values),
        "the sum": lambda a, h: set_to(a, h, a[:, h].sum((0, 1))),
        "another head": lambda a, h: set_to(a, h, a[:, h - 1]),
        "half": lambda a, h: set_to(a, h, a[:, h] / 2),
        "summed": lambda a, h: set_to(a, h, a[:, h].mean((0, 1))).sum(1),
    },
    "exchanged": {
        "rolled": lambda x, h, a, b: x.roll(1, 2),
        "turned round": lambda x, h, a, b: x.flip(2),
        "features": lambda x, h, a, b: x.flip(3),
        "heads": lambda x, h, a, b: x.flip(1),
        "the note alone": lambda x, h, a, b: x[:, h, [b, a]],
    },
    "successor_shares": {
        "the last": lambda x: F.one_hot(x[-1], 26).float(),
        "even": lambda x: torch.full((26,), 1 / 26),
        "the latest": lambda x: F.one_hot(x[1:][x[:-1] == x[-1]][-1], 26).float(),
        "the most frequent": lambda x: F.one_hot(counted(x).argmax(), 26).float(),
        "two on": lambda x: share(counted(x[:-1], 2) + 1),
        "as far as 25 letters": lambda x: share(counted(x))[:25],
    },
    "lowest_loss": {
        "base 10": lambda x: [math.log10(25 - i) for i in range(len(x))],
        "by the letters": lambda x: (x + 1.0).log(),
        "backwards": lambda x: [math.log(26 - len(x) + i) + 0.1 for i in range(len(x))],
        "1 / left": lambda x: [1 / (25 - i) for i in range(len(x))],
    },
}
CHANGED = {
    "induction_score": {"mul_": lambda w, x: w.mul_(follow(x)).sum(1)[follow(x).any(1)].mean()},
    "without": {
        "assigned": lambda a, h: a.index_copy_(1, torch.tensor([h]), set_to(a, h, a[:, h].mean((0, 1)))[:, h : h + 1])
    },
    "exchanged": {"copied": lambda x, h, a, b: x.copy_(by_order(x, h, a, b))},
    "successor_shares": {"sorted": lambda x: share(counted(x.add_(1) - 1))},
    "lowest_loss": {"zero_": lambda x: (25.0 - x.copy_(torch.arange(len(x)) + 1) + 1).log()},
}


class TestAnswers(EveryCheck):
    room = induction
    tensors, right, known = TENSORS, RIGHT, KNOWN
    example_only, other, changed = EXAMPLE_ONLY, OTHER, CHANGED
    one_number = ("induction_score",)


def test_answers_are_judged_alike_in_the_double_precision_of_the_chapter(capsys):
    """Its notebook makes it the default before the checks make their inputs."""
    torch.set_default_dtype(torch.float64)
    try:
        room = runpy.run_path(induction.__file__)
        for exercise in TENSORS:
            right = [("Passed: ", answer) for answer in RIGHT[exercise].values()]
            for word, answer in [*right, *KNOWN[exercise].values()]:
                room[f"check_{exercise}"](answer)
                assert word in " ".join(capsys.readouterr().out.split())
    finally:
        torch.set_default_dtype(torch.float32)
