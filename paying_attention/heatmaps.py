"""Heatmaps of attention weights. Built step by step in chapter 03, *Visualizing attention*."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.ticker import MaxNLocator

from paying_attention.style import use_svg_display


def show_heatmaps(
    matrices: torch.Tensor | np.ndarray,
    xlabel: str,
    ylabel: str,
    titles: Sequence[str] | None = None,
    figsize: tuple[float, float] = (2.5, 2.5),
    cmap: str = "Reds",
    *,
    row_titles: Sequence[str] | None = None,
    key_labels: Sequence | None = None,
    query_labels: Sequence | None = None,
    scale: str = "shared",
    bar_label: str = "Attention weight",
) -> None:
    """Draw matrices of attention weights, one panel each: a query is a row, a key is a column.

    ``matrices`` is a tensor or a NumPy array of shape (queries, keys) for one panel, (panels, queries, keys) for a
    row of panels, or (rows of panels, columns of panels, queries, keys). It may require grad, lie on any device and
    have any real dtype.

    ``titles`` gives one title for each column of panels, ``row_titles`` one for each row. ``key_labels`` and
    ``query_labels`` name the keys and the queries: words are all written out, but for empty ones, of numbers some six
    an axis.

    With ``scale="shared"`` one colour means one value in all panels, and one bar says which. With ``scale="panel"``
    each panel uses the whole range of colours for itself and has its own bar. A scale begins at 0 unless a value is
    negative. ``figsize`` is the size of the whole figure in inches.

    Raises ``TypeError`` for matrices that are not real numbers and ``ValueError`` for another number of dimensions,
    for nothing to draw, for NaN or infinity, and for titles or labels that do not match in number.
    """
    panels = _as_panels(matrices)
    titles = None if titles is None or len(titles) == 0 else titles
    rows, columns, queries, keys = panels.shape
    _check_count("titles", titles, columns, "column of panels")
    _check_count("row_titles", row_titles, rows, "row of panels")
    _check_count("key_labels", key_labels, keys, "key")
    _check_count("query_labels", query_labels, queries, "query")
    if scale not in ("shared", "panel"):
        raise ValueError(f"scale is 'shared' or 'panel', not {scale!r}")

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
            ax.set_xlabel(xlabel)
        if j == 0:
            ax.set_ylabel(f"{row_titles[i]}\n{ylabel}" if row_titles is not None else ylabel)
        if titles is not None:
            ax.set_title(titles[j])
        _set_ticks(ax.xaxis, key_labels)
        _set_ticks(ax.yaxis, query_labels)
        if scale == "panel":
            figure.colorbar(image, ax=ax, shrink=0.6, label=bar_label)
    if scale == "shared":
        figure.colorbar(image, ax=axes, shrink=0.6, label=bar_label)


def show_salience(
    images: Sequence[torch.Tensor],
    maps: Sequence[torch.Tensor],
    titles: Sequence[str] | None = None,
    figsize: tuple[float, float] = (7, 4),
) -> None:
    """Draw images in one row and, under each, its salience as a heatmap over the darkened image.

    ``images`` is a list of tensors of shape (3, height, width) with values from 0 to 1, ``maps`` a list of as many
    tensors of shape (height, width). All maps share one scale of colours, from 0 to the highest value in any of them.

    Raises ``ValueError`` for lists of different lengths, for a map that is not of its image's size, and for NaN,
    infinity or negative values in a map. Used from chapter 01 on.
    """
    if len(images) != len(maps) or not len(images):
        raise ValueError(f"each image needs one map: {len(images)} images and {len(maps)} maps came")
    _check_count("titles", titles, len(images), "image")
    for image, salience in zip(images, maps, strict=True):
        if image.ndim != 3 or image.shape[0] != 3 or image.shape[1:] != salience.shape:
            raise ValueError(
                "an image of shape (3, height, width) needs a map of shape (height, width): "
                f"{tuple(image.shape)} and {tuple(salience.shape)} came"
            )
        if not (torch.isfinite(salience).all() and salience.min() >= 0):
            raise ValueError("a salience map holds NaN, infinity or a negative value")

    images, maps = ([tensor.detach().cpu().numpy() for tensor in tensors] for tensors in (images, maps))
    use_svg_display()
    figure, axes = plt.subplots(2, len(images), figsize=figsize, squeeze=False, layout="constrained")
    highest = max(float(salience.max()) for salience in maps) or 1.0
    for j, (image, salience) in enumerate(zip(images, maps, strict=True)):
        axes[0, j].imshow(image.transpose(1, 2, 0))
        axes[0, j].set_title(titles[j] if titles is not None else "")
        axes[1, j].imshow(image.mean(0), cmap="gray", vmin=0, vmax=1)
        over = axes[1, j].imshow(salience, cmap="inferno", vmin=0, vmax=highest, alpha=0.8)
    for ax in axes.flat:
        ax.set_axis_off()
    # Beside both rows, or the maps would be moved and stand a little off from their images; as tall as the maps only.
    figure.colorbar(over, ax=axes, shrink=0.42, anchor=(0, 0.04), label="Salience")


def _as_panels(matrices):
    """A NumPy array of shape (rows, columns, queries, keys)."""
    if isinstance(matrices, torch.Tensor):
        if matrices.is_complex():
            raise TypeError(f"matrices need real numbers, not {matrices.dtype}")
        panels = matrices.detach().cpu().double().numpy()
    else:
        panels = np.asarray(matrices)
        if panels.dtype.kind not in "fiub":
            raise TypeError(f"matrices need real numbers in a tensor or an array, not {panels.dtype}")
        panels = panels.astype(float)
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


def _check_count(name, entries, expected, each):
    if entries is None:
        return
    if isinstance(entries, str):
        raise ValueError(f"{name} needs a list with one entry for each {each}, not the single text {entries!r}")
    if len(entries) != expected:
        raise ValueError(f"{name} needs one entry for each {each}: {expected} are expected, {len(entries)} came")


def _limits(values):
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    return (low, high) if low < high else (0.0, 1.0)


def _written(number):
    """Three digits, or all of a number that is whole and short."""
    return f"{number:.0f}" if number.is_integer() and abs(number) < 1e6 else f"{number:.3g}"


def _set_ticks(axis, labels):
    if labels is None:
        axis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
        return
    if any(isinstance(label, str) for label in labels):
        positions = [position for position, label in enumerate(labels) if label != ""]
    else:
        positions = np.unique(np.linspace(0, len(labels) - 1, 6).round().astype(int))
        labels = [_written(float(label)) for label in labels]
    axis.set_ticks(positions, [labels[position] for position in positions])
