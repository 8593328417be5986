"""The score that is learned, against its formula in double precision.

A test fails where a score is wrong, does not learn, or takes memory that it need not.
"""

import math

import pytest
import torch
from torch.autograd.profiler import profile
from torch.testing import assert_close

from paying_attention.pooling import attention_pooling
from paying_attention.scoring import AdditiveScore


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def pair_by_pair(score, queries, keys):
    """The formula of Bahdanau and others, one query and one key at a time."""
    rows = []
    for query in queries.tolist():
        row = []
        for key in keys.tolist():
            total = 0.0
            for h, out in enumerate(score.out.weight[0].tolist()):
                inside = score.query_matrix.bias[h].item()
                inside += sum(a * b for a, b in zip(score.query_matrix.weight[h].tolist(), query, strict=True))
                inside += sum(a * b for a, b in zip(score.key_matrix.weight[h].tolist(), key, strict=True))
                total += out * math.tanh(inside)
            row.append(total)
        rows.append(row)
    return torch.tensor(rows)


def test_scores_are_those_of_the_formula():
    torch.manual_seed(0)
    score = AdditiveScore(query_size=4, key_size=2, hidden=3)
    queries, keys = randn(3, 4), randn(5, 2, seed=1)
    assert_close(score(queries, keys), pair_by_pair(score, queries, keys))


@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_pooling_agrees_with_d2l():
    from d2l import torch as d2l

    queries, keys, values = randn(2, 3, 6), randn(2, 5, 4, seed=1), randn(2, 5, 7, seed=2)
    lengths = torch.tensor([5, 3])
    theirs = d2l.AdditiveAttention(num_hiddens=8, dropout=0)
    expected = theirs(queries, keys, values, lengths)
    score = AdditiveScore(6, 4, 8)
    score.load_state_dict(
        {
            "query_matrix.weight": theirs.W_q.weight,
            "query_matrix.bias": torch.zeros(8),
            "key_matrix.weight": theirs.W_k.weight,
            "out.weight": theirs.w_v.weight,
        }
    )
    mask = (torch.arange(5) < lengths[:, None])[:, None, :]
    assert_close(attention_pooling(queries, keys, values, score, mask)[0], expected)


@pytest.mark.parametrize("before", [(), (2,), (2, 3)])
def test_dimensions_in_front_are_kept(before):
    score = AdditiveScore(4, 2, 3)
    queries, keys = randn(*before, 6, 4), randn(*before, 5, 2, seed=1)
    scores = score(queries, keys)
    assert scores.shape == (*before, 6, 5)
    last = (-1,) * len(before)
    assert_close(scores[last], score(queries[last], keys[last]))


def test_all_parameters_learn():
    score = AdditiveScore(4, 2, 3)
    score(randn(6, 4), randn(5, 2, seed=1)).sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in score.parameters())


@pytest.mark.parametrize("sizes", [(0, 2, 3), (4, -1, 3), (4, 2, 0)])
def test_sizes_that_cannot_be_are_refused(sizes):
    name, size = next(pair for pair in zip(("query_size", "key_size", "hidden"), sizes, strict=True) if pair[1] < 1)
    with pytest.raises(ValueError, match=f"{name} needs to be 1 or more; {size} came"):
        AdditiveScore(*sizes)


@pytest.mark.parametrize(
    ("queries", "keys", "error", "said"),
    [
        (randn(6, 3), randn(5, 2), ValueError, r"queries need 4 features; \(6, 3\) came"),
        (randn(6, 4), randn(5, 4), ValueError, r"keys need 2 features; \(5, 4\) came"),
        (randn(4), randn(5, 2), ValueError, r"queries .*\(4,\)"),
        (randn(6, 4).long(), randn(5, 2), TypeError, "queries .*int64"),
        (randn(6, 4), randn(5, 2).tolist(), TypeError, "keys .*list"),
    ],
)
def test_what_does_not_fit_is_refused(queries, keys, error, said):
    with pytest.raises(error, match=said):
        AdditiveScore(4, 2, 3)(queries, keys)


def test_torchs_attention_works_in_memory_that_grows_no_faster_than_the_keys():
    """What chapter 06 says of the memory that its own count cannot see."""

    def working(n):
        queries, keys, values = torch.randn(3, 1, 1, n, 32)
        with profile(use_kineto=False, profile_memory=True) as record:
            torch.nn.functional.scaled_dot_product_attention(queries, keys, values)
        steps = [event.self_cpu_memory_usage for event in record.function_events]
        return sum(step for step in steps if step > 0) - 4 * n * 32  # without its result

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # each has working memory of its own
    few, many = working(256), working(2048)
    torch.set_num_threads(threads)
    assert few < many < 1e6
    assert many / few < 1.1 * 2048 / 256
