"""What can be done only when all pages are there: the search index, style sheets, small fonts and pictures."""

import base64
import io
import re
import shutil
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote

import lightningcss
from bs4 import BeautifulSoup
from fontTools import subset
from PIL import Image
from rjsmin import jsmin
from sphinx.errors import ExtensionError

from theme import citing, download, editions, licences, previews, search
from theme.editions import say
from theme.formulas import KATEX
from theme.pages import reading_order

# What KaTeX draws in a font of its own; the others may have any character of a formula.
DRAWN_IN = {
    "KaTeX_Main-Bold": ":is(.mathbf, .textbf)",
    "KaTeX_Main-Italic": ":is(.mathit, .textit)",
    "KaTeX_Math-Italic": ".mathnormal",
    "KaTeX_Math-BoldItalic": ".boldsymbol",
}
# The oldest browsers that the style sheet is translated for.
BROWSERS = ["chrome 111", "firefox 114", "safari 16.4"]


def finish(app, exception):
    if exception or app.builder.name != "html":
        return
    site, root = Path(app.outdir), app.config.root_doc
    # The address of the site itself shows the first page; sphinx-external-toc would send the reader on to it.
    shutil.copy(site / f"{root}.html", site / "index.html")
    shutil.copy(Path(app.srcdir, "_build", "pictures", "preview.png"), site / "_static")
    # It holds a hash of the configuration, absolute paths included, and nothing on the site asks for it.
    (site / ".buildinfo").unlink(missing_ok=True)

    pages = reading_order(app.env)
    soups = {name: BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser") for name in pages}
    drawn = {part: characters_of(soups, part) for part in ["*", *DRAWN_IN.values()]}
    previews.write_previews(site, soups)
    search.write_index(site, soups)
    style_sheets(site, drawn, Path(app.srcdir, app.config.html_logo))
    for picture in sorted(site.glob("_images/*.svg")):
        shrink(picture)
    if app.config.html_baseurl and not editions.is_chinese():  # the map of the English edition has both
        site_map(site, app)
    remove_what_nobody_asks_for(site)
    for script in (site / "_static").glob("*.js"):
        text = script.read_text("utf-8")
        if script.name != "search-index.js":
            text = editions.with_words(text)
        script.write_text(jsmin(text), "utf-8")
    repository = app.config.html_context["repository"]
    book, texts = editions.roots(app)
    download.pack_notebooks(site / download.NOTEBOOKS, book, texts, app.config.html_title, repository)
    citing.offer(site, {download.NOTEBOOKS: say("The notebooks, with all that they run with (zip)")})
    licences.write(site, book, app.builder.images)


def characters_of(soups, part):
    """The characters in parts of the formulas of all pages."""
    return {c for soup in soups.values() for found in soup.select(f".katex-html {part}") for c in found.get_text()}


def style_sheets(site, drawn, mark):
    """Make the style sheets without what no page uses, and publish the fonts that they name."""
    static = site / "_static"
    scripts = [path.read_text("utf-8") for path in (Path(__file__).parent / "static").glob("*.js")]
    pages = "".join([path.read_text("utf-8") for path in site.rglob("*.html")] + scripts)
    book = (static / "book.css").read_text("utf-8").replace("url(mark)", embedded(mark))
    if editions.is_chinese():
        book += (static / "chinese.css").read_text("utf-8")
    chapter = [path.read_text("utf-8") for path in (KATEX / "katex.css", static / "sphinx-design.min.css")]
    chapter = "\n".join([*chapter, (static / "chapter.css").read_text("utf-8")])
    chapter = re.sub(r"url\((fonts/[\w-]+\.woff2)\)[^;]*;", r'url(\1) format("woff2");', chapter)
    later = (static / "later.css").read_text("utf-8")
    book, chapter, later = (without_what_is_unused(css, pages) for css in (book, chapter, later))
    chapter = without_idle_properties(chapter, pages + book)
    book = without_idle_properties(book, pages + chapter + later)

    rules = re.sub(r"@font-face\{[^}]*\}", "", chapter)

    def keep_if_used(face):
        family = re.search(r"font-family:([\w]+)", face[0])[1]
        if family not in rules:
            return ""
        source = KATEX / re.search(r"fonts/[\w-]+\.woff2", face[0])[0]
        shrink_font(source, static / "fonts", drawn[DRAWN_IN.get(source.stem, "*")])
        return face[0]

    chapter = re.sub(r"@font-face\{[^}]*\}", keep_if_used, chapter)
    for name, css in (("book", book), ("chapter", chapter), ("later", later)):
        (static / f"{name}.css").write_text(css, "utf-8")
    leave_out(site, chapter)


def leave_out(site, chapter):
    """Have a page ask for chapter.css only if it has something of what is styled there."""
    styled = set(re.findall(r"\.([A-Za-z][\w-]*)", chapter))
    for path in site.rglob("*.html"):
        page = path.read_text("utf-8")
        classes = {name for value in re.findall(r"""\bclass=["']([^"']*)""", page) for name in value.split()}
        if not classes & styled and not re.search(r"<(?:pre|figure|details)\b", page):
            path.write_text(re.sub(r'<link rel="stylesheet" href="[^"]*chapter\.css">\n', "", page), "utf-8")


def embedded(picture):
    """A drawing as part of a style sheet: one request less for every page."""
    if picture.suffix != ".svg":
        raise ExtensionError(
            f"The logo in _config.yml is to be an SVG, which is in the style sheet; {picture.name} came."
        )
    text = quote(picture.read_text("utf-8").strip().replace('"', "'"), safe=" '<>=/:")
    return f'url("data:image/svg+xml,{text}")'


def without_what_is_unused(css, pages):
    """A sheet without the classes that no page and no script has, and the movements that are left without any."""
    unused = set(re.findall(r"[.#]([A-Za-z_][\w-]*)", css)) - set(re.findall(r"[\w-]+", pages))
    css = lightningcss.process_stylesheet(css, unused_symbols=unused, browsers_list=BROWSERS)
    movements = re.compile(r"@keyframes ([\w-]+)\{(?:[^{}]*\{[^{}]*\})*\}")
    rest = movements.sub("", css)
    return movements.sub(lambda found: found[0] if re.search(rf"\b{found[1]}\b", rest) else "", css)


def without_idle_properties(css, pages):
    """A sheet without custom properties that neither it nor a page asks for; sphinx-design brings 150 colours."""
    while True:  # what only such a property asked for goes next
        asked = {*re.findall(r"var\(\s*(--[\w-]+)", css), *re.findall(r"--[\w-]+", pages)}
        idle = {name for name in re.findall(r"[{;](--[\w-]+):", css) if name not in asked}
        if not idle:
            break
        css = re.sub(rf"(?<=[{{;])(?:{'|'.join(idle)}):[^;{{}}]*(?:;|(?=\}}))", "", css)
    return re.sub(r"[^{}]+\{\}", "", css)


def shrink_font(source, folder, characters):
    """Publish a font with the characters that occur in formulas, and no others.

    Its licence wants to come with it, and wants a changed font to have another name.
    """
    names = [*range(7), licences.LICENCE]
    # Hints are for coarse screens, and a fourth of the font.
    options = subset.Options(flavor="woff2", notdef_outline=True, recalc_timestamp=False, name_IDs=names, hinting=False)
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(text="".join(characters))
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID not in (licences.COPYRIGHT, licences.LICENCE):
            record.string = str(record).replace("KaTeX", "Formulas")
    folder.mkdir(exist_ok=True)
    subset.save_font(font, folder / source.name, options)


def shrink(path):
    """Store the photographs and maps in a figure as WebP: without loss, or, for a large photograph, with little."""

    def convert(match):
        try:
            png = base64.b64decode(unescape(match[1]))  # which passes over blanks
            image = Image.open(io.BytesIO(png))
            image.load()
        except (ValueError, OSError):  # what someone else's program wrote is left as it is
            return match[0]
        candidates = [png, webp(image, lossless=True)]
        if len(candidates[1]) > 100_000:
            candidates.append(webp(image, quality=90))
        smallest = min(candidates, key=len)
        kind = "png" if smallest is png else "webp"
        return f"data:image/{kind};base64,{base64.b64encode(smallest).decode()}"

    figure = path.read_bytes()
    try:
        text = figure.decode("utf-8")
    except UnicodeDecodeError:  # an encoding that its first line names
        return
    path.write_bytes(re.sub(r"data:image/png;base64,([^\"']*)", convert, text).encode("utf-8"))


def webp(image, **how):
    file = io.BytesIO()
    image.save(file, "WEBP", method=6, exact=True, **how)
    return file.getvalue()


def site_map(site, app):
    names = [escape(quote(name)) for name in reading_order(app.env)]
    if editions.is_whole(app.srcdir):
        names += [f"{editions.FOLDER}/{name}" for name in names]
    addresses = "".join(f"<url><loc>{app.config.html_baseurl}{name}.html</loc></url>\n" for name in names)
    (site / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{addresses}</urlset>\n",
        "utf-8",
    )


def remove_what_nobody_asks_for(site):
    """Sphinx and its extensions copy scripts and styles for pages that they imagine; ours have their own."""
    texts = [*site.rglob("*.html"), *(site / "_static" / name for name in ("book.css", "chapter.css", "book.js"))]
    everything = "".join(path.read_text("utf-8") for path in texts)
    for path in [path for path in (site / "_static").rglob("*") if path.is_file() and path.name not in everything]:
        path.unlink()
