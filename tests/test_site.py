"""The built site, as readers and machines meet it: in a browser, without a connection, from a server and a folder.

`make test` builds it first. What takes a clock to judge is measured by `make audit`.
"""

import gzip
import io
import os
import re
import shutil
import subprocess
import sysconfig
from fnmatch import fnmatch
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

import pypdf
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

from theme import licences
from theme.pages import POLICY, address_of

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
CHAPTERS = [page for page in PAGES if page.startswith("chapters/0")]
PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
KILOBYTES, REQUESTS = 180, 16

every_page = pytest.mark.parametrize("page", PAGES)
every_chapter = pytest.mark.parametrize("page", CHAPTERS)


@cache
def soup(page):
    return BeautifulSoup((SITE / page).read_text("utf-8"), "html.parser")


every_page_with_formulas = pytest.mark.parametrize("page", [page for page in PAGES if soup(page).select(".katex")])


@pytest.fixture
def visit(browser, server):
    """Opens pages; whatever the browser complains of, and any request to elsewhere, fails the test in the end."""
    complaints, contexts = [], []

    def visit(page, base=server, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        tab = context.new_page()
        tab.asked = []

        def note(request):
            if not request.url.startswith(("data:", "blob:")):
                tab.asked.append(request.url)
            if not request.url.startswith((server, "data:", "blob:", "file:")):
                complaints.append(f"asked {request.url}")

        tab.on("request", note)
        tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        # The network is cut.
        tab.route(lambda url: not url.startswith((server, "file:")), lambda route: route.abort())
        tab.goto(f"{base}/{page}")
        if options.get("java_script_enabled", True):
            # book.js does most of its work when the browser is idle.
            tab.evaluate("new Promise(requestIdleCallback).then(() => 0)")
        return tab

    visit.complaints = complaints
    yield visit
    for context in contexts:
        context.close()
    assert not complaints


def test_the_site_is_there():
    assert {"index.html", "intro.html", "search.html", "404.html", "genindex.html"} < set(PAGES)
    assert CHAPTERS


# What can be read off the pages


@every_page
def test_every_page_has_the_policy_before_all_that_it_governs(page):
    policy = soup(page).select_one("meta[http-equiv=Content-Security-Policy]")
    assert policy["content"] == POLICY
    assert not policy.find_all_previous(["script", "link", "style", "img"])


@every_page
def test_every_link_leads_somewhere(page):
    dead = []
    for element in soup(page).find_all(["a", "link", "img", "script", "form"]):
        target = element.get("href") or element.get("src") or element.get("action")
        if not target or urlsplit(target).scheme:
            continue
        address = urlsplit(urljoin(f"/{page}", target))
        path = unquote(address.path).lstrip("/")
        there = (SITE / path).is_file()
        if there and address.fragment and path.endswith(".html"):
            there = soup(path).find(id=unquote(address.fragment)) is not None
        if not there:
            dead.append(target)
    assert not dead


@every_page
def test_nothing_is_loaded_from_elsewhere(page):
    loaded = soup(page).select("script[src], img[src], link[rel=stylesheet], link[rel=icon], iframe, object, embed")
    assert not [element for element in loaded if urlsplit(element.get("src") or element.get("href", "//x/")).netloc]


@every_page
def test_headings_begin_with_one_title_and_skip_no_level(page):
    levels = [int(heading.name[1]) for heading in soup(page).find_all(["h1", "h2", "h3", "h4", "h5", "h6"])]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@every_page
def test_names_of_places_are_used_once(page):
    names = [element["id"] for element in soup(page).find_all(id=True)]
    assert len(names) == len(set(names))


@every_page
def test_pictures_have_words_and_a_size(page):
    for picture in soup(page).select("article img"):
        assert len(picture.get("alt", "")) > 20, picture
        assert not picture["alt"].endswith((".svg", ".png")), picture
        assert int(picture["width"]) > 0, picture
        assert int(picture["height"]) > 0, picture


@every_page
def test_a_page_says_what_it_is(page):
    head = soup(page).head
    assert head.title.get_text().endswith("Paying Attention")
    assert 12 < len(head.find("meta", attrs={"name": "description"})["content"]) <= 200
    for name in ("og:title", "og:description", "og:type"):
        assert head.find("meta", property=name)["content"]
    assert len(head.find_all("meta", attrs={"name": "viewport"})) == 1


def test_titles_and_descriptions_differ():
    pages = [page for page in PAGES if page not in ("index.html", "404.html", "search.html", "genindex.html")]
    for of in (lambda head: head.title.get_text(), lambda head: head.find(attrs={"name": "description"})["content"]):
        assert len({of(soup(page).head) for page in pages}) == len(pages)


@every_chapter
def test_a_chapter_can_be_run_and_edited(page):
    links = {link.get_text(): link["href"] for link in soup(page).find_all("a")}
    notebook = page.replace(".html", ".ipynb")
    assert links["Run in Binder"].endswith(f"?urlpath=lab/tree/{notebook}")
    assert links["Run in Colab"].endswith(f"/blob/main/{notebook}")
    assert links["Suggest a change"].endswith(f"/edit/main/{notebook}")
    assert links["Download the notebook"] == f"../_sources/{notebook}"


def test_previous_and_next_go_through_the_whole_book():
    page, seen = "intro.html", []
    while page:
        seen.append(page)
        following = soup(page).select_one("nav.turn a[rel=next]")
        if following:
            path = urljoin(f"/{page}", following["href"]).lstrip("/")
            back = soup(path).select_one("nav.turn a[rel=prev]")["href"]
            assert urljoin(f"/{path}", back).lstrip("/") == page
        page = following and path
    assert set(PAGES) - set(seen) == {"index.html", "search.html", "404.html", "genindex.html"}


def accounted_for():
    """Which files of the site licences.txt says it speaks of, as patterns."""
    text = (SITE / "_static" / "licences.txt").read_text("utf-8")
    return [pattern for line in re.findall(r"^Files: (.*)$", text, re.MULTILINE) for pattern in line.split(", ")]


def test_every_file_of_the_site_is_somebodys():
    files = [path.relative_to(SITE).as_posix() for path in SITE.rglob("*") if path.is_file()]
    # The pages, their sources and the site's own lists; the rest is what the theme and the chapters bring along.
    ours = ("*.html", "_sources/*", "objects.inv", "sitemap.xml")
    assert not [name for name in files if not any(fnmatch(name, pattern) for pattern in (*ours, *accounted_for()))]
    # The preview is there when the site knows its address.
    files.append("_static/preview.png")
    assert not [pattern for pattern in accounted_for() if not any(fnmatch(name, pattern) for name in files)]


def test_every_font_has_its_licence_and_a_name_of_its_own():
    text = (SITE / "_static" / "licences.txt").read_text("utf-8")
    fonts = sorted(SITE.glob("_static/fonts/*"))
    assert fonts
    for font in fonts:
        names = {record.nameID: str(record) for record in TTFont(font)["name"].names}
        assert "SIL Open Font License" in names[13]
        assert names[0] in text
        assert names[13] in text
        assert not [name for number, name in names.items() if "KaTeX" in name and number not in (0, 13)]
    assert "PERMISSION & CONDITIONS" in text


def test_every_page_leads_to_the_licences():
    for page in PAGES:
        links = [urljoin(f"/{page}", link["href"]) for link in soup(page).select("footer a")]
        assert "/_static/licences.txt" in links


def test_a_file_of_nobody_stops_the_build(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "jquery.min.css").touch()
    licences.write(tmp_path, ROOT)
    (tmp_path / "_static" / "jquery.woff2").touch()
    with pytest.raises(ExtensionError, match=r"jquery\.woff2"):
        licences.write(tmp_path, ROOT)


def test_chinese_words_are_marked_as_chinese():
    words = [element.get_text() for element in soup("chapters/glossary.html").select('article [lang="zh-hans"]')]
    assert "注意力" in words


# In a browser


@every_page
def test_a_page_is_light_and_stays_alone(visit, page):
    tab = visit(page)
    size = 0
    for address in tab.asked:
        content = (SITE / unquote(urlsplit(address).path).lstrip("/")).read_bytes()
        size += len(content if address.endswith((".woff2", ".png")) else gzip.compress(content))
    assert size <= KILOBYTES * 1000
    assert len(tab.asked) <= REQUESTS
    paths = [urlsplit(address).path for address in tab.asked]
    expected = {"book.js"}
    if page == "search.html":
        expected |= {"search.js", "search-index.js"}
    if soup(page).select(".explorable"):
        expected |= {"figures.js"}
    assert {path.split("/")[-1] for path in paths if path.endswith(".js")} == expected


@every_page
def test_a_page_opens_from_a_folder(visit, page):
    tab = visit(page, base=SITE.as_uri())
    assert tab.locator("article h1").is_visible()
    assert tab.evaluate("getComputedStyle(document.querySelector('.brand')).textDecorationLine") == "none"


@every_page_with_formulas
def test_formulas_are_drawn(visit, page):
    tab = visit(page)
    widths = tab.evaluate(
        "[...document.querySelectorAll('.katex-html')].map((drawn) => drawn.getBoundingClientRect().width)"
    )
    assert len(widths) == len(soup(page).select(".katex"))
    assert min(widths) > 3
    assert tab.evaluate("[...document.fonts].some((font) => /KaTeX/.test(font.family) && font.status === 'loaded')")
    assert not soup(page).select(".katex-error")


@every_page_with_formulas
def test_formulas_have_every_character_in_their_fonts(visit, page):
    """A character that was cut from a font would be drawn in another, of another width."""
    tab = visit(page)
    client = tab.context.new_cdp_session(tab)
    client.send("DOM.enable")
    client.send("CSS.enable")
    root = client.send("DOM.getDocument")["root"]["nodeId"]
    pieces = client.send("DOM.querySelectorAll", {"nodeId": root, "selector": ".katex-html span"})["nodeIds"]
    fonts = [client.send("CSS.getPlatformFontsForNode", {"nodeId": piece})["fonts"] for piece in pieces]
    assert {font["familyName"].split("_")[0] for piece in fonts for font in piece} == {"Formulas"}


@every_page
def test_axe_finds_nothing(visit, page):
    tab = visit(page)
    for width in (1280, 320):
        tab.set_viewport_size({"width": width, "height": 800})
        for colours in ("light", "dark"):
            tab.emulate_media(color_scheme=colours)
            report = Axe().run(tab)
            assert report.violations_count == 0, f"{width}, {colours}: {report.generate_report()}"


@every_page
def test_nothing_sticks_out_on_a_small_screen(visit, page):
    tab = visit(page, **PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth") == 320
    tab.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame)).then(() => null)")
    # What is wider scrolls in itself, and can be reached with the keyboard.
    stuck = tab.evaluate(
        """[...document.querySelectorAll("main *")]
           .filter((box) => box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === "auto")
           .filter((box) => box.tabIndex < 0).map((box) => box.outerHTML.slice(0, 80))"""
    )
    assert not stuck
    assert not tab.evaluate("[...document.images].filter((image) => image.complete && !image.naturalWidth).length")


