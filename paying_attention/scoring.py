"""Scores that are learned. Defined in chapter 06, *Scoring functions*."""

import torch

from paying_attention.pooling import check_batches, check_fits_layer, check_size


class AdditiveScore(torch.nn.Module):
    """Scores ``w · tanh(Q q + c + K k)``: a small network that looks at a query and a key together.

    After Bahdanau, Cho and Bengio (2015), with a shift c. ``query_size`` and ``key_size`` are the numbers of features,
    which may differ; ``hidden`` is how many numbers both are brought to.

    Called with queries of shape (..., queries, query_size) and keys of shape (..., keys, key_size), it returns scores
    of shape (..., queries, keys). Raises ``ValueError`` for sizes that are not positive and for shapes that do not fit,
    ``TypeError`` for what is not a tensor of floating-point numbers.
    """

    def __init__(self, query_size: int, key_size: int, hidden: int):
        super().__init__()
        for name, size in (("query_size", query_size), ("key_size", key_size), ("hidden", hidden)):
            check_size(name, size)
        self.query_matrix = torch.nn.Linear(query_size, hidden)
        self.key_matrix = torch.nn.Linear(key_size, hidden, bias=False)
        self.out = torch.nn.Linear(hidden, 1, bias=False)

    def forward(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        for name, tensor, layer in (("queries", queries, self.query_matrix), ("keys", keys, self.key_matrix)):
            check_fits_layer(name, tensor, layer)
        check_batches("queries and keys", queries, keys)
        q = self.query_matrix(queries)[..., :, None, :]  # (..., queries, 1, hidden)
        k = self.key_matrix(keys)[..., None, :, :]  # (..., 1, keys, hidden)
        return self.out(torch.tanh(q + k))[..., 0]
