"""The Chinese of the docstrings on the page of the toolbox.

A test fails where a docstring was changed in English alone, where a list has what no docstring says, or where inline
code, a number or a shape got lost.
"""

import json
import re

import pytest
from docutils import nodes
from places import ROOT
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace

from theme import docstrings

LISTS = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "zh" / "toolbox").glob("*.json"))}
CODE = re.compile(r"``.+?``")
each_list = pytest.mark.parametrize("room", LISTS)
# As in _config.yml.
SETTINGS = {
    "extensions": ["sphinx.ext.autodoc"],
    "autodoc_member_order": "bysource",
    "autodoc_typehints": "none",
    "autodoc_inherit_docstrings": False,
}


def build(folder, language, note):
    """The page of the toolbox without its prose, in a language: its doctree. `note` is told what autodoc comes upon."""
    modules = re.findall(r"\.\. automodule:: (\S+)", (ROOT / "chapters" / "toolbox.md").read_text("utf-8"))
    folder.mkdir()
    text = "".join(f".. automodule:: {module}\n   :members:\n\n" for module in modules)
    (folder / "index.rst").write_text(f"Toolbox\n=======\n\n{text}", "utf-8")
    settings = SETTINGS | {"language": language}
    with docutils_namespace():
        app = Sphinx(folder, None, folder / "o", folder / "t", "dummy", settings, status=None, warningiserror=True)
        app.connect("autodoc-process-docstring", note)
        app.connect("autodoc-process-docstring", docstrings.put_into_chinese)
        app.build()
        return app.env.get_doctree("index")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """The paragraphs of each module as autodoc comes upon them, and the page in both languages."""
    rooms = {}

    def note(app, what, name, thing, options, lines):
        if app.config.language == "en":
            rooms.setdefault(docstrings.room_of(what, thing), []).extend(docstrings.paragraphs(lines))

    folder = tmp_path_factory.mktemp("toolbox")
    return rooms, *(build(folder / language, language, note) for language in ("en", "zh_CN"))


def test_each_paragraph_has_its_chinese_and_no_list_has_another(said):
    rooms, _, _ = said
    assert {room: set(texts) for room, texts in rooms.items()} == {room: set(texts) for room, texts in LISTS.items()}


@each_list
def test_a_paragraph_keeps_its_code_and_its_numbers(room):
    for english, chinese in LISTS[room].items():
        assert re.search(r"[\u4e00-\u9fff]", chinese), chinese
        assert sorted(CODE.findall(english)) == sorted(CODE.findall(chinese)), chinese
        assert set(re.findall(r"\d+", english)) <= set(re.findall(r"\d+", chinese)), chinese
        prose = re.sub(r"``.+?``|\([^()]*\)|“[^“”]*”|《[^《》]*》", "", chinese)
        assert not re.search(r"[\u4e00-\u9fff，。；：？][ ,;:?!]|[ ,;:?!][\u4e00-\u9fff]", prose), chinese
        assert not re.search(r"[A-Za-z]+(?: [A-Za-z]+){2}", prose), chinese


def test_on_the_page_code_is_code_and_each_paragraph_is_chinese(said):
    _, english, chinese = said
    pages = [list(page.findall(lambda node: isinstance(node, nodes.paragraph))) for page in (english, chinese)]
    assert len(pages[0]) == len(pages[1]) > 180
    for one, other in zip(*pages, strict=True):
        codes = [sorted(code.astext() for code in each.findall(nodes.literal)) for each in (one, other)]
        assert codes[0] == codes[1], other.astext()
        assert re.search(r"[\u4e00-\u9fff]", other.astext()), other.astext()
        assert "`" not in other.astext()


def test_a_build_stops_at_a_paragraph_that_has_no_chinese(tmp_path, monkeypatch):
    monkeypatch.setattr(docstrings, "chinese_of", lambda room: {} if room == "checks.alignment" else LISTS[room])
    with pytest.raises(ExtensionError, match=r"check_sources has a paragraph that zh/toolbox/checks\.alignment\.json"):
        build(tmp_path / "toolbox", "zh_CN", lambda *_: None)