@every_chapter
def test_figures_stay_large_enough_to_read_on_a_phone(visit, page):
    tab = visit(page, **PHONE)
    shares = tab.evaluate(
        "[...document.querySelectorAll('article img')].map((image) => image.width / image.getAttribute('width'))"
    )
    assert min(shares) > 0.6


@pytest.mark.parametrize("page", ["intro.html", "search.html", "404.html", *CHAPTERS[:1]])
@pytest.mark.parametrize("place", ["server", "folder"])
def test_a_page_runs_no_script_that_was_slipped_in(visit, server, page, place):
    tab = visit(page, base=server if place == "server" else SITE.as_uri())
    tab.evaluate(
        """() => {
          window.refused = [];
          addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.push(effectiveDirective));
          const add = (name, what) => document.body.append(Object.assign(document.createElement(name), what));
          const there = "https://example.org/x";
          add("script", { text: "window.slipped = 1" });
          add("script", { src: there });
          add("link", { rel: "stylesheet", href: there });
          add("img", { src: there });
          add("iframe", { src: there });
          document.body.insertAdjacentHTML("beforeend", "<b onclick='window.slipped = 1'>here</b>");
          document.body.lastChild.click();
          fetch(there).catch(() => 0);
        }"""
    )
    tab.wait_for_function("refused.length === 7")
    elements = ["script-src-elem", "script-src-elem", "style-src-elem", "img-src", "frame-src"]
    assert sorted(tab.evaluate("refused")) == sorted([*elements, "script-src-attr", "connect-src"])
    assert tab.evaluate("window.slipped") is None
    # What the interactive figures need: a module made from a string.
    made = "import(URL.createObjectURL(new Blob(['export default 7'], { type: 'text/javascript' })))"
    assert tab.evaluate(f"{made}.then((made) => made.default)") == 7
    # The browser has complained, as it should.
    visit.complaints.clear()


