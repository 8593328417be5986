"""The toolbox of the book *Paying Attention*: what a chapter defines once, the later ones import from here."""

from importlib import import_module

# What readers call, by the module that it is in. That is imported when one of its names is first asked for: the package
# alone brings in nothing.
_NAMES = {
    "data": ("Book", "library", "motorcycle", "sentences"),
    "heads": ("MultiHeadAttention", "causal_mask", "join_heads", "scaled_dot_product", "split_heads"),
    "heatmaps": ("show_heatmaps", "show_salience"),
    "pooling": (
        "attention_pooling",
        "boxcar",
        "dot_product",
        "epanechnikov",
        "gaussian",
        "masked_softmax",
        "triangular",
    ),
    "salience": (
        "centre_surround",
        "conspicuity_maps",
        "opponent_channels",
        "orientation_energy",
        "promote",
        "pyramid",
        "salience_map",
        "salience_shares",
    ),
    "scenes": ("Item", "Scene", "desk", "search_display", "shelf"),
    "scoring": ("AdditiveScore",),
    "style": ("book_style", "use_book_style", "use_svg_display"),
    "tables": ("print_table",),
}
_MODULE_OF = {name: module for module, names in _NAMES.items() for name in names}
__all__ = sorted(_MODULE_OF)


def __getattr__(name):
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    return found


def __dir__():
    return sorted({*globals(), *__all__})
