"""The names at the top of the toolbox.

A test fails where a name of a module is missing at the top, the toolbox page does not say what it is for, a hint of
a type is missing, or importing the package alone brings in what takes long.
"""

import inspect
import subprocess
import sys
import typing
from importlib import import_module
from pkgutil import iter_modules

import pytest
from places import ROOT

import paying_attention

MODULES = [import_module(f"paying_attention.{module.name}") for module in iter_modules(paying_attention.__path__)]
FOUND = {
    name: thing
    for module in MODULES
    for name, thing in vars(module).items()
    if not module.__name__.endswith((".checks", ".explorables", ".inputs", ".language"))
    if inspect.isfunction(thing) or isinstance(thing, type)
    if thing.__module__ == module.__name__ and not name.startswith(("_", "check_"))
}


def test_the_top_has_what_the_modules_have():
    assert set(paying_attention.__all__) == set(FOUND)
    for name, thing in FOUND.items():
        assert getattr(paying_attention, name) is thing
    assert set(FOUND) <= set(dir(paying_attention))


def test_an_unknown_name_is_an_error_as_in_any_module():
    with pytest.raises(AttributeError, match="'paying_attention' has no attribute 'show_heatmap'"):
        paying_attention.show_heatmap  # noqa: B018
    with pytest.raises(ImportError, match="show_heatmap"):
        exec("from paying_attention import show_heatmap")


def test_the_package_alone_brings_in_nothing_and_shows_its_names():
    # Some environments have importlib from their start on, and others not.
    code = """
import importlib, sys
before = set(sys.modules)
import paying_attention
assert "show_heatmaps" in dir(paying_attention)
print(sorted(set(sys.modules) - before))
from paying_attention import AdditiveScore, pooling, shelf
import paying_attention.heatmaps
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "['paying_attention']\n"


def test_the_toolbox_page_says_what_each_name_is_for():
    page = (ROOT / "chapters" / "toolbox.md").read_text("utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| ")]
    for name, thing in FOUND.items():
        assert sum(f"`~{thing.__module__}.{name}`" in line for line in listed) == 1, name


@pytest.mark.parametrize("name", FOUND)
def test_arguments_and_result_have_hints(name):
    thing = FOUND[name]
    function = thing.__init__ if isinstance(thing, type) else thing
    arguments = [argument for argument in inspect.signature(function).parameters if argument != "self"]
    hints = typing.get_type_hints(function)
    assert set(arguments) <= set(hints)
    assert isinstance(thing, type) or "return" in hints
