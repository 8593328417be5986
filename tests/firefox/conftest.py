"""One Firefox for all tests of this room, and tabs in it that complain aloud. Without a Firefox they are skipped."""

import pytest
from bidi import WHY_NOT, Firefox, Tab, find_firefox
from places import SITE

DESKTOP = (1280, 800)


@pytest.fixture(scope="module")
def firefox():
    path = find_firefox()
    if not path:
        pytest.skip(WHY_NOT)
    with Firefox(path) as firefox:
        yield firefox


@pytest.fixture(params=["server", "folder"])
def base(request, server):
    return server if request.param == "server" else SITE.as_uri()


@pytest.fixture
def visit(firefox, server):
    """Opens pages; whatever Firefox complains of, and any request to elsewhere, fails the test in the end."""
    tabs = []

    def visit(page, base=server, size=DESKTOP):
        tab = Tab(firefox, *size)
        tabs.append(tab)
        tab.go(f"{base}/{page}")
        return tab

    yield visit
    for tab in tabs:
        tab.close()
    own = (server, "data:", "blob:", "file:", "about:")
    assert not [f"asked {address}" for tab in tabs for address in tab.asked if not address.startswith(own)]
    assert not [complaint for tab in tabs for complaint in tab.complaints]
