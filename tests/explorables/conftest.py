"""Pages with figures, and one look at the shelf for all tests."""

import re
from functools import cache

import pytest
from playwright.sync_api import expect

from paying_attention.salience import salience_map


@pytest.fixture(autouse=True, scope="module")
def one_look_at_the_shelf():
    """The picture is always the same, and its salience takes a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("paying_attention.explorables.shelf.salience_map", cache(salience_map))
        yield


@pytest.fixture
def visit(browser, server):
    """Opens pages. Whatever the browser complains of, and any request to elsewhere, fails the test in the end."""
    complaints, contexts = [], []

    def visit(page, base=server, lives=True, html=None, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        own = (base, "data:", "blob:") if base.startswith("http") else ("file:", "data:", "blob:")
        tab.on("request", lambda request: None if request.url.startswith(own) else complaints.append(request.url))
        tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        if html is not None:  # instead of what the site has there
            tab.route(f"{base}/{page}", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        tab.goto(f"{base}/{page}")
        if lives:
            # It wakes when a reader comes near.
            tab.locator(".explorable").first.scroll_into_view_if_needed()
            expect(tab.locator(".explorable").first).to_have_class(re.compile(r"\balive\b"))
        return tab

    visit.complaints = complaints
    yield visit
    for context in contexts:
        context.close()
    assert not complaints
