"""What holds for every chapter, read from its notebook and from the results of the build."""

import ast
import re
from contextlib import suppress

import nbformat
import pytest
import torch
from jupyter_cache import get_cache
from matplotlib import pyplot as plt
from places import ROOT

from paying_attention import heads, heatmaps, pooling, salience, scoring
from paying_attention.scenes import desk, shelf

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)


def read(chapter):
    return nbformat.read(chapter, as_version=4)


def executed(chapter):
    """The notebook with the outputs that the build shows."""
    return get_cache(ROOT / "_build" / ".jupyter_cache").merge_match_into_notebook(read(chapter))[1]


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def figures(cell):
    return [output for output in cell.outputs if "image/svg+xml" in output.get("data", {})]


def shown(cell):
    """All text that a cell has printed or written into a figure."""
    texts = [output.text for output in cell.outputs if output.output_type == "stream"]
    for output in figures(cell):
        texts += re.findall(r"<text[^>]*>([^<]*)</text>", output.data["image/svg+xml"])
    return "\n".join(texts)


# --- the frame of a chapter


@each_chapter
def test_a_chapter_opens_with_its_question_and_what_it_gives_needs_and_takes_and_ends_with_what_to_keep(chapter):
    text = prose(read(chapter))
    for landmark in (
        "**The question.**",
        "**After this chapter you can**",
        "**You need**",
        "**It takes**",
        "## To remember",
        "## Exercises",
        "## Sources",
    ):
        assert text.count(landmark) == 1, landmark
    points = re.search(r"## To remember\n\n((?:- .*\n?)+)", text)[1].strip().splitlines()
    assert 3 <= len(points) <= 5


@each_chapter
def test_cells_are_short_and_every_cell_has_a_name(chapter):
    for cell in code_cells(read(chapter)):
        assert len(cell.source.splitlines()) <= 23 or "hide-input" in cell.metadata.get("tags", []), cell.id
        assert re.fullmatch(r"[a-z][a-z0-9-]+", cell.id), cell.id
        assert not re.fullmatch(r"[0-9a-f]{8}", cell.id), f"{cell.id} is no name, but an editor's random number"


@each_chapter
def test_a_cell_that_draws_has_a_caption_and_alternative_text_and_draws_once(chapter):
    names = set()
    for cell in code_cells(executed(chapter)):
        described = cell.metadata.get("mystnb", {})
        assert len(figures(cell)) == (1 if described else 0), cell.id
        if described:
            assert described["figure"]["caption"].endswith((".", "?")), cell.id
            assert len(described["image"]["alt"]) > 40, cell.id
            assert described["figure"]["name"] not in names, cell.id
            names.add(described["figure"]["name"])


@each_chapter
def test_no_output_is_a_leftover(chapter):
    """No ``<Axes: ...>`` under a figure, no object as Python writes it, no warnings."""
    for cell in code_cells(executed(chapter)):
        for output in cell.outputs:
            assert output.output_type in ("stream", "display_data", "execute_result"), cell.id
            assert output.get("name") != "stderr", (cell.id, output.get("text"))
            assert not output.get("data", {}).get("text/plain", "").startswith("<") or figures(cell), cell.id
            assert output.get("data", {}).keys() != {"text/plain"}, cell.id


# --- exercises and questions


@each_chapter
def test_there_are_five_exercises_each_with_a_hint_and_a_solution(chapter):
    cells = {cell.id: cell.source for cell in read(chapter).cells}
    exercises = [name for name in cells if name.startswith("ex-")]
    assert len(exercises) >= 5
    for name in exercises:
        assert cells[name].count('<details class="hint">') == 1, name
        assert name.replace("ex-", "solution-") in cells


@each_chapter
def test_solutions_pass_their_checks_and_empty_answers_do_not(chapter):
    cells = {cell.id: cell for cell in code_cells(executed(chapter))}
    tried = [name for name in cells if name.startswith("try-")]
    assert len(tried) >= 2
    for name in tried:
        assert shown(cells[name]).startswith("Not yet: "), name
        assert shown(cells[name.replace("try-", "solved-")]).startswith("Passed: "), name


@each_chapter
def test_every_question_has_one_right_answer_and_says_why_to_each(chapter):
    text = prose(read(chapter))
    questions = re.split(r"\*\*Question \d+\.\*\*", text[text.index("## Questions") : text.index("## Sources")])[1:]
    assert len(questions) >= 4
    for question in questions:
        verdicts = re.findall(r"</summary>\n\n(Right|No)\. \w.{15,}", question)
        assert len(verdicts) == question.count("<details") >= 2, question
        assert verdicts.count("Right") == 1, question


# --- what a chapter defines and the toolbox has too is the same


