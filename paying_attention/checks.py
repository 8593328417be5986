"""The checks of the coding exercises: one call, and a sentence about what is right or which mistake it is.

A check runs the reader's function on the example of the exercise and on inputs that the exercise does not show, and
compares with the right answer. Where they differ, it tries the mistakes that people make and names the one that gives
the same numbers. It prints what it found and never raises.
"""

import math
import textwrap
from collections.abc import Callable
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class _Exercise:
    """What a check needs to know: the name of the function asked for, inputs, the right answer, known mistakes."""

    name: str
    cases: list[tuple]  # the example of the exercise first
    right: Callable  # may raise, where the answer is to refuse
    mistakes: list[tuple[Callable, str]]
    near: tuple[tuple[Callable, str], ...] = ()  # an outcome and the right one: whether they differ in a known way
    refusal: str = ""  # where the right answer is to refuse: what is right without it, and what is to be raised


def _random(*shape, seed):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def _copy(arguments):
    return tuple(argument.clone() if isinstance(argument, torch.Tensor) else argument for argument in arguments)


def _describe(thing):
    if isinstance(thing, torch.Tensor):
        return f"a tensor of shape {tuple(thing.shape)}"
    return f"{type(thing).__name__} {thing!r}" if isinstance(thing, bool | int | float | str) else type(thing).__name__


def _as_tensor(result):
    """The result as a tensor of floating-point numbers, or None if it is nothing of that kind."""
    try:
        tensor = torch.as_tensor(result)
        if tensor.is_complex() or tensor.is_nested:
            return None
        return tensor.detach().to("cpu", torch.float32).to_dense()
    except (TypeError, ValueError, RuntimeError):
        try:
            return torch.stack([_as_tensor(part) for part in result])
        except (TypeError, ValueError, RuntimeError):
            return None


def _same(result, expected):
    return result.shape == expected.shape and torch.allclose(result, expected, rtol=1e-4, atol=1e-5, equal_nan=True)


def _try(function, arguments):
    """What a function makes of arguments: a tensor, the exception that it raised, None, or words for anything else."""
    try:
        returned = function(*arguments)
        result = _as_tensor(returned)  # here, because a generator computes only when it is asked
    except Exception as error:
        return error
    if result is not None or returned is None:
        return result
    if isinstance(returned, torch.Tensor):
        return f"a tensor of {returned.dtype} on {returned.device}"
    return _describe(returned)


