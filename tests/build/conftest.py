"""A small book that is built once; tests that change it take a copy."""

import pytest
from small_book import DRAWING, Book


@pytest.fixture(scope="session")
def first(tmp_path_factory):
    """A book built once, from nothing, with what make said. Tests that change it take a copy."""
    book = Book.new(tmp_path_factory.mktemp("first") / "book", drawing=DRAWING)
    return book, book.succeed("html")


@pytest.fixture
def book(first, tmp_path):
    """A copy of the book that was built once: its results are at hand."""
    return first[0].copy(tmp_path / "copy")
