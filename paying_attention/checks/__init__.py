"""The checks of the coding exercises: one call, and a sentence about what is right or which mistake it is.

A check runs the reader's function on the example of the exercise and on inputs that the exercise does not show, and
compares with the right answer. Where they differ, it tries the mistakes that people make and names the one that gives
the same numbers. It prints what it found and never raises.
"""

import pkgutil
from importlib import import_module

_FOUND = {
    name: thing
    for file in pkgutil.iter_modules(__path__)
    for name, thing in vars(import_module(f"{__name__}.{file.name}")).items()
    if name.startswith("check_")
}
globals().update(_FOUND)
# In the order of the chapters, which the docstring of each check begins with.
__all__ = sorted(_FOUND, key=lambda name: _FOUND[name].__doc__.partition(":")[0])
