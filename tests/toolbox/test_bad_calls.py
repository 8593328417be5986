"""What readers pass by mistake: each public function draws rightly or says what came and what was expected.

Calls are put together by hypothesis from what is met in notebooks, seeded. Fails if a call ends in an error of
matplotlib or torch, in another error than TypeError and ValueError, or in one without words; or if a heatmap has other
numbers than were passed, or weights are others than by the definition.
"""

import io
import traceback
from pathlib import Path
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import paying_attention as pa

TOOLBOX = Path(pa.__file__).parent
KINDS = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.complex64]
WORDS = [
    "word",
    "",
    "$",
    "$5-$6",
    "$$",
    r"$\alhpa$",
    "\x0b",
    "\x00",
    "tab\t",
    "two\nlines",
    "注意",
    "\ud800",
    "w" * 300,
]


@st.composite
def tensors(draw, shapes=((), (3,), (2, 3), (3, 2), (2, 2, 3), (1, 2, 2, 3), (0, 3), (2, 0), (1, 1, 1, 2, 3))):
    """What a layer returns, and near misses: some need a gradient, some hold NaN, some are no tensors."""
    shape, dtype = draw(st.sampled_from(shapes)), draw(st.sampled_from(KINDS))
    tensor = torch.rand(shape, generator=torch.Generator().manual_seed(0)).to(dtype)
    what = draw(st.sampled_from(["plain", "grad", "nan", "numpy", "list", "list of tensors", "sparse", "meta"]))
    if what == "grad" and tensor.is_floating_point():
        return tensor.requires_grad_()
    if what == "nan" and tensor.is_floating_point() and tensor.numel():
        return tensor.clone().fill_(float("nan"))
    if what == "numpy" and dtype != torch.bfloat16:
        return tensor.numpy()
    if what == "list":
        return tensor.tolist()
    if what == "list of tensors" and tensor.ndim:
        return list(tensor)
    if what == "sparse" and tensor.ndim > 1 and tensor.numel():
        return tensor.to_sparse()
    return tensor.to("meta") if what == "meta" else tensor


odd = st.sampled_from([0, -1, 1, 2, 2.5, float("nan"), float("inf"), True, None, "1", [], {}, (1, 2), np.ones(2)])
huge = st.one_of(odd, st.just(10**30))
labels = st.one_of(
    st.none(),
    st.lists(st.sampled_from(WORDS), max_size=4),
    st.sampled_from([[0.1, None, 2], [1j, 2, 3], {"a": 1, "b": 2, "c": 3}, {"a", "b", "c"}, "abc", 7, np.ones(3)]),
    tensors(((2,), (3,), (3, 1), (2, 2))),
)
sizes = st.one_of(odd, st.sampled_from([(3, 3), (0, 3), (1e9, 1), (0.3, 0.3), "ab", (4, 4), None]))
masks = st.one_of(st.none(), tensors(((2, 3), (3, 2), (3, 3), (2, 2), (3,))), odd)
scores = st.sampled_from(
    [pa.dot_product, pa.gaussian, None, 1, lambda q, k: 0, lambda q, k: torch.ones(1), pa.causal_mask]
)
images = st.lists(tensors(((3, 4, 6), (3, 0, 0), (4, 6), (3, 128, 130))), max_size=2)
maps = st.lists(tensors(((4, 6), (0, 0), (3, 4))), max_size=2)
boxes = st.sampled_from(
    [None, 3, [], [(0, 0, 2, 2)], [(0, 0, 2)], [(0, 0, 2.5, 2)], [(2, 2, 0, 0)], ["abcd"], [(0, 0, 9, 9)]]
)
pictures = tensors(((3, 128, 130), (3, 4, 6), (1, 8, 8), (8, 8), (3, 0, 4), (3,)))

