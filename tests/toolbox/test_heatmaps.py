"""Heatmaps, against those that d2l draws and against the numbers that went in.

A test fails where a cell has a colour, a place or a word that its number does not have, or where input
that cannot be drawn is drawn.
"""

import base64
import io
import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from drawings import bar_ranges, bars, draw, drawn, limits, panels, svg, svg_elements, ticks
from PIL import Image

from paying_attention.heatmaps import show_heatmaps

pytestmark = pytest.mark.usefixtures("no_window_and_no_trace")
SHELF = ["Atlas", "Probability", "Poems", "Bread"]


@pytest.fixture(scope="module")
def d2l():
    from d2l import torch as d2l

    return d2l


def weights(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0)).softmax(-1)


# Calls that were valid before


def layout(figure):
    """All that d2l's version settles about the panels."""
    found = [tuple(figure.get_size_inches())]
    for ax in panels(figure):
        place = ax.get_subplotspec()
        grid = place.get_gridspec()
        found.append((grid.nrows, grid.ncols, place.rowspan.start, place.colspan.start))
        found.append((ax.get_xlabel(), ax.get_ylabel(), ax.get_title(), ax.images[0].get_cmap().name))
        found.append((ax.get_xlim(), ax.get_ylim()))
    return found


@pytest.mark.parametrize("grid", [(1, 1), (1, 3), (2, 1), (2, 3)])
def test_a_positional_call_draws_the_panels_that_d2l_draws(d2l, grid):
    matrices = weights(*grid, 4, 6)
    arguments = (matrices, "Keys", "Queries", ["one", "two", "three"][: grid[1]], (7, 5), "Blues")
    ours, theirs = draw(*arguments), draw(*arguments, show=d2l.show_heatmaps)
    assert layout(ours) == layout(theirs)
    np.testing.assert_array_equal(drawn(ours), drawn(theirs))
    np.testing.assert_array_equal(drawn(ours), matrices.flatten(0, 1))
    assert len(bars(ours)) == len(bars(theirs)) == 1


def test_the_call_in_the_note_draws_the_panels_that_d2l_draws(d2l):
    identities = torch.eye(10).unsqueeze(0).unsqueeze(0).repeat(2, 2, 1, 1)
    ours = draw(identities, xlabel="Keys", ylabel="Queries")
    theirs = draw(identities, xlabel="Keys", ylabel="Queries", show=d2l.show_heatmaps)
    assert layout(ours) == layout(theirs)
    np.testing.assert_array_equal(drawn(ours), [np.eye(10)] * 4)


def test_labels_stand_at_the_edge_of_the_grid_and_titles_in_every_row():
    figure = draw(weights(2, 3, 4, 5), "Keys", "Queries", titles=["a", "b", "c"])
    assert [ax.get_xlabel() for ax in panels(figure)] == [""] * 3 + ["Keys"] * 3
    assert [ax.get_ylabel() for ax in panels(figure)] == ["Queries", "", ""] * 2
    assert [ax.get_title() for ax in panels(figure)] == ["a", "b", "c"] * 2


def test_nothing_is_returned():
    assert show_heatmaps(weights(3, 3), "Keys", "Queries") is None


# What may be drawn


@pytest.mark.parametrize(("shape", "grid"), [((4, 5), (1, 1)), ((3, 4, 5), (1, 3)), ((2, 3, 4, 5), (2, 3))])
def test_one_panel_a_row_of_panels_or_a_grid(shape, grid):
    matrices = weights(*shape)
    figure = draw(matrices, "Keys", "Queries")
    np.testing.assert_array_equal(drawn(figure), matrices.reshape(-1, 4, 5))
    gridspec = panels(figure)[0].get_subplotspec().get_gridspec()
    assert (gridspec.nrows, gridspec.ncols) == grid


def test_a_query_is_a_row_read_from_the_top_and_a_key_a_column_read_from_the_left():
    ax = panels(draw(weights(2, 5), "Keys", "Queries"))[0]
    assert ax.get_xlim() == (-0.5, 4.5)
    assert ax.get_ylim() == (1.5, -0.5)


@pytest.mark.parametrize(
    "matrices",
    [
        *[torch.eye(3, dtype=torch.float64).to(getattr(torch, name)) for name in ("float64", "float16", "bfloat16")],
        *[torch.eye(3).to(getattr(torch, name)) for name in ("int64", "uint8", "bool")],
        *[np.eye(3, dtype=name) for name in ("float32", "float16", "int8", "bool")],
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[1.0, 0.0, 0.0], (0.0, 1.0, 0.0), np.array([0.0, 0.0, 1.0])],
        torch.eye(3, requires_grad=True),
        torch.eye(6, requires_grad=True)[::2, ::2],
    ],
    ids=lambda matrices: f"{type(matrices).__name__} {getattr(matrices, 'dtype', '')}",
)
def test_any_real_dtype_may_be_drawn_with_or_without_grad(matrices):
    figure = draw(matrices, "Keys", "Queries")
    np.testing.assert_array_equal(drawn(figure), [np.eye(3)])
    assert limits(figure) == [(0, 1)]