def definitions(chapter):
    """The functions and classes that a chapter defines, by name, run with its imports but nothing else."""
    space, names = {}, []
    for cell in code_cells(read(chapter)):
        for node in ast.parse(cell.source).body:
            constant = (
                isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper()
            )
            plain_import = isinstance(node, ast.Import | ast.ImportFrom) and "d2l" not in ast.unparse(node)
            defines = (
                isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list
            )  # decorated: only for a live notebook
            if defines:
                names.append(node.name)
            if defines or constant or plain_import:
                with suppress(NameError):  # a constant made of the chapter's data
                    exec(compile(ast.Module([node], []), str(chapter), "exec"), space)
                if defines and node.name in space:  # one whose defaults are the chapter's data can't stand alone
                    space[f"defined {node.name}"] = space[node.name]
    return {name: space[f"defined {name}"] for name in names if f"defined {name}" in space}


def drawing(show, *arguments):
    """What a function that draws heatmaps has drawn: matrices, colour limits, titles and labels."""
    show(*arguments)
    panels = [ax for ax in plt.gcf().axes if ax.images]
    plt.close()
    return (
        torch.tensor([ax.images[0].get_array().tolist() for ax in panels]),
        torch.tensor([ax.images[0].get_clim() for ax in panels]),
        [[ord(letter) for letter in ax.get_title() + ax.get_xlabel() + ax.get_ylabel()] for ax in panels],
    )


def scored(make, *sizes):
    """What a score that is learned says to queries and keys before it has learned anything."""
    torch.manual_seed(0)
    score = make(*sizes)
    return score(random(2, 3, score.query_matrix.in_features), random(2, 5, score.key_matrix.in_features, seed=1))


def attended(make, *sizes):
    """What a layer of heads says to random items before it has learned anything, and its weights."""
    torch.manual_seed(0)
    layer, x = make(*sizes), random(2, 5, sizes[0])
    return layer(x, x, x, torch.ones(5, 5, dtype=torch.bool).tril())


def random(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


weights = torch.softmax(random(2, 3, 4, 5), dim=-1)
queries, keys, values = random(3, 4), random(5, 4, seed=1), random(5, 2, seed=2)
# For each function that is defined in a chapter and in the toolbox: the toolbox's, and calls that compare the two.
SHARED = {
    "pyramid": (salience.pyramid, [(random(2, 130, 140), 7)]),
    "centre_surround": (salience.centre_surround, [(random(2, 130, 140),)]),
    "opponent_channels": (salience.opponent_channels, [(random(3, 130, 140),)]),
    "promote": (salience.promote, [(random(2, 130, 140),), (torch.zeros(1, 130, 140),)]),
    "conspicuity_maps": (salience.conspicuity_maps, [(shelf().image,), (desk().image,)]),
    "salience_map": (salience.salience_map, [(shelf().image,), (torch.full((3, 128, 128), 0.5),)]),
    "dot_product": (pooling.dot_product, [(queries, keys), (queries, keys, 0.3)]),
    "attention_pooling": (pooling.attention_pooling, [(queries, keys, values)]),
    "gaussian": (pooling.gaussian, [(queries, keys), (queries, keys, 0.3)]),
    "boxcar": (pooling.boxcar, [(queries, keys), (queries, keys, 0.3)]),
    "triangular": (pooling.triangular, [(queries, keys), (queries, keys, 0.3)]),
    "epanechnikov": (pooling.epanechnikov, [(queries, keys), (queries, keys, 0.3)]),
    "masked_softmax": (pooling.masked_softmax, [(weights,), (weights, weights[0, 0] > 0.2)]),
    "scaled_dot_product": (heads.scaled_dot_product, [(queries, keys)]),
    "causal_mask": (heads.causal_mask, [(1,), (6,)]),
    "split_heads": (heads.split_heads, [(random(2, 5, 6), 1), (random(2, 3, 6), 2)]),
    "join_heads": (heads.join_heads, [(weights,)]),
    "MultiHeadAttention": (heads.MultiHeadAttention, [(6, 1), (6, 3)]),
    "AdditiveScore": (scoring.AdditiveScore, [(4, 3, 5)]),
    "show_heatmaps": (heatmaps.show_heatmaps, [(weights, "Keys", "Queries", ["a", "b", "c"])]),
}


def toolbox_names():
    return {
        name
        for module in (heads, heatmaps, pooling, salience, scoring)
        for name in vars(module)
        if callable(vars(module)[name])
    }


@each_chapter
@pytest.mark.filterwarnings("ignore:__array__ implementation")  # matplotlib reads tensors the old way
def test_a_definition_in_a_chapter_and_the_toolboxs_do_the_same(chapter):
    for name, function in definitions(chapter).items():
        if name not in SHARED:
            assert name not in toolbox_names(), f"{name} is in the toolbox too: add it to SHARED"
            continue
        toolbox, calls = SHARED[name]
        for call in calls:
            if name.startswith("show"):
                torch.testing.assert_close(drawing(function, *call), drawing(toolbox, *call))
            elif isinstance(toolbox, type):
                says = attended if name == "MultiHeadAttention" else scored
                torch.testing.assert_close(says(function, *call), says(toolbox, *call))
            else:
                torch.testing.assert_close(function(*call), toolbox(*call), rtol=1e-5, atol=1e-4)
