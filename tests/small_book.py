"""Small books in temporary folders, built by the project's own `make`.

Each has the repository's Makefile, tools, settings and toolbox, and a chapter or two of its own.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from places import ROOT

REPLACED = ("chapters", "zh", "intro.md", "_toc.yml", "tests", "_build", "*.egg-info", "__pycache__", ".*")

INTRO = dedent("""
    # A small book

    ```{figure} _build/pictures/mark.svg
    Books on a shelf.
    ```
""")
DRAWING = {
    "answer": "print(6 * 7)",
    "motto": "from paying_attention.mottos import MOTTO\n\nprint(MOTTO)",
    "line": dedent("""
        import matplotlib.pyplot as plt

        from paying_attention.style import use_book_style

        use_book_style()
        plt.plot([1, 2]);
    """).strip(),
    # Its name in the page is random when it leaves the kernel.
    "widget": dedent("""
        from paying_attention.explorables.base import Explorable


        class Figure(Explorable):
            _esm = "export default {}"

            def still(self):
                return "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"


        Figure()
    """).strip(),
}
# A figure that moves, and a sum that depends on how many threads share it.
MOVING = {
    "sum": dedent("""
        import torch

        print(f"{torch.rand(10**6, generator=torch.Generator().manual_seed(0)).pow(0.3).sum():.12f}")
    """).strip(),
    "explore": "from paying_attention.explorables import Shelf\n\nShelf()",
}


def environment(**changes):
    """This process's variables without those by which a `make test` around it would speak to the `make` in a test."""
    kept = {name: value for name, value in os.environ.items() if not re.fullmatch("MAKE.*|MFLAGS", name)}
    return kept | {"NO_COLOR": "1", **changes}


class Book:
    """A copy of the repository whose pages are the test's own."""

    def __init__(self, root):
        self.root = root

    @classmethod
    def new(cls, root, **notebooks):
        """A book of an introduction, these notebooks and a status page, in an environment that is set up already."""
        shutil.copytree(ROOT, root, ignore=lambda folder, names: ignored(Path(folder), names))
        (root / "chapters").mkdir()
        for name in ("ruff.toml", "status.md"):
            shutil.copy(ROOT / "chapters" / name, root / "chapters")
        book = cls(root)
        book.write("intro.md", INTRO)
        (root / "paying_attention" / "mottos").mkdir()
        book.write("paying_attention/mottos/__init__.py", 'MOTTO = "look twice"\n')
        # The toolbox and the tests that were copied speak of chapters that this book does not have.
        book.write("tools/mentions.py", "")
        for name, cells in notebooks.items():
            book.notebook(name, cells)
        book.contents("status", *notebooks)
        (root / ".venv").mkdir()
        for path in Path(sys.prefix).iterdir():
            (root / ".venv" / path.name).symlink_to(path)
        book.installed()
        return book

    def installed(self):
        """Tell make that the environment fits the requirements, whatever they say: tests install nothing."""
        for name in (".book", ".theme", ".dev"):
            stamp = self.root / ".venv" / name
            stamp.unlink(missing_ok=True)  # it may be a link to that of the real environment
            stamp.touch()

    def copy(self, root):
        """The same book elsewhere, built as far as this one is."""
        shutil.copytree(self.root, root, symlinks=True)
        return Book(root)

    def write(self, name, text):
        (self.root / name).write_text(text, encoding="utf-8")

    def replace(self, name, old, new):
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def contents(self, *names):
        lines = ["format: jb-book", "root: intro", "chapters:", *(f"  - file: chapters/{name}" for name in names)]
        self.write("_toc.yml", "\n".join(lines) + "\n")

    def notebook(self, name, cells, prose="Some prose.", indent=1, change=lambda notebook: None):
        """Write a notebook, canonical unless `change` or `indent` spoils it; `cells` maps ids to code."""
        code = [
            {"cell_type": "code", "execution_count": None, "id": id, "metadata": {}, "outputs": [], "source": source}
            for id, source in cells.items()
        ]
        title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {name.title()}\n\n{prose}"}
        for cell in (title, *code):
            cell["source"] = cell["source"].splitlines(keepends=True)
        kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
        notebook = {"cells": [title, *code], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        change(notebook)
        self.write(f"chapters/{name}.ipynb", json.dumps(notebook, indent=indent, ensure_ascii=False) + "\n")

    def make(self, *arguments):
        """Exit status and output of make. The toolbox is the copy's, not the one that was installed."""
        result = subprocess.run(
            ["make", *arguments],
            cwd=self.root,
            env=environment(PYTHONPATH=str(self.root)),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
        )
        return result.returncode, result.stdout

    def succeed(self, *arguments):
        status, output = self.make(*arguments)
        assert status == 0, output
        return output

    def fail(self, *arguments):
        status, output = self.make(*arguments)
        assert status != 0, output
        return output

    def page(self, name):
        return (self.root / "_build" / "html" / name).read_text(encoding="utf-8")

    def site(self):
        """All files of the site: their names and what is in them."""
        folder = self.root / "_build" / "html"
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def figure(self):
        """The only figure with a line in it that a cell of the drawing notebook made, as SVG."""
        names = set(re.findall(r"_images/[0-9a-f]{64}\.svg", self.page("chapters/drawing.html")))
        (figure,) = [text for text in map(self.page, names) if "<path" in text]
        return figure


def ignored(folder, names):
    """What a copy of the repository does without: at the top, all that a test replaces; below, what Python leaves."""
    patterns = REPLACED if folder == ROOT else ("__pycache__", ".ipynb_checkpoints", ".ruff_cache")
    return shutil.ignore_patterns(*patterns)(str(folder), names)
