"""Figures sleep until a reader comes near, and are there for whoever comes by Tab.

A test fails where a figure far away is drawn all the same, is passed over by Tab, or loses the reader as it wakes.
"""

import pytest
from placed import PAGE_OF
from playwright.sync_api import expect

FAR = PAGE_OF["Pooling"]


def test_a_figure_far_away_sleeps_until_a_reader_is_near(visit):
    tab = visit(FAR, lives=False)
    tab.evaluate("new Promise((idle) => requestIdleCallback(() => setTimeout(idle, 500)))")
    place = tab.locator(".explorable").first
    assert place.locator(".pa-figure").count() == 0
    assert place.locator("img").count() == 1
    top = place.evaluate("(place) => place.getBoundingClientRect().top + scrollY")
    # Not yet in sight, but less than a screen away.
    tab.evaluate("(top) => scrollTo(0, top - 1.5 * innerHeight)", top)
    expect(place).to_contain_class("alive")
    assert not place.get_attribute("tabindex")
    assert not place.get_attribute("role")


@pytest.mark.parametrize(("key", "order"), [("Tab", 1), ("Shift+Tab", -1)])
def test_a_sleeping_figure_is_reached_by_tab(visit, key, order):
    tab = visit(FAR, lives=False)
    # From what stands next to it, without scrolling there.
    tab.locator(".explorable").first.evaluate(
        """(place, order) => {
          const side = order > 0 ? Node.DOCUMENT_POSITION_PRECEDING : Node.DOCUMENT_POSITION_FOLLOWING;
          [...document.querySelectorAll("a[href], button, input, [tabindex]")]
            .filter((each) => place.compareDocumentPosition(each) & side && !place.contains(each))
            .filter((each) => each.checkVisibility()).at(order > 0 ? -1 : 0).focus({ preventScroll: true });
        }""",
        order,
    )
    tab.keyboard.press(key)
    place = tab.locator(".explorable").first
    expect(place).to_contain_class("alive")
    inside = place.locator("input, select, button, [tabindex='0']")
    expect(inside.first if order > 0 else inside.last).to_be_focused()
