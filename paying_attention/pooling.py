"""Attention pooling: scores, weights, weighted means.

Dot-product scores are taught in chapter 02, kernels in chapter 04, masks in chapter 06. Everywhere a query is a row and
a key is a column.
"""

import math
from collections.abc import Callable

import numpy as np
import torch

FLOATING = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def masked_softmax(scores: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Attention weights from scores: each row of the result is positive or 0 and sums to 1.

    ``scores`` has shape (..., queries, keys); the result has the same. ``mask`` is boolean and of a shape that
    broadcasts to that of the scores: ``True`` where the query may see the key. A score of minus infinity masks its
    key, too. The scores are left as they are.

    Raises ``ValueError`` for scores with fewer than two dimensions or none in them, for NaN or plus infinity, for a
    mask of another shape, and for a query that no key is left for; ``TypeError`` for scores that are not
    floating-point numbers or a mask that is not boolean.
    """
    _check_floating("scores", scores)
    if scores.ndim < 2 or scores.numel() == 0:
        raise ValueError(f"scores need shape (..., queries, keys), none of them 0; {tuple(scores.shape)} came")
    if not _sum_is_finite(scores) and (torch.isnan(scores).any() or torch.isposinf(scores).any()):
        raise ValueError("scores hold NaN or plus infinity")
    if mask is not None:
        _check_mask(mask, scores.shape)
        scores = scores.masked_fill(~mask, -math.inf)
    weights = torch.softmax(scores, dim=-1)
    if not _sum_is_finite(weights):  # a row without any key has become NaN
        _refuse_empty_rows(torch.isneginf(scores).all(-1))
    return weights


def _refuse_empty_rows(empty):  # (..., queries)
    if empty.any():
        where = tuple(empty.nonzero()[0].tolist())
        raise ValueError(
            f"no key is left for {int(empty.sum())} of {empty.numel()} queries, the first at index "
            f"{where if len(where) > 1 else where[0]}: all are masked or out of reach"
        )


def dot_product(queries: torch.Tensor, keys: torch.Tensor, temperature: float = 1.0) -> torch.Tensor:
    """Scores ``q·k / temperature``: shape (..., queries, keys).

    ``queries`` has shape (..., queries, features), ``keys`` (..., keys, features). Near temperature 0 the best key
    takes all the weight (keys that tie share it); as it grows, all keys share it equally. Taught in chapter 02.

    Raises ``TypeError`` for what is not a tensor of floating-point numbers and for mixed dtypes, ``ValueError`` for
    shapes that do not fit, for NaN or infinity, and for a temperature that is not positive and finite.
    """
    _check_queries_and_keys(queries, keys)
    _check_positive("temperature", temperature)
    return queries @ keys.transpose(-2, -1) / _as_divisor(temperature)


def gaussian(queries: torch.Tensor, keys: torch.Tensor, width: float = 1.0) -> torch.Tensor:
    """Scores ``-|q - k|² / (2 width²)``, the logarithm of a Gaussian kernel: shape (..., queries, keys).

    ``queries`` has shape (..., queries, features), ``keys`` (..., keys, features). ``width`` is the standard deviation
    of the kernel, in the unit of the features.

    Raises ``TypeError`` for what is not a tensor of floating-point numbers and for mixed dtypes, ``ValueError`` for
    shapes that do not fit, for NaN or infinity, and for a width that is not positive and finite. Taught in chapter 04.
    """
    return -(_distance_in_widths(queries, keys, width) ** 2) / 2


def boxcar(queries: torch.Tensor, keys: torch.Tensor, width: float = 1.0) -> torch.Tensor:
    """Scores 0 within reach and minus infinity beyond it: the keys in reach share alike.

    The reach is √3 width, which makes ``width`` the standard deviation of the kernel, as in ``gaussian``; arguments,
    result and errors are the same, too.
    """
    distance = _distance_in_widths(queries, keys, width) / math.sqrt(3)
    return torch.zeros_like(distance).masked_fill(distance > 1, -math.inf)


def triangular(queries: torch.Tensor, keys: torch.Tensor, width: float = 1.0) -> torch.Tensor:
    """Scores ``log(1 - u)`` where u, the distance divided by √6 width, is below 1; minus infinity beyond.

    ``width`` is the standard deviation of the kernel, as in ``gaussian``; arguments, result and errors are the same.
    """
    return torch.log((1 - _distance_in_widths(queries, keys, width) / math.sqrt(6)).clamp(min=0))


def epanechnikov(queries: torch.Tensor, keys: torch.Tensor, width: float = 1.0) -> torch.Tensor:
    """Scores ``log(1 - u²)`` where u, the distance divided by √5 width, is below 1; minus infinity beyond.

    After Epanechnikov (1969), whose kernel is 3/4 (1 - u²). ``width`` is the standard deviation of the kernel, as in
    ``gaussian``; arguments, result and errors are the same.
    """
    return torch.log((1 - (_distance_in_widths(queries, keys, width) / math.sqrt(5)) ** 2).clamp(min=0))


def attention_pooling(
    queries: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    score: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = dot_product,
    mask: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean of the values, weighted by how well each query matches each key.

    ``queries`` has shape (..., queries, features), ``keys`` (..., keys, features), ``values`` (..., keys, contents).
    ``score`` is a function of queries and keys that returns scores of shape (..., queries, keys), such as
    ``dot_product``, ``functools.partial(gaussian, width=0.5)`` or an ``AdditiveScore``, for which queries and keys may
    differ in their features. ``mask`` is as in ``masked_softmax``.

    Returns the pooled values, shape (..., queries, contents), and the weights, shape (..., queries, keys). Where a
    bounded kernel leaves a query without any key in reach, there is no mean to take, and the call is refused.

    Raises ``TypeError`` for what is not a tensor of floating-point numbers and for mixed dtypes, ``ValueError`` for
    shapes that do not fit, for NaN or infinity, and for a query that no key is left for. Taught in chapters 02 and 04.
    """
    for name, tensor in (("queries", queries), ("keys", keys), ("values", values)):
        check_features(name, tensor)
    if values.shape[-2] != keys.shape[-2]:
        raise ValueError(
            f"each key needs one value: keys of shape {tuple(keys.shape)} and values of shape {tuple(values.shape)} "
            f"came, {keys.shape[-2]} keys and {values.shape[-2]} values"
        )
    check_batches("queries, keys and values", queries, keys, values)
    if not callable(score):
        raise TypeError(f"score needs to be a function of queries and keys, not {type(score).__name__}")
    scores = score(queries, keys)
    _check_floating("scores", scores)
    if scores.dtype != values.dtype:
        raise TypeError(f"score needs to return scores of the dtype of the values, {values.dtype}, not {scores.dtype}")
    expected = (*np.broadcast_shapes(queries.shape[:-2], keys.shape[:-2]), queries.shape[-2], keys.shape[-2])
    if scores.shape != expected:
        raise ValueError(
            f"score needs to return scores of shape (..., queries, keys), here {expected}; {tuple(scores.shape)} came"
        )
    weights = masked_softmax(scores, mask)
    return weights @ values, weights


def _as_divisor(number):
    """A number that a tensor can be divided by; Python's whole numbers may be too large for it."""
    return float(number) if isinstance(number, int) else number


def _distance_in_widths(queries, keys, width):
    _check_queries_and_keys(queries, keys)
    _check_positive("width", width)
    difference = queries[..., :, None, :] - keys[..., None, :, :]  # (..., queries, keys, features)
    return difference.norm(dim=-1) / _as_divisor(width)


def _check_queries_and_keys(queries, keys):
    check_features("queries", queries)
    check_features("keys", keys)
    if queries.shape[-1] != keys.shape[-1]:
        raise ValueError(
            "queries and keys need the same number of features: "
            f"queries of shape {tuple(queries.shape)} and keys of shape {tuple(keys.shape)} came"
        )
    check_batches("queries and keys", queries, keys)


def check_batches(names, *tensors):
    if len({tensor.dtype for tensor in tensors}) > 1:
        came = " and ".join(str(tensor.dtype) for tensor in tensors)
        raise TypeError(f"{names} need one dtype; {came} came")
    try:
        np.broadcast_shapes(*(tensor.shape[:-2] for tensor in tensors))  # torch's own would bring all of SymPy in
    except ValueError:
        came = " and ".join(str(tuple(tensor.shape)) for tensor in tensors)
        raise ValueError(f"{names} need batches that broadcast; shapes {came} came") from None


def check_whole(name: str, number: int) -> None:
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"{name} needs to be a whole number; {number!r} came")


