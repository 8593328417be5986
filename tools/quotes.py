"""Hold each number of the prose against the place that it is quoted from.

Beside the chapters stands, for each, a list `quotes/CHAPTER.txt`: under the name of a cell the numbers of its text in
the order in which they are read, each with its place.

    loud-read                  the text of a Markdown cell; `loud caption` and `loud alt` are those of a figure
      0.74   loud 3            the third number that the cell `loud` shows, printed or drawn
      1,000  code digits 2     the second number in the code of `digits`
      -16.6  first-step 1      a sign is part of a number; |first-step 1| is its size alone
      forty  code learning 1   a number in words, from five up, and two to four of what an experiment counts
      half   loud 3 / loud 9   a share in words, or a number worked out: / or - or + between places, from the left
      46     fact simons1999   a fact, whose source is cited in the same cell
      1      mathematics       true by definition, such as what weights add up to
      20     given             a number that the text itself gives: in an exercise, a question, an example
      0.3    drawn             read off a curve or a map that writes no number; only in captions and alternative texts

A place that shows another number fails the build, and all that differ are named in one run. `--bind` writes the lists:
what still holds stays; a number that has moved within its cell is followed; one that is new gets the nearest cell that
shows it, and one that none shows gets a question mark, which fails the build until somebody has said where it comes
from. What a place is bound to anew is printed, to be looked at.
"""

import operator
import re
import sys
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from execute import CACHE, ROOT, notebooks
from jupyter_cache import get_cache

sys.path.insert(0, str(ROOT))

from theme.plain import bibliography

