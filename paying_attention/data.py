"""Data that come with the toolbox, so that a notebook finds them wherever it runs. Used in chapters 04 and 10."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent


def motorcycle() -> tuple[torch.Tensor, torch.Tensor]:
    """Milliseconds after the impact in simulated motorcycle accidents, and the acceleration of the head in g.

    Two float32 tensors of shape (133, 1), in the order of time. The file ``motorcycle.csv`` names their source.
    """
    table = torch.tensor(np.loadtxt(HERE / "motorcycle.csv", delimiter=",", skiprows=3), dtype=torch.float32)
    return table[:, :1], table[:, 1:]


@dataclass(frozen=True)
class Book:
    """A book that does not exist: its title, a line about it, and a question that it would answer."""

    title: str
    line: str
    question: str


def library() -> list[Book]:
    """Sixty books, written for chapter 10. A question and its book share hardly any word."""
    with open(HERE / "library.csv", encoding="utf-8", newline="") as file:
        return [Book(**row) for row in csv.DictReader(file)]


def sentences() -> list[str]:
    """120 sentences about this and that, written for chapter 10."""
    return (HERE / "sentences.txt").read_text(encoding="utf-8").splitlines()
