"""Attention pooling, against torch's own attention, d2l's and sums worked by hand.

A test fails where weights or pooled values are wrong, gradients do not pass, or input that does not fit is taken.
"""

import math
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from paying_attention.pooling import (
    attention_pooling,
    boxcar,
    dot_product,
    epanechnikov,
    gaussian,
    masked_softmax,
    triangular,
)

KERNELS = [gaussian, boxcar, triangular, epanechnikov]
BOUNDED = [(boxcar, math.sqrt(3)), (triangular, math.sqrt(6)), (epanechnikov, math.sqrt(5))]

# What each kernel is, up to a constant factor, of a distance u in widths.
CLOSED_FORMS = {
    gaussian: lambda u: math.exp(-(u**2) / 2),
    boxcar: lambda u: float(u <= math.sqrt(3)),
    triangular: lambda u: max(0.0, 1 - u / math.sqrt(6)),
    epanechnikov: lambda u: max(0.0, 3 / 4 * (1 - u**2 / 5)) / (3 / 4),
}


def randn(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def column(*numbers):
    return torch.tensor(numbers, dtype=torch.float64)[:, None]


# Masked softmax


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (2, 3, 4), (2, 2, 3, 4)])
def test_without_a_mask_it_is_the_softmax_of_each_row(shape):
    assert_close(masked_softmax(randn(*shape)), torch.softmax(randn(*shape), dim=-1))


def test_weights_are_as_worked_out_by_hand():
    scores = torch.tensor([[0, math.log(2), math.log(5)], [math.log(3), 0, -math.inf]])
    assert_close(masked_softmax(scores), torch.tensor([[1 / 8, 2 / 8, 5 / 8], [3 / 4, 1 / 4, 0]]))
    mask = torch.tensor([[True, False, True], [False, True, True]])
    assert_close(masked_softmax(scores, mask), torch.tensor([[1 / 6, 0, 5 / 6], [0, 1, 0]]))


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_each_row_is_shared_out_whole_however_large_the_scores(size):
    weights = masked_softmax(size * randn(5, 7), randn(5, 7, seed=1) > -1)
    assert (weights >= 0).all()
    assert_close(weights.sum(-1), torch.ones(5, dtype=torch.float64))


@pytest.mark.parametrize("offset", [1e4, -1e4])
def test_only_differences_between_scores_count(offset):
    scores = offset + torch.tensor([[0, math.log(3)]], dtype=torch.float64)
    assert_close(masked_softmax(scores), torch.tensor([[1 / 4, 3 / 4]], dtype=torch.float64))


@pytest.mark.parametrize("shape", [(4,), (1, 4), (3, 4), (1, 3, 4), (2, 1, 4), (2, 3, 4)])
def test_a_mask_broadcasts_and_what_is_left_is_shared_anew(shape):
    scores, mask = randn(2, 3, 4), randn(*shape, seed=1) > -0.5
    weights = masked_softmax(scores, mask)
    for b, q, k in np.ndindex(2, 3, 4):
        seen = np.broadcast_to(mask.numpy(), (2, 3, 4))[b, q]
        total = sum(math.exp(scores[b, q, other]) for other in range(4) if seen[other])
        assert weights[b, q, k].item() == pytest.approx(math.exp(scores[b, q, k]) / total if seen[k] else 0)


@pytest.mark.parametrize("mask", [torch.tensor(True), torch.ones(3, 1, dtype=torch.bool)])
def test_a_mask_that_hides_nothing_changes_nothing(mask):
    assert_close(masked_softmax(randn(3, 4), mask), masked_softmax(randn(3, 4)))


def test_a_mask_of_valid_lengths_agrees_with_d2l():
    from d2l import torch as d2l

    scores, lengths = randn(2, 3, 4, dtype=torch.float32), torch.tensor([[1, 3, 4], [2, 2, 1]])
    expected = d2l.masked_softmax(scores.clone(), lengths)
    assert_close(masked_softmax(scores, torch.arange(4) < lengths[..., None]), expected)


