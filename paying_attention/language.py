"""The language in which the toolbox speaks to a reader: English, or Chinese where a notebook asks for it.

A notebook asks in its first cell: the environment variable ``PAYING_ATTENTION_LANGUAGE`` is ``zh``. What speaks to
readers are the checks of the exercises and the interactive figures. Each file of theirs has its Chinese beside it,
under its own name with ``.zh.json``: the English text, and what is said in its place. What stands in braces is a part.

Exceptions stay English, as those of other libraries are, and so does what matplotlib draws.
"""

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


# What the interactive figures say

# In English a sentence is the template that a script has, and a thing is called as in its data. In Chinese either is
# looked up: a sentence by the template with its parts numbered, as in "Step {1}: width {2}".
_SAYING = re.compile(r"^(?:const WORDS = .*;\n)?const say = (?:.*\n)+?const called = .*;$", re.MULTILINE)
_IN_CHINESE = r"""const WORDS = %s;
const say = (texts, ...parts) =>
  called(texts.reduce((before, text, i) => `${before}{${i}}${text}`)).replace(/\{(\d+)\}/g, (_, i) => parts[i - 1]);
const called = (english) => WORDS[english] ?? english;"""


def script_in_english(script: str) -> str:
    """The script of an interactive figure for a page that is English: nothing is left to be looked up."""
    return re.sub(r"\bcalled\((\w+)\)", r"\1", _SAYING.sub("", script).replace("say`", "`"))


def script_in_chinese(script: str, figure: str) -> str:
    """The script of an interactive figure, with its Chinese words; ``figure`` is its file's name: "pooling".

    Raises ``ValueError`` if the script has no place for them.
    """
    said = chinese_of("explorables/common", f"explorables/{figure}")
    words = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    script, count = _SAYING.subn(lambda _: _IN_CHINESE % words, script)
    if count != 1:
        raise ValueError(f"a script has one place for its words; {count} came in that of {figure!r}")
    return script
