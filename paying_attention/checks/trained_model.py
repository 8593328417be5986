"""The checks of the exercises of chapter 10."""

import math

import torch

from paying_attention.checks.judge import Exercise, judge
from paying_attention.checks.shared import COLUMNS, LATE, randn, softmax


def _masked(scores, place, fill=-math.inf):
    scores = scores.clone()
    scores[:, place] = fill
    return softmax(scores)


def _masked_row(scores, place):
    scores = scores.clone()
    if place < len(scores):
        scores[place] = -math.inf
    return softmax(scores)


def _emptied(scores, place, left=0.0, dim=-1):
    weights = softmax(scores, dim).clone()
    weights[:, place] = left
    return weights


def _emptied_row(scores, place):
    weights = softmax(scores).clone()
    if place < len(weights):
        weights[place] = 0
    return weights


def _without(scores, place):
    return torch.cat([scores[:, :place], scores[:, place + 1 :]], dim=1)


_SCORES = [
    (torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 1.0, 1.0]]), 0),
    (randn(4, 4, seed=300), 2),
    (randn(3, 6, seed=301), 1),
    (randn(5, 4, seed=302), 3),
]
_ROW = "The query at that place was silenced. A key is a column: every query loses the same one."
_AS_THEY_WERE = "These are the weights as they were: the place still has its own."

_MASKED = Exercise(
    "masked",
    cases=_SCORES,
    right=_masked,
    mistakes=[
        (
            _emptied,
            "The weight was set to 0 after the softmax, so rows sum to less than 1. That is what emptying does. A mask "
            "comes before: the others share the whole 1.",
        ),
        (
            lambda s, place: _masked(s, place, 0.0),
            "A score of 0 is a score like any other, and gets a weight. The score of what nobody may see is minus "
            "infinity.",
        ),
        (_masked_row, _ROW),
        (lambda s, place: softmax(_without(s, place)), "The key was cut out. Keep its column, with a weight of 0."),
        (lambda s, place: softmax(s), _AS_THEY_WERE),
        (
            lambda s, place: _emptied(s, place, -math.inf),
            LATE,
        ),
        (
            lambda s, place: softmax(s.masked_fill(torch.arange(s.shape[1]) != place, -math.inf)),
            "The mask is the wrong way round: all keys were masked but the one at that place.",
        ),
        (lambda s, place: softmax(s.index_fill(1, torch.tensor(place), -math.inf), 0), COLUMNS),
        (lambda s, place: softmax(s.index_fill(1, torch.tensor(place), -math.inf), 0).nan_to_num(), COLUMNS),
        (lambda s, place: _masked(s, place).log(), "These are logarithms of weights."),
        (lambda s, place: s.index_fill(1, torch.tensor(place), -math.inf), "These are the scores. Softmax is missing."),
    ],
)


def check_masked(answer) -> None:
    """Chapter 10: ``masked(scores, place)``, the weights when no query may see the key at ``place``.

    Scores and weights have shape (queries, keys).
    """
    judge(_MASKED, answer)


_EMPTIED = Exercise(
    "emptied",
    cases=_SCORES,
    right=_emptied,
    mistakes=[
        (
            _masked,
            "The rows sum to 1 again: the weight of the place was shared out among the others. That is masking. "
            "Emptied, the place keeps its weight, and the others get what they had.",
        ),
        (_emptied_row, _ROW),
        (
            lambda s, place: _masked(s, place, 0.0),
            "The score was set to 0. Leave scores and softmax as they are; it is the weight that brings nothing.",
        ),
        (lambda s, place: softmax(s), _AS_THEY_WERE),
        (lambda s, place: _emptied(s, place, dim=0), COLUMNS),
        (
            lambda s, place: softmax(s) - _emptied(s, place),
            "This is what comes from that place alone. Asked for is what the others still bring.",
        ),
        (lambda s, place: _without(softmax(s), place), "The column was cut out. Keep it, with 0 in it."),
        (
            lambda s, place: s.index_fill(1, torch.tensor(place), 0.0),
            "These are scores, with 0 in the column. Softmax comes first.",
        ),
    ],
)


def check_emptied(answer) -> None:
    """Chapter 10: ``emptied(scores, place)``, the weights that still bring something if the value at ``place`` is 0.

    Scores and weights have shape (queries, keys).
    """
    judge(_EMPTIED, answer)


def _unit(vectors):
    return vectors / vectors.norm(dim=-1, keepdim=True)


def _mean_of(states, mask):
    return _unit((states * mask[..., None]).sum(1))