def test_a_score_of_minus_infinity_masks_its_key():
    mask = torch.tensor([[True, False, True], [True, True, False]])
    scores = randn(2, 3)
    assert_close(masked_softmax(torch.where(mask, scores, -math.inf)), masked_softmax(scores, mask))


def test_scores_and_mask_are_left_as_they_are():
    scores, mask = randn(3, 4), randn(3, 4, seed=1) > -1
    masked_softmax(scores, mask)
    assert_close(scores, randn(3, 4), rtol=0, atol=0)
    assert torch.equal(mask, randn(3, 4, seed=1) > -1)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_weights_have_the_dtype_of_the_scores(dtype):
    assert masked_softmax(randn(2, 3).to(dtype), torch.tensor([True, True, False])).dtype == dtype


def test_a_masked_score_gets_no_gradient_and_no_nan():
    scores = randn(2, 3).requires_grad_()
    masked_softmax(scores, torch.tensor([True, True, False]))[:, 0].sum().backward()
    assert torch.isfinite(scores.grad).all()
    assert (scores.grad[:, :2] != 0).all()
    assert (scores.grad[:, 2] == 0).all()


def test_a_row_with_every_key_masked_is_refused_and_named():
    mask = torch.ones(3, 4, dtype=torch.bool)
    mask[1] = False
    with pytest.raises(
        ValueError, match=r"no key is left for 1 of 3 queries, the first at index 1: all are masked or out of reach$"
    ):
        masked_softmax(randn(3, 4), mask)
    with pytest.raises(
        ValueError,
        match=r"no key is left for 2 of 6 queries, the first at index \(0, 1\): all are masked or out of reach$",
    ):
        masked_softmax(randn(2, 3, 4), mask)


def test_a_row_of_minus_infinities_is_refused():
    scores = torch.tensor([[0, 0], [0, -math.inf], [-math.inf, -math.inf]])
    with pytest.raises(ValueError, match=r"first at index 2:"):
        masked_softmax(scores)


def test_a_row_that_mask_and_scores_empty_between_them_is_refused():
    with pytest.raises(ValueError, match=r"first at index 0:"):
        masked_softmax(torch.tensor([[0, -math.inf]]), torch.tensor([False, True]))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_scores_with_nan_or_plus_infinity_are_refused(bad):
    with pytest.raises(ValueError, match="scores hold NaN or plus infinity"):
        masked_softmax(torch.tensor([[0.0, bad]]))


@pytest.mark.parametrize("shape", [(), (3,), (0, 3), (3, 0), (0, 2, 3)])
def test_scores_need_queries_and_keys(shape):
    message = rf"scores need shape \(\.\.\., queries, keys\).*\({', '.join(map(str, shape))},?\) came"
    with pytest.raises(ValueError, match=message):
        masked_softmax(torch.zeros(shape))


@pytest.mark.parametrize(
    ("scores", "came"), [(torch.ones(2, 2).long(), "torch.int64"), ([[1.0]], "list"), (np.ones((2, 2)), "ndarray")]
)
def test_scores_need_to_be_floating_point_numbers(scores, came):
    with pytest.raises(TypeError, match=f"scores need .*floating-point numbers, not {came}"):
        masked_softmax(scores)


@pytest.mark.parametrize("shape", [(2, 3), (3,), (4, 3), (3, 4, 1), (2, 3, 4), (1, 3, 4)])
def test_a_mask_of_another_shape_is_refused(shape):
    came = ", ".join(map(str, shape))
    with pytest.raises(ValueError, match=rf"mask of shape \({came},?\) does not fit scores of shape \(3, 4\)"):
        masked_softmax(randn(3, 4), torch.ones(shape, dtype=torch.bool))


