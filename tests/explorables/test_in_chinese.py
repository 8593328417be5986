"""The Chinese of the interactive figures: every text of their scripts has it, and no list has more than is said.

A test fails where a script says something that its list does not have, where a list has what no script says, or where a
figure in a Chinese notebook speaks English. What is to be seen and heard of each figure is in `every_figure.py`.
"""

import json
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from placed import FOUND, PAGE_OF, PAGES, with_figures

from paying_attention import explorables
from paying_attention.explorables.base import Choice
from paying_attention.language import HERE, TEMPLATE, chinese_of, script_in_chinese, texts_of_script

ROOMS = sorted(path.stem for path in (HERE / "explorables").glob("*.js"))
LISTS = sorted(path.name.removesuffix(".zh.json") for path in (HERE / "explorables").glob("*.zh.json"))
FIGURES = {figure.__module__.rpartition(".")[2]: figure for figure in map(vars(explorables).get, explorables.__all__)}
PART = re.compile(r"\{(\d+)\}")
each_room = pytest.mark.parametrize("room", ROOMS)


def script(room):
    return (HERE / "explorables" / f"{room}.js").read_text("utf-8")


def literals(room):
    """The texts that a script says, as the lists have them."""
    return texts_of_script(script(room))


def chosen(room):
    """What may be chosen in a figure: these texts are in its Python."""
    traits = FIGURES[room].class_traits().values() if room in FIGURES else ()
    return {value for trait in traits if isinstance(trait, Choice) for value in trait.values}


def listed(room):
    return chinese_of(f"explorables/{room}")


def test_each_script_has_its_list_and_each_list_its_script():
    assert ROOMS == LISTS


@each_room
def test_each_text_of_a_script_has_its_chinese_beside_it_and_no_other_has(room):
    source = script(room) + ((HERE / "explorables" / f"{room}.py").read_text("utf-8") if room in FIGURES else "")
    assert literals(room) | chosen(room) <= set(listed(room))
    for text in set(listed(room)) - literals(room):  # data, which Python has
        assert f'"{text}"' in source, text


@each_room
def test_a_text_keeps_its_parts_and_is_chinese(room):
    for english, chinese in listed(room).items():
        assert sorted(PART.findall(english)) == sorted(PART.findall(chinese)), chinese
        assert re.search(r"[\u4e00-\u9fff，]", chinese), chinese
        assert english.endswith(".") == chinese.endswith("。"), chinese


@each_room
def test_a_text_is_written_in_one_piece_where_it_is_said(room):
    """What could not be read of a script would have no Chinese."""
    said = re.sub(r"^const say = .*$", "", re.sub(r"//.*", "", script(room)), flags=re.MULTILINE)
    assert len(re.findall(r"\bsay\b", said)) == len(TEMPLATE.findall(said)) > 0


def test_parts_are_numbered_in_their_order_in_english():
    said = "return say`Step ${step + 1} of ${steps.length}`; say`Reset`; say`${a} and ${b}`"
    assert texts_of_script(said) == {"Step {1} of {2}", "Reset", "{1} and {2}"}


def test_no_other_script_says_what_the_common_one_does():
    for room in set(ROOMS) - {"common"}:
        assert not set(listed(room)) & set(listed("common")), room


def test_words_are_put_where_a_script_has_none_and_where_it_has_some():
    own = "const say = String.raw;\nconst called = (english) => english;\n"
    own += "render(say`The gaze rests on ${name()}, with a weight of ${1}.`);"
    once = script_in_chinese(own, "shelf")
    said = listed("common") | listed("shelf")
    text = said.pop("The gaze rests on {1}, with a weight of {2}.")
    assert once.endswith(f";\nrender(`{text.replace('{1}', '${name()}').replace('{2}', '${1}')}`);")
    assert json.loads(once.removeprefix("const called = (english) => (").partition(")[english]")[0]) == said
    assert script_in_chinese(once, "shelf") == once
    for wrong in ("render();", f"{own}\n{own}"):
        with pytest.raises(ValueError, match="one place for its words"):
            script_in_chinese(wrong, "shelf")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_figures_of_a_notebook_speak_the_language_that_it_asked_for(language):
    code = """
from paying_attention import explorables
print([name for name in explorables.__all__ if "\u91cd\u7f6e" in getattr(explorables, name)._esm])
"""
    asked = os.environ | {"PAYING_ATTENTION_LANGUAGE": language}
    found = subprocess.run([sys.executable, "-c", code], env=asked, check=True, capture_output=True, text=True).stdout
    assert found.strip() == str(explorables.__all__ if language == "zh" else [])


def test_a_saved_figure_has_its_chinese_within_its_edges(visit):
    page = PAGE_OF["Pooling"]
    state = FOUND[page]["figure-1"] | {"_esm": script_in_chinese(explorables.Pooling._esm, "pooling")}
    html = with_figures(PAGES[page], {"figure-1": state})
    tab = visit(page, html=html, viewport={"width": 390, "height": 844})
    tab.locator("figure:has(.explorable)").first.get_by_role("button", name="Enlarge").click()
    sentence = tab.get_by_role("dialog").locator(".pa-seen").text_content()
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Save SVG").click()
    svg = download.value.path().read_text("utf-8")
    texts = ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iterfind(".//{*}text")]
    assert sentence in "".join(texts)
    assert not any(text.startswith(tuple("，。；：？、）”")) for text in texts)
    tab.set_content(f"<body style='margin:0'>{svg}</body>")
    right = tab.locator("body > svg").bounding_box()["width"]
    ends = tab.locator("svg text").evaluate_all("(texts) => texts.map((text) => text.getBoundingClientRect().right)")
    # The last one says whose figure it is, and is longer than a picture of this width.
    assert max(ends[:-1]) <= right