LISTS = ROOT / "chapters" / "quotes"
SVG = "{http://www.w3.org/2000/svg}"
UNSHOWN = ("mathematics", "given", "drawn")
DIGITS = r"\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?"
SIGN = "[-\N{MINUS SIGN}]"
SHOWN = re.compile(rf"(?:(?<![\w.)\]]){SIGN})?{DIGITS}")
# Words that may stand for a printed number, and how much of another they say it is. "A third book" says nothing of it.
WORDS = {"half": 1 / 2, "twice": 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10}
SHARE = r"an? (?:third|fifth|tenth)(?= of| to| as|[.,;:)])"
PART = rf"(?:two|three|four) (?:thirds|quarters)|half|twice|a quarter|{SHARE}"
# Numbers in words. Two to four stand in every other sentence and are seldom quoted, but where runs are counted.
FEW = {"two": 2, "three": 3, "four": 4}
ONES = ["five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"]
ONES += ["sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
COUNTS = FEW | {word: n for n, word in enumerate(ONES, 5)} | {word: 10 * n for n, word in enumerate(TENS, 2)}
LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
SMALL = "|".join([rf"(?:{'|'.join(TENS)})-(?:{'|'.join(COUNTS)})", *sorted(COUNTS, key=len, reverse=True)])
COUNT = rf"(?:(?:an?|one|{SMALL}) |(?<!\d ))(?:{'|'.join(LARGE)})|(?:{SMALL})"
RUNS = "times|seeds|starts|runs|trials|data sets"
WORD = rf"(?<![\w-])(?:{PART}|(?!(?:{'|'.join(FEW)})\b(?! (?:{'|'.join(LARGE)}|{RUNS})\b))(?:{COUNT}))(?![\w-])"
SIGNED = rf"(?:\bminus |(?:(?<!\S)|(?<=[(\[])){SIGN})?(?<![\w.{{^])(?<!\w-){DIGITS}(?![\w}}]|\.\d)"
SAID = re.compile(rf"{SIGNED}|{WORD}", re.IGNORECASE)
WORKED_OUT = {"/": operator.truediv, "+": operator.add, "-": lambda first, second: abs(first - second)}
# How far a share in words may be from what it stands for: "a third" is said of 0.31 as well, "five times" of 5.3.
NEAR = 0.15

# A formula that says how large something is.
STATES = re.compile(rf"\$[A-Za-z_]+ = ({DIGITS})\$")
# What holds numbers that are no statements: code, other formulas, tags, citations and where links lead, the time that a
# chapter takes, and numbers of chapters, figures, exercises, questions and lists.
NO_PROSE = re.compile(
    r"""^```.*?^```|^:.*?$|\{[a-z:]+\}`[^`]*`|`[^`]*`
    |\$\$.*?\$\$|\$[^$]*\$
    |</?[a-z][^>]*>
    |\[[^][]*[ (](?:1[89]|20)\d\d[a-z]?\)?\]\([^\s]*\)|\]\([^\s]*\)
    |^\*\*It\ takes\*\*.*?$|^\d+\.\s
    |\b(?:[Cc]hapters?|Figs?\.|[Ff]igures?|[Ee]xercises?|Questions?|[Ss]ections?)
     \s\d+(?:\.\d+)?(?:(?:,|\ and|\ to)\s\d+(?:\.\d+)?)*
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)


@dataclass
class Quote:
    said: str
    place: str


def matches_said(text):
    """The numbers of a text in the order in which they are read, each with where it stands."""
    return list(SAID.finditer(NO_PROSE.sub(blanks, text)))


def blanks(match):
    """As many blanks as what is no prose has letters, but for a number that a formula states."""
    stated = STATES.fullmatch(match[0])
    return f"{stated[1]:>{len(match[0]) - 1}} " if stated else " " * len(match[0])


def numbers_said(text):
    return [match[0] for match in matches_said(text)]


def value_of(said):
    """The number that digits or words stand for."""
    if in_digits(said):
        return float(re.sub(rf"minus |{SIGN}(?=\d)", "-", said, count=1, flags=re.IGNORECASE).replace(",", ""))
    *before, last = said.lower().split()
    if (unit := last.removesuffix("s")) in WORDS:
        return WORDS[unit] * COUNTS.get(before[0] if before else "", 1)
    if last in LARGE:
        return LARGE[last] * (value_of(before[0]) if before and before[0] not in ("a", "an", "one") else 1)
    return sum(COUNTS[word] for word in last.split("-"))


def in_digits(said):
    return any(letter.isdigit() for letter in said)


def shown(cell):
    """The numbers that a cell has printed or written into a figure, and after them those along the axes."""
    texts, ticks = [], []
    for output in cell.outputs:
        data = output.get("data", {})
        if output.output_type == "stream":
            texts.append(output.text)
        elif "image/svg+xml" in data:
            drawing = ElementTree.fromstring(data["image/svg+xml"])
            along = {
                text
                for group in drawing.iter(f"{SVG}g")
                if re.match(r"[xy]tick_", group.get("id", ""))
                for text in group.iter(f"{SVG}text")
            }
            for text in drawing.iter(f"{SVG}text"):
                (ticks if text in along else texts).append("".join(text.itertext()))
        else:
            texts.append(data.get("text/plain", ""))
    return SHOWN.findall("\n".join(texts)), SHOWN.findall("\n".join(ticks))


class Chapter:
    """A notebook with its results, and what its texts quote."""

    def __init__(self, path, notebook):
        self.path, self.cells = path, notebook.cells
        for number, cell in enumerate(self.cells, 1):
            cell.setdefault("id", f"cell {number}")  # formats before 4.5 have none
        self.list = LISTS / f"{Path(path).stem}.txt"
        self.shown, self.code, self.ticks = {}, {}, {}
        for cell in self.cells:
            if cell.cell_type == "code":
                numbers, ticks = shown(cell)
                self.shown[cell.id], self.ticks[cell.id] = numbers + ticks, len(ticks)
                self.code[cell.id] = SHOWN.findall(cell.source)

    def texts(self):
        """Each text of the chapter that a reader reads: its name, where it stands, what it says."""
        for position, cell in enumerate(self.cells):
            if cell.cell_type == "markdown":
                yield cell.id, position, cell.source
                continue
            about = cell.metadata.get("mystnb", {})
            for name, text in (
                ("caption", about.get("figure", {}).get("caption")),
                ("alt", about.get("image", {}).get("alt")),
            ):
                if text:
                    yield f"{cell.id} {name}", position, text

    def read_list(self):
        quotes, of_text = {}, []
        lines = self.list.read_text("utf-8").splitlines() if self.list.exists() else []
        for line in lines:
            if line.startswith("  "):
                said, place = re.split(r"\s{2,}", line.strip(), maxsplit=1)
                of_text.append(Quote(said, place))
            elif line:
                of_text = quotes[line] = []
        return quotes

    def write_list(self, quotes):
        lines = []
        for name, of_text in quotes.items():
            width = max(len(quote.said) for quote in of_text)
            lines += [name, *(f"  {quote.said:<{width}}  {quote.place}" for quote in of_text)]
        self.list.parent.mkdir(exist_ok=True)
        self.list.write_text("\n".join(lines) + "\n", "utf-8", newline="\n")

    def number_at(self, place):
        """What stands at one place now, as it is written there; KeyError or IndexError if there is no such place."""
        kind = self.code if place.startswith("code ") else self.shown
        cell, number = place.removeprefix("code ").rsplit(" ", 1)
        if int(number) < 1:
            raise IndexError(place)
        return kind[cell][int(number) - 1]

    def worked_out(self, place):
        """What a place comes to: a number, its size, or what several of them make."""
        first, *rest = re.split(r" ([/+-]) ", place)
        result, found = None, first
        for sign, part in zip([None, *rest[::2]], [first, *rest[1::2]], strict=True):
            bare = part.removeprefix("|").removesuffix("|")
            written = self.number_at(bare)
            number = value_of(written) if bare == part else abs(value_of(written))
            result = WORKED_OUT[sign](result, number) if sign else number
            found = f"{result:.4g}" if sign else written
        return result, found

    def fault(self, quote, name, text):
        """What is wrong with a quote in a text, or None."""
        if quote.place == "?":
            return "nobody has said where it comes from"
        if quote.place == "drawn" and not name.endswith((" caption", " alt")):
            return "only a caption or an alternative text reads numbers off a drawing"
        if quote.place in UNSHOWN:
            return None
        if quote.place.startswith("fact "):
            source = quote.place.removeprefix("fact ")
            entry = bibliography(ROOT / "references.bib").get(source)
            cited = f"`{source}`" in text or (entry and entry.address and f"]({entry.address})" in text)
            return None if cited else f"its source, {source}, is not cited beside it"
        try:
            number, found = self.worked_out(quote.place)
        except (KeyError, IndexError, ValueError, ZeroDivisionError):
            return f"{quote.place} shows no number"
        return None if agrees(quote.said, number) else f"{quote.place} shows {found}"

    def faults(self):
        """Every number of the chapter that does not stand where it is said to."""
        quotes = self.read_list()
        for name, _, text in self.texts():
            for fault in self.faults_of(name, text, quotes.pop(name, [])):
                yield f"{self.path}, {name}: {fault}"
        yield from (f"{self.path}: {self.list.name} knows a text '{name}', which is gone" for name in quotes)

    def faults_of(self, name, text, listed):
        """What is wrong with the numbers of one text, by its list."""
        said = numbers_said(text)
        for edit, a, b, c, d in changes(listed, said):
            if edit == "equal":
                for quote in listed[a:b]:
                    if fault := self.fault(quote, name, text):
                        yield f"it says {quote.said}, but {fault}"
                continue
            known = ", ".join(f"{quote.said} ({quote.place})" for quote in listed[a:b])
            says = ", ".join(said[c:d])
            if not known:
                yield f"it says {says}, which its list does not have"
            elif not says:
                yield f"it no longer says {known}"
            else:
                yield f"it says {says}, where its list has {known}"

    def nearest(self, said, name, position):
        """The place nearest to a text that shows a number: a cell above before one below, outputs before code.

        A single digit stands in so many places that only the next cell counts, and prose quotes no axis. What a word
        stands for has to be said.
        """
        if not in_digits(said):
            return "?"
        axes, digit = name.endswith((" caption", " alt")), len(said) == 1
        above = range(position, -1, -1)
        below = range(position + 1, len(self.cells))
        for order, kind, prefix in (
            (above[: 2 if digit else 8], self.shown, ""),
            (below[: 1 if digit else 4], self.shown, ""),
            (above[: 2 if digit else 8], self.code, "code "),
            (below[: 1 if digit else 4], self.code, "code "),
            (() if digit else above[8:], self.shown, ""),
        ):
            for at in order:
                cell = self.cells[at].id
                numbers = kind.get(cell, [])
                if kind is self.shown and not axes:
                    numbers = numbers[: len(numbers) - self.ticks.get(cell, 0)]
                for fits in (
                    lambda number: number == said,
                    lambda number: value_of(number) == value_of(said),
                    lambda number: "." in said and agrees(said, value_of(number)),
                ):
                    if found := [n for n, number in enumerate(numbers, 1) if fits(number)]:
                        return f"{prefix}{cell} {found[0]}"
        return "?"

    def bind(self):
        """The list as it has to be now."""
        old = self.read_list()
        new = {name: self.bound(name, position, text, old.get(name, [])) for name, position, text in self.texts()}
        return {name: of_text for name, of_text in new.items() if of_text}

    def bound(self, name, position, text, listed):
        """The list of one text: what holds is kept, what is new is looked for, what has changed stays in its place."""
        said = numbers_said(text)
        places = [None] * len(said)
        for edit, a, b, c, d in changes(listed, said):
            if edit == "equal":
                places[c:d] = [self.followed(quote, name, text) for quote in listed[a:b]]
            elif edit == "replace" and b - a == d - c:
                # What was true of the old number by definition, or by a source, has to be said anew of this one.
                places[c:d] = ["?" if is_said(quote.place) else quote.place for quote in listed[a:b]]
        return [
            Quote(number, place or self.nearest(number, name, position))
            for number, place in zip(said, places, strict=True)
        ]

    def followed(self, quote, name, text):
        """The place of a quote, or if its number is elsewhere in the same cell now, the nearest such place."""
        if self.fault(quote, name, text) is None or not re.fullmatch(r"(code )?\S+ \d+", quote.place):
            return quote.place
        cell, number = quote.place.rsplit(" ", 1)
        kind = self.code if cell.startswith("code ") else self.shown
        found = [
            place
            for place, shows in enumerate(kind.get(cell.removeprefix("code "), []), 1)
            if agrees(quote.said, value_of(shows))
        ]
        return f"{cell} {min(found, key=lambda place: abs(place - int(number)))}" if found else quote.place


def is_said(place):
    """Whether a place is no place in the notebook, but somebody's word."""
    return place in UNSHOWN or place.startswith("fact ")


def changes(listed, said):
    """How the numbers that a text says have changed since its list was written, as difflib says it."""
    return SequenceMatcher(None, [quote.said for quote in listed], said, False).get_opcodes()


def agrees(said, number):
    """Whether words say a number, or digits say it as far as they go."""
    if not in_digits(said):
        whole = float(number).is_integer() and float(value_of(said)).is_integer()
        return number == value_of(said) if whole else abs(number / value_of(said) - 1) <= NEAR
    if "e" in said:
        return float(f"{number:.{len(said.split('e')[0].replace('.', '')) - 1}e}") == float(said)
    decimals = len(said.partition(".")[2])
    # One printed digit more than the text has may have been rounded up or down.
    return abs(number - value_of(said)) <= 0.5 * 10**-decimals + 1e-9 if decimals else number == value_of(said)


def chapters():
    """Each chapter that the build has results for."""
    cache = get_cache(CACHE)
    for path in notebooks():
        try:
            yield Chapter(path, cache.merge_match_into_notebook(nbformat.read(ROOT / path, as_version=4))[1])
        except KeyError:
            print(f"{path}: it has no results, so that nobody compared its numbers with them")


def bind(chapter):
    """Write a chapter's list; say what it has bound anew."""
    before, after = chapter.read_list(), chapter.bind()
    if after:
        chapter.write_list(after)
    else:
        chapter.list.unlink(missing_ok=True)
    for name, of_text in after.items():
        for quote in of_text:
            if quote not in before.get(name, []):
                print(f"{chapter.path}, {name}: {quote.said} is bound to {quote.place}")


def main(binds):
    read = list(chapters())
    for chapter in read if binds else ():
        bind(chapter)
    faults = [fault for chapter in read for fault in chapter.faults()]
    if faults:
        sys.exit(
            "\n".join(["Numbers of the text that are not those beside it:", *(f"  {fault}" for fault in faults)])
            + f"\n\n{len(faults)} in all. Mend the text, or let `make quotes` look where they stand now."
        )


if __name__ == "__main__":
    main("--bind" in sys.argv[1:])
