"""What readers pass, made ready to be drawn or printed, or refused with what came and what was expected."""

import math
import re
from collections.abc import Mapping, Set

import numpy as np
import torch

# What no file of XML may hold, and so no figure as SVG: control characters but tab and line breaks, halves of a pair.
UNDRAWABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_array(name, numbers):
    """Real numbers as a NumPy array of float64: a tensor that a layer returned as well as a list of tensors.

    Raises ``TypeError`` for what is not real numbers and ``ValueError`` for rows of different lengths.
    """
    try:
        array = np.asarray(_without_torch(name, numbers))
    except ValueError:
        raise ValueError(f"{name} need rows of one length, and tensors of one shape") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} need real numbers in a tensor or an array, not {array.dtype}")
    return array.astype(float)


def _without_torch(name, numbers):
    if isinstance(numbers, torch.Tensor):
        if numbers.is_complex():
            raise TypeError(f"{name} need real numbers, not {numbers.dtype}")
        if numbers.device.type == "meta":
            raise TypeError(f"{name} need numbers, and a tensor on the device 'meta' has none")
        numbers = numbers.dequantize() if numbers.is_quantized else numbers.to_dense()
        return numbers.detach().cpu().double().numpy()
    if isinstance(numbers, list | tuple):
        return [_without_torch(name, each) for each in numbers]
    if isinstance(numbers, np.ma.MaskedArray):  # what is masked there counts as missing, not as what lies below
        return numbers.astype(float).filled(math.nan)
    return numbers


def as_list(name, entries, expected, each):
    """One entry for each of something, in a list; None stays None."""
    if entries is None:
        return None
    if isinstance(entries, str):
        raise ValueError(f"{name} needs a list with one entry for each {each}, not the single text {entries!r}")
    try:
        count = len(entries)
    except TypeError:
        count = None
    if count is None or isinstance(entries, Mapping | Set):
        raise TypeError(f"{name} needs a list with one entry for each {each}, not {type(entries).__name__}")
    if count != expected:
        raise ValueError(f"{name} needs one entry for each {each}: {expected} are expected, {count} came")
    return list(entries)


def as_text(name, words):
    """A text as it will be drawn: letter by letter, without formulas. Nothing for None."""
    text = "" if words is None else str(words)
    if found := UNDRAWABLE.search(text):
        raise ValueError(f"{name} holds {found[0]!r}, a character that cannot be drawn, in {text!r}")
    return text


def check_figsize(figsize):
    try:
        width, height = (float(inches) for inches in figsize)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"figsize needs two numbers, width and height in inches; {figsize!r} came") from None
    if not (0 < width <= 200 and 0 < height <= 200):
        raise ValueError(f"figsize needs a width and a height above 0 and up to 200 inches; {figsize!r} came")
    return width, height
