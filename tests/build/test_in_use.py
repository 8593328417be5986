"""What Jupyter Book and its extensions bring to a page, used in a browser: numbered code, long outputs, badges.

One small book of such parts is built. Fails if line numbers come along with code that is copied, if what scrolls is cut
where it cannot be scrolled, or if a colour of an extension is hard to read beside the theme's own.
"""

import pytest
from browser import IDLE, wait_until
from served import served
from small_book import Book

CODE = "first = 1\n\n\ndef second():\n    return 2\n"
NUMBERED = f"""# Numbered

```{{code-block}} python
:linenos:
{CODE}```

```{{code-block}} python
:lineno-start: 98
:emphasize-lines: 1
{CODE}```

```{{code}} python
:number-lines: 7
{CODE}```

```python
{CODE}```
"""
LONG = "for i in range(200):\n    print(i)"
SCROLLING = {
    "by-tag": {"tags": ["scroll-output"]},
    "by-other-tag": {"tags": ["output_scroll"]},
    "by-setting": {"mystnb": {"scroll_outputs": True}},
}
COLOURS = ["primary", "secondary", "success", "info", "warning", "danger", "light", "muted", "dark", "black", "white"]
# What pandas writes for a table whose largest numbers are to be yellow.
COLOURED = """
from IPython.display import HTML

HTML("<style>#T td { background-color: yellow } </style><table id='T'><tr><th>Name</th><td>1.0</td></tr></table>")
""".strip()
CARD = "::::{{card}} A card\n:class-{}\n\n:::{{card-header}}\nHead\n:::\nWords.\n:::{{card-footer}}\nFoot\n:::\n::::"
DESIGN = "\n\n".join(
    [
        "# Designed",
        "::::{tab-set}\n:::{tab-item} Open\nWords.\n:::\n:::{tab-item} Closed\nOther words.\n:::\n::::",
        *(f"{{bdg-{colour}}}`{colour}` {{bdg-{colour}-line}}`{colour} line`" for colour in COLOURS),
        *(f":::{{button-link}} https://example.org\n:color: {colour}\n:::" for colour in COLOURS),
        *(f":::{{button-link}} https://example.org\n:color: {colour}\n:outline:\n:::" for colour in COLOURS),
        *(f":::{{dropdown}} A {colour} one\n:color: {colour}\n:open:\nFolded.\n:::" for colour in COLOURS),
        *(CARD.format(f"title: sd-text-{colour}") for colour in COLOURS),
        *(CARD.format(f"card: sd-bg-{colour} sd-text-white") for colour in COLOURS if colour not in ("light", "white")),
        ":::{card} A card that leads on\n:link: https://example.org\nWords.\n:::",
    ]
)

