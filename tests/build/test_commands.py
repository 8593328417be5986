"""The commands that open the book say in a line why they cannot, and what to do.

Fails if a port that is taken, a word that is no port, JupyterLab's refusal of root, or a folder
that cannot be written to ends without that line.
"""

import socket
import subprocess
import sys

import pytest
from places import ROOT
from small_book import Book


def serve(port):
    command = [sys.executable, ROOT / "tools" / "serve.py", str(port)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_that_is_taken_is_named_with_another_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = serve(port)
    assert said.returncode == 1
    assert said.stderr.startswith(f"Port {port} cannot be had (")
    assert said.stderr.endswith(f"). Name another one: make serve PORT={port % 65535 + 1}\n")


@pytest.mark.parametrize("port", ["", "0", "65536", "80a", "-1"])
def test_what_is_no_port_is_refused(port):
    said = serve(port)
    assert said.returncode == 1
    assert said.stderr == f"A port is a number from 1 to 65535, not {port!r}: make serve PORT=8000\n"


@pytest.mark.parametrize(
    ("user", "arguments", "told"), [(0, [], True), (0, ["LAB=--allow-root"], False), (1000, [], False)]
)
def test_root_is_told_how_to_open_jupyterlab(tmp_path, monkeypatch, user, arguments, told):
    book = Book.new(tmp_path / "book")
    (tmp_path / "id").write_text(f"#!/bin/sh\necho {user}\n")
    (tmp_path / "id").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (book.root / "jupyterlab").mkdir()
    book.write("jupyterlab/__init__.py", "")
    book.write("jupyterlab/__main__.py", "raise SystemExit('No.')\n")
    said = book.fail("lab", *arguments)
    assert "No.\n" in said
    assert ("make lab LAB=--allow-root\n" in said) == told


def test_a_folder_that_cannot_be_written_to_is_named_before_all_else(tmp_path):
    book = Book.new(tmp_path / "book")
    book.write("_build", "A file, where root too can make no folder.")
    *_, said, end = book.fail("html").splitlines()
    assert said == "The book is built into its folder _build, and nobody may write there. Copy the book elsewhere."
    assert end.startswith("make: *** ")