@pytest.mark.parametrize(
    ("mask", "came"), [(torch.ones(3, 4), "torch.float32"), (torch.ones(4).long(), "torch.int64"), ([True] * 4, "list")]
)
def test_a_mask_that_is_not_boolean_is_refused(mask, came):
    with pytest.raises(TypeError, match=f"boolean tensor.*not {came}"):
        masked_softmax(randn(3, 4), mask)


# Scores


@pytest.mark.parametrize("temperature", [0.1, 1, 3.0, torch.tensor(2.0)])
def test_a_dot_product_is_a_sum_over_features_divided_by_the_temperature(temperature):
    queries, keys = randn(2, 3, 5), randn(2, 4, 5, seed=1)
    scores = dot_product(queries, keys, temperature)
    assert scores.shape == (2, 3, 4)
    for b, q, k in np.ndindex(2, 3, 4):
        expected = sum(queries[b, q, d].item() * keys[b, k, d].item() for d in range(5)) / float(temperature)
        assert scores[b, q, k].item() == pytest.approx(expected)


@pytest.mark.parametrize("width", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("kernel", KERNELS)
def test_the_standard_deviation_of_a_kernel_is_its_width(kernel, width):
    x = torch.linspace(2 - 8 * width, 2 + 8 * width, 40_001, dtype=torch.float64)
    density = kernel(column(2.0), x[:, None], width)[0].exp()
    density /= density.sum()
    mean = (density * x).sum()
    deviation = (density * (x - mean) ** 2).sum().sqrt()
    assert mean.item() == pytest.approx(2)
    assert deviation.item() == pytest.approx(width, rel=1e-3)


@pytest.mark.parametrize("width", [0.5, 2.0])
@pytest.mark.parametrize(("kernel", "reach"), BOUNDED)
def test_a_bounded_kernel_is_minus_infinity_beyond_its_reach_and_finite_within(kernel, reach, width):
    edge = reach * width
    scores = kernel(column(1.0), column(1 + 0.9999 * edge, 1 - 0.9999 * edge, 1 + 1.0001 * edge, 1 - 9 * edge), width)
    assert torch.isfinite(scores).tolist() == [[True, True, False, False]]
    assert (scores[0, 2:] == -math.inf).all()


@pytest.mark.parametrize("width", [0.5, 1, torch.tensor(2.0)])
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_agrees_with_its_closed_form_in_one_dimension(kernel, width):
    queries, keys = randn(3, 1), 2 * randn(6, 1, seed=1)
    found = kernel(queries, keys, width).exp()
    for q, k in np.ndindex(3, 6):
        distance = abs(queries[q].item() - keys[k].item()) / float(width)
        assert found[q, k].item() == pytest.approx(CLOSED_FORMS[kernel](distance), rel=1e-5, abs=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_depends_on_the_euclidean_distance_in_any_number_of_dimensions(kernel):
    queries, keys = randn(2, 3, 4), randn(2, 5, 4, seed=1)
    expected = torch.cdist(queries, keys).div(1.3).apply_(CLOSED_FORMS[kernel])
    assert 0 < (expected > 0).sum() <= 30
    assert_close(kernel(queries, keys, 1.3).exp(), expected)


@pytest.mark.parametrize("score", [dot_product, *KERNELS])
def test_keys_may_be_shared_by_a_batch_of_queries(score):
    queries, keys = randn(2, 3, 4), randn(5, 4, seed=1)
    assert_close(score(queries, keys), torch.stack([score(queries[0], keys), score(queries[1], keys)]))


@pytest.mark.parametrize("score", [dot_product, *KERNELS])
def test_scores_have_the_dtype_of_the_features(score):
    for dtype in (torch.float64, torch.float16):
        assert score(randn(2, 3).to(dtype), randn(4, 3).to(dtype)).dtype == dtype


# Pooling


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_scaled_dot_products_give_torch_s_own_attention(batch, masked):
    queries, keys, values = randn(*batch, 4, 8), randn(*batch, 6, 8, seed=1), randn(*batch, 6, 5, seed=2)
    mask = torch.arange(6) < torch.tensor([1, 3, 4, 6])[:, None] if masked else None
    pooled, weights = attention_pooling(queries, keys, values, partial(dot_product, temperature=math.sqrt(8)), mask)
    assert_close(pooled, F.scaled_dot_product_attention(queries, keys, values, attn_mask=mask))
    assert weights.shape == (*batch, 4, 6)
    assert_close(weights.sum(-1), torch.ones(*batch, 4, dtype=torch.float64))


def test_without_a_score_the_dot_product_is_taken():
    queries, keys, values = randn(2, 3), randn(4, 3, seed=1), randn(4, 2, seed=2)
    for found, expected in zip(
        attention_pooling(queries, keys, values), attention_pooling(queries, keys, values, dot_product), strict=True
    ):
        assert_close(found, expected, rtol=0, atol=0)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_kernel_gives_nadaraya_watson_regression(kernel):
    queries, keys, values = randn(5, 1), randn(20, 1, seed=1), randn(20, 1, seed=2)
    pooled, weights = attention_pooling(queries, keys, values, partial(kernel, width=0.7))
    for i, query in enumerate(queries[:, 0].tolist()):
        heights = [CLOSED_FORMS[kernel](abs(query - key) / 0.7) for key in keys[:, 0].tolist()]
        assert weights[i].tolist() == pytest.approx([height / sum(heights) for height in heights])
        mean = sum(h * value for h, value in zip(heights, values[:, 0].tolist(), strict=True)) / sum(heights)
        assert pooled[i].item() == pytest.approx(mean)


def test_gaussian_pooling_is_dot_product_attention_when_all_keys_have_the_same_norm():
    queries, keys, values = randn(4, 3), 1.7 * F.normalize(randn(6, 3, seed=1), dim=-1), randn(6, 2, seed=2)
    for width in (0.5, 1.5):
        _, by_distance = attention_pooling(queries, keys, values, partial(gaussian, width=width))
        _, by_product = attention_pooling(queries, keys, values, partial(dot_product, temperature=width**2))
        assert_close(by_distance, by_product)


def test_a_low_temperature_looks_up_the_best_key_and_a_high_one_averages():
    queries, keys, values = randn(4, 3), randn(6, 3, seed=1), randn(6, 2, seed=2)
    best = [max(range(6), key=lambda k, q=q: float(queries[q] @ keys[k])) for q in range(4)]
    pooled, _ = attention_pooling(queries, keys, values, partial(dot_product, temperature=1e-4))
    assert_close(pooled, values[best])
    pooled, _ = attention_pooling(queries, keys, values, partial(dot_product, temperature=1e9))
    assert_close(pooled, values.mean(0).expand(4, 2))


def test_a_narrow_kernel_looks_up_the_nearest_key_and_a_wide_one_averages():
    queries, keys, values = randn(4, 3), randn(6, 3, seed=1), randn(6, 2, seed=2)
    nearest = [min(range(6), key=lambda k, q=q: math.dist(queries[q], keys[k])) for q in range(4)]
    # So narrow that every kernel value is 0 in floating point: only its logarithm is left to compare.
    pooled, _ = attention_pooling(queries, keys, values, partial(gaussian, width=1e-3))
    assert_close(pooled, values[nearest])
    for kernel in KERNELS:
        pooled, _ = attention_pooling(queries, keys, values, partial(kernel, width=1e9))
        assert_close(pooled, values.mean(0).expand(4, 2))


def test_the_order_of_the_pairs_does_not_matter():
    queries, keys, values, order = randn(4, 3), randn(6, 3, seed=1), randn(6, 2, seed=2), [3, 5, 0, 1, 4, 2]
    pooled, weights = attention_pooling(queries, keys, values)
    moved, moved_weights = attention_pooling(queries, keys[order], values[order])
    assert_close(moved, pooled)
    assert_close(moved_weights, weights[:, order])


def test_any_function_of_queries_and_keys_may_be_the_score():
    def alike(queries, keys):
        return (queries[:, None] == keys).all(-1).double().log()

    pooled, _ = attention_pooling(column(2, 1), column(1, 2, 1), column(10, 20, 30), alike)
    assert_close(pooled, column(20, 20))


def test_masked_keys_have_no_say():
    queries, keys, values = randn(4, 3), randn(6, 3, seed=1), randn(6, 2, seed=2)
    pooled, weights = attention_pooling(queries, keys, values, gaussian, torch.arange(6) < 4)
    expected, expected_weights = attention_pooling(queries, keys[:4], values[:4], gaussian)
    assert_close(pooled, expected)
    assert_close(weights, F.pad(expected_weights, (0, 2)))


@pytest.mark.parametrize(
    ("score", "knob"), [(dot_product, 1.3), (gaussian, 0.8), (triangular, 2.0), (epanechnikov, 2.0)]
)
def test_gradients_flow_to_queries_keys_values_and_a_learned_width(score, knob):
    def pool(queries, keys, values, knob):
        return attention_pooling(queries, keys, values, lambda q, k: score(q, k, knob))[0]

    inputs = randn(2, 2), randn(4, 2, seed=1), randn(4, 3, seed=2), torch.tensor(knob, dtype=torch.float64)
    assert torch.isfinite(score(inputs[0], inputs[1], knob)).all()
    assert torch.autograd.gradcheck(pool, [tensor.requires_grad_() for tensor in inputs])
    assert all((grad != 0).any() for grad in torch.autograd.grad(pool(*inputs).square().sum(), inputs))


@pytest.mark.parametrize("kernel", [gaussian, triangular, epanechnikov])
def test_gradients_stay_finite_where_a_query_meets_a_key_and_where_a_key_is_out_of_reach(kernel):
    queries, keys, width = column(1.0).requires_grad_(), column(1.0, 2.0, 99.0).requires_grad_(), torch.tensor(1.0)
    width.requires_grad_()
    pooled, _ = attention_pooling(queries, keys, column(1.0, 2.0, 3.0), partial(kernel, width=width))
    for grad in torch.autograd.grad(pooled.sum(), (queries, keys, width)):
        assert torch.isfinite(grad).all()
        assert (grad != 0).any()


@pytest.mark.parametrize("kernel", [boxcar, triangular, epanechnikov])
def test_a_query_that_no_key_reaches_is_refused_and_named(kernel):
    queries, keys = column(0, 1, 50), column(0, 1)
    with pytest.raises(
        ValueError, match=r"no key is left for 1 of 3 queries, the first at index 2: all are masked or out of reach$"
    ):
        attention_pooling(queries, keys, keys, kernel)


# What is refused


def pooling_of_keys(queries, keys):
    return attention_pooling(queries, keys, keys)


@pytest.mark.parametrize("score", [dot_product, *KERNELS, pooling_of_keys])
class TestQueriesAndKeysThatDoNotFit:
    def test_another_number_of_features(self, score):
        with pytest.raises(ValueError, match=r"same number of features.*\(2, 3\) and keys of shape \(4, 5\) came"):
            score(randn(2, 3), randn(4, 5))

    def test_one_dimension(self, score):
        with pytest.raises(ValueError, match=r"queries need shape .*; \(3,\) came; .* pass queries\[:, None\]"):
            score(randn(3), randn(4, 1))
        with pytest.raises(ValueError, match=r"keys need shape .*; \(4,\) came; .* pass keys\[:, None\]"):
            score(randn(3, 1), randn(4))

    @pytest.mark.parametrize("shape", [(0, 3), (2, 0), (0, 2, 3)])
    def test_nothing(self, score, shape):
        came = ", ".join(map(str, shape))
        with pytest.raises(ValueError, match=rf"queries need shape .*none of them 0; \({came}\) came$"):
            score(torch.zeros(shape), torch.zeros(4, 3))
        with pytest.raises(ValueError, match=rf"keys need shape .*none of them 0; \({came}\) came$"):
            score(torch.zeros(4, 3), torch.zeros(shape))

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
    def test_nan_and_infinity(self, score, bad):
        with pytest.raises(ValueError, match="queries hold NaN or infinity"):
            score(torch.tensor([[bad, 0.0]]), torch.zeros(3, 2))
        with pytest.raises(ValueError, match="keys hold NaN or infinity"):
            score(torch.zeros(3, 2), torch.tensor([[bad, 0.0]]))

    @pytest.mark.parametrize(
        ("bad", "came"),
        [(torch.ones(2, 2).long(), "torch.int64"), ([[1.0, 2.0]], "list"), (np.ones((2, 2)), "ndarray")],
    )
    def test_what_is_not_a_tensor_of_floating_point_numbers(self, score, bad, came):
        with pytest.raises(TypeError, match=f"queries need .*floating-point numbers, not {came}"):
            score(bad, torch.ones(2, 2))
        with pytest.raises(TypeError, match=f"keys need .*floating-point numbers, not {came}"):
            score(torch.ones(2, 2), bad)

    def test_batches_that_do_not_broadcast(self, score):
        with pytest.raises(ValueError, match=r"\(2, 3, 4\).*\(5, 3, 4\)"):
            score(randn(2, 3, 4), randn(5, 3, 4))


@pytest.mark.parametrize("width", [0, 0.0, -1.0, math.nan, math.inf, torch.tensor(-1.0)])
def test_a_width_or_a_temperature_that_is_not_positive_and_finite_is_refused(width):
    for kernel in KERNELS:
        with pytest.raises(ValueError, match=r"width needs to be positive and finite; .*came") as refusal:
            kernel(randn(2, 3), randn(4, 3), width)
        assert repr(width) in str(refusal.value)
    with pytest.raises(ValueError, match=r"temperature needs to be positive and finite; .*came") as refusal:
        dot_product(randn(2, 3), randn(4, 3), width)
    assert repr(width) in str(refusal.value)


def test_each_key_needs_one_value():
    with pytest.raises(ValueError, match=r"\(4, 3\) and values of shape \(5, 3\) came, 4 keys and 5 values"):
        attention_pooling(randn(2, 3), randn(4, 3), randn(5, 3))


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (torch.ones(4), ValueError, r"values need shape .*\(4,\) came; .* pass values\[:, None\]"),
        (torch.ones(4, 0), ValueError, r"values need shape .*none of them 0; \(4, 0\) came"),
        (torch.tensor([[0.0], [1.0], [2.0], [math.nan]]), ValueError, "values hold NaN or infinity"),
        (torch.ones(4, 2).long(), TypeError, "values need .*floating-point numbers, not torch.int64"),
        ([[1.0]] * 4, TypeError, "values need .*floating-point numbers, not list"),
    ],
)
def test_values_that_do_not_fit_are_refused(values, error, message):
    with pytest.raises(error, match=message):
        attention_pooling(torch.ones(2, 3), torch.ones(4, 3), values)


def test_values_of_another_batch_are_refused():
    with pytest.raises(ValueError, match=r"\(5, 4, 3\)"):
        attention_pooling(randn(2, 2, 3), randn(2, 4, 3), randn(5, 4, 3))


def test_a_score_that_returns_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"\(4, 2\)"):
        attention_pooling(randn(2, 3), randn(4, 3), randn(4, 3), lambda queries, keys: keys @ queries.T)


def test_a_mask_of_another_shape_is_refused_in_pooling_too():
    with pytest.raises(ValueError, match=r"mask of shape \(4, 2\) does not fit scores of shape \(2, 4\)"):
        attention_pooling(randn(2, 3), randn(4, 3), randn(4, 3), mask=torch.ones(4, 2, dtype=torch.bool))