@pytest.mark.parametrize("place", ["server", "folder"])
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("salience", "salience"),
        ("注意力", "注意力"),
        ("Query KEY", "query"),
        ("show_heatmaps", "show_heatmaps"),
    ],
)
def test_search_finds_and_leads_there(visit, server, place, query, first):
    tab = visit("chapters/notation.html", base=server if place == "server" else SITE.as_uri())
    field = tab.locator("#contents input[type=search]")
    field.fill(query)
    field.press("Enter")
    tab.wait_for_selector("#results li")
    assert first in tab.locator("#results mark").first.inner_text().lower()
    assert "sections with" in tab.locator("#found").inner_text()
    link = tab.locator("#results a").first
    name = link.inner_text().split(": ")[-1]
    link.click()
    tab.wait_for_load_state()
    assert name.lstrip("0123456789. ") in tab.locator("article").inner_text()
    assert "search.html" not in tab.url


def test_search_says_when_there_is_nothing(visit):
    tab = visit("search.html?q=zyxw")
    assert tab.locator("#found").inner_text() == "No sections with “zyxw”."
    assert tab.locator("#results li").count() == 0


def test_search_shows_words_as_words(visit):
    tab = visit("search.html?q=%3Cimg%20src%3Dx%3E%20%5B(")
    assert tab.locator("main img").count() == 0


