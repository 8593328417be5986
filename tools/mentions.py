"""Name each place that speaks of a chapter, of a figure or of a name in the toolbox that is not there.

Whoever deletes a chapter or a figure learns from it, in one run, what else has to change. `make check` runs it.
"""

import ast
import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
TOOLBOX = ROOT / "paying_attention"
TEXTS = [
    "*.md",
    "*.yml",
    "*/*.md",
    "*/*.ipynb",
    "zh/chapters/*.md",
    "zh/chapters/*.ipynb",
    "paying_attention/**/*.py",
    "tests/**/*.py",
    "theme/**/*.py",
]
CHAPTER = re.compile(r"[Cc]hapters? (\d\d(?:(?:, | and | to |–)\d\d)*)(?!\d)|第(\d\d)章")
FILE = re.compile(r"(?:chapters/|[\"'(])(\d\d-[a-z-]+[a-z])(?=[\"'`.)\s]|$)")
FIGURE = re.compile(r"\{explorable\} (\w+)")


def lines(path):
    """Where each line is and what it says; of a notebook, cell by cell."""
    if path.suffix != ".ipynb":
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line
        return
    for cell in nbformat.read(path, as_version=4).cells:
        for line in cell.source.splitlines():
            yield f"{path.relative_to(ROOT)}, cell {cell.id}", line


def names_in(path):
    """What a module, or a package with all that it gathers, has at its top."""
    files = [path.with_suffix(".py")] if path.with_suffix(".py").exists() else sorted(path.glob("*.py"))
    return {
        target
        for file in files
        for node in ast.parse(file.read_text("utf-8")).body
        for target in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [name.id for name in ast.walk(node) if isinstance(name, ast.Name)]
            if isinstance(node, ast.Assign)
            else []
        )
    } | {file.stem for file in path.glob("*") if file.suffix in ("", ".py")}


def missing_imports(line):
    """Names that a line imports from the toolbox and that are not in it."""
    try:
        (node,) = ast.parse(line.strip()).body
    except (SyntaxError, ValueError):
        return
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "paying_attention":
        path = ROOT.joinpath(*node.module.split("."))
        if not (path.is_dir() or path.with_suffix(".py").exists()):
            yield node.module
            return
        top = set().union(*map(names_in, TOOLBOX.glob("*.py"))) if path == TOOLBOX else set()
        yield from (name.name for name in node.names if name.name not in names_in(path) | top | {"*"})


def main():
    files = {path.stem for path in (ROOT / "chapters").glob("[0-9]*.ipynb")}
    numbers = {name[:2] for name in files}
    figures = names_in(TOOLBOX / "explorables")
    lists = sorted(ROOT.glob("chapters/quotes/*.txt"))
    found = [
        f"{path.relative_to(ROOT).as_posix()} lists the numbers of a chapter that is not there"
        for path in lists
        if path.stem not in files
    ]
    paths = {path for pattern in TEXTS for path in ROOT.glob(pattern)}
    # The places that its own test speaks of are made up.
    for path in sorted(path for path in paths if "_build" not in path.parts and path.name != "test_mentions.py"):
        for where, line in lines(path):
            gone = [
                f"chapter {n}"
                for match in CHAPTER.finditer(line)
                for n in re.findall(r"\d\d", match[0])
                if n not in numbers
            ]
            gone += [name for name in FILE.findall(line) if name not in files]
            if path.suffix != ".py":  # in a test it may be a fault that is meant
                gone += [name for name in FIGURE.findall(line) if name not in figures]
            gone += missing_imports(line)
            found += [
                f"{where} speaks of {what}, which is not there: {line.strip()[:90]}" for what in dict.fromkeys(gone)
            ]
    sys.exit("\n".join(dict.fromkeys(found)) or 0)


if __name__ == "__main__":
    main()