CALLS = {
    pa.show_heatmaps: st.fixed_dictionaries(
        {"matrices": tensors(), "xlabel": st.sampled_from([*WORDS, None]), "ylabel": st.sampled_from(WORDS)},
        optional={
            "titles": labels,
            "row_titles": labels,
            "key_labels": labels,
            "query_labels": labels,
            "figsize": sizes,
            "cmap": st.sampled_from(["Blues", "Rads", None, 3, []]),
            "scale": st.sampled_from(["panel", "Panel", None, [], torch.ones(2)]),
            "bar_label": st.sampled_from([*WORDS, None]),
        },
    ),
    pa.show_salience: st.fixed_dictionaries(
        {"images": st.one_of(images, odd), "maps": st.one_of(maps, odd)}, optional={"titles": labels, "figsize": sizes}
    ),
    pa.print_table: st.fixed_dictionaries(
        {"numbers": tensors(), "rows": st.one_of(labels, st.just("ab")), "columns": st.one_of(labels, st.just("abc"))},
        optional={"digits": huge, "title": st.sampled_from([*WORDS, None])},
    ),
    pa.masked_softmax: st.fixed_dictionaries({"scores": tensors()}, optional={"mask": masks}),
    pa.attention_pooling: st.fixed_dictionaries(
        {"queries": tensors(), "keys": tensors(), "values": tensors()}, optional={"score": scores, "mask": masks}
    ),
    **{
        kernel: st.fixed_dictionaries({"queries": tensors(), "keys": tensors()}, optional={name: huge})
        for kernel, name in [
            (pa.dot_product, "temperature"),
            *((kernel, "width") for kernel in (pa.gaussian, pa.boxcar, pa.triangular, pa.epanechnikov)),
        ]
    },
    pa.scaled_dot_product: st.fixed_dictionaries({"queries": tensors(), "keys": tensors()}),
    pa.causal_mask: st.fixed_dictionaries({"n": odd}),
    pa.split_heads: st.fixed_dictionaries({"x": tensors(), "heads": huge}),
    pa.join_heads: st.fixed_dictionaries({"x": tensors()}),
    pa.salience_map: st.fixed_dictionaries({"image": pictures}),
    pa.conspicuity_maps: st.fixed_dictionaries({"image": pictures}),
    pa.opponent_channels: st.fixed_dictionaries({"image": pictures}),
    pa.orientation_energy: st.fixed_dictionaries({"intensity": pictures}),
    pa.centre_surround: st.fixed_dictionaries({"maps": pictures}),
    pa.promote: st.fixed_dictionaries({"maps": pictures}),
    pa.pyramid: st.fixed_dictionaries({"maps": pictures, "levels": huge}),
    pa.salience_shares: st.fixed_dictionaries({"salience": pictures, "boxes": boxes}),
    pa.shelf: st.fixed_dictionaries({"colours": st.one_of(odd, st.lists(st.sampled_from(["red", "blue", []])))}),
    pa.search_display: st.fixed_dictionaries(
        {"items": huge}, optional={"search": st.one_of(odd, st.just("colour")), "seed": huge}
    ),
    pa.AdditiveScore: st.fixed_dictionaries({name: odd for name in ("query_size", "key_size", "hidden")}),
    pa.MultiHeadAttention: st.fixed_dictionaries({name: odd for name in ("d", "heads")}),
}
# Nothing can be passed to the first ones by mistake; a Scene, an Item and a Book hold what they are given.
WITHOUT = {pa.motorcycle, pa.library, pa.sentences, pa.desk, pa.book_style, pa.use_book_style, pa.use_svg_display}
WITHOUT |= {pa.Scene, pa.Item, pa.Book}


def test_every_public_function_is_called():
    assert {getattr(pa, name) for name in pa.__all__} == CALLS.keys() | WITHOUT


def plain(numbers):
    """The numbers that were passed, by another way than the toolbox's."""
    if isinstance(numbers, torch.Tensor):
        return np.array(numbers.detach().to_dense().tolist(), dtype=float)
    return np.array([plain(each) for each in numbers]) if isinstance(numbers, list) else np.array(numbers, dtype=float)


def look_whether_right(function, call, result):
    if function is pa.show_heatmaps:
        numbers = plain(call["matrices"])
        panels = [ax.images[0].get_array() for ax in plt.gcf().axes if ax.images]
        assert np.array_equal(panels, numbers.reshape(-1, *numbers.shape[-2:]))
    if function is pa.masked_softmax:
        scores = call["scores"].detach().double()
        allowed = torch.ones_like(scores, dtype=torch.bool) if call.get("mask") is None else call["mask"].to_dense()
        parts = scores.exp() * allowed
        expected = parts / parts.sum(dim=-1, keepdim=True)
        torch.testing.assert_close(result.detach().double(), expected, rtol=0.01, atol=0.01)
    if function in (pa.gaussian, pa.boxcar, pa.triangular, pa.epanechnikov, pa.dot_product, pa.scaled_dot_product):
        assert result.shape[-2:] == (call["queries"].shape[-2], call["keys"].shape[-2])


def look(function, call):
    """Make a call. What it draws has to be right and come out as XML; what it refuses, it says in words of its own."""
    plt.close("all")
    try:
        result = function(**call)
    except (TypeError, ValueError) as error:
        refusal = error
    else:
        refusal = None
    if refusal:
        raised = Path(traceback.extract_tb(refusal.__traceback__)[-1].filename)
        assert raised.parent == TOOLBOX, f"raised in {raised}: {refusal}"
        assert len(str(refusal)) > 20
        assert plt.get_fignums() == []
    else:
        look_whether_right(function, call, result)
    for number in plt.get_fignums():
        file = io.BytesIO()
        plt.figure(number).savefig(file, format="svg")
        ElementTree.fromstring(file.getvalue())


def look_at_a_hundred(function, calls):
    """Seeded, so that they are the same at every run; the time that one takes is no matter."""

    @seed(0)
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(calls)
    def each(call):
        look(function, call)

    each()


@pytest.fixture(autouse=True)
def _no_window():
    plt.switch_backend("Agg")
    yield
    plt.close("all")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_a_bad_call_is_refused_in_words(function):
    look_at_a_hundred(function, CALLS[function])


@pytest.mark.parametrize(
    ("layer", "names"),
    [(pa.AdditiveScore(3, 3, 2), ("queries", "keys")), (pa.MultiHeadAttention(4, 2), ("queries", "keys", "values"))],
    ids=["AdditiveScore", "MultiHeadAttention"],
)
def test_a_bad_call_of_a_layer_is_refused_in_words(layer, names):
    features = tensors(((2, 3), (2, 4), (3, 4), (2, 2, 3), (3, 2, 4), (0, 3), (3,)))
    look_at_a_hundred(layer.forward, st.fixed_dictionaries({name: features for name in names}))
