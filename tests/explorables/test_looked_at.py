"""Figures as different readers have them: in their own colours, in the dark, by ear, on a phone.

A test fails where a mark is lost in forced colours, an empty slider outshines a full one, the still's words go when a
figure comes alive, a control and what it changes are not in sight together, or the build takes some of a figure's style
for unused.
"""

import io

import numpy as np
import pytest
from live_figure import figure_of
from PIL import Image
from placed import FOUND, every_page, name_of

from paying_attention import explorables

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def seen(place):
    """The pixels of a place as they are on the screen: shape (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(place.screenshot())).convert("RGB")).astype(float)


def colours(place):
    """The colours within a place, its edges left out."""
    pixels = seen(place)
    return pixels[2:-2, 2:-2].reshape(-1, 3)


def of_one_colour(place, distance=40):
    inside = colours(place)
    return bool((np.abs(inside - inside[0]).sum(axis=1) < distance).all())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@every_page
def test_in_forced_colours_every_mark_is_there(visit, page, scheme):
    tab = visit(page, forced_colors="active", color_scheme=scheme)
    figure = figure_of(tab)
    ground = colours(tab.locator("h1"))[0]
    fills = figure.locator(".pa-fill").all()
    for fill in fills:
        box = fill.bounding_box()
        if box["width"] > 8:
            assert np.abs(colours(fill) - ground).sum(axis=1).min() > 60
    # A bar of nothing is to be seen as one.
    for track in figure.locator(".pa-track").all()[:3]:
        assert track.evaluate("(track) => getComputedStyle(track).outlineStyle") == "solid"
    for swatch in figure.locator(".pa-swatch > :last-child").all():
        assert np.abs(colours(swatch) - ground).sum(axis=1).min() > 60
    for bar in figure.locator(".pa-bar").all():
        assert len(np.unique(colours(bar).round(-1), axis=0)) > 8
    # Letters have the ground that says their weight, and their ink stands out from it.
    for letter in figure.locator(".pa-letter[style]").all()[:20]:
        asked = letter.evaluate("(letter) => letter.style.background.match(/[0-9]+/g).map(Number)")
        assert np.abs(np.median(colours(letter), axis=0) - asked).max() <= 3
    # What is chosen is marked by more than a colour.
    for chosen in figure.locator(".pa-letter[aria-pressed='true'], .pa-chosen").all():
        style = chosen.evaluate(
            "(one) => { const s = getComputedStyle(one); return [s.textDecorationLine, s.outlineStyle]; }"
        )
        assert style == ["underline", "solid"]
    # Cells of heatmaps keep theirs.
    for cells in figure.locator("svg:has(> rect[fill]), canvas").all():
        assert not of_one_colour(cells)


@every_page
def test_in_the_dark_the_empty_part_of_a_slider_is_the_darker_one(visit, page):
    tab = visit(page, color_scheme="dark")
    for slider in figure_of(tab).locator("input[type=range]:enabled").all()[:3]:
        slider.evaluate("""(slider) => {
          slider.value = (Number(slider.min) + Number(slider.max)) / 2;
          slider.dispatchEvent(new Event("input", { bubbles: true }));
        }""")
        pixels = seen(slider).mean(axis=2)
        row = pixels[pixels.shape[0] // 2]
        full, empty = row[len(row) // 5], row[-len(row) // 5]
        assert empty < full


@every_page
def test_what_the_still_shows_is_said_of_the_live_figure(visit, page):
    tab = visit(page)
    figure_of(tab)
    place = tab.locator(".explorable").first
    still = place.locator("img").get_attribute("alt")
    session = tab.context.new_cdp_session(tab)
    (node,) = [
        node
        for node in session.send("Accessibility.getFullAXTree")["nodes"]
        if node.get("description", {}).get("value", "") == still
    ]
    assert node["role"]["value"] == "group"
    assert node["name"]["value"] == place.locator(".pa-figure").get_attribute("aria-label")


@every_page
def test_on_a_phone_a_control_and_what_it_changes_are_in_sight(visit, page):
    tab = visit(page, **PHONE)
    figure = figure_of(tab)
    for control in figure.locator("input, select").all():
        figure.evaluate("(figure) => figure.scrollIntoView()")
        control.evaluate("(control) => control.focus({ preventScroll: true })")
        stage, hand, moved = (
            place.bounding_box() for place in (figure.locator(".pa-stage"), figure.locator(".pa-hand"), control)
        )
        assert stage["y"] >= tab.locator(".side header").bounding_box()["height"]
        assert moved["y"] + moved["height"] <= 740
        # All of the stage, but for a line of its captions.
        assert stage["y"] + stage["height"] <= hand["y"] + 20
    # The controls are there as soon as half of the screen is the figure's.
    figure.evaluate("(figure) => scrollBy(0, figure.getBoundingClientRect().top - 370)")
    hand = figure.locator(".pa-hand").bounding_box()
    assert hand["y"] + hand["height"] <= 740.5


def test_a_wish_for_nothing_has_no_strength(visit):
    tab = visit("intro.html")
    figure = figure_of(tab)
    strength = figure.get_by_role("slider", name="Strength of the wish")
    before = figure.get_attribute("data-weights")
    strength.press("End")
    assert figure.get_attribute("data-weights") != before
    figure.get_by_role("combobox").select_option("nothing in particular")
    assert strength.is_disabled()
    assert figure.get_by_text("nothing is wanted").is_visible()
    figure.get_by_role("combobox").select_option("pictures")
    assert strength.is_enabled()
    assert not figure.get_by_text("nothing is wanted").is_visible()


# Which parts of a figure look otherwise with another sheet in the place of its own. A background of `none` is `0 0`
# where it is written shortly, and is seen as little.
WITH = """(figure, [own, other]) => {
  const sheet = [...document.querySelectorAll("style")].find((style) => style.textContent === own);
  const looks = () => [figure, ...figure.querySelectorAll("*")].map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    const style = getComputedStyle(part);
    const names = [...style].filter((name) => !name.startsWith("background-position"));
    return [part.outerHTML.slice(0, 60), x, y, width, height, ...names.map((name) => style.getPropertyValue(name))];
  });
  const before = looks().map(String);
  sheet.textContent = other;
  return looks().map(String).filter((look, i) => look !== before[i]);
}"""


@every_page
def test_a_figure_has_all_of_the_style_that_it_has_parts_for(visit, page):
    state = FOUND[page]["figure-1"]
    whole = getattr(explorables, name_of(state))._css
    assert len(state["_css"]) < len(whole)
    assert figure_of(visit(page)).evaluate(WITH, [state["_css"], whole]) == []
