"""Tables of numbers, printed. Used from chapter 01 on."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from paying_attention.inputs import as_array, as_text


def print_table(numbers: ArrayLike, rows: Sequence, columns: Sequence, digits: int = 2, title: str = "") -> None:
    """Print a matrix with a name before each row and one above each column.

    ``numbers`` is a tensor, an array or a nested list of shape (rows, columns), and may require grad; ``digits`` are
    shown after the point.
    ``title`` stands in the corner above the names of the rows: what the numbers are.

    Raises ``TypeError`` for what is not real numbers, ``ValueError`` for numbers of another shape than the names have,
    for none at all and for names that take more than one line.
    """
    numbers = as_array("numbers", numbers)
    if not isinstance(digits, int) or not 0 <= digits <= 20:
        raise ValueError(f"digits needs to be a whole number from 0 to 20; {digits!r} came")
    rows, columns, title = _names("rows", rows), _names("columns", columns), _names("title", [title])[0]
    if not (rows and columns):
        raise ValueError(f"a table needs a name for each row and each column; {len(rows)} and {len(columns)} came")
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


def _names(name, words):
    try:
        words = [as_text(name, word) for word in words]
    except TypeError:
        raise TypeError(f"{name} needs a list of names, not {type(words).__name__}") from None
    for word in words:
        if len(word.splitlines()) > 1:
            raise ValueError(f"{name} needs names of one line each; {word!r} came")
    return words