def test_values_are_those_of_the_tensor_to_its_last_digit():
    matrices = weights(3, 3).double() / 3
    np.testing.assert_array_equal(drawn(draw(matrices, "Keys", "Queries"))[0], matrices.numpy())


@pytest.mark.parametrize("as_numpy", [False, True])
def test_what_the_caller_passed_is_not_changed_and_not_watched(as_numpy):
    matrices = weights(3, 3).double()
    matrices = matrices.numpy() if as_numpy else matrices
    before = torch.as_tensor(matrices).numpy().copy()
    figure = draw(matrices, "Keys", "Queries")
    np.testing.assert_array_equal(matrices, before)
    matrices *= 0
    np.testing.assert_array_equal(drawn(figure)[0], before)


# One colour means one value


def test_all_panels_share_their_limits_and_one_bar_shows_the_true_range():
    matrices = torch.stack([torch.full((4, 4), value) for value in (0.125, 0.25, 0.5)])
    figure = draw(matrices, "Keys", "Queries")
    assert limits(figure) == [(0, 0.5)] * 3
    assert bar_ranges(figure) == [(0, 0.5)]


@pytest.mark.parametrize("uniform_first", [False, True])
def test_a_uniform_panel_beside_an_identity_keeps_its_true_value(uniform_first):
    matrices = torch.stack([torch.eye(10), torch.full((10, 10), 0.1)])
    figure = draw(matrices.flip(0) if uniform_first else matrices, "Keys", "Queries")
    uniform = panels(figure)[0 if uniform_first else 1].images[0]
    np.testing.assert_allclose(uniform.norm(uniform.get_array()), 0.1)
    assert bar_ranges(figure) == [(0, 1)]


@pytest.mark.parametrize("scale", ["shared", "panel"])
def test_a_constant_matrix_is_drawn_at_its_true_value_and_not_white(scale):
    figure = draw(torch.full((8, 8), 1 / 8), "Keys", "Queries", scale=scale)
    image = panels(figure)[0].images[0]
    np.testing.assert_allclose(image.to_rgba(image.get_array()), np.broadcast_to(plt.get_cmap("Reds")(1.0), (8, 8, 4)))
    assert bar_ranges(figure) == [(0, 1 / 8)]


@pytest.mark.parametrize("shape", [(2, 2), (3, 2, 2), (2, 3, 2, 2)])
def test_on_their_own_scale_each_panel_has_its_own_limits_and_its_own_bar(shape):
    matrices = weights(*shape).double()
    figure = draw(matrices, "Keys", "Queries", figsize=(9, 6), scale="panel")
    expected = [(0, float(matrix.max())) for matrix in matrices.reshape(-1, 2, 2)]
    assert limits(figure) == expected
    assert bar_ranges(figure) == expected


def test_on_their_own_scale_each_bar_stands_right_of_its_panel():
    figure = draw(weights(2, 2, 3, 3), "Keys", "Queries", figsize=(9, 6), scale="panel")
    figure.canvas.draw()
    for panel, bar in zip(panels(figure), bars(figure), strict=True):
        panel, bar = panel.get_position(), bar.get_position()
        assert panel.x1 < bar.x0 < panel.x1 + 0.1
        assert panel.y0 < (bar.y0 + bar.y1) / 2 < panel.y1


@pytest.mark.parametrize("scale", ["shared", "panel"])
@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[-2.0, 1.0]], (-2, 1)),
        ([[-2.0, -1.0]], (-2, 0)),
        ([[0.5, 1.0]], (0, 1)),
        ([[3.0, 7.0]], (0, 7)),
        ([[0.0, 0.0]], (0, 1)),
    ],
)
def test_a_scale_begins_at_0_unless_a_value_is_negative(matrix, expected, scale):
    figure = draw(torch.tensor(matrix), "Keys", "Queries", scale=scale)
    assert limits(figure) == [expected]
    assert bar_ranges(figure) == [expected]


@pytest.mark.parametrize(("scale", "number"), [("shared", 1), ("panel", 2)])
def test_every_bar_says_what_it_measures(scale, number):
    figure = draw(weights(2, 3, 3), "Keys", "Queries", scale=scale)
    assert [bar.get_ylabel() for bar in bars(figure)] == ["Attention weight"] * number
    figure = draw(weights(2, 3, 3), "Keys", "Queries", scale=scale, bar_label="Score")
    assert [bar.get_ylabel() for bar in bars(figure)] == ["Score"] * number