def check_size(name: str, size: int) -> None:
    # A number of things.
    check_whole(name, size)
    if size < 1:
        raise ValueError(f"{name} needs to be 1 or more; {size!r} came")


def check_fits_layer(name: str, tensor: torch.Tensor, layer: torch.nn.Linear) -> None:
    # What a layer multiplies with its weights.
    check_features(name, tensor)
    if tensor.shape[-1] != layer.in_features:
        raise ValueError(f"{name} need {layer.in_features} features; {tuple(tensor.shape)} came")
    if tensor.dtype != layer.weight.dtype:
        raise TypeError(f"{name} need the dtype of the layer, {layer.weight.dtype}, not {tensor.dtype}")


def check_features(name: str, tensor: torch.Tensor) -> None:
    _check_floating(name, tensor)
    if tensor.ndim < 2 or tensor.numel() == 0:
        shape = "(..., keys, contents)" if name == "values" else f"(..., {name}, features)"
        hint = f"; for one number each, pass {name}[:, None]" if tensor.ndim == 1 else ""
        raise ValueError(f"{name} need shape {shape}, none of them 0; {tuple(tensor.shape)} came{hint}")
    if not _sum_is_finite(tensor) and not torch.isfinite(tensor).all():
        raise ValueError(f"{name} hold NaN or infinity")


