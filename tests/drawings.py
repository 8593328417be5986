"""Figures of matplotlib, drawn and read again by the tests: their panels, bars, ticks and texts."""

import io
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np

from paying_attention.heatmaps import show_heatmaps


def draw(*args, show=show_heatmaps, **kwargs):
    plt.close("all")
    show(*args, **kwargs)
    return plt.gcf()


def panels(figure):
    return [ax for ax in figure.axes if ax.images]


def drawn(figure):
    """The matrices in the panels."""
    return [np.asarray(ax.images[0].get_array()) for ax in panels(figure)]


def limits(figure):
    return [ax.images[0].get_clim() for ax in panels(figure)]


def bars(figure):
    return [ax for ax in figure.axes if ax.get_label() == "<colorbar>"]


def bar_ranges(figure):
    return [bar.get_ylim() for bar in bars(figure)]


def ticks(axis):
    """Position and text of each tick that can be read."""
    axis.get_figure().canvas.draw()
    low, high = sorted(axis.get_view_interval())
    texts = [(tick.get_loc(), tick.label1.get_text()) for tick in axis.get_major_ticks()]
    return [(position, text.replace("−", "-")) for position, text in texts if low <= position <= high]


def svg(figure):
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def svg_elements(figure, name):
    return list(ElementTree.fromstring(svg(figure)).iter("{http://www.w3.org/2000/svg}" + name))
