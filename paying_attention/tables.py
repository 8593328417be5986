"""Tables of numbers, printed. Used from chapter 01 on."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def print_table(numbers: ArrayLike, rows: Sequence, columns: Sequence, digits: int = 2, title: str = "") -> None:
    """Print a matrix with a name before each row and one above each column.

    ``numbers`` is a tensor or nested list of shape (rows, columns); ``digits`` are shown after the point.
    ``title`` stands in the corner above the names of the rows: what the numbers are.

    Raises ``ValueError`` for numbers of another shape than the names have.
    """
    numbers = np.asarray(numbers, dtype=float)
    rows, columns = [str(name) for name in rows], [str(name) for name in columns]
    if numbers.shape != (len(rows), len(columns)):
        raise ValueError(
            f"numbers need shape {(len(rows), len(columns))}, one row and one column a name; {numbers.shape} came"
        )
    cells = [[f"{number:.{digits}f}" for number in line] for line in numbers]
    first = max(map(len, [title, *rows]))
    widths = [max(len(name), *(len(line[j]) for line in cells)) for j, name in enumerate(columns)]
    print(f"{title:{first}}", *(f"{name:>{width}}" for name, width in zip(columns, widths, strict=True)), sep="  ")
    for name, line in zip(rows, cells, strict=True):
        print(f"{name:{first}}", *(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)), sep="  ")
