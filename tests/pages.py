"""The pages of the built site, as the tests take them: each one, each chapter, each with formulas."""

import re
from functools import cache

import pytest
from bs4 import BeautifulSoup
from places import SITE

PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
CHAPTERS = [page for page in PAGES if re.match(r"chapters/\d", page)]
HANDOUTS = [page for page in PAGES if page.startswith("handouts/")]


# By page and not by test, so that a tab can stay open for all tests of a page.
every_page = pytest.mark.parametrize("page", PAGES, scope="module")
every_chapter = pytest.mark.parametrize("page", CHAPTERS, scope="module")


@cache
def soup(page):
    return BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser")


every_page_with_formulas = pytest.mark.parametrize(
    "page", [page for page in PAGES if soup(page).select(".katex")], scope="module"
)
