"""The checks of the exercises of chapter 08, and of its failure lab."""

import torch

from paying_attention.checks.judge import Exercise, judge, tell
from paying_attention.checks.shared import COLUMNS, randn, softmax
from paying_attention.language import listed, listed_long, say

_SEVERAL_ITEMS = (
    "The shape is right and the numbers are in the wrong places: a reshape in one step goes through them in order and "
    "gives the first head some of the items, whole. Cut the last dimension in two, then exchange two dimensions."
)


def _split(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def _join(x):
    return x.transpose(1, 2).flatten(2)


def _numbered(*shape):
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)


_SPLIT_HEADS = Exercise(
    "split_heads",
    cases=[(_numbered(2, 3, 4), 2), (randn(2, 4, 8, seed=100), 4), (randn(3, 5, 9, seed=101), 3)],
    right=_split,
    mistakes=[
        (lambda x, h: x.reshape(x.shape[0], h, x.shape[1], -1), _SEVERAL_ITEMS),
        (
            lambda x, h: x.unflatten(-1, (h, -1)),
            "The features are cut, but the heads stand behind the items: exchange the two dimensions.",
        ),
        (
            lambda x, h: x.unflatten(-1, (-1, h)).permute(0, 3, 1, 2),
            "Each head gets every second, third or later feature. The first d / heads features belong to the first "
            "head.",
        ),
        (
            lambda x, h: x.unflatten(-1, (-1, h)).transpose(1, 2),
            "Each piece has as many features as there are heads. It is the pieces that are to be as many, each of "
            "d / heads features.",
        ),
        (
            lambda x, h: x.unflatten(-1, (h, -1)).permute(2, 0, 1, 3),
            "The heads stand in front of the lines. Asked for is (lines, heads, n, d / heads).",
        ),
        (
            lambda x, h: x.unflatten(-1, (h, -1)).permute(0, 2, 3, 1),
            "Items and features are exchanged: an item is a row.",
        ),
    ],
)


def check_split_heads(answer) -> None:
    """Chapter 08: ``split_heads(x, heads)``, x (lines, n, d), returns each head's part of the features of each item.

    The result has shape (lines, heads, n, d / heads).
    """
    judge(_SPLIT_HEADS, answer)


_JOIN_HEADS = Exercise(
    "join_heads",
    cases=[(_split(_numbered(2, 3, 4), 2),), (randn(2, 4, 4, 2, seed=102),), (randn(3, 2, 5, 3, seed=103),)],
    right=_join,
    mistakes=[
        (
            lambda x: x.reshape(x.shape[0], x.shape[2], -1),
            "The shape is right and the numbers are in the wrong places: items and heads were not exchanged before "
            "the last dimensions were put together.",
        ),
        (
            lambda x: x.permute(0, 2, 3, 1).flatten(2),
            "The features of the heads are interleaved. Those of the first head come first, all of them.",
        ),
        (lambda x: x.mean(1), "The heads were averaged. Their answers are put side by side."),
        (
            lambda x: x.sum(1),
            "The heads were summed. Their answers are put side by side; what sums is the last matrix.",
        ),
        (lambda x: x.transpose(1, 2), "The dimensions are exchanged, but the features are still in pieces."),
    ],
)


def check_join_heads(answer) -> None:
    """Chapter 08: ``join_heads(x)``, x (lines, heads, n, size), puts the features of each item side by side again.

    The result has shape (lines, n, heads * size).
    """
    judge(_JOIN_HEADS, answer)


def _back(scores):
    place = torch.arange(len(scores))
    return place[:, None] - place


