"""Attention with several heads. Built in chapter 08, *Self-attention*; chapter 09 puts two layers of it together.

Shapes are (..., heads, queries, keys): whatever stands in front, a head is one more dimension, and a query is a row.
"""

from collections.abc import Callable

import torch

from paying_attention.pooling import (
    attention_pooling,
    check_features,
    check_fits_layer,
    check_size,
    check_whole,
    dot_product,
)


def scaled_dot_product(queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
    """Scores ``q·k / √d``: shape (..., queries, keys), after Vaswani and others (2017). Taught in chapter 06.

    ``queries`` has shape (..., queries, d), ``keys`` (..., keys, d). Raises what ``pooling.dot_product`` raises.
    """
    check_features("queries", queries)
    return dot_product(queries, keys, temperature=queries.shape[-1] ** 0.5)


def causal_mask(n: int) -> torch.Tensor:
    """Who may see whom in a line of ``n``: itself and what came before. Boolean, shape (n, n), True where it may."""
    check_size("n", n)
    return torch.ones(n, n, dtype=torch.bool).tril()


def _check_items(x, shape):
    if not isinstance(x, torch.Tensor) or x.layout != torch.strided:
        raise TypeError(f"x needs to be an ordinary, dense tensor, not {getattr(x, 'layout', type(x).__name__)}")
    if x.ndim < shape.count(",") or not x.numel():
        raise ValueError(f"x needs shape {shape}, none of them 0; {tuple(x.shape)} came")


def split_heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    """Cut the features of each item into equal pieces, one a head: (..., n, d) becomes (..., heads, n, d / heads).

    Raises ``ValueError`` if the features cannot be cut into so many equal pieces.
    """
    _check_items(x, "(..., n, d)")
    check_whole("heads", heads)
    if heads < 1 or x.shape[-1] % heads:
        raise ValueError(f"{x.shape[-1]} features cannot be cut into {heads} equal pieces, one a head")
    return x.unflatten(-1, (heads, -1)).transpose(-3, -2)


def join_heads(x: torch.Tensor) -> torch.Tensor:
    """Put the pieces of each item side by side again: (..., heads, n, d / heads) becomes (..., n, d)."""
    _check_items(x, "(..., heads, n, d / heads)")
    return x.transpose(-3, -2).flatten(-2)


class MultiHeadAttention(torch.nn.Module):
    """Several heads side by side, each with its own projections and its own weights (Vaswani and others, 2017).

    ``d`` is the number of features of what comes in and what goes out, ``heads`` how many heads share them. ``score``
    is what each head scores with, a function of queries and keys such as those of ``pooling``; one with parameters
    learns with the layer. With ``bias`` each of the four projections adds a vector, as in PyTorch's layer.

    Called with what asks, what is asked and what it hands on, of shapes (..., n, d), (..., m, d) and (..., m, d), and
    with a mask as in ``masked_softmax`` (True: may see), it returns the output, (..., n, d), and the weights of every
    head, (..., heads, n, m). A mask that differs between lines of a batch needs a dimension for the heads: (lines, 1,
    n, m). For self-attention all three are the same.

    Raises ``ValueError`` for a ``d`` that the heads cannot share, and for inputs with another number of features; else
    what ``attention_pooling`` raises.
    """

    def __init__(self, d: int, heads: int, score: Callable = scaled_dot_product, *, bias: bool = False):
        super().__init__()
        check_whole("d", d)
        check_whole("heads", heads)
        if d < 1 or heads < 1 or d % heads:
            raise ValueError(f"heads need to share the features equally; d = {d} and {heads} heads came")
        self.heads, self.score = heads, score
        self.w_q = torch.nn.Linear(d, d, bias=bias)
        self.w_k = torch.nn.Linear(d, d, bias=bias)
        self.w_v = torch.nn.Linear(d, d, bias=bias)
        self.w_o = torch.nn.Linear(d, d, bias=bias)

    def forward(
        self, queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        q, k, v = (
            split_heads(self._projected(name, projection, x), self.heads)
            for name, projection, x in (
                ("queries", self.w_q, queries),
                ("keys", self.w_k, keys),
                ("values", self.w_v, values),
            )
        )
        pooled, weights = attention_pooling(q, k, v, self.score, mask)
        return self.w_o(join_heads(pooled)), weights

    def contributions(self, weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """What each head adds to the output, under these weights: shape (..., heads, n, d).

        ``weights`` has shape (..., heads, n, m), ``values`` (..., m, d), as in the call. The sum over the heads,
        and the bias of the last projection if there is one, is what the call returns.
        """
        pooled = weights @ split_heads(self._projected("values", self.w_v, values), self.heads)  # (..., h, n, d/h)
        pieces = self.w_o.weight.unflatten(1, (self.heads, -1))  # (d, h, d/h): the columns of each head
        return torch.einsum("...hne,dhe->...hnd", pooled, pieces)

    def _projected(self, name, projection, x):
        check_fits_layer(name, x, projection)
        return projection(x)
