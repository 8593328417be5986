"""Words that a reader passes to be drawn are data: they stand in a figure as they are, readable, or are refused.

Fails if a word is read as a formula, if the words of the keys lie on one another, or if panels become too small.
"""

from itertools import pairwise
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
import torch

from paying_attention.heatmaps import show_heatmaps, show_salience
from paying_attention.tables import print_table

pytestmark = pytest.mark.usefixtures("no_window_and_no_trace")

SENTENCE = ["the", "animal", "didn't", "cross", "the", "street", "because", "it", "was", "too", "tired", "to"]
MARKED_UP = ["Ba", "$$", "$5-$6", r"$\alhpa$", "a_b^c", r"50\%"]


def words_drawn(tmp_path):
    """All texts of the figure as SVG, which the browser shows as they are."""
    plt.savefig(tmp_path / "figure.svg")
    tree = ElementTree.parse(tmp_path / "figure.svg")
    return [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", ["key_labels", "query_labels"])
def test_labels_are_drawn_letter_by_letter(tmp_path, name):
    show_heatmaps(torch.eye(6), "Keys", "Queries", figsize=(5, 5), **{name: MARKED_UP})
    assert set(MARKED_UP) <= set(words_drawn(tmp_path))


@pytest.mark.parametrize("word", MARKED_UP)
def test_all_other_texts_are_drawn_letter_by_letter(tmp_path, word):
    options = {"titles": [f"{word}1"], "row_titles": [f"{word}2"], "bar_label": f"{word}3", "figsize": (5, 5)}
    show_heatmaps(torch.eye(2), f"{word}4", f"{word}5", **options)
    assert {f"{word}{number}" for number in range(1, 6)} <= set(words_drawn(tmp_path))
    show_salience([torch.zeros(3, 4, 6)], [torch.ones(4, 6)], [f"{word}6"])
    assert f"{word}6" in words_drawn(tmp_path)


@pytest.mark.parametrize("character", ["\x0b", "\x00", "\x1b", "\ud800", "\uffff"])
@pytest.mark.parametrize("name", ["titles", "row_titles", "key_labels", "query_labels", "bar_label", "xlabel"])
def test_a_character_that_no_figure_can_hold_is_refused(name, character):
    word = f"a{character}"
    text = word if name in ("bar_label", "xlabel") else ["b", word][-1 if "title" in name else 0 :]
    with pytest.raises(ValueError, match=f"^{name} holds .*cannot be drawn"):
        show_heatmaps(torch.eye(2), **({"xlabel": "k", "ylabel": "q"} | {name: text}))
    assert plt.get_fignums() == []


def boxes(labels):
    return [label.get_window_extent() for label in labels if label.get_text() and label.get_visible()]


@pytest.mark.parametrize("shape", [(12, 12), (2, 12, 12), (2, 2, 12, 12)])
def test_words_do_not_lie_on_one_another(shape):
    weights = torch.eye(12).expand(shape)
    show_heatmaps(weights, "Keys", "Queries", key_labels=SENTENCE, query_labels=SENTENCE, figsize=(5, 5))
    plt.gcf().draw_without_rendering()
    for ax in plt.gcf().axes:
        if ax.images:
            for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
                assert not any(one.overlaps(other) for one, other in pairwise(boxes(labels)))


def test_words_that_have_room_lie():
    show_heatmaps(torch.eye(3), "Keys", "Queries", key_labels=["to", "be", "or"], figsize=(5, 5))
    assert {label.get_rotation() for label in plt.gcf().axes[0].get_xticklabels()} == {0}


def test_a_figure_without_room_for_its_words_is_refused():
    with pytest.raises(ValueError, match=r"2\.5 by 2\.5 inches has no room"):
        show_heatmaps(torch.eye(2), "Keys", "Queries", key_labels=["a", "w" * 300])
    assert plt.get_fignums() == []


@pytest.mark.parametrize("panels", [1, 2, 12])
def test_without_a_size_each_panel_has_room(panels):
    show_heatmaps(torch.eye(8).expand(panels, 8, 8), "Keys", "Queries")
    figure = plt.gcf()
    figure.draw_without_rendering()
    assert tuple(figure.get_size_inches()) == ((2.5, 2.5) if panels <= 2 else (pytest.approx(13.2), 2.5))
    assert min(ax.get_window_extent().width / figure.dpi for ax in figure.axes if ax.images) > 0.4


# What a layer returns may be drawn and printed as it is.


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.bool])
def test_what_a_layer_returns_is_drawn_and_printed(dtype, capsys):
    weights = torch.eye(2, dtype=dtype).requires_grad_(dtype.is_floating_point)
    for each in (weights, [weights, weights], (weights, weights)):
        show_heatmaps(each, "Keys", "Queries")
        assert [ax.images[0].get_array().tolist() for ax in plt.gcf().axes if ax.images][-1] == [[1, 0], [0, 1]]
    for each in (weights, list(weights), [list(row) for row in weights]):
        print_table(each, "ab", "cd")
        assert capsys.readouterr().out.split() == ["c", "d", "a", "1.00", "0.00", "b", "0.00", "1.00"]


def test_lists_of_tensors_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="matrices need rows of one length, and tensors of one shape"):
        show_heatmaps([torch.eye(2), torch.eye(3)], "Keys", "Queries")