_BAND_MASK = Exercise(
    "band_mask",
    cases=[
        (randn(4, 4, seed=104), 2),
        (randn(5, 5, seed=105), 1),
        (randn(6, 6, seed=106), 4),
        (randn(3, 3, seed=107), 7),
    ],
    right=lambda scores, width: (_back(scores) >= 0) & (_back(scores) < width),
    mistakes=[
        (
            lambda s, w: (_back(s) <= 0) & (_back(s) > -w),
            "It is transposed: each query sees itself and what comes after it. A query is a row.",
        ),
        (
            lambda s, w: ~((_back(s) >= 0) & (_back(s) < w)),
            "It is the wrong way round: True means may be seen.",
        ),
        (
            lambda s, w: (_back(s) > 0) & (_back(s) <= w),
            "No query sees itself, and so the first one sees nothing.",
        ),
        (
            lambda s, w: (_back(s) > 0) & (_back(s) < w),
            "No query sees itself, and so the first one sees nothing; and the band is one item short.",
        ),
        (
            lambda s, w: (_back(s) >= 0) & (_back(s) <= w),
            "The band is one item too wide: itself counts among the width items.",
        ),
        (
            lambda s, w: _back(s).abs() < w,
            "It looks ahead as far as back. What comes later is not to be seen.",
        ),
        (lambda s, w: _back(s) >= 0, "The width has no effect: this is the causal mask."),
        (lambda s, w: _back(s) < w, "Everything that comes later may be seen."),
        (
            lambda s, w: s.masked_fill(~((_back(s) >= 0) & (_back(s) < w)), -torch.inf),
            "These are masked scores. Asked for is the mask itself.",
        ),
    ],
)


def check_band_mask(answer) -> None:
    """Chapter 08: ``band_mask(scores, width)``, scores (n, n): each query sees itself and what comes just before it.

    ``width`` counts the items that it sees, itself included. The result has shape (n, n), True where it may see.
    """
    judge(_BAND_MASK, answer)


def _answers(weights, signs, numbers):
    return torch.einsum("h,hnm,m->n", signs, weights, numbers)


_ANSWERS = Exercise(
    "answers",
    cases=[
        (
            torch.tensor([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.25, 0.75]]]),
            torch.tensor([1.0, -1.0]),
            torch.tensor([4.0, 8.0]),
        ),
        (softmax(randn(3, 4, 4, seed=108)), torch.tensor([1.0, 1.0, -1.0]), randn(4, seed=109)),
        (softmax(randn(2, 5, 3, seed=110)), torch.tensor([-1.0, -1.0]), randn(3, seed=111)),
        (softmax(randn(2, 2, 6, seed=112)), torch.tensor([1.0, -1.0]), randn(6, seed=113)),
    ],
    right=_answers,
    mistakes=[
        (
            lambda w, s, x: s.sum() * (w.mean(0) @ x),
            "The maps were averaged before the signs came in, and then a plus and a minus leave nothing. Let each head "
            "pool with its own map.",
        ),
        (
            lambda w, s, x: w.mean(0) @ x,
            "This is the mean over heads. Each head pools with its own map, gets its sign, and then they are summed.",
        ),
        (lambda w, s, x: (w @ x).sum(0), "The signs have no effect."),
        (lambda w, s, x: _answers(w, s, x) / len(s), "The heads were averaged at the end. Heads add."),
        (
            lambda w, s, x: s[:, None] * (w @ x),
            "There is still an answer for each head. What the layer returns is their sum.",
        ),
        (
            lambda w, s, x: _answers(w.transpose(1, 2), s, x),
            "The maps are transposed: a query is a row, and the mean is taken along it.",
        ),
    ],
)


def check_answers(answer) -> None:
    """Chapter 08: ``answers(weights, signs, numbers)`` returns what heads with a sign each return together.

    Shapes: weights (heads, n, m), signs (heads,), numbers (m,); the result has shape (n,).
    """
    judge(_ANSWERS, answer)