# Each piece of text that shows, with its contrast to the ground that it lies on, as WCAG reckons it.
CONTRASTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (upper, lower) => lower.map((value, i) => (i < 3 ? upper[i] * upper[3] + value * (1 - upper[3]) : 1));
  const ground = (element) => {
    const own = rgba(getComputedStyle(element).backgroundColor);
    if (own[3] === 1) return own;
    return over(own, element.parentElement ? ground(element.parentElement) : [255, 255, 255, 1]);
  };
  const light = (colour) => {
    const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = colour.map((value) => linear(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  const walk = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const words = walk.currentNode.textContent.trim();
    const element = walk.currentNode.parentElement;
    if (!words || !element.checkVisibility({ opacityProperty: true })) continue;
    const below = ground(element);
    const [high, low] = [light(over(rgba(getComputedStyle(element).color), below)), light(below)].sort((a, b) => b - a);
    found.push([words, (high + 0.05) / (low + 0.05)]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    book = Book.new(tmp_path_factory.mktemp("in-use") / "book")

    def mark(notebook):
        cells = {cell["id"]: cell for cell in notebook["cells"]}
        for name, metadata in SCROLLING.items():
            cells[name]["metadata"] |= metadata
        cells["numbered"]["metadata"]["mystnb"] = {"number_source_lines": True}

    book.notebook("long", dict.fromkeys(SCROLLING, LONG) | {"numbered": CODE.strip(), "table": COLOURED}, change=mark)
    book.write("chapters/numbered.md", NUMBERED)
    book.write("chapters/designed.md", DESIGN)
    book.contents("status", "long", "numbered", "designed")
    book.succeed("html")
    with served(book.root / "_build" / "html") as address:
        yield address, (book.root / "_build" / "html").as_uri()


@pytest.fixture
def visit(browser, site):
    contexts = []

    def visit(page, base=site[0], **options):
        contexts.append(browser.new_context(**options))
        tab = contexts[-1].new_page()
        tab.goto(f"{base}/chapters/{page}.html")
        tab.evaluate(IDLE)
        return tab

    yield visit
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("page", "boxes"), [("numbered", 4), ("long", 1)])
def test_code_is_copied_without_the_numbers_of_its_lines(visit, page, boxes):
    tab = visit(page, permissions=["clipboard-read", "clipboard-write"])
    here = tab.locator(".highlight:has(.linenos), .highlight:has(code.code)" if page == "long" else ".highlight")
    buttons = here.locator(".copy")
    assert buttons.count() == boxes
    for button in buttons.all():
        button.click()
        wait_until(tab, "navigator.clipboard.readText().then((text) => text !== '')")
        assert tab.evaluate("navigator.clipboard.readText()").rstrip() == CODE.rstrip()
        assert button.get_attribute("aria-label") == "Copy the code that begins with first = 1"
        tab.evaluate("navigator.clipboard.writeText('')")
        # Chosen by hand, it comes without them too.
        pre = button.locator("xpath=..").locator("pre")
        chosen = pre.evaluate("(pre) => { getSelection().selectAllChildren(pre); return getSelection().toString(); }")
        assert chosen.rstrip() == CODE.rstrip()


def test_a_long_output_scrolls_by_mouse_and_keys_and_is_whole_on_paper(visit):
    tab = visit("long")
    outputs = tab.locator(".cell_output")
    outputs = outputs.filter(has_not=tab.locator("table"))
    assert outputs.count() == len(SCROLLING)
    for output in outputs.all():
        high, whole = output.evaluate("(box) => [box.clientHeight, box.scrollHeight]")
        assert high < 500 < whole
        output.hover()
        tab.mouse.wheel(0, 120)
        wait_until(tab, "(box) => box.scrollTop > 0", output.element_handle())
        assert output.get_attribute("tabindex") == "0"
        output.focus()
        assert output.evaluate("(box) => box === document.activeElement")
        tab.keyboard.press("End")
        wait_until(tab, "(box) => box.scrollTop + box.clientHeight > box.scrollHeight - 2", output.element_handle())
    tab.emulate_media(media="print")
    assert outputs.evaluate_all("(boxes) => boxes.map((box) => box.clientHeight < box.scrollHeight)") == [False] * 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_words_of_designed_parts_can_be_read(visit, scheme):
    tab = visit("designed", color_scheme=scheme)
    found = tab.evaluate(CONTRASTS)
    assert {"Open", "Closed", "white line", "A dark one", "Foot"} < {words for words, _ in found}
    assert not [(words, round(contrast, 2)) for words, contrast in found if contrast < 4.5]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_table_that_brings_its_own_colours_can_be_read(visit, scheme):
    found = dict(visit("long", color_scheme=scheme).evaluate(CONTRASTS))
    assert min(found["Name"], found["1.0"]) > 4.5


@pytest.mark.parametrize(("number", "name"), [(0, "long.ipynb"), (1, "paying-attention-notebooks.zip")])
def test_what_is_to_be_downloaded_is_saved_from_a_server_and_from_a_folder(visit, site, number, name):
    tab = visit("long", base=site[number])
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download the notebook").click()
    assert download.value.suggested_filename == name
    assert download.value.path().stat().st_size > 500
