"""Attention with several heads: equal to PyTorch's layer, and what must hold for any such layer.

Fails if heads are cut or joined in another way, if a mask is read the other way round or comes too late, if lines of a
batch see each other, if the parts of the heads do not add up, or if wrong input passes.
"""

import math

import pytest
import torch
from torch.testing import assert_close

from paying_attention.heads import MultiHeadAttention, causal_mask, join_heads, scaled_dot_product, split_heads
from paying_attention.pooling import gaussian


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def with_the_weights_of(theirs):
    """Our layer with the numbers of one of PyTorch's."""
    d, bias = theirs.embed_dim, theirs.in_proj_bias is not None
    ours = MultiHeadAttention(d, theirs.num_heads, bias=bias)
    state = {"w_o.weight": theirs.out_proj.weight}
    if bias:
        state["w_o.bias"] = theirs.out_proj.bias
    for i, name in enumerate(("w_q", "w_k", "w_v")):
        state[f"{name}.weight"] = theirs.in_proj_weight[i * d : (i + 1) * d]
        if bias:
            state[f"{name}.bias"] = theirs.in_proj_bias[i * d : (i + 1) * d]
    ours.load_state_dict(state)
    return ours


def torchs(d, heads, bias=True):
    torch.manual_seed(3)
    layer = torch.nn.MultiheadAttention(d, heads, bias=bias, batch_first=True)
    if bias:  # PyTorch begins with zeros, which would hide a bias in the wrong place
        torch.nn.init.normal_(layer.in_proj_bias)
        torch.nn.init.normal_(layer.out_proj.bias)
    return layer


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("heads", [1, 3, 4, 12])
@pytest.mark.parametrize("causal", [False, True])
def test_it_is_pytorchs_layer(heads, bias, causal):
    theirs, x = torchs(12, heads, bias), randn(3, 7, 12)
    mask = causal_mask(7) if causal else None
    output, weights = with_the_weights_of(theirs)(x, x, x, mask)
    forbidden = None if mask is None else ~mask
    expected, each = theirs(x, x, x, attn_mask=forbidden, average_attn_weights=False)
    assert_close(output, expected)
    assert_close(weights, each)
    assert weights.shape == (3, heads, 7, 7)


def test_it_is_pytorchs_layer_where_one_set_asks_another():
    theirs, x, y, z = torchs(8, 2), randn(3, 4, 8), randn(3, 6, 8, seed=1), randn(3, 6, 8, seed=2)
    output, weights = with_the_weights_of(theirs)(x, y, z)
    expected, each = theirs(x, y, z, average_attn_weights=False)
    assert_close(output, expected)
    assert_close(weights, each)


def test_one_head_without_projections_is_attention_as_in_chapter_06():
    layer = MultiHeadAttention(5, 1)
    for projection in (layer.w_q, layer.w_k, layer.w_v, layer.w_o):
        torch.nn.init.eye_(projection.weight)
    q, k, v = randn(4, 5), randn(6, 5, seed=1), randn(6, 5, seed=2)
    assert_close(layer(q, k, v)[0], torch.nn.functional.scaled_dot_product_attention(q, k, v))


def test_shuffled_items_give_shuffled_outputs():
    layer, x, order = MultiHeadAttention(12, 3), randn(2, 7, 12), torch.randperm(7)
    output, weights = layer(x, x, x)
    shuffled, shuffled_weights = layer(*[x[:, order]] * 3)
    assert_close(shuffled, output[:, order])
    assert_close(shuffled_weights, weights[:, :, order][:, :, :, order])


def test_with_a_causal_mask_a_later_item_changes_nothing_before_it():
    layer, x = MultiHeadAttention(12, 3), randn(2, 7, 12)
    for changed in range(7):
        other = x.clone()
        other[:, changed] += 100
        one, two = (layer(z, z, z, causal_mask(7))[0] for z in (x, other))
        assert torch.equal(one[:, :changed], two[:, :changed])
        assert (one[:, changed:] - two[:, changed:]).abs().amax(-1).min() > 1e-3


def test_lines_of_a_batch_do_not_see_each_other():
    layer, x = MultiHeadAttention(12, 3), randn(2, 7, 12)
    assert_close(layer(x, x, x)[0][1], layer(x[1], x[1], x[1])[0])