_FADES = (
    "the distance is right there, but the many far keys take the weight: in the longest lines it fades. Which one "
    "silences far keys by itself?"
)
_BREAKS = "added vectors break off beyond the lines of the practice."
_NO_ORDER = "without positions one layer cannot tell which of the items before it is the nearest."
_TOO_NEAR = "its slope takes too much from what lies five back, and it did not learn it."
_ADDS_ORDER = "an answer would then depend on the order, which means nothing in a set."
# For each job: what is right, and what there is to say to every other choice.
_JOBS = {
    "a set of points, in no order": (
        {"none"},
        dict.fromkeys(("learned", "sinusoids", "rotary", "per distance", "ALiBi"), _ADDS_ORDER),
    ),
    "one back, in lines eight times as long as practised": (
        {"ALiBi"},
        {"none": _NO_ORDER, "learned": _BREAKS, "sinusoids": _BREAKS, "rotary": _FADES, "per distance": _FADES},
    ),
    "five back, in lines twice as long as practised": (
        {"rotary", "per distance"},
        {"none": _NO_ORDER, "learned": _BREAKS, "sinusoids": _BREAKS, "ALiBi": _TOO_NEAR},
    ),
    "five back, in lines as long as practised": (
        {"learned", "sinusoids", "rotary", "per distance"},
        {"none": _NO_ORDER, "ALiBi": _TOO_NEAR},
    ),
}
_WAYS = ("none", "learned", "sinusoids", "rotary", "per distance", "ALiBi")


def _verdict_on_positions(choice):
    if not isinstance(choice, dict):
        came = type(choice).__name__
        return False, say("choice is to be a dictionary with a way for each job; {type} came.", type=came)
    if set(choice) != set(_JOBS):
        return False, say("choice needs the four jobs as they were given: {jobs}.", jobs=listed_long(_JOBS))
    for job, (right, wrong) in _JOBS.items():
        way = choice[job]
        if way is None:
            return False, say("nothing is chosen yet for: {job}.", job=job)
        if not isinstance(way, str) or way not in _WAYS:
            return False, say(
                "for the job {job!r} choose one of {ways}; {way!r} came.",
                job=job,
                ways=listed(map(repr, _WAYS)),
                way=way,
            )
        if way not in right:
            return False, say("{way!r} will not do for the job {job!r}: {why}", way=way, job=job, why=say(wrong[way]))
    return True, say("each of the four will do for its job, by what the chapter measured.")


def check_positions(choice) -> None:
    """Chapter 08: ``choice``, a dictionary, names for each of four jobs a way of telling positions that will do."""
    tell(*_verdict_on_positions(choice))


def _falling(numbers, g):
    return torch.sigmoid(-g * numbers)


_FALLING = Exercise(
    "falling",
    cases=[
        (torch.tensor([-1.0, 0.0, 2.0]), 0.5),
        (2 * randn(2, seed=114), 1.5),
        (2 * randn(6, seed=115), 0.1),
        (randn(1, seed=116), 3.0),
    ],
    right=_falling,
    mistakes=[
        (lambda x, g: torch.sigmoid(g * x), "The sign is the wrong way round: the answer grows with the number."),
        (lambda x, g: torch.sigmoid(-x), "g has no effect: it multiplies the score."),
        (lambda x, g: torch.sigmoid(-x / g), "The number was divided by g. The score is -g x."),
        (
            lambda x, g: torch.softmax(-g * x, 0),
            "The numbers compete with each other: the softmax ran over the queries. Each number is a query of its own, "
            "with two keys.",
        ),
        (
            lambda x, g: torch.softmax(torch.stack([-g * x, 0 * x], 1), 1),
            "These are the weights of both keys. Pool the values, 1 and 0.",
        ),
        (
            lambda x, g: torch.exp(-g * x),
            "This is the exponential of the score. Divide by the sum over both keys; the other one's is 1.",
        ),
        (lambda x, g: -g * x, "This is the score. What does the softmax make of it?"),
    ],
)


def check_falling(answer) -> None:
    """Chapter 08: ``falling(numbers, g)`` returns what a head of two keys hands on, scores -g x and 0, values 1 and 0.

    Shapes: numbers (n,), g one number; the result has shape (n,).
    """
    judge(_FALLING, answer)


def _weights(q, k, mask, scale=None, dim=-1):
    scores = q @ k.transpose(-2, -1) / (scale or q.shape[-1] ** 0.5)
    return softmax(scores.masked_fill(~mask, -torch.inf), dim)


def _multi_head(
    x, w_in, w_out, mask, heads, split=_split, join=_join, scale=None, dim=-1, change=lambda weights: weights
):
    q, k, v = (split(x @ w, heads) for w in w_in)
    return join(change(_weights(q, k, mask, scale, dim)) @ v) @ w_out


