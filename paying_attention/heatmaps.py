"""Heatmaps of attention weights. Built step by step in chapter 03, *Visualizing attention*."""

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import Colormap
from matplotlib.ticker import MaxNLocator

from paying_attention.inputs import as_array, as_list, as_text, check_figsize
from paying_attention.style import use_svg_display

# Inches that a panel needs where no size of the figure is given, and the size of one with room for all of its panels.
PANEL, SMALLEST = 1.1, 2.5
# Points; smaller letters nobody could read.
SMALLEST_LETTERS = 4


def show_heatmaps(
    matrices: torch.Tensor | np.ndarray | Sequence,
    xlabel: str,
    ylabel: str,
    titles: Sequence[str] | None = None,
    figsize: tuple[float, float] | None = None,
    cmap: str = "Reds",
    *,
    row_titles: Sequence[str] | None = None,
    key_labels: Sequence | None = None,
    query_labels: Sequence | None = None,
    scale: str = "shared",
    bar_label: str = "Attention weight",
) -> None:
    """Draw matrices of attention weights, one panel each: a query is a row, a key is a column.

    ``matrices`` is a tensor, a NumPy array or a list of them, of shape (queries, keys) for one panel, (panels, queries,
    keys) for a row of panels, or (rows of panels, columns of panels, queries, keys). It may require grad, lie on any
    device and have any real dtype.

    ``titles`` gives one title for each column of panels, ``row_titles`` one for each row. ``key_labels`` and
    ``query_labels`` name the keys and the queries: words are all written out, but for empty ones, upright where they
    have no room side by side; of numbers some six an axis. All texts are drawn letter by letter: a dollar sign is one.

    With ``scale="shared"`` one colour means one value in all panels, and one bar says which. With ``scale="panel"``
    each panel uses the whole range of colours for itself and has its own bar. A scale begins at 0 unless a value is
    negative. ``figsize`` is the size of the whole figure in inches, by default as much as the panels need.

    Raises ``TypeError`` for matrices that are not real numbers and ``ValueError`` for another number of dimensions,
    for nothing to draw, for NaN or infinity, for titles or labels that do not match in number, for characters that
    cannot be drawn, and for a figure that has no room for its texts.
    """
    panels = _as_panels(matrices)
    titles = None if _is_empty(titles) else titles
    rows, columns, queries, keys = panels.shape
    titles = as_list("titles", titles, columns, "column of panels")
    row_titles = as_list("row_titles", row_titles, rows, "row of panels")
    key_labels = _labels("key_labels", as_list("key_labels", key_labels, keys, "key"))
    query_labels = _labels("query_labels", as_list("query_labels", query_labels, queries, "query"))
    if not isinstance(scale, str) or scale not in ("shared", "panel"):
        raise ValueError(f"scale is 'shared' or 'panel', not {scale!r}")
    if not isinstance(cmap, Colormap) and cmap not in list(plt.colormaps()):
        raise ValueError(f"cmap is the name of one of matplotlib's colour maps, such as 'Reds', not {cmap!r}")
    if figsize is None:
        figsize = max(SMALLEST, PANEL * columns), max(SMALLEST, PANEL * rows)
    figsize, bar_label = check_figsize(figsize), as_text("bar_label", bar_label)
    xlabel, ylabel = as_text("xlabel", xlabel), as_text("ylabel", ylabel)
    titles = [as_text("titles", title) for title in titles or [""] * columns]
    beside = [f"{as_text('row_titles', title)}\n{ylabel}" for title in row_titles or []] or [ylabel] * rows

    use_svg_display()
    figure, axes = plt.subplots(
        rows, columns, figsize=figsize, sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for i, j in np.ndindex(rows, columns):
        ax, panel = axes[i, j], panels[i, j]
        low, high = _limits(panels if scale == "shared" else panel)
        # "none" keeps the cells of an SVG sharp; "auto" would smear them.
        image = ax.imshow(panel, cmap=cmap, vmin=low, vmax=high, interpolation="none")
        ax.spines[:].set_visible(True)
        if i == rows - 1:
            ax.set_xlabel(xlabel, parse_math=False)
        if j == 0:
            ax.set_ylabel(beside[i], parse_math=False)
        ax.set_title(titles[j], parse_math=False)
        _set_ticks(ax.xaxis, key_labels)
        _set_ticks(ax.yaxis, query_labels)
        if scale == "panel":
            _add_bar(figure, image, ax, bar_label)
    if scale == "shared":
        _add_bar(figure, image, axes, bar_label)
    _fit(figure, axes)


def show_salience(
    images: Sequence[torch.Tensor],
    maps: Sequence[torch.Tensor],
    titles: Sequence[str] | None = None,
    figsize: tuple[float, float] = (7, 4),
) -> None:
    """Draw images in one row and, under each, its salience as a heatmap over the darkened image.

    ``images`` is a list of tensors of shape (3, height, width) with values from 0 to 1, ``maps`` a list of as many
    tensors of shape (height, width). All maps share one scale of colours, from 0 to the highest value in any of them.

    Raises ``TypeError`` for what is not real numbers, ``ValueError`` for lists of different lengths, for a map that is
    not of its image's size, for values of an image outside 0 to 1, and for NaN, infinity or negative values in a map.
    Used from chapter 01 on.
    """
    try:
        images, maps = list(images), list(maps)
    except TypeError:
        came = f"{type(images).__name__} and {type(maps).__name__}"
        raise TypeError(f"images and maps need to be two lists of tensors; {came} came") from None
    if len(images) != len(maps) or not len(images):
        raise ValueError(f"each image needs one map: {len(images)} images and {len(maps)} maps came")
    titles = as_list("titles", titles, len(images), "image")
    images, maps = [as_array("images", image) for image in images], [as_array("maps", each) for each in maps]
    for image, salience in zip(images, maps, strict=True):
        if image.ndim != 3 or image.shape[0] != 3 or image.shape[1:] != salience.shape or not image.size:
            raise ValueError(
                "an image of shape (3, height, width) needs a map of shape (height, width): "
                f"{image.shape} and {salience.shape} came"
            )
        if not (np.isfinite(salience).all() and salience.min() >= 0):
            raise ValueError("a salience map holds NaN, infinity or a negative value")
        if not (image.min() >= 0 and image.max() <= 1):
            raise ValueError(f"an image needs values from 0 to 1; {image.min():.3g} to {image.max():.3g} came")
    titles = [as_text("titles", title) for title in titles or [""] * len(images)]
    figsize = check_figsize(figsize)

    use_svg_display()
    figure, axes = plt.subplots(2, len(images), figsize=figsize, squeeze=False, layout="constrained")
    highest = max(float(salience.max()) for salience in maps) or 1.0
    for j, (image, salience) in enumerate(zip(images, maps, strict=True)):
        axes[0, j].imshow(image.transpose(1, 2, 0))
        axes[0, j].set_title(titles[j], parse_math=False)
        axes[1, j].imshow(image.mean(0), cmap="gray", vmin=0, vmax=1)
        over = axes[1, j].imshow(salience, cmap="inferno", vmin=0, vmax=highest, alpha=0.8)
    for ax in axes.flat:
        ax.set_axis_off()
    # Beside both rows, or the maps would be moved and stand a little off from their images; as tall as the maps only.
    figure.colorbar(over, ax=axes, shrink=0.42, anchor=(0, 0.04), label="Salience")
    _fit(figure, axes)


def _as_panels(matrices):
    """A NumPy array of shape (rows, columns, queries, keys)."""
    panels = as_array("matrices", matrices)
    if not 2 <= panels.ndim <= 4:
        raise ValueError(
            "matrices need shape (queries, keys), (panels, queries, keys) or (rows, columns, queries, keys); "
            f"{panels.shape} came"
        )
    if panels.size == 0:
        raise ValueError(f"there is nothing to draw in matrices of shape {panels.shape}")
    unfit = np.argwhere(~np.isfinite(panels))
    if len(unfit):
        where = tuple(int(index) for index in unfit[0])
        raise ValueError(f"matrices hold NaN or infinity in {len(unfit)} places, the first at index {where}")
    return panels.reshape((1,) * (4 - panels.ndim) + panels.shape)


def _is_empty(entries):
    return entries is None or (hasattr(entries, "__len__") and len(entries) == 0)


def _labels(name, labels):
    """Words or numbers, as a list of texts or of floats."""
    if labels is None:
        return None
    if any(isinstance(label, str) for label in labels):
        return [as_text(name, label) for label in labels]
    numbers = as_array(name, labels)
    if numbers.size != len(labels):
        raise ValueError(f"{name} needs one number for each place; shape {numbers.shape} came")
    return numbers.ravel().tolist()


def _limits(values):
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    return (low, high) if low < high else (0.0, 1.0)


def _written(numbers):
    """Three digits, or all of a number that is whole and short; beside numbers of 1 or more not below a hundredth."""
    coarse = any(abs(number) >= 1 for number in numbers)
    return [_digits(round(number, 2) or number if coarse else number) for number in numbers]


def _digits(number):
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e6 else f"{number:.3g}"


def _set_ticks(axis, labels):
    if labels is None:
        axis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
        return
    if any(isinstance(label, str) for label in labels):
        positions = [position for position, label in enumerate(labels) if label != ""]
    else:
        positions = np.unique(np.linspace(0, len(labels) - 1, 6).round().astype(int))
        labels = dict(zip(positions, _written([labels[position] for position in positions]), strict=True))
    axis.set_ticks(positions, [labels[position] for position in positions], parse_math=False)


def _add_bar(figure, image, beside, label):
    figure.colorbar(image, ax=beside, shrink=0.6).set_label(label, parse_math=False)


def _fit(figure, axes):
    """Lay the figure out. Words of the keys that have no room side by side stand upright; any too many become small."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        figure.draw_without_rendering()
        if min(_room(ax.get_xticklabels(), "width") for ax in axes[-1]) < 1:
            _change_labels(figure, axes, "x", rotation=90)
        for axis, side in (("x", "width"), ("y", "height")):
            room = min(_room(getattr(ax, f"get_{axis}ticklabels")(), side) for ax in (*axes[-1], *axes[:, 0]))
            if room < 1:
                size = getattr(axes[-1, 0], f"get_{axis}ticklabels")()[0].get_fontsize()
                _change_labels(figure, axes, axis, labelsize=max(0.95 * room * size, SMALLEST_LETTERS))
    if any("collapsed to zero" in str(warning.message) for warning in said):
        width, height = figure.get_size_inches()
        plt.close(figure)
        raise ValueError(
            f"a figure of {width:g} by {height:g} inches has no room for its panels beside their titles and labels; "
            "give it a larger figsize, or shorter texts"
        )


def _change_labels(figure, axes, axis, **how):
    for ax in axes.flat:
        ax.tick_params(axis=axis, **how)
    figure.draw_without_rendering()


def _room(labels, side):
    """How far apart labels stand, measured by their width or height: below 1, some lie on one another."""
    boxes = []
    for label in labels:
        if label.get_visible() and label.get_text():
            box = label.get_window_extent()
            middle = (box.x0 + box.x1) / 2 if side == "width" else (box.y0 + box.y1) / 2
            boxes.append((middle, getattr(box, side)))
    pairs = pairwise(sorted(boxes))
    return min(((b - a) / ((wide + broad) / 2) for (a, wide), (b, broad) in pairs), default=math.inf)