def _sum_is_finite(tensor):
    """Whether all is well at one glance: NaN and infinity show in the sum, and it is the cheapest look at them all.

    If not, a closer look has to say why, for numbers that are finite may add up to infinity.
    """
    return math.isfinite(tensor.detach().sum())


def _check_floating(name, tensor):
    if not isinstance(tensor, torch.Tensor) or tensor.dtype not in FLOATING:
        kind = tensor.dtype if isinstance(tensor, torch.Tensor) else type(tensor).__name__
        raise TypeError(f"{name} need to be a tensor of floating-point numbers, not {kind}")
    if tensor.layout != torch.strided or tensor.is_meta:
        kind = "without numbers, on the device 'meta'" if tensor.is_meta else tensor.layout
        raise TypeError(f"{name} need to be an ordinary, dense tensor, not one that is {kind}")


def _check_mask(mask, shape):
    if not isinstance(mask, torch.Tensor) or mask.dtype != torch.bool:
        kind = mask.dtype if isinstance(mask, torch.Tensor) else type(mask).__name__
        raise TypeError(f"mask needs to be a boolean tensor, True where a query may see a key, not {kind}")
    try:
        fits = np.broadcast_shapes(mask.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"mask of shape {tuple(mask.shape)} does not fit scores of shape {tuple(shape)}")


def _check_positive(name, number):
    try:
        positive = bool(0 < number < math.inf)
    except (TypeError, ValueError, RuntimeError):  # text; an array; a tensor of several
        raise TypeError(f"{name} needs to be one number; {number!r} came") from None
    if not positive:
        raise ValueError(f"{name} needs to be positive and finite; {number!r} came")
