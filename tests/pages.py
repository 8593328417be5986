"""The pages of the built site, as the tests take them: each one, each chapter, each with formulas.

What holds for what a page says is tested on every page of both editions. What holds for how pages look and behave,
from one theme, is tested in a browser on every English page, and on one Chinese page of each kind.
"""

import re
from functools import cache

import pytest
from bs4 import BeautifulSoup
from places import SITE

BOTH = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
PAGES = [page for page in BOTH if not page.startswith("zh/")]
CHAPTERS = [page for page in PAGES if re.match(r"chapters/\d", page)]
HANDOUTS = [page for page in PAGES if page.startswith("handouts/")]
# The first page, one of code, formulas and a figure that moves, one of terms, one of functions, a hand-out, the search.
KINDS = ("intro", "chapters/04-attention-pooling", "chapters/glossary", "chapters/toolbox")
KINDS += ("handouts/04-attention-pooling", "search")
IN_CHINESE = [page for kind in KINDS if (page := f"zh/{kind}.html") in BOTH]


# By page and not by test, so that a tab can stay open for all tests of a page.
every_page = pytest.mark.parametrize("page", PAGES + IN_CHINESE, scope="module")
every_page_of_both = pytest.mark.parametrize("page", BOTH, scope="module")
every_chapter = pytest.mark.parametrize("page", CHAPTERS, scope="module")


@cache
def soup(page):
    return BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser")


every_page_with_formulas = pytest.mark.parametrize(
    "page", [page for page in PAGES + IN_CHINESE if soup(page).select(".katex")], scope="module"
)
