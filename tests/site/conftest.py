"""A browser that complains aloud."""

import pytest


@pytest.fixture
def visit(browser, server):
    """Opens pages; whatever the browser complains of, and any request to elsewhere, fails the test in the end."""
    complaints, contexts = [], []

    def visit(page, base=server, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.asked = []

        def note(request):
            if not request.url.startswith(("data:", "blob:")):
                tab.asked.append(request.url)
            if not request.url.startswith((server, "data:", "blob:", "file:")):
                complaints.append(f"asked {request.url}")

        tab.on("request", note)
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        # The network is cut.
        tab.route(lambda url: not url.startswith((server, "file:")), lambda route: route.abort())
        tab.goto(f"{base}/{page}")
        if options.get("java_script_enabled", True):
            # book.js does most of its work when the browser is idle.
            tab.evaluate("new Promise(requestIdleCallback).then(() => 0)")
        return tab

    visit.complaints = complaints
    yield visit
    for context in contexts:
        context.close()
    assert not complaints
