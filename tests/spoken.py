"""What an interactive figure says to a reader, all of it, on a page by itself."""

import json
import re
from textwrap import dedent

from live_figure import SET
from places import ROOT

from paying_attention.explorables.base import Choice
from paying_attention.language import chinese_of
from theme import figures
from theme.editions import with_words

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# Latin words that Chinese has too.
KEPT = {"Epanechnikov"}
# What is to be seen and to be heard.
SAID = """() => {
  const figure = document.querySelector(".pa-figure");
  const texts = [];
  const walk = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) texts.push(walk.currentNode.textContent);
  for (const one of [figure, ...figure.querySelectorAll("*")]) {
    for (const { name, value } of one.attributes) {
      if (/^(aria-(label|valuetext|roledescription|description)|title|alt|placeholder)$/.test(name)) texts.push(value);
    }
  }
  return { texts, expected: Object.values(figure.limits).map((limit) => limit.expected) };
}"""


def page_of(state):
    """A page with nothing but a figure of this state."""
    return dedent(f"""
        <!doctype html>
        <div class="explorable"><script type="{figures.VIEW}">{{"model_id": "figure-1"}}</script></div>
        <script type="{figures.STATE}">{figures.embed({"figure-1": state})}</script>
        <script>{with_words((ROOT / "theme" / "static" / "figures.js").read_text("utf-8"))}</script>
    """)


def said_by(browser, state):
    """All texts of a figure, moved to and fro, and what it says that an address may ask for."""
    tab = browser.new_page()
    wrong = []
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("console", lambda said: wrong.append(said.text) if said.type == "warning" else None)
    tab.set_content(page_of(state))
    tab.locator(".explorable.alive").wait_for(state="attached")
    figure = tab.locator(".pa-figure")
    texts, sentences = [], []
    count = figure.locator("input, select").count()
    for share in (0, 0.3, 0.5, 0.7, 0.99):
        figure.evaluate(SET, [share] * count)
        texts += tab.evaluate(SAID)["texts"]
        sentences.append(figure.locator(".pa-seen").text_content())
    for area in figure.locator("textarea").all():
        for typed in ("?", " ", ""):
            area.fill(typed)
            texts += tab.evaluate(SAID)["texts"]
    expected = tab.evaluate(SAID)["expected"]
    tab.close()
    assert not wrong
    return texts, sentences, expected


def strings(data):
    """All texts in the data of a figure."""
    if isinstance(data, dict):
        return [text for key, value in data.items() for text in [key, *strings(value)]]
    if isinstance(data, list | tuple):
        return [text for each in data for text in strings(each)]
    return [data] if isinstance(data, str) else []


def words(texts):
    return {word for text in texts for word in re.findall(r"[A-Za-z]{2,}", text)}


def speaks_chinese(browser, figure):
    """Whether a figure says nothing in English on a Chinese page but what is a name there."""
    room = type(figure).__module__.rpartition(".")[2]
    state = figure.get_state()
    english, chinese = figures.alive(state, "en"), figures.alive(state, "zh_CN")
    assert not re.search(r"[\u4e00-\u9fff]", english["_esm"])
    said = chinese_of("explorables/common", f"explorables/{room}")
    names = [text for text in strings(json.loads(json.dumps(figure._data))) if text not in said and len(text) < 200]
    texts, sentences, expected = said_by(browser, chinese)
    assert not words(texts) - words(names) - KEPT
    for text in [*texts, *sentences, *expected]:
        assert not re.search(r"undefined|NaN|\{|\}", text), text
    for sentence in sentences:
        assert re.fullmatch(r"[^。]*[\u4e00-\u9fff][^。]*。", sentence), sentence
        assert not re.search(r"[\u4e00-\u9fff，。；：] | [\u4e00-\u9fff]", sentence), sentence
    # An address gives choices the names that they have in Python.
    choices = [trait for trait in figure.traits().values() if isinstance(trait, Choice)]
    for text in expected:
        assert re.search(r"[\u4e00-\u9fff]", text), text
        assert not words([text]) - words(value for trait in choices for value in trait.values) - {"A", "Z"}, text
    assert {value for trait in choices for value in trait.values} <= set(said)
    # In English it says the same numbers.
    for one, other in zip(said_by(browser, english)[1], sentences, strict=True):
        assert sorted(NUMBER.findall(one)) == sorted(NUMBER.findall(other)), (one, other)
