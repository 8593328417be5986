"""The search, as readers type: what comes first for forty queries, with the keys alone, and what is marked on arrival.

Fails when a place is not in the index, is found by other words than a reader has for it, or is no longer there.
"""

import pytest
from browser import wait_until
from places import SITE

# What is typed, and the place that has to come first: a definition before those who use it.
QUERIES = {
    # words of the book, as they are and as people write them
    "Nadaraya-Watson": "chapters/04-attention-pooling.html#second-answer-near-ones-count-more",
    "atention": "chapters/glossary.html#term-attention",
    "lerning rate": "chapters/05-learning-to-attend.html#learning-one-width",
    "color bar": "chapters/03-visualizing-attention.html#the-trap-in-the-colour-bar",
    "colour bar": "chapters/03-visualizing-attention.html#the-trap-in-the-colour-bar",
    "center surround": "chapters/01-attention-cues.html#how-can-a-difference-be-computed",
    "centre-surround": "chapters/01-attention-cues.html#how-can-a-difference-be-computed",
    "saliency": "chapters/glossary.html#term-salience",
    "softmax": "chapters/glossary.html#term-softmax",
    "query": "chapters/glossary.html#term-query",
    "key": "chapters/glossary.html#term-key",
    "value": "chapters/glossary.html#term-value",
    "heatmap": "chapters/glossary.html#term-heatmap",
    "mask": "chapters/glossary.html#term-mask",
    "causal mask": "chapters/glossary.html#term-causal-mask",
    "temperature": "chapters/glossary.html#term-temperature",
    "pop out": "chapters/glossary.html#term-pop-out",
    "leave-one-out": "chapters/glossary.html#term-leave-one-out",
    "scaled dot product": "chapters/glossary.html#term-scaled-dot-product-attention",
    "additive attention": "chapters/glossary.html#term-additive-attention",
    "average pooling": "chapters/glossary.html#term-average-pooling",
    "nonvolitional cue": "chapters/glossary.html#term-nonvolitional-cue",
    "q k v": "chapters/02-queries-keys-values.html#query-key-value",
    "Does the kernel matter?": "chapters/04-attention-pooling.html#does-the-kernel-matter",
    "digits": "chapters/03-visualizing-attention.html#ten-kinds-of-digits",
    "teacher forcing": "chapters/glossary.html#term-teacher-forcing",
    "boundary bias": "chapters/04-attention-pooling.html#at-the-edge",
    "binder": "chapters/running.html#on-a-machine-that-is-lent-to-you",
    # Chinese
    "注意力": "chapters/glossary.html#term-attention",
    "注意力汇聚": "chapters/glossary.html#term-attention-pooling",
    "查询": "chapters/glossary.html#term-query",
    "显著性": "chapters/glossary.html#term-salience",
    "非自主性提示": "chapters/glossary.html#term-nonvolitional-cue",
    # formulas, as they are written and as they are read
    r"\sqrt{d}": "chapters/06-scoring-functions.html#why-divide-by-the-root-of-d",
    "alpha_i": "chapters/01-attention-cues.html#what-you-want-enters-as-a-second-term",
    # names and numbers
    "attention_pooling": "chapters/toolbox.html#paying_attention.pooling.attention_pooling",
    "show_heatmaps": "chapters/toolbox.html#paying_attention.heatmaps.show_heatmaps",
    "masked_softmax": "chapters/toolbox.html#paying_attention.pooling.masked_softmax",
    "KMP_DUPLICATE_LIB_OK": "chapters/running.html#omp-error-15-and-kmp-duplicate-lib-ok",
    "Fig. 4.8": "chapters/04-attention-pooling.html#fig-explore-pooling",
    "Exercise 3.2": "chapters/03-visualizing-attention.html#shuffled",
}
FIELD = "#contents [type=search]"


@pytest.fixture(params=["server", "folder"])
def base(request, server):
    return server if request.param == "server" else SITE.as_uri()