# Titles and labels


def test_a_row_title_stands_once_in_its_row_beside_the_label_of_the_queries():
    figure = draw(weights(2, 2, 3, 3), "Keys", "Queries", row_titles=["before", "after"])
    labels = [ax.get_ylabel() for ax in panels(figure)]
    assert [label.split("\n") for label in labels] == [["before", "Queries"], [""], ["after", "Queries"], [""]]


def test_words_are_all_written_out_in_their_order():
    queries = [f"query {i}" for i in range(12)]
    ax = panels(draw(weights(12, 4), "Keys", "Queries", key_labels=SHELF, query_labels=queries, figsize=(5, 5)))[0]
    assert ticks(ax.xaxis) == list(enumerate(SHELF))
    assert ticks(ax.yaxis) == list(enumerate(queries))


def test_an_empty_word_leaves_no_tick_and_the_others_stay_at_their_place():
    ax = panels(draw(weights(2, 5), "Keys", "Queries", key_labels=["", "Atlas", "", "", "Bread"]))[0]
    assert ticks(ax.xaxis) == [(1, "Atlas"), (4, "Bread")]


@pytest.mark.parametrize("container", [list, tuple, np.array])
def test_words_may_come_in_any_sequence(container):
    ax = panels(draw(weights(2, 4), "Keys", "Queries", key_labels=container(SHELF)))[0]
    assert ticks(ax.xaxis) == list(enumerate(SHELF))


@pytest.mark.parametrize("count", [7, 10, 50, 133])
@pytest.mark.parametrize("container", [torch.tensor, np.array, list])
def test_numbers_are_thinned_and_each_that_is_left_stands_at_its_true_place(count, container):
    numbers = [0.25 * i * i - 3 for i in range(count)]
    ax = panels(draw(weights(2, count), "Keys", "Queries", key_labels=container(numbers), figsize=(6, 2)))[0]
    found = ticks(ax.xaxis)
    assert 4 <= len(found) <= 6
    assert found[0][0] == 0
    assert found[-1][0] == count - 1
    for position, text in found:
        assert float(text) == pytest.approx(numbers[round(position)], rel=0.005)


def test_few_numbers_are_all_written_out_on_either_axis():
    ax = panels(draw(weights(3, 5), "Keys", "Queries", key_labels=[0.1, 0.2, 0.5, 1, 2], query_labels=[-1, 0, 1]))[0]
    assert ticks(ax.xaxis) == [(0, "0.1"), (1, "0.2"), (2, "0.5"), (3, "1"), (4, "2")]
    assert ticks(ax.yaxis) == [(0, "-1"), (1, "0"), (2, "1")]


def test_beside_numbers_of_one_or_more_none_is_written_finer_than_to_a_hundredth():
    ax = panels(draw(weights(3, 3), "Keys", "Queries", key_labels=[0.112, 0.88, 4.758], query_labels=[0.004, 1, 2]))[0]
    assert ticks(ax.xaxis) == [(0, "0.11"), (1, "0.88"), (2, "4.76")]
    assert ticks(ax.yaxis) == [(0, "0.004"), (1, "1"), (2, "2")]
    ax = panels(draw(weights(2, 2), "Keys", "Queries", key_labels=[0.112, 0.883]))[0]
    assert ticks(ax.xaxis) == [(0, "0.112"), (1, "0.883")]


def test_a_number_with_more_than_three_digits_keeps_them():
    ax = panels(draw(weights(2, 3), "Keys", "Queries", key_labels=[1984, 1985, 1986], figsize=(6, 2)))[0]
    assert ticks(ax.xaxis) == [(0, "1984"), (1, "1985"), (2, "1986")]


@pytest.mark.parametrize("count", [1, 2, 3, 10, 50])
def test_without_labels_each_tick_names_its_index(count):
    found = ticks(panels(draw(weights(2, count), "Keys", "Queries", figsize=(6, 2)))[0].xaxis)
    assert 1 <= len(found) <= 7
    assert all(position.is_integer() and position == float(text) for position, text in found)


def test_labels_are_read_at_the_left_and_at_the_bottom_of_a_grid():
    words = [f"word {i}" for i in range(12)]
    figure = draw(weights(2, 2, 12, 12), "Keys", "Queries", key_labels=words, query_labels=words, figsize=(9, 6))
    texts = [element.text for element in svg_elements(figure, "text")]
    assert [texts.count(word) for word in words] == [4] * 12


