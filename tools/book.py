"""Jupyter Book's own command. Where it ends in a traceback of itself, this ends in a line."""

import sys

from jupyter_book.cli.main import main

try:
    main()
except RuntimeError:  # what was wrong, Sphinx has said
    sys.exit("The book was not built. What is wrong stands above.")
