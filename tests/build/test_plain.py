"""What the build makes of a notebook in plain Markdown: exercises, solutions, citations, references.

These fail if an author's text does not arrive whole, if a citation leads to another entry than it names, or if a
mistake in one of them passes without being told.
"""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.errors import ConfigError

from theme.plain import bibliography, built, link

BIB = """
@article{one, author = {van der Berg, A. and M{\\"u}ller, B.}, year = {1998}, doi = {10.1016/0010-0285(80)90005-5},
  url = {https://example.org/one}}
@book{many, author = {First, A. and Second, B. and Third, C.}, year = {2017}, url = {https://example.org/many}}
@book{lost, author = {Nobody, A.}, year = {2001}}
"""
ONE, MANY = "https://doi.org/10.1016/0010-0285(80)90005-5", "https://example.org/many"


@pytest.fixture
def sources(tmp_path):
    (tmp_path / "references.bib").write_text(BIB, "utf-8")
    return bibliography(tmp_path / "references.bib")


def notebook(*cells):
    return new_notebook(
        cells=[
            new_code_cell("pass", id=name) if text is None else new_markdown_cell(text, id=name) for name, text in cells
        ]
    )


def texts(made):
    return [cell.source for cell in made.cells]


HINT = '<details class="hint"><summary>Hint</summary>\n\nLook.\n\n</details>'
EXERCISE = f"### Exercise: The other axis\n\nWhat is `x`?\n\n{HINT}"
SOLUTION = "<details><summary>Solution</summary>\n\nIt is $y$.\n\n```python\nx = y\n```\n\n</details>"


# --- citations


@pytest.mark.parametrize(
    ("plain", "role"),
    [
        (f"[van der Berg and Müller (1998)]({ONE})", "{cite:t}`one`"),
        (f"([van der Berg and Müller, 1998]({ONE}))", "({cite:alp}`one`)"),
        (
            f"([First et al., 2017]({MANY}); [van der Berg and Müller, 1998]({ONE}))",
            "({cite:alp}`many`; {cite:alp}`one`)",
        ),
        (f"a line\nand [First et\nal. (2017)]({MANY}).", "a line\nand {cite:t}`many`."),
        (f"| a | [First et al. (2017)]({MANY}) |", "| a | {cite:t}`many` |"),
    ],
)
def test_a_link_that_names_an_entry_by_authors_year_and_address_is_a_citation(sources, plain, role):
    made, faults = built(notebook(("text", plain)), sources)
    assert texts(made) == [role]
    assert not faults


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (f"[First et al. (2016)]({MANY})", "it is to say [First et al. (2017)] or [First et al., 2017]"),
        (f"[First and Second (2017)]({MANY})", "it is to say [First et al. (2017)]"),
        (f"[this book]({MANY})", "the entry many of references.bib"),
        ("[First et al. (2017)](https://example.org/other)", "the address of no entry"),
        # Its doi is its address, and so its url is not.
        ("[van der Berg and Müller (1998)](https://example.org/one)", "the address of no entry"),
        ("[Nobody, 2001](#lost)", "the address of no entry"),
    ],
)
def test_a_citation_that_does_not_agree_with_its_entry_is_told_by_cell(sources, wrong, complaint):
    made, [(cell, fault)] = built(notebook(("title", "# T"), ("text", f"See {wrong}.")), sources)
    assert cell == "text"
    assert complaint in fault
    assert wrong in made.cells[1].source


@pytest.mark.parametrize(
    "source",
    [
        "[the documentation](https://example.org/docs)",
        f"`[First et al. (2017)]({MANY})`",
        f"```\n[First et al. (2017)]({MANY})\n```",
        f"![First et al. (2017)]({MANY})",
        "[chapter 04](04-attention-pooling.ipynb)",
        "$a[i](x)$ and $f(x)$",
    ],
)
def test_other_links_pictures_and_code_stay(sources, source):
    assert link(source, {entry.address: entry for entry in sources.values()}) == (source, [])