def test_code_is_copied_with_the_keyboard(visit):
    tab = visit(CHAPTERS[0], permissions=["clipboard-read", "clipboard-write"])
    code = tab.locator(".cell_input .highlight").first
    code.locator(".copy").focus()
    tab.keyboard.press("Enter")
    tab.wait_for_function("document.querySelector('.copy').textContent === 'Copied'")
    assert tab.evaluate("navigator.clipboard.readText()") == code.locator("pre").inner_text()


def test_code_is_copied_where_the_clipboard_is_closed_to_pages(visit):
    tab = visit(CHAPTERS[0])
    tab.evaluate(
        """() => {
          Object.defineProperty(navigator, "clipboard", { value: undefined });
          addEventListener("copy", () => (window.copied = document.activeElement.value));
        }"""
    )
    tab.locator(".copy").first.click(force=True)
    tab.wait_for_function("window.copied")
    assert tab.evaluate("copied") == tab.locator(".cell_input pre").first.inner_text()


def test_only_code_that_can_be_run_is_copied(visit):
    tab = visit(CHAPTERS[0])
    tab.wait_for_selector(".copy", state="attached")
    assert tab.locator(".cell_output .copy").count() == 0


def test_a_choice_of_colours_stays(visit):
    tab = visit("intro.html")
    button = tab.locator(".colours")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(ground)
    button.click()
    button.click()
    assert button.inner_text() == "Colours: dark"
    dark = tab.evaluate(ground)
    assert dark != light
    tab.goto(tab.url.replace("intro", "chapters/notation"))
    assert tab.evaluate(ground) == dark
    tab.locator(".colours").click()
    assert tab.evaluate(ground) == light


def test_in_the_dark_figures_lie_on_white(visit):
    tab = visit(CHAPTERS[0], color_scheme="dark")
    for picture in tab.locator(".picture img").all():
        assert picture.evaluate("(picture) => getComputedStyle(picture).backgroundColor") == "rgb(255, 255, 255)"


@every_page
def test_every_control_shows_that_it_is_reached(visit, page):
    tab = visit(page)
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement === document.body"):
            break
        outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", tab.evaluate("document.activeElement.outerHTML")


def test_contents_open_on_a_phone_without_a_script(visit):
    tab = visit(CHAPTERS[0], java_script_enabled=False, **PHONE)
    entry = tab.locator("#contents a", has_text="Glossary")
    assert not entry.is_visible()
    tab.locator(".open-contents").click()
    entry.click()
    tab.wait_for_url("**/glossary.html")


@every_page
def test_without_scripts_everything_is_there(visit, page):
    tab = visit(page, java_script_enabled=False)
    text = tab.locator("article").inner_text()
    assert len(text) > 40
    assert tab.locator("#contents a").first.is_visible()
    for part in tab.locator("article :is(h2, h3, figure, .katex-html):not(details *)").all():
        assert part.is_visible()


@every_chapter
def test_on_paper_there_is_the_chapter_and_nothing_else(visit, page):
    tab = visit(page)
    tab.evaluate(
        """() => document.querySelector("article").insertAdjacentHTML(
          "beforeend", "<details><summary>Solution</summary><p>what was folded up</p></details>")"""
    )
    paper = pypdf.PdfReader(io.BytesIO(tab.pdf()))
    text = " ".join(" ".join(sheet.extract_text() for sheet in paper.pages).split())
    for heading in soup(page).select("article h2"):
        assert heading.get_text().rstrip("#") in text
    for picture in soup(page).select("article figcaption .caption-number"):
        assert picture.get_text().strip() in text
    assert "what was folded up" in text
    assert "Search the book" not in text
    assert "Run in Binder" not in text
    images = sum(len(sheet.images) for sheet in paper.pages)
    assert images > 0


