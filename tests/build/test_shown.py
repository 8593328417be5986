"""What people write in pages and draw in notebooks is on the site as they wrote it.

One small book of such pages is built. Fails if one of them stops the build, or is shown otherwise than it was written.
"""

import base64
import re
from io import BytesIO
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from small_book import Book

SITE = "https://example.org/book"

FORMULAS = r"""# Formulas

$$
a = b \\
c = d
$$

$$ a &= b \\ c &= d $$

```{math}
a = b

c = d
```

$$ \begin{cases} a & b \\ c & d \end{cases} $$

$$ a = b $$ (first)

$$\begin{align} c &= d \\ e &= f \end{align}$$

$$\begin{align} c &= d \nonumber \\ e &= f \end{align}$$ (second)
"""
DEEP = "# The kernel $K(q, k)$\n\n## Two\n\n### Three\n\n#### Four\n\n##### Five\n\n###### Six\n\nThe deepest words.\n"
BOXES = """# Boxes

:::{note}
:class: dropdown
Folded *text*
:::

:::{admonition} A **bold** title
:class: dropdown
More.
:::

::::{tab-set}
:::{tab-item} One
First.
:::
::::
"""
CAPTION = """# Caption

```{figure} /_build/pictures/mark.svg
:name: fig-shelf
:alt: A shelf of books
A caption with a note.[^shelf]
```

[^shelf]: Of *four* books.
"""
TERMS = "# Terms\n\n[the **query** page](status.md) and a **query**.\n\n<img src='drawing.svg' alt='Mine'>\n"
GLOSSARY = "# Glossary\n\n```{glossary}\nquery\n  A question.\n```\n"
DRAWN = {
    "plain": "import matplotlib.pyplot as plt\n\nplt.plot([1, 2]);",
    "pillow": 'from PIL import Image\n\nImage.new("RGB", (40, 40))',
    "prints": "import time\n\nfor i in range(3):\n    print(i, flush=True)\n    time.sleep(0.3)",
    "warns": 'import warnings\n\nwarnings.warn("attention", stacklevel=1)',
}

# The format of raw text as JupyterLab writes it, as nbformat has it, and as Markdown.
RAW = [
    {"cell_type": "raw", "id": name, "metadata": metadata, "source": [text]}
    for name, metadata, text in [
        ("lab", {"raw_mimetype": "text/html"}, "<i>one</i>"),
        ("nbformat", {"format": "text/html"}, "<i>two</i>"),
        ("markdown", {"raw_mimetype": "text/markdown"}, "*three*"),
    ]
]


def inkscape():
    """A drawing as Inkscape writes it, with a picture in it whose lines end in `&#10;`."""
    file = BytesIO()
    Image.effect_noise((60, 60), 50).save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    lines = "&#10;".join(data[i : i + 76] for i in range(0, len(data), 76))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="60" height="60">'
        f'<image xlink:href="data:image/png;base64,{lines}" width="60" height="60"/></svg>'
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    book = Book.new(tmp_path_factory.mktemp("shown") / "book", **{"drawn": DRAWN, "a b & c": {"x": "print(1)"}})
    book.notebook("raw", {"x": "1"}, change=lambda notebook: notebook["cells"].extend(RAW))
    pages = {"formulas": FORMULAS, "deep": DEEP, "boxes": BOXES, "glossary": GLOSSARY, "terms": TERMS}
    pages["caption"] = CAPTION
    for name, text in pages.items():
        book.write(f"chapters/{name}.md", text)
    book.write("chapters/drawing.svg", inkscape())
    book.write("chapters/drawing.svg.license", "Drawn by A. Reader, in the public domain.\n")
    (book.root / "chapters" / "part").mkdir()
    book.write("chapters/part/inner.md", "# Inner\n\nA zebra: $\\mathfrak{Z}$.\n")
    book.contents("status", "drawn", "raw", "a b & c", *pages)
    contents = (book.root / "_toc.yml").read_text("utf-8")
    book.write("_toc.yml", contents + "    sections:\n    - file: chapters/part/inner\n")
    book.succeed("html", f"SITE_URL={SITE}")
    return book


def soup(book, name):
    return BeautifulSoup(book.page(f"chapters/{name}.html"), "html.parser")


def rows(formula):
    """How many lines a formula is drawn in, by the MathML that stands beside the drawing."""
    table = formula.select_one("math mtable")
    return len(table.find_all("mtr", recursive=False)) if table else 1


def test_a_formula_has_the_lines_that_it_was_given(book):
    assert [rows(formula) for formula in soup(book, "formulas").select("article .formula")] == [2, 2, 2, 2, 1, 2, 2]


