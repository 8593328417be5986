"""How the book's figures look and how a notebook shows them."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib.pyplot as plt
from IPython import get_ipython
from matplotlib_inline.backend_inline import set_matplotlib_formats

SVG = {"svg.fonttype": "none", "svg.hashsalt": "paying-attention"}


def use_svg_display() -> None:
    """Show figures as SVG with real text in it; outside a notebook this only sets what ``savefig`` writes.

    The file carries no date and no random names, so that the same code gives the same bytes. Taught in chapter 03.
    """
    plt.rcParams.update(SVG)
    # The text of an SVG is drawn with fonts of the machine that shows it; matplotlib would warn of its own.
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


STYLE = Path(__file__).with_name("book.mplstyle")


def use_book_style() -> None:
    """Draw every figure from here on in the book's style, shown as SVG."""
    plt.style.use(STYLE)
    use_svg_display()


@contextmanager
def book_style() -> Iterator[None]:
    """Within a ``with`` block, draw in the book's style and leave the reader's settings as they were."""
    with plt.style.context(STYLE), plt.rc_context(SVG):
        yield
