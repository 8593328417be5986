"""Whose work the site carries: `_static/licences.txt`, in the words of the packages that it comes from.

A file that nobody is named for stops the build.
"""

import ast
import json
import re
from fnmatch import fnmatch
from importlib import metadata, util
from pathlib import Path

from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

from theme.formulas import KATEX

COPYRIGHT, LICENCE = 0, 13  # numbers of names in a font
LINE = "\n\n" + "=" * 78 + "\n"


def drawn_here(source):
    """Whether a picture was drawn while the book was built; all others someone brought along."""
    return source.startswith("_build/")


def notice(root, picture):
    """Where it says whose a picture is and on what terms: in a text beside it, as reuse.software has it."""
    return Path(root, f"{picture}.license")


def brought_along(root, pictures):
    for source, name in sorted(pictures.items()):
        if not drawn_here(source):
            text = notice(root, source)  # where it is missing, markup.py has said so
            terms = [text.read_text("utf-8")] if text.exists() else []
            yield f"A picture on the book's pages, {source}", [f"_images/{name}"], terms


def parts(site, root, pictures):
    """The site's parts as (what it is, the files that it is in, whose it is and on what terms)."""
    kinds = {Path(name).suffix for source, name in pictures.items() if drawn_here(source)}
    package = json.loads((KATEX.parent / "package.json").read_text("utf-8"))
    katex = f"KaTeX {package['version']}"
    design = f"sphinx-design {metadata.version('sphinx-design')}"
    fonts = [TTFont(font)["name"] for font in sorted(site.glob("_static/fonts/*.woff2"))]
    notices = {name.getDebugName(number) for name in fonts for number in (COPYRIGHT, LICENCE)}
    yield (
        "The book, but for what is named below",
        [
            *(f"_images/*{kind}" for kind in sorted(kinds)),
            "_static/*.js",
            "_static/*.css",
            "_static/*.svg",
            "_static/preview.png",
            "_static/licences.txt",
        ],
        [(root / "LICENSE").read_text("utf-8")],
    )
    yield (
        f"{katex}: how formulas are laid out",
        ["_static/chapter.css"],
        [(KATEX.parent / "LICENSE").read_text("utf-8")],
    )
    yield (
        f"The fonts of {katex}, with the characters that this site needs and under other names",
        ["_static/fonts/KaTeX_*.woff2"],
        [*sorted(notices), open_font_licence()],
    )
    yield f"{design}: cards and what folds", ["_static/chapter.css"], [licence_of("sphinx-design")]
    yield "What a model has computed, in the figure of its heads", ["chapters/10-trained-model.html"], model()
    yield "The photographs, in figures of the book", ["_images/*.svg"], photographs()
    yield from brought_along(root, pictures)


def open_font_licence():
    """The text that the fonts' own notices name. fontTools brings it, for the fonts in its tests."""
    text = licence_of("fonttools", "LICENSE.external")
    return re.search(r"SIL OPEN FONT LICENSE Version 1\.1.*?DEALINGS IN THE FONT SOFTWARE\.", text, re.DOTALL)[0]


def licence_of(package, name="LICENSE"):
    return next(file for file in metadata.files(package) if file.name == name).read_text("utf-8")


def model():
    """What is known of the model of chapter 10. Its own package names no licence but that of the package."""
    terms = (
        "The weights and states shown are results of sentence-transformers/all-MiniLM-L6-v2, whose card says "
        "license: apache-2.0 (https://www.apache.org/licenses/LICENSE-2.0). The site does not carry the model itself, "
        "and the sentences are the book's."
    )
    return [terms]


def photographs():
    """What the packages say of the pictures that come with them."""

    def beside(package, *path):
        return Path(util.find_spec(package).origin).parent.joinpath(*path).read_text("utf-8")

    flower = re.search(r"Image: flower\.jpg.*", beside("sklearn", "datasets", "images", "README.txt"), re.DOTALL)[0]
    functions = ast.parse(beside("skimage", "data", "_fetchers.py")).body
    coffee = next(ast.get_docstring(node) for node in functions if getattr(node, "name", "") == "coffee")
    return [f"With scikit-learn:\n\n{flower}", f"With scikit-image:\n\n{coffee}"]


def write(site, root, pictures):
    """`pictures` maps the path of each picture, from the book's root, to its name in `_images/`."""
    found = list(parts(site, root, pictures))
    patterns = [pattern for _, files, _ in found for pattern in files]
    shipped = [
        path.relative_to(site).as_posix() for folder in ("_static", "_images") for path in site.glob(f"{folder}/**/*.*")
    ]
    if strangers := [name for name in shipped if not any(fnmatch(name, pattern) for pattern in patterns)]:
        raise ExtensionError(f"theme/licences.py doesn't say whose these are: {', '.join(sorted(strangers))}")
    text = "Whose work this site carries, and on what terms."
    for what, files, terms in found:
        text += LINE + f"{what}\nFiles: {', '.join(files)}" + "\n\n" + "\n\n".join(term.strip() for term in terms)
    (site / "_static" / "licences.txt").write_text(text + "\n", "utf-8")
