"""`{lectures}`: which figure of a chapter serves which minute of a lecture, and how long its exercises take.

A chapter's plan stands in a file of its own, `chapters/lectures/01-attention-cues.txt`:

    fig-shelf 5
    fig-explore-shelf 10
    less-likely 10

Each line is the name of a figure, or of an exercise, and minutes: those that the lecture stays with the figure, in the
order of the lecture, or those that the exercise takes. Captions, numbers and titles are the chapter's, the order of the
chapters is that of the book.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx_exercise.nodes import exercise_subtitle, is_exercise_enumerable_node

from theme.editions import say
from theme.handouts import name_of
from theme.pages import reading_order
from theme.run_times import link, table

logger = logging.getLogger(__name__)

# Beside the book's own pages, in whatever language they are read: minutes are the same in each.
PLANS = Path(__file__).resolve().parent.parent / "chapters" / "lectures"
LINE = re.compile(r"(?P<name>[\w-]+) +(?P<minutes>[1-9]\d*)")


class Lectures(nodes.General, nodes.Element):
    """Stands for the tables of all chapters until these are read."""


class LecturesDirective(SphinxDirective):
    def run(self):
        placeholder = Lectures()
        self.set_source_info(placeholder)
        return [placeholder]


def plan_of(chapter):
    """The names in a chapter's plan, each with its minutes; none for a page without a plan."""
    path = PLANS / f"{chapter.rpartition('/')[2]}.txt"
    times = []
    for number, line in enumerate(path.read_text("utf-8").splitlines() if path.exists() else [], 1):
        if match := LINE.fullmatch(line.strip()):
            times.append((match["name"], int(match["minutes"])))
        else:
            wrong = "A line of a lecture is a name and minutes, such as 'fig-shelf 5', and not %r."
            logger.warning(wrong, line, location=f"{path}:{number}")
    return times


def first_sentence(text):
    return re.split(r"(?<=[.?!]) (?=[A-Z])|(?<=[。？！])", " ".join(text.split()), maxsplit=1)[0]


class FillLectures(SphinxPostTransform):
    default_priority = 8

    def run(self):
        for placeholder in list(self.document.findall(Lectures)):
            plans = [(chapter, times) for chapter in reading_order(self.env) if (times := plan_of(chapter))]
            placeholder.replace_self([part for chapter, times in plans for part in self.content(chapter, times)])

    def content(self, chapter, times):
        figures, exercises = self.found_in(chapter)
        for name, _ in times:
            if name not in figures and name not in exercises:
                logger.warning("its lecture has no such figure or exercise: %r", name, location=chapter)
        rows, start = [], 0
        for name, minutes in times:
            if name in figures:
                rows.append(
                    (
                        say("{start} to {end}", start=start, end=start + minutes),
                        self.link(chapter, name, *figures[name]),
                    )
                )
                start += minutes
        takes = {name: say("{minutes} minutes", minutes=minutes) for name, minutes in times if name in exercises}
        asked = [(self.link(chapter, name, *exercises[name]), takes.get(name, "")) for name in exercises]
        # Neither in bold, as a term is where it is taught, nor a heading: the contents have these already.
        title = nodes.rubric("", "", link(self, chapter))
        if exercises:
            address = self.app.builder.get_relative_uri(self.env.docname, name_of(chapter))
            title += [nodes.Text(say(" (")), nodes.reference("", say("hand-out"), refuri=address), nodes.Text(say(")"))]
        found = [title]
        if rows:
            found.append(table(texts(say("Minute"), say("Figure")), map(cells, rows)))
        if asked:
            found.append(table(texts(say("Exercise"), say("Takes")), map(cells, asked)))
        return found

    def found_in(self, chapter):
        """The figures and the exercises of a chapter by name, each with its number and what it is about."""
        doctree = self.env.get_doctree(chapter)
        numbers = self.env.toc_fignumbers.get(chapter, {})
        figures = {
            name: (say("Fig. {number}", number=dotted(number)), first_sentence(caption.astext()))
            for figure in doctree.findall(nodes.figure)
            for caption in figure.findall(nodes.caption)
            for name in figure["ids"]
            if (number := numbers.get("figure", {}).get(name))
        }
        exercises = {
            exercise["label"]: (say("Exercise {number}", number=dotted(number)), subtitle.astext().strip("()（） "))
            for exercise in doctree.findall(is_exercise_enumerable_node)
            for subtitle in exercise.findall(exercise_subtitle)
            if (number := numbers.get("exercise", {}).get(exercise["label"]))
        }
        return figures, exercises

    def link(self, chapter, name, number, words):
        place = make_refnode(self.app.builder, self.env.docname, chapter, name, nodes.Text(number))
        return nodes.inline("", "", place, nodes.Text(f" {words}"))


def dotted(number):
    return ".".join(map(str, number))


def texts(*words):
    return [nodes.Text(word) for word in words]


def cells(row):
    return [nodes.Text(cell) if isinstance(cell, str) else cell for cell in row]
