"""A browser that complains aloud, with a tab for each test or one for all tests that only look at a page."""

import pytest
from browser import IDLE

DESKTOP = {"width": 1280, "height": 720}


def open_page(browser, server, page, base=None, **options):
    """A tab of its own context. What the browser complains of, and any request to elsewhere, is in its complaints."""
    tab = browser.new_context(**options).new_page()
    tab.asked, tab.complaints = [], []

    def note(request):
        if not request.url.startswith(("data:", "blob:")):
            tab.asked.append(request.url)
        if not request.url.startswith((server, "data:", "blob:", "file:")):
            tab.complaints.append(f"asked {request.url}")

    tab.on("request", note)
    tab.on("console", lambda message: tab.complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    # The network is cut.
    tab.route(lambda url: not url.startswith((server, "file:")), lambda route: route.abort())
    tab.goto(f"{base or server}/{page}")
    if options.get("java_script_enabled", True):
        tab.evaluate(IDLE)  # book.js does most of its work then
    tab.asked_at_first = list(tab.asked)
    return tab


@pytest.fixture
def visit(browser, server):
    """Opens pages; whatever the browser complains of, and any request to elsewhere, fails the test in the end."""
    tabs = []

    def visit(page, **options):
        tabs.append(open_page(browser, server, page, **options))
        return tabs[-1]

    yield visit
    for tab in tabs:
        tab.context.close()
    assert not [complaint for tab in tabs for complaint in tab.complaints]


@pytest.fixture(scope="module")
def opened(browser, server, page):
    """The page, in one tab for all tests in a file that only look at it."""
    tab = open_page(browser, server, page)
    yield tab
    tab.context.close()


@pytest.fixture(scope="module")
def opened_on_a_phone(browser, server, page):
    tab = open_page(browser, server, page, viewport={"width": 320, "height": 640}, has_touch=True)
    yield tab
    tab.context.close()


@pytest.fixture
def tab(opened):
    """The page as it was opened, whatever a test before this one looked at."""
    yield opened
    opened.set_viewport_size(DESKTOP)
    opened.emulate_media(color_scheme="light", media="screen")
    complaints = opened.complaints[:]
    opened.complaints.clear()
    assert not complaints


@pytest.fixture
def phone(opened_on_a_phone):
    yield opened_on_a_phone
    complaints = opened_on_a_phone.complaints[:]
    opened_on_a_phone.complaints.clear()
    assert not complaints
