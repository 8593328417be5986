"""Exercises with questions and solutions that fold without a script."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx_exercise.nodes import is_extension_node, solution_node

from theme.editions import say
from theme.places import place

logger = logging.getLogger(__name__)


class NameStraySolutions(SphinxPostTransform):
    """A solution whose exercise does not exist. sphinx-exercise would report it too, for whichever page was last."""

    default_priority = 19  # before it looks

    def run(self):
        known = getattr(self.env, "sphinx_exercise_registry", {})
        for solution in list(self.document.findall(solution_node)):
            if solution["target_label"] not in known:
                logger.warning("there is no exercise %r to solve", solution["target_label"], location=place(solution))
                solution.parent.remove(solution)


class UnwrapContent(SphinxPostTransform):
    """sphinx-exercise puts what an exercise says into a section without a heading, every one with the same id."""

    default_priority = 30  # after it has resolved its titles

    def run(self):
        for exercise in list(self.document.findall(is_extension_node)):
            for section in [child for child in exercise if isinstance(child, nodes.section)]:
                section.replace_self(section.children)


class DropTitles(SphinxPostTransform):
    """The first line of a solution's code is what Colab and JupyterLab show while it is folded."""

    default_priority = 30

    def run(self):
        for block in list(self.document.findall(nodes.literal_block)):
            first, _, rest = block.astext().partition("\n")
            if first.startswith("# @title "):
                block.rawsource = rest
                block.children = [nodes.Text(rest)]


def visit_solution(translator, node):
    """By the browser's own `details`: it opens by keyboard and in print."""
    del node[0]  # the title repeats that of the exercise, which stands right above
    translator.body.append(translator.starttag(node, "details", CLASS="solution"))
    translator.body.append(f"<summary>{say('Solution')}</summary>\n")


def depart_solution(translator, node):
    translator.body.append("</details>\n")
