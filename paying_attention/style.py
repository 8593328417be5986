"""How the book's figures look and how a notebook shows them."""

from pathlib import Path

import matplotlib.pyplot as plt
from IPython import get_ipython
from matplotlib_inline.backend_inline import set_matplotlib_formats


def use_svg_display() -> None:
    """Show figures as SVG with real text in it; outside a notebook this only sets what ``savefig`` writes.

    The file carries no date and no random names, so that the same code gives the same bytes. Taught in chapter 03.
    """
    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "paying-attention"})
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


def use_book_style() -> None:
    """Draw every figure from here on in the book's style, shown as SVG."""
    plt.style.use(Path(__file__).with_name("book.mplstyle"))
    use_svg_display()