def _across_lines(x, w_in, w_out, mask, heads):
    return _multi_head(x.transpose(0, 1), w_in, w_out, mask[: len(x), : len(x)], heads).transpose(0, 1)


def _causal(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def _layer_case(lines, n, d, heads, seed):
    return (
        randn(lines, n, d, seed=seed),
        randn(3, d, d, seed=seed + 1) / d**0.5,
        randn(d, d, seed=seed + 2) / d**0.5,
        _causal(n),
        heads,
    )


_INVERTED = "The mask is the wrong way round: True means may be seen. The last query of a causal mask sees nothing."
_TRANSPOSED = (
    "A matrix of the projections was transposed, as PyTorch's Linear keeps its own. Multiply by each as it stands: "
    "x @ w."
)
_MULTI_HEAD = Exercise(
    "multi_head",
    cases=[_layer_case(2, 4, 8, 2, 120), _layer_case(3, 5, 12, 3, 124), _layer_case(2, 3, 8, 4, 128)],
    right=_multi_head,
    mistakes=[
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m, h, split=lambda z, h: z.reshape(len(z), h, z.shape[1], -1)),
            "The heads were cut by a reshape in one step, which gives each head some of the items instead of a part of "
            "every item. A later item then changes an earlier answer.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m, h, join=lambda z: z.reshape(x.shape)),
            "The heads were put together without exchanging heads and items first, so that the features of an item "
            "come from several items.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m.T, h),
            "The mask is transposed: each query sees itself and what comes later. Change a later item, and an earlier "
            "answer moves.",
        ),
        (lambda x, i, o, m, h: _multi_head(x, i, o, ~m, h), _INVERTED),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m | True, h),
            "The mask has no effect. Change a later item, and an earlier answer moves.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m, h, scale=x.shape[-1] ** 0.5),
            "The scores were divided by the root of d. A query of a head has d / heads features: divide by the root of "
            "that, or the weights come out too even.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m, h, scale=1.0),
            "The scores were not divided by the root of the number of features of a head.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i, torch.eye(x.shape[-1], dtype=x.dtype), m, h),
            "The last projection is missing: the answers of the heads lie side by side and are not mixed.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m, h, change=lambda w: w.mean(1, keepdim=True)),
            "The weights were averaged over the heads before they pooled: all heads take the same mean. Each has its "
            "own map.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m | True, h, change=lambda w: w * m),
            "The mask came after the softmax, and the weights that are left sum to less than 1. Mask the scores.",
        ),
        (lambda x, i, o, m, h: _multi_head(x, i, o, m, h, dim=-2), COLUMNS),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m, h, dim=1),
            "The softmax ran over the heads. It is to run over the keys, which are the last dimension of the scores.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i, o, m, 1),
            "The number of heads has no effect: this is one head of all features.",
        ),
        (lambda x, i, o, m, h: _multi_head(x, i.mT, o, m, h), _TRANSPOSED),
        (lambda x, i, o, m, h: _multi_head(x, i, o.T, m, h), _TRANSPOSED),
        (lambda x, i, o, m, h: _multi_head(x, i.mT, o.T, m, h), _TRANSPOSED),
        (
            lambda x, i, o, m, h: x + _multi_head(x, i, o, m, h),
            "What came in was added. Asked for is what the layer itself returns.",
        ),
        (
            _across_lines,
            "Lines and items are exchanged: the lines of the batch attend to each other. Change another line, and this "
            "one moves.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i[[1, 0, 2]], o, m, h),
            "The projections of queries and keys are exchanged: the first of the three makes the queries.",
        ),
        (
            lambda x, i, o, m, h: _multi_head(x, i[[0, 1, 1]], o, m, h),
            "It pools the keys. The third projection makes the values.",
        ),
    ],
)


def check_multi_head(answer) -> None:
    """Chapter 08: ``multi_head(x, w_in, w_out, mask, heads)``, a layer of several heads: its failure lab.

    Shapes: x (lines, n, d), w_in (3, d, d) with the projections of queries, keys and values, w_out (d, d), mask (n, n),
    True where a query may see a key. The result has shape (lines, n, d).
    """
    judge(_MULTI_HEAD, answer)
