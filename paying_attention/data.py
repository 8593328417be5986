"""Measurements that come with the toolbox, so that a notebook finds them wherever it runs. Used in chapter 04."""

from pathlib import Path

import numpy as np
import torch


def motorcycle() -> tuple[torch.Tensor, torch.Tensor]:
    """Milliseconds after the impact in simulated motorcycle accidents, and the acceleration of the head in g.

    Two float32 tensors of shape (133, 1), in the order of time. The file ``motorcycle.csv`` names their source.
    """
    path = Path(__file__).with_name("motorcycle.csv")
    table = torch.tensor(np.loadtxt(path, delimiter=",", skiprows=3), dtype=torch.float32)
    return table[:, :1], table[:, 1:]
