"""The rooms of the checks: a file for each chapter, and its tests beside it.

A test fails where checks lie in a file that no chapter is named like, or have no file of tests.
"""

from pathlib import Path

from places import ROOT

from paying_attention import checks

CHAPTERS = [path.stem.partition("-")[2].replace("-", "_") for path in sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))]


def test_checks_lie_in_the_file_of_their_chapter_and_are_named_in_its_order():
    rooms = [getattr(checks, name).__module__.rpartition(".")[2] for name in checks.__all__]
    assert rooms == sorted(rooms, key=CHAPTERS.index)


def test_every_file_of_checks_has_its_tests():
    for room in {getattr(checks, name).__module__.rpartition(".")[2] for name in checks.__all__}:
        assert "EveryCheck" in (Path(__file__).parent / f"test_{room}.py").read_text("utf-8"), room
