"""What holds for every interactive figure: in Python, on the pages of the built site, in a browser.

`make test` builds the site first. What a figure shows is compared with torch, in double precision and by the
definitions: neither the figures' scripts nor their Python classes compute what is expected here.
"""

import json
import math
import random
import re
import runpy
from functools import partial
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
import traitlets
from figure_elsewhere import OnOtherScreensAndPaper
from live_figure import (
    DRAG,
    LOOK,
    SCREEN,
    SET,
    agree,
    centre,
    figure_of,
    is_one_sentence,
    plain,
    words_in,
    written,
)
from over import over
from placed import FOUND, PAGE_OF, PAGES, PLACED, own_state, with_figures
from places import ROOT, SITE
from playwright.sync_api import expect
from rjsmin import jsmin
from spoken import speaks_chinese

from paying_attention import explorables
from paying_attention.language import script_in_english

CLASS = re.compile(r"\.(pa-[\w-]+)")
HEX = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")


def among(*words):
    return lambda choose: choose.choice(words)


def up_to(last):
    return lambda choose: choose.randint(0, last)


def between(low, high):
    return lambda choose: choose.uniform(low, high)


def times(low, high):
    return lambda choose: low * (high / low) ** choose.random()


class EveryFigure(OnOtherScreensAndPaper):
    """The tests. A figure's file of tests says what it is to show and how it is moved."""

    name: str  # of its class
    state: dict  # how it begins, something else that is allowed, and how to choose any
    controls: dict  # the label of each native control, and what it moves
    logarithmic: dict = {}  # sliders on which equal ways multiply equally, and between what
    refused = ()  # a trait, a value that it cannot have, and what the error says was expected and came
    undrawable = ()  # data that cannot be drawn, the kind of error, what it says
    stills = ()  # a figure, and words in its still
    pointed_at = ()  # traits that are not marked in the still
    data_as_arguments = ()  # traits that are data as long as there is no figure yet
    may_be_out_of_reach = False  # there is a state in which nothing is to be computed
    may_stand_still = False  # a slider reaches beyond what there is, and then nothing more moves
    in_notebook: str  # how to make one

    @staticmethod
    def make(**state):
        """A figure, of made-up data where it needs some."""
        raise NotImplementedError

    @staticmethod
    def shows(data, **state):
        """What it is to show, by the definitions and in double precision."""
        raise NotImplementedError

    def says(self, data, state, shown):
        """What its sentence says, apart from names: numbers, in this order."""
        raise NotImplementedError

    def sentence(self, sentence, data, state, shown):
        """The sentence without its names, which are checked here."""
        return sentence

    def check_more(self, data, state, shown, look):
        """What a figure shows besides numbers of its state, a sentence and bars."""

    def written_as(self, trait, data, state):
        """What stands beside a slider: a text, or the number that it rounds."""
        return state[trait]

    def spoken_as(self, trait, text, data, state):
        """What a screen reader says of a slider beside which this text stands."""
        return text

    def computed(self, figure, quantity):
        """What the Python class computes, of which `shows` has the definition."""
        return getattr(figure, quantity)

    def expected_in_python(self, shown, state):
        return shown

    def move_by_hand(self, tab, figure):
        """Move what no native control moves."""

    def moved(self, tab, figure, state, settings, choose):
        """For each setting of the controls: the setting, what was pointed at besides, and a look."""
        move_and_look = f"(figure, all) => all.map((shares) => {{ ({SET})(figure, shares); return ({LOOK})(figure); }})"
        for shares, look in zip(settings, figure.evaluate(move_and_look, settings), strict=True):
            yield shares, {}, look

    def pytest_generate_tests(self, metafunc):
        pages = [page for page, name in PLACED if name == self.name]
        tables = {
            "traits": ("trait", list(self.state)),
            "refused": (("trait", "value", "expected", "came"), self.refused),
            "undrawable": (("make", "error", "message"), self.undrawable),
            "stills": (("make", "words"), self.stills),
            "pages": ("page", pages),
            "places": (("page", "place"), [(page, place) for page in pages for place in ("server", "folder")]),
            "hands": (("page", "hand"), [(page, hand) for page in pages for hand in DRAG]),
        }
        if (table := getattr(metafunc.function, "over", None)) in tables:
            metafunc.parametrize(*tables[table])

    def shown_by(self, data, state):
        return {quantity: plain(value) for quantity, value in self.shows(data, **state).items()}

    def states_by_the_controls(self, look):
        """What the figure's native controls say about its state."""
        state = {}
        for control in look["controls"]:
            trait = self.controls[control["label"]]
            if control["text"] is None:
                state[trait] = control["value"]
            elif trait in self.logarithmic:
                low, high = self.logarithmic[trait]
                share = (float(control["value"]) - control["min"]) / (control["max"] - control["min"])
                state[trait] = low * (high / low) ** share
            elif isinstance(self.state[trait][0], int):
                state[trait] = int(control["value"])
            else:
                state[trait] = float(control["value"])
        return state

    def check_after_a_control(self, state, look, *moved):
        """Check a figure after all controls or these have been moved; return its state, which was `state` before."""
        says = self.states_by_the_controls(look)
        state = {**state, **{trait: says[trait] for trait in moved or says}}
        self.check(state, look)
        return state

    def check(self, state, look):
        """Whether all that a figure shows is what torch computes for its state."""
        data, state = state["_data"], {trait: state[trait] for trait in self.state}
        expected = self.shown_by(data, state)
        for quantity, number in expected.items():
            found = json.loads(look["dataset"].get(quantity, "null"))
            assert agree(found, number), (quantity, state, found, number)

        for control in look["controls"]:
            trait = self.controls[control["label"]]
            if control["text"] is None:
                assert control["value"] == state[trait]
                continue
            beside = self.written_as(trait, data, state)
            assert control["text"] == beside if isinstance(beside, str) else written(control["text"], beside), control
            assert control["spoken"] == self.spoken_as(trait, control["text"], data, state)
            place = state[trait]
            if trait in self.logarithmic:
                low, high = self.logarithmic[trait]
                share = math.log(place / low) / math.log(high / low)
                place = control["min"] + (control["max"] - control["min"]) * share
            assert abs(place - float(control["value"])) <= control["step"] / 2 + 1e-9

        assert is_one_sentence(look["sentence"]), look["sentence"]
        said = re.findall(r"-?\d+(?:\.\d+)?", self.sentence(look["sentence"], data, state, expected))
        numbers = self.says(data, state, expected)
        assert len(said) == len(numbers), look["sentence"]
        assert all(map(written, said, numbers)), (look["sentence"], numbers)

        for bar, weight in zip(look["bars"], expected["weights"] if look["bars"] else [], strict=True):
            assert written(bar["number"], weight), bar
            assert bar["share"] == pytest.approx(weight, abs=0.01)
        self.check_more(data, state, expected, look)

    # In Python

    @over("traits")
    def test_the_state_is_read_and_set(self, trait):
        default, other, _ = self.state[trait]
        figure = self.make()
        assert getattr(figure, trait) == default
        setattr(figure, trait, other)
        assert getattr(figure, trait) == other
        assert getattr(self.make(**{trait: other}), trait) == other
        # Another of the same kind has a state of its own.
        assert getattr(self.make(), trait) == default

    def test_all_of_the_state_is_tested(self):
        assert set(self.state) == own_state(self.name)

    @over("refused")
    def test_a_state_that_cannot_be_is_refused(self, trait, value, expected, came):
        figure = self.make()
        before = getattr(figure, trait)
        for attempt in (partial(setattr, figure, trait), lambda value: self.make(**{trait: value})):
            with pytest.raises(traitlets.TraitError) as refusal:
                attempt(value)
            for part in (trait, expected, came):
                assert part in str(refusal.value)
            if trait in self.data_as_arguments:
                break
        assert getattr(figure, trait) == before

    @over("undrawable")
    def test_data_that_cannot_be_drawn_are_refused(self, make, error, message):
        with pytest.raises(error, match=message):
            make()

    def test_python_computes_what_the_definitions_say(self):
        choose = random.Random(self.name)
        out_of_reach = 0
        figure = self.make()
        for _ in range(40):
            state = {trait: any_of(choose) for trait, (_, _, any_of) in self.state.items()}
            for trait, value in state.items():
                setattr(figure, trait, value)
            expected = self.expected_in_python(self.shown_by(figure._data, state), state)
            for quantity, number in expected.items():
                if number is None:
                    out_of_reach += 1
                    with pytest.raises(ValueError, match="out of reach"):
                        self.computed(figure, quantity)
                else:
                    assert agree(plain(self.computed(figure, quantity)), number, 1e-9), (quantity, state)
        assert (out_of_reach > 0) == self.may_be_out_of_reach

    @over("stills")
    def test_a_still_has_words_and_is_the_same_twice(self, make, words):
        windows, look = plt.get_fignums(), dict(plt.rcParams)
        figure = make()
        still = figure.still()
        assert all(word in words_in(still) for word in words)
        size = ElementTree.fromstring(still).attrib
        assert (size["width"], size["height"]) == ("504pt", f"{72 * figure.height:g}pt")
        assert still == make().still()
        # Nothing stays behind for the reader's own figures.
        assert plt.get_fignums() == windows
        assert dict(plt.rcParams) == look

    def test_a_still_follows_the_state(self):
        figure = self.make()
        stills = {figure.still()}
        for trait, (_, other, _) in self.state.items():
            # A place that is pointed at is not marked in the still.
            if trait not in self.pointed_at:
                setattr(figure, trait, other)
                stills.add(figure.still())
        assert len(stills) == 1 + len(self.state) - len(self.pointed_at)

    def test_a_notebook_gets_the_widget_and_its_still(self):
        figure = self.make()
        data, _ = figure._repr_mimebundle_()
        assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
        assert data["image/svg+xml"] == figure.still()

    def test_it_speaks_chinese_where_it_is_asked_to(self, browser):
        speaks_chinese(browser, self.make())

    # On the pages of the site

    def test_it_is_on_the_page_of_a_chapter(self):
        assert self.name in PAGE_OF

    @over("pages")
    def test_a_page_carries_a_figure_with_its_picture_and_nothing_random(self, page):
        html = PAGES[page]
        state = FOUND[page]["figure-1"]
        # What is tested is what is in the repository, without its comments.
        figure = getattr(explorables, self.name)
        assert state["_esm"] == jsmin(script_in_english(figure._esm))
        styled, kept = (set(CLASS.findall(css)) for css in (figure._css, state["_css"]))
        used = {name for name in styled if re.search(rf"(?<![\w-]){name}(?![\w-])", figure._esm)}
        together = [set(CLASS.findall(selector)) for selector in re.split("[{},]", figure._css)]
        needed = set().union(*(names for names in together if names <= used))
        assert needed <= kept < styled
        assert set(state) - {"_later"} == set(self.state) | {"_data", "_esm", "_css"}
        assert isinstance(state.get("_later", ""), str)  # what is put aside is not on the page, but its address is
        marks = re.findall(r'widget-view\+json">(.*?)</script>', html)
        assert [json.loads(mark)["model_id"] for mark in marks] == list(FOUND[page])
        assert not HEX.search(re.sub(r"https?://\S+", "", html))

    @over("places")
    def test_a_figure_computes_as_torch_does(self, visit, server, page, place):
        tab = visit(page, base=server if place == "server" else SITE.as_uri())
        figure = figure_of(tab)
        state = dict(FOUND[page]["figure-1"])
        choose = random.Random(page)
        count = len(self.controls)
        settings = [[0.0] * count, [1.0] * count] + [[choose.random() for _ in range(count)] for _ in range(28)]
        seen = set()
        self.check(state, figure.evaluate(LOOK))
        for shares, pointed, look in self.moved(tab, figure, state, settings, choose):
            reached = self.check_after_a_control(state | pointed, look)
            if shares in settings[:2]:  # the ends of all that can be moved, and no nearer
                for trait, (low, high) in self.logarithmic.items():
                    assert reached.get(trait, low) in (pytest.approx(low), pytest.approx(high))
            seen.add(json.dumps(look["dataset"]))
        assert len(seen) > 20

    @over("pages")
    def test_a_figure_speaks_once_when_it_comes_to_rest(self, visit, page):
        tab = visit(page)
        figure = figure_of(tab)
        status = figure.get_by_role("status")
        assert status.count() == 1
        expect(status).to_have_text(figure.evaluate(LOOK)["sentence"])
        count = len(self.controls)
        before, after, spoken = figure.evaluate(
            f"""async (figure, shares) => {{
              const status = figure.querySelector("[role=status]");
              const before = status.textContent;
              const spoken = [];
              const read = () => spoken.push(status.textContent);
              new MutationObserver(read).observe(status, {{ childList: true, characterData: true, subtree: true }});
              for (const share of shares) ({SET})(figure, Array({count}).fill(share));
              const after = status.textContent;
              await new Promise((said) => {{
                const look = () => spoken.length ? setTimeout(said, 600) : setTimeout(look, 20);
                look();
              }});
              return [before, after, spoken];
            }}""",
            [0.1, 0.9, 0.2, 0.7, 0.99],
        )
        assert after == before
        assert spoken == [figure.evaluate(LOOK)["sentence"]]
        # What was spoken is also to be seen, and not to be heard a second time.
        assert figure.locator(".pa-seen").is_visible()
        assert figure.locator(".pa-seen").get_attribute("aria-hidden") == "true"
        assert figure.get_attribute("aria-label")

    @over("pages")
    def test_reset_brings_everything_back(self, visit, page):
        tab = visit(page)
        figure = figure_of(tab)
        before = figure.evaluate(LOOK)
        figure.evaluate(SET, [0.93] * len(self.controls))
        self.move_by_hand(tab, figure)
        away = figure.evaluate(LOOK)
        assert away["dataset"] != before["dataset"]
        figure.get_by_role("button", name="Reset").click()
        expect(figure.get_by_role("status")).to_have_text(before["sentence"])
        assert figure.evaluate(LOOK) == before | {"spoken": before["sentence"]}

    def test_the_same_figure_twice_shares_nothing(self, visit):
        page = PAGE_OF[self.name]
        states = FOUND[page]
        tab = visit(page, html=with_figures(PAGES[page], states | {"figure-2": states["figure-1"]}))
        expect(tab.locator(".pa-figure")).to_have_count(2)
        count = len(self.controls)

        def both():
            return [tab.locator(".pa-figure").nth(number).evaluate(LOOK)["dataset"] for number in (0, 1)]

        for mine, other in ((0, 1), (1, 0)):
            before = both()
            moved = figure_of(tab, mine)
            moved.evaluate(SET, [0.6 + 0.3 * mine] * count)
            self.move_by_hand(tab, moved)
            after = both()
            assert after[mine] != before[mine]
            assert after[other] == before[other]
        tab.locator(".pa-figure").nth(1).get_by_role("button", name="Reset").click()
        assert both() == [after[0], before[1]]

    @over("hands")
    def test_sliders_are_pulled(self, visit, page, hand):
        tab = visit(page, **SCREEN[hand])
        figure = figure_of(tab)
        state = FOUND[page]["figure-1"]
        for slider in figure.locator("input[type=range]").all():
            moved = self.controls[slider.evaluate("(slider) => slider.labels[0].firstChild.textContent")]
            slider.scroll_into_view_if_needed()
            for begin, end in ((0.1, 0.3), (0.2, 0.8)):
                before = figure.evaluate(LOOK)["dataset"]
                # The handle's middle goes from half its width to half its width before the end.
                width = slider.bounding_box()["width"]
                places = [centre(slider, 8 / width + share * (1 - 16 / width)) for share in (begin, end)]
                DRAG[hand](tab, *places)
                share = slider.evaluate("({ value, min, max }) => (value - min) / (max - min)")
                half = slider.evaluate("({ min, max, step }) => step / (max - min) / 2")  # it stops at steps
                assert share == pytest.approx(end, abs=max(0.06, half + 0.01))
                state = self.check_after_a_control(state, figure.evaluate(LOOK), moved)
                assert figure.evaluate(LOOK)["dataset"] != before or self.may_stand_still

    @over("pages")
    def test_every_control_has_a_name_and_moves_by_keys(self, visit, page):
        tab = visit(page)
        figure = figure_of(tab)
        state = dict(FOUND[page]["figure-1"])
        # Walk in from what comes before the figure, through it, and out.
        figure.evaluate(
            """(figure) => [...document.querySelectorAll("a[href], button, input, [tabindex]")]
              .filter((each) => each.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING)
              .filter((each) => each.checkVisibility()).at(-1).focus()"""
        )
        walked = []
        for _ in range(20):
            tab.keyboard.press("Tab")
            inside = figure.evaluate("(figure) => figure.contains(document.activeElement)")
            if inside:
                walked.append(tab.evaluate("document.activeElement.localName"))
                assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            elif walked:
                break
        expected = figure.locator("input, select, button, [tabindex='0']").evaluate_all(
            "(all) => all.map((one) => one.localName)"
        )
        assert walked == expected
        assert walked[-1] == "button"

        kinds = {"slider": 0, "combobox": 0}
        for label, trait in self.controls.items():
            role = "combobox" if isinstance(self.state[trait][0], str) else "slider"
            kinds[role] += 1
            control = figure.get_by_role(role, name=label, exact=True)
            control.focus()
            if role == "slider":
                places = {}
                for key in ("Home", "ArrowRight", "PageUp", "End", "ArrowLeft"):
                    tab.keyboard.press(key)
                    state = self.check_after_a_control(state, figure.evaluate(LOOK), trait)
                    places[key] = state[trait]
                first, last, step = (float(control.get_attribute(name)) for name in ("min", "max", "step"))
                low, high = self.logarithmic.get(trait, (first, last))
                assert places["Home"] == pytest.approx(low)
                assert low < places["ArrowRight"] < places["PageUp"]
                assert places["End"] == pytest.approx(high)
                assert places["ArrowLeft"] < high
                if last - first == 3 * step:  # the third of four places is the same from both ends
                    assert places["PageUp"] == places["ArrowLeft"]
                else:
                    assert places["PageUp"] < places["ArrowLeft"]
            else:
                for word in control.locator("option").all_inner_texts()[:-3:-1]:
                    tab.keyboard.type(word)
                    expect(control).to_have_value(word)
                    state = self.check_after_a_control(state, figure.evaluate(LOOK), trait)
                    assert state[trait] == word
                    tab.wait_for_timeout(1100)  # after a second the browser begins a new word
        places = {"slider": "input[type=range]", "combobox": "select"}
        assert all(figure.locator(places[role]).count() == count for role, count in kinds.items())
        # What a page scrolls with moves the control alone.
        before = tab.evaluate("scrollY")
        figure.locator("input, select").first.focus()
        tab.keyboard.press("ArrowDown")
        assert tab.evaluate("scrollY") == before


def figures_tested():
    """What each figure's file of tests says of it, by its name."""
    found = {}
    for name in explorables.__all__:
        room = getattr(explorables, name).__module__.rpartition(".")[2]
        found[name] = runpy.run_path(str(ROOT / "tests" / "explorables" / f"test_{room}.py"))[f"Test{name}"]()
    return found
