"""Interactive figures: each a Python class and a plain script of the same name, alive with and without a kernel."""

import pkgutil
from importlib import import_module

from paying_attention.explorables.base import Explorable

# Each file here has one figure.
_FOUND = {
    name: thing
    for file in pkgutil.iter_modules(__path__)
    if (module := import_module(f"{__name__}.{file.name}"))
    for name, thing in vars(module).items()
    if isinstance(thing, type) and issubclass(thing, Explorable) and thing is not Explorable
}
globals().update(_FOUND)
__all__ = sorted(_FOUND)
