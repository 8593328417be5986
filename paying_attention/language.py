"""The language in which the toolbox speaks to a reader: English, or Chinese where a notebook asks for it.

A notebook asks in its first cell: the environment variable ``PAYING_ATTENTION_LANGUAGE`` is ``zh``. What speaks to
readers are the checks of the exercises and the interactive figures. Each file of theirs has its Chinese beside it,
under its own name with ``.zh.json``: the English text, and what is said in its place. What stands in braces is a part.

Exceptions stay English, as those of other libraries are, and so does what matplotlib draws.
"""

import itertools
import json
import os
import re
import textwrap
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
LINE = 78  # characters of a line, of which a Chinese one takes two


def chinese_is_spoken() -> bool:
    """Whether this notebook asks for Chinese."""
    return os.environ.get("PAYING_ATTENTION_LANGUAGE") == "zh"


@cache
def chinese_of(*files) -> dict:
    """What is said in Chinese for each English text of these lists, named from the package on: "checks/judge"."""
    return {english: said for file in files for english, said in _read(HERE / f"{file}.zh.json").items()}


@cache
def chinese_of_the_checks() -> dict:
    """The same, of all checks."""
    return {english: said for path in sorted(HERE.glob("checks/*.zh.json")) for english, said in _read(path).items()}


def _read(path):
    return json.loads(path.read_text("utf-8"))


# What the checks say


def say(english: str, **parts) -> str:
    """A text of a check in the reader's language, its parts filled in."""
    return (chinese_of_the_checks().get(english, english) if chinese_is_spoken() else english).format(**parts)


def together(sentences: list[str]) -> str:
    """Sentences, one after the other."""
    return ("" if chinese_is_spoken() else " ").join(sentences)


def listed(things: Iterable[str]) -> str:
    """Things in a row."""
    return ("、" if chinese_is_spoken() else ", ").join(things)


def listed_long(things: Iterable[str]) -> str:
    """Things in a row, each of which may have commas."""
    return ("；" if chinese_is_spoken() else "; ").join(things)


def fill(text: str) -> str:
    """A text in lines that fit into a notebook."""
    return fill_chinese(text) if chinese_is_spoken() else textwrap.fill(text, LINE)


# A shape, a Latin word or a Chinese character, with what may not stand at the end of a line before it and at the
# beginning of one after it.
_UNIT = re.compile(r"[（“《]*(?:\([\d, ]+\)|[^\s\u2010-\u303f\u4e00-\uffef]{1,70}|\S)[，。；：？！、）”》]*\s*")


def _width(text):
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)


def fill_chinese(text: str) -> str:
    """Chinese in lines: words of a language with blanks stay whole, and no line begins with a full stop."""
    lines = [""]
    for unit in _UNIT.findall(" ".join(text.split())):
        if lines[-1] and _width(lines[-1] + unit.rstrip()) > LINE:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += unit
    return "\n".join(lines)


# What scripts say, those of the interactive figures and those of the site

# A template whose parts have no template in them and no braces.
TEMPLATE = re.compile(r"\bsay`((?:[^`$\\]|\$\{[^{}`]*\})*)`")
_PART = re.compile(r"\$\{(.*?)\}")
_SAYING = re.compile(r"^const say = .*;\n", re.MULTILINE)
_CALLED = re.compile(r"^const called = .*;$", re.MULTILINE)


def numbered(template: str) -> str:
    """What a script says, with its parts as a list of Chinese has them: "Step {1} of {2}"."""
    numbers = itertools.count(1)
    return _PART.sub(lambda _: f"{{{next(numbers)}}}", template)


def texts_of_script(script: str) -> set:
    """All that a script says."""
    return {numbered(template) for template in TEMPLATE.findall(script)}


def script_in_words(script: str, said: dict | None = None) -> str:
    """A script with what it says in other words, each text in its place; without ``said`` in those that it has."""

    def words(found):
        parts, text = _PART.findall(found[1]), numbered(found[1])
        text = text if said is None else said[text]
        return "`" + re.sub(r"\{(\d+)\}", lambda number: "${" + parts[int(number[1]) - 1] + "}", text) + "`"

    return TEMPLATE.sub(words, script)


def script_in_english(script: str) -> str:
    """The script of an interactive figure for a page that is English: nothing is left to be looked up."""
    script = script_in_words(_CALLED.sub("", _SAYING.sub("", script)))
    return re.sub(r"\bcalled\((\w+)\)", r"\1", script)


def script_in_chinese(script: str, figure: str) -> str:
    """The script of an interactive figure, with its Chinese words; ``figure`` is its file's name: "pooling".

    Raises ``ValueError`` if the script has no place for them.
    """
    if (count := len(_CALLED.findall(script))) != 1:
        raise ValueError(f"a script has one place for its words; {count} came in that of {figure!r}")
    if not _SAYING.search(script):
        return script  # it has them
    said = chinese_of("explorables/common", f"explorables/{figure}")
    others = {english: chinese for english, chinese in said.items() if english not in texts_of_script(script)}
    words = json.dumps(others, ensure_ascii=False, separators=(",", ":"))
    script = script_in_words(_SAYING.sub("", script), said)
    return _CALLED.sub(lambda _: f"const called = (english) => ({words})[english] ?? english;", script)
