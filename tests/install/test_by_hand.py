"""From a fresh copy to a running notebook on the reader's machine.

A test fails where the commands of the README do not install the book, or a chapter does not run twice in one kernel.
"""

import json
import re

from machine import CHAPTERS, ask_kernel, copy_of_the_book, lab, offline, posix, run, run_all
from places import ROOT


def plain_commands(text):
    """The commands for readers without make, as they are on Linux and macOS."""
    windows = re.search(r"```\n(python -m venv .*?)```", text, re.S)[1].splitlines()
    windows[1] = re.search(r"on Linux and macOS the\s+second line is `([^`]+)`", text, re.I)[1]
    return windows


def test_the_plain_commands_are_the_same_everywhere():
    readme, chapter = ((ROOT / name).read_text("utf-8") for name in ("README.md", "chapters/running.md"))
    assert plain_commands(readme) == plain_commands(chapter)


@posix
def test_the_plain_commands_open_jupyterlab_and_a_chapter_runs_twice(place, wheels, packages):
    book, env = copy_of_the_book(place), offline(place, wheels, packages)
    *setup, start = plain_commands((book / "README.md").read_text("utf-8"))
    run(["bash", "-ec", "\n".join(setup)], book, env)
    with lab(["bash", "-ec", f"{setup[1]}\n{start}"], book, env) as started:
        assert "<title>JupyterLab" in started.ask("/lab")
        shown = {item["name"] for item in json.loads(started.ask("/api/contents/"))["content"]}
        assert shown >= set(CHAPTERS)
        notebook, client = started.open("04-attention-pooling.ipynb")
        assert ask_kernel(client, "__import__('sys').prefix") == str(book / ".venv")
        assert ask_kernel(client, "__import__('paying_attention').__path__[0]") == str(book / "paying_attention")
        first, second = run_all(notebook, client), run_all(notebook, client)
        assert first == second
        assert "Passed: " in first


@posix
def test_make_lab_opens_jupyterlab_on_the_chapters(place, wheels, packages):
    book, env = copy_of_the_book(place), offline(place, wheels, packages)
    with lab(["make", "lab"], book, env) as started:
        shown = {item["name"] for item in json.loads(started.ask("/api/contents/"))["content"]}
        assert shown >= set(CHAPTERS)
        _, client = started.open("04-attention-pooling.ipynb")
        assert ask_kernel(client, "__import__('sys').prefix") == str(book / ".venv")
