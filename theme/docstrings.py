"""The docstrings on the page of the toolbox: in Chinese, where the book is.

In `zh/toolbox/` each module has a list: the paragraphs of its docstrings in English, and what stands in their place.
"""

import json
import re
from functools import cache
from pathlib import Path

from sphinx.errors import ExtensionError

LISTS = Path(__file__).parent.parent / "zh" / "toolbox"


@cache
def chinese_of(room):
    """The paragraphs of a module, such as "checks.alignment"."""
    path = LISTS / f"{room}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else {}


def room_of(what, thing):
    """The module of the toolbox in which something is defined."""
    function = thing.fget if isinstance(thing, property) else thing
    name = thing.__name__ if what == "module" else function.__module__
    return name.removeprefix("paying_attention.")


def paragraphs(lines):
    return [" ".join(text.split()) for text in re.split(r"\n\s*\n", "\n".join(lines)) if text.strip()]


def put_into_chinese(app, what, name, thing, options, lines):
    """Put a docstring into the language of the book; stop the build where there is none in it."""
    if not app.config.language.startswith("zh"):
        return
    room = room_of(what, thing)
    said = []
    for paragraph in paragraphs(lines):
        if paragraph not in chinese_of(room):
            raise ExtensionError(f"{name} has a paragraph that zh/toolbox/{room}.json has no Chinese for: {paragraph}")
        # Inline code ends at a blank or a punctuation mark, and Chinese has neither beside it.
        said += [re.sub(r"(``.+?``)", r"\\ \1\\ ", chinese_of(room)[paragraph]), ""]
    lines[:] = said