@pytest.mark.parametrize("name", ["titles", "row_titles"])
def test_titles_may_come_in_an_array_as_labels_may(name):
    figure = draw(weights(2, 2, 3, 3), "Keys", "Queries", **{name: np.array(["before", "after"])})
    assert "after" in [element.text for element in svg_elements(figure, "text")]


# As SVG


def test_the_text_in_an_svg_can_be_searched():
    figure = draw(
        weights(1, 2, 4, 4),
        "Keys",
        "Queries",
        titles=["width 1", "width 2"],
        row_titles=["Gaussian"],
        key_labels=SHELF,
        query_labels=list("wxyz"),
        figsize=(9, 4),
    )
    texts = {element.text for element in svg_elements(figure, "text")}
    assert {"Keys", "Queries", "width 1", "width 2", "Gaussian", "Attention weight", *SHELF, *"wxyz"} <= texts


@pytest.mark.parametrize("scale", ["shared", "panel"])
def test_the_same_call_gives_the_same_bytes(scale):
    first, second = (svg(draw(weights(2, 3, 3), "Keys", "Queries", scale=scale, figsize=(6, 3))) for _ in range(2))
    assert first == second


def test_in_an_svg_a_cell_is_one_pixel_in_the_colour_of_its_value():
    matrix = weights(3, 5).double()
    # The first embedded picture is the panel, the second the bar.
    embedded = svg_elements(draw(matrix, "Keys", "Queries"), "image")[0].get("{http://www.w3.org/1999/xlink}href")
    picture = Image.open(io.BytesIO(base64.b64decode(embedded.partition(",")[2])))
    expected = plt.get_cmap("Reds")(matrix.numpy() / matrix.max().item(), bytes=True)
    np.testing.assert_array_equal(picture, expected)


# What is refused


@pytest.mark.parametrize(
    ("matrices", "message"),
    [
        (torch.zeros(3), r"shape \(queries, keys\).*\(3,\) came"),
        (torch.zeros(1, 1, 1, 2, 3), r"shape \(queries, keys\).*\(1, 1, 1, 2, 3\) came"),
        (torch.tensor(1.0), r"shape \(queries, keys\).*\(\) came"),
        (torch.zeros(0, 3), r"nothing to draw.*\(0, 3\)"),
        (torch.zeros(0, 2, 3, 3), r"nothing to draw.*\(0, 2, 3, 3\)"),
        ([[]], r"nothing to draw.*\(1, 0\)"),
        (torch.tensor([[0, 1], [math.nan, 1]]), r"NaN or infinity in 1 places, the first at index \(1, 0\)"),
        (np.array([[[0, math.inf], [-math.inf, 0]]]), r"NaN or infinity in 2 places, the first at index \(0, 0, 1\)"),
    ],
)
def test_matrices_that_cannot_be_drawn_are_refused(matrices, message):
    with pytest.raises(ValueError, match=message):
        show_heatmaps(matrices, "Keys", "Queries")
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("matrices", "came"),
    [
        (torch.zeros(2, 2, dtype=torch.complex64), "complex64"),
        (np.zeros((2, 2), dtype=complex), "complex128"),
        ([["a", "b"]], "<U1"),
        ("weights", "<U7"),
        (np.array([[None]]), "object"),
        (None, "object"),
    ],
)
def test_matrices_that_are_not_real_numbers_are_refused(matrices, came):
    with pytest.raises(TypeError, match=f"need real numbers.*{came}"):
        show_heatmaps(matrices, "Keys", "Queries")
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("name", "each", "expected"),
    [
        ("titles", "column of panels", 3),
        ("row_titles", "row of panels", 2),
        ("key_labels", "key", 5),
        ("query_labels", "query", 4),
    ],
)
def test_titles_and_labels_need_one_entry_for_each(name, each, expected):
    for count in (expected - 1, expected + 1):
        with pytest.raises(ValueError, match=f"^{name} .*for each {each}: {expected} are expected, {count} came"):
            show_heatmaps(weights(2, 3, 4, 5), "Keys", "Queries", **{name: ["word"] * count})
    with pytest.raises(ValueError, match=f"^{name} needs a list.*for each {each}, not the single text 'abc"):
        show_heatmaps(weights(2, 3, 4, 5), "Keys", "Queries", **{name: "abcde"[:expected].ljust(3, "c")})
    assert plt.get_fignums() == []


@pytest.mark.parametrize("scale", ["panels", "Shared", None])
def test_an_unknown_scale_is_refused(scale):
    with pytest.raises(ValueError, match=f"'shared' or 'panel', not {scale!r}"):
        show_heatmaps(weights(3, 3), "Keys", "Queries", scale=scale)
    assert plt.get_fignums() == []
