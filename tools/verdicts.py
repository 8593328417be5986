"""What checks have printed in English, in Chinese: a notebook is run once, and its results are on the pages of both."""

import re
from functools import cache

from paying_attention.language import chinese_of_the_checks, fill_chinese

# Parts that are kept, and what they look like.
KEPT = {
    "name": r"\w+",
    "error": r"\w+",
    "type": r"\w+",
    "shape": r"\((?:\d+,?\s*)*\)",
    "dtype": r"torch\.\w+",
    "device": r"[\w:]+",
    "count": r"\d+",
    "came": r"[-+.\w]+",
    "wanted": r"[-+.\w]+",
    "value": r".*?",
    "words": r".*",
    "way": r".+?",
    "job": r".+?",
}
# Parts that are several, what is between them, and what is between them in Chinese.
SEVERAL = {
    "sent": (r", (?=[A-Za-z])", "、"),
    "layers": ("; ", "；"),
    "jobs": ("; ", "；"),
    "ways": (", ", "、"),
}
# Some of these are a check's words, others Python's.
OFTEN_KEPT = ("thing", "sent", "jobs", "ways")
PART = re.compile(r"\{(\w+)(?:!r)?\}")
# A line may begin with a word of the cell: which of several answers it is about.
BEGIN = r"^(\w+: )?(?:Passed|Not yet): "
VERDICT = re.compile(rf"{BEGIN}.*?(?={BEGIN}|\Z)", re.DOTALL | re.MULTILINE)


@cache
def patterns():
    """What each English text looks like with its parts filled in, however its lines were broken.

    Those that begin with words of their own come first, and among them those with most: they fit least by accident.
    """
    found = []
    for english in chinese_of_the_checks():
        texts = PART.split(english)  # names of parts between them
        for i, text in enumerate(texts):
            broken = re.sub(r"(?:\\\s)+|(?<=-)", r"\\s*", re.escape(text))
            texts[i] = f"(?P<{text}>{KEPT.get(text, '.+?')})" if i % 2 else broken
        found.append((re.compile("".join(texts), re.DOTALL), english))
    return sorted(found, key=lambda each: (each[1].startswith("{"), -len(PART.sub("", each[1]))))


def translated(text):
    """A text that was said, in Chinese; None if it is none of ours."""
    for pattern, english in patterns():
        if (match := pattern.fullmatch(text)) is None:
            continue
        parts = {name: translated_part(name, part) for name, part in match.groupdict().items()}
        if None not in parts.values():
            return PART.sub(lambda part, parts=parts: parts[part[1]], chinese_of_the_checks()[english])
    for end in re.finditer(r"(?<=[.?]) ", text):  # several sentences, each of them ours
        begins, goes_on = translated(text[: end.start()]), translated(text[end.end() :])
        if begins and goes_on:
            return begins + goes_on
    return None


def translated_part(name, part):
    if name in KEPT:
        return part
    if name in SEVERAL:
        between, joined = SEVERAL[name]
        parts = [translated(each) or (each if name in OFTEN_KEPT else None) for each in re.split(between, part)]
        return None if None in parts else joined.join(parts)
    return translated(part) or (part if name in OFTEN_KEPT else None)


def in_chinese(printed: str) -> str:
    """What a cell has printed, with all that checks have said in it in Chinese. Everything else stays.

    Raises ``ValueError`` for words of a check that no list has.
    """

    def put(verdict):
        before = verdict[1] or ""
        lines = verdict[0].removeprefix(before).split("\n")
        for count in range(len(lines), 0, -1):  # other things may have been printed after it
            if said := translated(" ".join(lines[:count]).strip()):
                rest = lines[count:] or [""] * verdict[0].endswith("\n")
                return "\n".join([before + fill_chinese(said), *rest])
        raise ValueError(f"a check has said what has no Chinese: {verdict[0]!r}")

    return VERDICT.sub(put, printed)