def test_only_a_label_numbers_a_formula(book):
    formulas = soup(book, "formulas").select("article .formula")
    assert [formula.select_one(".eqno").text[:3] if formula.select_one(".eqno") else "" for formula in formulas] == (
        ["", "", "", "", "(1)", "", "(2)"]
    )
    # KaTeX's own numbers, of an environment and of \tag, drawn and for screen readers.
    assert not soup(book, "formulas").select(".katex :is(.eqn-num, .mml-eqn-num, .tag, mlabeledtr)")


def test_a_title_with_a_formula_has_it_once(book):
    page = soup(book, "deep")
    assert page.title.text == "The kernel K(q, k) — Paying Attention"
    assert page.find("meta", property="og:title")["content"] == "The kernel K(q, k)"


def test_the_deepest_section_is_found(book):
    index = book.page("_static/search-index.js")
    assert re.search(r'\["chapters/deep\.html#six","[^"]*","Six","The deepest words\."', index)


def test_a_page_below_another_is_a_page(book):
    index = book.page("_static/search-index.js")
    assert "zebra" in index
    assert f"<loc>{SITE}/chapters/part/inner.html</loc>" in book.page("sitemap.xml")
    fonts = (book.root / "_build/html/_static/fonts").glob("KaTeX_Fraktur*")
    assert [font for font in fonts if font.stat().st_size > 500]


def test_a_name_with_blanks_and_signs_is_encoded_wherever_it_is_an_address(book):
    page, name = soup(book, "a b & c"), quote("chapters/a b & c")
    assert page.find("link", rel="canonical")["href"] == f"{SITE}/{name}.html"
    assert page.find("meta", property="og:image")["content"] == f"{SITE}/_static/preview.png"
    assert f"<loc>{SITE}/{name}.html</loc>" in book.page("sitemap.xml")
    assert f'"{name}.html#a-b-c"' in book.page("_static/search-index.js")
    assert "A B & C" in soup(book, "status").select_one("article table").text
    book.succeed("check")


def test_pictures_that_cells_draw_are_the_books(book):
    pictures = [image["src"] for image in soup(book, "drawn").select("article img")]
    assert len(pictures) == 2
    licences = book.page("_static/licences.txt")
    assert re.search(r"^The book, .*\nFiles: _images/\*\.png, _images/\*\.svg, ", licences, re.M)


def test_a_picture_that_someone_brought_is_shown_as_it_is_and_named(book):
    image = soup(book, "terms").select_one("article img[alt=Mine]")
    shown = (book.root / "_build/html/chapters" / image["src"]).resolve()
    assert Image.open(BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", shown.read_text("utf-8"))[1]))).size == (
        60,
        60,
    )
    assert "Drawn by A. Reader, in the public domain." in book.page("_static/licences.txt")


def test_what_a_cell_prints_in_one_go_is_one_box(book):
    boxes = [box.text for box in soup(book, "drawn").select(".cell_output .output")]
    assert "0\n1\n2" in [box.strip() for box in boxes]
    assert any(re.search(r"^cell\.py:3: UserWarning: attention", box) for box in boxes)


def test_a_box_that_is_to_drop_down_folds(book):
    folds = soup(book, "boxes").select("article details.admonition")
    assert [str(fold.summary.decode_contents()) for fold in folds] == ["Note", "A <strong>bold</strong> title"]
    assert [fold.p.decode_contents() for fold in folds] == ["Folded <em>text</em>", "More."]


def test_raw_text_is_shown_by_its_format_whoever_wrote_it(book):
    assert [words.text for words in soup(book, "raw").select("article :is(i, em)")] == ["one", "two", "three"]


def test_a_footnote_of_a_caption_is_there_and_leads_back(book):
    page = soup(book, "caption")
    mark = page.select_one("figcaption a.footnote-reference")
    note = page.find(id=mark["href"][1:])
    assert note.p.decode_contents() == "Of <em>four</em> books."
    assert note.select_one("a[role=doc-backlink]")["href"] == f"#{mark['id']}"


def test_a_term_in_a_link_is_left_to_the_link(book):
    paragraph = soup(book, "terms").select_one("article p")
    assert [link["href"] for link in paragraph.select("a")] == ["status.html", "glossary.html#term-query"]
    assert not paragraph.select("a a")


def test_every_page_names_the_author(book):
    assert soup(book, "deep").select_one("footer p").text.startswith("© 2026 The Paying Attention authors. Text and")