def _lengths(*lengths):
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


_PADDING_ALONE = "The mask is the wrong way round: True stands where the text has a piece, False where padding is."
_MEAN_OF = Exercise(
    "mean_of",
    cases=[
        (
            torch.tensor([[[3.0, 0.0], [0.0, 4.0], [9.0, 9.0]], [[1.0, 2.0], [3.0, 2.0], [2.0, -1.0]]]),
            torch.tensor([[True, True, False], [True, True, True]]),
        ),
        (randn(3, 5, 4, seed=303), _lengths(5, 2, 3)),
        (randn(4, 4, 4, seed=304), _lengths(1, 4, 2, 3)),
        (randn(2, 3, 6, seed=305), _lengths(2, 3)),
    ],
    right=_mean_of,
    mistakes=[
        (
            lambda x, mask: _unit(x.mean(1)),
            "The padding was counted: what stands there has nothing to do with the text. The mask says what to leave "
            "out.",
        ),
        (
            lambda x, mask: (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True),
            "The mean is right. It has still to be brought to norm 1.",
        ),
        (
            lambda x, mask: (x * mask[..., None]).mean(1),
            "The sum was divided by n, padding included, and its norm is not 1 yet.",
        ),
        (lambda x, mask: x.mean(1), "The padding was counted, and the norm is not 1 yet."),
        (lambda x, mask: (x * mask[..., None]).sum(1), "This is the sum. Its norm is not 1 yet."),
        (
            lambda x, mask: (_unit(x) * mask[..., None]).sum(1) / mask.sum(1, keepdim=True),
            "The states were brought to norm 1 one by one, before the mean. It is the mean that is to have norm 1.",
        ),
        (
            lambda x, mask: _unit((_unit(x) * mask[..., None]).sum(1)),
            "The states were brought to norm 1 one by one, before the mean, so that long ones lost their say. Take "
            "the mean first.",
        ),
        (
            lambda x, mask: (x * mask[..., None]).mean(-1),
            "The mean ran over the features. It is to run over the pieces: one vector for each text.",
        ),
        (lambda x, mask: _mean_of(x, ~mask), _PADDING_ALONE),
        (lambda x, mask: _mean_of(x, ~mask).nan_to_num(), _PADDING_ALONE),
        (
            lambda x, mask: (x * mask[..., None]).sum(1) / (x * mask[..., None]).sum(1).norm(),
            "One norm was taken of all texts together. Each text has its own.",
        ),
        (
            lambda x, mask: _unit(x[torch.arange(len(x)), mask.sum(1) - 1]),
            "This is the state of the last piece. Asked for is a mean over all pieces.",
        ),
        (lambda x, mask: _unit(x[:, 0]), "This is the state of the first piece. Asked for is a mean over all pieces."),
        (
            lambda x, mask: _unit(x.masked_fill(~mask[..., None], -math.inf).amax(1)),
            "These are the largest numbers, not the mean.",
        ),
    ],
)


def check_mean_of(answer) -> None:
    """Chapter 10: ``mean_of(states, mask)``, the mean state of each text without its padding, with norm 1.

    Shapes: states (texts, n, d), mask (texts, n); the result has shape (texts, d).
    """
    judge(_MEAN_OF, answer)


def _looks_back(weights, offset=-1, leave_out=1):
    return weights.diagonal(offset, 1, 2)[:, leave_out:].mean(1)


_LOOKS_BACK = Exercise(
    "looks_back",
    cases=[
        (softmax(randn(2, 4, 4, seed=306)),),
        (softmax(randn(3, 7, 7, seed=307)),),
        (softmax(3 * randn(5, 5, 5, seed=308)),),
        (softmax(randn(1, 6, 6, seed=309)),),
    ],
    right=_looks_back,
    mistakes=[
        (
            lambda w: w.diagonal(1, 1, 2).mean(1),
            "This is the weight on the piece after. A query is a row and a key a column: the piece before has the "
            "smaller column.",
        ),
        (
            lambda w: _looks_back(w, 1),
            "This is the weight on the piece after. A query is a row and a key a column: the piece before has the "
            "smaller column.",
        ),
        (
            lambda w: _looks_back(w, leave_out=0),
            "The second piece was counted, and the piece before it is the sink. Leave it out.",
        ),
        (
            lambda w: w.diagonal(-1, 1, 2)[:, 1:].sum(1) / w.shape[1],
            "The sum was divided by n. There are only n - 2 pieces that count.",
        ),
        (
            lambda w: w.diagonal(-1, 1, 2)[:, 1:].sum(1) / (w.shape[1] - 1),
            "The sum was divided by n - 1. With the second piece left out too, n - 2 are counted.",
        ),
        (lambda w: w.diagonal(-1, 1, 2).sum(1) / w.shape[1], "The sum was divided by n, and the second piece counted."),
        (lambda w: w.diagonal(-1, 1, 2)[:, 1:].sum(1), "This is a sum. Asked for is the mean."),
        (lambda w: w.diagonal(0, 1, 2).mean(1), "This is what each piece gives to itself: the main diagonal."),
        (lambda w: _looks_back(w, -2, 0), "This is the weight on the piece two before."),
        (lambda w: _looks_back(w).mean(), "This is one number for all heads. Each head has its own."),
        (lambda w: w.diagonal(-1, 1, 2)[:, 1:].mean(0), "The mean ran over the heads. It is to run over the queries."),
        (lambda w: w.diagonal(-1, 1, 2)[:, 1:], "These are the weights themselves. Take their mean for each head."),
    ],
)


