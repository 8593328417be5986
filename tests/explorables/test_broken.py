"""A figure that is broken on its way to the reader.

A test fails where one that cannot live takes its still, its neighbour or the page with it.
"""

import pytest
from every_figure import figures_tested
from live_figure import LOOK, SET, figure_of
from placed import FOUND, PAGE_OF, PAGES, with_figures
from playwright.sync_api import expect

from theme import figures


def spoil(**changes):
    return lambda states: figures.embed({**states, "figure-1": states["figure-1"] | changes})


def spoil_code(old, new):
    def spoiled(states):
        code = states["figure-1"]["_esm"]
        assert code.count(old) == 1
        return spoil(_esm=code.replace(old, new))(states)

    return spoiled


# How the state is spoiled, and how many of the two figures live on.
SPOILED = {
    "state cut short": (lambda states: figures.embed(states)[:-3], 0),
    "state empty": (lambda states: "", 0),
    "state of another kind": (lambda states: "null", 0),
    "no such model": (lambda states: figures.embed({"figure-2": states["figure-2"]}), 1),
    "no code": (lambda states: figures.embed({**states, "figure-1": {"_data": {}}}), 1),
    "code that is no code": (spoil(_esm="function {"), 1),
    "code that throws": (spoil(_esm="throw new Error('at import')"), 1),
    "code without a figure": (spoil(_esm="export const nothing = 0"), 1),
    "drawing throws": (spoil(_esm="export default { render() { throw new Error('at once') } }"), 1),
    "drawing fails late": (spoil(_esm="export default { async render() { throw new Error('late') } }"), 1),
    "no data": (spoil(_data={}), 1),
    "some data gone": (spoil(_data={}), 1),
    "throws at the first update": (spoil_code("chart.show(weights);", "nonsense(weights);"), 1),
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_broken_figure_shows_its_still_and_the_rest_lives(visit, how):
    page = PAGE_OF["SoftLookup"]
    other = FOUND[PAGE_OF["Pooling"]]["figure-1"]
    states = {"figure-1": FOUND[page]["figure-1"], "figure-2": other}
    spoiled, living = SPOILED[how]
    tab = visit(page, html=with_figures(PAGES[page], spoiled(states), marks=states), lives=False)
    places = tab.locator(".explorable")
    places.first.scroll_into_view_if_needed()  # they wake when a reader comes near
    expect(places.locator(".broken")).to_have_count(2 - living)
    expect(tab.locator(".explorable.alive")).to_have_count(living)

    for place in places.all()[: 2 - living]:
        assert place.locator("img").is_visible()
        line = place.locator(".broken")
        assert line.is_visible()
        assert line.inner_text() == "This figure could not be brought to life. The picture shows how it begins."
        assert place.locator(".pa-figure, input, select, button").count() == 0
    if living:
        figure = figure_of(tab)
        figure.evaluate(SET, [0.3] * 3)
        figures_tested()["Pooling"].check_after_a_control(other, figure.evaluate(LOOK))
        assert not places.nth(1).locator("img").is_visible()
    # Time for whatever a half-drawn figure might still throw.
    tab.set_viewport_size({"width": 700, "height": 700})
    tab.evaluate("new Promise((wait) => setTimeout(wait, 500))")
    assert len(visit.complaints) <= 1
    assert not [said for said in visit.complaints if said.startswith("uncaught")]
    visit.complaints.clear()

    tab.set_viewport_size({"width": 1280, "height": 700})
    search = tab.locator("#contents input[type=search]")
    search.fill("salience")
    search.press("Enter")
    tab.wait_for_selector("#results li")