def test_what_has_to_come_first_does(visit):
    assert len(QUERIES) >= 40
    tab = visit("search.html?q=softmax")
    tab.wait_for_selector("#results li")
    first = "(query) => find(query).found[0]?.address"
    wrong = {query: tab.evaluate(first, query) for query in QUERIES}
    assert wrong == QUERIES


def test_nothing_of_the_search_is_loaded_before_it_is_used(visit):
    tab = visit("chapters/notation.html")
    assert not [address for address in tab.asked if "search" in address]
    tab.keyboard.press("/")
    wait_until(tab, "Boolean(globalThis.suggest)")
    assert [address.rsplit("/", 1)[1] for address in tab.asked if "search" in address] == [
        "search-index.js",
        "search.js",
    ]


@pytest.mark.parametrize("keys", ["/", "Control+k"])
@pytest.mark.parametrize("width", [1280, 360])
def test_a_place_is_found_and_reached_with_the_keyboard_alone(visit, base, keys, width):
    tab = visit("chapters/notation.html", base=base, viewport={"width": width, "height": 740})
    tab.keyboard.press(keys)
    wait_until(tab, "Boolean(globalThis.suggest)")
    tab.keyboard.type("kernel matter")
    options = tab.locator("#suggestions [role=option]")
    options.first.wait_for()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowUp")
    assert tab.locator(FIELD).get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    assert options.first.get_attribute("aria-selected") == "true"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/04-attention-pooling.html#does-the-kernel-matter")
    wait_until(tab, "CSS.highlights.get('found')?.size > 3")
    heading = tab.locator("#does-the-kernel-matter h2").bounding_box()
    assert 0 <= heading["y"] < 200


def test_escape_closes_the_list_and_leaves_the_words(visit):
    tab = visit("chapters/notation.html")
    tab.keyboard.press("/")
    wait_until(tab, "Boolean(globalThis.suggest)")
    tab.keyboard.type("query")
    tab.locator("#suggestions").wait_for()
    tab.keyboard.press("Escape")
    tab.locator("#suggestions").wait_for(state="hidden")
    assert tab.locator(FIELD).input_value() == "query"


def test_a_slash_in_a_text_that_is_typed_stays_there(visit):
    tab = visit("search.html?q=")
    wait_until(tab, "Boolean(globalThis.list)")
    tab.locator("main [type=search]").fill("")
    tab.keyboard.type("a/b")
    assert tab.locator("main [type=search]").input_value() == "a/b"


def test_it_says_what_it_looked_for_instead(visit):
    tab = visit("search.html?q=atention")
    tab.wait_for_selector("#results li")
    assert "looking for “attention”" in tab.locator("#found").inner_text()


def test_it_says_when_there_is_nothing(visit):
    tab = visit("search.html?q=zyxw")
    wait_until(tab, "document.getElementById('found').textContent")
    assert tab.locator("#found").inner_text() == "No places for “zyxw”."
    assert tab.locator("#results li").count() == 0


def test_words_are_shown_as_words(visit):
    tab = visit("search.html?q=%3Cimg%20src%3Dx%3E%20%5B(")
    wait_until(tab, "document.getElementById('found').textContent")
    assert tab.locator("main img").count() == 0


def test_excerpts_have_formulas_as_they_are_read_and_no_code_run_together(visit):
    tab = visit("search.html?q=kernel")
    tab.wait_for_selector("#results li")
    texts = tab.evaluate("find('kernel').found.map(({ text }) => text).join('\\n')")
    assert "\\log" not in texts
    assert "\\mathbf" not in texts
    assert "def boxcar(queries, keys, width=1.0): u = distance" in texts


def test_every_address_of_the_index_is_there(visit):
    tab = visit("search.html?q=softmax")
    tab.wait_for_selector("#results li")
    for address in tab.evaluate("places.map(([address]) => address)"):
        page, _, place = address.partition("#")
        assert not place or f'id="{place}"' in (SITE / page).read_text("utf-8"), address