def test_two_entries_with_one_address_are_refused(tmp_path):
    path = tmp_path / "twins.bib"
    path.write_text(BIB.replace("year = {2001}", f"year = {{2001}}, url = {{{MANY}}}"), "utf-8")
    with pytest.raises(ConfigError, match="many and lost have one address"):
        bibliography(path)


# --- references


def test_a_figure_gets_its_number_and_an_exercise_its_link(sources):
    made, _ = built(
        notebook(
            ("a", "See [the two heatmaps](#fig-two)."),
            ("b", "See [the curve](04-attention-pooling.ipynb#fig-curve)."),
            ("c", "See [the exercise](#ex-wrong-axis)."),
        ),
        sources,
    )
    assert texts(made) == [
        "See {numref}`the two heatmaps (Fig. {number}) <fig-two>`.",
        "See {numref}`the curve (Fig. {number}) <fig-curve>`.",
        "See {ref}`the exercise <wrong-axis>`.",
    ]


# --- exercises and solutions


def test_an_exercise_and_its_solution_become_one_of_the_site_with_the_code_between(sources):
    cells = [("ex-wrong-axis", EXERCISE), ("try-wrong-axis", None), ("solution-wrong-axis", SOLUTION)]
    cells += [("solved-wrong-axis", None), ("questions", "## Questions")]
    made, faults = built(notebook(*cells), sources)
    assert not faults
    assert [cell.id for cell in made.cells] == [name for name, _ in cells]  # a fault is told by its place
    exercise, _, solution, _, questions = texts(made)
    assert exercise.startswith("```{exercise-start} The other axis\n:label: wrong-axis\n```\n\nWhat is `x`?")
    assert exercise.endswith("</details>\n\n```{exercise-end}\n```")
    assert solution.startswith("```{solution-start} wrong-axis\n:label: solution-wrong-axis\n:class: dropdown\n```\n\n")
    assert solution.endswith("It is $y$.\n\n```python\nx = y\n```")
    assert questions == "```{solution-end}\n```\n\n## Questions"


def test_a_solution_at_the_end_and_one_that_goes_on_after_its_code_are_closed(sources):
    cells = [("ex-a", EXERCISE), ("solution-a", SOLUTION), ("solved-a", None)]
    more = ("solution-a-2", "<details><summary>Solution, continued</summary>\n\nSo much.\n\n</details>")
    made, faults = built(notebook(*cells, more, ("show-a", None)), sources)
    assert not faults
    assert texts(made)[3:] == ["So much.", "pass", "```{solution-end}\n```"]
    made, _ = built(notebook(*cells, ("ex-b", EXERCISE)), sources)
    assert texts(made)[3].startswith("```{solution-end}\n```\n\n```{exercise-start}")


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("ex-b", "**The other axis.**\n\nWhat is it?", "begins with a heading such as"),
        ("ex-b", "### The other axis\n\nWhat is it?", "begins with a heading such as"),
        ("solution-a", "It is y.", "a solution is '<details>"),
        ("solution-a", SOLUTION.removesuffix("\n\n</details>"), "a solution is '<details>"),
        ("solution-b", SOLUTION, "an exercise in a cell 'ex-b', and there is none"),
    ],
)
def test_an_exercise_or_a_solution_of_another_form_is_told_by_cell(sources, name, source, complaint):
    _, [(cell, fault)] = built(notebook(("ex-a", EXERCISE), (name, source)), sources)
    assert cell == name
    assert complaint in fault


def test_a_notebook_in_myst_stays_as_it_is(sources):
    before = notebook(
        ("ex-a", "```{exercise-start} T\n:label: a\n```\n\nT {cite:p}`one`.\n\n```{exercise-end}\n```"),
        ("solution-a", "```{solution-start} a\n```"),
        ("solved-a", None),
        ("solution-a-end", "```{solution-end}\n```"),
    )
    made, faults = built(copy.deepcopy(before), sources)
    assert nbformat.writes(made) == nbformat.writes(before)
    assert not faults