def test_the_mask_can_differ_between_lines():
    layer, x = MultiHeadAttention(12, 3), randn(2, 7, 12)
    mask = (torch.arange(7) < torch.tensor([[7], [4]]))[:, None, None]  # (lines, 1, 1, keys)
    assert_close(layer(x, x, x, mask)[0][1], layer(x[1], x[1, :4], x[1, :4])[0])


@pytest.mark.parametrize("bias", [False, True])
def test_what_the_heads_contribute_adds_up_to_the_output(bias):
    layer, x, y = MultiHeadAttention(12, 3, bias=bias), randn(2, 4, 12), randn(2, 6, 12, seed=1)
    output, weights = layer(x, y, y)
    parts = layer.contributions(weights, y)
    assert parts.shape == (2, 3, 4, 12)
    assert_close(parts.sum(dim=1) + (layer.w_o.bias if bias else 0), output)
    with torch.no_grad():  # without the columns of the last projection that belong to head 1
        layer.w_o.weight[:, 4:8] = 0
    assert_close(layer(x, y, y)[0], output - parts[:, 1])


def test_each_head_can_have_another_score():
    layer, x = MultiHeadAttention(4, 2, score=gaussian), randn(3, 4)
    q, k = (split_heads(projection(x), 2) for projection in (layer.w_q, layer.w_k))
    distances = torch.cdist(q, k)
    assert_close(layer(x, x, x)[1], torch.softmax(-(distances**2) / 2, dim=-1), rtol=1e-4, atol=1e-5)


def test_a_score_with_parameters_learns_with_the_layer():
    class Shifted(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.shift = torch.nn.Parameter(torch.zeros(3))

        def forward(self, queries, keys):
            return scaled_dot_product(queries, keys) + self.shift

    layer, x = MultiHeadAttention(4, 2, Shifted()), randn(3, 4)
    layer(x, x, x)[0].square().sum().backward()
    assert len(list(layer.parameters())) == 5
    assert all(parameter.grad.abs().sum() > 0 for parameter in layer.parameters())


@pytest.mark.parametrize("heads", [1, 2, 3, 6])
@pytest.mark.parametrize("before", [(), (2,), (2, 3)])
def test_heads_are_pieces_of_each_item(heads, before):
    x = torch.arange(math.prod((*before, 5, 6))).reshape(*before, 5, 6)
    pieces = split_heads(x, heads)
    assert pieces.shape == (*before, heads, 5, 6 // heads)
    for head in range(heads):
        size = 6 // heads
        assert torch.equal(pieces[..., head, :, :], x[..., head * size : (head + 1) * size])
    assert torch.equal(join_heads(pieces), x)


def test_the_causal_mask():
    assert causal_mask(3).tolist() == [[True, False, False], [True, True, False], [True, True, True]]


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: MultiHeadAttention(8, 3), ValueError, "d = 8 and 3 heads came"),
        (lambda: MultiHeadAttention(8, 0), ValueError, "d = 8 and 0 heads came"),
        (lambda: MultiHeadAttention(0, 1), ValueError, "d = 0 and 1 heads came"),
        (lambda: split_heads(randn(3, 4), 3), ValueError, "4 features cannot be cut into 3"),
        (lambda: split_heads(randn(3, 4), 0), ValueError, "4 features cannot be cut into 0"),
        (lambda: MultiHeadAttention(4, 2)(randn(3, 5), randn(3, 4), randn(3, 4)), ValueError, r"queries .* \(3, 5\)"),
        (lambda: MultiHeadAttention(4, 2)(randn(3, 4), randn(3, 5), randn(3, 4)), ValueError, r"keys .* \(3, 5\)"),
        (lambda: MultiHeadAttention(4, 2)(randn(3, 4), randn(3, 4), randn(2, 4)), ValueError, "one value"),
        (lambda: MultiHeadAttention(4, 2)(*[randn(3, 4).long()] * 3), TypeError, "queries .*int64"),
        (lambda: MultiHeadAttention(4, 2)(*[randn(3, 4) * math.nan] * 3), ValueError, "NaN"),
        (
            lambda: MultiHeadAttention(4, 2)(*[randn(3, 4)] * 3, torch.zeros(3, 3, dtype=torch.bool)),
            ValueError,
            "no key is left for 6 of 6",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()
