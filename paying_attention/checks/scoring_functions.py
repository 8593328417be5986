"""The checks of the exercises of chapter 06."""

import math

import torch
import torch.nn.functional as F

from paying_attention.checks.judge import Exercise, finite, judge, not_a_function, tell
from paying_attention.checks.shared import COLUMNS, QUARTER, overflowing, randn, random_mask
from paying_attention.language import listed_long, say, together

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
        (lambda k: -k.pow(2).sum(-1) / 4, QUARTER),
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
            lambda q, k, v, m: _attention(q, k, v, m, scale=q.shape[-1] ** -0.5),
            "The scores were multiplied by the root of the number of features. Divide by it, or the weights come out "
            "too uneven.",
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


# Layers for a test of causality: functions of tokens (lines, n, 4), which return as many answers (lines, n, 4).
_EXAMPLE_LENGTH = 6


def _parts(tokens):
    return (tokens @ matrix for matrix in randn(3, 4, 4, seed=98))


def _scores_and_values(tokens):
    queries, keys, values = _parts(tokens)
    return queries @ keys.transpose(-2, -1) / 2, values


def _so_far(n, diagonal=0):
    return torch.ones(n, n, dtype=torch.bool).tril(diagonal)


def _may_look(tokens, mask):
    return F.scaled_dot_product_attention(*_parts(tokens), attn_mask=mask)  # 0 where no key is left


def _one_by_one(tokens):
    queries, keys, values = _parts(tokens)
    answers = [
        torch.softmax(queries[:, i, None] @ keys[:, : i + 1].transpose(1, 2) / 2, -1) @ values[:, : i + 1]
        for i in range(tokens.shape[1])
    ]
    return torch.cat(answers, 1)


def _after_the_softmax(tokens):
    scores, values = _scores_and_values(tokens)
    return (torch.softmax(scores, -1) * _so_far(tokens.shape[1])) @ values


def _multiplied(tokens):
    scores, values = _scores_and_values(tokens)
    return torch.softmax(scores * _so_far(tokens.shape[1]), -1) @ values


def _for_one_length(tokens):
    mask = torch.ones(tokens.shape[1], tokens.shape[1], dtype=torch.bool)
    mask[:_EXAMPLE_LENGTH, :_EXAMPLE_LENGTH] = _so_far(_EXAMPLE_LENGTH)[: len(mask), : len(mask)]
    return _may_look(tokens, mask)


# What each is called and what a test that judges it wrongly should ask itself.
_CAUSAL = {
    "PyTorch's own function with is_causal=True": (
        lambda tokens: F.scaled_dot_product_attention(*_parts(tokens), is_causal=True),
        "Does the test put NaN or infinity into a later token? A weight of 0 times NaN is NaN; change it by a finite "
        "number.",
    ),
    "a loop that gives each query the keys up to its own": (
        _one_by_one,
        "Does the test ask for answers that are the same to the last bit? Sums may be rounded otherwise.",
    ),
    "a running mean, which has no scores at all": (
        lambda tokens: tokens.cumsum(1) / torch.arange(1, tokens.shape[1] + 1)[:, None],
        "A layer is judged by what its answers depend on, not by how it is made.",
    ),
}
_NOT_CAUSAL = {
    "the mask is inverted": (
        lambda tokens: _may_look(tokens, ~_so_far(tokens.shape[1])),
        "Change a later token: no earlier answer may move.",
    ),
    "the mask is transposed": (
        lambda tokens: _may_look(tokens, _so_far(tokens.shape[1]).T),
        "Change a later token: no earlier answer may move.",
    ),
    "the diagonal is lost": (
        lambda tokens: _may_look(tokens, _so_far(tokens.shape[1], -1)),
        "Nothing comes from the future there, but a token does not see itself. Change a token: its own answer has to "
        "move.",
    ),
    "the mask comes after the softmax": (
        _after_the_softmax,
        "A later token has no weight there, but it has had its share of the sum. Compare numbers, not only which "
        "weights are 0.",
    ),
    "the scores are multiplied by the mask": (
        _multiplied,
        "A score of 0 is not a weight of 0. Change a later token: no earlier answer may move.",
    ),
    "one line of the batch sees another": (
        lambda tokens: _may_look(tokens.transpose(0, 1), _so_far(len(tokens))).transpose(0, 1),
        "Give it more than one line, change the first, and see whether the others stay as they are.",
    ),
    "the mask is right for the length of the example only": (
        _for_one_length,
        "Try other lengths than that of the example, longer ones too.",
    ),
}


def _verdict_on_a_test(is_causal):
    if not callable(is_causal):
        return False, not_a_function("is_causal", type(is_causal).__name__)
    wrong = {}
    for layers, expected in ((_CAUSAL, True), (_NOT_CAUSAL, False)):
        for name, (layer, _) in layers.items():
            try:
                said = is_causal(layer)
            except Exception as error:
                raised = type(error).__name__
                return False, say(
                    "is_causal raised {error} for this layer: {layer}. {words}",
                    error=raised,
                    layer=say(name),
                    words=error,
                ).strip()
            if said is None:
                return False, say("is_causal returned nothing yet. It is to return True or False.")
            truth = torch.as_tensor(said) if isinstance(said, bool | torch.Tensor) else None
            if truth is None or truth.dtype != torch.bool or truth.numel() != 1:
                return False, say(
                    "is_causal is to return True or False, and {type} {value} came.",
                    type=type(said).__name__,
                    value=f"{said!r:.20}",
                )
            if bool(truth) != expected:
                wrong[name] = expected
    if not wrong:
        return True, say("is_causal lets three right layers of different make through and refuses seven broken ones.")
    refused, through = [[say(name) for name in wrong if wrong[name] is kind] for kind in (True, False)]
    told = []
    if refused:
        told.append(
            say("Of three right layers it refuses {count}: {layers}.", count=len(refused), layers=listed_long(refused))
        )
    if through:
        told.append(
            say(
                "Of seven broken layers it lets {count} through: {layers}.",
                count=len(through),
                layers=listed_long(through),
            )
        )
    told.append(say((_CAUSAL | _NOT_CAUSAL)[next(iter(wrong))][1]))
    return False, together(told)


def check_is_causal(answer) -> None:
    """Chapter 06: ``is_causal(layer)`` says whether answer i of a layer depends on token i and none that comes later.

    It is tried on three layers that are causal and seven that are not. A layer is a function of tokens, shape
    (lines, n, 4), and returns one answer for each of them, (lines, n, 4); lines are to know nothing of each other.
    """
    tell(*_verdict_on_a_test(answer))