def check_looks_back(answer) -> None:
    """Chapter 10: ``looks_back(weights)``, the mean weight on the piece before, from the third piece on.

    Weights have shape (heads, n, n); the result has shape (heads,).
    """
    judge(_LOOKS_BACK, answer)


def _added(values, w_o):
    return torch.einsum("jkv,djv->jkd", values, w_o.unflatten(1, (len(values), values.shape[2])))


def _head_contributions(weights, values, w_o):
    return weights * _added(values, w_o).norm(dim=2)[:, None]


def _all_of_w_o(weights, values, w_o):
    joined = values.transpose(0, 1).flatten(1)  # (keys, heads * d_v)
    return weights * (joined @ w_o.T).norm(dim=1)


def _cut_the_other_way(weights, values, w_o):
    heads, _, d_v = values.shape
    parts = w_o.unflatten(1, (d_v, heads)).transpose(1, 2)
    return weights * torch.einsum("jkv,djv->jkd", values, parts).norm(dim=2)[:, None]


def _case(heads, queries, keys, d_v, d, seed):
    return (
        softmax(randn(heads, queries, keys, seed=seed)),
        randn(heads, keys, d_v, seed=seed + 1),
        randn(d, heads * d_v, seed=seed + 2),
    )


_HEAD_CONTRIBUTIONS = Exercise(
    "head_contributions",
    cases=[_case(2, 3, 3, 2, 4, 310), _case(3, 4, 4, 4, 12, 320), _case(2, 3, 5, 3, 6, 330), _case(4, 2, 3, 3, 5, 340)],
    right=_head_contributions,
    mistakes=[
        (
            lambda w, v, o: w * v.norm(dim=2)[:, None],
            "These are the norms of the values alone. What reaches the state goes through the head's part of w_o "
            "first.",
        ),
        (
            _all_of_w_o,
            "The values of all heads went through all of w_o together. Each head has columns of its own, and a "
            "contribution of its own.",
        ),
        (
            _cut_the_other_way,
            "w_o was cut the wrong way: the columns of one head stand side by side, so the heads come first.",
        ),
        (lambda w, v, o: w, "These are the weights as they were: the values have no effect."),
        (
            lambda w, v, o: w * _added(v, o).square().sum(2)[:, None],
            "The norm is the root of the sum of squares; the root is missing.",
        ),
        (
            lambda w, v, o: _head_contributions(w, v, o) / _head_contributions(w, v, o).sum(-1, keepdim=True),
            "The rows were made to sum to 1. Leave them: a contribution is a size, not a share.",
        ),
        (
            lambda w, v, o: _added(w @ v, o).norm(dim=2),
            "This is the norm of what each head brings as a whole. Asked for is each key's contribution to it.",
        ),
        (
            lambda w, v, o: w * _added(v, o).norm(dim=2)[:, :, None],
            "Each row was multiplied by one norm. A key is a column.",
        ),
        (
            lambda w, v, o: w * _added(v, o).norm(),
            "One norm was taken of everything. Each key of each head has its own.",
        ),
        (lambda w, v, o: _head_contributions(w, v, o).sum(0), "The heads were summed. Each has a matrix of its own."),
    ],
)


def check_head_contributions(answer) -> None:
    """Chapter 10: ``head_contributions(weights, values, w_o)``, the norm of what each key adds to each query's state.

    Shapes: weights (heads, queries, keys), values (heads, keys, d_v), w_o (d, heads · d_v); the result has the shape of
    the weights.
    """
    judge(_HEAD_CONTRIBUTIONS, answer)
