"""Input is looked at by its sum alone, which must refuse no more and no less than a look at every number.

Fails if finite numbers that add up to infinity are refused, or if NaN or infinity gets through because of
what stands beside it.
"""

import math

import pytest
import torch

from paying_attention.pooling import attention_pooling, dot_product, masked_softmax

HUGE = torch.finfo(torch.float32).max
INF = math.inf


def test_finite_numbers_may_add_up_to_infinity():
    values = torch.full((3, 2), HUGE)
    weights = torch.eye(3) * 100  # each query sees one key only
    pooled, _ = attention_pooling(weights, torch.eye(3), values)
    assert torch.equal(pooled, values)


def test_many_rows_in_half_precision_add_up_to_infinity_and_are_weights_all_the_same():
    scores = torch.zeros(70_000, 2, dtype=torch.float16)  # its weights sum to more than the type can hold
    assert torch.equal(masked_softmax(scores), torch.full_like(scores, 0.5))
    scores[-1] = -INF
    with pytest.raises(ValueError, match="no key is left for 1 of 70000 queries, the first at index 69999"):
        masked_softmax(scores)


@pytest.mark.parametrize("others", [[0.0], [HUGE, HUGE], [-HUGE, -HUGE]])
@pytest.mark.parametrize("bad", [[math.nan], [INF], [-INF], [INF, -INF]])
def test_what_is_not_finite_is_refused_whatever_stands_beside_it(bad, others):
    keys = torch.tensor([*bad, *others])[:, None]
    with pytest.raises(ValueError, match="keys hold NaN or infinity"):
        dot_product(torch.ones(1, 1), keys)


@pytest.mark.parametrize("bad", [math.nan, INF])
def test_a_score_that_is_not_a_number_is_refused_even_where_a_mask_hides_it(bad):
    scores = torch.tensor([[1.0, bad, -INF]])
    for mask in (None, torch.tensor([True, False, True])):
        with pytest.raises(ValueError, match="scores hold NaN or plus infinity"):
            masked_softmax(scores, mask)


def test_minus_infinity_in_scores_is_a_mask():
    weights = masked_softmax(torch.tensor([[0.0, -INF, 0.0]]))
    assert torch.equal(weights, torch.tensor([[0.5, 0.0, 0.5]]))
