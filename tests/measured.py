"""Kernels by their definitions, in double precision."""

import math

import torch
from live_figure import double


def kernel_weights(kernel, distances):
    """Weights by distance in widths, the keys last; NaN where no key is in reach."""
    squares = distances.square()
    heights = {
        "gaussian": torch.exp((squares.amin(-1, keepdim=True) - squares) / 2),
        "boxcar": (distances <= math.sqrt(3)).double(),
        "triangular": (1 - distances / math.sqrt(6)).clamp(min=0),
        "epanechnikov": (1 - squares / 5).clamp(min=0),
    }[kernel]
    return heights / heights.sum(-1, keepdim=True)


def left_out_errors(kernel, x, y, widths):
    """The mean squared error of predicting each measurement from all the others, for each width."""
    x, y, widths = double(x), double(y), double(widths)
    distances = (x[:, None] - x).abs().fill_diagonal_(math.inf) / widths[:, None, None]  # (widths, queries, keys)
    return ((kernel_weights(kernel, distances) * y).sum(-1) - y).square().mean(-1)


def made(seed):
    return torch.Generator().manual_seed(seed)


# Twelve measurements.
X = torch.linspace(0.2, 4.9, 12, dtype=torch.float64) + 0.1 * torch.rand(12, generator=made(1), dtype=torch.float64)


Y = 2 * X.sin() + X**0.8 + 0.3 * torch.randn(12, generator=made(2), dtype=torch.float64)
