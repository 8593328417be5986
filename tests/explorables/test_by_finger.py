"""Figures under a finger: the page scrolls on as if they were not there, and nothing moves that was not meant.

A test fails where a figure holds a swipe, changes under one, or no longer answers a tap, a hold or a sideways move.
"""

import json

import pytest
from browser import wait_until
from live_figure import LOOK, SCREEN, centre, drag_by_finger, figure_of, uncovered
from placed import PAGE_OF, every_page

PHONE = SCREEN["touch"] | {"viewport": {"width": 360, "height": 740}}


def finger(tab, *events, wait=0):
    """Touch as the browser's input queue has it: down, on the way, up."""
    session = tab.context.new_cdp_session(tab)
    for kind, place in events:
        points = [{"x": place[0], "y": place[1]}] if place else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        if kind == "touchStart" and wait:
            tab.wait_for_timeout(wait)
    session.detach()


def state_of(figure):
    return figure.evaluate("(figure) => JSON.stringify(figure.closest('.live').model.get('y') ?? 0)"), figure.evaluate(
        LOOK
    )


# A page scrolls on after a swipe, and a finger would miss what it means. Two frames at one place: it stands.
STANDS = """() => new Promise((resolve) => {
    const look = (before) => requestAnimationFrame(() => requestAnimationFrame(() =>
        scrollY === before ? resolve() : look(scrollY)));
    look(NaN);
})"""
# How long the machine has taken at most from a finger's touch to its first move: longer, and the finger holds.
LATE = """() => {
    let begun, moves;
    globalThis.late = 0;
    addEventListener("touchstart", () => ((begun = performance.now()), (moves = 0)), { capture: true, passive: true });
    const note = () => moves++ || (globalThis.late = Math.max(late, performance.now() - begun));
    addEventListener("touchmove", note, { capture: true, passive: true });
}"""


@every_page
def test_a_swipe_scrolls_the_page_and_changes_nothing(visit, page):
    tab = visit(page, **PHONE)
    tab.evaluate(LATE)
    try:
        swipe_everywhere(tab)
    except AssertionError:
        if tab.evaluate("late") < 350:
            raise
        swipe_everywhere(visit(page, **PHONE))


def swipe_everywhere(tab):
    figure = figure_of(tab)
    begins = figure.locator(".pa-stage").locator("svg, canvas, .pa-line, .pa-bars, .pa-handle").all()[:8]
    assert begins
    begins += figure.locator("input[type=range]").all()
    for begin in begins:
        tab.evaluate(STANDS)
        begin.evaluate("(begin) => begin.scrollIntoView({ block: 'center' })")
        before, scrolled = state_of(figure), tab.evaluate("scrollY")
        x, y = centre(begin)
        drag_by_finger(tab, (x, y), (x + 4, y - 150))
        wait_until(tab, "(before) => scrollY > before + 60", scrolled)
        after = state_of(figure)
        assert after[0] == before[0]
        assert after[1]["dataset"] == before[1]["dataset"]
        assert after[1]["controls"] == before[1]["controls"]


def test_cells_are_chosen_by_a_tap_and_by_sideways_moves(visit):
    tab = visit(PAGE_OF["HeatmapReader"], **PHONE)
    figure = figure_of(tab)
    panel = figure.get_by_role("application").first
    panel.evaluate("(panel) => panel.scrollIntoView({ block: 'center' })")
    cells = panel.locator("rect[fill]")
    count = round(cells.count() ** 0.5)
    tab.touchscreen.tap(*centre(cells.nth(3 * count + 2)))
    assert "query 3, key 2," in figure.evaluate(LOOK)["sentence"]
    scrolled = tab.evaluate("scrollY")
    drag_by_finger(
        tab, centre(cells.nth(3 * count + 2)), centre(cells.nth(3 * count + 9)), centre(cells.nth(6 * count + 9))
    )
    assert "query 6, key 9," in figure.evaluate(LOOK)["sentence"]
    assert tab.evaluate("scrollY") == scrolled


@pytest.mark.parametrize("how", ["tapped before", "held"])
def test_a_measurement_follows_a_finger_that_has_tapped_or_held_it(visit, how):
    tab = visit(PAGE_OF["Pooling"], **PHONE)
    figure = figure_of(tab)
    points = figure.locator(".pa-point")
    i = uncovered(points, 20)
    begin = centre(points.nth(i))
    ends = [(begin[0] + 3, begin[1] + share * 45) for share in (0.3, 0.6, 1)]
    before, scrolled = json.loads(state_of(figure)[0]), tab.evaluate("scrollY")
    if how == "tapped before":
        tab.touchscreen.tap(*begin)
        assert json.loads(state_of(figure)[0]) == before
    down, up = ("touchStart", begin), ("touchEnd", None)
    finger(tab, down, *(("touchMove", end) for end in ends), up, wait=600 if how == "held" else 0)
    after = json.loads(state_of(figure)[0])
    assert [k for k, (one, other) in enumerate(zip(before, after, strict=True)) if one != other] == [i]
    assert after[i] < before[i]
    assert tab.evaluate("scrollY") == scrolled
    assert abs(centre(points.nth(i))[1] - ends[-1][1]) < 2
