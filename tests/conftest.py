"""The built site on an address of its own, and a browser to look at it with."""

import pytest
from browser import FLAGS, find_browser
from places import SITE
from playwright.sync_api import expect, sync_playwright
from served import served

# Helpers that assert say what they found, as tests do. Here, because this file is read before any other.
pytest.register_assert_rewrite("drawings", "every_check", "every_figure", "figure_elsewhere", "lab", "live_figure")

expect.set_options(timeout=60_000)  # a busy machine answers late


@pytest.fixture(scope="module")
def server():
    with served(SITE) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield browser
        browser.close()


# Rooms that take long: their files come first, so that two processes which share the files end at about the same time.
LONG = ("install", "build", "site", "explorables", "firefox", "release")


def pytest_collection_modifyitems(items):
    def rank(item):
        room = item.path.parent.name
        return LONG.index(room) if room in LONG else len(LONG)

    items.sort(key=rank)