# A site of a single page, to see what depends on where it is built and where it will be

PAGE = """\
# A small book

Attention (注意力) is scarce, and a softmax shares it out: $\\alpha_i = e^{s_i} / \\sum_j e^{s_j}$.

| key | weight |
|---|---|
| a | 1 |

The repository is <{repository}>; a class opens it by <{class}>.

```{figure} _build/pictures/mark.svg
:alt: Four books on a board, one of them red.
```

```{run-times}
```
"""


CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
REPOSITORY = CONFIG["repository"]["url"]
PAGE = PAGE.replace("{repository}", REPOSITORY)
PAGE = PAGE.replace("{class}", f"https://hub.example/git-pull?repo={quote(REPOSITORY, '')}")


def build(folder, page=PAGE, **variables):
    """What `jupyter-book build` says, and the site that it leaves in a folder of its own."""
    shutil.copytree(ROOT / "theme", folder / "theme", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "_build" / "pictures", folder / "_build" / "pictures")
    for name in ("_config.yml", "references.bib", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    (folder / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    (folder / "intro.md").write_text(page, "utf-8")
    command = [Path(sysconfig.get_path("scripts"), "jupyter-book"), "build", folder, "--all", "-W", "--keep-going"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | variables, cwd=folder)
    return done, folder / "_build" / "html"


@pytest.fixture(scope="module")
def small_site(tmp_path_factory):
    where = {"SITE_URL": "https://books.example/attention", "GITHUB_REPOSITORY": "reader/copy"}
    done, site = build(tmp_path_factory.mktemp("small") / "book", SOURCE_DATE_EPOCH="0", **where)
    assert done.returncode == 0, done.stderr
    return site


def test_a_site_that_knows_its_address_tells_it(small_site):
    head = BeautifulSoup((small_site / "intro.html").read_text("utf-8"), "html.parser").head
    assert head.find("link", rel="canonical")["href"] == "https://books.example/attention/intro.html"
    preview = head.find("meta", property="og:image")["content"]
    assert preview == "https://books.example/attention/_static/preview.png"
    assert (small_site / "_static" / "preview.png").is_file()
    assert "<loc>https://books.example/attention/intro.html</loc>" in (small_site / "sitemap.xml").read_text()
    lost = BeautifulSoup((small_site / "404.html").read_text("utf-8"), "html.parser")
    assert lost.base["href"] == "https://books.example/attention/"


def test_a_site_that_does_not_know_its_address_names_none():
    assert not (SITE / "sitemap.xml").exists()
    assert not any(soup(page).select("link[rel=canonical], base") for page in PAGES)


def test_a_fork_leads_to_itself(small_site):
    page = BeautifulSoup((small_site / "intro.html").read_text("utf-8"), "html.parser")
    links = {link.get_text(): link["href"] for link in page.find_all("a")}
    assert links["Repository"] == "https://github.com/reader/copy"
    assert links["Source of this page"] == "https://github.com/reader/copy/blob/main/intro.md"


def test_a_page_that_names_the_repository_names_the_fork(small_site):
    page = BeautifulSoup((small_site / "intro.html").read_text("utf-8"), "html.parser")
    links = {link["href"] for link in page.article.find_all("a", href=True)}
    assert "https://github.com/reader/copy" in links
    assert "https://hub.example/git-pull?repo=https%3A%2F%2Fgithub.com%2Freader%2Fcopy" in links
    assert urlsplit(REPOSITORY).path not in str(page)


def test_the_link_for_a_class_opens_a_chapter_of_this_book():
    link = next(
        code.get_text() for code in soup("chapters/running.html").select("pre") if "git-pull" in code.get_text()
    )
    asked = {name: value for name, (value,) in parse_qs(urlsplit(link.strip()).query).items()}
    assert asked["repo"] == address_of(REPOSITORY)
    assert asked["branch"] == CONFIG["repository"]["branch"]
    folder, notebook = asked["urlpath"].removeprefix("lab/tree/").split("/", 1)
    assert folder == asked["targetPath"]
    assert (ROOT / notebook).is_file()


def test_the_status_page_has_the_date_of_the_commit(small_site):
    assert "as it was on 1970-01-01" in (small_site / "intro.html").read_text("utf-8")


def test_a_formula_that_cannot_be_drawn_stops_the_build(tmp_path):
    done, _ = build(tmp_path / "book", page="# A small book\n\nHalf a fraction: $\\frac{1}$.\n")
    assert done.returncode != 0
    assert "KaTeX parse error" in done.stderr
    assert "intro.md" in done.stderr