def _alike(one, other):
    """Two outcomes of `_try` that cannot be told apart."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return _same(one, other)
    return isinstance(one, Exception) and type(one) is type(other)


def _finite(outcome):
    return isinstance(outcome, torch.Tensor) and bool(torch.isfinite(outcome).all())


def _recognised(made, outcomes, expected):
    """Whether the outcomes are in every case those that a known mistake has made.

    A mistake may raise where shapes do not allow it; it is known by the cases in which it does not.
    """
    return any(isinstance(result, torch.Tensor) for result in made) and all(map(_alike, outcomes, made))


def _recognised_in_part(made, outcomes, expected):
    """Whether the outcomes are those of a known mistake in the cases in which no other fault may cover it.

    Left out are those where the right answer is to refuse, because a mistake is the same with a refusal and without,
    and otherwise also those where numbers overflow.
    """
    asked = [i for i, wanted in enumerate(expected) if not isinstance(wanted, Exception)]
    computes = any(isinstance(made[i], torch.Tensor) for i in asked)
    different = any(not _alike(made[i], expected[i]) for i in asked)
    if computes and different and all(_alike(outcomes[i], made[i]) for i in asked):
        return True
    plain = [i for i, wanted in enumerate(expected) if _finite(wanted) and _finite(outcomes[i])]
    different = any(_finite(made[i]) and not _same(made[i], expected[i]) for i in plain)
    return different and all(_alike(outcomes[i], made[i]) for i in plain)


def _changed(given, arguments):
    pairs = zip(given, arguments, strict=True)
    return any(isinstance(old, torch.Tensor) and not torch.equal(new, old) for new, old in pairs)


def _verdict(exercise, answer):
    name, cases = exercise.name, exercise.cases
    if not callable(answer):
        return False, f"{name} is to be a function, and {_describe(answer)} came. Pass it without calling it."
    expected = [_try(exercise.right, _copy(arguments)) for arguments in cases]
    outcomes = []
    for arguments in cases:
        given = _copy(arguments)
        outcomes.append(_try(answer, given))
        if _changed(given, arguments):
            return False, (
                f"{name} changed a tensor that it was given. Whoever calls it goes on using that tensor: "
                "work on a new one, with operations that do not end in an underscore and without assigning into it."
            )
    right = [_alike(outcome, wanted) for outcome, wanted in zip(outcomes, expected, strict=True)]
    if all(right):
        return True, f"{name} is right, for the example and for {len(cases) - 1} other inputs."
    made = [[_try(mistake, _copy(arguments)) for arguments in cases] for mistake, _ in exercise.mistakes]
    for recognised in (_recognised, _recognised_in_part):
        for results, (_, sentence) in zip(made, exercise.mistakes, strict=True):
            if recognised(results, outcomes, expected):
                return False, sentence
    for differs, sentence in exercise.near:
        if all(map(differs, outcomes, expected)):
            return False, sentence
    wrong = [i for i, fits in enumerate(right) if not fits]
    if all(isinstance(expected[i], Exception) for i in wrong):
        return False, f"{name} {exercise.refusal}; it {_came(outcomes[wrong[0]])}."
    if right[0]:
        return False, (
            f"{name} is right for the example and wrong for other inputs. Does it use a number or a size that only "
            "the example has?"
        )
    return False, f"{name} {_difference(outcomes[0], expected[0], cases[0])}"


def _came(outcome):
    """What was done, in words: raised or returned."""
    if isinstance(outcome, Exception):
        return f"raised {type(outcome).__name__}"
    if outcome is None:
        return "returned nothing"
    return f"returned {outcome if isinstance(outcome, str) else _describe(outcome)}"


def _difference(outcome, expected, arguments):
    """What is wrong with the outcome for the example, in words."""
    if isinstance(outcome, Exception):
        sent = ", ".join(map(_describe, arguments))
        return f"raised {type(outcome).__name__} for the example ({sent}): {outcome}"
    if outcome is None:
        return f"returned nothing yet. For the example it is to return {_describe(expected)}."
    if not isinstance(outcome, torch.Tensor) or outcome.shape != expected.shape:
        words = outcome if isinstance(outcome, str) else _describe(outcome)
        return f"returned {words} for the example; {_describe(expected)} was expected."
    worst = int((outcome - expected).abs().nan_to_num(nan=math.inf).argmax())
    came, wanted = float(outcome.flatten()[worst]), float(expected.flatten()[worst])
    return f"is not right yet for the example: it returned {came:.6g} where {wanted:.6g} was expected."


def _check(exercise, answer):
    passed, message = _verdict(exercise, answer)
    print(textwrap.fill(f"Passed: {message}" if passed else f"Not yet: {message}", width=78))


# --- chapter 01


def _softmax(scores, dim=-1):
    return torch.softmax(scores, dim)


_NO_EXPONENTIAL = (
    "The weights add up to 1, but they are the scores themselves, divided by their sum. A score may be negative; "
    "what makes it positive, whatever it is?"
)
_COLUMNS = (
    "Each column sums to 1, but it is the rows that should: a query shares its attention among the keys. "
    "Which axis did you normalise?"
)
_TWICE = (
    "These are weights of weights: the softmax was applied to something that was normalised already. "
    "Apply it once, to the scores."
)
_OVERFLOW = (
    "For large scores the exponential overflows, and infinity divided by infinity is not a number. "
    "Softmax does not change when the same number is taken from all scores of a row: which number would help?"
)


def _overflowing(scores):
    exponentials = torch.exp(scores)
    return exponentials / exponentials.sum(-1, keepdim=True)


_SHARE_ATTENTION = _Exercise(
    "share_attention",
    cases=[
        (torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 4.0]]),),
        (_random(4, 4, seed=1),),
        (_random(5, 3, seed=2),),
        (200 * _random(3, 6, seed=3),),
    ],
    right=_softmax,
    mistakes=[
        (lambda s: _softmax(s, 0), _COLUMNS),
        (lambda s: _softmax(_softmax(s)), _TWICE),
        (_overflowing, _OVERFLOW),
        (lambda s: s / s.sum(-1, keepdim=True), _NO_EXPONENTIAL),
        (
            lambda s: torch.exp(s - s.max()) / torch.exp(s - s.max()).sum(),
            "All weights together sum to 1, but each row should: every query has an attention of 1 to share.",
        ),
    ],
)


def check_share_attention(answer) -> None:
    """Chapter 01: ``share_attention(scores)``, scores of shape (queries, keys), returns their softmax by hand."""
    _check(_SHARE_ATTENTION, answer)


def _gaze(shares, query, keys):
    return torch.softmax(torch.log(shares) + keys @ query, -1)


_GAZE = _Exercise(
    "gaze",
    cases=[
        (
            torch.tensor([0.1, 0.1, 0.7, 0.1]),
            torch.tensor([0.0, 2.0]),
            torch.tensor([[0.0, 0.1], [0.0, 1.0], [1.0, 0.0], [0.0, 0.3]]),
        ),
        (_softmax(_random(5, seed=4)), _random(3, seed=5), _random(5, 3, seed=6)),
        (_softmax(_random(3, seed=7)), _random(3, seed=8), _random(3, 3, seed=9)),
    ],
    right=_gaze,
    mistakes=[
        (
            lambda b, q, k: torch.softmax(b + k @ q, -1),
            "The shares of salience were added as they are. It is their logarithm that adds to the product of query "
            "and key: then a query of zeros gives the shares back.",
        ),
        (
            lambda b, q, k: torch.softmax(k @ q, -1),
            "The task is there, but salience is missing: with a query of zeros, all things get the same weight.",
        ),
        (lambda b, q, k: b, "Salience is there, but the query has no effect."),
        (
            lambda b, q, k: torch.softmax(torch.log(b) * (k @ q), -1),
            "The two terms were multiplied. Scores are sums: each cue can work without the other.",
        ),
        (
            lambda b, q, k: torch.softmax(torch.log(b) + k.T @ q, -1),
            "The query was multiplied with the columns of the keys. A key is a row: one row for each thing.",
        ),
        (
            lambda b, q, k: torch.softmax(_gaze(b, q, k), -1),
            _TWICE,
        ),
        (lambda b, q, k: torch.log(b) + k @ q, "These are scores. Weights are positive and add up to 1."),
    ],
)


def check_gaze(answer) -> None:
    """Chapter 01: ``gaze(shares, query, keys)`` returns the weight of each thing from its salience and the task.

    Shapes: shares (things,), query (features,), keys (things, features); the result has shape (things,).
    """
    _check(_GAZE, answer)


# --- chapter 02


def _soft_lookup(queries, keys, values, temperature):
    return torch.softmax(queries @ keys.T / temperature, -1) @ values


_LOOKUPS = [
    (
        torch.tensor([[1.0, 0.0], [0.0, 2.0]]),
        torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 1.5]]),
        torch.tensor([[10.0], [20.0], [30.0]]),
        0.5,
    ),
    (_random(4, 4, seed=10), _random(4, 4, seed=11), _random(4, 4, seed=12), 2.0),
    (_random(2, 3, seed=13), _random(5, 3, seed=14), _random(5, 2, seed=15), 0.25),
]

_SOFT_LOOKUP = _Exercise(
    "soft_lookup",
    cases=_LOOKUPS,
    right=_soft_lookup,
    mistakes=[
        (lambda q, k, v, t: torch.softmax(q @ k.T / t, 0) @ v, _COLUMNS),
        (lambda q, k, v, t: _softmax(_softmax(q @ k.T / t)) @ v, _TWICE),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T * t, -1) @ v,
            "The scores were multiplied by the temperature. Divide by it: hot means that differences between scores "
            "shrink.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T, -1) @ v,
            "The temperature has no effect. The scores are to be divided by it before the softmax.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T, -1) / t @ v,
            "The weights were divided by the temperature, so they no longer sum to 1. Divide the scores.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T / t, -1).T @ v,
            "The weights were turned round: a query is a row. Multiply the weights as they are with the values.",
        ),
        (
            lambda q, k, v, t: torch.softmax(k @ q.T / t, -1) @ v,
            "Queries and keys are swapped: here each key asks, and shares itself among the queries.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T / t, -1) @ k,
            "It returns a mean of the keys. Keys are for finding; what is returned are the values.",
        ),
        (
            lambda q, k, v, t: q @ k.T / t @ v,
            "These are sums of values with scores for weights. Scores become weights by a softmax.",
        ),
        (
            lambda q, k, v, t: torch.softmax(q @ k.T / t, -1),
            "These are the weights. One step is missing: the mean of the values with these weights.",
        ),
    ],
)


def check_soft_lookup(answer) -> None:
    """Chapter 02: ``soft_lookup(queries, keys, values, temperature)`` returns the pooled values.

    Shapes: queries (n, d), keys (m, d), values (m, d_v); the result has shape (n, d_v).
    """
    _check(_SOFT_LOOKUP, answer)


def _hard_lookup(queries, keys, values):
    return values[(queries @ keys.T).argmax(-1)]


_HARD_LOOKUP = _Exercise(
    "hard_lookup",
    cases=[lookup[:3] for lookup in _LOOKUPS]
    + [(_random(6, 3, seed=16), _random(4, 3, seed=17), _random(4, 1, seed=18))],
    right=_hard_lookup,
    mistakes=[
        (
            lambda q, k, v: (q @ k.T).argmax(-1),
            "It returns the number of the best key. What is asked for is the value that is paired with it.",
        ),
        (
            lambda q, k, v: k[(q @ k.T).argmax(-1)],
            "It returns the best key itself. What is asked for is the value that is paired with it.",
        ),
        (
            lambda q, k, v: v[(q @ k.T).argmin(-1)],
            "It returns the value of the key that matches worst. A large score is a good match.",
        ),
        (
            lambda q, k, v: v[torch.cdist(q, k).argmin(-1)],
            "It finds the nearest key. That is the same only if all keys have the same length; the score asked for is "
            "the dot product.",
        ),
        (
            lambda q, k, v: _soft_lookup(q, k, v, 1.0),
            "It returns a mean of all values. In the limit of temperature 0 only the best key counts.",
        ),
        (
            lambda q, k, v: v[(q @ k.T).argmax(0) % len(v)],
            "It finds the best query for each key. For each query, find the best key: along the row.",
        ),
    ],
)


def check_hard_lookup(answer) -> None:
    """Chapter 02: ``hard_lookup(queries, keys, values)`` returns the value of the best key, the limit of temperature 0.

    Shapes: queries (n, d), keys (m, d), values (m, d_v); the result has shape (n, d_v).
    """
    _check(_HARD_LOOKUP, answer)


# --- chapter 03


def _colour_limits(matrices):
    return min(0.0, float(matrices.min())), max(0.0, float(matrices.max()))


_COLOUR_LIMITS = _Exercise(
    "colour_limits",
    cases=[
        (torch.stack([torch.eye(4), torch.full((4, 4), 0.25)])[None],),
        (_softmax(_random(2, 3, 4, 5, seed=20)),),
        (_random(1, 2, 3, 3, seed=21),),
        (torch.stack([torch.full((2, 2), 0.5), torch.full((2, 2), 0.25)])[None],),
    ],
    right=_colour_limits,
    mistakes=[
        (
            lambda m: (float(m.min()), float(m.max())),
            "The lower limit is the smallest number. A weight that is everywhere the same would then get "
            "any colour: begin at 0, unless there are negative numbers.",
        ),
        (
            lambda m: (min(0.0, float(m[-1, -1].min())), max(0.0, float(m[-1, -1].max()))),
            "These are the limits of the last panel. One colour is to mean one number in all of them.",
        ),
        (
            lambda m: (float(m[-1, -1].min()), float(m[-1, -1].max())),
            "These are the limits of the last panel, which is the trap itself. One colour is to mean one number in all "
            "of them.",
        ),
        (
            lambda m: (0.0, 1.0),
            "0 to 1 holds for weights, but it hides small ones, and there may be scores below 0 or above 1: use the "
            "largest number that occurs.",
        ),
        (
            lambda m: (0.0, float(m.max())),
            "The lower limit is 0 even where numbers are negative; they would all get one colour.",
        ),
        (lambda m: _colour_limits(m)[::-1], "The two limits are in the wrong order: the lower one comes first."),
    ],
)


def check_colour_limits(answer) -> None:
    """Chapter 03: ``colour_limits(matrices)`` returns the lower and the upper end of one scale for all panels.

    ``matrices`` has shape (rows, columns, queries, keys); the result is a pair of numbers.
    """
    _check(_COLOUR_LIMITS, answer)


def _are_weights(matrix):
    sums = matrix.sum(-1)
    return bool((matrix >= 0).all() and torch.allclose(sums, torch.ones_like(sums), atol=1e-4))


_DOUBLY = torch.tensor([[0.25, 0.75], [0.75, 0.25]])
_ARE_WEIGHTS = _Exercise(
    "are_weights",
    cases=[
        (torch.tensor([[0.5, 0.5, 0.0], [0.1, 0.2, 0.7]]),),
        (torch.softmax(_random(3, 3, seed=22), 0),),
        (torch.tensor([[1.5, -0.5], [0.0, 1.0]]),),
        (_softmax(_random(40, 30, seed=23)),),
        (_DOUBLY,),
        (torch.full((2, 2), 0.25),),
        (_random(3, 4, seed=24),),
        (torch.tensor([[1.25, 0.75], [0.5, 0.0]]) / 2 + 0.0,),
    ],
    right=_are_weights,
    mistakes=[
        (
            lambda m: bool((m >= 0).all() and torch.allclose(m.sum(0), torch.ones(m.shape[1]), atol=1e-4)),
            "It asks whether the columns sum to 1. Each query shares an attention of 1, and a query is a row.",
        ),
        (
            lambda m: torch.allclose(m.sum(-1), torch.ones(len(m)), atol=1e-4),
            "It says yes to rows that sum to 1 with a negative number among them. A weight is never negative.",
        ),
        (
            lambda m: bool((m >= 0).all() and (m <= 1).all()),
            "It looks at each number alone. What do the weights of one query have to add up to?",
        ),
        (
            lambda m: bool((m >= 0).all() and (m.sum(-1) == 1).all()),
            "It says no to weights whose sum misses 1 by a rounding error. Compare with a tolerance.",
        ),
        (
            lambda m: bool((m >= 0).all() and torch.allclose(m.sum(), torch.tensor(1.0), atol=1e-4)),
            "It asks whether all weights together sum to 1. Each row should.",
        ),
        (
            lambda m: bool((m >= 0).all() and torch.allclose(m.sum(), torch.tensor(float(len(m))), atol=1e-4)),
            "It asks for the sum of all weights. One row may have too much and another too little: look at each.",
        ),
    ],
)


def check_are_weights(answer) -> None:
    """Chapter 03: ``are_weights(matrix)`` says whether a matrix of shape (queries, keys) can be attention weights."""
    _check(_ARE_WEIGHTS, answer)


# --- chapter 04


def _gaussian_scores(queries, keys, width):
    return -(((queries[:, None] - keys[None]) / width) ** 2) / 2


def _gaussian_pooling(queries, keys, values, width):
    return torch.softmax(_gaussian_scores(queries, keys, width), -1) @ values


def _kernel_over_sum(queries, keys, values, width):
    kernel = torch.exp(_gaussian_scores(queries, keys, width))
    return kernel @ values / kernel.sum(-1)


_GAUSSIAN_POOLING = _Exercise(
    "gaussian_pooling",
    cases=[
        (torch.tensor([0.5, 2.0]), torch.tensor([0.0, 1.0, 3.0]), torch.tensor([1.0, 2.0, 4.0]), 0.5),
        (_random(4, seed=30), _random(4, seed=31), _random(4, seed=32), 2.0),
        (_random(3, seed=33), _random(7, seed=34), _random(7, seed=35), 0.3),
        (torch.tensor([100.0, -80.0]), _random(5, seed=36), _random(5, seed=37), 0.1),
    ],
    right=_gaussian_pooling,
    mistakes=[
        (
            lambda q, k, v, w: torch.softmax(-((q[:, None] - k[None]) ** 2) / w / 2, -1) @ v,
            "The squared distance was divided by the width. Divide the distance first and square the quotient, or "
            "divide by the width squared.",
        ),
        (
            lambda q, k, v, w: torch.softmax(-(((q[:, None] - k[None]) * w) ** 2) / 2, -1) @ v,
            "The distance was multiplied by the width, so that a wide kernel looks less far. Divide by it.",
        ),
        (
            lambda q, k, v, w: torch.softmax(-(((q[:, None] - k[None]) / w) ** 2), -1) @ v,
            "The factor of one half is missing, so the kernel is narrower than its width says.",
        ),
        (
            lambda q, k, v, w: torch.softmax(-(q[:, None] - k[None]).abs() / w, -1) @ v,
            "The distance was not squared: this is another kernel, with a peak in the middle.",
        ),
        (
            lambda q, k, v, w: torch.softmax(((q[:, None] - k[None]) / w) ** 2 / 2, -1) @ v,
            "The sign is the wrong way round: the farthest key has the largest weight.",
        ),
        (lambda q, k, v, w: torch.softmax(_gaussian_scores(q, k, w), 0) @ v, _COLUMNS),
        (
            lambda q, k, v, w: torch.softmax(torch.exp(_gaussian_scores(q, k, w)), -1) @ v,
            "The softmax takes exponentials itself. Give it the logarithm of the kernel, not the kernel.",
        ),
        (
            _kernel_over_sum,
            "It divides the kernel by its sum. Far from every key that is 0 divided by 0: use the softmax of the "
            "kernel's logarithm.",
        ),
        (
            lambda q, k, v, w: torch.exp(_gaussian_scores(q, k, w)) @ v,
            "The weights do not sum to 1: they were not divided by their sum.",
        ),
        (
            lambda q, k, v, w: torch.softmax(_gaussian_scores(k, q, w), -1) @ v,
            "Queries and keys are swapped: here each key asks, and shares itself among the queries.",
        ),
    ],
)


def check_gaussian_pooling(answer) -> None:
    """Chapter 04: ``gaussian_pooling(queries, keys, values, width)`` for plain numbers.

    Shapes: queries (n,), keys (m,), values (m,); the result has shape (n,).
    """
    _check(_GAUSSIAN_POOLING, answer)


def _leave_one_out(x, y, width, power=2, mean=True):
    scores = _gaussian_scores(x, x, width).masked_fill(torch.eye(len(x), dtype=torch.bool), -math.inf)
    errors = (torch.softmax(scores, -1) @ y - y).abs() ** power
    return errors.mean() if mean else errors.sum()


def _masked_after(x, y, width):
    weights = torch.softmax(_gaussian_scores(x, x, width), -1) * (1 - torch.eye(len(x)))
    return ((weights @ y - y) ** 2).mean()


_LEAVE_ONE_OUT = _Exercise(
    "left_out_error",
    cases=[
        (torch.tensor([0.0, 1.0, 2.0, 4.0]), torch.tensor([1.0, 3.0, 2.0, 0.0]), 1.0),
        (_random(8, seed=40), _random(8, seed=41), 0.5),
        (3 * _random(5, seed=42), _random(5, seed=43), 2.0),
    ],
    right=_leave_one_out,
    mistakes=[
        (
            lambda x, y, w: ((_gaussian_pooling(x, x, y, w) - y) ** 2).mean(),
            "Each point sees itself, so a narrow kernel would always look best. Forbid to each query its own key.",
        ),
        (
            _masked_after,
            "Each point's own weight was set to 0 after the softmax, and the weights that are left sum to less than 1. "
            "Mask the scores before the softmax, with minus infinity.",
        ),
        (lambda x, y, w: _leave_one_out(x, y, w, mean=False), "It is the sum of the squared errors. Take the mean."),
        (lambda x, y, w: _leave_one_out(x, y, w, power=1), "These are absolute errors. Square them."),
        (lambda x, y, w: _leave_one_out(x, y, w).sqrt(), "It is the root of the mean. The mean itself was asked for."),
        (
            lambda x, y, w: _leave_one_out(x, y, w**0.5),
            "The squared distance was divided by the width. Divide the distance first and square the quotient.",
        ),
    ],
)


def check_left_out_error(answer) -> None:
    """Chapter 04: ``left_out_error(x, y, width)`` returns the mean squared leave-one-out error, one number.

    Shapes: x (n,), y (n,).
    """
    _check(_LEAVE_ONE_OUT, answer)


# --- chapter 05


def _masked_weights(scores, mask):
    return torch.softmax(scores.masked_fill(~mask, -math.inf), -1)


def _mask(queries, keys, seed):
    mask = torch.rand(queries, keys, generator=torch.Generator().manual_seed(seed)) < 0.6
    mask[:, seed % keys] = True  # something is left for every query
    return mask


_MASKED_WEIGHTS = _Exercise(
    "masked_weights",
    cases=[
        (torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), torch.tensor([[True, True, False], [False, True, True]])),
        (_random(4, 4, seed=50), _mask(4, 4, 51)),
        (5 * _random(3, 6, seed=52), _mask(3, 6, 53)),
    ],
    right=_masked_weights,
    mistakes=[
        (
            lambda s, m: _softmax(s) * m,
            "The mask came after the softmax, and the weights that are left sum to less than 1. Mask the scores, then "
            "take the softmax.",
        ),
        (
            lambda s, m: _softmax(s * m),
            "The scores were multiplied by the mask. A score of 0 is not a weight of 0: what score is?",
        ),
        (
            lambda s, m: _softmax(s.masked_fill(m, -math.inf)),
            "The mask is the wrong way round: True means may be seen.",
        ),
        (lambda s, m: _softmax(s), "The mask has no effect."),
        (lambda s, m: torch.softmax(s.masked_fill(~m, -math.inf), 0), _COLUMNS),
        (lambda s, m: torch.softmax(s.masked_fill(~m, -math.inf), 0).nan_to_num(), _COLUMNS),
        (lambda s, m: _softmax(_masked_weights(s, m)), _TWICE),
    ],
)


def check_masked_weights(answer) -> None:
    """Chapter 05: ``masked_weights(scores, mask)`` returns weights that are 0 where the mask is False.

    Shapes: scores (n, m), mask (n, m) boolean; each row of the result sums to 1.
    """
    _check(_MASKED_WEIGHTS, answer)


def _project_and_attend(asked, measured, values, w_q, w_k):
    q, k = asked @ w_q, measured @ w_k
    return torch.softmax(-(torch.cdist(q, k) ** 2) / 2, -1) @ values


def _square_distances(one, other):
    return ((one[:, None] - other[None]) ** 2).sum(-1)


_PROJECT_AND_ATTEND = _Exercise(
    "project_and_attend",
    cases=[
        (
            torch.tensor([[0.0, 1.0], [2.0, 0.0]]),
            torch.tensor([[0.0, 0.0], [1.0, 1.0], [3.0, 0.0]]),
            torch.tensor([[1.0], [2.0], [3.0]]),
            torch.tensor([[1.0], [0.5]]),
            torch.tensor([[1.0], [0.0]]),
        ),
        (
            _random(4, 3, seed=60),
            _random(4, 3, seed=61),
            _random(4, 2, seed=62),
            _random(3, 3, seed=63),
            _random(3, 3, seed=64),
        ),
        (
            _random(2, 5, seed=65),
            _random(6, 5, seed=66),
            _random(6, 1, seed=67),
            _random(5, 2, seed=68),
            _random(5, 2, seed=69),
        ),
    ],
    right=_project_and_attend,
    mistakes=[
        (
            lambda a, m, v, wq, wk: _project_and_attend(a, m, v, wk, wq),
            "The two projections are swapped: what asks is multiplied by W_q, what is asked by W_k.",
        ),
        (
            lambda a, m, v, wq, wk: _project_and_attend(a, m, v, wq, wq),
            "W_q projects both. What is measured has a projection of its own, W_k.",
        ),
        (
            lambda a, m, v, wq, wk: _project_and_attend(a, m, v, wk, wk),
            "W_k projects both. What is asked has a projection of its own, W_q.",
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a, m) / 2, -1) @ v,
            "The projections have no effect: the places were compared as they are.",
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax((a @ wq) @ (m @ wk).T, -1) @ v,
            "The score is a dot product. Asked for is the Gaussian one: minus half the squared distance.",
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a @ wq, m @ wk), -1) @ v,
            "The factor of one half is missing in the scores.",
        ),
        (
            lambda a, m, v, wq, wk: torch.softmax(-torch.cdist(a @ wq, m @ wk) / 2, -1) @ v,
            "The distance was not squared.",
        ),
        (lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a @ wq, m @ wk) / 2, 0) @ v, _COLUMNS),
        (
            lambda a, m, v, wq, wk: torch.softmax(-_square_distances(a @ wq, m @ wk) / 2, -1) @ (m @ wk),
            "It returns a mean of the projected keys. What is returned are the values.",
        ),
    ],
)


def check_project_and_attend(answer) -> None:
    """Chapter 05: ``project_and_attend(asked, measured, values, w_q, w_k)`` with Gaussian scores of width 1.

    Shapes: asked (n, d), measured (m, d), values (m, d_v), w_q and w_k (d, d_k); the result has shape (n, d_v).
    """
    _check(_PROJECT_AND_ATTEND, answer)


# --- chapter 06


_NO_SUM = "There is a number for each feature of a key. A key has one bias: sum over its features."


def _key_bias(keys):
    return -keys.pow(2).sum(-1) / 2


def _constant_apart(outcome, expected):
    """Whether the same number was added everywhere; it may be 0."""
    if not _finite(outcome) or outcome.shape != expected.shape:
        return False
    added = outcome - expected
    return bool(added.max() - added.min() < 1e-5 * (1 + expected.abs().max() + added.abs().max()))


_KEY_BIAS = _Exercise(
    "key_bias",
    cases=[
        (torch.tensor([[1.0, 2.0], [0.0, 0.0], [-3.0, 1.0]]),),
        (_random(4, 4, seed=70),),
        (_random(6, 3, seed=71),),
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
    _check(_KEY_BIAS, answer)


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
    tensors = [_random(*shape, seed=seed + i) for i, shape in enumerate([(n, d), (m, d), (m, d_v)])]
    return (*tensors, _mask(n, m, seed) if mask is None else mask)


_ATTENTION = _Exercise(
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
            lambda q, k, v, m: _overflowing((q @ k.T / q.shape[-1] ** 0.5).masked_fill(~m, -math.inf)) @ v,
            "For very low scores every exponential is 0, and 0 divided by 0 is not a number. Take the largest score of "
            "each row from its scores first, or use torch.softmax.",
        ),
        (
            lambda q, k, v, m: torch.softmax((q @ k.T / q.shape[-1] ** 0.5).masked_fill(~m, -math.inf), 0) @ v,
            _COLUMNS,
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
    _check(_ATTENTION, answer)


# --- chapter 07

_SOURCES = _Exercise(
    "sources",
    cases=[
        (torch.tensor([[0.1, 0.2, 0.7], [0.8, 0.15, 0.05]]),),
        (_softmax(_random(5, 5, seed=90)),),
        (_softmax(_random(3, 8, seed=91)),),
        (_softmax(_random(6, 4, seed=96)),),
    ],
    right=lambda weights: weights.argmax(-1),
    mistakes=[
        (
            lambda w: w.argmax(0),
            "It finds the best query for each key. For each character of the answer, find the best one of the line: "
            "along the row.",
        ),
        (lambda w: w.amax(-1), "These are the largest weights. Asked for is where they stand."),
        (
            lambda w: w.max(-1),
            "These are two things, the largest weights and their places. Asked for are the places alone.",
        ),
        (lambda w: w.argmin(-1), "These are the places of the smallest weights."),
        (lambda w: w.argmax(-1) + 1, "Places are counted from 0, as everywhere in Python."),
        (lambda w: w.argmax(), "This is one place for the whole matrix. Each character of the answer has its own."),
    ],
)


def check_sources(answer) -> None:
    """Chapter 07: ``sources(weights)``, weights (answer, line), returns the place of the largest weight of each row.

    The result has shape (answer,), with whole numbers of any type.
    """
    _check(_SOURCES, answer)


_CONTRIBUTIONS = _Exercise(
    "contributions",
    cases=[
        (torch.tensor([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]]), torch.tensor([[3.0, 4.0], [0.0, 0.0], [1.0, 0.0]])),
        (_softmax(_random(4, 4, seed=92)), _random(4, 4, seed=93)),
        (_softmax(_random(3, 6, seed=94)), _random(6, 2, seed=95)),
        (_softmax(_random(5, 3, seed=97)), _random(3, 7, seed=98)),
    ],
    right=lambda weights, values: weights * values.norm(dim=-1),
    mistakes=[
        (lambda w, v: w, "These are the weights as they were: the values have no effect."),
        (
            lambda w, v: w @ v,
            "These are pooled values. Asked for is how much each key contributes, before they are summed.",
        ),
        (lambda w, v: w * v.pow(2).sum(-1), "The norm is the root of the sum of squares; the root is missing."),
        (lambda w, v: w * v.norm(), "One norm was taken of all values together. Each key has its own."),
        (lambda w, v: w * v.norm(dim=0), "The norm ran over the keys. A value is a row: one norm for each row."),
        (
            lambda w, v: w * v.norm(dim=-1) / (w * v.norm(dim=-1)).sum(-1, keepdim=True),
            "The rows were made to sum to 1. Leave them: a contribution is a size, not a share.",
        ),
        (lambda w, v: w * v.norm(dim=-1)[:, None], "Each row was multiplied by one norm. A key is a column."),
        (
            lambda w, v: w * v.sum(-1),
            "The entries of each value were summed. Its norm is the root of the sum of squares.",
        ),
        (
            lambda w, v: w * v.abs().sum(-1),
            "The absolute values of the entries were summed. The norm is the root of the sum of squares.",
        ),
        (
            lambda w, v: w @ v.norm(dim=-1),
            "The contributions to each query were summed. Each key has its own: the result has the shape of the "
            "weights.",
        ),
    ],
)


def check_contributions(answer) -> None:
    """Chapter 07: ``contributions(weights, values)`` returns each weight times the norm of the value behind it.

    Shapes: weights (queries, keys), values (keys, d_v); the result has shape (queries, keys).
    """
    _check(_CONTRIBUTIONS, answer)
