"""Name each place that speaks of a chapter, of a figure or of a name in the toolbox that is not there.

Whoever deletes a chapter or a figure learns from it, in one run, what else has to change. `make check` runs it.
"""

import ast
import re
import sys
from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
TOOLBOX = ROOT / "paying_attention"
TEXTS = ["*.md", "*.yml", "*/*.md", "*/*.ipynb", "zh/chapters/*.md", "zh/chapters/*.ipynb", "chapters/lectures/*.txt"]
TEXTS += [f"{room}/**/*.py" for room in ("paying_attention", "tests", "theme")]
# What a chapter has in a file of its own beside the others'.
LISTS = ("quotes", "lectures")
CHAPTER = re.compile(r"[Cc]hapters? (\d\d(?:(?:, | and | to |–)\d\d)*)(?!\d)|第(\d\d)章")
FILE = re.compile(r"(?:chapters/|[\"'(])(\d\d-[a-z-]+[a-z])(?=[\"'`.)\s]|$)")
FIGURE = re.compile(r"\{explorable\} (\w+)")
# What the page of the toolbox shows, and what its table leads to.
SHOWN = re.compile(r"(?:automodule:: |py:\w+\}`~?)paying_attention\.([\w.]+)")
# A line of a lecture, a link of the text, and an address that a test knows.
DRAWN = re.compile(r"^(fig-[\w-]+) \d|\]\([\w./-]*#(fig-[\w-]+)\)|chapters/\d\d-[\w-]+\.html#(fig-[\w-]+)")


def lines(path):
    """Where each line is and what it says; of a notebook, cell by cell."""
    if path.suffix != ".ipynb":
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line
        return
    for cell in nbformat.read(path, as_version=4).cells:
        for line in cell.source.splitlines():
            yield f"{path.relative_to(ROOT)}, cell {cell.id}", line


@cache
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
    if "paying_attention" not in line:
        return
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


def is_in_toolbox(name):
    """Whether a dotted name leads to a module, or to what one has at its top."""
    path = TOOLBOX
    for part in name.split("."):
        if not (path / part).is_dir() and not (path / part).with_suffix(".py").exists():
            return part in names_in(path)
        path /= part
    return True


def drawn_in(path):
    """The names of a notebook's figures, but for those whose cells import what is not there."""
    for cell in nbformat.read(path, as_version=4).cells:
        if not any(name for line in cell.source.splitlines() for name in missing_imports(line)):
            yield cell.metadata.get("mystnb", {}).get("figure", {}).get("name")


def mentions():
    """Each file that speaks of something that is not there, and what `make check` says of it."""
    notebooks = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
    files = {path.stem for path in notebooks}
    numbers = {name[:2] for name in files}
    figures = names_in(TOOLBOX / "explorables")
    drawn = {name for path in notebooks for name in drawn_in(path)}
    for path in sorted(path for kind in LISTS for path in ROOT.glob(f"chapters/{kind}/*.txt")):
        if path.stem not in files:
            name = path.relative_to(ROOT).as_posix()
            yield name, f"{name} belongs to a chapter that is not there"
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
            for in_lecture, linked, address in DRAWN.findall(re.sub("`[^`]*`", "", line)):
                # In a test a figure may be a fault that is meant, if it is of no chapter.
                name = address if path.suffix == ".py" else in_lecture or linked or address
                gone += [name] if name and name not in drawn else []
            if path.suffix != ".py":
                gone += [name for name in FIGURE.findall(line) if name not in figures]
            gone += [f"paying_attention.{name}" for name in SHOWN.findall(line) if not is_in_toolbox(name)]
            gone += missing_imports(line)
            for what in dict.fromkeys(gone):
                yield (
                    path.relative_to(ROOT).as_posix(),
                    f"{where} speaks of {what}, which is not there: {line.strip()[:90]}",
                )


def main():
    found = dict.fromkeys(said for _, said in mentions())
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main()
