"""Notebooks are plain Markdown: JupyterLab, VS Code, Colab and GitHub show them as they are, and none knows MyST.

What the site has beyond that is added here, before the page is made: numbers and titles of exercises, solutions that
fold with their code, citations that lead to the bibliography and back, numbers of figures that the text speaks of.
Nothing of it stands in the notebook; it follows from what does:

- The cell `ex-wrong-axis` begins with the heading `### Exercise: The other axis`; the last part of its id is its name.
- The cell `solution-wrong-axis` is `<details><summary>Solution</summary>`, the text, `</details>`. Cells of code that
  follow are part of it, and so is a cell `solution-wrong-axis-2` of that form after them.
- `[Itti et al. (1998)](https://doi.org/10.1109/34.730558)` and `([Itti et al., 1998](https://...))` are citations: the
  address is that of an entry in references.bib, by its doi or else its url, and the text is its authors and year.
- `[the two heatmaps](#fig-two)`, `[the curve](04-attention-pooling.ipynb#fig-curve)`, `[the exercise](#ex-wrong-axis)`.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat
from pybtex.database import parse_file
from sphinx.errors import ConfigError
from sphinx.util import logging
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from theme.editions import say

logger = logging.getLogger(__name__)

# What is code and so means itself; and, apart from that, a link: its text and where it leads.
APART = r"(?P<apart>^(?P<fence>`{3,}|~{3,}).*?^(?P=fence)[^\n]*$|(?P<tick>`+)(?!`)(?:(?!\n\n).)*?(?P=tick)(?!`))"
LINK = r"(?<!!)\[(?P<text>[^\[\]]+)\]\((?P<target>(?:[^()\s]|\([^()\s]*\))*)\)"
APART_OR_LINK = re.compile(f"{APART}|{LINK}", re.DOTALL | re.MULTILINE)

EXERCISE = re.compile(r"### [^:：\n]+[:：] *(?P<title>[^\n]+)\n(?P<text>.*)", re.DOTALL)
SOLUTION = re.compile(r"<details><summary>[^<\n]+</summary>\n\n(?P<text>.*)\n\n</details>", re.DOTALL)
START = "```{{{kind}-start}} {argument}\n:label: {label}\n{option}```\n\n"
END = "```{{{kind}-end}}\n```"

# Words that end in a year, as a citation does and hardly another link.
LIKE_CITATION = re.compile(r"\D.*[ (](1[89]|20)\d\d[a-z]?\)?")


class RoundBrackets(AuthorYearReferenceStyle):
    """Citations on the page look as they do in the notebook."""

    def __init__(self):
        brackets = BracketStyle("(", ")", "; ")
        super().__init__(bracket_textual=brackets, bracket_parenthetical=brackets)


class Source(NamedTuple):
    """An entry of references.bib, as a notebook cites it."""

    key: str
    authors: str
    year: str
    address: str | None

    def texts(self):
        """How a citation reads, and the role that writes just that on the page."""
        return {f"{self.authors} ({self.year})": "cite:t", f"{self.authors}, {self.year}": "cite:alp"}


@cache
def bibliography(path):
    """The entries of a file such as references.bib by key."""
    found = {}
    for key, entry in parse_file(path).entries.items():
        people = entry.persons.get("author") or entry.persons.get("editor") or []
        names = [
            " ".join(str(part) for part in (*person.rich_prelast_names, *person.rich_last_names)) for person in people
        ]
        together = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
        address = f"https://doi.org/{entry.fields['doi']}" if "doi" in entry.fields else entry.fields.get("url")
        if twin := next((other for other, source in found.items() if address and source.address == address), None):
            raise ConfigError(f"{path}: {twin} and {key} have one address, and a notebook cites by address")
        found[key] = Source(key, together, entry.fields.get("year", ""), address)
    return found


def built(notebook, sources):
    """The notebook as the site's parser wants it, and what is wrong with it as pairs of a cell and a sentence.

    Every cell stays at its place, so that the place of a fault is that in the notebook.
    """
    cited = {source.address: source for source in sources.values() if source.address}
    faults = []
    names = [cell.get("id", "") for cell in notebook.cells]
    exercises = {name.removeprefix("ex-") for name in names if name.startswith("ex-")}
    solving = None

    def close(source):
        return f"{END.format(kind='solution')}\n\n{source}" if solving else source

    for cell in notebook.cells:
        if cell.cell_type == "code":
            continue
        name = cell.get("id", "")
        if cell.cell_type == "raw":
            # JupyterLab writes its format under another name than MyST-NB reads, which leaves it out without a word.
            if not cell.metadata.setdefault("format", cell.metadata.get("raw_mimetype", "")):
                faults.append((name, "not shown: raw text without a format; 'text/html' or 'text/markdown' would be"))
            continue
        kind, _, label = name.partition("-")
        source, problems = link(cell.source, cited)
        faults += [(name, problem) for problem in problems]
        if kind == "ex" and "{exercise-start}" not in source:
            if not (match := EXERCISE.fullmatch(source)):
                faults.append((name, "an exercise begins with a heading such as '### Exercise: Its title'"))
                continue
            start = START.format(kind="exercise", argument=match["title"], label=label, option="")
            source = close(f"{start}{match['text'].strip()}\n\n{END.format(kind='exercise')}")
            solving = None
        elif kind == "solution" and "{solution-" not in source:
            if not (match := SOLUTION.fullmatch(source)):
                faults.append((name, "a solution is '<details><summary>Solution</summary>', its text, '</details>'"))
                continue
            source = match["text"].strip()
            if not (solving and label.startswith(f"{solving}-")):
                if label not in exercises:
                    faults.append((name, f"it is to solve an exercise in a cell 'ex-{label}', and there is none"))
                    continue
                start = START.format(kind="solution", argument=label, label=name, option=":class: dropdown\n")
                source = close(start + source)
                solving = label
        elif solving:
            source = close(source)
            solving = None
        cell.source = source
    if solving:
        notebook.cells.append(nbformat.v4.new_markdown_cell(END.format(kind="solution"), id="end"))
    return notebook, faults


def link(source, cited):
    """A cell's Markdown with its citations and references as roles, and what is wrong with them."""
    problems = []

    def rewrite(match):
        if match["apart"]:
            return match[0]
        text, target = " ".join(match["text"].split()), match["target"]
        if (entry := cited.get(target)) or LIKE_CITATION.fullmatch(text):
            role = entry and entry.texts().get(text)
            if role:
                return f"{{{role}}}`{entry.key}`"
            if not entry:
                problems.append(f"[{text}] leads to {target}, which is the address of no entry in references.bib")
            else:
                ways = "] or [".join(entry.texts())
                problems.append(f"[{text}] leads to the entry {entry.key} of references.bib: it is to say [{ways}]")
        elif "#fig-" in target:
            number = say(" (Fig. {number})")
            return f"{{numref}}`{text}{number} <{target.partition('#')[2]}>`"
        elif "#ex-" in target:
            return f"{{ref}}`{text} <{target.partition('#ex-')[2]}>`"
        return match[0]

    return APART_OR_LINK.sub(rewrite, source), problems


def read(app, docname, source):
    """Before a page is parsed: if it is a notebook, add what the site has beyond it."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        return
    try:
        notebook = nbformat.reads(source[0], as_version=4)
    except nbformat.reader.NotJSONError:
        return  # the parser says so
    notebook, faults = built(notebook, bibliography(Path(app.srcdir, "references.bib")))
    for cell, fault in faults:
        logger.warning("cell '%s': %s", cell, fault, location=docname)
    source[0] = nbformat.writes(notebook)
