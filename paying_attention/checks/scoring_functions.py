"""The checks of the exercises of chapter 06."""

import math

import torch

from paying_attention.checks.judge import Exercise, finite, judge
from paying_attention.checks.shared import COLUMNS, overflowing, randn, random_mask

_NO_SUM = "There is a number for each feature of a key. A key has one bias: sum over its features."


def _key_bias(keys):
    return -keys.pow(2).sum(-1) / 2


def _constant_apart(outcome, expected):
    """Whether the same number was added everywhere; it may be 0."""
    if not finite(outcome) or outcome.shape != expected.shape:
        return False
    added = outcome - expected
    return bool(added.max() - added.min() < 1e-5 * (1 + expected.abs().max() + added.abs().max()))


_KEY_BIAS = Exercise(
    "key_bias",
    cases=[
        (torch.tensor([[1.0, 2.0], [0.0, 0.0], [-3.0, 1.0]]),),
        (randn(4, 4, seed=70),),
        (randn(6, 3, seed=71),),
    ],
    right=_key_bias,
    mistakes=[
        (lambda k: k.pow(2).sum(-1) / 2, "The sign is the wrong way round: a key with a large norm is to be quieted."),
        (lambda k: -k.pow(2).sum(-1), "The factor of one half is missing."),
        (
            lambda k: k.pow(2).sum(-1),
            "The sign is the wrong way round, and the factor of one half is missing: a key with a large norm is to be "
            "quieted.",
        ),
        (lambda k: -k.norm(dim=-1) / 2, "The norm was not squared."),
        (lambda k: -k.norm(dim=-1), "The norm was not squared, and the factor of one half is missing."),
        (lambda k: -k.pow(2) / 2, _NO_SUM),
        (lambda k: -k.pow(2), _NO_SUM),
        (lambda k: -k.pow(2).sum(0) / 2, "The sum ran over the keys. A key is a row: sum over its features."),
        (lambda k: -k.pow(2).mean(-1) / 2, "It takes the mean over the features. The squared norm is their sum."),
    ],
    near=(
        (
            _constant_apart,
            "The weights are right: what you return differs from the right numbers by a constant, the same for all "
            "keys, and a softmax does not see it. Return the numbers without the constant; a key of zeros then gets 0.",
        ),
    ),
)


def check_key_bias(answer) -> None:
    """Chapter 06: ``key_bias(keys)``, keys (m, d), returns what turns dot products into Gaussian scores of width 1.

    The result has shape (m,).
    """
    judge(_KEY_BIAS, answer)


def _attention(queries, keys, values, mask, scale=None, fill=-math.inf):
    scores = queries @ keys.T / (scale or queries.shape[-1] ** 0.5)
    return torch.softmax(scores.masked_fill(~mask, fill), -1) @ values


def _refusing_attention(queries, keys, values, mask, dim=-1, error=ValueError, fill=-math.inf):
    if not mask.any(dim).all():
        raise error("a query may see no key")
    return _attention(queries, keys, values, mask, fill=fill)


_PADDING = torch.tensor([[True, True, True, False, False]]).repeat(3, 1)  # two keys that no query sees
_LOW = (  # scores of about -2e6 for the keys that may be seen and 0 for the others; whole numbers, so they are exact
    torch.tensor([[-4000.0, 0.0, 4.0] + 13 * [0.0], [0.0, -4000.0, 4.0] + 13 * [0.0]]),
    torch.tensor([[2000.0, 0.0, 0.0] + 13 * [0.0], [2000.0, 2000.0, 1.0] + 13 * [0.0], [0.0, 2000.0] + 14 * [0.0]]),
    torch.tensor([[1.0, 0.0], [0.0, 1.0], [4.0, 2.0]]),
    torch.tensor([[True, True, False], [False, True, True]]),
)
_KEY_UNSEEN = (
    "It refuses a mask because a key is seen by no query. That is allowed, as for a key that only pads; what is "
    "refused is a query that sees no key. Look along the rows."
)
_UNIFORM = (
    "A query that may see no key gets uniform weights on keys that were forbidden, without a word. Raise a ValueError."
)


