"""What `make check` says of the toolbox's Chinese, before any test runs.

A test fails where a text that was changed in one language passes.
"""

import shutil

import pytest
import toolbox_words
from places import ROOT


@pytest.fixture
def copy(tmp_path):
    """The toolbox and its Chinese, to be spoilt."""
    for folder in ("paying_attention", "zh/toolbox"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "chapters").mkdir()
    shutil.copy(ROOT / toolbox_words.PAGE, tmp_path / toolbox_words.PAGE)
    return tmp_path


def test_the_toolbox_as_it_is_has_all_its_chinese():
    assert list(toolbox_words.faults(ROOT)) == []


CHECKS, FIGURES = "paying_attention/checks", "paying_attention/explorables"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (f"{CHECKS}/alignment.py", "Asked for is where they stand.", "Where do they stand?", "has no Chinese"),
        (f"{CHECKS}/alignment.zh.json", "Asked for is where they stand.", "Where do they stand?", "any more"),
        (f"{CHECKS}/judge.py", 'say("returned nothing")', 'say("returned none at all")', "“returned none at all”"),
        (f"{FIGURES}/shelf.js", "say`You look for`", "say`You seek`", "“You seek”"),
        (f"{FIGURES}/shelf.py", '"something tall"', '"what is tall"', "“something tall” any more"),
        (
            "paying_attention/tables.py",
            "Tables of numbers, printed.",
            "Printed tables.",
            "“Tables of numbers, printed.",
        ),
        ("paying_attention/tables.py", "Raises ``TypeError``", "Prints it.\n\n    Raises ``TypeError``", "Prints it."),
        (
            f"{CHECKS}/alignment.py",
            "returns the place of the largest",
            "gives the place of the largest",
            "gives the place",
        ),
        (f"{FIGURES}/shelf.py", "The weight of each book", "What each book weighs", "What each book weighs"),
        ("zh/toolbox/tables.json", "Tables of numbers", "Tables of digits", "Tables of digits"),
    ],
)
def test_a_text_that_is_changed_in_one_language_is_named(file, old, new, said, copy):
    path = copy / file
    text = path.read_text("utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), "utf-8")
    assert any(said in fault for fault in toolbox_words.faults(copy)), list(toolbox_words.faults(copy))


@pytest.mark.parametrize(
    "file",
    [f"{CHECKS}/induction.py", f"{FIGURES}/shelf.js", f"{FIGURES}/shelf.py", "paying_attention/scoring.py"],
)
def test_what_is_left_of_a_file_that_is_gone_is_named(file, copy):
    (copy / file).unlink()
    assert list(toolbox_words.faults(copy))


@pytest.mark.parametrize("file", [f"{CHECKS}/induction.zh.json", f"{FIGURES}/shelf.zh.json"])
def test_a_list_that_is_missing_is_noticed(file, copy):
    (copy / file).unlink()
    assert any("has no Chinese" in fault for fault in toolbox_words.faults(copy))