def _attention_case(n, m, d, d_v, seed, mask=None):
    tensors = [randn(*shape, seed=seed + i) for i, shape in enumerate([(n, d), (m, d), (m, d_v)])]
    return (*tensors, random_mask(n, m, seed) if mask is None else mask)


_ATTENTION = Exercise(
    "attention",
    cases=[
        _attention_case(2, 3, 4, 2, 80),
        _attention_case(4, 4, 4, 4, 83, torch.ones(4, 4, dtype=torch.bool).tril()),
        _attention_case(5, 3, 16, 1, 86, torch.ones(5, 3, dtype=torch.bool)),
        _attention_case(2, 3, 4, 2, 89, torch.tensor([[True, False, True], [False, False, False]])),
        _attention_case(3, 5, 4, 2, 92, _PADDING),
        _attention_case(3, 2, 4, 3, 95, torch.tensor([[True, False], [False, True], [False, False]])),
        _LOW,
    ],
    right=_refusing_attention,
    mistakes=[
        (lambda q, k, v, m: _refusing_attention(q, k, v, m, dim=0), _KEY_UNSEEN),
        (lambda q, k, v, m: _refusing_attention(q, k, v, m, dim=0, error=AssertionError), _KEY_UNSEEN),
        (
            lambda q, k, v, m: _refusing_attention(q, k, v, m, fill=-1e6),
            "The score of forbidden keys is low, but not below every number: where the scores of the allowed keys are "
            "lower, the forbidden ones get the weight. Use minus infinity.",
        ),
        (
            _attention,
            "It does not refuse a query that may see no key: what comes out is not a number. Raise a ValueError.",
        ),
        (
            lambda q, k, v, m: _attention(q, k, v, m).nan_to_num(),
            "A query that may see no key gets 0, which looks like an answer. Raise a ValueError.",
        ),
        (lambda q, k, v, m: _attention(q, k, v, m, fill=-1e6), _UNIFORM),
        (lambda q, k, v, m: _attention(q, k, v, m, fill=-1e9), _UNIFORM),
        (
            lambda q, k, v, m: overflowing((q @ k.T / q.shape[-1] ** 0.5).masked_fill(~m, -math.inf)) @ v,
            "For very low scores every exponential is 0, and 0 divided by 0 is not a number. Take the largest score of "
            "each row from its scores first, or use torch.softmax.",
        ),
        (
            lambda q, k, v, m: torch.softmax((q @ k.T / q.shape[-1] ** 0.5).masked_fill(~m, -math.inf), 0) @ v,
            COLUMNS,
        ),
        (
            lambda q, k, v, m: _attention(q, k, v, m, scale=q.shape[-1]),
            "The scores were divided by the number of features. Divide by its root, or the weights come out too even.",
        ),
        (
            lambda q, k, v, m: _attention(q, k, v, m, scale=1.0),
            "The scores were not divided by the root of the number of features.",
        ),
        (
            lambda q, k, v, m: torch.softmax(q @ k.T / q.shape[-1] ** 0.5, -1) * m @ v,
            "The mask came after the softmax, and the weights that are left sum to less than 1. Mask the scores.",
        ),
        (
            lambda q, k, v, m: torch.softmax(q @ k.T / q.shape[-1] ** 0.5 * m, -1) @ v,
            "The scores were multiplied by the mask. A score of 0 is not a weight of 0.",
        ),
        (
            lambda q, k, v, m: _attention(q, k, v, ~m),
            "The mask is the wrong way round: True means may be seen.",
        ),
        (
            lambda q, k, v, m: torch.softmax(q @ k.T / q.shape[-1] ** 0.5, -1) @ v,
            "The mask has no effect.",
        ),
    ],
    refusal="is right where every query may see a key. For a query that may see none it is to raise a ValueError",
)


def check_attention(answer) -> None:
    """Chapter 06: ``attention(queries, keys, values, mask)`` returns pooled values, with scores divided by root d.

    Shapes: queries (n, d), keys (m, d), values (m, d_v), mask (n, m); the result has shape (n, d_v). A query that may
    see no key is to raise ``ValueError``.
    """
    judge(_ATTENTION, answer)
